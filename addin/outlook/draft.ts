/**
 * One draft in one compose window, for as long as that window shows it. When a pinned pane moves to another item this one is `gone`:
 * every later call refuses with `item-gone`, because the host would apply it to whatever is shown now (office-js#6806).
 * Nothing here changes what the author wrote except `scrub`, and that only on an item that bears the hand-over's own mark, and `apart`, which the
 * author asks for.
 */
import { isRefused, refused, type Refused } from '../refusal.ts';
import type { Address } from '../../shared/draft/draft.ts';
import { EVENTS, call, inTurn } from './call.ts';
import type { Catalog } from './label.ts';
import { readDraft, readFile, readFiles, readHtml, readSubject, type FileContent, type FileFact, type MessageItem, type Reading } from './read.ts';
import { HINT, leaveWords, readStamp, writeStamp, type Stamp, type Words } from './stamp.ts';

/** What stands in a draft after it was handed over: no word of the author's. */
export interface Notice {
  readonly subject: string;
  readonly html: string;
}

/** What a message is restored from. */
export interface Restored {
  readonly subject: string;
  readonly html: string;
  readonly to: readonly Address[];
  readonly cc: readonly Address[];
  readonly bcc: readonly Address[];
  readonly files: readonly { readonly filename: string; readonly base64: string; readonly inline: boolean }[];
}

export interface DraftItem {
  /** false once the window shows another item */
  here(): boolean;
  read(): Promise<Reading | Refused>;
  /** cheap, for the live scan */
  glance(): Promise<{ readonly subject: string; readonly html: string } | Refused>;
  file(file: FileFact): Promise<FileContent | Refused>;
  /** what files say that the event handler cannot read, left in this window for it */
  tell(words: Words): Promise<null | Refused>;
  save(): Promise<null | Refused>;
  stamp(id: string, committed?: string): Promise<null | Refused>;
  stamped(): Promise<Stamp | null>;
  /** puts the notice in place of the draft; refuses unless the item bears this id */
  scrub(id: string, notice: Notice): Promise<null | Refused>;
  close(): Promise<null | Refused>;
  /** puts a message back into this window; refuses `draft-not-empty` when that would overwrite something */
  restore(message: Restored, over: Notice | null): Promise<null | Refused>;
  /** these addresses go from To and Cc to Bcc, where each gets a message of its own */
  apart(addresses: readonly string[]): Promise<null | Refused>;
  changed(listen: (what: 'recipients' | 'attachments') => void): () => void;
}

/** What html says to a person, roughly: enough to tell an empty draft. */
function bare(html: string): string {
  return html.replace(/<style[\s\S]*?<\/style>|<[^>]*>|&nbsp;|&#160;|\s+/gi, '');
}

async function clearFiles(item: MessageItem): Promise<null | Refused> {
  const files = await readFiles(item);
  if (isRefused(files)) return files;
  // Outlook does not remove inline pictures this way; the body that referred to them is gone by now.
  for (const file of files) if (!file.inline) await call<void>((done) => item.removeAttachmentAsync(file.id, done));
  const left = await readFiles(item);
  if (isRefused(left)) return left;
  return left.some((file) => !file.inline) ? refused('attachment-left') : null;
}

function names(list: readonly Address[]): Office.EmailAddressDetails[] {
  return list.map((a) => ({ emailAddress: a.address, displayName: a.name ?? a.address }) as Office.EmailAddressDetails);
}

export function openDraft(item: MessageItem, own: Address, can: (set: string) => boolean, catalog: Catalog): DraftItem & { leave(): void } {
  let gone = false;
  const mine = <T>(run: () => Promise<T | Refused>): Promise<T | Refused> => (gone ? Promise.resolve(refused('item-gone')) : run());
  // An answer that arrives after the window has moved on may already speak of the other item.
  const guard = async <T>(run: () => Promise<T | Refused>): Promise<T | Refused> => {
    const answer = await mine(run);
    return gone ? refused('item-gone') : answer;
  };
  const write = (notice: Notice) => inTurn(
    () => mine(() => call<void>((done) => item.subject.setAsync(notice.subject, done))),
    () => mine(() => call<void>((done) => item.body.setAsync(notice.html, { coercionType: 'html' as Office.CoercionType }, done))),
  );
  const save = () => guard(async () => {
    const id = await call<string>((done) => item.saveAsync(done), 30_000);
    return isRefused(id) ? id : null;
  });
  return {
    here: () => !gone,
    leave: () => { gone = true; },
    read: () => guard(() => readDraft(item, own, catalog)),
    glance: () => guard(async () => {
      const subject = await readSubject(item);
      if (isRefused(subject)) return subject;
      const html = await readHtml(item);
      return isRefused(html) ? html : { subject, html };
    }),
    file: (file) => guard(() => readFile(item, file)),
    tell: (words) => guard(() => leaveWords(item, words)),
    save,
    stamp: (id, committed) => guard(() => writeStamp(item, id, committed)),
    stamped: async () => (gone ? null : readStamp(item)),
    scrub: (id, notice) => guard(async () => {
      const stamp = await readStamp(item);
      if (stamp?.id !== id) return refused('stamp-other');
      // What it warned of is gone.
      if (item.notificationMessages) await mine(() => call<void>((done) => item.notificationMessages.removeAsync(HINT, done)));
      return inTurn(() => write(notice), () => mine(() => clearFiles(item)), save);
    }),
    close: () => guard(async () => {
      if (!can('1.14')) return refused('close-unsupported');
      return inTurn(() => call<void>((done) => (item as { closeAsync(options: { discardItem: boolean }, done: (r: Office.AsyncResult<void>) => void): void })
        .closeAsync({ discardItem: true }, done)));
    }),
    restore: (message, over) => guard(async () => {
      const now = await readDraft(item, own, catalog);
      if (isRefused(now)) return now;
      const scrubbed = over !== null && now.subject === over.subject;
      if (!scrubbed && (bare(now.html) !== '' || now.files.some((f) => !f.inline))) return refused('draft-not-empty');
      return inTurn(
        () => write({ subject: message.subject, html: message.html }),
        () => mine(() => call<void>((done) => item.to.setAsync(names(message.to), done))),
        () => mine(() => call<void>((done) => item.cc.setAsync(names(message.cc), done))),
        () => mine(() => call<void>((done) => item.bcc.setAsync(names(message.bcc), done))),
        ...message.files.map((file) => () => mine(() =>
          call<string>((done) => item.addFileAttachmentFromBase64Async(file.base64, file.filename, { isInline: file.inline }, done), 60_000))),
        save,
      );
    }),
    apart: (addresses) => guard(async () => {
      const wanted = addresses.map((a) => a.toLowerCase());
      const listed = (field: Office.Recipients) => call<Office.EmailAddressDetails[]>((done) => field.getAsync(done));
      const set = (field: Office.Recipients, entries: Office.EmailAddressDetails[]) => mine(() => call<void>((done) => field.setAsync(entries, done)));
      const to = await listed(item.to);
      if (isRefused(to)) return to;
      const cc = await listed(item.cc);
      if (isRefused(cc)) return cc;
      const moves = (entry: Office.EmailAddressDetails) => wanted.includes((entry.emailAddress || '').trim().toLowerCase());
      // Into Bcc first: cut off halfway they stand twice, and nobody is lost.
      return inTurn(
        () => mine(() => call<void>((done) => item.bcc.addAsync([...to, ...cc].filter(moves), done))),
        () => set(item.to, to.filter((entry) => !moves(entry))),
        () => set(item.cc, cc.filter((entry) => !moves(entry))),
      );
    }),
    changed(listen) {
      let listening = true;
      for (const what of ['recipients', 'attachments'] as const) {
        const heard = () => { if (listening && !gone) listen(what); };
        void call<void>((done) => item.addHandlerAsync(EVENTS[what], heard, done));
      }
      return () => { listening = false; };
    },
  };
}
