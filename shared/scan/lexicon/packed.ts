/** The packed sets of words, unpacked at first use: ordinary ones, first names, rare ones. Each errs as `fold.ts` says. Knows nothing of texts. */
import { COMMON_COUNT, COMMON_WORDS } from '../words/common.ts';
import { GIST_WORDS } from '../words/gist.ts';
import { GIVEN_COUNT, GIVEN_NAMES } from '../words/names.ts';
import { RARE_COUNT, RARE_WORDS } from '../words/rare.ts';
import { COMMON, GIVEN, placeOf, RARE, unpackPlaces, unpackWeights } from './fold.ts';

/** One bit a place. */
function openSet(packed: string, count: number, spread: number): (hash: number) => boolean {
  let places: Uint8Array | undefined;
  const open = (): Uint8Array => {
    const read = new Uint8Array((count * spread >> 3) + 32);
    unpackPlaces(packed, (p) => {
      read[p >> 3] = (read[p >> 3] ?? 0) | (1 << (p & 7));
    });
    return read;
  };
  return (hash) => {
    places ??= open();
    const place = placeOf(hash, count, spread);
    return ((places[place >> 3] ?? 0) & (1 << (place & 7))) !== 0;
  };
}

/** More than twice as many as there are words with kinds; a power of two. */
const ROOM = 8192;

/** `packed`: the words of each kind. */
function openKinds(packed: readonly string[], count: number, spread: number): (hash: number) => number {
  /** places and 1, each where its last bits say or behind, and the kind of the word beside it */
  let table: Int32Array | undefined;
  const open = (): Int32Array => {
    const read = new Int32Array(ROOM * 2);
    packed.forEach((words, kind) => {
      unpackPlaces(words, (p) => {
        let slot = p & (ROOM - 1);
        while (read[slot * 2] !== 0) slot = (slot + 1) & (ROOM - 1);
        read[slot * 2] = p + 1;
        read[slot * 2 + 1] = kind;
      });
    });
    return read;
  };
  return (hash) => {
    table ??= open();
    const key = placeOf(hash, count, spread) + 1;
    for (let slot = (key - 1) & (ROOM - 1); ; slot = (slot + 1) & (ROOM - 1)) {
      const found = table[slot * 2] ?? 0;
      if (found === key) return table[slot * 2 + 1] ?? 0;
      if (found === 0) return -1;
    }
  };
}

// each set is named where it is opened, and nowhere else: so bundlers leave them side by side
/** In the list of ordinary words, as it stands. */
export const isStem = openSet(COMMON_WORDS, COMMON_COUNT, COMMON);

/** Whether a word that no other list holds is a first name. */
export const isGiven = openSet(GIVEN_NAMES, GIVEN_COUNT, GIVEN);

/** The kind that the builder gives a rare word, -1 for any other. */
export const rareKind = openKinds(RARE_WORDS, RARE_COUNT, RARE);

let weights: Int8Array | undefined;

/** -1, 0 or 1: what a word at this place says of its page (`gist.ts`). */
export function gistAt(place: number): number {
  weights ??= unpackWeights(GIST_WORDS);
  return weights[place] ?? 0;
}
