/**
 * S/MIME 4.0 (RFC 8551) over CMS (RFC 5652): signed inside encrypted, so that who signed is hidden from the road and CBC's
 * lack of integrity is covered (EFAIL). Identifiers are encoded once by asn1js, structures laid flat around them with lengths known
 * beforehand; the content flows past them, never through them.
 * Never judges a certificate beyond what it must know to use it: that is `service/keys`.
 */
import { X509Certificate, createCipheriv, createHash, createPrivateKey, diffieHellman, generateKeyPairSync, publicEncrypt, constants, randomBytes, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { ObjectIdentifier } from 'asn1js';
import type { SmimeKey } from '../keys/keys.ts';
import type { SmimeSigner } from '../keys/identity.ts';
import { Fault } from '../refusal.ts';
import type { Facts } from '../audit/audit.ts';
import { base64Lines, flat, joined, once } from './flow.ts';
import type { Flow } from './flow.ts';

/** DER, X.690: a tag, a definite length, the parts as they stand. */
function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  return Buffer.concat([head(tag, parts.reduce((sum, part) => sum + part.length, 0)), ...parts]);
}

/** The header of what is not in memory (X.690 §8.1.3). */
function head(tag: number, length: number): Buffer {
  if (length < 128) return Buffer.of(tag, length);
  const bytes: number[] = [];
  for (let n = length; n > 0; n = Math.floor(n / 256)) bytes.unshift(n % 256);
  return Buffer.of(tag, 0x80 | bytes.length, ...bytes);
}

const seq = (...parts: readonly Uint8Array[]): Buffer => der(0x30, ...parts);
const set = (...parts: readonly Uint8Array[]): Buffer => der(0x31, ...parts);
const octets = (bytes: Uint8Array): Buffer => der(0x04, bytes);
const bits = (bytes: Uint8Array): Buffer => der(0x03, Buffer.of(0), bytes);
const int = (value: number): Buffer => der(0x02, Buffer.of(value));
const tagged = (n: number, ...parts: readonly Uint8Array[]): Buffer => der(0xa0 | n, ...parts);
const oid = (value: string): Buffer => Buffer.from(new ObjectIdentifier({ value }).toBER());
const NULL = Buffer.of(5, 0);

/** Named once, encoded once. */
const ID = {
  data: oid('1.2.840.113549.1.7.1'),
  signedData: oid('1.2.840.113549.1.7.2'),
  envelopedData: oid('1.2.840.113549.1.7.3'),
  authEnvelopedData: oid('1.2.840.113549.1.9.16.1.23'),
  contentType: oid('1.2.840.113549.1.9.3'),
  messageDigest: oid('1.2.840.113549.1.9.4'),
  signingTime: oid('1.2.840.113549.1.9.5'),
  aes256Cbc: oid('2.16.840.1.101.3.4.1.42'),
  aes256Gcm: oid('2.16.840.1.101.3.4.1.46'),
};
const SHA256 = seq(oid('2.16.840.1.101.3.4.2.1'));
const RSA = seq(oid('1.2.840.113549.1.1.1'), NULL);
const OAEP_SHA256 = seq(oid('1.2.840.113549.1.1.7'), seq(tagged(0, SHA256), tagged(1, seq(oid('1.2.840.113549.1.1.8'), SHA256))));
const ECDSA_SHA256 = seq(oid('1.2.840.10045.4.3.2'));
const EC_PUBLIC_KEY = seq(oid('1.2.840.10045.2.1'));
const AES256_WRAP = seq(oid('2.16.840.1.101.3.4.1.45'));

interface Curve {
  readonly scheme: Buffer;
  readonly hash: string;
}

/** RFC 5753 §7.1.4, one scheme per curve: dhSinglePass-stdDH with a KDF hash as strong as the curve. */
const CURVES: { readonly [curve: string]: Curve } = {
  prime256v1: { scheme: oid('1.3.132.1.11.1'), hash: 'sha256' },
  secp384r1: { scheme: oid('1.3.132.1.11.2'), hash: 'sha384' },
  secp521r1: { scheme: oid('1.3.132.1.11.3'), hash: 'sha512' },
};

interface Element {
  readonly start: number;
  readonly content: number;
  readonly end: number;
}

/** One element of what OpenSSL has already accepted as a certificate. */
function element(bytes: Uint8Array, start: number): Element {
  const first = bytes[start + 1] ?? 0;
  const size = first & 0x7f;
  let length = first;
  if (first >= 0x80) length = bytes.subarray(start + 2, start + 2 + size).reduce((n, byte) => n * 256 + byte, 0);
  const content = start + 2 + (first >= 0x80 ? size : 0);
  if (size > 4 && first >= 0x80 || content + length > bytes.length) throw new Fault('key-unusable', 'a certificate is not DER');
  return { start, content, end: content + length };
}

/** Issuer and serial as they stand in the certificate, byte for byte: by them a reader finds itself (RFC 5652 §10.2.4). */
function issuerAndSerial(certificate: Uint8Array): Buffer {
  const tbs = element(certificate, element(certificate, 0).content);
  const first = element(certificate, tbs.content);
  const serial = certificate[first.start] === 0xa0 ? element(certificate, first.end) : first;
  const issuer = element(certificate, element(certificate, serial.end).end);
  return seq(certificate.subarray(issuer.start, issuer.end), certificate.subarray(serial.start, serial.end));
}

/** Reading a private key costs as much as signing with it. */
const signingKeys = new Map<string, KeyObject>();

function signingKey(pkcs8: Uint8Array): KeyObject {
  const name = createHash('sha256').update(pkcs8).digest('hex');
  const known = signingKeys.get(name);
  if (known !== undefined) return known;
  if (signingKeys.size > 8) signingKeys.clear();
  const key = createPrivateKey({ key: Buffer.from(pkcs8), format: 'der', type: 'pkcs8' });
  signingKeys.set(name, key);
  return key;
}

/** RFC 5652 §5: SignedData, the content detached. */
export function signature(content: Flow, signer: SmimeSigner, date: number): Uint8Array {
  const hash = createHash('sha256');
  for (const chunk of content.chunks()) hash.update(chunk);
  // RFC 5652 §11.3: UTCTime until 2049.
  const time = new Date(date).toISOString().replace(/\.\d+|[-:T]/g, '').slice(2);
  const attributes = [
    seq(ID.contentType, set(ID.data)),
    seq(ID.messageDigest, set(octets(hash.digest()))),
    seq(ID.signingTime, set(der(0x17, Buffer.from(time)))),
    // DER sorts a SET OF by its encodings (X.690 §11.6); a reader that re-encodes would else compute another hash.
  ].sort(Buffer.compare);
  const key = signingKey(signer.key);
  const value = sign('sha256', set(...attributes), key);
  const algorithm = key.asymmetricKeyType === 'rsa' ? RSA : ECDSA_SHA256;
  const signerInfo = seq(int(1), issuerAndSerial(signer.certificate), SHA256, tagged(0, ...attributes), algorithm, octets(value));
  const signed = seq(int(1), set(SHA256), seq(ID.data), tagged(0, signer.certificate, ...signer.chain), set(signerInfo));
  return seq(ID.signedData, tagged(0, signed));
}

/** RFC 8551 §3.5.3.1 multipart/signed around a whole MIME entity. */
export function signedEntity(entity: Flow, signer: SmimeSigner, date: number): Flow {
  const boundary = `sig-${randomBytes(18).toString('hex')}`;
  return joined(
    `Content-Type: multipart/signed; protocol="application/pkcs7-signature"; micalg=sha-256;\r\n boundary="${boundary}"\r\n\r\n`,
    `This is an S/MIME signed message.\r\n--${boundary}\r\n`,
    entity,
    `\r\n--${boundary}\r\nContent-Type: application/pkcs7-signature; name="smime.p7s"\r\nContent-Transfer-Encoding: base64\r\n`,
    'Content-Disposition: attachment; filename="smime.p7s"\r\n\r\n',
    base64Lines(flat(signature(entity, signer, date))),
    `--${boundary}--\r\n`,
  );
}

export interface Enveloped {
  /** ContentInfo in DER */
  readonly content: Flow;
  readonly gcm: boolean;
  readonly facts: Facts;
}

/** RFC 5652 §6 EnvelopedData, or RFC 5083 AuthEnvelopedData when the recipient announced it. */
export function enveloped(content: Flow, key: SmimeKey): Enveloped {
  const certificate = new X509Certificate(key.certificate);
  const cek = randomBytes(32);
  const recipient = recipientInfo(certificate, key, cek);
  const nonce = randomBytes(key.gcm ? 12 : 16);
  const algorithm = key.gcm ? seq(ID.aes256Gcm, seq(octets(nonce), int(16))) : seq(ID.aes256Cbc, octets(nonce));
  const length = key.gcm ? content.length : content.length + 16 - (content.length % 16);
  const start = Buffer.concat([ID.data, algorithm, head(0x80, length)]);
  // RFC 5652 §6.1: version 0 only when every recipient is named by issuer and serial in a KeyTransRecipientInfo.
  const version = key.gcm || recipient.transport ? 0 : 2;
  const before = Buffer.concat([int(version), set(recipient.info), head(0x30, start.length + length), start]);
  const tag = key.gcm ? 18 : 0;
  const body = before.length + length + tag;
  const type = key.gcm ? ID.authEnvelopedData : ID.envelopedData;
  const inner = Buffer.concat([head(0x30, body), before]);
  const explicit = head(0xa0, inner.length + length + tag);
  const front = Buffer.concat([head(0x30, type.length + explicit.length + inner.length + length + tag), type, explicit, inner]);
  const cipher = once(length + tag, function* () {
    if (key.gcm) {
      const gcm = createCipheriv('aes-256-gcm', cek, nonce);
      for (const chunk of content.chunks()) yield gcm.update(chunk);
      gcm.final();
      yield head(0x04, 16);
      yield gcm.getAuthTag();
    } else {
      const cbc = createCipheriv('aes-256-cbc', cek, nonce);
      for (const chunk of content.chunks()) yield cbc.update(chunk);
      yield cbc.final();
    }
    cek.fill(0);
  });
  return {
    content: joined(front, cipher),
    gcm: key.gcm,
    facts: {
      cipher: key.gcm ? 'aes-256-gcm' : 'aes-256-cbc',
      keyEncryption: recipient.name,
      recipientCertificate: createHash('sha256').update(key.certificate).digest('hex'),
    },
  };
}

interface RecipientBlock {
  readonly info: Buffer;
  readonly transport: boolean;
  readonly name: string;
}

function recipientInfo(certificate: X509Certificate, key: SmimeKey, cek: Uint8Array): RecipientBlock {
  const publicKey = certificate.publicKey;
  if (publicKey.asymmetricKeyType === 'rsa') return transported(publicKey, key, cek);
  const curve = CURVES[publicKey.asymmetricKeyDetails?.namedCurve ?? ''];
  if (publicKey.asymmetricKeyType !== 'ec' || curve === undefined) throw new Fault('key-unusable', 'a certificate has a key we cannot encrypt to');
  return agreed(publicKey, curve, key, cek);
}

/** RFC 5652 §6.2.1, RFC 8017 PKCS#1 v1.5 or OAEP (RFC 3560). */
function transported(publicKey: KeyObject, key: SmimeKey, cek: Uint8Array): RecipientBlock {
  const wrapped = key.oaep
    ? publicEncrypt({ key: publicKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' }, cek)
    : publicEncrypt({ key: publicKey, padding: constants.RSA_PKCS1_PADDING }, cek);
  const info = seq(int(0), issuerAndSerial(key.certificate), key.oaep ? OAEP_SHA256 : RSA, octets(wrapped));
  return { info, transport: true, name: key.oaep ? 'rsa-oaep-sha256' : 'rsa-pkcs1-v1.5' };
}

/** RFC 5652 §6.2.2 and RFC 5753 §3.1: ephemeral-static ECDH, the content key wrapped by RFC 3394. */
function agreed(publicKey: KeyObject, curve: Curve, key: SmimeKey, cek: Uint8Array): RecipientBlock {
  const namedCurve = publicKey.asymmetricKeyDetails!.namedCurve!;
  const ephemeral = generateKeyPairSync('ec', { namedCurve });
  const shared = diffieHellman({ privateKey: ephemeral.privateKey, publicKey });
  // RFC 5753 §7.2 ECC-CMS-SharedInfo; 256 is the length of the wrapping key in bits.
  const info = seq(AES256_WRAP, tagged(2, octets(Buffer.of(0, 0, 1, 0))));
  // ANSI X9.63 KDF: one round suffices, every hash here gives 32 bytes or more.
  const kek = createHash(curve.hash).update(shared).update(Buffer.of(0, 0, 0, 1)).update(info).digest().subarray(0, 32);
  const wrapper = createCipheriv('id-aes256-wrap', kek, Buffer.alloc(8, 0xa6));
  const wrapped = Buffer.concat([wrapper.update(cek), wrapper.final()]);
  const { x, y } = ephemeral.publicKey.export({ format: 'jwk' }) as { x: string; y: string };
  const point = Buffer.concat([Buffer.of(4), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]);
  const originator = tagged(0, tagged(1, EC_PUBLIC_KEY, bits(point)));
  const encryptedKeys = seq(seq(issuerAndSerial(key.certificate), octets(wrapped)));
  return { info: tagged(1, int(3), originator, seq(curve.scheme, AES256_WRAP), encryptedKeys), transport: false, name: `ecdh-${namedCurve}` };
}
