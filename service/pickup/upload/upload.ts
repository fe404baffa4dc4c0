/**
 * A file from outside, attacker-controlled, on its way in: judged by its own bytes, looked at by the malware scanner and handed on, all while it
 * streams. Never holds a file, never believes its name or type, never calls clean what nobody has looked at.
 */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { Fault, refuse, type Refusal } from '../../refusal.ts';
import type { Scanner, Verdict } from './clamav.ts';
import { HEAD, kindOf, nameOf, openMacroWatch, type Kind } from './kind.ts';
import { LIMITS } from './upload.sql.ts';

export { clamav, NO_SCANNER, type Scanner } from './clamav.ts';
export { LIMITS } from './upload.sql.ts';

export interface Arrived {
  readonly filename: string;
  readonly contentType: string;
  readonly size: number;
  /** of the bytes, hex */
  readonly sha256: string;
  readonly verdict: Exclude<Verdict, 'infected'>;
}

export type UploadRefusal = Refusal<'upload-type' | 'upload-large' | 'upload-malware' | 'upload-empty'>;

/** `keep` gets the bytes as they come and keeps nothing when they break off; its fault, if it is its own, is thrown on. */
export async function takeIn(scanner: Scanner, given: { readonly filename: string; readonly bytes: Readable }, keep: (bytes: Readable) => Promise<unknown>): Promise<Arrived | UploadRefusal> {
  const scan = await scanner.begin();
  const digest = createHash('sha256');
  const macros = openMacroWatch();
  const seen: { size: number; kind: Kind | null; head: Buffer; why: UploadRefusal['code'] | null; verdict: Verdict } = { size: 0, kind: null, head: Buffer.alloc(0), why: null, verdict: 'unknown' };
  const stop = (code: UploadRefusal['code']): never => {
    seen.why = code;
    throw new Fault('upload-refused', 'A file is not taken.');
  };

  async function* judged(): AsyncGenerator<Buffer> {
    for await (const piece of given.bytes as AsyncIterable<Buffer>) {
      seen.size += piece.length;
      if (seen.size > LIMITS.file) stop('upload-large');
      if (seen.head.length < HEAD) seen.head = Buffer.concat([seen.head, piece]).subarray(0, HEAD);
      if (seen.head.length >= HEAD) seen.kind ??= kindOf(seen.head, given.filename) ?? stop('upload-type');
      if (macros(piece)) stop('upload-type');
      digest.update(piece);
      await scan.feed(piece);
      yield piece;
    }
    if (seen.size === 0) stop('upload-empty');
    seen.kind ??= kindOf(seen.head, given.filename) ?? stop('upload-type');
    // Judged before the last byte is passed on: what is infected is never kept.
    seen.verdict = await scan.verdict();
    if (seen.verdict === 'infected') stop('upload-malware');
  }
  try {
    await keep(Readable.from(judged(), { objectMode: false }));
  } catch (fault) {
    if (seen.why !== null) return refuse(seen.why);
    throw fault;
  } finally {
    scan.abandon();
    given.bytes.resume();
  }
  const found = seen.kind ?? stop('upload-type');
  return { filename: nameOf(given.filename, found), contentType: found.contentType, size: seen.size, sha256: digest.digest('hex'), verdict: seen.verdict === 'clean' ? 'clean' : 'unknown' };
}
