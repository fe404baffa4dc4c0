/**
 * Exact-match lists of the organisation's own: patients' names, record numbers. Only keyed hashes of them are in the file (HMAC-SHA-256, RFC 2104),
 * under a key of this service's vault; words and runs of words of a text are hashed alike and looked up. Used in the service alone: a short
 * identifier behind a key on somebody's device could be found by trying all. That is the one exception to identical findings on both sides.
 * Never says which entry matched; no value, hash or part of one leaves this room.
 */
import { createHmac } from 'node:crypto';
import { laid, type OwnHit } from '../../shared/rules/laid.ts';
import type { IdentifierKind, OwnRules } from '../../shared/scan/scan.ts';
import { OwnKind } from '../../shared/wire/rules.ts';
import { Fault } from '../refusal.ts';
import type { Vault } from '../vault/vault.ts';

/** Half of the hash tells any two values apart, and is of less use to who steals the file and the key. */
const TAG = 16;
const MOST_WORDS = 4;
const MOST_ENTRIES = 5_000_000;
const HEAD = 'send-secure roster 1';

/** What a thread needs to look up; tags are shared, not copied. */
export interface Roster {
  readonly key: Uint8Array;
  readonly lists: readonly RosterList[];
}

interface RosterList {
  readonly kind: IdentifierKind;
  /** shapes of its entries, such as `1d` (one word, with a digit) or `2w`: no other candidate is hashed */
  readonly shapes: readonly string[];
  /** sorted, of `TAG` bytes each */
  readonly tags: Uint8Array;
}

interface Word {
  readonly start: number;
  readonly end: number;
  readonly folded: string;
}

/** Letters and digits alone, without case and accents: "RC-00482", "rc 00482" are two and one word, "García" is "garcia". */
const fold = (text: string): string => text.normalize('NFKD').replace(/[^\p{L}\p{N}]+/gu, '').toLowerCase();
const WORD = /[^\s,;:|^=~&/\\()[\]{}<>"\u201c\u201d]+/gu;

function wordsOf(text: string): Word[] {
  const found: Word[] = [];
  for (const match of text.matchAll(WORD)) {
    const inner = match[0].replace(/^[^\p{L}\p{N}]+/u, '');
    const start = match.index + match[0].length - inner.length;
    const core = inner.replace(/(?:['\u2019]s)?[^\p{L}\p{N}]*$/u, '');
    const folded = fold(core);
    if (folded !== '') found.push({ start, end: start + core.length, folded });
  }
  return found;
}

const shapeOf = (words: readonly string[]): string => `${words.length}${words.some((w) => /\d/.test(w)) ? 'd' : 'w'}`;
export const rosterKey = (vault: Pick<Vault, 'index'>): Uint8Array =>
  // bytes of its own: another thread gets them without their neighbours in the pool
  new Uint8Array(Buffer.from(vault.index('roster', 'key'), 'hex'));
const tagOf = (key: Uint8Array, words: readonly string[]): Buffer => createHmac('sha256', key).update(words.join(' ')).digest().subarray(0, TAG);

const head = (kind: string, shapes: readonly string[]): string => `${HEAD} ${kind} ${shapes.join(',')}`;
const wrong = (line: number, says: string): Fault => new Fault('setting-wrong', `Setting ROSTER_FILE line ${line} ${says}`);

/** A list as `npm run roster` writes it; several may follow one another in a file. `skipped` counts values that are too short or too long. */
export function listOf(key: Uint8Array, kind: IdentifierKind, values: Iterable<string>): { readonly text: string; readonly taken: number; readonly skipped: number } {
  const tags = new Set<string>();
  const shapes = new Set<string>();
  let skipped = 0;
  let taken = 0;
  for (const value of values) {
    if (value.trim() === '') continue;
    const words = wordsOf(value).map((w) => w.folded);
    // one short word would be found in every second mail
    if (words.length === 0 || words.length > MOST_WORDS || words.join('').length < 4 || (kind === 'NAME' && words.length < 2)) {
      skipped += 1;
      continue;
    }
    taken += 1;
    // a name is also written last name first
    for (const form of kind === 'NAME' && words.length === 2 ? [words, words.toReversed()] : [words]) {
      tags.add(tagOf(key, form).toString('hex'));
      shapes.add(shapeOf(form));
    }
  }
  return { text: taken === 0 ? '' : `${[head(kind, [...shapes].sort()), ...[...tags].sort()].join('\n')}\n`, taken, skipped };
}

export function readRoster(text: string, key: Uint8Array): Roster {
  const lists: { kind: IdentifierKind; shapes: string[]; tags: string[] }[] = [];
  let entries = 0;
  text.split('\n').forEach((raw, i) => {
    const line = raw.trim();
    if (line === '') return;
    if (line.startsWith(HEAD)) {
      const [kind = '', shapes = '', ...more] = line.slice(HEAD.length + 1).split(' ');
      const known = OwnKind.safeParse(kind);
      if (!known.success || more.length > 0 || !/^[1-4][dw](?:,[1-4][dw])*$/.test(shapes)) throw wrong(i + 1, 'is not the head of a list');
      lists.push({ kind: known.data, shapes: shapes.split(','), tags: [] });
      return;
    }
    const list = lists.at(-1);
    if (list === undefined) throw wrong(i + 1, 'stands before the head of a list; the file is made by npm run roster');
    if (!/^[0-9a-f]{32}$/.test(line)) throw wrong(i + 1, 'is not a keyed hash; the file is made by npm run roster, and holds no plain value');
    if ((entries += 1) > MOST_ENTRIES) throw wrong(i + 1, 'is one more than a roster may have');
    list.tags.push(line);
  });
  return {
    key,
    lists: lists.map(({ kind, shapes, tags }) => {
      const all = new Uint8Array(new SharedArrayBuffer(tags.length * TAG));
      tags.sort().forEach((tag, i) => all.set(Buffer.from(tag, 'hex'), i * TAG));
      return { kind, shapes, tags: all };
    }),
  };
}

export const sizeOf = (roster: Roster): number => roster.lists.reduce((sum, list) => sum + list.tags.length / TAG, 0);

function holds(tags: Uint8Array, tag: Uint8Array): boolean {
  let low = 0;
  let high = tags.length / TAG - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    let order = 0;
    for (let k = 0; order === 0 && k < TAG; k += 1) order = (tags[middle * TAG + k] ?? 0) - (tag[k] ?? 0);
    if (order === 0) return true;
    if (order < 0) low = middle + 1;
    else high = middle - 1;
  }
  return false;
}

const FILE = /\.[A-Za-z][A-Za-z0-9]{1,4}$/;
const LONGEST_NAME = 255;

/** The name of a file is also read without its ending, and with its dots and dashes as blanks: "annabeth-crowder.pdf". Each reading is as long as the text. */
function readings(text: string): string[] {
  if (text.length > LONGEST_NAME || text.includes('\n') || !FILE.test(text)) return [text];
  return [text, text.replace(FILE, (ending) => ' '.repeat(ending.length)), text.replace(/[.-]/g, ' ')];
}

const TOLD = ['stands on a list of your organization'];

/** Looks up after the rules, whose hash stays: the list is no part of what both sides share. */
export function withRoster(rules: OwnRules | undefined, roster: Roster): OwnRules {
  const shapes = new Set(roster.lists.flatMap((list) => list.shapes));
  const longest = Math.max(0, ...[...shapes].map((shape) => Number(shape.charAt(0))));

  function look(text: string): OwnHit[] {
    return readings(text).flatMap((reading) => lookIn(reading));
  }

  function lookIn(text: string): OwnHit[] {
    const words = wordsOf(text);
    const hits: OwnHit[] = [];
    // the same words again and again, in a table or a thread, are hashed once
    const seen = new Map<string, readonly IdentifierKind[]>();
    for (let i = 0; i < words.length; i += 1) {
      const run: string[] = [];
      for (let n = 0; n < longest && i + n < words.length; n += 1) {
        const word = words[i + n];
        const before = words[i + n - 1];
        // of one line, as a value is written
        if (word === undefined || (n > 0 && before !== undefined && text.slice(before.end, word.start).includes('\n'))) break;
        run.push(word.folded);
        const shape = shapeOf(run);
        if (!shapes.has(shape) || run.join('').length < 4) continue;
        const phrase = run.join(' ');
        let kinds = seen.get(phrase);
        if (kinds === undefined) {
          const tag = tagOf(roster.key, run);
          kinds = roster.lists.filter((list) => list.shapes.includes(shape) && holds(list.tags, tag)).map((list) => list.kind);
          seen.set(phrase, kinds);
        }
        for (const kind of kinds) hits.push({ kind, rule: `${kind.toLowerCase()}.roster`, start: words[i]?.start ?? 0, end: word.end, confidence: 'high', told: TOLD });
      }
    }
    return hits;
  }

  return {
    hash: rules?.hash ?? '', people: rules?.people, rows: rules?.rows,
    within: (text, found) => laid(text, rules?.within(text, found) ?? found, look(text)),
  };
}
