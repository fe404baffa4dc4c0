/** Alerts, how far the log was watched for them, and what was seen of each rule. Whom to tell lies sealed; the rest is codes, counts and opaque ids. */
import { note } from '../audit/audit.sql.ts';
import type { PreparedEvent } from '../audit/audit.ts';
import type { Migration, Tx } from '../store/store.ts';
import type { Severity } from './rule.table.ts';

export const migrations: readonly Migration[] = [
  {
    id: 'alert-1',
    ddl: [
      `CREATE TABLE alert (
        id TEXT PRIMARY KEY, once TEXT NOT NULL, kind TEXT NOT NULL, severity TEXT NOT NULL, raised {int} NOT NULL, count {int} NOT NULL, about TEXT NOT NULL,
        acked {int}, acker TEXT, told {int}, tries {int} NOT NULL, next {int} NOT NULL, kid TEXT NOT NULL, sealed {bytes} NOT NULL)`,
      // What is raised twice is one alert.
      'CREATE UNIQUE INDEX alert_once ON alert (once)',
      'CREATE INDEX alert_raised ON alert (raised, id)',
      'CREATE INDEX alert_open ON alert (raised, id) WHERE acked IS NULL',
      'CREATE INDEX alert_due ON alert (next) WHERE told IS NULL',
      'CREATE TABLE alert_place (id {int} PRIMARY KEY, seq {int} NOT NULL)',
      'CREATE TABLE alert_sight (kind TEXT NOT NULL, about TEXT NOT NULL, time {int} NOT NULL, seq {int} NOT NULL, PRIMARY KEY (kind, about, seq))',
      'CREATE INDEX alert_sight_time ON alert_sight (time)',
    ],
  },
];

const ALL = 'id, once, kind, severity, raised, count, about, acked, acker, told, tries, next, kid, sealed';

export const statements = {
  raise: `INSERT INTO alert (${ALL}) VALUES ($1, $2, $3, $4, $5, $6, $7, NULL, NULL, NULL, 0, $5, $8, $9) ON CONFLICT (once) DO NOTHING`,
  more: 'UPDATE alert SET count = $2 WHERE once = $1 AND count < $2',
  byId: `SELECT ${ALL} FROM alert WHERE id = $1`,
  page: `SELECT ${ALL} FROM alert WHERE (raised, id) < ($1, $2) ORDER BY raised DESC, id DESC LIMIT $3`,
  open: `SELECT ${ALL} FROM alert WHERE acked IS NULL AND (raised, id) < ($1, $2) ORDER BY raised DESC, id DESC LIMIT $3`,
  howMany: 'SELECT COUNT(*) AS n FROM alert WHERE acked IS NULL AND raised > $1',
  acknowledge: 'UPDATE alert SET acked = $2, acker = $3 WHERE id = $1 AND acked IS NULL',
  due: `SELECT ${ALL} FROM alert WHERE told IS NULL AND next <= $1 ORDER BY next LIMIT $2`,
  claim: 'UPDATE alert SET tries = tries + 1, next = $2 WHERE id = $1 AND told IS NULL AND next <= $3',
  told: 'UPDATE alert SET told = $2 WHERE id = $1 AND told IS NULL',
  place: 'SELECT seq FROM alert_place WHERE id = 1',
  begin: 'INSERT INTO alert_place (id, seq) VALUES (1, $1) ON CONFLICT (id) DO NOTHING',
  advance: 'UPDATE alert_place SET seq = $2 WHERE id = 1 AND seq = $1',
  sight: 'INSERT INTO alert_sight (kind, about, time, seq) VALUES ($1, $2, $3, $4) ON CONFLICT (kind, about, seq) DO NOTHING',
  // Newest first and no further than anybody counts: a program that sends all day must not make each entry dearer than the one before.
  seen: 'SELECT COUNT(*) AS n FROM (SELECT seq FROM alert_sight WHERE kind = $1 AND about = $2 AND seq > 0 AND time > $3 ORDER BY seq DESC LIMIT 1000) AS lately',
  // Under 0 stands what is remembered for good: since when, or when last.
  since: 'SELECT time FROM alert_sight WHERE kind = $1 AND about = $2 AND seq = 0',
  latest: 'INSERT INTO alert_sight (kind, about, time, seq) VALUES ($1, $2, $3, 0) ON CONFLICT (kind, about, seq) DO UPDATE SET time = excluded.time',
  forget: 'DELETE FROM alert_sight WHERE time < $1 AND seq > 0',
} as const;

export interface AlertRow {
  readonly id: string; readonly once: string; readonly kind: string; readonly severity: Severity; readonly raised: number; readonly count: number; readonly about: string;
  readonly acked: number | null; readonly acker: string | null; readonly told: number | null; readonly tries: number; readonly next: number; readonly kid: string; readonly sealed: Uint8Array;
}
export type NewAlert = Pick<AlertRow, 'id' | 'once' | 'kind' | 'severity' | 'raised' | 'count' | 'about' | 'kid' | 'sealed'> & { readonly events: readonly PreparedEvent[] };

/** For the transaction that learns of it. */
export async function raise(tx: Tx, alerts: readonly NewAlert[]): Promise<void> {
  for (const a of alerts) {
    if ((await tx.run(statements.raise, a.id, a.once, a.kind, a.severity, a.raised, a.count, a.about, a.kid, a.sealed)) === 1) await note(tx, a.events);
    else await tx.run(statements.more, a.once, a.count);
  }
}

/** A rule that saw one more of whom it is about. Only from `settled` ms after the first of them on is there anything to raise. */
export interface Sighting {
  readonly kind: string;
  readonly about: string;
  readonly time: number;
  readonly seq: number;
  readonly settled: number | null;
  readonly is:
    | { readonly kind: 'counted'; readonly least: number; readonly since: number }
    /** `value`: what is new; empty: that they did it at all */
    | { readonly kind: 'new'; readonly value: string }
    | { readonly kind: 'back'; readonly away: number };
  readonly alert: NewAlert;
}

/** What is more often than this within a rule's time is not counted, nor kept, one by one. */
const MOST = 1000;

/** How many it makes; 0: nothing to raise. */
async function sighted(tx: Tx, { kind, about, time, seq, settled, is }: Sighting): Promise<number> {
  const first = await tx.get<{ time: number }>(statements.since, kind, about);
  if (is.kind === 'back') {
    await tx.run(statements.latest, kind, about, Math.max(time, first?.time ?? 0));
    return first !== undefined && time - first.time >= is.away ? 1 : 0;
  }
  if (settled !== null) await tx.run(statements.sight, kind, about, time, 0);
  const ripe = settled === null || (first !== undefined && time - first.time >= settled);
  if (is.kind === 'new') return (await tx.run(statements.sight, kind, is.value === '' ? about : `${about}/${is.value}`, time, 0)) === 1 && ripe ? 1 : 0;
  const before = (await tx.get<{ n: number }>(statements.seen, kind, about, is.since))?.n ?? 0;
  const n = before >= MOST ? before : before + (await tx.run(statements.sight, kind, about, time, seq));
  return ripe && n >= is.least ? n : 0;
}

/** How far it was watched, and which tries were made, is no fact to account for; what was raised, told and acknowledged is. */
export const unaudited = ['begin', 'watched', 'claim', 'forget'] as const;

export const writes = {
  raise: async (tx: Tx, a: { readonly alerts: readonly NewAlert[] }): Promise<void> => raise(tx, a.alerts),
  begin: async (tx: Tx, a: { readonly seq: number }): Promise<void> => { await tx.run(statements.begin, a.seq); },
  /** false when another has watched this stretch already */
  async watched(tx: Tx, a: { readonly from: number; readonly to: number; readonly sightings: readonly Sighting[] }): Promise<boolean> {
    if ((await tx.run(statements.advance, a.from, a.to)) !== 1) return false;
    for (const s of a.sightings) {
      const count = await sighted(tx, s);
      if (count > 0) await raise(tx, [{ ...s.alert, count }]);
    }
    return true;
  },
  async acknowledge(tx: Tx, a: { readonly id: string; readonly by: string; readonly now: number; readonly events: readonly PreparedEvent[] }): Promise<boolean> {
    const changed = (await tx.run(statements.acknowledge, a.id, a.now, a.by)) === 1;
    if (changed) await note(tx, a.events);
    return changed;
  },
  claim: async (tx: Tx, a: { readonly id: string; readonly now: number; readonly next: number }): Promise<boolean> => (await tx.run(statements.claim, a.id, a.next, a.now)) === 1,
  async told(tx: Tx, a: { readonly id: string; readonly now: number; readonly events: readonly PreparedEvent[] }): Promise<boolean> {
    const changed = (await tx.run(statements.told, a.id, a.now)) === 1;
    if (changed) await note(tx, a.events);
    return changed;
  },
  forget: async (tx: Tx, a: { readonly before: number }): Promise<void> => { await tx.run(statements.forget, a.before); },
};

type Bare = Record<string, never>;
export const reads = {
  place: async (tx: Tx): Promise<number | null> => (await tx.get<{ seq: number }>(statements.place))?.seq ?? null,
  of: async (tx: Tx, a: { readonly id: string }): Promise<AlertRow | null> => (await tx.get<AlertRow & Bare>(statements.byId, a.id)) ?? null,
  async page(tx: Tx, a: { readonly open: boolean; readonly raised: number; readonly id: string; readonly limit: number }): Promise<{ readonly rows: AlertRow[]; readonly open: number }> {
    const rows = await tx.all<AlertRow & Bare>(a.open ? statements.open : statements.page, a.raised, a.id, a.limit);
    return { rows, open: (await tx.get<{ n: number }>(statements.howMany, 0))?.n ?? 0 };
  },
  due: async (tx: Tx, a: { readonly now: number; readonly limit: number }): Promise<AlertRow[]> => tx.all<AlertRow & Bare>(statements.due, a.now, a.limit),
};
