/**
 * The audit log: event rows written in the transaction of the change they tell of, sequenced within a second into one
 * RFC 6962 Merkle log with signed checkpoints (C2SP signed-note, tlog-checkpoint). Leaves carry no PHI: sensitive values are
 * salted commitments, the values lie beside, sealed under the evidence key.
 */
import type { DataKey } from '../vault/vault.ts';

export type Facts = { readonly [name: string]: string | number | boolean | null };

export interface EventDraft {
  /** from the closed catalogue of `audit/catalogue.ts` (compliance.md §4) */
  readonly type: string;
  readonly outcome: 'ok' | 'denied' | 'failed' | 'unknown';
  readonly actor: { readonly kind: 'author' | 'recipient' | 'service' | 'staff'; readonly id: string };
  readonly message?: string;
  readonly item?: string;
  /** never PHI, never an address, never a value from a draft */
  readonly facts?: Facts;
  /** addresses, reply texts, IPs, subjects …: committed to in the leaf, kept sealed */
  readonly sealed?: { readonly [name: string]: string };
}

/** Made outside the transaction, noted inside it (`note` of `audit.sql.ts`). */
export interface PreparedEvent {
  /** `evt_` + UUIDv7 */
  readonly id: string;
  readonly time: number;
  readonly type: string;
  readonly outcome: string;
  readonly actor: string;
  readonly message: string | null;
  readonly item: string | null;
  /** the exact leaf: JCS (RFC 8785) */
  readonly leaf: string;
  /** sealed values and salts; AAD is the event id */
  readonly sealed: Uint8Array | null;
  /** the evidence key's id */
  readonly kid: string;
}

export interface Audit {
  /** synchronous: call before the transaction, pass the result to the operation as `args.events` */
  prepare(draft: EventDraft, evidence: DataKey): PreparedEvent;
}
