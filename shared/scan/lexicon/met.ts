/** What a word is, looked up once: the most frequent words of a language are few, and those met lately are remembered. The same word is always the same, whatever was met before. */
import { unlisted } from './ending.ts';
import { openLookup, PHRASE } from './lexicon.ts';

/** A power of two. */
const LATELY = 2048;
/** Of each word its hash, its shape, its number in closed lists, its flags; the last row is of one that is not remembered. */
export const met = new Int32Array((LATELY + 1) * 4);
export const LISTED = 2;
export const FLAGS = 3;

/**
 * The row in `met` of the word at [start, end). `stem`: its hash without the last letter. `plain`: nothing in it was folded or left out, where two words have
 * one hash; only then it is remembered. `figures`: whether it has digits.
 */
export function meet(text: string, start: number, end: number, hash: number, stem: number, plain: boolean, figures: boolean): number {
  const row = (plain ? hash & (LATELY - 1) : LATELY) * 4;
  // how long it is, and whether its last letter is small: an ending may be
  const shape = ((end - start) << 6) | (text.charCodeAt(end - 1) & 32);
  if (met[row] === hash && met[row + 1] === shape && plain) return row;
  const { number, flags, closed } = openLookup();
  const known = number(hash);
  const own = flags[known] ?? 0;
  met[row] = hash;
  met[row + 1] = shape;
  met[row + LISTED] = known <= closed ? known : 0;
  met[row + FLAGS] = !figures && (own & ~PHRASE) === 0 && end - start > 2 ? own | unlisted(text, start, end, hash, stem) : own;
  return row;
}
