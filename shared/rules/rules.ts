/**
 * An organisation's own rules, compiled: patterns in RE2's syntax, which run in linear time whatever they and the text are, formats of record
 * numbers, words nearby, check digits from a fixed list. For pane and service alike: same rules, same findings. A match stays within its line and
 * stands apart from other letters and digits. Never reads a file, never keeps a text; the shape of the rules is checked by `shared/wire/rules.ts`.
 */
import { RE2JS, RE2JSSyntaxException, RE2Set } from 're2js';
import { isDea, isIban, isNpi, isRouting, isVin, luhn } from '../scan/checksum.ts';
import type { Scanned } from '../scan/block.ts';
import type { Confidence, IdentifierKind, OwnRules } from '../scan/scan.ts';
import { laid, type OwnHit } from './laid.ts';

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

export interface RuleProblem {
  /** from 1, as a person counts; formats of record numbers are counted after the rules */
  readonly rule: number;
  readonly why: string;
}

/** Instructions of a compiled pattern: what `{1,1000}` within `{1,1000}` would make is not for each line of each mail. */
const LARGEST = 2_000;
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

const allOf = (set: RuleSet): OwnRule[] => [...set.rules, ...set.mrn.map(ruleOf)];

/** Any of ordinary mail, to try patterns on. */
const SAMPLE = 'Dear Dr. Lane,\nMaria Alvarez, DOB 04/12/1957, MRN 00482913, was seen on March 3, 2024; HbA1c 8.2 %.\nCall (555) 010-0199 or write to tess@lakeside.test, order #449-1002-A.\n\n';

/** What is wrong with each rule, in a person's words that never repeat the pattern; empty when they may be used. */
export function problemsOf(set: RuleSet): RuleProblem[] {
  const problems: RuleProblem[] = [];
  const names = new Set<string>();
  allOf(set).forEach((rule, i) => {
    const say = (why: string) => void problems.push({ rule: i + 1, why });
    if (names.has(rule.name)) say('its name is that of another rule');
    names.add(rule.name);
    try {
      const compiled = RE2JS.compile(rule.pattern);
      if (compiled.programSize() > LARGEST) return say('its pattern is too large once its repetitions are written out');
      const empty = compiled.matcher('').find() || SAMPLE.split('\n').some((line) => {
        const matcher = compiled.matcher(line);
        return matcher.find() && matcher.start() === matcher.end();
      });
      if (empty) say('its pattern matches nothing at all, so it would match everywhere');
    } catch (error) {
      say(error instanceof RE2JSSyntaxException ? `its pattern is not RE2 syntax: ${error.error}` : 'its pattern is not RE2 syntax');
    }
    return undefined;
  });
  return problems;
}

interface RuleTime {
  /** milliseconds for 64 KB of ordinary mail */
  readonly mail: number;
  /** milliseconds for 16 KB of one word repeated without a line end: long where a pattern begins everywhere and looks far ahead */
  readonly worst: number;
}

const LINES = ['a ', '1 ', 'A-1 ', '0 0-0 '];

export function timesOf(set: RuleSet, now: () => number): RuleTime[] {
  const mail = SAMPLE.repeat(Math.ceil(65_536 / SAMPLE.length));
  return allOf(set).map((rule) => {
    const time = (text: string): number => {
      const { within } = compileRules({ rules: [rule], mrn: [], thresholds: {} }, '');
      const began = now();
      within(text, NOTHING);
      return now() - began;
    };
    return { mail: time(mail), worst: Math.max(...LINES.map((word) => time(word.repeat(Math.ceil(16_384 / word.length))))) };
  });
}

const NOTHING: Scanned = { hits: [], told: [], near: [], keys: [], ties: [], tied: new Map(), health: { terms: [], at: [], weak: [], second: false, third: false, trade: false, sensitive: [] }, rows: 0 };

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

/** Throws where `problemsOf` would have told. */
export function compileRules(set: RuleSet, hash: string): OwnRules {
  const rules = allOf(set);
  const patterns = rules.map((rule) => RE2JS.compile(rule.pattern));
  const filter = new RE2Set();
  for (const rule of rules) filter.add(rule.pattern);
  filter.compile();

  function look(text: string): OwnHit[] {
    const hits: OwnHit[] = [];
    if (rules.length === 0) return hits;
    for (let line = 0; line < text.length;) {
      const next = text.indexOf('\n', line);
      const stop = next < 0 ? text.length : next;
      for (let from = line; from < stop; from += PIECE - LONGEST) {
        const to = Math.min(stop, from + PIECE);
        const piece = text.slice(from, to);
        for (const which of filter.match(piece)) search(which, text, piece, from, to < stop, hits);
        if (to === stop) break;
      }
      line = stop + 1;
    }
    return hits;
  }

  function search(which: number, text: string, piece: string, from: number, goesOn: boolean, hits: OwnHit[]): void {
    const rule = rules[which];
    const matcher = patterns[which]?.matcher(piece);
    if (rule === undefined || matcher === undefined) return;
    for (let n = 0, at = 0; n < MOST_HITS && at <= piece.length && matcher.find(at); n += 1) {
      const [start, end] = [matcher.start(), matcher.end()];
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
