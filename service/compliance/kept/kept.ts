/** Searches of the log that a person keeps, and may show to the team: filters alone, never an exact value of a person. Sealed all the same, because people name things as they like. */
import type { KeepSearch, KeptSearch } from '../../../shared/wire/compliance.ts';
import type { AuditLog } from '../../audit/audit.ts';
import { newId } from '../../identity.ts';
import type { Person } from '../../people/people.ts';
import { Fault, refuse, type WireRefusal } from '../../refusal.ts';
import type { Store } from '../../store/store.ts';
import type { Vault } from '../../vault/vault.ts';
import type { World } from '../../world.ts';
import { staff } from '../search.ts';
import type { KeptRow } from './kept.sql.ts';

/** A person's at most, and as many of the others' are shown. */
export const KEPT_AT_MOST = 100;

export interface KeptDesk {
  /** one's own, then what the others show, the oldest first */
  searches(reader: Person): Promise<{ readonly data: readonly KeptSearch[] }>;
  /** one of the same name is replaced */
  keepSearch(reader: Person, request: KeepSearch): Promise<KeptSearch | WireRefusal>;
  /** one's own */
  dropSearch(reader: Person, id: string): Promise<null | WireRefusal>;
}

export function openKept({ audit, store, vault, world }: { readonly audit: AuditLog; readonly store: Store; readonly vault: Pick<Vault, 'seal' | 'open' | 'monthly' | 'monthlyById'>; readonly world: Pick<World, 'now' | 'random'> }): KeptDesk {
  const room = store.room<typeof import('./kept.sql.ts')>('kept');
  const aad = (id: string): string => `kept/${id}`;

  async function opened(rows: readonly KeptRow[], reader: Person): Promise<KeptSearch[]> {
    const read = await Promise.all(rows.map(async (row) => {
      try {
        const { name, filter } = JSON.parse(Buffer.from(vault.open(await vault.monthlyById(row.kid), aad(row.id), row.sealed)).toString('utf8')) as Pick<KeptSearch, 'name' | 'filter'>;
        return [{ id: row.id, name, filter, shared: row.shared === 1, own: row.owner === reader.id }];
      } catch (error) {
        // Older than the evidence of its month.
        if (error instanceof Fault && error.code === 'key-destroyed') return [];
        throw error;
      }
    }));
    return read.flat();
  }

  return {
    async searches(reader) {
      const rows = [...(await room.read.own({ owner: reader.id, limit: KEPT_AT_MOST })), ...(await room.read.shared({ but: reader.id, limit: KEPT_AT_MOST }))];
      return { data: await opened(rows, reader) };
    },
    async keepSearch(reader, { name, filter, shared }) {
      const own = await opened(await room.read.own({ owner: reader.id, limit: KEPT_AT_MOST }), reader);
      const before = own.filter((one) => one.name === name).map((one) => one.id);
      if (own.length - before.length >= KEPT_AT_MOST) return refuse('too-many-requests');
      const id = newId('kse', world);
      const key = await vault.monthly(world.now());
      const event = await audit.prepared({ type: 'search.kept', outcome: 'ok', actor: staff(reader), facts: { id, shared } });
      await room.write.keep({ id, owner: reader.id, shared: shared ? 1 : 0, created: world.now(), sealed: vault.seal(key, aad(id), Buffer.from(JSON.stringify({ name, filter }))), kid: key.id, before, events: [event] });
      return { id, name, filter, shared, own: true };
    },
    async dropSearch(reader, id) {
      const event = await audit.prepared({ type: 'search.removed', outcome: 'ok', actor: staff(reader), facts: { id } });
      return (await room.write.remove({ id, owner: reader.id, events: [event] })) ? null : refuse('not-found');
    },
  };
}
