/** How recipients are reached besides mail: recorded, never read back whole. */
import type { ChoiceRequest, ContactRequest, RecipientRequest, ResetRequest, StandInRequest } from '../../../shared/wire/contact.ts';
import { isRefusal, refuse } from '../../refusal.ts';
import { problem } from '../problem.ts';
import type { Desk, Register } from './api.ts';

export function contacts(register: Register, { accept, staff: { access }, choices, known }: Desk): void {
  register<StandInRequest>('standIn', async ({ c, person, body }) => {
    const stands = await accept.standIn(person, body);
    return isRefusal(stands) ? problem(c, stands as never) : c.json(stands);
  });
  register<ResetRequest>('reset', async ({ c, person, body }) => {
    const reset = await accept.reset(person, body);
    return isRefusal(reset) ? problem(c, reset as never) : c.json(reset);
  });
  register('choiceWarning', async ({ c }) => c.json({ version: choices.warning('en').version, en: choices.warning('en').text, es: choices.warning('es').text }));
  register<ChoiceRequest>('choose', async ({ c, person, body }) => {
    if (body.topics.length > 0 && body.version !== choices.warning(body.language).version) return problem(c, refuse('changed-meanwhile'));
    const state = await accept.chosen(person, body);
    return isRefusal(state) ? problem(c, state) : c.json(state);
  });
  register<RecipientRequest>('recipient', async ({ c, person, body }) => {
    const state = await known(person, body.address);
    return isRefusal(state) ? problem(c, state) : c.json({ ...state, names: await access.names(state.standIns.flatMap(({ by }) => by ?? [])) });
  });
  register<ContactRequest>('contact', async ({ c, person, body }) => {
    const state = await accept.reached(person, body);
    return isRefusal(state) ? problem(c, state) : c.json(state);
  });
}
