/** Postal addresses: streets in either order, mailboxes, military boxes, apartments, and the city, state and ZIP that follow. Marks the tokens it takes. */
import { wordSet } from '../lexicon/closed.ts';
import { hashWord } from '../lexicon/fold.ts';
import { CITY, COUNTRY, FIRST, INSTITUTION, KIN, LABEL, MONTH, STATE, STATE_CODE, STREET, STREET_SURE, UNIT, WEEKDAY } from '../lexicon/lexicon.ts';
import { ALNUM, CAPITAL, CLOSE, COLON, COMMA, DASH, DIGITS, HARD, HASH, INITIAL, LOWER, NEWLINE, OPEN, ordinary, POSSESSIVE, QUOTE, SLASH, SPACE, STOP, type Tokens, UPPER, wordAt } from '../token.ts';
import type { Hit, Reason } from '../weight.ts';
import { labelBefore } from './label.ts';

const DIRECTIONS = wordSet('n s e w ne nw se sw north south east west');
const LEADERS = wordSet('rue via calle rua avenida avenue boulevard piazza plaza place ul ulica chemin route strada corso viale cite quai allee camino carrera paseo');
const JOINERS = wordSet('de la du des del della dei delle di da do dos das van den der le les y u ul am im zum nan d l');
/** Street words grown onto the name: Mellemvej, Asselsestraat, Ziegelgasse. */
const GROWN = /(?:vej|gatan?|gate|straat|strasse|stra\u00dfe|weg|gasse|laan|v\u00e4gen|veien|plein|katu|utca|allee|stien|bakken|gracht|kade|platz|ring|damm|singel|dreef|hof)$/i;
const ON = wordSet('on at to in is of are and address addresses with from off :');
const MILITARY = wordSet('psc unit cmr uss usns usnv usscg usgc uscgc usns');
const POSTS = wordSet('apo fpo dpo');
const ROADS = wordSet('highway hwy route rte road rd fm');
const RURAL = wordSet('rr hc');

export function isCapital(tokens: Tokens, t: number): boolean {
  const k = tokens.kind[t] ?? 0;
  return k >= CAPITAL && k <= INITIAL;
}

function isNumber(tokens: Tokens, t: number): boolean {
  return t < tokens.count && (tokens.kind[t] === DIGITS || tokens.kind[t] === ALNUM);
}

/** What rules of places share: the words, which of them are taken, and what was found. */
export interface Ground {
  readonly tokens: Tokens;
  readonly used: Uint8Array;
  readonly hits: Hit[];
}

export function take({ tokens: { start, end }, used, hits }: Ground, from: number, to: number, rule: string, weight: number, reasons: readonly Reason[]): void {
  for (let k = from; k <= to; k += 1) used[k] = 1;
  hits.push({ kind: 'GEO', rule, start: start[from] ?? 0, end: end[to] ?? 0, weight, reasons });
}

/** How many tokens of a city begin at `t`; 0 for none. */
export function cityAt(tokens: Tokens, t: number): number {
  if (t >= tokens.count || !isCapital(tokens, t)) return 0;
  if (((tokens.phrase[t] ?? 0) & CITY) !== 0) return tokens.span[t] ?? 1;
  return ((tokens.flags[t] ?? 0) & CITY) !== 0 ? 1 : 0;
}

export function stateAt(tokens: Tokens, t: number): number {
  const { flags, phrase, span, kind, start, end } = tokens;
  if (t >= tokens.count || !isCapital(tokens, t)) return 0;
  if (((phrase[t] ?? 0) & (STATE | COUNTRY)) !== 0) return span[t] ?? 1;
  return ((flags[t] ?? 0) & (STATE | COUNTRY)) !== 0 || (((flags[t] ?? 0) & STATE_CODE) !== 0 && kind[t] === UPPER && (end[t] ?? 0) - (start[t] ?? 0) === 2) ? 1 : 0;
}

/** ", City", ", ST 12345": the last token of what follows a place and belongs to it. `loose`: an unknown capitalised word after a comma is a city too. */
export function tailOf(tokens: Tokens, to: number, used: Uint8Array, loose = false): number {
  const { count, gap, kind, start, end, flags } = tokens;
  let last = to;
  for (let round = 0; round < 5; round += 1) {
    const n = last + 1;
    if (n >= count || used[n] === 1) return last;
    const g = gap[n] ?? 0;
    if ((g & ~(SPACE | COMMA | NEWLINE | STOP)) !== 0) return last;
    const state = stateAt(tokens, n);
    const city = cityAt(tokens, n);
    if ((g & STOP) !== 0 && (g & COMMA) === 0) return last;
    if ((g & NEWLINE) !== 0 && (g & COMMA) === 0 && state === 0 && !(loose && (city > 0 || lineIsCity(tokens, n)))) return last;
    if (state > 0 && ((g & COMMA) !== 0 || round > 0 || kind[n] === UPPER || loose)) last = n + state - 1;
    else if (city > 0 && ((g & COMMA) !== 0 || loose)) last = n + city - 1;
    else if (kind[n] === DIGITS && (end[n] ?? 0) - (start[n] ?? 0) === 5 && (round > 0 || loose)) {
      last = n;
      if (n + 1 < count && gap[n + 1] === DASH && kind[n + 1] === DIGITS && (end[n + 1] ?? 0) - (start[n + 1] ?? 0) === 4) last = n + 1;
      return last;
    } else if (loose && (g & (COMMA | NEWLINE)) !== 0 && isCapital(tokens, n) && ((flags[n] ?? 0) & (LABEL | MONTH | WEEKDAY)) === 0 && (!ordinary(tokens, n) || lineIsCity(tokens, n))) {
      const known = lineIsCity(tokens, n);
      last = n;
      while (last + 1 < count && isCapital(tokens, last + 1) && gap[last + 1] === SPACE && used[last + 1] !== 1 && last - n < 3 && stateAt(tokens, last + 1) === 0 && (known || !ordinary(tokens, last + 1))) last += 1;
    } else return last;
  }
  return last;
}

/** A line of capitalised words, then a comma, a state or a ZIP: the city of an address. */
function lineIsCity(tokens: Tokens, t: number): boolean {
  const { count, gap } = tokens;
  let k = t;
  while (k < count && k - t < 4 && isCapital(tokens, k) && stateAt(tokens, k) === 0 && (k === t || gap[k] === SPACE)) k += 1;
  return k > t && k < count && (stateAt(tokens, k) > 0 || ((gap[k] ?? 0) & NEWLINE) !== 0 && stateAt(tokens, k) > 0 || isNumber(tokens, k) && ((gap[k] ?? 0) & ~(SPACE | COMMA)) === 0);
}

export function addresses(tokens: Tokens, used: Uint8Array, hits: Hit[]): void {
  const { count, kind, flags, listed } = tokens;
  const ground = { tokens, used, hits };
  for (let t = 0; t < count; t += 1) {
    if (used[t] === 1) continue;
    if (isNumber(tokens, t)) {
      const last = streetAt(tokens, t, used);
      if (last > t) {
        const from = t > 0 && used[t - 1] !== 1 && tokens.gap[t] === SPACE && kind[t - 1] === DIGITS && labelBefore(tokens, t - 1)?.kind !== 'not' ? t - 1 : t;
        const stop = tailOf(tokens, unitAfter(tokens, last), used, true);
        take(ground, from, stop, 'geo.street', 14, ['street']);
        t = stop;
      }
      continue;
    }
    const box = ((flags[t] ?? 0) & UNIT) !== 0 ? boxAt(tokens, t) : t;
    if (box > t) {
      const stop = tailOf(tokens, box, used, true);
      take(ground, t, stop, 'geo.box', 14, ['unit']);
      t = stop;
      continue;
    }
    if (isCapital(tokens, t)) {
      const turned = turnedStreet(tokens, t, used);
      if (turned > t) {
        const from = t > 0 && used[t - 1] !== 1 && tokens.gap[t] === SPACE && kind[t - 1] === DIGITS ? t - 1 : t;
        const stop = tailOf(tokens, unitAfter(tokens, turned), used, true);
        take(ground, from, stop, 'geo.street', 8, ['street']);
        t = stop;
        continue;
      }
    }
    if (((flags[t] ?? 0) & UNIT) !== 0 && t + 1 < count && isNumber(tokens, t + 1) && ((tokens.gap[t + 1] ?? 0) & ~(SPACE | STOP | HASH)) === 0 && APARTMENT(listed[t] ?? 0) && used[t + 1] !== 1) {
      const from = before(tokens, t, used);
      const stop = tailOf(tokens, t + 1, used, from < t);
      take(ground, from, stop, from < t ? 'geo.street' : 'geo.unit', from < t ? 10 : 3, ['unit']);
      t = stop;
    }
  }
}

const APARTMENT = wordSet('apt apartment suite ste');

/** What stands before "Apt. 5" and is its street: "51709 Spinatsch 94". */
function before(tokens: Tokens, t: number, used: Uint8Array): number {
  const { gap, kind, listed, flags } = tokens;
  let from = t;
  let capitals = 0;
  let figures = 0;
  while (from > 0 && t - from < 7 && used[from - 1] !== 1) {
    const p = from - 1;
    const g = gap[from] ?? 0;
    if ((g & ~(SPACE | COMMA | NEWLINE | STOP | QUOTE)) !== 0 || ((g & STOP) !== 0 && (tokens.end[p] ?? 0) - (tokens.start[p] ?? 0) > 3 && kind[p] !== DIGITS) || (g & NEWLINE) !== 0 && from < t) break;
    if (kind[p] === DIGITS) figures += 1;
    else if (isCapital(tokens, p) && ((flags[p] ?? 0) & (LABEL | MONTH)) === 0 && !(p === 0 && ordinary(tokens, p))) capitals += 1;
    else if (!JOINERS(listed[p] ?? 0)) break;
    from = p;
    if (figures === 2 || kind[p] === DIGITS && capitals > 0 && figures === 1 && !(p > 0 && isCapital(tokens, p - 1))) break;
  }
  return figures > 0 && capitals > 0 ? from : t;
}

/** "1234 S. Elm St", "9444 Heritage St.", "291 6th Dr.": last token of a street that begins with the number at `t`, or `t`. */
function streetAt(tokens: Tokens, t: number, used: Uint8Array): number {
  const { count, flags, kind, gap, listed, start, end, text } = tokens;
  if ((end[t] ?? 0) - (start[t] ?? 0) > 6 || !/^\d{1,6}[A-Za-z]?$/.test(text.slice(start[t], end[t]))) return t;
  // "2.6 - SANDRINE": the rest of a number, or a pause, is no house
  if ((gap[t] === STOP || gap[t] === SLASH) && (kind[t - 1] === DIGITS || kind[t - 1] === ALNUM) || gap[t + 1] === (SPACE | DASH)) return t;
  const led = t + 2 < count && LEADERS(listed[t + 1] ?? 0) && isCapital(tokens, t + 1) && gap[t + 1] === SPACE;
  let names = 0;
  for (let n = t + 1; n < count && n - t < 8; n += 1) {
    const g = gap[n] ?? 0;
    if (used[n] === 1 || (g & (HARD | COLON | OPEN | CLOSE | COMMA)) !== 0 || ((g & STOP) !== 0 && (end[n - 1] ?? 0) - (start[n - 1] ?? 0) > 3) || ((g & SPACE) === 0 && (g & (DASH | POSSESSIVE | QUOTE)) === 0)) return led && names > 1 ? n - 1 : t;
    const f = flags[n] ?? 0;
    const k = kind[n] ?? 0;
    // "8821 Highway 12", "400 County Road 14"
    if (ROADS(listed[n] ?? 0) && isCapital(tokens, n) && n + 1 < count && kind[n + 1] === DIGITS && gap[n + 1] === SPACE && (end[n + 1] ?? 0) - (start[n + 1] ?? 0) < 5) return n + 1;
    if ((f & STREET_SURE) !== 0 && names > 0 && (isCapital(tokens, n) || n === t + 2 || (k === LOWER && names < 4))) {
      // "St" may be a saint: go on if a street word follows at once
      return n + 1 < count && ((flags[n + 1] ?? 0) & STREET_SURE) !== 0 && isCapital(tokens, n + 1) && gap[n + 1] === SPACE && used[n + 1] !== 1 ? n + 1 : n;
    }
    // any other suffix of USPS Publication 28 C1 where the street clearly ends: "8812 Bogan Ways, Apt. 3"
    if ((f & STREET) !== 0 && names > 0 && k === CAPITAL && n - t < 4 && closes(tokens, n + 1)) return n;
    if (led && names > 1 && (k === DIGITS || ((f & UNIT) !== 0 && isNumber(tokens, n + 1)))) return k === DIGITS ? n : n - 1;
    if (isCapital(tokens, n) || (k === ALNUM && /^\d{1,3}(?:st|nd|rd|th)$/i.test(text.slice(start[n], end[n])))) names += 1;
    else if (led && JOINERS(listed[n] ?? 0)) continue;
    else if (!DIRECTIONS(listed[n] ?? 0) && !(k === LOWER && n === t + 1 && ((flags[n + 1] ?? 0) & STREET_SURE) !== 0 && !ordinary(tokens, n))) return led && names > 1 ? n - 1 : t;
  }
  return t;
}

/** A comma, a line end, a unit or the end of the text. */
function closes({ count, gap, flags }: Tokens, n: number): boolean {
  return n >= count || ((gap[n] ?? 0) & (COMMA | NEWLINE)) !== 0 || ((flags[n] ?? 0) & UNIT) !== 0;
}

/** Number last: "Villacher Strasse 89", "Mellemvej 32", "Rua Mina 50", and after "lives on" or "address is" any capitalised words with a number. */
function turnedStreet(tokens: Tokens, t: number, used: Uint8Array): number {
  const { count, flags, kind, gap, listed, start, end } = tokens;
  // no number in reach, no street
  let reach = t + 1;
  while (reach < count && reach - t < 6 && kind[reach] !== DIGITS) reach += 1;
  if (reach >= count || reach - t >= 6) return t;
  const grown = kind[t] === CAPITAL && (end[t] ?? 0) - (start[t] ?? 0) > 6 && GROWN.test(wordAt(tokens, t));
  const led = LEADERS(listed[t] ?? 0);
  let streetWord = grown || led;
  let n = t + 1;
  for (; n < count && n - t < 6 && used[n] !== 1; n += 1) {
    const g = gap[n] ?? 0;
    if ((g & ~(SPACE | DASH | QUOTE)) !== 0 && !((g & STOP) !== 0 && (end[n - 1] ?? 0) - (start[n - 1] ?? 0) <= 2)) return t;
    if (kind[n] === DIGITS) break;
    if (isCapital(tokens, n)) {
      if (((flags[n] ?? 0) & STREET) !== 0 && kind[n] === CAPITAL || GROWN.test(wordAt(tokens, n)) && (end[n] ?? 0) - (start[n] ?? 0) > 3) streetWord = true;
      if (((flags[n] ?? 0) & (LABEL | MONTH | UNIT)) !== 0 || ((flags[n] ?? 0) & KIN) !== 0 && kind[n] !== INITIAL) return t;
    } else if (!JOINERS(listed[n] ?? 0)) return t;
  }
  if (n >= count || n - t > 5 || kind[n] !== DIGITS || used[n] === 1 || ((gap[n] ?? 0) & ~(SPACE | COMMA)) !== 0 || (end[n] ?? 0) - (start[n] ?? 0) > 4 || ((flags[t] ?? 0) & (LABEL | MONTH | WEEKDAY | UNIT)) !== 0) return t;
  if (streetWord && (led || grown || n - t > 1)) return n;
  const number = t > 0 && kind[t - 1] === DIGITS && gap[t] === SPACE;
  const line = t === 0 || ((gap[t] ?? 0) & NEWLINE) !== 0 || number && (t === 1 || ((gap[t - 1] ?? 0) & NEWLINE) !== 0 || ON(listed[t - 2] ?? 0));
  const housed = t > 1 && ON(listed[t - 1] ?? 0) && HOUSED(listed[t - 2] ?? 0);
  if (ordinary(tokens, t) || ((flags[t] ?? 0) & (FIRST | INSTITUTION)) !== 0 && !housed) return t;
  return housed || (number && line) ? n : t;
}

const HOUSED = wordSet('lives living lived resides address located side station moved office home corner');

/** ", Apt. 5B", " #4" after a street. */
function unitAfter(tokens: Tokens, last: number): number {
  const { count, flags, gap, kind, text, start } = tokens;
  const n = last + 1;
  if (n >= count) return last;
  const g = gap[n] ?? 0;
  if (((flags[n] ?? 0) & UNIT) !== 0 && (g & ~(SPACE | COMMA | STOP | NEWLINE)) === 0 && n + 1 < count && ((gap[n + 1] ?? 0) & (NEWLINE | COMMA)) === 0 && (isNumber(tokens, n + 1) || kind[n + 1] === INITIAL)) return n + 1;
  if (text.charAt((start[n] ?? 1) - 1) === '#' && (g & NEWLINE) === 0) return isNumber(tokens, n) ? n : last;
  return last;
}

const PO = hashWord('po');
const P = hashWord('p');
const O = hashWord('o');
const BOX = hashWord('box');

/** "P.O. Box 149", and USPS Publication 28 §238: "PSC 1437, Box 3833 APO AA 66791", "USS Lorenzen FPO AE 25990". */
function boxAt(tokens: Tokens, t: number): number {
  const { hash, listed, count } = tokens;
  const box = hash[t] === PO ? t + 1 : hash[t] === P && hash[t + 1] === O ? t + 2 : -1;
  if (box > 0 && box + 1 < count && hash[box] === BOX && isNumber(tokens, box + 1)) return box + 1;
  if (RURAL(listed[t] ?? 0) && t + 3 < count && tokens.kind[t + 1] === DIGITS && hash[t + 2] === BOX && isNumber(tokens, t + 3)) return t + 3;
  if (!MILITARY(listed[t] ?? 0)) return t;
  for (let k = t + 2; k < count && k < t + 7; k += 1) {
    if (!POSTS(listed[k] ?? 0)) continue;
    const last = k + 2 < count && tokens.kind[k + 2] === DIGITS ? k + 2 : k + 1 < count ? k + 1 : k;
    return last;
  }
  return t;
}

/** "City: Springfield", "Address: …": the rest of a labelled line. */
export function labelledPlaces(tokens: Tokens, used: Uint8Array, hits: Hit[]): void {
  const { count, gap, kind, flags } = tokens;
  const ground = { tokens, used, hits };
  for (let t = 1; t < count; t += 1) {
    if (((gap[t] ?? 0) & COLON) === 0 || used[t] === 1 || !(isCapital(tokens, t) || kind[t] === DIGITS)) continue;
    const label = labelBefore(tokens, t);
    if (label === undefined || label.far > 0 || (label.kind !== 'place' && label.kind !== 'address')) continue;
    if (isCapital(tokens, t) && ((flags[t] ?? 0) & FIRST) !== 0 && !ordinary(tokens, t) && label.kind === 'address') continue;
    let to = t;
    let figures = kind[t] === DIGITS ? 1 : 0;
    const limit = label.kind === 'address' ? 14 : 4;
    while (to + 1 < count && to - t < limit && ((gap[to + 1] ?? 0) & (HARD | COLON | OPEN)) === 0 && used[to + 1] !== 1 && (isCapital(tokens, to + 1) || isNumber(tokens, to + 1) || JOINERS(tokens.listed[to + 1] ?? 0))) {
      to += 1;
      if (kind[to] === DIGITS) figures += 1;
    }
    if (label.kind === 'address' && figures === 0) continue;
    to = tailOf(tokens, to, used, true);
    take(ground, t, to, label.kind === 'address' ? 'geo.street' : 'geo.labelled', 14, ['label']);
    t = to;
  }
}
