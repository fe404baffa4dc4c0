/** The event handler's matcher beside RE2: what it compiles it matches alike, and what it does not know it does not compile. */
import fc from 'fast-check';
import { RE2JS } from 're2js';
import { describe, expect, it } from 'vitest';
import { plainMatcher } from '../../../shared/rules/plain.ts';

const all = (find: (from: number) => { start: number; end: number } | null, length: number) => {
  const found: (readonly [number, number])[] = [];
  for (let at = 0; at <= length;) {
    const hit = find(at);
    if (!hit) break;
    found.push([hit.start, hit.end]);
    at = hit.end > at ? hit.end : at + 1;
  }
  return found;
};
const byPlain = (pattern: string, text: string) => { const m = plainMatcher(pattern); return m && all((from) => m.find(text, from), text.length); };
const byRe2 = (pattern: string, text: string) => {
  const compiled = RE2JS.compile(pattern);
  return all((from) => { const m = compiled.matcher(text); return m.find(from) ? { start: m.start(), end: m.end() } : null; }, text.length);
};

describe('the plain matcher', () => {
  it.each<[string, string]>([
    ['EMP-\\d{6}', 'EMP-123456, EMP-12345 and EMP-1234567'], ['(?i)TRL\\d{8}', 'trl12345678 TrL87654321'], ['\\b[A-Z]{2}\\d{4}(?:-[A-Z])?\\b', 'RC0042-A RC0042 XRC0042'], ['a|ab|abc', 'abcabc'], ['(?:a|ab)(?:c|bcd)', 'abcd'], ['x*?y', 'xxxy'], ['(?i)k[s-t]', '\u212a\u017f ks KT'],
    ['[^\\d\\s]+', 'ab 12 c\u00e9d'], ['.{2}', '\u{1f600}a b'], ['^a|b$', 'ab'], ['\\.\\-\\/', '.-/'], ['[\\]\\-a]+', ']-a'], ['[]a]+', ']a'], ['a{2,}', 'aaaaa a'], ['(a+)(b+)?', 'aab'], ['(?P<no>\\d)x', '1x'], ['(?i)mrn\\W*\\d{4}', 'MRN: 1234, mrns 1234, mrnk1234'], ['(?i)[\\W1]+', 'ks \u212a 1\u017f'], ['(?i)[^\\W]+', 'ks \u212a 1\u017f'],
  ])('%s', (pattern, text) => expect(byPlain(pattern, text)).toEqual(byRe2(pattern, text)));

  it.each(['\\pL', '[[:alpha:]]', '\\Qa\\E', 'a**', '(a*)*', '(?s).', '(?i:a)(?-i)b', '\\x41', '(?i)é', 'a(?i)b', '(', 'a)', '[a', '(?:a{50}){50}', '\\'])('%s is not for it', (pattern) => expect(plainMatcher(pattern)).toBeNull());

  const ATOMS = fc.constantFrom('a', 'b', 'B', '1', '-', '.', '\\d', '\\w', '\\s', '\\D', '\\W', '[^\\w.]', '\\b', '\\B', '[ab]', '[^a1]', '[a-c1-3]', '[\\d-]', '\\.', '\\-', '^', '$', 'k', 'S');
  const REPEATS = fc.constantFrom('', '', '', '*', '+', '?', '{2}', '{1,3}', '{2,}', '*?', '+?', '??', '{0,2}?');
  const patterns = fc.letrec<{ sequence: string; either: string }>((tie) => ({
    sequence: fc.array(fc.tuple(fc.oneof({ weight: 5, arbitrary: ATOMS }, { weight: 1, arbitrary: tie('either').map((p) => `(?:${p})`) }, { weight: 1, arbitrary: tie('either').map((p) => `(${p})`) }, { weight: 1, arbitrary: tie('either').map((p) => `(?i:${p})`) }), REPEATS).map(([a, r]) => `${a}${r}`), { minLength: 1, maxLength: 4 }).map((parts) => parts.join('')),
    either: fc.array(tie('sequence'), { minLength: 1, maxLength: 3 }).map((parts) => parts.join('|')),
  })).either;
  const TEXT = fc.string({ unit: fc.constantFrom('a', 'A', 'b', 'B', 'c', '1', '2', '-', '.', ' ', 'k', 'K', '\u212a', 's', '\u017f', 'é', '\u{1f600}', '_'), maxLength: 14 });
  it('matches what RE2 matches, over random patterns and texts', () => {
    let known = 0;
    fc.assert(fc.property(patterns, fc.boolean(), TEXT, (bare, cased, text) => {
      const pattern = cased ? `(?i)${bare}` : bare;
      let right: readonly (readonly [number, number])[];
      try { right = byRe2(pattern, text); } catch { return; }
      const mine = byPlain(pattern, text);
      if (mine === null) return;
      known += 1;
      expect([pattern, text, mine]).toEqual([pattern, text, right]);
    }), { numRuns: 4000, seed: 7 });
    expect(known).toBeGreaterThan(400);
  });

  it('ends where an engine that tries all ways would not', () => expect(plainMatcher('(?:a|a)+(?:a|b)*(?:a+b?)+c')?.find('a'.repeat(4000), 0)).toBeNull());
});
