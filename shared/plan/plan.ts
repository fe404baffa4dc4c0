/**
 * Findings + recipients + capabilities → one protection per recipient, retention class, or a refusal.
 * Pure and synchronous; the service's word is final, the pane shows the service's plan.
 */
import type { Role } from '../draft/draft.ts';
import type { IdentifierKind, SensitiveClass, VerdictLevel } from '../scan/scan.ts';
import type { Capability, KeyCapability, SuppressionReason } from './capability.ts';
import { applies, type Policy } from './policy.ts';
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
}

export type Decision = 'allow' | 'warn' | 'justify' | 'block';

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
}

export interface PlanInput {
  readonly facts: PlanFacts;
  readonly recipients: readonly { readonly address: string; readonly role: Role }[];
  /** same order as `recipients` */
  readonly capabilities: readonly Capability[];
  /** the author's own wish, which only raises */
  readonly wish?: Need;
  readonly retention: PlannedRetention;
  readonly policy: Policy;
}

interface Candidate {
  readonly protection: Protection;
  readonly satisfies: Need;
  readonly reason: ReasonCodeKnown;
  readonly unusable?: ReasonCodeKnown;
}

const DECISIONS: readonly Decision[] = ['allow', 'warn', 'justify', 'block'];
const TLS_REASONS: { readonly [T in Capability['tls']]: { readonly reason: ReasonCodeKnown; readonly unusable?: ReasonCodeKnown } } = {
  'proved-before': { reason: 'tls-proved-before' },
  unknown: { reason: 'tls-expected' },
  'failed-before': { reason: 'tls-expected', unusable: 'tls-failed-before' },
  'first-hop-only': { reason: 'tls-expected', unusable: 'tls-first-hop-only' },
};
const AGAINST: { readonly [R in SuppressionReason]: ReasonCodeKnown } = { bounced: 'address-bounced', complained: 'address-complained', asked: 'address-asked' };
const CONFIRMED: readonly string[] = ['admin-verified', 'directory'];

function keyCandidate(protection: 'smime' | 'pgp', key: KeyCapability | undefined): Candidate {
  const smime = protection === 'smime';
  if (!key) return { protection, satisfies: 'none', reason: 'need-always', unusable: smime ? 'no-certificate' : 'no-key' };
  const confirmed = CONFIRMED.indexOf(key.trust) >= 0;
  const reasonCode: ReasonCodeKnown = smime ? (confirmed ? 'smime-certificate' : 'smime-found') : confirmed ? 'pgp-key' : 'pgp-found';
  // Found, harvested or uploaded keys count no more than TRANSPORT until a second person confirms them.
  const candidate = { protection, satisfies: confirmed ? PROTECTIONS[protection].satisfies : 'transport', reason: reasonCode } as const;
  return key.unusable ? { ...candidate, unusable: key.unusable } : candidate;
}

/** All four ways in the order they are preferred, usable or not: the order is the product's promise of least effort. */
function candidates(capability: Capability): Candidate[] {
  const smime = keyCandidate('smime', capability.smime);
  const pgp = keyCandidate('pgp', capability.pgp);
  const portal: Candidate = capability.internal
    ? { protection: 'portal', satisfies: 'at-rest', reason: 'portal-last', unusable: 'internal-no-portal' }
    : { protection: 'portal', satisfies: PROTECTIONS.portal.satisfies, reason: capability.prefers === 'portal' ? 'recipient-prefers' : 'portal-last' };
  const tls: Candidate = capability.internal
    ? { protection: 'tls', satisfies: 'at-rest', reason: 'internal-connector' }
    : { protection: 'tls', satisfies: 'transport', ...TLS_REASONS[capability.tls] };
  const keys = capability.prefers === 'pgp' ? [pgp, smime] : [smime, pgp];
  const confirmed = keys.filter((k) => k.satisfies === 'e2e-only');
  const found = keys.filter((k) => k.satisfies !== 'e2e-only');
  // Who gave us a confirmed key wants it used: it comes before TLS.
  const order = [...confirmed, tls, ...found, portal];
  const prefers = capability.prefers;
  if (!prefers) return order;
  return [...order.filter((c) => c.protection === prefers), ...order.filter((c) => c.protection !== prefers)];
}

function meets(candidate: Candidate, need: Need): boolean {
  return !candidate.unusable && NEEDS.indexOf(candidate.satisfies) >= NEEDS.indexOf(need);
}

interface Planned { readonly address: string; readonly role: Role }

/** The way for one recipient, or null when nothing is strong enough. */
export function planRecipient(recipient: Planned, capability: Capability, need: Need): PlannedRecipient | null {
  return waysFor(recipient, capability, need)[0] ?? null;
}

/** Every way that is strong enough for one recipient now, the preferred first. */
export function waysFor(recipient: Planned, capability: Capability, need: Need): PlannedRecipient[] {
  const order = candidates(capability);
  return order.filter((c) => meets(c, need)).map((chosen) => shownAs(recipient, capability, need, order, chosen));
}

function shownAs(recipient: Planned, capability: Capability, need: Need, order: readonly Candidate[], chosen: Candidate): PlannedRecipient {
  // What cannot be proved while delivering is never exchanged for something weaker.
  const otherwise = order.find((c) => c !== chosen && meets(c, need) && NEEDS.indexOf(c.satisfies) >= NEEDS.indexOf(chosen.satisfies) && c.protection !== 'tls');
  const spoken = chosen.protection === 'portal' && (NEEDS.indexOf(need) > NEEDS.indexOf('transport') || capability.tls === 'failed-before' || capability.tls === 'first-hop-only');
  const reasons = [reason(chosen.reason)];
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

/** The whole plan, or the addresses for which nothing is strong enough. */
export function plan(input: PlanInput): Plan | { readonly kind: 'no-way'; readonly addresses: readonly string[] } {
  let need: Need = input.wish ?? 'none';
  let decision: Decision = 'allow';
  const reasons: Reason[] = input.wish && NEEDS.indexOf(input.wish) > NEEDS.indexOf('transport') ? [reason('need-author')] : [];
  for (const rule of input.policy.rules) {
    if (!applies(rule, input.facts)) continue;
    if (rule.need) need = strongerNeed(need, rule.need);
    if (rule.decision && DECISIONS.indexOf(rule.decision) > DECISIONS.indexOf(decision)) decision = rule.decision;
    reasons.push(reason(rule.reason));
  }
  const recipients: PlannedRecipient[] = [];
  const addresses: string[] = [];
  input.recipients.forEach((recipient, i) => {
    const capability = input.capabilities[i];
    const planned = capability && planRecipient(recipient, capability, need);
    if (planned) recipients.push(capability.suppressed ? { ...planned, reasons: [reason(AGAINST[capability.suppressed]), ...planned.reasons] } : planned);
    else addresses.push(recipient.address);
  });
  const against = input.capabilities.map((c) => c.suppressed);
  const heard: Decision = against.indexOf('asked') >= 0 ? 'block' : against.some((a) => a !== undefined) ? 'warn' : 'allow';
  if (heard !== 'allow') reasons.push(reason(heard === 'block' ? 'block-address' : 'warn-address'));
  if (DECISIONS.indexOf(heard) > DECISIONS.indexOf(decision)) decision = heard;
  if (addresses.length > 0) return { kind: 'no-way', addresses };
  return { need, decision, reasons, recipients, retention: input.retention };
}

/** What the author was shown, as the one byte string both sides hash. Dates are left out: they move at midnight, the class does not. */
export function planDigestInput(shown: Plan): string {
  return JSON.stringify([
    'send-secure-plan-1',
    shown.need,
    shown.decision,
    shown.recipients.map((r) => [r.address, r.role, r.protection, r.otherwise ?? '', r.asks, ...r.reasons.filter((why) => why.code.indexOf('address-') === 0).map((why) => why.code)]),
    shown.retention.class,
  ]);
}
