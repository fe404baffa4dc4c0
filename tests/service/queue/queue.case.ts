/** The queue's contract, over every engine. */
import { randomBytes } from 'node:crypto';
import { expect, onTestFinished, test } from 'vitest';
import type { PreparedEvent } from '../../../service/audit/audit.ts';
import type { NewItem } from '../../../service/queue/queue.sql.ts';
import { AHEAD, aheadOf, openQueue, type Carry, type Item, type Queue } from '../../../service/queue/queue.ts';
import type { Store } from '../../../service/store/store.ts';
import { PATIENCE, until as look } from '../../until.ts';
import type { Ground } from '../store/engines.ts';
import type * as Route from './route.sql.ts';

export const rooms = {
  audit: new URL('../../../service/audit/audit.sql.ts', import.meta.url),
  queue: new URL('../../../service/queue/queue.sql.ts', import.meta.url),
  route: new URL('./route.sql.ts', import.meta.url),
};
const MINUTE = 60_000;
const START = Date.UTC(2026, 10, 21);
const LIMITS = { concurrency: 8, perDestination: 2 };

let last = 0;
export function events(): PreparedEvent[] {
  return [{ id: `evt_${++last}`, time: START, type: 'delivery.attempt.finished', outcome: 'ok', actor: 'service:queue', message: null, item: null, leaf: '{}', sealed: null, kid: 'month-2026-11' }];
}

export function items(count: number, more: Partial<NewItem> = {}): NewItem[] {
  return Array.from({ length: count }, () => {
    const n = ++last;
    return { id: `item_${n}`, message: `msg_${n}`, n: 0, destination: 'lakeside.test', kind: 'message', protection: 'tls', otherwise: 'portal', planned: 'tls', created: START, deadline: START + 30 * MINUTE, sealed: null, ...more };
  });
}

/** Turns that pass while nothing but the loop runs; the condition decides, never the clock. */
const until = (holds: () => boolean | Promise<boolean>) => look('a turn of the queue', holds, { every: 5 });

export function queueContract(ground: Ground): void {
  async function setUp() {
    const clock = { time: START };
    const store = await ground.open(rooms, { now: () => clock.time });
    const world = { now: () => clock.time, random: (bytes: number) => Uint8Array.from(randomBytes(bytes)) };
    const open = (alone = false, now = world.now): Queue => {
      const queue = openQueue({ store, world: { ...world, now }, alone });
      onTestFinished(() => queue.stop(0));
      return queue;
    };
    const route = store.room<typeof Route>('route');
    const queue = open();
    const lease = async (more: { owner?: string; lease?: string; perDestination?: number; total?: number; destinations?: number } = {}) =>
      (await queue.room.write.lease({ owner: 'me', lease: `me/${++last}`, now: clock.time, until: clock.time + MINUTE, destinations: 50, perDestination: 10, total: 100, ...more }))
        .map((row): Item => ({ ...row, resumed: row.resumed ?? 0, started: row.started === 1 }));
    const stateOf = async (id: string) => (await queue.room.read.item({ id }))?.state;
    return { clock, store, world, open, route, queue, lease, stateOf };
  }
  const settle = (route: ReturnType<Store['room']> | Awaited<ReturnType<typeof setUp>>['route'], item: Pick<Item, 'id' | 'lease' | 'destination'>, state: 'relayed' | 'failed' | 'held' = 'relayed') =>
    (route as Awaited<ReturnType<typeof setUp>>['route']).write.settle({ item: item.id, lease: item.lease, destination: item.destination, state, events: events() });

  test('every item is carried once, per destination no more at a time than allowed', async () => {
    const { queue, route, stateOf } = await setUp();
    const all = ['a.test', 'b.test', 'c.test'].flatMap((destination) => items(7, { destination }));
    await route.write.accept({ items: all, events: events() });
    const carried: string[] = [];
    const now = new Map<string, number>();
    let most = 0;
    const carry: Carry = async (item) => {
      now.set(item.destination, (now.get(item.destination) ?? 0) + 1);
      most = Math.max(most, now.get(item.destination) ?? 0);
      carried.push(item.id);
      await route.write.begin({ item: item.id, lease: item.lease, destination: item.destination, events: events() });
      expect(await settle(route, item)).toBe(true);
      now.set(item.destination, (now.get(item.destination) ?? 0) - 1);
    };
    await queue.start(carry, LIMITS, (fault) => {
      throw fault;
    });
    await until(() => carried.length >= all.length);
    await queue.stop(PATIENCE);
    expect([...carried].sort()).toEqual(all.map((item) => item.id).sort());
    expect(most).toBeLessThanOrEqual(LIMITS.perDestination);
    for (const { id } of all) expect(await stateOf(id)).toBe('relayed');
  });

  test('two instances never hold the same item, and a destination has one holder', async () => {
    const { route, queue, clock } = await setUp();
    await route.write.accept({ items: Array.from({ length: 12 }, (_, n) => `d${n}.test`).flatMap((destination) => items(6, { destination })), events: events() });
    const held = new Map<string, string>();
    const holders = new Map<string, Set<string>>();
    for (let round = 0; round < 6; round++) {
      await Promise.all(['one', 'two', 'three'].map(async (owner) => {
        for (const row of await queue.room.write.lease({ owner, lease: `${owner}/${round}`, now: clock.time, until: clock.time + MINUTE, destinations: 3, perDestination: 10, total: 9 })) {
          expect(held.has(row.id), row.id).toBe(false);
          held.set(row.id, owner);
          holders.set(row.destination, (holders.get(row.destination) ?? new Set()).add(owner));
        }
      }));
      clock.time += 1000;
    }
    expect(held.size).toBe(72);
    expect(new Set(held.values()).size).toBeGreaterThan(1);
    for (const owners of holders.values()) expect(owners.size).toBe(1);
  });

  test('a lease that has run out is fenced: begin, settle, defer and change under it do nothing', async () => {
    const { route, queue, clock, lease, stateOf } = await setUp();
    const [made] = items(1) as [NewItem];
    await route.write.accept({ items: [made], events: events() });
    const [old] = await lease({ owner: 'one' }) as [Item, ...Item[]];
    expect(await lease({ owner: 'two' })).toEqual([]);
    clock.time += MINUTE + 1;
    expect(await queue.room.write.reap({ now: clock.time })).toBe(1);
    const [fresh] = await lease({ owner: 'two' }) as [Item, ...Item[]];
    expect(fresh.id).toBe(made.id);
    const about = { item: old.id, lease: old.lease, destination: old.destination };
    expect(await settle(route, old)).toBe(false);
    expect(await route.write.begin({ ...about, events: events() })).toBe(false);
    expect(await route.write.change({ ...about, protection: 'portal', now: clock.time, deadline: clock.time, events: events() })).toBe(false);
    expect(await queue.defer({ ...old, created: START }, { code: 'timeout', whole: true, events: events() })).toBe('lost');
    expect(await queue.room.write.giveBack({ ...about, until: clock.time, code: 'fault' })).toBe(false);
    expect(await stateOf(made.id)).toBe('leased');
    expect(await settle(route, fresh)).toBe(true);
    expect(await stateOf(made.id)).toBe('relayed');
    expect(await settle(route, fresh)).toBe(false);
  });

  test('a renewed lease is not taken away', async () => {
    const { route, queue, clock, lease } = await setUp();
    await route.write.accept({ items: items(1), events: events() });
    const [item] = await lease() as [Item, ...Item[]];
    clock.time += 50_000;
    await queue.room.write.renew({ owner: 'me', until: clock.time + MINUTE, items: [item] });
    clock.time += 30_000;
    expect(await queue.room.write.reap({ now: clock.time })).toBe(0);
    expect(await lease({ owner: 'two' })).toEqual([]);
    expect(await settle(route, item)).toBe(true);
  });

  test('an attempt cut off by a crash is known as begun', async () => {
    const { route, queue, lease, open, clock } = await setUp();
    const made = items(2);
    await route.write.accept({ items: made, events: events() });
    const leased = await lease();
    await route.write.begin({ item: leased[0]?.id ?? '', lease: leased[0]?.lease ?? '', destination: 'lakeside.test', events: events() });
    // the next life of the only instance: leases of the one before count for nothing
    const seen: Item[] = [];
    const reborn = open(true);
    await reborn.start(async (item) => {
      seen.push(item);
      await settle(route, item);
    }, LIMITS, (fault) => {
      throw fault;
    });
    clock.time += 1000;
    await until(() => seen.length === 2);
    await reborn.stop(PATIENCE);
    expect(seen.map(({ id, started, attempts }) => ({ id, started, attempts })).sort((a, b) => a.id.localeCompare(b.id)))
      .toEqual(made.map(({ id }) => ({ id, started: id === leased[0]?.id, attempts: id === leased[0]?.id ? 1 : 0 })).sort((a, b) => a.id.localeCompare(b.id)));
    expect(await queue.figures()).toEqual({ ready: 0, oldest: null, waiting: 0 });
  });

  test('a fault in carrying keeps the copy, its mark, and the others going', async () => {
    const { route, queue, stateOf } = await setUp();
    const made = items(4);
    await route.write.accept({ items: made, events: events() });
    const faults: unknown[] = [];
    const settled: string[] = [];
    await queue.start(async (item) => {
      await route.write.begin({ item: item.id, lease: item.lease, destination: item.destination, events: events() });
      if (item.id === made[1]?.id) throw new Error('ours');
      if (await settle(route, item)) settled.push(item.id);
    }, LIMITS, (fault) => faults.push(fault));
    await until(async () => settled.length === 3 && (await stateOf(made[1]?.id ?? '')) === 'queued');
    await queue.stop(PATIENCE);
    expect(faults.map(String)).toEqual(['Error: ours']);
    expect(await queue.room.read.item({ id: made[1]?.id ?? '' })).toMatchObject({ state: 'queued', started: 1, attempts: 1, code: 'fault', lease: '' });
  });

  test('after each attempt the next comes later, by the schedule, give or take a tenth', async () => {
    const { route, queue, clock, lease } = await setUp();
    for (const [attempts, minutes] of [[0, 1], [1, 2], [2, 5], [3, 10], [4, 20], [5, 30], [6, 60], [9, 240], [40, 240]] as const) {
      await route.write.accept({ items: items(1, { created: clock.time }), events: events() });
      const [item] = await lease() as [Item];
      expect(await queue.defer({ ...item, attempts }, { code: 'greylisted', whole: false, events: events() })).toBe('deferred');
      const row = await queue.room.read.item({ id: item.id });
      expect((row?.next_at ?? 0) - clock.time).toBeGreaterThanOrEqual(minutes * MINUTE * 0.9);
      expect((row?.next_at ?? 0) - clock.time).toBeLessThanOrEqual(minutes * MINUTE * 1.1);
      expect(row).toMatchObject({ state: 'queued', code: 'greylisted', started: 0, lease: '' });
      clock.time = (row?.next_at ?? 0) - 1;
      expect(await lease()).toEqual([]);
      clock.time += 1001;
      const [again] = await lease() as [Item];
      expect(again.id).toBe(item.id);
      await settle(route, again);
    }
  });

  test('nobody is kept waiting for more than five days (RFC 5321 §4.5.4.1)', async () => {
    const { route, queue, clock, lease, stateOf } = await setUp();
    await route.write.accept({ items: items(1), events: events() });
    clock.time = START + 5 * 24 * 60 * MINUTE + 1;
    const [item] = await lease() as [Item, ...Item[]];
    expect(await queue.defer(item, { code: 'timeout', whole: true, events: events() })).toBe('given-up');
    expect(await stateOf(item.id)).toBe('leased');
    expect(await settle(route, item, 'failed')).toBe(true);
  });

  test('a destination that does not answer rests as a whole, ever longer; one relayed copy ends the rest', async () => {
    const { route, queue, clock, lease } = await setUp();
    await route.write.accept({ items: [...items(3), ...items(1, { destination: 'other.test' })], events: events() });
    const rests: number[] = [];
    for (let n = 0; n < 3; n++) {
      const [item] = (await lease({ perDestination: 1 })).filter((row) => row.destination === 'lakeside.test') as [Item, ...Item[]];
      expect(item).toBeDefined();
      await queue.defer(item, { code: 'dial-failed', whole: true, events: events() });
      const from = clock.time;
      while ((await lease({ perDestination: 1 })).every((row) => row.destination !== 'lakeside.test')) clock.time += 5_000;
      rests.push(clock.time - from);
      // put back what the look took
      await queue.room.write.forsake({ now: clock.time });
    }
    expect(rests).toEqual([30_000, MINUTE, 2 * MINUTE]);
    clock.time += 1000;
    const [item] = (await lease({ perDestination: 1 })).filter((row) => row.destination === 'lakeside.test') as [Item, ...Item[]];
    await settle(route, item);
    await route.write.accept({ items: items(1, { created: clock.time }), events: events() });
    clock.time += 1000;
    expect((await lease()).filter((row) => row.destination === 'lakeside.test').length).toBeGreaterThan(0);
  });

  test('one copy tries a domain that did not answer; when it goes, all go', async () => {
    const { route, queue, clock, lease } = await setUp();
    await route.write.accept({ items: items(12), events: events() });
    const [first] = (await lease({ perDestination: 1 })) as [Item, ...Item[]];
    await queue.defer(first, { code: 'dial-timeout', whole: true, events: events() });
    clock.time += MINUTE;
    const tries = await lease();
    expect(tries).toHaveLength(1);
    await settle(route, tries[0] as Item);
    clock.time += 1000;
    expect((await lease()).length).toBeGreaterThan(5);
  });

  test('what waited five days at a silent domain is given up untried, in its own lease; nothing else is', async () => {
    const { route, queue, clock, lease } = await setUp();
    const worn = (total: number) => queue.room.write.worn({ lease: `me/${++last}`, now: clock.time, until: clock.time + MINUTE, before: clock.time - 5 * 24 * 60 * MINUTE, total });
    await route.write.accept({ items: [...items(6), ...items(3, { destination: 'other.test' })], events: events() });
    clock.time += 4 * 24 * 60 * MINUTE;
    await route.write.accept({ items: items(2, { created: clock.time }), events: events() });
    const silent = (await lease({ perDestination: 1 })).find((row) => row.destination === 'lakeside.test') as Item;
    await queue.defer(silent, { code: 'dial-timeout', whole: true, events: events() });
    await queue.room.write.forsake({ now: clock.time });
    expect(await worn(100), 'four days are not five').toEqual([]);
    clock.time += 24 * 60 * MINUTE - 1;
    const [tried] = (await lease({ perDestination: 1 })).filter((row) => row.destination === 'lakeside.test') as [Item];
    await queue.defer({ ...tried, created: clock.time }, { code: 'dial-timeout', whole: true, events: events() });
    clock.time += 1;
    const first = await worn(3);
    const rest = await worn(100);
    expect([first.length, rest.length, await worn(100)]).toEqual([3, 1, []]);
    for (const row of [...first, ...rest]) expect(row).toMatchObject({ destination: 'lakeside.test', created: START });
    expect(await settle(route, first[0] as unknown as Item, 'failed')).toBe(true);
  });

  test('a code goes ahead of what came before it, and a letter ahead of a mailing; nobody waits for ever', async () => {
    const { route, clock, lease } = await setUp();
    await route.write.accept({ items: items(5, { message: 'msg_mailing', ahead: AHEAD.mailing }), events: events() });
    clock.time += 9 * MINUTE;
    await route.write.accept({ items: items(1, { message: 'msg_letter', created: clock.time, ahead: AHEAD.letter }), events: events() });
    clock.time += 1 * MINUTE;
    await route.write.accept({ items: items(1, { message: 'msg_code', created: clock.time, ahead: AHEAD.code }), events: events() });
    const order: string[] = [];
    for (let n = 0; n < 3; n++) {
      const [item] = await lease({ perDestination: 1 }) as [Item];
      order.push(item.message);
      await settle(route, item);
    }
    expect(order).toEqual(['msg_code', 'msg_letter', 'msg_mailing']);
    clock.time += 11 * MINUTE;
    await route.write.accept({ items: items(1, { message: 'msg_late', created: clock.time, ahead: AHEAD.letter }), events: events() });
    expect((await lease({ perDestination: 1 }))[0]?.message).toBe('msg_mailing');
  });

  test('what is kept back until later does not go before', async () => {
    const { route, clock, lease } = await setUp();
    const later = clock.time + 5 * MINUTE;
    await route.write.accept({ items: items(1, { created: later, ahead: aheadOf(1, true) }), events: events() });
    clock.time = later - 1;
    expect(await lease()).toEqual([]);
    clock.time = later;
    expect(await lease()).toHaveLength(1);
    expect([aheadOf(1, false), aheadOf(20, false), aheadOf(21, false)]).toEqual([AHEAD.letter, AHEAD.letter, AHEAD.mailing]);
  });

  test('mail that says the same as one that still waits joins it; once that is under way, it goes by itself', async () => {
    const { route, queue, lease } = await setUp();
    const news = (joins: string) => items(1, { message: 'msg_news', n: -1, kind: 'mail', destination: 'riverside.test', joins });
    for (const joins of ['changed/a', 'changed/a', 'failed/a', 'changed/a']) await route.write.accept({ items: news(joins), events: events() });
    expect(await queue.figures()).toMatchObject({ ready: 2 });
    expect(await lease()).toHaveLength(2);
    await route.write.accept({ items: news('changed/a'), events: events() });
    expect(await queue.figures()).toMatchObject({ ready: 1 });
  });

  test('what goes ahead has not waited for longer', async () => {
    const { route, queue } = await setUp();
    await route.write.accept({ items: items(1, { ahead: AHEAD.code }), events: events() });
    expect(await queue.figures()).toEqual({ ready: 1, oldest: START, waiting: 0 });
  });

  test('a paused domain is left alone, all of them when everything is paused, and each goes on when told', async () => {
    const { route, queue, clock, lease } = await setUp();
    await route.write.accept({ items: [...items(2), ...items(2, { destination: 'other.test' })], events: events() });
    const pause = (destination: string | null, paused: boolean) => queue.room.write.pause({ destination, paused, now: clock.time, events: events() });
    const taken = async () => {
      const rows = await lease();
      await queue.room.write.forsake({ now: clock.time });
      clock.time += 2_000;
      return rows.map((row) => row.destination).sort();
    };
    expect([await pause('lakeside.test', true), await pause('lakeside.test', true)]).toEqual([true, false]);
    expect(await taken()).toEqual(['other.test', 'other.test']);
    expect(await queue.room.read.troubled({ now: clock.time, limit: 10 })).toMatchObject([{ destination: 'lakeside.test', paused: 1 }]);
    await queue.room.write.atOnce({ now: clock.time, beyond: clock.time + MINUTE });
    expect(await taken(), 'a start does not take a pause back').toEqual(['other.test', 'other.test']);
    expect([await pause(null, true), await queue.room.read.stopped()]).toEqual([true, true]);
    expect(await taken()).toEqual([]);
    expect([await pause(null, false), await pause('lakeside.test', false), await pause('lakeside.test', false)]).toEqual([true, true, false]);
    expect(await taken()).toEqual(['lakeside.test', 'lakeside.test', 'other.test', 'other.test']);
    expect(await queue.room.read.troubled({ now: clock.time, limit: 10 })).toEqual([]);
  });

  test.each([['one domain', 'lakeside.test'], ['everything', null]] as const)('a pause of %s gives nothing up: the days count from its end', async (_what, destination) => {
    const { route, queue, clock, lease } = await setUp();
    const DAYS = 24 * 60 * MINUTE;
    const pause = (paused: boolean) => queue.room.write.pause({ destination, paused, now: clock.time, events: events() });
    const worn = () => queue.room.write.worn({ lease: `me/${++last}`, now: clock.time, until: clock.time + MINUTE, before: clock.time - 5 * DAYS, total: 100 });
    await route.write.accept({ items: items(2), events: events() });
    const [first] = await lease({ perDestination: 1 }) as [Item];
    expect(first.resumed).toBe(0);
    await queue.defer(first, { code: 'dial-timeout', whole: true, events: events() });
    await pause(true);
    clock.time += 6 * DAYS;
    expect([await worn(), await lease()], 'paused').toEqual([[], []]);
    await pause(false);
    // the destination still rests from before
    expect(await worn(), 'just let go').toEqual([]);
    clock.time += 1000;
    const [tried] = await lease() as [Item];
    expect(tried.resumed).toBe(clock.time - 1000);
    expect(await queue.defer(tried, { code: 'dial-timeout', whole: true, events: events() })).toBe('deferred');
    clock.time += 5 * DAYS;
    const [again] = await lease() as [Item];
    expect(await queue.defer(again, { code: 'dial-timeout', whole: true, events: events() }), 'five days of silence are five days').toBe('given-up');
  });

  test('after a try of which nobody knows the end, the next comes no sooner than a peer needs to make up its mind', async () => {
    const { route, queue, clock, lease } = await setUp();
    for (const [attempts, minutes] of [[0, 20], [1, 30], [2, 60], [3, 120], [40, 240]] as const) {
      await route.write.accept({ items: items(1, { created: clock.time }), events: events() });
      const [item] = await lease() as [Item];
      expect(await queue.defer({ ...item, attempts }, { code: 'reply-unknown', whole: false, unsure: true, events: events() })).toBe('deferred');
      const wait = ((await queue.room.read.item({ id: item.id }))?.next_at ?? 0) - clock.time;
      expect(wait / MINUTE / minutes).toBeCloseTo(1, 0);
      clock.time += wait + 1000;
      await settle(route, (await lease())[0] as Item);
    }
  });

  test('a resting domain is tried at once when told', async () => {
    const { route, queue, clock, lease } = await setUp();
    await route.write.accept({ items: items(2), events: events() });
    const [item] = await lease({ perDestination: 1 }) as [Item];
    await queue.defer(item, { code: 'dial-timeout', whole: true, events: events() });
    clock.time += 1000;
    expect(await lease()).toEqual([]);
    expect(await queue.room.read.troubled({ now: clock.time, limit: 10 })).toMatchObject([{ destination: 'lakeside.test', failures: 1, paused: 0 }]);
    const now = (destination: string) => queue.room.write.tryNow({ destination, now: clock.time, events: events() });
    expect([await now('lakeside.test'), await now('lakeside.test'), await now('never.test')]).toEqual([true, false, false]);
    expect(await lease()).toHaveLength(1);
  });

  test('a copy changed to its other way is tried at once, and has no third', async () => {
    const { route, clock, lease } = await setUp();
    await route.write.accept({ items: items(1), events: events() });
    const [item] = await lease() as [Item, ...Item[]];
    expect(await route.write.change({ item: item.id, lease: item.lease, destination: item.destination, protection: 'portal', now: clock.time, deadline: clock.time + MINUTE, events: events() })).toBe(true);
    clock.time += 100;
    expect(await lease()).toMatchObject([{ id: item.id, protection: 'portal', otherwise: null, planned: 'tls', attempts: 0 }]);
  });

  test('recall takes back what waits or is held, not what was relayed; what is under way is its last try; a held copy is released', async () => {
    const { route, queue, clock, lease, stateOf } = await setUp();
    const made = Array.from({ length: 4 }, (_, n) => items(1, { message: 'msg_recall', n })[0] as NewItem);
    const mail = items(1, { message: 'msg_recall', n: -1, kind: 'mail', destination: 'riverside.test', sealed: Uint8Array.from([1, 2]) });
    await route.write.accept({ items: [...made, ...mail], events: events() });
    const leased = (await lease()).filter((row) => row.kind === 'message');
    await settle(route, leased[0] as Item, 'relayed');
    await settle(route, leased[1] as Item, 'held');
    await queue.defer(leased[2] as Item, { code: 'greylisted', whole: false, events: events() });
    await settle(route, leased[3] as Item, 'held');
    expect(await queue.room.write.release({ item: leased[3]?.id ?? '', destination: 'lakeside.test', now: clock.time, deadline: clock.time, protection: 'portal', otherwise: null, events: events() })).toBe(true);
    clock.time += 1000;
    const again = await lease();
    expect(again).toMatchObject([{ id: leased[3]?.id, protection: 'portal', otherwise: null, attempts: 0, created: clock.time - 1000 }]);
    const { back, stopped } = await route.write.recall({ message: 'msg_recall', events: events() });
    expect(back.toSorted()).toEqual([leased[1]?.id, leased[2]?.id].sort());
    expect(stopped).toEqual([leased[3]?.id]);
    expect(await Promise.all(leased.map((row) => stateOf(row.id)))).toEqual(['relayed', 'recalled', 'recalled', 'leased']);
    expect(await queue.room.read.ofMessage({ message: 'msg_recall' })).toHaveLength(4);
    // Taken back once; and it is not put off, nor begun.
    expect(await route.write.recall({ message: 'msg_recall', events: events() })).toEqual({ back: [], stopped: [] });
    await queue.defer(again[0] as Item, { code: 'greylisted', whole: false, events: events() });
    expect(await stateOf(leased[3]?.id ?? '')).toBe('recalled');
  });

  test('an own mail carries its sealed bytes until it is settled', async () => {
    const { route, queue, lease } = await setUp();
    await route.write.accept({ items: items(1, { kind: 'mail', n: -1, sealed: Uint8Array.from([0, 1, 255]) }), events: events() });
    const [item] = await lease() as [Item, ...Item[]];
    expect(item.sealed).toStrictEqual(Uint8Array.from([0, 1, 255]));
    await settle(route, item);
    expect((await queue.room.read.item({ id: item.id }))?.sealed).toBeNull();
  });

  test('an item that came in unseen, its destination long idle, is found all the same', async () => {
    const { route, queue, clock, lease } = await setUp();
    const [made] = items(1) as [NewItem];
    await route.write.accept({ items: [made], events: events() });
    await settle(route, (await lease() as [Item])[0]);
    for (const step of [...Array<number>(40).fill(1000), ...Array<number>(40).fill(5 * MINUTE)]) {
      clock.time += step;
      expect(await lease()).toEqual([]);
    }
    await route.write.sneak({ id: 'item_sneaked', like: made.id });
    let waited = 0;
    while ((await lease()).length === 0 && waited < 30 * MINUTE) {
      clock.time += 1000;
      waited += 1000;
    }
    expect(waited).toBeLessThanOrEqual(10 * MINUTE);
    expect((await queue.room.read.item({ id: 'item_sneaked' }))?.state).toBe('leased');
  });

  test('stop leases nothing more and waits for what runs', async () => {
    // One at a time: with room for more the loop might be leasing at the very moment of the stop.
    const { route, queue, stateOf } = await setUp();
    const made = items(2);
    await route.write.accept({ items: made.slice(0, 1), events: events() });
    let finish: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      finish = resolve;
    });
    let running = false;
    let aborted = false;
    await queue.start(async (item, signal) => {
      running = true;
      await gate;
      aborted = signal.aborted;
      await settle(route, item);
    }, { concurrency: 1, perDestination: 1 }, () => undefined);
    await until(() => running);
    const stopped = queue.stop(PATIENCE);
    await route.write.accept({ items: made.slice(1), events: events() });
    queue.wake();
    finish();
    await stopped;
    expect(aborted).toBe(false);
    expect(await Promise.all(made.map((item) => stateOf(item.id)))).toEqual(['relayed', 'queued']);
  });

  test('what does not end within the grace is told to', async () => {
    const { route, queue, stateOf } = await setUp();
    const made = items(1);
    await route.write.accept({ items: made, events: events() });
    let running = false;
    await queue.start((_item, signal) => new Promise((_, reject) => {
      running = true;
      signal.addEventListener('abort', () => reject(new Error('stopped')));
    }), LIMITS, () => undefined);
    await until(() => running);
    await queue.stop(10);
    expect(await stateOf(made[0]?.id ?? '')).toBe('queued');
  });

  test('after a stop another instance need not wait for leases to run out; one whose lease was taken is told so', async () => {
    const { route, clock, open, lease } = await setUp();
    // The clock of the one that is frozen stands still, or it might wake up in time.
    let frozen = clock.time;
    const queue = open(false, () => frozen);
    await route.write.accept({ items: items(3), events: events() });
    let running: Item | undefined;
    let told = false;
    await queue.start((item, signal) => new Promise((_, reject) => {
      running = item;
      signal.addEventListener('abort', () => {
        told = true;
        reject(new Error('stopped'));
      });
    }), { concurrency: 1, perDestination: 1 }, () => undefined);
    await until(() => running !== undefined);
    expect(await lease({ owner: 'two' })).toEqual([]);
    // frozen for longer than its lease, while another takes over
    clock.time += 2 * MINUTE;
    await queue.room.write.reap({ now: clock.time });
    const taken = await lease({ owner: 'two', total: 1 });
    expect(taken).toHaveLength(1);
    frozen = clock.time;
    await until(() => told);
    await queue.stop(PATIENCE);
    const other = open();
    await other.room.write.resign({ owner: 'two', destinations: ['lakeside.test'] });
    expect((await lease({ owner: 'three' })).length).toBeGreaterThan(0);
  });

  test('a clock set forward by an hour while a copy is under way: it is still ours, is not cut off, and goes once', async () => {
    const { route, clock, open, stateOf } = await setUp();
    const [made] = items(1) as [NewItem];
    await route.write.accept({ items: [made], events: events() });
    let [looks, time] = [0, clock.time];
    Object.defineProperty(clock, 'time', { get: () => { looks += 1; return time; } });
    const queue = open();
    let carried = 0;
    let cut = false;
    await queue.start(async (item, signal) => {
      carried += 1;
      await route.write.begin({ item: item.id, lease: item.lease, destination: item.destination, events: events() });
      if (carried === 1) {
        time += 60 * MINUTE;
        // Several turns of the loop: it looks at its leases in the first of them, and would hand out what it took from us in the next.
        const enough = looks + 20;
        await until(() => { queue.wake(); return carried > 1 || looks > enough; });
      }
      cut ||= signal.aborted;
      await settle(route, item);
    }, LIMITS, (fault) => { throw fault; });
    await until(async () => (await stateOf(made.id)) === 'relayed');
    await queue.stop(PATIENCE);
    expect([carried, cut]).toEqual([1, false]);
  });

  test('figures: what is ready, how old the oldest is, what waits', async () => {
    const { route, queue, clock, lease } = await setUp();
    await route.write.accept({ items: [...items(3), ...items(2, { created: START + 5000, destination: 'b.test' })], events: events() });
    const [item] = await lease({ total: 1 }) as [Item, ...Item[]];
    await queue.defer(item, { code: 'greylisted', whole: false, events: events() });
    clock.time += 6000;
    expect(await queue.figures()).toEqual({ ready: 4, oldest: START, waiting: 1 });
  });

  test('accepting and leasing for one busy domain at once: nothing is refused, nothing is forgotten', async () => {
    const { route, queue, clock, lease } = await setUp();
    const taken = new Set<string>();
    const accepting = Promise.all(Array.from({ length: 40 }, async () => {
      await route.write.accept({ items: items(3, { created: clock.time }), events: events() });
    }));
    const looking = (async () => {
      for (let look = 0; look < 30; look++) {
        clock.time += 60;
        for (const row of await lease({ perDestination: 1000, total: 1000 })) taken.add(row.id);
      }
    })();
    await Promise.all([accepting, looking]);
    for (let look = 0; look < 20 && taken.size < 120; look++) {
      clock.time += 1000;
      for (const row of await lease({ perDestination: 1000, total: 1000 })) taken.add(row.id);
    }
    expect(taken.size).toBe(120);
    expect(await queue.figures()).toMatchObject({ ready: 0, waiting: 0 });
  });
}
