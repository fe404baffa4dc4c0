/** What the schema cannot see of a document: names that are none, and rules that never could hold, which would look like protection; and names nobody knows any more. */
import { domainOf, isMailbox, within } from '../../shared/draft/address.ts';
import { REASONS } from '../../shared/plan/reason.ts';
import { classOf } from '../../shared/retention/retention.ts';
import { EXCEPTION_DAYS, type PolicyDocument } from '../../shared/wire/policy.ts';

const DAY = 86_400_000;
type Scope = NonNullable<PolicyDocument['rules'][number]['scope']>;

/** Of a scope that names nobody: neither domain, group nor person, or a person or a domain that no author of ours can have; by address alone one is known here. */
function scopeFault(scope: Scope | undefined, ownDomains: readonly string[]): string | null {
  if (scope === undefined) return null;
  if (Object.keys(scope).length === 0) return '/scope';
  const ours = (domain: string): boolean => ownDomains.some((own) => within(domain, own));
  const at = (scope.person ?? []).findIndex((p) => !isMailbox(p) || !ours(domainOf(p)));
  if (at >= 0) return `/scope/person/${at}`;
  // One above ours holds for ours as well.
  const elsewhere = (scope.domain ?? []).findIndex((d) => !ours(d) && !ownDomains.some((own) => within(own, d)));
  return elsewhere < 0 ? null : `/scope/domain/${elsewhere}`;
}

/** What rules ask for by a name of the organization's own. */
export interface Names {
  /** its patterns, and `roster` where there is an exact-match list */
  readonly matches: readonly string[];
  /** null: there may be such a group, nobody here can tell */
  readonly group: (name: string) => Promise<boolean | null>;
}

/** Rules that ask for what nobody here knows, and so never hold: where (RFC 6901, of the document) and what it is. Labels are Outlook's, and not known here. */
export async function unknownIn({ rules, exceptions = [] }: PolicyDocument, { matches, group }: Names): Promise<{ readonly at: string; readonly what: 'pattern' | 'group' }[]> {
  const found: { at: string; what: 'pattern' | 'group' }[] = [];
  const groups = async (at: string, names: readonly string[] = []) => { for (const [n, name] of names.entries()) if ((await group(name)) === false) found.push({ at: `${at}/${n}`, what: 'group' }); };
  for (const [i, { scope, when }] of rules.entries()) {
    for (const [n, name] of (when.matches ?? []).entries()) if (!matches.includes(name)) found.push({ at: `/rules/${i}/when/matches/${n}`, what: 'pattern' });
    await groups(`/rules/${i}/when/group`, when.group);
    await groups(`/rules/${i}/scope/group`, scope?.group);
  }
  for (const [i, { scope }] of exceptions.entries()) await groups(`/exceptions/${i}/scope/group`, scope?.group);
  return found;
}

/** Where it is wrong (RFC 6901, of the request); null when it means what it says. */
export function faultIn(document: PolicyDocument, { now, ownDomains }: { readonly now: number; readonly ownDomains: readonly string[] }): string | null {
  const ids = new Set<string>();
  for (const [i, { id, scope, when, then, reason }] of document.rules.entries()) {
    const at = `/document/rules/${i}`;
    if (ids.has(id)) return `${at}/id`;
    ids.add(id);
    const fault = scopeFault(scope, ownDomains);
    if (fault !== null) return `${at}${fault}`;
    if (when.recipient?.every((t) => when.recipientNot?.includes(t))) return `${at}/when/recipientNot`;
    if (when.time !== undefined && when.time.from === when.time.to) return `${at}/when/time`;
    if (reason !== undefined && !Object.hasOwn(REASONS, reason)) return `${at}/reason`;
    if (then.retention !== undefined && classOf(then.retention) === undefined) return `${at}/then/retention`;
    if (then.notify?.some((a) => !ownDomains.some((own) => within(domainOf(a), own)))) return `${at}/then/notify`;
  }
  for (const [i, exception] of (document.exceptions ?? []).entries()) {
    const at = `/document/exceptions/${i}`;
    const fault = scopeFault(exception.scope, ownDomains);
    if (fault !== null) return `${at}${fault}`;
    if (!(Date.parse(exception.until) <= now + EXCEPTION_DAYS * DAY)) return `${at}/until`;
    if (document.rules.find((r) => r.id === exception.rule)?.then[exception.effect] === undefined) return `${at}/rule`;
  }
  return null;
}
