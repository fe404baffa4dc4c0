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

/** Seals while the bytes arrive; a wrong digest or length leaves nothing behind. */
export async function keepPart(tools: { readonly vault: Vault; readonly blobs: Blobs }, message: string, key: DataKey, expected: { readonly sha256: string; readonly size: number }, bytes: Readable): Promise<KeptPart | Refusal<'digest-mismatch' | 'too-large'>> {
  const part = partName(tools.vault, message, expected.sha256);
  const digest = createHash('sha256');
  let size = 0;
  let over = false;
  const count = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      size += chunk.length;
      over ||= size > expected.size;
      if (over) return done(new Fault('part-over', 'The part is longer than its draft says.'));
      digest.update(chunk);
      return done(null, chunk);
    },
  });
  const aad = partAad(message, expected.sha256);
  const right = () => size === expected.size && digest.digest('hex') === expected.sha256;
  if (expected.size <= INLINE_LIMIT) {
    const chunks: Buffer[] = [];
    try { for await (const chunk of bytes.pipe(count)) chunks.push(chunk as Buffer); } catch (fault) { if (over) return refuse('too-large'); throw fault; }
    if (!right()) return refuse('digest-mismatch');
    return { part, size, inline: tools.vault.seal(key, aad, Buffer.concat(chunks)) };
  }
  const name = blobName(message, part);
  try {
    bytes.once('error', (fault) => count.destroy(fault));
    await tools.blobs.put(name, tools.vault.sealStream(key, aad, bytes.pipe(count)));
  } catch (fault) {
    await tools.blobs.delete(name);
    if (over) return refuse('too-large');
    throw fault;
  }
  if (right()) return { part, size, inline: null };
  await tools.blobs.delete(name);
  return refuse('digest-mismatch');
}

/** Whole bytes known already (one-shot hand-over). */
export function keepBytes(tools: { readonly vault: Vault; readonly blobs: Blobs }, message: string, key: DataKey, fact: { readonly sha256: string; readonly size: number }, bytes: Uint8Array): Promise<KeptPart | Refusal<'digest-mismatch' | 'too-large'>> {
  return keepPart(tools, message, key, fact, Readable.from([Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)]));
}

/** The decrypted bytes as a stream, all of them or those of a span. */
export async function openPart(tools: { readonly vault: Vault; readonly blobs: Blobs }, message: string, key: DataKey, sha256: string, row: { readonly inline: Uint8Array | null; readonly size: number }, span?: Span): Promise<Readable> {
  const aad = partAad(message, sha256);
  if (row.inline) return Readable.from([Buffer.from(tools.vault.open(key, aad, row.inline)).subarray(span?.start ?? 0, span?.end)]);
  const name = blobName(message, partName(tools.vault, message, sha256));
  if (span) return tools.vault.openRange(key, aad, (start, end) => tools.blobs.get(name, { start, end }), { ...span, size: row.size });
  return tools.vault.openStream(key, aad, await tools.blobs.get(name));
}
