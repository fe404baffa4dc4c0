import { expect, it } from 'vitest';
import { disposition } from '../../../service/http/body.ts';

it('a long name of a download is cut between characters and keeps its ending', () => {
  for (const before of ['', 'a']) expect(decodeURIComponent(disposition(`${before}${'\u{1f600}'.repeat(120)}.pdf`).split("UTF-8''")[1] ?? '')).toBe(`${before}${'\u{1f600}'.repeat(98 - before.length)}.pdf`);
});
