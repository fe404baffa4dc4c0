/**
 * Closed lists of words. A word that stands in one has a number, found once by the tokenizer; every rule then asks by one bit and hashes nothing again.
 * Lists are declared as modules load and read with the lexicon at first use, because Outlook waits for the event handler to load.
 */
import { readList } from './fold.ts';

/** Whole numbers of a word: the first for classes of many bits, the others one bit a list. */
const WIDTH = 5;
/** The first bits are whole numbers by themselves. */
const FIRST = 32;

const sets: string[] = [];
const classes: (() => readonly string[])[] = [];
/** Words of all lists, labels and beginnings of phrases. */
const ROOM = 1 << 12;
const bits = new Int32Array(ROOM * WIDTH);

/** The lists that any word of a block stands in: a rule whose words are missing need not look. */
export type Seen = Int32Array;

export function openSeen(): Seen {
  return new Int32Array(WIDTH);
}

/** Adds the lists of a word to those seen. */
export function see(seen: Seen, listed: number): void {
  const at = listed * WIDTH;
  for (let k = 0; k < WIDTH; k += 1) seen[k] = (seen[k] ?? 0) | (bits[at + k] ?? 0);
}

interface WordSet {
  /** Whether the list holds the word of this number; 0, of a word in no list, is in none. */
  (listed: number): boolean;
  /** Whether any word of the list stands in the block. */
  in(seen: Seen): boolean;
}

export function wordSet(list: string): WordSet {
  const n = FIRST + sets.length;
  sets.push(list);
  if (n >= WIDTH * 32) throw new Error('more lists of words than bits');
  const column = n >> 5;
  const bit = 1 << (n & 31);
  return Object.assign((listed: number) => ((bits[listed * WIDTH + column] ?? 0) & bit) !== 0, { in: (seen: Seen) => ((seen[column] ?? 0) & bit) !== 0 });
}

/** Bit n for list n. For one caller: its lists may be long and made by rule, so they are asked for only when read. */
export function wordClasses(lists: () => readonly string[]): (listed: number) => number {
  classes.push(lists);
  return (listed) => bits[listed * WIDTH] ?? 0;
}

/** Numbers every word of the lists by `number`, which answers the same for the same hash, from 1 up. */
export function readClosed(number: (hash: number) => number): void {
  const read = (list: string, n: number): void => {
    readList(list, ([word = 0]) => {
      const known = number(word);
      if (known >= ROOM) throw new Error('more words of lists than room');
      const at = known * WIDTH + (n >> 5);
      bits[at] = (bits[at] ?? 0) | (1 << (n & 31));
    });
  };
  for (const ofClass of classes) ofClass().forEach(read);
  sets.forEach((list, n) => read(list, FIRST + n));
}
