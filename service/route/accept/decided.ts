/** What a judgement is made from, and what it says to the log, to the replay and to an approver: who asked, which rules held, what was waived. Codes and counts alone. */
import { normalAddress } from '../../../shared/draft/address.ts';
import type { Draft } from '../../../shared/draft/draft.ts';
import { textOfHtml } from '../../../shared/draft/text.ts';
import type { NoticeName } from '../../../shared/plan/policy.ts';
import type { Plan } from '../../../shared/plan/plan.ts';
import { greetedIn, threadIn } from '../../../shared/plan/trait.ts';
import type { Author, Outcome } from '../../../shared/plan/evaluate.ts';
import type { ScanResult, VerdictLevel } from '../../../shared/scan/scan.ts';
import type { Waiting } from '../../../shared/wire/approval.ts';
import type { NewAlert } from '../../alert/alert.sql.ts';
import { TOLD } from '../../alert/rule.table.ts';
import type { Asked } from '../../approval/approval.sql.ts';
import type { Facts, PreparedEvent } from '../../audit/audit.ts';
import type { Planned } from '../../handoff/handoff.ts';
import { ownOf, type Person } from '../../people/people.ts';
import type { NewItem } from '../../queue/queue.sql.ts';
import type { House } from '../house.ts';
import type { Work } from './keep.ts';

/** A fact of an event is 512 characters at most; the evidence holds the whole trace. */
const FACT = 500;

export function authorOf(person: Person, from: string): Author {
  const address = normalAddress(from);
  const own = ownOf(person).filter((a) => a !== address);
  return { address, groups: person.groups, sharedMailbox: person.shared.includes(address), ...(own.length === 0 ? {} : { own }) };
}

export function filesOf(draft: Draft): { readonly attachments: number; readonly size: number } {
  return { attachments: draft.attachments.length, size: draft.attachments.reduce((sum, a) => sum + a.size, 0) };
}

/** rules by id, strictest words elsewhere; `waived`: effects an exception took away, as `rule/effect/exception` */
function traceOf(outcome: Outcome): Facts {
  const waived = outcome.trace.flatMap((t) => (t.waived ?? []).map((w) => `${t.rule}/${w.effect}/${w.exception}`)).join(' ');
  return { trace: outcome.trace.map((t) => t.rule).join(' ').slice(0, FACT), ...(waived === '' ? {} : { waived: waived.slice(0, FACT) }) };
}

/** What a draft's own words say of its recipients. */
export function saidOf(draft: Draft): { readonly greeted: readonly string[]; readonly thread: readonly string[] } {
  const { text } = draft.html === undefined ? { text: draft.text ?? '' } : textOfHtml(draft.html);
  return { greeted: greetedIn(text), thread: draft.inReplyTo === undefined ? [] : threadIn(text) };
}

/** 42 CFR 2.32(a)(2), and (b): a clear explanation of the consent's scope goes along. */
const NOTICES: { readonly [N in NoticeName]: (scopes: readonly string[]) => string } = {
  part2: (scopes) => `42 CFR part 2 prohibits unauthorized use or disclosure of these records.${scopes.length === 0 ? '' : ` Scope of the consent under which they are disclosed: ${scopes.join('; ')}`}`,
};

export function withNotices(draft: Draft, names: readonly NoticeName[], scopes: readonly string[]): Draft {
  if (names.length === 0) return draft;
  const notices = names.map((name) => NOTICES[name](scopes));
  const escaped = (text: string) => text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
  const under = `<hr>${notices.map((n) => `<p>${escaped(n)}</p>`).join('')}`;
  const { html, text } = draft;
  const end = html === undefined ? -1 : html.search(/<\/body\s*>/i);
  return {
    ...draft,
    ...(html === undefined ? {} : { html: end < 0 ? `${html}${under}` : `${html.slice(0, end)}${under}${html.slice(end)}` }),
    ...(html !== undefined && text === undefined ? {} : { text: `${text ?? ''}\n\n-- \n${notices.join('\n')}\n` }),
  };
}

/** Records that the policy treats as 42 CFR part 2 does, to somebody outside: what the notice of 2.32 must go with, whether or not a rule puts it there. */
const leavesUnderPart2 = ({ outcome: { joined }, retention, situation }: Planned): boolean =>
  (joined.consent || joined.notice.includes('part2') || retention.class === 'part2') && situation.recipients.some((r) => !r.traits.includes('internal'));

/** What an approver is told before deciding: no content, no address. */
export function aboutOf({ situation: { facts, recipients }, outcome, policy, plan }: Planned, draft: Draft): string {
  return JSON.stringify({
    level: facts.level, kinds: facts.kinds, sensitive: [...facts.sensitive], people: facts.people, recipients: recipients.length, outside: recipients.filter((r) => !r.traits.includes('internal')).length, attachments: draft.attachments.length,
    policy, rules: outcome.trace.map((t) => t.rule), reasons: plan?.reasons.map((r) => r.text) ?? [],
  } satisfies Waiting['about']);
}

/** Whom the rules ask to be told, one alert for all of them: which rules, never what was written. */
export async function toldOf({ alerts }: Pick<House, 'alerts'>, message: string, { outcome }: Planned, how: 'accepted' | 'refused'): Promise<NewAlert[]> {
  const to = outcome.joined.notify;
  if (to.length === 0) return [];
  const rules = outcome.trace.filter((t) => t.effects.notify !== undefined).map((t) => t.rule);
  return [await alerts.prepare({ kind: TOLD, severity: 'notice', once: `${TOLD}/${message}`, about: message, to, detail: `It was ${how}. Rules: ${rules.join(', ')}.` })];
}

/** The outside domains it goes to and, where much is at stake, how many of them nobody here has written to before. */
export async function metIn({ policy }: Pick<House, 'policy'>, { situation: { recipients } }: Planned, level: VerdictLevel): Promise<{ readonly domains: readonly string[]; readonly fresh: number }> {
  const domains = policy.domains(recipients.filter((r) => !r.traits.includes('internal')).map((r) => r.address));
  return { domains, fresh: level === 'high' || level === 'bulk' ? (await policy.known(domains)).filter((known) => !known).length : 0 };
}

/** Where in the request one of these addresses stands, or the list that has it. */
export const placeOf = (given: Draft['recipients'], { recipients }: Pick<Planned, 'recipients'>, addresses: readonly string[]): string =>
  `/recipients/${given.findIndex((r) => addresses.includes(r.address) || recipients.some((p) => p.memberOf === r.address && addresses.includes(p.address)))}`;

export async function refusal({ audit, vault, world }: Pick<House, 'audit' | 'vault' | 'world'>, work: { readonly author: Person; readonly message: string; readonly draft: Draft }, planned: Planned, scanned: ScanResult, code: 'policy-blocked' | 'list-not-expanded'): Promise<PreparedEvent> {
  return audit.prepare({
    type: 'message.refused', outcome: 'denied', actor: { kind: 'author', id: work.author.id }, message: work.message,
    facts: { code, policy: planned.policy, ruleset: scanned.ruleset, level: scanned.verdict.level, recipients: work.draft.recipients.length, ...traceOf(planned.outcome) },
  }, await vault.monthly(world.now()));
}

/** What acceptance says to the log: of the message, and of each of its copies (`items`, in the plan's order). */
export function acceptance({ audit }: Pick<House, 'audit'>, work: Pick<Work, 'author' | 'message' | 'draft' | 'digest' | 'wishes' | 'keys'>, planned: Planned, plan: Plan, scanned: ScanResult, items: readonly Pick<NewItem, 'id' | 'protection'>[], asked: Pick<Asked, 'deadline'> | null, newDomains: number): PreparedEvent[] {
  const { draft, wishes } = work;
  const note = (type: string, facts: Facts, item?: string, sealed?: { readonly [name: string]: string }) => audit.prepare({
    type, outcome: 'ok', actor: { kind: 'author', id: work.author.id }, message: work.message, facts, ...(item ? { item } : {}), ...(sealed ? { sealed } : {}),
  }, work.keys.evidence);
  const trace = planned.outcome.trace.length;
  return [
    note('message.accepted', { verdict: scanned.verdict.level, findings: scanned.findings.length, recipients: items.length, attachments: draft.attachments.length, policy: planned.policy, ruleset: scanned.ruleset, decision: plan.decision, need: plan.need, ...(newDomains > 0 ? { newDomains } : {}) }, undefined, {
      digest: work.digest, subject: draft.subject, from: draft.from.address, ...(wishes.purpose ? { purpose: wishes.purpose } : {}), ...(wishes.patientRef ? { patient: wishes.patientRef } : {}), ...(wishes.justification ? { justification: wishes.justification } : {}),
    }),
    note('policy.decided', { policy: planned.policy, decision: plan.decision, need: plan.need, ...traceOf(planned.outcome) }),
    ...(plan.lists ?? []).map((l) => note('list.expanded', { members: l.members, outside: l.outside }, undefined, { address: l.address })),
    ...(plan.notices ?? []).map((n) => note(`${n}.notice_attached`, {})), ...(leavesUnderPart2(planned) ? [note('part2.disclosed', {})] : []),
    ...(asked ? [note('approval.requested', { policy: planned.policy, rules: trace, deadline: new Date(asked.deadline).toISOString() }), ...items.map((i) => note('delivery.held', { code: 'approval-waits', protection: i.protection }, i.id))] : []),
    note('retention.assigned', { class: planned.retention.class, until: planned.retention.until }),
    ...plan.recipients.map((r, i) => note('encryption.decided', { protection: r.protection, otherwise: r.otherwise ?? null, ...(r.divided ? { divided: true } : {}), need: plan.need, reason: r.reasons[0]?.code ?? '' }, items[i]?.id, { recipient: r.address })),
    ...plan.recipients.flatMap((r, i) => (r.choice ? [note('preference.plain_followed', { topic: r.choice.topic, version: r.choice.version }, items[i]?.id)] : [])),
  ];
}
