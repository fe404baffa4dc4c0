/** Endings of English inflection. Enough to know "scheduled" when the list has "schedule"; no attempt at linguistics. */
const E = 101;
const Y = 121;
/** An ending, and the letters that may stand in its place: 0 for none. */
const ENDINGS: readonly (readonly [ending: string, instead: readonly number[]])[] = [
  ['ies', [Y]], ['es', [0, E]], ['s', [0]], ['ied', [Y]], ['ed', [0, E]], ['ings', [0, E]], ['ing', [0, E]], ['ly', [0]], ['ers', [0, E]], ['er', [0, E]], ['est', [0, E]], ['ness', [0]], ['able', [0, E]], ['ment', [0]], ['ments', [0]],
];

/** Asks `known(letters left, letter added)` for every word this one may be an inflection of; true at the first yes. */
export function stemsOf(text: string, start: number, length: number, known: (left: number, more: number) => boolean): boolean {
  const last = text.charCodeAt(start + length - 1) | 32;
  // every ending above ends in one of s d g y r t e
  if (last !== 115 && last !== 100 && last !== 103 && last !== 121 && last !== 114 && last !== 116 && last !== 101) return false;
  for (const [ending, instead] of ENDINGS) {
    const left = length - ending.length;
    if (left < 3 || !endsWith(text, start + left, ending)) continue;
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
