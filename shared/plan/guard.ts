/**
 * What Outlook's own Send asks, without network and clock of its own: may this go as ordinary mail? Patient data to an outsider never may, whatever the
 * rules say; beyond that the cached policy speaks. A `warn` is shown in the pane and stops nobody here: who is stopped often and for little learns to click it away.
 * ES2016 library only.
 */
import { domainOf, normalAddress, within } from '../draft/address.ts';
import { isAnswer, type Address, type Recipient } from '../draft/draft.ts';
import type { RuleSet } from '../rules/own.ts';
import { evaluate, type Situation } from './evaluate.ts';
import { grave } from './facts.ts';
import { wasMet, type Met } from './met.ts';
import type { PlanFacts } from './plan.ts';
import { ACTS, type Policy, type Trait } from './policy.ts';
import { NEEDS } from './protection.ts';
import { STRICT, US_HEALTHCARE } from './template.ts';
import { greetedIn, threadIn, traitsOf } from './trait.ts';

/** After this long without word of the service the strict template's rules apply beside what is cached. */
export const STALE_MS = 72 * 3_600_000;

/** What the pane keeps for the event handler: the policy as it was signed and verified, and what rules ask about its author. */
export interface Cached {
  /** the signed JSON; absent when it was too large to keep */
  readonly signed?: string;
  readonly serial: number;
  /** ms; the last time the service answered */
  readonly at: number;
  /** those of the author's groups that its rules ask about, and the shared mailboxes the author may write from */
  readonly groups?: readonly string[];
  readonly shared?: readonly string[];
  /** addresses that are the author's alone */
  readonly own?: readonly string[];
  /** the organisation's clock, minutes east of UTC */
  readonly zone?: number;
  /** whom was written to before; absent: nobody here knows */
  readonly met?: readonly Met[];
  /** the organisation's own scanner rules, null where there are none; absent: nobody here knows */
  readonly rules?: RuleSet | null;
}

/** A draft as Outlook's Send shows it, with what a scan by the rules at hand found in it. */
interface Sent {
  readonly from: Address;
  readonly recipients: readonly Recipient[];
  readonly subject: string;
  readonly text: string;
  readonly labels: readonly string[] | null;
  readonly facts: PlanFacts;
  readonly attachments: number;
  /** those of them that nobody has looked into */
  readonly unopened: number;
  readonly size: number;
  /** the organisation's own patterns that could not be looked for; null: any of them */
  readonly unread: readonly string[] | null;
}

/** Out of touch for too long, or by a clock that was set back. */
export const stale = (at: number, now: number): boolean => now - at > STALE_MS || at > now + 3_600_000;

/** The policy a side without network obeys. Rules only add, so strict beside cached is never weaker than either. */
export function standing(cached: Cached | null, now: number): Policy {
  let policy = US_HEALTHCARE;
  if (cached !== null && cached.signed !== undefined) {
    try {
      const read = (JSON.parse(cached.signed) as { readonly policy?: Policy }).policy;
      if (read && Array.isArray(read.rules)) policy = read;
    } catch {
      // What cannot be read is not obeyed: the default stands.
    }
  }
  if (cached === null || !stale(cached.at, now)) return policy;
  return { ...policy, version: `${policy.version}+strict`, rules: policy.rules.concat(STRICT.rules) };
}

/**
 * The situation as far as it is known without the service. What cannot be known here: the exact-match list, attachments that nobody has opened, whether a
 * domain takes mail, who is on a list (ours too), and who is written to for the first time where nobody told. Where the draft holds anything of a person all
 * of this is unsure, and so counts as whatever a rule asks; where it holds nothing of anybody it goes, whatever is not known.
 */
export function situated(sent: Sent, policy: Policy, own: readonly string[], cached: Cached | null, now: number): Situation {
  const { facts, from, recipients } = sent;
  const { groups = [], shared = [], zone, met } = cached || ({} as Partial<Cached>);
  const address = normalAddress(from.address);
  const inside = recipients.filter((r) => own.some((d) => within(domainOf(r.address), d)));
  const traits = traitsOf(recipients, { own, partners: policy.partners, consumers: policy.consumers, people: [from, ...inside], greeted: greetedIn(sent.text), thread: isAnswer(sent.subject) ? threadIn(sent.text) : [] });
  const personal = facts.level !== 'none';
  const { unread } = sent;
  const asked = personal ? namesIn(policy).filter((name) => name === 'roster' || unread === null || unread.indexOf(name) >= 0) : [];
  const at = new Date(zone === undefined ? now - new Date(now).getTimezoneOffset() * 60_000 : now + zone * 60_000);
  return {
    facts: { ...facts, attachments: sent.attachments, size: sent.size, unscannable: Math.max(facts.unscannable, personal ? sent.unopened : 0) },
    recipients: recipients.map((r, i) => {
      const given = traits[i] as Trait[];
      if (personal && r.list && given.indexOf('internal') >= 0) return { address: r.address, role: r.role, traits: [], unsure: ON_A_LIST };
      const known = given.indexOf('internal') >= 0 ? true : wasMet(met, address, r.address);
      const unsure: Trait[] = personal && given.indexOf('internal') < 0 ? [...(known === null ? ['new' as const] : []), ...(r.list ? ['list' as const] : []), 'no-mail'] : [];
      return { address: r.address, role: r.role, traits: [...given, ...(known === false ? ['new' as const] : [])], ...(unsure.length === 0 ? {} : { unsure }) };
    }),
    author: { address, groups, sharedMailbox: shared.indexOf(address) >= 0, own: ((cached && cached.own) || []).filter((a) => a !== address) },
    labels: sent.labels, ...(asked.length === 0 ? {} : { unsure: asked }),
    at: { date: new Date(now).toISOString().slice(0, 10), day: at.getUTCDay() || 7, minute: at.getUTCHours() * 60 + at.getUTCMinutes() },
  };
}

/** Somebody of ours, somebody of somebody else's, or both. */
const ON_A_LIST: readonly Trait[] = ['internal', 'external', 'consumer', 'new', 'no-mail', 'list'];

function namesIn({ rules }: Policy): string[] {
  const names: string[] = [];
  for (const { when } of rules) for (const name of when.matches || []) if (names.indexOf(name) < 0) names.push(name);
  return names;
}

/** Why it must go by Send Secure: it holds patient data, or a rule asks; null when it may go as it is. */
export function guarded(policy: Policy, situation: Situation): 'phi' | 'policy' | null {
  if (!situation.recipients.some((r) => r.traits.indexOf('internal') < 0)) return null;
  const { level } = situation.facts;
  if (grave(situation.facts)) return 'phi';
  const { joined } = evaluate(policy, situation);
  // A question about an illness names nobody: without an identifier it needs no more than ordinary mail. A rule that stops it still does.
  const { need } = level === 'none' ? evaluate(policy, { ...situation, facts: { ...situation.facts, sensitive: [] } }).joined : joined;
  return ACTS.indexOf(joined.act) >= ACTS.indexOf('justify') || NEEDS.indexOf(need) >= NEEDS.indexOf('at-rest') || joined.portal || joined.consent ? 'policy' : null;
}
