/** How an entry was written before a domain had one spelling: for tests of what becomes of such entries. */
import type { SuppressionRow } from '../../../service/suppression/suppression.sql.ts';
import type { Migration, Tx } from '../../../service/store/store.ts';

export const migrations: readonly Migration[] = [];
export const statements = {
  keep: 'INSERT INTO suppression (owner, id, reason, code, since, until, actor, epoch, content_key, evidence_key, address) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)',
} as const;
export const unaudited = ['keep'] as const;
export const writes = {
  keep: (tx: Tx, { row: r }: { readonly row: SuppressionRow }): Promise<number> => tx.run(statements.keep, r.owner, r.id, r.reason, r.code, r.since, r.until, r.actor, r.epoch, r.content_key, r.evidence_key, r.address),
};
export const reads = {};
