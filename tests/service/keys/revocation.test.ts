/** Revocation as the world tells it: OpenSSL's own responder and lists behind a web server on loopback that also hangs, lies and points elsewhere. */
import { execFileSync } from 'node:child_process';
import { X509Certificate, randomBytes, randomInt } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { BitString, Integer, Sequence, fromBER, type BaseBlock } from 'asn1js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { smimeAuthority, statusAt, type Authority } from '../../../lab/people.keys.ts';
import { answer } from '../../../service/keys/trust/ocsp.ts';
import { changed, listed } from '../../../service/keys/trust/crl.ts';
import { openRevocation, type Status, type StatusCache } from '../../../service/keys/trust/revocation.ts';
import { judgeCertificate } from '../../../service/keys/trust.ts';
import { certificatesIn, readCertificate, type CertificateFacts } from '../../../service/keys/trust.read.ts';
import { openWorld } from '../../../service/world.ts';
import { tool } from '../../tools.ts';

const SAM = 'sam.park@stmarys.test';
const DAY = 86_400_000;
const openssl = tool('openssl', 'revocation by OCSP and CRL as OpenSSL makes them');

const read = (pem: string): CertificateFacts => readCertificate(certificatesIn(Buffer.from(pem))[0]!)!;
const serialOf = (pem: string): string => new X509Certificate(pem).serialNumber;

/** P-256's order (SEC 2 §2.4.2): of an ECDSA signature (r, s), (r, n - s) stands as well. */
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
function anew(pem: string): string {
  const whole = fromBER(new Uint8Array(new X509Certificate(pem).raw)).result as Sequence;
  const [body, algorithm, signature] = whole.valueBlock.value as [BaseBlock, BaseBlock, BitString];
  const [r, s] = (fromBER(new Uint8Array(signature.valueBlock.valueHexView)).result as Sequence).valueBlock.value as [Integer, Integer];
  const written = new Sequence({ value: [r, Integer.fromBigInt(ORDER - s.toBigInt())] }).toBER();
  const der = new Sequence({ value: [body, algorithm, new BitString({ valueHex: written })] }).toBER();
  return `-----BEGIN CERTIFICATE-----\n${Buffer.from(der).toString('base64')}\n-----END CERTIFICATE-----\n`;
}

describe.skipIf(!openssl)('revocation', () => {
  let folder = '';
  let server: Server;
  let at = '';
  const asked: string[] = [];
  const ca = smimeAuthority('Lab Mail Authority');
  const strange = smimeAuthority('Lab Mail Authority');
  const file = (name: string) => join(folder, name);
  const run = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  /** the authority's own book: who is valid and who was revoked */
  const book = (by: Authority, name: string, rows: readonly (readonly ['V' | 'R', string])[]): void => {
    writeFileSync(file(`${name}.pem`), by.certificate);
    writeFileSync(file(`${name}.key`), by.key);
    writeFileSync(file(`${name}.txt`), rows.map(([state, serial]) => `${state}\t400101000000Z\t${state === 'R' ? '261101000000Z,keyCompromise' : ''}\t${serial}\tunknown\t/CN=x\n`).join(''));
    writeFileSync(file(`${name}.cnf`), `[ca]\ndefault_ca=d\n[d]\ndatabase=${name}.txt\ndefault_md=sha256\n`);
  };
  const list = (name: string, ...more: string[]): Buffer => {
    run('ca', '-config', `${name}.cnf`, '-gencrl', '-cert', `${name}.pem`, '-keyfile', `${name}.key`, '-out', `${name}.crl`, ...(more.length > 0 ? more : ['-crldays', '7']));
    return readFileSync(file(`${name}.crl`));
  };
  const respond = (name: string, request: Buffer, ...more: string[]): Buffer => {
    const id = `${asked.length}`;
    writeFileSync(file(`${id}.req`), request);
    run('ocsp', '-index', `${name}.txt`, '-CA', `${name}.pem`, '-rsigner', `${name}.pem`, '-rkey', `${name}.key`, '-reqin', `${id}.req`, '-respout', `${id}.resp`, '-ndays', '2', ...more);
    return readFileSync(file(`${id}.resp`));
  };
  let delegate = { certificate: '', key: '' };
  let impostor = { certificate: '', key: '' };
  let replay: Buffer | null = null;
  /** what lies at a place, put there by a test */
  const lists = new Map<string, Buffer>();
  /** a list of `ca` with these extensions (RFC 5280 §5.2), and these on it */
  const extended = (extensions: string, rows: readonly (readonly ['V' | 'R', string])[], ...more: string[]): Buffer => {
    book(ca, 'ca', rows);
    writeFileSync(file('ca.cnf'), `${readFileSync(file('ca.cnf'), 'utf8')}[e]\n${extensions}\n`);
    return list('ca', '-crldays', '7', '-crlexts', 'e', ...more);
  };
  const numbered = (n: number) => `2.5.29.20=DER:02:01:0${n}`;
  const changes = (since: number, n: number) => `${numbered(n)}\n2.5.29.27=critical,DER:02:01:0${since}`;

  const cert = (places: { ocsp?: string[]; crl?: string[] }, by: Authority = ca) => by.person('Sam Park', SAM, 'p256', { more: statusAt({ ocsp: (places.ocsp ?? []).map((p) => at + p), crl: (places.crl ?? []).map((p) => at + p) }) }).certificate;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'ss-revocation-'));
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (c: Buffer) => chunks.push(c));
      request.on('end', () => {
        const path = request.url ?? '';
        asked.push(path);
        const body = Buffer.concat(chunks);
        const say = (bytes: Buffer, status = 200) => void response.writeHead(status).end(bytes);
        if (path === '/hang') return;
        if (path === '/inside') return void response.writeHead(302, { location: 'http://169.254.169.254/latest/meta-data/' }).end();
        if (path === '/file') return void response.writeHead(302, { location: 'file:///etc/passwd' }).end();
        if (path === '/ldap') return void response.writeHead(301, { location: 'ldap://127.0.0.1/' }).end();
        if (path === '/twice') return void response.writeHead(302, { location: '/once' }).end();
        if (path === '/once') return void response.writeHead(307, { location: '/ocsp' }).end();
        if (path === '/bomb') return void response.writeHead(200, { 'content-encoding': 'gzip', 'content-type': 'application/pkix-crl' }).end(gzipSync(Buffer.alloc(64 * 1024 * 1024)));
        if (path === '/drip') return void setInterval(() => response.write('0'), 50).unref();
        if (path === '/headers') return void response.writeHead(200, { 'x-long': 'x'.repeat(15_000), 'x-longer': 'y'.repeat(15_000) }).end();
        if (path === '/early') return void Array.from({ length: 2000 }, () => response.writeProcessing());
        if (path === '/upgrade') return void response.writeHead(101, { connection: 'upgrade', upgrade: 'x' }).end();
        if (path === '/cut') return void response.writeHead(200, { 'content-length': '5000' }).write('0', () => response.destroy());
        if (path === '/round') return void response.writeHead(302, { location: '/round' }).end();
        if (path === '/broken') return say(Buffer.from('no such thing'), 500);
        if (path === '/noise') return say(Buffer.from('<html>welcome to our network, please sign in</html>'));
        if (path === '/huge') return say(Buffer.alloc(17 * 1024 * 1024, 0x30));
        if (path === '/ocsp') return say(respond('ca', body));
        if (path === '/years') return say(respond('ca', body, '-ndays', '3000'));
        if (path === '/replay') return say((replay ??= respond('ca', body)));
        if (path === '/unsigned-by-us') return say(respond('strange', body));
        if (path === '/delegate') return say(respond('ca', body, '-rsigner', 'delegate.pem', '-rkey', 'delegate.key'));
        if (path === '/impostor') return say(respond('ca', body, '-rsigner', 'impostor.pem', '-rkey', 'impostor.key'));
        if (path === '/crl') return say(list('ca'));
        if (lists.has(path)) return say(lists.get(path)!);
        if (path === '/crl-strange') return say(list('strange'));
        if (path === '/crl-old') return say(list('ca', '-crl_lastupdate', '20260101000000Z', '-crl_nextupdate', '20260201000000Z'));
        return say(Buffer.alloc(0), 404);
      });
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    at = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    delegate = ca.person('Responder', 'ocsp@lab.test', 'p256', { purposes: ['1.3.6.1.5.5.7.3.9'] });
    impostor = ca.person('Sam Park', SAM, 'p256');
    for (const [name, pair] of [['delegate', delegate], ['impostor', impostor]] as const) {
      writeFileSync(file(`${name}.pem`), pair.certificate);
      writeFileSync(file(`${name}.key`), pair.key);
    }
  });
  afterAll(() => {
    server?.closeAllConnections();
    server?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  function memory(): StatusCache & { readonly kept: Map<string, Status & { until: number }> } {
    const kept = new Map<string, Status & { until: number }>();
    return { kept, get: async (...ids) => ids.map((id) => kept.get(id)).find((k) => k !== undefined) ?? null, set: async (id, status) => { kept.set(id, { ...status }); } };
  }
  const real = () => openWorld({ resolver: '127.0.0.1:9', resolverTrusted: false, allowedNetworks: ['127.0.0.1/32'] });
  async function check(pem: string, state: 'V' | 'R' | null, { cache = memory(), now = Date.now, path = [ca.certificate], patience = 20_000 } = {}): Promise<Status> {
    for (const [by, name] of [[ca, 'ca'], [strange, 'strange']] as const) book(by, name, state === null ? [] : [[state, serialOf(pem)]]);
    return openRevocation({ world: { ...real(), now }, cache }).check(read(pem), path.map(read), patience);
  }

  it.each<[string, { ocsp?: string[]; crl?: string[] }, 'V' | 'R' | null, Status['status'], Status['by']]>([
    ['a responder says good', { ocsp: ['/ocsp'] }, 'V', 'good', 'ocsp'],
    ['a responder says revoked', { ocsp: ['/ocsp'] }, 'R', 'revoked', 'ocsp'],
    ['a responder knows nothing of it', { ocsp: ['/ocsp'] }, null, 'unknown', null],
    ['the responder whom the issuer appointed', { ocsp: ['/delegate'] }, 'R', 'revoked', 'ocsp'],
    ['another person with a certificate of this issuer plays the responder', { ocsp: ['/impostor'] }, 'V', 'unknown', null],
    ['an authority of the same name answers', { ocsp: ['/unsigned-by-us'] }, 'V', 'unknown', null],
    ['the list does not name it', { crl: ['/crl'] }, 'V', 'good', 'crl'],
    ['the list names it', { crl: ['/crl'] }, 'R', 'revoked', 'crl'],
    ['a list of an authority of the same name', { crl: ['/crl-strange'] }, 'R', 'unknown', null],
    ['a list that is long over', { crl: ['/crl-old'] }, 'R', 'unknown', null],
    ['the responder is broken, the list says it', { ocsp: ['/broken'], crl: ['/crl'] }, 'R', 'revoked', 'crl'],
    ['the first responder is broken, the second says it', { ocsp: ['/broken', '/ocsp'] }, 'R', 'revoked', 'ocsp'],
    ['a sign-in page instead of an answer', { ocsp: ['/noise'], crl: ['/noise'] }, 'V', 'unknown', null],
    ['an answer without end', { ocsp: ['/huge'], crl: ['/huge'] }, 'V', 'unknown', null],
    ['a responder that points inside', { ocsp: ['/inside'], crl: ['/inside'] }, 'V', 'unknown', null],
    ['a responder that points round and round', { ocsp: ['/round'] }, 'V', 'unknown', null],
    ['a responder that points to a file', { ocsp: ['/file'], crl: ['/file'] }, 'V', 'unknown', null],
    ['a responder that points to a directory', { ocsp: ['/ldap'], crl: ['/ldap'] }, 'V', 'unknown', null],
    ['a responder that points on and on', { ocsp: ['/twice'] }, 'V', 'unknown', null],
    ['an answer that is small and unpacks to 64 MB', { ocsp: ['/bomb'], crl: ['/bomb'] }, 'V', 'unknown', null],
    ['an answer that is nothing but headers', { ocsp: ['/headers'], crl: ['/headers'] }, 'V', 'unknown', null],
    ['an answer that would rather speak something else', { ocsp: ['/upgrade'], crl: ['/upgrade'] }, 'V', 'unknown', null],
    ['an answer that breaks off', { ocsp: ['/cut'], crl: ['/cut'] }, 'V', 'unknown', null],
    ['no place is named', {}, 'V', 'unnamed', null],
  ])('%s', async (_, places, state, status, by) => {
    expect(await check(cert(places), state)).toMatchObject({ status, by });
  });

  it('an address inside is never dialled, whether named or pointed to', async () => {
    const pem = ca.person('Sam Park', SAM, 'p256', { more: statusAt({ ocsp: ['http://10.0.0.1/', 'http://[::1]/'], crl: ['http://192.168.0.1/x.crl', 'ldap://x/'] }) }).certificate;
    const before = asked.length;
    expect(await check(pem, 'V')).toMatchObject({ status: 'unknown', why: 'inside' });
    expect(asked.length).toBe(before);
  });

  it.each(['/hang', '/drip', '/early'])('a responder that never ends (%s) costs no more than the patience given', async (place) => {
    // Nobody ever answers: that this ends at all is the proof.
    expect(await check(cert({ ocsp: [place], crl: [place] }), 'V', { patience: 300 })).toMatchObject({ status: 'unknown', why: 'silent' });
  });

  it('an answer that says it is good for years is good for ten days, and "revoked" for as long as it says', async () => {
    const pem = cert({ ocsp: ['/years'] });
    const days = (n: number) => ({ now: () => Date.now() + n * 86_400_000 });
    expect([await check(pem, 'V', days(9)), await check(pem, 'V', days(11)), await check(pem, 'R', days(11))]).toMatchObject([{ status: 'good' }, { status: 'unknown', why: 'stale' }, { status: 'revoked' }]);
  });

  it('an answer to another\'s question is not believed', async () => {
    const pem = cert({ ocsp: ['/replay'] });
    replay = null;
    expect(await check(pem, 'V')).toMatchObject({ status: 'good' });
    expect(await check(pem, 'V')).toMatchObject({ status: 'unknown' });
  });

  it('what was heard is kept, asked again when it is stale, and "revoked" is not forgotten', async () => {
    const cache = memory();
    const pem = cert({ ocsp: ['/ocsp'] });
    let clock = Date.now();
    const now = () => clock;
    const count = () => asked.filter((p) => p === '/ocsp').length;
    const before = count();
    expect(await check(pem, 'V', { cache, now })).toMatchObject({ status: 'good' });
    expect(await check(pem, 'R', { cache, now })).toMatchObject({ status: 'good' });
    expect(count()).toBe(before + 1);
    clock += 13 * 3_600_000;
    expect(await check(pem, 'R', { cache, now })).toMatchObject({ status: 'revoked' });
    clock += 2 * DAY;
    expect(await check(pem, null, { cache, now })).toMatchObject({ status: 'revoked' });
  });

  it('what was said before a certificate was called revoked does not make it good again: not a list of last week, nor its silence', async () => {
    const cache = memory();
    const pem = cert({ ocsp: ['/replay'], crl: ['/weekly'] });
    book(ca, 'ca', [['V', serialOf(pem)]]);
    lists.set('/weekly', list('ca'));
    const began = Date.now();
    let clock = began;
    const now = () => clock;
    replay = null;
    expect(await check(pem, 'R', { cache, now })).toMatchObject({ status: 'revoked', by: 'ocsp' });
    // From here on the responder says nothing that counts, and the list is younger than its next one is due.
    clock += 13 * 3_600_000;
    expect(await check(pem, 'V', { cache, now })).toMatchObject({ status: 'revoked', by: 'ocsp', at: began });
    // What is said after it counts: it was on hold (RFC 5280 §5.3.1).
    lists.set('/weekly', list('ca', '-crl_lastupdate', new Date(clock + 3_600_000).toISOString().replace(/[-:T]|\.\d+/g, ''), '-crldays', '7'));
    clock += 13 * 3_600_000;
    expect(await check(pem, 'V', { cache, now })).toMatchObject({ status: 'good', by: 'crl' });
  });

  it('a responder that hangs does not keep what was good long ago good', async () => {
    const cache = memory();
    const pem = cert({ ocsp: ['/hang'] });
    const { fingerprint } = read(pem);
    const old = { by: 'ocsp', at: Date.now() - 90 * DAY, until: Date.now() - 89 * DAY } as const;
    cache.kept.set(fingerprint, { status: 'good', ...old });
    expect(await check(pem, 'R', { cache, patience: 300 })).toMatchObject({ status: 'unknown', why: 'silent' });
    cache.kept.set(fingerprint, { status: 'revoked', ...old });
    expect(await check(pem, 'R', { cache, patience: 300 })).toMatchObject({ status: 'revoked' });
  });

  it('a certificate that was revoked is the same one when its signature is written in another way: by issuer and number', async () => {
    const cache = memory();
    const pem = cert({ crl: ['/once-told'] });
    const other = anew(pem);
    expect(judgeCertificate(read(other), [], [read(ca.certificate)], SAM, Date.now()).unusable).toBeUndefined();
    expect(read(other).fingerprint).not.toBe(read(pem).fingerprint);
    book(ca, 'ca', [['R', serialOf(pem)]]);
    lists.set('/once-told', list('ca'));
    expect(await check(pem, 'R', { cache })).toMatchObject({ status: 'revoked' });
    lists.delete('/once-told');
    expect(await check(other, 'R', { cache })).toMatchObject({ status: 'revoked' });
    const { heard } = openRevocation({ world: { ...real(), fetch: async () => { throw new Error('asked'); } }, cache });
    expect(await heard(read(other), [read(ca.certificate)])).toBe(true);
    expect(await heard(read(cert({ crl: ['/once-told'] })), [read(ca.certificate)])).toBe(false);
  });

  it('an authority in between may be the one that was revoked', async () => {
    const between = ca.below('Between', { more: statusAt({ crl: [`${at}/crl`] }) });
    const pem = between.person('Sam Park', SAM, 'p256').certificate;
    book(ca, 'ca', [['R', serialOf(between.certificate)]]);
    const status = await openRevocation({ world: real(), cache: memory() }).check(read(pem), [between.certificate, ca.certificate].map(read), 20_000);
    expect(status).toMatchObject({ status: 'revoked', by: 'crl' });
  });

  it.each<[string, (r: readonly (readonly ['V' | 'R', string])[]) => Buffer, string]>([
    ['changes in place of a whole list', (r) => extended(changes(1, 2), r), 'delta'],
    ['a list of others', (r) => extended('issuingDistributionPoint=critical,@p\n[p]\nindirectCRL=TRUE', r), 'indirect'],
    ['a list for some reasons', (r) => extended('issuingDistributionPoint=critical,@p\n[p]\nonlysomereasons=keyCompromise', r), 'some-reasons'],
    ['a list of authorities', (r) => extended('issuingDistributionPoint=critical,@p\n[p]\nonlyCA=TRUE', r), 'scope'],
    ['a list for another place', (r) => extended('issuingDistributionPoint=critical,@p\n[p]\nfullname=URI:http://elsewhere.test/x', r), 'scope'],
    ['an extension nobody knows', (r) => extended('1.2.3.4=critical,DER:05:00', r), 'critical-extension'],
    ['words', () => Buffer.from('x'), 'malformed'],
  ])('%s says nothing, and the record says why', async (_, made, why) => {
    const pem = cert({ crl: ['/named'] });
    lists.set('/named', made([['R', serialOf(pem)]]));
    const cache = memory();
    const status = await openRevocation({ world: real(), cache }).check(read(pem), [read(ca.certificate)], 20_000);
    expect(status).toMatchObject({ status: 'unknown', by: null, why });
    expect([...cache.kept.values()]).toMatchObject([{ why }]);
  });

  it('places of which another authority tells, or that are not on the web, are not asked, and are not "no place"', async () => {
    const pem = ca.person('Sam Park', SAM, 'p256', { more: statusAt({ crl: ['ldap://x.test/c', 'file:///etc/passwd', 'gopher://x.test/'] }) }).certificate;
    const before = asked.length;
    expect(await check(pem, 'R')).toMatchObject({ status: 'unknown', why: 'place' });
    expect(asked.length).toBe(before);
  });

  it.each([3, 20_000])('a list of %i others names it, or does not', (n) => {
    const pem = cert({});
    const others = Array.from({ length: n }, () => ['R', `4D${randomBytes(15).toString('hex').toUpperCase()}`] as const);
    const lists = [[...others, ['R', serialOf(pem)] as const], [['R', serialOf(pem)] as const, ...others], others];
    expect(lists.map((rows) => listed(extended(numbered(1), rows), read(pem), read(ca.certificate), '', Date.now()).status)).toEqual(['revoked', 'revoked', 'good']);
  });

  it.each([[Uint8Array.of(0x00, 0xff, 0x01)], [Uint8Array.of(0x01)], [Uint8Array.of(0x7f, ...new Uint8Array(19))]])('serial %s', (serial) => {
    const pem = ca.person('Sam Park', SAM, 'p256', { serial }).certificate;
    const told = (rows: readonly (readonly ['R', string])[]) => listed(extended(numbered(1), rows), read(pem), read(ca.certificate), '', Date.now()).status;
    expect([told([['R', serialOf(pem)]]), told([['R', `4D${serialOf(pem)}`]]), told([])]).toEqual(['revoked', 'good', 'good']);
  });

  it('changed lists never break the reader, and never say good of what is revoked', () => {
    const pem = cert({});
    const [leaf, issuer] = [read(pem), read(ca.certificate)];
    const whole = Buffer.from(/-----BEGIN X509 CRL-----([^-]*)/.exec(extended(numbered(1), [['R', serialOf(pem)], ['R', '4D01']]).toString())![1]!, 'base64');
    expect(listed(whole, leaf, issuer, '', Date.now()).status).toBe('revoked');
    for (let n = 0; n < 2000; n += 1) {
      const bent = Buffer.from(whole);
      for (let k = 0; k <= n % 3; k += 1) bent[randomInt(bent.length)] = randomInt(256);
      const given = n % 5 === 0 ? bent.subarray(0, randomInt(bent.length)) : bent;
      if (!given.equals(whole)) expect(listed(given, leaf, issuer, '', Date.now()).status).not.toBe('good');
    }
  });

  it('a list that nobody signed is not walked to its end', () => {
    let looks = 0;
    const wrapped = (tag: number, inner: Buffer) => Buffer.concat([Buffer.of(tag, 0x83, inner.length >> 16, (inner.length >> 8) & 255, inner.length & 255), inner]);
    const fields = Buffer.from('0500'.repeat(500_000), 'hex');
    const whole = wrapped(0x30, Buffer.concat([wrapped(0x30, fields), Buffer.from('30030601', 'hex'), Buffer.from('2a030100', 'hex')]));
    const bytes = new Proxy(whole, { get: (of, key) => { looks += 1; return Reflect.get(of, key, of); } });
    const pem = cert({});
    expect(listed(bytes, read(pem), read(ca.certificate), '', Date.now())).toEqual({ status: 'unknown', why: 'malformed' });
    expect(looks).toBeLessThan(200);
  });

  it('a long list must be DER: reading so much PEM would hold everybody else\'s mail', () => {
    const pem = cert({});
    const list = extended(numbered(1), []);
    const long = (by: number) => Buffer.concat([list, Buffer.alloc(by, '\n')]);
    expect([long(0), long(4 * 1024 * 1024)].map((bytes) => listed(bytes, read(pem), read(ca.certificate), '', Date.now()))).toMatchObject([{ status: 'good' }, { status: 'unknown', why: 'long-pem' }]);
  });

  it.each([['relativename=r', 'unknown'], [`fullname=URI:http://elsewhere.test/`, 'unknown'], ['fullname=URI:http://lists.test/7', 'good']])('a list of a part, %s: %s', (point, status) => {
    const pem = cert({});
    const part = extended(`issuingDistributionPoint=critical,@i\n[r]\nCN=part 7\n[i]\n${point}`, []);
    expect(listed(part, read(pem), read(ca.certificate), 'http://lists.test/7', Date.now()).status).toBe(status);
  });

  describe('changes since a whole list (RFC 5280 §5.2.4)', () => {
    const R = (pem: string) => [['R', serialOf(pem)]] as const;
    it.each<[string, (pem: string) => [base: Buffer, delta: Buffer], 'good' | 'revoked']>([
      ['they name it', (p) => [extended(numbered(3), []), extended(changes(3, 4), R(p))], 'revoked'],
      ['they name it, since an earlier list', (p) => [extended(numbered(3), []), extended(changes(2, 4), R(p))], 'revoked'],
      ['they do not name it', () => [extended(numbered(3), []), extended(changes(3, 4), [])], 'good'],
      ['the whole list names it, they do not', (p) => [extended(numbered(3), R(p)), extended(changes(3, 4), [])], 'revoked'],
      ['they are of a later list', (p) => [extended(numbered(3), []), extended(changes(4, 5), R(p))], 'good'],
      ['they are older than the whole list', (p) => [extended(numbered(3), []), extended(changes(1, 2), R(p))], 'good'],
      ['they cover something else', (p) => [extended(numbered(3), []), extended(`${changes(3, 4)}\nissuingDistributionPoint=critical,@p\n[p]\nonlyuser=TRUE`, R(p))], 'good'],
      ['the place holds a whole list, and no changes', (p) => [extended(numbered(3), []), extended(numbered(4), R(p))], 'good'],
      ['nobody numbers anything', (p) => [extended('subjectKeyIdentifier=none', []), extended('2.5.29.27=critical,DER:02:01:03', R(p))], 'good'],
      ['they are words', () => [extended(numbered(3), []), Buffer.from('x')], 'good'],
    ])('%s', (_, made, status) => {
      const pem = cert({});
      const [leaf, issuer] = [read(pem), read(ca.certificate)];
      const [base, delta] = made(pem);
      const whole = listed(base, leaf, issuer, '', Date.now());
      const more = whole.status === 'good' ? changed(delta, whole.base!, leaf, issuer, '', Date.now()) : null;
      expect((more ?? whole).status).toBe(status);
    });

    it('are fetched from where the list says, and from where the certificate says; their silence changes nothing', async () => {
      const pem = cert({ crl: ['/whole'] });
      const status = () => openRevocation({ world: real(), cache: memory() }).check(read(pem), [read(ca.certificate)], 20_000);
      lists.set('/whole', extended(`${numbered(3)}\nfreshestCRL=URI:${at}/since`, []));
      expect(await status()).toMatchObject({ status: 'good', by: 'crl' });
      lists.set('/since', extended(changes(3, 4), [['R', serialOf(pem)]]));
      expect(await status()).toMatchObject({ status: 'revoked', by: 'crl' });
      lists.set('/whole', extended(`${numbered(3)}\nfreshestCRL=URI:http://169.254.169.254/since`, []));
      expect(await status()).toMatchObject({ status: 'good' });
    });
  });

  it('answers and lists signed by RSASSA-PSS count like the others; with SHA-1 they do not', async () => {
    run('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', 'rsa.key', '-out', 'rsa.pem', '-days', '30', '-subj', '/CN=Lab RSA', '-addext', 'keyUsage=critical,keyCertSign,cRLSign');
    run('req', '-newkey', 'rsa:2048', '-nodes', '-keyout', 'leaf.key', '-out', 'leaf.csr', '-subj', '/CN=Sam Park');
    writeFileSync(file('leaf.ext'), `subjectAltName=email:${SAM}\nkeyUsage=keyEncipherment\n`);
    run('x509', '-req', '-in', 'leaf.csr', '-CA', 'rsa.pem', '-CAkey', 'rsa.key', '-CAcreateserial', '-days', '20', '-out', 'leaf.pem', '-extfile', 'leaf.ext', '-sigopt', 'rsa_padding_mode:pss', '-sigopt', 'rsa_pss_saltlen:32', '-sha256');
    const [leaf, issuer] = ['leaf.pem', 'rsa.pem'].map((name) => read(readFileSync(file(name), 'utf8'))) as [CertificateFacts, CertificateFacts];
    expect(judgeCertificate(leaf, [], [issuer], SAM, Date.now())).toMatchObject({ detail: 'trusted' });
    const authority = { ...ca, certificate: readFileSync(file('rsa.pem'), 'utf8'), key: readFileSync(file('rsa.key'), 'utf8') };
    const nonce = Buffer.alloc(16, 7);
    const { question } = await import('../../../service/keys/trust/ocsp.ts');
    const request = Buffer.from(question(leaf.der, issuer.der, nonce));
    for (const [state, status] of [['V', 'good'], ['R', 'revoked']] as const) {
      book(authority, 'rsa', [[state, serialOf(readFileSync(file('leaf.pem'), 'utf8'))]]);
      const pss = ['-sigopt', 'rsa_padding_mode:pss', '-sigopt', 'rsa_pss_saltlen:32'];
      expect(listed(list('rsa', '-crldays', '7', ...pss), leaf, issuer, '', Date.now())).toMatchObject({ status });
      expect(answer(respond('rsa', request, '-rmd', 'sha256', '-rsigopt', 'rsa_padding_mode:pss', '-rsigopt', 'rsa_pss_saltlen:32'), leaf, issuer, nonce, Date.now())).toMatchObject({ status });
      expect(listed(list('rsa', '-crldays', '7', '-md', 'sha1', ...pss), leaf, issuer, '', Date.now())).toMatchObject({ status: 'unknown' });
      expect(answer(respond('rsa', request, '-rmd', 'sha1', '-rsigopt', 'rsa_padding_mode:pss'), leaf, issuer, nonce, Date.now())).toMatchObject({ status: 'unknown' });
    }
    const changed = Buffer.from(list('rsa', '-crldays', '7', '-sigopt', 'rsa_padding_mode:pss'));
    // PEM: a letter of the signature
    const at = changed.indexOf('-----END') - 40;
    changed[at] = changed[at] === 0x41 ? 0x42 : 0x41;
    expect(listed(changed, leaf, issuer, '', Date.now())).toMatchObject({ status: 'unknown' });
  });

  it('changed answers and lists are never believed and never break the reader', async () => {
    const pem = cert({ crl: ['/crl'] });
    book(ca, 'ca', [['R', serialOf(pem)]]);
    const crl = list('ca');
    const nonce = Buffer.alloc(16, 7);
    const { question } = await import('../../../service/keys/trust/ocsp.ts');
    const told = respond('ca', Buffer.from(question(read(pem).der, read(ca.certificate).der, nonce)));
    const [leaf, issuer] = [read(pem), read(ca.certificate)];
    expect(answer(told, leaf, issuer, nonce, Date.now()).status).toBe('revoked');
    expect(listed(crl, leaf, issuer, `${at}/crl`, Date.now()).status).toBe('revoked');
    let seed = 4;
    const next = (n: number) => (seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0) % n;
    for (let n = 0; n < 600; n += 1) {
      const [good, judge] = n % 2 === 0 ? [told, (b: Uint8Array) => answer(b, leaf, issuer, nonce, Date.now())] as const : [crl, (b: Uint8Array) => listed(b, leaf, issuer, `${at}/crl`, Date.now())] as const;
      const changed = Buffer.from(good);
      const where = next(changed.length);
      changed[where] = changed[where]! ^ (1 << next(8));
      const cut = n % 7 === 0 ? changed.subarray(0, next(changed.length)) : changed;
      // Only "good" would be harm; the bits that nobody signed (the certificates sent along) may change what they like.
      expect(judge(cut).status).not.toBe('good');
    }
  });
});
