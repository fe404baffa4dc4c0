/**
 * PGP/MIME (RFC 3156) over OpenPGP (RFC 9580): signed and encrypted in one step, in the profile GnuPG 2.2 reads.
 * AEAD only for a recipient whose key asks for it and when configured; armor keeps its CRC24, without which GnuPG 2.2 fails.
 */
import { createMessage, encrypt, readKey, readPrivateKey } from 'openpgp';
import type { Config, EncryptOptions } from 'openpgp';
import { STRICT, encryptsTo } from '../keys/pgp.ts';
import type { PgpKey } from '../keys/keys.ts';
import type { PgpSigner } from '../keys/identity.ts';
import { Fault } from '../refusal.ts';
import type { Facts } from '../audit/audit.ts';
import { base64Lines, collect, flat, joined } from './flow.ts';
import type { Flow } from './flow.ts';
import { hash, randomBytes } from 'node:crypto';

const PROFILE: Partial<Config> = { ...STRICT, aeadProtect: false, v6Keys: false, showVersion: false, showComment: false };

interface PgpSealed {
  /** the ASCII-armored OpenPGP message */
  readonly armored: Flow;
  readonly facts: Facts;
}

export async function pgpMessage(content: Flow, key: PgpKey, signer: PgpSigner, date: number): Promise<PgpSealed> {
  const recipient = await usable(key, date);
  const signing = await signingKeys(signer.key);
  const bytes = await encrypted(content, { encryptionKeys: recipient.key, signingKeys: signing, format: 'binary', date: new Date(date), config: PROFILE as Config }).catch((fault: unknown) => { throw new Fault('key-unusable', 'an OpenPGP key cannot be encrypted to', fault); });
  return { armored: armored('MESSAGE', bytes), facts: { cipher: 'aes-256-cfb-mdc', recipientKey: recipient.fingerprint, recipientSubkey: recipient.subkey, signingKey: signer.fingerprint } };
}

type How = Pick<EncryptOptions, 'encryptionKeys' | 'signingKeys' | 'date' | 'config'> & { readonly format: 'binary' };

/** A stream costs more than the encryption of a letter, and is worth it where the whole is large. */
const STREAMED = 1024 * 1024;

async function encrypted(content: Flow, how: How): Promise<Uint8Array> {
  if (content.length < STREAMED) return encrypt({ ...how, message: await createMessage({ binary: collect(content) }) });
  const chunks = content.chunks()[Symbol.iterator]();
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      const next = chunks.next();
      if (next.done === true) controller.close();
      else controller.enqueue(next.value.slice());
    },
  });
  const answer = await encrypt({ ...how, message: await createMessage({ binary: stream as never }) });
  return gathered(answer as unknown as ReadableStream<Uint8Array>, Math.ceil(content.length * 1.01) + 65536);
}

/**
 * A key that was read before, by all its bytes: what it signed about itself is then verified once. Whether it has ended, was taken back or is too weak
 * the library asks at every use.
 */
function remembered<K>(many: number, read: (bytes: Uint8Array) => Promise<K>): (bytes: Uint8Array) => Promise<K> {
  const known = new Map<string, K>();
  return async (bytes) => {
    const name = hash('sha256', bytes, 'hex');
    const found = known.get(name) ?? (await read(bytes));
    // Whoever was asked for last stays longest.
    known.delete(name);
    if (known.size >= many) known.delete(known.keys().next().value!);
    known.set(name, found);
    return found;
  };
}

const recipientKeys = remembered(50, (binaryKey) => readKey({ binaryKey }));
/** The organisation has one: of one that was exchanged nothing stays. */
const signingKeys = remembered(1, (binaryKey) => readPrivateKey({ binaryKey }));

async function usable(key: PgpKey, date: number) {
  try {
    const read = await recipientKeys(key.key);
    const encryption = await encryptsTo(read, date);
    return { key: read, fingerprint: read.getFingerprint(), subkey: encryption.getFingerprint() };
  } catch {
    // The library's own words may quote the key's owner; they end here.
    throw new Fault('key-unusable', 'an OpenPGP key cannot be encrypted to');
  }
}

async function gathered(stream: ReadableStream<Uint8Array>, guess: number): Promise<Uint8Array> {
  let bytes = new Uint8Array(guess);
  let length = 0;
  for await (const chunk of stream) {
    if (length + chunk.length > bytes.length) {
      const larger = new Uint8Array((length + chunk.length) * 2);
      larger.set(bytes.subarray(0, length));
      bytes = larger;
    }
    bytes.set(chunk, length);
    length += chunk.length;
  }
  return bytes.subarray(0, length);
}

/** RFC 9580 §6.1.1: generator 0x864CFB, initial 0xB704CE, one table look-up a byte. */
const CRC = new Int32Array(256);
for (let i = 0; i < 256; i += 1) {
  let crc = i << 16;
  for (let bit = 0; bit < 8; bit += 1) crc = (crc & 0x800000) === 0 ? crc << 1 : (crc << 1) ^ 0x1864cfb;
  CRC[i] = crc & 0xffffff;
}

function crc24(bytes: Uint8Array): number {
  let crc = 0xb704ce;
  for (let i = 0; i < bytes.length; i += 1) crc = ((crc << 8) ^ CRC[((crc >> 16) ^ bytes[i]!) & 255]!) & 0xffffff;
  return crc;
}

/** The library's own armor costs more than its encryption. */
function armored(kind: string, bytes: Uint8Array): Flow {
  const crc = crc24(bytes);
  const sum = Buffer.of(crc >> 16, (crc >> 8) & 255, crc & 255).toString('base64');
  return joined(`-----BEGIN PGP ${kind}-----\r\n\r\n`, base64Lines(flat(bytes)), `=${sum}\r\n-----END PGP ${kind}-----\r\n`);
}

/** What the recipient verifies with, as mail programs enclose it; it signs only, so nobody can answer with what clinicians cannot read. */
export function pgpPublicKey(signer: PgpSigner): { readonly filename: string; readonly bytes: Uint8Array } {
  return { filename: `OpenPGP_0x${signer.fingerprint.slice(-16).toUpperCase()}.asc`, bytes: collect(armored('PUBLIC KEY BLOCK', signer.published)) };
}

/** RFC 3156 §4: the version part, then the message. Content-Type goes to the message's header. */
export function pgpEntity(message: Flow): { readonly contentType: string; readonly body: Flow } {
  const boundary = `pgp-${randomBytes(18).toString('hex')}`;
  return {
    contentType: `multipart/encrypted; protocol="application/pgp-encrypted";\r\n boundary="${boundary}"`,
    body: joined(
      `This is an OpenPGP/MIME encrypted message.\r\n--${boundary}\r\nContent-Type: application/pgp-encrypted\r\nContent-Description: PGP/MIME version identification\r\n\r\nVersion: 1\r\n`,
      `\r\n--${boundary}\r\nContent-Type: application/octet-stream; name="encrypted.asc"\r\nContent-Description: OpenPGP encrypted message\r\nContent-Disposition: inline; filename="encrypted.asc"\r\n\r\n`,
      message,
      `\r\n--${boundary}--\r\n`,
    ),
  };
}
