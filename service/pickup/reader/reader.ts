/**
 * Who else may open a copy. Another address is proved by a code of its own and then waits for the author; one that stands in for the
 * addressed person is known beforehand. Each reads under an identity of their own. Never decides for the author, never sends anything.
 */
import type { PreparedEvent } from '../../audit/audit.ts';
import type { DataKey, Vault } from '../../vault/vault.ts';
import type { Store } from '../../store/store.ts';
import type { World } from '../../world.ts';
import { normalAddress } from '../../../shared/draft/address.ts';
import { randomCode } from '../codes.ts';
import type { ReaderRow } from './reader.sql.ts';

interface Reader {
  readonly id: string;
  readonly item: string;
  readonly address: string;
  readonly state: ReaderRow['state'];
  readonly stands: string;
  readonly since: number;
}

export interface Readers {
  /** a code for another address, and the arguments of `ask` in `reader.sql.ts` but its events */
  makeCode(copy: { readonly item: string; readonly addressed: string }, address: string, evidence: DataKey): Promise<{ readonly id: string; readonly code: string; readonly stands: string; readonly args: { readonly id: string; readonly item: string; readonly owner: string; readonly address: Uint8Array; readonly stands: string; readonly hash: string; readonly now: number } }>;
  /** the arguments of `matching` for a typed code; its reader, if there is one, looked at before the transaction decides */
  guess(item: string, code: string): Promise<{ readonly args: { readonly item: string; readonly hashes: { readonly [id: string]: string }; readonly now: number }; readonly likely: ReaderRow | null }>;
  of(item: string, evidence: DataKey): Promise<Reader[]>;
  byId(id: string, evidence: DataKey): Promise<Reader | null>;
  /** who stands in for an address from now on, as what; null: no more */
  stand(ask: { readonly address: string; readonly reader: string; readonly as: string | null }, events: readonly PreparedEvent[]): Promise<boolean>;
}

const aad = (id: string) => `reader/${id}`;

export function openReaders({ store, vault, world }: { readonly store: Pick<Store, 'room'>; readonly vault: Pick<Vault, 'index' | 'seal' | 'open'>; readonly world: Pick<World, 'now' | 'random'> }): Readers {
  const { read, write } = store.room<typeof import('./reader.sql.ts')>('reader');
  const ownerOf = (address: string) => vault.index('address', normalAddress(address));
  const hashOf = (item: string, owner: string, code: string) => vault.index('pickup-code', JSON.stringify([item, owner, code]));
  const shown = (row: ReaderRow, evidence: DataKey): Reader => ({
    id: row.id, item: row.item, address: Buffer.from(vault.open(evidence, aad(row.id), row.address)).toString(), state: row.state, stands: row.stands, since: row.since,
  });
  return {
    async makeCode({ item, addressed }, address, evidence) {
      const owner = ownerOf(address);
      const known = (await read.ofItem({ item })).find((row) => row.owner === owner);
      const id = known?.id ?? `rdr_${Buffer.from(world.random(12)).toString('hex')}`;
      const code = randomCode(world);
      const stands = (await read.standsIn({ owner: ownerOf(addressed), reader: owner })) ?? '';
      return { id, code, stands, args: { id, item, owner, stands, address: vault.seal(evidence, aad(id), Buffer.from(normalAddress(address))), hash: hashOf(item, owner, code), now: world.now() } };
    },
    async guess(item, code) {
      const rows = await read.ofItem({ item });
      const hashes = Object.fromEntries(rows.map((row) => [row.id, hashOf(item, row.owner, code)]));
      return { args: { item, hashes, now: world.now() }, likely: rows.find((row) => row.code === hashes[row.id]) ?? null };
    },
    of: async (item, evidence) => (await read.ofItem({ item })).map((row) => shown(row, evidence)),
    async byId(id, evidence) {
      const row = await read.byId({ id });
      return row === null ? null : shown(row, evidence);
    },
    stand: ({ address, reader, as }, events) => write.stand({ owner: ownerOf(address), reader: ownerOf(reader), stands: as, now: world.now(), events }),
  };
}
