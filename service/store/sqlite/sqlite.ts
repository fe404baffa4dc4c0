/**
 * The embedded store: one writer thread, two reader threads, one service per data folder.
 */
import { chmodSync, closeSync, mkdirSync, openSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { MessageChannel, Worker, type MessagePort } from 'node:worker_threads';
import { Fault } from '../../refusal.ts';
import { backUp } from '../backup.ts';
import { rebuilt } from '../statement.ts';
import type { RoomSql, RoomStore, Store, StoreOptions } from '../store.ts';
import type { Answer, Call, WorkerOptions } from './worker.ts';

const READERS = 2;

interface Thread {
  call(room: string, operation: string, args: unknown): Promise<unknown>;
  waiting(): number;
  close(): Promise<void>;
}

export async function openSqlite({ folder, rooms, world, strictEvents = false }: Omit<StoreOptions, 'url'>): Promise<Store> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, 'store.db');
  const lock = takeFolder(folder);
  const figures = { writes: 0, reads: 0, commits: 0, batch_largest: 0, commits_failed: 0 };
  let broken: string | undefined;
  let closed = false;

  const start = (role: 'write' | 'read') => openThread({
    path, role, strictEvents, now: world.now(), rooms: Object.fromEntries(Object.entries(rooms).map(([name, url]) => [name, url.href])),
  }, (answer) => {
    if (role === 'read') return;
    broken = answer.broken;
    if (answer.broken === undefined) figures.commits++;
    else figures.commits_failed++;
    figures.batch_largest = Math.max(figures.batch_largest, answer.results.length);
  }, () => {
    if (!closed) broken = 'store-stopped';
  });

  let writer: Thread;
  const readers: Thread[] = [];
  try {
    privately(path);
    writer = await start('write');
    readers.push(...(await Promise.all(Array.from({ length: READERS }, () => start('read')))));
  } catch (error) {
    lock.close();
    throw error;
  }

  return {
    engine: 'sqlite',
    room<M extends RoomSql>(name: string): RoomStore<M> {
      if (rooms[name] === undefined) throw new Fault('room-unknown', 'The store was asked for a room it was not given.');
      const calls = (target: () => Thread, count: 'writes' | 'reads') => new Proxy({}, {
        get: (_, operation) => (args: unknown) => {
          if (closed) return Promise.reject(new Fault('store-closed', 'The store is closed.'));
          figures[count]++;
          return target().call(name, String(operation), args);
        },
      });
      return {
        write: calls(() => writer, 'writes') as RoomStore<M>['write'],
        read: calls(() => readers.reduce((least, reader) => (reader.waiting() < least.waiting() ? reader : least)), 'reads') as RoomStore<M>['read'],
      };
    },
    ready: () => (closed ? { ok: false, code: 'store-closed' } : broken === undefined ? { ok: true } : { ok: false, code: broken }),
    figures: () => ({ ...figures, queue: writer.waiting(), wal_bytes: sizeOf(`${path}-wal`), database_bytes: sizeOf(path) }),
    async backup(target) {
      await backUp({ folder, target, now: world.now() });
    },
    async close() {
      if (closed) return;
      closed = true;
      // Readers first: a reader's snapshot would keep the log from being folded back.
      await Promise.all(readers.map((reader) => reader.close()));
      await writer.close();
      lock.close();
    },
  };
}

/** A second SQLite file held EXCLUSIVE for the life of the process: the system frees it even after kill -9. */
function takeFolder(folder: string): DatabaseSync {
  const path = join(folder, 'store.lock');
  privately(path);
  const lock = new DatabaseSync(path, { timeout: 0 });
  try {
    lock.exec('BEGIN EXCLUSIVE');
    return lock;
  } catch {
    lock.close();
    throw new Fault('data-folder-in-use', 'Another service is using DATA_DIR.');
  }
}

/**
 * SQLite gives the log and its index the mode of the database, so the database must have the right one first.
 * A file that is there is not opened: closing any descriptor of it would drop this process's locks on it (fcntl(2), POSIX).
 */
function privately(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600));
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'EEXIST') throw error;
    chmodSync(path, 0o600);
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

async function openThread(options: Omit<WorkerOptions, 'port'>, told: (answer: Extract<Answer, { kind: 'results' }>) => void, died: () => void): Promise<Thread> {
  const { port1: near, port2: far } = new MessageChannel();
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: { ...options, port: far } satisfies WorkerOptions, transferList: [far as MessagePort] });
  const waiting = new Map<number, { resolve(value: unknown): void; reject(error: unknown): void }>();
  // The port closes after its last message; the thread's exit alone may overtake results.
  const gone = Promise.all([new Promise((resolve) => worker.once('exit', resolve)), new Promise((resolve) => near.once('close', resolve))]);
  let last = 0;
  let dead = false;

  await new Promise<void>((resolve, reject) => {
    worker.on('error', (cause) => reject(new Fault('store-stopped', 'A thread of the store failed.', cause)));
    void gone.then(() => {
      dead = true;
      died();
      const fault = new Fault('store-stopped', 'A thread of the store ended.');
      reject(fault);
      for (const call of waiting.values()) call.reject(fault);
      waiting.clear();
    });
    near.on('message', (answer: Answer) => {
      if (answer.kind === 'opened') return resolve();
      if (answer.kind === 'failed') return reject(rebuilt(answer.fault));
      told(answer);
      for (const { id, value, fault } of answer.results) {
        const call = waiting.get(id);
        waiting.delete(id);
        if (fault === undefined) call?.resolve(value);
        else call?.reject(rebuilt(fault));
      }
    });
  });

  return {
    call(room, operation, args) {
      if (dead) return Promise.reject(new Fault('store-stopped', 'A thread of the store ended.'));
      return new Promise((resolve, reject) => {
        const id = ++last;
        near.postMessage({ id, room, operation, args } satisfies Call);
        waiting.set(id, { resolve, reject });
      });
    },
    waiting: () => waiting.size,
    async close() {
      if (!dead) near.postMessage('close');
      await gone;
    },
  };
}
