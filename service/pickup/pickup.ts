/**
 * The recipient's knock: who holds the link and a code may read one copy. Issues and judges codes, keeps sessions, ends what was
 * recalled or is over. Never sees a message, never sends a code, never tells apart a link that does not exist.
 * A code by mail to the same mailbox is weak by SP 800-63B §3.1.3.1 and is recorded as such by the caller.
 */
import { isRefusal, refuse, type Refusal } from '../refusal.ts';
import type { PickupLook, PickupWay } from '../route.ts';
import type { PreparedEvent } from '../audit/audit.ts';
import type { Store } from '../store/store.ts';
import type { DataKey, Vault } from '../vault/vault.ts';
import type { World } from '../world.ts';
import { bare, hashOf, longCode, longSpokenCodeOf, randomCode, spokenCodeOf, tokenOf, wayOf } from './codes.ts';
import { LIMITS, type Asking, type Entry, type Guess, type NewRow, type Row } from './pickup.sql.ts';

export { hashOf, longSpokenCodeOf, sentWay, spokenCodeOf, tokenOf, wayOf } from './codes.ts';
export { asksAnswer, enough, rankOf, signInCounts, waysUpTo } from './ways.ts';

type Events = readonly PreparedEvent[];

export interface Found {
  readonly item: string;
  readonly message: string;
  /** index of the recipient in the message */
  readonly n: number;
  readonly ways: readonly PickupWay[];
  readonly state: 'open' | 'expired' | 'recalled';
  readonly expires: number;
  /** when it was first read */
  readonly opened: number | null;
  /** its author asked for more than a code by mail */
  readonly strong: boolean;
  /** `answer`: a copy that is read elsewhere; here it is answered only */
  readonly purpose: Row['purpose'];
  /** when its notice was taken over */
  readonly notified: number | null;
  /** locks in a row after wrong guesses, up to now */
  readonly locks: number;
  /** kinds of visitors noted so far */
  readonly visited: number;
}

type Visit = 'program' | 'browser';
const KINDS: { readonly [V in Visit]: number } = { program: 1, browser: 2 };

/** What a session may read, and how it was entered: a way, or `passkey/` and the way that was enrolled by. */
export interface Session extends Found {
  readonly way: string;
  /** empty: the addressed person */
  readonly reader: string;
}

type Checked = { readonly kind: 'entered'; readonly session: string; readonly item: string; readonly message: string; readonly way: PickupWay } | Refusal<'code-wrong' | 'code-locked'>;

export interface Pickup {
  /** the row for `pickup.sql`'s `create`, to be written in one transaction with the message or the fall-back */
  prepare(copy: { readonly item: string; readonly message: string; readonly n: number; readonly ways: readonly PickupWay[]; readonly expires: number; readonly content: DataKey; readonly generation?: number; readonly purpose?: Row['purpose'] }): NewRow;
  create(row: NewRow, events: Events): Promise<boolean>;
  find(token: string): Promise<Found | null>;
  ofMessage(message: string): Promise<Found[]>;
  /** the same for an unknown link as for an ordinary one, whose hop was proved */
  look(token: string): Promise<PickupLook>;
  /** a fresh code in both lengths and the arguments of `issue` in `pickup.sql.ts`, for a transaction that takes one and queues its mail; `browser`: that asks, opaque */
  makeCode(token: string, browser: string, way?: 'mail-code' | 'sms-code'): { readonly code: string; readonly longer: string; readonly args: Asking };
  /** `full`: no further text message of this copy for now; `good`: one that was sent opens it in any browser; `again`: it had one today */
  texts(item: string): Promise<{ readonly full: boolean; readonly good: boolean; readonly again: boolean }>;
  /** `wayOf(code, ways)` says beforehand which way the events shall name; a code that came another way is wrong. `owner`: keyed hash of the addressed person's address, by which their sessions end together */
  checkCode(token: string, code: string, browser: string, events: Guess['events'], way?: PickupWay, owner?: string): Promise<Checked>;
  /** of such a code, for `enterOther` in `pickup.sql.ts` */
  hashOfCode(token: string, code: string): string;
  /** `hash`: as `question/` keeps answers; a wrong one is one wrong try, like a code */
  checkAnswer(token: string, hash: string, events: Guess['events'], owner?: string): Promise<Checked>;
  /** a fresh session and the arguments of `admit` in `pickup.sql.ts`, for a transaction that lets somebody in by other means; `owner`: when it is the addressed person */
  makeEntry(copy: Found, way: string, owner?: string): { readonly session: string; readonly args: Entry };
  session(session: string): Promise<Session | Refusal<'session-ended' | 'expired' | 'recalled'>>;
  /** the same although nothing happened for longer than it may rest: for keeping what somebody wrote meanwhile, never for showing anything. Does not go on by it */
  rested(session: string): Promise<Session | Refusal<'session-ended' | 'expired' | 'recalled'>>;
  /** true the first time */
  opened(item: string, events: Events): Promise<boolean>;
  /** whether a visit of this kind is worth a note: the first, and only before somebody has opened it */
  fresh(copy: Found, kind: Visit): boolean;
  visited(copy: Found, kind: Visit, events: Events): Promise<boolean>;
  leave(session: string, events: Events): Promise<boolean>;
  recall(item: string, events: Events): Promise<boolean>;
  /** copies whose time is over, oldest first; each is then given to `expire` */
  due(limit: number): Promise<Pick<Row, 'item' | 'message' | 'n' | 'purpose'>[]>;
  expire(item: string, events: Events): Promise<boolean>;
  /** copies whose notice arrived before then and that nobody has opened; their author was not told yet */
  unread(before: number, limit: number): Promise<{ readonly item: string; readonly message: string; readonly n: number }[]>;
  /** a later end; true if it is later than before */
  extend(item: string, expires: number, events: Events): Promise<boolean>;
  /** a new link and spoken code, or other ways, for a repeated notice */
  renew(copy: { readonly item: string; readonly ways: readonly PickupWay[]; readonly content: DataKey; readonly generation: number }, events: Events): Promise<boolean>;
  /** only these ways from now on, also where they were the only ones so far: a notice that arrives well adds none; true if that was a change */
  stronger(item: string, ways: readonly PickupWay[], events: Events): Promise<boolean>;
  /** clears sessions that ended long ago */
  forget(): Promise<void>;
}

/** A session's last use is written at most this often. */
const TOUCH = 60_000;

export function openPickup({ store, vault, world }: { readonly store: Pick<Store, 'room'>; readonly vault: Pick<Vault, 'index'>; readonly world: Pick<World, 'now' | 'random'> }): Pickup {
  const { read, write } = store.room<typeof import('./pickup.sql.ts')>('pickup');
  // Bound to the link, so that equal codes of two copies do not look equal; keyed, so that a million guesses need the key first.
  const codeHash = (tokenHash: string, code: string) => vault.index('pickup-code', JSON.stringify([tokenHash, bare(code)]));
  const over = ({ state, expires }: Pick<Row, 'state' | 'expires'>) => (state === 'open' && expires <= world.now() ? 'expired' : state);
  const found = (row: Row): Found => ({
    item: row.item, message: row.message, n: row.n, ways: row.ways.split(' ') as PickupWay[], state: over(row), expires: row.expires, opened: row.opened, strong: row.strong === 1, purpose: row.purpose, notified: row.notified, visited: row.visited, locks: row.locks,
  });

  const secrets = (content: DataKey, item: string, generation: number) => {
    const token = hashOf(tokenOf(content, item, generation));
    return { token, spoken: codeHash(token, spokenCodeOf(content, item, generation)), spoken_long: codeHash(token, longSpokenCodeOf(content, item, generation)) };
  };

  async function guessed(typed: Pick<Guess, 'token' | 'hash' | 'browser' | 'owner'> & { readonly way: PickupWay }, events: Guess['events']): Promise<Checked> {
    const session = Buffer.from(world.random(32)).toString('base64url');
    const outcome = await write.enter({ ...typed, session: hashOf(session), now: world.now(), events });
    if (outcome.kind === 'entered') return { kind: 'entered', session, item: outcome.item, message: outcome.message, way: typed.way };
    return refuse(outcome.kind === 'locked' ? 'code-locked' : 'code-wrong');
  }

  async function going(session: string, rest: number): Promise<{ readonly copy: Session; readonly seen: number } | Refusal<'session-ended' | 'expired' | 'recalled'>> {
    const known = await read.session({ hash: hashOf(session) });
    const now = world.now();
    if (known === null) return refuse('session-ended');
    const copy = found(known.row);
    if (copy.state !== 'open') return refuse(copy.state);
    if (known.seen + rest <= now || known.began + LIMITS.session <= now) return refuse('session-ended');
    return { copy: { ...copy, way: known.way, reader: known.reader }, seen: known.seen };
  }

  const pickup: Pickup = {
    prepare({ item, message, n, ways, expires, content, generation = 0, purpose = 'read' }) {
      return { item, message, n, purpose, ways: ways.join(' '), expires, ...secrets(content, item, generation) };
    },
    create: (row, events) => write.create({ ...row, events }),
    async find(token) {
      const row = await read.find({ token: hashOf(token) });
      return row === null ? null : found(row);
    },
    async ofMessage(message) {
      return (await read.ofMessage({ message })).map(found);
    },
    texts: (item) => read.texts({ item, now: world.now() }),
    async look(token) {
      const copy = await pickup.find(token);
      if (copy === null) return { ways: ['mail-code', 'spoken-code'] };
      return { ways: copy.ways, ...(copy.state === 'open' ? {} : { ended: copy.state }), ...(copy.purpose === 'answer' ? { answers: true } : {}) };
    },
    makeCode(token, browser, way = 'mail-code') {
      const hash = hashOf(token);
      const [code, longer] = [randomCode(world), longCode(world)];
      return { code, longer, args: { token: hash, hash: codeHash(hash, code), long: codeHash(hash, longer), way, browser: hashOf(browser), now: world.now() } };
    },
    checkCode: (token, code, browser, events, way = wayOf(code), owner = '') => guessed({ token: hashOf(token), hash: codeHash(hashOf(token), code), way, browser: hashOf(browser), owner }, events),
    hashOfCode: (token, code) => codeHash(hashOf(token), code),
    checkAnswer: (token, hash, events, owner = '') => guessed({ token: hashOf(token), hash, way: 'shared-question', browser: '', owner }, events),
    makeEntry(copy, way, owner = '') {
      const session = Buffer.from(world.random(32)).toString('base64url');
      return { session, args: { item: copy.item, ways: copy.ways.join(' '), session: hashOf(session), way, reader: '', owner, now: world.now() } };
    },
    async session(session) {
      const known = await going(session, LIMITS.idle);
      if (isRefusal(known)) return known;
      const now = world.now();
      if (known.seen + TOUCH <= now) await write.touch({ hash: hashOf(session), now });
      return known.copy;
    },
    async rested(session) {
      const known = await going(session, LIMITS.session);
      return isRefusal(known) ? known : known.copy;
    },
    opened: (item, events) => write.opened({ item, now: world.now(), events }),
    fresh: (copy, kind) => copy.purpose === 'read' && copy.state === 'open' && copy.opened === null && (copy.visited & KINDS[kind]) === 0,
    visited: (copy, kind, events) => write.visit({ item: copy.item, before: copy.visited, after: copy.visited | KINDS[kind], events }),
    leave: (session, events) => write.leave({ hash: hashOf(session), events }),
    recall: (item, events) => write.end({ item, state: 'recalled', events }),
    due: (limit) => read.due({ now: world.now(), limit }),
    expire: (item, events) => write.end({ item, state: 'expired', events }),
    unread: (before, limit) => read.unread({ before, limit }),
    extend: (item, expires, events) => write.extend({ item, expires, events }),
    renew: ({ item, ways, content, generation }, events) => write.renew({ item, ways: ways.join(' '), ...secrets(content, item, generation), events }),
    stronger: (item, ways, events) => write.stronger({ item, ways: ways.join(' '), events }),
    forget: () => write.forget({ now: world.now() }),
  };
  return pickup;
}
