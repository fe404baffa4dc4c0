import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CATALOGUE, check, sentence } from '../../../service/audit/catalogue.ts';
import { FACTS, FACTS_OF, STRANGERS } from '../../../service/audit/fact/fact.table.ts';
import { statusOf } from '../../../shared/track/track.ts';

const service = join(import.meta.dirname, '../../../service');
const NAMED = /'((?:message|handoff|policy|encryption|delivery|portal|recall|content|receipt|retention|disposal|auth|authz|audit|key|preference|settings|service|clock|log)\.[a-z_]+(?:\.[a-z_]+)?)'/g;

describe('the catalogue', () => {
  it('knows every type that the service names', () => {
    const sources = readdirSync(service, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts') && !name.startsWith('audit'));
    const named = sources.flatMap((name) => [...readFileSync(join(service, name), 'utf8').matchAll(NAMED)].map((m) => m[1] as string)).filter((name) => !/\.(?:ts|sql|log|html|json|key|js|seen)$/.test(name));
    expect([...new Set(named)].filter((type) => !(type in CATALOGUE))).toEqual([]);
  });

  it('names no type in two of its parts', () => {
    const parts = readdirSync(join(service, 'audit/fact')).filter((name) => !/^(event|fact\.table)\.ts$/.test(name)).map((name) => readFileSync(join(service, 'audit/fact', name), 'utf8'));
    expect(parts.flatMap((part) => [...part.matchAll(/^ {2}'([a-z0-9_.]+)': /gm)].map((m) => m[1])).toSorted()).toEqual(Object.keys(CATALOGUE).toSorted());
  });

  it('every fact of every type has a shape, and none is without use', () => {
    const named = new Set(Object.values(CATALOGUE).flatMap(({ facts }) => facts));
    expect([...named].filter((name) => FACTS[name] === undefined && !Object.values(FACTS_OF).some((own) => own[name] !== undefined))).toEqual([]);
    expect([...Object.keys(FACTS), ...STRANGERS].filter((name) => !named.has(name))).toEqual([]);
    expect(Object.entries(FACTS_OF).flatMap(([type, own]) => Object.keys(own).filter((name) => CATALOGUE[type]?.facts.includes(name) !== true))).toEqual([]);
  });

  it('no shape but those of names of strangers takes an address, a sentence or a control character', () => {
    const loose = new Set(['authority', 'issuer', 'queueId']);
    for (const [name, fits] of Object.entries(FACTS)) {
      for (const value of ['tess.lane@lakeside.test', 'a\nb', '\ud800']) expect([name, fits(value)]).toEqual([name, false]);
      if (!loose.has(name)) expect([name, fits('Tess Lane, born 3 May 1951')]).toEqual([name, false]);
    }
  });

  it('knows every type that moves a status', () => {
    const moving = ['delivery.queued', 'delivery.attempt.started', 'delivery.deferred', 'delivery.unknown', 'delivery.held', 'delivery.relayed', 'delivery.failed', 'delivery.mdn_received', 'portal.notified', 'portal.authenticated',
      'portal.message_opened', 'portal.attachment_downloaded', 'recall.done'];
    for (const type of moving) {
      expect(statusOf({ type })).not.toBeNull();
      expect(CATALOGUE[type]?.item).toBe(true);
    }
  });

  it.each(Object.keys(CATALOGUE))('%s says one plain sentence, with and without its facts', (type) => {
    const facts = CATALOGUE[type]?.facts ?? [];
    expect(new Set(facts).size).toBe(facts.length);
    for (const outcome of ['ok', 'denied', 'failed', 'unknown'] as const) {
      for (const given of [{}, Object.fromEntries(facts.map((name) => [name, name === 'behind' ? 90_000 : 'x'])), Object.fromEntries(facts.map((name) => [name, null]))]) {
        const said = sentence(type, outcome, given);
        expect(said).toMatch(/^[A-Z][^\n]*\.$/);
        expect(said).not.toMatch(/undefined|null|NaN| {2}|\.\./);
      }
    }
    expect(() => check({ type, outcome: 'ok', actor: { kind: 'service', id: 'x' }, message: 'msg_1', item: 'item_1', facts: Object.fromEntries(facts.map((name) => [name, 1])) })).not.toThrow();
  });

  it.each<[string, string, 'ok' | 'failed', { [name: string]: string | number }, string]>([
    ['a good try', 'delivery.attempt.finished', 'ok', { host: 'mx.lakeside.test', protocol: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384', grade: 'B', code: 'pkix', reply: 250, enhanced: '2.0.0' },
      'Their mail server (mx.lakeside.test) was reached over TLSv1.3, TLS_AES_256_GCM_SHA384 (grade B). It answered 250 2.0.0.'],
    ['an expired certificate', 'delivery.attempt.finished', 'failed', { protocol: 'TLSv1.3', cipher: 'X', grade: 'C', code: 'certificate-expired' }, 'A try over TLSv1.3, X (grade C) ended without delivery. Their mail server\'s certificate has expired.'],
    ['greylisted on a good channel', 'delivery.attempt.finished', 'failed', { protocol: 'TLSv1.3', cipher: 'X', grade: 'B', code: 'pkix', reply: 451 }, 'A try over TLSv1.3, X (grade B) ended without delivery. It answered 451.'],
    ['the plan', 'encryption.decided', 'ok', { protection: 'tls', otherwise: 'portal' }, 'To be protected by an encrypted connection that proves itself; if that cannot be proved, by a secure page.'],
    ['moved before anything was sent', 'encryption.changed', 'ok', { from: 'tls', to: 'portal', code: 'starttls-missing', sent: 'nothing' },
      'Changed from an encrypted connection that proves itself to a secure page. Their mail server does not offer an encrypted connection. Nothing had been sent.'],
    ['moved after an answer was lost', 'encryption.changed', 'ok', { from: 'tls', to: 'portal', code: 'reply-unknown', sent: 'unknown' },
      'Changed from an encrypted connection that proves itself to a secure page. The connection broke before their mail server said whether it took the message.'],
    ['spoken code', 'portal.authenticated', 'ok', { way: 'spoken-code' }, 'The recipient proved with the code you told them that they may read it.'],
    ['kept', 'retention.assigned', 'ok', { class: 'clinical-adult', until: '2036-11-21' }, 'Kept until the end of 2036-11-21 (clinical-adult).'],
    ['too late', 'recall.done', 'failed', { code: 'certificate-expired' }, 'Could not be recalled. Their mail server\'s certificate has expired.'],
  ])('%s', (_, type, outcome, facts, said) => expect(sentence(type, outcome, facts)).toBe(said));
});
