/** How much speaks for and against a run of capitalised words being somebody's name, once its cues are known. */
import { CITY, CONDITION, COUNTRY, DOING, EPONYM, EPONYM_NOUN, FACILITY, FACILITY_WEAK, FIRST, HEALTH, INSTITUTION, KIN, LABEL, MONTH, PROPER, ROLE, STATE, STREET, SURNAME, TITLE, VISIT, WEEKDAY } from '../lexicon/lexicon.ts';
import { AMPERSAND, CAPITAL, CLOSE, COLON, COMMA, DASH, DIGITS, EDGE, HARD, INITIAL, LOWER, MIXED, NEWLINE, OPEN, ordinary, POSSESSIVE, SPACE, STOP, TAB, type Tokens, UPPER, wordAt } from '../token.ts';
import { type Hit, once, type Reason } from '../weight.ts';
import { SURE_NAMES } from '../words/people.ts';
import { labelAt } from '../detectors/label.ts';
import { isCapital } from '../detectors/street.ts';
import { wordSet } from '../lexicon/closed.ts';
import { hashWord } from '../lexicon/fold.ts';
import { careFollows, is, isAge, isAged, isCalled, isContact, opens } from './cues.ts';
import { ERRAND, FAINTEST } from './forms.ts';

const ORGANISATIONS = wordSet('inc llc corp corporation company co ltd limited group gmbh plc university college school church bank foundation association institute orchestra society trust partners services solutions systems technologies software holdings industries agency council committee board department team conference award prize street avenue road club country hotel restaurant airport station museum library park center centre insurance plan stadium tower building bridge county act program project model');
const GROUNDS = wordSet('park lake hall heights plaza field beach mall inn arena garden gardens river creek island valley forest');
export const BABY = wordSet('baby infant newborn girl boy twins child kid kids family');
const HOME = wordSet('home house household residence');
const AT = wordSet('at');
const THEIRS = wordSet('her his their he she that who about re regarding');
const APPOSITION = wordSet('a an our my his her their');
const WE = wordSet('we i they');
const CELL = TAB | NEWLINE | EDGE;
const SURE = wordSet(SURE_NAMES);
const ARTICLES = wordSet('the a an this that these those our your my his her their its');
/** Capitals inside a surname. */
const MIXED_NAME = /^(?:Mc|Mac|De|Del|Della|Di|Da|Du|Le|La|Van|Von|Fitz|O'|D'|O\u2019|D\u2019|St|Ben|Al|El|San|Ab)[A-Z][a-z]+|^[A-Z][a-z]+[A-Z][a-z]+$/;
const ABOUT = wordSet('re regarding concerning');
const ET = hashWord('et');
/** What belongs to a patient: "Zeynep's notes". */
const RECORDS = wordSet('notes note chart labs results case records record visit file history scan scans appointment prescription medication meds symptoms parents family');
const NEVER = MONTH | WEEKDAY | FACILITY | HEALTH | COUNTRY | STATE;

export function weigh(tokens: Tokens, from: number, to: number, runEnd: number, cue: number, reasons: Reason[], sure: boolean, provider: boolean, used: Uint8Array, hits: Hit[]): number {
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
  const lastSurname = last && is(tokens, to, SURNAME | FIRST | EPONYM);
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
    if ((f & NEVER) !== 0 && !(k > head && (f & SURNAME) !== 0) && !(first && k === head && (f & (MONTH | STATE)) !== 0 && last) && !((f & WEEKDAY) !== 0 && (k > head && k < to && is(tokens, to, SURNAME) || k === head && last && cue >= 8))) against += 16;
    if ((f & PROPER) !== 0) against += 16;
    if ((f & (INSTITUTION | FACILITY_WEAK)) !== 0 && (f & (FIRST | SURNAME)) === 0) against += k > head && (f & FACILITY_WEAK) === 0 && !ordinary(tokens, head) ? 2 : 12;
    if (ORGANISATIONS(listed[k] ?? 0) && (k > head || !last) && (f & SURNAME) === 0) against += 14;
    if ((f & EPONYM_NOUN) !== 0 && k > head) against += 16;
    if (k === to && last && !first && (nextGap & POSSESSIVE) === 0 && GROUNDS(listed[k] ?? 0)) against += 8;
    if (kind[k] === MIXED && (f & (FIRST | SURNAME)) === 0 && !MIXED_NAME.test(wordAt(tokens, k))) against += 10;
    if ((f & (LABEL | KIN | TITLE | ROLE)) !== 0 && (f & (FIRST | SURNAME)) === 0 && kind[k] !== INITIAL) against += 20;
    else if (!last && (f & (KIN | TITLE)) !== 0 && (nextGap & COLON) !== 0) against += 16;
    if (kind[k] === UPPER && !shouting && why.indexOf('label') < 0 && ((f & (FIRST | SURNAME)) === 0 || !last && (end[k] ?? 0) - (start[k] ?? 0) < 5)) against += 8;
    // "ED", "AL": letters, not Ed and Al
    if (kind[k] === UPPER && !shouting && !last && (end[k] ?? 0) - (start[k] ?? 0) === 2) against += 12;
    if ((f & STREET) !== 0 && k === to && last && (f & SURNAME) === 0 && !lastPlain) against += 4;
  }
  // "(Fax: 650…": a label though somebody may be called so
  if (is(tokens, to, LABEL) && ((nextGap & COLON) !== 0 || after < count && kind[after] === DIGITS) && labelAt(tokens, to) !== undefined) against += 16;
  // "K-Dur", "X-Act": a letter and a dash make a product
  if (initialHead && last && ((gap[head + 1] ?? 0) & DASH) !== 0) against += 16;
  if (is(tokens, head, EPONYM) && !last && !sure) against += first ? 2 : 8;
  // "Dr. Ueda's clinic" is a person's
  if (nextNear && (nextGap & AMPERSAND) === 0 && (is(tokens, after, EPONYM_NOUN) || is(tokens, after, FACILITY)) && !(sure && (nextGap & POSSESSIVE) !== 0)) against += 24;
  if (nextNear && ORGANISATIONS(listed[after] ?? 0)) against += 10;
  if (nextNear && (nextGap & DASH) !== 0 && (nextGap & SPACE) === 0 && after < count && kind[after] === DIGITS) against += 12;
  const p = head - 1;
  if (p >= 0 && ((gap[head] ?? 0) & (HARD | STOP | COMMA)) === 0) {
    if (ARTICLES(listed[p] ?? 0) && !last) against += 6;
    if (is(tokens, p, CITY) && used[p] === 1) against += 2;
    // "his residency at Emory"
    if (AT(listed[p] ?? 0) && first && !last && (nextGap & POSSESSIVE) === 0 && !(p > 0 && is(tokens, p - 1, DOING))) against += 6;
  }
  if (is(tokens, head, CITY) && !last && !sure) against += 4;
  // what speaks for one
  if (nextNear && is(tokens, after, DOING) && kind[after] === LOWER) {
    cue += !last && !first && opens(tokens, head) ? 8 : 4;
    why.push('doing');
  }
  // "Kealoha, a teenager", "Ann, our 45-year-old"
  if (nextGap === (SPACE | COMMA) && APPOSITION(listed[after] ?? 0) && isAged(tokens, after)) cue += 8;
  // "Odessa Kim, 44, has", "Ann Whitehorse (16, ": an age behind a name
  if (last && !ordinary(tokens, to) && (nextGap === (SPACE | COMMA) || nextGap === (SPACE | OPEN)) && isAge(tokens, after)) {
    cue += 8;
    why.push('age-before');
  }
  // "We discharged Winnifred"
  if (!last && !first && p > 0 && gap[head] === SPACE && kind[head] === CAPITAL && !ordinary(tokens, head) && is(tokens, p, VISIT) && WE(listed[p - 1] ?? 0)) cue += 4;
  // "BOGDANOVIC MILICA|1990-01-19": a cell of its own, and a number in the next
  if (last && (gap[head] ?? 0) & CELL && (nextGap & TAB) !== 0 && kind[after] === DIGITS && !ordinary(tokens, head)) cue += kind[head] === UPPER ? 20 : 6;
  // "the Henderson baby"
  if (nextNear && nextGap === SPACE && (BABY(listed[after] ?? 0) || HOME(listed[after] ?? 0) && !last && p >= 0 && ARTICLES(listed[p] ?? 0) && !ordinary(tokens, head))) cue += 12;
  // "call Annabeth Crowder about her": nobody's name by the lists, but where a person stands
  if (last && !first && kind[head] === CAPITAL && kind[to] === CAPITAL && !ordinary(tokens, head) && p >= 0 && gap[head] === SPACE && ERRAND(listed[p] ?? 0)) cue += THEIRS(listed[after] ?? 0) && nextGap === SPACE ? 9 : 6;
  // "Rose was seen for a rash", "Mark is on insulin"
  if (firstPlain && !last && opens(tokens, head) && nextNear && is(tokens, after, DOING) && kind[after] === LOWER && careFollows(tokens, after)) cue += 8;
  // "Re: Kowalczyk biopsy"
  if (!last && !first && head > 0 && ABOUT(listed[head - 1] ?? 0) && !ordinary(tokens, head) && kind[head] === CAPITAL && nextNear && careFollows(tokens, head)) cue += 6;
  // "Re: Whitfield."
  if (!last && !first && head > 0 && ABOUT(listed[head - 1] ?? 0) && ((gap[head] ?? 0) & COLON) !== 0 && !ordinary(tokens, head) && kind[head] === CAPITAL && (nextGap & (STOP | HARD | COMMA | DASH)) !== 0) cue += 8;
  if ((nextGap & POSSESSIVE) !== 0 && !is(tokens, head, EPONYM)) cue += RECORDS(listed[after] ?? 0) || nextNear && is(tokens, after, last ? KIN : KIN | CONDITION) ? 8 : 2;
  if (after < count && (nextGap & COMMA) !== 0 && !last && first && !firstPlain) cue += 1;
  // "Smith (DOB …", "Lane, MRN …"
  const beside = after < count && (nextGap & (OPEN | COMMA | SPACE)) !== 0 && (nextGap & HARD) === 0 && is(tokens, after, LABEL) ? labelAt(tokens, after)?.kind : undefined;
  if (beside === 'dob' || beside === 'mrn' || beside === 'ssn') {
    cue += 8;
    why.push('label-after');
  }
  // "Ubul: What a wife." – someone speaks
  if ((nextGap & COLON) !== 0 && (nextGap & HARD) === 0 && (nextGap & SPACE) !== 0 && kind[head] !== UPPER && opens(tokens, head) && isCapital(tokens, after) && !ordinary(tokens, head)) cue += first ? 2 : 8;
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
