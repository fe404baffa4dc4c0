/** The verifier without packages spells JSON as the library does that writes it. */
import canonicalize from 'canonicalize';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { canonical } from '../../../../service/audit/tree/canonical.ts';
import { scriptOf } from '../../../../service/audit/certificate/script.ts';

it('property: the same as the library for all that JSON can hold', () => {
  fc.assert(fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => { expect(canonical(value)).toBe(canonicalize(value)); }), { numRuns: 500 });
});

it.each<[string, unknown, string | null]>([
  ['RFC 8785 §3.2.3: names by UTF-16 units', { '\u20ac': 1, '\r': 2, '\ufb33': 3, '1': 4, '\ud83d\ude00': 5, '\u0080': 6, '\u00f6': 7 }, '{"\\r":2,"1":4,"\u0080":6,"\u00f6":7,"\u20ac":1,"\ud83d\ude00":5,"\ufb33":3}'],
  ['numbers as ECMAScript writes them', [333333333.3333333, 1e30, 4.5, 2e-3, 0.000000000000000000000000001, -0], '[333333333.3333333,1e+30,4.5,0.002,1e-27,0]'],
  ['half a surrogate pair', ['\ud800'], null],
  ['no number', [Number.NaN], null],
  ['nothing', { a: undefined }, null],
])('%s', (_what, value, spelt) => expect(canonical(value)).toBe(spelt));

it('a module that needs a package, or is put together otherwise, is no part of the script', () => {
  expect(() => scriptOf(new URL('../../../../service/audit/certificate/archive.ts', import.meta.url))).toThrow(expect.objectContaining({ code: 'script-package' }));
});
