import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { PreparedEvent } from '../../../service/audit/audit.ts';
import { openContact, webhookGateway, type Gateway } from '../../../service/contact/contact.ts';
import { openVault } from '../../../service/vault/vault.ts';
import { openWorld } from '../../../service/world.ts';
import { onEveryEngine, type Ground } from '../store/engines.ts';

const room = (path: string) => new URL(path, import.meta.url);
const rooms = { audit: room('../../../service/audit/audit.sql.ts'), contact: room('../../../service/contact/contact.sql.ts'), spending: room('./spending.sql.ts') };
const WALT = 'Walt.Finch@oldpost.test';
const by = { kind: 'staff', id: 'ivy' } as const;
const taken: Gateway = { text: async () => 'taken' };
let serial = 0;

async function open(ground: Ground, gateway: Gateway | null = taken) {
  const world = { clock: Date.UTC(2026, 10, 21, 23), now: () => world.clock };
  const store = await ground.open(rooms, { now: world.now });
  const { folder } = await ground.place();
  const vault = await openVault({ folder: join(folder, 'keys'), masterKey: { file: join(folder, 'master'), create: true }, world });
  const drafts: { readonly facts?: unknown }[] = [];
  const prepare = (draft: { readonly facts?: unknown }): PreparedEvent => {
    drafts.push(draft);
    return { id: `evt_${++serial}`, time: 1, type: 'contact.recorded', outcome: 'ok', actor: 'ivy', message: 'msg_1', item: null as never, leaf: '{}', sealed: null, kid: 'k' };
  };
  const contact = openContact({ store, vault, world, audit: { prepare } as never, gateway, perDay: 25 });
  const noted = async () => (await store.room<typeof import('../../../service/audit/audit.sql.ts')>('audit').read.ofMessage({ message: 'msg_1' })).length;
  return { contact, store, vault, world, drafts, noted };
}

onEveryEngine((ground) => {
  test('what is recorded is found again, whatever the case of the address; what is absent stays; null takes it back', async () => {
    const { contact, noted } = await open(ground);
    expect(await contact.of([WALT])).toEqual([{}]);
    expect(await contact.record({ address: WALT, language: 'es', by })).toEqual({ language: 'es', phoneEnds: null });
    expect(await contact.record({ address: WALT, phone: '+15550117', by })).toEqual({ language: 'es', phoneEnds: '17' });
    expect(await contact.of(['eve@x.test', WALT.toLowerCase()])).toEqual([{}, { language: 'es', phone: '+15550117' }]);
    // The same again is no change, and no change is not noted.
    await contact.record({ address: WALT, phone: '+15550117', by });
    expect(await noted()).toBe(2);
    await contact.record({ address: WALT, phone: null, by });
    expect(await contact.of([WALT])).toEqual([{ language: 'es' }]);
    await contact.record({ address: WALT, language: null, by });
    expect([await contact.of([WALT]), await noted()]).toEqual([[{}], 4]);
    expect(await contact.record({ address: 'nobody', phone: '+15550117', by })).toEqual({ kind: 'refused', code: 'bad-address' });
  });

  test('two changes at once are both kept: a number that is taken back does not come back with the language', async () => {
    const { contact, noted } = await open(ground);
    await contact.record({ address: WALT, phone: '+15550117', by });
    await Promise.all([contact.record({ address: WALT, phone: null, by }), contact.record({ address: WALT, language: 'es', by })]);
    expect([await contact.of([WALT]), await noted()]).toEqual([[{ language: 'es' }], 3]);
    // Also where nothing was on file before.
    await Promise.all([contact.record({ address: 'rosa@x.test', phone: '+15550118', by }), contact.record({ address: 'rosa@x.test', language: 'en', by })]);
    expect(await contact.of(['rosa@x.test'])).toEqual([{ language: 'en', phone: '+15550118' }]);
  });

  test('neither address nor number lies at rest in clear, nor in a fact of the log', async () => {
    const { contact, store, vault, drafts } = await open(ground);
    await contact.record({ address: WALT, phone: '+15550117', by });
    const [row] = await store.room<typeof import('../../../service/contact/contact.sql.ts')>('contact').read.contacts({ owners: [vault.index('address', WALT.toLowerCase())] });
    const lies = Buffer.concat([...Object.values(row ?? {}).map((v) => Buffer.from(v instanceof Uint8Array ? v : String(v)))]).toString('latin1');
    expect(lies.length).toBeGreaterThan(100);
    for (const secret of ['walt', 'oldpost', '15550117', '5550117']) expect(lies.toLowerCase()).not.toContain(secret);
    expect(JSON.stringify(drafts.map((d) => d.facts))).not.toMatch(/walt|5550117/i);
    expect(contact.spending('+15550117').scope).not.toContain('5550117');
  });

  test('without a gateway a number is of no use, so no plan may count on it', async () => {
    const { contact } = await open(ground, null);
    await contact.record({ address: WALT, phone: '+15550117', language: 'es', by });
    expect(await contact.of([WALT])).toEqual([{ language: 'es' }]);
  });

  test('one message takes six of a number\'s ten; the others are for messages that had none, and the last of each is told to be the last', async () => {
    const { contact, store } = await open(ground);
    const { write } = store.room<typeof import('./spending.sql.ts')>('spending');
    const spend = (again: boolean) => write.spend({ ...contact.spending('+15550117'), again });
    const said: string[] = [];
    for (let i = 0; i < 8; i += 1) said.push(await spend(i > 0));
    expect(said).toEqual(['yes', 'yes', 'yes', 'yes', 'yes', 'last', 'no', 'no']);
    expect([await contact.affords('+15550117', true), await contact.affords('+15550117', false)]).toEqual([false, true]);
    for (let i = 0; i < 4; i += 1) expect(await spend(false)).toBe('last');
    expect([await spend(false), await contact.affords('+15550117', false), await contact.affords('+15550118', true)]).toEqual(['no', false, true]);
  });

  test('a hundred messages at once to one number are ten, to all numbers as many as may be paid for; tomorrow again', async () => {
    const { contact, store, world } = await open(ground);
    const { write } = store.room<typeof import('./spending.sql.ts')>('spending');
    const spend = async (phone: string, n: number) => (await Promise.all(Array.from({ length: n }, () => write.spend({ ...contact.spending(phone), again: false })))).filter((may) => may !== 'no').length;
    expect(await spend('+15550117', 100)).toBe(10);
    expect(await spend('+15550118', 100)).toBe(10);
    expect(await spend('+15550119', 100)).toBe(5);
    world.clock += 3_600_000;
    await contact.forget();
    expect(await spend('+15550119', 100)).toBe(10);
  });
});

test.each([[200, 'taken'], [204, 'taken'], [302, 'busy'], [400, 'refused'], [401, 'refused'], [404, 'refused'], [408, 'busy'], [429, 'busy'], [500, 'busy'], [503, 'busy'], [0, 'busy']])('a gateway that answers %i: %s', async (status, outcome) => {
  const server = createServer((request, answer) => { request.resume(); if (status === 0) request.socket.destroy(); else answer.writeHead(status, { location: 'http://elsewhere.test/' }).end(); });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  onTestFinished(() => { server.close(); });
  const world = openWorld({ resolver: '127.0.0.1:9', resolverTrusted: false, allowedNetworks: ['127.0.0.0/8'] });
  const gateway = webhookGateway({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, secret: randomBytes(16).toString('hex'), world });
  expect(await gateway.text({ id: 'item_1', to: '+15550117', text: '123456' })).toBe(outcome);
});
