/** What the safeguards are judged by: counts of the log and, where a count cannot say it, the entries of the last day one by one. */
import { getFips } from 'node:crypto';
import type { AuditEvent } from '../../../shared/wire/audit.ts';
import type { AnchorRow } from '../../audit/audit.sql.ts';
import type { AuditLog } from '../../audit/audit.ts';
import type { Standing } from '../../people/session.ts';
import { isRefusal } from '../../refusal.ts';
import type { Store } from '../../store/store.ts';
import type { World } from '../../world.ts';
import type { Facts } from './control.table.ts';

const DAY = 86_400_000;
/** grades of a channel that proved whose it is (`deliver/assurance.ts`) */
const PROVED: ReadonlySet<unknown> = new Set(['A', 'B', 'B-']);

export interface FactHouse {
  readonly audit: AuditLog; readonly store: Store; readonly world: Pick<World, 'now' | 'random'>;
  readonly anchors: () => Promise<readonly AnchorRow[]>; readonly keysApart: boolean; readonly sessions: () => Promise<Standing>;
}

export function openFacts({ audit, store, world, anchors, keysApart, sessions }: FactHouse, reviews: () => Promise<readonly { readonly due: number; readonly done: string | null }[]>) {
  const files = store.room<typeof import('../case/case.sql.ts')>('case');

  async function* lastDay(type: string): AsyncGenerator<AuditEvent> {
    for (let cursor: string | undefined; ;) {
      const page = await audit.events({ types: [type], from: world.now() - DAY, limit: 500, ...(cursor === undefined ? {} : { cursor }) });
      if (isRefusal(page)) return;
      yield* page.data;
      if (page.page.next === null) return;
      cursor = page.page.next;
    }
  }

  /** whether the log has an entry of this type about the same message, or the same copy of it */
  async function has(type: string, { message = '', item }: AuditEvent): Promise<boolean> {
    return (await audit.of(message)).some((e) => e.type === type && (item === undefined || e.item === item));
  }

  async function left(): Promise<Pick<Facts, 'left' | 'plain'>> {
    let [copies, unproved, ordinary, unchosen] = [0, 0, 0, 0];
    for await (const e of lastDay('delivery.relayed')) {
      if (e.facts['protection'] === 'tls') {
        copies += 1;
        if (!PROVED.has(e.facts['grade'])) unproved += 1;
      } else if (e.facts['protection'] === 'plain-by-choice') {
        ordinary += 1;
        if (!(await has('preference.plain_followed', e))) unchosen += 1;
      }
    }
    return { left: { copies, unproved }, plain: { copies: ordinary, unchosen } };
  }

  async function part2(): Promise<Facts['part2']> {
    let [messages, bare] = [0, 0];
    for await (const e of lastDay('part2.disclosed')) {
      messages += 1;
      if (!(await has('part2.notice_attached', e))) bare += 1;
    }
    return { messages, bare };
  }

  async function newestBackup(): Promise<number | null> {
    const page = await audit.events({ types: ['backup.completed'], order: 'desc', limit: 1 });
    return isRefusal(page) || page.data[0] === undefined ? null : Date.parse(String(page.data[0].facts['at']));
  }

  return {
    newestBackup,
    /** as they stand now, for a window of so many days */
    async now(): Promise<(windowDays: number) => Facts> {
      const now = world.now();
      const today = Math.floor(now / DAY);
      const { rows } = await audit.tallied(today - 366, today + 1);
      const [gone, under, backup, { leaversOpen, ...running }] = [await left(), await part2(), await newestBackup(), await sessions()];
      const [first, held, reviewed, glass, incidents] = await Promise.all([audit.at(0), anchors(), reviews(), files.read.ofKind({ kind: 'breakglass', limit: 500 }), files.read.ofKind({ kind: 'incident', limit: 500 })]);
      const age = first === null ? 0 : Math.floor((now - first.at) / DAY);
      const newest = Math.max(-1, ...held.map((a) => a.time));
      const signed = Math.max(-1, ...reviewed.map((r) => (r.done === null ? -1 : Date.parse(r.done))));
      return (windowDays) => {
        const inside = (types: string) => rows.filter((r) => r.day > today - windowDays && (types.endsWith('.') ? r.type.startsWith(types) : r.type === types));
        return {
          n: (types, outcome) => inside(types).reduce((sum, r) => sum + (outcome === undefined || r.outcome === outcome ? r.n : 0), 0),
          days: (types) => new Set(inside(types).map((r) => r.day)).size,
          age: Math.min(age, windowDays), anchor: newest < 0 ? null : now - newest, anchored: held.length > 0, logBroken: audit.figures().audit_broken === 1,
          review: signed < 0 ? null : now - signed, overdueReviews: reviewed.filter((r) => r.done === null && r.due < now).length,
          overdueGlass: glass.filter((g) => g.state === 'granted' && g.due < now).length, openIncidentsLate: incidents.filter((i) => i.state === 'open' && i.due < now).length,
          keysApart, fips: getFips() === 1, ...gone, part2: under, sessions: running, leaversOpen, backup: backup === null ? null : now - backup,
        };
      };
    },
  };
}
