/**
 * Opens what mail programs and authorities export: a private key and its certificates under a passphrase (RFC 7292). PBES2 with AES, and the
 * triple DES of older programs; RC2 of still older ones is not read. Sealed the old way or by PBMAC1 (RFC 9579). Handed over by an administrator;
 * what is no such thing is null. Locks are made to take long: `own/unlock.ts` opens them beside the event loop.
 */
import { createDecipheriv, createHash, createHmac, createPrivateKey, pbkdf2, timingSafeEqual, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { Integer, ObjectIdentifier, OctetString, fromBER, type BaseBlock } from 'asn1js';
import { inside, whole } from './block.ts';

export interface Opened {
  /** one at least; whoever signs and encrypts with two has both in one file */
  readonly keys: readonly KeyObject[];
  /** DER, as they stood */
  readonly certificates: readonly Uint8Array[];
}

const DATA = '1.2.840.113549.1.7.1';
const ENCRYPTED = '1.2.840.113549.1.7.6';
const CERT_BAG = '1.2.840.113549.1.12.10.1.3';
const KEY_BAG = '1.2.840.113549.1.12.10.1.1';
const SHROUDED_BAG = '1.2.840.113549.1.12.10.1.2';
const PBES2 = '1.2.840.113549.1.5.13';
const PBKDF2 = '1.2.840.113549.1.5.12';
const PBMAC1 = '1.2.840.113549.1.5.14';
const DES3 = '1.2.840.113549.1.12.1.3';
const HASHES: { readonly [id: string]: string } = { '1.3.14.3.2.26': 'sha1', '2.16.840.1.101.3.4.2.1': 'sha256', '2.16.840.1.101.3.4.2.2': 'sha384', '2.16.840.1.101.3.4.2.3': 'sha512' };
const PRFS: { readonly [id: string]: string } = { '1.2.840.113549.2.7': 'sha1', '1.2.840.113549.2.9': 'sha256', '1.2.840.113549.2.10': 'sha384', '1.2.840.113549.2.11': 'sha512' };
const CIPHERS: { readonly [id: string]: readonly [name: string, key: number] } = { '2.16.840.1.101.3.4.1.2': ['aes-128-cbc', 16], '2.16.840.1.101.3.4.1.22': ['aes-192-cbc', 24], '2.16.840.1.101.3.4.1.42': ['aes-256-cbc', 32], '1.2.840.113549.3.7': ['des-ede3-cbc', 24] };
const LARGEST = 256 * 1024;
/** A file that asks for a hundred million rounds was not made to be opened. */
const ROUNDS = 2_000_000;
/** octets of a derived key */
const [LEAST, MOST] = [16, 64];
const KEYS = 4;

const stretch = promisify(pbkdf2);
const idOf = (block: BaseBlock | undefined): string => (block instanceof ObjectIdentifier ? block.valueBlock.toString() : '');
/** constructed octet strings are several in a row (X.690 §8.7.3) */
const octets = (block: BaseBlock | undefined): Uint8Array => (block instanceof OctetString ? new Uint8Array(block.getValue()) : block && inside(block).length > 0 ? Buffer.concat(inside(block).map(octets)) : contentOf(block));
const number = (block: BaseBlock | undefined): number => (block instanceof Integer ? Number(block.valueBlock.toString()) : 0);
const contentOf = (block: BaseBlock | undefined): Uint8Array => new Uint8Array((block as unknown as { valueBlock?: { valueHexView?: Uint8Array } } | undefined)?.valueBlock?.valueHexView ?? []);

/** `wrong`: the passphrase does not open it; `costly`: trying it takes too long; `unknown`: locked or sealed in a way that is not read here. */
export type Shut = 'wrong' | 'costly' | 'unknown';

const shut = (answer: unknown): answer is Shut => typeof answer === 'string';

export async function openPkcs12(bytes: Uint8Array, passphrase: string): Promise<Opened | Shut | null> {
  try {
    return bytes.length > LARGEST ? null : await opened(bytes, passphrase);
  } catch {
    return null;
  }
}

async function opened(bytes: Uint8Array, passphrase: string): Promise<Opened | Shut | null> {
  const [, authSafe, mac] = inside(fromBER(bytes).result);
  const [type, content] = inside(authSafe);
  if (idOf(type) !== DATA) return null;
  const safe = octets(inside(content)[0]);
  const broken = mac === undefined ? null : await sealFault(mac, safe, passphrase);
  if (broken !== null) return broken;
  const keys: KeyObject[] = [];
  let rounds = 0;
  const certificates: Uint8Array[] = [];
  for (const info of inside(fromBER(safe).result)) {
    const plain = await contents(info, passphrase);
    if (shut(plain)) return plain;
    for (const bag of plain === null ? [] : inside(fromBER(plain).result)) {
      const [kind, value] = inside(bag);
      const inner = inside(value)[0];
      if (idOf(kind) === CERT_BAG) certificates.push(octets(inside(inside(inner)[1])[0]));
      else if (keys.length < KEYS && idOf(kind) === KEY_BAG) keys.push(createPrivateKey({ key: Buffer.from(whole(inner)), format: 'der', type: 'pkcs8' }));
      else if (keys.length < KEYS && idOf(kind) === SHROUDED_BAG) {
        if ((rounds += roundsOf(inside(inner)[0])) > ROUNDS) return 'costly';
        const key = shrouded(whole(inner), passphrase);
        // What the seal has proved right is not wrong here.
        if (key === null) return mac === undefined ? 'wrong' : 'unknown';
        keys.push(key);
      }
    }
  }
  return keys.length === 0 || certificates.length === 0 ? null : { keys, certificates: certificates.slice(0, 10) };
}

function shrouded(bytes: Uint8Array, passphrase: string): KeyObject | null {
  try {
    return createPrivateKey({ key: Buffer.from(bytes), format: 'der', type: 'pkcs8', passphrase });
  } catch {
    return null;
  }
}

/** The rounds that an algorithm identifier asks for, wherever they stand in its parameters. */
function roundsOf(algorithm: BaseBlock | undefined): number {
  const [id, parameters] = inside(algorithm);
  return idOf(id) === PBES2 ? number(inside(inside(inside(parameters)[0])[1])[1]) : number(inside(parameters)[1]);
}

async function contents(info: BaseBlock, passphrase: string): Promise<Uint8Array | Shut | null> {
  const [type, content] = inside(info);
  if (idOf(type) === DATA) return octets(inside(content)[0]);
  if (idOf(type) !== ENCRYPTED) return null;
  const [, algorithm, bytes] = inside(inside(inside(content)[0])[1]);
  if (roundsOf(algorithm) > ROUNDS) return 'costly';
  const [id, parameters] = inside(algorithm);
  const cipher = idOf(id) === PBES2 ? await modern(parameters, passphrase) : idOf(id) === DES3 ? old(parameters, passphrase) : 'unknown';
  if (shut(cipher)) return cipher;
  try {
    const decipher = createDecipheriv(cipher.name, cipher.key, cipher.iv);
    return Buffer.concat([decipher.update(octets(bytes)), decipher.final()]);
  } catch {
    return 'wrong';
  }
}

interface Cipher { readonly name: string; readonly key: Uint8Array; readonly iv: Uint8Array }

/** RFC 8018 §6.2 */
async function modern(parameters: BaseBlock | undefined, passphrase: string): Promise<Cipher | Shut> {
  const [derivation, encryption] = inside(parameters);
  const found = CIPHERS[idOf(inside(encryption)[0])];
  if (found === undefined) return 'unknown';
  const [name, size] = found;
  const key = await stretched(derivation, passphrase, size);
  return shut(key) ? key : { name, key, iv: octets(inside(encryption)[1]) };
}

/** RFC 8018 §5.2. `size`: octets, where its user knows them; else as it says itself. */
async function stretched(derivation: BaseBlock | undefined, passphrase: string, size?: number): Promise<Buffer | Shut> {
  const [id, parameters] = inside(derivation);
  const [salt, rounds, ...more] = inside(parameters);
  const named = more.map((b) => idOf(inside(b)[0])).find((of) => of !== '');
  const hash = named === undefined ? 'sha1' : PRFS[named];
  const length = size ?? number(more[0]);
  if (idOf(id) !== PBKDF2 || hash === undefined || length < LEAST || length > MOST) return 'unknown';
  return number(rounds) > ROUNDS ? 'costly' : stretch(passphrase, octets(salt), number(rounds), length, hash);
}

function old(parameters: BaseBlock | undefined, passphrase: string): Cipher {
  const [salt, rounds] = inside(parameters);
  const derive = (purpose: number, size: number) => derived('sha1', passphrase, octets(salt), number(rounds), purpose, size);
  return { name: 'des-ede3-cbc', key: derive(1, 24), iv: derive(2, 8) };
}

/** RFC 7292 §4; RFC 9579 §5: what stands beside a PBMAC1 counts for nothing. Null: it stands. */
async function sealFault(mac: BaseBlock, safe: Uint8Array, passphrase: string): Promise<Shut | null> {
  const [sealed, salt, rounds] = inside(mac);
  const [algorithm, digest] = inside(sealed);
  const [id, parameters] = inside(algorithm);
  const [derivation, scheme] = inside(parameters);
  const hash = idOf(id) === PBMAC1 ? PRFS[idOf(inside(scheme)[0])] : HASHES[idOf(id)];
  if (hash === undefined) return 'unknown';
  const wanted = octets(digest);
  const times = rounds === undefined ? 1 : number(rounds);
  if (idOf(id) !== PBMAC1 && times > ROUNDS) return 'costly';
  const key = idOf(id) === PBMAC1 ? await stretched(derivation, passphrase) : derived(hash, passphrase, octets(salt), times, 3, wanted.length);
  if (shut(key)) return key;
  const given = createHmac(hash, key).update(safe).digest();
  return given.length === wanted.length && timingSafeEqual(given, wanted) ? null : 'wrong';
}

/** RFC 7292 appendix B.2 */
function derived(hash: string, passphrase: string, salt: Uint8Array, rounds: number, purpose: number, size: number): Buffer {
  const v = hash === 'sha384' || hash === 'sha512' ? 128 : 64;
  const filled = (bytes: Uint8Array): Buffer => (bytes.length === 0 ? Buffer.alloc(0) : Buffer.alloc(v * Math.ceil(bytes.length / v), bytes));
  // B.1: two octets a character, the highest first, and a zero character at the end
  const block = Buffer.concat([filled(salt), filled(Buffer.concat([Buffer.from(passphrase, 'utf16le').swap16(), Buffer.alloc(2)]))]);
  const out: Buffer[] = [];
  for (let length = 0; length < size;) {
    let a = createHash(hash).update(Buffer.alloc(v, purpose)).update(block).digest();
    for (let i = 1; i < rounds; i += 1) a = createHash(hash).update(a).digest();
    out.push(a);
    length += a.length;
    const b = Buffer.alloc(v, a);
    for (let at = 0; at < block.length; at += v) {
      let carry = 1;
      for (let i = v - 1; i >= 0; i -= 1) {
        carry += block[at + i]! + b[i]!;
        block[at + i] = carry & 0xff;
        carry >>= 8;
      }
    }
  }
  return Buffer.concat(out).subarray(0, size);
}
