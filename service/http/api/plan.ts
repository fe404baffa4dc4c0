/** Before anything is handed over: how a draft would be protected, and by which rules of the organisation's own it is scanned. */
import { LIMITS, type PlanRequest } from '../../../shared/wire/handoff.ts';
import { isRefusal, refuse } from '../../refusal.ts';
import { problem } from '../problem.ts';
import type { Desk, Register } from './api.ts';

export function plans(register: Register, { accept, rules }: Pick<Desk, 'accept' | 'rules'>): void {
  register('rules', async ({ c }) => {
    c.header('cache-control', 'no-store');
    return c.json(rules);
  });

  register<PlanRequest>('plan', async ({ c, person, body }) => {
    if (body.recipients.length > LIMITS.recipients) return problem(c, refuse('too-many-recipients'));
    const plan = await accept.plan(person, body);
    return isRefusal(plan) ? problem(c, plan) : c.json(plan);
  });
}
