/**
 * Puts noted events into the tree, at most a second behind, and signs the new head. One holder of the lease at a time; two at once stay
 * correct, because the tree only grows from the size it was read at. It signs nothing that is not consistent with what it signed before.
 */
import { Fault } from '../../refusal.ts';
import type { RoomStore } from '../../store/store.ts';
import type { Pending, PreparedEvent } from '../audit.sql.ts';
import { addSignature, checkpointText, signNote } from './checkpoint.ts';
import { ORDER_TOLERANCE } from './judge.ts';
import type { LogKeys } from './keys.ts';
import type { Marks } from './mark.ts';
import { consistency, leafHash, openTiles, root, same, verifyConsistency } from './merkle.ts';

/** The more wait, the more go in at once: what a batch costs beside its entries is paid once. */
const BATCH = 8192;
/** So often the next batch is read while the last is written; then from the start again, for what was committed late. */
const AHEAD = 8;
const LEASE = 10_000;
const PAUSE = 400;
const DAY = 86_400_000;

interface Sequencer {
  /** returns when everything noted before the call is in the tree and signed for */
  flush(): Promise<void>;
  figures(): LogFigures;
  close(): Promise<void>;
}

export interface LogFigures {
  readonly audit_tree_size: number;
  readonly audit_lag_ms: number;
  readonly audit_faults: number;
  /** 1 while it cannot go on */
  readonly audit_broken: number;
}

interface SequencerHouse {
  readonly room: RoomStore<typeof import('../audit.sql.ts')>;
  readonly keys: LogKeys;
  readonly holder: string;
  readonly now: () => number;
  /** a `clock.skew` of so many ms, of the time of the entry it stands before */
  readonly skew: (behind: number, time: number) => Promise<PreparedEvent>;
  readonly marks: Pick<Marks, 'fits'>;
  /** says in the log that this waited for its place and is none of ours */
  readonly forged: (entry: Pending) => Promise<PreparedEvent>;
  /** for tests */
  readonly batch?: number;
}

export function startSequencer({ room, keys, marks, holder, now, skew, forged, batch = BATCH }: SequencerHouse): Sequencer {
  let [size, lag, faults, broken, closed, held] = [0, 0, 0, 0, false, 0];
  let turn: Promise<number> = Promise.resolve(0);
  let timer: NodeJS.Timeout | undefined;
  /** the next batch, read while the one before it is written; it fits a tree of that size only */
  let ahead: { readonly pending: Promise<readonly Pending[]>; readonly size: number; readonly n: number } | null = null;

  /** How many entries went in: 0 when there was nothing to do or another holds the lease. */
  async function step(): Promise<number> {
    const before = ahead;
    ahead = null;
    const read = (await before?.pending) ?? [];
    const work = await room.read.work({ limit: read.length > 0 ? 0 : batch });
    if (work === null) throw new Fault('log-missing', 'The log has not been initialised.');
    const { tree, tiles: kept, newest } = work;
    // Another has grown it meanwhile, or what came before is not in it: from the start.
    if (read.length > 0 && tree.size !== before?.size) return step();
    const pending = read.length > 0 ? read : work.pending;
    // What this process saw signed does not get smaller: going on from there would be a fork.
    if (tree.size < size) throw new Fault('log-shortened', 'The log is shorter than what was signed before; nothing is signed.');
    size = tree.size;
    lag = pending[0] === undefined ? 0 : Math.max(0, now() - pending[0].time);
    if (pending.length === 0) return 0;
    if (tree.vkey !== keys.current().vkey && !keys.adopt(tree.vkey)) throw new Fault('log-key-changed', 'The log was signed with another key than the one at hand.');
    // Growing renews the lease and asks whose it is: only whoever may have lost it must take it first.
    if (held < now() + LEASE / 2 && !(await room.write.lease({ holder, now: now(), until: now() + LEASE }))) return 0;

    const strange = pending.filter((entry) => !marks.fits(entry, now()));
    for (const entry of strange) await room.write.discard({ id: entry.id, events: [await forged(entry)] });
    // From the start: what tells of them waits now too.
    if (strange.length > 0) return step();

    // In the order they were made in, which ids keep although a clock was set back: the end of a try must not stand before its beginning.
    const events: PreparedEvent[] = [];
    const entries: Omit<Pending, 'mark'>[] = [];
    let { latest } = tree;
    for (const entry of pending.toSorted((a, b) => (a.id < b.id ? -1 : 1))) {
      const behind = latest - entry.time;
      if (behind > ORDER_TOLERANCE) {
        // Of the entry's time, not of this one: what comes behind it would be too old again.
        const told = await skew(behind, entry.time);
        events.push(told);
        entries.push(told);
        latest = entry.time;
      }
      entries.push(entry);
      latest = Math.max(latest, entry.time);
    }
    const tiles = openTiles(kept, tree.size);
    for (const entry of entries) tiles.push(leafHash(Buffer.from(entry.leaf)));

    const grown = tree.size + entries.length;
    const head = root(tiles.nodes, grown);
    const last = newest === null ? null : keys.open(newest.note);
    // What was signed is read back from the signed note, not from the columns beside it.
    const [lastSize, lastRoot] = newest === null ? [0, root(tiles.nodes, 0)] : [last?.size ?? -1, last?.root ?? new Uint8Array()];
    if (lastSize !== tree.size || !same(lastRoot, tree.root)
      || !verifyConsistency(lastSize, grown, lastRoot, head, consistency(tiles.nodes, lastSize, grown))) {
      throw new Fault('log-inconsistent', 'The log is not consistent with its last checkpoint; nothing is signed.');
    }
    const text = checkpointText({ origin: keys.name, size: grown, root: head });
    const [first, ...others] = keys.all();
    const note = others.reduce((signed, signer) => addSignature(signed, signer), first === undefined ? '' : signNote(text, first));
    const end = pending.at(-1);
    const n = (before?.n ?? 0) + 1;
    if (pending.length === batch && end !== undefined && n <= AHEAD) ahead = { pending: room.read.pending({ after: { time: end.time, id: end.id }, limit: batch }).catch(() => []), size: grown, n };
    held = 0;
    const until = now() + LEASE;
    const done = await room.write.grow({
      holder, from: tree.size, root: head, latest, leaseUntil: until,
      ids: entries.map((e) => e.id), tiles: tiles.changed(), events, tally: tallyOf(entries),
      checkpoint: { size: grown, time: now(), note },
    });
    if (!done) return 0;
    [size, held] = [grown, until];
    if (pending.length < batch) lag = 0;
    return entries.length;
  }

  /** One at a time in this process. A fault is counted and tried again: the events are safe in their rows meanwhile. */
  function run(): Promise<number> {
    turn = turn.then(step).then(
      (n) => {
        broken = 0;
        return n;
      },
      () => {
        faults += 1;
        broken = 1;
        return -1;
      },
    );
    return turn;
  }

  async function tick(): Promise<void> {
    const n = await run();
    if (!closed) timer = setTimeout(tick, n > 0 ? 0 : PAUSE).unref();
  }
  timer = setTimeout(tick, 0).unref();

  return {
    async flush() {
      const before = faults;
      for (;;) {
        const n = await run();
        if (n < 0 && faults > before + 3) throw new Fault('log-broken', 'The log cannot be continued.');
        if ((await room.read.oldest(undefined)) === null) return;
        if (n <= 0) await new Promise((resolve) => setTimeout(resolve, 10));
      }
    },
    figures: () => ({ audit_tree_size: size, audit_lag_ms: lag, audit_faults: faults, audit_broken: broken }),
    async close() {
      closed = true;
      clearTimeout(timer);
      while ((await run()) > 0);
      // Given back, so that the next holder need not wait for it to run out.
      await room.write.lease({ holder, now: now(), until: 0 }).catch(() => false);
    },
  };
}

function tallyOf(entries: readonly Omit<Pending, 'mark'>[]) {
  const found = new Map<string, { readonly day: number; readonly type: string; readonly outcome: string; n: number }>();
  for (const { time, type, outcome } of entries) {
    const day = Math.floor(time / DAY);
    const name = `${day}/${type}/${outcome}`;
    const one = found.get(name) ?? { day, type, outcome, n: 0 };
    one.n += 1;
    found.set(name, one);
  }
  return [...found.values()];
}
