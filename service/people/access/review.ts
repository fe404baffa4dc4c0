/**
 * Access reviews (45 CFR 164.308(a)(4)(ii)(C)): everybody's roles and every program, with their last use, decided one by one by people who do not decide on
 * themselves, and signed. One begins every quarter; one that is not signed in its time is said to be late. The right to write mail that the issuer gives
 * is the issuer's to review, and does not stand here.
 */
import { isRefusal, refuse, type Refusal } from '../../refusal.ts';
import type { Review, ReviewSheet } from '../../../shared/wire/people.ts';
import type { AuditLog } from '../../audit/audit.ts';
import type { Store } from '../../store/store.ts';
import type { World } from '../../world.ts';
import type { Clients } from '../client/client.ts';
import type { Access } from './access.ts';
import type { AccessRow, Counts, ReviewRow } from './review.sql.ts';

const DAY = 86_400_000;
const EVERY_MS = 91 * DAY;
const TIME_MS = 30 * DAY;
const PAGE = 200;
const LISTED = 100;
type By = { readonly id: string };
export type Reviews = ReturnType<typeof openReviews>;

export function openReviews({ store, world, audit, access, clients, same }: {
  readonly store: Pick<Store, 'room'>; readonly world: Pick<World, 'now' | 'random'>; readonly audit: Pick<AuditLog, 'prepared'>; readonly access: Pick<Access, 'everybody' | 'person'>; readonly clients: Pick<Clients, 'list'>;
  /** whether two ids are one human */
  readonly same: (one: string, other: string) => Promise<boolean>;
}) {
  const { read, write } = store.room<typeof import('./review.sql.ts')>('review');
  const actor = (by: By | null) => (by === null ? { kind: 'service', id: 'access-review' } as const : { kind: 'staff', id: by.id } as const);
  const at = (ms: number) => new Date(ms).toISOString();
  const shown = (r: ReviewRow & Counts): Review => ({
    id: r.id, opened: at(r.opened), due: at(r.due), state: r.state, overdue: r.state === 'open' && r.due < world.now(), signedBy: r.signer, signed: r.signed === null ? null : at(r.signed), size: r.size, left: r.size - r.done,
  });
  const named = async (id: string): Promise<Review | Refusal<'not-found'>> => {
    const row = await read.one({ id });
    return row === null ? refuse('not-found') : shown(row);
  };

  async function listed(): Promise<Pick<AccessRow, 'person' | 'role' | 'source' | 'seen'>[]> {
    const rows: Pick<AccessRow, 'person' | 'role' | 'source' | 'seen'>[] = [];
    for (let after = ''; ;) {
      const page = await access.everybody(after, PAGE);
      for (const p of page.filter((one) => one.active)) {
        for (const role of [...p.roles, ...p.conflict]) if (role !== 'clinician' || p.assigned.includes(role)) rows.push({ person: p.id, role, source: p.assigned.includes(role) ? 'assigned' : 'claimed', seen: Date.parse(p.seen) });
      }
      if (page.length < PAGE) break;
      after = page.at(-1)?.id ?? '';
    }
    for (const c of await clients.list()) {
      if (c.ended === null) rows.push({ person: c.id, role: c.role, source: 'client', seen: Math.max(0, ...c.keys.map((k) => (k.used === null ? 0 : Date.parse(k.used)))) });
    }
    return rows;
  }

  async function open(by: By | null): Promise<Review> {
    const now = world.now();
    const id = `acr_${Buffer.from(world.random(12)).toString('hex')}`;
    const rows = await listed();
    const done = await write.open({ id, opened: now, due: now + TIME_MS, rows, events: [await audit.prepared({ type: 'access.opened', outcome: 'ok', actor: actor(by), facts: { review: id, due: at(now + TIME_MS), count: rows.length } })] });
    // One runs already: that is the one.
    const running = done ? await read.one({ id }) : (await read.newest({ limit: LISTED })).find((r) => r.state === 'open');
    return shown(running as ReviewRow & Counts);
  }

  return {
    open: (by: By) => open(by),
    list: async (): Promise<Review[]> => (await read.newest({ limit: LISTED })).map(shown),

    async sheet(id: string): Promise<ReviewSheet | Refusal<'not-found'>> {
      const review = await named(id);
      if (isRefusal(review)) return review as Refusal<'not-found'>;
      const programs = new Map((await clients.list()).map((c) => [c.id, c]));
      const names = new Map<string, string>();
      const rows = [];
      for (const { person, role, source, seen, decision, decider } of await read.rows({ id })) {
        const name = programs.get(person)?.name ?? names.get(person) ?? (await access.person(person))?.name ?? '';
        names.set(person, name);
        rows.push({ person, name, role, source, seen: at(seen), decision, by: decider, exposed: programs.get(person)?.keys.some((k) => k.exposed !== null && k.ended === null && Date.parse(k.expires) > world.now()) === true });
      }
      return { ...(review as Review), rows };
    },

    async decide(by: By, id: string, { person, role, decision }: { readonly person: string; readonly role: string; readonly decision: 'keep' | 'remove' }): Promise<Review | Refusal<'not-found' | 'second-person-needed'>> {
      if (await same(person, by.id)) return refuse('second-person-needed');
      const row = (await read.rows({ id })).find((r) => r.person === person && r.role === role);
      if (row === undefined) return refuse('not-found');
      const done = await write.decide({ review: id, person, role, decision, by: by.id, events: [await audit.prepared({ type: 'access.decided', outcome: 'ok', actor: actor(by), facts: { review: id, person, role, decision } })] });
      return done ? named(id) : refuse('not-found');
    },

    async sign(by: By, id: string): Promise<Review | Refusal<'not-found' | 'changed-meanwhile'>> {
      const review = await read.one({ id });
      if (review === null) return refuse('not-found');
      const rows = await read.rows({ id });
      const removals = rows.filter((r) => r.decision === 'remove');
      const event = (type: string, facts: { readonly [name: string]: string | number }) => audit.prepared({ type, outcome: 'ok', actor: actor(by), facts: { ...facts, review: id } });
      const done = await write.sign({
        review: id, by: by.id, now: world.now(), removals: removals.map(({ person, role, source }) => ({ person, role, source })),
        events: [
          await event('access.signed', { kept: rows.length - removals.length, removed: removals.length }),
          ...(await Promise.all(removals.map((r) => (r.source === 'client' ? event('client.ended', { client: r.person }) : event('role.removed', { person: r.person, role: r.role }))))),
        ],
      });
      return done ? named(id) as Promise<Review> : refuse('changed-meanwhile');
    },

    /** the calendar's turn: what is late is said once; the next begins a quarter after the last, the first a quarter after somebody was first here */
    async turn(since: number | null): Promise<void> {
      const now = world.now();
      for (const { id } of await read.late({ now })) await write.tell({ id, events: [await audit.prepared({ type: 'access.overdue', outcome: 'failed', actor: actor(null), facts: { review: id } })] });
      const last = (await read.newest({ limit: 1 }))[0];
      const from = last === undefined ? since : last.opened;
      if (from !== null && last?.state !== 'open' && now - from >= EVERY_MS) await open(null);
    },
  };
}
