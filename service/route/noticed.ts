/**
 * A notice came back: what the other side says of a copy goes into its timeline, as their word. A copy that failed after it was taken over is
 * told to its author, without PHI. Nothing is sent again because of a notice: anybody on the way could have written it.
 */
import { cause } from '../../shared/track/cause.ts';
import { decide } from '../deliver/reply.ts';
import type { Handoff } from '../handoff/handoff.ts';
import type { NoticeHouse, Report } from '../notice/notice.ts';
import type { Queue } from '../queue/queue.ts';
import type { House } from './house.ts';
import { noticeToAuthor } from './mail.ts';

/** Of one copy; more is noise or a loop. */
const MOST = 20;

export function openNoticed(house: House, { handoff, queue }: { readonly handoff: Handoff; readonly queue: Queue }): NoticeHouse {
  const { audit } = house;
  const route = house.store.room<typeof import('./route.sql.ts')>('route');

  /** A status says the same as an SMTP reply with that enhanced code (RFC 3463). */
  const codeOf = ({ status }: Report): string => decide({ code: status.startsWith('5') ? 550 : 450, enhanced: status, text: '', lines: [] }, 'rcpt').code;

  return {
    knows: async (item) => (await queue.room.read.item({ id: item })) !== undefined,

    async take(item, reports) {
      const copy = await queue.room.read.item({ id: item });
      const row = copy === undefined ? null : await handoff.room.read.message({ id: copy.message });
      if (copy === undefined || !row) return false;
      // RFC 3461 §4.4: the envelope id is ours, and another one is about another message.
      if (reports.some((r) => r.envelope !== undefined && r.envelope !== item)) return false;
      const before = (await audit.of(copy.message)).filter((e) => e.item === item && e.type === 'delivery.dsn_received');
      const said = new Set(before.map((e) => `${e.facts['action']} ${e.facts['status']}`));
      // A peer whose answer got lost sends its report again.
      const fresh = reports.filter((r) => !said.has(`${r.action} ${r.status}`)).slice(0, Math.max(0, MOST - before.length));
      if (fresh.length === 0) return true;
      const key = await handoff.evidenceKey(row);
      const events = fresh.map((r) => audit.prepare({
        type: 'delivery.dsn_received', outcome: r.action === 'failed' ? 'failed' : 'ok', actor: { kind: 'service', id: 'notices' }, message: copy.message, item,
        facts: { action: r.action, status: r.status, envid: r.envelope === item, ...(r.action === 'failed' || r.action === 'delayed' ? { code: codeOf(r) } : {}) },
        sealed: { ...(r.reporter === undefined ? {} : { host: r.reporter }), ...(r.recipient === undefined ? {} : { address: r.recipient }), ...(r.diagnostic === undefined ? {} : { diagnostic: r.diagnostic }) },
      }, key));
      const failed = fresh.find((r) => r.action === 'failed');
      const told = failed !== undefined && copy.kind === 'message' && !before.some((e) => e.facts['action'] === 'failed');
      const mails = told ? [noticeToAuthor(house, { message: copy.message, evidence: key, to: (await handoff.evidenceOf(row)).evidence.from }, 'failed', cause(codeOf(failed)))] : [];
      await route.write.noticed({ events, mails });
      if (mails.length > 0) queue.wake();
      return true;
    },
  };
}
