/**
 * What ordinary Send is judged by, without network: the policy that the pane verified last, the organisation's own rules as far as they are kept beside it
 * and can be looked for here (`shared/rules/plain.ts`), what files say as far as they can be read here (`attached.ts`), and what the pane left about the author.
 * The service judges by all in any case. ES2016 library only.
 */
import { domainOf, within } from '../../shared/draft/address.ts';
import type { Address } from '../../shared/draft/draft.ts';
import { textOfHtml } from '../../shared/draft/text.ts';
import { factsOf } from '../../shared/plan/facts.ts';
import { guarded, situated, standing, type Cached } from '../../shared/plan/guard.ts';
import { allOf, ownRules } from '../../shared/rules/own.ts';
import { plainMatcher } from '../../shared/rules/plain.ts';
import { scan, type OwnRules, type ScanAttachment } from '../../shared/scan/scan.ts';
import type { Glimpse } from '../outlook/launch.ts';

type Why = 'phi' | 'policy' | 'file' | 'list';

// Without a list from the pane, our domain is the author's own: too few of ours is an alert too many, never one too few.
const ownOf = ({ ownDomains, from }: Glimpse): readonly string[] => (ownDomains.length > 0 ? ownDomains : [domainOf(from.address)]);
const ours = (own: readonly string[], { address }: Address): boolean => own.some((d) => within(domainOf(address), d));

/** Somebody outside may read it: who is on a list of ours only the service can ask. */
export const mayLeave = (seen: Glimpse): boolean => seen.recipients.some((r) => r.list || !ours(ownOf(seen), r));

/** Why this must go by Send Secure, with the kinds found; null when it may go as it is. `said`: what the files say; absent: nobody has looked into them yet. */
export function stopped(seen: Glimpse, now: number, said?: readonly ScanAttachment[]): { readonly reason: Why; readonly kinds: string[] } | null {
  const { from, recipients, subject, html, files, labels, policy: cached } = seen;
  if (!mayLeave(seen)) return null;
  const own = ownOf(seen);
  const policy = standing(cached, now);
  const { rules, unread } = compiled(cached);
  const found = scan({ subject, html, from, recipients, attachments: said || files.map(({ filename }) => ({ filename })) }, rules);
  const size = files.reduce((sum, f) => sum + f.size, 0);
  const why = guarded(policy, situated({ from, recipients, subject, text: textOfHtml(html).text, labels, facts: factsOf(found), attachments: files.length, unopened: said ? 0 : files.length, size, unread }, policy, own, cached, now));
  if (why === null) return null;
  const kinds: string[] = [];
  for (const { kind } of found.findings) if (kinds.indexOf(kind) < 0) kinds.push(kind);
  return { reason: why === 'policy' ? why : recipients.every((r) => ours(own, r)) ? 'list' : found.verdict.level === 'unscannable' ? 'file' : why, kinds: kinds.sort() };
}

/** The organisation's own rules as far as this runtime can look for them. */
function compiled(cached: Cached | null): { readonly rules?: OwnRules; readonly unread: readonly string[] | null } {
  const set = cached && cached.rules;
  if (!set || !Array.isArray(set.rules) || !Array.isArray(set.mrn) || !set.thresholds) return { unread: set === null && cached ? [] : null };
  const all = allOf(set);
  const matchers = all.map((rule) => plainMatcher(rule.pattern));
  return { rules: ownRules(set, '', matchers), unread: all.filter((_, i) => matchers[i] === null).map((rule) => rule.name) };
}
