/** How recipients are reached besides mail: recorded, never read back whole. */
import type { ContactRequest } from '../../../shared/wire/contact.ts';
import { isRefusal } from '../../refusal.ts';
import { problem } from '../problem.ts';
import type { Desk, Register } from './api.ts';

export function contacts(register: Register, { contact }: Desk): void {
  register<ContactRequest>('contact', async ({ c, person, body }) => {
    const state = await contact.record({ ...body, by: { kind: 'staff', id: person.id } });
    return isRefusal(state) ? problem(c, state) : c.json(state);
  });
}
