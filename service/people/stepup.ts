/**
 * Whether a sign-in is fresh and strong enough for what cannot be undone (RFC 9470; Entra ID's authentication contexts), and how to ask for one that is.
 * A sign-in of unknown time is never fresh.
 */
import type { World } from '../world.ts';
import type { Person } from './people.ts';

/** `no-time`: the issuer does not say when the person signed in (`auth_time`). */
type StepUpLack = 'no-time' | 'too-long-ago' | 'context';

export interface StepUp {
  /** null: enough */
  lacks(person: Pick<Person, 'proof'>): StepUpLack | null;
  /** value of `WWW-Authenticate` (RFC 9470 §3, or Entra ID's claims challenge) */
  readonly challenge: string;
  /** parameters of an authorization request that leads to a sign-in that is enough */
  readonly ask: { readonly [parameter: string]: string };
}

export function openStepUp({ contexts, withinMs, entra, world }: {
  /** values of `acr` or `acrs` that will do; none: any, if fresh */
  readonly contexts: readonly string[];
  readonly withinMs: number;
  readonly entra: boolean;
  readonly world: Pick<World, 'now'>;
}): StepUp {
  const maxAge = String(Math.floor(withinMs / 1000));
  const claims = entra && contexts[0] !== undefined ? JSON.stringify({ access_token: { acrs: { essential: true, value: contexts[0] } } }) : null;
  return {
    lacks({ proof }) {
      if (contexts.length > 0 && !contexts.some((c) => proof.contexts.includes(c))) return 'context';
      if (proof.at === null) return 'no-time';
      return world.now() - proof.at > withinMs ? 'too-long-ago' : null;
    },
    challenge: claims === null
      ? `Bearer error="insufficient_user_authentication"${contexts.length > 0 ? `, acr_values="${contexts.join(' ')}"` : ''}, max_age="${maxAge}"`
      : `Bearer error="insufficient_claims", claims="${Buffer.from(claims).toString('base64')}", max_age="${maxAge}"`,
    // `max_age` alone would let a sign-in pass that is about to grow too old.
    ask: { prompt: 'login', max_age: '0', ...(claims === null ? contexts.length > 0 ? { acr_values: contexts.join(' ') } : {} : { claims }) },
  };
}
