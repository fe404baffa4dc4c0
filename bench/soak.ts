/**
 * `npm run soak -- [items] [destinations]`: many copies to many destinations, one try in ten goes wrong, and the service is killed (-9)
 * again and again, also while it accepts. At the end: nothing acknowledged is lost, every copy has an end, copies came twice only
 * where the log says that an end was unknown, no content crossed in clear, and the log verifies. Exit 1 when any of it is not so.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { createServer } from 'node:http';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { startSink, type Sink } from '../lab/sink.ts';
import { verify } from '../service/audit/verify.ts';
import type { MessageTimeline } from '../shared/wire/timeline.ts';

interface Soak {
  readonly items: number;
  readonly destinations: number;
  /** recipients of one message */
  readonly each: number;
  /** part of the tries that go wrong */
  readonly faults: number;
  /** copies accepted or arrived between two kills, give or take a half: progress and not time, or a busy machine would be killed for ever before it gets anywhere */
  readonly killEvery: number;
  readonly say: (line: string) => void;
}

interface Outcome {
  readonly items: number;
  readonly kills: number;
  readonly relayed: number;
  readonly failed: number;
  /** copies that came more than once */
  readonly twice: number;
  /** what must be empty: acknowledged and nowhere, twice and not told of, failed without a reason, without an end */
  readonly lost: readonly string[];
  readonly untold: readonly string[];
  readonly unjust: readonly string[];
  readonly endless: readonly string[];
  readonly plaintext: number;
  readonly log: { readonly code: number; readonly says: string };
  readonly seconds: number;
}

const CHILD = join(import.meta.dirname, '..', 'tests', 'journeys', 'service.child.ts');
const wait = (ms: number) => new Promise<void>((done) => { setTimeout(done, ms); });

async function issue(): Promise<{ readonly url: string; readonly token: string; close(): void }> {
  const { publicKey, privateKey } = await generateKeyPair('RS256');
  const jwk = { ...(await exportJWK(publicKey)), kid: 'soak', alg: 'RS256', use: 'sig' };
  const server = createServer((request, response) => {
    response.setHeader('content-type', 'application/json').end(JSON.stringify(request.url?.includes('openid') ? { issuer: url, jwks_uri: `${url}/jwks` } : { keys: [jwk] }));
  });
  await new Promise<void>((up) => { server.listen(0, '127.0.0.1', up); });
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  const token = await new SignJWT({ roles: ['api-client'], addresses: ['results@riverside.test'], client_id: 'soak', name: 'Soak' })
    .setProtectedHeader({ alg: 'RS256', kid: 'soak' }).setIssuer(url).setAudience('soak').setSubject('soak').setIssuedAt().setExpirationTime('12h').sign(privateKey);
  return { url, token, close: () => { server.close(); server.closeAllConnections(); } };
}

export async function soak({ items, destinations, each, faults, killEvery, say }: Soak): Promise<Outcome> {
  const began = Date.now();
  const folder = mkdtempSync(join(tmpdir(), 'send-secure-soak-'));
  const sink: Sink = await startSink({ folder: join(folder, 'ca'), ip: '127.0.2.1', share: faults, own: 'riverside.test' });
  const issuer = await issue();
  const environment = {
    PATH: process.env['PATH'] ?? '', PORT: '0', DATA_DIR: join(folder, 'data'), KEYS_DIR: join(folder, 'keys'), RESOLVER: sink.resolver, SMTP_PORT: String(sink.smtpPort), ALLOWED_NETWORKS: '127.0.0.0/8', CA_FILE: sink.caFile, STAGE_STS_PORT: '9',
    OIDC_ISSUER: issuer.url, OIDC_AUDIENCE: 'soak', ORGANISATION_NAME: 'Soak', ORGANISATION_PHONE: '1', OWN_DOMAINS: 'riverside.test', MX_PROVIDERS: sink.provider, FALLBACK_MINUTES: '7200',
  };
  let child: ChildProcess | null = null;
  let url = '';
  let kills = 0;

  async function start(): Promise<void> {
    const started = spawn(process.execPath, [CHILD], { env: environment, stdio: ['ignore', 'pipe', 'inherit'] });
    child = started;
    url = await new Promise<string>((ready, failed) => {
      started.stdout.once('data', (line: Buffer) => ready(line.toString().trim()));
      started.once('exit', () => failed(new Error('the service ended before it was ready')));
    });
  }
  const end = (signal: 'SIGKILL' | 'SIGTERM') => new Promise<void>((gone) => {
    const dying = child;
    child = null;
    if (!dying || dying.exitCode !== null) return gone();
    dying.removeAllListeners('exit');
    dying.once('exit', () => gone());
    return void dying.kill(signal);
  });
  const ask = async (path: string, init: RequestInit = {}): Promise<Response | null> =>
    fetch(`${url}${path}`, { ...init, headers: { authorization: `Bearer ${issuer.token}`, 'content-type': 'application/json', ...init.headers } }).catch(() => null);
  const insist = async <T>(path: string, init?: RequestInit): Promise<T> => {
    for (let turn = 0; turn < 2_000; turn += 1) {
      const answer = await ask(path, init);
      const body = answer?.ok ? await answer.json().catch(() => null) as T | null : null;
      if (body !== null) return body;
      await wait(100);
    }
    throw new Error('the service did not answer any more');
  };

  const ids = new Map<string, readonly string[]>();
  const accepted = () => [...ids.values()].reduce((sum, to) => sum + to.length, 0);

  // Killed and started again until told to stop; what asks meanwhile asks again.
  let killing = true;
  async function killer(): Promise<void> {
    while (killing) {
      const goal = sink.kept.size + accepted() + killEvery * (0.5 + Math.random());
      while (killing && sink.kept.size + accepted() < goal) await wait(20);
      if (!killing) break;
      await end('SIGKILL');
      kills += 1;
      await start();
    }
  }

  try {
    await start();
    const killed = killer();
    const batches = Array.from({ length: Math.ceil(items / each) }, (_, b) =>
      Array.from({ length: Math.min(each, items - b * each) }, (__, i) => `p${b * each + i}@d${(b * each + i) % destinations}.test`));
    const waiting = batches.map((to, b) => ({ to, b }));
    await Promise.all(Array.from({ length: 4 }, async () => {
      for (let next = waiting.shift(); next; next = waiting.shift()) {
        const { to, b } = next;
        const body = JSON.stringify({ from: { address: 'results@riverside.test' }, to: to.map((address) => ({ address })), subject: `Result ${b}`, text: 'The patient was seen today; potassium 6.1.' });
        const { id } = await insist<{ id: string }>('/api/v1/messages', { method: 'POST', body, headers: { 'idempotency-key': `soak-${b}` } });
        ids.set(id, to);
      }
    }));
    say(`accepted ${ids.size} messages with ${items} copies, ${kills} kills so far`);

    let told = 0;
    for (let idle = 0; idle < 3;) {
      await wait(1_000);
      const text = await (await ask('/metrics'))?.text().catch(() => '') ?? '';
      const figure = (name: string) => Number(new RegExp(`^sendsecure_${name} (\\d+)`, 'm').exec(text)?.[1] ?? Number.NaN);
      const left = figure('queue_ready') + figure('queue_waiting');
      // Kills go on to the end of the queue, but not for ever over its last few copies.
      if (left < destinations / 10) killing = false;
      idle = left === 0 ? idle + 1 : 0;
      if (Date.now() - told > 10_000) { told = Date.now(); say(`${sink.kept.size} arrived, ${Number.isNaN(left) ? '?' : left} waiting, ${kills} kills`); }
    }
    killing = false;
    await killed;

    const [lost, untold, unjust, endless]: [string[], string[], string[], string[]] = [[], [], [], []];
    let [relayed, failed] = [0, 0];
    for (const [id, to] of ids) {
      let timeline = await insist<MessageTimeline>(`/api/v1/messages/${id}`);
      for (let turn = 0; turn < 60 && timeline.recipients.some((r) => r.status === 'queued' || r.status === 'delayed'); turn += 1) {
        await wait(500);
        timeline = await insist<MessageTimeline>(`/api/v1/messages/${id}`);
      }
      if (timeline.recipients.length !== to.length) lost.push(id);
      for (const copy of timeline.recipients) {
        const times = sink.kept.get(copy.address) ?? 0;
        const ambiguous = copy.events.some((e) => e.type === 'delivery.unknown' || (e.type === 'delivery.deferred' && e.facts?.['code'] === 'reply-unknown'));
        if (copy.status === 'relayed') {
          relayed += 1;
          if (times === 0) lost.push(copy.address);
        } else if (copy.status === 'failed') {
          failed += 1;
          const unanswered = copy.events.some((e) => e.type === 'delivery.failed' && e.facts?.['code'] === 'unanswered');
          if (!sink.unknown.has(copy.address) && !unanswered) unjust.push(copy.address);
        } else endless.push(`${copy.address} ${copy.status}`);
        if (times > 1 && !ambiguous) untold.push(copy.address);
      }
    }
    await end('SIGTERM');
    const answer = await verify({ path: join(folder, 'data') });
    return {
      items, kills, relayed, failed, twice: [...sink.kept.values()].filter((n) => n > 1).length, lost, untold, unjust, endless, plaintext: sink.plaintext(),
      log: { code: answer.code, says: answer.lines.join(' ') }, seconds: Math.round((Date.now() - began) / 1000),
    };
  } finally {
    killing = false;
    await end('SIGKILL');
    issuer.close();
    await sink.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What is wrong with an outcome, in words; empty when nothing is. */
export function complaints(o: Outcome): string[] {
  return [
    ...(o.lost.length > 0 ? [`LOST: ${o.lost.length}, such as ${o.lost.slice(0, 3).join(', ')}`] : []),
    ...(o.untold.length > 0 ? [`TWICE AND NOT TOLD: ${o.untold.length}, such as ${o.untold.slice(0, 3).join(', ')}`] : []),
    ...(o.unjust.length > 0 ? [`FAILED WITHOUT CAUSE: ${o.unjust.length}, such as ${o.unjust.slice(0, 3).join(', ')}`] : []),
    ...(o.endless.length > 0 ? [`WITHOUT AN END: ${o.endless.length}, such as ${o.endless.slice(0, 3).join(', ')}`] : []),
    ...(o.plaintext > 0 ? [`IN CLEAR: ${o.plaintext} bytes`] : []),
    ...(o.relayed + o.failed === o.items ? [] : [`COUNT: ${o.relayed} + ${o.failed} of ${o.items}`]),
    ...(o.log.code === 0 ? [] : [`LOG: ${o.log.says}`]),
  ];
}

export async function run(items = 100_000, destinations = 500): Promise<Outcome> {
  const say = (line: string) => void process.stdout.write(`${line}\n`);
  const outcome = await soak({ items, destinations, each: 100, faults: 0.1, killEvery: 3_000, say });
  say(`${outcome.items} copies over ${destinations} destinations in ${outcome.seconds} s, killed ${outcome.kills} times: ${outcome.relayed} relayed, ${outcome.failed} failed for cause, ${outcome.twice} came twice, each told of`);
  say(outcome.log.says);
  for (const complaint of complaints(outcome)) say(complaint);
  return outcome;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [items, destinations] = process.argv.slice(2).filter((a) => /^\d+$/.test(a)).map(Number);
  const outcome = await run(items, destinations);
  process.exit(complaints(outcome).length > 0 || outcome.kills === 0 ? 1 : 0);
}
