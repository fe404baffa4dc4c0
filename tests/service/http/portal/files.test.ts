/** Attachments in parts and as one archive: ranges by the letter of RFC 9110 §14, an archive that other programs read. */
import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import fc from 'fast-check';
import { unzipSync } from 'fflate';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { zip, zipLength, zipNames } from '../../../../service/http/portal/zip.ts';
import { refuse } from '../../../../service/refusal.ts';
import type { Open } from '../../../../service/route.ts';
import { openGround, PART, TOKEN, type Ground } from '../ground.ts';
import { visitor, type Visitor } from './visitor.ts';

const LINK = `/m/${TOKEN}`;
const BYTES = Buffer.from('0123456789');
const TAG = `"${PART.slice(0, 32)}"`;
let ground: Ground;
let rosa: Visitor;
const facts = ['a.txt', '../../a.txt', 'A.TXT', 'empty', 'ñandú.pdf'].map((filename, n) => ({ filename, contentType: 'text/plain', size: n === 3 ? 0 : 10, sha256: PART }));

async function openFiles(end: { at?: number } = {}) {
  const asked: number[] = [];
  const open = {
    look: async () => ({ ways: ['mail-code'] as const }), thread: async () => ({ answers: [], begun: '', others: 0, files: [] }), requestCode: async () => undefined, leave: async () => undefined,
    enter: async () => ({ kind: 'entered' as const, session: 's' }),
    read: async () => ({ from: { address: 'a@x.test' }, organisation: 'R', to: [], subject: 's', text: 't', attachments: facts, acceptedAt: Date.UTC(2026, 10, 21, 10, 2, 4), expires: 1 }),
    async attachment(_session, n, wanted) {
      asked.push(n);
      const fact = facts[n];
      if (fact === undefined) return refuse('not-found');
      if (end.at === n) return refuse('recalled');
      const span = wanted?.(fact);
      const bytes = Readable.from([BYTES.subarray(0, fact.size).subarray(span?.start ?? 0, span?.end)]);
      return span === undefined ? { fact, bytes } : { fact, bytes, span };
    },
  } satisfies Partial<Open> as Partial<Open> as Open;
  const own = await openGround({ rates: { client: { rate: 0, burst: 0 } } }, { open });
  const who = visitor(own.app);
  await who.submit(await (await who.get(`${LINK}/enter`)).text(), `${LINK}/enter`, { code: '123456' });
  return { own, who, asked };
}
beforeEach(async () => { ({ own: ground, who: rosa } = await openFiles()); });

describe('a range', () => {
  test.each([
    [undefined, 200, '0123456789', null],
    ['bytes=0-3', 206, '0123', 'bytes 0-3/10'],
    ['Bytes=4-4', 206, '4', 'bytes 4-4/10'],
    ['bytes=7-', 206, '789', 'bytes 7-9/10'],
    ['bytes=7-999', 206, '789', 'bytes 7-9/10'],
    ['bytes=-3', 206, '789', 'bytes 7-9/10'],
    ['bytes=-99', 206, '0123456789', 'bytes 0-9/10'],
    ['bytes=0-', 206, '0123456789', 'bytes 0-9/10'],
    ['bytes=10-', 416, '', 'bytes */10'],
    ['bytes=99-200', 416, '', 'bytes */10'],
    ['bytes=-0', 416, '', 'bytes */10'],
    // not understood: the whole
    ['bytes=3-2', 200, '0123456789', null],
    ['bytes=-', 200, '0123456789', null],
    ['bytes=0-1,4-5', 200, '0123456789', null],
    ['lines=0-1', 200, '0123456789', null],
    ['bytes=a-b', 200, '0123456789', null],
    ['bytes=0x1-2', 200, '0123456789', null],
    ['bytes=99999999999999999999-', 200, '0123456789', null],
  ])('%j → %i', async (range, status, body, named) => {
    const answer = await rosa.get(`${LINK}/attachments/0`, range === undefined ? {} : { range });
    expect([answer.status, answer.headers.get('content-range'), answer.headers.get('accept-ranges'), answer.headers.get('etag')]).toEqual([status, named, 'bytes', TAG]);
    if (status !== 416) expect(answer.headers.get('content-length')).toBe(String(body.length));
    expect(await answer.text()).toBe(body);
  });
  test.each([[TAG, 206], ['"other"', 200], [`W/${TAG}`, 200], ['Sat, 21 Nov 2026 10:00:00 GMT', 200]])('of the version If-Range %s → %i', async (ifRange, status) => {
    expect((await rosa.get(`${LINK}/attachments/0`, { range: 'bytes=0-3', 'if-range': ifRange })).status).toBe(status);
  });
  test('of nothing cannot be satisfied; without a session nothing is said of the file', async () => {
    expect((await rosa.get(`${LINK}/attachments/3`, { range: 'bytes=0-' })).status).toBe(416);
    const stranger = await visitor(ground.app).get(`${LINK}/attachments/0`, { range: 'bytes=99-' });
    expect([stranger.status, stranger.headers.get('etag'), stranger.headers.get('content-range')]).toEqual([303, null, null]);
  });
});

describe('all as one archive', () => {
  test('holds every file once, under safe names', async () => {
    const answer = await rosa.get(`${LINK}/all`);
    const bytes = Buffer.from(await answer.arrayBuffer());
    expect([answer.status, answer.headers.get('content-type'), answer.headers.get('content-length')]).toEqual([200, 'application/zip', String(bytes.length)]);
    expect(answer.headers.get('content-disposition')).toContain('filename="attachments.zip"');
    expect(Object.entries(unzipSync(bytes)).map(([name, content]) => [name, Buffer.from(content).toString()])).toEqual([
      ['a.txt', '0123456789'], ['_.._a.txt', '0123456789'], ['A (2).TXT', '0123456789'], ['empty', ''], ['ñandú.pdf', '0123456789'],
    ]);
  });
  test('is offered on the page, with its size, and its name is the language\'s', async () => {
    expect(await (await rosa.get(`${LINK}/message`)).text()).toContain(`href="${LINK}/all">Download all as one archive (40 bytes)`);
    expect((await rosa.get(`${LINK}/all`, { 'accept-language': 'es' })).headers.get('content-disposition')).toContain('adjuntos.zip');
  });
  test('asks for each file when its turn comes, and breaks off when the message ends meanwhile', async () => {
    const { who, asked } = await openFiles({ at: 2 });
    await expect(who.get(`${LINK}/all`).then((a) => a.arrayBuffer())).resolves.toHaveProperty('byteLength');
    expect(asked).toEqual([0, 1, 2]);
  });
  test('HEAD asks for nothing, a stranger gets nothing', async () => {
    const { own, asked } = await openFiles();
    expect((await own.app.request(`${LINK}/all`, { method: 'HEAD' })).status).toBe(200);
    expect((await visitor(own.app).get(`${LINK}/all`)).status).toBe(303);
    expect(asked).toEqual([]);
  });
});

const entry = (name: string, content: Buffer, cut = 7000) => ({
  name, size: content.length,
  open: async () => Readable.from(Array.from({ length: Math.ceil(content.length / cut) }, (_, i) => content.subarray(i * cut, (i + 1) * cut))),
});

test('what goes in comes out, and is as long as foretold', async () => {
  await fc.assert(fc.asyncProperty(fc.array(// The reader here keeps files in a plain object, which has no room for this one name.
    fc.tuple(fc.string({ maxLength: 12 }).filter((name) => name !== '__proto__'), fc.nat(100_000), fc.integer({ min: 1, max: 70_000 })), { maxLength: 5 }), async (files) => {
    const names = zipNames(files.map(([name]) => name));
    const entries = files.map(([, size, cut], i) => entry(names[i] ?? '', randomBytes(size), cut));
    const bytes = await buffer(zip(entries, Date.now()));
    expect(bytes.length).toBe(zipLength(entries));
    const out = unzipSync(bytes);
    expect(Object.keys(out).sort()).toEqual([...names].sort());
    for (const e of entries) expect(Buffer.from(out[e.name] ?? []).equals(await buffer(await e.open()))).toBe(true);
  }), { numRuns: 40 });
});

test('names stay in the folder and differ, whatever they are', () => {
  fc.assert(fc.property(fc.array(fc.oneof(fc.string(), fc.constantFrom('../x', '..', '/etc/passwd', 'C:\\x', 'x', 'X', '\u202Egpj.exe', ' .x. ', 'a/../../b'))), (given) => {
    const names = zipNames(given);
    expect(new Set(names.map((n) => n.toLowerCase())).size).toBe(given.length);
    // oxlint-disable-next-line no-control-regex
    for (const name of names) expect(name).toMatch(/^(?!\.)[^/\\\u0000-\u001f\u202a-\u202e]+$/);
  }));
});

test.each([[9], [11]])('a file that holds %i bytes where ten were said breaks the archive', async (held) => {
  await expect(buffer(zip([{ ...entry('a', randomBytes(held)), size: 10 }], 0))).rejects.toThrow('not as long');
});

test('other programs read it', ({ skip }) => {
  if (spawnSync('python3', ['--version']).error !== undefined) skip('THE ARCHIVE WAS NOT READ BY ANOTHER PROGRAM: python3 is not on this machine');
  const folder = mkdtempSync(join(tmpdir(), 'zip-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return buffer(zip([entry('Año.txt', Buffer.from('hola')), entry('big', randomBytes(200_000)), entry('none', Buffer.alloc(0))], Date.UTC(2026, 10, 21, 10, 2, 4))).then((bytes) => {
    writeFileSync(join(folder, 'a.zip'), bytes);
    const said = execFileSync('python3', ['-c', 'import sys,zipfile\nz=zipfile.ZipFile(sys.argv[1])\nassert z.testzip() is None\nprint([(i.filename,i.file_size,i.date_time) for i in z.infolist()])', join(folder, 'a.zip')]).toString();
    expect(said.trim()).toBe("[('Año.txt', 4, (2026, 11, 21, 10, 2, 4)), ('big', 200000, (2026, 11, 21, 10, 2, 4)), ('none', 0, (2026, 11, 21, 10, 2, 4))]");
    expect(readFileSync(join(folder, 'a.zip')).subarray(0, 4).toString('hex')).toBe('504b0304');
  });
});
