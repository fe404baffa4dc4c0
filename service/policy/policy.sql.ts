/**
 * Versions of the policy, never overwritten: a row's document and hash stay as they were written, its state only moves on. Beside them the feature
 * vectors of what was judged (kinds and counts, sealed, no content), which a draft is replayed over, and patients' recorded consents.
 */
import { raise, type NewAlert } from '../alert/alert.sql.ts';
import { note, noted } from '../audit/audit.sql.ts';
import type { PreparedEvent } from '../audit/audit.ts';
import type { Migration, Tx } from '../store/store.ts';

export const migrations: readonly Migration[] = [
  {
    id: 'policy-1',
    ddl: [
      `CREATE TABLE policy_version (
        n {int} PRIMARY KEY, document TEXT NOT NULL, hash TEXT NOT NULL, note TEXT NOT NULL, base {int}, author TEXT NOT NULL, state TEXT NOT NULL, created {int} NOT NULL,
        submitted {int}, decider TEXT, decided {int}, activates {int}, activated {int}, retired {int}, reverts {int}, simulated {int})`,
      // One at most is in force, whoever activates at the same moment.
      "CREATE UNIQUE INDEX policy_version_active ON policy_version (state) WHERE state = 'active'",
      'CREATE INDEX policy_version_state ON policy_version (state, n)',
      'CREATE TABLE policy_vector (message TEXT PRIMARY KEY, time {int} NOT NULL, kid TEXT NOT NULL, sealed {bytes} NOT NULL)',
      'CREATE INDEX policy_vector_time ON policy_vector (time, message)',
      `CREATE TABLE patient_consent (
        id TEXT PRIMARY KEY, patient TEXT NOT NULL, recipient TEXT, until {int} NOT NULL, recorded_by TEXT NOT NULL, time {int} NOT NULL, revoked {int}, kid TEXT NOT NULL, sealed {bytes} NOT NULL)`,
      'CREATE INDEX patient_consent_patient ON patient_consent (patient, until)',
    ],
  },
  // Who was written to from where, by keyed hash: the first time is worth a second look.
  { id: 'policy-2', ddl: ['CREATE TABLE known_pair (pair TEXT PRIMARY KEY, time {int} NOT NULL)'] },
  // Drafts come into force in another order than they were written: what a device has seen last is counted by itself.
  {
    id: 'policy-3',
    ddl: [
      'ALTER TABLE policy_version ADD COLUMN serial {int}',
      'ALTER TABLE policy_version ADD COLUMN restores {int}',
      'UPDATE policy_version SET serial = n, restores = base WHERE activated IS NOT NULL',
      'CREATE INDEX policy_version_serial ON policy_version (serial)',
    ],
  },
  { id: 'policy-4', ddl: ['CREATE INDEX policy_version_author ON policy_version (author, retired)'] },
  // Whom somebody wrote to, in the marks that the author's own Outlook can look up: rows from before have none until they are met again.
  { id: 'policy-5', ddl: ['ALTER TABLE known_pair ADD COLUMN author TEXT', 'ALTER TABLE known_pair ADD COLUMN mark TEXT', 'CREATE INDEX known_pair_author ON known_pair (author, time)'] },
  // Met is who was written to, and that is known once a copy has been relayed: until then what is to be kept waits beside its item.
  { id: 'policy-6', ddl: ['CREATE TABLE meeting (item TEXT NOT NULL, pair TEXT NOT NULL, author TEXT, mark TEXT, time {int} NOT NULL, PRIMARY KEY (item, pair))', 'CREATE INDEX meeting_time ON meeting (time)'] },
  // What a trial found, counts and rules alone, is kept with the version: the last one, and the one it was submitted with. Drafts from before are tried again.
  { id: 'policy-7', ddl: ['CREATE TABLE policy_trial (n {int} NOT NULL, kind TEXT NOT NULL, result TEXT NOT NULL, PRIMARY KEY (n, kind))', "UPDATE policy_version SET simulated = NULL WHERE state = 'draft'"] },
];

const COLUMNS = 'n, document, hash, note, base, author, state, created, submitted, decider, decided, activates, activated, retired, reverts, simulated, serial, restores';

export const statements = {
  last: 'SELECT n FROM policy_version WHERE n > 0 ORDER BY n DESC LIMIT 1',
  lastSerial: 'SELECT serial FROM policy_version WHERE serial > 0 ORDER BY serial DESC LIMIT 1',
  byN: `SELECT ${COLUMNS} FROM policy_version WHERE n = $1`,
  ofState: `SELECT ${COLUMNS} FROM policy_version WHERE state = $1 ORDER BY n DESC LIMIT 1`,
  twin: `SELECT ${COLUMNS} FROM policy_version WHERE state = 'draft' AND author = $1 AND hash = $2 ORDER BY n DESC LIMIT 1`,
  page: `SELECT ${COLUMNS} FROM policy_version WHERE n < $1 ORDER BY n DESC LIMIT $2`,
  insert: `INSERT INTO policy_version (${COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, NULL, NULL, NULL, NULL, $9, NULL, NULL, NULL, $10, NULL)`,
  simulated: "UPDATE policy_version SET simulated = $2 WHERE n = $1 AND state IN ('draft', 'submitted', 'approved')",
  trial: 'SELECT kind, result FROM policy_trial WHERE n = $1 ORDER BY n, kind',
  keepTrial: 'INSERT INTO policy_trial (n, kind, result) VALUES ($1, $2, $3) ON CONFLICT (n, kind) DO UPDATE SET result = excluded.result',
  submit: "UPDATE policy_version SET state = 'submitted', submitted = $2 WHERE n = $1 AND state = 'draft'",
  // Who wrote it cannot approve it: judged by the statement itself.
  decide: "UPDATE policy_version SET state = $2, decider = $3, decided = $4 WHERE n = $1 AND state = 'submitted' AND author <> $3",
  // What was approved and did not come into force, too: else it could for ever after.
  reject: "UPDATE policy_version SET state = 'rejected', decider = $2, decided = $3, activates = NULL WHERE n = $1 AND state IN ('submitted', 'approved') AND author <> $2",
  uphold: "UPDATE policy_version SET reverts = NULL, decider = $2, decided = $3 WHERE n = $1 AND state = 'active' AND reverts > $3 AND author <> $2",
  // `reverts` is the time it went back at: as good as over.
  refuse: "UPDATE policy_version SET state = 'rejected', decider = $2, decided = $3, retired = $3, reverts = $3 WHERE n = $1 AND state = 'active' AND reverts > $3 AND author <> $2",
  wentBack: 'SELECT author FROM policy_version WHERE serial > 0 AND retired > $1 AND reverts IS NOT NULL AND retired >= reverts ORDER BY serial DESC LIMIT 100',
  schedule: "UPDATE policy_version SET activates = $2 WHERE n = $1 AND state = 'approved'",
  // What was tried beside other rules does not come into force by the clock: its trial, and its time, are set anew.
  postpone: "UPDATE policy_version SET activates = NULL WHERE n = $1 AND state = 'approved' AND activates IS NOT NULL",
  due: `SELECT ${COLUMNS} FROM policy_version WHERE state = 'approved' AND activates IS NOT NULL AND activates <= $1 ORDER BY activates, n LIMIT 1`,
  retire: "UPDATE policy_version SET state = 'retired', retired = $1 WHERE state = 'active'",
  activate: "UPDATE policy_version SET state = 'active', activated = $2, reverts = $3, serial = $5, restores = $6 WHERE n = $1 AND state = $4",
  keep: 'INSERT INTO policy_vector (message, time, kid, sealed) VALUES ($1, $2, $3, $4) ON CONFLICT (message) DO UPDATE SET time = excluded.time, kid = excluded.kid, sealed = excluded.sealed',
  vectors: 'SELECT message, time, kid, sealed FROM policy_vector WHERE (time, message) > ($1, $2) ORDER BY time, message LIMIT $3',
  pair: 'SELECT time FROM known_pair WHERE pair = $1',
  meet: `INSERT INTO known_pair (pair, time, author, mark) VALUES ($1, $2, $3, $4)
    ON CONFLICT (pair) DO UPDATE SET time = excluded.time, author = excluded.author, mark = excluded.mark WHERE known_pair.author IS NULL AND excluded.author IS NOT NULL`,
  expect: 'INSERT INTO meeting (item, pair, author, mark, time) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (item, pair) DO NOTHING',
  expected: 'SELECT pair, author, mark FROM meeting WHERE item = $1 ORDER BY item, pair',
  unexpect: 'DELETE FROM meeting WHERE item = $1',
  lapse: 'DELETE FROM meeting WHERE time < $1',
  marks: 'SELECT mark FROM known_pair WHERE author = $1 ORDER BY time DESC LIMIT $2',
  forget: 'DELETE FROM policy_vector WHERE time < $1',
  consent: 'INSERT INTO patient_consent (id, patient, recipient, until, recorded_by, time, revoked, kid, sealed) VALUES ($1, $2, $3, $4, $5, $6, NULL, $7, $8) ON CONFLICT (id) DO NOTHING',
  consents: 'SELECT id, recipient, until, revoked, kid, sealed FROM patient_consent WHERE patient = $1 AND until > $2',
  revoke: 'UPDATE patient_consent SET revoked = $2 WHERE id = $1 AND revoked IS NULL',
} as const;

export interface VersionRow {
  readonly n: number; readonly document: string; readonly hash: string; readonly note: string; readonly base: number | null; readonly author: string;
  readonly state: 'draft' | 'submitted' | 'approved' | 'active' | 'retired' | 'rejected';
  readonly created: number; readonly submitted: number | null; readonly decider: string | null; readonly decided: number | null;
  readonly activates: number | null; readonly activated: number | null; readonly retired: number | null; readonly reverts: number | null; readonly simulated: number | null;
  /** which activation it was, from 1; null before the first */
  readonly serial: number | null;
  /** the version an emergency change goes back to when nobody approves it; null: the built-in one */
  readonly restores: number | null;
}

/** `result`: a `Simulation` as JSON, without what is seen only on reading */
interface TrialRow { readonly kind: 'latest' | 'submitted'; readonly result: string }
interface VectorRow { readonly message: string; readonly time: number; readonly kid: string; readonly sealed: Uint8Array }
export interface Vector { readonly message: string; readonly time: number; readonly kid: string; readonly sealed: Uint8Array }
type Events = readonly PreparedEvent[];

/** To be called by whoever judges a message, in that transaction. */
export async function keepVector(tx: Tx, v: Vector): Promise<void> {
  await tx.run(statements.keep, v.message, v.time, v.kid, v.sealed);
}

/** `author`, `mark`: of somebody who is written to, for `marks`; null for a domain */
interface Pair { readonly pair: string; readonly author: string | null; readonly mark: string | null }
export interface Expected extends Pair { readonly item: string }

/** Whom an accepted message would make known, item by item: nobody is before their copy has gone. */
export async function keepMeeting(tx: Tx, pairs: readonly Expected[], time: number): Promise<void> {
  for (const { item, pair, author, mark } of pairs) await tx.run(statements.expect, item, pair, author, mark, time);
}

/** A copy was relayed: whoever it is for is known from then on. What was denied, taken back or failed makes nobody known. */
export async function meet(tx: Tx, item: string, time: number): Promise<void> {
  const pairs = await tx.all<Pair & Record<string, never>>(statements.expected, item);
  for (const { pair, author, mark } of pairs) await tx.run(statements.meet, pair, time, author, mark);
  if (pairs.length > 0) await tx.run(statements.unexpect, item);
}

/** What stands in the log already, or nobody need account for. */
export const unaudited = ['forget'] as const;

interface Activation {
  readonly n: number;
  readonly from: string;
  readonly now: number;
  /** the version it was tried beside, or an emergency change found in force; null: the built-in one */
  readonly over: number | null;
  /** of an emergency change: when it goes back to what */
  readonly emergency?: { readonly reverts: number; readonly restores: number | null };
}

const nextSerial = async (tx: Tx): Promise<number> => ((await tx.get<{ serial: number }>(statements.lastSerial))?.serial ?? 0) + 1;

/** False when the one to activate is not in that state any more, or another is in force than it was tried beside; nothing has changed then. */
async function activated(tx: Tx, { n, from, now, over, emergency }: Activation): Promise<boolean> {
  const row = await tx.get<{ state: string }>(statements.byN, n);
  if (row?.state !== from) return false;
  if (((await tx.get<{ n: number }>(statements.ofState, 'active'))?.n ?? null) !== over) return false;
  await tx.run(statements.retire, now);
  return (await tx.run(statements.activate, n, now, emergency?.reverts ?? null, from, await nextSerial(tx), emergency?.restores ?? null)) === 1;
}

export const writes = {
  /** the number it was given; the same document again by the same author, while still a draft, is the same version */
  async draft(tx: Tx, a: { readonly document: string; readonly hash: string; readonly note: string; readonly base: number | null; readonly author: string; readonly now: number; readonly events: Events }): Promise<{ readonly n: number; readonly fresh: boolean }> {
    const twin = await tx.get<{ n: number }>(statements.twin, a.author, a.hash);
    if (twin) return { n: twin.n, fresh: false };
    const n = ((await tx.get<{ n: number }>(statements.last))?.n ?? 0) + 1;
    await tx.run(statements.insert, n, a.document, a.hash, a.note, a.base, a.author, 'draft', a.now, null, null);
    await note(tx, a.events);
    return { n, fresh: true };
  },
  /** of a version that is decided already nothing is kept any more */
  async simulated(tx: Tx, a: { readonly n: number; readonly now: number; readonly result: string; readonly events: Events }): Promise<boolean> {
    const changed = await tx.run(statements.simulated, a.n, a.now);
    if (changed > 0) await tx.run(statements.keepTrial, a.n, 'latest', a.result);
    return noted(tx, changed, a.events);
  },
  /** with what the last trial found: later ones leave that as it is */
  async submit(tx: Tx, a: { readonly n: number; readonly now: number; readonly events: Events }): Promise<boolean> {
    const found = (await tx.all<TrialRow & Record<string, never>>(statements.trial, a.n)).find(({ kind }) => kind === 'latest');
    if (found === undefined) return false;
    const changed = await tx.run(statements.submit, a.n, a.now);
    if (changed > 0) await tx.run(statements.keepTrial, a.n, 'submitted', found.result);
    return noted(tx, changed, a.events);
  },
  decide: async (tx: Tx, a: { readonly n: number; readonly to: 'approved' | 'rejected'; readonly by: string; readonly now: number; readonly events: Events }): Promise<boolean> => noted(tx, await (a.to === 'rejected' ? tx.run(statements.reject, a.n, a.by, a.now) : tx.run(statements.decide, a.n, a.to, a.by, a.now)), a.events),
  uphold: async (tx: Tx, a: { readonly n: number; readonly by: string; readonly now: number; readonly events: Events }): Promise<boolean> => noted(tx, await tx.run(statements.uphold, a.n, a.by, a.now), a.events),
  schedule: async (tx: Tx, a: { readonly n: number; readonly at: number; readonly events: Events }): Promise<boolean> => noted(tx, await tx.run(statements.schedule, a.n, a.at), a.events),
  postpone: async (tx: Tx, a: { readonly n: number; readonly events: Events }): Promise<boolean> => noted(tx, await tx.run(statements.postpone, a.n), a.events),
  activate: async (tx: Tx, a: Activation & { readonly events: Events }): Promise<boolean> => noted(tx, (await activated(tx, a)) ? 1 : 0, a.events),
  /** an emergency change that nobody approved in its time, or that `by` rejected: what was in force before it comes back, as a version of its own */
  async revert(tx: Tx, a: { readonly n: number; readonly by?: string; readonly document: string; readonly hash: string; readonly base: number | null; readonly now: number; readonly events: Events }): Promise<number | null> {
    const row = await tx.get<{ state: string; reverts: number | null }>(statements.byN, a.n);
    if (row?.state !== 'active' || row.reverts === null) return null;
    if (a.by === undefined ? row.reverts > a.now : (await tx.run(statements.refuse, a.n, a.by, a.now)) === 0) return null;
    const n = ((await tx.get<{ n: number }>(statements.last))?.n ?? 0) + 1;
    await tx.run(statements.retire, a.now);
    await tx.run(statements.insert, n, a.document, a.hash, a.by === undefined ? 'An emergency change that nobody approved within its time went back.' : 'An emergency change that another person rejected went back.', a.base, 'service', 'active', a.now, a.now, await nextSerial(tx));
    await note(tx, a.events);
    return n;
  },
  /** a message that was not accepted: the judgement is kept all the same */
  async judged(tx: Tx, a: { readonly vector: Vector; readonly alerts: readonly NewAlert[]; readonly events: Events }): Promise<void> {
    await keepVector(tx, a.vector);
    await raise(tx, a.alerts);
    await note(tx, a.events);
  },
  async forget(tx: Tx, a: { readonly before: number; readonly waiting: number }): Promise<void> {
    await tx.run(statements.forget, a.before);
    await tx.run(statements.lapse, a.waiting);
  },
  async consent(tx: Tx, a: { readonly id: string; readonly patient: string; readonly recipient: string | null; readonly until: number; readonly by: string; readonly now: number; readonly kid: string; readonly sealed: Uint8Array; readonly events: Events }): Promise<boolean> {
    return noted(tx, await tx.run(statements.consent, a.id, a.patient, a.recipient, a.until, a.by, a.now, a.kid, a.sealed), a.events);
  },
  revoke: async (tx: Tx, a: { readonly id: string; readonly now: number; readonly events: Events }): Promise<boolean> => noted(tx, await tx.run(statements.revoke, a.id, a.now), a.events),
};

export const reads = {
  /** what is in force, what is due to be, in one snapshot */
  async standing(tx: Tx, a: { readonly now: number }): Promise<{ readonly active: VersionRow | null; readonly due: VersionRow | null }> {
    return { active: (await tx.get<VersionRow & Record<string, never>>(statements.ofState, 'active')) ?? null, due: (await tx.get<VersionRow & Record<string, never>>(statements.due, a.now)) ?? null };
  },
  async version(tx: Tx, a: { readonly n: number }): Promise<VersionRow | null> {
    return (await tx.get<VersionRow & Record<string, never>>(statements.byN, a.n)) ?? null;
  },
  trials: async (tx: Tx, a: { readonly n: number }): Promise<TrialRow[]> => tx.all<TrialRow & Record<string, never>>(statements.trial, a.n),
  /** whose emergency changes went back since */
  wentBack: async (tx: Tx, a: { readonly after: number }): Promise<string[]> => [...new Set((await tx.all<{ author: string }>(statements.wentBack, a.after)).map((row) => row.author))],
  page: async (tx: Tx, a: { readonly before: number; readonly limit: number }): Promise<VersionRow[]> => tx.all<VersionRow & Record<string, never>>(statements.page, a.before, a.limit),
  vectors: async (tx: Tx, a: { readonly time: number; readonly message: string; readonly limit: number }): Promise<VectorRow[]> => tx.all<VectorRow & Record<string, never>>(statements.vectors, a.time, a.message, a.limit),
  async known(tx: Tx, a: { readonly pairs: readonly string[] }): Promise<boolean[]> {
    const known: boolean[] = [];
    for (const pair of a.pairs) known.push((await tx.get(statements.pair, pair)) !== undefined);
    return known;
  },
  /** of whom this author wrote to, latest first */
  marks: async (tx: Tx, a: { readonly author: string; readonly limit: number }): Promise<string[]> => (await tx.all<{ mark: string }>(statements.marks, a.author, a.limit)).map((row) => row.mark),
  consents: async (tx: Tx, a: { readonly patient: string; readonly now: number }): Promise<{ readonly id: string; readonly recipient: string | null; readonly until: number; readonly revoked: number | null; readonly kid: string; readonly sealed: Uint8Array }[]> => tx.all(statements.consents, a.patient, a.now),
};
