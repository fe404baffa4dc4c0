/**
 * Builds the add-in into `dist/addin`: pane, event bundle, the two pages, manifest, icons. Skips when nothing that goes in has changed. The folder
 * is built aside and put in place whole, so that a running service never serves half of it. Prints what the bundles weigh.
 *
 *   node addin/build.ts [--force]
 */
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { gzipSync } from 'node:zlib';
import webpack, { type MultiStats } from 'webpack';
import configurations from '../webpack.config.ts';

const ROOT = join(import.meta.dirname, '..');
export const DIST = join(ROOT, 'dist', 'addin');
/** npm's copy of this library is frozen at 2022; Microsoft serves the living one. */
export const OFFICE_JS = 'https://appsforoffice.microsoft.com/lib/1/hosted/office.js';
const INPUTS = ['addin', 'shared', 'webpack.config.ts', 'manifest.xml', 'package-lock.json'];

export interface Weight {
  readonly file: string;
  readonly bytes: number;
  readonly gzip: number;
}

export interface Built {
  readonly fresh: boolean;
  readonly weights: readonly Weight[];
}

function files(path: string): string[] {
  if (!existsSync(path)) return [];
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path).sort().flatMap((name) => files(join(path, name)));
}

function inputs(): string {
  const hash = createHash('sha256');
  for (const file of INPUTS.flatMap((name) => files(join(ROOT, name)))) hash.update(`${relative(ROOT, file)}\0`).update(readFileSync(file)).update('\0');
  return hash.digest('hex');
}

/** No inline script anywhere: the service's content security policy forbids it. */
function page(title: string, scripts: readonly string[], body: string): string {
  const tags = [OFFICE_JS, ...scripts].map((src, i) => `<script src="${src}"${i === 0 ? '' : ' defer'}></script>`).join('\n');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<link rel="icon" href="/addin/icons/icon-32.png">
${tags}
</head>
<body>${body}</body>
</html>
`;
}

function run(path: string): Promise<MultiStats> {
  return new Promise((resolve, reject) => {
    const compiler = webpack(configurations(path));
    compiler.run((cause, stats) => {
      compiler.close(() => {
        if (cause || !stats) reject(new Error('The add-in could not be built.', { cause }));
        else if (stats.hasErrors()) reject(new Error(`The add-in could not be built.\n${stats.toString({ preset: 'errors-only' })}`));
        else resolve(stats);
      });
    });
  });
}

const weigh = (path: string): Weight[] => files(path).filter((f) => f.endsWith('.js')).map((file) => {
  const bytes = readFileSync(file);
  return { file: relative(path, file), bytes: bytes.length, gzip: gzipSync(bytes, { level: 9 }).length };
});

export async function buildAddin({ force = false }: { force?: boolean } = {}): Promise<Built> {
  const stamp = join(DIST, 'build.json');
  const now = inputs();
  if (!force && existsSync(stamp)) {
    const before = JSON.parse(readFileSync(stamp, 'utf8')) as { inputs: string; weights: Weight[] };
    if (before.inputs === now) return { fresh: false, weights: before.weights };
  }
  const aside = `${DIST}.${process.pid}`;
  rmSync(aside, { recursive: true, force: true });
  mkdirSync(aside, { recursive: true });
  const stats = await run(aside);
  const pane = stats.stats.find((s) => s.compilation.name === 'pane');
  const entry = [...(pane?.compilation.entrypoints.get('taskpane')?.getFiles() ?? [])].filter((f) => f.endsWith('.js'));
  writeFileSync(join(aside, 'taskpane.html'), page('Send Secure', entry.map((f) => `/addin/${f}`), '<div id="pane"></div>'));
  writeFileSync(join(aside, 'commands.html'), page('Send Secure events', ['/addin/onsend.js'], ''));
  cpSync(join(ROOT, 'manifest.xml'), join(aside, 'manifest.xml'));
  cpSync(join(ROOT, 'addin', 'icons'), join(aside, 'icons'), { recursive: true });
  const weights = weigh(aside);
  writeFileSync(join(aside, 'build.json'), JSON.stringify({ inputs: now, entry, weights }, null, 2));
  rmSync(DIST, { recursive: true, force: true });
  renameSync(aside, DIST);
  return { fresh: true, weights };
}

if (process.argv[1] === import.meta.filename) {
  const { fresh, weights } = await buildAddin({ force: process.argv.includes('--force') });
  const kib = (n: number) => `${(n / 1024).toFixed(1)} KiB`;
  process.stdout.write(fresh ? 'Built dist/addin:\n' : 'dist/addin is up to date:\n');
  for (const w of weights) process.stdout.write(`  ${w.file.padEnd(32)} ${kib(w.bytes).padStart(11)} ${kib(w.gzip).padStart(10)} gzip\n`);
}
