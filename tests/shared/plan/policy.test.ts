/** The policy engine: every condition by table, the algebra by properties. The random cases' vocabulary is in `policy.case.ts`. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluate, explained } from '../../../shared/plan/evaluate.ts';
import { TRAITS, atLeast, join, NOTHING, type Effects, type Policy } from '../../../shared/plan/policy.ts';
import { REASONS } from '../../../shared/plan/reason.ts';
import { STRICT, TEMPLATES, US_HEALTHCARE } from '../../../shared/plan/template.ts';
import { PolicyDocument } from '../../../shared/wire/policy.ts';
import { classOf } from '../../../shared/retention/retention.ts';
import { JUDGED, ROWS } from './policy.table.ts';
import { effectsArb, policyArb, ruleArb, rulesArb, situationArb, situationOf } from './policy.case.ts';

const only = (when: object, then: Effects = { act: 'warn' }): Policy => ({ version: 'x', rules: [{ id: 'r', when, then }] });

describe('conditions', () => {
  it('are many, and half of them find nothing', () => {
    expect(ROWS.length + JUDGED.length).toBeGreaterThanOrEqual(150);
    expect(ROWS.filter((r) => r[2] === 'no').length).toBeGreaterThan(ROWS.length * 0.45);
  });

  it.each(ROWS.map(([when, given, concerns]) => [JSON.stringify(when), JSON.stringify(given), concerns, when, given] as const))('%s given %s concerns %s', (_w, _g, concerns, when, given) => {
    const { trace } = evaluate(only(when), situationOf(given));
    expect(trace.length === 0 ? 'no' : trace[0]?.recipients === null ? 'all' : trace[0]?.recipients.join(' ')).toBe(concerns);
  });
});

describe('templates', () => {
  it.each(JUDGED)('%s: %o gives %s', (template, given, expected) => {
    const { joined } = evaluate(TEMPLATES[template as keyof typeof TEMPLATES], situationOf(given));
    const said = [joined.act, joined.need, ...(joined.portal ? ['portal'] : []), ...(joined.consent ? ['consent'] : []), ...(joined.hold ? [`hold=${joined.hold}`] : []), ...(joined.expires === null ? [] : [`expires=${joined.expires}`]), ...(joined.notice.length ? [`notice=${joined.notice.join()}`] : []), ...(joined.retention.length ? [`retention=${joined.retention.join()}`] : [])];
    expect(said.join(' ')).toBe(expected);
  });

  it.each(Object.entries(TEMPLATES))('%s is what its schema says, with sentences and classes that exist', (_name, template) => {
    const { version, ...document } = template;
    expect(version).toMatch(/-\d+$/);
    expect(PolicyDocument.safeParse(document).error).toBeUndefined();
    expect(new Set(document.rules.map((r) => r.id)).size).toBe(document.rules.length);
    for (const rule of document.rules) {
      expect(Object.hasOwn(REASONS, rule.reason ?? '')).toBe(true);
      if (rule.then.retention) expect(classOf(rule.then.retention)).toBeDefined();
    }
  });

  it('every other template asks at least what the default asks, of everything', () => {
    fc.assert(fc.property(situationArb, fc.constantFrom(...Object.values(TEMPLATES)), (s, template) => atLeast(evaluate(template, s).joined, evaluate(US_HEALTHCARE, s).joined)), { numRuns: 2000 });
  });
});

describe('scopes and exceptions', () => {
  const mail = situationOf({ level: 'high', at: [6, 600] });
  const act = (policy: Policy, s = mail) => evaluate(policy, s).joined.act;
  const rule = { id: 'r', when: {}, then: { act: 'block', need: 'at-rest' } } as const;
  const exception = { id: 'e', rule: 'r', effect: 'act', owner: 'u_1', why: 'because', until: '2026-11-21' } as const;

  it.each([
    [{ domain: ['own.test'] }, 'block'], [{ domain: ['x.test'] }, 'allow'], [{ person: ['ANA@own.test'] }, 'block'], [{ person: ['ben@own.test'] }, 'allow'], [{ group: ['oncology'] }, 'allow'], [{ group: ['oncology'], domain: ['own.test'] }, 'block'], [{}, 'allow'],
  ])('scope %o: %s', (scope, expected) => expect(act({ version: 'x', rules: [{ ...rule, scope }] })).toBe(expected));

  it.each([
    ['on its last day', {}, 'allow'], ['a day late', { until: '2026-11-20' }, 'block'], ['of another rule', { rule: 'q' }, 'block'], ['of another effect', { effect: 'need' }, 'block'], ['for others', { scope: { person: ['ben@own.test'] } }, 'block'], ['for the author', { scope: { person: ['ana@own.test'] } }, 'allow'],
  ])('an exception %s', (_what, change, expected) => {
    const policy = { version: 'x', rules: [rule], exceptions: [{ ...exception, ...change } as typeof exception] };
    expect(act(policy)).toBe(expected);
    if (expected === 'allow') expect(evaluate(policy, mail)).toMatchObject({ joined: { need: 'at-rest' }, trace: [{ rule: 'r', waived: [{ effect: 'act', exception: 'e' }] }] });
  });

  it('a rule about a person holds whatever From they choose; an exception for them does not reach a mailbox of several people', () => {
    const from = { ...mail, author: { address: 'desk@own.test', own: ['ana@own.test'], sharedMailbox: true } };
    const scope = { person: ['ANA@own.test'] };
    expect([act({ version: 'x', rules: [{ ...rule, scope }] }, from), act({ version: 'x', rules: [rule], exceptions: [{ ...exception, scope }] }, from)]).toEqual(['block', 'block']);
  });

  it('who does not know the day makes no exception', () => {
    const { at: _, ...undated } = mail;
    expect(act({ version: 'x', rules: [rule], exceptions: [exception] }, undated)).toBe('block');
  });
});

describe('whom it concerns', () => {
  it('what a rule demands of some recipients, it demands of nobody else', () => {
    const policy: Policy = { version: 'x', rules: [{ id: 'a', when: { recipient: ['consumer'] }, then: { need: 'e2e-only', portal: true } }, { id: 'b', when: {}, then: { need: 'transport' } }] };
    const { each, joined } = evaluate(policy, situationOf({ to: ['a@x.test to consumer', 'b@y.test to'] }));
    expect(each.map((e) => [e.need, e.portal])).toEqual([['e2e-only', true], ['transport', false]]);
    expect(joined).toMatchObject({ need: 'e2e-only', portal: true });
  });

  it('a scope without a known author does not hold', () => {
    const { author: _, ...nobody } = situationOf({});
    expect(evaluate({ version: 'x', rules: [{ id: 'r', scope: { domain: ['own.test'] }, when: {}, then: { act: 'block' } }] }, nobody).trace).toEqual([]);
  });
});

describe('the algebra', () => {
  it('one more rule never weakens anything, of the message or of any recipient', () => {
    fc.assert(fc.property(policyArb(), ruleArb, fc.nat(8), situationArb, (policy, rule, at, s) => {
      const rules = [...policy.rules];
      rules.splice(at, 0, { ...rule, id: 'added' });
      const [before, after] = [evaluate(policy, s), evaluate({ ...policy, rules }, s)];
      return atLeast(after.joined, before.joined) && after.each.every((e, i) => atLeast(e, before.each[i] ?? NOTHING));
    }), { numRuns: 1500 });
  });

  it('labels that nobody could read ask at least what any labels ask', () => {
    fc.assert(fc.property(policyArb(), situationArb, (policy, s) => atLeast(evaluate(policy, { ...s, labels: null }).joined, evaluate(policy, s).joined)), { numRuns: 1000 });
  });

  it('what nobody could tell of recipients, patterns and lists asks at least what either answer would ask', () => {
    fc.assert(fc.property(policyArb(), situationArb, fc.subarray([...TRAITS]), fc.subarray(['badge', 'roster']), (policy, s, traits, names) => {
      const unknown = { ...s, recipients: s.recipients.map((r) => ({ ...r, traits: r.traits.filter((t) => !traits.includes(t)), unsure: traits })), facts: { ...s.facts, matches: (s.facts.matches ?? []).filter((name) => !names.includes(name)) }, unsure: names };
      const asked = evaluate(policy, unknown).joined;
      return [true, false].every((has) => atLeast(asked, evaluate(policy, { ...s, recipients: s.recipients.map((r) => ({ ...r, traits: has ? [...new Set([...r.traits, ...traits])] : r.traits.filter((t) => !traits.includes(t)) })), facts: { ...s.facts, matches: has ? [...new Set([...(s.facts.matches ?? []), ...names])] : unknown.facts.matches } }).joined)) && atLeast(asked, evaluate(policy, s).joined);
    }), { numRuns: 1000 });
  });

  it('order changes the trace and nothing else', () => {
    fc.assert(fc.property(rulesArb().chain((rules) => fc.tuple(fc.constant(rules), fc.shuffledSubarray(rules, { minLength: rules.length }))), situationArb, ([rules, other], s) => {
      const [a, b] = [evaluate({ version: 'x', rules }, s), evaluate({ version: 'x', rules: other }, s)];
      expect(b.joined).toEqual(a.joined);
      expect(b.each).toEqual(a.each);
      expect([...b.trace].sort((x, y) => x.rule.localeCompare(y.rule))).toEqual([...a.trace].sort((x, y) => x.rule.localeCompare(y.rule)));
    }), { numRuns: 1000 });
  });

  it('the trace alone gives the result: nothing comes from anywhere else', () => {
    fc.assert(fc.property(policyArb(), situationArb, (policy, s) => {
      const { trace, ...result } = evaluate(policy, s);
      expect(explained(trace, s.recipients.length)).toEqual(result);
      // Each rule of the trace, alone, says the same of itself.
      for (const applied of trace) {
        const alone = evaluate({ ...policy, rules: policy.rules.filter((r) => r.id === applied.rule) }, s);
        expect(alone.trace).toEqual([applied]);
      }
    }), { numRuns: 1000 });
  });

  it('an exception only takes away what it names', () => {
    fc.assert(fc.property(policyArb(), situationArb, (policy, s) => atLeast(evaluate({ version: 'x', rules: policy.rules }, s).joined, evaluate(policy, s).joined)), { numRuns: 2000 });
  });

  it('joining is idempotent and commutes', () => {
    fc.assert(fc.property(effectsArb, effectsArb, (a, b) => {
      expect(join(join(NOTHING, a), b)).toEqual(join(join(NOTHING, b), a));
      expect(join(join(NOTHING, a), a)).toEqual(join(NOTHING, a));
    }), { numRuns: 2000 });
  });

  it('the strict template and 500 rules are judged alike each time', () => {
    const rules = Array.from({ length: 500 }, (_, i) => ({ ...STRICT.rules[i % STRICT.rules.length]!, id: `r${i}` }));
    const s = situationOf({ level: 'bulk', people: 9 });
    expect(evaluate({ version: 'x', rules }, s).joined).toEqual(evaluate(STRICT, s).joined);
  });
});
