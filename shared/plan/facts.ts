/** What a plan needs to know of a scan: level, kinds, counts; never content. One function, so that pane and service plan from the same facts. */
import type { IdentifierKind, ScanResult } from '../scan/scan.ts';
import type { PlanFacts } from './plan.ts';

/** In a subject line these travel in clear even when the body does not. */
const STRONG: readonly IdentifierKind[] = ['NAME', 'SSN', 'MRN', 'HEALTH_PLAN', 'ACCOUNT', 'DATE', 'PHONE', 'EMAIL'];

export function factsOf(result: ScanResult): PlanFacts {
  const kinds: { [K in IdentifierKind]?: number } = {};
  for (const f of result.findings) kinds[f.kind] = (kinds[f.kind] ?? 0) + 1;
  return {
    level: result.verdict.level,
    sensitive: result.verdict.sensitive,
    kinds,
    subjectIdentifier: result.findings.some((f) => f.part === 'subject' && f.confidence !== 'low' && STRONG.indexOf(f.kind) >= 0),
    unscannable: result.verdict.unscannable,
    people: result.verdict.people,
  };
}
