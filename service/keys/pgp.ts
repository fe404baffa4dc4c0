/**
 * Whether an OpenPGP key can be encrypted to, and whose it is (RFC 9580 §5.2.3, §10.1). Everything read here is
 * attacker-controlled: what cannot be read is null. Says why not in the plan's words.
 */
import { Readable } from 'node:stream';
import { config, createMessage, encrypt, enums, readKey, readKeys, revokeKey } from 'openpgp';
import type { Key, PublicKey, Subkey, User } from 'openpgp';
import { sameMailbox } from '../../shared/draft/address.ts';
import type { Unusable } from './trust.ts';

/** Keys flooded with strangers' signatures have grown to megabytes; ours are a few kilobytes. */
const MAX_KEY = 256 * 1024;
const MAX_KEYS = 20;
const MAX_REVOKED = 50;
const MAX_REVOCATION = 16 * 1024;

/** RFC 9580 §9.5: what SHA-1 alone vouches for, others can vouch for as well. A revocation counts by whatever it was signed. */
export const STRICT = { ...config, rejectHashAlgorithms: new Set([...config.rejectHashAlgorithms, enums.hash.sha1]) };

interface PgpVerdict {
  readonly unusable?: Unusable;
  /** stable, for evidence: which rule spoke */
  readonly detail: string;
  /** absent when the key does not expire */
  readonly expires?: number;
  /** of a usable one: fingerprints of key and subkey (the key's first), and the user IDs of which one is enough */
  readonly rests?: Rests;
}

/** What has to be unrevoked. */
export interface Rests {
  readonly keys: readonly string[];
  readonly names: readonly string[];
}

interface PgpRead {
  readonly key: PublicKey;
  readonly fingerprint: string;
  /** a secret key was handed over: it must not be kept */
  readonly secret: boolean;
}

/** Armored or binary, one key or several. */
export async function pgpKeysIn(bytes: Uint8Array): Promise<PgpRead[]> {
  if (bytes.length === 0 || bytes.length > MAX_KEY) return [];
  try {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
    const armored = text.includes('-----BEGIN PGP ');
    // A packet begins with its first bit set (RFC 9580 §4.2); other bytes are not worth a parser's time.
    if (!armored && (bytes[0]! & 0x80) === 0) return [];
    const keys = armored ? await readKeys({ armoredKeys: text.slice(text.indexOf('-----BEGIN PGP ')) }) : await readKeys({ binaryKeys: bytes });
    return keys.slice(0, MAX_KEYS).map((key) => ({ key: key.toPublic(), fingerprint: key.getFingerprint(), secret: key.isPrivate() }));
  } catch {
    return [];
  }
}

/** The key of before with what the other copy of it adds: dates, subkeys, revocations. Null when that is nothing. */
export async function mergedPgp(before: Uint8Array, other: PublicKey): Promise<PublicKey | null> {
  try {
    const key = await readKey({ binaryKey: before });
    const whole = await key.update(other);
    // Whoever sends it may have hung others' signatures on it until nobody would read it any more; a revocation is the owner's own, and short.
    const merged = whole.write().length > MAX_KEY ? await key.update(await revocationsOf(other)) : whole;
    return Buffer.from(merged.write()).equals(before) ? null : merged.toPublic();
  } catch {
    return null;
  }
}

/** The key of before with a revocation that its owner had made for this day (RFC 9580 §10.1.3), armored; null where it is not this key's. Attacker-controlled. */
export async function revokedBy(before: Uint8Array, bytes: Uint8Array, now: number): Promise<Uint8Array | null> {
  const text = Buffer.from(bytes.subarray(0, MAX_REVOCATION)).toString('latin1');
  const at = text.indexOf('-----BEGIN PGP ');
  if (at < 0 || bytes.length > MAX_REVOCATION) return null;
  try {
    const { publicKey } = await revokeKey({ key: await readKey({ binaryKey: before }), revocationCertificate: text.slice(at), date: new Date(now), format: 'object' });
    return publicKey.write();
  } catch {
    return null;
  }
}

async function revocationsOf(other: PublicKey): Promise<PublicKey> {
  const bare: PublicKey & { directSignatures?: unknown[] } = await readKey({ binaryKey: other.write() });
  [bare.users, bare.subkeys, bare.directSignatures] = [[], [], []];
  return bare;
}

export async function judgePgp(key: PublicKey | null, address: string, now: number): Promise<PgpVerdict> {
  try {
    return key === null ? { unusable: 'key-cannot-encrypt', detail: 'malformed' } : await judged(key, address, now);
  } catch {
    return { unusable: 'key-cannot-encrypt', detail: 'malformed' };
  }
}

async function judged(key: PublicKey, address: string, now: number): Promise<PgpVerdict> {
  const date = new Date(now);
  if (await key.isRevoked(undefined, undefined, date)) return { unusable: 'key-revoked', detail: 'revoked' };
  const ends = await lastDay(key);
  const expires = ends === Infinity ? {} : { expires: ends };
  const lived = ends <= now ? new Date(Math.max(ends - 1000, key.getCreationTime().getTime())) : date;
  const owner = await ownerOf(key, address, lived);
  if (owner !== null) return { unusable: owner === 'revoked' ? 'key-revoked' : 'key-other-address', detail: owner, ...expires };
  if (ends <= now) return { unusable: 'key-expired', detail: 'expired', ...expires };
  if (weak(key)) return { unusable: 'key-too-weak', detail: 'primary', ...expires };
  if ((await ownerOf(key, address, lived, STRICT)) !== null) return { unusable: 'key-too-weak', detail: 'sha-1', ...expires };
  try {
    const chosen = await encryptsTo(key, now);
    if (weak(chosen)) return { unusable: 'key-too-weak', detail: 'subkey', ...expires };
    const subkeyEnds = chosen === key ? Infinity : moment(await (chosen as Subkey).getExpirationTime(date));
    const until = Math.min(ends, subkeyEnds);
    const rests = { keys: [...new Set([key.getFingerprint(), chosen.getFingerprint()])], names: await namesOf(key, address, lived) };
    return { detail: 'usable', ...(until === Infinity ? {} : { expires: until }), rests };
  } catch {
    if (await key.getEncryptionKey(undefined, date).then(() => true, () => false)) return { unusable: 'key-too-weak', detail: 'sha-1', ...expires };
    return { ...(await whyNot(key, now)), ...expires };
  }
}

/** What a message would be encrypted to: chosen alike when a key is judged and when it is used. Throws where there is nothing. */
export function encryptsTo(key: PublicKey, now: number): Promise<PublicKey | Subkey> {
  return key.getEncryptionKey(undefined, new Date(now), undefined, STRICT);
}

const moment = (time: Date | typeof Infinity | null): number => (time === null ? 0 : time === Infinity ? Infinity : (time as Date).getTime());

async function lastDay(key: Key): Promise<number> {
  return moment(await key.getExpirationTime());
}

/** Empty: a picture, or a name alone. */
export function mailOf({ userID: id }: User): string {
  return id === null ? '' : id.email === '' ? id.userID.trim() : id.email;
}

/** Null when a user id with this address stands, certified by the key itself and not revoked. */
async function ownerOf(key: PublicKey, address: string, date: Date, rules = config): Promise<'address' | 'revoked' | null> {
  let found: 'address' | 'revoked' = 'address';
  for (const user of key.users) {
    if (!sameMailbox(mailOf(user), address)) continue;
    try {
      await user.verify(date, rules);
      return null;
    } catch {
      for (const certification of user.selfCertifications) {
        if (await user.isRevoked(certification, undefined, date).catch(() => false)) found = 'revoked';
      }
    }
  }
  return found;
}

async function namesOf(key: PublicKey, address: string, date: Date): Promise<string[]> {
  const stand = await Promise.all(key.users.map((user) => sameMailbox(mailOf(user), address) && user.verify(date, STRICT).then(() => true, () => false)));
  return key.users.flatMap((user, i) => (stand[i] && user.userID !== null ? [user.userID.userID] : []));
}

/** What a copy says was revoked by its holder (RFC 9580 §5.2.1.8): the key, subkeys, names of it. */
export async function revokedIn(key: PublicKey, now: number): Promise<readonly Revoked[]> {
  const date = new Date(now);
  const fingerprint = key.getFingerprint();
  const found: Revoked[] = [];
  if (await key.isRevoked(undefined, undefined, date)) found.push({ of: 'key', key: fingerprint });
  for (const subkey of key.subkeys) if (subkey.revocationSignatures.length > 0 && (await subkey.isRevoked(undefined as never, key.keyPacket, date))) found.push({ of: 'subkey', key: fingerprint, part: subkey.getFingerprint() });
  for (const user of key.users) if (user.userID !== null && user.revocationSignatures.length > 0 && (await user.isRevoked(undefined as never, key.keyPacket, date))) found.push({ of: 'name', key: fingerprint, name: user.userID.userID });
  return found.slice(0, MAX_REVOKED);
}

export interface Revoked {
  readonly of: 'key' | 'subkey' | 'name';
  /** fingerprint, hex, of the primary key, which said it */
  readonly key: string;
  /** fingerprint, hex, of the subkey */
  readonly part?: string;
  readonly name?: string;
}

/** RFC 9580 §12.4: RSA below 2048 bits, ElGamal and DSA are no longer safe to rely on. */
function weak(key: PublicKey | Subkey): boolean {
  const { algorithm, bits } = key.getAlgorithmInfo();
  if (algorithm.startsWith('rsa')) return (bits ?? 0) < 2047 || !powerful(key);
  return algorithm === 'elgamal' || algorithm === 'dsa';
}

/** An exponent of 1 would leave the session key in clear, and one's signatures to everybody; the library takes any. */
function powerful({ keyPacket }: PublicKey | Subkey): boolean {
  const { e } = (keyPacket as unknown as { readonly publicParams: { readonly e?: Uint8Array } }).publicParams;
  return e !== undefined && ((e.at(-1) ?? 0) & 1) === 1 && e.some((octet, i) => octet > (i === e.length - 1 ? 1 : 0));
}

/** The library says only that it found no key; the author should know whether to ask for a newer, a stronger or another one. */
async function whyNot(key: PublicKey, now: number): Promise<PgpVerdict> {
  const date = new Date(now);
  const bearing = key.subkeys.filter((s) => s.bindingSignatures.some((b) => encrypts(b.keyFlags)));
  if (bearing.length === 0) return { unusable: 'key-cannot-encrypt', detail: 'sign-only' };
  let verdict: PgpVerdict = { unusable: 'key-cannot-encrypt', detail: 'subkey' };
  for (const subkey of bearing) {
    if (weak(subkey)) return { unusable: 'key-too-weak', detail: 'subkey' };
    const binding = subkey.bindingSignatures[0]!;
    if (subkey.revocationSignatures.length > 0 && (await subkey.isRevoked(binding, key.keyPacket, date).catch(() => true))) verdict = { unusable: 'key-revoked', detail: 'subkey' };
    else if (moment(await subkey.getExpirationTime(date).catch(() => null)) <= now) verdict = { unusable: 'key-expired', detail: 'subkey' };
  }
  return verdict;
}

function encrypts(flags: Uint8Array | null): boolean {
  const wanted = enums.keyFlags.encryptCommunication | enums.keyFlags.encryptStorage;
  return flags === null || ((flags[0] ?? 0) & wanted) !== 0;
}

/** A file for the holder of this key alone, binary, piece by piece as it is read; null when the key is secret, malformed or cannot be encrypted to. Attacker-controlled. */
export async function sealFor(armored: string, pieces: AsyncIterable<Uint8Array>): Promise<AsyncIterable<Uint8Array> | null> {
  const [read, ...more] = await pgpKeysIn(Buffer.from(armored));
  if (read === undefined || more.length > 0 || read.secret) return null;
  try {
    const binary = Readable.toWeb(Readable.from(pieces, { objectMode: false }));
    return await encrypt({ message: await createMessage({ binary: binary as never }), encryptionKeys: read.key, format: 'binary', config: STRICT }) as unknown as AsyncIterable<Uint8Array>;
  } catch {
    return null;
  }
}
