/**
 * For how long a message is kept, and why: classes, periods, calendar. The author sees the answer before sending, the service stores it.
 * Pure and synchronous. Never decides that something is destroyed (`service/retain`, `service/dispose`); never reads content, only the scan's facts.
 * Periods are data with a citation, not law as code: nothing here has been reviewed by counsel yet, and every class says so.
 */
import type { PlanFacts, PlannedRetention } from '../plan/plan.ts';

type Period = { readonly years: number } | { readonly days: number };

export interface RetentionClass {
  readonly id: string;
  readonly name: string;
  readonly keep: Period;
  readonly citation: string;
  /** the sentence's middle: what such a message is */
  readonly covers: string;
  readonly legalReview: 'unreviewed' | 'reviewed';
}

export const CLASSES: readonly RetentionClass[] = [
  {
    id: 'clinical-adult', name: 'Clinical record, adult', keep: { years: 10 }, covers: 'it concerns a patient\'s care',
    citation: '42 CFR 482.24(b)(1) asks for 5 years, many states for more; 31 USC 3731(b) lets claims be looked into for 10', legalReview: 'unreviewed',
  },
  {
    id: 'clinical-minor', name: 'Clinical record, minor', keep: { years: 30 }, covers: 'it concerns a minor\'s care',
    citation: 'state laws run to the 21st or the 30th birthday; 30 years covers a birth date that is not known', legalReview: 'unreviewed',
  },
  {
    id: 'part2', name: 'Substance use disorder record', keep: { years: 10 }, covers: 'it speaks of treatment for substance use',
    citation: '42 CFR 2.16 asks for its protection and sets no period; kept as a clinical record', legalReview: 'unreviewed',
  },
  {
    id: 'billing', name: 'Billing', keep: { years: 7 }, covers: 'it concerns payment for care',
    citation: '42 CFR 424.516(f)', legalReview: 'unreviewed',
  },
  {
    id: 'administrative', name: 'Administrative', keep: { years: 3 }, covers: 'it is the organization\'s business',
    citation: 'the organization\'s own schedule', legalReview: 'unreviewed',
  },
  {
    id: 'transitory', name: 'Transitory, no PHI', keep: { days: 90 }, covers: 'it holds no PHI and is of short use',
    citation: 'the organization\'s own schedule', legalReview: 'unreviewed',
  },
];

interface RetentionInput {
  readonly facts: PlanFacts;
  /** a class the author or a system asked for; an unknown one is not followed */
  readonly wish?: string;
  /** ms since the epoch */
  readonly acceptedAt: number;
}

export function classOf(id: string): RetentionClass | undefined {
  return CLASSES.find((c) => c.id === id);
}

/** The least the facts allow; a wish never goes below it. */
export function demanded(facts: PlanFacts): RetentionClass {
  // What could not be read may be anything: kept like a clinical record.
  if (facts.sensitive.indexOf('substance-use') >= 0) return known('part2');
  if (facts.sensitive.length > 0 || facts.unscannable > 0) return known('clinical-adult');
  if (facts.level === 'none') return known('transitory');
  if (facts.level === 'pii') return known((facts.kinds.HEALTH_PLAN ?? 0) + (facts.kinds.ACCOUNT ?? 0) > 0 ? 'billing' : 'administrative');
  return known('clinical-adult');
}

export function assign(input: RetentionInput): PlannedRetention {
  const floor = demanded(input.facts);
  const wish = input.wish === undefined ? undefined : classOf(input.wish);
  // Nothing is kept for 90 days only because nobody said anything: that takes a wish.
  const usual = floor.id === 'transitory' ? known('administrative') : floor;
  const until = (c: RetentionClass): string => endDate(input.acceptedAt, c.keep);
  const followed = wish !== undefined && until(wish) >= until(floor);
  const chosen = wish !== undefined && followed ? wish : usual;
  return {
    class: chosen.id,
    name: chosen.name,
    until: until(chosen),
    basis: explain(chosen, input.acceptedAt, wish === undefined ? 'facts' : followed ? 'wish' : 'wish-too-short'),
  };
}

/** The assigned class, or the longest of those a policy asks for where one of them is longer. */
export function longer(assigned: PlannedRetention, classes: readonly string[], acceptedAt: number): PlannedRetention {
  let chosen = assigned;
  for (const id of classes) {
    const asked = classOf(id);
    if (asked === undefined) continue;
    const until = endDate(acceptedAt, asked.keep);
    if (until > chosen.until) chosen = { class: asked.id, name: asked.name, until, basis: `${explain(asked, acceptedAt)} Your organization's policy asks for it.` };
  }
  return chosen;
}

/** Why, by which arithmetic, on whose authority: one or two sentences for the author. */
export function explain(chosen: RetentionClass, acceptedAt: number, by: 'facts' | 'wish' | 'wish-too-short' = 'facts'): string {
  const why = by === 'wish' ? 'as you asked' : `because ${chosen.covers}`;
  const short = by === 'wish-too-short' ? ' The shorter class you asked for does not fit what the message holds.' : '';
  const review = chosen.legalReview === 'reviewed' ? '' : '; not yet reviewed by counsel';
  return `Kept ${spoken(chosen.keep)} from ${day(acceptedAt)} to the end of ${endDate(acceptedAt, chosen.keep)} (UTC), ${why}. Basis: ${chosen.citation}${review}.${short}`;
}

/**
 * The last UTC date on which it is kept. A year runs from date to the same date; 29 February in a common year becomes 1 March,
 * so that no period ends early.
 */
export function endDate(from: number, keep: Period): string {
  const start = new Date(from);
  const [y, m, d] = [start.getUTCFullYear(), start.getUTCMonth(), start.getUTCDate()];
  // Date.UTC carries day 29 of a 28-day February over to 1 March.
  return day('years' in keep ? Date.UTC(y + keep.years, m, d) : Date.UTC(y, m, d + keep.days));
}

/** First ms at which it is no longer kept: the end of that UTC day. */
export function endOf(until: string): number {
  return Date.parse(`${until}T00:00:00.000Z`) + 86_400_000;
}

/** The month of latest disposal, 'YYYY-MM': names the epoch whose key dies with everything in it. */
export function disposalMonth(until: string): string {
  return until.slice(0, 7);
}

/** Evidence of a disclosure outlives its content: 45 CFR 164.528 and 164.316(b)(2)(i) look back six years; one more for the request itself. */
export function evidenceUntil(acceptedAt: number, contentUntil: string): string {
  const own = endDate(acceptedAt, { years: 7 });
  return own > contentUntil ? own : contentUntil;
}

/** The two epochs a message's keys are issued under. */
export function epochs(acceptedAt: number, contentUntil: string): { readonly content: string; readonly evidence: string } {
  return { content: disposalMonth(contentUntil), evidence: disposalMonth(evidenceUntil(acceptedAt, contentUntil)) };
}

function known(id: string): RetentionClass {
  const found = classOf(id);
  if (found === undefined) throw new Error('retention class is not defined');
  return found;
}

function spoken(keep: Period): string {
  return 'years' in keep ? `${keep.years} years` : `${keep.days} days`;
}

function day(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}
