/**
 * One certificate's status by its issuer's list of the revoked (RFC 5280 §5, §6.3): a whole list, and the changes since, where it says that there are
 * some. Lists of others (§5.2.5) and for some reasons only say too little, and count as no answer, with their name.
 */
import { AsnConvert } from '@peculiar/asn1-schema';
import {
  BaseCRLNumber, CRLNumber, CRLReason, CertificateList, FreshestCRL, IssuingDistributionPoint, id_ce_cRLNumber, id_ce_cRLReasons, id_ce_deltaCRLIndicator,
  id_ce_freshestCRL, id_ce_issuingDistributionPoint,
} from '@peculiar/asn1-x509';
import { fromBER } from 'asn1js';
import type { CertificateFacts } from '../trust.read.ts';
import type { Told } from './ocsp.ts';
import { inside, piecesOf, placesIn, whole } from './pieces.ts';
import { stands } from './signature.ts';

const CRL_SIGN = 64;
const SKEW = 5 * 60_000;
const REMOVED = 8;

const unknown = (why: string): Told => ({ status: 'unknown', why });

/** What a whole list needs to be told of its changes. */
interface Base {
  readonly number: bigint | null;
  /** DER of what the list covers; null for all that its issuer issued */
  readonly scope: Uint8Array | null;
}

type Listed = Told & { readonly base?: Base; readonly freshest?: readonly string[] };

export function listed(bytes: Uint8Array, leaf: CertificateFacts, issuer: CertificateFacts, place: string, now: number): Listed {
  try {
    const { told, base, delta, freshest } = read(derOf(bytes), leaf, issuer, place, now);
    return delta === null ? { ...told, base, freshest } : unknown('delta');
  } catch (fault) {
    return unknown(fault instanceof Useless ? fault.why : 'malformed');
  }
}

/** What the changes since say beside the whole list (RFC 5280 §5.2.4, §6.3.3 (c)); null where they are not its changes, or say nothing of this certificate. */
export function changed(bytes: Uint8Array, since: Base, leaf: CertificateFacts, issuer: CertificateFacts, place: string, now: number): Told | null {
  try {
    const { told, base, delta, named } = read(derOf(bytes), leaf, issuer, place, now);
    const alike = base.scope === null ? since.scope === null : since.scope !== null && Buffer.from(base.scope).equals(since.scope);
    const follows = delta !== null && since.number !== null && base.number !== null && delta <= since.number && base.number >= since.number;
    return alike && follows && named ? told : null;
  } catch {
    return null;
  }
}

class Useless {
  readonly why: string;
  constructor(why: string) {
    this.why = why;
  }
}

/** RFC 5280 §4.2.1.13 says DER; some serve it as PEM all the same. */
function derOf(bytes: Uint8Array): Uint8Array {
  const pem = /-----BEGIN X509 CRL-----([A-Za-z0-9+/=\s]*)-----END X509 CRL-----/.exec(bytes[0] === 0x30 ? '' : Buffer.from(bytes).toString('latin1'));
  return pem ? new Uint8Array(Buffer.from(pem[1]!, 'base64')) : bytes;
}

function read(der: Uint8Array, leaf: CertificateFacts, issuer: CertificateFacts, place: string, now: number) {
  const list = AsnConvert.parse(der, CertificateList);
  const tbs = list.tbsCertList;
  const [raw] = inside(fromBER(der).result);
  const { serial } = piecesOf(leaf.der);
  const authority = piecesOf(issuer.der);
  // `issuer` is the only SEQUENCE of SETs before the dates; compared as octets, as the path was.
  if (!inside(raw).some((field) => Buffer.from(whole(field)).equals(authority.subject))) throw new Useless('another');
  if (issuer.usage !== null && (issuer.usage & CRL_SIGN) === 0) throw new Useless('signer');
  if (!stands(list.signatureAlgorithm, whole(raw), new Uint8Array(list.signature), issuer.x509.publicKey)) throw new Useless('signature');
  const until = tbs.nextUpdate?.getTime().getTime();
  if (until === undefined || tbs.thisUpdate.getTime().getTime() > now + SKEW || until < now - SKEW) throw new Useless('stale');
  let [number, delta, scope, freshest]: [bigint | null, bigint | null, Uint8Array | null, readonly string[]] = [null, null, null, []];
  for (const { extnID, extnValue, critical } of tbs.crlExtensions ?? []) {
    if (extnID === id_ce_issuingDistributionPoint) {
      judgeScope(AsnConvert.parse(extnValue.buffer, IssuingDistributionPoint), leaf, place);
      scope = new Uint8Array(extnValue.buffer);
    } else if (extnID === id_ce_cRLNumber) number = BigInt(AsnConvert.parse(extnValue.buffer, CRLNumber).value);
    else if (extnID === id_ce_deltaCRLIndicator) delta = BigInt(AsnConvert.parse(extnValue.buffer, BaseCRLNumber).value);
    else if (extnID === id_ce_freshestCRL) freshest = placesIn(AsnConvert.parse(extnValue.buffer, FreshestCRL));
    else if (critical) throw new Useless('critical-extension');
  }
  const entry = tbs.revokedCertificates?.find((r) => Buffer.from(r.userCertificate).equals(serial));
  const reason = entry?.crlEntryExtensions?.find((e) => e.extnID === id_ce_cRLReasons);
  const removed = reason !== undefined && Number(AsnConvert.parse(reason.extnValue.buffer, CRLReason).reason) === REMOVED;
  const told: Told = { status: entry === undefined || removed ? 'good' : 'revoked', until };
  return { told, base: { number, scope }, delta, freshest, named: entry !== undefined };
}

function judgeScope(point: IssuingDistributionPoint, leaf: CertificateFacts, place: string): void {
  if (point.indirectCRL) throw new Useless('indirect');
  if (point.onlySomeReasons !== undefined) throw new Useless('some-reasons');
  const names = point.distributionPoint?.fullName?.map((n) => n.uniformResourceIdentifier) ?? [];
  if (point.onlyContainsAttributeCerts || (point.onlyContainsUserCerts && leaf.ca) || (point.onlyContainsCACerts && !leaf.ca) || (names.length > 0 && !names.includes(place))) throw new Useless('scope');
}
