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
/** How a set is packed: one word in `spread` that is not in the set seems to be; `bits` of a gap between two places are written as they are, the rest in ones; `kind` bits say what the word is. */
export interface Packing {
  readonly spread: number;
  readonly bits: number;
  readonly kind: number;
}

export const COMMON: Packing = { spread: 80, bits: 6, kind: 0 };
export const RARE: Packing = { spread: 640, bits: 9, kind: 3 };
export const GIVEN: Packing = { spread: 400, bits: 8, kind: 0 };

/** The place of a hash in a set of `count`: evenly spread over count × spread places. */
export function placeOf(hash: number, count: number, { spread }: Packing): number {
  return Math.floor(((hash >>> 0) / 0x100000000) * count * spread);
}

/** `kinds`: of each word, where the packing has room for it. */
export function packSet(words: readonly string[], packing: Packing, kinds: readonly number[] = []): string {
  const places = new Map(words.map((w, n) => [placeOf(hashWord(w), words.length, packing), kinds[n] ?? 0]));
  let bits = '';
  let last = 0;
  for (const [place, kind] of [...places].sort((a, b) => a[0] - b[0])) {
    const gap = place - last;
    last = place;
    for (let q = gap >> packing.bits; q > 0; q -= 1) bits += '1';
    bits += '0';
    for (let b = packing.bits - 1; b >= 0; b -= 1) bits += (gap >> b) & 1 ? '1' : '0';
    for (let b = packing.kind - 1; b >= 0; b -= 1) bits += (kind >> b) & 1 ? '1' : '0';
  }
  let packed = '';
  for (let i = 0; i < bits.length; i += 6) packed += DIGITS.charAt(parseInt((bits.slice(i, i + 6) + '00000').slice(0, 6), 2));
  return packed;
}

export function unpackSet(packed: string, { bits: width, kind }: Packing, each: (place: number, kind: number) => void): void {
  const rest = width + kind;
  const six = new Uint8Array(128);
  for (let k = 0; k < DIGITS.length; k += 1) six[DIGITS.charCodeAt(k)] = k;
  let at = 0;
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
    for (; held < rest; held += 6) {
      if (at >= packed.length) return;
      pool = (pool << 6) | (six[packed.charCodeAt(at++)] ?? 0);
    }
    held -= rest;
    const low = (pool >>> held) & ((1 << rest) - 1);
    place += (ones << width) + (low >> kind);
    each(place, low & ((1 << kind) - 1));
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
