/**
 * The log's tables: events as they were noted, the tree in tiles, every checkpoint ever signed.
 * `note` is what every other room's operations call, in the transaction of the change the events tell of.
 */
import type { Tx } from '../store/store.ts';
import { AT_ONCE, migrations, statements } from './audit.table.ts';
import { wayOf, type PageArgs } from './query/way.ts';
import { tilesOf, type Tile, type TileName } from './tree/merkle.ts';

export { migrations, statements };

const LAST = Number.MAX_SAFE_INTEGER;
/** Before any time that a row can be given: what is never looked at is never told of. */
const FIRST = { time: Number.MIN_SAFE_INTEGER, id: '' };

/** What a row repeats of its leaf, so that it can be asked for, and the leaf itself. */
interface EventColumns {
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
  /** that one of us noted it (`tree/mark.ts`) */
  readonly mark?: string;
  /** keyed hashes of sealed values that may be looked up, and the salt of the leaf's commitment to them */
  readonly hashes?: readonly string[];
  readonly salt?: string;
}

export interface LookupRow { readonly event: string; readonly hash: string; readonly salt: string; readonly message: string | null; readonly item: string | null; readonly time: number }

/** As it is read for a person. */
export interface Row extends Pick<PreparedEvent, 'id' | 'time' | 'leaf' | 'sealed' | 'kid'> {
  readonly seq: number | null;
}

/** As it is verified. */
export interface FullRow {
  readonly seq: number;
  readonly leaf: string;
  /** the columns that repeat what its leaf says, between bars */
  readonly shown: string;
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

interface TreeRow {
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
    await tx.run(statements.insert, e.id, e.time, e.type, e.outcome, e.actor, e.message, e.item, e.leaf, e.sealed, e.kid, e.mark ?? '');
    for (const hash of e.hashes ?? []) await tx.run(statements.remember, hash, e.time, e.id, e.message, e.item, e.salt ?? '');
  }
}

/** For a statement that says how many rows it changed: the events of a change that was none are not noted. */
export async function noted(tx: Tx, changed: number, events: readonly PreparedEvent[]): Promise<boolean> {
  if (changed > 0) await note(tx, events);
  return changed > 0;
}

interface Growth {
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
    const whole = g.ids.length - (g.ids.length % AT_ONCE);
    let placed = 0;
    for (let i = 0; i < whole; i += AT_ONCE) placed += await tx.run(statements.places, ...g.ids.slice(i, i + AT_ONCE).flatMap((id, n) => [id, g.from + i + n]));
    for (let i = whole; i < g.ids.length; i += 1) placed += await tx.run(statements.place, g.ids[i] ?? '', g.from + i);
    if (placed !== g.ids.length) throw new Error('an entry of the log is not where it was');
    for (const t of g.tiles) await tx.run(statements.putTile, t.level, t.n, t.hashes);
    for (const c of g.tally) await tx.run(statements.tally, c.day, c.type, c.outcome, c.n);
    await tx.run(statements.putCheckpoint, g.checkpoint.size, g.checkpoint.time, g.checkpoint.note);
    return true;
  },
  /** what messages could be found by, when their evidence is destroyed */
  async forget(tx: Tx, args: { readonly messages: readonly { readonly message: string; readonly event: PreparedEvent }[] }): Promise<void> {
    for (const { message, event } of args.messages) if ((await tx.run(statements.forgetMessage, message)) > 0) await note(tx, [event]);
  },
  /** what waits for its place and is none of ours */
  async discard(tx: Tx, args: { readonly id: string; readonly events: readonly PreparedEvent[] }): Promise<boolean> {
    if ((await tx.run(statements.discard, args.id)) !== 1) return false;
    await tx.run(statements.forgetEvent, args.id);
    await note(tx, args.events);
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

export type Pending = Pick<EventColumns, 'id' | 'time' | 'type' | 'outcome' | 'leaf'> & { readonly mark: string };

interface Work {
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

export const reads = {
  async tree(tx: Tx): Promise<TreeRow | null> {
    return (await tx.get<TreeRow>(statements.tree)) ?? null;
  },
  /** noted and without a place, in the order of time and id, behind this one */
  async pending(tx: Tx, args: { readonly after: Pick<Pending, 'time' | 'id'>; readonly limit: number }): Promise<Pending[]> {
    return tx.all<Pending>(statements.pending, args.after.time, args.after.id, args.limit);
  },
  /** what the sequencer needs; the list last, so that it is never older than the tree it is to join */
  async work(tx: Tx, args: { readonly limit: number }): Promise<Work | null> {
    const tree = await tx.get<TreeRow>(statements.tree);
    if (tree === undefined) return null;
    return {
      tree,
      newest: (await tx.get<CheckpointRow>(statements.newest)) ?? null,
      tiles: await tilesAt(tx, tilesOf([tree.size - 1, tree.size])),
      pending: args.limit === 0 ? [] : await tx.all<Pending>(statements.pending, FIRST.time, FIRST.id, args.limit),
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
  /** all that one proof needs, in one way to the store and back; null when that size was never signed or has no such entry */
  async provable(tx: Tx, { seq, size }: { readonly seq: number; readonly size: number | null }): Promise<{ readonly signed: CheckpointRow; readonly leaf: string; readonly tiles: readonly Tile[] } | null> {
    const signed = size === null ? await tx.get<CheckpointRow>(statements.newest) : await tx.get<CheckpointRow>(statements.checkpoint, size);
    const row = signed === undefined || !(seq >= 0 && seq < signed.size) ? undefined : await tx.get<Row>(statements.at, seq);
    return signed === undefined || row === undefined ? null : { signed, leaf: row.leaf, tiles: await tilesAt(tx, tilesOf([seq, signed.size])) };
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
  /** the first look-up there is in this time */
  async firstKnown(tx: Tx, args: { readonly from: number; readonly to: number }): Promise<number | null> {
    return (await tx.get<{ time: number }>(statements.firstKnown, args.from, args.to))?.time ?? null;
  },
  async leaves(tx: Tx, args: { readonly from: number; readonly to: number }): Promise<{ readonly seq: number; readonly leaf: string }[]> {
    return tx.all(statements.leaves, args.from, args.to);
  },
  async rows(tx: Tx, args: { readonly from: number; readonly to: number }): Promise<FullRow[]> {
    return tx.all<FullRow>(statements.rows, args.from, args.to);
  },
  /** a place outside of a tree of this size */
  async stray(tx: Tx, args: { readonly size: number }): Promise<number | null> {
    const found = (await tx.get<{ seq: number }>(statements.early)) ?? (await tx.get<{ seq: number }>(statements.late, args.size));
    return found?.seq ?? null;
  },
  async lookups(tx: Tx, args: { readonly from: number; readonly to: number }): Promise<LookupRow[]> {
    return tx.all<LookupRow & Record<string, never>>(statements.lookups, args.from, args.to);
  },
  /** of entries in the tree */
  async lookupsPlaced(tx: Tx): Promise<number> {
    const count = async (statement: string): Promise<number> => (await tx.get<{ n: number }>(statement))?.n ?? 0;
    return (await count(statements.lookupsAll)) - (await count(statements.lookupsWaiting));
  },
  async several(tx: Tx, args: { readonly seqs: readonly number[] }): Promise<Row[]> {
    const found: Row[] = [];
    for (const seq of args.seqs) found.push(...(await tx.all<Row>(statements.at, seq)));
    return found;
  },
  async at(tx: Tx, args: { readonly seq: number }): Promise<Row | null> {
    return (await tx.get<Row>(statements.at, args.seq)) ?? null;
  },
  async ofMessage(tx: Tx, args: { readonly message: string }): Promise<Row[]> {
    const size = (await tx.get<TreeRow>(statements.tree))?.size ?? 0;
    // A place outside of the tree is none that we gave.
    const rows = (await tx.all<Row>(statements.ofMessage, args.message)).filter(({ seq }) => seq === null || (seq >= 0 && seq < size));
    // As the log has them; what is not in it yet, as it was made. Times would tell it the other way round where a clock was set back.
    return rows.sort((a, b) => (a.seq ?? LAST) - (b.seq ?? LAST) || (a.id < b.id ? -1 : 1));
  },
  /** up to `limit` rows of one snapshot, in the order of time and then of the log */
  async page(tx: Tx, q: PageArgs): Promise<Row[]> {
    const asc = q.order === 'asc';
    const { by, keys } = wayOf(q);
    const statement = statements[`${by}${asc ? 'Asc' : 'Desc'}`];
    const messages = new Set(q.messages);
    const edge = asc ? -1 : Number.MAX_SAFE_INTEGER - 1;
    const found: Row[] = [];
    for (const key of keys) {
      let after = q.after ?? { time: edge, seq: edge };
      for (let wanted = q.limit; wanted > 0;) {
        // The engines seek by the time bounds, so the page's start must be one of them.
        const [from, to] = asc ? [Math.max(q.from, after.time), q.to] : [q.from, Math.min(q.to, after.time + 1)];
        const rows = await tx.all<Row & { type: string; message: string | null; seq: number }>(statement, q.size, from, to, after.time, after.seq, q.outcome, q.actor, q.limit, ...key);
        const fitting = rows.filter((r) => (q.types.length === 0 || q.types.includes(r.type)) && (messages.size === 0 || messages.has(r.message ?? '')));
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
