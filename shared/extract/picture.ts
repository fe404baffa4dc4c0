/**
 * Pictures inside documents: nobody looks at what they show, so a document that is chiefly pictures has not been read, whatever its format; a logo beside real
 * text asks for nothing. Sizes stand in the first bytes of a file; only those are looked at.
 */

/** In dots. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** As many bytes of a picture as are looked at: a camera's notes and its small preview stand before the size. */
export const HEAD = 131_072;
/** Shorter side of a page that can still be read, or of a screen. */
export const PAGE = 700;
/** Icons. */
const SPECK = 96;
/** Bytes. */
const SHORT = 2048;
/** Words that make a picture an ornament of them: of a page many, of anything smaller a few lines, and of the smaller ones no more than a leaflet's four. */
const WORDS = { page: 100, small: 25, most: 100 } as const;

export function isPicture(head: string): boolean {
  return head.startsWith('\u0089PNG') || head.startsWith('GIF8') || head.startsWith('\u00ff\u00d8\u00ff') || head.startsWith('BM') || head.startsWith('II*\u0000') || head.startsWith('MM\u0000*')
    || (head.startsWith('RIFF') && head.slice(8, 12) === 'WEBP') || /^....ftyp(?:heic|heix|mif1|avif)/.test(head);
}

/** Of a picture's first bytes; a form whose size is not known counts as a page. */
export function sizeOf(bytes: Uint8Array): Size {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const begins = (...codes: readonly number[]): boolean => codes.every((c, i) => bytes[i] === c);
  if (begins(0x89, 0x50, 0x4e, 0x47) && bytes.length >= 24) return { width: view.getUint32(16), height: view.getUint32(20) };
  if (begins(0x47, 0x49, 0x46, 0x38) && bytes.length >= 10) return { width: view.getUint16(6, true), height: view.getUint16(8, true) };
  if (begins(0x42, 0x4d) && bytes.length >= 26) return { width: Math.abs(view.getInt32(18, true)), height: Math.abs(view.getInt32(22, true)) };
  // [MS-EMF] §2.3.4.2: bounds in dots; [MS-WMF] §2.3.2.3: a box and the units of an inch
  if (begins(1, 0, 0, 0) && bytes.length >= 44 && view.getUint32(40, true) === 0x464d4520) return { width: view.getInt32(16, true) - view.getInt32(8, true), height: view.getInt32(20, true) - view.getInt32(12, true) };
  if (begins(0xd7, 0xcd, 0xc6, 0x9a) && bytes.length >= 16) {
    const dots = 96 / Math.max(1, view.getUint16(14, true));
    return { width: (view.getInt16(10, true) - view.getInt16(6, true)) * dots, height: (view.getInt16(12, true) - view.getInt16(8, true)) * dots };
  }
  if (begins(0xff, 0xd8)) {
    // ISO/IEC 10918-1 annex B: segments up to the frame's own
    for (let i = 2; i + 9 < bytes.length && bytes[i] === 0xff;) {
      const marker = bytes[i + 1] ?? 0;
      if (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc) return { width: view.getUint16(i + 7), height: view.getUint16(i + 5) };
      i += marker === 0xff ? 1 : 2 + view.getUint16(i + 2);
    }
  }
  return { width: PAGE, height: PAGE };
}

/** Of a picture inside a document, by its first bytes and its length: what is shorter than any page is an icon, whatever it says. */
export function sizeInside(bytes: Uint8Array, length: number): Size {
  return length < SHORT ? { width: 0, height: 0 } : sizeOf(bytes);
}

export function isSpeck({ width, height }: Size): boolean {
  return width * height <= SPECK * SPECK;
}

/** A sheet of paper, or a screen, as a scanner or a camera takes it. */
export function isPage({ width, height }: Size): boolean {
  return Math.min(width, height) >= PAGE;
}

/** Whether the pictures are too many for the words beside them. */
export function isPictured(pictures: readonly Size[], text: string): boolean {
  const pages = pictures.filter(isPage).length;
  const small = pictures.filter((p) => !isPage(p) && !isSpeck(p)).length;
  const asked = pages * WORDS.page + Math.min(small * WORDS.small, WORDS.most);
  return asked > 0 && wordsIn(text, asked) < asked;
}

/** How many words there are, counted no further than `enough`. */
export function wordsIn(text: string, enough: number): number {
  // Letters and digits of any script, as far as an engine of 2016 can tell them from signs.
  const word = /[^\s\u0000-/:-@[-`{-\u00bf\u00d7\u00f7\u2000-\u2bff\u3000-\u303f\ufff0-\uffff]{2,}/g;
  let count = 0;
  while (count < enough && word.test(text)) count += 1;
  return count;
}
