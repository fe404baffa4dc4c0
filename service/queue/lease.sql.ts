/**
 * Who may carry what, and when. A destination is leased by one instance at a time (exact concurrency without counters), an item to one try of it.
 * Leases are the runner's own pace, not what happened to a message: nothing here is audited.
 */
import type { Tx } from '../store/store.ts';
import { everything } from './destination.sql.ts';
import { ITEM, type ItemRow } from './item.sql.ts';

export const statements = {
  due: 'SELECT destination, idle_since, failures, resumed FROM queue_destination WHERE due <= $1 AND hold_until <= $1 AND paused = 0 AND (owner = $2 OR lease_until <= $1) ORDER BY due LIMIT $3 /*+SKIP*/',
  leaseDestination: 'UPDATE queue_destination SET owner = $2, lease_until = $3 WHERE destination = $1 AND (owner = $2 OR lease_until <= $4)',
  leased: `SELECT count(*) AS n FROM queue_item WHERE destination = $1 AND state = 'leased'`,
  claim: `UPDATE queue_item SET state = 'leased', lease = $2, lease_until = $3
    WHERE state = 'queued' AND id IN (SELECT id FROM queue_item WHERE destination = $1 AND state = 'queued' AND next_at <= $4 ORDER BY next_at LIMIT $5)
    RETURNING ${ITEM}`,
  resting: 'SELECT destination FROM queue_destination WHERE due > $1 AND hold_until > $1 AND failures > 0 AND paused = 0 AND resumed <= $2 ORDER BY due LIMIT $3',
  earliest: `SELECT next_at FROM queue_item WHERE destination = $1 AND state = 'queued' ORDER BY next_at LIMIT 1`,
  pace: 'UPDATE queue_destination SET due = $2, idle_since = $3 WHERE destination = $1',
  renew: `UPDATE queue_item SET lease_until = $3 WHERE id = $1 AND state = 'leased' AND lease = $2`,
  renewDestination: 'UPDATE queue_destination SET lease_until = $3 WHERE destination = $1 AND owner = $2',
  expired: `UPDATE queue_item SET state = 'queued', lease = '', next_at = $1 WHERE state = 'leased' AND destination >= '' AND lease_until <= $1 RETURNING destination`,
  forsake: `UPDATE queue_item SET state = 'queued', lease = '', next_at = $1 WHERE state = 'leased' AND destination >= '' RETURNING destination`,
  resign: `UPDATE queue_destination SET owner = '', lease_until = 0 WHERE destination = $1 AND owner = $2`,
  disown: `UPDATE queue_destination SET owner = '', lease_until = 0, due = $2 WHERE destination = $1`,
  // Once at a start: all of them, in the order of their key.
  disownAll: `UPDATE queue_destination SET owner = '', lease_until = 0 WHERE destination >= '' AND lease_until > 0`,
  nearer: `UPDATE queue_item SET next_at = next_at - $2 WHERE state = 'queued' AND destination >= '' AND next_at > $1`,
  nearerDestination: 'UPDATE queue_destination SET due = due - $2, hold_until = CASE WHEN hold_until > $1 THEN hold_until - $2 ELSE hold_until END WHERE due > $1',
  atOnce: `UPDATE queue_item SET next_at = $1 WHERE state = 'queued' AND destination >= '' AND next_at > $2`,
  atOnceDestination: 'UPDATE queue_destination SET due = $1, hold_until = CASE WHEN hold_until > $2 THEN $1 ELSE hold_until END WHERE due > $2',
} as const;

/**
 * An empty destination is looked at again, ever more seldom but always: an item may have been on its way in a transaction that was
 * open when we looked, and nobody else would wake it.
 */
const IDLE_LEAST_MS = 1_000;
const IDLE_MOST_MS = 600_000;

async function handBack(tx: Tx, statement: string, now: number): Promise<number> {
  const rows = await tx.all<{ destination: string }>(statement, now);
  for (const destination of [...new Set(rows.map((r) => r.destination))].sort()) await tx.run(statements.disown, destination, now);
  return rows.length;
}

export const writes = {
  lease: async (tx: Tx, a: { owner: string; lease: string; now: number; until: number; destinations: number; perDestination: number; total: number }): Promise<ItemRow[]> => {
    const claimed: ItemRow[] = [];
    const all = await everything(tx);
    if (all.paused === 1) return claimed;
    for (const { destination, idle_since: idle, failures, resumed } of await tx.all<{ destination: string; idle_since: number; failures: number; resumed: number }>(statements.due, a.now, a.owner, a.destinations)) {
      if (claimed.length >= a.total) break;
      if ((await tx.run(statements.leaseDestination, destination, a.owner, a.until, a.now)) === 0) continue;
      const busy = (await tx.get<{ n: number }>(statements.leased, destination))?.n ?? 0;
      // One tries a domain that did not answer; the others wait for what it finds.
      const room = Math.min((failures > 0 ? 1 : a.perDestination) - busy, a.total - claimed.length);
      const items = room > 0 ? await tx.all<ItemRow>(statements.claim, destination, a.lease, a.until, a.now, room) : [];
      claimed.push(...items.map((item) => ({ ...item, resumed: Math.max(resumed, all.resumed) })));
      const next = (await tx.get<{ next_at: number }>(statements.earliest, destination))?.next_at;
      const idleSince = next === undefined && items.length === 0 ? idle || a.now : 0;
      const rest = idleSince > 0 ? Math.min(IDLE_MOST_MS, Math.max(IDLE_LEAST_MS, a.now - idleSince)) : IDLE_LEAST_MS;
      // More than there was room for: looked at again as soon as a copy is done, behind the destinations that were looked at longer ago.
      await tx.run(statements.pace, destination, next === undefined ? a.now + rest : Math.max(next, a.now), idleSince);
    }
    return claimed;
  },
  /** What waited for `before` and longer at a domain that does not answer: nobody will come to it in time, so it is given up untried. */
  worn: async (tx: Tx, a: { lease: string; now: number; until: number; before: number; total: number }): Promise<ItemRow[]> => {
    const claimed: ItemRow[] = [];
    const all = await everything(tx);
    if (all.paused === 1 || all.resumed > a.before) return claimed;
    for (const { destination } of await tx.all<{ destination: string }>(statements.resting, a.now, a.before, a.total)) {
      if (claimed.length >= a.total) break;
      claimed.push(...(await tx.all<ItemRow>(statements.claim, destination, a.lease, a.until, a.before, a.total - claimed.length)));
    }
    return claimed;
  },
  /** resolves to the items that were somebody else's already */
  renew: async (tx: Tx, a: { owner: string; until: number; items: readonly { id: string; lease: string; destination: string }[] }): Promise<string[]> => {
    const lost: string[] = [];
    for (const i of a.items) if ((await tx.run(statements.renew, i.id, i.lease, a.until)) === 0) lost.push(i.id);
    for (const destination of [...new Set(a.items.map((i) => i.destination))].sort()) await tx.run(statements.renewDestination, destination, a.owner, a.until);
    return lost;
  },
  /** at a stop: others need not wait for the leases to run out */
  resign: async (tx: Tx, a: { owner: string; destinations: readonly string[] }): Promise<void> => {
    for (const destination of a.destinations.toSorted()) await tx.run(statements.resign, destination, a.owner);
  },
  /** leases whose holder is gone go back; the attempt they began stays marked as begun */
  reap: (tx: Tx, a: { now: number }): Promise<number> => handBack(tx, statements.expired, a.now),
  /** at the start of the only instance: nobody holds anything */
  forsake: async (tx: Tx, a: { now: number }): Promise<number> => {
    const back = await handBack(tx, statements.forsake, a.now);
    await tx.run(statements.disownAll);
    return back;
  },
  /** the clock was set back by so much: what waits, waits no longer for it */
  nearer: async (tx: Tx, a: { now: number; by: number }): Promise<void> => {
    await tx.run(statements.nearer, a.now, a.by);
    await tx.run(statements.nearerDestination, a.now, a.by);
  },
  /** at a start: a wait further off than any can be was written under a wrong clock */
  atOnce: async (tx: Tx, a: { now: number; beyond: number }): Promise<void> => {
    await tx.run(statements.atOnce, a.now, a.beyond);
    await tx.run(statements.atOnceDestination, a.now, a.beyond);
  },
};
