import { expect, it } from 'vitest';
import { disposition } from '../../../service/http/body.ts';

it('cuts a long name of a download between characters', () => {
  expect(disposition(`a${'\u{1f600}'.repeat(120)}.pdf`)).toMatch(/^attachment; filename="a_+"; filename\*=UTF-8''a(?:%F0%9F%98%80)+%EF%BF%BD$/);
});
