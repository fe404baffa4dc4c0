/**
 * Destroys what is due: first, in one transaction, the judgement again, the message's wrapped keys, its rows and the event; then its files,
 * repeated until they are gone. With the key gone everything else is unreadable (NIST SP 800-88r2, cryptographic erase).
 * Never decides what is due (`retain`). 45 CFR 164.310(d)(2)(i).
 */
import type { Store } from '../store/store.ts';
import type { World } from '../world.ts';

interface Steps {
  /** the route's one transaction: `release` of retain, `begin` of dispose, keys and rows, events; false when it was not to be destroyed after all */
  readonly erase: (message: string, now: number) => Promise<boolean>;
  /** removes the message's files; may be called again for the same message */
  readonly sweep: (message: string) => Promise<void>;
}

export interface Dispose {
  /** false when it was held or extended meanwhile */
  execute(message: string, steps: Steps): Promise<boolean>;
  /** what a crash left behind; resolves to how many were finished */
  finish(steps: Pick<Steps, 'sweep'>, limit?: number): Promise<number>;
}

export function openDispose({ store, world }: { readonly store: Store; readonly world: Pick<World, 'now'> }): Dispose {
  const room = store.room<typeof import('./dispose.sql.ts')>('dispose');

  async function swept(message: string, sweep: Steps['sweep']): Promise<void> {
    await sweep(message);
    await room.write.close({ message });
  }

  return {
    async execute(message, { erase, sweep }) {
      if (!(await erase(message, world.now()))) return false;
      await swept(message, sweep);
      return true;
    },
    async finish({ sweep }, limit = 100) {
      const left = await room.read.open({ limit });
      for (const { message } of left) await swept(message, sweep);
      return left.length;
    },
  };
}
