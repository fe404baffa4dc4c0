/**
 * The store: runs operations. It knows engines, transactions and migrations; it knows no room.
 * Rooms own their SQL in `<room>.sql.ts` as operations `(tx, args)`; the composition root names those modules by URL.
 * Writes run serially in batches (group commit), each in a savepoint, and are durable when they resolve; reads run beside them,
 * each on one snapshot. On PostgreSQL a write is a serializable transaction, run again when the engine asks for it.
 * An operation awaits nothing but `tx`, and may be run more than once: ids and times come in its arguments.
 */
import type { World } from '../world.ts';
import { openPostgres } from './postgres.ts';
import { openSqlite } from './sqlite/sqlite.ts';

export type Value = string | number | null | Uint8Array;

export interface Tx {
  all<R = Record<string, Value>>(statement: string, ...args: readonly Value[]): Promise<R[]>;
  get<R = Record<string, Value>>(statement: string, ...args: readonly Value[]): Promise<R | undefined>;
  /** resolves to the number of rows changed */
  run(statement: string, ...args: readonly Value[]): Promise<number>;
}

// Arguments and results must survive structured cloning: the SQLite writer is a worker thread.
// oxlint-disable-next-line no-explicit-any
export type Operation = (tx: Tx, args: any) => Promise<any>;

/** One forward step; `ddl` uses `{int}` (bigint) and `{bytes}` (BLOB or bytea). Never edited once landed: its checksum is kept. */
export interface Migration {
  readonly id: string;
  readonly ddl: readonly string[];
}

/** What a `<room>.sql.ts` exports. `statements` lists every statement, so that each is prepared and its plan checked on both engines. */
export interface RoomSql {
  readonly migrations: readonly Migration[];
  readonly statements: { readonly [name: string]: string };
  readonly writes: { readonly [name: string]: Operation };
  readonly reads: { readonly [name: string]: Operation };
  /** names of writes that change no fact anyone must account for: leases, caches, throttles */
  readonly unaudited?: readonly string[];
  /**
   * names of writes such as leases, which may be forgotten when the power goes, because they are then made anew, and are not waited for until the disk has
   * them; PostgreSQL runs them at READ COMMITTED too: what they decide on is judged again by the statement that acts on it
   */
  readonly relaxed?: readonly string[];
}

type Calls<T extends { readonly [name: string]: Operation }> = {
  readonly [K in keyof T]: (...args: undefined extends Parameters<T[K]>[1] ? [args?: Parameters<T[K]>[1]] : [args: Parameters<T[K]>[1]]) => ReturnType<T[K]>;
};

export interface RoomStore<M extends RoomSql> {
  readonly write: Calls<M['writes']>;
  readonly read: Calls<M['reads']>;
}

export interface Store {
  readonly engine: 'sqlite' | 'postgres';
  /** typed calls into one room: `store.room<typeof import('../queue/queue.sql.ts')>('queue')` */
  room<M extends RoomSql>(name: string): RoomStore<M>;
  /** false after a failed COMMIT or lost connection, with the reason's code */
  ready(): { readonly ok: boolean; readonly code?: string };
  /** numbers for `/metrics`: WAL bytes, queue length, commits, batch size … */
  figures(): { readonly [name: string]: number };
  /** a consistent copy of the data (not the keys) into an empty folder */
  backup(folder: string): Promise<void>;
  close(): Promise<void>;
}

export interface StoreOptions {
  /** DATABASE_URL: PostgreSQL. Without it the embedded SQLite store in `folder`. */
  readonly url?: string;
  /** DATA_DIR */
  readonly folder: string;
  /** name → URL of its `<room>.sql.ts`; migrations run in this order, so a table's room stands before those that refer to it */
  readonly rooms: { readonly [name: string]: URL };
  readonly world: Pick<World, 'now'>;
  /** for tests: a write that changes rows and notes no event throws Fault `silent-change`, unless its room names it `unaudited` */
  readonly strictEvents?: boolean;
}

/** Rejects with Fault `data-folder-in-use`, `migration-changed`, `schema-newer`, `database-not-durable`, `database-unreachable`. */
export function openStore(options: StoreOptions): Promise<Store> {
  return options.url === undefined ? openSqlite(options) : openPostgres({ ...options, url: options.url });
}
