/** Exports: what was asked for, how far it is, and its sealed pieces until they expire; and those that are made again and again. */
import { raise, type NewAlert } from '../../alert/alert.sql.ts';
import { note, type PreparedEvent } from '../../audit/audit.sql.ts';
import type { Migration, Tx } from '../../store/store.ts';

export const migrations: readonly Migration[] = [
  {
    id: 'export-1',
    ddl: [
      `CREATE TABLE export (
        id TEXT PRIMARY KEY, owner TEXT NOT NULL, state TEXT NOT NULL, asked {bytes} NOT NULL, kid TEXT NOT NULL, size {int} NOT NULL, made_rows {int} NOT NULL, parts {int} NOT NULL,
        cursor TEXT NOT NULL, created {int} NOT NULL, expires {int} NOT NULL, lease_until {int} NOT NULL, sha256 TEXT NOT NULL, bytes {int} NOT NULL, downloads {int} NOT NULL)`,
      'CREATE INDEX export_owner ON export (owner, created, id)',
      'CREATE INDEX export_state ON export (state, lease_until)',
      'CREATE INDEX export_expires ON export (expires)',
      'CREATE TABLE export_part (export TEXT NOT NULL, n {int} NOT NULL, sealed {bytes} NOT NULL, PRIMARY KEY (export, n))',
      'CREATE TABLE export_schedule (id TEXT PRIMARY KEY, owner TEXT NOT NULL, asked {bytes} NOT NULL, kid TEXT NOT NULL, every TEXT NOT NULL, due {int} NOT NULL)',
      'CREATE INDEX export_schedule_due ON export_schedule (due)',
      'CREATE INDEX export_schedule_owner ON export_schedule (owner)',
    ],
  },
  // Whether its owner was told that it ends: of those that a schedule made and nobody has fetched.
  { id: 'export-2', ddl: ['ALTER TABLE export ADD COLUMN warned {int} NOT NULL DEFAULT 0', 'CREATE INDEX export_unwarned ON export (expires) WHERE warned = 0'] },
];

const COLUMNS = 'id, owner, state, asked, kid, size, made_rows, parts, cursor, created, expires, lease_until, sha256, bytes, downloads';

export const statements = {
  insert: `INSERT INTO export (${COLUMNS}) VALUES ($1, $2, 'running', $3, $4, 0, 0, 0, '', $5, $6, 0, '', 0, 0) ON CONFLICT (id) DO NOTHING`,
  one: `SELECT ${COLUMNS} FROM export WHERE id = $1`,
  ofOwner: `SELECT ${COLUMNS} FROM export WHERE owner = $1 ORDER BY created DESC, id DESC LIMIT $2`,
  running: `SELECT ${COLUMNS} FROM export WHERE state = 'running' AND lease_until < $1 ORDER BY lease_until LIMIT $2`,
  lease: "UPDATE export SET lease_until = $3 WHERE id = $1 AND state = 'running' AND lease_until < $2",
  part: 'INSERT INTO export_part (export, n, sealed) VALUES ($1, $2, $3) ON CONFLICT (export, n) DO UPDATE SET sealed = excluded.sealed',
  parts: 'SELECT n, sealed FROM export_part WHERE export = $1 AND n >= $2 ORDER BY n LIMIT $3',
  // Only from where it was read: of two that made the same piece, one is kept.
  progress: "UPDATE export SET parts = $2 + 1, made_rows = $3, cursor = $4, size = $5, lease_until = 0 WHERE id = $1 AND state = 'running' AND parts = $2",
  finish: "UPDATE export SET state = $2, sha256 = $3, bytes = $4, lease_until = 0 WHERE id = $1 AND state = 'running'",
  count: "UPDATE export SET downloads = downloads + 1 WHERE id = $1 AND state = 'done'",
  due: "SELECT id FROM export WHERE expires < $1 ORDER BY expires LIMIT $2",
  ending: `SELECT ${COLUMNS} FROM export WHERE warned = 0 AND expires < $1 ORDER BY expires LIMIT $2`,
  warned: 'UPDATE export SET warned = 1 WHERE id = $1 AND warned = 0',
  drop: 'DELETE FROM export WHERE id = $1',
  dropParts: 'DELETE FROM export_part WHERE export = $1',
  schedule: 'INSERT INTO export_schedule (id, owner, asked, kid, every, due) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (id) DO NOTHING',
  schedules: 'SELECT id, owner, asked, kid, every, due FROM export_schedule WHERE owner = $1',
  dueSchedules: 'SELECT id, owner, asked, kid, every, due FROM export_schedule WHERE due < $1 ORDER BY due LIMIT $2',
  next: 'UPDATE export_schedule SET due = $3 WHERE id = $1 AND due = $2',
  unschedule: 'DELETE FROM export_schedule WHERE id = $1 AND owner = $2',
} as const;

export interface ExportRow {
  readonly id: string; readonly owner: string; readonly state: 'running' | 'done' | 'failed';
  /** the request, sealed: it may hold an exact value of a person */
  readonly asked: Uint8Array; readonly kid: string;
  readonly size: number; readonly made_rows: number; readonly parts: number; readonly cursor: string;
  readonly created: number; readonly expires: number; readonly lease_until: number; readonly sha256: string; readonly bytes: number; readonly downloads: number;
}

export interface ScheduleRow { readonly id: string; readonly owner: string; readonly asked: Uint8Array; readonly kid: string; readonly every: 'day' | 'week' | 'month'; readonly due: number }

type Events = readonly PreparedEvent[];
type New = { id: string; owner: string; asked: Uint8Array; kid: string; created: number; expires: number };

export const writes = {
  create: async (tx: Tx, a: New & { events: Events }): Promise<boolean> => {
    if ((await tx.run(statements.insert, a.id, a.owner, a.asked, a.kid, a.created, a.expires)) !== 1) return false;
    await note(tx, a.events);
    return true;
  },
  lease: async (tx: Tx, a: { id: string; now: number; until: number }): Promise<boolean> => (await tx.run(statements.lease, a.id, a.now, a.until)) === 1,
  progress: async (tx: Tx, a: { id: string; n: number; sealed: Uint8Array; rows: number; cursor: string; size: number }): Promise<boolean> => {
    if ((await tx.run(statements.progress, a.id, a.n, a.rows, a.cursor, a.size)) !== 1) return false;
    await tx.run(statements.part, a.id, a.n, a.sealed);
    return true;
  },
  /** what stands behind the pieces; the same again when it was cut short */
  close: async (tx: Tx, a: { id: string; n: number; sealed: Uint8Array }): Promise<void> => {
    await tx.run(statements.part, a.id, a.n, a.sealed);
  },
  finish: async (tx: Tx, a: { id: string; state: 'done' | 'failed'; sha256: string; bytes: number; events: Events }): Promise<boolean> => {
    if ((await tx.run(statements.finish, a.id, a.state, a.sha256, a.bytes)) !== 1) return false;
    await note(tx, a.events);
    return true;
  },
  downloaded: async (tx: Tx, a: { id: string; events: Events }): Promise<boolean> => {
    if ((await tx.run(statements.count, a.id)) !== 1) return false;
    await note(tx, a.events);
    return true;
  },
  /** its owner is told that it ends, once */
  warn: async (tx: Tx, a: { id: string; alerts: readonly NewAlert[] }): Promise<void> => {
    if ((await tx.run(statements.warned, a.id)) === 1) await raise(tx, a.alerts);
  },
  drop: async (tx: Tx, a: { id: string; events: Events }): Promise<void> => {
    if ((await tx.run(statements.drop, a.id)) !== 1) return;
    await tx.run(statements.dropParts, a.id);
    await note(tx, a.events);
  },
  schedule: async (tx: Tx, a: ScheduleRow & { events: Events }): Promise<void> => {
    if ((await tx.run(statements.schedule, a.id, a.owner, a.asked, a.kid, a.every, a.due)) === 1) await note(tx, a.events);
  },
  /** the turn that is due becomes an export, once */
  turn: async (tx: Tx, a: { schedule: string; due: number; next: number; export: New; events: Events }): Promise<boolean> => {
    if ((await tx.run(statements.next, a.schedule, a.due, a.next)) !== 1) return false;
    return writes.create(tx, { ...a.export, events: a.events });
  },
  unschedule: async (tx: Tx, a: { id: string; owner: string; events: Events }): Promise<boolean> => {
    if ((await tx.run(statements.unschedule, a.id, a.owner)) !== 1) return false;
    await note(tx, a.events);
    return true;
  },
};

/** How far an export is; that it was asked for and made is noted. */
export const unaudited = ['lease', 'progress', 'close', 'warn'] as const;

export const reads = {
  one: (tx: Tx, a: { id: string }): Promise<ExportRow | undefined> => tx.get<ExportRow>(statements.one, a.id),
  ofOwner: (tx: Tx, a: { owner: string; limit: number }): Promise<ExportRow[]> => tx.all<ExportRow>(statements.ofOwner, a.owner, a.limit),
  running: (tx: Tx, a: { now: number; limit: number }): Promise<ExportRow[]> => tx.all<ExportRow>(statements.running, a.now, a.limit),
  parts: (tx: Tx, a: { id: string; from: number; limit: number }): Promise<{ n: number; sealed: Uint8Array }[]> => tx.all(statements.parts, a.id, a.from, a.limit),
  ending: (tx: Tx, a: { before: number; limit: number }): Promise<ExportRow[]> => tx.all<ExportRow>(statements.ending, a.before, a.limit),
  due: (tx: Tx, a: { now: number; limit: number }): Promise<{ id: string }[]> => tx.all(statements.due, a.now, a.limit),
  schedules: (tx: Tx, a: { owner: string }): Promise<ScheduleRow[]> => tx.all<ScheduleRow>(statements.schedules, a.owner),
  dueSchedules: (tx: Tx, a: { now: number; limit: number }): Promise<ScheduleRow[]> => tx.all<ScheduleRow>(statements.dueSchedules, a.now, a.limit),
};
