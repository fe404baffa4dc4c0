/**
 * Mails of our own, and those among them that go to recipients: one-time codes, what was changed in their name. None carries PHI: no subject, no
 * address, no name of a recipient. They wait in the queue sealed under the message's evidence key. What authors hear is `news.ts`.
 */
import { domainOf } from '../../../shared/draft/address.ts';
import type { Address } from '../../../shared/draft/draft.ts';
import type { Floor } from '../../deliver/deliver.ts';
import { decode, encode } from '../../handoff/content.ts';
import { newId, timeOf } from '../../identity.ts';
import type { NewItem } from '../../queue/queue.sql.ts';
import { tokenOf } from '../../pickup/pickup.ts';
import { AHEAD } from '../../queue/queue.ts';
import type { DataKey } from '../../vault/vault.ts';
import { WORDS as WORDS_OF, type Language, type Words } from '../../words/words.ts';
import type { House } from '../house.ts';
import type { OwnNews } from './news.ts';

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
  /** how long its code lives at least: one that is later is not sent */
  readonly minutes: number;
}

/** The notice of a copy, to be made anew when it goes: it is not kept, because it holds the link. */
export interface OwnNotice {
  readonly to: Address;
  readonly notice: string;
}

/** what staff record for a recipient */
export type Recorded = Exclude<keyof Words['recorded'], 'doubt'>;

type Own = OwnMail | OwnText | OwnNotice | OwnNews;

/** Text messages are one destination of the queue; no mail domain has such a name. */
const TEXTS = 'text-messages';

/** A short code lives this long, a long one at least. */
const CODE_MINUTES = { short: 10, long: 70 } as const;
const minutesOf = (code: string): number => CODE_MINUTES[code.length > 6 ? 'long' : 'short'];

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

export interface About {
  readonly message: string;
  readonly evidence: DataKey;
  readonly to: Address;
}

/** Mail about no message: what staff recorded for a recipient. In the message's stead stands an id of its own, whose month's key seals the mail and its events. */
export async function aboutWish(house: Pick<House, 'vault' | 'world'>, to: Address): Promise<About> {
  const now = house.world.now();
  return { message: newId('wsh', { ...house.world, now: () => now }), evidence: await house.vault.monthly(now), to };
}
/** null: it is about a message */
export const wishKey = async ({ vault }: Pick<House, 'vault'>, message: string): Promise<DataKey | null> => (message.startsWith('wsh_') ? vault.monthly(timeOf(message)) : null);

/** Staff recorded something for them that they may not know of: their mailbox hears of it. */
export function recordedMail(house: House, about: About, what: Recorded, language: Language): NewItem {
  const { changed, recorded } = WORDS_OF[language];
  const { name, phone } = house.organisation;
  return sealMail(house, about.message, about.evidence, {
    to: about.to, floor: 'any', headers: { 'Content-Language': language }, subject: changed.subject(name), text: `${recorded[what](name)}\n\n${recorded.doubt(name, phone === '' ? null : phone)}\n`,
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
    text: `${w.mail(code, minutesOf(code))}\n\n${[house.organisation.name, house.organisation.phone].filter((s) => s !== '').join(', ')}\n`,
  }, AHEAD.code);
}

export function codeText(house: House, about: Omit<About, 'to'> & { readonly phone: string; readonly copy: string }, code: string, language: Language): NewItem {
  return sealMail(house, about.message, about.evidence, { phone: about.phone, copy: about.copy, minutes: minutesOf(code), text: WORDS_OF[language].code.text(code, minutesOf(code), house.organisation.name) }, AHEAD.code);
}

/** The link proposes the recipient's language; it is no secret, and an unknown link may carry it too. */
export function linkOf(house: Pick<House, 'portalUrl'>, content: DataKey, item: string, language?: Language): string {
  return `${house.portalUrl}/m/${tokenOf(content, item)}${language === undefined ? '' : `?in=${language}`}`;
}
