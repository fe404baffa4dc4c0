import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Client } from 'pg';
import { expect, test } from 'vitest';
import { statements } from '../../../service/queue/queue.sql.ts';
import { arity } from '../../../service/store/statement.ts';
import { onEveryEngine, type Place } from '../store/engines.ts';
import { events, items, queueContract, rooms } from './queue.case.ts';
import type * as Queue from '../../../service/queue/queue.sql.ts';
import type * as Route from './route.sql.ts';

onEveryEngine((ground) => {
  queueContract(ground);

  test('a dead domain with 51,200 copies waiting costs the others nothing: every step of the claim goes by an index', async () => {
    const at = await ground.place();
    const store = await ground.open(rooms, { at });
    const route = store.room<typeof Route>('route');
    const queue = store.room<typeof Queue>('queue');
    const now = Date.UTC(2026, 10, 21);
    await route.write.accept({ items: items(50, { destination: 'dead.test' }), events: events() });
    await route.write.double({ destination: 'dead.test', times: 10 });
    const alive = Array.from({ length: 20 }, (_, n) => `alive${n}.test`).flatMap((destination) => items(3, { destination }));
    await route.write.accept({ items: alive, events: events() });
    // the dead domain has a turn like any other, and no more
    const first = await queue.write.lease({ owner: 'me', lease: 'me/1', now: now + 10, until: now + 60_000, destinations: 50, perDestination: 3, total: 1000 });
    expect(first.filter((row) => row.destination !== 'dead.test').map((row) => row.id).sort()).toEqual(alive.map((item) => item.id).sort());
    expect(first.filter((row) => row.destination === 'dead.test')).toHaveLength(3);
    await store.close();
    for (const name of ['due', 'claim', 'earliest', 'leased', 'expired', 'recall', 'settle', 'leaseDestination', 'pace'] as const) {
      for (const line of await plan(at, statements[name])) expect(line, `${name}: ${line}`).not.toMatch(/Seq Scan|\bSCAN (?!.*USING)|TEMP B-TREE FOR ORDER|^\s*->\s+Sort\b/);
    }
  });
});

/** With the statistics a database of some age has. */
async function plan(at: Place, statement: string): Promise<string[]> {
  if (at.url === undefined) {
    const db = new DatabaseSync(join(at.folder, 'store.db'));
    db.exec('ANALYZE');
    const lines = db.prepare(`EXPLAIN QUERY PLAN ${statement}`).all().map((row) => String(row['detail']));
    db.close();
    return lines;
  }
  const client = new Client({ connectionString: at.url });
  await client.connect();
  // Its own tables alone: all of the database would lock those that other files are just dropping, in another order.
  const { rows: own } = await client.query<{ tablename: string }>('SELECT tablename FROM pg_tables WHERE schemaname = current_schema()');
  for (const { tablename } of own) await client.query(`ANALYZE ${tablename}`);
  await client.query('SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off');
  await client.query(`PREPARE looked_at AS ${statement.replaceAll('/*+SKIP*/', 'FOR UPDATE SKIP LOCKED')}`);
  const { rows } = await client.query<{ 'QUERY PLAN': string }>(`EXPLAIN EXECUTE looked_at(${Array.from({ length: arity(statement) }, () => 'NULL').join(',')})`);
  await client.end();
  return rows.map((row) => row['QUERY PLAN']);
}
