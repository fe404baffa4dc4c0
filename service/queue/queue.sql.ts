/**
 * Items and destinations. A destination is leased by one instance at a time (exact concurrency without counters); an item is fenced by
 * its lease string: a settle under an older lease changes nothing. One index per access path; a second one on (state, next_at) makes SQLite
 * walk the wrong one.
 */
import type { Protection } from '../../shared/plan/protection.ts';
import { note } from '../audit/audit.sql.ts';
import type { PreparedEvent } from '../audit/audit.ts';
import type { Tx } from '../store/store.ts';

export { migrations } from './queue.table.ts';

const ALL = '*';

const ITEM = 'id, message, n, destination, kind, protection, otherwise, planned, state, created, next_at, deadline, attempts, started, code, lease, sealed';

export const statements = {
  insert: `INSERT INTO queue_item (id, message, n, destination, kind, protection, otherwise, planned, state, created, next_at, deadline, attempts, started, code, lease, lease_until, sealed)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'queued', $9, $12, $10, 0, 0, $13, '', 0, $11)`,
  joined: `SELECT id FROM queue_item WHERE message = $1 AND n = -1 AND state = 'queued' AND code = $2 LIMIT 1`,
  /** waits for a second person: no clock looks at it */
  insertPending: `INSERT INTO queue_item (id, message, n, destination, kind, protection, otherwise, planned, state, created, next_at, deadline, attempts, started, code, lease, lease_until, sealed)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'pending', $9, $9, $10, 0, 0, 'approval-waits', '', 0, $11)`,
  approve: `UPDATE queue_item SET state = 'queued', code = '', created = $2, next_at = $2, deadline = $3 WHERE message = $1 AND n >= 0 AND state = 'pending' RETURNING destination`,
  refuse: `UPDATE queue_item SET state = 'failed', code = $2, started = 0, sealed = NULL WHERE message = $1 AND n >= 0 AND state = 'pending'`,
  /** its author has left: what was not sent, and what waited for them, waits for somebody else */
  leave: `UPDATE queue_item SET state = 'pending', code = 'author-left', lease = '' WHERE message = $1 AND n >= 0 AND (state IN ('queued', 'held') OR (state = 'leased' AND id = $2 AND lease = $3)) RETURNING id`,
  // DO NOTHING and an UPDATE that matches nothing lock no row: an upsert would serialise all mail to a popular domain.
  destination: `INSERT INTO queue_destination (destination, due, hold_until, failures, idle_since, owner, lease_until) VALUES ($1, $2, 0, 0, 0, '', 0) ON CONFLICT (destination) DO NOTHING`,
  hasten: 'UPDATE queue_destination SET due = $2 WHERE destination = $1 AND due > $2',
  due: 'SELECT destination, idle_since, failures, resumed FROM queue_destination WHERE due <= $1 AND hold_until <= $1 AND paused = 0 AND (owner = $2 OR lease_until <= $1) ORDER BY due LIMIT $3 /*+SKIP*/',
  leaseDestination: 'UPDATE queue_destination SET owner = $2, lease_until = $3 WHERE destination = $1 AND (owner = $2 OR lease_until <= $4)',
  leased: `SELECT count(*) AS n FROM queue_item WHERE destination = $1 AND state = 'leased'`,
  claim: `UPDATE queue_item SET state = 'leased', lease = $2, lease_until = $3
    WHERE state = 'queued' AND id IN (SELECT id FROM queue_item WHERE destination = $1 AND state = 'queued' AND next_at <= $4 ORDER BY next_at LIMIT $5)
    RETURNING ${ITEM}`,
  resting: 'SELECT destination FROM queue_destination WHERE due > $1 AND hold_until > $1 AND failures > 0 AND paused = 0 AND resumed <= $2 ORDER BY due LIMIT $3',
  all: `SELECT paused, resumed FROM queue_destination WHERE destination = '${ALL}'`,
  pause: 'UPDATE queue_destination SET paused = $2, resumed = CASE WHEN $2 = 0 THEN $3 ELSE resumed END WHERE destination = $1 AND paused <> $2',
  tryNow: 'UPDATE queue_destination SET hold_until = 0, due = $2 WHERE destination = $1 AND hold_until > $2',
  paused: 'SELECT destination, failures, hold_until, paused FROM queue_destination WHERE paused = 1 ORDER BY destination LIMIT $1',
  troubled: 'SELECT destination, failures, hold_until, paused FROM queue_destination WHERE due > $1 AND hold_until > $1 AND failures > 0 AND paused = 0 ORDER BY due LIMIT $2',
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
  begin: `UPDATE queue_item SET started = 1, attempts = attempts + 1 WHERE id = $1 AND state = 'leased' AND lease = $2`,
  settle: `UPDATE queue_item SET state = $3, started = 0, code = $4, lease = '', sealed = CASE WHEN $3 = 'held' THEN sealed ELSE NULL END WHERE id = $1 AND state = 'leased' AND lease = $2`,
  defer: `UPDATE queue_item SET state = 'queued', started = 0, code = $4, lease = '', next_at = $3 WHERE id = $1 AND state = 'leased' AND lease = $2`,
  giveBack: `UPDATE queue_item SET state = 'queued', code = $4, lease = '', next_at = $3 WHERE id = $1 AND state = 'leased' AND lease = $2`,
  change: `UPDATE queue_item SET state = 'queued', started = 0, attempts = 0, lease = '', protection = $3, otherwise = NULL, next_at = $4, deadline = $5, code = $6 WHERE id = $1 AND state = 'leased' AND lease = $2`,
  // `due` too: a destination at rest must not be walked over at every look.
  putOff: 'UPDATE queue_destination SET hold_until = $2, due = $2, failures = failures + 1 WHERE destination = $1',
  failures: 'SELECT failures FROM queue_destination WHERE destination = $1',
  recovered: 'UPDATE queue_destination SET failures = 0, hold_until = 0 WHERE destination = $1 AND failures > 0',
  // Its days begin anew: a copy that waited a week for its author must not be given up at the first try.
  nearer: `UPDATE queue_item SET next_at = next_at - $2 WHERE state = 'queued' AND destination >= '' AND next_at > $1`,
  nearerDestination: 'UPDATE queue_destination SET due = due - $2, hold_until = CASE WHEN hold_until > $1 THEN hold_until - $2 ELSE hold_until END WHERE due > $1',
  atOnce: `UPDATE queue_item SET next_at = $1 WHERE state = 'queued' AND destination >= '' AND next_at > $2`,
  atOnceDestination: 'UPDATE queue_destination SET due = $1, hold_until = CASE WHEN hold_until > $2 THEN $1 ELSE hold_until END WHERE due > $2',
  release: `UPDATE queue_item SET state = 'queued', attempts = 0, code = '', created = $2, next_at = $2, deadline = $3, protection = $4, otherwise = $5 WHERE id = $1 AND state = 'held'`,
  recall: `UPDATE queue_item SET state = 'recalled', sealed = NULL, code = 'recalled' WHERE message = $1 AND n >= 0 AND state IN ('queued', 'held', 'pending') RETURNING id, n`,
  ofMessage: `SELECT ${ITEM} FROM queue_item WHERE message = $1 AND n >= 0 ORDER BY n`,
  underWay: `SELECT id FROM queue_item WHERE message = $1 AND n >= 0 AND state IN ('pending', 'queued', 'leased', 'held') LIMIT 1`,
  item: `SELECT ${ITEM} FROM queue_item WHERE id = $1`,
  // What was put ahead of others has not waited for longer.
  ready: `SELECT count(*) AS n, min(since) AS oldest FROM (SELECT CASE WHEN next_at > created THEN next_at ELSE created END AS since FROM queue_item WHERE state = 'queued' AND destination >= '' AND next_at <= $1 LIMIT 100000) AS due`,
  waiting: `SELECT count(*) AS n FROM (SELECT next_at FROM queue_item WHERE state = 'queued' AND destination >= '' AND next_at > $1 LIMIT 100000) AS later`,
} as const;

export interface ItemRow {
  readonly id: string; readonly message: string; readonly n: number; readonly destination: string; readonly kind: 'message' | 'mail';
  readonly protection: Protection; readonly otherwise: Protection | null; readonly planned: Protection;
  readonly state: 'pending' | 'queued' | 'leased' | 'relayed' | 'failed' | 'held' | 'recalled';
  readonly created: number; readonly next_at: number; readonly deadline: number; readonly attempts: number; readonly started: number;
  /** the last reason it waited, moved or failed; '' before any */
  readonly code: string;
  readonly lease: string; readonly sealed: Uint8Array | null;
  /** as claimed: when a pause of its destination, or of everything, last ended; 0 when none ever did */
  readonly resumed?: number;
}

export interface NewItem {
  readonly id: string;
  readonly message: string;
  /** index of the recipient in the message; -1 for mail of our own */
  readonly n: number;
  readonly destination: string;
  readonly kind: 'message' | 'mail';
  readonly protection: Protection;
  readonly otherwise: Protection | null;
  readonly planned: Protection;
  readonly created: number;
  readonly deadline: number;
  readonly sealed: Uint8Array | null;
  /** ms it goes ahead of what came with it, as if it had waited for so much longer: others are overtaken, none waits for ever */
  readonly ahead?: number;
  /** mail of our own that says the same as one that still waits for the same message: that one speaks for both, and counts when it goes */
  readonly joins?: string;
  /** waits for a second person's word */
  readonly pending?: true;
}

/**
 * An empty destination is looked at again, ever more seldom but always: an item may have been on its way in a transaction that was
 * open when we looked, and nobody else would wake it.
 */
const IDLE_LEAST_MS = 1_000;
const IDLE_MOST_MS = 600_000;

/** For other rooms' operations: items enter in the transaction of what they belong to. */
export async function insertItems(tx: Tx, items: readonly NewItem[]): Promise<void> {
  for (const i of items) {
    if (i.joins !== undefined && (await tx.get(statements.joined, i.message, i.joins)) !== undefined) continue;
    const row = [i.id, i.message, i.n, i.destination, i.kind, i.protection, i.otherwise, i.planned, i.created, i.deadline, i.sealed] as const;
    await (i.pending ? tx.run(statements.insertPending, ...row) : tx.run(statements.insert, ...row, i.created - (i.ahead ?? 0), i.joins ?? ''));
  }
  const earliest = new Map<string, number>();
  for (const i of items) if (!i.pending) earliest.set(i.destination, Math.min(earliest.get(i.destination) ?? Infinity, i.created - (i.ahead ?? 0)));
  // Sorted, so that two transactions never wait for each other.
  for (const [destination, at] of [...earliest].sort(([a], [b]) => (a < b ? -1 : 1))) {
    await tx.run(statements.destination, destination, at);
    await tx.run(statements.hasten, destination, at);
  }
}

/** A second person agreed: what waited goes. */
export async function approveItems(tx: Tx, a: { readonly message: string; readonly now: number; readonly deadline: number }): Promise<void> {
  const rows = await tx.all<{ destination: string }>(statements.approve, a.message, a.now, a.deadline);
  for (const destination of [...new Set(rows.map((r) => r.destination))].sort()) {
    await tx.run(statements.destination, destination, a.now);
    await tx.run(statements.hasten, destination, a.now);
  }
}

/** Resolves to the copies that wait now; `mine`: the one under way whose turn this is. */
export async function leaveItems(tx: Tx, a: { readonly message: string; readonly mine: { readonly item: string; readonly lease: string } | null }): Promise<string[]> {
  return (await tx.all<{ id: string }>(statements.leave, a.message, a.mine?.item ?? '', a.mine?.lease ?? '')).map((row) => row.id);
}

/** Nobody agreed: what waited never goes. */
export const refuseItems = (tx: Tx, a: { readonly message: string; readonly code: string }): Promise<number> => tx.run(statements.refuse, a.message, a.code);

export const beginItem = async (tx: Tx, a: { readonly item: string; readonly lease: string }): Promise<boolean> => (await tx.run(statements.begin, a.item, a.lease)) === 1;

export async function settleItem(tx: Tx, a: { readonly item: string; readonly lease: string; readonly state: 'relayed' | 'failed' | 'held'; readonly code: string; readonly destination: string }): Promise<boolean> {
  if ((await tx.run(statements.settle, a.item, a.lease, a.state, a.code)) === 0) return false;
  if (a.state === 'relayed') await tx.run(statements.recovered, a.destination);
  return true;
}

export async function changeItem(tx: Tx, a: { readonly item: string; readonly lease: string; readonly protection: Protection; readonly now: number; readonly deadline: number; readonly code: string; readonly destination: string }): Promise<boolean> {
  if ((await tx.run(statements.change, a.item, a.lease, a.protection, a.now, a.deadline, a.code)) === 0) return false;
  await tx.run(statements.hasten, a.destination, a.now);
  return true;
}

/** What is not under way is taken back; resolves to the copies that were. */
export const recallItems = (tx: Tx, message: string): Promise<{ id: string; n: number }[]> => tx.all(statements.recall, message);

/** Whether a copy may still need the message's content. */
export const underWay = async (tx: Tx, message: string): Promise<boolean> => (await tx.get(statements.underWay, message)) !== undefined;

/** Whether everything is paused, and when that last ended. */
async function everything(tx: Tx): Promise<{ paused: number; resumed: number }> {
  return (await tx.get<{ paused: number; resumed: number }>(statements.all)) ?? { paused: 0, resumed: 0 };
}

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
  /** null: all of them; false when it was so already */
  pause: async (tx: Tx, a: { destination: string | null; paused: boolean; now: number; events: readonly PreparedEvent[] }): Promise<boolean> => {
    await tx.run(statements.destination, a.destination ?? ALL, a.now);
    if ((await tx.run(statements.pause, a.destination ?? ALL, a.paused ? 1 : 0, a.now)) === 0) return false;
    if (!a.paused && a.destination !== null) await tx.run(statements.hasten, a.destination, a.now);
    await note(tx, a.events);
    return true;
  },
  /** false when it was not resting */
  tryNow: async (tx: Tx, a: { destination: string; now: number; events: readonly PreparedEvent[] }): Promise<boolean> => {
    if ((await tx.run(statements.tryNow, a.destination, a.now)) === 0) return false;
    await note(tx, a.events);
    return true;
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
  defer: async (tx: Tx, a: { item: string; lease: string; destination: string; until: number; code: string; wholeUntil: readonly number[] | null; now: number; events: readonly PreparedEvent[] }): Promise<boolean> => {
    if ((await tx.run(statements.defer, a.item, a.lease, a.until, a.code)) === 0) return false;
    if (a.wholeUntil) {
      const failures = (await tx.get<{ failures: number }>(statements.failures, a.destination))?.failures ?? 0;
      await tx.run(statements.putOff, a.destination, a.wholeUntil[Math.min(failures, a.wholeUntil.length - 1)] ?? a.until);
    }
    else await tx.run(statements.hasten, a.destination, a.until);
    await note(tx, a.events);
    return true;
  },
  /** our own fault: the copy waits, and the attempt it may have begun stays marked as begun */
  giveBack: async (tx: Tx, a: { item: string; lease: string; destination: string; until: number; code: string }): Promise<boolean> => {
    if ((await tx.run(statements.giveBack, a.item, a.lease, a.until, a.code)) === 0) return false;
    await tx.run(statements.hasten, a.destination, a.until);
    return true;
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
  release: async (tx: Tx, a: { item: string; destination: string; now: number; deadline: number; protection: Protection; otherwise: Protection | null; events: readonly PreparedEvent[] }): Promise<boolean> => {
    if ((await tx.run(statements.release, a.item, a.now, a.deadline, a.protection, a.otherwise)) === 0) return false;
    await tx.run(statements.hasten, a.destination, a.now);
    await note(tx, a.events);
    return true;
  },
};

/** Leases are the runner's own pace, not what happened to a message. */
export const unaudited = ['lease', 'worn', 'renew', 'resign', 'reap', 'forsake', 'giveBack', 'nearer', 'atOnce'] as const;
/** Each claims by an UPDATE that looks at the state again; serializable, they would make every acceptance for the same domain start over. */
export const relaxed = ['lease', 'worn', 'renew', 'resign', 'reap', 'forsake', 'giveBack', 'nearer', 'atOnce'] as const;

export const reads = {
  ofMessage: (tx: Tx, a: { message: string }): Promise<ItemRow[]> => tx.all(statements.ofMessage, a.message),
  item: (tx: Tx, a: { id: string }): Promise<ItemRow | undefined> => tx.get(statements.item, a.id),
  figures: async (tx: Tx, a: { now: number }): Promise<{ ready: number; oldest: number | null; waiting: number }> => {
    const ready = await tx.get<{ n: number; oldest: number | null }>(statements.ready, a.now);
    const waiting = await tx.get<{ n: number }>(statements.waiting, a.now);
    return { ready: ready?.n ?? 0, oldest: ready?.oldest ?? null, waiting: waiting?.n ?? 0 };
  },
  stopped: async (tx: Tx): Promise<boolean> => (await everything(tx)).paused === 1,
  /** paused by somebody, or resting because nobody answers there */
  troubled: async (tx: Tx, a: { now: number; limit: number }): Promise<{ destination: string; failures: number; hold_until: number; paused: number }[]> =>
    [...(await tx.all<{ destination: string; failures: number; hold_until: number; paused: number }>(statements.paused, a.limit)).filter((d) => d.destination !== ALL), ...(await tx.all<{ destination: string; failures: number; hold_until: number; paused: number }>(statements.troubled, a.now, a.limit))].slice(0, a.limit),
};
