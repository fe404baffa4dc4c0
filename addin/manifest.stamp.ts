/**
 * The manifest of one deployment: the placeholder origin replaced by its own, everywhere and nowhere else. The service serves the same.
 *
 *   npm run manifest:stamp -- https://mail.example.org      → dist/addin/manifest.xml
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export const PLACEHOLDER = 'https://localhost:3000';

type Stamped = { readonly kind: 'stamped'; readonly xml: string } | { readonly kind: 'refused'; readonly code: 'origin-invalid' | 'origin-not-https' };

/** Outlook takes https only; a path, query or name in the origin would break every URL made from it. */
export function stampManifest(xml: string, origin: string): Stamped {
  let url: URL;
  try {
    url = new URL(origin);
  } catch {
    return { kind: 'refused', code: 'origin-invalid' };
  }
  if (url.protocol !== 'https:') return { kind: 'refused', code: 'origin-not-https' };
  if (url.username || url.password || url.search || url.hash || (url.pathname !== '/' && url.pathname !== '')) return { kind: 'refused', code: 'origin-invalid' };
  return { kind: 'stamped', xml: xml.split(PLACEHOLDER).join(url.origin) };
}

if (process.argv[1] === import.meta.filename) {
  const root = join(import.meta.dirname, '..');
  const stamped = stampManifest(readFileSync(join(root, 'manifest.xml'), 'utf8'), process.argv[2] ?? '');
  if (stamped.kind === 'refused') {
    process.stderr.write(stamped.code === 'origin-not-https' ? 'The origin must begin with https://.\n' : 'Say the origin: npm run manifest:stamp -- https://mail.example.org\n');
    process.exit(1);
  }
  const to = join(root, 'dist', 'addin', 'manifest.xml');
  mkdirSync(dirname(to), { recursive: true });
  writeFileSync(to, stamped.xml);
  process.stdout.write(`Wrote dist/addin/manifest.xml for ${new URL(process.argv[2] ?? '').origin}\n`);
}
