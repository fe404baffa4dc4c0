/**
 * The doctor's nightly look: what has become wrong with our own domains is an entry of the log, once, and so an alert; what is mended is one too.
 * Never alarms for what was not published yet, nor for a single look-up that failed. A look that saw nothing at all, or broke, is taken again
 * soon and ever more seldom; a day without any is an entry and an alert too: silence must not pass for health.
 */
import type { AuditLog } from '../audit/audit.ts';
import type { Finding } from '../../shared/wire/doctor.ts';
import type { Store } from '../store/store.ts';
import type { World } from '../world.ts';

const NIGHT = 24 * 3_600_000;
/** until the first look after one that saw nothing; twice as long after each further one */
const AGAIN = 10 * 60_000;
const AGAIN_AT_MOST = 3 * 3_600_000;
const actor = { kind: 'service', id: 'doctor' } as const;

/** Resolves to how many faults are new; looks once in 24 hours however often it is asked. */
export function openNightly({ store, world, audit, look }: {
  readonly store: Pick<Store, 'room'>; readonly world: Pick<World, 'now'>; readonly audit: Pick<AuditLog, 'prepared' | 'record'>; readonly look: () => Promise<Finding[]>;
}): () => Promise<number> {
  const { write } = store.room<typeof import('./doctor.sql.ts')>('doctor');
  let next = 0;
  let blind = 0;
  /** when something was last seen, or its absence told */
  let since = world.now();

  /** null: nothing could be looked up */
  async function night(now: number): Promise<number | null> {
    const findings = (await look()).filter(({ state }) => state !== 'unknown');
    let faults = 0;
    for (const { domain, check, state } of findings) {
      const event = (type: string, outcome: 'ok' | 'failed') => audit.prepared({ type, outcome, actor, facts: { domain, check, state } });
      const [fault, mended] = await Promise.all([event('domain.fault', 'failed'), event('domain.mended', 'ok')]);
      if (await write.found({ domain, check, state: state === 'missing' || state === 'broken' ? state : 'fine', now, fault, mended })) faults += 1;
    }
    return findings.length === 0 ? null : faults;
  }

  return async () => {
    const now = world.now();
    if (now < next) return 0;
    // Should this look break, the next comes soon.
    next = now + Math.min(AGAIN_AT_MOST, AGAIN * 2 ** blind);
    blind += 1;
    try {
      const faults = await night(now);
      if (faults !== null) [next, blind, since] = [now + NIGHT, 0, now];
      return faults ?? 0;
    } finally {
      if (now - since >= NIGHT) {
        await audit.record({ type: 'domain.unseen', outcome: 'failed', actor, facts: { hours: Math.floor((now - since) / 3_600_000) } });
        since = now;
      }
    }
  };
}
