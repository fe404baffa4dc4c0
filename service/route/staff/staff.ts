/**
 * What staff record for a recipient: number, language, a warned choice of ordinary mail, who stands in for them; and a lost device taken back. Each is one
 * transaction with its event and the mail that tells the recipient's own mailbox, about no message. Whether they are that recipient nobody here can know: staff do.
 */
import { isMailbox, normalAddress } from '../../../shared/draft/address.ts';
import type { Passkeys } from '../../pickup/passkey/passkey.ts';
import type { Readers } from '../../pickup/reader/reader.ts';
import type { Queue } from '../../queue/queue.ts';
import { refuse } from '../../refusal.ts';
import type { Language } from '../../words/words.ts';
import type { Accept } from '../author.ts';
import { ownerOf, type House } from '../house.ts';
import { aboutWish, recordedMail, type Recorded } from '../mail/mail.ts';
import type { Change } from '../route.sql.ts';

export function openStaff(house: House, { readers, passkeys, queue }: { readonly readers: Readers; readonly passkeys: Passkeys; readonly queue: Queue }): Pick<Accept, 'reached' | 'chosen' | 'standIn' | 'reset'> {
  const { audit, vault, world } = house;
  const route = house.store.room<typeof import('../route.sql.ts')>('route');
  const event = async (by: string, type: string, facts: { [name: string]: string | boolean | null }, sealed: { [name: string]: string }) =>
    audit.prepare({ type, outcome: 'ok', actor: { kind: 'staff', id: by }, facts, sealed }, await vault.monthly(world.now()));

  /** The mail that tells them, and its event; in the language on file, unless this is about another. */
  async function telling(by: string, address: string, what: Recorded, language?: Language | null) {
    const about = await aboutWish(house, { address });
    const [reached] = await house.contact.of([address]);
    const mail = recordedMail(house, about, what, language ?? reached?.language ?? 'en');
    return { mail, told: audit.prepare({ type: 'recipient.told', outcome: 'ok', actor: { kind: 'staff', id: by }, message: about.message, item: mail.id, facts: { what }, sealed: { address: normalAddress(address) } }, about.evidence) };
  }
  async function keep(by: string, address: string, change: Change, what: Recorded, language?: Language | null): Promise<boolean> {
    const { mail, told } = await telling(by, address, what, language);
    const changed = await route.write.prefer({ change, mails: [mail], events: [told] });
    if (changed) queue.wake();
    return changed;
  }

  return {
    reached: (by, ask) => house.contact.record({ ...ask, by: { kind: 'staff', id: by.id } }, (to) => keep(by.id, ask.address, { of: 'contact', to }, to.what, to.row.language as Language | null)),

    chosen: (by, { address, topics, language }) => house.choices.choose({ address, topics, language, way: 'staff', by: { kind: 'staff', id: by.id } },
      (to) => keep(by.id, address, { of: 'choice', to }, to.row === null ? 'noPlain' : 'plain', language)),

    async standIn(by, { address, reader, as }) {
      if (!isMailbox(address) || !isMailbox(reader) || normalAddress(address) === normalAddress(reader)) return refuse('bad-address');
      const noted = [await event(by.id, 'contact.stand_in', { stands: as }, { recipient: normalAddress(address), address: normalAddress(reader) })];
      return { changed: await readers.stand({ address, reader, as, by: by.id }, noted, (to) => keep(by.id, address, { of: 'stand-in', to }, as === null ? 'noStandIn' : 'standIn')) };
    },

    async reset(by, { address }) {
      if (!isMailbox(address)) return refuse('bad-address');
      const reset = (changed: boolean) => event(by.id, 'contact.reset', { changed }, { recipient: normalAddress(address) });
      const { mail, told } = await telling(by.id, address, 'devices');
      const gone = await passkeys.reset(ownerOf(house, address), { done: [await reset(true), told], nothing: [await reset(false)] }, (to) => route.write.reset({ ...to, mail }));
      if (gone.passkeys + gone.sessions > 0) queue.wake();
      return gone;
    },
  };
}
