/**
 * What all words of a page say together: that it is about somebody's care, or about the house. Each word has a small whole weight, by where its hash falls in
 * a table learned from labelled mails (`bench/gist.build.ts`); words at one place share it. What was found, and labels, are no words here, and no finding
 * weighs less than nothing: so one more identifier never speaks against a patient. A page of the house is quiet only where no sentence that holds somebody
 * sounds otherwise: so a sentence about a patient is heard among whatever others. Finds nothing itself.
 */
import { THIRD } from './health.ts';
import { LABEL } from './lexicon/lexicon.ts';
import { gistAt } from './lexicon/packed.ts';
import type { Evidence, Message } from './verdict.ts';
import { NEWLINE, SEMI, SPACE, STOP, TAB, type Tokens } from './token.ts';
import { type Hit, isWorth } from './weight.ts';
import { GIST_BASE, GIST_SIGNS } from './words/gist.ts';

/** The words of a block, for its page. */
export interface Gist {
  /** where they fall in the table */
  readonly places: readonly number[];
  /** how many there are; of a table's only that they are too many */
  readonly words: number;
  /** whether a sentence of it may tell of a patient */
  readonly told: boolean;
}

export const PLACES = 1501;
/** Words of a page: a mail is one. Of a longer block nothing is said. */
const PAGE = 300;
/** So few words say nothing together. */
const FEW = 12;
/** A page that weighs more is about somebody's care, one that weighs less about the house. */
const CARE = 2;
const HOUSE = 0;
/** A sentence that weighs as much may tell of a patient, whatever stands around it; one that holds somebody and something of health, a day of birth or "he" always does. */
const TOLD = 2;
/** `hits`, and the beginnings of what is said of health, in the order of the text. */
export function gistOf({ count, kind, flags, listed, gap, start, hash }: Tokens, hits: readonly Hit[], sick: readonly number[]): Gist {
  // most words of a table of thousands are never looked at
  if (count > PAGE * 2) return { places: [], words: count, told: false };
  const places: number[] = [];
  let words = 0;
  let next = 0;
  let said = 0;
  let told = false;
  let sum = 0;
  let somebody = false;
  let ill = false;
  for (let t = 0; t < count; t += 1) {
    const g = gap[t] ?? 0;
    if ((g & BREAK) !== 0 || (g & (STOP | SPACE)) === (STOP | SPACE)) {
      told = told || somebody && (ill || sum >= TOLD);
      sum = 0;
      somebody = false;
      ill = false;
    }
    const at = start[t] ?? 0;
    // "broke his hip" is said of health without a word of it; "Hines … he": goes on about them
    if (somebody && THIRD(listed[t] ?? 0)) ill = true;
    for (; (sick[said] ?? Infinity) <= at; said += 1) ill = true;
    let hit = hits[next];
    while (hit !== undefined && (hit.end <= at || !isWorth(hit.weight))) hit = hits[next += 1];
    if (hit !== undefined && hit.start <= at) {
      somebody = somebody || isSomebody(hit);
      if (hit.rule === 'date.birth') ill = true;
    } else if ((kind[t] ?? 0) <= LETTERS && ((flags[t] ?? 0) & LABEL) === 0) {
      const place = ((hash[t] ?? 0) >>> 0) % PLACES;
      words += 1;
      places.push(place);
      sum += gistAt(place);
    }
  }
  return { places, words, told: told || somebody && (ill || sum >= TOLD) };
}

/** Where a sentence ends without a stop. */
const BREAK = NEWLINE | TAB | SEMI;

/** Whoever may be a patient, or a number of theirs. */
function isSomebody({ kind, rule }: Hit): boolean {
  return kind === 'NAME' ? !isAtWork(rule) : kind !== 'DATE' && kind !== 'GEO';
}

function isAtWork(rule: string): boolean {
  return rule === 'name.provider' || rule === 'name.contact' || rule === 'name.author';
}

/** The last kind of token that is letters only. */
const LETTERS = 6;

interface Page {
  /** its first block, and the one behind its last */
  readonly from: number;
  readonly to: number;
  /** where its words fall, each once */
  readonly places: readonly number[];
  /** what was found on it, and what is said of health */
  readonly signs: ReadonlySet<string>;
  /** whether a sentence on it may tell of a patient */
  readonly told: boolean;
}

type Pages = Pick<Message, 'evidence' | 'health' | 'gists'>;

/** Signs that no finding gives; they alone may weigh less than nothing. */
export const SAID = ['second', 'third', 'trade', 'house', 'kin'] as const;

function signOf({ finding: { kind, rule }, tie }: Evidence): string {
  if (kind !== 'NAME') return rule === 'date.birth' ? 'birth' : rule === 'date.month' || rule === 'date.relative' ? 'month' : kind === 'DATE' || kind === 'GEO' ? kind : 'number';
  return isAtWork(rule) ? 'work' : rule === 'name.greeted' ? 'greeted' : tie ?? 'free';
}

/** Of each place, the last page that it was met on; pages are numbered as they are turned. */
const met = new Uint32Array(PLACES);
let turned = 0;

/** The pages of a message: blocks that follow one another, as many as fit on one; a longer block is on none. */
export function pagesOf({ evidence, health, gists }: Pages): readonly Page[] {
  const pages: Page[] = [];
  let next = 0;
  for (let from = 0; from < gists.length;) {
    const places: number[] = [];
    turned += 1;
    const signs = new Set<string>();
    let words = 0;
    let terms = 0;
    let weak = 0;
    let told = false;
    let to = from;
    for (; to < gists.length; to += 1) {
      const gist = gists[to];
      const said = health[to];
      if (gist === undefined || said === undefined || to > from && words + gist.words > PAGE) break;
      words += gist.words;
      told = told || gist.told;
      for (const place of gist.places) {
        if (met[place] === turned) continue;
        met[place] = turned;
        places.push(place);
      }
      for (const sign of SAID) if (said[sign]) signs.add(sign);
      terms += said.terms.length;
      weak += said.weak.length;
      for (let e = evidence[next]; e !== undefined && e.block === to; e = evidence[next += 1]) {
        signs.add(signOf(e));
        if (e.near) signs.add('near');
      }
    }
    if (terms > 0) signs.add('term');
    if (terms > 1) signs.add('terms');
    if (terms > 3) signs.add('many');
    if (weak > 0) signs.add('weak');
    if (weak > 2) signs.add('weaks');
    if (words <= PAGE) pages.push({ from, to, places, signs, told });
    from = to;
  }
  return pages;
}

/** How much a page is about somebody's care. */
function weigh({ places, signs }: Page): number {
  let sum = GIST_BASE;
  for (const place of places) sum += gistAt(place);
  signs.forEach((sign) => {
    sum += GIST_SIGNS[sign] ?? 0;
  });
  return sum;
}

/** Signs of somebody who may be a patient: a page without any of them tells of nobody. */
const SOMEBODY = ['theirs', 'free', 'aside', 'greeted', 'number', 'birth', 'DATE', 'GEO'];

/** Whether a page that tells of someone is about somebody's care (the more words there are, the more have to say so), and which blocks are on pages of the house. */
export function hear(message: Pages): { readonly ofCare: boolean; readonly quiet: readonly boolean[] } {
  const quiet = message.gists.map(() => false);
  let ofCare = false;
  for (const page of pagesOf(message)) {
    if (page.places.length <= FEW) continue;
    const weight = weigh(page);
    ofCare = ofCare || SOMEBODY.some((sign) => page.signs.has(sign)) && weight - page.places.length / 16 > CARE;
    if (weight < HOUSE && !page.told) quiet.fill(true, page.from, page.to);
  }
  return { ofCare, quiet };
}
