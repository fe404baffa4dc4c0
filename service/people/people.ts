/**
 * Who knocks: an OAuth resource server for any OIDC issuer (RFC 6750, RFC 9068). Judges bearer tokens and says which person stands behind one.
 * Never issues tokens, never keeps one, never believes an address: identity is issuer and subject (or tenant and object id).
 * Order: shape → signature → issuer, audience, times → tenant, client → scope → roles.
 */
import { createHash } from 'node:crypto';
import { errors, jwtVerify, type JWTPayload } from 'jose';
import type { StaffRole } from '../../shared/wire/wire.ts';
import { refuse, type Refusal } from '../refusal.ts';
import type { World } from '../world.ts';
import type { Came } from './came.ts';
import { openKeyring } from './token/keyring.ts';
import { isGuest, personOf } from './token/claims.ts';

export interface Person {
  /** opaque and stable: hash of issuer and subject, `u_…` */
  readonly id: string;
  readonly name: string;
  readonly roles: readonly StaffRole[];
  /** addresses this person may send from, lower case */
  readonly addresses: readonly string[];
  /** what the directory may know them by, in lower case: `vouched` for by the issuer, or only `claimed`, which is enough to keep out who left and never to let in */
  readonly names?: { readonly vouched: readonly string[]; readonly claimed: readonly string[] };
  /** by name or id, from the token and from the directory */
  readonly groups: readonly string[];
  /** the token does not name all of them */
  readonly groupsLeftOut?: true;
  /** those of `addresses` that others may use too */
  readonly shared: readonly string[];
  /** the ids of those: messages sent from them carry it */
  readonly mailboxes?: readonly string[];
  /** opaque: which sign-in the call belongs to */
  readonly session: string;
  /** when they signed in (ms; null: not said) and in which authentication contexts (`acr`, Entra ID's `acrs`) */
  readonly proof: { readonly at: number | null; readonly contexts: readonly string[] };
  /** the program the issuer gave the token to (`azp`, `client_id`), where it is a plain word */
  readonly through?: string;
  /** a program with a key: the names of the routes it may call, and how often a minute; absent: a person, or a program with the issuer's token */
  readonly program?: { readonly scopes: readonly string[]; readonly perMinute: number };
}

/** Whether a message is this person's own, or of a mailbox they share: to everybody else there is none. */
export const owns = ({ id, mailboxes }: Pick<Person, 'id' | 'mailboxes'>, row: { readonly author: string; readonly mailbox: string | null }): boolean =>
  row.author === id || (row.mailbox !== null && mailboxes?.includes(row.mailbox) === true);

/** Addresses that are this person's alone. A program writes for whom it names: its addresses are other people's. */
export const ownOf = ({ addresses, shared, program }: Pick<Person, 'addresses' | 'shared' | 'program'>): string[] => (program === undefined ? addresses.filter((a) => !shared.includes(a)) : []);

/** For the log and the tests; the wire says only `unauthenticated`, `forbidden` or `not-ready`. */
export type TokenRefusal = Refusal<
  | 'token-missing' | 'token-shape' | 'token-signature' | 'token-algorithm' | 'token-issuer' | 'token-audience' | 'token-expired'
  | 'session-ended' | 'key-unknown' | 'key-ended' | 'token-not-yet' | 'token-claims' | 'token-tenant' | 'token-guest' | 'token-groups' | 'token-client' | 'token-scope' | 'issuer-unreachable'
>;

interface PeopleSettings {
  /** exactly as in the token's `iss` */
  readonly issuer: string;
  readonly audience: string;
  /** default: from `{issuer}/.well-known/openid-configuration` (OpenID Connect Discovery 1.0 §4) */
  readonly jwksUri?: string;
  /** clients (`azp`, `client_id`) that may call; default any the issuer gives our audience to */
  readonly clients?: readonly string[];
  /** Entra ID's `tid`; when set, identity is `tid.oid` */
  readonly tenant?: string;
  /** guests of that tenant are staff too, with the roles they were given and no address of ours; default they are refused */
  readonly guests?: boolean;
  /** such as `Mail.SendSecure` */
  readonly scope?: string;
  /** default `roles` */
  readonly roleClaim?: string;
  readonly ownDomains: readonly string[];
  /** try-out only: the issuer may speak plain HTTP */
  readonly lab?: boolean;
}

export interface People {
  /** `authorization`: the header as it came, attacker-controlled */
  who(authorization: string | undefined, came?: Came): Promise<Person | TokenRefusal>;
}

// RFC 6750 §2.1, RFC 7515 §7.1; `alg: none` has an empty third part and ends here.
const BEARER = /^Bearer ([A-Za-z0-9_-]{8,2048}\.[A-Za-z0-9_-]{8,14000}\.[A-Za-z0-9_-]{20,2048})$/i;
const ALGORITHMS = ['RS256', 'ES256', 'PS256'];
const TOLERANCE = 60;
/** How long a verdict may be reused: at most this, never past the token's own end. */
const REMEMBERED = 60_000;
const REMEMBER_AT_MOST = 2_000;

export function openPeople(settings: PeopleSettings & { readonly world: Pick<World, 'now' | 'fetch'> }): People {
  const { world } = settings;
  const keyring = openKeyring(settings);
  const remembered = new Map<string, { readonly person: Person; readonly until: number }>();

  async function judge(token: string): Promise<{ person: Person; until: number } | TokenRefusal> {
    let claims: JWTPayload;
    try {
      const verified = await jwtVerify(token, keyring.find, {
        issuer: issuersOf(settings.issuer),
        audience: settings.audience,
        algorithms: ALGORITHMS,
        clockTolerance: TOLERANCE,
        requiredClaims: ['iss', 'aud', 'exp', 'sub'],
        currentDate: new Date(world.now()),
      });
      claims = verified.payload;
    } catch (cause) {
      return refuse(refusalOf(cause));
    }
    if (settings.tenant !== undefined) {
      // Entra ID: a version 1 token has another issuer format and other claims; only version 2 is asked for.
      if (claims['tid'] !== settings.tenant || claims['ver'] !== '2.0') return refuse('token-tenant');
      if (typeof claims['oid'] !== 'string') return refuse('token-claims');
      if (settings.guests !== true && isGuest(claims, settings.tenant)) return refuse('token-guest');
    }
    if (settings.clients !== undefined) {
      const client = claims['azp'] ?? claims['client_id'];
      if (typeof client !== 'string' || !settings.clients.includes(client)) return refuse('token-client');
    }
    if (settings.scope !== undefined) {
      const scopes = claims['scp'] ?? claims['scope'];
      const held = typeof scopes === 'string' ? scopes.split(' ') : Array.isArray(scopes) ? scopes : [];
      if (!held.includes(settings.scope)) return refuse('token-scope');
    }
    const until = Math.min(world.now() + REMEMBERED, ((claims.exp ?? 0) + TOLERANCE) * 1000);
    return { person: personOf(claims, settings), until };
  }

  return {
    async who(authorization) {
      if (authorization === undefined || authorization === '') return refuse('token-missing');
      const token = BEARER.exec(authorization)?.[1];
      if (token === undefined) return refuse('token-shape');
      // Kept by its hash: a token is a credential and is not held in memory longer than one request.
      const key = createHash('sha256').update(token).digest('base64');
      const before = remembered.get(key);
      if (before !== undefined && before.until > world.now()) return before.person;
      const verdict = await judge(token);
      if ('kind' in verdict) return verdict;
      if (remembered.size >= REMEMBER_AT_MOST) remembered.delete(remembered.keys().next().value ?? '');
      remembered.set(key, verdict);
      return verdict.person;
    },
  };
}

/** Some issuers name themselves with a final slash, which a setting may have lost. */
function issuersOf(issuer: string): string[] {
  const bare = issuer.replace(/\/$/, '');
  return [bare, `${bare}/`];
}

function refusalOf(cause: unknown): TokenRefusal['code'] {
  if (cause instanceof errors.JWTExpired) return 'token-expired';
  if (cause instanceof errors.JWTClaimValidationFailed) {
    if (cause.claim === 'iss') return 'token-issuer';
    if (cause.claim === 'aud') return 'token-audience';
    return cause.claim === 'nbf' ? 'token-not-yet' : 'token-claims';
  }
  if (cause instanceof errors.JOSEAlgNotAllowed) return 'token-algorithm';
  if (cause instanceof errors.JOSEError) return cause instanceof errors.JWSInvalid || cause instanceof errors.JWTInvalid ? 'token-shape' : 'token-signature';
  return 'issuer-unreachable';
}
