/**
 * A 25 MB attachment by parts: the service's longest event-loop pause and its growth in memory, from the first byte to the last
 * recipient's copy; and the hand-over of a 100 KB draft, stage to receipt. Printed beside a bare pipe of the same bytes to a file.
 */
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { digestInput, type Draft } from '../shared/draft/draft.ts';
import { openMeasured } from './measured.service.ts';

const SIZE = 25 * 1024 * 1024;
const SMALL_RUNS = 40;
const hash = (bytes: Uint8Array | string) => createHash('sha256').update(bytes).digest('hex');

export async function run(): Promise<void> {
  const { world, url, ask, close } = await openMeasured();
  try {
    const token = await world.token('ana');
    const call = async (method: string, path: string, body: unknown) => {
      const bytes = body instanceof Uint8Array;
      const answer = await fetch(`${url}/api/v1/${path}`, { method, headers: { authorization: `Bearer ${token}`, 'content-type': bytes ? 'application/octet-stream' : 'application/json' }, body: bytes ? (body as BodyInit) : body === null ? null : JSON.stringify(body) });
      return { status: answer.status, body: answer.status === 204 ? null : ((await answer.json()) as { id: string; plan: { digest: string }; recipients: { status: string }[] }) };
    };
    const handOver = async (text: string, part: Uint8Array | null) => {
      const draft: Draft = { from: { address: 'ana.ruiz@riverside.test' }, recipients: [{ address: 'tess.lane@lakeside.test', role: 'to' }], subject: 'Images', text, attachments: part ? [{ filename: 'scan.bin', contentType: 'application/octet-stream', size: part.length, sha256: hash(part) }] : [] };
      const id = `ho_${randomUUID()}`;
      const digest = hash(digestInput(draft));
      await call('POST', 'handoffs', { id, digest, draft });
      if (part) await call('PUT', `handoffs/${id}/parts/${hash(part)}`, part);
      const first = await call('POST', `handoffs/${id}/commit`, { digest, plan: '0'.repeat(64) });
      const done = await call('POST', `handoffs/${id}/commit`, { digest, plan: first.body?.plan.digest });
      if (done.status !== 202) throw new Error(`the hand-over ended with ${done.status}`);
      return done.body?.id ?? '';
    };
    const relayed = async (id: string) => {
      for (const end = Date.now() + 60_000; Date.now() < end; await new Promise((r) => setTimeout(r, 50))) if ((await call('GET', `messages/${id}`, null)).body?.recipients.every((r) => r.status === 'relayed')) return;
      throw new Error('the copy did not arrive');
    };
    const line = (name: string, value: string) => process.stdout.write(`${name.padEnd(60)}${value}\n`);

    await relayed(await handOver('A first one, so that all is loaded.', randomBytes(300_000)));
    const part = randomBytes(SIZE);
    const sink = createServer((request, response) => { void pipeline(request, createWriteStream(join(world.folder, 'floor'))).then(() => response.end()); });
    await new Promise<void>((up) => { sink.listen(0, '127.0.0.1', up); });
    const floorBegan = performance.now();
    await (await fetch(`http://127.0.0.1:${(sink.address() as { port: number }).port}`, { method: 'PUT', body: part })).arrayBuffer();
    const floor = performance.now() - floorBegan;
    sink.close();

    const before = await ask('begin');
    const began = performance.now();
    const id = await handOver('One large file.', part);
    const receipt = performance.now() - began;
    const accepted = await ask('peek');
    await relayed(id);
    const after = await ask('end');
    line('25 MB, stage to receipt', `${receipt.toFixed(0)} ms = ${(receipt / floor).toFixed(1)} × a bare PUT to a file (${floor.toFixed(0)} ms)`);
    line('longest event-loop pause until the copy had arrived', `${(after['longest'] ?? 0).toFixed(0)} ms`);
    const grown = (figure: number | undefined) => `${(((figure ?? 0) - (before['rss'] ?? 0)) / SIZE).toFixed(2)} × the attachment`;
    line('growth of the process at its peak, until the receipt', grown(accepted['peak']));
    line('growth of the process at its peak, until it had arrived', grown(after['peak']));

    const times: number[] = [];
    const text = 'The patient was seen today and the plan was discussed with the family at length. '.repeat(1250).slice(0, 100_000);
    for (let i = 0; i < SMALL_RUNS; i += 1) {
      const start = performance.now();
      await handOver(text, null);
      times.push(performance.now() - start);
    }
    times.sort((a, b) => a - b);
    line('100 KB draft, stage to receipt', `p50 ${times[SMALL_RUNS >> 1]?.toFixed(0)} ms, p95 ${times[Math.floor(SMALL_RUNS * 0.95)]?.toFixed(0)} ms`);
  } finally {
    await close();
  }
}
