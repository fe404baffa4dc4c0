/**
 * The doctor's nightly look: what has become wrong with our own domains is an entry of the log, once, and so an alert; what is mended is one too.
 * Never alarms for what was not published yet, nor for a look-up that failed: that night says nothing.
 */
import type { AuditLog } from '../audit/audit.ts';
import type { Finding } from '../../shared/wire/doctor.ts';
import type { Store } from '../store/store.ts';
import type { World } from '../world.ts';

const NIGHT = 24 * 3_600_000;
const actor = { kind: 'service', id: 'doctor' } as const;

/** Resolves to how many faults are new; looks once in 24 hours however often it is asked. */
export function openNightly({ store, world, audit, look }: {
  readonly store: Pick<Store, 'room'>; readonly world: Pick<World, 'now'>; readonly audit: Pick<AuditLog, 'prepared'>; readonly look: () => Promise<Finding[]>;
}): () => Promise<number> {
  const { write } = store.room<typeof import('./doctor.sql.ts')>('doctor');
  let next = 0;
  return async () => {
    const now = world.now();
    if (now < next) return 0;
    next = now + NIGHT;
    let faults = 0;
    for (const { domain, check, state } of await look()) {
      if (state === 'unknown') continue;
      const event = (type: string, outcome: 'ok' | 'failed') => audit.prepared({ type, outcome, actor, facts: { domain, check, state } });
      const [fault, mended] = await Promise.all([event('domain.fault', 'failed'), event('domain.mended', 'ok')]);
      if (await write.found({ domain, check, state: state === 'missing' || state === 'broken' ? state : 'fine', now, fault, mended })) faults += 1;
    }
    return faults;
  };
}
