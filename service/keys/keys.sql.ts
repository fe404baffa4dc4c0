/**
 * What is known of recipients: their keys sealed under keys of their own, found by a keyed hash of the address; what they prefer;
 * how a domain's channel has proved itself. Nothing is overwritten: a key that is replaced or removed stays as history.
 */
import { note } from '../audit/audit.sql.ts';
import type { PreparedEvent } from '../audit/audit.ts';
import type { Migration, Tx } from '../store/store.ts';

export const migrations: readonly Migration[] = [
  {
    id: 'keys-1',
    ddl: [
      `CREATE TABLE recipient_key (
        id TEXT PRIMARY KEY, owner TEXT NOT NULL, kind TEXT NOT NULL, trust TEXT NOT NULL, source TEXT NOT NULL, fingerprint TEXT NOT NULL,
        expires {int}, created {int} NOT NULL, state TEXT NOT NULL, ended {int},
        epoch TEXT NOT NULL, content_key {bytes} NOT NULL, evidence_key {bytes} NOT NULL, material {bytes} NOT NULL)`,
      // Replacing needs no look at history, and two imports of one key at once are one.
      "CREATE UNIQUE INDEX recipient_key_active ON recipient_key (owner, kind, fingerprint) WHERE state = 'active'",
      'CREATE INDEX recipient_key_state ON recipient_key (state, id)',
      `CREATE TABLE recipient_preference (
        owner TEXT PRIMARY KEY, prefers TEXT NOT NULL, source TEXT NOT NULL, time {int} NOT NULL)`,
      `CREATE TABLE domain_channel (
        domain TEXT PRIMARY KEY, proved {int} NOT NULL, grade TEXT NOT NULL, host TEXT NOT NULL, host_since {int} NOT NULL, seen {int} NOT NULL)`,
    ],
  },
  // Opaque ids of persons: two of them stand behind every key that counts for more than a proved channel.
  { id: 'keys-2', ddl: ['ALTER TABLE recipient_key ADD COLUMN imported_by TEXT', 'ALTER TABLE recipient_key ADD COLUMN confirmed_by TEXT'] },
  {
    // A domain may have several mail hosts: each is settled by itself. `best`: what its channel has proved before, A or B; '' for nothing.
    id: 'keys-3',
    ddl: [
      'CREATE TABLE domain_host (domain TEXT NOT NULL, host TEXT NOT NULL, since {int} NOT NULL, days {int} NOT NULL, seen {int} NOT NULL, PRIMARY KEY (domain, host))',
      "INSERT INTO domain_host (domain, host, since, days, seen) SELECT domain, host, host_since, 3, seen FROM domain_channel WHERE host <> ''",
      "ALTER TABLE domain_channel ADD COLUMN best TEXT NOT NULL DEFAULT ''",
      "UPDATE domain_channel SET best = CASE WHEN grade = 'A' THEN 'A' ELSE 'B' END WHERE proved = 1",
    ],
  },
];

const COLUMNS = 'id, owner, kind, trust, source, fingerprint, expires, created, state, ended, epoch, content_key, evidence_key, material, imported_by, confirmed_by';

export const statements = {
  active: `SELECT ${COLUMNS} FROM recipient_key WHERE owner = $1 AND state = 'active' ORDER BY kind, fingerprint`,
  byId: `SELECT ${COLUMNS} FROM recipient_key WHERE id = $1`,
  page: `SELECT ${COLUMNS} FROM recipient_key WHERE state = $1 AND id > $2 ORDER BY id LIMIT $3`,
  insert: `INSERT INTO recipient_key (${COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'active', NULL, $9, $10, $11, $12, $13, NULL)
    ON CONFLICT (owner, kind, fingerprint) WHERE state = 'active' DO NOTHING`,
  replace: `UPDATE recipient_key SET state = 'replaced', ended = $4 WHERE owner = $1 AND kind = $2 AND state = 'active' AND fingerprint <> $3 AND trust = $5`,
  // Who brought a key cannot vouch for it: judged by the statement itself, whoever asks at the same moment.
  confirm: `UPDATE recipient_key SET trust = 'admin-verified', confirmed_by = $2 WHERE id = $1 AND state = 'active' AND trust <> 'admin-verified' AND COALESCE(imported_by, '') <> $2`,
  remove: `UPDATE recipient_key SET state = 'removed', ended = $2 WHERE id = $1 AND state = 'active'`,
  preference: 'SELECT prefers FROM recipient_preference WHERE owner = $1',
  prefer: `INSERT INTO recipient_preference (owner, prefers, source, time) VALUES ($1, $2, $3, $4)
    ON CONFLICT (owner) DO UPDATE SET prefers = excluded.prefers, source = excluded.source, time = excluded.time WHERE recipient_preference.prefers <> excluded.prefers`,
  forget: 'DELETE FROM recipient_preference WHERE owner = $1',
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

export interface KeyRow {
  readonly id: string;
  readonly owner: string;
  readonly kind: 'smime' | 'pgp';
  readonly trust: string;
  readonly source: string;
  readonly fingerprint: string;
  readonly expires: number | null;
  readonly created: number;
  readonly state: 'active' | 'replaced' | 'removed';
  readonly ended: number | null;
  readonly epoch: string;
  readonly content_key: Uint8Array;
  readonly evidence_key: Uint8Array;
  readonly material: Uint8Array;
  /** null for keys older than the column */
  readonly imported_by: string | null;
  readonly confirmed_by: string | null;
}

export interface ChannelRow {
  readonly domain: string;
  readonly proved: number;
  readonly grade: string;
  readonly host: string;
  readonly host_since: number;
  readonly seen: number;
  readonly best: 'A' | 'B' | '';
}

export interface HostRow {
  readonly host: string;
  /** named at every look since then */
  readonly since: number;
  /** on so many days */
  readonly days: number;
  readonly seen: number;
}

export interface Known {
  readonly keys: readonly KeyRow[];
  readonly prefers: string | null;
  readonly channel: ChannelRow | null;
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

/** What the delivery of one item proved is told by the item's own event. */
export const unaudited = ['observe'] as const;

interface Noted {
  readonly events: readonly PreparedEvent[];
}

export const writes = {
  observe,

  /** False when the same key was there already. A key replaces those trusted no more than it; they stay as history. */
  async insert(tx: Tx, { row, replaces, now, events }: { readonly row: Omit<KeyRow, 'state' | 'ended' | 'confirmed_by'>; readonly replaces: readonly string[]; readonly now: number } & Noted): Promise<boolean> {
    const k = row;
    const added = await tx.run(statements.insert, k.id, k.owner, k.kind, k.trust, k.source, k.fingerprint, k.expires, k.created, k.epoch, k.content_key, k.evidence_key, k.material, k.imported_by);
    if (added === 0) return false;
    for (const trust of replaces) await tx.run(statements.replace, k.owner, k.kind, k.fingerprint, now, trust);
    await note(tx, events);
    return true;
  },

  /** False unless the key is active, unconfirmed, and was brought by somebody else. It then replaces every other key of its kind. */
  async confirm(tx: Tx, { row, by, replaces, now, events }: { readonly row: Pick<KeyRow, 'id' | 'owner' | 'kind' | 'fingerprint'>; readonly by: string; readonly replaces: readonly string[]; readonly now: number } & Noted): Promise<boolean> {
    if ((await tx.run(statements.confirm, row.id, by)) === 0) return false;
    for (const trust of replaces) await tx.run(statements.replace, row.owner, row.kind, row.fingerprint, now, trust);
    await note(tx, events);
    return true;
  },

  async remove(tx: Tx, { id, now, events }: { readonly id: string; readonly now: number } & Noted): Promise<boolean> {
    const removed = (await tx.run(statements.remove, id, now)) > 0;
    if (removed) await note(tx, events);
    return removed;
  },

  /** False where nothing had been proved before. */
  async lower(tx: Tx, { domain, events }: { readonly domain: string } & Noted): Promise<boolean> {
    const changed = (await tx.run(statements.lower, domain)) > 0;
    if (changed) await note(tx, events);
    return changed;
  },

  async prefer(tx: Tx, { owner, prefers, source, now, events }: { readonly owner: string; readonly prefers: string | null; readonly source: string; readonly now: number } & Noted): Promise<boolean> {
    const changed = (prefers === null ? await tx.run(statements.forget, owner) : await tx.run(statements.prefer, owner, prefers, source, now)) > 0;
    if (changed) await note(tx, events);
    return changed;
  },
};

export const reads = {
  /** in the order asked; one snapshot for all */
  async known(tx: Tx, { asked }: { readonly asked: readonly { readonly owner: string; readonly domain: string }[] }): Promise<Known[]> {
    const found: Known[] = [];
    for (const { owner, domain } of asked) {
      found.push({
        keys: await tx.all<KeyRow & Record<string, never>>(statements.active, owner),
        prefers: (await tx.get<{ prefers: string }>(statements.preference, owner))?.prefers ?? null,
        channel: (await tx.get<ChannelRow & Record<string, never>>(statements.channel, domain)) ?? null,
      });
    }
    return found;
  },

  async byId(tx: Tx, { id }: { readonly id: string }): Promise<KeyRow | null> {
    return (await tx.get<KeyRow & Record<string, never>>(statements.byId, id)) ?? null;
  },

  async page(tx: Tx, { state, after, limit }: { readonly state: string; readonly after: string; readonly limit: number }): Promise<KeyRow[]> {
    return tx.all<KeyRow & Record<string, never>>(statements.page, state, after, limit);
  },

  async channel(tx: Tx, { domain }: { readonly domain: string }): Promise<ChannelRow | null> {
    return (await tx.get<ChannelRow & Record<string, never>>(statements.channel, domain)) ?? null;
  },

  async hosts(tx: Tx, { domain }: { readonly domain: string }): Promise<HostRow[]> {
    return tx.all<HostRow & Record<string, never>>(statements.hosts, domain);
  },
};
