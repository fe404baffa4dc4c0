/** Where a message goes next, and what ties the host to the domain. */
import { describe, expect, test } from 'vitest';
import { openMailless, openNextHops, type NextHopSettings } from '../../../service/deliver/nexthop.ts';
import { Fault } from '../../../service/refusal.ts';
import type { Dns } from '../../../service/world.ts';

interface Zone {
  readonly mx?: { readonly [name: string]: readonly (readonly [preference: number, exchange: string])[] | 'broken' };
  readonly a?: { readonly [name: string]: readonly string[] | 'broken' };
  readonly signed?: readonly string[];
}

function dnsOf(zone: Zone): Dns {
  const authentic = (name: string): boolean => (zone.signed ?? []).some((signed) => name === signed || name.endsWith(`.${signed}`));
  const broken = (): Promise<never> => Promise.reject(new Fault('dns-failed', 'no'));
  return {
    mx: (name) => {
      const found = zone.mx?.[name] ?? [];
      return found === 'broken' ? broken() : Promise.resolve({ authentic: authentic(name), records: found.map(([preference, exchange]) => ({ preference, exchange })) });
    },
    addresses: (name) => {
      const found = zone.a?.[name] ?? [];
      return found === 'broken' ? broken() : Promise.resolve({ authentic: authentic(name), records: found });
    },
    txt: broken,
    raw: broken,
    tlsa: () => Promise.resolve({ authentic: true, records: [{ usage: 3, selector: 1, matching: 1, data: new Uint8Array(32) }] }),
  };
}

const BASE: NextHopSettings = { smtpPort: 25, ownDomains: ['riverside.test'], providers: ['protection.outlook.test'] };
const find = (zone: Zone, domain: string, settings: Partial<NextHopSettings> = {}) => openNextHops({ dns: dnsOf(zone), random: () => Uint8Array.of(7) }, { ...BASE, ...settings })(domain);
const hostsOf = async (zone: Zone, domain: string, settings: Partial<NextHopSettings> = {}): Promise<unknown> => {
  const route = await find(zone, domain, settings);
  return route.kind === 'hops' ? route.hops.map((hop) => `${hop.kind} ${hop.host} ${hop.bound} ${hop.dane.kind}`) : `${route.kind} ${route.code}`;
};

const A = { a: { 'mx.a.test': ['192.0.2.1'], 'mx2.a.test': ['192.0.2.2'], 'a.test': ['192.0.2.3'], 'x.other.test': ['192.0.2.4'], 'a-test.mail.protection.outlook.test': ['192.0.2.5'], 'evilprotection.outlook.test': ['192.0.2.6'], 'not-a.test': ['192.0.2.7'] } };

const TABLE: readonly (readonly [what: string, zone: Zone, domain: string, expected: unknown])[] = [
  ['one MX inside the domain', { ...A, mx: { 'a.test': [[10, 'mx.a.test']] } }, 'a.test', ['mx mx.a.test domain none']],
  ['the lower preference first', { ...A, mx: { 'a.test': [[20, 'mx2.a.test'], [10, 'mx.a.test']] } }, 'a.test', ['mx mx.a.test domain none', 'mx mx2.a.test domain none']],
  ['case makes no difference', { ...A, mx: { 'a.test': [[10, 'MX.A.Test']] } }, 'A.Test', ['mx mx.a.test domain none']],
  ['the same host twice is one', { ...A, mx: { 'a.test': [[10, 'mx.a.test'], [20, 'mx.a.test']] } }, 'a.test', ['mx mx.a.test domain none']],
  ['a host elsewhere is tied by nothing', { ...A, mx: { 'a.test': [[10, 'x.other.test']] } }, 'a.test', ['mx x.other.test null none']],
  ['a host that only looks alike is tied by nothing', { ...A, mx: { 'a.test': [[10, 'not-a.test']] } }, 'a.test', ['mx not-a.test null none']],
  ['a listed provider', { ...A, mx: { 'a.test': [[10, 'a-test.mail.protection.outlook.test']] } }, 'a.test', ['mx a-test.mail.protection.outlook.test provider none']],
  ['a name that only ends like a provider', { ...A, mx: { 'a.test': [[10, 'evilprotection.outlook.test']] } }, 'a.test', ['mx evilprotection.outlook.test null none']],
  ['a signed MX elsewhere, unsigned address', { ...A, mx: { 'a.test': [[10, 'x.other.test']] }, signed: ['a.test'] }, 'a.test', ['mx x.other.test signed none']],
  ['a signed MX, signed address', { ...A, mx: { 'a.test': [[10, 'mx.a.test']] }, signed: ['a.test'] }, 'a.test', ['mx mx.a.test domain records']],
  ['an unsigned MX, signed address', { ...A, mx: { 'a.test': [[10, 'x.other.test']] }, signed: ['other.test'] }, 'a.test', ['mx x.other.test null none']],
  ['no MX: the domain itself', A, 'a.test', ['implicit a.test domain none']],
  ['no MX, signed', { ...A, signed: ['a.test'] }, 'a.test', ['implicit a.test domain records']],
  ['neither MX nor address', A, 'nowhere.test', 'failed domain-unknown'],
  ['a null MX', { ...A, mx: { 'a.test': [[0, '.']] } }, 'a.test', 'failed null-mx'],
  ['a null MX, written empty', { ...A, mx: { 'a.test': [[0, '']] } }, 'a.test', 'failed null-mx'],
  ['a null MX among others is no null MX (RFC 7505 §3)', { ...A, mx: { 'a.test': [[0, '.'], [10, 'mx.a.test']] } }, 'a.test', ['mx mx.a.test domain none']],
  ['an MX without address', { ...A, mx: { 'a.test': [[10, 'gone.a.test']] } }, 'a.test', 'failed no-address'],
  ['an MX without address does not fall back to the domain', { ...A, mx: { 'a.test': [[10, 'gone.a.test']] } }, 'a.test', 'failed no-address'],
  ['one MX without address, one with', { ...A, mx: { 'a.test': [[10, 'gone.a.test'], [20, 'mx.a.test']] } }, 'a.test', ['mx mx.a.test domain none']],
  ['MX not to be looked up', { ...A, mx: { 'a.test': 'broken' } }, 'a.test', 'delayed dns-failed'],
  ['address not to be looked up', { a: { 'mx.a.test': 'broken' }, mx: { 'a.test': [[10, 'mx.a.test']] } }, 'a.test', 'delayed dns-failed'],
  ['one address not to be looked up, the other there', { a: { ...A.a, 'mx.a.test': 'broken' }, mx: { 'a.test': [[10, 'mx.a.test'], [20, 'mx2.a.test']] } }, 'a.test', ['mx mx2.a.test domain none']],
  ['an address literal is no domain', A, '[192.0.2.1]', 'failed domain-unknown'],
  ['an international domain by its A-label', { a: { 'mx.a.test': ['192.0.2.1'] }, mx: { 'xn--bcher-kva.test': [[10, 'mx.a.test']] } }, 'Bücher.test', ['mx mx.a.test null none']],
];

describe('by MX', () => {
  test.each(TABLE)('%s', async (_what, zone, domain, expected) => expect(await hostsOf(zone, domain)).toEqual(expected));

  test('a host seen unchanged for long is tied by that', async () => {
    const asked: string[] = [];
    const seen = (domain: string, host: string): boolean => (asked.push(`${domain} ${host}`), true);
    expect(await hostsOf({ ...A, mx: { 'a.test': [[10, 'x.other.test']] } }, 'a.test', { seen })).toEqual(['mx x.other.test seen none']);
    expect(asked).toEqual(['a.test x.other.test']);
  });
  test('at most ten hosts and four addresses each', async () => {
    const mx = Array.from({ length: 40 }, (_, n) => [n, `mx${n}.a.test`] as const);
    const a = Object.fromEntries(mx.map(([n, host]) => [host, Array.from({ length: 9 }, (_, k) => `192.0.${n}.${k}`)]));
    const route = await find({ mx: { 'a.test': mx }, a }, 'a.test');
    expect(route.kind === 'hops' ? route.hops.map((hop) => hop.addresses.length) : []).toEqual(Array(10).fill(4));
  });
});

describe('as configured', () => {
  const zone: Zone = { ...A, a: { ...A.a, 'smart.test': ['192.0.2.9'], 'inside.riverside.test': ['192.0.2.10'], 'mx.riverside.test': ['192.0.2.11'] }, mx: { 'a.test': [[10, 'mx.a.test']], 'riverside.test': [[10, 'mx.riverside.test']] } };
  const smartHost = { hosts: [{ host: 'smart.test', port: 587 }], login: { username: 'clinic', password: 'secret' }, attests: 'first-hop' as const };
  const at = (...hosts: string[]) => ({ smartHost: { hosts: hosts.map((host) => ({ host, port: 25 })), attests: 'first-hop' as const } });
  const PIN = 'ab'.repeat(32);
  const connector = { host: 'inside.riverside.test', port: 2525, fingerprint: 'AB:CD' };

  test('the smart host takes what is not ours', async () => expect(await hostsOf(zone, 'a.test', { smartHost })).toEqual(['smart-host smart.test configured none']));
  test('with its port and its password', async () => expect(await find(zone, 'a.test', { smartHost })).toMatchObject({ hops: [{ port: 587, login: { username: 'clinic', password: 'secret' } }] }));
  test('the smart host does not take what is ours', async () => expect(await hostsOf(zone, 'riverside.test', { smartHost })).toEqual(['mx mx.riverside.test domain none']));
  test('the connector takes what is ours', async () => expect(await find(zone, 'Riverside.test', { smartHost, connector })).toMatchObject({ hops: [{ kind: 'connector', host: 'inside.riverside.test', port: 2525, fingerprint: 'AB:CD' }] }));
  test('the connector takes what is below ours', async () => expect(await hostsOf(zone, 'Clinic.Riverside.test', { smartHost, connector })).toEqual(['connector inside.riverside.test configured none']));
  test('the connector does not take what only looks like ours', async () => expect(await hostsOf(zone, 'notriverside.test', { smartHost, connector })).toEqual(['smart-host smart.test configured none']));
  test('the smart host does not take what is below ours', async () => expect(await hostsOf({ ...zone, mx: { 'clinic.riverside.test': [[10, 'mx.riverside.test']] } }, 'clinic.riverside.test', { smartHost })).toEqual(['mx mx.riverside.test null none']));
  test('a partner below ours keeps its pin', async () => expect(await find({ ...zone, mx: { 'lab.riverside.test': [[10, 'mx.riverside.test']] } }, 'lab.riverside.test', { partners: [{ domain: 'lab.riverside.test', fingerprint: PIN }] })).toMatchObject({ hops: [{ kind: 'mx', fingerprint: PIN }] }));
  test('the connector takes nothing else', async () => expect(await hostsOf(zone, 'a.test', { connector })).toEqual(['mx mx.a.test domain none']));
  test('a smart host without address is waited for', async () => expect(await hostsOf(zone, 'a.test', at('gone.test'))).toBe('delayed no-address'));
  test('several smart hosts in their order', async () => expect(await hostsOf(zone, 'a.test', at('smart.test', 'mx2.a.test'))).toEqual(['smart-host smart.test configured none', 'smart-host mx2.a.test configured none']));
  test('one that cannot be found leaves the others', async () => expect(await hostsOf({ ...zone, a: { ...zone.a, 'broken.test': 'broken' } }, 'a.test', at('gone.test', 'broken.test', 'smart.test'))).toEqual(['smart-host smart.test configured none']));
  test('the connector signs in', async () => expect(await find(zone, 'riverside.test', { connector: { ...connector, login: { username: 'svc', password: 'pw' } } })).toMatchObject({ hops: [{ login: { username: 'svc', password: 'pw' } }] }));
  test('a partner at its MX, pinned, past the smart host', async () => expect(await find(zone, 'a.test', { smartHost, partners: [{ domain: 'a.test', fingerprint: PIN }] })).toMatchObject({ mx: ['mx.a.test'], hops: [{ kind: 'mx', host: 'mx.a.test', fingerprint: PIN }] }));
  test('a partner at a host that was agreed on', async () => expect(await find(zone, 'a.test', { partners: [{ domain: 'a.test', fingerprint: PIN, at: { host: 'smart.test', port: 2525 } }] })).toMatchObject({ hops: [{ kind: 'partner', host: 'smart.test', port: 2525, bound: 'configured', fingerprint: PIN }] }));
  test('a partner is that domain and none below it', async () => expect(await find(zone, 'a.test', { partners: [{ domain: 'test', fingerprint: PIN }] })).toEqual(await find(zone, 'a.test')));
  test('a smart host may be an address', async () => expect(await hostsOf({ a: {} }, 'a.test', at('192.0.2.77'))).toEqual(['smart-host 192.0.2.77 configured none']));
});

describe('a domain that takes no mail, as far as anybody knows', () => {
  const mailless = (zone: Zone, domain: string, settings: Partial<NextHopSettings> = {}, slow?: Promise<unknown>) => {
    const dns = dnsOf(zone);
    return openMailless({ dns: slow ? { ...dns, mx: async (name) => { await slow; return dns.mx(name); } } : dns, random: () => Uint8Array.of(7), now: () => 0 }, { ...BASE, ...settings })(domain);
  };
  test.each<[string, Zone, string, Partial<NextHopSettings>, boolean]>([
    ['a null MX', { mx: { 'a.test': [[0, '.']] } }, 'a.test', {}, true],
    ['neither MX nor address', A, 'nowhere.test', {}, true],
    ['an address alone', A, 'a.test', {}, false],
    ['an MX whose host has no address today', { mx: { 'a.test': [[10, 'gone.test']] } }, 'a.test', {}, false],
    ['names that cannot be looked up', { mx: { 'a.test': 'broken' } }, 'a.test', {}, false],
    ['our own domain is not asked', { mx: { 'riverside.test': [[0, '.']] } }, 'riverside.test', {}, false],
    ['nor one below it', { mx: { 'clinic.riverside.test': [[0, '.']] } }, 'clinic.riverside.test', {}, false],
    ['all mail goes by a smart host', { mx: { 'a.test': [[0, '.']] } }, 'a.test', { smartHost: { hosts: [], attests: 'first-hop' } }, false],
  ])('%s', async (_what, zone, domain, settings, expected) => expect(await mailless(zone, domain, settings)).toBe(expected));
  test('a slow name is not waited for', async () => {
    let answer: () => void = () => {};
    const slow = new Promise<void>((done) => { answer = done; });
    expect(await mailless({ mx: { 'a.test': [[0, '.']] } }, 'a.test', {}, slow)).toBe(false);
    answer();
  });
});
