import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import type { PreparedEvent } from '../../../../service/audit/audit.ts';
import { AT_MOST } from '../../../../service/pickup/passkey/passkey.sql.ts';
import { openPasskeys } from '../../../../service/pickup/passkey/passkey.ts';
import { enough, hashOf } from '../../../../service/pickup/pickup.ts';
import type { PickupWay } from '../../../../service/route.ts';
import { waysUpTo } from '../../../../service/pickup/pickup.ts';
import { onEveryEngine, type Ground } from '../../store/engines.ts';
import { authenticator, type Bend } from './authenticator.ts';

const rooms = { audit: new URL('../../../../service/audit/audit.sql.ts', import.meta.url), pickup: new URL('../../../../service/pickup/pickup.sql.ts', import.meta.url), code: new URL('../../../../service/pickup/code/code.sql.ts', import.meta.url), question: new URL('../../../../service/pickup/question/question.sql.ts', import.meta.url), reader: new URL('../../../../service/pickup/reader/reader.sql.ts', import.meta.url), passkey: new URL('../../../../service/pickup/passkey/passkey.sql.ts', import.meta.url) };
const SITE = { origin: 'https://mail.riverside.test', host: 'mail.riverside.test' };
let serial = 0;
const noted = (): PreparedEvent[] => [{ id: `evt_${++serial}`, time: 1, type: 'portal.passkey_kept', outcome: 'ok', actor: 'recipient', message: 'msg_1', item: 'item_1', leaf: '{}', sealed: null, kid: 'key_1' }];
const given = () => randomBytes(24).toString('base64url');
const here = (challenge: string) => ({ ...SITE, ours: (c: string) => c === challenge });

async function open(ground: Ground) {
  const world = { now: () => Date.UTC(2026, 10, 21) };
  const store = await ground.open(rooms, { now: world.now });
  const { write } = store.room<typeof import('../../../../service/pickup/pickup.sql.ts')>('pickup');
  await write.create({ item: 'item_0', token: 'item_0', message: 'msg_0', n: 0, ways: 'mail-code', expires: 9e14, spoken: '', spoken_long: '', purpose: 'read', events: noted() });
  await write.admit({ item: 'item_0', ways: 'mail-code', session: hashOf('lasts'), way: 'mail-code', reader: '', owner: '', now: 1, events: noted() });
  return Object.assign(openPasskeys({ store, world }), { store });
}
async function kept(ground: Ground, owner = 'rosa', enrolled = 'mail-code') {
  const passkeys = await open(ground);
  const device = authenticator(SITE);
  const challenge = given();
  expect(await passkeys.keep(device.make(challenge), here(challenge), { owner, enrolled, session: 'lasts' }, noted)).toEqual({ id: device.id });
  return { passkeys, device };
}

test.each<[string, PickupWay[], boolean]>([
  ['mail-code', ['mail-code', 'spoken-code'], true], ['mail-code', ['spoken-code'], false], ['mail-code', ['sms-code', 'spoken-code'], false],
  ['sms-code', ['mail-code'], true], ['sms-code', ['sms-code', 'spoken-code'], true], ['sms-code', ['spoken-code'], false], ['spoken-code', ['sms-code', 'spoken-code'], true], ['spoken-code', ['spoken-code'], true],
  ['passkey/spoken-code', ['mail-code'], false], ['', ['mail-code'], false], ['mail-code', [], false], ['', [], false],
])('enrolled by %j, a copy that asks for %j opens: %s', (enrolled, ways, opens) => expect(enough(enrolled, ways)).toBe(opens));

onEveryEngine((ground) => {
  test('a passkey says whose it is and by what it was enrolled', async () => {
    const { passkeys, device } = await kept(ground);
    const challenge = given();
    expect(await passkeys.judge(device.get(challenge), here(challenge))).toMatchObject({ owner: 'rosa', enrolled: 'mail-code', id: device.id, counter: 0 });
    expect(await passkeys.of('rosa')).toMatchObject([{ id: device.id, enrolled: 'mail-code' }]);
    expect(await passkeys.of('walt')).toEqual([]);
  });

  test.each<[string, Bend]>([
    ['from another origin', { origin: 'https://mail.riverside.test.evil.test' }], ['from plain HTTP', { origin: 'http://mail.riverside.test' }], ['for another host', { host: 'evil.test' }],
    ['without the person verified', { flags: 1 }], ['without the person present', { flags: 4 }], ['of a making, not of an opening', { type: 'webauthn.create' }],
    ['signed by another', { signature: (s) => { const bent = Buffer.from(s); bent.writeUInt8(bent.readUInt8(bent.length - 1) ^ 1, bent.length - 1); return bent; } }],
  ])('an answer %s opens nothing', async (_, bend) => {
    const { passkeys, device } = await kept(ground);
    const challenge = given();
    expect(await passkeys.judge(device.get(challenge, bend), here(challenge))).toEqual({ kind: 'refused', code: 'passkey-wrong' });
  });

  test.each(['', '{}', 'null', '[]', '{"id":1}', '{"id":"aaaaaaaaaaaaaaaaaaaaaaaa"}', `{"id":"${'a'.repeat(5000)}"}`, '{"id":"aaaaaaaaaaaaaaaaaaaaaaaa","response":{"clientDataJSON":"e30"}}', '\u0000'])('nonsense %j keeps and opens nothing', async (answer) => {
    const passkeys = await open(ground);
    const challenge = given();
    expect(await passkeys.judge(answer, here(challenge))).toEqual({ kind: 'refused', code: 'passkey-wrong' });
    expect(await passkeys.keep(answer, here(challenge), { owner: 'rosa', enrolled: 'mail-code', session: 'lasts' }, noted)).toEqual({ kind: 'refused', code: 'passkey-wrong' });
  });

  test('a challenge of somebody else, or an old one, counts for nothing', async () => {
    const { passkeys, device } = await kept(ground);
    expect(await passkeys.judge(device.get(given()), here(given()))).toEqual({ kind: 'refused', code: 'passkey-wrong' });
  });

  test('an answer cannot be kept twice, and a key belongs to one person', async () => {
    const passkeys = await open(ground);
    const [device, challenge] = [authenticator(SITE), given()];
    const said = device.make(challenge);
    expect(await passkeys.keep(said, here(challenge), { owner: 'rosa', enrolled: 'mail-code', session: 'lasts' }, noted)).toEqual({ id: device.id });
    expect(await passkeys.keep(said, here(challenge), { owner: 'thief', enrolled: 'spoken-code', session: 'lasts' }, noted)).toEqual({ kind: 'refused', code: 'passkey-wrong' });
    const again = given();
    expect(await passkeys.keep(device.make(again), here(again), { owner: 'thief', enrolled: 'spoken-code', session: 'lasts' }, noted)).toEqual({ kind: 'refused', code: 'passkey-wrong' });
    expect(await passkeys.of('thief')).toEqual([]);
  });

  test('a weaker way never undoes a stronger: only what was set up by one of the ways that are named is dropped', async () => {
    expect(['shared-question', 'mail-code', 'sms-code', 'sign-in', 'spoken-code', 'made-up'].map(waysUpTo)).toEqual([[], ['mail-code'], ['mail-code', 'sms-code', 'sign-in'], ['mail-code', 'sms-code', 'sign-in'], ['mail-code', 'sms-code', 'sign-in', 'spoken-code'], []]);
    const { passkeys } = await kept(ground);
    const c = given();
    const strong = authenticator(SITE);
    await passkeys.keep(strong.make(c), here(c), { owner: 'rosa', enrolled: 'spoken-code', session: 'lasts' }, noted);
    expect(await passkeys.drop('rosa', waysUpTo('mail-code'), 'here', noted())).toEqual({ passkeys: 1, sessions: 0 });
    expect((await passkeys.of('rosa')).map(({ id }) => id)).toEqual([strong.id]);
  });

  test('forgotten, a device is signed out at once: what this person opened by no more than that ends everywhere but here; nobody else\'s, and no reader\'s, does', async () => {
    const { passkeys } = await kept(ground);
    const { read, write } = passkeys.store.room<typeof import('../../../../service/pickup/pickup.sql.ts')>('pickup');
    const open_ = async (session: string, owner: string, way: string, reader = '') => {
      await write.create({ item: `item_${session}`, token: session, message: 'msg_1', n: 0, ways: way, expires: 9e14, spoken: '', spoken_long: '', purpose: 'read', events: noted() });
      await write.admit({ item: `item_${session}`, ways: way, session: hashOf(session), way, reader, owner, now: 1, events: noted() });
    };
    const left = async () => (await Promise.all(['here', 'tablet', 'phone', 'walt', 'dina'].map(async (s) => ((await read.session({ hash: hashOf(s) })) === null ? [] : [s])))).flat();
    for (const [session, owner, way, reader] of [['here', 'rosa', 'mail-code'], ['tablet', 'rosa', 'passkey/mail-code'], ['phone', 'rosa', 'spoken-code'], ['walt', 'walt', 'mail-code'], ['dina', 'rosa', 'mail-code', 'rdr_1']] as const) await open_(session, owner, way, reader);
    expect(await passkeys.drop('rosa', waysUpTo('mail-code'), 'here', noted())).toEqual({ passkeys: 1, sessions: 1 });
    expect(await left()).toEqual(['here', 'phone', 'walt', 'dina']);
    const { drop } = passkeys.store.room<typeof import('../../../../service/pickup/passkey/passkey.sql.ts')>('passkey').write;
    const log = passkeys.store.room<typeof import('../../../../service/audit/audit.sql.ts')>('audit').read;
    const count = async () => (await log.ofMessage({ message: 'msg_1' })).length;
    expect(await passkeys.reset('rosa', { done: noted(), nothing: [] }, drop)).toEqual({ passkeys: 0, sessions: 2 });
    expect(await left()).toEqual(['walt', 'dina']);
    // Nothing to forget is noted too, as just that.
    const before = await count();
    expect(await passkeys.reset('rosa', { done: [...noted(), ...noted()], nothing: noted() }, drop)).toEqual({ passkeys: 0, sessions: 0 });
    expect(await count()).toBe(before + 1);
  });

  test('nothing is kept in a session that was ended while the device was asked', async () => {
    const passkeys = await open(ground);
    const [device, challenge] = [authenticator(SITE), given()];
    const said = device.make(challenge);
    await passkeys.store.room<typeof import('../../../../service/pickup/pickup.sql.ts')>('pickup').write.leave({ hash: hashOf('lasts'), events: noted() });
    expect(await passkeys.keep(said, here(challenge), { owner: 'rosa', enrolled: 'mail-code', session: 'lasts' }, noted)).toEqual({ kind: 'refused', code: 'passkey-wrong' });
    expect(await passkeys.of('rosa')).toEqual([]);
  });

  test('one person has so many and no more; dropped ones open nothing', async () => {
    const { passkeys, device } = await kept(ground);
    for (let i = 1; i < AT_MOST; i += 1) { const c = given(); await passkeys.keep(authenticator(SITE).make(c), here(c), { owner: 'rosa', enrolled: 'mail-code', session: 'lasts' }, noted); }
    const one = given();
    expect(await passkeys.keep(authenticator(SITE).make(one), here(one), { owner: 'rosa', enrolled: 'mail-code', session: 'lasts' }, noted)).toEqual({ kind: 'refused', code: 'too-many' });
    expect(await passkeys.drop('rosa', [], 'here', noted())).toEqual({ passkeys: 0, sessions: 0 });
    expect(await passkeys.drop('rosa', ['sms-code'], 'here', noted())).toEqual({ passkeys: 0, sessions: 0 });
    expect(await passkeys.reset('rosa', { done: noted(), nothing: [] }, passkeys.store.room<typeof import('../../../../service/pickup/passkey/passkey.sql.ts')>('passkey').write.drop)).toEqual({ passkeys: AT_MOST, sessions: 0 });
    const challenge = given();
    expect(await passkeys.judge(device.get(challenge), here(challenge))).toEqual({ kind: 'refused', code: 'passkey-wrong' });
  });
});
