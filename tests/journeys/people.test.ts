/** Who may do what, in the whole service: a role that two people give, a program with a key, and settings that wait for a second person. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openBrowser } from '../browser.ts';
import { openStage, type Stage } from './stage.ts';

let stage: Stage;
const nobody = null;
const [ANA, NOOR, IVY] = ['ana.ruiz@riverside.test', 'noor.haddad@riverside.test', 'ivy.chen@riverside.test'] as const;
beforeAll(async () => {
  stage = await openStage({ extra: { secondPerson: true } });
  for (const person of ['ana', 'noor', 'ivy', 'leo']) await stage.call(person, 'GET', 'policy');
});
afterAll(async () => { await stage?.close(); });

const idOf = async (name: string): Promise<string> => (await stage.call('ben', 'GET', 'people')).body.data.find((p: { name: string }) => p.name.includes(name))?.id ?? '';

test('ben may not propose; ivy proposes, leo agrees, and noor reads the log with her next call; taken, she does not', async () => {
  const noor = await idOf('Noor');
  expect((await stage.call('noor', 'GET', 'audit/events')).status).toBe(403);
  expect((await stage.call('ben', 'POST', `people/${noor}/roles`, { role: 'compliance' })).status).toBe(403);
  expect(await stage.call('ivy', 'POST', `people/${noor}/roles`, { role: 'root' })).toMatchObject({ status: 400, body: { code: 'bad-request', pointer: '/role' } });
  const asked = await stage.call('ivy', 'POST', `people/${noor}/roles`, { role: 'compliance' });
  expect([asked.status, asked.body.state]).toEqual([202, 'waiting']);
  expect(await stage.call('ivy', 'POST', `changes/${asked.body.id}/approve`, {})).toMatchObject({ status: 403, body: { code: 'second-person-needed' } });
  expect((await stage.call('noor', 'GET', 'audit/events')).status).toBe(403);
  expect(await stage.call('leo', 'POST', `changes/${asked.body.id}/approve`, {})).toMatchObject({ status: 200, body: { state: 'applied' } });
  expect((await stage.call('noor', 'GET', 'audit/events')).status).toBe(200);
  // Roles that exclude each other are not even proposed.
  expect(await stage.call('ivy', 'POST', `people/${await idOf('Ivy')}/roles`, { role: 'auditor' })).toMatchObject({ status: 409, body: { code: 'roles-conflict' } });
  expect((await stage.call('ivy', 'DELETE', `people/${noor}/roles/compliance`)).status).toBe(204);
  expect((await stage.call('noor', 'GET', 'audit/events')).status).toBe(403);
});

test('a program sends with its key what it was made for and nothing else, every call under its own name, and no more once the key is ended', async () => {
  expect(await stage.call('ivy', 'POST', 'clients', { name: 'Lab hub', role: 'api-client', scopes: ['send', 'createExport'] })).toMatchObject({ status: 400, body: { pointer: '/scopes' } });
  const asked = await stage.call('ivy', 'POST', 'clients', { name: 'Lab hub', role: 'api-client', scopes: ['send', 'message'], addresses: ['labhub@riverside.test'], perMinute: 60 });
  expect((await stage.call('leo', 'POST', `changes/${asked.body.id}/approve`, {})).status).toBe(200);
  const client = asked.body.what.client as string;
  const issued = await stage.call('ivy', 'POST', `clients/${client}/keys`, { days: 30 });
  expect([issued.status, (await stage.call('ben', 'GET', 'clients')).text.includes(issued.body.secret)]).toEqual([201, false]);
  const asClient = (method: string, path: string, body?: unknown) => stage.call(nobody, method, path, body, { authorization: `Bearer ${issued.body.secret}`, 'idempotency-key': crypto.randomUUID() });
  const message = { from: { address: 'labhub@riverside.test' }, to: [{ address: 'sam.park@stmarys.test' }], subject: 'Open hours', text: 'We are open on Monday.' };
  const sent = await asClient('POST', 'messages', message);
  expect([sent.status, (await asClient('GET', `messages/${sent.body.id}`)).body.id]).toEqual([202, sent.body.id]);
  expect([await asClient('POST', 'messages', { ...message, from: { address: 'ana.ruiz@riverside.test' } }), await asClient('GET', 'messages'), await asClient('GET', 'audit/events'), await asClient('POST', `clients/${client}/keys`, {})].map((a) => a.status)).toEqual([403, 403, 403, 403]);
  // 60 a minute, a tenth of them at once.
  expect((await Promise.all(Array.from({ length: 24 }, () => asClient('GET', `messages/${sent.body.id}`)))).map((a) => a.status)).toContain(429);
  await stage.service.audit.flush();
  const calls = (await stage.call('ben', 'GET', `audit/events?type=client.called&limit=50`)).body.data as { actor: { id: string }; facts: { key: string; path: string } }[];
  expect(calls.slice(-2).map((c) => [c.actor.id, c.facts.key])).toEqual([[client, issued.body.id], [client, issued.body.id]]);
  expect(calls.some((c) => c.facts.path === '/messages')).toBe(true);
  expect((await stage.call('ivy', 'DELETE', `clients/${client}/keys/${issued.body.id}`)).status).toBe(204);
  expect((await asClient('GET', `messages/${sent.body.id}`)).status).toBe(401);
});

test('with settings that nobody has agreed to the service takes mail and keeps it; with two people\'s word it goes', async () => {
  await stage.move({ KEY_TRUST: 'vks' });
  const { body } = await stage.send('ana', { to: [{ address: 'sam.park@stmarys.test' }] });
  const waiting = (await stage.call('ivy', 'GET', 'changes')).body.data.filter((c: { state: string }) => c.state === 'waiting');
  expect(waiting).toMatchObject([{ kind: 'settings', by: null, what: { settings: ['KEY_TRUST'] } }]);
  await new Promise((r) => setTimeout(r, 1_500));
  expect((await stage.timeline('ana', body.id)).recipients[0]?.status).toBe('queued');
  await stage.service.sweep();
  expect((await stage.call('ivy', 'GET', 'alerts?state=open')).body.data.map((a: { kind: string }) => a.kind)).toContain('settings-wait');
  for (const [person, state] of [['ivy', 'waiting'], ['leo', 'applied']] as const) expect(await stage.call(person, 'POST', `changes/${waiting[0].id}/approve`, {})).toMatchObject({ status: 200, body: { state } });
  await stage.until('ana', body.id, ['relayed']);
});

test('where the settings say who people are, nobody is let in but to agree', async () => {
  await stage.move({ KEY_TRUST: 'vks', STEP_UP_MINUTES: '60' });
  expect(await stage.call('ana', 'GET', 'messages')).toMatchObject({ status: 503, body: { code: 'not-ready' } });
  expect((await stage.send('ana', { to: [{ address: 'sam.park@stmarys.test' }] })).status).toBe(503);
  const waiting = (await stage.call('ivy', 'GET', 'changes')).body.data.find((c: { state: string }) => c.state === 'waiting');
  for (const person of ['ivy', 'leo']) expect((await stage.call(person, 'POST', `changes/${waiting.id}/approve`, {})).status).toBe(200);
  expect((await stage.call('ana', 'GET', 'messages')).status).toBe(200);
});

const WARD = 'ward3@riverside.test';
async function shareWard(): Promise<void> {
  const row = await stage.call('ivy', 'POST', 'mailboxes', { address: WARD, people: [await idOf('Ana'), await idOf('Noor')] });
  expect([row.status, (await stage.call('leo', 'POST', `changes/${row.body.id}/approve`, {})).status]).toEqual([202, 200]);
}

test('a shared mailbox: its members send from it and share its timelines; for anybody else there is no such message', async () => {
  await stage.move({});
  for (const { id } of (await stage.call('ivy', 'GET', 'changes')).body.data.filter((c: { state: string }) => c.state === 'waiting')) for (const person of ['ivy', 'leo']) await stage.call(person, 'POST', `changes/${id}/approve`, {});
  const from = { address: WARD };
  expect((await stage.send('ana', { from, to: [{ address: 'tess.lane@lakeside.test' }] })).body.code).toBe('from-not-allowed');
  await shareWard();
  const { body: ward } = await stage.send('ana', { from, subject: 'From the ward', to: [{ address: 'tess.lane@lakeside.test' }, { address: 'rosa.delgado@brightmail.test' }] });
  const { body: own } = await stage.send('ana', { to: [{ address: 'tess.lane@lakeside.test' }] });
  await stage.until('noor', ward.id, ['relayed', 'delivered']);
  const listed = async (person: string) => (await stage.call(person, 'GET', 'messages?limit=100')).body.data.map((m: { id: string }) => m.id);
  expect([(await listed('noor')).includes(ward.id), (await listed('noor')).includes(own.id), (await listed('ana')).filter((id: string) => id === ward.id).length, (await listed('hub')).includes(ward.id)]).toEqual([true, false, 1, false]);
  expect([(await stage.timeline('noor', ward.id)).subject, (await stage.call('noor', 'GET', `messages/${ward.id}/content`)).body.subject]).toEqual(['From the ward', 'From the ward']);
  for (const path of [`messages/${ward.id}`, `messages/${ward.id}/content`, `messages/${ward.id}/held`]) expect([path, (await stage.call('hub', 'GET', path)).status]).toEqual([path, 404]);
  for (const path of [`messages/${ward.id}/recall`, `messages/${ward.id}/recipients/1/resend`, `messages/${ward.id}/certificate`]) expect([path, (await stage.call('hub', 'POST', path, {})).status]).toEqual([path, 404]);
  for (const path of [`messages/${own.id}`, `messages/${own.id}/content`]) expect((await stage.call('noor', 'GET', path)).status).toBe(404);
  expect((await stage.call('noor', 'POST', `messages/${ward.id}/recall`)).status).toBe(200);
  // Shared no more: their own are theirs, those of others nobody's but their authors'.
  const [box] = (await stage.call('ben', 'GET', 'mailboxes')).body.data;
  expect((await stage.call('ivy', 'DELETE', `mailboxes/${box.id}`)).status).toBe(204);
  expect([(await stage.call('noor', 'GET', `messages/${ward.id}`)).status, (await stage.call('ana', 'GET', `messages/${ward.id}`)).status]).toEqual([404, 200]);
});

test('who leaves: signed out with the next call, what was under way waits for the manager, who also gets the answers, and what was sent stays readable', async () => {
  const token = 'a-scim-token-of-forty-characters-or-more!';
  await stage.move({ SCIM_TOKEN: token });
  const scim = (method: string, path: string, body?: unknown) => stage.call(nobody, method, `/scim/v2/${path}`, body, { authorization: `Bearer ${token}` });
  const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
  const boss = (await scim('POST', 'Users', { userName: 'noor.haddad@riverside.test' })).body;
  const ana = (await scim('POST', 'Users', { userName: 'ana.ruiz@riverside.test', [ENTERPRISE]: { manager: { value: boss.id } } })).body;
  expect(ana[ENTERPRISE]).toEqual({ manager: { value: boss.id } });
  const WALT = 'walt.finch@oldpost.test';
  const { body: read } = await stage.send('ana', { to: [{ address: WALT }], subject: 'Your results', text: 'Your potassium is 6.1.' });
  const code = (await stage.until('ana', read.id, ['relayed', 'delivered'])).recipients[0]?.spokenCode ?? '';
  expect((await stage.call('ivy', 'POST', 'queue/pause', { paused: true })).status).toBe(204);
  const { body: first } = await stage.send('ana', { to: [{ address: 'tess.lane@lakeside.test' }, { address: 'rosa.delgado@brightmail.test' }] });
  const { body: second } = await stage.send('ana', { to: [{ address: 'tess.lane@lakeside.test' }] });
  const { body: third } = await stage.send('ana', { to: [{ address: 'tess.lane@lakeside.test' }] });
  expect((await scim('PATCH', `Users/${ana.id}`, { Operations: [{ op: 'Replace', path: 'active', value: 'False' }] })).body.active).toBe(false);
  expect((await stage.call('ana', 'GET', 'messages')).status).toBe(401);
  // Let go before anybody saw to it: each copy is looked at again before its try.
  expect((await stage.call('ivy', 'POST', 'queue/pause', { paused: false })).status).toBe(204);
  await stage.service.note();
  const waiting = async (person: string) => (await stage.call(person, 'GET', 'approvals')).body.data as { id: string; author: string; about: { left?: boolean; recipients: number } }[];
  const mine = await waiting('noor');
  expect(mine.map((w) => [w.id, w.about.left, w.about.recipients]).sort()).toEqual([[first.id, true, 2], [second.id, true, 1], [third.id, true, 1]].sort());
  const told = (to: string, id: string, subject: string) => stage.mail(to, (raw) => raw.includes(id) && raw.includes(subject));
  expect((await told(NOOR, first.id, 'A secure message of somebody who has left waits')).raw.replaceAll(/=\r\n/g, '')).toContain('What was not sent of a message before its author left');
  expect((await waiting('hub')) ?? []).toEqual([]);
  const status = async (id: string) => (await stage.call('ben', 'GET', `messages/${id}`)).body.recipients.map((r: { status: string }) => r.status);
  await new Promise((r) => setTimeout(r, 1_000));
  expect([await status(first.id), await status(second.id)].flat().every((s) => ['queued', 'held', 'delayed'].includes(s))).toBe(true);
  expect((await stage.call('noor', 'POST', `approvals/${first.id}/approve`, {})).body.state).toBe('approved');
  expect((await stage.call('noor', 'POST', `approvals/${second.id}/deny`, {})).body.state).toBe('denied');
  await stage.until('ben', first.id, ['relayed', 'delivered']);
  expect(await status(second.id)).toEqual(['failed']);
  // What becomes of it is told to whoever covers for her, and to nobody who is not there.
  expect((await told(NOOR, second.id, 'A secure message was not delivered')).raw.replaceAll(/=\r\n/g, '')).toContain('who has left; you cover for them');
  expect((await stage.mailbox(ANA)).filter((m) => m.raw.includes(second.id) && !m.raw.includes('Sent securely:'))).toEqual([]);
  expect((await stage.mailbox('tess.lane@lakeside.test')).filter((m) => m.raw.includes(second.id.slice(4))).length).toBe(0);
  // What was sent before is read on, and answered: by name to her, in fact to whom she worked for.
  const link = (raw: string) => /\/m\/[A-Za-z0-9_-]{43}/.exec(raw.replace(/=\r\n/g, ''))?.[0] ?? '';
  const mail = await stage.mail(WALT, (raw) => link(raw) !== '');
  const browser = await openBrowser();
  try {
    const page = await (await browser.newContext({ javaScriptEnabled: false })).newPage();
    await page.goto(stage.url + link(mail.raw));
    await page.getByLabel('Code').fill(code);
    await page.getByRole('button', { name: 'Open the message' }).click();
    await page.waitForURL('**/message');
    await page.getByLabel('Your answer').fill('Thank you.');
    await page.getByRole('button', { name: 'Send the answer' }).click();
    await page.waitForURL(/answer=sent/);
  } finally {
    await browser.close();
  }
  await stage.mail('noor.haddad@riverside.test', (raw) => /^Subject: Re: Your results/m.test(raw));
  expect((await stage.mailbox('ana.ruiz@riverside.test')).filter((m) => /^Subject: Re: Your results/m.test(m.raw))).toEqual([]);
  // She sees to the copies as their author would, without what the others said; passed on, all of it is somebody else's.
  expect((await stage.call('noor', 'GET', `messages/${third.id}`)).body.recipients[0].address).toBe('tess.lane@lakeside.test');
  expect((await stage.call('noor', 'GET', `messages/${third.id}/content`)).status).toBe(404);
  expect((await stage.call('noor', 'POST', `messages/${read.id}/recipients/0/resend`)).status).toBe(202);
  expect([(await stage.call('noor', 'POST', `approvals/${third.id}/pass`, { address: 'stranger@elsewhere.test' })).status, (await waiting('ivy')).length]).toEqual([400, 0]);
  expect((await stage.call('noor', 'POST', `approvals/${third.id}/pass`, { address: IVY })).status).toBe(204);
  await told(IVY, third.id, 'A secure message of somebody who has left waits');
  expect((await waiting('ivy')).map((w) => w.id)).toEqual([third.id]);
  expect((await stage.call('noor', 'GET', `messages/${third.id}`)).status).toBe(404);
  expect((await stage.call('ivy', 'POST', `approvals/${third.id}/deny`, {})).body.state).toBe('denied');
  await told(IVY, third.id, 'A secure message was not delivered');
});
