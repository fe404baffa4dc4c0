/**
 * Whether what was handed over is a key for this address, and one that may be encrypted to. Everything here is attacker-controlled;
 * answers with the key or with the reason why the most promising one may not be used. Keeps nothing. RFC 5280, RFC 8550, RFC 9580.
 */
import { judgePgp, pgpKeysIn, type Rests } from '../pgp.ts';
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
  /** ms; of two keys of one person the younger is meant */
  readonly since: number;
  /** vouched for by its domain's signed zone instead of an authority */
  readonly pinned: boolean;
  /** what has to be unrevoked: of a certificate, what lies above it, the anchor last; of an OpenPGP key, its parts */
  readonly path?: readonly CertificateFacts[];
  readonly rests?: Rests;
}

export function judgeBundle(parts: readonly Uint8Array[], anchors: readonly CertificateFacts[], address: string, now: number, pinned = false) {
  const [leaf, ...others] = parts.map(readCertificate);
  // It was read when it came: if it cannot be read now, what lies in the store is not what was put there.
  if (leaf == null) return { unusable: 'key-not-trusted' as const, detail: 'malformed', expires: undefined };
  return judgeCertificate(leaf, others.filter((c) => c !== null), pinned ? [...anchors, leaf] : anchors, address, now);
}

/** The first key in the bytes that may be used for this address; else why the most promising may not. */
export async function findKey(bytes: Uint8Array, address: string, anchors: readonly CertificateFacts[], now: number, pinned = false): Promise<Found | { readonly refused: ImportRefusal }> {
  let refused: ImportRefusal = 'key-malformed';
  const worse = (code: ImportRefusal): void => {
    if (refused === 'key-malformed' || refused === 'key-other-address') refused = code;
  };
  const certificates = certificatesIn(bytes).map(readCertificate).filter((c) => c !== null);
  for (const leaf of certificates.filter((c) => !c.ca || certificates.length === 1)) {
    const others = certificates.filter((c) => c !== leaf && c.ca);
    const verdict = judgeCertificate(leaf, others, pinned ? [...anchors, leaf] : anchors, address, now);
    if (verdict.unusable === undefined) return { kind: 'smime', parts: [leaf, ...others].map((c) => c.der), fingerprint: leaf.fingerprint, expires: verdict.expires, since: leaf.notBefore, pinned: pinned && verdict.path.length === 0, path: verdict.path, ...leaf.announces };
    worse(verdict.unusable);
  }
  if (certificates.length > 0) return { refused };
  for (const { key, fingerprint, secret } of await pgpKeysIn(bytes)) {
    if (secret) return { refused: 'key-is-secret' };
    const verdict = await judgePgp(key, address, now);
    if (verdict.unusable === undefined) return { kind: 'pgp', parts: [key.write()], fingerprint, ...(verdict.expires === undefined ? {} : { expires: verdict.expires }), gcm: false, oaep: false, since: key.getCreationTime().getTime(), pinned: false, ...(verdict.rests === undefined ? {} : { rests: verdict.rests }) };
    worse(verdict.unusable);
  }
  return { refused };
}
