/** The content's key, wrapped for the owner of one certificate: RSA (RFC 5652 §6.2.1, RFC 3560) or ephemeral-static ECDH (RFC 5652 §6.2.2, RFC 5753). */
import { createCipheriv, createHash, diffieHellman, generateKeyPairSync, publicEncrypt, constants } from 'node:crypto';
import type { KeyObject, X509Certificate } from 'node:crypto';
import {
  CMSVersion, KeyAgreeRecipientIdentifier, KeyAgreeRecipientInfo, KeyTransRecipientInfo, OriginatorIdentifierOrKey, OriginatorPublicKey, RecipientEncryptedKey,
  RecipientEncryptedKeys, RecipientIdentifier, RecipientInfo,
} from '@peculiar/asn1-cms';
import { OctetString } from '@peculiar/asn1-schema';
import { OctetString as Octets } from 'asn1js';
import type { SmimeKey } from '../../keys/keys.ts';
import { Fault } from '../../refusal.ts';
import { algorithm, exact, issuerAndSerial, sequence, tagged, written } from './der.ts';

/** Algorithms (RFC 5754, RFC 8017, RFC 5753, RFC 3565). */
export const SHA256 = algorithm('2.16.840.1.101.3.4.2.1');
export const RSA = algorithm('1.2.840.113549.1.1.1', null);
/** RFC 8017 §A.2.1: SHA-256 for the hash and for the mask. */
const OAEP_SHA256 = algorithm('1.2.840.113549.1.1.7', sequence(tagged(0, written(SHA256)), tagged(1, written(algorithm('1.2.840.113549.1.1.8', SHA256)))));
const EC_PUBLIC_KEY = algorithm('1.2.840.10045.2.1');
const AES256_WRAP = algorithm('2.16.840.1.101.3.4.1.45');
/** RFC 5753 §7.2 ECC-CMS-SharedInfo; 256 is the length of the wrapping key in bits. */
const SHARED_INFO = sequence(written(AES256_WRAP), tagged(2, new Octets({ valueHex: Uint8Array.of(0, 0, 1, 0) })));

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

interface RecipientBlock {
  readonly info: RecipientInfo;
  readonly name: string;
}

/** For the owner of this certificate alone; throws Fault `key-unusable` where its key is of a kind nobody here encrypts to. */
export function recipientInfo(certificate: X509Certificate, key: SmimeKey, cek: Uint8Array): RecipientBlock {
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
