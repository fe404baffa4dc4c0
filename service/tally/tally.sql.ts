/** Counts by day (UTC) and destination: how sessions with mail hosts went, what became of copies, which reports were sent. Nothing of a message. */
import { note } from '../audit/audit.sql.ts';
import type { PreparedEvent } from '../audit/audit.ts';
import type { Migration, Tx } from '../store/store.ts';

export const migrations: readonly Migration[] = [
  {
    id: 'tally-1',
    ddl: [
      `CREATE TABLE tls_session (day {int} NOT NULL, domain TEXT NOT NULL, policy TEXT NOT NULL, result TEXT NOT NULL, host TEXT NOT NULL, ip TEXT NOT NULL, sessions {int} NOT NULL,
        PRIMARY KEY (day, domain, policy, result, host, ip))`,
      'CREATE TABLE destination_outcome (day {int} NOT NULL, domain TEXT NOT NULL, outcome TEXT NOT NULL, copies {int} NOT NULL, PRIMARY KEY (day, domain, outcome))',
      'CREATE TABLE tls_report (day {int} NOT NULL, domain TEXT NOT NULL, state TEXT NOT NULL, tries {int} NOT NULL, next {int} NOT NULL, PRIMARY KEY (day, domain))',
    ],
  },
  {
    // What was published and where we called from are part of what is counted (RFC 8460 §4.4). At an upgrade the statistics of a day go.
    id: 'tally-2',
    ddl: [
      'DROP TABLE tls_session',
      `CREATE TABLE tls_session (day {int} NOT NULL, domain TEXT NOT NULL, policy TEXT NOT NULL, lines TEXT NOT NULL, result TEXT NOT NULL, host TEXT NOT NULL, ip TEXT NOT NULL, caller TEXT NOT NULL, sessions {int} NOT NULL,
        PRIMARY KEY (day, domain, policy, lines, result, host, ip, caller))`,
    ],
  },
];

export const statements = {
  session: `INSERT INTO tls_session (day, domain, policy, lines, result, host, ip, caller, sessions) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
    ON CONFLICT (day, domain, policy, lines, result, host, ip, caller) DO UPDATE SET sessions = tls_session.sessions + excluded.sessions`,
  outcome: `INSERT INTO destination_outcome (day, domain, outcome, copies) VALUES ($1, $2, $3, $4)
    ON CONFLICT (day, domain, outcome) DO UPDATE SET copies = destination_outcome.copies + excluded.copies`,
  due: `SELECT DISTINCT s.domain FROM tls_session s LEFT JOIN tls_report r ON r.day = s.day AND r.domain = s.domain
    WHERE s.day = $1 AND (r.state IS NULL OR (r.state = 'due' AND r.next <= $2)) ORDER BY s.domain LIMIT $3`,
  sessions: 'SELECT domain, policy, lines, result, host, ip, caller, sessions FROM tls_session WHERE day = $1 AND domain = $2 ORDER BY policy, lines, result, host, ip, caller',
  outcomes: 'SELECT domain, outcome, SUM(copies) AS copies FROM destination_outcome WHERE day >= $1 GROUP BY domain, outcome ORDER BY domain, outcome',
  // Only one process gets a report to send, and no sooner than its next turn.
  claim: `INSERT INTO tls_report (day, domain, state, tries, next) VALUES ($1, $2, 'due', 1, $3)
    ON CONFLICT (day, domain) DO UPDATE SET tries = tls_report.tries + 1, next = excluded.next WHERE tls_report.state = 'due' AND tls_report.next <= $4`,
  end: 'UPDATE tls_report SET state = $3 WHERE day = $1 AND domain = $2 AND state = \'due\'',
  giveUp: 'UPDATE tls_report SET state = \'failed\' WHERE day = $1 AND domain = $2 AND tries >= $3 AND state = \'due\'',
  forgetSessions: 'DELETE FROM tls_session WHERE day < $1',
  forgetOutcomes: 'DELETE FROM destination_outcome WHERE day < $1',
  forgetReports: 'DELETE FROM tls_report WHERE day < $1',
} as const;

export interface SessionRow {
  readonly domain: string; readonly policy: 'tlsa' | 'sts' | 'no-policy-found';
  /** JSON array of what was published, line by line */
  readonly lines: string;
  readonly result: string; readonly host: string; readonly ip: string;
  /** our own address; '' for one inside our network */
  readonly caller: string;
  readonly sessions: number;
}
export interface OutcomeRow { readonly domain: string; readonly outcome: string; readonly copies: number }

/** Statistics; every try they count is itself an event, and a report that was sent is one too. */
export const unaudited = ['count', 'claim', 'end', 'giveUp', 'forget'] as const;

export const writes = {
  async count(tx: Tx, { day, sessions, outcomes }: { readonly day: number; readonly sessions: readonly SessionRow[]; readonly outcomes: readonly OutcomeRow[] }): Promise<void> {
    for (const s of sessions) await tx.run(statements.session, day, s.domain, s.policy, s.lines, s.result, s.host, s.ip, s.caller, s.sessions);
    for (const o of outcomes) await tx.run(statements.outcome, day, o.domain, o.outcome, o.copies);
  },
  claim: async (tx: Tx, { day, domain, now, next }: { readonly day: number; readonly domain: string; readonly now: number; readonly next: number }): Promise<boolean> => (await tx.run(statements.claim, day, domain, next, now)) > 0,
  async end(tx: Tx, { day, domain, state, events }: { readonly day: number; readonly domain: string; readonly state: 'sent' | 'none'; readonly events: readonly PreparedEvent[] }): Promise<boolean> {
    const changed = (await tx.run(statements.end, day, domain, state)) > 0;
    if (changed) await note(tx, events);
    return changed;
  },
  giveUp: async (tx: Tx, { day, domain, tries }: { readonly day: number; readonly domain: string; readonly tries: number }): Promise<boolean> => (await tx.run(statements.giveUp, day, domain, tries)) > 0,
  async forget(tx: Tx, { sessionsBefore, outcomesBefore }: { readonly sessionsBefore: number; readonly outcomesBefore: number }): Promise<void> {
    await tx.run(statements.forgetSessions, sessionsBefore);
    await tx.run(statements.forgetReports, sessionsBefore);
    await tx.run(statements.forgetOutcomes, outcomesBefore);
  },
};

export const reads = {
  due: async (tx: Tx, { day, now, limit }: { readonly day: number; readonly now: number; readonly limit: number }): Promise<string[]> => (await tx.all<{ domain: string }>(statements.due, day, now, limit)).map((r) => r.domain),
  sessions: (tx: Tx, { day, domain }: { readonly day: number; readonly domain: string }): Promise<SessionRow[]> => tx.all<SessionRow & Record<string, never>>(statements.sessions, day, domain),
  outcomes: (tx: Tx, { since }: { readonly since: number }): Promise<OutcomeRow[]> => tx.all<OutcomeRow & Record<string, never>>(statements.outcomes, since),
};
