/**
 * Items wait here: one message for one recipient. Destination leases, fenced item leases, retries by destination.
 * Never sends; never decides a protection. Retries after RFC 5321 §4.5.4.1.
 */
import type { Protection } from '../../shared/plan/protection.ts';
import type { PreparedEvent } from '../audit/audit.ts';
import type { Store } from '../store/store.ts';
import type { World } from '../world.ts';
import type { ItemRow } from './queue.sql.ts';

export interface Item {
  readonly id: string;
  readonly message: string;
  /** index of the recipient in the message; -1 for mail of our own */
  readonly n: number;
  /** recipient domain, lower case: the lease unit */
  readonly destination: string;
  /** `message` to a recipient, or `mail` (receipt, code, refusal) of our own */
  readonly kind: 'message' | 'mail';
  readonly protection: Protection;
  /** as the author was shown it */
  readonly planned: Protection;
  readonly otherwise: Protection | null;
  readonly attempts: number;
  /** an attempt was begun and its end never kept: whether it arrived is unknown */
  readonly started: boolean;
  readonly created: number;
  /** after this the other way is taken instead of another try */
  readonly deadline: number;
  /** when a pause that it may have waited through ended: its days and its deadline count from there */
  readonly resumed: number;
  /** the last reason it waited or moved; '' before any */
  readonly code: string;
  /** own mail, sealed; null for a message */
  readonly sealed: Uint8Array | null;
  /** fence: settle and defer only succeed for the lease that was given */
  readonly lease: string;
  /** its days are over and its domain does not answer: to be given up, not tried */
  readonly worn?: true;
}

/** How far ahead of others a copy goes (ms): a code is awaited by somebody at a screen, and a letter need not wait behind a mailing. */
export const AHEAD = { code: 3_600_000, letter: 600_000, mailing: 0 } as const;
/** more recipients than this are a mailing */
const LETTER_MOST = 20;

/** What is kept back for a while (`later`) overtakes nobody, least of all its own time. */
export const aheadOf = (recipients: number, later: boolean): number => (later || recipients > LETTER_MOST ? AHEAD.mailing : AHEAD.letter);

const MINUTE = 60_000;
/** Minutes before try n + 1; the last goes on. RFC 5321 §4.5.4.1 asks for 30 minutes and more in the long run, four to five days in all. */
const SCHEDULE = [1, 2, 5, 10, 20, 30, 60, 120, 240];
const GIVE_UP_AFTER = 5 * 24 * 60 * MINUTE;
/** Where nobody knows whether a try arrived, every further one may be one more copy: these steps of the schedule are passed over. */
const UNSURE = 4;
/** Minutes a whole destination rests after its n-th failure in a row. */
const REST = [0.5, 1, 2, 5, 10, 20, 30];

/** Nothing waits longer than the longest pause of the schedule, a tenth more, and some. */
const LONGEST = 5 * 60 * MINUTE;
/** A clock that goes back by more was set, not slewed. */
const STEP = 2_000;

const LEASE_MS = 60_000;
const RENEW_MS = LEASE_MS / 3;
const POLL_MS = 500;
/** How often silent domains are looked over for what has waited too long. */
const WORN_MS = 30_000;

interface QueueOptions {
  readonly store: Store;
  readonly world: Pick<World, 'now' | 'random'>;
  /** several instances may share the store: then leases of others are left alone at the start */
  readonly alone: boolean;
  /** minutes before try n + 1, for the lab and the tests */
  readonly schedule?: readonly number[];
}

export type Carry = (item: Item, signal: AbortSignal) => Promise<void>;
export type Queue = ReturnType<typeof openQueue>;

export function openQueue({ store, world, alone, schedule = SCHEDULE }: QueueOptions) {
  const room = store.room<typeof import('./queue.sql.ts')>('queue');
  const owner = Buffer.from(world.random(12)).toString('hex');
  const running = new Map<string, { readonly item: Item; readonly done: Promise<void>; readonly lost: AbortController }>();
  const destinations = new Set<string>();
  const stopper = new AbortController();
  let wornAt = 0;
  let awake: () => void = () => undefined;
  let woken = false;
  let loop: Promise<void> | null = null;
  const draining = new AbortController();

  const wake = () => { woken = true; awake(); };
  const pause = (ms: number) => new Promise<void>((resume) => {
    if (woken) return resume();
    const timer = setTimeout(resume, ms);
    awake = () => { clearTimeout(timer); resume(); };
  });

  async function round(carry: Carry, limits: { readonly concurrency: number; readonly perDestination: number }, broken: (fault: unknown) => void): Promise<number> {
    const free = limits.concurrency - running.size;
    if (free <= 0) return 0;
    const now = world.now();
    const lease = `${owner}/${Buffer.from(world.random(9)).toString('base64url')}`;
    const rows = await room.write.lease({ owner, lease, now, until: now + LEASE_MS, destinations: Math.max(free, 8), perDestination: limits.perDestination, total: free });
    // What is over at a silent domain is settled with what room is left.
    const spare = free - rows.length;
    const worn = spare > 0 && now >= wornAt ? await room.write.worn({ lease, now, until: now + LEASE_MS, before: now - GIVE_UP_AFTER, total: spare }) : [];
    if (spare > 0 && worn.length < spare) wornAt = now + WORN_MS;
    for (const item of [...rows.map(itemOf), ...worn.map((row) => ({ ...itemOf(row), worn: true as const }))]) {
      const lost = new AbortController();
      destinations.add(item.destination);
      const done = carry(item, AbortSignal.any([stopper.signal, lost.signal]))
        .catch(async (fault: unknown) => {
          broken(fault);
          // A fault is ours, not the recipient's: the copy waits and is tried again, nothing is lost and nobody gives up on it.
          await room.write.giveBack({ item: item.id, lease: item.lease, destination: item.destination, until: later(item), code: 'fault' }).catch(broken);
        })
        .finally(() => { running.delete(item.id); wake(); });
      running.set(item.id, { item, done, lost });
    }
    return rows.length + worn.length;
  }

  const ended = (within: number) => Promise.race([Promise.allSettled([...running.values()].map(({ done }) => done)), new Promise((r) => setTimeout(r, within).unref())]);

  /** by the schedule, give or take a tenth, so that what failed together does not come back together */
  function later(item: Item, unsure = false): number {
    const minutes = schedule[Math.min(item.attempts + (unsure ? UNSURE : 0), schedule.length - 1)] ?? 30;
    return Math.round(world.now() + minutes * MINUTE * (0.9 + 0.2 * ((world.random(1)[0] ?? 0) / 255)));
  }

  /**
   * Later, by the schedule; `given-up` when five days are over, and then nothing is written. `whole`: what is wrong is the destination's,
   * not one mailbox's, so all that waits for it rests.
   */
  async function defer(item: Item, why: { readonly code: string; readonly whole: boolean; readonly unsure?: boolean; readonly events: readonly PreparedEvent[]; /** the word of it, should its author have taken it back meanwhile */ readonly stopped?: readonly PreparedEvent[] }): Promise<'deferred' | 'given-up' | 'lost'> {
    const now = world.now();
    if (now - Math.max(item.created, item.resumed) > GIVE_UP_AFTER) return 'given-up';
    const whole = why.whole ? REST.map((m) => Math.round(now + m * MINUTE * ((schedule[0] ?? 1) / (SCHEDULE[0] ?? 1)))) : null;
    const kept = await room.write.defer({ item: item.id, lease: item.lease, destination: item.destination, until: later(item, why.unsure), code: why.code, wholeUntil: whole, now, events: why.events, stopped: why.stopped ?? [] });
    return kept ? 'deferred' : 'lost';
  }

  return {
    room, wake, defer,
    /** Leases and carries until `stop`. A fault in one copy never ends the loop. */
    async start(carry: Carry, limits: { readonly concurrency: number; readonly perDestination: number }, broken: (fault: unknown) => void): Promise<void> {
      if (alone) await room.write.forsake({ now: world.now() });
      await room.write.atOnce({ now: world.now(), beyond: world.now() + LONGEST });
      let renewed = world.now();
      let latest = renewed;
      let failures = 0;
      loop = (async () => {
        while (!draining.signal.aborted) {
          try {
            const now = world.now();
            // Only where the clock is ours alone; several instances would each take the same hour away.
            if (latest - now > STEP && alone) await room.write.nearer({ now, by: latest - now });
            latest = now;
            if (now - renewed > RENEW_MS || now < renewed) {
              renewed = now;
              // Ours first: a machine that slept, or a clock set forward, must not make us take our own copies for somebody's who is gone.
              if (running.size > 0) {
                const kept = [...running.values()].map(({ item }) => ({ id: item.id, lease: item.lease, destination: item.destination }));
                // We slept through our lease: somebody else carries these now.
                for (const id of await room.write.renew({ owner, until: now + LEASE_MS, items: kept })) running.get(id)?.lost.abort();
              }
              await room.write.reap({ now });
            }
            woken = false;
            const taken = await round(carry, limits, broken);
            failures = 0;
            if (taken === 0) await pause(POLL_MS * (0.8 + 0.4 * Math.random()));
          } catch (fault) {
            // The store is down or full: readiness says so, the loop waits longer each time.
            broken(fault);
            failures += 1;
            woken = false;
            await pause(Math.min(30_000, POLL_MS * 2 ** failures));
          }
        }
      })();
    },
    /** No new leases; what runs may end within `grace` ms, then is told to stop. */
    async stop(grace = 5_000): Promise<void> {
      draining.abort();
      wake();
      await loop;
      await ended(grace);
      stopper.abort();
      await ended(2_000);
      // A kindness to the others; leases run out by themselves.
      await room.write.resign({ owner, destinations: [...destinations] }).catch(() => undefined);
    },
    figures: () => room.read.figures({ now: world.now() }),
  };
}

function itemOf(row: ItemRow): Item {
  const { id, message, n, destination, kind, protection, planned, otherwise, attempts, created, deadline, code, sealed, lease } = row;
  return { id, message, n, destination, kind, protection, planned, otherwise, attempts, created, deadline, code, sealed, lease, resumed: row.resumed ?? 0, started: row.started === 1 };
}
