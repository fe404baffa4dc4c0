/**
 * What attachments say, before ordinary Send: read here, by the readers that fit beside the event handler (text, tables, calendars, web pages, RTF, Office
 * documents, archives of them), and where the runtime has workers by the pane's own; what an open pane has read beside the draft counts as read. What nobody can read (pictures, what is encrypted or too large, what Outlook
 * does not hand out in time; without workers PDF and mails, too) is unscannable, never clean: Send Secure reads it in the pane. ES2016 library only.
 */
import { DECORATION_BYTES, refersTo } from '../../shared/draft/draft.ts';
import { bytesOf } from '../../shared/extract/letters.ts';
import { isPage, sizeInside } from '../../shared/extract/picture.ts';
import { BUDGET, extractBy, type Extracted } from '../../shared/extract/read.ts';
import type { ScanAttachment } from '../../shared/scan/scan.ts';
import type { HandOut } from '../outlook/launch.ts';
import type { FileContent, FileFact } from '../outlook/read.ts';
import type { Words } from '../outlook/stamp.ts';
import { fingerprint, hasWorkers, openExtract, type Extract } from '../extract/extract.ts';
import { isRefused } from '../refusal.ts';

/** Bytes of all together, and characters read out of them: beyond, the second that Outlook gives is over. */
const LARGEST = 4_000_000;
const LONGEST = 400_000;
/** What may be unpacked. */
const LEAN = { ...BUDGET, depth: 2, bytes: 10_000_000 };
const PICTURE = /\.(?:png|jpe?g|gif|bmp|webp)$/i;
const TOO_MUCH: Extracted = { unscannable: 'over-budget' };

/** for one file in the worker, ms */
const PATIENCE = 2_000;
let whole: Extract | null = null;

/** A picture of the text itself, such as a signature's logo: words are asked of it where it is as large as a page. */
function ornament(file: FileFact, html: string, got: FileContent | null): boolean {
  if (!file.inline || file.contentId === undefined || !PICTURE.test(file.filename) || !refersTo(html, file.contentId)) return false;
  if (got === null || file.size <= DECORATION_BYTES) return true;
  const bytes = bytesOf(got.content);
  return !isPage(sizeInside(bytes, bytes.length));
}

/** How Outlook hands files out, and what the pane left. */
interface House { readonly handOut: HandOut; readonly told: (patience: number) => Promise<Words> }

/** Every file in order, those of which nobody could tell what they say included. `until`: ms, when the answer must stand. */
export async function attached(files: readonly FileFact[], html: string, { handOut, told: ask }: House, until: number, clock: () => number): Promise<ScanAttachment[]> {
  const told: ScanAttachment[] = [];
  whole = whole || (hasWorkers() ? openExtract(PATIENCE) : null);
  let [bytes, letters] = [0, 0];
  for (const file of files) {
    const { filename } = file;
    const left = until - clock();
    // A link to a file elsewhere carries none of it, and is opened by whoever may.
    if (file.kind === 'cloud') told.push({ filename });
    else if (left <= 0 || (bytes += file.size) > LARGEST) told.push({ filename, ...TOO_MUCH });
    else {
      const given = await handOut(file, left);
      const got = isRefused(given) ? null : given;
      if (ornament(file, html, got)) told.push({ filename });
      else if (got === null) told.push({ filename, unscannable: 'broken' });
      else {
        const said = await words(file, got, () => ask(until - clock()));
        letters += (said.text || '').length;
        told.push({ filename, ...(letters > LONGEST ? TOO_MUCH : said) });
      }
    }
  }
  return told;
}

const utf8 = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(unescape(encodeURIComponent(text)).split(''), (c) => c.charCodeAt(0));

async function words({ filename }: FileFact, { contentType, encoding, content }: FileContent, ask: () => Promise<Words>): Promise<Extracted> {
  const bytes = (): Uint8Array<ArrayBuffer> => (encoding === 'text' ? utf8(content) : bytesOf(content));
  const said = await extractBy(filename, contentType, bytes(), LEAN);
  if (said.unscannable !== 'unsupported') return said;
  const text = (await ask())[fingerprint(content)];
  return typeof text === 'string' ? { text } : whole === null ? said : whole(filename, contentType, bytes());
}
