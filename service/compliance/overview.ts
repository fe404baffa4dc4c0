/** What the console shows first: a month of the log as counts by day. Reads entries newest first up to a limit and says so when it stopped there. */
import type { Overview } from '../../shared/wire/console.ts';
import type { AuditLog } from '../audit/audit.ts';
import type { World } from '../world.ts';

const DAY = 86_400_000;
const TYPES = ['message.accepted', 'message.refused', 'encryption.decided', 'delivery.released'];
const PAGE = 500;
const AT_MOST = 20_000;
/** One answer for everybody who looks within this time: it is the same log. */
const FRESH = 15_000;

export type OverviewDesk = ReturnType<typeof openOverview>;

export function openOverview({ audit, world }: { readonly audit: Pick<AuditLog, 'events'>; readonly world: Pick<World, 'now'> }) {
  const kept = new Map<number, { readonly at: number; readonly answer: Promise<Overview> }>();

  async function count(days: number): Promise<Overview> {
    const today = Math.floor(world.now() / DAY);
    const first = (today - days + 1) * DAY;
    const byDay = new Map<string, { protections: { [name: string]: number }; accepted: number; refused: number }>();
    const dayOf = (ms: number) => new Date(ms).toISOString().slice(0, 10);
    for (let n = 0; n < days; n += 1) byDay.set(dayOf(first + n * DAY), { protections: {}, accepted: 0, refused: 0 });
    const [verdicts, decisions, refusals]: { [name: string]: number }[] = [{}, {}, {}];
    const overrides = { justified: 0, released: 0 };
    const add = (to: { [name: string]: number } | undefined, name: unknown) => { const key = String(name ?? 'unknown'); if (to) to[key] = (to[key] ?? 0) + 1; };
    let whole = true;
    let from = dayOf(first);
    let cursor: string | undefined;
    for (let seen = 0; ;) {
      const page = await audit.events({ types: TYPES, from: first, order: 'desc', limit: PAGE, ...(cursor === undefined ? {} : { cursor }) });
      if ('kind' in page) break;
      for (const { type, time, facts } of page.data) {
        const day = byDay.get(time.slice(0, 10));
        if (type === 'message.accepted') {
          if (day) day.accepted += 1;
          add(verdicts, facts['verdict']);
          add(decisions, facts['decision']);
          if (facts['decision'] === 'justify') overrides.justified += 1;
        } else if (type === 'message.refused') {
          if (day) day.refused += 1;
          add(refusals, facts['code']);
        } else if (type === 'delivery.released') overrides.released += 1;
        else add(day?.protections, facts['protection']);
      }
      seen += page.data.length;
      if (page.page.next === null) break;
      if (seen >= AT_MOST) {
        whole = false;
        from = page.data.at(-1)?.time.slice(0, 10) ?? from;
        break;
      }
      cursor = page.page.next;
    }
    return { days, from, whole, byDay: [...byDay].filter(([day]) => day >= from).map(([day, of]) => ({ day, ...of })), verdicts: verdicts ?? {}, decisions: decisions ?? {}, refusals: refusals ?? {}, overrides };
  }

  return (days: number): Promise<Overview> => {
    const before = kept.get(days);
    if (before && world.now() - before.at < FRESH) return before.answer;
    const answer = count(days);
    kept.set(days, { at: world.now(), answer });
    answer.catch(() => kept.delete(days));
    return answer;
  };
}
