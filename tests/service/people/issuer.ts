/** An issuer in memory: real keys, real signatures, and a `fetch` that answers as its two endpoints do. */
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWTPayload } from 'jose';
import type { World } from '../../../service/world.ts';

export const ISSUER = 'https://id.riverside.test/tenant';
export const AUDIENCE = 'api://send-secure';
/** the issuer's stronger sign-in; tokens carry it, just now, unless told otherwise */
export const STRONG = 'urn:riverside:mfa';

export interface Issuer {
  readonly world: Pick<World, 'now' | 'fetch'> & { clock: number; asked: string[]; down: boolean };
  sign(claims?: JWTPayload, how?: { readonly alg?: string; readonly kid?: string; readonly key?: CryptoKey; readonly issuer?: string; readonly audience?: string; readonly expires?: number }): Promise<string>;
  /** adds a key as issuers do when they rotate */
  rotate(kid: string): Promise<void>;
}

export async function openIssuer(): Promise<Issuer> {
  const keys = new Map<string, { readonly privateKey: CryptoKey; readonly publicKey: CryptoKey; readonly alg: string }>();
  const add = async (kid: string, alg = 'RS256') => keys.set(kid, { ...(await generateKeyPair(alg, { extractable: true })), alg });
  await add('one');
  await add('curve', 'ES256');

  const world: Issuer['world'] = {
    clock: Date.UTC(2026, 10, 21, 10), asked: [], down: false,
    now: () => world.clock,
    async fetch(url) {
      world.asked.push(url);
      if (world.down) throw new Error('no road');
      const answer = url.endsWith('/.well-known/openid-configuration')
        ? { issuer: ISSUER, jwks_uri: `${ISSUER}/keys` }
        : { keys: await Promise.all([...keys].map(async ([kid, { publicKey, alg }]) => ({ ...(await exportJWK(publicKey)), kid, alg, use: 'sig' }))) };
      return { status: 200, headers: new Headers(), body: new TextEncoder().encode(JSON.stringify(answer)) };
    },
  };
  return {
    world,
    rotate: async (kid) => { await add(kid); },
    async sign(claims = {}, { alg, kid = 'one', key, issuer = ISSUER, audience = AUDIENCE, expires = 900 } = {}) {
      const own = keys.get(kid);
      const now = Math.floor(world.clock / 1000);
      return new SignJWT({ sub: 'ana', name: 'Dr. Ana Ruiz', roles: ['clinician'], addresses: ['Ana.Ruiz@riverside.test'], acr: STRONG, auth_time: now, ...claims })
        .setProtectedHeader({ alg: alg ?? own?.alg ?? 'RS256', kid }).setIssuer(issuer).setAudience(audience).setIssuedAt(now).setExpirationTime(now + expires)
        .sign(key ?? own?.privateKey as CryptoKey);
    },
  };
}
