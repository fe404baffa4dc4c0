/**
 * What stands in the compose window, read and never changed: the adapter's half of a snapshot. ES2016 library only:
 * the event handler reads through it as well.
 */
import { normalAddress } from '../../shared/draft/address.ts';
import type { Address, Recipient, Role } from '../../shared/draft/draft.ts';
import { isRefused, refused, type Refused } from '../refusal.ts';
import { call } from './call.ts';
import { readLabels, type Catalog } from './label.ts';

export interface FileFact {
  /** valid in this session only */
  readonly id: string;
  readonly filename: string;
  /** as Outlook counts: may include its own overhead, so only zero and non-zero are told apart */
  readonly size: number;
  readonly kind: 'file' | 'item' | 'cloud';
  readonly inline: boolean;
  readonly contentId?: string;
}

export interface Reading {
  readonly from: Address;
  readonly recipients: readonly Recipient[];
  /** entries without an address: typed but not resolved, or a contact list (office-js#2636) */
  readonly unresolved: number;
  readonly subject: string;
  readonly html: string;
  readonly files: readonly FileFact[];
  readonly inReplyTo?: string;
  readonly references?: readonly string[];
  /** categories and sensitivity label, which rules may ask for; `null` when they could not be read */
  readonly labels?: readonly string[] | null;
}

export type MessageItem = Office.MessageCompose;
type Listed = Pick<Office.EmailAddressDetails, 'emailAddress' | 'displayName'> & { readonly recipientType?: unknown };

function clean(text: string): string {
  // A line break in a name could begin another header once it is mail (RFC 5322 §2.2).
  return text.replace(/[\u0000-\u001f\u007f]+/g, ' ').trim();
}

function address(listed: Listed): Address {
  const name = clean(listed.displayName || '').slice(0, 200);
  const mailbox = (listed.emailAddress || '').trim();
  return name && name !== mailbox ? { address: mailbox, name } : { address: mailbox };
}

export async function readRecipients(item: Pick<MessageItem, Role>, patience?: number): Promise<{ recipients: Recipient[]; unresolved: number } | Refused> {
  const recipients: Recipient[] = [];
  const seen: string[] = [];
  let unresolved = 0;
  for (const role of ['to', 'cc', 'bcc'] as const) {
    const field = item[role];
    if (!field) continue;
    const listed = await call<Listed[]>((done) => field.getAsync(done as never), patience);
    if (isRefused(listed)) return listed;
    for (const entry of listed) {
      if (!entry.emailAddress || entry.emailAddress.indexOf('@') < 1) unresolved += 1;
      else {
        const one = address(entry);
        // Named twice, written to once, as the service does: the first place counts.
        const key = normalAddress(one.address);
        if (seen.indexOf(key) < 0) recipients.push({ role, ...one, ...(entry.recipientType === 'distributionList' ? { list: true as const } : {}) });
        seen.push(key);
      }
    }
  }
  return { recipients, unresolved };
}

export async function readFiles(item: Pick<MessageItem, 'getAttachmentsAsync'>, patience?: number): Promise<FileFact[] | Refused> {
  const listed = await call<Office.AttachmentDetailsCompose[]>((done) => item.getAttachmentsAsync(done), patience);
  if (isRefused(listed)) return listed;
  return listed.map((file) => {
    const id = typeof file.contentId === 'string' ? file.contentId.replace(/^<|>$/g, '') : '';
    return {
      id: file.id,
      filename: clean(file.name) || 'attachment',
      size: file.size,
      kind: file.attachmentType === 'cloud' ? 'cloud' : file.attachmentType === 'item' ? 'item' : 'file',
      inline: file.isInline,
      // Clients before Mailbox 1.16 have no contentId; their HTML refers to an inline image by its name.
      ...(id ? { contentId: id } : file.isInline ? { contentId: clean(file.name) } : {}),
    };
  });
}

export function readHtml(item: Pick<MessageItem, 'body'>, patience?: number): Promise<string | Refused> {
  return call<string>((done) => item.body.getAsync('html', done), patience);
}

export function readSubject(item: Pick<MessageItem, 'subject'>, patience?: number): Promise<string | Refused> {
  return call<string>((done) => item.subject.getAsync(done), patience);
}

export async function readFrom(item: Pick<MessageItem, 'from'>, own: Address, patience?: number): Promise<Address | Refused> {
  if (!item.from) return own;
  const listed = await call<Office.EmailAddressDetails>((done) => item.from.getAsync(done), patience);
  if (isRefused(listed)) return listed;
  const from = address(listed);
  return from.address.indexOf('@') < 1 ? own : from;
}

/** RFC 5322 §2.1.1 would fold more; a thread this long has lost its middle everywhere. */
const MOST_REFERENCES = 50;
const MESSAGE_ID = /^<[^<>\s]{1,250}>$/;

/** RFC 5322 §3.6.4: a reply names its parent, and References is the parent's own with the parent behind it. Clients that keep the header to themselves leave the parent alone. */
async function thread(item: MessageItem): Promise<Pick<Reading, 'inReplyTo' | 'references'>> {
  const parent = item.inReplyTo as string | null | undefined;
  if (!parent || !MESSAGE_ID.test(parent)) return {};
  const headers = item.internetHeaders ? await call<{ [name: string]: string }>((done) => item.internetHeaders.getAsync(['References'], done)) : {};
  const written = isRefused(headers) ? [] : (headers['References'] || '').split(/\s+/).filter((id) => MESSAGE_ID.test(id) && id !== parent);
  // The first tells which thread it is, the last where in it.
  const kept = written.length < MOST_REFERENCES ? written : [written[0]!, ...written.slice(written.length - MOST_REFERENCES + 2)];
  return { inReplyTo: parent, references: [...kept, parent] };
}

export async function readDraft(item: MessageItem, own: Address, catalog: Catalog): Promise<Reading | Refused> {
  const from = await readFrom(item, own);
  if (isRefused(from)) return from;
  const listed = await readRecipients(item);
  if (isRefused(listed)) return listed;
  const subject = await readSubject(item);
  if (isRefused(subject)) return subject;
  const html = await readHtml(item);
  if (isRefused(html)) return html;
  const files = await readFiles(item);
  if (isRefused(files)) return files;
  const labels = await readLabels(item, catalog);
  return { from, ...listed, subject: clean(subject), html, files, ...(await thread(item)), ...(labels?.length === 0 ? {} : { labels }) };
}

export interface FileContent {
  readonly contentType: string;
  readonly encoding: 'base64' | 'text';
  readonly content: string;
}

const FORMATS: { readonly [format: string]: Omit<FileContent, 'content'> } = {
  base64: { contentType: 'application/octet-stream', encoding: 'base64' },
  eml: { contentType: 'message/rfc822', encoding: 'text' },
  iCalendar: { contentType: 'text/calendar', encoding: 'text' },
};

/** The bytes as Outlook hands them out. A cloud link has none; an empty answer for a file with a size is a failure (office-js#6098). */
export async function readFile(item: Pick<MessageItem, 'getAttachmentContentAsync'>, file: FileFact, patience = 60_000): Promise<FileContent | Refused> {
  if (file.kind === 'cloud') return refused('attachment-cloud');
  const got = await call<Office.AttachmentContent>((done) => item.getAttachmentContentAsync(file.id, done), patience);
  if (isRefused(got)) return got.code === 'item-gone' ? got : refused('attachment-unreadable');
  if (got.format === 'url') return refused('attachment-cloud');
  const format = FORMATS[got.format];
  if (!format) return refused('attachment-unreadable');
  if (got.content === '' && file.size > 0) return refused('attachment-empty');
  return { ...format, content: got.content };
}
