/** A message to a distribution list: shown member by member, carried member by member, refused with patient data when nobody can say who is in. And what a label decides. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { visitor } from '../service/http/portal/visitor.ts';
import { openStage, type Stage } from './stage.ts';

const PHI = { subject: 'Results', text: 'Patient: Jane Whitfield, DOB 03/04/1961, MRN 44718293. HbA1c 9.1 %, diabetes mellitus type 2.' };
const [CARE, EVERYONE, TESS] = ['care-team@riverside.test', 'everyone@riverside.test', 'tess.lane@lakeside.test'];
const PATIENT = { level: 'high', sensitive: [], people: 1 };
const TOKEN = 'a-token-of-the-directory-that-is-long';

let stage: Stage;
beforeAll(async () => { stage = await openStage({ settings: { SCIM_TOKEN: TOKEN } }); });
afterAll(async () => { await stage.close(); });

const planned = (recipients: readonly object[], verdict = PATIENT) => stage.call('ana', 'POST', 'plan', { from: { address: 'ana.ruiz@riverside.test' }, recipients, verdict, kinds: { NAME: 1, MRN: 1 }, subjectIdentifier: false, unscannable: 0 });

describe('a distribution list', () => {
  it('is shown with its members, outsiders by name, nested and looped lists and all', async () => {
    const { body } = await planned([{ address: CARE, role: 'to' }]);
    expect(body.lists).toEqual([{ address: CARE, role: 'to', members: 4, outside: 1 }]);
    expect(body.recipients.map((r: { address: string; memberOf: string; protection: string }) => [r.address, r.memberOf, r.protection])).toEqual([
      ['ana.ruiz@riverside.test', CARE, 'tls'], [TESS, CARE, 'tls'], ['noor.haddad@riverside.test', CARE, 'tls'], ['ben.okafor@riverside.test', CARE, 'tls'],
    ]);
    expect(body.recipients[1].name).toBe('Tess Lane');
    expect(body.traits[1]).toEqual(['external', 'new']);
  });

  it('who is named beside it is written to once, as named; the place they see counts', async () => {
    const { body } = await planned([{ address: CARE, role: 'cc' }, { address: TESS.toUpperCase(), role: 'to' }]);
    expect(body.recipients.map((r: { address: string; role: string; memberOf?: string }) => [r.address.toLowerCase(), r.role, r.memberOf])).toEqual([
      [TESS, 'to', undefined], ['ana.ruiz@riverside.test', 'cc', CARE], ['noor.haddad@riverside.test', 'cc', CARE], ['ben.okafor@riverside.test', 'cc', CARE],
    ]);
    expect(body.lists[0].members).toBe(4);
  });

  it('goes to each member alone, who is tracked alone and sees the list, not the others', async () => {
    const sent = await stage.send('ana', { to: [{ address: CARE }], ...PHI });
    expect(sent.body).not.toHaveProperty('code');
    expect([sent.status, sent.body.recipients.map((r) => r.memberOf)]).toEqual([202, [CARE, CARE, CARE, CARE]]);
    const timeline = await stage.until('ana', sent.body.id, ['relayed', 'delivered', 'opened']);
    expect(timeline.recipients.map((r) => r.address)).toEqual(['ana.ruiz@riverside.test', TESS, 'noor.haddad@riverside.test', 'ben.okafor@riverside.test']);
    const { raw } = await stage.mail(TESS, (mail) => mail.includes('44718293'));
    expect(raw).toMatch(/^To: <?care-team@riverside\.test>?\r?$/m);
    expect(raw).not.toMatch(/noor|haddad|okafor/i);
    expect((await stage.mailbox('noor.haddad@riverside.test')).length).toBe(1);
    const data = await stage.events('list.expanded');
    expect(data[0].facts).toEqual({ members: 4, outside: 1 });
    expect(JSON.stringify(data)).not.toContain('care-team');
  });

  it('that cannot be expanded is refused with patient data, by a code and the place; without, it goes as it is', async () => {
    const { body } = await planned([{ address: TESS, role: 'to' }, { address: EVERYONE, role: 'cc' }]);
    expect([body.decision, body.reasons.map((r: { code: string }) => r.code)]).toEqual(['block', expect.arrayContaining(['block-list'])]);
    expect(body.recipients[1].reasons[0].code).toBe('list-unexpanded');
    const refused = await stage.send('ana', { to: [{ address: TESS }], cc: [{ address: EVERYONE }], ...PHI });
    expect([refused.status, refused.body]).toEqual([422, expect.objectContaining({ code: 'list-not-expanded', pointer: '/recipients/1' })]);
    const { body: plain } = await planned([{ address: EVERYONE, role: 'to' }], { level: 'none', sensitive: [], people: 0 });
    expect([plain.decision, plain.recipients.length]).toEqual(['allow', 1]);
    // A list of Outlook's that the directory does not know.
    expect((await planned([{ address: 'noor.haddad@riverside.test', role: 'to', list: true }])).body.decision).toBe('block');
    // No rule of a policy is needed for it, and none takes it away.
    for (const code of ['block-list']) expect(body.reasons.filter((r: { code: string }) => r.code === code)).toHaveLength(1);
  });

  it('of the SCIM directory: its address by a schema of ours, who left is out, who is nobody keeps it whole', async () => {
    const { call } = stage;
    const scim = (method: string, path: string, given?: object) => call(null, method, `/scim/v2/${path}`, given, { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/scim+json' });
    const made = async (userName: string, more: object = {}) => (await scim('POST', 'Users', { userName, active: true, ...more })).body.id as string;
    const [one, two, out] = [await made('one@riverside.test'), await made('two@corp.riverside.test', { emails: [{ type: 'work', value: 'gina.holt@keyring.test', primary: true }] }), await made('out@riverside.test')];
    const group = (await scim('POST', 'Groups', { displayName: 'Billing', 'urn:send-secure:scim:schemas:1.0:List': { mail: 'Billing@riverside.test' }, members: [{ value: one }, { value: two }, { value: out }] })).body.id as string;
    await scim('PATCH', `Users/${out}`, { Operations: [{ op: 'Replace', path: 'active', value: 'False' }] });
    const { body } = await planned([{ address: 'billing@riverside.test', role: 'to' }]);
    expect([body.lists, body.recipients.map((r: { address: string }) => r.address)]).toEqual([[{ address: 'billing@riverside.test', role: 'to', members: 2, outside: 1 }], ['one@riverside.test', 'gina.holt@keyring.test'].sort((a, b) => body.recipients.findIndex((r: { address: string }) => r.address === a) - body.recipients.findIndex((r: { address: string }) => r.address === b))]);
    const second = (await scim('POST', 'Groups', { displayName: 'Ghosts', 'urn:send-secure:scim:schemas:1.0:List': { mail: 'ghosts@riverside.test' }, members: [{ value: one }, { value: 'usr_nobody' }] })).body.id as string;
    expect((await planned([{ address: 'ghosts@riverside.test', role: 'to' }])).body.decision).toBe('block');
    expect((await scim('PATCH', `Groups/${second}`, { Operations: [{ op: 'remove', path: 'urn:send-secure:scim:schemas:1.0:List:mail' }] })).status).toBe(204);
    expect((await scim('PATCH', `Groups/${group}`, { Operations: [{ op: 'replace', path: 'urn:send-secure:scim:schemas:1.0:List:mail', value: 7 }] })).status).toBe(400);
    // Not a word of it in clear where the rows lie.
    expect(JSON.stringify((await scim('GET', `Groups/${group}`)).body)).not.toContain('@');
  });

  it('on the secure page each member is verified and logged alone: one member\'s code opens nobody else\'s copy', async () => {
    const { call } = stage;
    const scim = async (path: string, given: object) => (await call(null, 'POST', `/scim/v2/${path}`, given, { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/scim+json' })).body.id as string;
    const [rosa, walt] = ['rosa.delgado@brightmail.test', 'walt.finch@oldpost.test'];
    const members = [];
    for (const [n, value] of [rosa, walt].entries()) members.push({ value: await scim('Users', { userName: `carer${n}@riverside.test`, active: true, emails: [{ type: 'work', value, primary: true }] }) });
    await scim('Groups', { displayName: 'Carers', 'urn:send-secure:scim:schemas:1.0:List': { mail: 'carers@riverside.test' }, members });
    const { body } = await stage.send('ana', { to: [{ address: 'carers@riverside.test' }], ...PHI });
    const timeline = await stage.until('ana', body.id, ['relayed']);
    const of = async (address: string) => (await stage.timeline('ana', body.id)).recipients.find((r) => r.address === address);
    expect(timeline.recipients.map((r) => r.protection)).toEqual(['portal', 'portal']);
    const linkIn = (raw: string) => /\/m\/[A-Za-z0-9_-]{43}/.exec(raw.replace(/=\r\n/g, ''))?.[0];
    const link = async (address: string) => linkIn((await stage.mail(address, (raw) => linkIn(raw) !== undefined)).raw) ?? '';
    const enter = async (path: string, code: string) => {
      const who = visitor({ request: (to: string, init: RequestInit) => fetch(stage.url + to, { ...init, redirect: 'manual' }) } as never, stage.url);
      const entered = (await who.submit(await (await who.get(`${path}/enter`)).text(), `${path}/enter`, { code })).status === 303;
      return { entered, text: entered ? await (await who.get(`${path}/message`)).text() : '' };
    };
    const spoken = (await of(walt))?.spokenCode ?? '';
    expect((await enter(await link(rosa), spoken)).entered).toBe(false);
    const read = await enter(await link(walt), spoken);
    expect(read.text).toContain('HbA1c 9.1');
    expect(read.text).not.toContain(rosa);
    // Opened by one: the other's copy is as unread as it was, with a wrong code of its own in its log.
    const types = async (address: string) => (await of(address))?.events.map((e) => e.type).filter((t) => /portal\.(?:code_wrong|authenticated|message_opened)/.test(t));
    expect([await types(walt), await types(rosa)]).toEqual([['portal.authenticated', 'portal.message_opened'], ['portal.code_wrong']]);
    expect([(await of(walt))?.status, (await of(rosa))?.status]).toEqual(['opened', 'relayed']);
  });
});

describe('a label', () => {
  it('a rule about it holds for drafts that bear it, planned and accepted alike', async () => {
    const drafted = await stage.call('ivy', 'POST', 'policies', { document: { rules: [{ id: 'labelled', when: { label: ['Embargo'] }, then: { act: 'block' }, says: 'What is under embargo does not go.' }] }, note: 'Labels' });
    expect((await stage.call('ivy', 'POST', `policies/${drafted.body.version}/emergency`, {})).body.state).toBe('active');
    const decision = async (labels: string[]) => (await stage.call('ana', 'POST', 'plan', { from: { address: 'ana.ruiz@riverside.test' }, recipients: [{ address: TESS, role: 'to' }], verdict: { level: 'none', sensitive: [], people: 0 }, kinds: {}, subjectIdentifier: false, unscannable: 0, labels })).body.decision;
    expect([await decision(['Embargo']), await decision(['Other'])]).toEqual(['block', 'allow']);
    expect((await stage.send('ana', { to: [{ address: TESS }], labels: ['Embargo'] })).body.code).toBe('policy-blocked');
    expect((await stage.send('ana', { to: [{ address: TESS }], labels: ['Other'] })).status).toBe(202);
    // No rule of this policy speaks of lists: what cannot be expanded is refused all the same.
    expect((await stage.send('ana', { to: [{ address: EVERYONE }], ...PHI })).body.code).toBe('list-not-expanded');
  });
});
