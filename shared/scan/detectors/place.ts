/** Places smaller than a state: streets, mailboxes, cities, ZIP codes, places of care. 45 CFR 164.514(b)(2)(i)(B). Marks the tokens it takes. */
import { hashWord } from '../lexicon/fold.ts';
import {
  CARE_WEAK, CITY, COUNTRY, FACILITY, FACILITY_WEAK, FILLER, FIRST, HEALTH, INSTITUTION, KIN, LABEL, MONTH, NAMING, PROPER, ROLE, STATE, STATE_CODE, STREET_SURE, SURNAME, TITLE, UNIT, VISIT, WEEKDAY,
} from '../lexicon/lexicon.ts';
import {
  ALNUM, AMPERSAND, CAPITAL, CARET, CLOSE, COLON, COMMA, DASH, DIGITS, HARD, INITIAL, LOWER, MIXED, NEWLINE, OPEN, ordinary, POSSESSIVE, QUOTE, SLASH, SPACE, STOP, type Tokens, UPPER,
} from '../token.ts';
import type { Hit, Reason } from '../weight.ts';
import { labelBefore } from './label.ts';

const PREPOSITIONS = words('in at from near to around outside into of our the through via');
const AT = words('at in from to near with');
const HOMES = words('lives lived living resides residing resident moved relocated located native traveled travelled commutes home address addresses visiting born raised grew');
const SAINTS = words('st saint mt mount ste');
const OF = words('of for in at and the');
const SIDES = words('downtown main north south east west central uptown northwest northeast southwest southeast university general memorial regional community county city new campus children');
const DIRECTIONS = words('n s e w ne nw se sw north south east west');

function words(list: string): { readonly [hash: number]: true } {
  const set: { [hash: number]: true } = {};
  for (const word of list.split(' ')) set[hashWord(word)] = true;
  return set;
}

/** Tokens may stand in one name of a place. */
const APART = HARD | COMMA | COLON | OPEN | CLOSE | CARET | SLASH;

export function isCapital(tokens: Tokens, t: number): boolean {
  const k = tokens.kind[t] ?? 0;
  if (k === CAPITAL || k === INITIAL || k === UPPER) return true;
  if (k !== MIXED) return false;
  const c = tokens.text.charCodeAt(tokens.start[t] ?? 0);
  return c >= 65 && c <= 90 || c >= 0xc0;
}

function joined(tokens: Tokens, t: number): boolean {
  const g = tokens.gap[t] ?? 0;
  if ((g & APART) !== 0) return false;
  // a dot may only end an abbreviation
  if ((g & STOP) !== 0) {
    const p = t - 1;
    return SAINTS[tokens.hash[p] ?? 0] === true || tokens.kind[p] === INITIAL || ((tokens.flags[p] ?? 0) & (STREET_SURE | FACILITY | FACILITY_WEAK)) !== 0 && (tokens.end[p] ?? 0) - (tokens.start[p] ?? 0) <= 5;
  }
  return true;
}

export function places(tokens: Tokens, used: Uint8Array, hits: Hit[]): void {
  const { count, flags, phrase, span, hash, kind, gap, start, end, text } = tokens;
  const take = (from: number, to: number, rule: string, weight: number, reasons: readonly Reason[]): void => {
    for (let k = from; k <= to; k += 1) used[k] = 1;
    hits.push({ kind: 'GEO', rule, start: start[from] ?? 0, end: end[to] ?? 0, weight, reasons });
  };
  const isCity = (t: number): number => (t < count && isCapital(tokens, t) ? ((phrase[t] ?? 0) & (CITY | INSTITUTION) ? span[t] ?? 1 : (flags[t] ?? 0) & CITY ? 1 : 0) : 0);
  const isState = (t: number): number => {
    if (t >= count || !isCapital(tokens, t)) return 0;
    if (((phrase[t] ?? 0) & (STATE | COUNTRY)) !== 0) return span[t] ?? 1;
    return ((flags[t] ?? 0) & (STATE | COUNTRY)) !== 0 || (((flags[t] ?? 0) & STATE_CODE) !== 0 && kind[t] === UPPER && (end[t] ?? 0) - (start[t] ?? 0) === 2) ? 1 : 0;
  };
  /** ", City", ", ST 12345", " in City": what follows a place and belongs to it. */
  const tail = (to: number): number => {
    let last = to;
    for (let round = 0; round < 4; round += 1) {
      const n = last + 1;
      if (n >= count || used[n] === 1) return last;
      const g = gap[n] ?? 0;
      if ((g & ~(SPACE | COMMA | NEWLINE | STOP)) !== 0 || ((g & NEWLINE) !== 0 && (g & COMMA) === 0 && isState(n) === 0)) return last;
      const state = isState(n);
      const city = isCity(n);
      if ((g & STOP) !== 0 && (g & COMMA) === 0) return last;
      if (state > 0 && ((g & COMMA) !== 0 || round > 0 || kind[n] === UPPER)) last = n + state - 1;
      else if (city > 0 && ((g & COMMA) !== 0)) last = n + city - 1;
      else if (kind[n] === DIGITS && (end[n] ?? 0) - (start[n] ?? 0) === 5 && round > 0) {
        last = n;
        if (n + 1 < count && gap[n + 1] === DASH && kind[n + 1] === DIGITS && (end[n + 1] ?? 0) - (start[n + 1] ?? 0) === 4) last = n + 1;
      } else return last;
    }
    return last;
  };

  for (let t = 0; t < count; t += 1) {
    if (used[t] === 1) continue;
    const f = flags[t] ?? 0;
    const k = kind[t] ?? 0;
    if (k === DIGITS || k === ALNUM) {
      const last = street(tokens, t, used);
      if (last > t) {
        const stop = tail(unit(tokens, last));
        take(t, stop, 'geo.street', 14, ['street']);
        t = stop;
      }
      continue;
    }
    const box = poBox(tokens, t);
    if (box > t) {
      const stop = tail(box);
      take(t, stop, 'geo.box', 14, ['unit']);
      t = stop;
      continue;
    }
    const facility = ((phrase[t] ?? 0) & FACILITY) !== 0 ? span[t] ?? 1 : (f & FACILITY) !== 0 ? 1 : 0;
    const weak = facility === 0 && ((phrase[t] ?? 0) & FACILITY_WEAK) !== 0 ? span[t] ?? 1 : facility === 0 && (f & FACILITY_WEAK) !== 0 ? 1 : 0;
    if (facility + weak > 0) {
      const found = careBefore(tokens, t, facility > 0, used);
      if (found < t) {
        let to = t + Math.max(facility, weak) - 1;
        to = careAfter(tokens, to, used);
        to = tail(to);
        const famous = ((phrase[found] ?? 0) | (flags[found] ?? 0)) & INSTITUTION;
        take(found, to, famous !== 0 ? 'geo.institution' : 'geo.facility', facility > 0 ? 12 : 8, [famous !== 0 ? 'institution' : 'facility']);
        t = to;
      } else if (facility > 0 && isCapital(tokens, t)) {
        // "Hospital for Special Surgery", "Children's Hospital of Philadelphia" without a word before
        const to = careAfter(tokens, t + facility - 1, used);
        if (to > t + facility - 1) {
          take(t, tail(to), 'geo.facility', 8, ['facility']);
          t = to;
        }
      }
      continue;
    }
  }
  named(tokens, used, take, tail, isCity, isState);
  void text;
  void hash;
}

type Take = (from: number, to: number, rule: string, weight: number, reasons: readonly Reason[]) => void;

/** Institutions, saints, cities and what follows "seen at". */
function named(tokens: Tokens, used: Uint8Array, take: Take, tail: (to: number) => number, isCity: (t: number) => number, isState: (t: number) => number): void {
  const { count, flags, phrase, span, hash, kind, gap } = tokens;
  for (let t = 0; t < count; t += 1) {
    if (used[t] === 1 || !isCapital(tokens, t)) continue;
    const f = flags[t] ?? 0;
    const p = t - 1;
    const before = p >= 0 && ((gap[t] ?? 0) & (HARD | STOP | COMMA | OPEN)) === 0 ? hash[p] ?? 0 : 0;
    const visited = visit(tokens, t);
    if (((phrase[t] ?? 0) & INSTITUTION) !== 0 || ((f & INSTITUTION) !== 0 && (AT[before] === true || visited || kind[t] === UPPER))) {
      let to = t + Math.max(1, ((phrase[t] ?? 0) & INSTITUTION) !== 0 ? span[t] ?? 1 : 1) - 1;
      to = tail(careAfter(tokens, to, used));
      take(t, to, 'geo.institution', 10, ['institution']);
      t = to;
      continue;
    }
    if (SAINTS[hash[t] ?? 0] === true && t + 1 < count && isCapital(tokens, t + 1) && joined(tokens, t + 1) && used[t + 1] !== 1) {
      const owned = t + 2 >= count || ((gap[t + 2] ?? 0) & (POSSESSIVE | QUOTE)) !== 0;
      const city = isCity(t);
      if (owned || city > 0 || PREPOSITIONS[before] === true) {
        const to = tail(Math.max(t + 1, t + city - 1));
        take(t, to, 'geo.saint', 8, ['facility']);
        t = to;
        continue;
      }
    }
    const city = isCity(t);
    if (city > 0 && (f & MONTH) === 0) {
      const to = tail(t + city - 1);
      const ambiguous = city === 1 && ((f & (FIRST | SURNAME)) !== 0 || ordinary(tokens, t));
      const nameBeside = city === 1 && ((t > 0 && isCapital(tokens, t - 1) && ((gap[t] ?? 0) & ~SPACE) === 0 && ((flags[t - 1] ?? 0) & (FIRST | TITLE)) !== 0 && used[t - 1] !== 1)
        || (t + 1 < count && gap[t + 1] === SPACE && isCapital(tokens, t + 1) && ((flags[t + 1] ?? 0) & (SURNAME)) !== 0 && to === t) || (t + 1 < count && kind[t + 1] === INITIAL && gap[t + 1] === SPACE));
      const home = PREPOSITIONS[before] === true || visited;
      if (to > t + city - 1) take(t, to, 'geo.city-state', nameBeside ? 3 : 10, ['city-state']);
      else if (home && !nameBeside) take(t, to, 'geo.city', 6, ['city']);
      else if (!ambiguous && !nameBeside) take(t, to, 'geo.city', 2, ['city']);
      else continue;
      t = to;
      continue;
    }
    // "seen at Elmhurst", "admitted to Bayview": a place of care by its company
    if ((visited || homeBefore(tokens, t)) && (f & (MONTH | WEEKDAY | HEALTH | KIN | TITLE | ROLE | PROPER | LABEL)) === 0 && (AT[before] === true || before === hashWord('the') || before === hashWord('our'))) {
      let to = t;
      while (to + 1 < count && isCapital(tokens, to + 1) && joined(tokens, to + 1) && used[to + 1] !== 1 && to - t < 4 && ((flags[to + 1] ?? 0) & (MONTH | LABEL)) === 0) to += 1;
      const person = (f & FIRST) !== 0 && !ordinary(tokens, t);
      if (!person && !(ordinary(tokens, t) && to === t)) {
        const stop = tail(to);
        take(t, stop, stop > to ? 'geo.city-state' : 'geo.visit', stop > to ? 8 : 4, ['visit']);
        t = stop;
        continue;
      }
    }
    // "Anytown, CA": a state code makes a city of any capitalised word
    if (kind[t] === CAPITAL && t + 1 < count && ((gap[t + 1] ?? 0) & COMMA) !== 0 && ((gap[t + 1] ?? 0) & HARD) === 0 && isState(t + 1) > 0 && kind[t + 1] === UPPER && (f & (FIRST | MONTH | WEEKDAY | LABEL | TITLE)) === 0 && ((flags[t + 1] ?? 0) & STATE_CODE) !== 0) {
      let from = t;
      while (from > 0 && gap[from] === SPACE && kind[from - 1] === CAPITAL && used[from - 1] !== 1 && t - from < 2 && ((flags[from - 1] ?? 0) & (FIRST | MONTH | LABEL | TITLE | KIN)) === 0 && !ordinary(tokens, from - 1)) from -= 1;
      if (!MEDICAL_LETTERS[hash[t + 1] ?? 0] || tail(t) > t + 1) {
        const to = tail(t);
        if (to > t) {
          take(from, to, 'geo.city-state', 8, ['city-state']);
          t = to;
        }
      }
    }
  }
}

/** State codes that also stand after a person's name. */
const MEDICAL_LETTERS = words('md ma pa nd va de la co');

/** A word of being treated within the four words before, joined by at, to, in … */
function visit(tokens: Tokens, t: number): boolean {
  const { flags, gap, hash } = tokens;
  for (let j = t; j > 0 && t - j < 5; j -= 1) {
    if (((gap[j] ?? 0) & (HARD | STOP | OPEN)) !== 0) return false;
    if (((flags[j - 1] ?? 0) & VISIT) !== 0) return AT[hash[t - 1] ?? 0] === true || (flags[t - 1] ?? 0) === (flags[j - 1] ?? 0) || ((flags[t - 1] ?? 0) & FILLER) !== 0;
  }
  return false;
}

function homeBefore(tokens: Tokens, t: number): boolean {
  for (let j = t; j > 0 && t - j < 4; j -= 1) {
    if (((tokens.gap[j] ?? 0) & (HARD | STOP)) !== 0) return false;
    if (HOMES[tokens.hash[j - 1] ?? 0] === true) return true;
  }
  return false;
}

const NEVER = FILLER | NAMING | VISIT | KIN | TITLE | LABEL | MONTH | WEEKDAY;

/** First token of the name before a facility word at `t`; `t` when there is none. */
function careBefore(tokens: Tokens, t: number, sure: boolean, used: Uint8Array): number {
  const { flags, phrase, hash, kind, gap, span, start, end } = tokens;
  const low = kind[t] === LOWER;
  let from = t;
  while (from > 0 && used[from - 1] !== 1 && t - from < 7) {
    const p = from - 1;
    if (!joined(tokens, from)) break;
    const capital = isCapital(tokens, p);
    const f = flags[p] ?? 0;
    if (capital) {
      // "Patient Clinic", "Dear Hospital"
      if ((f & (KIN | TITLE | LABEL | WEEKDAY)) !== 0 && (f & (CITY | FIRST | SURNAME)) === 0 && SAINTS[hash[p] ?? 0] !== true) break;
      from = p;
    } else if ((OF[hash[p] ?? 0] === true || ((gap[from] ?? 0) & AMPERSAND) !== 0) && p > 0 && isCapital(tokens, p - 1) && ((gap[p] ?? 0) & APART) === 0 && used[p - 1] !== 1 && from < t) from = p;
    else if (SIDES[hash[p] ?? 0] === true && low && p > 0 && isCapital(tokens, p - 1)) from = p;
    else break;
  }
  // words of the sentence that merely begin with a capital
  while (from < t && (((flags[from] ?? 0) & NEVER) !== 0 || OF[hash[from] ?? 0] === true) && SAINTS[hash[from] ?? 0] !== true && ((flags[from] ?? 0) & (CITY | SURNAME)) === 0 && (phrase[from] ?? 0) === 0) from += 1;
  if (from === t) return t;
  const first = flags[from] ?? 0;
  const known = ((phrase[from] ?? 0) & (CITY | INSTITUTION | STATE)) !== 0 || (first & (CITY | INSTITUTION | STATE)) !== 0 || SAINTS[hash[from] ?? 0] === true || kind[from] === UPPER && (first & HEALTH) === 0 && (end[from] ?? 0) - (start[from] ?? 0) > 2;
  void span;
  if (known) return from;
  if (from < t && (first & HEALTH) !== 0 && from + 1 === t) return sure && !low && SIDES[hash[from] ?? 0] === true ? from : t;
  if (low || !sure) {
    // "Lakeside facility": an unknown name before a weak or lower-case word
    let odd = false;
    for (let k = from; k < t; k += 1) if (!ordinary(tokens, k) && ((flags[k] ?? 0) & (HEALTH | PROPER | CARE_WEAK)) === 0) odd = true;
    return odd && (sure || !low) ? from : t;
  }
  const opening = from === 0 || ((tokens.gap[from] ?? 0) & (STOP | NEWLINE)) !== 0;
  return opening && from + 1 === t && ordinary(tokens, from) && SIDES[hash[from] ?? 0] !== true ? t : from;
}

/** "… of Philadelphia", "… Medical Center Los Angeles", "… in Rochester": the rest of a facility's name. */
function careAfter(tokens: Tokens, to: number, used: Uint8Array): number {
  const { count, flags, phrase, span, hash, gap, kind } = tokens;
  let last = to;
  for (let n = to + 1; n < count && used[n] !== 1 && n - to < 7; n += 1) {
    if (((gap[n] ?? 0) & (APART & ~SLASH)) !== 0 || ((gap[n] ?? 0) & STOP) !== 0 && !joined(tokens, n)) break;
    const f = flags[n] ?? 0;
    if (isCapital(tokens, n) && (f & (MONTH | WEEKDAY | TITLE | LABEL)) === 0 && ((f & (CITY | STATE | FACILITY | FACILITY_WEAK | INSTITUTION | COUNTRY)) !== 0 || ((phrase[n] ?? 0) & (CITY | STATE | FACILITY | FACILITY_WEAK)) !== 0 || last < n - 1 || (last === n - 1 && kind[n] === CAPITAL && (f & (FIRST | HEALTH)) === 0 && n - to < 3))) {
      last = n + Math.max(1, (phrase[n] ?? 0) !== 0 ? span[n] ?? 1 : 1) - 1;
      n = last;
    } else if (kind[n] === LOWER && (f & (FACILITY | FACILITY_WEAK)) !== 0 && ((f & CARE_WEAK) !== 0 || (f & FACILITY) !== 0 || ((phrase[n] ?? 0) & FACILITY) !== 0)) {
      last = n + Math.max(1, ((phrase[n] ?? 0) & FACILITY) !== 0 ? span[n] ?? 1 : 1) - 1;
      n = last;
    } else if ((OF[hash[n] ?? 0] === true || ((gap[n] ?? 0) & AMPERSAND) !== 0) && n + 1 < count && isCapital(tokens, n + 1) && used[n + 1] !== 1
      && (hash[n] === hashWord('of') || ((flags[n + 1] ?? 0) & (CITY | STATE)) !== 0 || ((phrase[n + 1] ?? 0) & (CITY | STATE)) !== 0)) continue;
    else break;
  }
  return last;
}

/** "1234 S. Elm St", "9444 Heritage St.", "291 6th Dr.": last token of a street that begins with the number at `t`, or `t`. */
function street(tokens: Tokens, t: number, used: Uint8Array): number {
  const { count, flags, kind, gap, hash, start, end, text } = tokens;
  if ((end[t] ?? 0) - (start[t] ?? 0) > 6 || !/^\d{1,6}[A-Za-z]?$/.test(text.slice(start[t], end[t]))) return t;
  let names = 0;
  for (let n = t + 1; n < count && n - t < 8; n += 1) {
    const g = gap[n] ?? 0;
    if (used[n] === 1 || (g & (HARD | COLON | OPEN | CLOSE | COMMA)) !== 0 || ((g & STOP) !== 0 && (end[n - 1] ?? 0) - (start[n - 1] ?? 0) > 3) || (g & SPACE) === 0 && (g & (DASH | POSSESSIVE | QUOTE)) === 0) return t;
    const f = flags[n] ?? 0;
    const k = kind[n] ?? 0;
    if ((f & STREET_SURE) !== 0 && names > 0 && (isCapital(tokens, n) || n === t + 2 || k === LOWER && names < 4)) {
      // "St" may be a saint: go on if a street word follows at once
      if (n + 1 < count && ((flags[n + 1] ?? 0) & STREET_SURE) !== 0 && isCapital(tokens, n + 1) && gap[n + 1] === SPACE && used[n + 1] !== 1) return n + 1;
      return n;
    }
    if (isCapital(tokens, n) || (k === ALNUM && /^\d{1,3}(?:st|nd|rd|th)$/i.test(text.slice(start[n], end[n])))) names += 1;
    else if (DIRECTIONS[hash[n] ?? 0] !== true && !(k === LOWER && n === t + 1 && ((flags[n + 1] ?? 0) & STREET_SURE) !== 0 && !ordinary(tokens, n))) return t;
  }
  return t;
}

/** ", Apt. 5B" after a street. */
function unit(tokens: Tokens, last: number): number {
  const { count, flags, gap, kind, text, start } = tokens;
  const n = last + 1;
  if (n >= count) return last;
  if (((flags[n] ?? 0) & UNIT) !== 0 && ((gap[n] ?? 0) & ~(SPACE | COMMA | STOP | NEWLINE)) === 0 && n + 1 < count && ((gap[n + 1] ?? 0) & (NEWLINE | COMMA)) === 0 && (kind[n + 1] === DIGITS || kind[n + 1] === ALNUM || kind[n + 1] === INITIAL)) return n + 1;
  if (((gap[n] ?? 0) & ~(SPACE | COMMA)) === 0x2000 || text.charAt((start[n] ?? 1) - 1) === '#') return kind[n] === DIGITS || kind[n] === ALNUM ? n : last;
  return last;
}

const PO = hashWord('po');
const P = hashWord('p');
const O = hashWord('o');
const BOX = hashWord('box');

function poBox(tokens: Tokens, t: number): number {
  const { hash, kind, count } = tokens;
  const box = hash[t] === PO ? t + 1 : hash[t] === P && hash[t + 1] === O ? t + 2 : -1;
  return box > 0 && box + 1 < count && hash[box] === BOX && (kind[box + 1] === DIGITS || kind[box + 1] === ALNUM) ? box + 1 : t;
}

/** "City: Springfield", "Address: …": the rest of a labelled line. */
export function labelledPlaces(tokens: Tokens, used: Uint8Array, hits: Hit[]): void {
  const { count, gap, start, end, kind } = tokens;
  for (let t = 1; t < count; t += 1) {
    if (((gap[t] ?? 0) & COLON) === 0 || used[t] === 1 || !(isCapital(tokens, t) || kind[t] === DIGITS)) continue;
    const label = labelBefore(tokens, t);
    if (label === undefined || label.far > 0 || (label.kind !== 'place' && label.kind !== 'address')) continue;
    let to = t;
    const limit = label.kind === 'address' ? 14 : 4;
    while (to + 1 < count && to - t < limit && ((gap[to + 1] ?? 0) & (HARD | COLON | OPEN)) === 0 && used[to + 1] !== 1 && (isCapital(tokens, to + 1) || kind[to + 1] === DIGITS || kind[to + 1] === ALNUM)) to += 1;
    for (let k = t; k <= to; k += 1) used[k] = 1;
    hits.push({ kind: 'GEO', rule: 'geo.labelled', start: start[t] ?? 0, end: end[to] ?? 0, weight: 14, reasons: ['label'] });
    t = to;
  }
}
