/**
 * Findings + recipients + capabilities → one protection per recipient, retention class, or a refusal.
 * Pure and synchronous; the service's word is final, the pane shows the service's plan.
 */
import type { Role } from '../draft/draft.ts';
import type { IdentifierKind, SensitiveClass, VerdictLevel } from '../scan/scan.ts';
import type { Capability, SuppressionReason, Topic } from './capability.ts';
import { evaluate, type Author, type Moment, type Outcome } from './evaluate.ts';
import { grave } from './facts.ts';
import { ACTS, NOTHING, type Act, type Joined, type NoticeName, type Policy, type Trait } from './policy.ts';
import { NEEDS, strongerNeed, type Need, type Protection } from './protection.ts';
import { reason, type ReasonCodeKnown } from './reason.ts';
import { planRecipient, type Ordinary, type Planned } from './way.ts';

export { needOf, objection, planRecipient, waysFor } from './way.ts';

/** One of `REASONS` (reason.ts), or `rule-…` where an administrator wrote the sentence of a rule. */
export type ReasonCode = string;

export interface Reason {
  readonly code: ReasonCode;
  readonly text: string;
}

/** What of the scan the plan needs: levels, kinds and counts, never content. */
export interface PlanFacts {
  readonly level: VerdictLevel;
  readonly sensitive: readonly SensitiveClass[];
  readonly kinds: { readonly [K in IdentifierKind]?: number };
  readonly subjectIdentifier: boolean;
  readonly unscannable: number;
  readonly people: number;
  /** distinct health terms */
  readonly health?: number;
  /** own patterns that matched, by name; `roster` for the exact-match list */
  readonly matches?: readonly string[];
  readonly attachments?: number;
  /** bytes of attachments */
  readonly size?: number;
}

export interface PlannedRecipient {
  readonly address: string;
  readonly role: Role;
  readonly protection: Protection;
  /** what happens when the first cannot be proved while delivering; never weaker */
  readonly otherwise?: Protection;
  readonly reasons: readonly Reason[];
  /** candidates passed over, with the reason */
  readonly passedOver: readonly { readonly protection: Protection; readonly reason: Reason }[];
  /** what the recipient will have to do */
  readonly asks: string;
  /** where it is another than the message's */
  readonly need?: Need;
  /** the rules leave them no other way than the secure page or a confirmed key */
  readonly portal?: true;
  /** what they read on the page has a divided key */
  readonly divided?: true;
  /** of `plain-by-choice`: for what they chose it, under which warning, since when (RFC 3339) */
  readonly choice?: { readonly topic: Topic; readonly version: string; readonly since: string };
  /** the distribution list that was expanded into them, and how the directory calls them */
  readonly memberOf?: string;
  readonly name?: string;
}

/** A distribution list as it was expanded. */
export interface PlannedList {
  readonly address: string;
  readonly role: Role;
  /** how many it has; those who are written to themselves are counted, too */
  readonly members: number;
  readonly outside: number;
}

/** `hint` is shown and asks nothing; `approve`: a second person must agree before it goes. */
type Decision = 'allow' | 'hint' | 'warn' | 'justify' | 'approve' | 'block';

export interface PlannedRetention {
  readonly class: string;
  /** the class's name in words */
  readonly name: string;
  /** RFC 3339 date, end of that UTC day */
  readonly until: string;
  /** the sentence with citation shown to the author */
  readonly basis: string;
}

export interface Plan {
  readonly need: Need;
  readonly decision: Decision;
  readonly reasons: readonly Reason[];
  readonly recipients: readonly PlannedRecipient[];
  readonly retention: PlannedRetention;
  /** minutes it waits, and can be taken back, before it goes; absent: none */
  readonly hold?: number;
  /** days a portal copy can be read, at most */
  readonly expires?: number;
  /** notices put under the text */
  readonly notices?: readonly NoticeName[];
  /** the distribution lists among the recipients; their members stand in `recipients` one by one */
  readonly lists?: readonly PlannedList[];
  /** whatever goes to the page has a divided key; false: it should, and cannot, so nothing goes there */
  readonly divided?: boolean;
}

export interface PlanInput {
  readonly facts: PlanFacts;
  readonly recipients: readonly Planned[];
  readonly lists?: readonly PlannedList[];
  /** same order as `recipients` */
  readonly capabilities: readonly Capability[];
  /** the author's own wish, which only raises */
  readonly wish?: Need;
  readonly retention: PlannedRetention;
  readonly policy: Policy;
  /** same order as `recipients`; without it, internal or external alone */
  readonly traits?: readonly (readonly Trait[])[];
  readonly author?: Author;
  readonly labels?: readonly string[] | null;
  readonly purpose?: string;
  readonly at?: Moment;
  /** a recorded consent covers it */
  readonly consent?: boolean;
  /** the author wants the ordinary page where the rules only prefer a divided key */
  readonly undivided?: boolean;
  /** what the author says it is about */
  readonly topic?: Topic;
  /** there is an archive key, without which no key is divided */
  readonly archive?: boolean;
}

const LISTS = { unexpanded: 'list-unexpanded', unasked: 'list-unasked' } as const;
const AGAINST: { readonly [R in SuppressionReason]: ReasonCodeKnown } = { bounced: 'address-bounced', complained: 'address-complained', asked: 'address-asked' };

/** In what holds these, nobody's choice of ordinary mail is followed (42 CFR 2.16, 45 CFR 164.508(a)(2)); nor in what nobody could read. */
const heavy = ({ sensitive, unscannable, level }: PlanFacts): boolean => sensitive.length > 0 || unscannable > 0 || level === 'bulk' || level === 'unscannable';

/** Whether the recipient's choice may count here. It answers the product's own "at least an encrypted connection" and nothing that anybody raised. */
function ordinaryFor(input: PlanInput, joined: Joined, own: Joined, recipient: Planned, capability: Capability): Ordinary {
  const raised = input.wish !== undefined || NEEDS.indexOf(own.need) > NEEDS.indexOf('transport') || own.portal || joined.insist || joined.consent || joined.divided !== null || joined.notice.length > 0
    || recipient.memberOf !== undefined || capability.suppressed !== undefined || capability.list !== undefined;
  const against: ReasonCodeKnown | null = heavy(input.facts) ? 'plain-content' : raised ? 'plain-raised' : null;
  return { ...(input.topic === undefined ? {} : { topic: input.topic }), ...(against === null ? {} : { against }) };
}

/** What the rules say of this draft, without the ways: the same everywhere. */
function outcomeOf(input: PlanInput): Outcome {
  return evaluate(input.policy, {
    facts: input.facts,
    recipients: input.recipients.map(({ address, role }, i) => ({ address, role, traits: input.traits?.[i] ?? [input.capabilities[i]?.internal ? 'internal' : 'external'] })),
    ...(input.author ? { author: input.author } : {}), ...(input.labels === undefined ? {} : { labels: input.labels }), ...(input.purpose === undefined ? {} : { purpose: input.purpose }), ...(input.at ? { at: input.at } : {}),
  });
}

function reasonsOf(input: PlanInput, outcome: Outcome): Reason[] {
  const given: Reason[] = [];
  const rules = input.policy.rules;
  for (const applied of outcome.trace) {
    const rule = rules.find((r) => r.id === applied.rule);
    // What is only observed is nothing the author is asked to read, nor what an exception took away whole.
    if (!rule || applied.effects.act === 'observe' || Object.keys(applied.effects).length === 0) continue;
    const told = rule.says !== undefined ? { code: `rule-${rule.id}`, text: rule.says } : reason(rule.reason ?? 'rule-own');
    if (!given.some((g) => g.code === told.code)) given.push(told);
  }
  return given;
}

/** The whole plan, or the addresses for which nothing is strong enough. */
export function plan(input: PlanInput): (Plan & { readonly outcome: Outcome }) | { readonly kind: 'no-way'; readonly addresses: readonly string[] } {
  const outcome = outcomeOf(input);
  const { joined } = outcome;
  const wish: Need = input.wish ?? 'none';
  const need = strongerNeed(wish, joined.need);
  const refused = joined.consent && input.consent !== true;
  const reasons: Reason[] = [
    ...(NEEDS.indexOf(wish) > NEEDS.indexOf('transport') ? [reason('need-author')] : []), ...reasonsOf(input, outcome), ...(refused ? [reason('consent-missing')] : []),
  ];
  // One key opens all copies on the page: where it is divided for one, it is for all.
  const dividing = joined.divided === null || (joined.divided === 'preferred' && input.undivided === true) ? 'no' : input.archive === true ? 'yes' : 'impossible';
  const recipients: PlannedRecipient[] = [];
  const addresses: string[] = [];
  input.recipients.forEach((recipient, i) => {
    const capability = input.capabilities[i];
    const own: Joined = outcome.each[i] ?? NOTHING;
    const least = strongerNeed(wish, own.need);
    const planned = capability && planRecipient(recipient, capability, least, own.portal, dividing, ordinaryFor(input, joined, own, recipient, capability));
    const { need: raised, ...way } = planned ?? {};
    const total = raised ?? least;
    if (planned) recipients.push({
      ...(way as typeof planned), ...(total === need ? {} : { need: total }), ...(own.portal && !capability.internal ? { portal: true } : {}),
      ...(recipient.memberOf === undefined ? {} : { memberOf: recipient.memberOf, ...(recipient.name === undefined ? {} : { name: recipient.name }) }),
      ...(capability.suppressed || capability.list ? { reasons: [...(capability.suppressed ? [reason(AGAINST[capability.suppressed])] : []), ...(capability.list ? [reason(LISTS[capability.list])] : []), ...planned.reasons] } : {}),
    });
    else addresses.push(recipient.address);
  });
  const against = input.capabilities.map((c) => c.suppressed);
  const heard: Decision = against.indexOf('asked') >= 0 ? 'block' : against.some((a) => a !== undefined) ? 'warn' : 'allow';
  if (heard !== 'allow') reasons.push(reason(heard === 'block' ? 'block-address' : 'warn-address'));
  // Whatever the rules say: who would read it is not known.
  const unknown = grave(input.facts) && input.capabilities.some((c) => c.list !== undefined);
  if (unknown && !reasons.some((r) => r.code === 'block-list')) reasons.push(reason('block-list'));
  if (addresses.length > 0) return { kind: 'no-way', addresses };
  const act: Act = refused || unknown ? 'block' : joined.act === 'observe' ? 'allow' : joined.act;
  return {
    need, decision: ACTS.indexOf(heard) > ACTS.indexOf(act) ? heard : act, reasons, recipients, retention: input.retention,
    ...(input.lists && input.lists.length > 0 ? { lists: input.lists } : {}),
    ...(joined.hold > 0 ? { hold: joined.hold } : {}), ...(joined.expires === null ? {} : { expires: joined.expires }), ...(joined.notice.length > 0 ? { notices: joined.notice } : {}), ...(dividing === 'no' ? {} : { divided: dividing === 'yes' }), outcome,
  };
}
