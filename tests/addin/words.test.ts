import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ALERTS, KINDS, LEVELS, REFUSALS, SAY, STATUSES, WAYS, notice, saying } from '../../addin/words.ts';
import { PROTECTIONS } from '../../shared/plan/protection.ts';
import { PROBLEMS } from '../../shared/wire/problem.ts';
import { Status } from '../../shared/wire/timeline.ts';

const ROOT = join(import.meta.dirname, '..', '..', 'addin');
const files = (path: string): string[] => readdirSync(path).flatMap((name) => (statSync(join(path, name)).isDirectory() ? files(join(path, name)) : /\.tsx?$/.test(name) ? [join(path, name)] : []));

/** Answered by routes of administrators alone: the console says them in the problem's own words, and no pane carries them along. */
const ADMINISTRATORS = ['roles-conflict', 'policy-malformed', 'policy-state', 'simulation-needed', 'key-malformed', 'passphrase-wrong', 'key-cannot-sign', 'incident-open', 'key-is-secret', 'key-locked-too-hard', 'key-lock-unknown', 'key-too-new', 'key-other-address', 'too-broad'];

describe('every bad news has its sentence', () => {
  it.each(Object.keys(PROBLEMS).filter((code) => !ADMINISTRATORS.includes(code)))('the service\'s %s', (code) => expect(REFUSALS[code]).toBeDefined());

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
    for (const text of [ALERTS.phi, ALERTS.sent, ALERTS.unread, ALERTS.invitation, ALERTS.invitationUnread]) expect(text.length).toBeLessThanOrEqual(500);
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
  expect(subject).toBe('Sent securely');
  expect(html).toContain('msg_1');
  expect(html).toContain('2026-11-21 10:02 UTC');
  expect(html).not.toMatch(/<script|http|D1GE5T|S1GN|\$|\{/);
});
