/** What the composition does with the queue's words, as small as it can be. */
import { note } from '../../../service/audit/audit.sql.ts';
import type { PreparedEvent } from '../../../service/audit/audit.ts';
import { beginItem, changeItem, insertItems, recallItems, settleItem, takeBack, type NewItem } from '../../../service/queue/queue.sql.ts';
import type { Migration, Operation, Tx } from '../../../service/store/store.ts';
import type { Protection } from '../../../shared/plan/protection.ts';

type Events = readonly PreparedEvent[];
interface Leased { readonly item: string; readonly lease: string; readonly destination: string; readonly events: Events }

export const migrations: readonly Migration[] = [];
export const statements = {
  /** as a transaction that was open while the runner looked: no destination is hastened */
  sneak: `INSERT INTO queue_item (id, message, n, destination, kind, protection, otherwise, planned, state, created, next_at, deadline, attempts, started, code, lease, lease_until, sealed)
    SELECT $1, message, n, destination, kind, protection, otherwise, planned, 'queued', created, next_at, deadline, attempts, started, code, '', 0, sealed FROM queue_item WHERE id = $2`,
  double: `INSERT INTO queue_item (id, message, n, destination, kind, protection, otherwise, planned, state, created, next_at, deadline, attempts, started, code, lease, lease_until, sealed)
    SELECT id || $2, message || $2, n, destination, kind, protection, otherwise, planned, state, created, next_at, deadline, attempts, started, code, lease, lease_until, sealed FROM queue_item WHERE destination = $1`,
} as const;

export const writes = {
  async accept(tx: Tx, a: { items: readonly NewItem[]; events: Events }) {
    await insertItems(tx, a.items);
    await note(tx, a.events);
  },
  async begin(tx: Tx, a: Leased) {
    const back = await takeBack(tx, { ...a, stopped: [] });
    if (back !== null) await note(tx, a.events);
    const begun = await beginItem(tx, a);
    if (begun) await note(tx, a.events);
    return begun;
  },
  async settle(tx: Tx, a: Leased & { state: 'relayed' | 'failed' | 'held' }) {
    const settled = await settleItem(tx, { ...a, code: '' });
    if (settled) await note(tx, a.events);
    return settled;
  },
  async change(tx: Tx, a: Leased & { protection: Protection; now: number; deadline: number }) {
    const changed = await changeItem(tx, { ...a, code: 'no-tls' });
    if (changed) await note(tx, a.events);
    return changed;
  },
  async recall(tx: Tx, a: { message: string; events: Events }) {
    const { back, stopped } = await recallItems(tx, a.message);
    if (back.length + stopped.length > 0) await note(tx, a.events);
    return { back, stopped };
  },
  sneak: async (tx: Tx, a: { id: string; like: string }) => await tx.run(statements.sneak, a.id, a.like),
  async double(tx: Tx, a: { destination: string; times: number }) {
    for (let n = 0; n < a.times; n++) await tx.run(statements.double, a.destination, `-${n}`);
  },
} satisfies Record<string, Operation>;
export const reads = {};
export const unaudited = ['sneak', 'double'];
