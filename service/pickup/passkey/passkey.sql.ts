/**
 * Passkeys that recipients keep on their devices: public keys under a keyed hash of the address, with the way each was enrolled by.
 * A challenge counts once: that it was used lies here for as long as it could be used again.
 */
import type { PreparedEvent } from '../../audit/audit.ts';
import { note } from '../../audit/audit.sql.ts';
import type { Migration, Tx } from '../../store/store.ts';
import { statements as sessions } from '../pickup.sql.ts';

export const migrations: readonly Migration[] = [
  {
    id: 'passkey-1',
    ddl: [
      'CREATE TABLE passkey (id TEXT PRIMARY KEY, owner TEXT NOT NULL, public_key {bytes} NOT NULL, counter {int} NOT NULL, enrolled TEXT NOT NULL, kept {int} NOT NULL)',
      'CREATE INDEX passkey_owner ON passkey (owner)',
      'CREATE TABLE passkey_spent (challenge TEXT PRIMARY KEY, until {int} NOT NULL)',
      'CREATE INDEX passkey_spent_until ON passkey_spent (until)',
    ],
  },
];

export const statements = {
  byId: 'SELECT id, owner, public_key, counter, enrolled FROM passkey WHERE id = $1',
  ofOwner: 'SELECT id, owner, public_key, counter, enrolled FROM passkey WHERE owner = $1',
  insert: 'INSERT INTO passkey (id, owner, public_key, counter, enrolled, kept) VALUES ($1, $2, $3, $4, $5, $6)',
  count: 'UPDATE passkey SET counter = $2 WHERE id = $1',
  dropOne: 'DELETE FROM passkey WHERE id = $1 AND owner = $2',
  sessions: 'SELECT hash, way FROM pickup_session WHERE owner = $1',
  /** what they read beside others, of whom a session names no owner */
  beside: 'SELECT s.hash, s.way FROM reader r JOIN pickup_session s ON s.item = r.item AND s.reader = r.id WHERE r.owner = $1',
  spent: 'SELECT until FROM passkey_spent WHERE challenge = $1',
  spend: 'INSERT INTO passkey_spent (challenge, until) VALUES ($1, $2)',
  forget: 'DELETE FROM passkey_spent WHERE until < $1',
} as const;

/** Devices of one person. */
export const AT_MOST = 10;

export interface PasskeyRow {
  readonly id: string; readonly owner: string; readonly public_key: Uint8Array; readonly counter: number;
  /** the way the session was entered in which it was kept */
  readonly enrolled: string;
}
type Events = readonly PreparedEvent[];
/** `enrolled`: by which ways at most, null: all; `here`: the session that asks, which stays; events for when there was something to end, and when there was nothing */
export interface Drop { readonly owner: string; readonly enrolled: readonly string[] | null; readonly here: string | null; readonly events: { readonly done: Events; readonly nothing: Events } }
/** How many there were. */
export interface Dropped { readonly passkeys: number; readonly sessions: number }
interface Spending { readonly challenge: string; readonly until: number }

/** For a transaction that lets somebody in, asked before it writes: the challenge is fresh and the passkey was not taken away meanwhile. */
export async function fresh(tx: Tx, id: string, { challenge }: Spending): Promise<boolean> {
  return (await tx.get(statements.spent, challenge)) === undefined && (await tx.get(statements.byId, id)) !== undefined;
}

/** The counter the authenticator showed (WebAuthn §6.1.1), and the challenge that counts no more. */
export async function used(tx: Tx, { id, counter }: { readonly id: string; readonly counter: number }, { challenge, until }: Spending): Promise<void> {
  await tx.run(statements.spend, challenge, until);
  await tx.run(statements.count, id, counter);
}

export const writes = {
  async keep(tx: Tx, a: PasskeyRow & { /** hash of the session that keeps it */ readonly session: string; readonly spending: Spending; readonly now: number; readonly events: Events }): Promise<'kept' | 'spent' | 'too-many'> {
    // Signed out everywhere meanwhile: what was taken back comes back by nothing that was under way.
    if ((await tx.get(sessions.session, a.session)) === undefined) return 'spent';
    if ((await tx.all(statements.ofOwner, a.owner)).length >= AT_MOST) return 'too-many';
    if ((await tx.get(statements.spent, a.spending.challenge)) !== undefined || (await tx.get(statements.byId, a.id)) !== undefined) return 'spent';
    await tx.run(statements.insert, a.id, a.owner, a.public_key, a.counter, a.enrolled, a.now);
    await tx.run(statements.spend, a.spending.challenge, a.spending.until);
    await note(tx, a.events);
    return 'kept';
  },

  /** a person's that were enrolled by one of these ways, or all; and with them whatever the person opened so on any device but in `here`, the session that asks */
  async drop(tx: Tx, a: Drop): Promise<Dropped> {
    const counts = (way: string): boolean => a.enrolled === null || a.enrolled.includes(way.replace(/^passkey\//, ''));
    let [passkeys, ended] = [0, 0];
    for (const { id, enrolled } of await tx.all<PasskeyRow>(statements.ofOwner, a.owner)) if (counts(enrolled)) passkeys += await tx.run(statements.dropOne, id, a.owner);
    for (const theirs of [statements.sessions, statements.beside]) {
      for (const { hash, way } of await tx.all<{ hash: string; way: string }>(theirs, a.owner)) if (hash !== a.here && counts(way)) ended += await tx.run(sessions.endSession, hash);
    }
    await note(tx, passkeys + ended > 0 ? a.events.done : a.events.nothing);
    return { passkeys, sessions: ended };
  },

  async forget(tx: Tx, a: { readonly now: number }): Promise<void> {
    await tx.run(statements.forget, a.now);
  },
};

/** Challenges that are too old to be used again. */
export const unaudited = ['forget'];

export const reads = {
  async byId(tx: Tx, a: { readonly id: string }): Promise<PasskeyRow | null> {
    return (await tx.get<PasskeyRow>(statements.byId, a.id)) ?? null;
  },
  async ofOwner(tx: Tx, a: { readonly owner: string }): Promise<PasskeyRow[]> {
    return tx.all<PasskeyRow>(statements.ofOwner, a.owner);
  },
};
