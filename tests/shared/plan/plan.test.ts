import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Capability, KeyCapability } from '../../../shared/plan/capability.ts';
import { plan, planDigestInput, planRecipient, type PlanFacts } from '../../../shared/plan/plan.ts';
import { US_HEALTHCARE } from '../../../shared/plan/template.ts';
import { NEEDS, PROTECTIONS, satisfies, type Need } from '../../../shared/plan/protection.ts';
import { REASONS } from '../../../shared/plan/reason.ts';

/**
 * need | S/MIME key | OpenPGP key | TLS before | preference | protection | otherwise
 * keys: - none, ok confirmed by an administrator, dir from the directory, wkd/harv/auto found, exp/rev/weak/other/sign on file but unusable
 */
const TABLE = `
transport | -     | -    | unknown | -      | tls    | portal
transport | -     | -    | proved  | -      | tls    | portal
transport | -     | -    | failed  | -      | portal | -
transport | -     | -    | first   | -      | portal | -
transport | -     | -    | unknown | portal | portal | -
transport | -     | -    | failed  | portal | portal | -
transport | -     | -    | unknown | smime  | tls    | portal
transport | -     | -    | unknown | pgp    | tls    | portal
transport | ok    | -    | unknown | -      | smime  | -
transport | ok    | -    | proved  | -      | smime  | -
transport | ok    | -    | failed  | -      | smime  | -
transport | ok    | -    | unknown | portal | portal | smime
transport | dir   | -    | unknown | -      | smime  | -
transport | wkd   | -    | unknown | -      | tls    | smime
transport | wkd   | -    | failed  | -      | smime  | portal
transport | harv  | -    | unknown | -      | tls    | smime
transport | harv  | -    | failed  | -      | smime  | portal
transport | auto  | -    | first   | -      | smime  | portal
transport | exp   | -    | unknown | -      | tls    | portal
transport | exp   | -    | failed  | -      | portal | -
transport | rev   | -    | unknown | -      | tls    | portal
transport | weak  | -    | unknown | -      | tls    | portal
transport | other | -    | unknown | -      | tls    | portal
transport | sign  | -    | unknown | -      | tls    | portal
transport | -     | ok   | unknown | -      | pgp    | -
transport | -     | ok   | failed  | -      | pgp    | -
transport | -     | dir  | unknown | -      | pgp    | -
transport | -     | wkd  | unknown | -      | tls    | pgp
transport | -     | wkd  | failed  | -      | pgp    | portal
transport | -     | auto | unknown | -      | tls    | pgp
transport | -     | exp  | unknown | -      | tls    | portal
transport | -     | rev  | failed  | -      | portal | -
transport | -     | ok   | unknown | portal | portal | pgp
transport | ok    | ok   | unknown | -      | smime  | pgp
transport | ok    | ok   | unknown | pgp    | pgp    | smime
transport | ok    | ok   | unknown | smime  | smime  | pgp
transport | ok    | ok   | unknown | portal | portal | smime
transport | exp   | ok   | unknown | -      | pgp    | -
transport | ok    | exp  | unknown | -      | smime  | -
transport | ok    | wkd  | unknown | -      | smime  | -
transport | wkd   | ok   | unknown | -      | pgp    | -
transport | wkd   | wkd  | unknown | -      | tls    | smime
transport | wkd   | wkd  | failed  | -      | smime  | pgp
transport | wkd   | wkd  | failed  | pgp    | pgp    | smime
transport | exp   | exp  | failed  | -      | portal | -
at-rest   | -     | -    | unknown | -      | portal | -
at-rest   | -     | -    | proved  | -      | portal | -
at-rest   | -     | -    | failed  | -      | portal | -
at-rest   | ok    | -    | unknown | -      | smime  | -
at-rest   | ok    | -    | failed  | -      | smime  | -
at-rest   | wkd   | -    | proved  | -      | portal | -
at-rest   | harv  | -    | unknown | -      | portal | -
at-rest   | exp   | -    | unknown | -      | portal | -
at-rest   | -     | ok   | unknown | -      | pgp    | -
at-rest   | -     | wkd  | proved  | -      | portal | -
at-rest   | ok    | ok   | unknown | pgp    | pgp    | smime
at-rest   | ok    | -    | unknown | portal | portal | smime
at-rest   | -     | -    | unknown | portal | portal | -
at-rest   | dir   | -    | unknown | -      | smime  | -
at-rest   | -     | dir  | unknown | smime  | pgp    | -
e2e-only  | -     | -    | unknown | -      | none   | -
e2e-only  | -     | -    | proved  | portal | none   | -
e2e-only  | ok    | -    | unknown | -      | smime  | -
e2e-only  | ok    | -    | unknown | portal | smime  | -
e2e-only  | -     | ok   | failed  | -      | pgp    | -
e2e-only  | wkd   | -    | proved  | -      | none   | -
e2e-only  | -     | wkd  | proved  | -      | none   | -
e2e-only  | exp   | -    | unknown | -      | none   | -
e2e-only  | rev   | ok   | unknown | -      | pgp    | -
e2e-only  | ok    | ok   | unknown | -      | smime  | pgp
e2e-only  | ok    | ok   | unknown | pgp    | pgp    | smime
e2e-only  | sign  | weak | unknown | -      | none   | -
`;

const KEYS: { readonly [name: string]: KeyCapability | undefined } = {
  '-': undefined,
  ok: { id: 'key_1', trust: 'admin-verified' }, dir: { id: 'key_1', trust: 'directory' },
  wkd: { id: 'key_1', trust: 'wkd' }, harv: { id: 'key_1', trust: 'harvested' }, auto: { id: 'key_1', trust: 'autocrypt' },
  exp: { id: 'key_1', trust: 'admin-verified', unusable: 'key-expired' }, rev: { id: 'key_1', trust: 'admin-verified', unusable: 'key-revoked' },
  weak: { id: 'key_1', trust: 'admin-verified', unusable: 'key-too-weak' }, other: { id: 'key_1', trust: 'admin-verified', unusable: 'key-other-address' },
  sign: { id: 'key_1', trust: 'admin-verified', unusable: 'key-cannot-encrypt' },
};
const TLS: { readonly [name: string]: Capability['tls'] } = { unknown: 'unknown', proved: 'proved-before', failed: 'failed-before', first: 'first-hop-only' };

const capability = (smime: string, pgp: string, tls: string, prefers: string, internal = false): Capability => ({
  address: 'pat@lakeside.test', internal, tls: TLS[tls] ?? 'unknown',
  ...(KEYS[smime] ? { smime: KEYS[smime] } : {}), ...(KEYS[pgp] ? { pgp: KEYS[pgp] } : {}),
  ...(prefers === '-' ? {} : { prefers: prefers as 'smime' | 'pgp' | 'portal' }),
});

const rows = TABLE.trim().split('\n').map((line) => line.split('|').map((cell) => cell.trim()));

describe('the way for one recipient', () => {
  it.each(rows)('%s: S/MIME %s, OpenPGP %s, TLS %s, prefers %s → %s, otherwise %s', (need, smime, pgp, tls, prefers, protection, otherwise) => {
    const planned = planRecipient({ address: 'pat@lakeside.test', role: 'to' }, capability(smime!, pgp!, tls!, prefers!), need as Need);
    expect(planned?.protection ?? 'none').toBe(protection);
    expect(planned?.otherwise ?? '-').toBe(otherwise);
  });

  it.each([['transport', 'tls'], ['at-rest', 'tls'], ['e2e-only', 'none']])('a colleague at need %s: %s, never the portal', (need, protection) => {
    const planned = planRecipient({ address: 'noor@riverside.test', role: 'to' }, capability('-', '-', 'failed', '-', true), need as Need);
    expect(planned?.protection ?? 'none').toBe(protection);
    expect(planned?.otherwise).toBeUndefined();
  });

  it('tells of a spoken code exactly where the mailed one is too weak', () => {
    const asks = (tls: string, need: Need, prefers = '-') => planRecipient({ address: 'p@x.test', role: 'to' }, capability('-', '-', tls, prefers), need)?.asks;
    expect(asks('unknown', 'transport', 'portal')).toMatch(/comes by mail/);
    expect(asks('failed', 'transport')).toMatch(/by phone/);
    expect(asks('first', 'transport')).toMatch(/by phone/);
    expect(asks('unknown', 'at-rest')).toMatch(/by phone/);
  });
});

const FACTS: PlanFacts = { level: 'none', sensitive: [], kinds: {}, subjectIdentifier: false, unscannable: 0, people: 0 };
const RETENTION = { class: 'administrative', name: 'Administrative', until: '2029-11-21', basis: 'x' };
const base = { recipients: [{ address: 'pat@lakeside.test', role: 'to' as const }], capabilities: [capability('-', '-', 'unknown', '-')], retention: RETENTION, policy: US_HEALTHCARE };

const keyArb = fc.constantFrom(...Object.keys(KEYS));
const capabilityArb = fc.record({ smime: keyArb, pgp: keyArb, tls: fc.constantFrom(...Object.keys(TLS)), prefers: fc.constantFrom('-', 'smime', 'pgp', 'portal'), internal: fc.boolean() });
const factsArb: fc.Arbitrary<PlanFacts> = fc.record({
  level: fc.constantFrom('none', 'pii', 'medium', 'high', 'bulk', 'unscannable'), sensitive: fc.subarray(['psychotherapy', 'substance-use', 'hiv', 'reproductive', 'genetic']),
  kinds: fc.constant({}), subjectIdentifier: fc.boolean(), unscannable: fc.nat(2), people: fc.nat(20),
});

describe('the plan', () => {
  it('names the recipients for whom nothing is strong enough', () => {
    expect(plan({ ...base, facts: FACTS, wish: 'e2e-only' })).toEqual({ kind: 'no-way', addresses: ['pat@lakeside.test'] });
  });

  it('raises the need for substance-use records', () => {
    const result = plan({ ...base, facts: { ...FACTS, level: 'high', sensitive: ['substance-use'] } });
    expect(result).toMatchObject({ need: 'at-rest', recipients: [{ protection: 'portal' }] });
  });

  it.each([['bulk', false, 0, 'warn'], ['unscannable', false, 1, 'warn'], ['high', false, 2, 'warn'], ['none', true, 0, 'warn'], ['high', false, 0, 'allow'], ['none', false, 0, 'allow']])('verdict %s, subject %s, %d unreadable: %s', (level, subjectIdentifier, unscannable, decision) => {
    expect(plan({ ...base, facts: { ...FACTS, level: level as PlanFacts['level'], subjectIdentifier, unscannable } })).toMatchObject({ decision });
  });

  it('asking for more protection never yields less', () => {
    fc.assert(fc.property(capabilityArb, factsArb, fc.constantFrom(...NEEDS), fc.constantFrom(...NEEDS), (c, facts, a, b) => {
      const [less, more] = NEEDS.indexOf(a) <= NEEDS.indexOf(b) ? [a, b] : [b, a];
      const one = (wish: Need) => plan({ ...base, capabilities: [capability(c.smime, c.pgp, c.tls, c.prefers, c.internal)], facts, wish });
      const low = one(less);
      const high = one(more);
      if ('kind' in low) return 'kind' in high;
      if ('kind' in high) return true;
      return NEEDS.indexOf(high.need) >= NEEDS.indexOf(low.need) && strength(high) >= NEEDS.indexOf(high.need);
    }), { numRuns: 2000 });
  });

  it('one more sensitive class never weakens a plan', () => {
    fc.assert(fc.property(capabilityArb, factsArb, (c, facts) => {
      const one = (f: PlanFacts) => plan({ ...base, capabilities: [capability(c.smime, c.pgp, c.tls, c.prefers, c.internal)], facts: f });
      const before = one(facts);
      const after = one({ ...facts, sensitive: [...facts.sensitive, 'substance-use'] });
      if ('kind' in before || 'kind' in after) return true;
      return NEEDS.indexOf(after.need) >= NEEDS.indexOf(before.need);
    }), { numRuns: 1000 });
  });

  it('otherwise is never weaker than the first way, and always meets the need', () => {
    fc.assert(fc.property(capabilityArb, fc.constantFrom(...NEEDS), (c, need) => {
      const planned = planRecipient({ address: 'p@x.test', role: 'to' }, capability(c.smime, c.pgp, c.tls, c.prefers, c.internal), need);
      return !planned?.otherwise || (planned.otherwise !== 'tls' && satisfies(planned.otherwise, need));
    }), { numRuns: 2000 });
  });

  it('the digest covers what the author was shown and nothing that moves by itself', () => {
    const shown = plan({ ...base, facts: FACTS });
    if ('kind' in shown) throw new Error('a plan was expected');
    expect(planDigestInput({ ...shown, retention: { ...shown.retention, until: '2030-01-01' } })).toBe(planDigestInput(shown));
    expect(planDigestInput({ ...shown, recipients: shown.recipients.map((r) => ({ ...r, protection: 'portal' as const })) })).not.toBe(planDigestInput(shown));
  });

  it('every reason is a sentence without a value in it', () => {
    for (const text of Object.values(REASONS)) expect(text).toMatch(/^[A-Z][^{}$@]*\.$/);
  });
});

/** The least of what the recipients' protections satisfy; a colleague's connector counts as AT_REST. */
function strength(p: Exclude<ReturnType<typeof plan>, { kind: 'no-way' }>): number {
  return Math.min(...p.recipients.map((r) => (r.reasons[0]?.code === 'internal-connector' ? NEEDS.indexOf('at-rest') : NEEDS.indexOf(PROTECTIONS[r.protection].satisfies))));
}
