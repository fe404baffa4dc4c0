/**
 * Changes that wait for a second person, and the settings two people have agreed to. The statement itself asks for another person than the proposer,
 * and what was agreed to holds in the same transaction. What a change says lies sealed.
 */
import { note, noted } from '../audit/audit.sql.ts';
import type { PreparedEvent } from '../audit/audit.ts';
import { setRole, share } from '../people/access/access.sql.ts';
import { addClient } from '../people/client/client.sql.ts';
import { anyLeft } from '../people/people.sql.ts';
import type { Migration, Tx } from '../store/store.ts';

export const migrations: readonly Migration[] = [
  {
    id: 'change-1',
    ddl: [
      'CREATE TABLE change_request (id TEXT PRIMARY KEY, kind TEXT NOT NULL, proposer TEXT, kid TEXT NOT NULL, sealed {bytes} NOT NULL, proposed {int} NOT NULL, until {int} NOT NULL, state TEXT NOT NULL, decider TEXT, decided {int})',
      'CREATE INDEX change_request_state ON change_request (state, until, id)',
      'CREATE INDEX change_request_proposed ON change_request (proposed, id)',
      'CREATE TABLE setting_agreed (name TEXT PRIMARY KEY, hash TEXT NOT NULL)',
    ],
  },
];

const COLUMNS = 'id, kind, proposer, kid, sealed, proposed, until, state, decider, decided';

export const statements = {
  propose: `INSERT INTO change_request (${COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, 'waiting', NULL, NULL) ON CONFLICT (id) DO NOTHING`,
  again: "UPDATE change_request SET state = 'waiting', proposer = NULL, decider = NULL, decided = NULL, proposed = $2, until = $3 WHERE id = $1 AND state <> 'waiting'",
  one: `SELECT ${COLUMNS} FROM change_request WHERE id = $1`,
  recent: `SELECT ${COLUMNS} FROM change_request WHERE proposed > $1 ORDER BY proposed DESC, id DESC LIMIT 500`,
  waiting: `SELECT ${COLUMNS} FROM change_request WHERE state = 'waiting' AND until > $1 ORDER BY state, until, id LIMIT 500`,
  due: `SELECT ${COLUMNS} FROM change_request WHERE state = 'waiting' AND until <= $1 ORDER BY state, until, id LIMIT 100`,
  vouch: "UPDATE change_request SET proposer = $2 WHERE id = $1 AND state = 'waiting' AND proposer IS NULL AND until > $3",
  approve: "UPDATE change_request SET state = 'applied', decider = $2, decided = $3 WHERE id = $1 AND state = 'waiting' AND proposer <> $2 AND until > $3",
  reject: "UPDATE change_request SET state = 'rejected', decider = $2, decided = $3 WHERE id = $1 AND state = 'waiting'",
  lapse: "UPDATE change_request SET state = 'lapsed', decided = $2 WHERE id = $1 AND state = 'waiting'",
  agreed: 'SELECT name, hash FROM setting_agreed ORDER BY name',
  agreeAnew: 'INSERT INTO setting_agreed (name, hash) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET hash = excluded.hash',
  agree: 'INSERT INTO setting_agreed (name, hash) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING',
} as const;

export interface ChangeRow {
  readonly id: string; readonly kind: 'role' | 'client' | 'mailbox' | 'settings'; readonly proposer: string | null; readonly kid: string; readonly sealed: Uint8Array;
  readonly proposed: number; readonly until: number; readonly state: 'waiting' | 'applied' | 'rejected' | 'lapsed'; readonly decider: string | null; readonly decided: number | null;
}
/** What agreeing does. */
export type Effect =
  | { readonly kind: 'role'; readonly set: Parameters<typeof setRole>[1] }
  | { readonly kind: 'client'; readonly add: Parameters<typeof addClient>[1] }
  | { readonly kind: 'mailbox'; readonly share: Parameters<typeof share>[1] }
  | { readonly kind: 'settings'; readonly hashes: { readonly [name: string]: string } };
type Bare = Record<string, never>;
type Events = readonly PreparedEvent[];

const getting = (effect: Effect): readonly string[] => (effect.kind === 'role' ? [effect.set.person] : effect.kind === 'mailbox' ? effect.share.people : []);

async function apply(tx: Tx, effect: Effect): Promise<void> {
  if (effect.kind === 'role') await setRole(tx, effect.set);
  else if (effect.kind === 'client') await addClient(tx, effect.add);
  else if (effect.kind === 'mailbox') await share(tx, effect.share);
  else for (const [name, hash] of Object.entries(effect.hashes)) await tx.run(statements.agreeAnew, name, hash);
}

export const writes = {
  /** found once more after it had ended, it waits anew: with `again` */
  async propose(tx: Tx, a: Pick<ChangeRow, 'id' | 'kind' | 'proposer' | 'kid' | 'sealed' | 'proposed' | 'until'> & { readonly again: boolean; readonly events: Events }): Promise<boolean> {
    const added = await tx.run(statements.propose, a.id, a.kind, a.proposer, a.kid, a.sealed, a.proposed, a.until);
    return noted(tx, added === 0 && a.again ? await tx.run(statements.again, a.id, a.proposed, a.until) : added, a.events);
  },
  vouch: async (tx: Tx, a: { readonly id: string; readonly by: string; readonly now: number; readonly events: Events }): Promise<boolean> => noted(tx, await tx.run(statements.vouch, a.id, a.by, a.now), a.events),
  /** false also where somebody who would get it has left */
  async approve(tx: Tx, a: { readonly id: string; readonly by: string; readonly now: number; readonly effect: Effect; readonly events: Events }): Promise<boolean> {
    // What ended with an account is not given to it a moment later: it would wait there for their return.
    if (await anyLeft(tx, getting(a.effect))) return false;
    if ((await tx.run(statements.approve, a.id, a.by, a.now)) === 0) return false;
    await apply(tx, a.effect);
    await note(tx, a.events);
    return true;
  },
  reject: async (tx: Tx, a: { readonly id: string; readonly by: string; readonly now: number; readonly events: Events }): Promise<boolean> => noted(tx, await tx.run(statements.reject, a.id, a.by, a.now), a.events),
  lapse: async (tx: Tx, a: { readonly id: string; readonly now: number; readonly events: Events }): Promise<boolean> => noted(tx, await tx.run(statements.lapse, a.id, a.now), a.events),
  /** settings nobody has ever looked at: of the first start, or new with a newer program */
  async agree(tx: Tx, a: { readonly hashes: { readonly [name: string]: string }; readonly events: Events }): Promise<boolean> {
    let added = 0;
    for (const [name, hash] of Object.entries(a.hashes)) added += await tx.run(statements.agree, name, hash);
    return noted(tx, added, a.events);
  },
};

export const reads = {
  one: async (tx: Tx, a: { readonly id: string }): Promise<ChangeRow | null> => (await tx.get<ChangeRow & Bare>(statements.one, a.id)) ?? null,
  recent: async (tx: Tx, a: { readonly after: number }): Promise<ChangeRow[]> => tx.all<ChangeRow & Bare>(statements.recent, a.after),
  waiting: async (tx: Tx, a: { readonly now: number }): Promise<ChangeRow[]> => tx.all<ChangeRow & Bare>(statements.waiting, a.now),
  due: async (tx: Tx, a: { readonly now: number }): Promise<ChangeRow[]> => tx.all<ChangeRow & Bare>(statements.due, a.now),
  agreed: async (tx: Tx): Promise<{ readonly [name: string]: string }> => Object.fromEntries((await tx.all<{ name: string; hash: string }>(statements.agreed)).map(({ name, hash }) => [name, hash])),
};
