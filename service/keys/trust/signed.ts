/**
 * Whether an S/MIME message was signed by whom it says, and which certificates came along (RFC 8551 §3.5, RFC 5652 §5). Everything here is
 * attacker-controlled; whatever does not verify to the letter is null. Says nothing of whether the certificates are to be trusted.
 */
import { createHash } from 'node:crypto';
import { AsnConvert, OctetString } from '@peculiar/asn1-schema';
import { ContentInfo, SignedData, id_messageDigest, id_signedData } from '@peculiar/asn1-cms';
import { Certificate } from '@peculiar/asn1-x509';
import { fromBER } from 'asn1js';
import { SMIME_CAPABILITIES, announcedIn, readCertificate, type CertificateFacts } from '../trust.read.ts';
import { inside, tagged, whole } from './block.ts';
import { piecesOf } from './pieces.ts';
import { DIGESTS, stands } from './signature.ts';

export interface Signed {
  readonly signer: CertificateFacts;
  /** DER of every certificate that was sent along, the signer's first */
  readonly certificates: readonly Uint8Array[];
  /** what the signer's program says it reads */
  readonly announces: CertificateFacts['announces'];
  /** what was signed: a MIME entity */
  readonly content: Uint8Array;
}

const MOST = 10;

/** `cms`: DER of the SignedData; `content`: what was signed, where it is not inside. */
export function signedBy(cms: Uint8Array, content: Uint8Array | null): Signed | null {
  try {
    return verified(cms, content);
  } catch {
    return null;
  }
}

function verified(cms: Uint8Array, content: Uint8Array | null): Signed | null {
  const info = AsnConvert.parse(cms, ContentInfo);
  if (info.contentType !== id_signedData) return null;
  const signed = AsnConvert.parse(info.content, SignedData);
  const held = signed.encapContentInfo.eContent?.single?.buffer;
  const bytes = content ?? (held === undefined ? null : new Uint8Array(held));
  if (bytes === null || signed.signerInfos.length !== 1) return null;
  const certificates = [...(signed.certificates ?? [])].slice(0, MOST).flatMap((c) => (c.certificate instanceof Certificate ? [readCertificate(new Uint8Array(AsnConvert.serialize(c.certificate)))] : [])).filter((c) => c !== null);
  const [one] = signed.signerInfos;
  const { issuerAndSerialNumber: named, subjectKeyIdentifier } = one!.sid;
  const signer = certificates.find((c) => {
    const pieces = piecesOf(c.der);
    if (named) return Buffer.from(named.serialNumber).equals(pieces.serial) && Buffer.from(AsnConvert.serialize(named.issuer)).equals(pieces.issuer);
    return subjectKeyIdentifier !== undefined && certificates.length === 1;
  });
  const digest = DIGESTS[one!.digestAlgorithm.algorithm];
  if (signer === undefined || digest === undefined) return null;
  const hashed = createHash(digest).update(bytes).digest();
  const attributes = signedAttributes(cms);
  if (attributes === null) return stands(one!.signatureAlgorithm, bytes, new Uint8Array(one!.signature.buffer), signer.x509.publicKey, digest) ? result(bytes, signer, certificates, undefined) : null;
  const said = one!.signedAttrs?.filter((a) => a.attrType === id_messageDigest) ?? [];
  if (said.length !== 1 || !Buffer.from(AsnConvert.parse(said[0]!.attrValues[0]!, OctetString).buffer).equals(hashed)) return null;
  return stands(one!.signatureAlgorithm, attributes, new Uint8Array(one!.signature.buffer), signer.x509.publicKey, digest) ? result(bytes, signer, certificates, one!.signedAttrs?.find((a) => a.attrType === SMIME_CAPABILITIES)?.attrValues[0]) : null;
}

const result = (content: Uint8Array, signer: CertificateFacts, all: readonly CertificateFacts[], said: ArrayBuffer | undefined): Signed => ({ content, signer, certificates: [signer, ...all.filter((c) => c !== signer)].map((c) => c.der), announces: announcedIn(said) });

/** RFC 5652 §5.4: signed as a SET OF, although they stand there as [0]. */
function signedAttributes(cms: Uint8Array): Uint8Array | null {
  const content = inside(inside(fromBER(cms).result)[1])[0];
  const info = inside(inside(content).at(-1))[0];
  const attributes = tagged(inside(info), 0);
  if (attributes === undefined) return null;
  const set = Uint8Array.from(whole(attributes));
  set[0] = 0x31;
  return set;
}
