/**
 * Text out of attachments, so that the scanner can read them. What cannot be read whole is said to be unscannable, with the part that could be read beside it;
 * never silently empty. Everything that comes in is attacker-controlled: sizes, depth, entries and ratio are bounded before anything is unpacked.
 * Which format it is follows from the bytes; name and content type only break ties. Never executes, never fetches. The event handler, which has no room for
 * the readers of PDF and of mails within files, goes by `read.ts` alone.
 */
import { BUDGET as LEAN, extractBy, type Budget, type Extracted } from './read.ts';

export const BUDGET: Readonly<Budget> = {
  ...LEAN,
  far: {
    pdf: async (bytes, budget) => (await import('./pdf.ts')).readPdf(bytes, budget),
    mail: async (bytes, budget) => (await import('./mail.ts')).readMail(bytes, budget),
  },
};

/** Never throws: what is broken is said to be. */
export function extract(filename: string, contentType: string, bytes: Uint8Array, budget: Readonly<Budget> = BUDGET): Promise<Extracted> {
  return extractBy(filename, contentType, bytes, budget);
}
