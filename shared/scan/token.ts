/**
 * One pass over a block: words, numbers and mixed runs with their dictionary flags, and what stood between them. Everything later looks at these arrays,
 * not at the text, so the cost of a rule is the number of its candidates. Offsets are UTF-16 code units.
 */
import { openSeen, type Seen, see } from './lexicon/closed.ts';
import { foldCode, hashStep, SEED } from './lexicon/fold.ts';
import { FIRST, isCommon, isWord, PHRASE, phrasesOf } from './lexicon/lexicon.ts';
import { FLAGS, LISTED, meet, met } from './lexicon/met.ts';
import { isStem } from './lexicon/packed.ts';

export const LOWER = 1;
/** "iPhone" */
const INNER = 2;
export const CAPITAL = 3;
export const UPPER = 4;
/** "McNeil" */
export const MIXED = 5;
export const INITIAL = 6;
export const DIGITS = 7;
export const ALNUM = 8;

/** What stood between a token and the one before it. */
export const SPACE = 1;
export const NEWLINE = 1 << 1;
export const STOP = 1 << 2;
export const COMMA = 1 << 3;
export const COLON = 1 << 4;
export const OPEN = 1 << 5;
export const CLOSE = 1 << 6;
export const TAB = 1 << 7;
export const DASH = 1 << 8;
export const SLASH = 1 << 9;
export const SEMI = 1 << 10;
export const CARET = 1 << 11;
export const AMPERSAND = 1 << 12;
export const HASH = 1 << 13;
export const QUOTE = 1 << 14;
export const ODD = 1 << 15;
export const EDGE = 1 << 16;
/** "'s" was skipped */
export const POSSESSIVE = 1 << 17;

/** Ends what can belong together. */
export const HARD = NEWLINE | TAB | SEMI | EDGE;

export interface Tokens {
  readonly text: string;
  readonly count: number;
  readonly start: Int32Array;
  readonly end: Int32Array;
  readonly kind: Uint8Array;
  readonly flags: Int32Array;
  readonly hash: Int32Array;
  /** the number of the word in closed lists (`lexicon/closed.ts`); 0 for a word of none */
  readonly listed: Uint16Array;
  /** separators before each token */
  readonly gap: Int32Array;
  readonly ats: readonly number[];
  readonly schemes: readonly number[];
  /** tokens with digits */
  readonly figures: readonly number[];
  /** tokens that a dot alone joins to the one before */
  readonly dots: readonly number[];
  /** tokens of two characters right behind a colon or a dash */
  readonly pairs: number;
  /** what any word of the block may be, and what stands anywhere between words: a rule whose flag is missing need not look */
  readonly flagsSeen: number;
  readonly gapsSeen: number;
  readonly listsSeen: Seen;
  /** phrase flags start here and cover `span` tokens */
  readonly phrase: Int32Array;
  readonly span: Uint8Array;
  /** whether each word is an ordinary one: 0 not asked yet, 1 yes, 2 no */
  readonly plain: Uint8Array;
  /** most letters are capitals: capitals say nothing */
  readonly shouting: boolean;
}

const CLASS = new Uint8Array(128);
const FOLDED = new Uint8Array(128);
for (let c = 0; c < 128; c += 1) FOLDED[c] = foldCode(c);
const GAP = new Int32Array(128);
for (let c = 48; c <= 57; c += 1) CLASS[c] = 1;
for (let c = 65; c <= 90; c += 1) CLASS[c] = 2;
for (let c = 97; c <= 122; c += 1) CLASS[c] = 3;
GAP.fill(ODD);
const gaps: readonly (readonly [string, number])[] = [[' ', SPACE], ['\n', NEWLINE], ['\r', SPACE], ['\t', TAB], ['|', TAB], ['.', STOP], ['!', STOP], ['?', STOP], [',', COMMA], [':', COLON], ['=', COLON], ['(', OPEN], ['[', OPEN], [')', CLOSE], [']', CLOSE], ['-', DASH], ['/', SLASH], [';', SEMI], ['^', CARET], ['&', AMPERSAND], ['#', HASH], ['"', QUOTE], ['\'', QUOTE]];
for (const [mark, bit] of gaps) GAP[mark.charCodeAt(0)] = bit;

function letterClass(code: number): number {
  if (!(code >= 0)) return 0;
  if (code < 128) return CLASS[code] ?? 0;
  if (code < 0xc0 || code === 0xd7 || code === 0xf7 || (code >= 0x2000 && code < 0x2c00) || code >= 0xd800 && code < 0xe000 || code >= 0xff00) return 0;
  const letter = String.fromCharCode(code);
  return letter.toLowerCase() === letter ? 3 : 2;
}

/** %20, %2C: a blank, a comma. */
const ESCAPES = '0Cc';

let capacity = 0;
let scratch: { -readonly [field in keyof Tokens]: Tokens[field] };
const NONE: readonly number[] = [];

/** Words of the longest block but for tables. */
const USUAL = 4096;

/** Everything is reused from block to block: a Tokens is valid until the next call. One more word than there are stands at the end, of no kind. */
function reserve(length: number): void {
  const need = (length >> 1) + 4;
  if (need <= capacity) return;
  capacity = Math.max(need, USUAL);
  const ints = (): Int32Array => new Int32Array(capacity);
  scratch = {
    text: '', count: 0, ats: NONE, schemes: NONE, figures: NONE, dots: NONE, pairs: 0, flagsSeen: 0, gapsSeen: 0, listsSeen: openSeen(), shouting: false, start: ints(), end: ints(), kind: new Uint8Array(capacity), flags: ints(), hash: ints(), listed: new Uint16Array(capacity), gap: ints(), phrase: ints(), span: new Uint8Array(capacity), plain: new Uint8Array(capacity),
  };
}

export function tokenize(text: string): Tokens {
  reserve(text.length);
  const { start, end, kind, flags, hash, listed, gap, phrase, span, plain, listsSeen } = scratch;
  listsSeen.fill(0);
  // most blocks have none: nothing is made for them
  let ats: number[] | undefined;
  let schemes: number[] | undefined;
  let figures: number[] | undefined;
  let dots: number[] | undefined;
  let pairs = 0;
  let flagsSeen = 0;
  let gapsSeen = 0;
  let count = 0;
  let between = EDGE;
  let uppers = 0;
  let lowers = 0;
  let i = 0;
  const { length } = text;
  while (i < length) {
    let code = text.charCodeAt(i);
    let cls = code < 128 ? CLASS[code] ?? 0 : letterClass(code);
    if (cls === 0) {
      // "Dana%20Whitcombe": what an escape stands for, where it parts words
      if (code === 37 && i > 0 && text.charCodeAt(i - 1) > 32 && text.charCodeAt(i + 1) === 50) {
        const escaped = ESCAPES.indexOf(text.charAt(i + 2));
        if (escaped >= 0) {
          between |= SPACE;
          i += 3;
          continue;
        }
      }
      if (code < 128) between |= GAP[code] ?? 0;
      else between |= code === 0x2019 || code === 0x201c || code === 0x201d || code === 0x2018 ? QUOTE : ODD;
      if (code === 64) (ats ??= []).push(i);
      else if (code === 58 && text.charCodeAt(i + 1) === 47 && text.charCodeAt(i + 2) === 47) (schemes ??= []).push(i);
      i += 1;
      continue;
    }
    const begin = i;
    let sum = SEED | 0;
    let stem = 0;
    let digits = 0;
    let capitals = 0;
    let smalls = 0;
    let plainly = true;
    const firstCapital = cls === 2;
    for (;;) {
      if (cls === 3) smalls += 1;
      else if (cls === 1) digits += 1;
      else capitals += 1;
      stem = sum;
      if (code < 128) sum = hashStep(sum, FOLDED[code] ?? 0);
      else {
        sum = hashStep(sum, foldCode(code));
        plainly = false;
      }
      i += 1;
      if (i >= length) break;
      code = text.charCodeAt(i);
      cls = code < 128 ? CLASS[code] ?? 0 : letterClass(code);
      if (cls === 0) {
        // O'Brien stays one word; John's loses its ending
        if ((code === 39 || code === 0x2019) && digits === 0) {
          const next = text.charCodeAt(i + 1);
          const nextClass = letterClass(next);
          const after = letterClass(text.charCodeAt(i + 2) || 32);
          if (nextClass >= 2 && !((next === 115 || next === 83) && after === 0)) {
            i += 1;
            code = next;
            cls = nextClass;
            plainly = false;
            continue;
          }
        }
        break;
      }
    }
    hash[count] = sum;
    start[count] = begin;
    end[count] = i;
    gap[count] = between;
    gapsSeen |= between;
    if (between === STOP) {
      if (count > 0 && begin - (end[count - 1] ?? 0) === 1) (dots ??= []).push(count);
    } else if ((between === COLON || between === DASH) && i - begin === 2) pairs += 1;
    between = 0;
    span[count] = 0;
    plain[count] = 0;
    phrase[count] = 0;
    const row = capitals + smalls === 0 ? -1 : meet(text, begin, i, sum, stem, plainly, digits > 0);
    const known = row < 0 ? 0 : met[row + LISTED] ?? 0;
    const found = row < 0 ? 0 : met[row + FLAGS] ?? 0;
    listed[count] = known;
    if (known > 0) see(listsSeen, known);
    flags[count] = found;
    flagsSeen |= found;
    if (digits > 0) {
      (figures ??= []).push(count);
      kind[count] = capitals + smalls === 0 ? DIGITS : ALNUM;
    } else {
      uppers += capitals;
      lowers += smalls;
      kind[count] = capitals === 0 ? LOWER : smalls === 0 ? (capitals === 1 ? INITIAL : UPPER) : !firstCapital ? INNER : capitals === 1 ? CAPITAL : MIXED;
      if ((code === 39 || code === 0x2019) && i < text.length && (text.charCodeAt(i + 1) === 115 || text.charCodeAt(i + 1) === 83)) {
        between = POSSESSIVE;
        i += 2;
      }
    }
    count += 1;
  }
  kind[count] = 0;
  flags[count] = 0;
  hash[count] = 0;
  listed[count] = 0;
  phrase[count] = 0;
  gap[count] = EDGE;
  start[count] = length;
  end[count] = length;
  const tokens = scratch;
  tokens.text = text;
  tokens.count = count;
  tokens.ats = ats ?? NONE;
  tokens.schemes = schemes ?? NONE;
  tokens.figures = figures ?? NONE;
  tokens.dots = dots ?? NONE;
  tokens.pairs = pairs;
  tokens.flagsSeen = flagsSeen;
  tokens.gapsSeen = gapsSeen;
  tokens.shouting = uppers > 24 && uppers > lowers * 2;
  if ((flagsSeen & PHRASE) !== 0) markPhrases(tokens);
  return tokens;
}

/** Phrases may cross a space, a dash, an apostrophe, a dot or "&", never a line or a comma. */
const TIGHT = HARD | COMMA | COLON | OPEN | CLOSE | CARET | SLASH;

function markPhrases({ count, flags, hash, listed, gap, phrase, span }: Tokens): void {
  for (let t = 0; t < count; t += 1) {
    if (((flags[t] ?? 0) & PHRASE) === 0 || ((gap[t + 1] ?? 0) & TIGHT) !== 0) continue;
    for (const candidate of phrasesOf(listed[t] ?? 0)) {
      const length = candidate.rest.length;
      if (t + length > count - 1) continue;
      let fits = true;
      for (let k = 0; k < length && fits; k += 1) fits = hash[t + 1 + k] === candidate.rest[k] && ((gap[t + 1 + k] ?? 0) & TIGHT) === 0;
      if (!fits) continue;
      phrase[t] = (phrase[t] ?? 0) | candidate.flags;
      if (length + 1 > (span[t] ?? 0)) span[t] = length + 1;
      // phrases are sorted by length: only equally long ones may add flags
      break;
    }
  }
}

export function wordAt(tokens: Tokens, t: number): string {
  return tokens.text.slice(tokens.start[t], tokens.end[t]);
}

/** A word that need not be a name, whatever its capital. A given name is not worth the chance that one of its beginnings seems to be a word. */
export function ordinary(tokens: Tokens, t: number): boolean {
  const known = tokens.plain[t];
  if (known !== 0) return known === 1;
  const flags = tokens.flags[t] ?? 0;
  const answer = isWord(flags) || ((flags & FIRST) !== 0 ? isStem(tokens.hash[t] ?? 0) : isCommon(tokens.text, tokens.start[t] ?? 0, tokens.end[t] ?? 0, tokens.hash[t] ?? 0));
  tokens.plain[t] = answer ? 1 : 2;
  return answer;
}

/** The first of the rising numbers that is no less. */
export function firstFrom(rising: { readonly [k: number]: number }, least: number, count: number): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const mid = (low + high) >> 1;
    if ((rising[mid] ?? 0) < least) low = mid + 1;
    else high = mid;
  }
  return low;
}
