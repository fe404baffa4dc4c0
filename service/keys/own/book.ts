/**
 * What our own authority issued, each certificate once and with its entry in the log, before it signs anything: one that nobody knows of could never be taken
 * back; and the number of its next list. Addresses as keyed hashes. Keeps no certificate: they are made alike again whenever they are needed.
 */
import type { AuditLog } from '../../audit/audit.ts';
import type { Store } from '../../store/store.ts';
import type { Vault } from '../../vault/vault.ts';
import type { World } from '../../world.ts';
import type { Issued } from './signer.ts';

export interface Book {
  issued(one: Issued): Promise<void>;
  /** hex serials of what this authority (hex SHA-256) issued for these addresses, or for everybody (null), that has not ended */
  serials(authority: string, addresses: readonly string[] | null): Promise<readonly { readonly serial: string; readonly address: string | null }[]>;
  /** higher than that of any list before, whoever wrote it */
  number(authority: string): Promise<number>;
}

export function openBook({ store, vault, audit, world }: { readonly store: Store; readonly vault: Pick<Vault, 'index'>; readonly audit: Pick<AuditLog, 'prepared'>; readonly world: Pick<World, 'now'> }): Book {
  const room = store.room<typeof import('../keys.sql.ts')>('keys');
  const known = new Set<string>();
  return {
    async issued({ authority, serial, address, expires }) {
      if (known.has(serial)) return;
      const event = await audit.prepared({ type: 'key.issued', outcome: 'ok', actor: { kind: 'service', id: 'service' }, facts: { authority, serial, expires }, sealed: { address } });
      await room.write.issue({ authority, owner: vault.index('address', address), serial, expires, events: [event] });
      known.add(serial);
    },
    number: (authority) => room.write.count({ authority, now: world.now() }),
    async serials(authority, addresses) {
      const owners = new Map((addresses ?? []).map((address) => [vault.index('address', address), address]));
      const all = await room.read.issued({ authority, now: world.now() });
      return all.filter(({ owner }) => addresses === null || owners.has(owner)).map(({ owner, serial }) => ({ serial, address: owners.get(owner) ?? null }));
    },
  };
}
