/**
 * Another address than the one written to knocks with the link: a forward, an alias, somebody who helps. The address is proved by a code of
 * its own; then its author decides, unless it was known beforehand. Only where a code by mail is enough for this copy.
 */
import { isMailbox, normalAddress } from '../../../shared/draft/address.ts';
import type { Handoff } from '../../handoff/handoff.ts';
import { hashOf, sentWay, wayOf, type Pickup } from '../../pickup/pickup.ts';
import type { ReaderRow } from '../../pickup/reader/reader.sql.ts';
import type { Readers } from '../../pickup/reader/reader.ts';
import type { Queue } from '../../queue/queue.ts';
import { refuse } from '../../refusal.ts';
import type { Open } from '../recipient.ts';
import { ownerOf, type House } from '../house.ts';
import { codeMail } from '../mail/mail.ts';
import { askedMail } from '../mail/news.ts';

/** for one code, when who stands in changes between */
const TRIES = 3;

export function openOther(house: House, tools: { readonly handoff: Handoff; readonly pickup: Pickup; readonly readers: Readers; readonly queue: Queue; /** the addressed person's own way in */ readonly own: Pick<Open, 'requestCode' | 'enter'> }): Pick<Open, 'requestAsOther' | 'enterAsOther'> {
  const { handoff, pickup, readers, queue, own } = tools;
  const route = house.store.room<typeof import('../route.sql.ts')>('route');

  async function copyOf(token: string) {
    const copy = await pickup.find(token);
    const row = copy?.state === 'open' ? await handoff.room.read.message({ id: copy.message }) : undefined;
    if (!copy || !row) return null;
    const { evidence } = await handoff.evidenceOf(row);
    const to = evidence.recipients[copy.n];
    if (to === undefined) return null;
    const forOthers = copy.purpose === 'read' && !copy.strong && evidence.plan.need === 'transport';
    const key = await handoff.evidenceKey(row);
    const event = (type: string, outcome: 'ok' | 'denied', reader: string, facts: { [name: string]: string } = {}, sealed?: { [name: string]: string }) =>
      [house.audit.prepare({ type, outcome, actor: { kind: 'recipient', id: reader || copy.item }, message: copy.message, item: copy.item, facts: { ...(reader ? { reader } : {}), ...facts }, ...(sealed ? { sealed } : {}) }, key)];
    return { copy, evidence, to, key, event, forOthers };
  }

  return {
    async requestAsOther(token, address, browser, language) {
      const found = isMailbox(address) ? await copyOf(token) : null;
      if (found !== null && normalAddress(address) === normalAddress(found.to.address)) return own.requestCode(token, browser, language);
      if (found === null || !found.forOthers) return;
      const { copy, key } = found;
      const [reached] = await house.contact.of([address]);
      const carrier = (sent: string) => codeMail(house, { message: copy.message, evidence: key, to: { address } }, sent, reached?.language ?? language);
      for (let tries = 0; tries < TRIES; tries += 1) {
        const { code, longer, args } = await readers.makeCode({ item: copy.item, addressed: found.to.address }, address, browser, key);
        const issued = await route.write.askReader({
          ...args, events: found.event('portal.reader_code', 'ok', args.reader, { way: 'mail-code', ...(args.stands ? { stands: args.stands } : {}) }, { address: normalAddress(address) }),
          mails: { short: carrier(code), long: carrier(longer) },
        });
        // Recorded or taken back just now: judged anew.
        if (issued === 'changed') continue;
        if (issued !== 'too-many') queue.wake();
        return;
      }
    },

    async enterAsOther(token, code, browser) {
      const found = await copyOf(token);
      if (found === null || !found.forOthers || wayOf(code) === 'spoken-code') return own.enter(token, code, browser);
      const { copy, key, event, evidence } = found;
      const way = sentWay(copy.ways);
      const { given, known } = await readers.typed(copy.item, code);
      const { session, args: entry } = pickup.makeEntry(copy, 'mail-code');
      const each = (make: (reader: Pick<ReaderRow, 'id' | 'stands'>) => ReturnType<typeof event>) => Object.fromEntries(known.map((reader) => [reader.id, make(reader)]));
      const outcome = await route.write.enterReader({
        item: copy.item, given: copy.ways.includes(way) ? [...given, pickup.hashOfCode(token, code)] : given, browser: hashOf(browser), now: house.world.now(), entry,
        addressed: { session: entry.session, way, owner: ownerOf(house, found.to.address), events: event('portal.authenticated', 'ok', '', { way }) },
        entered: each(({ id, stands }) => event('portal.authenticated', 'ok', id, { way: 'mail-code', ...(stands ? { stands } : {}) })), asked: each(({ id }) => event('portal.reader_asked', 'ok', id)),
        wrong: event('portal.code_wrong', 'denied', '', { way: 'mail-code' }), locked: event('portal.locked', 'denied', '', { way: 'mail-code' }),
        mail: askedMail(house, { message: copy.message, evidence: key, to: evidence.from }),
      });
      if (outcome === 'entered') return { kind: 'entered', session };
      if (outcome !== 'asked') return refuse(`code-${outcome}`);
      queue.wake();
      return { kind: 'asked' };
    },
  };
}
