/**
 * KEYS_DIR: one small file per wrapped key, written whole or not at all. A destroyed key leaves a mark, so that it is neither
 * mistaken for a lost one nor made again under the same name.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, link, mkdir, open as openFile, readFile, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '../refusal.ts';
import { syncFolder } from '../store/blobs.ts';
import type { World } from '../world.ts';
import { KEY_BYTES } from './aead.ts';
import { overwrite, type MasterKey, type Masters } from './master.ts';

interface Ring {
  /** true before the first key was ever made */
  empty(): Promise<boolean>;
  /** unwrapped; made first if it is not there and `make` says so */
  key(name: string, make: boolean): Promise<Uint8Array>;
  destroy(name: string): Promise<void>;
  /** those that are there */
  names(): Promise<string[]>;
  /** wraps every key by the next master, while they are in use */
  rewrapAll(next: MasterKey): Promise<void>;
}

interface Kept {
  readonly format: 1;
  readonly name: string;
  /** id of the master key that wraps it */
  readonly master: string;
  readonly wrapped: string;
}

export async function openRing({ folder, masters, world }: { readonly folder: string; readonly masters: Masters; readonly world: Pick<World, 'now'> }): Promise<Ring> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if (process.platform !== 'win32' && ((await stat(folder)).mode & 0o077) !== 0) {
    await chmod(folder, 0o700).catch(() => {
      throw new Fault('setting-wrong', 'Setting KEYS_DIR names a folder that others can read; its mode must be 0700.');
    });
  }
  const unwrapped = new Map<string, Promise<Uint8Array>>();
  const pathOf = (name: string) => join(folder, `${name}.wrapped`);
  const markOf = (name: string) => join(folder, `${name}.destroyed`);

  async function load(name: string, make: boolean): Promise<Uint8Array> {
    if (existsSync(markOf(name))) throw new Fault('key-destroyed', 'The key was destroyed, and what it sealed with it.');
    if (!existsSync(pathOf(name))) {
      if (!make) throw new Fault('key-missing', 'A key that was never destroyed is not in KEYS_DIR.');
      const bytes = randomBytes(KEY_BYTES);
      const made = await wrapped(name, bytes, await masters.current());
      // Of two instances that make the same key, the first to link it has made it.
      await put(pathOf(name), made, 'new');
      // A rotation that another instance began and ended meanwhile did not see this file.
      const current = await masters.current();
      if (current.id !== made.master && (await read(name)).wrapped === made.wrapped) await put(pathOf(name), await wrapped(name, bytes, current), 'replace');
      if (existsSync(markOf(name))) {
        await rm(pathOf(name), { force: true });
        throw new Fault('key-destroyed', 'The key was destroyed, and what it sealed with it.');
      }
    }
    for (let kept = await read(name), tries = 0; ; tries += 1) {
      const master = await masters.byId(kept.master);
      if (master !== undefined) return await unwrap(master, kept);
      // Between the two the master key may have been exchanged, and this one wrapped anew.
      const last = kept.master;
      kept = await read(name);
      if (kept.master === last || tries === 3) throw new Fault('master-key-wrong', 'A key in KEYS_DIR is wrapped by another master key than that of MASTER_KEY_FILE.');
    }
  }

  async function wrapped(name: string, bytes: Uint8Array, master: MasterKey): Promise<Kept> {
    return { format: 1, name, master: master.id, wrapped: Buffer.from(await master.wrap(bytes, name)).toString('base64') };
  }

  async function unwrap(master: MasterKey, kept: Kept): Promise<Uint8Array> {
    const bytes = await master.unwrap(Buffer.from(kept.wrapped, 'base64'), kept.name);
    if (bytes.length !== KEY_BYTES) throw new Fault('sealed-broken', 'A wrapped key has a wrong length.');
    return bytes;
  }

  async function read(name: string): Promise<Kept> {
    try {
      const kept = JSON.parse(await readFile(pathOf(name), 'utf8')) as Kept;
      if (kept.format === 1 && kept.name === name && typeof kept.wrapped === 'string') return kept;
    } catch (cause) {
      if ((cause as { code?: unknown }).code === 'ENOENT') throw new Fault('key-missing', 'A key that was never destroyed is not in KEYS_DIR.');
    }
    throw new Fault('key-unreadable', 'A file in KEYS_DIR is not a wrapped key.');
  }

  async function put(path: string, content: unknown, how: 'new' | 'replace'): Promise<void> {
    const temporary = `${path}.${randomUUID()}`;
    try {
      const handle = await openFile(temporary, 'wx', 0o600);
      try {
        await handle.writeFile(`${JSON.stringify(content)}\n`);
        await handle.sync();
      } finally {
        await handle.close();
      }
      if (how === 'replace') await rename(temporary, path);
      else {
        await link(temporary, path).catch((error: unknown) => {
          if ((error as { code?: unknown }).code !== 'EEXIST') throw error;
        });
      }
    } finally {
      await rm(temporary, { force: true });
    }
    await syncFolder(folder);
  }

  async function shred(name: string): Promise<void> {
    // With what a process left behind that was killed before it put it in place: the master key that wraps it may be the one that stands.
    const left = (await readdir(folder)).filter((file) => file.startsWith(`${name}.wrapped.`)).map((file) => join(folder, file));
    for (const path of [pathOf(name), ...left]) {
      await overwrite(path);
      await rm(path, { force: true });
    }
    await syncFolder(folder);
  }

  /** False: it was already. */
  async function rewrap(name: string, next: MasterKey): Promise<boolean> {
    const kept = await read(name);
    if (kept.master === next.id) return false;
    const master = await masters.byId(kept.master);
    if (master === undefined) throw new Fault('master-key-wrong', 'A key in KEYS_DIR is wrapped by another master key than that of MASTER_KEY_FILE.');
    await put(pathOf(name), await wrapped(name, await unwrap(master, kept), next), 'replace');
    return true;
  }

  // Whoever was to destroy them was killed, or who wrapped them anew meanwhile.
  for (const file of await readdir(folder)) {
    const name = /^(.+)\.wrapped(?:\..+)?$/.exec(file)?.[1];
    if (name !== undefined && existsSync(markOf(name))) await shred(name);
  }

  const names = async (): Promise<string[]> => (await readdir(folder)).filter((file) => file.endsWith('.wrapped')).map((file) => file.slice(0, -'.wrapped'.length));

  return {
    empty: async () => (await readdir(folder)).every((file) => !file.endsWith('.wrapped') && !file.endsWith('.destroyed')),
    key(name, make) {
      // Another instance may have destroyed it: then what is in memory must not outlive the file.
      let found = existsSync(pathOf(name)) ? unwrapped.get(name) : undefined;
      if (found === undefined) {
        found = load(name, make);
        unwrapped.set(name, found);
        found.catch(() => unwrapped.delete(name));
      }
      return found;
    },
    names,
    async destroy(name) {
      // The mark first: a crash in between must not leave a key that looks merely lost.
      await put(markOf(name), { format: 1, name, time: world.now() }, 'new');
      unwrapped.delete(name);
      await shred(name);
    },
    async rewrapAll(next) {
      masters.turn(next);
      // Until a whole round finds nothing: another instance may have made a key under the old master meanwhile.
      for (let left = true; left;) {
        left = false;
        for (const name of await names()) {
          if (existsSync(markOf(name))) continue;
          try {
            left = await rewrap(name, next) || left;
          } catch (cause) {
            if (!existsSync(markOf(name))) throw cause;
          }
          // Destroyed meanwhile: it must not be back.
          if (existsSync(markOf(name))) await shred(name);
        }
      }
    },
  };
}
