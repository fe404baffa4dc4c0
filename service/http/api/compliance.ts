/** The compliance side for those who ask it: integrity of the log, look-ups, reports, exports, controls, incidents. Decides nothing. */
import { isRefusal, refuse } from '../../refusal.ts';
import { problem } from '../problem.ts';
import type { Desk, Register } from './api.ts';

const SIZE = /^\d{1,15}$/;

export function compliance(register: Register, { compliance: desk }: Pick<Desk, 'compliance'>): void {
  register('consistency', async ({ c }) => {
    const [from, to] = [c.req.query('from') ?? '', c.req.query('to') ?? ''];
    if (!SIZE.test(from) || !SIZE.test(to)) return problem(c, refuse('bad-request'));
    const proof = await desk.consistency(Number(from), Number(to));
    return isRefusal(proof) ? problem(c, proof) : c.json(proof);
  });
  register('integrity', async ({ c, person }) => c.json(await desk.integrity(person)));
  register('rotateLogKey', async ({ c, person }) => c.json(await desk.rotate(person)));
}
