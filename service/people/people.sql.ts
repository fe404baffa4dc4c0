/**
 * Who is employed, as the directory says by SCIM, and which sessions run. Names and addresses lie sealed and are found by keyed hashes;
 * nobody is deleted: who left stays as an inactive row, because the log speaks of them.
 */
import { note, noted } from '../audit/audit.sql.ts';
import type { PreparedEvent } from '../audit/audit.ts';
import type { Migration, Tx } from '../store/store.ts';
import { dropGiven, givenTo, granted, namesOf, personsNamed, renamed, type Given, type Granted } from './access/access.sql.ts';
import { issuersOf } from './client/client.sql.ts';

export const migrations: readonly Migration[] = [
  {
    id: 'people-1',
    ddl: [
      'CREATE TABLE directory_user (id TEXT PRIMARY KEY, name TEXT NOT NULL, person TEXT, active {int} NOT NULL, created {int} NOT NULL, changed {int} NOT NULL, kid TEXT NOT NULL, sealed {bytes} NOT NULL)',
      'CREATE UNIQUE INDEX directory_user_name ON directory_user (name)',
      'CREATE INDEX directory_user_person ON directory_user (person)',
      'CREATE TABLE directory_group (id TEXT PRIMARY KEY, name TEXT NOT NULL, external TEXT, created {int} NOT NULL, changed {int} NOT NULL)',
      'CREATE UNIQUE INDEX directory_group_name ON directory_group (name)',
      'CREATE TABLE directory_member (group_id TEXT NOT NULL, user_id TEXT NOT NULL, PRIMARY KEY (group_id, user_id))',
      'CREATE INDEX directory_member_user ON directory_member (user_id, group_id)',
      'CREATE TABLE staff_session (id TEXT PRIMARY KEY, person TEXT NOT NULL, started {int} NOT NULL, seen {int} NOT NULL, ended {int}, cause TEXT)',
      'CREATE INDEX staff_session_person ON staff_session (person, started)',
      'CREATE INDEX staff_session_seen ON staff_session (seen, id)',
    ],
  },
  // The console's sessions: who signed in, sealed, because no token comes with their calls. The id is the hash of what the browser keeps.
  { id: 'people-2', ddl: ['CREATE TABLE console_session (id TEXT PRIMARY KEY, kid TEXT NOT NULL, sealed {bytes} NOT NULL, began {int} NOT NULL)', 'CREATE INDEX console_session_began ON console_session (began)'] },
  // Groups that are distribution lists have an address, found by its keyed hash.
  { id: 'people-lists', ddl: ['ALTER TABLE directory_group ADD COLUMN address TEXT', 'CREATE INDEX directory_group_address ON directory_group (address)'] },
  // What was under way for whoever left has been seen to.
  { id: 'people-3', ddl: ['ALTER TABLE directory_user ADD COLUMN settled {int} NOT NULL DEFAULT 0', 'CREATE INDEX directory_user_settled ON directory_user (active, settled, id)'] },
  // Whom the directory has removed is not shown to it again (RFC 7644 §3.6), and stays for the log. Its own ids of groups are looked for.
  { id: 'people-4', ddl: ['ALTER TABLE directory_user ADD COLUMN gone {int} NOT NULL DEFAULT 0', 'CREATE INDEX directory_user_shown ON directory_user (gone, id)', 'CREATE INDEX directory_group_external ON directory_group (external, id)'] },
];

const USER = 'id, name, person, active, created, changed, kid, sealed, gone';
const GROUP = 'id, name, external, created, changed, address';

export const statements = {
  userById: `SELECT ${USER} FROM directory_user WHERE id = $1`,
  userByName: `SELECT ${USER} FROM directory_user WHERE name = $1`,
  userByPerson: `SELECT ${USER} FROM directory_user WHERE person = $1 ORDER BY person, gone, active LIMIT 1`,
  users: `SELECT ${USER} FROM directory_user WHERE gone = 0 ORDER BY id LIMIT $1 OFFSET $2`,
  countUsers: 'SELECT COUNT(*) AS n FROM directory_user WHERE gone = 0',
  addUser: `INSERT INTO directory_user (${USER}) VALUES ($1, $2, $3, $4, $5, $5, $6, $7, 0) ON CONFLICT (name) DO NOTHING`,
  setUser: 'UPDATE directory_user SET name = $2, person = $3, active = $4, changed = $5, kid = $6, sealed = $7, gone = $8, settled = 0 WHERE id = $1 AND sealed = $9',
  unsettled: `SELECT ${USER} FROM directory_user WHERE active = 0 AND settled = 0 ORDER BY active, settled, id LIMIT $1`,
  settle: 'UPDATE directory_user SET settled = 1 WHERE id = $1 AND active = 0',
  groupById: `SELECT ${GROUP} FROM directory_group WHERE id = $1`,
  groupByName: `SELECT ${GROUP} FROM directory_group WHERE name = $1`,
  groupByExternal: `SELECT ${GROUP} FROM directory_group WHERE external = $1 ORDER BY external, id LIMIT 1`,
  groups: `SELECT ${GROUP} FROM directory_group ORDER BY id LIMIT $1 OFFSET $2`,
  countGroups: 'SELECT COUNT(*) AS n FROM directory_group',
  addGroup: `INSERT INTO directory_group (${GROUP}) VALUES ($1, $2, $3, $4, $4, $5) ON CONFLICT (name) DO NOTHING`,
  setGroup: 'UPDATE directory_group SET name = COALESCE($2, name), external = COALESCE($3, external), address = CASE WHEN $4 = 1 THEN $5 ELSE address END, changed = $6 WHERE id = $1',
  groupByAddress: `SELECT ${GROUP} FROM directory_group WHERE address = $1 ORDER BY id LIMIT 2`,
  dropGroup: 'DELETE FROM directory_group WHERE id = $1',
  members: 'SELECT user_id FROM directory_member WHERE group_id = $1 ORDER BY user_id',
  join: 'INSERT INTO directory_member (group_id, user_id) VALUES ($1, $2) ON CONFLICT (group_id, user_id) DO NOTHING',
  leave: 'DELETE FROM directory_member WHERE group_id = $1 AND user_id = $2',
  empty: 'DELETE FROM directory_member WHERE group_id = $1',
  leaveAll: 'DELETE FROM directory_member WHERE user_id = $1',
  anyGroup: 'SELECT id FROM directory_group ORDER BY id LIMIT 1',
  groupsOf: 'SELECT g.name, g.external FROM directory_member AS m JOIN directory_group AS g ON g.id = m.group_id WHERE m.user_id = $1 ORDER BY g.name',
  session: 'SELECT person, started, seen, ended, cause FROM staff_session WHERE id = $1',
  begin: 'INSERT INTO staff_session (id, person, started, seen, ended, cause) VALUES ($1, $2, $3, $3, NULL, NULL) ON CONFLICT (id) DO NOTHING',
  renew: "UPDATE staff_session SET started = $3, seen = $3, ended = NULL, cause = NULL WHERE id = $1 AND seen = $2 AND (ended IS NULL OR cause = 'idle' OR cause = 'absolute')",
  touch: 'UPDATE staff_session SET seen = $2 WHERE id = $1 AND ended IS NULL AND seen < $2',
  end: 'UPDATE staff_session SET ended = $2, cause = $3 WHERE id = $1 AND ended IS NULL',
  endAll: 'UPDATE staff_session SET ended = $2, cause = $3 WHERE person = $1 AND ended IS NULL',
  console: 'SELECT kid, sealed FROM console_session WHERE id = $1',
  enter: 'INSERT INTO console_session (id, kid, sealed, began) VALUES ($1, $2, $3, $4) ON CONFLICT (id) DO NOTHING',
  quit: 'DELETE FROM console_session WHERE id = $1',
  forgetConsole: 'DELETE FROM console_session WHERE began < $1',
  forget: 'DELETE FROM staff_session WHERE seen < $1',
  beyond: 'SELECT COUNT(*) AS n FROM staff_session WHERE seen >= $1 AND ended IS NULL AND seen - started > $2',
  ofLeavers: 'SELECT COUNT(*) AS n FROM directory_user AS u JOIN staff_session AS s ON s.person = u.person WHERE u.active = 0 AND s.ended IS NULL',
  leaversOpen: 'SELECT COUNT(*) AS n FROM directory_user WHERE active = 0 AND settled = 0 AND changed < $1',
} as const;

export interface UserRow { readonly id: string; readonly name: string; readonly person: string | null; readonly active: number; readonly created: number; readonly changed: number; readonly kid: string; readonly sealed: Uint8Array; readonly gone: number }
interface GroupRow { readonly id: string; readonly name: string; readonly external: string | null; readonly created: number; readonly changed: number; /** keyed hash of the address of a distribution list */ readonly address: string | null }
interface SessionRow { readonly person: string; readonly started: number; readonly seen: number; readonly ended: number | null; readonly cause: string | null }
/** what becomes of a group's members, one after the other */
export interface Step { readonly only?: readonly string[]; readonly add?: readonly string[]; readonly remove?: readonly string[] }
type Events = readonly PreparedEvent[];

/** Being there is no fact to account for; beginning and ending are. */
export const unaudited = ['touch', 'forget', 'settle'] as const;

export const writes = {
  addUser: async (tx: Tx, a: { readonly row: Omit<UserRow, 'changed' | 'gone'>; readonly events: Events }): Promise<boolean> =>
    noted(tx, await tx.run(statements.addUser, a.row.id, a.row.name, a.row.person, a.row.active, a.row.created, a.row.kid, a.row.sealed), a.events),
  /**
   * who is not active any more has no session either, and nothing that two people had given; and whom the directory removed is in no group when they come back; `met`: the row is not the one that was
   * read (`was`) any more; `taken`: another has that name
   */
  async setUser(tx: Tx, a: { readonly row: Omit<UserRow, 'created'>; readonly was: Pick<UserRow, 'name' | 'sealed'>; readonly persons: readonly string[]; /** what ends with the account, as `leaving` said */ readonly given: readonly Given[]; readonly events: Events }): Promise<'set' | 'met' | 'taken'> {
    const twin = await tx.get<UserRow & Bare>(statements.userByName, a.row.name);
    if (twin !== undefined && twin.id !== a.row.id) return 'taken';
    const theirs = await theirsOf(tx, { id: a.row.id, name: a.was.name, persons: a.persons });
    if (a.row.active === 0 && JSON.stringify(await givenTo(tx, theirs)) !== JSON.stringify(a.given)) return 'met';
    if ((await tx.run(statements.setUser, a.row.id, a.row.name, a.row.person, a.row.active, a.row.changed, a.row.kid, a.row.sealed, a.row.gone, a.was.sealed)) === 0) return 'met';
    // Directories give whoever leaves another name, and their tokens go on with the old one.
    if (a.row.name !== a.was.name) await renamed(tx, { from: a.was.name, to: a.row.name });
    if (a.row.gone === 1) await tx.run(statements.leaveAll, a.row.id);
    if (a.row.active === 0) {
      for (const person of theirs) await tx.run(statements.endAll, person, a.row.changed, 'deprovisioned');
      await dropGiven(tx, theirs);
    }
    await note(tx, a.events);
    return 'set';
  },
  settle: async (tx: Tx, a: { readonly id: string }): Promise<void> => { await tx.run(statements.settle, a.id); },
  async addGroup(tx: Tx, a: { readonly row: Omit<GroupRow, 'changed'>; readonly members: readonly string[]; readonly events: Events }): Promise<boolean> {
    if ((await tx.run(statements.addGroup, a.row.id, a.row.name, a.row.external, a.row.created, a.row.address)) === 0) return false;
    for (const member of a.members) await tx.run(statements.join, a.row.id, member);
    return noted(tx, 1, a.events);
  },
  /** all of it or nothing (RFC 7644 §3.5.2); false: there is no such group, or another has that name */
  async setGroup(tx: Tx, a: { readonly id: string; readonly name: string | null; readonly external: string | null; readonly address: string | null | undefined; readonly now: number; readonly steps: readonly Step[]; readonly events: Events }): Promise<boolean> {
    const twin = a.name === null ? undefined : await tx.get<GroupRow & Bare>(statements.groupByName, a.name);
    if (twin !== undefined && twin.id !== a.id) return false;
    if ((await tx.run(statements.setGroup, a.id, a.name, a.external, a.address === undefined ? 0 : 1, a.address ?? null, a.now)) === 0) return false;
    for (const { only, add = [], remove = [] } of a.steps) {
      if (only) await tx.run(statements.empty, a.id);
      for (const member of [...(only ?? []), ...add]) await tx.run(statements.join, a.id, member);
      for (const member of remove) await tx.run(statements.leave, a.id, member);
    }
    return noted(tx, 1, a.events);
  },
  async dropGroup(tx: Tx, a: { readonly id: string; readonly events: Events }): Promise<boolean> {
    await tx.run(statements.empty, a.id);
    return noted(tx, await tx.run(statements.dropGroup, a.id), a.events);
  },
  begin: async (tx: Tx, a: { readonly id: string; readonly person: string; readonly now: number; readonly events: Events }): Promise<boolean> => noted(tx, await tx.run(statements.begin, a.id, a.person, a.now), a.events),
  /** of two calls at once the second finds it renewed */
  renew: async (tx: Tx, a: { readonly id: string; readonly seen: number; readonly now: number; readonly events: Events }): Promise<boolean> => noted(tx, await tx.run(statements.renew, a.id, a.seen, a.now), a.events),
  touch: async (tx: Tx, a: { readonly id: string; readonly now: number }): Promise<void> => { await tx.run(statements.touch, a.id, a.now); },
  end: async (tx: Tx, a: { readonly id: string; readonly now: number; readonly cause: string; readonly events: Events }): Promise<boolean> => noted(tx, await tx.run(statements.end, a.id, a.now, a.cause), a.events),
  endAll: async (tx: Tx, a: { readonly person: string; readonly now: number; readonly cause: string; readonly events: Events }): Promise<boolean> => noted(tx, await tx.run(statements.endAll, a.person, a.now, a.cause), a.events),
  /** a session that came before, such as one without step-up, ends with the new one's beginning */
  async enter(tx: Tx, a: { readonly id: string; readonly person: string; readonly now: number; readonly kid: string; readonly sealed: Uint8Array; readonly replaces: string | null; readonly events: Events }): Promise<boolean> {
    if ((await tx.run(statements.begin, a.id, a.person, a.now)) === 0) return false;
    await tx.run(statements.enter, a.id, a.kid, a.sealed, a.now);
    if (a.replaces !== null && (await tx.run(statements.end, a.replaces, a.now, 'replaced')) > 0) await tx.run(statements.quit, a.replaces);
    return noted(tx, 1, a.events);
  },
  async leave(tx: Tx, a: { readonly id: string; readonly now: number; readonly events: Events }): Promise<boolean> {
    await tx.run(statements.quit, a.id);
    return noted(tx, await tx.run(statements.end, a.id, a.now, 'signed-out'), a.events);
  },
  async forget(tx: Tx, a: { readonly before: number }): Promise<void> {
    await tx.run(statements.forgetConsole, a.before);
    await tx.run(statements.forget, a.before);
  },
};

type Bare = Record<string, never>;
const counted = async (tx: Tx, statement: string, ...args: readonly number[]): Promise<number> => (await tx.get<{ n: number }>(statement, ...args))?.n ?? 0;
async function userOf(tx: Tx, a: { readonly person: string; readonly names: readonly string[] }): Promise<UserRow | null> {
  let user = (await tx.get<UserRow & Bare>(statements.userByPerson, a.person)) ?? null;
  for (const name of [...a.names, ...(await namesOf(tx, a.person))]) user ??= (await tx.get<UserRow & Bare>(statements.userByName, name)) ?? null;
  return user;
}

/** whether the directory ended one of these people's accounts: for the transaction in which something is given */
export async function anyLeft(tx: Tx, persons: readonly string[]): Promise<boolean> {
  for (const person of persons) if ((await userOf(tx, { person, names: [] }))?.active === 0) return true;
  return false;
}

/** The ids of whom a row of the directory is about: the issuer's, and whoever came by its name and is found by no other row. */
async function theirsOf(tx: Tx, a: { readonly id: string; readonly name: string; readonly persons: readonly string[] }): Promise<string[]> {
  const theirs = new Set(a.persons);
  for (const person of await personsNamed(tx, a.name)) if ((await userOf(tx, { person, names: [] }))?.id === a.id) theirs.add(person);
  return [...theirs];
}

export const reads = {
  leaving: async (tx: Tx, a: { readonly id: string; readonly name: string; readonly persons: readonly string[] }): Promise<Given[]> => givenTo(tx, await theirsOf(tx, a)),
  /**
   * the session, what the directory says of the person behind it, and what they may do, in one snapshot; `left`: whoever the token claims to be, on
   * nobody's word, is not employed any more; `groups`: null where the token leaves some out and the directory does not say them
   */
  async standing(tx: Tx, a: {
    readonly session: string; readonly person: string; readonly names: readonly string[]; readonly claimed: readonly string[]; readonly groups: readonly string[]; readonly leftOut: boolean;
  }): Promise<{
    readonly session: SessionRow | null; readonly user: UserRow | null; readonly left: boolean; readonly groups: readonly string[] | null; readonly granted: Granted;
  }> {
    const session = (await tx.get<SessionRow & Bare>(statements.session, a.session)) ?? null;
    const user = await userOf(tx, a);
    let left = user?.active === 0;
    if (user === null) for (const name of a.claimed) left ||= (await tx.get<UserRow & Bare>(statements.userByName, name))?.active === 0;
    const said = user ? (await tx.all<{ name: string; external: string | null }>(statements.groupsOf, user.id)).flatMap((g) => [g.name, ...(g.external === null ? [] : [g.external])]) : [];
    const whole = !a.leftOut || (user !== null && (await tx.get(statements.anyGroup)) !== undefined);
    const groups = [...new Set([...a.groups, ...said])];
    return { session, user, left, groups: whole ? groups : null, granted: await granted(tx, { person: a.person, groups }) };
  },
  /** whom the directory means: by the issuer's id, else by the address they came with */
  userOf: (tx: Tx, a: { readonly person: string }): Promise<UserRow | null> => userOf(tx, { ...a, names: [] }),
  personsOf: async (tx: Tx, a: { readonly person: string | null; readonly name: string }): Promise<string[]> => [...new Set([...(a.person === null ? [] : [a.person]), ...(await personsNamed(tx, a.name))])],
  /**
   * Every id that is, as far as is known here, one human: other sign-ins with the same address, the same row of the directory; for a program, whoever
   * was shown its keys.
   */
  async alike(tx: Tx, a: { readonly id: string }): Promise<string[]> {
    const ids = new Set([a.id, ...(await issuersOf(tx, a.id))]);
    // What is added meanwhile is visited too.
    for (const id of ids) {
      const user = await userOf(tx, { person: id, names: [] });
      if (user?.person != null) ids.add(user.person);
      for (const name of [...(await namesOf(tx, id)), ...(user === null ? [] : [user.name])]) for (const other of await personsNamed(tx, name)) ids.add(other);
    }
    return [...ids];
  },
  unsettled: async (tx: Tx, a: { readonly limit: number }): Promise<UserRow[]> => tx.all<UserRow & Bare>(statements.unsettled, a.limit),
  /** what ought not to be: sessions used beyond their limit, sessions of people who left, leavers nobody has seen to */
  async lapses(tx: Tx, a: { readonly from: number; readonly wholeMs: number; readonly before: number }): Promise<{ readonly beyond: number; readonly ofLeavers: number; readonly leaversOpen: number }> {
    return { beyond: await counted(tx, statements.beyond, a.from, a.wholeMs), ofLeavers: await counted(tx, statements.ofLeavers), leaversOpen: await counted(tx, statements.leaversOpen, a.before) };
  },
  console: async (tx: Tx, a: { readonly id: string }): Promise<{ readonly kid: string; readonly sealed: Uint8Array } | null> => (await tx.get<{ readonly kid: string; readonly sealed: Uint8Array } & Bare>(statements.console, a.id)) ?? null,
  async user(tx: Tx, a: { readonly id: string } | { readonly name: string } | { readonly person: string }): Promise<UserRow | null> {
    const row = 'id' in a ? tx.get<UserRow & Bare>(statements.userById, a.id) : 'name' in a ? tx.get<UserRow & Bare>(statements.userByName, a.name) : tx.get<UserRow & Bare>(statements.userByPerson, a.person);
    return (await row) ?? null;
  },
  users: async (tx: Tx, a: { readonly skip: number; readonly limit: number }): Promise<{ readonly total: number; readonly rows: UserRow[] }> => ({ total: await counted(tx, statements.countUsers), rows: await tx.all<UserRow & Bare>(statements.users, a.limit, a.skip) }),
  async group(tx: Tx, a: { readonly id: string } | { readonly name: string } | { readonly external: string }): Promise<(GroupRow & { readonly members: string[] }) | null> {
    const row = await ('id' in a ? tx.get<GroupRow & Bare>(statements.groupById, a.id) : 'name' in a ? tx.get<GroupRow & Bare>(statements.groupByName, a.name) : tx.get<GroupRow & Bare>(statements.groupByExternal, a.external));
    return row ? { ...row, members: (await tx.all<{ user_id: string }>(statements.members, row.id)).map((m) => m.user_id) } : null;
  },
  /** more than one with the same address is nobody's list */
  listed: async (tx: Tx, a: { readonly address: string }): Promise<string[]> => (await tx.all<GroupRow & Bare>(statements.groupByAddress, a.address)).map((row) => row.id),
  groups: async (tx: Tx, a: { readonly skip: number; readonly limit: number }): Promise<{ readonly total: number; readonly rows: GroupRow[] }> => ({ total: await counted(tx, statements.countGroups), rows: await tx.all<GroupRow & Bare>(statements.groups, a.limit, a.skip) }),
};
