/**
 * A draft beside the version in force: both judge the same situations, and every difference is counted with the rules answerable for it.
 * Situations are feature vectors (kinds and counts of what was really sent, no content) or the made-up ones below, one of every kind.
 */
import { evaluate, type Outcome, type Situation } from '../../shared/plan/evaluate.ts';
import { ACTS, atLeast, TRAITS, type Policy } from '../../shared/plan/policy.ts';
import type { Simulation } from '../../shared/wire/policy.ts';
import { seenUnder, witnesses } from './witness.ts';

type Compared = Simulation['history'];

interface Tally { count: number; readonly rules: Map<string, number> }
const tally = (): Tally => ({ count: 0, rules: new Map() });
const told = ({ count, rules }: Tally): Compared['blocked'] => ({ count, rules: [...rules].map(([rule, n]) => ({ rule, count: n })).sort((a, b) => b.count - a.count || a.rule.localeCompare(b.rule)) });

/** Whoever calls meanwhile does not wait for all. */
const BREATH = 100;
const ASKS = ACTS.indexOf('warn');
const BLOCKS = ACTS.indexOf('block');
const act = ({ joined }: Outcome): number => ACTS.indexOf(joined.act);
/** rules of an outcome whose own act reaches as far */
const reaching = (outcome: Outcome, least: number): string[] => outcome.trace.filter((t) => t.effects.act !== undefined && ACTS.indexOf(t.effects.act) >= least).map((t) => t.rule);
/** rules that one outcome has and the other has not, or has with other effects */
function changed(of: Outcome, beside: Outcome): string[] {
  const other = new Map(beside.trace.map((t) => [t.rule, JSON.stringify(t)]));
  return of.trace.filter((t) => other.get(t.rule) !== JSON.stringify(t)).map((t) => t.rule);
}

/** Counts as it goes: nothing of a situation is kept. */
function comparing(before: Policy, after: Policy): { see(situation: Situation): void; readonly met: ReadonlySet<string>; result(): Compared } {
  const met = new Set<string>();
  let messages = 0;
  const [blocked, released, asked, unasked, strengthened, weakened] = [tally(), tally(), tally(), tally(), tally(), tally()];
  const add = (to: Tally, rules: readonly string[]): void => {
    to.count += 1;
    for (const rule of rules) to.rules.set(rule, (to.rules.get(rule) ?? 0) + 1);
  };
  return {
    met,
    see(situation) {
      messages += 1;
      const [old, fresh] = [evaluate(before, seenUnder(before, after, situation)), evaluate(after, seenUnder(after, before, situation))];
      for (const { rule } of fresh.trace) met.add(rule);
      const [a, b] = [act(old), act(fresh)];
      if (b >= BLOCKS && a < BLOCKS) add(blocked, reaching(fresh, BLOCKS));
      if (a >= BLOCKS && b < BLOCKS) add(released, reaching(old, BLOCKS));
      if (b >= ASKS && b < BLOCKS && a < ASKS) add(asked, reaching(fresh, ASKS));
      if (a >= ASKS && a < BLOCKS && b < ASKS) add(unasked, reaching(old, ASKS));
      const [kept, raised] = [atLeast(fresh.joined, old.joined), atLeast(old.joined, fresh.joined)];
      if (kept && !raised) add(strengthened, changed(fresh, old));
      if (!kept) add(weakened, changed(old, fresh));
    },
    result: () => ({ messages, blocked: told(blocked), released: told(released), asked: told(asked), unasked: told(unasked), strengthened: told(strengthened), weakened: told(weakened) }),
  };
}

const LEVELS = ['none', 'pii', 'medium', 'high', 'bulk', 'unscannable'] as const;
const CLASSES = ['psychotherapy', 'substance-use', 'hiv', 'reproductive', 'genetic'] as const;
const PURPOSES = [undefined, 'treatment', 'payment', 'operations'] as const;

/** Situations of every kind, likely or not: each level, with each sensitive class and none, to each kind of recipient, alone and in company, for each purpose. */
function* samples(): Generator<Situation> {
  for (const level of LEVELS) for (const sensitive of [undefined, ...CLASSES]) for (const trait of TRAITS) for (const purpose of PURPOSES) for (const crowd of [1, 2, 12]) {
    const phi = level !== 'none' && level !== 'pii';
    const people = level === 'bulk' ? 40 : phi ? 1 : 0;
    const traits = trait === 'internal' ? [trait] : trait === 'external' ? [trait] : (['external', trait] as const);
    yield {
      facts: {
        level, sensitive: sensitive && phi ? [sensitive] : [], people, health: phi ? 3 : 0, subjectIdentifier: false, unscannable: level === 'unscannable' ? 1 : 0, matches: [], attachments: crowd === 2 ? 1 : 0, size: crowd === 2 ? 50_000 : 0,
        kinds: level === 'none' ? {} : level === 'bulk' ? { NAME: 40, DATE: 40, MRN: 40, SSN: 5 } : { NAME: 1, DATE: 1, ...(level === 'high' ? { MRN: 1, SSN: 1 } : {}) },
      },
      recipients: Array.from({ length: crowd }, (_, i) => ({ address: `sample${i}@example.invalid`, role: i === 0 ? 'to' : 'cc', traits: i === 0 ? [...traits] : ['internal'] })),
      author: { address: 'sample@example.invalid' }, at: { date: '9999-12-31', day: 2, minute: 600 }, ...(purpose === undefined ? {} : { purpose }),
    };
  }
}

/** One sentence, most important first. */
function spoken(history: Compared, corpus: Compared, days: number): string {
  const made = `Of ${corpus.messages} made-up messages of a clinic it would newly block ${corpus.blocked.count} and release ${corpus.released.count}.`;
  if (history.messages === 0) return `Nothing was sent in the last ${days} days to try it on. ${made}`;
  const rules = (of: Compared['blocked']) => (of.rules.length === 0 ? '' : ` (${of.rules.slice(0, 5).map((r) => r.rule).join(', ')})`);
  const parts = [`would newly block ${history.blocked.count}${rules(history.blocked)}`, `release ${history.released.count}${rules(history.released)}`, `ask ${history.asked.count} authors more${rules(history.asked)}`, `ask ${history.unasked.count} no longer${rules(history.unasked)}`];
  return `Of ${history.messages} messages of the last ${days} days it ${parts.join(', ')}; ${history.strengthened.count} would be protected more and ${history.weakened.count} less. ${made}`;
}

/** What of the draft's rules nothing met at all, and which new or changed ones nothing met but what was made for them. */
type Unmet = Pick<Simulation, 'unmet' | 'onlyMade' | 'labels'>;

const named = (rules: readonly string[]): string => `${rules.slice(0, 5).join(', ')}${rules.length > 5 ? ` and ${rules.length - 5} more` : ''}`;
const said = (history: Compared, corpus: Compared, days: number, { unmet, onlyMade, labels }: Unmet): string =>
  [
    spoken(history, corpus, days), ...(unmet.length === 0 ? [] : [`Never met in what was tried: ${named(unmet)}.`]), ...(onlyMade.length === 0 ? [] : [`Met by made-up situations alone: ${named(onlyMade)}.`]),
    ...(labels.length === 0 ? [] : [`No message sent in these days had the label ${named(labels)}.`]),
  ].join(' ');

/** Both over all there is to try them on. `sent`: of the last `days` days; `today`: UTC 'YYYY-MM-DD'. Others have their turn in between. */
export async function simulated(before: Policy, after: Policy, { sent, corpus, days, today }: { readonly sent: AsyncIterable<Situation>; readonly corpus: readonly Situation[]; readonly days: number; readonly today: string }): Promise<Omit<Simulation, 'version' | 'against' | 'time' | 'outdated'>> {
  const [history, mail, made] = [comparing(before, after), comparing(before, after), comparing(before, after)];
  let tries = 0;
  const seen = new Set<string>();
  const breath = async (): Promise<void> => { if ((tries += 1) % BREATH === 0) await new Promise((go) => setImmediate(go)); };
  for await (const situation of sent) {
    await breath();
    history.see(situation);
    for (const label of situation.labels ?? []) seen.add(label.toLowerCase());
  }
  for (const situation of corpus) { await breath(); mail.see(situation); }
  for (const situation of samples()) { await breath(); made.see(situation); }
  for (const situation of witnesses(before, after, today)) { await breath(); made.see(situation); }
  const beside = new Map(before.rules.map((rule) => [rule.id, JSON.stringify(rule)]));
  const real = (id: string): boolean => history.met.has(id) || mail.met.has(id);
  const rules = after.rules.filter(({ id }) => !real(id));
  const unmet = rules.filter(({ id }) => !made.met.has(id)).map(({ id }) => id);
  const onlyMade = rules.filter((rule) => made.met.has(rule.id) && beside.get(rule.id) !== JSON.stringify(rule)).map(({ id }) => id);
  // Outlook takes two of other case for one.
  const labels = [...new Set(after.rules.flatMap(({ when }) => when.label ?? []))].filter((label) => !seen.has(label.toLowerCase()));
  const [past, written, tried] = [history.result(), mail.result(), made.result()];
  return { days, history: past, corpus: written, samples: tried, unmet, onlyMade, labels, relaxes: past.weakened.count + written.weakened.count + tried.weakened.count > 0, text: said(past, written, days, { unmet, onlyMade, labels }) };
}
