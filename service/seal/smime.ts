/**
 * S/MIME 4.0 (RFC 8551) over CMS (RFC 5652): signed inside encrypted, so that who signed is hidden from the road and CBC's
 * lack of integrity is covered (EFAIL). Small structures are built with asn1js; the content flows past them, never through them.
 * Never judges a certificate beyond what it must know to use it: that is `service/keys`.
 */
import { X509Certificate, createCipheriv, createHash, createPrivateKey, diffieHellman, generateKeyPairSync, publicEncrypt, constants, randomBytes, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { BitString, Constructed, Integer, Null, ObjectIdentifier, OctetString, Sequence, Set as SetOf, UTCTime, fromBER } from 'asn1js';
import type { BaseBlock } from 'asn1js';
import type { SmimeKey } from '../keys/keys.ts';
import type { SmimeSigner } from '../keys/identity.ts';
import { Fault } from '../refusal.ts';
import type { Facts } from '../audit/audit.ts';
import { base64Lines, flat, joined, once } from './flow.ts';
import type { Flow } from './flow.ts';

const OID = {
  data: '1.2.840.113549.1.7.1',
  signedData: '1.2.840.113549.1.7.2',
  envelopedData: '1.2.840.113549.1.7.3',
  authEnvelopedData: '1.2.840.113549.1.9.16.1.23',
  contentType: '1.2.840.113549.1.9.3',
  messageDigest: '1.2.840.113549.1.9.4',
  signingTime: '1.2.840.113549.1.9.5',
  sha256: '2.16.840.1.101.3.4.2.1',
  rsa: '1.2.840.113549.1.1.1',
  oaep: '1.2.840.113549.1.1.7',
  mgf1: '1.2.840.113549.1.1.8',
  ecdsaSha256: '1.2.840.10045.4.3.2',
  ecPublicKey: '1.2.840.10045.2.1',
  aes256Cbc: '2.16.840.1.101.3.4.1.42',
  aes256Wrap: '2.16.840.1.101.3.4.1.45',
  aes256Gcm: '2.16.840.1.101.3.4.1.46',
} as const;

/** RFC 5753 §7.1.4, one scheme per curve: dhSinglePass-stdDH with a KDF hash as strong as the curve. */
const CURVES: { readonly [curve: string]: { readonly scheme: string; readonly hash: string } } = {
  prime256v1: { scheme: '1.3.132.1.11.1', hash: 'sha256' },
  secp384r1: { scheme: '1.3.132.1.11.2', hash: 'sha384' },
  secp521r1: { scheme: '1.3.132.1.11.3', hash: 'sha512' },
};

const seq = (...value: BaseBlock[]): Sequence => new Sequence({ value });
const oid = (value: string): ObjectIdentifier => new ObjectIdentifier({ value });
const int = (value: number): Integer => new Integer({ value });
const octets = (bytes: Uint8Array): OctetString => new OctetString({ valueHex: bytes });
const tagged = (tagNumber: number, ...value: BaseBlock[]): Constructed => new Constructed({ idBlock: { tagClass: 3, tagNumber }, value });
const encoded = (block: BaseBlock): Buffer => Buffer.from(block.toBER());
const algorithm = (id: string, ...parameters: BaseBlock[]): Sequence => seq(oid(id), ...parameters);

/** A DER header for content that is not in memory (X.690 §8.1.3). */
function head(tag: number, length: number): Buffer {
  if (length < 128) return Buffer.of(tag, length);
  const bytes: number[] = [];
  for (let n = length; n > 0; n = Math.floor(n / 256)) bytes.unshift(n % 256);
  return Buffer.of(tag, 0x80 | bytes.length, ...bytes);
}

function decoded(der: Uint8Array): BaseBlock {
  const { result, offset } = fromBER(der);
  if (offset !== der.length) throw new Fault('key-unusable', 'a certificate is not DER');
  return exactly(result);
}

/** What is written again must be, byte for byte, what was read: by it a reader finds itself, and signatures hold. */
function exactly(block: BaseBlock): BaseBlock {
  if (!encoded(block).equals(block.valueBeforeDecodeView)) throw new Fault('key-unusable', 'a certificate is not DER');
  return block;
}

function issuerAndSerial(certificate: Uint8Array): Sequence {
  const root = fromBER(certificate).result as Sequence;
  const tbs = (root.valueBlock.value[0] as Sequence).valueBlock.value;
  const at = tbs[0]!.idBlock.tagClass === 3 ? 1 : 0;
  return seq(exactly(tbs[at + 2]!), exactly(tbs[at]!));
}

/** RFC 5652 §5: SignedData, the content detached. */
export function signature(content: Flow, signer: SmimeSigner, date: number): Uint8Array {
  const hash = createHash('sha256');
  for (const chunk of content.chunks()) hash.update(chunk);
  const attribute = (id: string, value: BaseBlock): Sequence => seq(oid(id), new SetOf({ value: [value] }));
  const attributes = [
    attribute(OID.contentType, oid(OID.data)),
    attribute(OID.messageDigest, octets(hash.digest())),
    attribute(OID.signingTime, new UTCTime({ valueDate: new Date(date) })),
    // DER sorts a SET OF by its encodings (X.690 §11.6); a reader that re-encodes would else compute another hash.
  ].sort((a, b) => Buffer.compare(encoded(a), encoded(b)));
  const key = createPrivateKey({ key: Buffer.from(signer.key), format: 'der', type: 'pkcs8' });
  const rsa = key.asymmetricKeyType === 'rsa';
  const sha256 = algorithm(OID.sha256);
  const value = sign('sha256', encoded(new SetOf({ value: attributes })), key);
  const signerInfo = seq(
    int(1),
    issuerAndSerial(signer.certificate),
    sha256,
    tagged(0, ...attributes),
    rsa ? algorithm(OID.rsa, new Null()) : algorithm(OID.ecdsaSha256),
    octets(value),
  );
  const signed = seq(
    int(1),
    new SetOf({ value: [sha256] }),
    seq(oid(OID.data)),
    tagged(0, ...[signer.certificate, ...signer.chain].map(decoded)),
    new SetOf({ value: [signerInfo] }),
  );
  return encoded(seq(oid(OID.signedData), tagged(0, signed)));
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
  const parameters = key.gcm ? seq(octets(nonce), int(16)) : octets(nonce);
  const length = key.gcm ? content.length : content.length + 16 - (content.length % 16);
  const start = Buffer.concat([encoded(oid(OID.data)), encoded(algorithm(key.gcm ? OID.aes256Gcm : OID.aes256Cbc, parameters)), head(0x80, length)]);
  // RFC 5652 §6.1: version 0 only when every recipient is named by issuer and serial in a KeyTransRecipientInfo.
  const version = key.gcm || recipient.transport ? 0 : 2;
  const before = Buffer.concat([encoded(int(version)), encoded(new SetOf({ value: [recipient.info] })), head(0x30, start.length + length), start]);
  const tag = key.gcm ? 18 : 0;
  const body = before.length + length + tag;
  const type = encoded(oid(key.gcm ? OID.authEnvelopedData : OID.envelopedData));
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
  readonly info: BaseBlock;
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
  const sha256 = algorithm(OID.sha256);
  const scheme = key.oaep ? algorithm(OID.oaep, seq(tagged(0, sha256), tagged(1, algorithm(OID.mgf1, sha256)))) : algorithm(OID.rsa, new Null());
  const wrapped = key.oaep
    ? publicEncrypt({ key: publicKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' }, cek)
    : publicEncrypt({ key: publicKey, padding: constants.RSA_PKCS1_PADDING }, cek);
  return { info: seq(int(0), issuerAndSerial(key.certificate), scheme, octets(wrapped)), transport: true, name: key.oaep ? 'rsa-oaep-sha256' : 'rsa-pkcs1-v1.5' };
}

/** RFC 5652 §6.2.2 and RFC 5753 §3.1: ephemeral-static ECDH, the content key wrapped by RFC 3394. */
function agreed(publicKey: KeyObject, curve: { readonly scheme: string; readonly hash: string }, key: SmimeKey, cek: Uint8Array): RecipientBlock {
  const namedCurve = publicKey.asymmetricKeyDetails!.namedCurve!;
  const ephemeral = generateKeyPairSync('ec', { namedCurve });
  const shared = diffieHellman({ privateKey: ephemeral.privateKey, publicKey });
  const wrap = algorithm(OID.aes256Wrap);
  // RFC 5753 §7.2 ECC-CMS-SharedInfo; 256 is the length of the wrapping key in bits.
  const info = encoded(seq(wrap, tagged(2, octets(Buffer.of(0, 0, 1, 0)))));
  // ANSI X9.63 KDF: one round suffices, every hash here gives 32 bytes or more.
  const kek = createHash(curve.hash).update(shared).update(Buffer.of(0, 0, 0, 1)).update(info).digest().subarray(0, 32);
  const wrapper = createCipheriv('id-aes256-wrap', kek, Buffer.alloc(8, 0xa6));
  const wrapped = Buffer.concat([wrapper.update(cek), wrapper.final()]);
  const { x, y } = ephemeral.publicKey.export({ format: 'jwk' }) as { x: string; y: string };
  const point = Buffer.concat([Buffer.of(4), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]);
  const originator = tagged(0, tagged(1, algorithm(OID.ecPublicKey), new BitString({ valueHex: point })));
  const encryptedKeys = seq(seq(issuerAndSerial(key.certificate), octets(wrapped)));
  return { info: tagged(1, int(3), originator, algorithm(curve.scheme, wrap), encryptedKeys), transport: false, name: `ecdh-${namedCurve}` };
}
