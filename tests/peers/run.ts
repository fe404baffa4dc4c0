/**
 * `npm run test:peers [-- name …]`: other people's programs decide. Every `tests/peers/*.peer.ts` is one peer and says in a line
 * `Debian: package …` of its head which packages it needs (`npm: package@version …` those of the npm registry, put into `.cache/peers`); what is absent is installed, then the files run, one after the other.
 * Not part of `npm test`. Whatever did not run is a failure here, and is said at the end.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { NOT_RUN, notRun } from '../tools.ts';

const root = join(import.meta.dirname, '..', '..');
const names = readdirSync(import.meta.dirname).filter((file) => file.endsWith('.peer.ts')).map((file) => file.slice(0, -'.peer.ts'.length)).sort();
const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith('-'));
const unknown = wanted.filter((name) => !names.includes(name));
if (unknown.length > 0) {
  process.stderr.write(`There is no such peer. Known: ${names.join(', ')}\n`);
  process.exit(3);
}
const chosen = wanted.length > 0 ? wanted : names;

const fileOf = (name: string): string => join(import.meta.dirname, `${name}.peer.ts`);
const packagesOf = (name: string): string[] => (/^.*\bDebian: ([a-z0-9 .+-]+)$/m.exec(readFileSync(fileOf(name), 'utf8'))?.[1] ?? '').split(' ').filter((p) => p !== '');
const modulesOf = (name: string): string[] => (/^.*\bnpm: ([a-z0-9@/. -]+)$/m.exec(readFileSync(fileOf(name), 'utf8'))?.[1] ?? '').split(' ').filter((p) => p !== '');
const present = (name: string): boolean => spawnSync('dpkg-query', ['-W', '-f', '${db:Status-Status}', name], { encoding: 'utf8' }).stdout === 'installed';

function install(missing: readonly string[]): void {
  if (spawnSync('apt-get', ['--version'], { stdio: 'ignore' }).status !== 0) return notRun(`NOT INSTALLED, no apt-get here: ${missing.join(' ')}`);
  const command = (...args: readonly string[]): number => {
    const root = process.getuid?.() === 0 ? [] : ['sudo', '-n'];
    const [first, ...rest] = [...root, 'env', 'DEBIAN_FRONTEND=noninteractive', ...args];
    return spawnSync(first!, rest, { stdio: ['ignore', 'ignore', 'inherit'] }).status ?? 1;
  };
  // No package may start a daemon of its own here.
  const policy = '/usr/sbin/policy-rc.d';
  if (!existsSync(policy) && process.getuid?.() === 0) writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  process.stdout.write(`apt-get install ${missing.join(' ')}\n`);
  if (command('apt-get', 'update', '-qq') !== 0 || command('apt-get', 'install', '-y', '-qq', '--no-install-recommends', ...missing) !== 0) notRun(`NOT INSTALLED, apt-get failed: ${missing.join(' ')}`);
}

rmSync(NOT_RUN, { force: true });
const missing = [...new Set(chosen.flatMap(packagesOf))].filter((name) => !present(name));
if (missing.length > 0) install(missing);
// Beside the project, not in it: what only judges is no dependency of ours.
const modules = [...new Set(chosen.flatMap(modulesOf))];
if (modules.length > 0) {
  const home = join(root, '.cache', 'peers');
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, 'package.json'), '{ "private": true }');
  if (spawnSync('npm', ['install', '--prefix', home, '--ignore-scripts', '--no-audit', '--no-fund', '--silent', ...modules], { cwd: home, stdio: 'inherit' }).status !== 0) notRun(`NOT INSTALLED, npm failed: ${modules.join(' ')}`);
}
const ran = spawnSync(process.execPath, [join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--config', 'tests/peers/vitest.config.ts', ...chosen.map(fileOf)], { cwd: root, stdio: 'inherit' }).status ?? 1;
const unproved = existsSync(NOT_RUN) ? [...new Set(readFileSync(NOT_RUN, 'utf8').trim().split('\n'))] : [];
process.stdout.write(unproved.length > 0 ? `\n${unproved.join('\n')}\n` : `\n${ran === 0 ? 'Every peer ran' : 'What failed is said above; chosen were'}: ${chosen.join(', ')}\n`);
process.exit(ran || (unproved.length > 0 ? 1 : 0));
