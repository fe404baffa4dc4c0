/**
 * Opens what mail programs and authorities export: a private key and its certificates under a passphrase (RFC 7292). PBES2 with AES, and the
 * triple DES of older programs; RC2 of still older ones is not read. Handed over by an administrator; what is no such thing is null.
 */
import { createDecipheriv, createHash, createHmac, createPrivateKey, pbkdf2, timingSafeEqual, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { Integer, ObjectIdentifier, OctetString, fromBER, type BaseBlock } from 'asn1js';
import { inside, whole } from './block.ts';

interface Opened {
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
const DES3 = '1.2.840.113549.1.12.1.3';
const HASHES: { readonly [id: string]: string } = { '1.3.14.3.2.26': 'sha1', '2.16.840.1.101.3.4.2.1': 'sha256', '2.16.840.1.101.3.4.2.2': 'sha384', '2.16.840.1.101.3.4.2.3': 'sha512' };
const PRFS: { readonly [id: string]: string } = { '1.2.840.113549.2.7': 'sha1', '1.2.840.113549.2.9': 'sha256', '1.2.840.113549.2.10': 'sha384', '1.2.840.113549.2.11': 'sha512' };
const CIPHERS: { readonly [id: string]: readonly [name: string, key: number] } = { '2.16.840.1.101.3.4.1.2': ['aes-128-cbc', 16], '2.16.840.1.101.3.4.1.22': ['aes-192-cbc', 24], '2.16.840.1.101.3.4.1.42': ['aes-256-cbc', 32], '1.2.840.113549.3.7': ['des-ede3-cbc', 24] };
const LARGEST = 256 * 1024;
/** A file that asks for a hundred million rounds was not made to be opened. */
const ROUNDS = 2_000_000;
const KEYS = 4;

const stretch = promisify(pbkdf2);
const idOf = (block: BaseBlock | undefined): string => (block instanceof ObjectIdentifier ? block.valueBlock.toString() : '');
/** constructed octet strings are several in a row (X.690 §8.7.3) */
const octets = (block: BaseBlock | undefined): Uint8Array => (block instanceof OctetString ? new Uint8Array(block.getValue()) : block && inside(block).length > 0 ? Buffer.concat(inside(block).map(octets)) : contentOf(block));
const number = (block: BaseBlock | undefined): number => (block instanceof Integer ? Number(block.valueBlock.toString()) : 0);
const contentOf = (block: BaseBlock | undefined): Uint8Array => new Uint8Array((block as unknown as { valueBlock?: { valueHexView?: Uint8Array } } | undefined)?.valueBlock?.valueHexView ?? []);

/** `wrong`: the passphrase does not open it. */
export async function openPkcs12(bytes: Uint8Array, passphrase: string): Promise<Opened | 'wrong' | null> {
  try {
    return bytes.length > LARGEST ? null : await opened(bytes, passphrase);
  } catch {
    return null;
  }
}

async function opened(bytes: Uint8Array, passphrase: string): Promise<Opened | 'wrong' | null> {
  const [, authSafe, mac] = inside(fromBER(bytes).result);
  const [type, content] = inside(authSafe);
  if (idOf(type) !== DATA) return null;
  const safe = octets(inside(content)[0]);
  if (mac !== undefined && !sealStands(mac, safe, passphrase)) return 'wrong';
  const keys: KeyObject[] = [];
  let rounds = 0;
  const certificates: Uint8Array[] = [];
  for (const info of inside(fromBER(safe).result)) {
    const plain = await contents(info, passphrase);
    if (plain === 'wrong') return 'wrong';
    for (const bag of plain === null ? [] : inside(fromBER(plain).result)) {
      const [kind, value] = inside(bag);
      const inner = inside(value)[0];
      if (idOf(kind) === CERT_BAG) certificates.push(octets(inside(inside(inner)[1])[0]));
      else if (keys.length < KEYS && idOf(kind) === KEY_BAG) keys.push(createPrivateKey({ key: Buffer.from(whole(inner)), format: 'der', type: 'pkcs8' }));
      else if (keys.length < KEYS && idOf(kind) === SHROUDED_BAG && (rounds += roundsOf(inside(inner)[0])) <= ROUNDS) keys.push(createPrivateKey({ key: Buffer.from(whole(inner)), format: 'der', type: 'pkcs8', passphrase }));
    }
  }
  return keys.length === 0 || certificates.length === 0 ? null : { keys, certificates: certificates.slice(0, 10) };
}

/** The rounds that an algorithm identifier asks for, wherever they stand in its parameters. */
function roundsOf(algorithm: BaseBlock | undefined): number {
  const [id, parameters] = inside(algorithm);
  return idOf(id) === PBES2 ? number(inside(inside(inside(parameters)[0])[1])[1]) : number(inside(parameters)[1]);
}

async function contents(info: BaseBlock, passphrase: string): Promise<Uint8Array | 'wrong' | null> {
  const [type, content] = inside(info);
  if (idOf(type) === DATA) return octets(inside(content)[0]);
  if (idOf(type) !== ENCRYPTED) return null;
  const [, algorithm, bytes] = inside(inside(inside(content)[0])[1]);
  if (roundsOf(algorithm) > ROUNDS) return null;
  const [id, parameters] = inside(algorithm);
  const cipher = idOf(id) === PBES2 ? await modern(parameters, passphrase) : idOf(id) === DES3 ? old(parameters, passphrase) : null;
  if (cipher === null) return null;
  try {
    const decipher = createDecipheriv(cipher.name, cipher.key, cipher.iv);
    return Buffer.concat([decipher.update(octets(bytes)), decipher.final()]);
  } catch {
    return 'wrong';
  }
}

interface Cipher { readonly name: string; readonly key: Uint8Array; readonly iv: Uint8Array }

/** RFC 8018 §6.2 */
async function modern(parameters: BaseBlock | undefined, passphrase: string): Promise<Cipher | null> {
  const [derivation, encryption] = inside(parameters);
  const settings = inside(inside(derivation)[1]);
  const prf = settings.slice(2).map((b) => idOf(inside(b)[0])).find((id) => id !== '');
  const found = CIPHERS[idOf(inside(encryption)[0])];
  const hash = prf === undefined ? 'sha1' : PRFS[prf];
  if (found === undefined || hash === undefined) return null;
  const [name, size] = found;
  return { name, key: await stretch(passphrase, octets(settings[0]), number(settings[1]), size, hash), iv: octets(inside(encryption)[1]) };
}

function old(parameters: BaseBlock | undefined, passphrase: string): Cipher {
  const [salt, rounds] = inside(parameters);
  const derive = (purpose: number, size: number) => derived('sha1', passphrase, octets(salt), number(rounds), purpose, size);
  return { name: 'des-ede3-cbc', key: derive(1, 24), iv: derive(2, 8) };
}

function sealStands(mac: BaseBlock, safe: Uint8Array, passphrase: string): boolean {
  const [sealed, salt, rounds] = inside(mac);
  const [algorithm, digest] = inside(sealed);
  const hash = HASHES[idOf(inside(algorithm)[0])];
  const times = rounds === undefined ? 1 : number(rounds);
  if (hash === undefined || times > ROUNDS) return false;
  const wanted = octets(digest);
  const given = createHmac(hash, derived(hash, passphrase, octets(salt), times, 3, wanted.length)).update(safe).digest();
  return given.length === wanted.length && timingSafeEqual(given, wanted);
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
