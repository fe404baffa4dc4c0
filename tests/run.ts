/** `npm test`: builds what the tests look at, type checks and lints, then runs every test. Skips nothing silently. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildAddin } from '../addin/build.ts';
import { buildConsole } from '../console/build.ts';
import { NOT_RUN } from './tools.ts';

const root = join(import.meta.dirname, '..');
// What Node has compiled once, workers and children of the tests load: four parts in ten of a test that opens stores.
const env = { ...process.env, NODE_COMPILE_CACHE: join(root, '.cache', 'compiled') };
const run = (script: string, args: readonly string[]) => spawnSync(process.execPath, [join(root, script), ...args], { cwd: root, stdio: 'inherit', env }).status ?? 1;

rmSync(NOT_RUN, { force: true });
await buildAddin();
await buildConsole();
const checked = run('tests/check.ts', []);
const tested = run('node_modules/vitest/vitest.mjs', ['run', ...process.argv.slice(2)]);
if (existsSync(NOT_RUN)) process.stdout.write(`\n${[...new Set(readFileSync(NOT_RUN, 'utf8').trim().split('\n'))].join('\n')}\n`);
// Above it stand some hundred lines of tests: said where one looks.
if (checked) process.stdout.write('\nFAILED: types or lint (`npm run check` says where).\n');
process.exit(checked || tested);
