/** Every exchange of our own signing keys stands in the log, with who did it. */
import type { EventDraft } from '../../audit/audit.ts';
import { isRefusal, type Refusal } from '../../refusal.ts';
import type { Brought, Identity, Taken } from '../identity.ts';

export function noted(identity: Pick<Identity, 'rotate' | 'bring'>, record: (draft: EventDraft) => Promise<void>) {
  async function exchanged<R extends Refusal>(by: { readonly id: string }, source: 'made' | 'imported', done: Taken | R): Promise<R | null> {
    if (isRefusal(done)) return done;
    await record({ type: 'key.exchanged', outcome: 'ok', actor: { kind: 'staff', id: by.id }, facts: { kind: done.kind, fingerprint: done.fingerprint, source } });
    return null;
  }
  return {
    rotate: async (by: { readonly id: string }, kind: 'smime' | 'pgp') => exchanged(by, 'made', await identity.rotate(kind)),
    bring: async (by: { readonly id: string }, ask: Brought) => exchanged(by, 'imported', await identity.bring(ask)),
  };
}
