/** What several rooms write together: accept, begin, settle, change, recall, shred. Each is one transaction; no fact without its event. */
import type { Protection } from '../../shared/plan/protection.ts';
import { raise, type NewAlert } from '../alert/alert.sql.ts';
import { ask as askApproval, askAgain, decide as decideApproval, lapse, type Asked } from '../approval/approval.sql.ts';
import { note } from '../audit/audit.sql.ts';
import type { PreparedEvent } from '../audit/audit.ts';
import { writes as choice, type Chosen } from '../contact/choice.sql.ts';
import { spend, writes as contact, type Recorded, type Spending } from '../contact/contact.sql.ts';
import { begin as beginDisposal } from '../dispose/dispose.sql.ts';
import { divideMessage, keepMessage, keepWhole, shredMessage } from '../handoff/handoff.sql.ts';
import { keepMeeting, keepVector, meet, type Expected, type Vector } from '../policy/policy.sql.ts';
import { observe, writes as keys, type Added, type Again, type Observation, type Preferred } from '../keys/keys.sql.ts';
import { reads as pages, writes as pickup, type Entry, type NewRow } from '../pickup/pickup.sql.ts';
import { ask, decide, proved, writes as reader, type Standing } from '../pickup/reader/reader.sql.ts';
import { fresh, used, writes as passkey, type Dropped } from '../pickup/passkey/passkey.sql.ts';
import { dropQuestion, keepQuestions, type NewQuestion } from '../pickup/question/question.sql.ts';
import { askOrdinary, dropHalf, forgetLink, keepHalf, type NewHalf } from '../pickup/half/half.sql.ts';
import { approveItems, beginItem, changeItem, leaveItems, refuseItems, insertItems, recallItems, settleItem, takeBack, toldStopped, underWay, type NewItem } from '../queue/queue.sql.ts';
import { assign, release } from '../retain/retain.sql.ts';
import { suppress, type NewSuppression } from '../suppression/suppression.sql.ts';
import type { Migration, Tx } from '../store/store.ts';

export const migrations: readonly Migration[] = [];
export const statements = {} as const;

type Events = readonly PreparedEvent[];
/** What a session with a domain's next hop has just shown, for later plans. */
type Seen = Omit<Observation, 'now'> | null;

/** of what is kept of a recipient, each by the operation of its room */
const CHANGES = { contact: contact.record, choice: choice.choose, way: keys.prefer, key: keys.insert, 'known-key': keys.again, 'stand-in': reader.stand } as const;
interface Changed { readonly contact: Recorded; readonly choice: Chosen; readonly way: Preferred; readonly key: Added; readonly 'known-key': Again; readonly 'stand-in': Standing }
export type Change = { [K in keyof Changed]: { readonly of: K; readonly to: Changed[K] } }[keyof Changed];

/** what carries a code, in the length it turns out to have */
interface Carriers { readonly short: NewItem; readonly long: NewItem }
interface Leased { readonly item: string; readonly lease: string; readonly destination: string; readonly now: number; readonly events: Events }

/** `stopped`: events for when its author took the copy back meanwhile */
interface Stoppable extends Leased { readonly stopped: Events }
/** what was known of a copy when it was taken back */
type Known = 'opened-before' | 'unknown' | 'unopened';

async function observed(tx: Tx, seen: Seen, now: number): Promise<void> {
  if (seen) await observe(tx, { ...seen, now });
}

/** what a try found stays noted; what it would have come to does not happen */
async function takenBack(tx: Tx, a: Stoppable & { readonly observe: Seen }): Promise<boolean> {
  const back = await takeBack(tx, a);
  if (back === null) return false;
  await observed(tx, a.observe, a.now);
  await note(tx, [...a.events, ...back]);
  return true;
}

export const writes = {
  /** an event that is the whole change */
  note: (tx: Tx, a: { events: Events }): Promise<void> => note(tx, a.events),

  /** an event, and the mail that tells of it */
  tell: async (tx: Tx, a: { events: Events; mails: readonly NewItem[] }): Promise<void> => {
    await insertItems(tx, a.mails);
    await note(tx, a.events);
  },

  /** their word about a copy, and the author's news of it */
  noticed: async (tx: Tx, a: { events: Events; mails: readonly NewItem[]; against: NewSuppression | null; returned: string | null; now: number }): Promise<void> => {
    if (a.returned !== null) await pickup.returned(tx, { item: a.returned, now: a.now });
    if (a.mails.length > 0) await insertItems(tx, a.mails);
    if (a.against) await suppress(tx, a.against);
    await note(tx, a.events);
  },

  /** a domain shows less than it has proved: told when that is news, and known to later plans; resolves to whether it was */
  lowered: async (tx: Tx, a: Leased & { observe: Omit<Observation, 'now'> }): Promise<boolean> => {
    if (!(await observe(tx, { ...a.observe, now: a.now }))) return false;
    await note(tx, a.events);
    return true;
  },

  accept: async (tx: Tx, a: Parameters<typeof keepMessage>[1] & {
    items: readonly NewItem[]; retention: { message: string; class: string; until: number; epoch: string }; vector: Vector; approval: Asked | null; pairs: readonly Expected[]; alerts: readonly NewAlert[]; questions: readonly NewQuestion[]; events: Events;
  }): ReturnType<typeof keepMessage> => {
    const kept = await keepMessage(tx, a);
    if (!kept.kept) return kept;
    await insertItems(tx, a.items);
    await keepQuestions(tx, a.questions);
    await assign(tx, a.retention);
    await keepVector(tx, a.vector);
    await keepMeeting(tx, a.pairs, a.message.accepted);
    if (a.approval) await askApproval(tx, a.approval);
    await raise(tx, a.alerts);
    await note(tx, a.events);
    return kept;
  },

  approve: async (tx: Tx, a: { message: string; by: string; now: number; /** when its copies may leave */ goes: number; deadline: number; events: Events }): Promise<boolean> => {
    if (!(await decideApproval(tx, { ...a, to: 'approved' }))) return false;
    await approveItems(tx, a);
    await note(tx, a.events);
    return true;
  },

  /** its author has left: its copies wait for somebody else, each with its event; false when none had to */
  leave: async (tx: Tx, a: { asked: Asked; mine: { item: string; lease: string } | null; copies: { readonly [item: string]: PreparedEvent }; mails: readonly NewItem[]; events: Events }): Promise<boolean> => {
    const left = await leaveItems(tx, { message: a.asked.message, mine: a.mine });
    if (left.length === 0) return false;
    await askAgain(tx, a.asked);
    await insertItems(tx, a.mails);
    await note(tx, [...a.events, ...left.flatMap((item) => (a.copies[item] ? [a.copies[item]] : []))]);
    return true;
  },

  /** a second person said no, or nobody said anything in time */
  refuse: async (tx: Tx, a: { message: string; how: { to: 'denied'; by: string } | { to: 'expired' }; now: number; mails: readonly NewItem[]; events: Events }): Promise<boolean> => {
    if (!(a.how.to === 'denied' ? await decideApproval(tx, { message: a.message, to: 'denied', by: a.how.by, now: a.now }) : await lapse(tx, a))) return false;
    await refuseItems(tx, { message: a.message, code: a.how.to === 'denied' ? 'approval-denied' : 'approval-expired' });
    if (a.mails.length > 0) await insertItems(tx, a.mails);
    await note(tx, a.events);
    return true;
  },

  begin: async (tx: Tx, a: Stoppable & { pickup: NewRow | null; half: NewHalf | null }): Promise<boolean> => {
    const back = await takeBack(tx, a);
    if (back !== null) await note(tx, back);
    if (!(await beginItem(tx, a))) return false;
    // The copy can be opened from the moment its notice may arrive.
    if (a.pickup) await pickup.create(tx, { ...a.pickup, events: [] });
    if (a.half) await keepHalf(tx, a.half);
    await note(tx, a.events);
    return true;
  },

  settle: async (tx: Tx, a: Stoppable & { state: 'relayed' | 'failed' | 'held'; code: string; observe: Seen; ways: string | null; notified: string | null; returned: string | null; mails: readonly NewItem[]; against: NewSuppression | null }): Promise<boolean> => {
    if (a.state === 'held' && (await takenBack(tx, a))) return true;
    if (!(await settleItem(tx, a))) return false;
    if (a.state === 'relayed') await meet(tx, a.item, a.now);
    if (a.notified !== null) {
      await pickup.notified(tx, { item: a.notified, now: a.now });
      await meet(tx, a.notified, a.now);
      await forgetLink(tx, a.notified);
    }
    if (a.returned !== null) await pickup.returned(tx, { item: a.returned, now: a.now });
    if (a.ways !== null) await pickup.allow(tx, { item: a.item, ways: a.ways });
    await observed(tx, a.observe, a.now);
    if (a.mails.length > 0) await insertItems(tx, a.mails);
    if (a.against) await suppress(tx, a.against);
    await note(tx, a.events);
    return true;
  },

  change: async (tx: Tx, a: Stoppable & { protection: Protection; deadline: number; code: string; observe: Seen; mails: readonly NewItem[] }): Promise<boolean> => {
    if (await takenBack(tx, a)) return true;
    if (!(await changeItem(tx, a))) return false;
    await observed(tx, a.observe, a.now);
    if (a.mails.length > 0) await insertItems(tx, a.mails);
    await note(tx, a.events);
    return true;
  },

  /** the content's key is forgotten here, unless a copy may still need it, or none went to the page with half of it */
  divide: async (tx: Tx, a: { message: string; items: readonly string[]; events: Events }): Promise<boolean> => {
    if (await underWay(tx, a.message)) return false;
    if (a.items.length === 0) {
      await keepWhole(tx, a.message);
      return false;
    }
    if (!(await divideMessage(tx, a.message))) return false;
    // One that was never taken over: its half is nobody's.
    for (const item of a.items) await forgetLink(tx, item);
    await note(tx, a.events);
    return true;
  },

  /**
   * What waits or lies on the page is taken back; what is under way is not tried again, and ends with the word of it. What was seen is told as it stands at this moment.
   * `copies`: events by item, for each thing that may be known of it.
   */
  recall: async (tx: Tx, a: { message: string; copies: { readonly [item: string]: { readonly cut: Events; readonly done: { readonly [known in Known]: Events } } }; events: Events }): Promise<{ item: string; known: Known | 'under-way' }[]> => {
    const { items, back, stopped } = await recallItems(tx, a.message);
    const read = new Map((await pages.ofMessage(tx, { message: a.message })).filter((page) => page.purpose === 'read').map((page) => [page.item, page]));
    const done: { item: string; known: Known | 'under-way' }[] = [];
    const noted = [...a.events];
    for (const { id: item, state, started, protection } of items) {
      const closed = read.has(item) && (await pickup.end(tx, { item, state: 'recalled', events: [] }));
      if (closed || stopped.includes(item) || back.includes(item)) await dropQuestion(tx, item);
      if (!closed && !back.includes(item)) {
        if (state === 'leased') done.push({ item, known: 'under-way' });
        continue;
      }
      // A try that was cut off may have arrived; to call such a copy unread would be more than is known. Of a page copy it is the link that did, and that is closed.
      const known = (read.get(item)?.opened ?? null) !== null ? 'opened-before' : started === 1 && protection !== 'portal' ? 'unknown' : 'unopened';
      if (state === 'leased') await toldStopped(tx, item);
      await dropHalf(tx, item);
      done.push({ item, known });
      noted.push(...(started === 1 && state !== 'leased' ? (a.copies[item]?.cut ?? []) : []), ...(a.copies[item]?.done[known] ?? []));
    }
    if (stopped.length > 0 || noted.length > a.events.length) await note(tx, noted);
    return done;
  },

  /** a code was made: what carries it waits in the same transaction; a text message beyond its cap is not made */
  code: async (tx: Tx, a: Parameters<typeof pickup.issue>[1] & { mails: Carriers; spending: Spending | null }): ReturnType<typeof pickup.issue> => {
    const issued = await pickup.issue(tx, a, async (again) => (a.spending === null ? 'yes' : spend(tx, a.spending, again)));
    if (issued === 'short' || issued === 'long') await insertItems(tx, [a.mails[issued]]);
    return issued;
  },

  /** what the addressed person wants, or staff record for them; the word of it, and the mail that tells their mailbox: all of it, or nothing changed and nobody is told */
  prefer: async (tx: Tx, { change: { of, to }, mails, events }: { change: Change; mails: readonly NewItem[]; events: Events }): Promise<boolean> => {
    if (!(await (CHANGES[of] as (tx: Tx, to: Change['to']) => Promise<boolean>)(tx, to))) return false;
    if (mails.length > 0) await insertItems(tx, mails);
    await note(tx, events);
    return true;
  },

  /** staff have a recipient begin anew */
  reset: async (tx: Tx, a: Parameters<typeof passkey.drop>[1] & { mail: NewItem }): Promise<Dropped> => {
    const gone = await passkey.drop(tx, a);
    if (gone.passkeys + gone.sessions > 0) await insertItems(tx, [a.mail]);
    return gone;
  },

  /** the ordinary page is asked for, once a copy however often it is tapped */
  ordinary: async (tx: Tx, a: { item: string; mail: NewItem; events: Events }): Promise<boolean> => {
    if (!(await askOrdinary(tx, a.item))) return false;
    await insertItems(tx, [a.mail]);
    await note(tx, a.events);
    return true;
  },

  /** another address asks: its code and the mail that carries it, or neither */
  askReader: async (tx: Tx, a: Parameters<typeof ask>[1] & { mails: Carriers }): ReturnType<typeof ask> => {
    const issued = await ask(tx, a);
    if (issued === 'short' || issued === 'long') await insertItems(tx, [a.mails[issued]]);
    return issued;
  },

  /** a typed code that may be another address's: in, waiting for the author (who is told once), or none of them. Events by reader */
  enterReader: async (tx: Tx, a: Parameters<typeof pickup.enterOther>[1] & { entry: Entry; entered: { readonly [reader: string]: Events }; asked: { readonly [reader: string]: Events }; mail: NewItem }): Promise<'entered' | 'asked' | 'wrong' | 'locked'> => {
    const judged = await pickup.enterOther(tx, a);
    if (judged.reader === null) return judged.kind;
    if (judged.reader === '') return 'entered';
    const { reader } = judged;
    const known = await proved(tx, reader);
    if (known?.state === 'allowed') return (await pickup.admit(tx, { ...a.entry, reader, events: a.entered[reader] ?? [] })) ? 'entered' : 'wrong';
    if (known === null) return 'wrong';
    await note(tx, a.asked[reader] ?? []);
    if (known.first) await insertItems(tx, [a.mail]);
    return 'asked';
  },

  decideReader: async (tx: Tx, a: { id: string; item: string; state: 'allowed' | 'refused'; mail: NewItem | null; events: Events }): Promise<boolean> => {
    if (!(await decide(tx, a))) return false;
    if (a.state === 'refused') await pickup.shut(tx, { item: a.item, reader: a.id });
    if (a.mail) await insertItems(tx, [a.mail]);
    await note(tx, a.events);
    return true;
  },

  /** a passkey lets somebody in: its challenge is spent, its counter kept, the session begun, or none of it */
  enterByPasskey: async (tx: Tx, a: { entry: Entry; passkey: { id: string; counter: number }; spending: { challenge: string; until: number }; events: Events }): Promise<boolean> => {
    if (!(await fresh(tx, a.passkey.id, a.spending)) || !(await pickup.admit(tx, { ...a.entry, events: a.events }))) return false;
    await used(tx, a.passkey, a.spending);
    return true;
  },

  /** a provider's word lets somebody in */
  enterBySignIn: (tx: Tx, a: { entry: Entry; events: Events }): Promise<boolean> => pickup.admit(tx, { ...a.entry, events: a.events }),

  /** the notice goes out again */
  resend: async (tx: Tx, a: Parameters<typeof pickup.resend>[1] & { mail: NewItem }): ReturnType<typeof pickup.resend> => {
    const resent = await pickup.resend(tx, a);
    if (resent === 'resent') await insertItems(tx, [a.mail]);
    return resent;
  },

  unread: async (tx: Tx, a: Parameters<typeof pickup.tell>[1] & { mail: NewItem }): Promise<boolean> => {
    if (!(await pickup.tell(tx, a))) return false;
    await insertItems(tx, [a.mail]);
    return true;
  },

  shred: async (tx: Tx, a: { message: string; now: number; portal: readonly string[]; events: Events }): Promise<boolean> => {
    if (!(await release(tx, a))) return false;
    await shredMessage(tx, a.message);
    await beginDisposal(tx, a);
    for (const item of a.portal) {
      await pickup.end(tx, { item, state: 'expired', events: [] });
      await dropHalf(tx, item);
      await dropQuestion(tx, item);
    }
    await note(tx, a.events);
    return true;
  },
};

export const reads = {};
