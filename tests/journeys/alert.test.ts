/** Staff are told: by mail over the proved connector and by a signed webhook, what a rule of the policy or of the log asks for, and nothing of what was written. */
import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openStage, type Stage } from './stage.ts';

const SECRET = 'a-secret-of-this-test-alone';
const PHI = { subject: 'Results', text: 'Patient: Jane Whitfield, DOB 03/04/1961, MRN 44718293. HbA1c 9.1 %, diabetes mellitus type 2.' };
const posted: { headers: IncomingHttpHeaders; body: string }[] = [];
let busy = true;
const hook = createServer((request, response) => {
  let body = '';
  request.on('data', (chunk) => { body += chunk; }).on('end', () => {
    posted.push({ headers: request.headers, body });
    response.writeHead(busy ? 503 : 204).end();
    busy = false;
  });
});

let stage: Stage;
let skew = 0;
beforeAll(async () => {
  await new Promise<void>((done) => { hook.listen(0, '127.0.0.1', done); });
  stage = await openStage({ now: () => Date.now() + skew, settings: { RETURN_DOMAIN: 'nobody.riverside.test', ALERT_MAIL: 'ben.okafor@riverside.test', ALERT_WEBHOOK_URL: `http://127.0.0.1:${(hook.address() as AddressInfo).port}/alerts`, ALERT_WEBHOOK_SECRET: SECRET } });
  const document = { rules: [
    { id: 'always', when: {}, then: { need: 'transport' } },
    { id: 'tell-leo', when: { level: ['medium', 'high', 'bulk'], recipient: ['external'] }, then: { notify: ['leo.marsh@riverside.test'] } },
    { id: 'no-walt', when: { level: ['medium', 'high', 'bulk'], recipientDomain: ['oldpost.test'] }, then: { act: 'block' } },
  ] };
  const { version } = (await stage.call('ivy', 'POST', 'policies', { document })).body;
  await stage.call('ivy', 'POST', `policies/${version}/emergency`, {});
});
afterAll(async () => { await stage?.close(); hook.close(); });

const told = async (who: string) => (await stage.mailbox(`${who}@riverside.test`)).map((m) => m.raw).filter((raw) => /asks you to look at something/.test(raw));

it('a rule tells whom it names of what was accepted and of what was stopped, without a word of it', async () => {
  const sent = await stage.send('ana', { to: [{ address: 'tess.lane@lakeside.test' }], ...PHI });
  expect(sent.status).toBe(202);
  // Whoever a copy was relayed to is known from then on.
  await stage.until('ana', sent.body.id, ['relayed', 'delivered']);
  expect((await stage.send('ana', { to: [{ address: 'walt.finch@oldpost.test' }], ...PHI })).body.code).toBe('policy-blocked');
  await stage.service.sweep();
  const mails = await told('leo.marsh');
  expect(mails.filter((raw) => raw.includes('It was accepted. Rules: tell-leo.')).length).toBe(1);
  expect(mails.filter((raw) => raw.includes('It was refused. Rules: tell-leo.')).length).toBe(1);
  expect(mails.join('\n')).toContain(`About: ${sent.body.id}`);
  expect(mails.join('\n')).not.toMatch(/Whitfield|44718293|HbA1c|Results|lakeside|oldpost|ana\.ruiz/);
});

it('the log says what alerts are made of: a domain that nobody had written to, once; from where people came, by kind and keyed hash', async () => {
  expect((await stage.send('ana', { to: [{ address: 'tess.lane@lakeside.test' }, { address: 'noor.haddad@riverside.test' }], ...PHI })).status).toBe(202);
  await stage.service.audit.flush();
  const facts = async (type: string) => { const found = await stage.service.audit.events({ types: [type], limit: 50, order: 'asc' }); return 'kind' in found ? [] : found.data.map((e) => e.facts); };
  expect((await facts('message.accepted')).map((f) => f['newDomains'])).toEqual([1, undefined]);
  const began = await facts('session.started');
  expect(began.map((f) => f['roles'])).toEqual(expect.arrayContaining(['clinician']));
  for (const f of began) expect(f).toMatchObject({ agent: expect.stringMatching(/^[a-z]+-[a-z]+$/), network: expect.stringMatching(/^[0-9a-f]{16}$/), through: expect.stringMatching(/^[\w-]+$/) });
  expect(JSON.stringify(began)).not.toMatch(/127\.0|::1|@/);
});

it('the emergency change of the policy reached who hears of every alert; a webhook that was busy is asked again under the same id', async () => {
  skew += 5 * 60_000;
  await stage.service.sweep();
  expect((await told('ben.okafor')).filter((raw) => raw.includes('without a second person')).length).toBeGreaterThan(0);
  const all = (await stage.call('ben', 'GET', 'alerts')).body.data as { id: string; kind: string }[];
  expect(all.map((a) => a.kind)).toEqual(expect.arrayContaining(['policy-notify', 'emergency-policy']));
  for (const { id } of all) expect(posted.filter((p) => p.headers['webhook-id'] === id).length).toBeGreaterThan(0);
  expect(posted.length).toBe(all.length + 1);
  for (const { headers, body } of posted) {
    const signature = createHmac('sha256', SECRET).update(`${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`).digest('base64');
    expect(headers['webhook-signature']).toBe(`v1,${signature}`);
    expect(body).not.toMatch(/Whitfield|44718293|lakeside|@/);
  }
});

it('is listed for those who watch and for nobody else, and stays open until one of them has seen to it', async () => {
  const [first] = (await stage.call('ivy', 'GET', 'alerts?state=open')).body.data as { id: string }[];
  expect((await stage.call('ana', 'GET', 'alerts')).status).toBe(403);
  expect((await stage.call('leo', 'POST', `alerts/${first?.id}/acknowledge`)).status).toBe(403);
  expect((await stage.call('ivy', 'POST', `alerts/${first?.id}/acknowledge`)).body.acknowledged.by).toMatch(/^u_/);
  expect(((await stage.call('ben', 'GET', 'alerts?state=open')).body.data as { id: string }[]).map((a) => a.id)).not.toContain(first?.id);
  expect((await stage.call('ben', 'GET', 'alerts?state=shut')).body.code).toBe('bad-request');
});

it('what the nightly look finds wrong with our own domains is told, once', async () => {
  const logged = async (type: string, kind?: string) => {
    await stage.service.audit.flush();
    const found = await stage.service.audit.events({ types: [type], limit: 50, order: 'asc' });
    return 'kind' in found ? [] : found.data.map((e) => e.facts).filter((f) => kind === undefined || f['kind'] === kind);
  };
  // nothing takes delivery reports; what was never published is for whoever sets up
  expect(await logged('domain.fault')).toEqual([{ domain: 'nobody.riverside.test', check: 'mx', state: 'broken' }]);
  // now it is in the log's tree, where the rules look
  await stage.service.sweep();
  // another night; sessions of staff have ended by then
  skew += 25 * 3_600_000;
  await stage.service.sweep();
  await stage.service.sweep();
  expect(await logged('domain.fault')).toHaveLength(1);
  const [raised, ...others] = await logged('alert.raised', 'own-domain');
  expect([raised?.['severity'], others]).toEqual(['warning', []]);
  const mails = (await told('ben.okafor')).map((raw) => raw.replace(/=\r\n/g, '')).filter((raw) => raw.includes(String(raised?.['alert'])));
  expect(mails).toHaveLength(1);
  expect(mails[0]).toContain('npm run doctor');
});
