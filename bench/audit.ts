/**
 * The log: what noting, sequencing, reading and verifying cost, against bare inserts and bare SHA-256 of the same machine in the same run,
 * and what acceptance keeps of its throughput with it. EVENTS sets the size (default 100,000; they are spread over a year), ACCEPT=0 leaves
 * acceptance out. Of a longer log all but the last 100,000 are laid at once (`audit.lay.ts`), and those are noted and sequenced on top of them.
 * FOLDER keeps the log that was made: a run that was ended goes on where it was, one that is whole is only measured.
 */
import { execFileSync } from 'node:child_process';
import { createHash, createHmac, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { openAudit, type EventDraft, type PreparedEvent } from '../service/audit/audit.ts';
import { verify } from '../service/audit/verify.ts';
import { openStore } from '../service/store/store.ts';
import { lay } from './audit.lay.ts';
import { keyring } from '../tests/service/audit/vault.ts';

const COUNT = Number(process.env['EVENTS'] ?? 100_000);
const BATCH = 50;
/** events that are in memory at once */
const CHUNK = 20_000;
/** noted and sequenced by the service and measured; what is older is laid */
const MEASURED = 100_000;
const DAY = 86_400_000;
const YEAR = 365 * DAY;
const BEGAN = Date.UTC(2026, 0, 1);
const PEOPLE = 400;
/** As ids are made: they begin with the time. */
const idOf = (prefix: string, n: number): string => {
  const hex = (BEGAN + Math.floor((n / COUNT) * YEAR)).toString(16).padStart(12, '0');
  return `${prefix}_${hex.slice(0, 8)}-${hex.slice(8)}-7${(n % 4096).toString(16).padStart(3, '0')}-8${Math.floor(n / 4096).toString(16).padStart(15, '0').slice(0, 3)}-${n.toString(16).padStart(12, '0')}`;
};
/** three copies a message, four entries a copy */
const messageOf = (n: number): string => idOf('msg', Math.floor(n / 12) * 12);
const itemOf = (n: number): string => idOf('item', Math.floor(n / 4) * 4);
const TYPES = ['encryption.decided', 'delivery.queued', 'delivery.attempt.finished', 'delivery.relayed'] as const;

const say = (name: string, value: number, unit: string, floor?: { readonly name: string; readonly value: number }): void => {
  const ratio = floor === undefined ? '' : `   ${(value / floor.value).toFixed(2)} × ${floor.name} (${Math.round(floor.value)})`;
  process.stdout.write(`${name.padEnd(52)} ${(value < 10 ? value.toFixed(2) : String(Math.round(value))).padStart(9)} ${unit}${ratio}\n`);
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

const memory = (): number => process.memoryUsage().rss / 2 ** 20;

/** Acceptance with the log and without, each in a process of its own. */
function accepted(args: readonly string[]): number {
  const said = execFileSync(process.execPath, [...args, join(import.meta.dirname, 'bench.ts'), 'accept'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  const [, rate, failed] = /durable before the answer\s+(\d+)\/s.*failed (\d+)/.exec(said) ?? [];
  if (rate === undefined || failed !== '0') throw new Error('acceptance did not run');
  return Number(rate);
}

/** What a kept folder knows of the runs before. */
interface Progress {
  readonly events: number;
  /** the keys of the log's values are derived from it, so that a later run finds what an earlier one wrote */
  readonly seed: string;
  /** events that were measured, and the seconds they took */
  readonly spent: { measured: number; /** seconds of processor time of `sequence`, which another load on the machine does not lengthen */ cpu: number; prepare: number; bare: number; note: number; sequence: number; hash: number };
}

function progressOf(base: string): { readonly was: Progress; keep(): void } {
  const path = join(base, 'progress.json');
  const fresh: Progress = { events: COUNT, seed: randomBytes(32).toString('hex'), spent: { measured: 0, cpu: 0, prepare: 0, bare: 0, note: 0, sequence: 0, hash: 0 } };
  const was = existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Progress) : fresh;
  if (was.events !== COUNT) throw new Error(`FOLDER holds a log that is to have ${was.events} events; set EVENTS to that, or another FOLDER`);
  const keep = (): void => {
    writeFileSync(`${path}.new`, JSON.stringify(was));
    renameSync(`${path}.new`, path);
  };
  keep();
  return { was, keep };
}

export async function run(): Promise<void> {
  const kept = process.env['FOLDER'];
  const base = kept ?? mkdtempSync(join(tmpdir(), 'bench-audit-'));
  mkdirSync(base, { recursive: true });
  const { was: { seed, spent }, keep } = progressOf(base);
  let clock = BEGAN;
  const world = { now: () => clock, random: (n: number) => randomBytes(n) };
  const rooms = { audit: new URL('../service/audit/audit.sql.ts', import.meta.url) };
  const vault = keyring((id) => createHmac('sha256', seed).update(id).digest());
  for (let month = 1; month <= 12; month += 1) await vault.blindKey(`2026-${String(month).padStart(2, '0')}`);
  // Its own clock rests: it sequences when it is asked to.
  const open = async () => {
    const store = await openStore({ folder: join(base, 'data'), rooms, world });
    const log = await openAudit({ store, vault, world, origin: 'audit.bench.test/v1', folder: join(base, 'keys') });
    await log.flush();
    await log.close();
    return { store, log, room: store.room<typeof import('../service/audit/audit.sql.ts')>('audit') };
  };
  let { store, log, room } = await open();
  const key = await vault.monthly(BEGAN);
  // Every tenth try fails, one entry in ten thousand is a refusal of a person.
  const draft = (n: number): EventDraft => (n % 10_000 === 9_999
    ? { type: 'authz.denied', outcome: 'denied', actor: { kind: 'staff', id: `u_${n % PEOPLE}` }, facts: { code: 'forbidden', method: 'GET' } }
    : {
      type: TYPES[n % 4] ?? '', outcome: n % 40 === 2 ? 'failed' : 'ok', actor: n % 4 === 0 ? { kind: 'author', id: `u_${Math.floor(n / 12) % PEOPLE}` } : { kind: 'service', id: `queue${n % 7}` }, message: messageOf(n), item: itemOf(n),
      facts: n % 4 > 1 ? { grade: 'B', code: 'pkix', protocol: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384' } : {}, ...(n % 4 === 0 ? { sealed: { recipient: `r${n % 50_000}@lakeside.test` } } : {}),
    });
  const bare = new DatabaseSync(join(base, 'bare.db'));
  try {
    bare.exec('PRAGMA page_size=8192; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON; CREATE TABLE IF NOT EXISTS bare (id TEXT PRIMARY KEY, leaf TEXT NOT NULL, sealed BLOB) STRICT');
    const insert = bare.prepare('INSERT INTO bare VALUES (?, ?, ?)');
    const prepared = (n: number): PreparedEvent => {
      clock = BEGAN + Math.floor((n / COUNT) * YEAR);
      return log.prepare(draft(n), key);
    };
    if (COUNT > 2 * MEASURED && ((await room.read.tree(undefined))?.size ?? 0) < COUNT - MEASURED) {
      await store.close();
      let told = 0;
      lay(base, COUNT - MEASURED, prepared, (n) => {
        if (n - told < 500_000) return;
        told = n;
        process.stderr.write(`${n} of ${COUNT} events laid, ${Math.round(memory())} MB\n`);
      });
      ({ store, log, room } = await open());
    }
    // In turn, chunk by chunk: each is measured alone.
    let early = 0;
    for (let done = Math.max(0, ((await room.read.tree(undefined))?.size ?? 1) - 1); done < COUNT; done += CHUNK) {
      const count = Math.min(CHUNK, COUNT - done);
      let events: PreparedEvent[] = [];
      const prepare = await seconds(() => {
        events = Array.from({ length: count }, (_, i) => prepared(done + i));
      });
      const bared = await seconds(() => {
        for (let i = 0; i < count; i += BATCH * 8) {
          bare.exec('BEGIN');
          for (const e of events.slice(i, i + BATCH * 8)) insert.run(e.id, e.leaf, e.sealed);
          bare.exec('COMMIT');
        }
      });
      const noted = await seconds(async () => {
        const open = new Set<Promise<unknown>>();
        for (let i = 0; i < count; i += BATCH) {
          const one = room.write.record({ events: events.slice(i, i + BATCH) }).finally(() => open.delete(one));
          open.add(one);
          if (open.size >= 8) await Promise.race(open);
        }
        await Promise.all(open);
      });
      const before = process.cpuUsage();
      const sequenced = await seconds(() => log.flush());
      const used = process.cpuUsage(before);
      if (early === 0) early = memory();
      const bytes = events.map((e) => Buffer.from(e.leaf));
      spent.hash += await seconds(() => {
        for (const b of bytes) createHash('sha256').update(b).digest();
      });
      spent.measured += count;
      spent.prepare += prepare;
      spent.bare += bared;
      spent.note += noted;
      spent.sequence += sequenced;
      spent.cpu += (used.user + used.system) / 1e6;
      keep();
      if (kept !== undefined) process.stderr.write(`${done + count} of ${COUNT} events, ${Math.round(memory())} MB\n`);
    }
    const grown = memory();
    const [floor, sha] = [{ name: 'bare insert', value: spent.measured / spent.bare }, { name: 'bare SHA-256', value: spent.measured / spent.hash }];
    say('events', COUNT, '');
    say('prepare: leaf, commitment, sealed value', spent.measured / spent.prepare, '/s');
    say('note, durable', spent.measured / spent.note, '/s', floor);
    say('sequence and sign', spent.measured / spent.sequence, '/s', floor);

    say('sequence and sign, by processor time', spent.measured / spent.cpu, '/s');
    const proof = await spread(500, (i) => log.proof((i * 7919) % COUNT));
    say('inclusion proof p50', proof.p50, 'ms');
    say('inclusion proof p95', proof.p95, 'ms');
    const window = (i: number) => ({ from: BEGAN + ((i * 37) % 330) * DAY, to: BEGAN + ((i * 37) % 330 + 30) * DAY, limit: 100, order: i % 2 === 0 ? 'desc' : 'asc' }) as const;
    const filters = {
      'type': (i: number) => ({ types: [TYPES[i % 4] ?? ''] }), 'two types': () => ({ types: ['delivery.relayed', 'delivery.queued'] }), 'actor': (i: number) => ({ actor: `u_${i % PEOPLE}` }), 'type and actor': (i: number) => ({ types: ['encryption.decided'], actor: `u_${i % PEOPLE}` }),
      'a rare outcome': () => ({ outcome: 'denied' }), 'type and outcome': () => ({ types: ['delivery.attempt.finished'], outcome: 'failed' }), 'nothing but time': () => ({}),
    };
    for (const [name, filter] of Object.entries(filters)) say(`page of 100 by ${name}, p95`, (await spread(60, (i) => log.events({ ...window(i), ...filter(i) }))).p95, 'ms');
    say('timeline of one message, p95', (await spread(300, (i) => log.of(messageOf((i * 7351) % COUNT)))).p95, 'ms');
    say('count by day and type over a year, p95', (await spread(100, () => log.tallied(BEGAN / DAY, (BEGAN + YEAR) / DAY))).p95, 'ms');
    say('look-up of one exact value, p95', (await spread(100, (i) => log.lookup('recipient', `r${(i * 4) % 50_000}@lakeside.test`, 1000))).p95, 'ms');
    let cursor: string | undefined;
    const walk = await spread(60, async () => {
      const page = await log.events({ outcome: 'ok', limit: 500, ...(cursor === undefined ? {} : { cursor }) });
      cursor = 'kind' in page ? undefined : (page.page.next ?? undefined);
    });
    say('page of 500 while walking the log, p95', walk.p95, 'ms');
    const data = join(base, 'data');
    const judged = async (name: string, question: Parameters<typeof verify>[0]): Promise<void> => {
      say(name, COUNT / (await seconds(async () => {
        if ((await verify(question)).code !== 0) throw new Error('the log of the benchmark does not verify');
      })), '/s', sha);
    };
    await judged('verify the data folder, all rules', { path: data });
    const whole = join(base, 'export');
    rmSync(whole, { recursive: true, force: true });
    say('export', COUNT / (await seconds(() => log.export(whole))), '/s');
    await judged('verify the export, all rules', { path: whole });
    await judged('verify the export, hashes only', { path: whole, hashes: true });

    say('memory after the first chunk of this run', early, 'MB');
    say('memory when grown', grown, 'MB');
    say('memory at the end', memory(), 'MB');
  } finally {
    bare.close();
    await log.close();
    await store.close();
    if (kept === undefined) rmSync(base, { recursive: true, force: true });
  }
  if (process.env['ACCEPT'] === '0') return;
  // In turn twice, the better of each: another load on the machine is no property of the log.
  const mute = ['--import', join(import.meta.dirname, 'mute.child.ts')];
  const runs = [0, 1].map(() => ({ without: accepted(mute), with: accepted([]) }));
  const without = Math.max(...runs.map((r) => r.without));
  say('accept with the log', Math.max(...runs.map((r) => r.with)), '/s', { name: 'accept without', value: without });
}
