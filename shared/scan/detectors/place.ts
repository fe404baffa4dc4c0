/** Places of care, cities and what "seen at" points to. 45 CFR 164.514(b)(2)(i)(B). Marks the tokens it takes. */
import { wordSet } from '../lexicon/closed.ts';
import { hashWord } from '../lexicon/fold.ts';
import {
  CARE_WEAK, CITY, COUNTRY, EPONYM, FACILITY, FACILITY_WEAK, FILLER, FIRST, HEALTH, INSTITUTION, KIN, LABEL, MONTH, NAMING, PROPER, ROLE, STATE, STATE_CODE, STREET_SURE, SURNAME, TITLE, VISIT, WEEKDAY,
} from '../lexicon/lexicon.ts';
import { ALNUM, AMPERSAND, CAPITAL, CARET, CLOSE, COLON, COMMA, DIGITS, HARD, INITIAL, LOWER, NEWLINE, OPEN, ordinary, POSSESSIVE, QUOTE, SLASH, SPACE, STOP, type Tokens, UPPER } from '../token.ts';
import type { Hit } from '../weight.ts';
import { cityAt, type Ground, isCapital, stateAt, tailOf, take } from './street.ts';

const PREPOSITIONS = wordSet('in at from near to around outside into of our the through via');
const AT = wordSet('at in from to near');
const HOMES = wordSet('lives lived living resides residing resident moved relocated located native traveled travelled commutes home visiting born raised grew');
const SAINTS = wordSet('st saint mt mount ste');
const SHORTENED = wordSet('hosp ctr med dept univ lab rehab');
const OF = wordSet('of for and the');
const OF_OR_IN = wordSet('of for in at and the');
const SIDES = wordSet('downtown main north south east west central uptown northwest northeast southwest southeast university general memorial regional community county city new campus children');
/** What a hospital's name ends with: "Tampa General", "Penn Presbyterian"; not who is one. */
const ENDINGS = wordSet('general memorial presbyterian methodist baptist regional');
const GENERALS = wordSet('attorney surgeon inspector solicitor secretary director postmaster');
const CASES = wordSet('male female man woman boy girl patient pt gentleman lady child');
const COUNTY = hashWord('county');
const THE = hashWord('the');
const OUR = hashWord('our');
const OF_WORD = hashWord('of');

/** Tokens may stand in one name of a place. */
const APART = HARD | COMMA | COLON | OPEN | CLOSE | CARET | SLASH;

function joined(tokens: Tokens, t: number): boolean {
  const g = tokens.gap[t] ?? 0;
  if ((g & APART) !== 0) return false;
  // a dot may only end an abbreviation
  if ((g & STOP) !== 0) {
    const p = t - 1;
    return SAINTS(tokens.listed[p] ?? 0) || tokens.kind[p] === INITIAL || ((tokens.flags[p] ?? 0) & STREET_SURE) !== 0 && (tokens.end[p] ?? 0) - (tokens.start[p] ?? 0) <= 5 || SHORTENED(tokens.listed[p] ?? 0);
  }
  return true;
}

export function places(tokens: Tokens, used: Uint8Array, hits: Hit[]): void {
  const ground = { tokens, used, hits };
  care(ground);
  named(ground);
}

/** Names around a word such as hospital or clinic. */
function care(ground: Ground): void {
  const { tokens, used } = ground;
  const { count, flags, phrase, span } = tokens;
  for (let t = 0; t < count; t += 1) {
    if (used[t] === 1) continue;
    const f = flags[t] ?? 0;
    const of = phrase[t] ?? 0;
    const sure = (of & FACILITY) !== 0 ? span[t] ?? 1 : (f & FACILITY) !== 0 ? 1 : 0;
    const weak = sure > 0 ? 0 : (of & FACILITY_WEAK) !== 0 ? span[t] ?? 1 : (f & FACILITY_WEAK) !== 0 || isEnding(tokens, t) ? 1 : 0;
    if (sure + weak === 0) continue;
    const from = careBefore(tokens, t, sure > 0, used);
    let to = careAfter(tokens, t + Math.max(sure, weak) - 1, used);
    if (from < t) {
      to = townAfter(tokens, tailOf(tokens, to, used), used);
      const famous = (((phrase[from] ?? 0) | (flags[from] ?? 0)) & INSTITUTION) !== 0;
      take(ground, from, to, famous ? 'geo.institution' : 'geo.facility', sure > 0 ? 12 : 8, [famous ? 'institution' : 'facility']);
      t = to;
    } else if (sure > 0 && isCapital(tokens, t) && to > t + sure - 1) {
      // "Hospital for Special Surgery": the name follows
      take(ground, t, tailOf(tokens, to, used), 'geo.facility', 8, ['facility']);
      t = to;
    }
  }
}

/** "Tampa General": behind a capitalised word, and nothing capitalised behind it. */
function isEnding(tokens: Tokens, t: number): boolean {
  const { gap, listed, kind } = tokens;
  return ENDINGS(listed[t] ?? 0) && kind[t] === CAPITAL && t > 0 && isCapital(tokens, t - 1) && gap[t] === SPACE && !GENERALS(listed[t - 1] ?? 0) && !(gap[t + 1] === SPACE && isCapital(tokens, t + 1));
}

/** "Froedtert, Oconomowoc on …": an unknown word between a place of care and the rest of the sentence is its town. */
function townAfter(tokens: Tokens, to: number, used: Uint8Array): number {
  const { count, gap, kind, flags } = tokens;
  const n = to + 1;
  if (n >= count || used[n] === 1 || gap[n] !== (COMMA | SPACE) || kind[n] !== CAPITAL || flags[n] !== 0 || ordinary(tokens, n)) return to;
  return n + 1 < count && gap[n + 1] === SPACE && isCapital(tokens, n + 1) ? to : n;
}

/** Institutions, saints, cities and what follows "seen at". */
function named(ground: Ground): void {
  const { tokens, used } = ground;
  const { count, flags, phrase, span, hash, listed, kind, gap, start, end } = tokens;
  for (let t = 0; t < count; t += 1) {
    if (used[t] === 1 || !isCapital(tokens, t)) continue;
    const f = flags[t] ?? 0;
    const p = t - 1;
    const beside = p >= 0 && ((gap[t] ?? 0) & (HARD | STOP | COMMA | OPEN)) === 0;
    const before = beside ? hash[p] ?? 0 : 0;
    const link = beside ? listed[p] ?? 0 : 0;
    if (((phrase[t] ?? 0) & INSTITUTION) !== 0 || ((f & INSTITUTION) !== 0 && (AT(link) || visit(tokens, t) || kind[t] === UPPER))) {
      let to = t + Math.max(1, ((phrase[t] ?? 0) & INSTITUTION) !== 0 ? span[t] ?? 1 : 1) - 1;
      to = tailOf(tokens, careAfter(tokens, to, used), used);
      take(ground, t, to, 'geo.institution', 10, ['institution']);
      t = to;
      continue;
    }
    if (SAINTS(listed[t] ?? 0) && t + 1 < count && isCapital(tokens, t + 1) && joined(tokens, t + 1) && used[t + 1] !== 1) {
      const owned = t + 2 >= count || ((gap[t + 2] ?? 0) & (POSSESSIVE | QUOTE)) !== 0;
      const city = cityAt(tokens, t);
      if (owned || city > 0 || PREPOSITIONS(link)) {
        const to = tailOf(tokens, Math.max(t + 1, t + city - 1), used);
        take(ground, t, to, 'geo.saint', 8, ['facility']);
        t = to;
        continue;
      }
    }
    const city = cityAt(tokens, t);
    if (city > 0 && (f & MONTH) === 0) {
      const to = tailOf(tokens, t + city - 1, used);
      const ambiguous = city === 1 && ((f & (FIRST | SURNAME)) !== 0 || ordinary(tokens, t));
      const nameBeside = city === 1 && (namedBefore(tokens, t, used) || to === t && t + 1 < count && gap[t + 1] === SPACE && (kind[t + 1] === INITIAL || isCapital(tokens, t + 1) && (((flags[t + 1] ?? 0) & SURNAME) !== 0 || flags[t + 1] === 0 && ((f & FIRST) !== 0 || t > 0 && gap[t] === (COMMA | SPACE) && CASES(listed[t - 1] ?? 0)))));
      // "the Henderson baby", "Austin patients" are people
      const kin = city === 1 && to === t && t + 1 < count && gap[t + 1] === SPACE && ((flags[t + 1] ?? 0) & KIN) !== 0 && (f & (FIRST | SURNAME)) !== 0 && kind[t + 1] === LOWER;
      if (kin) continue;
      const home = PREPOSITIONS(link) || visit(tokens, t);
      if (to > t + city - 1) take(ground, t, to, 'geo.city-state', nameBeside ? 3 : 10, ['city-state']);
      else if (home && !nameBeside) take(ground, t, to, 'geo.city', 6, ['city']);
      else if (!ambiguous && !nameBeside) take(ground, t, to, 'geo.city', 2, ['city']);
      else continue;
      t = to;
      continue;
    }
    // "Cook County"
    if (t + 1 < count && hash[t + 1] === COUNTY && kind[t] === CAPITAL && isCapital(tokens, t + 1) && gap[t + 1] === SPACE && used[t + 1] !== 1 && (f & (LABEL | MONTH | WEEKDAY | FACILITY)) === 0) {
      take(ground, t, tailOf(tokens, t + 1, used), 'geo.city', ordinary(tokens, t) && !AT(link) && before !== OF_WORD ? 2 : 6, ['city']);
      t += 1;
      continue;
    }
    // "seen at Elmhurst", "admitted to Bayview": a place of care by its company
    if ((AT(link) || before === THE || before === OUR) && (f & (MONTH | WEEKDAY | HEALTH | KIN | TITLE | ROLE | PROPER | LABEL | EPONYM | FACILITY_WEAK)) === 0 && !(kind[t] === UPPER && (end[t] ?? 0) - (start[t] ?? 0) < 4) && (visit(tokens, t) || homeBefore(tokens, t))) {
      let to = t;
      while (to + 1 < count && isCapital(tokens, to + 1) && joined(tokens, to + 1) && used[to + 1] !== 1 && to - t < 4 && ((flags[to + 1] ?? 0) & (MONTH | LABEL)) === 0) to += 1;
      const person = (f & FIRST) !== 0 && !ordinary(tokens, t) && !homeBefore(tokens, t);
      if (!person && !(ordinary(tokens, t) && to === t)) {
        const stop = townAfter(tokens, tailOf(tokens, to, used), used);
        take(ground, t, stop, stop > to ? 'geo.city-state' : 'geo.visit', stop > to ? 8 : 4, ['visit']);
        t = stop;
        continue;
      }
    }
    // "Anytown, CA": a state code makes a city of any capitalised word
    if (kind[t] === CAPITAL && t + 1 < count && ((gap[t + 1] ?? 0) & COMMA) !== 0 && ((gap[t + 1] ?? 0) & HARD) === 0 && stateAt(tokens, t + 1) > 0 && kind[t + 1] === UPPER && (f & (FIRST | MONTH | WEEKDAY | LABEL | TITLE | CARE_WEAK)) === 0 && ((flags[t + 1] ?? 0) & STATE_CODE) !== 0) {
      let from = t;
      while (from > 0 && gap[from] === SPACE && kind[from - 1] === CAPITAL && used[from - 1] !== 1 && t - from < 2 && ((flags[from - 1] ?? 0) & (FIRST | MONTH | LABEL | TITLE | KIN)) === 0 && !ordinary(tokens, from - 1)) from -= 1;
      if (!MEDICAL_LETTERS(listed[t + 1] ?? 0) || tailOf(tokens, t, used) > t + 1) {
        const to = tailOf(tokens, t, used);
        if (to > t) {
          take(ground, from, to, 'geo.city-state', 8, ['city-state']);
          t = to;
        }
      }
    }
  }
}

/** "Dr. Lancaster", "Sinead Lancaster": a title, a given name, or a word of no list right before. */
function namedBefore(tokens: Tokens, t: number, used: Uint8Array): boolean {
  const p = t - 1;
  if (p < 0 || used[p] === 1 || !isCapital(tokens, p)) return false;
  const f = tokens.flags[p] ?? 0;
  if ((f & TITLE) !== 0) return ((tokens.gap[t] ?? 0) & ~(SPACE | STOP)) === 0;
  return tokens.gap[t] === SPACE && ((f & FIRST) !== 0 || f === 0 && (tokens.kind[p] === CAPITAL || tokens.shouting) && !ordinary(tokens, p));
}

/** State codes that also stand after a person's name. */
const MEDICAL_LETTERS = wordSet('md ma pa nd va de la co');

/** A word of being treated within the four words before, joined by at, to, in … */
function visit(tokens: Tokens, t: number): boolean {
  const { flags, gap, listed, kind } = tokens;
  // a date between the two does not count: "done on 5th June, 2021 at"
  let far = 0;
  for (let j = t; j > 0 && far < 5 && t - j < 10; j -= 1) {
    if (kind[j - 1] !== DIGITS && kind[j - 1] !== ALNUM && ((flags[j - 1] ?? 0) & MONTH) === 0) far += 1;
    if (((gap[j] ?? 0) & (HARD | STOP | OPEN)) !== 0) return false;
    if (((flags[j - 1] ?? 0) & VISIT) !== 0) return AT(listed[t - 1] ?? 0) || (flags[t - 1] ?? 0) === (flags[j - 1] ?? 0) || ((flags[t - 1] ?? 0) & FILLER) !== 0;
  }
  return false;
}

function homeBefore(tokens: Tokens, t: number): boolean {
  for (let j = t; j > 0 && t - j < 4; j -= 1) {
    if (((tokens.gap[j] ?? 0) & (HARD | STOP)) !== 0) return false;
    if (HOMES(tokens.listed[j - 1] ?? 0)) return true;
  }
  return false;
}

const NEVER = FILLER | NAMING | VISIT | KIN | TITLE | LABEL | MONTH | WEEKDAY;

/** First token of the name before a facility word at `t`; `t` when there is none. */
function careBefore(tokens: Tokens, t: number, sure: boolean, used: Uint8Array): number {
  const { flags, phrase, listed, kind, gap, start, end } = tokens;
  const low = kind[t] === LOWER;
  let from = t;
  while (from > 0 && used[from - 1] !== 1 && t - from < 7) {
    const p = from - 1;
    if (!joined(tokens, from)) break;
    const capital = isCapital(tokens, p);
    const f = flags[p] ?? 0;
    if (capital) {
      // "JANE DOE IS CLEARED FOR DISCHARGE TO REHAB": where all is capitals the sentence goes on before the name
      if (kind[p] === UPPER && (f & (FILLER | NAMING | VISIT)) !== 0 && (f & (CITY | FIRST | SURNAME | STATE)) === 0 && (phrase[p] ?? 0) === 0 && !SAINTS(listed[p] ?? 0) && !SIDES(listed[p] ?? 0) && !OF(listed[p] ?? 0)) break;
      // "Patient Clinic", "Dear Hospital"
      if (((f & (KIN | TITLE | WEEKDAY)) !== 0 || (f & LABEL) !== 0 && !(p > 0 && isCapital(tokens, p - 1) && gap[p] === SPACE)) && (f & (CITY | FIRST | SURNAME)) === 0 && !SAINTS(listed[p] ?? 0) && !SIDES(listed[p] ?? 0)) break;
      from = p;
    } else if ((OF(listed[p] ?? 0) || ((gap[from] ?? 0) & AMPERSAND) !== 0) && p > 0 && isCapital(tokens, p - 1) && ((gap[p] ?? 0) & APART) === 0 && used[p - 1] !== 1 && from < t) from = p;
    else if (SIDES(listed[p] ?? 0) && low && p > 0 && isCapital(tokens, p - 1)) from = p;
    else break;
  }
  // words of the sentence that merely begin with a capital
  while (from < t && (((flags[from] ?? 0) & NEVER) !== 0 || OF(listed[from] ?? 0)) && !SAINTS(listed[from] ?? 0) && !SIDES(listed[from] ?? 0) && ((flags[from] ?? 0) & (CITY | SURNAME)) === 0 && (phrase[from] ?? 0) === 0) from += 1;
  if (from === t) return t;
  const first = flags[from] ?? 0;
  const known = ((phrase[from] ?? 0) & (CITY | INSTITUTION | STATE)) !== 0 || (first & (CITY | INSTITUTION | STATE)) !== 0 || SAINTS(listed[from] ?? 0) || kind[from] === UPPER && (first & HEALTH) === 0 && (end[from] ?? 0) - (start[from] ?? 0) > 2;
  if (known) return from;
  if (from < t && (first & HEALTH) !== 0 && from + 1 === t) return sure && !low && SIDES(listed[from] ?? 0) ? from : t;
  // "Dr. Dietrich's clinic" is a person's, unless it is a saint's
  if (low && ((gap[t] ?? 0) & POSSESSIVE) !== 0) return t;
  if (low || !sure) {
    // "seen at Duke Eye Center", "our Lakewood branch", "the Norman General"
    const link = from > 0 && gap[from] === SPACE ? listed[from - 1] ?? 0 : 0;
    if (AT(link) && visit(tokens, from) || ((flags[t] ?? 0) & FACILITY_WEAK) === 0 && (AT(link) || tokens.hash[from - 1] === THE) || low && link !== 0 && tokens.hash[from - 1] === OUR) return from;
    // "Lakeside facility": an unknown name before a weak or lower-case word
    let odd = false;
    let field = false;
    for (let k = from; k < t; k += 1) if (((flags[k] ?? 0) & (HEALTH | CARE_WEAK)) !== 0) field = true;
    // "Summit Orthopedic Institute": a name and a field of medicine
    if (!low && !sure && field && t - from > 1 && (first & (HEALTH | CARE_WEAK)) === 0 && isCapital(tokens, t - 1)) return from;
    for (let k = from; k < t; k += 1) if (!ordinary(tokens, k) && ((flags[k] ?? 0) & (HEALTH | PROPER | CARE_WEAK)) === 0) odd = true;
    return odd && (sure || !low) ? from : t;
  }
  const opening = from === 0 || ((tokens.gap[from] ?? 0) & (STOP | NEWLINE)) !== 0;
  return opening && from + 1 === t && ordinary(tokens, from) && !SIDES(listed[from] ?? 0) ? t : from;
}

/** "… of Philadelphia", "… Medical Center Los Angeles", "… in Rochester": the rest of a facility's name. */
function careAfter(tokens: Tokens, to: number, used: Uint8Array): number {
  const { count, flags, phrase, span, hash, listed, gap, kind } = tokens;
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
    } else if ((OF_OR_IN(listed[n] ?? 0) || ((gap[n] ?? 0) & AMPERSAND) !== 0) && n + 1 < count && isCapital(tokens, n + 1) && used[n + 1] !== 1
      && (hash[n] === OF_WORD || ((flags[n + 1] ?? 0) & (CITY | STATE)) !== 0 || ((phrase[n + 1] ?? 0) & (CITY | STATE)) !== 0)) continue;
    else break;
  }
  return last;
}

