import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openBlobs } from '../../../service/store/blobs.ts';

let root: string;
let folder: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'send-secure-blobs-'));
  folder = join(root, 'blobs');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

async function bytesOf(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

test.each([0, 1, 65_536, 3_000_000])('%i bytes come back as they went, whole and in ranges', async (length) => {
  const blobs = await openBlobs({ folder });
  const bytes = randomBytes(length);
  expect(await blobs.put('msg_0192-ab', Readable.from([bytes.subarray(0, 7), bytes.subarray(7)]))).toBe(length);
  expect(await blobs.size('msg_0192-ab')).toBe(length);
  expect((await bytesOf(await blobs.get('msg_0192-ab'))).equals(bytes)).toBe(true);
  for (const [start, end] of [[0, 1], [5, 70_000], [length >> 1, undefined]] as const) {
    expect((await bytesOf(await blobs.get('msg_0192-ab', { start, ...(end === undefined ? {} : { end }) }))).equals(bytes.subarray(start, end))).toBe(true);
  }
});

test('only the owner may read; a put replaces; delete is final and may be repeated; list names all', async () => {
  const blobs = await openBlobs({ folder });
  for (const id of ['aaaa', 'bbbb', 'cc-cc_1']) await blobs.put(id, Readable.from([Buffer.from(id)]));
  await blobs.put('aaaa', Readable.from([Buffer.from('again')]));
  expect(String(await bytesOf(await blobs.get('aaaa')))).toBe('again');
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    expect(statSync(join(entry.parentPath, entry.name)).mode & 0o777).toBe(entry.isDirectory() ? 0o700 : 0o600);
  }
  const ids = async () => {
    const found: string[] = [];
    for await (const id of blobs.list()) found.push(id);
    return found.sort();
  };
  expect(await ids()).toEqual(['aaaa', 'bbbb', 'cc-cc_1']);
  await blobs.delete('aaaa');
  await blobs.delete('aaaa');
  await blobs.delete('never-there');
  expect(await ids()).toEqual(['bbbb', 'cc-cc_1']);
  await expect(blobs.get('aaaa')).rejects.toMatchObject({ code: 'blob-missing' });
  await expect(blobs.size('aaaa')).rejects.toMatchObject({ code: 'blob-missing' });
});

test('a put that breaks off leaves what was there, and nothing of itself', async () => {
  const blobs = await openBlobs({ folder });
  await blobs.put('aaaa', Readable.from([Buffer.from('kept')]));
  const breaking = Readable.from((async function* () {
    yield randomBytes(100_000);
    throw new Error('hung up');
  })());
  await expect(blobs.put('aaaa', breaking)).rejects.toThrow('hung up');
  expect(String(await bytesOf(await blobs.get('aaaa')))).toBe('kept');
  expect(readdirSync(join(folder, 'arriving'))).toEqual([]);
});

test('what an earlier life left behind goes, what another instance is writing stays', async () => {
  const arriving = join(folder, 'arriving');
  mkdirSync(arriving, { recursive: true });
  writeFileSync(join(arriving, 'old'), 'x');
  writeFileSync(join(arriving, 'new'), 'x');
  utimesSync(join(arriving, 'old'), 1, 1);
  await openBlobs({ folder });
  expect(readdirSync(arriving)).toEqual(['new']);
});

test.each(['../../etc', 'a/b/c/d', '', '....', 'abc\0def', 'x'.repeat(200)])('what is no id is no path: %j', async (id) => {
  const blobs = await openBlobs({ folder });
  await expect(blobs.put(id, Readable.from([Buffer.from('x')]))).rejects.toMatchObject({ code: 'blob-id' });
  await expect(blobs.get(id)).rejects.toMatchObject({ code: 'blob-id' });
});

test('many at once', async () => {
  const blobs = await openBlobs({ folder });
  const digests = await Promise.all(Array.from({ length: 20 }, async (_, n) => {
    const bytes = randomBytes(50_000);
    await blobs.put(`blob-${n}`, Readable.from([bytes]));
    return createHash('sha256').update(bytes).digest('hex');
  }));
  for (const [n, digest] of digests.entries()) expect(createHash('sha256').update(await bytesOf(await blobs.get(`blob-${n}`))).digest('hex')).toBe(digest);
});
