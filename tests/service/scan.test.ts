import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { strToU8, zipSync } from 'fflate';
import { afterAll, expect, test } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'scan-'));
afterAll(() => rmSync(folder, { recursive: true }));

function run(args: readonly string[], input = ''): { readonly out: string; readonly err: string; readonly code: number | null } {
  const { stdout, stderr, status } = spawnSync(process.execPath, [join(import.meta.dirname, '../../service/scan.ts'), ...args], { input, encoding: 'utf8' });
  return { out: stdout, err: stderr, code: status };
}

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

test('a note: where, what, how sure, why, and the verdict', () => {
  const { out, code } = run([file('note.txt', 'Hello\nTess Lane, MRN 88213, takes apixaban.\n')]);
  expect(out).toMatch(/note\.txt:2 {2}MRN +high +"88213"\n {4}mrn\.labelled: follows a label that names it/);
  expect(out).toContain('verdict: high');
  expect(code).toBe(0);
});

test('an office file is read as one, a locked one is never clean', () => {
  const docx = zipSync({ 'word/document.xml': strToU8('<w:document><w:p><w:r><w:t>MRN 88213, asthma</w:t></w:r></w:p></w:document>') });
  expect(run([file('a.docx', docx)]).out).toContain('"88213"');
  const locked = run([file('old.doc', Uint8Array.of(0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1))]);
  expect([locked.code, locked.out.includes('verdict: unscannable')]).toEqual([2, true]);
});

test('lines of JSON: one answer each; what is none is told by its number, and not repeated', () => {
  const { out, err, code } = run(['--jsonl'], '{"id":"a","text":"SSN 524-71-8803 and asthma"}\nMRN 4471 is no JSON\n{"id":2,"text":"Lunch?"}\n');
  expect(out.trim().split('\n').map((l) => JSON.parse(l))).toEqual([
    { id: 'a', findings: [{ type: 'SSN', start: 4, end: 15, score: 0.95, rule: 'ssn.labelled' }], phi: true },
    { id: 2, findings: [], phi: false },
  ]);
  expect([err, code]).toEqual(['line 2: not an object with id and text\n', 2]);
});

test('no file, and a file that is not there', () => {
  expect(run([]).code).toBe(2);
  expect(run([join(folder, 'none.txt')]).code).toBe(2);
});
