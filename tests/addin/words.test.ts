import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ALERTS, KINDS, LEVELS, REFUSALS, SAY, STATUSES, WAYS, notice, saying } from '../../addin/words.ts';
import { PROTECTIONS } from '../../shared/plan/protection.ts';
import { codesOf } from '../../service/http/api/openapi.ts';
import { Status } from '../../shared/wire/timeline.ts';
import { ENDPOINTS, type EndpointName } from '../../shared/wire/wire.ts';

const ROOT = join(import.meta.dirname, '..', '..', 'addin');
const files = (path: string): string[] => readdirSync(path).flatMap((name) => (statSync(join(path, name)).isDirectory() ? files(join(path, name)) : /\.tsx?$/.test(name) ? [join(path, name)] : []));

describe('every bad news has its sentence', () => {
  // What only those who keep the service are answered, the console says.
  const authors = (Object.keys(ENDPOINTS) as EndpointName[]).filter((name) => (ENDPOINTS[name].who as readonly string[]).includes('clinician'));
  it.each([...new Set<string>([...authors.flatMap((name) => [...codesOf(name)]), 'method-not-allowed'])])('the service\'s %s', (code) => expect(REFUSALS[code]).toBeDefined());

  it('and every code the add-in itself refuses with', () => {
    const codes = files(ROOT).filter((f) => !/manifest|build/.test(f)).flatMap((file) => [...readFileSync(file, 'utf8').matchAll(/(?:refused|not)\(\s*'([a-z-]+)'/g)].map((m) => m[1] ?? ''));
    expect(codes.length).toBeGreaterThan(25);
    // Not bad news: the pane is reading, or already at work.
    expect([...new Set(codes)].filter((c) => !REFUSALS[c] && !['reading', 'busy'].includes(c))).toEqual([]);
  });

  it('an unknown code still gets a kind one', () => expect(saying('never-heard-of').next).toContain('unchanged'));

  it.each(Object.entries(REFUSALS))('%s says what is so and what to do, in short sentences', (_, { what, next }) => {
    for (const sentence of [what, next]) {
      expect(sentence).toMatch(/^[A-Z].*[.]$/);
      expect(sentence.length).toBeLessThanOrEqual(120);
      expect(sentence).not.toMatch(/error|invalid|failed|exception|please contact|oops|HTTP|null|undefined|\b[45]\d\d\b(?! recipients)/i);
    }
  });
});

describe('what Outlook shows', () => {
  it('keeps to Outlook\'s lengths', () => {
    expect(ALERTS.button.length).toBeLessThanOrEqual(20);
    for (const text of [ALERTS.phi, ALERTS.sent, ALERTS.unread, ALERTS.file, ALERTS.list, ALERTS.policy, ...Object.values(ALERTS.invitations), ALERTS.invitationUnread]) expect(text.length).toBeLessThanOrEqual(500);
    expect(ALERTS.hint.length).toBeLessThanOrEqual(150);
    expect(ALERTS.hintAction.length).toBeLessThanOrEqual(30);
  });
});

describe('closed lists are covered', () => {
  it('protections', () => expect(Object.keys(WAYS).sort()).toEqual(Object.keys(PROTECTIONS).sort()));
  it('statuses', () => expect(Object.keys(STATUSES).sort()).toEqual(Status.def.entries ? Object.keys(Status.def.entries).sort() : []));
  it('identifiers of 45 CFR 164.514(b)(2)(i)', () => expect(Object.keys(KINDS).length).toBe(19));
  it('verdicts', () => expect(Object.keys(LEVELS).length).toBe(6));
  it('no sentence is empty', () => expect(Object.entries(SAY).filter(([, v]) => String(v) === '')).toEqual([]));
});

it('says how many are as sure as the surest, and no more', () => {
  expect([SAY.found(1, 1, 'certain'), SAY.found(3, 3, 'likely'), SAY.found(1, 3, 'certain')]).toEqual(['certain', '3 × likely', '1 of 3 certain']);
});

it('the notice holds a receipt and nothing else', () => {
  const receipt = { acceptedAt: '2026-11-21T10:02:00Z', digest: 'D1GE5T', signature: 'S1GN' };
  const { subject, html } = notice({ id: 'msg_1', receipt });
  // It stays whatever becomes of the message: taken back, denied, failed.
  expect(`${subject} ${html.replace('<i>Sent securely</i>', '')}`).not.toMatch(/\bsent\b/i);
  expect(html).toContain('msg_1');
  expect(html).toContain('2026-11-21 10:02 UTC');
  expect(html).not.toMatch(/<script|http|D1GE5T|S1GN|\$|\{/);
});
