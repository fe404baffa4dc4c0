/** Addresses that are not to be written to as if nothing had happened, found by a keyed hash; the address itself lies sealed beside. */
import { note } from '../audit/audit.sql.ts';
import type { PreparedEvent } from '../audit/audit.ts';
import type { Migration, Tx } from '../store/store.ts';

export const migrations: readonly Migration[] = [
  {
    id: 'suppression-1',
    ddl: [
      `CREATE TABLE suppression (
        owner TEXT PRIMARY KEY, id TEXT NOT NULL UNIQUE, reason TEXT NOT NULL, code TEXT NOT NULL, since {int} NOT NULL, until {int}, actor TEXT NOT NULL,
        epoch TEXT NOT NULL, content_key {bytes} NOT NULL, evidence_key {bytes} NOT NULL, address {bytes} NOT NULL)`,
      'CREATE INDEX suppression_until ON suppression (until)',
    ],
  },
  // Found by a hash, so the database cannot tell which were kept under another spelling of their domain: those are looked through once.
  { id: 'suppression-2', ddl: ['ALTER TABLE suppression ADD COLUMN spelt {int} NOT NULL DEFAULT 0', 'CREATE INDEX suppression_unspelt ON suppression (id) WHERE spelt = 0'] },
];

const ALL = 'owner, id, reason, code, since, until, actor, epoch, content_key, evidence_key, address';

export const statements = {
  suppression: `SELECT ${ALL} FROM suppression WHERE owner = $1 AND (until IS NULL OR until > $2)`,
  page: `SELECT ${ALL} FROM suppression WHERE id > $1 AND (until IS NULL OR until > $2) ORDER BY id LIMIT $3`,
  // Who asked not to be written to stays so: a bounce says less. Anything else is replaced by what is newer.
  put: `INSERT INTO suppression (${ALL}, spelt) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 1)
    ON CONFLICT (owner) DO UPDATE SET id = excluded.id, reason = excluded.reason, code = excluded.code, since = excluded.since, until = excluded.until, actor = excluded.actor,
      epoch = excluded.epoch, content_key = excluded.content_key, evidence_key = excluded.evidence_key, address = excluded.address
    WHERE suppression.reason <> 'asked' OR excluded.reason = 'asked'`,
  remove: 'DELETE FROM suppression WHERE id = $1',
  unspelt: `SELECT ${ALL} FROM suppression WHERE spelt = 0 AND id > '' ORDER BY id LIMIT $1`,
  spelt: 'UPDATE suppression SET spelt = 1 WHERE id = $1',
  owned: 'SELECT reason, since FROM suppression WHERE owner = $1',
  expired: 'DELETE FROM suppression WHERE until <= $1',
} as const;

export interface SuppressionRow {
  readonly owner: string;
  readonly id: string;
  readonly reason: string;
  readonly code: string;
  readonly since: number;
  readonly until: number | null;
  readonly actor: string;
  readonly epoch: string;
  readonly content_key: Uint8Array;
  readonly evidence_key: Uint8Array;
  readonly address: Uint8Array;
}

export interface NewSuppression {
  readonly row: SuppressionRow;
  readonly events: readonly PreparedEvent[];
}

/** For the transaction that learns of it. */
export async function suppress(tx: Tx, { row: r, events }: NewSuppression): Promise<boolean> {
  const changed = await tx.run(statements.put, r.owner, r.id, r.reason, r.code, r.since, r.until, r.actor, r.epoch, r.content_key, r.evidence_key, r.address);
  if (changed > 0) await note(tx, events);
  return changed > 0;
}

/** What has run out counts no longer, whether or not its row is still there; the same entry under the one spelling of its address is the same entry. */
export const unaudited = ['expire', 'respell'] as const;

export const writes = {
  suppress,
  async lift(tx: Tx, { id, events }: { readonly id: string; readonly events: readonly PreparedEvent[] }): Promise<boolean> {
    const changed = await tx.run(statements.remove, id);
    if (changed > 0) await note(tx, events);
    return changed > 0;
  },
  /** `row`: the entry as it is kept from now on; null where its address was spelt so already */
  async respell(tx: Tx, { id, row: r }: { readonly id: string; readonly row: SuppressionRow | null }): Promise<void> {
    if (r === null) return void (await tx.run(statements.spelt, id));
    if ((await tx.run(statements.remove, id)) === 0) return;
    const other = await tx.get<{ reason: string; since: number }>(statements.owned, r.owner);
    // One for each address: who asked before who complained or was not found, else the newer.
    if (other !== undefined && (other.reason === 'asked' || (r.reason !== 'asked' && other.since >= r.since))) return;
    await tx.run(statements.put, r.owner, r.id, r.reason, r.code, r.since, r.until, r.actor, r.epoch, r.content_key, r.evidence_key, r.address);
  },
  async expire(tx: Tx, { now }: { readonly now: number }): Promise<void> {
    await tx.run(statements.expired, now);
  },
};

type Found = SuppressionRow & Record<string, never>;

export const reads = {
  /** in the order asked; one snapshot for all */
  async of(tx: Tx, { owners, now }: { readonly owners: readonly string[]; readonly now: number }): Promise<(SuppressionRow | null)[]> {
    const found: (SuppressionRow | null)[] = [];
    for (const owner of owners) found.push((await tx.get<Found>(statements.suppression, owner, now)) ?? null);
    return found;
  },
  unspelt: (tx: Tx, { limit }: { readonly limit: number }): Promise<SuppressionRow[]> => tx.all<Found>(statements.unspelt, limit),
  page: (tx: Tx, { after, now, limit }: { readonly after: string; readonly now: number; readonly limit: number }): Promise<SuppressionRow[]> => tx.all<Found>(statements.page, after, now, limit),
};
