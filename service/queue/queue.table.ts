/** The tables of the queue, as they came to be. */
import type { Migration } from '../store/store.ts';

export const migrations: readonly Migration[] = [
  {
    id: 'queue-1',
    ddl: [
      `CREATE TABLE queue_item (
        id TEXT PRIMARY KEY, message TEXT NOT NULL, n {int} NOT NULL, destination TEXT NOT NULL, kind TEXT NOT NULL,
        protection TEXT NOT NULL, otherwise TEXT, planned TEXT NOT NULL, state TEXT NOT NULL, created {int} NOT NULL, next_at {int} NOT NULL,
        deadline {int} NOT NULL, attempts {int} NOT NULL, started {int} NOT NULL, code TEXT NOT NULL, lease TEXT NOT NULL, lease_until {int} NOT NULL, sealed {bytes})`,
      `CREATE INDEX queue_due ON queue_item (destination, next_at) WHERE state = 'queued'`,
      `CREATE INDEX queue_leased ON queue_item (destination, lease_until) WHERE state = 'leased'`,
      'CREATE INDEX queue_message ON queue_item (message, n)',
      `CREATE TABLE queue_destination (
        destination TEXT PRIMARY KEY, due {int} NOT NULL, hold_until {int} NOT NULL, failures {int} NOT NULL, idle_since {int} NOT NULL,
        owner TEXT NOT NULL, lease_until {int} NOT NULL)`,
      'CREATE INDEX queue_destination_due ON queue_destination (due)',
    ],
  },
  // The destination ALL is nobody's: its row says whether everything is paused.
  { id: 'queue-2', ddl: ['ALTER TABLE queue_destination ADD COLUMN paused {int} NOT NULL DEFAULT 0', 'CREATE INDEX queue_destination_paused ON queue_destination (destination) WHERE paused = 1'] },
  // `created` beside: figures are read from the index alone, a hundred thousand rows at every scrape.
  { id: 'queue-3', ddl: ['DROP INDEX queue_due', `CREATE INDEX queue_due ON queue_item (destination, next_at, created) WHERE state = 'queued'`] },
  // When somebody last ended a pause: what waited through it has not been failing meanwhile.
  { id: 'queue-4', ddl: ['ALTER TABLE queue_destination ADD COLUMN resumed {int} NOT NULL DEFAULT 0'] },
  // Its author took it back while a try was under way: 1, not told so far; 2, told.
  { id: 'queue-5', ddl: ['ALTER TABLE queue_item ADD COLUMN stop {int} NOT NULL DEFAULT 0'] },
];
