/** Ten thousand guesses, really made: what is judged of them, and that an unknown link and a wrong code cost the same asking and the same hashing. */
import { createHmac, randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { PreparedEvent } from '../../../service/audit/audit.ts';
import { openThrottle } from '../../../service/http/throttle.ts';
import { openPickup, spokenCodeOf, tokenOf } from '../../../service/pickup/pickup.ts';
import { LIMITS } from '../../../service/pickup/pickup.sql.ts';
import type { DataKey } from '../../../service/vault/vault.ts';
import { onEveryEngine, type Ground } from '../store/engines.ts';

const rooms = { audit: new URL('../../../service/audit/audit.sql.ts', import.meta.url), pickup: new URL('../../../service/pickup/pickup.sql.ts', import.meta.url), question: new URL('../../../service/pickup/question/question.sql.ts', import.meta.url), code: new URL('../../../service/pickup/code/code.sql.ts', import.meta.url) };
const content: DataKey = { id: 'key_1', bytes: randomBytes(32) };
const MANY = 10_000;
/** as the portal's door has it, where nothing is set */
const CLIENT = { rate: 20, burst: 200 };
let serial = 0;
const event = (type: string, item: string): PreparedEvent[] => [{ id: `evt_${++serial}`, time: 1, type, outcome: 'ok', actor: 'recipient', message: 'msg_1', item, leaf: JSON.stringify({ type }), sealed: null, kid: 'key_1' }];

async function open(ground: Ground, links = 1) {
  const world = { clock: Date.UTC(2026, 10, 21), now: () => world.clock, random: (n: number) => new Uint8Array(randomBytes(n)) };
  const store = await ground.open(rooms, { now: world.now });
  const [indexKey, work] = [randomBytes(32), { asked: 0, hashed: 0 }];
  const counted = { ...store, room: (name: string) => {
    const room = store.room<typeof import('../../../service/pickup/pickup.sql.ts')>(name) as unknown as { read: Record<string, unknown>; write: Record<string, unknown> };
    const each = (calls: Record<string, unknown>) => new Proxy(calls, { get: (all, call: string) => (...args: unknown[]) => { work.asked += 1; return (all[call] as (...a: unknown[]) => unknown)(...args); } });
    return { ...room, read: each(room.read), write: each(room.write) };
  } } as unknown as typeof store;
  const pickup = openPickup({ store: counted, world, vault: { index: (field, value) => { work.hashed += 1; return createHmac('sha256', indexKey).update(`${field}\0${value}`).digest('hex'); } } });
  const items = Array.from({ length: links }, (_, n) => `item_${n}`);
  for (const item of items) await pickup.create(pickup.prepare({ item, message: 'msg_1', n: 0, ways: ['mail-code', 'spoken-code'], expires: world.clock + 30 * 24 * 3_600_000, content }), event('portal.notified', item));
  const guess = (item: string, code: string, token = tokenOf(content, item)) => pickup.checkCode(token, code, 'mallory', { entered: event('entered', item), wrong: event('wrong', item), locked: event('locked', item) });
  const noted = async () => {
    const all = await store.room<typeof import('../../../service/audit/audit.sql.ts')>('audit').read.ofMessage({ message: 'msg_1' });
    return Object.fromEntries(['entered', 'wrong', 'locked'].map((type) => [type, all.filter((e) => JSON.parse(e.leaf).type === type).length]));
  };
  /** the n-th of codes that are not the one on the phone, six and eight digits by turns */
  const wrong = (item: string, n: number): string => {
    const code = n % 2 === 0 ? String(n % 1_000_000).padStart(6, '0') : String(n).padStart(8, '0');
    return code === spokenCodeOf(content, item).replace('-', '') ? '99999999' : code;
  };
  return { world, pickup, items, guess, noted, wrong, work };
}

onEveryEngine((ground) => describe('ten thousand code attempts', () => {
  test('at one link from ten thousand addresses at once: the throttle lets all of them by, five are judged, and one lock is noted', async () => {
    const { world, guess, noted, wrong } = await open(ground);
    const throttle = openThrottle(CLIENT, world);
    const told: { [code: string]: number } = {};
    for (let n = 0; n < MANY; n += 500) {
      for (const outcome of await Promise.all(Array.from({ length: 500 }, (_, i) => {
        expect(throttle.take(`2001:db8::${(n + i).toString(16)}`)).toBe(0);
        return guess('item_0', wrong('item_0', n + i));
      }))) if (outcome.kind === 'refused') told[outcome.code] = (told[outcome.code] ?? 0) + 1;
    }
    expect(told).toEqual({ 'code-wrong': LIMITS.tries - 1, 'code-locked': MANY - LIMITS.tries + 1 });
    expect(await noted()).toEqual({ entered: 0, wrong: LIMITS.tries - 1, locked: 1 });
    // It ends, and the right code opens: a stranger has locked nobody out.
    world.clock += LIMITS.lock;
    expect(await guess('item_0', spokenCodeOf(content, 'item_0'))).toMatchObject({ kind: 'entered' });
  });

  test('at a hundred links from one address at once: its share is used up, and no link gives more than five', async () => {
    const { world, items, guess, noted, wrong } = await open(ground, 100);
    const throttle = openThrottle(CLIENT, world);
    let by = 0;
    for (let n = 0; n < MANY; n += 1) {
      if (throttle.take('192.0.2.1') > 0) continue;
      by += 1;
      await guess(items[n % 100] ?? '', wrong(items[n % 100] ?? '', n));
    }
    expect(by).toBe(CLIENT.burst);
    // And without any throttle, as from a hundred thousand machines.
    for (let n = 0; n < MANY; n += 500) await Promise.all(Array.from({ length: 500 }, (_, i) => guess(items[i % 100] ?? '', wrong(items[i % 100] ?? '', n + i))));
    expect(await noted()).toEqual({ entered: 0, wrong: 100 * (LIMITS.tries - 1), locked: 100 });
  });
}));

onEveryEngine((ground) => test('ten thousand attempts spread over a day are under two hundred guesses', async () => {
  const { world, guess, noted, wrong } = await open(ground);
  // One after the other they cost a minute on a server, and nearly all of them are told no by the same statement: a tenth of them shows it there.
  const many = ground.engine === 'sqlite' ? MANY : MANY / 10;
  for (let n = 0; n < many; n += 1) {
    await guess('item_0', wrong('item_0', n));
    world.clock += Math.floor(24 * 3_600_000 / many);
  }
  const { entered, wrong: missed = 0, locked = 0 } = await noted();
  expect(entered).toBe(0);
  expect(missed).toBeLessThanOrEqual(locked * (LIMITS.tries - 1) + LIMITS.tries - 1);
  expect(missed + locked).toBeLessThan(200);
  expect(locked).toBeGreaterThan(10);
}));

onEveryEngine((ground) => test('an unknown link is asked for and hashed as often as a known one, and told the same', async () => {
  const { guess, pickup, work } = await open(ground);
  const known = tokenOf(content, 'item_0');
  const cost = async (act: () => Promise<unknown>) => { const before = { ...work }; const said = await act(); return { said, asked: work.asked - before.asked, hashed: work.hashed - before.hashed }; };
  for (const code of ['123456', '12345678']) {
    const of = (token: string) => cost(() => guess('item_0', code, token));
    const real = await of(known);
    expect(real).toEqual({ said: { kind: 'refused', code: 'code-wrong' }, asked: 1, hashed: 1 });
    expect(await of('A'.repeat(43))).toEqual(real);
  }
  expect(await cost(() => pickup.look('A'.repeat(43)))).toEqual(await cost(() => pickup.look(known)));
}));
