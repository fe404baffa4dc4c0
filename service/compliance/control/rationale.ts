/**
 * Why an addressable specification is not met as it is written, and what is done instead: a person's word, for a year at most (45 CFR 164.306(d)(3)(ii)(B),
 * 164.316(b)(1)(ii)). One file a safeguard: a new reason stands behind the old ones; none makes a required specification met.
 */
import type { Rationale, RationaleRequest } from '../../../shared/wire/control.ts';
import { newId } from '../../identity.ts';
import type { Person } from '../../people/people.ts';
import { isRefusal, refuse, type WireRefusal } from '../../refusal.ts';
import { openCases, type CaseHouse } from '../case/case.ts';
import { staff } from '../search.ts';
import { CONTROLS } from './control.table.ts';

const DAY = 86_400_000;
const LONGEST = 366 * DAY;

interface Said { readonly text: string; readonly instead: string; readonly by: string; readonly at: string; readonly until: string }
/** `said`: oldest first */
interface Content { readonly control: string; readonly said: readonly Said[] }

export interface RationaleDesk {
  rationale(officer: Person, control: string, request: RationaleRequest): Promise<Rationale | WireRefusal>;
}

export function openRationales(house: CaseHouse): RationaleDesk & { inForce(): Promise<ReadonlySet<string>>; written(): Promise<ReadonlyMap<string, Rationale>> } {
  const { world } = house;
  const cases = openCases<Content>(house, 'rationale');

  async function written(): Promise<Map<string, Rationale>> {
    return new Map((await cases.all(1000)).flatMap(({ row, content: { control, said } }) => said.slice(-1).map((last) => [control, { ...last, lapsed: row.due <= world.now() }] as const)));
  }

  return {
    written,
    inForce: async () => new Set([...(await written())].flatMap(([control, { lapsed }]) => (lapsed ? [] : [control]))),
    async rationale(officer, control, { text, instead, until }) {
      if (CONTROLS.find((c) => c.id === control)?.addressable !== true) return refuse('not-found');
      // To the end of that day.
      const due = Date.parse(until) + DAY;
      if (due <= world.now() || due > world.now() + LONGEST + DAY) return refuse('bad-request');
      const before = (await cases.all(1000)).find(({ content }) => content.control === control);
      const content: Content = { control, said: [...(before?.content.said ?? []), { text, instead, by: officer.id, at: new Date(world.now()).toISOString(), until }] };
      const events = [{ type: 'control.rationale_written', outcome: 'ok', actor: staff(officer), facts: { control, until }, sealed: { reason: text } }] as const;
      if (before === undefined) await cases.open({ id: newId('rat', world), owner: officer.id, message: '', state: 'in-force', due }, content, events);
      else {
        const changed = await cases.change(before.row, { due, told: 0 }, content, events);
        if (isRefusal(changed)) return changed;
      }
      return (await written()).get(control) ?? refuse('not-found');
    },
  };
}
