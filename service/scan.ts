/**
 * `npm run scan -- note.txt`: what the scanner finds in a file of any kind it can read, and why. `-- --jsonl`: one JSON object a line, {id, text} in,
 * {id, findings, phi} out. The words that were found are printed to the person who gave the file, nowhere else. Exits 2 where something could not be read.
 */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { createInterface } from 'node:readline';
import { extract } from '../shared/extract/extract.ts';
import { scan, type ScanResult } from '../shared/scan/scan.ts';

const SCORE = { low: 0.4, medium: 0.7, high: 0.95 } as const;

/** Undefined for what is no object with an id and a text; its words are never repeated. */
function asked(line: string): { readonly id: unknown; readonly text: string } | undefined {
  try {
    const { id, text } = JSON.parse(line) as { id?: unknown; text?: unknown };
    return typeof text === 'string' && id !== undefined ? { id, text } : undefined;
  } catch {
    return undefined;
  }
}

function answer({ id, text }: { readonly id: unknown; readonly text: string }): string {
  const { findings, verdict } = scan({ subject: '', text, attachments: [] });
  // what the product would act on; low findings are hints
  const shown = findings.filter((f) => f.confidence !== 'low').map((f) => ({ type: f.kind === 'FAX' ? 'PHONE' : f.kind, start: f.start, end: f.end, score: SCORE[f.confidence], rule: f.rule }));
  return JSON.stringify({ id, findings: shown, phi: verdict.level !== 'none' && verdict.level !== 'pii' });
}

function report(name: string, source: string, { findings, verdict, ruleset }: ScanResult): string {
  const lines = findings.filter((f) => f.part !== 'attachment-name').map((f) => {
    const line = source.slice(0, f.start).split('\n').length;
    return `${name}:${line}  ${f.kind.padEnd(11)} ${f.confidence.padEnd(6)} ${JSON.stringify(source.slice(f.start, f.end))}\n    ${f.rule}: ${f.reasons.join('; ')}${f.quoted === true ? '; in quoted history' : ''}${f.hidden === true ? '; hidden from the reader' : ''}${f.whose === undefined ? '' : `; of the ${f.whose}`}`;
  });
  return [...lines, `verdict: ${verdict.level}${verdict.reasons.length > 0 ? ` (${verdict.reasons.join('; ')})` : ''}`, `health terms ${verdict.health}, people ${verdict.people}${verdict.sensitive.length > 0 ? `, sensitive: ${verdict.sensitive.join(', ')}` : ''}, ruleset ${ruleset}`, ''].join('\n');
}

/** Plain text and HTML as the body of a mail, all else as what can be read of an attachment. */
async function look(name: string, bytes: Uint8Array): Promise<string> {
  const { text, unscannable } = await extract(basename(name), '', bytes);
  const source = new TextDecoder().decode(bytes);
  if (unscannable === undefined && /\.html?$/i.test(name)) return report(name, source, scan({ subject: '', html: source, attachments: [] }));
  if (unscannable === undefined && text === source) return report(name, source, scan({ subject: '', text: source, attachments: [] }));
  if (unscannable !== undefined) {
    process.stderr.write(`${name}: ${text === undefined ? '' : 'part of it '}cannot be read (${unscannable})\n`);
    process.exitCode = 2;
  }
  return report(name, text ?? '', scan({ subject: '', attachments: [{ filename: '', ...(text === undefined ? {} : { text }), ...(unscannable === undefined ? {} : { unscannable }) }] }));
}

if (process.argv.includes('--jsonl')) {
  let number = 0;
  for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
    number += 1;
    if (line.trim() === '') continue;
    const question = asked(line);
    if (question !== undefined) process.stdout.write(`${answer(question)}\n`);
    else {
      process.stderr.write(`line ${number}: not an object with id and text\n`);
      process.exitCode = 2;
    }
  }
} else {
  const files = process.argv.slice(2).filter((a) => !a.startsWith('--'));
  if (files.length === 0) {
    process.stderr.write('usage: npm run scan -- file…   or   npm run scan -- --jsonl\n');
    process.exitCode = 2;
  }
  for (const name of files) {
    let bytes: Uint8Array;
    try { bytes = readFileSync(name); } catch {
      process.stderr.write(`${name}: cannot be read\n`);
      process.exitCode = 2;
      continue;
    }
    process.stdout.write(await look(name, bytes));
  }
}
