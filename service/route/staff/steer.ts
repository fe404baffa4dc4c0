/** What an administrator does to the road itself: pause, try again at once, take a lower level for the new one. Every turn of the wheel is an event. */
import type { PauseRequest, QueueState } from '../../../shared/wire/queue.ts';
import type { Person } from '../../people/people.ts';
import type { Queue } from '../../queue/queue.ts';
import type { House } from '../house.ts';

export interface Steer {
  state(): Promise<QueueState>;
  /** said again, it changes nothing */
  pause(by: Person, request: PauseRequest): Promise<void>;
  /** false where nothing rests */
  tryNow(by: Person, domain: string): Promise<boolean>;
  /** false where nothing had been proved before */
  acceptLevel(by: Person, domain: string): Promise<boolean>;
}

const SHOWN = 100;

export function openSteer(house: House, { queue }: { readonly queue: Queue }): Steer {
  const { world, audit, vault, keys } = house;
  const staff = (by: Person) => ({ kind: 'staff', id: by.id }) as const;
  const noted = async (type: string, by: Person, domain: string | null) => [audit.prepare({ type, outcome: 'ok', actor: staff(by), facts: { all: domain === null }, ...(domain === null ? {} : { sealed: { domain } }) }, await vault.monthly(world.now()))];

  return {
    async state() {
      const [figures, paused, troubled] = await Promise.all([queue.figures(), queue.room.read.stopped(), queue.room.read.troubled({ now: world.now(), limit: SHOWN })]);
      const { ready, waiting, oldest } = figures;
      return {
        ready, waiting, oldest: oldest === null ? null : new Date(oldest).toISOString(), paused,
        domains: troubled.map((d) => ({ domain: d.destination, paused: d.paused === 1, failures: d.failures, until: d.hold_until > world.now() ? new Date(d.hold_until).toISOString() : null })),
      };
    },
    async pause(by, { domain, paused }) {
      const destination = domain?.toLowerCase() ?? null;
      await queue.room.write.pause({ destination, paused, now: world.now(), events: await noted(paused ? 'queue.paused' : 'queue.resumed', by, destination) });
      if (!paused) queue.wake();
    },
    async tryNow(by, domain) {
      const destination = domain.toLowerCase();
      const done = await queue.room.write.tryNow({ destination, now: world.now(), events: await noted('queue.tried', by, destination) });
      if (done) queue.wake();
      return done;
    },
    acceptLevel: (by, domain) => keys.lower({ domain: domain.toLowerCase(), by: staff(by) }),
  };
}
