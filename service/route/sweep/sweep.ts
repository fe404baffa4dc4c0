/** The calendar's clock: what is due is destroyed, what nobody finished is dropped, what is over is closed. */
import { blobName } from '../../handoff/part.ts';
import type { Handoff } from '../../handoff/handoff.ts';
import type { Identity } from '../../keys/identity.ts';
import type { Passkeys } from '../../pickup/passkey/passkey.ts';
import type { Pickup } from '../../pickup/pickup.ts';
import type { Dispose } from '../../dispose/dispose.ts';
import type { RetentionRow } from '../../retain/retain.sql.ts';
import type { Retain } from '../../retain/retain.ts';
import type { Approve } from '../staff/approve.ts';
import type { Divide } from '../divide.ts';
import type { House } from '../house.ts';
import { unreadMail } from '../mail/news.ts';

const HOUR = 3_600_000;
const STAGED_MS = 7 * 86_400_000;
const BATCH = 100;

interface SweepTools {
  readonly handoff: Handoff;
  readonly pickup: Pickup;
  readonly passkeys: Passkeys;
  readonly retain: Retain;
  readonly dispose: Dispose;
  readonly approve: Pick<Approve, 'lapse'>;
  readonly divide: Pick<Divide, 'sweep'>;
  readonly endings: Identity['endings'];
  readonly wake: () => void;
  readonly report: () => Promise<number>;
  readonly tell: () => Promise<number>;
  readonly nightly: () => Promise<number>;
}

export function openSweep(house: House, tools: SweepTools) {
  const { handoff, pickup, retain, dispose } = tools;
  const { audit, world, blobs } = house;
  const route = house.store.room<typeof import('../route.sql.ts')>('route');
  const actor = { kind: 'service', id: 'sweep' } as const;

  async function erase(due: RetentionRow, now: number): Promise<boolean> {
    const row = await handoff.room.read.message({ id: due.message });
    if (!row) return false;
    const facts = { class: due.class, until: new Date(due.until).toISOString().slice(0, 10), method: 'cryptographic-erase', epoch: due.epoch };
    return route.write.shred({
      message: due.message, now, portal: (await pickup.ofMessage(due.message)).map((p) => p.item),
      events: [audit.prepare({ type: 'disposal.executed', outcome: 'ok', actor, message: due.message, facts }, await handoff.evidenceKey(row))],
    });
  }

  async function sweepFiles(message: string): Promise<void> {
    for (const { part } of await handoff.room.read.parts({ message })) await blobs.delete(blobName(message, part));
    await handoff.room.write.dropParts({ message });
  }

  /** With the key of a month their evidence is gone: nothing may say any more that an exact value belongs to them. */
  async function unfindable(epoch: string): Promise<void> {
    for (let after = ''; ;) {
      const messages = await handoff.room.read.evidenceOf({ epoch, after, limit: BATCH });
      await audit.forget(messages);
      if (messages.length < BATCH) return;
      after = messages.at(-1) ?? after;
    }
  }

  /** The unread watchdog: one mail a copy, in the transaction that remembers it was written. */
  async function watch(): Promise<number> {
    let told = 0;
    const now = world.now();
    const hours = house.unreadHours;
    for (const copy of hours === 0 ? [] : await pickup.unread(now - hours * HOUR, BATCH)) {
      const row = await handoff.room.read.message({ id: copy.message });
      if (!row) continue;
      const { evidence } = await handoff.evidenceOf(row);
      const key = await handoff.evidenceKey(row);
      const events = [audit.prepare({ type: 'portal.unread', outcome: 'ok', actor, message: copy.message, item: copy.item, facts: { hours } }, key)];
      if (await route.write.unread({ item: copy.item, now, events, mail: unreadMail(house, { message: copy.message, evidence: key, to: evidence.from }, hours) })) told += 1;
    }
    if (told > 0) tools.wake();
    return told;
  }

  async function disposeDue(): Promise<number> {
    await dispose.finish({ sweep: sweepFiles }, BATCH);
    let disposed = 0;
    for (const due of await retain.due(BATCH)) if (await dispose.execute(due.message, { erase: (_message, now) => erase(due, now), sweep: sweepFiles })) disposed += 1;
    return disposed;
  }

  async function expire(): Promise<number> {
    let expired = 0;
    for (const copy of await pickup.due(BATCH)) {
      const row = await handoff.room.read.message({ id: copy.message });
      if (row && await pickup.expire(copy.item, [audit.prepare({ type: 'portal.expired', outcome: 'ok', actor, message: copy.message, item: copy.item, facts: copy.purpose === 'answer' ? { purpose: copy.purpose } : {} }, await handoff.evidenceKey(row))])) expired += 1;
    }
    return expired;
  }

  /** A month in which nothing is kept any more: its key goes, and with it every backup of what lay under it. */
  async function shred(): Promise<number> {
    let shredded = 0;
    for (const { epoch, messages } of await retain.spent()) {
      await house.vault.destroyEpoch(epoch);
      await unfindable(epoch);
      const event = audit.prepare({ type: 'disposal.epoch_destroyed', outcome: 'ok', actor, facts: { epoch, messages } }, await house.vault.monthly(world.now()));
      if (await retain.shredded(epoch, [event])) shredded += 1;
    }
    return shredded;
  }

  /** Rejects with the first fault, after all else was seen to: one duty that breaks keeps no other waiting. */
  return async function sweep(): Promise<{ readonly disposed: number; readonly dropped: number; readonly expired: number; readonly unread: number; readonly shredded: number }> {
    const faults: unknown[] = [];
    const duty = (work: () => Promise<unknown>): Promise<number> => work().then((n) => (typeof n === 'number' ? n : 0), (fault: unknown) => { faults.push(fault); return 0; });
    const disposed = await duty(disposeDue);
    const expired = await duty(expire);
    const unread = await duty(watch);
    for (const work of [
      tools.divide.sweep, pickup.forget, tools.passkeys.forget, house.contact.forget, house.suppression.forget, async () => house.keys.watch(await tools.endings()), house.policy.tick, tools.approve.lapse, house.tally.forget,
      tools.report, tools.nightly, tools.tell,
    ]) await duty(work);
    const done = { disposed, expired, unread, shredded: await duty(shred), dropped: await duty(() => handoff.dropStale(world.now() - STAGED_MS)) };
    if (faults.length > 0) throw faults[0];
    return done;
  };
}
