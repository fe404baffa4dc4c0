/**
 * A data key that is kept for others alone. For a recipient it is wrapped under two halves, of which one travels in the link and is forgotten
 * here; for the organisation under a public key whose private half this service never holds (ECDH ES over X25519, RFC 7748; RFC 5869).
 * Either half alone is 256 random bits that say nothing of the key.
 */
import { createHash, createPublicKey, diffieHellman, generateKeyPairSync, hkdfSync, randomBytes, type KeyObject } from 'node:crypto';
import { Fault } from '../refusal.ts';
import { KEY_BYTES, open, seal } from './aead.ts';

export const HALF_BYTES = 32;
const ARCHIVE_VERSION = 1;
const RAW_KEY = 32;
/** RFC 8410 §4: what stands before the raw key in a SubjectPublicKeyInfo */
const SPKI = Buffer.from('302a300506032b656e032100', 'hex');

export const dividedAad = (message: string, item: string): string => `divided/${message}/${item}`;
const archiveAad = (message: string): string => `archive/${message}`;

export const newHalf = (): Uint8Array => new Uint8Array(randomBytes(HALF_BYTES));

/** What shows that somebody holds the half of the link, and says nothing of it: 256 random bits are not found from their hash. */
export const proofOf = (link: Uint8Array): Buffer => createHash('sha256').update('send-secure half ').update(link).digest();

/** The key under which a copy's data key is wrapped; the page derives the same (RFC 5869, no salt: both halves are uniform). */
export function joinHalves(item: string, link: Uint8Array, kept: Uint8Array): Uint8Array {
  if (link.length !== HALF_BYTES || kept.length !== HALF_BYTES) throw new Fault('half-malformed', 'A half of a key has another length than it must.');
  return new Uint8Array(hkdfSync('sha256', Buffer.concat([link, kept]), Buffer.alloc(0), `send-secure divided ${item}`, KEY_BYTES));
}

export function wrapDivided(message: string, item: string, halves: { readonly link: Uint8Array; readonly kept: Uint8Array }, key: Uint8Array): Uint8Array {
  return seal({ bytes: joinHalves(item, halves.link, halves.kept) }, dividedAad(message, item), key);
}

/** An X25519 public key in PEM, or null. */
export function archiveKeyOf(pem: string | Buffer): KeyObject | null {
  try {
    const key = createPublicKey(pem);
    return key.asymmetricKeyType === 'x25519' && !/PRIVATE/.test(pem.toString()) ? key : null;
  } catch {
    return null;
  }
}

const rawOf = (key: KeyObject): Buffer => key.export({ type: 'spki', format: 'der' }).subarray(-RAW_KEY);
const secretOf = (shared: Buffer, fresh: Buffer, to: Buffer): Uint8Array => new Uint8Array(hkdfSync('sha256', shared, Buffer.concat([fresh, to]), 'send-secure archive', KEY_BYTES));

/** version ‖ ephemeral public key ‖ sealed data key */
export function wrapArchive(to: KeyObject, message: string, key: Uint8Array): Uint8Array {
  const fresh = generateKeyPairSync('x25519');
  const raw = rawOf(fresh.publicKey);
  const secret = secretOf(diffieHellman({ privateKey: fresh.privateKey, publicKey: to }), raw, rawOf(to));
  return new Uint8Array(Buffer.concat([Buffer.from([ARCHIVE_VERSION]), raw, seal({ bytes: secret }, archiveAad(message), key)]));
}

/** For whoever joined the shares; the running service never can. Throws Fault `sealed-broken`. */
export function unwrapArchive(own: KeyObject, message: string, wrapped: Uint8Array): Uint8Array {
  if (wrapped.length < 1 + RAW_KEY || wrapped[0] !== ARCHIVE_VERSION) throw new Fault('sealed-broken', 'Sealed bytes are not what was sealed under this name.');
  const raw = Buffer.from(wrapped.subarray(1, 1 + RAW_KEY));
  const fresh = createPublicKey({ key: Buffer.concat([SPKI, raw]), type: 'spki', format: 'der' });
  return open({ bytes: secretOf(diffieHellman({ privateKey: own, publicKey: fresh }), raw, rawOf(createPublicKey(own))) }, archiveAad(message), wrapped.subarray(1 + RAW_KEY));
}
