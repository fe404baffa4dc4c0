/**
 * Messages that wait for a second person, and who stands in for whom. A row holds kinds, counts and rule names, never content or an address;
 * deputies are found by a keyed hash of theirs.
 */
import { noted } from '../audit/audit.sql.ts';
import type { PreparedEvent } from '../audit/audit.ts';
import type { Migration, Tx } from '../store/store.ts';

export const migrations: readonly Migration[] = [
  {
    id: 'approval-1',
    ddl: [
      `CREATE TABLE approval (
        message TEXT PRIMARY KEY, author TEXT NOT NULL, requested {int} NOT NULL, deadline {int} NOT NULL, state TEXT NOT NULL, about TEXT NOT NULL, decider TEXT, decided {int})`,
      'CREATE INDEX approval_state ON approval (state, deadline, message)',
      'CREATE TABLE approval_deputy (id TEXT PRIMARY KEY, principal TEXT NOT NULL, deputy TEXT NOT NULL, starts {int} NOT NULL, until {int} NOT NULL, ended {int})',
      'CREATE INDEX approval_deputy_deputy ON approval_deputy (deputy, until)',
    ],
  },
  // Who named a deputy sees whom: the address, sealed under the month's key.
  {
    id: 'approval-2',
    ddl: ['ALTER TABLE approval_deputy ADD COLUMN kid TEXT', 'ALTER TABLE approval_deputy ADD COLUMN sealed {bytes}', 'CREATE INDEX approval_deputy_principal ON approval_deputy (principal, until)'],
  },
];

export const statements = {
  ask: "INSERT INTO approval (message, author, requested, deadline, state, about, decider, decided) VALUES ($1, $2, $3, $4, 'waiting', $5, NULL, NULL) ON CONFLICT (message) DO NOTHING",
  askAgain: "UPDATE approval SET state = 'waiting', requested = $2, deadline = $3, about = $4, decider = NULL, decided = NULL WHERE message = $1 AND state <> 'waiting'",
  waiting: "SELECT message, author, requested, deadline, state, about FROM approval WHERE state = 'waiting' AND (deadline, message) > ($1, $2) ORDER BY deadline, message LIMIT $3",
  of: 'SELECT message, author, requested, deadline, state, about FROM approval WHERE message = $1',
  // Judged by the statement itself: not one's own, not twice, not after its time.
  decide: "UPDATE approval SET state = $2, decider = $3, decided = $4 WHERE message = $1 AND state = 'waiting' AND author <> $3 AND deadline > $4",
  lapse: "UPDATE approval SET state = 'expired', decided = $2 WHERE message = $1 AND state = 'waiting' AND deadline <= $2",
  due: "SELECT message, author, requested, deadline, state, about FROM approval WHERE state = 'waiting' AND deadline <= $1 ORDER BY deadline LIMIT $2",
  appoint: 'INSERT INTO approval_deputy (id, principal, deputy, starts, until, ended, kid, sealed) VALUES ($1, $2, $3, $4, $5, NULL, $6, $7) ON CONFLICT (id) DO NOTHING',
  dismiss: 'UPDATE approval_deputy SET ended = $3 WHERE id = $1 AND principal = $2 AND ended IS NULL',
  named: 'SELECT id, starts, until, kid, sealed FROM approval_deputy WHERE principal = $1 AND until > $2 AND ended IS NULL ORDER BY until LIMIT 50',
  stands: 'SELECT id, principal FROM approval_deputy WHERE deputy = $1 AND until > $2 AND starts <= $2 AND ended IS NULL ORDER BY until LIMIT 50',
} as const;

export interface ApprovalRow {
  readonly message: string; readonly author: string; readonly requested: number; readonly deadline: number;
  readonly state: 'waiting' | 'approved' | 'denied' | 'expired'; readonly about: string;
}
export interface DeputyRow { readonly id: string; readonly starts: number; readonly until: number; readonly kid: string | null; readonly sealed: Uint8Array | null }
export type Asked = Pick<ApprovalRow, 'message' | 'author' | 'requested' | 'deadline' | 'about'>;
type Events = readonly PreparedEvent[];

/** For the transaction that keeps the message. */
export async function ask(tx: Tx, a: Asked): Promise<void> {
  await tx.run(statements.ask, a.message, a.author, a.requested, a.deadline, a.about);
}

/** What was decided before, or never had to be, waits (once more). */
export async function askAgain(tx: Tx, a: Asked): Promise<void> {
  if ((await tx.run(statements.ask, a.message, a.author, a.requested, a.deadline, a.about)) === 0) await tx.run(statements.askAgain, a.message, a.requested, a.deadline, a.about);
}

/** False when it does not wait any more, its time is over, or the author decides on the own message. */
export async function decide(tx: Tx, a: { readonly message: string; readonly to: 'approved' | 'denied'; readonly by: string; readonly now: number }): Promise<boolean> {
  return (await tx.run(statements.decide, a.message, a.to, a.by, a.now)) === 1;
}

export async function lapse(tx: Tx, a: { readonly message: string; readonly now: number }): Promise<boolean> {
  return (await tx.run(statements.lapse, a.message, a.now)) === 1;
}

export const writes = {
  appoint: async (tx: Tx, a: { readonly id: string; readonly principal: string; readonly deputy: string; readonly starts: number; readonly until: number; readonly kid: string; readonly sealed: Uint8Array; readonly events: Events }): Promise<boolean> =>
    noted(tx, await tx.run(statements.appoint, a.id, a.principal, a.deputy, a.starts, a.until, a.kid, a.sealed), a.events),
  dismiss: async (tx: Tx, a: { readonly id: string; readonly principal: string; readonly now: number; readonly events: Events }): Promise<boolean> =>
    noted(tx, await tx.run(statements.dismiss, a.id, a.principal, a.now), a.events),
};

export const reads = {
  waiting: async (tx: Tx, a: { readonly deadline: number; readonly message: string; readonly limit: number }): Promise<ApprovalRow[]> => tx.all<ApprovalRow & Record<string, never>>(statements.waiting, a.deadline, a.message, a.limit),
  of: async (tx: Tx, a: { readonly message: string }): Promise<ApprovalRow | null> => (await tx.get<ApprovalRow & Record<string, never>>(statements.of, a.message)) ?? null,
  due: async (tx: Tx, a: { readonly now: number; readonly limit: number }): Promise<ApprovalRow[]> => tx.all<ApprovalRow & Record<string, never>>(statements.due, a.now, a.limit),
  /** whom this person has named, now or for later */
  named: async (tx: Tx, a: { readonly principal: string; readonly now: number }): Promise<DeputyRow[]> => tx.all<DeputyRow & Record<string, never>>(statements.named, a.principal, a.now),
  /** for whom; nobody stands in for more than fifty by one address */
  async stands(tx: Tx, a: { readonly deputies: readonly string[]; readonly now: number }): Promise<string[]> {
    const found: string[] = [];
    for (const deputy of a.deputies) for (const row of await tx.all<{ principal: string }>(statements.stands, deputy, a.now)) found.push(row.principal);
    return found;
  },
};
