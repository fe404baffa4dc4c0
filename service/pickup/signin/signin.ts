/**
 * The recipient's own provider says which address is theirs (OpenID Connect Core 1.0, authorization code with PKCE, RFC 9700). An address counts
 * only where the provider proved it. Never keeps a token, never decides who may read, never believes a bare address.
 * Order: issuer named in the answer (RFC 9207) → code exchanged → signature → issuer, audience, times → nonce → proof of the address.
 */
import { createHash } from 'node:crypto';
import { jwtVerify, type JWTPayload } from 'jose';
import { isMailbox, normalAddress } from '../../../shared/draft/address.ts';
import { openKeyring } from '../../people/token/keyring.ts';
import { Fault, isRefusal, refuse, type Refusal } from '../../refusal.ts';
import type { World } from '../../world.ts';
import { provedAddress, type Proof } from './proof.ts';
import { alike } from '../../alike.ts';

export interface Provider {
  /** stands in the address that the provider sends people back to */
  readonly id: string;
  /** as people know it */
  readonly name: string;
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly proof: Proof;
}

/** What binds one sign-in to one browser and one link; the caller derives and checks it. */
export interface Asked {
  readonly state: string;
  readonly nonce: string;
  /** RFC 7636 §4.1 */
  readonly verifier: string;
  /** where the provider sends the browser back to; another one for each provider (RFC 9700 §4.4.2.2) */
  readonly back: string;
}

/** What came back in the address, attacker-controlled. */
export interface Answered {
  readonly code: string;
  /** RFC 9207 */
  readonly iss: string | null;
}

export interface SignIn {
  readonly providers: readonly Pick<Provider, 'id' | 'name'>[];
  /** the address at the provider that the browser goes to */
  start(id: string, asked: Asked): Promise<string | Refusal<'sign-in-failed'>>;
  /** the address the provider proved, lower case where case does not count */
  finish(id: string, answered: Answered, asked: Asked): Promise<{ readonly address: string } | Refusal<'sign-in-failed' | 'sign-in-unproved'>>;
}

interface Found {
  readonly issuer: string;
  readonly authorize: string;
  readonly token: string;
  readonly person: string | null;
  readonly names: boolean;
  readonly keyring: ReturnType<typeof openKeyring>;
}

const FRESH = 60 * 60_000;
const ASK = { maxBytes: 256 * 1024, timeout: 8_000, redirects: 0 };
const ALGORITHMS = ['RS256', 'ES256', 'PS256', 'EdDSA'];
/** Entra ID's common endpoints serve every tenant, each of which is an issuer of its own; `consumers` serves one, and says its number. */
const TENANT = '{tenantid}';
const ENTRA = /^\/(?:\{tenantid\}|[0-9a-f-]{36})\/v2\.0$/;
/** Google names itself in either way. */
const GOOGLE = ['https://accounts.google.com', 'accounts.google.com'];

export function openSignIn({ providers, world, lab = false }: { readonly providers: readonly Provider[]; readonly world: Pick<World, 'now' | 'fetch'>; /** try-out: issuers may speak plain HTTP */ readonly lab?: boolean }): SignIn {
  const found = new Map<string, { readonly at: number; readonly what: Promise<Found> }>();

  async function json(url: string, ask: { readonly headers?: Record<string, string>; readonly form?: URLSearchParams } = {}): Promise<Record<string, unknown>> {
    const body = ask.form === undefined ? undefined : Buffer.from(ask.form.toString());
    const answer = await world.fetch(url, {
      ...ASK, ...(lab ? { plain: true } : {}), headers: { accept: 'application/json', ...ask.headers, ...(body === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded', 'content-length': String(body.length) }) },
      ...(body === undefined ? {} : { method: 'POST', body }),
    });
    const value: unknown = answer.status === 200 ? JSON.parse(Buffer.from(answer.body).toString()) : null;
    if (typeof value !== 'object' || value === null) throw new Fault('sign-in-answer', 'A provider answered otherwise than with an object.');
    return value as Record<string, unknown>;
  }

  async function discover(p: Provider): Promise<Found> {
    const said = await json(`${p.issuer}/.well-known/openid-configuration`);
    const address = (name: string): string => {
      const url = said[name];
      if (typeof url !== 'string' || !URL.canParse(url) || !(url.startsWith('https:') || (lab && url.startsWith('http:')))) throw new Fault('sign-in-answer', 'A provider does not say where it is asked.');
      return url;
    };
    // Discovery 1.0 §4.3; of many tenants each is named where its token is judged.
    const issuer = String(said['issuer']);
    const { origin } = new URL(p.issuer);
    if (issuer.replace(/\/$/, '') !== p.issuer && !(p.proof === 'microsoft' && issuer.startsWith(`${origin}/`) && ENTRA.test(issuer.slice(origin.length)))) throw new Fault('issuer-mismatch', 'The issuer describes itself as another.');
    return {
      issuer, authorize: address('authorization_endpoint'), token: address('token_endpoint'), person: said['userinfo_endpoint'] === undefined ? null : address('userinfo_endpoint'),
      names: said['authorization_response_iss_parameter_supported'] === true, keyring: openKeyring({ issuer: p.issuer, jwksUri: address('jwks_uri'), lab, world }),
    };
  }

  /** One question for all who ask within the hour; a failed one is asked again. */
  function foundOf(p: Provider): Promise<Found> {
    const known = found.get(p.id);
    if (known !== undefined && world.now() - known.at < FRESH) return known.what;
    const what = discover(p);
    found.set(p.id, { at: world.now(), what });
    what.catch(() => found.delete(p.id));
    return what;
  }

  async function judged(p: Provider, f: Found, token: unknown, access: unknown, asked: Asked): Promise<JWTPayload> {
    const { payload, protectedHeader } = await jwtVerify(String(token), f.keyring.find, {
      audience: p.clientId, algorithms: ALGORITHMS, clockTolerance: 60, requiredClaims: ['iss', 'aud', 'exp', 'iat', 'sub'], currentDate: new Date(world.now()),
    });
    const { tid } = payload;
    const named = (issuer: string) => (issuer.includes(TENANT) ? (typeof tid === 'string' && /^[0-9a-f-]{36}$/.test(tid) ? issuer.replace(TENANT, tid) : '') : issuer);
    const issuers = p.proof === 'google' && GOOGLE.includes(f.issuer) ? GOOGLE : [named(f.issuer)];
    // A key that signs for one tenant signs for no other.
    const signs = f.keyring.issuerOf(protectedHeader.kid);
    // Core 1.0 §3.1.3.8: where it is said, it must be the access token's.
    const ours = payload['at_hash'] === undefined || typeof access !== 'string' || !protectedHeader.alg.endsWith('256') || payload['at_hash'] === createHash('sha256').update(access, 'ascii').digest().subarray(0, 16).toString('base64url');
    // Core 1.0 §3.1.3.7: issuer exactly, one audience or the authorized party, the nonce of this browser.
    if (!issuers.includes(payload.iss ?? '') || (signs !== null && named(signs) !== payload.iss) || !ours || (Array.isArray(payload.aud) && payload.aud.length > 1 && payload['azp'] === undefined) || (payload['azp'] !== undefined && payload['azp'] !== p.clientId) || !alike(asked.nonce, String(payload['nonce'] ?? ''))) throw new Fault('sign-in-token', 'A token is not for us.');
    return payload;
  }

  return {
    providers: providers.map(({ id, name }) => ({ id, name })),

    async start(id, asked) {
      const p = providers.find((provider) => provider.id === id);
      if (p === undefined) return refuse('sign-in-failed');
      try {
        const url = new URL((await foundOf(p)).authorize);
        const challenge = createHash('sha256').update(asked.verifier).digest('base64url');
        for (const [name, value] of Object.entries({
          response_type: 'code', client_id: p.clientId, redirect_uri: asked.back, scope: 'openid email', state: asked.state, nonce: asked.nonce, code_challenge: challenge, code_challenge_method: 'S256', prompt: 'select_account',
        })) url.searchParams.set(name, value);
        return url.href;
      } catch {
        return refuse('sign-in-failed');
      }
    },

    async finish(id, answered, asked) {
      const p = providers.find((provider) => provider.id === id);
      if (p === undefined || answered.code === '') return refuse('sign-in-failed');
      try {
        const f = await foundOf(p);
        if (answered.iss === null ? f.names : answered.iss !== f.issuer && !f.issuer.includes(TENANT)) return refuse('sign-in-failed');
        const form = new URLSearchParams({ grant_type: 'authorization_code', code: answered.code, redirect_uri: asked.back, client_id: p.clientId, client_secret: p.clientSecret, code_verifier: asked.verifier });
        const given = await json(f.token, { form });
        let claims = await judged(p, f, given['id_token'], given['access_token'], asked);
        // Core 1.0 §5.4: who got an access token may be told there; §5.3.2: of the same person only.
        if (claims['email'] === undefined && p.proof === 'oidc' && f.person !== null && typeof given['access_token'] === 'string') {
          const more = await json(f.person, { headers: { authorization: `Bearer ${given['access_token']}` } });
          if (more['sub'] === claims.sub) claims = { ...claims, email: more['email'], email_verified: more['email_verified'] };
        }
        const address = provedAddress(p.proof, claims);
        if (isRefusal(address)) return address;
        return isMailbox(address) ? { address: normalAddress(address) } : refuse('sign-in-unproved');
      } catch {
        return refuse('sign-in-failed');
      }
    },
  };
}
