/**
 * Recipients' own choices of ordinary mail for named topics, after a warning: which words they were shown, when, for what, and when it was taken
 * back. Nothing is overwritten: a new choice ends the one before it, and both stay. Found by a keyed hash of the address.
 */
import { note } from '../audit/audit.sql.ts';
import type { PreparedEvent } from '../audit/audit.ts';
import type { Migration, Tx } from '../store/store.ts';

export const migrations: readonly Migration[] = [
  {
    id: 'choice-1',
    ddl: [
      `CREATE TABLE plain_choice (
        id TEXT PRIMARY KEY, owner TEXT NOT NULL, topics TEXT NOT NULL, version TEXT NOT NULL, language TEXT NOT NULL, warning TEXT NOT NULL, source TEXT NOT NULL, actor TEXT NOT NULL, way TEXT NOT NULL,
        time {int} NOT NULL, ended {int}, ended_by TEXT)`,
      'CREATE UNIQUE INDEX plain_choice_active ON plain_choice (owner) WHERE ended IS NULL',
    ],
  },
];

const COLUMNS = 'id, owner, topics, version, language, warning, source, actor, way, time';

export const statements = {
  active: `SELECT ${COLUMNS} FROM plain_choice WHERE owner = $1 AND ended IS NULL`,
  end: 'UPDATE plain_choice SET ended = $2, ended_by = $3 WHERE owner = $1 AND ended IS NULL',
  add: `INSERT INTO plain_choice (${COLUMNS}, ended, ended_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, NULL, NULL)`,
} as const;

export interface ChoiceRow {
  readonly id: string; readonly owner: string;
  /** separated by blanks, of the closed list */
  readonly topics: string;
  readonly version: string; readonly language: string;
  /** the words as they were shown */
  readonly warning: string;
  readonly source: 'recipient' | 'staff'; readonly actor: string; readonly way: string; readonly time: number;
}

/** A change, for this room's own transaction or one of `route.sql.ts`. */
export interface Chosen { readonly owner: string; readonly row: ChoiceRow | null; readonly now: number; readonly by: string; readonly events: readonly PreparedEvent[] }

export const writes = {
  /** the one that stood ends; another begins, or none; false when none stood and none begins */
  choose: async (tx: Tx, a: Chosen): Promise<boolean> => {
    const ended = (await tx.run(statements.end, a.owner, a.now, a.by)) === 1;
    if (a.row === null && !ended) return false;
    const r = a.row;
    if (r) await tx.run(statements.add, r.id, r.owner, r.topics, r.version, r.language, r.warning, r.source, r.actor, r.way, r.time);
    await note(tx, a.events);
    return true;
  },
};

export const reads = {
  active: async (tx: Tx, a: { owners: readonly string[] }): Promise<(ChoiceRow | null)[]> => {
    const rows: (ChoiceRow | null)[] = [];
    for (const owner of a.owners) rows.push((await tx.get<ChoiceRow>(statements.active, owner)) ?? null);
    return rows;
  },
};
