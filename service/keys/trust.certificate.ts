/**
 * Writes X.509 certificates (RFC 5280) with the e-mail profile of RFC 8550: the organisation's own small authority and the
 * authors' signing certificates. Deterministic: the same question gives the same certificate, so none needs to be kept. And the list of those it took back (§5).
 */
import { createHash, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { AsnConvert, OctetString } from '@peculiar/asn1-schema';
import {
  AlgorithmIdentifier, AttributeTypeAndValue, AttributeValue, AuthorityKeyIdentifier, BasicConstraints, CRLDistributionPoints, CRLNumber, CRLReason, Certificate,
  CertificateList, DistributionPoint, DistributionPointName, ExtendedKeyUsage, Extension, Extensions, GeneralName, IssuingDistributionPoint, KeyIdentifier, KeyUsage,
  KeyUsageFlags, Name, RelativeDistinguishedName, RevokedCertificate, SubjectAlternativeName, SubjectKeyIdentifier, SubjectPublicKeyInfo, TBSCertList, TBSCertificate,
  Time, Validity, Version, id_ce_authorityKeyIdentifier, id_ce_basicConstraints, id_ce_cRLDistributionPoints, id_ce_cRLNumber, id_ce_cRLReasons, id_ce_extKeyUsage,
  id_ce_issuingDistributionPoint, id_ce_keyUsage, id_ce_subjectAltName, id_ce_subjectKeyIdentifier, id_kp_emailProtection,
} from '@peculiar/asn1-x509';

/** KeyUsage bits (RFC 5280 §4.2.1.3). */
export const USAGE = KeyUsageFlags;

export interface CertificateAsk {
  /** at most 20 octets, the first below 0x80 and not zero (RFC 5280 §4.1.2.2) */
  readonly serial: Uint8Array;
  readonly subject: { readonly commonName: string; readonly organisation?: string };
  readonly publicKey: KeyObject;
  /** absent: signed by itself */
  readonly issuer?: { readonly certificate: Uint8Array };
  readonly signingKey: KeyObject;
  readonly notBefore: number;
  readonly notAfter: number;
  readonly ca: boolean;
  readonly pathLength?: number;
  /** bits of `USAGE`; 0 leaves the extension out */
  readonly usage: number;
  /** EKU; empty leaves the extension out */
  readonly purposes?: readonly string[];
  readonly addresses?: readonly string[];
  readonly hash?: 'sha1' | 'sha256';
  readonly more?: readonly { readonly id: string; readonly critical: boolean; readonly value: Uint8Array }[];
}

const SIGNATURES: { readonly [kind: string]: { readonly id: string; readonly parameters: ArrayBuffer | null | undefined } } = {
  'rsa sha256': { id: '1.2.840.113549.1.1.11', parameters: null },
  'rsa sha1': { id: '1.2.840.113549.1.1.5', parameters: null },
  'ec sha256': { id: '1.2.840.10045.4.3.2', parameters: undefined },
  'ec sha1': { id: '1.2.840.10045.4.1', parameters: undefined },
};

const EMAIL = '1.2.840.113549.1.9.1';

export function certify(ask: CertificateAsk): Uint8Array {
  const hash = ask.hash ?? 'sha256';
  const kind = SIGNATURES[`${ask.signingKey.asymmetricKeyType} ${hash}`]!;
  const signature = new AlgorithmIdentifier({ algorithm: kind.id, ...(kind.parameters === undefined ? {} : { parameters: kind.parameters }) });
  const spki = AsnConvert.parse(ask.publicKey.export({ type: 'spki', format: 'der' }), SubjectPublicKeyInfo);
  const subject = named(ask);
  const issuer = ask.issuer === undefined ? null : AsnConvert.parse(ask.issuer.certificate, Certificate).tbsCertificate;
  const extensions = [
    extension(id_ce_basicConstraints, true, new BasicConstraints({ cA: ask.ca, ...(ask.pathLength === undefined ? {} : { pathLenConstraint: ask.pathLength }) })),
    ...(ask.usage === 0 ? [] : [extension(id_ce_keyUsage, true, usage(ask.usage))]),
    ...(ask.purposes?.length === 0 ? [] : [extension(id_ce_extKeyUsage, false, new ExtendedKeyUsage([...(ask.purposes ?? [id_kp_emailProtection])]))]),
    ...(ask.addresses === undefined || ask.addresses.length === 0 ? [] : [extension(id_ce_subjectAltName, false, new SubjectAlternativeName(ask.addresses.map((rfc822Name) => new GeneralName({ rfc822Name }))))]),
    extension(id_ce_subjectKeyIdentifier, false, new SubjectKeyIdentifier(keyId(spki))),
    extension(id_ce_authorityKeyIdentifier, false, new AuthorityKeyIdentifier({ keyIdentifier: new KeyIdentifier(issuer === null ? keyId(spki) : called(issuer)) })),
    ...(ask.more ?? []).map((m) => new Extension({ extnID: m.id, critical: m.critical, extnValue: new OctetString(m.value) })),
  ];
  const tbs = new TBSCertificate({
    version: Version.v3,
    serialNumber: exact(ask.serial),
    signature,
    issuer: issuer?.subject ?? subject,
    validity: new Validity({ notBefore: seconds(ask.notBefore), notAfter: seconds(ask.notAfter) }),
    subject,
    subjectPublicKeyInfo: spki,
    extensions: new Extensions(extensions),
  });
  const value = sign(hash, Buffer.from(AsnConvert.serialize(tbs)), ask.signingKey);
  return new Uint8Array(AsnConvert.serialize(new Certificate({ tbsCertificate: tbs, signatureAlgorithm: signature, signatureValue: exact(value) })));
}

interface ListAsk {
  /** DER */
  readonly authority: Uint8Array;
  readonly signingKey: KeyObject;
  /** where it is told; it covers the certificates that name this place, and no others */
  readonly at: string;
  /** RFC 5280 §5.2.3: higher than that of every list before */
  readonly number: number;
  readonly from: number;
  /** the next one comes before */
  readonly until: number;
  readonly revoked: readonly { readonly serial: Uint8Array; readonly at: number; readonly reason: Reason }[];
}

/** RFC 5280 §5.3.1 */
export const REASON = { keyCompromise: 1, affiliationChanged: 3 } as const;
type Reason = (typeof REASON)[keyof typeof REASON];

/** RFC 5280 §5: DER. */
export function listRevoked(ask: ListAsk): Uint8Array {
  const authority = AsnConvert.parse(ask.authority, Certificate).tbsCertificate;
  const kind = SIGNATURES[`${ask.signingKey.asymmetricKeyType} sha256`]!;
  const signature = new AlgorithmIdentifier({ algorithm: kind.id, ...(kind.parameters === undefined ? {} : { parameters: kind.parameters }) });
  const tbs = new TBSCertList({
    version: Version.v2,
    signature,
    issuer: authority.subject,
    thisUpdate: new Time(seconds(ask.from)),
    nextUpdate: new Time(seconds(ask.until)),
    // §5.1.2.6: absent where it is empty
    ...(ask.revoked.length === 0 ? {} : { revokedCertificates: ask.revoked.map(({ serial, at, reason }) => new RevokedCertificate({ userCertificate: exact(serial), revocationDate: new Time(seconds(at)), crlEntryExtensions: [extension(id_ce_cRLReasons, false, new CRLReason(reason))] })) }),
    crlExtensions: [
      extension(id_ce_authorityKeyIdentifier, false, new AuthorityKeyIdentifier({ keyIdentifier: new KeyIdentifier(called(authority)) })),
      extension(id_ce_cRLNumber, false, new CRLNumber(ask.number)),
      extension(id_ce_issuingDistributionPoint, true, new IssuingDistributionPoint({ distributionPoint: placeOf(ask.at) })),
    ],
  });
  const value = sign('sha256', Buffer.from(AsnConvert.serialize(tbs)), ask.signingKey);
  return new Uint8Array(AsnConvert.serialize(new CertificateList({ tbsCertList: tbs, signatureAlgorithm: signature, signature: exact(value) })));
}

const placeOf = (url: string): DistributionPointName => new DistributionPointName({ fullName: [new GeneralName({ uniformResourceIdentifier: url })] });

/** RFC 5280 §4.2.1.13, for `more` */
export function listedAt(url: string): NonNullable<CertificateAsk['more']>[number] {
  return { id: id_ce_cRLDistributionPoints, critical: false, value: new Uint8Array(AsnConvert.serialize(new CRLDistributionPoints([new DistributionPoint({ distributionPoint: placeOf(url) })]))) };
}

/** The serial of a certificate that is always issued alike: 15 octets of a hash, first of them a constant. */
export function serialOf(...words: readonly string[]): Uint8Array {
  return Uint8Array.of(0x53, ...createHash('sha256').update(JSON.stringify(words)).digest().subarray(0, 15));
}

function named(ask: CertificateAsk): Name {
  const part = (type: string, value: AttributeValue): RelativeDistinguishedName => new RelativeDistinguishedName([new AttributeTypeAndValue({ type, value })]);
  // RFC 5280 appendix A.1: at most 64 characters.
  const words = (text: string): AttributeValue => new AttributeValue({ utf8String: [...text].slice(0, 64).join('') });
  return new Name([
    ...(ask.subject.organisation === undefined ? [] : [part('2.5.4.10', words(ask.subject.organisation))]),
    part('2.5.4.3', words(ask.subject.commonName)),
    // Readers of before RFC 8550 look for the address here.
    ...(ask.addresses ?? []).map((ia5String) => part(EMAIL, new AttributeValue({ ia5String }))),
  ]);
}

function extension(extnID: string, critical: boolean, value: object): Extension {
  return new Extension({ extnID, critical, extnValue: new OctetString(AsnConvert.serialize(value)) });
}

function usage(bits: number): KeyUsage {
  const flags = new KeyUsage();
  flags.fromNumber(bits);
  return flags;
}

/** RFC 5280 §4.2.1.2 method 1, with SHA-256 cut short (RFC 7093 §2). */
function keyId(spki: SubjectPublicKeyInfo): ArrayBuffer {
  return exact(createHash('sha256').update(Buffer.from(spki.subjectPublicKey)).digest().subarray(0, 20));
}

/** RFC 5280 §4.2.1.1: as it calls its key itself, by whatever method; another name, and no reader finds the issuer. */
function called({ extensions, subjectPublicKeyInfo }: TBSCertificate): ArrayBuffer {
  const own = extensions?.find((e) => e.extnID === id_ce_subjectKeyIdentifier);
  return own === undefined ? keyId(subjectPublicKeyInfo) : AsnConvert.parse(own.extnValue.buffer, SubjectKeyIdentifier).buffer;
}

const exact = (bytes: Uint8Array): ArrayBuffer => new Uint8Array(bytes).buffer;
const seconds = (ms: number): Date => new Date(Math.floor(ms / 1000) * 1000);

