/**
 * The log's tables: events as they were noted, the tree in tiles, every checkpoint ever signed.
 * `note` is what every other room's operations call, in the transaction of the change the events tell of.
 */
import type { Migration, Tx } from '../store/store.ts';
import { tilesOf, type Tile, type TileName } from './tree/merkle.ts';

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
];

const LAST = Number.MAX_SAFE_INTEGER;
const COLUMNS = 'seq, id, time, leaf, sealed, kid';

/** One access path per filter, each in both orders. The unary plus keeps the engines from walking the log by `seq` instead. */
function path(column: 'time' | 'type' | 'message' | 'item' | 'actor', order: 'asc' | 'desc'): string {
  const key = column === 'time' ? '' : `${column} = $9 AND `;
  const [beyond, sort] = order === 'asc' ? ['>', 'time, seq'] : ['<', 'time DESC, seq DESC'];
  return `SELECT ${COLUMNS}, type, message FROM event WHERE ${key}seq IS NOT NULL AND +seq < $1 AND time >= $2 AND time < $3
    AND (time, seq) ${beyond} ($4, $5) AND ($6 = '' OR outcome = $6) AND ($7 = '' OR actor = $7) ORDER BY ${sort} LIMIT $8`;
}

export const statements = {
  insert: `INSERT INTO event (id, seq, time, type, outcome, actor, message, item, leaf, sealed, kid)
    VALUES ($1, NULL, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
  pending: 'SELECT id, time, type, outcome, leaf FROM event WHERE seq IS NULL AND time >= 0 ORDER BY time, id LIMIT $1',
  oldest: 'SELECT time FROM event WHERE seq IS NULL AND time >= 0 ORDER BY time, id LIMIT 1',
  place: 'UPDATE event SET seq = $2 WHERE id = $1 AND seq IS NULL',
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
  remember: 'INSERT INTO lookup (hash, time, event, message, item) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (hash, event) DO NOTHING',
  known: 'SELECT event, message, item, time FROM lookup WHERE hash = $1 LIMIT $2',
  forgetMessage: 'DELETE FROM lookup WHERE message = $1',
  leaves: 'SELECT seq, leaf FROM event WHERE seq >= $1 AND seq < $2 ORDER BY seq',
  rows: 'SELECT seq, id, time, type, outcome, actor, message, item, leaf, CASE WHEN sealed IS NULL THEN 0 ELSE 1 END AS kept FROM event WHERE seq >= $1 AND seq < $2 ORDER BY seq',
  allAsc: path('time', 'asc'),
  allDesc: path('time', 'desc'),
  typeAsc: path('type', 'asc'),
  typeDesc: path('type', 'desc'),
  messageAsc: path('message', 'asc'),
  messageDesc: path('message', 'desc'),
  itemAsc: path('item', 'asc'),
  itemDesc: path('item', 'desc'),
  actorAsc: path('actor', 'asc'),
  actorDesc: path('actor', 'desc'),
} as const;

/** What a row repeats of its leaf, so that it can be asked for, and the leaf itself. */
export interface EventColumns {
  /** `evt_` + UUIDv7 */
  readonly id: string;
  readonly time: number;
  readonly type: string;
  readonly outcome: string;
  readonly actor: string;
  readonly message: string | null;
  readonly item: string | null;
  /** the exact leaf: JCS (RFC 8785) */
  readonly leaf: string;
}

/** Made outside the transaction, noted inside it by `note`. */
export interface PreparedEvent extends EventColumns {
  /** sealed values and salts; AAD is the event id */
  readonly sealed: Uint8Array | null;
  /** the evidence key's id */
  readonly kid: string;
  /** keyed hashes of sealed values that may be looked up */
  readonly hashes?: readonly string[];
}

/** As it is read for a person. */
export interface Row extends Pick<PreparedEvent, 'id' | 'time' | 'leaf' | 'sealed' | 'kid'> {
  readonly seq: number | null;
}

/** As it is verified: with the columns that repeat what its leaf says. */
export interface FullRow extends EventColumns {
  readonly seq: number;
  /** 1 when sealed values lie beside it, whether or not their key is still there */
  readonly kept: number;
}

export interface AnchorRow {
  readonly kind: 'witness' | 'timestamp' | 'copy';
  readonly name: string;
  readonly size: number;
  readonly time: number;
  readonly proof: Uint8Array;
}

export interface TreeRow {
  readonly vkey: string;
  readonly size: number;
  readonly root: Uint8Array;
  /** the greatest time in the tree */
  readonly latest: number;
  readonly lease: string;
  readonly lease_until: number;
}

export interface CheckpointRow {
  readonly size: number;
  readonly time: number;
  readonly note: string;
}

export async function note(tx: Tx, events: readonly PreparedEvent[]): Promise<void> {
  for (const e of events) {
    await tx.run(statements.insert, e.id, e.time, e.type, e.outcome, e.actor, e.message, e.item, e.leaf, e.sealed, e.kid);
    for (const hash of e.hashes ?? []) await tx.run(statements.remember, hash, e.time, e.id, e.message, e.item);
  }
}

/** For the room that destroys a message's evidence: what it could be found by goes too. */
export async function forget(tx: Tx, message: string): Promise<void> {
  await tx.run(statements.forgetMessage, message);
}

export interface Growth {
  readonly holder: string;
  readonly from: number;
  readonly root: Uint8Array;
  readonly latest: number;
  readonly leaseUntil: number;
  /** in the order of the tree */
  readonly ids: readonly string[];
  readonly tiles: readonly Tile[];
  readonly checkpoint: CheckpointRow;
  readonly tally: readonly { readonly day: number; readonly type: string; readonly outcome: string; readonly n: number }[];
  readonly events: readonly PreparedEvent[];
}

export const writes = {
  /** events that tell of something that changes no row */
  async record(tx: Tx, { events }: { readonly events: readonly PreparedEvent[] }): Promise<void> {
    await note(tx, events);
  },
  async plant(tx: Tx, args: { readonly vkey: string; readonly root: Uint8Array; readonly events: readonly PreparedEvent[] }): Promise<boolean> {
    const planted = (await tx.run(statements.plant, args.vkey, args.root)) === 1;
    if (planted) await note(tx, args.events);
    return planted;
  },
  async lease(tx: Tx, args: { readonly holder: string; readonly now: number; readonly until: number }): Promise<boolean> {
    return (await tx.run(statements.lease, args.holder, args.now, args.until)) === 1;
  },
  /** all of it or nothing: places, tiles, checkpoint */
  async grow(tx: Tx, g: Growth): Promise<boolean> {
    const size = g.from + g.ids.length;
    if ((await tx.run(statements.grow, g.from, size, g.root, g.latest, g.leaseUntil, g.holder)) !== 1) return false;
    await note(tx, g.events);
    for (const [i, id] of g.ids.entries()) {
      if ((await tx.run(statements.place, id, g.from + i)) !== 1) throw new Error('an entry of the log is not where it was');
    }
    for (const t of g.tiles) await tx.run(statements.putTile, t.level, t.n, t.hashes);
    for (const c of g.tally) await tx.run(statements.tally, c.day, c.type, c.outcome, c.n);
    await tx.run(statements.putCheckpoint, g.checkpoint.size, g.checkpoint.time, g.checkpoint.note);
    return true;
  },
  /** another key from here on; the event carries the old key's word for the new one */
  async rotate(tx: Tx, args: { readonly from: string; readonly to: string; readonly events: readonly PreparedEvent[] }): Promise<boolean> {
    if ((await tx.run(statements.rotate, args.from, args.to)) !== 1) return false;
    await note(tx, args.events);
    return true;
  },
  async anchor(tx: Tx, args: AnchorRow & { readonly events: readonly PreparedEvent[] }): Promise<boolean> {
    if ((await tx.run(statements.anchor, args.kind, args.name, args.size, args.time, args.proof)) !== 1) return false;
    await note(tx, args.events);
    return true;
  },
};

export type Pending = Pick<EventColumns, 'id' | 'time' | 'type' | 'outcome' | 'leaf'>;

export interface Work {
  readonly tree: TreeRow;
  readonly newest: CheckpointRow | null;
  readonly tiles: readonly Tile[];
  readonly pending: readonly Pending[];
}

async function tilesAt(tx: Tx, names: readonly TileName[]): Promise<Tile[]> {
  const found: Tile[] = [];
  for (const { level, n } of names) found.push(...(await tx.all<Tile>(statements.tile, level, n)));
  return found;
}

export interface PageArgs {
  /** only entries below: the snapshot's tree size */
  readonly size: number;
  readonly from: number;
  readonly to: number;
  readonly types: readonly string[];
  readonly message: string;
  readonly item: string;
  readonly actor: string;
  readonly outcome: string;
  readonly order: 'asc' | 'desc';
  readonly after: { readonly time: number; readonly seq: number } | null;
  readonly limit: number;
}

export const reads = {
  async tree(tx: Tx): Promise<TreeRow | null> {
    return (await tx.get<TreeRow>(statements.tree)) ?? null;
  },
  /** what the sequencer needs; the list last, so that it is never older than the tree it is to join */
  async work(tx: Tx, args: { readonly limit: number }): Promise<Work | null> {
    const tree = await tx.get<TreeRow>(statements.tree);
    if (tree === undefined) return null;
    return {
      tree,
      newest: (await tx.get<CheckpointRow>(statements.newest)) ?? null,
      tiles: await tilesAt(tx, tilesOf([tree.size - 1, tree.size])),
      pending: await tx.all<Pending>(statements.pending, args.limit),
    };
  },
  async oldest(tx: Tx): Promise<number | null> {
    return (await tx.get<{ time: number }>(statements.oldest))?.time ?? null;
  },
  async tiles(tx: Tx, args: { readonly names: readonly TileName[] }): Promise<Tile[]> {
    return tilesAt(tx, args.names);
  },
  async newest(tx: Tx): Promise<CheckpointRow | null> {
    return (await tx.get<CheckpointRow>(statements.newest)) ?? null;
  },
  async checkpoint(tx: Tx, args: { readonly size: number }): Promise<CheckpointRow | null> {
    return (await tx.get<CheckpointRow>(statements.checkpoint, args.size)) ?? null;
  },
  async checkpoints(tx: Tx, args: { readonly after: number; readonly limit: number }): Promise<CheckpointRow[]> {
    return tx.all<CheckpointRow>(statements.checkpoints, args.after, args.limit);
  },
  async anchors(tx: Tx, args: { readonly after: number; readonly limit: number }): Promise<AnchorRow[]> {
    return tx.all<AnchorRow>(statements.anchors, args.after, args.limit);
  },
  async lastAnchor(tx: Tx, args: { readonly kind: AnchorRow['kind']; readonly name: string }): Promise<AnchorRow | null> {
    return (await tx.get<AnchorRow>(statements.lastAnchor, args.kind, args.name)) ?? null;
  },
  /** counts by day, and the size of the tree they were counted in: one snapshot */
  async tallied(tx: Tx, args: { readonly from: number; readonly to: number }): Promise<{ readonly size: number; readonly rows: { readonly day: number; readonly type: string; readonly outcome: string; readonly n: number }[] }> {
    return { size: (await tx.get<TreeRow>(statements.tree))?.size ?? 0, rows: await tx.all(statements.tallied, args.from, args.to) };
  },
  async known(tx: Tx, args: { readonly hashes: readonly string[]; readonly limit: number }): Promise<{ readonly event: string; readonly message: string | null; readonly item: string | null; readonly time: number }[]> {
    const found = [];
    for (const hash of args.hashes) found.push(...(await tx.all<{ event: string; message: string | null; item: string | null; time: number }>(statements.known, hash, args.limit)));
    return found;
  },
  async leaves(tx: Tx, args: { readonly from: number; readonly to: number }): Promise<{ readonly seq: number; readonly leaf: string }[]> {
    return tx.all(statements.leaves, args.from, args.to);
  },
  async rows(tx: Tx, args: { readonly from: number; readonly to: number }): Promise<FullRow[]> {
    return tx.all<FullRow>(statements.rows, args.from, args.to);
  },
  async at(tx: Tx, args: { readonly seq: number }): Promise<Row | null> {
    return (await tx.get<Row>(statements.at, args.seq)) ?? null;
  },
  async ofMessage(tx: Tx, args: { readonly message: string }): Promise<Row[]> {
    const rows = await tx.all<Row>(statements.ofMessage, args.message);
    // As the log has them; what is not in it yet, as it was made. Times would tell it the other way round where a clock was set back.
    return rows.sort((a, b) => (a.seq ?? LAST) - (b.seq ?? LAST) || (a.id < b.id ? -1 : 1));
  },
  /** up to `limit` rows of one snapshot, in the order of time and then of the log */
  async page(tx: Tx, q: PageArgs): Promise<Row[]> {
    const asc = q.order === 'asc';
    const by = q.item !== '' ? 'item' : q.message !== '' ? 'message' : q.types.length > 0 ? 'type' : q.actor !== '' ? 'actor' : 'all';
    const keys = { item: [q.item], message: [q.message], type: q.types, actor: [q.actor], all: [null] }[by];
    const statement = statements[`${by}${asc ? 'Asc' : 'Desc'}`];
    const edge = asc ? -1 : Number.MAX_SAFE_INTEGER - 1;
    const found: Row[] = [];
    for (const key of keys) {
      let after = q.after ?? { time: edge, seq: edge };
      for (let wanted = q.limit; wanted > 0;) {
        // The engines seek by the time bounds, so the page's start must be one of them.
        const [from, to] = asc ? [Math.max(q.from, after.time), q.to] : [q.from, Math.min(q.to, after.time + 1)];
        const rows = await tx.all<Row & { type: string; message: string | null; seq: number }>(statement, q.size, from, to, after.time, after.seq, q.outcome, q.actor, q.limit, ...(key === null ? [] : [key]));
        const fitting = rows.filter((r) => (q.types.length === 0 || q.types.includes(r.type)) && (q.message === '' || q.message === r.message));
        found.push(...fitting);
        wanted = rows.length < q.limit ? 0 : wanted - fitting.length;
        after = rows.at(-1) ?? after;
      }
    }
    const sign = asc ? 1 : -1;
    return found.sort((a, b) => sign * (a.time - b.time || (a.seq ?? 0) - (b.seq ?? 0))).slice(0, q.limit);
  },
};

/** They account for what others noted; noting themselves they would never come to rest. */
export const unaudited = ['lease', 'grow'] as const;
