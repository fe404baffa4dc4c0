/**
 * Names, asked of one resolver: UDP, TCP when the answer is cut (RFC 7766 §5), DO set (RFC 3225), AD believed only from a trusted resolver on this
 * machine, because anybody on the way to another one could set that bit.
 * All that comes back is attacker-controlled.
 */
import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { connect, isIP } from 'node:net';
import * as packet from 'dns-packet';
import { Fault } from '../refusal.ts';
import type { Answer, Dns } from '../world.ts';

type Type = 'MX' | 'A' | 'AAAA' | 'TXT' | 'TLSA' | 'UNKNOWN_53' | 'UNKNOWN_61';

interface Place {
  readonly address: string;
  readonly port: number;
}

interface Found {
  readonly records: readonly { readonly type: string; readonly data: unknown }[];
  readonly authentic: boolean;
  readonly alias?: string;
}

const TRIES = 3;
const ALIASES = 8;
/** RFC 1035 §2.3.4: labels of 63, 255 in all on the wire */
const WRITABLE = /^(?=.{1,253}$)[!-\-/-~]{1,63}(?:\.[!-\-/-~]{1,63})*$/;
const DO_BIT = 1 << 15;

export function openDns({ resolver, trusted, timeout = 2500 }: { readonly resolver: string; readonly trusted: boolean; readonly timeout?: number }): Dns {
  const places = resolver === '' ? system() : [place(resolver)];

  async function ask(name: string, type: Type, aliases = ALIASES): Promise<Found> {
    // what cannot be written as a name does not exist; the packet library would write something else in its place
    if (!WRITABLE.test(name)) return { records: [], authentic: false };
    let failure: unknown;
    for (let attempt = 0; attempt < TRIES; attempt += 1) {
      const to = places[attempt % places.length] as Place;
      try {
        const reply = await exchange(to, name, type, timeout);
        if (reply.rcode !== 'NOERROR' && reply.rcode !== 'NXDOMAIN') throw new Fault('dns-failed', 'the resolver could not answer', reply.rcode);
        const authentic = trusted && isLoopback(to.address) && reply.flag_ad;
        return await chase(reply.answers ?? [], name, type, authentic, aliases);
      } catch (cause) {
        failure = cause;
        if (cause instanceof Fault && cause.cause === 'alias-loop') break;
      }
    }
    throw new Fault('dns-failed', 'a name could not be looked up', failure);
  }

  /** Follows CNAMEs inside the answer, and asks again where a resolver left the chain open (RFC 1034 §3.6.2). */
  async function chase(answers: readonly packet.Answer[], name: string, type: Type, authentic: boolean, aliases: number): Promise<Found> {
    let at = canonical(name);
    for (let step = 0; step <= aliases; step += 1) {
      const here = answers.filter((answer) => canonical(answer.name) === at);
      const records = here.filter((answer) => answer.type === type) as { type: string; data: unknown }[];
      const led = at === canonical(name) ? {} : { alias: at };
      if (records.length > 0) return { records, authentic, ...led };
      const alias = here.find((answer) => answer.type === 'CNAME');
      if (!alias) {
        if (at === canonical(name)) return { records: [], authentic };
        const further = await ask(at, type, aliases - 1 - step);
        return { records: further.records, authentic: authentic && further.authentic, alias: further.alias ?? at };
      }
      at = canonical((alias as packet.StringAnswer).data);
    }
    throw new Fault('dns-failed', 'a chain of aliases does not end', 'alias-loop');
  }

  return {
    async mx(name) {
      return read<packet.MxData, { exchange: string; preference: number }>(await ask(name, 'MX'), (data) => ({ exchange: canonical(data.exchange), preference: data.preference ?? 0 }));
    },
    async addresses(name) {
      const [v4, v6] = await Promise.all([ask(name, 'A'), ask(name, 'AAAA').catch((cause: unknown) => ({ cause }))]);
      if ('cause' in v6) {
        // many unsigned zones fail on AAAA; in a signed one the same failure would switch DANE off (RFC 7672 §2.1.1)
        if (v4.authentic || v4.records.length === 0) throw v6.cause;
        return { ...v4, records: v4.records.map(address) };
      }
      const all = [...v4.records, ...v6.records].map(address);
      const alias = v4.alias ?? v6.alias;
      return { records: all, authentic: v4.authentic && v6.authentic, ...(alias === undefined ? {} : { alias }) };
    },
    async txt(name) {
      return read<packet.TxtData, string>(await ask(name, 'TXT'), (data) => [data].flat().map((piece) => (typeof piece === 'string' ? piece : piece.toString('utf8'))).join(''));
    },
    async tlsa(name) {
      return read<packet.TlsaData, { usage: number; selector: number; matching: number; data: Uint8Array }>(await ask(name, 'TLSA'), (data) => ({ usage: data.usage, selector: data.selector, matching: data.matchingType, data: data.certificate }));
    },
    async raw(name, type) {
      return read<Uint8Array, Uint8Array>(await ask(name, `UNKNOWN_${type}`), (data) => data);
    },
  };
}

/** A record that holds no address is no answer; taken for none, it would make a domain unreachable for good. */
function address({ data }: Found['records'][number]): string {
  if (typeof data !== 'string' || isIP(data) === 0) throw new Fault('dns-failed', 'an address record holds no address');
  return data;
}

function read<In, Out>(found: Found, each: (data: In) => Out): Answer<Out> {
  return { records: found.records.map((record) => each(record.data as In)), authentic: found.authentic, ...(found.alias === undefined ? {} : { alias: found.alias }) };
}

type Reply = packet.DecodedPacket & { readonly rcode?: string };

async function exchange(to: Place, name: string, type: Type, timeout: number): Promise<Reply> {
  const id = randomBytes(2).readUInt16BE();
  const query = encode(id, name, type);
  const first = await overUdp(to, query, id, name, type, timeout);
  return first.flag_tc ? overTcp(to, query, id, name, type, timeout) : first;
}

function encode(id: number, name: string, type: Type): Buffer {
  const opt = { type: 'OPT' as const, name: '.', udpPayloadSize: 1232, flags: DO_BIT, extendedRcode: 0, ednsVersion: 0, flag_do: true, options: [] };
  return packet.encode({ type: 'query', id, flags: packet.RECURSION_DESIRED | packet.AUTHENTIC_DATA, questions: [{ name, type: type as packet.RecordType, class: 'IN' }], additionals: [opt] });
}

/** A fresh port for every question: with the id, what RFC 5452 §9 asks of a stub. A reply to another question is waited past, not believed. */
function overUdp(to: Place, query: Buffer, id: number, name: string, type: Type, timeout: number): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const socket = createSocket(isIP(to.address) === 6 ? 'udp6' : 'udp4');
    const end = (result: () => void): void => {
      clearTimeout(timer);
      socket.removeAllListeners().on('error', () => undefined).close();
      result();
    };
    const timer = setTimeout(() => end(() => reject(new Fault('dns-failed', 'the resolver did not answer in time'))), timeout);
    socket.on('error', (cause) => end(() => reject(cause)));
    socket.on('message', (message) => {
      const reply = matched(message, id, name, type);
      if (reply) end(() => resolve(reply));
    });
    socket.connect(to.port, to.address, () => socket.send(query));
  });
}

function overTcp(to: Place, query: Buffer, id: number, name: string, type: Type, timeout: number): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const socket = connect(to.port, to.address);
    const end = (result: () => void): void => {
      clearTimeout(timer);
      socket.destroy();
      result();
    };
    const timer = setTimeout(() => end(() => reject(new Fault('dns-failed', 'the resolver did not answer in time'))), timeout);
    let kept: Buffer = Buffer.alloc(0);
    socket.on('error', (cause) => end(() => reject(cause)));
    socket.on('close', () => end(() => reject(new Fault('dns-failed', 'the resolver hung up'))));
    socket.on('connect', () => {
      const head = Buffer.alloc(2);
      head.writeUInt16BE(query.length);
      socket.write(Buffer.concat([head, query]));
    });
    socket.on('data', (chunk: Buffer) => {
      kept = Buffer.concat([kept, chunk]);
      if (kept.length < 2 || kept.length < 2 + kept.readUInt16BE(0)) return;
      const reply = matched(kept.subarray(2, 2 + kept.readUInt16BE(0)), id, name, type);
      end(() => (reply ? resolve(reply) : reject(new Fault('dns-failed', 'the resolver answered something else'))));
    });
  });
}

function matched(message: Buffer, id: number, name: string, type: Type): Reply | null {
  let reply: Reply;
  try {
    reply = packet.decode(message) as Reply;
    // the library reads on where a length lies
    if (packet.decode.bytes > message.length) return null;
  } catch {
    return null;
  }
  const question = reply.questions?.[0];
  const ours = reply.type === 'response' && reply.id === id && question?.type === type && canonical(question.name) === canonical(name);
  return ours ? reply : null;
}

function canonical(name: string): string {
  const lower = name.toLowerCase();
  return lower.length > 1 && lower.endsWith('.') ? lower.slice(0, -1) : lower;
}

function isLoopback(address: string): boolean {
  return address === '::1' || /^127\.\d+\.\d+\.\d+$/.test(address);
}

function place(text: string): Place {
  const match = /^(?:\[([0-9a-fA-F:]+)\]|([0-9.]+))(?::(\d{1,5}))?$/.exec(text);
  const address = match?.[1] ?? match?.[2] ?? '';
  const port = Number(match?.[3] ?? 53);
  if (isIP(address) === 0 || port < 1 || port > 65535) throw new Fault('resolver-malformed', 'the resolver is written as address:port');
  return { address, port };
}

function system(): Place[] {
  let text = '';
  try {
    text = readFileSync('/etc/resolv.conf', 'utf8');
  } catch {
    // no such file on this system: a resolver on this machine is the only one left to hope for
  }
  const found = [...text.matchAll(/^\s*nameserver\s+(\S+)/gm)].map((match) => match[1] ?? '').filter((address) => isIP(address) !== 0);
  return found.length > 0 ? found.map((address) => ({ address, port: 53 })) : [{ address: '127.0.0.1', port: 53 }];
}
