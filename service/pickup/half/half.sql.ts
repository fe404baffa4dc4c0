/**
 * Divided keys of page copies: the half that goes with the link, until the notice was taken over and never after; the half that is released to
 * a verified session; and the message's key that only both together open. Each is sealed, and ends with the message's own key.
 */
import type { Migration, Tx } from '../../store/store.ts';

export const migrations: readonly Migration[] = [
  { id: 'half-1', ddl: ['CREATE TABLE pickup_half (item TEXT PRIMARY KEY, link {bytes}, kept {bytes} NOT NULL, wrapped {bytes} NOT NULL)'] },
  { id: 'half-2', ddl: ['ALTER TABLE pickup_half ADD COLUMN asked {int} NOT NULL DEFAULT 0'] },
];

export const statements = {
  insert: 'INSERT INTO pickup_half (item, link, kept, wrapped) VALUES ($1, $2, $3, $4) ON CONFLICT (item) DO NOTHING',
  byItem: 'SELECT item, link, kept, wrapped FROM pickup_half WHERE item = $1',
  forget: 'UPDATE pickup_half SET link = NULL WHERE item = $1 AND link IS NOT NULL',
  ask: 'UPDATE pickup_half SET asked = 1 WHERE item = $1 AND asked = 0',
  drop: 'DELETE FROM pickup_half WHERE item = $1',
} as const;

interface HalfRow {
  readonly item: string;
  /** null: it is in the recipient's mailbox alone */
  readonly link: Uint8Array | null;
  readonly kept: Uint8Array;
  readonly wrapped: Uint8Array;
}
export type NewHalf = HalfRow & { readonly link: Uint8Array };

/** For `route/route.sql.ts`, in the transaction before the notice is dialled: a try that is repeated sends the same link. */
export async function keepHalf(tx: Tx, a: NewHalf): Promise<void> {
  await tx.run(statements.insert, a.item, a.link, a.kept, a.wrapped);
}

/** … and when the notice was taken over; the delivery's own event tells of it. */
export async function forgetLink(tx: Tx, item: string): Promise<void> {
  await tx.run(statements.forget, item);
}

/** True once: whoever cannot open it asks its author for the ordinary page. */
export async function askOrdinary(tx: Tx, item: string): Promise<boolean> {
  return (await tx.run(statements.ask, item)) === 1;
}

/** Taken back or disposed of: neither half is here. */
export async function dropHalf(tx: Tx, item: string): Promise<void> {
  await tx.run(statements.drop, item);
}

export const writes = {};

export const reads = {
  of: async (tx: Tx, a: { readonly item: string }): Promise<HalfRow | null> => (await tx.get<HalfRow>(statements.byItem, a.item)) ?? null,
};
