/**
 * Is this draft well formed, and may this person hand it over? Everything here is attacker-controlled.
 * A refusal names the place by JSON pointer, never the value.
 */
import { hasControl, isMailbox, normalAddress } from '../../shared/draft/address.ts';
import { createHash } from 'node:crypto';
import type { Draft, Recipient } from '../../shared/draft/draft.ts';
import { LIMITS, type MessageRequest } from '../../shared/wire/handoff.ts';
import type { ProblemCode } from '../../shared/wire/problem.ts';
import type { Person } from '../people/people.ts';
import { refuse, type Refusal } from '../refusal.ts';
import type { Wishes } from './content.ts';

interface DraftRefusal extends Refusal<ProblemCode> {
  readonly pointer?: string;
}

/** RFC 5322 §3.6.4 msg-id, as far as a header can carry it safely. */
const MSG_ID = /^<[^<>\s@]{1,250}@[^<>\s@]{1,250}>$/;
/** RFC 2045 §5.1 type/subtype; parameters are never taken over. */
const MEDIA_TYPE = /^[A-Za-z0-9!#$&^_.+-]{1,100}\/[A-Za-z0-9!#$&^_.+-]{1,100}$/;

const at = (code: ProblemCode, pointer: string): DraftRefusal => ({ ...refuse(code), pointer });

export function validateDraft(draft: Draft, author: Person): DraftRefusal | null {
  if (!isMailbox(draft.from.address)) return at('bad-address', '/from/address');
  if (!author.addresses.includes(normalAddress(draft.from.address))) return at('from-not-allowed', '/from/address');
  if (hasControl(draft.from.name ?? '')) return at('bad-header', '/from/name');
  if (draft.recipients.length === 0) return at('no-recipients', '/recipients');
  if (draft.recipients.length > LIMITS.recipients) return at('too-many-recipients', '/recipients');
  for (const [i, r] of draft.recipients.entries()) {
    if (!isMailbox(r.address)) return at('bad-address', `/recipients/${i}/address`);
    if (hasControl(r.name ?? '')) return at('bad-header', `/recipients/${i}/name`);
  }
  if (hasControl(draft.subject)) return at('bad-header', '/subject');
  for (const [i, a] of draft.attachments.entries()) {
    if (a.filename === '' || hasControl(a.filename)) return at('bad-header', `/attachments/${i}/filename`);
    if (hasControl(a.contentType)) return at('bad-header', `/attachments/${i}/contentType`);
    if (a.contentId !== undefined && !/^[^<>\s]{1,200}$/.test(a.contentId)) return at('bad-header', `/attachments/${i}/contentId`);
  }
  if (draft.attachments.reduce((sum, a) => sum + a.size, 0) > LIMITS.message) return at('too-large', '/attachments');
  if (draft.inReplyTo !== undefined && !MSG_ID.test(draft.inReplyTo)) return at('bad-header', '/inReplyTo');
  for (const [i, id] of (draft.references ?? []).entries()) if (!MSG_ID.test(id)) return at('bad-header', `/references/${i}`);
  return null;
}

/** What is written into headers: type without parameters, no path in the file name. */
export function tidyDraft(draft: Draft): Draft {
  return {
    ...draft,
    recipients: unique(draft.recipients),
    attachments: draft.attachments.map((a) => ({
      ...a, filename: fileName(a.filename), contentType: mediaType(a.contentType),
    })),
  };
}

/** A separator may be part of an honest name ("Re: A/B.eml"): it is kept as a mark, never as a path. */
function fileName(given: string): string {
  return given.replace(/[/\\\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '_').replace(/^\.+/, '_');
}

function mediaType(given: string): string {
  const type = given.split(';')[0]?.trim().toLowerCase() ?? '';
  return MEDIA_TYPE.test(type) ? type : 'application/octet-stream';
}

/** One copy per mailbox; the most visible role wins (to before cc before bcc). */
function unique(recipients: Draft['recipients']): Draft['recipients'] {
  const seen = new Map<string, Draft['recipients'][number]>();
  const rank = { to: 0, cc: 1, bcc: 2 } as const;
  for (const r of recipients) {
    const key = normalAddress(r.address);
    const before = seen.get(key);
    if (!before || rank[r.role] < rank[before.role]) seen.set(key, r);
  }
  return [...seen.values()];
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** A one-shot request as a draft and its decoded attachments. */
export function draftOf(request: MessageRequest): { readonly kind: 'draft'; readonly draft: Draft; readonly contents: Uint8Array[] } | DraftRefusal {
  const contents: Uint8Array[] = [];
  const attachments: Draft['attachments'][number][] = [];
  for (const [i, a] of (request.attachments ?? []).entries()) {
    const base64 = a.content.replace(/[\r\n]/g, '');
    if (!BASE64.test(base64)) return at('bad-request', `/attachments/${i}/content`);
    const bytes = Buffer.from(base64, 'base64');
    contents.push(bytes);
    attachments.push({
      filename: a.filename, contentType: a.contentType, size: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex'),
      ...(a.contentId === undefined ? {} : { contentId: a.contentId }),
    });
  }
  const role = (list: MessageRequest['cc'], as: Recipient['role']): Recipient[] => (list ?? []).map((r) => ({ address: r.address, role: as, ...(r.name === undefined ? {} : { name: r.name }) }));
  return {
    kind: 'draft', contents,
    draft: {
      from: { address: request.from.address, ...(request.from.name === undefined ? {} : { name: request.from.name }) },
      recipients: [...role(request.to, 'to'), ...role(request.cc, 'cc'), ...role(request.bcc, 'bcc')],
      subject: request.subject, attachments,
      ...(request.html === undefined ? {} : { html: request.html }), ...(request.text === undefined ? {} : { text: request.text }),
      ...(request.inReplyTo === undefined ? {} : { inReplyTo: request.inReplyTo }), ...(request.references === undefined ? {} : { references: request.references }), ...(request.labels === undefined ? {} : { labels: request.labels }),
    },
  };
}

/** Only the known wishes, so that two requests that mean the same are the same. */
export function tidyWishes(given: { readonly [K in keyof Wishes]?: Wishes[K] | undefined } | undefined): Wishes {
  const { purpose, patientRef, retentionClass, need, justification, undivided, topic, question } = given ?? {};
  return {
    ...(purpose ? { purpose } : {}), ...(patientRef ? { patientRef } : {}), ...(retentionClass ? { retentionClass } : {}), ...(need ? { need } : {}), ...(justification ? { justification } : {}), ...(undivided ? { undivided } : {}), ...(topic ? { topic } : {}), ...(question ? { question: { ask: question.ask, answer: question.answer } } : {}),
  };
}
