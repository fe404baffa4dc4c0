/**
 * What ordinary Send is judged by, without network: the policy that the pane verified last, the organisation's own rules as far as they are kept beside it
 * and can be looked for here (`shared/rules/plain.ts`), and what the pane left about the author. The service judges by all in any case. ES2016 library only.
 */
import { domainOf, within } from '../../shared/draft/address.ts';
import { textOfHtml } from '../../shared/draft/text.ts';
import { factsOf } from '../../shared/plan/facts.ts';
import { guarded, situated, standing, type Cached } from '../../shared/plan/guard.ts';
import { allOf, ownRules } from '../../shared/rules/own.ts';
import { plainMatcher } from '../../shared/rules/plain.ts';
import { scan, type OwnRules } from '../../shared/scan/scan.ts';
import type { Glimpse } from '../outlook/launch.ts';

/** Why this must go by Send Secure, with the kinds found; null when it may go as it is. */
export function stopped(seen: Glimpse, now: number): { readonly reason: 'phi' | 'policy'; readonly kinds: string[] } | null {
  const { from, recipients, subject, html, files, labels, policy: cached } = seen;
  // Without a list from the pane, our domain is the author's own: too few of ours is an alert too many, never one too few.
  const own = seen.ownDomains.length > 0 ? seen.ownDomains : [domainOf(from.address)];
  if (recipients.every((r) => own.some((d) => within(domainOf(r.address), d)))) return null;
  const policy = standing(cached, now);
  const { rules, unread } = compiled(cached);
  const found = scan({ subject, html, from, recipients, attachments: files.map(({ filename }) => ({ filename })) }, rules);
  const reason = guarded(policy, situated({ from, recipients, subject, text: textOfHtml(html).text, labels, facts: factsOf(found), attachments: files.length, size: files.reduce((sum, f) => sum + f.size, 0), unread }, policy, own, cached, now));
  if (reason === null) return null;
  const kinds: string[] = [];
  for (const { kind } of found.findings) if (kinds.indexOf(kind) < 0) kinds.push(kind);
  return { reason, kinds: kinds.sort() };
}

/** The organisation's own rules as far as this runtime can look for them. */
function compiled(cached: Cached | null): { readonly rules?: OwnRules; readonly unread: readonly string[] | null } {
  const set = cached && cached.rules;
  if (!set || !Array.isArray(set.rules) || !Array.isArray(set.mrn) || !set.thresholds) return { unread: set === null && cached ? [] : null };
  const all = allOf(set);
  const matchers = all.map((rule) => plainMatcher(rule.pattern));
  return { rules: ownRules(set, '', matchers), unread: all.filter((_, i) => matchers[i] === null).map((rule) => rule.name) };
}
