/**
 * The queue's operations: copies (`item.sql.ts`), the domains they go to (`destination.sql.ts`), and leases of both (`lease.sql.ts`). One index per
 * access path; a second one on (state, next_at) makes SQLite walk the wrong one.
 */
import * as destination from './destination.sql.ts';
import * as item from './item.sql.ts';
import * as lease from './lease.sql.ts';

export { migrations } from './queue.table.ts';
export { approveItems, beginItem, changeItem, insertItems, leaveItems, recallItems, refuseItems, settleItem, takeBack, toldStopped, underWay, type ItemRow, type NewItem } from './item.sql.ts';

export const statements = { ...item.statements, ...destination.statements, ...lease.statements } as const;
export const writes = { ...item.writes, ...destination.writes, ...lease.writes };
export const reads = { ...item.reads, ...destination.reads };

/** What only takes and gives leases, or sets waits right by the clock: no fact about a message. */
export const unaudited = ['lease', 'worn', 'renew', 'resign', 'reap', 'forsake', 'giveBack', 'nearer', 'atOnce'] as const;
/**
 * Each claims by an UPDATE that looks at the state again; serializable, they would make every acceptance for the same domain start over. A lease that the
 * power took is a copy that waits once more: no try of it was begun.
 */
export const relaxed = unaudited;
