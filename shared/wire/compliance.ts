/** What compliance staff and auditors ask for over the wire: the log's integrity, look-ups, reports, exports, controls, incidents. */
import * as z from 'zod/mini';
import { AuditEvent, AuditFilter, AuditPage } from './audit.ts';
import { MessageId } from './handoff.ts';
import type { Endpoint } from './wire.ts';

const readers = ['compliance', 'privacy-officer', 'auditor'] as const;

export const Consistency = z.object({
  from: z.int(),
  to: z.int(),
  /** base64 node hashes (RFC 6962 §2.1.2) */
  proof: z.array(z.string()),
});
export type Consistency = z.infer<typeof Consistency>;

export const Integrity = z.object({
  origin: z.string(),
  vkey: z.string(),
  tree_size: z.int(),
  checkpoint: z.nullable(z.string()),
  checkpoint_time: z.nullable(z.string()),
  /** ms the oldest event waits for its place */
  lag: z.int(),
  /** true while the log cannot be continued */
  broken: z.boolean(),
  anchors: z.array(z.object({ kind: z.enum(['witness', 'timestamp', 'copy']), name: z.string(), size: z.int(), time: z.string(), /** base64 */ proof: z.string() })),
});
export type Integrity = z.infer<typeof Integrity>;

export const Rotated = z.object({ vkey: z.string() });
export type Rotated = z.infer<typeof Rotated>;

/** Why somebody looks at what is kept about people. */
export const Why = z.enum(['activity-review', 'breach-investigation', 'complaint', 'legal', 'oversight', 'patient-request', 'operations']);
export type Why = z.infer<typeof Why>;
const value = z.string().check(z.minLength(1), z.maxLength(320));
const time = z.iso.datetime({ offset: true });

/** In a body, because values of people may not stand in addresses. Exact values only. */
export const SearchRequest = z.strictObject({
  filter: z._default(AuditFilter, { order: 'desc', limit: 100 }),
  recipient: z.optional(value),
  patient: z.optional(value),
  sentFor: z.optional(z.enum(['treatment', 'payment', 'operations', 'patient-request', 'authorization', 'other'])),
  policy: z.optional(value),
  why: Why,
});
export type SearchRequest = z.infer<typeof SearchRequest>;

/** `gaps`: what a look-up by exact value cannot find */
export const Found = z.object({ ...AuditPage.shape, gaps: z.optional(z.array(z.string())) });
export type Found = z.infer<typeof Found>;

export const CountFilter = z.strictObject({
  from: z.optional(z.iso.date()),
  /** the day after the last */
  to: z.optional(z.iso.date()),
  by: z._default(z.enum(['day', 'month', 'type', 'outcome']), 'day'),
  type: z.optional(z.array(z.string().check(z.regex(/^[a-z_.]{1,60}$/))).check(z.maxLength(20))),
  outcome: z.optional(z.enum(['ok', 'denied', 'failed', 'unknown'])),
});
export type CountFilter = z.infer<typeof CountFilter>;

export const Counts = z.object({
  by: z.string(),
  data: z.array(z.object({ key: z.string(), n: z.int() })),
  /** the tree they were counted in: asked again of the same tree, they are the same */
  tree_size: z.int(),
});
export type Counts = z.infer<typeof Counts>;

export const RevealRequest = z.strictObject({
  fields: z.array(z.string().check(z.regex(/^[A-Za-z0-9]{1,40}$/))).check(z.minLength(1), z.maxLength(20)),
  why: Why,
  reason: z.optional(z.string().check(z.maxLength(500))),
});
export type RevealRequest = z.infer<typeof RevealRequest>;

export const Revealed = z.object({ seq: z.int(), values: z.record(z.string(), z.string()) });
export type Revealed = z.infer<typeof Revealed>;

/** A message, or what staff recorded for a recipient and their mailbox was told of, about no message. */
const Told = z.string().check(z.regex(/^(?:msg|wsh)_[0-9a-f-]{36}$/));
/** Everything the log says of it, in order, as sentences. */
export const Story = z.object({ id: Told, data: z.array(z.extend(AuditEvent, { text: z.string() })) });
export type Story = z.infer<typeof Story>;

/** Who saw what of a message: recipients, its author, staff. */
export const AccessHistory = z.object({
  id: Told,
  data: z.array(z.object({ time: z.string(), who: z.object({ kind: z.string(), id: z.string() }), what: z.string(), seq: z.nullable(z.int()), item: z.optional(z.string()), text: z.string() })),
});
export type AccessHistory = z.infer<typeof AccessHistory>;

export const AccountingRequest = z.strictObject({ patient: value, from: z.optional(time), to: z.optional(time), why: Why });
export type AccountingRequest = z.infer<typeof AccountingRequest>;

export const AccountingFileRequest = z.extend(AccountingRequest, { format: z.enum(['csv', 'pdf']) });
export type AccountingFileRequest = z.infer<typeof AccountingFileRequest>;

/** 45 CFR 164.528(b). */
export const Accounting = z.object({
  from: z.string(),
  to: z.string(),
  tree_size: z.int(),
  disclosures: z.array(z.object({
    /** of the first, where there were several to one recipient for one purpose (164.528(b)(3)) */
    date: z.string(), last: z.string(), times: z.int(),
    recipient: z.object({ name: z.nullable(z.string()), address: z.string() }), description: z.string(), purpose: z.string(), messages: z.array(MessageId),
  })),
  /** not to be accounted for (164.528(a)(1)), by the purpose the author gave */
  excluded: z.record(z.string(), z.int()),
  /** what this accounting cannot know */
  gaps: z.array(z.string()),
});
export type Accounting = z.infer<typeof Accounting>;

const { order: _order, limit: _limit, cursor: _cursor, ...kept } = AuditFilter.shape;
/** What may be kept of a search: its filters, no exact value of a person. */
export const KeepSearch = z.strictObject({ name: z.string().check(z.trim(), z.minLength(1), z.maxLength(60)), filter: z.strictObject(kept), shared: z._default(z.boolean(), false) });
export type KeepSearch = z.infer<typeof KeepSearch>;
export const KeptSearch = z.object({ id: z.string(), name: z.string(), filter: z.object(kept), /** the team sees it */ shared: z.boolean(), own: z.boolean() });
export type KeptSearch = z.infer<typeof KeptSearch>;

export const COMPLIANCE = {
  search: { method: 'post', path: '/audit/search', summary: 'The log, also by exact recipient, patient, purpose or policy version; limited, and noted with its reason', who: ['compliance', 'privacy-officer'], body: SearchRequest, answers: { 200: Found } },
  searches: { method: 'get', path: '/audit/searches', summary: 'Searches one has kept, and those the others show to the team', who: readers, answers: { 200: z.object({ data: z.array(KeptSearch) }) } },
  keepSearch: { method: 'post', path: '/audit/searches', summary: 'Keep a search under a name, in the place of one\'s own of that name', who: readers, body: KeepSearch, answers: { 200: KeptSearch } },
  dropSearch: { method: 'delete', path: '/audit/searches/:id', summary: 'Keep it no more', who: readers, answers: { 204: null } },
  counts: { method: 'get', path: '/audit/counts', summary: 'Entries by day, month, type or outcome', who: readers, answers: { 200: Counts } },
  reveal: { method: 'post', path: '/audit/events/:seq/reveal', summary: 'Sealed values of one entry; noted first', who: ['privacy-officer'], stepUp: true, body: RevealRequest, answers: { 200: Revealed } },
  story: { method: 'get', path: '/messages/:id/story', summary: 'Everything the log says of a message, as sentences', who: readers, answers: { 200: Story } },
  access: { method: 'get', path: '/messages/:id/access', summary: 'Who saw what of a message', who: readers, answers: { 200: AccessHistory } },
  accounting: { method: 'post', path: '/reports/accounting', summary: 'Accounting of disclosures for a patient reference (45 CFR 164.528)', who: ['privacy-officer'], stepUp: true, body: AccountingRequest, answers: { 200: Accounting } },
  accountingFile: { method: 'post', path: '/reports/accounting/file', summary: 'The same as it is handed to the individual: PDF or CSV', who: ['privacy-officer'], stepUp: true, body: AccountingFileRequest, raw: 'out', answers: { 200: null } },
  consistency: { method: 'get', path: '/log/consistency', summary: 'Proof that one signed tree is the beginning of another (?from=&to=)', who: 'public', answers: { 200: Consistency } },
  integrity: { method: 'get', path: '/log/integrity', summary: 'The log\'s size, newest checkpoint and what others hold of it', who: [...readers, 'system-admin'], answers: { 200: Integrity } },
  rotateLogKey: { method: 'post', path: '/log/key', summary: 'Let the log go on under a new key, by the word of the old one', who: ['system-admin'], stepUp: true, answers: { 200: Rotated } },
  rotateMasterKey: { method: 'post', path: '/master-key', summary: 'Wrap every key anew, by a new master key in the place of the old one', who: ['system-admin'], stepUp: true, answers: { 204: null } },
} as const satisfies { [name: string]: Endpoint };
