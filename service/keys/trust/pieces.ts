/** Certificates taken to pieces as they stand, octet by octet: names and keys that others hash, and where their status is told. All of it attacker-controlled. */
import { AsnConvert } from '@peculiar/asn1-schema';
import { AuthorityInfoAccessSyntax, CRLDistributionPoints, Certificate, FreshestCRL, id_ce_cRLDistributionPoints, id_ce_freshestCRL, id_pe_authorityInfoAccess } from '@peculiar/asn1-x509';
import { BitString, Integer, fromBER } from 'asn1js';
import { inside, whole } from './block.ts';

export interface Pieces {
  /** content octets of the INTEGER */
  readonly serial: Uint8Array;
  /** DER of the names */
  readonly issuer: Uint8Array;
  readonly subject: Uint8Array;
  /** the public key's bits, without the algorithm: what OCSP hashes (RFC 6960 §4.1.1) */
  readonly key: Uint8Array;
  readonly ocsp: readonly string[];
  readonly crl: readonly string[];
  /** where the changes since a whole list are (RFC 5280 §4.2.1.15) */
  readonly freshest: readonly string[];
  /** a place is named, if only one where we do not ask */
  readonly named: boolean;
}

const OCSP = '1.3.6.1.5.5.7.48.1';
/** A certificate that names a hundred places would send us to all of them. */
const PLACES = 2;

/** Throws at what is no certificate: it was read before it came here. */
export function piecesOf(der: Uint8Array): Pieces {
  const [tbs] = inside(fromBER(der).result);
  const fields = inside(tbs);
  const at = fields[0] instanceof Integer ? 0 : 1;
  const bits = inside(fields[at + 5])[1];
  const { tbsCertificate } = AsnConvert.parse(der, Certificate);
  const value = (id: string): ArrayBuffer | undefined => tbsCertificate.extensions?.find((e) => e.extnID === id)?.extnValue.buffer;
  const access = value(id_pe_authorityInfoAccess);
  const [points, freshest] = [value(id_ce_cRLDistributionPoints), value(id_ce_freshestCRL)];
  const asks = access === undefined ? [] : [...AsnConvert.parse(access, AuthorityInfoAccessSyntax)].filter((a) => a.accessMethod === OCSP);
  return {
    serial: new Uint8Array(tbsCertificate.serialNumber),
    issuer: whole(fields[at + 2]),
    subject: whole(fields[at + 4]),
    key: bits instanceof BitString ? new Uint8Array(bits.valueBlock.valueHexView) : new Uint8Array(),
    ocsp: web(asks.map((a) => a.accessLocation.uniformResourceIdentifier)),
    crl: points === undefined ? [] : placesIn(AsnConvert.parse(points, CRLDistributionPoints)),
    freshest: freshest === undefined ? [] : placesIn(AsnConvert.parse(freshest, FreshestCRL)),
    named: points !== undefined || asks.length > 0,
  };
}

/** RFC 5280 §6.3.3: points that another authority answers for, or that tell some reasons only, are not asked. */
export function placesIn(points: CRLDistributionPoints): string[] {
  return web([...points].filter((p) => !p.cRLIssuer && !p.reasons).flatMap((p) => p.distributionPoint?.fullName ?? []).map((n) => n.uniformResourceIdentifier));
}

function web(places: readonly (string | undefined)[]): string[] {
  return places.filter((p): p is string => p !== undefined && /^https?:\/\//i.test(p) && p.length <= 1000).slice(0, PLACES);
}
