/**
 * What is not ours: time, chance, names, roads. Everything else in the service is ours and never faked.
 * This file and its folder are the only ones that import `node:net`, `node:tls` and `node:dns`.
 */
import { randomBytes } from 'node:crypto';
import { connect, isIP, type Socket } from 'node:net';
import type { SecureContext } from 'node:tls';
import { Fault } from './refusal.ts';
import { openDns } from './world/dns.ts';
import { openFetch } from './world/fetch.ts';
import { openGuard } from './world/guard.ts';
import { openTrust, secure } from './world/secure.ts';

export type { Socket } from 'node:net';

/** DNS answers with what DANE needs to know of them. `authentic` is the AD bit, true only from a trusted resolver (RFC 4035 §3.2.3). */
export interface Answer<T> {
  readonly records: readonly T[];
  readonly authentic: boolean;
  /** where a chain of aliases led to; absent when the name was none */
  readonly alias?: string;
}

/** Each rejects with a Fault `dns-failed` on SERVFAIL, timeout or refusal; NXDOMAIN and NODATA are an empty answer. */
export interface Dns {
  mx(name: string): Promise<Answer<{ readonly exchange: string; readonly preference: number }>>;
  /** A and AAAA */
  addresses(name: string): Promise<Answer<string>>;
  txt(name: string): Promise<Answer<string>>;
  /** certificate association data by usage, selector, matching type (RFC 6698) */
  tlsa(name: string): Promise<Answer<{ readonly usage: number; readonly selector: number; readonly matching: number; readonly data: Uint8Array }>>;
  /** a record that the packet library has no name for, as it stands: 61 OPENPGPKEY (RFC 7929), 53 SMIMEA (RFC 8162) */
  raw(name: string, type: 53 | 61): Promise<Answer<Uint8Array>>;
}

export interface Fetched {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

/** What a TLS handshake showed. Nothing is judged yet. */
export interface TlsFacts {
  readonly protocol: string;
  /** IANA's name of the suite */
  readonly cipher: string;
  readonly group: string | null;
  /** ephemeral elliptic-curve exchange and an AEAD cipher */
  readonly modern: boolean;
  /** DER, leaf first; may hold certificates of our own store, not only what the peer sent */
  readonly chain: readonly Uint8Array[];
  /** OpenSSL's word for what is wrong with the chain; null when it leads to a root we trust and is in date */
  readonly untrusted: string | null;
}

export interface Secured {
  readonly socket: Socket;
  readonly facts: TlsFacts;
}

export interface World {
  /** ms since the epoch */
  now(): number;
  random(bytes: number): Uint8Array;
  readonly dns: Dns;
  /** TCP to an IP address. Refused (`address-refused`) for private, loopback, link-local and reserved ranges unless listed in ALLOWED_NETWORKS; else `dial-timeout`, `dial-failed`. */
  dial(to: { readonly address: string; readonly port: number; readonly timeout: number }): Promise<Socket>;
  /** a program that the administrator named, `host:port` or the path of a socket: inside is where it is expected */
  beside(at: string, timeout: number): Promise<Socket>;
  /** where a host is that the administrator named, by our own resolver; an address is itself */
  located(host: string): Promise<string>;
  /** TLS ≥ 1.2 over a dialled road; the certificate is reported, not enforced. Faults `tls-failed`, `tls-too-old`. */
  secure(socket: Socket, ask: { readonly servername: string; readonly timeout: number }): Promise<Secured>;
  /** the roots we trust, for a client that speaks TLS itself to a place an administrator named */
  trust(): SecureContext;
  /** HTTPS (HTTP only when `plain` says so) to an outside-chosen URL: resolved once, that address dialled, same refusals; bytes, time and redirects capped. */
  fetch(url: string, ask?: { readonly method?: string; readonly headers?: Record<string, string>; readonly body?: Uint8Array; readonly maxBytes?: number; readonly timeout?: number; readonly redirects?: number; readonly plain?: boolean }): Promise<Fetched>;
}

export interface WorldSettings {
  /** `address:port`; empty: the system's */
  readonly resolver: string;
  /** the resolver validates DNSSEC and may be believed when it says so; only ever honoured on loopback */
  readonly resolverTrusted: boolean;
  /** networks (CIDR) that strangers' names may lead to although they are not public */
  readonly allowedNetworks: readonly string[];
  /** PEM, trusted beside the system's roots */
  readonly caFile?: string;
  readonly sourceAddress?: string;
}

export function openWorld(settings: WorldSettings): World {
  const guard = openGuard(settings.allowedNetworks);
  const trust = openTrust(settings.caFile);
  const dns = openDns({ resolver: settings.resolver, trusted: settings.resolverTrusted });
  const { sourceAddress } = settings;
  return {
    now: () => Date.now(),
    random: (bytes) => randomBytes(bytes),
    dns,
    dial({ address, port, timeout }) {
      if (!guard(address)) return Promise.reject(new Fault('address-refused', 'that address is not to be dialled'));
      const local = sourceAddress && isIP(sourceAddress) === isIP(address) ? { localAddress: sourceAddress } : {};
      return dial({ host: address, port, ...local }, timeout);
    },
    async beside(at, timeout) {
      const [, host = '', port = ''] = /^\[?([^/\]]+)\]?:(\d{1,5})$/.exec(at) ?? [];
      return dial(host === '' ? { path: at } : { host: await located(dns, host), port: Number(port) }, timeout);
    },
    located: (host) => located(dns, host),
    trust,
    secure: (socket, ask) => secure(trust(), socket, ask.servername, ask.timeout),
    fetch: openFetch({ dns, guard, trust, sourceAddress }),
  };
}

async function located(dns: Dns, host: string): Promise<string> {
  if (isIP(host) !== 0 || host === 'localhost') return host;
  const [address] = (await dns.addresses(host)).records;
  if (address === undefined) throw new Fault('dns-failed', 'a host that a setting names has no address');
  return address;
}

function dial(to: { readonly host: string; readonly port: number; readonly localAddress?: string } | { readonly path: string }, timeout: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect('path' in to ? to : { ...to, noDelay: true });
    const fail = (code: string, cause?: unknown): void => {
      clearTimeout(timer);
      socket.destroy();
      reject(new Fault(code, 'the next hop could not be reached', cause));
    };
    const timer = setTimeout(() => fail('dial-timeout'), timeout);
    const refused = (cause: Error): void => fail('dial-failed', cause);
    socket.once('error', refused);
    socket.once('connect', () => {
      clearTimeout(timer);
      socket.removeListener('error', refused);
      // the socket must never be without one, or a late reset would end the process
      socket.on('error', () => undefined);
      resolve(socket);
    });
  });
}
