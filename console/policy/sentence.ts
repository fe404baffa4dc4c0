/** Rules as sentences, and what changed from one document to another. Words only; the judgement is `shared/plan`. */
import type { Condition, Effects, PolicyRule, Scope } from '../../shared/plan/policy.ts';
import type { PolicyDocument } from '../../shared/wire/policy.ts';
import { unsaid } from './check.ts';
import { ACT, EFFECT, KIND, LEVEL, NEED, PURPOSE, SENSITIVE, TRAIT } from './words.ts';

const or = (words: readonly string[]) => (words.length === 0 ? '…' : words.length === 1 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`);
const and = (words: readonly string[]) => (words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`);
const of = (names: { readonly [name: string]: string }, list: readonly string[]) => or(list.map((n) => names[n] ?? n));
const some = (n: number, one: string, many: string) => `${n} ${n === 1 ? one : many}`;
const DAYS = ['', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];

const SAYS: { readonly [K in keyof Condition]-?: (value: NonNullable<Condition[K]>) => string } = {
  level: (v) => `the message is rated ${of(LEVEL, v)}`,
  sensitive: (v) => `it speaks of ${of(SENSITIVE, v)}`,
  health: (v) => `it holds at least ${some(v, 'health term', 'health terms')}`,
  kinds: (v) => `it holds at least ${v.least ?? 1} of these: ${of(KIND, v.of)}`,
  people: (v) => `it concerns at least ${some(v, 'person', 'people')}`,
  matches: (v) => `it matches ${or(v.map((n) => `“${n}”`))}`,
  subjectIdentifier: () => 'the subject names a patient',
  unscannable: () => 'part of it cannot be read',
  attachments: (v) => `it has at least ${some(v, 'attachment', 'attachments')}`,
  size: (v) => `its attachments weigh at least ${(v / 1e6).toLocaleString(undefined, { maximumFractionDigits: 1 })} MB`,
  recipient: (v) => `a recipient is ${of(TRAIT, v)}`,
  recipientNot: (v) => `that recipient is not ${of(TRAIT, v)}`,
  recipientDomain: (v) => `a recipient is at ${or(v)}`,
  recipients: (v) => `it goes to at least ${some(v, 'recipient', 'recipients')}`,
  visible: (v) => `at least ${v} recipients see each other`,
  group: (v) => `its author is in ${or(v)}`,
  sharedMailbox: () => 'it is sent from a shared mailbox',
  time: (v) => `it is between ${v.from} and ${v.to}${v.days === undefined ? '' : ` on ${or(v.days.map((d) => DAYS[d] ?? ''))}`}`,
  label: (v) => `it is labelled ${or(v)}`,
  purpose: (v) => `it is sent for ${of(PURPOSE, v)}`,
};

const DOES: { readonly [K in keyof Effects]-?: (value: NonNullable<Effects[K]>) => string } = {
  act: (v) => ACT[v] ?? v,
  need: (v) => `it needs ${NEED[v] ?? v}`,
  portal: (v) => (v ? 'outside recipients read it on the secure page' : 'the secure page is not asked for'),
  divided: (v) => `the key of the secure page is divided${v === 'preferred' ? ', unless its author chooses otherwise' : ''}`,
  insist: (v) => (v ? 'it is protected although the recipient chose ordinary mail' : 'the recipient\'s choice of ordinary mail is followed'),
  retention: (v) => `it is kept at least as long as “${v}”`,
  expires: (v) => `copies on the secure page end after ${some(v, 'day', 'days')}`,
  hold: (v) => `it waits ${some(v, 'minute', 'minutes')} and can be taken back`,
  notify: (v) => `${and(v)} ${v.length === 1 ? 'is' : 'are'} told`,
  consent: (v) => (v ? 'a recorded consent must cover it' : 'no consent is asked for'),
  notice: () => 'the notice of 42 CFR 2.32 is put under it',
};

function said<T extends object>(words: { readonly [K in keyof T]-?: (value: never) => string }, of_: T): string[] {
  return (Object.keys(words) as (keyof T)[]).flatMap((key) => (of_[key] === undefined ? [] : [(words[key] as (value: unknown) => string)(of_[key])]));
}

const scopeOf = (scope: Scope | undefined): string => {
  if (scope === undefined) return '';
  const parts = [...(scope.domain ? [`authors at ${or(scope.domain)}`] : []), ...(scope.group ? [`authors in ${or(scope.group)}`] : []), ...(scope.person ? [or(scope.person)] : [])];
  return parts.length === 0 ? '' : `For ${and(parts)}: `;
};
const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

/** "When …, …." */
export function sentenceOf(rule: Pick<PolicyRule, 'scope' | 'when' | 'then'>): string {
  const [when, then] = [said<Condition>(SAYS, rule.when), said<Effects>(DOES, rule.then)];
  return `${scopeOf(rule.scope)}${unsaid(rule) ? 'When …' : when.length === 0 ? 'Always' : `${capital(`when ${and(when)}`)}`}, ${then.length === 0 ? 'nothing follows' : and(then)}.`;
}

/** "Until …, … of …  is taken away". */
export function waiver(e: NonNullable<PolicyDocument['exceptions']>[number], rules: PolicyDocument['rules']): string {
  const rule = rules.find((r) => r.id === e.rule);
  return `Until ${e.until || '…'}, ${scopeOf(e.scope as Scope | undefined).replace(/^For /, 'for ').replace(/: $/, ', ')}“${EFFECT[e.effect] ?? e.effect}” of “${rule?.name ?? e.rule}” is taken away, because: ${e.why || '…'} (${e.owner || '…'})`;
}

interface Difference { readonly kind: 'added' | 'removed' | 'changed' | 'moved'; readonly what: string; readonly before?: string; readonly after?: string }

/** What a person must read before they approve: rule by rule, then exceptions and lists. Order changes nothing and is said once. */
export function differences(before: PolicyDocument, after: PolicyDocument): Difference[] {
  const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);
  const name = (r: { readonly id: string; readonly name?: string | undefined }) => r.name ?? r.id;
  const rule = (r: PolicyDocument['rules'][number]) => `${sentenceOf(r as PolicyRule)}${r.says === undefined ? '' : ` It says: “${r.says}”`}`;
  const found: Difference[] = [];
  for (const r of after.rules) {
    const old = before.rules.find((b) => b.id === r.id);
    if (old === undefined) found.push({ kind: 'added', what: name(r), after: rule(r) });
    else if (!same(old, r)) found.push({ kind: 'changed', what: name(r), before: rule(old), after: rule(r) });
  }
  for (const r of before.rules) if (!after.rules.some((a) => a.id === r.id)) found.push({ kind: 'removed', what: name(r), before: rule(r) });
  const kept = (d: PolicyDocument, other: PolicyDocument) => d.rules.filter((r) => other.rules.some((o) => o.id === r.id)).map((r) => r.id);
  if (!same(kept(before, after), kept(after, before))) found.push({ kind: 'moved', what: 'The order in which rules are shown' });
  for (const e of after.exceptions ?? []) {
    const old = before.exceptions?.find((b) => b.id === e.id);
    if (old === undefined) found.push({ kind: 'added', what: `Exception ${e.id}`, after: waiver(e, after.rules) });
    else if (!same(old, e)) found.push({ kind: 'changed', what: `Exception ${e.id}`, before: waiver(old, before.rules), after: waiver(e, after.rules) });
  }
  for (const e of before.exceptions ?? []) if (!after.exceptions?.some((a) => a.id === e.id)) found.push({ kind: 'removed', what: `Exception ${e.id}`, before: waiver(e, before.rules) });
  for (const [key, what] of [['partners', 'Partner domains'], ['consumers', 'Consumer domains']] as const) {
    const [a, b] = [before[key] ?? [], after[key] ?? []];
    if (!same([...a].sort(), [...b].sort())) found.push({ kind: 'changed', what, before: a.join(', ') || 'none', after: b.join(', ') || 'none' });
  }
  return found;
}
