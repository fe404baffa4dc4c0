/**
 * What a sentence says of the one it names: that something of health is theirs ("Finch has", "MRI for Finch", "Finch's labs"), or that they are at work
 * ("Finch drafts the diabetes protocol", "Finch is in the asthma group's picture"). A word of health that only describes a thing of the office is nobody's.
 * Finds no identifier; a faint name to which a complaint is tied grows surer by it.
 */
import { wordSet } from '../lexicon/closed.ts';
import { CARE_WEAK, CONDITION, DOING, FACILITY_WEAK, FIRST, KIN, MONTH, ROLE, SURNAME, TITLE, VISIT } from '../lexicon/lexicon.ts';
import { CAPITAL, CLOSE, COLON, COMMA, DASH, DIGITS, firstFrom, OPEN, ordinary, POSSESSIVE, SLASH, SPACE, type Tokens } from '../token.ts';
import { FAINTEST, type Hit, type Tie, TIES, type Ties, UNTIED } from '../weight.ts';
import { opens } from './cues.ts';
import { BED, hasBed } from './forms.ts';
import { BY, describes, DEVICE, FOR, HAPPENS, HAVING, IN_OFFICE, IN_PUBLIC, IS, JOB, NEEDING, OFFICES, OURS, PATIENTLY, read, readBlock, SENTENCE, SERVED, TELLING, TERM, THIRD, WITH } from './reading.ts';

const SAYS = wordSet('says said');
const IN = wordSet('in');

const SURE = 3;
/** Fainter than this is no name even where a complaint is tied to it. */
const LEAST = -8;
const BEFORE = 5;
const LINK = 10;

/** Of each name among the hits. May lift a faint name. `ofHouse`: where the block runs the house, words that do so. */
export function tiesOf(tokens: Tokens, hits: Hit[], at: readonly number[], ofHouse: ((word: number) => boolean) | null): Ties {
  let ties: number[] | undefined;
  let rising = true;
  let begun = false;
  for (let k = 0; k < hits.length; k += 1) {
    const hit = hits[k];
    if (hit === undefined || hit.kind !== 'NAME' || hit.weight < LEAST || hit.end - hit.start < 2) continue;
    const head = firstFrom(tokens.start, hit.start, tokens.count);
    let last = head;
    while (last + 1 < tokens.count && (tokens.start[last + 1] ?? 0) < hit.end) last += 1;
    // nothing would make a finding of it
    if (hit.weight < FAINTEST && !isNamed(tokens, head, last)) continue;
    if (!begun) readBlock(tokens, at);
    begun = true;
    const tie = tieOf(tokens, head, last, hit, ofHouse);
    if (tie === undefined) continue;
    ties ??= [];
    rising = rising && hit.start * 4 > (ties[ties.length - 1] ?? -1);
    ties.push(hit.start * 4 + TIES.indexOf(tie));
    if (tie === 'theirs' && hit.weight < SURE && isNamed(tokens, head, last)) hits[k] = { ...hit, weight: SURE, reasons: [...hit.reasons, 'tied'] };
  }
  if (ties === undefined) return UNTIED;
  return rising ? ties : ties.sort((a, b) => a - b);
}

/** Known as somebody's name, and not as a word; or written as one. */
function isNamed(tokens: Tokens, head: number, last: number): boolean {
  for (let t = head; t <= last; t += 1) if (((tokens.flags[t] ?? 0) & (FIRST | SURNAME)) !== 0 && !ordinary(tokens, t)) return true;
  // "Lorcan Weeks": a given name that no list has
  return last === head + 1 && tokens.kind[head] === CAPITAL && tokens.kind[last] === CAPITAL && tokens.flags[head] === 0 && !ordinary(tokens, head);
}

/** Said in so many words to be the patient. */
function patientCue({ rule, reasons }: Hit): boolean {
  return rule === 'name.cued' && reasons.some((r) => r === 'kin' || r === 'label' || r === 'label-after' || r === 'age-before');
}

/** "King Charles", "the senator's": of public office; or the sentence is about a film, a book or the headlines. */
function isFamous({ gap }: Tokens, head: number, from: number, to: number): boolean {
  const { word } = read;
  if (((word[head] ?? 0) & IN_OFFICE) !== 0 || head > from && gap[head] === SPACE && ((word[head - 1] ?? 0) & IN_OFFICE) !== 0) return true;
  for (let t = from; t < to; t += 1) if (((word[t] ?? 0) & IN_PUBLIC) !== 0) return true;
  return false;
}

const DIED = wordSet('died wrote published discovered described invented');

/** "in 1906", "died in 1934": nobody's patient is as old. */
function isLongAgo({ text, kind, start, end, listed, gap, flags }: Tokens, from: number, to: number): boolean {
  let past = false;
  for (let t = from; t < to; t += 1) past = past || DIED(listed[t] ?? 0);
  for (let t = from + 1; t < to; t += 1) if (kind[t] === DIGITS && (end[t] ?? 0) - (start[t] ?? 0) === 4 && gap[t] === SPACE && (IN(listed[t - 1] ?? 0) || ((flags[t - 1] ?? 0) & MONTH) !== 0) && (past ? /^1(?:[0-8]|9[0-7])/ : /^1(?:[0-8]|9[0-2])/).test(text.slice(start[t], end[t]))) return true;
  return false;
}

/** "rep Jodie Marks", "slides from Jerome", "the pharmacist, Lena Hof," */
function isMaker({ gap, flags }: Tokens, head: number): boolean {
  const { word, desk } = read;
  const w = word[head - 1] ?? 0;
  if (gap[head] === SPACE) return (w & JOB) !== 0 || (w & BY) !== 0 && desk[head - 2] === 1;
  return gap[head] === (SPACE | COMMA) && ((flags[head - 1] ?? 0) & (ROLE | KIN)) === ROLE && ((word[head - 2] ?? 0) & OURS) !== 0;
}

function tieOf(tokens: Tokens, head: number, last: number, hit: Hit, ofHouse: ((word: number) => boolean) | null): Tie | undefined {
  const { first, beyond, desks, described, plain } = read;
  const from = Math.max(first[head] ?? 0, head - SENTENCE);
  const to = Math.min(beyond[last] ?? 0, last + SENTENCE);
  for (let t = from; ofHouse !== null && t < to; t += 1) if (ofHouse(tokens.listed[t] ?? 0)) return undefined;
  if (read.figures && isLongAgo(tokens, from, to) || !patientCue(hit) && (read.famous && isFamous(tokens, head, from, to) || head > from && isMaker(tokens, head))) return 'work';
  if (after(tokens, head, last, to) || before(tokens, head, from) || isServed(tokens, head, last, from, to) || hasBed(tokens, last) && (BED(tokens.listed[last + 1] ?? 0) || BED(tokens.listed[last + 2] ?? 0))) return 'theirs';
  const ill = (plain[to] ?? 0) > (plain[from] ?? 0);
  if (patientCue(hit)) return ill ? 'theirs' : undefined;
  if (carried(tokens, to, ofHouse)) return 'theirs';
  // "… will end in January, says Paulette"
  if (head > from && SAYS(tokens.listed[head - 1] ?? 0)) return 'work';
  const working = (desks[to] ?? 0) - (desks[last + 1] ?? 0) + (desks[head] ?? 0) - (desks[from] ?? 0) > 0;
  if (working || !ill && (described[to] ?? 0) > (described[from] ?? 0)) return 'work';
  return !ill && head === last && hit.rule !== 'name.titled' ? 'aside' : undefined;
}

/** "Whitfield. He coded at 3 am": the next sentence goes on about the one named. */
function carried({ count, flags, phrase, listed }: Tokens, from: number, ofHouse: ((word: number) => boolean) | null): boolean {
  const { word, mark, desk, first, beyond } = read;
  let until = Math.min(count, from + SENTENCE);
  for (let t = from; ofHouse !== null && t < until; t += 1) if (ofHouse(listed[t] ?? 0)) until = first[t] ?? from;
  if (from >= until) return false;
  // "Could you see Frye? Ear pain": no sentence, but what she comes for
  const rest = Math.min(beyond[from] ?? 0, from + SENTENCE);
  let bare = rest - from < 12;
  for (let t = from; t < rest && bare; t += 1) bare = ((flags[t] ?? 0) & DOING) === 0 && desk[t] === 0;
  for (let t = from; bare && t < rest && t - from < 3; t += 1) if (mark[t] === HAPPENS || mark[t] === TERM && (((flags[t] ?? 0) | (phrase[t] ?? 0)) & CONDITION) !== 0) return true;
  if (!read.third) return false;
  for (let he = from; he < until; he += 1) {
    if (((word[he] ?? 0) & THIRD) === 0) continue;
    for (let t = he; t < Math.min(count, until + 7) && t - he < 7 && (t === he || first[t] !== t && desk[t] === 0); t += 1) if (mark[t] === TERM || mark[t] === HAPPENS || mark[t] === DEVICE && ((word[he + 1] ?? 0) & NEEDING) !== 0) return true;
  }
  return false;
}

/** Words behind the name: "'s labs", "has …", ": INR 4.2", "fell". */
function after(tokens: Tokens, head: number, last: number, to: number): boolean {
  const { gap, flags, kind } = tokens;
  const { word, mark, desk } = read;
  const n = last + 1;
  if (n >= to) return false;
  const g = gap[n] ?? 0;
  const weak = (k: number): boolean => ((flags[k] ?? 0) & CARE_WEAK) !== 0 && describes(tokens, k + 1, to) === TERM;
  if ((g & POSSESSIVE) !== 0) {
    for (let k = n; k < to && k - n < 7 && desk[k] === 0; k += 1) if (mark[k] === TERM || mark[k] === HAPPENS || mark[k] === DEVICE || weak(k)) return true;
    return false;
  }
  const paused = (g & (COLON | OPEN | SLASH)) !== 0 || (g & DASH) !== 0 && (g & SPACE) !== 0 || (g & COMMA) !== 0 && (last > head || !opens(tokens, head));
  let having = paused || g === SPACE && mark[n] === TERM;
  let needing = false;
  let visited = false;
  for (let k = n; k < to && k - n < LINK; k += 1) {
    if (desk[k] === 1) return isTheirs(tokens, k, to);
    // another name begins
    if (k > n && kind[k] === CAPITAL && ((flags[k] ?? 0) & (FIRST | SURNAME)) !== 0 && !ordinary(tokens, k) && mark[k] === 0) return false;
    const w = word[k] ?? 0;
    if ((g & OPEN) !== 0 && ((gap[k] ?? 0) & CLOSE) !== 0) having = false;
    if (mark[k] === HAPPENS && (having || k - n < 6) || mark[k] === TERM && having || mark[k] === OFFICES && visited || mark[k] === DEVICE && needing) return true;
    // "tell Joan Alder her results", "… about her HIV test"
    if ((w & THIRD) !== 0 && k + 1 < to && (mark[k + 1] === TERM || weak(k + 1) || ((word[k + 1] ?? 0) & SERVED) !== 0 || k + 2 < to && weak(k + 2))) return true;
    visited = visited || (w & PATIENTLY) !== 0;
    needing = needing || (w & NEEDING) !== 0;
    having = (w & TELLING) === 0 && (having || (w & HAVING) !== 0 || k - n < 2 && (w & WITH) !== 0 || ((flags[k] ?? 0) & VISIT) !== 0);
  }
  return false;
}

/** "Interpreter needed for Ann Hale, dialysis clinic", "portal account of Ann Hale to view oncology results": where nothing is of the office. */
function isServed({ flags }: Tokens, head: number, last: number, from: number, to: number): boolean {
  const { word, mark, desks } = read;
  if (head < from + 2 || ((word[head - 1] ?? 0) & FOR) === 0 || (desks[to] ?? 0) > (desks[from] ?? 0)) return false;
  let served = false;
  for (let k = head - 2; k >= from && head - k < 7; k -= 1) served = served || ((word[k] ?? 0) & SERVED) !== 0;
  for (let k = last + 1; served && k < to && k - last < LINK; k += 1) if (mark[k] !== 0 || ((flags[k] ?? 0) & (CARE_WEAK | FACILITY_WEAK)) !== 0) return true;
  return false;
}

/** "… about stopping her lithium while she is pregnant": the complaint is hers, whatever she does besides. */
function isTheirs({ kind, flags }: Tokens, from: number, to: number): boolean {
  const { word, mark } = read;
  for (let k = from; k + 1 < to; k += 1) {
    if (kind[k] === CAPITAL && ((flags[k] ?? 0) & (FIRST | SURNAME)) !== 0) return false;
    if (((word[k] ?? 0) & THIRD) === 0) continue;
    const next = ((word[k + 1] ?? 0) & IS) !== 0 ? k + 2 : k + 1;
    if (next < to && (mark[next] === TERM || mark[next] === HAPPENS)) return true;
  }
  return false;
}

/** Words before it: "MRI for", "labs on". */
function before({ gap, flags, kind }: Tokens, head: number, from: number): boolean {
  const { word, mark, desk } = read;
  let p = head - 1;
  while (p > from && (((flags[p] ?? 0) & (TITLE | KIN)) !== 0 || kind[p] === DIGITS)) p -= 1;
  if (p < from || ((gap[p + 1] ?? 0) & (COMMA | CLOSE)) !== 0 || ((word[p] ?? 0) & FOR) === 0) return false;
  for (let k = p - 1; k >= from && p - k < BEFORE; k -= 1) {
    if (((gap[k + 1] ?? 0) & (COMMA | COLON)) !== 0 || desk[k] === 1) return false;
    if (mark[k] === TERM || mark[k] === HAPPENS || mark[k] === DEVICE) return true;
  }
  return false;
}
