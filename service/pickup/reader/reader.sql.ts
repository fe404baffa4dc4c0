/**
 * Others than the addressed person who may open a copy: asked for by link, allowed by its author, or known beforehand as standing in for
 * that person (a group's member, a parent, a carer). Addresses by keyed hash, and sealed under the message's evidence key to be shown to its author.
 */
import type { PreparedEvent } from '../../audit/audit.ts';
import { note } from '../../audit/audit.sql.ts';
import type { Migration, Tx } from '../../store/store.ts';
import { keepCode, useCodes, type NewCode, type Sent } from '../code/code.sql.ts';
import { statements as sessions } from '../pickup.sql.ts';

export const migrations: readonly Migration[] = [
  {
    id: 'reader-1',
    ddl: [
      `CREATE TABLE reader (id TEXT PRIMARY KEY, item TEXT NOT NULL, owner TEXT NOT NULL, address {bytes} NOT NULL, state TEXT NOT NULL, stands TEXT NOT NULL,
        code TEXT NOT NULL, code_until {int} NOT NULL, tries {int} NOT NULL, code_day {int} NOT NULL, codes {int} NOT NULL, since {int} NOT NULL)`,
      'CREATE UNIQUE INDEX reader_item ON reader (item, owner)',
      'CREATE TABLE stand_in (owner TEXT NOT NULL, reader TEXT NOT NULL, stands TEXT NOT NULL, since {int} NOT NULL, PRIMARY KEY (owner, reader))',
    ],
  },
  // Whose standing in ends, in every copy at once.
  { id: 'reader-2', ddl: ['CREATE INDEX reader_owner ON reader (owner)'] },
  // Their codes lie with those of the addressed (`code/`).
  { id: 'reader-3', ddl: ['ALTER TABLE reader DROP COLUMN code', 'ALTER TABLE reader DROP COLUMN code_until', 'ALTER TABLE reader DROP COLUMN tries'] },
  // Who stands in, sealed, to be shown to staff, and who recorded it. What was recorded before shows neither, until it is recorded again.
  { id: 'reader-4', ddl: ["ALTER TABLE stand_in ADD COLUMN recorded_by TEXT NOT NULL DEFAULT ''", "ALTER TABLE stand_in ADD COLUMN epoch TEXT NOT NULL DEFAULT ''", 'ALTER TABLE stand_in ADD COLUMN evidence_key {bytes}', 'ALTER TABLE stand_in ADD COLUMN address {bytes}'] },
];

/** Per copy and address: a stranger with the link cannot use us to fill other people's mailboxes, nor take a place from the addressed person. */
const LIMITS = { perCopy: 8, codesPerDay: 3 } as const;
const DAY = 24 * 60 * 60_000;

const COLUMNS = 'id, item, owner, address, state, stands, code_day, codes, since';
export const statements = {
  ofItem: `SELECT ${COLUMNS} FROM reader WHERE item = $1 ORDER BY item, owner`,
  byOwner: `SELECT ${COLUMNS} FROM reader WHERE item = $1 AND owner = $2`,
  byId: `SELECT ${COLUMNS} FROM reader WHERE id = $1`,
  insert: `INSERT INTO reader (${COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, 1, $8)`,
  issued: 'UPDATE reader SET code_day = $2, codes = $3 WHERE id = $1',
  state: 'UPDATE reader SET state = $2 WHERE id = $1 AND state <> $2',
  known: "UPDATE reader SET state = 'allowed', stands = $2 WHERE id = $1 AND state <> 'refused'",
  standing: "SELECT id, item FROM reader WHERE owner = $1 AND stands <> ''",
  fallen: "UPDATE reader SET state = 'new', stands = '' WHERE id = $1 AND state <> 'refused'",
  standsIn: 'SELECT stands FROM stand_in WHERE owner = $1 AND reader = $2',
  stand: `INSERT INTO stand_in (owner, reader, stands, since, recorded_by, epoch, evidence_key, address) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
    ON CONFLICT (owner, reader) DO UPDATE SET stands = excluded.stands, since = excluded.since, recorded_by = excluded.recorded_by, epoch = excluded.epoch, evidence_key = excluded.evidence_key, address = excluded.address
    WHERE stand_in.stands <> excluded.stands OR stand_in.address IS NULL`,
  standIns: 'SELECT stands, since, recorded_by, epoch, evidence_key, address, reader FROM stand_in WHERE owner = $1 ORDER BY owner, reader',
  unstand: 'DELETE FROM stand_in WHERE owner = $1 AND reader = $2',
} as const;

export interface ReaderRow {
  readonly id: string; readonly item: string; readonly owner: string; readonly address: Uint8Array;
  /** new: asked for by somebody with the link · asked: that address was proved, its author decides · allowed · refused */
  readonly state: 'new' | 'asked' | 'allowed' | 'refused';
  /** `member`, `parent`, … when known beforehand; else empty */
  readonly stands: string;
  readonly code_day: number; readonly codes: number; readonly since: number;
}
type Events = readonly PreparedEvent[];

export interface Knock extends NewCode {
  readonly owner: string; readonly address: Uint8Array;
  /** what they stood in as, for `addressed`, when their events were made */
  readonly stands: string; readonly addressed: string;
}

/** Who stands in for an owner from now on, as what; null: no more. For this room's own transaction or one of `route.sql.ts`. */
export interface Standing {
  readonly owner: string; readonly reader: string; readonly now: number; readonly events: Events;
  readonly stands: { readonly as: string; readonly by: string; readonly epoch: string; readonly key: Uint8Array; readonly address: Uint8Array } | null;
}
interface StandInRow {
  readonly reader: string; readonly stands: string; readonly since: number;
  /** all empty: recorded before these were kept */
  readonly recorded_by: string; readonly epoch: string; readonly evidence_key: Uint8Array | null; readonly address: Uint8Array | null;
}

/** A code for this address, if it may have one; for the transaction that queues its mail. `changed`: whether they stand in is another by now. */
export async function ask(tx: Tx, a: Knock & { readonly events: Events }): Promise<Sent | 'changed'> {
  if (((await tx.get<{ stands: string }>(statements.standsIn, a.addressed, a.owner))?.stands ?? '') !== a.stands) return 'changed';
  const row = await tx.get<ReaderRow & Record<string, never>>(statements.byOwner, a.item, a.owner);
  const today = Math.floor(a.now / DAY);
  const reader = row?.id ?? a.reader;
  const sent = row !== undefined && row.code_day === today ? row.codes : 0;
  // Who was named beforehand is no stranger: strangers cannot take their place.
  const crowded = row === undefined && a.stands === '' && (await tx.all<ReaderRow & Record<string, never>>(statements.ofItem, a.item)).filter((r) => r.stands === '').length >= LIMITS.perCopy;
  if (crowded || row?.state === 'refused') return 'too-many';
  const kept = await keepCode(tx, { ...a, reader }, { sent, most: LIMITS.codesPerDay });
  if (kept === 'too-many') return kept;
  if (row === undefined) await tx.run(statements.insert, a.reader, a.item, a.owner, a.address, a.stands === '' ? 'new' : 'allowed', a.stands, today, a.now);
  else await tx.run(statements.issued, row.id, today, sent + 1);
  // Named since they first knocked.
  if (row !== undefined && a.stands !== '' && a.stands !== row.stands) await tx.run(statements.known, row.id, a.stands);
  await note(tx, a.events);
  return kept;
}

/** The reader whose code was right: used up, and an address that was new now waits for the author. Null: nobody any more. */
export async function proved(tx: Tx, id: string): Promise<{ readonly first: boolean; readonly state: ReaderRow['state'] } | null> {
  const row = await tx.get<ReaderRow & Record<string, never>>(statements.byId, id);
  if (row === undefined || row.state === 'refused') return null;
  await useCodes(tx, row.item, row.id);
  if (row.state !== 'new') return { first: false, state: row.state };
  await tx.run(statements.state, row.id, 'asked');
  return { first: true, state: 'asked' };
}

/** True if that was a change. */
export async function decide(tx: Tx, a: { readonly id: string; readonly state: 'allowed' | 'refused' }): Promise<boolean> {
  return (await tx.run(statements.state, a.id, a.state)) === 1;
}

export const writes = {
  async stand(tx: Tx, a: Standing): Promise<boolean> {
    const changed = a.stands === null ? await tx.run(statements.unstand, a.owner, a.reader) : await tx.run(statements.stand, a.owner, a.reader, a.stands.as, a.now, a.stands.by, a.stands.epoch, a.stands.key, a.stands.address);
    if (changed === 0) return false;
    // They read nothing more, begun or not. Who stands in for somebody else too is known again at their next knock: the rows do not say for whom.
    if (a.stands === null) {
      for (const { id, item } of await tx.all<{ id: string; item: string }>(statements.standing, a.reader)) {
        await tx.run(statements.fallen, id);
        await useCodes(tx, item, id);
        await tx.run(sessions.endReader, item, id);
      }
    }
    await note(tx, a.events);
    return true;
  },
};

export const reads = {
  ofItem: (tx: Tx, a: { readonly item: string }): Promise<ReaderRow[]> => tx.all<ReaderRow & Record<string, never>>(statements.ofItem, a.item),
  async byId(tx: Tx, a: { readonly id: string }): Promise<ReaderRow | null> {
    return (await tx.get<ReaderRow & Record<string, never>>(statements.byId, a.id)) ?? null;
  },
  standIns: (tx: Tx, a: { readonly owner: string }): Promise<StandInRow[]> => tx.all<StandInRow & Record<string, never>>(statements.standIns, a.owner),
  async standsIn(tx: Tx, a: { readonly owner: string; readonly reader: string }): Promise<string | null> {
    return (await tx.get<{ stands: string }>(statements.standsIn, a.owner, a.reader))?.stands ?? null;
  },
};
