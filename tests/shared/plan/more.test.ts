/** No change of one input that asks for more protection ever yields less: over every input of the plan, each change declared for its field. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Capability } from '../../../shared/plan/capability.ts';
import { objection, plan, type PlanFacts, type PlanInput, type PlannedRecipient } from '../../../shared/plan/plan.ts';
import { NEEDS, PROTECTIONS, strongerNeed, type Need } from '../../../shared/plan/protection.ts';
import { REASONS } from '../../../shared/plan/reason.ts';
import { input, LEVELS, person, rule, SENSITIVE } from './inputs.ts';

/** Draws the same input with more asked for; `null`: this field never asks for protection. */
type More<T> = { readonly [K in keyof Required<T>]: ((draw: Draw, now: T) => Partial<T>) | null };
type Draw = <T>(arbitrary: fc.Arbitrary<T>) => T;
const raised = (draw: Draw, need: Need | undefined): Need => strongerNeed(need ?? 'none', draw(fc.constantFrom(...NEEDS)));
const without = <T extends object, K extends keyof T>(from: T, key: K): T => Object.fromEntries(Object.entries(from).filter(([name]) => name !== key)) as T;

const FACTS: More<PlanFacts> = {
  level: (draw, { level }) => (level === 'unscannable' ? {} : { level: LEVELS[Math.max(LEVELS.indexOf(level), draw(fc.nat(LEVELS.length - 1)))]! }),
  sensitive: (draw, { sensitive }) => ({ sensitive: [...sensitive, draw(fc.constantFrom(...SENSITIVE))] }),
  kinds: (_, { kinds }) => ({ kinds: { ...kinds, SSN: (kinds.SSN ?? 0) + 3 } }),
  subjectIdentifier: () => ({ subjectIdentifier: true }),
  unscannable: (_, { unscannable }) => ({ unscannable: unscannable + 1 }),
  people: (_, { people }) => ({ people: people + 5 }),
  health: (_, { health }) => ({ health: (health ?? 0) + 3 }),
  matches: (_, { matches }) => ({ matches: [...(matches ?? []), 'crown'] }),
  attachments: (_, { attachments }) => ({ attachments: (attachments ?? 0) + 2 }),
  size: (_, { size }) => ({ size: (size ?? 0) + 4_000_000 }),
};
const CAPABILITY: More<Capability> = {
  need: (draw, { need }) => ({ need: raised(draw, need) }),
  plain: (draw, { plain }) => (plain === undefined ? {} : { plain: { ...plain, topics: draw(fc.subarray([...plain.topics])) } }),
  // What is known of them, and what they like; nobody asks for protection by it.
  address: null, internal: null, smime: null, pgp: null, tls: null, sms: null, suppressed: null, list: null, lookingUp: null, missing: null, prefers: null,
};
const one = <T>(draw: Draw, all: readonly T[], change: (now: T) => T): T[] => { const at = draw(fc.nat(all.length - 1)); return all.map((each, i) => (i === at ? change(each) : each)); };
const INPUT: More<PlanInput> = {
  facts: (draw, { facts }) => ({ facts: changed(draw, FACTS, facts) }),
  capabilities: (draw, { capabilities }) => ({ capabilities: one(draw, capabilities, (c) => changed(draw, CAPABILITY, c)) }),
  recipients: (draw, { recipients, capabilities, traits }) => { const more = draw(person); return { recipients: [...recipients, more.recipient], capabilities: [...capabilities, more.capability], traits: [...(traits ?? []), more.traits] }; },
  wish: (draw, { wish }) => ({ wish: raised(draw, wish) }),
  policy: (draw, { policy }) => ({ policy: { ...policy, rules: [...policy.rules, draw(rule)] } }),
  // Nobody could read them: there may be any.
  labels: (draw, { labels }) => ({ labels: labels === null || draw(fc.boolean()) ? null : [...(labels ?? []), 'crown'] }),
  consent: () => ({ consent: false }),
  undivided: () => ({ undivided: false }),
  topic: (_, now) => without(now, 'topic'),
  // Where, when, by whom and how it is kept: rules may ask about them, either way.
  lists: null, retention: null, traits: null, author: null, purpose: null, at: null, archive: null,
};

const done = new Map<string, number>();
function changed<T extends object>(draw: Draw, table: More<T>, now: T): T {
  const name = draw(fc.constantFrom(...(Object.keys(table) as (keyof T & string)[]).filter((key) => table[key] !== null)));
  done.set(name, (done.get(name) ?? 0) + 1);
  return name === 'topic' ? (table[name]!(draw, now) as T) : { ...now, ...table[name]!(draw, now) };
}

const DECISIONS = ['allow', 'hint', 'warn', 'justify', 'approve', 'block'];
type Whole = Exclude<ReturnType<typeof plan>, { kind: 'no-way' }>;

/** What the shown way satisfies: a found key no more than a channel, a colleague's connector what lies inside. */
function strength({ protection, reasons }: PlannedRecipient): number {
  const code = reasons.find((r) => r.code === 'internal-connector' || r.code.endsWith('-found'))?.code ?? '';
  return NEEDS.indexOf(code === 'internal-connector' ? 'at-rest' : code === '' ? PROTECTIONS[protection].satisfies : 'transport');
}

function notLess(before: Whole, after: Whole): void {
  before.recipients.forEach((was, i) => {
    const is = after.recipients[i]!;
    expect(strength(is), 'strength').toBeGreaterThanOrEqual(strength(was));
    expect(NEEDS.indexOf(is.need ?? after.need), 'need').toBeGreaterThanOrEqual(NEEDS.indexOf(was.need ?? before.need));
    if (was.divided) expect(is.divided === true || is.protection !== 'portal', 'divided').toBe(true);
    if (was.portal) expect(is.portal, 'the secure page or a confirmed key').toBe(true);
  });
  expect(DECISIONS.indexOf(after.decision), 'decision').toBeGreaterThanOrEqual(DECISIONS.indexOf(before.decision));
  expect(after.hold ?? 0, 'hold').toBeGreaterThanOrEqual(before.hold ?? 0);
  expect(after.expires ?? Infinity, 'expires').toBeLessThanOrEqual(before.expires ?? Infinity);
  expect(after.notices ?? [], 'notices').toEqual(expect.arrayContaining([...(before.notices ?? [])]));
}

describe('whatever the plan is made from', () => {
  it('no change of one input that asks for more protection ever yields less', () => {
    done.clear();
    fc.assert(fc.property(input, fc.gen(), (now, gen) => {
      const draw: Draw = (arbitrary) => gen(() => arbitrary);
      const [before, after] = [plan(now), plan(changed(draw, INPUT, now))];
      if ('kind' in before) expect('kind' in after, 'where nothing was strong enough, nothing is').toBe(true);
      else if (!('kind' in after)) notLess(before, after);
    }), { numRuns: 4000, endOnFailure: true });
    const asking = [FACTS, CAPABILITY, INPUT].flatMap((table) => Object.entries(table).flatMap(([name, more]) => (more === null ? [] : [name])));
    // Each is drawn some forty times; how often exactly is chance.
    for (const name of asking) expect(done.get(name) ?? 0, name).toBeGreaterThan(5);
  });

  it('every way is strong enough, is accounted for, has nothing weaker behind it, and nothing speaks against it at once', () => {
    const seen = new Set<string>();
    fc.assert(fc.property(input, (now) => {
      const shown = plan(now);
      if ('kind' in shown) return;
      shown.recipients.forEach((way, i) => {
        seen.add(way.protection).add(`otherwise ${way.otherwise}`);
        const capability = now.capabilities[i]!;
        const chosen = way.protection === 'plain-by-choice';
        if (chosen) expect(NEEDS.indexOf(way.need ?? shown.need)).toBeLessThanOrEqual(NEEDS.indexOf('transport'));
        else expect(strength(way)).toBeGreaterThanOrEqual(NEEDS.indexOf(way.need ?? shown.need));
        expect(way.otherwise).not.toBe('tls');
        if (way.otherwise) expect(NEEDS.indexOf(PROTECTIONS[way.otherwise].satisfies)).toBeGreaterThanOrEqual(strength(way));
        for (const { code, text } of [...way.reasons, ...way.passedOver.map((p) => p.reason)]) expect(text).toBe(REASONS[code as keyof typeof REASONS]);
        expect([way.protection, ...way.passedOver.map((p) => p.protection)].filter((p) => p !== 'plain-by-choice').sort()).toEqual(['pgp', 'portal', 'smime', 'tls']);
        expect(objection(capability, way.protection, way, shown.need)).toBeNull();
      });
    }), { numRuns: 2000, endOnFailure: true });
    for (const way of ['tls', 'smime', 'pgp', 'portal', 'plain-by-choice', 'otherwise smime', 'otherwise pgp', 'otherwise portal']) expect(seen).toContain(way);
  });
});
