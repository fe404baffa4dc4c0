/**
 * How sure a finding is, in tenths of log-odds: a rule's base plus what speaks for and against it. Whole numbers, so that pane and service agree bit for bit.
 * Calibrated on labelled texts; every weight has the sentence that explains it to the author.
 */
import { foldCode, hashStep, SEED } from './lexicon/fold.ts';
import type { Confidence, IdentifierKind } from './scan.ts';

export interface Hit {
  readonly kind: IdentifierKind;
  readonly rule: string;
  readonly start: number;
  readonly end: number;
  readonly weight: number;
  readonly reasons: readonly Reason[];
}

/** Why, in a person's words; `{}` is the label as the rule names it, never the value. */
export const REASONS = {
  'format': 'has the form of this identifier',
  'checksum': 'its check digit is right',
  'checksum-wrong': 'its check digit is wrong, so it may be mistyped or something else',
  'label': 'follows a label that names it',
  'label-far': 'follows a label a few words before',
  'label-after': 'the words after it name it',
  'header': 'stands in a column whose heading names it',
  'placeholder': 'is a well-known example number',
  'negative': 'the words before it name something else, such as an order or a ticket',
  'title': 'follows a title such as Dr. or Mrs.',
  'credential': 'is followed by a professional credential',
  'kin': 'follows a word such as patient, mother or named',
  'first-name': 'begins with a known first name',
  'surname': 'ends with a known surname',
  'initial': 'a first name with an initial',
  'last-first': 'written as last name, first name',
  'age-before': 'follows an age or a sex, as in a case description',
  'greeting': 'is greeted or addressed by name',
  'capital': 'is capitalised and not an ordinary word',
  'doing': 'does or says something, as a person would',
  'month': 'names a month and a day or year',
  'numeric': 'is written as a calendar date',
  'relative': 'is a time relative to the visit of a named patient',
  'birth': 'is given as a date of birth',
  'street': 'a number, a name and a street word',
  'city-state': 'a city with its state',
  'city': 'is the name of a city',
  'facility': 'names a place of care',
  'institution': 'is a known medical institution',
  'visit': 'follows words such as admitted to or seen at',
  'zip': 'a ZIP code',
  'unit': 'a mailbox, apartment or suite',
  'age': 'an age of 90 or more',
  'segment': 'stands in the field of a health record that holds it',
  'key': 'stands under a key of a health record that names it',
  'health-near': 'health words stand in the same paragraph',
  'no-health': 'no health words stand near',
  'tied': 'something of health is said of this person',
  'list': 'stands in a list of names',
  'image': 'speaks of a picture of the person',
} as const;

export type Reason = keyof typeof REASONS;

/** Most findings have one reason: its list is made once. */
const alone: { [reason in Reason]?: readonly string[] } = {};

export function said(reasons: readonly Reason[]): readonly string[] {
  const only = reasons[0];
  if (only === undefined || reasons.length > 1) return reasons.map((r) => REASONS[r]);
  return alone[only] ??= [REASONS[only]];
}

/** Each reason once. */
export function once(reasons: readonly Reason[]): readonly Reason[] {
  for (let k = 1; k < reasons.length; k += 1) if (reasons.indexOf(reasons[k] ?? 'format') < k) return reasons.filter((r, n) => reasons.indexOf(r) === n);
  return reasons;
}

/** .55 and .8 as log-odds in tenths. */
const MEDIUM = 2;
const HIGH = 14;

export function levelOf(weight: number): Confidence {
  return weight >= HIGH ? 'high' : weight >= MEDIUM ? 'medium' : 'low';
}

export function isWorth(weight: number): boolean {
  return weight >= MEDIUM;
}

/** Fainter than this is no hint but noise. */
export const FAINTEST = -4;

/** Where findings overlap the surer and longer one wins; a tie goes to the earlier rule. Answers those of some weight, in the order of the text. */
export function settle(hits: readonly Hit[]): readonly Hit[] {
  const sorted = byStart(hits, FAINTEST);
  let clear = true;
  for (let i = 1; i < sorted.length && clear; i += 1) clear = (sorted[i]?.start ?? 0) >= (sorted[i - 1]?.end ?? 0);
  if (clear) return sorted;
  const kept: Hit[] = [];
  for (let i = 0; i < sorted.length;) {
    let reach = sorted[i]?.end ?? 0;
    let next = i + 1;
    for (; next < sorted.length && (sorted[next]?.start ?? 0) < reach; next += 1) reach = Math.max(reach, sorted[next]?.end ?? 0);
    if (next === i + 1) {
      const only = sorted[i];
      if (only !== undefined) kept.push(only);
    } else kept.push(...surest(sorted.slice(i, next)));
    i = next;
  }
  return kept;
}

/** Of hits that overlap in a chain, each that overlaps none of higher rank. */
function surest(chain: Hit[]): Hit[] {
  const from = chain[0]?.start ?? 0;
  const covered = new Uint8Array(chain.reduce((most, h) => Math.max(most, h.end), from) - from);
  const free = ({ start, end }: Hit): boolean => covered.subarray(start - from, end - from).indexOf(1) < 0;
  return chain.sort((a, b) => rank(b) - rank(a) || a.start - b.start).filter((hit) => {
    if (!free(hit)) return false;
    covered.fill(1, hit.start - from, hit.end - from);
    return true;
  }).sort((a, b) => a.start - b.start);
}

/** More are sorted by the library, where they are not in order already. */
const FEW = 24;

/** A copy in the order of the text; where two begin together, the one of higher rank first. */
export function byStart(hits: readonly Hit[], faintest = -Infinity): Hit[] {
  const sorted: Hit[] = [];
  const few = hits.length <= FEW;
  let ordered = true;
  for (const hit of hits) {
    if (hit.weight < faintest) continue;
    let k = sorted.length;
    for (let before = sorted[k - 1]; before !== undefined && isAfter(before, hit); before = sorted[k - 1]) {
      ordered = few;
      if (!few) break;
      sorted[k] = before;
      k -= 1;
    }
    sorted[k] = hit;
  }
  return ordered ? sorted : sorted.sort((a, b) => a.start - b.start || rank(b) - rank(a));
}

function isAfter(a: Hit, b: Hit): boolean {
  return a.start > b.start || a.start === b.start && rank(a) < rank(b);
}

function rank(hit: Hit): number {
  return hit.weight * 4 + Math.min(hit.end - hit.start, 60);
}

/** `theirs`: something of health is said of the named; `work`: they are named beside it at their work; `aside`: by one word and without a title, in a sentence that says nothing of health. */
export type Tie = 'theirs' | 'work' | 'aside';

export const TIES: readonly Tie[] = ['theirs', 'work', 'aside'];

/** Where a name begins, times four, and the number of its tie; in the order of the text. */
export type Ties = readonly number[];
export const UNTIED: Ties = [];

/** What the verdict asks of findings, by their index. */
export interface Standing {
  /** of a name, whether a health word stands within reach of a reader's eye */
  readonly near: readonly boolean[];
  /** one number for the value, so that two spellings count once; it leaves neither pane nor service */
  readonly keys: readonly number[];
  /** of a name, what its sentence says of it */
  readonly ties: readonly (Tie | undefined)[];
}

/** As far as one sentence usually goes. */
const NEAR = 60;

/** What the verdict asks of each finding; `at`: where health words stand. */
export function evident(text: string, hits: readonly Spot[], at: readonly number[], tied: Ties): Standing {
  const near: boolean[] = [];
  const keys: number[] = [];
  const ties: (Tie | undefined)[] = [];
  let term = 0;
  let tie = 0;
  for (const hit of hits) {
    const { start, end } = hit;
    while (term < at.length && (at[term] ?? 0) < end) term += 1;
    const next = term < at.length ? at[term] ?? 0 : end + NEAR;
    const last = term > 0 ? at[term - 1] ?? 0 : start - NEAR;
    near.push(hit.kind === 'NAME' && (next - end < NEAR && !isParted(text, end, next) || start - last < NEAR && !isParted(text, last, start)));
    keys.push(keyOf(text, hit));
    while (tie < tied.length && (tied[tie] ?? 0) >> 2 < start) tie += 1;
    ties.push(hit.kind === 'NAME' && tie < tied.length && (tied[tie] ?? 0) >> 2 === start ? TIES[(tied[tie] ?? 0) & 3] : undefined);
  }
  return { near, keys, ties };
}

/** A sentence or a line ends between the two. */
function isParted(text: string, from: number, to: number): boolean {
  for (let i = from; i < to; i += 1) {
    const code = text.charCodeAt(i);
    if (code === 10 || (code === 46 || code === 33 || code === 63) && i + 1 < to && text.charCodeAt(i + 1) <= 32) return true;
  }
  return false;
}

type Spot = Pick<Hit, 'kind' | 'start' | 'end'>;

/** Of its letters and digits; of a name only the last two words, for a middle name may be missing. */
function keyOf(text: string, { kind, start, end }: Spot): number {
  let hash = SEED;
  let word = SEED;
  let before = 0;
  let open = false;
  for (let i = start; i < end; i += 1) {
    const code = foldCode(text.charCodeAt(i));
    if ((code >= 97 && code <= 122) || (code >= 48 && code <= 57) || code > 191) {
      if (!open) {
        before = word;
        word = SEED;
        open = true;
      }
      word = hashStep(word, code);
      hash = hashStep(hash, code);
    } else open = false;
  }
  return kind === 'NAME' ? before ^ Math.imul(word, 31) : hash | 0;
}
