/** Tables of the portal's copies and sessions, forward only. */
import type { Migration } from '../store/store.ts';

export const migrations: readonly Migration[] = [
  {
    id: 'pickup-1',
    ddl: [
      `CREATE TABLE pickup (
        item TEXT PRIMARY KEY, token TEXT NOT NULL, message TEXT NOT NULL, n {int} NOT NULL, ways TEXT NOT NULL, state TEXT NOT NULL, expires {int} NOT NULL,
        spoken TEXT NOT NULL, code TEXT NOT NULL, code_until {int} NOT NULL, tries {int} NOT NULL, locks {int} NOT NULL, locked_until {int} NOT NULL,
        code_day {int} NOT NULL, codes {int} NOT NULL, opened {int})`,
      'CREATE UNIQUE INDEX pickup_token ON pickup (token)',
      'CREATE INDEX pickup_message ON pickup (message)',
      "CREATE INDEX pickup_due ON pickup (expires) WHERE state = 'open'",
      'CREATE TABLE pickup_session (hash TEXT PRIMARY KEY, item TEXT NOT NULL, began {int} NOT NULL, seen {int} NOT NULL)',
      'CREATE INDEX pickup_session_item ON pickup_session (item)',
      'CREATE INDEX pickup_session_seen ON pickup_session (seen)',
    ],
  },
  {
    id: 'pickup-2',
    ddl: [
      'ALTER TABLE pickup ADD COLUMN notified {int}',
      'ALTER TABLE pickup ADD COLUMN told {int}',
      'ALTER TABLE pickup ADD COLUMN resend_day {int} NOT NULL DEFAULT 0',
      'ALTER TABLE pickup ADD COLUMN resends {int} NOT NULL DEFAULT 0',
      "CREATE INDEX pickup_unread ON pickup (notified) WHERE state = 'open' AND opened IS NULL AND told IS NULL",
    ],
  },
  {
    id: 'pickup-3',
    ddl: ["ALTER TABLE pickup_session ADD COLUMN way TEXT NOT NULL DEFAULT ''", "ALTER TABLE pickup_session ADD COLUMN reader TEXT NOT NULL DEFAULT ''", 'ALTER TABLE pickup ADD COLUMN strong {int} NOT NULL DEFAULT 0'],
  },
  { id: 'pickup-4', ddl: ["ALTER TABLE pickup ADD COLUMN purpose TEXT NOT NULL DEFAULT 'read'"] },
  // Which kinds of visitor were noted: 1 a program, 2 a browser, 3 both.
  { id: 'pickup-5', ddl: ['ALTER TABLE pickup ADD COLUMN visited {int} NOT NULL DEFAULT 0'] },
];
