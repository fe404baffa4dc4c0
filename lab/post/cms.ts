/**
 * A recipient's own CMS reader (RFC 5652, RFC 5083, RFC 5753), written apart from the service's writer so that one checks the other.
 * Opens EnvelopedData and AuthEnvelopedData with a private key; unwraps opaque SignedData; checks a detached signature. Never judges whether
 * the signer is to be trusted.
 */
import { constants, createDecipheriv, createHash, createPublicKey, diffieHellman, privateDecrypt, verify, X509Certificate, type KeyObject } from 'node:crypto';
import { fromBER } from 'asn1js';

interface Node {
  readonly idBlock: { readonly tagClass: number; readonly tagNumber: number; readonly isConstructed: boolean };
  readonly valueBlock: { readonly value?: readonly Node[]; readonly valueHexView?: Uint8Array; toString(): string };
  readonly valueBeforeDecodeView: Uint8Array;
}

const OID = {
  signedData: '1.2.840.113549.1.7.2', envelopedData: '1.2.840.113549.1.7.3', authEnvelopedData: '1.2.840.113549.1.9.16.1.23',
  messageDigest: '1.2.840.113549.1.9.4', rsa: '1.2.840.113549.1.1.1', oaep: '1.2.840.113549.1.1.7', sha256: '2.16.840.1.101.3.4.2.1',
} as const;
const CIPHERS: { readonly [oid: string]: string } = {
  '2.16.840.1.101.3.4.1.2': 'aes-128-cbc', '2.16.840.1.101.3.4.1.22': 'aes-192-cbc', '2.16.840.1.101.3.4.1.42': 'aes-256-cbc',
  '2.16.840.1.101.3.4.1.6': 'aes-128-gcm', '2.16.840.1.101.3.4.1.46': 'aes-256-gcm',
};
/** RFC 3394 wraps: cipher and length of the wrapping key in bytes. */
const WRAPS: { readonly [oid: string]: readonly [string, number] } = { '2.16.840.1.101.3.4.1.5': ['id-aes128-wrap', 16], '2.16.840.1.101.3.4.1.45': ['id-aes256-wrap', 32] };
const KDF_HASH: { readonly [oid: string]: string } = { '1.3.133.16.840.63.0.2': 'sha1', '1.3.132.1.11.0': 'sha224', '1.3.132.1.11.1': 'sha256', '1.3.132.1.11.2': 'sha384', '1.3.132.1.11.3': 'sha512' };

interface Opened {
  readonly kind: 'encrypted' | 'signed';
  readonly content: Buffer;
  /** cipher of an encrypted one, as OpenSSL names it */
  readonly cipher?: string;
}

const children = (node: Node | undefined): readonly Node[] => node?.valueBlock.value ?? [];
const context = (node: Node | undefined, tag: number) => node?.idBlock.tagClass === 3 && node.idBlock.tagNumber === tag;
const text = (node: Node | undefined) => node?.valueBlock.toString() ?? '';

/**
 * Octets of a string that may be cut into pieces (BER constructed encoding). Only the encoding says whether it is: asn1js also looks for
 * ASN.1 inside a whole string, and finds some in one point of a curve in 256 (04 3f ... reads as an OCTET STRING of 63).
 */
export function octets(node: Node | undefined): Buffer {
  const parts = children(node);
  if (node?.idBlock.isConstructed === true) return Buffer.concat(parts.map(octets));
  return Buffer.from(node?.valueBlock.valueHexView ?? new Uint8Array());
}

/** `key` null: only what is not encrypted. */
export function openCms(der: Uint8Array, key: KeyObject | null): Opened {
  const { result, offset } = fromBER(der);
  if (offset === -1) throw new Error('This is not a CMS message.');
  const [type, wrapper] = children(result as unknown as Node);
  const body = children(children(wrapper)[0]);
  switch (text(type)) {
    case OID.signedData: return { kind: 'signed', content: octets(children(children(body[2])[1])[0]) };
    case OID.envelopedData: return decrypt(body, key, false);
    case OID.authEnvelopedData: return decrypt(body, key, true);
    default: throw new Error('This kind of CMS message cannot be opened.');
  }
}

function decrypt(body: readonly Node[], key: KeyObject | null, authenticated: boolean): Opened {
  if (key === null) throw new Error('Encrypted with S/MIME; this person has no certificate.');
  const at = context(body[1], 0) ? 2 : 1;
  const infos = children(body[at]);
  const [, algorithm, content] = children(body[at + 1]);
  const [cipherId, parameters] = children(algorithm);
  const cipher = CIPHERS[text(cipherId)];
  if (cipher === undefined) throw new Error('The message is encrypted with a cipher this reader does not know.');
  for (const info of infos) {
    const cek = context(info, 1) ? agreed(children(info), key) : transported(children(info), key);
    if (cek === null) continue;
    const nonce = authenticated ? octets(children(parameters)[0]) : octets(parameters);
    const bytes = octets(content);
    if (!authenticated) {
      const open = createDecipheriv(cipher, cek, nonce);
      return { kind: 'encrypted', cipher, content: Buffer.concat([open.update(bytes), open.final()]) };
    }
    const open = createDecipheriv(cipher as 'aes-256-gcm', cek, nonce, { authTagLength: 16 });
    const attributes = body.slice(at + 2).find((n) => context(n, 1));
    // RFC 5083 §2.2: authenticated as a SET OF, not under the implicit tag.
    if (attributes !== undefined) open.setAAD(Buffer.concat([Buffer.of(0x31), Buffer.from(attributes.valueBeforeDecodeView).subarray(1)]));
    open.setAuthTag(octets(body.at(-1)));
    return { kind: 'encrypted', cipher, content: Buffer.concat([open.update(bytes), open.final()]) };
  }
  throw new Error('The message is not for this key.');
}

/** RFC 5652 §6.2.1 */
function transported([, , algorithm, wrapped]: readonly Node[], key: KeyObject): Buffer | null {
  if (key.asymmetricKeyType !== 'rsa') return null;
  const [scheme, parameters] = children(algorithm);
  if (text(scheme) === OID.rsa) return privateDecrypt({ key, padding: constants.RSA_PKCS1_PADDING }, octets(wrapped));
  if (text(scheme) !== OID.oaep) return null;
  const hash = children(parameters).find((n) => context(n, 0));
  const oaepHash = text(children(children(hash)[0])[0]) === OID.sha256 ? 'sha256' : 'sha1';
  return privateDecrypt({ key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash }, octets(wrapped));
}

/** RFC 5652 §6.2.2, RFC 5753 §3: the key is agreed by ECDH, spread by the ANSI X9.63 KDF, unwrapped by RFC 3394. */
function agreed(info: readonly Node[], key: KeyObject): Buffer | null {
  if (key.asymmetricKeyType !== 'ec') return null;
  const [, originator] = info;
  const [algorithm, keys] = info.filter((n) => n.idBlock.tagClass === 1 && n.idBlock.tagNumber === 16);
  const [scheme, wrap] = children(algorithm);
  const wrapping = WRAPS[text(children(wrap)[0])];
  const hash = KDF_HASH[text(scheme)];
  const point = octets(children(children(originator)[0])[1]);
  if (wrapping === undefined || hash === undefined) return null;
  const jwk = key.export({ format: 'jwk' });
  const half = (point.length - 1) / 2;
  const publicKey = createPublicKey({ key: { kty: 'EC', crv: jwk.crv ?? '', x: point.subarray(1, 1 + half).toString('base64url'), y: point.subarray(1 + half).toString('base64url') }, format: 'jwk' });
  const [name, length] = wrapping;
  const bits = Buffer.alloc(4);
  bits.writeUInt32BE(length * 8);
  const supp = Buffer.concat([Buffer.of(0xa2, 6, 0x04, 4), bits]);
  const wrapDer = Buffer.from(wrap?.valueBeforeDecodeView ?? new Uint8Array());
  const shared = Buffer.concat([Buffer.of(0x30, wrapDer.length + supp.length), wrapDer, supp]);
  const secret = diffieHellman({ privateKey: key, publicKey });
  const round = (n: number) => createHash(hash).update(secret).update(Buffer.of(0, 0, 0, n)).update(shared).digest();
  const kek = Buffer.concat([round(1), round(2)]).subarray(0, length);
  const unwrap = createDecipheriv(name, kek, Buffer.alloc(8, 0xa6));
  return Buffer.concat([unwrap.update(octets(children(children(keys)[0])[1])), unwrap.final()]);
}

/** RFC 5652 §5.4, detached: the signer's certificate subject when digest and signature fit, else null. SHA-256 only. */
export function signerOf(content: Uint8Array, der: Uint8Array): string | null {
  const { result, offset } = fromBER(der);
  if (offset === -1) return null;
  const body = children(children(children(result as unknown as Node)[1])[0]);
  const certificates = children(body.find((n) => context(n, 0))).map((n) => new X509Certificate(Buffer.from(n.valueBeforeDecodeView)));
  const info = children(children(body.at(-1))[0]);
  const attributes = info.find((n) => context(n, 0));
  const digest = children(attributes).map(children).find(([type]) => text(type) === OID.messageDigest)?.[1];
  const hash = createHash('sha256').update(content).digest();
  if (attributes === undefined || !octets(children(digest)[0]).equals(hash)) return null;
  const signed = Buffer.concat([Buffer.of(0x31), Buffer.from(attributes.valueBeforeDecodeView).subarray(1)]);
  const value = octets(info.findLast((n) => n.idBlock.tagClass === 1 && n.idBlock.tagNumber === 4));
  const signer = certificates.find((c) => {
    try {
      return verify('sha256', signed, c.publicKey, value);
    } catch {
      return false;
    }
  });
  return signer === undefined ? null : (/^CN=(.*)$/m.exec(signer.subject)?.[1] ?? signer.subject);
}
