/**
 * Findings that authors call wrong, for whoever keeps the rules. A report changes nothing about the message: it stays protected as it was planned.
 * Never holds what a finding matched. One person's reports of a rule count by the day, so that nobody fills the list alone.
 */
import type { FalsePositive, FalsePositiveRequest, FalsePositiveReview } from '../../shared/wire/falsepositive.ts';
import type { AuditLog } from '../audit/audit.ts';
import type { Person } from '../people/people.ts';
import type { Store } from '../store/store.ts';
import type { World } from '../world.ts';

const DAY = 86_400_000;
const KEPT = 180 * DAY;
const LISTED = 500;

export type FalsePositives = ReturnType<typeof openFalsePositives>;

export function openFalsePositives({ store, audit, world }: { readonly store: Pick<Store, 'room'>; readonly audit: Pick<AuditLog, 'prepared'>; readonly world: Pick<World, 'now'> }) {
  const { read, write } = store.room<typeof import('./falsepositive.sql.ts')>('falsepositive');
  const event = async (type: string, kind: 'author' | 'staff', { id }: Person, facts: { readonly [name: string]: string }) => [await audit.prepared({ type, outcome: 'ok', actor: { kind, id }, facts })];

  return {
    async report(person: Person, { rule, confidence, part, kind, ruleset }: FalsePositiveRequest): Promise<void> {
      const now = world.now();
      await write.report({ rule, confidence, part, kind, person: person.id, day: Math.floor(now / DAY), now, events: await event('finding.disputed', 'author', person, { rule, confidence, part, kind, ruleset }) });
    },
    /** most often first; at most 500 rules */
    async list(): Promise<FalsePositive[]> {
      const rows = await read.list({ since: world.now() - KEPT, limit: LISTED });
      return rows.map((r) => ({ ...r, reports: Number(r.reports), people: Number(r.people), last: new Date(r.last).toISOString() }));
    },
    /** false when nothing was reported of it since */
    async review(person: Person, { rule, confidence }: FalsePositiveReview): Promise<boolean> {
      return write.review({ rule, confidence, now: world.now(), events: await event('finding.reviewed', 'staff', person, { rule, confidence }) });
    },
    forget: () => write.forget({ before: world.now() - KEPT }),
  };
}
