/** A block read once for all the names in it: of each word what it does in a sentence about the office, and what it says of health. */
import { wordClasses, wordSet } from '../lexicon/closed.ts';
import { hashWord } from '../lexicon/fold.ts';
import { AILING, CARE_WEAK, DOING, FILLER, HEALTH, KIN, MONTH, NAMING } from '../lexicon/lexicon.ts';
import { inflected } from '../lexicon/stem.ts';
import { CAPITAL, DASH, DIGITS, EDGE, firstFrom, NEWLINE, POSSESSIVE, SEMI, SPACE, STOP, TAB, type Tokens } from '../token.ts';
import { isAbbreviated } from './cues.ts';
import { BODY, DEVICES, FAMOUS, HURT, JOBS, OFFICE, OFFICE_DOING, ORGANIZED, PUBLIC } from '../words/office.ts';

const WORK = 1 << 0;
const ORGANIZES = 1 << 1;
const DEVICE_WORD = 1 << 2;
const BODILY = 1 << 3;
const LAB = 1 << 4;
const HURTS = 1 << 5;
const PRESENTS = 1 << 6;
const SHOWN = 1 << 7;
const MORE = 1 << 8;
export const IS = 1 << 9;
const THE = 1 << 10;
export const OURS = 1 << 11;
const SPEAKING = 1 << 12;
export const THIRD = 1 << 13;
export const PATIENTLY = 1 << 14;
export const FOR = 1 << 15;
export const HAVING = 1 << 16;
export const WITH = 1 << 17;
export const NEEDING = 1 << 18;
export const TELLING = 1 << 19;
const TOILS = 1 << 20;
/** May be of the office with the next word. */
const BEGINS = 1 << 21;
export const IN_OFFICE = 1 << 22;
export const IN_PUBLIC = 1 << 23;
export const JOB = 1 << 24;
export const BY = 1 << 25;
export const SERVED = 1 << 26;
/** List n for bit n. */
const classes = wordClasses(() => [
  inflected(OFFICE, false), `${inflected(ORGANIZED, false)} patients`, inflected(DEVICES, false), inflected(BODY, false),
  'na k cr hgb hct wbc plt bun ca phos mag bicarb temp sat sats bp bg fsbs chol hr rr', HURT,
  'present presents presenting presented', 'the our a an his her their on data slides at m', inflected('order need want buy send bring get use', true),
  'is was', 'the our', 'our national', 'speak speaks spoke speaking', 'he she his her him hers they',
  'admitted referred enrolled seen treated discharged transferred attends goes scheduled booked', 'for on of re regarding about concerning with in from',
  // What a person and a complaint are joined by; the next join only right behind the name, or behind one of these.
  'has have had having is was are got gets getting takes taking took needs need needed wants wanted want denies refuses refused tested without wearing wears feels felt feeling keeps went isn wasn hasn missed suffers presented presents reports reported complains complained started stopped underwent continues came comes due',
  'with w on c o s p hx in for re regarding off at',
  'has have had needs need needed on wears using uses got gets wants wanted with', 'says said asks asked tells told explained mentioned agreed believes thinks knows wrote', inflected(OFFICE_DOING, true),
  'how list on', FAMOUS, inflected(PUBLIC, false), JOBS, 'from by',
  // What is arranged for a patient.
  'interpreter translator transport transportation ride wheelchair appointment slot referral authorization auth transfer portal account chart record records reminder copay refund prescription refill',
]);
const MORE_WORD = hashWord('more');
const ON = hashWord('on');
const ABOUT = hashWord('about');
const WROTE = hashWord('wrote');
const CALL = hashWord('call');
const HOW = hashWord('how');
const MANY = hashWord('many');
const LIST = hashWord('list');
const OF = hashWord('of');

/** Where one sentence ends and the next begins. */
const APART = NEWLINE | TAB | EDGE | SEMI;
export const SENTENCE = 40;

export function isOffice(tokens: Tokens, t: number): boolean {
  const { count, hash, listed, flags } = tokens;
  const c = classes(listed[t] ?? 0);
  if ((c & (WORK | TOILS)) !== 0) return true;
  if ((c & (IS | PRESENTS | MORE | SPEAKING | TELLING | BEGINS)) === 0 || t + 1 >= count) return false;
  const h = hash[t] ?? 0;
  const next = hash[t + 1] ?? 0;
  const n = classes(listed[t + 1] ?? 0);
  // "is the rep for", "was our captain"
  if ((c & IS) !== 0 && (n & THE) !== 0) return t + 2 < count && ((flags[t + 2] ?? 0) & (KIN | HEALTH | CARE_WEAK | AILING)) === 0;
  return (c & PRESENTS) !== 0 && (n & SHOWN) !== 0 || h === HOW && next === MANY || h === LIST && next === OF || (c & MORE) !== 0 && next === MORE_WORD || h === ON && next === CALL || (c & SPEAKING) !== 0 && (next === ON || next === ABOUT) || h === WROTE && (n & OURS) !== 0;
}

const FELL = wordSet('fell');
/** "fell behind", "fell through": nobody did. */
const FIGURES = wordSet('by behind short through apart under asleep into within flat below');
/** "eye exam", "knee brace" */
const TESTED = wordSet('film films exam test screening ache aches weakness brace cast transplant graft shot shots surgery loss droop drooping problem problems trouble infection specialist doctor drops aid aids valve laser');

/** "burned her hand", "the elbow is swollen": a word of harm with a part of a body in reach. */
export function hurts({ count, listed, gap }: Tokens, t: number): boolean {
  if ((listed[t] ?? 0) === 0) return false;
  if (FELL(listed[t] ?? 0)) return !FIGURES(listed[t + 1] ?? 0);
  if (gap[t] === SPACE && TESTED(listed[t] ?? 0) && (classes(listed[t - 1] ?? 0) & BODILY) !== 0) return true;
  if ((classes(listed[t] ?? 0) & HURTS) === 0) return false;
  for (let k = t + 1; k < count && k - t < 5 && ((gap[k] ?? 0) & APART) === 0; k += 1) if ((classes(listed[k] ?? 0) & BODILY) !== 0) return true;
  for (let k = t - 1; k >= 0 && t - k < 5 && ((gap[k + 1] ?? 0) & APART) === 0; k -= 1) if ((classes(listed[k] ?? 0) & BODILY) !== 0) return true;
  return false;
}

const MEASURED = /^[a-z0-9]{1,5}[ :=]{0,3}(?:of |is |was |down to |up to )?(?:\d{2,3}\/\d{2,3}(?!\/)|9[5-9]\.\d|10[0-6]\b|\d{2,3}%|\d{1,3}(?:\.\d)?\b(?!\/|:|-))/i;

/** "bp 188/112", "bg 48": a measurement of a body. */
export function measures({ text, listed, start }: Tokens, t: number): boolean {
  return (classes(listed[t] ?? 0) & LAB) !== 0 && MEASURED.test(text.slice(start[t], (start[t] ?? 0) + 24));
}

/** What a word says of health: a complaint or its treatment; one that only describes a thing of the office, or a device; what happens to a body. */
export const TERM = 1;
export const OFFICES = 2;
export const HAPPENS = 3;
export const DEVICE = 4;

/**
 * What is read of a block once, however many names it has: of each word its classes, what it says of health, whether it is of the office; where its
 * sentence begins and where the next one does; and how many words before it are of the office, only describe a thing of it, or speak of health.
 */
export const read = { word: new Int32Array(0), mark: new Uint8Array(0), desk: new Uint8Array(0), first: new Int32Array(0), beyond: new Int32Array(0), desks: new Int32Array(0), described: new Int32Array(0), plain: new Int32Array(0), third: false, famous: false, figures: false };

export function readBlock(tokens: Tokens, at: readonly number[]): void {
  const { count, gap, listed } = tokens;
  if (read.word.length < count + 1) {
    const size = count * 2 + 64;
    const ints = (): Int32Array => new Int32Array(size);
    Object.assign(read, { word: ints(), mark: new Uint8Array(size), desk: new Uint8Array(size), first: ints(), beyond: ints(), desks: ints(), described: ints(), plain: ints() });
  }
  const { word, mark, desk, first, beyond, desks, described, plain } = read;
  let third = 0;
  let begin = 0;
  for (let t = 0; t < count; t += 1) {
    const w = classes(listed[t] ?? 0);
    word[t] = w;
    mark[t] = 0;
    third |= w;
    desk[t] = (w & (WORK | TOILS | IS | PRESENTS | MORE | SPEAKING | TELLING | BEGINS)) !== 0 && isOffice(tokens, t) ? 1 : 0;
    if (gap[t] !== SPACE && ends(tokens, t)) begin = t;
    first[t] = begin;
  }
  read.third = (third & THIRD) !== 0;
  read.figures = tokens.figures.length > 0;
  read.famous = (third & (IN_OFFICE | IN_PUBLIC)) !== 0;
  for (let from = 0; from < count;) {
    let to = from + 1;
    while (to < count && first[to] === from) to += 1;
    for (let t = from; t < to; t += 1) beyond[t] = to;
    marks(tokens, from, to, at);
    from = to;
  }
  for (let t = 0; t < count; t += 1) {
    const m = mark[t] ?? 0;
    desks[t + 1] = (desks[t] ?? 0) + (desk[t] ?? 0);
    described[t + 1] = (described[t] ?? 0) + (m === OFFICES || m === DEVICE ? 1 : 0);
    plain[t + 1] = (plain[t] ?? 0) + (m === TERM || m === HAPPENS ? 1 : 0);
  }
}

/** Marks the words of health in the sentence [from, to); `at`: where they stand. */
function marks(tokens: Tokens, from: number, to: number, at: readonly number[]): void {
  const { start, flags, kind, span, phrase } = tokens;
  const { mark, word } = read;
  let next = firstFrom(at, start[from] ?? 0, at.length);
  for (let t = from; t < to; t += 1) {
    while (next < at.length && (at[next] ?? 0) < (start[t] ?? 0)) next += 1;
    const w = word[t] ?? 0;
    const said = (flags[t] ?? 0) | (phrase[t] ?? 0);
    if (at[next] === start[t] && ((said & HEALTH) !== 0 || (said & AILING) === 0 && (w & HURTS) === 0 && !FELL(tokens.listed[t] ?? 0))) {
      const after = t + (((phrase[t] ?? 0) & HEALTH) !== 0 ? Math.max(1, span[t] ?? 1) : 1);
      mark[t] = t > from && ((word[t - 1] ?? 0) & OURS) !== 0 && after < to && kind[after] !== DIGITS && ((flags[after] ?? 0) & KIN) === 0 ? OFFICES : describes(tokens, after, to);
      t = after - 1;
    } else if (((phrase[t] ?? 0) & AILING) !== 0) {
      const after = t + (span[t] ?? 1);
      mark[t] = after < to && ((word[after] ?? 0) & ORGANIZES) !== 0 ? OFFICES : HAPPENS;
    } else if (((flags[t] ?? 0) & AILING) !== 0 || FELL(tokens.listed[t] ?? 0) && !FIGURES(tokens.listed[t + 1] ?? 0) || (w & LAB) !== 0 && t + 2 < to && (kind[t + 1] === DIGITS || kind[t + 2] === DIGITS || kind[t + 3] === DIGITS)) mark[t] = HAPPENS;
    else if ((w & HURTS) !== 0) for (let k = Math.max(from, t - 4); k < to && k < t + 7; k += 1) if (((word[k] ?? 0) & BODILY) !== 0) mark[t] = HAPPENS;
  }
}

/** "diabetes protocol", "hepatitis C clinic", "stroke program": what follows is a thing of the office; "insulin pump": a device. */
export function describes({ gap, flags, kind }: Tokens, after: number, to: number): number {
  const { word } = read;
  for (let k = after; k < to && k - after < 4; k += 1) {
    if (((gap[k] ?? 0) & ~(SPACE | DASH | POSSESSIVE)) !== 0) return TERM;
    // "dialysis chair 11" is somebody's
    if (((word[k] ?? 0) & (ORGANIZES | WORK)) !== 0) return kind[k + 1] === DIGITS && k + 1 < to ? TERM : OFFICES;
    if (((word[k] ?? 0) & DEVICE_WORD) !== 0) return DEVICE;
    if (((flags[k] ?? 0) & (DOING | NAMING | FILLER)) !== 0) return TERM;
  }
  return TERM;
}

/** "on March 3.", "INR 4.2."; not "2. Ann Hale" of a list. */
function isFigure({ kind, flags }: Tokens, t: number): boolean {
  return kind[t] === DIGITS && (kind[t - 1] !== CAPITAL || ((flags[t - 1] ?? 0) & MONTH) !== 0);
}

function ends(tokens: Tokens, t: number): boolean {
  const g = tokens.gap[t] ?? 0;
  if ((g & APART) !== 0) return true;
  // "Dr. Shah", "J. Trevino", "1 p.m. for" go on
  return (g & STOP) !== 0 && (g & SPACE) !== 0 && !isAbbreviated(tokens, t - 1) && (isFigure(tokens, t - 1) || (tokens.end[t - 1] ?? 0) - (tokens.start[t - 1] ?? 0) > 1);
}
