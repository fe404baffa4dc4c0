/** Whom somebody wrote to before: marks that agree with the standard's hash, and lookups that never call a known one new. */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { markOf, sha256, wasMet } from '../../../shared/plan/met.ts';

const KEY = 'a1'.repeat(32);
const address = fc.tuple(fc.stringMatching(/^[a-z0-9.]{1,20}$/), fc.constantFrom('x.test', 'Y.test')).map(([local, domain]) => `${local}@${domain}`);

describe('marks', () => {
  it('are of SHA-256, whatever the text', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme', maxLength: 150 }), (text) => { expect(sha256(text)).toBe(createHash('sha256').update(text).digest().readUInt32BE(0)); }), { numRuns: 500 });
    for (let n = 0; n < 130; n += 1) expect(sha256('a'.repeat(n))).toBe(createHash('sha256').update('a'.repeat(n)).digest().readUInt32BE(0));
  });
  it('find whom was written to from here, and nobody else; where not all are told, nobody is new', () => {
    fc.assert(fc.property(fc.uniqueArray(address, { maxLength: 30, selector: (a) => a.toLowerCase() }), fc.uniqueArray(address, { maxLength: 30, selector: (a) => a.toLowerCase() }), fc.boolean(), (met, asked, all) => {
      const known = [{ from: 'ana@own.test', key: KEY, marks: met.map((a) => markOf(KEY, a)).join(''), all }];
      const before = new Set(met.map((a) => a.toLowerCase()));
      for (const to of asked) expect(wasMet(known, 'Ana@own.test', to)).toBe(before.has(to.toLowerCase()) ? true : all ? false : null);
      for (const to of asked) expect(wasMet(known, 'ben@own.test', to)).toBeNull();
    }));
  });
  it('tell nothing without their key', () => expect(markOf(KEY, 'a@x.test')).not.toBe(markOf('b2'.repeat(32), 'a@x.test')));
});
