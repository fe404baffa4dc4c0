/**
 * A web key directory for our own domains (draft-koch-openpgp-webkey-service §3.1): whoever receives mail that we signed finds the key to verify it with.
 * The key signs only; nobody can encrypt to it. Beside it the lists of certificates that our own authorities took back (RFC 5280 §4.2.1.13, RFC 2585 §4.2).
 * Public, throttled like all that is public.
 */
import type { Hono } from 'hono';
import type { Edge } from './guard.ts';
import type { Throttle } from './throttle.ts';

const HASH = /^[a-z1-9]{32}$/;
const LIST = /^([0-9a-f]{64})\.crl$/;

export function wellKnown(app: Hono<Edge>, { find, list, throttle }: {
  readonly find: (domain: string, hash: string, local: string | undefined) => Promise<Uint8Array | null>;
  /** of an authority, by its fingerprint */
  readonly list: (authority: string) => Promise<Uint8Array | null>;
  readonly throttle: Throttle;
}): void {
  app.get('/crl/:name', async (c) => {
    const slow = throttle.take(c.get('client'));
    if (slow > 0) return c.body(null, 429, { 'retry-after': String(slow) });
    const authority = LIST.exec(c.req.param('name'))?.[1];
    const der = authority === undefined ? null : await list(authority);
    return der === null ? c.notFound() : c.body(new Uint8Array(der), 200, { 'content-type': 'application/pkix-crl', 'cache-control': 'max-age=3600' });
  });
  // Both methods must have one; empty means: nothing special (§4.5).
  for (const path of ['/.well-known/openpgpkey/policy', '/.well-known/openpgpkey/:domain/policy']) app.get(path, (c) => c.text(''));
  for (const path of ['/.well-known/openpgpkey/hu/:hash', '/.well-known/openpgpkey/:domain/hu/:hash']) {
    app.get(path, async (c) => {
      const slow = throttle.take(c.get('client'));
      if (slow > 0) return c.body(null, 429, { 'retry-after': String(slow) });
      const hash = c.req.param('hash') ?? '';
      const domain = c.req.param('domain') ?? (c.req.header('host') ?? '').replace(/:\d+$/, '');
      const key = HASH.test(hash) ? await find(domain, hash, c.req.query('l')) : null;
      if (key === null) return c.notFound();
      return c.body(new Uint8Array(key), 200, { 'content-type': 'application/octet-stream', 'access-control-allow-origin': '*' });
    });
  }
}
