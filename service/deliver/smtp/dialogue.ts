/**
 * Commands out, replies in, over one socket. Knows lines, time and back-pressure; knows nothing of what is said.
 * Everything that arrives is attacker-controlled; a reply nobody asked for ends the conversation.
 */
import { isAscii } from 'node:buffer';
import { setImmediate as breathe } from 'node:timers/promises';
import { Fault } from '../../refusal.ts';
import type { Socket } from '../../world.ts';
import { openReplies, positive, type Reply, type Stage } from '../reply.ts';

/** The conversation broke: no reply decided it. `unknown`: the message was handed over and the answer never came (RFC 1047). */
export class Snag extends Fault {
  readonly stage: Stage | 'dial';
  readonly reply: Reply | undefined;
  readonly unknown: boolean;
  constructor(code: string, stage: Stage | 'dial', more: { reply?: Reply | undefined; unknown?: boolean; cause?: unknown } = {}) {
    super(code, 'the conversation with the next hop broke', more.cause);
    this.stage = stage;
    this.reply = more.reply;
    this.unknown = more.unknown ?? false;
  }
}

export interface Dialogue {
  read(stage: Stage, timeout: number): Promise<Reply>;
  /** commands end with CRLF; nothing may be waiting to be read */
  write(commands: string, stage: Stage): void;
  ask(command: string, stage: Stage, timeout: number): Promise<Reply>;
  /** content after 354, up to the reply that decides */
  pour(pieces: readonly Uint8Array[], block: number, final: number): Promise<Reply>;
  /** open, and nothing unread */
  quiet(): boolean;
  /** lets go of the socket so that TLS can take it; false when something was already said that would be taken for protected */
  release(): boolean;
  quit(): void;
  end(code: string): void;
}

export function openDialogue(socket: Socket): Dialogue {
  const replies = openReplies();
  const backlog: Reply[] = [];
  let broken: { readonly code: string; readonly cause?: unknown } | null = null;
  let waiting: (() => void) | null = null;

  const wake = (): void => {
    const woken = waiting;
    waiting = null;
    woken?.();
  };
  const end = (code: string, cause?: unknown): void => {
    broken ??= { code, cause };
    socket.destroy();
    wake();
  };
  const heard = (chunk: Uint8Array): void => {
    try {
      backlog.push(...replies.read(chunk));
      // a peer that talks on and on without being asked
      if (backlog.length > 32) end('reply-too-long');
    } catch (cause) {
      end(cause instanceof Fault ? cause.code : 'reply-malformed', cause);
    }
    wake();
  };
  const closed = (): void => end('connection-lost');
  const failed = (cause: Error): void => end('connection-lost', cause);
  socket.on('data', heard).on('end', closed).on('close', closed).on('error', failed).on('drain', wake);

  /** until something happened, or not in time */
  async function wait(timeout: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      waiting = resolve;
      timer = setTimeout(() => end('timeout'), timeout);
    });
    clearTimeout(timer);
  }

  const silent = (): boolean => !broken && backlog.length === 0;

  async function read(stage: Stage, timeout: number): Promise<Reply> {
    const by = performance.now() + timeout;
    for (;;) {
      const reply = backlog.shift();
      if (reply) return reply;
      if (broken) throw new Snag(broken.code, stage, { cause: broken.cause });
      await wait(Math.max(1, by - performance.now()));
    }
  }

  function write(commands: string, stage: Stage): void {
    if (broken) throw new Snag(broken.code, stage, { cause: broken.cause });
    const unasked = backlog[0];
    if (unasked || replies.pending()) {
      end('reply-unasked');
      throw new Snag(unasked?.code === 421 ? 'service-unavailable' : 'reply-unasked', stage, { reply: unasked });
    }
    socket.write(commands);
  }

  async function pour(pieces: readonly Uint8Array[], block: number, final: number): Promise<Reply> {
    let sent = 0;
    // Each piece has its time (RFC 5321 §4.5.3.2.5); all together have theirs, or a peer that sips holds us for a day.
    const over = performance.now() + SIPS * final;
    for (const piece of pieces) {
      const early = backlog.shift();
      if (early) {
        // RFC 5321 §4.2.5 has no reply here; a refusal is still a refusal, anything else cannot be trusted
        end('reply-unasked');
        if (positive(early, 'content')) throw new Snag('reply-unasked', 'content', { reply: early });
        return early;
      }
      if (broken) throw new Snag(broken.code, 'content', { cause: broken.cause });
      sent += 1;
      if (socket.write(piece)) continue;
      const by = Math.min(performance.now() + block, over);
      while (socket.writableNeedDrain && silent()) await wait(Math.max(1, by - performance.now()));
    }
    try {
      return await read('content', final);
    } catch (cause) {
      const snag = cause as Snag;
      const cut = sent === pieces.length && snag.code === 'reply-too-long' ? replies.cut() : null;
      // It has decided, whatever else it goes on to say; not to believe it would be one more copy at every try.
      if (cut) return cut;
      throw new Snag(snag.code, 'content', { unknown: sent === pieces.length, cause });
    }
  }

  return {
    read,
    write,
    ask(command, stage, timeout) {
      write(`${command}\r\n`, stage);
      return read(stage, timeout);
    },
    pour,
    quiet: () => silent() && !replies.pending(),
    release() {
      socket.off('data', heard).off('end', closed).off('close', closed).off('error', failed).off('drain', wake);
      socket.pause();
      return silent() && !replies.pending() && socket.readableLength === 0;
    },
    quit() {
      if (!broken) socket.end('QUIT\r\n');
      const lingering = setTimeout(() => socket.destroy(), 2000);
      lingering.unref();
      socket.once('close', () => clearTimeout(lingering)).resume();
    },
    end,
  };
}

export interface Content {
  readonly pieces: readonly Uint8Array[];
  readonly size: number;
  readonly ascii: boolean;
}

const PIECE = 65_536;
/** times the wait for the last answer, for the content as a whole: half an hour */
const SIPS = 3;
/** pieces between two breaths of the event loop */
const STRIDE = 16;
const LF = 10;
const CR = 13;
const DOT = 46;

/**
 * Lays a message out for DATA: dots doubled (RFC 5321 §4.5.2), end mark appended. A bare CR or LF is refused: what one server takes for the end
 * of the message and another does not is how messages are smuggled, and repairing it here would break signatures.
 */
export async function layOut(bytes: Uint8Array): Promise<Content> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const pieces: Buffer[] = [];
  for (let from = 0; from < buffer.length; from += PIECE) {
    pieces.push(piece(buffer, from, Math.min(from + PIECE, buffer.length)));
    if (pieces.length % STRIDE === 0) await breathe();
  }
  const mark = Buffer.from(buffer.length === 0 || buffer.at(-1) === LF ? '.\r\n' : '\r\n.\r\n');
  return { pieces: pieces.length > 1 ? [...pieces, mark] : [Buffer.concat([...pieces, mark])], size: buffer.length, ascii: isAscii(buffer) };
}

function piece(buffer: Buffer, from: number, to: number): Buffer {
  const window = buffer.subarray(from, to);
  for (let at = window.indexOf(CR); at >= 0; at = window.indexOf(CR, at + 1)) if (buffer[from + at + 1] !== LF) throw uncanonical();
  const dots = window[0] === DOT && (from === 0 || buffer[from - 1] === LF) ? [0] : [];
  for (let at = window.indexOf(LF); at >= 0; at = window.indexOf(LF, at + 1)) {
    if (buffer[from + at - 1] !== CR) throw uncanonical();
    if (window[at + 1] === DOT) dots.push(at + 1);
  }
  if (dots.length === 0) return window;
  const out = Buffer.allocUnsafe(window.length + dots.length);
  let read = 0;
  let written = 0;
  for (const dot of dots) {
    written += window.copy(out, written, read, dot);
    out[written] = DOT;
    written += 1;
    read = dot;
  }
  window.copy(out, written, read);
  return out;
}

function uncanonical(): Fault {
  return new Fault('content-not-canonical', 'a line of the message does not end with CRLF');
}
