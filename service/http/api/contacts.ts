/** How recipients are reached besides mail: recorded, never read back whole. */
import type { Context } from 'hono';
import type { ChoiceRequest, ContactRequest, RecipientRequest, ResetRequest, StandInRequest } from '../../../shared/wire/contact.ts';
import { normalAddress } from '../../../shared/draft/address.ts';
import { isRefusal, refuse } from '../../refusal.ts';
import type { Edge } from '../guard.ts';
import { problem, wait } from '../problem.ts';
import type { Desk, Register } from './api.ts';

export function contacts(register: Register, { accept, staff: { access }, choices, known, perRecipient }: Desk): void {
  /** Nobody fills a mailbox by turns. What takes back never waits, and can be said only as often as what it takes back. */
  const often = (c: Context<Edge>, address: string, gives: boolean): Response | null => {
    const slow = wait(c, gives ? perRecipient.take(normalAddress(address)) : 0);
    return slow === null ? null : problem(c, slow);
  };

  register<StandInRequest>('standIn', async ({ c, person, body }) => {
    const slow = often(c, body.address, body.as !== null);
    if (slow !== null) return slow;
    const stands = await accept.standIn(person, body);
    return isRefusal(stands) ? problem(c, stands as never) : c.json(stands);
  });
  register<ResetRequest>('reset', async ({ c, person, body }) => {
    const reset = await accept.reset(person, body);
    return isRefusal(reset) ? problem(c, reset as never) : c.json(reset);
  });
  register('choiceWarning', async ({ c }) => c.json({ version: choices.warning('en').version, en: choices.warning('en').text, es: choices.warning('es').text }));
  register<ChoiceRequest>('choose', async ({ c, person, body }) => {
    const slow = often(c, body.address, body.topics.length > 0);
    if (slow !== null) return slow;
    if (body.topics.length > 0 && body.version !== choices.warning(body.language).version) return problem(c, refuse('changed-meanwhile'));
    const state = await accept.chosen(person, body);
    return isRefusal(state) ? problem(c, state) : c.json(state);
  });
  register<RecipientRequest>('recipient', async ({ c, person, body }) => {
    const state = await known(person, body.address);
    return isRefusal(state) ? problem(c, state) : c.json({ ...state, names: await access.names(state.standIns.flatMap(({ by }) => by ?? [])) });
  });
  register<ContactRequest>('contact', async ({ c, person, body }) => {
    const slow = often(c, body.address, (body.language ?? body.phone ?? null) !== null);
    if (slow !== null) return slow;
    const state = await accept.reached(person, body);
    return isRefusal(state) ? problem(c, state) : c.json(state);
  });
}
