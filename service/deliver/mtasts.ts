/**
 * MTA-STS (RFC 8461): a domain's promise, fetched over authenticated HTTPS, of which hosts take its mail and that they speak TLS.
 * A promise once heard is kept until it expires, even when DNS has gone quiet: silence is what an attacker would arrange.
 */
import type { World } from '../world.ts';

export interface StsPolicy {
  readonly id: string;
  readonly mode: 'enforce' | 'testing' | 'none';
  readonly mx: readonly string[];
  /** s, as published */
  readonly maxAge: number;
  /** ms since the epoch */
  readonly expires: number;
}

/** Where promises are kept between runs. */
export interface Policies {
  get(domain: string): Promise<StsPolicy | null> | StsPolicy | null;
  set(domain: string, policy: StsPolicy): Promise<void> | void;
}

/** RFC 8461 §3.3, §10.2: a promise that is looked up again every day does not run out while somebody keeps us from its server */
const AGAIN = 86_400_000;
const MAX_LOOKED = 10_000;

/** RFC 8461 §3.2 */
const MAX_AGE = 31_557_600;

export function openSts({ world, policies, port }: { readonly world: Pick<World, 'dns' | 'fetch' | 'now'>; readonly policies: Policies; readonly port: number }): (domain: string) => Promise<StsPolicy | null> {
  const looked = new Map<string, number>();
  return async (domain) => {
    const kept = await policies.get(domain);
    const cached = kept && kept.expires > world.now() ? kept : null;
    const id = await currentId(world, domain);
    if (id === null || (id === cached?.id && world.now() - (looked.get(domain) ?? -Infinity) < AGAIN)) return cached;
    if (looked.size >= MAX_LOOKED) looked.clear();
    looked.set(domain, world.now());
    const fetched = await fetchPolicy(world, domain, port, id);
    if (!fetched) return cached;
    await policies.set(domain, fetched);
    return fetched;
  };
}

export function keepInMemory(): Policies {
  const kept = new Map<string, StsPolicy>();
  return { get: (domain) => kept.get(domain) ?? null, set: (domain, policy) => void kept.set(domain, policy) };
}

/** RFC 8461 §3.1: exactly one record that begins with the version, or none counts. */
async function currentId(world: Pick<World, 'dns'>, domain: string): Promise<string | null> {
  let texts: readonly string[];
  try {
    texts = (await world.dns.txt(`_mta-sts.${domain}`)).records;
  } catch {
    return null;
  }
  const records = texts.filter((text) => /^v=STSv1\s*;/.test(text));
  return records.length === 1 ? (/;\s*id=([A-Za-z0-9]{1,32})\s*(?:;|$)/.exec(records[0] ?? '')?.[1] ?? null) : null;
}

async function fetchPolicy(world: Pick<World, 'fetch' | 'now'>, domain: string, port: number, id: string): Promise<StsPolicy | null> {
  try {
    // RFC 8461 §3.3: no redirects; a minute and 64 KB at most
    const fetched = await world.fetch(`https://mta-sts.${domain}${port === 443 ? '' : `:${port}`}/.well-known/mta-sts.txt`, { redirects: 0, maxBytes: 65_536, timeout: 60_000 });
    const type = (fetched.headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase();
    if (fetched.status !== 200 || type !== 'text/plain') return null;
    return parsePolicy(new TextDecoder().decode(fetched.body), id, world.now());
  } catch {
    return null;
  }
}

/** RFC 8461 §3.2: `key: value` lines; the first of a key counts, but `mx` may come often. Null for anything that is no policy. */
export function parsePolicy(text: string, id: string, now: number): StsPolicy | null {
  const first = new Map<string, string>();
  const mx: string[] = [];
  for (const line of text.split(/\r?\n/)) {
    // No pattern for the blanks around a value: over thousands of them one would take seconds.
    const key = /^([A-Za-z0-9_.-]{1,32}):/.exec(line)?.[1] ?? '';
    const value = line.slice(key.length + 1).trim();
    if (key === 'mx') mx.push(value.toLowerCase());
    else if (key !== '' && !first.has(key)) first.set(key, value);
  }
  const mode = first.get('mode');
  const age = first.get('max_age') ?? '';
  if (first.get('version') !== 'STSv1' || !/^\d{1,10}$/.test(age)) return null;
  if (mode !== 'enforce' && mode !== 'testing' && mode !== 'none') return null;
  if (mode !== 'none' && (mx.length === 0 || !mx.every((pattern) => /^(?:\*\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)*$/.test(pattern)))) return null;
  return { id, mode, mx, maxAge: Number(age), expires: now + Math.min(Number(age), MAX_AGE) * 1000 };
}

/** As the domain wrote it, but for what does not count: the `policy-string` of its report (RFC 8460 §4.4). */
export function linesOf({ mode, mx, maxAge }: StsPolicy): string[] {
  return ['version: STSv1', `mode: ${mode}`, ...mx.map((pattern) => `mx: ${pattern}`), `max_age: ${maxAge}`];
}

/** RFC 8461 §4.1: a wildcard stands for exactly one label, the left-most. */
export function lists(policy: Pick<StsPolicy, 'mx'>, host: string): boolean {
  return policy.mx.some((pattern) => (pattern.startsWith('*.') ? host.indexOf('.') > 0 && host.slice(host.indexOf('.')) === pattern.slice(1) : pattern === host));
}
