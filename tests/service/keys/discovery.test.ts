/** Keys that nobody handed over, looked for in real places on loopback: web key directories over HTTPS, signed DNS, LDAP. And what goes wrong there. */
import { createHash, randomBytes, X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PublicSubkeyPacket, Subkey, enums, readKey, readPrivateKey, reformatKey, revokeKey } from 'openpgp';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openCa } from '../../../lab/ca.ts';
import { startDns, type DnsFault, type DnsServer, type Row } from '../../../lab/dns.ts';
import { startLdap, type Directory } from '../../../lab/ldap.ts';
import { pgpPerson, smimeAuthority, type PgpPair } from '../../../lab/people.keys.ts';
import { startWeb, type PublishedKey, type Web } from '../../../lab/web.ts';
import { daneName } from '../../../lab/world/published.ts';
import { directory } from '../../../service/keys/discovery/directory.ts';
import { dane, keyServer, wkd, wkdHash, type Source } from '../../../service/keys/discovery/source.ts';
import { USAGE } from '../../../service/keys/trust.certificate.ts';
import { openWorld, type World } from '../../../service/world.ts';
import { PATIENCE } from '../../until.ts';
import { onEveryEngine } from '../store/engines.ts';
import { BY, NOW, keysOn } from './ground.ts';

const WANDA = 'wanda@webkey.test';
const DINO = 'dino@direct.test';
const DEAN = 'dean@signed.test';
const LYDIA = 'lydia@staffdir.test';
const HOUR = 3_600_000;
const ca = smimeAuthority('Lab Mail Authority', NOW);
const anchors = [Buffer.from(ca.certificate)];
const LEO = { kind: 'staff', id: 'u_leo' } as const;
const binary = async (pair: PgpPair) => (await readKey({ armoredKey: pair.publicKey })).write();
const der = (pem: string) => new Uint8Array(new X509Certificate(pem).raw);

let folder = '';
let web: Web;
let dns: DnsServer;
let ldap: Directory;
let world: World;
let untrusting: World;
let sources: { [name: string]: Source };
const rows: Row[] = [];
const signed: string[] = ['signed.test'];
const faults: { [name: string]: DnsFault } = {};
const published: PublishedKey[] = [];
const keys: { [name: string]: PgpPair } = {};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ss-discovery-'));
  for (const [name, address] of [['wanda', WANDA], ['other', WANDA], ['third', WANDA], ['dino', DINO], ['dean', DEAN], ['stranger', 'eve@webkey.test']] as const) keys[name] = await pgpPerson(name, address, 'ecc', NOW);
  const authority = openCa(folder);
  published.push({ address: WANDA, key: await binary(keys['wanda']!) }, { address: DINO, key: await binary(keys['dino']!), direct: true });
  web = await startWeb(authority, new Map(), published);
  rows.push({ name: 'openpgpkey.webkey.test', type: 'A', data: '127.0.0.1' }, { name: 'direct.test', type: 'A', data: '127.0.0.1' }, { name: 'webkey.test', type: 'A', data: '127.0.0.1' }, { name: 'directory.webkey.test', type: 'A', data: '127.0.0.1' });
  dns = await startDns({ rows, signed, faults });
  ldap = await startLdap([], { name: 'cn=mail', password: 'pretend' });
  const open = (resolverTrusted: boolean) => openWorld({ resolver: dns.address, resolverTrusted, allowedNetworks: ['127.0.0.1/32'], caFile: authority.file });
  [world, untrusting] = [open(true), open(false)];
  sources = {
    wkd: wkd({ world: { ...world, fetch: (url, ask) => world.fetch(url, web.broken === 'hang' ? { ...ask, timeout: 300 } : ask) }, port: web.port }), dane: dane({ world }), daneUntrusted: dane({ world: untrusting }),
    // By a name that our own resolver alone knows.
    directory: directory({ url: ldap.url.replace('127.0.0.1', 'directory.webkey.test'), name: 'cn=mail', password: 'pretend', world }), directoryLocked: directory({ url: ldap.url, name: 'cn=mail', password: 'wrong', world }),
    vks: keyServer({ world, url: `https://openpgpkey.webkey.test:${web.port}` }),
  };
});
afterAll(async () => {
  web.close();
  await Promise.all([dns.close(), ldap.close()]);
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  web.broken = null;
  web.keys.splice(0, Infinity, { address: WANDA, key: await binary(keys['wanda']!) }, { address: DINO, key: await binary(keys['dino']!), direct: true });
  web.asked.length = 0;
  dns.asked.length = 0;
  ldap.silent = false;
  ldap.asked.length = 0;
  ldap.entries.splice(0);
  rows.splice(4);
  for (const name of Object.keys(faults)) delete faults[name];
});

test('the hash of a web key directory is the one that everybody computes', () => {
  // draft-koch-openpgp-webkey-service §3.1, its own example
  expect(wkdHash('Joe.Doe')).toBe('iy9q119eutrkn8s1mk4r39qejnbu3n5q');
});

onEveryEngine((ground) => {
  const on = (names: string[], more: object = {}) => keysOn(ground, { anchors, sources: names.map((n) => sources[n]!), ...more });
  /** asks until the look-up has ended */
  async function found(k: Awaited<ReturnType<typeof on>>, address: string) {
    const [capability] = await k.keys.capabilities([address], { look: PATIENCE });
    return capability!;
  }

  /** a day later: what is on file is answered at once, and looked for anew behind it */
  async function again(k: Awaited<ReturnType<typeof on>>, address: string) {
    k.world.clock += 25 * HOUR;
    await k.keys.capabilities([address], { look: 0 });
    const room = k.store.room<typeof import('../../../service/keys/keys.sql.ts')>('keys');
    const asked = [{ owner: k.vault.index('address', address), domain: '' }];
    await expect.poll(async () => (await room.read.known({ asked }))[0]!.lookups.every((l) => l.until > k.world.clock)).toBe(true);
    return found(k, address);
  }

  test('the first answer comes at once and says that a key is being looked for; the second knows it', async () => {
    const k = await on(['wkd']);
    expect(await k.keys.capabilities([WANDA], { look: 0 })).toMatchObject([{ lookingUp: true }]);
    expect(await found(k, WANDA)).toMatchObject({ pgp: { trust: 'wkd' } });
    expect((await found(k, WANDA)).lookingUp).toBeUndefined();
    expect(web.asked).toEqual([`openpgpkey.webkey.test/.well-known/openpgpkey/webkey.test/hu/${wkdHash('wanda')}?l=wanda`]);
    expect(k.drafts.find((d) => d.type === 'key.looked_up')?.facts).toEqual({ wkd: 'found' });
    expect(k.drafts.find((d) => d.type === 'key.imported')?.facts).toMatchObject({ trust: 'wkd', source: 'wkd' });
    expect(k.drafts).toHaveLength(2);
    expect(JSON.stringify(k.drafts.map((d) => d.facts))).not.toContain('wanda');
    expect(k.drafts.every((d) => d.sealed?.['address'] === WANDA)).toBe(true);
  });

  test('nothing is looked for that was not asked for, and never for our own people', async () => {
    const k = await on(['wkd', 'dane', 'directory']);
    await k.keys.capabilities([WANDA]);
    await k.keys.capabilities(['noor.haddad@riverside.test', 'not an address'], { look: 5_000 });
    expect([web.asked.length, ldap.asked.length, dns.asked.length]).toEqual([0, 0, 0]);
  });

  // What a place answers is the same whatever the store: once is enough, for some of them keep silent until we give up.
  if (ground.engine === 'sqlite') {
    test('the direct method where the subdomain does not exist, and only there', async () => {
      const k = await on(['wkd']);
      expect(await found(k, DINO)).toMatchObject({ pgp: { trust: 'wkd' } });
      expect(web.asked[0]).toContain(`direct.test/.well-known/openpgpkey/hu/`);
      web.keys.splice(0, Infinity, { address: WANDA, key: await binary(keys['wanda']!), direct: true });
      expect((await found(k, WANDA)).pgp).toBeUndefined();
    });

    test('a key for another address behind the right hash is not taken, and the plan can say so', async () => {
      web.keys.splice(0, Infinity, { address: WANDA, key: await binary(keys['stranger']!) });
      const k = await on(['wkd']);
      expect(await found(k, WANDA)).toMatchObject({ missing: { pgp: 'key-other-address' } });
    });

    test('a certificate for another address in the directory is not taken either', async () => {
      ldap.entries.push({ dn: 'uid=x', mail: LYDIA, certificates: [der(ca.person('Eve', 'eve@staffdir.test').certificate)] });
      expect(await found(await on(['directory']), LYDIA)).toMatchObject({ missing: { smime: 'key-other-address' } });
    });

    test.each<[string, number | 'hang']>([['answers 500', 500], ['hangs', 'hang']])('a key directory that %s is asked again later, and the plan says so', async (_, how) => {
      web.broken = how;
      const k = await on(['wkd']);
      expect(await found(k, WANDA)).toMatchObject({ missing: { pgp: 'lookup-failed' } });
      expect((await found(k, WANDA)).lookingUp).toBeUndefined();
      web.broken = null;
      k.world.clock -= 24 * HOUR;
      await again(k, WANDA);
      await expect.poll(async () => (await found(k, WANDA)).pgp?.trust).toBe('wkd');
    });

    test('DNS: only what a trusted resolver says is signed', async () => {
      const record: Row = { name: daneName(DEAN, '_openpgpkey'), type: 'UNKNOWN_61', data: Buffer.from(await binary(keys['dean']!)) };
      rows.push(record);
      expect(await found(await on(['dane']), DEAN)).toMatchObject({ pgp: { trust: 'dane' } });
      expect((await found(await on(['daneUntrusted']), DEAN)).pgp).toBeUndefined();
      rows.splice(4, Infinity, { ...record, name: record.name.replace('signed.test', 'unsigned.test') });
      expect((await found(await on(['dane']), DEAN.replace('signed', 'unsigned'))).pgp).toBeUndefined();
    });

    test('DNS: a certificate that its own zone vouches for needs no authority; one that names an authority does', async () => {
      const own = smimeAuthority('Nobody', NOW).person('Dean', DEAN).certificate;
      const record = (usage: number, selector = 0, matching = 0): Row => ({ name: daneName(DEAN, '_smimecert'), type: 'UNKNOWN_53', data: Buffer.concat([Buffer.of(usage, selector, matching), der(own)]) });
      for (const [row, trust] of [[record(3), 'dane'], [record(1), undefined], [record(2), undefined], [record(3, 1), undefined], [record(3, 0, 1), undefined]] as const) {
        rows.splice(4, Infinity, row);
        const k = await on(['dane']);
        expect((await found(k, DEAN)).smime?.trust).toBe(trust);
      }
    });

    test('DNS: what a signed zone says is no more than its word for one certificate', async () => {
      const own = smimeAuthority('Nobody', NOW);
      const good = (address: string) => der(own.person('Dean', address, 'p256').certificate);
      const said = (bytes: Uint8Array, usage = 3) => Buffer.concat([Buffer.of(usage, 0, 0), bytes]);
      const noise = (n: number) => said(randomBytes(n));
      const ATTACKS: readonly (readonly [string, (address: string) => readonly Uint8Array[], string | undefined, string | undefined])[] = [
        ['good', (a) => [said(good(a))], 'dane', undefined],
        ['another', () => [said(good('eve@signed.test'))], undefined, 'key-other-address'],
        ['authority', () => [said(der(own.certificate))], undefined, 'key-other-address'],
        ['ended', (a) => [said(der(own.person('Dean', a, 'p256', { notBefore: NOW - 9 * HOUR, notAfter: NOW - HOUR }).certificate))], undefined, 'key-expired'],
        ['weak', (a) => [said(der(own.person('Dean', a, 'rsa-1024').certificate))], undefined, 'key-too-weak'],
        ['old-hash', (a) => [said(der(own.person('Dean', a, 'p256', { hash: 'sha1' }).certificate))], undefined, 'key-too-weak'],
        ['signs', (a) => [said(der(own.person('Dean', a, 'p256', { usage: USAGE.digitalSignature }).certificate))], undefined, 'key-cannot-encrypt'],
        ['web', (a) => [said(der(own.person('Dean', a, 'p256', { purposes: ['1.3.6.1.5.5.7.3.1'] }).certificate))], undefined, 'key-cannot-encrypt'],
        ['behind', (a) => [Buffer.concat([said(good(a)), Buffer.of(0)])], undefined, undefined],
        ['cut', (a) => [said(good(a).subarray(0, -1))], undefined, undefined],
        ['empty', () => [said(new Uint8Array())], undefined, undefined],
        ['noise', () => [noise(40_000)], undefined, undefined],
        ['usage', (a) => [said(good(a), 0), said(good(a), 255)], undefined, undefined],
        ['crowd', (a) => [...Array.from({ length: 10 }, () => noise(20)), said(good(a))], undefined, undefined],
        ['beside', (a) => [noise(20), said(good('eve@signed.test')), said(good(a))], 'dane', undefined],
      ];
      for (const [name, records] of ATTACKS) rows.push(...records(`${name}@signed.test`).map((data): Row => ({ name: daneName(`${name}@signed.test`, '_smimecert'), type: 'UNKNOWN_53', data: Buffer.from(data) })));
      // An alias that leads out of the signed zone: what stands there, anybody may have written.
      rows.push({ name: daneName('alias@signed.test', '_smimecert'), type: 'CNAME', data: 'alias.unsigned.test' }, { name: 'alias.unsigned.test', type: 'UNKNOWN_53', data: Buffer.from(said(good('alias@signed.test'))) });
      const k = await on(['dane']);
      for (const [name, , trust, why] of [...ATTACKS, ['alias', null, undefined, undefined] as const]) {
        const { smime, missing } = await found(k, `${name}@signed.test`);
        expect([name, smime?.trust, missing?.smime]).toEqual([name, trust, why]);
      }
    });

    test('DNS that fails is not DNS that says none', async () => {
      faults[daneName(DEAN, '_openpgpkey')] = 'servfail';
      expect(await found(await on(['dane']), DEAN)).toMatchObject({ missing: { pgp: 'lookup-failed' } });
    });

    test('a directory: found, down, locked', async () => {
      ldap.entries.push({ dn: 'uid=lydia', mail: LYDIA, certificates: [der(ca.person('Lydia', LYDIA).certificate)] });
      const k = await on(['directory']);
      expect(await found(k, 'LYDIA@staffdir.test')).toMatchObject({ smime: { trust: 'directory' } });
      expect(ldap.asked).toEqual([`mail=${LYDIA}`]);
      expect(await found(await on(['directoryLocked']), LYDIA)).toMatchObject({ missing: { smime: 'lookup-failed' } });
      ldap.silent = true;
      expect(await found(await on(['directory']), LYDIA)).toMatchObject({ missing: { smime: 'lookup-failed' } });
    });

    test('of two certificates of one person the younger is used', async () => {
      const [old, young] = [ca.person('Lydia', LYDIA, 'rsa', { notBefore: NOW - 300 * 24 * HOUR }).certificate, ca.person('Lydia', LYDIA, 'p256', { notBefore: NOW - HOUR }).certificate];
      ldap.entries.push({ dn: 'uid=lydia', mail: LYDIA, certificates: [der(old), der(young)] });
      const k = await on(['directory']);
      const { smime } = await found(k, LYDIA);
      expect((await k.keys.smime(smime!.id))!.certificate).toEqual(der(young));
    });

    test('a public key server is asked only by who configured it', async () => {
      const k = await on(['vks']);
      await found(k, WANDA);
      expect(web.asked).toEqual([`openpgpkey.webkey.test/vks/v1/by-email/wanda%40webkey.test`]);
    });
  }

  test('another key than the one on file is noticed and held; a person lets it in or throws it out', async () => {
    const k = await on(['wkd']);
    const first = (await found(k, WANDA)).pgp!;
    web.keys.splice(0, Infinity, { address: WANDA, key: await binary(keys['other']!) });
    await again(k, WANDA);
    await expect.poll(async () => (await found(k, WANDA)).pgp).toMatchObject({ id: first.id, unusable: 'key-changed' });
    expect(k.drafts.map((d) => d.type)).toContain('key.changed');
    const [held] = await k.keys.entries('held', '', 10);
    expect(held).toMatchObject({ address: WANDA, state: 'held', trust: 'wkd' });
    // Thrown out: the one on file counts again, and the same one is not brought back.
    await k.keys.removeKey(held!.id, BY);
    expect((await found(k, WANDA)).pgp).toMatchObject({ id: first.id });
    expect((await found(k, WANDA)).pgp?.unusable).toBeUndefined();
    await again(k, WANDA);
    expect(await k.keys.entries('held', '', 10)).toEqual([]);
    // A third one, let in.
    web.keys.splice(0, Infinity, { address: WANDA, key: await binary(keys['third']!) });
    await again(k, WANDA);
    await expect.poll(async () => (await k.keys.entries('held', '', 10)).length).toBe(1);
    const [third] = await k.keys.entries('held', '', 10);
    expect(await k.keys.confirmKey(third!.id, LEO)).toMatchObject({ trust: 'admin-verified', state: 'active' });
    expect((await found(k, WANDA)).pgp).toMatchObject({ id: third!.id, trust: 'admin-verified' });
    expect((await k.keys.entries('replaced', '', 10)).map((e) => e.id)).toContain(first.id);
  });

  test('a key that is held or was taken back hears of its revocation, too: nobody lets it in, and an old copy of it does not come back', async () => {
    const k = await on(['wkd']);
    const { pgp } = await found(k, WANDA);
    const revoked = async (name: string) => (await revokeKey({ key: await readPrivateKey({ armoredKey: keys[name]!.privateKey }), date: new Date(NOW), format: 'object' })).publicKey.write();
    web.keys.splice(0, Infinity, { address: WANDA, key: await binary(keys['other']!) });
    await again(k, WANDA);
    await expect.poll(async () => (await k.keys.entries('held', '', 10)).length).toBe(1);
    const [held] = await k.keys.entries('held', '', 10);
    expect(await k.keys.importKey({ address: WANDA, bytes: await revoked('other'), trust: 'uploaded', by: BY })).toMatchObject({ code: 'key-revoked' });
    expect(await k.keys.confirmKey(held!.id, LEO)).toMatchObject({ code: 'key-revoked' });
    web.keys.splice(0);
    await again(k, WANDA);
    await expect.poll(async () => (await k.keys.entries('withdrawn', '', 10)).map((e) => e.id)).toEqual([pgp!.id]);
    web.keys.splice(0, Infinity, { address: WANDA, key: await revoked('wanda') });
    await again(k, WANDA);
    web.keys.splice(0, Infinity, { address: WANDA, key: await binary(keys['wanda']!) });
    await again(k, WANDA);
    await expect.poll(async () => (await found(k, WANDA)).missing).toEqual({ pgp: 'key-revoked' });
    expect((await k.keys.entries('withdrawn', '', 10)).map((e) => e.id)).toEqual([pgp!.id]);
  });

  test('a confirmed key is used on while another one waits', async () => {
    const k = await on(['wkd']);
    const { pgp } = await found(k, WANDA);
    await k.keys.confirmKey(pgp!.id, LEO);
    web.keys.splice(0, Infinity, { address: WANDA, key: await binary(keys['other']!) });
    await again(k, WANDA);
    await expect.poll(async () => (await k.keys.entries('held', '', 10)).length).toBe(1);
    expect((await found(k, WANDA)).pgp).toMatchObject({ id: pgp!.id, trust: 'admin-verified' });
    expect((await found(k, WANDA)).pgp?.unusable).toBeUndefined();
  });

  test('a key that is published no more is used no more; one that two persons vouched for stays', async () => {
    for (const confirm of [false, true]) {
      const k = await on(['wkd']);
      web.keys.splice(0, Infinity, { address: WANDA, key: await binary(keys['wanda']!) });
      const { pgp } = await found(k, WANDA);
      if (confirm) await k.keys.confirmKey(pgp!.id, LEO);
      web.keys.splice(0);
      await again(k, WANDA);
      await expect.poll(async () => k.drafts.filter((d) => d.type === 'key.looked_up').length).toBe(2);
      await expect.poll(async () => (await found(k, WANDA)).pgp?.id).toBe(confirm ? pgp!.id : undefined);
    }
  });

  test('published again it is the one from before, revoked if it was; another one in its place is held', async () => {
    const k = await on(['wkd']);
    const looks = (n: number) => expect.poll(async () => k.drafts.filter((d) => d.type === 'key.looked_up').length).toBe(n);
    const publish = async (n: number, ...all: Uint8Array[]) => {
      web.keys.splice(0, Infinity, ...all.map((key) => ({ address: WANDA, key })));
      await again(k, WANDA);
      await looks(n);
    };
    const { pgp } = await found(k, WANDA);
    await publish(2);
    expect((await found(k, WANDA)).pgp).toBeUndefined();
    await publish(3, await binary(keys['other']!));
    expect((await found(k, WANDA)).pgp).toBeUndefined();
    expect(await k.keys.entries('held', '', 10)).toHaveLength(1);
    await publish(4, await binary(keys['wanda']!));
    expect((await found(k, WANDA)).pgp?.id).toBe(pgp!.id);
    const { publicKey } = await revokeKey({ key: await readPrivateKey({ armoredKey: keys['wanda']!.privateKey }), date: new Date(NOW), format: 'object' });
    await publish(5, publicKey.write());
    await publish(6);
    expect((await found(k, WANDA)).pgp).toBeUndefined();
    await publish(7, await binary(keys['wanda']!));
    expect(await found(k, WANDA)).toMatchObject({ missing: { pgp: 'key-revoked' } });
    expect((await found(k, WANDA)).pgp).toBeUndefined();
  });

  describe('a revocation is never forgotten', () => {
    type On = Awaited<ReturnType<typeof on>>;
    type Way = (k: On, key: Uint8Array) => Promise<unknown>;
    const by = (pair: string) => readPrivateKey({ armoredKey: keys[pair]!.privateKey });
    const revoked = async (pair: string) => (await revokeKey({ key: await by(pair), date: new Date(NOW), format: 'object' })).publicKey.write();
    const upload: Way = (k, key) => k.keys.importKey({ address: WANDA, bytes: key, trust: 'uploaded', by: BY });
    const autocrypt: Way = (k, key) => k.keys.harvest(Buffer.from(`From: Wanda <${WANDA}>\r\nAutocrypt: addr=${WANDA}; keydata=${Buffer.from(key).toString('base64')}\r\n\r\nhi\r\n`), BY);
    const web_: Way = async (k, key) => {
      web.keys.splice(0, Infinity, { address: WANDA, key });
      await again(k, WANDA);
    };
    const zone: Way = async (k, key) => {
      signed.push('webkey.test');
      web.keys.splice(0);
      rows.splice(4, Infinity, { name: daneName(WANDA, '_openpgpkey'), type: 'UNKNOWN_61', data: Buffer.from(key) });
      await again(k, WANDA);
      rows.splice(4);
      signed.splice(1);
    };
    const drawer: Way = async (k) => {
      const { revocationCertificate } = await generateRevocation('wanda');
      return k.keys.importKey({ address: WANDA, bytes: Buffer.from(revocationCertificate), trust: 'uploaded', by: BY });
    };
    const generateRevocation = async (pair: string) => {
      const key = await by(pair);
      return { revocationCertificate: await (await key.revoke({ flag: enums.reasonForRevocation.keyCompromised }, new Date(NOW))).getRevocationCertificate() as string };
    };
    const IN: readonly (readonly [string, Way, string[]])[] = [['uploaded', upload, []], ['in an Autocrypt header', autocrypt, []], ['in a web key directory', web_, ['wkd']], ['in signed DNS', zone, ['dane']], ['at a key server', web_, ['vks']]];

    test.each(IN)('a revoked copy %s of a key that was never on file: no copy comes in after it, by no way', async (_, way, names) => {
      const old = await binary(keys['wanda']!);
      const k = await on([...new Set([...names, 'wkd', 'dane', 'vks'])]);
      web.keys.splice(0);
      await way(k, await revoked('wanda'));
      expect(k.drafts.filter((d) => d.type === 'key.revoked').map((d) => d.facts)).toEqual([{ fingerprint: (await by('wanda')).getFingerprint(), of: 'key' }]);
      for (const [, other] of IN) {
        await other(k, old);
        web.keys.splice(0);
        expect((await k.keys.capabilities([WANDA]))[0]!.pgp).toBeUndefined();
      }
      expect(await upload(k, old)).toMatchObject({ code: 'key-revoked' });
      for (const state of ['active', 'held'] as const) expect(await k.keys.entries(state, '', 10)).toEqual([]);
      // Said again, it is no news.
      expect(await autocrypt(k, await revoked('wanda'))).toBe(0);
      expect(k.drafts.filter((d) => d.type === 'key.revoked')).toHaveLength(1);
    });

    /** what became of the key before its revocation is heard */
    const BECAME: readonly (readonly [string, string, Way, (k: On, id: string) => Promise<unknown>])[] = [
      ['in use', 'in an Autocrypt header', autocrypt, async () => undefined],
      ['replaced', 'uploaded', upload, async (k) => {
        const other = await upload(k, await binary(keys['other']!)) as { id: string };
        await k.keys.confirmKey(other.id, LEO);
      }],
      ['removed', 'by itself, as it lay in a drawer', drawer, (k, id) => k.keys.removeKey(id, LEO)],
      ['withdrawn', 'in an Autocrypt header', autocrypt, async (k) => { web.keys.splice(0); await again(k, WANDA); }],
    ];
    test.each(BECAME)('a key that is %s, its revocation %s: its old copy stays out', async (state, _, way, becomes) => {
      const k = await on(['wkd']);
      const { pgp } = await found(k, WANDA);
      await becomes(k, pgp!.id);
      await way(k, await revoked('wanda'));
      web.keys.splice(0);
      for (const [, other] of IN.slice(0, 3)) await other(k, await binary(keys['wanda']!));
      expect(await upload(k, await binary(keys['wanda']!))).toMatchObject({ code: 'key-revoked' });
      const [now] = await k.keys.capabilities([WANDA]);
      if (state === 'in use') expect(now!.pgp).toMatchObject({ id: pgp!.id, unusable: 'key-revoked' });
      else expect(now!.pgp?.id).not.toBe(pgp!.id);
    });

    test('of a part: a subkey, a name; another one that stands makes it good again', async () => {
      const k = await on([]);
      const key = await by('wanda');
      const old = key.toPublic().write();
      const said = await by('wanda');
      said.users[0] = await said.users[0]!.revoke(said.keyPacket as never, { flag: enums.reasonForRevocation.userIDInvalid }, new Date(NOW));
      expect(await upload(k, said.toPublic().write())).toMatchObject({ code: 'key-revoked' });
      expect(await upload(k, old)).toMatchObject({ code: 'key-revoked' });
      const { publicKey: renamed } = await reformatKey({ privateKey: key, userIDs: [{ name: 'Wanda Weir', email: WANDA }], date: new Date(NOW), format: 'object' });
      expect(await upload(k, renamed.write())).toMatchObject({ state: 'active' });
      const other = await by('other');
      const whole = other.toPublic().write();
      other.subkeys[0] = await other.subkeys[0]!.revoke(other.keyPacket as never, { flag: enums.reasonForRevocation.keyCompromised }, new Date(NOW));
      expect(await upload(k, other.toPublic().write())).toMatchObject({ code: 'key-revoked' });
      expect(await upload(k, whole)).toMatchObject({ code: 'key-revoked' });
      expect(k.drafts.filter((d) => d.type === 'key.revoked').map((d) => d.facts?.['of'])).toEqual(['name', 'subkey']);
      expect(JSON.stringify(k.drafts.map((d) => d.facts))).not.toContain('wanda');
    });

    test('it holds for whoever else the key is on file for, and after a restart', async () => {
      const WEIR = 'weir@webkey.test';
      const k = await on([]);
      const { publicKey, privateKey } = await reformatKey({ privateKey: await by('third'), userIDs: [{ email: WANDA }, { email: WEIR }], date: new Date(NOW), format: 'object' });
      for (const address of [WANDA, WEIR]) await k.keys.importKey({ address, bytes: publicKey.write(), trust: 'uploaded', by: BY });
      expect((await k.keys.capabilities([WEIR]))[0]!.pgp?.unusable).toBeUndefined();
      await upload(k, (await revokeKey({ key: privateKey, date: new Date(NOW), format: 'object' })).publicKey.write());
      expect((await k.open().capabilities([WANDA, WEIR])).map((c) => c.pgp?.unusable)).toEqual(['key-revoked', 'key-revoked']);
    });

    test('nobody says it of a key of somebody else', async () => {
      const k = await on([]);
      const { publicKey } = await revokeKey({ key: await by('other'), date: new Date(NOW), format: 'object' });
      const forged = await readKey({ armoredKey: keys['wanda']!.publicKey });
      forged.revocationSignatures.push(...publicKey.revocationSignatures);
      await upload(k, forged.write());
      expect(await upload(k, await binary(keys['wanda']!))).toMatchObject({ state: 'active' });
      expect((await k.keys.capabilities([WANDA]))[0]!.pgp?.unusable).toBeUndefined();
    });

    // Below a key of one's own anybody may hang what others published, and revoke it there.
    test.each(['primary key', 'subkey'])('nor of somebody else\'s %s, hung below a key of one\'s own', async (part) => {
      const k = await on([]);
      const before = await upload(k, await binary(keys['wanda']!)) as { id: string };
      const [theirs, mine] = [await readKey({ armoredKey: keys['wanda']!.publicKey }), await by('third')];
      const packet = part === 'subkey' ? theirs.subkeys[0]!.keyPacket : Object.assign(new PublicSubkeyPacket(), theirs.keyPacket);
      const hung = mine.toPublic();
      hung.subkeys.push(new Subkey(packet, hung));
      hung.subkeys[hung.subkeys.length - 1] = await hung.subkeys.at(-1)!.revoke(mine.keyPacket as never, { flag: enums.reasonForRevocation.keyCompromised }, new Date(NOW));
      await k.keys.importKey({ address: 'mallory@webkey.test', bytes: hung.write(), trust: 'uploaded', by: BY });
      expect(k.drafts.filter((d) => d.type === 'key.revoked').map((d) => d.facts)).toEqual([{ fingerprint: mine.getFingerprint(), of: 'subkey' }]);
      expect((await k.keys.capabilities([WANDA]))[0]!.pgp).toEqual({ id: before.id, trust: 'uploaded' });
    });

    test('of a certificate, however it comes in', async () => {
      const pair = ca.person('Lydia', LYDIA, 'p256');
      const k = await on(['directory', 'dane'], { world: { now: () => NOW, random: (n: number) => new Uint8Array(randomBytes(n)), fetch: async () => { throw new Error('nobody answers'); } } });
      // As it was kept before it was kept by issuer and number.
      await k.store.room<typeof import('../../../service/keys/keys.sql.ts')>('keys').write.keepStatus({ fingerprint: createHash('sha256').update(der(pair.certificate)).digest('hex'), status: 'revoked', by: 'crl', at: NOW, until: NOW });
      expect(await k.keys.importKey({ address: LYDIA, bytes: Buffer.from(pair.certificate), trust: 'uploaded', by: BY })).toMatchObject({ code: 'key-revoked' });
      ldap.entries.push({ dn: 'uid=lydia', mail: LYDIA, certificates: [der(pair.certificate)] });
      signed.push('staffdir.test');
      rows.push({ name: daneName(LYDIA, '_smimecert'), type: 'UNKNOWN_53', data: Buffer.concat([Buffer.of(1, 0, 0), der(pair.certificate)]) });
      const known = await found(k, LYDIA);
      signed.splice(1);
      expect([known.smime, known.missing?.smime]).toEqual([undefined, 'key-revoked']);
    });
  });

  test('a revocation that is published reaches the key on file, and an old copy does not take it back', async () => {
    const k = await on(['wkd']);
    await found(k, WANDA);
    const { publicKey } = await revokeKey({ key: await readPrivateKey({ armoredKey: keys['wanda']!.privateKey }), date: new Date(NOW), format: 'object' });
    web.keys.splice(0, Infinity, { address: WANDA, key: publicKey.write() });
    await again(k, WANDA);
    await expect.poll(async () => (await found(k, WANDA)).pgp).toMatchObject({ unusable: 'key-revoked' });
    web.keys.splice(0, Infinity, { address: WANDA, key: await binary(keys['wanda']!) });
    await again(k, WANDA);
    await expect.poll(async () => k.drafts.filter((d) => d.type === 'key.looked_up').length).toBe(3);
    expect((await found(k, WANDA)).pgp).toMatchObject({ unusable: 'key-revoked' });
    expect(k.drafts.filter((d) => d.type === 'key.refreshed')).toHaveLength(1);
  });

  test('what is trusted less than the threshold is kept and not used; found again by a better source, it counts', async () => {
    const k = await on(['wkd'], { threshold: 'wkd' });
    const mail = `From: Wanda <${WANDA}>\r\nAutocrypt: addr=${WANDA}; prefer-encrypt=mutual; keydata=${Buffer.from(await binary(keys['wanda']!)).toString('base64').replace(/.{70}/g, '$&\r\n ')}\r\nSubject: hi\r\n\r\nhi\r\n`;
    expect(await k.keys.harvest(Buffer.from(mail), BY)).toBe(1);
    expect((await k.keys.capabilities([WANDA]))[0]).toMatchObject({ pgp: { trust: 'autocrypt', unusable: 'key-not-trusted' } });
    expect(await found(k, WANDA)).toMatchObject({ pgp: { trust: 'wkd' } });
    expect((await found(k, WANDA)).pgp?.unusable).toBeUndefined();
  });

  const letter = (key: Uint8Array) => Buffer.from(`From: Dean <${DEAN}>\r\nAutocrypt: addr=${DEAN}; keydata=${Buffer.from(key).toString('base64')}\r\n\r\nhi\r\n`);
  const zone = async (): Promise<Row> => ({ name: daneName(DEAN, '_openpgpkey'), type: 'UNKNOWN_61', data: Buffer.from(await binary(keys['dean']!)) });

  test('a better source goes before a lesser one, whichever came first; what is confirmed gives way to neither', async () => {
    const lesser = (await readKey({ armoredKey: (await pgpPerson('Dean', DEAN, 'ecc', NOW)).publicKey })).write();
    rows.push(await zone());
    const k = await on(['dane'], { threshold: 'wkd' });
    await k.keys.harvest(letter(lesser), BY);
    expect(await found(k, DEAN)).toMatchObject({ pgp: { trust: 'dane' } });
    const { pgp } = await found(k, DEAN);
    expect(pgp?.unusable).toBeUndefined();
    expect([(await k.keys.entries('replaced', '', 9)).map((e) => e.trust), await k.keys.entries('held', '', 9)]).toEqual([['autocrypt'], []]);
    const another = (await readKey({ armoredKey: (await pgpPerson('Dean', DEAN, 'ecc', NOW)).publicKey })).write();
    await k.keys.harvest(letter(another), BY);
    expect((await k.keys.entries('held', '', 9)).map((e) => e.trust)).toEqual(['autocrypt']);
    expect((await k.keys.capabilities([DEAN]))[0]!.pgp).toEqual(pgp);

    const other = await on(['dane']);
    await other.keys.harvest(letter(lesser), BY);
    const id = (await other.keys.entries('active', '', 9))[0]!.id;
    await other.keys.confirmKey(id, LEO);
    expect((await found(other, DEAN)).pgp).toMatchObject({ id, trust: 'admin-verified' });
    expect((await other.keys.entries('held', '', 9)).map((e) => e.trust)).toEqual(['dane']);
  });

  test('what a lesser source had held is let in by a better one, and who brought it still cannot confirm it', async () => {
    const first = (await readKey({ armoredKey: (await pgpPerson('Dean', DEAN, 'ecc', NOW)).publicKey })).write();
    const k = await on(['dane']);
    await k.keys.harvest(letter(first), LEO);
    await k.keys.harvest(letter(await binary(keys['dean']!)), BY);
    expect((await k.keys.capabilities([DEAN]))[0]!.pgp?.unusable).toBe('key-changed');
    rows.push(await zone());
    await expect.poll(async () => (await found(k, DEAN)).pgp?.trust).toBe('dane');
    const { pgp } = await found(k, DEAN);
    expect(pgp?.unusable).toBeUndefined();
    expect(await k.keys.entries('held', '', 9)).toEqual([]);
    expect(await k.keys.confirmKey(pgp!.id, BY)).toMatchObject({ code: 'second-person-needed' });
  });

  test('an upload raises what was harvested to an administrator\'s word', async () => {
    const k = await on([], { threshold: 'uploaded' });
    const key = await binary(keys['dean']!);
    await k.keys.harvest(letter(key), BY);
    const before = (await k.keys.capabilities([DEAN]))[0]!.pgp!;
    expect(before).toMatchObject({ trust: 'autocrypt', unusable: 'key-not-trusted' });
    expect(await k.keys.importKey({ address: DEAN, bytes: key, trust: 'uploaded', by: BY })).toMatchObject({ id: before.id, trust: 'uploaded', source: 'upload', fresh: false });
    expect(k.drafts.at(-1)).toMatchObject({ type: 'key.imported', facts: { key: before.id, trust: 'uploaded' } });
    expect((await k.keys.capabilities([DEAN]))[0]!.pgp).toEqual({ id: before.id, trust: 'uploaded' });
    expect(await k.keys.confirmKey(before.id, BY)).toMatchObject({ code: 'second-person-needed' });
    expect(await k.keys.confirmKey(before.id, LEO)).toMatchObject({ trust: 'admin-verified', source: 'upload' });
  });

  test('keys that end are told of at 30, 7 and 1 days, each once', async () => {
    const k = await on([]);
    const pem = ca.person('Lydia', LYDIA, 'p256', { notAfter: NOW + 40 * 24 * HOUR }).certificate;
    await k.keys.importKey({ address: LYDIA, bytes: Buffer.from(pem), trust: 'uploaded', by: BY });
    const told: number[] = [];
    for (let day = 0; day <= 41; day += 1) {
      for (let twice = 0; twice < 2; twice += 1) if ((await k.keys.watch()) > 0) told.push(day);
      k.world.clock += 24 * HOUR;
    }
    expect(told).toEqual([10, 33, 39]);
    expect(k.drafts.filter((d) => d.type === 'key.expiring').map((d) => d.facts?.['days'])).toEqual([30, 7, 1]);
  });

  test('our own that end too, once each and again when nearer; what has ended or is far away is not', async () => {
    const k = await on([]);
    const own = [{ kind: 'authority' as const, fingerprint: 'aa', expires: NOW + 29 * 24 * HOUR }, { kind: 'pgp' as const, fingerprint: 'bb', expires: NOW + 31 * 24 * HOUR }, { kind: 'certificate' as const, fingerprint: 'cc', expires: NOW - 1 }];
    const told: number[][] = [];
    for (let day = 0; day <= 32; day += 1) {
      const noted = await k.keys.watch(own) + await k.keys.watch(own);
      if (noted > 0) told.push([day, noted]);
      k.world.clock += 24 * HOUR;
    }
    expect(told).toEqual([[0, 1], [1, 1], [22, 1], [24, 1], [28, 1], [30, 1]]);
    expect(k.drafts.at(-1)).toMatchObject({ type: 'key.expiring', facts: { kind: 'pgp', own: true, days: 1 } });
    // The same key with another end, as when somebody has lengthened it, is told of anew.
    expect(await k.keys.watch([{ ...own[1]!, expires: k.world.clock + 24 * HOUR }])).toBe(1);
  });

  test('a rule for a recipient and one for their whole domain: the stronger counts', async () => {
    const k = await on([]);
    const need = async (address: string) => (await k.keys.capabilities([address]))[0]?.need;
    expect(await k.keys.require({ to: { domain: 'WebKey.test' }, need: 'at-rest', by: BY })).toBe(true);
    expect(await k.keys.require({ to: { domain: 'webkey.test' }, need: 'at-rest', by: BY })).toBe(false);
    expect([await need(WANDA), await need(DINO)]).toEqual(['at-rest', undefined]);
    await k.keys.require({ to: { address: WANDA.toUpperCase() }, need: 'e2e-only', by: BY });
    expect(await need(WANDA)).toBe('e2e-only');
    await k.keys.require({ to: { address: WANDA }, need: null, by: BY });
    expect(await need(WANDA)).toBe('at-rest');
  });
});

test('a name in signed DNS is the hash of the local part, cut to 28 octets', () => {
  expect(daneName(DEAN, '_openpgpkey')).toBe(`${createHash('sha256').update('dean').digest('hex').slice(0, 56)}._openpgpkey.signed.test`);
});
