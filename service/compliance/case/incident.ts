/**
 * A wrong recipient, or anything else that may be a breach (45 CFR 164.402–414): what can be taken back is, what cannot is said, the four
 * factors are filled in from evidence, and a person decides. Discovery is the first moment anybody of the workforce knew; sixty days are the outer limit, not the aim.
 */
import { fold } from '../../../shared/track/track.ts';
import type { AssessRequest, Incident, IncidentRequest, IncidentStep } from '../../../shared/wire/case.ts';
import type { Entry } from '../../audit/audit.ts';
import type { Handoff } from '../../handoff/handoff.ts';
import { newId } from '../../identity.ts';
import { owns, type Person } from '../../people/people.ts';
import type { Queue } from '../../queue/queue.ts';
import { isRefusal, refuse, type WireRefusal } from '../../refusal.ts';
import type { Accept } from '../../route.ts';
import { staff } from '../search.ts';
import { openCases, type CaseHouse } from './case.ts';

const DAY = 86_400_000;
const LIMIT_DAYS = 60;
const READERS: readonly string[] = ['compliance', 'privacy-officer', 'auditor'];
const ARRIVED = ['relayed', 'delivered', 'opened'];

type Content = Omit<Incident, 'id' | 'state' | 'version' | 'opened' | 'openedBy' | 'clock'> & { readonly discovered: string };

/** The clocks of 164.404, .406, .408 as dates; which of them apply, the decision and the number of people say. */
export function clockOf(discovered: number, people: number | null): Incident['clock'] {
  const outer = new Date(discovered + LIMIT_DAYS * DAY).toISOString().slice(0, 10);
  const year = new Date(discovered).getUTCFullYear();
  // 164.408(c): fewer than 500, not later than 60 days after the end of the calendar year of discovery
  const yearly = new Date(Date.UTC(year + 1, 0, 1) + (LIMIT_DAYS - 1) * DAY).toISOString().slice(0, 10);
  return { individuals: outer, hhs: people !== null && people >= 500 ? outer : yearly, media: people !== null && people > 500 ? outer : null };
}

/** What the entries prove of one copy. `secured`: nobody it was not meant for can open it. */
function copyOf(n: number, item: string, protection: string, entries: readonly Entry[]): Incident['copies'][number] {
  const mine = entries.filter((e) => e.item === item);
  const status = fold(mine);
  const opened = mine.find((e) => e.type === 'portal.message_opened');
  const recall = mine.findLast((e) => e.type === 'recall.done');
  const left = ARRIVED.includes(status) || mine.some((e) => e.type === 'delivery.unknown' || e.type === 'delivery.relayed');
  const unread = protection === 'portal' && opened === undefined && recall?.facts['state'] === 'unopened';
  const seq = mine.at(-1)?.seq ?? null;
  if (opened !== undefined) return { n, protection, status, secured: false, why: 'It was opened on the secure page.', seq: opened.seq };
  if (recall !== undefined && recall.facts['state'] === 'unknown') return { n, protection, status, secured: false, why: 'It was recalled, but a try that was cut off may have arrived.', seq };
  if (unread) return { n, protection, status, secured: true, why: 'It lay on the secure page, was closed there, and no entry tells of anybody opening it.', seq };
  if (recall !== undefined || !left) return { n, protection, status, secured: true, why: 'It never left this service.', seq };
  if (protection === 'portal') return { n, protection, status, secured: false, why: 'Whoever got the notice can still open it.', seq };
  if (protection === 'smime' || protection === 'pgp') return { n, protection, status, secured: false, why: 'It was encrypted to a key of that very recipient, who can open it.', seq };
  return { n, protection, status, secured: false, why: 'It lies readable in that recipient\'s mailbox.', seq };
}

export interface IncidentDesk {
  openIncident(reader: Person, request: IncidentRequest): Promise<Incident | WireRefusal>;
  incidents(reader: Person): Promise<{ readonly data: readonly Incident[] }>;
  incident(reader: Person, id: string): Promise<Incident | WireRefusal>;
  assessIncident(reader: Person, id: string, request: AssessRequest): Promise<Incident | WireRefusal>;
  /** a notice that was sent, a corrective action, a remark, the end */
  stepIncident(reader: Person, id: string, request: IncidentStep): Promise<Incident | WireRefusal>;
}

export function openIncidents(house: CaseHouse & { readonly handoff: Handoff; readonly queue: Queue; readonly recall: Accept['recall'] }): IncidentDesk {
  const { audit, world, handoff, queue } = house;
  const cases = openCases<Content>(house, 'incident');
  const shown = ({ row, content }: { readonly row: { readonly id: string; readonly state: string; readonly version: number; readonly created: number; readonly owner: string }; readonly content: Content }): Incident => ({
    ...content, id: row.id, state: row.state as Incident['state'], version: row.version, opened: new Date(row.created).toISOString(), openedBy: row.owner, clock: clockOf(Date.parse(content.discovered), content.assessment?.people ?? null),
  });
  const say = (type: string, by: Person, message: string, facts: { [name: string]: string | number | boolean | null }, sealed?: { [name: string]: string }) => ({ type, outcome: 'ok' as const, actor: staff(by), message, facts, ...(sealed ? { sealed } : {}) });

  return {
    async openIncident(reader, request) {
      const row = await handoff.room.read.message({ id: request.message });
      const own = row !== undefined && owns(reader, row);
      if (!row || (!own && !reader.roles.some((r) => READERS.includes(r)))) return refuse('not-found');
      const now = world.now();
      // Known earlier is possible, later than now is not (164.404(a)(2)).
      const discovered = Math.min(now, request.discovered === undefined ? now : Date.parse(request.discovered));
      const { evidence } = await handoff.evidenceOf(row);
      const items = await queue.room.read.ofMessage({ message: row.id });
      const wrong = request.recipients ?? items.map((i) => i.n);
      if (wrong.some((n) => !items.some((i) => i.n === n))) return refuse('bad-request');
      const recalled = request.recall === false ? null : await house.recall({ ...reader, id: row.author }, row.id, reader);
      const entries = await audit.of(row.id);
      const copies = items.filter((i) => wrong.includes(i.n)).map((i) => copyOf(i.n, i.id, i.protection, entries));
      const accepted = entries.find((e) => e.type === 'message.accepted');
      const openedAny = copies.filter((c) => c.status === 'opened').length;
      const upTo = Math.max(-1, ...entries.map((e) => e.seq ?? -1));
      const content: Content = {
        message: row.id, kind: request.kind, discovered: new Date(discovered).toISOString(), note: request.note ?? '', copies, secured: copies.every((c) => c.secured), assessment: null, steps: [],
        recipients: copies.map((c) => ({ n: c.n, address: evidence.recipients[c.n]?.address ?? '' })),
        cannot: [
          ...(recalled !== null && isRefusal(recalled) ? ['Nothing could be recalled any more.'] : []),
          ...copies.filter((c) => !c.secured).map((c) => `Copy ${c.n + 1}: ${c.why}`),
        ],
        factors: {
          nature: `Verdict ${String(accepted?.facts['verdict'] ?? 'unknown')}, ${String(accepted?.facts['findings'] ?? 'unknown')} findings, ${String(accepted?.facts['attachments'] ?? 0)} attachments${evidence.sensitive.length > 0 ? `, sensitive: ${evidence.sensitive.join(', ')}` : ''}.`,
          recipient: `${copies.length} of ${items.length} copies went to somebody they were not meant for. Who that is, and what duties they have, only a person can say.`,
          acquired: openedAny > 0 ? `${openedAny} copies were opened.` : `No entry up to number ${upTo} tells of anybody opening a copy on the secure page. Reading of delivered mail cannot be seen from here.`,
          mitigated: copies.every((c) => c.secured) ? 'Every copy was taken back before anybody could open it.' : `${copies.filter((c) => c.secured).length} of ${copies.length} copies can be opened by nobody.`,
        },
      };
      const id = newId('inc', world);
      await cases.open({ id, owner: reader.id, message: row.id, state: 'open', due: discovered + LIMIT_DAYS * DAY }, content, [
        say('incident.opened', reader, row.id, { incident: id, kind: request.kind, discovered: content.discovered, copies: copies.length, secured: copies.filter((c) => c.secured).length, due: new Date(discovered + LIMIT_DAYS * DAY).toISOString().slice(0, 10) }, request.note ? { reason: request.note } : undefined),
      ]);
      const made = await cases.get(id);
      return made === null ? refuse('not-found') : shown(made);
    },

    async incidents(reader) {
      await audit.record({ type: 'audit.queried', outcome: 'ok', actor: staff(reader), facts: { kind: 'incidents' } });
      return { data: (await cases.all(5000)).map(shown) };
    },

    async incident(reader, id) {
      const found = await cases.get(id);
      if (found === null || (found.row.owner !== reader.id && !reader.roles.some((r) => READERS.includes(r)))) return refuse('not-found');
      await audit.record({ type: 'audit.queried', outcome: 'ok', actor: staff(reader), facts: { kind: 'incident' } });
      return shown(found);
    },

    async assessIncident(reader, id, request) {
      const found = await cases.get(id);
      if (found === null) return refuse('not-found');
      if (found.row.state === 'closed') return refuse('changed-meanwhile');
      const { decision, people, version } = request;
      const changed = await cases.change({ ...found.row, version }, { state: 'assessed' }, { ...found.content, assessment: { ...request, by: reader.id, at: new Date(world.now()).toISOString() } }, [
        say('breach.assessed', reader, found.content.message, { incident: id, decision, people: people ?? null, nature: request.ratings.nature, recipient: request.ratings.recipient, acquired: request.ratings.acquired, mitigated: request.ratings.mitigated }, { reason: request.reason }),
      ]);
      if (isRefusal(changed)) return changed;
      const now = await cases.get(id);
      return now === null ? refuse('not-found') : shown(now);
    },

    async stepIncident(reader, id, request) {
      const found = await cases.get(id);
      if (found === null) return refuse('not-found');
      const { row, content } = found;
      // Undecided, or a breach nobody was told of, is not over (164.414(b)).
      const open = content.assessment === null || (content.assessment.decision === 'breach' && !content.steps.some((s) => s.kind === 'notice' && s.to === 'individuals'));
      if (row.state === 'closed' || (request.kind === 'close' && open)) return refuse('incident-open');
      const at = new Date(world.now()).toISOString();
      const type = { notice: 'breach.notice_sent', action: 'incident.action', remark: 'incident.remarked', close: 'incident.closed' }[request.kind];
      const changed = await cases.change({ ...row, version: request.version }, request.kind === 'close' ? { state: 'closed', due: 0 } : {}, { ...content, steps: [...content.steps, { kind: request.kind, text: request.text, by: reader.id, at, ...(request.to ? { to: request.to } : {}), ...(request.count === undefined ? {} : { count: request.count }) }] }, [
        say(type, reader, content.message, { incident: id, ...(request.to ? { to: request.to } : {}), ...(request.count === undefined ? {} : { count: request.count }) }, { text: request.text }),
      ]);
      if (isRefusal(changed)) return changed;
      const now = await cases.get(id);
      return now === null ? refuse('not-found') : shown(now);
    },
  };
}
