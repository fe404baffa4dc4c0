/** The suppression list for those who keep it: list, add, lift. Every look at it is noted, because it shows addresses. */
import { SuppressionId, type SuppressionRequest, type SuppressionState } from '../../../shared/wire/suppression.ts';
import type { Person } from '../../people/people.ts';
import { isRefusal, refuse } from '../../refusal.ts';
import type { Suppression, SuppressionEntry } from '../../suppression/suppression.ts';
import { problem } from '../problem.ts';
import type { Desk, Register } from './api.ts';

export interface SuppressionDesk extends Pick<Suppression, 'entries' | 'record' | 'lift'> {
  /** addresses were shown: noted before they are */
  readonly listed: (reader: Person, count: number) => Promise<void>;
}

const PAGE = 50;
const PAGE_AT_MOST = 200;
const staff = (person: Person) => ({ kind: 'staff', id: person.id }) as const;
const time = (ms: number): string => new Date(ms).toISOString();
const shown = ({ since, until, ...entry }: SuppressionEntry): SuppressionState => ({ ...entry, since: time(since), until: until === null ? null : time(until) });

export function suppressions(register: Register, { suppression }: Pick<Desk, 'suppression'>): void {
  register('suppressions', async ({ c, person }) => {
    const cursor = c.req.query('cursor') ?? '';
    if (cursor !== '' && !SuppressionId.safeParse(cursor).success) return problem(c, refuse('bad-cursor'));
    const limit = Number(c.req.query('limit') ?? PAGE);
    if (!Number.isInteger(limit) || limit < 1 || limit > PAGE_AT_MOST) return problem(c, refuse('bad-request'));
    const found = await suppression.entries(cursor, limit + 1);
    const page = found.slice(0, limit);
    await suppression.listed(person, page.length);
    return c.json({ data: page.map(shown), next: found.length > limit ? (page.at(-1)?.id ?? null) : null });
  });

  register<SuppressionRequest>('suppress', async ({ c, person, body: { address, reason, days } }) => {
    const entry = await suppression.record({ address, reason, code: '', by: staff(person), ...(days === undefined ? {} : { days }) });
    return isRefusal(entry) ? problem(c, { ...entry, pointer: '/address' }) : c.json(shown(entry), 201);
  });

  register('unsuppress', async ({ c, person }) => {
    const id = c.req.param('id') ?? '';
    return SuppressionId.safeParse(id).success && (await suppression.lift(id, staff(person))) ? c.body(null, 204) : problem(c, refuse('not-found'));
  });
}
