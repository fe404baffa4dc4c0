/**
 * The four protections, what each satisfies, and the words for needs. A table instead of switches:
 * nothing below this file enumerates protections.
 */
export type Protection = 'tls' | 'smime' | 'pgp' | 'portal' | 'plain-by-choice';

/** NONE < TRANSPORT < AT_REST < E2E_ONLY (delivery.md §7). A need is only ever raised. */
export type Need = 'none' | 'transport' | 'at-rest' | 'e2e-only';

export const NEEDS: readonly Need[] = ['none', 'transport', 'at-rest', 'e2e-only'];

export function strongerNeed(a: Need, b: Need): Need {
  return NEEDS.indexOf(a) >= NEEDS.indexOf(b) ? a : b;
}

interface ProtectionFact {
  /** the greatest need it satisfies when everything about it is proved */
  readonly satisfies: Need;
  /** what the recipient must do, in the words the author reads */
  readonly asks: string;
}

export const PROTECTIONS: { readonly [P in Protection]: ProtectionFact } = {
  tls: { satisfies: 'transport', asks: 'Nothing: it opens like any mail.' },
  smime: { satisfies: 'e2e-only', asks: 'Nothing new: their mail program opens it with their certificate.' },
  pgp: { satisfies: 'e2e-only', asks: 'Nothing new: their mail program opens it with their OpenPGP key.' },
  // Opened by a code mailed to the same mailbox, the portal is as strong as that hop (delivery.md, correction 2).
  portal: { satisfies: 'transport', asks: 'Open a link and type a one-time code.' },
  'plain-by-choice': { satisfies: 'none', asks: 'Nothing: they chose ordinary mail after a warning.' },
};

export function satisfies(protection: Protection, need: Need): boolean {
  return NEEDS.indexOf(PROTECTIONS[protection].satisfies) >= NEEDS.indexOf(need);
}
