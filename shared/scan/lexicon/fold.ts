/**
 * How a word is compared: lower case, accents folded, hashed to 32 bits (FNV-1a). Packing of word lists:
 * Rice-coded hashes for large sets that may err now and then (one says "probably an ordinary word", the other "probably a word of this kind").
 */
const ACCENTED = 'aaaaaaaceeeeiiiidnooooo*ouuuuytsaaaaaaaceeeeiiiidnooooo*ouuuuyty';
const EXTENDED = 'aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiiiiijjkkklllllllllnnnnnnnnnooooooooorrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs';

/** Lower-case ASCII letter for a letter code; itself when there is none. */
export function foldCode(code: number): number {
  if (code < 128) return code >= 65 && code <= 90 ? code + 32 : code;
  if (code >= 0xc0 && code <= 0xff) return ACCENTED.charCodeAt(code - 0xc0);
  if (code >= 0x100 && code <= 0x17f) return EXTENDED.charCodeAt(code - 0x100);
  return code === 0x2019 ? 39 : code;
}

export const SEED = 0x811c9dc5;

export function hashStep(hash: number, foldedCode: number): number {
  return Math.imul(hash ^ foldedCode, 0x01000193);
}

/** Apostrophes do not count: O'Brien and OBrien are one word. */
export function hashWord(word: string): number {
  let hash = SEED;
  for (let i = 0; i < word.length; i += 1) {
    const code = foldCode(word.charCodeAt(i));
    if (code !== 39) hash = hashStep(hash, code);
  }
  return hash | 0;
}

/** Every entry of a list by the hashes of its words: entries stand apart by blanks, words of one entry are joined by `_`. */
export function readList(list: string, each: (words: readonly number[]) => void): void {
  let words: number[] = [];
  let hash = SEED;
  for (let i = 0; i <= list.length; i += 1) {
    const code = i < list.length ? list.charCodeAt(i) : 32;
    if (code === 32 || code === 95) {
      words.push(hash | 0);
      hash = SEED;
      if (code === 32) {
        each(words);
        words = [];
      }
    } else if (code !== 39) hash = hashStep(hash, foldCode(code));
  }
}

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
/** Places for each word of a set: one word in as many that is not in the set seems to be. */
export const COMMON = 74;
export const RARE = 640;
export const GIVEN = 400;

/** The place of a hash in a set of `count`: evenly spread over count × spread places. */
export function placeOf(hash: number, count: number, spread: number): number {
  return Math.floor(((hash >>> 0) / 0x100000000) * count * spread);
}

/** Places of `most`, as gaps from one to the next: the lower bits of each gap as they are, the rest in ones. How many bits that is, is the first letter. */
export function packPlaces(places: readonly number[], most: number): string {
  const sorted = [...new Set(places)].sort((a, b) => a - b);
  const width = Math.max(0, Math.round(Math.log2(most / sorted.length * Math.LN2)));
  let bits = '';
  sorted.forEach((place, k) => {
    const gap = place - (sorted[k - 1] ?? 0);
    bits += '1'.repeat(gap >> width) + '0';
    for (let b = width - 1; b >= 0; b -= 1) bits += (gap >> b) & 1 ? '1' : '0';
  });
  let packed = DIGITS.charAt(width);
  for (let i = 0; i < bits.length; i += 6) packed += DIGITS.charAt(parseInt((bits.slice(i, i + 6) + '00000').slice(0, 6), 2));
  return packed;
}

export function unpackPlaces(packed: string, each: (place: number) => void): void {
  const six = new Uint8Array(128);
  for (let k = 0; k < DIGITS.length; k += 1) six[DIGITS.charCodeAt(k)] = k;
  const width = six[packed.charCodeAt(0)] ?? 0;
  let at = 1;
  /** bits read and not used yet: the lowest `held` of them */
  let pool = 0;
  let held = 0;
  let place = 0;
  for (;;) {
    for (; held <= 24 && at < packed.length; held += 6) pool = (pool << 6) | (six[packed.charCodeAt(at++)] ?? 0);
    const ones = held === 0 ? 0 : Math.clz32(~(pool << (32 - held)));
    // a run of ones longer than what is held, or the end
    if (ones >= held) {
      if (at >= packed.length) return;
      place += held << width;
      held = 0;
      continue;
    }
    held -= ones + 1;
    for (; held < width; held += 6) {
      if (at >= packed.length) return;
      pool = (pool << 6) | (six[packed.charCodeAt(at++)] ?? 0);
    }
    held -= width;
    place += (ones << width) + ((pool >>> held) & ((1 << width) - 1));
    each(place);
  }
}

/** Weights of -1, 0 and 1, three a letter. */
export function packWeights(weights: readonly number[]): string {
  let packed = '';
  for (let k = 0; k < weights.length; k += 3) packed += String.fromCharCode(A + 13 + (weights[k] ?? 0) + (weights[k + 1] ?? 0) * 3 + (weights[k + 2] ?? 0) * 9);
  return packed;
}

export function unpackWeights(packed: string): Int8Array {
  return Int8Array.from({ length: packed.length * 3 }, (_, place) => Math.floor((packed.charCodeAt(Math.floor(place / 3)) - A) / 3 ** (place % 3)) % 3 - 1);
}

const A = 65;
