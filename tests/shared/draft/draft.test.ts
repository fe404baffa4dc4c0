import { expect, test } from 'vitest';
import { cidPattern, isDecoration, refersTo } from '../../../shared/draft/draft.ts';

const table: readonly (readonly [id: string, html: string, refers: boolean])[] = [
  ['img1', '<img src="cid:img1">', true],
  ['img1', "<img src='cid:img1'>", true],
  ['img1', '<img src=cid:img1>', true],
  ['img1', '<td style="background:url(cid:img1)">', true],
  ['img1', '<td style="background:url(&quot;cid:img1&quot;)">', true],
  ['IMG1', '<img src="CID:img1">', true],
  ['a@b.c', '<img src="cid:a%40b.c">', true],
  ['img1', '<img src="cid:img10@x">', false],
  ['img1', '<img src="cid:img1@x">', false],
  ['img1', '<img src="cid:img1.png">', false],
  ['img1', '<img src="cid:img1%40x">', false],
  ['img1', 'placid:img1', false],
  ['a.b', '<img src="cid:axb">', false],
  ['a+(b)', '<img src="cid:a+(b)">', true],
  ['', '<img src="cid:">', false],
  ['a\ud800', '<img src="cid:a\ud800">', false],
];

test.each(table)('%s in %s: %s', (id, html, refers) => {
  expect(refersTo(html, id)).toBe(refers);
  expect(isDecoration({ contentType: 'image/png', size: 10, contentId: id }, html)).toBe(refers);
});

test('only the places of that id are found', () => {
  expect('<img src="cid:img1"><img src="cid:img10"><img src="cid:img1">'.replace(cidPattern('img1'), 'x')).toBe('<img src="x"><img src="cid:img10"><img src="x">');
});
