/**
 * What is not ours: time, chance, names, roads. Everything else in the service is ours and never faked.
 * The only file that imports `node:net`, `node:tls` and `node:dns`.
 */
import type { Socket } from 'node:net';

/** DNS answers with what DANE needs to know of them. `authentic` is the AD bit, true only from a trusted resolver (RFC 4035 §3.2.3). */
export interface Answer<T> {
  readonly records: readonly T[];
  readonly authentic: boolean;
}

/** Each rejects with a Fault `dns-failed` on SERVFAIL, timeout or refusal; NXDOMAIN and NODATA are an empty answer. */
export interface Dns {
  mx(name: string): Promise<Answer<{ readonly exchange: string; readonly preference: number }>>;
  /** A and AAAA */
  addresses(name: string): Promise<Answer<string>>;
  txt(name: string): Promise<Answer<string>>;
  /** certificate association data by usage, selector, matching type (RFC 6698) */
  tlsa(name: string): Promise<Answer<{ readonly usage: number; readonly selector: number; readonly matching: number; readonly data: Uint8Array }>>;
}

export interface Fetched {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

export interface World {
  /** ms since the epoch */
  now(): number;
  random(bytes: number): Uint8Array;
  readonly dns: Dns;
  /** TCP to an IP address. Refused (`address-refused`) for private, loopback, link-local and reserved ranges unless listed in ALLOWED_NETWORKS. */
  dial(to: { readonly address: string; readonly port: number; readonly timeout: number }): Promise<Socket>;
  /** HTTPS (HTTP only when `plain` says so) to an outside-chosen URL: resolved once, that address dialled, same refusals; bytes, time and redirects capped. */
  fetch(url: string, ask?: { readonly method?: string; readonly headers?: Record<string, string>; readonly body?: Uint8Array; readonly maxBytes?: number; readonly timeout?: number; readonly redirects?: number; readonly plain?: boolean }): Promise<Fetched>;
}
