/**
 * Scores the scanner on the synthetic corpus: `node tests/corpus/score.ts` prints the table of the README.
 * A gold span is found when findings of its type cover half of its letters and digits; a finding is right when half of it is gold of its type.
 */
import { pathToFileURL } from 'node:url';
import { scan } from '../../shared/scan/scan.ts';
import { corpus, type Case } from '../../service/policy/corpus/corpus.ts';
import type { Gold } from '../../service/policy/corpus/draw.ts';

interface Row {
  readonly kind: string;
  readonly phi: boolean;
  readonly texts: number;
  readonly found: number;
  readonly gold: number;
  readonly wrong: number;
  readonly flagged: number;
}

function covered(text: string, span: Gold, by: readonly Gold[]): boolean {
  let all = 0;
  let hit = 0;
  for (let i = span.start; i < span.end; i += 1) {
    if (!/[\p{L}\p{N}]/u.test(text.charAt(i))) continue;
    all += 1;
    if (by.some((g) => i >= g.start && i < g.end)) hit += 1;
  }
  return all > 0 && hit * 2 >= all;
}

export function score(cases: readonly Case[], tell?: (line: string) => void): Row[] {
  const rows = new Map<string, { kind: string; phi: boolean; texts: number; found: number; gold: number; wrong: number; flagged: number }>();
  for (const { kind, phi, text, gold } of cases) {
    const row = rows.get(kind) ?? { kind, phi, texts: 0, found: 0, gold: 0, wrong: 0, flagged: 0 };
    rows.set(kind, row);
    const { findings, verdict } = scan({ subject: '', text, attachments: [] });
    const seen = findings.filter((f) => f.confidence !== 'low').map((f) => ({ type: f.kind === 'FAX' ? 'PHONE' : f.kind, start: f.start, end: f.end }));
    row.texts += 1;
    row.gold += gold.length;
    for (const g of gold) {
      if (covered(text, g, seen.filter((s) => s.type === g.type))) row.found += 1;
      else tell?.(`missed ${g.type} ${JSON.stringify(text.slice(g.start, g.end))} in ${kind}: ${JSON.stringify(text.slice(Math.max(0, g.start - 30), g.end + 10))}`);
    }
    for (const s of seen) {
      if (covered(text, s, gold.filter((g) => g.type === s.type))) continue;
      row.wrong += 1;
      tell?.(`wrong ${s.type} ${JSON.stringify(text.slice(s.start, s.end))} in ${kind}: ${JSON.stringify(text.slice(Math.max(0, s.start - 30), s.end + 10))}`);
    }
    const flagged = verdict.level !== 'none' && verdict.level !== 'pii';
    if (flagged) row.flagged += 1;
    if (flagged !== phi) tell?.(`verdict ${verdict.level} of ${kind}: ${JSON.stringify(text)}`);
  }
  return [...rows.values()];
}

export function totals(rows: readonly Row[]) {
  const sum = (pick: (r: Row) => number, of = rows) => of.reduce((n, r) => n + pick(r), 0);
  const carry = rows.filter((r) => r.phi);
  const silent = rows.filter((r) => !r.phi);
  const recall = sum((r) => r.found) / sum((r) => r.gold);
  const right = sum((r) => r.found);
  const precision = right / (right + sum((r) => r.wrong));
  return { texts: sum((r) => r.texts), recall, precision, f1: (2 * recall * precision) / (recall + precision), flagged: sum((r) => r.flagged, carry) / sum((r) => r.texts, carry), falsely: sum((r) => r.flagged, silent) / sum((r) => r.texts, silent) };
}

export function table(rows: readonly Row[]): string {
  const percent = (n: number, of: number) => (of === 0 ? '–' : `${((100 * n) / of).toFixed(1)} %`);
  const t = totals(rows);
  return ['| kind | texts | identifiers found | wrong findings | called PHI |', '|---|---|---|---|---|',
    ...rows.map((r) => `| ${r.kind}${r.phi ? '' : ' (must stay silent)'} | ${r.texts} | ${percent(r.found, r.gold)} of ${r.gold} | ${r.wrong} | ${percent(r.flagged, r.texts)} |`),
    `| **all** | ${t.texts} | recall ${t.recall.toFixed(3)}, precision ${t.precision.toFixed(3)}, F1 ${t.f1.toFixed(3)} | | ${(100 * t.flagged).toFixed(1)} % of PHI, ${(100 * t.falsely).toFixed(1)} % of the rest |`].join('\n');
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const seed = Number(process.argv[2] ?? 20_261_121);
  const lines: string[] = [];
  process.stdout.write(`${table(score(corpus(seed), (l) => lines.push(l)))}\n`);
  if (process.argv.includes('--errors')) process.stdout.write(`${lines.join('\n')}\n`);
}
