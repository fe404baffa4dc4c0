/**
 * S/MIME 4.0 (RFC 8551) over CMS (RFC 5652): signed inside encrypted, so that who signed is hidden from the road and CBC's
 * lack of integrity is covered (EFAIL). Structures are `@peculiar/asn1-cms`, primitives `node:crypto`; the content flows past the
 * library, never through it, so the heads above the content are written here, their lengths known beforehand.
 * Never judges a certificate beyond what it must know to use it: that is `service/keys`.
 */
import { X509Certificate, createCipheriv, createHash, createPrivateKey, diffieHellman, generateKeyPairSync, publicEncrypt, constants, randomBytes, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import {
  Attribute, CMSVersion, CertificateChoices, CertificateSet, DigestAlgorithmIdentifiers, EncapsulatedContentInfo, IssuerAndSerialNumber,
  KeyAgreeRecipientIdentifier, KeyAgreeRecipientInfo, KeyTransRecipientInfo, OriginatorIdentifierOrKey, OriginatorPublicKey, RecipientEncryptedKey,
  RecipientEncryptedKeys, RecipientIdentifier, RecipientInfo, RecipientInfos, SignedData, SignerIdentifier, SignerInfo, SignerInfos, id_contentType,
  id_data, id_envelopedData, id_messageDigest, id_signedData, id_signingTime,
} from '@peculiar/asn1-cms';
import { AsnConvert, OctetString } from '@peculiar/asn1-schema';
import { AlgorithmIdentifier, type Certificate } from '@peculiar/asn1-x509';
import { BaseBlock, Constructed, Integer, ObjectIdentifier, OctetString as Octets, Sequence, UTCTime, fromBER, type AsnType } from 'asn1js';
import type { SmimeKey } from '../keys/keys.ts';
import type { SmimeSigner } from '../keys/identity.ts';
import { Fault } from '../refusal.ts';
import type { Facts } from '../audit/audit.ts';
import { base64Lines, flat, joined, once } from './flow.ts';
import type { Flow } from './flow.ts';

/** Tags of what stands above the content (X.690 §8.1.2), and of the signed attributes (RFC 5652 §5.4). */
const SEQUENCE = 0x30;
const SET = 0x31;
const EXPLICIT = 0xa0;
const CONTENT = 0x80;
const TAG = 16;
const TAG_HEAD = Uint8Array.of(0x04, TAG);

/** What is written already, octet for octet: others' names, by which a reader finds itself, certificates that somebody signed, and what is always the same. */
class Written extends BaseBlock {
  private readonly octets: ArrayBuffer;
  constructor(bytes: Uint8Array) {
    super();
    this.octets = exact(bytes);
  }
  override toBER(_sizeOnly?: boolean, writer?: { write(bytes: ArrayBuffer): void }): ArrayBuffer {
    writer?.write(this.octets);
    return this.octets;
  }
  toASN(): this {
    return this;
  }
  fromASN(): this {
    return this;
  }
}
const written = <T = AsnType>(bytes: Uint8Array): T => new Written(bytes) as unknown as T;

const exact = (bytes: Uint8Array): ArrayBuffer => new Uint8Array(bytes).buffer;
const asn = (value: object): Uint8Array => new Uint8Array(AsnConvert.serialize(value));
const block = (value: { toBER(): ArrayBuffer }): Uint8Array => new Uint8Array(value.toBER());
const oid = (value: string): Uint8Array => block(new ObjectIdentifier({ value }));
const sequence = (...value: AsnType[]): Uint8Array => block(new Sequence({ value }));
const tagged = (tagNumber: number, value: AsnType): Constructed => new Constructed({ idBlock: { tagClass: 3, tagNumber }, value: [value] });
const algorithm = (id: string, parameters?: Uint8Array | null): Uint8Array => asn(new AlgorithmIdentifier({ algorithm: id, ...(parameters === undefined ? {} : { parameters: parameters === null ? null : exact(parameters) }) }));

/** Algorithms (RFC 5754, RFC 8017, RFC 5753, RFC 3565). */
const SHA256 = algorithm('2.16.840.1.101.3.4.2.1');
const RSA = algorithm('1.2.840.113549.1.1.1', null);
/** RFC 8017 §A.2.1: SHA-256 for the hash and for the mask. */
const OAEP_SHA256 = algorithm('1.2.840.113549.1.1.7', sequence(tagged(0, written(SHA256)), tagged(1, written(algorithm('1.2.840.113549.1.1.8', SHA256)))));
const ECDSA_SHA256 = algorithm('1.2.840.10045.4.3.2');
const EC_PUBLIC_KEY = algorithm('1.2.840.10045.2.1');
const AES256_WRAP = algorithm('2.16.840.1.101.3.4.1.45');
/** RFC 5753 §7.2 ECC-CMS-SharedInfo; 256 is the length of the wrapping key in bits. */
const SHARED_INFO = sequence(written(AES256_WRAP), tagged(2, new Octets({ valueHex: Uint8Array.of(0, 0, 1, 0) })));

const ID = {
  data: oid(id_data),
  aes256Cbc: oid('2.16.840.1.101.3.4.1.42'),
  aes256Gcm: oid('2.16.840.1.101.3.4.1.46'),
  signedData: oid(id_signedData),
  envelopedData: oid(id_envelopedData),
  authEnvelopedData: oid('1.2.840.113549.1.9.16.1.23'),
};
const CONTENT_TYPE = asn(new Attribute({ attrType: id_contentType, attrValues: [exact(ID.data)] }));
const PLAIN_CONTENT = asn(new EncapsulatedContentInfo({ eContentType: id_data }));

interface Curve {
  readonly scheme: string;
  readonly hash: string;
}

/** RFC 5753 §7.1.4, one scheme per curve: dhSinglePass-stdDH with a KDF hash as strong as the curve. */
const CURVES: { readonly [curve: string]: Curve } = {
  prime256v1: { scheme: '1.3.132.1.11.1', hash: 'sha256' },
  secp384r1: { scheme: '1.3.132.1.11.2', hash: 'sha384' },
  secp521r1: { scheme: '1.3.132.1.11.3', hash: 'sha512' },
};

/** To read a certificate costs more than to encrypt a page for its owner, to whom more than one page is written. */
const names = new Map<string, IssuerAndSerialNumber>();

/** RFC 5652 §10.2.4 */
function issuerAndSerial(certificate: Uint8Array): IssuerAndSerialNumber {
  const id = createHash('sha256').update(certificate).digest('hex');
  const known = names.get(id);
  if (known !== undefined) return known;
  const tbs = inside(inside(fromBER(certificate).result)[0]);
  // The version stands before the serial in all but those of the first.
  const [serial, , issuer] = tbs[0] instanceof Integer ? tbs : tbs.slice(1);
  if (!(serial instanceof Integer) || !(issuer instanceof Sequence)) throw new Fault('key-unusable', 'a certificate has no issuer');
  const name = written<IssuerAndSerialNumber>(sequence(written(issuer.valueBeforeDecodeView), written(serial.valueBeforeDecodeView)));
  if (names.size >= 500) names.clear();
  names.set(id, name);
  return name;
}

const inside = (at: BaseBlock | undefined): BaseBlock[] => (at instanceof Constructed ? at.valueBlock.value : []);

/** The only encoding of our own: the head of what is not in memory (X.690 §8.1.3), because the content flows past the library. */
function head(tag: number, length: number): Uint8Array {
  if (length < 128) return Uint8Array.of(tag, length);
  const bytes: number[] = [];
  for (let n = length; n > 0; n = Math.floor(n / 256)) bytes.unshift(n % 256);
  return Uint8Array.of(tag, 0x80 | bytes.length, ...bytes);
}

/** Parts that end with something of `more` octets, and the head above them all. */
function headed(tag: number, more: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, more);
  return Buffer.concat([head(tag, length), ...parts]);
}

interface Signing {
  readonly key: KeyObject;
  readonly name: IssuerAndSerialNumber;
  readonly certificates: CertificateChoices[];
}

/** Reading a private key costs as much as signing with it. */
const signings = new Map<string, Signing>();

function signing(signer: SmimeSigner): Signing {
  const id = [signer.key, signer.certificate, ...signer.chain].map((bytes) => createHash('sha256').update(bytes).digest('hex')).join(' ');
  const known = signings.get(id);
  if (known !== undefined) return known;
  if (signings.size > 8) signings.clear();
  const read: Signing = {
    key: createPrivateKey({ key: Buffer.from(signer.key), format: 'der', type: 'pkcs8' }),
    name: issuerAndSerial(signer.certificate),
    certificates: [signer.certificate, ...signer.chain].map((der) => new CertificateChoices({ certificate: written<Certificate>(der) })),
  };
  signings.set(id, read);
  return read;
}

/** RFC 5652 §5: SignedData, the content detached. */
export function signature(content: Flow, signer: SmimeSigner, date: number): Uint8Array {
  const hash = createHash('sha256');
  for (const chunk of content.chunks()) hash.update(chunk);
  const attributes = [
    CONTENT_TYPE,
    asn(new Attribute({ attrType: id_messageDigest, attrValues: [new Octets({ valueHex: hash.digest() }).toBER()] })),
    // RFC 5652 §11.3: UTCTime until 2049, to the second.
    asn(new Attribute({ attrType: id_signingTime, attrValues: [new UTCTime({ valueDate: new Date(date) }).toBER()] })),
    // DER sorts a SET OF by its encodings (X.690 §11.6); a reader that re-encodes would else compute another hash.
  ].sort(Buffer.compare);
  const { key, name, certificates } = signing(signer);
  const info = new SignerInfo({
    version: CMSVersion.v1,
    sid: new SignerIdentifier({ issuerAndSerialNumber: name }),
    digestAlgorithm: written(SHA256),
    signedAttrs: attributes.map((a) => written<Attribute>(a)),
    signatureAlgorithm: written(key.asymmetricKeyType === 'rsa' ? RSA : ECDSA_SHA256),
    signature: new OctetString(exact(sign('sha256', headed(SET, 0, ...attributes), key))),
  });
  const signed = new SignedData({
    version: CMSVersion.v1,
    digestAlgorithms: new DigestAlgorithmIdentifiers([written(SHA256)]),
    encapContentInfo: written(PLAIN_CONTENT),
    certificates: new CertificateSet(certificates),
    signerInfos: new SignerInfos([info]),
  });
  return headed(SEQUENCE, 0, ID.signedData, headed(EXPLICIT, 0, asn(signed)));
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

interface Enveloped {
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
  const iv = new Octets({ valueHex: nonce });
  const how = key.gcm ? sequence(written(ID.aes256Gcm), new Sequence({ value: [iv, new Integer({ value: TAG })] })) : sequence(written(ID.aes256Cbc), iv);
  const length = key.gcm ? content.length : content.length + 16 - (content.length % 16);
  const mac = key.gcm ? TAG_HEAD.length + TAG : 0;
  // RFC 5652 §6.1: version 0 only when every recipient is named by issuer and serial in a KeyTransRecipientInfo.
  const version = block(new Integer({ value: key.gcm || recipient.info.ktri ? 0 : 2 }));
  const described = headed(SEQUENCE, length, ID.data, how, head(CONTENT, length));
  const data = headed(SEQUENCE, length + mac, version, asn(new RecipientInfos([recipient.info])), described);
  const front = headed(SEQUENCE, length + mac, key.gcm ? ID.authEnvelopedData : ID.envelopedData, headed(EXPLICIT, length + mac, data));
  const cipher = once(length + mac, function* () {
    if (key.gcm) {
      const gcm = createCipheriv('aes-256-gcm', cek, nonce);
      for (const chunk of content.chunks()) yield gcm.update(chunk);
      gcm.final();
      yield TAG_HEAD;
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
  readonly info: RecipientInfo;
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
  const ktri = new KeyTransRecipientInfo({
    version: CMSVersion.v0,
    rid: new RecipientIdentifier({ issuerAndSerialNumber: issuerAndSerial(key.certificate) }),
    keyEncryptionAlgorithm: written(key.oaep ? OAEP_SHA256 : RSA),
    encryptedKey: new OctetString(exact(wrapped)),
  });
  return { info: new RecipientInfo({ ktri }), name: key.oaep ? 'rsa-oaep-sha256' : 'rsa-pkcs1-v1.5' };
}

/** RFC 5652 §6.2.2 and RFC 5753 §3.1: ephemeral-static ECDH, the content key wrapped by RFC 3394. */
function agreed(publicKey: KeyObject, curve: Curve, key: SmimeKey, cek: Uint8Array): RecipientBlock {
  const namedCurve = publicKey.asymmetricKeyDetails!.namedCurve!;
  const ephemeral = generateKeyPairSync('ec', { namedCurve });
  const shared = diffieHellman({ privateKey: ephemeral.privateKey, publicKey });
  // ANSI X9.63 KDF: one round suffices, every hash here gives 32 bytes or more.
  const kek = createHash(curve.hash).update(shared).update(Uint8Array.of(0, 0, 0, 1)).update(SHARED_INFO).digest().subarray(0, 32);
  const wrapper = createCipheriv('id-aes256-wrap', kek, Buffer.alloc(8, 0xa6));
  const wrapped = Buffer.concat([wrapper.update(cek), wrapper.final()]);
  const { x, y } = ephemeral.publicKey.export({ format: 'jwk' }) as { x: string; y: string };
  const point = Buffer.concat([Buffer.of(4), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]);
  const kari = new KeyAgreeRecipientInfo({
    version: CMSVersion.v3,
    originator: new OriginatorIdentifierOrKey({ originatorKey: new OriginatorPublicKey({ algorithm: written(EC_PUBLIC_KEY), publicKey: exact(point) }) }),
    keyEncryptionAlgorithm: written(algorithm(curve.scheme, AES256_WRAP)),
    recipientEncryptedKeys: new RecipientEncryptedKeys([
      new RecipientEncryptedKey({ rid: new KeyAgreeRecipientIdentifier({ issuerAndSerialNumber: issuerAndSerial(key.certificate) }), encryptedKey: new OctetString(exact(wrapped)) }),
    ]),
  });
  return { info: new RecipientInfo({ kari }), name: `ecdh-${namedCurve}` };
}
