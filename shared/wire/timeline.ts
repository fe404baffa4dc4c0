/** What became of a message: list, timeline per recipient, full content for its author. */
import * as z from 'zod/mini';
import { MessageId, PlannedRecipient, PlannedRetention, Protection, Reason, Receipt, Role, Sha256 } from './handoff.ts';

export const Status = z.enum(['queued', 'relayed', 'delayed', 'failed', 'delivered', 'opened', 'held', 'recalled']);

export const TimelineEvent = z.object({
  /** `evt_…` */
  id: z.string(),
  /** index in the log; null until sequenced, at most a second */
  seq: z.nullable(z.int()),
  /** from `service/audit/catalogue.ts`, such as `delivery.attempt.finished` */
  type: z.string(),
  time: z.string(),
  /** one sentence for a person */
  text: z.string(),
  /** non-PHI facts: grade, TLS version, cipher, next hop, reply code … */
  facts: z.optional(z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]))),
  /** of a try, its author only: which server, at which address, and its own words; attacker-controlled */
  server: z.optional(z.object({ host: z.optional(z.string()), ip: z.optional(z.string()), reply: z.optional(z.string()) })),
});
export type TimelineEvent = z.infer<typeof TimelineEvent>;

/** A copy on the secure page, as its author sees it. */
export const PortalCopy = z.object({
  /** it can be read until then */
  expires: z.string(),
  /** first read */
  opened: z.nullable(z.string()),
  /** how it may be opened: `mail-code`, `sms-code`, `spoken-code` */
  ways: z.array(z.string()),
  /** whether the question its author set opens it today; absent: there is none, or the notice is still on its way */
  question: z.optional(z.enum(['asked', 'closed'])),
});
export type PortalCopy = z.infer<typeof PortalCopy>;

/** Somebody beside the addressed person who has asked for, or may read, a copy. */
const OtherReader = z.object({
  id: z.string(),
  address: z.string(),
  /** `asked`: that address was proved and waits for the author */
  state: z.enum(['asked', 'allowed', 'refused']),
  /** known beforehand as this; else absent */
  stands: z.optional(z.string()),
});

/** POST /messages/{id}/recipients/{n}/readers/{reader} */
export const ReaderDecision = z.object({ allowed: z.boolean() });
export type ReaderDecision = z.infer<typeof ReaderDecision>;

/** POST /messages/{id}/recipients/{n}/extend */
export const ExtendRequest = z.object({ days: z.int().check(z.gte(1), z.lte(90)) });
export type ExtendRequest = z.infer<typeof ExtendRequest>;

export const TimelineRecipient = z.object({
  /** index in the message, for `extend` and `resend` */
  n: z.optional(z.int()),
  address: z.string(),
  name: z.optional(z.string()),
  role: Role,
  /** used, or to be used next */
  protection: Protection,
  /** what the author was shown at acceptance */
  planned: Protection,
  /** shown when `protection` differs from `planned` */
  changed: z.optional(Reason),
  status: Status,
  /** for a portal copy whose code cannot safely go by mail: what the author says on the phone (author only) */
  spokenCode: z.optional(z.string()),
  /** author only, while it waits there or has been read there */
  portal: z.optional(PortalCopy),
  /** author only: files that came with an answer and stayed here, because nobody has called them clean; attacker-controlled */
  kept: z.optional(z.array(z.object({ filename: z.string(), contentType: z.string(), size: z.int(), time: z.string(), /** what can be read of it without opening it */ preview: z.string() }))),
  /** author only */
  readers: z.optional(z.array(OtherReader)),
  events: z.array(TimelineEvent),
});
export type TimelineRecipient = z.infer<typeof TimelineRecipient>;

/** Nothing of it has left yet: the policy gives its author time, or asks a second person, at most until then. */
const Waits = z.object({ for: z.enum(['time', 'approval']), until: z.string() });

export const MessageSummary = z.object({
  id: MessageId,
  subject: z.string(),
  acceptedAt: z.string(),
  from: z.string(),
  /** author only */
  waits: z.optional(Waits),
  recipients: z.array(z.object({ address: z.string(), protection: Protection, status: Status })),
});
export type MessageSummary = z.infer<typeof MessageSummary>;

export const MessageList = z.object({ data: z.array(MessageSummary), next: z.nullable(z.string()) });
export type MessageList = z.infer<typeof MessageList>;

export const MessageTimeline = z.object({
  id: MessageId,
  subject: z.string(),
  from: z.string(),
  acceptedAt: z.string(),
  receipt: Receipt,
  retention: PlannedRetention,
  /** two words and a short code that the notice shows; the author tells recipients to look for them (author only) */
  recognition: z.optional(z.string()),
  /** author only */
  waits: z.optional(Waits),
  recipients: z.array(TimelineRecipient),
});
export type MessageTimeline = z.infer<typeof MessageTimeline>;

/** GET /messages/{id}/content, the author only: to read under *Sent securely* and to restore as a draft. */
export const MessageContent = z.object({
  id: MessageId,
  from: z.object({ address: z.string(), name: z.optional(z.string()) }),
  recipients: z.array(z.object({ address: z.string(), name: z.optional(z.string()), role: Role })),
  subject: z.string(),
  html: z.optional(z.string()),
  text: z.optional(z.string()),
  inReplyTo: z.optional(z.string()),
  references: z.optional(z.array(z.string())),
  attachments: z.array(z.object({
    /** GET /messages/{id}/attachments/{n} */
    n: z.int(),
    filename: z.string(),
    contentType: z.string(),
    size: z.int(),
    contentId: z.optional(z.string()),
  })),
});
export type MessageContent = z.infer<typeof MessageContent>;

/** POST /messages/{id}/recall: what could be recalled and what not, said per recipient. */
export const Recalled = z.object({
  recipients: z.array(z.object({ address: z.string(), recalled: z.boolean(), reason: Reason })),
});
export type Recalled = z.infer<typeof Recalled>;

/**
 * GET /messages/{id}/held: the copies that could not be protected as shown and wait for their author, each with the ways that are
 * strong enough for the message today. Shown before anything is let go, as a plan is.
 */
export const Held = z.object({
  id: MessageId,
  copies: z.array(z.object({
    /** index into the message's recipients */
    n: z.int(),
    address: z.string(),
    /** the way that was tried last */
    protection: Protection,
    /** why it waits */
    reason: Reason,
    /** the preferred first; empty: nothing is strong enough now, recall it or give us a key */
    ways: z.array(z.extend(PlannedRecipient, {
      /** strong enough for the message, but less than the author was first shown for this copy */
      weaker: z.boolean(),
    })),
  })),
  /** SHA-256 over what is shown here; sent back at release */
  digest: Sha256,
});
export type Held = z.infer<typeof Held>;

/** POST /messages/{id}/release: let held copies go by a way that was shown. Other ways meanwhile: 409 `plan-changed` with the new `held`. */
export const ReleaseRequest = z.object({
  plan: Sha256,
  copies: z.array(z.object({ n: z.int().check(z.minimum(0)), protection: Protection })).check(z.minLength(1), z.maxLength(500)),
});
export type ReleaseRequest = z.infer<typeof ReleaseRequest>;

export const Released = z.object({
  copies: z.array(z.object({ n: z.int(), address: z.string(), protection: Protection })),
});
export type Released = z.infer<typeof Released>;
