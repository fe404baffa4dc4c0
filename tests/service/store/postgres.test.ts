import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { openPool } from '../../../service/store/postgres.ts';
import { openStore } from '../../../service/store/store.ts';
import type * as Ledger from './ledger.sql.ts';
import type * as Slow from './fixtures/slow.sql.ts';
import { until } from '../../until.ts';
import { notRun } from '../../tools.ts';
import { startPostgres, type Postgres } from './postgres.ts';

const rooms = { ledger: new URL('./ledger.sql.ts', import.meta.url) };
let postgres: Postgres;

beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(async () => {
  if ('stop' in postgres) await postgres.stop();
});
beforeEach(({ skip }) => {
  if ('reason' in postgres) skip(`POSTGRESQL HALF DID NOT RUN: ${postgres.reason}`);
});

const running = () => {
  if ('reason' in postgres) throw new Error('no PostgreSQL');
  return postgres;
};

test('two first starts at once migrate once', async () => {
  const url = await running().fresh();
  const stores = await Promise.all([1, 2, 3].map(() => openStore({ url, folder: '', rooms, world: { now: Date.now } })));
  await stores[0]?.room<typeof Ledger>('ledger').write.put({ id: 'a', n: 1 });
  expect(await stores[2]?.room<typeof Ledger>('ledger').read.count()).toMatchObject({ entries: 1 });
  await Promise.all(stores.map((store) => store.close()));
});

test('a database that answers before the disk has it is refused', async () => {
  const url = new URL(await running().fresh());
  url.searchParams.set('options', `${url.searchParams.get('options') ?? ''} -c synchronous_commit=off`);
  await expect(openStore({ url: url.href, folder: '', rooms, world: { now: Date.now } })).rejects.toMatchObject({ code: 'database-not-durable' });
  await expect(openStore({ url: 'postgres://nobody@127.0.0.1:1/none', folder: '', rooms, world: { now: Date.now } })).rejects.toMatchObject({ code: 'database-unreachable' });
});

test('a crowd before one row on a slow disk: everybody is served, however often they met', async () => {
  const store = await openStore({ url: await running().fresh(), folder: '', rooms: { slow: new URL('./fixtures/slow.sql.ts', import.meta.url) }, world: { now: Date.now } });
  const { write, read } = store.room<typeof Slow>('slow');
  await Promise.all(Array.from({ length: 24 }, () => write.raise({ seconds: 0.06 })));
  expect(await read.n(undefined)).toBe(24);
  await store.close();
});

test('a connection that was handed out and not used yet may end: that ends the connection and not the process', async () => {
  const pool = openPool(await running().fresh());
  const client = await pool.connect();
  expect(() => client.emit('error', new Error('57P01'))).not.toThrow();
  client.release(true);
  await pool.end();
});

test('a server killed under load: nothing acknowledged is lost, nothing is done twice, the store recovers', async ({ skip }) => {
  const { crash, fresh } = running();
  if (crash === undefined) {
    notRun('DID NOT RUN, TEST_DATABASE_URL names a server that is not ours to kill: a PostgreSQL server killed under load');
    return skip();
  }
  const store = await openStore({ url: await fresh(), folder: '', rooms, world: { now: Date.now } });
  const { write, read } = store.room<typeof Ledger>('ledger');
  await write.put({ id: 'counter', n: 0 });
  const acknowledged: string[] = [];
  let raised = 0;
  let unsure = 0;
  const ending = new AbortController();
  const lane = async (name: string): Promise<void> => {
    for (let n = 0; !ending.signal.aborted; n++) {
      const id = `${name}-${n}`;
      await write.put({ id, n: 1 }).then(() => acknowledged.push(id), () => undefined);
      await write.readModifyWrite({ id: 'counter', event: `raise-${id}` }).then(() => raised++, () => unsure++);
    }
  };
  const lanes = ['a', 'b', 'c', 'd'].map(lane);
  const more = async () => { const before = acknowledged.length; await until('twenty more acknowledged', () => acknowledged.length > before + 20); };
  for (let cycle = 0; cycle < 2; cycle++) {
    await more();
    await crash();
  }
  await more();
  ending.abort();
  await Promise.all(lanes);
  const present = new Set((await read.between({ from: 1, to: 2 })).map((row) => row.id));
  expect(acknowledged.length).toBeGreaterThan(20);
  expect(acknowledged.filter((id) => !present.has(id))).toEqual([]);
  const counted = (await read.get({ id: 'counter' }))?.n ?? -1;
  expect(counted).toBeGreaterThanOrEqual(raised);
  expect(counted).toBeLessThanOrEqual(raised + unsure);
  await write.put({ id: 'after', n: 9 });
  expect(store.ready()).toEqual({ ok: true });
  await store.close();
});
