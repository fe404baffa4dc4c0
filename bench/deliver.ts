/**
 * Deliveries per second over kept STARTTLS connections: ours, with every channel judged and every fact kept, against bare nodemailer pooled to the
 * same sink, against Postfix's smtp-source where it is there (in clear: it has no TLS), and against our own conversation without judgement or facts.
 * Interleaved rounds; the median of each is compared.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { createTransport } from 'nodemailer';
import { SMTPServer } from 'smtp-server';
import { openCa, type Identity } from '../lab/ca.ts';
import { startDns } from '../lab/dns.ts';
import { openDeliver } from '../service/deliver/deliver.ts';
import { layOut } from '../service/deliver/smtp/dialogue.ts';
import { openSession, type Session } from '../service/deliver/smtp/session.ts';
import { openWorld } from '../service/world.ts';

const SMTP_SOURCE = '/usr/sbin/smtp-source';
const HOST = 'mx.sink.test';
const MESSAGES = 1500;
const ROUNDS = 9;
const CONNECTIONS = 5;
const CONTENT = Buffer.from(`From: <ana.ruiz@riverside.test>\r\nTo: <x@sink.test>\r\nSubject: bench\r\n\r\n${`${'x'.repeat(76)}\r\n`.repeat(130)}`);

export async function run(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  const ca = openCa(folder);
  const sink = new Worker(fileURLToPath(import.meta.url), { workerData: ca.issue({ names: [HOST] }) });
  const port = await new Promise<number>((done) => sink.once('message', done));
  const dns = await startDns({ rows: [{ name: 'sink.test', type: 'MX', data: { preference: 1, exchange: HOST } }, { name: HOST, type: 'A', data: '127.0.0.1' }] });
  const world = openWorld({ resolver: dns.address, resolverTrusted: false, allowedNetworks: ['127.0.0.0/8'], caFile: ca.file });
  const deliver = openDeliver({ world, hostname: 'out.riverside.test', smtpPort: port, ownDomains: [], providers: [] });
  const bare = createTransport({ pool: true, maxConnections: CONNECTIONS, maxMessages: Infinity, host: '127.0.0.1', port, name: 'out.riverside.test', requireTLS: true, tls: { ca: ca.cert, servername: HOST } });
  const sessions = await Promise.all(Array.from({ length: CONNECTIONS }, () => openSession({ world, hostname: 'out.riverside.test', patience: 1 }, { host: HOST, ip: '127.0.0.1', port }, true)));

  const contenders: { readonly [name: string]: (n: number) => Promise<void> } = {
    'send secure': async (n) => {
      const delivery = await deliver.send({ returnPath: 'b@riverside.test', recipient: `x${n}@sink.test`, bytes: CONTENT, floor: 'B', envid: `item_${n}` });
      if (delivery.kind !== 'relayed') throw new Error('a bench message was not relayed');
    },
    nodemailer: async (n) => void (await bare.sendMail({ envelope: { from: 'b@riverside.test', to: [`x${n}@sink.test`] }, raw: CONTENT })),
    'own, unjudged': async (n) => {
      const session = sessions.pop() as Session;
      const { reply } = await session.send({ returnPath: 'b@riverside.test', recipient: `x${n}@sink.test`, content: await layOut(CONTENT), envid: `item_${n}`, requireTls: false });
      sessions.push(session);
      if (reply.code !== 250) throw new Error('a bench message was not accepted');
    },
  };
  const source = existsSync(SMTP_SOURCE);
  const rates: { [name: string]: Measure[] } = {};
  for (let round = -1; round < ROUNDS; round += 1) {
    const order = Object.entries(contenders);
    // everybody is first, second and last equally often
    for (let turn = 0; turn < order.length; turn += 1) {
      const [name, send] = order[(turn + round + 1) % order.length] ?? order[0]!;
      const measured = await measure(send);
      // the first round warms up
      if (round >= 0) (rates[name] ??= []).push(measured);
    }
    if (source && round >= 0) (rates['smtp-source'] ??= []).push(await inClear(port));
  }
  const rate = (name: string): number => median((rates[name] ?? []).map((one) => one.rate));
  const cpu = (name: string): number => median((rates[name] ?? []).map((one) => one.cpu));
  for (const [name, all] of Object.entries(rates)) process.stdout.write(`${name.padEnd(14)} ${rate(name).toFixed(0).padStart(6)} /s   best ${Math.max(...all.map((one) => one.rate)).toFixed(0).padStart(6)} /s   ${Number.isNaN(cpu(name)) ? '' : `${cpu(name).toFixed(0).padStart(5)} µs of our thread each`}\n`);
  process.stdout.write(`against bare nodemailer, pooled: ${(rate('send secure') / rate('nodemailer')).toFixed(2)} x the rate, ${(cpu('send secure') / cpu('nodemailer')).toFixed(2)} x the CPU   (goal 0.8 x the rate, aim above 1)\n`);
  process.stdout.write(`judging and keeping facts: ${((rate('own, unjudged') / rate('send secure') - 1) * 100).toFixed(0)} % of the time, ${((cpu('send secure') / cpu('own, unjudged') - 1) * 100).toFixed(0)} % of the CPU of a bare conversation   (goal 15 % of the time)\n`);
  process.stdout.write(source ? `against smtp-source in clear, one message after another on as many connections: ${(rate('send secure') / rate('smtp-source')).toFixed(2)} x the rate\n` : `NOT COMPARED: ${SMTP_SOURCE} of Debian's package postfix is not here\n`);
  for (const session of sessions) session.quit();
  bare.close();
  await deliver.close();
  await dns.close();
  await sink.terminate();
  rmSync(folder, { recursive: true, force: true });
}

interface Measure {
  /** messages a second */
  readonly rate: number;
  /** µs of this thread per message: less moved by whatever else the machine does */
  readonly cpu: number;
}

/** Postfix's own generator, written in C, without TLS; its process starts within the time. */
async function inClear(port: number): Promise<Measure> {
  const began = performance.now();
  const child = spawn(SMTP_SOURCE, ['-4', '-d', '-s', String(CONNECTIONS), '-m', String(MESSAGES), '-l', String(CONTENT.length), '-f', 'b@riverside.test', '-t', 'x@sink.test', '-M', 'out.riverside.test', `inet:127.0.0.1:${port}`], { stdio: 'ignore' });
  const code = await new Promise<number | null>((done) => { child.once('close', done); });
  if (code !== 0) throw new Error('smtp-source did not get through');
  return { rate: (MESSAGES * 1000) / (performance.now() - began), cpu: Number.NaN };
}

async function measure(send: (n: number) => Promise<void>): Promise<Measure> {
  let next = 0;
  const began = performance.now();
  const before = process.threadCpuUsage();
  await Promise.all(Array.from({ length: CONNECTIONS }, async () => {
    for (let n = next++; n < MESSAGES; n = next++) await send(n);
  }));
  const used = process.threadCpuUsage(before);
  return { rate: (MESSAGES * 1000) / (performance.now() - began), cpu: (used.user + used.system) / MESSAGES };
}

function median(all: readonly number[]): number {
  return [...all].sort((a, b) => a - b)[Math.floor(all.length / 2)] ?? 0;
}

/** The sink: its own thread, so that it does not take turns with those who are measured. */
if (!isMainThread && parentPort) {
  const { key, cert } = workerData as Identity;
  const server = new SMTPServer({ key, cert, name: HOST, authOptional: true, disableReverseLookup: true, hideDSN: false, onData: (stream, _session, done) => void stream.on('end', () => done()).resume() });
  server.on('error', () => undefined);
  server.listen(0, '127.0.0.1', () => {
    const address = server.server.address();
    parentPort?.postMessage(typeof address === 'object' && address ? address.port : 0);
  });
}
