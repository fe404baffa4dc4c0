/**
 * The Go project's libraries for transparency logs (golang.org/x/mod/sumdb: note, tlog), which its module database rests on, judge ours: the
 * signed notes, the tree of every entry of an export, the service's inclusion and consistency proofs, a witness's cosignature. And the other
 * way round: what they sign and prove, our verifier opens, byte for byte as we would have made it.
 * Debian: golang-go golang-golang-x-mod-dev
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openAnchors } from '../../service/audit/anchor/anchor.ts';
import { openAudit, type AuditLog } from '../../service/audit/audit.ts';
import { openNote, parseVkey } from '../../service/audit/tree/checkpoint.ts';
import { consistency, inclusion, leafHash, openTiles, root, verifyConsistency, verifyInclusion } from '../../service/audit/tree/merkle.ts';
import { verify } from '../../service/audit/verify.ts';
import { openWitness, type Witness } from '../../service/audit/witness/witness.ts';
import { openStore, type Store } from '../../service/store/store.ts';
import { keyring } from '../service/audit/vault.ts';
import { tool } from '../tools.ts';

const there = tool('go', 'whether the Go project\'s own libraries verify our log');
const ORIGIN = 'audit.riverside.test/v1';

describe.skipIf(!there)('golang.org/x/mod/sumdb', () => {
  const base = mkdtempSync(join(tmpdir(), 'golang-'));
  const judge = join(base, 'judge');
  const whole = join(base, 'export');
  let store: Store;
  let log: AuditLog;
  let witness: Witness;
  let proofs: { inclusion: { seq: number; leaf: string; tree_size: number; proof: string[]; checkpoint: string }[]; consistency: { from: number; to: number; proof: string[] }[] };
  let copies = 0;

  const asked = (folder: string, given: object = proofs, vkey = witness.vkey): { readonly status: number | null; readonly says: string } => {
    writeFileSync(join(base, 'proofs.json'), JSON.stringify(given));
    const ran = spawnSync(judge, ['log', folder, join(base, 'proofs.json'), vkey], { encoding: 'utf8' });
    return { status: ran.status, says: ran.stdout + ran.stderr };
  };
  /** The export again with one of its files changed. */
  const changed = (file: string, change: (text: string) => string): string => {
    copies += 1;
    const to = join(base, `copy${copies}`);
    cpSync(whole, to, { recursive: true });
    const text = readFileSync(join(to, file), 'utf8');
    writeFileSync(join(to, file), change(text));
    expect(change(text)).not.toBe(text);
    return to;
  };

  beforeAll(async () => {
    // Debian lays its Go packages where GOPATH finds them: nothing is fetched.
    execFileSync('go', ['build', '-o', judge, join(import.meta.dirname, 'golang', 'judge.go')], { env: { ...process.env, GO111MODULE: 'off', GOPATH: '/usr/share/gocode', GOCACHE: join(base, 'cache'), GOFLAGS: '' }, stdio: ['ignore', 'ignore', 'inherit'] });
    const world = { now: Date.now, random: (n: number) => randomBytes(n) };
    store = await openStore({ folder: join(base, 'data'), rooms: { audit: new URL('../../service/audit/audit.sql.ts', import.meta.url) }, world });
    log = await openAudit({ store, vault: keyring(), world, origin: ORIGIN, folder: join(base, 'keys') });
    await log.flush();
    witness = openWitness({ folder: join(base, 'witness'), name: 'witness.counsel.test', logs: [log.vkey()], now: Date.now });
    const anchors = openAnchors({
      audit: log, store, settings: { witness: { url: 'https://witness.counsel.test', vkey: witness.vkey } },
      world: { ...world, fetch: async (_url, request) => { const said = witness.add(Buffer.from(request?.body ?? []).toString()); return { status: said.status, headers: new Headers(), body: Buffer.from(said.text) }; } },
    });
    // Sizes around the edges of tiles and of perfect trees; texts that JSON may spell in several ways.
    for (const n of [1, 2, 3, 5, 8, 13, 100, 130, 255, 300]) {
      for (let i = 0; i < n; i += 1) await log.record({ type: 'log.timestamped', outcome: 'ok', actor: { kind: 'service', id: 'anchor' }, facts: { size: i, time: '2026-01-01T00:00:00.000Z', authority: `Zoë <&> “${i}” \u2028 \\` }, sealed: { reason: 'one' } });
      await log.flush();
      expect(await anchors.run()).toBeLessThan(2);
    }
    await log.flush();
    const { size } = await log.export(whole);
    const signed = readFileSync(join(whole, 'log.ndjson'), 'utf8').split('\n').filter((l) => l.startsWith('"')).map((l) => Number((JSON.parse(l) as string).split('\n')[1]));
    const several = signed.filter((_, i) => i % Math.ceil(signed.length / 30) === 0);
    proofs = { inclusion: [], consistency: [] };
    for (const to of several) {
      for (const seq of [0, Math.floor(to / 3), to - 1]) proofs.inclusion.push((await log.proof(seq, to)) as (typeof proofs)['inclusion'][number]);
      for (const from of several.filter((one) => one <= to)) proofs.consistency.push({ from, to, proof: [...((await log.consistency(from, to)) ?? [])] });
    }
    expect(size).toBeGreaterThan(800);
  });
  afterAll(async () => {
    await log?.close();
    await store?.close();
    rmSync(base, { recursive: true, force: true });
  });

  it('opens every checkpoint, computes every root from the exported entries, and accepts every proof and cosignature', async () => {
    const { status, says } = asked(whole);
    expect([status, says]).toEqual([0, expect.stringContaining('"size"')]);
    const counted = JSON.parse(says) as { size: number; checkpoints: number; inclusion: number; consistency: number; witnessed: number };
    expect(counted).toMatchObject({ inclusion: proofs.inclusion.length, consistency: proofs.consistency.length });
    expect(counted.witnessed).toBeGreaterThan(3);
    // The same that our own verifier says of the same folder.
    expect((await verify({ path: whole, witness: witness.vkey })).verdict).toMatchObject({ size: counted.size, checkpoints: counted.checkpoints });
  });

  it.each([
    ['an entry, by one letter', () => asked(changed('log.ndjson', (t) => t.replace('Zoë', 'Zoe'))), /does not sign these/],
    ['an entry left out', () => asked(changed('log.ndjson', (t) => t.split('\n').filter((_, i) => i !== 7).join('\n'))), /does not sign these|no hash/],
    ['two entries in the other order', () => asked(changed('log.ndjson', (t) => { const l = t.split('\n'); const i = l.findIndex((one, n) => one.startsWith('{"_') && (l[n + 1] ?? '').startsWith('{"_')); [l[i], l[i + 1]] = [l[i + 1] ?? '', l[i] ?? '']; return l.join('\n'); })), /does not sign these/],
    ['the size of a checkpoint', () => asked(changed('log.ndjson', (t) => t.replace(/"(audit[^\\]+\\n)(\d+)/, (_, o: string, n: string) => `"${o}${Number(n) + 1}`))), /invalid signature/],
    ['the log\'s key', () => asked(changed('vkey', (t) => t.replace(/\+[0-9a-f]{8}\+/, '+00000000+'))), /vkey/],
    ['the end cut off', () => asked(changed('log.ndjson', (t) => t.split('\n').slice(0, 40).join('\n'))), /were claimed/],
    ['an inclusion proof', () => asked(whole, { ...proofs, inclusion: proofs.inclusion.map((p, i) => (i === 20 ? { ...p, seq: p.seq - 1 } : p)) }), /inclusion of/],
    ['a consistency proof', () => asked(whole, { ...proofs, consistency: proofs.consistency.map((p) => ({ ...p, proof: p.proof.map((h) => (h.startsWith('A') ? `B${h.slice(1)}` : `A${h.slice(1)}`)) })) }), /consistency of/],
    ['a cosignature', () => asked(changed('anchors.ndjson', (t) => t.replace(/"proof":"([^"]+)"/, (_, p: string) => `"proof":"${Buffer.from(Buffer.from(p, 'base64').toString().replace(/ ([A-Za-z])([^ ]*)\n$/, (__, a: string, rest: string) => ` ${a}${rest.slice(0, 30)}${rest[30] === 'A' ? 'B' : 'A'}${rest.slice(31)}\n`)).toString('base64')}"`))), /not cosigned/],
  ])('refuses %s', (_, ask, says) => {
    expect(ask()).toEqual({ status: 1, says: expect.stringMatching(says) });
  });

  it('makes the same roots and the very same proofs as we do, to size 70', () => {
    const theirs = JSON.parse(execFileSync(judge, ['tree', '70'], { encoding: 'utf8', maxBuffer: 1 << 26 })) as { Roots: string[]; Inclusion: { Place: number; Size: number; Proof: string[] | null }[]; Consistency: { Place: number; Size: number; Proof: string[] | null }[] };
    const leaves = Array.from({ length: 70 }, (_, i) => leafHash(Buffer.from(`leaf ${i}`)));
    const tree = openTiles([]);
    for (const leaf of leaves) tree.push(leaf);
    const roots = theirs.Roots.map((r) => Buffer.from(r, 'base64'));
    for (const [size, r] of roots.entries()) expect(Buffer.from(root(tree.nodes, size)).equals(r)).toBe(true);
    const told = (hashes: readonly Uint8Array[]): string[] => hashes.map((h) => Buffer.from(h).toString('base64'));
    const given = (proof: string[] | null): Buffer[] => (proof ?? []).map((h) => Buffer.from(h, 'base64'));
    for (const { Place, Size, Proof } of theirs.Inclusion) {
      expect(told(inclusion(tree.nodes, Place, Size))).toEqual(Proof ?? []);
      expect(verifyInclusion(leaves[Place]!, Place, Size, given(Proof), roots[Size]!)).toBe(true);
    }
    for (const { Place, Size, Proof } of theirs.Consistency) {
      expect(told(consistency(tree.nodes, Place, Size))).toEqual(Proof ?? []);
      expect(verifyConsistency(Place, Size, roots[Place]!, roots[Size]!, given(Proof))).toBe(true);
    }
    expect([theirs.Inclusion.length, theirs.Consistency.length]).toEqual([2485, 2485]);
  });

  it('signs notes that we open, and no other text under them', () => {
    const text = 'log.elsewhere.test\n7\nBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\n';
    const { vkey, note } = JSON.parse(execFileSync(judge, ['sign', 'log.elsewhere.test', text], { encoding: 'utf8' })) as { vkey: string; note: string };
    const key = parseVkey(vkey)!;
    expect(openNote(note, key)).toBe(text);
    expect(openNote(note.replace('\n7\n', '\n8\n'), key)).toBeNull();
  });
});
