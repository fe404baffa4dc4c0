/** Built files of one folder: plain names inside it, of the listed kinds, gzipped once, with a tag of their content. */
import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Context } from 'hono';
import type { Edge } from './guard.ts';

export const TYPES: { readonly [ending: string]: string } = {
  html: 'text/html; charset=utf-8', js: 'text/javascript; charset=utf-8', css: 'text/css; charset=utf-8', json: 'application/json',
  map: 'application/json', xml: 'application/xml; charset=utf-8', txt: 'text/plain; charset=utf-8', png: 'image/png', svg: 'image/svg+xml',
  ico: 'image/x-icon', woff2: 'font/woff2', wasm: 'application/wasm',
};
const SQUEEZED = new Set(['html', 'js', 'css', 'json', 'map', 'xml', 'txt', 'svg', 'wasm']);
const NAME = /^(?:[A-Za-z0-9_-][A-Za-z0-9_.-]*\/){0,3}[A-Za-z0-9_-][A-Za-z0-9_.-]*\.([a-z0-9]{2,5})$/;
const HASHED = /[.-][0-9a-f]{8,64}\.[a-z0-9]+$/;
interface Held { readonly bytes: Buffer; readonly small: Buffer | null; readonly tag: string; readonly stamp: number }

/** Answers a file under this content policy, or null when there is none of that name. */
export function openFiles(folder: string, policy: string): (c: Context<Edge>, name: string) => Promise<Response | null> {
  const held = new Map<string, Held>();

  async function hold(name: string, ending: string): Promise<Held | null> {
    const path = join(folder, name);
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

  return async (c, name) => {
    const ending = NAME.exec(name)?.[1] ?? '';
    const type = TYPES[ending];
    const file = type === undefined ? null : await hold(name, ending);
    if (type === undefined || file === null) return null;
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
  };
}
