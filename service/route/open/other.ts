/**
 * Another address than the one written to knocks with the link: a forward, an alias, somebody who helps. The address is proved by a code of
 * its own; then its author decides, unless it was known beforehand. Only where a code by mail is enough for this copy.
 */
import { isMailbox, normalAddress } from '../../../shared/draft/address.ts';
import type { Handoff } from '../../handoff/handoff.ts';
import type { Pickup } from '../../pickup/pickup.ts';
import type { Readers } from '../../pickup/reader/reader.ts';
import type { Queue } from '../../queue/queue.ts';
import { refuse } from '../../refusal.ts';
import type { Open } from '../recipient.ts';
import type { House } from '../house.ts';
import { codeMail } from '../mail/mail.ts';
import { askedMail } from '../mail/news.ts';

export function openOther(house: House, tools: { readonly handoff: Handoff; readonly pickup: Pickup; readonly readers: Readers; readonly queue: Queue }): Pick<Open, 'requestAsOther' | 'enterAsOther'> {
  const { handoff, pickup, readers, queue } = tools;
  const route = house.store.room<typeof import('../route.sql.ts')>('route');

  async function copyOf(token: string) {
    const copy = await pickup.find(token);
    const row = copy?.state === 'open' && copy.purpose === 'read' && !copy.strong ? await handoff.room.read.message({ id: copy.message }) : undefined;
    if (!copy || !row) return null;
    const { evidence } = await handoff.evidenceOf(row);
    const to = evidence.recipients[copy.n];
    if (to === undefined || evidence.plan.need !== 'transport') return null;
    const key = await handoff.evidenceKey(row);
    const event = (type: string, outcome: 'ok' | 'denied', reader: string, facts: { [name: string]: string } = {}, sealed?: { [name: string]: string }) =>
      [house.audit.prepare({ type, outcome, actor: { kind: 'recipient', id: reader || copy.item }, message: copy.message, item: copy.item, facts: { ...(reader ? { reader } : {}), ...facts }, ...(sealed ? { sealed } : {}) }, key)];
    return { copy, evidence, to, key, event };
  }

  return {
    async requestAsOther(token, address, language) {
      const found = isMailbox(address) ? await copyOf(token) : null;
      // The addressed mailbox has its own way in, with its own count.
      if (found === null || normalAddress(address) === normalAddress(found.to.address)) return;
      const { copy, key } = found;
      const made = await readers.makeCode({ item: copy.item, addressed: found.to.address }, address, key);
      const [reached] = await house.contact.of([address]);
      const issued = await route.write.askReader({
        ...made.args, events: found.event('portal.reader_code', 'ok', made.id, { way: 'mail-code', ...(made.stands ? { stands: made.stands } : {}) }, { address: normalAddress(address) }),
        mail: codeMail(house, { message: copy.message, evidence: key, to: { address } }, made.code, reached?.language ?? language),
      });
      if (issued === 'issued') queue.wake();
    },

    async enterAsOther(token, code) {
      const found = await copyOf(token);
      if (found === null) return refuse('code-wrong');
      const { copy, key, event, evidence } = found;
      const { args, likely } = await readers.guess(copy.item, code);
      const reader = likely?.id ?? '';
      const { session, args: entry } = pickup.makeEntry(copy, 'mail-code', reader);
      const facts = { way: 'mail-code', ...(likely?.stands ? { stands: likely.stands } : {}) };
      const outcome = await route.write.enterReader({
        ...args, entry, entered: event('portal.authenticated', 'ok', reader, facts), asked: event('portal.reader_asked', 'ok', reader), wrong: event('portal.code_wrong', 'denied', reader, { way: 'mail-code' }),
        mail: askedMail(house, { message: copy.message, evidence: key, to: evidence.from }),
      });
      if (outcome === 'entered') return { kind: 'entered', session };
      if (outcome === 'wrong') return refuse('code-wrong');
      queue.wake();
      return { kind: 'asked' };
    },
  };
}
