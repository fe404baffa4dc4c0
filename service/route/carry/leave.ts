/**
 * Whoever leaves leaves mail under way: what was not sent, and what waited for their word, waits for their manager or an approver, and never goes by
 * itself. Seen to by the calendar once the directory says so, and again before each try, because a copy may come up in between. The message stays
 * readable to whoever may read it: its keys are the message's, not the person's.
 */
import { domainOf } from '../../../shared/draft/address.ts';
import { cause } from '../../../shared/track/cause.ts';
import type { Waiting } from '../../../shared/wire/approval.ts';
import type { FullMessage } from '../../handoff/content.ts';
import type { Handoff } from '../../handoff/handoff.ts';
import type { MessageSkeleton } from '../../handoff/handoff.sql.ts';
import type { Queue } from '../../queue/queue.ts';
import type { House } from '../house.ts';
import { leftMail } from '../mail/news.ts';

/** Somebody must find time for it: longer than an ordinary approval. */
const DECIDE_MS = 7 * 86_400_000;
/** Nothing of an older message can still be under way. */
const BACK_MS = 35 * 86_400_000;
const PAGE = 100;

export function openLeave(house: House, { handoff, queue }: { readonly handoff: Handoff; readonly queue: Queue }) {
  const { audit, world, approval, gone } = house;
  const route = house.store.room<typeof import('../route.sql.ts')>('route');
  const actor = { kind: 'service', id: 'leave' } as const;

  async function hold(row: MessageSkeleton, mine: { readonly item: string; readonly lease: string } | null): Promise<boolean> {
    const [{ evidence }, key, items] = await Promise.all([handoff.evidenceOf(row), handoff.evidenceKey(row), queue.room.read.ofMessage({ message: row.id })]);
    const waits = items.filter((i) => i.state === 'queued' || i.state === 'held' || i.id === mine?.item);
    if (waits.length === 0) return false;
    const now = world.now();
    const deadline = now + DECIDE_MS;
    const own = domainOf(evidence.from.address);
    return route.write.leave({
      mine, mails: [leftMail(house, { message: row.id, evidence: key, to: evidence.from }, deadline)], asked: {
        message: row.id, author: row.author, requested: now, deadline,
        about: JSON.stringify({
          left: true, level: 'author-left', kinds: {}, sensitive: [...evidence.sensitive], people: 0, recipients: items.length, outside: items.filter((i) => i.destination !== own).length, attachments: 0,
          policy: evidence.policy, rules: (evidence.trace ?? []).map((t) => t.rule), reasons: [cause('author-left')],
        } satisfies Waiting['about']),
      },
      copies: Object.fromEntries(waits.map((i) => [i.id, audit.prepare({ type: 'delivery.held', outcome: 'ok', actor, message: row.id, item: i.id, facts: { code: 'author-left', protection: i.protection } }, key)])),
      events: [audit.prepare({ type: 'approval.requested', outcome: 'ok', actor, message: row.id, facts: { policy: evidence.policy, rules: evidence.trace?.length ?? 0, deadline: new Date(deadline).toISOString() } }, key)],
    });
  }

  return {
    /** before a try; true: it waits now, or another has taken it */
    async holds(item: { readonly id: string; readonly message: string; readonly lease: string }, { author }: Pick<FullMessage, 'author'>): Promise<boolean> {
      if (!(await gone.left(author))) return false;
      const asked = await approval.room.read.of({ message: item.message });
      // Somebody has decided since: it goes.
      if (asked?.state === 'approved' && (JSON.parse(asked.about) as Waiting['about']).left === true) return false;
      const row = await handoff.room.read.message({ id: item.message });
      if (row) await hold(row, { item: item.id, lease: item.lease });
      return row !== undefined;
    },

    /** after a try: what is held although somebody let it go has no author who could say anything; asked once nothing else of it is on its way */
    async again({ id, author }: Pick<FullMessage, 'id' | 'author'>): Promise<void> {
      // Who covers for them has been told, and chooses a way as an author does (`copy/held.ts`).
      if (!(await gone.left(author)) || (await gone.cover(author)) !== null) return;
      const items = await queue.room.read.ofMessage({ message: id });
      const row = items.some((i) => i.state === 'held') && !items.some((i) => i.state === 'queued' || i.state === 'leased') ? await handoff.room.read.message({ id }) : undefined;
      if (row) await hold(row, null);
    },

    /** everything of theirs that is under way */
    async all(persons: readonly string[]): Promise<void> {
      const since = world.now() - BACK_MS;
      for (const author of persons) {
        for (let from = { before: Number.MAX_SAFE_INTEGER, beforeId: '~' }; ;) {
          const page = await handoff.room.read.messages({ author, mailboxes: [], ...from, limit: PAGE });
          const recent = page.filter((row) => row.accepted > since);
          for (const row of recent) await hold(row, null);
          const last = recent.at(-1);
          if (last === undefined || recent.length < PAGE) break;
          from = { before: last.accepted, beforeId: last.id };
        }
      }
    },
  };
}
