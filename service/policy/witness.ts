/**
 * Situations in which a rule just holds, made out of the rule itself: one for each thing it names, at each of its edges. What only few are meant by (a group,
 * a label, a pattern, an hour, a partner, an exception) stands in no ordinary mail, and taking it away would go unseen. Says nothing about what follows.
 */
import { domainOf, within } from '../../shared/draft/address.ts';
import type { Situation } from '../../shared/plan/evaluate.ts';
import type { PlanFacts } from '../../shared/plan/plan.ts';
import { TRAITS, type Condition, type Exception, type Policy, type PolicyRule, type Scope, type Trait } from '../../shared/plan/policy.ts';
import type { IdentifierKind, SensitiveClass, VerdictLevel } from '../../shared/scan/scan.ts';

const LEVELS: readonly VerdictLevel[] = ['none', 'pii', 'medium', 'high', 'bulk', 'unscannable'];
const SOMEBODY = 'sample@example.invalid';
/** a Tuesday morning, a Sunday night */
const HOURS = [{ day: 2, minute: 600 }, { day: 7, minute: 180 }] as const;
const DOMAINS = 3;
/** of one list: what the other version does not name comes first, and whatever it leaves out is left out alike */
const EACH = 50;
/** of one version's rules; where they are many, the same share for each */
const AT_MOST = 6_000;
const SHARE = 12;

/** One of each: whatever one rule names is varied alone, the rest stays at its first. */
interface Chosen {
  readonly level: VerdictLevel;
  readonly sensitive?: SensitiveClass;
  readonly kind?: IdentifierKind;
  readonly match?: string;
  readonly traits: readonly Trait[];
  readonly domain?: string;
  readonly group?: string;
  readonly label?: string;
  readonly purpose?: string;
  readonly hour: { readonly day: number; readonly minute: number };
  readonly scope: Who;
  /** one of the numbers it names, just below or just above */
  readonly edge?: { readonly of: Threshold; readonly by: -1 | 1 };
}
interface Who { readonly address?: string; readonly group?: string }

const THRESHOLDS = ['health', 'least', 'people', 'attachments', 'size', 'recipients', 'visible'] as const;
type Threshold = (typeof THRESHOLDS)[number];

const least = (when: Condition, of: Threshold): number | undefined => (of === 'least' ? when.kinds && (when.kinds.least ?? 1) : when[of]);
const minutes = (clock: string): number => Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3, 5));
const whoIn = (scope: Scope | undefined): readonly Who[] => (scope === undefined || Object.keys(scope).length === 0 ? [{}]
  : [...(scope.person ?? []).map((address) => ({ address })), ...(scope.group ?? []).map((group) => ({ group })), ...(scope.domain ?? []).map((domain) => ({ address: `sample@${domain}` }))]);

function hoursOf(time: Condition['time']): readonly Chosen['hour'][] {
  if (time === undefined) return HOURS;
  const [from, to] = [minutes(time.from), minutes(time.to)];
  const near = (day: number, minute: number) => (minute < 0 ? { day: (day + 5) % 7 + 1, minute: minute + 1440 } : { day, minute });
  return (time.days ?? [2, 7]).flatMap((day) => { const end = from < to ? day : day % 7 + 1; return [near(day, from), near(end, to - 1), near(day, from - 1), near(end, to)]; });
}

function traitsOf({ recipient, recipientNot = [] }: Condition): readonly (readonly Trait[])[] {
  const place = (given: readonly Trait[]): readonly Trait[] => (given.includes('internal') || given.includes('external') || recipientNot.includes('external') ? given : ['external', ...given]);
  const named = (recipient ?? []).filter((trait) => !recipientNot.includes(trait)).map((trait) => place([trait]));
  // What a rule does not leave out another may.
  const first = named[0] ?? place([]);
  return [first, ...named.slice(1), ...TRAITS.filter((t) => !recipientNot.includes(t) && !first.includes(t) && (t === 'internal') === first.includes('internal') && t !== 'external').map((t) => [...first, t]), ...(recipient === undefined && !recipientNot.includes('internal') ? [['internal' as const]] : [])];
}

function situation({ when }: Pick<PolicyRule, 'when'>, one: Chosen, exempt: Who, date: string): Situation {
  const asked = (of: Threshold): number => (least(when, of) ?? 0) + (one.edge?.of === of ? one.edge.by : 0);
  const count = Math.max(1, asked('recipients'), asked('visible'));
  const seen = when.visible === undefined ? count : asked('visible');
  const facts: PlanFacts = {
    level: one.level, sensitive: one.sensitive ? [one.sensitive] : [], health: asked('health'), people: asked('people'), kinds: one.kind ? { [one.kind]: asked('least') } : {},
    subjectIdentifier: when.subjectIdentifier === true, unscannable: when.unscannable === true ? 1 : 0, matches: one.match === undefined ? [] : [one.match], attachments: asked('attachments'), size: asked('size'),
  };
  const groups = [one.scope.group, exempt.group, one.group].filter((g) => g !== undefined);
  return {
    facts, labels: one.label === undefined ? [] : [one.label], ...(one.purpose === undefined ? {} : { purpose: one.purpose }), at: { date, ...one.hour },
    recipients: Array.from({ length: count }, (_, i) => ({ address: `sample${i}@${one.domain ?? 'example.invalid'}`, role: i < seen ? 'to' : 'bcc', traits: one.traits })),
    author: { address: exempt.address ?? one.scope.address ?? SOMEBODY, groups, sharedMailbox: when.sharedMailbox === true },
  };
}

interface Exempt { readonly who: Who; /** with everything that can be varied */ readonly whole: boolean }

function* ofRule(rule: PolicyRule, other: PolicyRule | undefined, exempt: readonly Exempt[], dates: readonly string[], domains: readonly string[]): Generator<Situation> {
  const lists = listsOf(rule, domains);
  const others: { readonly [name: string]: readonly unknown[] } = other === undefined ? {} : listsOf(other, []);
  const first = firstOf(lists);
  for (const date of dates) for (const { who, whole } of exempt) {
    yield situation(rule, first, who, date);
    if (whole) for (const [name, list] of Object.entries(lists)) {
      const named = new Set((others[name] ?? []).map((value) => JSON.stringify(value)));
      const fresh = (value: unknown): number => (named.has(JSON.stringify(value)) ? 1 : 0);
      for (const value of [...list].sort((a, b) => fresh(a) - fresh(b)).slice(0, EACH)) yield situation(rule, { ...first, [name]: value }, who, date);
    }
  }
}

function listsOf({ when, scope }: PolicyRule, domains: readonly string[]) {
  return {
    level: when.level ?? LEVELS, sensitive: when.sensitive ?? [undefined], kind: when.kinds?.of ?? [undefined], match: when.matches ?? [undefined], traits: traitsOf(when), domain: when.recipientDomain ?? [undefined, ...domains],
    group: when.group ?? [undefined], label: when.label ?? [undefined], purpose: when.purpose ?? [undefined], hour: hoursOf(when.time), scope: whoIn(scope),
    edge: [undefined, ...THRESHOLDS.filter((of) => least(when, of) !== undefined).flatMap((of) => [{ of, by: -1 as const }, { of, by: 1 as const }])],
  };
}

const firstOf = (lists: { readonly [name: string]: readonly unknown[] }): Chosen => Object.fromEntries(Object.entries(lists).map(([name, list]) => [name, list[0]])) as unknown as Chosen;

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
const said = (exceptions: readonly Exception[] | undefined, rule: string): readonly Exception[] => (exceptions ?? []).filter((e) => e.rule === rule);
const listed = (policy: Policy): readonly string[] => [...(policy.partners ?? []), ...(policy.consumers ?? [])];

/**
 * Of the rules of both: one for each in which it holds, however many there are; then, for each rule that is not the same in both, or has other exceptions, or
 * asks about partners or consumers where those lists differ, whatever it names and each number just below, at and just above. The same two, the same situations.
 * `today`: UTC 'YYYY-MM-DD'.
 */
export function* witnesses(before: Policy, after: Policy, today: string): Generator<Situation> {
  const moved = [...listed(before).filter((d) => !listed(after).includes(d)), ...listed(after).filter((d) => !listed(before).includes(d))].slice(0, DOMAINS);
  const placed = (rule: PolicyRule): boolean => [...(rule.when.recipient ?? []), ...(rule.when.recipientNot ?? [])].some((t) => t === 'partner' || t === 'consumer' || t === 'look-alike');
  const sides = ([[before, after], [after, before]] as const).map(([mine, theirs]) => mine.rules.map((rule) => ({ rule, other: theirs.rules.find((r) => r.id === rule.id), theirs })));
  for (const side of sides) for (const { rule, other } of side) if (side === sides[0] || !same(rule, other)) yield situation(rule, firstOf(listsOf(rule, [])), {}, today);
  for (const side of sides) {
    const changed = side.filter(({ rule, other }) => !same(rule, other) || !same(said(before.exceptions, rule.id), said(after.exceptions, rule.id)) || (moved.length > 0 && placed(rule)));
    const share = Math.max(SHARE, Math.floor(AT_MOST / changed.length));
    for (const { rule, other, theirs } of changed) {
      const exceptions = said(theirs.exceptions, rule.id);
      const dates = [...new Set([today, ...exceptions.map((e) => e.until)])];
      const exempt = [{ who: {}, whole: true }, ...exceptions.flatMap((e) => whoIn(e.scope).map((who, i) => ({ who, whole: i === 0 })))];
      let given = 0;
      for (const one of ofRule(rule, other, exempt, dates, placed(rule) ? moved : [])) {
        if ((given += 1) > share) break;
        yield one;
      }
    }
  }
}

/** As it would be seen under `policy`, whose lists of partners and consumers may differ from `other`'s. */
export function seenUnder(policy: Policy, other: Policy, situation_: Situation): Situation {
  if (same(policy.partners, other.partners) && same(policy.consumers, other.consumers)) return situation_;
  const has = (list: readonly string[] | undefined, address: string): boolean => (list ?? []).some((d) => within(domainOf(address), d));
  return {
    ...situation_,
    recipients: situation_.recipients.map((r) => {
      if (r.traits.includes('internal')) return r;
      let { traits } = r;
      for (const [trait, mine, theirs] of [['partner', policy.partners, other.partners], ['consumer', policy.consumers, other.consumers]] as const) {
        if (has(mine, r.address)) traits = traits.includes(trait) ? traits : [...traits, trait];
        else if (has(theirs, r.address)) traits = traits.filter((t) => t !== trait);
      }
      return { ...r, traits };
    }),
  };
}
