/** Whether a signature over bytes stands, by the algorithms that are still worth something (SHA-2; RFC 8550 §2.2). Everything else is false, never an exception. */
import { verify, type KeyObject } from 'node:crypto';

const RSA = '1.2.840.113549.1.1.1';
const EC = '1.2.840.10045.2.1';
const HASHES: { readonly [id: string]: string | null } = {
  '1.2.840.113549.1.1.11': 'sha256', '1.2.840.113549.1.1.12': 'sha384', '1.2.840.113549.1.1.13': 'sha512',
  '1.2.840.10045.4.3.2': 'sha256', '1.2.840.10045.4.3.3': 'sha384', '1.2.840.10045.4.3.4': 'sha512',
  '1.3.101.112': null, '1.3.101.113': null,
};
/** Digests by their own identifiers, as CMS names them (RFC 5754 §2). */
export const DIGESTS: { readonly [id: string]: string } = { '2.16.840.1.101.3.4.2.1': 'sha256', '2.16.840.1.101.3.4.2.2': 'sha384', '2.16.840.1.101.3.4.2.3': 'sha512' };

export function stands(algorithm: string, signed: Uint8Array, signature: Uint8Array, key: KeyObject, digest?: string): boolean {
  // RFC 5754 §3: a signer may name the key's algorithm alone; the digest then stands beside it.
  const hash = algorithm === RSA || algorithm === EC ? digest : HASHES[algorithm];
  if (hash === undefined) return false;
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  if (type === 'rsa' && (details?.modulusLength ?? 0) < 2048) return false;
  try {
    return verify(hash, signed, key, signature);
  } catch {
    return false;
  }
}
