/**
 * One row a domain: when it is to be looked at, how long it rests because nobody answered there, whether somebody has paused it. What waits here
 * waits for all that goes to the domain; nothing of a message lies here.
 */
import { note } from '../audit/audit.sql.ts';
import type { PreparedEvent } from '../audit/audit.ts';
import type { Tx } from '../store/store.ts';

/** nobody's domain: its row says whether everything is paused */
const ALL = '*';

export const statements = {
  // DO NOTHING and an UPDATE that matches nothing lock no row: an upsert would serialise all mail to a popular domain.
  destination: `INSERT INTO queue_destination (destination, due, hold_until, failures, idle_since, owner, lease_until) VALUES ($1, $2, 0, 0, 0, '', 0) ON CONFLICT (destination) DO NOTHING`,
  hasten: 'UPDATE queue_destination SET due = $2 WHERE destination = $1 AND due > $2',
  all: `SELECT paused, resumed FROM queue_destination WHERE destination = '${ALL}'`,
  pause: 'UPDATE queue_destination SET paused = $2, resumed = CASE WHEN $2 = 0 THEN $3 ELSE resumed END WHERE destination = $1 AND paused <> $2',
  tryNow: 'UPDATE queue_destination SET hold_until = 0, due = $2 WHERE destination = $1 AND hold_until > $2',
  paused: 'SELECT destination, failures, hold_until, paused FROM queue_destination WHERE paused = 1 ORDER BY destination LIMIT $1',
  troubled: 'SELECT destination, failures, hold_until, paused FROM queue_destination WHERE due > $1 AND hold_until > $1 AND failures > 0 AND paused = 0 ORDER BY due LIMIT $2',
  // `due` too: a destination at rest must not be walked over at every look.
  putOff: 'UPDATE queue_destination SET hold_until = $2, due = $2, failures = failures + 1 WHERE destination = $1',
  failures: 'SELECT failures FROM queue_destination WHERE destination = $1',
  recovered: 'UPDATE queue_destination SET failures = 0, hold_until = 0 WHERE destination = $1 AND failures > 0',
} as const;

interface Troubled { readonly destination: string; readonly failures: number; readonly hold_until: number; readonly paused: number }

/** Something that is there already waits until `at`, no longer. */
export const hasten = (tx: Tx, destination: string, at: number): Promise<number> => tx.run(statements.hasten, destination, at);

/** Something new waits until `at`. */
export async function announce(tx: Tx, destination: string, at: number): Promise<void> {
  await tx.run(statements.destination, destination, at);
  await hasten(tx, destination, at);
}

/** Nobody answered: all of it rests, the longer the more often that was so; `until`: by failures in a row. */
export async function rest(tx: Tx, destination: string, until: readonly number[]): Promise<void> {
  const failures = (await tx.get<{ failures: number }>(statements.failures, destination))?.failures ?? 0;
  await tx.run(statements.putOff, destination, until[Math.min(failures, until.length - 1)] ?? 0);
}

/** It has taken something: it is well. */
export const recovered = (tx: Tx, destination: string): Promise<number> => tx.run(statements.recovered, destination);

/** Whether everything is paused, and when that last ended. */
export async function everything(tx: Tx): Promise<{ readonly paused: number; readonly resumed: number }> {
  return (await tx.get<{ paused: number; resumed: number }>(statements.all)) ?? { paused: 0, resumed: 0 };
}

export const writes = {
  /** null: all of them; false when it was so already */
  pause: async (tx: Tx, a: { destination: string | null; paused: boolean; now: number; events: readonly PreparedEvent[] }): Promise<boolean> => {
    await tx.run(statements.destination, a.destination ?? ALL, a.now);
    if ((await tx.run(statements.pause, a.destination ?? ALL, a.paused ? 1 : 0, a.now)) === 0) return false;
    if (!a.paused && a.destination !== null) await hasten(tx, a.destination, a.now);
    await note(tx, a.events);
    return true;
  },
  /** false when it was not resting */
  tryNow: async (tx: Tx, a: { destination: string; now: number; events: readonly PreparedEvent[] }): Promise<boolean> => {
    if ((await tx.run(statements.tryNow, a.destination, a.now)) === 0) return false;
    await note(tx, a.events);
    return true;
  },
};

export const reads = {
  stopped: async (tx: Tx): Promise<boolean> => (await everything(tx)).paused === 1,
  /** paused by somebody, or resting because nobody answers there */
  troubled: async (tx: Tx, a: { now: number; limit: number }): Promise<Troubled[]> => {
    const paused = await tx.all<Troubled>(statements.paused, a.limit);
    return [...paused.filter((d) => d.destination !== ALL), ...(await tx.all<Troubled>(statements.troubled, a.now, a.limit))].slice(0, a.limit);
  },
};
