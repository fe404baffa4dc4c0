/** Every exchange of our own signing keys stands in the log, with who did it. */
import type { EventDraft } from '../../audit/audit.ts';
import { isRefusal, type Refusal } from '../../refusal.ts';
import type { Brought, Identity } from '../identity.ts';
import type { ExchangeRefusal } from './exchange.ts';

export function noted(identity: Pick<Identity, 'rotate' | 'bring'>, record: (draft: EventDraft) => Promise<void>) {
  const exchanged = (by: { readonly id: string }, kind: string, fingerprint: string, source: string) =>
    record({ type: 'key.exchanged', outcome: 'ok', actor: { kind: 'staff', id: by.id }, facts: { kind, fingerprint, source } });
  return {
    async rotate(by: { readonly id: string }, kind: 'smime' | 'pgp'): Promise<void> {
      await exchanged(by, kind === 'pgp' ? 'pgp' : 'authority', await identity.rotate(kind), 'made');
    },
    async bring(by: { readonly id: string }, ask: Brought): Promise<Refusal<ExchangeRefusal> | null> {
      const done = await identity.bring(ask);
      if (isRefusal(done)) return done;
      await exchanged(by, done.kind, done.fingerprint, 'imported');
      return null;
    },
  };
}
