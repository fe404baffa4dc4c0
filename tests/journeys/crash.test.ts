/**
 * `kill -9` at any moment under load: what was acknowledged is there and arrives, nothing is acknowledged twice under one id,
 * copies arrive twice only where the log says that an end was unknown, and no word of a draft lies in the data folder.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AUDIENCE, ORGANISATION } from '../../lab/people.ts';
import { openWorld } from '../../lab/world/world.ts';
import { readState } from '../../lab/world/state.ts';

const CYCLES = 4;
const WORD = 'Zanzibarquartz';

describe('killed at any moment', () => {
  const folder = mkdtempSync(join(tmpdir(), 'send-secure-crash-'));
  let world: Awaited<ReturnType<typeof openWorld>>;
  let child: ChildProcess | null = null;
  let url = '';
  let token = '';

  const control = async (path: string, body?: unknown) => {
    const state = readState(join(folder, 'world'));
    const answer = await fetch(`http://127.0.0.1:${state?.port}/${path}`, { method: body ? 'POST' : 'GET', headers: { authorization: `Bearer ${state?.token}`, 'content-type': 'application/json' }, ...(body ? { body: JSON.stringify(body) } : {}) });
    return answer.json();
  };

  async function start(): Promise<void> {
    const { health } = world;
    const env = {
      PATH: process.env['PATH'] ?? '', PORT: '0', DATA_DIR: join(folder, 'data'), KEYS_DIR: join(folder, 'keys'), RESOLVER: health.resolver, SMTP_PORT: String(health.smtpPort), ALLOWED_NETWORKS: '127.0.0.0/8', CA_FILE: health.caFile, STAGE_STS_PORT: String(health.stsPort),
      OIDC_ISSUER: health.issuer, OIDC_AUDIENCE: AUDIENCE, ORGANISATION_NAME: ORGANISATION.name, ORGANISATION_PHONE: ORGANISATION.phone, OWN_DOMAINS: ORGANISATION.domain,
    };
    const started = spawn(process.execPath, [join(import.meta.dirname, 'service.child.ts')], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    child = started;
    url = await new Promise<string>((ready, failed) => {
      started.stdout.once('data', (line: Buffer) => ready(line.toString().trim()));
      started.once('exit', () => failed(new Error('the service ended before it was ready')));
    });
  }

  const kill = () => new Promise<void>((gone) => {
    const dying = child;
    child = null;
    if (!dying || dying.exitCode !== null) return gone();
    dying.removeAllListeners('exit');
    dying.once('exit', () => gone());
    return dying.kill('SIGKILL');
  });
  const post = async (key: string, text: string) => {
    const answer = await fetch(`${url}/api/v1/messages`, {
      method: 'POST', headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'idempotency-key': key },
      body: JSON.stringify({ from: { address: 'ana.ruiz@riverside.test' }, to: [{ address: 'tess.lane@lakeside.test' }], subject: `${WORD} ${key}`, text }),
    });
    return answer.status === 202 ? ((await answer.json()) as { id: string }).id : null;
  };

  beforeAll(async () => {
    world = await openWorld({ folder: join(folder, 'world'), onStop: () => undefined });
    token = ((await control('token', { person: 'ana' })) as { access_token: string }).access_token;
  });
  afterAll(async () => {
    if (child) await kill();
    await world?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('loses nothing it acknowledged and tells of every unknown end', async () => {
    const acked = new Map<string, string>();
    let n = 0;
    for (let cycle = 0; cycle < CYCLES; cycle += 1) {
      await start();
      let running = true;
      const senders = Array.from({ length: 6 }, async () => {
        while (running) {
          n += 1;
          const key = `key-${String(n).padStart(5, '0')}-end`;
          try {
            const id = await post(key, `${WORD}: lithium 1.9, marker ${key}`);
            if (id) acked.set(key, id);
          } catch { return; }
        }
      });
      // At a moment nobody chose: some answers into the cycle, a few milliseconds more.
      const wanted = acked.size + 12 + Math.floor(Math.random() * 25);
      for (const end = Date.now() + 20_000; acked.size < wanted && Date.now() < end;) await new Promise((r) => setTimeout(r, 5));
      await new Promise((r) => setTimeout(r, Math.random() * 60));
      await kill();
      running = false;
      await Promise.all(senders);
    }
    expect(acked.size).toBeGreaterThan(40);

    await start();
    // Under the same keys the same ids, although the first answer came before the crash.
    for (const [key, id] of [...acked].slice(-10)) expect(await post(key, `${WORD}: lithium 1.9, marker ${key}`)).toBe(id);

    const arrived = new Map<string, number>();
    const deadline = Date.now() + 90_000;
    for (;;) {
      arrived.clear();
      const { messages } = (await control('mailboxes/tess.lane@lakeside.test')) as { messages: { raw: string }[] };
      for (const { raw } of messages) {
        const key = /marker (key-\d{5}-end)/.exec(raw)?.[1] ?? '';
        arrived.set(key, (arrived.get(key) ?? 0) + 1);
      }
      if ([...acked.keys()].every((key) => arrived.has(key))) break;
      if (Date.now() > deadline) break;
      await new Promise((r) => setTimeout(r, 500));
    }
    expect([...acked.keys()].filter((key) => !arrived.has(key)), 'acknowledged, never arrived').toEqual([]);

    for (const [key, id] of acked) {
      if ((arrived.get(key) ?? 0) < 2) continue;
      const timeline = await (await fetch(`${url}/api/v1/messages/${id}`, { headers: { authorization: `Bearer ${token}` } })).json() as { recipients: { events: { type: string }[] }[] };
      expect(timeline.recipients[0]?.events.map((e) => e.type), 'a copy that came twice is told of').toContain('delivery.unknown');
    }
    await kill();
  }, 180_000);

  it('holds no word of any draft on disk', () => {
    const found: string[] = [];
    const walk = (path: string): void => {
      for (const name of readdirSync(path)) {
        const file = join(path, name);
        if (statSync(file).isDirectory()) walk(file);
        else {
          const bytes = readFileSync(file);
          for (const word of [WORD, 'lithium 1.9', 'tess.lane@', 'ana.ruiz@']) if (bytes.includes(word) || bytes.includes(Buffer.from(word, 'utf16le'))) found.push(`${word} in ${name}`);
        }
      }
    };
    walk(join(folder, 'data'));
    walk(join(folder, 'keys'));
    expect(found).toEqual([]);
  });
});
