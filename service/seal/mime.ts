/**
 * The message as MIME (RFC 5322, 2045–2047, 2231, 2387): composed once with short stand-ins for the attachments, whose base64 is
 * then put in as it flows. CRLF throughout, 7bit throughout; Bcc is never written. Header protection is RFC 9788.
 */
import { randomBytes } from 'node:crypto';
import MailComposer from 'nodemailer/lib/mail-composer';
import { encodeWord } from 'nodemailer/lib/mime-funcs';
import { hasControl, isMailbox } from '../../shared/draft/address.ts';
import { refersTo, type Address, type AttachmentFact } from '../../shared/draft/draft.ts';
import { Fault } from '../refusal.ts';
import { base64Lines, flat, joined } from './flow.ts';
import type { Flow, Part } from './flow.ts';
import { bodyEnd, bodyStart, inserted, wordsOf } from './mime/html.ts';
import type { Below } from './notice.ts';
import type { Plain, SealInput } from './seal.ts';

/** One header field as it stands, folded, without the final CRLF. */
export interface Field {
  readonly name: string;
  readonly raw: string;
}

interface Mime {
  /** RFC 9788 §1.1.1: MIME-Version and Content-* describe the body; all else is the message's */
  readonly structural: readonly Field[];
  readonly fields: readonly Field[];
  readonly body: Flow;
}

interface Written {
  readonly messageId: string;
  readonly date: number;
  readonly from: Address;
  readonly to: readonly Address[];
  readonly cc: readonly Address[];
  readonly subject: string;
  readonly text: string;
  readonly html?: string | undefined;
  /** text and html begin with a copy of the subject */
  readonly display?: boolean;
  readonly inReplyTo?: string | undefined;
  readonly references?: readonly string[] | undefined;
  readonly headers?: { readonly [name: string]: string } | undefined;
  readonly attachments: readonly AttachmentFact[];
  readonly contents: readonly Uint8Array[];
}

const MESSAGE_ID = /^<[^<>\s@]+@[^<>\s@]+>$/;
/** RFC 2045 §5.1, parameters included; composite types are no attachment's business (RFC 2046 §5). */
const CONTENT_TYPE = /^(?!multipart\/|message\/)[\w!#$&^.+-]+\/[\w!#$&^.+-]+(?:\s*;\s*[\w!#$&^.+-]+=(?:[\w!#$&^.+-]+|"[^"\\\r\n]*"))*$/i;

/** letters of one, so that a line with it is not folded within */
const ENCODED_WORD = 52;

interface Additions {
  /** the subject stands above the words too, marked so that readers who know protected headers hide it (RFC 9788 §5.2) */
  readonly display?: boolean;
  /** stands below the author's words */
  readonly below?: Below | undefined;
  /** ASCII armor; RFC 3156 §7 */
  readonly publicKey?: { readonly filename: string; readonly bytes: Uint8Array };
}

export function messageMime(input: SealInput, { display = false, publicKey, below = { text: '', html: '' } }: Additions = {}): Promise<Mime> {
  const { draft } = input;
  const given = draft.text ?? '';
  const text = `${given.trim() === '' && draft.html !== undefined ? wordsOf(draft.html) : given}${below.text}`;
  const html = draft.html === undefined ? undefined : inserted(draft.html, bodyEnd(draft.html), below.html);
  const shown = display && draft.subject.trim() !== '';
  const key = publicKey === undefined ? [] : [{ filename: publicKey.filename, contentType: 'application/pgp-keys', size: publicKey.bytes.length, sha256: '' }];
  const role = (wanted: 'to' | 'cc'): Address[] => draft.recipients.filter((r) => r.role === wanted);
  return compose({
    messageId: input.messageId,
    date: input.date,
    from: draft.from,
    to: role('to'),
    cc: role('cc'),
    subject: draft.subject,
    text: shown ? `Subject: ${oneLine(draft.subject)}\r\n\r\n${text}` : text,
    html: shown && html !== undefined ? displayed(html, draft.subject) : html,
    display: shown,
    inReplyTo: draft.inReplyTo,
    references: draft.references,
    attachments: [...draft.attachments, ...key],
    contents: publicKey === undefined ? input.contents : [...input.contents, publicKey.bytes],
    ...(draft.replyTo === undefined || !isMailbox(draft.replyTo.address) ? {} : { headers: { 'Reply-To': `<${draft.replyTo.address}>` } }),
  });
}

export async function plainMime({ report, picture, ...mail }: Plain): Promise<Mime> {
  if (report === undefined) {
    const facts = picture === undefined ? [] : [{ filename: `logo.${picture.contentType.slice('image/'.length)}`, contentType: picture.contentType, size: picture.bytes.length, sha256: '', contentId: picture.contentId }];
    return compose({ ...mail, to: [mail.recipient], cc: [], attachments: facts, contents: picture === undefined ? [] : [picture.bytes] });
  }
  const { filename, contentType, bytes, type } = report;
  const made = await compose({ ...mail, to: [mail.recipient], cc: [], attachments: [{ filename, contentType, size: bytes.length, sha256: '' }], contents: [bytes] });
  return reported(made, type);
}

/** RFC 6522 §3: the composer knows only `mixed`. */
function reported(made: Mime, type: string): Mime {
  return { ...made, structural: made.structural.map((f) => ({ ...f, raw: f.raw.replace(/^Content-Type: multipart\/mixed;/i, `Content-Type: multipart/report; report-type="${type}";`) })) };
}

async function compose(written: Written): Promise<Mime> {
  // A Message-ID made anew at a retry would show the recipient two messages.
  if (known([written.messageId]).length === 0) throw new Fault('message-id-malformed', 'a Message-ID cannot stand in a header');
  if (![written.from, ...written.to, ...written.cc].every((a) => isMailbox(a.address))) throw new Fault('address-malformed', 'an address cannot stand in a header');
  if (written.contents.length !== written.attachments.length) throw new Fault('contents-missing', 'an attachment has no content');
  // What looks encoded already (RFC 2047 §2) would be decoded by its reader: other words than the author saw, and than the scanner did.
  const lookalike = written.subject.includes('=?');
  const stands = written.attachments.map(() => randomBytes(27));
  const tree = new MailComposer({
    newline: 'windows',
    disableFileAccess: true,
    disableUrlAccess: true,
    messageId: written.messageId,
    date: new Date(written.date),
    from: mailbox(written.from),
    to: written.to.map(mailbox),
    cc: written.cc.map(mailbox),
    ...(lookalike ? {} : { subject: written.subject }),
    inReplyTo: known(written.inReplyTo === undefined ? [] : [written.inReplyTo])[0],
    references: known(written.references ?? []),
    headers: { ...written.headers, ...(lookalike ? { Subject: { prepared: true, foldLines: true, value: encodeWord(oneLine(written.subject), 'Q', ENCODED_WORD) } } : {}) },
    // Quoted-printable keeps trailing blanks, long lines and every character through 7bit hops.
    ...(written.text === '' && written.html ? {} : { text: { content: canonical(written.text) || '\r\n', contentTransferEncoding: 'quoted-printable' } }),
    ...(!written.html ? {} : { html: { content: canonical(written.html), contentTransferEncoding: 'quoted-printable' } }),
    attachments: written.attachments.map((fact, i) => ({
      filename: cleanName(fact.filename, i),
      contentType: typeOf(fact),
      ...inline(fact, written.attachments.findIndex((a) => a.contentId === fact.contentId) === i ? written.html : undefined),
      content: stands[i]!,
    })),
  }).compile();
  if (written.display === true) marked(tree);
  const bytes = await tree.build();
  return split(bytes, stands.map((stand) => stand.toString('base64')), written.contents);
}

/** RFC 2046 §4.1.1: however a line was ended (HL7 v2 ends its segments with CR alone), in mail it ends with CRLF. */
const canonical = (text: string): string => text.replace(/\r\n?|\n/g, '\r\n');

interface Node {
  readonly childNodes: readonly Node[];
  getHeader(name: string): unknown;
  setHeader(name: string, value: string): unknown;
}

/** Says of the words (an attachment has a disposition) that the subject stands above them. */
function marked(node: Node): void {
  const type = String(node.getHeader('content-type'));
  if (type.startsWith('text/') && !node.getHeader('content-disposition')) node.setHeader('content-type', `${type}; hp-legacy-display=1`);
  for (const child of node.childNodes) marked(child);
}

const oneLine = (text: string): string => text.replace(/[\r\n\u2028\u2029]+/g, ' ').trim();

/** RFC 9788 §5.2.3: first of what the body shows. */
function displayed(html: string, subject: string): string {
  const escaped = oneLine(subject).replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
  const element = `<div class="header-protection-legacy-display"><pre>Subject: ${escaped}</pre></div>`;
  return inserted(html, bodyStart(html), element);
}

const mailbox = (a: Address): { name: string; address: string } => ({ name: a.name ?? '', address: a.address });

const known = (ids: readonly string[]): string[] => ids.filter((id) => MESSAGE_ID.test(id) && !hasControl(id));

/** What looks like an encoded word readers decode in a file name as well, even where RFC 2231 already said it: another name than was shown, another ending. No `?` is saved on Windows anyway. */
function cleanName(filename: string, n: number): string {
  const name = filename.trim().replaceAll('=?', '=_');
  return name === '' ? `attachment-${n + 1}` : name;
}

/** Only what the HTML really refers to is inline, and of two by one name the first: a reader would hide the rest (RFC 2387 §5, RFC 2392). */
function inline(fact: AttachmentFact, html: string | undefined): { cid: string; contentDisposition: 'inline' } | { contentDisposition: 'attachment' } {
  const cid = fact.contentId;
  return cid !== undefined && html !== undefined && refersTo(html, cid) ? { cid, contentDisposition: 'inline' } : { contentDisposition: 'attachment' };
}

/**
 * RFC 2046 §5.2.1 forbids encoding message/rfc822, and unencoded its line ends do not survive every reader: like all that is
 * composite or no type at all, it travels as a file.
 */
function typeOf(fact: AttachmentFact): string {
  const type = fact.contentType.trim();
  return CONTENT_TYPE.test(type) ? type : 'application/octet-stream';
}

const PEOPLE = /^(?:from|to|cc)$/i;

/** RFC 2047 §5 (3) forbids encoded words in quotes, and readers read them all the same: a name that looks like one is encoded, as its author wrote it. */
function namesAsWritten(raw: string): string {
  return raw.replace(/"((?:[^"\\]|\\[^])*)"(?=\s+<)/g, (quoted, inside: string) => {
    if (!inside.includes('=?')) return quoted;
    const name = inside.replace(/\r\n(?=[ \t])/g, '').replace(/\\([^])/g, '$1');
    return encodeWord(name, 'Q', ENCODED_WORD).replace(/\?= =\?/g, '?=\r\n =?');
  });
}

/** Takes the skeleton apart and puts the contents where their stand-ins were. */
function split(skeleton: Buffer, marks: readonly string[], contents: readonly Uint8Array[]): Mime {
  const end = skeleton.indexOf('\r\n\r\n');
  const fields: Field[] = [];
  for (const line of skeleton.toString('utf8', 0, end).split('\r\n')) {
    const last = fields.length - 1;
    if (/^[ \t]/.test(line) && last >= 0) fields[last] = { name: fields[last]!.name, raw: `${fields[last]!.raw}\r\n${line}` };
    else fields.push({ name: line.slice(0, line.indexOf(':')), raw: line });
  }
  for (const [i, { name, raw }] of fields.entries()) if (PEOPLE.test(name)) fields[i] = { name, raw: namesAsWritten(raw) };
  const body = skeleton.subarray(end + 4);
  const parts: Part[] = [];
  let from = 0;
  for (const { at, n } of marks.map((mark, n) => ({ at: body.indexOf(mark), n })).sort((a, b) => a.at - b.at)) {
    parts.push(body.subarray(from, at), base64Lines(flat(contents[n] ?? new Uint8Array(0))));
    from = at + marks[n]!.length;
  }
  parts.push(body.subarray(from));
  const structural = (f: Field): boolean => /^(?:mime-version|content-)/i.test(f.name);
  return { structural: fields.filter(structural), fields: fields.filter((f) => !structural(f)), body: joined(...parts) };
}

export function headers(...fields: readonly Field[]): string {
  return fields.map((f) => `${f.raw}\r\n`).join('');
}

/** The message as it is, for a channel that protects it. */
export function open(mime: Mime): Flow {
  return joined(headers(...mime.fields, ...mime.structural), '\r\n', mime.body);
}

/** What the road may see: all as it is, but the subject. */
export function outerFields(mime: Mime, subject: string): Field[] {
  const neutral: Field = { name: 'Subject', raw: `Subject: ${subject}` };
  const isSubject = (f: Field): boolean => f.name.toLowerCase() === 'subject';
  return mime.fields.some(isSubject) ? mime.fields.map((f) => (isSubject(f) ? neutral : f)) : [...mime.fields, neutral];
}

/**
 * The payload inside the encryption, with its own headers (RFC 9788 §4): the true fields, what the road saw of them, and `hp="cipher"`.
 * `protected-headers="v1"` is the older draft's word, which Thunderbird and notmuch still wait for.
 */
export function payload(mime: Mime, outer: readonly Field[]): Flow {
  const structural = mime.structural
    .filter((f) => f.name.toLowerCase() !== 'mime-version')
    .map((f) => (f.name.toLowerCase() === 'content-type' ? { name: f.name, raw: `${f.raw};\r\n hp="cipher"; protected-headers="v1"` } : f));
  const seen = outer.map((f) => ({ name: 'HP-Outer', raw: `HP-Outer: ${f.raw}` }));
  return joined(headers(...mime.fields, ...seen, ...structural), '\r\n', mime.body);
}
