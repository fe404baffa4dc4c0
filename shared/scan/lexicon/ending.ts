/** What a word of no list may be: a rare word, its plural, or one whose ending names a medicine or a disease. */
import { CONDITION_ENDINGS, DRUG_ENDINGS } from '../words/health.ts';
import { AILING, CONDITION, FIRST, rareFlag } from './lexicon.ts';
import { givenKind } from './packed.ts';

const isEnding = endings(() => `${DRUG_ENDINGS} ${CONDITION_ENDINGS}`);
/** Only long words are worth the look. */
const SHORTEST = 7;
const LONGEST = 24;
const NEITHER = /^(?:hurricane|vaccine|reservoir|souvenir|boudoir|memoir|elixir|terminals?|asylum|protocol|alcohol|petrol|control|patrol|evil|april|bureau|profile|dipole|menthol|benzol|glycol|parasol|aerosol|academia|dystopia)$/;

/** Endings of three letters or more by the last three, so that nearly every word is dismissed by one look; read at first use. */
export function endings(list: () => string): (text: string, start: number, end: number) => boolean {
  let table: Map<number, string[]> | undefined;
  const read = (): Map<number, string[]> => {
    const known = new Map<number, string[]>();
    for (const ending of list().split(' ')) {
      const key = lastThree(ending, ending.length);
      known.set(key, (known.get(key) ?? []).concat(ending));
    }
    return known;
  };
  return (text, start, end) => {
    table ??= read();
    const candidates = table.get(lastThree(text, end));
    if (candidates === undefined) return false;
    const word = text.slice(start, end).toLowerCase();
    return candidates.some((e) => word.slice(-e.length) === e);
  };
}

function lastThree(text: string, end: number): number {
  return ((text.charCodeAt(end - 1) & 31) << 10) | ((text.charCodeAt(end - 2) & 31) << 5) | (text.charCodeAt(end - 3) & 31);
}

const S = 115;

/** "carcinoid", "carcinoids", "carcinoma": the flag of the word at [start, end), or 0. `stem`: its hash without the last letter. */
export function unlisted(text: string, start: number, end: number, hash: number, stem: number): number {
  const found = rareFlag(hash);
  if (found !== 0) return found;
  if (givenKind(hash) === 0) return FIRST;
  if (end - start < 5) return 0;
  const one = text.charCodeAt(end - 1) === S ? rareFlag(stem) : 0;
  if (one === CONDITION || one === AILING) return one;
  return isMedical(text, start, end) ? CONDITION : 0;
}

/** Whether the word at [start, end) ends as medicines and diseases do. */
function isMedical(text: string, start: number, end: number): boolean {
  if (end - start < SHORTEST || end - start > LONGEST) return false;
  // three letters at least stand before the ending
  return isEnding(text, start + 3, end) && !NEITHER.test(text.slice(start, end).toLowerCase());
}
