/**
 * A stranger who holds the link and not the mailbox does whatever they like, from as many browsers as they like, before and between the steps of the patient.
 * The patient asks in one browser, takes the newest code that arrived (whoever asked for it), types it there, and is in: three actions, nothing to wait for.
 */
import { createHmac, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { PreparedEvent } from '../../../service/audit/audit.ts';
import { longSpokenCodeOf, openPickup, spokenCodeOf, tokenOf } from '../../../service/pickup/pickup.ts';
import { CODES } from '../../../service/pickup/code/code.sql.ts';
import type { DataKey } from '../../../service/vault/vault.ts';
import { onEveryEngine, type Ground } from '../store/engines.ts';

const room = (path: string) => new URL(`../../../service/${path}`, import.meta.url);
const rooms = { audit: room('audit/audit.sql.ts'), pickup: room('pickup/pickup.sql.ts'), question: room('pickup/question/question.sql.ts'), code: room('pickup/code/code.sql.ts') };
const MINUTE = 60_000;
let serial = 0;
const event = (item: string): PreparedEvent[] => [{ id: `evt_${++serial}`, time: 1, type: 'x', outcome: 'ok', actor: 'recipient', message: 'msg_1', item, leaf: '{}', sealed: null, kid: 'key_1' }];

type Move = { readonly does: 'asks' | 'guesses' | 'says' | 'answers'; readonly from: number; readonly times: number } | { readonly does: 'waits'; readonly minutes: number };
const move: fc.Arbitrary<Move> = fc.oneof(
  fc.record({ does: fc.constantFrom('asks', 'guesses', 'says', 'answers'), from: fc.nat(12), times: fc.integer({ min: 1, max: 12 }) }),
  fc.record({ does: fc.constant('waits' as const), minutes: fc.integer({ min: 1, max: 300 }) }),
);
const moves = fc.array(move, { maxLength: 12 });
/** between two steps of the patient no time passes that the patient did not take: a code lives ten minutes */
const quick = fc.array(move.filter((m) => m.does !== 'waits'), { maxLength: 12 });

interface Scene { readonly way: 'mail-code' | 'sms-code'; readonly before: readonly Move[]; readonly asked: readonly Move[]; readonly read: readonly Move[]; readonly minutes: number }
const scenes: fc.Arbitrary<Scene> = fc.record({ way: fc.constantFrom('mail-code', 'sms-code'), before: moves, asked: quick, read: quick, minutes: fc.integer({ min: 0, max: 9 }) });

async function play(ground: Ground, all: readonly Scene[]): Promise<void> {
  const world = { clock: Date.UTC(2026, 10, 21, 10), now: () => world.clock, random: (n: number) => new Uint8Array(randomBytes(n)) };
  const store = await ground.open(rooms, { now: world.now });
  const key = randomBytes(32);
  const pickup = openPickup({ store, world, vault: { index: (field, value) => createHmac('sha256', key).update(`${field}\0${value}`).digest('hex') } });
  const { write } = store.room<typeof import('../../../service/pickup/pickup.sql.ts')>('pickup');
  for (const [n, { way, before, asked, read, minutes }] of all.entries()) {
    const content: DataKey = { id: 'key_1', bytes: randomBytes(32) };
    const item = `item_${n}`;
    const token = tokenOf(content, item);
    await pickup.create(pickup.prepare({ item, message: 'msg_1', n: 0, ways: [way, 'spoken-code'], expires: world.clock + 300 * 24 * 60 * MINUTE, content }), event(item));
    const mailbox: string[] = [];
    const judged = async (code: string, browser: string) => pickup.checkCode(token, code, browser, { entered: event(item), wrong: event(item), locked: event(item) }, code.replace(/\D/g, '').length % 8 === 0 ? 'spoken-code' : way);
    const ask = async (browser: string) => {
      const { code, longer, args } = pickup.makeCode(token, browser, way);
      const kept = await write.issue({ ...args, events: event(item) });
      if (kept === 'short' || kept === 'long') mailbox.push(kept === 'long' ? longer : code);
    };
    // A guess that hits is one in a million: the model's stranger never has that luck.
    const miss = (length: number): string => { const code = String(Math.floor(Math.random() * 10 ** length)).padStart(length, '0'); return mailbox.includes(code) || code === spokenCodeOf(content, item).replace('-', '') ? miss(length) : code; };
    const stranger = async (doing: readonly Move[]) => {
      for (const m of doing) {
        if (m.does === 'waits') world.clock += m.minutes * MINUTE;
        else for (let i = 0; i < m.times; i += 1) {
          if (m.does === 'asks') await ask(`m${(m.from + i) % 13}`);
          else if (m.does === 'answers') await pickup.checkAnswer(token, 'f'.repeat(64), { entered: event(item), wrong: event(item), locked: event(item) });
          else expect((await judged(miss(m.does === 'says' ? 8 : 6), `m${m.from}`)).kind).toBe('refused');
        }
      }
    };
    await stranger(before);
    await ask('patient');
    await stranger(asked);
    world.clock += minutes * MINUTE;
    const newest = mailbox.at(-1) ?? '';
    await stranger(read);
    expect(await judged(newest, 'patient')).toMatchObject({ kind: 'entered', way });
    // Once more the same day.
    await stranger(asked);
    await ask('patient');
    expect(await judged(mailbox.at(-1) ?? '', 'patient')).toMatchObject({ kind: 'entered', way });
    // And by phone: what its author reads out while somebody guesses.
    await stranger(read);
    expect(await judged(longSpokenCodeOf(content, item), 'patient')).toMatchObject({ kind: 'entered', way: 'spoken-code' });
  }
}

onEveryEngine((ground) => test('whatever a stranger with the link does, who fetches the newest code gets in', async () => {
  // Many scenes on one store: opening one costs more than playing.
  await fc.assert(fc.asyncProperty(fc.array(scenes, { minLength: 6, maxLength: 6 }), async (all) => play(ground, all)), { numRuns: 2 });
}));

onEveryEngine((ground) => test('a code is refused only while one that was sent opens from anywhere', async () => {
  await play(ground, [
    // Within one day: the patient's text is its last.
    { way: 'sms-code', before: Array.from({ length: 4 }, (): Move[] => [{ does: 'asks', from: 0, times: 1 }, { does: 'waits', minutes: 75 }]).flat(), asked: [], read: [], minutes: 9 },
    { way: 'mail-code', before: [{ does: 'asks', from: 0, times: 12 }, { does: 'guesses', from: 0, times: 60 }, { does: 'says', from: 3, times: 9 }], asked: [{ does: 'asks', from: 5, times: 9 }], read: [{ does: 'guesses', from: 7, times: 20 }], minutes: 9 },
    { way: 'mail-code', before: Array.from({ length: 30 }, (): Move[] => [{ does: 'asks', from: 0, times: 4 }, { does: 'waits', minutes: CODES.longApart / MINUTE - 1 }]).flat(), asked: [], read: [], minutes: 9 },
    { way: 'sms-code', before: [{ does: 'asks', from: 0, times: 12 }, { does: 'waits', minutes: 200 }, { does: 'asks', from: 0, times: 12 }, { does: 'waits', minutes: 400 }], asked: [{ does: 'guesses', from: 2, times: 20 }], read: [], minutes: 9 },
  ]);
}));
