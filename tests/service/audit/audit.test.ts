import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { openAudit, type AuditLog, type EventDraft, type EventQuery } from '../../../service/audit/audit.ts';
import { openEntries } from '../../../service/audit/entry.ts';
import { openCheckpoint, openSigner, parseVkey, verifyDetached, type VerifierKey } from '../../../service/audit/tree/checkpoint.ts';
import { openLogKeys } from '../../../service/audit/tree/keys.ts';
import { leafHash, root, openTiles, verifyConsistency, verifyInclusion } from '../../../service/audit/tree/merkle.ts';
import { openMarks } from '../../../service/audit/tree/mark.ts';
import { startSequencer } from '../../../service/audit/tree/sequencer.ts';
import { verify } from '../../../service/audit/verify.ts';
import type { Store } from '../../../service/store/store.ts';
import { PATIENCE } from '../../until.ts';
import { onEveryEngine } from '../store/engines.ts';
import { keyring } from './vault.ts';

const rooms = { audit: new URL('../../../service/audit/audit.sql.ts', import.meta.url) };
const ORIGIN = 'audit.riverside.test/v1';
const world = { now: Date.now, random: (n: number) => randomBytes(n) };
const folders: string[] = [];
const folder = (): string => folders[folders.push(mkdtempSync(join(tmpdir(), 'audit-'))) - 1] as string;
afterAll(() => folders.forEach((f) => rmSync(f, { recursive: true, force: true })));

const key = { id: 'ev_1', bytes: randomBytes(32) };
const accepted: EventDraft = {
  type: 'message.accepted', outcome: 'ok', actor: { kind: 'author', id: 'u_ana' }, message: 'msg_1', facts: { recipients: 2, verdict: 'high' },
  sealed: { from: 'ana.ruiz@riverside.test', subject: 'Tess Lane, MRN 00482913' },
};
const about = (type: string, n: number, more: Partial<EventDraft> = {}): EventDraft => ({
  type, outcome: 'ok', actor: { kind: 'service', id: 'queue' }, message: `msg_${n % 3}`, item: `item_${n % 5}`, facts: {}, ...more,
});

describe('an entry', () => {
  const { prepare, reveal } = openEntries({ vault: keyring(), world });
  const row = (e: ReturnType<typeof prepare>) => ({ row: { ...e, seq: null } }) as unknown as Parameters<typeof reveal>[0];

  it('holds facts in the open and commits to the rest', () => {
    const e = prepare(accepted, key);
    const leaf = JSON.parse(e.leaf) as { _sd: { [name: string]: string } };
    expect(leaf).toMatchObject({ v: 1, id: e.id, type: 'message.accepted', outcome: 'ok', actor: { id: 'u_ana', kind: 'author' }, message: 'msg_1', facts: { recipients: 2 }, kid: 'ev_1', _sd_alg: 'hmac-sha-256' });
    expect(Object.keys(leaf._sd)).toEqual(['from', 'subject']);
    for (const secret of ['riverside.test', 'Tess', '00482913']) expect(e.leaf + Buffer.from(e.sealed ?? []).toString('latin1')).not.toContain(secret);
    expect(e.leaf).toBe(`{${Object.keys(leaf).sort().map((k) => `${JSON.stringify(k)}:${JSON.stringify(sorted((leaf as unknown as { [k: string]: unknown })[k]))}`).join(',')}}`);
  });

  it('commits anew each time: equal values do not look equal', () => {
    const sd = (e: { leaf: string }): string => JSON.stringify((JSON.parse(e.leaf) as { _sd: object })._sd);
    expect(sd(prepare(accepted, key))).not.toBe(sd(prepare(accepted, key)));
  });

  it('gives back what was sealed, and only that', () => {
    const e = prepare(accepted, key);
    expect(reveal(row(e), key)).toEqual(accepted.sealed);
    expect(reveal(row(prepare({ ...accepted, sealed: {} }, key)), key)).toEqual({});
    const other = prepare({ ...accepted, sealed: { from: 'leo.marsh@riverside.test' } }, key);
    expect(() => reveal(row({ ...e, sealed: other.sealed }), key)).toThrow();
    expect(() => reveal(row({ ...other, leaf: e.leaf }), key)).toThrow('not the one the log committed to');
    expect(() => reveal(row(e), { id: 'ev_2', bytes: randomBytes(32) })).toThrow();
  });

  it('keeps the order events were made in, whatever the clock does', () => {
    let now = 1_790_000_000_000;
    const still = openEntries({ vault: keyring(), world: { ...world, now: () => now } });
    const ids: string[] = [];
    for (let i = 0; i < 9000; i += 1) {
      if (i === 6000) now -= 5000;
      if (i === 7000) now += 9000;
      ids.push(still.prepare({ type: 'service.stopped', outcome: 'ok', actor: { kind: 'service', id: 'main' } }, key).id);
    }
    expect(ids).toEqual([...new Set(ids)].sort());
    expect(ids.every((id) => /^evt_[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id))).toBe(true);
  });

  const change = (more: object): EventDraft => ({ ...accepted, ...more }) as EventDraft;
  it.each<[string, EventDraft, string | null]>([
    ['as it should be', accepted, null],
    ['an unknown type', change({ type: 'message.exploded' }), 'event-unknown'],
    ['a type of Object', change({ type: 'constructor' }), 'event-unknown'],
    ['an unknown fact', change({ facts: { address: 'x' } }), 'event-fact-unknown'],
    ['a fact of another type', change({ facts: { cipher: 'x' } }), 'event-fact-unknown'],
    ['an unknown sealed name', change({ sealed: { ssn: '1' } }), 'event-sealed-unknown'],
    ['a sealed value that is no text', change({ sealed: { ip: 1 } }), 'event-sealed-unknown'],
    ['an unknown outcome', change({ outcome: 'maybe' }), 'event-outcome'],
    ['an address as actor', change({ actor: { kind: 'author', id: 'ana@riverside.test' } }), 'event-actor'],
    ['an address as message', change({ message: 'ana@riverside.test' }), 'event-id'],
    ['a copy without its item', change({ type: 'delivery.queued', facts: {}, sealed: {} }), 'event-item'],
  ])('%s', (_, draft, code) => {
    if (code === null) expect(() => prepare(draft, key)).not.toThrow();
    else expect(() => prepare(draft, key)).toThrow(expect.objectContaining({ code }));
  });

  it.each<[string, string | number | boolean, unknown]>([
    ['verdict', 'high', 'high'], ['recipients', 7, 7], ['verdict', 'ana@riverside.test', null], ['verdict', 'a\nb', null], ['verdict', 'Tess Lane', null], ['verdict', 7, null], ['verdict', 'x'.repeat(513), null],
    ['recipients', 1.5, null], ['recipients', -1, null], ['recipients', 2 ** 60, null], ['recipients', 'seven', null], ['recipients', true, null], ['verdict', '\ud800', null],
  ])('a fact %s of value %j is written as %j', (name, value, written) => {
    const draft = { ...accepted, facts: { [name]: value } };
    expect((JSON.parse(prepare(draft, key).leaf) as { facts: { [name: string]: unknown } }).facts[name]).toBe(written);
    // Where tests run, what does not fit is no silent null.
    const strict = () => openEntries({ vault: keyring(), world, strict: true }).prepare(draft, key);
    if (written === null) expect(strict).toThrow(expect.objectContaining({ code: 'event-fact-value' }));
    else expect(strict).not.toThrow();
  });

  it('what a stranger says that does not fit is nothing in the log, and no fault', () => {
    const draft = { type: 'delivery.attempt.finished', outcome: 'ok', actor: { kind: 'service', id: 'queue' }, message: 'msg_1', item: 'item_1', facts: { queueId: 'for tess.lane@lakeside.test', grade: 'B' } } as const;
    expect(JSON.parse(openEntries({ vault: keyring(), world, strict: true }).prepare(draft, key).leaf)).toMatchObject({ facts: { queueId: null, grade: 'B' } });
  });
});

/** a second connection to a store that is at work: what holds it is waited for */
const beside = (at: string): DatabaseSync => new DatabaseSync(join(at, 'store.db'), { timeout: PATIENCE });

const sorted = (v: unknown): unknown => (v !== null && typeof v === 'object' ? Object.fromEntries(Object.entries(v).sort(([a], [b]) => (a < b ? -1 : 1))) : v);

onEveryEngine((ground) => {
  const logs: AuditLog[] = [];
  afterEach(async () => {
    for (const log of logs.splice(0)) await log.close();
  });
  async function begin(more: { store?: Store; keys?: string; now?: () => number; holder?: string } = {}) {
    const store = more.store ?? (await ground.open(rooms));
    const keys = more.keys ?? folder();
    const log = await openAudit({ store, vault: keyring(), world: { ...world, now: more.now ?? Date.now }, origin: ORIGIN, folder: keys, ...(more.holder === undefined ? {} : { holder: more.holder }) });
    logs.push(log);
    const room = store.room<typeof import('../../../service/audit/audit.sql.ts')>('audit');
    return { store, keys, log, room, note: (drafts: EventDraft[]) => room.write.record({ events: drafts.map((d) => log.prepare(d, key)) }) };
  }

  it('begins with its own first entry, signed', async () => {
    const { log } = await begin();
    await log.flush();
    const head = openCheckpoint((await log.checkpoint()) ?? '', parseVkey(log.vkey()) as VerifierKey);
    expect(head).toMatchObject({ origin: ORIGIN, size: 1 });
    const page = await log.events({});
    expect(page).toMatchObject({ data: [{ seq: 0, type: 'log.initialised', outcome: 'ok' }], page: { next: null, has_more: false }, snapshot: { tree_size: 1 } });
  });

  it('proves every entry and every step between checkpoints', async () => {
    const { log, note, room } = await begin();
    for (let i = 0; i < 6; i += 1) {
      await note(Array.from({ length: 1 + i * 13 }, (_, n) => about('delivery.queued', n)));
      await log.flush();
    }
    const verifier = parseVkey(log.vkey()) as VerifierKey;
    const heads = (await room.read.checkpoints({ after: -1, limit: 100 })).map((c) => openCheckpoint(c.note, verifier));
    expect(heads.length).toBeGreaterThanOrEqual(6);
    const last = heads.at(-1);
    for (let seq = 0; seq < (last?.size ?? 0); seq += 7) {
      const proof = await log.proof(seq);
      const hashes = (proof?.proof ?? []).map((p) => Buffer.from(p, 'base64'));
      const head = openCheckpoint(proof?.checkpoint ?? '', verifier);
      expect(head?.size).toBe(proof?.tree_size);
      expect(verifyInclusion(leafHash(Buffer.from(proof?.leaf ?? '')), seq, head?.size ?? 0, hashes, head?.root ?? Buffer.alloc(0))).toBe(true);
    }
    expect(await log.proof(last?.size ?? 0)).toBeNull();
    expect(await log.proof(0, 99_999)).toBeNull();
    expect((await log.proof(0, heads[1]?.size))?.tree_size).toBe(heads[1]?.size);
    expect(verifyConsistency(1, 1, heads[0]?.root ?? Buffer.alloc(0), heads[0]?.root ?? Buffer.alloc(0), [])).toBe(true);
    expect(log.figures()).toMatchObject({ audit_tree_size: last?.size, audit_broken: 0 });
  });

  it('whose evidence is destroyed is found by no value any more, and the month\'s key goes with the last of it', async () => {
    let now = Date.UTC(2026, 2, 10);
    const vault = keyring();
    const store = await ground.open(rooms);
    const log = await openAudit({ store, vault, world: { ...world, now: () => now }, origin: ORIGIN, folder: folder() });
    logs.push(log);
    const room = store.room<typeof import('../../../service/audit/audit.sql.ts')>('audit');
    const sent = (message: string) => log.prepare({ ...accepted, type: 'encryption.decided', message, item: `item_${message}`, facts: {}, sealed: { recipient: 'tess.lane@lakeside.test' } }, key);
    await room.write.record({ events: [sent('msg_a'), sent('msg_b')] });
    expect((await log.lookup('recipient', 'Tess.Lane@lakeside.test ', 10)).map((f) => f.message).sort()).toEqual(['msg_a', 'msg_b']);
    expect(await log.findable()).toBe(now);
    now = Date.UTC(2026, 3, 20);
    await log.forget(['msg_a']);
    expect((await log.lookup('recipient', 'tess.lane@lakeside.test', 10)).map((f) => f.message)).toEqual(['msg_b']);
    expect(await vault.blindEpochs()).toContain('2026-03');
    await log.forget(['msg_b']);
    expect(await log.lookup('recipient', 'tess.lane@lakeside.test', 10)).toEqual([]);
    expect(await vault.blindEpochs()).not.toContain('2026-03');
    expect(await log.findable()).toBeNull();
    // The entries themselves stay, and this month's key.
    await log.flush();
    expect((await log.events({ message: 'msg_a' }) as { data: { type: string }[] }).data.map((e) => e.type)).toEqual(['encryption.decided', 'audit.forgotten']);
    expect((await vault.blindEpochs()).length).toBeGreaterThan(0);
  });

  it('tells the story of one message, sequenced or not', async () => {
    const { log, note } = await begin();
    await note([accepted, about('delivery.queued', 1, { message: 'msg_1', item: 'item_1' })]);
    await log.flush();
    await note([about('encryption.changed', 1, { message: 'msg_1', item: 'item_1', facts: { from: 'tls', to: 'portal', code: 'certificate-expired', sent: 'nothing' } })]);
    const story = await log.of('msg_1');
    expect(story.map((e) => e.type)).toEqual(['message.accepted', 'delivery.queued', 'encryption.changed']);
    expect(story[0]?.seq).toBe(1);
    expect(story[2]?.text).toBe('Changed from an encrypted connection that proves itself to a secure page. Their mail server\'s certificate has expired. Nothing had been sent.');
    expect(log.reveal(story[0] as (typeof story)[0], key)).toEqual(accepted.sealed);
    expect(await log.of('msg_2')).toEqual([]);
  });

  it('pages of a pinned snapshot add up to the whole, while more is written', async () => {
    const { log, note } = await begin();
    const types = ['delivery.queued', 'delivery.relayed', 'delivery.deferred'];
    for (let i = 0; i < 8; i += 1) await note(Array.from({ length: 15 }, (_, n) => about(types[(n + i) % 3] as string, n * 7 + i, { outcome: n % 4 === 0 ? 'failed' : 'ok' })));
    await log.flush();
    const all = await log.events({ limit: 500 });
    if ('kind' in all) throw new Error('refused');
    const times = all.data.map((e) => Date.parse(e.time));
    const one = fc.record({
      types: fc.subarray([...types, 'message.accepted']), message: fc.constantFrom('', 'msg_0', 'msg_9'), item: fc.constantFrom('', '', 'item_2'), actor: fc.constantFrom('', 'queue', 'audit'), outcome: fc.constantFrom('', 'failed'),
      order: fc.constantFrom<'asc' | 'desc'>('asc', 'desc'), limit: fc.integer({ min: 1, max: 40 }), from: fc.constantFrom(0, times[20] ?? 0), to: fc.constantFrom(9e15, times[100] ?? 0),
    });
    await fc.assert(fc.asyncProperty(one, async (q) => {
      const query: EventQuery = { ...q };
      const expected = all.data.filter((e) => (q.types.length === 0 || q.types.includes(e.type)) && (q.message === '' || e.message === q.message) && (q.item === '' || e.item === q.item)
        && (q.actor === '' || e.actor.id === q.actor) && (q.outcome === '' || e.outcome === q.outcome) && Date.parse(e.time) >= q.from && Date.parse(e.time) < q.to).map((e) => e.seq);
      const seen: (number | null)[] = [];
      let cursor: string | undefined;
      let size = 0;
      do {
        const page = await log.events(cursor === undefined ? query : { ...query, cursor });
        if ('kind' in page) throw new Error('refused');
        if (cursor === undefined) size = page.snapshot.tree_size;
        expect(page.snapshot.tree_size).toBe(size);
        expect(page.data.length).toBeLessThanOrEqual(q.limit);
        seen.push(...page.data.map((e) => e.seq).filter((seq) => (seq ?? 0) < all.snapshot.tree_size));
        cursor = page.page.next ?? undefined;
        if (cursor !== undefined && Math.random() < 0.1) {
          await note([about('delivery.queued', 0)]);
          await log.flush();
        }
      } while (cursor !== undefined);
      const wanted = expected.sort((a, b) => (times[a ?? 0] ?? 0) - (times[b ?? 0] ?? 0) || (a ?? 0) - (b ?? 0));
      expect(seen).toEqual(q.order === 'asc' ? wanted : wanted.reverse());
    }), { numRuns: 25 });
  });

  it('refuses a cursor that was changed, made up, or is of another query', async () => {
    const { log, note } = await begin();
    await note(Array.from({ length: 5 }, (_, n) => about('delivery.queued', n)));
    await log.flush();
    const page = await log.events({ limit: 2 });
    const cursor = 'kind' in page ? '' : page.page.next ?? '';
    expect(cursor).toMatch(/^[A-Za-z0-9_.~=-]{1,1024}$/);
    expect(await log.events({ limit: 2, cursor })).toHaveProperty('data');
    expect(await log.events({ limit: 3, cursor })).toHaveProperty('data');
    const bad = { kind: 'refused', code: 'bad-cursor' };
    expect(await log.events({ limit: 2, cursor, outcome: 'ok' })).toEqual(bad);
    expect(await log.events({ cursor: '' })).toEqual(bad);
    expect(await log.events({ cursor: '1.2.3.' + 'A'.repeat(43) })).toEqual(bad);
    for (let i = 0; i < cursor.length; i += 1) {
      const changed = cursor.slice(0, i) + (cursor[i] === '1' ? '2' : '1') + cursor.slice(i + 1);
      if (i === cursor.length - 1) continue;
      expect(await log.events({ cursor: changed })).toEqual(bad);
    }
    const stranger = await begin();
    expect(await stranger.log.events({ limit: 2, cursor })).toEqual(bad);
  });

  it('two sequencers at once make one log', async () => {
    const first = await begin({ holder: 'one' });
    const second = await begin({ store: first.store, keys: first.keys, holder: 'two' });
    const same = startSequencer({ room: first.room, keys: openLogKeys({ folder: first.keys, origin: ORIGIN, missing: 'refuse', now: Date.now }), holder: 'one', now: Date.now, skew: async () => first.log.prepare(about('clock.skew', 0), key), marks: openMarks(first.keys, Date.now()), forged: async () => first.log.prepare(about('log.forged', 0), key) });
    for (let i = 0; i < 20; i += 1) {
      await Promise.all([first.note([about('delivery.queued', i)]), second.note([about('delivery.deferred', i)])]);
      await Promise.all([first.log.flush(), same.flush(), ...(i % 5 === 0 ? [second.log.flush()] : [])]);
    }
    await same.close();
    const to = join(folder(), 'export');
    expect(await first.log.export(to)).toEqual({ size: 41 });
    expect(await verify({ path: to, vkey: second.log.vkey() })).toMatchObject({ code: 0, verdict: { size: 41 } });
  });

  it('a long backlog goes in batch by batch, read ahead while the one before is written, by one or by two at once, each entry once', async () => {
    const { log, note, room, keys } = await begin();
    await log.flush();
    await log.close();
    const part = { keys: openLogKeys({ folder: keys, origin: ORIGIN, missing: 'refuse', now: Date.now }), holder: 'embedded', now: Date.now, skew: async () => log.prepare(about('clock.skew', 0), key), marks: openMarks(keys, Date.now()), forged: async () => log.prepare(about('log.forged', 0), key), batch: 10 } as const;
    let reads = 0;
    const counting = { write: room.write, read: { work: room.read.work, oldest: room.read.oldest, pending: (args: Parameters<typeof room.read.pending>[0]) => { reads += 1; return room.read.pending(args); } } } as unknown as typeof room;
    await note(Array.from({ length: 205 }, (_, n) => about('delivery.queued', n)));
    const alone = startSequencer({ room: counting, ...part });
    await alone.flush();
    expect(reads).toBeGreaterThan(10);
    await note(Array.from({ length: 205 }, (_, n) => about('delivery.deferred', n)));
    const beside = startSequencer({ room, ...part });
    await Promise.all([alone.flush(), beside.flush()]);
    expect([alone.figures()['audit_faults'], beside.figures()['audit_faults']]).toEqual([0, 0]);
    await Promise.all([alone.close(), beside.close()]);
    const to = join(folder(), 'export');
    await log.export(to);
    expect(await verify({ path: to })).toMatchObject({ code: 0, verdict: { size: 411 } });
  });

  // For the one write there are two ways to die: before it was stored, and after.
  it.each(['failed, not stored', 'failed, but stored'])('a sequencer that dies in its write loses nothing: %s', async (how) => {
    const { log, note, room, keys } = await begin();
    await log.flush();
    await log.close();
    await note(Array.from({ length: 300 }, (_, n) => about('delivery.queued', n)));
    let died = 0;
    const dying = { read: room.read, write: { lease: room.write.lease, grow: async (g: Parameters<typeof room.write.grow>[0]) => {
      if (how === 'failed, but stored') await room.write.grow(g);
      died += 1;
      throw new Error('killed');
    } } } as unknown as typeof room;
    const part = { keys: openLogKeys({ folder: keys, origin: ORIGIN, missing: 'refuse', now: Date.now }), holder: 'embedded', now: Date.now, skew: async () => log.prepare(about('clock.skew', 0), key), marks: openMarks(keys, Date.now()), forged: async () => log.prepare(about('log.forged', 0), key) };
    const doomed = startSequencer({ room: dying, ...part, batch: 64 });
    await doomed.flush().catch(() => null);
    await doomed.close();
    expect(died).toBeGreaterThan(0);
    const next = startSequencer({ room, ...part });
    await next.flush();
    await next.close();
    const to = join(folder(), 'export');
    await log.export(to);
    expect(await verify({ path: to })).toMatchObject({ code: 0, verdict: { size: 301 } });
  });

  it('grows only from the size it was read at, and only for the holder of the lease', async () => {
    const { log, note, room } = await begin();
    await note([about('delivery.queued', 1)]);
    await log.flush();
    await log.close();
    const empty = { root: Buffer.alloc(32), latest: 0, leaseUntil: 0, ids: [], tiles: [], tally: [], events: [], checkpoint: { size: 99, time: 0, note: '' } };
    expect(await room.write.grow({ ...empty, holder: 'embedded', from: 1 })).toBe(false);
    expect(await room.write.grow({ ...empty, holder: 'another', from: 2 })).toBe(false);
    expect(await room.read.newest(undefined)).toMatchObject({ size: 2 });
    expect(await room.read.tree(undefined)).toMatchObject({ size: 2 });
  });

  it('waits while another holds the lease, and takes over when it has run out', async () => {
    let now = Date.now();
    const { log, note, room, keys } = await begin({ now: () => now });
    await log.flush();
    await log.close();
    expect(await room.write.lease({ holder: 'another', now, until: now + 10_000 })).toBe(true);
    await note([about('delivery.queued', 1)]);
    const mine = startSequencer({ room, keys: openLogKeys({ folder: keys, origin: ORIGIN, missing: 'refuse', now: Date.now }), holder: 'me', now: () => now, skew: async () => log.prepare(about('clock.skew', 0), key), marks: openMarks(keys, Date.now()), forged: async () => log.prepare(about('log.forged', 0), key) });
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect((await room.read.tree(undefined))?.size).toBe(1);
    now += 10_001;
    await mine.flush();
    expect((await room.read.tree(undefined))?.size).toBe(2);
    await mine.close();
  });

  it('says so when the clock goes back', async () => {
    let now = Date.now();
    const { log, note } = await begin({ now: () => now });
    await note([about('delivery.queued', 1)]);
    await log.flush();
    now -= 3_600_000;
    await note([about('delivery.queued', 2)]);
    await log.flush();
    now += 30_000;
    await note([about('delivery.queued', 3)]);
    await log.flush();
    const page = await log.events({ types: ['clock.skew'] });
    expect(page).toMatchObject({ data: [{ seq: 2, facts: { behind: 3_600_000 } }] });
    const to = join(folder(), 'export');
    await log.export(to);
    expect(await verify({ path: to })).toMatchObject({ code: 0, verdict: { size: 5 } });
  });

  it('says so too when the clock went back and on again before anything was sequenced', async () => {
    let now = Date.now();
    // Nobody sequences but when asked.
    const { log, note } = await begin({ now: () => now });
    await note([about('delivery.queued', 1)]);
    await log.flush();
    now -= 3_600_000;
    for (let n = 2; n < 5; n += 1) await note([about('delivery.queued', n)]);
    now += 1_800_000;
    await log.flush();
    await note([about('delivery.queued', 5)]);
    await log.flush();
    expect(await log.events({ types: ['clock.skew'] })).toMatchObject({ data: [{ facts: { behind: 3_600_000 } }] });
    const to = join(folder(), 'export');
    await log.export(to);
    expect(await verify({ path: to })).toMatchObject({ code: 0 });
  });

  it('goes on under its own key or not at all', async () => {
    const { store, keys, log } = await begin();
    await log.flush();
    await log.close();
    const strange = folder();
    await expect(begin({ store, keys: strange })).rejects.toMatchObject({ code: 'log-key-missing' });
    expect(readdirSync(strange)).toEqual([]);
    openSigner(strange, ORIGIN);
    await expect(begin({ store, keys: strange })).rejects.toMatchObject({ code: 'log-key-changed' });
    const again = await begin({ store, keys });
    await again.log.flush();
    expect(again.log.vkey()).toBe(log.vkey());
    await again.log.close();
    // Moved to another address, it is still the same log.
    const moved = await openAudit({ store, vault: keyring(), world, origin: 'audit.elsewhere.test/v1', folder: keys });
    logs.push(moved);
    await moved.flush();
    expect(moved.vkey()).toBe(log.vkey());
    expect(await moved.checkpoint()).toContain(ORIGIN);
  });

  it('signs receipts anyone can check with the published key', async () => {
    const { log } = await begin();
    const receipt = log.sign({ id: 'msg_1', digest: 'ab', acceptedAt: '2026-11-21T18:00:00.000Z' });
    const { signature, ...fields } = receipt;
    expect(verifyDetached('{"acceptedAt":"2026-11-21T18:00:00.000Z","digest":"ab","id":"msg_1"}', signature, parseVkey(log.vkey()) as VerifierKey)).toBe(true);
    expect(fields).toEqual({ id: 'msg_1', digest: 'ab', acceptedAt: '2026-11-21T18:00:00.000Z' });
  });

  it('is verified where it lies, data folder or database', async () => {
    const at = await ground.place();
    const { log, note } = await begin({ store: await ground.open(rooms, { at }) });
    await note([accepted, about('delivery.queued', 1)]);
    await log.flush();
    expect(await verify({ path: at.url ?? at.folder, vkey: log.vkey() })).toMatchObject({ code: 0, verdict: { size: 3 } });
  });

  it('every statement finds its rows by an index', async () => {
    const { statements } = await import('../../../service/audit/audit.sql.ts');
    if (ground.engine !== 'sqlite') return expect(Object.keys(statements).length).toBeGreaterThan(20);
    const at = await ground.place();
    await ground.open(rooms, { at });
    const db = new DatabaseSync(join(at.folder, 'store.db'), { readOnly: true });
    for (const [name, text] of Object.entries(statements)) {
      const plan = db.prepare(`EXPLAIN QUERY PLAN ${text}`).all().map((r) => String(r['detail'])).join('; ');
      // Rows that stand in the statement itself are no table.
      expect(`${name}: ${plan.replace(/SCAN (?:CONSTANT ROW|\d+-ROW VALUES CLAUSE|place)/g, '')}`).not.toMatch(/SCAN|TEMP B-TREE/);
    }
    db.close();
  });
});

describe('someone with the database and no key', () => {
  it.each([
    ['an edited leaf already signed for does not reach the tree again', 'UPDATE event SET leaf = replace(leaf, \'queue\', \'other\') WHERE seq = 3', false, 1],
    ['a rewritten tile is noticed before anything is signed', 'UPDATE tile SET hashes = CAST(substr(hashes, 33) || substr(hashes, 1, 32) AS BLOB) WHERE level = 0', true, 0],
    ['a smaller tree is noticed before anything is signed', 'UPDATE tree SET size = size - 1', true, 1],
    ['another root is noticed before anything is signed', 'UPDATE tree SET root = zeroblob(32)', true, 1],
    ['an older checkpoint brought back is noticed', 'DELETE FROM checkpoint WHERE size > 1', true, 1],
    // Only what others hold shows it to a stranger; the process that signed more knows.
    ['the whole log brought back to an older state is not gone on from', "DELETE FROM checkpoint WHERE size > 1; DELETE FROM event WHERE seq > 0; DELETE FROM tally WHERE type <> 'log.initialised'; UPDATE tile SET hashes = substr(hashes, 1, 32); UPDATE tree SET size = 1, root = (SELECT hashes FROM tile)", true, 0],
  ])('%s', async (_, tamper, stops, verdict) => {
    const at = folder();
    const { openStore } = await import('../../../service/store/store.ts');
    const store = await openStore({ folder: at, rooms, world });
    const log = await openAudit({ store, vault: keyring(), world, origin: ORIGIN, folder: folder() });
    const room = store.room<typeof import('../../../service/audit/audit.sql.ts')>('audit');
    await log.flush();
    await room.write.record({ events: Array.from({ length: 9 }, (_, n) => log.prepare(about('delivery.queued', n), key)) });
    await log.flush();
    const db = beside(at);
    db.exec(tamper);
    const before = db.prepare('SELECT count(*) AS n FROM checkpoint').get();
    db.close();
    await room.write.record({ events: [log.prepare(about('delivery.queued', 1), key)] });
    if (stops) {
      await expect(log.flush()).rejects.toMatchObject({ code: 'log-broken' });
      expect(log.figures()['audit_broken']).toBe(1);
      const after = beside(at);
      expect(after.prepare('SELECT count(*) AS n FROM checkpoint').get()).toEqual(before);
      after.close();
    } else await expect(log.proof(3)).rejects.toMatchObject({ code: 'log-leaf-changed' });
    await log.close();
    await store.close();
    // Tiles are only derived from the leaves: the leaves and what was signed of them are still whole.
    expect(await verify({ path: at })).toMatchObject({ code: verdict });
  });

  it.each([
    ['an event that never was', "INSERT INTO event (id, seq, time, type, outcome, actor, message, leaf, kid) SELECT 'evt_0198f000-0000-7000-8000-000000000001', NULL, time, type, outcome, actor, message, replace(leaf, id, 'evt_0198f000-0000-7000-8000-000000000001'), kid FROM event WHERE seq = 3", 'evt_0198f000-0000-7000-8000-000000000001'],
    ['one with the mark of another', "INSERT INTO event (id, seq, time, type, outcome, actor, message, leaf, kid, mark) SELECT 'evt_0198f000-0000-7000-8000-000000000002', NULL, time, type, outcome, actor, message, replace(leaf, id, 'evt_0198f000-0000-7000-8000-000000000002'), kid, mark FROM event WHERE seq = 3", 'evt_0198f000-0000-7000-8000-000000000002'],
    ['one that is not even an event', "INSERT INTO event (id, seq, time, type, outcome, actor, leaf, kid, mark) VALUES ('x', NULL, 5, 'x', 'x', 'x', 'x', 'x', 'x')", null],
    ['a true one, changed while it waits', "UPDATE event SET leaf = replace(leaf, '\"ok\"', '\"failed\"') WHERE seq IS NULL", 'waiting'],
    ['a true one whose column is changed while it waits', "UPDATE event SET outcome = 'failed' WHERE seq IS NULL", 'waiting'],
    ['one of a time before all others, which nobody would look at', "INSERT INTO event (id, seq, time, type, outcome, actor, message, leaf, kid) SELECT 'evt_0198f000-0000-7000-8000-000000000003', NULL, -5, type, outcome, actor, message, leaf, kid FROM event WHERE seq = 3", 'evt_0198f000-0000-7000-8000-000000000003'],
    ['a true one that is given such a time', 'UPDATE event SET time = -5 WHERE seq IS NULL', 'waiting'],
  ])('cannot have signed: %s', async (_, tamper, named) => {
    const at = folder();
    let now = Date.now();
    const { openStore } = await import('../../../service/store/store.ts');
    const store = await openStore({ folder: at, rooms, world });
    const log = await openAudit({ store, vault: keyring(), world: { ...world, now: () => now }, origin: ORIGIN, folder: folder() });
    const room = store.room<typeof import('../../../service/audit/audit.sql.ts')>('audit');
    await room.write.record({ events: Array.from({ length: 5 }, (__, n) => log.prepare(about('delivery.queued', n), key)) });
    await log.flush();
    await log.close();
    // Beyond the time in which a version without marks may still run beside.
    now += 11 * 60_000;
    const waiting = log.prepare(about('encryption.decided', 1, { sealed: { recipient: 'tess.lane@lakeside.test' } }), key);
    await room.write.record({ events: [waiting] });
    const db = beside(at);
    db.exec(tamper);
    db.close();
    await log.flush();
    const page = await log.events({ limit: 100 });
    const types = 'data' in page ? page.data.map((e) => e.type) : [];
    expect(types.filter((type) => type === 'delivery.queued')).toHaveLength(5);
    expect(types.filter((type) => type === 'encryption.decided')).toHaveLength(named === 'waiting' ? 0 : 1);
    expect(await log.lookup('recipient', 'tess.lane@lakeside.test', 10)).toHaveLength(named === 'waiting' ? 0 : 1);
    const told = 'data' in page ? page.data.filter((e) => e.type === 'log.forged') : [];
    expect(told).toMatchObject([{ outcome: 'denied', facts: { event: named === 'waiting' ? waiting.id : named }, sealed: ['diagnostic'] }]);
    expect(log.figures()['audit_broken']).toBe(0);
    await store.close();
    expect(await verify({ path: at })).toMatchObject({ code: 0 });
  });

  it('shows nobody an entry of a place that no log has', async () => {
    const at = folder();
    const { openStore } = await import('../../../service/store/store.ts');
    const store = await openStore({ folder: at, rooms, world });
    const log = await openAudit({ store, vault: keyring(), world, origin: ORIGIN, folder: folder() });
    await log.record(about('delivery.queued', 1));
    await log.flush();
    const db = beside(at);
    for (const seq of [-1, 900]) db.exec(`INSERT INTO event (id, seq, time, type, outcome, actor, message, leaf, kid) SELECT 'evt_${seq}', ${seq}, time, type, outcome, actor, message, leaf, kid FROM event WHERE seq = 1`);
    db.close();
    expect((await log.of('msg_1')).map((e) => e.seq)).toEqual([1]);
    for (const query of [{}, { message: 'msg_1' }, { order: 'desc' }] as const) expect((await log.events(query) as { data: { seq: number }[] }).data.map((e) => e.seq).filter((seq) => seq < 0 || seq > 1)).toEqual([]);
    await log.close();
    await store.close();
  });

  it.each(['is of a version without marks and without salts', 'was restored with keys that are older than its marks'])('is not suspected where what waits in a data folder %s', async (what) => {
    const [at, keys] = [folder(), folder()];
    const { openStore } = await import('../../../service/store/store.ts');
    const store = await openStore({ folder: at, rooms, world });
    const vault = keyring();
    const before = await openAudit({ store, vault, world, origin: ORIGIN, folder: keys });
    await before.flush();
    await before.close();
    const room = store.room<typeof import('../../../service/audit/audit.sql.ts')>('audit');
    const sealed = { recipient: 'tess.lane@lakeside.test' };
    const old = openEntries({ vault, world });
    const waiting = what.startsWith('is of') ? { ...old.prepare(about('encryption.decided', 1, { sealed }), key), hashes: ['h'] } : before.prepare(about('encryption.decided', 1, { sealed }), key);
    await room.write.record({ events: [waiting] });
    rmSync(join(keys, 'audit-note.key'));
    const log = await openAudit({ store, vault, world, origin: ORIGIN, folder: keys });
    await log.flush();
    expect((await log.events({ order: 'asc' }) as { data: { type: string }[] }).data.map((e) => e.type)).toEqual(['log.initialised', 'encryption.decided']);
    await log.close();
    await store.close();
    expect(await verify({ path: at })).toMatchObject({ code: 0 });
  });

  it('hashes nothing into an empty tree', () => expect(Buffer.from(root(openTiles([]).nodes, 0)).toString('hex')).toBe(createHash('sha256').digest('hex')));
});
