/**
 * What a person may do now: the token's roles with those given and taken here, and the shared mailboxes they use. Keeps who was here and when, for the
 * lists and reviews of `access.ts`. Two roles that exclude each other are noted once, and neither holds.
 */
import type { AuditLog } from '../../audit/audit.ts';
import type { Store } from '../../store/store.ts';
import type { Vault } from '../../vault/vault.ts';
import type { World } from '../../world.ts';
import type { Person } from '../people.ts';
import type { Granted, Sealed } from './access.sql.ts';
import { held } from './role.ts';

/** How exactly it is known when somebody was last here. */
const SEEN_MS = 60_000;

export interface Profile { readonly name: string; readonly address: string }
export const aadOf = (what: 'person' | 'cover' | 'mailbox', id: string): string => `access/${what}/${id}`;

export function openGrants({ store, world, vault, audit }: {
  readonly store: Pick<Store, 'room'>; readonly world: Pick<World, 'now'>; readonly vault: Pick<Vault, 'index' | 'monthly' | 'monthlyById' | 'seal' | 'open'>; readonly audit: Pick<AuditLog, 'prepare'>;
}) {
  const { write } = store.room<typeof import('./access.sql.ts')>('access');

  async function opened(what: 'mailbox', id: string, { kid, sealed }: Sealed): Promise<string> {
    return Buffer.from(vault.open(await vault.monthlyById(kid), aadOf(what, id), sealed)).toString();
  }

  /** `name`: the directory's hash of its name for them, where it knows them */
  return async (person: Person, { known, roles, mailboxes }: Granted, name: string | null): Promise<Person> => {
    const now = world.now();
    const may = held(person.roles, roles);
    const [claimed, conflict] = [person.roles.join(' '), may.conflict.join(' ')];
    if (known === null || known.claimed !== claimed || known.conflict !== conflict || now - known.seen >= SEEN_MS) {
      const key = await vault.monthly(now);
      const told = conflict !== '' && known?.conflict !== conflict;
      await write.know({
        id: person.id, kid: key.id, sealed: vault.seal(key, aadOf('person', person.id), Buffer.from(JSON.stringify({ name: person.name, address: person.addresses[0] ?? '' } satisfies Profile))), claimed, conflict, seen: now,
        // One address: those after it may be mailboxes of many.
        names: [...person.addresses.slice(0, 1).map((address) => vault.index('directory', address)), ...(name === null ? [] : [name])],
        events: told ? [audit.prepare({ type: 'role.conflict', outcome: 'denied', actor: { kind: 'staff', id: person.id }, facts: { roles: conflict } }, key)] : [],
      });
    }
    const shared = await Promise.all(mailboxes.map((m) => opened('mailbox', m.id, m)));
    return { ...person, roles: may.roles, addresses: [...new Set([...person.addresses, ...shared])], shared, mailboxes: mailboxes.map((m) => m.id) };
  };
}
