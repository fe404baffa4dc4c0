/**
 * A second person decides: approved, the copies go; denied, or no word until the deadline, they never do and the author is told. Each is one transaction
 * with its events. Who reads the content before deciding is noted before it is shown.
 */
import { normalAddress } from '../../../shared/draft/address.ts';
import type { Decision, Waiting } from '../../../shared/wire/approval.ts';
import type { MessageContent } from '../../../shared/wire/timeline.ts';
import { cause } from '../../../shared/track/cause.ts';
import type { ApprovalRow } from '../../approval/approval.sql.ts';
import type { Handoff } from '../../handoff/handoff.ts';
import type { Person } from '../../people/people.ts';
import type { Queue } from '../../queue/queue.ts';
import { refuse, refuseAt, type WireRefusal } from '../../refusal.ts';
import type { House } from '../house.ts';
import { leftMail, noticeToAuthor } from '../mail/news.ts';

export interface Approve {
  /** soonest deadline first; empty for whoever may decide nothing */
  waiting(person: Person, cursor: { readonly deadline: number; readonly message: string }, limit: number): Promise<Waiting[]>;
  content(person: Person, id: string): Promise<MessageContent | WireRefusal>;
  decide(person: Person, id: string, to: 'approved' | 'denied', why: Decision): Promise<{ readonly id: string; readonly state: 'approved' | 'denied' } | WireRefusal>;
  /** somebody else covers for its author, who has left, from now on: decides, hears what becomes of it, gets the answers */
  pass(person: Person, id: string, address: string): Promise<null | WireRefusal>;
  /** what nobody decided in time; how many */
  lapse(): Promise<number>;
}

const BATCH = 50;
/** It had been on its way when its author left: no rule asked for a second person. */
const behind = (row: ApprovalRow): boolean => (JSON.parse(row.about) as Waiting['about']).left === true;

export function openApprove(house: House, tools: { readonly handoff: Handoff; readonly queue: Queue }): Approve {
  const { world, audit, approval, store } = house;
  const { handoff, queue } = tools;
  const route = store.room<typeof import('../route.sql.ts')>('route');

  async function found(person: Person, id: string): Promise<{ row: ApprovalRow; deputyFor: string | null } | null> {
    const row = await approval.room.read.of({ message: id });
    const right = row && await approval.right(person, row.author, behind(row));
    return right && row.state === 'waiting' ? { row, deputyFor: right.deputyFor } : null;
  }

  /** Not sent, for good: the copies end as taken back, and the author hears why. */
  async function end(id: string, how: { readonly to: 'denied'; readonly by: string } | { readonly to: 'expired' }, facts: { readonly [name: string]: string }, sealed: { readonly [name: string]: string } = {}): Promise<boolean> {
    const row = await handoff.room.read.message({ id });
    if (!row) return false;
    const [{ evidence }, key, items] = await Promise.all([handoff.evidenceOf(row), handoff.evidenceKey(row), queue.room.read.ofMessage({ message: id })]);
    const actor = how.to === 'denied' ? { kind: 'staff', id: how.by } as const : { kind: 'service', id: 'approval' } as const;
    const code = how.to === 'denied' ? 'approval-denied' : 'approval-expired';
    return route.write.refuse({
      message: id, how, now: world.now(),
      // Whoever took all of it back knows.
      mails: items.some((i) => i.state === 'pending') ? [noticeToAuthor(house, { message: id, evidence: key, to: evidence.from }, 'failed', cause(code))] : [],
      events: [
        audit.prepare({ type: `approval.${how.to}`, outcome: 'ok', actor, message: id, facts, sealed }, key),
        // One whose last try was cut off, before its author left, may have arrived all the same.
        ...items.filter((i) => i.state === 'pending').flatMap((i) => [
          ...(i.started === 1 ? [audit.prepare({ type: 'delivery.unknown', outcome: 'unknown', actor, message: id, item: i.id, facts: { n: i.attempts } }, key)] : []),
          audit.prepare({ type: 'delivery.failed', outcome: i.started === 1 ? 'unknown' : 'failed', actor, message: id, item: i.id, facts: { code } }, key),
        ]),
      ],
    });
  }

  return {
    async waiting(person, cursor, limit) {
      const general = await approval.right(person);
      const rows: ApprovalRow[] = [];
      for (let from: typeof cursor | null = cursor; from !== null && rows.length < limit;) {
        const page: ApprovalRow[] = await approval.room.read.waiting({ ...from, limit });
        for (const row of page) if ((general !== null && row.author === person.id) || (await approval.right(person, row.author, behind(row)))) rows.push(row);
        const last = page.at(-1);
        from = last && page.length === limit ? { deadline: last.deadline, message: last.message } : null;
      }
      return rows.slice(0, limit).map((row) => ({
        id: row.message, author: row.author, requested: new Date(row.requested).toISOString(), deadline: new Date(row.deadline).toISOString(), own: row.author === person.id, about: JSON.parse(row.about) as Waiting['about'],
      }));
    },

    async content(person, id) {
      const seen = await found(person, id);
      const loaded = seen && await handoff.load(id);
      if (!loaded?.full) return refuse('not-found');
      if (loaded.full.body === null) return refuse('content-divided');
      const { full } = loaded;
      // Noted before it is shown.
      await route.write.note({ events: [audit.prepare({ type: 'content.revealed', outcome: 'ok', actor: { kind: 'staff', id: person.id }, message: id, facts: { part: 'message', purpose: 'approval' } }, full.keys.evidence)] });
      const { from, recipients, subject, html, text, attachments } = full.draft;
      return { id, from, recipients, subject, ...(html === undefined ? {} : { html }), ...(text === undefined ? {} : { text }), attachments } as unknown as MessageContent;
    },

    async decide(person, id, to, { because }) {
      const seen = await found(person, id);
      if (!seen) return refuse('not-found');
      if (await house.same(seen.row.author, person.id)) return refuse('second-person-needed');
      const facts: { [name: string]: string } = seen.deputyFor === null ? {} : { deputyFor: seen.deputyFor };
      const sealed: { [name: string]: string } = because ? { reason: because } : {};
      if (to === 'denied') return (await end(id, { to, by: person.id }, facts, sealed)) ? { id, state: to } : refuse('not-found');
      const row = await handoff.room.read.message({ id });
      if (!row) return refuse('not-found');
      const key = await handoff.evidenceKey(row);
      const actor = { kind: 'staff', id: person.id } as const;
      const now = world.now();
      const { evidence } = await handoff.evidenceOf(row);
      // The time its author was given to take it back is theirs, however soon somebody agrees.
      const goes = Math.max(now, row.accepted + (evidence.plan.hold ?? 0) * 60_000);
      const items = (await queue.room.read.ofMessage({ message: id })).filter((i) => i.state === 'pending');
      // Its author took it back meanwhile.
      if (items.length === 0) return refuse('not-found');
      const done = await route.write.approve({
        message: id, by: person.id, now, goes, deadline: goes + house.fallbackMs,
        events: [audit.prepare({ type: 'approval.approved', outcome: 'ok', actor, message: id, facts, sealed }, key), ...items.map((i) => audit.prepare({ type: 'delivery.released', outcome: 'ok', actor, message: id, item: i.id, facts: { from: i.protection, to: i.protection, code: 'approved' } }, key))],
      });
      if (!done) return refuse('not-found');
      queue.wake();
      return { id, state: to };
    },

    async pass(person, id, address) {
      const seen = await found(person, id);
      const row = seen && await handoff.room.read.message({ id });
      if (!seen || !row) return refuse('not-found');
      // An ordinary approval has its deputies.
      if (!behind(seen.row)) return refuse('bad-request');
      const refused = await house.gone.pass(person, seen.row.author, address);
      if (refused !== null) return refused.code === 'bad-address' ? refuseAt('bad-address', '/address') : refused;
      const [{ evidence }, key] = await Promise.all([handoff.evidenceOf(row), handoff.evidenceKey(row)]);
      await route.write.tell({
        mails: [leftMail(house, { message: id, evidence: key, to: evidence.from }, seen.row.deadline)],
        events: [audit.prepare({ type: 'approval.passed', outcome: 'ok', actor: { kind: 'staff', id: person.id }, message: id, facts: {}, sealed: { address: normalAddress(address) } }, key)],
      });
      queue.wake();
      return null;
    },

    async lapse() {
      let lapsed = 0;
      for (const row of await approval.room.read.due({ now: world.now(), limit: BATCH })) if (await end(row.message, { to: 'expired' }, {})) lapsed += 1;
      if (lapsed > 0) queue.wake();
      return lapsed;
    },
  };
}
