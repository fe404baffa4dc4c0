/**
 * Conversations kept open for the next message to the same host, for a short while (RFC 5321 §4.5.4.1 asks for economy).
 * Holds no opinion: whoever takes one judges it again for the message at hand.
 */
import type { Place, Session } from './session.ts';

export interface Pool {
  take(place: Place): Session | null;
  /** keeps it if it is still good, else lets it go */
  park(session: Session): void;
  close(): void;
}

interface Parked {
  readonly session: Session;
  /** by the clock that nobody sets */
  readonly until: number;
}

const MAX_USES = 2000;
const MAX_AGE = 300_000;
const MAX_PARKED = 256;

export function openPool({ idle, now }: { readonly idle: number; readonly now: () => number }): Pool {
  const parked = new Map<string, Parked[]>();
  const born = new WeakMap<Session, number>();
  let count = 0;
  let closed = false;
  // One for all: a conversation is parked after every message, and a timer of its own would cost more than judging it.
  let timer: NodeJS.Timeout | undefined;
  const watch = (ms: number): void => { timer = setTimeout(sweep, ms).unref(); };

  function sweep(): void {
    timer = undefined;
    const time = performance.now();
    let nearest = Infinity;
    for (const [key, all] of parked) {
      const kept = all.filter(({ session, until }) => {
        if (until > time) nearest = Math.min(nearest, until);
        else session.quit();
        return until > time;
      });
      count -= all.length - kept.length;
      if (kept.length > 0) parked.set(key, kept);
      else parked.delete(key);
    }
    if (nearest < Infinity) watch(Math.ceil(nearest - time));
  }

  return {
    take(place) {
      const all = parked.get(keyOf(place));
      for (let last = all?.pop(); last; last = all?.pop()) {
        count -= 1;
        if (last.session.alive) return last.session;
        last.session.drop();
      }
      return null;
    },
    park(session) {
      const age = born.get(session);
      if (age === undefined) born.set(session, now());
      const fresh = age === undefined || (now() - age < MAX_AGE && session.uses < MAX_USES);
      if (closed || !session.alive || !fresh || count >= MAX_PARKED) return session.quit();
      const key = keyOf(session.place);
      const one = { session, until: performance.now() + idle };
      const all = parked.get(key);
      if (all) all.push(one);
      else parked.set(key, [one]);
      count += 1;
      if (timer === undefined) watch(idle);
    },
    close() {
      closed = true;
      clearTimeout(timer);
      for (const { session } of [...parked.values()].flat()) session.quit();
      parked.clear();
      count = 0;
    },
  };
}

function keyOf({ host, ip, port, servername, as }: Place): string {
  const key = servername === undefined ? `${host}|${ip}|${port}` : `${host}|${ip}|${port}|${servername}`;
  return as === undefined ? key : `${key}|as|${as}`;
}
