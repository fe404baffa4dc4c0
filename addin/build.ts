/**
 * Builds the add-in into `dist/addin`: pane, event bundle, the two pages, manifest, icons. Skips when nothing that goes in has changed. The folder
 * is built aside and put in place whole, so that a running service never serves half of it. Prints what the bundles weigh.
 *
 *   node addin/build.ts [--force]
 */
import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildInto, told, type BuildWish, type Built } from '../webpack.build.ts';
import configurations from '../webpack.config.ts';

export type { Weight } from '../webpack.build.ts';

const ROOT = join(import.meta.dirname, '..');
export const DIST = join(ROOT, 'dist', 'addin');
/** npm's copy of this library is frozen at 2022; Microsoft serves the living one. */
export const OFFICE_JS = 'https://appsforoffice.microsoft.com/lib/1/hosted/office.js';
const INPUTS = ['addin', 'shared', 'webpack.config.ts', 'webpack.build.ts', 'manifest.xml', 'package-lock.json'];

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

export function buildAddin(wish: BuildWish = {}): Promise<Built> {
  return buildInto(DIST, {
    inputs: INPUTS, configurations, entry: ['pane', 'taskpane'], ...wish,
    finish(aside, entry) {
      writeFileSync(join(aside, 'taskpane.html'), page('Send Secure', entry.map((f) => `/addin/${f}`), '<div id="pane"></div>'));
      writeFileSync(join(aside, 'commands.html'), page('Send Secure events', ['/addin/onsend.js'], ''));
      cpSync(join(ROOT, 'manifest.xml'), join(aside, 'manifest.xml'));
      cpSync(join(ROOT, 'addin', 'icons'), join(aside, 'icons'), { recursive: true });
    },
  });
}

if (process.argv[1] === import.meta.filename) told('dist/addin', await buildAddin({ force: process.argv.includes('--force') }));
