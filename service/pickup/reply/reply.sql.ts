/** What recipients answered on the secure page: which message each answer became, and the one they have begun, sealed under the content key of what they answer. */
import type { PreparedEvent } from '../../audit/audit.ts';
import { note } from '../../audit/audit.sql.ts';
import type { Migration, Tx } from '../../store/store.ts';

export const migrations: readonly Migration[] = [
  {
    id: 'reply-1',
    ddl: [
      'CREATE TABLE reply (message TEXT PRIMARY KEY, item TEXT NOT NULL, reader TEXT NOT NULL, time {int} NOT NULL)',
      'CREATE INDEX reply_item ON reply (item, reader, time)',
      'CREATE TABLE reply_begun (item TEXT NOT NULL, reader TEXT NOT NULL, sealed {bytes} NOT NULL, PRIMARY KEY (item, reader))',
    ],
  },
  { id: 'reply-2', ddl: ['CREATE TABLE reply_author (owner TEXT NOT NULL, author TEXT NOT NULL, message TEXT NOT NULL, time {int} NOT NULL, PRIMARY KEY (owner, author))'] },
];

export const statements = {
  of: 'SELECT message, time FROM reply WHERE item = $1 AND reader = $2 ORDER BY time LIMIT 100',
  reserve: 'INSERT INTO reply (message, item, reader, time) VALUES ($1, $2, $3, $4) ON CONFLICT (message) DO NOTHING',
  release: 'DELETE FROM reply WHERE message = $1',
  add: 'INSERT INTO reply (message, item, reader, time) VALUES ($1, $2, $3, $4) ON CONFLICT (message) DO NOTHING',
  begun: 'SELECT sealed FROM reply_begun WHERE item = $1 AND reader = $2',
  begin: 'INSERT INTO reply_begun (item, reader, sealed) VALUES ($1, $2, $3) ON CONFLICT (item, reader) DO UPDATE SET sealed = excluded.sealed',
  drop: 'DELETE FROM reply_begun WHERE item = $1 AND reader = $2',
  met: 'INSERT INTO reply_author (owner, author, message, time) VALUES ($1, $2, $3, $4) ON CONFLICT (owner, author) DO UPDATE SET message = excluded.message, time = excluded.time WHERE excluded.time > reply_author.time',
  wrote: 'SELECT message, time FROM reply_author WHERE owner = $1',
} as const;

export const LIMITS = { perDay: 10, day: 86_400_000 } as const;

interface Whose { readonly item: string; readonly reader: string }

export const writes = {
  /** A place among those of the day, under a word of its own until it is a message; the same word has the same place. False: there is none. */
  async reserve(tx: Tx, a: Whose & { readonly place: string; readonly time: number }): Promise<boolean> {
    const today = (await tx.all<{ message: string; time: number }>(statements.of, a.item, a.reader)).filter(({ time }) => time > a.time - LIMITS.day);
    if (today.some(({ message }) => message === a.place)) return true;
    if (today.length >= LIMITS.perDay) return false;
    await tx.run(statements.reserve, a.place, a.item, a.reader, a.time);
    return true;
  },
  /** nothing came of it */
  async release(tx: Tx, a: { readonly place: string }): Promise<void> {
    await tx.run(statements.release, a.place);
  },
  /** answered: what had been begun is gone with it; false: it was before, under the same word */
  async add(tx: Tx, a: Whose & { readonly place: string; readonly message: string; readonly time: number; readonly events: readonly PreparedEvent[] }): Promise<boolean> {
    if ((await tx.run(statements.add, a.message, a.item, a.reader, a.time)) !== 1) return false;
    await tx.run(statements.release, a.place);
    await tx.run(statements.drop, a.item, a.reader);
    await note(tx, a.events);
    return true;
  },
  /** who has written to whom, both by keyed hash: the last message says the name */
  async met(tx: Tx, a: { readonly owner: string; readonly author: string; readonly message: string; readonly time: number }): Promise<void> {
    await tx.run(statements.met, a.owner, a.author, a.message, a.time);
  },
  async begin(tx: Tx, a: Whose & { readonly sealed: Uint8Array | null }): Promise<void> {
    if (a.sealed === null) await tx.run(statements.drop, a.item, a.reader);
    else await tx.run(statements.begin, a.item, a.reader, a.sealed);
  },
};

/** What somebody has begun to write, or is about to send, is nobody's fact yet; that they were written to is told by the message's own events. */
export const unaudited = ['begin', 'met', 'reserve', 'release'];

export const reads = {
  of: (tx: Tx, a: Whose): Promise<{ readonly message: string; readonly time: number }[]> => tx.all<{ message: string; time: number }>(statements.of, a.item, a.reader),
  /** the latest first */
  async wrote(tx: Tx, a: { readonly owner: string }): Promise<{ readonly message: string; readonly time: number }[]> {
    return (await tx.all<{ message: string; time: number }>(statements.wrote, a.owner)).toSorted((x, y) => y.time - x.time).slice(0, 20);
  },
  async begun(tx: Tx, a: Whose): Promise<Uint8Array | null> {
    return (await tx.get<{ sealed: Uint8Array }>(statements.begun, a.item, a.reader))?.sealed ?? null;
  },
};
