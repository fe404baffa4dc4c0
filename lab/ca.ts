/**
 * A certificate authority for a make-believe Internet: issues what a good next hop shows, and what a bad one does.
 * Certificates are X.509 v3 (RFC 5280), ECDSA P-256 with SHA-256, written as DER here so that the lab needs no command of the machine.
 */
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Identity {
  readonly cert: string;
  readonly key: string;
  /** SHA-256 of the DER, upper-case hex without colons */
  readonly fingerprint: string;
  /** SHA-256 of the public key's DER: what a TLSA record `3 1 1` holds (RFC 6698 §2.1) */
  readonly spkiSha256: Buffer;
  /** the same of the issuer, where a record names that (usage 2) */
  readonly issuerSpkiSha256?: Buffer;
}

export interface Wanted {
  readonly names: readonly string[];
  readonly notBefore?: number;
  readonly notAfter?: number;
  readonly selfSigned?: boolean;
}

export interface Ca {
  /** PEM of the root, and where it lies */
  readonly cert: string;
  readonly file: string;
  readonly spkiSha256: Buffer;
  issue(wanted: Wanted): Identity;
}

const DAY = 86_400_000;
const ECDSA_SHA256 = seq(oid('1.2.840.10045.4.3.2'));

/** Opens the CA kept in `folder`, or founds it there: a restarted lab must be trusted by the service that outlived it. */
export function openCa(folder: string, now = Date.now()): Ca {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const certFile = join(folder, 'ca.pem');
  const keyFile = join(folder, 'ca.key.pem');
  if (!existsSync(certFile) || !existsSync(keyFile)) {
    const key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    const der = certificate({ subject: 'Lab root', issuer: 'Lab root', key, signer: key, notBefore: now - DAY, notAfter: now + 3650 * DAY, extensions: rootExtensions(key) });
    writeFileSync(keyFile, key.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
    writeFileSync(certFile, pem(der));
  }
  const root = createPrivateKey(readFileSync(keyFile));
  return { cert: readFileSync(certFile, 'utf8'), file: certFile, spkiSha256: createHash('sha256').update(spki(root)).digest(), issue: (wanted) => issue(root, wanted, now) };
}

function issue(root: KeyObject, wanted: Wanted, now: number): Identity {
  const key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const subject = wanted.names[0] ?? 'nobody.test';
  const der = certificate({
    subject,
    issuer: wanted.selfSigned ? subject : 'Lab root',
    key,
    signer: wanted.selfSigned ? key : root,
    notBefore: wanted.notBefore ?? now - DAY,
    notAfter: wanted.notAfter ?? now + 365 * DAY,
    extensions: leafExtensions(wanted.names, key, wanted.selfSigned ? key : root),
  });
  return {
    cert: pem(der),
    key: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
    fingerprint: createHash('sha256').update(der).digest('hex').toUpperCase(),
    spkiSha256: createHash('sha256').update(spki(key)).digest(),
  };
}

interface Parts {
  readonly subject: string;
  readonly issuer: string;
  readonly key: KeyObject;
  readonly signer: KeyObject;
  readonly notBefore: number;
  readonly notAfter: number;
  readonly extensions: readonly Buffer[];
}

function certificate(parts: Parts): Buffer {
  const tbs = seq(
    tlv(0xa0, int(Buffer.of(2))),
    int(Buffer.concat([Buffer.of(0x4a), randomBytes(15)])),
    ECDSA_SHA256,
    name(parts.issuer),
    seq(time(parts.notBefore), time(parts.notAfter)),
    name(parts.subject),
    spki(parts.key),
    tlv(0xa3, seq(...parts.extensions)),
  );
  return seq(tbs, ECDSA_SHA256, bits(sign('sha256', tbs, parts.signer)));
}

function rootExtensions(key: KeyObject): Buffer[] {
  return [
    extension('2.5.29.19', seq(tlv(0x01, Buffer.of(0xff))), true),
    extension('2.5.29.15', tlv(0x03, Buffer.of(1, 0x06)), true),
    extension('2.5.29.14', tlv(0x04, keyId(key))),
  ];
}

function leafExtensions(names: readonly string[], key: KeyObject, signer: KeyObject): Buffer[] {
  return [
    extension('2.5.29.19', seq(), true),
    extension('2.5.29.15', tlv(0x03, Buffer.of(7, 0x80)), true),
    extension('2.5.29.37', seq(oid('1.3.6.1.5.5.7.3.1'))),
    extension('2.5.29.17', seq(...names.map((dns) => tlv(0x82, Buffer.from(dns))))),
    extension('2.5.29.14', tlv(0x04, keyId(key))),
    extension('2.5.29.35', seq(tlv(0x80, keyId(signer)))),
  ];
}

function extension(id: string, value: Buffer, critical = false): Buffer {
  return seq(oid(id), ...(critical ? [tlv(0x01, Buffer.of(0xff))] : []), tlv(0x04, value));
}

function spki(key: KeyObject): Buffer {
  return createPublicKey(key).export({ type: 'spki', format: 'der' });
}

function keyId(key: KeyObject): Buffer {
  return createHash('sha1').update(spki(key)).digest();
}

function name(commonName: string): Buffer {
  return seq(tlv(0x31, seq(oid('2.5.4.3'), tlv(0x0c, Buffer.from(commonName)))));
}

/** UTCTime until 2049 (RFC 5280 §4.1.2.5) */
function time(ms: number): Buffer {
  return tlv(0x17, Buffer.from(new Date(ms).toISOString().replace(/[-:T]/g, '').slice(2, 14) + 'Z'));
}

function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes = [first * 40 + second];
  for (const part of rest) {
    const groups = [part & 0x7f];
    for (let left = part >> 7; left > 0; left >>= 7) groups.unshift((left & 0x7f) | 0x80);
    bytes.push(...groups);
  }
  return tlv(0x06, Buffer.from(bytes));
}

function int(value: Buffer): Buffer {
  return tlv(0x02, value);
}

function bits(value: Buffer): Buffer {
  return tlv(0x03, Buffer.concat([Buffer.of(0), value]));
}

function seq(...parts: Buffer[]): Buffer {
  return tlv(0x30, ...parts);
}

function tlv(tag: number, ...parts: Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const length = body.length < 0x80 ? Buffer.of(body.length) : body.length < 0x100 ? Buffer.of(0x81, body.length) : Buffer.of(0x82, body.length >> 8, body.length & 0xff);
  return Buffer.concat([Buffer.of(tag), length, body]);
}

function pem(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}
