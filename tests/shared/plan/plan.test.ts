import { describe, expect, it } from 'vitest';
import type { Capability, KeyCapability } from '../../../shared/plan/capability.ts';
import { planDigestInput } from '../../../shared/plan/digest.ts';
import { objection, plan, planRecipient, type Plan, type PlanFacts } from '../../../shared/plan/plan.ts';
import { US_HEALTHCARE } from '../../../shared/plan/template.ts';
import { NEEDS, type Need } from '../../../shared/plan/protection.ts';
import { REASONS } from '../../../shared/plan/reason.ts';

/**
 * need | S/MIME key | OpenPGP key | TLS before | preference | the recipient's own rule | protection | otherwise
 * keys: - none, ok confirmed by a second person, up/dir/dane/wkd/harv/auto/vks brought by one person or found, low found and trusted less than asked for,
 * chg another one was found since, look being looked for, exp/rev/weak/other/sign on file but unusable
 */
const TABLE = `
transport | -     | -     | unknown | -      | -         | tls    | portal
transport | -     | -     | proved  | -      | -         | tls    | portal
transport | -     | -     | failed  | -      | -         | portal | -
transport | -     | -     | first   | -      | -         | portal | -
transport | -     | -     | unknown | portal | -         | portal | -
transport | -     | -     | failed  | portal | -         | portal | -
transport | -     | -     | unknown | smime  | -         | tls    | portal
transport | -     | -     | unknown | pgp    | -         | tls    | portal
transport | ok    | -     | unknown | -      | -         | smime  | -
transport | ok    | -     | proved  | -      | -         | smime  | -
transport | ok    | -     | failed  | -      | -         | smime  | -
transport | ok    | -     | unknown | portal | -         | portal | smime
transport | dir   | -     | unknown | -      | -         | tls    | smime
transport | wkd   | -     | unknown | -      | -         | tls    | smime
transport | wkd   | -     | failed  | -      | -         | smime  | portal
transport | harv  | -     | unknown | -      | -         | tls    | smime
transport | harv  | -     | failed  | -      | -         | smime  | portal
transport | auto  | -     | first   | -      | -         | smime  | portal
transport | exp   | -     | unknown | -      | -         | tls    | portal
transport | exp   | -     | failed  | -      | -         | portal | -
transport | rev   | -     | unknown | -      | -         | tls    | portal
transport | weak  | -     | unknown | -      | -         | tls    | portal
transport | other | -     | unknown | -      | -         | tls    | portal
transport | sign  | -     | unknown | -      | -         | tls    | portal
transport | -     | ok    | unknown | -      | -         | pgp    | -
transport | -     | ok    | failed  | -      | -         | pgp    | -
transport | -     | dir   | unknown | -      | -         | tls    | pgp
transport | -     | wkd   | unknown | -      | -         | tls    | pgp
transport | -     | wkd   | failed  | -      | -         | pgp    | portal
transport | -     | auto  | unknown | -      | -         | tls    | pgp
transport | -     | exp   | unknown | -      | -         | tls    | portal
transport | -     | rev   | failed  | -      | -         | portal | -
transport | -     | ok    | unknown | portal | -         | portal | pgp
transport | ok    | ok    | unknown | -      | -         | smime  | pgp
transport | ok    | ok    | unknown | pgp    | -         | pgp    | smime
transport | ok    | ok    | unknown | smime  | -         | smime  | pgp
transport | ok    | ok    | unknown | portal | -         | portal | smime
transport | exp   | ok    | unknown | -      | -         | pgp    | -
transport | ok    | exp   | unknown | -      | -         | smime  | -
transport | ok    | wkd   | unknown | -      | -         | smime  | -
transport | wkd   | ok    | unknown | -      | -         | pgp    | -
transport | wkd   | wkd   | unknown | -      | -         | tls    | smime
transport | wkd   | wkd   | failed  | -      | -         | smime  | pgp
transport | wkd   | wkd   | failed  | pgp    | -         | pgp    | smime
transport | exp   | exp   | failed  | -      | -         | portal | -
at-rest   | -     | -     | unknown | -      | -         | portal | -
at-rest   | -     | -     | proved  | -      | -         | portal | -
at-rest   | -     | -     | failed  | -      | -         | portal | -
at-rest   | ok    | -     | unknown | -      | -         | smime  | -
at-rest   | ok    | -     | failed  | -      | -         | smime  | -
at-rest   | wkd   | -     | proved  | -      | -         | portal | -
at-rest   | harv  | -     | unknown | -      | -         | portal | -
at-rest   | exp   | -     | unknown | -      | -         | portal | -
at-rest   | -     | ok    | unknown | -      | -         | pgp    | -
at-rest   | -     | wkd   | proved  | -      | -         | portal | -
at-rest   | ok    | ok    | unknown | pgp    | -         | pgp    | smime
at-rest   | ok    | -     | unknown | portal | -         | portal | smime
at-rest   | -     | -     | unknown | portal | -         | portal | -
at-rest   | dir   | -     | unknown | -      | -         | portal | -
at-rest   | -     | dir   | unknown | smime  | -         | portal | -
e2e-only  | -     | -     | unknown | -      | -         | none   | -
e2e-only  | -     | -     | proved  | portal | -         | none   | -
e2e-only  | ok    | -     | unknown | -      | -         | smime  | -
e2e-only  | ok    | -     | unknown | portal | -         | smime  | -
e2e-only  | -     | ok    | failed  | -      | -         | pgp    | -
e2e-only  | wkd   | -     | proved  | -      | -         | none   | -
e2e-only  | -     | wkd   | proved  | -      | -         | none   | -
e2e-only  | exp   | -     | unknown | -      | -         | none   | -
e2e-only  | rev   | ok    | unknown | -      | -         | pgp    | -
e2e-only  | ok    | ok    | unknown | -      | -         | smime  | pgp
e2e-only  | ok    | ok    | unknown | pgp    | -         | pgp    | smime
e2e-only  | sign  | weak  | unknown | -      | -         | none   | -
transport | up    | -     | unknown | -      | -         | tls    | smime
transport | up    | -     | failed  | -      | -         | smime  | portal
transport | up    | -     | unknown | smime  | -         | smime  | portal
transport | dane  | -     | unknown | -      | -         | tls    | smime
transport | dane  | -     | failed  | -      | -         | smime  | portal
transport | dane  | dane  | failed  | pgp    | -         | pgp    | smime
transport | dir   | -     | failed  | -      | -         | smime  | portal
transport | dir   | ok    | unknown | -      | -         | pgp    | -
transport | dir   | wkd   | first   | -      | -         | smime  | pgp
transport | -     | vks   | unknown | -      | -         | tls    | pgp
transport | -     | vks   | failed  | -      | -         | pgp    | portal
transport | low   | -     | unknown | -      | -         | tls    | portal
transport | low   | -     | failed  | -      | -         | portal | -
transport | low   | low   | first   | pgp    | -         | portal | -
transport | low   | ok    | unknown | -      | -         | pgp    | -
transport | chg   | -     | unknown | -      | -         | tls    | portal
transport | chg   | -     | failed  | -      | -         | portal | -
transport | -     | chg   | failed  | -      | -         | portal | -
transport | chg   | wkd   | failed  | -      | -         | pgp    | portal
transport | chg   | ok    | unknown | -      | -         | pgp    | -
transport | look  | look  | unknown | -      | -         | tls    | portal
transport | look  | look  | failed  | -      | -         | portal | -
transport | look  | look  | failed  | smime  | -         | portal | -
transport | wkd   | -     | unknown | smime  | -         | smime  | portal
transport | wkd   | -     | unknown | portal | -         | portal | -
transport | wkd   | wkd   | unknown | pgp    | -         | pgp    | smime
transport | ok    | -     | first   | -      | -         | smime  | -
transport | -     | ok    | first   | portal | -         | portal | pgp
transport | rev   | wkd   | first   | -      | -         | pgp    | portal
transport | rev   | rev   | unknown | -      | -         | tls    | portal
transport | weak  | weak  | failed  | -      | -         | portal | -
transport | other | sign  | first   | -      | -         | portal | -
transport | sign  | -     | failed  | -      | -         | portal | -
transport | ok    | rev   | failed  | pgp    | -         | smime  | -
transport | -     | auto  | failed  | -      | -         | pgp    | portal
transport | auto  | auto  | failed  | -      | -         | smime  | pgp
transport | harv  | ok    | failed  | -      | -         | pgp    | -
transport | -     | -     | first   | portal | -         | portal | -
transport | -     | -     | proved  | pgp    | -         | tls    | portal
transport | ok    | ok    | failed  | portal | -         | portal | smime
transport | ok    | ok    | first   | pgp    | -         | pgp    | smime
transport | -     | -     | unknown | -      | at-rest   | portal | -
transport | -     | -     | proved  | -      | at-rest   | portal | -
transport | -     | -     | proved  | -      | e2e-only  | none   | -
transport | ok    | -     | proved  | -      | at-rest   | smime  | -
transport | ok    | -     | proved  | portal | at-rest   | portal | smime
transport | ok    | -     | proved  | portal | e2e-only  | smime  | -
transport | -     | ok    | unknown | -      | e2e-only  | pgp    | -
transport | wkd   | -     | unknown | -      | at-rest   | portal | -
transport | wkd   | wkd   | proved  | pgp    | at-rest   | portal | -
transport | wkd   | wkd   | proved  | -      | e2e-only  | none   | -
transport | up    | -     | unknown | -      | at-rest   | portal | -
transport | dir   | dir   | unknown | -      | e2e-only  | none   | -
transport | exp   | -     | unknown | -      | e2e-only  | none   | -
transport | chg   | -     | unknown | -      | at-rest   | portal | -
transport | -     | -     | unknown | -      | transport | tls    | portal
at-rest   | ok    | -     | unknown | -      | transport | smime  | -
at-rest   | -     | -     | unknown | -      | transport | portal | -
at-rest   | -     | -     | unknown | -      | e2e-only  | none   | -
at-rest   | ok    | ok    | unknown | -      | e2e-only  | smime  | pgp
at-rest   | up    | -     | proved  | -      | -         | portal | -
at-rest   | dane  | dane  | proved  | -      | -         | portal | -
at-rest   | -     | vks   | proved  | -      | -         | portal | -
at-rest   | chg   | ok    | unknown | -      | -         | pgp    | -
at-rest   | rev   | -     | proved  | -      | -         | portal | -
at-rest   | exp   | ok    | failed  | smime  | -         | pgp    | -
at-rest   | -     | -     | first   | -      | -         | portal | -
at-rest   | look  | look  | proved  | -      | -         | portal | -
at-rest   | ok    | ok    | failed  | portal | -         | portal | smime
at-rest   | auto  | ok    | unknown | smime  | -         | pgp    | -
at-rest   | low   | low   | proved  | -      | -         | portal | -
e2e-only  | up    | -     | proved  | -      | -         | none   | -
e2e-only  | dir   | -     | proved  | -      | -         | none   | -
e2e-only  | dane  | dane  | proved  | -      | -         | none   | -
e2e-only  | harv  | auto  | proved  | -      | -         | none   | -
e2e-only  | -     | vks   | proved  | -      | -         | none   | -
e2e-only  | chg   | chg   | proved  | -      | -         | none   | -
e2e-only  | look  | look  | unknown | -      | -         | none   | -
e2e-only  | up    | ok    | failed  | smime  | -         | pgp    | -
e2e-only  | ok    | -     | unknown | -      | transport | smime  | -
none      | -     | -     | unknown | -      | -         | tls    | portal
none      | -     | -     | failed  | -      | -         | portal | -
none      | ok    | -     | unknown | -      | -         | smime  | -
none      | -     | -     | unknown | -      | at-rest   | portal | -
`;

const KEYS: { readonly [name: string]: KeyCapability | undefined } = {
  '-': undefined,
  ok: { id: 'key_1', trust: 'admin-verified' }, dir: { id: 'key_1', trust: 'directory' },
  up: { id: 'key_1', trust: 'uploaded' }, dane: { id: 'key_1', trust: 'dane' }, vks: { id: 'key_1', trust: 'vks' },
  low: { id: 'key_1', trust: 'autocrypt', unusable: 'key-not-trusted' }, chg: { id: 'key_1', trust: 'wkd', unusable: 'key-changed' }, look: undefined,
  wkd: { id: 'key_1', trust: 'wkd' }, harv: { id: 'key_1', trust: 'harvested' }, auto: { id: 'key_1', trust: 'autocrypt' },
  exp: { id: 'key_1', trust: 'admin-verified', unusable: 'key-expired' }, rev: { id: 'key_1', trust: 'admin-verified', unusable: 'key-revoked' },
  weak: { id: 'key_1', trust: 'admin-verified', unusable: 'key-too-weak' }, other: { id: 'key_1', trust: 'admin-verified', unusable: 'key-other-address' },
  sign: { id: 'key_1', trust: 'admin-verified', unusable: 'key-cannot-encrypt' },
};
const TLS: { readonly [name: string]: Capability['tls'] } = { unknown: 'unknown', proved: 'proved-before', failed: 'failed-before', first: 'first-hop-only' };

const capability = (smime: string, pgp: string, tls: string, prefers: string, internal = false, rule = '-'): Capability => ({
  address: 'pat@lakeside.test', internal, tls: TLS[tls] ?? 'unknown', ...(rule === '-' ? {} : { need: rule as Need }), ...(smime === 'look' || pgp === 'look' ? { lookingUp: true } : {}),
  ...(KEYS[smime] ? { smime: KEYS[smime] } : {}), ...(KEYS[pgp] ? { pgp: KEYS[pgp] } : {}),
  ...(prefers === '-' ? {} : { prefers: prefers as 'smime' | 'pgp' | 'portal' }),
});

const rows = TABLE.trim().split('\n').map((line) => line.split('|').map((cell) => cell.trim()));

describe('the way for one recipient', () => {
  it('has rows enough, no two alike', () => {
    expect(rows.length).toBeGreaterThanOrEqual(150);
    expect(new Set(rows.map((row) => row.slice(0, 6).join())).size).toBe(rows.length);
  });

  it.each(rows)('%s: S/MIME %s, OpenPGP %s, TLS %s, prefers %s, rule %s → %s, otherwise %s', (need, smime, pgp, tls, prefers, rule, protection, otherwise) => {
    const planned = planRecipient({ address: 'pat@lakeside.test', role: 'to' }, capability(smime!, pgp!, tls!, prefers!, false, rule!), need as Need);
    expect(planned?.protection ?? 'none').toBe(protection);
    expect(planned?.otherwise ?? '-').toBe(otherwise);
    // Every way is accounted for: one chosen with its reasons, each of the others passed over with one; every reason has its sentence.
    const told = [...(planned?.reasons ?? []), ...(planned?.passedOver.map((p) => p.reason) ?? [])];
    for (const { code, text } of told) expect(text).toBe(REASONS[code as keyof typeof REASONS]);
    if (planned) expect([planned.protection, ...planned.passedOver.map((p) => p.protection)].sort()).toEqual(['pgp', 'portal', 'smime', 'tls']);
    expect(planned?.need).toBe(rule === '-' || NEEDS.indexOf(rule as Need) <= NEEDS.indexOf(need as Need) || !planned ? undefined : rule);
  });

  it.each([
    ['look', '-', 'smime', 'looking-up'], ['-', '-', 'smime', 'no-certificate'], ['-', '-', 'pgp', 'no-key'], ['chg', '-', 'smime', 'key-changed'], ['rev', '-', 'smime', 'key-revoked'], ['exp', '-', 'smime', 'key-expired'],
    ['weak', '-', 'smime', 'key-too-weak'], ['other', '-', 'smime', 'key-other-address'], ['sign', '-', 'smime', 'key-cannot-encrypt'], ['low', '-', 'smime', 'key-not-trusted'], ['wkd', '-', 'smime', 'preferred-first'],
    ['wkd', 'at-rest', 'smime', 'key-unconfirmed'], ['-', 'at-rest', 'tls', 'need-too-high'],
  ])('S/MIME key %s, rule %s: %s was passed over because of %s', (key, rule, way, code) => {
    const planned = planRecipient({ address: 'pat@lakeside.test', role: 'to' }, capability(key, '-', 'unknown', '-', false, rule), 'transport');
    expect(planned?.passedOver.find((p) => p.protection === way)?.reason.code).toBe(code);
  });

  it('a recipient\'s own rule is told as the reason, and nobody else\'s copy is raised by it', () => {
    const shown = plan({ ...base, recipients: [{ address: 'a@x.test', role: 'to' }, { address: 'b@y.test', role: 'bcc' }], capabilities: [capability('-', '-', 'proved', '-', false, 'at-rest'), capability('-', '-', 'proved', '-')], facts: FACTS });
    expect(shown).toMatchObject({ need: 'transport', recipients: [{ protection: 'portal', need: 'at-rest' }, { protection: 'tls' }] });
    if ('kind' in shown) throw new Error('a plan was expected');
    expect(shown.recipients[0]?.reasons.map((r) => r.code)).toContain('need-recipient');
    expect(shown.recipients[0]?.asks).toMatch(/by phone/);
    expect(shown.recipients[1]?.need).toBeUndefined();
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

describe('a way that was shown, asked about again at delivery', () => {
  const shownFor = (smime: string, prefers = '-', rule = '-') => planRecipient({ address: 'pat@lakeside.test', role: 'to' }, capability(smime, '-', 'unknown', prefers, false, rule), 'transport') ?? undefined;
  it.each<[string, string, string, string, 'tls' | 'smime' | 'portal', Need, string | null]>([
    ['ok', '-', 'ok', '-', 'smime', 'transport', null],
    ['ok', '-', 'wkd', '-', 'smime', 'transport', 'key-unconfirmed'],
    ['ok', '-', '-', '-', 'smime', 'transport', 'no-certificate'],
    ['ok', '-', 'exp', '-', 'smime', 'transport', 'key-expired'],
    ['ok', '-', 'rev', '-', 'smime', 'at-rest', 'key-revoked'],
    ['wkd', '-', 'wkd', '-', 'smime', 'transport', null],
    ['wkd', '-', 'chg', '-', 'smime', 'transport', 'key-changed'],
    ['wkd', '-', 'wkd', 'at-rest', 'smime', 'transport', 'key-unconfirmed'],
    ['ok', 'portal', 'wkd', '-', 'smime', 'transport', 'key-unconfirmed'],
    ['-', '-', '-', '-', 'tls', 'transport', null],
    ['-', '-', '-', 'at-rest', 'tls', 'transport', 'need-too-high'],
    ['-', '-', '-', 'at-rest', 'portal', 'transport', null],
    ['-', '-', '-', 'e2e-only', 'portal', 'transport', 'need-too-high'],
    ['-', '-', 'ok', '-', 'smime', 'transport', null],
  ])('shown with key %s, preference %s; now key %s, rule %s: %s at need %s → %s', (then, prefers, now, rule, way, need, against) => {
    expect(objection(capability(now, '-', 'unknown', '-', false, rule), way, shownFor(then, prefers), need)).toBe(against);
  });
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

  it.each([
    ['no rule', {}, 'portal'], ['a divided key', { divided: 'required' }, 'none'], ['a divided key, and they prefer it only', { divided: 'preferred' }, 'none'], ['the page', { portal: true }, 'portal'],
  ] as const)('who prefers the page is not written to over less because of a rule that asks for more: %s', (_, then, protection) => {
    const shown = plan({ ...base, capabilities: [capability('wkd', '-', 'proved', 'portal')], facts: FACTS, policy: { version: 'v', rules: [{ id: 'd', when: {}, then: { need: 'transport', ...then } }] } });
    expect('kind' in shown ? 'none' : shown.recipients[0]?.protection).toBe(protection);
  });

  it('a rule that asks for the page does not stop what goes to a colleague, whom it does not concern', () => {
    const colleague = capability('wkd', '-', 'unknown', 'smime', true);
    const shown = plan({ ...base, capabilities: [colleague], facts: FACTS, policy: { version: 'v', rules: [{ id: 'p', when: {}, then: { need: 'transport', portal: true } }] } });
    if ('kind' in shown) throw new Error('a plan was expected');
    expect(shown.recipients[0]).toMatchObject({ protection: 'smime' });
    expect(objection(colleague, 'smime', shown.recipients[0], shown.need)).toBeNull();
  });

  it.each([
    ['required', undefined, true, false, 'portal', true, ['portal-last', 'portal-divided']], ['required', true, true, false, 'portal', true, ['portal-last', 'portal-divided']], ['required', undefined, undefined, false, 'none', undefined, []],
    ['preferred', undefined, true, false, 'portal', true, ['portal-last', 'portal-divided']], ['preferred', true, true, false, 'portal', undefined, ['portal-last']], ['preferred', true, undefined, false, 'portal', undefined, ['portal-last']],
    ['preferred', undefined, undefined, false, 'none', undefined, []], ['required', undefined, true, true, 'tls', true, ['internal-connector']],
  ] as const)('a divided key %s, author against it %s, archive key %s, colleague %s: %s', (divided, undivided, archive, internal, protection, whole, reasons) => {
    const shown = plan({ ...base, capabilities: [capability('-', '-', 'failed', '-', internal)], facts: FACTS, policy: { version: 'v', rules: [{ id: 'd', when: {}, then: { need: 'transport', divided } }] }, ...(undivided ? { undivided } : {}), ...(archive ? { archive } : {}) });
    if ('kind' in shown) return expect(protection).toBe('none');
    expect([shown.recipients[0]?.protection, shown.divided]).toEqual([protection, whole]);
    for (const code of reasons) expect(shown.recipients[0]?.reasons.map((r) => r.code)).toContain(code);
    // A key of the recipient's own leaves nothing for the page: it is shown where it can be.
    expect(shown.recipients[0]?.divided).toBe(reasons.includes('portal-divided' as never) ? true : undefined);
    if (!internal && whole) expect(planDigestInput(shown)).not.toBe(planDigestInput({ ...shown, recipients: shown.recipients.map((r) => ({ ...r, divided: undefined }) as unknown as typeof r) }));
  });

  it('one rule that divides for one recipient divides for all on the page, and both ways of asking join to the stricter', () => {
    const rules = [{ id: 'a', when: { recipientDomain: ['x.test'] }, then: { divided: 'preferred' as const } }, { id: 'b', when: { recipientDomain: ['y.test'] }, then: { divided: 'required' as const } }];
    for (const order of [rules, rules.toReversed()]) {
      const shown = plan({ ...base, recipients: [{ address: 'a@x.test', role: 'to' }, { address: 'b@y.test', role: 'cc' }, { address: 'c@z.test', role: 'cc' }], capabilities: ['x', 'y', 'z'].map(() => capability('-', '-', 'failed', '-')), facts: FACTS, policy: { version: 'v', rules: order }, undivided: true, archive: true });
      if ('kind' in shown) throw new Error('a plan was expected');
      expect(shown.recipients.map((r) => r.divided)).toEqual([true, true, true]);
    }
  });

  it('the digest covers what the author was shown and nothing that moves by itself', () => {
    const shown = plan({ ...base, facts: FACTS });
    if ('kind' in shown) throw new Error('a plan was expected');
    expect(planDigestInput({ ...shown, retention: { ...shown.retention, until: '2030-01-01' } })).toBe(planDigestInput(shown));
    const other: readonly Partial<Plan>[] = [
      { need: 'e2e-only' }, { decision: 'block' }, { hold: 7 }, { expires: 3 }, { notices: ['part2'] }, { retention: { ...shown.retention, class: 'legal' } },
      ...(['address', 'role', 'protection', 'otherwise', 'asks', 'memberOf'] as const).map((name) => ({ recipients: shown.recipients.map((r) => ({ ...r, [name]: 'another' })) })),
    ];
    for (const change of other) expect(planDigestInput({ ...shown, ...change }), JSON.stringify(change)).not.toBe(planDigestInput(shown));
  });

  it('every reason is a sentence without a value in it', () => {
    for (const text of Object.values(REASONS)) expect(text).toMatch(/^[A-Z][^{}$@]*\.$/);
  });
});
