/**
 * The recipient knocks: look, code, enter, read. Every answer about a link that does not exist is the one an ordinary link gets.
 * Content is decrypted for a verified session only, and leaves as a stream.
 */
import { Readable } from 'node:stream';
import type { EventDraft, PreparedEvent } from '../audit/audit.ts';
import type { FullMessage } from '../handoff/content.ts';
import type { Handoff } from '../handoff/handoff.ts';
import { hashOf, sentWay, wayOf, type Found, type Pickup } from '../pickup/pickup.ts';
import type { Queue } from '../queue/queue.ts';
import { isRefusal, refuse } from '../refusal.ts';
import type { Open } from '../route.ts';
import type { House } from './house.ts';
import { codeMail, codeText } from './mail.ts';

const BEGUN_AT_MOST = 10_000;

export function openPortal(house: House, tools: { readonly handoff: Handoff; readonly pickup: Pickup; readonly queue: Queue }): Open {
  const { handoff, pickup, queue } = tools;
  const route = house.store.room<typeof import('./route.sql.ts')>('route');

  // A film is fetched in a hundred ranges: one download. After a restart it is noted again, never not at all.
  const begun = new Set<string>();

  async function event(copy: Pick<Found, 'message' | 'item'>, type: string, outcome: EventDraft['outcome'], facts: EventDraft['facts'] = {}): Promise<PreparedEvent[]> {
    const row = await handoff.room.read.message({ id: copy.message });
    if (!row) return [];
    return [house.audit.prepare({ type, outcome, actor: { kind: 'recipient', id: copy.item }, message: copy.message, item: copy.item, facts }, await handoff.evidenceKey(row))];
  }

  async function reading(session: string): Promise<{ readonly copy: Found; readonly full: FullMessage } | Exclude<Awaited<ReturnType<Open['read']>>, { readonly acceptedAt: number }>> {
    const copy = await pickup.session(session);
    if (isRefusal(copy)) return copy;
    const loaded = await handoff.load(copy.message);
    return loaded?.full ? { copy, full: loaded.full } : refuse('expired');
  }

  return {
    async look(token) {
      const look = await pickup.look(token);
      // A gateway that was switched off since: what cannot be kept is not offered.
      return house.contact.gateway === null ? { ...look, ways: look.ways.filter((way) => way !== 'sms-code') } : look;
    },

    async requestCode(token, language) {
      const copy = await pickup.find(token);
      if (!copy || copy.state !== 'open') return;
      const way = sentWay(copy.ways);
      const row = copy.ways.includes(way) ? await handoff.room.read.message({ id: copy.message }) : undefined;
      if (!row) return;
      const { evidence } = await handoff.evidenceOf(row);
      const to = evidence.recipients[copy.n];
      if (!to) return;
      const [reached] = await house.contact.of([to.address]);
      const about = { message: copy.message, evidence: await handoff.evidenceKey(row) };
      const { code, args } = pickup.makeCode(token, way);
      const spoken = reached?.language ?? language;
      // A number that was taken back is not written to, although the copy once allowed it.
      if (way === 'sms-code' && reached?.phone === undefined) return;
      const phone = way === 'sms-code' ? (reached?.phone ?? '') : null;
      const issued = await route.write.code({
        ...args, events: await event(copy, 'portal.code_sent', 'ok', { way }), spending: phone === null ? null : house.contact.spending(phone),
        mail: phone === null ? codeMail(house, { ...about, to }, code, spoken) : codeText(house, { ...about, phone, copy: copy.item }, code, spoken),
      });
      if (issued === 'issued') queue.wake();
    },

    async enter(token, code) {
      const copy = await pickup.find(token);
      const way = wayOf(code, copy?.ways);
      const facts = { way };
      const none: PreparedEvent[] = [];
      const judged = await pickup.checkCode(token, code, {
        entered: copy ? await event(copy, 'portal.authenticated', 'ok', facts) : none,
        wrong: copy ? await event(copy, 'portal.code_wrong', 'denied', { way: facts.way }) : none,
        locked: copy ? await event(copy, 'portal.locked', 'denied', { way: facts.way }) : none,
      }, way);
      return isRefusal(judged) ? judged : { kind: 'entered', session: judged.session };
    },

    async read(session) {
      const found = await reading(session);
      if (isRefusal(found)) return found;
      const { copy, full } = found;
      await pickup.opened(copy.item, await event(copy, 'portal.message_opened', 'ok'));
      const visible = full.evidence.recipients.filter((r) => r.role !== 'bcc').map((r) => r.address);
      return {
        from: full.draft.from, organisation: house.organisation.name, to: visible, subject: full.draft.subject,
        ...(full.draft.html === undefined ? {} : { html: full.draft.html }), ...(full.draft.text === undefined ? {} : { text: full.draft.text }),
        attachments: full.draft.attachments, acceptedAt: full.accepted, expires: copy.expires,
      };
    },

    async attachment(session, n, wanted) {
      const found = await reading(session);
      if (isRefusal(found)) return found;
      const fact = found.full.draft.attachments[n];
      if (!fact) return refuse('not-found');
      const span = wanted?.(fact);
      if (span && span.end <= span.start) return { fact, span, bytes: Readable.from([]) };
      const once = hashOf(`${session}/${n}`);
      if (span === undefined || !begun.has(once)) await route.write.note({ events: await event(found.copy, 'portal.attachment_downloaded', 'ok', { n, size: fact.size }) });
      if (begun.size >= BEGUN_AT_MOST) begun.clear();
      begun.add(once);
      const bytes = await handoff.part(found.full.id, found.full.keys, fact.sha256, span);
      return span === undefined ? { fact, bytes } : { fact, bytes, span };
    },

    async leave(session) {
      const copy = await pickup.session(session);
      await pickup.leave(session, isRefusal(copy) ? [] : await event(copy, 'portal.left', 'ok'));
    },
  };
}
