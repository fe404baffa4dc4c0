/** The queue for administrators: what waits, pausing, trying again, and taking a lower level of a domain for the new one. */
import type { LevelRequest, PauseRequest } from '../../../shared/wire/queue.ts';
import { refuse } from '../../refusal.ts';
import { problem } from '../problem.ts';
import type { Desk, Register } from './api.ts';

export function steering(register: Register, { steer }: Desk): void {
  register('queue', async ({ c }) => c.json(await steer.state()));
  register<PauseRequest>('pause', async ({ c, person, body }) => {
    await steer.pause(person, body);
    return c.body(null, 204);
  });
  register<LevelRequest>('tryNow', async ({ c, person, body }) => ((await steer.tryNow(person, body.domain)) ? c.body(null, 204) : problem(c, refuse('not-found'))));
  register<LevelRequest>('acceptLevel', async ({ c, person, body }) => ((await steer.acceptLevel(person, body.domain)) ? c.body(null, 204) : problem(c, refuse('not-found'))));
}
