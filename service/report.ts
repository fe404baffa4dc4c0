/**
 * The quiet twin of `route.ts`: looks into several rooms, never writes.
 */
import type { Readable } from 'node:stream';
import type { AttachmentFact } from '../shared/draft/draft.ts';
import { reason } from '../shared/plan/reason.ts';
import { cause, CAUSES } from '../shared/track/cause.ts';
import { fold } from '../shared/track/track.ts';
import type { MessageContent, MessageList, MessageSummary, MessageTimeline, TimelineEvent, TimelineRecipient } from '../shared/wire/timeline.ts';
import type { Entry } from './audit/audit.ts';
import { bodyOf, type Message } from './handoff/content.ts';
import type { Handoff } from './handoff/handoff.ts';
import type { MessageSkeleton } from './handoff/handoff.sql.ts';
import { owns, type Person } from './people/people.ts';
import { asksAnswer, longSpokenCodeOf, spokenCodeOf, type Found, type Pickup } from './pickup/pickup.ts';
import type { Readers } from './pickup/reader/reader.ts';
import type { ItemRow } from './queue/queue.sql.ts';
import type { Queue } from './queue/queue.ts';
import { refuse, type WireRefusal } from './refusal.ts';
import { keptOf } from './route/answer/attach.ts';
import { standsFor, type House } from './route/house.ts';
import type { DataKey } from './vault/vault.ts';

export interface Report {
  /** newest first; an author sees the own, compliance all (without subjects and addresses) */
  messages(reader: Person, cursor: string | null, limit: number): Promise<MessageList | WireRefusal>;
  message(reader: Person, id: string): Promise<MessageTimeline | WireRefusal>;
  content(author: Person, id: string): Promise<MessageContent | WireRefusal>;
  attachment(author: Person, id: string, n: number): Promise<{ readonly fact: AttachmentFact; readonly bytes: Readable } | WireRefusal>;
}

const READERS: readonly string[] = ['compliance', 'privacy-officer', 'auditor'];
/** its state says that the copy has not left */
const UNDER_WAY: readonly string[] = ['pending', 'queued', 'leased'];
const FIRST = { time: 8_640_000_000_000_000, id: '~' };

export function openReport(house: House, tools: { readonly handoff: Handoff; readonly queue: Queue; readonly pickup: Pickup; readonly readers: Readers }): Report {
  const { handoff, queue, pickup } = tools;
  const { audit, vault } = house;
  const sees = async (reader: Person, row: Pick<MessageSkeleton, 'author' | 'mailbox'>): Promise<'own' | 'all' | null> =>
    (await standsFor(house, reader, row)) ? 'own' : reader.roles.some((r) => READERS.includes(r)) ? 'all' : null;

  /** With the author's key, what a server said of itself; the log holds it sealed. */
  const events = (entries: readonly Entry[], key: DataKey | null): TimelineEvent[] => entries.map((e) => {
    const { id, seq, type, time, text, facts } = e;
    if (key === null || type !== 'delivery.attempt.finished') return { id, seq, type, time, text, facts };
    const { host, ip, text: reply } = audit.reveal(e, key);
    return { id, seq, type, time, text, facts, server: { ...(host === undefined ? {} : { host }), ...(ip === undefined ? {} : { ip }), ...(reply === undefined ? {} : { reply }) } };
  });

  function statusOf(item: ItemRow, entries: readonly Entry[]): TimelineRecipient['status'] {
    return item.state === 'recalled' ? 'recalled' : fold(entries.filter((e) => e.item === item.id));
  }

  /** Full addresses only for the author; everybody else gets a number. */
  function recipient(message: Message, item: ItemRow, entries: readonly Entry[], own: boolean, key: DataKey | null = null): TimelineRecipient {
    const planned = message.evidence.plan.recipients[item.n];
    const known = message.evidence.recipients[item.n];
    // A notice that was sent again travels under an id of its own; its tries belong to the copy it told of.
    const again = entries.flatMap((e) => (e.item === item.id && e.type === 'portal.resend_requested' ? [e.facts['notice']] : []));
    const mine = entries.filter((e) => e.item === item.id || (e.item !== undefined && again.includes(e.item)));
    const moved = mine.findLast((e) => e.type === 'encryption.changed' || (e.type === 'delivery.released' && e.facts['from'] !== e.facts['to']));
    const code = String(moved?.facts['code'] ?? item.code);
    return {
      n: item.n, address: own ? (known?.address ?? '') : `recipient ${item.n + 1}`, ...(own && known?.name ? { name: known.name } : {}), role: planned?.role ?? 'to',
      protection: item.protection, planned: item.planned, status: statusOf(item, entries), events: events(mine, own ? key : null),
      ...(item.protection === item.planned ? {} : { changed: { code, text: code in CAUSES ? cause(code) : reason('need-too-high').text } }),
    };
  }

  async function summary(row: MessageSkeleton, own: boolean): Promise<MessageSummary> {
    const [message, entries] = await Promise.all([handoff.evidenceOf(row), audit.of(row.id)]);
    const items = await queue.room.read.ofMessage({ message: row.id });
    const waits = own ? waitsOf(message, row.accepted, items, entries) : undefined;
    return {
      id: row.id, subject: own ? message.evidence.subject : '', from: own ? message.evidence.from.address : '', acceptedAt: new Date(row.accepted).toISOString(), ...(waits ? { waits } : {}),
      recipients: items.map((item) => { const r = recipient(message, item, entries, own); return { address: r.address, protection: r.protection, status: r.status }; }),
    };
  }

  /** By the copies' own rows: once one has begun to leave, or was taken back, there is nothing to wait for. */
  function waitsOf({ evidence }: Message, accepted: number, items: readonly ItemRow[], entries: readonly Entry[]): MessageTimeline['waits'] {
    const all = (state: ItemRow['state']): boolean => items.length > 0 && items.every((i) => i.state === state && i.attempts === 0);
    const deadline = all('pending') ? entries.findLast((e) => e.type === 'approval.requested')?.facts['deadline'] : undefined;
    if (deadline !== undefined) return { for: 'approval', until: String(deadline) };
    const goes = accepted + (evidence.plan.hold ?? 0) * 60_000;
    return goes > house.world.now() && all('queued') ? { for: 'time', until: new Date(goes).toISOString() } : undefined;
  }

  const questions = house.store.room<typeof import('./pickup/question/question.sql.ts')>('question');
  /** As its author sees it; before its notice has left nobody knows what opens it. */
  async function portalOf(copy: Found, item: ItemRow): Promise<NonNullable<TimelineRecipient['portal']>> {
    const asked = item.state === 'relayed' && (await questions.read.of({ item: copy.item })) !== null;
    return {
      expires: new Date(copy.expires).toISOString(), opened: copy.opened === null ? null : new Date(copy.opened).toISOString(), ways: [...copy.ways],
      ...(asked ? { question: asksAnswer(copy) ? 'asked' : 'closed' } : {}),
    };
  }

  return {
    async messages(reader, cursor, limit) {
      const all = reader.roles.some((r) => READERS.includes(r));
      const from = cursor === null ? FIRST : openCursor(cursor);
      if (!from) return refuse('bad-cursor');
      const rows = await handoff.room.read.messages({ author: all ? null : reader.id, mailboxes: reader.mailboxes ?? [], before: from.time, beforeId: from.id, limit: limit + 1 });
      const page = rows.slice(0, limit);
      const last = page.at(-1);
      return { data: await Promise.all(page.map((row) => summary(row, owns(reader, row)))), next: rows.length > limit && last ? makeCursor(last.accepted, last.id) : null };
    },

    async message(reader, id) {
      const row = await handoff.room.read.message({ id });
      const see = row ? await sees(reader, row) : null;
      if (!row || !see) return refuse('not-found');
      const own = see === 'own';
      // One after the other, what is told first: what the log says has happened, the copy's own rows say too.
      const entries = await audit.of(id);
      const items = await queue.room.read.ofMessage({ message: id });
      const [message, copies] = await Promise.all([handoff.evidenceOf(row), own ? pickup.ofMessage(id) : []]);
      const waits = own ? waitsOf(message, row.accepted, items, entries) : undefined;
      const evidence = own ? await handoff.evidenceKey(row) : null;
      const keys = own && row.key_content && row.key_epoch ? await vault.unwrap(id, { contentEpoch: row.key_epoch, content: row.key_content, evidenceEpoch: row.evidence_epoch, evidence: row.key_evidence }) : null;
      const key = copies.length > 0 ? await handoff.evidenceKey(row) : null;
      const portals = new Map(await Promise.all(copies.filter((c) => c.purpose === 'read').flatMap((c) => items.filter((item) => item.id === c.item).map(async (item) => [c.item, await portalOf(c, item)] as const))));
      const uploads = new Map(keys === null ? [] : await Promise.all(copies.map(async ({ item }) => [item, await keptOf(house, keys, item)] as const)));
      const others = new Map(key === null ? [] : await Promise.all(copies.map(async (copy) => [copy.item, (await tools.readers.of(copy.item, key)).filter((r) => r.state !== 'new')] as const)));
      return {
        id, subject: own ? message.evidence.subject : '', from: own ? message.evidence.from.address : '', acceptedAt: new Date(row.accepted).toISOString(),
        receipt: message.evidence.receipt, retention: message.evidence.retention,
        ...(own ? { recognition: message.evidence.recognition } : {}), ...(waits ? { waits } : {}),
        recipients: items.map((item) => {
          const copy = copies.find((c) => c.item === item.id);
          // Whether a code may go by mail is known once the notice has left: until then nobody is asked to phone. It is told after the first opening too: whoever was signed out calls once more.
          const left = copy?.purpose === 'read' ? !UNDER_WAY.includes(item.state) : item.state === 'relayed';
          const speak = keys && copy && left && copy.state === 'open' && !copy.ways.includes('mail-code');
          const portal = portals.get(item.id);
          const kept = (copy ? uploads.get(copy.item) : undefined) ?? [];
          const readers = (copy ? others.get(copy.item) : undefined) ?? [];
          return {
            ...recipient(message, item, entries, own, evidence),
            ...(portal ? { portal } : {}),
            ...(readers.length > 0 ? { readers: readers.map((r) => ({ id: r.id, address: r.address, state: r.state as 'asked', ...(r.stands ? { stands: r.stands } : {}) })) } : {}),
            ...(kept.length > 0 ? { kept } : {}),
            ...(speak ? { spokenCode: (copy.locks > 0 ? longSpokenCodeOf : spokenCodeOf)(keys.content, item.id) } : {}),
          };
        }),
      };
    },

    async content(author, id) {
      const loaded = await handoff.load(id);
      if (!loaded || !owns(author, loaded.row) || !loaded.full) return refuse('not-found');
      if (loaded.full.body === null) return refuse('content-divided');
      const { draft } = loaded.full;
      return {
        id, from: draft.from, recipients: [...draft.recipients], subject: draft.subject,
        ...(draft.html === undefined ? {} : { html: draft.html }), ...(draft.text === undefined ? {} : { text: draft.text }),
        ...(draft.inReplyTo === undefined ? {} : { inReplyTo: draft.inReplyTo }), ...(draft.references === undefined ? {} : { references: [...draft.references] }),
        attachments: draft.attachments.map((a, n) => ({ n, filename: a.filename, contentType: a.contentType, size: a.size, ...(a.contentId === undefined ? {} : { contentId: a.contentId }) })),
      };
    },

    async attachment(author, id, n) {
      const loaded = await handoff.load(id);
      const fact = loaded?.full?.draft.attachments[n];
      if (!loaded?.full || !owns(author, loaded.row) || !fact) return refuse('not-found');
      return { fact, bytes: await handoff.part(id, bodyOf(loaded.full), fact.sha256) };
    },
  };
}

const makeCursor = (time: number, id: string): string => Buffer.from(`${time}/${id}`).toString('base64url');

function openCursor(cursor: string): { readonly time: number; readonly id: string } | null {
  const found = /^(\d{1,16})\/(msg_[0-9a-f-]{36})$/.exec(Buffer.from(cursor, 'base64url').toString());
  return found ? { time: Number(found[1]), id: found[2] ?? '' } : null;
}
