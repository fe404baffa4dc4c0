/** Puts the verifier and all it needs into one readable file: `npm run verifier` writes `dist/verify.mjs` and prints its hash. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const VERIFIER = join(ROOT, 'dist', 'verify.mjs');

export function buildVerifier(to = VERIFIER): string {
  buildSync({
    entryPoints: [join(import.meta.dirname, 'alone.ts')], outfile: to, bundle: true, platform: 'node', format: 'esm', target: 'node20', charset: 'utf8', legalComments: 'inline', logLevel: 'error',
    banner: { js: '#!/usr/bin/env node\n// Send Secure: verifies logs, certificates and reports offline. Needs Node 20 or later and nothing else.' },
  });
  return createHash('sha256').update(readFileSync(to)).digest('hex');
}

if (process.argv[1] === import.meta.filename) process.stdout.write(`dist/verify.mjs ${buildVerifier()}\n`);
