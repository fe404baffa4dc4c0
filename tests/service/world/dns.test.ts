/** Names, against a real name server on loopback that also fails on purpose. */
import { networkInterfaces } from 'node:os';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startDns, type DnsServer, type Row } from '../../../lab/dns.ts';
import { openDns } from '../../../service/world/dns.ts';

const long = (n: number): Row => ({ name: 'long.test', type: 'TXT', data: `${n} ${'x'.repeat(200)}` });

const ROWS: readonly Row[] = [
  { name: 'plain.test', type: 'MX', data: { preference: 20, exchange: 'B.plain.test' } },
  { name: 'plain.test', type: 'MX', data: { preference: 10, exchange: 'a.plain.test' } },
  { name: 'a.plain.test', type: 'A', data: '192.0.2.1' },
  { name: 'a.plain.test', type: 'AAAA', data: '2001:db8::1' },
  { name: 'null.test', type: 'MX', data: { preference: 0, exchange: '.' } },
  { name: 'alias.test', type: 'CNAME', data: 'further.test' },
  { name: 'further.test', type: 'CNAME', data: 'a.plain.test' },
  { name: 'loop.test', type: 'CNAME', data: 'pool.test' },
  { name: '_mta-sts.plain.test', type: 'TXT', data: 'v=STSv1; id=1;' },
  { name: '_25._tcp.mx.signed.test', type: 'TLSA', data: { usage: 3, selector: 1, matchingType: 1, certificate: Buffer.alloc(32, 9) } },
  { name: 'signed.test', type: 'MX', data: { preference: 1, exchange: 'mx.signed.test' } },
  { name: 'mixed.signed.test', type: 'CNAME', data: 'a.plain.test' },
  { name: 'half.test', type: 'A', data: '192.0.2.7' },
  { name: 'half.signed.test', type: 'A', data: '192.0.2.8' },
  { name: 'cut.test', type: 'A', data: '192.0.2.9' },
  ...Array.from({ length: 12 }, (_, n) => long(n)),
];

let server: DnsServer;
beforeAll(async () => {
  server = await startDns({
    rows: ROWS,
    signed: ['signed.test'],
    faults: { 'sick.test': 'servfail', 'deaf.test': 'drop', 'cut.test A': 'truncate', 'other-id.test': 'wrong-id', 'other-name.test': 'wrong-question', 'half.test AAAA': 'servfail', 'half.signed.test AAAA': 'servfail' },
    override: (name, type) => (name === 'loop.test' && type === 'A' ? [{ name: 'loop.test', type: 'CNAME', data: 'pool.test' }] : name === 'pool.test' && type === 'A' ? [{ name: 'pool.test', type: 'CNAME', data: 'loop.test' }] : undefined),
  });
});
afterAll(() => server.close());

const open = (trusted = true, timeout = 30_000) => openDns({ resolver: server.address, trusted, timeout });

describe('answers', () => {
  test('MX, lower case', async () => expect((await open().mx('plain.test')).records).toEqual([{ exchange: 'b.plain.test', preference: 20 }, { exchange: 'a.plain.test', preference: 10 }]));
  test('a null MX stays one', async () => expect((await open().mx('null.test')).records).toEqual([{ exchange: '.', preference: 0 }]));
  test('A and AAAA', async () => expect((await open().addresses('A.Plain.Test')).records).toEqual(['192.0.2.1', '2001:db8::1']));
  test('a chain of aliases', async () => expect((await open().addresses('alias.test')).records).toEqual(['192.0.2.1', '2001:db8::1']));
  test('TXT', async () => expect((await open().txt('_mta-sts.plain.test')).records).toEqual(['v=STSv1; id=1;']));
  test('TLSA', async () => expect((await open().tlsa('_25._tcp.mx.signed.test')).records).toEqual([{ usage: 3, selector: 1, matching: 1, data: Buffer.alloc(32, 9) }]));
  test('a name that does not exist has no records', async () => expect(await open().mx('nowhere.test')).toEqual({ records: [], authentic: false }));
  test('a name without that type has no records', async () => expect((await open().txt('a.plain.test')).records).toEqual([]));
  test('a long answer comes by TCP', async () => {
    expect((await open().txt('long.test')).records).toHaveLength(12);
    expect(server.asked.filter((question) => question.name === 'long.test').map((question) => question.tcp)).toEqual([false, true]);
  });
  test('a cut answer is asked again by TCP', async () => expect((await open().addresses('cut.test')).records).toEqual(['192.0.2.9']));
});

test.each([`${'a'.repeat(64)}.test`, 'two..dots.test', '.test', `${'abcdefgh.'.repeat(29)}test`, 'sp ace.test', 'ümlaut.test', ''])('%j is no name and is never asked', async (name) => {
  const before = server.asked.length;
  expect(await open().mx(name)).toEqual({ records: [], authentic: false });
  expect(server.asked.length).toBe(before);
});

describe('no answer is a fault, never an empty answer', () => {
  test.each(['sick.test', 'deaf.test', 'other-id.test', 'other-name.test'])('%s', async (name) => {
    await expect(open(true, 150).mx(name)).rejects.toMatchObject({ code: 'dns-failed' });
  });
  test('aliases that run in a circle', async () => expect(open().addresses('loop.test')).rejects.toMatchObject({ code: 'dns-failed' }));
  test('tries are bounded', async () => {
    const before = server.asked.length;
    await open().mx('sick.test').catch(() => undefined);
    expect(server.asked.length - before).toBe(3);
  });
  test('an unsigned name may fail on AAAA', async () => expect((await open().addresses('half.test')).records).toEqual(['192.0.2.7']));
  test('a signed name may not: it would switch DANE off', async () => expect(open().addresses('half.signed.test')).rejects.toMatchObject({ code: 'dns-failed' }));
});

describe('authentic', () => {
  test('from a trusted resolver on loopback', async () => expect((await open().mx('signed.test')).authentic).toBe(true));
  test('not without the AD bit', async () => expect((await open().mx('plain.test')).authentic).toBe(false));
  test('not from a resolver that is not trusted', async () => expect((await open(false).mx('signed.test')).authentic).toBe(false));
  test('not where an alias leaves the signed zone', async () => expect((await open().addresses('mixed.signed.test')).authentic).toBe(false));
  test('not from another machine, trusted or not', async (context) => {
    const outside = Object.values(networkInterfaces()).flat().find((net) => net && !net.internal && net.family === 'IPv4')?.address;
    if (!outside) return context.skip('this machine has no address beside loopback, so this could not be tried');
    const far = await startDns({ rows: ROWS, signed: ['signed.test'], host: outside });
    try {
      const answer = await openDns({ resolver: far.address, trusted: true }).mx('signed.test');
      expect([answer.records.length, answer.authentic]).toEqual([1, false]);
    } finally {
      await far.close();
    }
  });
});

test.each(['localhost:53', '1.2.3.4:0', '1.2.3.4:70000', 'dns.example', '1.2.3.4:x', '::1:53x'])('%s is not a resolver', (resolver) => {
  expect(() => openDns({ resolver, trusted: false })).toThrow('address:port');
});

test('without a setting the system resolver is used', () => expect(() => openDns({ resolver: '', trusted: false })).not.toThrow());
