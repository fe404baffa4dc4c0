/** How a domain's channel has proved itself: the best it was, the last that was seen, and which hosts it named how long. */
import { note } from '../../audit/audit.sql.ts';
import type { Tx } from '../../store/store.ts';
import type { Noted } from '../admission/row.ts';

export const statements = {
  channel: 'SELECT domain, proved, grade, host, host_since, seen, best FROM domain_channel WHERE domain = $1',
  // What falls short of the best that was proved before counts as not proved: plans go by it, and nothing travels on it.
  // One row a domain, rewritten only when it says something new or is a day old: deliveries are many.
  observe: `INSERT INTO domain_channel (domain, proved, grade, host, host_since, seen, best) VALUES ($1, $2, $3, $4, $5, $5, $6)
    ON CONFLICT (domain) DO UPDATE SET proved = CASE WHEN domain_channel.best = 'A' AND excluded.best = 'B' THEN 0 ELSE excluded.proved END, grade = excluded.grade, host = excluded.host, seen = excluded.seen,
      best = CASE WHEN domain_channel.best = 'A' OR excluded.best = '' THEN domain_channel.best ELSE excluded.best END,
      host_since = CASE WHEN domain_channel.host = excluded.host THEN domain_channel.host_since ELSE excluded.host_since END
    WHERE domain_channel.proved <> CASE WHEN domain_channel.best = 'A' AND excluded.best = 'B' THEN 0 ELSE excluded.proved END OR domain_channel.grade <> excluded.grade OR domain_channel.host <> excluded.host OR domain_channel.seen < excluded.seen - 86400000`,
  /** an administrator takes the lower level for the new one */
  lower: "UPDATE domain_channel SET best = '', proved = 1 WHERE domain = $1 AND best <> ''",
  hosts: 'SELECT host, since, days, seen FROM domain_host WHERE domain = $1',
  addHost: 'INSERT INTO domain_host (domain, host, since, days, seen) VALUES ($1, $2, $3, 1, $3) ON CONFLICT (domain, host) DO NOTHING',
  hostAgain: 'UPDATE domain_host SET days = days + 1, seen = $3 WHERE domain = $1 AND host = $2 AND seen < $4',
  dropHost: 'DELETE FROM domain_host WHERE domain = $1 AND host = $2',
} as const;

export interface ChannelRow {
  readonly domain: string;
  readonly proved: number;
  readonly grade: string;
  readonly host: string;
  readonly host_since: number;
  readonly seen: number;
  readonly best: 'A' | 'B' | '';
}

interface HostRow {
  readonly host: string;
  /** named at every look since then */
  readonly since: number;
  /** on so many days */
  readonly days: number;
  readonly seen: number;
}

export interface Observation {
  /** recipient domain, lower case */
  readonly domain: string;
  /** a grade that would carry content protected by the channel alone */
  readonly proved: boolean;
  readonly now: number;
  readonly grade?: string;
  /** MX host, lower case */
  readonly host?: string;
  /** all hosts the domain names by MX, lower case */
  readonly mx?: readonly string[];
}

/** To be called by whoever settles an item, in that transaction. Resolves to whether anything was new. */
export async function observe(tx: Tx, seen: Observation): Promise<boolean> {
  if (seen.mx !== undefined) await observeHosts(tx, seen.domain, seen.mx, seen.now);
  return (await tx.run(statements.observe, seen.domain, seen.proved ? 1 : 0, seen.grade ?? '', seen.host ?? '', seen.now, !seen.proved ? '' : seen.grade === 'A' ? 'A' : 'B')) > 0;
}

/** less than a day, so that a domain written to every morning counts every morning */
const ANOTHER_DAY = 72_000_000;

/** A host that is not named once begins anew: what was forged for a moment gains nothing by the time that passes until it is forged again. */
async function observeHosts(tx: Tx, domain: string, named: readonly string[], now: number): Promise<void> {
  const known = await tx.all<HostRow & Record<string, never>>(statements.hosts, domain);
  for (const { host } of known) if (!named.includes(host)) await tx.run(statements.dropHost, domain, host);
  for (const host of named) {
    const row = known.find((k) => k.host === host);
    if (row === undefined) await tx.run(statements.addHost, domain, host, now);
    else await tx.run(statements.hostAgain, domain, host, now, now - ANOTHER_DAY);
  }
}

export const writes = {
  observe,

  /** False where nothing had been proved before. */
  async lower(tx: Tx, { domain, events }: { readonly domain: string } & Noted): Promise<boolean> {
    const changed = (await tx.run(statements.lower, domain)) > 0;
    if (changed) await note(tx, events);
    return changed;
  },
};

export const reads = {
  async channel(tx: Tx, { domain }: { readonly domain: string }): Promise<ChannelRow | null> {
    return (await tx.get<ChannelRow & Record<string, never>>(statements.channel, domain)) ?? null;
  },

  async hosts(tx: Tx, { domain }: { readonly domain: string }): Promise<HostRow[]> {
    return tx.all<HostRow & Record<string, never>>(statements.hosts, domain);
  },
};
