/**
 * Findings + recipients + capabilities → one protection per recipient, retention class, or a refusal.
 * Pure and synchronous; the service's word is final, the pane shows the service's plan.
 */
import type { Role } from '../draft/draft.ts';
import type { IdentifierKind, SensitiveClass, VerdictLevel } from '../scan/scan.ts';
import type { Need, Protection } from './protection.ts';

/** Closed list; every code has a sentence in `REASONS` (plan.ts). */
export type ReasonCode = string;

export interface Reason {
  readonly code: ReasonCode;
  readonly text: string;
}

/** What of the scan the plan needs: levels, kinds and counts, never content. */
export interface PlanFacts {
  readonly level: VerdictLevel;
  readonly sensitive: readonly SensitiveClass[];
  readonly kinds: { readonly [K in IdentifierKind]?: number };
  readonly subjectIdentifier: boolean;
  readonly unscannable: number;
  readonly people: number;
}

export interface PlannedRecipient {
  readonly address: string;
  readonly role: Role;
  readonly protection: Protection;
  /** what happens when the first cannot be proved while delivering; never weaker */
  readonly otherwise?: Protection;
  readonly reasons: readonly Reason[];
  /** candidates passed over, with the reason */
  readonly passedOver: readonly { readonly protection: Protection; readonly reason: Reason }[];
  /** what the recipient will have to do */
  readonly asks: string;
}

export type Decision = 'allow' | 'warn' | 'justify' | 'block';

export interface PlannedRetention {
  readonly class: string;
  /** the class's name in words */
  readonly name: string;
  /** RFC 3339 date, end of that UTC day */
  readonly until: string;
  /** the sentence with citation shown to the author */
  readonly basis: string;
}

export interface Plan {
  readonly need: Need;
  readonly decision: Decision;
  readonly reasons: readonly Reason[];
  readonly recipients: readonly PlannedRecipient[];
  readonly retention: PlannedRetention;
}
