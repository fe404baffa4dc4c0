import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { LANGUAGES, languageAsked, languageNamed, tongueOf, WORDS, type Words } from '../../../service/words/words.ts';

/** path → the sentence, with plain values for what it takes */
function sentences(words: unknown, path = ''): [string, string][] {
  if (typeof words === 'string') return [[path, words]];
  if (typeof words === 'function') return [[path, String((words as (...values: unknown[]) => unknown)(...(path.endsWith('.bytes') ? [2_000_000] : ['·', '·', '·'])))]];
  return Object.entries(words as object).flatMap(([key, value]) => sentences(value, `${path}.${key}`));
}

/** Figures, and the version of a warning: what was read in one language was read in the other. */
const ALIKE = ['.portal.read.bytes', '.portal.plain.version'];

describe('every language', () => {
  const [en, ...others] = LANGUAGES.map((l) => new Map(sentences(WORDS[l])));
  it.each(LANGUAGES.slice(1))('%s has the same sentences, none empty, none left in English', (language) => {
    const mine = others[LANGUAGES.indexOf(language) - 1] ?? new Map<string, string>();
    expect([...mine.keys()]).toEqual([...(en ?? new Map<string, string>()).keys()]);
    const same = [...mine].filter(([path, text]) => text.trim() === '' || (text === en?.get(path) && !ALIKE.includes(path)));
    expect(same).toEqual([]);
  });
  it.each(LANGUAGES)('%s takes the same values in every sentence', (language) => {
    const arity = (words: unknown): unknown => (typeof words === 'function' ? words.length : typeof words === 'string' ? 's' : Object.fromEntries(Object.entries(words as Words).map(([k, v]) => [k, arity(v)])));
    expect(arity(WORDS[language])).toEqual(arity(WORDS.en));
  });
  it.each(LANGUAGES)('%s repeats every value it is given', (language) => {
    const { notice, code, portal } = WORDS[language];
    expect(notice.sent('AUTHOR', 'ORG')).toMatch(/AUTHOR.*ORG/);
    expect(notice.doubt('ORG', 'PHONE')).toMatch(/ORG.*PHONE/);
    expect(notice.doubt('ORG', null)).not.toContain('null');
    expect(code.mail('123456', 10)).toMatch(/123456[^]*10/);
    expect(code.text('123456', 10, 'ORG')).toMatch(/^123456.*ORG.*10/);
    expect(code.text('123456', 10, 'Riverside Clinic').length).toBeLessThanOrEqual(160);
    expect(portal.foot('ORG', null)).not.toContain('null');
  });
});

test.each([
  [undefined, 'en'], ['', 'en'], ['es', 'es'], ['es-MX,es;q=0.9,en;q=0.8', 'es'], ['en-US,en;q=0.9,es;q=0.8', 'en'], ['de,fr;q=0.9', 'en'], ['de;q=1,es;q=0.2', 'es'], ['ES-419', 'es'],
  ['es;q=0', 'en'], ['es;q=0.000', 'en'], ['en;q=0.4,es;q=0.5', 'es'], ['*', 'en'], [';;;,,,q=', 'en'], ['es;q=x', 'en'], ['estonian', 'en'], [`${'x'.repeat(9000)},es`, 'en'],
])('%j asks for %s', (header, language) => expect(languageAsked(header)).toBe(language));
test('whatever a browser asks for, it gets a language of ours', () => {
  fc.assert(fc.property(fc.string(), (text) => { expect(LANGUAGES).toContain(languageAsked(text)); }));
});
test.each([['es', 'es'], ['EN-us', 'en'], ['fr', null], ['', null], [undefined, null], ['__proto__', null]])('the tag %j names %j', (tag, language) => expect(languageNamed(tag)).toBe(language));
test.each([
  ['Dear Rosa, your blood count is fine. Please keep taking the iron tablets with water.', 'en'],
  ['Estimada Rosa: su análisis está bien. Por favor, siga tomando el hierro con agua para la anemia.', 'es'],
  ['12.4 g/dl', ''], ['', ''], ['Hb 12,4 Fe 80', ''], ['OK', ''],
])('%j is read aloud as %j', (text, tongue) => expect(tongueOf(text)).toBe(tongue));
