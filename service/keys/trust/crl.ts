/**
 * One certificate's status by its issuer's list of the revoked (RFC 5280 §5, §6.3). Whole lists of the issuer itself only: deltas, lists of others
 * and lists for some reasons only say too little, and count as no answer.
 */
import { AsnConvert } from '@peculiar/asn1-schema';
import { CRLReason, CertificateList, IssuingDistributionPoint, id_ce_cRLReasons, id_ce_issuingDistributionPoint } from '@peculiar/asn1-x509';
import { fromBER } from 'asn1js';
import type { CertificateFacts } from '../trust.read.ts';
import type { Told } from './ocsp.ts';
import { inside, piecesOf, whole } from './pieces.ts';
import { stands } from './signature.ts';

const CRL_SIGN = 64;
const SKEW = 5 * 60_000;
const REMOVED = 8;

const unknown = (why: string): Told => ({ status: 'unknown', why });

export function listed(bytes: Uint8Array, leaf: CertificateFacts, issuer: CertificateFacts, place: string, now: number): Told {
  try {
    return judged(derOf(bytes), leaf, issuer, place, now);
  } catch {
    return unknown('malformed');
  }
}

/** RFC 5280 §4.2.1.13 says DER; some serve it as PEM all the same. */
function derOf(bytes: Uint8Array): Uint8Array {
  const pem = /-----BEGIN X509 CRL-----([A-Za-z0-9+/=\s]*)-----END X509 CRL-----/.exec(bytes[0] === 0x30 ? '' : Buffer.from(bytes).toString('latin1'));
  return pem ? new Uint8Array(Buffer.from(pem[1]!, 'base64')) : bytes;
}

function judged(der: Uint8Array, leaf: CertificateFacts, issuer: CertificateFacts, place: string, now: number): Told {
  const list = AsnConvert.parse(der, CertificateList);
  const tbs = list.tbsCertList;
  const [raw] = inside(fromBER(der).result);
  const { serial } = piecesOf(leaf.der);
  const authority = piecesOf(issuer.der);
  // `issuer` is the only SEQUENCE of SETs before the dates; compared as octets, as the path was.
  if (!inside(raw).some((field) => Buffer.from(whole(field)).equals(authority.subject))) return unknown('another');
  if (issuer.usage !== null && (issuer.usage & CRL_SIGN) === 0) return unknown('signer');
  if (!stands(list.signatureAlgorithm, whole(raw), new Uint8Array(list.signature), issuer.x509.publicKey)) return unknown('signature');
  const until = tbs.nextUpdate?.getTime().getTime();
  if (until === undefined || tbs.thisUpdate.getTime().getTime() > now + SKEW || until < now - SKEW) return unknown('stale');
  for (const extension of tbs.crlExtensions ?? []) {
    if (extension.extnID === id_ce_issuingDistributionPoint) {
      const point = AsnConvert.parse(extension.extnValue.buffer, IssuingDistributionPoint);
      const wrong = point.indirectCRL || point.onlyContainsAttributeCerts || point.onlySomeReasons !== undefined || (point.onlyContainsUserCerts && leaf.ca) || (point.onlyContainsCACerts && !leaf.ca);
      const names = point.distributionPoint?.fullName?.map((n) => n.uniformResourceIdentifier) ?? [];
      if (wrong || (names.length > 0 && !names.includes(place))) return unknown('scope');
    } else if (extension.critical) return unknown('critical-extension');
  }
  const entry = tbs.revokedCertificates?.find((r) => Buffer.from(r.userCertificate).equals(serial));
  if (entry === undefined) return { status: 'good', until };
  const reason = entry.crlEntryExtensions?.find((e) => e.extnID === id_ce_cRLReasons);
  const removed = reason !== undefined && Number(AsnConvert.parse(reason.extnValue.buffer, CRLReason).reason) === REMOVED;
  return removed ? { status: 'good', until } : { status: 'revoked', until };
}
