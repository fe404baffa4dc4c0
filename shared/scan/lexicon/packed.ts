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

/** More than twice as many as there are words in a set; a power of two. */
const ROOM = 8192;

/** `packed`: the words of each kind. Few words in many places: a table of them is smaller than a bit for each, and nearer. */
function openKinds(packed: readonly string[], count: number, spread: number): (hash: number) => number {
  /** places and 1, times eight, and the kind of the word; each where the last bits of its place say, or behind */
  let table: Int32Array | undefined;
  const open = (): Int32Array => {
    const read = new Int32Array(ROOM);
    packed.forEach((words, kind) => {
      unpackPlaces(words, (p) => {
        let slot = p & (ROOM - 1);
        while (read[slot] !== 0) slot = (slot + 1) & (ROOM - 1);
        read[slot] = (p + 1) * 8 + kind;
      });
    });
    return read;
  };
  return (hash) => {
    table ??= open();
    const place = placeOf(hash, count, spread);
    for (let slot = place & (ROOM - 1); ; slot = (slot + 1) & (ROOM - 1)) {
      const found = table[slot] ?? 0;
      if (found >> 3 === place + 1) return found & 7;
      if (found === 0) return -1;
    }
  };
}

// each set is named where it is opened, and nowhere else: so bundlers leave them side by side
/** In the list of ordinary words, as it stands. */
export const isStem = openSet(COMMON_WORDS, COMMON_COUNT, COMMON);

/** 0 for a first name among words that no other list holds, -1 for any other. */
export const givenKind = openKinds([GIVEN_NAMES], GIVEN_COUNT, GIVEN);

/** The kind that the builder gives a rare word, -1 for any other. */
export const rareKind = openKinds(RARE_WORDS, RARE_COUNT, RARE);

let weights: Int8Array | undefined;

/** -1, 0 or 1: what a word at this place says of its page (`gist.ts`). */
export function gistAt(place: number): number {
  weights ??= unpackWeights(GIST_WORDS);
  return weights[place] ?? 0;
}
