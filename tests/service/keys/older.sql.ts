/** Keys as they were kept before it was asked who brought them. */
import type { Tx } from '../../../service/store/store.ts';
import { migrations as all, writes as now } from '../../../service/keys/keys.sql.ts';

export { reads, statements } from '../../../service/keys/keys.sql.ts';
export const migrations = all.slice(0, all.findIndex((m) => m.id === 'keys-7'));
export const unaudited = ['observe', 'keepStatus', 'forget'] as const;
export const writes = {
  ...now,
  async forget(tx: Tx, { id, kept }: { readonly id: string; readonly kept: string | null }): Promise<void> {
    await tx.run('DELETE FROM key_bearer WHERE id = $1', id);
    await tx.run('UPDATE recipient_key SET imported_by = $2 WHERE id = $1', id, kept);
  },
};
