/** Word, Excel and PowerPoint (ECMA-376) and OpenDocument (ISO/IEC 26300) by their XML: body, headers, footers, notes, comments, tracked deletions, cells, slides. */
import { type Archive, type Entry, nested } from './archive.ts';
import { type Budget, decode, type Extracted, read, Refused, type Unscannable, withPictures } from './extract.ts';
import { attribute, walkXml } from './markup.ts';
import { type Size, HEAD, sizeInside } from './picture.ts';

/** Throws where a part is no text: read as empty it would pass for clean. */
function xmlOf(entry: Entry): string {
  const xml = decode(entry.bytes());
  if (xml === undefined) throw new Refused('broken');
  return xml;
}

/** What a pivot table keeps of its source, even where its sheet is gone: values stand in attributes (ECMA-376 §18.10). */
function cached(xml: string): string {
  const out: string[] = [];
  walkXml(xml, {
    open: (name, attributes) => {
      if (name === 'cacheField') out.push('\n', attribute(attributes, 'name') ?? '');
      else if (name === 'r') out.push('\n');
      else if (/^[sdn]$/.test(name)) out.push('\t', (attribute(attributes, 'v') ?? '').replace(/T00:00:00$/, ''));
    },
    close: () => undefined,
    text: () => undefined,
  });
  return out.join('');
}

/** Documents a document is put together from (altChunk, ECMA-376 §17.17.2) or carries, wherever they stand in it. */
const WHOLE = /\.(?:docx|docm|xlsx|xlsm|pptx|rtf|mht|mhtml|html?|txt|csv|eml|pdf|odt|ods|zip)$/i;

/** Breaks by element: WordprocessingML, DrawingML and OpenDocument share this table, their names do not clash. */
const BREAK: { readonly [element: string]: string } = { p: '\n', h: '\n', tr: '\n', 'table-row': '\n', br: '\n', cr: '\n', 'line-break': '\n', tab: '\t', s: ' ', tc: '\t', 'table-cell': '\t', pt: '\n', v: '\t' };
/** `generator` and the like: versions look like addresses of machines. */
const SKIP = /^(?:instrText|fldData|binData|annotation-end|generator|editing-duration|editing-cycles)$/;

/** All words of a part. Outside runs white space is only layout, so only `t` elements count where the format has them. */
function wordsOf(xml: string, runs: boolean): string {
  const out: string[] = [];
  let inside = 0;
  let skip = 0;
  let inCell = 0;
  walkXml(xml, {
    open(name) {
      if (name === 't' || name === 'delText') inside += 1;
      else if (SKIP.test(name)) skip += 1;
      else if (name === 'tc' || name === 'table-cell') inCell += 1;
    },
    close(name) {
      if (name === 't' || name === 'delText') inside -= 1;
      else if (SKIP.test(name)) skip -= 1;
      else if (name === 'tc' || name === 'table-cell') inCell -= 1;
      const mark = BREAK[name];
      // a paragraph inside a cell does not end its row
      if (mark !== undefined) out.push(inCell > 0 && mark === '\n' && name !== 'tr' ? ' ' : mark);
    },
    text(words) {
      if (skip === 0 && (!runs || inside > 0)) out.push(words);
    },
  });
  return out.join('').replace(/[ ]+\t/g, '\t');
}

/** Undefined when the archive is none of these formats. */
export async function readOffice(archive: Archive, budget: Budget): Promise<Extracted | undefined> {
  const names = archive.entries.map((e) => e.name);
  const word = names.includes('word/document.xml');
  const excel = names.includes('xl/workbook.xml');
  const slides = names.includes('ppt/presentation.xml');
  const open = names.includes('content.xml') && names.includes('mimetype');
  if (!word && !excel && !slides && !open) return undefined;
  if (archive.entries.some((e) => e.encrypted)) return { unscannable: 'encrypted' };
  if (open && /encryption-data/.test(maybe(archive, 'META-INF/manifest.xml'))) return { unscannable: 'encrypted' };
  const texts: string[] = [];
  /** of whom and when, which every document says of itself */
  const about: string[] = [];
  const pictures: Size[] = [];
  let unscannable: Unscannable | undefined;
  if (excel) texts.push(...sheetsOf(archive));
  for (const entry of archive.entries) {
    if (word && /^word\/(?:document|header\d*|footer\d*|footnotes|endnotes|comments|glossary\/document)\.xml$/.test(entry.name)) texts.push(wordsOf(xmlOf(entry), true));
    else if (slides && /^ppt\/(?:slides\/slide|notesSlides\/notesSlide|comments\/).*\.xml$/.test(entry.name)) texts.push(wordsOf(xmlOf(entry), true));
    else if (excel && /^xl\/(?:comments|threadedComments|drawings\/drawing).*\.xml$/.test(entry.name)) texts.push(wordsOf(xmlOf(entry), false));
    else if (excel && /^xl\/pivotCache\/pivotCache(?:Definition|Records)\d*\.xml$/.test(entry.name)) texts.push(cached(xmlOf(entry)));
    else if (/^(?:word|xl|ppt)\/(?:charts\/chart|diagrams\/data|externalLinks\/externalLink)[^/]*\.xml$/.test(entry.name)) texts.push(wordsOf(xmlOf(entry), false));
    else if (open && /^(?:content|styles|meta)\.xml$/.test(entry.name)) (entry.name === 'content.xml' ? texts : about).push(wordsOf(xmlOf(entry), false));
    else if (/^docProps\/(?:core|custom)\.xml$/.test(entry.name)) about.push(wordsOf(xmlOf(entry), false).replace(/(?:\d{4}-\d\d-\d\dT[\d:.]+Z)/g, ' '));
    else if (/^(?:word|xl|ppt)\/embeddings\//.test(entry.name) || /^Object \d/.test(entry.name) || WHOLE.test(entry.name)) {
      const found = await inner(entry, budget);
      if (found.text !== undefined) texts.push(found.text);
      unscannable ??= found.unscannable;
    } else if (/^(?:(?:word|xl|ppt)\/media|Pictures)\/.+\.(?!svg)\w+$/.test(entry.name)) pictures.push(sizeInside(entry.bytes(HEAD), entry.size));
  }
  const said = texts.join('\n\n');
  return { ...withPictures([...texts, ...about].filter((t) => t.trim() !== '').join('\n\n'), pictures, said), ...(unscannable === undefined ? {} : { unscannable }) };
}

async function inner(entry: Entry, budget: Budget): Promise<Extracted> {
  try {
    return await read(entry.name, '', entry.bytes(), nested(budget));
  } catch (e) {
    return { unscannable: e instanceof Refused ? e.reason : 'broken' };
  }
}

function maybe(archive: Archive, name: string): string {
  const entry = archive.find(name);
  return entry === undefined ? '' : xmlOf(entry);
}

/** Each sheet as rows of cells apart by tabs, at the columns their references say, so that headings stand over their values. */
function sheetsOf(archive: Archive): string[] {
  const shared: string[] = [];
  let si = '';
  let phonetic = 0;
  walkXml(maybe(archive, 'xl/sharedStrings.xml'), {
    open: (name) => { if (name === 'si') si = ''; else if (name === 'rPh') phonetic += 1; },
    close: (name) => { if (name === 'si') shared.push(si.replace(/\s+/g, ' ')); else if (name === 'rPh') phonetic -= 1; },
    text: (words) => { if (phonetic === 0) si += words; },
  });
  const dates = dateStyles(maybe(archive, 'xl/styles.xml'));
  return archive.entries.filter((e) => /^xl\/worksheets\/[^/]+\.xml$/.test(e.name)).map((e) => sheet(xmlOf(e), shared, dates));
}

/** Cell formats that show a number as a date: ECMA-376 §18.8.30, ids 14–22 and custom codes with a day, month or year. */
function dateStyles(xml: string): readonly boolean[] {
  const custom: { [id: string]: boolean } = {};
  const styles: boolean[] = [];
  let cells = false;
  walkXml(xml, {
    open(name, attributes) {
      if (name === 'numFmt') custom[attribute(attributes, 'numFmtId') ?? ''] = /[ymd]/i.test((attribute(attributes, 'formatCode') ?? '').replace(/"[^"]*"|\[[^\]]*\]/g, ''));
      else if (name === 'cellXfs') cells = true;
      else if (name === 'xf' && cells) {
        const id = attribute(attributes, 'numFmtId') ?? '';
        styles.push((Number(id) >= 14 && Number(id) <= 22) || custom[id] === true);
      }
    },
    close: (name) => { if (name === 'cellXfs') cells = false; },
    text: () => undefined,
  });
  return styles;
}

/** Printed above and below every page, with codes such as &L and &"Arial" (§18.3.1.46). */
const HEADING = /^(?:odd|even|first)(?:Header|Footer)$/;

function sheet(xml: string, shared: readonly string[], dates: readonly boolean[]): string {
  const out: string[] = [];
  let row: string[] = [];
  let column = 0;
  let type = '';
  let style = 0;
  let value = '';
  let valued = false;
  walkXml(xml, {
    open(name, attributes) {
      if (name === 'row') row = [];
      else if (name === 'c') {
        const letters = /^[A-Z]{1,3}/.exec(attribute(attributes, 'r') ?? '')?.[0];
        column = letters === undefined ? row.length : [...letters].reduce((n, l) => n * 26 + l.charCodeAt(0) - 64, 0) - 1;
        type = attribute(attributes, 't') ?? '';
        style = Number(attribute(attributes, 's') ?? 0);
        value = '';
      } else if (name === 'v' || name === 't') valued = true;
      else if (HEADING.test(name)) { value = ''; valued = true; }
    },
    close(name) {
      if (name === 'v' || name === 't') valued = false;
      else if (HEADING.test(name)) {
        valued = false;
        out.push('', value.replace(/&(?:"[^"]*"|[A-Z]|\d+)/g, ' ').trim());
      } else if (name === 'c' && column < 4096) {
        while (row.length < column) row.push('');
        row[column] = type === 's' ? shared[Number(value)] ?? '' : type === '' && dates[style] === true && /^\d+(?:\.\d+)?$/.test(value) ? serial(Number(value)) : value;
      } else if (name === 'row' && row.some((c) => c !== '')) out.push(row.join('\t'));
    },
    text: (words) => { if (valued) value += words; },
  });
  return out.join('\n');
}

/** Days since 1899-12-30 (the 1900 date system with its false leap day). */
function serial(days: number): string {
  return days > 0 && days < 2_958_466 ? new Date(Date.UTC(1899, 11, 30) + Math.floor(days) * 86_400_000).toISOString().slice(0, 10) : String(days);
}
