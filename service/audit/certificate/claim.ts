/**
 * What entries of the log prove of one message, and what not. Pure: whoever verifies a certificate draws the same conclusions from the
 * same entries and compares. Certificates are verified by the rules of their version (`version.ts`) and these sentences for as long as they are
 * kept, so neither is ever edited: others are another version. A copy that was taken over is never called more than that.
 */
import type { CertifiedMessage, CertifiedRecipient, Claim, Level, Reveal } from '../../../shared/wire/certificate.ts';
import type { Facts } from '../audit.ts';
import { Broken } from '../tree/broken.ts';
import { LATEST, RULES, type Rule } from './version.ts';

export interface Leaf {
  readonly seq: number;
  /** exact bytes, UTF-8 */
  readonly leaf: string;
}

/** A sealed value with its salt: whoever has both can check it against the entry. */
export interface Disclosure {
  readonly seq: number;
  readonly name: string;
  /** base64url */
  readonly salt: string;
  readonly value: string;
}

/** The sealed values each word stands for. */
export const REVEALS: { readonly [what in Reveal]: readonly string[] } = {
  recipients: ['recipient'], subject: ['subject'], from: ['from'], servers: ['host', 'ip', 'text'], content: ['digest', 'sha256'],
};

interface Told {
  readonly seq: number;
  readonly time: string;
  readonly type: string;
  readonly outcome: 'ok' | 'failed' | 'denied' | 'unknown';
  readonly actor: { readonly id: string };
  readonly message?: string;
  readonly item?: string;
  readonly facts: Facts;
  readonly _sd?: { readonly [name: string]: string };
}

/** Types that say something of a message's way; what was asked or revealed later is nobody's business here. */
export const TOLD = /^(?:message|retention|encryption|delivery|portal|recall)\./;

export const LIMITS = 'The entries are in the log as they are, at their places, at the latest at the time of the checkpoint; they are the service\'s own record of what it did and saw. '
  + 'That there are no others about this message can be seen only in the log itself. Times are the service\'s clock.';

const SAID: { readonly [level: string]: readonly [proves: string, doesNotProve: string] } = {
  L0: ['The service had stored this copy durably and encrypted, and had taken on to carry it.', 'That it left the service.'],
  'L1 message': ['The next mail server took this copy over and answered for it.', 'That it reached the mailbox, or that anybody read it: a server that takes a message over may still lose or refuse it.'],
  'L1 notice': ['The next mail server took over a notice with a link. The message itself stayed in the service.', 'That the notice reached the mailbox, or that anybody opened the link.'],
  'L2 message': ['A report from the recipient\'s side says that this copy was put into the mailbox.', 'That anybody read it. Such reports are not signed.'],
  'L2 notice': ['A report from the recipient\'s side says that the notice was put into the mailbox.', 'That anybody opened the link. Such reports are not signed.'],
  L3: ['A report from the recipient\'s mail program says that it was displayed.', 'Who saw it. Such reports are easily forged.'],
  'L4 spoken': ['Somebody with the link and the code that the author says in person opened this copy.', 'Who that was, beyond having been told the code; that it was understood.'],
  'L4 account': ['Somebody with the link, signed in at a provider that proved the recipient\'s address to be that account\'s, opened this copy.', 'Who that was, beyond holding the account; that it was understood.'],
  'L4 question': ['Somebody with the link and the answer to a question that the author had set opened this copy.', 'Who that was: others may know the answer. That it was understood.'],
  'L4 mail': ['Somebody with the link and a code sent to the same mailbox opened this copy.', 'Who that was: anybody who can read that mailbox can open it. That it was understood.'],
};

const RANK: readonly Level[] = ['L0', 'L1', 'L2', 'L3', 'L4'];
const sealed = (e: Told, name: string) => ({ seq: e.seq, commitment: e._sd?.[name] ?? null });

export function derive(leaves: readonly Leaf[], status: Rule = RULES[LATEST][0]): { readonly message: CertifiedMessage; readonly recipients: CertifiedRecipient[] } {
  const told = leaves.map(read);
  const accepted = told.find((e) => e.type === 'message.accepted' && e.outcome === 'ok');
  if (accepted?.message === undefined) throw new Broken('the entries', 'do not say that a message was accepted');
  for (const e of told) if (e.message !== accepted.message) throw new Broken(`entry ${e.seq}`, 'is about another message');
  const retention = told.find((e) => e.type === 'retention.assigned');
  return {
    message: {
      id: accepted.message, author: accepted.actor.id, acceptedAt: accepted.time, facts: { ...accepted.facts },
      from: sealed(accepted, 'from'), subject: sealed(accepted, 'subject'), draft: sealed(accepted, 'digest'),
      retention: retention === undefined ? null : { seq: retention.seq, facts: { ...retention.facts } },
    },
    recipients: told.filter((e) => e.type === 'encryption.decided' && e.item !== undefined).map((decided) => recipient(accepted, decided, told.filter((e) => e.item === decided.item), status)),
  };
}

function read({ seq, leaf }: Leaf): Told {
  try {
    const e = JSON.parse(leaf) as Told;
    if (typeof e.type === 'string' && typeof e.time === 'string' && typeof e.facts === 'object' && typeof e.actor.id === 'string') return { ...e, seq };
  } catch {
    // told below
  }
  throw new Broken(`entry ${seq}`, 'lacks what every entry has');
}

function recipient(accepted: Told, decided: Told, mine: readonly Told[], status: Rule): CertifiedRecipient {
  const tries = mine.filter((e) => e.type === 'delivery.attempt.finished' || e.type === 'delivery.unknown');
  const relayed = mine.findLast((e) => e.type === 'delivery.relayed' && e.outcome === 'ok');
  const claims = claimsOf(accepted, decided, mine);
  const top = claims.reduce((max, c) => Math.max(max, RANK.indexOf(c.level)), 0);
  return {
    item: decided.item ?? '', address: sealed(decided, 'recipient'), planned: protection(decided) ?? 'tls', protection: relayed === undefined ? null : protection(relayed),
    content: relayed === undefined ? null : sealed(relayed, 'sha256'), status: status(mine), level: RANK[top] ?? 'L0', claims,
    attempts: tries.map((e) => ({ seq: e.seq, time: e.time, outcome: e.outcome, facts: { ...e.facts }, host: sealed(e, 'host'), ip: sealed(e, 'ip'), reply: sealed(e, 'text') })),
  };
}

const protection = (e: Told) => e.facts['protection'] as CertifiedRecipient['planned'] | undefined ?? null;

function claimsOf(accepted: Told, decided: Told, mine: readonly Told[]): Claim[] {
  const claims: Claim[] = [claim('L0', 'L0', [accepted, decided], 'message', 'ordinary')];
  for (const [i, e] of mine.entries()) {
    const before = mine.slice(0, i);
    // A portal copy's mail is a notice: whatever is said of that mail is said of the notice.
    const about = [...mine.slice(0, i + 1)].findLast((x) => x.type === 'delivery.relayed')?.facts['protection'] === 'portal' ? 'notice' : 'message';
    if (e.type === 'delivery.relayed' && e.outcome === 'ok') {
      const answered = before.findLast((x) => x.type === 'delivery.attempt.finished');
      // No 2xx reply of a try of its own, no claim (RFC 5321 §4.2.1).
      if (answered?.outcome === 'ok' && positive(answered.facts['reply'])) claims.push({ ...claim('L1', `L1 ${about}`, [answered, e], about, 'ordinary'), channel: channelOf(answered) });
    }
    const carried = claims.some((c) => c.level === 'L1');
    if (e.type === 'delivery.dsn_received' && carried && e.facts['action'] === 'delivered') claims.push(claim('L2', `L2 ${about}`, [e], about, 'weak'));
    if (e.type === 'delivery.mdn_received' && carried && e.facts['disposition'] === 'displayed') claims.push(claim('L3', 'L3', [e], about, 'weak'));
    if (e.type === 'portal.message_opened' && e.outcome === 'ok') {
      const entered = before.filter((x) => x.type === 'portal.authenticated' && x.outcome === 'ok');
      // Which of several sessions it was is not logged: the weakest way counts, and an unknown one is the weakest.
      const all = (way: string): boolean => entered.every((x) => (x.facts['way'] === 'passkey' ? x.facts['enrolled'] : x.facts['way']) === way);
      const answered = entered.some((x) => x.facts['way'] === 'shared-question');
      const sentence = all('spoken-code') ? 'L4 spoken' : all('sign-in') ? 'L4 account' : answered ? 'L4 question' : 'L4 mail';
      if (entered.length > 0) claims.push(claim('L4', sentence, [...entered, e], 'message', sentence === 'L4 mail' || answered ? 'weak' : 'ordinary'));
    }
  }
  return claims;
}

function channelOf({ facts }: Told): NonNullable<Claim['channel']> {
  const word = (name: string): string | null => (typeof facts[name] === 'string' ? facts[name] : null);
  return { protocol: word('protocol'), cipher: word('cipher'), grade: word('grade'), certificate: word('certificate') };
}

/** For a person: how strong, and over what. */
export function beside({ strength, channel }: Claim): string {
  const over = channel === undefined ? '' : channel.protocol === null ? ' over a connection without encryption' : ` over ${channel.protocol}, grade ${channel.grade ?? 'unknown'}`;
  return `${strength === 'weak' ? ' (weak)' : ''}${over}`;
}

const positive = (reply: unknown): boolean => typeof reply === 'number' && reply >= 200 && reply < 300;

function claim(level: Level, sentence: string, on: readonly Told[], about: Claim['about'], strength: Claim['strength']): Claim {
  const [proves = '', doesNotProve = ''] = SAID[sentence] ?? [];
  return { level, time: on.at(-1)?.time ?? '', seq: on.map((e) => e.seq), about, strength, proves, doesNotProve };
}
