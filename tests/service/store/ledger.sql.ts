/** A room for the contract suite: entries with a parent, and the event table every change must note into. */
import type { Migration, Operation, Tx } from '../../../service/store/store.ts';

export const migrations: readonly Migration[] = [
  {
    id: '1',
    ddl: [
      'CREATE TABLE entry (id TEXT PRIMARY KEY, n {int} NOT NULL, body {bytes}, parent TEXT REFERENCES entry (id))',
      'CREATE TABLE event (id TEXT PRIMARY KEY, about TEXT NOT NULL)',
      'CREATE INDEX entry_n ON entry (n)',
    ],
  },
];

export const statements = {
  insert: 'INSERT INTO entry (id, n, body, parent) VALUES ($1, $2, $3, $4)',
  insertOnce: 'INSERT INTO entry (id, n) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING',
  note: 'INSERT INTO event (id, about) VALUES ($1, $2)',
  get: 'SELECT id, n, body, parent FROM entry WHERE id = $1',
  between: 'SELECT id, n FROM entry WHERE n >= $1 AND n < $2 ORDER BY n, id LIMIT $3',
  after: 'SELECT id FROM entry WHERE id > $1 ORDER BY id LIMIT 100',
  count: 'SELECT count(*) AS entries, sum(n) AS total FROM entry WHERE n >= $1',
  raise: 'UPDATE entry SET n = n + $2 WHERE id = $1',
  set: 'UPDATE entry SET n = $2 WHERE id = $1 RETURNING n',
  twice: 'SELECT id FROM entry WHERE id = $1 OR id = $1',
} as const;

const put = async (tx: Tx, { id, n, body = null, parent = null }: { id: string; n: number; body?: Uint8Array | null; parent?: string | null }) => {
  await tx.run(statements.insert, id, n, body, parent);
  await tx.run(statements.note, `evt_${id}`, id);
};

export const writes = {
  put,
  async putTwice(tx: Tx, { id }: { id: string }) {
    await put(tx, { id, n: 1 });
    await put(tx, { id, n: 2 });
  },
  async putOnce(tx: Tx, { id, n, event }: { id: string; n: number; event: string }) {
    const changed = await tx.run(statements.insertOnce, id, n);
    if (changed > 0) await tx.run(statements.note, event, id);
    return changed;
  },
  async readModifyWrite(tx: Tx, { id, event }: { id: string; event: string }) {
    const row = await tx.get<{ n: number }>(statements.get, id);
    const after = await tx.all<{ n: number }>(statements.set, id, (row?.n ?? 0) + 1);
    await tx.run(statements.note, event, id);
    return after[0]?.n;
  },
  async silent(tx: Tx, { id, n }: { id: string; n: number }) {
    return await tx.run(statements.raise, id, n);
  },
  async silentReturning(tx: Tx, { id, n }: { id: string; n: number }) {
    return await tx.all(statements.set, id, n);
  },
  async lease(tx: Tx, { id, n }: { id: string; n: number }) {
    return await tx.run(statements.raise, id, n);
  },
  async tooFew(tx: Tx) {
    await tx.run(statements.insert, 'few', 1, null);
  },
  async tooMany(tx: Tx) {
    await tx.all(statements.get, 'a', 'b');
  },
  async undefinedArgument(tx: Tx) {
    await tx.all(statements.get, undefined as unknown as string);
  },
  async nul(tx: Tx) {
    await tx.all(statements.get, 'a\0b');
  },
  async several(tx: Tx, { ids }: { ids: string[] }) {
    await Promise.all(ids.map((id) => put(tx, { id, n: 5 })));
  },
  async throws(tx: Tx, { id }: { id: string }) {
    await put(tx, { id, n: 1 });
    throw new Error(`secret ${id}`);
  },
  async nothing() {
    return null;
  },
} satisfies Record<string, Operation>;

export const reads = {
  async get(tx: Tx, { id }: { id: string }) {
    return (await tx.get<{ id: string; n: number; body: Uint8Array | null; parent: string | null }>(statements.get, id)) ?? null;
  },
  async between(tx: Tx, { from, to }: { from: number; to: number }) {
    return await tx.all<{ id: string; n: number }>(statements.between, from, to, 10_000);
  },
  async after(tx: Tx, { id }: { id: string }) {
    return (await tx.all<{ id: string }>(statements.after, id)).map((row) => row.id);
  },
  async count(tx: Tx) {
    return await tx.get<{ entries: number; total: number | null }>(statements.count, 0);
  },
  async twice(tx: Tx, { id }: { id: string }) {
    return await tx.all<{ id: string }>(statements.twice, id);
  },
  async writing(tx: Tx) {
    return await tx.run(statements.insertOnce, 'by a reader', 1);
  },
} satisfies Record<string, Operation>;

export const relaxed = ['lease'];
export const unaudited = ['lease', 'nothing', 'tooFew', 'tooMany'];
