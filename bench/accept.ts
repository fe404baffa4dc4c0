/**
 * POST of a 10 KB message, durable before the answer, against two floors of the same machine in the same run:
 * a bare append + fdatasync of 10 KB, and a bare `node:http` echo of the same request. Load comes from a process of its own.
 */
import { spawn } from 'node:child_process';
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { readSettings } from '../service/config.ts';
import { openService } from '../service/service.ts';

const SECONDS = 4;
const CONNECTIONS = 32;
const ROUNDS = 3;
const TEXT = 'The patient was seen today and the plan was discussed with the family at length. '.repeat(124).slice(0, 10_000);

interface Load { readonly perSecond: number; readonly p50: number; readonly p95: number; readonly failed: number }

/** A client in its own process: keep-alive connections, one request after the other on each. */
function load(url: string, headers: Record<string, string>, body: string): Promise<Load> {
  const script = `
    const { request, Agent } = require('node:http');
    const [url, headers, body, seconds, connections] = JSON.parse(process.argv[1]);
    const agent = new Agent({ keepAlive: true, maxSockets: connections });
    const times = []; let failed = 0; let n = 0; const end = Date.now() + seconds * 1000;
    const one = () => new Promise((done) => {
      const began = performance.now(); n += 1;
      const r = request(url, { method: 'POST', agent, headers: { ...headers, 'content-length': Buffer.byteLength(body), 'idempotency-key': 'bench-' + process.pid + '-' + n } }, (answer) => {
        answer.resume(); answer.on('end', () => { if (answer.statusCode >= 300) failed += 1; else times.push(performance.now() - began); done(); });
      });
      r.on('error', () => { failed += 1; done(); }); r.end(body);
    });
    Promise.all(Array.from({ length: connections }, async () => { while (Date.now() < end) await one(); })).then(() => {
      times.sort((a, b) => a - b);
      process.stdout.write(JSON.stringify({ perSecond: times.length / seconds, p50: times[times.length >> 1], p95: times[Math.floor(times.length * 0.95)], failed }));
      process.exit(0);
    });`;
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, ['-e', script, JSON.stringify([url, headers, body, SECONDS, CONNECTIONS])], { stdio: ['ignore', 'pipe', 'inherit'] });
    let out = '';
    child.stdout.on('data', (chunk: Buffer) => { out += chunk.toString(); });
    child.on('exit', () => { try { done(JSON.parse(out) as Load); } catch (cause) { fail(cause as Error); } });
  });
}

function fsyncs(folder: string): number {
  const file = openSync(join(folder, 'floor'), 'w');
  const bytes = Buffer.alloc(10_000, 7);
  let n = 0;
  for (const end = Date.now() + 1_000; Date.now() < end; n += 1) { writeSync(file, bytes); fdatasyncSync(file); }
  closeSync(file);
  return n;
}

async function echo(): Promise<{ url: string; close: () => void }> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => response.end(Buffer.concat(chunks)));
  });
  await new Promise<void>((up) => { server.listen(0, '127.0.0.1', up); });
  return { url: `http://127.0.0.1:${(server.address() as { port: number }).port}/`, close: () => server.close() };
}

export async function run(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'send-secure-bench-'));
  const { publicKey, privateKey } = await generateKeyPair('RS256');
  const jwk = { ...(await exportJWK(publicKey)), kid: 'bench', alg: 'RS256', use: 'sig' };
  const issuer = createServer((request, response) => {
    const origin = `http://127.0.0.1:${(issuer.address() as { port: number }).port}`;
    response.setHeader('content-type', 'application/json').end(JSON.stringify(request.url?.includes('openid') ? { issuer: origin, jwks_uri: `${origin}/jwks` } : { keys: [jwk] }));
  });
  await new Promise<void>((up) => { issuer.listen(0, '127.0.0.1', up); });
  const origin = `http://127.0.0.1:${(issuer.address() as { port: number }).port}`;
  const token = await new SignJWT({ roles: ['api-client'], addresses: ['results@riverside.test'], client_id: 'bench', name: 'Bench' }).setProtectedHeader({ alg: 'RS256', kid: 'bench' }).setIssuer(origin).setAudience('bench').setSubject('bench').setIssuedAt().setExpirationTime('1h').sign(privateKey);
  const settings = readSettings({ PORT: '0', DATA_DIR: join(folder, 'data'), KEYS_DIR: join(folder, 'keys'), RESOLVER: '127.0.0.1:9', ALLOWED_NETWORKS: '127.0.0.0/8', OIDC_ISSUER: origin, OIDC_AUDIENCE: 'bench', ORGANISATION_NAME: 'Bench', ORGANISATION_PHONE: '1', OWN_DOMAINS: 'riverside.test' }, true);
  // Only acceptance is measured: the road ahead is closed, the copies wait in the queue.
  const service = await openService(settings, { quiet: true, carry: false });
  const body = JSON.stringify({ from: { address: 'results@riverside.test' }, to: [{ address: 'pat@lakeside.test' }], subject: 'Visit', text: TEXT });
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const floor = await echo();
  try {
    const rounds: { accept: Load; echo: Load; fsync: number }[] = [];
    for (let i = 0; i < ROUNDS; i += 1) rounds.push({ fsync: fsyncs(folder), echo: await load(floor.url, headers, body), accept: await load(`${service.url}/api/v1/messages`, headers, body) });
    const best = rounds.reduce((a, b) => (b.accept.perSecond > a.accept.perSecond ? b : a));
    const line = (name: string, value: string) => process.stdout.write(`${name.padEnd(52)}${value}\n`);
    line('bare append + fdatasync of 10 KB', `${best.fsync}/s`);
    line('bare node:http echo, 32 connections', `${best.echo.perSecond.toFixed(0)}/s`);
    line('POST /messages of 10 KB, durable before the answer', `${best.accept.perSecond.toFixed(0)}/s, p50 ${best.accept.p50.toFixed(1)} ms, p95 ${best.accept.p95.toFixed(1)} ms, failed ${best.accept.failed}`);
    line('ratio to fsync', (best.accept.perSecond / best.fsync).toFixed(2));
    line('ratio to echo', (best.accept.perSecond / best.echo.perSecond).toFixed(2));
    process.stdout.write(`(best of ${ROUNDS} interleaved rounds; the load generator runs on the same machine)\n`);
  } finally {
    floor.close();
    await service.close();
    issuer.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
