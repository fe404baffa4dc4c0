/** Whether a document can be saved, as one types: the wire's own schema, and what only the whole shows. The service looks again. */
import { EXCEPTION_DAYS, PolicyDocument } from '../../shared/wire/policy.ts';
import { CONDITION, EFFECT, NEEDED, SAY, SCOPE } from './words.ts';

/** What a new rule begins with: nothing that a version could hold, so that nobody saves “always” who did not say so. */
export const UNSAID = { unsaid: true } as unknown as PolicyDocument['rules'][number]['when'];
export const unsaid = ({ when }: { readonly when: object }): boolean => 'unsaid' in when;

export interface Wrong { /** index of the rule; null: of the document */ readonly rule: number | null; /** index of the exception */ readonly exception?: number; readonly says: string }

const FIELD: { readonly [name: string]: string } = { id: SAY.id, name: SAY.name, says: SAY.says, owner: SAY.owner, why: SAY.why, until: SAY.until, effect: SAY.takesAway, partners: SAY.partners, consumers: SAY.consumers, ...CONDITION, ...EFFECT };

const DAY_MS = 86_400_000;

type Issue = NonNullable<ReturnType<typeof PolicyDocument.safeParse>['error']>['issues'][number];

/** What would be right, in words; the schema's own speak of patterns. */
function needed(issue: Issue, field: string): string {
  if (issue.code === 'too_small') return issue.origin === 'array' ? SAY.oneNeeded : issue.origin === 'string' ? SAY.missing : SAY.atLeast(Number(issue.minimum));
  if (issue.code === 'too_big') return issue.origin === 'array' ? SAY.tooMany(Number(issue.maximum)) : issue.origin === 'string' ? SAY.tooLong(Number(issue.maximum)) : SAY.atMost(Number(issue.maximum));
  if (issue.code === 'invalid_type' && (issue.expected === 'int' || issue.expected === 'number')) return SAY.numberNeeded;
  return NEEDED[field] ?? SAY.notThat;
}

export function wrongIn(document: PolicyDocument): readonly Wrong[] {
  const read = PolicyDocument.safeParse(document);
  const found: Wrong[] = [];
  for (const issue of read.success ? [] : read.error.issues) {
    const { path } = issue;
    const rule = path[0] === 'rules' && typeof path[1] === 'number' ? path[1] : null;
    if (issue.code === 'unrecognized_keys' && path.at(-1) === 'when') continue;
    const exception = path[0] === 'exceptions' && typeof path[1] === 'number' ? path[1] : undefined;
    const field = path.slice(rule === null && exception === undefined ? 0 : 2).filter((step): step is string => typeof step === 'string' && step !== 'when' && step !== 'then' && step !== 'scope').map((step) => (path.includes('scope') ? SCOPE : FIELD)[step] ?? step);
    found.push({ rule, ...(exception === undefined ? {} : { exception }), says: `${field.join(', ') || SAY.editor}: ${needed(issue, [...path].reverse().find((step) => typeof step === 'string') ?? '')}` });
  }
  document.rules.forEach((rule, i) => {
    if (document.rules.findIndex((r) => r.id === rule.id) < i) found.push({ rule: i, says: `${SAY.id}: ${SAY.twice}` });
    if (unsaid(rule)) found.push({ rule: i, says: SAY.sayWhen });
    if (Object.keys(rule.then).length === 0) found.push({ rule: i, says: SAY.empty });
  });
  const exceptions = document.exceptions ?? [];
  exceptions.forEach((e, exception) => {
    const rule = document.rules.find((r) => r.id === e.rule);
    if (rule?.then[e.effect] === undefined) found.push({ rule: null, exception, says: SAY.noEffect });
    if (Date.parse(e.until) > Date.now() + EXCEPTION_DAYS * DAY_MS) found.push({ rule: null, exception, says: `${SAY.until}: ${SAY.withinDays(EXCEPTION_DAYS)}` });
    if (exceptions.findIndex((x) => x.id === e.id) < exception) found.push({ rule: null, exception, says: SAY.exceptionTwice });
  });
  return found;
}
