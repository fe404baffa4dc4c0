/**
 * PostgreSQL, when one machine is outgrown: each write its own serializable transaction, run again when the engine asks for it
 * or the connection is lost before COMMIT. A COMMIT whose answer was lost is asked after, never guessed.
 */
import { createHash, randomBytes } from 'node:crypto';
import { Pool, types, type PoolClient } from 'pg';
import { Fault } from '../refusal.ts';
import { backUp } from './backup.ts';
import { migrate } from './migrate.ts';
import { checkArguments, plainFault, rebuilt, silentChange, watched } from './statement.ts';
import type { Operation, RoomSql, RoomStore, Store, StoreOptions, Tx, Value } from './store.ts';

const ATTEMPTS = 12;
/** A transaction that met others is run again for as long as this (ms), however many they are: on a slow disk a crowd before one row outlasts any number of tries. */
const RETRIED_MS = 30_000;
/** One row per transaction, so that a COMMIT whose answer was lost can be asked after. A transaction number would not do: after a crash the server gives it out again. */
const MARKS = 'CREATE TABLE IF NOT EXISTS schema_commit (id text COLLATE "C" PRIMARY KEY)';
const ASK = 'INSERT INTO schema_commit (id) VALUES ($1) ON CONFLICT (id) DO NOTHING';
const FORGET = 'DELETE FROM schema_commit WHERE id < $1';
const FORGET_EVERY = 500;
const REMEMBERED_MS = 3600_000;
const LOST = /^(?:08|57P0|ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN)/;

export async function openPostgres({ url, folder, rooms: urls, world, strictEvents = false }: StoreOptions & { readonly url: string }): Promise<Store> {
  const rooms: Record<string, RoomSql> = {};
  for (const [name, href] of Object.entries(urls)) rooms[name] = (await import(href.href)) as RoomSql;
  const pool = openPool(url);
  const figures = { writes: 0, reads: 0, commits: 0, retries: 0, commits_failed: 0 };
  let broken: string | undefined;
  let closed = false;
  const running = new Set<Promise<unknown>>();

  try {
    await checkDurable(pool);
    await prepareMarks(pool);
    await migrate({ engine: 'postgres', transaction: (work) => again(() => transact(pool, 'write', (tx, client) => work(tx, async (text) => void (await client.query(text))))) },
      Object.fromEntries(Object.entries(rooms).map(([name, room]) => [name, room.migrations])), world.now);
  } catch (error) {
    await pool.end();
    throw error;
  }

  async function call(name: string, kind: 'writes' | 'reads', operation: string, args: unknown): Promise<unknown> {
    if (closed) throw new Fault('store-closed', 'The store is closed.');
    const room = rooms[name];
    const act = (room?.[kind] as { readonly [name: string]: Operation } | undefined)?.[operation];
    if (room === undefined || act === undefined) throw new Fault('operation-unknown', 'The store was asked for an operation no room has.');
    figures[kind]++;
    const strict = strictEvents && kind === 'writes' && !room.unaudited?.includes(operation);
    try {
      const value = await again(() => transact(pool, kind === 'reads' ? 'read' : room.relaxed?.includes(operation) ? 'relaxed' : 'write', async (tx) => {
        if (!strict) return await act(tx, args);
        const watch = watched(tx);
        const result: unknown = await act(watch.tx, args);
        if (watch.silent()) throw silentChange();
        return result;
      }), () => figures.retries++);
      broken = undefined;
      if (kind === 'writes' && ++figures.commits % FORGET_EVERY === 0) await pool.query(FORGET, [mark(Date.now() - REMEMBERED_MS)]).catch(ignore);
      return value;
    } catch (error) {
      if (error instanceof Fault && ['database-lost', 'commit-unknown', 'commit-failed'].includes(error.code)) {
        broken = error.code;
        figures.commits_failed++;
      }
      throw rebuilt(plainFault(error));
    }
  }

  function tracked<T>(work: Promise<T>): Promise<T> {
    const kept = work.finally(() => running.delete(kept));
    running.add(kept);
    return kept;
  }

  return {
    engine: 'postgres',
    room<M extends RoomSql>(name: string): RoomStore<M> {
      if (rooms[name] === undefined) throw new Fault('room-unknown', 'The store was asked for a room it was not given.');
      const calls = (kind: 'writes' | 'reads') => new Proxy({}, { get: (_, operation) => (args: unknown) => tracked(call(name, kind, String(operation), args)) });
      return { write: calls('writes') as RoomStore<M>['write'], read: calls('reads') as RoomStore<M>['read'] };
    },
    ready: () => (closed ? { ok: false, code: 'store-closed' } : broken === undefined ? { ok: true } : { ok: false, code: broken }),
    figures: () => ({ ...figures, queue: pool.waitingCount, connections: pool.totalCount }),
    async backup(target) {
      await backUp({ url, folder, target, now: world.now() });
    },
    async close() {
      if (closed) return;
      closed = true;
      await Promise.allSettled(running);
      await pool.end();
    },
  };
}

export function openPool(url: string): Pool {
  const pool = new Pool({
    connectionString: url, max: 12, connectionTimeoutMillis: 10_000, idleTimeoutMillis: 30_000, statement_timeout: 60_000,
    idle_in_transaction_session_timeout: 60_000, application_name: 'send-secure', types: { getTypeParser: parser as typeof types.getTypeParser },
  });
  // An idle connection the server closed: the pool drops it by itself, and an unheard 'error' would end the process.
  pool.on('error', ignore);
  // One in use is heard by whoever awaits its query; between being handed out and its first query nobody listens, and the server may close it just then.
  pool.on('connect', (client) => { client.on('error', ignore); });
  return pool;
}

/** bigint and numeric (what SUM makes of it) as numbers, bytea as Uint8Array, booleans as SQLite has them. */
function parser(oid: number, format?: 'text' | 'binary'): unknown {
  if (oid === 20 || oid === 1700) return (text: string) => {
    const value = Number(text);
    if (Number.isInteger(value) && !Number.isSafeInteger(value)) throw new Fault('store-range', 'An integer is too large to read.');
    return value;
  };
  if (oid === 17) return (text: string) => Uint8Array.from(Buffer.from(text.slice(2), 'hex'));
  if (oid === 16) return (text: string) => (text === 't' ? 1 : 0);
  return format === 'binary' ? types.getTypeParser(oid, 'binary') : types.getTypeParser(oid, 'text');
}

/** An acknowledged write must be on disk before the answer. */
async function checkDurable(pool: Pool): Promise<void> {
  let settings: { fsync: string; commit: string } | undefined;
  try {
    settings = (await pool.query<{ fsync: string; commit: string }>("SELECT current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS commit")).rows[0];
  } catch (error) {
    throw new Fault('database-unreachable', 'DATABASE_URL cannot be reached.', `SQLSTATE ${sqlState(error)}`);
  }
  if (settings?.fsync !== 'on' || settings.commit === 'off') throw new Fault('database-not-durable', 'The database of DATABASE_URL runs with fsync or synchronous_commit off.');
}

const BEGIN = {
  write: 'BEGIN ISOLATION LEVEL SERIALIZABLE',
  relaxed: 'BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL synchronous_commit TO OFF',
  read: 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY',
} as const;

export async function transact<T>(pool: Pool, kind: keyof typeof BEGIN, work: (tx: Tx, client: PoolClient) => Promise<T>): Promise<T> {
  let client: PoolClient;
  try {
    client = await pool.connect();
  } catch (error) {
    throw new Fault('database-lost', 'The connection to the database was lost.', `SQLSTATE ${sqlState(error)}`);
  }
  const marked = mark(Date.now());
  let sent = false;
  let lost = false;
  let value: T | undefined;
  try {
    // Ours and hexadecimal: both statements in one round trip.
    await client.query(kind === 'read' ? BEGIN.read : `${BEGIN[kind]}; INSERT INTO schema_commit (id) VALUES ('${marked}')`);
    value = await work(txOf(client), client);
    sent = true;
    const done = await client.query('COMMIT');
    // COMMIT of a transaction that had failed answers ROLLBACK and no error.
    if (done.command !== 'COMMIT') throw new Fault('commit-failed', 'The transaction could not be made durable.');
    return value;
  } catch (error) {
    const fault = translated(error);
    lost = fault instanceof Fault && fault.code === 'database-lost';
    if (lost && sent && kind !== 'read' && (await committed(pool, marked))) return value as T;
    if (!lost) await client.query('ROLLBACK').catch(() => (lost = true));
    if (sent && fault instanceof Fault && fault.code.startsWith('store-') && fault.code !== 'store-retry') throw new Fault('commit-failed', 'The transaction could not be made durable.', fault.cause);
    throw fault;
  } finally {
    client.release(lost);
  }
}

function ignore(): void {}

export async function prepareMarks(pool: Pool): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await pool.query(MARKS);
      return;
    } catch (error) {
      // Two first starts at once collide in the catalogue in spite of IF NOT EXISTS.
      if (attempt === 5) throw translated(error);
      await pause(50 * attempt);
    }
  }
}

/**
 * Whether a transaction happened whose COMMIT went unanswered: putting its own mark waits for it if it still runs,
 * finds the mark if it committed, and keeps it from ever committing if not.
 */
async function committed(pool: Pool, marked: string): Promise<boolean> {
  for (let asked = 1; asked <= ATTEMPTS; asked++) {
    try {
      return (await pool.query(ASK, [marked])).rowCount === 0;
    } catch {
      await pause(50 * asked);
    }
  }
  throw new Fault('commit-unknown', 'The connection was lost during COMMIT and the outcome is not known.');
}

/** Time first, so that old marks are one range of the key. */
function mark(time: number): string {
  return `${time.toString(16).padStart(12, '0')}${randomBytes(10).toString('hex')}`;
}

/** Once more when the engine asks for it (SQLSTATE 40001, 40P01) or the connection went before COMMIT. */
async function again<T>(work: () => Promise<T>, told: () => void = ignore): Promise<T> {
  const began = performance.now();
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      const code = error instanceof Fault ? error.code : '';
      if (code !== 'store-retry' && code !== 'database-lost') throw error;
      if (attempt >= ATTEMPTS && (code === 'database-lost' || performance.now() - began > RETRIED_MS)) throw error;
      told();
      await pause(Math.random() * Math.min(500, 2 ** attempt * (code === 'store-retry' ? 1 : 20)));
    }
  }
}

function txOf(client: PoolClient): Tx {
  // One statement at a time: a client has one connection, and an operation may have asked for several at once.
  let turn: Promise<unknown> = Promise.resolve();
  const query = <R>(statement: string, args: readonly Value[]): Promise<{ rows: R[]; rowCount: number | null }> => {
    const mine = turn.then(() => {
      checkArguments(statement, args);
      return client.query({ name: nameOf(statement), text: statement.replaceAll('/*+SKIP*/', 'FOR UPDATE SKIP LOCKED'), values: args as Value[] });
    }).catch((error: unknown) => {
      throw translated(error);
    });
    turn = mine.catch(ignore);
    return mine as unknown as Promise<{ rows: R[]; rowCount: number | null }>;
  };
  return {
    all: async <R>(statement: string, ...args: readonly Value[]) => (await query<R>(statement, args)).rows,
    get: async <R>(statement: string, ...args: readonly Value[]) => (await query<R>(statement, args)).rows[0],
    run: async (statement, ...args) => (await query(statement, args)).rowCount ?? 0,
  };
}

const names = new Map<string, string>();

function nameOf(statement: string): string {
  let name = names.get(statement);
  if (name === undefined) names.set(statement, (name = createHash('sha256').update(statement).digest('hex').slice(0, 40)));
  return name;
}

function sqlState(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : 'none';
}

function translated(error: unknown): unknown {
  if (error instanceof Fault) return error;
  const state = sqlState(error);
  const cause = `SQLSTATE ${state}`;
  if (state === '40001' || state === '40P01') return new Fault('store-retry', 'The transaction met another and must run again.', cause);
  if (LOST.test(state) || (state === 'none' && error instanceof Error && /connection (?:terminated|ended|error)|not queryable/i.test(error.message))) return new Fault('database-lost', 'The connection to the database was lost.', cause);
  if (state === '23505') return new Fault('store-duplicate', 'A unique key is taken.', cause);
  if (state === '23503') return new Fault('store-reference', 'A row refers to one that is not there.', cause);
  if (state.startsWith('23')) return new Fault('store-constraint', 'A row breaks a constraint.', cause);
  if (state === '53100') return new Fault('store-full', 'The disk is full.', cause);
  // Class 42 speaks of the statement, never of its values.
  if (state.startsWith('42')) return new Fault('store-statement', 'A statement does not prepare.', `${cause} ${(error as Error).message}`);
  if (state !== 'none') return new Fault('store-statement', 'A statement failed.', cause);
  return error;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
