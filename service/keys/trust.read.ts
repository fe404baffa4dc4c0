/**
 * Reads certificates out of whatever an administrator or a directory hands over: PEM, DER, PKCS#7 (RFC 5280, RFC 5652 §5.1).
 * Everything here is attacker-controlled; what cannot be read is null or left out, never an exception. Judges nothing.
 */
import { X509Certificate, createHash } from 'node:crypto';
import { AsnConvert } from '@peculiar/asn1-schema';
import {
  BasicConstraints, Certificate, ExtendedKeyUsage, KeyUsage, SubjectAlternativeName, id_ce_authorityKeyIdentifier, id_ce_basicConstraints,
  id_ce_certificatePolicies, id_ce_cRLDistributionPoints, id_ce_extKeyUsage, id_ce_keyUsage, id_ce_nameConstraints, id_ce_subjectAltName,
  id_ce_subjectKeyIdentifier,
} from '@peculiar/asn1-x509';
import { Sequence, fromBER } from 'asn1js';
import { inside, oidOf, tagged, whole } from './trust/block.ts';
import { constraintsIn, namesOf, type Constraints, type Names } from './trust/constraint.ts';

export interface CertificateFacts {
  readonly der: Uint8Array;
  /** hex SHA-256 of the DER */
  readonly fingerprint: string;
  readonly x509: X509Certificate;
  readonly key: { readonly type: string; readonly bits: number; readonly exponent: bigint; readonly curve: string };
  readonly notBefore: number;
  readonly notAfter: number;
  readonly ca: boolean;
  readonly pathLength: number | null;
  /** bits of `KeyUsageFlags`; null when the extension is absent */
  readonly usage: number | null;
  readonly purposes: readonly string[] | null;
  /** rfc822Names; those of the subject only when there is no other (RFC 8550 §3) */
  readonly addresses: readonly string[];
  /** OID of the signature algorithm, and its parameters for RSASSA-PSS */
  readonly signature: string;
  readonly signatureParameters: Uint8Array;
  readonly names: Names;
  /** subject and issuer are one */
  readonly selfIssued: boolean;
  /** the names for which it may vouch */
  readonly constraints: Constraints | null;
  /** a critical extension we do not know, or constraints that cannot be read: no path may lead here (RFC 5280 §4.2) */
  readonly unjudged: boolean;
  /** said in the certificate's own SMIMECapabilities (RFC 4262) */
  readonly announces: { readonly gcm: boolean; readonly oaep: boolean };
}

const MAX_CERTIFICATE = 64 * 1024;
const MAX_BUNDLE = 512 * 1024;
const MAX_CERTIFICATES = 20;
export const SMIME_CAPABILITIES = '1.2.840.113549.1.9.15';
const SIGNED_DATA = '1.2.840.113549.1.7.2';
const AES256_GCM = '2.16.840.1.101.3.4.1.46';
const OAEP = '1.2.840.113549.1.1.7';
const EMAIL = '1.2.840.113549.1.9.1';
const JUDGED = new Set<string>([
  id_ce_basicConstraints, id_ce_keyUsage, id_ce_extKeyUsage, id_ce_subjectAltName, id_ce_subjectKeyIdentifier, id_ce_authorityKeyIdentifier,
  id_ce_certificatePolicies, id_ce_cRLDistributionPoints, id_ce_nameConstraints,
]);

export function readCertificate(der: Uint8Array): CertificateFacts | null {
  try {
    return facts(der);
  } catch {
    return null;
  }
}

function facts(der: Uint8Array): CertificateFacts | null {
  if (der.length === 0 || der.length > MAX_CERTIFICATE) return null;
  // Node would skip what follows the certificate; two readers that see different ends see different certificates.
  if (fromBER(der).offset !== der.length) return null;
  const parsed = AsnConvert.parse(der, Certificate);
  const tbs = parsed.tbsCertificate;
  // RFC 5280 §4.1.1.2: both places name the same algorithm, or one of them lies.
  if (tbs.signature.algorithm !== parsed.signatureAlgorithm.algorithm) return null;
  const extensions = [...(tbs.extensions ?? [])];
  // RFC 5280 §4.2: not more than one of each.
  if (new Set(extensions.map((e) => e.extnID)).size !== extensions.length) return null;
  const value = (id: string): ArrayBuffer | undefined => extensions.find((e) => e.extnID === id)?.extnValue.buffer;
  const as = <T>(id: string, type: new () => T): T | null => {
    const bytes = value(id);
    return bytes === undefined ? null : AsnConvert.parse(bytes, type);
  };
  const constraints = as(id_ce_basicConstraints, BasicConstraints);
  const names = [...(as(id_ce_subjectAltName, SubjectAlternativeName) ?? [])];
  const alternative = names.flatMap((n) => n.rfc822Name ?? []);
  const limits = value(id_ce_nameConstraints);
  const limited = limits === undefined ? null : constraintsIn(limits);
  const inSubject = tbs.subject.flatMap((rdn) => [...rdn]).filter((a) => a.type === EMAIL).map((a) => a.value.toString());
  const purposes = as(id_ce_extKeyUsage, ExtendedKeyUsage);
  const announced = announcedIn(value(SMIME_CAPABILITIES));
  const parameters = parsed.signatureAlgorithm.parameters;
  const x509 = new X509Certificate(der);
  // Node reads the key only when asked, and throws then: it is asked here.
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = x509.publicKey;
  return {
    der: new Uint8Array(der),
    fingerprint: createHash('sha256').update(der).digest('hex'),
    x509,
    key: { type: type ?? '', bits: details?.modulusLength ?? 0, exponent: details?.publicExponent ?? 0n, curve: details?.namedCurve ?? '' },
    notBefore: tbs.validity.notBefore.getTime().getTime(),
    notAfter: tbs.validity.notAfter.getTime().getTime(),
    ca: constraints?.cA ?? false,
    pathLength: constraints?.pathLenConstraint ?? null,
    usage: as(id_ce_keyUsage, KeyUsage)?.toNumber() ?? null,
    purposes: purposes === null ? null : [...purposes],
    addresses: alternative.length > 0 ? alternative : inSubject,
    signature: parsed.signatureAlgorithm.algorithm,
    signatureParameters: parameters == null ? new Uint8Array(0) : new Uint8Array(parameters),
    names: namesOf(tbs, names),
    selfIssued: Buffer.from(AsnConvert.serialize(tbs.subject)).equals(Buffer.from(AsnConvert.serialize(tbs.issuer))),
    constraints: limited,
    unjudged: (limits !== undefined && limited === null) || extensions.some((e) => e.critical && !JUDGED.has(e.extnID)),
    announces: announced,
  };
}

/** RFC 4262 in a certificate, RFC 8551 §2.5.2 in a signature. */
export function announcedIn(value: ArrayBuffer | undefined): CertificateFacts['announces'] {
  const said = capabilities(value);
  return { gcm: said.has(AES256_GCM), oaep: said.has(OAEP) };
}

/** RFC 8551 §2.5.2: a SEQUENCE of what the reader can do, each named by its identifier. */
function capabilities(value: ArrayBuffer | undefined): ReadonlySet<string> {
  const list = value === undefined ? undefined : fromBER(value).result;
  return new Set(inside(list).map((capability) => oidOf(inside(capability)[0])));
}

const PEM = /-----BEGIN ([A-Z0-9 ]{1,40})-----([A-Za-z0-9+/=\s]*)-----END \1-----/g;

/** Every certificate in the bytes, in their order, unread; empty when there is none. */
export function certificatesIn(bytes: Uint8Array): Uint8Array[] {
  if (bytes.length > MAX_BUNDLE) return [];
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  const blocks = [...text.matchAll(PEM)].map((m) => ({ label: m[1]!, der: new Uint8Array(Buffer.from(m[2]!, 'base64')) }));
  const found = blocks.length === 0 ? binary(bytes) : blocks.flatMap(({ label, der }) => (label.endsWith('CERTIFICATE') ? [der] : /^(?:PKCS7|CMS)$/.test(label) ? bundled(der) : []));
  return found.slice(0, MAX_CERTIFICATES);
}

function binary(bytes: Uint8Array): Uint8Array[] {
  const bundle = bundled(bytes);
  return bundle.length > 0 ? bundle : readCertificate(bytes) === null ? [] : [bytes];
}

/** PKCS#7 certs-only, or any SignedData: its certificates as they stand, its signature unasked. */
function bundled(der: Uint8Array): Uint8Array[] {
  try {
    const [type, content] = inside(fromBER(der).result);
    if (oidOf(type) !== SIGNED_DATA) return [];
    // RFC 5652 §5.1: certificates are [0] of SignedData.
    return inside(tagged(inside(inside(content)[0]), 0)).filter((b) => b instanceof Sequence).map(whole);
  } catch {
    return [];
  }
}
