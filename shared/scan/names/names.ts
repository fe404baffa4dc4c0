/** People's names, without a language model: what the words may be (dictionaries), what announces them (cues), what denies them. 45 CFR 164.514(b)(2)(i)(A). */
import { CARE_WEAK, CITY, CREDENTIAL, DOING, FACILITY, FILLER, FIRST, HEALTH, KIN, LABEL, MONTH, NAMING, ROLE, SURNAME, TITLE, VISIT, WEEKDAY } from '../lexicon/lexicon.ts';
import { AMPERSAND, CAPITAL, CARET, CLOSE, COLON, COMMA, DASH, EDGE, HARD, INITIAL, LOWER, NEWLINE, OPEN, ordinary, POSSESSIVE, QUOTE, SLASH, SPACE, STOP, type Tokens, UPPER } from '../token.ts';
import { type Hit, type Reason } from '../weight.ts';
import { DOCTORS } from '../words/people.ts';
import { labelBefore } from '../detectors/label.ts';
import { isCapital } from '../detectors/street.ts';
import { wordSet } from '../lexicon/closed.ts';

import { aged, is, isAbbreviated, isLikened, opens } from './cues.ts';
import { hasBed, inBed, lists, mayBeSmall, roster, small } from './forms.ts';
import { BABY, weigh } from './weigh.ts';

const PARTICLES = wordSet('van von de la der den di da del della dos das du le bin ibn al el ten ter san st');
const DOCTOR = wordSet(DOCTORS);
/** "Rev C" is a state of a paper. */
const REVISED = wordSet('rev');
/** Before a colon: whose data follows. */
const WHO = wordSet('student athlete camper player employee attendee guest visitor applicant enrollee passenger driver decedent donor recipient participant');
const BORN = wordSet('jr sr ii iii iv');
const THIS = wordSet('it this');
const IS = wordSet('is');
const WHOSE = wordSet('his her their my our the your');
const OF = wordSet('of');
const PARENTS = wordSet('parent parents mom mother dad father family');
const SPEECH = wordSet('says said called told asked named signed');
const GREETINGS = wordSet('dear hi hello hey thanks');

/** Between the words of one name. */
const APART = HARD | COLON | OPEN | CLOSE | CARET | SLASH | COMMA;

interface Run {
  readonly from: number;
  readonly to: number;
}

function linked(tokens: Tokens, t: number): boolean {
  const g = tokens.gap[t] ?? 0;
  if ((g & (APART | AMPERSAND | POSSESSIVE)) !== 0) return false;
  if ((g & STOP) !== 0) return tokens.kind[t - 1] === INITIAL || isAbbreviated(tokens, t - 1);
  // "Finch - INR 4.2": a dash between blanks is a pause
  return g !== (SPACE | DASH) && (g & ~(SPACE | DASH | QUOTE)) === 0;
}

export function names(tokens: Tokens, used: Uint8Array, hits: Hit[]): void {
  const { count, kind, listed } = tokens;
  const before = hits.length;
  if ((tokens.gapsSeen & NEWLINE) !== 0) roster(tokens, used, hits);
  for (let t = 0; t < count; t += 1) {
    if (used[t] === 1) continue;
    if (!isCapital(tokens, t) || isPronoun(tokens, t)) {
      if (kind[t] === LOWER && (is(tokens, t, FIRST | SURNAME | CITY) || t > 0 && is(tokens, t - 1, TITLE) || tokens.flags[t] === 0 && kind[t + 1] === LOWER && mayBeSmall(tokens, t) && !ordinary(tokens, t))) t = small(tokens, t, used, hits);
      continue;
    }
    if (merelyOpens(tokens, t, used)) continue;
    let to = t;
    while (to + 1 < count && to - t < 6 && used[to + 1] !== 1 && linked(tokens, to + 1)) {
      if (isPronoun(tokens, to + 1)) break;
      if (isCapital(tokens, to + 1)) {
        // "TESS LANE HAS DIABETES": in capitals a verb or a complaint ends the name as it would in small letters
        if (kind[to + 1] === UPPER && is(tokens, to + 1, DOING | HEALTH | VISIT) && !is(tokens, to + 1, FIRST | SURNAME)) break;
        to += 1;
        continue;
      }
      // "van der Berg", "Hyun-woo Kim"
      let next = to + 1;
      while (next < count && next - to < 4 && used[next] !== 1 && linked(tokens, next) && PARTICLES(listed[next] ?? 0)) next += 1;
      if (next === to + 1 && kind[next] === LOWER && tokens.gap[next] === DASH && !ordinary(tokens, to)) next += 1;
      if (next === to + 1 || next >= count || used[next] === 1 || !linked(tokens, next) || !isCapital(tokens, next) || kind[next - 1] === LOWER && tokens.gap[next - 1] === DASH && !is(tokens, next, SURNAME | FIRST) && !isSyllable(tokens, next - 1)) break;
      to = next;
    }
    const taken = judge(tokens, { from: t, to }, used, hits);
    t = Math.max(taken, t);
  }
  lists(tokens.text, hits, before);
}

/** "Mei-ling A.", "Seung-hyun Valverde": a short word of no list, joined by a dash, before an initial or another such word. */
function isSyllable(tokens: Tokens, t: number): boolean {
  return (tokens.end[t] ?? 0) - (tokens.start[t] ?? 0) < 7 && !is(tokens, t, ~(FIRST | SURNAME)) && (is(tokens, t, SURNAME) || !ordinary(tokens, t)) && (tokens.kind[t + 1] === INITIAL || !ordinary(tokens, t + 1));
}

/** "I", "I've", "I'm": never part of a name, unless "I." is an initial. */
function isPronoun({ text, start, end }: Tokens, t: number): boolean {
  const s = start[t] ?? 0;
  if (text.charCodeAt(s) !== 73) return false;
  const next = text.charCodeAt(s + 1);
  return next === 39 || next === 0x2019 ? true : (end[t] ?? 0) - s === 1 && next !== 46;
}

/** "Please", "The": an ordinary word with a capital because a sentence begins, and nothing around that would make a name of it. Most capitals are dismissed here. */
function merelyOpens(tokens: Tokens, t: number, used: Uint8Array): boolean {
  const { kind, gap, flags, count, listed } = tokens;
  if (kind[t] !== CAPITAL || ((flags[t] ?? 0) & (FIRST | SURNAME | TITLE)) !== 0 || ((gap[t] ?? 0) & (STOP | EDGE | NEWLINE)) === 0 || ((gap[t] ?? 0) & (COLON | COMMA)) !== 0) return false;
  const n = t + 1;
  if (n < count && (gap[n] !== SPACE || kind[n] !== LOWER || used[n] === 1 || ((flags[n] ?? 0) & (DOING | LABEL)) !== 0 || BABY(listed[n] ?? 0) || PARTICLES(listed[n] ?? 0))) return false;
  if (t > 0 && ((flags[t - 1] ?? 0) & TITLE) !== 0) return false;
  return ordinary(tokens, t);
}

/** "Name: Anders Zielinski": whatever the word may be besides. */
function announced(tokens: Tokens, t: number): boolean {
  const label = ((tokens.gap[t] ?? 0) & COLON) === 0 ? undefined : labelBefore(tokens, t);
  return label?.kind === 'name' && label.far === 0;
}

/** Weighs the names that a run of capitalised words may hold; answers the last token it has settled. */
function judge(tokens: Tokens, run: Run, used: Uint8Array, hits: Hit[]): number {
  const { kind, listed, gap, count } = tokens;
  let { from, to } = run;
  const reasons: Reason[] = [];
  let cue = 0;
  let titled = false;
  let doctor = false;
  let carer = false;

  // what the run itself begins with: "Dr", "Patient", "Dear"
  for (; from <= to; from += 1) {
    if (is(tokens, from, TITLE) && (to > from || kind[from] !== UPPER) && !(REVISED(listed[from] ?? 0) && kind[from + 1] === INITIAL) && !(is(tokens, from, FIRST) && from === to)) {
      titled = true;
      doctor = doctor || DOCTOR(listed[from] ?? 0);
      continue;
    }
    if (from < to && GREETINGS(listed[from] ?? 0)) {
      cue = Math.max(cue, 10);
      reasons.push('greeting');
      continue;
    }
    if (from < to && is(tokens, from, KIN | ROLE) && kind[from] !== INITIAL && !is(tokens, from, FIRST)) {
      // "Patient Portal" is written as "Patient Smith" is
      cue = Math.max(cue, is(tokens, from + 1, FIRST | SURNAME) || !ordinary(tokens, to) && to > from + 1 ? 8 : 2);
      reasons.push('kin');
      carer = carer || !is(tokens, from, KIN);
      continue;
    }
    if (from < to && kind[from] !== INITIAL && is(tokens, from, NAMING | VISIT | DOING | LABEL | FILLER | HEALTH | CARE_WEAK | WEEKDAY) && !is(tokens, from, FIRST) && !(is(tokens, from, WEEKDAY) && gap[from] === (COMMA | SPACE) && aged(tokens, from - 1))) continue;
    // "FYI Chuck Mabry"
    if (from < to && kind[from] === UPPER && kind[from + 1] === CAPITAL && (tokens.end[from] ?? 0) - (tokens.start[from] ?? 0) < 5 && !tokens.shouting && !is(tokens, from, FIRST | SURNAME) && is(tokens, from + 1, FIRST | TITLE)) continue;
    // an ordinary word that opens the sentence
    if (from < to && !titled && (to - from > 1 || opens(tokens, from)) && ordinary(tokens, from) && !is(tokens, from, FIRST) && kind[from] !== INITIAL && !(is(tokens, from, SURNAME) && !opens(tokens, from)) && !announced(tokens, from)) continue;
    break;
  }
  // and ends with: labels, credentials, care
  let credential = false;
  for (; to >= from; to -= 1) {
    if (is(tokens, to, CREDENTIAL) && kind[to] !== CAPITAL && kind[to] !== INITIAL && to > from) {
      // "Hale II" has no profession, and "LeadCare II" is no person
      credential = credential || !BORN(listed[to] ?? 0);
      continue;
    }
    if (is(tokens, to, LABEL | MONTH | WEEKDAY | CARE_WEAK | ROLE | KIN) && to > from && kind[to] !== INITIAL && !is(tokens, to, SURNAME | FIRST)) continue;
    break;
  }
  // "RN, BSN": professions, and nobody's
  if (from > to || from === to && credential && kind[from] === UPPER && is(tokens, from, CREDENTIAL) && !is(tokens, from, FIRST | SURNAME)) return run.to;
  const p = from - 1;
  const g = gap[from] ?? 0;
  const near = p >= 0 && (g & (HARD | COMMA | OPEN | CLOSE)) === 0;
  if (!titled && near && is(tokens, p, TITLE) && !(REVISED(listed[p] ?? 0) && kind[from] === INITIAL) && (g & COLON) === 0 && ((g & STOP) === 0 || isAbbreviated(tokens, p))) {
    titled = true;
    doctor = DOCTOR(listed[p] ?? 0);
  }
  if (titled) {
    cue += 16;
    reasons.push('title');
  }
  if (!credential && to + 1 < count && is(tokens, to + 1, CREDENTIAL) && ((gap[to + 1] ?? 0) & ~(SPACE | COMMA | STOP)) === 0 && kind[to + 1] !== LOWER && kind[to + 1] !== CAPITAL && ((gap[to + 1] ?? 0) & COMMA) !== 0 && !BORN(listed[to + 1] ?? 0)) credential = true;
  if (credential) {
    cue += 12;
    reasons.push('credential');
  }
  if (p >= 0 && (g & COLON) !== 0 || near && is(tokens, p, LABEL | FILLER)) {
    const label = labelBefore(tokens, from);
    if (label !== undefined && (label.kind === 'name') && label.far <= 1) {
      cue += 16;
      reasons.push('label');
    }
  }
  if (near && (g & STOP) === 0 && is(tokens, p, KIN) && ((g & POSSESSIVE) === 0 || !ordinary(tokens, from))) {
    cue += 10;
    reasons.push('kin');
  } else if (near && (g & STOP) === 0 && is(tokens, p, ROLE)) {
    cue += 6;
    reasons.push('kin');
    carer = true;
  } else if (near && (g & COLON) !== 0 && (is(tokens, p, KIN) || WHO(listed[p] ?? 0))) {
    cue += 14;
    reasons.push('label');
  }
  // "his wife, Ifeoma, was"
  if (p > 0 && g === (SPACE | COMMA) && is(tokens, p, KIN) && WHOSE(listed[p - 1] ?? 0) && ((gap[to + 1] ?? 0) & (COMMA | CLOSE | DASH | STOP | HARD)) !== 0) {
    cue += 8;
    reasons.push('kin');
  }
  // "it's Georgianne from": whoever says so
  if (p > 0 && (g & ~(SPACE | POSSESSIVE)) === 0 && (THIS(listed[p] ?? 0) ? (g & POSSESSIVE) !== 0 : IS(listed[p] ?? 0) && THIS(listed[p - 1] ?? 0)) && !ordinary(tokens, from)) cue += 4;
  // "Applicant Tesfaye Woldemariam"
  if (near && from < to && WHO(listed[p] ?? 0) && !ordinary(tokens, from)) {
    cue += 8;
    reasons.push('kin');
  }
  if (near && isLikened(tokens, p)) {
    cue += 10;
    reasons.push('kin');
  }
  // "Dear Parent of Maëlle Fontenot", "the mom of Itzel"
  if (p > 0 && g === SPACE && OF(listed[p] ?? 0) && PARENTS(listed[p - 1] ?? 0) && (from < to || !ordinary(tokens, from))) {
    cue += 8;
    reasons.push('kin');
  }
  if (inBed(tokens, from) || hasBed(tokens, to)) {
    cue += 10;
    reasons.push('kin');
  }
  // "Thanks. Peter Wong fell" greets nobody
  if (near && GREETINGS(listed[p] ?? 0) && ((g & STOP) === 0 || to + 1 >= count || ((gap[to + 1] ?? 0) & ~(SPACE | POSSESSIVE)) !== 0 && (((gap[to + 1] ?? 0) & (COMMA | OPEN)) === 0 || kind[to + 1] === LOWER && !is(tokens, to + 1, LABEL)))) {
    cue += 10;
    reasons.push('greeting');
  } else if (near && is(tokens, p, NAMING) && !is(tokens, p, FACILITY)) cue += SPEECH(listed[p] ?? 0) ? 6 : 2;
  if (p >= 0 && (g & COMMA) !== 0 && (g & HARD) === 0 && aged(tokens, p)) {
    cue += 8;
    reasons.push('age-before');
  }
  return weigh(tokens, from, to, run.to, cue, reasons, titled || credential, doctor || carer || credential, used, hits);
}
