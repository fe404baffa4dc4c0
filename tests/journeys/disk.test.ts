/**
 * A disk that is full for a while, and one whose sync fails, under the whole service: strace makes the store's own system calls fail.
 * Nothing is acknowledged that is not kept, readiness goes off, what can recover does, and what cannot says so until it is started again.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tool } from '../tools.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AUDIENCE, ORGANISATION } from '../../lab/people.ts';
import { openWorld } from '../../lab/world/world.ts';
import { readState } from '../../lab/world/state.ts';
import { verify } from '../../service/audit/verify.ts';

const traced = tool('strace', 'what happens on a full disk and when a sync fails');

(traced ? describe : describe.skip).each([
  // Some writes fail one after the other, then there is room again; as many as outlast what the background work alone would use up.
  { name: 'a disk that is full for a while', call: 'pwrite64', error: 'ENOSPC', when: '5000..5040', recovers: true, codes: ['store-full'] },
  { name: 'a sync that fails', call: 'fsync,fdatasync', error: 'EIO', when: '260+', recovers: false, codes: ['commit-failed', 'store-stopped'] },
])('$name', ({ call, error, when, recovers, codes }) => {
  const folder = mkdtempSync(join(tmpdir(), 'send-secure-disk-'));
  let world: Awaited<ReturnType<typeof openWorld>>;
  let child: ChildProcess | null = null;
  let url = '';
  let token = '';

  const control = async (path: string, body?: unknown) => {
    const state = readState(join(folder, 'world'));
    return (await fetch(`http://127.0.0.1:${state?.port}/${path}`, { method: body ? 'POST' : 'GET', headers: { authorization: `Bearer ${state?.token}`, 'content-type': 'application/json' }, ...(body ? { body: JSON.stringify(body) } : {}) })).json();
  };

  async function start(broken: boolean): Promise<void> {
    const { health } = world;
    const env = {
      PATH: process.env['PATH'] ?? '', PORT: '0', DATA_DIR: join(folder, 'data'), KEYS_DIR: join(folder, 'keys'), RESOLVER: health.resolver, SMTP_PORT: String(health.smtpPort), ALLOWED_NETWORKS: '127.0.0.0/8', CA_FILE: health.caFile, STAGE_STS_PORT: String(health.stsPort),
      OIDC_ISSUER: health.issuer, OIDC_AUDIENCE: AUDIENCE, ORGANISATION_NAME: ORGANISATION.name, ORGANISATION_PHONE: ORGANISATION.phone, OWN_DOMAINS: ORGANISATION.domain,
    };
    const node = [process.execPath, join(import.meta.dirname, 'service.child.ts')];
    const files = ['store.db', 'store.db-wal'].flatMap((name) => ['-P', join(folder, 'data', name)]);
    const command = broken ? ['strace', '-f', '-qq', '--seccomp-bpf', '-e', `trace=${call}`, '-e', `inject=${call}:error=${error}:when=${when}`, ...files, '-o', '/dev/null', ...node] : node;
    // A group of its own: strace and what it watches end together.
    const started = spawn(command[0] ?? '', command.slice(1), { env, stdio: ['ignore', 'pipe', 'inherit'], detached: true });
    child = started;
    url = await new Promise<string>((ready, failed) => {
      started.stdout.once('data', (line: Buffer) => ready(line.toString().trim()));
      started.once('exit', () => failed(new Error('the service ended before it was ready')));
      started.once('error', failed);
    });
  }
  const kill = () => new Promise<void>((gone) => {
    const dying = child;
    child = null;
    if (!dying?.pid || dying.exitCode !== null) return gone();
    dying.removeAllListeners('exit');
    dying.once('exit', () => gone());
    return void process.kill(-dying.pid, 'SIGKILL');
  });
  const post = async (key: string) => {
    const answer = await fetch(`${url}/api/v1/messages`, {
      method: 'POST', headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'idempotency-key': key },
      body: JSON.stringify({ from: { address: 'ana.ruiz@riverside.test' }, to: [{ address: 'tess.lane@lakeside.test' }], subject: 'Results', text: `Lithium 1.9, marker ${key}.` }),
    });
    return { status: answer.status, body: (await answer.json()) as { id?: string; code?: string } };
  };
  const readiness = async () => {
    const answer = await fetch(`${url}/readyz`);
    return { status: answer.status, text: await answer.text() };
  };

  beforeAll(async () => {
    world = await openWorld({ folder: join(folder, 'world'), onStop: () => undefined });
    token = ((await control('token', { person: 'ana' })) as { access_token: string }).access_token;
  });
  afterAll(async () => {
    await kill();
    await world?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('refuses with a code, says it is not ready, keeps what it acknowledged and nothing by half', async () => {
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
      for (const end = Date.now() + 60_000; (await readiness()).status !== 200 && Date.now() < end;) await new Promise((r) => setTimeout(r, 200));
      const again = await post('after');
      expect(again.status, 'room made, it takes messages again').toBe(202);
      acked.set('after', again.body.id ?? '');
    } else {
      expect((await post('after')).status).toBe(503);
      // The store tries to mend itself a bounded number of times first.
      for (const end = Date.now() + 30_000; (await fetch(`${url}/healthz`)).status !== 503 && Date.now() < end;) await new Promise((r) => setTimeout(r, 100));
      expect((await fetch(`${url}/healthz`)).status, 'only a new process can mend it').toBe(503);
    }
    await kill();

    await start(false);
    for (const [key, id] of acked) expect((await post(key)).body.id, 'acknowledged: the same id again').toBe(id);
    // What was refused may be sent again under its key, and is there once.
    for (const key of refused) {
      const again = await post(key);
      expect(again.status).toBe(202);
      acked.set(key, again.body.id ?? '');
    }
    const all = [...acked.keys()];
    let arrived = new Map<string, number>();
    for (const end = Date.now() + 60_000; Date.now() < end;) {
      const { messages } = (await control('mailboxes/tess.lane@lakeside.test')) as { messages: { raw: string }[] };
      arrived = new Map();
      for (const { raw } of messages) { const key = /marker (key-\d{4}|after)\./.exec(raw)?.[1] ?? ''; arrived.set(key, (arrived.get(key) ?? 0) + 1); }
      if (all.every((key) => arrived.has(key))) break;
      await new Promise((r) => setTimeout(r, 300));
    }
    expect(all.filter((key) => !arrived.has(key))).toEqual([]);
    for (const [key, id] of acked) {
      if ((arrived.get(key) ?? 0) < 2) continue;
      const timeline = await (await fetch(`${url}/api/v1/messages/${id}`, { headers: { authorization: `Bearer ${token}` } })).json() as { recipients: { events: { type: string }[] }[] };
      expect(timeline.recipients[0]?.events.map((e) => e.type)).toContain('delivery.unknown');
    }
    await kill();
    const answer = await verify({ path: join(folder, 'data') });
    // Killed at the end: the newest events may not be in the tree yet, what is there must fit.
    expect(answer.code, answer.lines.join('\n')).toBe(0);
  }, 180_000);
});
