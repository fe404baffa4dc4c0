/** Names in other forms: family name first, all in small letters, in a list of names. */
import { labelAt, labelBefore } from '../detectors/label.ts';
import { isCapital } from '../detectors/street.ts';
import { AILING, CARE_WEAK, CITY, CREDENTIAL, DOING, EPONYM, FACILITY, FILLER, FIRST, HEALTH, KIN, LABEL, MONTH, NAMING, STATE, SURNAME, TITLE, VISIT, WEEKDAY } from '../lexicon/lexicon.ts';
import { ALNUM, CAPITAL, CARET, CLOSE, COLON, COMMA, DASH, DIGITS, EDGE, INITIAL, LOWER, NEWLINE, OPEN, ordinary, POSSESSIVE, SEMI, SPACE, STOP, TAB, type Tokens, UPPER } from '../token.ts';
import { wordSet } from '../lexicon/closed.ts';
import type { Hit, Reason } from '../weight.ts';
import { careFollows, isAge, opens } from './cues.ts';

/** As far as a reference goes. */
const REACH = 400;
/** Fainter than this is no hint but noise. */
export const FAINTEST = -6;

/** "Gaetane, Hannah and Derek": one sure name in a list speaks for its neighbours, both ways. */
export function lists(text: string, hits: Hit[], from: number): void {
  const lift = (k: number, by: number): void => {
    const hit = hits[k];
    const sure = hits[by];
    if (hit === undefined || sure === undefined || hit.weight >= 2 || hit.weight < FAINTEST || sure.weight < 2) return;
    const [a, b] = k < by ? [hit, sure] : [sure, hit];
    if (b.start - a.end <= 6 && /^(?:,? ?(?:and |& )|, )$/.test(text.slice(a.end, b.start))) hits[k] = { ...hit, weight: Math.max(2, hit.weight + 6), reasons: [...hit.reasons, 'list'] };
  };
  for (let k = from + 1; k < hits.length; k += 1) lift(k, k - 1);
  for (let k = hits.length - 1; k > from; k -= 1) lift(k - 1, k);
}

/** As many lines make a list of patients. */
const LINES = 3;

/** "adkins - foley out", "B1 DELROSARIO, M 34F abd pain": lines that begin with a word of no list and go on about care, one below the other. */
export function roster(tokens: Tokens, used: Uint8Array, hits: Hit[]): void {
  const { gap, kind, flags, phrase, count, start, end } = tokens;
  const size = (t: number): number => (end[t] ?? 0) - (start[t] ?? 0);
  const found: (readonly [from: number, to: number])[] = [];
  for (let t = 0; t < count; t += 1) {
    if (((gap[t] ?? 0) & (NEWLINE | EDGE)) === 0) continue;
    const head = (kind[t] === ALNUM || kind[t] === DIGITS) && size(t) < 5 && (gap[t + 1] ?? 0) === SPACE ? t + 1 : t;
    const to = size(head + 1) === 1 && kind[head + 1] !== DIGITS && ((gap[head + 1] ?? 0) & ~(SPACE | COMMA)) === 0 ? head + 1 : head;
    const g = gap[to + 1] ?? 0;
    if (head >= count || kind[head] === DIGITS || kind[head] === ALNUM || size(head) < 4 || ((flags[head] ?? 0) & DENIED) !== 0 || ordinary(tokens, head) || to === head && (g & SPACE) !== 0 && (g & (DASH | COMMA | COLON)) === 0) continue;
    let care = 0;
    for (let k = to + 1; k < count && ((gap[k] ?? 0) & (NEWLINE | EDGE)) === 0; k += 1) if ((((flags[k] ?? 0) | (phrase[k] ?? 0)) & (HEALTH | AILING | CARE_WEAK)) !== 0 || kind[k] === ALNUM && isAge(tokens, k)) care += 1;
    if (care > 0) found.push([head, to]);
  }
  if (found.length < LINES) return;
  for (const [from, to] of found) {
    used.fill(1, from, to + 1);
    hits.push({ kind: 'NAME', rule: 'name.cued', start: start[from] ?? 0, end: end[to] ?? 0, weight: 6, reasons: ['list', 'kin'] });
  }
}

/** Not a name, whatever its first letter. */
const DENIED = HEALTH | LABEL | FACILITY | FILLER | DOING | KIN | CARE_WEAK | TITLE | CREDENTIAL | MONTH | WEEKDAY;
const MISTER = wordSet('mr mrs ms');
const PATIENT = wordSet('pt patient client resident boy girl mom dad mother father wife husband son daughter sister brother granddaughter grandson aunt uncle');
const ABOUT = wordSet('on for re of about with');
export const ERRAND = wordSet('add see saw call called schedule reschedule book admit discharge transfer seeing wants tell told ask asked give remind reminded notify phone text refer evaluate');
/** "squeeze in" */
const SQUEEZE = wordSet('squeeze fit work bring get put squeezed');
const CALLING = wordSet('to about called hi hey');
const AT = wordSet('at in to from near');
const ROOM = wordSet('bed room rm ward bay icu chair');
/** Where only a patient is. */
export const BED = wordSet('bed');

/** "bed 4", "Room 210": whoever is named next lies there. */
export function inBed({ gap, kind, listed }: Tokens, head: number): boolean {
  const p = head - 1;
  return p > 0 && ((gap[head] ?? 0) & ~(SPACE | COMMA)) === 0 && (kind[p] === DIGITS || kind[p] === ALNUM) && ROOM(listed[p - 1] ?? 0);
}

const IN = wordSet('in');
const LYING = wordSet('in from');

/** "Pruitt-Langley rm 1408", "Purcell, room 5", "Tuyet from bed 4": where the one named last lies. */
export function hasBed({ gap, kind, listed, start, end, count }: Tokens, last: number): boolean {
  let n = last + 1;
  if (n + 1 >= count || ((gap[n] ?? 0) & ~(SPACE | COMMA | OPEN)) !== 0) return false;
  if (LYING(listed[n] ?? 0) && gap[n + 1] === SPACE) n += 1;
  return ROOM(listed[n] ?? 0) && (BED(listed[n] ?? 0) || n === last + 1) && gap[n + 1] === SPACE && (kind[n + 1] === DIGITS || kind[n + 1] === ALNUM) && (end[n + 1] ?? 0) - (start[n + 1] ?? 0) < 5;
}

const ARTICLE = wordSet('the a an');

/** "in room 12", "in 4": then something of care. */
function liesIn(tokens: Tokens, t: number): boolean {
  const { gap, kind, listed, end, start } = tokens;
  if (gap[t] !== SPACE || !IN(listed[t] ?? 0) || gap[t + 1] !== SPACE) return false;
  const room = ROOM(listed[t + 1] ?? 0) && gap[t + 2] === SPACE ? t + 2 : t + 1;
  return (kind[room] === DIGITS || kind[room] === ALNUM) && (end[room] ?? 0) - (start[room] ?? 0) < 5 && careFollows(tokens, room);
}

/** Where a word of no list may begin a name: after anything but a blank, after an errand, before a name, or where something is theirs. Most words are dismissed here. */
export function mayBeSmall({ flags, gap, listed }: Tokens, t: number): boolean {
  return gap[t] !== SPACE || ((gap[t + 2] ?? 0) & POSSESSIVE) !== 0 || ((flags[t + 1] ?? 0) & (FIRST | SURNAME)) !== 0 || ERRAND(listed[t - 1] ?? 0) || LYING(listed[t + 1] ?? 0) || ROOM(listed[t + 1] ?? 0) || IN(listed[t - 1] ?? 0) && SQUEEZE(listed[t - 2] ?? 0);
}

function isLongWord({ start, end }: Tokens, t: number): boolean {
  return (end[t] ?? 0) - (start[t] ?? 0) > 2;
}

/** Names in small letters: "olga krylova", "mr tran", "bed 4 castillo", "ct on wilson"; only what is hardly anything else. Answers the last token taken, or `t`. */
export function small(tokens: Tokens, t: number, used: Uint8Array, hits: Hit[]): number {
  const { flags, kind, gap, count, listed, start, end } = tokens;
  const f = flags[t] ?? 0;
  const bare = (k: number): boolean => k < count && kind[k] === LOWER && used[k] !== 1 && ((flags[k] ?? 0) & DENIED) === 0 && !ordinary(tokens, k);
  const push = (last: number, rule: string, weight: number, reasons: readonly Reason[]): number => {
    for (let k = t; k <= last; k += 1) used[k] = 1;
    hits.push({ kind: 'NAME', rule, start: start[t] ?? 0, end: end[last] ?? 0, weight, reasons });
    return last;
  };
  const joined = gap[t + 1] === SPACE;
  const isLong = (k: number): boolean => isLongWord(tokens, k);
  // "marcus in room 12 vomiting", "shanice in 4 refusing insulin"
  if (opens(tokens, t) && isLongWord(tokens, t) && ((f & (FIRST | EPONYM)) === FIRST || f === 0) && bare(t) && liesIn(tokens, t + 1)) return push(t, 'name.cued', 4, ['kin']);
  // "6.8 on haverstock in bed 9"
  if ((f & ~(FIRST | SURNAME)) === 0 && bare(t) && isLong(t) && hasBed(tokens, t)) return push(t, 'name.cued', 4, ['kin']);
  // "the bunion lady (fitzroy, d.)"
  if (((gap[t] ?? 0) & OPEN) !== 0 && bare(t) && isLong(t) && gap[t + 1] === (COMMA | SPACE) && (end[t + 1] ?? 0) - (start[t + 1] ?? 0) === 1 && ((gap[t + 2] ?? 0) & (CLOSE | STOP)) !== 0) return push(t + 1, 'name.cued', 4, ['last-first', 'kin']);
  // "mamadou leinonen's labs", "savannah achterberg has copd": two words of no list of words
  const strange = (k: number): boolean => bare(k) && isLong(k) && ((flags[k] ?? 0) & ~(CITY | FIRST | SURNAME)) === 0;
  if (joined && (((gap[t + 2] ?? 0) & POSSESSIVE) !== 0 || opens(tokens, t) && gap[t + 2] === SPACE && ((flags[t + 2] ?? 0) & DOING) !== 0) && strange(t) && strange(t + 1)) return push(t + 1, 'name.small', 3, ['doing']);
  if ((f & FIRST) !== 0 && joined && t + 1 < count && !ARTICLE(listed[t - 1] ?? 0) && kind[t + 1] === LOWER && used[t + 1] !== 1 && ((flags[t + 1] ?? 0) & DENIED) === 0) {
    const surname = ((flags[t + 1] ?? 0) & SURNAME) !== 0;
    const plain = ordinary(tokens, t + 1);
    if (!ordinary(tokens, t)) {
      if (surname || !plain) return push(t + 1, 'name.small', surname && !plain ? 8 : 3, ['first-name', surname ? 'surname' : 'capital']);
      if (((flags[t + 2] ?? 0) & (DOING | AILING)) !== 0 && t + 2 < count || careFollows(tokens, t + 1)) return push(t + 1, 'name.small', -2, ['first-name', 'capital']);
    } else if (!plain && (((flags[t + 1] ?? 0) & (SURNAME | FIRST)) !== 0 || isLong(t + 1) && ABOUT(listed[t - 1] ?? 0))) return push(t + 1, 'name.small', 3, ['first-name', 'surname']);
  }
  // "hernandez alma - a1c 11"
  if ((f & SURNAME) !== 0 && joined && opens(tokens, t) && ((flags[t + 1] ?? 0) & FIRST) !== 0 && bare(t) && bare(t + 1) && careFollows(tokens, t + 1)) return push(t + 1, 'name.small', 4, ['surname', 'first-name']);
  // "name: tobias wren"
  if (t > 0 && ((gap[t] ?? 0) & COLON) !== 0 && joined && bare(t + 1) && labelAt(tokens, t - 1)?.kind === 'name') return push(t + 1, 'name.small', 8, ['label']);
  if (t === 0 || ((gap[t] ?? 0) & ~(SPACE | STOP)) !== 0) return t;
  // "mr lane": nothing else stands there
  if ((f & SURNAME) !== 0 && MISTER(listed[t - 1] ?? 0)) return push(t, 'name.titled', 8, ['title']);
  if (!bare(t)) return t;
  const p = flags[t - 1] ?? 0;
  const named = (f & (FIRST | SURNAME)) !== 0;
  const last = joined && bare(t + 1) && ((flags[t + 1] ?? 0) & (FIRST | SURNAME)) !== 0 ? t + 1 : t;
  if ((p & TITLE) !== 0 && (named || (p & CARE_WEAK) === 0 && f === 0 && (end[t] ?? 0) - (start[t] ?? 0) > 3)) return push(last, (p & CARE_WEAK) !== 0 ? 'name.provider' : 'name.titled', 8, ['title']);
  if (named && gap[t] === SPACE && (PATIENT(listed[t - 1] ?? 0) || inBed(tokens, t))) return push(last, 'name.cued', 4, ['kin']);
  // "check on ramesh gupta", "add keisha monroe": words of no list, where a name stands
  const two = joined && bare(t + 1) && isLong(t) && isLong(t + 1);
  if (two && gap[t] === SPACE && ((flags[t + 1] ?? 0) & (SURNAME | FIRST)) !== 0) return push(t + 1, 'name.small', 3, ['surname']);
  if (two && gap[t] === SPACE && (ERRAND(listed[t - 1] ?? 0) || IN(listed[t - 1] ?? 0) && SQUEEZE(listed[t - 2] ?? 0)) && ((f | (flags[t + 1] ?? 0)) & ~(FIRST | SURNAME)) === 0) return push(t + 1, 'name.small', 3, ['kin']);
  // "thanks for seeing ingrid"
  if ((f & (FIRST | EPONYM)) === FIRST && isLong(t) && gap[t] === SPACE && (ERRAND(listed[t - 1] ?? 0) || CALLING(listed[t - 1] ?? 0))) return push(t, 'name.small', 2, ['first-name']);
  if ((f & SURNAME) !== 0 && gap[t] === SPACE && ABOUT(listed[t - 1] ?? 0)) for (let k = t - 2; k >= 0 && t - k < 5 && ((gap[k + 1] ?? 0) & ~SPACE) === 0; k -= 1) if (((flags[k] ?? 0) & HEALTH) !== 0 || ((tokens.phrase[k] ?? 0) & (HEALTH | AILING)) !== 0) return push(last, 'name.small', 3, ['surname']);
  return t;
}

/** "schedule Kowalczyk, Andrzej for an MRI" */
function booked(tokens: Tokens, t: number): boolean {
  const { gap, kind, listed, count } = tokens;
  return t > 0 && gap[t] === SPACE && kind[t - 1] === LOWER && !AT(listed[t - 1] ?? 0) && !ordinary(tokens, t) && !ordinary(tokens, t + 1) && t + 2 < count && (gap[t + 2] === SPACE && ABOUT(listed[t + 2] ?? 0) || ((gap[t + 2] ?? 0) & (DASH | COLON)) !== 0) && careFollows(tokens, t + 1);
}

/** A cell or a line ends, or a number, a label or an initial comes. */
function isFollowed({ gap, kind, flags, count }: Tokens, n: number): boolean {
  return n >= count || ((gap[n] ?? 0) & (TAB | NEWLINE | OPEN | SEMI | DASH)) !== 0 || kind[n] === DIGITS || kind[n] === ALNUM || kind[n] === INITIAL || ((flags[n] ?? 0) & LABEL) !== 0;
}

/** "Smith, James D", "DOE^JOHN": family name first. Runs before the general search. */
export function lastFirst(tokens: Tokens, used: Uint8Array, hits: Hit[]): void {
  const { count, gap, kind, start, end, flags, listed } = tokens;
  for (let t = 0; t + 1 < count; t += 1) {
    if (used[t] === 1 || used[t + 1] === 1 || !isCapital(tokens, t) || !isCapital(tokens, t + 1) || kind[t] === INITIAL) continue;
    const g = gap[t + 1] ?? 0;
    const caret = g === CARET;
    if (!caret && ((g & COMMA) === 0 || (g & ~(COMMA | SPACE)) !== 0)) continue;
    const f = flags[t] ?? 0;
    const n = flags[t + 1] ?? 0;
    if ((f & (HEALTH | FACILITY | MONTH | WEEKDAY | TITLE | CITY)) !== 0 && (f & SURNAME) === 0) continue;
    if ((n & (HEALTH | FACILITY | MONTH | WEEKDAY | TITLE | STATE | CREDENTIAL | KIN)) !== 0 && (n & FIRST) === 0) continue;
    // "admitted to Christus, Eugene" are places
    if (t > 1 && AT(listed[t - 1] ?? 0) && ((flags[t - 2] ?? 0) & VISIT) !== 0) continue;
    const begins = t === 0 || ((gap[t] ?? 0) & (NEWLINE | EDGE | TAB | OPEN | COLON | SEMI)) !== 0 || kind[t] === UPPER && ((gap[t] ?? 0) & STOP) !== 0 || labelBefore(tokens, t)?.kind === 'name' || ((flags[t - 1] ?? 0) & (KIN | NAMING)) !== 0 || kind[t - 1] === DIGITS || booked(tokens, t);
    const initialed = t + 2 < count && kind[t + 2] === INITIAL && gap[t + 2] === SPACE && (f & SURNAME) !== 0 && kind[t + 1] === CAPITAL;
    const firstName = (n & FIRST) !== 0 && !(ordinary(tokens, t + 1) && !begins);
    const surname = (f & SURNAME) !== 0 || (!ordinary(tokens, t) && (f & FIRST) === 0);
    // "Dhaliwal, Gurpreet" in a cell, "FONOIMOANA, SIONE acct": two words of no list, and then what follows a name
    const strange = begins && ((f | n) & ~(FIRST | SURNAME)) === 0 && (kind[t] === UPPER) === (kind[t + 1] === UPPER) && !ordinary(tokens, t) && !ordinary(tokens, t + 1) && isFollowed(tokens, t + 2);
    if (!(caret || strange || ((firstName || initialed) && surname && begins))) continue;
    if (caret && !firstName && !surname) continue;
    let to = t + 1;
    while (to + 1 < count && used[to + 1] !== 1 && isCapital(tokens, to + 1) && to - t < 4 && (((gap[to + 1] ?? 0) & ~(SPACE | (caret ? CARET : 0))) === 0) && ((flags[to + 1] ?? 0) & (LABEL | CREDENTIAL)) === 0) to += 1;
    for (let k = t; k <= to; k += 1) used[k] = 1;
    hits.push({ kind: 'NAME', rule: 'name.last-first', start: start[t] ?? 0, end: end[to] ?? 0, weight: caret || (f & SURNAME) !== 0 ? 14 : 10, reasons: ['last-first'] });
    t = to;
  }
}

/** A list of authors, as it stands before a title; year, volume and page of a journal. */
const AUTHORS = /(?:^|\s)(?:[A-Z][\w'\u2019-]{1,24} [A-Z]{1,3}, ){1,40}[A-Z][\w'\u2019-]{1,24} [A-Z]{1,3}(?:, (?:et al|eds?))?\. (?=[A-Z])/;
const JOURNAL = /\b(?:19|20)\d\d(?: [A-Z][a-z]{2}(?: \d{1,2})?)?; ?\d{1,4} ?[(:]|\bet al\b|\bdoi\b[^a-z]{0,3}(?:https?|10\.)|\bPMID\b|\bISBN\b/;
const JOURNALS = /\b(?:J|Med|Res|Clin|Engl|Ann|Am|Surg|Intern)\b/;
/** What a sentence has and a title has not. */
const PREDICATE = /\b(?:has|have|had|is|are|was|were|needs?|both)\b/;

const CITING = wordSet('al doi pmid isbn');

/** What every citation has: initials and a comma behind a name, a semicolon, or a word of citing. */
function isCited({ count, kind, gap, start, end, listsSeen, gapsSeen }: Tokens): boolean {
  if ((gapsSeen & SEMI) !== 0 || CITING.in(listsSeen)) return true;
  for (let t = 0; t < count; t += 1) {
    if ((kind[t] === INITIAL || kind[t] === UPPER) && gap[t] === SPACE && (end[t] ?? 0) - (start[t] ?? 0) <= 3 && t + 1 < count && gap[t + 1] === (COMMA | SPACE)) return true;
  }
  return false;
}

/** "Smith J, Jones K. Outcomes of …": those who wrote are nobody's patients, unless a word beside them says so. */
export function authors(tokens: Tokens, hits: Hit[]): void {
  const { text } = tokens;
  if (!isCited(tokens) || !AUTHORS.test(text) && !JOURNAL.test(text)) return;
  for (let k = 0; k < hits.length; k += 1) {
    const hit = hits[k];
    if (hit === undefined || hit.reasons.some((r) => r === 'kin' || r === 'label' || r === 'title' || r === 'label-after')) continue;
    const name = hit.kind === 'NAME';
    if (!name && hit.rule !== 'geo.facility') continue;
    const line = lineAround(text, hit.start, hit.end, REACH);
    const list = AUTHORS.exec(line);
    if (list === null && isSaidOf(text, hit)) continue;
    if (!JOURNAL.test(line) && (list === null || PREDICATE.test(line.slice(list.index + list[0].length).split('.')[0] ?? ''))) continue;
    hits[k] = name && (list === null || !JOURNALS.test(text.slice(hit.start, hit.end))) ? { ...hit, rule: 'name.author' } : { ...hit, weight: FAINTEST };
  }
}

/** "Ann Hale has gout. See Smith et al.": what is cited stands in another sentence than what is said of her. */
function isSaidOf(text: string, { start, end }: Hit): boolean {
  const before = text.slice(Math.max(0, start - REACH), start);
  const after = text.slice(end, end + REACH);
  const stop = after.search(/[.!?](?:\s|$)/);
  const sentence = (before.split(/[.!?]\s|\n/).pop() ?? '') + text.slice(start, end) + (stop < 0 ? after : after.slice(0, stop));
  return (PREDICATE.test(sentence) || /^ (?!et al|and )[a-z]/.test(after)) && !JOURNAL.test(sentence);
}

/** What stands in the same line, no further than `reach`: lines may be endless. */
function lineAround(text: string, start: number, end: number, reach: number): string {
  const before = text.slice(Math.max(0, start - reach), start);
  const after = text.slice(end, end + reach);
  const stop = after.indexOf('\n');
  return before.slice(before.lastIndexOf('\n') + 1) + text.slice(start, end) + (stop < 0 ? after : after.slice(0, stop));
}
