/**
 * `npm run scan -- note.txt`: what the scanner finds in a file, and why. `-- --jsonl`: one JSON object a line, {id, text} in, {id, findings, phi} out.
 * The words that were found are printed to the person who gave the file, nowhere else.
 */
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { scan, type ScanResult } from '../shared/scan/scan.ts';

const SCORE = { low: 0.4, medium: 0.7, high: 0.95 } as const;

function lineOf(source: string): string {
  const { id, text } = JSON.parse(source) as { id: string; text: string };
  const { findings, verdict } = scan({ subject: '', text, attachments: [] });
  // what the product would act on; low findings are hints
  const shown = findings.filter((f) => f.confidence !== 'low').map((f) => ({ type: f.kind === 'FAX' ? 'PHONE' : f.kind, start: f.start, end: f.end, score: SCORE[f.confidence], rule: f.rule }));
  return JSON.stringify({ id, findings: shown, phi: verdict.level !== 'none' && verdict.level !== 'pii' });
}

function report(name: string, source: string, { findings, verdict, ruleset }: ScanResult): string {
  const lines = findings.map((f) => {
    const line = source.slice(0, f.start).split('\n').length;
    return `${name}:${line}  ${f.kind.padEnd(11)} ${f.confidence.padEnd(6)} ${JSON.stringify(source.slice(f.start, f.end))}\n    ${f.rule}: ${f.reasons.join('; ')}${f.quoted === true ? '; in quoted history' : ''}${f.hidden === true ? '; hidden from the reader' : ''}`;
  });
  return [...lines, `verdict: ${verdict.level}${verdict.reasons.length > 0 ? ` (${verdict.reasons.join('; ')})` : ''}`, `health terms ${verdict.health}, people ${verdict.people}${verdict.sensitive.length > 0 ? `, sensitive: ${verdict.sensitive.join(', ')}` : ''}, ruleset ${ruleset}`, ''].join('\n');
}

if (process.argv.includes('--jsonl')) {
  for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) if (line.trim() !== '') process.stdout.write(`${lineOf(line)}\n`);
} else {
  const files = process.argv.slice(2).filter((a) => !a.startsWith('--'));
  if (files.length === 0) {
    process.stderr.write('usage: npm run scan -- file…   or   npm run scan -- --jsonl\n');
    process.exitCode = 2;
  }
  for (const name of files) {
    let source: string;
    try { source = readFileSync(name, 'utf8'); } catch {
      process.stderr.write(`${name}: cannot be read\n`);
      process.exitCode = 2;
      continue;
    }
    const html = /\.html?$/i.test(name);
    process.stdout.write(report(name, source, scan({ subject: '', ...(html ? { html: source } : { text: source }), attachments: [] })));
  }
}
