/**
 * Codes that were sent, each with the browser that asked for it. A browser's wrong tries are counted on its own code, so that nobody who holds the link alone can
 * end a code that somebody else has; and a code is refused only while one that was sent before opens from any browser. Both together: no stranger keeps anybody out.
 * Codes and browsers lie here as hashes. Never sends anything, never lets anybody in.
 */
import type { Migration, Tx } from '../../store/store.ts';

export const migrations: readonly Migration[] = [
  {
    id: 'code-1',
    ddl: [
      `CREATE TABLE pickup_code (item TEXT NOT NULL, hash TEXT NOT NULL, reader TEXT NOT NULL, browser TEXT NOT NULL, long {int} NOT NULL,
        asked {int} NOT NULL, until {int} NOT NULL, tries {int} NOT NULL, PRIMARY KEY (item, hash))`,
      'CREATE INDEX pickup_code_until ON pickup_code (until)',
    ],
  },
];

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
export const CODES = {
  life: 10 * MINUTE,
  /** wrong ones of one browser, for each code it asked for */
  tries: 5,
  /** short ones that may be good at a time; the next is long */
  alive: 3,
  /** a long one has twelve digits: nobody guesses it, so it needs no tries and opens from any browser. Until it is so old there is no other */
  longApart: 60 * MINUTE,
  longLife: 70 * MINUTE,
  /** short ones by mail, of a copy; beyond them long ones */
  mailsPerDay: 10,
  /** a text message costs money and rings: so many and no more, the last is long and good until the day is over; and not two for one double tap */
  textsPerDay: 5,
  textsApart: 30_000,
} as const;

export const statements = {
  insert: 'INSERT INTO pickup_code (item, hash, reader, browser, long, asked, until, tries) VALUES ($1, $2, $3, $4, $5, $6, $7, 0) ON CONFLICT (item, hash) DO NOTHING',
  ofItem: 'SELECT hash, reader, browser, long, asked, until, tries FROM pickup_code WHERE item = $1 ORDER BY item, hash',
  count: 'UPDATE pickup_code SET tries = $3 WHERE item = $1 AND hash = $2',
  drop: 'DELETE FROM pickup_code WHERE item = $1 AND reader = $2',
  dropAll: 'DELETE FROM pickup_code WHERE item = $1',
  forget: 'DELETE FROM pickup_code WHERE until <= $1',
} as const;

interface CodeRow {
  readonly hash: string;
  /** id of another address that may read; empty: the addressed person */
  readonly reader: string;
  readonly browser: string; readonly long: number; readonly asked: number; readonly until: number; readonly tries: number;
  readonly [column: string]: string | number;
}

/** A code in both lengths, of which the transaction takes one. */
export interface NewCode {
  readonly item: string; readonly reader: string; readonly browser: string;
  readonly hash: string; readonly long: string;
  readonly now: number;
}
export type Sent = 'short' | 'long' | 'too-many';
/** What one more text message may cost: nothing, or what it costs, or that and no second one of this copy today. */
export type Afford = (again: boolean) => Promise<'no' | 'yes' | 'last'>;

const of = async (tx: Tx, item: string, now: number): Promise<CodeRow[]> => (await tx.all<CodeRow>(statements.ofItem, item)).filter((c) => c.until > now).toSorted((a, b) => b.asked - a.asked);

/** Whether a further text would be refused for this copy's own sake, and whether one that was sent opens from any browser. For what a page says, never for judging. */
export async function textsOf(tx: Tx, a: { readonly item: string; readonly now: number; readonly sent: number }): Promise<{ readonly full: boolean; readonly good: boolean; readonly again: boolean }> {
  const long = (await of(tx, a.item, a.now)).filter((c) => c.reader === '' && c.long === 1);
  return { full: a.sent >= CODES.textsPerDay || long.some((c) => c.asked > a.now - CODES.longApart), good: long.length > 0, again: a.sent > 0 };
}

/** In the transaction that queues what carries it. `sent`: today so far. `most`: and no more; without it, long ones beyond `mailsPerDay`. */
export async function keepCode(tx: Tx, a: NewCode, { sent, most, apart, afford }: { readonly sent: number; readonly most?: number; readonly apart?: number; readonly afford?: Afford | undefined }): Promise<Sent> {
  const alive = (await of(tx, a.item, a.now)).filter((c) => c.reader === a.reader);
  const [latest] = alive;
  if (alive.some((c) => c.long === 1 && c.asked > a.now - CODES.longApart) || (most !== undefined && sent >= most)) return 'too-many';
  const soon = latest !== undefined && apart !== undefined && latest.asked > a.now - apart;
  if (soon && latest.browser === a.browser) return 'too-many';
  const cost = (await afford?.(sent > 0)) ?? 'yes';
  if (cost === 'no') return 'too-many';
  const last = cost === 'last' || sent + 1 >= (most ?? CODES.mailsPerDay);
  const long = last || soon || alive.filter((c) => c.long === 0).length >= CODES.alive;
  const until = !long ? a.now + CODES.life : last && most !== undefined ? (Math.floor(a.now / DAY) + 1) * DAY + CODES.longLife : a.now + CODES.longLife;
  await tx.run(statements.insert, a.item, long ? a.long : a.hash, a.reader, a.browser, long ? 1 : 0, a.now, until);
  return long ? 'long' : 'short';
}

/**
 * One typed code. `given`: its hashes, one for every address it may have been sent to. `own`: whether this browser has codes of its own to try it on, and then
 * what was wrong is counted on each of them; else it is the caller's to judge whether `reader` counts, and to count. `spent`: that was the last try.
 */
export async function tryCode(tx: Tx, a: { readonly item: string; readonly given: readonly string[]; readonly browser: string; readonly now: number }):
Promise<{ readonly own: boolean; readonly reader: string | null; readonly spent: boolean }> {
  const alive = await of(tx, a.item, a.now);
  const match = alive.find((c) => a.given.includes(c.hash));
  if (match?.long === 1) return { own: true, reader: match.reader, spent: false };
  const own = alive.filter((c) => c.browser === a.browser && c.tries < CODES.tries);
  if (own.length === 0) return { own: false, reader: match?.reader ?? null, spent: false };
  if (match !== undefined && own.some((c) => c.reader === match.reader)) return { own: true, reader: match.reader, spent: false };
  // On all of them: codes asked for under other addresses bring no more tries at this one.
  for (const c of own) await tx.run(statements.count, a.item, c.hash, c.tries + 1);
  return { own: true, reader: null, spent: own.every((c) => c.tries + 1 >= CODES.tries) };
}

/** Somebody was let in by one of them. */
export async function useCodes(tx: Tx, item: string, reader: string): Promise<void> {
  await tx.run(statements.drop, item, reader);
}

/** Taken back, over, or asked for another way. */
export async function dropCodes(tx: Tx, item: string): Promise<void> {
  await tx.run(statements.dropAll, item);
}

export async function forgetCodes(tx: Tx, now: number): Promise<void> {
  await tx.run(statements.forget, now);
}

export const writes = {};
export const reads = {};
