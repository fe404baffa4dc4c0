/**
 * The policy on the wire: its schema, the life of its versions, what a simulation says. What the rules do is in `shared/plan`;
 * a version's bytes never change once it is written, and are what is signed.
 */
import * as z from 'zod/mini';
import type { Policy } from '../plan/policy.ts';

const id = z.string().check(z.regex(/^[a-z][a-z0-9-]{0,39}$/));
const list = <T extends z.ZodMiniType>(item: T, most = 50) => z.array(item).check(z.minLength(1), z.maxLength(most));
const domain = z.string().check(z.maxLength(253), z.regex(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/));
const count = (most: number) => z.int().check(z.minimum(1), z.maximum(most));
const clock = z.string().check(z.regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/));
const word = z.string().check(z.minLength(1), z.maxLength(120));
const day = z.string().check(z.regex(/^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])$/));
/** A sentence for authors and administrators: no control characters, no address. */
const sentence = z.string().check(z.minLength(1), z.maxLength(240), z.regex(/^[^\p{Cc}@]*$/u));

const Kind = z.enum([
  'NAME', 'GEO', 'DATE', 'AGE90', 'PHONE', 'FAX', 'EMAIL', 'SSN', 'MRN', 'HEALTH_PLAN', 'ACCOUNT', 'LICENSE', 'VEHICLE', 'DEVICE', 'URL', 'IP', 'BIOMETRIC', 'PHOTO', 'OTHER_ID',
]);
const Trait = z.enum(['internal', 'external', 'consumer', 'partner', 'new', 'look-alike', 'personal', 'unlike-thread', 'unlike-salutation', 'no-mail', 'list']);

const Condition = z.strictObject({
  level: z.optional(list(z.enum(['none', 'pii', 'medium', 'high', 'bulk', 'unscannable']))),
  sensitive: z.optional(list(z.enum(['psychotherapy', 'substance-use', 'hiv', 'reproductive', 'genetic']))),
  health: z.optional(count(1000)),
  kinds: z.optional(z.strictObject({ of: list(Kind), least: z.optional(count(100_000)) })),
  people: z.optional(count(100_000)),
  matches: z.optional(list(z.string().check(z.regex(/^[a-z][a-z0-9-]{0,39}$/)))),
  subjectIdentifier: z.optional(z.literal(true)),
  unscannable: z.optional(z.literal(true)),
  attachments: z.optional(count(200)),
  size: z.optional(count(1_000_000_000)),
  recipient: z.optional(list(Trait)),
  recipientNot: z.optional(list(Trait)),
  recipientDomain: z.optional(list(domain, 500)),
  recipients: z.optional(count(500)),
  visible: z.optional(count(500)),
  group: z.optional(list(word)),
  sharedMailbox: z.optional(z.literal(true)),
  time: z.optional(z.strictObject({ from: clock, to: clock, days: z.optional(list(z.int().check(z.minimum(1), z.maximum(7)), 7)) })),
  label: z.optional(list(word)),
  purpose: z.optional(list(z.enum(['treatment', 'payment', 'operations', 'patient-request', 'authorization', 'other']))),
});

const Scope = z.strictObject({
  domain: z.optional(list(domain)),
  group: z.optional(list(word)),
  person: z.optional(list(z.string().check(z.maxLength(254)), 500)),
});

const Effects = z.strictObject({
  act: z.optional(z.enum(['allow', 'observe', 'hint', 'warn', 'justify', 'approve', 'block'])),
  need: z.optional(z.enum(['none', 'transport', 'at-rest', 'e2e-only'])),
  portal: z.optional(z.boolean()),
  divided: z.optional(z.enum(['preferred', 'required'])),
  insist: z.optional(z.boolean()),
  retention: z.optional(id),
  expires: z.optional(count(30)),
  /** minutes; a longer wait would not survive a restart with a clock set back */
  hold: z.optional(count(240)),
  notify: z.optional(list(z.string().check(z.maxLength(254)), 10)),
  consent: z.optional(z.boolean()),
  notice: z.optional(list(z.enum(['part2']))),
});

const Rule = z.strictObject({
  id,
  name: z.optional(sentence),
  scope: z.optional(Scope),
  when: Condition,
  then: Effects,
  says: z.optional(sentence),
  /** one of the product's own sentences, as templates have it */
  reason: z.optional(z.string().check(z.regex(/^[a-z][a-z0-9-]{0,39}$/))),
});

/** An exception is for a time: what is to stay is a rule. */
export const EXCEPTION_DAYS = 366;

const PolicyException = z.strictObject({
  id, rule: id,
  effect: z.enum(['act', 'need', 'portal', 'divided', 'insist', 'retention', 'expires', 'hold', 'notify', 'consent', 'notice']),
  scope: z.optional(Scope),
  owner: z.string().check(z.minLength(1), z.maxLength(80), z.regex(/^[^@\p{Cc}]*$/u)),
  why: sentence,
  until: day,
});

const RULES_AT_MOST = 500;

export const PolicyDocument = z.strictObject({
  rules: z.array(Rule).check(z.maxLength(RULES_AT_MOST)),
  exceptions: z.optional(z.array(PolicyException).check(z.maxLength(100))),
  partners: z.optional(z.array(domain).check(z.maxLength(1000))),
  consumers: z.optional(z.array(domain).check(z.maxLength(1000))),
});
export type PolicyDocument = z.infer<typeof PolicyDocument>;

/** The schema and the engine's own words for it are one. */
export const policyOf = (version: string, document: PolicyDocument): Policy => ({ ...(document as unknown as Omit<Policy, 'version'>), version });

/** What is signed, as one string of JSON: verified byte for byte, so nobody needs to write it anew. `serial` only rises. */
export const SignedPolicy = z.object({
  v: z.literal(1),
  organisation: z.string(),
  serial: z.int().check(z.minimum(0)),
  version: z.string(),
  /** SHA-256 of the document's JSON, hex */
  hash: z.string(),
  activated: z.string(),
  policy: z.object({ ...PolicyDocument.shape, version: z.string() }),
});
export type SignedPolicy = z.infer<typeof SignedPolicy>;

export const Version = z.string().check(z.regex(/^pv_[1-9]\d{0,8}$/));
const VersionState = z.enum(['draft', 'submitted', 'approved', 'active', 'retired', 'rejected']);

const Change = z.object({ count: z.int(), rules: z.array(z.object({ rule: z.string(), count: z.int() })) });
const Compared = z.object({
  /** how many were looked at */
  messages: z.int(),
  blocked: Change, released: Change,
  /** asked of their author (warn, justify, approve) where they were not, and the other way round */
  asked: Change, unasked: Change,
  strengthened: Change, weakened: Change,
});
/** The draft beside the version in force: over what was really sent (feature vectors without content), over the synthetic mail of a clinic, and over made-up situations of every kind. */
export const Simulation = z.object({
  version: Version, against: z.string(), days: z.int(), time: z.string(), history: Compared, corpus: Compared, samples: Compared,
  /** rules of the draft, by id, that held for nothing it was tried on; and new or changed ones that held for made-up situations alone */
  unmet: z.array(z.string()), onlyMade: z.array(z.string()),
  /** labels that rules of the draft ask for and no message sent in these days had: Outlook's are not known here otherwise */
  labels: z._default(z.array(z.string()), []),
  relaxes: z.boolean(), text: z.string(),
  /** another version has come into force since, and this one is still to be decided or to come */
  outdated: z.boolean(),
});
export type Simulation = z.infer<typeof Simulation>;

export const PolicyVersion = z.object({
  version: Version,
  state: VersionState,
  hash: z.string(),
  note: z.string(),
  base: z.nullable(z.string()),
  author: z.string(),
  created: z.string(),
  submitted: z.nullable(z.string()),
  decidedBy: z.nullable(z.string()),
  decided: z.nullable(z.string()),
  /** when it is to become active */
  activates: z.nullable(z.string()),
  activated: z.nullable(z.string()),
  retired: z.nullable(z.string()),
  /** an emergency change goes back at this time unless somebody approves it */
  reverts: z.nullable(z.string()),
  simulated: z.boolean(),
  document: z.optional(PolicyDocument),
  /** of one version: what it did when it was tried last, and what was found of it when it was submitted */
  simulation: z.optional(Simulation),
  submission: z.optional(Simulation),
  /** of one version: its people by id, as far as they are known */
  names: z.optional(z.record(z.string(), z.string())),
  /** of one version: where in its document a pattern or group is asked for that nobody here knows, so that the rule never holds (RFC 6901) */
  unknown: z.optional(z.array(z.object({ at: z.string(), what: z.enum(['pattern', 'group']) }))),
});
export type PolicyVersion = z.infer<typeof PolicyVersion>;
export const VersionList = z.object({ data: z.array(PolicyVersion), next: z.nullable(z.string()) });

/** POST /policies: a document, a template, or a former version (roll back is a new version). One of the three. */
export const DraftRequest = z.strictObject({
  document: z.optional(PolicyDocument),
  template: z.optional(z.enum(['us-healthcare', 'strict', 'part2', 'billing', 'research'])),
  from: z.optional(Version),
  note: z._default(sentence, 'No note.'),
});
export type DraftRequest = z.infer<typeof DraftRequest>;

export const SimulateRequest = z.strictObject({ days: z._default(z.int().check(z.minimum(1), z.maximum(90)), 30) });
export type SimulateRequest = z.infer<typeof SimulateRequest>;

export const DecideRequest = z.strictObject({ note: z.optional(sentence) });
export type DecideRequest = z.infer<typeof DecideRequest>;
/** `at`: RFC 3339, now when absent. */
export const ActivateRequest = z.strictObject({ at: z.optional(z.iso.datetime()) });
export type ActivateRequest = z.infer<typeof ActivateRequest>;
