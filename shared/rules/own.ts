/** What makes a match of an organization's own rule a finding: check digits, words nearby, its line, whatever engine looks for the patterns. ES2016 library only. */
import { isDea, isIban, isNpi, isRouting, isVin, luhn } from '../scan/checksum.ts';
import type { Scanned } from '../scan/block.ts';
import type { Confidence, IdentifierKind, OwnRules } from '../scan/scan.ts';
import { laid, type OwnHit } from './laid.ts';
import type { Matcher } from './plain.ts';

type Checksum = 'luhn' | 'mod-97' | 'npi' | 'aba' | 'dea' | 'vin';

interface Nearby {
  readonly words: readonly string[];
  /** characters before and behind */
  readonly within: number;
}

export interface OwnRule {
  readonly name: string;
  readonly kind: IdentifierKind;
  readonly pattern: string;
  /** how sure a match is by itself */
  readonly confidence: Confidence;
  /** with one of these words nearby it is as sure as this */
  readonly near?: (Nearby & { readonly confidence: Confidence }) | undefined;
  /** with one of these nearby it is none */
  readonly notNear?: Nearby | undefined;
  readonly checksum?: Checksum | undefined;
}

export interface RuleSet {
  readonly rules: readonly OwnRule[];
  /** formats of record numbers: # a digit, @ a letter, ? either, all else itself */
  readonly mrn: readonly string[];
  readonly thresholds: { readonly people?: number | undefined; readonly rows?: number | undefined };
}

/** No identifier is longer. */
const LONGEST = 200;
/** Long lines are read in pieces that overlap by the longest match, so that the time stays linear even where each match looks far ahead. */
const PIECE = 1_000;
/** In one piece of a line; a list longer than that is told from the rest of the line. */
const MOST_HITS = 100;

const bare = (value: string): string => value.replace(/[\s.-]/g, '').toUpperCase();

function isMod97(value: string): boolean {
  if (isIban(value)) return true;
  if (!/^\d{4,}$/.test(value)) return false;
  let rest = 0;
  for (let i = 0; i < value.length; i += 1) rest = (rest * 10 + value.charCodeAt(i) - 48) % 97;
  return rest === 1;
}

/** ISO/IEC 7812-1, ISO/IEC 7064, 45 CFR 162.406, ABA, 21 CFR 1301, 49 CFR 565.15 */
const CHECKS: { readonly [name in Checksum]: (value: string) => boolean } = {
  luhn: (v) => /^\d{2,}$/.test(v) && luhn(v), 'mod-97': isMod97, npi: isNpi, aba: isRouting, dea: isDea, vin: isVin,
};

const RECORD_WORDS = ['mrn', 'medical record', 'record', 'chart', 'patient id', 'patient', 'encounter', 'visit'];

/** A format that is digits alone says nothing by itself: any number is one. */
function ruleOf(format: string, n: number): OwnRule {
  const pattern = format.replace(/[^]/g, (c) => (c === '#' ? '\\d' : c === '@' ? '[A-Za-z]' : c === '?' ? '[A-Za-z0-9]' : c.replace(/[\\^$.*+?()[\]{}|]/, '\\$&')));
  const telling = /[A-Za-z]/.test(format);
  return { name: `mrn-${n + 1}`, kind: 'MRN', pattern, confidence: telling ? 'high' : 'low', ...(telling ? {} : { near: { words: RECORD_WORDS, within: 40, confidence: 'high' } }) };
}

/** Formats of record numbers behind the rules. */
export const allOf = (set: RuleSet): OwnRule[] => [...set.rules, ...set.mrn.map(ruleOf)];

const WORD = /[A-Za-z0-9\u00c0-\uffff]/;

function wordEnd(text: string, at: number): number {
  let end = at;
  while (end < text.length && WORD.test(text.charAt(end))) end += 1;
  return Math.max(end, at + 1);
}

/** Not a part of a longer word or number. */
function apart(text: string, start: number, end: number): boolean {
  const cut = (at: number): boolean => WORD.test(text.charAt(at - 1)) && WORD.test(text.charAt(at));
  return !cut(start) && !cut(end);
}

function stands(text: string, { words, within }: Nearby, start: number, end: number): boolean {
  const around = `${text.slice(Math.max(0, start - within), start)}\n${text.slice(end, end + within)}`.toLowerCase();
  return words.some((word) => {
    for (let at = around.indexOf(word.toLowerCase()); at >= 0; at = around.indexOf(word.toLowerCase(), at + 1)) {
      if (apart(around, at, at + word.length)) return true;
    }
    return false;
  });
}

function judged(rule: OwnRule, text: string, start: number, end: number): OwnHit | undefined {
  if (end === start || end - start > LONGEST || !apart(text, start, end)) return undefined;
  if (rule.notNear !== undefined && stands(text, rule.notNear, start, end)) return undefined;
  const near = rule.near !== undefined && stands(text, rule.near, start, end);
  const right = rule.checksum === undefined || CHECKS[rule.checksum](bare(text.slice(start, end)));
  // as the built-in rules do: a label keeps a mistyped number, faintly
  if (!right && !near) return undefined;
  const told = ['matches a rule of your organization'];
  if (near) told.push('a word that the rule expects stands nearby');
  if (rule.checksum !== undefined) told.push(right ? 'its check digit is right' : 'its check digit is wrong, so it may be mistyped or something else');
  // the kind comes first, as in the built-in rules, whose families the verdict knows
  return { kind: rule.kind, rule: `${rule.kind.toLowerCase()}.own-${rule.name}`, start, end, confidence: !right ? 'low' : near && rule.near !== undefined ? rule.near.confidence : rule.confidence, told };
}

/** As much of a hash as `ruleset` shows: enough to tell rules apart. */
const SHORT_HASH = 12;

/** `matchers`: of `allOf(set)`, in that order; null: that rule is not looked for. `likely`: which of them may match in a text, all by default. */
export function ownRules(set: RuleSet, hash: string, matchers: readonly (Matcher | null)[], likely?: (text: string) => readonly number[]): OwnRules {
  const rules = allOf(set);
  const every = matchers.map((_, i) => i);
  function look(text: string): OwnHit[] {
    const hits: OwnHit[] = [];
    if (rules.length === 0) return hits;
    for (let line = 0; line < text.length;) {
      const next = text.indexOf('\n', line);
      const stop = next < 0 ? text.length : next;
      for (let from = line; from < stop; from += PIECE - LONGEST) {
        const to = Math.min(stop, from + PIECE);
        const piece = text.slice(from, to);
        for (const which of likely ? likely(piece) : every) search(which, text, piece, from, to < stop, hits);
        if (to === stop) break;
      }
      line = stop + 1;
    }
    return hits;
  }

  function search(which: number, text: string, piece: string, from: number, goesOn: boolean, hits: OwnHit[]): void {
    const [rule, matcher] = [rules[which], matchers[which]];
    if (!rule || !matcher) return;
    for (let n = 0, at = 0; n < MOST_HITS && at <= piece.length; n += 1) {
      const found = matcher.find(piece, at);
      if (found === null) return;
      const { start, end } = found;
      // what begins in the overlap is read whole in the next piece
      if (goesOn && start >= PIECE - LONGEST) return;
      const hit = judged(rule, text, from + start, from + end);
      if (hit !== undefined) hits.push(hit);
      // what is none may hide one that begins with the next word, not sooner
      at = hit === undefined ? wordEnd(piece, start) : end;
    }
  }

  // A block that is known keeps what was found in it: one key stroke costs its own paragraph.
  const known = new WeakMap<Scanned, Scanned>();
  return {
    hash: hash.slice(0, SHORT_HASH), people: set.thresholds.people, rows: set.thresholds.rows,
    within(text, found) {
      const before = known.get(found);
      if (before !== undefined) return before;
      const all = laid(text, found, look(text));
      known.set(found, all);
      return all;
    },
  };
}
