/**
 * Finds protected health information in a draft. One scanner for the pane, the event handler and the service:
 * the same text gives the same findings everywhere. Synchronous, no I/O, ES2016 library only (outlook.md §4.6).
 * A finding names where and why; it never carries the matched value (the caller holds the text and may slice it).
 */
import type { Address, Recipient } from '../draft/draft.ts';

/** The Safe Harbor identifiers of 45 CFR 164.514(b)(2)(i)(A)–(R) as the product names them. */
export type IdentifierKind =
  | 'NAME' | 'GEO' | 'DATE' | 'AGE90' | 'PHONE' | 'FAX' | 'EMAIL' | 'SSN' | 'MRN' | 'HEALTH_PLAN' | 'ACCOUNT'
  | 'LICENSE' | 'VEHICLE' | 'DEVICE' | 'URL' | 'IP' | 'BIOMETRIC' | 'PHOTO' | 'OTHER_ID';

export type Confidence = 'low' | 'medium' | 'high';

/** Rising order of gravity; `unscannable` means part of the draft could not be read, which is never `none`. */
export type VerdictLevel = 'none' | 'pii' | 'medium' | 'high' | 'bulk' | 'unscannable';

/** Classes with stricter rules than the rest of health (42 CFR Part 2 and others). */
export type SensitiveClass = 'psychotherapy' | 'substance-use' | 'hiv' | 'reproductive' | 'genetic';

export type PartName = 'subject' | 'body' | 'attachment-name' | 'attachment';

export interface Finding {
  readonly kind: IdentifierKind;
  /** stable id of the rule, such as `ssn.labelled` */
  readonly rule: string;
  readonly confidence: Confidence;
  readonly part: PartName;
  /** index into the draft's attachments for `attachment-name` and `attachment` */
  readonly attachment?: number;
  /** UTF-16 offsets into that part's source (the original HTML for an HTML body), end exclusive */
  readonly start: number;
  readonly end: number;
  /** a person's words: "follows the label MRN" */
  readonly reasons: readonly string[];
  /** inside quoted history of a reply or forward */
  readonly quoted?: boolean;
}

export interface Verdict {
  readonly level: VerdictLevel;
  readonly sensitive: readonly SensitiveClass[];
  /** distinct health terms seen */
  readonly health: number;
  /** distinct people whose data it seems to be */
  readonly people: number;
  /** a person's words, most important first */
  readonly reasons: readonly string[];
}

export interface ScanInput {
  readonly subject: string;
  /** `html` wins over `text` when both are present */
  readonly html?: string;
  readonly text?: string;
  readonly attachments: readonly ScanAttachment[];
  /** whose data it is not: author, own domain; and who receives it */
  readonly from?: Address;
  readonly recipients?: readonly Recipient[];
}

export interface ScanAttachment {
  readonly filename: string;
  /** extracted text; absent when the bytes were not looked at (name is still scanned) */
  readonly text?: string;
  /** why it cannot be read: `encrypted`, `unsupported`, `over-budget`, `broken` */
  readonly unscannable?: string;
}

export interface ScanResult {
  readonly findings: readonly Finding[];
  readonly verdict: Verdict;
  /** version of rules and dictionaries; both sides send it */
  readonly ruleset: string;
}
