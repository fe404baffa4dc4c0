/** Access reviews: one row for every role of everybody, as it was when the review began; the decision on each, and who signed for all. */
import { note, noted } from '../../audit/audit.sql.ts';
import type { PreparedEvent } from '../../audit/audit.ts';
import { endClient } from '../client/client.sql.ts';
import type { Migration, Tx } from '../../store/store.ts';
import { setRole } from './access.sql.ts';

export const migrations: readonly Migration[] = [
  {
    id: 'access-review-1',
    ddl: [
      'CREATE TABLE access_review (id TEXT PRIMARY KEY, opened {int} NOT NULL, due {int} NOT NULL, state TEXT NOT NULL, signer TEXT, signed {int}, told {int} NOT NULL)',
      'CREATE INDEX access_review_opened ON access_review (opened, id)',
      'CREATE INDEX access_review_state ON access_review (state, told, due)',
      'CREATE TABLE access_row (review TEXT NOT NULL, person TEXT NOT NULL, role TEXT NOT NULL, source TEXT NOT NULL, seen {int} NOT NULL, decision TEXT, decider TEXT, PRIMARY KEY (review, person, role))',
    ],
  },
];

const REVIEW = 'id, opened, due, state, signer, signed, told';

export const statements = {
  one: `SELECT ${REVIEW} FROM access_review WHERE id = $1`,
  newest: `SELECT ${REVIEW} FROM access_review WHERE opened > 0 ORDER BY opened DESC, id DESC LIMIT $1`,
  // The state is asked by the index; of two that begin one at once, the second finds the first.
  running: `SELECT id FROM access_review WHERE state = 'open' LIMIT 1`,
  open: `INSERT INTO access_review (${REVIEW}) VALUES ($1, $2, $3, 'open', NULL, NULL, 0) ON CONFLICT (id) DO NOTHING`,
  late: `SELECT ${REVIEW} FROM access_review WHERE state = 'open' AND told = 0 AND due < $1 ORDER BY state, told, due LIMIT 10`,
  tell: 'UPDATE access_review SET told = 1 WHERE id = $1 AND told = 0',
  sign: "UPDATE access_review SET state = 'signed', signer = $2, signed = $3 WHERE id = $1 AND state = 'open'",
  row: 'INSERT INTO access_row (review, person, role, source, seen, decision, decider) VALUES ($1, $2, $3, $4, $5, NULL, NULL) ON CONFLICT (review, person, role) DO NOTHING',
  rows: 'SELECT person, role, source, seen, decision, decider FROM access_row WHERE review = $1 ORDER BY review, person, role',
  decide: 'UPDATE access_row SET decision = $4, decider = $5 WHERE review = $1 AND person = $2 AND role = $3 AND person <> $5',
  count: 'SELECT count(*) AS size, count(decision) AS done FROM access_row WHERE review = $1',
} as const;

export interface ReviewRow { readonly id: string; readonly opened: number; readonly due: number; readonly state: 'open' | 'signed'; readonly signer: string | null; readonly signed: number | null; readonly told: number }
export interface AccessRow { readonly person: string; readonly role: string; readonly source: 'claimed' | 'assigned' | 'client'; readonly seen: number; readonly decision: 'keep' | 'remove' | null; readonly decider: string | null }
export interface Counts { readonly size: number; readonly done: number }
type Bare = Record<string, never>;
type Events = readonly PreparedEvent[];

export const writes = {
  /** one at a time */
  async open(tx: Tx, a: Pick<ReviewRow, 'id' | 'opened' | 'due'> & { readonly rows: readonly Pick<AccessRow, 'person' | 'role' | 'source' | 'seen'>[]; readonly events: Events }): Promise<boolean> {
    if ((await tx.all(statements.running)).length > 0) return false;
    if ((await tx.run(statements.open, a.id, a.opened, a.due)) === 0) return false;
    for (const r of a.rows) await tx.run(statements.row, a.id, r.person, r.role, r.source, r.seen);
    await note(tx, a.events);
    return true;
  },
  async decide(tx: Tx, a: { readonly review: string; readonly person: string; readonly role: string; readonly decision: string; readonly by: string; readonly events: Events }): Promise<boolean> {
    const review = await tx.get<ReviewRow & Bare>(statements.one, a.review);
    return review?.state === 'open' && noted(tx, await tx.run(statements.decide, a.review, a.person, a.role, a.decision, a.by), a.events);
  },
  /** only what was read is signed for: `removals` are exactly the rows that say so, and nothing is left undecided */
  async sign(tx: Tx, a: { readonly review: string; readonly by: string; readonly now: number; readonly removals: readonly Pick<AccessRow, 'person' | 'role' | 'source'>[]; readonly events: Events }): Promise<boolean> {
    const rows = await tx.all<AccessRow & Bare>(statements.rows, a.review);
    const removed = rows.filter((r) => r.decision === 'remove');
    if (rows.some((r) => r.decision === null) || removed.length !== a.removals.length || !removed.every((r) => a.removals.some((x) => x.person === r.person && x.role === r.role))) return false;
    if ((await tx.run(statements.sign, a.review, a.by, a.now)) === 0) return false;
    for (const r of a.removals) {
      if (r.source === 'client') await endClient(tx, { id: r.person, now: a.now });
      else await setRole(tx, { person: r.person, role: r.role, state: 'taken', by: a.by, now: a.now });
    }
    await note(tx, a.events);
    return true;
  },
  tell: async (tx: Tx, a: { readonly id: string; readonly events: Events }): Promise<boolean> => noted(tx, await tx.run(statements.tell, a.id), a.events),
};

const counted = async (tx: Tx, review: string): Promise<Counts> => {
  const { size = 0, done = 0 } = (await tx.get<{ size: number; done: number }>(statements.count, review)) ?? {};
  return { size: Number(size), done: Number(done) };
};

export const reads = {
  async one(tx: Tx, a: { readonly id: string }): Promise<(ReviewRow & Counts) | null> {
    const row = await tx.get<ReviewRow & Bare>(statements.one, a.id);
    return row ? { ...row, ...(await counted(tx, row.id)) } : null;
  },
  rows: async (tx: Tx, a: { readonly id: string }): Promise<AccessRow[]> => tx.all<AccessRow & Bare>(statements.rows, a.id),
  async newest(tx: Tx, a: { readonly limit: number }): Promise<(ReviewRow & Counts)[]> {
    const found = [];
    for (const row of await tx.all<ReviewRow & Bare>(statements.newest, a.limit)) found.push({ ...row, ...(await counted(tx, row.id)) });
    return found;
  },
  late: async (tx: Tx, a: { readonly now: number }): Promise<ReviewRow[]> => tx.all<ReviewRow & Bare>(statements.late, a.now),
};
