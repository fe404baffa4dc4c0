/** When a provider's word for an address is a proof that the address is theirs now. Each says it with other claims; a bare `email` says nothing. */
import type { JWTPayload } from 'jose';
import { refuse, type Refusal } from '../../refusal.ts';

export const PROOFS = ['oidc', 'google', 'microsoft'] as const;
export type Proof = (typeof PROOFS)[number];

/** Some write booleans as words or numbers. */
const yes = (claim: unknown): boolean => claim === true || claim === 1 || claim === '1' || claim === 'true';

/** Anybody may open an account there with somebody else's address, which was proved once and may have changed hands since. */
const GMAIL = /@(?:gmail|googlemail)\.com$/i;

/** `claims` of a token whose signature, issuer and audience were judged. */
export function provedAddress(proof: Proof, claims: JWTPayload): string | Refusal<'sign-in-unproved'> {
  const { email, email_verified: verified, hd, xms_edov: edov } = claims;
  if (typeof email !== 'string') return refuse('sign-in-unproved');
  // Entra ID: any tenant's administrator writes what they like into `email`; `xms_edov` says that the domain is proved to be that tenant's.
  if (proof === 'microsoft') return yes(edov) ? email : refuse('sign-in-unproved');
  if (!yes(verified)) return refuse('sign-in-unproved');
  if (proof === 'google') return GMAIL.test(email) || (typeof hd === 'string' && hd !== '') ? email : refuse('sign-in-unproved');
  return email;
}
