/** The calendar's clock: what is due is destroyed, what nobody finished is dropped, what is over is closed. */
import { blobName } from '../handoff/part.ts';
import type { Handoff } from '../handoff/handoff.ts';
import type { Pickup } from '../pickup/pickup.ts';
import type { Retain } from '../retain/retain.ts';
import type { House } from './house.ts';

const STAGED_MS = 7 * 86_400_000;
const BATCH = 100;

export function openSweep(house: House, tools: { readonly handoff: Handoff; readonly pickup: Pickup; readonly retain: Retain }) {
  const { handoff, pickup, retain } = tools;
  const { audit, world, blobs } = house;
  const route = house.store.room<typeof import('./route.sql.ts')>('route');
  const actor = { kind: 'service', id: 'sweep' } as const;

  return async function sweep(): Promise<{ readonly disposed: number; readonly dropped: number; readonly expired: number }> {
    let disposed = 0;
    for (const due of await retain.due(BATCH)) {
      const row = await handoff.room.read.message({ id: due.message });
      if (!row) continue;
      const key = await handoff.evidenceKey(row);
      const parts = await handoff.room.read.parts({ message: due.message });
      const done = await route.write.shred({
        message: due.message, portal: (await pickup.ofMessage(due.message)).map((p) => p.item),
        events: [audit.prepare({ type: 'disposal.executed', outcome: 'ok', actor, message: due.message, facts: { class: due.class, until: new Date(due.until).toISOString().slice(0, 10), method: 'cryptographic-erase' } }, key)],
      });
      if (!done) continue;
      for (const { part } of parts) await blobs.delete(blobName(due.message, part));
      disposed += 1;
    }
    let expired = 0;
    for (const copy of await pickup.due(BATCH)) {
      const row = await handoff.room.read.message({ id: copy.message });
      if (row && await pickup.expire(copy.item, [audit.prepare({ type: 'portal.expired', outcome: 'ok', actor, message: copy.message, item: copy.item, facts: {} }, await handoff.evidenceKey(row))])) expired += 1;
    }
    await pickup.forget();
    return { disposed, expired, dropped: await handoff.dropStale(world.now() - STAGED_MS) };
  };
}
