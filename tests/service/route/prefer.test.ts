/** What a recipient prefers, its event and the mail that tells their mailbox: all of it or none, whatever of it is changed. */
import { expect, test } from 'vitest';
import type { PreparedEvent } from '../../../service/audit/audit.ts';
import type { NewItem } from '../../../service/queue/queue.sql.ts';
import { ROOMS } from '../../../service/rooms.ts';
import type { Change } from '../../../service/route/route.sql.ts';
import { onEveryEngine } from '../store/engines.ts';

let serial = 0;
const event = (): PreparedEvent[] => [{ id: `evt_${++serial}`, time: 1, type: 'portal.preference_changed', outcome: 'ok', actor: 'item_1', message: 'msg_1', item: 'item_1', leaf: '{}', sealed: null, kid: 'key_1' }];
const mail = (destination: string | null): NewItem => ({ id: `item_${++serial}`, message: 'msg_1', n: -1, destination: destination as string, kind: 'mail', protection: 'tls', otherwise: null, planned: 'tls', created: 1, deadline: 2, ahead: 0, sealed: Buffer.from('x') });
const bytes = Buffer.from('sealed');
const CHANGES: readonly (readonly [string, () => Change])[] = [
  ['the mobile number', () => ({ of: 'contact', to: { was: null, row: { owner: 'rosa', language: null, epoch: 'e', content_key: bytes, evidence_key: bytes, phone: bytes }, what: 'phone', now: 1, events: event() } })],
  ['ordinary mail', () => ({ of: 'choice', to: { owner: 'rosa', row: { id: 'chc_1', owner: 'rosa', topics: 'billing', version: 'plain-1', language: 'en', warning: 'w', source: 'recipient', actor: 'item_1', way: 'sign-in', time: 1 }, now: 1, by: 'item_1', events: event() } })],
  ['the way', () => ({ of: 'way', to: { owner: 'rosa', prefers: 'portal', source: 'recipient', now: 1, events: event() } })],
  ['who stands in', () => ({ of: 'stand-in', to: { owner: 'rosa', reader: 'dina', stands: { as: 'parent', by: 'u_1', epoch: 'e', key: bytes, address: bytes }, now: 1, events: event() } })],
  ['a key', () => ({ of: 'key', to: { row: { id: 'key_1', owner: 'rosa', kind: 'pgp', trust: 'uploaded', source: 'recipient', fingerprint: 'f', expires: null, created: 1, epoch: 'e', content_key: bytes, evidence_key: bytes, material: bytes, imported_by: 'item_1' }, replaces: [], now: 1, events: event() } })],
];

onEveryEngine((ground) => test('a mail that cannot be queued takes the change and its events with it; what changes nothing tells nobody', async () => {
  const store = await ground.open(ROOMS);
  const { write } = store.room<typeof import('../../../service/route/route.sql.ts')>('route');
  const reader = store.room<typeof import('../../../service/pickup/reader/reader.sql.ts')>('reader').read;
  const [contact, choice, keys, queue, audit] = [
    store.room<typeof import('../../../service/contact/contact.sql.ts')>('contact').read, store.room<typeof import('../../../service/contact/choice.sql.ts')>('choice').read, store.room<typeof import('../../../service/keys/keys.sql.ts')>('keys').read,
    store.room<typeof import('../../../service/queue/queue.sql.ts')>('queue').read, store.room<typeof import('../../../service/audit/audit.sql.ts')>('audit').read,
  ];
  const state = async () => ({
    kept: [...(await contact.contacts({ owners: ['rosa'] })), ...(await choice.active({ owners: ['rosa'] })), ...(await keys.known({ asked: [{ owner: 'rosa', domain: 'x' }] })).map((k) => k.prefers), ...(await keys.ofOwner({ owner: 'rosa', state: 'active' })), await reader.standsIn({ owner: 'rosa', reader: 'dina' })].filter((row) => row !== null).length,
    noted: (await audit.ofMessage({ message: 'msg_1' })).length,
  });
  for (const [what, change] of CHANGES) {
    const before = await state();
    await expect(write.prefer({ change: change(), mails: [mail(null)], events: event() }), what).rejects.toThrow();
    expect(await state(), what).toEqual(before);
    const told = mail('brightmail.test');
    expect(await write.prefer({ change: change(), mails: [told], events: event() }), what).toBe(true);
    expect(await state(), what).toEqual({ kept: before.kept + 1, noted: before.noted + 2 });
    expect(await queue.item({ id: told.id }), what).toMatchObject({ kind: 'mail' });
  }
  const untold = mail('brightmail.test');
  expect(await write.prefer({ change: { of: 'choice', to: { owner: 'walt', row: null, now: 1, by: 'item_1', events: event() } }, mails: [untold], events: event() })).toBe(false);
  // A change of what is on file no more is none.
  expect(await write.prefer({ change: CHANGES[0]?.[1]() as Change, mails: [untold], events: event() })).toBe(false);
  expect(await queue.item({ id: untold.id })).toBeFalsy();
}));

onEveryEngine((ground) => test('who reads beside others is signed out with their devices, and knows no more of standing in than stands when their code is made', async () => {
  const store = await ground.open(ROOMS);
  const { write } = store.room<typeof import('../../../service/route/route.sql.ts')>('route');
  const pickup = store.room<typeof import('../../../service/pickup/pickup.sql.ts')>('pickup');
  const readers = store.room<typeof import('../../../service/pickup/reader/reader.sql.ts')>('reader').read;
  const copyOf = (item: string) => pickup.write.create({ item, token: item, message: 'msg_1', n: 0, ways: 'mail-code', expires: 9e14, spoken: '', spoken_long: '', purpose: 'read', events: event() });
  const knock = (item: string, owner: string, addressed: string, stands: string) => write.askReader({
    item, reader: `rdr_${owner}/${item}`, owner, addressed, stands, address: bytes, browser: 'b', hash: `${item}/short`, long: `${item}/long`, now: 1, events: event(), mails: { short: mail('brightmail.test'), long: mail('brightmail.test') },
  });
  const entered = (item: string, owner: string) => pickup.write.admit({ item, ways: 'mail-code', session: `s_${owner}`, way: 'mail-code', reader: `rdr_${owner}/${item}`, owner: '', now: 1, events: event() });
  // Rosa reads Walt's copy, Dina reads Rosa's.
  for (const [item, owner, addressed] of [['item_walt', 'rosa', 'walt'], ['item_rosa', 'dina', 'rosa']] as const) {
    await copyOf(item);
    expect(await knock(item, owner, addressed, '')).toBe('short');
    expect(await entered(item, owner)).toBe(true);
  }
  expect(await write.reset({ owner: 'rosa', enrolled: null, here: null, events: { done: event(), nothing: [] }, mail: mail('brightmail.test') })).toEqual({ passkeys: 0, sessions: 1 });
  expect([await pickup.read.session({ hash: 's_rosa' }), (await pickup.read.session({ hash: 's_dina' }))?.reader]).toEqual([null, 'rdr_dina/item_rosa']);

  // Looked up as a parent, and taken back before the code is kept: no row that says otherwise.
  await copyOf('item_new');
  expect(await knock('item_new', 'dina', 'rosa', 'parent')).toBe('changed');
  expect(await readers.ofItem({ item: 'item_new' })).toEqual([]);
  expect(await write.prefer({ change: CHANGES[3]?.[1]() as Change, mails: [], events: [] })).toBe(true);
  expect(await knock('item_new', 'dina', 'rosa', '')).toBe('changed');
  expect(await knock('item_new', 'dina', 'rosa', 'parent')).toBe('short');
  expect(await readers.ofItem({ item: 'item_new' })).toMatchObject([{ state: 'allowed', stands: 'parent' }]);
}));
