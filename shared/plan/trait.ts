/**
 * What a recipient is besides an address: ours, a partner, a consumer mailbox, somebody new, somebody who only looks like who was meant.
 * Pure, ES2016 library only; each side says what it knows (the service alone knows who was written to before). Hints, never proof.
 */
import { domainOf, normalAddress, within } from '../draft/address.ts';
import type { Address, Recipient } from '../draft/draft.ts';
import { quotedLines } from '../draft/history.ts';
import type { Trait } from './policy.ts';

/** Mailboxes that belong to a person rather than an organisation. */
const CONSUMER_DOMAINS: readonly string[] = [
  'gmail.com', 'googlemail.com', 'yahoo.com', 'ymail.com', 'rocketmail.com', 'hotmail.com', 'outlook.com', 'live.com', 'msn.com', 'aol.com', 'icloud.com', 'me.com', 'mac.com', 'proton.me', 'protonmail.com', 'pm.me',
  'gmx.com', 'gmx.net', 'mail.com', 'fastmail.com', 'comcast.net', 'verizon.net', 'att.net', 'sbcglobal.net', 'bellsouth.net', 'cox.net', 'charter.net', 'earthlink.net', 'zoho.com', 'tutanota.com', 'hey.com',
];

interface Surroundings {
  readonly own: readonly string[];
  readonly partners?: readonly string[] | undefined;
  readonly consumers?: readonly string[] | undefined;
  /** author and colleagues, whose private mailboxes are looked for */
  readonly people?: readonly Address[];
  /** names the text begins by greeting, lower case */
  readonly greeted?: readonly string[];
  /** addresses in the thread that is answered; empty or absent: no thread, or none to be seen */
  readonly thread?: readonly string[];
}

function isConsumer(domain: string, more: readonly string[] = []): boolean {
  return CONSUMER_DOMAINS.indexOf(domain) >= 0 || more.some((d) => within(domain, d));
}

/** One list per recipient, in order. */
export function traitsOf(recipients: readonly Recipient[], around: Surroundings): Trait[][] {
  const partners = around.partners || [];
  const inside = (address: string) => around.own.some((d) => d !== '' && within(domainOf(address), d));
  const greeted = around.greeted || [];
  // Where a name that is greeted fits anybody at all, nobody is unlike it.
  const meant = greeted.length === 0 || recipients.some((r) => wordsOf(r).some((w) => greeted.indexOf(w) >= 0));
  const thread = (around.thread || []).map(normalAddress);
  return recipients.map((r) => {
    const domain = domainOf(r.address);
    if (inside(r.address)) return ['internal'];
    const traits: Trait[] = ['external'];
    const consumer = isConsumer(domain, around.consumers);
    const partner = partners.some((d) => within(domain, d));
    if (consumer) traits.push('consumer');
    if (partner) traits.push('partner');
    if (!consumer && !partner && looksLike(domain, [...around.own, ...partners, ...CONSUMER_DOMAINS]) !== null) traits.push('look-alike');
    if (consumer && (around.people || []).some((p) => samePerson(p, r))) traits.push('personal');
    if (thread.length > 0 && !thread.some((a) => a === normalAddress(r.address) || !isConsumer(domainOf(a)) && domainOf(a) === domain)) traits.push('unlike-thread');
    if (!meant && r.role === 'to') traits.push('unlike-salutation');
    return traits;
  });
}

/** The known domain that this one looks like without being it; null when it looks like none. */
export function looksLike(domain: string, known: readonly string[]): string | null {
  if (known.some((k) => within(domain, k))) return null;
  const folded = fold(domain);
  for (const k of known) {
    if (k.length < 5 || Math.abs(k.length - domain.length) > 2) continue;
    const other = fold(k);
    if (folded === other) return k;
    // A short name has too many honest neighbours.
    if (headOf(k).length >= 5 && headOf(domain) !== headOf(k) && distance(domain, k) === 1) return k;
    if (headOf(k).length >= 5 && transposed(domain, k)) return k;
  }
  return null;
}

const headOf = (domain: string): string => domain.slice(0, domain.indexOf('.'));
const SAME: { readonly [c: string]: string } = { '0': 'o', '1': 'l', '3': 'e', '5': 's', 'i': 'l', 'а': 'a', 'е': 'e', 'о': 'o', 'р': 'p', 'с': 'c', 'у': 'y', 'х': 'x', 'і': 'l' };

/** What the eye takes for the same (UTS #39, the part that mail domains are forged with). */
function fold(domain: string): string {
  let text = domain.normalize('NFKD').replace(/[\u0300-\u036f]/g, '').replace(/rn/g, 'm').replace(/vv/g, 'w').replace(/cl/g, 'd').replace(/-/g, '');
  text = text.split('').map((c) => SAME[c] || c).join('');
  return text;
}

/** 0: the same; 1: one letter more, less or other; beyond that too much rather than exact, for nobody asks. */
function distance(a: string, b: string): number {
  let i = 0;
  while (i < a.length && i < b.length && a.charAt(i) === b.charAt(i)) i += 1;
  let j = 0;
  while (j < a.length - i && j < b.length - i && a.charAt(a.length - 1 - j) === b.charAt(b.length - 1 - j)) j += 1;
  return Math.max(a.length, b.length) - i - j;
}

function transposed(a: string, b: string): boolean {
  if (a.length !== b.length) return false;
  let i = 0;
  while (i < a.length && a.charAt(i) === b.charAt(i)) i += 1;
  return i < a.length - 1 && a.charAt(i) === b.charAt(i + 1) && a.charAt(i + 1) === b.charAt(i) && a.slice(i + 2) === b.slice(i + 2);
}

function wordsOf({ address, name }: Address): string[] {
  return `${name || ''} ${address.slice(0, address.lastIndexOf('@'))}`.toLowerCase().split(/[^a-z\u00c0-\uffff]+/).filter((w) => w.length > 2);
}

function samePerson(a: Address, b: Address): boolean {
  const [one, other] = [wordsOf(a), wordsOf(b)];
  const shared = one.filter((w, i) => one.indexOf(w) === i && other.indexOf(w) >= 0);
  return shared.length >= 2;
}

type MessageHint = 'many-visible' | 'reply-all' | 'many-consumers';
const MANY = 10;
const MANY_CONSUMERS = 5;

/** What is worth a look about the recipients together. */
export function hintsOf(recipients: readonly { readonly role: string; readonly traits: readonly Trait[]; /** of a list: nobody sees their address */ readonly memberOf?: string | undefined }[], answering: boolean): MessageHint[] {
  const visible = recipients.filter((r) => r.role !== 'bcc' && r.memberOf === undefined);
  const outside = visible.filter((r) => r.traits.indexOf('external') >= 0);
  const hints: MessageHint[] = [];
  if (outside.length > 0 && visible.length > MANY) hints.push('many-visible');
  if (answering && outside.length > 0 && visible.length - outside.length >= 2) hints.push('reply-all');
  if (outside.filter((r) => r.traits.indexOf('consumer') >= 0).length > MANY_CONSUMERS) hints.push('many-consumers');
  return hints;
}

const GREETING = /^\s*(?:dear|hi|hello|hey|good (?:morning|afternoon|evening))\s+([^\n,:!]{2,60})[,:!\n]/i;
const TITLES = ['all', 'team', 'everyone', 'everybody', 'colleagues', 'colleague', 'both', 'there', 'sir', 'madam', 'sirs', 'doctor', 'dr', 'mr', 'mrs', 'ms', 'prof', 'professor', 'and', 'or', 'nurse', 'folks', 'patient', 'customer', 'friend', 'friends', 'mom', 'dad'];

/** Names a text begins by greeting, lower case; empty where it greets nobody by name. */
export function greetedIn(text: string): string[] {
  const found = GREETING.exec(text);
  if (!found || found[1] === undefined) return [];
  const words = found[1].toLowerCase().split(/[^a-z\u00c0-\uffff]+/).filter((w) => w.length > 1);
  // "Dear team" greets nobody in particular.
  return words.length > 4 ? [] : words.filter((w) => TITLES.indexOf(w) < 0 && w.length > 2);
}

const ADDRESS = /[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+/g;

/** Addresses in what was written before, as far as its heads show them. */
export function threadIn(text: string): string[] {
  const found: string[] = [];
  for (const [start, end] of quotedLines(text)) {
    const seen = text.slice(start, Math.min(end, start + 20_000)).match(ADDRESS) || [];
    for (const address of seen) if (found.indexOf(address.toLowerCase()) < 0) found.push(address.toLowerCase());
  }
  return found;
}
