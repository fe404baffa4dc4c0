/** The hand-over of a draft: plan, two-phase handoff, one-shot message, receipt. */
import * as z from 'zod/mini';
import { LABEL, LABELS } from '../draft/draft.ts';
import { Topic } from './contact.ts';

export const LIMITS = {
  recipients: 500,
  attachments: 200,
  /** bytes of one attachment, decoded */
  attachment: 25 * 1024 * 1024,
  /** bytes of all attachments together, decoded */
  message: 35 * 1024 * 1024,
  /** bytes of a one-shot POST /messages */
  oneShot: 5 * 1024 * 1024,
  /** UTF-16 units; `Subject: ` and an unbroken text must stay within 998 octets of a line (RFC 5322 §2.1.1) */
  subject: 900,
  body: 2 * 1024 * 1024,
  filename: 255,
} as const;

const text = (max: number) => z.string().check(z.maxLength(max));
export const Sha256 = z.string().check(z.regex(/^[0-9a-f]{64}$/));
export const HandoffId = z.string().check(z.regex(/^ho_[0-9a-zA-Z-]{16,64}$/));
export const MessageId = z.string().check(z.regex(/^msg_[0-9a-f-]{36}$/));
export const Protection = z.enum(['tls', 'smime', 'pgp', 'portal', 'plain-by-choice']);
const Need = z.enum(['transport', 'at-rest', 'e2e-only']);
export const Role = z.enum(['to', 'cc', 'bcc']);

const Address = z.object({ address: text(320), name: z.optional(text(200)) });
/** `list`: the address book calls it a distribution list */
const Recipient = z.object({ address: text(320), name: z.optional(text(200)), role: Role, list: z.optional(z.literal(true)) });
export const Reason = z.object({ code: z.string(), text: z.string() });

/** what the author's mailbox calls it: categories by name, a sensitivity label by id and name */
const Labels = z.array(z.string().check(z.minLength(1), z.maxLength(LABEL))).check(z.maxLength(LABELS));
/** `null`: its side could not read them */
const ReadLabels = z.nullable(Labels);

const AttachmentFact = z.object({
  filename: text(LIMITS.filename),
  contentType: text(200),
  size: z.int().check(z.minimum(0), z.maximum(LIMITS.attachment)),
  sha256: Sha256,
  contentId: z.optional(text(200)),
});

const Draft = z.object({
  from: Address,
  recipients: z.array(Recipient),
  subject: text(LIMITS.subject),
  html: z.optional(text(LIMITS.body)),
  text: z.optional(text(LIMITS.body)),
  attachments: z.array(AttachmentFact).check(z.maxLength(LIMITS.attachments)),
  inReplyTo: z.optional(text(998)),
  references: z.optional(z.array(text(998)).check(z.maxLength(100))),
  labels: z.optional(ReadLabels),
});

/** What the author may add to a draft. */
export const Wishes = z.object({
  purpose: z.optional(z.enum(['treatment', 'payment', 'operations', 'patient-request', 'authorization', 'other'])),
  patientRef: z.optional(text(100)),
  retentionClass: z.optional(text(60)),
  need: z.optional(Need),
  justification: z.optional(text(500)),
  /** the ordinary secure page, where the rules only prefer a divided key */
  undivided: z.optional(z.literal(true)),
  /** what it is about, where the recipient may have chosen ordinary mail for that */
  topic: z.optional(Topic),
  /** asked on the secure page as one more way to open it where a code by mail would do; never patient data. The answer is kept as a hash. What is wrong with it, the service says */
  question: z.optional(z.object({ ask: text(1000), answer: text(1000) })),
});

export const PlannedRecipient = z.object({
  address: z.string(),
  role: Role,
  protection: Protection,
  otherwise: z.optional(Protection),
  reasons: z.array(Reason),
  passedOver: z.array(z.object({ protection: Protection, reason: Reason })),
  asks: z.string(),
  /** where it is another than the message's */
  need: z.optional(z.enum(['none', 'transport', 'at-rest', 'e2e-only'])),
  /** the rules leave them no other way than the secure page or a confirmed key */
  portal: z.optional(z.literal(true)),
  /** the distribution list that was expanded into them, and how the directory calls them */
  memberOf: z.optional(z.string()),
  name: z.optional(z.string()),
  /** what they read on the secure page has a divided key */
  divided: z.optional(z.literal(true)),
  /** of `plain-by-choice`: for what they chose it, under which version of the warning, since when */
  choice: z.optional(z.object({ topic: Topic, version: z.string(), since: z.string() })),
});
export const PlannedRetention = z.object({ class: z.string(), name: z.string(), until: z.string(), basis: z.string() });
export const Plan = z.object({
  need: z.enum(['none', 'transport', 'at-rest', 'e2e-only']),
  /** `hint` is shown and asks nothing; `approve`: a second person must agree before it goes */
  decision: z.enum(['allow', 'hint', 'warn', 'justify', 'approve', 'block']),
  reasons: z.array(Reason),
  recipients: z.array(PlannedRecipient),
  retention: PlannedRetention,
  /** minutes it waits, and can be taken back, before it goes; absent: none */
  hold: z.optional(z.int()),
  /** days a portal copy can be read, at most */
  expires: z.optional(z.int()),
  notices: z.optional(z.array(z.string())),
  /** distribution lists among the recipients, expanded: their members stand above one by one */
  lists: z.optional(z.array(z.object({ address: z.string(), role: Role, members: z.int(), outside: z.int() }))),
  /** whatever goes to the secure page has a divided key; false: it should, and cannot */
  divided: z.optional(z.boolean()),
  /** of POST /plan: what each recipient seems to be, in order, and what is worth a look about them together; hints, not part of the digest */
  traits: z.optional(z.array(z.array(z.string()))),
  hints: z.optional(z.array(z.string())),
  /** SHA-256 over what the author was shown; sent back at commit */
  digest: Sha256,
});
export type Plan = z.infer<typeof Plan>;

/** POST /plan: kinds and counts, no content. */
export const PlanRequest = z.object({
  from: Address,
  recipients: z.array(Recipient),
  verdict: z.object({
    level: z.enum(['none', 'pii', 'medium', 'high', 'bulk', 'unscannable']),
    sensitive: z.array(z.string().check(z.maxLength(40))).check(z.maxLength(10)),
    people: z.int().check(z.minimum(0)),
  }),
  kinds: z.record(z.string().check(z.maxLength(20)), z.int()),
  subjectIdentifier: z.boolean(),
  unscannable: z.int().check(z.minimum(0)),
  health: z.optional(z.int().check(z.minimum(0))),
  /** own patterns that matched, by name */
  matches: z.optional(z.array(z.string().check(z.maxLength(60))).check(z.maxLength(60))),
  attachments: z.optional(z.int().check(z.minimum(0))),
  size: z.optional(z.int().check(z.minimum(0))),
  /** of each recipient, what only the author's side sees: unlike the thread or the greeting, a colleague's private mailbox */
  traits: z.optional(z.array(z.array(z.enum(['unlike-thread', 'unlike-salutation', 'personal', 'list'])).check(z.maxLength(4))).check(z.maxLength(LIMITS.recipients))),
  /** it answers or forwards another message */
  answering: z.optional(z.boolean()),
  labels: z.optional(ReadLabels),
  wishes: z.optional(Wishes),
});
export type PlanRequest = z.infer<typeof PlanRequest>;

/** POST /handoffs: stage. Same id and digest again: same answer. Other digest before commit: replaces. */
export const HandoffRequest = z.object({
  id: HandoffId,
  /** SHA-256 hex of `digestInput(draft)` in UTF-8 */
  digest: Sha256,
  draft: Draft,
  wishes: z.optional(Wishes),
});
export type HandoffRequest = z.infer<typeof HandoffRequest>;

export const HandoffState = z.object({
  id: HandoffId,
  state: z.enum(['staged', 'committed']),
  digest: Sha256,
  /** parts not yet here */
  missing: z.array(Sha256),
  /** present when committed */
  receipt: z.optional(z.lazy(() => Accepted)),
});
export type HandoffState = z.infer<typeof HandoffState>;

export const CommitRequest = z.object({
  digest: Sha256,
  /** `digest` of the plan that was shown; other than the service's own: 409 `plan-changed` with the new plan */
  plan: Sha256,
  wishes: z.optional(Wishes),
});
export type CommitRequest = z.infer<typeof CommitRequest>;

/** Signed by the service: it is durable and will be carried to every recipient. */
export const Receipt = z.object({
  id: MessageId,
  handoff: z.optional(HandoffId),
  /** of the draft, as the author's side computed it */
  digest: Sha256,
  /** of the plan that will be carried out */
  plan: Sha256,
  acceptedAt: z.string(),
  /** Ed25519 over the JCS of the other fields, base64; key at `/api/v1/log/vkey` */
  signature: z.string(),
});
export type Receipt = z.infer<typeof Receipt>;

export const Accepted = z.object({
  id: MessageId,
  receipt: Receipt,
  recipients: z.array(PlannedRecipient),
  retention: PlannedRetention,
});
export type Accepted = z.infer<typeof Accepted>;

/** 409 `plan-changed`: a problem with the new plan beside it. */
export const PlanChanged = z.object({ code: z.literal('plan-changed'), plan: Plan });

/** POST /messages: everything at once, 5 MB at most. A name that is not one of these is refused: a wish that is misspelt must not be passed over. */
export const MessageRequest = z.strictObject({
  from: Address,
  to: z.array(Address),
  cc: z.optional(z.array(Address)),
  bcc: z.optional(z.array(Address)),
  subject: text(LIMITS.subject),
  text: z.optional(text(LIMITS.body)),
  html: z.optional(text(LIMITS.body)),
  attachments: z.optional(z.array(z.strictObject({
    filename: text(LIMITS.filename),
    contentType: text(200),
    /** base64 (RFC 4648 §4) */
    content: z.string(),
    contentId: z.optional(text(200)),
  })).check(z.maxLength(LIMITS.attachments))),
  inReplyTo: z.optional(text(998)),
  references: z.optional(z.array(text(998)).check(z.maxLength(100))),
  purpose: Wishes.shape.purpose,
  patientRef: Wishes.shape.patientRef,
  retentionClass: Wishes.shape.retentionClass,
  need: Wishes.shape.need,
  justification: Wishes.shape.justification,
  undivided: Wishes.shape.undivided,
  topic: Wishes.shape.topic,
  question: Wishes.shape.question,
  labels: z.optional(Labels),
});
export type MessageRequest = z.infer<typeof MessageRequest>;
