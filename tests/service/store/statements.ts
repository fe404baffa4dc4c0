/**
 * Every statement of every room, prepared on an engine, its plan read. A statement that reads a table without an index is a
 * finding unless it carries a SCAN comment with a reason (`ALLOWED`).
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Client } from 'pg';
import { arity, dialect } from '../../../service/store/statement.ts';
import type { Migration, RoomSql } from '../../../service/store/store.ts';

export interface Finding {
  readonly statement: string;
  readonly what: string;
}
/** A file of statements only is a part of a room whose door holds the tables. */
export type Rooms = { readonly [file: string]: Pick<RoomSql, 'statements'> & Partial<Pick<RoomSql, 'migrations'>> };

export async function roomsOf(folder: string): Promise<Rooms> {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.sql.ts')).sort();
  return Object.fromEntries(await Promise.all(files.map(async (file) => [file, (await import(join(folder, file))) as RoomSql] as const)));
}

const ALLOWED = /\/\*\+SCAN\s+\S[^*]*\*\//;

/** A table may refer to one of a room that comes later in the alphabet: go round until nothing more fits. */
async function build(rooms: Rooms, run: (ddl: string) => unknown): Promise<Finding[]> {
  let waiting = Object.entries(rooms).map(([file, { migrations = [] }]) => ({ file, left: migrations.flatMap((migration: Migration) => [...migration.ddl]), error: '' }));
  for (let before = Infinity; ;) {
    for (const room of waiting) {
      try {
        while (room.left.length > 0) {
          await run(room.left[0] ?? '');
          room.left.shift();
        }
      } catch (error) {
        room.error = (error as Error).message;
      }
    }
    waiting = waiting.filter((room) => room.left.length > 0);
    const left = waiting.reduce((sum, room) => sum + room.left.length, 0);
    if (left === 0 || left === before) return waiting.map((room) => ({ statement: `${room.file} migrations`, what: room.error }));
    before = left;
  }
}

const each = (rooms: Rooms) => Object.entries(rooms).flatMap(([file, { statements }]) => Object.entries(statements).map(([name, text]) => ({ name: `${file} ${name}`, text })));

export async function sqliteFindings(rooms: Rooms): Promise<Finding[]> {
  const db = new DatabaseSync(':memory:');
  try {
    const findings = await build(rooms, (ddl) => db.exec(dialect('sqlite', ddl)));
    for (const { name, text } of each(rooms)) {
      try {
        arity(text);
        const plan = db.prepare(`EXPLAIN QUERY PLAN ${text}`).all().map((row) => String(row['detail']));
        const named = new Set([...text.matchAll(/(?:\bWITH(?:\s+RECURSIVE)?|,)\s*(\w+)\s*(?:\([^()]*\)\s*)?AS\s*(?:NOT\s+MATERIALIZED\s*|MATERIALIZED\s*)?\(|\)\s*AS\s+(\w+)/gi)].map((found) => found[1] ?? found[2]));
        // an alias hides the table's name; what is not a table is a CTE, a subquery or a list of values
        const scans = plan.filter((line) => line.startsWith('SCAN ') && !/ USING (?:COVERING )?INDEX | VIRTUAL TABLE |^SCAN (?:CONSTANT ROW|\(subquery|\d+ CONSTANT ROWS|\d+-ROW VALUES)/.test(line) && !named.has(line.split(' ')[1]));
        if (scans.length > 0 && !ALLOWED.test(text)) findings.push({ statement: name, what: scans.join('; ') });
      } catch (error) {
        findings.push({ statement: name, what: (error as Error).message });
      }
    }
    return findings;
  } finally {
    db.close();
  }
}

export async function postgresFindings(rooms: Rooms, url: string): Promise<Finding[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const findings = await build(rooms, (ddl) => client.query(dialect('postgres', ddl)));
    await client.query('SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off');
    for (const { name, text } of each(rooms)) {
      try {
        await client.query(`PREPARE looked_at AS ${text.replaceAll('/*+SKIP*/', 'FOR UPDATE SKIP LOCKED')}`);
        const count = arity(text);
        const { rows } = await client.query<{ 'QUERY PLAN': string }>(`EXPLAIN EXECUTE looked_at${count === 0 ? '' : `(${Array.from({ length: count }, () => 'NULL').join(',')})`}`);
        await client.query('DEALLOCATE looked_at');
        const scans = rows.map((row) => row['QUERY PLAN'].trim()).filter((line) => /\bSeq Scan\b/.test(line));
        if (scans.length > 0 && !ALLOWED.test(text)) findings.push({ statement: name, what: scans.join('; ') });
      } catch (error) {
        findings.push({ statement: name, what: (error as Error).message });
        await client.query('DEALLOCATE ALL');
      }
    }
    return findings;
  } finally {
    await client.end();
  }
}
