/** The edge over real sockets: streams, limits, clients that go away, stopping, TLS, headers. */
import { execFileSync } from 'node:child_process';
import { tool } from '../../tools.ts';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { listen, type Listening } from '../../../service/http/http.ts';
import type { Accept } from '../../../service/route.ts';
import { PATIENCE } from '../../until.ts';
import { HANDOFF_ID, MESSAGE_ID, openGround, PART, TOKEN, type Ground } from './ground.ts';

let ground: Ground;
let server: Listening;
let folder: string;

beforeAll(async () => {
  folder = join(mkdtempSync(join(tmpdir(), 'send-secure-edge-')), 'addin');
  mkdirSync(folder);
  writeFileSync(join(folder, 'taskpane.html'), '<!doctype html><title>pane</title>');
  writeFileSync(join(folder, 'pane.0a1b2c3d4e.js'), 'x'.repeat(5000));
  writeFileSync(join(folder, '.secret.txt'), 'secret');
  writeFileSync(join(folder, '..', 'outside-the-addin.txt'), 'outside');
  ground = await openGround({
    rates: { person: { rate: 0, burst: 0 }, client: { rate: 0, burst: 0 } },
    addin: { folder, config: () => ({ issuer: 'https://id.riverside.test' }), manifest: () => '<OfficeApp/>', connect: ['https://id.riverside.test'] },
  });
  server = await listen({ app: ground.app, host: '127.0.0.1', port: 0 });
});
afterAll(async () => {
  await server.stop(0);
  rmSync(join(folder, '..'), { recursive: true, force: true });
});

const at = (path: string) => `${server.url}${path}`;
const clinician = async () => ({ authorization: await ground.bearer('clinician') });

describe('a part', () => {
  test('arrives as it is sent, without being held', async () => {
    const size = 24 * 1024 * 1024;
    let given = 0;
    let seen = 0;
    let ahead = 0;
    const { app, bearer } = await openGround({}, { accept: { ...({} as Accept), part: async (_p, _id, _sha, bytes) => {
      for await (const chunk of bytes) {
        seen += (chunk as Uint8Array).length;
        // A slow room: what it has not taken must wait with the client, not here.
        await new Promise(setImmediate);
        ahead = Math.max(ahead, given - seen);
      }
      return null;
    } } });
    const own = await listen({ app, host: '127.0.0.1', port: 0 });
    const chunk = Buffer.alloc(256 * 1024, 7);
    const source = Readable.from((function* () { for (; given < size; given += chunk.length) yield chunk; })());
    const answer = await upload(own.port, await bearer('clinician'), source, size);
    expect([answer.status, seen]).toEqual([204, size]);
    expect(ahead).toBeLessThan(size / 2);
    await own.stop(0);
  });

  test('that says it is too large is refused before it is read, and the answer arrives', async () => {
    const answer = await upload(server.port, (await clinician()).authorization, Readable.from([Buffer.alloc(1024)]), 26 * 1024 * 1024, false);
    expect([answer.status, JSON.parse(answer.body)]).toMatchObject([413, { code: 'too-large' }]);
  });

  test('whose client goes away ends the room\'s stream with an error, and is no fault', async () => {
    const { promise, resolve } = Promise.withResolvers<string>();
    const { app, log, issuer } = await openGround({}, { accept: { ...({} as Accept), part: async (_p, _id, _sha, bytes) => {
      // It goes once the room has begun to read, and not before.
      try { for await (const _chunk of bytes) socket.destroy(); resolve('ended'); } catch { resolve('broken'); throw new Error('stream broke'); }
      return null;
    } } });
    const own = await listen({ app, host: '127.0.0.1', port: 0 });
    const token = await issuer.sign({ roles: ['clinician'] });
    const socket = connect(own.port, '127.0.0.1');
    socket.write(`PUT /api/v1/handoffs/${HANDOFF_ID}/parts/${PART} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nContent-Length: 100000\r\n\r\n${'x'.repeat(50)}`);
    expect(await promise).toBe('broken');
    await own.stop(0);
    expect(log.join('')).not.toContain('"fault"');
  });
});

test('a message over 5 MB is refused while it is still coming', async () => {
  const answer = await fetch(at('/api/v1/messages'), { method: 'POST', headers: { ...(await clinician()), 'content-type': 'application/json', 'idempotency-key': 'k' }, body: 'x'.repeat(9 * 1024 * 1024) });
  expect(await answer.json()).toMatchObject({ code: 'use-parts' });
});

test('and so is one that never says how large it is', async () => {
  const head = `POST /api/v1/messages HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: ${(await clinician()).authorization}\r\nContent-Type: application/json\r\nIdempotency-Key: k\r\nTransfer-Encoding: chunked\r\n\r\n`;
  const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`;
  expect(await raw(head + chunk.repeat(120) + '0\r\n\r\n')).toContain('"code":"use-parts"');
});

describe('an attachment', () => {
  test('streams out under a safe name and type', async () => {
    ground.answers['attachment'] = { fact: { filename: '../..\\"evil\r\n.html', contentType: 'text/html', size: 6, sha256: PART }, bytes: Readable.from([Buffer.from('<b>'), Buffer.from('hi!')]) };
    const answer = await fetch(at(`/api/v1/messages/${MESSAGE_ID}/attachments/0`), { headers: await clinician() });
    expect(await answer.text()).toBe('<b>hi!');
    expect(Object.fromEntries(['content-type', 'content-length', 'x-content-type-options', 'content-disposition', 'content-security-policy'].map((h) => [h, answer.headers.get(h)]))).toEqual({
      'content-type': 'application/octet-stream', 'content-length': '6', 'x-content-type-options': 'nosniff',
      'content-disposition': "attachment; filename=\"_..__evil__.html\"; filename*=UTF-8''_..__evil__.html",
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    });
  });

  test('that breaks under way never looks complete and says nothing', async () => {
    ground.answers['attachment'] = { fact: { filename: 'a.bin', contentType: 'x/y', size: 2_000_000, sha256: PART }, bytes: Readable.from((async function* () { yield Buffer.alloc(70_000, 65); throw new Error('secret-of-the-disk'); })()) };
    const got = await raw(`GET /api/v1/messages/${MESSAGE_ID}/attachments/0 HTTP/1.1\r\nHost: x\r\nAuthorization: ${(await clinician()).authorization}\r\n\r\n`);
    delete ground.answers['attachment'];
    expect(got.length).toBeLessThan(2_000_000);
    expect(got).not.toContain('secret-of-the-disk');
    expect(ground.log.join('')).toContain('"download"');
    expect(ground.log.join('')).not.toContain('secret-of-the-disk');
  });

  test('whose reader goes away is let go', async () => {
    const bytes = Readable.from((async function* () { for (let n = 0; n < 10_000; n += 1) yield Buffer.alloc(64 * 1024); })());
    const closed = new Promise((resolve) => { bytes.once('close', resolve); });
    ground.answers['attachment'] = { fact: { filename: 'a.bin', contentType: 'x/y', size: 655_360_000, sha256: PART }, bytes };
    const controller = new AbortController();
    const answer = await fetch(at(`/api/v1/messages/${MESSAGE_ID}/attachments/0`), { headers: await clinician(), signal: controller.signal });
    await answer.body?.getReader().read();
    controller.abort();
    await closed;
    delete ground.answers['attachment'];
  });
});

describe('the add-in\'s files', () => {
  test.each([
    ['/addin/taskpane.html', 200, 'text/html; charset=utf-8', 'no-cache'],
    ['/addin/pane.0a1b2c3d4e.js', 200, 'text/javascript; charset=utf-8', 'public, max-age=31536000, immutable'],
    ['/addin/config.json', 200, 'application/json', 'no-cache'],
    ['/addin/manifest.xml', 200, 'application/xml; charset=utf-8', 'no-cache'],
  ])('%s', async (path, status, type, caching) => {
    const answer = await fetch(at(path));
    expect([answer.status, answer.headers.get('content-type'), answer.headers.get('cache-control')]).toEqual([status, type, caching]);
  });

  test.each(['/addin/.secret.txt', '/addin/..%2foutside-the-addin.txt', '/addin/%2e%2e/outside-the-addin.txt', '/addin/x/..%2f..%2f..%2fetc%2fpasswd', '/addin/nothing.js', '/addin/taskpane', '/addin/%00.js', '/addin//etc/passwd.txt'])('%s is not there', async (path) => {
    const got = await raw(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    expect(got.slice(0, 12)).toBe('HTTP/1.1 404');
  });

  test('are squeezed when asked, and not sent twice', async () => {
    const got = await new Promise<{ headers: Record<string, unknown>; body: Buffer }>((resolve) => {
      httpRequest(at('/addin/pane.0a1b2c3d4e.js'), { headers: { 'accept-encoding': 'gzip' } }, (r) => { const chunks: Buffer[] = []; r.on('data', (d: Buffer) => chunks.push(d)).on('end', () => resolve({ headers: r.headers, body: Buffer.concat(chunks) })); }).end();
    });
    expect(gunzipSync(got.body).toString()).toBe('x'.repeat(5000));
    const again = await fetch(at('/addin/pane.0a1b2c3d4e.js'), { headers: { 'if-none-match': String(got.headers['etag']) } });
    expect(again.status).toBe(304);
  });

  test('let Griffel style and Outlook frame, and nothing else', async () => {
    const policy = (await fetch(at('/addin/taskpane.html'))).headers.get('content-security-policy') ?? '';
    expect(policy).toContain("style-src 'self' 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='");
    expect(policy).toContain("frame-ancestors 'self' https://*.office.com");
    expect(policy).toContain("connect-src 'self' https://login.microsoftonline.com https://id.riverside.test;");
    expect(policy).not.toContain('unsafe');
  });

  test('the event script is named to Outlook', async () => {
    expect(await (await fetch(at('/.well-known/microsoft-officeaddins-allowed.json'))).json()).toEqual({ allowed: ['http://localhost:3000/addin/onsend.js'] });
  });
});

describe('every answer', () => {
  test.each(['/', '/docs', '/openapi.json', '/healthz', '/metrics', `/m/${TOKEN}`, '/m/short', '/nothing', '/api/v1/log/vkey', '/api/v1/nothing', '/addin/taskpane.html'])('%s is shut by headers', async (path) => {
    const { headers } = await fetch(at(path), { headers: { accept: 'text/html' } });
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(headers.get('content-security-policy')).toMatch(/base-uri 'none'/);
    if (!path.startsWith('/addin')) expect(headers.get('content-security-policy')).not.toMatch(/script-src|unsafe/);
    expect(headers.get('x-request-id')).toMatch(/^req_[0-9a-f]{24}$/);
    expect(headers.get('access-control-allow-origin')).toBeNull();
    expect(headers.get('strict-transport-security')).toBeNull();
  });

  test('over HTTPS asks for HTTPS only', async () => {
    const { app } = await openGround({ publicUrl: 'https://mail.riverside.test' });
    expect((await app.request('/')).headers.get('strict-transport-security')).toContain('max-age=31536000');
  });
});

test('a page for people, a problem for programs, where there is nothing', async () => {
  expect((await fetch(at('/nothing'), { headers: { accept: 'text/html' } })).headers.get('content-type')).toContain('text/html');
  expect((await fetch(at('/nothing'))).headers.get('content-type')).toBe('application/problem+json');
  expect((await fetch(at('/api/v1/nothing'), { headers: { accept: 'text/html' } })).headers.get('content-type')).toBe('application/problem+json');
});

test('figures are for loopback or the bearer of their token, and name nobody', async () => {
  await fetch(at('/api/v1/log/vkey'));
  const figures = await (await fetch(at('/metrics'))).text();
  expect(figures).toContain('sendsecure_queue_ready 3');
  expect(figures).toContain('sendsecure_request_seconds_count{route="/api/v1/log/vkey",method="GET",status="2xx"}');
  expect(figures).not.toMatch(/riverside|@|msg_|u_[0-9a-f]{8}/);
  expect((await fetch(at('/metrics'), { headers: { 'x-forwarded-for': '203.0.113.9' } })).status).toBe(404);
  const { app } = await openGround({ metricsToken: 'of-the-scraper' });
  expect((await app.request('/metrics')).status).toBe(404);
  expect((await app.request('/metrics', { headers: { authorization: 'Bearer of-the-scraper' } })).status).toBe(200);
});

test('the lab answers to loopback names only; a portal on its own host shows nothing else', async () => {
  const lab = await openGround({ loopbackOnly: true });
  for (const [host, status] of [['localhost:3000', 200], ['127.0.0.1:3000', 200], ['[::1]:3000', 200], ['evil.test:3000', 421], ['localhost.evil.test', 421]] as const) {
    expect([host, (await lab.app.request('/', { headers: { host } })).status]).toEqual([host, status]);
  }
  const own = await openGround({ publicUrl: 'https://mail.riverside.test', portalUrl: 'https://portal.riverside.test' });
  const status = async (path: string, host: string) => (await own.app.request(path, { headers: { host } })).status;
  expect([await status('/docs', 'portal.riverside.test'), await status(`/m/${TOKEN}`, 'portal.riverside.test'), await status('/docs', 'mail.riverside.test')]).toEqual([421, 200, 200]);
});

test('stopping lets a running request end and takes no new one', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const under = Promise.withResolvers<void>();
  const { app, issuer } = await openGround({}, { report: { messages: async () => { under.resolve(); await promise; return { data: [], next: null }; } } as never });
  const own = await listen({ app, host: '127.0.0.1', port: 0 });
  const running = fetch(`${own.url}/api/v1/messages`, { headers: { authorization: `Bearer ${await issuer.sign({ roles: ['clinician'] })}` } });
  await under.promise;
  const stopped = own.stop(PATIENCE);
  await expect(fetch(`${own.url}/healthz`)).rejects.toThrow();
  resolve();
  expect((await running).status).toBe(200);
  await stopped;
});

test.skipIf(!tool('openssl', 'the service speaking TLS itself, and its certificate renewed'))('speaks TLS 1.2 or better with its own certificate, and with the next one once it is renewed', async () => {
  const certificate = (name: string) => {
    const [key, cert] = [join(folder, `${name}-key.pem`), join(folder, `${name}-cert.pem`)];
    execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', key, '-out', cert, '-days', '2', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'], { stdio: 'ignore' });
    return { key: readFileSync(key), cert: readFileSync(cert) };
  };
  const [first, second] = [certificate('first'), certificate('second')];
  const own = await listen({ app: ground.app, host: '127.0.0.1', port: 0, tls: first });
  const ask = (ca: Buffer, options = {}) => new Promise<number>((resolve, reject) => {
    httpsRequest({ host: '127.0.0.1', servername: 'localhost', port: own.port, path: '/healthz', ca, agent: false, ...options }, (r) => { r.resume(); resolve(r.statusCode ?? 0); }).on('error', reject).end();
  });
  expect(await ask(first.cert)).toBe(200);
  await expect(ask(first.cert, { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' })).rejects.toThrow();
  own.renew(second);
  expect(await ask(second.cert)).toBe(200);
  expect(() => own.renew({ cert: first.cert, key: second.key })).toThrow();
  expect(() => own.renew({ cert: second.cert.subarray(0, 200), key: second.key })).toThrow();
  expect(await ask(second.cert), 'a pair that does not fit changes nothing').toBe(200);
  await expect(ask(first.cert)).rejects.toThrow();
  await own.stop(0);
});

function upload(port: number, authorization: string, body: Readable, size: number, all = true): Promise<{ readonly status: number; readonly body: string }> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({ port, host: '127.0.0.1', method: 'PUT', path: `/api/v1/handoffs/${HANDOFF_ID}/parts/${PART}`, headers: { authorization, 'content-length': size } }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (d: string) => { text += d; }).on('end', () => { resolve({ status: answer.statusCode ?? 0, body: text }); request.destroy(); });
    });
    request.on('error', reject);
    body.pipe(request, { end: all });
  });
}

function raw(text: string): Promise<string> {
  return new Promise((resolve) => {
    let got = '';
    const socket = connect(server.port, '127.0.0.1', () => socket.write(text));
    socket.setEncoding('latin1').on('data', (d: string) => { got += d; }).on('close', () => resolve(got)).on('error', () => resolve(got));
  });
}
