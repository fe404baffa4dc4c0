/** PDF (ISO 32000): the text layer, form fields, notes and the files it carries. A page without words is a picture of words, so it is not called read. */
import { nested } from './archive.ts';
import { type Budget, type Extracted, latin, read, Refused, type Unscannable } from './read.ts';
import { PAGE, wordsIn } from './picture.ts';
import { hidesPages, weighStreams } from './stream.ts';

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

/** Numbers of the operators that set where words stand, and of the one that writes them. */
const AT = { move: 40, leading: 41, matrix: 42, next: 43, write: 44 } as const;
/** Of a letter's size in thousandths: a wider step parts two words. */
const STEP_APART = -200;
/** Lines of a page that are compared with what its text layer said. */
const LINES = 2000;

/** What is written wherever it stands: the reader's own words end at the edges of the page, though a crop only hides what is beyond, and leave out what stamps say. */
function writtenOf({ fnArray, argsArray }: Painted, words: string): string {
  let out = '';
  let level = 0;
  fnArray.forEach((operator, k) => {
    const args = argsArray[k] ?? [];
    if (operator === AT.next) out += '\n';
    else if (operator === AT.move || operator === AT.leading) out += args[1] === 0 ? ' ' : '\n';
    else if (operator === AT.matrix) {
      const next = Number((args[0] as { readonly [n: number]: number } | undefined)?.[5]);
      out += next === level ? ' ' : '\n';
      level = next;
    } else if (operator === AT.write && Array.isArray(args[0])) {
      for (const glyph of args[0] as (number | { readonly unicode?: string } | null)[]) out += typeof glyph === 'number' ? (glyph < STEP_APART ? ' ' : '') : glyph?.unicode ?? '';
    }
  });
  return unsaid(out.split('\n'), words).join('\n');
}

function ink(text: string): string {
  return text.normalize('NFKC').replace(/\s+/g, '');
}

/** Those that do not stand in what is known already. */
function unsaid(lines: readonly string[], words: string): readonly string[] {
  const known = ink(words);
  return lines.length > LINES ? lines : lines.filter((line) => !known.includes(ink(line)));
}

/** A font that does not say what its signs mean: they come as controls or of nobody's own area. */
function isGarbled(words: string): boolean {
  const signs = words.match(/[\0-\x08\x0e-\x1f\ue000-\uf8ff\ufffd]/g)?.length ?? 0;
  return signs > STAMP && signs * 10 > words.length;
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

/** What a document says of itself (§14.3.3). */
interface Info {
  readonly IsXFAPresent?: boolean;
  readonly IsAcroFormPresent?: boolean;
  readonly Title?: string;
  readonly Subject?: string;
  readonly Keywords?: string;
}

interface Annotation {
  readonly file?: Carried;
  readonly fieldName?: string;
  readonly fieldValue?: unknown;
  readonly contentsObj?: { readonly str?: string };
  readonly hasAppearance?: boolean;
  readonly unsafeUrl?: string;
}

function noteOf({ fieldName = 'field', fieldValue, contentsObj, unsafeUrl = '' }: Annotation): string {
  const value = (Array.isArray(fieldValue) ? fieldValue : [fieldValue]).filter((v) => typeof v === 'string' && v !== '').join(', ');
  if (value !== '') return `${fieldName}: ${value}`;
  // as in a mail, a link's query may carry an identifier
  return [contentsObj?.str ?? '', unsafeUrl.includes('?') ? unsafeUrl : ''].filter((w) => w !== '').join(' ');
}

interface Title {
  readonly title: string;
  readonly items: readonly Title[];
}

/** Bookmarks, as deep as they go. */
function titlesOf(outline: readonly Title[] | null): string[] {
  return (outline ?? []).flatMap(({ title, items }) => [title, ...titlesOf(items)]);
}

export async function readPdf(bytes: Uint8Array, budget: Budget): Promise<Extracted> {
  const raw = latin(bytes);
  // beyond the edge: only where that may be or costs little, as pictures are unpacked on the way
  const { crops, beside } = weighStreams(bytes, raw, budget);
  const beyond = crops || !/\/Subtype\s*\/Image\b/.test(raw);
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
    const { info } = await document.getMetadata() as { readonly info: Info };
    const carried: Carried[] = Object.values((await document.getAttachments() ?? {}) as { readonly [name: string]: Carried });
    for (let n = 1; n <= document.numPages; n += 1) {
      const page = await document.getPage(n);
      const content = await page.getTextContent();
      const words = wordsOf(content.items as Item[]);
      const annotations = await page.getAnnotations() as Annotation[];
      carried.push(...annotations.flatMap(({ file }) => (file === undefined ? [] : [file])));
      const notes = annotations.map(noteOf).filter((w) => w !== '');
      const few = wordsIn(words, STAMP) < STAMP;
      const painted = few || beyond || annotations.some((a) => a.hasAppearance === true && noteOf(a) === '') ? await page.getOperatorList() as Painted : undefined;
      const written = painted === undefined ? '' : writtenOf(painted, [words, ...notes].join('\n'));
      if (written.trim() !== '') notes.push(written);
      if (isGarbled(words)) empty += 1;
      else if (few && painted !== undefined) {
        if (words.trim() !== '' || notes.length > 0) empty += isScanned(painted) ? 1 : 0;
        else if (isBlank(painted)) blank += 1;
        else empty += 1;
      }
      texts.push([words, ...notes].join('\n'));
      page.cleanup();
    }
    texts.push(unsaid(beside, texts.join('\n')).join('\n'));
    texts.push([info.Title, info.Subject, info.Keywords, ...titlesOf(await document.getOutline() as readonly Title[] | null)].filter((w) => typeof w === 'string' && w !== '').join('\n'));
    const files = await inside(carried, budget);
    // a form that is XFA alone shows "please wait" where its words would be (§12.7.8)
    const unread = empty > 0 || blank === document.numPages || (info.IsXFAPresent === true && info.IsAcroFormPresent !== true);
    const unscannable = unread ? 'unsupported' as const : files.unscannable;
    return { text: [...texts, files.text ?? ''].filter((t, k) => k < document.numPages || t !== '').join('\n\n'), ...(unscannable === undefined ? {} : { unscannable }) };
  } finally {
    await document.destroy();
  }
}
