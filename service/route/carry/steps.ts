/**
 * The steps of every try, of a copy and of our own mail alike: marked as begun before anything is dialled, so that a crash in between is known
 * as unknown; then settled, or put off. Each is one transaction with its events.
 */
import type { Facts, PreparedEvent } from '../../audit/audit.ts';
import type { Delivery, Dispatch } from '../../deliver/deliver.ts';
import type { NewHalf } from '../../pickup/half/half.sql.ts';
import type { NewRow } from '../../pickup/pickup.sql.ts';
import type { NewItem } from '../../queue/queue.sql.ts';
import type { Item, Queue } from '../../queue/queue.ts';
import type { NewSuppression } from '../../suppression/suppression.sql.ts';
import type { DataKey } from '../../vault/vault.ts';
import type { House } from '../house.ts';
import type { Seen } from './seen.ts';

/** What turns a copy to another way or sets it going again. */
export const MOVES: readonly string[] = ['encryption.changed', 'delivery.released'];
/** As many tries of which nobody knows the end: each may have put one more copy into the mailbox (RFC 1047). */
const UNSURE_MOST = 4;

/** What is written beside the end of a try, in its transaction. */
interface Beside {
  readonly mails?: NewItem[];
  readonly observe?: Seen | undefined;
  readonly ways?: string | undefined;
  readonly notified?: string;
  /** its notice does not arrive: nobody need be told that it is unread */
  readonly returned?: string;
  readonly code?: string;
  readonly against?: NewSuppression;
  readonly stopped?: readonly PreparedEvent[];
}

export type Steps = ReturnType<typeof openSteps>;

export function openSteps(house: House, queue: Queue) {
  const { audit, world } = house;
  const route = house.store.room<typeof import('../route.sql.ts')>('route');

  const event = (item: Item, evidence: DataKey, type: string, outcome: 'ok' | 'failed' | 'unknown', facts: Facts, sealed?: { readonly [name: string]: string }): PreparedEvent =>
    audit.prepare({ type, outcome, actor: { kind: 'service', id: 'queue' }, message: item.message, item: item.id, facts, ...(sealed ? { sealed } : {}) }, evidence);

  /** copies whose last try, cut off, is noted by now */
  const told = new WeakSet<Item>();
  /** An attempt that was begun before and never ended is noted as unknown, once, whatever becomes of the copy now. */
  function cutOff(item: Item, evidence: DataKey): PreparedEvent[] {
    if (!item.started || told.has(item)) return [];
    told.add(item);
    return [event(item, evidence, 'delivery.unknown', 'unknown', { n: item.attempts })];
  }

  /** For when its author took the copy back while it was under way. */
  const takenBack = (item: Item, evidence: DataKey, unsure: boolean): PreparedEvent[] =>
    (item.kind === 'message' ? [event(item, evidence, 'recall.done', 'ok', { state: unsure && item.protection !== 'portal' ? 'unknown' : 'unopened' })] : []);

  const leased = (item: Item) => ({ item: item.id, lease: item.lease, destination: item.destination, now: world.now() });

  /** What each try of one going out proved, as events: facts in the leaf, addresses and the server's own words sealed. */
  function tries(item: Item, evidence: DataKey, result: Delivery): PreparedEvent[] {
    const end = result.kind === 'relayed' ? 'ok' : result.code === 'reply-unknown' ? 'unknown' : 'failed';
    return result.attempts.map(({ facts, assurance, reply, host, ip }, i) => event(item, evidence, 'delivery.attempt.finished', i === result.attempts.length - 1 ? end : 'failed', {
      ...facts, protection: item.protection, grade: assurance.grade, code: assurance.code, ...(reply ? { reply: reply.code, enhanced: reply.enhanced ?? null } : {}),
    }, { host, ip, ...(reply ? { text: reply.text } : {}) }));
  }

  /** Marks the attempt as begun. */
  async function begin(item: Item, evidence: DataKey, portal: NewRow | null = null, half: NewHalf | null = null): Promise<boolean> {
    const before = cutOff(item, evidence);
    const events = [...before, event(item, evidence, 'delivery.attempt.started', 'ok', { protection: item.protection, n: item.attempts + 1, kind: item.kind })];
    return route.write.begin({ ...leased(item), events, stopped: [...before, ...takenBack(item, evidence, item.started)], pickup: portal, half });
  }

  async function settle(item: Item, state: 'relayed' | 'failed' | 'held', events: PreparedEvent[], more: Beside = {}): Promise<void> {
    await route.write.settle({
      ...leased(item), state, code: more.code ?? '', events, stopped: more.stopped ?? [], mails: more.mails ?? [], ways: more.ways ?? null, notified: more.notified ?? null, returned: more.returned ?? null,
      observe: more.observe ?? null, against: more.against ?? null,
    });
    house.metrics.attempt(state === 'held' ? 'refused' : state, item.protection);
    if (more.mails?.length) queue.wake();
  }

  /** Waits for the next try, and null; else why it is over: five days, or too many tries of which nobody knows the end. */
  async function putOff(item: Item, evidence: DataKey, result: Delivery & { readonly kind: 'delayed' }, events: readonly PreparedEvent[]): Promise<string | null> {
    const unsure = result.code === 'reply-unknown';
    if (unsure) {
      const before = (await audit.of(item.message)).filter((e) => e.item === item.id);
      const since = before.slice(before.findLastIndex((e) => MOVES.includes(e.type)) + 1);
      if (since.filter((e) => e.type === 'delivery.deferred' && e.facts['code'] === result.code).length + 1 >= UNSURE_MOST) return 'unanswered';
    }
    const deferred = await queue.defer(item, { code: result.code, whole: result.whole, unsure, events: [...events, event(item, evidence, 'delivery.deferred', 'failed', { code: result.code })], stopped: takenBack(item, evidence, unsure || item.started) });
    return deferred === 'given-up' ? result.code : null;
  }

  const dispatch = (item: Item, recipient: string, bytes: Uint8Array, floor: Dispatch['floor'], signal: AbortSignal): Dispatch => ({
    returnPath: `bounce+${item.id.slice(5)}@${house.returnDomain}`, recipient, bytes, floor, envid: item.id, signal, requireTls: item.protection === 'tls' && item.kind === 'message' ? house.requireTls : 'no',
  });

  return { event, cutOff, takenBack, leased, tries, begin, settle, putOff, dispatch };
}
