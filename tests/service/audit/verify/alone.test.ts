/** The verifier as somebody else runs it: one file in an empty folder, under Node 20 where the machine has one, and under ours. */
import { execFile, spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openAnchors } from '../../../../service/audit/anchor/anchor.ts';
import { openAudit, type AuditLog } from '../../../../service/audit/audit.ts';
import { cosign, openSigner } from '../../../../service/audit/tree/checkpoint.ts';
import { jcs } from '../../../../service/audit/entry.ts';
import { buildVerifier } from '../../../../service/audit/verify/build.ts';
import { openStore, type Store } from '../../../../service/store/store.ts';
import { openWorld } from '../../../../service/world.ts';
import { notRun } from '../../../tools.ts';
import { keyring } from '../vault.ts';

const base = mkdtempSync(join(tmpdir(), 'alone-'));
const world = openWorld({ resolver: '', resolverTrusted: false, allowedNetworks: [] });
const rooms = { audit: new URL('../../../../service/audit/audit.sql.ts', import.meta.url) };
const file = join(base, 'alone', 'verify.mjs');
const whole = join(base, 'export');
const key = { id: 'ev_1', bytes: randomBytes(32) };
const witness = openSigner(join(base, 'witness'), 'witness.test', 'make', 'witness.key', 'witness');
let store: Store;
let log: AuditLog;
let early = '';

const oldNode = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => !folder.includes('node_modules')).map((folder) => join(folder, 'node'))
  .find((path) => existsSync(path) && Number(/^v(\d+)/.exec(spawnSync(path, ['--version'], { encoding: 'utf8' }).stdout)?.[1]) < 26);
if (oldNode === undefined) notRun('DID NOT RUN, there is no older Node in PATH: whether the one-file verifier runs under Node 20');
const NODES = [['our Node', process.execPath], ...(oldNode === undefined ? [] : [['an older Node', oldNode] as const])] as const;

const run = (node: string, ...args: string[]): Promise<{ readonly code: number; readonly out: string; readonly err: string }> => new Promise((resolve) => {
  execFile(node, [file, ...args], { cwd: join(base, 'alone'), env: {} }, (error, out, err) => resolve({ code: Number(error?.code ?? 0), out, err }));
});

beforeAll(async () => {
  mkdirSync(join(base, 'alone'));
  expect(buildVerifier(file)).toBe(createHash('sha256').update(readFileSync(file)).digest('hex'));
  store = await openStore({ folder: join(base, 'data'), rooms, world });
  log = await openAudit({ store, vault: keyring(), world, origin: 'audit.riverside.test/v1', folder: join(base, 'keys') });
  const room = store.room<typeof import('../../../../service/audit/audit.sql.ts')>('audit');
  const note = async (n: number, type: string) => {
    await room.write.record({ events: [log.prepare({ type, outcome: 'ok', actor: { kind: 'service', id: 'queue' }, message: 'msg_1', item: `item_${n}`, facts: {}, sealed: { recipient: `r${n}@lakeside.test` } }, key)] });
  };
  for (let n = 0; n < 6; n += 1) for (const type of ['delivery.queued', 'delivery.attempt.started', 'delivery.relayed']) await note(n, type);
  await log.flush();
  early = join(base, 'early.txt');
  writeFileSync(early, (await log.checkpoint()) ?? '');
  const head = (await log.checkpoint()) ?? '';
  const size = Number(head.split('\n')[1]);
  await room.write.anchor({ kind: 'witness', name: 'witness.test', size, time: Date.now(), proof: Buffer.from(cosign(head.slice(0, head.lastIndexOf('\n\n') + 1), 1_790_000_000, witness)), events: [await log.prepared({ type: 'log.witnessed', outcome: 'ok', actor: { kind: 'service', id: 'anchor' }, facts: { size } })] });
  await openAnchors({ audit: log, store, world, settings: { folder: join(base, 'worm') } }).run();
  await log.flush();
  await log.export(whole);
});
afterAll(async () => {
  await log.close();
  await store.close();
  rmSync(base, { recursive: true, force: true });
});

it('is one file that needs nothing', () => {
  const text = readFileSync(file, 'utf8');
  expect([...text.matchAll(/^import .* from "([^"]+)"/gm)].map((m) => m[1]).filter((name) => !name?.startsWith('node:') && name !== 'module')).toEqual([]);
  expect(text).not.toMatch(/node:(net|tls|http|https|sqlite|dns)/);
});

describe.each(NODES)('under %s', (_, node) => {
  it('the log is valid, up to its witness', async () => {
    expect(await run(node, 'log', whole, '--vkey', log.vkey(), '--checkpoint', early, '--witness', witness.vkey)).toMatchObject({ code: 0, out: expect.stringMatching(/^Valid: 21 entries[\s\S]*key as you gave it[\s\S]*Witness witness\.test saw it up to entry 18/) });
    expect(await run(node, 'log', whole, '--from', early, '--to', '21')).toMatchObject({ code: 0 });
    expect(await run(node, 'log', whole, '--from', '19', '--to', '21')).toMatchObject({ code: 0, out: expect.stringContaining('2 entries between') });
    expect(await run(node, 'log', whole, '--hashes')).toMatchObject({ code: 0, out: expect.stringContaining('Hashes and signatures only') });
  });

  it('what is wrong has its place, and what is missing is not called valid', async () => {
    const cut = join(base, `cut-${node.length}`);
    mkdirSync(cut, { recursive: true });
    writeFileSync(join(cut, 'vkey'), `${log.vkey()}\n`);
    writeFileSync(join(cut, 'log.ndjson'), readFileSync(join(whole, 'log.ndjson'), 'utf8').replace('"delivery.relayed"', '"delivery.failed"'));
    const wrong = await run(node, 'log', cut, '--json');
    expect(JSON.parse(wrong.out)).toMatchObject({ code: 1, place: expect.stringMatching(/checkpoint behind entry/) });
    expect(await run(node, 'log', cut, '--hashes')).toMatchObject({ code: 1 });
    expect(await run(node, 'log', whole, '--to', '22')).toMatchObject({ code: 1, out: expect.stringContaining('checkpoint 22') });
    expect(await run(node, 'log', whole, '--witness', openSigner(join(base, 'w2'), 'w2.test', 'make', 'witness.key', 'witness').vkey)).toMatchObject({ code: 2 });
    expect(await run(node, 'log', join(base, 'nothing'))).toMatchObject({ code: 2 });
    expect(await run(node, 'report', join(whole, 'log.ndjson'))).toMatchObject({ code: 2 });
    expect(await run(node)).toMatchObject({ code: 3, err: expect.stringContaining('Usage') });
    expect(await run(node, 'log', whole, '--unknown')).toMatchObject({ code: 3 });
  });

  it('a bare certificate is signed or not; whether it is true, only its entries show', async () => {
    const certificate = log.sign({ type: 'send-secure-certificate', version: 1, log: { vkey: log.vkey() } });
    const at = join(base, `certificate-${node.length}.json`);
    writeFileSync(at, jcs(certificate));
    expect(await run(node, 'certificate', at)).toMatchObject({ code: 2, out: expect.stringContaining('is signed by the log\'s key, but') });
    writeFileSync(at, jcs({ ...certificate, version: 2 }));
    expect(await run(node, 'certificate', at)).toMatchObject({ code: 1 });
  });
});
