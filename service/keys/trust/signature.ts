/** Whether a signature over bytes stands, by the algorithms that are still worth something (SHA-2; RFC 8550 §2.2). Everything else is false, never an exception. */
import { constants, verify, type KeyObject } from 'node:crypto';
import { Integer, fromBER } from 'asn1js';
import { inside, oidOf } from './block.ts';

const RSA = '1.2.840.113549.1.1.1';
const EC = '1.2.840.10045.2.1';
export const PSS = '1.2.840.113549.1.1.10';
const MGF1 = '1.2.840.113549.1.1.8';
const HASHES: { readonly [id: string]: string | null } = {
  '1.2.840.113549.1.1.11': 'sha256', '1.2.840.113549.1.1.12': 'sha384', '1.2.840.113549.1.1.13': 'sha512',
  '1.2.840.10045.4.3.2': 'sha256', '1.2.840.10045.4.3.3': 'sha384', '1.2.840.10045.4.3.4': 'sha512',
  '1.3.101.112': null, '1.3.101.113': null,
};
/** Digests by their own identifiers, as CMS names them (RFC 5754 §2). */
export const DIGESTS: { readonly [id: string]: string } = { '2.16.840.1.101.3.4.2.1': 'sha256', '2.16.840.1.101.3.4.2.2': 'sha384', '2.16.840.1.101.3.4.2.3': 'sha512' };

/** An AlgorithmIdentifier; the parameters' DER. */
interface Algorithm {
  readonly algorithm: string;
  readonly parameters?: ArrayBuffer | Uint8Array | null | undefined;
}

export function stands({ algorithm, parameters }: Algorithm, signed: Uint8Array, signature: Uint8Array, key: KeyObject, digest?: string): boolean {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  if ((type === 'rsa' || type === 'rsa-pss') && (details?.modulusLength ?? 0) < 2048) return false;
  try {
    if (algorithm === PSS) {
      const pss = pssOf(parameters);
      // RFC 4056 §3: where CMS names a digest beside it, it is the same one.
      if (pss === null || (digest !== undefined && digest !== pss.hash)) return false;
      return verify(pss.hash, signed, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: pss.salt }, signature);
    }
    // RFC 5754 §3: a signer may name the key's algorithm alone; the digest then stands beside it.
    const hash = algorithm === RSA || algorithm === EC ? digest : HASHES[algorithm];
    return hash !== undefined && verify(hash, signed, key, signature);
  } catch {
    return false;
  }
}

/** RFC 4055 §3.1. What is left out means SHA-1: null. One hash for both, as everybody writes it. */
export function pssOf(parameters: Algorithm['parameters']): { readonly hash: string; readonly salt: number } | null {
  if (parameters === undefined || parameters === null) return null;
  const read = fromBER(parameters instanceof Uint8Array ? Uint8Array.from(parameters) : parameters);
  if (read.offset !== parameters.byteLength) return null;
  const fields = new Map(inside(read.result).map((field) => [field.idBlock.tagNumber, inside(field)[0]]));
  const [mask, maskHash] = inside(fields.get(1));
  const hash = DIGESTS[oidOf(inside(fields.get(0))[0])];
  const salt = fields.get(2);
  if (hash === undefined || oidOf(mask) !== MGF1 || DIGESTS[oidOf(inside(maskHash)[0])] !== hash || !(salt instanceof Integer) || fields.has(3)) return null;
  return { hash, salt: Number(salt.valueBlock.valueDec) };
}
