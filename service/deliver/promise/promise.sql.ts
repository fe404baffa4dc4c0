/** MTA-STS promises heard, one a domain (RFC 8461 §3.3). Public facts about mail domains; nothing of a message. */
import type { Migration, Tx } from '../../store/store.ts';

export const migrations: readonly Migration[] = [
  {
    id: 'deliver-1',
    ddl: [
      'CREATE TABLE sts_promise (domain TEXT PRIMARY KEY, id TEXT NOT NULL, mode TEXT NOT NULL, mx TEXT NOT NULL, expires {int} NOT NULL)',
      'CREATE INDEX sts_promise_expires ON sts_promise (expires)',
    ],
  },
  { id: 'deliver-2', ddl: ['ALTER TABLE sts_promise ADD COLUMN max_age {int} NOT NULL DEFAULT 0'] },
];

export const statements = {
  promise: 'SELECT id, mode, mx, max_age, expires FROM sts_promise WHERE domain = $1',
  // Of two processes that heard at once, the promise that lasts longer stays; another id is another promise.
  keep: `INSERT INTO sts_promise (domain, id, mode, mx, expires, max_age) VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (domain) DO UPDATE SET id = excluded.id, mode = excluded.mode, mx = excluded.mx, expires = excluded.expires, max_age = excluded.max_age
    WHERE sts_promise.id <> excluded.id OR sts_promise.expires < excluded.expires`,
  forget: 'DELETE FROM sts_promise WHERE expires < $1',
} as const;

interface PromiseRow {
  readonly id: string;
  readonly mode: 'enforce' | 'testing' | 'none';
  readonly mx: string;
  /** s */
  readonly max_age: number;
  readonly expires: number;
}

export const writes = {
  /** what has run out goes by the way */
  async keep(tx: Tx, { domain, id, mode, mx, max_age: maxAge, expires, now }: PromiseRow & { readonly domain: string; readonly now: number }): Promise<void> {
    await tx.run(statements.forget, now);
    await tx.run(statements.keep, domain, id, mode, mx, expires, maxAge);
  },
};

export const reads = {
  async promise(tx: Tx, { domain }: { readonly domain: string }): Promise<PromiseRow | null> {
    return (await tx.get<PromiseRow & Record<string, never>>(statements.promise, domain)) ?? null;
  },
};

/** A cache: the grade of every delivery, which rests on it, is in the log. */
export const unaudited = ['keep'] as const;
