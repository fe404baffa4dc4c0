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

export function personOf(claims: JWTPayload, { issuer, tenant, roleClaim = 'roles', ownDomains }: {
  readonly issuer: string; readonly tenant?: string; readonly roleClaim?: string; readonly ownDomains: readonly string[];
}): Person {
  // Entra ID's `sub` differs per application; `tid.oid` is the same person for all of them.
  const subject = tenant === undefined ? String(claims.sub) : `${tenant}.${String(claims['oid'])}`;

  const given = strings(claims[roleClaim]);
  const roles: StaffRole[] = ROLES.filter((role) => given.includes(role));

  const listed = strings(claims['addresses']);
  const single = claims['email_verified'] === false ? [] : strings(claims['email']);
  const candidates = listed.length > 0 ? listed : single.length > 0 ? single : strings(claims['preferred_username']);
  const addresses = [...new Set(candidates.map(normalAddress))]
    .filter((address) => isMailbox(address) && ownDomains.some((own) => within(domainOf(address), own)));

  const through = claims['azp'] ?? claims['client_id'];
  const at = typeof claims['auth_time'] === 'number' && Number.isFinite(claims['auth_time']) ? claims['auth_time'] * 1000 : null;
  const proof = { at, contexts: [...strings(claims['acr']), ...strings(claims['acrs'])] };
  return { id: personId(issuer, subject), name: strings(claims['name'])[0] ?? '', roles, addresses, groups: strings(claims['groups']).filter((g) => g !== '' && g.length <= 120), shared: [], session: sessionOf(claims, subject), proof, ...(typeof through === 'string' && WORD.test(through) ? { through } : {}) };
}
