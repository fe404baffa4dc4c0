/**
 * Forward only, per room, one DDL statement at a time: each statement and the record that it is done commit together,
 * so that a start that was cut short goes on where it stopped. A landed migration never changes: its checksum is kept.
 * The record keeps the portable DDL, from which a copy can be rebuilt without the rooms.
 */
import { createHash, randomUUID } from 'node:crypto';
import { Fault } from '../refusal.ts';
import { dialect, type Engine } from './statement.ts';
import type { Migration, Tx } from './store.ts';

interface Ground {
  readonly engine: Engine;
  /** one transaction; `ddl` runs inside it */
  transaction<T>(work: (tx: Tx, ddl: (text: string) => Promise<void>) => Promise<T>): Promise<T>;
}

const TABLES = [
  `CREATE TABLE IF NOT EXISTS schema_migration (room TEXT NOT NULL, id TEXT NOT NULL, place {int} NOT NULL, checksum TEXT NOT NULL,
    ddl TEXT NOT NULL, done {int} NOT NULL, applied_at {int} NOT NULL, PRIMARY KEY (room, id))`,
  'CREATE TABLE IF NOT EXISTS schema_lease (id TEXT PRIMARY KEY, owner TEXT NOT NULL, until {int} NOT NULL)',
];
const APPLIED = 'SELECT room, id, place, checksum, done FROM schema_migration ORDER BY place';
const BEGIN = 'INSERT INTO schema_migration (room, id, place, checksum, ddl, done, applied_at) VALUES ($1, $2, $3, $4, $5, 0, $6)';
const STEP = 'UPDATE schema_migration SET done = $3 WHERE room = $1 AND id = $2';
const LEASE = `INSERT INTO schema_lease (id, owner, until) VALUES ('migrate', $1, $2)
  ON CONFLICT (id) DO UPDATE SET owner = excluded.owner, until = excluded.until WHERE schema_lease.until < $3 OR schema_lease.owner = $1`;
const UNLEASE = "DELETE FROM schema_lease WHERE id = 'migrate' AND owner = $1";
const LEASE_MS = 30_000;

interface Applied { room: string; id: string; place: number; checksum: string; done: number }

function checksum(migration: Migration): string {
  return createHash('sha256').update(JSON.stringify([migration.id, migration.ddl])).digest('hex');
}

export async function migrate(ground: Ground, rooms: { readonly [room: string]: readonly Migration[] }, now: () => number): Promise<void> {
  await prepareTables(ground);
  const owner = randomUUID();
  await lease(ground, owner, now);
  try {
    const applied = await ground.transaction((tx) => tx.all<Applied>(APPLIED));
    let place = Math.max(0, ...applied.map((row) => row.place));
    for (const [room, migrations] of Object.entries(rooms)) {
      const known = applied.filter((row) => row.room === room);
      if (known.length > migrations.length) throw new Fault('schema-newer', 'The data was written by a newer version of this service.');
      for (const [n, migration] of migrations.entries()) {
        const before = known[n];
        if (before !== undefined) judge(before, migration, n === known.length - 1);
        else await ground.transaction((tx) => tx.run(BEGIN, room, migration.id, ++place, checksum(migration), JSON.stringify(migration.ddl), now()));
        for (let step = before?.done ?? 0; step < migration.ddl.length; step++) {
          await lease(ground, owner, now);
          await apply(ground, room, migration, step);
        }
      }
    }
  } finally {
    await ground.transaction((tx) => tx.run(UNLEASE, owner));
  }
}

function judge(applied: Applied, migration: Migration, last: boolean): void {
  if (applied.id !== migration.id) throw new Fault('migration-order', 'A migration stands before one that has already run.');
  if (applied.checksum !== checksum(migration)) throw new Fault('migration-changed', 'A migration that has already run was edited.');
  if (!last && applied.done < migration.ddl.length) throw new Fault('migration-order', 'A migration was left half done.');
}

async function apply(ground: Ground, room: string, migration: Migration, step: number): Promise<void> {
  await ground.transaction(async (tx, ddl) => {
    await ddl(dialect(ground.engine, migration.ddl[step] ?? ''));
    await tx.run(STEP, room, migration.id, step + 1);
  });
}

async function prepareTables(ground: Ground): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      for (const table of TABLES) await ground.transaction((_tx, ddl) => ddl(dialect(ground.engine, table)));
      return;
    } catch (error) {
      // Two first starts at once collide in PostgreSQL's catalogue in spite of IF NOT EXISTS.
      if (attempt === 5) throw error;
      await pause(50 * attempt);
    }
  }
}

async function lease(ground: Ground, owner: string, now: () => number): Promise<void> {
  for (let waited = 0; ; waited += 250) {
    const time = now();
    if (await ground.transaction((tx) => tx.run(LEASE, owner, time + LEASE_MS, time)) === 1) return;
    if (waited > 4 * LEASE_MS) throw new Fault('migration-busy', 'Another instance has been migrating the data for too long.');
    await pause(250);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** What a copy of the data needs to be rebuilt: every DDL statement that ran, in order. */
export async function history(tx: Tx): Promise<string[]> {
  const rows = await tx.all<{ ddl: string; done: number }>('SELECT ddl, done FROM schema_migration ORDER BY place');
  return [...TABLES, ...rows.flatMap((row) => (JSON.parse(row.ddl) as string[]).slice(0, row.done))];
}
