/**
 * Safeguards evaluated every night from the log, and the answers logged in turn: a year of them is the map that shows a safeguard working,
 * not merely written down (45 CFR 164.308(a)(8); P.L. 116-321 asks for the twelve months before). Also the monthly review of activity, signed off by a person.
 */
import { getFips } from 'node:crypto';
import type { ControlMap, Review, SignOff } from '../../../shared/wire/control.ts';
import type { AuditEvent } from '../../../shared/wire/audit.ts';
import type { AnchorRow } from '../../audit/audit.sql.ts';
import { newId } from '../../identity.ts';
import type { Person } from '../../people/people.ts';
import { isRefusal, refuse, type WireRefusal } from '../../refusal.ts';
import { openCases, type CaseHouse } from '../case/case.ts';
import type { CaseRow } from '../case/case.sql.ts';
import { staff } from '../search.ts';
import type { LastBackup } from '../../store/backup.ts';
import { CONTROLS, resultOf, type Facts, type Profile } from './control.table.ts';

const DAY = 86_400_000;
const REVIEW_DAYS = 10;
/** grades of a channel that proved whose it is (`deliver/assurance.ts`) */
const PROVED: ReadonlySet<unknown> = new Set(['A', 'B', 'B-']);
const SERVICE = { kind: 'service', id: 'controls' } as const;

interface ReviewContent { readonly from: string; readonly to: string; readonly done: Review['done'] }

export interface ControlDesk {
  /** the latest answers, and twelve months of them */
  controls(reader: Person, profile: Profile): Promise<ControlMap>;
  reviews(reader: Person): Promise<{ readonly data: readonly Review[] }>;
  signOff(reader: Person, id: string, request: SignOff): Promise<Review | WireRefusal>;
}

export interface ControlHouse extends CaseHouse { readonly anchors: () => Promise<readonly AnchorRow[]>; readonly keysApart: boolean; readonly backup: () => LastBackup | null }

export function openControls(house: ControlHouse): ControlDesk & { nightly(): Promise<number> } {
  const { audit, world, store } = house;
  const cases = openCases<ReviewContent>(house, 'review');
  const files = store.room<typeof import('../case/case.sql.ts')>('case');
  const midnight = (): number => Math.floor(world.now() / DAY) * DAY;
  const shown = ({ row, content }: { readonly row: CaseRow; readonly content: ReviewContent }): Review => ({ id: row.id, from: content.from, to: content.to, due: new Date(row.due === 0 ? row.created : row.due).toISOString().slice(0, 10), overdue: content.done === null && row.due < world.now(), done: content.done });

  /** Entry by entry, not by count: what proved itself is a fact of each. */
  async function left(now: number): Promise<Facts['left']> {
    let [copies, unproved] = [0, 0];
    for (let cursor: string | undefined; ;) {
      const page = await audit.events({ types: ['delivery.relayed'], from: now - DAY, limit: 500, ...(cursor === undefined ? {} : { cursor }) });
      if (isRefusal(page)) break;
      const alone = page.data.filter((e) => e.facts['protection'] === 'tls');
      copies += alone.length;
      unproved += alone.filter((e) => !PROVED.has(e.facts['grade'])).length;
      if (page.page.next === null) break;
      cursor = page.page.next;
    }
    return { copies, unproved };
  }

  async function newestBackup(): Promise<number | null> {
    const page = await audit.events({ types: ['backup.completed'], order: 'desc', limit: 1 });
    return isRefusal(page) || page.data[0] === undefined ? null : Date.parse(String(page.data[0].facts['at']));
  }

  /** Whoever makes a backup leaves word of it in the data folder; the log learns of it here, once. */
  async function noteBackup(): Promise<void> {
    const made = house.backup();
    if (made === null || made.time <= ((await newestBackup()) ?? 0)) return;
    await audit.record({ type: 'backup.completed', outcome: 'ok', actor: SERVICE, facts: { at: new Date(made.time).toISOString(), files: made.files, bytes: made.bytes, holds: made.holds } });
  }

  async function factsAt(): Promise<(windowDays: number) => Facts> {
    const now = world.now();
    const today = Math.floor(now / DAY);
    const { rows } = await audit.tallied(today - 366, today + 1);
    const [copies, backup] = [await left(now), await newestBackup()];
    const [first, held, reviews, glass, incidents] = await Promise.all([audit.at(0), house.anchors(), cases.all(), files.read.ofKind({ kind: 'breakglass', limit: 500 }), files.read.ofKind({ kind: 'incident', limit: 500 })]);
    const age = first === null ? 0 : Math.floor((now - first.at) / DAY);
    const newest = Math.max(-1, ...held.map((a) => a.time));
    const reviewed = Math.max(-1, ...reviews.map((r) => (r.content.done === null ? -1 : Date.parse(r.content.done.at))));
    return (windowDays) => {
      const inside = (types: string) => rows.filter((r) => r.day > today - windowDays && (types.endsWith('.') ? r.type.startsWith(types) : r.type === types));
      return {
        n: (types, outcome) => inside(types).reduce((sum, r) => sum + (outcome === undefined || r.outcome === outcome ? r.n : 0), 0),
        days: (types) => new Set(inside(types).map((r) => r.day)).size,
        age: Math.min(age, windowDays), anchor: newest < 0 ? null : now - newest, anchored: held.length > 0, logBroken: audit.figures()['audit_broken'] === 1,
        review: reviewed < 0 ? null : now - reviewed, overdueReviews: reviews.filter((r) => r.content.done === null && r.row.due < now).length,
        overdueGlass: glass.filter((g) => g.state === 'granted' && g.due < now).length, openIncidentsLate: incidents.filter((i) => i.state === 'open' && i.due < now).length,
        keysApart: house.keysApart, fips: getFips() === 1, left: copies, backup: backup === null ? null : now - backup,
      };
    };
  }

  async function evaluate(): Promise<number> {
    const facts = await factsAt();
    const size = (await audit.tallied(0, 0)).size;
    for (const control of CONTROLS) {
      const f = facts(control.windowDays);
      const outcome = control.judge(f);
      await audit.record({ type: 'control.evaluated', outcome: 'ok', actor: SERVICE, facts: { control: control.id, result: resultOf(control, outcome, 'hipaa-current'), nprm: resultOf(control, outcome, 'hipaa-nprm-2025'), window: control.windowDays, size, measured: control.measured(f) } });
    }
    return CONTROLS.length;
  }

  /** Last month's review exists, and what was forgotten is said once. */
  async function remind(): Promise<void> {
    const now = new Date(world.now());
    const from = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - 1, 1)).toISOString().slice(0, 10);
    const end = Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), 1);
    const first = await audit.at(0);
    const to = new Date(end).toISOString().slice(0, 10);
    if (first !== null && first.at < end && !(await cases.all()).some((r) => r.content.from === from)) {
      const id = newId('rev', world);
      await cases.open({ id, owner: 'controls', message: '', state: 'due', due: end + REVIEW_DAYS * DAY }, { from, to, done: null }, [{ type: 'review.scheduled', outcome: 'ok', actor: SERVICE, facts: { review: id, from, to, due: new Date(end + REVIEW_DAYS * DAY).toISOString().slice(0, 10) } }]);
    }
    for (const row of await files.read.due({ now: world.now(), limit: 100 })) {
      if ((row.kind === 'incident' && row.state !== 'open') || (row.kind === 'breakglass' && row.state !== 'granted')) continue;
      const [type, name] = { incident: ['incident.overdue', 'incident'], breakglass: ['breakglass.overdue', 'grant'], review: ['review.overdue', 'review'] }[row.kind] as [string, string];
      const { id, version, state, due, sealed, kid } = row;
      await files.write.change({ id, version, state, due, sealed, kid, told: 1, events: [await audit.prepared({ type, outcome: 'failed', actor: SERVICE, facts: { [name]: id } })] });
    }
  }

  async function evaluations(): Promise<AuditEvent[]> {
    const found: AuditEvent[] = [];
    for (let cursor: string | undefined, n = 0; n < 40; n += 1) {
      const page = await audit.events({ types: ['control.evaluated'], from: world.now() - 366 * DAY, order: 'asc', limit: 500, ...(cursor === undefined ? {} : { cursor }) });
      if (isRefusal(page)) return found;
      found.push(...page.data);
      if (page.page.next === null) return found;
      cursor = page.page.next;
    }
    return found;
  }

  return {
    async nightly() {
      await remind();
      await noteBackup();
      await audit.flush();
      const today = await audit.events({ types: ['control.evaluated'], from: midnight(), limit: 1 });
      return isRefusal(today) || today.data.length > 0 ? 0 : evaluate();
    },

    async controls(reader, profile) {
      await audit.record({ type: 'audit.queried', outcome: 'ok', actor: staff(reader), facts: { kind: 'controls' } });
      const all = await evaluations();
      const fact = profile === 'hipaa-current' ? 'result' : 'nprm';
      const now = new Date(world.now());
      const months = Array.from({ length: 12 }, (_, i) => new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - 11 + i, 1)).toISOString().slice(0, 7));
      return {
        profile,
        data: CONTROLS.map((control) => {
          const mine = all.filter((e) => e.facts['control'] === control.id);
          const last = mine.at(-1);
          return {
            id: control.id, citation: control.citation, title: control.title, question: control.question, windowDays: control.windowDays, addressable: control.addressable === true, reviewed: control.reviewed,
            latest: last === undefined ? null : { result: String(last.facts[fact]), time: last.time, seq: last.seq, measured: Number(last.facts['measured']) },
            months: months.map((month) => {
              const then = mine.filter((e) => e.time.startsWith(month));
              const days = new Set(then.map((e) => e.time.slice(0, 10))).size;
              const length = month === now.toISOString().slice(0, 7) ? now.getUTCDate() : new Date(Date.UTC(Number(month.slice(0, 4)), Number(month.slice(5)), 0)).getUTCDate();
              const results = new Set(then.map((e) => String(e.facts[fact])));
              const worst = ['not-met', 'addressable-not-met', 'nothing-to-show', 'met'].find((r) => results.has(r)) ?? 'not-evaluated';
              // A day without an answer is a gap, and a gap is not continuous.
              return { month, result: worst, days, continuous: days === length };
            }),
          };
        }),
      };
    },

    async reviews(reader) {
      await audit.record({ type: 'audit.queried', outcome: 'ok', actor: staff(reader), facts: { kind: 'reviews' } });
      return { data: (await cases.all()).map(shown) };
    },

    async signOff(reader, id, request) {
      const found = await cases.get(id);
      if (found === null) return refuse('not-found');
      if (found.content.done !== null) return refuse('changed-meanwhile');
      // What was looked at is named by a tree that was signed: later it can be looked at again.
      if ((await audit.proofs(request.treeSize, [])) === null) return refuse('bad-request');
      const changed = await cases.change(found.row, { state: 'done', due: 0 }, { ...found.content, done: { by: reader.id, at: new Date(world.now()).toISOString(), findings: request.findings, text: request.text, treeSize: request.treeSize } }, [
        { type: 'review.completed', outcome: 'ok', actor: staff(reader), facts: { review: id, from: found.content.from, to: found.content.to, size: request.treeSize, findings: request.findings }, sealed: { text: request.text } },
      ]);
      if (isRefusal(changed)) return changed;
      const now = await cases.get(id);
      return now === null ? refuse('not-found') : shown(now);
    },
  };
}
