/** Our own domains as receivers see them: real names over a real resolver; half of the rows must find nothing wrong. */
import { spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startDns, type DnsServer, type Row } from '../../../lab/dns.ts';
import { doctorOf } from '../../../service/checkup.ts';
import { readSettings } from '../../../service/config.ts';
import { codeOf, told } from '../../../service/doctor/main.ts';
import { openWorld } from '../../../service/world.ts';
import type { Finding } from '../../../shared/wire/doctor.ts';

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const PEM = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const P = publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
const ed = generateKeyPairSync('ed25519');
const E = ed.publicKey.export({ type: 'spki', format: 'der' }).subarray(-32).toString('base64');
const D = 'clinic.test';
const TWICE = { settings: { DKIM_ED25519_SELECTOR: 'e1', DKIM_ED25519_KEY: ed.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() } };
/** In strings of 255 at most (RFC 1035 §3.3.14). */
const t = (name: string, data: string): Row => ({ name, type: 'TXT', data: (data.match(/.{1,255}/g) ?? ['']) as unknown as string });
const GOOD: { readonly [what: string]: Row } = {
  mx: { name: D, type: 'MX', data: { preference: 10, exchange: `mx.${D}` } },
  a: { name: `mail.${D}`, type: 'A', data: '192.0.2.7' },
  spf: t(D, 'v=spf1 ip4:192.0.2.7 -all'), dkim: t(`s1._domainkey.${D}`, `v=DKIM1; k=rsa; p=${P}`), dmarc: t(`_dmarc.${D}`, 'v=DMARC1; p=reject; rua=mailto:dmarc@clinic.test'),
  sts: t(`_mta-sts.${D}`, 'v=STSv1; id=20260101;'), rpt: t(`_smtp._tls.${D}`, 'v=TLSRPTv1; rua=mailto:tls@clinic.test'),
};
const POLICY = `version: STSv1\r\nmode: enforce\r\nmx: *.${D}\r\nmax_age: 604800\r\n`;

let rows: Row[] = [];
let dns: DnsServer;
beforeAll(async () => { dns = await startDns({ rows: [], override: (name, type) => rows.filter((r) => r.name === name && r.type === type) }); });
afterAll(() => dns.close());

const environment = (more: object = {}) => ({ OWN_DOMAINS: D, SMTP_HOSTNAME: `mail.${D}`, RESOLVER: dns.address, DKIM_SELECTOR: 's1', DKIM_KEY: PEM, ...more });
async function look(change: { readonly [what: string]: Row | Row[] | null }, { policy = POLICY as string | null, settings = {} } = {}): Promise<Finding[]> {
  rows = Object.values({ ...GOOD, ...change }).flat().filter((r) => r !== null);
  const world = openWorld({ resolver: dns.address, resolverTrusted: false, allowedNetworks: [] });
  const fetch = async () => { if (policy === null) throw new Error('no road'); return { status: 200, headers: new Headers(), body: new TextEncoder().encode(policy) }; };
  return doctorOf(readSettings(environment(settings), true), { ...world, fetch }).look();
}

const TABLE: readonly (readonly [what: string, check: Finding['check'], change: Parameters<typeof look>[0], state: Finding['state'], publish: string | null, more?: Parameters<typeof look>[1]])[] = [
  ['the address by name', 'spf', { spf: t(D, `v=spf1 a:mail.${D} -all`) }, 'good', null],
  ['the address by an include', 'spf', { spf: [t(D, 'v=spf1 include:spf.host.test -all'), t('spf.host.test', 'v=spf1 ip4:192.0.2.0/24 -all')] }, 'good', null],
  ['a soft end', 'spf', { spf: t(D, 'v=spf1 ip4:192.0.2.7 ~all') }, 'good', null],
  ['no SPF', 'spf', { spf: null }, 'missing', `v=spf1 ip4:192.0.2.7 -all`],
  ['another address', 'spf', { spf: t(D, 'v=spf1 ip4:198.51.100.1 -all') }, 'broken', 'v=spf1 ip4:198.51.100.1 ip4:192.0.2.7 -all'],
  ['everybody', 'spf', { spf: t(D, 'v=spf1 +all') }, 'broken', 'v=spf1 ip4:192.0.2.7 -all'],
  ['another record, closed', 'spf', { spf: [t(D, 'v=spf1 redirect=spf.host.test'), t('spf.host.test', 'v=spf1 ip4:192.0.2.0/24 -all')] }, 'good', null],
  ['another record, open', 'spf', { spf: [t(D, 'v=spf1 redirect=spf.host.test'), t('spf.host.test', 'v=spf1 ip4:192.0.2.0/24 ?all')] }, 'weak', null],
  ['another record, without us', 'spf', { spf: [t(D, 'v=spf1 redirect=spf.host.test'), t('spf.host.test', 'v=spf1 ip4:198.51.100.1 -all')] }, 'broken', 'v=spf1 ip4:192.0.2.7 redirect=spf.host.test'],
  ['two records', 'spf', { spf: [t(D, 'v=spf1 ip4:192.0.2.7 -all'), t(D, 'v=spf1 mx -all')] }, 'broken', null],
  ['more than ten look-ups', 'spf', { spf: t(D, `v=spf1 ${Array.from({ length: 11 }, (_, n) => `exists:x${n}.test`).join(' ')} -all`) }, 'broken', null],
  ['an unsure end', 'spf', { spf: t(D, 'v=spf1 ip4:192.0.2.7 ?all') }, 'weak', 'v=spf1 ip4:192.0.2.7 -all'],
  ['something else in TXT', 'spf', { other: t(D, 'google-site-verification=x') }, 'good', null],
  ['where mail leaves is not known', 'spf', { a: null }, 'unknown', null],
  ['the smart host sends', 'spf', { relay: { name: 'relay.test', type: 'A', data: '203.0.113.5' } }, 'broken', 'v=spf1 ip4:192.0.2.7 ip4:203.0.113.5 -all', { settings: { SMART_HOST: 'relay.test:587' } }],
  ['our key, in pieces with spaces', 'dkim', { dkim: t(`s1._domainkey.${D}`, `k=rsa; p=${P.slice(0, 40)} ${P.slice(40)}`) }, 'good', null],
  ['no key published', 'dkim', { dkim: null }, 'missing', `v=DKIM1; k=rsa; p=${P}`],
  ['another key', 'dkim', { dkim: t(`s1._domainkey.${D}`, 'v=DKIM1; p=AAAA') }, 'broken', P],
  ['a withdrawn key', 'dkim', { dkim: t(`s1._domainkey.${D}`, 'v=DKIM1; p=') }, 'broken', P],
  ['testing', 'dkim', { dkim: t(`s1._domainkey.${D}`, `v=DKIM1; t=y; p=${P}`) }, 'weak', P],
  ['signed twice, both published', 'dkim', { second: t(`e1._domainkey.${D}`, `v=DKIM1; k=ed25519; p=${E}`) }, 'good', null, TWICE],
  ['signed twice, the second not published', 'dkim', {}, 'missing', `v=DKIM1; k=ed25519; p=${E}`, TWICE],
  ['signed twice, the second published wrongly', 'dkim', { second: t(`e1._domainkey.${D}`, `v=DKIM1; k=ed25519; p=${P}`) }, 'broken', `p=${E}`, TWICE],
  ['signed twice, the first testing', 'dkim', { dkim: t(`s1._domainkey.${D}`, `v=DKIM1; t=y; p=${P}`), second: t(`e1._domainkey.${D}`, `v=DKIM1; k=ed25519; p=${E}`) }, 'weak', P, TWICE],
  ['signed for a stranger', 'dkim', {}, 'weak', null, { settings: { DKIM_DOMAIN: 'vendor.test' } }],
  ['DMARC, quarantine', 'dmarc', { dmarc: t(`_dmarc.${D}`, 'v=DMARC1;p=quarantine;rua=mailto:x@y.test') }, 'good', null],
  ['no DMARC', 'dmarc', { dmarc: null }, 'missing', 'p=quarantine'],
  ['DMARC that watches', 'dmarc', { dmarc: t(`_dmarc.${D}`, 'v=DMARC1; p=none; rua=mailto:x@y.test') }, 'weak', 'v=DMARC1; p=quarantine; rua=mailto:x@y.test'],
  ['DMARC for half', 'dmarc', { dmarc: t(`_dmarc.${D}`, 'v=DMARC1; p=reject; pct=50; rua=mailto:x@y.test') }, 'weak', null],
  ['DMARC that is none', 'dmarc', { dmarc: t(`_dmarc.${D}`, 'v=DMARC1; p=perhaps') }, 'broken', 'p=quarantine'],
  ['MTA-STS', 'mta-sts', {}, 'good', null],
  ['no MTA-STS', 'mta-sts', { sts: null }, 'missing', 'mx: mx.clinic.test'],
  ['MTA-STS that cannot be fetched', 'mta-sts', {}, 'broken', 'version: STSv1', { policy: null }],
  ['MTA-STS for another host', 'mta-sts', {}, 'broken', 'mx: mx.clinic.test', { policy: POLICY.replace(`*.${D}`, 'mx.other.test') }],
  ['MTA-STS in testing', 'mta-sts', {}, 'weak', 'mode: enforce', { policy: POLICY.replace('enforce', 'testing') }],
  ['TLS-RPT', 'tls-rpt', {}, 'good', null],
  ['no TLS-RPT', 'tls-rpt', { rpt: null }, 'missing', 'v=TLSRPTv1; rua=mailto:reports@clinic.test'],
  ['TLS-RPT to nowhere', 'tls-rpt', { rpt: t(`_smtp._tls.${D}`, 'v=TLSRPTv1; rua=') }, 'broken', 'rua=mailto:'],
  ['mail servers', 'mx', {}, 'good', null],
  ['nowhere for reports to come to', 'mx', { mx: null }, 'broken', null],
];

describe('the doctor', () => {
  it.each(TABLE.map((row) => ({ row, what: row[0] })))('$what', async ({ row: [, check, change, state, publish, more] }) => {
    const found = (await look(change, more)).find((f) => f.check === check && f.domain === D);
    expect([found?.state, found?.says]).toEqual([state, expect.stringMatching(/\.$|2048$/)]);
    if (publish === null) expect(found?.publish).toBeUndefined();
    else expect(found?.publish?.map((r) => r.value).join('\n')).toContain(publish);
  });

  it('what it says to publish makes it content', async () => {
    const bare = await look({ spf: null, dkim: null, dmarc: null, rpt: null });
    const published = bare.flatMap((f) => f.publish ?? []).filter((r) => r.type === 'TXT');
    const after = await look({ spf: null, dkim: null, dmarc: null, rpt: null, ...Object.fromEntries(published.map((r, n) => [`p${n}`, t(r.name, r.value)])) });
    expect(after.filter((f) => f.state !== 'good')).toEqual([]);
  });

  it('a subdomain may lean on the DMARC of its domain', async () => {
    const found = await look({ mx2: { name: `sub.${D}`, type: 'MX', data: { preference: 1, exchange: `mx.${D}` } } }, { settings: { OWN_DOMAINS: `sub.${D} ${D}` } });
    expect(found.find((f) => f.domain === `sub.${D}` && f.check === 'dmarc')?.state).toBe('good');
    const lax = await look({ dmarc: t(`_dmarc.${D}`, 'v=DMARC1; p=reject; sp=none; rua=mailto:x@y.test') }, { settings: { OWN_DOMAINS: `sub.${D} ${D}` } });
    expect(lax.find((f) => f.domain === `sub.${D}` && f.check === 'dmarc')).toMatchObject({ state: 'weak', publish: [{ name: `_dmarc.${D}`, value: 'v=DMARC1; p=reject; sp=quarantine; rua=mailto:x@y.test' }] });
  });

  it('names that cannot be looked up are unknown, not bad', async () => {
    const world = openWorld({ resolver: dns.address, resolverTrusted: false, allowedNetworks: [] });
    const dead = async () => { throw new Error('dns-failed'); };
    const found = await doctorOf(readSettings(environment(), true), { ...world, dns: { mx: dead, txt: dead, addresses: dead, tlsa: dead, raw: dead } }).look();
    expect(new Set(found.filter((f) => f.check !== 'mta-sts' && f.check !== 'tls-rpt').map((f) => f.state))).toEqual(new Set(['unknown']));
    expect(codeOf(found.filter((f) => f.state === 'unknown'))).toBe(2);
  });

  it('as a command: lines a person can paste, and an exit code', async () => {
    const found = await look({ dmarc: null });
    expect(told(found).join('\n')).toMatch(/MISSING {2}clinic\.test {2}dmarc: [\s\S]*publish: _dmarc\.clinic\.test\. TXT "v=DMARC1; p=quarantine/);
    expect(told(found).join('\n')).not.toContain('PRIVATE KEY');
    expect([codeOf(found), codeOf(await look({}))]).toEqual([1, 0]);
    const run = (env: object, ...args: string[]) => spawnSync(process.execPath, [join(import.meta.dirname, '../../../service/doctor/main.ts'), ...args], { env: { ...process.env, ...env }, encoding: 'utf8' });
    expect([run({ OWN_DOMAINS: '' }).status, run({ OWN_DOMAINS: D }, '--nonsense').status, run({ OWN_DOMAINS: 'not a domain' }).status]).toEqual([3, 3, 3]);
  });
});
