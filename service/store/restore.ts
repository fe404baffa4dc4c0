/**
 * Puts a copy made by `backup` into an empty place, after every file of it was found whole.
 *
 *   npm run restore -- <folder> [--keys <other folder>]      settings: DATA_DIR, DATABASE_URL, KEYS_DIR, MASTER_KEY_FILE
 */
import { createReadStream, existsSync } from 'node:fs';
import { chmod, copyFile, mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import type { PoolClient } from 'pg';
import { Fault } from '../refusal.ts';
import { copyTree, databaseUrl, digest, emptyFolder, filesOf, folders, quoted, setting, sync, told, type Manifest } from './backup.ts';
import { syncFolder } from './blobs.ts';
import { openPool, prepareMarks, transact } from './postgres.ts';
import { dialect } from './statement.ts';

const PARAMETERS = 1000;

/** Every file there, none more, each with its digest. */
export async function verifyBackup(source: string): Promise<Manifest> {
  let manifest: Manifest;
  try {
    manifest = JSON.parse(await readFile(join(source, 'manifest.json'), 'utf8')) as Manifest;
  } catch {
    throw new Fault('backup-unreadable', 'The folder holds no readable manifest.json.');
  }
  if (manifest.format !== 'send-secure-backup-1') throw new Fault('backup-unreadable', 'The manifest is of another format.');
  const present = (await filesOf(source)).filter((path) => path !== 'manifest.json');
  if (present.join('\n') !== manifest.files.map((file) => file.path).sort().join('\n')) throw new Fault('backup-incomplete', 'The folder does not hold exactly the files of its manifest.');
  for (const file of manifest.files) {
    const found = await digest(join(source, file.path));
    if (found.sha256 !== file.sha256 || found.bytes !== file.bytes) throw new Fault('backup-altered', 'A file of the backup is not what its manifest says.');
  }
  return manifest;
}

export async function restore({ source, folder, url }: { readonly source: string; readonly folder: string; readonly url?: string }): Promise<Manifest> {
  const manifest = await verifyBackup(source);
  if (manifest.holds === 'keys') throw new Fault('backup-other', 'This copy holds keys, not data.');
  if ((manifest.holds === 'postgres') !== (url !== undefined)) throw new Fault('backup-other', 'This copy is of the other kind of store: see DATABASE_URL.');
  await emptyFolder(folder);
  if (url === undefined) await place(join(source, 'store.db'), join(folder, 'store.db'));
  else await fill(url, join(source, 'tables'));
  await copyTree(join(source, 'blobs'), join(folder, 'blobs'));
  for (const path of await filesOf(folder)) {
    await chmod(join(folder, path), 0o600);
    await sync(join(folder, path));
    await syncFolder(dirname(join(folder, path)));
  }
  await syncFolder(folder);
  return manifest;
}

export async function restoreKeys({ source, keys, masterKeyFile }: { readonly source: string; readonly keys: string; readonly masterKeyFile?: string }): Promise<Manifest> {
  const manifest = await verifyBackup(source);
  if (manifest.holds !== 'keys') throw new Fault('backup-other', 'This copy holds data, not keys.');
  const master = join(source, 'master.key');
  const apart = masterKeyFile !== undefined && existsSync(master) ? masterKeyFile : null;
  if (apart !== null && existsSync(apart)) throw new Fault('folder-not-empty', 'MASTER_KEY_FILE is there already.');
  await emptyFolder(keys);
  await copyTree(join(source, 'keys'), keys);
  // A master key that lies in KEYS_DIR has come with it.
  if (apart !== null && !existsSync(apart)) {
    await mkdir(dirname(apart), { recursive: true, mode: 0o700 });
    await place(master, apart);
  }
  for (const path of await filesOf(keys)) {
    await chmod(join(keys, path), 0o600);
    await sync(join(keys, path));
  }
  await syncFolder(keys);
  return manifest;
}

async function place(from: string, to: string): Promise<void> {
  await copyFile(from, to);
  await chmod(to, 0o600);
  await sync(to);
  await syncFolder(dirname(to));
}

/** All or nothing: the whole database in one transaction. */
async function fill(url: string, source: string): Promise<void> {
  const { ddl, tables } = JSON.parse(await readFile(join(source, 'schema.json'), 'utf8')) as { ddl: string[]; tables: string[] };
  const pool = openPool(url);
  try {
    await prepareMarks(pool);
    await transact(pool, 'write', async (tx, client) => {
      const found = await tx.get<{ n: number }>(`SELECT count(*) AS n FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace AND relname <> 'schema_commit'`);
      if (found?.n !== 0) throw new Fault('folder-not-empty', 'The database of DATABASE_URL is not empty.');
      for (const text of ddl) await client.query(dialect('postgres', text));
      // A migration may have filled tables by itself; the copy holds those rows too.
      for (const table of [...tables].reverse()) await client.query(`DELETE FROM ${quoted(table)}`);
      for (const table of tables) await load(client, table, join(source, `${table}.ndjson`));
    });
  } finally {
    await pool.end();
  }
}

async function load(client: PoolClient, table: string, path: string): Promise<void> {
  let columns: string[] | undefined;
  let rows: unknown[][] = [];
  const insert = async (): Promise<void> => {
    if (columns === undefined || rows.length === 0) return;
    const places = rows.map((row, r) => `(${row.map((_, c) => `$${r * row.length + c + 1}`).join(',')})`).join(',');
    await client.query(`INSERT INTO ${quoted(table)} (${columns.map(quoted).join(',')}) VALUES ${places}`, rows.flat());
    rows = [];
  };
  for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Infinity })) {
    const values = JSON.parse(line) as unknown[];
    if (columns === undefined) {
      columns = values as string[];
      continue;
    }
    rows.push(values.map(unpacked));
    if ((rows.length + 1) * columns.length > PARAMETERS) await insert();
  }
  await insert();
}

function unpacked(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? Buffer.from((value as { bytes: string }).bytes, 'base64') : value;
}

if (import.meta.main) {
  await told(async () => {
    const { values, positionals } = parseArgs({ allowPositionals: true, options: { keys: { type: 'string' } } });
    const source = positionals[0];
    if (positionals.length > 1 || (source === undefined && values.keys === undefined)) throw new Fault('usage', 'npm run restore -- <folder> [--keys <other folder>]');
    const url = databaseUrl();
    const masterKeyFile = setting('MASTER_KEY_FILE');
    const said: string[] = [];
    if (source !== undefined) {
      const put = await restore({ source, folder: folders().data, ...(url === undefined ? {} : { url }) });
      said.push(`data: ${put.files.length} files verified and put in place`);
    }
    if (values.keys !== undefined) {
      const put = await restoreKeys({ source: values.keys, keys: folders().keys, ...(masterKeyFile === undefined ? {} : { masterKeyFile }) });
      said.push(`keys: ${put.files.length} files verified and put in place`);
    }
    return said.join('\n');
  });
}
