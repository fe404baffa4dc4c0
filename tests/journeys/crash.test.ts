/**
 * `kill -9` at any moment under load: what was acknowledged is there and arrives, nothing is acknowledged twice under one id,
 * copies arrive twice only where the log says that an end was unknown, and no word of a draft lies in the data folder.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBeside, type Beside } from '../../lab/world/beside.ts';
import { PATIENCE, until } from '../until.ts';
import { startKillable, type Killable } from './killable.ts';

const CYCLES = 4;
const WORD = 'Zanzibarquartz';

describe('killed at any moment', () => {
  let world: Beside;
  let service: Killable;
  let token = '';

  const start = async () => { service = await startKillable(world.settings); };
  const post = async (key: string, text: string) => {
    const answer = await fetch(`${service.url}/api/v1/messages`, {
      method: 'POST', headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'idempotency-key': key },
      body: JSON.stringify({ from: { address: 'ana.ruiz@riverside.test' }, to: [{ address: 'tess.lane@lakeside.test' }], subject: `${WORD} ${key}`, text }),
    });
    return answer.status === 202 ? ((await answer.json()) as { id: string }).id : null;
  };

  beforeAll(async () => {
    world = await openBeside('crash');
    token = await world.token('ana');
  });
  afterAll(async () => {
    await service?.kill();
    await world?.close();
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
      await until('answers', () => acked.size >= wanted, { every: 5 });
      await new Promise((r) => setTimeout(r, Math.random() * 60));
      await service.kill();
      running = false;
      await Promise.all(senders);
    }
    expect(acked.size).toBeGreaterThan(40);

    await start();
    // Under the same keys the same ids, although the first answer came before the crash.
    for (const [key, id] of [...acked].slice(-10)) expect(await post(key, `${WORD}: lithium 1.9, marker ${key}`)).toBe(id);

    const arrived = new Map<string, number>();
    const missing = async () => {
      arrived.clear();
      const { messages } = (await world.ask('mailboxes/tess.lane@lakeside.test')) as { messages: { raw: string }[] };
      for (const { raw } of messages) {
        const key = /marker (key-\d{5}-end)/.exec(raw)?.[1] ?? '';
        arrived.set(key, (arrived.get(key) ?? 0) + 1);
      }
      return [...acked.keys()].filter((key) => !arrived.has(key));
    };
    await expect.poll(missing, { timeout: 2 * PATIENCE, interval: 200, message: 'acknowledged, never arrived' }).toEqual([]);

    for (const [key, id] of acked) {
      if ((arrived.get(key) ?? 0) < 2) continue;
      const timeline = await (await fetch(`${service.url}/api/v1/messages/${id}`, { headers: { authorization: `Bearer ${token}` } })).json() as { recipients: { events: { type: string }[] }[] };
      expect(timeline.recipients[0]?.events.map((e) => e.type), 'a copy that came twice is told of').toContain('delivery.unknown');
    }
    await service.kill();
  });

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
    walk(join(world.folder, 'data'));
    walk(join(world.folder, 'keys'));
    expect(found).toEqual([]);
  });
});
