import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openStore, type Store } from '../../../service/store/store.ts';
import { until } from '../../until.ts';
import type * as Trouble from './fixtures/trouble.sql.ts';
import type * as Ledger from './ledger.sql.ts';

const rooms = { ledger: new URL('./ledger.sql.ts', import.meta.url), trouble: new URL('./fixtures/trouble.sql.ts', import.meta.url) };
let folder: string;
const stores: Store[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'send-secure-store-'));
});
afterEach(async () => {
  for (const store of stores.splice(0)) await store.close();
  rmSync(folder, { recursive: true, force: true });
});

async function open(): Promise<Store> {
  const store = await openStore({ folder, rooms, world: { now: Date.now } });
  stores.push(store);
  return store;
}
const code = (name: string) => expect.objectContaining({ code: name });

test('writes that arrive together share a commit', async () => {
  const store = await open();
  const { write } = store.room<typeof Ledger>('ledger');
  await Promise.all(Array.from({ length: 300 }, (_, n) => write.put({ id: `a${n}`, n })));
  const { commits, batch_largest } = store.figures();
  expect(commits).toBeLessThan(150);
  expect(batch_largest).toBeGreaterThan(1);
});

test('a COMMIT that fails rejects its whole batch and turns ready off, until one succeeds', async () => {
  const store = await open();
  const { write, read } = store.room<typeof Trouble>('trouble');
  await write.put({ id: 'before' });
  const seen: (string | undefined)[] = [];
  const outcomes = await Promise.all([write.put({ id: 'orphan', parent: 'nobody' }), ...Array.from({ length: 60 }, (_, n) => write.put({ id: `a${n}` }))].map((asked) =>
    asked.then(() => 'ok', (error: { code: string }) => {
      seen.push(store.ready().code);
      return error.code;
    })));
  expect(outcomes[0]).toBe('commit-failed');
  expect(seen[0]).toBe('commit-failed');
  // what was rejected is absent, what was acknowledged is present
  for (const [n, outcome] of outcomes.slice(1).entries()) expect(await read.has({ id: `a${n}` })).toBe(outcome === 'ok');
  expect(await read.has({ id: 'orphan' })).toBe(false);
  await write.put({ id: 'after' });
  expect(store.ready()).toEqual({ ok: true });
});

test('a store that could not write looks by itself whether it can again', async () => {
  const store = await open();
  await expect(store.room<typeof Trouble>('trouble').write.put({ id: 'orphan', parent: 'nobody' })).rejects.toEqual(code('commit-failed'));
  expect(store.ready()).toEqual({ ok: false, code: 'commit-failed' });
  await expect.poll(() => store.ready()).toEqual({ ok: true });
});

test('a full disk rejects the batch; room made, writing goes on', async () => {
  const store = await open();
  const { write, read } = store.room<typeof Trouble>('trouble');
  await write.put({ id: 'before' });
  await write.fill();
  const outcomes = await Promise.all(['small', 'large', 'small too'].map((id) =>
    write.put({ id, bytes: id === 'large' ? 2_000_000 : 10 }).then(() => 'ok', (error: { code: string }) => error.code)));
  expect(outcomes[1]).toMatch(/^(?:commit-failed|store-full)$/);
  for (const [n, id] of ['small', 'large', 'small too'].entries()) expect(await read.has({ id })).toBe(outcomes[n] === 'ok');
  await write.empty();
  await write.put({ id: 'large', bytes: 2_000_000 });
  expect(await read.has({ id: 'large' })).toBe(true);
  expect(store.ready()).toEqual({ ok: true });
});

test('an operation that awaits anything but its transaction is taken back, and the writer lives', async () => {
  const store = await open();
  const { write, read } = store.room<typeof Trouble>('trouble');
  const outcomes = await Promise.allSettled([write.put({ id: 'a' }), write.waits({ id: 'w' }), write.put({ id: 'b' })]);
  expect(outcomes.map((outcome) => outcome.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(outcomes[1]).toMatchObject({ reason: code('operation-awaits') });
  await new Promise((resolve) => setTimeout(resolve, 30));
  for (const id of ['w', 'w later']) expect(await read.has({ id })).toBe(false);
  await write.put({ id: 'c' });
});

test('a transaction cannot be used after its end', async () => {
  const { write, read } = (await open()).room<typeof Trouble>('trouble');
  await write.escapes();
  await expect(write.afterwards()).rejects.toEqual(code('transaction-over'));
  expect(await read.has({ id: 'escaped' })).toBe(false);
});

test('an answer that cannot cross threads fails alone', async () => {
  const { write } = (await open()).room<typeof Trouble>('trouble');
  const outcomes = await Promise.allSettled([write.put({ id: 'a' }), write.function(), write.put({ id: 'b' })]);
  expect(outcomes.map((outcome) => outcome.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(outcomes[1]).toMatchObject({ reason: code('result-not-cloneable') });
});

test('a writer that dies rejects what waits and turns ready off', async () => {
  const store = await open();
  const { write } = store.room<typeof Trouble>('trouble');
  await expect(write.exits()).rejects.toEqual(code('store-stopped'));
  await expect(write.put({ id: 'a' })).rejects.toEqual(code('store-stopped'));
  expect(store.ready()).toEqual({ ok: false, code: 'store-stopped' });
});

test('pragmas and modes are those promised', async () => {
  const store = await open();
  await store.room<typeof Trouble>('trouble').write.put({ id: 'a' });
  for (const file of ['store.db', 'store.db-wal', 'store.lock']) expect(statSync(join(folder, file)).mode & 0o777, file).toBe(0o600);
  await store.close();
  const db = new DatabaseSync(join(folder, 'store.db'), { readOnly: true });
  const pragma = (name: string) => Object.values(db.prepare(`PRAGMA ${name}`).get() ?? {})[0];
  expect([pragma('journal_mode'), pragma('page_size'), pragma('auto_vacuum')]).toEqual(['wal', 8192, 2]);
  expect(db.prepare("SELECT strict FROM pragma_table_list WHERE name = 'thing'").get()).toMatchObject({ strict: 1 });
  db.close();
});

test('close folds the log back', async () => {
  const store = await open();
  await store.room<typeof Trouble>('trouble').write.put({ id: 'a', bytes: 100_000 });
  await store.close();
  expect(statSync(join(folder, 'store.db-wal'), { throwIfNoEntry: false })?.size ?? 0).toBe(0);
});

test('the log is folded back although writes never rest: what was erased does not stay in it', async () => {
  const { write } = (await open()).room<typeof Trouble>('trouble');
  await write.put({ id: 'erased-soon' });
  const holds = (file: string) => readFileSync(join(folder, file)).includes('erased-soon');
  // Ten a second.
  let n = 0;
  await until('the log folded back', async () => {
    // Looked at before the next write brings its page into the log again.
    if (!holds('store.db-wal')) return true;
    await write.put({ id: `other-${n += 1}` });
    return false;
  }, { every: 100 });
  expect(holds('store.db'), 'where it was folded to').toBe(true);
});

test('two services cannot share a folder', async () => {
  await open();
  await expect(open()).rejects.toEqual(code('data-folder-in-use'));
  const child = spawn(process.execPath, [fileURLToPath(new URL('./crash.child.ts', import.meta.url)), folder, 'x'], { stdio: ['ignore', 'pipe', 'inherit'] });
  expect(await said(child.stdout)).toBe('refused data-folder-in-use\n');
});

test('kill -9 loses nothing that was acknowledged', async () => {
  const acknowledged: string[] = [];
  for (let cycle = 0; cycle < 10; cycle++) {
    const child = spawn(process.execPath, [fileURLToPath(new URL('./crash.child.ts', import.meta.url)), folder, `c${cycle}`], { stdio: ['ignore', 'pipe', 'inherit'] });
    // At a moment nobody chose, a little later each time.
    let heard = 0;
    child.stdout.on('data', (chunk: Buffer) => { heard += chunk.toString().split('\n').length - 1; if (heard > 12 + cycle * 2) child.kill('SIGKILL'); });
    const lines = (await said(child.stdout)).split('\n');
    acknowledged.push(...lines.slice(0, -1));
  }
  expect(acknowledged.length).toBeGreaterThan(100);
  expect(acknowledged.filter((line) => line.startsWith('refused'))).toEqual([]);
  await (await open()).close();
  const db = new DatabaseSync(join(folder, 'store.db'), { readOnly: true });
  const present = new Set(db.prepare('SELECT id FROM entry').all().map((row) => row['id']));
  expect(acknowledged.filter((id) => !present.has(id))).toEqual([]);
  // no half operation: each row has its event
  expect(db.prepare("SELECT count(*) AS n FROM entry LEFT JOIN event ON event.id = 'evt_' || entry.id WHERE event.id IS NULL").get()).toMatchObject({ n: 0 });
  expect(db.prepare('PRAGMA integrity_check').get()).toMatchObject({ integrity_check: 'ok' });
  db.close();
});

async function said(stream: NodeJS.ReadableStream): Promise<string> {
  let text = '';
  for await (const chunk of stream) text += String(chunk);
  return text;
}
