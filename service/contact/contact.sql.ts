/**
 * Language and sealed mobile number of recipients, found by a keyed hash of the address; how many text messages went out on a day,
 * by a keyed hash of the number. Neither address nor number lies here in clear.
 */
import { note } from '../audit/audit.sql.ts';
import type { PreparedEvent } from '../audit/audit.ts';
import type { Migration, Tx } from '../store/store.ts';

export const migrations: readonly Migration[] = [
  {
    id: 'contact-1',
    ddl: [
      `CREATE TABLE recipient_contact (
        owner TEXT PRIMARY KEY, language TEXT, epoch TEXT NOT NULL, content_key {bytes} NOT NULL, evidence_key {bytes} NOT NULL, phone {bytes}, time {int} NOT NULL)`,
      'CREATE TABLE text_count (day {int} NOT NULL, scope TEXT NOT NULL, sent {int} NOT NULL, PRIMARY KEY (day, scope))',
    ],
  },
];

export const statements = {
  contact: 'SELECT owner, language, epoch, content_key, evidence_key, phone FROM recipient_contact WHERE owner = $1',
  record: `INSERT INTO recipient_contact (owner, language, epoch, content_key, evidence_key, phone, time) VALUES ($1, $2, $3, $4, $5, $6, $7)
    ON CONFLICT (owner) DO UPDATE SET language = excluded.language, epoch = excluded.epoch, content_key = excluded.content_key, evidence_key = excluded.evidence_key, phone = excluded.phone, time = excluded.time`,
  forget: 'DELETE FROM recipient_contact WHERE owner = $1',
  sent: 'SELECT sent FROM text_count WHERE day = $1 AND scope = $2',
  count: 'INSERT INTO text_count (day, scope, sent) VALUES ($1, $2, 1) ON CONFLICT (day, scope) DO UPDATE SET sent = text_count.sent + 1',
  clear: 'DELETE FROM text_count WHERE day < $1',
} as const;

export interface ContactRow {
  readonly owner: string;
  readonly language: string | null;
  readonly epoch: string;
  readonly content_key: Uint8Array;
  readonly evidence_key: Uint8Array;
  readonly phone: Uint8Array | null;
}

export interface Spending {
  /** days since the epoch, UTC */
  readonly day: number;
  /** keyed hash of the number */
  readonly scope: string;
  readonly perNumber: number;
  /** of these, only for copies that had none today: one stolen link, or two, does not use up what others need */
  readonly firsts: number;
  readonly perDay: number;
}

/** A change, for this room's own transaction or one of `route.sql.ts`. */
export interface Recorded { /** what it is a change of, by its key, which no two have; null: nothing was on file */ readonly was: Uint8Array | null; readonly row: ContactRow; readonly what: 'language' | 'phone' | 'noPhone'; readonly now: number; readonly events: readonly PreparedEvent[] }

/** What a further text message could be: none, one, or the last that its copy can be sure of today. `again`: that copy had one today. */
async function left(tx: Tx, { day, scope, perNumber, firsts, perDay }: Spending, again: boolean): Promise<'no' | 'yes' | 'last'> {
  const sent = async (which: string) => (await tx.get<{ sent: number }>(statements.sent, day, which))?.sent ?? 0;
  const [all, own] = [await sent(''), await sent(scope)];
  if (all >= perDay || own >= (again ? perNumber - firsts : perNumber)) return 'no';
  return all + 1 >= perDay || own + 1 >= perNumber - firsts ? 'last' : 'yes';
}

/** Counted unless it is `no`. For the transaction that queues the text message. */
export async function spend(tx: Tx, spending: Spending, again: boolean): ReturnType<typeof left> {
  const may = await left(tx, spending, again);
  if (may !== 'no') for (const which of ['', spending.scope]) await tx.run(statements.count, spending.day, which);
  return may;
}

/** Counts that no cap looks at any more are no fact. */
export const unaudited = ['clear'] as const;

export const writes = {
  /** false: something else is on file by now */
  async record(tx: Tx, { was, row, now, events }: Recorded): Promise<boolean> {
    const { owner, language, epoch, content_key, evidence_key, phone } = row;
    const stands = (await tx.get<ContactRow & Record<string, never>>(statements.contact, owner))?.content_key ?? null;
    if (stands === null || was === null ? stands !== was : Buffer.compare(stands, was) !== 0) return false;
    const changed = language === null && phone === null ? await tx.run(statements.forget, owner) : await tx.run(statements.record, owner, language, epoch, content_key, evidence_key, phone, now);
    if (changed > 0) await note(tx, events);
    return changed > 0;
  },
  async clear(tx: Tx, { before }: { readonly before: number }): Promise<void> {
    await tx.run(statements.clear, before);
  },
};

export const reads = {
  /** for what a page says; `spend` judges */
  async affords(tx: Tx, a: { readonly spending: Spending; readonly again: boolean }): Promise<boolean> {
    return (await left(tx, a.spending, a.again)) !== 'no';
  },
  /** in the order asked; one snapshot for all */
  async contacts(tx: Tx, { owners }: { readonly owners: readonly string[] }): Promise<(ContactRow | null)[]> {
    const found: (ContactRow | null)[] = [];
    for (const owner of owners) found.push((await tx.get<ContactRow & Record<string, never>>(statements.contact, owner)) ?? null);
    return found;
  },
};
