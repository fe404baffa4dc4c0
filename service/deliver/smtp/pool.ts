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
  readonly timer: NodeJS.Timeout;
}

const MAX_USES = 2000;
const MAX_AGE = 300_000;
const MAX_PARKED = 256;

export function openPool({ idle, now }: { readonly idle: number; readonly now: () => number }): Pool {
  const parked = new Map<string, Parked[]>();
  const born = new WeakMap<Session, number>();
  let count = 0;
  let closed = false;

  function remove(key: string, session: Session): void {
    const rest = (parked.get(key) ?? []).filter((one) => one.session !== session);
    count -= (parked.get(key)?.length ?? 0) - rest.length;
    if (rest.length > 0) parked.set(key, rest);
    else parked.delete(key);
  }

  return {
    take(place) {
      const key = keyOf(place);
      for (let last = parked.get(key)?.at(-1); last; last = parked.get(key)?.at(-1)) {
        clearTimeout(last.timer);
        remove(key, last.session);
        if (last.session.alive) return last.session;
        last.session.drop();
      }
      return null;
    },
    park(session) {
      if (!born.has(session)) born.set(session, now());
      const fresh = now() - (born.get(session) ?? 0) < MAX_AGE && session.uses < MAX_USES;
      if (closed || !session.alive || !fresh || count >= MAX_PARKED) return session.quit();
      const key = keyOf(session.place);
      const timer = setTimeout(() => {
        remove(key, session);
        session.quit();
      }, idle);
      timer.unref();
      parked.set(key, [...(parked.get(key) ?? []), { session, timer }]);
      count += 1;
    },
    close() {
      closed = true;
      for (const { session, timer } of [...parked.values()].flat()) {
        clearTimeout(timer);
        session.quit();
      }
      parked.clear();
      count = 0;
    },
  };
}

function keyOf(place: Place): string {
  return `${place.host}|${place.ip}|${place.port}|${place.servername ?? ''}`;
}
