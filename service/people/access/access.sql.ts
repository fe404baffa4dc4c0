/**
 * Who has been here, which roles two people gave or one took, which mailboxes are shared, and where answers go when somebody has left. Names and
 * addresses lie sealed. Nobody is removed: the log speaks of them.
 */
import { note } from '../../audit/audit.sql.ts';
import type { PreparedEvent } from '../../audit/audit.ts';
import type { Migration, Tx } from '../../store/store.ts';
import type { RoleRow } from './role.ts';

export const migrations: readonly Migration[] = [
  {
    id: 'access-1',
    ddl: [
      'CREATE TABLE staff_person (id TEXT PRIMARY KEY, kid TEXT NOT NULL, sealed {bytes} NOT NULL, claimed TEXT NOT NULL, conflict TEXT NOT NULL, first {int} NOT NULL, seen {int} NOT NULL)',
      'CREATE INDEX staff_person_first ON staff_person (first)',
      'CREATE TABLE staff_role (person TEXT NOT NULL, role TEXT NOT NULL, state TEXT NOT NULL, changed {int} NOT NULL, decider TEXT NOT NULL, PRIMARY KEY (person, role))',
      'CREATE TABLE staff_cover (person TEXT PRIMARY KEY, kid TEXT NOT NULL, sealed {bytes} NOT NULL)',
      'CREATE TABLE mailbox (id TEXT PRIMARY KEY, team TEXT, kid TEXT NOT NULL, sealed {bytes} NOT NULL, changed {int} NOT NULL)',
      'CREATE INDEX mailbox_team ON mailbox (team, id)',
      'CREATE TABLE mailbox_member (mailbox TEXT NOT NULL, person TEXT NOT NULL, PRIMARY KEY (mailbox, person))',
      'CREATE INDEX mailbox_member_person ON mailbox_member (person, mailbox)',
    ],
  },
  // By the directory's keyed hash of the address they came with: not every directory knows people by the issuer's id.
  { id: 'access-2', ddl: ['ALTER TABLE staff_person ADD COLUMN name TEXT', 'CREATE INDEX staff_person_name ON staff_person (name, id)'] },
  // And of the directory's own name for them, which may be another.
  {
    id: 'access-3',
    ddl: [
      'CREATE TABLE staff_name (person TEXT NOT NULL, name TEXT NOT NULL, PRIMARY KEY (person, name))',
      'CREATE INDEX staff_name_name ON staff_name (name, person)',
      'INSERT INTO staff_name (person, name) SELECT id, name FROM staff_person WHERE name IS NOT NULL',
      'DROP INDEX staff_person_name',
      'ALTER TABLE staff_person DROP COLUMN name',
    ],
  },
];

export const statements = {
  known: 'SELECT kid, sealed, claimed, conflict, first, seen FROM staff_person WHERE id = $1',
  know: `INSERT INTO staff_person (id, kid, sealed, claimed, conflict, first, seen) VALUES ($1, $2, $3, $4, $5, $6, $6)
    ON CONFLICT (id) DO UPDATE SET kid = excluded.kid, sealed = excluded.sealed, claimed = excluded.claimed, conflict = excluded.conflict, seen = excluded.seen WHERE staff_person.seen <= excluded.seen`,
  namesOf: 'SELECT name FROM staff_name WHERE person = $1 ORDER BY name',
  named: 'SELECT person FROM staff_name WHERE name = $1 ORDER BY person',
  forgetNames: 'DELETE FROM staff_name WHERE person = $1',
  name: 'INSERT INTO staff_name (person, name) VALUES ($1, $2) ON CONFLICT (person, name) DO NOTHING',
  rename: 'INSERT INTO staff_name (person, name) SELECT person, $2 FROM staff_name WHERE name = $1 ON CONFLICT (person, name) DO NOTHING',
  page: 'SELECT id, kid, sealed, claimed, conflict, first, seen FROM staff_person WHERE id > $1 ORDER BY id LIMIT $2',
  since: 'SELECT first FROM staff_person WHERE first > 0 ORDER BY first LIMIT 1',
  roles: 'SELECT role, state FROM staff_role WHERE person = $1 ORDER BY role',
  setRole: `INSERT INTO staff_role (person, role, state, changed, decider) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (person, role) DO UPDATE SET state = excluded.state, changed = excluded.changed, decider = excluded.decider`,
  heldRoles: "SELECT role FROM staff_role WHERE person = $1 AND state = 'held' ORDER BY role",
  dropRoles: "DELETE FROM staff_role WHERE person = $1 AND state = 'held'",
  sharing: 'SELECT mailbox FROM mailbox_member WHERE person = $1 ORDER BY mailbox',
  leaveMailboxes: 'DELETE FROM mailbox_member WHERE person = $1',
  clearCover: 'DELETE FROM staff_cover WHERE person = $1',
  setCover: 'INSERT INTO staff_cover (person, kid, sealed) VALUES ($1, $2, $3) ON CONFLICT (person) DO UPDATE SET kid = excluded.kid, sealed = excluded.sealed',
  cover: 'SELECT kid, sealed FROM staff_cover WHERE person = $1',
  mailboxes: 'SELECT id, team, kid, sealed, changed FROM mailbox WHERE id > $1 ORDER BY id LIMIT $2',
  ofTeam: 'SELECT id, team, kid, sealed, changed FROM mailbox WHERE team = $1 ORDER BY id',
  ofPerson: 'SELECT m.id, m.team, m.kid, m.sealed, m.changed FROM mailbox_member AS mm JOIN mailbox AS m ON m.id = mm.mailbox WHERE mm.person = $1 ORDER BY mm.mailbox',
  members: 'SELECT person FROM mailbox_member WHERE mailbox = $1 ORDER BY person',
  dropMailbox: 'DELETE FROM mailbox WHERE id = $1',
  dropMembers: 'DELETE FROM mailbox_member WHERE mailbox = $1',
  addMailbox: `INSERT INTO mailbox (id, team, kid, sealed, changed) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (id) DO UPDATE SET team = excluded.team, kid = excluded.kid, sealed = excluded.sealed, changed = excluded.changed`,
  addMember: 'INSERT INTO mailbox_member (mailbox, person) VALUES ($1, $2) ON CONFLICT (mailbox, person) DO NOTHING',
} as const;

export interface Sealed { readonly kid: string; readonly sealed: Uint8Array }
export interface PersonRow extends Sealed { readonly id: string; /** separated by spaces, in the order of the closed list */ readonly claimed: string; readonly conflict: string; readonly first: number; readonly seen: number }
export interface MailboxRow extends Sealed { readonly id: string; readonly team: string | null; readonly changed: number }
type Bare = Record<string, never>;
type Events = readonly PreparedEvent[];

/** What stands between a person's token and what they may do, for the snapshot of `people.sql.ts`. */
export interface Granted { readonly known: Omit<PersonRow, 'id'> | null; readonly roles: readonly RoleRow[]; readonly mailboxes: readonly MailboxRow[] }
export async function granted(tx: Tx, a: { readonly person: string; readonly groups: readonly string[] }): Promise<Granted> {
  const known = (await tx.get<Omit<PersonRow, 'id'> & Bare>(statements.known, a.person)) ?? null;
  const roles = await tx.all<RoleRow & Bare>(statements.roles, a.person);
  const mailboxes = await tx.all<MailboxRow & Bare>(statements.ofPerson, a.person);
  for (const team of a.groups) for (const row of await tx.all<MailboxRow & Bare>(statements.ofTeam, team)) if (!mailboxes.some((m) => m.id === row.id)) mailboxes.push(row);
  return { known, roles, mailboxes };
}

/** The directory's hashes of the address this person came with and of its own name for them, and whoever has one. */
export const namesOf = async (tx: Tx, person: string): Promise<string[]> => (await tx.all<{ name: string }>(statements.namesOf, person)).map((r) => r.name);
export const personsNamed = async (tx: Tx, name: string): Promise<string[]> => (await tx.all<{ person: string }>(statements.named, name)).map((r) => r.person);

/** The directory calls somebody otherwise: whoever was found by the name before is found by the new one too. */
export const renamed = async (tx: Tx, { from, to }: { readonly from: string; readonly to: string }): Promise<void> => { await tx.run(statements.rename, from, to); };

/** For the transaction in which a second person agrees, or a review is signed. */
export async function setRole(tx: Tx, a: { readonly person: string; readonly role: string; readonly state: 'held' | 'taken'; readonly by: string; readonly now: number }): Promise<void> {
  await tx.run(statements.setRole, a.person, a.role, a.state, a.now, a.by);
}

/** What two people once gave these people: it ends with the account, and coming back takes two people again. Each as one line, for `dropped` to find unchanged. */
export interface Given { readonly person: string; readonly role?: string; readonly mailbox?: string }
export async function givenTo(tx: Tx, persons: readonly string[]): Promise<Given[]> {
  const all: Given[] = [];
  for (const person of persons) {
    for (const { role } of await tx.all<{ role: string }>(statements.heldRoles, person)) all.push({ person, role });
    for (const { mailbox } of await tx.all<{ mailbox: string }>(statements.sharing, person)) all.push({ person, mailbox });
  }
  return all;
}
export async function dropGiven(tx: Tx, persons: readonly string[]): Promise<void> {
  for (const person of persons) {
    await tx.run(statements.dropRoles, person);
    await tx.run(statements.leaveMailboxes, person);
  }
}

export async function share(tx: Tx, { id, team, kid, sealed, changed, people }: MailboxRow & { readonly people: readonly string[] }): Promise<void> {
  await tx.run(statements.addMailbox, id, team, kid, sealed, changed);
  await tx.run(statements.dropMembers, id);
  for (const person of [...people].sort()) await tx.run(statements.addMember, id, person);
}

/** Being there is no fact to account for; that two roles exclude each other is, and then `know` comes with its event. */
export const unaudited = ['know'] as const;

export const writes = {
  async know(tx: Tx, a: Omit<PersonRow, 'first'> & { readonly names: readonly string[]; readonly events: Events }): Promise<void> {
    if ((await tx.run(statements.know, a.id, a.kid, a.sealed, a.claimed, a.conflict, a.seen)) > 0) {
      await tx.run(statements.forgetNames, a.id);
      for (const name of a.names) await tx.run(statements.name, a.id, name);
    }
    await note(tx, a.events);
  },
  async take(tx: Tx, a: { readonly person: string; readonly role: string; readonly by: string; readonly now: number; readonly events: Events }): Promise<boolean> {
    const rows = await tx.all<RoleRow & Bare>(statements.roles, a.person);
    if (rows.some((r) => r.role === a.role && r.state === 'taken')) return false;
    await setRole(tx, { ...a, state: 'taken' });
    await note(tx, a.events);
    return true;
  },
  async cover(tx: Tx, a: { readonly person: string; readonly to: Sealed | null; readonly events: Events }): Promise<void> {
    await (a.to === null ? tx.run(statements.clearCover, a.person) : tx.run(statements.setCover, a.person, a.to.kid, a.to.sealed));
    await note(tx, a.events);
  },
  async unshare(tx: Tx, a: { readonly id: string; readonly events: Events }): Promise<boolean> {
    if ((await tx.run(statements.dropMailbox, a.id)) === 0) return false;
    await tx.run(statements.dropMembers, a.id);
    await note(tx, a.events);
    return true;
  },
};

export const reads = {
  async person(tx: Tx, a: { readonly id: string }): Promise<{ readonly row: PersonRow; readonly roles: readonly RoleRow[]; readonly cover: Sealed | null } | null> {
    const row = await tx.get<Omit<PersonRow, 'id'> & Bare>(statements.known, a.id);
    return row ? { row: { ...row, id: a.id }, roles: await tx.all<RoleRow & Bare>(statements.roles, a.id), cover: (await tx.get<Sealed & Bare>(statements.cover, a.id)) ?? null } : null;
  },
  async page(tx: Tx, a: { readonly after: string; readonly limit: number }): Promise<{ readonly row: PersonRow; readonly roles: readonly RoleRow[]; readonly cover: Sealed | null }[]> {
    const found = [];
    for (const row of await tx.all<PersonRow & Bare>(statements.page, a.after, a.limit)) found.push({ row, roles: await tx.all<RoleRow & Bare>(statements.roles, row.id), cover: (await tx.get<Sealed & Bare>(statements.cover, row.id)) ?? null });
    return found;
  },
  since: async (tx: Tx): Promise<number | null> => (await tx.get<{ first: number }>(statements.since))?.first ?? null,
  async mailboxes(tx: Tx, a: { readonly after: string; readonly limit: number }): Promise<(MailboxRow & { readonly people: readonly string[] })[]> {
    const found = [];
    for (const row of await tx.all<MailboxRow & Bare>(statements.mailboxes, a.after, a.limit)) found.push({ ...row, people: (await tx.all<{ person: string }>(statements.members, row.id)).map((m) => m.person) });
    return found;
  },
};
