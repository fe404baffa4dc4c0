/** Who may do what, in the whole service: a role that two people give, a program with a key, and settings that wait for a second person. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openStage, type Stage } from './stage.ts';

let stage: Stage;
beforeAll(async () => { stage = await openStage({ extra: { secondPerson: true } }); }, 60_000);
afterAll(async () => { await stage?.close(); });

const idOf = async (name: string): Promise<string> => (await stage.call('ben', 'GET', 'people')).body.data.find((p: { name: string }) => p.name.includes(name))?.id ?? '';

test('ben may not propose; ivy proposes, leo agrees, and noor reads the log with her next call; taken, she does not', async () => {
  for (const person of ['ana', 'noor', 'ivy', 'leo']) await stage.call(person, 'GET', 'policy');
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
}, 60_000);

test('a program sends with its key what it was made for and nothing else, every call under its own name, and no more once the key is ended', async () => {
  expect(await stage.call('ivy', 'POST', 'clients', { name: 'Lab hub', role: 'api-client', scopes: ['send', 'createExport'] })).toMatchObject({ status: 400, body: { pointer: '/scopes' } });
  const asked = await stage.call('ivy', 'POST', 'clients', { name: 'Lab hub', role: 'api-client', scopes: ['send', 'message'], addresses: ['labhub@riverside.test'], perMinute: 60 });
  expect((await stage.call('leo', 'POST', `changes/${asked.body.id}/approve`, {})).status).toBe(200);
  const client = asked.body.what.client as string;
  const issued = await stage.call('ivy', 'POST', `clients/${client}/keys`, { days: 30 });
  expect([issued.status, (await stage.call('ben', 'GET', 'clients')).text.includes(issued.body.secret)]).toEqual([201, false]);
  const nobody = null;
  const asClient = (method: string, path: string, body?: unknown) => stage.call(nobody, method, path, body, { authorization: `Bearer ${issued.body.secret}`, 'idempotency-key': crypto.randomUUID() });
  const message = { from: { address: 'labhub@riverside.test' }, to: [{ address: 'sam.park@stmarys.test' }], subject: 'Open hours', text: 'We are open on Monday.' };
  const sent = await asClient('POST', 'messages', message);
  expect([sent.status, (await asClient('GET', `messages/${sent.body.id}`)).body.id]).toEqual([202, sent.body.id]);
  expect([await asClient('POST', 'messages', { ...message, from: { address: 'ana.ruiz@riverside.test' } }), await asClient('GET', 'messages'), await asClient('GET', 'audit/events'), await asClient('POST', `clients/${client}/keys`, {})].map((a) => a.status)).toEqual([403, 403, 403, 403]);
  // 60 a minute, a tenth of them at once.
  expect((await Promise.all(Array.from({ length: 8 }, () => asClient('GET', `messages/${sent.body.id}`)))).map((a) => a.status)).toContain(429);
  await stage.service.audit.flush();
  const calls = (await stage.call('ben', 'GET', `audit/events?type=client.called&limit=50`)).body.data as { actor: { id: string }; facts: { key: string; path: string } }[];
  expect(calls.slice(-2).map((c) => [c.actor.id, c.facts.key])).toEqual([[client, issued.body.id], [client, issued.body.id]]);
  expect(calls.some((c) => c.facts.path === '/messages')).toBe(true);
  expect((await stage.call('ivy', 'DELETE', `clients/${client}/keys/${issued.body.id}`)).status).toBe(204);
  expect((await asClient('GET', `messages/${sent.body.id}`)).status).toBe(401);
}, 60_000);

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
}, 60_000);

test('where the settings say who people are, nobody is let in but to agree', async () => {
  await stage.move({ KEY_TRUST: 'vks', STEP_UP_MINUTES: '60' });
  expect(await stage.call('ana', 'GET', 'messages')).toMatchObject({ status: 503, body: { code: 'not-ready' } });
  expect((await stage.send('ana', { to: [{ address: 'sam.park@stmarys.test' }] })).status).toBe(503);
  const waiting = (await stage.call('ivy', 'GET', 'changes')).body.data.find((c: { state: string }) => c.state === 'waiting');
  for (const person of ['ivy', 'leo']) expect((await stage.call(person, 'POST', `changes/${waiting.id}/approve`, {})).status).toBe(200);
  expect((await stage.call('ana', 'GET', 'messages')).status).toBe(200);
}, 60_000);
