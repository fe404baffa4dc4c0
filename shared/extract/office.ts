/** Word, Excel and PowerPoint (ECMA-376) and OpenDocument (ISO/IEC 26300) by their XML: body, headers, footers, notes, comments, tracked deletions, slides; cells in `sheet.ts`. */
import { type Archive, type Entry, nested, partOf, xmlOf } from './archive.ts';
import { type Budget, type Extracted, quotedIn, read, Refused, type Unscannable, withPictures } from './read.ts';
import { attribute, textOfXml, walkXml } from './markup.ts';
import { type Size, HEAD, sizeInside } from './picture.ts';
import { cached, inLine, sheetsOf } from './sheet.ts';

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
const SKIP = /^(?:fldData|binData|annotation-end|generator|editing-duration|editing-cycles)$/;

/** Words that stand in attributes: of pictures for who cannot see them, drawn as shapes, to be chosen from, names of tables. */
const SPOKEN: { readonly [element: string]: readonly string[] } = { docPr: ['descr', 'title'], cNvPr: ['descr', 'title'], textpath: ['string'], listItem: ['displayText'], 'user-field-decl': ['string-value'], table: ['name'], docVar: ['val'], default: ['val'], listEntry: ['val'], statusText: ['val'], helpText: ['val'] };

/** Orders to the program in an attribute: fields, formulas, lists to choose from. */
const ORDER: { readonly [element: string]: string } = { fldSimple: 'instr', 'table-cell': 'formula', 'content-validation': 'condition' };

/** All words of a part; what stands in attributes goes to `beside`. Outside runs white space is only layout, so only `t` elements count where the format has them. */
function wordsOf(xml: string, runs: boolean, beside: string[] = []): string {
  const out: string[] = [];
  let inside = 0;
  let skip = 0;
  let field = '';
  let fields = 0;
  let inCell = 0;
  let cellAt = 0;
  let alike = 1;
  let copied = 0;
  walkXml(xml, {
    open(name, attributes) {
      if (name === 't' || name === 'delText') inside += 1;
      else if (SKIP.test(name)) skip += 1;
      else if (name === 'instrText') fields += 1;
      else if (CELL.test(name)) {
        inCell += 1;
        cellAt = out.length;
        alike = Number(attribute(attributes, 'number-columns-repeated') ?? 1);
      }
      for (const each of SPOKEN[name] ?? []) beside.push(attribute(attributes, each) ?? '');
      const order = ORDER[name];
      if (order !== undefined) field += attribute(attributes, order) ?? '';
    },
    close(name) {
      if (name === 't' || name === 'delText') inside -= 1;
      else if (SKIP.test(name)) skip -= 1;
      else if (name === 'instrText') fields -= 1;
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
      // one field may be spread over several runs
      if (fields > 0) field += words;
      else if (skip === 0 && (!runs || inside > 0)) out.push(words);
    },
  });
  beside.push(quotedIn(field));
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
  if (open && /encryption-data/.test(partOf(archive, /^META-INF\/manifest\.xml$/))) return { unscannable: 'encrypted' };
  const texts: string[] = [];
  /** of whom and when, which every document says of itself */
  const about: string[] = [];
  const pictures: Size[] = [];
  let unscannable: Unscannable | undefined;
  if (excel) texts.push(...sheetsOf(archive, FORM.excel));
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
    else if (/^customXml\/item\d*\.xml$/i.test(entry.name)) about.push(dataOf(xmlOf(entry)));
    else if (/^docProps\/(?:core|custom)\.xml$/i.test(entry.name)) about.push(wordsOf(xmlOf(entry), false).replace(/(?:\d{4}-\d\d-\d\dT[\d:.]+Z)/g, ' '));
    else if (/^docProps\/app\.xml$/i.test(entry.name)) about.push(textOfXml(xmlOf(entry)).split('\n').filter((line) => OWN.test(line)).join('\n'));
    else if (/^(?:word|xl|ppt)\/embeddings\//i.test(entry.name) || /^Object \d/.test(entry.name) || WHOLE.test(entry.name)) {
      const found = await inner(entry, budget);
      if (found.text !== undefined) texts.push(found.text);
      unscannable ??= found.unscannable;
    } else if (/^(?:(?:word|xl|ppt)\/media|Pictures)\/.+\.(?!svg)\w+$/i.test(entry.name)) pictures.push(sizeInside(entry.bytes(HEAD), entry.size));
  }
  const said = texts.join('\n\n');
  return { ...withPictures([...texts, ...about].filter((t) => t.trim() !== '').join('\n\n'), pictures, said), ...(unscannable === undefined ? {} : { unscannable }) };
}

/** What the program writes of itself and of its counts is nobody's. */
const OWN = /^(?:Manager|Company|Hyperlink Base|lpstr): /;

/** Data that a document is bound to; what Office keeps there for itself are names of its own. */
function dataOf(xml: string): string {
  return /schemas\.(?:microsoft|openxmlformats)\.(?:com|org)/.test(xml.slice(0, 2000)) ? wordsOf(xml, false) : textOfXml(xml);
}

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

async function inner(entry: Entry, budget: Budget): Promise<Extracted> {
  try {
    return await read(entry.name, '', entry.bytes(), nested(budget));
  } catch (e) {
    return { unscannable: e instanceof Refused ? e.reason : 'broken' };
  }
}
