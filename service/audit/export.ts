/**
 * The log in a folder, to be verified without us: `log.ndjson` and `vkey`. One line each: what it is, then the exact leaves in order,
 * and every checkpoint (a JSON string) right behind the last leaf it covers. No sealed value and no key leaves with it.
 */
import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import type { RoomStore } from '../store/store.ts';
import type { LogKeys } from './tree/keys.ts';
import { ANCHOR_FILE, header, KEY_FILE, LOG_FILE } from './verify/format.ts';

const CHUNK = 1000;

export async function exportLog({ room, keys, folder }: {
  readonly room: RoomStore<typeof import('./audit.sql.ts')>;
  readonly keys: LogKeys;
  readonly folder: string;
}): Promise<{ readonly size: number }> {
  const size = (await room.read.newest(undefined))?.size ?? 0;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const key = await open(join(folder, KEY_FILE), 'wx', 0o600);
  await key.writeFile(`${keys.current().vkey}\n`);
  await key.close();

  const file = await open(join(folder, LOG_FILE), 'wx', 0o600);
  try {
    await file.writeFile(`${header(keys.name, size)}\n`);
    let written = 0;
    for (let after = -1; ;) {
      const checkpoints = (await room.read.checkpoints({ after, limit: CHUNK })).filter((c) => c.size <= size);
      for (const checkpoint of checkpoints) {
        for (; written < checkpoint.size; ) {
          const to = Math.min(checkpoint.size, written + CHUNK);
          const leaves = await room.read.leaves({ from: written, to });
          await file.writeFile(leaves.map((l) => `${l.leaf}\n`).join(''));
          written = to;
        }
        await file.writeFile(`${JSON.stringify(checkpoint.note)}\n`);
      }
      if (checkpoints.length < CHUNK) break;
      after = checkpoints.at(-1)?.size ?? after;
    }
    await file.sync();
  } finally {
    await file.close();
  }
  const anchors = await open(join(folder, ANCHOR_FILE), 'wx', 0o600);
  try {
    for (let after = 0; ;) {
      const rows = (await room.read.anchors({ after, limit: CHUNK })).filter((a) => a.size <= size);
      await anchors.writeFile(rows.map((a) => `${JSON.stringify({ kind: a.kind, name: a.name, size: a.size, time: a.time, proof: Buffer.from(a.proof).toString('base64') })}\n`).join(''));
      const last = rows.at(-1)?.size ?? after;
      if (rows.length < CHUNK || last === after) break;
      after = last;
    }
    await anchors.sync();
  } finally {
    await anchors.close();
  }
  return { size };
}
