/** What the clinic knows of its recipients from the start: keys an administrator confirmed, and Rosa's wish for the portal. Done again, it changes nothing. */
import { normalAddress } from '../shared/draft/address.ts';
import type { Contact } from '../service/contact/contact.ts';
import type { Keys } from '../service/keys/keys.ts';
import { RECIPIENTS } from './people.ts';
import type { PublicKey } from './post/secrets.ts';

const BY = { kind: 'staff', id: 'lab' } as const;

export async function seedRecipients(keys: Keys, published: readonly PublicKey[]): Promise<void> {
  for (const { address, text } of published) await keys.importKey({ address: normalAddress(address), bytes: new TextEncoder().encode(text), trust: 'admin-verified', source: 'lab', by: BY });
  for (const person of RECIPIENTS) if (person.receives === 'portal') await keys.prefer({ address: person.address, prefers: 'portal', source: 'lab', by: BY });
}

/** Numbers that the front desk wrote down; only where the lab's phones can ring. */
export async function seedPhones(contact: Pick<Contact, 'record'>): Promise<void> {
  for (const { address, phone } of RECIPIENTS) if (phone !== undefined) await contact.record({ address, phone, by: BY });
}
