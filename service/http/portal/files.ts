/**
 * Attachments on their way to a recipient: one, a part of one (RFC 9110 §14), a picture in its place, or all as an archive. Bytes are
 * decrypted as they leave; what broke off can be resumed, so that a phone with a weak signal need not begin again.
 */
import type { Readable } from 'node:stream';
import type { Context } from 'hono';
import type { AttachmentFact } from '../../../shared/draft/draft.ts';
import type { Log } from '../../log.ts';
import { Fault, isRefusal, type Refusal } from '../../refusal.ts';
import type { Open, PortalMessage } from '../../route.ts';
import type { Language } from '../../words/words.ts';
import { disposition, download, outgoing, spanOf } from '../body.ts';
import type { Edge } from '../guard.ts';
import { wordsOf } from './pages.ts';
import { listed, SHOWN } from './reading.ts';
import { zip, zipLength, zipNames, type Entry } from './zip.ts';

type Refused = Refusal<'session-ended' | 'expired' | 'recalled' | 'answer-only' | 'not-found'>;

/** Says what the file is, so that a resumed download never joins two different ones. */
const tagOf = ({ sha256 }: AttachmentFact): string => `"${sha256.slice(0, 32)}"`;

export async function attachment(c: Context<Edge>, open: Open, log: Log, session: string, n: number): Promise<Response | Refused> {
  let size = 0;
  const found = await open.attachment(session, n, (fact) => {
    size = fact.size;
    return spanOf(c, tagOf(fact), fact.size);
  });
  if (isRefusal(found)) return found as Refused;
  const { fact, bytes, span } = found as Exclude<typeof found, Refusal>;
  const headers = { 'accept-ranges': 'bytes', etag: tagOf(fact) };
  if (span === undefined) return download(c, { fact, bytes }, log, headers);
  if (span.end > span.start) return download(c, { fact, bytes, span }, log, headers);
  bytes.destroy();
  // RFC 9110 §15.5.17
  return new Response(null, { status: 416, headers: { ...headers, 'content-range': `bytes */${size}` } });
}

export async function picture(c: Context<Edge>, open: Open, log: Log, session: string, n: number): Promise<Response | Refused> {
  const found = await open.attachment(session, n);
  if (isRefusal(found)) return found as Refused;
  const { fact, bytes } = found as { fact: AttachmentFact; bytes: Readable };
  if (SHOWN.test(fact.contentType)) return new Response(outgoing(c, bytes, log), { headers: { 'content-type': fact.contentType.toLowerCase(), 'content-length': String(fact.size), 'cross-origin-resource-policy': 'same-origin' } });
  bytes.destroy();
  return { kind: 'refused', code: 'not-found' };
}

function entries(m: PortalMessage, openOne: (n: number) => Promise<Readable>): Entry[] {
  const files = listed(m);
  const names = zipNames(files.map(({ fact }) => fact.filename));
  return files.map(({ fact, n }, i) => ({ name: names[i] ?? '', size: fact.size, open: () => openOne(n) }));
}

/** Each file is asked for, and its download noted, when its turn comes. */
export function archive(c: Context<Edge>, open: Open, log: Log, language: Language, session: string, m: PortalMessage): Response | Refused {
  const files = entries(m, async (n) => {
    const found = await open.attachment(session, n);
    if (isRefusal(found)) throw new Fault('archive-ended', 'A message ended while its archive was on the way.');
    return (found as { bytes: Readable }).bytes;
  });
  const length = zipLength(files);
  if (files.length < 2 || length === null) return { kind: 'refused', code: 'not-found' };
  return new Response(outgoing(c, zip(files, m.acceptedAt), log), {
    headers: { 'content-type': 'application/zip', 'content-length': String(length), 'content-disposition': disposition(wordsOf(language).read.allName) },
  });
}
