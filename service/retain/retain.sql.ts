/** One row per message: its class, the end of its period, the epoch its content key lies under, and whether something keeps it longer. */
import { note } from '../audit/audit.sql.ts';
import type { PreparedEvent } from '../audit/audit.ts';
import type { Migration, Tx } from '../store/store.ts';

export const migrations: readonly Migration[] = [
  {
    id: 'retain-1',
    ddl: [
      `CREATE TABLE retention (
        message TEXT PRIMARY KEY, class TEXT NOT NULL, until {int} NOT NULL, epoch TEXT NOT NULL,
        state TEXT NOT NULL, held {int} NOT NULL, disposed {int})`,
      'CREATE INDEX retention_due ON retention (until, message) WHERE state = \'kept\' AND held = 0',
      'CREATE INDEX retention_epoch ON retention (state, epoch)',
    ],
  },
];

export const statements = {
  insert: 'INSERT INTO retention (message, class, until, epoch, state, held, disposed) VALUES ($1, $2, $3, $4, \'kept\', 0, NULL) ON CONFLICT (message) DO NOTHING',
  due: 'SELECT message, class, until, epoch FROM retention WHERE state = \'kept\' AND held = 0 AND until <= $1 ORDER BY until, message LIMIT $2',
  of: 'SELECT message, class, until, epoch, state, held FROM retention WHERE message = $1',
  // The whole judgement again, in the transaction that destroys: a hold placed a moment ago counts.
  dispose: 'UPDATE retention SET state = \'disposed\', disposed = $2 WHERE message = $1 AND state = \'kept\' AND held = 0 AND until <= $2',
  hold: 'UPDATE retention SET held = $2 WHERE message = $1 AND state = \'kept\' AND held <> $2',
  extend: 'UPDATE retention SET class = $2, until = $3, epoch = $4 WHERE message = $1 AND state = \'kept\' AND until < $3',
  // A month that is over, when nothing of it or of an earlier one is kept any more: its key may go, and every backup with it. An earlier
  // message that is held would lose its evidence, whose epoch is never before its content's.
  spent: `SELECT epoch, count(*) AS messages FROM retention r WHERE state = 'disposed' AND epoch < $1
    AND NOT EXISTS (SELECT 1 FROM retention k WHERE k.state = 'kept' AND k.epoch <= r.epoch) GROUP BY epoch ORDER BY epoch LIMIT 24`,
  shred: 'UPDATE retention SET state = \'shredded\' WHERE epoch = $1 AND state = \'disposed\'',
  keptIn: 'SELECT message FROM retention WHERE state = \'kept\' AND epoch <= $1 LIMIT 1',
} as const;

export interface RetentionRow {
  readonly message: string;
  readonly class: string;
  /** ms: kept until then, not longer */
  readonly until: number;
  /** 'YYYY-MM' */
  readonly epoch: string;
}

/** For the transaction that accepts a message; its events are noted there. */
export async function assign(tx: Tx, row: RetentionRow): Promise<void> {
  await tx.run(statements.insert, row.message, row.class, row.until, row.epoch);
}

/** For the transaction that destroys: false when it is no longer, or not yet, to be destroyed. */
export async function release(tx: Tx, args: { readonly message: string; readonly now: number }): Promise<boolean> {
  return (await tx.run(statements.dispose, args.message, args.now)) === 1;
}

export const writes = {
  async hold(tx: Tx, args: { readonly message: string; readonly held: boolean; readonly events: readonly PreparedEvent[] }): Promise<boolean> {
    const changed = (await tx.run(statements.hold, args.message, args.held ? 1 : 0)) === 1;
    if (changed) await note(tx, args.events);
    return changed;
  },
  /** a period is only ever lengthened */
  async extend(tx: Tx, args: RetentionRow & { readonly events: readonly PreparedEvent[] }): Promise<boolean> {
    const changed = (await tx.run(statements.extend, args.message, args.class, args.until, args.epoch)) === 1;
    if (changed) await note(tx, args.events);
    return changed;
  },
  async shred(tx: Tx, args: { readonly epoch: string; readonly events: readonly PreparedEvent[] }): Promise<boolean> {
    if ((await tx.get(statements.keptIn, args.epoch)) !== undefined) return false;
    const changed = (await tx.run(statements.shred, args.epoch)) > 0;
    if (changed) await note(tx, args.events);
    return changed;
  },
};

export const reads = {
  async due(tx: Tx, args: { readonly now: number; readonly limit: number }): Promise<RetentionRow[]> {
    return tx.all<RetentionRow>(statements.due, args.now, args.limit);
  },
  async of(tx: Tx, args: { readonly message: string }): Promise<(RetentionRow & { readonly state: string; readonly held: number }) | null> {
    return (await tx.get<RetentionRow & { readonly state: string; readonly held: number }>(statements.of, args.message)) ?? null;
  },
  async spent(tx: Tx, args: { readonly month: string }): Promise<{ readonly epoch: string; readonly messages: number }[]> {
    return tx.all(statements.spent, args.month);
  },
};
