/** The scanner and the judgement in this window: a chunk of its own, because of the dictionaries. The text goes nowhere. */
import { evaluate, type Outcome } from '../../shared/plan/evaluate.ts';
import { factsOf } from '../../shared/plan/facts.ts';
import type { Trait } from '../../shared/plan/policy.ts';
import { scan, type Finding, type Verdict } from '../../shared/scan/scan.ts';
import { policyOf, type PolicyDocument } from '../../shared/wire/policy.ts';

export interface Tried { readonly findings: readonly Finding[]; readonly verdict: Verdict; readonly outcome: Outcome }

export function tried(document: PolicyDocument, { subject, text, traits, now }: { readonly subject: string; readonly text: string; readonly traits: readonly Trait[]; readonly now: Date }): Tried {
  const result = scan({ subject, text, attachments: [] });
  const outcome = evaluate(policyOf('draft', document), {
    facts: factsOf(result), recipients: [{ address: 'somebody@elsewhere.example', role: 'to', traits }],
    at: { date: now.toISOString().slice(0, 10), day: now.getDay() === 0 ? 7 : now.getDay(), minute: now.getHours() * 60 + now.getMinutes() },
  });
  return { findings: result.findings, verdict: result.verdict, outcome };
}
