/**
 * Every change of our own signing keys stands in the log once, with who made it. It lies in the sealed file beside the keys it made: a process that ended
 * before it was noted is made good for at the next start, or before anything takes their place.
 */
import type { AuditLog, EventDraft } from '../../audit/audit.ts';
import type { Store } from '../../store/store.ts';

export interface Change {
  /** by which it is known whether it was noted */
  readonly id: string;
  readonly event: EventDraft;
}

/** Notes a change, however often it is asked to. */
export function noting({ store, audit }: { readonly store: Store; readonly audit: Pick<AuditLog, 'prepared'> }): (change: Change) => Promise<void> {
  const room = store.room<typeof import('../keys.sql.ts')>('keys');
  return async ({ id, event }) => {
    await room.write.changeOwn({ id, events: [await audit.prepared(event)] });
  };
}

export const GENERATED: EventDraft = { type: 'key.generated', outcome: 'ok', actor: { kind: 'service', id: 'service' }, facts: { kind: 'signing-identity', purpose: 'S/MIME and OpenPGP signatures' } };

interface Named { readonly kind: string; readonly fingerprint: string }

/** `why`: what the key before it says of itself from now on */
export function exchangedBy(id: string, source: 'made' | 'imported', why: string, { kind, fingerprint }: Named): EventDraft {
  return { type: 'key.exchanged', outcome: 'ok', actor: { kind: 'staff', id }, facts: { kind, fingerprint, source, why } };
}

export function withdrawnBy(id: string, { kind, fingerprint }: Named, address: string): EventDraft {
  return { type: 'key.own_withdrawn', outcome: 'ok', actor: { kind: 'staff', id }, facts: { kind, fingerprint }, sealed: { address } };
}
