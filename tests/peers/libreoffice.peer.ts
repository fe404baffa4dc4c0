/**
 * LibreOffice Calc opens the CSV: every cell is text as it was written, in its own column, and none is a formula.
 * What LibreOffice keeps under a password is never taken for read, in each format it can seal.
 * Debian: libreoffice-calc-nogui libreoffice-writer-nogui libreoffice-impress-nogui
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { line } from '../../service/compliance/export/csv.ts';
import { extract } from '../../shared/extract/extract.ts';
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

describe.skipIf(!there)('files under a password', () => {
  const base = mkdtempSync(join(tmpdir(), 'libreoffice-'));
  afterAll(() => rmSync(base, { recursive: true, force: true }));
  const url = (name: string): string => `file://${join(base, name)}`;
  /** What is opened, how it is stored, and how the filter is told the password: ODF and old Office by one property, OOXML by another, PDF by its own. */
  const FILES = [
    ['note.txt', 'docx', 'MS Word 2007 XML', 'ooxml'], ['note.txt', 'odt', 'writer8', 'plain'], ['note.txt', 'doc', 'MS Word 97', 'plain'], ['note.txt', 'pdf', 'writer_pdf_Export', 'pdf'],
    ['list.csv', 'xlsx', 'Calc MS Excel 2007 XML', 'ooxml'], ['list.csv', 'ods', 'calc8', 'plain'], ['list.csv', 'xls', 'MS Excel 97', 'plain'],
    ['talk.odp', 'pptx', 'Impress MS PowerPoint 2007 XML', 'ooxml'], ['talk.odp', 'odp', 'impress8', 'plain'],
  ] as const;

  /** The program's own Basic stores them: no switch of its command line sets a password. */
  const BASIC = `Sub Keep(d, where, filter, how)
  Dim a(1) As New com.sun.star.beans.PropertyValue
  a(0).Name = "FilterName" : a(0).Value = filter
  If how = "plain" Then
    a(1).Name = "Password" : a(1).Value = "open sesame"
  ElseIf how = "ooxml" Then
    Dim e(1) As New com.sun.star.beans.NamedValue
    e(0).Name = "OOXPassword" : e(0).Value = "open sesame" : e(1).Name = "CryptoType" : e(1).Value = "Standard"
    a(1).Name = "EncryptionData" : a(1).Value = e()
  ElseIf how = "pdf" Then
    Dim f(1) As New com.sun.star.beans.PropertyValue
    f(0).Name = "EncryptFile" : f(0).Value = True : f(1).Name = "DocumentOpenPassword" : f(1).Value = "open sesame"
    a(1).Name = "FilterData" : a(1).Value = f()
  End If
  d.storeToURL(where, a())
End Sub
Sub Main
  Dim o(0) As New com.sun.star.beans.PropertyValue
  o(0).Name = "Hidden" : o(0).Value = True
  p = StarDesktop.loadComponentFromURL("private:factory/simpress", "_blank", 0, o())
  s = p.createInstance("com.sun.star.drawing.TextShape")
  p.DrawPages(0).add(s)
  s.String = "Patient Tess Lane, MRN 88213"
  Keep(p, "${url('talk.odp')}", "impress8", "")
  p.close(True)
${FILES.map(([from, kind, filter, how]) => `  d = StarDesktop.loadComponentFromURL("${url(from)}", "_blank", 0, o())
  Keep(d, "${url(`open.${kind}`)}", "${filter}", "")
  Keep(d, "${url(`sealed.${kind}`)}", "${filter}", "${how}")
  d.close(True)`).join('\n')}
  StarDesktop.terminate()
End Sub`;

  it('are said to be unread, and what stands open is read', async () => {
    writeFileSync(join(base, 'note.txt'), 'Patient Tess Lane, MRN 88213\n');
    writeFileSync(join(base, 'list.csv'), 'Patient,MRN\nTess Lane,88213\n');
    const soffice = (...words: readonly string[]) => spawnSync('soffice', ['--headless', '--norestore', `-env:UserInstallation=file://${join(base, 'profile')}`, ...words], { encoding: 'utf8', timeout: 120_000 });
    // the first start makes the profile, and with it a library of its own
    expect(soffice('--terminate_after_init').status).toBe(0);
    const library = join(base, 'profile', 'user', 'basic', 'Standard');
    mkdirSync(library, { recursive: true });
    const list = (inside: string): string => `<library:library xmlns:library="http://openoffice.org/2000/library" library:name="Standard" library:readonly="false" library:passwordprotected="false">${inside}</library:library>`;
    writeFileSync(join(library, 'script.xlb'), list('<library:element library:name="Sealing"/>'));
    writeFileSync(join(library, 'dialog.xlb'), list(''));
    writeFileSync(join(library, 'Sealing.xba'), `<script:module xmlns:script="http://openoffice.org/2000/script" script:name="Sealing" script:language="StarBasic">${BASIC.replaceAll('&', '&amp;').replaceAll('<', '&lt;')}</script:module>`);
    const ran = soffice('macro:///Standard.Sealing.Main');
    expect(ran.status, ran.stderr).toBe(0);
    for (const [, kind] of FILES) {
      const read = (name: string) => extract(name, '', new Uint8Array(readFileSync(join(base, name))));
      const old = kind === 'doc' || kind === 'xls';
      const open = await read(`open.${kind}`);
      expect([kind, open.unscannable, open.text?.includes('Tess Lane')]).toEqual(old ? [kind, 'unsupported', undefined] : [kind, undefined, true]);
      expect([kind, await read(`sealed.${kind}`)]).toEqual([kind, { unscannable: old ? 'unsupported' : 'encrypted' }]);
    }
  }, 180_000);
});
