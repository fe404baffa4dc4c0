/** Searches of the log that were kept: whose, and whether the team sees them. Names and filters are sealed. */
import { note, type PreparedEvent } from '../../audit/audit.sql.ts';
import type { Migration, Tx } from '../../store/store.ts';

export const migrations: readonly Migration[] = [
  {
    id: 'kept-1',
    ddl: [
      'CREATE TABLE kept_search (id TEXT PRIMARY KEY, owner TEXT NOT NULL, shared {int} NOT NULL, created {int} NOT NULL, sealed {bytes} NOT NULL, kid TEXT NOT NULL)',
      'CREATE INDEX kept_search_owner ON kept_search (owner, created)',
      'CREATE INDEX kept_search_shared ON kept_search (shared, created)',
    ],
  },
];

export const statements = {
  keep: 'INSERT INTO kept_search (id, owner, shared, created, sealed, kid) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (id) DO NOTHING',
  remove: 'DELETE FROM kept_search WHERE id = $1 AND owner = $2',
  own: 'SELECT id, owner, shared, created, sealed, kid FROM kept_search WHERE owner = $1 ORDER BY created LIMIT $2',
  shared: 'SELECT id, owner, shared, created, sealed, kid FROM kept_search WHERE shared = 1 AND owner <> $1 ORDER BY created LIMIT $2',
} as const;

export interface KeptRow { readonly id: string; readonly owner: string; readonly shared: number; readonly created: number; readonly sealed: Uint8Array; readonly kid: string }

type Events = readonly PreparedEvent[];

export const writes = {
  /** in the place of those it is kept instead of */
  keep: async (tx: Tx, a: KeptRow & { before: readonly string[]; events: Events }): Promise<boolean> => {
    if ((await tx.run(statements.keep, a.id, a.owner, a.shared, a.created, a.sealed, a.kid)) !== 1) return false;
    for (const id of a.before) await tx.run(statements.remove, id, a.owner);
    await note(tx, a.events);
    return true;
  },
  remove: async (tx: Tx, a: { id: string; owner: string; events: Events }): Promise<boolean> => {
    if ((await tx.run(statements.remove, a.id, a.owner)) !== 1) return false;
    await note(tx, a.events);
    return true;
  },
};

export const reads = {
  own: (tx: Tx, a: { owner: string; limit: number }): Promise<KeptRow[]> => tx.all<KeptRow>(statements.own, a.owner, a.limit),
  shared: (tx: Tx, a: { but: string; limit: number }): Promise<KeptRow[]> => tx.all<KeptRow>(statements.shared, a.but, a.limit),
};
