/** Everything a plan is made from, drawn at random. Each table names every field of its type: a new input without a generator does not compile. */
import fc from 'fast-check';
import { KEY_TRUST, TOPICS, type Capability, type KeyCapability } from '../../../shared/plan/capability.ts';
import type { PlanFacts, PlanInput } from '../../../shared/plan/plan.ts';
import { ACTS, TRAITS, type Condition, type Effects, type PolicyRule, type Trait } from '../../../shared/plan/policy.ts';
import { NEEDS } from '../../../shared/plan/protection.ts';
import { TEMPLATES } from '../../../shared/plan/template.ts';
import type { Planned } from '../../../shared/plan/way.ts';

type Every<T> = { readonly [K in keyof Required<T>]: fc.Arbitrary<T[K] | undefined> };

/** What is drawn as absent is left out: nobody hands over a field that holds nothing. */
function whole<T>(table: Every<T>): fc.Arbitrary<T> {
  return fc.record(table as { [name: string]: fc.Arbitrary<unknown> }).map((drawn) => Object.fromEntries(Object.entries(drawn).filter(([, value]) => value !== undefined)) as T);
}
const seldom = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });
const often = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.oneof({ weight: 1, arbitrary: fc.constant(undefined) }, { weight: 2, arbitrary });

/** From least to most; `unscannable` is beside them, not above. */
export const LEVELS = ['none', 'pii', 'medium', 'high', 'bulk'] as const;
export const SENSITIVE = ['psychotherapy', 'substance-use', 'hiv', 'reproductive', 'genetic'] as const;
const KINDS = ['NAME', 'SSN', 'ACCOUNT', 'HEALTH_PLAN'] as const;
const WORDS = ['research', 'billing', 'crown'];
const UNUSABLE = ['key-expired', 'key-revoked', 'key-cannot-encrypt', 'key-too-weak', 'key-other-address', 'key-not-trusted', 'key-changed', 'key-status-unnamed', 'key-status-silent', 'key-status-inside', 'key-status-unknown'] as const;

const KEY: Every<KeyCapability> = { id: fc.constant('key_1'), trust: fc.oneof(fc.constant('admin-verified' as const), fc.constantFrom(...KEY_TRUST)), expires: seldom(fc.constant(1_900_000_000_000)), unusable: seldom(fc.constantFrom(...UNUSABLE)) };
const lacking = seldom(fc.constantFrom('lookup-failed' as const, 'key-other-address' as const));
const CAPABILITY: Every<Capability> = {
  address: fc.constant('pat@lakeside.test'), internal: fc.oneof({ weight: 5, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
  smime: seldom(whole(KEY)), pgp: seldom(whole(KEY)), tls: fc.constantFrom('proved-before', 'unknown', 'failed-before', 'first-hop-only', 'relay-declared', 'relay-asked'),
  sms: seldom(fc.boolean()), suppressed: seldom(fc.constantFrom('bounced', 'complained', 'asked')), list: seldom(fc.constantFrom('unexpanded', 'unasked')), need: seldom(fc.constantFrom(...NEEDS)),
  lookingUp: seldom(fc.boolean()), missing: seldom(whole<NonNullable<Capability['missing']>>({ smime: lacking, pgp: lacking })),
  plain: often(fc.record({ topics: fc.subarray([...TOPICS]), version: fc.constant('plain-1'), since: fc.constant(1_790_000_000_000) })), prefers: often(fc.constantFrom('smime', 'pgp', 'portal', 'portal')),
};
const FACTS: Every<PlanFacts> = {
  level: fc.constantFrom(...LEVELS, 'unscannable'), sensitive: often(fc.subarray([...SENSITIVE])).map((s) => s ?? []), kinds: fc.dictionary(fc.constantFrom(...KINDS), fc.nat(4)), subjectIdentifier: fc.boolean(),
  unscannable: seldom(fc.nat(2)).map((n) => n ?? 0), people: fc.nat(20), health: seldom(fc.nat(9)), matches: seldom(fc.subarray(WORDS)), attachments: seldom(fc.nat(5)), size: seldom(fc.nat(9_000_000)),
};
/** A rule that speaks of a level speaks of what is graver, too; the templates' own are among the policies. */
const atLeast = fc.constantFrom(...LEVELS).map((level) => [...LEVELS.slice(LEVELS.indexOf(level)), 'unscannable' as const]);
const CONDITION: Every<Condition> = {
  level: seldom(atLeast), sensitive: seldom(fc.subarray([...SENSITIVE])), health: seldom(fc.nat(9)), kinds: seldom(fc.record({ of: fc.subarray([...KINDS]), least: fc.nat(4) })), people: seldom(fc.nat(20)),
  matches: seldom(fc.subarray(WORDS)), subjectIdentifier: seldom(fc.boolean()), unscannable: seldom(fc.boolean()), attachments: seldom(fc.nat(5)), size: seldom(fc.nat(9_000_000)), recipient: seldom(fc.subarray([...TRAITS])),
  recipientNot: seldom(fc.subarray([...TRAITS])), recipientDomain: seldom(fc.constant(['lakeside.test'])), recipients: seldom(fc.nat(3)), visible: seldom(fc.nat(3)), group: seldom(fc.subarray(WORDS)), sharedMailbox: seldom(fc.boolean()),
  time: seldom(fc.constant({ from: '18:00', to: '07:00' })), label: seldom(fc.subarray(WORDS)), purpose: seldom(fc.subarray(WORDS)),
};
/** Of many conditions at once one nearly always fails: a rule with a single one shows what becomes of that one. */
const single: fc.Arbitrary<Condition> = fc.constantFrom(...(Object.keys(CONDITION) as (keyof Condition)[])).chain((name) => (CONDITION[name] as fc.Arbitrary<unknown>).filter((value) => value !== undefined).map((value) => ({ [name]: value })));
const EFFECTS: Every<Effects> = {
  act: seldom(fc.constantFrom(...ACTS)), need: seldom(fc.constantFrom(...NEEDS)), portal: seldom(fc.boolean()), divided: seldom(fc.constantFrom('preferred', 'required')), insist: seldom(fc.boolean()), retention: seldom(fc.constant('billing')),
  expires: seldom(fc.integer({ min: 1, max: 30 })), hold: seldom(fc.nat(60)), notify: seldom(fc.constant(['privacy@riverside.test'])), consent: seldom(fc.boolean()), notice: seldom(fc.constant(['part2'] as const)),
};
const RULE: Every<PolicyRule> = {
  id: fc.uuid(), name: fc.constant(undefined), scope: seldom(fc.constant({ group: ['research'] })), when: fc.oneof(fc.constant({}), whole(CONDITION), { weight: 4, arbitrary: single }), then: whole(EFFECTS), reason: fc.constant('rule-own'), says: fc.constant(undefined),
};
export const rule = whole(RULE);

interface Person { readonly recipient: Planned; readonly capability: Capability; readonly traits: readonly Trait[] }
const RECIPIENT: Every<Planned> = { address: fc.constant('pat@lakeside.test'), role: fc.constantFrom('to', 'cc', 'bcc'), memberOf: seldom(fc.constant('all@lakeside.test')), name: seldom(fc.constant('Pat')) };
export const person: fc.Arbitrary<Person> = fc.record({ recipient: whole(RECIPIENT), capability: whole(CAPABILITY), traits: fc.subarray(TRAITS.filter((t) => t !== 'internal' && t !== 'external')) })
  .map(({ recipient, capability, traits }) => ({ recipient, capability, traits: [capability.internal ? 'internal' : 'external', ...traits] }));

const INPUT: Every<Omit<PlanInput, 'recipients' | 'capabilities' | 'traits'>> = {
  facts: whole(FACTS), lists: seldom(fc.constant([{ address: 'all@lakeside.test', role: 'to' as const, members: 2, outside: 2 }])), wish: seldom(fc.constantFrom(...NEEDS)), retention: fc.constant({ class: 'administrative', name: 'Administrative', until: '2029-11-21', basis: 'x' }),
  policy: fc.record({ base: fc.oneof(fc.constant(TEMPLATES['us-healthcare']), fc.constantFrom(...Object.values(TEMPLATES))), own: fc.array(rule, { maxLength: 2 }) }).map(({ base, own }) => ({ ...base, rules: [...base.rules, ...own] })),
  author: seldom(fc.record({ address: fc.constant('ana@riverside.test'), groups: fc.subarray(WORDS), sharedMailbox: fc.boolean() })), labels: often(fc.oneof({ weight: 1, arbitrary: fc.constant(null) }, { weight: 4, arbitrary: fc.subarray(WORDS) })), purpose: seldom(fc.constantFrom(...WORDS)),
  at: seldom(fc.record({ date: fc.constant('2026-11-22'), day: fc.integer({ min: 1, max: 7 }), minute: fc.nat(1439) })), consent: seldom(fc.boolean()), undivided: seldom(fc.boolean()), topic: often(fc.constantFrom(...TOPICS)), archive: seldom(fc.boolean()),
};
export const input: fc.Arbitrary<PlanInput> = fc.record({ rest: whole(INPUT), people: fc.array(person, { minLength: 1, maxLength: 3 }) })
  .map(({ rest, people }) => ({ ...rest, recipients: people.map((p) => p.recipient), capabilities: people.map((p) => p.capability), traits: people.map((p) => p.traits) }));
