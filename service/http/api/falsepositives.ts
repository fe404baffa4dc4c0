/** Findings called wrong: reported by authors, listed and reviewed by whoever keeps the rules. */
import type { FalsePositiveRequest, FalsePositiveReview } from '../../../shared/wire/falsepositive.ts';
import type { FalsePositives } from '../../falsepositive/falsepositive.ts';
import { refuse } from '../../refusal.ts';
import { problem } from '../problem.ts';
import type { Desk, Register } from './api.ts';

export type FalsePositiveDesk = Pick<FalsePositives, 'report' | 'list' | 'review'>;

export function falsePositives(register: Register, { falsePositives: room }: Pick<Desk, 'falsePositives'>): void {
  register<FalsePositiveRequest>('reportFalsePositive', async ({ c, person, body }) => {
    await room.report(person, body);
    return c.body(null, 204);
  });
  register('falsePositives', async ({ c }) => c.json({ data: await room.list() }));
  register<FalsePositiveReview>('reviewFalsePositive', async ({ c, person, body }) => ((await room.review(person, body)) ? c.body(null, 204) : problem(c, refuse('not-found'))));
}
