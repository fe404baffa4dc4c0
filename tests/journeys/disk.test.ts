/**
 * A disk that is full for a while, and one whose sync fails, under the whole service: strace makes the store's own system calls fail.
 * Nothing is acknowledged that is not kept, readiness goes off, what can recover does, and what cannot says so until it is started again.
 */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBeside, type Beside } from '../../lab/world/beside.ts';
import { verify } from '../../service/audit/verify.ts';
import { tool } from '../tools.ts';
import { PATIENCE, until } from '../until.ts';
import { startKillable, type Killable } from './killable.ts';

const traced = tool('strace', 'what happens on a full disk and when a sync fails');

(traced ? describe : describe.skip).each([
  // Some writes fail one after the other, then there is room again; as many as outlast what the background work alone would use up.
  { name: 'a disk that is full for a while', call: 'pwrite64', error: 'ENOSPC', when: '2000..2040', recovers: true, codes: ['store-full'] },
  { name: 'a sync that fails', call: 'fsync,fdatasync', error: 'EIO', when: '100+', recovers: false, codes: ['commit-failed', 'store-stopped'] },
])('$name', ({ call, error, when, recovers, codes }) => {
  let world: Beside;
  let service: Killable;
  let token = '';

  const start = async (broken: boolean) => {
    const files = ['store.db', 'store.db-wal'].flatMap((name) => ['-P', join(world.folder, 'data', name)]);
    service = await startKillable(world.settings, broken ? ['strace', '-f', '-qq', '--seccomp-bpf', '-e', `trace=${call}`, '-e', `inject=${call}:error=${error}:when=${when}`, ...files, '-o', '/dev/null'] : []);
  };
  const post = async (key: string) => {
    const answer = await fetch(`${service.url}/api/v1/messages`, {
      method: 'POST', headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'idempotency-key': key },
      body: JSON.stringify({ from: { address: 'ana.ruiz@riverside.test' }, to: [{ address: 'tess.lane@lakeside.test' }], subject: 'Results', text: `Lithium 1.9, marker ${key}.` }),
    });
    return { status: answer.status, body: (await answer.json()) as { id?: string; code?: string } };
  };
  const readiness = async () => {
    const answer = await fetch(`${service.url}/readyz`);
    return { status: answer.status, text: await answer.text() };
  };

  beforeAll(async () => {
    world = await openBeside('disk');
    token = await world.token('ana');
  });
  afterAll(async () => {
    await service?.kill();
    await world?.close();
  });

  it('refuses with a code, says it is not ready, keeps what it acknowledged and nothing by half', async () => {
    // The first start writes the tables, more with every version: what is counted begins after it.
    await start(false);
    await service.kill();
    await start(true);
    const acked = new Map<string, string>();
    const refused: string[] = [];
    const seen = new Set<string>();
    let off = false;
    for (let n = 0; n < 1500 && refused.length < 3; n += 1) {
      const key = `key-${String(n).padStart(4, '0')}`;
      const { status, body } = await post(key);
      if (status === 202) acked.set(key, body.id ?? '');
      else {
        expect([[500, 'fault'], [503, 'not-ready']]).toContainEqual([status, body.code]);
        refused.push(key);
      }
      const ready = await readiness();
      if (ready.status === 503) { off = true; for (const code of codes) if (ready.text.includes(code)) seen.add(code); }
    }
    expect(acked.size, 'it worked before').toBeGreaterThan(3);
    expect(off, 'readiness went off').toBe(true);
    expect(seen.size, 'and said why').toBeGreaterThan(0);

    if (recovers) {
      // Those that fail may not be over yet when it is ready for the first time.
      const again = await until('room made, it takes messages again', async () => { const answer = (await readiness()).status === 200 ? await post('after') : null; return answer?.status === 202 ? answer : null; }, { every: 200 });
      acked.set('after', again.body.id ?? '');
    } else {
      expect((await post('after')).status).toBe(503);
      // The store tries to mend itself a bounded number of times first.
      await until('only a new process to mend it', async () => (await fetch(`${service.url}/healthz`)).status === 503, { every: 100 });
    }
    await service.kill();

    await start(false);
    for (const [key, id] of acked) expect((await post(key)).body.id, 'acknowledged: the same id again').toBe(id);
    // What was refused may be sent again under its key, and is there once.
    for (const key of refused) {
      const again = await post(key);
      expect(again.status).toBe(202);
      acked.set(key, again.body.id ?? '');
    }
    const all = [...acked.keys()];
    const arrived = new Map<string, number>();
    const missing = async () => {
      arrived.clear();
      const { messages } = (await world.ask('mailboxes/tess.lane@lakeside.test')) as { messages: { raw: string }[] };
      for (const { raw } of messages) { const key = /marker (key-\d{4}|after)\./.exec(raw)?.[1] ?? ''; arrived.set(key, (arrived.get(key) ?? 0) + 1); }
      return all.filter((key) => !arrived.has(key));
    };
    await expect.poll(missing, { timeout: 2 * PATIENCE, interval: 200 }).toEqual([]);
    for (const [key, id] of acked) {
      if ((arrived.get(key) ?? 0) < 2) continue;
      const timeline = await (await fetch(`${service.url}/api/v1/messages/${id}`, { headers: { authorization: `Bearer ${token}` } })).json() as { recipients: { events: { type: string }[] }[] };
      expect(timeline.recipients[0]?.events.map((e) => e.type)).toContain('delivery.unknown');
    }
    await service.kill();
    const answer = await verify({ path: join(world.folder, 'data') });
    // Killed at the end: the newest events may not be in the tree yet, what is there must fit.
    expect(answer.code, answer.lines.join('\n')).toBe(0);
  });
});
