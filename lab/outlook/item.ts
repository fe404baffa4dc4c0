/**
 * What lies in the pretend mailbox: a draft, an invitation or a message that came. Plain data; `mailbox.ts` changes it.
 */
export interface ItemPerson {
  readonly name: string;
  /** '' for a contact list, as Outlook gives it */
  readonly address: string;
  /** false while it is only typed text: Outlook's API does not return it */
  readonly resolved: boolean;
  /** the address book has it as a distribution list */
  readonly list?: true;
}

export interface ItemAttachment {
  readonly id: string;
  readonly name: string;
  readonly contentType: string;
  /** base64, eml text, iCalendar text, or the address of a cloud file */
  readonly content: string;
  readonly format: 'base64' | 'eml' | 'iCalendar' | 'url';
  readonly size: number;
  readonly inline: boolean;
  readonly contentId?: string;
}

export type Line = 'to' | 'cc' | 'bcc';
export type Folder = 'compose' | 'drafts' | 'sent' | 'inbox' | 'deleted';

export interface Item {
  readonly key: string;
  readonly mode: 'compose' | 'read';
  readonly kind: 'message' | 'appointment';
  readonly composeType: 'newMail' | 'reply' | 'forward';
  folder: Folder;
  from: ItemPerson;
  subject: string;
  html: string;
  /** the body before its last change: what a stale read answers */
  formerHtml: string;
  to: readonly ItemPerson[];
  cc: readonly ItemPerson[];
  bcc: readonly ItemPerson[];
  attachments: readonly ItemAttachment[];
  readonly categories: readonly string[];
  readonly label: string;
  /** null until first saved */
  itemId: string | null;
  readonly conversationId: string;
  readonly inReplyTo: string;
  /** raw header lines of a message that came */
  readonly rawHeaders: string;
  readonly internetMessageId: string;
  readonly at: number;
  start: number;
  end: number;
  location: string;
  closed: boolean;
  /** given by the Smart Alert whose button opened the pane */
  initialContext: string;
  readonly session: Map<string, string>;
  custom: { [name: string]: unknown };
  /** headers saved with the item; those of `stagedHeaders` are seen only where they were set until the item is saved */
  headers: Map<string, string>;
  stagedHeaders: Map<string, string>;
  notifications: ReadonlyMap<string, Office.NotificationMessageDetails>;
}

/** What a caller may say about a new item; everything else is as Outlook would have it. */
export interface ItemStart {
  readonly mode?: 'compose' | 'read';
  readonly kind?: 'message' | 'appointment';
  readonly composeType?: 'newMail' | 'reply' | 'forward';
  readonly folder?: Folder;
  readonly from?: PersonStart;
  readonly subject?: string;
  readonly html?: string;
  readonly to?: readonly PersonStart[];
  readonly cc?: readonly PersonStart[];
  readonly bcc?: readonly PersonStart[];
  readonly attachments?: readonly AttachmentStart[];
  readonly categories?: readonly string[];
  /** the id of a sensitivity label */
  readonly label?: string;
  readonly inReplyTo?: string;
  readonly rawHeaders?: string;
  readonly internetMessageId?: string;
  readonly headers?: { readonly [name: string]: string };
  readonly at?: number;
  readonly start?: number;
  readonly end?: number;
  readonly location?: string;
}
export type PersonStart = string | { readonly name?: string; readonly address: string; readonly resolved?: boolean; readonly list?: true };
export interface AttachmentStart {
  readonly name: string;
  readonly contentType?: string;
  readonly content: string;
  readonly format?: ItemAttachment['format'];
  readonly size?: number;
  readonly inline?: boolean;
  readonly contentId?: string;
}

export function person(start: PersonStart): ItemPerson {
  if (typeof start === 'string') return { name: start, address: start, resolved: true };
  return { name: start.name ?? start.address, address: start.address, resolved: start.resolved ?? true, ...(start.list ? { list: true as const } : {}) };
}

/** Bytes that a base64 text stands for, without decoding it. */
export function decodedSize(base64: string): number {
  const pad = base64.endsWith('==') ? 2 : base64.endsWith('=') ? 1 : 0;
  return Math.max(0, (base64.length / 4) * 3 - pad);
}

export function attachment(start: AttachmentStart, id: string): ItemAttachment {
  const format = start.format ?? 'base64';
  return {
    id,
    name: start.name,
    contentType: start.contentType ?? 'application/octet-stream',
    content: start.content,
    format,
    size: start.size ?? (format === 'base64' ? decodedSize(start.content) : start.content.length),
    inline: start.inline ?? false,
    ...(start.contentId === undefined ? {} : { contentId: start.contentId }),
  };
}

const HOUR = 3_600_000;

export function newItem(key: string, start: ItemStart, owner: ItemPerson, nextId: () => string): Item {
  const mode = start.mode ?? 'compose';
  const at = start.at ?? Date.now();
  const begins = start.start ?? Math.ceil(at / HOUR) * HOUR;
  const html = start.html ?? '';
  return {
    key, mode, kind: start.kind ?? 'message', composeType: start.composeType ?? 'newMail',
    folder: start.folder ?? (mode === 'read' ? 'inbox' : 'compose'),
    from: start.from === undefined ? owner : person(start.from),
    subject: start.subject ?? '', html, formerHtml: html,
    to: (start.to ?? []).map(person), cc: (start.cc ?? []).map(person), bcc: (start.bcc ?? []).map(person),
    attachments: (start.attachments ?? []).map((a) => attachment(a, nextId())),
    categories: start.categories ?? [], label: start.label ?? '',
    itemId: mode === 'read' ? `AAMk${key}` : null,
    conversationId: `conv-${key}`, inReplyTo: start.inReplyTo ?? '',
    rawHeaders: start.rawHeaders ?? '', internetMessageId: start.internetMessageId ?? `<${key}@riverside.test>`,
    at, start: begins, end: start.end ?? begins + HOUR, location: start.location ?? '',
    closed: false, initialContext: '',
    session: new Map(), custom: {}, headers: new Map(Object.entries(start.headers ?? {})), stagedHeaders: new Map(), notifications: new Map(),
  };
}
