/** How a draft would be protected, before anything is handed over. */
import { LIMITS, type PlanRequest } from '../../../shared/wire/handoff.ts';
import { isRefusal, refuse } from '../../refusal.ts';
import { problem } from '../problem.ts';
import type { Desk, Register } from './api.ts';

export function plans(register: Register, { accept }: Pick<Desk, 'accept'>): void {
  register<PlanRequest>('plan', async ({ c, person, body }) => {
    if (body.recipients.length > LIMITS.recipients) return problem(c, refuse('too-many-recipients'));
    const plan = await accept.plan(person, body);
    return isRefusal(plan) ? problem(c, plan) : c.json(plan);
  });
}
