/** The author takes a message back: what still waits is not sent, what is under way is not tried again, what lies on the portal is closed; what has arrived is said to have arrived. */
import { reason } from '../../../shared/plan/reason.ts';
import type { Handoff } from '../../handoff/handoff.ts';
import type { Queue } from '../../queue/queue.ts';
import { refuse } from '../../refusal.ts';
import type { Accept } from '../author.ts';
import { standsFor, type House } from '../house.ts';

const SAYS = { 'opened-before': 'recalled-after-open', unknown: 'recalled-unknown', unopened: 'recalled' } as const;

export function openRecall(house: House, tools: { readonly handoff: Handoff; readonly queue: Queue }): Accept['recall'] {
  const route = house.store.room<typeof import('../route.sql.ts')>('route');
  return async (author, id, by) => {
    const row = await tools.handoff.room.read.message({ id });
    if (!row || !(await standsFor(house, author, row))) return refuse('not-found');
    const { evidence } = await tools.handoff.evidenceOf(row);
    const key = await tools.handoff.evidenceKey(row);
    const items = await tools.queue.room.read.ofMessage({ message: id });
    const actor = by === undefined || by.id === author.id ? ({ kind: 'author', id: author.id } as const) : ({ kind: 'staff', id: by.id } as const);
    const done = (item: string, state: keyof typeof SAYS) => [house.audit.prepare({ type: 'recall.done', outcome: 'ok', actor, message: id, item, facts: { state } }, key)];
    const taken = await route.write.recall({
      message: id, events: [house.audit.prepare({ type: 'recall.requested', outcome: 'ok', actor, message: id, facts: { recipients: items.length } }, key)],
      copies: Object.fromEntries(items.map((i) => [i.id, {
        cut: [house.audit.prepare({ type: 'delivery.unknown', outcome: 'unknown', actor, message: id, item: i.id, facts: { n: i.attempts } }, key)],
        done: { 'opened-before': done(i.id, 'opened-before'), unknown: done(i.id, 'unknown'), unopened: done(i.id, 'unopened') },
      }])),
    });
    if (taken.length === 0) return refuse('not-recallable');
    return {
      recipients: items.map((i) => {
        const known = taken.find(({ item }) => item === i.id)?.known;
        const recalled = known !== undefined && known !== 'under-way';
        return {
          address: evidence.recipients[i.n]?.address ?? '', recalled,
          reason: reason(recalled ? SAYS[known] : known === 'under-way' ? 'recall-under-way' : i.state === 'failed' ? 'recall-failed-before' : i.state === 'recalled' ? 'recalled' : 'recall-arrived'),
        };
      }),
    };
  };
}
