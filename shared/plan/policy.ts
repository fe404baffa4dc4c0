/**
 * The organisation's rules as data: what a rule may ask about, what it may demand, and how demands join. The schema beside it is `shared/wire/policy.ts`,
 * the judgement `evaluate.ts`. Rules only add: every field of `Effects` joins by its stricter side, so order and repetition change nothing.
 * Only a dated exception with an owner takes a named effect of a named rule away.
 */
import type { IdentifierKind, SensitiveClass, VerdictLevel } from '../scan/scan.ts';
import { strongerNeed, type Need } from './protection.ts';
import type { ReasonCodeKnown } from './reason.ts';

/** What is known of one recipient besides the address. `internal` and `external` are never both. */
export type Trait =
  | 'internal' | 'external' | 'consumer' | 'partner' | 'new' | 'look-alike' | 'personal' | 'unlike-thread' | 'unlike-salutation' | 'no-mail' | 'list';

export const TRAITS: readonly Trait[] = ['internal', 'external', 'consumer', 'partner', 'new', 'look-alike', 'personal', 'unlike-thread', 'unlike-salutation', 'no-mail', 'list'];

/** From least to most. `observe` is seen in the trace alone, `hint` is shown and asks nothing. */
export type Act = 'allow' | 'observe' | 'hint' | 'warn' | 'justify' | 'approve' | 'block';

export const ACTS: readonly Act[] = ['allow', 'observe', 'hint', 'warn', 'justify', 'approve', 'block'];

/** All that are given must hold; within a list one is enough. */
export interface Condition {
  readonly level?: readonly VerdictLevel[];
  readonly sensitive?: readonly SensitiveClass[];
  /** at least so many distinct health terms */
  readonly health?: number;
  /** at least `least` (default 1) identifiers of these kinds together */
  readonly kinds?: { readonly of: readonly IdentifierKind[]; readonly least?: number };
  /** at least so many people whose data it seems to be */
  readonly people?: number;
  /** names of own patterns, or `roster` for the exact-match list */
  readonly matches?: readonly string[];
  readonly subjectIdentifier?: boolean;
  readonly unscannable?: boolean;
  /** at least so many attachments */
  readonly attachments?: number;
  /** at least so many bytes of attachments */
  readonly size?: number;
  /** a recipient with one of these traits; need, portal and expiry then concern those alone */
  readonly recipient?: readonly Trait[];
  /** … and with none of these */
  readonly recipientNot?: readonly Trait[];
  /** … and in one of these domains or below */
  readonly recipientDomain?: readonly string[];
  /** at least so many recipients */
  readonly recipients?: number;
  /** at least so many in To and Cc, where each sees the others */
  readonly visible?: number;
  readonly group?: readonly string[];
  readonly sharedMailbox?: boolean;
  /** 'HH:MM', local time of the organisation, `to` exclusive; over midnight when from > to */
  readonly time?: { readonly from: string; readonly to: string; readonly days?: readonly number[] };
  readonly label?: readonly string[];
  readonly purpose?: readonly string[];
}

/** Who wrote it: organisation → domain → group → person. A narrower scope adds to the wider ones. */
export interface Scope {
  readonly domain?: readonly string[];
  readonly group?: readonly string[];
  readonly person?: readonly string[];
}

export interface Effects {
  readonly act?: Act;
  readonly need?: Need;
  /** outside recipients read it on the secure page, or with a confirmed key */
  readonly portal?: boolean;
  /** half of a page copy's key is in its link alone; `preferred`: its author may choose the ordinary page */
  readonly divided?: Divided;
  /** protected, although the recipient chose ordinary mail */
  readonly insist?: boolean;
  /** kept at least as long as this class asks */
  readonly retention?: string;
  /** days a portal copy can be read, at most */
  readonly expires?: number;
  /** minutes it waits, and can be taken back, before it goes */
  readonly hold?: number;
  /** addresses of staff who are told, without content */
  readonly notify?: readonly string[];
  /** a recorded consent of the patient must cover it (42 CFR 2.31, 2.33) */
  readonly consent?: boolean;
  /** notices put under the text */
  readonly notice?: readonly NoticeName[];
}

export type NoticeName = 'part2';
type Divided = 'preferred' | 'required';
export type EffectName = keyof Effects;
export const EFFECTS: readonly EffectName[] = ['act', 'need', 'portal', 'divided', 'insist', 'retention', 'expires', 'hold', 'notify', 'consent', 'notice'];

export interface PolicyRule {
  readonly id: string;
  readonly name?: string;
  readonly scope?: Scope;
  readonly when: Condition;
  readonly then: Effects;
  /** a sentence of ours … */
  readonly reason?: ReasonCodeKnown;
  /** … or the administrator's own; carries no value of a draft */
  readonly says?: string;
}

export interface Exception {
  readonly id: string;
  readonly rule: string;
  readonly effect: EffectName;
  readonly scope?: Scope;
  /** who answers for it; an opaque id of a person */
  readonly owner: string;
  readonly why: string;
  /** last UTC day, 'YYYY-MM-DD' */
  readonly until: string;
}

export interface Policy {
  readonly version: string;
  readonly rules: readonly PolicyRule[];
  readonly exceptions?: readonly Exception[];
  /** domains that are partners, and consumer domains beside the built-in ones */
  readonly partners?: readonly string[];
  readonly consumers?: readonly string[];
}

/** Effects joined over rules: lists are sorted and hold each entry once. */
export interface Joined {
  readonly act: Act;
  readonly need: Need;
  readonly portal: boolean;
  readonly divided: Divided | null;
  readonly insist: boolean;
  readonly retention: readonly string[];
  readonly expires: number | null;
  readonly hold: number;
  readonly notify: readonly string[];
  readonly consent: boolean;
  readonly notice: readonly NoticeName[];
}

export const NOTHING: Joined = { act: 'allow', need: 'none', portal: false, divided: null, insist: false, retention: [], expires: null, hold: 0, notify: [], consent: false, notice: [] };

export function join(a: Joined, b: Effects): Joined {
  return {
    act: b.act && ACTS.indexOf(b.act) > ACTS.indexOf(a.act) ? b.act : a.act,
    need: b.need ? strongerNeed(a.need, b.need) : a.need,
    portal: a.portal || b.portal === true,
    divided: b.divided === 'required' || a.divided === 'required' ? 'required' : b.divided ?? a.divided,
    insist: a.insist || b.insist === true,
    retention: b.retention === undefined ? a.retention : union(a.retention, [b.retention]),
    expires: b.expires === undefined ? a.expires : a.expires === null ? b.expires : Math.min(a.expires, b.expires),
    hold: b.hold === undefined ? a.hold : Math.max(a.hold, b.hold),
    notify: b.notify === undefined ? a.notify : union(a.notify, b.notify),
    consent: a.consent || b.consent === true,
    notice: b.notice === undefined ? a.notice : union(a.notice, b.notice),
  };
}

function union<T extends string>(a: readonly T[], b: readonly T[]): readonly T[] {
  const all = a.slice();
  for (const one of b) if (all.indexOf(one) < 0) all.push(one);
  return all.length === a.length ? a : all.sort();
}

/** True when nothing of `a` is weaker than in `b`. */
export function atLeast(a: Joined, b: Joined): boolean {
  const holds = <T>(more: readonly T[], less: readonly T[]) => less.every((one) => more.indexOf(one) >= 0);
  return ACTS.indexOf(a.act) >= ACTS.indexOf(b.act) && strongerNeed(a.need, b.need) === a.need && (a.portal || !b.portal) && (b.divided === null || a.divided === b.divided || a.divided === 'required') && (a.insist || !b.insist) && (a.consent || !b.consent) && a.hold >= b.hold
    && (b.expires === null || a.expires !== null && a.expires <= b.expires) && holds(a.retention, b.retention) && holds(a.notify, b.notify) && holds(a.notice, b.notice);
}
