/**
 * Who may do what, as administrators see and change it: people and their roles, shared mailboxes, where answers go when somebody has left. To give takes
 * two people (`service/change`); to take away, one, at once. Never decides about a call: that is `grant.ts`.
 */
import { createHash } from 'node:crypto';
import { domainOf, isMailbox, normalAddress, within } from '../../../shared/draft/address.ts';
import type { KnownPerson, Mailbox, MailboxRequest } from '../../../shared/wire/people.ts';
import type { AuditLog } from '../../audit/audit.ts';
import { refuse, type Refusal } from '../../refusal.ts';
import type { Person } from '../people.ts';
import type { Store } from '../../store/store.ts';
import type { Vault } from '../../vault/vault.ts';
import type { World } from '../../world.ts';
import type { PersonRow, Sealed } from './access.sql.ts';
import { aadOf, type Profile } from './grant.ts';
import { held, type RoleRow } from './role.ts';

const MAILBOXES = 1_000;
/** The id of the mailbox at this address, shared or not: messages sent from it carry it. */
export const mailboxOf = (vault: Pick<Vault, 'index'>, address: string): string => `mbx_${createHash('sha256').update(vault.index('mailbox', normalAddress(address))).digest('hex').slice(0, 32)}`;
export type Access = ReturnType<typeof openAccess>;
type By = { readonly id: string };
type Reader = Pick<Person, 'id' | 'addresses'>;

export function openAccess({ store, world, vault, audit, ownDomains, manager, active, ended, reads }: {
  readonly store: Pick<Store, 'room'>; readonly world: Pick<World, 'now'>; readonly vault: Pick<Vault, 'index' | 'monthly' | 'monthlyById' | 'seal' | 'open'>; readonly audit: Pick<AuditLog, 'prepared' | 'record'>; readonly ownDomains: readonly string[];
  /** the address of whom the directory names as this person's manager, if it is ours */
  readonly manager: (person: string) => Promise<string | null>;
  /** false when the directory ended this person's account */
  readonly active: (person: string) => Promise<boolean>;
  /** whether the directory ended the account of whoever has this address: what goes there nobody reads */
  readonly ended: (address: string) => Promise<boolean>;
  /** whether mail to this address is read by this person */
  readonly reads: (person: Reader, address: string) => Promise<boolean>;
}) {
  const { read, write } = store.room<typeof import('./access.sql.ts')>('access');
  const staff = ({ id }: By) => ({ kind: 'staff', id }) as const;
  const opened = async (what: 'person' | 'cover' | 'mailbox', id: string, { kid, sealed }: Sealed) => Buffer.from(vault.open(await vault.monthlyById(kid), aadOf(what, id), sealed)).toString();
  async function seal(what: 'cover' | 'mailbox', id: string, text: string): Promise<Sealed> {
    const key = await vault.monthly(world.now());
    return { kid: key.id, sealed: vault.seal(key, aadOf(what, id), Buffer.from(text)) };
  }
  const ours = (address: string) => isMailbox(address) && ownDomains.some((own) => within(domainOf(normalAddress(address)), own));

  async function shown({ row, roles, cover }: { readonly row: PersonRow; readonly roles: readonly RoleRow[]; readonly cover: Sealed | null }): Promise<KnownPerson> {
    const claimed = row.claimed === '' ? [] : row.claimed.split(' ');
    const may = held(claimed, roles);
    const { name, address } = JSON.parse(await opened('person', row.id, row)) as Profile;
    const here = await active(row.id);
    return {
      id: row.id, name, address, active: here, roles: here ? [...may.roles] : [], claimed, assigned: roles.filter((r) => r.state === 'held').map((r) => r.role), taken: roles.filter((r) => r.state === 'taken').map((r) => r.role),
      conflict: [...may.conflict], seen: new Date(row.seen).toISOString(), cover: cover === null ? null : await opened('cover', row.id, cover),
    };
  }

  return {
    /** by id, from the one after `after`; noted, because names and addresses are shown */
    async people(reader: By, after: string, limit: number): Promise<{ readonly data: KnownPerson[]; readonly next: string | null }> {
      const found = await read.page({ after, limit: limit + 1 });
      const page = found.slice(0, limit);
      await audit.record({ type: 'people.listed', outcome: 'ok', actor: staff(reader), facts: { count: page.length } });
      return { data: await Promise.all(page.map(shown)), next: found.length > limit ? (page.at(-1)?.row.id ?? null) : null };
    },
    /** the same for a review, which is noted itself */
    everybody: async (after: string, limit: number): Promise<KnownPerson[]> => Promise.all((await read.page({ after, limit })).map(shown)),
    /** when the first of them was first here; null: nobody ever was */
    since: async (): Promise<number | null> => read.since(undefined),
    async person(id: string): Promise<KnownPerson | null> {
      const found = await read.person({ id });
      return found && shown(found);
    },

    /** of those who were here: by id, for whoever reads what they did */
    async names(ids: readonly (string | null | undefined)[]): Promise<{ readonly [id: string]: string }> {
      const found = await Promise.all([...new Set(ids)].flatMap((id) => (id?.startsWith('u_') ? [id] : [])).map(async (id) => [id, (await this.person(id))?.name ?? ''] as const));
      return Object.fromEntries(found.filter(([, name]) => name !== ''));
    },

    /** whoever gave it, the issuer too; false when it was taken before */
    async take(by: By, person: string, role: string): Promise<boolean> {
      return write.take({ person, role, by: by.id, now: world.now(), events: [await audit.prepared({ type: 'role.removed', outcome: 'ok', actor: staff(by), facts: { person, role } })] });
    },

    /** nobody takes over what somebody left behind by the own word */
    async cover(by: Reader, person: string, address: string | null): Promise<null | Refusal<'bad-address' | 'not-found' | 'second-person-needed'>> {
      if (address !== null && (!ours(address) || await ended(normalAddress(address)))) return refuse('bad-address');
      if (address !== null && await reads(by, address)) return refuse('second-person-needed');
      if ((await read.person({ id: person })) === null) return refuse('not-found');
      await write.cover({
        person, to: address === null ? null : await seal('cover', person, normalAddress(address)),
        events: [await audit.prepared({ type: 'person.covered', outcome: 'ok', actor: staff(by), facts: { person, ended: address === null }, ...(address === null ? {} : { sealed: { address: normalAddress(address) } }) })],
      });
      return null;
    },
    /** where answers to this person go, if they have left: where somebody said, unless that one has left too, else to their manager; null: to themselves */
    async coverOf(person: string): Promise<string | null> {
      if (await active(person)) return null;
      const found = await read.person({ id: person });
      const named = found?.cover ? await opened('cover', person, found.cover) : null;
      return named !== null && !(await ended(named)) ? named : manager(person);
    },

    async mailboxes(): Promise<Mailbox[]> {
      return Promise.all((await read.mailboxes({ after: '', limit: MAILBOXES })).map(async (m) => ({ id: m.id, address: await opened('mailbox', m.id, m), group: m.team, people: [...m.people] })));
    },
    /** the row that agreeing writes */
    async mailbox(ask: MailboxRequest) {
      if (!ours(ask.address)) return refuse('bad-address');
      if (ask.group === undefined && (ask.people ?? []).length === 0) return refuse('bad-request');
      const id = mailboxOf(vault, ask.address);
      return { id, team: ask.group ?? null, ...(await seal('mailbox', id, normalAddress(ask.address))), changed: world.now(), people: [...new Set(ask.people ?? [])] };
    },
    async unshare(by: By, id: string): Promise<boolean> {
      return write.unshare({ id, events: [await audit.prepared({ type: 'mailbox.removed', outcome: 'ok', actor: staff(by), facts: { mailbox: id } })] });
    },
  };
}
