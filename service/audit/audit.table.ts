/** The log's tables and every statement on them. */
import type { Migration } from '../store/store.ts';

export const migrations: readonly Migration[] = [
  {
    id: 'audit-1',
    ddl: [
      `CREATE TABLE event (
        id TEXT PRIMARY KEY, seq {int}, time {int} NOT NULL, type TEXT NOT NULL, outcome TEXT NOT NULL, actor TEXT NOT NULL,
        message TEXT, item TEXT, leaf TEXT NOT NULL, sealed {bytes}, kid TEXT NOT NULL)`,
      // What a change pays for: the key, the message's timeline, the sequencer's list. The rest is paid by the sequencer.
      'CREATE INDEX event_message ON event (message, time, seq) WHERE message IS NOT NULL',
      'CREATE INDEX event_pending ON event (time, id) WHERE seq IS NULL',
      'CREATE UNIQUE INDEX event_seq ON event (seq) WHERE seq IS NOT NULL',
      'CREATE INDEX event_time ON event (time, seq) WHERE seq IS NOT NULL',
      'CREATE INDEX event_type ON event (type, time, seq) WHERE seq IS NOT NULL',
      'CREATE INDEX event_item ON event (item, time, seq) WHERE seq IS NOT NULL AND item IS NOT NULL',
      'CREATE INDEX event_actor ON event (actor, time, seq) WHERE seq IS NOT NULL',
      'CREATE TABLE tile (level {int} NOT NULL, n {int} NOT NULL, hashes {bytes} NOT NULL, PRIMARY KEY (level, n))',
      'CREATE TABLE checkpoint (size {int} PRIMARY KEY, time {int} NOT NULL, note TEXT NOT NULL)',
      `CREATE TABLE tree (
        id {int} PRIMARY KEY, vkey TEXT NOT NULL, size {int} NOT NULL, root {bytes} NOT NULL, latest {int} NOT NULL,
        lease TEXT NOT NULL, lease_until {int} NOT NULL)`,
    ],
  },
  {
    id: 'audit-2',
    ddl: [
      // What others hold of our checkpoints: a witness's line, a time-stamp token, the name of a copy.
      'CREATE TABLE anchor (kind TEXT NOT NULL, name TEXT NOT NULL, size {int} NOT NULL, time {int} NOT NULL, proof {bytes} NOT NULL, PRIMARY KEY (kind, name, size))',
      'CREATE INDEX anchor_size ON anchor (size)',
      // Entries by day, kept by the sequencer in the transaction that places them: as exact as the tree they were counted in.
      'CREATE TABLE tally (day {int} NOT NULL, type TEXT NOT NULL, outcome TEXT NOT NULL, n {int} NOT NULL, PRIMARY KEY (day, type, outcome))',
      'INSERT INTO tally (day, type, outcome, n) SELECT time / 86400000, type, outcome, count(*) FROM event WHERE seq IS NOT NULL GROUP BY time / 86400000, type, outcome',
      // Keyed hashes of what is sealed: exact look-ups only. They go when their month's key goes, or with the message's evidence.
      'CREATE TABLE lookup (hash TEXT NOT NULL, time {int} NOT NULL, event TEXT NOT NULL, message TEXT, item TEXT, PRIMARY KEY (hash, event))',
      'CREATE INDEX lookup_message ON lookup (message) WHERE message IS NOT NULL',
    ],
  },
  {
    id: 'audit-3',
    ddl: [
      // What is rare among millions is not looked for among all: entries that did not end well, and what one person did of one kind.
      "CREATE INDEX event_outcome ON event (outcome, time, seq) WHERE seq IS NOT NULL AND outcome <> 'ok'",
      "CREATE INDEX event_outcome_type ON event (outcome, type, time, seq) WHERE seq IS NOT NULL AND outcome <> 'ok'",
      'CREATE INDEX event_actor_type ON event (actor, type, time, seq) WHERE seq IS NOT NULL',
    ],
  },
  // From when on exact values are found, and whether a month still has any.
  { id: 'audit-4', ddl: ['CREATE INDEX lookup_time ON lookup (time)'] },
  {
    id: 'audit-5',
    ddl: [
      // Who noted it: one of us. The sequencer signs for nothing else.
      "ALTER TABLE event ADD COLUMN mark TEXT NOT NULL DEFAULT ''",
      // With this the entry commits to its look-ups; it goes when they go.
      "ALTER TABLE lookup ADD COLUMN salt TEXT NOT NULL DEFAULT ''",
      'CREATE INDEX lookup_event ON lookup (event)',
    ],
  },
];

const COLUMNS = 'seq, id, time, leaf, sealed, kid';

/** One access path per filter, each in both orders; its keys are $9 and $10. The unary plus keeps the engines from walking the log by another column instead. */
function path(columns: readonly ('type' | 'message' | 'item' | 'actor' | 'outcome')[], order: 'asc' | 'desc'): string {
  const key = columns.map((column, n) => `${column} = $${9 + n} AND ${column === 'outcome' ? "outcome <> 'ok' AND " : ''}`).join('');
  const [beyond, sort] = order === 'asc' ? ['>', 'time, seq'] : ['<', 'time DESC, seq DESC'];
  return `SELECT ${COLUMNS}, type, message FROM event WHERE ${key}seq IS NOT NULL AND +seq >= 0 AND +seq < $1 AND time >= $2 AND time < $3
    AND (+time, seq) ${beyond} ($4, $5) AND ($6 = '' OR outcome = $6) AND ($7 = '' OR actor = $7) ORDER BY ${sort} LIMIT $8`;
}

/** Entries placed by one statement: on PostgreSQL each statement is a way there and back. */
export const AT_ONCE = 64;
const PLACES = Array.from({ length: AT_ONCE }, (_, i) => (i === 0 ? '($1, CAST($2 AS bigint))' : `($${2 * i + 1}, $${2 * i + 2})`)).join(', ');

export const statements = {
  insert: `INSERT INTO event (id, seq, time, type, outcome, actor, message, item, leaf, sealed, kid, mark)
    VALUES ($1, NULL, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
  discard: 'DELETE FROM event WHERE id = $1 AND seq IS NULL',
  pending: 'SELECT id, time, type, outcome, leaf, mark FROM event WHERE seq IS NULL AND time >= $1 AND (+time, id) > ($1, $2) ORDER BY time, id LIMIT $3',
  oldest: 'SELECT time FROM event WHERE seq IS NULL AND time >= -9007199254740991 ORDER BY time, id LIMIT 1',
  place: 'UPDATE event SET seq = $2 WHERE id = $1 AND seq IS NULL',
  places: `UPDATE event SET seq = place.column2 FROM (VALUES ${PLACES}) AS place WHERE event.id = place.column1 AND event.seq IS NULL`,
  tree: 'SELECT vkey, size, root, latest, lease, lease_until FROM tree WHERE id = 1',
  plant: 'INSERT INTO tree (id, vkey, size, root, latest, lease, lease_until) VALUES (1, $1, 0, $2, 0, \'\', 0) ON CONFLICT (id) DO NOTHING',
  lease: 'UPDATE tree SET lease = $1, lease_until = $3 WHERE id = 1 AND (lease = $1 OR lease_until < $2)',
  // Compare and swap: of two sequencers that built on the same tree, one finds that it has grown.
  grow: 'UPDATE tree SET size = $2, root = $3, latest = $4, lease_until = $5 WHERE id = 1 AND size = $1 AND lease = $6',
  tile: 'SELECT level, n, hashes FROM tile WHERE level = $1 AND n = $2',
  putTile: 'INSERT INTO tile (level, n, hashes) VALUES ($1, $2, $3) ON CONFLICT (level, n) DO UPDATE SET hashes = excluded.hashes',
  putCheckpoint: 'INSERT INTO checkpoint (size, time, note) VALUES ($1, $2, $3)',
  newest: 'SELECT size, time, note FROM checkpoint WHERE size >= 0 ORDER BY size DESC LIMIT 1',
  checkpoint: 'SELECT size, time, note FROM checkpoint WHERE size = $1',
  checkpoints: 'SELECT size, time, note FROM checkpoint WHERE size > $1 ORDER BY size LIMIT $2',
  ofMessage: `SELECT ${COLUMNS} FROM event WHERE message = $1`,
  at: `SELECT ${COLUMNS} FROM event WHERE seq = $1`,
  rotate: 'UPDATE tree SET vkey = $2 WHERE id = 1 AND vkey = $1',
  anchor: 'INSERT INTO anchor (kind, name, size, time, proof) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (kind, name, size) DO NOTHING',
  anchors: 'SELECT kind, name, size, time, proof FROM anchor WHERE size > $1 ORDER BY size LIMIT $2',
  lastAnchor: 'SELECT kind, name, size, time, proof FROM anchor WHERE kind = $1 AND name = $2 ORDER BY size DESC LIMIT 1',
  tally: 'INSERT INTO tally (day, type, outcome, n) VALUES ($1, $2, $3, $4) ON CONFLICT (day, type, outcome) DO UPDATE SET n = tally.n + excluded.n',
  tallied: 'SELECT day, type, outcome, n FROM tally WHERE day >= $1 AND day < $2',
  remember: 'INSERT INTO lookup (hash, time, event, message, item, salt) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (hash, event) DO NOTHING',
  known: 'SELECT event, message, item, time FROM lookup WHERE hash = $1 LIMIT $2',
  firstKnown: 'SELECT time FROM lookup WHERE time >= $1 AND time < $2 ORDER BY time LIMIT 1',
  forgetMessage: 'DELETE FROM lookup WHERE message = $1',
  forgetEvent: 'DELETE FROM lookup WHERE event = $1',
  lookups: 'SELECT l.event, l.hash, l.salt, l.message, l.item, l.time FROM event AS e JOIN lookup AS l ON l.event = e.id WHERE e.seq >= $1 AND e.seq < $2',
  lookupsAll: "SELECT COUNT(*) AS n FROM lookup WHERE event >= ''",
  lookupsWaiting: 'SELECT COUNT(*) AS n FROM event AS e JOIN lookup AS l ON l.event = e.id WHERE e.seq IS NULL AND e.time >= -9007199254740991',
  leaves: 'SELECT seq, leaf FROM event WHERE seq >= $1 AND seq < $2 ORDER BY seq',
  rows: `SELECT seq, leaf, CASE WHEN sealed IS NULL THEN 0 ELSE 1 END AS kept,
    id || '|' || CAST(time AS TEXT) || '|' || type || '|' || outcome || '|' || actor || '|' || COALESCE(message, '-') || '|' || COALESCE(item, '-') || '|' || kid AS shown
    FROM event WHERE seq >= $1 AND seq < $2 ORDER BY seq`,
  early: 'SELECT seq FROM event WHERE seq < 0 ORDER BY seq LIMIT 1',
  late: 'SELECT seq FROM event WHERE seq >= $1 ORDER BY seq LIMIT 1',
  allAsc: path([], 'asc'),
  allDesc: path([], 'desc'),
  typeAsc: path(['type'], 'asc'),
  typeDesc: path(['type'], 'desc'),
  messageAsc: path(['message'], 'asc'),
  messageDesc: path(['message'], 'desc'),
  itemAsc: path(['item'], 'asc'),
  itemDesc: path(['item'], 'desc'),
  actorAsc: path(['actor'], 'asc'),
  actorDesc: path(['actor'], 'desc'),
  actorTypeAsc: path(['actor', 'type'], 'asc'),
  actorTypeDesc: path(['actor', 'type'], 'desc'),
  outcomeAsc: path(['outcome'], 'asc'),
  outcomeDesc: path(['outcome'], 'desc'),
  outcomeTypeAsc: path(['outcome', 'type'], 'asc'),
  outcomeTypeDesc: path(['outcome', 'type'], 'desc'),
} as const;
