/**
 * A copy and what becomes of it: `pending` (a second person decides) · `queued` · `leased` · `relayed` · `failed` · `held` (its author decides) ·
 * `recalled`. Whatever ends a try is fenced: under another lease than the one it was begun with, it changes nothing.
 */
import type { Protection } from '../../shared/plan/protection.ts';
import { note } from '../audit/audit.sql.ts';
import type { PreparedEvent } from '../audit/audit.ts';
import type { Tx } from '../store/store.ts';
import { announce, hasten, recovered, rest } from './destination.sql.ts';

export const ITEM = 'id, message, n, destination, kind, protection, otherwise, planned, state, created, next_at, deadline, attempts, started, code, lease, sealed';

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
  begin: `UPDATE queue_item SET started = 1, attempts = attempts + 1 WHERE id = $1 AND state = 'leased' AND lease = $2 AND stop = 0`,
  settle: `UPDATE queue_item SET state = $3, started = 0, code = $4, lease = '', sealed = CASE WHEN $3 = 'held' THEN sealed ELSE NULL END WHERE id = $1 AND state = 'leased' AND lease = $2`,
  defer: `UPDATE queue_item SET state = 'queued', started = 0, code = $4, lease = '', next_at = $3 WHERE id = $1 AND state = 'leased' AND lease = $2`,
  giveBack: `UPDATE queue_item SET state = 'queued', code = $4, lease = '', next_at = $3 WHERE id = $1 AND state = 'leased' AND lease = $2`,
  change: `UPDATE queue_item SET state = 'queued', started = 0, attempts = 0, lease = '', protection = $3, otherwise = NULL, next_at = $4, deadline = $5, code = $6 WHERE id = $1 AND state = 'leased' AND lease = $2`,
  // Its days begin anew: a copy that waited a week for its author must not be given up at the first try.
  release: `UPDATE queue_item SET state = 'queued', attempts = 0, code = '', created = $2, next_at = $2, deadline = $3, protection = $4, otherwise = $5 WHERE id = $1 AND state = 'held'`,
  // A try that was cut off is noted with it: nothing is under way any more.
  recall: `UPDATE queue_item SET state = 'recalled', started = 0, sealed = NULL, code = 'recalled' WHERE message = $1 AND n >= 0 AND state IN ('queued', 'held', 'pending') RETURNING id, n`,
  /** under way: what is running runs to its end, and is the last of its tries */
  stop: `UPDATE queue_item SET stop = 1 WHERE message = $1 AND n >= 0 AND state = 'leased' AND stop = 0 RETURNING id`,
  told: `UPDATE queue_item SET stop = 2 WHERE id = $1 AND state = 'leased'`,
  stopped: `UPDATE queue_item SET state = 'recalled', started = 0, sealed = NULL, code = 'recalled', lease = '' WHERE id = $1 AND state = 'leased' AND lease = $2 AND stop > 0 RETURNING stop`,
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
  for (const [destination, at] of [...earliest].sort(([a], [b]) => (a < b ? -1 : 1))) await announce(tx, destination, at);
}

/** A second person agreed: what waited goes, no sooner than `goes`. */
export async function approveItems(tx: Tx, a: { readonly message: string; readonly goes: number; readonly deadline: number }): Promise<void> {
  const rows = await tx.all<{ destination: string }>(statements.approve, a.message, a.goes, a.deadline);
  for (const destination of [...new Set(rows.map((r) => r.destination))].sort()) await announce(tx, destination, a.goes);
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
  if (a.state === 'relayed') await recovered(tx, a.destination);
  return true;
}

export async function changeItem(tx: Tx, a: { readonly item: string; readonly lease: string; readonly protection: Protection; readonly now: number; readonly deadline: number; readonly code: string; readonly destination: string }): Promise<boolean> {
  if ((await tx.run(statements.change, a.item, a.lease, a.protection, a.now, a.deadline, a.code)) === 0) return false;
  await hasten(tx, a.destination, a.now);
  return true;
}

/** What is not under way is taken back; what is, is not tried again. Resolves to the copies of each kind, as they stood before, once. */
export async function recallItems(tx: Tx, message: string): Promise<{ readonly items: readonly ItemRow[]; readonly back: readonly string[]; readonly stopped: readonly string[] }> {
  const items = await tx.all<ItemRow & Record<string, never>>(statements.ofMessage, message);
  const ids = async (statement: string) => (await tx.all<{ id: string }>(statement, message)).map((row) => row.id);
  return { items, back: await ids(statements.recall), stopped: await ids(statements.stop) };
}

/** Of one that is under way its author has been told already. */
export const toldStopped = (tx: Tx, item: string): Promise<number> => tx.run(statements.told, item);

/** A try has ended, or would begin, and its author took the copy back meanwhile: it ends here, with the word of it where that is still to be given. */
export async function takeBack(tx: Tx, a: { readonly item: string; readonly lease: string; readonly stopped: readonly PreparedEvent[] }): Promise<readonly PreparedEvent[] | null> {
  const [row] = await tx.all<{ stop: number }>(statements.stopped, a.item, a.lease);
  return row === undefined ? null : row.stop === 1 ? a.stopped : [];
}

/** Whether a copy may still need the message's content. */
export const underWay = async (tx: Tx, message: string): Promise<boolean> => (await tx.get(statements.underWay, message)) !== undefined;

export const writes = {
  defer: async (tx: Tx, a: { item: string; lease: string; destination: string; until: number; code: string; wholeUntil: readonly number[] | null; now: number; events: readonly PreparedEvent[]; stopped: readonly PreparedEvent[] }): Promise<boolean> => {
    const back = await takeBack(tx, a);
    if (back === null && (await tx.run(statements.defer, a.item, a.lease, a.until, a.code)) === 0) return false;
    if (a.wholeUntil) await rest(tx, a.destination, a.wholeUntil);
    else await hasten(tx, a.destination, a.until);
    await note(tx, [...a.events, ...(back ?? [])]);
    return true;
  },
  /** our own fault: the copy waits, and the attempt it may have begun stays marked as begun */
  giveBack: async (tx: Tx, a: { item: string; lease: string; destination: string; until: number; code: string }): Promise<boolean> => {
    if ((await tx.run(statements.giveBack, a.item, a.lease, a.until, a.code)) === 0) return false;
    await hasten(tx, a.destination, a.until);
    return true;
  },
  release: async (tx: Tx, a: { item: string; destination: string; now: number; deadline: number; protection: Protection; otherwise: Protection | null; events: readonly PreparedEvent[] }): Promise<boolean> => {
    if ((await tx.run(statements.release, a.item, a.now, a.deadline, a.protection, a.otherwise)) === 0) return false;
    await hasten(tx, a.destination, a.now);
    await note(tx, a.events);
    return true;
  },
};

export const reads = {
  ofMessage: (tx: Tx, a: { message: string }): Promise<ItemRow[]> => tx.all(statements.ofMessage, a.message),
  item: (tx: Tx, a: { id: string }): Promise<ItemRow | undefined> => tx.get(statements.item, a.id),
  figures: async (tx: Tx, a: { now: number }): Promise<{ ready: number; oldest: number | null; waiting: number }> => {
    const ready = await tx.get<{ n: number; oldest: number | null }>(statements.ready, a.now);
    const waiting = await tx.get<{ n: number }>(statements.waiting, a.now);
    return { ready: ready?.n ?? 0, oldest: ready?.oldest ?? null, waiting: waiting?.n ?? 0 };
  },
};
