/**
 * MTA-STS promises that survive a restart. A restart is otherwise the moment at which an attacker who silences DNS makes us forget
 * that a domain promised TLS (RFC 8461 §3.3, §10.2). Only keeps; when a promise counts is `mtasts.ts`'s business.
 */
import type { Store } from '../../store/store.ts';
import type { World } from '../../world.ts';
import type { Policies } from '../mtasts.ts';

export function openPromises({ store, world }: { readonly store: Pick<Store, 'room'>; readonly world: Pick<World, 'now'> }): Policies {
  const room = store.room<typeof import('./promise.sql.ts')>('deliver');
  return {
    async get(domain) {
      const row = await room.read.promise({ domain });
      return row === null ? null : { id: row.id, mode: row.mode, mx: JSON.parse(row.mx) as string[], maxAge: row.max_age, expires: row.expires };
    },
    set: (domain, policy) => room.write.keep({ domain, id: policy.id, mode: policy.mode, mx: JSON.stringify(policy.mx), max_age: policy.maxAge, expires: policy.expires, now: world.now() }),
  };
}
