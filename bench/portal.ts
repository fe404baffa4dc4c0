/**
 * The portal under a hundred readers at once: a code judged, a message opened; and 25 MB out to a reader and in with an answer, with what the
 * process grew by meanwhile. Printed beside the smallest page of the same server. Readers and service share the machine.
 */
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';
import { digestInput, type Draft } from '../shared/draft/draft.ts';
import { openMeasured } from './measured.service.ts';

const READERS = 100;
const PAGES = 8;
const SIZE = 25 * 1024 * 1024;
const TO = 'walt.finch@oldpost.test';
const MB = 1024 * 1024;
const hash = (bytes: Uint8Array | string) => createHash('sha256').update(bytes).digest('hex');

export async function run(): Promise<void> {
  const { world, url, ask, close } = await openMeasured();
  const line = (name: string, value: string) => process.stdout.write(`${name.padEnd(60)}${value}\n`);
  const agent = new Agent({ keepAlive: true, maxSockets: READERS });
  try {
    const token = await world.token('ana');
    const call = async (method: string, path: string, body: unknown, headers: Record<string, string> = {}) => {
      const bytes = body instanceof Uint8Array;
      const answer = await fetch(`${url}/api/v1/${path}`, { method, headers: { authorization: `Bearer ${token}`, 'content-type': bytes ? 'application/octet-stream' : 'application/json', ...headers }, body: bytes ? (body as BodyInit) : body === null ? null : JSON.stringify(body) });
      return answer.status === 204 ? null : ((await answer.json()) as { id: string; plan: { digest: string }; recipients: { status: string; spokenCode?: string }[] });
    };
    /** One page, read to its end and not kept: how long it took, and what it set. */
    const page = (path: string, { cookie = '', form, take }: { readonly cookie?: string; readonly form?: string | Buffer; readonly take?: string } = {}) => new Promise<{ ms: number; cookies: string[]; text: string; bytes: number; status: number }>((done, failed) => {
      const began = performance.now();
      const type = form instanceof Buffer ? `multipart/form-data; boundary=${take}` : 'application/x-www-form-urlencoded';
      const asking = request(url + path, { agent, method: form === undefined ? 'GET' : 'POST', headers: { cookie, ...(form === undefined ? {} : { 'content-type': type, 'content-length': Buffer.byteLength(form) }) } }, (answer) => {
        let [text, bytes] = ['', 0];
        answer.on('data', (chunk: Buffer) => { bytes += chunk.length; if (bytes < 200_000) text += chunk.toString('latin1'); })
          .on('end', () => done({ ms: performance.now() - began, cookies: (answer.headers['set-cookie'] ?? []).map((c) => c.split(';')[0] ?? ''), text, bytes, status: answer.statusCode ?? 0 })).on('error', failed);
      }).on('error', failed);
      asking.end(form);
    });
    const links = async () => ((await world.ask(`mailboxes/${TO}`)) as { messages: { raw: string }[] }).messages.map((m) => /\/m\/[A-Za-z0-9_-]{43}/.exec(m.raw.replace(/=\r\n/g, ''))?.[0] ?? '').filter((l) => l !== '');
    const waiting = async (id: string, before: number) => {
      for (const end = Date.now() + 60_000; Date.now() < end; await new Promise((r) => setTimeout(r, 10))) {
        const now = await links();
        const recipient = now.length > before ? (await call('GET', `messages/${id}`, null))?.recipients[0] : undefined;
        if (recipient?.spokenCode !== undefined && recipient.status === 'relayed') return { path: now.at(-1) ?? '', code: recipient.spokenCode };
      }
      throw new Error('the notice did not arrive');
    };
    const enter = async ({ path, code }: { path: string; code: string }) => {
      const first = await page(path);
      const form = new URLSearchParams({ form: /name="form" value="([^"]*)"/.exec(first.text)?.[1] ?? '', code }).toString();
      const entered = await page(`${path}/enter`, { cookie: first.cookies.join('; '), form });
      if (entered.status !== 303) throw new Error(`entering ended with ${entered.status}`);
      return { path, cookie: [...first.cookies, ...entered.cookies].join('; '), ms: entered.ms };
    };
    const quantiles = (times: number[]) => { times.sort((a, b) => a - b); return { p50: times[times.length >> 1] ?? 0, p95: times[Math.floor(times.length * 0.95)] ?? 0 }; };
    const said = (name: string, times: number[], floor?: number) => { const { p50, p95 } = quantiles(times); line(name, `p50 ${p50.toFixed(0)} ms, p95 ${p95.toFixed(0)} ms${floor === undefined ? '' : ` = ${(p95 / floor).toFixed(1)} × the smallest page`}`); return p95; };

    const copies: { path: string; code: string }[] = [];
    const ready: number[] = [];
    for (let i = 0; i < 10; i += 1) {
      const before = (await links()).length;
      const began = performance.now();
      const sent = await call('POST', 'messages', { from: { address: 'ana.ruiz@riverside.test' }, to: [{ address: TO }], subject: 'Your results', text: 'Your potassium is 6.1. '.repeat(200) }, { 'idempotency-key': randomUUID() });
      const accepted = performance.now() - began;
      copies.push(await waiting(sent?.id ?? '', before));
      ready.push(performance.now() - began - accepted);
    }
    said('from the receipt until the copy can be read', ready);

    const each = async <T>(what: (n: number) => Promise<T>) => Promise.all(Array.from({ length: READERS }, (_, n) => what(n)));
    for (let i = 0; i < 300; i += 1) await page('/healthz');
    const floor = said('the smallest page, a hundred readers without a pause', (await each(async () => { const times: number[] = []; for (let i = 0; i < PAGES; i += 1) times.push((await page('/healthz')).ms); return times; })).flat());
    const readers = await each((n) => enter(copies[n % copies.length] as { path: string; code: string }));
    said('a code judged, a hundred at the same moment', readers.map((r) => r.ms), floor);
    const opens = async (pause: boolean) => (await each(async (n) => {
      const { path, cookie } = readers[n] as { path: string; cookie: string };
      const times: number[] = [];
      for (let i = 0; i < PAGES; i += 1) {
        if (pause) await new Promise((r) => setTimeout(r, Math.random() * 2_000));
        const read = await page(`${path}/message`, { cookie });
        if (read.status !== 200 || !read.text.includes('potassium')) throw new Error(`reading ended with ${read.status}`);
        times.push(read.ms);
      }
      return times;
    })).flat();
    said('a message opened, a hundred readers, a page a second each', await opens(true), floor);
    said('a message opened, a hundred readers without a pause', await opens(false), floor);

    const part = Buffer.concat([Buffer.from('%PDF-1.7\n'), randomBytes(SIZE - 9)]);
    const draft: Draft = { from: { address: 'ana.ruiz@riverside.test' }, recipients: [{ address: TO, role: 'to' }], subject: 'Images', text: 'One large file.', attachments: [{ filename: 'scan.pdf', contentType: 'application/pdf', size: SIZE, sha256: hash(part) }] };
    const [id, digest, before] = [`ho_${randomUUID()}`, hash(digestInput(draft)), (await links()).length];
    await call('POST', 'handoffs', { id, digest, draft });
    await call('PUT', `handoffs/${id}/parts/${hash(part)}`, part);
    const first = await call('POST', `handoffs/${id}/commit`, { digest, plan: '0'.repeat(64), wishes: { justification: 'Images of the visit' } });
    const done = await call('POST', `handoffs/${id}/commit`, { digest, plan: first?.plan.digest, wishes: { justification: 'Images of the visit' } });
    const { path, cookie } = await enter(await waiting(done?.id ?? '', before));
    const grown = async (name: string, what: () => Promise<{ ms: number }>) => {
      const was = await ask('begin');
      const { ms } = await what();
      const is = await ask('end');
      line(name, `${ms.toFixed(0)} ms, at most ${(((is['held'] ?? 0) - (was['held'] ?? 0)) / MB).toFixed(0)} MB more in use (resident: ${(((is['peak'] ?? 0) - (was['rss'] ?? 0)) / MB).toFixed(0)} MB), longest event-loop pause ${(is['longest'] ?? 0).toFixed(0)} ms`);
    };
    const load = async () => { const got = await page(`${path}/attachments/0`, { cookie }); if (got.bytes !== SIZE) throw new Error('the attachment is not whole'); return got; };
    await load();
    await grown('25 MB out to one reader', load);
    await grown('25 MB out to four readers at once', async () => (await Promise.all([load(), load(), load(), load()]))[0] as { ms: number });
    const form = /action="[^"]*\/answer"[^>]*><input type="hidden" name="form" value="([^"]*)"><input type="hidden" name="key" value="([^"]*)"/.exec((await page(`${path}/message`, { cookie })).text);
    const field = (name: string, value: string) => `--edge\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
    const upload = Buffer.concat([Buffer.from(`${field('form', form?.[1] ?? '')}${field('key', form?.[2] ?? '')}${field('text', 'Here it is.')}--edge\r\ncontent-disposition: form-data; name="file"; filename="scan.pdf"\r\ncontent-type: application/pdf\r\n\r\n`), part.subarray(0, SIZE - 64), Buffer.from(`\r\n${field('attach', '1')}--edge--\r\n`)]);
    await grown('25 MB in, beside an answer', async () => { const sent = await page(`${path}/answer`, { cookie, form: upload, take: 'edge' }); if (sent.status !== 303) throw new Error(`the upload ended with ${sent.status}`); return sent; });
    if (!(await page(`${path}/message`, { cookie })).text.includes('scan.pdf')) throw new Error('the file is not beside the answer');
  } finally {
    agent.destroy();
    await close();
  }
}
