/** What is known of one recipient, for staff who keep such records: metadata alone, asked for by address, and noted. Nobody's list can be leafed through: what recipients prefer is found by a keyed hash. */
import { isMailbox, normalAddress } from '../../../shared/draft/address.ts';
import type { RecipientState } from '../../../shared/wire/contact.ts';
import type { Handoff } from '../../handoff/handoff.ts';
import type { Readers } from '../../pickup/reader/reader.ts';
import type { Person } from '../../people/people.ts';
import { refuse, type Refusal } from '../../refusal.ts';
import type { House } from '../house.ts';

export type Known = (by: Person, address: string) => Promise<RecipientState | Refusal<'bad-address'>>;

export function openKnown({ audit, contact }: Pick<House, 'audit' | 'contact'>, { handoff, readers }: { readonly handoff: Pick<Handoff, 'capabilities'>; readonly readers: Pick<Readers, 'standIns'> }): Known {
  return async (by, given) => {
    if (!isMailbox(given)) return refuse('bad-address');
    const address = normalAddress(given);
    await audit.record({ type: 'recipient.viewed', outcome: 'ok', actor: { kind: 'staff', id: by.id }, facts: {}, sealed: { address } });
    const [[known], [reached], standIns] = await Promise.all([handoff.capabilities([address]), contact.of([address]), readers.standIns(address)]);
    const key = (of: 'smime' | 'pgp') => { const found = known?.[of]; return found ? { trust: found.trust, unusable: found.unusable ?? null } : null; };
    return {
      address, internal: known?.internal ?? false, prefers: known?.prefers ?? null, need: known?.need === 'at-rest' || known?.need === 'e2e-only' ? known.need : null,
      language: reached?.language ?? null, phone: known?.sms === true, channel: known?.tls ?? 'unknown', smime: key('smime'), pgp: key('pgp'), suppressed: known?.suppressed ?? null,
      standIns: standIns.map(({ reader, by: recorded, as, since }) => ({ reader, by: recorded, as, since: new Date(since).toISOString() })),
    };
  };
}
