/** Endings and beginnings of English inflection and derivation. Enough to know "scheduled" and "reschedule" when the list has "schedule"; no attempt at linguistics. */
const E = 101;
const Y = 121;
const S = 115;
/** An ending, the letters that may stand in its place (0 for none), and how many letters must be left: names like Marion, Eric and Hillary are no derivations. */
const ENDINGS: readonly (readonly [ending: string, instead: readonly number[], least: number])[] = [
  ['ies', [Y], 3], ['es', [0, E], 3], ['s', [0], 3], ['ied', [Y], 3], ['ed', [0, E], 3], ['ings', [0, E], 3], ['ing', [0, E], 3], ['ly', [0], 3], ['ers', [0, E], 3], ['er', [0, E], 3], ['est', [0, E], 3], ['ness', [0], 3], ['able', [0, E], 3], ['ment', [0], 3], ['ments', [0], 3],
  ['ier', [Y], 3], ['iest', [Y], 3], ['ily', [Y], 4], ['iness', [Y], 3], ['ion', [0, E], 4], ['ation', [0, E], 4], ['ions', [0, E], 4], ['ations', [0, E], 4], ['al', [0, E], 4], ['ity', [0, E], 4], ['ive', [0, E], 4], ['ic', [0, E, Y], 4], ['ful', [0], 3], ['less', [0], 3], ['ize', [0], 4],
  ['or', [0, E], 5], ['ous', [0, E, Y], 4], ['ship', [0], 4], ['hood', [0], 4], ['ance', [0, E], 4], ['ence', [0, E], 4], ['ary', [0, E], 5], ['ent', [0, E], 4], ['ant', [0, E], 4], ['age', [0, E], 5], ['ify', [0, Y], 4], ['ure', [0, E], 5], ['ible', [0, E], 4], ['ory', [0, E], 5], ['ish', [0], 5],
];
const BEGINNINGS = ['under', 'over', 'inter', 'super', 'out', 'dis', 'mis', 'non', 'sub', 'pre', 'un', 're', 'im'];

/** By their last letter. */
const byLast: (typeof ENDINGS)[number][][] = Array.from({ length: 32 }, () => []);
for (const entry of ENDINGS) byLast[entry[0].charCodeAt(entry[0].length - 1) & 31]?.push(entry);

/** Asks `known(letters left, letter added)` for every word this one may be an inflection of; true at the first yes. */
export function stemsOf(text: string, start: number, length: number, known: (left: number, more: number) => boolean): boolean {
  for (const [ending, instead, least] of byLast[text.charCodeAt(start + length - 1) & 31] ?? []) {
    const left = length - ending.length;
    if (left < least || !stands(text, start + left, ending)) continue;
    for (const more of instead) if (known(left, more)) return true;
    // stopp-ed, bigg-er; but Boggs
    if (left > 3 && ending.charCodeAt(0) !== S && text.charCodeAt(start + left - 1) === text.charCodeAt(start + left - 2) && known(left - 1, 0)) return true;
  }
  return false;
}

/** How many letters a prefix takes of the word; 0 where there is none or too little would be left. */
export function prefixOf(text: string, start: number, length: number): number {
  for (const prefix of BEGINNINGS) if (length - prefix.length >= Math.max(4, prefix.length) && stands(text, start, prefix)) return prefix.length;
  return 0;
}

function stands(text: string, at: number, letters: string): boolean {
  for (let k = 0; k < letters.length; k += 1) if ((text.charCodeAt(at + k) | 32) !== letters.charCodeAt(k)) return false;
  return true;
}

/** "write" → writes, writing; "draft" → drafts, drafted, drafting; "slide" → slides. */
export function inflected(list: string, verbs: boolean): string {
  const all: string[] = [];
  for (const word of list.split(' ')) {
    const stem = word.replace(/e$/, '');
    all.push(word, /[^aeiou]y$/.test(word) ? `${word.slice(0, -1)}ies` : /(?:s|x|ch|sh)$/.test(word) ? `${word}es` : `${word}s`);
    if (verbs) all.push(`${stem}ed`, `${stem}ing`);
  }
  return all.join(' ');
}

/** Endings that make an ordinary word by themselves, in their inflections; "Champion", "Garrity", "Lindquist" and "Constance" are none. */
const FORMAL = /.{2}(?:[st]ion(?:s|ed|al|ally|ing)?|olog(?:y|ies|ists?|ical)|ism|isms|ous(?:ly|ness)?|[ct]ial(?:ly)?|ical(?:ly)?|[st]ive(?:s|ly|ness)?|ular(?:ly)?|ibl[ey]|[^druv]ists?|[^r]it(?:y|ies))$/i;

export function isFormal(word: string): boolean {
  return word.length > 5 && FORMAL.test(word);
}
