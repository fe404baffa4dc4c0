/**
 * The draft as it stands now, whole and agreed with itself: two equal readings 300 ms apart, because Outlook's body lags behind the keys
 * (office-js#5847), and the bytes of every attachment. It refuses what it cannot hold faithfully; it never leaves anything out in silence.
 */
import { digestInput, type AttachmentFact, type Draft } from '../../shared/draft/draft.ts';
import { LIMITS } from '../../shared/wire/handoff.ts';
import type { DraftItem, FileContent, FileFact, Reading } from '../outlook/outlook.ts';
import { isRefused, refused, type Refused } from '../refusal.ts';

export interface Shot {
  readonly draft: Draft;
  /** SHA-256 hex of `digestInput(draft)` */
  readonly digest: string;
  readonly bytes: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
}

export interface Clock {
  wait(ms: number): Promise<void>;
}

/** Outlook gives a name but no type; what is not here goes as plain bytes (RFC 2046 §4.5.1). */
const TYPES: { readonly [extension: string]: string } = {
  pdf: 'application/pdf', txt: 'text/plain', csv: 'text/csv', htm: 'text/html', html: 'text/html', rtf: 'application/rtf', json: 'application/json',
  xml: 'application/xml', png: 'image/png', jpg: 'image/jpeg', jpeg: 'image/jpeg', gif: 'image/gif', svg: 'image/svg+xml', tif: 'image/tiff', tiff: 'image/tiff',
  bmp: 'image/bmp', webp: 'image/webp', heic: 'image/heic', dcm: 'application/dicom', zip: 'application/zip', eml: 'message/rfc822', ics: 'text/calendar',
  doc: 'application/msword', xls: 'application/vnd.ms-excel', ppt: 'application/vnd.ms-powerpoint',
  docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  pptx: 'application/vnd.openxmlformats-officedocument.presentationml.presentation',
  mp3: 'audio/mpeg', wav: 'audio/wav', mp4: 'video/mp4',
};

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(hash, (b) => b.toString(16).padStart(2, '0')).join('');
}

function digestOf(draft: Draft): Promise<string> {
  return sha256(new TextEncoder().encode(digestInput(draft)) as Uint8Array<ArrayBuffer>);
}

export function decode(got: FileContent): Uint8Array<ArrayBuffer> | null {
  if (got.encoding === 'text') return new TextEncoder().encode(got.content) as Uint8Array<ArrayBuffer>;
  try {
    const raw = atob(got.content);
    const bytes = new Uint8Array(raw.length);
    for (let i = 0; i < raw.length; i += 1) bytes[i] = raw.charCodeAt(i);
    return bytes;
  } catch {
    return null;
  }
}

/** The name and type it goes by: the same when it is read for the scanner and when it is handed over. */
export function named(file: FileFact, got: FileContent): Pick<AttachmentFact, 'filename' | 'contentType'> {
  const extension = got.contentType === 'message/rfc822' ? 'eml' : got.contentType === 'text/calendar' ? 'ics' : '';
  const bare = file.filename.slice(0, LIMITS.filename - 4);
  const filename = extension && !bare.toLowerCase().endsWith(`.${extension}`) ? `${bare}.${extension}` : file.filename.slice(0, LIMITS.filename);
  const known = TYPES[filename.slice(filename.lastIndexOf('.') + 1).toLowerCase()];
  return { filename, contentType: extension ? got.contentType : known ?? got.contentType };
}

async function fetchFile(item: DraftItem, file: FileFact, clock: Clock): Promise<FileContent | Refused> {
  for (let turn = 0; ; turn += 1) {
    const got = await item.file(file);
    // A file still being uploaded, or too many readers at once, is empty only for a moment (office-js#3897, #6155).
    const passing = isRefused(got) && (got.code === 'attachment-empty' || got.code === 'attachment-unreadable');
    if (!passing || turn === 2) return got;
    await clock.wait(400 * (turn + 1));
  }
}

interface Held { readonly fact: AttachmentFact; readonly bytes: Uint8Array<ArrayBuffer> }

async function readFiles(item: DraftItem, files: readonly FileFact[], clock: Clock): Promise<Held[] | Refused> {
  const held: Held[] = [];
  let bad: Refused | null = null;
  let next = 0;
  const reader = async () => {
    while (next < files.length && !bad) {
      const index = next;
      next += 1;
      const file = files[index] as FileFact;
      const got = await fetchFile(item, file, clock);
      const bytes = isRefused(got) ? null : decode(got);
      if (isRefused(got)) bad = refused(got.code, index);
      else if (!bytes) bad = refused('attachment-unreadable', index);
      else if (bytes.length > LIMITS.attachment) bad = refused('attachment-too-large', index);
      else {
        const fact = { ...named(file, got), size: bytes.length, sha256: await sha256(bytes) };
        held[index] = { bytes, fact: file.contentId ? { ...fact, contentId: file.contentId.slice(0, 200) } : fact };
      }
    }
  };
  // More than two at once and Exchange answers some with nothing (office-js#3897).
  await Promise.all([reader(), reader()]);
  return bad ?? held;
}

/** Two readings that agree, or `draft-unsettled` while the author is still typing. */
async function settled(item: DraftItem, clock: Clock): Promise<Reading | Refused> {
  let before = await item.read();
  for (let turn = 0; turn < 5; turn += 1) {
    if (isRefused(before)) return before;
    await clock.wait(300);
    const after = await item.read();
    if (isRefused(after)) return after;
    if (JSON.stringify(before) === JSON.stringify(after)) return after;
    before = after;
  }
  return refused('draft-unsettled');
}

function judge(reading: Reading): Refused | null {
  if (reading.unresolved > 0) return refused('recipient-unresolved');
  if (reading.recipients.length === 0) return refused('no-recipients');
  if (reading.recipients.length > LIMITS.recipients) return refused('too-many-recipients');
  if (reading.files.length > LIMITS.attachments) return refused('too-many-attachments');
  if (reading.subject.length > LIMITS.subject) return refused('subject-too-long');
  if (reading.html.length > LIMITS.body) return refused('body-too-long');
  const cloud = reading.files.findIndex((f) => f.kind === 'cloud');
  return cloud < 0 ? null : refused('attachment-cloud', cloud);
}

export async function takeSnapshot(item: DraftItem, clock: Clock): Promise<Shot | Refused> {
  const reading = await settled(item, clock);
  if (isRefused(reading)) return reading;
  const objection = judge(reading);
  if (objection) return objection;
  const held = await readFiles(item, reading.files, clock);
  if (isRefused(held)) return held;
  if (held.reduce((sum, h) => sum + h.bytes.length, 0) > LIMITS.message) return refused('too-large');
  const draft: Draft = {
    from: reading.from, recipients: reading.recipients, subject: reading.subject, html: reading.html,
    attachments: held.map((h) => h.fact),
    ...(reading.inReplyTo ? { inReplyTo: reading.inReplyTo } : {}),
    ...(reading.references ? { references: reading.references } : {}),
    ...(reading.labels === undefined ? {} : { labels: reading.labels }),
  };
  return { draft, digest: await digestOf(draft), bytes: new Map(held.map((h) => [h.fact.sha256, h.bytes])) };
}
