/** Keys nobody handed over, through the whole program: found, used for no more than they are worth, confirmed; and what goes wrong with a key between plan and delivery. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createSocket } from 'node:dgram';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as packet from 'dns-packet';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pgpPerson, smimeAuthority, statusAt } from '../../lab/people.keys.ts';
import { openStage, type Json, type Stage } from './stage.ts';

const WANDA = 'wanda.fox@webkey.test';
const DEAN = 'dean.cole@signedkeys.test';
const LYDIA = 'lydia.gray@staffdir.test';
const GRETA = 'greta.lowe@grey.test';
const TESS = 'tess.lane@lakeside.test';

async function planOf(stage: Stage, address: string, need?: string): Promise<Json> {
  return (await stage.call('ana', 'POST', 'plan', {
    from: { address: 'ana.ruiz@riverside.test' }, recipients: [{ address, role: 'to' }], verdict: { level: 'none', sensitive: [], people: 0 }, kinds: {}, subjectIdentifier: false, unscannable: 0, ...(need ? { wishes: { need } } : {}),
  })).body;
}
const why = (plan: Json, way: string): string => plan.recipients[0].passedOver.find((p: { protection: string }) => p.protection === way)?.reason.code;

describe('keys that are found', () => {
  let stage: Stage;
  beforeAll(async () => { stage = await openStage({ settings: { RESOLVER_TRUSTED: 'true' } }); });
  afterAll(() => stage?.close());

  it.each([[WANDA, 'pgp', 'wkd'], [DEAN, 'pgp', 'dane'], [LYDIA, 'smime', 'directory']] as const)('%s: the first plan says that a key is being looked for, a later one has it', async (address, way, trust) => {
    const first = await planOf(stage, address);
    expect(first.recipients[0].protection).toBe('tls');
    expect(why(first, way)).toBe('looking-up');
    await expect.poll(async () => why(await planOf(stage, address), way)).toBe('preferred-first');
    expect((await planOf(stage, address)).recipients[0]).toMatchObject({ protection: 'tls', otherwise: way });
    const entry = (await stage.call('ivy', 'GET', 'keys')).body.data.find((k: Json) => k.address === address);
    expect(entry).toMatchObject({ trust, confirmed: false });
    // It counts no more than a proved connection …
    expect((await planOf(stage, address, 'e2e-only')).code).toBe('no-protection');
    expect((await planOf(stage, address, 'at-rest')).recipients[0].protection).toBe('portal');
    // … is used where that is enough and the recipient would rather …
    await stage.call('ana', 'POST', 'preferences', { address, prefers: way });
    const sent = await stage.send('ana', { to: [{ address }], text: 'Potassium 4.1, all is well.' });
    expect(sent.body.recipients[0]).toMatchObject({ protection: way, otherwise: 'portal' });
    await stage.until('ana', sent.body.id, ['relayed']);
    const box = await stage.mailbox(address);
    expect(box.at(-1)!.raw).not.toContain('Potassium');
    expect(JSON.stringify(await stage.opened(address, box.length - 1))).toContain('Potassium 4.1');
    // … and counts in full once a person has confirmed it.
    await stage.call('leo', 'POST', `keys/${entry.id}/confirm`);
    expect((await planOf(stage, address, 'e2e-only')).recipients[0].protection).toBe(way);
  });

  it('every look-up is in the log, and nobody\'s address', async () => {
    await stage.service.audit.flush();
    const page = (await stage.call('ben', 'GET', 'audit/events?type=key.looked_up&limit=100')).body;
    expect(page.data.length).toBeGreaterThanOrEqual(3);
    expect(JSON.stringify(page)).not.toMatch(/@|wanda|webkey/);
  });

  it('a rule for a domain raises what its people get, whatever the message needs', async () => {
    expect((await stage.call('ana', 'POST', 'requirements', { domain: 'lakeside.test', need: 'at-rest' })).body.code).toBe('forbidden');
    expect((await stage.call('ben', 'POST', 'requirements', { domain: 'lakeside.test', need: 'at-rest' })).body).toEqual({ changed: true });
    expect((await planOf(stage, TESS)).recipients[0]).toMatchObject({ protection: 'portal', need: 'at-rest' });
    expect((await stage.call('ben', 'POST', 'requirements', { domain: 'lakeside.test', address: TESS, need: null })).body.code).toBe('bad-request');
    expect((await stage.call('ben', 'POST', 'requirements', { domain: 'lakeside.test', need: null })).body).toEqual({ changed: true });
    expect((await planOf(stage, TESS)).recipients[0].protection).toBe('tls');
  });
});

describe('what goes wrong between plan and delivery', () => {
  let stage: Stage;
  let server: Server;
  let folder = '';
  let mode: 'hang' | 'inside' | 'turns' = 'hang';
  let dns: Awaited<ReturnType<typeof turning>>;
  const authority = smimeAuthority('Lab Mail Authority');
  let asked = 0;
  let ahead = 0;
  /** the time of the second try has come */
  const secondTry = () => { ahead += 4 * 60_000; };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'ss-found-'));
    writeFileSync(join(folder, 'anchors.pem'), authority.certificate);
    server = createServer((_, response) => {
      asked += 1;
      if (mode === 'inside') response.writeHead(302, { location: 'http://10.1.2.3/' }).end();
      if (mode === 'turns') response.writeHead(302, { location: '/again' }).end();
    });
    dns = await turning();
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    stage = await openStage({ settings: (_, resolver) => ({ SMIME_ANCHORS_FILE: join(folder, 'anchors.pem'), REVOCATION: 'required', RESOLVER: dns.before(resolver) }), now: () => Date.now() + ahead, extra: { schedule: [3] } });
  });
  afterAll(async () => {
    await stage?.close();
    server?.closeAllConnections();
    server?.close();
    dns?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function add(address: string, key: string, confirm: boolean): Promise<string> {
    const { body } = await stage.call('ivy', 'POST', 'keys', { address, key });
    if (confirm) await stage.call('leo', 'POST', `keys/${body.id}/confirm`);
    return body.id;
  }
  const statusOf = async (id: string) => (await stage.timeline('ana', id)).recipients[0]!.status;
  const sentences = async (id: string): Promise<string> => JSON.stringify((await stage.timeline('ana', id)).recipients[0]);

  it('a program that sends without a pane gets the key that was found while it waited', async () => {
    await stage.call('ana', 'POST', 'preferences', { address: WANDA, prefers: 'pgp' });
    expect((await stage.send('ana', { to: [{ address: WANDA }] })).body.recipients[0]).toMatchObject({ protection: 'pgp' });
  });

  it('a confirmed key that is gone at the second try: the copy waits, the author is told in one sentence, nothing went in clear', async () => {
    const key = await add(GRETA, (await pgpPerson('Greta Lowe', GRETA)).publicKey, true);
    const sent = await stage.send('ana', { to: [{ address: GRETA }], text: 'Potassium 6.1', need: 'e2e-only' });
    expect(sent.body.recipients[0]?.protection).toBe('pgp');
    await expect.poll(() => statusOf(sent.body.id)).toBe('delayed');
    expect((await stage.call('ivy', 'DELETE', `keys/${key}`)).status).toBe(204);
    secondTry();
    await expect.poll(async () => (await stage.call('ana', 'GET', `messages/${sent.body.id}/held`)).body.copies?.length).toBe(1);
    expect(await sentences(sent.body.id)).toContain('No OpenPGP key is known for them.');
    expect((await stage.mailbox(GRETA)).filter((m) => m.raw.includes('6.1'))).toEqual([]);
    await stage.mail('ana.ruiz@riverside.test', (raw) => raw.includes('waits for you') && raw.includes('No OpenPGP key is known'));
  });

  it('a confirmed key that was exchanged for one nobody confirmed: not used in its place', async () => {
    const key = await add('greta.two@grey.test', (await pgpPerson('Greta', 'greta.two@grey.test')).publicKey, true);
    const sent = await stage.send('ana', { to: [{ address: 'greta.two@grey.test' }], text: 'Potassium 6.2' });
    expect(sent.body.recipients[0]).toMatchObject({ protection: 'pgp' });
    await expect.poll(() => statusOf(sent.body.id)).toBe('delayed');
    await stage.call('ivy', 'DELETE', `keys/${key}`);
    await add('greta.two@grey.test', (await pgpPerson('Impostor', 'greta.two@grey.test')).publicKey, false);
    secondTry();
    await expect.poll(async () => (await stage.call('ana', 'GET', `messages/${sent.body.id}/held`)).body.copies?.length).toBe(1);
    expect(await sentences(sent.body.id)).toContain('No second person has confirmed the key');
    expect(await stage.mailbox('greta.two@grey.test')).toEqual([]);
  });

  it.each([
    ['hang', '127.0.0.1', 'who issued it does not answer.'], ['inside', '127.0.0.1', 'leads into a private network, where we do not ask.'],
    // Its name is ours to dial at the first look-up, and at the second one it is 10.1.2.3.
    ['turns', 'turns.test', 'leads into a private network, where we do not ask.'],
  ] as const)('a responder that answers like this: %s', async (how, host, sentence) => {
    mode = how;
    asked = 0;
    const address = `${how}@lakeside.test`;
    const pem = authority.person('Tess', address, 'rsa', { more: statusAt({ ocsp: [`http://${host}:${(server.address() as AddressInfo).port}/`] }) }).certificate;
    await add(address, pem, true);
    const sent = await stage.send('ana', { to: [{ address }], text: 'Potassium 6.3' });
    expect(sent.body.recipients[0]?.protection).toBe('smime');
    await expect.poll(async () => (await stage.call('ana', 'GET', `messages/${sent.body.id}/held`)).body.copies?.length).toBe(1);
    const [copy] = (await stage.call('ana', 'GET', `messages/${sent.body.id}/held`)).body.copies;
    expect(copy.reason.text).toMatch(new RegExp(`^Whether their certificate was revoked could not be found out: [^.]*${sentence}$`));
    expect(await sentences(sent.body.id)).toContain(copy.reason.text);
    expect(await stage.mailbox(address)).toEqual([]);
    if (how === 'turns') expect([dns.turned() > 1, asked]).toEqual([true, 1]);
  });
});

/** A name server before the stage's, at which turns.test is another address each time. */
async function turning() {
  const [socket, behind] = [createSocket('udp4'), createSocket('udp4')];
  const waiting = new Map<number, { readonly port: number }>();
  let [times, upstream] = [0, 0];
  socket.on('message', (message, from) => {
    const { id, questions } = packet.decode(message);
    const [question] = questions ?? [];
    if (question?.name !== 'turns.test') {
      waiting.set(id ?? 0, from);
      return behind.send(message, upstream, '127.0.0.1');
    }
    if (question.type === 'A') times += 1;
    const answers = question.type === 'A' ? [{ name: question.name, type: 'A' as const, ttl: 0, data: times === 1 ? '127.0.0.1' : '10.1.2.3' }] : [];
    return socket.send(packet.encode({ type: 'response', id: id ?? 0, flags: packet.RECURSION_DESIRED | packet.RECURSION_AVAILABLE, questions: [question], answers }), from.port);
  });
  behind.on('message', (reply) => {
    const to = waiting.get(reply.readUInt16BE(0));
    if (to) socket.send(reply, to.port);
  });
  await Promise.all([socket, behind].map((s) => new Promise<void>((done) => { s.bind(0, '127.0.0.1', done); })));
  return {
    before(resolver: string) { upstream = Number(resolver.split(':').at(-1)); return `127.0.0.1:${socket.address().port}`; },
    turned: () => times,
    close() { socket.close(); behind.close(); },
  };
}
