/** Keys that are about to end are told of at 30, 7 and 1 days, each once: in time to ask their owner for the next one. */
import type { EventDraft, PreparedEvent } from '../../audit/audit.ts';
import type { Store } from '../../store/store.ts';
import type { World } from '../../world.ts';
import { factsOf, type Standing } from '../admission/standing.ts';

/** the nearest first: what ends tomorrow is not told of as ending this month */
const WARNINGS = [1, 7, 30];
const DAY = 86_400_000;
const BATCH = 100;

export function openExpiry({ store, world, standing, events }: {
  readonly store: Store; readonly world: Pick<World, 'now'>; readonly standing: Standing; readonly events: (draft: EventDraft) => Promise<PreparedEvent[]>;
}): () => Promise<number> {
  const room = store.room<typeof import('../keys.sql.ts')>('keys');
  return async () => {
    let noted = 0;
    const now = world.now();
    for (const days of WARNINGS) {
      for (const row of await room.read.expiring({ now, until: now + days * DAY, days, limit: BATCH })) {
        const event: EventDraft = { type: 'key.expiring', outcome: 'ok', actor: { kind: 'service', id: 'sweep' }, facts: { ...factsOf(row), days, expires: row.expires }, sealed: { address: (await standing.opened(row)).address } };
        if (await room.write.warn({ id: row.id, days, events: await events(event) })) noted += 1;
      }
    }
    return noted;
  };
}
