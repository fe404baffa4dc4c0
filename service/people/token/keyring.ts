/**
 * The issuer's public keys (RFC 7517), fetched through the world's guard. An unknown key id asks the issuer again, but not more
 * often than the cooldown: a stranger's made-up ids must not turn us against the issuer. Known keys outlive an issuer that is down.
 */
import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey, type LocalJWKSet } from 'jose';
import { Fault } from '../../refusal.ts';
import type { World } from '../../world.ts';

const FRESH = 10 * 60_000;
const COOLDOWN = 30_000;
const ASK = { maxBytes: 512 * 1024, timeout: 5_000, redirects: 0 };

interface Issuer { readonly issuer: string; readonly lab?: boolean }

async function json(url: string, { lab }: Issuer, world: Pick<World, 'fetch'>): Promise<unknown> {
  const answer = await world.fetch(url, { ...ASK, headers: { accept: 'application/json' }, ...(lab === true ? { plain: true } : {}) });
  if (answer.status !== 200) throw new Fault('issuer-unreachable', 'The issuer did not answer with its keys.');
  return JSON.parse(new TextDecoder().decode(answer.body));
}

/** What the issuer says of itself (OpenID Connect Discovery 1.0 §4). Throws Fault `issuer-unreachable` or `issuer-mismatch`. */
export async function discovered(settings: Issuer, world: Pick<World, 'fetch'>): Promise<{ readonly keys: string; readonly authorize: string; readonly token: string }> {
  const bare = (url: string) => url.replace(/\/$/, '');
  const found = await json(`${bare(settings.issuer)}/.well-known/openid-configuration`, settings, world) as { [name: string]: unknown };
  const text = (name: string) => (typeof found[name] === 'string' ? found[name] : '');
  // §4.3: the issuer in the answer must be the one that was asked for.
  if (bare(text('issuer')) !== bare(settings.issuer) || text('jwks_uri') === '') throw new Fault('issuer-mismatch', 'The issuer describes itself as another.');
  return { keys: text('jwks_uri'), authorize: text('authorization_endpoint'), token: text('token_endpoint') };
}

export function openKeyring({ issuer, jwksUri, lab, world }: {
  readonly issuer: string; readonly jwksUri?: string; readonly lab?: boolean; readonly world: Pick<World, 'now' | 'fetch'>;
}): { readonly find: JWTVerifyGetKey; /** whose tokens a key signs, where its issuer says so beside it; null: it does not */ readonly issuerOf: (kid: string | undefined) => string | null } {
  let keys: LocalJWKSet | null = null;
  let fetchedAt = -Infinity;
  let triedAt = -Infinity;
  let under: Promise<void> | null = null;

  const settings = { issuer, ...(lab === undefined ? {} : { lab }) };
  const locate = async (): Promise<string> => jwksUri ?? (await discovered(settings, world)).keys;

  async function fetchKeys(): Promise<void> {
    triedAt = world.now();
    keys = createLocalJWKSet(await json(await locate(), settings, world) as JSONWebKeySet);
    fetchedAt = world.now();
  }

  /** one question at a time, whoever asks */
  function refresh(): Promise<void> {
    under ??= fetchKeys().finally(() => { under = null; });
    return under;
  }

  const rested = () => world.now() - triedAt >= COOLDOWN;

  return {
    issuerOf(kid) {
      const key: { readonly [name: string]: unknown } | undefined = keys?.jwks().keys.find((one) => one.kid === kid);
      return typeof key?.['issuer'] === 'string' ? key['issuer'] : null;
    },
    async find(header, token) {
      if (keys === null) await refresh();
      else if (world.now() - fetchedAt >= FRESH && rested()) await refresh().catch(() => undefined);
      const known = keys;
      if (known === null) throw new Fault('issuer-unreachable', 'The issuer did not answer with its keys.');
      try {
        return await known(header, token);
      } catch (cause) {
        if (!(cause instanceof errors.JWKSNoMatchingKey) || !rested()) throw cause;
        await refresh();
        return await (keys as LocalJWKSet)(header, token);
      }
    },
  };
}
