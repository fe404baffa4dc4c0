/** Builds the console into `dist/console`: one page without inline script, and a chunk for each screen. `node console/build.ts [--force]` */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildInto, told, type BuildWish, type Built } from '../webpack.build.ts';
import { consoleConfiguration } from '../webpack.config.ts';

const ROOT = join(import.meta.dirname, '..');
export const CONSOLE_DIST = join(ROOT, 'dist', 'console');
const INPUTS = ['console', 'shared', 'webpack.config.ts', 'webpack.build.ts', 'package-lock.json'];

export function buildConsole(wish: BuildWish = {}): Promise<Built> {
  return buildInto(CONSOLE_DIST, {
    inputs: INPUTS, configurations: (path) => [consoleConfiguration(path)], entry: ['console', 'console'], ...wish,
    finish: (aside, entry) => writeFileSync(join(aside, 'index.html'), `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Send Secure</title>
${entry.map((file) => `<script src="/console/assets/${file}" defer></script>`).join('\n')}
</head>
<body><div id="console"></div></body>
</html>
`),
  });
}

if (process.argv[1] === import.meta.filename) told('dist/console', await buildConsole({ force: process.argv.includes('--force') }));
