/**
 * Whether a certificate deserves to be encrypted to: path to an S/MIME anchor, dates, usage, purpose, address, strength
 * (RFC 5280 §6, RFC 8550). Revocation is asked in `trust/revocation.ts`. Says why not in the plan's words and, closer, in `detail`.
 */
import type { KeyCapability, StatusUnheard } from '../../shared/plan/capability.ts';
import { sameMailbox } from '../../shared/draft/address.ts';
import { allows } from './trust/constraint.ts';
import { PSS, pssOf } from './trust/signature.ts';
import type { CertificateFacts } from './trust.read.ts';

/** What a key can say against itself; the rest is said by what else is known of its owner. */
export type Unusable = Exclude<NonNullable<KeyCapability['unusable']>, 'key-changed' | StatusUnheard>;

interface CertificateVerdict {
  readonly unusable?: Unusable;
  /** stable, for evidence: which rule spoke */
  readonly detail: string;
  /** issuer, its issuer …, the anchor last; empty when there is no path */
  readonly path: readonly CertificateFacts[];
  /** when this verdict ceases to hold for its dates alone */
  readonly expires: number;
}

/** Clocks of authorities run ahead of ours at times. */
const SKEW = 5 * 60_000;
const MAX_DEPTH = 6;
/** A bundle of look-alikes must not cost more than this many signature checks. */
const MAX_CHECKS = 40;

const EMAIL_PROTECTION = '1.3.6.1.5.5.7.3.4';
const ANY_PURPOSE = '2.5.29.37.0';
const DIGITAL_SIGNATURE = 1;
const NON_REPUDIATION = 2;
const KEY_ENCIPHERMENT = 4;
const KEY_AGREEMENT = 16;
const CERT_SIGN = 32;
const SIGNATURES = new Set([
  '1.2.840.113549.1.1.11', '1.2.840.113549.1.1.12', '1.2.840.113549.1.1.13', PSS,
  '1.2.840.10045.4.3.2', '1.2.840.10045.4.3.3', '1.2.840.10045.4.3.4', '1.3.101.112', '1.3.101.113',
]);
const CURVES = new Set(['prime256v1', 'secp384r1', 'secp521r1']);

export function judgeCertificate(leaf: CertificateFacts, others: readonly CertificateFacts[], anchors: readonly CertificateFacts[], address: string, now: number, purpose: 'encrypt' | 'sign' = 'encrypt'): CertificateVerdict {
  const no = (unusable: Unusable, detail: string): CertificateVerdict => ({ unusable, detail, path: [], expires: leaf.notAfter });
  if (!leaf.addresses.some((a) => sameMailbox(a, address))) return no('key-other-address', 'address');
  const signs = purpose === 'sign';
  const key = signs && leaf.key.type === 'ed25519' ? null : strength(leaf);
  if (key !== null) return no(key.unusable, key.detail);
  if (leaf.ca) return no('key-cannot-encrypt', 'authority');
  const wanted = signs ? DIGITAL_SIGNATURE | NON_REPUDIATION : leaf.key.type === 'rsa' ? KEY_ENCIPHERMENT : KEY_AGREEMENT;
  if (leaf.usage !== null && (leaf.usage & wanted) === 0) return no('key-cannot-encrypt', 'usage');
  if (!forMail(leaf)) return no('key-cannot-encrypt', 'purpose');
  if (!strongSignature(leaf)) return no('key-too-weak', 'signature');
  // RFC 5280 §4.2.1.10: only an authority may have constraints.
  if (leaf.unjudged || leaf.constraints !== null) return no('key-not-trusted', 'critical-extension');
  if (now > leaf.notAfter) return no('key-expired', 'expired');
  if (now < leaf.notBefore - SKEW) return no('key-not-trusted', 'not-yet-valid');
  const path = climb(leaf, others, anchors, now);
  if (path !== null) return { detail: 'trusted', path, expires: Math.min(leaf.notAfter, ...path.map((c) => c.notAfter)) };
  // A path that only the calendar has closed is said so: the cure is another one.
  return climb(leaf, others, anchors, null) === null ? no('key-not-trusted', 'no-path') : no('key-expired', 'issuer-expired');
}

function strength(c: CertificateFacts): { readonly unusable: Unusable; readonly detail: string } | null {
  const { type, bits, exponent, curve } = c.key;
  if (type === 'rsa') {
    // An exponent of 1 would leave the content key in clear; a modulus without end would only burn time.
    if (bits < 2048 || exponent < 3n || exponent % 2n === 0n) return { unusable: 'key-too-weak', detail: 'rsa' };
    return bits > 8192 ? { unusable: 'key-cannot-encrypt', detail: 'rsa-too-long' } : null;
  }
  if (type === 'ec') return CURVES.has(curve) ? null : { unusable: 'key-cannot-encrypt', detail: 'curve' };
  return { unusable: 'key-cannot-encrypt', detail: 'algorithm' };
}

function forMail(c: CertificateFacts): boolean {
  return c.purposes === null || c.purposes.includes(EMAIL_PROTECTION) || c.purposes.includes(ANY_PURPOSE);
}

/** RFC 8550 §2.2 names SHA-256 and better; a PSS signature's hash stands in its parameters and is SHA-1 when absent (RFC 4055 §3.1). */
function strongSignature(c: CertificateFacts): boolean {
  if (!SIGNATURES.has(c.signature)) return false;
  return c.signature !== PSS || pssOf(c.signatureParameters) !== null;
}

/** Depth first, each certificate once; `at` null asks for a path whatever the dates. */
function climb(leaf: CertificateFacts, others: readonly CertificateFacts[], anchors: readonly CertificateFacts[], at: number | null): CertificateFacts[] | null {
  let checks = MAX_CHECKS;
  /** `below`: what lies between, the child last */
  const issued = (child: CertificateFacts, issuer: CertificateFacts, below: readonly CertificateFacts[]): boolean => {
    if (!issuer.ca || issuer.unjudged || (issuer.usage !== null && (issuer.usage & CERT_SIGN) === 0)) return false;
    if (issuer.pathLength !== null && issuer.pathLength < below.length) return false;
    if (!forMail(issuer) || !strongSignature(child) || strength(issuer)?.unusable === 'key-too-weak') return false;
    // RFC 5280 §6.1.3 (b): what an authority issues to itself on the way is exempt.
    const { constraints } = issuer;
    if (constraints !== null && ![leaf, ...below.filter((c) => !c.selfIssued)].every((c) => allows(constraints, c.names))) return false;
    if (at !== null && (at > issuer.notAfter || at < issuer.notBefore - SKEW)) return false;
    if (checks <= 0) return false;
    try {
      // `checkIssued` compares names and identifiers only.
      if (!child.x509.checkIssued(issuer.x509)) return false;
      checks -= 1;
      return child.x509.verify(issuer.x509.publicKey);
    } catch {
      return false;
    }
  };
  const from = (child: CertificateFacts, used: readonly CertificateFacts[]): CertificateFacts[] | null => {
    if (anchors.some((a) => a.fingerprint === child.fingerprint)) return [];
    const anchor = anchors.find((a) => issued(child, a, used));
    if (anchor !== undefined) return [anchor];
    if (used.length >= MAX_DEPTH) return null;
    for (const other of others) {
      if (other.fingerprint === child.fingerprint || used.includes(other) || !issued(child, other, used)) continue;
      const rest = from(other, [...used, other]);
      if (rest !== null) return [other, ...rest];
    }
    return null;
  };
  return from(leaf, []);
}
