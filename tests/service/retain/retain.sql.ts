/** What the route does in one transaction, as far as retention and disposal go: for the tests. */
import { note } from '../../../service/audit/audit.sql.ts';
import type { PreparedEvent } from '../../../service/audit/audit.ts';
import { begin } from '../../../service/dispose/dispose.sql.ts';
import { assign, release, type RetentionRow } from '../../../service/retain/retain.sql.ts';
import type { Tx } from '../../../service/store/store.ts';

export const migrations = [{ id: 'kept-1', ddl: ['CREATE TABLE kept (message TEXT PRIMARY KEY, wrapped {bytes})'] }];
export const statements = {
  keep: 'INSERT INTO kept (message, wrapped) VALUES ($1, $2)',
  erase: 'UPDATE kept SET wrapped = NULL WHERE message = $1',
  look: 'SELECT wrapped FROM kept WHERE message = $1',
};
export const writes = {
  async accept(tx: Tx, args: { readonly row: RetentionRow; readonly wrapped: Uint8Array; readonly events: readonly PreparedEvent[] }): Promise<void> {
    await tx.run(statements.keep, args.row.message, args.wrapped);
    await assign(tx, args.row);
    await note(tx, args.events);
  },
  async erase(tx: Tx, args: { readonly message: string; readonly now: number; readonly events: readonly PreparedEvent[] }): Promise<boolean> {
    if (!(await release(tx, args))) return false;
    await begin(tx, args);
    await tx.run(statements.erase, args.message);
    await note(tx, args.events);
    return true;
  },
};
export const reads = {
  async key(tx: Tx, args: { readonly message: string }): Promise<boolean> {
    return (await tx.get<{ wrapped: Uint8Array | null }>(statements.look, args.message))?.wrapped != null;
  },
};
