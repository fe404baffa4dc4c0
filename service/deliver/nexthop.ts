/**
 * Where a message for a domain goes next, and what ties that host to the domain (RFC 5321 §5, null MX RFC 7505).
 * Our own domains and all below them go by the connector, partners straight to theirs, all else by the smart hosts if there are any, else by MX. Looks names up; dials nothing.
 */
import { domainToASCII } from 'node:url';
import { within } from '../../shared/draft/address.ts';
import type { Dns, World } from '../world.ts';
import { isAddress, type Bound } from './assurance.ts';
import { findDane, type DaneRecords } from './dane.ts';

interface Login {
  readonly username: string;
  readonly password: string;
}

interface HostPort {
  readonly host: string;
  readonly port: number;
}

export interface SmartHost {
  /** in the order they are tried */
  readonly hosts: readonly HostPort[];
  readonly login?: Login;
  /**
   * `declared`: an administrator declares that it proves TLS on the way to recipients; `requiretls`: it is asked to, by REQUIRETLS, and without
   * its promise nothing goes (RFC 8689); `first-hop`: its TLS proves only the way to itself
   */
  readonly attests: 'first-hop' | 'declared' | 'requiretls';
}

interface Connector extends HostPort {
  /** SHA-256 of the certificate, hex */
  readonly fingerprint?: string;
  readonly login?: Login;
}

/** A domain whose mail host shows a certificate that both sides agreed on; at its MX unless a host is named. */
export interface Partner {
  readonly domain: string;
  readonly fingerprint: string;
  readonly at?: HostPort;
}

export interface NextHop {
  readonly host: string;
  readonly port: number;
  readonly kind: 'mx' | 'implicit' | 'smart-host' | 'connector' | 'partner';
  readonly addresses: readonly string[];
  readonly bound: Bound | null;
  readonly dane: DaneRecords;
  readonly login?: Login;
  readonly fingerprint?: string;
}

/** `mx`: the hosts the domain names by MX, when its MX record was what chose them; `alias`: where the domain's own name led to. */
export type Route = { readonly kind: 'hops'; readonly hops: readonly NextHop[]; readonly mx?: readonly string[]; readonly alias?: string } | { readonly kind: 'delayed'; readonly code: string } | { readonly kind: 'failed'; readonly code: string };

export interface NextHopSettings {
  readonly smtpPort: number;
  readonly smartHost?: SmartHost;
  readonly ownDomains: readonly string[];
  readonly connector?: Connector;
  readonly partners?: readonly Partner[];
  /** suffixes of MX hosts of providers known to serve many domains */
  readonly providers: readonly string[];
  /** this MX host has served this domain unchanged for 30 days in our own records */
  readonly seen?: (domain: string, host: string) => boolean | Promise<boolean>;
}

const MAX_HOSTS = 10;
const MAX_ADDRESSES = 4;

export function openNextHops(world: Pick<World, 'dns' | 'random'>, settings: NextHopSettings): (domain: string) => Promise<Route> {
  const partners = new Map((settings.partners ?? []).map((partner) => [partner.domain, partner]));
  return async (written) => {
    const domain = domainToASCII(written).toLowerCase();
    if (domain === '') return { kind: 'failed', code: 'domain-unknown' };
    const { connector, smartHost } = settings;
    const own = isOwn(settings, domain);
    if (connector && own) return configured(world.dns, [{ ...connector, kind: 'connector' }]);
    const partner = settings.ownDomains.includes(domain) ? undefined : partners.get(domain);
    if (partner?.at) return configured(world.dns, [{ ...partner.at, kind: 'partner', fingerprint: partner.fingerprint }]);
    if (smartHost && !own && !partner) return configured(world.dns, smartHost.hosts.map((host) => ({ ...host, kind: 'smart-host', ...(smartHost.login ? { login: smartHost.login } : {}) })));
    return byMx(world, settings, domain, partner?.fingerprint);
  };
}

/** As the plan sees it: a domain below ours is ours. */
function isOwn({ ownDomains }: NextHopSettings, domain: string): boolean {
  return ownDomains.some((own) => within(domain, own));
}

const REMEMBERED = 10 * 60_000;
const REMEMBER_AT_MOST = 5_000;
/** Whoever writes is not kept waiting for names; the next look knows. */
const PATIENCE = 400;

/** Is it certain that a domain takes no mail: a null MX, or no such name? False as long as nobody knows. Never asked of domains whose mail does not go by MX. */
export function openMailless(world: Pick<World, 'dns' | 'random' | 'now'>, settings: NextHopSettings): (domain: string) => Promise<boolean> {
  const route = openNextHops(world, settings);
  const known = new Map<string, { readonly until: number; readonly answer: Promise<boolean> }>();
  return (domain) => {
    if (settings.smartHost || isOwn(settings, domain)) return Promise.resolve(false);
    let found = known.get(domain);
    if (!found || found.until <= world.now()) {
      found = { until: world.now() + REMEMBERED, answer: route(domain).then((r) => r.kind === 'failed' && (r.code === 'null-mx' || r.code === 'domain-unknown'), () => false) };
      if (known.size >= REMEMBER_AT_MOST) known.delete(known.keys().next().value ?? '');
      known.set(domain, found);
    }
    return Promise.race([found.answer, new Promise<boolean>((late) => { setTimeout(late, PATIENCE, false).unref(); })]);
  };
}

type Configured = Pick<NextHop, 'host' | 'port' | 'kind' | 'login' | 'fingerprint'>;

/** Hosts an administrator named, in their order; one that cannot be found leaves the rest. */
async function configured(dns: Dns, hosts: readonly Configured[]): Promise<Route> {
  const looked = await Promise.all(hosts.map(async (hop): Promise<NextHop | 'dns-failed' | 'no-address'> => {
    const found = isAddress(hop.host) ? { records: [hop.host], authentic: false } : await addressesOf(dns, hop.host);
    if (found === null) return 'dns-failed';
    if (found.records.length === 0) return 'no-address';
    return { ...hop, addresses: found.records, bound: 'configured', dane: await findDane(dns, hop.host, hop.port, found.authentic, found.alias) };
  }));
  const hops = looked.filter((found) => typeof found === 'object');
  return hops.length > 0 ? { kind: 'hops', hops } : { kind: 'delayed', code: looked.find((found) => typeof found === 'string') ?? 'no-address' };
}

async function byMx(world: Pick<World, 'dns' | 'random'>, settings: NextHopSettings, domain: string, fingerprint?: string): Promise<Route> {
  const { dns } = world;
  let answer: Awaited<ReturnType<Dns['mx']>>;
  try {
    answer = await dns.mx(domain);
  } catch {
    return { kind: 'delayed', code: 'dns-failed' };
  }
  // RFC 7505 §3: a single MX of "." says that the domain takes no mail
  if (answer.records.length === 1 && isNull(answer.records[0]?.exchange ?? '')) return { kind: 'failed', code: 'null-mx' };
  const hosts = order(answer.records.filter((record) => !isNull(record.exchange)), () => world.random(1)[0] ?? 0);
  // RFC 5321 §5.1: without any MX the domain is its own host
  const implicit = answer.records.length === 0;
  const looked = await Promise.all((implicit ? [domain] : hosts).slice(0, MAX_HOSTS).map((host) => hop(dns, settings, domain, host, implicit, answer.authentic)));
  const hops = looked.filter((found): found is NextHop => typeof found === 'object').map((found) => (fingerprint === undefined ? found : { ...found, fingerprint }));
  if (hops.length > 0) return { kind: 'hops', hops, mx: implicit ? [domain] : hosts, ...(answer.alias === undefined ? {} : { alias: answer.alias }) };
  if (looked.includes('dns-failed')) return { kind: 'delayed', code: 'dns-failed' };
  return { kind: 'failed', code: implicit ? 'domain-unknown' : 'no-address' };
}

async function hop(dns: Dns, settings: NextHopSettings, domain: string, host: string, implicit: boolean, authentic: boolean): Promise<NextHop | 'dns-failed' | 'no-address'> {
  const found = await addressesOf(dns, host);
  if (found === null) return 'dns-failed';
  if (found.records.length === 0) return 'no-address';
  const bound = await bind(settings, domain, host, authentic);
  const dane = await findDane(dns, host, settings.smtpPort, authentic && found.authentic, found.alias);
  return { host, port: settings.smtpPort, kind: implicit ? 'implicit' : 'mx', addresses: found.records, bound, dane };
}

async function addressesOf(dns: Dns, host: string): Promise<{ records: readonly string[]; authentic: boolean; alias?: string } | null> {
  try {
    const found = await dns.addresses(host);
    return { ...found, records: found.records.slice(0, MAX_ADDRESSES) };
  } catch {
    return null;
  }
}

/** What an unsigned MX record cannot say by itself: that this host has to do with that domain. */
async function bind(settings: NextHopSettings, domain: string, host: string, authentic: boolean): Promise<Bound | null> {
  if (within(host, domain)) return 'domain';
  if (authentic) return 'signed';
  if (settings.providers.some((suffix) => within(host, suffix))) return 'provider';
  return (await settings.seen?.(domain, host)) ? 'seen' : null;
}

function isNull(exchange: string): boolean {
  return exchange === '' || exchange === '.';
}

/** By preference; equals in random order, so that load spreads (RFC 5321 §5.1). */
function order(records: readonly { readonly exchange: string; readonly preference: number }[], chance: () => number): string[] {
  const sorted = records.map((record) => ({ ...record, chance: chance() })).sort((a, b) => a.preference - b.preference || a.chance - b.chance);
  return [...new Set(sorted.map((record) => record.exchange.toLowerCase()))];
}
