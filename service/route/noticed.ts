/**
 * A notice came back: what the other side says of a copy goes into its timeline, as their word. A copy that failed after it was taken over is
 * told to its author, without PHI, and its address is remembered. Nothing is sent again because of a notice, and nothing is answered: anybody
 * on the way could have written it.
 */
import { setTimeout as after } from 'node:timers/promises';
import { normalAddress } from '../../shared/draft/address.ts';
import { cause } from '../../shared/track/cause.ts';
import { handedOver } from '../../shared/track/track.ts';
import type { EventDraft } from '../audit/audit.ts';
import { decide } from '../deliver/reply.ts';
import type { Handoff } from '../handoff/handoff.ts';
import type { Notice, NoticeHouse, Report } from '../notice/notice.ts';
import type { ItemRow } from '../queue/queue.sql.ts';
import type { Queue } from '../queue/queue.ts';
import { lasting } from '../suppression/suppression.ts';
import type { House } from './house.ts';
import { wishKey } from './mail/mail.ts';
import { noticeToAuthor } from './mail/news.ts';

/** Of one copy; more is noise or a loop. */
const MOST = 20;
/** A report may be faster than our own note that the copy was taken over: so many looks, so many milliseconds apart. */
const [LOOKS, APART] = [30, 100];
const TYPES: readonly string[] = ['delivery.dsn_received', 'delivery.mdn_received', 'delivery.complaint_received', 'delivery.answered'];

type Said = Pick<EventDraft, 'type' | 'outcome'> & { readonly facts: { readonly [name: string]: string | boolean }; readonly sealed: { readonly [name: string]: string } };

export function openNoticed(house: House, { handoff, queue }: { readonly handoff: Handoff; readonly queue: Queue }): NoticeHouse {
  const { audit } = house;
  const actor = { kind: 'service', id: 'notices' } as const;
  const route = house.store.room<typeof import('./route.sql.ts')>('route');

  /** A status says the same as an SMTP reply with that enhanced code (RFC 3463). */
  const codeOf = ({ status }: Report): string => decide({ code: status.startsWith('5') ? 550 : 450, enhanced: status, text: '', lines: [] }, 'rcpt').code;

  function saidBy(notice: Notice, item: string): Said[] {
    switch (notice.kind) {
      case 'delivery':
        return notice.reports.map((r) => ({
          type: 'delivery.dsn_received', outcome: r.action === 'failed' ? 'failed' : 'ok',
          facts: { action: r.action, status: r.status, envid: r.envelope === item, ...(r.action === 'failed' || r.action === 'delayed' ? { code: codeOf(r) } : {}) },
          sealed: { ...(r.reporter === undefined ? {} : { host: r.reporter }), ...(r.recipient === undefined ? {} : { address: r.recipient }), ...(r.diagnostic === undefined ? {} : { diagnostic: r.diagnostic }) },
        }));
      case 'disposition':
        return [{ type: 'delivery.mdn_received', outcome: 'ok', facts: { disposition: notice.displayed.disposition, machine: notice.displayed.byMachine }, sealed: notice.displayed.recipient === undefined ? {} : { address: notice.displayed.recipient } }];
      case 'feedback':
        return [{ type: 'delivery.complaint_received', outcome: 'ok', facts: { feedback: notice.feedback }, sealed: notice.recipient === undefined ? {} : { address: notice.recipient } }];
      case 'automatic':
        return [{ type: 'delivery.answered', outcome: 'ok', facts: { how: notice.how }, sealed: {} }];
    }
  }

  const differs = (named: string | undefined, address: string | undefined): boolean => named !== undefined && address !== undefined && normalAddress(named) !== normalAddress(address);

  /** That somebody else's copy arrived says nothing of this one; that it came back from where it was forwarded to does. */
  const elsewhere = (r: Report, address: string | undefined): boolean => r.envelope === undefined && r.asked === undefined && r.action !== 'failed' && r.action !== 'delayed' && differs(r.recipient, address);

  /** As far as it is about this copy: what it names must be what we sent: the envelope id, the recipient we asked for (RFC 3461 §4.2, §4.4), the message (RFC 8098 §3.2.5). */
  function ours(notice: Notice, copy: ItemRow, address: string | undefined, messageId: string): Notice | null {
    if (notice.kind === 'disposition') {
      const { original, recipient } = notice.displayed;
      return (original === undefined ? differs(recipient, address) : `<${original}>` !== messageId) ? null : notice;
    }
    if (notice.kind !== 'delivery') return notice;
    if (notice.reports.some((r) => (r.envelope !== undefined && r.envelope !== copy.id) || differs(r.asked, address))) return null;
    const reports = notice.reports.filter((r) => !elsewhere(r, address));
    return reports.length === 0 ? null : { kind: 'delivery', reports };
  }

  async function settled(id: string): Promise<ItemRow | undefined> {
    for (let look = 1; ; look += 1) {
      const copy = await queue.room.read.item({ id });
      if (copy === undefined || copy.started === 0 || copy.state === 'recalled' || look >= LOOKS) return copy;
      await after(APART);
    }
  }

  const same = (a: { readonly type: string; readonly facts: Said['facts'] | object }, facts: (name: string) => unknown, b: Said): boolean =>
    a.type === b.type && Object.entries(b.facts).every(([name, value]) => name === 'envid' || name === 'code' || facts(name) === value);

  function came(domain: string, { type, facts }: Said): void {
    if (type === 'delivery.complaint_received') house.tally.came(domain, 'complained');
    else if (facts['action'] === 'failed') house.tally.came(domain, 'bounced');
    else if (facts['action'] === 'delivered') house.tally.came(domain, 'delivered');
  }

  return {
    knows: async (item) => (await queue.room.read.item({ id: item })) !== undefined,

    async take(item, whole) {
      const copy = await settled(item);
      const row = copy === undefined ? null : await handoff.room.read.message({ id: copy.message });
      const key = row ? await handoff.evidenceKey(row) : copy === undefined ? null : await wishKey(house, copy.message);
      if (copy === undefined || key === null) return false;
      // Null: mail about no message.
      const evidence = row ? (await handoff.evidenceOf(row)).evidence : null;
      // A portal copy's mail is a notice of ours with an id of its own.
      const messageId = copy.protection === 'portal' || copy.kind === 'mail' || evidence === null ? `<${item.slice(5)}@${house.returnDomain}>` : evidence.messageId;
      const log = await audit.of(copy.message);
      // A notice sent again is a mail of its own; what is said of it is said of the copy it told of.
      const again = copy.kind === 'mail' ? log.find((e) => e.type === 'portal.resend_requested' && e.facts['notice'] === item)?.item : undefined;
      const about = again === undefined ? copy : (await queue.room.read.item({ id: again })) ?? copy;
      const address = evidence?.recipients[about.n]?.address;
      const notice = ours(whole, copy, address, messageId);
      if (notice === null) return false;
      // A try is under way, or was cut off and is not noted yet: whether they have it will be known.
      if (copy.started === 1 && copy.state !== 'recalled') return 'later';
      const mine = log.filter((e) => e.item === about.id);
      if (!log.some((e) => e.item === item && handedOver(e))) return false;
      const all = mine.filter((e) => TYPES.includes(e.type));
      const named = again === undefined ? undefined : item;
      // What was said before it was taken over, or of another notice, is not said of this one.
      const before = mine.slice(mine.findLastIndex((e) => e.type === 'delivery.relayed') + 1).filter((e) => TYPES.includes(e.type) && e.facts['notice'] === named);
      // A peer whose answer got lost sends its notice again.
      const said = saidBy(notice, item).map((s) => (named === undefined ? s : { ...s, facts: { ...s.facts, notice: named } }));
      const fresh = said.filter((s) => !before.some((e) => same(e, (name) => e.facts[name], s))).slice(0, Math.max(0, MOST - all.length));
      if (fresh.length === 0) return true;
      const events = fresh.map((s) => audit.prepare({ ...s, actor, message: copy.message, item: about.id }, key));
      const failed = fresh.find((s) => s.type === 'delivery.dsn_received' && s.outcome === 'failed');
      const code = String(failed?.facts['code'] ?? '');
      const told = failed !== undefined && about.kind === 'message' && !before.some((e) => e.facts['action'] === 'failed');
      const mails = told && evidence !== null ? [noticeToAuthor(house, { message: copy.message, evidence: key, to: evidence.from }, named === undefined ? 'failed' : 'again', cause(code))] : [];
      const complaint = fresh.find((s) => s.type === 'delivery.complaint_received' && s.facts['feedback'] !== 'not-spam');
      const why = told && lasting(code) ? ({ reason: 'bounced', code } as const) : complaint ? ({ reason: 'complained', code: String(complaint.facts['feedback']) } as const) : null;
      const against = why !== null && address !== undefined && about.kind === 'message' ? await house.suppression.prepare({ address, ...why, by: actor }) : null;
      await route.write.noticed({ events, mails, against, returned: told ? about.id : null, now: house.world.now() });
      if (about.kind === 'message') for (const s of fresh) came(copy.destination, s);
      if (mails.length > 0) queue.wake();
      return true;
    },
  };
}
