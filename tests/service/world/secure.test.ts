/** What a handshake tells, against real servers: a contract with Node's TLS, checked on the Node that runs. */
import { createHash, X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer as createPlain, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, type TlsOptions } from 'node:tls';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { openCa, type Identity } from '../../../lab/ca.ts';
import { openWorld, type Secured } from '../../../service/world.ts';
import { PATIENCE } from '../../until.ts';

const folder = mkdtempSync(join(tmpdir(), 'secure-'));
const ca = openCa(folder);
const stranger = openCa(join(folder, 'stranger'));
const world = openWorld({ resolver: '127.0.0.1:1', resolverTrusted: false, allowedNetworks: ['127.0.0.0/8'], caFile: ca.file });
const DAY = 86_400_000;
const names = ['mx.one.test'];
const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function listen(server: Server): Promise<number> {
  servers.push(server);
  server.on('tlsClientError', () => undefined).on('connection', (socket) => socket.on('error', () => undefined));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return (server.address() as AddressInfo).port;
}

async function meet(port: number, timeout = PATIENCE): Promise<Secured> {
  return world.secure(await world.dial({ address: '127.0.0.1', port, timeout: PATIENCE }), { servername: 'mx.one.test', timeout });
}

async function shake(identity: Identity, options: TlsOptions = {}): Promise<Secured['facts']> {
  const port = await listen(createServer({ cert: identity.cert, key: identity.key, ...options }, (socket) => socket.on('error', () => undefined)));
  const { socket, facts } = await meet(port);
  socket.destroy();
  return facts;
}

const good = ca.issue({ names });

describe('facts', () => {
  test('TLS 1.3', async () => {
    const facts = await shake(good);
    expect(facts).toMatchObject({ protocol: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384', modern: true, untrusted: null });
    expect(facts.group).toMatch(/X25519|P-256|MLKEM/i);
  });
  test('TLS 1.2', async () => expect(await shake(good, { maxVersion: 'TLSv1.2' })).toMatchObject({ protocol: 'TLSv1.2', cipher: expect.stringMatching(/^TLS_ECDHE_ECDSA_WITH_.*(GCM|POLY1305)/), modern: true }));
  test('TLS 1.2 without AEAD', async () => expect(await shake(good, { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-SHA256' })).toMatchObject({ modern: false }));
  test('the chain, leaf first', async () => {
    const facts = await shake(good, { cert: good.cert + ca.cert });
    expect(facts.chain.map((der) => new X509Certificate(der).subject)).toEqual(['CN=mx.one.test', 'CN=Lab root']);
    expect(createHash('sha256').update(facts.chain[0] ?? '').digest('hex').toUpperCase()).toBe(good.fingerprint);
  });
  test.each<[string, Identity, string | null]>([
    ['good', good, null],
    ['for another name: that is judged elsewhere', ca.issue({ names: ['other.test'] }), null],
    ['expired', ca.issue({ names, notBefore: Date.now() - 9 * DAY, notAfter: Date.now() - DAY }), 'CERT_HAS_EXPIRED'],
    ['not yet valid', ca.issue({ names, notBefore: Date.now() + DAY }), 'CERT_NOT_YET_VALID'],
    ['self-signed', ca.issue({ names, selfSigned: true }), 'DEPTH_ZERO_SELF_SIGNED_CERT'],
  ])('a certificate %s', async (_what, identity, untrusted) => expect((await shake(identity)).untrusted).toBe(untrusted));
  test('a certificate of an unknown authority', async () => {
    expect((await shake(stranger.issue({ names }))).untrusted).toMatch(/UNABLE_TO|SIGNATURE_FAILURE/);
    const identity = stranger.issue({ names });
    expect((await shake(identity, { cert: identity.cert + stranger.cert })).untrusted).not.toBeNull();
  });
});

describe('no handshake', () => {
  test.each(['TLSv1', 'TLSv1.1'] as const)('%s', async (version) => {
    const port = await listen(createServer({ cert: good.cert, key: good.key, minVersion: version, maxVersion: version, ciphers: 'DEFAULT@SECLEVEL=0' }));
    await expect(meet(port)).rejects.toMatchObject({ code: 'tls-too-old' });
  });
  test.each([['SSL 3.0', 0], ['TLS 1.0', 1], ['TLS 1.1', 2]])('a host of its day, that answers our hello with %s', async (_version, minor) => {
    // it knows no newer versions to refuse: it picks its own (RFC 2246 §7.4.1.3)
    const body = Buffer.concat([Buffer.of(3, minor), Buffer.alloc(32, 7), Buffer.of(0), Buffer.of(0xc0, 0x0a), Buffer.of(0)]);
    const hello = Buffer.concat([Buffer.of(2, 0, 0, body.length), body]);
    const port = await listen(createPlain((socket) => void socket.once('data', () => socket.write(Buffer.concat([Buffer.of(0x16, 3, minor, 0, hello.length), hello])))));
    await expect(meet(port)).rejects.toMatchObject({ code: 'tls-too-old' });
  });
  test.each<[string, (port: (server: Server) => Promise<number>) => Promise<number>]>([
    ['plain words', (start) => start(createPlain((socket) => void socket.write('500 what?\r\n')))],
    ['the line goes dead', (start) => start(createPlain((socket) => void socket.once('data', () => socket.destroy())))],
    ['silence', (start) => start(createPlain())],
  ])('%s', async (_what, start) => {
    await expect(meet(await start(listen), 300)).rejects.toMatchObject({ code: 'tls-failed' });
  });
});

test('nobody there', async () => {
  const server = createPlain();
  const port = await listen(server);
  await new Promise<void>((done) => server.close(() => done()));
  // By an address that nobody else listens at: the port is anybody's now.
  await expect(world.dial({ address: '127.77.0.1', port, timeout: PATIENCE })).rejects.toMatchObject({ code: 'dial-failed' });
});
