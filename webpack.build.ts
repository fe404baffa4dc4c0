/** What both builds share: skip when nothing that goes in has changed, build aside, put the folder in place whole, weigh what came out. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { gzipSync } from 'node:zlib';
import webpack, { type Configuration, type MultiStats } from 'webpack';

const ROOT = import.meta.dirname;

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

function hashOf(inputs: readonly string[]): string {
  const hash = createHash('sha256');
  for (const file of inputs.flatMap((name) => files(join(ROOT, name)))) hash.update(`${relative(ROOT, file)}\0`).update(readFileSync(file)).update('\0');
  return hash.digest('hex');
}

function run(configurations: Configuration[]): Promise<MultiStats> {
  return new Promise((resolve, reject) => {
    const compiler = webpack(configurations);
    compiler.run((cause, stats) => {
      compiler.close(() => {
        if (cause || !stats) reject(new Error('It could not be built.', { cause }));
        else if (stats.hasErrors()) reject(new Error(`It could not be built.\n${stats.toString({ preset: 'errors-only' })}`));
        else resolve(stats);
      });
    });
  });
}

const weigh = (path: string): Weight[] => files(path).filter((f) => f.endsWith('.js')).map((file) => {
  const bytes = readFileSync(file);
  return { file: relative(path, file), bytes: bytes.length, gzip: gzipSync(bytes, { level: 9 }).length };
});

export interface BuildWish {
  readonly force?: boolean;
  /** called once there is something to build, which takes a while */
  readonly begun?: () => void;
}

/** `finish` adds pages to what was bundled; `entry`: the scripts a page of that name begins with. */
export async function buildInto(dist: string, { inputs, configurations, entry: [compilation, name], finish, force = false, begun }: BuildWish & {
  readonly inputs: readonly string[]; readonly configurations: (path: string) => Configuration[]; readonly entry: readonly [string, string];
  readonly finish: (aside: string, entry: readonly string[]) => void;
}): Promise<Built> {
  const now = hashOf(inputs);
  const before = force ? null : stampOf(dist);
  if (before?.inputs === now) return { fresh: false, weights: before.weights };
  begun?.();
  const aside = `${dist}.${process.pid}`;
  rmSync(aside, { recursive: true, force: true });
  mkdirSync(aside, { recursive: true });
  const stats = await run(configurations(aside));
  const built = stats.stats.find((s) => s.compilation.name === compilation);
  const entry = [...(built?.compilation.entrypoints.get(name)?.getFiles() ?? [])].filter((f) => f.endsWith('.js'));
  finish(aside, entry);
  const weights = weigh(aside);
  writeFileSync(join(aside, 'build.json'), JSON.stringify({ inputs: now, entry, weights }, null, 2));
  // Another process may have built the same meanwhile: what it put in place is being read, and stays.
  if (!force && stampOf(dist)?.inputs === now) rmSync(aside, { recursive: true });
  else place(aside, dist);
  return { fresh: true, weights };
}

function stampOf(dist: string): { readonly inputs: string; readonly weights: Weight[] } | null {
  try {
    return JSON.parse(readFileSync(join(dist, 'build.json'), 'utf8'));
  } catch {
    return null;
  }
}

/** Whole, and again where another process came in between. */
function place(aside: string, dist: string): void {
  const old = `${aside}.old`;
  for (let tries = 0; ; tries += 1) {
    if (existsSync(dist)) try { renameSync(dist, old); } catch { /* somebody else has put it away */ }
    rmSync(old, { recursive: true, force: true });
    try {
      return renameSync(aside, dist);
    } catch (cause) {
      if (tries === 20) throw cause;
    }
  }
}

/** Prints what a build came to. */
export function told(folder: string, { fresh, weights }: Built): void {
  const kib = (n: number) => `${(n / 1024).toFixed(1)} KiB`;
  process.stdout.write(fresh ? `Built ${folder}:\n` : `${folder} is up to date:\n`);
  for (const w of weights) process.stdout.write(`  ${w.file.padEnd(32)} ${kib(w.bytes).padStart(11)} ${kib(w.gzip).padStart(10)} gzip\n`);
}
