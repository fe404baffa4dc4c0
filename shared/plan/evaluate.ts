/**
 * The judgement of the policy: a situation and the rules in, the joined effects and a trace out. Pure, without clock and network, ES2016 library only:
 * pane, event handler and service run this same file. What a side does not know it leaves out of the situation; the service's word is final.
 */
import type { Role } from '../draft/draft.ts';
import { domainOf, normalAddress, within } from '../draft/address.ts';
import type { PlanFacts } from './plan.ts';
import { EFFECTS, join, NOTHING, type Condition, type EffectName, type Effects, type Exception, type Joined, type Policy, type PolicyRule, type Scope, type Trait } from './policy.ts';

/** Everything a rule can ask about. */
export interface Situation {
  readonly facts: PlanFacts;
  readonly recipients: readonly { readonly address: string; readonly role: Role; readonly traits: readonly Trait[]; /** which they may have or not: nobody here could tell */ readonly unsure?: readonly Trait[] }[];
  readonly author?: Author;
  /** `null`: there may be some and nobody could read them, so that every rule on labels holds */
  readonly labels?: readonly string[] | null;
  readonly purpose?: string;
  readonly at?: Moment;
  /** names of patterns and lists that may have matched: nobody here could look. What is unsure counts as whatever a rule asks */
  readonly unsure?: readonly string[];
}

export interface Author {
  /** what it is sent from, which may be a mailbox of several people */
  readonly address: string;
  /** addresses that are this person's alone: a rule about a person is not left behind with another From */
  readonly own?: readonly string[];
  readonly groups?: readonly string[];
  readonly sharedMailbox?: boolean;
}

export interface Moment {
  /** UTC 'YYYY-MM-DD', for exceptions */
  readonly date: string;
  /** local: 1 Monday … 7 Sunday, minutes since midnight */
  readonly day: number;
  readonly minute: number;
}

/** One rule that held: what it demanded, of which recipients, and what an exception took away. */
export interface Applied {
  readonly rule: string;
  readonly effects: Effects;
  /** indices of recipients; null: the message as a whole */
  readonly recipients: readonly number[] | null;
  readonly waived?: readonly { readonly effect: EffectName; readonly exception: string }[];
}

export interface Outcome {
  /** over everything */
  readonly joined: Joined;
  /** per recipient, in order: need, portal and expiry of the rules that concern them */
  readonly each: readonly Joined[];
  /** in the order of the rules */
  readonly trace: readonly Applied[];
}

export function evaluate(policy: Policy, situation: Situation): Outcome {
  const trace: Applied[] = [];
  const parents = situation.recipients.map((r) => parentsOf(domainOf(r.address)));
  for (const rule of policy.rules) {
    const held = scoped(rule.scope, situation.author, (situation.author && situation.author.own) || []) ? holds(rule.when, situation, parents) : false;
    if (held === false) continue;
    const waived = waivers(policy.exceptions, rule, situation);
    const effects = waived.length === 0 ? rule.then : without(rule.then, waived);
    trace.push({ rule: rule.id, effects, recipients: held, ...(waived.length === 0 ? {} : { waived }) });
  }
  return { ...explained(trace, situation.recipients.length), trace };
}

/** What a trace amounts to: the trace alone gives the result, so it explains all of it. */
export function explained(trace: readonly Applied[], recipients: number): { readonly joined: Joined; readonly each: readonly Joined[] } {
  let joined = NOTHING;
  const each: Joined[] = [];
  for (let i = 0; i < recipients; i += 1) each.push(NOTHING);
  for (const applied of trace) {
    joined = join(joined, applied.effects);
    // Most recipients of a crowd have come the same way so far: what follows is the same, too.
    const after = new Map<Joined, Joined>();
    const add = (i: number): void => {
      const before = each[i] as Joined;
      let next = after.get(before);
      if (next === undefined) after.set(before, next = join(before, applied.effects));
      each[i] = next;
    };
    if (applied.recipients === null) for (let i = 0; i < recipients; i += 1) add(i);
    else for (const i of applied.recipients) if (i < recipients) add(i);
  }
  return { joined, each };
}

/** `own`: of the person besides what it is sent from; for rules, which add, and not for exceptions, which take away */
function scoped(scope: Scope | undefined, author: Author | undefined, own: readonly string[]): boolean {
  if (scope === undefined) return true;
  if (author === undefined) return false;
  const address = normalAddress(author.address);
  if (scope.person && scope.person.some((p) => normalAddress(p) === address || own.indexOf(normalAddress(p)) >= 0)) return true;
  if (scope.group && (author.groups || []).some((g) => scope.group!.indexOf(g) >= 0)) return true;
  return scope.domain !== undefined && scope.domain.some((d) => within(domainOf(address), d));
}

/** False; or the recipients it concerns, null for all alike. */
function holds(when: Condition, s: Situation, parents: readonly (readonly string[])[]): readonly number[] | null | false {
  const { facts, recipients } = s;
  if (when.level && when.level.indexOf(facts.level) < 0) return false;
  if (when.sensitive && !any(when.sensitive, facts.sensitive)) return false;
  if (when.health !== undefined && (facts.health || 0) < when.health) return false;
  if (when.people !== undefined && facts.people < when.people) return false;
  if (when.matches && !any(when.matches, facts.matches || []) && !any(when.matches, s.unsure || [])) return false;
  if (when.subjectIdentifier && !facts.subjectIdentifier) return false;
  if (when.unscannable && facts.unscannable === 0) return false;
  if (when.attachments !== undefined && (facts.attachments || 0) < when.attachments) return false;
  if (when.size !== undefined && (facts.size || 0) < when.size) return false;
  if (when.kinds && counted(when.kinds.of, facts) < (when.kinds.least === undefined ? 1 : when.kinds.least)) return false;
  if (when.recipients !== undefined && recipients.length < when.recipients) return false;
  if (when.visible !== undefined && recipients.filter((r) => r.role !== 'bcc').length < when.visible) return false;
  if (when.group && !any(when.group, (s.author && s.author.groups) || [])) return false;
  if (when.sharedMailbox && !(s.author && s.author.sharedMailbox)) return false;
  if (when.label && s.labels !== null && !any(when.label.map(lower), (s.labels || []).map(lower))) return false;
  if (when.purpose && (s.purpose === undefined || when.purpose.indexOf(s.purpose) < 0)) return false;
  if (when.time && !(s.at && during(when.time, s.at))) return false;
  if (!when.recipient && !when.recipientNot && !when.recipientDomain) return null;
  const concerned: number[] = [];
  for (let i = 0; i < recipients.length; i += 1) {
    const { traits, unsure } = recipients[i] as Situation['recipients'][number];
    if (when.recipient && !any(when.recipient, traits) && !any(when.recipient, unsure || [])) continue;
    if (when.recipientNot && any(when.recipientNot, traits)) continue;
    if (when.recipientDomain && !any(when.recipientDomain, parents[i] as readonly string[])) continue;
    concerned.push(i);
  }
  return concerned.length > 0 && concerned;
}

function any(wanted: readonly string[], given: readonly string[]): boolean {
  for (const one of given) if (wanted.indexOf(one) >= 0) return true;
  return false;
}

/** A domain and those above it: what `within` would hold for. */
function parentsOf(domain: string): string[] {
  const all = [domain];
  for (let dot = domain.indexOf('.'); dot >= 0; dot = domain.indexOf('.', dot + 1)) all.push(domain.slice(dot + 1));
  return all;
}

/** Outlook takes two categories of other case for one, and ids come in either. */
const lower = (text: string): string => text.toLowerCase();

function counted(kinds: readonly string[], facts: PlanFacts): number {
  let sum = 0;
  for (const kind of kinds) sum += facts.kinds[kind as keyof PlanFacts['kinds']] || 0;
  return sum;
}

const minutes = (clock: string): number => Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3, 5));

function during({ from, to, days }: NonNullable<Condition['time']>, at: Moment): boolean {
  const [begin, end] = [minutes(from), minutes(to)];
  const late = begin > end && at.minute < end;
  // After midnight it is still the night of the day before.
  const day = late ? (at.day + 5) % 7 + 1 : at.day;
  if (days && days.indexOf(day) < 0) return false;
  return begin <= end ? at.minute >= begin && at.minute < end : late || at.minute >= begin;
}

type Waiver = { readonly effect: EffectName; readonly exception: string };

function waivers(exceptions: readonly Exception[] | undefined, rule: PolicyRule, s: Situation): Waiver[] {
  const waived: Waiver[] = [];
  for (const exception of exceptions || []) {
    // Whoever does not know the day, or the author, makes no exception.
    if (exception.rule !== rule.id || rule.then[exception.effect] === undefined || !s.at || s.at.date > exception.until) continue;
    if (scoped(exception.scope, s.author, []) && !waived.some((w) => w.effect === exception.effect)) waived.push({ effect: exception.effect, exception: exception.id });
  }
  return waived;
}

function without(then: Effects, waived: readonly Waiver[]): Effects {
  const left: { [name: string]: unknown } = {};
  for (const name of EFFECTS) if (then[name] !== undefined && !waived.some((w) => w.effect === name)) left[name] = then[name];
  return left;
}
