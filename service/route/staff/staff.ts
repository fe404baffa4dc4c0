/** What staff do for a recipient: say who stands in for them, and take back the devices of somebody who lost one. Both are logged. */
import { isMailbox, normalAddress } from '../../../shared/draft/address.ts';
import type { Passkeys } from '../../pickup/passkey/passkey.ts';
import type { Readers } from '../../pickup/reader/reader.ts';
import { refuse } from '../../refusal.ts';
import type { Accept } from '../author.ts';
import type { House } from '../house.ts';

export function openStaff({ audit, vault, world }: House, { readers, passkeys }: { readonly readers: Readers; readonly passkeys: Passkeys }): Pick<Accept, 'standIn' | 'reset'> {
  const event = async (by: string, type: string, facts: { [name: string]: string | null }, sealed: { [name: string]: string }) =>
    [audit.prepare({ type, outcome: 'ok', actor: { kind: 'staff', id: by }, facts, sealed }, await vault.monthly(world.now()))];
  return {
    async standIn(by, { address, reader, as }) {
      if (!isMailbox(address) || !isMailbox(reader) || normalAddress(address) === normalAddress(reader)) return refuse('bad-address');
      const noted = await event(by.id, 'contact.stand_in', { stands: as }, { recipient: normalAddress(address), address: normalAddress(reader) });
      return { changed: await readers.stand({ address, reader, as }, noted) };
    },
    async reset(by, { address }) {
      if (!isMailbox(address)) return refuse('bad-address');
      const dropped = await passkeys.drop(vault.index('address', normalAddress(address)), null, await event(by.id, 'contact.reset', {}, { recipient: normalAddress(address) }));
      return { passkeys: dropped };
    },
  };
}
