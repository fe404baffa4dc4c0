/** Bundles the lab's window and its stand-in for office.js into `dist/lab`: `node lab/build.ts`, or `buildLab()` from the build of everything. */
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

const ROOT = join(import.meta.dirname, '..');

export async function buildLab(out = join(ROOT, 'dist', 'lab')): Promise<void> {
  mkdirSync(out, { recursive: true });
  const shared = { bundle: true, outdir: out, target: 'es2022', minify: true, sourcemap: false, legalComments: 'none', logLevel: 'warning' } as const;
  await Promise.all([
    build({ ...shared, entryPoints: { page: join(ROOT, 'lab/page/page.ts') }, format: 'esm' }),
    // A classic script, as office.js is: `Office` must be there before the next script runs.
    build({ ...shared, entryPoints: { office: join(ROOT, 'lab/host/shim.ts') }, format: 'iife' }),
  ]);
  for (const file of ['index.html', 'page.css']) copyFileSync(join(ROOT, 'lab/page', file), join(out, file));
}

if (import.meta.main) await buildLab();
