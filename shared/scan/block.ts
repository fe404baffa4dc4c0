/**
 * A block is what a finding may not cross: it ends at a blank line; a table, or a label with its values, is one block; a long table is read in pieces, each
 * under its heading. Blocks are scanned once and remembered by their text, so a key stroke costs its own paragraph only. The result of a block depends on its
 * text, and its heading, alone.
 */
import { bareLink, letterAddresses, links, mailAddresses, photos, spelledAddresses } from './detectors/contact.ts';
import { monthAt, relativeDates, spelledAges } from './detectors/date.ts';
import { labelBefore } from './detectors/label.ts';
import { numbers } from './detectors/number.ts';
import { places } from './detectors/place.ts';
import { addresses, labelledPlaces } from './detectors/street.ts';
import { type Gist, gistOf } from './gist.ts';
import { EVERYDAY, type Health, healthOf, HOUSE } from './health.ts';
import { wordSet } from './lexicon/closed.ts';
import { LABEL, MONTH } from './lexicon/lexicon.ts';
import { authors, lastFirst } from './names/forms.ts';
import { names } from './names/names.ts';
import { tiesOf } from './names/ties.ts';
import { records } from './records/records.ts';
import { CARET, COLON, COMMA, tokenize, type Tokens } from './token.ts';
import { byStart, evident, type Hit, isWorth, said, settle, type Standing, type Ties } from './weight.ts';

interface Block {
  readonly start: number;
  readonly end: number;
  /** more rows of the table above: what headed that heads these */
  readonly goesOn: boolean;
}

export interface Scanned extends Standing {
  /** offsets from the beginning of the block, in order, none overlapping */
  readonly hits: readonly Hit[];
  /** of each hit, its reasons in words */
  readonly told: readonly (readonly string[])[];
  readonly health: Health;
  readonly gist: Gist;
  readonly tied: Ties;
  /** rows of a table that hold identifiers of people */
  readonly rows: number;
  /** the line under which more rows would stand, with its end; empty where there is none */
  readonly heading: string;
}

/** Long runs of lines without a blank one are cut at a line end, so that one key stroke never rescans more. */
const LONGEST = 6000;
/** From here on a table is cut behind a row that looks like it: where rows are cut must not depend on how many letters stand above. */
const PIECE = 3000;
const ROWS = 8;

export function blocksOf(text: string): Block[] {
  const blocks: Block[] = [];
  let begin = 0;
  let line = 0;
  let goesOn = false;
  const cut = (end: number, next: number, table: boolean): void => {
    if (end > begin) blocks.push({ start: begin, end, goesOn });
    begin = next;
    goesOn = table;
  };
  while (line < text.length) {
    let end = text.indexOf('\n', line);
    if (end < 0) end = text.length;
    let next = end + 1;
    let blank = next;
    while (blank < text.length && isBlank(text.charCodeAt(blank))) blank += 1;
    const empty = blank < text.length && text.charCodeAt(blank) === 10;
    const label = empty && end - line < 60 && text.charCodeAt(lastInk(text, line, end)) === 58;
    if (empty && !label) {
      let after = blank;
      while (after < text.length && (text.charCodeAt(after) === 10 || isBlank(text.charCodeAt(after)))) after += 1;
      cut(end, after, false);
      next = after;
    } else if (end - begin > PIECE) {
      const row = isRow(text, line, end);
      if (row ? (end - begin > LONGEST || (end - line + text.charCodeAt(line) + text.charCodeAt(end - 1)) % ROWS === 0) && !isForm(text, begin) : end - begin > LONGEST) cut(end, next, row);
    }
    line = next;
  }
  cut(text.length, text.length, false);
  return blocks;
}

function isBlank(code: number): boolean {
  return code === 32 || code === 9 || code === 13 || code === 62;
}

function lastInk(text: string, start: number, end: number): number {
  let i = end - 1;
  while (i > start && isBlank(text.charCodeAt(i))) i -= 1;
  return i;
}

/** JSON, HL7: what cannot be cut. */
const FORM = /[\s>]*(?:[{[]|[A-Z][A-Z0-9]{2}\|)/y;

function isForm(text: string, begin: number): boolean {
  FORM.lastIndex = begin;
  return FORM.test(text);
}

/** A line of a table: cells apart by tabs, bars or several commas. */
function isRow(text: string, start: number, end: number): boolean {
  let marks = 0;
  for (let i = start; i < end && marks < 2; i += 1) {
    const c = text.charCodeAt(i);
    if (c === 9 || c === 124 || c === 94) marks += 2;
    else if (c === 44) marks += 1;
  }
  return marks >= 2;
}

/** What a label of many trades loses in a paragraph without a word of care. */
const COLD: { readonly [rule: string]: number } = { 'other.labelled': 8, 'member.labelled': 14, 'record.labelled': 14, 'insurance.labelled': 10, 'permit.labelled': 10, 'serial.labelled': 9, 'phone.local': 9 };

/** Cars, houses, machines, clubs: their numbers have the same labels. */
const ELSEWHERE = wordSet('malpractice liability car auto vehicle fender bumper collision windshield tow homeowner homeowners roof tenant landlord laptop computer printer monitor router server keyboard warranty gym museum gallery painting library hotel airline airlines flight golf club software subscription magazine toaster fridge dishwasher bicycle bike');

/** Two signs of care, for a record whose very form is one: HL7, FHIR. */
const CLINICAL = [2, 3];

const remembered = new Map<string, Scanned>();
/** Characters of all blocks together: a large table is kept too, so that a stroke elsewhere, or undoing one, does not read it again. */
const KEEP = 1 << 21;
let kept = 0;

/** `remember` for blocks of a long text: of a short one everything is read again sooner than found again. */
export function scanBlock(text: string, remember = true): Scanned {
  if (!remember) return look(text);
  const known = remembered.get(text);
  if (known !== undefined) return known;
  const fresh = look(text);
  if (text.length < KEEP / 4) {
    if (kept + text.length > KEEP) {
      remembered.clear();
      kept = 0;
    }
    kept += text.length;
    remembered.set(text, fresh);
  }
  return fresh;
}

function look(slice: string): Scanned {
  // a slice is a view that every reading of a character goes through: joined, it is a text of its own
  const text = [slice.slice(0, 1), slice.slice(1)].join('');
  const tokens = tokenize(text);
  const hits: Hit[] = [];
  const form = records(text, hits);
  mailAddresses(tokens, hits);
  spelledAddresses(tokens, hits);
  links(tokens, hits);
  dottedLinks(tokens, hits);
  letterAddresses(tokens, hits);
  photos(tokens, hits);
  spelledAges(tokens, hits);
  if ((tokens.flagsSeen & MONTH) !== 0) months(tokens, hits);
  if (tokens.figures.length > 0) numbers(tokens, hits);
  const used = coverage(tokens, hits, form.codes);
  if ((tokens.gapsSeen & (COMMA | CARET)) !== 0) lastFirst(tokens, used, hits);
  if ((tokens.gapsSeen & COLON) !== 0 && (tokens.flagsSeen & LABEL) !== 0) labelledPlaces(tokens, used, hits);
  if (tokens.figures.length > 0) addresses(tokens, used, hits);
  places(tokens, used, hits);
  names(tokens, used, hits);
  again(text, hits);
  births(text, hits);
  const plain = healthOf(tokens, personsOf(hits));
  const health = form.clinical ? { ...plain, terms: plain.terms.concat(CLINICAL) } : plain;
  let named = false;
  let born = false;
  let cold = false;
  for (const { kind, rule, weight } of hits) {
    if (kind === 'NAME') named = named || isWorth(weight);
    else if (kind === 'DATE') born = born || rule === 'date.birth';
    else cold = cold || COLD[rule] !== undefined;
  }
  if (named && health.terms.length > 0) relativeDates(tokens, hits);
  // "case number", "policy number", "serial number": of a patient only where care is spoken of
  if (cold && !born && health.terms.length === 0 && health.weak.every((w) => EVERYDAY.indexOf(w) >= 0)) cool(hits, ELSEWHERE.in(tokens.listsSeen) ? 10 : 0);
  if (plain.terms.length > 0) authors(tokens, hits);
  const tied = tiesOf(tokens, hits, health.at, health.house ? HOUSE : null);
  const settled = settle(hits);
  const { near, keys, ties } = evident(text, settled, health.at, tied);
  return { near, keys, ties, tied, hits: settled, told: settled.map((h) => said(h.reasons)), health, gist: gistOf(tokens, settled, health.at), rows: form.rows, heading: form.heading };
}

/** Where names of those begin who are not at work by their very form, in the order of the text. */
function personsOf(hits: readonly Hit[]): readonly number[] {
  const starts: number[] = [];
  let rising = true;
  let last = 0;
  for (const { kind, rule, weight, start } of hits) {
    if (kind !== 'NAME' || !isWorth(weight) || rule === 'name.provider' || rule === 'name.contact' || rule === 'name.greeted') continue;
    rising = rising && start >= last;
    last = start;
    starts.push(start);
  }
  return rising ? starts : starts.sort((x, y) => x - y);
}

function cool(hits: Hit[], elsewhere: number): void {
  for (let k = 0; k < hits.length; k += 1) {
    const hit = hits[k];
    const less = hit === undefined ? undefined : COLD[hit.rule];
    if (hit !== undefined && less !== undefined) hits[k] = { ...hit, weight: hit.weight - less - elsewhere, reasons: [...hit.reasons, 'no-health'] };
  }
}

/** A year in which those now treated were born rather than treated. */
const LONG_AGO = /(?:^|\D)(?:19\d\d|200\d|201[0-4])(?:\D|$)|[/.-][3-9]\d$/;

/** "Vivek Raghunathan, 02/11/1980", "Birdsong, Wm | 1/9/50": a day of long ago right behind a name is that of a birth, and the name a patient's. */
function births(text: string, hits: Hit[]): void {
  let ends: Map<number, number> | undefined;
  for (let k = 0; k < hits.length; k += 1) {
    const date = hits[k];
    if (date === undefined || date.rule !== 'date.numeric' && date.rule !== 'date.iso' || !LONG_AGO.test(text.slice(date.start, date.end))) continue;
    ends ??= new Map(hits.map((hit, n) => [hit.kind === 'NAME' && hit.rule !== 'name.provider' && isWorth(hit.weight) ? hit.end : -1, n]));
    for (let gap = 1; gap < 4; gap += 1) {
      const n = ends.get(date.start - gap);
      const name = n === undefined ? undefined : hits[n];
      if (n === undefined || name === undefined || !/^[,;|\t (]+$/.test(text.slice(name.end, date.start))) continue;
      hits[k] = { ...date, rule: 'date.birth', weight: Math.max(date.weight, 12) };
      hits[n] = { ...name, weight: Math.max(name.weight, 14), reasons: [...name.reasons, 'label-after'] };
    }
  }
}

/** "Patricia Wells, RN … Patricia": the first name of one who cares is hers the second time too. */
function again(text: string, hits: Hit[]): void {
  if (!hits.some(mayRepeat)) return;
  let carers: Set<string> | undefined;
  for (const { rule, start, end } of hits) {
    if (rule !== 'name.provider') continue;
    carers ??= new Set();
    for (const word of text.slice(start, end).split(' ')) carers.add(word);
  }
  if (carers === undefined) return;
  for (let k = 0; k < hits.length; k += 1) {
    const hit = hits[k];
    if (hit !== undefined && mayRepeat(hit) && carers.has(text.slice(hit.start, hit.end))) hits[k] = { ...hit, rule: 'name.provider' };
  }
}

function mayRepeat({ rule }: Hit): boolean {
  return rule === 'name.first' || rule === 'name.capital';
}

function dottedLinks({ text, dots, start }: Tokens, hits: Hit[]): void {
  if (dots.length === 0) return;
  const known = byStart(hits);
  let next = 0;
  let done = 0;
  for (const t of dots) {
    if ((start[t - 1] ?? 0) < done) continue;
    const from = start[t - 1] ?? 0;
    const before = text.charCodeAt(from - 1);
    if (before === 64 || before === 46 || before === 47 || before === 45) continue;
    while (next < known.length && (known[next]?.end ?? 0) <= from) next += 1;
    if ((known[next]?.start ?? text.length) <= from) continue;
    done = bareLink(text, from, hits);
  }
}

function months(tokens: Tokens, hits: Hit[]): void {
  const { count, flags, start } = tokens;
  let done = 0;
  for (let t = 0; t < count; t += 1) {
    if (((flags[t] ?? 0) & MONTH) === 0 || (start[t] ?? 0) < done) continue;
    // a day before the month is found from the day
    const end = monthAt(tokens, t, labelBefore(tokens, t), hits);
    if (end > 0) done = end;
  }
}

const scratch = { used: new Uint8Array(1024) };

/** Tokens that a finding, or the code of a form, covers already: names and places do not look there. */
function coverage({ count, start, end }: Tokens, hits: readonly Hit[], codes: readonly (readonly [number, number])[]): Uint8Array {
  if (scratch.used.length < count) scratch.used = new Uint8Array(count * 2);
  const { used } = scratch;
  for (let t = 0; t < count; t += 1) used[t] = 0;
  const mark = (from: number, to: number): void => {
    let low = 0;
    let high = count;
    while (low < high) {
      const mid = (low + high) >> 1;
      if ((end[mid] ?? 0) <= from) low = mid + 1;
      else high = mid;
    }
    for (let k = low; k < count && (start[k] ?? 0) < to; k += 1) used[k] = 1;
  };
  for (const hit of hits) mark(hit.start, hit.end);
  for (const [from, to] of codes) mark(from, to);
  return used;
}
