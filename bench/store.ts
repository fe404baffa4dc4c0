/**
 * The store: acknowledged writes of 10 KB against the same disk's bare append and fdatasync, alone and together, in one run;
 * reads beside them; the vault against bare AES-256-GCM.
 */
import { createCipheriv, randomBytes } from 'node:crypto';
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore } from '../service/store/store.ts';
import { open, seal } from '../service/vault/aead.ts';
import type * as Ledger from '../tests/service/store/ledger.sql.ts';
import { startPostgres } from '../tests/service/store/postgres.ts';

const BODY = randomBytes(10_240);
const ROUNDS = 5;
const rooms = { ledger: new URL('../tests/service/store/ledger.sql.ts', import.meta.url) };

const say = (name: string, value: number, floor?: { readonly name: string; readonly value: number }): void => {
  process.stdout.write(`${name.padEnd(46)} ${String(Math.round(value)).padStart(8)} /s${floor === undefined ? '' : `   ${(value / floor.value).toFixed(2)} × ${floor.name}`}\n`);
};

/** best of a few: what the machine can do, not what else it was doing */
async function rate(count: number, work: (round: number) => Promise<unknown> | unknown): Promise<number> {
  let best = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const from = performance.now();
    await work(round);
    best = Math.max(best, (count * 1000) / (performance.now() - from));
  }
  return best;
}

export async function run(): Promise<void> {
  const base = mkdtempSync(join(tmpdir(), 'bench-store-'));
  const postgres = await startPostgres();
  try {
    const file = openSync(join(base, 'bare'), 'w');
    const floor = {
      name: 'bare append + fdatasync', value: await rate(300, () => {
        for (let n = 0; n < 300; n++) {
          writeSync(file, BODY);
          fdatasyncSync(file);
        }
      }),
    };
    closeSync(file);
    say(floor.name, floor.value);

    const places: { readonly engine: string; readonly url?: string }[] = [{ engine: 'sqlite' }];
    if ('url' in postgres) places.push({ engine: 'postgres', url: await postgres.fresh() });
    for (const { engine, url } of places) {
      const store = await openStore({ folder: join(base, engine), rooms, world: { now: Date.now }, ...(url === undefined ? {} : { url }) });
      const { write, read } = store.room<typeof Ledger>('ledger');
      const put = (id: string) => write.put({ id, n: 1, body: BODY });
      say(`${engine}: one after the other`, await rate(200, async (round) => {
        for (let n = 0; n < 200; n++) await put(`a-${round}-${n}`);
      }), floor);
      say(`${engine}: 64 at a time`, await rate(4000, async (round) => {
        let n = 0;
        await Promise.all(Array.from({ length: 64 }, async () => {
          while (n < 4000) await put(`b-${round}-${n++}`);
        }));
      }), floor);
      say(`${engine}: reads by key, 64 at a time`, await rate(8000, async () => {
        let n = 0;
        await Promise.all(Array.from({ length: 64 }, async () => {
          while (n < 8000) await read.get({ id: `b-0-${n++ % 4000}` });
        }));
      }));
      await store.close();
    }

    const key = { id: 'k', bytes: randomBytes(32) };
    const gcm = { name: 'bare AES-256-GCM', value: await rate(5000, () => {
      for (let n = 0; n < 5000; n++) {
        const cipher = createCipheriv('aes-256-gcm', key.bytes, randomBytes(12));
        cipher.update(BODY);
        cipher.final();
        cipher.getAuthTag();
      }
    }) };
    say(`${gcm.name}, 10 KB`, gcm.value);
    const sealed = seal(key, 'row', BODY);
    say('seal, 10 KB', await rate(5000, () => {
      for (let n = 0; n < 5000; n++) seal(key, 'row', BODY);
    }), gcm);
    say('open, 10 KB', await rate(5000, () => {
      for (let n = 0; n < 5000; n++) open(key, 'row', sealed);
    }), gcm);
  } finally {
    if ('stop' in postgres) await postgres.stop();
    rmSync(base, { recursive: true, force: true });
  }
}
