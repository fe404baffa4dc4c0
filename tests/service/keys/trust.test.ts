/** Who deserves to be encrypted to: one row a reason, and as many rows that find none. */
import { X509Certificate, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import { tool } from '../../tools.ts';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { smimeAuthority } from '../../../lab/people.keys.ts';
import type { Authority, Kind, PemPair } from '../../../lab/people.keys.ts';
import { USAGE } from '../../../service/keys/trust.certificate.ts';
import type { CertificateAsk } from '../../../service/keys/trust.certificate.ts';
import { judgeCertificate } from '../../../service/keys/trust.ts';
import { certificatesIn, readCertificate } from '../../../service/keys/trust.read.ts';
import { NOW } from './ground.ts';

const SAM = 'sam.park@stmarys.test';
const DAY = 86_400_000;
const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';
const ANY = '2.5.29.37.0';
const ca = smimeAuthority('Lab Mail Authority', NOW);

const person = (kind: Kind = 'rsa', other: Partial<CertificateAsk> = {}, by: Authority = ca): string => by.person('Sam Park', SAM, kind, other).certificate;
const bytes = (...pem: string[]): Uint8Array => Buffer.from(pem.join(''));
const der = (pem: string): Uint8Array => new Uint8Array(new X509Certificate(pem).raw);
const below = ca.below('Intermediate');

function judged(given: Uint8Array, { anchors = [ca.certificate], address = SAM, now = NOW }: { readonly anchors?: readonly string[]; readonly address?: string; readonly now?: number } = {}) {
  const roots = anchors.flatMap((a) => certificatesIn(Buffer.from(a))).map((c) => readCertificate(c)!);
  const [leaf, ...others] = certificatesIn(given).map((c) => readCertificate(c));
  return leaf == null ? 'malformed' : judgeCertificate(leaf, others.filter((c) => c !== null), roots, address, now);
}

function pkcs7(...pem: string[]): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), 'ss-p7-'));
  writeFileSync(join(folder, 'pem'), pem.join(''));
  const made = spawnSync('openssl', ['crl2pkcs7', '-nocrl', '-certfile', join(folder, 'pem'), '-outform', 'DER']);
  rmSync(folder, { recursive: true });
  if (made.status !== 0) throw new Error('openssl is not installed: install openssl.');
  return new Uint8Array(made.stdout);
}

const forgedExponent = createPublicKey({ key: { kty: 'RSA', n: generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ format: 'jwk' }).n!, e: 'AQ' }, format: 'jwk' });
const selfSigned = (kind: 'rsa' = 'rsa'): PemPair => {
  const pair = generateKeyPairSync(kind, { modulusLength: 2048 });
  const pem = smimeAuthority('Sam Park', NOW, { publicKey: pair.publicKey, signingKey: pair.privateKey, ca: false, usage: USAGE.keyEncipherment, addresses: [SAM], purposes: ['1.3.6.1.5.5.7.3.4'] }).certificate;
  return { certificate: pem, key: '' };
};
const pinned = selfSigned().certificate;

type Options = NonNullable<Parameters<typeof judged>[1]>;
type Row = [what: string, given: () => Uint8Array, unusable: string | undefined, detail: string, options?: Options];

const GOOD: readonly Row[] = [
  ['RSA', () => bytes(person('rsa')), undefined, 'trusted'],
  ['P-256', () => bytes(person('p256')), undefined, 'trusted'],
  ['P-384', () => bytes(person('p384')), undefined, 'trusted'],
  ['DER', () => der(person()), undefined, 'trusted'],
  ...(tool('openssl', 'certificates handed over as PKCS#7') ? [['PKCS#7', () => pkcs7(person('rsa', {}, below), below.certificate), undefined, 'trusted'] satisfies Row] : []),
  ['PEM with words around it', () => bytes('Subject: Sam\n', person(), '\nbye'), undefined, 'trusted'],
  ['the address in another case', () => bytes(person()), undefined, 'trusted', { address: 'Sam.Park@StMarys.TEST' }],
  ['the certificate\'s own address in another case', () => bytes(person('rsa', { addresses: ['SAM.PARK@STMARYS.TEST'] })), undefined, 'trusted'],
  ['the second of two addresses', () => bytes(person('rsa', { addresses: ['sam@old.test', SAM] })), undefined, 'trusted'],
  ['an authority between', () => bytes(person('rsa', {}, below), below.certificate), undefined, 'trusted'],
  ['two authorities between, in the wrong order', () => { const lower = below.below('Lower'); return bytes(person('rsa', {}, lower), below.certificate, lower.certificate); }, undefined, 'trusted'],
  ['the anchor sent along', () => bytes(person(), ca.certificate), undefined, 'trusted'],
  ['no purpose named', () => bytes(person('rsa', { purposes: [] })), undefined, 'trusted'],
  ['any purpose', () => bytes(person('rsa', { purposes: [ANY] })), undefined, 'trusted'],
  ['no usage named', () => bytes(person('rsa', { usage: 0 })), undefined, 'trusted'],
  ['its last day', () => bytes(person('rsa', { notAfter: NOW + 1000 })), undefined, 'trusted'],
  ['an authority whose clock runs ahead', () => bytes(person('rsa', { notBefore: NOW + 4 * 60_000 })), undefined, 'trusted'],
  ['an extension that need not be known', () => bytes(person('rsa', { more: [{ id: '1.2.3.4', critical: false, value: Uint8Array.of(5, 0) }] })), undefined, 'trusted'],
  ['itself an anchor', () => bytes(pinned), undefined, 'trusted', { anchors: [pinned] }],
];

const BAD: readonly Row[] = [
  ['another address', () => bytes(person()), 'key-other-address', 'address', { address: 'eve@stmarys.test' }],
  ['an address that begins alike', () => bytes(person('rsa', { addresses: [`${SAM}.evil.test`] })), 'key-other-address', 'address'],
  ['an address with a NUL within', () => bytes(person('rsa', { addresses: [`${SAM}\0.evil.test`] })), 'key-other-address', 'address'],
  ['no address', () => bytes(person('rsa', { addresses: [] })), 'key-other-address', 'address'],
  ['RSA of 1024 bits', () => bytes(person('rsa-1024')), 'key-too-weak', 'rsa'],
  ['an exponent of 1', () => bytes(person('rsa', { publicKey: forgedExponent })), 'key-too-weak', 'rsa'],
  ['a key that only signs', () => bytes(person('ed25519')), 'key-cannot-encrypt', 'algorithm'],
  ['a curve we do not speak', () => bytes(person('p256', { publicKey: generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey })), 'key-cannot-encrypt', 'curve'],
  ['a usage that only signs', () => bytes(person('rsa', { usage: USAGE.digitalSignature })), 'key-cannot-encrypt', 'usage'],
  ['the usage of another kind of key', () => bytes(person('p256', { usage: USAGE.keyEncipherment })), 'key-cannot-encrypt', 'usage'],
  ['a server\'s certificate', () => bytes(person('rsa', { purposes: [SERVER_AUTH] })), 'key-cannot-encrypt', 'purpose'],
  ['an authority itself', () => bytes(person('rsa', { ca: true })), 'key-cannot-encrypt', 'authority'],
  ['signed with SHA-1', () => bytes(person('rsa', { hash: 'sha1' })), 'key-too-weak', 'signature'],
  ['expired', () => bytes(person('rsa', { notAfter: NOW - 1000 })), 'key-expired', 'expired'],
  ['expired, a year on', () => bytes(person()), 'key-expired', 'expired', { now: NOW + 800 * DAY }],
  ['not yet valid', () => bytes(person('rsa', { notBefore: NOW + DAY })), 'key-not-trusted', 'not-yet-valid'],
  ['a stranger\'s authority', () => bytes(person('rsa', {}, smimeAuthority('Strange', NOW))), 'key-not-trusted', 'no-path'],
  ['an authority of the same name', () => bytes(person('rsa', {}, smimeAuthority('Lab Mail Authority', NOW))), 'key-not-trusted', 'no-path'],
  ['a stranger\'s authority sent along', () => { const strange = smimeAuthority('Strange', NOW); return bytes(person('rsa', {}, strange), strange.certificate); }, 'key-not-trusted', 'no-path'],
  ['the authority between is missing', () => bytes(person('rsa', {}, below)), 'key-not-trusted', 'no-path'],
  ['signed by itself', () => bytes(selfSigned().certificate), 'key-not-trusted', 'no-path'],
  ['no anchors at all', () => bytes(person(), ca.certificate), 'key-not-trusted', 'no-path', { anchors: [] }],
  ['the authority between has expired', () => { const old = ca.below('Old', { notAfter: NOW - 1000 }); return bytes(person('rsa', {}, old), old.certificate); }, 'key-expired', 'issuer-expired'],
  ['the authority between is none', () => { const no = ca.below('None', { ca: false }); return bytes(person('rsa', {}, no), no.certificate); }, 'key-not-trusted', 'no-path'],
  ['the authority between may not sign certificates', () => { const no = ca.below('No', { usage: USAGE.digitalSignature }); return bytes(person('rsa', {}, no), no.certificate); }, 'key-not-trusted', 'no-path'],
  ['the authority between is for servers', () => { const no = ca.below('No', { purposes: [SERVER_AUTH] }); return bytes(person('rsa', {}, no), no.certificate); }, 'key-not-trusted', 'no-path'],
  ['the authority between was signed with SHA-1', () => { const no = ca.below('No', { hash: 'sha1' }); return bytes(person('rsa', {}, no), no.certificate); }, 'key-not-trusted', 'no-path'],
  ['a path longer than its authority allows', () => { const end = ca.below('End', { pathLength: 0 }); const more = end.below('More'); return bytes(person('rsa', {}, more), more.certificate, end.certificate); }, 'key-not-trusted', 'no-path'],
  ['an authority with constraints on names', () => { const no = ca.below('No', { more: [{ id: '2.5.29.30', critical: false, value: Uint8Array.of(0x30, 0) }] }); return bytes(person('rsa', {}, no), no.certificate); }, 'key-not-trusted', 'no-path'],
  ['an unknown extension that must be known', () => bytes(person('rsa', { more: [{ id: '1.2.3.4', critical: true, value: Uint8Array.of(5, 0) }] })), 'key-not-trusted', 'critical-extension'],
];

describe('certificates', () => {
  it.each(GOOD.map((row) => [row[0], row] as const))('good: %s', (_, [, given, unusable, detail, options]) => {
    const verdict = judged(given(), options);
    expect(verdict).toMatchObject({ detail });
    expect((verdict as { unusable?: string }).unusable).toBe(unusable);
  });
  it.each(BAD.map((row) => [row[0], row] as const))('refused: %s', (_, [, given, unusable, detail, options]) => {
    expect(judged(given(), options)).toMatchObject({ unusable, detail });
  });
  it.each([
    ['nothing', () => new Uint8Array(0)],
    ['words', () => bytes('certificate')],
    ['a private key', () => bytes(ca.person('Sam', SAM).key)],
    ['bytes after the end', () => new Uint8Array([...der(person()), 0])],
    ['half a certificate', () => der(person()).subarray(0, 400)],
    ['an endless length', () => Uint8Array.of(0x30, 0x84, 0xff, 0xff, 0xff, 0xff, 0x30)],
    ['a deep nest', () => new Uint8Array(4000).fill(0x30)],
    ['one extension twice', () => der(person('rsa', { more: [{ id: '2.5.29.17', critical: false, value: Uint8Array.of(0x30, 0) }] }))],
  ])('malformed: %s', (_, given) => {
    expect(judged(given())).toBe('malformed');
  });
  it('ends when the first of its path ends', () => {
    const short = ca.below('Short', { notAfter: NOW + 10 * DAY });
    expect(judged(bytes(person('rsa', {}, short), short.certificate))).toMatchObject({ expires: Math.floor((NOW + 10 * DAY) / 1000) * 1000 });
  });
  it('says what the recipient announced', () => {
    const capability = (oid: number[]): number[] => [0x30, oid.length + 2, 0x06, oid.length, ...oid];
    const gcm = capability([0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x2e]);
    const oaep = capability([0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x07]);
    const announcing = (list: number[]): string => person('rsa', { more: [{ id: '1.2.840.113549.1.9.15', critical: false, value: Uint8Array.of(0x30, list.length, ...list) }] });
    expect(readCertificate(der(person()))!.announces).toEqual({ gcm: false, oaep: false });
    expect(readCertificate(der(announcing(gcm)))!.announces).toEqual({ gcm: true, oaep: false });
    expect(readCertificate(der(announcing([...gcm, ...oaep])))!.announces).toEqual({ gcm: true, oaep: true });
  });
  it('a bundle of look-alikes ends soon', () => {
    const names = Array.from({ length: 19 }, () => smimeAuthority('Loop', NOW, {}).certificate);
    expect(judged(bytes(person('rsa', {}, smimeAuthority('Loop', NOW)), ...names))).toMatchObject({ unusable: 'key-not-trusted' });
  });
});

describe('changed certificates', () => {
  it('are never trusted and never break the reader', () => {
    const whole = [der(person('rsa', {}, below)), der(person('p256', {}, below))];
    let seed = 20_261_121;
    const next = (n: number): number => {
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
      return seed % n;
    };
    for (let n = 0; n < 600; n += 1) {
      const changed = Uint8Array.from(whole[n % 2]!);
      for (let k = 0; k <= next(3); k += 1) {
        const at = next(changed.length);
        changed[at] = changed[at]! ^ (1 << next(8));
      }
      if (Buffer.from(changed).equals(whole[n % 2]!)) continue;
      const given = n % 5 === 0 ? changed.subarray(0, next(changed.length)) : changed;
      const leaf = readCertificate(given);
      const verdict = leaf === null ? null : judgeCertificate(leaf, [readCertificate(der(below.certificate))!], [readCertificate(der(ca.certificate))!], SAM, NOW);
      if (verdict !== null && verdict.unusable === undefined) throw new Error(`accepted change ${n}`);
    }
  });
});
