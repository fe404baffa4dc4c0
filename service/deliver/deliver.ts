/**
 * Hands sealed bytes to the next hop (MX, smart host or our own connector) and says what was proved on the way.
 * TLS is judged inside the delivering session, after STARTTLS and before MAIL FROM; a floor not met ends in QUIT, never in clear.
 * Never decides what a grade is worth to a message: the floor comes with it. RFC 5321, 3207, 3461, 7505, 7672, 8461.
 */
import { domainToASCII } from 'node:url';
import type { Facts } from '../audit/audit.ts';
import { Fault } from '../refusal.ts';
import type { World } from '../world.ts';
import { attempt, type Before, type Mailing, type RequireTls, type Target, type Tried } from './attempt.ts';
import { keepInMemory, openSts, type Policies } from './mtasts.ts';
import { openNextHops, type NextHop, type NextHopSettings, type Route, type SmartHost } from './nexthop.ts';
import { layOut } from './smtp/dialogue.ts';
import { openPool } from './smtp/pool.ts';
import { writable, type Patience } from './smtp/session.ts';

/** A DANE or MTA-STS enforce; B PKIX + name (+ MX host bound to the domain); B- pinned; C encrypted, unauthenticated; D none or below TLS 1.2. */
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
  /** every hop onwards must prove its TLS too, or return the message (RFC 8689): asked where it is `offered`, or a `must` without which nothing goes */
  readonly requireTls?: RequireTls;
  readonly signal?: AbortSignal;
}

export interface Assurance {
  readonly grade: Grade;
  /** stable code of the reason: `pkix`, `dane`, `mta-sts`, `starttls-missing`, `certificate-expired`, `certificate-self-signed`, `certificate-name`, `tls-too-old`, `mx-not-bound` … */
  readonly code: string;
}

/** One try at one next hop: everything the evidence needs. `reply` and `ip` are sealed by the caller. */
export interface Attempt {
  readonly host: string;
  readonly ip: string;
  readonly assurance: Assurance;
  /** tls version, cipher, group, certificate fingerprint, notAfter, ehlo keywords, times, size */
  readonly facts: Facts;
  /** what the domain has published about its host and was held to, line by line, and the address we called from: for its own report (RFC 8460), not for the log */
  readonly held: { readonly lines: readonly string[]; readonly from: string | null };
  /** last SMTP reply, verbatim, attacker-controlled */
  readonly reply?: { readonly code: number; readonly enhanced?: string; readonly text: string };
}

interface Told {
  readonly attempts: readonly Attempt[];
  /** the hosts the domain names by MX, when that is what chose the host */
  readonly mx?: readonly string[];
  /** what was proved is the way to the smart host, and nothing of the recipient's side */
  readonly firstHop?: true;
}

/** RFC 3464's words plus the refusal that nothing was good enough. `code` is stable and in `words`. */
export type Delivery = Told & (
  | { readonly kind: 'relayed' }
  /** `whole`: no recipient was named, so it is true of every message for the domain; `lowered`: the domain has proved more before */
  | { readonly kind: 'delayed'; readonly code: string; readonly whole: boolean; readonly lowered: boolean }
  | { readonly kind: 'failed'; readonly code: string }
  | { readonly kind: 'refused'; readonly code: string });

export interface Deliver {
  send(dispatch: Dispatch): Promise<Delivery>;
  close(): Promise<void>;
}

export interface DeliverSettings extends NextHopSettings {
  readonly world: World;
  /** what we call ourselves in EHLO */
  readonly hostname: string;
  /** the best this domain has proved before */
  readonly before?: (domain: string) => Promise<Before>;
  /** MTA-STS policies heard before; in memory unless given */
  readonly policies?: Policies;
  /** where MTA-STS policies are served: 443, but for a lab */
  readonly stsPort?: number;
  /** 1 unless given */
  readonly patience?: Patience;
  /** ms a conversation is kept for the next message */
  readonly idle?: number;
}

interface Survey {
  /** in A-labels */
  readonly domain: string;
  readonly route: Route;
  readonly sts: Target['sts'];
  readonly before: Before;
}

const REMEMBERED = 60_000;
const MAX_SURVEYS = 2000;
const MAX_ATTEMPTS = 12;

export function openDeliver(settings: DeliverSettings): Deliver {
  const { world, smartHost } = settings;
  const pool = openPool({ idle: settings.idle ?? 15_000, now: world.now });
  const means = { world, hostname: settings.hostname, patience: settings.patience ?? 1, pool };
  const route = openNextHops(world, settings);
  const sts = openSts({ world, policies: settings.policies ?? keepInMemory(), port: settings.stsPort ?? 443 });
  const surveys = new Map<string, { readonly until: number; readonly survey: Survey }>();

  /** What names say about a domain, by the spelling it was written in; remembered for a minute: a burst to one domain asks once. */
  function known(written: string): Survey | null {
    const found = surveys.get(written);
    return found && found.until > world.now() ? found.survey : null;
  }

  async function survey(written: string): Promise<Survey> {
    // One spelling for the host dialled, its promise, what it proved before and RCPT: under another one a promise would be missed.
    const domain = domainToASCII(written).toLowerCase();
    const found = await route(domain);
    // A host that an administrator named answers for itself, not for what the domain says of its MX.
    const byMx = found.kind === 'hops' && found.mx !== undefined;
    const [promise, before] = byMx ? await Promise.all([sts(domain), settings.before?.(domain) ?? null]) : [null, null];
    const fresh = { domain, route: found, sts: promise, before };
    if (surveys.size >= MAX_SURVEYS) surveys.clear();
    if (found.kind === 'hops') surveys.set(written, { until: world.now() + REMEMBERED, survey: fresh });
    return fresh;
  }

  return {
    async send(dispatch) {
      if (!writable(dispatch.recipient) || !writable(dispatch.returnPath) || dispatch.recipient.indexOf('@') < 1) return { kind: 'failed', code: 'address-malformed', attempts: [] };
      const at = dispatch.recipient.lastIndexOf('@') + 1;
      const written = dispatch.recipient.slice(at);
      const { domain, route: found, sts: promise, before } = known(written) ?? (await survey(written));
      const recipient = written === domain ? dispatch.recipient : `${dispatch.recipient.slice(0, at)}${domain}`;
      if (found.kind === 'failed') return { ...found, attempts: [] };
      if (found.kind === 'delayed') return { ...found, attempts: [], whole: true, lowered: false };
      const relay = dispatch.floor !== 'any' && found.hops.some((hop) => hop.kind === 'smart-host') ? smartHost?.attests : undefined;
      // RFC 8689 is what a smart host would have to promise; without it its TLS proves the first hop only
      if (relay === 'first-hop') return { kind: 'refused', code: 'smart-host-unproved', attempts: [] };
      const content = await layOut(dispatch.bytes).catch((fault: unknown) => {
        if (fault instanceof Fault) return null;
        throw fault;
      });
      // No try would end otherwise; where there is another way, it may be written well.
      if (content === null) return { kind: 'refused', code: 'content-malformed', attempts: [] };
      const mailing: Mailing = { returnPath: dispatch.returnPath, recipient, content, envid: dispatch.envid, floor: dispatch.floor, requireTls: relay === 'requiretls' ? 'must' : (dispatch.requireTls ?? 'no'), signal: dispatch.signal };
      const tried: Tried[] = [];
      const { mx } = found;
      const told = (delivery: Delivery): Delivery => ({ ...delivery, ...(mx === undefined ? {} : { mx }), ...(firstHopOnly(found.hops, smartHost, delivery) ? { firstHop: true } : {}) });
      for (const hop of found.hops) {
        for (const ip of hop.addresses) {
          if (tried.length >= MAX_ATTEMPTS) break;
          const last = await attempt(means, { domain, alias: found.alias, hop, ip, sts: promise, before }, mailing);
          tried.push(last);
          if (last.final) return told(last.kind === 'relayed' ? { kind: 'relayed', attempts: tried.map((one) => one.attempt) } : settle([last], tried));
        }
      }
      // names may have changed since: a broken promise is looked up again before it is believed (RFC 8461 §5)
      surveys.delete(written);
      return told(settle(tried, tried));
    },
    async close() {
      pool.close();
    },
  };
}

/** A smart host's certificate says nothing of the hops behind it, unless an administrator declares it or the host promised it (RFC 8689). */
function firstHopOnly(hops: readonly NextHop[], smartHost: SmartHost | undefined, { attempts }: Delivery): boolean {
  return hops.some((hop) => hop.kind === 'smart-host') && smartHost?.attests !== 'declared' && attempts.at(-1)?.facts['requiretls'] !== true;
}

/**
 * One word for all that was tried. Waiting comes first, because a host that could not be asked may still be good enough; but
 * an address that cannot be reached says nothing where the same host was judged at another.
 */
function settle(counting: readonly Tried[], tried: readonly Tried[]): Delivery {
  const attempts = tried.map((one) => one.attempt);
  const judged = new Set(counting.filter((one) => one.kind === 'refused').map((one) => one.attempt.host));
  const heard = counting.filter((one) => one.kind === 'refused' || !judged.has(one.attempt.host));
  const word = (['relayed', 'delayed', 'refused', 'failed'] as const).find((kind) => heard.some((one) => one.kind === kind)) ?? 'delayed';
  const spoke = heard.find((one) => one.kind === word);
  const code = spoke?.code ?? 'no-address';
  if (word === 'relayed') return { kind: word, attempts };
  return word === 'delayed' ? { kind: word, code, attempts, whole: counting.every((one) => one.whole), lowered: spoke?.lowered ?? false } : { kind: word, code, attempts };
}
