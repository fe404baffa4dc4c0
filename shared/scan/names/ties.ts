/**
 * What a sentence says of the one it names: that something of health is theirs ("Finch has", "MRI for Finch", "Finch's labs"), or that they are at work
 * ("Finch drafts the diabetes protocol", "Finch is in the asthma group's picture"). A word of health that only describes a thing of the office is nobody's.
 * Finds no identifier; a faint name to which a complaint is tied grows surer by it.
 */
import { hashWord, wordSet } from '../lexicon/fold.ts';
import { AILING, CARE_WEAK, CONDITION, DOING, FILLER, FIRST, HEALTH, KIN, NAMING, SURNAME, TITLE, VISIT } from '../lexicon/lexicon.ts';
import { CAPITAL, CLOSE, COLON, COMMA, DASH, DIGITS, EDGE, INITIAL, NEWLINE, OPEN, ordinary, POSSESSIVE, SEMI, SLASH, SPACE, STOP, TAB, type Tokens } from '../token.ts';
import type { Hit } from '../weight.ts';
import { BODY, DEVICES, HURT, OFFICE, OFFICE_DOING, ORGANIZED } from '../words/office.ts';
import { opens } from './cues.ts';

/** `theirs`: something of health is said of the named; `work`: they are named beside it at their work. */
export type Tie = 'theirs' | 'work';

/** "write" → writes, writing; "draft" → drafts, drafted, drafting; "slide" → slides. */
function inflected(list: string, verbs: boolean): (hash: number) => boolean {
  const all: string[] = [];
  for (const word of list.split(' ')) {
    const stem = word.replace(/e$/, '');
    all.push(word, /[^aeiou]y$/.test(word) ? `${word.slice(0, -1)}ies` : /(?:s|x|ch|sh)$/.test(word) ? `${word}es` : `${word}s`);
    if (verbs) all.push(`${stem}ed`, `${stem}ing`);
  }
  return wordSet(all.join(' '));
}

const office = inflected(OFFICE, false);
const officeDoing = inflected(OFFICE_DOING, true);
const organized = inflected(ORGANIZED, false);
const devices = inflected(DEVICES, false);
const body = inflected(BODY, false);
const labs = wordSet('na k cr hgb hct wbc plt bun ca phos mag bicarb temp sat sats bp hr rr');
const hurt = wordSet(HURT);
const PRESENTS = wordSet('present presents presenting presented');
const SHOWN = wordSet('the our a an his her their on data slides at m');
const MORE = inflected('order need want buy send bring get use', true);
const MORE_WORD = hashWord('more');
const ON = hashWord('on');
const CALL = hashWord('call');
const HOW = hashWord('how');
const MANY = hashWord('many');
const LIST = hashWord('list');
const OF = hashWord('of');
const IS = wordSet('is was');
const THE = wordSet('the our');
const OURS = wordSet('our national');
const SPEAKING = wordSet('speak speaks spoke speaking');
const THIRD = wordSet('he she his her him hers they');
const PATIENTLY = wordSet('admitted referred enrolled seen treated discharged transferred attends goes scheduled booked');
const FOR = wordSet('for on of re regarding about concerning with in from');
/** What a person and a complaint are joined by. */
const HAVING = wordSet('has have had having is was are got gets getting takes taking took needs need needed wants wanted want denies refuses refused tested without wearing wears feels felt feeling keeps went isn wasn hasn missed suffers presented presents reports reported complains complained started stopped underwent continues came comes due');
/** These join only right behind the name, or behind one of those. */
const WITH = wordSet('with w on c o s p hx in for re regarding off at');

const NEEDING = wordSet('has have had needs need needed on wears using uses got gets wants wanted with');
const TELLING = wordSet('says said asks asked tells told explained mentioned agreed believes thinks knows wrote');

/** Where one sentence ends and the next begins. */
const APART = NEWLINE | TAB | EDGE | SEMI;
const SENTENCE = 40;
const LINK = 8;
const BEFORE = 5;
/** Fainter than this is no name even where a complaint is tied to it. */
const LEAST = -8;
const SURE = 3;

export function isOffice(tokens: Tokens, t: number): boolean {
  const h = tokens.hash[t] ?? 0;
  if (office(h) || officeDoing(h)) return true;
  const next = tokens.hash[t + 1] ?? 0;
  if (t + 1 >= tokens.count) return false;
  // "is the rep for", "was our captain"
  if (IS(h) && THE(next)) return t + 2 < tokens.count && ((tokens.flags[t + 2] ?? 0) & (KIN | HEALTH | CARE_WEAK | AILING)) === 0;
  return PRESENTS(h) && SHOWN(next) || h === HOW && next === MANY || h === LIST && next === OF || MORE(h) && next === MORE_WORD || h === ON && next === CALL || SPEAKING(h) && next === ON;
}

/** What a word says of health: a complaint or its treatment; one that only describes a thing of the office, or a device; what happens to a body. */
const TERM = 1;
const OFFICES = 2;
const HAPPENS = 3;
const DEVICE = 4;

const scratch = { mark: new Uint8Array(1024) };

/** Marks the words of health in [from, to); `at`: where they stand. */
function marks(tokens: Tokens, from: number, to: number, at: readonly number[]): Uint8Array {
  const { start, flags, hash, kind, span, phrase } = tokens;
  if (scratch.mark.length < tokens.count + 1) scratch.mark = new Uint8Array(tokens.count * 2);
  const { mark } = scratch;
  mark.fill(0, from, to);
  let next = firstFrom(at, start[from] ?? 0, at.length);
  for (let t = from; t < to; t += 1) {
    while (next < at.length && (at[next] ?? 0) < (start[t] ?? 0)) next += 1;
    if (at[next] === start[t]) {
      const after = t + (((phrase[t] ?? 0) & HEALTH) !== 0 ? Math.max(1, span[t] ?? 1) : 1);
      mark[t] = t > from && OURS(hash[t - 1] ?? 0) && after < to && tokens.kind[after] !== DIGITS ? OFFICES : describes(tokens, after, to);
      t = after - 1;
    } else if ((((flags[t] ?? 0) | (phrase[t] ?? 0)) & AILING) !== 0 || labs(hash[t] ?? 0) && (kind[t + 1] === DIGITS || kind[t + 2] === DIGITS) && t + 2 < to) mark[t] = HAPPENS;
    else if (hurt(hash[t] ?? 0)) for (let k = Math.max(from, t - 4); k < to && k < t + 7; k += 1) if (body(hash[k] ?? 0)) mark[t] = HAPPENS;
  }
  return mark;
}

/** "diabetes protocol", "hepatitis C clinic", "stroke program": what follows is a thing of the office; "insulin pump": a device. */
function describes({ gap, hash, flags }: Tokens, after: number, to: number): number {
  for (let k = after; k < to && k - after < 4; k += 1) {
    if (((gap[k] ?? 0) & ~(SPACE | DASH | POSSESSIVE)) !== 0) return TERM;
    if (organized(hash[k] ?? 0) || office(hash[k] ?? 0)) return OFFICES;
    if (devices(hash[k] ?? 0)) return DEVICE;
    if (((flags[k] ?? 0) & (DOING | NAMING | FILLER)) !== 0) return TERM;
  }
  return TERM;
}

/** Of each name among the hits, by where it begins. May lift a faint name. */
export function tiesOf(tokens: Tokens, hits: Hit[], at: readonly number[]): ReadonlyMap<number, Tie> {
  const ties = new Map<number, Tie>();
  for (let k = 0; k < hits.length; k += 1) {
    const hit = hits[k];
    if (hit === undefined || hit.kind !== 'NAME' || hit.weight < LEAST || hit.end - hit.start < 2) continue;
    const head = firstFrom(tokens.start, hit.start, tokens.count);
    let last = head;
    while (last + 1 < tokens.count && (tokens.start[last + 1] ?? 0) < hit.end) last += 1;
    const tie = tieOf(tokens, head, last, hit, at);
    if (tie === undefined) continue;
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

/** The first of the rising numbers that is no less. */
function firstFrom(rising: { readonly [k: number]: number }, least: number, count: number): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const mid = (low + high) >> 1;
    if ((rising[mid] ?? 0) < least) low = mid + 1;
    else high = mid;
  }
  return low;
}

function ends(tokens: Tokens, t: number): boolean {
  const g = tokens.gap[t] ?? 0;
  if ((g & APART) !== 0) return true;
  // "Dr. Shah", "J. Trevino" go on
  return (g & STOP) !== 0 && (g & SPACE) !== 0 && ((tokens.flags[t - 1] ?? 0) & TITLE) === 0 && tokens.kind[t - 1] !== INITIAL;
}

function tieOf(tokens: Tokens, head: number, last: number, hit: Hit, at: readonly number[]): Tie | undefined {
  const { count } = tokens;
  let from = head;
  while (from > 0 && head - from < SENTENCE && !ends(tokens, from)) from -= 1;
  let to = last + 1;
  while (to < count && to - last < SENTENCE && !ends(tokens, to)) to += 1;
  const mark = marks(tokens, from, to, at);
  if (after(tokens, head, last, to, mark) || before(tokens, head, from, mark)) return 'theirs';
  let described = false;
  let plain = false;
  let working = false;
  for (let t = from; t < to; t += 1) {
    if (t < head || t > last) working = working || isOffice(tokens, t);
    if (mark[t] === OFFICES || mark[t] === DEVICE) described = true;
    else if (mark[t] === TERM || mark[t] === HAPPENS) plain = true;
  }
  const patient = hit.rule === 'name.cued' && (hit.reasons.indexOf('kin') >= 0 || hit.reasons.indexOf('label') >= 0 || hit.reasons.indexOf('label-after') >= 0 || hit.reasons.indexOf('age-before') >= 0);
  if (patient) return plain ? 'theirs' : undefined;
  if (carried(tokens, to, at)) return 'theirs';
  return working || described && !plain ? 'work' : undefined;
}

/** "Whitfield. He coded at 3 am": the next sentence goes on about the one named. */
function carried(tokens: Tokens, from: number, at: readonly number[]): boolean {
  const { count, hash } = tokens;
  if (from >= count) return false;
  // "Could you see Frye? Ear pain": no sentence, but what she comes for
  let rest = from + 1;
  while (rest < count && rest - from < SENTENCE && !ends(tokens, rest)) rest += 1;
  const first = marks(tokens, from, rest, at);
  let bare = rest - from < 12;
  for (let t = from; t < rest && bare; t += 1) bare = ((tokens.flags[t] ?? 0) & DOING) === 0 && !isOffice(tokens, t);
  for (let t = from; bare && t < rest && t - from < 3; t += 1) if (first[t] === HAPPENS || first[t] === TERM && (((tokens.flags[t] ?? 0) | (tokens.phrase[t] ?? 0)) & CONDITION) !== 0) return true;
  let he = from;
  while (he < count && he - from < SENTENCE && !THIRD(hash[he] ?? 0)) he += 1;
  if (he >= count || he - from >= SENTENCE) return false;
  let to = he + 1;
  while (to < count && to - he < 7 && !ends(tokens, to) && !isOffice(tokens, to)) to += 1;
  const mark = marks(tokens, he, to, at);
  for (let t = he; t < to; t += 1) if (mark[t] === TERM || mark[t] === HAPPENS) return true;
  return false;
}

/** Words behind the name: "'s labs", "has …", ": INR 4.2", "fell". */
function after(tokens: Tokens, head: number, last: number, to: number, mark: Uint8Array): boolean {
  const { gap, flags, hash, kind } = tokens;
  const n = last + 1;
  if (n >= to) return false;
  const g = gap[n] ?? 0;
  const weak = (k: number): boolean => ((flags[k] ?? 0) & CARE_WEAK) !== 0 && describes(tokens, k + 1, to) === TERM;
  if ((g & POSSESSIVE) !== 0) {
    for (let k = n; k < to && k - n < 5 && !isOffice(tokens, k); k += 1) if (mark[k] === TERM || mark[k] === HAPPENS || mark[k] === DEVICE || weak(k)) return true;
    return false;
  }
  const paused = (g & (COLON | OPEN | SLASH)) !== 0 || (g & DASH) !== 0 && (g & SPACE) !== 0 || (g & COMMA) !== 0 && (last > head || !opens(tokens, head));
  let having = paused || g === SPACE && mark[n] === TERM;
  let needing = false;
  let visited = false;
  for (let k = n; k < to && k - n < LINK; k += 1) {
    if (isOffice(tokens, k)) return false;
    // another name begins
    if (k > n && kind[k] === CAPITAL && ((flags[k] ?? 0) & (FIRST | SURNAME)) !== 0 && !ordinary(tokens, k) && mark[k] === 0) return false;
    const h = hash[k] ?? 0;
    if ((g & OPEN) !== 0 && ((gap[k] ?? 0) & CLOSE) !== 0) having = false;
    if (mark[k] === HAPPENS && (having || k - n < 6) || mark[k] === TERM && having || mark[k] === OFFICES && visited || mark[k] === DEVICE && needing) return true;
    // "tell Joan Alder her results"
    if (k - n < 2 && THIRD(h) && k + 1 < to && weak(k + 1)) return true;
    visited = visited || PATIENTLY(h);
    needing = needing || NEEDING(h);
    having = !TELLING(h) && (having || HAVING(h) || k - n < 2 && WITH(h) || ((flags[k] ?? 0) & VISIT) !== 0);
  }
  return false;
}

/** Words before it: "MRI for", "labs on". */
function before(tokens: Tokens, head: number, from: number, mark: Uint8Array): boolean {
  const { gap, hash, flags, kind } = tokens;
  let p = head - 1;
  while (p > from && (((flags[p] ?? 0) & (TITLE | KIN)) !== 0 || kind[p] === DIGITS)) p -= 1;
  if (p < from || ((gap[p + 1] ?? 0) & (COMMA | CLOSE)) !== 0 || !FOR(hash[p] ?? 0)) return false;
  for (let k = p - 1; k >= from && p - k < BEFORE; k -= 1) {
    if (((gap[k + 1] ?? 0) & (COMMA | COLON)) !== 0 || isOffice(tokens, k)) return false;
    if (mark[k] === TERM || mark[k] === HAPPENS || mark[k] === DEVICE) return true;
  }
  return false;
}
