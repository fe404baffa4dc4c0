/**
 * DANE for SMTP (RFC 7672): what a domain says, signed, about the key its mail host will show. Counts only where MX, address and TLSA
 * answers are all authentic; an answer that cannot be had is a reason to wait, never "no DANE".
 */
import { createHash, X509Certificate } from 'node:crypto';
import type { Answer, Dns } from '../world.ts';
import { names } from './assurance.ts';

export type Tlsa = Awaited<ReturnType<Dns['tlsa']>>['records'][number];

export type DaneRecords = { readonly kind: 'none' } | { readonly kind: 'unknown' } | { readonly kind: 'records'; readonly records: readonly Tlsa[]; readonly base: string };

/**
 * `authentic`: the MX answer (or the address answer of a domain without MX) and the host's addresses were. `alias`: where the host's own name led to;
 * records stand under that name first, under the host's own when there are none (RFC 7672 §2.2.2). `base` is the name they were found under.
 */
export async function findDane(dns: Pick<Dns, 'tlsa'>, host: string, port: number, authentic: boolean, alias?: string): Promise<DaneRecords> {
  // RFC 7672 §2.2.2: an insecure address answer ends the search; asking on would only invite downgrade games
  if (!authentic) return { kind: 'none' };
  for (const base of alias === undefined || alias === host ? [host] : [alias, host]) {
    let answer: Answer<Tlsa>;
    try {
      answer = await dns.tlsa(`_${port}._tcp.${base}`);
    } catch {
      return { kind: 'unknown' };
    }
    if (answer.authentic && answer.records.length > 0) return { kind: 'records', records: answer.records, base };
  }
  return { kind: 'none' };
}

/** As they stand in DNS: the `policy-string` of the domain's report (RFC 8460 §4.4, RFC 6698 §2.2). */
export function recordsIn({ base, records }: DaneRecords & { readonly kind: 'records' }, port: number): string[] {
  return records.map(({ usage, selector, matching, data }) => `_${port}._tcp.${base}. IN TLSA ${usage} ${selector} ${matching} ${Buffer.from(data).toString('hex')}`);
}

/** `hosts`, reference identifiers of usage 2: the name the records stand under, the MX host, the next-hop domain and where it led to (RFC 7672 §3.2.2). */
export function matchDane(records: readonly Tlsa[], chain: readonly Uint8Array[], hosts: readonly string[], now: number): 'matched' | 'mismatched' | 'unusable' {
  // RFC 7672 §3.1.3: usages 0 and 1 are not for SMTP
  const usable = records.filter((record) => (record.usage === 2 || record.usage === 3) && record.selector <= 1 && record.matching <= 2);
  if (usable.length === 0) return 'unusable';
  const certificates = chain.map(certificateIn);
  const leaf = certificates[0];
  if (!leaf) return 'mismatched';
  // RFC 7672 §3.1.1: usage 3 asks neither for a name nor for dates
  if (usable.some((record) => record.usage === 3 && associates(record, leaf))) return 'matched';
  const anchored = usable.some((record) => record.usage === 2 && certificates.some((anchor, depth) => depth > 0 && anchor !== null && associates(record, anchor) && linked(certificates, depth, now)));
  return anchored && hosts.some((host) => names(leaf, host)) ? 'matched' : 'mismatched';
}

/** RFC 6698 §2.1: the whole certificate or its public key, as it is or hashed. */
function associates(record: Tlsa, certificate: X509Certificate): boolean {
  const selected = record.selector === 0 ? certificate.raw : certificate.publicKey.export({ type: 'spki', format: 'der' });
  const shown = record.matching === 0 ? selected : createHash(record.matching === 1 ? 'sha256' : 'sha512').update(selected).digest();
  return Buffer.from(record.data).equals(shown);
}

/** Usage 2 is worth only as much as the links: a certificate that merely lies in the chain vouches for nothing. */
function linked(certificates: readonly (X509Certificate | null)[], depth: number, now: number): boolean {
  for (let at = 0; at <= depth; at += 1) {
    const certificate = certificates[at];
    if (!certificate || now < Date.parse(certificate.validFrom) || now > Date.parse(certificate.validTo)) return false;
    if (at === depth) continue;
    const issuer = certificates[at + 1];
    if (!issuer?.ca || !certificate.checkIssued(issuer) || !certificate.verify(issuer.publicKey)) return false;
  }
  return true;
}

/** Null where the bytes are none. */
export function certificateIn(der: Uint8Array): X509Certificate | null {
  try {
    return new X509Certificate(der);
  } catch {
    return null;
  }
}
