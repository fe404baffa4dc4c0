/**
 * The directory's word about people (RFC 7643, 7644): made, changed, ended. Ending an account ends its sessions in the same transaction, and every later
 * token of theirs is refused. Nobody is deleted. What Entra ID and Okta send beside the standard is taken: `op` in any case, `"False"` as text, values without a path.
 */
import { normalAddress } from '../../shared/draft/address.ts';
import type { AuditLog } from '../audit/audit.ts';
import { Fault, refuse, type Refusal } from '../refusal.ts';
import type { Store } from '../store/store.ts';
import type { Vault } from '../vault/vault.ts';
import type { ListSource, Member } from '../list/list.ts';
import type { World } from '../world.ts';
import type { Step, UserRow } from './people.sql.ts';

/** As the directory names them; sealed at rest. */
export interface Profile {
  readonly userName: string;
  readonly externalId?: string;
  readonly displayName?: string;
  /** where they read mail, when it is not their userName */
  readonly mail?: string;
  /** the directory's id of whom this person works for (RFC 7643 §4.3) */
  readonly manager?: string;
}
export interface User extends Profile { readonly id: string; readonly active: boolean; /** the directory has removed them */ readonly gone: boolean; readonly created: number; readonly changed: number }
/** `listed`: it is a distribution list and has an address, which is kept by its hash alone */
export interface Group { readonly id: string; readonly displayName: string; readonly listed: boolean; readonly externalId?: string; readonly members: readonly string[]; readonly created: number; readonly changed: number }
export interface Change { readonly profile: Profile; readonly active: boolean; readonly gone?: boolean }
export interface GroupChange { readonly displayName?: string; readonly externalId?: string; /** null: it is no list any more */ readonly mail?: string | null; readonly steps: readonly Step[] }
/** How often a change is made anew because another came first. */
const ROUNDS = 20;
const aad = (id: string) => `directory/${id}`;
/** what the directory says of somebody, out of their row */
export const profileOf = async ({ id, kid, sealed }: Pick<UserRow, 'id' | 'kid' | 'sealed'>, vault: Pick<Vault, 'monthlyById' | 'open'>): Promise<Profile> =>
  JSON.parse(Buffer.from(vault.open(await vault.monthlyById(kid), aad(id), sealed)).toString()) as Profile;
/** where they read mail */
export const mailOf = ({ mail, userName }: Profile): string => normalAddress(mail ?? userName);
export type Directory = ReturnType<typeof openDirectory>;
type Missing = Refusal<'not-found'>;
type Taken = Refusal<'taken'>;

export function openDirectory({ store, world, vault, audit, personOf }: {
  readonly store: Pick<Store, 'room'>; readonly world: Pick<World, 'now' | 'random'>; readonly vault: Pick<Vault, 'index' | 'monthly' | 'monthlyById' | 'seal' | 'open'>; readonly audit: Pick<AuditLog, 'prepare'>;
  /** the id a token of this person would have, from the directory's own id */
  readonly personOf: (externalId: string) => string;
}) {
  const { read, write } = store.room<typeof import('./people.sql.ts')>('people');
  const actor = { kind: 'service', id: 'scim' } as const;
  const newId = (prefix: string) => `${prefix}_${Buffer.from(world.random(12)).toString('hex')}`;
  const nameOf = (userName: string) => vault.index('directory', normalAddress(userName));
  const event = async (type: string, facts: { readonly [name: string]: string | number | boolean }) => [audit.prepare({ type, outcome: 'ok', actor, facts }, await vault.monthly(world.now()))];

  const addressOf = (mail: string) => vault.index('directory-list', normalAddress(mail));

  async function userOf(row: UserRow): Promise<User> {
    const profile = await profileOf(row, vault);
    return { ...profile, id: row.id, active: row.active === 1, gone: row.gone === 1, created: row.created, changed: row.changed };
  }
  async function rowOf(id: string, { profile, active, gone = false }: Change) {
    const key = await vault.monthly(world.now());
    return { id, name: nameOf(profile.userName), person: profile.externalId === undefined ? null : personOf(profile.externalId), active: active ? 1 : 0, gone: gone ? 1 : 0, kid: key.id, sealed: vault.seal(key, aad(id), Buffer.from(JSON.stringify(profile))) };
  }

  return {
    /** Somebody the directory had removed comes back as who they were: the log knows them by that id. */
    async addUser(change: Change): Promise<User | Taken> {
      const twin = await read.user({ name: nameOf(change.profile.userName) });
      if (twin?.gone === 1) return await this.setUser(twin.id, () => change) as User | Taken;
      const id = newId('usr');
      const now = world.now();
      const added = await write.addUser({ row: { ...(await rowOf(id, change)), created: now }, events: await event('account.provisioned', { account: id, active: change.active }) });
      return added ? { ...change.profile, id, active: change.active, gone: false, created: now, changed: now } : refuse('taken');
    },
    async user(id: string): Promise<User | Missing> {
      const row = await read.user({ id });
      return row ? userOf(row) : refuse('not-found');
    },
    /** Whether this person's account was ended here; somebody the directory never named has not left. */
    left: async (person: string): Promise<boolean> => (await read.userOf({ person }))?.active === 0,
    /** Whether two ids are one human as far as is known here, so that nobody is the second person to themselves; a program is whoever was shown its keys. */
    async same(one: string, other: string): Promise<boolean> {
      if (one === other) return true;
      const [these, those] = await Promise.all([read.alike({ id: one }), read.alike({ id: other })]);
      return these.some((id) => those.includes(id));
    },
    /** whether mail to this address is read by this person, as far as is known here */
    async reads({ id, addresses }: { readonly id: string; readonly addresses: readonly string[] }, address: string): Promise<boolean> {
      if (addresses.includes(normalAddress(address))) return true;
      const name = nameOf(address);
      const [holders, ids] = await Promise.all([read.personsOf({ person: (await read.user({ name }))?.person ?? null, name }), read.alike({ id })]);
      return holders.some((holder) => ids.includes(holder));
    },
    /** whoever this person works for, as the directory says: their address, and the ids their tokens would have; null when nobody who is still here is named */
    async managerOf(person: string): Promise<{ readonly address: string; readonly persons: readonly string[] } | null> {
      const row = await read.userOf({ person });
      const { manager } = row === null ? { manager: undefined } : await userOf(row);
      const boss = manager === undefined ? null : await read.user({ id: manager });
      if (boss === null || boss.active === 0) return null;
      return { address: mailOf(await profileOf(boss, vault)), persons: await read.personsOf({ person: boss.person, name: boss.name }) };
    },
    /** those who left since somebody last saw to what was under way for them: once each, after `see` is done */
    async settle(see: (persons: readonly string[]) => Promise<void>): Promise<void> {
      for (let batch = await read.unsettled({ limit: 20 }); batch.length > 0; batch = await read.unsettled({ limit: 20 })) {
        for (const row of batch) {
          await see(await read.personsOf({ person: row.person, name: row.name }));
          await write.settle({ id: row.id });
        }
      }
    },
    async userNamed(userName: string): Promise<User | null> {
      const row = await read.user({ name: nameOf(userName) });
      return row ? userOf(row) : null;
    },
    /** by the directory's own id of them */
    async userExternal(externalId: string): Promise<User | null> {
      const row = await read.user({ person: personOf(externalId) });
      return row ? userOf(row) : null;
    },
    /** those it has not removed, in an order that stays */
    async users(skip: number, limit: number): Promise<{ readonly total: number; readonly page: readonly User[] }> {
      const { total, rows } = await read.users({ skip, limit });
      return { total, page: await Promise.all(rows.map(userOf)) };
    },
    /** `change` may be asked more than once: a directory sends several words about one person at a time, and none may undo another; null: not theirs to change */
    async setUser(id: string, change: (before: User) => Change | null): Promise<User | Missing | Taken> {
      for (let round = 0; round < ROUNDS; round += 1) {
        const before = await read.user({ id });
        if (!before) return refuse('not-found');
        const known = await userOf(before);
        const asked = change(known);
        if (asked === null) return refuse('not-found');
        // Whoever is ended stays findable: the token goes on saying who they are, whatever the directory has forgotten of them.
        const next = asked.active || asked.profile.externalId !== undefined || known.externalId === undefined ? asked : { ...asked, profile: { ...asked.profile, externalId: known.externalId } };
        const now = world.now();
        const row = await rowOf(id, next);
        const persons = [before.person, row.person].filter((p): p is string => p !== null);
        const given = next.active ? [] : await read.leaving({ id, name: before.name, persons });
        const events = await Promise.all([
          event(known.active && !next.active ? 'account.deprovisioned' : 'account.updated', { account: id, active: next.active }),
          ...given.map(({ person, role, mailbox }) => (role === undefined ? event('mailbox.left', { person, mailbox: mailbox ?? '' }) : event('role.removed', { person, role }))),
        ]);
        const done = await write.setUser({ row: { ...row, changed: now }, was: before, persons, given, events: events.flat() });
        if (done === 'taken') return refuse('taken');
        if (done === 'set') return { ...next.profile, id, active: next.active, gone: next.gone === true, created: known.created, changed: now };
      }
      throw new Fault('directory-busy', 'A person was changed too often at once.');
    },

    /** `mail`: the address of a distribution list */
    async addGroup(given: { readonly displayName: string; readonly mail?: string; readonly externalId?: string; readonly members: readonly string[] }): Promise<Group | Taken> {
      const id = newId('grp');
      const now = world.now();
      const added = await write.addGroup({ row: { id, name: given.displayName, external: given.externalId ?? null, created: now, address: given.mail === undefined ? null : addressOf(given.mail) }, members: given.members, events: await event('group.changed', { group: id, members: given.members.length }) });
      return added ? { id, displayName: given.displayName, listed: given.mail !== undefined, ...(given.externalId === undefined ? {} : { externalId: given.externalId }), members: given.members, created: now, changed: now } : refuse('taken');
    },
    async group(id: string): Promise<Group | Missing> {
      const row = await read.group({ id });
      return row ? groupOf(row) : refuse('not-found');
    },
    async groupNamed(displayName: string): Promise<Group | null> {
      const row = await read.group({ name: displayName });
      return row ? groupOf(row) : null;
    },
    /** by its name or the directory's id; null where it names no groups at all: tokens alone may know it */
    async knowsGroup(name: string): Promise<boolean | null> {
      if ((await read.group({ name })) !== null || (await read.group({ external: name })) !== null) return true;
      return (await read.groups({ skip: 0, limit: 1 })).total > 0 ? false : null;
    },
    async groupExternal(externalId: string): Promise<Group | null> {
      const row = await read.group({ external: externalId });
      return row ? groupOf(row) : null;
    },
    async groups(skip: number, limit: number): Promise<{ readonly total: number; readonly page: readonly Group[] }> {
      const { total, rows } = await read.groups({ skip, limit });
      return { total, page: (await Promise.all(rows.map((r) => read.group({ id: r.id })))).flatMap((r) => (r ? [groupOf(r)] : [])) };
    },
    /** all of it or nothing */
    async setGroup(id: string, { displayName, externalId, mail, steps }: GroupChange): Promise<Group | Missing | Taken> {
      const count = (of: (step: Step) => readonly string[] | undefined) => steps.reduce((sum, step) => sum + (of(step)?.length ?? 0), 0);
      const done = await write.setGroup({ id, name: displayName ?? null, external: externalId ?? null, address: mail === undefined || mail === null ? mail : addressOf(mail), now: world.now(), steps, events: await event('group.changed', { group: id, members: count((s) => s.only ?? s.add), removed: count((s) => s.remove) }) });
      const after = await read.group({ id });
      return after === null ? refuse('not-found') : done ? groupOf(after) : refuse('taken');
    },
    async dropGroup(id: string): Promise<boolean> {
      return write.dropGroup({ id, events: await event('group.changed', { group: id, members: 0 }) });
    },

    /** Its groups as distribution lists: those with an address, and who is in them. Who left is not written to. */
    lists: {
      async find(address: string): Promise<string | null> {
        const found = await read.listed({ address: addressOf(address) });
        // Two with one address: nobody knows which is meant, and `members` names none.
        return found.length > 1 ? '' : found[0] ?? null;
      },
      async members(id: string): Promise<readonly Member[] | null> {
        const group = await read.group({ id });
        if (!group) return null;
        const members = await Promise.all(group.members.map(async (member): Promise<Member | null> => {
          const row = await read.user({ id: member });
          if (!row) return (await read.group({ id: member })) ? { kind: 'list', id: member } : { kind: 'nobody' };
          const { userName, mail, displayName } = await userOf(row);
          return row.active === 1 ? { kind: 'person', address: mail ?? userName, ...(displayName ? { name: displayName } : {}) } : null;
        }));
        return members.filter((m) => m !== null);
      },
    } satisfies ListSource,
  };
}

function groupOf(row: { readonly id: string; readonly name: string; readonly external: string | null; readonly address: string | null; readonly created: number; readonly changed: number; readonly members: readonly string[] }): Group {
  return { id: row.id, displayName: row.name, listed: row.address !== null, ...(row.external === null ? {} : { externalId: row.external }), members: row.members, created: row.created, changed: row.changed };
}
