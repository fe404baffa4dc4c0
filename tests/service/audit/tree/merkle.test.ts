import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { consistency, inclusion, leafHash, nodeHash, openTiles, root, same, tilesOf, verifyConsistency, verifyInclusion, type Nodes, type Tile } from '../../../../service/audit/tree/merkle.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** Straight from the definition, as a second opinion. */
function plain(leaves: readonly Uint8Array[]): Nodes {
  const nodes: Nodes = (level, index) => (level === 0 ? leaves[index] as Uint8Array : nodeHash(nodes(level - 1, 2 * index), nodes(level - 1, 2 * index + 1)));
  return nodes;
}

// The leaves and roots of Certificate Transparency's reference test data (merkletree test of the CT reference implementation).
const REFERENCE = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'];
const ROOTS = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];

// Its proofs: entry counted from 0, or the smaller tree; size; the path.
const [A, B, C, D, E, F] = [
  '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7', '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e', '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
  'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b', 'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0', '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a',
] as const;
const PATHS = [[0, 1, []], [0, 8, [A, B, C]], [5, 8, [D, E, ROOTS[4]]], [2, 3, [ROOTS[2]]], [1, 5, [ROOTS[1], B, D]]] as const;
const BETWEEN = [[1, 1, []], [1, 8, [A, B, C]], [6, 8, [F, E, ROOTS[4]]], [2, 5, [B, D]]] as const;

describe('the tree of RFC 6962', () => {
  it.each(ROOTS.map((r, size) => [size, r] as const))('reference root of size %i', (size, expected) => {
    const tiles = openTiles([]);
    for (const leaf of REFERENCE.slice(0, size)) tiles.push(leafHash(Buffer.from(leaf, 'hex')));
    expect(hex(root(tiles.nodes, size))).toBe(expected);
  });

  const tree = openTiles([]);
  for (const leaf of REFERENCE) tree.push(leafHash(Buffer.from(leaf, 'hex')));
  it.each(PATHS)('reference path of entry %i in %i', (index, size, path) => expect(inclusion(tree.nodes, index, size).map(hex)).toEqual(path));
  it.each(BETWEEN)('reference proof that %i leads to %i', (first, second, path) => expect(consistency(tree.nodes, first, second).map(hex)).toEqual(path));

  it('tells leaf and node apart', () => {
    const [a, b] = [leafHash(Buffer.from('a')), leafHash(Buffer.from('b'))];
    expect(hex(nodeHash(a, b))).not.toBe(hex(leafHash(Buffer.concat([a, b]))));
  });
});

const MAX = 130;
const leaves = Array.from({ length: MAX }, (_, i) => leafHash(Buffer.from(`leaf ${i}`)));
const tree = openTiles([]);
for (const leaf of leaves) tree.push(leaf);
const remembered = (nodes: Nodes): Nodes => {
  const known = new Map<string, Uint8Array>();
  return (level, index) => {
    const found = known.get(`${level}/${index}`) ?? nodes(level, index);
    known.set(`${level}/${index}`, found);
    return found;
  };
};
const nodes = remembered(tree.nodes);
const second = remembered(plain(leaves));
const roots = Array.from({ length: MAX + 1 }, (_, size) => root(second, size));
const flip = (bytes: Uint8Array, at: number): Uint8Array => bytes.map((byte, i) => (i === at % bytes.length ? byte ^ (1 << at % 8) : byte));

describe('proofs to size 130', () => {
  it('every inclusion proof verifies, and for no other place, size or root', () => {
    for (let size = 1; size <= MAX; size += 1) {
      for (let index = 0; index < size; index += 1) {
        const [leaf, r] = [leaves[index] as Uint8Array, roots[size] as Uint8Array];
        const proof = inclusion(nodes, index, size);
        if (!verifyInclusion(leaf, index, size, proof, r)) throw new Error(`inclusion of ${index} in ${size}`);
        // Every proof is checked; what must not pass, at a fifth of the places.
        if ((index + size) % 5 !== 0) continue;
        const wrong = verifyInclusion(leaf, index, size, proof, flip(r, index))
          || verifyInclusion(flip(leaf, size), index, size, proof, r)
          || (size > 1 && verifyInclusion(leaf, (index + 1) % size, size, proof, r))
          || verifyInclusion(leaf, index, size, [...proof, leaf], r)
          || (proof.length > 0 && verifyInclusion(leaf, index, size, proof.slice(1), r))
          || proof.some((p, i) => verifyInclusion(leaf, index, size, proof.with(i, flip(p, index + i)), r));
        if (wrong) throw new Error(`a wrong inclusion of ${index} in ${size} passes`);
      }
    }
  });

  it('every consistency proof verifies, and no changed one', () => {
    for (let second = 0; second <= MAX; second += 1) {
      for (let first = 0; first <= second; first += 1) {
        const [a, b] = [roots[first] as Uint8Array, roots[second] as Uint8Array];
        const proof = consistency(nodes, first, second);
        if (!verifyConsistency(first, second, a, b, proof)) throw new Error(`consistency of ${first} and ${second}`);
        if ((first + second) % 5 !== 0) continue;
        const wrong = verifyConsistency(first, second, flip(a, second), b, proof)
          || (first > 0 && verifyConsistency(first, second, a, flip(b, first), proof))
          || verifyConsistency(first, second, a, b, [...proof, a])
          || (proof.length > 0 && verifyConsistency(first, second, a, b, proof.slice(0, -1)))
          || proof.some((p, i) => verifyConsistency(first, second, a, b, proof.with(i, flip(p, i))));
        if (wrong) throw new Error(`a wrong consistency of ${first} and ${second} passes`);
      }
    }
  });
});

describe('tiles', () => {
  const big = Array.from({ length: 66_200 }, (_, i) => leafHash(Buffer.from(String(i))));
  const whole = openTiles([]);
  for (const leaf of big) whole.push(leaf);
  const stored = new Map(whole.changed().map((t) => [`${t.level}/${t.n}`, t]));
  const load = (positions: number[]): Tile[] => tilesOf(positions).map((t) => stored.get(`${t.level}/${t.n}`)).filter((t) => t !== undefined);

  it('hold three levels', () => expect([...stored.values()].map((t) => t.level).sort().at(-1)).toBe(2));

  it('the few on the way suffice for any proof', () => {
    const size = fc.oneof(fc.integer({ min: 1, max: big.length }), fc.constantFrom(255, 256, 257, 511, 512, 65_535, 65_536, 65_537, 66_199));
    fc.assert(fc.property(size, fc.nat(), size, (n, i, m) => {
      const index = i % n;
      const [first, second] = m < n ? [m, n] : [n, m];
      const inc = openTiles(load([index, n])).nodes;
      expect(verifyInclusion(big[index] as Uint8Array, index, n, inclusion(inc, index, n), root(openTiles(load([n])).nodes, n))).toBe(true);
      const con = openTiles(load([first - 1, first, second])).nodes;
      expect(verifyConsistency(first, second, root(openTiles(load([first])).nodes, first), root(con, second), consistency(con, first, second))).toBe(true);
    }), { numRuns: 120 });
  });

  it('grow from the right edge alone to the same tree', () => {
    fc.assert(fc.property(fc.constantFrom(0, 1, 200, 255, 256, 257, 512, 65_279, 65_536, 65_537), fc.integer({ min: 1, max: 600 }), (size, more) => {
      // The tiles as they stood at that size: full ones as they are, the last of each level cut.
      const edge = tilesOf([size]).flatMap(({ level, n }) => {
        const held = Math.min(256, Math.floor(size / 256 ** level) - 256 * n);
        const tile = stored.get(`${level}/${n}`);
        return tile === undefined || held <= 0 ? [] : [{ level, n, hashes: tile.hashes.subarray(0, 32 * held) }];
      });
      const grown = openTiles(edge, size);
      for (const leaf of big.slice(size, size + more)) grown.push(leaf);
      const end = openTiles(load([size + more]));
      expect(same(root(grown.nodes, size + more), root(end.nodes, size + more))).toBe(true);
      for (const t of grown.changed()) expect(hex(t.hashes)).toBe(hex((stored.get(`${t.level}/${t.n}`) as Tile).hashes.subarray(0, t.hashes.length)));
    }), { numRuns: 12 });
  });
});
