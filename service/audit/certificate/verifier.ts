/**
 * Is this certificate true? The program that lies in every bundle as `verify.mjs`, made of the same sources as the service's own verifier;
 * it needs Node 20 and nothing else, no package and no network.
 *
 *   node verify.mjs [--vkey <text or file>] [--checkpoint <file>] [--json] [folder]
 *
 * Exit 0 valid · 1 invalid, the place is named · 2 cannot be decided · 3 wrong usage. The folder is the one this file lies in.
 */
import { existsSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Broken, Undecided } from '../tree/broken.ts';
import { judgeBundle, readFolder, said } from './judge.ts';

interface Answer {
  readonly code: 0 | 1 | 2;
  readonly lines: readonly string[];
  readonly place?: string;
}

function answer(folder: string, vkey: string | undefined, checkpoint: string | undefined): Answer {
  try {
    const pinned = vkey === undefined ? undefined : existsSync(vkey) ? read(vkey) : `${vkey}\n`;
    return { code: 0, lines: said(judgeBundle(readFolder(folder), { pinned, kept: checkpoint === undefined ? [] : [read(checkpoint)] }), pinned !== undefined) };
  } catch (error) {
    if (error instanceof Broken) return { code: 1, place: error.place, lines: [`INVALID: ${error.place} ${error.message}.`] };
    if (error instanceof Undecided) return { code: 2, lines: [`Cannot be decided: ${error.message}`] };
    return { code: 2, lines: ['Cannot be decided: the bundle cannot be read.'] };
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    throw new Undecided('A key or checkpoint file cannot be read.');
  }
}

/** `here`: where the script lies. */
export function main(args: readonly string[], here: string, say: (line: string) => void): number {
  let asked;
  try {
    asked = parseArgs({ args: [...args], allowPositionals: true, options: { vkey: { type: 'string' }, checkpoint: { type: 'string' }, json: { type: 'boolean' } } });
  } catch {
    asked = null;
  }
  if (asked === null || asked.positionals.length > 1 || !existsSync(asked.positionals[0] ?? here)) {
    say('Usage: node verify.mjs [--vkey <text or file>] [--checkpoint <file>] [--json] [folder]');
    return 3;
  }
  const { values, positionals } = asked;
  const found = answer(positionals[0] ?? here, values.vkey, values.checkpoint);
  for (const line of values.json ? [JSON.stringify({ valid: found.code === 0, ...found })] : found.lines) say(line);
  return found.code;
}
