/**
 * What both drivers hold true of a statement: its arguments, its dialect, its bad news, and that no change is silent.
 */
import { Fault } from '../refusal.ts';
import type { Tx, Value } from './store.ts';

export type Engine = 'sqlite' | 'postgres';

const arities = new Map<string, number>();
const LITERALS = /'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\//g;

/** How many arguments `$1 … $n` ask for. */
export function arity(statement: string): number {
  let count = arities.get(statement);
  if (count !== undefined) return count;
  const asked = new Set([...statement.replace(LITERALS, ' ').matchAll(/\$(\d+)/g)].map((found) => Number(found[1])));
  count = asked.size;
  for (let n = 1; n <= count; n++) if (!asked.has(n)) throw new Fault('statement-arguments', 'A statement leaves a gap in its numbered arguments.');
  arities.set(statement, count);
  return count;
}

/** A missing argument would silently be NULL on SQLite, and a NUL character is text on one engine and an error on the other. */
export function checkArguments(statement: string, args: readonly Value[]): void {
  if (args.length !== arity(statement)) throw new Fault('statement-arguments', 'A statement was given a wrong number of arguments.');
  for (const value of args) {
    const fits = typeof value === 'string' ? !value.includes('\0')
      : typeof value === 'number' ? Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value))
      : value === null || value instanceof Uint8Array;
    if (!fits) throw new Fault('statement-arguments', 'A statement was given a value the store does not hold.');
  }
}

/** Portable DDL in the engine's words. Text compares by code unit on both, so that cursors and ranges agree. */
export function dialect(engine: Engine, ddl: string): string {
  const table = /^\s*CREATE\s+TABLE\b/i.test(ddl);
  if (engine === 'sqlite') {
    const text = ddl.replaceAll('{int}', 'INTEGER').replaceAll('{bytes}', 'BLOB').trimEnd();
    return table && !/\bSTRICT$/i.test(text) ? `${text} STRICT` : text;
  }
  const text = ddl.replaceAll('{int}', 'bigint').replaceAll('{bytes}', 'bytea');
  return table || /^\s*ALTER\s+TABLE\b/i.test(ddl) ? text.replace(/\bTEXT\b/g, 'text COLLATE "C"') : text;
}

/** Only code, place and constants cross: an engine's message or a parser's may quote a value. */
export interface PlainFault {
  readonly code: string;
  readonly message: string;
  readonly cause?: string;
}

export function plainFault(error: unknown): PlainFault {
  if (error instanceof Fault) {
    return error.cause === undefined ? { code: error.code, message: error.message } : { code: error.code, message: error.message, cause: causeText(error.cause) };
  }
  return { code: 'operation-failed', message: 'An operation of the store failed.', cause: causeText(error) };
}

function causeText(cause: unknown): string {
  if (typeof cause === 'string') return cause;
  if (!(cause instanceof Error)) return 'unknown';
  const frames = (cause.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line)).slice(0, 6).map((line) => line.trim());
  return [cause.name, ...frames].join(' ');
}

export function rebuilt(plain: PlainFault): Fault {
  return new Fault(plain.code, plain.message, plain.cause);
}

const CHANGING = /^\s*(?:INSERT|UPDATE|DELETE|REPLACE)\b|^\s*WITH\b[\s\S]*\b(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM)\b/i;
const NOTING = /\bINSERT\s+INTO\s+event\b/i;

/** Counts what an operation changes and whether it noted an event of it. */
export function watched(tx: Tx): { readonly tx: Tx; silent(): boolean } {
  let changed = 0;
  let noted = 0;
  const count = (statement: string, rows: number): void => {
    if (!CHANGING.test(statement)) return;
    changed += rows;
    if (NOTING.test(statement)) noted += rows;
  };
  return {
    tx: {
      async all<R>(statement: string, ...args: readonly Value[]): Promise<R[]> {
        const rows = await tx.all<R>(statement, ...args);
        count(statement, rows.length);
        return rows;
      },
      async get<R>(statement: string, ...args: readonly Value[]): Promise<R | undefined> {
        const row = await tx.get<R>(statement, ...args);
        count(statement, row === undefined ? 0 : 1);
        return row;
      },
      async run(statement, ...args) {
        const rows = await tx.run(statement, ...args);
        count(statement, rows);
        return rows;
      },
    },
    silent: () => changed > 0 && noted === 0,
  };
}

export function silentChange(): Fault {
  return new Fault('silent-change', 'An operation changed rows and noted no event.');
}
