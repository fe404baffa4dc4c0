/** How recipients are reached besides mail: recorded, never read back whole. */
import type { ContactRequest, RecipientRequest, ResetRequest, StandInRequest } from '../../../shared/wire/contact.ts';
import { isRefusal } from '../../refusal.ts';
import { problem } from '../problem.ts';
import type { Desk, Register } from './api.ts';

export function contacts(register: Register, { accept, contact, known }: Desk): void {
  register<StandInRequest>('standIn', async ({ c, person, body }) => {
    const stands = await accept.standIn(person, body);
    return isRefusal(stands) ? problem(c, stands as never) : c.json(stands);
  });
  register<ResetRequest>('reset', async ({ c, person, body }) => {
    const reset = await accept.reset(person, body);
    return isRefusal(reset) ? problem(c, reset as never) : c.json(reset);
  });
  register<RecipientRequest>('recipient', async ({ c, person, body }) => {
    const state = await known(person, body.address);
    return isRefusal(state) ? problem(c, state) : c.json(state);
  });
  register<ContactRequest>('contact', async ({ c, person, body }) => {
    const state = await contact.record({ ...body, by: { kind: 'staff', id: person.id } });
    return isRefusal(state) ? problem(c, state) : c.json(state);
  });
}
