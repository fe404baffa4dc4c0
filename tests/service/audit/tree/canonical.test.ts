/** Writer and verifiers spell JSON with one function of ours; a library says whether it is right. */
import canonicalize from 'canonicalize';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { canonical, isCanonical } from '../../../../service/audit/tree/canonical.ts';
import { scriptOf } from '../../../../service/audit/certificate/script.ts';

it('property: the same as the library for all that JSON can hold', () => {
  fc.assert(fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => { expect(canonical(value)).toBe(canonicalize(value)); }), { numRuns: 500 });
});

it('property: a text is canonical or it is not, as the library would spell what it says', () => {
  const jumbled = (value: unknown): unknown => (Array.isArray(value) ? value.map(jumbled) : typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value).reverse().map(([name, one]) => [name, jumbled(one)])) : value);
  fc.assert(fc.property(fc.jsonValue({ maxDepth: 4 }), fc.boolean(), fc.boolean(), (value, asGiven, spaced) => {
    const text = spaced ? JSON.stringify(value, null, 1) : JSON.stringify(asGiven ? value : jumbled(value));
    expect(isCanonical(text, JSON.parse(text))).toBe(text === canonicalize(JSON.parse(text)));
  }), { numRuns: 500 });
});

it.each<[string, string, boolean]>([
  ['names that look like places in a list', '{"10":1,"9":2}', true],
  ['those in the order of lists', '{"9":2,"10":1}', false],
  ['a name twice', '{"a":1,"a":1}', false],
  ['half a surrogate pair, escaped', '"\\ud800"', false],
  ['a whole pair, escaped', '"\\ud83d\\ude00"', false],
  ['what only looks like one', '"\\\\ud800"', true],
  ['a number spelt otherwise', '[1.0]', false],
  ['minus nothing', '[-0]', false],
  ['an escape too many', '"\\u0061"', false],
])('%s', (_what, text, is) => expect(isCanonical(text, JSON.parse(text))).toBe(is));

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
