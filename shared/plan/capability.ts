/**
 * What is known of a recipient before delivery: usable keys, preference, and what their domain is to us.
 * Gathered by `service/keys`; shared so that pane, handler and service speak of it in the same words.
 */

/** Trust order, strongest first. `uploaded`: one administrator's word; a second person's makes it `admin-verified`. */
export type KeyTrust = 'admin-verified' | 'directory' | 'dane' | 'uploaded' | 'wkd' | 'harvested' | 'autocrypt';

export const KEY_TRUST: readonly KeyTrust[] = ['admin-verified', 'directory', 'dane', 'uploaded', 'wkd', 'harvested', 'autocrypt'];

export interface KeyCapability {
  /** stable id of the key row, `key_…` */
  readonly id: string;
  readonly trust: KeyTrust;
  /** ms since the epoch; absent when the key does not expire */
  readonly expires?: number;
  /** why it cannot be used now, a reason code of `plan.ts`; absent when usable */
  readonly unusable?: 'key-expired' | 'key-revoked' | 'key-cannot-encrypt' | 'key-too-weak' | 'key-other-address' | 'key-not-trusted';
}

/** Why an address is not to be written to as if nothing had happened (`service/suppression`). */
export type SuppressionReason = 'bounced' | 'complained' | 'asked';

export interface Capability {
  readonly address: string;
  /** our own domains: delivered through the pinned connector, never the portal */
  readonly internal: boolean;
  readonly smime?: KeyCapability;
  readonly pgp?: KeyCapability;
  /** TLS to this domain: proved before, never seen, seen to fail lately; or behind a smart host that proves only the first hop, is declared to prove the rest, or must promise it */
  readonly tls: 'proved-before' | 'unknown' | 'failed-before' | 'first-hop-only' | 'relay-declared' | 'relay-asked';
  /** a mobile number is on file, and text messages can be sent */
  readonly sms?: boolean;
  /** mail to them came back or was called abuse lately, or they asked not to be written to */
  readonly suppressed?: SuppressionReason;
  /** recorded by staff or the recipient */
  readonly prefers?: 'smime' | 'pgp' | 'portal';
}
