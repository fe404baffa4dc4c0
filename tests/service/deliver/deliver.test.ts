/** The door: conversations kept, hosts tried in turn, smart host, connector, ties, abort. Against real peers. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { HOPS, startHops, type Hops, type Mail } from '../../../lab/hops.ts';
import type { Before } from '../../../service/deliver/attempt.ts';
import type { SmartHost } from '../../../service/deliver/nexthop.ts';
import { openDeliver, type Deliver, type DeliverSettings, type Delivery, type Dispatch } from '../../../service/deliver/deliver.ts';
import { Fault } from '../../../service/refusal.ts';
import { sessionOf } from '../../../service/tally/tally.ts';
import { openWorld, type World } from '../../../service/world.ts';

const folder = mkdtempSync(join(tmpdir(), 'deliver-'));
const CONTENT = Buffer.from('Subject: hello\r\n\r\nHello.\r\n');
const mails: Mail[] = [];
const opened: Deliver[] = [];
let hops: Hops;
let world: World;

beforeAll(async () => {
  hops = await startHops({ onMail: (mail) => void mails.push(mail), caFolder: folder });
  world = openWorld({ resolver: hops.resolver, resolverTrusted: true, allowedNetworks: ['127.0.0.0/8'], caFile: hops.caFile });
});
afterEach(async () => {
  for (const deliver of opened.splice(0)) await deliver.close();
});
afterAll(async () => {
  await hops.close();
  rmSync(folder, { recursive: true, force: true });
});

function open(settings: Partial<DeliverSettings> = {}): Deliver {
  const deliver = openDeliver({ world, hostname: 'out.riverside.test', smtpPort: hops.smtpPort, stsPort: hops.stsPort, ownDomains: ['riverside.test'], providers: [], patience: 0.1, ...settings });
  opened.push(deliver);
  return deliver;
}
const to = (recipient: string, more: Partial<Dispatch> = {}): Dispatch => ({ returnPath: 'b@riverside.test', recipient, bytes: CONTENT, floor: 'B', envid: 'item_1', ...more });
const word = (delivery: Delivery): string => (delivery.kind === 'relayed' ? 'relayed' : `${delivery.kind} ${delivery.code}`);
const fingerprintOf = async (domain: string): Promise<string> => String((await open().send(to(`x@${domain}`, { floor: 'any' }))).attempts[0]?.facts['certificate']);

describe('conversations are kept', () => {
  test('many messages, one connection', async () => {
    const deliver = open();
    const before = hops.sight('lakeside.test').connections;
    const facts = [];
    for (let n = 0; n < 20; n += 1) facts.push((await deliver.send(to(`p${n}@lakeside.test`))).attempts[0]?.facts);
    expect(hops.sight('lakeside.test').connections - before).toBe(1);
    expect(facts.map((one) => one?.['reused'])).toEqual([false, ...Array(19).fill(true)]);
    expect(facts[19]).toMatchObject({ protocol: 'TLSv1.3', dane: 'none', bound: 'domain' });
  });
  test('after a refusal too', async () => {
    const deliver = open();
    const before = hops.sight('partial.test').connections;
    expect(word(await deliver.send(to('later1@partial.test')))).toBe('delayed mailbox-full');
    expect(word(await deliver.send(to('soon@partial.test')))).toBe('relayed');
    expect(hops.sight('partial.test').connections - before).toBe(1);
  });
  test('a kept weak conversation is not good enough for what needs more', async () => {
    const deliver = open();
    expect(word(await deliver.send(to('x@oldpost.test', { floor: 'any' })))).toBe('relayed');
    const before = { ...hops.sight('oldpost.test') };
    expect(word(await deliver.send(to('x@oldpost.test', { floor: 'B' })))).toBe('refused starttls-missing');
    expect(hops.sight('oldpost.test').mailFrom).toBe(before.mailFrom);
  });
  test('a host that went away meanwhile is called again', async () => {
    const hop = HOPS.filter((one) => one.domain === 'lakeside.test');
    const own = await startHops({ onMail: () => undefined, caFolder: folder, hops: hop });
    const near = openWorld({ resolver: own.resolver, resolverTrusted: true, allowedNetworks: ['127.0.0.0/8'], caFile: own.caFile });
    let cut = (): void => undefined;
    const deliver = open({ smtpPort: own.smtpPort, world: { ...near, dial: async (place) => {
      const socket = await near.dial(place);
      cut = () => void socket.destroy();
      return socket;
    } } });
    try {
      expect(word(await deliver.send(to('x@lakeside.test')))).toBe('relayed');
      cut();
      const again = await deliver.send(to('x@lakeside.test'));
      expect([word(again), again.attempts[0]?.facts['reused']]).toEqual(['relayed', false]);
    } finally {
      await deliver.close();
      await own.close();
    }
  });
  test('a host that went away and is not to be reached has proved nothing by what it showed before', async () => {
    let down = false;
    let cut = (): void => undefined;
    const deliver = open({ world: { ...world, dial: async (place) => {
      if (down) throw new Fault('connection-refused', 'nobody there');
      const socket = await world.dial(place);
      cut = () => void socket.destroy();
      return socket;
    } } });
    expect(word(await deliver.send(to('x@dane.test')))).toBe('relayed');
    cut();
    down = true;
    const again = await deliver.send(to('x@dane.test'));
    expect(word(again)).toBe('delayed connection-refused');
    expect(again.attempts[0]).toMatchObject({ assurance: { grade: 'D', code: 'not-reached' }, facts: { stage: 'dial', reused: false, starttls: null, protocol: null, certificate: null }, held: { from: null } });
    expect(again.attempts.map(sessionOf)).toEqual([null]);
  });
  test('in parallel, each has its own', async () => {
    const deliver = open();
    const all = await Promise.all(Array.from({ length: 8 }, (_, n) => deliver.send(to(`q${n}@stmarys.test`))));
    expect(all.map(word)).toEqual(Array(8).fill('relayed'));
  });
});

describe('hosts in turn', () => {
  test('the first is down, the second answers; both are told', async () => {
    const delivery = await open().send(to('x@second.test'));
    expect(delivery.attempts.map((attempt) => [attempt.host, attempt.assurance.grade, attempt.assurance.code])).toEqual([['mx-down.second.test', 'D', 'not-reached'], ['mx.second.test', 'B', 'pkix']]);
  });
  test('what each attempt tells', async () => {
    const delivery = await open().send(to('tess.lane@lakeside.test'));
    const attempt = delivery.attempts[0];
    expect(attempt).toMatchObject({
      host: 'mx.lakeside.test', ip: '127.0.1.2', assurance: { grade: 'B', code: 'pkix' }, reply: { code: 250, enhanced: '2.0.0' },
      facts: { kind: 'mx', port: hops.smtpPort, starttls: 'done', protocol: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384', issuer: 'CN=Lab root', stage: 'content', replyCode: 250, enhanced: '2.0.0', bytes: CONTENT.length, bound: 'domain', sts: 'none' },
    });
    expect(attempt?.facts['certificate']).toMatch(/^[0-9A-F]{64}$/);
    expect(attempt?.facts['queueId']).toMatch(/^[0-9A-F]{12}$/);
    expect(attempt?.facts['keywords']).toContain('PIPELINING');
    expect(Number(attempt?.facts['ended'])).toBeGreaterThanOrEqual(Number(attempt?.facts['began']));
    expect(JSON.stringify(attempt?.facts)).not.toContain('tess');
  });
});

describe('two hosts', () => {
  const both = (first: string, second: string) => open({
    providers: ['test'],
    ...(first === 'silent.test' ? { patience: { greeting: 0.01 } } : {}),
    world: { ...world, dns: { ...world.dns, mx: () => Promise.resolve({ authentic: false, records: [{ preference: 2, exchange: `mx.${second}` }, { preference: 1, exchange: `mx.${first}` }] }) } },
  });

  const ROWS: readonly (readonly [first: string, second: string, floor: 'B' | 'any', outcome: string, tried: number, crossed: 'first' | 'second' | 'both' | 'none'])[] = [
    ['lakeside.test', 'stmarys.test', 'B', 'relayed', 1, 'first'],
    ['expired.test', 'stmarys.test', 'B', 'relayed', 2, 'second'],
    ['oldpost.test', 'stmarys.test', 'B', 'relayed', 2, 'second'],
    ['oldpost.test', 'stmarys.test', 'any', 'relayed', 1, 'first'],
    ['silent.test', 'stmarys.test', 'B', 'relayed', 2, 'second'],
    ['partial.test', 'stmarys.test', 'B', 'relayed', 2, 'second'],
    ['expired.test', 'oldpost.test', 'B', 'refused certificate-expired', 2, 'none'],
    ['silent.test', 'oldpost.test', 'B', 'delayed timeout', 2, 'none'],
    // the recipient is judged by the first who knows (RFC 5321 §4.2.1)
    ['reject.test', 'stmarys.test', 'B', 'failed mailbox-unknown', 1, 'none'],
    // nobody knows whether the first kept it: the second would make two
    ['drop.test', 'stmarys.test', 'B', 'delayed reply-unknown', 1, 'first'],
  ];
  test.each(ROWS)('%s, then %s, floor %s: %s', async (first, second, floor, outcome, tried, crossed) => {
    const before = [hops.sight(first).dataBytes, hops.sight(second).dataBytes];
    const delivery = await both(first, second).send(to('later@two.test', { floor }));
    expect([word(delivery), delivery.attempts.length]).toEqual([outcome, tried]);
    const got = [hops.sight(first).dataBytes, hops.sight(second).dataBytes].map((bytes, n) => bytes > (before[n] ?? 0));
    expect(got).toEqual([crossed === 'first' || crossed === 'both', crossed === 'second' || crossed === 'both']);
  });
});

describe('ties of a host elsewhere', () => {
  test('a listed provider', async () => expect(word(await open({ providers: ['impostor.test'] }).send(to('x@forged.test')))).toBe('relayed'));
  test('seen unchanged', async () => expect(word(await open({ seen: (domain, host) => Promise.resolve(domain === 'forged.test' && host === 'mx.impostor.test') }).send(to('x@forged.test')))).toBe('relayed'));
  test('neither', async () => expect(word(await open({ providers: ['mpostor.test'], seen: () => false }).send(to('x@forged.test')))).toBe('refused mx-not-bound'));
});

describe('an untrusted resolver', () => {
  const far = () => openWorld({ resolver: hops.resolver, resolverTrusted: false, allowedNetworks: ['127.0.0.0/8'], caFile: hops.caFile });
  test('DANE proves nothing', async () => expect(word(await open({ world: far() }).send(to('x@dane.test')))).toBe('refused certificate-self-signed'));
  test('and breaks nothing', async () => expect(word(await open({ world: far() }).send(to('x@danebad.test')))).toBe('relayed'));
});

describe('smart host and connector', () => {
  const smart = (attests: SmartHost['attests'] = 'first-hop', ...hosts: string[]) => ({ smartHost: { hosts: [...hosts, 'mx.lakeside.test'].map((host) => ({ host, port: hops.smtpPort })), attests } });
  test('a smart host that promises nothing proves only the first hop', async () => {
    const before = hops.sight('lakeside.test').connections;
    expect(await open(smart()).send(to('x@stmarys.test'))).toMatchObject({ kind: 'refused', code: 'smart-host-unproved', attempts: [] });
    expect(hops.sight('lakeside.test').connections).toBe(before);
  });
  test('what is sealed may go by it', async () => expect((await open(smart()).send(to('x@stmarys.test', { floor: 'any' }))).attempts[0]).toMatchObject({ host: 'mx.lakeside.test', facts: { kind: 'smart-host', bound: 'configured' } }));
  test('one that is declared to prove TLS onwards', async () => expect(word(await open(smart('declared')).send(to('x@stmarys.test')))).toBe('relayed'));
  test('one that must promise the rest, and cannot', async () => {
    const before = hops.sight('lakeside.test').mailFrom;
    expect(word(await open(smart('requiretls')).send(to('x@stmarys.test')))).toBe('refused requiretls-unsupported');
    expect(hops.sight('lakeside.test').mailFrom).toBe(before);
  });
  test('one that must promise the rest, and does', async () => {
    const before = hops.sight('promise.test').requireTls;
    expect(await open(smart('requiretls', 'mx.promise.test')).send(to('x@stmarys.test'))).toMatchObject({ kind: 'relayed', attempts: [{ facts: { requiretls: true } }] });
    expect(hops.sight('promise.test').requireTls).toBe(before + 1);
  });
  test('the next is tried where one is down, unknown, silent or not good enough', async () => {
    const delivery = await open({ ...smart('declared', 'mx-down.second.test', 'mx.nowhere.test', 'mx.oldpost.test', 'mx.expired.test') }).send(to('x@stmarys.test'));
    expect([word(delivery), delivery.attempts.map((a) => `${a.host} ${a.assurance.code}`)]).toEqual(['relayed', ['mx-down.second.test not-reached', 'mx.oldpost.test starttls-missing', 'mx.expired.test certificate-expired', 'mx.lakeside.test pkix']]);
  });
  test('a partner, pinned, at its own MX', async () => {
    const fingerprint = await fingerprintOf('selfsigned.test');
    expect(await open({ partners: [{ domain: 'selfsigned.test', fingerprint }] }).send(to('x@selfsigned.test'))).toMatchObject({ kind: 'relayed', attempts: [{ assurance: { grade: 'B-', code: 'pinned' } }] });
    expect(word(await open({ partners: [{ domain: 'lakeside.test', fingerprint }] }).send(to('x@lakeside.test')))).toBe('delayed pin-failed');
  });
  test('our own domain does not go by it', async () => expect((await open(smart()).send(to('ana.ruiz@riverside.test'))).attempts[0]).toMatchObject({ host: 'mx.riverside.test' }));

  test('the connector, pinned', async () => {
    const fingerprint = (await fingerprintOf('selfsigned.test')).toLowerCase().replace(/(..)(?=.)/g, '$1:');
    const connector = { host: 'mx.selfsigned.test', port: hops.smtpPort, fingerprint };
    const delivery = await open({ connector }).send(to('ana.ruiz@riverside.test'));
    expect([word(delivery), delivery.attempts[0]?.assurance.grade, delivery.attempts[0]?.assurance.code]).toEqual(['relayed', 'B-', 'pinned']);
  });
  test.each(['B', 'any'] as const)('the connector shows another certificate, floor %s', async (floor) => {
    const connector = { host: 'mx.selfsigned.test', port: hops.smtpPort, fingerprint: 'AB'.repeat(32) };
    const before = hops.sight('selfsigned.test').mailFrom;
    expect(word(await open({ connector }).send(to('ana.ruiz@riverside.test', { floor })))).toBe('delayed pin-failed');
    expect(hops.sight('selfsigned.test').mailFrom).toBe(before);
  });
});

describe('what was proved before', () => {
  const before = (level: Before) => ({ before: async () => level });
  test.each<[string, string, Before, string, boolean]>([
    ['as good as ever', 'dane.test', 'A', 'relayed', false],
    ['better than ever', 'sts.test', 'B', 'relayed', false],
    ['DANE or MTA-STS is gone', 'lakeside.test', 'A', 'delayed assurance-lowered', true],
    ['the certificate has expired', 'expired.test', 'B', 'delayed certificate-expired', true],
    ['STARTTLS is gone', 'strip.test', 'B', 'delayed starttls-missing', true],
    ['another host stands there', 'forged.test', 'A', 'delayed mx-not-bound', true],
    ['the policy names another host', 'stsbad.test', 'A', 'delayed sts-failed', true],
    ['never seen', 'expired.test', null, 'refused certificate-expired', false],
  ])('%s', async (_what, domain, level, expected, lowered) => {
    const sight = { ...hops.sight(domain) };
    const delivery = await open(before(level)).send(to(`x@${domain}`));
    expect([word(delivery), delivery.kind === 'delayed' && delivery.lowered]).toEqual([expected, lowered]);
    if (expected !== 'relayed') expect([hops.sight(domain).mailFrom - sight.mailFrom, hops.sight(domain).dataBytes - sight.dataBytes]).toEqual([0, 0]);
  });
  test('what is sealed itself goes on, over the best there is', async () => expect(word(await open(before('A')).send(to('x@expired.test', { floor: 'any' })))).toBe('relayed'));
  test('a lowered host is no reason for the rest of the domain to wait', async () => expect(await open(before('A')).send(to('x@lakeside.test'))).toMatchObject({ kind: 'delayed', whole: false }));
});

describe('another spelling of a domain', () => {
  test.each([['\uff53ts.test', 'sts.test'], ['STS.test', 'sts.test']])('%s: its promise is kept, and the host hears the A-label', async (spelled, domain) => {
    const asked: string[] = [];
    const delivery = await open({ before: async (of) => (asked.push(of), 'A') }).send(to(`x@${spelled}`));
    expect([word(delivery), delivery.attempts[0]?.assurance, asked, mails.at(-1)?.envelope.to]).toEqual(['relayed', { grade: 'A', code: 'mta-sts' }, [domain], [`x@${domain}`]]);
  });
  test('a promise that is broken', async () => expect(word(await open().send(to('x@\uff53tsbad.test')))).toBe('delayed sts-failed'));
});

describe('whose trouble it is', () => {
  test.each<[string, string, boolean]>([
    ['nobody answers', 'x@silent.test', true], ['names cannot be looked up', 'x@broken.test', true], ['the promise is broken', 'x@danebad.test', true],
    ['one mailbox is full', 'later2@partial.test', false], ['nobody knows whether it arrived', 'x@drop.test', false],
  ])('%s', async (_what, recipient, whole) => expect(await open({ patience: { greeting: recipient === 'x@silent.test' ? 0.002 : 1 } }).send(to(recipient))).toMatchObject({ kind: 'delayed', whole }));
});

describe('stopped', () => {
  test('before it began', async () => {
    const before = hops.sight('lakeside.test').connections;
    expect(word(await open().send(to('x@lakeside.test', { signal: AbortSignal.abort() })))).toBe('delayed aborted');
    expect(hops.sight('lakeside.test').connections).toBe(before);
  });
  test('while waiting for a greeting', async () => expect(word(await open({ patience: 1 }).send(to('x@silent.test', { signal: AbortSignal.timeout(100) })))).toBe('delayed aborted'));
  test('while the peer thinks: nothing was handed over', async () => {
    const count = mails.length;
    expect(word(await open({ patience: 1 }).send(to('x@slow.test', { signal: AbortSignal.timeout(350) })))).toBe('delayed aborted');
    expect(mails.length).toBe(count);
  });
});

describe('what cannot be written is not sent', () => {
  test.each(['a b@lakeside.test', 'a@lakeside.test>\r\nRCPT TO:<x@evil.test', 'nobody', '@lakeside.test', `${'a'.repeat(320)}@lakeside.test`, 'a<b@lakeside.test'])('%j', async (recipient) => {
    expect(word(await open().send(to(recipient)))).toBe('failed address-malformed');
  });
  test('nor a return path', async () => expect(word(await open().send(to('x@lakeside.test', { returnPath: 'a@b>\r\nDATA' })))).toBe('failed address-malformed'));
  test.each(['a\nb\r\n', 'a\rb\r\n', 'a\r\n\n.\r\n', 'x\r\n\r.\r\n'])('%j would be smuggling', async (content) => {
    const before = hops.sight('lakeside.test').mailFrom;
    expect(await open().send(to('x@lakeside.test', { bytes: Buffer.from(content) }))).toEqual({ kind: 'refused', code: 'content-malformed', attempts: [] });
    expect(hops.sight('lakeside.test').mailFrom).toBe(before);
  });
});

test('25 MB with a dot before every line arrive as they left', async () => {
  const big = Buffer.from(`Subject: big\r\n\r\n${`.${'x'.repeat(75)}\r\n`.repeat(330_000)}`);
  const count = mails.length;
  expect(word(await open({ patience: 1 }).send(to('x@lakeside.test', { bytes: big })))).toBe('relayed');
  expect(mails[count]?.raw.equals(big)).toBe(true);
});

test('a peer that sips is left in the end, and nothing was handed over', async () => {
  const sipper = createServer((socket) => {
    let content = false;
    socket.on('error', () => undefined).write('220 sip\r\n');
    socket.on('data', (chunk: Buffer) => {
      if (content) {
        socket.pause();
        return void setTimeout(() => socket.resume(), 150);
      }
      for (const line of chunk.toString('latin1').split('\r\n').slice(0, -1)) {
        content ||= line === 'DATA';
        socket.write(content ? '354 a little at a time\r\n' : '250 ok\r\n');
      }
    });
  });
  await new Promise<void>((up) => { sipper.listen(0, '127.0.0.1', up); });
  const { port } = sipper.address() as AddressInfo;
  const big = Buffer.from(`Subject: big\r\n\r\n${`${'x'.repeat(76)}\r\n`.repeat(500_000)}`);
  const relay: SmartHost = { hosts: [{ host: '127.0.0.1', port }], attests: 'declared' };
  const delivery = await open({ patience: { content: 0.004 }, smartHost: relay }).send(to('x@anywhere.test', { bytes: big, floor: 'any' }));
  expect(word(delivery)).toBe('delayed timeout');
  expect(delivery.attempts.at(-1)?.facts['stage']).toBe('content');
  sipper.close();
});
