/**
 * One SQLite connection: pragmas, prepared statements, values as the store's contract has them.
 */
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { Fault } from '../../refusal.ts';
import { checkArguments } from '../statement.ts';
import type { Tx, Value } from '../store.ts';

interface Connection {
  readonly db: DatabaseSync;
  /** usable until `end` */
  begin(): { readonly tx: Tx; end(): void };
  close(): void;
}

const KEPT_STATEMENTS = 1000;

// The first three only take effect before the first table.
const WRITER = ['page_size=8192', 'auto_vacuum=INCREMENTAL', 'secure_delete=ON', 'journal_mode=WAL', 'synchronous=FULL', 'foreign_keys=ON', 'cache_size=-131072', 'wal_autocheckpoint=4000', 'trusted_schema=OFF'];
const READER = ['query_only=ON', 'cache_size=-32768', 'trusted_schema=OFF'];

export function connect(path: string, role: 'write' | 'read'): Connection {
  const db = new DatabaseSync(path, { readOnly: role === 'read', timeout: 5000 });
  for (const pragma of role === 'write' ? WRITER : READER) db.exec(`PRAGMA ${pragma}`);
  const kept = new Map<string, StatementSync>();

  const prepared = (statement: string): StatementSync => {
    let ready = kept.get(statement);
    if (ready === undefined) {
      if (kept.size >= KEPT_STATEMENTS) kept.clear();
      try {
        ready = db.prepare(statement);
      } catch (error) {
        throw new Fault('store-statement', 'A statement does not prepare.', (error as Error).message);
      }
      kept.set(statement, ready);
    }
    return ready;
  };

  const call = <T>(statement: string, args: readonly Value[], act: (ready: StatementSync, bound: Record<string, Bound>) => T): T => {
    checkArguments(statement, args);
    const ready = prepared(statement);
    try {
      return act(ready, bind(args));
    } catch (error) {
      throw translated(error);
    }
  };

  return {
    db,
    begin() {
      let over = false;
      const within = <T>(work: () => T): Promise<T> => {
        try {
          if (over) throw new Fault('transaction-over', 'A statement came after the end of its transaction.');
          return Promise.resolve(work());
        } catch (error) {
          return Promise.reject(error);
        }
      };
      return {
        tx: {
          all: <R>(statement: string, ...args: readonly Value[]) => within(() => call(statement, args, (ready, bound) => ready.all(bound).map((row) => ({ ...row }) as R))),
          get: <R>(statement: string, ...args: readonly Value[]) => within(() => call(statement, args, (ready, bound) => {
            const row = ready.get(bound);
            return row === undefined ? undefined : ({ ...row } as R);
          })),
          run: (statement, ...args) => within(() => call(statement, args, (ready, bound) => Number(ready.run(bound).changes))),
        },
        end() {
          over = true;
        },
      };
    },
    close() {
      kept.clear();
      db.close();
    },
  };
}

type Bound = string | number | bigint | null | Uint8Array;

/** By name, because `$1` bound by position fails; integers as BigInt, because node:sqlite binds every number as REAL. */
function bind(args: readonly Value[]): Record<string, Bound> {
  const bound: Record<string, Bound> = {};
  for (const [n, value] of args.entries()) bound[n + 1] = typeof value === 'number' && Number.isInteger(value) ? BigInt(value) : value;
  return bound;
}

/** SQLite's result code, extended (https://sqlite.org/rescode.html). */
export function resultCode(error: unknown): number {
  const code = (error as { errcode?: unknown } | null)?.errcode;
  return typeof code === 'number' ? code : 0;
}

function translated(error: unknown): unknown {
  if (error instanceof Fault) return error;
  const code = resultCode(error);
  const cause = `SQLite ${code}`;
  if (code === 2067 || code === 1555) return new Fault('store-duplicate', 'A unique key is taken.', cause);
  if (code === 787) return new Fault('store-reference', 'A row refers to one that is not there.', cause);
  if ((code & 0xff) === 19) return new Fault('store-constraint', 'A row breaks a constraint.', cause);
  if ((code & 0xff) === 13) return new Fault('store-full', 'The disk is full.', cause);
  if (code === 0 && (error as { code?: unknown }).code === 'ERR_OUT_OF_RANGE') return new Fault('store-range', 'An integer is too large to read.', cause);
  return new Fault('store-statement', 'A statement failed.', cause);
}
