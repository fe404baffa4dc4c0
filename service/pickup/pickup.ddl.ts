/** Tables of the portal's copies and sessions, forward only, and what goes into their rows. */
import type { PreparedEvent } from '../audit/audit.ts';
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
  // Codes that were sent have a table of their own (`code/`). A copy from before has no long spoken code: an empty hash is nobody's.
  {
    id: 'pickup-6',
    ddl: ["ALTER TABLE pickup ADD COLUMN spoken_long TEXT NOT NULL DEFAULT ''", 'ALTER TABLE pickup DROP COLUMN code', 'ALTER TABLE pickup DROP COLUMN code_until'],
  },
  // Whose a session is, so that all of a person's end at once. Of those that are open at that moment nobody knows it: who is in enters once more.
  { id: 'pickup-7', ddl: ["ALTER TABLE pickup_session ADD COLUMN owner TEXT NOT NULL DEFAULT ''", 'DELETE FROM pickup_session', 'CREATE INDEX pickup_session_owner ON pickup_session (owner)'] },
];

export interface Row {
  readonly item: string; readonly token: string; readonly message: string; readonly n: number;
  /** `mail-code spoken-code`, `sms-code spoken-code` or `spoken-code` */
  readonly ways: string;
  readonly state: 'open' | 'expired' | 'recalled';
  readonly expires: number;
  /** hashes of the code an author says, and of the long one they say while somebody guesses */
  readonly spoken: string; readonly spoken_long: string;
  readonly tries: number; readonly locks: number; readonly locked_until: number; readonly code_day: number; readonly codes: number;
  readonly opened: number | null;
  /** `answer`: the message itself travelled protected; here it is answered, and nothing of it is shown */
  readonly purpose: 'read' | 'answer';
  /** 1: its author asked for more than a code by mail */
  readonly strong: number;
  /** when the notice was taken over */
  readonly notified: number | null;
  readonly visited: number;
}

export type NewRow = Pick<Row, 'item' | 'token' | 'message' | 'n' | 'ways' | 'expires' | 'spoken' | 'spoken_long' | 'purpose'>;
export interface Entry {
  readonly item: string;
  /** as they stood when the entry was judged */
  readonly ways: string;
  readonly session: string; readonly way: string;
  /** empty: the addressed person, whose it is by `owner`, the keyed hash of their address */
  readonly reader: string; readonly owner: string;
  readonly now: number;
}
export interface Asking {
  readonly token: string;
  /** of the code in both lengths */
  readonly hash: string; readonly long: string;
  readonly way: string; readonly browser: string; readonly now: number;
}
type Events = readonly PreparedEvent[];
export interface Guess {
  readonly token: string; readonly hash: string; readonly way: string; readonly browser: string; readonly session: string; readonly owner: string; readonly now: number;
  readonly events: { readonly entered: Events; readonly wrong: Events; readonly locked: Events };
}
export type Judged =
  | { readonly kind: 'entered' | 'wrong' | 'locked' | 'ended'; readonly item: string; readonly message: string }
  | { readonly kind: 'unknown' };
/** The addressed person, who has shown what this copy asks for. */
export interface Admitted { readonly session: string; readonly way: string; readonly owner: string; readonly now: number; readonly events: Events }
