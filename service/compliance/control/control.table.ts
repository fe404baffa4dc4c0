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
  /** how long sessions may rest and last, in minutes; those that were used beyond it; those of people whom the directory has ended */
  readonly sessions: { readonly idle: number; readonly whole: number; readonly beyond: number; readonly ofLeavers: number };
  /** accounts that the directory ended more than an hour ago and whose copies under way nobody has seen to */
  readonly leaversOpen: number;
  /** copies of the last day that left as ordinary mail, and those of them without a recipient's recorded choice */
  readonly plain: { readonly copies: number; readonly unchosen: number };
  /** messages of the last day that took records under 42 CFR part 2 out of the house, and those of them without the notice */
  readonly part2: { readonly messages: number; readonly bare: number };
}

type Outcome = 'met' | 'not-met' | 'nothing-to-show' | 'not-applicable';

interface Control {
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
/** of so many, none wrong */
const none = (wrong: number, of: number): Outcome => (wrong > 0 ? 'not-met' : some(of));
const control = (id: string, citation: string, title: string, windowDays: number, question: string, judge: Control['judge'], measured: Control['measured'], more: { readonly addressable?: true } = {}): Control =>
  ({ id, citation, title, windowDays, question, judge, measured, reviewed: 'not reviewed by counsel', ...more });

/** Asked for by the matrix, not there yet: said, so that nobody takes silence for a yes. */
const absent = (id: string, citation: string, title: string, why: string): Control => control(id, citation, title, 1, `Not applicable: ${why}`, () => 'not-applicable', () => 0);

export const CONTROLS: readonly Control[] = [
  control('A1', '45 CFR 164.312(a)(1)', 'Access is refused to whom it is not for', 30, 'Doors that were tried without the role, and refused', (f) => some(f.n('authz.denied')), (f) => f.n('authz.denied')),
  control('A3', '45 CFR 164.312(a)(2)(ii)', 'Emergency access is reviewed', 90, 'Emergency accesses without review after their business day', (f) => zero(f.overdueGlass), (f) => f.n('breakglass.granted')),
  control('A4', '45 CFR 164.312(a)(2)(iii)', 'Sessions end', 30, 'Sessions used beyond their limits, and limits of more than an hour idle or a day in all (NIST SP 800-63-4, AAL2)', (f) => none(f.sessions.beyond + Number(f.sessions.idle > 60 || f.sessions.whole > 1440), f.n('session.ended')), (f) => f.sessions.idle, { addressable: true }),
  control('A5', '45 CFR 164.312(a)(2)(iv)', 'Data at rest is encrypted, keys lie apart', 1, 'Keys and data in different places', (f) => (f.keysApart ? 'met' : 'not-met'), (f) => Number(f.fips), { addressable: true }),
  control('A6', '45 CFR 164.312(b)', 'Activity is recorded so that it cannot be rewritten', 1, 'The log goes on, and others hold a checkpoint younger than a day', (f) => (f.logBroken ? 'not-met' : f.anchor !== null && f.anchor < DAY ? 'met' : 'not-met'), (f) => (f.anchor === null ? -1 : Math.round(f.anchor / 60_000))),
  control('A7', '45 CFR 164.308(a)(1)(ii)(D)', 'Records of activity are examined', 31, 'Reviews signed off, none overdue', (f) => (f.overdueReviews > 0 ? 'not-met' : f.review === null ? (f.age < 31 ? 'nothing-to-show' : 'not-met') : f.review < 62 * DAY ? 'met' : 'not-met'), (f) => f.n('review.completed')),
  control('A8', '45 CFR 164.312(c)(1)', 'What is kept is not altered', 30, 'The log goes on from its last checkpoint; anchors agree with it', (f) => (f.logBroken ? 'not-met' : 'met'), (f) => f.n('log.anchor_failed'), { addressable: true }),
  control('A9', '45 CFR 164.312(d)', 'Who opens a message has proved who they are', 90, 'Messages opened on the secure page, each after a proof', (f) => (f.n('portal.message_opened') === 0 ? 'nothing-to-show' : f.n('portal.authenticated') > 0 ? 'met' : 'not-met'), (f) => f.n('portal.authenticated')),
  control('A10', '45 CFR 164.312(e)(2)(ii)', 'Nothing leaves over a channel that was not proved', 1, 'Copies protected by their channel alone, and those of them whose channel did not prove itself', (f) => none(f.left.unproved, f.left.copies), (f) => f.left.unproved, { addressable: true }),
  control('A12', '45 CFR 164.308(a)(3)(ii)(C)', 'Access ends with the work', 365, 'Sessions that run though the directory ended the account, and accounts that nobody had seen to within the hour', (f) => none(f.sessions.ofLeavers + f.leaversOpen, f.n('account.deprovisioned')), (f) => f.sessions.ofLeavers + f.leaversOpen, { addressable: true }),
  control('A14', '45 CFR 164.308(a)(5)(ii)(C)', 'Failed sign-ins are watched', 30, 'Failed proofs and locks, and whether anybody looked when alerts were raised', (f) => (f.overdueReviews > 0 || (f.n('alert.raised') > 0 && f.n('alert.acknowledged') === 0) ? 'not-met' : some(f.n('auth.failed') + f.n('portal.code_wrong') + f.n('portal.locked'))), (f) => f.n('auth.failed') + f.n('portal.code_wrong') + f.n('portal.locked'), { addressable: true }),
  control('A13', '45 CFR 164.308(a)(4), 164.514(d)', 'Sealed values are shown only with a reason', 90, 'Values shown; each entry names its purpose', (f) => (f.n('audit.revealed') === 0 ? 'nothing-to-show' : 'met'), (f) => f.n('audit.revealed')),
  control('A15', '45 CFR 164.308(a)(6)(ii)', 'Incidents are answered', 90, 'Incidents beyond their outer limit', (f) => zero(f.openIncidentsLate), (f) => f.n('incident.opened')),
  control('A16', '45 CFR 164.308(a)(7)(ii)(A)', 'Backups are made', 2, 'Hours since the newest backup that the log knows: at most 48', (f) => (f.backup === null ? (f.age < 2 ? 'nothing-to-show' : 'not-met') : f.backup <= 2 * DAY ? 'met' : 'not-met'), (f) => (f.backup === null ? -1 : Math.round(f.backup / 3_600_000))),
  control('A17', '45 CFR 164.308(a)(8)', 'Safeguards are evaluated', 30, 'Days on which they were', (f) => (f.days('control.evaluated') >= Math.min(30, Math.max(1, f.age)) - 1 ? 'met' : 'not-met'), (f) => f.days('control.evaluated')),
  control('A18', '45 CFR 164.310(d)(2)(i)', 'What is due is destroyed', 90, 'Disposals carried out', (f) => some(f.n('disposal.executed')), (f) => f.n('disposal.executed')),
  control('A20', '45 CFR 164.502(b)', 'Messages are looked through for more than is needed', 90, 'Accepted messages with a verdict of the scanner', (f) => some(f.n('message.accepted')), (f) => f.n('message.accepted')),
  control('A22', '45 CFR 164.522(b)', 'Ordinary mail goes to those alone who chose it', 1, 'Copies that left as ordinary mail, and those of them without a recipient\'s choice on record', (f) => none(f.plain.unchosen, f.plain.copies), (f) => f.plain.unchosen),
  control('A24', '45 CFR 164.528', 'Disclosures can be accounted for', 365, 'Accountings made on request', (f) => some(f.n('accounting.generated')), (f) => f.n('accounting.generated')),
  control('A25', '45 CFR 164.402(2)', 'Breaches are assessed by the four factors', 365, 'Incidents and assessments', (f) => (f.n('incident.opened') === 0 ? 'nothing-to-show' : f.openIncidentsLate === 0 ? 'met' : 'not-met'), (f) => f.n('breach.assessed')),
  control('A27', '42 CFR 2.32', 'Records under part 2 leave with their notice', 1, 'Messages that took such records out of the house, and those of them without the notice', (f) => none(f.part2.bare, f.part2.messages), (f) => f.part2.bare),
  control('A29', '45 CFR 164.316(b)(2)(i), 164.530(j)', 'Whatever is accepted has a time it is kept', 90, 'Accepted messages without a retention', (f) => (f.n('message.accepted') === 0 ? 'nothing-to-show' : zero(Math.max(0, f.n('message.accepted') - f.n('retention.assigned')))), (f) => Math.max(0, f.n('message.accepted') - f.n('retention.assigned'))),
  absent('A30', 'FRCP 37(e)', 'What is held for a matter is not destroyed', 'this release has no legal hold yet: whatever is due is destroyed'),
  absent('A31', '17 CFR 240.17a-4(f), by analogy', 'A lock cannot be shortened', 'this release has no lock beyond the period of a retention class'),
  absent('A32', '45 CFR 164.310(d)(2)(i)', 'Two people agree to what is destroyed', 'this release destroys at the end of a period by the policy that two people agreed to, not in batches'),
  control('A33', '45 CFR 164.308(a)(1)(ii)(B)', 'Policy is changed by two', 365, 'Versions activated and approvals by another person', (f) => (f.n('policy.activated') === 0 ? 'nothing-to-show' : f.n('policy.approved') > 0 ? 'met' : 'not-met'), (f) => f.n('policy.activated')),
  control('A38', '45 CFR 164.316(b)(2)', 'Exports are accounted for', 365, 'Exports made and fetched', (f) => some(f.n('export.created')), (f) => f.n('export.downloaded')),
  control('A39', '45 CFR 164.312(b)', 'Time runs one way', 30, 'Times the clock went back', (f) => zero(f.n('clock.skew')), (f) => f.n('clock.skew')),
];

const PROFILES = ['hipaa-current', 'hipaa-nprm-2025'] as const;
export type Profile = (typeof PROFILES)[number];
export type Result = Outcome | 'addressable-not-met' | 'addressable-documented';

/** One fact, two readings. `documented`: a person wrote down why, and what is done instead, and it has not lapsed (164.306(d)(3)). */
export function resultOf(control: Pick<Control, 'addressable'>, outcome: Outcome, profile: Profile, documented = false): Result {
  if (outcome !== 'not-met' || control.addressable !== true || profile !== 'hipaa-current') return outcome;
  return documented ? 'addressable-documented' : 'addressable-not-met';
}
