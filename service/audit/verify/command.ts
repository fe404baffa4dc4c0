/** What may be asked on the command line, and what is answered: 0 valid · 1 invalid, the place is named · 2 cannot be decided · 3 wrong usage. */
import { parseArgs } from 'node:util';
import type { Answer, Question } from './offline.ts';

const WHATS = ['log', 'bundle', 'certificate', 'report'] as const;
const OPTIONS = ['vkey', 'checkpoint', 'from', 'to', 'witness', 'tsa', 'file'] as const;

function questionOf(args: readonly string[]): (Question & { readonly json: boolean }) | null {
  try {
    const { values, positionals } = parseArgs({
      args: [...args], allowPositionals: true, strict: true,
      options: { ...Object.fromEntries(OPTIONS.map((name) => [name, { type: 'string' as const }])), json: { type: 'boolean' }, hashes: { type: 'boolean' } },
    });
    const what = positionals.length === 2 ? WHATS.find((one) => one === positionals[0]) : undefined;
    const [path, ...more] = what === undefined ? positionals : positionals.slice(1);
    if (path === undefined || more.length > 0) return null;
    const given = values as { readonly [name: string]: string | boolean | undefined };
    return {
      path, json: given['json'] === true, hashes: given['hashes'] === true, ...(what === undefined ? {} : { what }),
      ...Object.fromEntries(OPTIONS.flatMap((name) => (typeof given[name] === 'string' ? [[name, given[name]]] : []))),
    };
  } catch {
    return null;
  }
}

/** Prints the answer and sets the exit code. */
export async function run(args: readonly string[], usage: string, verify: (question: Question) => Promise<Answer>): Promise<void> {
  const question = questionOf(args);
  const answer: Answer = question === null ? { code: 3, lines: [usage] } : await verify(question);
  const out = question?.json === true ? JSON.stringify({ code: answer.code, place: answer.place ?? null, verdict: answer.verdict ?? null, said: answer.lines }) : answer.lines.join('\n');
  (answer.code === 3 ? process.stderr : process.stdout).write(`${out}\n`);
  process.exitCode = answer.code;
}
