/** The scanner and the judgement in this window: a chunk of its own, because of the dictionaries. The text goes nowhere. */
import { evaluate, type Outcome, type Situation } from '../../shared/plan/evaluate.ts';
import { factsOf } from '../../shared/plan/facts.ts';
import type { Trait } from '../../shared/plan/policy.ts';
import { scan, type Finding, type Verdict } from '../../shared/scan/scan.ts';
import { policyOf, type PolicyDocument } from '../../shared/wire/policy.ts';
import { unsaid } from './check.ts';

export interface Tried { readonly findings: readonly Finding[]; readonly verdict: Verdict; readonly outcome: Outcome; /** of the rule that is asked about: each of its conditions by itself */ readonly fits: { readonly [condition: string]: boolean } }

/** What a rule can ask about besides the text. */
export interface About {
  readonly traits: readonly Trait[];
  readonly to: string;
  readonly recipients: number;
  readonly attachments: number;
  readonly labels: readonly string[];
  readonly author: string;
  readonly groups: readonly string[];
  readonly shared: boolean;
  readonly purpose: string;
  /** 'HH:MM'; empty: now */
  readonly clock: string;
}

export function tried(document: PolicyDocument, { subject, text, about, now, rule }: { readonly subject: string; readonly text: string; readonly about: About; readonly now: Date; readonly rule: string | null }): Tried {
  const result = scan({ subject, text, attachments: [] });
  const [, hours = now.getHours(), minutes = now.getMinutes()] = (/^(\d\d):(\d\d)$/.exec(about.clock) ?? []).map(Number);
  // One that does not say yet when it holds holds never.
  const policy = policyOf('draft', { ...document, rules: document.rules.filter((r) => !unsaid(r)) });
  const situation: Situation = {
    facts: { ...factsOf(result), attachments: about.attachments }, recipients: Array.from({ length: Math.max(1, Math.min(500, about.recipients)) }, () => ({ address: about.to.trim() || 'somebody@elsewhere.example', role: 'to' as const, traits: about.traits })),
    labels: about.labels, ...(about.purpose === '' ? {} : { purpose: about.purpose }), author: { address: about.author.trim(), groups: about.groups, sharedMailbox: about.shared },
    at: { date: now.toISOString().slice(0, 10), day: now.getDay() === 0 ? 7 : now.getDay(), minute: hours * 60 + minutes },
  };
  const outcome = evaluate(policy, situation);
  const asked = policy.rules.find((r) => r.id === rule);
  const alone = (name: string) => {
    const { [name as 'recipient']: own, recipient } = asked?.when ?? {};
    // Of the same recipient, or it says nothing.
    const when = { [name]: own, ...(name === 'recipientNot' && recipient !== undefined ? { recipient } : {}) };
    return evaluate({ ...policy, exceptions: [], rules: [{ id: 'alone', when, then: { act: 'observe' } }] }, situation).trace.length > 0;
  };
  const fits = Object.fromEntries(Object.keys(asked?.when ?? {}).map((name) => [name, alone(name)]));
  return { findings: result.findings, verdict: result.verdict, outcome, fits };
}
