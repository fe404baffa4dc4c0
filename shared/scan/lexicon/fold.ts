/**
 * How a word is compared: lower case, accents folded, hashed to 32 bits (FNV-1a). Packing of word lists: front-coded text for exact lists,
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

/** Prefix length as a digit, then the rest: "0aaren2ron". */
export function packWords(sorted: readonly string[]): string {
  let packed = '';
  let last = '';
  for (const word of sorted) {
    let same = 0;
    while (same < 9 && same < word.length && word.charCodeAt(same) === last.charCodeAt(same)) same += 1;
    packed += same + word.slice(same);
    last = word;
  }
  return packed;
}

export function unpackWords(packed: string, each: (word: string) => void): void {
  let last = '';
  let i = 0;
  while (i < packed.length) {
    let end = i + 1;
    while (end < packed.length && packed.charCodeAt(end) > 57) end += 1;
    last = last.slice(0, packed.charCodeAt(i) - 48) + packed.slice(i + 1, end);
    each(last);
    i = end;
  }
}

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
/** How a set is packed: one word in `spread` that is not in the set seems to be; `bits` of a gap between two places are written as they are, the rest in ones; `kind` bits say what the word is. */
export interface Packing {
  readonly spread: number;
  readonly bits: number;
  readonly kind: number;
}

export const COMMON: Packing = { spread: 96, bits: 6, kind: 0 };
export const RARE: Packing = { spread: 1024, bits: 9, kind: 2 };

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
  let place = 0;
  let quotient = 0;
  let need = -1;
  let rest = 0;
  for (let i = 0; i < packed.length; i += 1) {
    const six = DIGITS.indexOf(packed.charAt(i));
    for (let b = 5; b >= 0; b -= 1) {
      const bit = (six >> b) & 1;
      if (need < 0) {
        if (bit === 1) quotient += 1;
        else {
          need = width + kind;
          rest = 0;
        }
        continue;
      }
      rest = (rest << 1) | bit;
      need -= 1;
      if (need === 0) {
        place += (quotient << width) + (rest >> kind);
        each(place, rest & ((1 << kind) - 1));
        quotient = 0;
        need = -1;
      }
    }
  }
}
