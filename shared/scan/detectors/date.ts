/**
 * Dates more exact than a year, and ages of 90 and more: 45 CFR 164.514(b)(2)(i)(C). A year alone, a weekday, "last summer" are none.
 */
import { wordSet } from '../lexicon/closed.ts';
import { hashWord } from '../lexicon/fold.ts';
import { MONTH, VISIT, WEEKDAY } from '../lexicon/lexicon.ts';
import { ALNUM, DASH, DIGITS, HARD, LOWER, SLASH, SPACE, STOP, type Tokens } from '../token.ts';
import type { Hit, Reason } from '../weight.ts';
import type { Label } from './label.ts';

const NAME = '(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)';
const TIME = '(?:[T ,]{1,2}\\d{1,2}:\\d{2}(?::\\d{2}(?:\\.\\d{1,9})?)?(?: ?[AaPp][Mm]\\b)?(?: ?(?:Z\\b|[+-]\\d{2}:?\\d{2}(?!\\d)))?)?';
const DAY = '(?:0?[1-9]|[12]\\d|3[01])';
const MON = '(?:0?[1-9]|1[0-2])';
const ORDINAL = '(?:st|nd|rd|th)?';
/** 2023, '23, ’23; two bare digits only after a day and a separator */
const YEAR = '(?:(?:19|20)\\d{2}|[\'\u2019]\\d{2})(?!\\d)';

const ISO = new RegExp(`(?:1[89]|2[0-2])\\d{2}([-/.])${MON}\\1${DAY}(?!\\d)${TIME}`, 'y');
const NUMERIC = new RegExp(`(\\d{1,2})([-/.]| [-/] )(\\d{1,2})\\2(?:(?:19|20)\\d{2}|\\d{2})(?![\\d/]|[-.]\\d)${TIME}`, 'y');
const MONTH_YEAR = new RegExp(`${MON}/(?:19|20)\\d{2}(?![\\d/])`, 'y');
const MONTH_DAY = new RegExp(`${MON}/${DAY}(?![\\d/%])`, 'y');
const DAY_FIRST = new RegExp(`${DAY}${ORDINAL}(?:(?: day)? of | ?[-/. ] ?| ?)${NAME}(?=\\b|\\d)\\.?(?:[-/, ]{0,3}(?:${YEAR}|\\d{2}(?![\\d:]| ?(?:mg|mL|am|pm|%)))|(?= ))?`, 'iy');
const MONTH_FIRST = new RegExp(`${NAME}\\b(?:\\.? ?|-)(?:(${DAY})${ORDINAL}(?![\\d:])(?:(?:,? |, ?|-|/)(?:${YEAR}|\\d{2}(?![\\d:,]| ?[a-z%])))?|,? ?${YEAR})`, 'iy');
const COMPACT = /(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:\d{4}(?:\d{2})?)?(?!\d)|(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:19|20)?\d{2}(?!\d)/y;

function at(shape: RegExp, text: string, start: number): number {
  shape.lastIndex = start;
  return shape.exec(text) === null ? -1 : shape.lastIndex;
}

/** Months before days or days before months: either may be meant. */
function isCalendar(text: string, start: number, labelled: boolean): number {
  NUMERIC.lastIndex = start;
  const found = NUMERIC.exec(text);
  if (found === null) return -1;
  const a = Number(found[1]);
  const b = Number(found[3]);
  const plausible = (a >= 1 && a <= 12 && b >= 1 && b <= 31) || (a >= 1 && a <= 31 && b >= 1 && b <= 12);
  // "1.2.36" is as well a version or a section
  if (found[2] === '.' && !labelled && (found[0].length < 7 && a < 13 && b < 13 || text.charAt(start - 1) === '.' || text.charAt(start - 1) === ':')) return -1;
  return plausible ? NUMERIC.lastIndex : -1;
}

function push(hits: Hit[], start: number, end: number, rule: string, weight: number, reason: Reason, label: Label | undefined): void {
  const birth = label !== undefined && label.kind === 'dob';
  hits.push({ kind: 'DATE', rule: birth ? 'date.birth' : rule, start, end, weight: weight + (birth ? 12 : 0), reasons: birth ? ['birth', reason] : [reason] });
}

const FOR_DAY = wordSet('for until by from till thru through is was');

/** A word of being treated, or booked, in the three words before. */
function visitBefore({ flags, gap }: Tokens, t: number): boolean {
  for (let j = t - 1; j >= 0 && t - j < 5 && ((gap[j + 1] ?? 0) & (HARD | STOP)) === 0; j -= 1) if (((flags[j] ?? 0) & VISIT) !== 0) return true;
  return false;
}

const ON = hashWord('on');
const SINCE = hashWord('since');
const DATED = hashWord('dated');

/** "4 / 17 / 1968" */
function isSpaced(text: string, end: number): boolean {
  const mark = text.charCodeAt(end + 1);
  return (mark === 47 || mark === 45) && /^ (.) \d{1,2} \1 (?:19|20)\d{2}(?!\d)/.test(text.slice(end, end + 13));
}

/** A date that begins with the digits at token `t`; answers its end, or -1. */
export function dateAt(tokens: Tokens, t: number, label: Label | undefined, hits: Hit[]): number {
  const { text, start, end: ends, kind, hash, flags, count } = tokens;
  const s = start[t] ?? 0;
  const length = (ends[t] ?? 0) - s;
  const next = text.charCodeAt(ends[t] ?? 0);
  // what follows the digits decides which shapes can fit: most numbers are dismissed here
  const numeric = kind[t] === DIGITS && (next === 45 || next === 47 || next === 46 || next === 32 && length <= 2 && isSpaced(text, ends[t] ?? 0));
  let end = numeric && length === 4 ? at(ISO, text, s) : -1;
  if (end > 0) {
    push(hits, s, end, 'date.iso', 14, 'numeric', label);
    return end;
  }
  end = numeric && length <= 2 ? isCalendar(text, s, label?.kind === 'dob' || label?.kind === 'date') : -1;
  if (end > 0) {
    push(hits, s, end, 'date.numeric', 12, 'numeric', label);
    return end;
  }
  const month = length <= 6 && (((flags[t] ?? 0) | (t + 1 < count ? flags[t + 1] ?? 0 : 0) | (t + 2 < count ? flags[t + 2] ?? 0 : 0) | (t + 3 < count ? flags[t + 3] ?? 0 : 0)) & MONTH) !== 0;
  end = month || (kind[t] === ALNUM && length > 4) ? at(DAY_FIRST, text, s) : -1;
  if (end > 0) {
    end = trimEnd(text, end);
    push(hits, s, end, 'date.words', 14, 'month', label);
    return end;
  }
  if (next === 47 && length <= 2) {
    end = at(MONTH_YEAR, text, s);
    if (end > 0) {
      push(hits, s, end, 'date.month', 3, 'month', label);
      return end;
    }
    end = at(MONTH_DAY, text, s);
    if (end > 0) {
      const before = t > 0 ? hash[t - 1] ?? 0 : 0;
      const cue = FOR_DAY(t > 0 ? tokens.listed[t - 1] ?? 0 : 0) && visitBefore(tokens, t) || before === ON || before === SINCE || before === DATED || (t > 0 && ((flags[t - 1] ?? 0) & VISIT) !== 0) || label?.kind === 'date' || label?.kind === 'dob';
      if (cue && !/^ ?(?:mm ?hg|bpm|mg|ml|cm|in\b|%)/i.test(text.slice(end, end + 8))) {
        push(hits, s, end, 'date.short', 6, 'numeric', label);
        return end;
      }
    }
  }
  if (label?.kind === 'dob') {
    end = at(COMPACT, text, s);
    if (end > 0) {
      push(hits, s, end, 'date.compact', 10, 'numeric', label);
      return end;
    }
  }
  return -1;
}

function trimEnd(text: string, end: number): number {
  let e = end;
  while (e > 0 && ' ,.'.indexOf(text.charAt(e - 1)) >= 0) e -= 1;
  return e;
}

/** Words that are months only with a capital: "may", "march", "mar", "dec". */
const DOUBTFUL = ['may', 'march', 'mar', 'sun', 'dec', 'jan', 'august'].map(hashWord);

/** A date that begins with the month at token `t`. */
export function monthAt(tokens: Tokens, t: number, label: Label | undefined, hits: Hit[]): number {
  const { text, start, kind, hash, flags } = tokens;
  if (((flags[t] ?? 0) & MONTH) === 0 || (kind[t] === LOWER && DOUBTFUL.indexOf(hash[t] ?? 0) >= 0)) return -1;
  const s = start[t] ?? 0;
  MONTH_FIRST.lastIndex = s;
  const found = MONTH_FIRST.exec(text);
  if (found === null) return spelled(tokens, t, label, hits);
  const end = trimEnd(text, MONTH_FIRST.lastIndex);
  // the two figures of "May '23" may be a day
  const day = found[1] !== undefined || !(text.charCodeAt(end - 3) >= 48 && text.charCodeAt(end - 3) <= 57);
  push(hits, s, end, day ? 'date.words' : 'date.month', day ? 14 : 4, 'month', label);
  return end;
}

const ORDINALS = wordSet('first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth thirtieth');
const TENS = wordSet('twenty thirty');
const CENTURY = wordSet('nineteen twenty two');
const YEAR_WORDS = wordSet('nineteen twenty thirty forty fifty sixty seventy eighty ninety two thousand hundred oh ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen one three four five six seven eight nine');

/** "the fourth of March nineteen sixty-one", "March twenty-third, twenty twenty-four"; the month is at token `t`. */
function spelled({ listed, gap, start, end, count }: Tokens, t: number, label: Label | undefined, hits: Hit[]): number {
  const beside = (k: number): boolean => k > 0 && k < count && ((gap[k] ?? 0) & (HARD | STOP)) === 0;
  let from = t;
  let last = t;
  if (beside(t) && ORDINALS(listed[t - 1] ?? 0)) from = t - 1;
  else if (beside(t) && beside(t - 1) && t > 1 && OF(listed[t - 1] ?? 0) && ORDINALS(listed[t - 2] ?? 0)) from = t - 2;
  if (from < t && from > 0 && TENS(listed[from - 1] ?? 0) && gap[from] === DASH) from -= 1;
  if (from === t) {
    const day = t + 1 < count && TENS(listed[t + 1] ?? 0) && gap[t + 2] === DASH ? t + 2 : t + 1;
    if (!beside(t + 1) || !ORDINALS(listed[day] ?? 0)) return -1;
    last = day;
  }
  if (beside(last + 1) && CENTURY(listed[last + 1] ?? 0) && beside(last + 2) && YEAR_WORDS(listed[last + 2] ?? 0)) for (let k = 0; k < 5 && beside(last + 1) && YEAR_WORDS(listed[last + 1] ?? 0); k += 1) last += 1;
  push(hits, start[from] ?? 0, end[last] ?? 0, 'date.words', 14, 'month', label);
  return end[last] ?? 0;
}

const OF = wordSet('of');
const OLD = /^(?:[- ]?(?:years?|yrs?)[- ]?(?:old|of age)\b| ?(?:yo|y\/o|yr old|years)\b| ?y\.o\.?(?![a-z]))/i;

/** 45 CFR 164.514(b)(2)(i)(C): all ages over 89. */
export function ageAt(tokens: Tokens, t: number, label: Label | undefined, hits: Hit[]): void {
  const { text, start, end, kind } = tokens;
  const s = start[t] ?? 0;
  const length = (end[t] ?? 0) - s;
  const first = text.charCodeAt(s);
  // 90–99, 100–119; "97yo" is one mixed token
  if (!((first === 57 && length >= 2) || (first === 49 && length >= 3))) return;
  const found = /^(?:9\d|1[01]\d)(?!\d)/.exec(text.slice(s, s + 4));
  if (found === null) return;
  const e = s + found[0].length;
  // "93F with CHF", not a fever of 101F
  const sexed = /^ ?[FMfm](?:,| (?:with|w\/|who|presents|presenting|presented|admitted|seen|s\/p|c\/o|h\/o|pt|patient)\b)/.test(text.slice(e, e + 14)) && !/(?:temp(?:erature)?|fever|tmax|T)\W*(?:of |to |was |is )?$/i.test(text.slice(Math.max(0, s - 24), s));
  const named = sexed || label !== undefined && label.kind === 'age' && label.far === 0 && kind[t] === DIGITS;
  const decade = /^s\b/.test(text.slice(e, e + 2)) && /\b(?:her|his|their|my) $/.test(text.slice(Math.max(0, s - 8), s));
  const turned = /\b(?:turn(?:ed|s|ing)|(?:is|was) now) $/i.test(text.slice(Math.max(0, s - 10), s)) && !/^ ?(?:[%\u00b0\d./]|degrees|percent|pages|days|months|mg)/.test(text.slice(e, e + 9));
  const feted = /^(?:th|st|nd|rd) b(?:irth)?-?day/i.test(text.slice(e, e + 12));
  if (!named && !decade && !turned && !feted && !OLD.test(text.slice(e, e + 16))) return;
  hits.push({ kind: 'AGE90', rule: 'age.over-89', start: s, end: e, weight: 11, reasons: ['age'] });
}

const TENS_OF_OLD = wordSet('ninety hundred');
const ONES = wordSet('and a one two three four five six seven eight nine ten eleven twelve');
const YEARS = wordSet('year years yr yrs yo');
const TURNED = wordSet('turned turns turning aged age');

/** "ninety-three-year-old", "turned ninety" */
export function spelledAges({ count, listed, listsSeen, start, end, gap }: Tokens, hits: Hit[]): void {
  if (!TENS_OF_OLD.in(listsSeen)) return;
  for (let t = 0; t < count; t += 1) {
    if (!TENS_OF_OLD(listed[t] ?? 0)) continue;
    let last = t;
    while (last + 1 < count && last - t < 3 && ONES(listed[last + 1] ?? 0) && ((gap[last + 1] ?? 0) & (HARD | STOP)) === 0) last += 1;
    if (!(YEARS(listed[last + 1] ?? 0) && last + 1 < count) && !(t > 0 && TURNED(listed[t - 1] ?? 0))) continue;
    hits.push({ kind: 'AGE90', rule: 'age.over-89', start: start[t] ?? 0, end: end[last] ?? 0, weight: 11, reasons: ['age'] });
  }
}

const LAST = hashWord('last');
const THIS = hashWord('this');
const THE = hashWord('the');
/** Before a day on which something was or will be. */
const BY_DAY = wordSet('on by until till starting started since from before after for visit appt appointment seen due thru through dated called admitted discharged dc onset dx ends end starts begins back lmp last next');
const PERIODS = ['week', 'month', 'night'].map(hashWord);

/** "the 8th", "the 31st" */
const NTH = /^(?:[1-9]|[12]\d|3[01])(?:st|nd|rd|th)$/i;
/** What is counted besides days: "the 3rd floor", "the 5th dose". */
const COUNTED = wordSet('floor dose grade time visit cycle street ave avenue round edition century percentile attempt toe finger rib metatarsal week day one digit cranial nerve intercostal space place');
const RATIOS = wordSet('gcs mmse moca slums score scored phq gad pain strength vision murmur reflexes pulses edema ratio moderate');
/** "10/12", not "10/10" or "12/12" */
const TWICE = /^(1[012])\/(?!\1|15)[0-3]\d$/;
const CLOCK = /^,? ?(?:at )?(?:[01]?\d|2[0-3]):?[0-5]\d\b/;

/** Days that say little by themselves: "seen at … last week", "on the 20th", "No show 4/16". They count only beside a named patient, which the caller knows. */
export function relativeDates(tokens: Tokens, hits: Hit[]): void {
  const { text, count, hash, gap, flags, kind, listed, start, end } = tokens;
  const found = (from: number, to: number): void => {
    hits.push({ kind: 'DATE', rule: 'date.relative', start: start[from] ?? 0, end: to, weight: 3, reasons: ['relative'] });
  };
  for (let t = 1; t < count; t += 1) {
    if (((gap[t] ?? 0) & (HARD | STOP)) !== 0 && kind[t] !== DIGITS) continue;
    if (kind[t] === ALNUM) {
      // "on the 20th", "Saturday the 8th"
      if (hash[t - 1] !== THE || gap[t] !== SPACE || t < 2 || !NTH.test(text.slice(start[t], end[t])) || gap[t + 1] === SPACE && COUNTED(listed[t + 1] ?? 0)) continue;
      const weekday = ((flags[t - 2] ?? 0) & WEEKDAY) !== 0;
      if (weekday || BY_DAY(listed[t - 2] ?? 0)) found(weekday ? t - 2 : t - 1, end[t] ?? 0);
    } else if (kind[t] === DIGITS) {
      if (text.charCodeAt(end[t] ?? 0) !== 47 || (end[t] ?? 0) - (start[t] ?? 0) > 2 || ((gap[t] ?? 0) & SLASH) !== 0) continue;
      const stop = at(MONTH_DAY, text, start[t] ?? 0);
      if (stop < 0 || RATIOS(listed[t - 1] ?? 0) || RATIOS(listed[t - 2] ?? 0) || RATIOS(listed[t + 2] ?? 0) || /^ ?(?:mm ?hg|bpm|mg|ml|cm|in\b|inch|tabs?\b|%|")/i.test(text.slice(stop, stop + 8))) continue;
      const day = Number(text.slice((end[t] ?? 0) + 1, stop));
      // "12/03 22:41", "11/14"; but half of the fractions and scales there are end in no more than twelve
      const weekday = gap[t] === SPACE && ((flags[t - 1] ?? 0) & WEEKDAY) !== 0;
      if (weekday) found(t - 1, stop);
      else if (day > 12 && day !== 15 && day !== 16 && day !== 30 || TWICE.test(text.slice(start[t], stop)) || CLOCK.test(text.slice(stop, stop + 9)) || BY_DAY(listed[t - 1] ?? 0) && !/^1\/|^2\/3|^3\/4|10$/.test(text.slice(start[t], stop))) found(t, stop);
    } else if (hash[t - 1] === LAST || hash[t - 1] === THIS) {
      const weekday = ((flags[t] ?? 0) & WEEKDAY) !== 0;
      if (weekday || hash[t - 1] === LAST && PERIODS.indexOf(hash[t] ?? 0) >= 0) found(t - 1, end[t] ?? 0);
    }
  }
}
