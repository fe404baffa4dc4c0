import { createHmac, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { PreparedEvent } from '../../../service/audit/audit.ts';
import { openPickup, spokenCodeOf, tokenOf, wayOf } from '../../../service/pickup/pickup.ts';
import { LIMITS } from '../../../service/pickup/pickup.sql.ts';
import type { PickupWay } from '../../../service/route.ts';
import type { DataKey } from '../../../service/vault/vault.ts';
import { onEveryEngine, type Ground } from '../store/engines.ts';

const rooms = { audit: new URL('../../../service/audit/audit.sql.ts', import.meta.url), pickup: new URL('../../../service/pickup/pickup.sql.ts', import.meta.url), question: new URL('../../../service/pickup/question/question.sql.ts', import.meta.url) };
const content: DataKey = { id: 'key_1', bytes: randomBytes(32) };
let serial = 0;
const event = (type: string): PreparedEvent[] => [{ id: `evt_${++serial}`, time: 1, type, outcome: 'ok', actor: 'recipient', message: 'msg_1', item: 'item_1', leaf: '{}', sealed: null, kid: 'key_1' }];
const guess = () => ({ entered: event('portal.authenticated'), wrong: event('auth.otp_failed'), locked: event('auth.locked') });

async function open(ground: Ground, ways: readonly PickupWay[] = ['mail-code', 'spoken-code']) {
  const world = { clock: Date.UTC(2026, 10, 21, 10), now: () => world.clock, random: (n: number) => new Uint8Array(randomBytes(n)) };
  const store = await ground.open(rooms, { now: world.now });
  const indexKey = randomBytes(32);
  const pickup = openPickup({ store, world, vault: { index: (field, value) => createHmac('sha256', indexKey).update(`${field}\0${value}`).digest('hex') } });
  const copy = { item: 'item_1', message: 'msg_1', n: 0, ways, expires: world.clock + 30 * 24 * 3_600_000, content };
  await pickup.create(pickup.prepare(copy), event('portal.notified'));
  const token = tokenOf(content, 'item_1');
  const noted = async () => (await store.room<typeof import('../../../service/audit/audit.sql.ts')>('audit').read.ofMessage({ message: 'msg_1' })).length;
  const wrongCode = async (n = 1) => { let last; for (let i = 0; i < n; i += 1) last = await pickup.checkCode(token, '999999x', guess()); return last; };
  const mailed = async () => { const issued = await pickup.issueCode(token, event('auth.otp_sent')); if ('kind' in issued) throw new Error(issued.code); return issued.code; };
  const other = (code: string) => String((Number(code) + 1) % 1_000_000).padStart(6, '0');
  return { pickup, world, store, copy, token, noted, wrongCode, mailed, other };
}

describe('links and codes', () => {
  test('are derived: the same for the same copy, another for every other', () => {
    fc.assert(fc.property(fc.string({ minLength: 1 }), fc.string({ minLength: 1 }), fc.nat(5), fc.nat(5), (a, b, g, h) => {
      expect(tokenOf(content, a, g)).toMatch(/^[A-Za-z0-9_-]{43}$/);
      expect(spokenCodeOf(content, a, g)).toMatch(/^\d{4}-\d{4}$/);
      expect(tokenOf(content, a, g) === tokenOf(content, b, h)).toBe(a === b && g === h);
      expect(tokenOf({ id: 'x', bytes: randomBytes(32) }, a, g)).not.toBe(tokenOf(content, a, g));
    }));
  });
  test('say by their length which way they came', () => expect([wayOf('123456'), wayOf('1234-5678'), wayOf('12345678')]).toEqual(['mail-code', 'spoken-code', 'spoken-code']));
});

onEveryEngine((ground) => {
  test('a mailed code opens once, for ten minutes', async () => {
    const { pickup, world, token, mailed } = await open(ground);
    const code = await mailed();
    expect(code).toMatch(/^\d{6}$/);
    expect(await pickup.checkCode(token, code, guess())).toMatchObject({ kind: 'entered', item: 'item_1', message: 'msg_1', way: 'mail-code' });
    expect(await pickup.checkCode(token, code, guess())).toEqual({ kind: 'refused', code: 'code-wrong' });
    const late = await mailed();
    world.clock += LIMITS.codeLife;
    expect(await pickup.checkCode(token, late, guess())).toEqual({ kind: 'refused', code: 'code-wrong' });
    const [first, second] = [await mailed(), await mailed()];
    if (first !== second) expect(await pickup.checkCode(token, first, guess())).toEqual({ kind: 'refused', code: 'code-wrong' });
    expect(await pickup.checkCode(token, second, guess())).toMatchObject({ kind: 'entered' });
  });

  test('a spoken code opens again and again, with or without its hyphen', async () => {
    const { pickup, token } = await open(ground, ['spoken-code']);
    const code = spokenCodeOf(content, 'item_1');
    expect(await pickup.checkCode(token, code, guess())).toMatchObject({ kind: 'entered', way: 'spoken-code' });
    expect(await pickup.checkCode(token, code.replace('-', ''), guess())).toMatchObject({ kind: 'entered' });
    expect(await pickup.issueCode(token, event('auth.otp_sent'))).toEqual({ kind: 'refused', code: 'other-way' });
  });

  test('a spoken code is no way in where only mail codes are', async () => {
    const { pickup, token } = await open(ground, ['mail-code']);
    expect(await pickup.checkCode(token, spokenCodeOf(content, 'item_1'), guess())).toEqual({ kind: 'refused', code: 'code-wrong' });
  });

  test('two hundred guesses at once are five, then a lock that grows and always ends', async () => {
    const { pickup, world, token, mailed, other } = await open(ground);
    const code = await mailed();
    const outcomes = await Promise.all(Array.from({ length: 200 }, () => pickup.checkCode(token, other(code), guess())));
    expect(outcomes.filter((o) => o.kind === 'refused' && o.code === 'code-wrong')).toHaveLength(4);
    expect(outcomes.filter((o) => o.kind === 'refused' && o.code === 'code-locked')).toHaveLength(196);
    // the right code, too late: it ended with its fifth wrong guess
    expect(await pickup.checkCode(token, code, guess())).toEqual({ kind: 'refused', code: 'code-locked' });
    world.clock += LIMITS.lock;
    expect(await pickup.checkCode(token, code, guess())).toEqual({ kind: 'refused', code: 'code-wrong' });
    let lock = 0;
    for (let round = 0; round < 12; round += 1) {
      for (let n = 0; n < 5; n += 1) await pickup.checkCode(token, '00000000', guess());
      const from = world.clock;
      while ((await pickup.checkCode(token, spokenCodeOf(content, 'item_1', 9), guess()) as { code: string }).code === 'code-locked') world.clock += 30_000;
      expect(world.clock - from).toBeGreaterThanOrEqual(Math.min(lock, LIMITS.lockAtMost - 60_000));
      expect(world.clock - from).toBeLessThanOrEqual(LIMITS.lockAtMost);
      lock = world.clock - from;
    }
    world.clock += LIMITS.lockAtMost;
    expect(await pickup.checkCode(token, await mailed(), guess())).toMatchObject({ kind: 'entered' });
  });

  test('a code asked for during a lock is good after it', async () => {
    const { pickup, world, token, wrongCode, mailed } = await open(ground);
    await wrongCode(5);
    const code = await mailed();
    expect(await pickup.checkCode(token, code, guess())).toEqual({ kind: 'refused', code: 'code-locked' });
    world.clock += LIMITS.lock;
    expect(await pickup.checkCode(token, code, guess())).toMatchObject({ kind: 'entered' });
  });

  test('ten codes a day, then one an hour, so that whoever has the link alone does not keep out whoever has the mailbox; and again the next day', async () => {
    const { pickup, world, token, mailed } = await open(ground);
    const refused = async () => expect(await pickup.issueCode(token, event('auth.otp_sent'))).toEqual({ kind: 'refused', code: 'too-many-codes' });
    for (let n = 0; n < 10; n += 1) await mailed();
    await refused();
    world.clock += LIMITS.spareApart - 1;
    await refused();
    world.clock += 1;
    const code = await mailed();
    await refused();
    expect(await pickup.checkCode(token, code, guess())).toMatchObject({ kind: 'entered' });
    world.clock += 24 * 3_600_000;
    await mailed();
  });

  test('a texted code opens by its own road only, five a day, and not two for a double tap', async () => {
    const { pickup, world, store, token } = await open(ground, ['sms-code', 'spoken-code']);
    const { write } = store.room<typeof import('../../../service/pickup/pickup.sql.ts')>('pickup');
    const texted = async () => { const { code, args } = pickup.makeCode(token, 'sms-code'); return (await write.issue({ ...args, events: event('portal.code_sent') })) === 'issued' ? code : null; };
    expect(await pickup.issueCode(token, event('portal.code_sent'))).toEqual({ kind: 'refused', code: 'other-way' });
    const code = await texted() ?? '';
    expect(await texted()).toBeNull();
    expect(await pickup.checkCode(token, code, guess(), 'mail-code')).toEqual({ kind: 'refused', code: 'code-wrong' });
    expect(wayOf(code, ['sms-code', 'spoken-code'])).toBe('sms-code');
    expect(await pickup.checkCode(token, code, guess(), 'sms-code')).toMatchObject({ kind: 'entered', way: 'sms-code' });
    expect(await pickup.checkCode(token, code, guess(), 'sms-code')).toEqual({ kind: 'refused', code: 'code-wrong' });
    const more: (string | null)[] = [];
    for (let n = 0; n < 6; n += 1) {
      world.clock += LIMITS.textsApart;
      more.push(await texted());
    }
    expect(more.map((c) => c !== null)).toEqual([true, true, true, true, false, false]);
  });

  test('a stranger without the link changes nothing', async () => {
    const { pickup, token, mailed, noted } = await open(ground);
    const code = await mailed();
    const before = await noted();
    for (let n = 0; n < 20; n += 1) expect(await pickup.checkCode(tokenOf(content, `other-${n}`), '123456', guess())).toEqual({ kind: 'refused', code: 'code-wrong' });
    expect(await pickup.issueCode('x', event('auth.otp_sent'))).toEqual({ kind: 'refused', code: 'unknown' });
    expect(await noted()).toBe(before);
    expect(await pickup.checkCode(token, code, guess())).toMatchObject({ kind: 'entered' });
  });

  test('an unknown link looks like an ordinary one', async () => {
    const { pickup, token } = await open(ground);
    expect(await pickup.look('nobody')).toEqual(await pickup.look(token));
  });

  test('a session reads one copy, idles out after ten minutes, ends after twelve hours and on leaving', async () => {
    const { pickup, world, token, mailed } = await open(ground);
    const enter = async () => (await pickup.checkCode(token, await mailed(), guess()) as { session: string }).session;
    const session = await enter();
    expect(await pickup.session(session)).toMatchObject({ item: 'item_1', state: 'open' });
    expect(await pickup.session('made-up')).toEqual({ kind: 'refused', code: 'session-ended' });
    world.clock += LIMITS.idle;
    expect(await pickup.session(session)).toEqual({ kind: 'refused', code: 'session-ended' });
    const long = await enter();
    const began = world.clock;
    while (world.clock + 9 * 60_000 < began + LIMITS.session) {
      world.clock += 9 * 60_000;
      expect(await pickup.session(long)).toMatchObject({ item: 'item_1' });
    }
    world.clock = began + LIMITS.session;
    expect(await pickup.session(long)).toEqual({ kind: 'refused', code: 'session-ended' });
    const left = await enter();
    expect(await pickup.leave(left, event('session.ended'))).toBe(true);
    expect(await pickup.session(left)).toEqual({ kind: 'refused', code: 'session-ended' });
    expect(await pickup.leave(left, event('session.ended'))).toBe(false);
  });

  test.each(['recalled', 'expired'] as const)('%s: no code, no way in, and open sessions say why', async (state) => {
    const { pickup, token, mailed, noted } = await open(ground);
    const code = await mailed();
    const session = (await pickup.checkCode(token, await mailed(), guess()) as { session: string }).session;
    const end = () => (state === 'recalled' ? pickup.recall('item_1', event('message.recalled')) : pickup.expire('item_1', event('portal.link_expired')));
    expect(await end()).toBe(true);
    const before = await noted();
    expect(await end()).toBe(false);
    expect(await pickup.session(session)).toEqual({ kind: 'refused', code: state });
    expect(await pickup.checkCode(token, code, guess())).toEqual({ kind: 'refused', code: 'code-wrong' });
    expect(await pickup.issueCode(token, event('auth.otp_sent'))).toEqual({ kind: 'refused', code: 'ended' });
    expect(await pickup.look(token)).toMatchObject({ ended: state });
    expect(await noted()).toBe(before);
  });

  test('time alone ends a copy, before anyone has swept', async () => {
    const { pickup, world, token, copy } = await open(ground);
    world.clock = copy.expires;
    expect(await pickup.look(token)).toMatchObject({ ended: 'expired' });
    expect(await pickup.checkCode(token, spokenCodeOf(content, 'item_1'), guess())).toEqual({ kind: 'refused', code: 'code-wrong' });
    expect(await pickup.due(10)).toEqual([{ item: 'item_1', message: 'msg_1', n: 0, purpose: 'read' }]);
    await pickup.expire('item_1', event('portal.link_expired'));
    expect(await pickup.due(10)).toEqual([]);
  });

  test('a new generation makes the old link, code and sessions worthless', async () => {
    const { pickup, token, copy, mailed } = await open(ground);
    const session = (await pickup.checkCode(token, await mailed(), guess()) as { session: string }).session;
    await pickup.renew({ ...copy, ways: ['spoken-code'], generation: 1 }, event('portal.notified'));
    expect(await pickup.find(token)).toBeNull();
    expect(await pickup.session(session)).toEqual({ kind: 'refused', code: 'session-ended' });
    expect(await pickup.checkCode(tokenOf(content, 'item_1', 1), spokenCodeOf(content, 'item_1'), guess())).toEqual({ kind: 'refused', code: 'code-wrong' });
    expect(await pickup.checkCode(tokenOf(content, 'item_1', 1), spokenCodeOf(content, 'item_1', 1), guess())).toMatchObject({ kind: 'entered' });
  });

  test('a copy to be answered only becomes one to be read under the same link, and whoever was in must enter anew; never the other way round', async () => {
    const { pickup, copy } = await open(ground);
    const answers = { ...copy, item: 'item_2', purpose: 'answer' as const };
    const token = tokenOf(content, 'item_2');
    expect(await pickup.create(pickup.prepare(answers), event('portal.notified'))).toBe(true);
    expect(await pickup.look(token)).toEqual({ ways: copy.ways, answers: true });
    const session = (await pickup.checkCode(token, spokenCodeOf(content, 'item_2'), guess()) as { session: string }).session;
    expect(await pickup.session(session)).toMatchObject({ purpose: 'answer' });
    expect(await pickup.create(pickup.prepare(answers), event('portal.notified'))).toBe(false);
    expect(await pickup.session(session)).toMatchObject({ purpose: 'answer' });
    expect(await pickup.create(pickup.prepare({ ...answers, purpose: 'read', ways: ['spoken-code'] }), event('portal.notified'))).toBe(true);
    expect(await pickup.look(token)).toEqual({ ways: ['spoken-code'] });
    expect(await pickup.session(session)).toEqual({ kind: 'refused', code: 'session-ended' });
    expect(await pickup.create(pickup.prepare(answers), event('portal.notified'))).toBe(false);
    expect((await pickup.find(token))?.purpose).toBe('read');
  });

  test('opened counts once; a copy is made once', async () => {
    const { pickup, copy } = await open(ground);
    expect(await Promise.all([pickup.opened('item_1', event('portal.message_opened')), pickup.opened('item_1', event('portal.message_opened'))])).toEqual([true, false]);
    expect(await pickup.create(pickup.prepare(copy), event('portal.notified'))).toBe(false);
    expect((await pickup.ofMessage('msg_1')).map((c) => c.opened !== null)).toEqual([true]);
  });

  test('nothing at rest opens anything', async () => {
    const { pickup, store, token, mailed } = await open(ground);
    const code = await mailed();
    const entered = await pickup.checkCode(token, await mailed(), guess()) as { session: string };
    const room = store.room<typeof import('../../../service/pickup/pickup.sql.ts')>('pickup');
    const row = JSON.stringify(await room.read.byItem({ item: 'item_1' }));
    for (const secret of [token, code, spokenCodeOf(content, 'item_1'), spokenCodeOf(content, 'item_1').replace('-', ''), entered.session]) expect(row).not.toContain(secret);
    expect(await room.read.session({ hash: entered.session })).toBeNull();
  });
});

