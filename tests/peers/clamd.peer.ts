/**
 * ClamAV's own daemon behind the portal's hook: what it says of a stream is what becomes of a file. Signatures of our own, so that nothing is fetched.
 * Debian: clamav-daemon
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { strToU8, zipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clamav, takeIn } from '../../service/pickup/upload/upload.ts';
import { openWorld } from '../../service/world.ts';
import { tool } from '../tools.ts';

const there = tool('clamd', 'whether ClamAV\'s daemon hears and answers as the portal\'s hook expects');
/** The test file every scanner knows (eicar.org), put together here so that none takes this source for it. */
const EICAR = Buffer.from(['X5O!P%@AP[4', '\\PZX54(P^)7CC)7}$EICAR-STANDARD', '-ANTIVIRUS-TEST-FILE!$H+H*'].join(''), 'latin1');
const HARM = 'words that stand for harm';
const free = (): Promise<number> => new Promise((done) => {
  const server = createServer().listen(0, '127.0.0.1', () => { const { port } = server.address() as { port: number }; server.close(() => done(port)); });
});

describe.skipIf(!there)('clamd', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ss-clamd-'));
  const socket = join(folder, 'clamd.sock');
  const world = openWorld({ resolver: '', resolverTrusted: false, allowedNetworks: [] });
  let server: ChildProcess | undefined;
  let port = 0;
  const verdict = async (at: string, bytes: Uint8Array, filename: string): Promise<string> => {
    const taken = await takeIn(clamav({ at, world }), { filename, bytes: Readable.from([Buffer.from(bytes)]) }, async (stream) => { for await (const _ of stream) { /* kept elsewhere */ } });
    return 'kind' in taken ? taken.code : taken.verdict;
  };

  beforeAll(async () => {
    port = await free();
    mkdirSync(join(folder, 'db'));
    writeFileSync(join(folder, 'db', 'own.hdb'), `${createHash('md5').update(EICAR).digest('hex')}:${EICAR.length}:Own-Eicar\n`);
    writeFileSync(join(folder, 'db', 'own.ndb'), `Own-Harm:0:*:${Buffer.from(HARM).toString('hex')}\n`);
    writeFileSync(join(folder, 'clamd.conf'), `Foreground yes\nLocalSocket ${socket}\nTCPSocket ${port}\nTCPAddr 127.0.0.1\nDatabaseDirectory ${join(folder, 'db')}\nStreamMaxLength 2M\nLogFile ${join(folder, 'log')}\nBytecode no\nPhishingSignatures no\n`);
    server = spawn('clamd', [`--config-file=${join(folder, 'clamd.conf')}`], { stdio: 'ignore' });
    for (let i = 0; i < 300 && (await verdict(socket, Buffer.from('%PDF-1.7 ready?'), 'a.pdf')) !== 'clean'; i += 1) await new Promise((r) => setTimeout(r, 100));
  }, 60_000);
  afterAll(() => { server?.kill('SIGKILL'); rmSync(folder, { recursive: true, force: true }); });

  const letter = (words: string) => zipSync({ '[Content_Types].xml': strToU8('<Types/>'), 'word/document.xml': strToU8(`<w:document>${words.repeat(3)}</w:document>`) });
  it.each<[string, Uint8Array, string, string]>([
    ['a report', Buffer.from('%PDF-1.7 potassium 4.1'), 'report.pdf', 'clean'],
    ['a letter', letter('potassium 4.1'), 'letter.docx', 'clean'],
    ['the file every scanner knows', EICAR, 'notes.txt', 'upload-malware'],
    ['harm in plain sight', Buffer.from(`%PDF-1.7 ${HARM}`), 'report.pdf', 'upload-malware'],
    ['harm packed inside a letter', letter(HARM), 'letter.docx', 'upload-malware'],
    ['more than it is willing to look at', Buffer.concat([Buffer.from('%PDF-1.7 '), Buffer.alloc(3 << 20, 0x20)]), 'report.pdf', 'unknown'],
  ])('of %s says by its socket and over the network: as expected', async (_what, bytes, filename, said) => {
    expect(await verdict(socket, bytes, filename)).toBe(said);
    expect(await verdict(`127.0.0.1:${port}`, bytes, filename)).toBe(said);
  });

  it('many at once get each their own', async () => {
    const all = await Promise.all(Array.from({ length: 12 }, (_, n) => verdict(socket, n % 3 === 0 ? EICAR : Buffer.from(`%PDF-1.7 page ${n}`), n % 3 === 0 ? 'a.txt' : 'a.pdf')));
    expect(all).toEqual(Array.from({ length: 12 }, (_, n) => (n % 3 === 0 ? 'upload-malware' : 'clean')));
  });

  it('gone away, it has called nothing clean', async () => {
    server?.kill('SIGKILL');
    await new Promise((r) => setTimeout(r, 200));
    expect(await verdict(`127.0.0.1:${port}`, Buffer.from('%PDF-1.7 potassium 4.1'), 'report.pdf')).toBe('unknown');
  });
});
