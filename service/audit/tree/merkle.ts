/**
 * The Merkle tree of RFC 6962 §2.1 (RFC 9162 §2.1): hashes, proofs, their verifiers, and the 256-wide tiles it is kept in.
 * Pure: knows neither events nor the store. Sizes are exact up to 2^53.
 */
import * as crypto from 'node:crypto';
import { Fault } from '../../refusal.ts';

/** The hash of the perfect subtree of 2^level leaves that is the index-th at its level. */
export type Nodes = (level: number, index: number) => Uint8Array;

const HASH = 32;
const WIDTH = 256;
const HEIGHT = 8;

// In one call where Node has it (20.12; the verifier also runs on older ones), and as text: a fresh buffer from outside costs more than the hash.
const sha256: (bytes: Uint8Array) => Buffer = typeof crypto.hash === 'function' ? (bytes) => Buffer.from(crypto.hash('sha256', bytes, 'latin1'), 'latin1') : (bytes) => crypto.createHash('sha256').update(bytes).digest();

// What is hashed is laid here first, after the byte that tells leaf from node; a longer leaf gets bytes of its own.
const leafBytes = new Uint8Array(4096);
const nodeBytes = new Uint8Array(1 + 2 * HASH);
nodeBytes[0] = 1;

/** RFC 6962 §2.1: 0x00 before a leaf and 0x01 before a node, so that neither can pass for the other. */
export function leafHash(leaf: Uint8Array): Uint8Array {
  const bytes = leaf.length < leafBytes.length ? leafBytes : new Uint8Array(1 + leaf.length);
  bytes.set(leaf, 1);
  return sha256(bytes.subarray(0, 1 + leaf.length));
}

export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  // A hash of another length would leave bytes of the one before.
  if (left.length !== HASH || right.length !== HASH) throw new Fault('log-range', 'A node has two hashes below it.');
  nodeBytes.set(left, 1);
  nodeBytes.set(right, 1 + HASH);
  return sha256(nodeBytes);
}

/** Largest power of two smaller than n (n > 1). */
function split(n: number): number {
  let k = 1;
  while (k * 2 < n) k *= 2;
  return k;
}

/** MTH(D[start:end]), RFC 6962 §2.1. */
function range(nodes: Nodes, start: number, end: number): Uint8Array {
  const n = end - start;
  const level = Math.round(Math.log2(n));
  if (2 ** level === n) return nodes(level, start / n);
  const k = split(n);
  return nodeHash(range(nodes, start, start + k), range(nodes, start + k, end));
}

export function root(nodes: Nodes, size: number): Uint8Array {
  return size === 0 ? sha256(new Uint8Array()) : range(nodes, 0, size);
}

/** PATH(m, D[n]), RFC 6962 §2.1.1: leaf to root. */
export function inclusion(nodes: Nodes, index: number, size: number): Uint8Array[] {
  const path = (start: number, end: number): Uint8Array[] => {
    if (end - start === 1) return [];
    const middle = start + split(end - start);
    return index < middle ? [...path(start, middle), range(nodes, middle, end)] : [...path(middle, end), range(nodes, start, middle)];
  };
  if (!(index >= 0 && index < size)) throw new Fault('log-range', 'No such entry in a tree of that size.');
  return path(0, size);
}

/** PROOF(m, D[n]), RFC 6962 §2.1.2. */
export function consistency(nodes: Nodes, first: number, second: number): Uint8Array[] {
  const sub = (start: number, end: number, whole: boolean): Uint8Array[] => {
    if (first === end) return whole ? [] : [range(nodes, start, end)];
    const middle = start + split(end - start);
    return first <= middle
      ? [...sub(start, middle, whole), range(nodes, middle, end)]
      : [...sub(middle, end, false), range(nodes, start, middle)];
  };
  if (!(first >= 0 && first <= second)) throw new Fault('log-range', 'The first tree must not be larger than the second.');
  return first === 0 || first === second ? [] : sub(0, second, true);
}

const half = (n: number): number => Math.floor(n / 2);
const odd = (n: number): boolean => n % 2 === 1;
export const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

/** RFC 9162 §2.1.3.2 */
export function verifyInclusion(leaf: Uint8Array, index: number, size: number, proof: readonly Uint8Array[], expected: Uint8Array): boolean {
  if (!(index >= 0 && index < size)) return false;
  let [fn, sn, r] = [index, size - 1, leaf];
  for (const p of proof) {
    if (sn === 0 || p.length !== HASH || r.length !== HASH) return false;
    if (odd(fn) || fn === sn) {
      r = nodeHash(p, r);
      while (!odd(fn) && fn !== 0) [fn, sn] = [half(fn), half(sn)];
    } else {
      r = nodeHash(r, p);
    }
    [fn, sn] = [half(fn), half(sn)];
  }
  return sn === 0 && same(r, expected);
}

/** RFC 9162 §2.1.4.2 */
export function verifyConsistency(first: number, second: number, firstRoot: Uint8Array, secondRoot: Uint8Array, proof: readonly Uint8Array[]): boolean {
  if (!(first >= 0 && first <= second) || [firstRoot, ...proof].some((p) => p.length !== HASH)) return false;
  // Every tree is consistent with the empty one, whose root is not free to choose.
  if (first === 0) return proof.length === 0 && same(firstRoot, sha256(new Uint8Array()));
  if (first === second) return proof.length === 0 && same(firstRoot, secondRoot);
  const path = Number.isInteger(Math.log2(first)) && 2 ** Math.log2(first) === first ? [firstRoot, ...proof] : proof;
  const start = path[0];
  if (start === undefined) return false;
  let [fn, sn, fr, sr] = [first - 1, second - 1, start, start];
  while (odd(fn)) [fn, sn] = [half(fn), half(sn)];
  for (const c of path.slice(1)) {
    if (sn === 0) return false;
    if (odd(fn) || fn === sn) {
      [fr, sr] = [nodeHash(c, fr), nodeHash(c, sr)];
      while (!odd(fn) && fn !== 0) [fn, sn] = [half(fn), half(sn)];
    } else {
      sr = nodeHash(sr, c);
    }
    [fn, sn] = [half(fn), half(sn)];
  }
  return sn === 0 && same(fr, firstRoot) && same(sr, secondRoot);
}

/** The same nodes, each hashed once: many proofs of one tree share most of them. */
export function remembered(nodes: Nodes): Nodes {
  const known = new Map<string, Uint8Array>();
  return (level, index) => {
    const name = `${level}/${index}`;
    let found = known.get(name);
    if (found === undefined) known.set(name, (found = nodes(level, index)));
    return found;
  };
}

/** One row: up to 256 hashes of nodes at height 8·level, the n-th such row. The geometry of C2SP tlog-tiles. */
export interface Tile {
  readonly level: number;
  readonly n: number;
  readonly hashes: Uint8Array;
}

export type TileName = Pick<Tile, 'level' | 'n'>;

const key = (t: TileName): string => `${t.level}/${t.n}`;

/** The tiles on the way from these positions to the root: all that any proof between them needs. */
export function tilesOf(positions: readonly number[]): TileName[] {
  const named = new Map<string, TileName>();
  let at = [...new Set(positions.map((p) => Math.max(0, p)))];
  for (let level = 0; level === 0 || at.some((p) => p > 0); level += 1) {
    at = at.map((p) => Math.floor(p / WIDTH));
    for (const n of at) named.set(key({ level, n }), { level, n });
  }
  return [...named.values()];
}

/** The tree of `size` leaves as far as these tiles go. Grows in memory; `changed` is what must be written. */
export function openTiles(kept: readonly Tile[], size = 0): { readonly nodes: Nodes; push(leaf: Uint8Array): void; changed(): Tile[] } {
  const tiles = new Map(kept.map((t) => [key(t), { ...t, length: t.hashes.length }]));
  const changed = new Set<string>();
  // How many hashes each level holds: a hash goes up when the 256 below it are complete.
  const count = [size];

  const nodes: Nodes = (level, index) => {
    const within = level % HEIGHT;
    const first = index * 2 ** within;
    const tile = tiles.get(key({ level: (level - within) / HEIGHT, n: Math.floor(first / WIDTH) }));
    const from = (first % WIDTH) * HASH;
    const to = from + 2 ** within * HASH;
    if (tile === undefined || tile.length < to) throw new Fault('log-tile-missing', 'A part of the log\'s tree is missing.');
    return fold(tile.hashes.subarray(from, to));
  };

  const put = (level: number, hashed: Uint8Array): void => {
    const at = count[level] ?? Math.floor(size / WIDTH ** level);
    count[level] = at + 1;
    const name = { level, n: Math.floor(at / WIDTH) };
    const length = (at % WIDTH) * HASH;
    let tile = tiles.get(key(name));
    if ((tile?.length ?? 0) < length) throw new Fault('log-tile-missing', 'A part of the log\'s tree is missing.');
    if (!changed.has(key(name))) {
      const room = new Uint8Array(WIDTH * HASH);
      if (tile !== undefined) room.set(tile.hashes.subarray(0, length));
      tile = { ...name, hashes: room, length };
      tiles.set(key(name), tile);
      changed.add(key(name));
    }
    if (tile === undefined) return;
    tile.hashes.set(hashed, length);
    tile.length = length + HASH;
    if (tile.length === WIDTH * HASH) put(level + 1, fold(tile.hashes));
  };

  return {
    nodes,
    push: (leaf) => put(0, leaf),
    changed: () => [...changed].map((k) => tiles.get(k)).filter((t) => t !== undefined).map(({ level, n, hashes, length }) => ({ level, n, hashes: hashes.slice(0, length) })),
  };
}

/** Root of a power of two of hashes laid side by side. */
function fold(bytes: Uint8Array): Uint8Array {
  if (bytes.length === HASH) return bytes;
  const middle = bytes.length / 2;
  return nodeHash(fold(bytes.subarray(0, middle)), fold(bytes.subarray(middle)));
}
