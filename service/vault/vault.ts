/**
 * Keys for what is at rest (house.md §4 *keys*): master → epoch (the month of latest disposal) → per message `content` and `evidence`.
 * AES-256-GCM throughout; the row's identity is the AAD. Wrapped epoch keys live in KEYS_DIR, outside database and backups:
 * destroying an epoch key shreds every copy.
 */
import type { Readable } from 'node:stream';

/** An unwrapped AES-256 data key; lives in memory only. */
export interface DataKey {
  readonly id: string;
  readonly bytes: Uint8Array;
}

export interface MessageKeys {
  readonly content: DataKey;
  readonly evidence: DataKey;
}

/** As stored beside the message. `epoch` is 'YYYY-MM'. */
export interface WrappedKeys {
  readonly contentEpoch: string;
  readonly content: Uint8Array;
  readonly evidenceEpoch: string;
  readonly evidence: Uint8Array;
}

export interface Vault {
  issue(message: string, epochs: { readonly content: string; readonly evidence: string }): Promise<{ readonly keys: MessageKeys; readonly wrapped: WrappedKeys }>;
  /** rejects with Fault `key-destroyed` when the epoch key is gone */
  unwrap(message: string, wrapped: WrappedKeys): Promise<MessageKeys>;
  /** evidence key of the current month, for events about no message, and for staged hand-overs */
  monthly(now: number): Promise<DataKey>;
  /** the monthly key with this id, to open what it sealed */
  monthlyById(id: string): Promise<DataKey>;
  /** 12-byte nonce ‖ ciphertext ‖ tag */
  seal(key: DataKey, aad: string, plain: Uint8Array): Uint8Array;
  /** throws Fault `sealed-broken` when the bytes or the identity are not what was sealed */
  open(key: DataKey, aad: string, sealed: Uint8Array): Uint8Array;
  /** segmented AEAD for long content: order, length and truncation are authenticated */
  sealStream(key: DataKey, aad: string, plain: Readable): Readable;
  openStream(key: DataKey, aad: string, sealed: Readable): Readable;
  /** exact-match look-up of a sealed value: keyed hash, one key per field, kept apart from the data */
  index(field: string, value: string): string;
  /** shreds everything sealed under this epoch, backups included */
  destroyEpoch(epoch: string): Promise<void>;
}
