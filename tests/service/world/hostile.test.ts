/** A resolver, or somebody before it, that answers to hurt: every question still ends, as an answer that makes sense or as `dns-failed`. */
import type { Socket } from 'node:dgram';
import type { Server } from 'node:net';
import * as packet from 'dns-packet';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { listenBoth } from '../../../lab/dns.ts';
import { openDns } from '../../../service/world/dns.ts';
import type { Dns } from '../../../service/world.ts';

type Reply = (query: Buffer) => Buffer | null;

let udp: Socket;
let tcp: Server;
let dns: Dns;
/** for what is never answered well */
let hasty: Dns;
let reply: Reply = () => null;
let overTcp: Reply = () => null;

beforeAll(async () => {
  ({ udp, tcp } = await listenBoth('127.0.0.1'));
  udp.on('message', (query, from) => {
    const said = reply(query);
    if (said && said.length > 0 && said.length < 65_000) udp.send(said, from.port, from.address);
  });
  tcp.on('connection', (socket) => {
    socket.on('error', () => socket.destroy());
    socket.on('data', (bytes: Buffer) => { const said = overTcp(bytes.subarray(2)); if (said) socket.write(said); });
  });
  [dns, hasty] = [30_000, 60].map((timeout) => openDns({ resolver: `127.0.0.1:${udp.address().port}`, trusted: true, timeout })) as [Dns, Dns];
});
afterAll(async () => {
  await new Promise<void>((done) => { udp.close(() => done()); });
  tcp.close();
});

const FLAGS = packet.RECURSION_DESIRED | packet.RECURSION_AVAILABLE | packet.AUTHENTIC_DATA;
const answer = (query: Buffer, answers: packet.Answer[], flags = FLAGS): Buffer => {
  const { id, questions } = packet.decode(query);
  return packet.encode({ type: 'response', id: id ?? 0, flags, questions: questions ?? [], answers });
};
const a = (name: string, data: string): packet.Answer => ({ name, type: 'A', ttl: 60, data });
const cname = (name: string, data: string): packet.Answer => ({ name, type: 'CNAME', ttl: 60, data });
const mx = (name: string, exchange: string, preference = 10): packet.Answer => ({ name, type: 'MX', ttl: 60, data: { exchange, preference } });
/** head and question as they came, then raw bytes as the answer section */
const raw = (query: Buffer, count: number, bytes: Buffer): Buffer => {
  const head = Buffer.from(query.subarray(0, 12));
  head.writeUInt16BE(0x81a0, 2);
  head.writeUInt16BE(count, 6);
  head.writeUInt16BE(0, 8);
  head.writeUInt16BE(0, 10);
  const { questions } = packet.decode(query);
  return Buffer.concat([head, packet.encode({ questions: questions ?? [] }).subarray(12), bytes]);
};
const pointing = (to: number, type: number, data: Buffer): Buffer => {
  const fixed = Buffer.alloc(12);
  fixed.writeUInt16BE(0xc000 | to, 0);
  fixed.writeUInt16BE(type, 2);
  fixed.writeUInt16BE(1, 4);
  fixed.writeUInt32BE(60, 6);
  fixed.writeUInt16BE(data.length, 10);
  return Buffer.concat([fixed, data]);
};
const end = async (ask: Promise<unknown>): Promise<unknown> => ask.catch((fault: { code?: string }) => fault.code);

describe('ends', () => {
  test.each<[string, Reply, unknown]>([
    ['an alias of itself', (q) => answer(q, [cname('x.test', 'x.test')]), 'dns-failed'],
    ['aliases in a ring of twenty', (q) => answer(q, Array.from({ length: 20 }, (_, n) => cname(n === 0 ? 'x.test' : `a${n}.test`, n === 19 ? 'x.test' : `a${n + 1}.test`))), 'dns-failed'],
    ['a fresh alias at every question', (q) => answer(q, [cname(packet.decode(q).questions?.[0]?.name ?? '', `${Math.random().toString(36).slice(2)}.test`)]), 'dns-failed'],
    ['a name that points to itself', (q) => raw(q, 1, pointing(12 + 12, 1, Buffer.from([0xc0, 0x18]))), 'dns-failed'],
    ['names that point at each other', (q) => raw(q, 2, Buffer.concat([pointing(q.length, 5, Buffer.from([0xc0, 0x0c])), pointing(0x18, 5, Buffer.from([0xc0, 0x18]))])), 'dns-failed'],
    ['65,535 answers promised and none there', (q) => raw(q, 65_535, Buffer.alloc(0)), 'dns-failed'],
    ['a length that reaches beyond the packet, over four bytes of an address: those four', (q) => raw(q, 1, Buffer.concat([pointing(12, 1, Buffer.alloc(0)).subarray(0, 10), Buffer.from([0xff, 0xff, 192, 0, 2, 1])])), { records: ['192.0.2.1'], authentic: true }],
    ['somebody else\'s addresses beside ours', (q) => answer(q, packet.decode(q).questions?.[0]?.type === 'A' ? [a('evil.test', '203.0.113.9'), a('x.test', '192.0.2.1')] : []), { records: ['192.0.2.1'], authentic: true }],
    ['an address that is none', (q) => raw(q, 1, pointing(12, 1, Buffer.from([1, 2, 3]))), 'dns-failed'],
  ])('%s', async (_what, says, expected) => {
    reply = says;
    expect(await end((expected === 'dns-failed' ? hasty : dns).addresses('x.test'))).toEqual(expected);
  });

  test('five hundred MX by TCP are five hundred, and no more are dialled than ten', async () => {
    reply = (q) => answer(q, [], FLAGS | packet.TRUNCATED_RESPONSE);
    overTcp = (q) => {
      const said = answer(q, Array.from({ length: 500 }, (_, n) => mx('x.test', `mx${n}.x.test`, n)));
      return Buffer.concat([Buffer.from([said.length >> 8, said.length & 255]), said]);
    };
    expect((await dns.mx('x.test')).records).toHaveLength(500);
  });
  test('a TCP answer that promises 64 KB and drips', async () => {
    overTcp = () => Buffer.from([0xff, 0xff, 1, 2, 3]);
    expect(await end(hasty.mx('x.test'))).toBe('dns-failed');
  });
  test('AD on an answer to another question', async () => {
    reply = (q) => { const said = packet.decode(q); return packet.encode({ type: 'response', id: said.id ?? 0, flags: FLAGS, questions: [{ name: 'y.test', type: 'MX' }], answers: [mx('x.test', 'mx.evil.test')] }); };
    expect(await end(hasty.mx('x.test'))).toBe('dns-failed');
  });

  test('bytes turned at random: an answer of what was sent, an empty one, or a failure', async () => {
    await fc.assert(fc.asyncProperty(fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { minLength: 1, maxLength: 6 }), async (turns) => {
      reply = (q) => {
        const said = answer(q, [mx('x.test', 'mx.x.test'), mx('x.test', 'mx2.x.test', 20)]);
        for (const [at, by] of turns) if (at > 1 && at < said.length) said[at] = (said[at] ?? 0) ^ by;
        return said;
      };
      const got = await end(hasty.mx('x.test'));
      if (got === 'dns-failed') return;
      for (const record of (got as { records: { exchange: unknown; preference: unknown }[] }).records) expect([typeof record.exchange, typeof record.preference]).toEqual(['string', 'number']);
    }), { numRuns: 60 });
  });
});
