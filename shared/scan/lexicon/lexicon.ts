/**
 * What a word may be: flags by hash, decoded once at first use from the packed lists. Exact lists never err beyond a 32-bit collision;
 * the packed sets, of ordinary words and of rare ones, err as `fold.ts` says. Knows nothing of texts.
 */
// first: packed words spoil the compression of what stands around them
import { isStem, rareKind } from './packed.ts';
import { GIVEN_LEFT } from '../words/names.ts';
import { RARE_LEFT } from '../words/rare.ts';
import * as health from '../words/health.ts';
import { FILLERS, LABELS } from '../words/label.ts';
import { GENERAL, LAY, SERVICES } from '../words/lay.ts';
import * as people from '../words/people.ts';
import * as place from '../words/place.ts';
import { readClosed } from './closed.ts';
import { foldCode, hashStep, readList, SEED } from './fold.ts';
import { isFormal, prefixOf, stemsOf } from './stem.ts';

export const FIRST = 1;
export const SURNAME = 1 << 1;
export const CITY = 1 << 2;
export const STATE = 1 << 3;
export const STATE_CODE = 1 << 4;
export const STREET = 1 << 5;
export const STREET_SURE = 1 << 6;
export const UNIT = 1 << 7;
export const FACILITY = 1 << 8;
export const FACILITY_WEAK = 1 << 9;
export const INSTITUTION = 1 << 10;
export const COUNTRY = 1 << 11;
export const VISIT = 1 << 12;
export const TITLE = 1 << 13;
export const ROLE = 1 << 14;
export const KIN = 1 << 15;
export const CREDENTIAL = 1 << 16;
export const NAMING = 1 << 17;
export const DOING = 1 << 18;
export const MONTH = 1 << 19;
export const WEEKDAY = 1 << 20;
export const CONDITION = 1 << 21;
export const DRUG = 1 << 22;
export const CARE = 1 << 23;
export const CARE_WEAK = 1 << 24;
export const EPONYM = 1 << 25;
export const EPONYM_NOUN = 1 << 26;
export const PROPER = 1 << 27;
export const LABEL = 1 << 28;
export const FILLER = 1 << 29;
/** the word begins a phrase of several words */
export const PHRASE = 1 << 30;
/** happens to a body: of health only where it is said of somebody */
export const AILING = 1 << 31;

export const HEALTH = CONDITION | DRUG | CARE;
/** Words of these lists are ordinary, so the list of ordinary words need not hold them. */
const WORDS = LABEL | FILLER | DOING | VISIT | KIN | ROLE | NAMING | CARE_WEAK | CONDITION | CARE | UNIT | FACILITY_WEAK | AILING | EPONYM_NOUN;

/** A word that its flags alone make ordinary. */
export function isWord(flags: number): boolean {
  return (flags & WORDS) !== 0 && (flags & (FIRST | SURNAME)) === 0;
}

/** A phrase: hashes of the words after the first, and what the whole is. */
interface Phrase {
  readonly rest: readonly number[];
  readonly flags: number;
}

const MONTHS = 'january february march april may june july august september october november december jan feb mar apr jun jul aug sep sept oct nov dec';
const WEEKDAYS = 'mondays tuesdays wednesdays thursdays fridays saturdays sundays monday tuesday wednesday thursday friday saturday sunday mon tue tues wed thu thur thurs fri sat sun';

interface Lexicon {
  /** hash and number side by side */
  readonly slots: Int32Array;
  readonly flags: Int32Array;
  readonly closed: number;
  readonly phrases: readonly (readonly Phrase[] | undefined)[];
  readonly sensitive: Map<number, string>;
}

/** A power of two, at least twice the words of all lists. */
const SLOTS = 1 << 15;
/** What a rare word may be, by the number the builder gives it. */
const RARE_KINDS: readonly number[] = [CONDITION, SURNAME, CITY, AILING, EPONYM, COUNTRY, PROPER, CARE_WEAK];

let built: Lexicon | undefined;

function build(): Lexicon {
  const slots = new Int32Array(SLOTS * 2);
  const flags = new Int32Array(SLOTS / 2);
  let count = 1;
  const phrases: Phrase[][] = [];
  const put = (hash: number, bits: number): number => {
    let slot = hash & (SLOTS - 1);
    while (slots[slot * 2 + 1] !== 0 && slots[slot * 2] !== hash) slot = (slot + 1) & (SLOTS - 1);
    let number = slots[slot * 2 + 1] ?? 0;
    if (number === 0) {
      number = count;
      count += 1;
      if (count > flags.length) throw new Error('more words than half the slots');
      slots[slot * 2] = hash;
      slots[slot * 2 + 1] = number;
    }
    flags[number] = (flags[number] ?? 0) | bits;
    return number;
  };
  readClosed((hash) => put(hash, 0));
  for (const [, labels] of LABELS) readList(labels, (words) => put(words[words.length - 1] ?? 0, LABEL));
  const lists: readonly (readonly [string, number])[] = [
    [GIVEN_LEFT, FIRST], [people.SURNAMES, SURNAME], [people.TITLES, TITLE], [people.ROLES, ROLE], [people.KIN, KIN], [people.CREDENTIALS, CREDENTIAL], [people.NAMING, NAMING], [people.DOING, DOING],
    [place.STATES, STATE], [place.STATE_CODES.toLowerCase(), STATE_CODE], [place.STREETS, STREET], [place.STREETS_SURE, STREET_SURE], [place.UNITS, UNIT], [place.FACILITIES, FACILITY],
    [place.FACILITIES_WEAK, FACILITY_WEAK], [place.INSTITUTIONS, INSTITUTION], [place.CITIES, CITY], [place.COUNTRIES, COUNTRY], [place.VISITS, VISIT],
    [MONTHS, MONTH], [WEEKDAYS, WEEKDAY], [health.CONDITIONS, CONDITION], [health.DRUGS, DRUG], [health.CARE, CARE], [health.CARE_WEAK, CARE_WEAK], [health.AILING, AILING], [LAY, AILING], [SERVICES, CARE], [GENERAL, CARE_WEAK],
    [health.EPONYMS, EPONYM], [health.EPONYM_NOUNS, EPONYM_NOUN], [health.PROPER, PROPER], [FILLERS, FILLER],
    ...RARE_LEFT.map((list, kind) => [list, RARE_KINDS[kind] ?? 0] as const),
    ...Object.keys(health.SENSITIVE).map((kind) => [health.SENSITIVE[kind] ?? '', CARE] as const),
  ];
  // words that begin a phrase have their numbers before all others
  const alone: number[] = [];
  for (const [list, bits] of lists) {
    readList(list, (words) => {
      const first = words[0] ?? 0;
      if (words.length === 1) alone.push(first, bits);
      else (phrases[put(first, PHRASE)] ??= []).push({ rest: words.slice(1), flags: bits });
    });
  }
  const closed = count - 1;
  for (let k = 0; k < alone.length; k += 2) put(alone[k] ?? 0, alone[k + 1] ?? 0);
  const sensitive = new Map<number, string>();
  for (const kind of Object.keys(health.SENSITIVE)) readList(health.SENSITIVE[kind] ?? '', (words) => sensitive.set(words.reduce(phraseStep, PHRASE_SEED), kind));
  phrases.forEach((known) => known.sort((a, b) => b.rest.length - a.rest.length));
  return { slots, flags, closed, phrases, sensitive };
}

function lexicon(): Lexicon {
  built ??= build();
  return built;
}

/** The hash of a phrase, word by word. */
export const PHRASE_SEED = 7;

export function phraseStep(sum: number, hash: number): number {
  return (Math.imul(sum, 31) + hash) | 0;
}

/** Answers the number of a word by its hash, 0 for a word of no list. */
interface Lookup {
  readonly number: (hash: number) => number;
  /** of each word, by its number; number 0 is every other word */
  readonly flags: Int32Array;
  /** the numbers up to this one are of words that closed lists, labels or phrases ask for */
  readonly closed: number;
}

let opened: Lookup | undefined;

export function openLookup(): Lookup {
  if (opened !== undefined) return opened;
  const { slots, flags, closed } = lexicon();
  const mask = slots.length - 1;
  const number = (hash: number): number => {
    let slot = (hash << 1) & mask;
    for (;;) {
      const key = slots[slot];
      if (key === hash) return slots[slot + 1] ?? 0;
      if (key === 0) return 0;
      slot = (slot + 2) & mask;
    }
  };
  opened = { number, flags, closed };
  return opened;
}

/** What a word that no other list holds may be: one flag, or 0. */
export function rareFlag(hash: number): number {
  return RARE_KINDS[rareKind(hash)] ?? 0;
}

/** Flags of a word by its hash. */
export function flagsOf(hash: number): number {
  const { number, flags } = openLookup();
  const own = flags[number(hash)] ?? 0;
  return (own & ~PHRASE) === 0 ? own | rareFlag(hash) : own;
}

const NONE: readonly Phrase[] = [];

export function phrasesOf(listed: number): readonly Phrase[] {
  return lexicon().phrases[listed] ?? NONE;
}

export function sensitiveClass(hash: number): string | undefined {
  return lexicon().sensitive.get(hash);
}

function isKnown(hash: number): boolean {
  return isStem(hash) || isWord(flagsOf(hash));
}

const running = new Int32Array(40);
/** Answers for words seen lately: hash, then 1 or 2. The most frequent words of a language are few. */
const LATELY = 4096;
const lately = new Int32Array(LATELY * 2);

/** Probably an ordinary word of English, in some inflection. `hash` is the word's own, so the usual answer costs no string. */
export function isCommon(text: string, start: number, end: number, hash: number): boolean {
  const slot = (hash & (LATELY - 1)) * 2;
  // "Rémy" and "Remy" have one hash, and endings of their own
  const plain = /^[0-z]+$/.test(text.slice(start, end));
  if (plain && lately[slot] === hash && lately[slot + 1] !== 0) return lately[slot + 1] === 1;
  const answer = isStem(hash) || isFormal(text.slice(start, end)) || isInflected(text, start, end);
  if (!plain) return answer;
  lately[slot] = hash;
  lately[slot + 1] = answer ? 1 : 2;
  return answer;
}

function isInflected(text: string, start: number, end: number): boolean {
  const length = end - start;
  if (length < 4 || length > 38) return false;
  if (isDerived(text, start, length)) return true;
  const prefix = prefixOf(text, start, length);
  return prefix > 0 && (isDerived(text, start + prefix, length - prefix) || isKnown(running[length - prefix] ?? 0));
}

function isDerived(text: string, start: number, length: number): boolean {
  // hashes of every beginning of the word: what is left when an ending is taken off
  let sum = SEED;
  for (let i = 0; i < length; i += 1) {
    const code = foldCode(text.charCodeAt(start + i));
    if (code !== 39) sum = hashStep(sum, code);
    running[i + 1] = sum;
  }
  return stemsOf(text, start, length, (left, more) => {
    const base = running[left] ?? 0;
    return isKnown(more === 0 ? base : hashStep(base, more));
  });
}
