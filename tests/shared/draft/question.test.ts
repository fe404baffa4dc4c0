import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { folded, told, worthless } from '../../../shared/draft/question.ts';

const QUESTION = { ask: 'Where did we first meet?', answer: 'Lake Constance' };

describe('an answer', () => {
  test.each([
    ['Lake Constance', ' LAKE-constance! ', true], ['Ñandú', 'N\u0303ANDU\u0301', true], ['Ｌａｋｅ', 'lake', true], ['1969', '19 69', true], ['«Perro»', 'perro', true],
    ['Straße', 'STRASSE', false], ['Lake Constance', 'Lake Constanc', false], ['año', 'ano', false],
  ])('%j and %j are the same: %j', (a, b, alike) => expect(folded(a) === folded(b)).toBe(alike));

  test('folds to the same however it is folded again', () => { fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (s) => { expect(folded(folded(s))).toBe(folded(s)); }), { examples: [['\u1fdd\u{1d165}']] }); });

  test.each([
    [QUESTION, null], [{ ask: 'Où ?', answer: '1969' }, null], [{ ...QUESTION, ask: 'x'.repeat(200), answer: 'y'.repeat(100) }, null],
    [{ ...QUESTION, ask: ' ?! ' }, 'malformed'], [{ ...QUESTION, answer: ' ' }, 'malformed'], [{ ...QUESTION, answer: '!?-.' }, 'malformed'],
    [{ ...QUESTION, ask: 'x'.repeat(201) }, 'malformed'], [{ ...QUESTION, answer: 'x'.repeat(101) }, 'malformed'], [{ ...QUESTION, ask: 'a\nb' }, 'malformed'], [{ ...QUESTION, answer: 'lake\u0000s' }, 'malformed'],
    [{ ...QUESTION, answer: 'abc' }, 'guessable'], [{ ...QUESTION, answer: 'a. b. c.' }, 'guessable'], [{ ask: 'Lake of CONSTANCE: where?', answer: 'constance' }, 'guessable'],
  ] as const)('%j: %j', (question, why) => expect(worthless(question)).toBe(why));

  test.each([['We swam in Lake Constance.', true], ['lakeCONSTANCE', true], ['We swam in a lake.', false], ['', false]])('stands in %j: %j', (message, there) => expect(told(QUESTION, message)).toBe(there));
  test('nothing typed yet stands nowhere', () => expect(told({ ask: '', answer: ' ' }, 'Anything.')).toBe(false));
});
