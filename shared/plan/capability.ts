/**
 * What is known of a recipient before delivery: usable keys, preference, and what their domain is to us.
 * Gathered by `service/keys`; shared so that pane, handler and service speak of it in the same words.
 */

import type { Need } from './protection.ts';

/** Trust order, strongest first. `uploaded`: one administrator's word; a second person's makes it `admin-verified`. `vks`: a public key server. */
export type KeyTrust = 'admin-verified' | 'directory' | 'dane' | 'uploaded' | 'wkd' | 'harvested' | 'autocrypt' | 'vks';

export const KEY_TRUST: readonly KeyTrust[] = ['admin-verified', 'directory', 'dane', 'uploaded', 'wkd', 'harvested', 'autocrypt', 'vks'];

/** Two persons stand behind it: only then does it count for more than a proved channel, wherever it came from. */
export function confirmed(trust: KeyTrust): boolean {
  return trust === 'admin-verified';
}

/** Nobody could be heard on whether a certificate was revoked: it names no place we ask, nobody answers there, the place leads into a private network, or what came is no answer. */
export type StatusUnheard = 'key-status-unnamed' | 'key-status-silent' | 'key-status-inside' | 'key-status-unknown';

export function isUnheard(code: string): code is StatusUnheard {
  return code.slice(0, 11) === 'key-status-';
}

export interface KeyCapability {
  /** stable id of the key row, `key_…` */
  readonly id: string;
  readonly trust: KeyTrust;
  /** ms since the epoch; absent when the key does not expire */
  readonly expires?: number;
  /** why it cannot be used now, a reason code of `plan.ts`; absent when usable */
  readonly unusable?: 'key-expired' | 'key-revoked' | 'key-cannot-encrypt' | 'key-too-weak' | 'key-other-address' | 'key-not-trusted' | 'key-changed' | StatusUnheard;
}

/** Why an address is not to be written to as if nothing had happened (`service/suppression`). */
export type SuppressionReason = 'bounced' | 'complained' | 'asked';

/** What a recipient may have chosen ordinary mail for. Closed: a word that is not here was never chosen. */
export type Topic = 'appointments' | 'billing' | 'general';
export const TOPICS: readonly Topic[] = ['appointments', 'billing', 'general'];

/** A recorded choice, made after a warning, that nobody has taken back. */
export interface PlainChoice {
  readonly topics: readonly Topic[];
  /** of the warning's words */
  readonly version: string;
  /** ms */
  readonly since: number;
}

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
  /** a distribution list whose members nobody can name; or nobody could be asked whether it is one */
  readonly list?: 'unexpanded' | 'unasked';
  /** the least this recipient, or everybody at their domain, is written to with: recorded by staff */
  readonly need?: Need;
  /** their key is being looked for at this moment; asked again, the answer may be better */
  readonly lookingUp?: boolean;
  /** why no key of a kind is on file, where that is known more closely */
  readonly missing?: { readonly smime?: KeyCapability['unusable'] | 'lookup-failed'; readonly pgp?: KeyCapability['unusable'] | 'lookup-failed' };
  /** ordinary mail, for what they named after a warning */
  readonly plain?: PlainChoice;
  /** recorded by staff or the recipient */
  readonly prefers?: 'smime' | 'pgp' | 'portal';
}
