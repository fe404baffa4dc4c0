/**
 * What the author wrote, before the service accepts it (a *message* afterwards).
 * Pure data: no method, no I/O. Everything in a draft is attacker-controlled until `service/handoff` has judged it.
 */
export interface Address {
  /** RFC 5321 Mailbox, `local@domain`; compared with `sameMailbox`, never with `===` */
  readonly address: string;
  readonly name?: string;
}

export type Role = 'to' | 'cc' | 'bcc';

export interface Recipient extends Address {
  readonly role: Role;
  /** Outlook's address book calls it a distribution list */
  readonly list?: true;
  /** the list that was expanded into this person; set by the service alone */
  readonly memberOf?: string;
}

/** What is known of an attachment without its bytes. */
export interface AttachmentFact {
  readonly filename: string;
  readonly contentType: string;
  /** bytes, decoded */
  readonly size: number;
  /** lower-case hex SHA-256 of the decoded bytes */
  readonly sha256: string;
  /** RFC 2392 id without angle brackets, when the HTML refers to it by `cid:` */
  readonly contentId?: string;
}

/** A mailbox has no more labels on one message, nor longer ones (Exchange's categories): what does counts as unread. */
export const LABELS = 50;
export const LABEL = 255;

export interface Draft {
  readonly from: Address;
  readonly recipients: readonly Recipient[];
  readonly subject: string;
  readonly html?: string;
  readonly text?: string;
  readonly attachments: readonly AttachmentFact[];
  /** RFC 5322 §3.6.4 message ids, angle brackets included */
  readonly inReplyTo?: string;
  readonly references?: readonly string[];
  /** Outlook's categories and sensitivity label, which rules may ask for; never part of the message. `null`: nobody could read them, and every rule on labels holds */
  readonly labels?: readonly string[] | null;
  /** where an answer goes instead of `from`; set by the service alone, for what recipients write on the secure page */
  readonly replyTo?: Address;
}

/** Ids that can stand in a header and in an address (RFC 2392). */
const CONTENT_ID = /^(?:(?![<>"])[\x21-\x7e])+$/;

/** Finds every `cid:` of this whole content id, as it is or percent-encoded; `img1` is not `img10`. */
export function cidPattern(contentId: string): RegExp {
  if (!CONTENT_ID.test(contentId)) return /(?!)/g;
  const [plain, encoded] = [contentId, encodeURIComponent(contentId)].map((id) => id.replace(/[^\w%]/g, '\\$&'));
  return new RegExp(`\\bcid:(?:${plain}|${encoded})(?![\\w.@%!#$*+/=?^\`{|}~-])`, 'gi');
}

export const refersTo = (html: string, contentId: string): boolean => cidPattern(contentId).test(html);

/** As large as a small picture in the text may be without being asked for words. */
export const DECORATION_BYTES = 32 * 1024;

/** A small picture that stands inside the text, such as a logo in a signature: too small for a page, so that it is not asked for words. */
export function isDecoration(fact: { readonly contentType: string; readonly size: number; readonly contentId?: string }, html: string | undefined): boolean {
  return fact.contentId !== undefined && fact.contentType.slice(0, 6) === 'image/' && fact.size <= DECORATION_BYTES && html !== undefined && refersTo(html, fact.contentId);
}

/**
 * The one byte string both sides hash (SHA-256, hex) to agree that they speak of the same draft:
 * a JSON array in fixed order, so that no key order or absent field can differ.
 */
export function digestInput(draft: Draft): string {
  return JSON.stringify([
    'send-secure-draft-1',
    [draft.from.address, draft.from.name ?? ''],
    draft.recipients.map((r) => [r.role, r.address, r.name ?? '']),
    draft.subject,
    draft.html ?? null,
    draft.text ?? null,
    draft.attachments.map((a) => [a.filename, a.contentType, a.size, a.sha256, a.contentId ?? '']),
    draft.inReplyTo ?? '',
    draft.references ?? [],
  ]);
}

/** RE, FW and their like: the subject is what every Outlook tells. */
export const isAnswer = (subject: string): boolean => /^\s*(?:re|aw|sv|fw|fwd|wg)\s*:/i.test(subject);
