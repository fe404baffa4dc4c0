/**
 * Ciphertext too large for a row (over 256 KB) lies here, one file each. Never sees plaintext, never chooses a name.
 * What `put` has answered for is on disk: written beside, synced, renamed, the folder synced.
 */
import { randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Fault } from '../refusal.ts';

interface Range {
  readonly start: number;
  /** first byte not wanted */
  readonly end?: number;
}

export interface Blobs {
  /** bytes written; replaces what was there under this id */
  put(id: string, bytes: Readable): Promise<number>;
  /** rejects with Fault `blob-missing` */
  get(id: string, range?: Range): Promise<Readable>;
  size(id: string): Promise<number>;
  /** resolves whether or not it was there */
  delete(id: string): Promise<void>;
  list(): AsyncIterable<string>;
}

/** A temporary file this old belongs to no upload that still runs, in this instance or another. */
const ABANDONED_MS = 24 * 3600_000;

/** `folder` is the blobs' own, `blobs` in DATA_DIR: that is where `backup` looks for them. */
export async function openBlobs({ folder: root }: { readonly folder: string }): Promise<Blobs> {
  const arriving = join(root, 'arriving');
  await mkdir(arriving, { recursive: true, mode: 0o700 });
  await syncFolder(root);
  for (const name of await readdir(arriving)) {
    const path = join(arriving, name);
    const found = await stat(path).catch(() => undefined);
    if (found !== undefined && found.mtimeMs < Date.now() - ABANDONED_MS) await rm(path, { force: true });
  }
  const shards = new Set<string>();

  // The last characters of a UUIDv7 are random, the first are time.
  const shardOf = (id: string): string => join(root, checked(id).slice(-2).toLowerCase());
  const pathOf = (id: string): string => join(shardOf(id), id);

  async function prepareShard(id: string): Promise<string> {
    const shard = shardOf(id);
    if (!shards.has(shard)) {
      if ((await mkdir(shard, { recursive: true, mode: 0o700 })) !== undefined) await syncFolder(root);
      shards.add(shard);
    }
    return shard;
  }

  return {
    async put(id, bytes) {
      const shard = await prepareShard(id);
      const temporary = join(arriving, `${id}.${randomUUID()}`);
      try {
        const out = createWriteStream(temporary, { flags: 'wx', mode: 0o600, flush: true });
        await pipeline(bytes, out);
        await rename(temporary, pathOf(id));
        await syncFolder(shard);
        return out.bytesWritten;
      } catch (error) {
        await rm(temporary, { force: true });
        throw error;
      }
    },
    async get(id, range) {
      const handle = await open(pathOf(id), 'r').catch((error: unknown) => {
        throw missing(error);
      });
      if (range !== undefined && range.end !== undefined && range.end <= range.start) {
        await handle.close();
        throw new Fault('blob-range', 'A range of a blob is empty.');
      }
      return createReadStream('', { fd: handle, ...(range === undefined ? {} : { start: range.start, ...(range.end === undefined ? {} : { end: range.end - 1 }) }) });
    },
    async size(id) {
      return (await stat(pathOf(id)).catch((error: unknown) => {
        throw missing(error);
      })).size;
    },
    async delete(id) {
      const shard = shardOf(id);
      await rm(pathOf(id), { force: true });
      await syncFolder(shard).catch((error: unknown) => {
        if ((error as { code?: unknown }).code !== 'ENOENT') throw error;
      });
    },
    async *list() {
      for (const shard of (await readdir(root, { withFileTypes: true })).filter((entry) => entry.isDirectory() && entry.name !== 'arriving')) {
        yield* await readdir(join(root, shard.name));
      }
    },
  };
}

/** Ids are ours, yet a path is made of them. */
function checked(id: string): string {
  if (!/^[A-Za-z0-9_-]{4,128}$/.test(id)) throw new Fault('blob-id', 'A blob was asked for under what is no id.');
  return id;
}

function missing(error: unknown): unknown {
  return (error as { code?: unknown }).code === 'ENOENT' ? new Fault('blob-missing', 'A blob is not where its row says.') : error;
}

export async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
