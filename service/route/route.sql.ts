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
import { keepVector, meet, type Vector } from '../policy/policy.sql.ts';
import { observe, writes as keys, type Added, type Again, type Observation, type Preferred } from '../keys/keys.sql.ts';
import { writes as pickup, type Entry, type NewRow } from '../pickup/pickup.sql.ts';
import { ask, decide, matching, missed, proved, type ReaderRow } from '../pickup/reader/reader.sql.ts';
import { fresh, used } from '../pickup/passkey/passkey.sql.ts';
import { dropQuestion, keepQuestions, type NewQuestion } from '../pickup/question/question.sql.ts';
import { dropHalf, forgetLink, keepHalf, type NewHalf } from '../pickup/half/half.sql.ts';
import { approveItems, beginItem, changeItem, leaveItems, refuseItems, insertItems, recallItems, settleItem, underWay, type NewItem } from '../queue/queue.sql.ts';
import { assign, release } from '../retain/retain.sql.ts';
import { suppress, type NewSuppression } from '../suppression/suppression.sql.ts';
import type { Migration, Tx } from '../store/store.ts';

export const migrations: readonly Migration[] = [];
export const statements = {} as const;

type Events = readonly PreparedEvent[];
/** What a session with a domain's next hop has just shown, for later plans. */
type Seen = Omit<Observation, 'now'> | null;

/** of what a recipient prefers */
export type Change = { readonly of: 'contact'; readonly to: Recorded } | { readonly of: 'choice'; readonly to: Chosen } | { readonly of: 'way'; readonly to: Preferred } | { readonly of: 'key'; readonly to: Added } | { readonly of: 'known-key'; readonly to: Again };

interface Leased { readonly item: string; readonly lease: string; readonly destination: string; readonly now: number; readonly events: Events }

async function observed(tx: Tx, seen: Seen, now: number): Promise<void> {
  if (seen) await observe(tx, { ...seen, now });
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
    items: readonly NewItem[]; retention: { message: string; class: string; until: number; epoch: string }; vector: Vector; approval: Asked | null; pairs: readonly string[]; alerts: readonly NewAlert[]; questions: readonly NewQuestion[]; events: Events;
  }): ReturnType<typeof keepMessage> => {
    const kept = await keepMessage(tx, a);
    if (!kept.kept) return kept;
    await insertItems(tx, a.items);
    await keepQuestions(tx, a.questions);
    await assign(tx, a.retention);
    await keepVector(tx, a.vector);
    await meet(tx, a.pairs, a.message.accepted);
    if (a.approval) await askApproval(tx, a.approval);
    await raise(tx, a.alerts);
    await note(tx, a.events);
    return kept;
  },

  approve: async (tx: Tx, a: { message: string; by: string; now: number; deadline: number; events: Events }): Promise<boolean> => {
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

  begin: async (tx: Tx, a: Leased & { pickup: NewRow | null; half: NewHalf | null }): Promise<boolean> => {
    if (!(await beginItem(tx, a))) return false;
    // The copy can be opened from the moment its notice may arrive.
    if (a.pickup) await pickup.create(tx, { ...a.pickup, events: [] });
    if (a.half) await keepHalf(tx, a.half);
    await note(tx, a.events);
    return true;
  },

  settle: async (tx: Tx, a: Leased & { state: 'relayed' | 'failed' | 'held'; code: string; observe: Seen; ways: string | null; notified: string | null; returned: string | null; mails: readonly NewItem[]; against: NewSuppression | null }): Promise<boolean> => {
    if (!(await settleItem(tx, a))) return false;
    if (a.notified !== null) {
      await pickup.notified(tx, { item: a.notified, now: a.now });
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

  change: async (tx: Tx, a: Leased & { protection: Protection; deadline: number; code: string; observe: Seen; mails: readonly NewItem[] }): Promise<boolean> => {
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

  /** `copies`: events by item, for those that can still be taken back or closed; what is not, is not noted */
  recall: async (tx: Tx, a: { message: string; copies: { readonly [item: string]: Events }; portal: readonly string[]; events: Events }): Promise<string[]> => {
    const back = (await recallItems(tx, a.message)).map((row) => row.id);
    for (const item of a.portal) if (await pickup.end(tx, { item, state: 'recalled', events: [] }) && !back.includes(item)) back.push(item);
    if (back.length === 0) return [];
    for (const item of back) {
      await dropHalf(tx, item);
      await dropQuestion(tx, item);
    }
    await note(tx, [...a.events, ...back.flatMap((item) => a.copies[item] ?? [])]);
    return back;
  },

  /** a code was made: what carries it waits in the same transaction; a text message beyond its cap is not made */
  code: async (tx: Tx, a: Parameters<typeof pickup.issue>[1] & { mail: NewItem; spending: Spending | null }): ReturnType<typeof pickup.issue> => {
    const issued = await pickup.issue(tx, a, async () => a.spending === null || spend(tx, a.spending));
    if (issued === 'issued') await insertItems(tx, [a.mail]);
    return issued;
  },

  /** what the addressed person wants, the word of it, and the mail that tells their mailbox: all of it, or nothing changed and nobody is told */
  prefer: async (tx: Tx, a: { change: Change; mails: readonly NewItem[]; events: Events }): Promise<boolean> => {
    const { change } = a;
    const changed = change.of === 'contact' ? contact.record(tx, change.to) : change.of === 'choice' ? choice.choose(tx, change.to) : change.of === 'key' ? keys.insert(tx, change.to) : change.of === 'known-key' ? keys.again(tx, change.to) : keys.prefer(tx, change.to);
    if (!(await changed)) return false;
    if (a.mails.length > 0) await insertItems(tx, a.mails);
    await note(tx, a.events);
    return true;
  },

  /** another address asks: its code and the mail that carries it, or neither */
  askReader: async (tx: Tx, a: Parameters<typeof ask>[1] & { mail: NewItem }): ReturnType<typeof ask> => {
    const issued = await ask(tx, a);
    if (issued === 'issued') await insertItems(tx, [a.mail]);
    return issued;
  },

  /** a typed code that may be another address's: in, waiting for the author (who is told once), or none of them */
  enterReader: async (tx: Tx, a: Parameters<typeof matching>[1] & { entry: Entry; entered: Events; asked: Events; mail: NewItem; wrong: Events }): Promise<'entered' | 'asked' | 'wrong'> => {
    const row = await matching(tx, a);
    if (row === null) {
      await missed(tx, a);
      await note(tx, a.wrong);
      return 'wrong';
    }
    const first = row.state === 'new';
    const state: ReaderRow['state'] = await proved(tx, row);
    if (state === 'allowed') return (await pickup.admit(tx, { ...a.entry, reader: row.id, events: a.entered })) ? 'entered' : 'wrong';
    await note(tx, a.asked);
    if (first) await insertItems(tx, [a.mail]);
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
