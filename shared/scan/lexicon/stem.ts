/** Endings of English inflection and derivation. Enough to know "scheduled" when the list has "schedule"; no attempt at linguistics. */
const E = 101;
const Y = 121;
/** An ending, the letters that may stand in its place (0 for none), and how many letters must be left: names like Marion and Eric are no derivations. */
const ENDINGS: readonly (readonly [ending: string, instead: readonly number[], least: number])[] = [
  ['ies', [Y], 3], ['es', [0, E], 3], ['s', [0], 3], ['ied', [Y], 3], ['ed', [0, E], 3], ['ings', [0, E], 3], ['ing', [0, E], 3], ['ly', [0], 3], ['ers', [0, E], 3], ['er', [0, E], 3], ['est', [0, E], 3], ['ness', [0], 3], ['able', [0, E], 3], ['ment', [0], 3], ['ments', [0], 3],
  ['ier', [Y], 3], ['iest', [Y], 3], ['ily', [Y], 4], ['iness', [Y], 3], ['ion', [0, E], 4], ['ation', [0, E], 4], ['al', [0, E], 4], ['ity', [0, E], 4], ['ive', [0, E], 4], ['ic', [0, E, Y], 4], ['ful', [0], 3], ['less', [0], 3], ['ize', [0], 4],
];
/** Last letters of the endings above, one bit each. */
const LAST = ENDINGS.reduce((bits, [ending]) => bits | 1 << (ending.charCodeAt(ending.length - 1) & 31), 0);

/** Asks `known(letters left, letter added)` for every word this one may be an inflection of; true at the first yes. */
export function stemsOf(text: string, start: number, length: number, known: (left: number, more: number) => boolean): boolean {
  if ((LAST >> (text.charCodeAt(start + length - 1) & 31) & 1) === 0) return false;
  for (const [ending, instead, least] of ENDINGS) {
    const left = length - ending.length;
    if (left < least || !endsWith(text, start + left, ending)) continue;
    for (const more of instead) if (known(left, more)) return true;
    // stopp-ed, bigg-er
    if (left > 3 && text.charCodeAt(start + left - 1) === text.charCodeAt(start + left - 2) && known(left - 1, 0)) return true;
  }
  return false;
}

function endsWith(text: string, at: number, ending: string): boolean {
  for (let k = 0; k < ending.length; k += 1) if ((text.charCodeAt(at + k) | 32) !== ending.charCodeAt(k)) return false;
  return true;
}
