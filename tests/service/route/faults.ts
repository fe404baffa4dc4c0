/**
 * Stands between the rooms and the real store and makes one chosen write of one message fail: *not stored* fails before it was made,
 * *stored* after it was durable. From then on that message's writes fail (`dead`, as if the process had ended there, until `revive`)
 * or go on (`alive`).
 */
import { Fault } from '../../../service/refusal.ts';
import type { Store } from '../../../service/store/store.ts';

export interface Trouble {
  /** as `room.operation` */
  readonly write: string;
  /** which copy of the message it is about: the recipient's, our own mail's; '' for writes of the whole message */
  readonly copy: 'message' | 'mail' | '';
  /** the n-th such write, from 1 */
  readonly nth: number;
  readonly stored: boolean;
  readonly after: 'dead' | 'alive';
}

interface Armed extends Trouble { seen: number; fired: boolean; dead: boolean }

interface Faults {
  readonly around: (store: Store) => Store;
  /** the next message that is kept or staged has this trouble */
  arm(trouble: Trouble): void;
  /** nothing is leased while the gate is shut */
  gate(shut: boolean): void;
  /** the next such write of any message fails once */
  once(write: string, stored: boolean): void;
  /** runs once, before the next such write about the copy of a recipient */
  before(write: string, act: () => Promise<void>): void;
  /** a new process: nothing is dead any more */
  revive(): void;
  readonly fired: () => number;
  /** every write made so far about a message or a copy, as `room.operation` */
  readonly made: () => string[];
  /** ids of what is sent for a message, without their prefix: they stand in its Message-IDs */
  itemsOf(message: string, kind: 'message' | 'mail'): string[];
}

// oxlint-disable-next-line no-explicit-any
type Args = any;
const broken = () => new Fault('store-broken', 'The store failed as the test asked.');

export function openFaults(): Faults {
  const byMessage = new Map<string, Armed>();
  const items = new Map<string, { readonly message: string; readonly kind: 'message' | 'mail' }>();
  const global: { write: string; stored: boolean }[] = [];
  let next: Armed | null = null;
  let waits: { readonly write: string; readonly act: () => Promise<void> } | null = null;
  let shut = false;
  let fired = 0;
  const made = new Set<string>();

  function messageOf(args: Args): { readonly message: string | undefined; readonly kind: 'message' | 'mail' | '' } {
    if (typeof args?.item === 'string') return items.get(args.item) ?? { message: undefined, kind: '' };
    return { message: typeof args?.message === 'string' ? args.message : args?.message?.id, kind: '' };
  }

  async function write(name: string, args: Args, act: () => Promise<unknown>): Promise<unknown> {
    if (name === 'queue.lease' && shut) return [];
    for (const made of [...(args?.items ?? []), ...(args?.mails ?? [])]) if (typeof made?.message === 'string') items.set(made.id, { message: made.message, kind: made.kind });
    const { message, kind } = messageOf(args);
    if (message !== undefined) made.add(name);
    if (waits?.write === name && kind === 'message') {
      const { act } = waits;
      waits = null;
      await act();
    }
    if (message !== undefined && next !== null && (name === 'route.accept' || name === 'handoff.stage')) {
      byMessage.set(message, next);
      next = null;
    }
    const armed = message === undefined ? undefined : byMessage.get(message);
    const at = global.findIndex((g) => g.write === name);
    const one = at < 0 ? undefined : global.splice(at, 1)[0];
    const hit = armed !== undefined && !armed.fired && armed.write === name && armed.copy === kind && ++armed.seen === armed.nth;
    if (hit) { armed.fired = true; armed.dead = armed.after === 'dead'; }
    else if (armed?.dead) throw broken();
    if (!hit && one === undefined) return act();
    fired += 1;
    if (hit ? armed.stored : one?.stored) await act();
    throw broken();
  }

  return {
    around: (store) => ({
      ...store,
      room(name: string) {
        const room = store.room(name);
        return {
          read: room.read,
          write: new Proxy(room.write, { get: (real, operation) => (args: Args) => write(`${name}.${String(operation)}`, args, () => (real as Args)[operation](args)) }),
        } as never;
      },
    }),
    arm(trouble) { next = { ...trouble, seen: 0, fired: false, dead: false }; },
    gate(value) { shut = value; },
    once(name, stored) { global.push({ write: name, stored }); },
    before(name, act) { waits = { write: name, act }; },
    revive() { for (const armed of byMessage.values()) armed.dead = false; },
    fired: () => fired,
    made: () => [...made].sort(),
    itemsOf: (message, kind) => [...items].filter(([, of]) => of.message === message && of.kind === kind).map(([id]) => id.slice(5)),
  };
}
