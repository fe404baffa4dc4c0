/**
 * Hands sealed bytes to the next hop (MX, smart host or our own connector) and says what was proved on the way.
 * TLS is judged inside the delivering session, after STARTTLS and before MAIL FROM; a floor not met ends in QUIT, never in clear.
 */
import type { Facts } from '../audit/audit.ts';

/** delivery.md §7: A DANE or MTA-STS enforce; B PKIX + name (+ MX host bound to the domain); B- pinned; C encrypted, unauthenticated; D none or below TLS 1.2. */
export type Grade = 'A' | 'B' | 'B-' | 'C' | 'D';

/** The least grade this content may travel on: 'B' (B- counts) for content protected by TLS alone and for codes; 'any' for what is sealed itself. */
export type Floor = 'A' | 'B' | 'any';

export interface Dispatch {
  readonly returnPath: string;
  readonly recipient: string;
  readonly bytes: Uint8Array;
  readonly floor: Floor;
  /** ENVID and item id for DSN and VERP (RFC 3461) */
  readonly envid: string;
  readonly signal?: AbortSignal;
}

export interface Assurance {
  readonly grade: Grade;
  /** stable code of the reason: `pkix`, `dane`, `mta-sts`, `starttls-missing`, `certificate-expired`, `certificate-self-signed`, `certificate-name`, `tls-too-old`, `mx-not-bound` … */
  readonly code: string;
}

/** One try at one next hop: everything the evidence needs (delivery.md §7 *Evidence per attempt*). `reply` and `ip` are sealed by the caller. */
export interface Attempt {
  readonly host: string;
  readonly ip: string;
  readonly assurance: Assurance;
  /** tls version, cipher, group, certificate fingerprint, notAfter, ehlo keywords, times, size */
  readonly facts: Facts;
  /** last SMTP reply, verbatim, attacker-controlled */
  readonly reply?: { readonly code: number; readonly enhanced?: string; readonly text: string };
}

/** RFC 3464's words plus the refusal that nothing was good enough. `code` is stable and in `words`. */
export type Delivery =
  | { readonly kind: 'relayed'; readonly attempts: readonly Attempt[] }
  | { readonly kind: 'delayed'; readonly code: string; readonly attempts: readonly Attempt[] }
  | { readonly kind: 'failed'; readonly code: string; readonly attempts: readonly Attempt[] }
  | { readonly kind: 'refused'; readonly code: string; readonly attempts: readonly Attempt[] };

export interface Deliver {
  send(dispatch: Dispatch): Promise<Delivery>;
  close(): Promise<void>;
}
