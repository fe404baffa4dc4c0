/**
 * `npm run rules:check -- rules.json`: what is wrong with rules of one's own, rule by rule, or how long each takes. Prints no pattern.
 * Exits 0 when they may be used, 1 when not, 3 on wrong usage.
 */
import { readFileSync } from 'node:fs';
import { timesOf } from '../../shared/rules/rules.ts';
import { hashOf, inspect, saying } from './rules.ts';

function contentOf(file: string): string | null {
  try { return readFileSync(file, 'utf8').replace(/^\ufeff/, ''); } catch { return null; }
}

const files = process.argv.slice(2);
const text = files.length === 1 && files[0] !== undefined ? contentOf(files[0]) : null;
if (text === null) {
  process.stderr.write(files.length === 1 ? 'The file cannot be read.\n' : 'usage: npm run rules:check -- rules.json\n');
  process.exitCode = 3;
} else {
  const { problems, set } = inspect(text);
  for (const problem of problems) process.stdout.write(`${saying(problem)}\n`);
  if (set === null) process.exitCode = 1;
  else {
    const names = [...set.rules.map((r) => `${r.name} (${r.kind})`), ...set.mrn.map((_, i) => `mrn-${i + 1} (MRN)`)];
    timesOf(set, () => performance.now()).forEach((ms, i) => process.stdout.write(`rule ${String(i + 1).padStart(2)}  ${(names[i] ?? '').padEnd(50)} ${ms.toFixed(1).padStart(7)} ms for 64 KB of mail\n`));
    process.stdout.write(`These rules may be used. Hash ${hashOf(set)}\n`);
  }
}
