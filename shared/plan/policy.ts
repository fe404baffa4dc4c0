/**
 * The rules that raise needs and ask questions, as data. Rules only add: joining two results keeps the stricter of each.
 * One policy ships: the US healthcare default. Its version is recorded with every decision.
 */
import type { SensitiveClass, VerdictLevel } from '../scan/scan.ts';
import type { Decision, PlanFacts } from './plan.ts';
import type { Need } from './protection.ts';
import type { ReasonCodeKnown } from './reason.ts';

export interface PolicyRule {
  readonly id: string;
  readonly when: {
    readonly level?: readonly VerdictLevel[];
    readonly sensitive?: readonly SensitiveClass[];
    readonly subjectIdentifier?: boolean;
    readonly unscannable?: boolean;
  };
  readonly need?: Need;
  readonly decision?: Decision;
  readonly reason: ReasonCodeKnown;
}

export interface Policy {
  readonly version: string;
  readonly rules: readonly PolicyRule[];
}

export const US_HEALTHCARE: Policy = {
  version: 'us-healthcare-1',
  rules: [
    { id: 'always', when: {}, need: 'transport', reason: 'need-always' },
    { id: 'sensitive', when: { sensitive: ['substance-use', 'psychotherapy'] }, need: 'at-rest', reason: 'need-sensitive' },
    { id: 'bulk', when: { level: ['bulk'] }, decision: 'warn', reason: 'warn-bulk' },
    { id: 'unscannable', when: { unscannable: true }, decision: 'warn', reason: 'warn-unscannable' },
    { id: 'subject', when: { subjectIdentifier: true }, decision: 'warn', reason: 'warn-subject' },
  ],
};

export function applies(rule: PolicyRule, facts: PlanFacts): boolean {
  const { level, sensitive, subjectIdentifier, unscannable } = rule.when;
  if (level && level.indexOf(facts.level) < 0) return false;
  if (sensitive && !sensitive.some((s) => facts.sensitive.indexOf(s) >= 0)) return false;
  if (subjectIdentifier && !facts.subjectIdentifier) return false;
  if (unscannable && facts.unscannable === 0) return false;
  return true;
}
