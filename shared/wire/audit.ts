/** The log over the wire: events, proofs, checkpoint. */
import * as z from 'zod/mini';

export const AuditEvent = z.object({
  id: z.string(),
  seq: z.nullable(z.int()),
  type: z.string(),
  time: z.string(),
  outcome: z.enum(['ok', 'denied', 'failed', 'unknown']),
  actor: z.object({ kind: z.string(), id: z.string() }),
  message: z.optional(z.string()),
  item: z.optional(z.string()),
  /** closed facts without PHI */
  facts: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  /** names of the sealed fields; values only by reveal */
  sealed: z.array(z.string()),
});
export type AuditEvent = z.infer<typeof AuditEvent>;

export const AuditPage = z.object({
  data: z.array(AuditEvent),
  page: z.object({ next: z.nullable(z.string()), has_more: z.boolean() }),
  snapshot: z.object({ tree_size: z.int(), root: z.string(), checkpoint_time: z.nullable(z.string()) }),
});
export type AuditPage = z.infer<typeof AuditPage>;

export const AuditProof = z.object({
  seq: z.int(),
  /** the exact leaf bytes, UTF-8 */
  leaf: z.string(),
  tree_size: z.int(),
  /** base64 node hashes, leaf to root (RFC 6962 §2.1.1) */
  proof: z.array(z.string()),
  /** C2SP signed note */
  checkpoint: z.string(),
});
export type AuditProof = z.infer<typeof AuditProof>;

const word = z.string().check(z.regex(/^[A-Za-z0-9_.:-]{1,100}$/));
const time = z.iso.datetime({ offset: true });

/**
 * What the log is filtered by. Strict: a filter that is misspelt must fail, not answer a wider question. Values of people are no filter: `POST /audit/search`
 * finds by those.
 */
export const AuditFilter = z.strictObject({
  from: z.optional(time),
  to: z.optional(time),
  type: z.optional(z.array(word).check(z.maxLength(20))),
  outcome: z.optional(z.enum(['ok', 'denied', 'failed', 'unknown'])),
  actor: z.optional(word),
  message: z.optional(word),
  item: z.optional(word),
  order: z._default(z.enum(['asc', 'desc']), 'desc'),
  limit: z._default(z.coerce.number().check(z.int(), z.minimum(1), z.maximum(500)), 100),
  cursor: z.optional(z.string().check(z.regex(/^[A-Za-z0-9_.~=-]{1,1024}$/))),
});
export type AuditFilter = z.infer<typeof AuditFilter>;

/**
 * The same in an address, which ends in the access logs of proxies: ids and names of ours by their shape alone, so that a number or a name that somebody
 * tries there is refused at the first time. A form that people type into asks by `POST /audit/events/find`.
 */
export const AddressedFilter = z.extend(AuditFilter, {
  type: z.optional(z.array(z.string().check(z.regex(/^[a-z]{1,40}(?:[._][a-z]{1,40}){1,5}$/))).check(z.maxLength(20))),
  actor: z.optional(z.string().check(z.regex(/^(?:[a-z]{1,5}_[0-9a-f-]{24,36}|[a-z][a-z-]{1,30})$/))),
  message: z.optional(z.string().check(z.regex(/^msg_[0-9a-f-]{36}$/))),
  item: z.optional(z.string().check(z.regex(/^item_[0-9a-f-]{36}$/))),
});
