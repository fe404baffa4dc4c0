/**
 * Judges a log from outside, leaf by leaf, in memory that does not grow: hashes, every checkpoint on the way, and what the entries
 * must mean together. Pure; where the leaves come from is `verify.ts`'s business.
 */
import type { FullRow } from '../audit.sql.ts';
import { canonical, isCanonical } from './canonical.ts';
import { openCheckpoint, parseVkey, type Checkpoint, verifyDetached, type VerifierKey } from './checkpoint.ts';
import { leafHash, nodeHash, same } from './merkle.ts';

import { Broken, Undecided } from './broken.ts';

export { Broken, Undecided };

/** Entries may stand this far out of the order of time: made before, committed after. Beyond it a `clock.skew` says so. */
export const ORDER_TOLERANCE = 60_000;

export interface Verdict {
  readonly size: number;
  readonly root: string;
  readonly checkpoints: number;
  /** tries whose end is not yet in the log */
  readonly open: number;
}

/** Even without the rules, a change of key must be seen. */
const APPOINTS = Buffer.from('"type":"log.key_rotated"');
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
/** Recent ids are enough: an old id written again has an old time, which the rule of time finds. They are kept in two generations. */
const RECENT = 1 << 17;
/** how numbered versions of the policy are called */
const VERSION = 'pv_';
/** any of these ends a try that was announced */
const ENDS = ['delivery.attempt.finished', 'delivery.unknown', 'delivery.deferred', 'delivery.relayed', 'delivery.failed', 'delivery.held', 'encryption.changed', 'recall.done'];

/** `key`: the one that is believed. The log may have begun under an older one, or gone on under a newer, if each signed for the next. */
export function openJudge(key: VerifierKey, kept: readonly string[] = [], { rules: meant = true }: { readonly rules?: boolean } = {}) {
  // The perfect subtrees of what was read so far, largest first (RFC 9162 §2.1.2).
  const stack: { readonly leaves: number; readonly hash: Uint8Array }[] = [];
  const rules = openRules();
  const chain = openChain(key);
  const outside = kept.map((note) => ({ note, size: Number(note.split('\n')[1]) }));
  let [size, checkpoints, signed] = [0, 0, -1];

  function compare(note: string): void {
    const head = chain.keys().map((one) => openCheckpoint(note, one)).find((found) => found !== null);
    if (head !== undefined && !same(head.root, root())) throw new Broken(`checkpoint ${size} that you kept`, 'is of another log: it was forked or rewritten');
  }

  function put(bytes: Uint8Array): void {
    let top = { leaves: 1, hash: leafHash(bytes) };
    for (let left = stack.at(-1); left?.leaves === top.leaves; left = stack.at(-1)) {
      top = { leaves: top.leaves * 2, hash: nodeHash(left.hash, top.hash) };
      stack.pop();
    }
    stack.push(top);
    size += 1;
    for (const one of outside) if (one.size === size) compare(one.note);
  }

  function root(): Uint8Array {
    const [last, ...rest] = stack.toReversed();
    return last === undefined ? new Uint8Array() : rest.reduce((right, left) => nodeHash(left.hash, right), last.hash);
  }

  return {
    size: () => size,
    /** what it says; null where only hashes are looked at */
    leaf(bytes: Buffer, row?: FullRow): Leaf | null {
      const place = `entry ${size}`;
      if (row !== undefined && row.seq !== size) throw new Broken(place, 'is missing');
      if (!meant && size > 0 && !bytes.includes(APPOINTS)) {
        put(bytes);
        return null;
      }
      let text: string;
      try {
        text = UTF8.decode(bytes);
      } catch {
        throw new Broken(place, 'is not UTF-8');
      }
      const leaf = rules.check(text, size, row);
      chain.entry(leaf, size);
      put(bytes);
      return leaf;
    },
    checkpoint(note: string, columns?: { readonly size: number }): void {
      const head = chain.open(note);
      const place = `checkpoint behind entry ${size - 1}`;
      if (head === null) throw new Broken(place, 'is not signed by the log\'s key');
      if (columns !== undefined && columns.size !== head.size) throw new Broken(place, 'is not of the size it stands for');
      if (head.size <= signed) throw new Broken(place, 'is out of order');
      if (head.size !== size) throw new Broken(place, head.size > size ? 'covers entries that are missing' : 'does not cover the entry before it');
      if (!same(head.root, root())) throw new Broken(place, `does not fit the entries: one after the last good checkpoint (${Math.max(signed, 0)}) was changed, or the log was forked`);
      signed = head.size;
      checkpoints += 1;
    },
    end(claimed: { readonly size: number; readonly root?: Uint8Array }): Verdict {
      if (signed !== size) throw new Broken(`entry ${Math.max(signed, 0)}`, 'and what follows is covered by no checkpoint');
      rules.end();
      if (claimed.size !== size) throw new Broken(`entry ${size}`, 'is missing: the log is shorter than it says');
      if (claimed.root !== undefined && !same(claimed.root, root())) throw new Broken('the tree', 'does not have the root it says');
      if (!chain.believed()) throw new Broken('the key', 'you gave is none that this log ever had');
      for (const { note } of outside) {
        const head = chain.keys().map((one) => openCheckpoint(note, one)).find((found) => found !== null);
        if (head === undefined) throw new Broken('the checkpoint that you kept', 'is not signed by the log\'s key');
        if (head.size > size) throw new Broken(`entry ${size}`, 'is missing: you kept a checkpoint of a longer log');
      }
      return { size, root: Buffer.from(root()).toString('base64'), checkpoints, open: rules.open() };
    },
  };
}

/** Which key must have signed: the one in force, which only its predecessor can have appointed in an entry of the log. */
function openChain(pinned: VerifierKey) {
  let current = pinned;
  let handing: { readonly old: VerifierKey } | null = null;
  let first: VerifierKey | null = null;
  let began = false;
  // Under an older key than the believed one, until that is appointed.
  let strange = false;
  const had: VerifierKey[] = [pinned];

  return {
    keys: () => had,
    believed: () => !strange,
    entry(leaf: Leaf, index: number): void {
      const facts = leaf.facts ?? {};
      if (index === 0 && leaf.type === 'log.initialised' && typeof facts['key'] === 'string') first = parseVkey(facts['key']);
      if (leaf.type !== 'log.key_rotated') return;
      const { after, key, origin, signature } = facts;
      if (!began && first !== null && first.vkey === after && current.vkey !== after) { [current, strange] = [first, true]; had.push(first); }
      const next = typeof key === 'string' ? parseVkey(key) : null;
      const statement = canonical({ after, key, origin }) ?? '';
      if (next === null || next.name !== current.name || origin !== current.name || after !== current.vkey || typeof signature !== 'string' || !verifyDetached(statement, signature, current)) {
        throw new Broken(`entry ${index}`, 'appoints a key without the word of the one before it');
      }
      handing = { old: current };
      current = next;
      if (next.vkey === pinned.vkey) strange = false;
      had.push(next);
    },
    open(note: string): Checkpoint | null {
      let head = openCheckpoint(note, current);
      if (head === null && !began && handing === null && first !== null) {
        head = openCheckpoint(note, first);
        if (head !== null) { [current, strange] = [first, true]; had.push(first); }
      }
      // Whoever held the old key must have seen the change: it signs the first checkpoint that covers it.
      if (head !== null && handing !== null && openCheckpoint(note, handing.old) === null) head = null;
      if (head !== null) [began, handing] = [true, null];
      return head;
    },
  };
}

export interface Leaf {
  readonly v: unknown;
  readonly id: unknown;
  readonly time: unknown;
  readonly type: string;
  readonly outcome: unknown;
  readonly actor?: { readonly id?: unknown };
  readonly message?: unknown;
  readonly item?: unknown;
  readonly facts?: { readonly [name: string]: unknown };
  readonly kid?: unknown;
  readonly _sd?: unknown;
  readonly _idx?: unknown;
}

/** As `statements.rows` puts the columns together that repeat what the leaf says. No id has a bar in it, nor is one a dash. */
function shown(leaf: Leaf, at: number): string {
  return [leaf.id, at, leaf.type, leaf.outcome, leaf.actor?.id, leaf.message ?? '-', leaf.item ?? '-', leaf.kid].join('|');
}

/** What entries must mean together, whatever their hashes say. */
function openRules() {
  let [seen, before] = [new Set<string>(), new Set<string>()];
  const begun = new Map<string, number>();
  const policies = openPolicies();
  let latest = Number.NEGATIVE_INFINITY;

  function check(text: string, index: number, row?: FullRow): Leaf {
    const wrong = (message: string): Broken => new Broken(`entry ${index}`, message);
    let leaf: Leaf;
    try {
      leaf = JSON.parse(text) as Leaf;
    } catch {
      throw wrong('is not JSON');
    }
    if (typeof leaf !== 'object' || leaf === null || !isCanonical(text, leaf)) throw wrong('is not in canonical form (RFC 8785)');
    const at = typeof leaf.time === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(leaf.time) ? Date.parse(leaf.time) : Number.NaN;
    if (leaf.v !== 1 || typeof leaf.id !== 'string' || typeof leaf.type !== 'string' || Number.isNaN(at)) throw wrong('lacks what every entry has');

    if (row !== undefined && row.shown !== shown(leaf, at)) throw wrong('is shown otherwise than it was logged');
    if (row !== undefined && (row.kept === 1) !== (leaf._sd !== undefined)) throw wrong(leaf._sd === undefined ? 'has sealed values beside it that it does not commit to' : 'has lost the sealed values it commits to');

    if (seen.has(leaf.id) || before.has(leaf.id)) throw wrong('repeats the id of another');
    seen.add(leaf.id);
    if (seen.size > RECENT) [seen, before] = [new Set(), seen];

    const behind = leaf.facts?.['behind'];
    if (leaf.type === 'clock.skew' && typeof behind === 'number') latest -= Math.max(0, behind);
    if (at < latest - ORDER_TOLERANCE) throw wrong('is older than those before it, and nothing says that the clock went back');
    latest = Math.max(latest, at);

    if (typeof leaf.item === 'string') {
      const earlier = begun.get(leaf.item);
      if (leaf.type === 'delivery.attempt.started') {
        if (earlier !== undefined) throw wrong(`begins a try while the one of entry ${earlier} has no end`);
        begun.set(leaf.item, index);
      } else if (ENDS.includes(leaf.type)) begun.delete(leaf.item);
    }
    policies.entry(leaf, index, at);
    return leaf;
  }
  return { check, open: () => begun.size, end: () => policies.due(latest) };
}

/**
 * What was judged was judged by a policy that the log knows: a version was brought into force before it is named, and what was brought into
 * force was written before. A name that is no number stands for the policy that the program brings along.
 */
function openPolicies() {
  const written = new Set<unknown>();
  const inForce = new Set<unknown>();
  // A version that went back goes on under a number the entry does not say: the next one that is named.
  let unnamed = 0;
  // Of two processes one may write down what the other did a little before it: known within the tolerance is known.
  const asked = new Map<unknown, { readonly index: number; readonly at: number }>();

  function ask(what: unknown, index: number, at: number): void {
    if (!asked.has(what)) asked.set(what, { index, at });
  }

  function due(now: number): void {
    for (const [what, { index, at }] of asked) if (now > at + ORDER_TOLERANCE) throw new Broken(`entry ${index}`, typeof what === 'string' && what.startsWith(VERSION) ? 'names a policy that was never in force' : 'names a policy that was never written');
  }

  return {
    due,
    entry(leaf: Leaf, index: number, at: number): void {
      const { policy, hash, version } = leaf.facts ?? {};
      if (asked.size > 0) due(at);
      if (leaf.type === 'policy.drafted') { written.add(hash); asked.delete(hash); }
      else if (leaf.type.startsWith('policy.') && typeof hash === 'string' && !written.has(hash)) ask(hash, index, at);
      if (leaf.type === 'policy.activated') { inForce.add(version); asked.delete(version); }
      if (leaf.type === 'policy.reverted') unnamed += 1;
      if (typeof policy !== 'string' || !policy.startsWith(VERSION) || inForce.has(policy)) return;
      if (unnamed === 0) return ask(policy, index, at);
      unnamed -= 1;
      inForce.add(policy);
    },
  };
}
