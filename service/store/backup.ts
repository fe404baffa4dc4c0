/**
 * A consistent copy of the data, beside a running service if need be: database first, then blobs, which are written before
 * the rows that name them. All of it is ciphertext; the keys are copied only when asked for, and never into the same folder.
 *
 *   npm run backup -- <folder> [--keys <other folder>]      settings: DATA_DIR, DATABASE_URL, KEYS_DIR, MASTER_KEY_FILE
 */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync, readFileSync } from 'node:fs';
import { chmod, copyFile, mkdir, open, readdir, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { DatabaseSync, backup } from 'node:sqlite';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import type { PoolClient } from 'pg';
import { Fault } from '../refusal.ts';
import { syncFolder } from './blobs.ts';
import { history } from './migrate.ts';
import { openPool, transact } from './postgres.ts';
import type { Tx, Value } from './store.ts';

export interface Manifest {
  readonly format: 'send-secure-backup-1';
  readonly holds: 'sqlite' | 'postgres' | 'keys';
  readonly time: number;
  readonly files: readonly { readonly path: string; readonly bytes: number; readonly sha256: string }[];
}

const PAGE = 500;
/** in the data folder */
const LAST = 'backup.json';

export async function backUp({ folder, url, target, now }: { readonly folder: string; readonly url?: string; readonly target: string; readonly now: number }): Promise<Manifest> {
  await emptyFolder(target);
  if (url === undefined) await copyDatabase(join(folder, 'store.db'), join(target, 'store.db'));
  else await dump(url, join(target, 'tables'));
  await copyTree(join(folder, 'blobs'), join(target, 'blobs'), (path) => !path.startsWith('arriving'));
  const made = await writeManifest(target, url === undefined ? 'sqlite' : 'postgres', now);
  // For the log, which a backup cannot write to: a service may be running beside it.
  if (existsSync(folder)) await writeFile(join(folder, LAST), JSON.stringify({ time: now, holds: made.holds, files: made.files.length, bytes: made.files.reduce((sum, f) => sum + f.bytes, 0) } satisfies LastBackup), { mode: 0o600 });
  return made;
}

export interface LastBackup {
  readonly time: number;
  readonly holds: Manifest['holds'];
  readonly files: number;
  readonly bytes: number;
}

/** The newest backup that was made of this data folder; null without any, or where its word is broken. */
export function lastBackup(folder: string): LastBackup | null {
  try {
    const { time, holds, files, bytes } = JSON.parse(readFileSync(join(folder, LAST), 'utf8')) as LastBackup;
    return [time, files, bytes].every((n) => Number.isSafeInteger(n) && n >= 0) && (holds === 'sqlite' || holds === 'postgres') ? { time, holds, files, bytes } : null;
  } catch {
    return null;
  }
}

/** Whoever holds this copy and a copy of the data can read it, and an epoch destroyed later lives on here: keep it elsewhere, and not for long. */
export async function backUpKeys({ keys, masterKeyFile, target, beside, now }: { readonly keys: string; readonly masterKeyFile?: string; readonly target: string; readonly beside?: string; readonly now: number }): Promise<Manifest> {
  apart(target, beside);
  if (!(existsSync(keys) && (await filesOf(keys)).length > 0)) throw new Fault('backup-nothing', 'KEYS_DIR holds no keys.');
  await emptyFolder(target);
  await copyTree(keys, join(target, 'keys'));
  if (masterKeyFile !== undefined) await copyFile(masterKeyFile, join(target, 'master.key'));
  return await writeManifest(target, 'keys', now);
}

async function copyDatabase(from: string, to: string): Promise<void> {
  if (!existsSync(from)) throw new Fault('backup-nothing', 'DATA_DIR holds no database.');
  const source = new DatabaseSync(from, { readOnly: true, timeout: 10_000 });
  try {
    // The open read transaction keeps one snapshot: a write of another connection starts a copy again (https://sqlite.org/backup.html).
    source.exec('BEGIN');
    source.prepare('SELECT count(*) FROM sqlite_schema').get();
    await backup(source, to, { rate: 200 });
  } finally {
    source.close();
  }
  // The copy must open without a log beside it.
  const copy = new DatabaseSync(to);
  const found = copy.prepare('PRAGMA quick_check(1)').get() as { quick_check?: unknown } | undefined;
  copy.exec('PRAGMA journal_mode=DELETE');
  copy.close();
  if (found?.quick_check !== 'ok') throw new Fault('backup-broken', 'The copied database does not pass its check.');
}

/** One snapshot of every table: `schema.json` with the DDL, one file of JSON lines per table, parents before children. */
async function dump(url: string, target: string): Promise<void> {
  await mkdir(target, { mode: 0o700 });
  const pool = openPool(url);
  try {
    await transact(pool, 'read', async (tx, client) => {
      const tables = await tablesInOrder(tx);
      await writeFile(join(target, 'schema.json'), JSON.stringify({ ddl: await history(tx), tables }));
      for (const table of tables) await pipeline(Readable.from(lines(client, table)), createWriteStream(join(target, `${table}.ndjson`), { mode: 0o600 }));
    });
  } finally {
    await pool.end();
  }
}

async function* lines(client: PoolClient, table: string): AsyncGenerator<string> {
  await client.query(`DECLARE copying NO SCROLL CURSOR FOR SELECT * FROM ${quoted(table)}`);
  for (let first = true; ; first = false) {
    const { fields, rows } = await client.query<Record<string, Value>>(`FETCH ${PAGE} FROM copying`);
    if (first) yield `${JSON.stringify(fields.map((field) => field.name))}\n`;
    if (rows.length === 0) break;
    yield rows.map((row) => `${oneLine(JSON.stringify(fields.map((field) => packed(row[field.name] ?? null))))}\n`).join('');
  }
  await client.query('CLOSE copying');
}

function packed(value: Value): unknown {
  return value instanceof Uint8Array ? { bytes: Buffer.from(value).toString('base64') } : value;
}

/** A reader of lines also ends one at these two, and JSON leaves them as they are. */
function oneLine(json: string): string {
  return json.replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029');
}

export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

async function tablesInOrder(tx: Tx): Promise<string[]> {
  const tables = await tx.all<{ name: string }>(`SELECT c.relname AS name FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace AND c.relname <> 'schema_commit' ORDER BY 1`);
  const links = await tx.all<{ child: string; parent: string }>(`SELECT a.relname AS child, b.relname AS parent FROM pg_constraint k JOIN pg_class a ON a.oid = k.conrelid JOIN pg_class b ON b.oid = k.confrelid
    WHERE k.contype = 'f' AND k.connamespace = current_schema()::regnamespace AND a.oid <> b.oid`);
  const ordered: string[] = [];
  const add = (name: string, below: readonly string[]): void => {
    if (ordered.includes(name)) return;
    if (below.includes(name)) throw new Fault('backup-circle', 'Tables refer to each other in a circle.');
    for (const link of links) if (link.child === name) add(link.parent, [...below, name]);
    ordered.push(name);
  };
  for (const { name } of tables) add(name, []);
  return ordered;
}

export async function emptyFolder(target: string): Promise<void> {
  await mkdir(target, { recursive: true, mode: 0o700 });
  if ((await readdir(target)).length > 0) throw new Fault('folder-not-empty', 'The target folder is not empty.');
}

export async function copyTree(from: string, to: string, wanted: (path: string) => boolean = () => true): Promise<void> {
  await mkdir(to, { recursive: true, mode: 0o700 });
  if (!existsSync(from)) return;
  for (const path of (await filesOf(from)).filter(wanted)) {
    await mkdir(dirname(join(to, path)), { recursive: true, mode: 0o700 });
    await copyFile(join(from, path), join(to, path)).catch((error: unknown) => {
      // Disposed of while we copied: its key is gone too.
      if ((error as { code?: unknown }).code !== 'ENOENT') throw error;
    });
  }
}

export async function filesOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/')).sort();
}

export async function digest(path: string): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  return { bytes, sha256: hash.digest('hex') };
}

async function writeManifest(target: string, holds: Manifest['holds'], time: number): Promise<Manifest> {
  const files: Manifest['files'][number][] = [];
  for (const path of await filesOf(target)) {
    await chmod(join(target, path), 0o600);
    await sync(join(target, path));
    files.push({ path, ...(await digest(join(target, path))) });
  }
  const manifest: Manifest = { format: 'send-secure-backup-1', holds, time, files };
  await writeFile(join(target, 'manifest.json'), `${JSON.stringify(manifest, null, 1)}\n`, { mode: 0o600, flush: true });
  await syncFolder(target);
  return manifest;
}

export async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r+');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function apart(keys: string, data: string | undefined): void {
  if (data !== undefined && (within(keys, data) || within(data, keys))) throw new Fault('keys-beside-data', 'Keys and data must not be copied into the same folder.');
}

function within(inner: string, outer: string): boolean {
  return `${resolve(inner)}${sep}`.startsWith(`${resolve(outer)}${sep}`);
}

export function setting(name: string): string | undefined {
  return process.env[name] === '' ? undefined : process.env[name];
}

export function databaseUrl(): string | undefined {
  const file = setting('DATABASE_URL_FILE');
  if (file === undefined) return setting('DATABASE_URL');
  try { return readFileSync(file, 'utf8').trim(); } catch (cause) { throw new Fault('setting-wrong', 'Setting DATABASE_URL_FILE names a file that cannot be read', cause); }
}

/** As the service itself reads them. */
export function folders(): { readonly data: string; readonly keys: string } {
  const data = resolve(setting('DATA_DIR') ?? 'data');
  return { data, keys: resolve(setting('KEYS_DIR') ?? `${data}-keys`) };
}

/** One clear line instead of a stack: faults have constant messages. */
export async function told(work: () => Promise<string>): Promise<void> {
  try {
    process.stdout.write(`${await work()}\n`);
  } catch (error) {
    process.exitCode = 1;
    process.stderr.write(`${error instanceof Fault ? `${error.code}: ${error.message}` : String(error)}\n`);
  }
}

if (import.meta.main) {
  await told(async () => {
    const { values, positionals } = parseArgs({ allowPositionals: true, options: { keys: { type: 'string' } } });
    const target = positionals[0];
    if (positionals.length > 1 || (target === undefined && values.keys === undefined)) throw new Fault('usage', 'npm run backup -- <folder> [--keys <other folder>]');
    const now = Date.now();
    const url = databaseUrl();
    const masterKeyFile = setting('MASTER_KEY_FILE');
    const said: string[] = [];
    if (target !== undefined && values.keys !== undefined) apart(values.keys, target);
    // Data first: a key that is made in between is then in the copy that needs it.
    if (target !== undefined) {
      const copied = await backUp({ folder: folders().data, target, now, ...(url === undefined ? {} : { url }) });
      said.push(`data: ${copied.files.length} files, ${copied.files.reduce((sum, file) => sum + file.bytes, 0)} bytes`);
    }
    if (values.keys !== undefined) {
      const copied = await backUpKeys({ keys: folders().keys, target: values.keys, now, ...(masterKeyFile === undefined ? {} : { masterKeyFile }), ...(target === undefined ? {} : { beside: target }) });
      said.push(`keys: ${copied.files.length} files`);
    }
    return said.join('\n');
  });
}
