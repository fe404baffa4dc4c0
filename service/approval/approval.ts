/**
 * Who may decide on a message that waits for a second person: holders of an approving role, and the deputy such a person named for a time.
 * Nobody decides on the own message. Never sends anything: silence, and the end of the deadline, mean no (`route/staff/approve.ts`).
 */
import { isMailbox, normalAddress } from '../../shared/draft/address.ts';
import type { Deputy, DeputyRequest } from '../../shared/wire/approval.ts';
import type { StaffRole } from '../../shared/wire/wire.ts';
import type { AuditLog } from '../audit/audit.ts';
import type { Person } from '../people/people.ts';
import { refuse, type Refusal } from '../refusal.ts';
import type { Store } from '../store/store.ts';
import type { Vault } from '../vault/vault.ts';
import type { World } from '../world.ts';

const APPROVERS: readonly StaffRole[] = ['privacy-officer', 'compliance', 'policy-approver'];
const approves = (roles: readonly string[]): boolean => APPROVERS.some((role) => roles.includes(role));
const LONGEST_MS = 90 * 86_400_000;

export type Approval = ReturnType<typeof openApproval>;

export function openApproval({ store, world, vault, audit, left, roles, bosses, cover, same, reads }: {
  readonly store: Pick<Store, 'room'>; readonly world: Pick<World, 'now' | 'random'>; readonly vault: Pick<Vault, 'index' | 'monthly' | 'monthlyById' | 'seal' | 'open'>; readonly audit: Pick<AuditLog, 'prepare'>;
  /** whether the directory ended this person's account */
  readonly left: (person: string) => Promise<boolean>;
  /** the roles this person holds now; none for somebody who left */
  readonly roles: (person: string) => Promise<readonly string[]>;
  /** the ids of whom somebody works for */
  readonly bosses: (person: string) => Promise<readonly string[]>;
  /** the address of whoever covers for somebody who has left; null: nobody */
  readonly cover: (person: string) => Promise<string | null>;
  /** whether two ids are one human */
  readonly same: (one: string, other: string) => Promise<boolean>;
  /** whether mail to this address is read by this person */
  readonly reads: (person: Pick<Person, 'id' | 'addresses'>, address: string) => Promise<boolean>;
}) {
  const room = store.room<typeof import('./approval.sql.ts')>('approval');
  const { read, write } = room;
  const aad = (id: string): string => `deputy/${id}`;
  const iso = (ms: number): string => new Date(ms).toISOString();

  return {
    room,
    /**
     * In whose right this person may decide; null: in nobody's. Who left, or may not decide any more, has no deputy, and none decides on the message of the
     * person represented. `behind`: it waits because its author left, not because a rule asked for a second person.
     */
    async right(person: Person, author?: string, behind = false): Promise<{ readonly deputyFor: string | null } | null> {
      if (approves(person.roles)) return { deputyFor: null };
      const stands = await read.stands({ deputies: person.addresses.map((a) => vault.index('deputy', a)), now: world.now() });
      for (const principal of stands) if (!(author !== undefined && await same(principal, author)) && !(await left(principal)) && approves(await roles(principal))) return { deputyFor: principal };
      // What somebody left behind is also their manager's to decide, and whose it was passed on to.
      if (author === undefined || !behind || !(await left(author))) return null;
      return (await bosses(author)).includes(person.id) || person.addresses.includes((await cover(author)) ?? '') ? { deputyFor: null } : null;
    },

    async appoint(person: Person, ask: DeputyRequest): Promise<Deputy | Refusal<'bad-address' | 'bad-request'>> {
      if (!isMailbox(ask.address)) return refuse('bad-address');
      const [starts, until] = [ask.from === undefined ? world.now() : Date.parse(ask.from), Date.parse(ask.until)];
      if (!(until > starts) || until - world.now() > LONGEST_MS || await reads(person, ask.address)) return refuse('bad-request');
      const id = `dep_${Buffer.from(world.random(12)).toString('hex')}`;
      const [address, key] = [normalAddress(ask.address), await vault.monthly(world.now())];
      await write.appoint({
        id, principal: person.id, deputy: vault.index('deputy', address), starts, until, kid: key.id, sealed: vault.seal(key, aad(id), Buffer.from(address)),
        events: [audit.prepare({ type: 'approval.deputy', outcome: 'ok', actor: { kind: 'staff', id: person.id }, facts: { deputy: id, until: ask.until }, sealed: { address } }, key)],
      });
      return { id, address, from: iso(starts), until: iso(until) };
    },

    /** whom this person has named, as long as it is not over */
    async deputies(person: Pick<Person, 'id'>): Promise<Deputy[]> {
      const rows = await read.named({ principal: person.id, now: world.now() });
      return Promise.all(rows.map(async ({ id, starts, until, kid, sealed }) => ({ id, from: iso(starts), until: iso(until), ...(kid === null || sealed === null ? {} : { address: Buffer.from(vault.open(await vault.monthlyById(kid), aad(id), sealed)).toString() }) })));
    },

    async dismiss(person: Person, id: string): Promise<boolean> {
      return write.dismiss({ id, principal: person.id, now: world.now(), events: [audit.prepare({ type: 'approval.deputy', outcome: 'ok', actor: { kind: 'staff', id: person.id }, facts: { deputy: id, ended: true } }, await vault.monthly(world.now()))] });
    },
  };
}
