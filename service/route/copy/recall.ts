/** The author takes a message back: what still waits is not sent, what lies on the portal is closed; what has arrived is said to have arrived. */
import { reason } from '../../../shared/plan/reason.ts';
import type { Handoff } from '../../handoff/handoff.ts';
import type { Pickup } from '../../pickup/pickup.ts';
import type { ItemRow } from '../../queue/queue.sql.ts';
import type { Queue } from '../../queue/queue.ts';
import { refuse } from '../../refusal.ts';
import type { Accept } from '../author.ts';
import { standsFor, type House } from '../house.ts';

const SAYS = { 'opened-before': 'recalled-after-open', unknown: 'recalled-unknown', unopened: 'recalled' } as const;

export function openRecall(house: House, tools: { readonly handoff: Handoff; readonly queue: Queue; readonly pickup: Pickup }): Accept['recall'] {
  const route = house.store.room<typeof import('../route.sql.ts')>('route');
  return async (author, id, by) => {
    const row = await tools.handoff.room.read.message({ id });
    if (!row || !(await standsFor(house, author, row))) return refuse('not-found');
    const { evidence } = await tools.handoff.evidenceOf(row);
    const key = await tools.handoff.evidenceKey(row);
    const items = await tools.queue.room.read.ofMessage({ message: id });
    const portal = (await tools.pickup.ofMessage(id)).filter((c) => c.purpose === 'read');
    const opened = new Map(portal.map((p) => [p.item, p.opened]));
    const actor = by === undefined || by.id === author.id ? ({ kind: 'author', id: author.id } as const) : ({ kind: 'staff', id: by.id } as const);
    // A try that was cut off may have arrived; to call such a copy unread would be more than is known. Of a page copy it is the link that did, and that is closed.
    const cutOff = (i: ItemRow) => i.started === 1 && i.state !== 'leased';
    const state = (i: ItemRow): keyof typeof SAYS => ((opened.get(i.id) ?? null) !== null ? 'opened-before' : i.started === 1 && i.protection !== 'portal' ? 'unknown' : 'unopened');
    const events = (i: ItemRow) => [
      ...(cutOff(i) ? [house.audit.prepare({ type: 'delivery.unknown', outcome: 'unknown', actor, message: id, item: i.id, facts: { n: i.attempts } }, key)] : []),
      house.audit.prepare({ type: 'recall.done', outcome: 'ok', actor, message: id, item: i.id, facts: { state: state(i) } }, key),
    ];
    const back = await route.write.recall({
      message: id, portal: portal.map((p) => p.item), events: [house.audit.prepare({ type: 'recall.requested', outcome: 'ok', actor, message: id, facts: { recipients: items.length } }, key)],
      copies: Object.fromEntries(items.map((i) => [i.id, events(i)])),
    });
    if (back.length === 0) return refuse('not-recallable');
    return {
      recipients: items.map((i) => {
        const recalled = back.includes(i.id);
        return {
          address: evidence.recipients[i.n]?.address ?? '', recalled,
          reason: reason(recalled ? SAYS[state(i)] : i.state === 'leased' ? 'recall-under-way' : i.state === 'failed' ? 'recall-failed-before' : i.state === 'recalled' ? 'recalled' : 'recall-arrived'),
        };
      }),
    };
  };
}
