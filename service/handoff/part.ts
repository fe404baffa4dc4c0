/**
 * Attachments at rest: ciphertext up to 256 KB in the row, larger in the blob store. Streams in and out; never whole in clear on disk.
 */
import { createHash } from 'node:crypto';
import { Readable, Transform } from 'node:stream';
import type { Blobs } from '../store/blobs.ts';
import type { DataKey, Span, Vault } from '../vault/vault.ts';
import { Fault, refuse, type Refusal } from '../refusal.ts';
import { partAad } from './content.ts';

export const INLINE_LIMIT = 256 * 1024;

export interface KeptPart {
  /** keyed hash: the name of the row and of the blob says nothing of the content */
  readonly part: string;
  readonly size: number;
  readonly inline: Uint8Array | null;
}

export const partName = (vault: Vault, message: string, sha256: string): string => vault.index('part', `${message}/${sha256}`);
export const blobName = (message: string, part: string): string => `${message}-${part}`;

/**
 * Seals while the bytes arrive. Judged before the last byte is passed on: a wrong digest or length, or a sender that goes away, leaves
 * nothing behind and takes nothing away that an earlier upload of the same part has put there.
 */
export async function keepPart(tools: { readonly vault: Vault; readonly blobs: Blobs }, message: string, key: DataKey, expected: { readonly sha256: string; readonly size: number }, bytes: Readable): Promise<KeptPart | Refusal<'digest-mismatch' | 'too-large'>> {
  const part = partName(tools.vault, message, expected.sha256);
  const digest = createHash('sha256');
  let size = 0;
  let wrong: 'digest-mismatch' | 'too-large' | null = null;
  const judged = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      size += chunk.length;
      if (size > expected.size) {
        wrong = 'too-large';
        return done(new Fault('part-over', 'The part is longer than its draft says.'));
      }
      digest.update(chunk);
      return done(null, chunk);
    },
    flush(done) {
      if (size === expected.size && digest.digest('hex') === expected.sha256) return done();
      wrong = 'digest-mismatch';
      return done(new Fault('part-digest', 'The part is not what its draft says.'));
    },
  });
  bytes.once('error', (fault) => judged.destroy(fault));
  const clear = bytes.pipe(judged);
  const aad = partAad(message, expected.sha256);
  try {
    if (expected.size <= INLINE_LIMIT) return { part, size: expected.size, inline: tools.vault.seal(key, aad, Buffer.concat(await clear.toArray())) };
    await tools.blobs.put(blobName(message, part), tools.vault.sealStream(key, aad, clear));
    return { part, size, inline: null };
  } catch (fault) {
    if (wrong !== null) return refuse(wrong);
    throw fault;
  }
}

/** Bytes of which nothing is known beforehand, under a name of the caller's; what breaks off leaves nothing behind. */
export async function keepStream(tools: { readonly vault: Vault; readonly blobs: Blobs }, message: string, key: DataKey, name: string, bytes: Readable): Promise<void> {
  await tools.blobs.put(blobName(message, partName(tools.vault, message, name)), tools.vault.sealStream(key, partAad(message, name), bytes));
}

/** Whole bytes known already (one-shot hand-over). */
export function keepBytes(tools: { readonly vault: Vault; readonly blobs: Blobs }, message: string, key: DataKey, fact: { readonly sha256: string; readonly size: number }, bytes: Uint8Array): Promise<KeptPart | Refusal<'digest-mismatch' | 'too-large'>> {
  return keepPart(tools, message, key, fact, Readable.from([Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)]));
}

/** As they lie here, for whoever has the key that we have not. */
export async function partBytes(tools: { readonly blobs: Blobs }, message: string, part: string, row: { readonly inline: Uint8Array | null }): Promise<Readable> {
  return row.inline ? Readable.from([Buffer.from(row.inline)]) : tools.blobs.get(blobName(message, part));
}

/** The decrypted bytes as a stream, all of them or those of a span. */
export async function openPart(tools: { readonly vault: Vault; readonly blobs: Blobs }, message: string, key: DataKey, sha256: string, row: { readonly inline: Uint8Array | null; readonly size: number }, span?: Span): Promise<Readable> {
  const aad = partAad(message, sha256);
  if (row.inline) return Readable.from([Buffer.from(tools.vault.open(key, aad, row.inline)).subarray(span?.start ?? 0, span?.end)]);
  const name = blobName(message, partName(tools.vault, message, sha256));
  if (span) return tools.vault.openRange(key, aad, (start, end) => tools.blobs.get(name, { start, end }), { ...span, size: row.size });
  return tools.vault.openStream(key, aad, await tools.blobs.get(name));
}
