/**
 * Emergency access (45 CFR 164.312(a)(2)(ii)): one message, at most an hour, by roles named beforehand, granted at once and reviewed
 * afterwards by another person within a business day. It reads and nothing else: no export, no policy, no disposal.
 */
import { CASES, type BreakGlass, type BreakGlassRequest, type GlassReview } from '../../../shared/wire/case.ts';
import type { MessageContent } from '../../../shared/wire/timeline.ts';
import type { Handoff } from '../../handoff/handoff.ts';
import { newId } from '../../identity.ts';
import type { Person } from '../../people/people.ts';
import { isRefusal, refuse, type WireRefusal } from '../../refusal.ts';
import { staff } from '../search.ts';
import { openCases, type CaseHouse } from './case.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;

interface Content { readonly code: BreakGlassRequest['code']; readonly reason: string; readonly until: number; readonly reads: number; readonly review: BreakGlass['review'] }

/** The end of the next day that is no Saturday or Sunday, in UTC. */
export function businessDay(from: number): number {
  const end = Math.floor(from / DAY) * DAY + 2 * DAY - 1;
  const day = new Date(end).getUTCDay();
  return end + (day === 6 ? 2 : day === 0 ? 1 : 0) * DAY;
}

export interface GlassDesk {
  breakGlass(person: Person, request: BreakGlassRequest): Promise<BreakGlass | WireRefusal>;
  /** the message, while the grant lasts; each reading is an entry before it is answered */
  throughGlass(person: Person, id: string): Promise<MessageContent | WireRefusal>;
  /** all of them for those who review, else one's own */
  glasses(reader: Person): Promise<{ readonly data: readonly BreakGlass[] }>;
  reviewGlass(reader: Person, id: string, review: GlassReview): Promise<BreakGlass | WireRefusal>;
}

export function openGlass(house: CaseHouse & { readonly handoff: Handoff; /** whether two ids are one human */ readonly same: (one: string, other: string) => Promise<boolean> }): GlassDesk {
  const { audit, world, handoff } = house;
  const cases = openCases<Content>(house, 'breakglass');
  const shown = ({ row, content }: NonNullable<Awaited<ReturnType<typeof cases.get>>>): BreakGlass => ({
    id: row.id, person: row.owner, message: row.message, code: content.code, reason: content.reason, granted: new Date(row.created).toISOString(), until: new Date(content.until).toISOString(),
    active: content.until > world.now() && content.review === null, reads: content.reads, reviewDue: new Date(row.due).toISOString(), overdue: content.review === null && row.due < world.now(), review: content.review,
  });

  return {
    async breakGlass(person, request) {
      if (!(await handoff.room.read.message({ id: request.message }))) return refuse('not-found');
      const id = newId('bgl', world);
      const now = world.now();
      const content: Content = { code: request.code, reason: request.reason, until: now + request.minutes * MINUTE, reads: 0, review: null };
      await cases.open({ id, owner: person.id, message: request.message, state: 'granted', due: businessDay(now) }, content, [
        { type: 'breakglass.granted', outcome: 'ok', actor: staff(person), message: request.message, facts: { grant: id, code: request.code, minutes: request.minutes, purpose: 'break-glass', due: new Date(businessDay(now)).toISOString() }, sealed: { reason: request.reason } },
      ]);
      const made = await cases.get(id);
      return made === null ? refuse('not-found') : shown(made);
    },

    async throughGlass(person, id) {
      const found = await cases.get(id);
      if (found === null || found.row.owner !== person.id || found.content.review !== null || found.content.until <= world.now()) return refuse('not-found');
      const { row, content } = found;
      const changed = await cases.change(row, {}, { ...content, reads: content.reads + 1 }, [
        { type: 'breakglass.used', outcome: 'ok', actor: staff(person), message: row.message, facts: { grant: id, n: content.reads + 1, purpose: 'break-glass' } },
      ]);
      if (isRefusal(changed)) return changed;
      const loaded = await handoff.load(row.message);
      if (!loaded?.full) return refuse('destroyed');
      if (loaded.full.body === null) return refuse('content-divided');
      const { draft } = loaded.full;
      return {
        id: row.message, from: draft.from, recipients: [...draft.recipients], subject: draft.subject, ...(draft.html === undefined ? {} : { html: draft.html }), ...(draft.text === undefined ? {} : { text: draft.text }),
        attachments: draft.attachments.map((a, n) => ({ n, filename: a.filename, contentType: a.contentType, size: a.size })),
      };
    },

    async glasses(reader) {
      await audit.record({ type: 'audit.queried', outcome: 'ok', actor: staff(reader), facts: { kind: 'break-glass' } });
      const seesAll = reader.roles.some((role) => role !== 'clinician' && (CASES.glasses.who as readonly string[]).includes(role));
      return { data: (await cases.all()).filter(({ row }) => seesAll || row.owner === reader.id).map(shown) };
    },

    async reviewGlass(reader, id, { justified, text }) {
      const found = await cases.get(id);
      if (found === null) return refuse('not-found');
      if (await house.same(found.row.owner, reader.id)) return refuse('second-person-needed');
      if (found.content.review !== null) return refuse('changed-meanwhile');
      const changed = await cases.change(found.row, { state: 'reviewed', due: 0 }, { ...found.content, review: { by: reader.id, at: new Date(world.now()).toISOString(), justified, text } }, [
        { type: 'breakglass.reviewed', outcome: justified ? 'ok' : 'failed', actor: staff(reader), message: found.row.message, facts: { grant: id, justified, reads: found.content.reads }, sealed: { text } },
      ]);
      if (isRefusal(changed)) return changed;
      const now = await cases.get(id);
      return now === null ? refuse('not-found') : shown(now);
    },
  };
}
