/** Names in other forms: family name first, all in small letters, in a list of names. */
import { labelBefore } from '../detectors/label.ts';
import { isCapital } from '../detectors/street.ts';
import { CITY, CREDENTIAL, DOING, FACILITY, FILLER, FIRST, HEALTH, KIN, LABEL, MONTH, NAMING, STATE, SURNAME, TITLE, WEEKDAY } from '../lexicon/lexicon.ts';
import { CAPITAL, CARET, COLON, COMMA, DIGITS, EDGE, INITIAL, LOWER, NEWLINE, OPEN, ordinary, SPACE, TAB, type Tokens } from '../token.ts';
import type { Hit } from '../weight.ts';

/** Fainter than this is no hint but noise. */
export const FAINTEST = -6;

/** "Gaetane, Hannah and Derek": one sure name in a list speaks for its neighbours, both ways. */
export function lists(text: string, hits: Hit[], from: number): void {
  const beside = (a: Hit, b: Hit): boolean => b.start - a.end <= 6 && /^(?:,? ?(?:and |& )|, )$/.test(text.slice(a.end, b.start));
  const lift = (k: number, by: Hit): void => {
    const hit = hits[k];
    if (hit !== undefined && hit.weight < 2 && hit.weight >= FAINTEST && by.weight >= 2) hits[k] = { ...hit, weight: Math.max(2, hit.weight + 6), reasons: [...hit.reasons, 'list'] };
  };
  for (let k = from + 1; k < hits.length; k += 1) {
    const a = hits[k - 1];
    const b = hits[k];
    if (a !== undefined && b !== undefined && beside(a, b)) lift(k, a);
  }
  for (let k = hits.length - 1; k > from; k -= 1) {
    const a = hits[k - 1];
    const b = hits[k];
    if (a !== undefined && b !== undefined && beside(a, b)) lift(k - 1, b);
  }
}

/** "olga krylova": small letters all over, but two words that are hardly anything else. */
export function small(tokens: Tokens, t: number, used: Uint8Array, hits: Hit[]): number {
  const { flags, kind, gap, count, start, end } = tokens;
  if (t + 1 >= count || kind[t + 1] !== LOWER || gap[t + 1] !== SPACE || used[t + 1] === 1) return t;
  const f = flags[t + 1] ?? 0;
  if ((f & (HEALTH | LABEL | FACILITY | FILLER | DOING | KIN)) !== 0 || ordinary(tokens, t)) return t;
  const surname = (f & SURNAME) !== 0;
  const plain = ordinary(tokens, t + 1);
  if (!surname && plain) return t;
  used[t] = 1;
  used[t + 1] = 1;
  hits.push({ kind: 'NAME', rule: 'name.small', start: start[t] ?? 0, end: end[t + 1] ?? 0, weight: surname && !plain ? 8 : 3, reasons: ['first-name', surname ? 'surname' : 'capital'] });
  return t + 1;
}

/** "Smith, James D", "DOE^JOHN": family name first. Runs before the general search. */
export function lastFirst(tokens: Tokens, used: Uint8Array, hits: Hit[]): void {
  const { count, gap, kind, start, end, flags } = tokens;
  for (let t = 0; t + 1 < count; t += 1) {
    if (used[t] === 1 || used[t + 1] === 1 || !isCapital(tokens, t) || !isCapital(tokens, t + 1) || kind[t] === INITIAL) continue;
    const g = gap[t + 1] ?? 0;
    const caret = g === CARET;
    if (!caret && ((g & COMMA) === 0 || (g & ~(COMMA | SPACE)) !== 0)) continue;
    const f = flags[t] ?? 0;
    const n = flags[t + 1] ?? 0;
    if ((f & (HEALTH | FACILITY | MONTH | WEEKDAY | TITLE | CITY)) !== 0 && (f & SURNAME) === 0) continue;
    if ((n & (HEALTH | FACILITY | MONTH | WEEKDAY | TITLE | STATE | CREDENTIAL | KIN)) !== 0 && (n & FIRST) === 0) continue;
    const begins = t === 0 || ((gap[t] ?? 0) & (NEWLINE | EDGE | TAB | OPEN | COLON)) !== 0 || labelBefore(tokens, t)?.kind === 'name' || ((flags[t - 1] ?? 0) & (KIN | NAMING)) !== 0 || kind[t - 1] === DIGITS;
    const initialed = t + 2 < count && kind[t + 2] === INITIAL && gap[t + 2] === SPACE && (f & SURNAME) !== 0 && kind[t + 1] === CAPITAL;
    const firstName = (n & FIRST) !== 0 && !(ordinary(tokens, t + 1) && !begins);
    const surname = (f & SURNAME) !== 0 || (!ordinary(tokens, t) && (f & FIRST) === 0);
    if (!(caret || ((firstName || initialed) && surname && begins))) continue;
    if (caret && !firstName && !surname) continue;
    let to = t + 1;
    while (to + 1 < count && used[to + 1] !== 1 && isCapital(tokens, to + 1) && to - t < 4 && (((gap[to + 1] ?? 0) & ~(SPACE | (caret ? CARET : 0))) === 0) && ((flags[to + 1] ?? 0) & (LABEL | CREDENTIAL)) === 0) to += 1;
    for (let k = t; k <= to; k += 1) used[k] = 1;
    hits.push({ kind: 'NAME', rule: 'name.last-first', start: start[t] ?? 0, end: end[to] ?? 0, weight: caret || (f & SURNAME) !== 0 ? 14 : 10, reasons: ['last-first'] });
    t = to;
  }
}
