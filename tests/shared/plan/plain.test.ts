import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TOPICS, type Capability, type Topic } from '../../../shared/plan/capability.ts';
import { planDigestInput } from '../../../shared/plan/digest.ts';
import { objection, plan, type PlanFacts, type PlanInput } from '../../../shared/plan/plan.ts';
import type { Effects } from '../../../shared/plan/policy.ts';
import { NEEDS, type Need } from '../../../shared/plan/protection.ts';
import { US_HEALTHCARE } from '../../../shared/plan/template.ts';

/**
 * chosen topics | topic the author names | what raises it | key | channel before | prefers | protection | otherwise | why not as ordinary mail
 */
const TABLE = `
billing              | billing      | -             | -  | unknown | -      | plain-by-choice | portal | -
billing              | billing      | -             | -  | proved  | -      | tls             | portal | preferred-first
billing              | billing      | -             | -  | failed  | -      | plain-by-choice | portal | -
billing              | billing      | -             | -  | failed  | portal | plain-by-choice | portal | -
billing appointments | appointments | -             | -  | failed  | -      | plain-by-choice | portal | -
billing              | billing      | -             | up | failed  | -      | plain-by-choice | smime  | -
billing              | billing      | -             | ok | failed  | -      | smime           | -      | preferred-first
billing              | billing      | -             | ok | failed  | portal | portal          | smime  | preferred-first
billing              | -            | -             | -  | failed  | -      | portal          | -      | plain-no-topic
billing              | -            | -             | -  | unknown | -      | tls             | portal | plain-no-topic
billing              | general      | -             | -  | failed  | -      | portal          | -      | plain-other-topic
-                    | billing      | -             | -  | failed  | -      | portal          | -      | -
billing              | billing      | wish-transport | - | failed  | -      | portal          | -      | plain-raised
billing              | billing      | wish-at-rest  | -  | unknown | -      | portal          | -      | plain-raised
billing              | billing      | rule-at-rest  | -  | unknown | -      | portal          | -      | plain-raised
billing              | billing      | rule-portal   | -  | unknown | -      | portal          | -      | plain-raised
billing              | billing      | rule-insist   | -  | unknown | -      | tls             | portal | plain-raised
billing              | billing      | rule-consent  | -  | unknown | -      | tls             | portal | plain-raised
billing              | billing      | rule-notice   | -  | unknown | -      | tls             | portal | plain-raised
billing              | billing      | rule-divided  | -  | failed  | -      | portal          | -      | plain-raised
billing              | billing      | record-transport | - | failed | -     | portal          | -      | plain-raised
billing              | billing      | record-at-rest | - | unknown | -      | portal          | -      | plain-raised
billing              | billing      | bounced       | -  | failed  | -      | portal          | -      | plain-raised
billing              | billing      | list          | -  | failed  | -      | portal          | -      | plain-raised
billing              | billing      | member        | -  | failed  | -      | portal          | -      | plain-raised
billing              | billing      | colleague     | -  | unknown | -      | tls             | -      | -
billing              | billing      | psychotherapy | -  | unknown | -      | portal          | -      | plain-content
billing              | billing      | substance-use | -  | unknown | -      | portal          | -      | plain-content
billing              | billing      | hiv           | -  | failed  | -      | portal          | -      | plain-content
billing              | billing      | bulk          | -  | failed  | -      | portal          | -      | plain-content
billing              | billing      | unscannable   | -  | failed  | -      | portal          | -      | plain-content
billing              | billing      | unread-part   | -  | failed  | -      | portal          | -      | plain-content
billing              | billing      | high          | -  | failed  | -      | plain-by-choice | portal | -
`;

const FACTS: PlanFacts = { level: 'medium', sensitive: [], kinds: {}, subjectIdentifier: false, unscannable: 0, people: 1 };
const SENSITIVE = ['psychotherapy', 'substance-use', 'hiv'] as const;
const EFFECT: { readonly [name: string]: Effects } = { 'rule-at-rest': { need: 'at-rest' }, 'rule-portal': { portal: true }, 'rule-insist': { insist: true }, 'rule-consent': { consent: true }, 'rule-notice': { notice: ['part2'] }, 'rule-divided': { divided: 'required' } };

function input(chosen: string, topic: string, raised: string, key: string, channel: string, prefers: string): PlanInput {
  const capability: Capability = {
    address: 'pat@lakeside.test', internal: raised === 'colleague', tls: channel === 'proved' ? 'proved-before' : channel === 'failed' ? 'failed-before' : 'unknown',
    ...(chosen === '-' ? {} : { plain: { topics: chosen.split(' ') as Topic[], version: 'plain-1', since: 1_790_000_000_000 } }), ...(key === '-' ? {} : { smime: { id: 'key_1', trust: key === 'ok' ? 'admin-verified' : 'uploaded' } }),
    ...(prefers === '-' ? {} : { prefers: prefers as 'portal' }), ...(raised.startsWith('record-') ? { need: raised.slice(7) as Need } : {}), ...(raised === 'bounced' ? { suppressed: 'bounced' } : {}), ...(raised === 'list' ? { list: 'unexpanded' } : {}),
  };
  const rule = EFFECT[raised];
  return {
    facts: { ...FACTS, ...(SENSITIVE.includes(raised as 'hiv') ? { sensitive: [raised as 'hiv'] } : {}), ...(raised === 'bulk' || raised === 'unscannable' || raised === 'high' ? { level: raised } : {}), ...(raised === 'unread-part' ? { unscannable: 1 } : {}) },
    recipients: [{ address: capability.address, role: 'to', ...(raised === 'member' ? { memberOf: 'all@lakeside.test' } : {}) }], capabilities: [capability], retention: { class: 'administrative', name: 'Administrative', until: '2029-11-21', basis: 'x' },
    policy: rule ? { ...US_HEALTHCARE, rules: [...US_HEALTHCARE.rules, { id: 'more', when: {}, then: rule }] } : US_HEALTHCARE, consent: true, archive: true,
    ...(topic === '-' ? {} : { topic: topic as Topic }), ...(raised.startsWith('wish-') ? { wish: raised.slice(5) as Need } : {}),
  };
}
const rows = TABLE.trim().split('\n').map((line) => line.split('|').map((cell) => cell.trim()));

describe('ordinary mail by the recipient\'s choice', () => {
  it.each(rows)('chose %s, topic %s, raised by %s, key %s, channel %s, prefers %s: %s, otherwise %s (%s)', (chosen, topic, raised, key, channel, prefers, protection, otherwise, why) => {
    const shown = plan(input(chosen!, topic!, raised!, key!, channel!, prefers!));
    if ('kind' in shown) throw new Error('a plan was expected');
    const one = shown.recipients[0]!;
    expect([one.protection, one.otherwise ?? '-', one.passedOver.find((p) => p.protection === 'plain-by-choice')?.reason.code ?? '-']).toEqual([protection, otherwise, why]);
    if (protection !== 'plain-by-choice') return expect(one.choice).toBeUndefined();
    expect(one.choice).toEqual({ topic, version: 'plain-1', since: new Date(1_790_000_000_000).toISOString() });
    expect(one.reasons[0]?.code).toBe('plain-chosen');
    return expect(planDigestInput(shown)).toContain(`chosen ${topic}`);
  });

  const seldom = <T>(arbitrary: fc.Arbitrary<T>) => fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });
  const mostly = <T>(value: T, arbitrary: fc.Arbitrary<T>) => fc.oneof({ weight: 3, arbitrary: fc.constant(value) }, { weight: 1, arbitrary });
  const anything = fc.record({
    chosen: fc.oneof(fc.constant([...TOPICS]), fc.subarray([...TOPICS])), topic: fc.option(fc.constantFrom(...TOPICS), { nil: undefined }), wish: seldom(fc.constantFrom(...NEEDS)), record: seldom(fc.constantFrom(...NEEDS)),
    rule: fc.constantFrom(...NEEDS), portal: mostly(false, fc.boolean()), insist: mostly(false, fc.boolean()), sensitive: fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: fc.subarray(['psychotherapy', 'substance-use', 'hiv', 'reproductive', 'genetic'] as const) }), unscannable: mostly(0, fc.nat(1)), level: fc.constantFrom('none', 'pii', 'medium', 'high', 'bulk', 'unscannable' as const),
    tls: fc.constantFrom('proved-before', 'unknown', 'failed-before', 'first-hop-only' as const), internal: mostly(false, fc.boolean()), key: mostly(false, fc.boolean()), prefers: fc.option(fc.constantFrom('portal', 'smime' as const), { nil: undefined }),
  });
  type Anything = typeof anything extends fc.Arbitrary<infer T> ? T : never;
  const planned = (a: Anything, plain: boolean) => plan({
    facts: { ...FACTS, level: a.level as PlanFacts['level'], sensitive: a.sensitive, unscannable: a.unscannable }, recipients: [{ address: 'pat@x.test', role: 'to' }], retention: { class: 'a', name: 'A', until: '2029-11-21', basis: 'x' }, archive: true, consent: true,
    policy: { ...US_HEALTHCARE, rules: [...US_HEALTHCARE.rules, { id: 'more', when: {}, then: { need: a.rule, portal: a.portal, insist: a.insist } }] }, ...(a.wish ? { wish: a.wish } : {}), ...(a.topic ? { topic: a.topic } : {}),
    capabilities: [{ address: 'pat@x.test', internal: a.internal, tls: a.tls as Capability['tls'], ...(plain ? { plain: { topics: a.chosen, version: 'plain-1', since: 1 } } : {}), ...(a.record ? { need: a.record } : {}), ...(a.key ? { smime: { id: 'k', trust: 'admin-verified' as const } } : {}), ...(a.prefers ? { prefers: a.prefers as 'portal' } : {}) }],
  });

  it('is never taken where anybody or anything raised the need, and changes nothing where it is not taken', () => {
    let taken = 0;
    fc.assert(fc.property(anything, (a) => {
      const [without, shown] = [planned(a, false), planned(a, true)];
      if ('kind' in without || 'kind' in shown) return 'kind' in without && 'kind' in shown;
      const one = shown.recipients[0]!;
      if (one.protection === 'plain-by-choice') {
        taken += 1;
        return a.topic !== undefined && a.chosen.includes(a.topic) && a.wish === undefined && (a.record === undefined || a.record === 'none') && NEEDS.indexOf(a.rule) <= 1 && !a.portal && !a.insist && a.sensitive.length === 0 && a.unscannable === 0 && a.level !== 'bulk' && a.level !== 'unscannable' && !a.internal && !a.key;
      }
      // The way is the one it would have been, and nothing else falls back to ordinary mail.
      return one.protection === without.recipients[0]?.protection && one.otherwise === without.recipients[0]?.otherwise && shown.need === without.need && shown.decision === without.decision;
    }), { numRuns: 4000 });
    expect(taken).toBeGreaterThan(40);
  });

  it('is asked about again before it goes: taken back, another topic, a record that raises it', () => {
    const given = input('billing', 'billing', '-', '-', 'failed', '-');
    const shown = plan(given);
    if ('kind' in shown) throw new Error('a plan was expected');
    const [one, capability] = [shown.recipients[0]!, given.capabilities[0]!];
    const plain = capability.plain!;
    const { plain: _plain, ...without } = capability;
    expect(_plain).toBeDefined();
    expect(objection(capability, 'plain-by-choice', one, shown.need)).toBeNull();
    expect(objection(without, 'plain-by-choice', one, shown.need)).toBe('plain-revoked');
    expect(objection({ ...capability, plain: { ...plain, topics: ['general'] } }, 'plain-by-choice', one, shown.need)).toBe('plain-revoked');
    expect(objection({ ...capability, need: 'at-rest' }, 'plain-by-choice', one, shown.need)).toBe('plain-raised');
    expect(objection(capability, 'plain-by-choice', one, 'at-rest')).toBe('need-too-high');
    // Nobody who was shown another way gets this one.
    expect(objection(capability, 'plain-by-choice', { protection: 'portal', reasons: [] }, shown.need)).toBe('plain-revoked');
    expect(objection(capability, 'plain-by-choice', undefined, shown.need)).toBe('plain-revoked');
  });
});
