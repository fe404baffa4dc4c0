/**
 * Which format a file is, and its words by the reader for that format. What needs a package is the caller's to bring (`Budget.far`): a runtime without it
 * says "unsupported" and never guesses. ES2016 library only, with no decoder of the platform's but what `letters.ts` can do without.
 */
import { DECORATION_BYTES } from '../draft/draft.ts';
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
  const written = decode(bytes);
  if (written === undefined) return { unscannable: 'unsupported' };
  // calendars and cards fold their lines, within words too (RFC 5545 §3.1, RFC 6350 §3.2)
  const text = /^\s*BEGIN:V(?:CALENDAR|CARD)\b/i.test(written) ? written.replace(/\r?\n[ \t]/g, '') : written;
  if (/^-----BEGIN PGP MESSAGE/m.test(text.slice(0, 2000)) || /smime\.p7m$|\.(?:pgp|gpg|p7m)$/.test(name)) return { unscannable: 'encrypted' };
  if (name.endsWith('.eml') || contentType.startsWith('message/rfc822') || /^(?:[A-Za-z][A-Za-z-]+: .*\r?\n(?:[ \t].*\r?\n)*){3}/.test(text.slice(0, 4000)) && /^(?:mime-version|message-id|received): /im.test(text.slice(0, 4000))) {
    return budget.far ? budget.far.mail(bytes, budget) : { unscannable: 'unsupported' };
  }
  if (holdsFiles(text)) return { text, unscannable: 'unsupported' };
  const start = text.slice(0, 2000).replace(/^\s+/, '');
  if (/^<!doctype html|^<html|^<(?:head|body|div|p|table|span)\b/i.test(start) || /\.html?$/.test(name) || contentType.startsWith('text/html')) return readHtml(text);
  if (start.startsWith('<')) {
    const { isXml, textOfXml } = await import('./markup.ts');
    if (isXml(text)) return withBytes(text, textOfXml(text));
  }
  // text, CSV, JSON, HL7, calendars and cards are read as they are; HL7 ends segments with CR alone
  return withBytes(text, text.includes('\n') ? text : text.replace(/\r/g, '\n'));
}

/** Files written out in a text (uuencode, POSIX.1-2017; yEnc), as mail had them before MIME: readers of mail make files of them again. */
export function holdsFiles(text: string): boolean {
  return /^(?:begin(?:-base64)? [0-7]{3,4} \S.*\r?\n\S|=ybegin .*name=)/m.test(text);
}

/** Letters of base64 that are no token and no key any more, and those in which a JPEG, PNG or GIF holds more than an ornament's bytes. */
const WRITTEN_OUT = 1000;
const ORNAMENT = Math.ceil(DECORATION_BYTES * 4 / 3);

/** Words of a text, and whether a file lies among them in one piece of base64 (RFC 4648 §4), as FHIR, XML and calendars have them. */
function withBytes(text: string, words: string): Extracted {
  const run = /[A-Za-z0-9+/]+/g;
  for (let found = run.exec(text); found !== null; found = run.exec(text)) {
    const [piece] = found;
    if (piece.length >= WRITTEN_OUT && (piece.length > ORNAMENT || !/^(?:\/9j\/|iVBOR|R0lGOD)/.test(piece))) return { text: words, unscannable: 'unsupported' };
  }
  return { text: words };
}

/** What a formula or a field says in quotes: all else are names of cells and orders to the program. */
export function quotedIn(formula: string): string {
  const found: string[] = [];
  const quoted = /"((?:[^"]|"")+)"/g;
  for (let match = quoted.exec(formula); match !== null; match = quoted.exec(formula)) found.push(match[1] ?? '');
  return found.join('\n');
}

export function readHtml(html: string): Extracted {
  const { text } = textOfHtml(html);
  const { data, code, writes } = scriptsOf(html);
  const words = [text, ...data].filter((w) => w !== '').join('\n\n');
  // what it shows is not in the page but in its program
  return writes && code > text.length ? { text: words, unscannable: 'unsupported' } : withPictures(words, dataPictures(html));
}

const WRITES = /document\s*\.\s*write|\.\s*(?:inner|outer)(?:HTML|Text)\b|insertAdjacent|textContent|createTextNode|createElement|srcdoc|\batob\b|unescape|fromCharCode|TextDecoder|\beval\b|createObjectURL/;

/** Programs of a page: how long they are and whether they write into it; data among them is read. */
function scriptsOf(html: string): { readonly data: readonly string[]; readonly code: number; readonly writes: boolean } {
  const data: string[] = [];
  let code = 0;
  let writes = false;
  const script = /<script\b([^>]{0,2000})>([^]*?)(?:<\/script|$)/gi;
  for (let found = script.exec(html); found !== null; found = script.exec(html)) {
    const [, attributes = '', body = ''] = found;
    if (/\btype\s*=\s*["']?(?!text\/javascript|application\/javascript|module)[\w-]+\//i.test(attributes)) data.push(body);
    else {
      code += body.length;
      writes = writes || WRITES.test(body);
    }
  }
  return { data, code, writes };
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

/** Of a hundred characters: more are beyond ASCII in no language that Windows-1252 can write. */
const FOREIGN = 40;

/** Unicode by its mark, UTF-8 if it is, else Windows-1252 (WHATWG Encoding's default); undefined for what is no text, and for letters of another code such as EBCDIC. */
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
  if (text !== undefined) return text;
  let high = 0;
  for (let i = 0; i < look; i += 1) if ((bytes[i] ?? 0) >= 0x80) high += 1;
  return high * 100 > look * FOREIGN ? undefined : windows(bytes);
}

export const latin = windows;
