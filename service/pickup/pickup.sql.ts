/**
 * Portal copies waiting for their recipients, and the sessions that may read one. Tokens, codes and sessions lie here as hashes only.
 * Every guess is counted in the transaction that judges it, so that ten thousand at once are still five: in the browser that asked for a code on that code
 * alone (`code/`); anywhere else on the copy, which then takes no more of them for a while.
 */
import { timingSafeEqual } from 'node:crypto';
import type { PreparedEvent } from '../audit/audit.ts';
import { note } from '../audit/audit.sql.ts';
import { CODES, dropCodes, forgetCodes, keepCode, textsOf, tryCode, useCodes, type Afford, type Sent } from './code/code.sql.ts';
import { answerOf, countWrong } from './question/question.sql.ts';
import { asksAnswer } from './ways.ts';
import type { Tx } from '../store/store.ts';
import type { Admitted, Asking, Entry, Guess, Judged, NewRow, Row } from './pickup.ddl.ts';

export { migrations, type Asking, type Entry, type Guess, type NewRow, type Row } from './pickup.ddl.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
export const LIMITS = {
  /** guesses at a spoken code or an answer, and of browsers that asked for no code */
  tries: 5,
  /** doubles with every lock in a row */
  lock: MINUTE,
  lockAtMost: 60 * MINUTE,
  resendsPerDay: 5,
  idle: 10 * MINUTE,
  session: 12 * 60 * MINUTE,
} as const;

const COLUMNS = 'item, token, message, n, ways, state, expires, spoken, spoken_long, tries, locks, locked_until, code_day, codes, opened, purpose';

export const statements = {
  insert: `INSERT INTO pickup (${COLUMNS}) VALUES ($1, $2, $3, $4, $5, 'open', $6, $7, $8, 0, 0, 0, 0, 0, NULL, $9) ON CONFLICT (item) DO NOTHING`,
  /** a copy that was to be answered here and is now to be read here too: what it was entered by is asked anew */
  replaced: "DELETE FROM pickup WHERE item = $1 AND purpose = 'answer'",
  byToken: `SELECT ${COLUMNS}, strong, notified, visited FROM pickup WHERE token = $1`,
  byItem: `SELECT ${COLUMNS}, strong, notified, visited FROM pickup WHERE item = $1`,
  ofMessage: `SELECT ${COLUMNS}, strong, notified, visited FROM pickup WHERE message = $1`,
  due: "SELECT item, message, n, purpose FROM pickup WHERE state = 'open' AND expires <= $1 ORDER BY expires LIMIT $2",
  issued: 'UPDATE pickup SET code_day = $2, codes = $3 WHERE item = $1',
  guess: 'UPDATE pickup SET tries = $2, locks = $3, locked_until = $4 WHERE item = $1',
  open: 'UPDATE pickup SET opened = $2 WHERE item = $1 AND opened IS NULL',
  end: "UPDATE pickup SET state = $2 WHERE item = $1 AND state = 'open'",
  allow: "UPDATE pickup SET ways = $2 WHERE item = $1 AND state = 'open' AND strong = 0",
  stronger: "UPDATE pickup SET ways = $2, strong = 1 WHERE item = $1 AND state = 'open' AND (ways <> $2 OR strong = 0)",
  renew: "UPDATE pickup SET token = $2, spoken = $3, spoken_long = $5, ways = $4 WHERE item = $1 AND state = 'open'",
  notified: 'UPDATE pickup SET notified = $2, told = NULL WHERE item = $1',
  returned: 'UPDATE pickup SET told = $2 WHERE item = $1 AND told IS NULL',
  visit: "UPDATE pickup SET visited = $3 WHERE item = $1 AND visited = $2 AND state = 'open' AND opened IS NULL",
  extend: "UPDATE pickup SET expires = $2, state = 'open' WHERE item = $1 AND state <> 'recalled' AND expires < $2",
  resends: 'SELECT state, expires, resend_day, resends FROM pickup WHERE item = $1',
  resend: 'UPDATE pickup SET resend_day = $2, resends = $3 WHERE item = $1',
  unread: "SELECT item, message, n FROM pickup WHERE state = 'open' AND opened IS NULL AND told IS NULL AND notified <= $1 ORDER BY notified LIMIT $2",
  tell: "UPDATE pickup SET told = $2 WHERE item = $1 AND state = 'open' AND opened IS NULL AND told IS NULL",
  addSession: 'INSERT INTO pickup_session (hash, item, began, seen, way, reader, owner) VALUES ($1, $2, $3, $3, $4, $5, $6)',
  session: 'SELECT item, began, seen, way, reader FROM pickup_session WHERE hash = $1',
  touch: 'UPDATE pickup_session SET seen = $2 WHERE hash = $1 AND seen < $2',
  endSession: 'DELETE FROM pickup_session WHERE hash = $1',
  endSessions: 'DELETE FROM pickup_session WHERE item = $1',
  endReader: 'DELETE FROM pickup_session WHERE item = $1 AND reader = $2',
  forget: 'DELETE FROM pickup_session WHERE seen < $1',
} as const;

type Events = readonly PreparedEvent[];
async function letIn(tx: Tx, row: Row, a: Admitted): Promise<void> {
  await tx.run(statements.guess, row.item, 0, 0, 0);
  if (a.way !== 'shared-question') {
    await countWrong(tx, row.item, 0);
    await useCodes(tx, row.item, '');
    // The day's last text is used up with the rest: who was let in by one may ask anew. A stranger never is, and every number has a cap of its own.
    if (a.way === 'sms-code') await tx.run(statements.issued, row.item, row.code_day, 0);
  }
  await tx.run(statements.addSession, a.session, row.item, a.now, a.way, '', a.owner);
  await note(tx, a.events);
}

export const writes = {
  async create(tx: Tx, r: NewRow & { readonly events: Events }): Promise<boolean> {
    if (r.purpose === 'read' && (await tx.run(statements.replaced, r.item)) === 1) {
      await tx.run(statements.endSessions, r.item);
      await dropCodes(tx, r.item);
    }
    const made = (await tx.run(statements.insert, r.item, r.token, r.message, r.n, r.ways, r.expires, r.spoken, r.spoken_long, r.purpose)) === 1;
    if (made) await note(tx, r.events);
    return made;
  },

  /** `afford` is asked last, when nothing else speaks against it */
  async issue(tx: Tx, a: Asking & { readonly events: Events }, afford?: Afford): Promise<Sent | 'unknown' | 'ended' | 'other-way'> {
    const row = await tx.get<Row>(statements.byToken, a.token);
    if (row === undefined) return 'unknown';
    if (row.state !== 'open' || row.expires <= a.now) return 'ended';
    if (!row.ways.split(' ').includes(a.way)) return 'other-way';
    const today = Math.floor(a.now / DAY);
    const sent = row.code_day === today ? row.codes : 0;
    const kept = await keepCode(tx, { ...a, item: row.item, reader: '' }, { sent, afford, ...(a.way === 'sms-code' ? { most: CODES.textsPerDay, apart: CODES.textsApart } : {}) });
    if (kept === 'too-many') return kept;
    await tx.run(statements.issued, row.item, today, sent + 1);
    await note(tx, a.events);
    return kept;
  },

  async enter(tx: Tx, a: Guess): Promise<Judged> {
    const row = await tx.get<Row>(statements.byToken, a.token);
    if (row === undefined) return { kind: 'unknown' };
    const of = { item: row.item, message: row.message };
    if (row.state !== 'open' || row.expires <= a.now) return { kind: 'ended', ...of };
    const answered = a.way === 'shared-question';
    const allowed = row.ways.split(' ').includes(a.way);
    const spoken = a.way === 'spoken-code';
    const tried = answered || spoken || !allowed ? null : await tryCode(tx, { item: row.item, given: [a.hash], browser: a.browser, now: a.now });
    // Nobody guesses sixteen digits: they open during a lock too.
    const sure = tried?.own ? tried.reader !== null : spoken && allowed && same(row.spoken_long, a.hash);
    if (tried?.own && !sure) return { kind: await missed(tx, tried.spent ? 'locked' : 'wrong', a.events), ...of };
    if (!sure && row.locked_until > a.now) return { kind: 'locked', ...of };
    // Once it is closed an answer is one wrong try, and no lock by itself.
    const question = answered && asksAnswer({ ...row, ways: row.ways.split(' ') }) ? await answerOf(tx, row.item) : null;
    if (sure || (tried !== null && tried.reader !== null) || (spoken && allowed && same(row.spoken, a.hash)) || (question !== null && same(question.answer, a.hash))) {
      await letIn(tx, row, { ...a, events: a.events.entered });
      return { kind: 'entered', ...of };
    }
    // A code that lets somebody in brings tries anew, one that is asked for none: who has the link alone may ask for many.
    const answers = question === null ? 0 : question.wrong + 1;
    if (question !== null) await countWrong(tx, row.item, answers);
    return { kind: await missed(tx, await stray(tx, row, answers, a.now), a.events), ...of };
  },

  /** a code that was sent to another address, or to the addressed person after all: they are let in. Right: what it means for another reader is the caller's */
  async enterOther(tx: Tx, a: { readonly item: string; readonly given: readonly string[]; readonly browser: string; readonly now: number; readonly addressed: Omit<Admitted, 'now'>; readonly wrong: Events; readonly locked: Events }): Promise<{ readonly reader: string } | { readonly reader: null; readonly kind: 'wrong' | 'locked' }> {
    const row = await tx.get<Row>(statements.byItem, a.item);
    if (row === undefined || row.state !== 'open' || row.expires <= a.now) return { reader: null, kind: 'wrong' };
    const { own, reader, spent } = await tryCode(tx, a);
    const shut = !own && row.locked_until > a.now;
    if (reader === '' && !shut) await letIn(tx, row, { ...a.addressed, now: a.now });
    if (reader !== null && !shut) return { reader };
    return { reader: null, kind: shut ? 'locked' : await missed(tx, own ? (spent ? 'locked' : 'wrong') : await stray(tx, row, 0, a.now), a) };
  },

  /** let in by other means than a code of this table, which the caller's transaction has judged for these `ways` */
  async admit(tx: Tx, a: Entry & { readonly events: Events }): Promise<boolean> {
    const row = await tx.get<Row>(statements.byItem, a.item);
    if (row === undefined || row.state !== 'open' || row.expires <= a.now || row.ways !== a.ways) return false;
    await tx.run(statements.addSession, a.session, a.item, a.now, a.way, a.reader, a.reader === '' ? a.owner : '');
    await note(tx, a.events);
    return true;
  },

  async opened(tx: Tx, a: { readonly item: string; readonly now: number; readonly events: Events }): Promise<boolean> {
    const first = (await tx.run(statements.open, a.item, a.now)) === 1;
    if (first) await note(tx, a.events);
    return first;
  },

  /** a reader who is allowed no more; the decision's own event tells of it */
  async shut(tx: Tx, a: { readonly item: string; readonly reader: string }): Promise<void> {
    await tx.run(statements.endReader, a.item, a.reader);
  },

  /** recalled or expired: no code and no way in; a session stays only to say why it ended */
  async end(tx: Tx, a: { readonly item: string; readonly state: 'recalled' | 'expired'; readonly events: Events }): Promise<boolean> {
    const ended = (await tx.run(statements.end, a.item, a.state)) === 1;
    if (ended) {
      await dropCodes(tx, a.item);
      await note(tx, a.events);
    }
    return ended;
  },

  /** more ways, once the notice's hop has shown what it is worth; the delivery's own event tells of it */
  async allow(tx: Tx, a: { readonly item: string; readonly ways: string }): Promise<void> {
    await tx.run(statements.allow, a.item, a.ways);
  },

  /** its author asks for more than these ways gave: weaker ones are gone for good, and who came by one must enter again */
  async stronger(tx: Tx, a: { readonly item: string; readonly ways: string; readonly events: Events }): Promise<boolean> {
    if ((await tx.run(statements.stronger, a.item, a.ways)) !== 1) return false;
    await tx.run(statements.endSessions, a.item);
    await dropCodes(tx, a.item);
    await note(tx, a.events);
    return true;
  },

  /** the first visit of its kind to a link that nobody has opened so far */
  async visit(tx: Tx, a: { readonly item: string; readonly before: number; readonly after: number; readonly events: Events }): Promise<boolean> {
    const first = (await tx.run(statements.visit, a.item, a.before, a.after)) === 1;
    if (first) await note(tx, a.events);
    return first;
  },

  /** the notice was taken over by the recipient's mail server, for the first time or once more: the wait for a reader begins */
  async notified(tx: Tx, a: { readonly item: string; readonly now: number }): Promise<void> {
    await tx.run(statements.notified, a.item, a.now);
  },

  /** the notice came back, and its author hears of that: that nobody reads it need not be told too */
  async returned(tx: Tx, a: { readonly item: string; readonly now: number }): Promise<void> {
    await tx.run(statements.returned, a.item, a.now);
  },

  /** later than it was, or nothing; what ran out may be read again, what was recalled may not */
  async extend(tx: Tx, a: { readonly item: string; readonly expires: number; readonly events: Events }): Promise<boolean> {
    const extended = (await tx.run(statements.extend, a.item, a.expires)) === 1;
    if (extended) await note(tx, a.events);
    return extended;
  },

  async resend(tx: Tx, a: { readonly item: string; readonly now: number; readonly events: Events }): Promise<'resent' | 'ended' | 'too-many'> {
    const row = await tx.get<{ state: string; expires: number; resend_day: number; resends: number }>(statements.resends, a.item);
    if (row === undefined || row.state !== 'open' || row.expires <= a.now) return 'ended';
    const today = Math.floor(a.now / DAY);
    const resends = row.resend_day === today ? row.resends : 0;
    if (resends >= LIMITS.resendsPerDay) return 'too-many';
    await tx.run(statements.resend, a.item, today, resends + 1);
    await note(tx, a.events);
    return 'resent';
  },

  /** its author is told, once a notice, that nobody has opened it */
  async tell(tx: Tx, a: { readonly item: string; readonly now: number; readonly events: Events }): Promise<boolean> {
    const told = (await tx.run(statements.tell, a.item, a.now)) === 1;
    if (told) await note(tx, a.events);
    return told;
  },

  /** another generation of link and spoken code, or other ways; who was reading must enter again */
  async renew(tx: Tx, a: { readonly item: string; readonly token: string; readonly spoken: string; readonly spoken_long: string; readonly ways: string; readonly events: Events }): Promise<boolean> {
    if ((await tx.run(statements.renew, a.item, a.token, a.spoken, a.ways, a.spoken_long)) !== 1) return false;
    await dropCodes(tx, a.item);
    await tx.run(statements.endSessions, a.item);
    await note(tx, a.events);
    return true;
  },

  async touch(tx: Tx, a: { readonly hash: string; readonly now: number }): Promise<void> {
    await tx.run(statements.touch, a.hash, a.now);
  },

  async leave(tx: Tx, a: { readonly hash: string; readonly events: Events }): Promise<boolean> {
    const left = (await tx.run(statements.endSession, a.hash)) === 1;
    if (left) await note(tx, a.events);
    return left;
  },

  /** sessions nobody has used for as long as any may last */
  async forget(tx: Tx, a: { readonly now: number }): Promise<void> {
    await tx.run(statements.forget, a.now - LIMITS.session);
    await forgetCodes(tx, a.now);
  },
};

/** They change no fact, or one that the caller's event tells: a session's last use, and sessions that had already ended. */
export const unaudited = ['touch', 'forget', 'allow', 'notified', 'returned', 'shut'];

export const reads = {
  find: async (tx: Tx, a: { readonly token: string }): Promise<Row | null> => (await tx.get<Row>(statements.byToken, a.token)) ?? null,
  byItem: async (tx: Tx, a: { readonly item: string }): Promise<Row | null> => (await tx.get<Row>(statements.byItem, a.item)) ?? null,
  ofMessage: (tx: Tx, a: { readonly message: string }): Promise<Row[]> => tx.all<Row>(statements.ofMessage, a.message),
  async session(tx: Tx, a: { readonly hash: string }): Promise<{ readonly began: number; readonly seen: number; readonly way: string; readonly reader: string; readonly row: Row } | null> {
    const session = await tx.get<{ item: string; began: number; seen: number; way: string; reader: string }>(statements.session, a.hash);
    if (session === undefined) return null;
    const row = await tx.get<Row>(statements.byItem, session.item);
    return row === undefined ? null : { ...session, row };
  },
  /** what text messages of this copy are still good for today */
  async texts(tx: Tx, a: { readonly item: string; readonly now: number }): ReturnType<typeof textsOf> {
    const row = await tx.get<Row>(statements.byItem, a.item);
    return textsOf(tx, { ...a, sent: row?.code_day === Math.floor(a.now / DAY) ? row.codes : 0 });
  },
  async unread(tx: Tx, a: { readonly before: number; readonly limit: number }): Promise<{ readonly item: string; readonly message: string; readonly n: number }[]> {
    return tx.all(statements.unread, a.before, a.limit);
  },
  async due(tx: Tx, a: { readonly now: number; readonly limit: number }): Promise<(Pick<Row, 'item' | 'message' | 'n' | 'purpose'> & Record<string, never>)[]> {
    return tx.all(statements.due, a.now, a.limit);
  },
};

/** A wrong guess that is nobody's own: `locked` when it was the last for now. Locks in a row grow; a day of rest makes the next one short again. None is for ever. */
async function stray(tx: Tx, row: Row, answers: number, now: number): Promise<'wrong' | 'locked'> {
  const tries = row.tries + 1;
  if (Math.max(tries, answers) < LIMITS.tries) {
    await tx.run(statements.guess, row.item, tries, row.locks, row.locked_until);
    return 'wrong';
  }
  const locks = row.locked_until > now - DAY ? row.locks : 0;
  await tx.run(statements.guess, row.item, 0, locks + 1, now + Math.min(LIMITS.lockAtMost, LIMITS.lock * 2 ** Math.min(locks, 10)));
  return 'locked';
}

async function missed(tx: Tx, kind: 'wrong' | 'locked', events: Pick<Guess['events'], 'wrong' | 'locked'>): Promise<'wrong' | 'locked'> {
  await note(tx, events[kind]);
  return kind;
}

function same(a: string, b: string): boolean {
  const x = Buffer.from(a);
  const y = Buffer.from(b);
  return x.length === y.length && x.length > 0 && timingSafeEqual(x, y);
}
