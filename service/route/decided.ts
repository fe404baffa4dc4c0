/** What a judgement says to the log and to the replay: who asked, which rules held, what was waived. Codes and counts alone. */
import { normalAddress } from '../../shared/draft/address.ts';
import type { Draft } from '../../shared/draft/draft.ts';
import type { Author, Outcome } from '../../shared/plan/evaluate.ts';
import type { ScanResult } from '../../shared/scan/scan.ts';
import type { Facts, PreparedEvent } from '../audit/audit.ts';
import type { Planned } from '../handoff/handoff.ts';
import type { Person } from '../people/people.ts';
import type { House } from './house.ts';

/** A fact of an event is 512 characters at most; the evidence holds the whole trace. */
const FACT = 500;

export function authorOf(person: Person, from: string): Author {
  const address = normalAddress(from);
  return { address, groups: person.groups, sharedMailbox: person.shared.includes(address) };
}

export function filesOf(draft: Draft): { readonly attachments: number; readonly size: number } {
  return { attachments: draft.attachments.length, size: draft.attachments.reduce((sum, a) => sum + a.size, 0) };
}

/** rules by id, strictest words elsewhere; `waived`: effects an exception took away, as `rule/effect/exception` */
export function traceOf(outcome: Outcome): Facts {
  const waived = outcome.trace.flatMap((t) => (t.waived ?? []).map((w) => `${t.rule}/${w.effect}/${w.exception}`)).join(' ');
  return { trace: outcome.trace.map((t) => t.rule).join(' ').slice(0, FACT), ...(waived === '' ? {} : { waived: waived.slice(0, FACT) }) };
}

export async function refusal({ audit, vault, world }: Pick<House, 'audit' | 'vault' | 'world'>, work: { readonly author: Person; readonly message: string; readonly draft: Draft }, planned: Planned, scanned: ScanResult): Promise<PreparedEvent> {
  return audit.prepare({
    type: 'message.refused', outcome: 'denied', actor: { kind: 'author', id: work.author.id }, message: work.message,
    facts: { code: 'policy-blocked', policy: planned.policy, ruleset: scanned.ruleset, level: scanned.verdict.level, recipients: work.draft.recipients.length, ...traceOf(planned.outcome) },
  }, await vault.monthly(world.now()));
}
