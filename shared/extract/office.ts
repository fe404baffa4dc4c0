/** Word, Excel and PowerPoint (ECMA-376) and OpenDocument (ISO/IEC 26300) by their XML: body, headers, footers, notes, comments, tracked deletions, cells, slides. */
import { type Archive, type Entry, nested } from './archive.ts';
import { type Budget, decode, type Extracted, read, Refused, type Unscannable, withPictures } from './read.ts';
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
const BREAK: { readonly [element: string]: string } = { p: '\n', h: '\n', tr: '\n', 'table-row': '\n', br: '\n', cr: '\n', 'line-break': '\n', tab: '\t', s: ' ', tc: '\t', 'table-cell': '\t', 'covered-table-cell': '\t', pt: '\n', v: '\t', noBreakHyphen: '-' };
const CELL = /^(?:tc|(?:covered-)?table-cell)$/;
/** OpenDocument writes neighbours that are alike once, and pads rows to the width of a program's sheet, which no table has. */
const ALIKE = 256;
/** Characters that such neighbours may come to. */
const COPIED = 1_000_000;
/** `generator` and the like: versions look like addresses of machines. */
const SKIP = /^(?:instrText|fldData|binData|annotation-end|generator|editing-duration|editing-cycles)$/;

/** Words that stand in attributes: of pictures for who cannot see them, drawn as shapes, to be chosen from, names of tables. */
const SPOKEN: { readonly [element: string]: readonly string[] } = { docPr: ['descr', 'title'], cNvPr: ['descr', 'title'], textpath: ['string'], listItem: ['displayText'], 'user-field-decl': ['string-value'], table: ['name'] };

/** All words of a part; what stands in attributes goes to `beside`. Outside runs white space is only layout, so only `t` elements count where the format has them. */
function wordsOf(xml: string, runs: boolean, beside: string[] = []): string {
  const out: string[] = [];
  let inside = 0;
  let skip = 0;
  let inCell = 0;
  let cellAt = 0;
  let alike = 1;
  let copied = 0;
  walkXml(xml, {
    open(name, attributes) {
      if (name === 't' || name === 'delText') inside += 1;
      else if (SKIP.test(name)) skip += 1;
      else if (CELL.test(name)) {
        inCell += 1;
        cellAt = out.length;
        alike = Number(attribute(attributes, 'number-columns-repeated') ?? 1);
      }
      for (const each of SPOKEN[name] ?? []) beside.push(attribute(attributes, each) ?? '');
    },
    close(name) {
      if (name === 't' || name === 'delText') inside -= 1;
      else if (SKIP.test(name)) skip -= 1;
      else if (CELL.test(name)) inCell -= 1;
      const mark = BREAK[name];
      // a paragraph inside a cell does not end its row
      if (mark !== undefined) out.push(inCell > 0 && mark === '\n' && name !== 'tr' ? ' ' : mark);
      if (!CELL.test(name)) return;
      if (alike > 1 && alike <= ALIKE) {
        // headings stand over their values
        const cell = out.slice(cellAt).join('');
        copied += cell.length * (alike - 1);
        if (copied > COPIED) throw new Refused('over-budget');
        out.push(cell.repeat(alike - 1));
      }
      alike = 1;
    },
    text(words) {
      if (skip === 0 && (!runs || inside > 0)) out.push(words);
    },
  });
  return out.join('').replace(/[ ]+\t/g, '\t');
}

/** Names of parts are compared without case (ECMA-376-2 §6.2.2.3); the first part of a format may have any number. */
const FORM = { word: /^word\/document\d*\.xml$/i, excel: /^xl\/workbook\d*\.xml$/i, slides: /^ppt\/presentation\d*\.xml$/i } as const;

/** Undefined when the archive is none of these formats. */
export async function readOffice(archive: Archive, budget: Budget): Promise<Extracted | undefined> {
  const has = (part: RegExp): boolean => archive.entries.some(({ name }) => part.test(name));
  const word = has(FORM.word);
  const excel = has(FORM.excel);
  const slides = has(FORM.slides);
  const open = has(/^content\.xml$/) && has(/^mimetype$/);
  if (!word && !excel && !slides && !open) return undefined;
  if (archive.entries.some((e) => e.encrypted)) return { unscannable: 'encrypted' };
  if (open && /encryption-data/.test(maybe(archive, /^META-INF\/manifest\.xml$/))) return { unscannable: 'encrypted' };
  const texts: string[] = [];
  /** of whom and when, which every document says of itself */
  const about: string[] = [];
  const pictures: Size[] = [];
  let unscannable: Unscannable | undefined;
  if (excel) texts.push(...sheetsOf(archive));
  for (const entry of archive.entries) {
    // parts may be called anything; those without words have no runs of them
    if (word && /^word\/(?:glossary\/)?[^/]+\.xml$/i.test(entry.name)) texts.push(wordsOf(xmlOf(entry), true, about));
    else if (slides && /^ppt\/(?:slides|notesSlides)\/[^/]+\.xml$/i.test(entry.name)) texts.push(wordsOf(xmlOf(entry), true, about));
    else if (slides && /^ppt\/comments\/.*\.xml$/i.test(entry.name)) texts.push(wordsOf(xmlOf(entry), false));
    // what stands on every page of them
    else if (slides && /^ppt\/\w+(?:Masters|Layouts)\/[^/]+\.xml$/i.test(entry.name)) about.push(wordsOf(xmlOf(entry), true));
    else if (excel && /^xl\/(?:comments|threadedComments|drawings\/drawing).*\.xml$/i.test(entry.name)) texts.push(wordsOf(xmlOf(entry), false, about));
    else if (excel && /^xl\/pivotCache\/pivotCache(?:Definition|Records)\d*\.xml$/i.test(entry.name)) texts.push(cached(xmlOf(entry)));
    else if (/^(?:word|xl|ppt)\/(?:charts\/chart|diagrams\/data|externalLinks\/externalLink)[^/]*\.xml$/i.test(entry.name)) texts.push(wordsOf(xmlOf(entry), false));
    else if (open && entry.name === 'content.xml') texts.push(inLine(wordsOf(xmlOf(entry), false, about)));
    else if (open && /^(?:styles|meta)\.xml$/.test(entry.name)) about.push(wordsOf(xmlOf(entry), false));
    else if (/\.xml\.rels$/i.test(entry.name)) about.push(linksOf(xmlOf(entry)));
    else if (/^docProps\/(?:core|custom)\.xml$/i.test(entry.name)) about.push(wordsOf(xmlOf(entry), false).replace(/(?:\d{4}-\d\d-\d\dT[\d:.]+Z)/g, ' '));
    else if (/^(?:word|xl|ppt)\/embeddings\//i.test(entry.name) || /^Object \d/.test(entry.name) || WHOLE.test(entry.name)) {
      const found = await inner(entry, budget);
      if (found.text !== undefined) texts.push(found.text);
      unscannable ??= found.unscannable;
    } else if (/^(?:(?:word|xl|ppt)\/media|Pictures)\/.+\.(?!svg)\w+$/i.test(entry.name)) pictures.push(sizeInside(entry.bytes(HEAD), entry.size));
  }
  const said = texts.join('\n\n');
  return { ...withPictures([...texts, ...about].filter((t) => t.trim() !== '').join('\n\n'), pictures, said), ...(unscannable === undefined ? {} : { unscannable }) };
}

/** Columns of a table that are kept in line. */
const WIDEST = 64;

/** Where a document leads to: a query or a path may carry an identifier, as in a mail. */
function linksOf(xml: string): string {
  const out: string[] = [];
  walkXml(xml, {
    open: (name, attributes) => {
      const target = name === 'Relationship' ? attribute(attributes, 'Target') ?? '' : '';
      if (/^https?:\/\/[^/]+\/.*[?=]/i.test(target)) out.push(target);
    },
    close: () => undefined,
    text: () => undefined,
  });
  return out.join('\n');
}

/** Rows of a table as wide as the widest above them: empty cells at the end of a row are left out or padded, and then it would no longer stand under its headings. */
function inLine(words: string): string {
  let width = 0;
  return words.split('\n').map((line) => {
    if (!line.includes('\t')) {
      width = 0;
      return line;
    }
    const row = line.replace(/\t+$/, '').split('\t');
    width = Math.min(Math.max(width, row.length), WIDEST);
    while (row.length < width) row.push('');
    return row.join('\t');
  }).join('\n');
}

async function inner(entry: Entry, budget: Budget): Promise<Extracted> {
  try {
    return await read(entry.name, '', entry.bytes(), nested(budget));
  } catch (e) {
    return { unscannable: e instanceof Refused ? e.reason : 'broken' };
  }
}

function maybe(archive: Archive, part: RegExp): string {
  const entry = archive.entries.find(({ name }) => part.test(name));
  return entry === undefined ? '' : xmlOf(entry);
}

/** Each sheet as rows of cells apart by tabs, at the columns their references say, so that headings stand over their values. */
function sheetsOf(archive: Archive): string[] {
  const shared: string[] = [];
  let si = '';
  let phonetic = 0;
  walkXml(maybe(archive, /^xl\/sharedStrings\d*\.xml$/i), {
    open: (name) => { if (name === 'si') si = ''; else if (name === 'rPh') phonetic += 1; },
    close: (name) => { if (name === 'si') shared.push(si.replace(/\s+/g, ' ')); else if (name === 'rPh') phonetic -= 1; },
    text: (words) => { if (phonetic === 0) si += words; },
  });
  const dates = dateStyles(maybe(archive, /^xl\/styles\d*\.xml$/i));
  return [...archive.entries.filter((e) => /^xl\/(?:work|chart|dialog|macro)sheets\/.*\.xml$/i.test(e.name)).map((e) => sheet(xmlOf(e), shared, dates)), named(maybe(archive, FORM.excel))];
}

/** What a book calls its sheets, hidden ones too, and its own constants (ECMA-376 §18.2.5, §18.2.19). */
function named(xml: string): string {
  const out: string[] = [];
  let constant = false;
  walkXml(xml, {
    open: (name, attributes) => {
      if (name === 'sheet') out.push(attribute(attributes, 'name') ?? '');
      constant = name === 'definedName';
    },
    close: () => { constant = false; },
    // all else are the places of cells
    text: (words) => { if (constant && words.includes('"')) out.push(words.replace(/"/g, ' ').trim()); },
  });
  return out.filter((w) => !/^Sheet\d*$/.test(w)).join('\n');
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
      } else if (name === 'row' && row.some((c) => c !== '')) out.push(`${row.join('\t')}\t`);
    },
    text: (words) => { if (valued) value += words; },
  });
  return inLine(out.join('\n'));
}

/** Days since 1899-12-30 (the 1900 date system with its false leap day). */
function serial(days: number): string {
  return days > 0 && days < 2_958_466 ? new Date(Date.UTC(1899, 11, 30) + Math.floor(days) * 86_400_000).toISOString().slice(0, 10) : String(days);
}
