/**
 * Where our own signing keys lie: each version a sealed file with a number, the highest stands. A version is linked under the next number, which fails
 * where somebody else's stands already, in this process or another: nobody's exchange is lost unseen. Does not look into what it keeps.
 */
import { randomUUID } from 'node:crypto';
import { chmod, link, mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '../../refusal.ts';
import { syncFolder } from '../../store/blobs.ts';
import type { Vault, WrappedKeys } from '../../vault/vault.ts';
import type { World } from '../../world.ts';

export interface Safe {
  seal(bytes: Uint8Array): Uint8Array;
  open(bytes: Uint8Array): Uint8Array;
}

interface Standing {
  readonly bytes: Uint8Array;
  readonly version: number;
}

interface Shelf {
  /** the number of what stands; -1: nothing yet */
  version(): Promise<number>;
  /** what stands */
  latest(): Promise<Standing | null>;
  /** puts bytes in the place of the version they were made from (-1: of nothing); false: that one stands no longer */
  replace(version: number, bytes: Uint8Array): Promise<boolean>;
}

const NAME = /^signing(?:\.(\d+))?\.sealed$/;
const nameOf = (version: number): string => (version === 0 ? 'signing.sealed' : `signing.${version}.sealed`);
const codeOf = (cause: unknown): string | undefined => (cause as NodeJS.ErrnoException).code;

/** `folder`: KEYS_DIR/identity, made where it is missing. */
export async function openShelf({ folder, safe, world }: { readonly folder: string; readonly safe: Safe; readonly world: Pick<World, 'random'> }): Promise<Shelf> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700);

  const versions = async (): Promise<number[]> => (await readdir(folder)).flatMap((name) => {
    const found = NAME.exec(name);
    return found === null ? [] : [Number(found[1] ?? 0)];
  });
  const version = async (): Promise<number> => Math.max(-1, ...(await versions()));

  async function latest(): Promise<Standing | null> {
    const standing = await version();
    if (standing < 0) return null;
    try {
      return { version: standing, bytes: safe.open(new Uint8Array(await readFile(join(folder, nameOf(standing))))) };
    } catch (cause) {
      // Replaced while we looked: another stands.
      if (codeOf(cause) === 'ENOENT' && (await version()) > standing) return latest();
      throw new Fault('identity-unreadable', 'the signing identity cannot be read', cause);
    }
  }

  async function replace(from: number, bytes: Uint8Array): Promise<boolean> {
    const next = from + 1;
    const draft = join(folder, `signing.${process.pid}.${Buffer.from(world.random(6)).toString('hex')}`);
    try {
      await writeFile(draft, safe.seal(bytes), { mode: 0o600, flag: 'wx', flush: true });
      await link(draft, join(folder, nameOf(next)));
    } catch (cause) {
      if (codeOf(cause) === 'EEXIST') return false;
      throw new Fault('identity-unwritable', 'the signing identity cannot be kept', cause);
    } finally {
      await rm(draft, { force: true });
    }
    // The new name outlives a loss of power before the old one goes.
    await syncFolder(folder);
    // A number is free again once a later version has cleared it away.
    const others = await versions();
    const lost = others.some((other) => other > next);
    for (const gone of lost ? [next] : others.filter((other) => other < next)) await rm(join(folder, nameOf(gone)), { force: true });
    return !lost;
  }

  return { version, latest, replace };
}

/** No month of disposal: signing keys and recipients' keys are not mail. */
export const FOREVER = '9999-12';

/** A safe out of the vault: a key of its own that outlives every epoch of mail, its wrapping kept beside what it seals. */
export async function safeOf(vault: Pick<Vault, 'issue' | 'unwrap' | 'seal' | 'open'>, folder: string): Promise<Safe> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, 'signing.wrapped');
  const readWrapped = async (): Promise<WrappedKeys | null> => {
    const text = await readFile(file, 'utf8').catch(() => null);
    if (text === null) return null;
    const w = JSON.parse(text) as { epoch: string; content: string; evidence: string };
    return { contentEpoch: w.epoch, content: Buffer.from(w.content, 'base64'), evidenceEpoch: w.epoch, evidence: Buffer.from(w.evidence, 'base64') };
  };
  let wrapped = await readWrapped();
  if (wrapped === null) {
    const issued = await vault.issue('signing-identity', { content: FOREVER, evidence: FOREVER });
    const text = JSON.stringify({ epoch: FOREVER, content: Buffer.from(issued.wrapped.content).toString('base64'), evidence: Buffer.from(issued.wrapped.evidence).toString('base64') });
    // Whole or not at all: half of it would keep every later start from succeeding, and another process from reading it now.
    const draft = `${file}.${randomUUID()}`;
    try {
      await writeFile(draft, text, { mode: 0o600, flag: 'wx', flush: true });
      await link(draft, file);
    } catch (cause) {
      if (codeOf(cause) !== 'EEXIST') throw new Fault('identity-unwritable', 'the signing identity cannot be kept', cause);
    } finally {
      await rm(draft, { force: true });
    }
    await syncFolder(folder);
    wrapped = (await readWrapped())!;
  }
  const { content } = await vault.unwrap('signing-identity', wrapped);
  return { seal: (bytes) => vault.seal(content, 'signing-identity', bytes), open: (bytes) => vault.open(content, 'signing-identity', bytes) };
}
