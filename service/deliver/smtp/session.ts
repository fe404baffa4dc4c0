/**
 * One SMTP conversation with one host (RFC 5321): greeting, EHLO, STARTTLS (RFC 3207), EHLO again; then it waits, so that the channel can be
 * judged before MAIL FROM, and then carries any number of messages. It never judges a channel and never decides what a reply means for a message.
 */
import { Fault } from '../../refusal.ts';
import type { Secured, Socket, TlsFacts, World } from '../../world.ts';
import { decide, positive, type Reply, type Stage } from '../reply.ts';
import { openDialogue, Snag, type Content, type Dialogue } from './dialogue.ts';

export interface Place {
  readonly host: string;
  readonly ip: string;
  readonly port: number;
  /** asked for in SNI, where it is not the host's own name */
  readonly servername?: string;
  /** whom we sign in as: a conversation is that one's alone */
  readonly as?: string;
}

interface Letter {
  readonly returnPath: string;
  readonly recipient: string;
  readonly content: Content;
  readonly envid: string;
  readonly requireTls: boolean;
}

export interface Session {
  readonly place: Place;
  readonly starttls: 'done' | 'missing' | 'refused' | 'failed' | 'too-old';
  readonly tls: TlsFacts | null;
  /** our own address in this conversation */
  readonly from: string | null;
  readonly keywords: ReadonlyMap<string, string>;
  /** the keywords as one short printable line, for the record */
  readonly offers: string;
  /** still good for a command */
  readonly alive: boolean;
  readonly uses: number;
  login(name: string, password: string): Promise<Reply>;
  send(letter: Letter): Promise<{ readonly stage: Stage; readonly reply: Reply }>;
  quit(): void;
  /** at once, without a word */
  drop(): void;
}

/** RFC 5321 §4.5.3.2, in ms; `dial` and `starttls` are ours */
const PATIENCE: { readonly [stage in Stage | 'dial' | 'block']: number } = {
  dial: 30_000, greeting: 300_000, hello: 300_000, starttls: 60_000, auth: 60_000, mail: 300_000, rcpt: 300_000, data: 120_000, block: 180_000, content: 600_000,
};

/** scales every timeout of RFC 5321 §4.5.3.2, or those of the stages it names; none of our own: whoever answers at all does so at once */
export type Patience = number | { readonly [stage in Stage | 'block']?: number };

interface Terms {
  readonly world: Pick<World, 'dial' | 'secure'>;
  readonly hostname: string;
  readonly patience: Patience;
  readonly signal?: AbortSignal | undefined;
}

export async function openSession(terms: Terms, place: Place, wantTls: boolean): Promise<Session> {
  const { patience } = terms;
  const wait = (stage: keyof typeof PATIENCE): number => stage === 'dial' || stage === 'starttls' ? PATIENCE[stage] : Math.ceil(PATIENCE[stage] * (typeof patience === 'number' ? patience : patience[stage] ?? 1));
  if (terms.signal?.aborted) throw new Snag('aborted', 'dial');
  const socket = await dial(terms, place, wait('dial'));
  let talk = openDialogue(socket);
  const from = socket.localAddress ?? null;
  const abort = (): void => talk.end('aborted');
  terms.signal?.addEventListener('abort', abort, { once: true });
  try {
    if (terms.signal?.aborted) abort();
    welcome(await talk.read('greeting', wait('greeting')), 'greeting');
    let keywords = await hello(talk, terms.hostname, wait('hello'));
    if (!wantTls || !keywords.has('STARTTLS')) return converse({ talk, place, from, starttls: 'missing', tls: null, keywords, wait });
    if (!positive(await talk.ask('STARTTLS', 'starttls', wait('starttls')), 'starttls')) return converse({ talk, place, from, starttls: 'refused', tls: null, keywords, wait });
    const upgraded = await upgrade(terms, talk, socket, place.servername ?? place.host, wait('starttls'));
    if (typeof upgraded === 'string') {
      talk.end('tls-failed');
      return converse({ talk, place, from, starttls: upgraded, tls: null, keywords, wait });
    }
    talk = openDialogue(upgraded.socket);
    // RFC 3207 §4.2: what was offered before the handshake is forgotten
    keywords = await hello(talk, terms.hostname, wait('hello'));
    return converse({ talk, place, from, starttls: 'done', tls: upgraded.facts, keywords, wait });
  } catch (cause) {
    talk.end('broken');
    throw cause;
  } finally {
    terms.signal?.removeEventListener('abort', abort);
  }
}

async function dial(terms: Terms, place: Place, timeout: number): Promise<Socket> {
  try {
    return await terms.world.dial({ address: place.ip, port: place.port, timeout });
  } catch (cause) {
    throw new Snag(cause instanceof Fault ? cause.code : 'dial-failed', 'dial', { cause });
  }
}

async function upgrade(terms: Terms, talk: Dialogue, socket: Socket, servername: string, timeout: number): Promise<Secured | 'failed' | 'too-old'> {
  // RFC 3207 §6, CVE-2011-0411: whatever was said after 220 and before the handshake is no part of the protected conversation
  if (!talk.release()) return 'failed';
  try {
    return await terms.world.secure(socket, { servername, timeout });
  } catch (cause) {
    return cause instanceof Fault && cause.code === 'tls-too-old' ? 'too-old' : 'failed';
  }
}

interface Settled extends Pick<Session, 'place' | 'starttls' | 'tls' | 'from' | 'keywords'> {
  readonly talk: Dialogue;
  readonly wait: (stage: keyof typeof PATIENCE) => number;
}

function converse({ talk, wait, ...facts }: Settled): Session {
  let uses = 0;
  let dirty = false;

  async function send(letter: Letter): Promise<{ stage: Stage; reply: Reply }> {
    const { mail, rcpt } = envelope(letter, facts.keywords);
    const pipelined = facts.keywords.has('PIPELINING');
    uses += 1;
    const openings = dirty ? ['RSET', mail, rcpt] : [mail, rcpt];
    const stages: Stage[] = dirty ? ['hello', 'mail', 'rcpt'] : ['mail', 'rcpt'];
    dirty = true;
    if (pipelined) talk.write(`${openings.join('\r\n')}\r\n`, 'mail');
    let refused: { stage: Stage; reply: Reply } | null = null;
    for (const [index, stage] of stages.entries()) {
      const reply = pipelined ? await talk.read(stage, wait(stage)) : await talk.ask(openings[index] ?? '', stage, wait(stage));
      if (!positive(reply, stage)) refused ??= { stage, reply };
      // unpipelined, the rest was never asked
      if (refused && !pipelined) break;
    }
    if (refused) return refused;
    const ready = await talk.ask('DATA', 'data', wait('data'));
    if (!positive(ready, 'data')) return { stage: 'data', reply: ready };
    const reply = await talk.pour(letter.content.pieces, wait('block'), wait('content'));
    if (positive(reply, 'content')) dirty = false;
    return { stage: 'content', reply };
  }

  async function login(name: string, password: string): Promise<Reply> {
    const offered = ` ${facts.keywords.get('AUTH') ?? ''} `.toUpperCase();
    if (offered.includes(' PLAIN ')) return talk.ask(`AUTH PLAIN ${base64(`\0${name}\0${password}`)}`, 'auth', wait('auth'));
    const first = await talk.ask('AUTH LOGIN', 'auth', wait('auth'));
    if (first.code !== 334) return first;
    const second = await talk.ask(base64(name), 'auth', wait('auth'));
    return second.code === 334 ? talk.ask(base64(password), 'auth', wait('auth')) : second;
  }

  return {
    ...facts,
    offers: [...facts.keywords.keys()].sort().join(' ').replace(/[^\x20-\x7e]+/g, ' ').slice(0, 300),
    get alive() {
      return talk.quiet();
    },
    get uses() {
      return uses;
    },
    login,
    send,
    quit: () => talk.quit(),
    drop: () => talk.end('closed'),
  };
}

/** MAIL and RCPT with what the server offers: SIZE (RFC 1870), 8BITMIME (6152), SMTPUTF8 (6531), DSN (3461), REQUIRETLS (8689). */
function envelope(letter: Letter, keywords: ReadonlyMap<string, string>): { mail: string; rcpt: string } {
  const dsn = keywords.has('DSN');
  const mail = [
    `MAIL FROM:<${path(letter.returnPath)}>`,
    ...(keywords.has('SIZE') ? [`SIZE=${letter.content.size}`] : []),
    ...(keywords.has('8BITMIME') && !letter.content.ascii ? ['BODY=8BITMIME'] : []),
    ...(keywords.has('SMTPUTF8') && !isAscii(letter.returnPath + letter.recipient) ? ['SMTPUTF8'] : []),
    ...(letter.requireTls ? ['REQUIRETLS'] : []),
    ...(dsn ? ['RET=HDRS', `ENVID=${xtext(letter.envid)}`] : []),
  ];
  // RFC 3461 §4.1: a message with the null return path asks for no notice
  const rcpt = [
    `RCPT TO:<${path(letter.recipient)}>`,
    ...(dsn ? [`NOTIFY=${letter.returnPath === '' ? 'NEVER' : 'SUCCESS,FAILURE,DELAY'}`, ...(isAscii(letter.recipient) ? [`ORCPT=rfc822;${xtext(letter.recipient)}`] : [])] : []),
  ];
  return { mail: mail.join(' '), rcpt: rcpt.join(' ') };
}

/** An address that could break out of its command never reaches the wire (RFC 5321 §4.5.3.1.3). */
export function writable(address: string): boolean {
  return !/[\p{Cc}\s<>]/u.test(address) && Buffer.byteLength(address) <= 320;
}

function path(address: string): string {
  if (!writable(address)) throw new Fault('address-malformed', 'an address cannot be written into an envelope');
  return address;
}

/** RFC 3461 §4 */
function xtext(text: string): string {
  return text.replace(/[^!-*,-<>-~]/g, (character) => [...Buffer.from(character)].map((byte) => `+${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''));
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

export function isAscii(text: string): boolean {
  return !/[^\x20-\x7e]/.test(text);
}

async function hello(talk: Dialogue, hostname: string, timeout: number): Promise<ReadonlyMap<string, string>> {
  const reply = await talk.ask(`EHLO ${hostname}`, 'hello', timeout);
  if (positive(reply, 'hello')) return new Map(reply.lines.slice(1).map((line) => [/^\S*/.exec(line)?.[0].toUpperCase() ?? '', line.replace(/^\S*\s*/, '')]));
  // RFC 5321 §3.2: a server that does not know EHLO is greeted the old way
  if (reply.code >= 500 && reply.code !== 521 && reply.code !== 554) {
    welcome(await talk.ask(`HELO ${hostname}`, 'hello', timeout), 'hello');
    return new Map();
  }
  throw new Snag(decide(reply, 'hello').code, 'hello', { reply });
}

function welcome(reply: Reply, stage: Stage): void {
  if (!positive(reply, stage)) throw new Snag(decide(reply, stage).code, stage, { reply });
}
