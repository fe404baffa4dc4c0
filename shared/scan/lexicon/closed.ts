/**
 * Closed lists of words. A word that stands in one has a number, found once by the tokenizer; every rule then asks by one bit and hashes nothing again.
 * Lists are declared as modules load and read with the lexicon at first use, because Outlook waits for the event handler to load.
 */
import { hashWord } from './fold.ts';

/** Whole numbers of a word: the first for classes of many bits, the others one bit a list. */
const WIDTH = 4;
/** The first bits are whole numbers by themselves. */
const FIRST = 32;

const sets: string[] = [];
const classes: (() => readonly string[])[] = [];
let bits = new Int32Array(WIDTH);

/** A list of words, asked by the number of a word; 0, of a word in no list, is in none. */
export function wordSet(list: string): (listed: number) => boolean {
  const n = FIRST + sets.length;
  sets.push(list);
  if (n >= WIDTH * 32) throw new Error('more lists of words than bits');
  const column = n >> 5;
  const bit = 1 << (n & 31);
  return (listed) => ((bits[listed * WIDTH + column] ?? 0) & bit) !== 0;
}

/** Bit n for list n. For one caller: its lists may be long and made by rule, so they are asked for only when read. */
export function wordClasses(lists: () => readonly string[]): (listed: number) => number {
  classes.push(lists);
  return (listed) => bits[listed * WIDTH] ?? 0;
}

/** Numbers every word of the lists by `number`, which answers the same for the same hash, from 1 up. */
export function readClosed(number: (hash: number) => number): void {
  const found: [at: number, bit: number][] = [];
  const read = (list: string, n: number): void => {
    for (const word of list.split(' ')) found.push([number(hashWord(word)) * WIDTH + (n >> 5), 1 << (n & 31)]);
  };
  classes.forEach((lists) => lists().forEach(read));
  sets.forEach((list, n) => read(list, FIRST + n));
  let most = 0;
  for (const [at] of found) most = Math.max(most, at);
  bits = new Int32Array(most + WIDTH * 2);
  for (const [at, bit] of found) bits[at] = (bits[at] ?? 0) | bit;
}
