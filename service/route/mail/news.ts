/**
 * What authors hear by mail: the receipt, and what became of copies. No subject, no address, no name of a recipient. Whoever has left reads nothing
 * any more: it goes to whoever covers for them, who is told so.
 */
import { normalAddress } from '../../../shared/draft/address.ts';
import type { Address } from '../../../shared/draft/draft.ts';
import type { Plan } from '../../../shared/plan/plan.ts';
import type { Protection } from '../../../shared/plan/protection.ts';
import { cause } from '../../../shared/track/cause.ts';
import type { NewItem } from '../../queue/queue.sql.ts';
import type { House } from '../house.ts';
import { sealMail, type About, type OwnMail } from './mail.ts';

/** News of copies, written when it goes: until then others of the same message that met the same end join it. */
export interface OwnNews {
  readonly to: Address;
  readonly told: Told;
  /** why, as codes */
  readonly codes: readonly string[];
}

type Told = 'changed' | 'held' | 'failed' | 'unanswered' | 'again';

const WORDS: { readonly [P in Protection]: string } = {
  tls: 'over a proved encrypted connection', smime: 'with S/MIME', pgp: 'with OpenPGP', portal: 'on the secure page', 'plain-by-choice': 'as ordinary mail, by their choice',
};

const headers = (message: string) => ({ 'X-Send-Secure-Id': message });
const time = (ms: number) => `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
const people = (n: number) => `${n} ${n === 1 ? 'recipient' : 'recipients'}`;
const WHERE = 'Open Send Secure in Outlook and choose "Sent securely" to read it, to see where every copy is, or to recall it.';

export function receiptMail(house: House, about: About & { readonly accepted: number; readonly plan: Plan }): NewItem {
  const { recipients, retention, decision, hold } = about.plan;
  const counts = new Map<Protection, number>();
  for (const r of recipients) counts.set(r.protection, (counts.get(r.protection) ?? 0) + 1);
  const lines = [...counts].map(([p, n]) => `- ${people(n)} ${WORDS[p]}`);
  // It is read whenever its author comes to it: a time stays true, "in some minutes" does not.
  const next = decision === 'approve' ? 'and waits for a second person. Until somebody agrees nothing is sent. Then it goes:'
    : hold ? `and goes at ${time(about.accepted + hold * 60_000)}; until then you can take it back:` : 'and is being delivered:';
  return sealMail(house, about.message, about.evidence, {
    to: about.to, floor: 'B', headers: headers(about.message), subject: `${decision === 'approve' ? 'Waits for a second person' : hold ? 'Accepted, not sent yet' : 'Sent securely'}: ${people(recipients.length)}`,
    text: `Your message was accepted at ${time(about.accepted)} ${next}\n${lines.join('\n')}\n\nIt is kept until ${retention.until.slice(0, 10)} (${retention.name}).\n${WHERE}\n\nReceipt ${about.message}\n`,
  });
}

const NEWS: { readonly [T in Told]: { readonly subject: string; readonly one: string; readonly many: (n: number) => string } } = {
  changed: {
    subject: 'A secure message takes another way', one: 'One recipient of your message is reached another way than you were shown, a stronger one.',
    many: (n) => `${n} recipients of your message are reached another way than you were shown, a stronger one.`,
  },
  held: {
    subject: 'A secure message waits for you', one: 'One copy of your message could not be protected as you were shown. It was not sent and waits for you.',
    many: (n) => `${n} copies of your message could not be protected as you were shown. They were not sent and wait for you.`,
  },
  failed: {
    subject: 'A secure message was not delivered', one: 'One recipient of your message could not be reached. The copy was not delivered.',
    many: (n) => `${n} recipients of your message could not be reached. The copies were not delivered.`,
  },
  again: {
    subject: 'A notice sent again did not arrive', one: 'The notice of your message that you asked to have sent again did not reach its recipient.',
    many: (n) => `The notices of your message that you asked to have sent again did not reach ${n} recipients.`,
  },
  unanswered: {
    subject: 'A secure message may not have arrived', one: 'Nobody knows whether one recipient of your message has it. It is not sent again; please ask them.',
    many: (n) => `Nobody knows whether ${n} recipients of your message have it. It is not sent again; please ask them.`,
  },
};

/** What a code says when it is no cause of the channel: how the code for the page reaches them. */
export const SPOKEN = 'spoken';
const SPOKEN_SAYS = 'The way to their mailbox was not proved, so the code for the secure page must not go by mail. Open "Sent securely": it shows the code to tell them by phone.';

export const codesOf = (codes: readonly string[]): string => codes.join('+');

/** A recipient's copy took another way than shown, waits for the author, failed or may have: one mail for all that end so within a short while. */
export function newsToAuthor(house: House, about: About, told: Told, codes: readonly string[]): NewItem {
  const item = sealMail(house, about.message, about.evidence, { to: about.to, told, codes });
  return { ...item, created: item.created + house.gatherMs, joins: `${told}/${codesOf(codes)}` };
}

/** `n`: how many copies it is about by now */
export function newsMail(message: string, news: OwnNews, n: number): OwnMail {
  const { subject, one, many } = NEWS[news.told];
  const why = news.codes.map((code) => (code === SPOKEN ? SPOKEN_SAYS : cause(code))).join(' ');
  return { to: news.to, floor: 'B', headers: headers(message), subject, text: `${n > 1 ? many(n) : one}\nWhy: ${why}\n\n${WHERE}\n\nReceipt ${message}\n` };
}

/** What their side reported of one copy, in its own mail. */
export function noticeToAuthor(house: House, about: About, told: Told, why: string): NewItem {
  return sealMail(house, about.message, about.evidence, {
    to: about.to, floor: 'B', headers: headers(about.message), subject: NEWS[told].subject, text: `${NEWS[told].one}\nWhy: ${why}\n\n${WHERE}\n\nReceipt ${about.message}\n`,
  });
}

/** Nobody has opened one copy so far. */
export function unreadMail(house: House, about: About, hours: number): NewItem {
  return sealMail(house, about.message, about.evidence, {
    to: about.to, floor: 'B', headers: headers(about.message), subject: 'A secure message has not been opened',
    text: `One recipient of your message has not opened it within ${hours} ${hours === 1 ? 'hour' : 'hours'}.\nYou can call them and tell them what the notice looks like, send the notice again, or reach them another way.\n\n${WHERE}\n\nReceipt ${about.message}\n`,
  });
}

/** Whoever cannot open a divided key in their browser asks for the page without one. */
export function ordinaryMail(house: House, about: About): NewItem {
  return sealMail(house, about.message, about.evidence, {
    to: about.to, floor: 'B', headers: headers(about.message), subject: 'A recipient cannot open a secure message',
    text: `One recipient of your message has a browser that cannot open it, because its key is divided. They ask for the ordinary secure page.\nIf you want that, send it to them once more and choose "Ordinary secure page" under "More options". The service keeps no copy that it could send for you.\n\n${WHERE}\n\nReceipt ${about.message}\n`,
  });
}

/** Somebody at another address than the one written to asks to read a copy. */
export function askedMail(house: House, about: About): NewItem {
  return sealMail(house, about.message, about.evidence, {
    to: about.to, floor: 'B', headers: headers(about.message), subject: 'Somebody else asks to read a secure message',
    text: `Somebody with the link of one copy of your message has proved another address than the one you wrote to, and asks to read it.\nNothing was shown to them. Open the message under "Sent securely" to see the address, and to allow or refuse it.\n\n${WHERE}\n\nReceipt ${about.message}\n`,
  });
}

/** Its author has left, and it waits for somebody's word: one mail, although its copies come up one by one. */
export function leftMail(house: House, about: About, until: number): NewItem {
  const item = sealMail(house, about.message, about.evidence, {
    to: about.to, floor: 'B', headers: headers(about.message), subject: 'A secure message of somebody who has left waits',
    text: `What was not sent of a message before its author left waits for your word until ${time(until)}. Without it nothing is sent.\n\nOpen it under Approvals in the console of Send Secure, to read it, to let it go, to end it, or to pass it on to somebody else:\n${house.publicUrl}/console/approvals/${about.message}\n\nReceipt ${about.message}\n`,
  });
  return { ...item, created: item.created + house.gatherMs, joins: 'left' };
}

/** Mail for an author as it is sent today: to whoever covers for them once they have left. What was sent from a shared mailbox is read there. */
export async function readerOf(house: Pick<House, 'gone'>, { author, mailbox }: { readonly author: string; readonly mailbox: string | null }, from: Address, mail: OwnMail): Promise<OwnMail> {
  if (mailbox !== null || normalAddress(mail.to.address) !== normalAddress(from.address)) return mail;
  const cover = await house.gone.cover(author);
  return cover === null ? mail : { ...mail, to: { address: cover }, text: `This is about a message of ${from.name ?? from.address}, who has left; you cover for them.\n\n${mail.text}` };
}
