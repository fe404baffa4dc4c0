/**
 * What Outlook's own Send asks, without network and clock of its own: may this go as ordinary mail? Patient data to an outsider never may, whatever the
 * rules say; beyond that the cached policy speaks. A `warn` is shown in the pane and stops nobody here: at most one ordinary mail in a hundred is interrupted.
 * ES2016 library only.
 */
import { evaluate, type Situation } from './evaluate.ts';
import { grave } from './facts.ts';
import { ACTS, type Policy } from './policy.ts';
import { NEEDS } from './protection.ts';
import { STRICT, US_HEALTHCARE } from './template.ts';

/** After this long without word of the service the strict template's rules apply beside what is cached. */
export const STALE_MS = 72 * 3_600_000;

/** What the pane keeps for the event handler, as it was signed and verified. */
export interface Cached {
  /** the signed JSON; absent when it was too large to keep */
  readonly signed?: string;
  readonly serial: number;
  /** ms; the last time the service answered */
  readonly at: number;
  /** those of the author's groups that its rules ask about, and the shared mailboxes the author may write from */
  readonly groups?: readonly string[];
  readonly shared?: readonly string[];
}

/** The policy a side without network obeys. Rules only add, so strict beside cached is never weaker than either. */
export function standing(cached: Cached | null, now: number): Policy {
  let policy = US_HEALTHCARE;
  if (cached !== null && cached.signed !== undefined) {
    try {
      const read = (JSON.parse(cached.signed) as { readonly policy?: Policy }).policy;
      if (read && Array.isArray(read.rules)) policy = read;
    } catch {
      // What cannot be read is not obeyed: the default stands.
    }
  }
  if (cached === null || (now - cached.at <= STALE_MS && cached.at <= now + 3_600_000)) return policy;
  return { ...policy, version: `${policy.version}+strict`, rules: policy.rules.concat(STRICT.rules) };
}

/** Why it must go by Send Secure: it holds patient data, or a rule asks; null when it may go as it is. */
export function guarded(policy: Policy, situation: Situation): 'phi' | 'policy' | null {
  if (!situation.recipients.some((r) => r.traits.indexOf('internal') < 0)) return null;
  const { level } = situation.facts;
  if (grave(situation.facts)) return 'phi';
  const { joined } = evaluate(policy, situation);
  // A question about an illness names nobody: without an identifier it needs no more than ordinary mail. A rule that stops it still does.
  const { need } = level === 'none' ? evaluate(policy, { ...situation, facts: { ...situation.facts, sensitive: [] } }).joined : joined;
  return ACTS.indexOf(joined.act) >= ACTS.indexOf('justify') || NEEDS.indexOf(need) >= NEEDS.indexOf('at-rest') || joined.portal || joined.consent ? 'policy' : null;
}
