/**
 * Findings + recipients + capabilities → one protection per recipient, retention class, or a refusal.
 * Pure and synchronous; the service's word is final, the pane shows the service's plan.
 */
import type { Role } from '../draft/draft.ts';
import type { IdentifierKind, SensitiveClass, VerdictLevel } from '../scan/scan.ts';
import { confirmed, type Capability, type SuppressionReason } from './capability.ts';
import { evaluate, type Author, type Moment, type Outcome } from './evaluate.ts';
import { grave } from './facts.ts';
import { ACTS, NOTHING, type Act, type Joined, type NoticeName, type Policy, type Trait } from './policy.ts';
import { NEEDS, PROTECTIONS, SPOKEN_CODE_ASKS, strongerNeed, TEXT_CODE_ASKS, type Need, type Protection } from './protection.ts';
import { reason, type ReasonCodeKnown } from './reason.ts';

/** Closed list; every code has a sentence in `REASONS` (reason.ts). */
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
export type Decision = 'allow' | 'hint' | 'warn' | 'justify' | 'approve' | 'block';

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
  readonly labels?: readonly string[];
  readonly purpose?: string;
  readonly at?: Moment;
  /** a recorded consent covers it */
  readonly consent?: boolean;
}

interface Candidate {
  readonly protection: Protection;
  readonly satisfies: Need;
  readonly reason: ReasonCodeKnown;
  readonly unusable?: ReasonCodeKnown;
}

const TLS_REASONS: { readonly [T in Capability['tls']]: { readonly reason: ReasonCodeKnown; readonly unusable?: ReasonCodeKnown } } = {
  'proved-before': { reason: 'tls-proved-before' },
  unknown: { reason: 'tls-expected' },
  'failed-before': { reason: 'tls-expected', unusable: 'tls-failed-before' },
  'first-hop-only': { reason: 'tls-expected', unusable: 'tls-first-hop-only' },
  'relay-declared': { reason: 'tls-relay-declared' },
  'relay-asked': { reason: 'tls-relay-asked' },
};
const LISTS = { unexpanded: 'list-unexpanded', unasked: 'list-unasked' } as const;
const AGAINST: { readonly [R in SuppressionReason]: ReasonCodeKnown } = { bounced: 'address-bounced', complained: 'address-complained', asked: 'address-asked' };

function keyCandidate(protection: 'smime' | 'pgp', { [protection]: key, lookingUp, missing }: Capability): Candidate {
  const smime = protection === 'smime';
  if (!key) return { protection, satisfies: 'none', reason: 'need-always', unusable: lookingUp === true ? 'looking-up' : (missing?.[protection] ?? (smime ? 'no-certificate' : 'no-key')) };
  const full = confirmed(key.trust);
  const reasonCode: ReasonCodeKnown = smime ? (full ? 'smime-certificate' : 'smime-found') : full ? 'pgp-key' : 'pgp-found';
  // Found, harvested or uploaded keys count no more than TRANSPORT until a second person confirms them.
  const candidate = { protection, satisfies: full ? PROTECTIONS[protection].satisfies : 'transport', reason: reasonCode } as const;
  return key.unusable ? { ...candidate, unusable: key.unusable } : candidate;
}

const SURE: readonly ReasonCode[] = ['smime-certificate', 'pgp-key'];

/** All four ways in the order they are preferred, usable or not: the order is the product's promise of least effort. */
function candidates(capability: Capability): Candidate[] {
  const smime = keyCandidate('smime', capability);
  const pgp = keyCandidate('pgp', capability);
  const portal: Candidate = capability.internal
    ? { protection: 'portal', satisfies: 'at-rest', reason: 'portal-last', unusable: 'internal-no-portal' }
    : { protection: 'portal', satisfies: PROTECTIONS.portal.satisfies, reason: capability.prefers === 'portal' ? 'recipient-prefers' : 'portal-last' };
  const tls: Candidate = capability.internal
    ? { protection: 'tls', satisfies: 'at-rest', reason: 'internal-connector' }
    : { protection: 'tls', satisfies: 'transport', ...TLS_REASONS[capability.tls] };
  const keys = capability.prefers === 'pgp' ? [pgp, smime] : [smime, pgp];
  const sure = keys.filter((k) => k.satisfies === 'e2e-only');
  const found = keys.filter((k) => k.satisfies !== 'e2e-only');
  // Who gave us a confirmed key wants it used: it comes before TLS.
  const order = [...sure, tls, ...found, portal];
  const prefers = capability.prefers;
  if (!prefers) return order;
  return [...order.filter((c) => c.protection === prefers), ...order.filter((c) => c.protection !== prefers)];
}

function meets(candidate: Candidate, need: Need): boolean {
  return !candidate.unusable && NEEDS.indexOf(candidate.satisfies) >= NEEDS.indexOf(need);
}

interface Planned { readonly address: string; readonly role: Role; readonly memberOf?: string; readonly name?: string }

/** The way for one recipient, or null when nothing is strong enough. */
export function planRecipient(recipient: Planned, capability: Capability, need: Need, portal = false): PlannedRecipient | null {
  return waysFor(recipient, capability, need, portal)[0] ?? null;
}

/** Every way that is strong enough for one recipient now, the preferred first. `portal`: the rules leave outsiders no other way but a confirmed key. */
export function waysFor(recipient: Planned, capability: Capability, asked: Need, portal = false): PlannedRecipient[] {
  const known = candidates(capability);
  const need = needOf(capability, asked);
  const order = portal && !capability.internal ? known.map((c) => (c.protection === 'portal' || c.satisfies === 'e2e-only' || c.unusable ? c : { ...c, unusable: 'portal-rule' as const })) : known;
  return order.filter((c) => meets(c, need)).map((chosen) => ({ ...shownAs(recipient, capability, need, order, chosen), ...(need === asked ? {} : { need }) }));
}

/** What one copy needs: what the message does, raised by the recipient's own rule. */
export function needOf(capability: Capability, asked: Need): Need {
  return strongerNeed(asked, capability.need ?? 'none');
}

/**
 * Why a copy may not go by this way after all, or null. Asked again before every try: keys end, are replaced and taken back, needs are raised.
 * What stood on a confirmed key, or on the portal, never goes by a found one instead. Whether TLS is good enough is judged in the session itself.
 */
export function objection(capability: Capability, protection: Protection, shown: Pick<PlannedRecipient, 'protection' | 'reasons' | 'need' | 'portal'> | undefined, asked: Need): ReasonCodeKnown | null {
  const now = candidates(capability).find((c) => c.protection === protection);
  if (!now) return 'need-too-high';
  const key = protection === 'smime' || protection === 'pgp';
  if (key && now.unusable) return now.unusable;
  const least = strongerNeed(needOf(capability, shown?.need ?? asked), key && shown ? (shown.portal ? 'e2e-only' : strengthOf(shown)) : 'none');
  if (NEEDS.indexOf(now.satisfies) >= NEEDS.indexOf(least)) return null;
  return key ? 'key-unconfirmed' : 'need-too-high';
}

/** How strong a way the author was shown. */
function strengthOf({ protection, reasons }: Pick<PlannedRecipient, 'protection' | 'reasons'>): Need {
  if (reasons.some((r) => SURE.indexOf(r.code) >= 0)) return 'e2e-only';
  return protection === 'portal' ? 'at-rest' : 'transport';
}

function shownAs(recipient: Planned, capability: Capability, need: Need, order: readonly Candidate[], chosen: Candidate): PlannedRecipient {
  // What cannot be proved while delivering is never exchanged for something weaker.
  const otherwise = order.find((c) => c !== chosen && meets(c, need) && NEEDS.indexOf(c.satisfies) >= NEEDS.indexOf(chosen.satisfies) && c.protection !== 'tls');
  const spoken = chosen.protection === 'portal' && (NEEDS.indexOf(need) > NEEDS.indexOf('transport') || capability.tls === 'failed-before' || capability.tls === 'first-hop-only');
  const reasons = [reason(chosen.reason), ...(capability.need !== undefined && need === capability.need && NEEDS.indexOf(need) > NEEDS.indexOf('transport') ? [reason('need-recipient')] : [])];
  const texted = spoken && capability.sms === true;
  if (spoken) reasons.push(reason(texted ? 'portal-sms' : 'portal-spoken'));
  return {
    address: recipient.address,
    role: recipient.role,
    protection: chosen.protection,
    ...(otherwise ? { otherwise: otherwise.protection } : {}),
    reasons,
    passedOver: order
      .filter((c) => c !== chosen)
      .map((c) => ({ protection: c.protection, reason: reason(c.unusable ?? (meets(c, need) ? 'preferred-first' : c.satisfies === 'transport' && c.protection !== 'tls' ? 'key-unconfirmed' : 'need-too-high')) })),
    asks: texted ? TEXT_CODE_ASKS : spoken ? SPOKEN_CODE_ASKS : PROTECTIONS[chosen.protection].asks,
  };
}

/** What the rules say of this draft, without the ways: the same everywhere. */
export function outcomeOf(input: PlanInput): Outcome {
  return evaluate(input.policy, {
    facts: input.facts,
    recipients: input.recipients.map(({ address, role }, i) => ({ address, role, traits: input.traits?.[i] ?? [input.capabilities[i]?.internal ? 'internal' : 'external'] })),
    ...(input.author ? { author: input.author } : {}), ...(input.labels ? { labels: input.labels } : {}), ...(input.purpose === undefined ? {} : { purpose: input.purpose }), ...(input.at ? { at: input.at } : {}),
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
  const recipients: PlannedRecipient[] = [];
  const addresses: string[] = [];
  input.recipients.forEach((recipient, i) => {
    const capability = input.capabilities[i];
    const own: Joined = outcome.each[i] ?? NOTHING;
    const least = strongerNeed(wish, own.need);
    const planned = capability && planRecipient(recipient, capability, least, own.portal);
    const { need: _, ...way } = planned ?? {};
    const total = capability ? needOf(capability, least) : least;
    if (planned) recipients.push({
      ...(way as typeof planned), ...(total === need ? {} : { need: total }), ...(own.portal ? { portal: true } : {}),
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
    ...(joined.hold > 0 ? { hold: joined.hold } : {}), ...(joined.expires === null ? {} : { expires: joined.expires }), ...(joined.notice.length > 0 ? { notices: joined.notice } : {}), outcome,
  };
}
