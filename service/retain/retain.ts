/**
 * Says what is due: messages whose period has ended and which nothing holds, and months of which nothing is kept any more.
 * Never destroys (`dispose`), never shortens a period. Classes and calendar: `shared/retention`. 45 CFR 164.316(b)(2)(i).
 */
import type { PreparedEvent } from '../audit/audit.ts';
import type { Store } from '../store/store.ts';
import type { World } from '../world.ts';
import type { RetentionRow } from './retain.sql.ts';

export interface Retain {
  /** oldest first */
  due(limit?: number): Promise<RetentionRow[]>;
  of(message: string): Promise<(RetentionRow & { readonly state: string; readonly held: number }) | null>;
  /** stops disposal from the moment it resolves; false when nothing changed */
  hold(message: string, held: boolean, events: readonly PreparedEvent[]): Promise<boolean>;
  /** to a later end only; false when nothing changed. The message's keys must be rewrapped under the new epoch first. */
  extend(row: RetentionRow, events: readonly PreparedEvent[]): Promise<boolean>;
  /** epochs whose month is over and whose messages are all disposed of */
  spent(): Promise<{ readonly epoch: string; readonly messages: number }[]>;
  /** notes that an epoch's key is gone */
  shredded(epoch: string, events: readonly PreparedEvent[]): Promise<boolean>;
}

export function openRetain({ store, world }: { readonly store: Store; readonly world: Pick<World, 'now'> }): Retain {
  const room = store.room<typeof import('./retain.sql.ts')>('retain');
  return {
    due: (limit = 100) => room.read.due({ now: world.now(), limit }),
    of: (message) => room.read.of({ message }),
    hold: (message, held, events) => room.write.hold({ message, held, events }),
    extend: (row, events) => room.write.extend({ ...row, events }),
    spent: () => room.read.spent({ month: new Date(world.now()).toISOString().slice(0, 7) }),
    shredded: (epoch, events) => room.write.shred({ epoch, events }),
  };
}
