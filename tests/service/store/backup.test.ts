import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { backUpKeys } from '../../../service/store/backup.ts';
import { openBlobs } from '../../../service/store/blobs.ts';
import { restore, restoreKeys, verifyBackup } from '../../../service/store/restore.ts';
import { onEveryEngine } from './engines.ts';
import type * as Ledger from './ledger.sql.ts';

const rooms = { ledger: new URL('./ledger.sql.ts', import.meta.url) };
const run = promisify(execFile);
let target: string;

beforeEach(() => {
  target = mkdtempSync(join(tmpdir(), 'send-secure-backup-'));
});
afterEach(() => rmSync(target, { recursive: true, force: true }));

onEveryEngine((ground) => {
  async function filled() {
    const at = await ground.place();
    const store = await ground.open(rooms, { at });
    const { write } = store.room<typeof Ledger>('ledger');
    await write.put({ id: 'line\u2028end "quoted" \\ ü\n', n: 7, body: Uint8Array.from([0, 1, 255]) });
    await write.put({ id: 'child', n: 8, parent: 'line\u2028end "quoted" \\ ü\n' });
    for (let n = 0; n < 30; n++) await write.several({ ids: Array.from({ length: 40 }, (_, k) => `many-${n}-${k}`) });
    await (await openBlobs({ folder: join(at.folder, 'blobs') })).put('blob-1', Readable.from([Buffer.from('ciphertext')]));
    return { at, store, write };
  }

  test('a copy made beside a busy service is one consistent moment; restored, it is a working store', async () => {
    const { at, store, write } = await filled();
    // large enough for writes to fall between the copy's steps
    await Promise.all(Array.from({ length: 100 }, (_, n) => write.put({ id: `large-${n}`, n: 0, body: new Uint8Array(200_000) })));
    const ending = new AbortController();
    const lanes = [0, 1, 2].map(async (lane) => {
      for (let n = 0; !ending.signal.aborted; n++) await write.several({ ids: [`left-${lane}-${n}`, `right-${lane}-${n}`] });
    });
    await store.backup(target);
    ending.abort();
    await Promise.all(lanes);
    expect(statSync(join(target, 'manifest.json')).mode & 0o777).toBe(0o600);
    expect(readdirSync(target)).not.toContain('keys');

    const place = await ground.place();
    await restore({ source: target, ...place });
    const again = await ground.open(rooms, { at: place });
    const { read, write: writeAgain } = again.room<typeof Ledger>('ledger');
    expect(await read.get({ id: 'line\u2028end "quoted" \\ ü\n' })).toStrictEqual({ id: 'line\u2028end "quoted" \\ ü\n', n: 7, body: Uint8Array.from([0, 1, 255]), parent: null });
    const count = (await read.count())?.entries ?? 0;
    expect(count).toBeGreaterThanOrEqual(1302);
    expect(count % 2).toBe(0);
    await writeAgain.put({ id: 'after', n: 1 });
    const blob = await (await openBlobs({ folder: join(place.folder, 'blobs') })).get('blob-1');
    expect(String(Buffer.concat(await blob.toArray()))).toBe('ciphertext');
    expect(at.folder).not.toBe(place.folder);
  });

  test('an altered, missing or added file, a full folder, a full place: refused', async () => {
    const { at, store } = await filled();
    await store.backup(target);
    await expect(store.backup(target)).rejects.toMatchObject({ code: 'folder-not-empty' });
    await expect(restore({ source: target, ...at })).rejects.toMatchObject({ code: 'folder-not-empty' });
    const place = await ground.place();
    const blob = join(target, (await verifyBackup(target)).files.find((file) => file.path.endsWith('blob-1'))?.path ?? '');
    appendFileSync(blob, 'x');
    await expect(restore({ source: target, ...place })).rejects.toMatchObject({ code: 'backup-altered' });
    rmSync(blob);
    await expect(restore({ source: target, ...place })).rejects.toMatchObject({ code: 'backup-incomplete' });
    writeFileSync(blob, 'ciphertext');
    writeFileSync(join(target, 'more'), '');
    await expect(restore({ source: target, ...place })).rejects.toMatchObject({ code: 'backup-incomplete' });
    rmSync(join(target, 'more'));
    await restore({ source: target, ...place });
  });

  test('the two commands', async () => {
    const { at } = await filled();
    const keys = join(target, 'in', 'keys');
    mkdirSync(keys, { recursive: true });
    writeFileSync(join(keys, '2026-11'), 'wrapped');
    writeFileSync(join(target, 'in', 'master.key'), 'master');
    const command = async (file: string, args: string[], env: Record<string, string | undefined>) => await run(process.execPath, [fileURLToPath(new URL(`../../../service/store/${file}.ts`, import.meta.url)), ...args], { env: { PATH: process.env['PATH'], ...env } });
    const settings = { DATA_DIR: at.folder, DATABASE_URL: at.url, KEYS_DIR: keys, MASTER_KEY_FILE: join(target, 'in', 'master.key') };
    const { stdout } = await command('backup', [join(target, 'data'), '--keys', join(target, 'apart')], settings);
    expect(stdout).toMatch(/^data: \d+ files, \d+ bytes\nkeys: 2 files\n$/);
    const place = await ground.place();
    await command('restore', [join(target, 'data'), '--keys', join(target, 'apart')], { DATA_DIR: place.folder, DATABASE_URL: place.url, KEYS_DIR: join(target, 'out', 'keys'), MASTER_KEY_FILE: join(target, 'out', 'master.key') });
    const { read } = (await ground.open(rooms, { at: place })).room<typeof Ledger>('ledger');
    expect((await read.count())?.entries).toBe(1202);
    expect(readFileSync(join(target, 'out', 'keys', '2026-11'), 'utf8')).toBe('wrapped');
    expect(readFileSync(join(target, 'out', 'master.key'), 'utf8')).toBe('master');
    await expect(command('backup', [join(target, 'more')], { DATA_DIR: join(target, 'empty') })).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining('DATA_DIR holds no database.') });
    await expect(command('backup', [join(target, 'again'), '--keys', join(target, 'none')], { ...settings, KEYS_DIR: join(target, 'elsewhere') })).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining('KEYS_DIR holds no keys.') });
    expect(existsSync(join(target, 'none'))).toBe(false);
    if (at.url !== undefined) {
      writeFileSync(join(target, 'in', 'url'), `${at.url}\n`);
      const { stdout: filed } = await command('backup', [join(target, 'filed')], { DATA_DIR: at.folder, DATABASE_URL_FILE: join(target, 'in', 'url') });
      expect(filed).toMatch(/^data: /);
      expect((await verifyBackup(join(target, 'filed'))).holds).toBe('postgres');
    }
    await expect(command('backup', [], {})).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining('npm run backup') });
    await expect(command('restore', [join(target, 'nowhere')], settings)).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining('manifest.json') });
  });
});

test('keys never lie beside the data', async () => {
  const keys = join(target, 'keys');
  mkdirSync(keys);
  writeFileSync(join(keys, '2026-11'), 'wrapped');
  const data = join(target, 'data');
  for (const [into, beside] of [[data, data], [join(data, 'keys'), data], [data, join(data, 'more')]] as const) {
    await expect(backUpKeys({ keys, target: into, beside, now: 1 })).rejects.toMatchObject({ code: 'keys-beside-data' });
  }
  expect(existsSync(data)).toBe(false);
  await backUpKeys({ keys, target: join(target, 'apart'), beside: data, now: 1 });
  await expect(restore({ source: join(target, 'apart'), folder: join(target, 'x') })).rejects.toMatchObject({ code: 'backup-other' });
  await restoreKeys({ source: join(target, 'apart'), keys: join(target, 'back') });
  expect(readFileSync(join(target, 'back', '2026-11'), 'utf8')).toBe('wrapped');
});
