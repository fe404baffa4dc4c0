/**
 * Which format a file is, and its words by the reader for that format. What needs a package is the caller's to bring (`Budget.far`): a runtime without it
 * says "unsupported" and never guesses. ES2016 library only, with no decoder of the platform's but what `letters.ts` can do without.
 */
import { textOfHtml } from '../draft/text.ts';
import { bytesOf, utf8, wide, windows } from './letters.ts';
import { HEAD, isPicture, isPictured, isSpeck, type Size, sizeInside, sizeOf } from './picture.ts';

export type Unscannable = 'encrypted' | 'unsupported' | 'over-budget' | 'broken';

export interface Extracted {
  readonly text?: string;
  /** why part or all of it could not be read */
  readonly unscannable?: Unscannable;
}

/** What one attachment may cost. Counted down over everything nested inside it. */
export interface Budget {
  depth: number;
  entries: number;
  /** unpacked bytes */
  bytes: number;
  /** unpacked to packed, of each entry */
  ratio: number;
  pages: number;
  /** readers that are not here unless they are brought */
  readonly far?: Far;
}

type Reader = (bytes: Uint8Array, budget: Budget) => Promise<Extracted>;
interface Far { readonly pdf: Reader; readonly mail: Reader }

export const BUDGET: Readonly<Budget> = { depth: 3, entries: 200, bytes: 50_000_000, ratio: 100, pages: 1000 };

/** One file; `budget` is not counted down. Never throws. */
export async function extractBy(filename: string, contentType: string, bytes: Uint8Array, budget: Readonly<Budget>): Promise<Extracted> {
  try {
    return await read(filename, contentType, bytes, { ...budget });
  } catch (e) {
    return { unscannable: e instanceof Refused ? e.reason : 'broken' };
  }
}

/** Ends a reading whose rest makes no sense. */
export class Refused extends Error {
  readonly reason: Unscannable;
  constructor(reason: Unscannable) {
    super('unscannable');
    this.reason = reason;
  }
}

/** One file, or one entry inside another; the budget is shared. */
export async function read(filename: string, contentType: string, bytes: Uint8Array, budget: Budget): Promise<Extracted> {
  if (budget.depth < 0 || bytes.length > budget.bytes) return { unscannable: 'over-budget' };
  const head = String.fromCharCode(...bytes.subarray(0, 1024));
  const name = filename.toLowerCase();
  if (bytes.length === 0) return { text: '' };
  // ISO 32000-1 annex H: readers accept the header within the first 1024 bytes
  if (head.includes('%PDF-')) return budget.far ? budget.far.pdf(bytes, budget) : { unscannable: 'unsupported' };
  if (head.startsWith('PK\u0003\u0004') || head.startsWith('PK\u0005\u0006')) {
    const { openArchive, readEntries } = await import('./archive.ts');
    const archive = openArchive(bytes, budget);
    const office = await (await import('./office.ts')).readOffice(archive, budget);
    return office ?? readEntries(archive, budget);
  }
  if (head.startsWith('{\\rtf')) {
    const { text, pictures, objects } = (await import('./rtf.ts')).readRtf(latin(bytes));
    return objects ? { text, unscannable: 'unsupported' } : withPictures(text, pictures);
  }
  // [MS-CFB] §2.2: old Office, Outlook items, and encrypted OOXML, which holds a stream of this name
  if (head.startsWith('\u00d0\u00cf\u0011\u00e0')) return { unscannable: latin(bytes).includes('E\u0000n\u0000c\u0000r\u0000y\u0000p\u0000t\u0000e\u0000d\u0000P\u0000a\u0000c\u0000k\u0000a\u0000g\u0000e') ? 'encrypted' : 'unsupported' };
  if (isPicture(head)) return isSpeck(sizeOf(bytes)) ? { text: '' } : { unscannable: 'unsupported' };
  const text = decode(bytes);
  if (text === undefined) return { unscannable: 'unsupported' };
  if (/^-----BEGIN PGP MESSAGE/m.test(text.slice(0, 2000)) || /smime\.p7m$|\.(?:pgp|gpg|p7m)$/.test(name)) return { unscannable: 'encrypted' };
  if (name.endsWith('.eml') || contentType.startsWith('message/rfc822') || /^(?:[A-Za-z][A-Za-z-]+: .*\r?\n(?:[ \t].*\r?\n)*){3}/.test(text.slice(0, 4000)) && /^(?:mime-version|message-id|received): /im.test(text.slice(0, 4000))) {
    return budget.far ? budget.far.mail(bytes, budget) : { unscannable: 'unsupported' };
  }
  const start = text.slice(0, 2000).replace(/^\s+/, '');
  if (/^<!doctype html|^<html|^<(?:head|body|div|p|table|span)\b/i.test(start) || /\.html?$/.test(name) || contentType.startsWith('text/html')) return readHtml(text);
  if (start.startsWith('<')) {
    const { isXml, textOfXml } = await import('./markup.ts');
    if (isXml(text)) return { text: textOfXml(text) };
  }
  // text, CSV, JSON, HL7, calendars and cards are read as they are; HL7 ends segments with CR alone
  return { text: text.includes('\n') ? text : text.replace(/\r/g, '\n') };
}

export function readHtml(html: string): Extracted {
  return withPictures(textOfHtml(html).text, dataPictures(html));
}

/** What was read, unless the pictures beside it are most of it. */
export function withPictures(text: string, pictures: readonly Size[], said = text): Extracted {
  return isPictured(pictures, said) ? { text, unscannable: 'unsupported' } : { text };
}

/** RFC 2397: pictures written out inside a page; drawings (SVG) hold their words as words. */
function dataPictures(html: string): Size[] {
  const found: Size[] = [];
  const data = /data:image\/(?!svg)[a-z+.-]{1,20}(?:;[a-z]{1,20}=[\w-]{1,40}){0,3};base64,([A-Za-z0-9+/\s]{40,})/gi;
  for (let match = data.exec(html); match !== null; match = data.exec(html)) {
    const base64 = (match[1] ?? '').slice(0, HEAD).replace(/\s+/g, '');
    found.push(sizeInside(bytesOf(base64.slice(0, base64.length & ~3)), (match[1] ?? '').length * 0.75));
  }
  return found;
}

/** Zeros that a program left in a text. */
const STRAY = 8;

/** Unicode by its mark, UTF-8 if it is, else Windows-1252 (WHATWG Encoding's default); undefined for what is no text. */
export function decode(bytes: Uint8Array): string | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return wide(bytes, false);
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return wide(bytes, true);
  let odd = 0;
  // something else may be hung on to a text: it has zeros, which texts have not
  let zeros = 0;
  const look = Math.min(bytes.length, 65_536);
  for (let i = 0; i < bytes.length; i += 1) {
    const b = bytes[i] ?? 0;
    if (b === 0) zeros += 1;
    if (i < look && (b < 9 || (b > 13 && b < 32 && b !== 27 && b !== 28 && b !== 11))) odd += 1;
  }
  if (odd * 50 > look || zeros > STRAY) return undefined;
  const text = utf8(bytes);
  return text === undefined ? windows(bytes) : text;
}

export const latin = windows;
