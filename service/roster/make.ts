/**
 * `npm run roster -- [--kind MRN] [values.txt] > roster.txt`: a list for ROSTER_FILE from plain values, one a line, in a file or on standard input.
 * Needs the settings of the service's keys (KEYS_DIR or DATA_DIR, MASTER_KEY_FILE), for the list counts under this vault alone.
 * Prints keyed hashes to standard output and counts to standard error; no value is written anywhere.
 */
import { readFileSync } from 'node:fs';
import { OwnKind } from '../../shared/wire/rules.ts';
import { places, readSettings } from '../config.ts';
import { Fault } from '../refusal.ts';
import { openVault } from '../vault/vault.ts';
import { listOf, rosterKey } from './roster.ts';

const args = process.argv.slice(2);
const at = args.indexOf('--kind');
const kind = OwnKind.safeParse(at < 0 ? 'NAME' : args[at + 1]);
const files = args.filter((_, i) => at < 0 || (i !== at && i !== at + 1));
if (!kind.success || files.length > 1 || files[0]?.startsWith('-')) {
  process.stderr.write(`usage: npm run --silent roster -- [--kind ${OwnKind.options.join('|')}] [values.txt] > roster.txt\n`);
  process.exitCode = 3;
} else if (!['MASTER_KEY_FILE', 'KEYS_DIR', 'DATA_DIR'].some((name) => process.env[name])) {
  process.stderr.write('The list is made with the keys of the service it is for: set MASTER_KEY_FILE, and KEYS_DIR or DATA_DIR, as there.\n');
  process.exitCode = 3;
} else {
  try {
    const { keys, master } = places(readSettings({ KEYS_DIR: process.env['KEYS_DIR'], DATA_DIR: process.env['DATA_DIR'], MASTER_KEY_FILE: process.env['MASTER_KEY_FILE'] }, true));
    const vault = await openVault({ folder: keys, masterKey: { file: master, create: false }, world: { now: Date.now } });
    const values = readFileSync(files[0] ?? 0, 'utf8').split(/\r?\n/);
    const { text, taken, skipped } = listOf(rosterKey(vault), kind.data, values);
    process.stdout.write(text);
    process.stderr.write(`${taken} taken, ${skipped} skipped (shorter than four letters or digits, longer than four words, or a name of one word)\n`);
    if (taken === 0) process.exitCode = 1;
  } catch (fault) {
    process.stderr.write(`${fault instanceof Fault ? fault.message : 'The values cannot be read.'}\n`);
    process.exitCode = 1;
  }
}
