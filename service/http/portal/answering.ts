/**
 * An answer, or a new message, as its form comes in: words, a choice, and files that stream straight on into the room that judges them. Nothing of a file is held
 * here, and none is taken before the form has shown that it is ours (RFC 7578; the stamp stands before the files).
 */
import Busboy from '@fastify/busboy';
import { pipeline } from 'node:stream/promises';
import type { Readable } from 'node:stream';
import type { Context, Hono } from 'hono';
import { isRefusal } from '../../refusal.ts';
import type { Begun, Open } from '../../route.ts';
import { bodyStream, statedLength } from '../body.ts';
import type { Edge } from '../guard.ts';
import type { Door } from './passkeys.ts';

export interface FileForms extends Omit<Door, 'post'> {
  /** a form that is not a form with files */
  read(c: Context<Edge>, most: number): Promise<URLSearchParams | null>;
  token(c: Context<Edge>): string | null;
  stray(c: Context<Edge>): Response | Promise<Response>;
  /** what somebody wrote and can neither be sent nor kept, shown to them once more */
  giveBack(c: Context<Edge>, why: Unsent, written: Written): Response | Promise<Response>;
}

export interface Written { readonly subject?: string; readonly text: string }
/** `form`: it comes from a page of ours, in a browser that no longer keeps what that page was bound to */
export type Unsent = 'session-ended' | 'expired' | 'recalled' | 'form' | 'long';
const TEXT_AT_MOST = 20_000;

/** Twenty thousand characters, each as many as nine in a form. */
const ANSWER_AT_MOST = 192 * 1024;
/** All files of an answer, and the form around them. */
const BODY_AT_MOST = 36 * 1024 * 1024;
const FILES = 10;

export const SAID = ['sent', 'saved', 'attached', 'empty', 'long', 'many', 'refused', 'type', 'large', 'malware', 'blank', 'files', 'broken'] as const;
export type Said = (typeof SAID)[number];
const OF_FILES: { readonly [code: string]: Said } = { 'upload-type': 'type', 'upload-large': 'large', 'upload-malware': 'malware', 'upload-empty': 'blank', 'upload-many': 'files' };

/** A form of ours with what it brought: files that were taken, and why one was not. Else what it is answered. */
interface Brought { readonly token: string; readonly session: string; readonly fields: URLSearchParams; readonly files: number; readonly wrong: Said | null; /** a file, its removal or its refusal was what it came for */ readonly only: boolean }

const writtenIn = (fields: URLSearchParams): Written => ({ ...(fields.has('subject') ? { subject: words(fields, 'subject') } : {}), text: words(fields, 'text') });
const something = ({ subject = '', text }: Written): boolean => `${subject}${text}`.trim() !== '';

export function fileForm({ forms, open, again, read, token: tokenOf, stray, giveBack }: FileForms, beside: 'answer' | 'letter', back: (word: Said) => string) {
  return async (c: Context<Edge>): Promise<Response | Brought> => {
    const token = tokenOf(c);
    if (token === null) return stray(c);
    const session = forms.session(c, token);
    const ours = (fields: URLSearchParams): boolean => forms.ours(c, token, fields.get('form') ?? '');
    const taken: { files: number; wrong: Said | null } = { files: 0, wrong: null };
    const brought = /^multipart\/form-data\b/i.test(c.req.header('content-type') ?? '')
      ? await readFiles(c, ours, async (filename, bytes) => {
        const kept = session === null || taken.wrong !== null ? null : await open.attach(session, { filename, bytes }, beside);
        if (kept !== null && isRefusal(kept)) taken.wrong = OF_FILES[kept.code] ?? 'refused';
        else if (kept !== null) taken.files += 1;
      })
      : { fields: await read(c, ANSWER_AT_MOST), whole: true };
    const { fields, whole } = brought;
    if (fields === null) return stray(c);
    const written = writtenIn(fields);
    // No other site can say so of itself (Fetch Metadata §2.3): nobody else's words are shown on our page.
    if (!ours(fields)) return something(written) && c.req.header('sec-fetch-site') === 'same-origin' ? giveBack(c, 'form', written) : stray(c);
    if (session === null) return something(written) ? giveBack(c, 'session-ended', written) : again(c, '?again');
    if (written.text.length > TEXT_AT_MOST) return giveBack(c, 'long', written);
    // The words stand before the files: they are kept, whatever became of those.
    if (!whole && !fields.has('text')) return again(c, back('broken'));
    const drop = fields.get('drop');
    if (drop !== null && /^[0-9a-f]{24}$/.test(drop)) await open.detach(session, drop, beside);
    return { token, session, fields, ...taken, ...(whole ? {} : { wrong: 'broken' }), only: drop !== null || fields.get('attach') !== null || taken.wrong !== null || !whole };
  };
}

/** A form ends its lines with two characters where the field it stood in counted one (HTML §4.10.11.2): what may be typed may be sent. */
export const words = (fields: URLSearchParams, name: string): string => (fields.get(name) ?? '').replace(/\r\n?/g, '\n');

/** null: kept for later */
export const toSend = ({ fields, only }: Brought): string | null => {
  const key = fields.get('key') ?? '';
  return only || fields.get('save') !== null || !/^[0-9a-f]{32}$/.test(key) ? null : key;
};
export const wordOf = ({ files, wrong, only }: Brought, said: Awaited<ReturnType<Open['answer']>> | null): Said =>
  wrong ?? (said === null ? (files > 0 && only ? 'attached' : 'saved') : isRefusal(said) ? ((/^answer-(?:too-)?(\w+)$/.exec(said.code)?.[1] ?? 'refused') as Said) : 'sent');

/** What is answered where nothing was sent and the session is over; null: there is nothing to tell of that. */
export function unkept({ again, giveBack }: Pick<FileForms, 'again' | 'giveBack'>, c: Context<Edge>, kept: Begun | null, fields: URLSearchParams): Response | Promise<Response> | null {
  if (kept === 'late') return again(c, '?late');
  const written = writtenIn(fields);
  return kept !== null && isRefusal(kept) && something(written) ? giveBack(c, (kept as Exclude<Begun, string>).code, written) : null;
}

export function answers(way: FileForms & { readonly app: Hono<Edge> }): void {
  const { app, open, again } = way;
  const back = (word: Said): string => `/message?answer=${word}#answer`;
  const form = fileForm(way, 'answer', back);
  app.post('/m/:token/answer', async (c) => {
    const brought = await form(c);
    if (brought instanceof Response) return brought;
    const { session, fields } = brought;
    const [text, key] = [words(fields, 'text'), toSend(brought)];
    const said = key === null ? null : await open.answer(session, { text, all: fields.get('all') !== null, key });
    const kept = said === null || isRefusal(said) ? await open.begin(session, text) : null;
    return unkept(way, c, kept, fields) ?? again(c, back(wordOf(brought, said)));
  });
  app.all('/m/:token/answer', (c) => c.body(null, 405, { allow: 'POST' }));
}

/** Files one after the other; what comes after a form that is not ours is read past and dropped. Not `whole`: it broke off, or was too much at once. */
async function readFiles(c: Context<Edge>, ours: (fields: URLSearchParams) => boolean, keep: (filename: string, bytes: Readable) => Promise<void>): Promise<{ readonly fields: URLSearchParams; readonly whole: boolean }> {
  const over = (statedLength(c) ?? 0) > BODY_AT_MOST;
  const fields = new URLSearchParams();
  let [foreign, size, done] = [false, 0, false];
  let turn: Promise<unknown> = Promise.resolve();
  try {
    // One file more than may stay, so that somebody refuses it: what is over Busboy's own limit is dropped without a word.
    const form = Busboy({ headers: { 'content-type': c.req.header('content-type') ?? '' }, limits: { fieldNameSize: 40, fieldSize: ANSWER_AT_MOST, fields: 12, files: FILES + 1, parts: 24, headerPairs: 20, headerSize: 4096 } });
    form.on('field', (name, value) => { fields.append(name, value); });
    form.on('file', (name, bytes, filename) => {
      foreign ||= !ours(fields);
      bytes.on('error', () => undefined);
      done = over;
      // A field in which no file was chosen comes without a name.
      if (foreign || over || name !== 'file' || !filename) return void bytes.resume();
      turn = turn.then(() => keep(filename, bytes)).finally(() => bytes.resume());
      turn.catch(() => undefined);
      return undefined;
    });
    await pipeline(bodyStream(c).iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>, async function* capped(chunks: AsyncIterable<Uint8Array>) {
      for await (const chunk of chunks) {
        size += chunk.length;
        if (done || size > BODY_AT_MOST) throw new Error('A form is larger than allowed.');
        yield chunk;
      }
    }, form);
    await turn;
  } catch {
    await turn.catch(() => undefined);
    return { fields, whole: false };
  }
  return { fields, whole: !foreign };
}
