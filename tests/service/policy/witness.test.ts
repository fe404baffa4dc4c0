/** What a draft is tried on is made out of its own rules: whatever can hold at all is met, at each of its edges, and never without end. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { witnesses } from '../../../service/policy/witness.ts';
import { evaluate } from '../../../shared/plan/evaluate.ts';
import type { Policy, PolicyRule } from '../../../shared/plan/policy.ts';
import { policyArb, ruleArb } from '../../shared/plan/policy.case.ts';

const TODAY = '2026-11-21';
const NONE: Policy = { version: 'n', rules: [] };
/** what `faultIn` refuses of a document cannot hold */
const canHold = ({ scope, when }: Omit<PolicyRule, 'id'>): boolean => !(scope && Object.keys(scope).length === 0) && when.time?.from !== (when.time?.to ?? '') && !(when.recipient ?? [undefined]).every((t) => t !== undefined && when.recipientNot?.includes(t));

test('a rule that is added, and can hold at all, holds in one situation at least, whatever stands beside it', () => {
  fc.assert(fc.property(policyArb(6), ruleArb.filter(canHold), (base, rule) => {
    const after = { ...base, rules: [...base.rules, { ...rule, id: 'added' }] };
    return [...witnesses(base, after, TODAY)].some((s) => evaluate(after, s).trace.some((t) => t.rule === 'added'));
  }), { numRuns: 300 });
});

test('each number is tried just below, at and just above, and everything named is named once', () => {
  const rule = { id: 'r', when: { kinds: { of: ['SSN', 'MRN'], least: 10 }, recipient: ['consumer', 'new'], label: ['x', 'y'], matches: ['badge', 'roster'], group: ['a', 'b'], visible: 4, size: 9, time: { from: '20:00', to: '06:00', days: [1] } }, then: { act: 'block' } } as const satisfies PolicyRule;
  const made = [...witnesses(NONE, { version: 'd', rules: [rule] }, TODAY)];
  const all = (of: (s: (typeof made)[number]) => unknown) => [...new Set(made.map((s) => JSON.stringify(of(s))))];
  expect(all((s) => s.facts.kinds).sort()).toEqual(['{"MRN":10}', '{"SSN":10}', '{"SSN":11}', '{"SSN":9}']);
  expect(all((s) => s.facts.size).sort()).toEqual(['10', '8', '9']);
  expect(all((s) => s.recipients.filter((r) => r.role !== 'bcc').length).sort()).toEqual(['3', '4', '5']);
  expect(all((s) => s.recipients[0]?.traits)).toEqual(expect.arrayContaining(['["external","consumer"]', '["external","new"]']));
  for (const [of, named] of [[(s) => s.labels?.[0], ['x', 'y']], [(s) => s.facts.matches?.[0], ['badge', 'roster']], [(s) => s.author?.groups?.[0], ['a', 'b']]] as const satisfies readonly (readonly [Parameters<typeof all>[0], readonly string[]])[]) expect(all(of)).toEqual(named.map((n) => `"${n}"`));
  // Monday 19:59, 20:00, and Tuesday 05:59, 06:00.
  expect(all((s) => [s.at?.day, s.at?.minute]).sort()).toEqual(['[1,1199]', '[1,1200]', '[2,359]', '[2,360]']);
  expect(made.filter((s) => evaluate({ version: 'd', rules: [rule] }, s).trace.length === 0)).toHaveLength(5);
});

test('however many rules there are, it ends, is the same the next time, and none is left out', () => {
  const many = { version: 'd', rules: Array.from({ length: 500 }, (_, i): PolicyRule => ({ id: `r${i}`, when: { label: Array.from({ length: 50 }, (__, l) => `${i}-${l}`), people: 2 + i }, then: { act: 'warn' } })) };
  const made = [...witnesses(NONE, many, TODAY)];
  expect(made.length).toBeLessThanOrEqual(7_000);
  expect(JSON.stringify([...witnesses(NONE, many, TODAY)])).toBe(JSON.stringify(made));
  expect(new Set(made.flatMap((s) => s.labels ?? []).map((l) => l.split('-')[0])).size).toBe(500);
});
