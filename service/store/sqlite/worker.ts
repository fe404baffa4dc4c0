/**
 * A thread that holds one SQLite connection. The writer gathers what has arrived while the last COMMIT was under way into the
 * next transaction (group commit), each operation in its own savepoint. A reader gives each operation one snapshot.
 */
import { receiveMessageOnPort, workerData, type MessagePort } from 'node:worker_threads';
import { Fault } from '../../refusal.ts';
import { migrate } from '../migrate.ts';
import { plainFault, silentChange, watched, type PlainFault } from '../statement.ts';
import type { Operation, RoomSql } from '../store.ts';
import { connect, resultCode } from './connection.ts';

export interface WorkerOptions {
  readonly path: string;
  readonly role: 'write' | 'read';
  readonly rooms: { readonly [name: string]: string };
  readonly strictEvents: boolean;
  readonly now: number;
  readonly port: MessagePort;
}

export interface Call { readonly id: number; readonly room: string; readonly operation: string; readonly args: unknown }
type Ask = Call | 'close';
interface Result { readonly id: number; readonly value?: unknown; readonly fault?: PlainFault }
export type Answer =
  | { readonly kind: 'opened' }
  | { readonly kind: 'failed'; readonly fault: PlainFault }
  | { readonly kind: 'results'; readonly results: readonly Result[]; readonly broken?: string };

// https://sqlite.org/rescode.html
const BUSY = 5;
const FULL = 13;
const CONSTRAINT = 19;

const BATCH = 256;
const IDLE_MS = 1000;
/** Also where writes never rest: what was erased lies in the log until then. */
const AT_MOST_MS = 5000;
/** How often a store that could not write looks whether it can again: nobody sends to one that says it is not ready. */
const AGAIN_MS = 500;

const { path, role, rooms: hrefs, strictEvents, now, port } = workerData as WorkerOptions;
const post = (answer: Answer): void => port.postMessage(answer);

try {
  await open();
} catch (error) {
  post({ kind: 'failed', fault: plainFault(error) });
  port.close();
}

async function open(): Promise<void> {
  const rooms: Record<string, RoomSql> = {};
  for (const [name, href] of Object.entries(hrefs)) rooms[name] = (await import(href)) as RoomSql;
  const connection = connect(path, role);
  const { db } = connection;

  if (role === 'write') {
    await migrate({
      engine: 'sqlite',
      async transaction(work) {
        const { tx, end } = connection.begin();
        db.exec('BEGIN IMMEDIATE');
        try {
          const value = await work(tx, async (text) => db.exec(text));
          db.exec('COMMIT');
          return value;
        } catch (error) {
          if (db.isTransaction) db.exec('ROLLBACK');
          throw error;
        } finally {
          end();
        }
      },
    }, Object.fromEntries(Object.entries(rooms).map(([name, room]) => [name, room.migrations])), () => now);
  }

  const pending: Ask[] = [];
  let busy = false;
  let stopped = false;
  let failed = false;
  let probe = 0;
  let idle: NodeJS.Timeout | undefined;
  let overdue: NodeJS.Timeout | undefined;
  let again: NodeJS.Timeout | undefined;
  let due = false;

  port.on('message', (ask: Ask) => {
    pending.push(ask);
    void pump();
  });
  post({ kind: 'opened' });

  async function pump(): Promise<void> {
    if (busy) return;
    busy = true;
    clearTimeout(idle);
    for (;;) {
      while (pending.length < BATCH) {
        const next = receiveMessageOnPort(port) as { message: Ask } | undefined;
        if (next === undefined) break;
        pending.push(next.message);
      }
      const closing = pending.indexOf('close');
      const calls = pending.splice(0, closing < 0 ? BATCH : Math.min(closing, BATCH)) as Call[];
      if (calls.length > 0) deliver(role === 'write' ? await batch(calls) : { results: await snapshots(calls) });
      else if (closing === 0) return close();
      else break;
    }
    busy = false;
    if (role !== 'write') return;
    if (due) return tidy();
    idle = setTimeout(tidy, IDLE_MS);
    overdue ??= setTimeout(() => {
      // Never within a transaction.
      if (busy) due = true;
      else tidy();
    }, AT_MOST_MS);
  }

  async function batch(calls: readonly Call[]): Promise<{ results: Result[]; broken?: string }> {
    if (stopped) return { results: calls.map(({ id }) => ({ id, fault: plainFault(new Fault('store-stopped', 'The store failed to write and takes no more writes until it is opened again.')) })), broken: 'store-stopped' };
    const results: Result[] = [];
    // What comes after it in the log cannot be there without it (https://sqlite.org/pragma.html#pragma_synchronous): a try is noted as begun only behind its lease.
    const relaxed = !failed && calls.every(({ room, operation }) => rooms[room]?.relaxed?.includes(operation));
    if (relaxed) db.exec('PRAGMA synchronous=NORMAL');
    try {
      db.exec('BEGIN IMMEDIATE');
      for (const call of calls) {
        db.exec('SAVEPOINT operation');
        try {
          results.push({ id: call.id, value: await operate(call) });
        } catch (error) {
          // A full disk or an I/O error takes the whole transaction back (https://sqlite.org/lang_transaction.html), and the batch with it.
          if (!db.isTransaction) throw error;
          db.exec('ROLLBACK TO operation');
          results.push({ id: call.id, fault: plainFault(error) });
        }
        db.exec('RELEASE operation');
      }
      // A batch that changes nothing commits without touching the disk and would prove nothing: after a failure one page is always written.
      if (failed) db.exec(`PRAGMA user_version=${probe += 1}`);
      db.exec('COMMIT');
      failed = false;
      return { results };
    } catch (error) {
      if (db.isTransaction) db.exec('ROLLBACK');
      failed = true;
      const primary = resultCode(error) & 0xff;
      const full = primary === FULL || (error instanceof Fault && error.code === 'store-full');
      // After a failed write or sync nothing tells what reached the disk: only what SQLite itself refuses may be tried again.
      if (!full && primary !== BUSY && primary !== CONSTRAINT) stopped = true;
      if (!stopped) again ??= setTimeout(lookAgain, AGAIN_MS);
      const fault = plainFault(new Fault('commit-failed', 'The transaction could not be made durable.', `SQLite ${resultCode(error)}`));
      return { results: calls.map(({ id }) => ({ id, fault })), broken: full ? 'store-full' : 'commit-failed' };
    } finally {
      if (relaxed) db.exec('PRAGMA synchronous=FULL');
    }
  }

  async function lookAgain(): Promise<void> {
    again = undefined;
    // What is under way tells as well, and asks again if it has to.
    if (failed && !busy) deliver(await batch([]));
  }

  async function snapshots(calls: readonly Call[]): Promise<Result[]> {
    const results: Result[] = [];
    for (const call of calls) {
      try {
        db.exec('BEGIN');
        results.push({ id: call.id, value: await operate(call) });
      } catch (error) {
        results.push({ id: call.id, fault: plainFault(error) });
      } finally {
        if (db.isTransaction) db.exec('ROLLBACK');
      }
    }
    return results;
  }

  async function operate({ room, operation, args }: Call): Promise<unknown> {
    const sql = rooms[room];
    const operations: { readonly [name: string]: Operation } | undefined = role === 'write' ? sql?.writes : sql?.reads;
    const act = operations?.[operation];
    if (sql === undefined || act === undefined) throw new Fault('operation-unknown', 'The store was asked for an operation no room has.');
    const { tx, end } = connection.begin();
    try {
      if (role === 'read' || !strictEvents || sql.unaudited?.includes(operation)) return await settled(act(tx, args));
      const watch = watched(tx);
      const value = await settled(act(watch.tx, args));
      if (watch.silent()) throw silentChange();
      return value;
    } finally {
      end();
    }
  }

  function deliver(done: { results: Result[]; broken?: string }): void {
    try {
      post({ kind: 'results', ...done });
    } catch {
      for (const result of done.results) {
        try {
          post({ kind: 'results', ...done, results: [result] });
        } catch {
          post({ kind: 'results', results: [{ id: result.id, fault: plainFault(new Fault('result-not-cloneable', 'An operation answered with what cannot cross threads.')) }] });
        }
      }
    }
  }

  /** Give back free pages and the log's length; never wait for a reader. */
  function tidy(): void {
    clearTimeout(idle);
    clearTimeout(overdue);
    [overdue, due] = [undefined, false];
    if (stopped) return;
    try {
      db.exec('PRAGMA busy_timeout=0; PRAGMA incremental_vacuum(2000); PRAGMA wal_checkpoint(TRUNCATE)');
    } catch {
      // A full disk or somebody else's lock: the next write says so to those it concerns.
    } finally {
      db.exec('PRAGMA busy_timeout=5000');
    }
  }

  function close(): void {
    for (const timer of [idle, overdue, again]) clearTimeout(timer);
    try {
      if (role === 'write' && !stopped) tidy();
      connection.close();
    } finally {
      port.close();
    }
  }
}

/** Statements answer within the microtasks; an operation still unsettled after them waits for something else and would hold the transaction open. */
function settled<T>(work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const guard = setImmediate(() => reject(new Fault('operation-awaits', 'An operation awaits something other than its transaction.')));
    work.then(resolve, reject).finally(() => clearImmediate(guard));
  });
}
