/**
 * Safeguards evaluated every night from the log, and the answers logged in turn: a year of them is the map that shows a safeguard working,
 * not merely written down (45 CFR 164.308(a)(8); P.L. 116-321 asks for the twelve months before). Also the monthly review of activity, signed off by a person.
 */
import type { ControlMap, Review, SignOff } from '../../../shared/wire/control.ts';
import type { AuditEvent } from '../../../shared/wire/audit.ts';
import { newId } from '../../identity.ts';
import type { Person } from '../../people/people.ts';
import { isRefusal, refuse, type WireRefusal } from '../../refusal.ts';
import { openCases, type CaseHouse } from '../case/case.ts';
import type { CaseRow } from '../case/case.sql.ts';
import { staff } from '../search.ts';
import type { LastBackup } from '../../store/backup.ts';
import { CONTROLS, resultOf, type Profile, type Result } from './control.table.ts';
import { openFacts, type FactHouse } from './facts.ts';
import { openRationales, type RationaleDesk } from './rationale.ts';

const DAY = 86_400_000;
const REVIEW_DAYS = 10;
/** worst first: what a month's mark says */
const WORST: readonly Result[] = ['not-met', 'addressable-not-met', 'addressable-documented', 'nothing-to-show', 'not-applicable', 'met'];
const SERVICE = { kind: 'service', id: 'controls' } as const;

interface ReviewContent { readonly from: string; readonly to: string; readonly done: Review['done'] }

export interface ControlDesk extends RationaleDesk {
  /** the latest answers, and twelve months of them */
  controls(reader: Person, profile: Profile): Promise<ControlMap>;
  reviews(reader: Person): Promise<{ readonly data: readonly Review[] }>;
  signOff(reader: Person, id: string, request: SignOff): Promise<Review | WireRefusal>;
}

interface ControlHouse extends CaseHouse, FactHouse { readonly backup: () => LastBackup | null }

export function openControls(house: ControlHouse): ControlDesk & { nightly(): Promise<number> } {
  const { audit, world, store } = house;
  const cases = openCases<ReviewContent>(house, 'review');
  const files = store.room<typeof import('../case/case.sql.ts')>('case');
  const { inForce, written, ...desk } = openRationales(house);
  const rationales = { inForce, written };
  const facts = openFacts(house, async () => (await cases.all()).map(({ row, content }) => ({ due: row.due, done: content.done?.at ?? null })));
  const midnight = (): number => Math.floor(world.now() / DAY) * DAY;
  const shown = ({ row, content }: { readonly row: CaseRow; readonly content: ReviewContent }): Review => ({ id: row.id, from: content.from, to: content.to, due: new Date(row.due === 0 ? row.created : row.due).toISOString().slice(0, 10), overdue: content.done === null && row.due < world.now(), done: content.done });

  /** Whoever makes a backup leaves word of it in the data folder; the log learns of it here, once. */
  async function noteBackup(): Promise<void> {
    const made = house.backup();
    if (made === null || made.time <= ((await facts.newestBackup()) ?? 0)) return;
    await audit.record({ type: 'backup.completed', outcome: 'ok', actor: SERVICE, facts: { at: new Date(made.time).toISOString(), files: made.files, bytes: made.bytes, holds: made.holds } });
  }

  async function evaluate(): Promise<number> {
    const of = await facts.now();
    const documented = await rationales.inForce();
    const size = (await audit.tallied(0, 0)).size;
    for (const control of CONTROLS) {
      const f = of(control.windowDays);
      const outcome = control.judge(f);
      await audit.record({ type: 'control.evaluated', outcome: 'ok', actor: SERVICE, facts: { control: control.id, result: resultOf(control, outcome, 'hipaa-current', documented.has(control.id)), nprm: resultOf(control, outcome, 'hipaa-nprm-2025'), window: control.windowDays, size, measured: control.measured(f) } });
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
      if ((row.kind === 'incident' && row.state !== 'open') || (row.kind === 'breakglass' && row.state !== 'granted') || (row.kind === 'rationale' && row.state !== 'in-force')) continue;
      const [type, name] = { rationale: ['control.rationale_lapsed', 'rationale'], incident: ['incident.overdue', 'incident'], breakglass: ['breakglass.overdue', 'grant'], review: ['review.overdue', 'review'] }[row.kind] as [string, string];
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
    ...desk,

    async nightly() {
      await remind();
      await noteBackup();
      await audit.flush();
      const today = await audit.events({ types: ['control.evaluated'], from: midnight(), limit: 1 });
      return isRefusal(today) || today.data.length > 0 ? 0 : evaluate();
    },

    async controls(reader, profile) {
      await audit.record({ type: 'audit.queried', outcome: 'ok', actor: staff(reader), facts: { kind: 'controls' } });
      const [all, said] = [await evaluations(), await rationales.written()];
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
            rationale: said.get(control.id) ?? null,
            months: months.map((month) => {
              const then = mine.filter((e) => e.time.startsWith(month));
              const days = new Set(then.map((e) => e.time.slice(0, 10))).size;
              const length = month === now.toISOString().slice(0, 7) ? now.getUTCDate() : new Date(Date.UTC(Number(month.slice(0, 4)), Number(month.slice(5)), 0)).getUTCDate();
              const results = new Set(then.map((e) => String(e.facts[fact])));
              const worst = WORST.find((r) => results.has(r)) ?? 'not-evaluated';
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
