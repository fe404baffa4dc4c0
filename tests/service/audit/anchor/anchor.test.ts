/** Anchors with real others: the shipped witness as a process of its own, a time-stamp authority that is `openssl ts`, a folder. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes, X509Certificate } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openAnchors, type AnchorSettings } from '../../../../service/audit/anchor/anchor.ts';
import { openStamp, stampRequest, tokenOf } from '../../../../service/audit/anchor/timestamp.ts';
import { openAudit, type AuditLog } from '../../../../service/audit/audit.ts';
import { checkpointText, cosigned, openSigner, parseVkey, signNote } from '../../../../service/audit/tree/checkpoint.ts';
import { leafHash, openTiles, root } from '../../../../service/audit/tree/merkle.ts';
import { openWitness } from '../../../../service/audit/witness/witness.ts';
import { verify } from '../../../../service/audit/verify.ts';
import { openStore, type Store } from '../../../../service/store/store.ts';
import { openWorld } from '../../../../service/world.ts';
import { tool } from '../../../tools.ts';
import { until } from '../../../until.ts';
import { keyring } from '../vault.ts';

const base = mkdtempSync(join(tmpdir(), 'anchor-'));
const world = openWorld({ resolver: '', resolverTrusted: false, allowedNetworks: ['127.0.0.0/8'] });
const rooms = { audit: new URL('../../../../service/audit/audit.sql.ts', import.meta.url) };
const children: ChildProcess[] = [];
const servers: Server[] = [];
let store: Store;
let log: AuditLog;
let witnessUrl = '';
let witnessKey = '';
let tsa = '';
const ssl = tool('openssl', 'whether a real time-stamp authority\'s tokens are understood');

beforeAll(async () => {
  store = await openStore({ folder: join(base, 'data'), rooms, world, strictEvents: true });
  log = await openAudit({ store, vault: keyring(), world, origin: 'audit.riverside.test/v1', folder: join(base, 'keys') });
  await log.flush();
  const child = spawn(process.execPath, [join(import.meta.dirname, '../../../../service/audit/witness/serve.ts'), '--name', 'witness.counsel.test', '--folder', join(base, 'witness'), '--log', log.vkey(), '--port', '0'], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => { said += chunk.toString(); });
  witnessUrl = `http://127.0.0.1:${await until('the witness listens', () => /^listens (\d+)$/m.exec(said)?.[1])}`;
  witnessKey = /^witness (\S+)$/m.exec(said)?.[1] ?? '';
  if (!ssl) return;
  authority();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      writeFileSync(join(base, 'tsa', 'query.tsq'), Buffer.concat(chunks));
      execFileSync('openssl', ['ts', '-reply', '-config', 'tsa.cnf', '-queryfile', 'query.tsq', '-out', 'reply.tsr'], { cwd: join(base, 'tsa'), stdio: 'pipe' });
      response.end(readFileSync(join(base, 'tsa', 'reply.tsr')));
    });
  });
  servers.push(server);
  await new Promise<void>((ready) => { server.listen(0, '127.0.0.1', ready); });
  tsa = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});

afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  for (const server of servers) server.close();
  await log.close();
  await store.close();
  rmSync(base, { recursive: true, force: true });
});

/** Root and time-stamping certificate, and openssl's idea of an authority. */
function authority(): void {
  const at = join(base, 'tsa');
  execFileSync('mkdir', ['-p', at]);
  writeFileSync(join(at, 'tsa.cnf'), `[tsa]\ndefault_tsa = one\n[one]\nserial = serial\ncrypto_device = builtin\nsigner_cert = tsa.pem\ncerts = ca.pem\nsigner_key = tsa.key\nsigner_digest = sha256\ndefault_policy = 1.2.3.4.1\ndigests = sha256, sha512\naccuracy = secs:1\n[ext]\nextendedKeyUsage = critical,timeStamping\nkeyUsage = critical,digitalSignature\n[ca]\nbasicConstraints = critical,CA:TRUE\n`);
  writeFileSync(join(at, 'serial'), '01\n');
  const run = (...args: string[]) => execFileSync('openssl', args, { cwd: at, stdio: 'pipe' });
  run('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=Stamp Root', '-days', '30', '-config', 'tsa.cnf', '-extensions', 'ca', '-section', 'one');
  run('req', '-newkey', 'rsa:2048', '-nodes', '-keyout', 'tsa.key', '-out', 'tsa.csr', '-subj', '/CN=Stamp Authority', '-config', 'tsa.cnf', '-section', 'one');
  run('x509', '-req', '-in', 'tsa.csr', '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-out', 'tsa.pem', '-days', '30', '-extfile', 'tsa.cnf', '-extensions', 'ext');
}

const anchors = (settings: AnchorSettings) => openAnchors({ audit: log, store, world, settings: { ...settings, plain: true } });
async function grow(n: number): Promise<void> {
  for (let i = 0; i < n; i += 1) await log.record({ type: 'service.started', outcome: 'ok', actor: { kind: 'service', id: 'main' } });
  await log.flush();
}

describe('the shipped witness', () => {
  it('signs what extends what it saw, with a time', async () => {
    const set = anchors({ witness: { url: witnessUrl, vkey: witnessKey } });
    await grow(7);
    expect(await set.run()).toBe(1);
    await grow(9);
    expect(await set.run()).toBe(1);
    const [row] = await set.newest();
    // Of that size: the anchor itself is news, and there may be a newer one by now.
    const note = (await log.proofs(row?.size ?? 0, []))?.checkpoint ?? '';
    const key = parseVkey(witnessKey, 'witness');
    expect(row).toMatchObject({ kind: 'witness', name: 'witness.counsel.test' });
    if (key === null) throw new Error('no witness key');
    const text = note.slice(0, note.lastIndexOf('\n\n') + 1);
    expect(cosigned(text, Buffer.from(row?.proof ?? []).toString(), key)).toBeGreaterThan(1_700_000_000);
    expect(cosigned(text.replace('riverside', 'lakeside'), Buffer.from(row?.proof ?? []).toString(), key)).toBeNull();
    await log.flush();
    expect(await log.events({ types: ['log.witnessed'] })).toMatchObject({ data: [{}, {}] });
  });

  it('does not anchor itself for ever: an anchor is no news', async () => {
    const set = anchors({ witness: { url: witnessUrl, vkey: witnessKey } });
    await log.flush();
    expect(await set.run()).toBe(0);
  });

  it('signs no fork, and the service says so in its log', async () => {
    await grow(3);
    const forked = await openStore({ folder: join(base, 'fork'), rooms, world });
    // The same key and name over another history.
    const other = await openAudit({ store: forked, vault: keyring(), world, origin: 'audit.riverside.test/v1', folder: join(base, 'keys') });
    for (let i = 0; i < 40; i += 1) await other.record({ type: 'service.stopped', outcome: 'ok', actor: { kind: 'service', id: 'main' } });
    await other.flush();
    const set = openAnchors({ audit: other, store: forked, world, settings: { witness: { url: witnessUrl, vkey: witnessKey }, plain: true } });
    expect(await set.run()).toBe(0);
    await other.flush();
    expect(await other.events({ types: ['log.anchor_failed'] })).toMatchObject({ data: [{ facts: { kind: 'witness', code: 'witness-conflict' } }] });
    await other.close();
    await forked.close();
  });

  const log1 = openSigner(join(base, 'k1'), 'log.example/1');
  const tiles = openTiles([]);
  for (let i = 0; i < 9; i += 1) tiles.push(leafHash(Buffer.from(`leaf ${i}`)));
  const head = (size: number, how = tiles) => signNote(checkpointText({ origin: log1.name, size, root: root(how.nodes, size) }), log1);
  it.each<[string, number, (w: ReturnType<typeof openWitness>) => string]>([
    ['the first checkpoint', 200, () => `old 0\n\n${head(4)}`],
    ['the same again', 200, (w) => { w.add(`old 0\n\n${head(4)}`); return `old 4\n\n${head(4)}`; }],
    ['a stale idea of what was seen', 409, (w) => { w.add(`old 0\n\n${head(4)}`); return `old 3\n\n${head(9)}`; }],
    ['a growth without its proof', 422, (w) => { w.add(`old 0\n\n${head(4)}`); return `old 4\n\n${head(9)}`; }],
    ['a replay of an older one', 400, (w) => { w.add(`old 0\n\n${head(9)}`); return `old 9\n\n${head(4)}`; }],
    ['another tree of the same size', 409, (w) => { w.add(`old 0\n\n${head(4)}`); const fork = openTiles([]); for (let i = 0; i < 4; i += 1) fork.push(leafHash(Buffer.from('x'))); return `old 4\n\n${head(4, fork)}`; }],
    ['a log it does not know', 404, () => `old 0\n\n${signNote(checkpointText({ origin: 'other/1', size: 1, root: Buffer.alloc(32) }), openSigner(join(base, 'k2'), 'other/1'))}`],
    ['another key under a known name', 403, () => `old 0\n\n${signNote(checkpointText({ origin: log1.name, size: 1, root: Buffer.alloc(32) }), openSigner(join(base, 'k3'), log1.name))}`],
    ['nonsense', 400, () => 'hello'],
    ['a hash too long', 400, () => `old 0\n${Buffer.alloc(33).toString('base64')}\n\n${head(4)}`],
  ])('%s: %i', (name, status, body) => {
    const folder = join(base, `w-${name.replaceAll(' ', '-')}`);
    const open = () => openWitness({ folder, name: 'w.test', logs: [log1.vkey], now: Date.now });
    const witness = open();
    const asked = body(witness);
    // What it saw outlives its process.
    expect(open().add(asked).status).toBe(status);
  });
});

describe('a time stamp', () => {
  it('is asked for over the checkpoint and understood, and openssl agrees', async ({ skip }) => {
    if (!ssl) skip();
    await grow(5);
    const set = anchors({ tsa });
    const note = (await log.checkpoint()) ?? '';
    expect(await set.run()).toBe(1);
    const [row] = await set.newest();
    const token = row?.proof ?? new Uint8Array();
    const ca = new X509Certificate(readFileSync(join(base, 'tsa', 'ca.pem')));
    expect(openStamp(token, Buffer.from(note), [ca])).toMatchObject({ trusted: true, authority: 'CN=Stamp Authority' });
    expect(openStamp(token, Buffer.from(note))).toMatchObject({ trusted: false });
    expect(Math.abs((openStamp(token, Buffer.from(note))?.time ?? 0) - Date.now())).toBeLessThan(120_000);
    expect(openStamp(token, Buffer.from(`${note} `), [ca])).toBeNull();
    writeFileSync(join(base, 'tsa', 'note'), note);
    writeFileSync(join(base, 'tsa', 'token'), token);
    expect(execFileSync('openssl', ['ts', '-verify', '-token_in', '-in', 'token', '-data', 'note', '-CAfile', 'ca.pem'], { cwd: join(base, 'tsa'), stdio: 'pipe' }).toString()).toContain('OK');
    // No byte of what was signed can change and still be trusted.
    fc.assert(fc.property(fc.nat(token.length - 1), fc.integer({ min: 1, max: 255 }), (at, by) => {
      const changed = token.map((byte, i) => (i === at ? byte ^ by : byte));
      const opened = openStamp(changed, Buffer.from(note), [ca]);
      return opened === null || !opened.trusted || opened.time === openStamp(token, Buffer.from(note))?.time;
    }), { numRuns: 300 });
  });

  it('that is refused, or is no answer, is none', () => {
    expect(tokenOf(Buffer.from('30053003020102', 'hex'))).toBeNull();
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => tokenOf(bytes) === null && openStamp(bytes, bytes) === null));
  });

  it('asks in a form that openssl reads', ({ skip }) => {
    if (!ssl) skip();
    writeFileSync(join(base, 'tsa', 'q'), stampRequest(Buffer.from('text'), randomBytes(8)));
    expect(execFileSync('openssl', ['ts', '-query', '-in', 'q', '-text'], { cwd: join(base, 'tsa'), stdio: 'pipe' }).toString()).toMatch(/Hash Algorithm: sha256[\s\S]*Certificate required: yes/);
  });
});

describe('a folder that is written once', () => {
  it('gets each checkpoint once, and another of the same size is told', async () => {
    const folder = join(base, 'worm');
    const set = anchors({ folder });
    await grow(6);
    expect(await set.run()).toBe(1);
    const [name] = readdirSync(folder);
    const path = join(folder, name ?? '');
    expect(readFileSync(path, 'utf8')).toBe(await log.checkpoint());
    expect(statSync(path).mode & 0o222).toBe(0);
    await grow(6);
    const next = join(folder, `checkpoint-${((await log.checkpoint()) ?? '').split('\n')[1]?.padStart(16, '0')}.txt`);
    writeFileSync(next, 'something else\n\n');
    expect(await set.run()).toBe(0);
    await log.flush();
    expect(await log.events({ types: ['log.anchor_failed'], order: 'desc' })).toMatchObject({ data: [{ facts: { kind: 'copy', code: 'copy-conflict' } }] });
    expect(readFileSync(next, 'utf8')).toBe('something else\n\n');
  });
});

describe('another key', () => {
  it('follows the old one, by the old one\'s word, and both verify the whole log', async () => {
    const old = log.vkey();
    const early = (await log.checkpoint()) ?? '';
    await grow(2);
    const next = await log.rotate({ kind: 'staff', id: 'u_ada' });
    expect(next).not.toBe(old);
    expect(log.vkey()).toBe(next);
    await grow(3);
    const whole = join(base, 'rotated');
    await log.export(whole);
    const kept = join(base, 'early');
    writeFileSync(kept, early);
    for (const vkey of [old, next]) {
      expect(await verify({ path: whole, vkey, checkpoint: kept })).toMatchObject({ code: 0 });
      expect(await verify({ path: join(base, 'data'), vkey })).toMatchObject({ code: 0 });
    }
    expect(await verify({ path: whole, vkey: openSigner(join(base, 'k4'), 'audit.riverside.test/v1').vkey })).toMatchObject({ code: 1 });
    // Both sign for a month.
    expect((await log.checkpoint())?.split('\n').filter((line) => line.startsWith('\u2014'))).toHaveLength(2);
    // A successor nobody signed for.
    const lines = readFileSync(join(whole, 'log.ndjson'), 'utf8').replace(/"signature":"[^"]{8}/, '"signature":"AAAAAAAA');
    writeFileSync(join(whole, 'log.ndjson'), lines);
    expect(await verify({ path: whole, vkey: old })).toMatchObject({ code: 1, lines: [expect.stringMatching(/appoints a key without the word/)] });
  });

  it('is there again after a start, also when the move of the files was cut short', async () => {
    const next = log.vkey();
    await log.close();
    log = await openAudit({ store, vault: keyring(), world, origin: 'audit.riverside.test/v1', folder: join(base, 'keys') });
    expect(log.vkey()).toBe(next);
    await grow(1);
    expect(await verify({ path: join(base, 'data'), vkey: next })).toMatchObject({ code: 0 });
  });
});
