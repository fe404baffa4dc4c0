/**
 * One certificate's status by OCSP (RFC 6960): the question with a nonce, and what an answer is worth. An answer counts only if the issuer
 * or whom it appointed signed it, it is about this certificate, it is fresh, and its nonce, if it has one, is ours. Asks nobody itself.
 */
import { createHash } from 'node:crypto';
import { AsnConvert, OctetString } from '@peculiar/asn1-schema';
import { BasicOCSPResponse, CertID, Nonce, OCSPRequest, OCSPResponse, OCSPResponseStatus, Request, TBSRequest, id_kp_OCSPSigning, id_pkix_ocsp_basic, id_pkix_ocsp_nonce } from '@peculiar/asn1-ocsp';
import { AlgorithmIdentifier, Extension, type Certificate } from '@peculiar/asn1-x509';
import { fromBER } from 'asn1js';
import { readCertificate, type CertificateFacts } from '../trust.read.ts';
import { inside, whole } from './block.ts';
import { piecesOf } from './pieces.ts';
import { stands } from './signature.ts';

/** `from`: since when it is said, ms */
export type Told = { readonly status: 'good' | 'revoked'; readonly from: number; readonly until: number } | { readonly status: 'unknown'; readonly why: string };

const SHA1 = '1.3.14.3.2.26';
const SKEW = 5 * 60_000;
/** An answer that does not say when the next one comes is good for a day. */
const UNDATED = 86_400_000;
/** Within ten days there is a newer one (CA/Browser Forum, Baseline Requirements §4.9.10), whatever this one says; an old "good" may be said again by anybody. */
const LONGEST = 10 * UNDATED;

const sha1 = (bytes: Uint8Array): Buffer => createHash('sha1').update(bytes).digest();
const exact = (bytes: Uint8Array): ArrayBuffer => new Uint8Array(bytes).buffer;
const same = (a: ArrayBuffer | undefined, b: Uint8Array): boolean => a !== undefined && Buffer.from(a).equals(b);

/** SHA-1 names issuers here and protects nothing; responders answer to nothing else by heart (RFC 5019 §2.1.1). */
export function question(leaf: Uint8Array, issuer: Uint8Array, nonce: Uint8Array): Uint8Array {
  const { serial } = piecesOf(leaf);
  const authority = piecesOf(issuer);
  const reqCert = new CertID({
    hashAlgorithm: new AlgorithmIdentifier({ algorithm: SHA1, parameters: null }), serialNumber: exact(serial),
    issuerNameHash: new OctetString(exact(sha1(authority.subject))), issuerKeyHash: new OctetString(exact(sha1(authority.key))),
  });
  const extension = new Extension({ extnID: id_pkix_ocsp_nonce, critical: false, extnValue: new OctetString(AsnConvert.serialize(new OctetString(exact(nonce)))) });
  const tbsRequest = new TBSRequest({ requestList: [new Request({ reqCert })] as never, requestExtensions: [extension] as never });
  return new Uint8Array(AsnConvert.serialize(new OCSPRequest({ tbsRequest })));
}

const unknown = (why: string): Told => ({ status: 'unknown', why });

export function answer(bytes: Uint8Array, leaf: CertificateFacts, issuer: CertificateFacts, nonce: Uint8Array, now: number): Told {
  try {
    return judged(bytes, leaf, issuer, nonce, now);
  } catch {
    return unknown('malformed');
  }
}

function judged(bytes: Uint8Array, leaf: CertificateFacts, issuer: CertificateFacts, nonce: Uint8Array, now: number): Told {
  const response = AsnConvert.parse(bytes, OCSPResponse);
  if (response.responseStatus !== OCSPResponseStatus.successful || response.responseBytes?.responseType !== id_pkix_ocsp_basic) return unknown('responder');
  const der = new Uint8Array(response.responseBytes.response.buffer);
  const basic = AsnConvert.parse(der, BasicOCSPResponse);
  const data = basic.tbsResponseData;
  const signer = signerOf(basic, issuer, now);
  if (signer === null) return unknown('signer');
  const [tbs] = inside(fromBER(der).result);
  if (!stands(basic.signatureAlgorithm, whole(tbs), new Uint8Array(basic.signature), signer.x509.publicKey)) return unknown('signature');
  const said = data.responseExtensions?.find((e) => e.extnID === id_pkix_ocsp_nonce);
  if (said !== undefined && !same(AsnConvert.parse(said.extnValue.buffer, Nonce).buffer, nonce)) return unknown('nonce');
  const { serial } = piecesOf(leaf.der);
  const authority = piecesOf(issuer.der);
  const about = [...data.responses].filter(({ certID }) => certID.hashAlgorithm.algorithm === SHA1 && same(certID.serialNumber, serial)
    && same(certID.issuerNameHash.buffer, sha1(authority.subject)) && same(certID.issuerKeyHash.buffer, sha1(authority.key)));
  if (about.length === 0) return unknown('another');
  // RFC 6960 §4.2.2.1: what lies ahead, or is over, says nothing of today.
  const fresh = about.filter((r) => r.thisUpdate.getTime() <= now + SKEW && endOf(r) > now - SKEW);
  if (fresh.some((r) => r.certStatus.revoked !== undefined)) return { status: 'revoked', from: now, until: now + UNDATED };
  const good = fresh.find((r) => r.certStatus.good !== undefined);
  if (good === undefined) return unknown(fresh.length === 0 ? 'stale' : 'unknown-there');
  const [from, until] = [good.thisUpdate.getTime(), Math.min(endOf(good), good.thisUpdate.getTime() + LONGEST)];
  return until > now - SKEW ? { status: 'good', from, until } : unknown('stale');
}

const endOf = (r: { readonly thisUpdate: Date; readonly nextUpdate?: Date }): number => r.nextUpdate?.getTime() ?? r.thisUpdate.getTime() + UNDATED;

/** RFC 6960 §4.2.2.2: the issuer itself, or a certificate that this issuer made for signing such answers. */
function signerOf(basic: BasicOCSPResponse, issuer: CertificateFacts, now: number): CertificateFacts | null {
  const { responderID } = basic.tbsResponseData;
  const named = (c: CertificateFacts): boolean => {
    const pieces = piecesOf(c.der);
    if (responderID.byKey !== undefined) return same(responderID.byKey.buffer, sha1(pieces.key));
    return responderID.byName !== undefined && Buffer.from(AsnConvert.serialize(responderID.byName)).equals(pieces.subject);
  };
  if (named(issuer)) return issuer;
  const sent = (basic.certs ?? []).slice(0, 5).map((c: Certificate) => readCertificate(new Uint8Array(AsnConvert.serialize(c))));
  return sent.find((c): c is CertificateFacts => c !== null && named(c) && appointed(c, issuer, now)) ?? null;
}

function appointed(c: CertificateFacts, issuer: CertificateFacts, now: number): boolean {
  if (c.purposes?.includes(id_kp_OCSPSigning) !== true || c.ca || now > c.notAfter || now < c.notBefore - SKEW) return false;
  const [tbs, , bits] = inside(fromBER(c.der).result);
  const signature = bits as unknown as { valueBlock: { valueHexView: Uint8Array } };
  return c.x509.checkIssued(issuer.x509) && stands({ algorithm: c.signature, parameters: c.signatureParameters }, whole(tbs), new Uint8Array(signature.valueBlock.valueHexView), issuer.x509.publicKey);
}
