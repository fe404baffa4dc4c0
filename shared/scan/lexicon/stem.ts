/** Endings of English inflection. Enough to know "scheduled" when the list has "schedule"; no attempt at linguistics. */
const ENDINGS: readonly (readonly [ending: string, instead: readonly string[]])[] = [
  ['ies', ['y']], ['es', ['', 'e']], ['s', ['']], ['ied', ['y']], ['ed', ['', 'e']], ['ings', ['', 'e']], ['ing', ['', 'e']], ['ly', ['']], ['ers', ['', 'e']], ['er', ['', 'e']],
  ['est', ['', 'e']], ['ness', ['']], ['able', ['', 'e']], ['ment', ['']], ['ments', ['']],
];

/** Words that `word` may be an inflection of. */
export function stems(word: string): string[] {
  const found: string[] = [];
  for (const [ending, instead] of ENDINGS) {
    const base = word.length - ending.length;
    if (base < 3 || word.slice(base) !== ending) continue;
    const root = word.slice(0, base);
    for (const more of instead) found.push(root + more);
    if (base > 3 && root.charCodeAt(base - 1) === root.charCodeAt(base - 2)) found.push(root.slice(0, -1));
  }
  return found;
}
