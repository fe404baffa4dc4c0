/** The queue's own writes fail, before or after they were made: nothing is lost, nothing is held for ever. */
import { mkdtempSync, rmSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openQueue, type Item } from '../../../service/queue/queue.ts';
import { openStore, type Store } from '../../../service/store/store.ts';
import { until as look } from '../../until.ts';
import { openFaults } from '../route/faults.ts';
import { events, items, rooms } from './queue.case.ts';
import type * as Route from './route.sql.ts';

const LIMITS = { concurrency: 4, perDestination: 4 };
let folder: string;
let store: Store;
const clock = { time: Date.UTC(2026, 10, 21) };
/** how often the clock was looked at: a loop that goes on looks */
let looks = 0;
const world = { now: () => { looks += 1; return clock.time; }, random: (bytes: number) => Uint8Array.from(randomBytes(bytes)) };

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'send-secure-queue-'));
  store = await openStore({ folder, rooms, world, strictEvents: true });
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

const until = (holds: () => boolean, ms?: number) => look('a turn of the queue', holds, { every: 5, ...(ms === undefined ? {} : { ms }) });

describe.each([['not stored', false], ['but stored', true]] as const)('failed, %s', (_says, stored) => {
  test('lease: the copies come when the lease that nobody holds has run out', async () => {
    const faults = openFaults();
    const route = store.room<typeof Route>('route');
    const queue = openQueue({ store: faults.around(store), world, alone: false });
    await route.write.accept({ items: items(3), events: events() });
    const carried: string[] = [];
    const broken: unknown[] = [];
    faults.once('queue.lease', stored);
    await queue.start(async (item: Item) => {
      await route.write.settle({ item: item.id, lease: item.lease, destination: item.destination, state: 'relayed', events: events() });
      carried.push(item.id);
    }, LIMITS, (fault) => broken.push(fault));
    await until(() => broken.length === 1);
    clock.time += 61_000;
    await until(() => carried.length === 3);
    await queue.stop(0);
    expect(new Set(carried).size).toBe(3);
  });

  test('giveBack after a fault: the copy comes again, known as begun', async () => {
    const faults = openFaults();
    const route = store.room<typeof Route>('route');
    const queue = openQueue({ store: faults.around(store), world, alone: false });
    await route.write.accept({ items: items(1), events: events() });
    const seen: boolean[] = [];
    const broken: unknown[] = [];
    faults.once('queue.giveBack', stored);
    await queue.start(async (item: Item) => {
      seen.push(item.started);
      await route.write.begin({ item: item.id, lease: item.lease, destination: item.destination, events: events() });
      if (seen.length === 1) throw new Error('ours');
      await route.write.settle({ item: item.id, lease: item.lease, destination: item.destination, state: 'relayed', events: events() });
    }, LIMITS, (fault) => broken.push(fault));
    await until(() => broken.length === 2);
    // A minute more now and then, and never so many that its time is over.
    for (let minutes = 0; seen.length < 2 && minutes < 25; minutes += 1) {
      clock.time += 61_000;
      await until(() => seen.length === 2, 2_000).catch(() => undefined);
    }
    await queue.stop(0);
    expect(seen).toEqual([false, true]);
  });

  test('forsake at a start: the start fails, the next one finds everything', async () => {
    const faults = openFaults();
    const route = store.room<typeof Route>('route');
    await route.write.accept({ items: items(2), events: events() });
    const first = openQueue({ store, world, alone: true });
    await first.room.write.lease({ owner: 'gone', lease: 'gone/1', now: clock.time, until: clock.time + 60_000, destinations: 8, perDestination: 8, total: 8 });
    const carried: string[] = [];
    const queue = openQueue({ store: faults.around(store), world, alone: true });
    const carry = async (item: Item) => {
      await route.write.settle({ item: item.id, lease: item.lease, destination: item.destination, state: 'relayed', events: events() });
      carried.push(item.id);
    };
    faults.once('queue.forsake', stored);
    await expect(queue.start(carry, LIMITS, () => undefined)).rejects.toMatchObject({ code: 'store-broken' });
    await queue.start(carry, LIMITS, () => undefined);
    await until(() => carried.length === 2);
    await queue.stop(0);
  });

  test('renew and reap: the loop goes on and the copy under way is settled once', async () => {
    const faults = openFaults();
    const route = store.room<typeof Route>('route');
    const queue = openQueue({ store: faults.around(store), world, alone: false });
    await route.write.accept({ items: items(1), events: events() });
    let done: () => void = () => undefined;
    const slow = new Promise<void>((resolve) => { done = resolve; });
    let settled = 0;
    let begun = 0;
    const broken: unknown[] = [];
    await queue.start(async (item: Item) => {
      begun += 1;
      await slow;
      if (await route.write.settle({ item: item.id, lease: item.lease, destination: item.destination, state: 'relayed', events: events() })) settled += 1;
    }, LIMITS, (fault) => broken.push(fault));
    await until(() => begun === 1);
    faults.once('queue.reap', stored);
    clock.time += 21_000;
    await until(() => broken.length === 1);
    faults.once('queue.renew', stored);
    clock.time += 21_000;
    await until(() => broken.length === 2);
    clock.time += 21_000;
    const enough = looks + 8;
    await until(() => looks > enough);
    done();
    await until(() => settled === 1);
    await queue.stop(0);
    expect({ begun, settled }).toEqual({ begun: 1, settled: 1 });
  });
});

test('what was queued under a clock years ahead is carried at the next start under the right one', async () => {
  const route = store.room<typeof Route>('route');
  const ahead = clock.time + 3 * 365 * 86_400_000;
  await route.write.accept({ items: items(2, { created: ahead, deadline: ahead }), events: events() });
  const carried: string[] = [];
  const queue = openQueue({ store, world, alone: true });
  await queue.start(async (item: Item) => {
    await route.write.settle({ item: item.id, lease: item.lease, destination: item.destination, state: 'relayed', events: events() });
    carried.push(item.id);
  }, LIMITS, () => undefined);
  await until(() => carried.length === 2);
  await queue.stop(0);
});
