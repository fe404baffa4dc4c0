/**
 * The lab's name server: answers from a table, over UDP and TCP, and fails where it is told to.
 * It stands where a validating resolver would: zones listed as `signed` are answered with the AD bit (RFC 4035 §3.2.3).
 */
import { createSocket, type Socket as Udp } from 'node:dgram';
import { createServer, type Server, type Socket } from 'node:net';
import * as packet from 'dns-packet';

export type Row =
  | { readonly name: string; readonly type: 'A' | 'AAAA' | 'CNAME' | 'TXT'; readonly data: string }
  | { readonly name: string; readonly type: 'MX'; readonly data: { readonly preference: number; readonly exchange: string } }
  /** records the packet library has no name for: 53 SMIMEA, 61 OPENPGPKEY */
  | { readonly name: string; readonly type: 'UNKNOWN_53' | 'UNKNOWN_61'; readonly data: Buffer }
  | { readonly name: string; readonly type: 'TLSA'; readonly data: { readonly usage: number; readonly selector: number; readonly matchingType: number; readonly certificate: Buffer } };

export type DnsFault = 'servfail' | 'drop' | 'truncate' | 'wrong-id' | 'wrong-question';

interface DnsTable {
  readonly rows: readonly Row[];
  /** zones whose answers are authentic */
  readonly signed?: readonly string[];
  /** keyed by name, or by `name TYPE` */
  readonly faults?: { readonly [name: string]: DnsFault };
  /** 127.0.0.1 unless given */
  readonly host?: string;
  /** asked before the table: lets a test answer the same question twice differently */
  readonly override?: (name: string, type: string) => readonly Row[] | undefined;
}

export interface DnsServer {
  /** `host:port` */
  readonly address: string;
  readonly asked: { readonly name: string; readonly type: string; readonly tcp: boolean }[];
  close(): Promise<void>;
}

const RD_RA = packet.RECURSION_DESIRED | packet.RECURSION_AVAILABLE;

export async function startDns(table: DnsTable): Promise<DnsServer> {
  const asked: DnsServer['asked'][number][] = [];
  const open = new Set<Socket>();
  const { udp, tcp } = await listenBoth(table.host ?? '127.0.0.1');
  udp.on('message', (message, from) => {
    const reply = answer(table, message, false, asked);
    if (reply) udp.send(reply, from.port, from.address);
  });
  tcp.on('connection', (socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket)).on('error', () => socket.destroy());
    let kept: Buffer = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      kept = Buffer.concat([kept, chunk]);
      while (kept.length >= 2 && kept.length >= 2 + kept.readUInt16BE(0)) {
        const end = 2 + kept.readUInt16BE(0);
        const reply = answer(table, kept.subarray(2, end), true, asked);
        kept = kept.subarray(end);
        if (!reply) continue;
        const head = Buffer.alloc(2);
        head.writeUInt16BE(reply.length);
        socket.write(Buffer.concat([head, reply]));
      }
    });
  });
  return {
    address: `${table.host ?? '127.0.0.1'}:${udp.address().port}`,
    asked,
    async close() {
      for (const socket of open) socket.destroy();
      await Promise.all([new Promise<void>((done) => udp.close(() => done())), new Promise<void>((done) => tcp.close(() => done()))]);
    },
  };
}

function answer(table: DnsTable, message: Buffer, tcp: boolean, asked: DnsServer['asked'][number][]): Buffer | null {
  const query = decode(message);
  const question = query?.questions?.[0];
  if (!query || !question) return null;
  const name = question.name.toLowerCase();
  asked.push({ name, type: question.type, tcp });
  const fault = table.faults?.[`${name} ${question.type}`] ?? table.faults?.[name];
  if (fault === 'drop') return null;
  const id = fault === 'wrong-id' ? ((query.id ?? 0) + 1) & 0xffff : (query.id ?? 0);
  if (fault === 'servfail') return packet.encode({ type: 'response', id, flags: RD_RA | 2, questions: [question] });
  const rows = table.override?.(name, question.type) ?? follow(table.rows, name, question.type);
  const signed = rows.length > 0 ? rows.every((row) => inZone(row.name, table.signed ?? [])) : inZone(name, table.signed ?? []);
  const exists = rows.length > 0 || table.rows.some((row) => row.name === name || row.name.endsWith(`.${name}`));
  const flags = RD_RA | (signed ? packet.AUTHENTIC_DATA : 0) | (exists ? 0 : 3);
  const questions = fault === 'wrong-question' ? [{ ...question, name: `x.${question.name}` }] : [question];
  const answers = rows.map((row) => ({ ...row, ttl: 60, class: 'IN' })) as packet.Answer[];
  const reply = packet.encode({ type: 'response', id, flags, questions, answers });
  if (!tcp && (fault === 'truncate' || reply.length > 1232)) return packet.encode({ type: 'response', id, flags: flags | packet.TRUNCATED_RESPONSE, questions });
  return reply;
}

function decode(message: Buffer): packet.DecodedPacket | null {
  try {
    return packet.decode(message);
  } catch {
    return null;
  }
}

function follow(rows: readonly Row[], name: string, type: string): Row[] {
  const direct = rows.filter((row) => row.name === name && row.type === type);
  if (direct.length > 0) return direct;
  const alias = rows.find((row) => row.name === name && row.type === 'CNAME');
  return alias && typeof alias.data === 'string' ? [alias, ...follow(rows, alias.data, type)] : [];
}

function inZone(name: string, zones: readonly string[]): boolean {
  return zones.some((zone) => name === zone || name.endsWith(`.${zone}`));
}

/** The same port for both transports, as resolvers expect. */
export async function listenBoth(host: string, tries = 0): Promise<{ udp: Udp; tcp: Server }> {
  const udp = createSocket('udp4');
  await new Promise<void>((done, fail) => udp.once('error', fail).bind(0, host, done));
  const tcp = createServer();
  try {
    await new Promise<void>((done, fail) => tcp.once('error', fail).listen(udp.address().port, host, done));
    return { udp, tcp };
  } catch (cause) {
    await new Promise<void>((done) => udp.close(() => done()));
    if (tries >= 20) throw cause;
    return listenBoth(host, tries + 1);
  }
}
