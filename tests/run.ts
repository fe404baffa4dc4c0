/** `npm test`: builds what the tests look at, type checks and lints, then runs every test. Skips nothing silently. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { buildAddin } from '../addin/build.ts';

const root = join(import.meta.dirname, '..');
const run = (script: string, args: readonly string[]) => spawnSync(process.execPath, [join(root, script), ...args], { cwd: root, stdio: 'inherit' }).status ?? 1;

await buildAddin();
const checked = run('tests/check.ts', []);
const tested = run('node_modules/vitest/vitest.mjs', ['run', ...process.argv.slice(2)]);
process.exit(checked || tested);
