/** What authors call wrong, counted by rule, sureness, part, person and day; and when each was last reviewed. No value, no place in a text. */
import { note } from '../audit/audit.sql.ts';
import type { PreparedEvent } from '../audit/audit.ts';
import type { Migration, Tx } from '../store/store.ts';

export const migrations: readonly Migration[] = [
  {
    id: 'falsepositive-1',
    ddl: [
      `CREATE TABLE false_positive (rule TEXT NOT NULL, confidence TEXT NOT NULL, part TEXT NOT NULL, person TEXT NOT NULL, day {int} NOT NULL, kind TEXT NOT NULL, reports {int} NOT NULL, last {int} NOT NULL,
        PRIMARY KEY (rule, confidence, part, person, day))`,
      'CREATE INDEX false_positive_last ON false_positive (last)',
      'CREATE TABLE false_positive_review (rule TEXT NOT NULL, confidence TEXT NOT NULL, time {int} NOT NULL, PRIMARY KEY (rule, confidence))',
    ],
  },
];

export const statements = {
  report: `INSERT INTO false_positive (rule, confidence, part, person, day, kind, reports, last) VALUES ($1, $2, $3, $4, $5, $6, 1, $7)
    ON CONFLICT (rule, confidence, part, person, day) DO UPDATE SET reports = false_positive.reports + 1, last = excluded.last`,
  list: `SELECT f.rule, f.confidence, MAX(f.kind) AS kind, SUM(f.reports) AS reports, COUNT(DISTINCT f.person) AS people, MAX(f.last) AS last
    FROM false_positive f LEFT JOIN false_positive_review r ON r.rule = f.rule AND r.confidence = f.confidence
    WHERE f.last > $1 AND (r.time IS NULL OR f.last > r.time) GROUP BY f.rule, f.confidence ORDER BY reports DESC, f.rule LIMIT $2`,
  review: `INSERT INTO false_positive_review (rule, confidence, time) VALUES ($1, $2, $3) ON CONFLICT (rule, confidence) DO UPDATE SET time = excluded.time`,
  clear: 'DELETE FROM false_positive WHERE rule = $1 AND confidence = $2 AND last <= $3',
  forget: 'DELETE FROM false_positive WHERE last < $1',
} as const;

type Events = readonly PreparedEvent[];

/** Old counts go by themselves. */
export const unaudited = ['forget'] as const;

export const writes = {
  async report(tx: Tx, a: { readonly rule: string; readonly confidence: string; readonly part: string; readonly person: string; readonly day: number; readonly kind: string; readonly now: number; readonly events: Events }): Promise<void> {
    await tx.run(statements.report, a.rule, a.confidence, a.part, a.person, a.day, a.kind, a.now);
    await note(tx, a.events);
  },
  async review(tx: Tx, a: { readonly rule: string; readonly confidence: string; readonly now: number; readonly events: Events }): Promise<boolean> {
    if ((await tx.run(statements.clear, a.rule, a.confidence, a.now)) === 0) return false;
    await tx.run(statements.review, a.rule, a.confidence, a.now);
    await note(tx, a.events);
    return true;
  },
  forget: async (tx: Tx, a: { readonly before: number }): Promise<void> => { await tx.run(statements.forget, a.before); },
};

interface Counted { readonly rule: string; readonly confidence: 'low' | 'medium' | 'high'; readonly kind: string; readonly reports: number; readonly people: number; readonly last: number }

export const reads = {
  list: async (tx: Tx, a: { readonly since: number; readonly limit: number }): Promise<Counted[]> => tx.all<Counted & Record<string, never>>(statements.list, a.since, a.limit),
};
