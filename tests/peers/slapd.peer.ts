/**
 * OpenLDAP's own server as the directory: certificates found by mail address, signed in and over TLS, and what it refuses; distribution lists, nested, looped and too long.
 * Debian: slapd
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openCa } from '../../lab/ca.ts';
import { smimeAuthority } from '../../lab/people.keys.ts';
import { findKey } from '../../service/keys/admission/admission.ts';
import { directory } from '../../service/keys/discovery/directory.ts';
import { certificatesIn, readCertificate } from '../../service/keys/trust.read.ts';
import { ldapLists } from '../../service/list/ldap.ts';
import { openLists } from '../../service/list/list.ts';
import { tool } from '../tools.ts';

const LYDIA = 'lydia.gray@staffdir.test';
const BASE = 'dc=staffdir,dc=test';
const there = tool('slapd', 'whether OpenLDAP\'s server gives out certificates and the members of lists as we ask for them');
const free = (): Promise<number> => import('node:net').then(({ createServer }) => new Promise((done) => {
  const server = createServer().listen(0, '127.0.0.1', () => { const { port } = server.address() as { port: number }; server.close(() => done(port)); });
}));

describe.skipIf(!there)('slapd', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ss-slapd-'));
  const authority = smimeAuthority();
  const roots = certificatesIn(Buffer.from(authority.certificate)).map((c) => readCertificate(c)!);
  const lydia = authority.person('Lydia Gray', LYDIA);
  const other = authority.person('Lydia Gray', 'someone.else@staffdir.test');
  let server: ChildProcess | undefined;
  let [plain, secure] = [0, 0];
  let ca: ReturnType<typeof openCa>;
  const der = (pem: string): string => Buffer.from(new X509Certificate(pem).raw).toString('base64');
  const entry = (uid: string, mail: readonly string[], certificates: readonly string[]): string =>
    `dn: uid=${uid},${BASE}\nobjectClass: inetOrgPerson\nuid: ${uid}\ncn: ${uid}\nsn: ${uid}\n${mail.map((m) => `mail: ${m}\n`).join('')}${certificates.map((c) => `userCertificate;binary:: ${c}\n`).join('')}\n`;

  // A group has no mail of its own in the standard schema; directories add it by a class of theirs.
  const group = (cn: string, members: readonly string[], kind = 'groupOfNames', attribute = 'member'): string =>
    `dn: cn=${cn},${BASE}\nobjectClass: ${kind}\nobjectClass: extensibleObject\ncn: ${cn}\nmail: ${cn}@staffdir.test\n${members.map((m) => `${attribute}: ${attribute === 'memberURL' ? m : `${m},${BASE}`}\n`).join('')}\n`;
  const LISTS = [
    group('team', ['uid=lydia', 'cn=night']), group('night', ['uid=away', 'cn=team', 'cn=night', 'uid=lydia']), group('unique', ['uid=lydia', 'uid=away'], 'groupOfUniqueNames', 'uniqueMember'),
    group('gone', ['uid=lydia', 'uid=nobody']), group('mute', ['uid=lydia', 'uid=mute']), group('circle', ['cn=circle']), group('holds-gone', ['uid=lydia', 'cn=gone']),
    group('rule', [`ldap:///${BASE}??sub?(uid=*)`], 'groupOfURLs', 'memberURL'), group('holds-rule', ['uid=lydia', 'cn=rule']),
    group('six-hundred', Array.from({ length: 600 }, (_, n) => `uid=p${n}`)), group('endless', Array.from({ length: 2100 }, (_, n) => `uid=p${n}`)),
    group('twin', ['uid=lydia']), group('other', ['uid=away']).replace('mail: other@', 'mail: twin@'),
  ];

  beforeAll(async () => {
    mkdirSync(join(folder, 'db'));
    ca = openCa(folder);
    const host = ca.issue({ names: ['localhost'] });
    writeFileSync(join(folder, 'host.pem'), host.cert);
    writeFileSync(join(folder, 'host.key'), host.key, { mode: 0o600 });
    writeFileSync(join(folder, 'slapd.conf'), [
      ...['core', 'cosine', 'inetorgperson', 'dyngroup'].map((name) => `include /etc/ldap/schema/${name}.schema`),
      'modulepath /usr/lib/ldap', 'moduleload back_mdb', `pidfile ${folder}/slapd.pid`, 'sizelimit 3',
      `TLSCertificateFile ${folder}/host.pem`, `TLSCertificateKeyFile ${folder}/host.key`,
      'database mdb', `suffix "${BASE}"`, `rootdn "cn=root,${BASE}"`, 'rootpw pretend', `directory ${folder}/db`, 'index mail eq', 'require authc', '',
    ].join('\n'));
    writeFileSync(join(folder, 'people.ldif'), [
      `dn: ${BASE}\nobjectClass: dcObject\nobjectClass: organization\ndc: staffdir\no: Staff\n\n`,
      entry('lydia', [LYDIA, 'l.gray@staffdir.test'], [der(other.certificate), der(lydia.certificate)]), entry('bare', ['bare@staffdir.test'], []),
      entry('away', ['away@lakeside.test'], []), entry('mute', [], []), ...Array.from({ length: 600 }, (_, n) => entry(`p${n}`, [`p${n}@staffdir.test`], [])), ...LISTS,
      ...Array.from({ length: 7 }, (_, n) => entry(`many${n}`, ['many@staffdir.test'], [])),
    ].join(''));
    const added = spawnSync('slapadd', ['-f', join(folder, 'slapd.conf'), '-l', join(folder, 'people.ldif')], { encoding: 'utf8' });
    expect(added.stderr.replace(/^\s*$/gm, '')).not.toMatch(/error|failed/i);
    [plain, secure] = [await free(), await free()];
    server = spawn('slapd', ['-f', join(folder, 'slapd.conf'), '-h', `ldap://127.0.0.1:${plain} ldaps://127.0.0.1:${secure}`, '-d', '0'], { stdio: 'ignore' });
    const answers = () => new Promise<boolean>((done) => { const socket = connect(secure, '127.0.0.1', () => { socket.destroy(); done(true); }).on('error', () => done(false)); });
    for (let n = 0; n < 200 && !(await answers()); n += 1) await new Promise((done) => setTimeout(done, 100));
  }, 40_000);
  afterAll(() => { server?.kill('SIGKILL'); rmSync(folder, { recursive: true, force: true }); });

  const trust = (...more: readonly string[]) => () => createSecureContext(more.length > 0 ? { ca: [...more] } : {});
  const ask = (address: string, { url = `ldap://127.0.0.1:${plain}/${BASE}`, password = 'pretend', pem = [] as string[] } = {}) =>
    directory({ url, name: `cn=root,${BASE}`, password, world: { located: async (host: string) => host, trust: trust(...pem) } as never }).find(address);

  it('finds the entry by any of its addresses, in any case, and of several certificates the one for this address is taken', async () => {
    for (const address of [LYDIA, LYDIA.toUpperCase(), 'l.gray@staffdir.test']) expect(await ask(address)).toHaveLength(2);
    const found = await Promise.all((await ask(LYDIA)).map(({ bytes }) => findKey(bytes, LYDIA, roots, Date.now())));
    expect(found.map((f) => ('refused' in f ? f.refused : f.fingerprint)).sort()).toEqual([readCertificate(certificatesIn(Buffer.from(lydia.certificate))[0]!)!.fingerprint, 'key-other-address'].sort());
  });

  it('nobody, somebody without a certificate, and an address that would be a filter', async () => {
    for (const address of ['nobody@staffdir.test', 'bare@staffdir.test', '*', 'x)(mail=*', `${LYDIA})(uid=*`, '*@staffdir.test']) expect(await ask(address)).toEqual([]);
  });

  it('over TLS only where the certificate is vouched for and names the host', async () => {
    const url = (host: string) => `ldaps://${host}:${secure}/${BASE}`;
    expect(await ask(LYDIA, { url: url('localhost'), pem: [ca.cert] })).toHaveLength(2);
    await expect(ask(LYDIA, { url: url('localhost') })).rejects.toMatchObject({ code: 'lookup-failed' });
    await expect(ask(LYDIA, { url: url('127.0.0.1'), pem: [ca.cert] })).rejects.toMatchObject({ code: 'lookup-failed' });
  });

  const lists = (url = `ldap://127.0.0.1:${plain}/${BASE}`, now = Date.now) => openLists({ sources: [ldapLists({ url, name: `cn=root,${BASE}`, password: 'pretend', world: { located: async (host: string) => host, trust: trust() } as never })], ownDomains: ['staffdir.test'], world: { now } });
  const expanded = async (name: string, { said = false, room = lists() } = {}) => {
    const [found] = await room.expand([{ address: `${name}@staffdir.test`, said }]);
    return found?.kind === 'members' ? found.members.map((m) => m.address).sort() : found?.kind;
  };

  it.each<[name: string, expected: unknown]>([
    ['nobody', 'no-list'], ['lydia.gray', 'no-list'], ['*', 'no-list'], ['team', ['away@lakeside.test', LYDIA]], ['NIGHT', ['away@lakeside.test', LYDIA]], ['unique', ['away@lakeside.test', LYDIA]],
    ['gone', 'unexpanded'], ['mute', 'unexpanded'], ['circle', 'unexpanded'], ['holds-gone', 'unexpanded'], ['rule', 'unexpanded'], ['holds-rule', 'unexpanded'], ['endless', 'unexpanded'], ['twin', 'unasked'],
  ])('the list %s: %j', async (name, expected) => expect(await expanded(name)).toEqual(expected));

  it('a list of more members than a message may have recipients is still too many, and none of them is left out unsaid', async () => {
    expect(await expanded('six-hundred')).toHaveLength(501);
  });

  it('a wrong password, more entries than it gives out, and a server that is gone: could not be asked, never "none"', async () => {
    await expect(ask(LYDIA, { password: 'wrong' })).rejects.toMatchObject({ code: 'lookup-failed' });
    await expect(ask('many@staffdir.test')).rejects.toMatchObject({ code: 'lookup-failed' });
    let now = Date.now();
    const room = lists(undefined, () => now);
    expect([await expanded('team', { room }), await expanded('lydia.gray', { room })]).toEqual([['away@lakeside.test', LYDIA], 'no-list']);
    server?.kill('SIGKILL');
    await new Promise((done) => server?.once('exit', done));
    await expect(ask(LYDIA)).rejects.toMatchObject({ code: 'lookup-failed' });
    // What it said a moment ago holds that long, that somebody is no list a day; of all others nobody knows.
    expect([await expanded('team', { room }), await expanded('night', { room }), await expanded('night', { room, said: true })]).toEqual([['away@lakeside.test', LYDIA], 'unasked', 'unexpanded']);
    now += 3_600_000;
    expect([await expanded('team', { room }), await expanded('lydia.gray', { room })]).toEqual(['unasked', 'no-list']);
  });
});
