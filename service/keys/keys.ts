/**
 * What is known of recipients: certificates and keys with trust and source, preferences. Answers capabilities for the plan
 * and the key itself for sealing. Look-ups that would tell strangers whom we treat are off by default.
 */
import type { Capability } from '../../shared/plan/capability.ts';

export interface SmimeKey {
  readonly id: string;
  /** DER, leaf first */
  readonly certificate: Uint8Array;
  /** announced by the recipient or set by an administrator; default CBC with PKCS#1 v1.5 or ECDH (delivery.md §2) */
  readonly gcm: boolean;
  readonly oaep: boolean;
}

export interface PgpKey {
  readonly id: string;
  /** binary transferable public key */
  readonly key: Uint8Array;
}

export interface Keys {
  /** one capability per address, in order; checks dates, usage, trust at `world.now()` */
  capabilities(addresses: readonly string[]): Promise<Capability[]>;
  smime(id: string): Promise<SmimeKey | null>;
  pgp(id: string): Promise<PgpKey | null>;
}
