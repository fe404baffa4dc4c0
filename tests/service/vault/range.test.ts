/** Parts of sealed content: the same bytes as in the whole, only the segments they lie in, and nothing from a stream that was touched. */
import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openRange, SEGMENT, sealStream } from '../../../service/vault/aead.ts';

const key = { bytes: randomBytes(32) };
const sealed = (plain: Buffer) => buffer(sealStream(key, 'part', Readable.from([plain])));

/** a blob that remembers what was read of it */
function blob(bytes: Buffer) {
  const read: number[] = [];
  return { read, get: async (start: number, end: number) => { const part = bytes.subarray(start, end); read.push(part.length); return Readable.from([part]); } };
}

describe('a part of sealed content', () => {
  test.each([1, SEGMENT - 1, SEGMENT, SEGMENT + 1, 3 * SEGMENT, 3 * SEGMENT + 7])('of %i bytes is what stands there', async (size) => {
    const plain = randomBytes(size);
    const lies = await sealed(plain);
    const edges = [0, 1, SEGMENT - 1, SEGMENT, SEGMENT + 1, 2 * SEGMENT, size - 1, size].filter((n) => n >= 0 && n <= size);
    for (const start of edges) for (const end of edges) {
      if (end < start) continue;
      const out = await buffer(openRange(key, 'part', blob(lies).get, { start, end, size }));
      expect(out.equals(plain.subarray(start, end)), `${start}-${end}`).toBe(true);
    }
  });

  test('wherever it is cut', async () => {
    const plain = randomBytes(5 * SEGMENT + 123);
    const lies = await sealed(plain);
    await fc.assert(fc.asyncProperty(fc.nat(plain.length), fc.nat(plain.length), async (a, b) => {
      const [start, end] = [Math.min(a, b), Math.max(a, b)];
      expect((await buffer(openRange(key, 'part', blob(lies).get, { start, end, size: plain.length }))).equals(plain.subarray(start, end))).toBe(true);
    }), { numRuns: 60 });
  });

  test('costs the segments it lies in, however long the content is', async () => {
    const lies = await sealed(randomBytes(40 * SEGMENT));
    const { get, read } = blob(lies);
    await buffer(openRange(key, 'part', get, { start: 30 * SEGMENT + 5, end: 30 * SEGMENT + 10, size: 40 * SEGMENT }));
    expect(read.reduce((sum, n) => sum + n, 0)).toBeLessThan(2 * SEGMENT);
  });

  test('is refused from a stream that was touched, cut, moved, or is another one', async () => {
    const plain = randomBytes(3 * SEGMENT);
    const lies = await sealed(plain);
    const all = { start: SEGMENT, end: 3 * SEGMENT, size: plain.length };
    const flipped = (at: number) => { const copy = Buffer.from(lies); copy[at] = (copy[at] ?? 0) ^ 1; return copy; };
    const one = SEGMENT + 16;
    const swapped = Buffer.concat([lies.subarray(0, 33), lies.subarray(33 + one, 33 + 2 * one), lies.subarray(33, 33 + one), lies.subarray(33 + 2 * one)]);
    const cut = lies.subarray(0, 33 + 2 * one);
    for (const [name, bytes, aad, span] of [
      ['header', flipped(5), 'part', all], ['version', flipped(0), 'part', all], ['body', flipped(33 + one + 9), 'part', all], ['swapped', swapped, 'part', all], ['cut', cut, 'part', all],
      ['cut, and said to be shorter', cut, 'part', { start: SEGMENT, end: 2 * SEGMENT, size: 2 * SEGMENT }], ['another name', lies, 'other', all], ['empty', Buffer.alloc(0), 'part', all],
    ] as const) await expect(buffer(openRange(key, aad, blob(bytes).get, span)), name).rejects.toMatchObject({ code: 'sealed-broken' });
  });
});
