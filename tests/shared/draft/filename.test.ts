import fc from 'fast-check';
import { expect, it } from 'vitest';
import { safeName } from '../../../shared/draft/filename.ts';

it.each([
  ['report.pdf', 'report.pdf'], ['Größe (2) – 1.11.pdf', 'Größe (2) – 1.11.pdf'], ['../../etc/passwd', '_.._etc_passwd'], ['C:\\x\\y.pdf', 'C__x_y.pdf'], ['\u202efdp.exe', '_fdp.exe'], ['a\r\nX: 1', 'a__X_ 1'],
  ['...', 'attachment'], ['', 'attachment'], [' .x. ', 'x'], ['a\ud83d.pdf', 'a\ufffd.pdf'], ['abcdefghijklmnopqrstuvw.pdf', 'abcdefghijklmnop.pdf'], ['abcdefghijklmno  pqr.pdf', 'abcdefghijklmno.pdf'],
  ['a sentence. And one more that is long', 'a sentence. And one'], ['abcdefghijklmno\u{1f600}\u{1f600}.pdf', 'abcdefghijklmno.pdf'],
])('%j is saved as %j, of twenty units', (given, name) => expect(safeName(given, 20)).toBe(name));

it('whatever the name: it fits, has whole characters, stays in its folder, and is not changed twice', () => {
  fc.assert(fc.property(fc.oneof(fc.string({ unit: 'binary', maxLength: 60 }), fc.array(fc.constantFrom('.', ' ', '/', '\u{1f600}', '\ud800', 'a', '\u202e')).map((parts) => parts.join(''))), (given) => {
    const name = safeName(given, 20);
    expect(name.length).toBeLessThanOrEqual(20);
    expect(name.isWellFormed()).toBe(true);
    expect(name).toMatch(/^[^.\s/\\\u202e](?:[^/\\\u202e]*[^.\s/\\\u202e])?$/);
    expect(safeName(name, 20)).toBe(name);
  }));
});
