/**
 * The ways to one recipient: candidates in the order of least effort, what each satisfies, why others were passed over. Pure; part of the plan,
 * and asked again before every try.
 */
import type { Role } from '../draft/draft.ts';
import { confirmed, type Capability, type Topic } from './capability.ts';
import type { PlannedRecipient, ReasonCode } from './plan.ts';
import { DIVIDED_ASKS, NEEDS, PROTECTIONS, SPOKEN_CODE_ASKS, strongerNeed, TEXT_CODE_ASKS, type Need, type Protection } from './protection.ts';
import { reason, type ReasonCodeKnown } from './reason.ts';

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

function keyCandidate(protection: 'smime' | 'pgp', { [protection]: key, lookingUp, missing }: Capability): Candidate {
  const smime = protection === 'smime';
  if (!key) return { protection, satisfies: 'none', reason: 'need-always', unusable: lookingUp === true ? 'looking-up' : (missing?.[protection] ?? (smime ? 'no-certificate' : 'no-key')) };
  const full = confirmed(key.trust);
  const reasonCode: ReasonCodeKnown = smime ? (full ? 'smime-certificate' : 'smime-found') : full ? 'pgp-key' : 'pgp-found';
  // Found, harvested or uploaded keys count no more than TRANSPORT until a second person confirms them.
  const candidate = { protection, satisfies: full ? PROTECTIONS[protection].satisfies : 'transport', reason: reasonCode } as const;
  return key.unusable ? { ...candidate, unusable: key.unusable } : candidate;
}

/** The topic of this message, and what in it speaks against ordinary mail whatever the recipient chose. */
export interface Ordinary { readonly topic?: Topic; readonly against?: ReasonCodeKnown }

/** Null where they never chose it. Where anything is missing or speaks against it, it cannot be used. */
function plainCandidate({ plain, internal, need }: Capability, { topic, against }: Ordinary): Candidate | null {
  if (plain === undefined || internal) return null;
  const unusable: ReasonCodeKnown | undefined = topic === undefined ? 'plain-no-topic' : plain.topics.indexOf(topic) < 0 ? 'plain-other-topic' : against ?? (need !== undefined && need !== 'none' ? 'plain-raised' : undefined);
  return { protection: 'plain-by-choice', satisfies: PROTECTIONS['plain-by-choice'].satisfies, reason: 'plain-chosen', ...(unusable === undefined ? {} : { unusable }) };
}

const PROVED: readonly Capability['tls'][] = ['proved-before', 'relay-declared', 'relay-asked'];
const SURE: readonly ReasonCode[] = ['smime-certificate', 'pgp-key'];

/** All ways in the order they are preferred, usable or not: the order is the product's promise of least effort. */
function candidates(capability: Capability, ordinary: Ordinary = {}): Candidate[] {
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
  const sorted = prefers ? [...order.filter((c) => c.protection === prefers), ...order.filter((c) => c.protection !== prefers)] : order;
  const plain = plainCandidate(capability, ordinary);
  if (plain === null) return sorted;
  // Said for this topic, it counts more than what they prefer in general; where a confirmed key opens without effort, all stays as it was.
  const last = plain.unusable !== undefined || sure.some((c) => !c.unusable);
  if (last) return [...sorted, plain];
  // A connection that proved itself before asks no more of them, and what goes over it is not in clear.
  return sorted[0] === tls && PROVED.indexOf(capability.tls) >= 0 ? [tls, plain, ...sorted.slice(1)] : [plain, ...sorted];
}

function meets(candidate: Candidate, need: Need): boolean {
  if (candidate.protection === 'plain-by-choice') return !candidate.unusable && NEEDS.indexOf(need) <= NEEDS.indexOf('transport');
  return !candidate.unusable && NEEDS.indexOf(candidate.satisfies) >= NEEDS.indexOf(need);
}

/** Whether a copy on the page has a divided key; `impossible`: it should, and nothing could keep the archive's copy. */
type Dividing = 'no' | 'yes' | 'impossible';

export interface Planned { readonly address: string; readonly role: Role; readonly memberOf?: string; readonly name?: string }

/** The way for one recipient, or null when nothing is strong enough. */
export function planRecipient(recipient: Planned, capability: Capability, need: Need, portal = false, divided: Dividing = 'no', ordinary: Ordinary = {}): PlannedRecipient | null {
  return waysFor(recipient, capability, need, portal, divided, ordinary)[0] ?? null;
}

/** Every way that is strong enough for one recipient now, the preferred first. `portal`: the rules leave outsiders no other way but a confirmed key. */
export function waysFor(recipient: Planned, capability: Capability, asked: Need, portal = false, divided: Dividing = 'no', ordinary: Ordinary = {}): PlannedRecipient[] {
  const known = candidates(capability, ordinary).map((c) => (c.protection === 'portal' && divided === 'impossible' && !c.unusable ? { ...c, unusable: 'divided-no-archive' as const } : c));
  const wanted = needOf(capability, asked);
  // What would have gone to the page, and cannot because its key could not be divided, goes by nothing weaker.
  const need = divided === 'impossible' && candidates(capability, ordinary).find((c) => meets(c, wanted))?.protection === 'portal' ? strongerNeed(wanted, PROTECTIONS.portal.satisfies) : wanted;
  const order = portal && !capability.internal ? known.map((c) => (c.protection === 'portal' || c.satisfies === 'e2e-only' || c.unusable ? c : { ...c, unusable: 'portal-rule' as const })) : known;
  return order.filter((c) => meets(c, need)).map((chosen) => ({ ...shownAs(recipient, capability, need, order, chosen, divided === 'yes', ordinary), ...(need === asked ? {} : { need }) }));
}

/** What one copy needs: what the message does, raised by the recipient's own rule. */
export function needOf(capability: Capability, asked: Need): Need {
  return strongerNeed(asked, capability.need ?? 'none');
}

/**
 * Why a copy may not go by this way after all, or null. Asked again before every try: keys end, are replaced and taken back, needs are raised.
 * What stood on a confirmed key, or on the portal, never goes by a found one instead. Whether TLS is good enough is judged in the session itself.
 */
export function objection(capability: Capability, protection: Protection, shown: Pick<PlannedRecipient, 'protection' | 'reasons' | 'need' | 'portal' | 'choice'> | undefined, asked: Need): ReasonCodeKnown | null {
  if (protection === 'plain-by-choice') {
    const plain = plainCandidate(capability, shown?.choice ? { topic: shown.choice.topic } : {});
    if (plain === null || plain.unusable === 'plain-no-topic' || plain.unusable === 'plain-other-topic') return 'plain-revoked';
    return plain.unusable ?? (meets(plain, needOf(capability, shown?.need ?? asked)) ? null : 'need-too-high');
  }
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

function shownAs(recipient: Planned, capability: Capability, need: Need, order: readonly Candidate[], chosen: Candidate, dividing: boolean, ordinary: Ordinary): PlannedRecipient {
  // What cannot be proved while delivering is never exchanged for something weaker.
  const otherwise = order.find((c) => c !== chosen && meets(c, need) && NEEDS.indexOf(c.satisfies) >= NEEDS.indexOf(chosen.satisfies) && c.protection !== 'tls');
  const spoken = chosen.protection === 'portal' && (NEEDS.indexOf(need) > NEEDS.indexOf('transport') || capability.tls === 'failed-before' || capability.tls === 'first-hop-only');
  const reasons = [reason(chosen.reason), ...(capability.need !== undefined && need === capability.need && NEEDS.indexOf(need) > NEEDS.indexOf('transport') ? [reason('need-recipient')] : [])];
  const texted = spoken && capability.sms === true;
  if (spoken) reasons.push(reason(texted ? 'portal-sms' : 'portal-spoken'));
  const divided = dividing && !capability.internal && (chosen.protection === 'portal' || otherwise?.protection === 'portal');
  if (divided) reasons.push(reason('portal-divided'));
  const asks = texted ? TEXT_CODE_ASKS : spoken ? SPOKEN_CODE_ASKS : PROTECTIONS[chosen.protection].asks;
  return {
    address: recipient.address,
    role: recipient.role,
    protection: chosen.protection,
    ...(otherwise ? { otherwise: otherwise.protection } : {}),
    reasons,
    passedOver: order
      .filter((c) => c !== chosen)
      .map((c) => ({ protection: c.protection, reason: reason(c.unusable ?? (meets(c, need) ? 'preferred-first' : c.satisfies === 'transport' && c.protection !== 'tls' ? 'key-unconfirmed' : 'need-too-high')) })),
    asks: divided && chosen.protection === 'portal' ? `${asks} ${DIVIDED_ASKS}` : asks,
    ...(divided ? { divided: true } : {}),
    ...(chosen.protection === 'plain-by-choice' && capability.plain && ordinary.topic ? { choice: { topic: ordinary.topic, version: capability.plain.version, since: new Date(capability.plain.since).toISOString() } } : {}),
  };
}
