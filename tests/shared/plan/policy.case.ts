/** Random policies and situations for whoever judges them: properties, pane, event handler, service, bench. */
import fc from 'fast-check';
import type { Situation } from '../../../shared/plan/evaluate.ts';
import { TRAITS, type Condition, type Effects, type Policy, type PolicyRule } from '../../../shared/plan/policy.ts';
import type { Given } from './policy.table.ts';

export function situationOf(given: Given): Situation {
  const to = given.to ?? ['a@x.test to external'];
  return {
    facts: {
      level: (given.level ?? 'none') as Situation['facts']['level'], sensitive: (given.sensitive ?? []) as Situation['facts']['sensitive'], kinds: given.kinds ?? {}, subjectIdentifier: given.subject === true,
      unscannable: given.unscannable ?? 0, people: given.people ?? 0, ...(given.health === undefined ? {} : { health: given.health }), ...(given.matches ? { matches: given.matches } : {}),
      ...(given.attachments === undefined ? {} : { attachments: given.attachments }), ...(given.size === undefined ? {} : { size: given.size }),
    },
    recipients: to.map((line) => { const [address = '', role = 'to', ...traits] = line.split(' '); return { address, role: role as 'to', traits: traits as Situation['recipients'][number]['traits'] }; }),
    author: { address: 'ana@own.test', ...(given.groups ? { groups: given.groups } : {}), ...(given.shared === undefined ? {} : { sharedMailbox: given.shared }) },
    ...(given.labels === undefined ? {} : { labels: given.labels }), ...(given.purpose ? { purpose: given.purpose } : {}), ...(given.at ? { at: { date: '2026-11-21', day: given.at[0], minute: given.at[1] } } : {}),
  };
}

const LEVELS = ['none', 'pii', 'medium', 'high', 'bulk', 'unscannable'] as const;
const SENSITIVE = ['psychotherapy', 'substance-use', 'hiv', 'reproductive', 'genetic'] as const;
const KINDS = ['NAME', 'SSN', 'MRN', 'ACCOUNT'] as const;
const DOMAINS = ['x.test', 'sub.x.test', 'y.test', 'own.test'];
const GROUPS = ['oncology', 'billing', 'staff'];
const some = <T>(of: readonly T[]) => fc.subarray([...of], { minLength: 1 });
export const maybe = <T>(arb: fc.Arbitrary<T>) => fc.option(arb, { nil: undefined, freq: 2 });
export const bare = <T extends object>(record: T): T => Object.fromEntries(Object.entries(record).filter(([, v]) => v !== undefined)) as T;
const clock = fc.integer({ min: 0, max: 47 }).map((half) => `${String(Math.floor(half / 2)).padStart(2, '0')}:${half % 2 === 0 ? '00' : '30'}`);

const conditionArb: fc.Arbitrary<Condition> = fc.record({
  level: maybe(some(LEVELS)), sensitive: maybe(some(SENSITIVE)), health: maybe(fc.integer({ min: 1, max: 3 })), people: maybe(fc.integer({ min: 1, max: 3 })), matches: maybe(some(['badge', 'roster'])),
  kinds: maybe(fc.record({ of: some(KINDS), least: fc.integer({ min: 1, max: 3 }) })), subjectIdentifier: maybe(fc.constant(true)), unscannable: maybe(fc.constant(true)), attachments: maybe(fc.integer({ min: 1, max: 2 })), size: maybe(fc.constant(1000)),
  recipient: maybe(some(TRAITS)), recipientNot: maybe(some(TRAITS.slice(0, 4))), recipientDomain: maybe(some(DOMAINS)), recipients: maybe(fc.integer({ min: 1, max: 3 })), visible: maybe(fc.integer({ min: 1, max: 3 })),
  group: maybe(some(GROUPS)), sharedMailbox: maybe(fc.constant(true)), time: maybe(fc.record({ from: clock, to: clock, days: some([1, 2, 3, 4, 5, 6, 7]) })), label: maybe(some(['Secret', 'Public'])), purpose: maybe(some(['payment', 'treatment'])),
}).chain((all) => fc.subarray(Object.keys(all), { maxLength: 3 }).map((names) => bare(Object.fromEntries(names.map((n) => [n, all[n as keyof typeof all]])) as Condition)));

export const effectsArb: fc.Arbitrary<Effects> = fc.record({
  act: maybe(fc.constantFrom('allow', 'observe', 'hint', 'warn', 'justify', 'approve', 'block')), need: maybe(fc.constantFrom('none', 'transport', 'at-rest', 'e2e-only')), portal: maybe(fc.boolean()), divided: maybe(fc.constantFrom('preferred', 'required')), insist: maybe(fc.boolean()),
  retention: maybe(fc.constantFrom('billing', 'part2', 'clinical-adult')), expires: maybe(fc.integer({ min: 1, max: 30 })), hold: maybe(fc.integer({ min: 1, max: 60 })), notify: maybe(some(['p@own.test', 'q@own.test'])), consent: maybe(fc.boolean()), notice: maybe(fc.constant(['part2'] as const)),
}).map(bare) as fc.Arbitrary<Effects>;

const scopeArb = maybe(fc.record({ domain: maybe(some(['own.test', 'x.test'])), group: maybe(some(GROUPS)), person: maybe(some(['ana@own.test', 'ben@own.test'])) }).map(bare));
export const ruleArb: fc.Arbitrary<Omit<PolicyRule, 'id'>> = fc.record({ scope: scopeArb, when: conditionArb, then: effectsArb }).map(bare) as fc.Arbitrary<Omit<PolicyRule, 'id'>>;
export const rulesArb = (most = 8): fc.Arbitrary<PolicyRule[]> => fc.array(ruleArb, { maxLength: most }).map((rules) => rules.map((rule, i) => ({ ...rule, id: `r${i}` })));

export const policyArb = (most = 8): fc.Arbitrary<Policy> => rulesArb(most).chain((rules) => fc.array(fc.record({
  rule: fc.constantFrom('r0', 'r1', 'r2'), effect: fc.constantFrom('act', 'need', 'portal', 'hold'), until: fc.constantFrom('2026-11-20', '2026-11-21', '2027-01-01'), scope: scopeArb,
}), { maxLength: 2 }).map((given) => ({ version: 'x', rules, exceptions: given.map((e, i) => bare({ ...e, id: `e${i}`, owner: 'u_1', why: 'because' })) })) as fc.Arbitrary<Policy>);

export const situationArb: fc.Arbitrary<Situation> = fc.record({
  level: fc.constantFrom(...LEVELS), sensitive: fc.subarray([...SENSITIVE]), health: maybe(fc.nat(3)), kinds: fc.record({ NAME: fc.nat(3), SSN: fc.nat(2), MRN: fc.nat(2) }), people: fc.nat(4), matches: maybe(fc.subarray(['badge', 'roster'])),
  subject: fc.boolean(), unscannable: fc.nat(1), attachments: maybe(fc.nat(2)), size: maybe(fc.constantFrom(10, 2000)), groups: maybe(fc.subarray(GROUPS)), shared: maybe(fc.boolean()), labels: maybe(fc.oneof(fc.constant(null), fc.subarray(['Secret', 'Public', 'PUBLIC']))), purpose: maybe(fc.constantFrom('payment', 'treatment')),
  at: maybe(fc.tuple(fc.integer({ min: 1, max: 7 }), fc.nat(1439))),
  to: fc.array(fc.tuple(fc.constantFrom(...DOMAINS), fc.constantFrom('to', 'cc', 'bcc'), fc.subarray([...TRAITS])).map(([d, role, traits]) => `p@${d} ${role} ${traits.join(' ')}`.trim()), { maxLength: 4 }),
}).map((given) => situationOf(bare(given) as Given));
