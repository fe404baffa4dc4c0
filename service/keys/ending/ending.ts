/**
 * Keys that are about to end, recipients' and our own, are told of at 30, 7 and 1 days, each once: in time to ask their owner for the next one, or to make
 * one. The log says it; who is to hear of it hears by the alert that watches for it.
 */
import type { EventDraft, Facts, PreparedEvent } from '../../audit/audit.ts';
import type { Store } from '../../store/store.ts';
import type { World } from '../../world.ts';
import { factsOf, type Standing } from '../admission/standing.ts';

/** A signing key or certificate of our own. */
export interface Ending {
  readonly kind: 'authority' | 'certificate' | 'pgp';
  readonly fingerprint: string;
  /** ms */
  readonly expires: number;
}

/** the nearest first: what ends tomorrow is not told of as ending this month */
const WARNINGS = [1, 7, 30];
const DAY = 86_400_000;
const BATCH = 100;

export function openWatch({ store, world, standing, events }: {
  readonly store: Store; readonly world: Pick<World, 'now'>; readonly standing: Standing; readonly events: (draft: EventDraft) => Promise<PreparedEvent[]>;
}): (own?: readonly Ending[]) => Promise<number> {
  const { read, write } = store.room<typeof import('../keys.sql.ts')>('keys');
  const event = (facts: Facts, sealed?: { readonly [name: string]: string }): EventDraft => ({ type: 'key.expiring', outcome: 'ok', actor: { kind: 'service', id: 'sweep' }, facts, ...(sealed === undefined ? {} : { sealed }) });
  return async (own = []) => {
    let noted = 0;
    const now = world.now();
    for (const days of WARNINGS) {
      for (const row of await read.expiring({ now, until: now + days * DAY, days, limit: BATCH })) {
        const said = event({ ...factsOf(row), days, expires: row.expires }, { address: (await standing.opened(row)).address });
        if (await write.warn({ id: row.id, days, events: await events(said) })) noted += 1;
      }
    }
    for (const { kind, fingerprint, expires } of own) {
      const days = WARNINGS.find((d) => expires > now && expires <= now + d * DAY);
      if (days !== undefined && await write.warnOwn({ fingerprint, expires, days, events: await events(event({ kind, fingerprint, own: true, days, expires })) })) noted += 1;
    }
    return noted;
  };
}
