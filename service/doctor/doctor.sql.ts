/** What the last look at our own domains found, so that a change is told and a standing fault is not told every night. Public names only. */
import { note } from '../audit/audit.sql.ts';
import type { PreparedEvent } from '../audit/audit.ts';
import type { Migration, Tx } from '../store/store.ts';

export const migrations: readonly Migration[] = [
  { id: 'doctor-1', ddl: ['CREATE TABLE doctor_state (domain TEXT NOT NULL, asked TEXT NOT NULL, state TEXT NOT NULL, since {int} NOT NULL, PRIMARY KEY (domain, asked))'] },
];

/** `none`: never published so far, which is for whoever sets up to see, and no change */
type Health = 'fine' | 'none' | 'bad';

export const statements = {
  before: 'SELECT state FROM doctor_state WHERE domain = $1 AND asked = $2',
  put: 'INSERT INTO doctor_state (domain, asked, state, since) VALUES ($1, $2, $3, $4) ON CONFLICT (domain, asked) DO UPDATE SET state = excluded.state, since = excluded.since',
} as const;

/** A first look that finds nothing wrong is no change. */
export const unaudited = ['found'] as const;

export const writes = {
  /** `fault`: noted when it has become bad; `mended`: when it is so no longer. Resolves to whether it has become bad. */
  async found(tx: Tx, a: { readonly domain: string; readonly check: string; readonly state: 'fine' | 'missing' | 'broken'; readonly now: number; readonly fault: PreparedEvent; readonly mended: PreparedEvent }): Promise<boolean> {
    const before = (await tx.get<{ state: Health }>(statements.before, a.domain, a.check))?.state;
    // What was there and is gone is as bad as what is wrong.
    const after: Health = a.state === 'missing' ? (before === undefined || before === 'none' ? 'none' : 'bad') : a.state === 'broken' ? 'bad' : 'fine';
    if (after === before) return false;
    await tx.run(statements.put, a.domain, a.check, after, a.now);
    if (after === 'bad') await note(tx, [a.fault]);
    else if (before === 'bad') await note(tx, [a.mended]);
    return after === 'bad';
  },
};

export const reads = {};
