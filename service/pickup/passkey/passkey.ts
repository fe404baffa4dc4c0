/**
 * Passkeys of recipients (WebAuthn level 3): judges what an authenticator says, keeps its public key. The person must have been verified
 * by the device (SP 800-63B §2.2 takes synced ones at AAL2 so). Never opens a message itself, never counts for more than the way it was enrolled by.
 */
import { createHash } from 'node:crypto';
import { verifyAuthenticationResponse, verifyRegistrationResponse, type AuthenticationResponseJSON, type RegistrationResponseJSON } from '@simplewebauthn/server';
import type { PreparedEvent } from '../../audit/audit.ts';
import { refuse, type Refusal } from '../../refusal.ts';
import type { Store } from '../../store/store.ts';
import type { World } from '../../world.ts';
import { hashOf } from '../codes.ts';
import type { Drop, Dropped, PasskeyRow } from './passkey.sql.ts';

/** Where the page stood, and which challenges were given out there. */
export interface Place {
  readonly origin: string;
  /** relying party id: the host's name (WebAuthn §5.1.2) */
  readonly host: string;
  /** given out by us, for this browser and link, a short while ago */
  readonly ours: (challenge: string) => boolean;
}

type Events = readonly PreparedEvent[];

export interface Passkeys {
  /** ids of a person's passkeys */
  of(owner: string): Promise<readonly Pick<PasskeyRow, 'id' | 'enrolled'>[]>;
  /** `answer`: what the authenticator said, JSON, attacker-controlled; `session`: in which it is kept, and which must still last */
  keep(answer: string, place: Place, copy: { readonly owner: string; readonly enrolled: string; readonly session: string }, events: (facts: { readonly backed: boolean; readonly aaguid: string }) => Events): Promise<{ readonly id: string } | Refusal<'passkey-wrong' | 'too-many'>>;
  /** whose it is, and what a transaction that lets them in must write: the counter, and that the challenge is spent */
  judge(answer: string, place: Place): Promise<{ readonly owner: string; readonly enrolled: string; readonly id: string; readonly counter: number; readonly spending: { readonly challenge: string; readonly until: number } } | Refusal<'passkey-wrong'>>;
  /** those that were enrolled by one of these ways, and what else was opened so; all but the session `here` */
  drop(owner: string, enrolled: readonly string[], here: string, events: Events): Promise<Dropped>;
  /** all of a person's, and whatever they opened anywhere; `write`: in a transaction that does more than that */
  reset(owner: string, events: Drop['events'], write: (drop: Drop) => Promise<Dropped>): Promise<Dropped>;
  forget(): Promise<void>;
}

/** Longer than any challenge is good for. */
const SPENT_MS = 60 * 60_000;
const ID = /^[A-Za-z0-9_-]{16,1400}$/;

export function openPasskeys({ store, world }: { readonly store: Pick<Store, 'room'>; readonly world: Pick<World, 'now'> }): Passkeys {
  const { read, write } = store.room<typeof import('./passkey.sql.ts')>('passkey');

  /** Everything an authenticator may say wrong ends alike. */
  async function judged<T>(place: Place, verify: (expected: { readonly expectedOrigin: string; readonly expectedRPID: string; readonly expectedChallenge: (given: string) => boolean; readonly requireUserVerification: true }) => Promise<T | null>) {
    let challenge = '';
    const expectedChallenge = (given: string): boolean => {
      challenge = createHash('sha256').update(given).digest('hex');
      return place.ours(given);
    };
    try {
      const found = await verify({ expectedOrigin: place.origin, expectedRPID: place.host, expectedChallenge, requireUserVerification: true });
      return found === null ? refuse('passkey-wrong') : { found, spending: { challenge, until: world.now() + SPENT_MS } };
    } catch {
      return refuse('passkey-wrong');
    }
  }

  function parsed<T extends { readonly id: string }>(answer: string): T | null {
    try {
      const value = JSON.parse(answer) as unknown;
      const { id } = (value ?? {}) as { id?: unknown };
      return typeof id === 'string' && ID.test(id) ? (value as T) : null;
    } catch {
      return null;
    }
  }

  return {
    of: (owner) => read.ofOwner({ owner }),

    async keep(answer, place, { owner, enrolled, session }, events) {
      const response = parsed<RegistrationResponseJSON>(answer);
      if (response === null) return refuse('passkey-wrong');
      const outcome = await judged(place, async (expected) => {
        const { verified, registrationInfo } = await verifyRegistrationResponse({ response, ...expected });
        return verified ? (registrationInfo ?? null) : null;
      });
      if ('kind' in outcome) return outcome;
      const { credential, credentialBackedUp, aaguid } = outcome.found;
      const kept = await write.keep({
        id: credential.id, owner, public_key: credential.publicKey, counter: credential.counter, enrolled, session: hashOf(session), spending: outcome.spending, now: world.now(),
        events: events({ backed: credentialBackedUp, aaguid }),
      });
      return kept === 'kept' ? { id: credential.id } : refuse(kept === 'too-many' ? 'too-many' : 'passkey-wrong');
    },

    async judge(answer, place) {
      const response = parsed<AuthenticationResponseJSON>(answer);
      const row = response === null ? null : await read.byId({ id: response.id });
      if (response === null || row === null) return refuse('passkey-wrong');
      const outcome = await judged(place, async (expected) => {
        const { verified, authenticationInfo } = await verifyAuthenticationResponse({
          response, ...expected, credential: { id: row.id, publicKey: new Uint8Array(row.public_key), counter: row.counter },
        });
        return verified ? authenticationInfo : null;
      });
      if ('kind' in outcome) return outcome;
      return { owner: row.owner, enrolled: row.enrolled, id: row.id, counter: outcome.found.newCounter, spending: outcome.spending };
    },

    drop: (owner, enrolled, here, events) => write.drop({ owner, enrolled, here: hashOf(here), events: { done: events, nothing: [] } }),
    reset: (owner, events, keep) => keep({ owner, enrolled: null, here: null, events }),
    forget: () => write.forget({ now: world.now() }),
  };
}
