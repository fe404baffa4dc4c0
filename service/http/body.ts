/**
 * Bodies in and out: JSON or a form up to a limit and judged by a schema, parts as streams, attachments streamed back. Never reads more than
 * the limit, never holds a part or an attachment in memory.
 */
import { Readable } from 'node:stream';
import type { Context } from 'hono';
import type * as z from 'zod/mini';
import type { AttachmentFact } from '../../shared/draft/draft.ts';
import { safeName } from '../../shared/draft/filename.ts';
import { LIMITS } from '../../shared/wire/handoff.ts';
import type { ProblemCode } from '../../shared/wire/problem.ts';
import type { Log } from '../log.ts';
import { isRefusal, refuse, type WireRefusal } from '../refusal.ts';
import type { Edge } from './guard.ts';
import { badRequest } from './problem.ts';

/** The request's bytes as they come, without a copy in memory where the server gives its own stream. */
export function bodyStream(c: Context<Edge>): Readable {
  if (c.env?.incoming !== undefined) return c.env.incoming;
  const body = c.req.raw.body;
  return body === null ? Readable.from([]) : Readable.fromWeb(body as import('node:stream/web').ReadableStream);
}

/** Content-Length when it is stated, else null. */
export function statedLength(c: Context<Edge>): number | null {
  const stated = c.req.header('content-length');
  return stated !== undefined && /^\d{1,15}$/.test(stated) ? Number(stated) : null;
}

/** Reads at most `limit` bytes of JSON and judges them by the schema. The value is attacker-controlled but well formed. */
export async function readJson<T>(c: Context<Edge>, schema: z.ZodMiniType<T>, limit: number, over: ProblemCode): Promise<{ readonly value: T } | WireRefusal> {
  if (mediaType(c) !== 'application/json') return refuse('unsupported-media-type');
  const bytes = await readBytes(c, limit, over);
  return isRefusal(bytes) ? bytes : judgeJson(bytes, schema);
}

/**
 * A whole message as a form (RFC 7578): one field `message`, the JSON of a one-shot message without `attachments`, and a file for each attachment,
 * named `attachment`, or `inline:` and the Content-ID its HTML names. Same limit, same schema, same refusals as JSON.
 */
export async function readForm<T>(c: Context<Edge>, schema: z.ZodMiniType<T>, limit: number, over: ProblemCode): Promise<{ readonly value: T } | WireRefusal> {
  const bytes = await readBytes(c, limit, over);
  if (isRefusal(bytes)) return bytes;
  if (fieldsOf(c, bytes) > LIMITS.attachments + 1) return badRequest(['attachments']);
  let form: FormData;
  try {
    form = await new Response(bytes, { headers: { 'content-type': c.req.header('content-type') ?? '' } }).formData();
  } catch {
    return refuse('bad-request');
  }
  const [message, second] = form.getAll('message');
  if (message === undefined || second !== undefined) return refuse('bad-request');
  const parsed = parseJson(typeof message === 'string' ? message : await message.text());
  if (parsed === undefined) return refuse('bad-json');
  if (typeof parsed !== 'object' || parsed === null || 'attachments' in parsed) return badRequest(['attachments']);
  const attachments = [];
  for (const [field, file] of form) {
    if (field === 'message') continue;
    const contentId = field.startsWith('inline:') ? field.slice('inline:'.length) : null;
    if (typeof file === 'string' || (field !== 'attachment' && !contentId)) return badRequest(['attachments']);
    const content = Buffer.from(await file.arrayBuffer()).toString('base64');
    attachments.push({ filename: file.name, contentType: file.type || 'application/octet-stream', content, ...(contentId ? { contentId } : {}) });
  }
  return judge({ ...parsed, ...(attachments.length > 0 ? { attachments } : {}) }, schema);
}

/** Fields of a form, counted before they are taken apart: tens of thousands of empty ones would hold everybody up. */
function fieldsOf(c: Context<Edge>, bytes: Buffer): number {
  const [, quoted, plain] = /;\s*boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))/i.exec(c.req.header('content-type') ?? '') ?? [];
  const boundary = `--${quoted ?? plain ?? ''}`;
  let fields = -1;
  for (let at = bytes.indexOf(boundary); at >= 0 && fields <= LIMITS.attachments + 1; at = bytes.indexOf(boundary, at + boundary.length)) fields += 1;
  return fields;
}

/** The media type a request states, lower case, without parameters. */
export function mediaType(c: Context<Edge>): string {
  return (c.req.header('content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
}

export async function readBytes(c: Context<Edge>, limit: number, over: ProblemCode): Promise<Buffer<ArrayBuffer> | WireRefusal> {
  if (!/^(?:identity)?$/i.test(c.req.header('content-encoding') ?? '')) return refuse('unsupported-media-type');
  if ((statedLength(c) ?? 0) > limit) return refuse(over);
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Left open on an early return, so that the refusal can still be answered.
  for await (const chunk of bodyStream(c).iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength;
    if (size > limit) return refuse(over);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function judgeJson<T>(bytes: Uint8Array, schema: z.ZodMiniType<T>): { readonly value: T } | WireRefusal {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return refuse('bad-json');
  }
  const value = parseJson(text);
  return value === undefined ? refuse('bad-json') : judge(value, schema);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function judge<T>(value: unknown, schema: z.ZodMiniType<T>): { readonly value: T } | WireRefusal {
  const judged = schema.safeParse(value);
  return judged.success ? { value: judged.data } : badRequest(judged.error.issues[0]?.path ?? []);
}

/** An attachment on its way out: saved, never shown in place, whatever it claims to be. */
export function download(c: Context<Edge>, { fact, bytes, span }: { readonly fact: AttachmentFact; readonly bytes: Readable; readonly span?: Span }, log: Log, more: { readonly [name: string]: string } = {}): Response {
  if (c.req.method === 'HEAD') bytes.destroy();
  return new Response(outgoing(c, bytes, log), {
    status: span === undefined ? 200 : 206,
    headers: {
      ...more, ...(span === undefined ? {} : { 'content-range': `bytes ${span.start}-${span.end - 1}/${fact.size}` }),
      'content-type': safeType(fact.contentType),
      'content-length': String(span === undefined ? fact.size : span.end - span.start),
      'content-disposition': disposition(fact.filename),
    },
  });
}

/** First byte wanted, first byte not wanted. */
interface Span {
  readonly start: number;
  readonly end: number;
}

/**
 * The one range a request asks for, empty when it cannot be satisfied; undefined when the whole is to be sent: no range, one we do not
 * understand, several, or another version of the file (RFC 9110 §13.1.5, §14.2).
 */
export function spanOf(c: Context<Edge>, tag: string, size: number): Span | undefined {
  const ifRange = c.req.header('if-range');
  const asked = /^bytes=\s*(\d{0,15})-(\d{0,15})\s*$/i.exec(c.req.header('range') ?? '');
  if (asked === null || c.req.method !== 'GET' || (ifRange !== undefined && ifRange !== tag)) return undefined;
  const [, first = '', last = ''] = asked;
  if (first === '' && last === '') return undefined;
  if (first === '') return { start: Math.max(0, size - Number(last)), end: size };
  if (last !== '' && Number(last) < Number(first)) return undefined;
  const start = Math.min(Number(first), size);
  return { start, end: last === '' ? size : Math.max(start, Math.min(Number(last) + 1, size)) };
}

/** A source that breaks under way breaks the connection: a shorter body must never look complete, and no error text may be appended. */
export function outgoing(c: Context<Edge>, bytes: Readable, log: Log): ReadableStream<Uint8Array> {
  const chunks = bytes.iterator() as AsyncIterator<Uint8Array>;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await chunks.next();
        if (done === true) controller.close();
        else controller.enqueue(value);
      } catch (error) {
        log.broken('download', error, { id: c.get('id') });
        c.env?.outgoing?.destroy();
        controller.close();
      }
    },
    cancel() {
      bytes.destroy();
    },
  }, { highWaterMark: 0 });
}

/** A type the browser will not run, even without `nosniff`: anything else is just bytes. */
function safeType(claimed: string): string {
  const type = claimed.split(';')[0]?.trim().toLowerCase() ?? '';
  const known = /^(?:image\/(?:png|jpeg|gif|webp|tiff|heic)|audio\/[a-z0-9.+-]+|video\/[a-z0-9.+-]+|application\/(?:pdf|zip|rtf|msword|dicom|fhir\+json|vnd\.(?:openxmlformats|oasis|ms-)[a-z0-9.+-]+)|text\/(?:plain|csv|calendar))$/;
  return known.test(type) ? (type.startsWith('text/') ? `${type}; charset=utf-8` : type) : 'application/octet-stream';
}

/** RFC 6266 §4, with the exact name in RFC 8187's form and an ASCII stand-in. */
export function disposition(filename: string): string {
  const name = safeName(filename, 200);
  const plain = name.replace(/[^\x20-\x7e]|%/g, '_');
  const exact = encodeURIComponent(name).replace(/['()*]/g, (ch) => `%${ch.charCodeAt(0).toString(16).toUpperCase()}`);
  return `attachment; filename="${plain}"; filename*=UTF-8''${exact}`;
}
