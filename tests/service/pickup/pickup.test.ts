import { createHmac, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { PreparedEvent } from '../../../service/audit/audit.ts';
import { longSpokenCodeOf, openPickup, spokenCodeOf, tokenOf, wayOf } from '../../../service/pickup/pickup.ts';
import { CODES } from '../../../service/pickup/code/code.sql.ts';
import { LIMITS } from '../../../service/pickup/pickup.sql.ts';
import type { PickupWay } from '../../../service/route.ts';
import type { DataKey } from '../../../service/vault/vault.ts';
import { onEveryEngine, type Ground } from '../store/engines.ts';

const rooms = { audit: new URL('../../../service/audit/audit.sql.ts', import.meta.url), pickup: new URL('../../../service/pickup/pickup.sql.ts', import.meta.url), question: new URL('../../../service/pickup/question/question.sql.ts', import.meta.url), code: new URL('../../../service/pickup/code/code.sql.ts', import.meta.url) };
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
  const wrongCode = async (n = 1) => { let last; for (let i = 0; i < n; i += 1) last = await pickup.checkCode(token, '999999x', 'rosa', guess()); return last; };
  const { write } = store.room<typeof import('../../../service/pickup/pickup.sql.ts')>('pickup');
  const ask = async (browser = 'rosa', way: 'mail-code' | 'sms-code' = 'mail-code', at = token) => {
    const { code, longer, args } = pickup.makeCode(at, browser, way);
    const kept = await write.issue({ ...args, events: event('portal.code_sent') });
    return { kept, code: kept === 'long' ? longer : code };
  };
  const mailed = async (browser = 'rosa') => (await ask(browser)).code;
  const other = (code: string) => String((Number(code) + 1) % 1_000_000).padStart(6, '0');
  return { pickup, world, store, copy, token, noted, wrongCode, ask, mailed, other };
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
  test('say by their length which way they came', () => expect(['123456', '1234-5678', '12345678', '1234-5678-9012', '1234567890123456'].map((code) => wayOf(code))).toEqual(['mail-code', 'spoken-code', 'spoken-code', 'mail-code', 'spoken-code']));
});

onEveryEngine((ground) => {
  test('a mailed code opens once, for ten minutes', async () => {
    const { pickup, world, token, mailed } = await open(ground);
    const code = await mailed();
    expect(code).toMatch(/^\d{6}$/);
    expect(await pickup.checkCode(token, code, 'rosa', guess())).toMatchObject({ kind: 'entered', item: 'item_1', message: 'msg_1', way: 'mail-code' });
    expect(await pickup.checkCode(token, code, 'rosa', guess())).toEqual({ kind: 'refused', code: 'code-wrong' });
    const late = await mailed();
    world.clock += CODES.life;
    expect(await pickup.checkCode(token, late, 'rosa', guess())).toEqual({ kind: 'refused', code: 'code-wrong' });
    const [first, second] = [await mailed(), await mailed()];
    // Asked for twice, whichever mail is found first opens, and ends the other.
    expect(await pickup.checkCode(token, first, 'rosa', guess())).toMatchObject({ kind: 'entered' });
    expect(await pickup.checkCode(token, second, 'rosa', guess())).toEqual({ kind: 'refused', code: 'code-wrong' });
  });

  test('a spoken code opens again and again, with or without its hyphen', async () => {
    const { pickup, token, ask } = await open(ground, ['spoken-code']);
    const code = spokenCodeOf(content, 'item_1');
    expect(await pickup.checkCode(token, code, 'rosa', guess())).toMatchObject({ kind: 'entered', way: 'spoken-code' });
    expect(await pickup.checkCode(token, code.replace('-', ''), 'rosa', guess())).toMatchObject({ kind: 'entered' });
    expect((await ask()).kept).toBe('other-way');
  });

  test('a spoken code is no way in where only mail codes are', async () => {
    const { pickup, token } = await open(ground, ['mail-code']);
    expect(await pickup.checkCode(token, spokenCodeOf(content, 'item_1'), 'rosa', guess())).toEqual({ kind: 'refused', code: 'code-wrong' });
  });

  test('two hundred guesses at once are five on a browser\'s own code and five on the copy; then a lock that grows and always ends', async () => {
    const { pickup, world, token, mailed, other, noted } = await open(ground);
    const code = await mailed();
    const before = await noted();
    const outcomes = await Promise.all(Array.from({ length: 200 }, () => pickup.checkCode(token, other(code), 'rosa', guess())));
    expect(outcomes.filter((o) => o.kind === 'refused' && o.code === 'code-wrong')).toHaveLength(8);
    expect(outcomes.filter((o) => o.kind === 'refused' && o.code === 'code-locked')).toHaveLength(192);
    expect(await noted() - before).toBe(10);
    // The right code neither, in a browser that has tried too often; one that is asked for anew at once.
    expect(await pickup.checkCode(token, code, 'rosa', guess())).toEqual({ kind: 'refused', code: 'code-locked' });
    expect(await pickup.checkCode(token, await mailed(), 'rosa', guess())).toMatchObject({ kind: 'entered' });
    let lock = 0;
    for (let round = 0; round < 12; round += 1) {
      for (let n = 0; n < 5; n += 1) await pickup.checkCode(token, '00000000', 'mallory', guess());
      const from = world.clock;
      while ((await pickup.checkCode(token, spokenCodeOf(content, 'item_1', 9), 'mallory', guess()) as { code: string }).code === 'code-locked') world.clock += 30_000;
      expect(world.clock - from).toBeGreaterThanOrEqual(Math.min(lock, LIMITS.lockAtMost - 60_000));
      expect(world.clock - from).toBeLessThanOrEqual(LIMITS.lockAtMost);
      lock = world.clock - from;
    }
  });

  test('a code opens in the browser that asked for it while everybody else is locked out, and elsewhere when nobody is', async () => {
    const { pickup, token, wrongCode, mailed } = await open(ground);
    expect(await pickup.checkCode(token, await mailed('phone'), 'desk', guess())).toMatchObject({ kind: 'entered' });
    await wrongCode(5);
    const code = await mailed('phone');
    expect(await pickup.checkCode(token, code, 'desk', guess())).toEqual({ kind: 'refused', code: 'code-locked' });
    expect(await pickup.checkCode(token, code, 'phone', guess())).toMatchObject({ kind: 'entered' });
  });

  test('the long spoken code opens during a lock, the short one after it', async () => {
    const { pickup, token, wrongCode } = await open(ground, ['spoken-code']);
    await wrongCode(5);
    expect(await pickup.checkCode(token, spokenCodeOf(content, 'item_1'), 'rosa', guess())).toEqual({ kind: 'refused', code: 'code-locked' });
    expect(longSpokenCodeOf(content, 'item_1')).toMatch(/^(?:\d{4}-){3}\d{4}$/);
    expect(await pickup.checkCode(token, longSpokenCodeOf(content, 'item_1', 1), 'rosa', guess())).toEqual({ kind: 'refused', code: 'code-locked' });
    expect(await pickup.checkCode(token, longSpokenCodeOf(content, 'item_1'), 'rosa', guess())).toMatchObject({ kind: 'entered', way: 'spoken-code' });
  });

  test('three short codes at a time, nine a day; then long ones that open from anywhere, an hour apart; and again the next day', async () => {
    const { pickup, world, token, ask, wrongCode } = await open(ground);
    const kinds = async (n: number) => { const all: string[] = []; for (let i = 0; i < n; i += 1) all.push((await ask(`b${i}`)).kept); return all; };
    expect(await kinds(5)).toEqual(['short', 'short', 'short', 'long', 'too-many']);
    world.clock += CODES.longApart;
    expect(await kinds(5)).toEqual(['short', 'short', 'short', 'long', 'too-many']);
    world.clock += CODES.longApart;
    expect(await kinds(3)).toEqual(['short', 'long', 'too-many']);
    world.clock += CODES.longApart - 1;
    expect(await kinds(1)).toEqual(['too-many']);
    world.clock += 1;
    const { kept, code } = await ask();
    expect(kept).toBe('long');
    expect(code).toMatch(/^\d{4}-\d{4}-\d{4}$/);
    await wrongCode(5);
    world.clock += CODES.longLife - 1;
    expect(await pickup.checkCode(token, code, 'anywhere', guess())).toMatchObject({ kind: 'entered', way: 'mail-code' });
    expect(await pickup.checkCode(token, code, 'anywhere', guess())).toEqual({ kind: 'refused', code: 'code-wrong' });
    world.clock += 24 * 3_600_000;
    expect(await kinds(1)).toEqual(['short']);
  });

  test('a texted code opens by its own road only, five a day, and not two for a double tap', async () => {
    const { pickup, world, token, ask } = await open(ground, ['sms-code', 'spoken-code']);
    expect((await ask()).kept).toBe('other-way');
    const { code } = await ask('rosa', 'sms-code');
    expect((await ask('rosa', 'sms-code')).kept).toBe('too-many');
    expect(await pickup.checkCode(token, code, 'rosa', guess(), 'mail-code')).toEqual({ kind: 'refused', code: 'code-wrong' });
    expect(wayOf(code, ['sms-code', 'spoken-code'])).toBe('sms-code');
    expect(await pickup.checkCode(token, code, 'rosa', guess(), 'sms-code')).toMatchObject({ kind: 'entered', way: 'sms-code' });
    expect(await pickup.checkCode(token, code, 'rosa', guess(), 'sms-code')).toEqual({ kind: 'refused', code: 'code-wrong' });
    const more: string[] = [];
    let last = '';
    for (let n = 0; n < 6; n += 1) {
      const asked = await ask(`b${n}`, 'sms-code');
      more.push(asked.kept);
      if (asked.kept === 'long') last = asked.code;
      world.clock += CODES.life;
    }
    // The last of the day is good until the day is over, so that nobody who asked for five of them keeps anybody out.
    // Who was let in by one has five anew: what they had used up is no stranger's doing.
    expect(more).toEqual(['short', 'short', 'short', 'short', 'long', 'too-many']);
    world.clock += 12 * 3_600_000;
    expect(await pickup.checkCode(token, last, 'rosa', guess(), 'sms-code')).toMatchObject({ kind: 'entered' });
  });

  test('an author who asked for more before the notice was taken over has asked for it: no way is added then', async () => {
    const { pickup, store, token } = await open(ground, ['spoken-code']);
    const raise = () => pickup.stronger('item_1', ['spoken-code'], event('portal.strengthened'));
    expect([await raise(), await raise()]).toEqual([true, false]);
    await store.room<typeof import('../../../service/pickup/pickup.sql.ts')>('pickup').write.allow({ item: 'item_1', ways: 'mail-code spoken-code' });
    expect(await pickup.find(token)).toMatchObject({ ways: ['spoken-code'], strong: true });
  });

  test('a stranger without the link changes nothing', async () => {
    const { pickup, token, ask, mailed, noted } = await open(ground);
    const code = await mailed();
    const before = await noted();
    for (let n = 0; n < 20; n += 1) expect(await pickup.checkCode(tokenOf(content, `other-${n}`), '123456', 'rosa', guess())).toEqual({ kind: 'refused', code: 'code-wrong' });
    expect((await ask('rosa', 'mail-code', 'x')).kept).toBe('unknown');
    expect(await noted()).toBe(before);
    expect(await pickup.checkCode(token, code, 'rosa', guess())).toMatchObject({ kind: 'entered' });
  });

  test('an unknown link looks like an ordinary one', async () => {
    const { pickup, token } = await open(ground);
    expect(await pickup.look('nobody')).toEqual(await pickup.look(token));
  });

  test('a session reads one copy, idles out after ten minutes, ends after twelve hours and on leaving', async () => {
    const { pickup, world, token, mailed } = await open(ground);
    const enter = async () => (await pickup.checkCode(token, await mailed(), 'rosa', guess()) as { session: string }).session;
    const session = await enter();
    expect(await pickup.session(session)).toMatchObject({ item: 'item_1', state: 'open' });
    expect(await pickup.session('made-up')).toEqual({ kind: 'refused', code: 'session-ended' });
    world.clock += LIMITS.idle;
    expect(await pickup.session(session)).toEqual({ kind: 'refused', code: 'session-ended' });
    // What was written meanwhile may be kept, and that wakes nothing up.
    expect([await pickup.rested(session), await pickup.rested('made-up')]).toMatchObject([{ item: 'item_1', reader: '' }, { code: 'session-ended' }]);
    expect(await pickup.session(session)).toEqual({ kind: 'refused', code: 'session-ended' });
    const long = await enter();
    const began = world.clock;
    while (world.clock + 9 * 60_000 < began + LIMITS.session) {
      world.clock += 9 * 60_000;
      expect(await pickup.session(long)).toMatchObject({ item: 'item_1' });
    }
    world.clock = began + LIMITS.session;
    expect([await pickup.session(long), await pickup.rested(long)]).toMatchObject([{ code: 'session-ended' }, { code: 'session-ended' }]);
    const left = await enter();
    expect(await pickup.leave(left, event('session.ended'))).toBe(true);
    expect([await pickup.session(left), await pickup.rested(left)]).toMatchObject([{ code: 'session-ended' }, { code: 'session-ended' }]);
    expect(await pickup.leave(left, event('session.ended'))).toBe(false);
  });

  test.each(['recalled', 'expired'] as const)('%s: no code, no way in, and open sessions say why', async (state) => {
    const { pickup, token, ask, mailed, noted } = await open(ground);
    const code = await mailed();
    const session = (await pickup.checkCode(token, await mailed(), 'rosa', guess()) as { session: string }).session;
    const end = () => (state === 'recalled' ? pickup.recall('item_1', event('message.recalled')) : pickup.expire('item_1', event('portal.link_expired')));
    expect(await end()).toBe(true);
    const before = await noted();
    expect(await end()).toBe(false);
    expect([await pickup.session(session), await pickup.rested(session)]).toMatchObject([{ code: state }, { code: state }]);
    expect(await pickup.checkCode(token, code, 'rosa', guess())).toEqual({ kind: 'refused', code: 'code-wrong' });
    expect((await ask()).kept).toBe('ended');
    expect(await pickup.look(token)).toMatchObject({ ended: state });
    expect(await noted()).toBe(before);
  });

  test('time alone ends a copy, before anyone has swept', async () => {
    const { pickup, world, token, copy } = await open(ground);
    world.clock = copy.expires;
    expect(await pickup.look(token)).toMatchObject({ ended: 'expired' });
    expect(await pickup.checkCode(token, spokenCodeOf(content, 'item_1'), 'rosa', guess())).toEqual({ kind: 'refused', code: 'code-wrong' });
    expect(await pickup.due(10)).toEqual([{ item: 'item_1', message: 'msg_1', n: 0, purpose: 'read' }]);
    await pickup.expire('item_1', event('portal.link_expired'));
    expect(await pickup.due(10)).toEqual([]);
  });

  test('a new generation makes the old link, code and sessions worthless', async () => {
    const { pickup, token, copy, mailed } = await open(ground);
    const session = (await pickup.checkCode(token, await mailed(), 'rosa', guess()) as { session: string }).session;
    await pickup.renew({ ...copy, ways: ['spoken-code'], generation: 1 }, event('portal.notified'));
    expect(await pickup.find(token)).toBeNull();
    expect(await pickup.session(session)).toEqual({ kind: 'refused', code: 'session-ended' });
    expect(await pickup.checkCode(tokenOf(content, 'item_1', 1), spokenCodeOf(content, 'item_1'), 'rosa', guess())).toEqual({ kind: 'refused', code: 'code-wrong' });
    expect(await pickup.checkCode(tokenOf(content, 'item_1', 1), spokenCodeOf(content, 'item_1', 1), 'rosa', guess())).toMatchObject({ kind: 'entered' });
  });

  test('a copy to be answered only becomes one to be read under the same link, and whoever was in must enter anew; never the other way round', async () => {
    const { pickup, copy } = await open(ground);
    const answers = { ...copy, item: 'item_2', purpose: 'answer' as const };
    const token = tokenOf(content, 'item_2');
    expect(await pickup.create(pickup.prepare(answers), event('portal.notified'))).toBe(true);
    expect(await pickup.look(token)).toEqual({ ways: copy.ways, answers: true });
    const session = (await pickup.checkCode(token, spokenCodeOf(content, 'item_2'), 'rosa', guess()) as { session: string }).session;
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
    expect(await Promise.all([pickup.opened('item_1', event('portal.message_opened')), pickup.opened('item_1', event('portal.message_opened'))]).then((won) => won.toSorted())).toEqual([false, true]);
    expect(await pickup.create(pickup.prepare(copy), event('portal.notified'))).toBe(false);
    expect((await pickup.ofMessage('msg_1')).map((c) => c.opened !== null)).toEqual([true]);
  });

  test('nothing at rest opens anything', async () => {
    const { pickup, store, token, mailed } = await open(ground);
    const code = await mailed();
    const entered = await pickup.checkCode(token, await mailed(), 'rosa', guess()) as { session: string };
    const room = store.room<typeof import('../../../service/pickup/pickup.sql.ts')>('pickup');
    const row = JSON.stringify(await room.read.byItem({ item: 'item_1' }));
    for (const secret of [token, code, spokenCodeOf(content, 'item_1'), spokenCodeOf(content, 'item_1').replace('-', ''), entered.session]) expect(row).not.toContain(secret);
    expect(await room.read.session({ hash: entered.session })).toBeNull();
  });
});

