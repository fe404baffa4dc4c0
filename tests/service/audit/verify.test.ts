import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openAudit, type AuditLog, type EventDraft } from '../../../service/audit/audit.ts';
import { openSigner, signNote, type Signer } from '../../../service/audit/tree/checkpoint.ts';
import { leafHash, openTiles, root } from '../../../service/audit/tree/merkle.ts';
import { verify } from '../../../service/audit/verify.ts';
import { openStore, type Store } from '../../../service/store/store.ts';
import { keyring } from './vault.ts';

const world = { now: Date.now, random: (n: number) => randomBytes(n) };
const rooms = { audit: new URL('../../../service/audit/audit.sql.ts', import.meta.url) };
const ORIGIN = 'audit.riverside.test/v1';
const base = mkdtempSync(join(tmpdir(), 'verify-'));
const data = join(base, 'data');
const whole = join(base, 'export');
const key = { id: 'ev_1', bytes: randomBytes(32) };
let store: Store;
let log: AuditLog;
let early = '';
let copies = 0;

const event = (type: string, n: number, more: Partial<EventDraft> = {}): EventDraft => ({ type, outcome: 'ok', actor: { kind: 'service', id: 'queue' }, message: 'msg_1', item: `item_${n}`, facts: {}, sealed: { recipient: 'tess.lane@lakeside.test' }, ...more });
async function write(drafts: EventDraft[]): Promise<void> {
  await store.room<typeof import('../../../service/audit/audit.sql.ts')>('audit').write.record({ events: drafts.map((d) => log.prepare(d, key)) });
  await log.flush();
}

beforeAll(async () => {
  store = await openStore({ folder: data, rooms, world });
  log = await openAudit({ store, vault: keyring(), world, origin: ORIGIN, folder: join(base, 'keys') });
  await log.flush();
  for (let i = 0; i < 5; i += 1) {
    await write([event('encryption.decided', i, { facts: { protection: 'tls' } }), event('delivery.attempt.started', i), event('delivery.attempt.finished', i, { facts: { grade: 'B', protocol: 'TLSv1.3' } }), event('delivery.relayed', i)]);
    if (i === 1) early = (await log.checkpoint()) ?? '';
  }
  await log.export(whole);
});
afterAll(async () => {
  await log.close();
  await store.close();
  rmSync(base, { recursive: true, force: true });
});

/** The export again, with its lines or bytes changed. */
function copy(change: { lines?: (lines: string[]) => string[]; vkey?: string }): string {
  copies += 1;
  const to = join(base, `copy${copies}`);
  cpSync(whole, to, { recursive: true });
  if (change.lines !== undefined) writeFileSync(join(to, 'log.ndjson'), change.lines(readFileSync(join(to, 'log.ndjson'), 'utf8').split('\n')).join('\n'));
  if (change.vkey !== undefined) writeFileSync(join(to, 'vkey'), change.vkey);
  return to;
}

const isLeaf = (line: string): boolean => line.startsWith('{"_') || line.startsWith('{"actor"');

describe('an export', () => {
  it('is valid, holds exact leaves and no sealed value', async () => {
    expect(await verify({ path: whole })).toMatchObject({ code: 0, verdict: { size: 21, open: 0 } });
    expect(await verify({ path: join(whole, 'log.ndjson') })).toMatchObject({ code: 0 });
    const text = readFileSync(join(whole, 'log.ndjson'), 'utf8');
    expect(text).not.toContain('lakeside');
    expect(text.split('\n').filter(isLeaf)).toHaveLength(21);
  });

  it('200 single bytes changed: each one is noticed', async () => {
    const original = readFileSync(join(whole, 'log.ndjson'));
    const place = join(copy({}), 'log.ndjson');
    for (let i = 0; i < 200; i += 1) {
      const bytes = Buffer.from(original);
      // every byte of the first line and of the end, then anywhere
      const at = i < 70 ? i : i < 80 ? bytes.length - 1 - (i - 70) : randomBytes(4).readUInt32BE() % bytes.length;
      bytes[at] = (bytes[at] as number) ^ (1 + (randomBytes(1)[0] as number) % 255);
      writeFileSync(place, bytes);
      const answer = await verify({ path: place });
      if (answer.code !== 1 || answer.place === undefined) throw new Error(`byte ${at} to ${bytes[at]}: ${JSON.stringify(answer)}`);
    }
  });

  it('every byte of the key changed: not valid', async () => {
    const original = readFileSync(join(whole, 'vkey'));
    const to = copy({});
    for (let at = 0; at < original.length; at += 1) {
      const bytes = Buffer.from(original);
      bytes[at] = (bytes[at] as number) ^ (1 << at % 8);
      writeFileSync(join(to, 'vkey'), bytes);
      const { code } = await verify({ path: to });
      if (code !== 1 && code !== 2) throw new Error(`byte ${at} of the key does not matter`);
    }
  });

  const leaves = (lines: string[]): number[] => lines.flatMap((line, i) => (isLeaf(line) ? [i] : []));
  it.each<[string, (lines: string[]) => string[], string | RegExp]>([
    ['a leaf edited', (l) => l.with(leaves(l)[6] ?? 0, (l[leaves(l)[6] ?? 0] ?? '').replace('"ok"', '"no"')), /entry 8$/],
    ['a leaf deleted', (l) => l.toSpliced(leaves(l)[6] ?? 0, 1), /entry 7$/],
    ['a leaf inserted', (l) => l.toSpliced(leaves(l)[6] ?? 0, 0, (l[leaves(l)[5] ?? 0] ?? '').replace(/evt_[0-9a-f]{4}/, 'evt_0000')), 'checkpoint behind entry 9'],
    ['a leaf written twice', (l) => l.toSpliced(leaves(l)[6] ?? 0, 0, l[leaves(l)[6] ?? 0] ?? ''), 'entry 7'],
    ['two leaves exchanged', (l) => l.with(leaves(l)[5] ?? 0, l[leaves(l)[8] ?? 0] ?? '').with(leaves(l)[8] ?? 0, l[leaves(l)[5] ?? 0] ?? ''), /entry 8$/],
    ['leaves cut off at the end', (l) => l.filter((_, i) => i < (leaves(l).at(-2) ?? 0)).concat(''), /entry 1[79]$/],
    ['cut off behind a checkpoint, the first line changed to fit', (l) => [(l[0] ?? '').replace('"size":21', '"size":9'), ...l.slice(1, (leaves(l)[9] ?? 0)), ''], 'nothing'],
    ['a checkpoint left out', (l) => l.filter((line, i) => !(line.startsWith('"') && i > 10 && i < 16)), 'nothing'],
    ['a checkpoint written twice', (l) => l.toSpliced(2, 0, l[2] ?? ''), 'checkpoint behind entry 0'],
    ['the last checkpoint left out', (l) => l.slice(0, -2).concat(''), 'entry 17'],
    ['the first checkpoint moved', (l) => [...l.slice(0, 1), ...l.slice(2, 3), ...l.slice(1, 2), ...l.slice(3)], 'checkpoint behind entry -1'],
    ['the last line break missing', (l) => l.slice(0, -1), 'the last line'],
    ['something behind it', (l) => [...l.slice(0, -1), '{}', ''], 'entry 21'],
    ['empty', () => [''], 'the first line'],
  ])('%s', async (_, lines, place) => {
    const answer = await verify({ path: copy({ lines }) });
    if (place === 'nothing') expect(answer.code).toBe(0);
    else expect(answer).toMatchObject({ code: 1, place: expect.stringMatching(place) });
  });

  it('shortened to an older state passes by itself, and not beside a checkpoint that was kept', async () => {
    const newest = join(base, 'newest');
    writeFileSync(newest, (await log.checkpoint()) ?? '');
    const older = join(base, 'older');
    writeFileSync(older, early);
    const cut = copy({ lines: (l) => [(l[0] ?? '').replace('"size":21', '"size":9'), ...l.slice(1, leaves(l)[9] ?? 0), ''] });
    expect(await verify({ path: cut })).toMatchObject({ code: 0 });
    expect(await verify({ path: cut, checkpoint: older })).toMatchObject({ code: 0 });
    expect(await verify({ path: cut, checkpoint: newest })).toMatchObject({ code: 1, place: 'entry 9' });
    expect(await verify({ path: whole, checkpoint: older })).toMatchObject({ code: 0 });
  });

  it('of a fork, signed with the true key, does not stand beside the checkpoint that was kept', async () => {
    const signer = openSigner(join(base, 'keys'), ORIGIN);
    const older = join(base, 'older');
    writeFileSync(older, early);
    const forked = fork(signer, readFileSync(join(whole, 'log.ndjson'), 'utf8').split('\n').filter(isLeaf).map((line, i) => (i === 4 ? line.replace('"ok"', '"failed"') : line)));
    expect(await verify({ path: forked })).toMatchObject({ code: 0 });
    expect(await verify({ path: forked, checkpoint: older })).toMatchObject({ code: 1, place: 'checkpoint 9 that you kept' });
  });

  it('of another log or under another key does not pass for this one', async () => {
    const other = openSigner(join(base, 'otherkeys'), ORIGIN);
    const forged = fork(other, readFileSync(join(whole, 'log.ndjson'), 'utf8').split('\n').filter(isLeaf));
    expect(await verify({ path: forged })).toMatchObject({ code: 0 });
    expect(await verify({ path: forged, vkey: log.vkey() })).toMatchObject({ code: 1 });
    expect(await verify({ path: whole, vkey: other.vkey })).toMatchObject({ code: 1 });
    expect(await verify({ path: whole, vkey: log.vkey() })).toMatchObject({ code: 0 });
  });

  const said = (n: number, type: string, time: number, more: object = {}): string => {
    const leaf = { actor: { id: 'x', kind: 'service' }, facts: {}, id: `evt_${n}`, ...more, outcome: 'ok', time: new Date(time).toISOString(), type, v: 1 };
    return JSON.stringify(Object.fromEntries(Object.entries(leaf).sort(([a], [b]) => (a < b ? -1 : 1))));
  };
  const T = 1_790_000_000_000;
  it.each<[string, string[], string | null]>([
    ['entries in order', [said(0, 'a', T), said(1, 'a', T + 5)], null],
    ['an entry a little late', [said(0, 'a', T), said(1, 'a', T - 59_000)], null],
    ['an entry far too old', [said(0, 'a', T), said(1, 'a', T - 61_000)], 'entry 1'],
    ['the clock set back, and said so', [said(0, 'a', T), said(1, 'clock.skew', T - 90_000, { facts: { behind: 90_000 } }), said(2, 'a', T - 90_000)], null],
    ['the clock set back further than was said', [said(0, 'a', T), said(1, 'clock.skew', T - 10_000, { facts: { behind: 10_000 } }), said(2, 'a', T - 90_000)], 'entry 2'],
    ['one id twice', [said(0, 'a', T), said(0, 'b', T)], 'entry 1'],
    ['a try with an end', [said(0, 'delivery.attempt.started', T, { item: 'i' }), said(1, 'delivery.attempt.finished', T, { item: 'i' }), said(2, 'delivery.attempt.started', T, { item: 'i' })], null],
    ['a try whose end is unknown', [said(0, 'delivery.attempt.started', T, { item: 'i' }), said(1, 'delivery.unknown', T, { item: 'i' }), said(2, 'delivery.attempt.started', T, { item: 'i' })], null],
    ['a try without an end', [said(0, 'delivery.attempt.started', T, { item: 'i' }), said(1, 'delivery.attempt.started', T, { item: 'j' }), said(2, 'delivery.attempt.started', T, { item: 'i' })], 'entry 2'],
    ['a policy written, brought into force and judged by', [said(0, 'policy.drafted', T, { facts: { hash: 'h1' } }), said(1, 'policy.activated', T, { facts: { hash: 'h1', version: 'pv_1' } }), said(2, 'message.accepted', T, { facts: { policy: 'pv_1' } })], null],
    ['the one the program brings along', [said(0, 'message.accepted', T, { facts: { policy: 'us-healthcare-2' } }), said(1, 'a', T + 70_000)], null],
    ['a policy that was never in force', [said(0, 'policy.drafted', T, { facts: { hash: 'h1' } }), said(1, 'policy.decided', T, { facts: { policy: 'pv_1' } }), said(2, 'a', T + 60_001)], 'entry 1'],
    ['one that another process brought into force at the same time', [said(0, 'policy.drafted', T, { facts: { hash: 'h1' } }), said(1, 'policy.decided', T, { facts: { policy: 'pv_1' } }), said(2, 'policy.activated', T - 9_000, { facts: { hash: 'h1', version: 'pv_1' } }), said(3, 'a', T + 60_001)], null],
    ['a policy brought into force that nobody wrote', [said(0, 'policy.drafted', T, { facts: { hash: 'h1' } }), said(1, 'policy.activated', T, { facts: { hash: 'h2', version: 'pv_1' } }), said(2, 'a', T + 60_001)], 'entry 1'],
    ['one that came back when another went', [said(0, 'policy.drafted', T, { facts: { hash: 'h1' } }), said(1, 'policy.activated', T, { facts: { emergency: true, hash: 'h1', version: 'pv_1' } }), said(2, 'policy.reverted', T, { facts: { hash: 'h1', version: 'pv_1' } }), said(3, 'message.accepted', T, { facts: { policy: 'pv_2' } }), said(4, 'message.accepted', T, { facts: { policy: 'pv_2' } }), said(5, 'a', T + 60_001)], null],
    ['two names where one came back', [said(0, 'policy.reverted', T, { facts: {} }), said(1, 'message.accepted', T, { facts: { policy: 'pv_2' } }), said(2, 'message.accepted', T, { facts: { policy: 'pv_3' } }), said(3, 'a', T + 60_001)], 'entry 2'],
    ['another spelling of the same', [said(0, 'a', T).replace('"v":1', '"v":1.0')], 'entry 0'],
    ['a field twice', [said(0, 'a', T).replace('"v":1', '"v":1,"v":1')], 'entry 0'],
    ['another version', [said(0, 'a', T).replace('"v":1', '"v":2')], 'entry 0'],
    ['a time that is none', [said(0, 'a', T).replace(/\d{4}-/, '9999-9')], 'entry 0'],
  ])('rule: %s', async (_, lines, place) => {
    const answer = await verify({ path: fork(openSigner(join(base, 'keys'), ORIGIN), lines) });
    if (place === null) expect(answer.lines).toEqual([expect.stringContaining('Valid'), expect.anything(), ...(answer.verdict?.open ? [expect.anything()] : [])]);
    else expect(answer).toMatchObject({ code: 1, place });
  });
});

/** A log of these leaves, with one checkpoint, as its key's owner could make it. */
function fork(signer: Signer, lines: string[]): string {
  copies += 1;
  const to = join(base, `copy${copies}`);
  cpSync(whole, to, { recursive: true });
  const tiles = openTiles([]);
  for (const line of lines) tiles.push(leafHash(Buffer.from(line)));
  const note = signNote(`${ORIGIN}\n${lines.length}\n${Buffer.from(root(tiles.nodes, lines.length)).toString('base64')}\n`, signer);
  writeFileSync(join(to, 'log.ndjson'), [JSON.stringify({ format: 'send-secure-audit/1', origin: ORIGIN, size: lines.length }), ...lines, JSON.stringify(note), ''].join('\n'));
  writeFileSync(join(to, 'vkey'), `${signer.vkey}\n`);
  return to;
}

describe('a data folder', () => {
  it('is valid beside the running service, and after it', async () => {
    expect(await verify({ path: data })).toMatchObject({ code: 0, verdict: { size: 21 } });
    const to = join(base, 'backup');
    await store.backup(to);
    expect(await verify({ path: to, vkey: log.vkey() })).toMatchObject({ code: 0, verdict: { size: 21 } });
  });

  it.each([
    ['a leaf edited', 'UPDATE event SET leaf = replace(leaf, \'"ok"\', \'"no"\') WHERE seq = 6', 'entry 6'],
    ['leaf and columns edited', 'UPDATE event SET leaf = replace(leaf, \'"ok"\', \'"no"\'), outcome = \'no\' WHERE seq = 6', 'checkpoint behind entry 8'],
    ['sealed values gone from their column', 'UPDATE event SET sealed = NULL WHERE seq = 6', 'entry 6'],
    ['sealed values put where none were promised', 'UPDATE event SET sealed = zeroblob(40) WHERE seq = 0', 'entry 0'],
    ['a column emptied', 'UPDATE event SET item = NULL WHERE seq = 6', 'entry 6'],
    ['a message that was none', 'UPDATE event SET message = \'\' WHERE seq = 0', 'entry 0'],
    ['a column edited', 'UPDATE event SET actor = \'somebody\' WHERE seq = 6', 'entry 6'],
    ['a leaf deleted', 'DELETE FROM event WHERE seq = 6', 'entry 6'],
    ['the last leaf deleted', 'DELETE FROM event WHERE seq = 20', 'entry 20'],
    ['a leaf put aside', 'UPDATE event SET seq = NULL WHERE seq = 6', 'entry 6'],
    ['two exchanged', 'UPDATE event SET seq = CASE seq WHEN 6 THEN -7 ELSE -6 END WHERE seq IN (6, 7); UPDATE event SET seq = -seq WHERE seq < 0', 'checkpoint behind entry 8'],
    ['a checkpoint of another size', 'UPDATE checkpoint SET size = 8 WHERE size = 9', 'checkpoint behind entry 7'],
    ['the last checkpoint deleted', 'DELETE FROM checkpoint WHERE size = 21', 'entry 17'],
    ['an older state brought back', 'DELETE FROM checkpoint WHERE size > 9; DELETE FROM event WHERE seq >= 9', 'entry 9'],
    ['a count edited', 'UPDATE tally SET n = n - 1 WHERE type = \'delivery.relayed\'', expect.stringMatching(/^the count of delivery\.relayed \(ok\) on \d{4}-\d\d-\d\d$/)],
    ['a count deleted', 'DELETE FROM tally WHERE type = \'delivery.relayed\'', expect.stringMatching(/^the count of delivery\.relayed/)],
    ['a count of what never was', 'INSERT INTO tally VALUES (20000, \'portal.message_opened\', \'ok\', 1)', 'the count of portal.message_opened (ok) on 2024-10-04'],
    ['a look-up deleted', 'DELETE FROM lookup WHERE event = (SELECT id FROM event WHERE seq = 5)', 'the look-ups of entry 5'],
    ['all look-ups deleted', 'DELETE FROM lookup', 'the look-ups of entry 1'],
    ['a look-up that finds nothing', 'UPDATE lookup SET hash = hash || \'x\' WHERE event = (SELECT id FROM event WHERE seq = 5)', 'the look-ups of entry 5'],
    ['a look-up that leads elsewhere', 'UPDATE lookup SET message = \'msg_2\' WHERE event = (SELECT id FROM event WHERE seq = 9)', 'the look-ups of entry 9'],
    ['a look-up without its salt', 'UPDATE lookup SET salt = \'\' WHERE event = (SELECT id FROM event WHERE seq = 9)', 'the look-ups of entry 9'],
    ['a look-up put beside', 'INSERT INTO lookup SELECT hash || \'x\', time, event, message, item, salt FROM lookup WHERE event = (SELECT id FROM event WHERE seq = 9)', 'the look-ups of entry 9'],
    ['a look-up of an entry that has none', 'INSERT INTO lookup SELECT \'x\', time, id, message, item, \'s\' FROM event WHERE seq = 2', 'the look-ups of entry 2'],
    ['a look-up of an entry that is not', 'INSERT INTO lookup VALUES (\'x\', 0, \'evt_x\', \'msg_1\', NULL, \'s\')', 'the look-ups'],
    ['a look-up of another time, so that a range of dates misses it', 'UPDATE lookup SET time = 5 WHERE event = (SELECT id FROM event WHERE seq = 9)', 'the look-ups of entry 9'],
    ['an entry put before the first', "INSERT INTO event (id, seq, time, type, outcome, actor, message, leaf, kid, mark) SELECT 'evt_x', -1, time, type, outcome, actor, message, leaf, kid, mark FROM event WHERE seq = 6", 'entry -1'],
    ['an entry put far behind the last', "INSERT INTO event (id, seq, time, type, outcome, actor, message, leaf, kid, mark) SELECT 'evt_x', 900, time, type, outcome, actor, message, leaf, kid, mark FROM event WHERE seq = 6", 'entry 900'],
    ['sealed values said to be under another key, as if it were destroyed', "UPDATE event SET kid = 'month-2001-01' WHERE seq = 6", 'entry 6'],
    ['a tree of another root', 'UPDATE tree SET root = zeroblob(32)', 'the tree'],
  ])('%s', async (_, sql, place) => {
    copies += 1;
    const to = join(base, `copy${copies}`);
    await store.backup(to);
    const db = new DatabaseSync(join(to, 'store.db'));
    db.exec(sql);
    db.close();
    expect(await verify({ path: to })).toMatchObject({ code: 1, place });
  });
});

describe('look-ups', () => {
  it('that go with their evidence are no fault: an entry says so', async () => {
    await log.forget(['msg_1']);
    await log.flush();
    expect(await log.lookup('recipient', 'tess.lane@lakeside.test', 10)).toEqual([]);
    expect(await verify({ path: data })).toMatchObject({ code: 0 });
  });
});

describe('the command', () => {
  const run = (...args: string[]): Promise<{ code: number; out: string; err: string }> => new Promise((resolve) => {
    execFile(process.execPath, ['service/audit/verify.ts', ...args], { cwd: join(import.meta.dirname, '../../..') }, (error, out, err) => resolve({ code: Number(error?.code ?? 0), out, err }));
  });

  it('exits 0, 1, 2 and 3', async () => {
    expect(await run(whole)).toMatchObject({ code: 0, out: expect.stringMatching(/^Valid: 21 entries, \d+ checkpoints, root [A-Za-z0-9+/]{43}=\nLog audit\.riverside\.test\/v1, key found beside/) });
    const cut = copy({ lines: (l) => l.toSpliced(5, 1) });
    expect(await run(cut)).toMatchObject({ code: 1, out: expect.stringContaining('INVALID: ') });
    expect(JSON.parse((await run(cut, '--json')).out)).toMatchObject({ code: 1, place: expect.stringContaining('entry') });
    expect(await run(join(base, 'nothing'))).toMatchObject({ code: 2, out: expect.stringContaining('Cannot be decided') });
    expect(await run(base)).toMatchObject({ code: 2 });
    expect(await run(whole, '--vkey', 'nonsense')).toMatchObject({ code: 2 });
    expect(await run()).toMatchObject({ code: 3, err: expect.stringContaining('Usage') });
    expect(await run(whole, '--colour')).toMatchObject({ code: 3 });
  });
});
