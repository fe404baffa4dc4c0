/**
 * S/MIME 4.0 (RFC 8551) over CMS (RFC 5652): signed inside encrypted, so that who signed is hidden from the road and CBC's
 * lack of integrity is covered (EFAIL). Structures are `@peculiar/asn1-cms`, primitives `node:crypto`; the content flows past the
 * library, never through it, so the heads above the content are written by hand (`smime/der.ts`), their lengths known beforehand.
 * Never judges a certificate beyond what it must know to use it: that is `service/keys`.
 */
import { X509Certificate, createCipheriv, createHash, createPrivateKey, randomBytes, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import {
  Attribute, CMSVersion, CertificateChoices, CertificateSet, DigestAlgorithmIdentifiers, EncapsulatedContentInfo, RecipientInfos, SignedData, SignerIdentifier, SignerInfo,
  SignerInfos, id_contentType, id_data, id_envelopedData, id_messageDigest, id_signedData, id_signingTime, type IssuerAndSerialNumber,
} from '@peculiar/asn1-cms';
import { OctetString } from '@peculiar/asn1-schema';
import type { Certificate } from '@peculiar/asn1-x509';
import { Integer, OctetString as Octets, Sequence, UTCTime } from 'asn1js';
import type { SmimeKey } from '../keys/keys.ts';
import type { SmimeSigner } from '../keys/identity.ts';
import type { Facts } from '../audit/audit.ts';
import { base64Lines, flat, joined, once } from './flow.ts';
import type { Flow } from './flow.ts';
import { algorithm, asn, block, exact, head, headed, issuerAndSerial, oid, sequence, written } from './smime/der.ts';
import { RSA, SHA256, recipientInfo } from './smime/recipient.ts';

/** Tags of what stands above the content (X.690 §8.1.2), and of the signed attributes (RFC 5652 §5.4). */
const SEQUENCE = 0x30;
const SET = 0x31;
const EXPLICIT = 0xa0;
const CONTENT = 0x80;
const TAG = 16;
const TAG_HEAD = Uint8Array.of(0x04, TAG);
const ECDSA_SHA256 = algorithm('1.2.840.10045.4.3.2');

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
