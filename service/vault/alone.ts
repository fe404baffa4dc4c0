/**
 * One at a time, also of several processes that share a folder: a lock file, touched while it is held. One that a dead process left behind is taken away.
 * Whoever slept so long that theirs was taken away finds out by `still`. Knows nothing of keys.
 */
import { randomUUID } from 'node:crypto';
import { link, open, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { Fault } from '../refusal.ts';

const BEAT = 1000;
/** A lock that nobody touched for so long is nobody's. */
const DEAD = 10_000;
/** How long one waits for another. */
const PATIENCE = 60_000;

/** Rejects with Fault `rotation-under-way` when another holds it for a minute. */
export async function alone(path: string, work: (still: () => Promise<boolean>) => Promise<void>): Promise<void> {
  const mine = randomUUID();
  const still = async (): Promise<boolean> => (await readFile(path, 'latin1').catch(() => '')) === mine;
  for (let waited = 0; !(await taken(path, mine)); waited += 50) {
    if (waited > PATIENCE) throw new Fault('rotation-under-way', 'Another instance is exchanging the master key.');
    await takenAway(path, mine);
    await pause(50);
  }
  const beat = setInterval(() => void utimes(path, new Date(), new Date()).catch(() => undefined), BEAT).unref();
  try {
    await work(still);
  } finally {
    clearInterval(beat);
    if (await still()) await rm(path, { force: true });
  }
}

async function taken(path: string, mine: string): Promise<boolean> {
  const handle = await open(path, 'wx', 0o600).catch((error: unknown) => {
    if ((error as { code?: unknown }).code === 'EEXIST') return undefined;
    throw error;
  });
  if (handle === undefined) return false;
  try {
    await handle.writeFile(mine);
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  } finally {
    await handle.close();
  }
  return true;
}

/** Touched in the future: by a clock that was set back since. */
async function isDead(path: string): Promise<boolean> {
  const touched = (await stat(path).catch(() => undefined))?.mtimeMs;
  return touched !== undefined && Math.abs(Date.now() - touched) > DEAD;
}

async function takenAway(path: string, mine: string): Promise<void> {
  if (!(await isDead(path))) return;
  const away = `${path}.${mine}`;
  await rename(path, away).catch(() => undefined);
  // Of two that saw a dead one, the second moved the first's.
  if (!(await isDead(away))) await link(away, path).catch(() => undefined);
  await rm(away, { force: true });
}
