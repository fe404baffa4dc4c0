/**
 * What a sentence says of the one it names: that something of health is theirs ("Finch has", "MRI for Finch", "Finch's labs"), or that they are at work
 * ("Finch drafts the diabetes protocol", "Finch is in the asthma group's picture"). A word of health that only describes a thing of the office is nobody's.
 * Finds no identifier; a faint name to which a complaint is tied grows surer by it.
 */
import { wordClasses } from '../lexicon/closed.ts';
import { hashWord } from '../lexicon/fold.ts';
import { AILING, CARE_WEAK, CONDITION, DOING, FILLER, FIRST, HEALTH, KIN, NAMING, ROLE, SURNAME, TITLE, VISIT } from '../lexicon/lexicon.ts';
import { inflected } from '../lexicon/stem.ts';
import { CAPITAL, CLOSE, COLON, COMMA, DASH, DIGITS, EDGE, firstFrom, INITIAL, NEWLINE, OPEN, ordinary, POSSESSIVE, SEMI, SLASH, SPACE, STOP, TAB, type Tokens } from '../token.ts';
import type { Hit } from '../weight.ts';
import { BODY, DEVICES, FAMOUS, HURT, JOBS, OFFICE, OFFICE_DOING, ORGANIZED, PUBLIC } from '../words/office.ts';
import { opens } from './cues.ts';

/** `theirs`: something of health is said of the named; `work`: they are named beside it at their work. */
export type Tie = 'theirs' | 'work';

const WORK = 1 << 0;
const ORGANIZES = 1 << 1;
const DEVICE_WORD = 1 << 2;
const BODILY = 1 << 3;
const LAB = 1 << 4;
const HURTS = 1 << 5;
const PRESENTS = 1 << 6;
const SHOWN = 1 << 7;
const MORE = 1 << 8;
const IS = 1 << 9;
const THE = 1 << 10;
const OURS = 1 << 11;
const SPEAKING = 1 << 12;
const THIRD = 1 << 13;
const PATIENTLY = 1 << 14;
const FOR = 1 << 15;
const HAVING = 1 << 16;
const WITH = 1 << 17;
const NEEDING = 1 << 18;
const TELLING = 1 << 19;
const TOILS = 1 << 20;
/** May be of the office with the next word. */
const BEGINS = 1 << 21;
const IN_OFFICE = 1 << 22;
const IN_PUBLIC = 1 << 23;
const JOB = 1 << 24;
const BY = 1 << 25;
/** List n for bit n. */
const classes = wordClasses(() => [
  inflected(OFFICE, false), inflected(ORGANIZED, false), inflected(DEVICES, false), inflected(BODY, false),
  'na k cr hgb hct wbc plt bun ca phos mag bicarb temp sat sats bp hr rr', HURT,
  'present presents presenting presented', 'the our a an his her their on data slides at m', inflected('order need want buy send bring get use', true),
  'is was', 'the our', 'our national', 'speak speaks spoke speaking', 'he she his her him hers they',
  'admitted referred enrolled seen treated discharged transferred attends goes scheduled booked', 'for on of re regarding about concerning with in from',
  // What a person and a complaint are joined by; the next join only right behind the name, or behind one of these.
  'has have had having is was are got gets getting takes taking took needs need needed wants wanted want denies refuses refused tested without wearing wears feels felt feeling keeps went isn wasn hasn missed suffers presented presents reports reported complains complained started stopped underwent continues came comes due',
  'with w on c o s p hx in for re regarding off at',
  'has have had needs need needed on wears using uses got gets wants wanted with', 'says said asks asked tells told explained mentioned agreed believes thinks knows wrote', inflected(OFFICE_DOING, true),
  'how list on', FAMOUS, inflected(PUBLIC, false), JOBS, 'from by',
]);
const MORE_WORD = hashWord('more');
const ON = hashWord('on');
const CALL = hashWord('call');
const HOW = hashWord('how');
const MANY = hashWord('many');
const LIST = hashWord('list');
const OF = hashWord('of');

/** Where one sentence ends and the next begins. */
const APART = NEWLINE | TAB | EDGE | SEMI;
const SENTENCE = 40;
const LINK = 10;
const BEFORE = 5;
/** Fainter than this is no name even where a complaint is tied to it. */
const LEAST = -8;
const SURE = 3;

export function isOffice(tokens: Tokens, t: number): boolean {
  const { count, hash, listed, flags } = tokens;
  const c = classes(listed[t] ?? 0);
  if ((c & (WORK | TOILS)) !== 0) return true;
  if ((c & (IS | PRESENTS | MORE | SPEAKING | BEGINS)) === 0 || t + 1 >= count) return false;
  const h = hash[t] ?? 0;
  const next = hash[t + 1] ?? 0;
  const n = classes(listed[t + 1] ?? 0);
  // "is the rep for", "was our captain"
  if ((c & IS) !== 0 && (n & THE) !== 0) return t + 2 < count && ((flags[t + 2] ?? 0) & (KIN | HEALTH | CARE_WEAK | AILING)) === 0;
  return (c & PRESENTS) !== 0 && (n & SHOWN) !== 0 || h === HOW && next === MANY || h === LIST && next === OF || (c & MORE) !== 0 && next === MORE_WORD || h === ON && next === CALL || (c & SPEAKING) !== 0 && next === ON;
}

/** What a word says of health: a complaint or its treatment; one that only describes a thing of the office, or a device; what happens to a body. */
const TERM = 1;
const OFFICES = 2;
const HAPPENS = 3;
const DEVICE = 4;

/**
 * What is read of a block once, however many names it has: of each word its classes, what it says of health, whether it is of the office; where its
 * sentence begins and where the next one does; and how many words before it are of the office, only describe a thing of it, or speak of health.
 */
const read = { word: new Int32Array(0), mark: new Uint8Array(0), desk: new Uint8Array(0), first: new Int32Array(0), beyond: new Int32Array(0), desks: new Int32Array(0), described: new Int32Array(0), plain: new Int32Array(0), third: false, famous: false };

function readBlock(tokens: Tokens, at: readonly number[]): void {
  const { count, gap, listed } = tokens;
  if (read.word.length < count + 1) {
    const size = count * 2 + 64;
    const ints = (): Int32Array => new Int32Array(size);
    Object.assign(read, { word: ints(), mark: new Uint8Array(size), desk: new Uint8Array(size), first: ints(), beyond: ints(), desks: ints(), described: ints(), plain: ints() });
  }
  const { word, mark, desk, first, beyond, desks, described, plain } = read;
  let third = 0;
  let begin = 0;
  for (let t = 0; t < count; t += 1) {
    const w = classes(listed[t] ?? 0);
    word[t] = w;
    third |= w;
    desk[t] = (w & (WORK | TOILS | IS | PRESENTS | MORE | SPEAKING | BEGINS)) !== 0 && isOffice(tokens, t) ? 1 : 0;
    if (gap[t] !== SPACE && ends(tokens, t)) begin = t;
    first[t] = begin;
  }
  read.third = (third & THIRD) !== 0;
  read.famous = (third & (IN_OFFICE | IN_PUBLIC)) !== 0;
  mark.fill(0, 0, count);
  for (let from = 0; from < count;) {
    let to = from + 1;
    while (to < count && first[to] === from) to += 1;
    beyond.fill(to, from, to);
    marks(tokens, from, to, at);
    from = to;
  }
  for (let t = 0; t < count; t += 1) {
    const m = mark[t] ?? 0;
    desks[t + 1] = (desks[t] ?? 0) + (desk[t] ?? 0);
    described[t + 1] = (described[t] ?? 0) + (m === OFFICES || m === DEVICE ? 1 : 0);
    plain[t + 1] = (plain[t] ?? 0) + (m === TERM || m === HAPPENS ? 1 : 0);
  }
}

/** Marks the words of health in the sentence [from, to); `at`: where they stand. */
function marks(tokens: Tokens, from: number, to: number, at: readonly number[]): void {
  const { start, flags, kind, span, phrase } = tokens;
  const { mark, word } = read;
  let next = firstFrom(at, start[from] ?? 0, at.length);
  for (let t = from; t < to; t += 1) {
    while (next < at.length && (at[next] ?? 0) < (start[t] ?? 0)) next += 1;
    const w = word[t] ?? 0;
    if (at[next] === start[t]) {
      const after = t + (((phrase[t] ?? 0) & HEALTH) !== 0 ? Math.max(1, span[t] ?? 1) : 1);
      mark[t] = t > from && ((word[t - 1] ?? 0) & OURS) !== 0 && after < to && kind[after] !== DIGITS && ((flags[after] ?? 0) & KIN) === 0 ? OFFICES : describes(tokens, after, to);
      t = after - 1;
    } else if ((((flags[t] ?? 0) | (phrase[t] ?? 0)) & AILING) !== 0 || (w & LAB) !== 0 && (kind[t + 1] === DIGITS || kind[t + 2] === DIGITS) && t + 2 < to) mark[t] = HAPPENS;
    else if ((w & HURTS) !== 0) for (let k = Math.max(from, t - 4); k < to && k < t + 7; k += 1) if (((word[k] ?? 0) & BODILY) !== 0) mark[t] = HAPPENS;
  }
}

/** "diabetes protocol", "hepatitis C clinic", "stroke program": what follows is a thing of the office; "insulin pump": a device. */
function describes({ gap, flags }: Tokens, after: number, to: number): number {
  const { word } = read;
  for (let k = after; k < to && k - after < 4; k += 1) {
    if (((gap[k] ?? 0) & ~(SPACE | DASH | POSSESSIVE)) !== 0) return TERM;
    if (((word[k] ?? 0) & (ORGANIZES | WORK)) !== 0) return OFFICES;
    if (((word[k] ?? 0) & DEVICE_WORD) !== 0) return DEVICE;
    if (((flags[k] ?? 0) & (DOING | NAMING | FILLER)) !== 0) return TERM;
  }
  return TERM;
}

const UNTIED = new Map<number, Tie>();

/** Of each name among the hits, by where it begins. May lift a faint name. */
export function tiesOf(tokens: Tokens, hits: Hit[], at: readonly number[]): ReadonlyMap<number, Tie> {
  let ties = UNTIED;
  let begun = false;
  for (let k = 0; k < hits.length; k += 1) {
    const hit = hits[k];
    if (hit === undefined || hit.kind !== 'NAME' || hit.weight < LEAST || hit.end - hit.start < 2) continue;
    const head = firstFrom(tokens.start, hit.start, tokens.count);
    let last = head;
    while (last + 1 < tokens.count && (tokens.start[last + 1] ?? 0) < hit.end) last += 1;
    if (!begun) readBlock(tokens, at);
    begun = true;
    const tie = tieOf(tokens, head, last, hit);
    if (tie === undefined) continue;
    if (ties === UNTIED) ties = new Map();
    ties.set(hit.start, tie);
    if (tie === 'theirs' && hit.weight < SURE && isNamed(tokens, head, last)) hits[k] = { ...hit, weight: SURE, reasons: [...hit.reasons, 'tied'] };
  }
  return ties;
}

/** Known as somebody's name, and not as a word. */
function isNamed(tokens: Tokens, head: number, last: number): boolean {
  for (let t = head; t <= last; t += 1) if (((tokens.flags[t] ?? 0) & (FIRST | SURNAME)) !== 0 && !ordinary(tokens, t)) return true;
  return false;
}

function ends(tokens: Tokens, t: number): boolean {
  const g = tokens.gap[t] ?? 0;
  if ((g & APART) !== 0) return true;
  // "Dr. Shah", "J. Trevino" go on
  return (g & STOP) !== 0 && (g & SPACE) !== 0 && ((tokens.flags[t - 1] ?? 0) & TITLE) === 0 && tokens.kind[t - 1] !== INITIAL;
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

/** "rep Jodie Marks", "slides from Jerome", "the pharmacist, Lena Hof," */
function isMaker({ gap, flags }: Tokens, head: number): boolean {
  const { word, desk } = read;
  const w = word[head - 1] ?? 0;
  if (gap[head] === SPACE) return (w & JOB) !== 0 || (w & BY) !== 0 && desk[head - 2] === 1;
  return gap[head] === (SPACE | COMMA) && ((flags[head - 1] ?? 0) & (ROLE | KIN)) === ROLE && ((word[head - 2] ?? 0) & OURS) !== 0;
}

function tieOf(tokens: Tokens, head: number, last: number, hit: Hit): Tie | undefined {
  const { first, beyond, desks, described, plain } = read;
  const from = Math.max(first[head] ?? 0, head - SENTENCE);
  const to = Math.min(beyond[last] ?? 0, last + SENTENCE);
  if (!patientCue(hit) && (read.famous && isFamous(tokens, head, from, to) || head > from && isMaker(tokens, head))) return 'work';
  if (after(tokens, head, last, to) || before(tokens, head, from)) return 'theirs';
  const ill = (plain[to] ?? 0) > (plain[from] ?? 0);
  if (patientCue(hit)) return ill ? 'theirs' : undefined;
  if (carried(tokens, to)) return 'theirs';
  const working = (desks[to] ?? 0) - (desks[last + 1] ?? 0) + (desks[head] ?? 0) - (desks[from] ?? 0) > 0;
  return working || !ill && (described[to] ?? 0) > (described[from] ?? 0) ? 'work' : undefined;
}

/** "Whitfield. He coded at 3 am": the next sentence goes on about the one named. */
function carried({ count, flags, phrase }: Tokens, from: number): boolean {
  const { word, mark, desk, first, beyond } = read;
  if (from >= count) return false;
  // "Could you see Frye? Ear pain": no sentence, but what she comes for
  const rest = Math.min(beyond[from] ?? 0, from + SENTENCE);
  let bare = rest - from < 12;
  for (let t = from; t < rest && bare; t += 1) bare = ((flags[t] ?? 0) & DOING) === 0 && desk[t] === 0;
  for (let t = from; bare && t < rest && t - from < 3; t += 1) if (mark[t] === HAPPENS || mark[t] === TERM && (((flags[t] ?? 0) | (phrase[t] ?? 0)) & CONDITION) !== 0) return true;
  if (!read.third) return false;
  let he = from;
  while (he < count && he - from < SENTENCE && ((word[he] ?? 0) & THIRD) === 0) he += 1;
  if (he >= count || he - from >= SENTENCE) return false;
  for (let t = he; t < count && t - he < 7 && (t === he || first[t] !== t && desk[t] === 0); t += 1) if (mark[t] === TERM || mark[t] === HAPPENS || mark[t] === DEVICE && ((word[he + 1] ?? 0) & NEEDING) !== 0) return true;
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
    if (desk[k] === 1) return false;
    // another name begins
    if (k > n && kind[k] === CAPITAL && ((flags[k] ?? 0) & (FIRST | SURNAME)) !== 0 && !ordinary(tokens, k) && mark[k] === 0) return false;
    const w = word[k] ?? 0;
    if ((g & OPEN) !== 0 && ((gap[k] ?? 0) & CLOSE) !== 0) having = false;
    if (mark[k] === HAPPENS && (having || k - n < 6) || mark[k] === TERM && having || mark[k] === OFFICES && visited || mark[k] === DEVICE && needing) return true;
    // "tell Joan Alder her results"
    if (k - n < 2 && (w & THIRD) !== 0 && k + 1 < to && weak(k + 1)) return true;
    visited = visited || (w & PATIENTLY) !== 0;
    needing = needing || (w & NEEDING) !== 0;
    having = (w & TELLING) === 0 && (having || (w & HAVING) !== 0 || k - n < 2 && (w & WITH) !== 0 || ((flags[k] ?? 0) & VISIT) !== 0);
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
