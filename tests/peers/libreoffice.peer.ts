/**
 * LibreOffice Calc opens the CSV: every cell is text as it was written, in its own column, and none is a formula.
 * Debian: libreoffice-calc-nogui
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { line } from '../../service/compliance/export/csv.ts';
import { tool } from '../tools.ts';

const there = tool('soffice', 'whether a spreadsheet opens the CSV unharmed');

describe.skipIf(!there)('LibreOffice Calc', () => {
  const base = mkdtempSync(join(tmpdir(), 'libreoffice-'));
  afterAll(() => rmSync(base, { recursive: true, force: true }));

  /** Rows of cells: what is shown, and the formula behind it if there is one. */
  function opened(csv: string): { readonly text: string; readonly formula: string | undefined }[][] {
    writeFileSync(join(base, 'table.csv'), csv);
    // 44 comma, 34 quote, 76 UTF-8, from line 1, all columns as they are; the last flags: quoted fields are text, special numbers and formulas are looked for.
    const ran = spawnSync('soffice', ['--headless', '--norestore', `-env:UserInstallation=file://${join(base, 'profile')}`, '--infilter=CSV:44,34,76,1,,1033,true,true,false,false,false,-1,true', '--convert-to', 'fods', '--outdir', base, join(base, 'table.csv')], { encoding: 'utf8', timeout: 120_000 });
    expect(ran.status, ran.stderr).toBe(0);
    const xml = readFileSync(join(base, 'table.fods'), 'utf8');
    const plain = (text: string): string => text.replace(/<text:line-break\/>/g, '\n').replace(/<text:s(?: text:c="(\d+)")?\/>/g, (_, n?: string) => ' '.repeat(Number(n ?? 1))).replace(/<text:tab\/>/g, '\t').replace(/<[^>]+>/g, '').replace(/&#x([0-9a-f]+);/gi, (_, code: string) => String.fromCodePoint(parseInt(code, 16))).replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&apos;', '\'').replaceAll('&amp;', '&');
    return [...xml.matchAll(/<table:table-row[^>]*>(.*?)<\/table:table-row>/gs)].map(([, row = '']) => [...row.matchAll(/<table:table-cell([^>]*?)(?:\/>|>(.*?)<\/table:table-cell>)/gs)].flatMap(([, attributes = '', inner = '']) => Array.from({ length: Number(/number-columns-repeated="(\d+)"/.exec(attributes)?.[1] ?? 1) }, () => ({
      text: [...inner.matchAll(/<text:p[^>]*>(.*?)<\/text:p>/gs)].map(([, p = '']) => plain(p)).join('\n'), formula: /table:formula="([^"]*)"/.exec(attributes)?.[1],
    }))));
  }

  it('takes what is not guarded for a formula: so the question means something', () => {
    expect(opened('a,=1+1,b\r\n')[0]?.[1]?.formula).toBeDefined();
  });

  it('shows every cell as it was written, in its place, and runs none', () => {
    const rows = [
      ['Zoë Ñandú', '“quoted”', 'a,b', 'say "x"', 'two\nlines', 'a;b', '東京'],
      ['=1+1', '+1', '-2+3', '@SUM(A1)', '=HYPERLINK("http://x.test","y")', '|calc', '%0A=1'],
      ['=cmd|\' /C calc\'!A0', ' =1+1', '\uff1d1+1', '-', '+49 151', 'x=1', '\'=1'],
    ];
    const shown = opened(`\ufeff${rows.map(line).join('')}`);
    for (const [r, row] of rows.entries()) {
      for (const [c, value] of row.entries()) {
        const cell = shown[r]?.[c];
        expect(cell?.formula, value).toBeUndefined();
        expect([value, `'${value}`], value).toContain(cell?.text);
      }
    }
  });
});
