/**
 * What a channel has proved, as one grade. Pure: facts in, grade and reason out. DANE: RFC 7672; MTA-STS: RFC 8461; names: RFC 9525.
 *
 * A  the recipient's domain itself said, authenticated, whom to expect, and that is who answered
 * B  a trusted authority vouches for the host, and the host is bound to the domain by more than an unsigned MX record
 * B- pinned by an administrator
 * C  encrypted, but with whom is not known
 * D  not encrypted, or as good as
 */
import { X509Certificate } from 'node:crypto';
import type { TlsFacts } from '../world.ts';
import type { Assurance, Floor, Grade } from './deliver.ts';
import { certificateIn } from './dane.ts';

export type Bound = 'domain' | 'provider' | 'seen' | 'signed' | 'configured';

export interface Proof {
  readonly starttls: 'done' | 'missing' | 'refused' | 'failed' | 'too-old';
  /** TLS ≥ 1.2 with ECDHE and AEAD */
  readonly modern: boolean;
  /** null: the chain leads to a trusted root and is in date; else the stable code of what is wrong */
  readonly chain: string | null;
  /** the certificate names the MX host */
  readonly named: boolean;
  /** what ties the MX host to the recipient's domain; null when only an unsigned MX record does */
  readonly bound: Bound | null;
  readonly dane: 'none' | 'matched' | 'mismatched' | 'unusable' | 'unknown';
  /** `enforce` only: is this MX among those the policy names? Other modes count as none */
  readonly sts: 'none' | 'listed' | 'unlisted';
  readonly pin: 'none' | 'matched' | 'mismatched';
}

export interface Judgement extends Assurance {
  /** the domain promised better than this and something broke the promise: wait, never go on weaker, whatever the floor */
  readonly hold: boolean;
}

const MISSING: { readonly [state in Exclude<Proof['starttls'], 'done'>]: string } = { missing: 'starttls-missing', refused: 'starttls-refused', failed: 'tls-failed', 'too-old': 'tls-too-old' };

export function assure(proof: Proof): Judgement {
  if (proof.dane === 'unknown') return { grade: 'D', code: 'dane-unknown', hold: true };
  if (proof.sts === 'unlisted') return { grade: proof.starttls === 'done' ? 'C' : 'D', code: 'sts-failed', hold: true };
  if (proof.starttls !== 'done') return unencrypted(proof, MISSING[proof.starttls]);
  // RFC 7672 §2.1.1: records that were found and do not match are a failure, never "no DANE"
  if (proof.dane === 'mismatched') return { grade: 'C', code: 'dane-failed', hold: true };
  if (proof.pin === 'mismatched') return { grade: 'C', code: 'pin-failed', hold: true };
  const vouched = proof.chain === null && proof.named;
  // RFC 8461 §4.1: STARTTLS, a valid chain and the name, or the policy has failed
  if (proof.sts === 'listed' && proof.dane !== 'matched' && !vouched) return { grade: 'C', code: 'sts-failed', hold: true };
  if (!proof.modern) return { grade: 'C', code: 'cipher-weak', hold: false };
  if (proof.dane === 'matched') return { grade: 'A', code: 'dane', hold: false };
  if (proof.sts === 'listed') return { grade: 'A', code: 'mta-sts', hold: false };
  if (proof.pin === 'matched') return { grade: 'B-', code: 'pinned', hold: false };
  if (proof.chain !== null) return { grade: 'C', code: proof.chain, hold: false };
  if (!proof.named) return { grade: 'C', code: 'certificate-name', hold: false };
  // a forged MX record with a flawless certificate of its own is the attack
  if (proof.bound === null) return { grade: 'C', code: 'mx-not-bound', hold: false };
  return { grade: 'B', code: 'pkix', hold: false };
}

function unencrypted(proof: Proof, code: string): Judgement {
  // RFC 7672 §2.2: TLSA records, usable or not, make TLS mandatory
  if (proof.dane !== 'none') return { grade: 'D', code: 'dane-failed', hold: true };
  if (proof.sts === 'listed') return { grade: 'D', code: 'sts-failed', hold: true };
  if (proof.pin !== 'none') return { grade: 'D', code: 'pin-failed', hold: true };
  return { grade: 'D', code, hold: false };
}

const MEETS: { readonly [floor in Floor]: ReadonlySet<Grade> } = {
  A: new Set(['A']),
  B: new Set(['A', 'B', 'B-']),
  any: new Set(['A', 'B', 'B-', 'C', 'D']),
};

export function meets(grade: Grade, floor: Floor): boolean {
  return MEETS[floor].has(grade);
}

const CHAIN: { readonly [openssl: string]: string } = {
  CERT_HAS_EXPIRED: 'certificate-expired',
  CERT_NOT_YET_VALID: 'certificate-not-yet-valid',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'certificate-self-signed',
  CERT_REVOKED: 'certificate-revoked',
};

/** What the certificate shows. A certificate that cannot be read has proved nothing. */
interface Inspection {
  readonly chain: string | null;
  readonly named: boolean;
  /** SHA-256 of the certificate, upper-case hex */
  readonly fingerprint: string | null;
  readonly issuer: string | null;
  readonly notAfter: string | null;
}

const INSPECTED = new WeakMap<TlsFacts, Inspection>();

/** Read once per conversation (the host of a conversation never changes), judged anew per message. */
export function inspect(facts: TlsFacts, host: string): Inspection {
  const known = INSPECTED.get(facts);
  if (known) return known;
  const leaf = facts.chain[0] ? certificateIn(facts.chain[0]) : null;
  const found: Inspection = leaf
    ? {
        chain: facts.untrusted === null ? null : (CHAIN[facts.untrusted] ?? 'certificate-untrusted'),
        named: names(leaf, host),
        fingerprint: plain(leaf.fingerprint256),
        // Named only where it is somebody's we trust: what a stranger wrote there, such as their own domain, would stay in the log for ever.
        issuer: facts.untrusted === null ? leaf.issuer.replace(/[^\x20-\x7e]+/g, ' ').slice(0, 200) : null,
        notAfter: new Date(leaf.validTo).toISOString(),
      }
    : { chain: 'certificate-missing', named: false, fingerprint: null, issuer: null, notAfter: null };
  INSPECTED.set(facts, found);
  return found;
}

export function plain(fingerprint: string): string {
  return fingerprint.replace(/[^0-9A-Fa-f]/g, '').toUpperCase();
}

/** RFC 9525 §6: subjectAltName only, a wildcard only as the whole left-most label. An address (a configured host) must be named as one. */
export function names(leaf: X509Certificate, host: string): boolean {
  try {
    if (isAddress(host)) return leaf.checkIP(host) !== undefined;
    return leaf.checkHost(host, { subject: 'never', partialWildcards: false, multiLabelWildcards: false }) !== undefined;
  } catch {
    // a stranger's MX record may hold what is no host name at all
    return false;
  }
}

/** An IPv4 or IPv6 address as a configured host may be written; an MX may not. */
export function isAddress(host: string): boolean {
  return host.includes(':') || /^\d{1,3}(?:\.\d{1,3}){3}$/.test(host);
}
