/** What the addressed person prefers, set on the secure page: what a mailbox alone may change, what takes more, and what plans make of it. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { generateKey } from 'openpgp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { visitor } from '../visitor.ts';
import { openStage, type Stage } from './stage.ts';

const ROSA = 'rosa.delgado@brightmail.test';
const WALT = 'walt.finch@oldpost.test';
const TESS = 'tess.lane@lakeside.test';
const linkOf = (raw: string): string => /\/m\/[A-Za-z0-9_-]{43}/.exec(raw.replace(/=\r\n/g, ''))?.[0] ?? '';

describe('preferences', () => {
  let stage: Stage;
  let gateway: Server;
  beforeAll(async () => {
    gateway = createServer((_request, response) => { response.writeHead(202).end(); });
    await new Promise<void>((done) => gateway.listen(0, '127.0.0.1', done));
    stage = await openStage({ settings: { SMS_WEBHOOK_URL: `http://127.0.0.1:${(gateway.address() as AddressInfo).port}`, SMS_WEBHOOK_SECRET: 'a secret of at least sixteen' } });
  });
  afterAll(async () => { await stage?.close(); gateway?.close(); });

  async function opened(to: string, way: 'mail' | 'spoken', more: object = {}) {
    const before = (await stage.mailbox(to)).length;
    const { body } = await stage.send('ana', { to: [{ address: to }], text: 'Your potassium is 6.1.', ...more });
    const timeline = await stage.until('ana', body.id, ['relayed']);
    const mails = (fits: RegExp) => stage.newMail(to, before, fits);
    const path = linkOf(await mails(/\/m\/[A-Za-z0-9_-]{43}/));
    const who = visitor(stage);
    let code = timeline.recipients[0]?.spokenCode ?? '';
    if (way === 'mail') {
      await who.post(path, `${path}/code`, {});
      code = /code is (\d{6})/.exec(await mails(/code is \d{6}/))?.[1] ?? '';
    }
    expect((await who.post(`${path}/enter`, `${path}/enter`, { code })).location).toBe(`${path}/message`);
    return { id: body.id, path, who, set: (fields: Record<string, string>) => who.post(`${path}/preferences`, `${path}/prefer`, fields) };
  }
  const changes = async (id: string) => (await stage.timeline('ana', id)).recipients[0]?.events.filter((e) => e.type === 'portal.preference_changed').map((e) => e.facts);
  const planned = async (to: string) => (await stage.send('ana', { to: [{ address: to }], text: 'MRN 4471902' })).body.recipients[0];

  it('a code in the mailbox changes language and way, and nothing that could be turned against its owner', async () => {
    const { id, path, who, set } = await opened(ROSA, 'mail');
    const { text } = await who.get(`${path}/preferences`);
    expect(text).toContain(`This is for ${ROSA}`);
    expect([text.includes('name="phone"'), text.includes('name="key"')]).toEqual([false, false]);
    expect((await set({ language: 'es' })).location).toBe(`${path}/preferences?said=changed`);
    expect((await set({ way: '' })).location).toBe(`${path}/preferences?said=changed`);
    expect((await set({ phone: '+15550199' })).location).toBe(`${path}/preferences?said=weak`);
    expect((await set({ key: '-----BEGIN PGP PUBLIC KEY BLOCK-----' })).location).toBe(`${path}/preferences?said=weak`);
    expect((await stage.call('ivy', 'POST', 'contacts', { address: ROSA })).body).toEqual({ language: 'es', phoneEnds: null });
    expect(await changes(id)).toEqual([{ what: 'language', way: 'mail-code' }, { what: 'way', way: 'mail-code' }]);
    // The plan goes by it, and the next notice is in that language.
    expect((await planned(ROSA))?.protection).not.toBe('portal');
    expect((await set({ way: 'portal' })).location).toBe(`${path}/preferences?said=changed`);
    const next = await planned(ROSA);
    expect([next?.protection, next?.reasons[0]?.code]).toEqual(['portal', 'recipient-prefers']);
    await stage.mail(ROSA, (raw) => /^Content-Language: es/mi.test(raw) && linkOf(raw) !== '');
    // Not ours, not a word of ours, not the addressed person: nothing.
    expect((await who.post(`${path}/preferences`, `${path}/prefer`, { form: 'x', way: '' })).status).toBe(403);
    await set({ way: 'plain' });
    await set({ language: 'xx' });
    expect((await planned(ROSA))?.protection).toBe('portal');
    expect((await visitor(stage).get(`${path}/preferences`)).location).toBe(`${path}/message`);
  });

  it('more than that sets a number and a key; the mailbox hears of it, and the key counts in full when staff confirm it', async () => {
    const { id, path, set, who } = await opened(WALT, 'spoken');
    expect((await set({ phone: '0171 2345' })).location).toBe(`${path}/preferences?said=phone`);
    expect((await set({ phone: '+1 (555) 010-0123' })).location).toBe(`${path}/preferences?said=changed`);
    expect((await stage.call('ivy', 'POST', 'contacts', { address: WALT })).body.phoneEnds).toBe('23');
    await stage.mail(WALT, (raw) => raw.includes('A change on your page') && raw.includes('mobile number'));

    const of = async (address: string) => (await generateKey({ userIDs: [{ email: address }], format: 'armored' })).publicKey;
    expect((await set({ key: await of('eve.stone@expired.test') })).location).toBe(`${path}/preferences?said=key`);
    expect((await set({ key: 'potassium' })).location).toBe(`${path}/preferences?said=key`);
    expect((await set({ key: '' })).location).toBe(`${path}/preferences?said=key`);
    // One that was found before counts for more by this: their mailbox hears of that as of any other.
    const [own, note] = [await of(WALT), (raw: string) => raw.includes('A change on your page') && raw.includes('key or certificate')];
    await stage.service.keys.importKey({ address: WALT, bytes: Buffer.from(own), trust: 'harvested', source: 'mail', by: { kind: 'staff', id: 'ana' } });
    expect((await set({ key: own })).location).toBe(`${path}/preferences?said=changed`);
    await stage.mail(WALT, note);
    expect((await who.get(`${path}/preferences`)).text).toContain('It counts in full once somebody here has confirmed it');
    expect(await changes(id)).toEqual([{ what: 'phone', way: 'spoken-code' }, { what: 'key', way: 'spoken-code' }]);

    const found = await planned(WALT);
    expect([found?.protection, found?.reasons[0]?.code]).not.toEqual(['pgp', 'pgp-key']);
    const key = (await stage.call('ivy', 'GET', 'keys')).body.data.find((k: { address: string }) => k.address === WALT);
    expect(key).toMatchObject({ trust: 'uploaded', source: 'recipient', confirmed: false });
    const confirm = await stage.call('ivy', 'POST', `keys/${key.id}/confirm`, {});
    expect([confirm.status, confirm.body.code ?? '']).toEqual([200, '']);
    const sure = await planned(WALT);
    expect([sure?.protection, sure?.reasons[0]?.code]).toEqual(['pgp', 'pgp-key']);
  });

  it('what staff record tells the mailbox, about no message: same queue, same evidence', async () => {
    const before = (await stage.mailbox(TESS)).length;
    const heard = (fits: RegExp) => stage.newMail(TESS, before, fits);
    const told = async () => (await stage.events('recipient.told')).length;
    const record = (path: string, body: object) => stage.call('ivy', 'POST', path, body);
    expect((await record('contacts', { address: TESS, phone: '+15550155', language: 'es' })).body).toEqual({ language: 'es', phoneEnds: '55' });
    const mail = await heard(/anot=C3=B3 un n=C3=BAmero|anotó un número/);
    expect(mail).toMatch(/^Content-Language: es/mi);
    expect(mail).not.toContain('5550155');
    expect(await told()).toBe(1);
    // What changes nothing tells nobody.
    await record('contacts', { address: TESS, phone: '+15550155' });
    expect(await told()).toBe(1);
    await record('contacts', { address: TESS, language: 'en' });
    await heard(/recorded the language/);
    await record('contacts', { address: TESS, phone: null });
    await heard(/took back the mobile number/);
    const { version } = (await stage.call('ivy', 'GET', 'contacts/choice/warning')).body;
    await record('contacts/choice', { address: TESS, topics: ['billing'], language: 'en', version });
    await heard(/you chose ordinary mail/);
    await record('contacts/choice', { address: TESS, topics: [], language: 'en', version });
    await heard(/want no ordinary mail/);
    await record('stand-ins', { address: TESS, reader: WALT, as: 'carer' });
    const stands = await heard(/may read your messages/);
    expect(stands).not.toContain('walt');
    await record('stand-ins', { address: TESS, reader: WALT, as: null });
    await heard(/reads\s+them no more/);
    expect(await told()).toBe(7);
    // Nothing to forget: noted as that, and nobody is told.
    expect((await record('contacts/reset', { address: TESS })).body).toEqual({ passkeys: 0, sessions: 0 });
    expect((await stage.events('contact.reset')).map((e: { facts: object }) => e.facts)).toEqual([{ changed: false }]);
    const sent = await opened(TESS, 'spoken', { need: 'at-rest' });
    expect((await sent.who.get(`${sent.path}/message`)).status).toBe(200);
    expect((await record('contacts/reset', { address: TESS })).body).toEqual({ passkeys: 0, sessions: 1 });
    expect((await sent.who.get(`${sent.path}/message`)).location).toBe(`${sent.path}?again`);
    await heard(/forgot the devices/);
    // Its evidence: each try and its end.
    const [first] = await stage.events('recipient.told');
    const { data } = (await stage.call('ben', 'GET', `messages/${first.message}/story`)).body;
    expect(data.map((e: { type: string }) => e.type)).toEqual(['recipient.told', 'delivery.attempt.started', 'delivery.attempt.finished']);
    expect(data[0].text).toBe('A recipient\'s mailbox is told what staff recorded for them.');
  });
});
