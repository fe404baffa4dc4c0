/** What a plan needs to know of a scan: level, kinds, counts; never content. One function, so that pane and service plan from the same facts. */
import type { IdentifierKind, ScanResult } from '../scan/scan.ts';
import type { PlanFacts } from './plan.ts';

/** Patient data, or what may be: nobody may read it who is not named. */
export function grave({ level, sensitive }: Pick<PlanFacts, 'level' | 'sensitive'>): boolean {
  return level !== 'none' && (level !== 'pii' || sensitive.length > 0);
}

/** In a subject line these travel in clear even when the body does not. */
const STRONG: readonly IdentifierKind[] = ['NAME', 'SSN', 'MRN', 'HEALTH_PLAN', 'ACCOUNT', 'DATE', 'PHONE', 'EMAIL'];

export function factsOf(result: ScanResult): PlanFacts {
  // The author's own number in a signature, and what is only a hint, decide nothing.
  const counted = result.findings.filter((f) => f.whose === undefined && f.confidence !== 'low');
  const kinds: { [K in IdentifierKind]?: number } = {};
  for (const f of counted) kinds[f.kind] = (kinds[f.kind] ?? 0) + 1;
  return {
    level: result.verdict.level,
    sensitive: result.verdict.sensitive,
    kinds,
    subjectIdentifier: counted.some((f) => f.part === 'subject' && STRONG.indexOf(f.kind) >= 0),
    unscannable: result.verdict.unscannable,
    people: result.verdict.people,
    health: result.verdict.health,
    matches: matchesOf(result),
  };
}

const OWN = /^[a-z0-9_]+\.own-(.+)$/;

/** Names of the organisation's own patterns and of the exact-match list; never what they matched. */
function matchesOf(result: ScanResult): string[] {
  const names: string[] = [];
  for (const { rule } of result.findings) {
    const own = OWN.exec(rule);
    const name = own !== null ? own[1] : rule.slice(-7) === '.roster' ? 'roster' : undefined;
    if (name !== undefined && names.indexOf(name) < 0) names.push(name);
  }
  return names.sort();
}
