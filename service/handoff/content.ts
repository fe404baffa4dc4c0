/**
 * What a message holds, and under which key. `content` is shredded at disposal; `evidence` (who wrote to whom, how it was
 * protected, what was promised) outlives it, because disclosures must be accounted for six years (45 CFR 164.528).
 */
import type { Draft } from '../../shared/draft/draft.ts';
import type { Question } from '../../shared/draft/question.ts';
import type { Applied } from '../../shared/plan/evaluate.ts';
import type { Topic } from '../../shared/plan/capability.ts';
import type { Plan, PlannedRetention } from '../../shared/plan/plan.ts';
import type { Need } from '../../shared/plan/protection.ts';
import type { SensitiveClass } from '../../shared/scan/scan.ts';
import type { Receipt } from '../../shared/wire/handoff.ts';
import { Fault } from '../refusal.ts';
import type { DataKey, MessageKeys } from '../vault/vault.ts';

export interface Wishes {
  readonly purpose?: string;
  readonly patientRef?: string;
  readonly retentionClass?: string;
  readonly need?: Exclude<Need, 'none'>;
  readonly justification?: string;
  /** the ordinary page, where the rules only prefer a divided key */
  readonly undivided?: true;
  readonly topic?: Topic;
  /** of a draft that is handed over; what is kept of it lies with its copies, the answer as a hash */
  readonly question?: Question;
}

export interface Evidence {
  readonly from: Draft['from'];
  readonly recipients: Draft['recipients'];
  readonly subject: string;
  readonly plan: Plan;
  readonly retention: PlannedRetention;
  readonly receipt: Receipt;
  readonly wishes: Omit<Wishes, 'question'>;
  readonly sensitive: readonly SensitiveClass[];
  /** RFC 5322 Message-ID, one for all copies, so that threads hold together */
  readonly messageId: string;
  /** two words and a code the author sees too: "tell them to look for …" */
  readonly recognition: string;
  readonly policy: string;
  /** the rules that held, with what each demanded */
  readonly trace?: readonly Applied[];
  readonly ruleset: string;
  /** of a message whose key is divided: what answers need of the draft, which nobody here can open */
  readonly thread?: Pick<Draft, 'replyTo' | 'references'>;
}

export interface Message {
  readonly id: string;
  readonly author: string;
  /** sent from a mailbox that several share: whoever is left reads on there */
  readonly mailbox: string | null;
  readonly accepted: number;
  readonly evidence: Evidence;
}

/** A message whose content is still there. */
export interface FullMessage extends Message {
  /** `content` is for what lies beside the message: links, codes, answers that are begun */
  readonly keys: MessageKeys;
  /** of the draft and its parts: the same as `keys.content`, or one of its own where it is to be divided. Null: it was divided, and nobody here has it */
  readonly body: DataKey | null;
  /** divided: its addresses and thread alone */
  readonly draft: Draft;
}

/** Draft and parts. Throws Fault `content-divided` when their key was given away. */
export function bodyOf({ body }: Pick<FullMessage, 'body'>): { readonly content: DataKey } {
  if (body === null) throw new Fault('content-divided', 'The content of a message was asked for, and its key is kept by others alone.');
  return { content: body };
}

export const contentAad = (message: string) => `content/${message}`;
/** the body's own key, while it is here */
export const bodyAad = (message: string) => `body/${message}`;
/** what a page shows, drawn beforehand */
export const readingAad = (message: string) => `reading/${message}`;
/** the body's key as only the archive can open it */
export const archivedAad = (message: string) => `archived/${message}`;
export const evidenceAad = (message: string) => `evidence/${message}`;
export const partAad = (message: string, sha256: string) => `part/${message}/${sha256}`;
export const stagedAad = (message: string) => `staged/${message}`;

export const encode = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
export const decode = <T>(bytes: Uint8Array): T => JSON.parse(new TextDecoder().decode(bytes)) as T;
