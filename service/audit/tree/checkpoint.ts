/**
 * Signed tree heads: C2SP signed-note v1.0.0 around C2SP tlog-checkpoint v1.0.0, Ed25519 (RFC 8032).
 * The private key lies in the keys folder, apart from the data, and signs two things only: checkpoints and receipts.
 */
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify, type KeyObject } from 'node:crypto';
import { closeSync, fsyncSync, linkSync, mkdirSync, openSync, readFileSync, statSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '../../refusal.ts';

/** signed-note: signature type 0x01 is Ed25519 over the note's text; 0x04 is a witness's timed one (C2SP tlog-cosignature). */
const ED25519 = 1;
const COSIGNATURE = 4;
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

export interface VerifierKey {
  /** `<name>+<key id>+<key>`, to be published and pinned */
  readonly vkey: string;
  readonly name: string;
  readonly id: Uint8Array;
  readonly key: KeyObject;
}

export interface Signer extends VerifierKey {
  /** where the private key lies */
  readonly file: string;
  readonly private: KeyObject;
}

export interface Checkpoint {
  readonly origin: string;
  readonly size: number;
  readonly root: Uint8Array;
}

/** signed-note: SHA-256(name ‖ 0x0A ‖ type ‖ public key), first four bytes. */
function keyId(name: string, typed: Uint8Array): Uint8Array {
  return createHash('sha256').update(name).update('\n').update(typed).digest().subarray(0, 4);
}

/** Base64 that decodes and encodes to itself: no second spelling of the same bytes. */
function exact(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : null;
}

export function parseVkey(text: string, kind: 'log' | 'witness' = 'log'): VerifierKey | null {
  const match = /^([^\s+]+)\+([0-9a-f]{8})\+([0-9A-Za-z+/=]+)$/.exec(text);
  const typed = exact(match?.[3] ?? '');
  const name = match?.[1];
  if (name === undefined || typed === null || typed.length !== 33 || typed[0] !== (kind === 'log' ? ED25519 : COSIGNATURE)) return null;
  const id = keyId(name, typed);
  if (Buffer.from(id).toString('hex') !== match?.[2]) return null;
  return { vkey: text, name, id, key: createPublicKey({ key: Buffer.concat([SPKI_PREFIX, typed.subarray(1)]), format: 'der', type: 'spki' }) };
}

/** Reads the key; makes it when there is none and none may be missing. A key that others can read is refused. */
export function openSigner(folder: string, origin: string, missing: 'make' | 'refuse' = 'make', file = 'audit-log.key', kind: 'log' | 'witness' = 'log'): Signer {
  if (!/^[^\s+]+$/.test(origin)) throw new Fault('log-origin', 'The log\'s origin must not contain spaces or plus signs.');
  const path = join(folder, file);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  let pem = read(path);
  if (pem === null) {
    if (missing === 'refuse') throw new Fault('log-key-missing', 'The log\'s signing key is missing from the keys folder.');
    createOnce(path, generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' }));
    pem = read(path);
  }
  let key: KeyObject;
  try {
    key = createPrivateKey(pem ?? '');
  } catch (cause) {
    throw new Fault('log-key-broken', 'The log\'s signing key cannot be read.', cause);
  }
  if (key.asymmetricKeyType !== 'ed25519') throw new Fault('log-key-broken', 'The log\'s signing key is not an Ed25519 key.');
  const bytes = createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(SPKI_PREFIX.length);
  const typed = Buffer.concat([Buffer.from([kind === 'log' ? ED25519 : COSIGNATURE]), bytes]);
  const id = keyId(origin, typed);
  return { name: origin, id, key: createPublicKey(key), private: key, file: path, vkey: `${origin}+${Buffer.from(id).toString('hex')}+${typed.toString('base64')}` };
}

function read(path: string): string | null {
  try {
    if (process.platform !== 'win32' && (statSync(path).mode & 0o077) !== 0) throw new Fault('log-key-exposed', 'The log\'s signing key can be read by others; set its mode to 0600.');
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') return null;
    throw error;
  }
}

/** Written aside and linked into place: a crash leaves no half key, and of two processes that start at once one wins. */
export function createOnce(path: string, text: string | Buffer): void {
  const aside = `${path}.${process.pid}.new`;
  const file = openSync(aside, 'w', 0o600);
  try {
    writeSync(file, text as string);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  try {
    linkSync(aside, path);
  } catch (error) {
    if ((error as { code?: string }).code !== 'EEXIST') throw error;
  } finally {
    unlinkSync(aside);
  }
}

/** tlog-checkpoint: origin, size, root, one a line; no extension lines. */
export function checkpointText(c: Checkpoint): string {
  return `${c.origin}\n${c.size}\n${Buffer.from(c.root).toString('base64')}\n`;
}

export function signNote(text: string, signer: Signer): string {
  const signature = Buffer.concat([signer.id, sign(null, Buffer.from(text), signer.private)]);
  return `${text}\n\u2014 ${signer.name} ${signature.toString('base64')}\n`;
}

/** Our text signed by a second key of ours as well: while one key follows another, both sign. */
export function addSignature(note: string, signer: Signer): string {
  const text = note.slice(0, note.lastIndexOf('\n\n') + 1);
  return note + signNote(text, signer).slice(text.length + 1);
}

/** C2SP tlog-cosignature v1: what a witness signs says when it saw the checkpoint. Answers the signature line. */
export function cosign(text: string, seconds: number, witness: Signer): string {
  const time = Buffer.alloc(8);
  time.writeBigUInt64BE(BigInt(seconds));
  const signed = sign(null, Buffer.from(`cosignature/v1\ntime ${seconds}\n${text}`), witness.private);
  return `\u2014 ${witness.name} ${Buffer.concat([witness.id, time, signed]).toString('base64')}\n`;
}

/** When this witness saw the note's text, in seconds; null if no line of it is this witness's. Attacker-controlled. */
export function cosigned(text: string, lines: string, witness: VerifierKey): number | null {
  for (const line of lines.split('\n')) {
    const [, name, encoded] = /^\u2014 ([^\s+]+) ([0-9A-Za-z+/=]+)$/.exec(line) ?? [];
    const bytes = encoded === undefined ? null : exact(encoded);
    if (bytes === null || bytes.length !== 76 || name !== witness.name || !bytes.subarray(0, 4).equals(witness.id)) continue;
    const seconds = Number(bytes.readBigUInt64BE(4));
    return Number.isSafeInteger(seconds) && verify(null, Buffer.from(`cosignature/v1\ntime ${seconds}\n${text}`), witness.key, bytes.subarray(12)) ? seconds : null;
  }
  return null;
}

/** The note's text if this key signed it, else null. Signatures of others (witnesses) are passed over. */
export function openNote(note: string, key: VerifierKey): string | null {
  const gap = note.lastIndexOf('\n\n');
  if (gap < 0 || !note.endsWith('\n')) return null;
  const text = note.slice(0, gap + 1);
  let signed = false;
  for (const line of note.slice(gap + 2, -1).split('\n')) {
    const [, name, encoded] = /^\u2014 ([^\s+]+) ([0-9A-Za-z+/=]+)$/.exec(line) ?? [];
    const bytes = encoded === undefined ? null : exact(encoded);
    if (bytes === null || bytes.length < 5) return null;
    if (name !== key.name || !bytes.subarray(0, 4).equals(key.id)) continue;
    if (!verify(null, Buffer.from(text), key.key, bytes.subarray(4))) return null;
    signed = true;
  }
  return signed ? text : null;
}

export function openCheckpoint(note: string, key: VerifierKey): Checkpoint | null {
  const [, origin, digits, encoded] = /^([^\n]+)\n(0|[1-9][0-9]{0,15})\n([0-9A-Za-z+/=]+)\n$/.exec(openNote(note, key) ?? '') ?? [];
  const root = encoded === undefined ? null : exact(encoded);
  const size = Number(digits);
  if (origin !== key.name || root === null || root.length !== 32 || !Number.isSafeInteger(size)) return null;
  return { origin, size, root };
}

/** Detached, base64: for receipts. A JSON object can never be taken for a checkpoint, whose first line is the origin. */
export function signDetached(json: string, signer: Signer): string {
  if (!json.startsWith('{')) throw new Fault('log-sign', 'Only a JSON object may be signed beside checkpoints.');
  return sign(null, Buffer.from(json), signer.private).toString('base64');
}

export function verifyDetached(json: string, signature: string, key: VerifierKey): boolean {
  const bytes = exact(signature);
  return bytes !== null && verify(null, Buffer.from(json), key.key, bytes);
}
