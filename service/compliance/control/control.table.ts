/**
 * Controls as code: a safeguard, what of it this service touches, the question put to the log, and what the answer must be. Nothing here is
 * legal advice; `reviewed` says whose eyes have seen the citation. Two profiles read the same facts: the Security Rule as it stands, where
 * addressable specifications may be met otherwise with a written reason, and the proposed rule of January 2025 (90 FR 898), where they may not.
 */
export interface Facts {
  /** entries of these types (a trailing dot: all below it) in the window */
  n(types: string, outcome?: string): number;
  /** days of the window with such entries */
  days(types: string): number;
  /** days the log has existed, at most the window */
  readonly age: number;
  /** ms since the newest anchor; null without any */
  readonly anchor: number | null;
  readonly anchored: boolean;
  readonly logBroken: boolean;
  /** ms since an activity review was signed off; null never */
  readonly review: number | null;
  readonly overdueReviews: number;
  readonly overdueGlass: number;
  readonly keysApart: boolean;
  readonly fips: boolean;
  readonly openIncidentsLate: number;
  /** copies of the last day that left protected by the channel alone, and those of them whose channel was not proved */
  readonly left: { readonly copies: number; readonly unproved: number };
  /** ms since the newest backup that the log knows; null without any */
  readonly backup: number | null;
}

export type Outcome = 'met' | 'not-met' | 'nothing-to-show';

export interface Control {
  readonly id: string;
  readonly citation: string;
  readonly title: string;
  /** an addressable specification of today's rule */
  readonly addressable?: true;
  readonly windowDays: number;
  readonly question: string;
  readonly judge: (f: Facts) => Outcome;
  readonly measured: (f: Facts) => number;
  readonly reviewed: string;
}

const DAY = 86_400_000;
const zero = (n: number): Outcome => (n === 0 ? 'met' : 'not-met');
const some = (n: number): Outcome => (n > 0 ? 'met' : 'nothing-to-show');
const control = (id: string, citation: string, title: string, windowDays: number, question: string, judge: Control['judge'], measured: Control['measured'], more: { readonly addressable?: true } = {}): Control =>
  ({ id, citation, title, windowDays, question, judge, measured, reviewed: 'not reviewed by counsel', ...more });

export const CONTROLS: readonly Control[] = [
  control('A1', '45 CFR 164.312(a)(1)', 'Access is refused to whom it is not for', 30, 'Doors that were tried without the role, and refused', (f) => some(f.n('authz.denied')), (f) => f.n('authz.denied')),
  control('A3', '45 CFR 164.312(a)(2)(ii)', 'Emergency access is reviewed', 90, 'Emergency accesses without review after their business day', (f) => zero(f.overdueGlass), (f) => f.n('breakglass.granted')),
  control('A4', '45 CFR 164.312(a)(2)(iii)', 'Sessions end', 30, 'Sessions of staff that ended: signed out, idle, or at their outer limit', (f) => some(f.n('session.ended')), (f) => f.n('session.ended'), { addressable: true }),
  control('A5', '45 CFR 164.312(a)(2)(iv)', 'Data at rest is encrypted, keys lie apart', 1, 'Keys and data in different places', (f) => (f.keysApart ? 'met' : 'not-met'), (f) => Number(f.fips), { addressable: true }),
  control('A6', '45 CFR 164.312(b)', 'Activity is recorded so that it cannot be rewritten', 1, 'The log goes on, and others hold a checkpoint younger than a day', (f) => (f.logBroken ? 'not-met' : f.anchor !== null && f.anchor < DAY ? 'met' : 'not-met'), (f) => (f.anchor === null ? -1 : Math.round(f.anchor / 60_000))),
  control('A7', '45 CFR 164.308(a)(1)(ii)(D)', 'Records of activity are examined', 31, 'Reviews signed off, none overdue', (f) => (f.overdueReviews > 0 ? 'not-met' : f.review === null ? (f.age < 31 ? 'nothing-to-show' : 'not-met') : f.review < 62 * DAY ? 'met' : 'not-met'), (f) => f.n('review.completed')),
  control('A8', '45 CFR 164.312(c)(1)', 'What is kept is not altered', 30, 'The log goes on from its last checkpoint; anchors agree with it', (f) => (f.logBroken ? 'not-met' : 'met'), (f) => f.n('log.anchor_failed'), { addressable: true }),
  control('A9', '45 CFR 164.312(d)', 'Who opens a message has proved who they are', 90, 'Messages opened on the secure page, each after a proof', (f) => (f.n('portal.message_opened') === 0 ? 'nothing-to-show' : f.n('portal.authenticated') > 0 ? 'met' : 'not-met'), (f) => f.n('portal.authenticated')),
  control('A10', '45 CFR 164.312(e)(2)(ii)', 'Nothing leaves over a channel that was not proved', 1, 'Copies protected by their channel alone, and those of them whose channel did not prove itself', (f) => (f.left.unproved > 0 ? 'not-met' : some(f.left.copies)), (f) => f.left.unproved, { addressable: true }),
  control('A12', '45 CFR 164.308(a)(3)(ii)(C)', 'Access ends with the work', 365, 'Accounts that the directory ended, and with them their sessions and tokens', (f) => some(f.n('account.deprovisioned')), (f) => f.n('account.deprovisioned'), { addressable: true }),
  control('A14', '45 CFR 164.308(a)(5)(ii)(C)', 'Failed sign-ins are watched', 30, 'Failed proofs and locks, and whether anybody looked when alerts were raised', (f) => (f.overdueReviews > 0 || (f.n('alert.raised') > 0 && f.n('alert.acknowledged') === 0) ? 'not-met' : some(f.n('auth.failed') + f.n('portal.code_wrong') + f.n('portal.locked'))), (f) => f.n('auth.failed') + f.n('portal.code_wrong') + f.n('portal.locked'), { addressable: true }),
  control('A13', '45 CFR 164.308(a)(4), 164.514(d)', 'Sealed values are shown only with a reason', 90, 'Values shown; each entry names its purpose', (f) => (f.n('audit.revealed') === 0 ? 'nothing-to-show' : 'met'), (f) => f.n('audit.revealed')),
  control('A15', '45 CFR 164.308(a)(6)(ii)', 'Incidents are answered', 90, 'Incidents beyond their outer limit', (f) => zero(f.openIncidentsLate), (f) => f.n('incident.opened')),
  control('A16', '45 CFR 164.308(a)(7)(ii)(A)', 'Backups are made', 2, 'Hours since the newest backup that the log knows: at most 48', (f) => (f.backup === null ? (f.age < 2 ? 'nothing-to-show' : 'not-met') : f.backup <= 2 * DAY ? 'met' : 'not-met'), (f) => (f.backup === null ? -1 : Math.round(f.backup / 3_600_000))),
  control('A17', '45 CFR 164.308(a)(8)', 'Safeguards are evaluated', 30, 'Days on which they were', (f) => (f.days('control.evaluated') >= Math.min(30, Math.max(1, f.age)) - 1 ? 'met' : 'not-met'), (f) => f.days('control.evaluated')),
  control('A18', '45 CFR 164.310(d)(2)(i)', 'What is due is destroyed', 90, 'Disposals carried out', (f) => some(f.n('disposal.executed')), (f) => f.n('disposal.executed')),
  control('A20', '45 CFR 164.502(b)', 'Messages are looked through for more than is needed', 90, 'Accepted messages with a verdict of the scanner', (f) => some(f.n('message.accepted')), (f) => f.n('message.accepted')),
  control('A24', '45 CFR 164.528', 'Disclosures can be accounted for', 365, 'Accountings made on request', (f) => some(f.n('accounting.generated')), (f) => f.n('accounting.generated')),
  control('A25', '45 CFR 164.402(2)', 'Breaches are assessed by the four factors', 365, 'Incidents and assessments', (f) => (f.n('incident.opened') === 0 ? 'nothing-to-show' : f.openIncidentsLate === 0 ? 'met' : 'not-met'), (f) => f.n('breach.assessed')),
  control('A27', '42 CFR 2.32', 'Records under part 2 leave with their notice', 365, 'Messages that the notice was put under', (f) => some(f.n('part2.notice_attached')), (f) => f.n('part2.notice_attached')),
  control('A29', '45 CFR 164.316(b)(2)(i), 164.530(j)', 'Whatever is accepted has a time it is kept', 90, 'Accepted messages without a retention', (f) => (f.n('message.accepted') === 0 ? 'nothing-to-show' : zero(Math.max(0, f.n('message.accepted') - f.n('retention.assigned')))), (f) => Math.max(0, f.n('message.accepted') - f.n('retention.assigned'))),
  control('A33', '45 CFR 164.308(a)(1)(ii)(B)', 'Policy is changed by two', 365, 'Versions activated and approvals by another person', (f) => (f.n('policy.activated') === 0 ? 'nothing-to-show' : f.n('policy.approved') > 0 ? 'met' : 'not-met'), (f) => f.n('policy.activated')),
  control('A38', '45 CFR 164.316(b)(2)', 'Exports are accounted for', 365, 'Exports made and fetched', (f) => some(f.n('export.created')), (f) => f.n('export.downloaded')),
  control('A39', '45 CFR 164.312(b)', 'Time runs one way', 30, 'Times the clock went back', (f) => zero(f.n('clock.skew')), (f) => f.n('clock.skew')),
];

export const PROFILES = ['hipaa-current', 'hipaa-nprm-2025'] as const;
export type Profile = (typeof PROFILES)[number];
export type Result = 'met' | 'not-met' | 'addressable-not-met' | 'nothing-to-show';

/** One fact, two readings. */
export function resultOf(control: Pick<Control, 'addressable'>, outcome: Outcome, profile: Profile): Result {
  return outcome === 'not-met' && control.addressable === true && profile === 'hipaa-current' ? 'addressable-not-met' : outcome;
}
