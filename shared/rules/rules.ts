/**
 * An organisation's own rules, compiled: patterns in RE2's syntax, which run in linear time whatever they and the text are, formats of record
 * numbers, words nearby, check digits from a fixed list. For pane and service alike: same rules, same findings. A match stays within its line and
 * stands apart from other letters and digits. Never reads a file, never keeps a text; the shape of the rules is checked by `shared/wire/rules.ts`.
 */
import { RE2JS, RE2JSSyntaxException, RE2Set } from 're2js';
import type { Scanned } from '../scan/block.ts';
import type { OwnRules } from '../scan/scan.ts';
import { UNTIED } from '../scan/weight.ts';
import { allOf, ownRules, type RuleSet } from './own.ts';
import type { Matcher } from './plain.ts';

export type { OwnRule, RuleSet } from './own.ts';

export interface RuleProblem {
  /** from 1, as a person counts; formats of record numbers are counted after the rules */
  readonly rule: number;
  readonly why: string;
}

/** Instructions of a compiled pattern: what `{1,1000}` within `{1,1000}` would make is not for each line of each mail. */
const LARGEST = 2_000;
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

const NOTHING: Scanned = { hits: [], told: [], near: [], keys: [], ties: [], tied: UNTIED, health: { terms: [], at: [], weak: [], second: false, third: false, trade: false, house: false, kin: false, sensitive: [] }, gist: { places: [], words: 0, told: false }, rows: 0, heading: '' };

function matcherOf(pattern: string): Matcher {
  const compiled = RE2JS.compile(pattern);
  return {
    find(text, from) {
      const matcher = compiled.matcher(text);
      return matcher.find(from) ? { start: matcher.start(), end: matcher.end() } : null;
    },
  };
}

/** Throws where `problemsOf` would have told. */
export function compileRules(set: RuleSet, hash: string): OwnRules {
  const rules = allOf(set);
  const filter = new RE2Set();
  for (const rule of rules) filter.add(rule.pattern);
  filter.compile();
  return ownRules(set, hash, rules.map((rule) => matcherOf(rule.pattern)), rules.length === 0 ? () => [] : (text) => filter.match(text));
}
