/**
 * What the files of one draft say: each is read once, by Outlook's id of this session. What the event handler cannot read everywhere is left in the
 * window for it, so that Outlook's own Send does not stop for a file that the pane has read.
 */
import { isDecoration } from '../../shared/draft/draft.ts';
import type { ScanAttachment } from '../../shared/scan/scan.ts';
import { fingerprint, type Extract } from '../extract/extract.ts';
import { decode, named } from '../handoff/snapshot.ts';
import type { DraftItem, FileFact, Reading } from '../outlook/outlook.ts';
import { isRefused } from '../refusal.ts';

/** needs a reader that does not fit beside the event handler */
const FAR = /\.(?:pdf|eml)$/i;

export interface Files {
  /** as far as they are read; by their names alone where they are not yet */
  of(files: readonly FileFact[]): ScanAttachment[];
  complete(files: readonly FileFact[]): boolean;
  read(reading: Reading): Promise<void>;
}

export function openFiles(draft: DraftItem, extract: Extract): Files {
  const read = new Map<string, ScanAttachment>();
  const words = new Map<string, readonly [fingerprint: string, text: string]>();
  let told = '{}';

  /** What Outlook does not hand out goes by its name alone here; the snapshot refuses it with its reason. */
  async function readText(file: FileFact, html: string): Promise<ScanAttachment> {
    const got = await draft.file(file);
    const bytes = isRefused(got) ? null : decode(got);
    if (isRefused(got) || !bytes) return { filename: file.filename };
    const { filename, contentType } = named(file, got);
    if (isDecoration({ contentType, size: bytes.length, ...(file.contentId ? { contentId: file.contentId } : {}) }, html)) return { filename };
    const said = await extract(filename, contentType, bytes);
    if (FAR.test(filename) && said.text !== undefined && said.unscannable === undefined) words.set(file.id, [fingerprint(got.content), said.text]);
    return { filename, ...said };
  }

  return {
    of: (files) => files.map((f) => read.get(f.id) ?? { filename: f.filename }),
    complete: (files) => files.every((f) => read.has(f.id)),
    async read({ files, html }) {
      for (const file of files) if (!read.has(file.id) && draft.here()) read.set(file.id, await readText(file, html));
      const now = Object.fromEntries(files.flatMap((f) => { const said = words.get(f.id); return said === undefined ? [] : [said]; }));
      const left = JSON.stringify(now);
      if (left === told) return;
      told = left;
      // Nobody waits for it; what Outlook did not take is unread there.
      void draft.tell(now);
    },
  };
}
