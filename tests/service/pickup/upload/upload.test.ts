/** Files from outside: told by their bytes, refused when they run, looked at by a scanner that is asked over its real protocol. */
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import fc from 'fast-check';
import { strToU8, zipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { clamav, LIMITS, NO_SCANNER, takeIn, type Scanner } from '../../../../service/pickup/upload/upload.ts';
import { kindOf, nameOf } from '../../../../service/pickup/upload/kind.ts';
import { openWorld } from '../../../../service/world.ts';

const bytes = (...parts: readonly (string | number[])[]): Buffer => Buffer.concat(parts.map((p) => (typeof p === 'string' ? Buffer.from(p, 'latin1') : Buffer.from(p))));
const OLE = bytes([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1], '\0'.repeat(600));
const office = (...names: readonly string[]) => Buffer.from(zipSync(Object.fromEntries(['[Content_Types].xml', ...names].map((n) => [n, strToU8('<x/>')]))));
const open = (type: string) => Buffer.from(zipSync({ mimetype: [strToU8(type), { level: 0 }], 'content.xml': strToU8('<x/>') }));
/** pieces as a network cuts them */
const cut = (whole: Buffer, size: number): Readable => Readable.from((function* pieces() { for (let at = 0; at < whole.length; at += size) yield whole.subarray(at, at + size); })());
const take = async (whole: Buffer, filename: string, scanner: Scanner = NO_SCANNER, size = 700) => {
  const kept: Buffer[] = [];
  const arrived = await takeIn(scanner, { filename, bytes: cut(whole, size) }, async (stream) => { kept.push(await buffer(stream)); });
  return { arrived, kept: kept[0] };
};

describe('a kind, by its bytes', () => {
  test.each<[string, Buffer, string, string | null]>([
    ['a PDF', bytes('%PDF-1.7\n'), 'report.pdf', 'application/pdf'],
    ['a PDF behind a printer\'s words', bytes('\x1b%-12345X', '%PDF-1.4'), 'report.pdf', 'application/pdf'],
    ['a PNG', bytes([0x89], 'PNG\r\n\x1a\n'), 'x.png', 'image/png'],
    ['a JPEG that calls itself a program', bytes([0xff, 0xd8, 0xff, 0xe0]), 'x.exe', 'image/jpeg'],
    ['a phone\'s picture', bytes([0, 0, 0, 24], 'ftypheic'), 'IMG_1.HEIC', 'image/heic'],
    ['a phone\'s film', bytes([0, 0, 0, 24], 'ftypqt  '), 'IMG_2.MOV', 'video/quicktime'],
    ['a voice note', bytes([0, 0, 0, 24], 'ftypM4A '), 'note.m4a', 'audio/mp4'],
    ['a study', bytes('\0'.repeat(128), 'DICM'), 'ct', 'application/dicom'],
    ['a letter', office('word/document.xml'), 'a.docx', 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'],
    ['an open letter', open('application/vnd.oasis.opendocument.text'), 'a.odt', 'application/vnd.oasis.opendocument.text'],
    ['an old letter', OLE, 'a.doc', 'application/msword'],
    ['words', bytes('potassium 4.1\r\n'), 'values.txt', 'text/plain'],
    ['a table', bytes('a,b\n1,2\n'), 'values.csv', 'text/csv'],
    ['words in Spanish', Buffer.from('presión 120/80'), 'notas', 'text/plain'],
    ['a program', bytes('MZ', [0x90, 0, 3]), 'report.pdf', null],
    ['a program for Linux', bytes([0x7f], 'ELF'), 'report.pdf', null],
    ['a script', bytes('#!/bin/sh\nrm -rf /'), 'notes.txt', null],
    ['a page', bytes('  <!DOCTYPE html><script>'), 'notes.txt', null],
    ['a drawing that runs', bytes('<svg onload="x">'), 'x.png', null],
    ['an archive', Buffer.from(zipSync({ 'a.exe': strToU8('x') })), 'a.zip', null],
    ['an archive that calls itself a letter', Buffer.from(zipSync({ 'a.exe': strToU8('x') })), 'a.docx', null],
    ['a letter with another name\'s ending', office('word/document.xml'), 'a.docm', null],
    ['an installer', OLE, 'a.msi', null],
    ['a template type made longer', open('application/vnd.oasis.opendocument.text-template'), 'a.odt', null],
    ['nothing', Buffer.alloc(0), 'a.txt', null],
  ])('%s', (_what, head, name, type) => { expect(kindOf(head.subarray(0, 4096), name)?.contentType ?? null).toBe(type); });

  test.each([
    ['report.pdf', 'report.pdf'], ['../../etc/passwd', '_.._etc_passwd.pdf'], ['report.pdf.exe', 'report.pdf.exe.pdf'], ['\u202efdp.exe', '_fdp.exe.pdf'],
    ['a\r\nX-Evil: 1.pdf', 'a__X-Evil_ 1.pdf'], ['C:\\x\\y.pdf', 'C__x_y.pdf'], ['...', 'attachment.pdf'], ['x'.repeat(400) + '.pdf', `${'x'.repeat(116)}.pdf`], ['REPORT.PDF', 'REPORT.PDF'],
  ])('the name %j becomes %j', (given, name) => { expect(nameOf(given, { contentType: 'application/pdf', ends: ['pdf'] })).toBe(name); });
});

describe('a file on its way in', () => {
  it('is handed on byte by byte, with its digest, however it is cut', async () => {
    await fc.assert(fc.asyncProperty(fc.integer({ min: 1, max: 9000 }), fc.integer({ min: 1, max: 12_000 }), async (size, length) => {
      const whole = Buffer.concat([Buffer.from('%PDF-'), Buffer.alloc(length, 7)]);
      const { arrived, kept } = await take(whole, 'a.pdf', NO_SCANNER, size);
      expect(kept?.equals(whole)).toBe(true);
      expect(arrived).toMatchObject({ filename: 'a.pdf', size: whole.length, verdict: 'unknown' });
    }), { numRuns: 25 });
  });
  it('with macros is refused wherever the cut falls, and so is an empty and an endless one', async () => {
    const macro = Buffer.concat([office('word/document.xml'), office('word/vbaProject.bin')]);
    for (let size = 1; size < 40; size += 1) expect((await take(macro, 'a.docx', NO_SCANNER, size)).arrived).toEqual({ kind: 'refused', code: 'upload-type' });
    const old = Buffer.concat([OLE, Buffer.alloc(5000), Buffer.from('_VBA_PROJECT', 'utf16le'), Buffer.alloc(300)]);
    expect(await take(old, 'a.doc')).toEqual({ arrived: { kind: 'refused', code: 'upload-type' }, kept: undefined });
    expect((await take(Buffer.alloc(0), 'a.pdf')).arrived).toEqual({ kind: 'refused', code: 'upload-empty' });
    let given = 0;
    const endless = Readable.from((function* more() { yield Buffer.from('%PDF-'); for (; given < 2 * LIMITS.file; given += 1 << 20) yield Buffer.alloc(1 << 20); })());
    expect(await takeIn(NO_SCANNER, { filename: 'a.pdf', bytes: endless }, async (stream) => { for await (const _ of stream); })).toEqual({ kind: 'refused', code: 'upload-large' });
    expect(given).toBeLessThan(LIMITS.file + (4 << 20));
  });
  it('that breaks off is nobody\'s: the fault is thrown on', async () => {
    const broken = Readable.from((async function* half() { yield Buffer.from('%PDF-1.7'); await Promise.resolve(); throw new Error('gone'); })());
    await expect(takeIn(NO_SCANNER, { filename: 'a.pdf', bytes: broken }, (stream) => buffer(stream))).rejects.toThrow('gone');
  });
});

describe('a malware scanner', () => {
  const folder = mkdtempSync(join(tmpdir(), 'clamd-'));
  let server: Server;
  let how: 'ok' | 'found' | 'error' | 'hang-up' | 'nonsense' = 'ok';
  const heard: Buffer[] = [];
  const world = openWorld({ resolver: '', resolverTrusted: false, allowedNetworks: [] });
  /** clamd(8), INSTREAM: command, pieces with their length, an empty one, the answer */
  const clamd = (socket: Socket) => {
    let all = Buffer.alloc(0);
    socket.on('error', () => undefined).on('data', (chunk: Buffer) => {
      all = Buffer.concat([all, chunk]);
      if (how === 'hang-up' && all.length > 2000) return void socket.destroy();
      const command = Buffer.from('zINSTREAM\0');
      if (!all.subarray(0, command.length).equals(command)) return;
      const whole: Buffer[] = [];
      for (let at = command.length; at + 4 <= all.length;) {
        const n = all.readUInt32BE(at);
        if (n === 0) {
          heard.push(Buffer.concat(whole));
          socket.end({ ok: 'stream: OK\0', found: 'stream: Eicar-Signature FOUND\0', error: 'INSTREAM size limit exceeded. ERROR\0', nonsense: 'OK\0', 'hang-up': '' }[how]);
          return;
        }
        if (at + 4 + n > all.length) return;
        whole.push(all.subarray(at + 4, at + 4 + n));
        at += 4 + n;
      }
    });
  };
  beforeAll(async () => { server = createServer(clamd); await new Promise<void>((done) => server.listen(join(folder, 'clamd.ctl'), done)); });
  afterAll(() => { server.close(); rmSync(folder, { recursive: true, force: true }); });
  const pdf = Buffer.concat([Buffer.from('%PDF-1.7'), Buffer.alloc(9000, 3)]);

  test.each([['ok', 'clean'], ['error', 'unknown'], ['nonsense', 'unknown'], ['hang-up', 'unknown']] as const)('that answers %s: %s', async (answer, verdict) => {
    how = answer;
    heard.length = 0;
    const { arrived, kept } = await take(pdf, 'a.pdf', clamav({ at: join(folder, 'clamd.ctl'), world }));
    expect(arrived).toMatchObject({ verdict });
    expect(kept?.equals(pdf)).toBe(true);
    if (answer !== 'hang-up') expect(heard[0]?.equals(pdf)).toBe(true);
  });
  it('that finds something: refused, and the last piece is never handed on as the end', async () => {
    how = 'found';
    expect(await take(pdf, 'a.pdf', clamav({ at: join(folder, 'clamd.ctl'), world }))).toEqual({ arrived: { kind: 'refused', code: 'upload-malware' }, kept: undefined });
  });
  it('over the network, or not there at all', async () => {
    how = 'ok';
    const tcp = createServer(clamd);
    await new Promise<void>((done) => tcp.listen(0, '127.0.0.1', done));
    const { port } = tcp.address() as AddressInfo;
    expect((await take(pdf, 'a.pdf', clamav({ at: `127.0.0.1:${port}`, world }))).arrived).toMatchObject({ verdict: 'clean' });
    await new Promise((done) => tcp.close(done));
    expect((await take(pdf, 'a.pdf', clamav({ at: `127.0.0.1:${port}`, world }))).arrived).toMatchObject({ verdict: 'unknown' });
    expect((await take(pdf, 'a.pdf', clamav({ at: join(folder, 'nobody'), world }))).arrived).toMatchObject({ verdict: 'unknown' });
  });
});
