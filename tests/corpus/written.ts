/**
 * Texts by ten writers who had never seen the scanner or its corpus: `node tests/corpus/written.ts` prints the README's second table, `--errors` what went wrong.
 * In each file a line `=====` parts the texts, the first line of each says `phi: yes` or `phi: no`, `[[TYPE|…]]` marks an identifier of a patient or of
 * somebody of theirs, `[[-TYPE|…]]` one of staff and offices, which is neither wanted nor wrong.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { scan } from '../../shared/scan/scan.ts';

const FOLDER = join(import.meta.dirname, 'written');
interface Mark { readonly type: string; readonly start: number; readonly end: number; readonly wanted: boolean }
interface Written { readonly phi: boolean; readonly text: string; readonly marks: readonly Mark[] }

export function written(file: string): Written[] {
  return readFileSync(join(FOLDER, `${file}.txt`), 'utf8').split(/^=====\s*\n/m).filter((part) => part.trim() !== '').map((part) => {
    const head = /^\s*phi: *(yes|no)\s*\n/.exec(part);
    if (head === null) throw new Error(`a text of ${file} does not say whether it is about a patient`);
    const marks: Mark[] = [];
    let text = '';
    let from = head[0].length;
    const marked = part.trimEnd();
    for (const found of marked.matchAll(/\[\[(-?)([A-Z0-9_]+)\|([\s\S]*?)\]\]/g)) {
      text += marked.slice(from, found.index);
      marks.push({ type: found[2] ?? '', start: text.length, end: text.length + (found[3] ?? '').length, wanted: found[1] === '' && head[1] === 'yes' });
      text += found[3] ?? '';
      from = found.index + found[0].length;
    }
    return { phi: head[1] === 'yes', text: text + marked.slice(from), marks };
  });
}

interface Told { readonly file: string; readonly phi: number; readonly flagged: number; readonly others: number; readonly falsely: number; readonly names: number; readonly named: number; readonly errors: readonly string[] }

export function told(file: string): Told {
  const sum = { file, phi: 0, flagged: 0, others: 0, falsely: 0, names: 0, named: 0 };
  const errors: string[] = [];
  for (const { phi, text, marks } of written(file)) {
    const { findings, verdict } = scan({ subject: '', text, attachments: [] });
    const flagged = verdict.level !== 'none' && verdict.level !== 'pii';
    sum[phi ? 'phi' : 'others'] += 1;
    if (flagged) sum[phi ? 'flagged' : 'falsely'] += 1;
    if (flagged !== phi) errors.push(`${phi ? 'not flagged' : 'flagged'}: ${JSON.stringify(text)}`);
    for (const m of marks.filter((one) => one.wanted && one.type === 'NAME')) {
      sum.names += 1;
      if (findings.some((f) => f.confidence !== 'low' && f.start < m.end && f.end > m.start)) sum.named += 1;
      else errors.push(`not found: ${JSON.stringify(text.slice(m.start, m.end))} in ${JSON.stringify(text.slice(Math.max(0, m.start - 40), m.end + 40))}`);
    }
  }
  return { ...sum, errors };
}

export const files = (): string[] => readdirSync(FOLDER).map((name) => name.replace('.txt', '')).sort();

/** Nobody has read these, and nothing is learned from them. */
export const HELD: readonly string[] = ['g', 'k'];

/** Written by ourselves, for learning only. */
export const LESSONS = '../lessons';

/** Flagged and falsely flagged at the first sight, in percent, before anybody had read the texts. The weights of words are learned from all but `HELD`. */
const FIRST: { readonly [file: string]: readonly [number, number] } = { a: [78.7, 4.7], b: [65.3, 13.3], c: [68.2, 9.9], d: [92.7, 5.3], e: [86.0, 2.0], f: [88.7, 2.7], g: [88.0, 6.7], h: [87.3, 4.0], j: [92.7, 2.7], k: [90.7, 6.0] };
const WHO: { readonly [file: string]: string } = {
  a: 'front desk and nursing station, written to tempt', b: 'privacy, billing, pharmacy, written to tempt', c: 'pediatrics, behavioral health, home care, written to tempt', d: 'everyday mail of a hospital', e: 'everyday mail of practices', f: 'everyday mail of many clinics', g: 'everyday mail, held out: nothing is learned from it',
  h: 'family practice, dentist, physical therapy, hospice, billing', j: 'teaching hospital, mental health, insurer, research', k: 'rural hospital, nursing home, school nurse, ambulance, held out: nothing is learned from it',
};

export function table(rows: readonly Told[]): string {
  const percent = (n: number, of: number) => `${((100 * n) / of).toFixed(1)} %`;
  return ['| writer | texts | patients’ mail flagged | ordinary mail flagged | names found | at first sight |', '|---|---|---|---|---|---|',
    ...rows.map((r) => `| ${WHO[r.file] ?? r.file} | ${r.phi + r.others} | ${percent(r.flagged, r.phi)} | ${percent(r.falsely, r.others)} | ${percent(r.named, r.names)} | ${(FIRST[r.file] ?? [0, 0]).map((p) => `${p.toFixed(1)} %`).join(' and ')} |`)].join('\n');
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const rows = files().map(told);
  process.stdout.write(`${table(rows)}\n`);
  if (process.argv.includes('--errors')) for (const r of rows) process.stdout.write(`${r.file}\n${r.errors.join('\n')}\n`);
}
