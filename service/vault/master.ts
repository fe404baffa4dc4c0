/**
 * The master key: a file of its own (32 bytes, base64, mode 0600), or an external KMS behind the same three words.
 * While a rotation is under way the coming key lies beside the file as `<file>.next`; new keys are wrapped by it from then on.
 */
import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import type { Stats } from 'node:fs';
import { link, lstat, mkdir, open as openFile, readFile, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Fault } from '../refusal.ts';
import { syncFolder } from '../store/blobs.ts';
import { KEY_BYTES, open, seal } from './aead.ts';
import { alone } from './alone.ts';

export interface MasterKey {
  /** names the key, tells nothing of it */
  readonly id: string;
  /** `context` is authenticated: what is wrapped under one name does not unwrap under another */
  wrap(plain: Uint8Array, context: string): Promise<Uint8Array>;
  unwrap(wrapped: Uint8Array, context: string): Promise<Uint8Array>;
}

export interface Masters {
  current(): Promise<MasterKey>;
  byId(id: string): Promise<MasterKey | undefined>;
  /** from now on `current` is this one, the one before stays known */
  turn(next: MasterKey): void;
}

export interface FileMaster extends Masters {
  /** checks the file, or makes it where that is allowed */
  prepare(create: boolean): Promise<void>;
  unfinished(): Promise<boolean>;
  /**
   * another key in the place of this one, after `rewrap` has wrapped everything by it; one that was begun is ended, and without `begin`, which is called
   * before anything changes, no other. One at a time, whoever else has the file. Rejects with Fault `rotation-under-way`, `master-key-fixed` where the file cannot be replaced.
   */
  exchange(begin: (() => Promise<unknown>) | null, rewrap: (coming: MasterKey) => Promise<void>): Promise<void>;
}

export function held({ current, before }: { readonly current: MasterKey; readonly before?: MasterKey }): Masters {
  const known = before === undefined ? [current] : [current, before];
  return {
    current: async () => known[0] as MasterKey,
    byId: async (id) => known.find((master) => master.id === id),
    turn: (next) => void known.unshift(next),
  };
}

/** Read anew at each use, which is rare: another instance may have rotated it. */
export function fileMaster(file: string): FileMaster {
  const coming = `${file}.next`;
  return {
    async current() {
      return (await read(coming)) ?? (await needed(file));
    },
    async byId(id) {
      for (const path of [coming, file]) {
        const master = await read(path);
        if (master?.id === id) return master;
      }
      return undefined;
    },
    turn() {},
    async prepare(create) {
      // With a coming key there, the old one may be overwritten already.
      if ((await exists(coming)) || (await read(file)) !== undefined) return;
      if (!create) throw new Fault('master-key-missing', 'Setting MASTER_KEY_FILE names a file that is not there.');
      await write(file, randomBytes(KEY_BYTES));
    },
    unfinished: () => exists(coming),
    exchange: (begin, rewrap) => alone(`${file}.lock`, async (still) => {
      const begun = await exists(coming);
      if (!begun && begin === null) return;
      if (!begun) {
        await needed(file);
        await replaceable(file);
      }
      await begin?.();
      if (!begun) await write(coming, randomBytes(KEY_BYTES));
      await rewrap(await needed(coming));
      // Held open, for its name is the new key's before it is overwritten. Windows replaces no file that is open: there the old one is only replaced.
      const old = process.platform === 'win32' ? undefined : await openFile(file, 'r+').catch(() => undefined);
      try {
        if (!(await still())) throw new Fault('rotation-under-way', 'Another instance is exchanging the master key.');
        await rename(coming, file);
        await syncFolder(dirname(file));
        if (old !== undefined) await blank(old);
      } finally {
        await old?.close();
      }
    }),
  };
}

function local(bytes: Buffer): MasterKey {
  const key = { bytes };
  return {
    id: createHmac('sha256', bytes).update('send-secure master id').digest('hex').slice(0, 32),
    wrap: async (plain, context) => seal(key, `master/${context}`, plain),
    unwrap: async (wrapped, context) => open(key, `master/${context}`, wrapped),
  };
}

async function needed(path: string): Promise<MasterKey> {
  const master = await read(path);
  if (master === undefined) throw new Fault('master-key-missing', 'Setting MASTER_KEY_FILE names a file that is not there.');
  return master;
}

async function read(path: string): Promise<MasterKey | undefined> {
  for (let tries = 0; ; tries += 1) {
    const found = await status(path);
    if (found === undefined) return undefined;
    if (!found.isFile()) throw new Fault('setting-wrong', 'Setting MASTER_KEY_FILE names what is no file.');
    // Windows keeps no such modes; its access lists are the operator's.
    if (process.platform !== 'win32' && (found.mode & 0o077) !== 0) throw new Fault('setting-wrong', 'Setting MASTER_KEY_FILE names a file that others can read; its mode must be 0600.');
    const text = await readFile(path, 'latin1').catch(() => undefined);
    const bytes = text !== undefined && /^[A-Za-z0-9+/]{43}=\s*$/.test(text) ? Buffer.from(text, 'base64') : Buffer.alloc(0);
    if (bytes.length === KEY_BYTES) return local(bytes);
    // Another instance exchanged it while it was read: then another file lies there, or none.
    if (tries < 3 && (await status(path))?.ino !== found.ino) continue;
    throw new Fault('setting-wrong', text === undefined ? 'Setting MASTER_KEY_FILE names a file that cannot be read.' : 'Setting MASTER_KEY_FILE names a file that does not hold 32 bytes in base64.');
  }
}

async function status(path: string): Promise<Stats | undefined> {
  return stat(path).catch((error: unknown) => {
    if ((error as { code?: unknown }).code === 'ENOENT') return undefined;
    throw new Fault('setting-wrong', 'Setting MASTER_KEY_FILE names a file that cannot be read.');
  });
}

/**
 * A file that is mounted by itself cannot be replaced, and beside it nothing lasts: everything would be wrapped by a key that goes with the container.
 * Through a link, the key would come to lie where the link does.
 */
async function replaceable(file: string): Promise<void> {
  const probe = `${file}.${randomUUID()}`;
  const stands = !(await lstat(file)).isSymbolicLink() && await link(file, probe).then(() => true, (error: unknown) => {
    if ((error as { code?: unknown }).code === 'EXDEV') return false;
    throw error;
  });
  await rm(probe, { force: true });
  if (!stands) throw new Fault('master-key-fixed', 'Setting MASTER_KEY_FILE names a link, or a file that is mounted by itself: it cannot be replaced, so the key was not exchanged. Keep it in a folder that lasts.');
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

/** Whole or not at all; of two instances that start for the first time, the first to link it has made it. */
async function write(path: string, bytes: Buffer): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const temporary = `${path}.${randomUUID()}`;
  try {
    const handle = await openFile(temporary, 'wx', 0o600);
    try {
      await handle.writeFile(`${bytes.toString('base64')}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await link(temporary, path).catch((error: unknown) => {
      if ((error as { code?: unknown }).code !== 'EEXIST') throw error;
    });
  } finally {
    await rm(temporary, { force: true });
  }
  await syncFolder(dirname(path));
}

/** In place and synced before the name goes, as far as a file system lets one (NIST SP 800-88 §2.5 speaks of its limits). */
export async function overwrite(path: string): Promise<void> {
  const handle = await openFile(path, 'r+').catch(() => undefined);
  if (handle === undefined) return;
  try {
    await blank(handle);
  } finally {
    await handle.close();
  }
}

async function blank(handle: FileHandle): Promise<void> {
  const { size } = await handle.stat();
  await handle.write(randomBytes(size), 0, size, 0);
  await handle.sync();
}
