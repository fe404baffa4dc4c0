/** Type checks every part with its own project, then lints. Prints each part's result; ends with 1 when one fails. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const bin = (name: string) => join(root, 'node_modules', '.bin', name);
const PROJECTS = ['shared', 'shared/wire', 'shared/extract', 'addin', 'addin/tsconfig.events.json', 'addin/tsconfig.build.json', 'console', 'console/tsconfig.build.json', 'service', 'lab', 'tests'];

let failed = 0;
for (const project of PROJECTS) {
  if (!existsSync(join(root, project))) continue;
  const run = spawnSync(bin('tsc'), ['-p', project], { cwd: root, encoding: 'utf8' });
  process.stdout.write(`types ${project}: ${run.status === 0 ? 'ok' : 'FAILED'}\n${run.stdout}`);
  if (run.status !== 0) failed += 1;
}
const lint = spawnSync(bin('oxlint'), ['--deny-warnings', '.'], { cwd: root, encoding: 'utf8' });
process.stdout.write(`lint: ${lint.status === 0 ? 'ok' : `FAILED\n${lint.stdout}`}\n`);
if (lint.status !== 0) failed += 1;
process.exit(failed === 0 ? 0 : 1);
