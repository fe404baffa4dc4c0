/** What was destroyed, and what of it still lies about: files are removed after the transaction, and again after a crash. */
import type { Migration, Tx } from '../store/store.ts';

export const migrations: readonly Migration[] = [
  {
    id: 'dispose-1',
    ddl: [
      'CREATE TABLE disposal (message TEXT PRIMARY KEY, time {int} NOT NULL, files {int} NOT NULL)',
      'CREATE INDEX disposal_open ON disposal (time, message) WHERE files = 1',
    ],
  },
];

export const statements = {
  insert: 'INSERT INTO disposal (message, time, files) VALUES ($1, $2, 1) ON CONFLICT (message) DO NOTHING',
  open: 'SELECT message FROM disposal WHERE files = 1 AND time >= 0 ORDER BY time, message LIMIT $1',
  close: 'UPDATE disposal SET files = 0 WHERE message = $1 AND files = 1',
} as const;

/** For the transaction that destroys, after the re-check: from now on the message's files are rubbish. */
export async function begin(tx: Tx, args: { readonly message: string; readonly now: number }): Promise<void> {
  await tx.run(statements.insert, args.message, args.now);
}

export const writes = {
  async close(tx: Tx, args: { readonly message: string }): Promise<void> {
    await tx.run(statements.close, args.message);
  },
};

/** The event was noted when the keys were destroyed; this only ticks off that the ciphertext is swept up. */
export const unaudited = ['close'] as const;

export const reads = {
  async open(tx: Tx, args: { readonly limit: number }): Promise<{ readonly message: string }[]> {
    return tx.all(statements.open, args.limit);
  },
};
