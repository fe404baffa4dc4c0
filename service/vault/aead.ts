/**
 * AES-256-GCM (NIST SP 800-38D), whole and in segments. The segmented form is STREAM (Hoang, Reyhanitabar, Rogaway, Vizár 2015):
 * a nonce of prefix, counter and last-flag, under a key of the stream's own.
 */
import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { Fault } from '../refusal.ts';

export const KEY_BYTES = 32;
const NONCE = 12;
const TAG = 16;
export const SEGMENT = 64 * 1024;
const VERSION = 1;
const SALT = 32;
const PREFIX = 7;

interface Key {
  readonly bytes: Uint8Array;
}

function broken(): Fault {
  return new Fault('sealed-broken', 'Sealed bytes are not what was sealed under this name.');
}

/** The nonce is random: at most 2³² under one key (SP 800-38D §8.3), far more than one message or one month brings. Not from the world, whose chance a test may repeat. */
export function seal(key: Key, aad: string, plain: Uint8Array): Uint8Array {
  const nonce = randomBytes(NONCE);
  const cipher = createCipheriv('aes-256-gcm', key.bytes, nonce);
  cipher.setAAD(Buffer.from(aad));
  const body = cipher.update(plain);
  cipher.final();
  return plainArray(Buffer.concat([nonce, body, cipher.getAuthTag()]));
}

export function open(key: Key, aad: string, sealed: Uint8Array): Uint8Array {
  if (sealed.length < NONCE + TAG) throw broken();
  try {
    const decipher = createDecipheriv('aes-256-gcm', key.bytes, sealed.subarray(0, NONCE), { authTagLength: TAG });
    decipher.setAAD(Buffer.from(aad));
    decipher.setAuthTag(sealed.subarray(sealed.length - TAG));
    const plain = decipher.update(sealed.subarray(NONCE, sealed.length - TAG));
    decipher.final();
    return plainArray(plain);
  } catch {
    throw broken();
  }
}

/** A Buffer does not equal a Uint8Array of the same bytes, and the contract says Uint8Array. */
function plainArray(bytes: Buffer): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** version ‖ salt ‖ segments of 64 KB, each followed by its tag; the last one may be empty only if it is the only one */
export function sealStream(key: Key, aad: string, plain: Readable): Readable {
  return joined(plain, (async function* () {
    const header = Buffer.concat([Buffer.from([VERSION]), randomBytes(SALT)]);
    const stream = derive(key, header);
    yield header;
    let n = 0;
    for await (const { segment, last } of segments(plain, SEGMENT)) {
      const cipher = createCipheriv('aes-256-gcm', stream.key, nonceOf(stream.prefix, n++, last));
      cipher.setAAD(Buffer.from(aad));
      const body = cipher.update(segment);
      cipher.final();
      yield Buffer.concat([body, cipher.getAuthTag()]);
    }
  })());
}

export function openStream(key: Key, aad: string, sealed: Readable): Readable {
  return joined(sealed, (async function* () {
    let stream: Derived | undefined;
    let n = 0;
    for await (const { segment, last } of segments(sealed, SEGMENT + TAG, 1 + SALT)) {
      if (stream === undefined) {
        if (segment.length !== 1 + SALT || segment[0] !== VERSION || last) throw broken();
        stream = derive(key, segment);
        continue;
      }
      const plain = openSegment(stream, n++, last, aad, segment);
      if (plain.length > 0) yield plain;
    }
    if (stream === undefined) throw broken();
  })());
}

/**
 * Bytes `start` to before `end` of a stream that holds `size` bytes: only the segments that hold them are fetched and opened, each proved
 * at its own place. Whether the stream is whole beyond them is not asked.
 */
export function openRange(key: Key, aad: string, sealed: (start: number, end: number) => Promise<Readable>, { start, end, size }: Span & { readonly size: number }): Readable {
  return Readable.from((async function* () {
    if (end <= start) return;
    const header = await whole(await sealed(0, 1 + SALT));
    if (header.length !== 1 + SALT || header[0] !== VERSION) throw broken();
    const stream = derive(key, header);
    const final = Math.max(0, Math.ceil(size / SEGMENT) - 1);
    const [from, to] = [Math.floor(start / SEGMENT), Math.floor((end - 1) / SEGMENT)];
    const at = (n: number) => 1 + SALT + n * (SEGMENT + TAG);
    const source = await sealed(at(from), at(to + 1));
    let n = from;
    for await (const { segment } of segments(source, SEGMENT + TAG)) {
      const plain = openSegment(stream, n, n === final, aad, segment);
      const first = n * SEGMENT;
      const piece = plain.subarray(Math.max(0, start - first), Math.min(plain.length, end - first));
      n += 1;
      if (piece.length > 0) yield piece;
    }
    if (n !== to + 1) throw broken();
  })(), { objectMode: false });
}

export interface Span {
  readonly start: number;
  /** first byte not wanted */
  readonly end: number;
}

async function whole(source: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of source as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function openSegment(stream: Derived, n: number, last: boolean, aad: string, segment: Buffer): Buffer {
  if (segment.length < TAG || (segment.length === TAG && n > 0)) throw broken();
  const decipher = createDecipheriv('aes-256-gcm', stream.key, nonceOf(stream.prefix, n, last), { authTagLength: TAG });
  decipher.setAAD(Buffer.from(aad));
  decipher.setAuthTag(segment.subarray(segment.length - TAG));
  const plain = decipher.update(segment.subarray(0, segment.length - TAG));
  try {
    decipher.final();
  } catch {
    throw broken();
  }
  return plain;
}

/** One fate: a source that fails early is heard, and one nobody reads to its end is closed. */
function joined(source: Readable, chunks: AsyncGenerator<Buffer>): Readable {
  const out = Readable.from(chunks, { objectMode: false });
  source.on('error', (error) => out.destroy(error));
  out.once('close', () => source.destroy());
  return out;
}

interface Derived {
  readonly key: Buffer;
  readonly prefix: Buffer;
}

/** RFC 5869. A key per stream, so that counters of two streams under one data key never share a nonce. */
function derive(key: Key, header: Buffer): Derived {
  const bytes = Buffer.from(hkdfSync('sha256', key.bytes, header.subarray(1), 'send-secure stream', KEY_BYTES + PREFIX));
  return { key: bytes.subarray(0, KEY_BYTES), prefix: bytes.subarray(KEY_BYTES) };
}

/** The flag in the nonce tells the last segment apart, so that a stream cut at a segment's end does not open. */
function nonceOf(prefix: Buffer, n: number, last: boolean): Buffer {
  if (n > 0xffff_ffff) throw new Fault('stream-too-long', 'A stream has more segments than its counter.');
  const nonce = Buffer.alloc(NONCE);
  prefix.copy(nonce);
  nonce.writeUInt32BE(n, PREFIX);
  nonce[NONCE - 1] = last ? 1 : 0;
  return nonce;
}

/** Pieces of one size, the last one marked: a full piece waits until it is known whether anything follows. */
async function* segments(source: Readable, size: number, first = size): AsyncGenerator<{ segment: Buffer; last: boolean }> {
  let waiting: Buffer[] = [];
  let length = 0;
  let wanted = first;
  for await (const chunk of source as AsyncIterable<Uint8Array | string>) {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    waiting.push(bytes);
    length += bytes.length;
    if (length <= wanted) continue;
    let all = Buffer.concat(waiting, length);
    while (all.length > wanted) {
      yield { segment: all.subarray(0, wanted), last: false };
      all = all.subarray(wanted);
      wanted = size;
    }
    waiting = [all];
    length = all.length;
  }
  yield { segment: Buffer.concat(waiting, length), last: true };
}

export function mac(key: Uint8Array, value: string): string {
  return createHmac('sha256', key).update(value).digest('hex');
}
