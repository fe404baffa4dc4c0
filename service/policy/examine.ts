/** What the schema cannot see of a document: names that are none, and rules that never could hold, which would look like protection. */
import { domainOf, isMailbox, within } from '../../shared/draft/address.ts';
import { REASONS } from '../../shared/plan/reason.ts';
import { classOf } from '../../shared/retention/retention.ts';
import { EXCEPTION_DAYS, type PolicyDocument } from '../../shared/wire/policy.ts';

const DAY = 86_400_000;

/** Of a scope that names nobody: neither domain, group nor person, or a person by anything else than an address, by which alone one is known here. */
function scopeFault(scope: { readonly person?: readonly string[] | undefined } | undefined): string | null {
  if (scope === undefined) return null;
  if (Object.keys(scope).length === 0) return '/scope';
  const at = (scope.person ?? []).findIndex((p) => !isMailbox(p));
  return at < 0 ? null : `/scope/person/${at}`;
}

/** Where it is wrong (RFC 6901, of the request); null when it means what it says. */
export function faultIn(document: PolicyDocument, { now, ownDomains }: { readonly now: number; readonly ownDomains: readonly string[] }): string | null {
  const ids = new Set<string>();
  for (const [i, { id, scope, when, then, reason }] of document.rules.entries()) {
    const at = `/document/rules/${i}`;
    if (ids.has(id)) return `${at}/id`;
    ids.add(id);
    const fault = scopeFault(scope);
    if (fault !== null) return `${at}${fault}`;
    if (when.recipient?.every((t) => when.recipientNot?.includes(t))) return `${at}/when/recipientNot`;
    if (when.time !== undefined && when.time.from === when.time.to) return `${at}/when/time`;
    if (reason !== undefined && !Object.hasOwn(REASONS, reason)) return `${at}/reason`;
    if (then.retention !== undefined && classOf(then.retention) === undefined) return `${at}/then/retention`;
    if (then.notify?.some((a) => !ownDomains.some((own) => within(domainOf(a), own)))) return `${at}/then/notify`;
  }
  for (const [i, exception] of (document.exceptions ?? []).entries()) {
    const at = `/document/exceptions/${i}`;
    const fault = scopeFault(exception.scope);
    if (fault !== null) return `${at}${fault}`;
    if (!(Date.parse(exception.until) <= now + EXCEPTION_DAYS * DAY)) return `${at}/until`;
    if (document.rules.find((r) => r.id === exception.rule)?.then[exception.effect] === undefined) return `${at}/rule`;
  }
  return null;
}
