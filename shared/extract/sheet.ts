/** Sheets of Excel (ECMA-376 §18): cells under their headings, what formulas and lists to choose from say, what a pivot table keeps. */
import { type Archive, partOf, xmlOf } from './archive.ts';
import { attribute, walkXml } from './markup.ts';
import { quotedIn } from './read.ts';

/** What a pivot table keeps of its source, even where its sheet is gone: values stand in attributes (ECMA-376 §18.10). */
export function cached(xml: string): string {
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

/** Columns of a table that are kept in line. */
const WIDEST = 64;

/** Rows of a table as wide as the widest above them: empty cells at the end of a row are left out or padded, and then it would no longer stand under its headings. */
export function inLine(words: string): string {
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

/** Each sheet as rows of cells apart by tabs, at the columns their references say, so that headings stand over their values. */
export function sheetsOf(archive: Archive, book: RegExp): string[] {
  const shared: string[] = [];
  let si = '';
  let phonetic = 0;
  walkXml(partOf(archive, /^xl\/sharedStrings\d*\.xml$/i), {
    open: (name) => { if (name === 'si') si = ''; else if (name === 'rPh') phonetic += 1; },
    close: (name) => { if (name === 'si') shared.push(si.replace(/\s+/g, ' ')); else if (name === 'rPh') phonetic -= 1; },
    text: (words) => { if (phonetic === 0) si += words; },
  });
  const dates = dateStyles(partOf(archive, /^xl\/styles\d*\.xml$/i));
  return [...archive.entries.filter((e) => /^xl\/(?:work|chart|dialog|macro)sheets\/.*\.xml$/i.test(e.name)).map((e) => sheet(xmlOf(e), shared, dates)), named(partOf(archive, book))];
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

/** What is said of a cell to whom it is chosen by. */
const HINTS: { readonly [element: string]: readonly string[] } = { dataValidation: ['promptTitle', 'prompt', 'errorTitle', 'error'] };
/** Of a cell, of a list to choose from, of a format that depends on a value. */
const FORMULA = /^(?:f|formula[12]?)$/;

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
  let formula: string | undefined;
  const beside: string[] = [];
  walkXml(xml, {
    open(name, attributes) {
      if (FORMULA.test(name)) formula = '';
      for (const each of HINTS[name] ?? []) beside.push(attribute(attributes, each) ?? '');
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
      if (FORMULA.test(name)) {
        beside.push(quotedIn(formula ?? ''));
        formula = undefined;
      }
      if (name === 'v' || name === 't') valued = false;
      else if (HEADING.test(name)) {
        valued = false;
        out.push('', value.replace(/&(?:"[^"]*"|[A-Z]|\d+)/g, ' ').trim());
      } else if (name === 'c' && column < 4096) {
        while (row.length < column) row.push('');
        row[column] = type === 's' ? shared[Number(value)] ?? '' : type === '' && dates[style] === true && /^\d+(?:\.\d+)?$/.test(value) ? serial(Number(value)) : value;
      } else if (name === 'row' && row.some((c) => c !== '')) out.push(`${row.join('\t')}\t`);
    },
    text: (words) => {
      if (formula !== undefined) formula += words;
      else if (valued) value += words;
    },
  });
  return [inLine(out.join('\n')), ...new Set(beside)].filter((w) => w !== '').join('\n\n');
}

/** Days since 1899-12-30 (the 1900 date system with its false leap day). */
function serial(days: number): string {
  return days > 0 && days < 2_958_466 ? new Date(Date.UTC(1899, 11, 30) + Math.floor(days) * 86_400_000).toISOString().slice(0, 10) : String(days);
}
