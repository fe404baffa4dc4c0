/**
 * The log's signing key and how another follows it. The old key signs for the new one in an entry of the log itself; for a month both
 * sign every checkpoint, so that whoever pinned the old key sees the change before it stops; then the old private key is destroyed.
 */
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { openCheckpoint, openSigner, parseVkey, type Checkpoint, type Signer } from './checkpoint.ts';

const CURRENT = 'audit-log.key';
const NEXT = 'audit-log.next.key';
const BEFORE = 'audit-log.before.key';
/** verifier keys this log had, oldest first, one a line: public, but only KEYS_DIR is believed about them */
const HISTORY = 'audit-log.vkeys';
const BOTH_SIGN_MS = 30 * 86_400_000;

export interface LogKeys {
  readonly name: string;
  current(): Signer;
  /** all that sign: the current key, and for a month the one before */
  all(): readonly Signer[];
  /** a checkpoint signed by this log, under whatever key it had then */
  open(note: string): Checkpoint | null;
  /** made, not yet used */
  next(): Signer;
  /** the log goes on under this key: true when it is ours, moved into place if a rotation was cut short or made by another process */
  adopt(vkey: string): boolean;
}

export function openLogKeys({ folder, origin, missing, now }: { readonly folder: string; readonly origin: string; readonly missing: 'make' | 'refuse'; readonly now: () => number }): LogKeys {
  const path = (file: string): string => join(folder, file);
  // A crash between the two renames of a rotation leaves no current key; the next one is it.
  if (!existsSync(path(CURRENT)) && existsSync(path(NEXT))) renameSync(path(NEXT), path(CURRENT));
  let current = openSigner(folder, origin, missing, CURRENT);
  let before: Signer | null = null;
  let former: string[] = [];
  readFormer();

  function readFormer(): void {
    former = existsSync(path(HISTORY)) ? readFileSync(path(HISTORY), 'utf8').split('\n').filter((line) => parseVkey(line) !== null) : [];
    const since = existsSync(path(BEFORE)) ? statSync(path(BEFORE)).mtimeMs : null;
    before = since === null ? null : openSigner(folder, origin, 'refuse', BEFORE);
    if (since !== null && now() - since > BOTH_SIGN_MS) {
      // Overwritten before it goes: a key that may no longer sign must not be found on the disk.
      writeFileSync(path(BEFORE), Buffer.alloc(statSync(path(BEFORE)).size));
      rmSync(path(BEFORE));
      before = null;
    }
  }

  function move(): void {
    const file = openSync(path(HISTORY), 'a', 0o600);
    try {
      if (!former.includes(current.vkey)) writeSync(file, `${current.vkey}\n`);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(path(CURRENT), path(BEFORE));
    renameSync(path(NEXT), path(CURRENT));
  }

  return {
    name: origin,
    current: () => current,
    all: () => (before === null ? [current] : [current, before]),
    open(note) {
      for (const key of [current, ...former.map((vkey) => parseVkey(vkey))]) {
        const head = key === null ? null : openCheckpoint(note, key);
        if (head !== null) return head;
      }
      return null;
    },
    next: () => openSigner(folder, origin, 'make', NEXT),
    adopt(vkey) {
      if (current.vkey === vkey) return true;
      const next = existsSync(path(NEXT)) ? openSigner(folder, origin, 'refuse', NEXT) : null;
      if (next?.vkey === vkey) move();
      current = openSigner(folder, origin, 'refuse', CURRENT);
      readFormer();
      return current.vkey === vkey;
    },
  };
}
