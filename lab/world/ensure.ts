/** Finds the lab's other process, or starts it, and speaks with it. A service killed and started again meets the same mailboxes and the same issuer. */
import { spawn } from 'node:child_process';
import { mkdirSync, openSync, closeSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Sight } from '../hops.ts';
import type { Proof, Token } from './issuer.ts';
import type { OpenedMessage } from '../post/opened.ts';
import type { OrdinaryMail } from '../post/ordinary.ts';
import type { Received } from '../post/post.ts';
import type { TextReceived } from './phones.ts';
import { readState, VERSION, type WorldHealth, type WorldState } from './state.ts';

export interface World {
  readonly health: WorldHealth;
  /** false when it was there already */
  readonly started: boolean;
  mailbox(address: string): Promise<{ readonly messages: readonly Received[] }>;
  opened(address: string, n: number): Promise<(OpenedMessage & Pick<Received, 'receivedAt' | 'tls'>) | null>;
  /** text messages on the phone with this number */
  phone(number: string): Promise<{ readonly messages: readonly TextReceived[] }>;
  /** what every mail host saw, by domain */
  sights(): Promise<{ readonly [domain: string]: Sight }>;
  counts(): Promise<{ readonly [address: string]: number }>;
  token(person: string, proof?: Proof): Promise<Token | null>;
  ordinary(mail: OrdinaryMail): Promise<{ readonly lost: readonly string[] } | null>;
  /** asks for nothing, so that the other process knows it is still needed */
  greet(): Promise<void>;
  stop(): Promise<void>;
}

const START_LIMIT = 120_000;
const PAUSE = 40;

async function ask<T>(state: WorldState, path: readonly string[], body?: unknown, limit = 60_000): Promise<T | null> {
  const response = await fetch(`http://127.0.0.1:${state.port}/${path.map(encodeURIComponent).join('/')}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${state.token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(limit),
  });
  if (response.status === 404) return null;
  if (!response.ok) throw new Error('The lab\'s other process did not answer as it should.');
  return (await response.json()) as T;
}

async function healthy(state: WorldState): Promise<WorldHealth | null> {
  try {
    const health = await ask<WorldHealth>(state, ['health'], undefined, START_LIMIT / 4);
    return health !== null && health.pid === state.pid ? health : null;
  } catch {
    return null;
  }
}

function alive(pid: number): boolean {
  if (pid === 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

export async function ensureWorld(folder: string): Promise<World> {
  if (process.env['NODE_ENV'] === 'production') throw new Error('The lab refuses to run with NODE_ENV=production.');
  const found = readState(folder);
  // A busy machine answers late; a second process beside a living one would take the mailboxes and give everybody another issuer.
  const health = found !== null && alive(found.pid) ? await healthy(found) : null;
  if (found !== null && health !== null) {
    if (health.version === VERSION) return worldOf(found, health, false);
    await ask(found, ['stop'], {});
    await gone(health.pid);
  }
  return start(folder);
}

async function start(folder: string): Promise<World> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const log = join(folder, 'child.log');
  const out = openSync(log, 'w', 0o600);
  const child = spawn(process.execPath, [join(import.meta.dirname, '..', 'child.ts'), folder], { detached: true, stdio: ['ignore', out, out] });
  closeSync(out);
  let ended = false;
  child.once('exit', () => { ended = true; });
  child.once('error', () => { ended = true; });
  for (const until = Date.now() + START_LIMIT; Date.now() < until;) {
    const state = readState(folder);
    const health = state !== null && state.pid === child.pid ? await healthy(state) : null;
    if (state !== null && health !== null) {
      child.unref();
      return worldOf(state, health, true);
    }
    if (ended) break;
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
  }
  child.kill();
  throw new Error(`The lab's other process did not start:\n${readFileSync(log, 'utf8').slice(-2000)}`);
}

async function gone(pid: number): Promise<void> {
  for (const until = Date.now() + START_LIMIT; alive(pid) && Date.now() < until;) await new Promise((resolve) => setTimeout(resolve, PAUSE));
}

function worldOf(state: WorldState, health: WorldHealth, started: boolean): World {
  return {
    health,
    started,
    mailbox: async (address) => (await ask<{ messages: Received[] }>(state, ['mailboxes', address])) ?? { messages: [] },
    opened: (address, n) => ask(state, ['mailboxes', address, String(n), 'opened']),
    phone: async (number) => (await ask<{ messages: TextReceived[] }>(state, ['phones', number])) ?? { messages: [] },
    counts: async () => (await ask<{ [address: string]: number }>(state, ['counts'])) ?? {},
    sights: async () => (await ask<{ [domain: string]: Sight }>(state, ['sights'])) ?? {},
    token: (person, proof) => ask(state, ['token'], { person, ...proof }),
    ordinary: (mail) => ask(state, ['ordinary'], mail),
    greet: async () => { await ask(state, ['health']); },
    async stop() {
      await ask(state, ['stop'], {}).catch(() => null);
      await gone(health.pid);
    },
  };
}
