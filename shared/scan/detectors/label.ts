/** Labels before values: "MRN:", "insurance policy #". The look-back stops at the end of a line, a cell or a sentence, and at another value. */
import { wordSet } from '../lexicon/closed.ts';
import { hashWord, readList } from '../lexicon/fold.ts';
import { FILLER, LABEL, openLookup } from '../lexicon/lexicon.ts';
import { ALNUM, CAPITAL, COLON, COMMA, DASH, DIGITS, EDGE, HARD, HASH, NEWLINE, OPEN, SEMI, SPACE, STOP, TAB, type Tokens, UPPER } from '../token.ts';
import { type LabelKind, LABELS } from '../words/label.ts';

export interface Label {
  readonly kind: LabelKind;
  /** first token of the label */
  readonly from: number;
  /** last token of the label */
  readonly at: number;
  /** meaningful words between label and value */
  readonly far: number;
  readonly colon: boolean;
}

interface Entry {
  readonly before: readonly number[];
  readonly kind: LabelKind;
}

/** By the number of the last word of the label. */
let entries: (Entry[] | undefined)[] | undefined;

function table(): (Entry[] | undefined)[] {
  if (entries !== undefined) return entries;
  const { number, closed } = openLookup();
  const known: (Entry[] | undefined)[] = Array.from({ length: closed + 1 }, () => undefined);
  for (const [kind, phrases] of LABELS) {
    readList(phrases, (words) => {
      const last = number(words[words.length - 1] ?? 0);
      (known[last] ??= []).push({ before: words.slice(0, -1).reverse(), kind });
    });
  }
  for (const some of known) some?.sort((a, b) => b.before.length - a.before.length);
  entries = known;
  return known;
}

const NONE: readonly Entry[] = [];

const APART = HARD | COMMA | COLON | OPEN;
const SHORT = wordSet('rx tag dl mr ss sn fin ins lic cc pan tin har ach');

/** General words in a row that take their meaning from the first of them. */
const GENERAL = 3;

/** The label that ends at token `t`, the longest phrase first. */
export function labelAt(tokens: Tokens, t: number, general = GENERAL): { readonly kind: LabelKind; readonly from: number } | undefined {
  if (t < 0 || t >= tokens.count || ((tokens.flags[t] ?? 0) & LABEL) === 0) return undefined;
  // "g/dL", "Mr.", "5 cc", "ins and outs": two or three letters are a label in capitals or with its colon
  if (SHORT(tokens.listed[t] ?? 0) && tokens.kind[t] !== UPPER && ((tokens.gap[t + 1] ?? 0) & (COLON | HASH)) === 0) return undefined;
  for (const { before, kind } of table()[tokens.listed[t] ?? 0] ?? NONE) {
    let fits = before.length <= t;
    // "Cigna, ID"
    const apart = kind === 'plan' ? APART & ~COMMA : APART;
    for (let k = 0; k < before.length && fits; k += 1) fits = tokens.hash[t - 1 - k] === before[k] && ((tokens.gap[t - k] ?? 0) & apart) === 0;
    if (!fits) continue;
    // "insur ID", "chart ref": a general word takes its meaning from the label before it
    if (kind === 'other' && before.length === 0 && t > 0 && general > 0 && ((tokens.gap[t] ?? 0) & APART) === 0) {
      const nearer = labelAt(tokens, t - 1, general - 1);
      if (nearer !== undefined && nearer.kind !== 'not' && nearer.kind !== 'name' && nearer.kind !== 'date') return nearer;
    }
    return { kind, from: t - before.length };
  }
  return undefined;
}

/** 48 characters, as far as a reader still connects a label with a value. */
const REACH = 48;
const MOST_WORDS = 5;

/** The label that governs the value at token `t`. */
export function labelBefore(tokens: Tokens, t: number): Label | undefined {
  if ((tokens.flagsSeen & LABEL) === 0) return undefined;
  const { gap, start, flags, kind } = tokens;
  let far = 0;
  for (let j = t; j > 0; j -= 1) {
    const g = gap[j] ?? 0;
    if ((g & (TAB | SEMI | EDGE)) !== 0) return undefined;
    const p = j - 1;
    if ((g & NEWLINE) !== 0) {
      // "Label:" alone on the line above
      if (j !== t) return undefined;
      const found = labelAt(tokens, p);
      if (found === undefined || ((g & COLON) === 0 && ((gap[found.from] ?? 0) & (NEWLINE | EDGE)) === 0)) return undefined;
      return { kind: found.kind, from: found.from, at: p, far: 0, colon: true };
    }
    // "the policy. Her number is"
    if (j !== t && (g & STOP) !== 0 && (g & SPACE) !== 0 && kind[j] === CAPITAL) return undefined;
    const found = labelAt(tokens, p);
    if (found !== undefined) return { kind: found.kind, from: found.from, at: p, far, colon: (g & COLON) !== 0 };
    // a sentence has ended, unless the dot belongs to a short word: "policy no. 12"
    if ((g & STOP) !== 0 && (g & SPACE) !== 0 && ((tokens.end[p] ?? 0) - (start[p] ?? 0) > 3 || kind[j] === CAPITAL)) return undefined;
    if ((g & COMMA) !== 0) far += 1;
    const k = kind[p] ?? 0;
    if ((k === DIGITS || k === ALNUM) && (g & DASH) === 0) return undefined;
    if (((flags[p] ?? 0) & FILLER) === 0) far += 1;
    if (far > MOST_WORDS || (start[t] ?? 0) - (start[p] ?? 0) > REACH) return undefined;
  }
  return undefined;
}

const IS = hashWord('is');
const WAS = hashWord('was');
const AS = hashWord('as');

/** The first token behind the value that begins at token `t`: past a blank or a bracket. */
export function tokenAfter({ start, text, count }: Tokens, t: number): number {
  let k = t + 1;
  for (; k < count && k - t < 8; k += 1) {
    const code = text.charCodeAt((start[k] ?? 1) - 1);
    if (code <= 32 || code === 40 || code === 160) break;
  }
  return k;
}

/** "12345 is her MRN", "4471 (MRN)": a label right after the value that ends before token `t`. */
export function labelAfter(tokens: Tokens, t: number): LabelKind | undefined {
  const { gap, flags, count } = tokens;
  const first = gap[t] ?? 0;
  if (t >= count || (first & (NEWLINE | TAB | COMMA | SEMI)) !== 0) return undefined;
  if ((first & OPEN) !== 0) return labelAt(tokens, t)?.kind ?? labelAt(tokens, t + 1)?.kind;
  // only through a verb: the next label of a row of labels is not ours
  const verb = tokens.hash[t];
  if (verb !== IS && verb !== WAS && verb !== AS) return undefined;
  for (let j = t + 1; j < count && j < t + 5; j += 1) {
    if (((gap[j] ?? 0) & (HARD | STOP | COMMA | HASH)) !== 0) return undefined;
    const found = labelAt(tokens, j);
    if (found !== undefined) return found.kind;
    if (((flags[j] ?? 0) & FILLER) === 0) return undefined;
  }
  return undefined;
}

const PERSON = /^(?:patient|pt|client|member|insured|subscriber|guarantor|first|last|given|family|middle|resident|employee|full|mother|father|contact)(?: ?name)?$/;
const CAMEL = /([a-z0-9])([A-Z])/g;

/** What a column heading or a key names: "DOB", "Member ID #", "birthDate". */
export function labelOfHeading(heading: string): LabelKind | undefined {
  const known = headings.get(heading);
  if (known !== undefined) return known === '' ? undefined : known;
  const found = read(heading);
  if (headings.size >= KNOWN) headings.clear();
  headings.set(heading, found ?? '');
  return found;
}

/** Headings come again in each table and form. */
const KNOWN = 512;
const headings = new Map<string, LabelKind | ''>();

function read(heading: string): LabelKind | undefined {
  const words = heading.replace(CAMEL, '$1 $2').toLowerCase().replace(/[^a-z0-9]+/g, ' ').trim();
  if (words === '' || words.length > 48) return undefined;
  if (PERSON.test(words) && heading.indexOf('#') < 0) return 'name';
  const { number } = openLookup();
  const hashes = words.split(' ').map(hashWord);
  for (let last = hashes.length - 1; last >= 0; last -= 1) {
    for (const { before, kind } of table()[number(hashes[last] ?? 0)] ?? NONE) {
      let fits = before.length <= last;
      for (let k = 0; k < before.length && fits; k += 1) fits = hashes[last - 1 - k] === before[k];
      if (!fits) continue;
      if (kind === 'other' && before.length === 0 && last > 0) break;
      return kind;
    }
  }
  return /\bid\b/.test(words) ? 'other' : undefined;
}

const GROWN = /(MRN|SSN|MBI|NPI|CSN|FIN|ACCT)\d{5,}/iy;

/** A label grown onto its value: "MRN00812934". */
export function grownLabel(text: string, start: number): { readonly kind: LabelKind; readonly end: number } | undefined {
  GROWN.lastIndex = start;
  const kind = labelOfHeading(GROWN.exec(text)?.[1] ?? '');
  return kind === undefined ? undefined : { kind, end: GROWN.lastIndex };
}
