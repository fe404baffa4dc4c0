import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PlanFacts } from '../../../shared/plan/plan.ts';
import { assign, classOf, CLASSES, demanded, disposalMonth, endDate, endOf, epochs, evidenceUntil, explain } from '../../../shared/retention/retention.ts';
import type { VerdictLevel } from '../../../shared/scan/scan.ts';

const none: PlanFacts = { level: 'none', sensitive: [], kinds: {}, subjectIdentifier: false, unscannable: 0, people: 0 };
const at = (date: string): number => Date.parse(date);

describe('calendar', () => {
  it.each([
    ['2026-11-21T10:00:00.000Z', { years: 7 }, '2033-11-21'],
    ['2028-02-29T00:00:00.000Z', { years: 7 }, '2035-03-01'],
    ['2028-02-29T23:59:59.999Z', { years: 4 }, '2032-02-29'],
    ['2024-02-29T12:00:00.000Z', { years: 10 }, '2034-03-01'],
    ['2096-02-29T12:00:00.000Z', { years: 4 }, '2100-03-01'],
    ['2026-12-31T23:59:59.999Z', { years: 1 }, '2027-12-31'],
    ['2027-01-01T00:00:00.000Z', { years: 1 }, '2028-01-01'],
    ['2026-11-21T00:00:00.000Z', { days: 90 }, '2027-02-19'],
    ['2027-12-01T00:00:00.000Z', { days: 90 }, '2028-02-29'],
    ['2026-03-01T00:00:00.000Z', { days: 365 }, '2027-03-01'],
  ] as const)('%s and %j end on %s', (from, keep, end) => expect(endDate(at(from), keep)).toBe(end));

  it('ends with the UTC day, not before', () => {
    expect(new Date(endOf('2033-11-21')).toISOString()).toBe('2033-11-22T00:00:00.000Z');
    expect(new Date(endOf('2035-12-31')).toISOString()).toBe('2036-01-01T00:00:00.000Z');
  });

  it('names the month of latest disposal, evidence never before content', () => {
    expect(disposalMonth('2033-11-30')).toBe('2033-11');
    expect(evidenceUntil(at('2026-11-21'), '2027-02-19')).toBe('2033-11-21');
    expect(epochs(at('2026-11-21'), '2036-11-21')).toEqual({ content: '2036-11', evidence: '2036-11' });
    expect(epochs(at('2026-11-21'), '2027-02-19')).toEqual({ content: '2027-02', evidence: '2033-11' });
  });

  it('never ends early and never goes back', () => {
    const time = fc.integer({ min: at('2000-01-01'), max: at('2150-01-01') });
    fc.assert(fc.property(time, time, fc.integer({ min: 0, max: 60 }), (a, b, years) => {
      const [early, late] = a < b ? [a, b] : [b, a];
      const keep = { years };
      expect(endDate(early, keep) <= endDate(late, keep)).toBe(true);
      expect(endDate(early, keep) <= endDate(early, { years: years + 1 })).toBe(true);
      const then = new Date(early);
      then.setUTCFullYear(then.getUTCFullYear() + years);
      expect(endOf(endDate(early, keep))).toBeGreaterThan(then.getTime());
    }));
  });
});

describe('which class', () => {
  const day = at('2026-11-21T15:00:00.000Z');
  it.each<[string, Partial<PlanFacts>, string | undefined, string, string]>([
    ['nothing found', {}, undefined, 'administrative', '2029-11-21'],
    ['nothing found, asked for the short class', {}, 'transitory', 'transitory', '2027-02-19'],
    ['nothing found, an unknown wish', {}, 'forever', 'administrative', '2029-11-21'],
    ['identifiers alone', { level: 'pii', kinds: { SSN: 1 } }, undefined, 'administrative', '2029-11-21'],
    ['identifiers alone cannot be transitory', { level: 'pii', kinds: { SSN: 1 } }, 'transitory', 'administrative', '2029-11-21'],
    ['a health plan number', { level: 'pii', kinds: { HEALTH_PLAN: 1 } }, undefined, 'billing', '2033-11-21'],
    ['an account number', { level: 'pii', kinds: { ACCOUNT: 2 } }, 'administrative', 'billing', '2033-11-21'],
    ['health of a person', { level: 'medium' }, undefined, 'clinical-adult', '2036-11-21'],
    ['health of a person cannot be billing', { level: 'high', kinds: { ACCOUNT: 1 } }, 'billing', 'clinical-adult', '2036-11-21'],
    ['health of a minor', { level: 'high' }, 'clinical-minor', 'clinical-minor', '2056-11-21'],
    ['many people', { level: 'bulk' }, 'transitory', 'clinical-adult', '2036-11-21'],
    ['cannot be read', { level: 'unscannable', unscannable: 1 }, 'transitory', 'clinical-adult', '2036-11-21'],
    ['one part cannot be read', { level: 'none', unscannable: 1 }, undefined, 'clinical-adult', '2036-11-21'],
    ['substance use', { level: 'high', sensitive: ['hiv', 'substance-use'] }, undefined, 'part2', '2036-11-21'],
    ['substance use is not shortened', { level: 'none', sensitive: ['substance-use'] }, 'administrative', 'part2', '2036-11-21'],
    ['another sensitive class', { level: 'pii', sensitive: ['genetic'] }, undefined, 'clinical-adult', '2036-11-21'],
  ])('%s', (_, facts, wish, expected, until) => {
    const planned = assign({ facts: { ...none, ...facts }, ...(wish === undefined ? {} : { wish }), acceptedAt: day });
    expect([planned.class, planned.until]).toEqual([expected, until]);
    expect(planned.name).toBe(classOf(expected)?.name);
  });

  const facts = fc.record<PlanFacts>({
    level: fc.constantFrom<VerdictLevel>('none', 'pii', 'medium', 'high', 'bulk', 'unscannable'),
    sensitive: fc.subarray(['psychotherapy', 'substance-use', 'hiv', 'reproductive', 'genetic'] as const),
    kinds: fc.record({ SSN: fc.nat(3), HEALTH_PLAN: fc.nat(2), ACCOUNT: fc.nat(2) }),
    subjectIdentifier: fc.boolean(), unscannable: fc.nat(2), people: fc.nat(9),
  });
  const time = fc.integer({ min: at('2020-01-01'), max: at('2100-01-01') });

  it('a wish may lengthen, never shorten below what the facts demand', () => {
    fc.assert(fc.property(facts, fc.constantFrom(...CLASSES.map((c) => c.id), 'nonsense'), time, (f, wish, acceptedAt) => {
      const planned = assign({ facts: f, wish, acceptedAt });
      expect(planned.until >= endDate(acceptedAt, demanded(f).keep)).toBe(true);
      const wished = classOf(wish);
      if (wished !== undefined) expect(planned.until >= endDate(acceptedAt, wished.keep)).toBe(true);
    }));
  });

  it('more found never means kept shorter', () => {
    const order: VerdictLevel[] = ['none', 'pii', 'medium', 'high', 'bulk'];
    fc.assert(fc.property(facts, fc.nat(3), time, (f, step, acceptedAt) => {
      const low = { ...f, level: order[step] as VerdictLevel };
      const high = { ...f, level: order[step + 1] as VerdictLevel };
      expect(assign({ facts: high, acceptedAt }).until >= assign({ facts: low, acceptedAt }).until).toBe(true);
      const more: PlanFacts = { ...low, sensitive: [...low.sensitive, 'hiv'] };
      expect(assign({ facts: more, acceptedAt }).until >= assign({ facts: low, acceptedAt }).until).toBe(true);
    }));
  });

  it('says period, dates, citation and that counsel has not reviewed it', () => {
    expect(assign({ facts: { ...none, level: 'high' }, wish: 'billing', acceptedAt: day }).basis).toBe(
      'Kept 10 years from 2026-11-21 to the end of 2036-11-21 (UTC), because it concerns a patient\'s care. Basis: 42 CFR 482.24(b)(1) asks for 5 years, many states for more; '
      + '31 USC 3731(b) lets claims be looked into for 10; not yet reviewed by counsel. The shorter class you asked for does not fit what the message holds.',
    );
    for (const c of CLASSES) {
      expect(c.legalReview).toBe('unreviewed');
      expect(explain(c, day)).toContain(c.citation);
    }
  });
});
