/**
 * Mails of our own: the author's receipt, the one-time code, what became of a copy. None carries PHI: no subject, no address, no name of a
 * recipient. They wait in the queue sealed under the message's evidence key.
 */
import { cause } from '../../shared/track/cause.ts';
import { domainOf } from '../../shared/draft/address.ts';
import type { Address } from '../../shared/draft/draft.ts';
import type { Plan } from '../../shared/plan/plan.ts';
import type { Protection } from '../../shared/plan/protection.ts';
import type { Floor } from '../deliver/deliver.ts';
import { decode, encode } from '../handoff/content.ts';
import { newId } from '../identity.ts';
import type { NewItem } from '../queue/queue.sql.ts';
import { tokenOf } from '../pickup/pickup.ts';
import { AHEAD } from '../queue/queue.ts';
import type { DataKey } from '../vault/vault.ts';
import { WORDS as WORDS_OF, type Language } from '../words/words.ts';
import type { House } from './house.ts';

export interface OwnMail {
  readonly to: Address;
  readonly subject: string;
  readonly text: string;
  readonly headers: { readonly [name: string]: string };
  /** a code travels only where the hop is proved; the rest says nothing worth reading */
  readonly floor: Floor;
}

/** A one-time code on its way to a phone; `copy` is the item it opens. */
export interface OwnText {
  readonly phone: string;
  readonly text: string;
  readonly copy: string;
}

/** The notice of a copy, to be made anew when it goes: it is not kept, because it holds the link. */
export interface OwnNotice {
  readonly to: Address;
  readonly notice: string;
}

/** News of copies, written when it goes: until then others of the same message that met the same end join it. */
export interface OwnNews {
  readonly to: Address;
  readonly told: Told;
  /** why, as codes */
  readonly codes: readonly string[];
}

type Told = 'changed' | 'held' | 'failed' | 'unanswered' | 'again';
type Own = OwnMail | OwnText | OwnNotice | OwnNews;

/** Text messages are one destination of the queue; no mail domain has such a name. */
const TEXTS = 'text-messages';

/** A code lives this long; a text message that is late by more is not sent. */
export const CODE_MINUTES = 10;

const mailAad = (item: string) => `mail/${item}`;

export function sealMail(house: Pick<House, 'vault' | 'world' | 'fallbackMs'>, message: string, evidence: DataKey, mail: Own, ahead = 0): NewItem {
  const id = newId('item', house.world);
  const now = house.world.now();
  return {
    id, message, n: -1, destination: 'phone' in mail ? TEXTS : domainOf(mail.to.address), kind: 'mail', protection: 'tls', otherwise: null, planned: 'tls', created: now, deadline: now + house.fallbackMs, ahead,
    sealed: house.vault.seal(evidence, mailAad(id), encode(mail)),
  };
}

export function openMail(house: Pick<House, 'vault'>, item: string, evidence: DataKey, sealed: Uint8Array): Own {
  return decode<Own>(house.vault.open(evidence, mailAad(item), sealed));
}

const WORDS: { readonly [P in Protection]: string } = {
  tls: 'over a proved encrypted connection', smime: 'with S/MIME', pgp: 'with OpenPGP', portal: 'on the secure page', 'plain-by-choice': 'as ordinary mail, by their choice',
};

interface About {
  readonly message: string;
  readonly evidence: DataKey;
  readonly to: Address;
}

const headers = (message: string) => ({ 'X-Send-Secure-Id': message });
const time = (ms: number) => `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
const WHERE = 'Open Send Secure in Outlook and choose "Sent securely" to read it, to see where every copy is, or to recall it.';

export function receiptMail(house: House, about: About & { readonly accepted: number; readonly plan: Plan }): NewItem {
  const counts = new Map<Protection, number>();
  for (const r of about.plan.recipients) counts.set(r.protection, (counts.get(r.protection) ?? 0) + 1);
  const lines = [...counts].map(([p, n]) => `- ${n} ${n === 1 ? 'recipient' : 'recipients'} ${WORDS[p]}`);
  return sealMail(house, about.message, about.evidence, {
    to: about.to, floor: 'B', headers: headers(about.message), subject: `Sent securely: ${about.plan.recipients.length} ${about.plan.recipients.length === 1 ? 'recipient' : 'recipients'}`,
    text: `Your message was accepted at ${time(about.accepted)} ${about.plan.decision === 'approve' ? 'and waits for a second person. Until somebody agrees nothing is sent. Then it goes:' : about.plan.hold ? `and goes in ${about.plan.hold} minutes; until then you can take it back:` : 'and is being delivered:'}\n${lines.join('\n')}\n\nIt is kept until ${about.plan.retention.until.slice(0, 10)} (${about.plan.retention.name}).\n${WHERE}\n\nReceipt ${about.message}\n`,
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
    text: `One recipient of your message has not opened it within ${hours} hours.\nYou can call them and tell them what the notice looks like, send the notice again, or reach them another way.\n\n${WHERE}\n\nReceipt ${about.message}\n`,
  });
}

/** Somebody at another address than the one written to asks to read a copy. */
export function askedMail(house: House, about: About): NewItem {
  return sealMail(house, about.message, about.evidence, {
    to: about.to, floor: 'B', headers: headers(about.message), subject: 'Somebody else asks to read a secure message',
    text: `Somebody with the link of one copy of your message has proved another address than the one you wrote to, and asks to read it.\nNothing was shown to them. Open the message under "Sent securely" to see the address, and to allow or refuse it.\n\n${WHERE}\n\nReceipt ${about.message}\n`,
  });
}

/** The author has allowed another address: the link they hold opens now. */
export function allowedMail(house: House, about: About, language: Language): NewItem {
  const w = WORDS_OF[language].allowed;
  return sealMail(house, about.message, about.evidence, {
    to: about.to, floor: 'any', headers: { 'Content-Language': language }, subject: w.subject(house.organisation.name),
    text: `${w.text(house.organisation.name)}\n\n${[house.organisation.name, house.organisation.phone].filter((s) => s !== '').join(', ')}\n`,
  });
}

/** Something of theirs that could be turned against them was changed on the secure page: their mailbox hears of it. */
export function changedMail(house: House, about: About, what: 'phone' | 'key' | 'plain', language: Language): NewItem {
  const w = WORDS_OF[language].changed;
  return sealMail(house, about.message, about.evidence, {
    to: about.to, floor: 'any', headers: { 'Content-Language': language }, subject: w.subject(house.organisation.name),
    text: `${w[what]}\n\n${w.doubt(house.organisation.name, house.organisation.phone === '' ? null : house.organisation.phone)}\n`,
  });
}

export function codeMail(house: House, about: About, code: string, language: Language): NewItem {
  const w = WORDS_OF[language].code;
  return sealMail(house, about.message, about.evidence, {
    to: about.to, floor: 'B', headers: { 'Content-Language': language }, subject: w.subject(house.organisation.name),
    text: `${w.mail(code, CODE_MINUTES)}\n\n${[house.organisation.name, house.organisation.phone].filter((s) => s !== '').join(', ')}\n`,
  }, AHEAD.code);
}

export function codeText(house: House, about: Omit<About, 'to'> & { readonly phone: string; readonly copy: string }, code: string, language: Language): NewItem {
  return sealMail(house, about.message, about.evidence, { phone: about.phone, copy: about.copy, text: WORDS_OF[language].code.text(code, CODE_MINUTES, house.organisation.name) }, AHEAD.code);
}

/** The link proposes the recipient's language; it is no secret, and an unknown link may carry it too. */
export function linkOf(house: Pick<House, 'portalUrl'>, content: DataKey, item: string, language?: Language): string {
  return `${house.portalUrl}/m/${tokenOf(content, item)}${language === undefined ? '' : `?in=${language}`}`;
}
