/** The bundle as one archive that has exactly one spelling, so that no byte of it can change unseen. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { unzipSync, zipSync } from 'fflate';
import { Broken } from '../tree/broken.ts';
import { byName, fits, type Files } from './bundle.ts';
import { readFolder } from './judge.ts';

const LARGEST = 64 * 1024 * 1024;
const MOST = 40_000;

export function pack(files: Files): Uint8Array {
  // DOS times are local: the first of 1980 is written alike in every time zone.
  const mtime = new Date(1980, 0, 1);
  return zipSync(Object.fromEntries(byName(files).map((name) => [name, files[name] ?? new Uint8Array()])), { level: 0, mtime });
}

/** Null for what is no bundle, or is one spelt otherwise than `pack` does. Attacker-controlled. */
export function unpack(archive: Uint8Array): Files | null {
  try {
    let [size, count] = [0, 0];
    const files = unzipSync(archive, {
      filter: ({ name, originalSize }) => {
        [size, count] = [size + originalSize, count + 1];
        if (!fits(name) || size > LARGEST || count > MOST) throw new Error('no bundle');
        return true;
      },
    });
    return Buffer.compare(pack(files), archive) === 0 ? files : null;
  } catch {
    return null;
  }
}

/** True for an archive, or a folder into which one was unpacked. */
export function isBundle(path: string): boolean {
  if (!existsSync(path)) return false;
  return statSync(path).isDirectory() ? existsSync(join(path, 'certificate.json')) : path.toLowerCase().endsWith('.zip');
}

/** An archive, or a folder into which one was unpacked. */
export function readBundle(path: string): Files {
  if (statSync(path).isDirectory()) return readFolder(path);
  const files = unpack(readFileSync(path));
  if (files === null) throw new Broken('the archive', 'is not as it was issued: it was changed or packed anew. If it was packed anew, unpack it and verify the folder');
  return files;
}
