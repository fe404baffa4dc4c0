/** The ways a copy can go, what each satisfies, and what it asks of the recipient: a table, so that no rule repeats it. */
export type Protection = 'tls' | 'smime' | 'pgp' | 'portal' | 'plain-by-choice';

/** From least to most: `none` < `transport` < `at-rest` < `e2e-only`. A need is only ever raised. */
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
  // With a code the author says on the phone. By a code mailed to the same mailbox it is only as strong as that hop:
  // TRANSPORT, so `service/pickup` offers the mailed code only for needs up to that and over a proved hop.
  portal: { satisfies: 'at-rest', asks: 'Open a link and type a one-time code that comes by mail.' },
  'plain-by-choice': { satisfies: 'none', asks: 'Nothing: they chose ordinary mail after a warning.' },
};

/** What the recipient of a portal copy does when the code may not go by mail. */
export const SPOKEN_CODE_ASKS = 'Open a link and type a code that you tell them by phone.';

/** The same where staff recorded their mobile number: another channel than the mailbox, so it opens what the mailbox alone must not. */
export const TEXT_CODE_ASKS = 'Open a link and type a one-time code that comes to their mobile phone by text message.';

/** What a page copy with a divided key asks beside its code. */
export const DIVIDED_ASKS = 'Their browser must run scripts: half of the key is in the link.';
