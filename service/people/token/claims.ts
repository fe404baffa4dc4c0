/** A verified token's claims → a person. Roles outside the closed list and addresses outside our own domains are dropped. */
import { createHash } from 'node:crypto';
import type { JWTPayload } from 'jose';
import { domainOf, isMailbox, normalAddress, within } from '../../../shared/draft/address.ts';
import { ROLES, type StaffRole } from '../../../shared/wire/wire.ts';
import type { Person } from '../people.ts';

/** `sid` where the issuer gives one, else the moment of the sign-in; without either, of the token. */
function sessionOf(claims: JWTPayload, subject: string): string {
  const sid = claims['sid'];
  const bound = typeof sid === 'string' ? [claims.iss, 'sid', sid] : [claims.iss, subject, typeof claims['auth_time'] === 'number' ? 'auth_time' : 'iat', claims['auth_time'] ?? claims.iat ?? 0];
  return createHash('sha256').update(JSON.stringify(bound)).digest('hex').slice(0, 40);
}

/** The opaque id of whoever the issuer knows by this subject. */
export function personId(issuer: string, subject: string): string {
  return `u_${createHash('sha256').update(JSON.stringify([issuer, subject])).digest('hex').slice(0, 32)}`;
}

const WORD = /^[A-Za-z0-9][A-Za-z0-9_.:+/-]{0,79}$/;
const strings = (claim: unknown): string[] => (Array.isArray(claim) ? claim : [claim]).filter((v): v is string => typeof v === 'string');
/** Some write booleans as words or numbers. */
const yes = (claim: unknown): boolean => claim === true || claim === 1 || claim === '1' || claim === 'true';

/** Entra ID: an account of another tenant or provider that was invited into this one (`acct` where it is switched on, `idp` where it is not this tenant). */
export function isGuest(claims: JWTPayload, tenant: string): boolean {
  const { acct, idp } = claims;
  if (acct !== undefined && String(acct) !== '0') return true;
  if (idp !== undefined && !(typeof idp === 'string' && idp.split('/').includes(tenant))) return true;
  return [...strings(claims['preferred_username']), ...strings(claims['upn'])].some((name) => /#EXT#/i.test(name));
}

/**
 * What the issuer vouches for, and what it only repeats. An own claim, `addresses`, is somebody's decision at the issuer. `email` is mostly what
 * somebody typed, unless it says otherwise (OpenID Connect Core §5.7; Entra ID's `xms_edov`). A user name is proof of nothing, but in Entra ID those of
 * members lie in the tenant's own domains.
 */
function namesOf(claims: JWTPayload, entra: boolean, guest: boolean): { readonly vouched: readonly string[]; readonly claimed: readonly string[] } {
  const listed = strings(claims['addresses']);
  const email = strings(claims['email']).slice(0, 1);
  const user = [...strings(claims['preferred_username']), ...strings(claims['upn'])];
  const vouched = guest ? [] : [...listed, ...(listed.length === 0 && yes(claims[entra ? 'xms_edov' : 'email_verified']) ? email : []), ...(entra ? user : [])];
  const mailboxes = (all: readonly string[]) => [...new Set(all.map(normalAddress))].filter(isMailbox).slice(0, 50);
  return { vouched: mailboxes(vouched), claimed: mailboxes([...email, ...user]) };
}

/** Entra ID leaves out the groups of whoever is in some 200 or more, and points to Graph instead. */
const groupsLeftOut = (claims: JWTPayload): boolean => yes(claims['hasgroups']) || (typeof claims['_claim_names'] === 'object' && claims['_claim_names'] !== null && 'groups' in claims['_claim_names']);

export function personOf(claims: JWTPayload, { issuer, tenant, roleClaim = 'roles', ownDomains }: {
  readonly issuer: string; readonly tenant?: string; readonly roleClaim?: string; readonly ownDomains: readonly string[];
}): Person {
  // Entra ID's `sub` differs per application; `tid.oid` is the same person for all of them.
  const subject = tenant === undefined ? String(claims.sub) : `${tenant}.${String(claims['oid'])}`;

  const given = strings(claims[roleClaim]);
  const roles: StaffRole[] = ROLES.filter((role) => given.includes(role));

  const names = namesOf(claims, tenant !== undefined, tenant !== undefined && isGuest(claims, tenant));
  const addresses = names.vouched.filter((address) => ownDomains.some((own) => within(domainOf(address), own)));

  const through = claims['azp'] ?? claims['client_id'];
  const at = typeof claims['auth_time'] === 'number' && Number.isFinite(claims['auth_time']) ? claims['auth_time'] * 1000 : null;
  const proof = { at, contexts: [...strings(claims['acr']), ...strings(claims['acrs'])] };
  return {
    id: personId(issuer, subject), name: strings(claims['name'])[0] ?? '', roles, addresses, names, shared: [], session: sessionOf(claims, subject), proof,
    groups: strings(claims['groups']).filter((g) => g !== '' && g.length <= 120), ...(groupsLeftOut(claims) ? { groupsLeftOut: true as const } : {}), ...(typeof through === 'string' && WORD.test(through) ? { through } : {}),
  };
}
