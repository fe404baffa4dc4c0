/**
 * The add-in's files from its build folder, with what depends on this deployment made here: configuration, manifest and the list of
 * scripts Outlook may run. Only plain file names inside the folder are served; nothing here knows a draft.
 */
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { Hono } from 'hono';
import type { Edge } from './guard.ts';

export interface AddinSettings {
  /** the build's folder, `dist/addin` */
  readonly folder: string;
  /** for `/addin/config.json`: what the pane must know of this deployment; no secret */
  readonly config: () => unknown;
  /** manifest.xml stamped with our own origin */
  readonly manifest: () => Promise<string> | string;
  /** origins the pane may talk to besides ours: the identity provider's */
  readonly connect?: readonly string[];
}

const TYPES: { readonly [ending: string]: string } = {
  html: 'text/html; charset=utf-8', js: 'text/javascript; charset=utf-8', css: 'text/css; charset=utf-8', json: 'application/json',
  map: 'application/json', xml: 'application/xml; charset=utf-8', txt: 'text/plain; charset=utf-8', png: 'image/png', svg: 'image/svg+xml',
  ico: 'image/x-icon', woff2: 'font/woff2', wasm: 'application/wasm',
};
const SQUEEZED = new Set(['html', 'js', 'css', 'json', 'map', 'xml', 'txt', 'svg', 'wasm']);
const NAME = /^(?:[A-Za-z0-9_-][A-Za-z0-9_.-]*\/){0,3}[A-Za-z0-9_-][A-Za-z0-9_.-]*\.([a-z0-9]{2,5})$/;
const HASHED = /[.-][0-9a-f]{8,64}\.[a-z0-9]+$/;
/** Outlook on the web, new Outlook and its successors frame the pane. */
const FRAMERS = "'self' https://*.office.com https://*.office365.com https://*.outlook.com https://outlook.live.com https://*.cloud.microsoft";

/** Content policy of the add-in's pages; the pretend Outlook uses the same. `sha256-47DEQ…` is the empty style Griffel fills by script. */
export function addinPolicy({ connect = [] }: Pick<AddinSettings, 'connect'>): string {
  return [
    "default-src 'none'",
    "script-src 'self' https://appsforoffice.microsoft.com https://ajax.aspnetcdn.com",
    "style-src 'self' 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='",
    "img-src 'self' data: blob:", "font-src 'self' data:",
    `connect-src 'self' https://login.microsoftonline.com${connect.map((origin) => ` ${origin}`).join('')}`,
    "frame-src 'self'", `frame-ancestors ${FRAMERS}`, "base-uri 'none'", "form-action 'none'", "object-src 'none'",
  ].join('; ');
}

interface Held { readonly bytes: Buffer; readonly small: Buffer | null; readonly tag: string; readonly stamp: number }

export function addin(app: Hono<Edge>, { settings, publicUrl }: { readonly settings: AddinSettings; readonly publicUrl: string }): void {
  const held = new Map<string, Held>();
  const policy = addinPolicy(settings);

  async function hold(name: string, ending: string): Promise<Held | null> {
    const path = join(settings.folder, name);
    const facts = await stat(path).catch(() => null);
    if (facts === null || !facts.isFile()) return null;
    const known = held.get(name);
    if (known !== undefined && known.stamp === facts.mtimeMs) return known;
    const bytes = await readFile(path);
    const fresh = {
      bytes, stamp: facts.mtimeMs,
      small: SQUEEZED.has(ending) ? gzipSync(bytes) : null,
      tag: `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`,
    };
    held.set(name, fresh);
    return fresh;
  }

  app.get('/addin/config.json', (c) => {
    c.header('cache-control', 'no-cache');
    return c.json(settings.config() as never);
  });

  app.get('/addin/manifest.xml', async (c) => c.body(await settings.manifest(), 200, { 'content-type': TYPES['xml'] as string, 'cache-control': 'no-cache' }));

  // Scripts of the event runtime must be named here, or classic Outlook gives them neither network nor sign-in.
  app.get('/.well-known/microsoft-officeaddins-allowed.json', (c) => c.json({ allowed: [`${publicUrl}/addin/onsend.js`] }));

  app.get('/addin', (c) => c.redirect('/addin/taskpane.html', 302));

  app.get('/addin/:path{.+}', async (c) => {
    const name = c.req.param('path');
    const ending = NAME.exec(name)?.[1] ?? '';
    const type = TYPES[ending];
    const file = type === undefined ? null : await hold(name, ending);
    if (type === undefined || file === null) return c.notFound();
    const headers: Record<string, string> = {
      'content-type': type,
      'content-security-policy': policy,
      'cache-control': HASHED.test(name) ? 'public, max-age=31536000, immutable' : 'no-cache',
      etag: file.tag,
      vary: 'accept-encoding',
    };
    if (c.req.header('if-none-match') === file.tag) return c.body(null, 304, headers);
    const squeezed = file.small !== null && /\bgzip\b/.test(c.req.header('accept-encoding') ?? '');
    if (squeezed) headers['content-encoding'] = 'gzip';
    return c.body(new Uint8Array(squeezed ? file.small as Buffer : file.bytes), 200, headers);
  });
}
