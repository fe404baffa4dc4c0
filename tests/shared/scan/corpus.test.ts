import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { corpus } from '../../../service/policy/corpus/corpus.ts';
import { score, table, totals } from '../../corpus/score.ts';

/** The public scoreboard: what the README's table says, held from below. Lower a floor only with a reason in the commit. */
test('the corpus is large, of many kinds, and scored at its floors', () => {
  const cases = corpus();
  expect(cases.length).toBeGreaterThanOrEqual(400);
  expect(new Set(cases.map((c) => c.kind)).size).toBeGreaterThanOrEqual(20);
  const rows = score(cases);
  const { recall, precision, f1, flagged, falsely } = totals(rows);
  expect(recall).toBeGreaterThanOrEqual(0.99);
  expect(precision).toBeGreaterThanOrEqual(0.985);
  expect(f1).toBeGreaterThanOrEqual(0.99);
  expect(flagged).toBeGreaterThanOrEqual(0.995);
  expect(falsely).toBeLessThanOrEqual(0.01);
  for (const row of rows.filter((r) => r.gold > 0)) expect(row.found / row.gold, row.kind).toBeGreaterThanOrEqual(0.95);
  const readme = readFileSync(join(import.meta.dirname, '../../../README.md'), 'utf8');
  expect(/^\| kind \| texts[\s\S]*?\n(?=\n)/m.exec(readme)?.[0], 'print it anew: node tests/corpus/score.ts').toBe(`${table(rows)}\n`);
});

test('another draw of people and numbers scores the same', () => {
  const { f1, flagged, falsely } = totals(score(corpus(4_711, 8)));
  expect(f1).toBeGreaterThanOrEqual(0.985);
  expect(flagged).toBeGreaterThanOrEqual(0.99);
  expect(falsely).toBeLessThanOrEqual(0.015);
});

test('the score can fall: a scanner that finds nothing has none', () => {
  const rows = score([{ kind: 'x', phi: true, text: 'Grimblewort the unlabelled', gold: [{ type: 'MRN', start: 0, end: 11 }] }]);
  expect(totals(rows).recall).toBe(0);
});
