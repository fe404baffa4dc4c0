/** People's names, without a language model: what the words may be (dictionaries), what announces them (cues), what denies them. 45 CFR 164.514(b)(2)(i)(A). */
import {
  CARE_WEAK, CITY, COUNTRY, CREDENTIAL, DOING, EPONYM, EPONYM_NOUN, FACILITY, FACILITY_WEAK, FILLER, FIRST, HEALTH, INSTITUTION, KIN, LABEL, MONTH, NAMING, PROPER, ROLE, STATE, STREET, SURNAME, TITLE, VISIT, WEEKDAY,
} from '../lexicon/lexicon.ts';
import { AMPERSAND, CAPITAL, CARET, CLOSE, COLON, COMMA, DASH, DIGITS, EDGE, HARD, INITIAL, LOWER, MIXED, NEWLINE, OPEN, ordinary, POSSESSIVE, QUOTE, SLASH, SPACE, STOP, type Tokens, UPPER, wordAt } from '../token.ts';
import { type Hit, once, type Reason } from '../weight.ts';
import { DOCTORS, SURE_NAMES } from '../words/people.ts';
import { labelAt, labelBefore } from '../detectors/label.ts';
import { isCapital } from '../detectors/street.ts';
import { wordSet } from '../lexicon/closed.ts';
import { hashWord } from '../lexicon/fold.ts';
import { aged, careFollows, isCalled, isContact, opens } from './cues.ts';
import { FAINTEST, inBed, lists, mayBeSmall, small } from './forms.ts';

const PARTICLES = wordSet('van von de la der den di da del della dos das du le bin ibn al el ten ter san st');
const ORGANISATIONS = wordSet('inc llc corp corporation company co ltd limited group gmbh plc university college school church bank foundation association institute orchestra society trust partners services solutions systems technologies software holdings industries agency council committee board department team conference award prize street avenue road club country hotel restaurant airport station museum library park center centre insurance plan stadium tower building bridge county act program project model');
const GROUNDS = wordSet('park lake hall heights plaza field beach mall inn arena garden gardens river creek island valley forest');
const BABY = wordSet('baby infant newborn girl boy twins child kid kids family');
const SURE = wordSet(SURE_NAMES);
const DOCTOR = wordSet(DOCTORS);
const ARTICLES = wordSet('the a an this that these those our your my his her their its');
/** Capitals inside a surname. */
const MIXED_NAME = /^(?:Mc|Mac|De|Del|Della|Di|Da|Du|Le|La|Van|Von|Fitz|O'|D'|O\u2019|D\u2019|St|Ben|Al|El|San|Ab)[A-Z][a-z]+|^[A-Z][a-z]+[A-Z][a-z]+$/;
const SPEECH = wordSet('says said called told asked named signed');
const ABOUT = wordSet('re regarding concerning');
const ET = hashWord('et');
const GREETINGS = wordSet('dear hi hello hey thanks');

/** Between the words of one name. */
const APART = HARD | COLON | OPEN | CLOSE | CARET | SLASH | COMMA;
const NEVER = MONTH | WEEKDAY | FACILITY | HEALTH | COUNTRY | STATE;

interface Run {
  readonly from: number;
  readonly to: number;
}

function linked(tokens: Tokens, t: number): boolean {
  const g = tokens.gap[t] ?? 0;
  if ((g & (APART | AMPERSAND | POSSESSIVE)) !== 0) return false;
  if ((g & STOP) !== 0) return tokens.kind[t - 1] === INITIAL || ((tokens.flags[t - 1] ?? 0) & TITLE) !== 0;
  // "Finch - INR 4.2": a dash between blanks is a pause
  return g !== (SPACE | DASH) && (g & ~(SPACE | DASH | QUOTE)) === 0;
}

export function names(tokens: Tokens, used: Uint8Array, hits: Hit[]): void {
  const { count, kind, listed } = tokens;
  const before = hits.length;
  for (let t = 0; t < count; t += 1) {
    if (used[t] === 1) continue;
    if (!isCapital(tokens, t) || isPronoun(tokens, t)) {
      if (kind[t] === LOWER && (is(tokens, t, FIRST | SURNAME) || t > 0 && is(tokens, t - 1, TITLE) || tokens.flags[t] === 0 && kind[t + 1] === LOWER && mayBeSmall(tokens, t) && !ordinary(tokens, t))) t = small(tokens, t, used, hits);
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
      if (next === to + 1 || next >= count || used[next] === 1 || !linked(tokens, next) || !isCapital(tokens, next) || kind[next - 1] === LOWER && tokens.gap[next - 1] === DASH && !is(tokens, next, SURNAME | FIRST)) break;
      to = next;
    }
    const taken = judge(tokens, { from: t, to }, used, hits);
    t = Math.max(taken, t);
  }
  lists(tokens.text, hits, before);
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

function is(tokens: Tokens, t: number, bits: number): boolean {
  return ((tokens.flags[t] ?? 0) & bits) !== 0;
}

/** Weighs the names that a run of capitalised words may hold; answers the last token it has settled. */
function judge(tokens: Tokens, run: Run, used: Uint8Array, hits: Hit[]): number {
  const { kind, listed, gap, count } = tokens;
  let { from, to } = run;
  const reasons: Reason[] = [];
  let cue = 0;
  let titled = false;
  let doctor = false;

  // what the run itself begins with: "Dr", "Patient", "Dear"
  for (; from <= to; from += 1) {
    if (is(tokens, from, TITLE) && (to > from || kind[from] !== UPPER) && !(is(tokens, from, FIRST) && from === to)) {
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
      continue;
    }
    if (from < to && kind[from] !== INITIAL && is(tokens, from, NAMING | VISIT | DOING | LABEL | FILLER | HEALTH | CARE_WEAK | WEEKDAY) && !is(tokens, from, FIRST)) continue;
    // "FYI Chuck Mabry"
    if (from < to && kind[from] === UPPER && kind[from + 1] === CAPITAL && (tokens.end[from] ?? 0) - (tokens.start[from] ?? 0) < 5 && !tokens.shouting && !is(tokens, from, FIRST | SURNAME) && is(tokens, from + 1, FIRST)) continue;
    // an ordinary word that opens the sentence
    if (from < to && !titled && (to - from > 1 || opens(tokens, from)) && ordinary(tokens, from) && !is(tokens, from, FIRST) && kind[from] !== INITIAL && !(is(tokens, from, SURNAME) && !opens(tokens, from))) continue;
    break;
  }
  // and ends with: labels, credentials, care
  let credential = false;
  for (; to >= from; to -= 1) {
    if (is(tokens, to, CREDENTIAL) && kind[to] !== CAPITAL && kind[to] !== INITIAL && to > from) {
      credential = true;
      continue;
    }
    if (is(tokens, to, LABEL | MONTH | WEEKDAY | CARE_WEAK | ROLE | KIN) && to > from && kind[to] !== INITIAL && !is(tokens, to, SURNAME | FIRST)) continue;
    break;
  }
  if (from > to) return run.to;
  const p = from - 1;
  const g = gap[from] ?? 0;
  const near = p >= 0 && (g & (HARD | COMMA | OPEN | CLOSE)) === 0;
  if (!titled && near && is(tokens, p, TITLE) && (g & COLON) === 0) {
    titled = true;
    doctor = DOCTOR(listed[p] ?? 0);
  }
  if (titled) {
    cue += 16;
    reasons.push('title');
  }
  if (!credential && to + 1 < count && is(tokens, to + 1, CREDENTIAL) && ((gap[to + 1] ?? 0) & ~(SPACE | COMMA | STOP)) === 0 && kind[to + 1] !== LOWER && kind[to + 1] !== CAPITAL && ((gap[to + 1] ?? 0) & COMMA) !== 0) credential = true;
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
  if (near && (g & STOP) === 0 && is(tokens, p, KIN)) {
    cue += 10;
    reasons.push('kin');
  } else if (near && is(tokens, p, ROLE)) {
    cue += 6;
    reasons.push('kin');
  } else if (near && (g & COLON) !== 0 && is(tokens, p, KIN)) {
    cue += 14;
    reasons.push('label');
  }
  if (inBed(tokens, from)) {
    cue += 10;
    reasons.push('kin');
  }
  if (near && GREETINGS(listed[p] ?? 0)) {
    cue += 10;
    reasons.push('greeting');
  } else if (near && is(tokens, p, NAMING) && !is(tokens, p, FACILITY)) cue += SPEECH(listed[p] ?? 0) ? 6 : 2;
  if (p >= 0 && (g & COMMA) !== 0 && (g & HARD) === 0 && aged(tokens, p)) {
    cue += 8;
    reasons.push('age-before');
  }
  return weigh(tokens, from, to, run.to, cue, reasons, titled || credential, doctor || credential, used, hits);
}

function weigh(tokens: Tokens, from: number, to: number, runEnd: number, cue: number, reasons: Reason[], sure: boolean, provider: boolean, used: Uint8Array, hits: Hit[]): number {
  const { flags, kind, hash, listed, gap, count, start, end, shouting } = tokens;
  // a first name in the middle of the run begins the name: "Updated John Smith"
  let head = from;
  if (!sure && !is(tokens, head, FIRST) && to > head) {
    for (let k = from + 1; k <= to; k += 1) {
      if (is(tokens, k, FIRST) && !ordinary(tokens, k) && kind[k] !== INITIAL && ordinary(tokens, head)) {
        head = k;
        break;
      }
    }
  }
  const first = is(tokens, head, FIRST);
  const firstPlain = first && ordinary(tokens, head) && !SURE(listed[head] ?? 0);
  const last = to > head;
  const after = to + 1;
  const nextGap = after < count ? gap[after] ?? 0 : EDGE;
  const nextNear = after < count && (nextGap & (HARD | STOP | COMMA | COLON | OPEN | CLOSE)) === 0;
  const initialHead = kind[head] === INITIAL;
  const lastInitial = last && kind[to] === INITIAL;
  const lastSurname = last && is(tokens, to, SURNAME | FIRST);
  const lastPlain = last && kind[to] !== INITIAL && ordinary(tokens, to);
  let weight: number;
  const why = reasons;
  if (first && !initialHead) {
    if (!last) weight = firstPlain ? (opens(tokens, head) || kind[head] === UPPER ? -6 : -1) : is(tokens, head, CITY | EPONYM) ? 0 : is(tokens, head, SURNAME) ? 1 : 3;
    else if (lastInitial) weight = firstPlain ? 6 : 14;
    else if (lastSurname) weight = firstPlain ? (lastPlain ? (opens(tokens, head) ? 0 : 4) : 8) : 16;
    else if (lastPlain) weight = firstPlain ? -6 : 4;
    else weight = firstPlain ? 4 : 12;
    why.push(lastInitial ? 'initial' : lastSurname ? 'surname' : 'first-name');
  } else if (initialHead) {
    if (!last || lastInitial) weight = -12;
    else weight = lastSurname ? 8 : lastPlain ? -6 : 5;
    why.push('initial');
  } else if (!last) {
    weight = is(tokens, head, SURNAME) && !ordinary(tokens, head) ? 0 : is(tokens, head, SURNAME) && !opens(tokens, head) ? -8 : ordinary(tokens, head) ? -14 : kind[head] === UPPER && !shouting ? -16 : opens(tokens, head) ? -6 : -1;
    why.push('capital');
  } else {
    const plain = ordinary(tokens, head);
    weight = lastInitial ? (plain ? -3 : 4) : lastSurname ? (plain ? -4 : 5) : lastPlain ? (plain ? -12 : -3) : plain ? -4 : to - head > 2 ? -2 : 2;
    if (plain && opens(tokens, head)) weight -= 6;
    why.push('capital');
  }
  // what speaks against a person
  let against = 0;
  for (let k = head; k <= to; k += 1) {
    const f = flags[k] ?? 0;
    if ((f & NEVER) !== 0 && !(k > head && (f & SURNAME) !== 0) && !(first && k === head && (f & (MONTH | STATE)) !== 0 && last) && !(k > head && k < to && (f & WEEKDAY) !== 0 && is(tokens, to, SURNAME))) against += 16;
    if ((f & PROPER) !== 0) against += 16;
    if ((f & (INSTITUTION | FACILITY_WEAK)) !== 0 && (f & (FIRST | SURNAME)) === 0) against += k > head && (f & FACILITY_WEAK) === 0 && !ordinary(tokens, head) ? 2 : 12;
    if (ORGANISATIONS(listed[k] ?? 0) && (k > head || !last) && (f & SURNAME) === 0) against += 14;
    if ((f & EPONYM_NOUN) !== 0 && k > head) against += 16;
    if (k === to && last && !first && (nextGap & POSSESSIVE) === 0 && GROUNDS(listed[k] ?? 0)) against += 8;
    if (kind[k] === MIXED && (f & (FIRST | SURNAME)) === 0 && !MIXED_NAME.test(wordAt(tokens, k))) against += 10;
    if ((f & (LABEL | KIN | TITLE | ROLE)) !== 0 && (f & (FIRST | SURNAME)) === 0 && kind[k] !== INITIAL) against += 20;
    else if (!last && (f & (KIN | TITLE)) !== 0 && (nextGap & COLON) !== 0) against += 16;
    if (kind[k] === UPPER && !shouting && ((f & (FIRST | SURNAME)) === 0 || !last && (end[k] ?? 0) - (start[k] ?? 0) < 5)) against += 8;
    if ((f & STREET) !== 0 && k === to && last && (f & SURNAME) === 0 && !lastPlain) against += 4;
  }
  // "(Fax: 650…": a label though somebody may be called so
  if (is(tokens, to, LABEL) && ((nextGap & COLON) !== 0 || after < count && kind[after] === DIGITS)) against += 16;
  // "K-Dur", "X-Act": a letter and a dash make a product
  if (initialHead && last && ((gap[head + 1] ?? 0) & DASH) !== 0) against += 16;
  if (is(tokens, head, EPONYM) && !last && !sure) against += first ? 2 : 8;
  if (nextNear && (is(tokens, after, EPONYM_NOUN) || is(tokens, after, FACILITY))) against += 24;
  if (nextNear && ORGANISATIONS(listed[after] ?? 0)) against += 10;
  if (nextNear && (nextGap & DASH) !== 0 && (nextGap & SPACE) === 0 && after < count && kind[after] === DIGITS) against += 12;
  const p = head - 1;
  if (p >= 0 && ((gap[head] ?? 0) & (HARD | STOP | COMMA)) === 0) {
    if (ARTICLES(listed[p] ?? 0) && !last) against += 6;
    if (is(tokens, p, CITY) && used[p] === 1) against += 2;
  }
  if (is(tokens, head, CITY) && !last && !sure) against += 4;
  // what speaks for one
  if (nextNear && is(tokens, after, DOING) && kind[after] === LOWER) {
    cue += !last && !first && opens(tokens, head) ? 8 : 4;
    why.push('doing');
  }
  // "the Henderson baby"
  if (nextNear && BABY(listed[after] ?? 0) && nextGap === SPACE) cue += 12;
  // "Rose was seen for a rash", "Mark is on insulin"
  if (firstPlain && !last && opens(tokens, head) && nextNear && is(tokens, after, DOING) && kind[after] === LOWER && careFollows(tokens, after)) cue += 8;
  // "Re: Kowalczyk biopsy"
  if (!last && !first && head > 0 && ABOUT(listed[head - 1] ?? 0) && !ordinary(tokens, head) && kind[head] === CAPITAL && nextNear && careFollows(tokens, head)) cue += 6;
  // "Re: Whitfield."
  if (!last && !first && head > 0 && ABOUT(listed[head - 1] ?? 0) && ((gap[head] ?? 0) & COLON) !== 0 && !ordinary(tokens, head) && kind[head] === CAPITAL && (nextGap & (STOP | HARD | COMMA | DASH)) !== 0) cue += 8;
  if ((nextGap & POSSESSIVE) !== 0 && !is(tokens, head, EPONYM)) cue += 2;
  if (after < count && (nextGap & COMMA) !== 0 && !last && first && !firstPlain) cue += 1;
  // "Smith (DOB …", "Lane, MRN …"
  const beside = after < count && (nextGap & (OPEN | COMMA | SPACE)) !== 0 && (nextGap & HARD) === 0 && is(tokens, after, LABEL) ? labelAt(tokens, after)?.kind : undefined;
  if (beside === 'dob' || beside === 'mrn' || beside === 'ssn') {
    cue += 8;
    why.push('label-after');
  }
  // "Ubul: What a wife." – someone speaks
  if ((nextGap & COLON) !== 0 && (nextGap & HARD) === 0 && kind[head] !== UPPER && opens(tokens, head) && isCapital(tokens, after) && !ordinary(tokens, head)) cue += first ? 2 : 8;
  // "Granger et al."
  if (nextNear && hash[after] === ET) against += 16;
  const total = weight + cue - against;
  if (total < FAINTEST) return runEnd;
  for (let k = head; k <= to; k += 1) used[k] = 1;
  let stop = end[to] ?? 0;
  if (lastInitial && tokens.text.charAt(stop) === '.') stop += 1;
  hits.push({ kind: 'NAME', rule: provider ? 'name.provider' : why.indexOf('greeting') >= 0 || isCalled(tokens, head, to) ? 'name.greeted' : isContact(tokens, head) ? 'name.contact' : sure ? 'name.titled' : cue >= 8 ? 'name.cued' : first ? 'name.first' : 'name.capital', start: start[head] ?? 0, end: stop, weight: Math.min(total, 30), reasons: once(why) });
  return to;
}
