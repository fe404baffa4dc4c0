/**
 * The log: what noting, sequencing, reading and verifying cost, against bare inserts and bare SHA-256 of the same machine in the same run.
 * EVENTS sets the size (default 100,000).
 */
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { openAudit, type EventDraft } from '../service/audit/audit.ts';
import type { PreparedEvent } from '../service/audit/audit.ts';
import { verify } from '../service/audit/verify.ts';
import { openStore } from '../service/store/store.ts';
import { keyring } from '../tests/service/audit/vault.ts';

const world = { now: Date.now, random: (n: number) => randomBytes(n) };
const COUNT = Number(process.env['EVENTS'] ?? 100_000);
const BATCH = 50;

const say = (name: string, value: number, unit: string, floor?: { readonly name: string; readonly value: number }): void => {
  const ratio = floor === undefined ? '' : `   ${(value / floor.value).toFixed(2)} × ${floor.name} (${Math.round(floor.value)})`;
  process.stdout.write(`${name.padEnd(44)} ${(value < 10 ? value.toFixed(2) : String(Math.round(value))).padStart(9)} ${unit}${ratio}\n`);
};

async function seconds(work: () => Promise<unknown> | unknown): Promise<number> {
  const from = performance.now();
  await work();
  return (performance.now() - from) / 1000;
}

async function spread(n: number, work: (i: number) => Promise<unknown>): Promise<{ readonly p50: number; readonly p95: number }> {
  const times: number[] = [];
  for (let i = 0; i < n; i += 1) times.push(1000 * (await seconds(() => work(i))));
  times.sort((a, b) => a - b);
  return { p50: times[Math.floor(n / 2)] ?? 0, p95: times[Math.floor(n * 0.95)] ?? 0 };
}

export async function run(): Promise<void> {
  const base = mkdtempSync(join(tmpdir(), 'bench-audit-'));
  const rooms = { audit: new URL('../service/audit/audit.sql.ts', import.meta.url) };
  const store = await openStore({ folder: join(base, 'data'), rooms, world });
  const log = await openAudit({ store, vault: keyring(), world, origin: 'audit.bench.test/v1', folder: join(base, 'keys') });
  const room = store.room<typeof import('../service/audit/audit.sql.ts')>('audit');
  const key = { id: 'ev', bytes: randomBytes(32) };
  const types = ['delivery.queued', 'delivery.attempt.finished', 'delivery.relayed', 'delivery.deferred'];
  const draft = (n: number): EventDraft => ({
    type: types[n % 4] as string, outcome: 'ok', actor: { kind: 'service', id: `queue${n % 7}` }, message: `msg_${Math.floor(n / 12)}`, item: `item_${Math.floor(n / 4)}`,
    facts: { grade: 'B', code: 'pkix' }, sealed: { recipient: 'tess.lane@lakeside.test' },
  });
  try {
    let events: PreparedEvent[] = [];
    const prepared = COUNT / (await seconds(() => {
      events = Array.from({ length: COUNT }, (_, n) => log.prepare({ ...draft(n), ...(n % 4 === 0 ? { facts: {} } : {}) }, key));
    }));
    say('prepare: leaf, commitment, sealed value', prepared, '/s');

    const bare = new DatabaseSync(join(base, 'bare.db'));
    bare.exec('PRAGMA page_size=8192; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON; CREATE TABLE bare (id TEXT PRIMARY KEY, leaf TEXT NOT NULL, sealed BLOB) STRICT');
    const insert = bare.prepare('INSERT INTO bare VALUES (?, ?, ?)');
    const floor = COUNT / (await seconds(() => {
      for (let i = 0; i < COUNT; i += BATCH * 8) {
        bare.exec('BEGIN');
        for (const e of events.slice(i, i + BATCH * 8)) insert.run(e.id, e.leaf, e.sealed);
        bare.exec('COMMIT');
      }
    }));
    bare.close();

    await log.close();
    const noted = COUNT / (await seconds(async () => {
      const open = new Set<Promise<unknown>>();
      for (let i = 0; i < COUNT; i += BATCH) {
        const one = room.write.record({ events: events.slice(i, i + BATCH) }).finally(() => open.delete(one));
        open.add(one);
        if (open.size >= 8) await Promise.race(open);
      }
      await Promise.all(open);
    }));
    say('note, durable', noted, '/s', { name: 'bare insert', value: floor });
    say('sequence and sign', COUNT / (await seconds(() => log.flush())), '/s', { name: 'bare insert', value: floor });

    const bytes = events.map((e) => Buffer.from(e.leaf));
    const sha = COUNT / (await seconds(() => {
      for (const b of bytes) createHash('sha256').update(b).digest();
    }));
    const data = join(base, 'data');
    say('verify the data folder, all rules', COUNT / (await seconds(async () => {
      if ((await verify({ path: data })).code !== 0) throw new Error('the log of the benchmark does not verify');
    })), '/s', { name: 'bare SHA-256', value: sha });
    const whole = join(base, 'export');
    say('export', COUNT / (await seconds(() => log.export(whole))), '/s');
    say('verify the export, all rules', COUNT / (await seconds(async () => {
      if ((await verify({ path: whole })).code !== 0) throw new Error('the export of the benchmark does not verify');
    })), '/s', { name: 'bare SHA-256', value: sha });

    say('verify the export, hashes only', COUNT / (await seconds(async () => {
      if ((await verify({ path: whole, hashes: true })).code !== 0) throw new Error('the export of the benchmark does not verify');
    })), '/s', { name: 'bare SHA-256', value: sha });

    const proof = await spread(500, (i) => log.proof((i * 7919) % COUNT));
    say('inclusion proof p50', proof.p50, 'ms');
    say('inclusion proof p95', proof.p95, 'ms');
    const newest = await spread(100, () => log.events({ types: ['delivery.relayed'], order: 'desc', limit: 100 }));
    say('page of 100 by type, p95', newest.p95, 'ms');
    const story = await spread(300, (i) => log.of(`msg_${(i * 613) % Math.floor(COUNT / 12)}`));
    say('timeline of one message, p95', story.p95, 'ms');
    const counted = await spread(100, () => log.tallied(0, 1e9));
    say('count by day and type, p95', counted.p95, 'ms');
    const looked = await spread(100, async (i) => log.lookup('recipient', `r${i}@lakeside.test`, 1000));
    say('look-up of one exact value, p95', looked.p95, 'ms');
    let cursor: string | undefined;
    const walk = await spread(60, async () => {
      const page = await log.events({ outcome: 'ok', limit: 500, ...(cursor === undefined ? {} : { cursor }) });
      cursor = 'kind' in page ? undefined : (page.page.next ?? undefined);
    });
    say('page of 500 while walking the log, p95', walk.p95, 'ms');
    say('memory of the process', process.memoryUsage().rss / 2 ** 20, 'MB');
  } finally {
    await log.close();
    await store.close();
    rmSync(base, { recursive: true, force: true });
  }
}
