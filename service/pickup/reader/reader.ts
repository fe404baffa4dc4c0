/**
 * Who else may open a copy. Another address is proved by a code of its own and then waits for the author; one that stands in for the
 * addressed person is known beforehand. Each reads under an identity of their own. Never decides for the author, never sends anything.
 */
import type { PreparedEvent } from '../../audit/audit.ts';
import type { DataKey, Vault } from '../../vault/vault.ts';
import type { Store } from '../../store/store.ts';
import type { World } from '../../world.ts';
import { normalAddress } from '../../../shared/draft/address.ts';
import { bare, hashOf as linkHash, longCode, randomCode } from '../codes.ts';
import { FOREVER } from '../../keys/own/shelf.ts';
import type { Knock, ReaderRow, Standing } from './reader.sql.ts';

interface Reader {
  readonly id: string;
  readonly item: string;
  readonly address: string;
  readonly state: ReaderRow['state'];
  readonly stands: string;
  readonly since: number;
}

interface StandIn {
  /** null, as `by`: recorded when these were not kept */
  readonly reader: string | null; readonly by: string | null;
  readonly as: string; readonly since: number;
}

export interface Readers {
  /** a code for another address in both lengths, and the arguments of `ask` in `reader.sql.ts` but its events */
  makeCode(copy: { readonly item: string; readonly addressed: string }, address: string, browser: string, evidence: DataKey): Promise<{ readonly code: string; readonly longer: string; readonly args: Knock }>;
  /** who asked so far, and hashes of a typed code, one for each of them */
  typed(item: string, code: string): Promise<{ readonly given: readonly string[]; readonly known: readonly Pick<ReaderRow, 'id' | 'stands'>[] }>;
  of(item: string, evidence: DataKey): Promise<Reader[]>;
  byId(id: string, evidence: DataKey): Promise<Reader | null>;
  /** who stands in for an address from now on, as what; null: no more. `by`: who records it */
  stand(ask: { readonly address: string; readonly reader: string; readonly as: string | null; readonly by: string }, events: readonly PreparedEvent[], write?: (stand: Standing) => Promise<boolean>): Promise<boolean>;
  /** who stands in for an address */
  standIns(address: string): Promise<StandIn[]>;
}

const aad = (id: string) => `reader/${id}`;
const standAad = (owner: string, reader: string) => `stand-in/${owner}/${reader}`;

export function openReaders({ store, vault, world }: { readonly store: Pick<Store, 'room'>; readonly vault: Pick<Vault, 'index' | 'seal' | 'open' | 'issue' | 'unwrapEvidence'>; readonly world: Pick<World, 'now' | 'random'> }): Readers {
  const { read, write } = store.room<typeof import('./reader.sql.ts')>('reader');
  const ownerOf = (address: string) => vault.index('address', normalAddress(address));
  const hashOf = (item: string, owner: string, code: string) => vault.index('pickup-code', JSON.stringify([item, owner, code]));
  const shown = (row: ReaderRow, evidence: DataKey): Reader => ({
    id: row.id, item: row.item, address: Buffer.from(vault.open(evidence, aad(row.id), row.address)).toString(), state: row.state, stands: row.stands, since: row.since,
  });
  return {
    async makeCode({ item, addressed }, address, browser, evidence) {
      const owner = ownerOf(address);
      const known = (await read.ofItem({ item })).find((row) => row.owner === owner);
      const reader = known?.id ?? `rdr_${Buffer.from(world.random(12)).toString('hex')}`;
      const [code, longer] = [randomCode(world), longCode(world)];
      const to = ownerOf(addressed);
      const stands = (await read.standsIn({ owner: to, reader: owner })) ?? '';
      return { code, longer, args: { item, reader, owner, stands, addressed: to, browser: linkHash(browser), address: vault.seal(evidence, aad(reader), Buffer.from(normalAddress(address))), hash: hashOf(item, owner, code), long: hashOf(item, owner, bare(longer)), now: world.now() } };
    },
    async typed(item, code) {
      const known = await read.ofItem({ item });
      return { known, given: known.map((row) => hashOf(item, row.owner, bare(code))) };
    },
    of: async (item, evidence) => (await read.ofItem({ item })).map((row) => shown(row, evidence)),
    async byId(id, evidence) {
      const row = await read.byId({ id });
      return row === null ? null : shown(row, evidence);
    },
    async stand({ address, reader, as, by }, events, keep = write.stand) {
      const [owner, own] = [ownerOf(address), ownerOf(reader)];
      const name = standAad(owner, own);
      const { keys, wrapped } = await vault.issue(name, { content: FOREVER, evidence: FOREVER });
      const stands = as === null ? null : { as, by, epoch: FOREVER, key: wrapped.evidence, address: vault.seal(keys.evidence, name, Buffer.from(normalAddress(reader))) };
      return keep({ owner, reader: own, stands, now: world.now(), events });
    },
    async standIns(address) {
      const owner = ownerOf(address);
      return Promise.all((await read.standIns({ owner })).map(async ({ reader, stands, since, recorded_by, epoch, evidence_key, address: sealed }) => {
        const name = standAad(owner, reader);
        const shown = evidence_key === null || sealed === null ? null : Buffer.from(vault.open(await vault.unwrapEvidence(name, { evidenceEpoch: epoch, evidence: evidence_key }), name, sealed)).toString();
        return { reader: shown, by: recorded_by || null, as: stands, since };
      }));
    },
  };
}
