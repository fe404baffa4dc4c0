/** Tables: CSV (RFC 4180), tabs, bars. A heading row types its columns; rows below are read until their shape changes. */
import { labelOfHeading } from '../detectors/label.ts';
import type { Hit } from '../weight.ts';
import type { LabelKind } from '../words/label.ts';
import { pushTyped } from './records.ts';

type Cell = readonly [start: number, end: number];

/** The last: two blanks or more, as columns are set in plain text. */
const SEPARATORS = ['\t', '|', ';', ',', '  '];
/** 40 columns of 48 characters. */
const LONGEST_HEAD = 1920;

/** Cells of the line, with quotes respected; undefined when the separator does not occur. */
function cellsOf(text: string, start: number, end: number, separator: string): Cell[] | undefined {
  const cells: Cell[] = [];
  let s = start;
  let quoted = false;
  for (let i = start; i <= end; i += 1) {
    const c = text.charAt(i);
    if (c === '"') quoted = !quoted;
    if (i === end || (separator.length === 1 ? c === separator && !quoted : c === ' ' && text.charAt(i + 1) === ' ')) {
      cells.push([s, i]);
      if (separator.length > 1) while (i < end && text.charAt(i + 1) === ' ') i += 1;
      s = i + 1;
    }
  }
  if (cells.length < 2) return undefined;
  // "| a | b |" has an empty cell at either end
  const trimmed = separator === '|' ? cells.filter(([a, z], k) => !((k === 0 || k === cells.length - 1) && text.slice(a, z).trim() === '')) : cells;
  return trimmed.length < 2 ? undefined : trimmed;
}

/** The headings of a line: at least two cells are labels and none is a long sentence. */
function headings(text: string, cells: readonly Cell[]): (LabelKind | undefined)[] | undefined {
  // nearly every line of prose is dismissed here
  if (!cells.every(([s, e]) => e - s <= 48 && !/\d{4}/.test(text.slice(s, e)))) return undefined;
  let missing = cells.length - Math.max(2, cells.length / 3);
  const labels: (LabelKind | undefined)[] = [];
  for (const [s, e] of cells) {
    const label = e - s > 40 ? undefined : labelOfHeading(text.slice(s, e));
    if (label === undefined && (missing -= 1) < 0) return undefined;
    labels.push(label);
  }
  return labels;
}

/** Commas also stand in sentences: the line below must have as many. */
function looksAlike(text: string, start: number, stop: number): boolean {
  const count = (from: number, to: number): number => {
    let n = 0;
    for (let i = from; i < to; i += 1) if (text.charCodeAt(i) === 44) n += 1;
    return n;
  };
  const next = text.indexOf('\n', stop);
  if (next < 0) return false;
  const end = text.indexOf('\n', next + 1);
  return count(next + 1, end < 0 ? Math.min(text.length, next + 4000) : Math.min(end, next + 4000)) >= count(start, stop);
}

/** Pushes what the columns name; answers how many rows hold it, and the line that heads those at the end. */
export function columns(text: string, hits: Hit[]): { readonly rows: number; readonly heading: string } {
  // a heading without a line below it is no table
  if (text.indexOf('\n') < 0) return { rows: 0, heading: '' };
  let rows = 0;
  let labels: (LabelKind | undefined)[] | undefined;
  let separator = '';
  let headed = 0;
  /** where each separator stands next, so that the text is searched once */
  const nextAt = SEPARATORS.map(() => -1);
  for (let start = 0; start < text.length;) {
    let end = text.indexOf('\n', start);
    if (end < 0) end = text.length;
    const stop = end > start && text.charCodeAt(end - 1) === 13 ? end - 1 : end;
    if (labels === undefined) {
      for (let k = 0; k < SEPARATORS.length && stop - start <= LONGEST_HEAD; k += 1) {
        const candidate = SEPARATORS[k] ?? '';
        if ((nextAt[k] ?? 0) < start) {
          const at = text.indexOf(candidate, start);
          nextAt[k] = at < 0 ? text.length : at;
        }
        if ((nextAt[k] ?? 0) >= stop) continue;
        if (candidate === ',' && !looksAlike(text, start, stop)) continue;
        const cells = cellsOf(text, start, stop, candidate);
        if (cells !== undefined && (candidate === '\t' || candidate === '|') && pairsOf(text, cells, hits)) break;
        const found = cells === undefined ? undefined : headings(text, cells);
        if (found !== undefined) {
          labels = found;
          headed = start;
          separator = candidate;
          break;
        }
      }
    } else {
      const cells = cellsOf(text, start, stop, separator);
      if (cells === undefined || Math.abs(cells.length - labels.length) > 1) {
        if (text.slice(start, stop).trim() !== '') labels = undefined;
        // the line that ended one table may begin another
        if (labels === undefined && cells !== undefined) continue;
      } else if (rowOf(text, cells, labels, hits)) rows += 1;
    }
    start = end + 1;
  }
  return { rows, heading: labels === undefined ? '' : text.slice(headed, text.indexOf('\n', headed) + 1) };
}

/** "MRN | 88213": each cell names the one beside it, as forms are laid out. */
function pairsOf(text: string, cells: readonly Cell[], hits: Hit[]): boolean {
  const first = cells[0];
  if (cells.length % 2 === 1 || cells.length > 8 || first === undefined || labelOfHeading(text.slice(first[0], first[1])) === undefined) return false;
  const labels = cells.map(([s, e]) => (e - s > 40 || /\d/.test(text.slice(s, e)) ? undefined : labelOfHeading(text.slice(s, e))));
  if (labels.some((label, k) => (label !== undefined) !== (k % 2 === 0))) return false;
  labels.forEach((label, k) => {
    const value = cells[k + 1];
    if (label !== undefined && label !== 'not' && value !== undefined) pushTyped(hits, label, text, value[0], value[1], 'label');
  });
  return true;
}

function rowOf(text: string, cells: readonly Cell[], labels: readonly (LabelKind | undefined)[], hits: Hit[]): boolean {
  let person = false;
  for (let k = 0; k < cells.length && k < labels.length; k += 1) {
    const label = labels[k];
    const cell = cells[k];
    if (label === undefined || label === 'not' || cell === undefined) continue;
    const pushed = pushTyped(hits, label, text, cell[0], cell[1], 'header');
    if (pushed && (label === 'name' || label === 'mrn' || label === 'record' || label === 'ssn' || label === 'plan' || label === 'member' || label === 'dob')) person = true;
  }
  return person;
}
