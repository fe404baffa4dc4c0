/** Fetching from places strangers name: real HTTPS on loopback, names that lie, servers that misbehave. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer as createPlain, type RequestListener, type Server as Plain } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openCa } from '../../../lab/ca.ts';
import { startDns, type DnsServer, type Row } from '../../../lab/dns.ts';
import { openWorld, type World } from '../../../service/world.ts';

const folder = mkdtempSync(join(tmpdir(), 'fetch-'));
const ca = openCa(folder);
const seen: { host: string | undefined; sni: string; at: string; authorization: string | undefined; method: string | undefined; body: string }[] = [];
let dns: DnsServer;
let first: Server;
let second: Server;
let plain: Plain;
let port = 0;
let plainPort = 0;
let world: World;
let lying: readonly string[] = [];

const A = (name: string, data: string): Row => ({ name, type: 'A', data });

beforeAll(async () => {
  dns = await startDns({
    rows: [A('good.test', '127.0.0.1'), A('inside.test', '127.0.0.2'), A('unnamed.test', '127.0.0.1'), A('both.test', '127.0.0.2'), A('both.test', '127.0.0.1')],
    override: (name, type) => {
      if (name !== 'rebind.test' || type !== 'A') return undefined;
      const [next = '127.0.0.2', ...rest] = lying;
      lying = rest;
      return [A(name, next)];
    },
  });
  const identity = ca.issue({ names: ['good.test', 'rebind.test', 'inside.test', 'both.test'] });
  const answer: RequestListener = (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      seen.push({ host: request.headers.host, sni: String((request.socket as TLSSocket).servername ?? ''), at: request.socket.localAddress ?? '', authorization: request.headers.authorization, method: request.method, body: Buffer.concat(chunks).toString() });
      const url = request.url ?? '';
      if (url === '/big') return void response.end(Buffer.alloc(200_000));
      if (url === '/slow') return void response.write('…');
      if (url === '/inside') return void response.writeHead(302, { location: `https://inside.test:${port}/ok` }).end();
      if (url === '/literal') return void response.writeHead(307, { location: 'https://169.254.169.254/latest' }).end();
      if (url === '/downgrade') return void response.writeHead(302, { location: `http://good.test:${plainPort}/ok` }).end();
      if (url === '/again') return void response.writeHead(302, { location: '/again' }).end();
      if (url === '/once') return void response.writeHead(302, { location: '/ok' }).end();
      if (url === '/elsewhere') return void response.writeHead(302, { location: `https://both.test:${port}/ok` }).end();
      response.writeHead(200, { 'content-type': 'text/plain', 'x-many': ['a', 'b'] }).end('fine');
    });
  };
  const listening = (server: Server | Plain, at: number, ip: string) => new Promise<void>((done, fail) => { server.once('error', fail).listen(at, ip, done); });
  // One port at two addresses: where somebody else has it at the second, another one.
  for (let tries = 0; port === 0; tries += 1) {
    [first, second] = [createServer({ key: identity.key, cert: identity.cert }, answer), createServer({ key: identity.key, cert: identity.cert }, answer)];
    await listening(first, 0, '127.0.0.1');
    const taken = (first.address() as AddressInfo).port;
    await listening(second, taken, '127.0.0.2').then(() => { port = taken; }, (cause: unknown) => { first.close(); if (tries === 20) throw cause; });
  }
  plain = createPlain((_request, response) => void response.end('plain'));
  await listening(plain, 0, '127.0.0.1');
  plainPort = (plain.address() as AddressInfo).port;
  world = openWorld({ resolver: dns.address, resolverTrusted: false, allowedNetworks: ['127.0.0.1/32'], caFile: ca.file });
});

afterAll(async () => {
  for (const server of [first, second, plain]) {
    server.close();
    server.closeAllConnections();
  }
  await dns.close();
  rmSync(folder, { recursive: true, force: true });
});

const at = (path: string, host = 'good.test'): string => `https://${host}:${port}${path}`;
const textOf = (body: Uint8Array): string => Buffer.from(body).toString();

describe('fetches', () => {
  test('by name: SNI and Host are the name, the address is the one that was looked up', async () => {
    seen.length = 0;
    const fetched = await world.fetch(at('/ok'));
    expect([fetched.status, textOf(fetched.body), fetched.headers.get('x-many')]).toEqual([200, 'fine', 'a, b']);
    expect(seen).toMatchObject([{ host: `good.test:${port}`, sni: 'good.test', at: '127.0.0.1' }]);
  });
  test('with a body', async () => {
    seen.length = 0;
    await world.fetch(at('/ok'), { method: 'POST', body: Buffer.from('question'), headers: { authorization: 'Bearer x' } });
    expect(seen).toMatchObject([{ method: 'POST', body: 'question', authorization: 'Bearer x' }]);
  });
  test('skips an address it must not dial where another is left', async () => {
    seen.length = 0;
    expect((await world.fetch(at('/ok', 'both.test'))).status).toBe(200);
    expect(seen).toMatchObject([{ at: '127.0.0.1' }]);
  });
  test('follows as many redirects as it was allowed', async () => expect(textOf((await world.fetch(at('/once'), { redirects: 1 })).body)).toBe('fine'));
  test('reports a redirect where none is allowed', async () => expect((await world.fetch(at('/once'))).status).toBe(302));
  test('in clear only when asked to', async () => expect(textOf((await world.fetch(`http://good.test:${plainPort}/`, { plain: true })).body)).toBe('plain'));
  test('leaves credentials behind when it is sent elsewhere', async () => {
    seen.length = 0;
    await world.fetch(at('/elsewhere'), { redirects: 1, headers: { authorization: 'Bearer x' } });
    expect(seen.map((request) => request.authorization)).toEqual(['Bearer x', undefined]);
  });
});

describe('refuses', () => {
  const rows: readonly (readonly [what: string, url: () => string, ask: Parameters<World['fetch']>[1], code: string])[] = [
    ['a name that leads inside', () => at('/ok', 'inside.test'), {}, 'address-refused'],
    ['an address inside', () => at('/ok', '127.0.0.2'), {}, 'address-refused'],
    ['the metadata address', () => 'https://169.254.169.254/latest', {}, 'address-refused'],
    ['an address in another spelling', () => `https://0x7f000002:${port}/`, {}, 'address-refused'],
    ['IPv6 loopback', () => `https://[::1]:${port}/`, {}, 'address-refused'],
    ['a mapped address', () => `https://[::ffff:127.0.0.2]:${port}/`, {}, 'address-refused'],
    ['a redirect that leads inside', () => at('/inside'), { redirects: 3 }, 'address-refused'],
    ['a redirect to an address inside', () => at('/literal'), { redirects: 3 }, 'address-refused'],
    ['a redirect to clear text', () => at('/downgrade'), { redirects: 3 }, 'url-refused'],
    ['redirects without end', () => at('/again'), { redirects: 3 }, 'fetch-redirects'],
    ['too many bytes', () => at('/big'), { maxBytes: 1000 }, 'fetch-too-large'],
    ['a server that never ends', () => at('/slow'), { timeout: 300 }, 'fetch-timeout'],
    ['a certificate for another name', () => at('/ok', 'unnamed.test'), {}, 'fetch-failed'],
    ['clear text', () => `http://good.test:${plainPort}/`, {}, 'url-refused'],
    ['a name nobody knows', () => at('/ok', 'nowhere.test'), {}, 'dns-failed'],
    ['credentials in the address', () => `https://u:p@good.test:${port}/`, {}, 'url-refused'],
    ['another scheme', () => 'file:///etc/passwd', { plain: true }, 'url-refused'],
    ['no address at all', () => 'nonsense', {}, 'url-refused'],
  ];
  test.each(rows)('%s', async (_what, url, ask, code) => {
    await expect(world.fetch(url(), ask)).rejects.toMatchObject({ code });
  });

  test('a certificate nobody vouches for', async () => {
    const other = openWorld({ resolver: dns.address, resolverTrusted: false, allowedNetworks: ['127.0.0.1/32'] });
    await expect(other.fetch(at('/ok'))).rejects.toMatchObject({ code: 'fetch-failed' });
  });
});

describe('a name that changes its mind', () => {
  const asked = () => dns.asked.filter((question) => question.name === 'rebind.test' && question.type === 'A').length;

  test('is asked once, and the address that was checked is the one dialled', async () => {
    seen.length = 0;
    lying = ['127.0.0.1', '127.0.0.2'];
    const before = asked();
    await world.fetch(at('/ok', 'rebind.test'));
    expect([asked() - before, seen.map((request) => request.at)]).toEqual([1, ['127.0.0.1']]);
  });
  test('gains nothing on a second call', async () => {
    seen.length = 0;
    lying = ['127.0.0.2', '127.0.0.1'];
    await expect(world.fetch(at('/ok', 'rebind.test'))).rejects.toMatchObject({ code: 'address-refused' });
    expect(seen).toEqual([]);
  });
});

test('a CA file that cannot be read is a fault at start', () => {
  expect(() => openWorld({ resolver: '', resolverTrusted: false, allowedNetworks: [], caFile: join(folder, 'none.pem') })).toThrow('CA file');
});
