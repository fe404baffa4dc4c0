/**
 * Whether what was handed over is a key for this address, and one that may be encrypted to. Everything here is attacker-controlled;
 * answers with the key or with the reason why the most promising one may not be used. Keeps nothing. RFC 5280, RFC 8550, RFC 9580.
 */
import { judgePgp, pgpKeysIn } from '../pgp.ts';
import { judgeCertificate, type Unusable } from '../trust.ts';
import { certificatesIn, readCertificate, type CertificateFacts } from '../trust.read.ts';

/** Why a key was not taken: the plan's codes, or what was handed over is no public key at all. */
export type ImportRefusal = Unusable | 'key-malformed' | 'key-is-secret' | 'address-malformed';

/** Text as it comes through a form: PEM and armor as they are, anything else must be base64 (RFC 4648 §4). Null when it is neither. */
export function bytesOf(text: string): Uint8Array | null {
  if (text.includes('-----BEGIN ')) return new TextEncoder().encode(text);
  const bare = text.replace(/\s+/g, '');
  return bare !== '' && bare.length % 4 === 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(bare) ? new Uint8Array(Buffer.from(bare, 'base64')) : null;
}

export interface Found {
  readonly kind: 'smime' | 'pgp';
  readonly parts: readonly Uint8Array[];
  readonly fingerprint: string;
  readonly expires?: number;
  readonly gcm: boolean;
  readonly oaep: boolean;
}

export function judgeBundle(parts: readonly Uint8Array[], roots: readonly CertificateFacts[], address: string, now: number) {
  const [leaf, ...others] = parts.map(readCertificate);
  // It was read when it came: if it cannot be read now, what lies in the store is not what was put there.
  if (leaf == null) return { unusable: 'key-not-trusted' as const, detail: 'malformed', expires: undefined };
  return judgeCertificate(leaf, others.filter((c) => c !== null), roots, address, now);
}

/** The first key in the bytes that may be used for this address; else why the most promising may not. */
export async function findKey(bytes: Uint8Array, address: string, roots: readonly CertificateFacts[], now: number): Promise<Found | { readonly refused: ImportRefusal }> {
  let refused: ImportRefusal = 'key-malformed';
  const worse = (code: ImportRefusal): void => {
    if (refused === 'key-malformed' || refused === 'key-other-address') refused = code;
  };
  const certificates = certificatesIn(bytes).map(readCertificate).filter((c) => c !== null);
  for (const leaf of certificates.filter((c) => !c.ca || certificates.length === 1)) {
    const others = certificates.filter((c) => c !== leaf && c.ca);
    const verdict = judgeCertificate(leaf, others, roots, address, now);
    if (verdict.unusable === undefined) return { kind: 'smime', parts: [leaf, ...others].map((c) => c.der), fingerprint: leaf.fingerprint, expires: verdict.expires, ...leaf.announces };
    worse(verdict.unusable);
  }
  if (certificates.length > 0) return { refused };
  for (const { key, fingerprint, secret } of await pgpKeysIn(bytes)) {
    if (secret) return { refused: 'key-is-secret' };
    const verdict = await judgePgp(key, address, now);
    if (verdict.unusable === undefined) return { kind: 'pgp', parts: [key.write()], fingerprint, ...(verdict.expires === undefined ? {} : { expires: verdict.expires }), gcm: false, oaep: false };
    worse(verdict.unusable);
  }
  return { refused };
}
