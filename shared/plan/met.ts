/**
 * Whom somebody wrote to before, small enough to lie beside a draft: of each recipient thirty bits of a keyed hash, which the service keeps as well and
 * holds no address. Whoever reads the key beside them, in the author's own mailbox, can try addresses one by one. A stranger is taken for known once in half a
 * million. ES2016 library only.
 */
import { normalAddress } from '../draft/address.ts';

export interface Met {
  /** the From address they were written to from */
  readonly from: string;
  /** hex; of this From address alone */
  readonly key: string;
  /** one mark after the other */
  readonly marks: string;
  /** false: there are more than could be told */
  readonly all: boolean;
}

const MARK = 5;
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

export function markOf(key: string, address: string): string {
  const bits = sha256(`${key}/${normalAddress(address)}`);
  let mark = '';
  for (let n = 0; n < MARK; n += 1) mark += LETTERS.charAt((bits >>> (26 - 6 * n)) & 63);
  return mark;
}

/** null: nobody here knows */
export function wasMet(met: readonly Met[] | undefined, from: string, to: string): boolean | null {
  const known = (Array.isArray(met) ? met as readonly Met[] : []).find((m) => m.from === normalAddress(from));
  if (!known) return null;
  const mark = markOf(known.key, to);
  for (let at = 0; at < known.marks.length; at += MARK) if (known.marks.substr(at, MARK) === mark) return true;
  return known.all ? false : null;
}

/** FIPS 180-4: the first 32 bits. The runtime this is for has no `crypto`. */
export function sha256(text: string): number {
  const bytes = unescape(encodeURIComponent(text)).split('').map((c) => c.charCodeAt(0));
  const length = bytes.length * 8;
  bytes.push(0x80);
  while (bytes.length % 64 !== 56) bytes.push(0);
  for (const shift of [0, 0, 0, 0, 24, 16, 8, 0]) bytes.push(shift === 0 && bytes.length % 64 < 60 ? 0 : (length >>> shift) & 255);
  const hash = INITIAL.slice();
  for (let block = 0; block < bytes.length; block += 64) {
    const w: number[] = [];
    for (let i = 0; i < 64; i += 1) {
      if (i < 16) w.push(((bytes[block + 4 * i] as number) << 24) | ((bytes[block + 4 * i + 1] as number) << 16) | ((bytes[block + 4 * i + 2] as number) << 8) | (bytes[block + 4 * i + 3] as number));
      else {
        const [a, b] = [w[i - 15] as number, w[i - 2] as number];
        w.push(((w[i - 16] as number) + (turned(a, 7) ^ turned(a, 18) ^ (a >>> 3)) + (w[i - 7] as number) + (turned(b, 17) ^ turned(b, 19) ^ (b >>> 10))) | 0);
      }
    }
    let [a, b, c, d, e, f, g, h] = hash as [number, number, number, number, number, number, number, number];
    for (let i = 0; i < 64; i += 1) {
      const one = (h + (turned(e, 6) ^ turned(e, 11) ^ turned(e, 25)) + ((e & f) ^ (~e & g)) + (ROUNDS[i] as number) + (w[i] as number)) | 0;
      const two = ((turned(a, 2) ^ turned(a, 13) ^ turned(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      [h, g, f, e, d, c, b, a] = [g, f, e, (d + one) | 0, c, b, a, (one + two) | 0];
    }
    [a, b, c, d, e, f, g, h].forEach((value, i) => { hash[i] = ((hash[i] as number) + value) | 0; });
  }
  return (hash[0] as number) >>> 0;
}

const turned = (x: number, by: number): number => (x >>> by) | (x << (32 - by));

/** Of the first primes: what stands behind the point in their cube roots, and in the square roots of the first eight. */
function roots(count: number, power: number): number[] {
  const found: number[] = [];
  for (let n = 2; found.length < count; n += 1) {
    let prime = true;
    for (let d = 2; d * d <= n; d += 1) if (n % d === 0) prime = false;
    const root = Math.pow(n, 1 / power);
    if (prime) found.push(((root - Math.floor(root)) * 4294967296) | 0);
  }
  return found;
}
const INITIAL = roots(8, 2);
const ROUNDS = roots(64, 3);
