/** PDF (ISO 32000): the text layer, form fields, notes and the files it carries. A page without words is a picture of words, so it is not called read. */
import { Unzlib } from 'fflate';
import { nested } from './archive.ts';
import { type Budget, type Extracted, latin, read, Refused, type Unscannable } from './extract.ts';
import { PAGE, wordsIn } from './picture.ts';

interface Item {
  readonly str?: string;
  readonly hasEOL?: boolean;
  readonly width?: number;
  readonly height?: number;
}

/** Of a line's height: a wider gap than this parts two columns, as two blanks do in plain text. */
const WIDE = 0.5;

function wordsOf(items: readonly Item[]): string {
  let height = 10;
  let words = '';
  for (const { str = '', hasEOL, width = 0, height: own = 0 } of items) {
    if (own > 0) height = own;
    words += (str === ' ' && width > WIDE * height ? '  ' : str) + (hasEOL === true ? '\n' : '');
  }
  return words;
}

/** Numbers of the reader's operators that paint pictures: from paintImageMaskXObject to paintSolidColorImageMask. */
const PICTURES = [83, 90] as const;
/** Words drawn as shapes take many more. */
const FEW = 20;
/** What a scanner writes under its pages. */
const STAMP = 25;

interface Painted {
  readonly fnArray: readonly number[];
  readonly argsArray: readonly (readonly unknown[] | null)[];
}

function isPainting(operator: number): boolean {
  return operator >= PICTURES[0] && operator <= PICTURES[1];
}

/** The back of a sheet: nothing but a frame is drawn. */
function isBlank({ fnArray }: Painted): boolean {
  return fnArray.length <= FEW && !fnArray.some(isPainting);
}

/** A sheet as a scanner takes it, whole or in strips: dots enough for a page of words. A picture is told by name, width and height, or as an object that has them. */
function isScanned({ fnArray, argsArray }: Painted): boolean {
  const dots = argsArray.reduce((sum, args, k) => {
    if (args === null || !isPainting(fnArray[k] ?? 0)) return sum;
    const [first, width, height] = args as [{ width?: number; height?: number } | string, number?, number?];
    return sum + (typeof first === 'string' ? (width ?? 0) * (height ?? 0) : (first?.width ?? 0) * (first?.height ?? 0));
  }, 0);
  return dots >= PAGE * PAGE;
}

interface Carried {
  readonly filename?: string;
  readonly content?: Uint8Array;
}

/** Files that travel inside (§7.11.4), of the document and of pins on its pages; names count as text too. */
async function inside(files: readonly Carried[], budget: Budget): Promise<Extracted> {
  const texts: string[] = [];
  let unscannable: Unscannable | undefined;
  for (const { filename = '', content } of files) {
    if ((budget.entries -= 1) < 0) throw new Refused('over-budget');
    let found: Extracted;
    try {
      // copied: the reader may hold the same bytes for its own use
      found = content === undefined ? { unscannable: 'broken' } : await read(filename, '', content.slice(), nested(budget));
    } catch (e) {
      found = { unscannable: e instanceof Refused ? e.reason : 'broken' };
    }
    budget.bytes -= content?.length ?? 0;
    texts.push(filename.replace(/_/g, ' '), found.text ?? '');
    unscannable ??= found.unscannable;
  }
  return { text: texts.join('\n\n'), ...(unscannable === undefined ? {} : { unscannable }) };
}

/** RFC 1950 §2.2 */
function isZlib(first = 0, second = 0): boolean {
  return (first & 15) === 8 && ((first << 8) | second) % 31 === 0;
}

/** Filters that may follow one another. */
const FILTERS = 3;

/** Small steps, so that little is unpacked beyond what is allowed. */
const STEP = 512;

/** What a stream comes to, and what that comes to; throws once it is more than `most`. What breaks off counts as far as it went. */
function unpacked(packed: Uint8Array, most: number): number {
  let sum = 0;
  const feed = (into: Unzlib, bytes: Uint8Array): void => {
    for (let i = 0; i < bytes.length; i += STEP) into.push(bytes.subarray(i, i + STEP));
  };
  const meter = (depth: number): Unzlib => {
    let inner: Unzlib | undefined;
    let begun = false;
    return new Unzlib((chunk) => {
      sum += chunk.length;
      if (sum > most) throw new Refused('over-budget');
      if (!begun && chunk.length > 1 && depth > 0 && isZlib(chunk[0], chunk[1])) inner = meter(depth - 1);
      begun = begun || chunk.length > 1;
      if (inner !== undefined) feed(inner, chunk);
    });
  };
  try {
    feed(meter(FILTERS), packed);
  } catch (e) {
    if (e instanceof Refused) throw e;
  }
  return sum;
}

/** The reader unpacks whatever it meets and asks nobody: streams are weighed first. Pictures are not: no word stands in them. */
function weighStreams(bytes: Uint8Array, raw: string, budget: Budget): void {
  let left = budget.bytes;
  for (let at = raw.indexOf('stream'); at >= 0; at = raw.indexOf('stream', at + 6)) {
    let start = at + 6;
    if (raw.charAt(start) === '\r') start += 1;
    if (raw.charAt(start) === '\n') start += 1;
    if (!isZlib(bytes[start], bytes[start + 1]) || raw.startsWith('end', at - 3)) continue;
    const head = raw.slice(Math.max(0, at - 400), at);
    if (/\/Subtype\s*\/Image\b/.test(head.slice(head.lastIndexOf(' obj')))) continue;
    const end = raw.indexOf('endstream', start);
    left -= unpacked(bytes.subarray(start, end < 0 ? bytes.length : end), left);
  }
}

/** How far from its list of kids a node says what it is. */
const NODE = 300;

/** A node with more kids than it says it has pages (§7.7.3.2): our reader believes the number, others show the rest. */
function hidesPages(raw: string): boolean {
  for (let at = raw.indexOf('/Kids'); at >= 0; at = raw.indexOf('/Kids', at + 5)) {
    const open = raw.indexOf('[', at);
    const close = open < 0 || open - at > 16 ? -1 : raw.indexOf(']', open);
    if (close < 0) continue;
    const before = raw.slice(Math.max(0, at - NODE), at);
    const node = before.slice(before.lastIndexOf(' obj') + 1) + (raw.slice(close, close + NODE).split('endobj')[0] ?? '');
    const pages = /\/Type\s*\/Pages\b/.test(node) ? /\/Count\s+(\d{1,9})/.exec(node)?.[1] : undefined;
    if (pages !== undefined && (raw.slice(open, close).match(/\d+\s+\d+\s+R\b/g) ?? []).length > Number(pages)) return true;
    at = close;
  }
  return false;
}

export async function readPdf(bytes: Uint8Array, budget: Budget): Promise<Extracted> {
  const raw = latin(bytes);
  weighStreams(bytes, raw, budget);
  if (hidesPages(raw)) return { unscannable: 'broken' };
  // 1.6 MB of reader, so only when a PDF is there
  const { getDocumentProxy } = await import('unpdf');
  let document: Awaited<ReturnType<typeof getDocumentProxy>>;
  try {
    // the reader takes the buffer for itself, and no Buffer of Node's; ours stays whole
    document = await getDocumentProxy(new Uint8Array(bytes), { isEvalSupported: false, disableFontFace: true, useSystemFonts: false, stopAtErrors: false, verbosity: 0 });
  } catch (e) {
    return { unscannable: e instanceof Error && e.name === 'PasswordException' ? 'encrypted' : 'broken' };
  }
  try {
    if (document.numPages > budget.pages) throw new Refused('over-budget');
    budget.pages -= document.numPages;
    const texts: string[] = [];
    let empty = 0;
    let blank = 0;
    const { info } = await document.getMetadata() as { readonly info: { readonly IsXFAPresent?: boolean; readonly IsAcroFormPresent?: boolean } };
    const carried: Carried[] = Object.values((await document.getAttachments() ?? {}) as { readonly [name: string]: Carried });
    for (let n = 1; n <= document.numPages; n += 1) {
      const page = await document.getPage(n);
      const content = await page.getTextContent();
      const words = wordsOf(content.items as Item[]);
      const annotations = await page.getAnnotations() as { readonly file?: Carried; readonly fieldName?: string; readonly fieldValue?: unknown; readonly contentsObj?: { readonly str?: string } }[];
      carried.push(...annotations.flatMap(({ file }) => (file === undefined ? [] : [file])));
      const notes = annotations.map((a) => (typeof a.fieldValue === 'string' && a.fieldValue !== '' ? `${a.fieldName ?? 'field'}: ${a.fieldValue}` : a.contentsObj?.str ?? '')).filter((w) => w !== '');
      if (wordsIn(words, STAMP) < STAMP) {
        const painted = await page.getOperatorList() as Painted;
        if (words.trim() !== '' || notes.length > 0) empty += isScanned(painted) ? 1 : 0;
        else if (isBlank(painted)) blank += 1;
        else empty += 1;
      }
      texts.push([words, ...notes].join('\n'));
      page.cleanup();
    }
    const files = await inside(carried, budget);
    // a form that is XFA alone shows "please wait" where its words would be (§12.7.8)
    const unread = empty > 0 || blank === document.numPages || (info.IsXFAPresent === true && info.IsAcroFormPresent !== true);
    const unscannable = unread ? 'unsupported' as const : files.unscannable;
    return { text: [...texts, files.text ?? ''].filter((t, k) => k < texts.length || t !== '').join('\n\n'), ...(unscannable === undefined ? {} : { unscannable }) };
  } finally {
    await document.destroy();
  }
}
