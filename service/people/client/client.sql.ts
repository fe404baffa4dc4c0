/** Programs that call with a key. Only a key's hash is kept; what ended stays, because the log speaks of it. */
import { noted } from '../../audit/audit.sql.ts';
import type { PreparedEvent } from '../../audit/audit.ts';
import type { Migration, Tx } from '../../store/store.ts';

export const migrations: readonly Migration[] = [
  {
    id: 'client-1',
    ddl: [
      'CREATE TABLE api_client (id TEXT PRIMARY KEY, role TEXT NOT NULL, scopes TEXT NOT NULL, per_minute {int} NOT NULL, created {int} NOT NULL, ended {int}, kid TEXT NOT NULL, sealed {bytes} NOT NULL)',
      'CREATE TABLE api_key (id TEXT PRIMARY KEY, client TEXT NOT NULL, hash TEXT NOT NULL, created {int} NOT NULL, expires {int} NOT NULL, ended {int}, used {int}, told {int} NOT NULL)',
      'CREATE INDEX api_key_client ON api_key (client, created)',
      'CREATE INDEX api_key_told ON api_key (told, expires)',
    ],
  },
  // Whoever was shown a key can call with it: what the program does counts as theirs.
  { id: 'client-2', ddl: ['ALTER TABLE api_key ADD COLUMN issuer TEXT', 'CREATE INDEX api_key_issuer ON api_key (issuer, client)'] },
  // Whoever was shown it has left.
  { id: 'client-3', ddl: ['ALTER TABLE api_key ADD COLUMN exposed {int}'] },
];

const CLIENT = 'id, role, scopes, per_minute, created, ended, kid, sealed';
const KEY = 'id, client, hash, created, expires, ended, used, told';
const SHOWN = `${KEY}, exposed`;

export const statements = {
  client: `SELECT ${CLIENT} FROM api_client WHERE id = $1`,
  clients: `SELECT ${CLIENT} FROM api_client WHERE id > $1 ORDER BY id LIMIT $2`,
  add: `INSERT INTO api_client (${CLIENT}) VALUES ($1, $2, $3, $4, $5, NULL, $6, $7) ON CONFLICT (id) DO NOTHING`,
  endClient: 'UPDATE api_client SET ended = $2 WHERE id = $1 AND ended IS NULL',
  key: `SELECT ${SHOWN} FROM api_key WHERE id = $1`,
  keys: `SELECT ${SHOWN} FROM api_key WHERE client = $1 ORDER BY client, created DESC`,
  issue: `INSERT INTO api_key (${KEY}, issuer) VALUES ($1, $2, $3, $4, $5, NULL, NULL, 0, $6) ON CONFLICT (id) DO NOTHING`,
  issuers: 'SELECT DISTINCT issuer FROM api_key WHERE client = $1 AND issuer IS NOT NULL',
  shorten: 'UPDATE api_key SET expires = $2 WHERE client = $1 AND ended IS NULL AND expires > $2',
  endKey: 'UPDATE api_key SET ended = $3 WHERE id = $1 AND client = $2 AND ended IS NULL',
  endKeys: 'UPDATE api_key SET ended = $2 WHERE client = $1 AND ended IS NULL',
  use: 'UPDATE api_key SET used = $2 WHERE id = $1 AND (used IS NULL OR used < $2)',
  ending: `SELECT ${SHOWN} FROM api_key WHERE told = 0 AND expires > $1 AND expires < $2 ORDER BY told, expires LIMIT 100`,
  shownTo: `SELECT ${SHOWN} FROM api_key WHERE issuer = $1 ORDER BY issuer, client`,
  expose: 'UPDATE api_key SET exposed = $2 WHERE id = $1 AND exposed IS NULL AND ended IS NULL',
  tell: 'UPDATE api_key SET told = 1 WHERE id = $1 AND told = 0',
} as const;

export interface ClientRow { readonly id: string; readonly role: string; readonly scopes: string; readonly per_minute: number; readonly created: number; readonly ended: number | null; readonly kid: string; readonly sealed: Uint8Array }
export interface KeyRow { readonly id: string; readonly client: string; readonly hash: string; readonly created: number; readonly expires: number; readonly ended: number | null; readonly used: number | null; readonly told: number; /** since when somebody who was shown it is gone */ readonly exposed: number | null }
type Bare = Record<string, never>;
type Events = readonly PreparedEvent[];

export async function addClient(tx: Tx, a: Omit<ClientRow, 'ended'>): Promise<void> {
  await tx.run(statements.add, a.id, a.role, a.scopes, a.per_minute, a.created, a.kid, a.sealed);
}

export async function endClient(tx: Tx, a: { readonly id: string; readonly now: number }): Promise<boolean> {
  if ((await tx.run(statements.endClient, a.id, a.now)) === 0) return false;
  await tx.run(statements.endKeys, a.id, a.now);
  return true;
}

/** Who was ever shown a key of this program. */
export const issuersOf = async (tx: Tx, client: string): Promise<string[]> => (await tx.all<{ issuer: string }>(statements.issuers, client)).map((r) => r.issuer);

/** A call is noted by itself, before it is answered; when a key was last used is only shown. */
export const unaudited = ['use'] as const;

export const writes = {
  end: async (tx: Tx, a: { readonly id: string; readonly now: number; readonly events: Events }): Promise<boolean> => noted(tx, (await endClient(tx, a)) ? 1 : 0, a.events),
  /** the keys before it go on until `overlap` */
  async issue(tx: Tx, a: Pick<KeyRow, 'id' | 'client' | 'hash' | 'created' | 'expires'> & { readonly issuer: string; readonly overlap: number; readonly events: Events }): Promise<boolean> {
    const client = await tx.get<ClientRow & Bare>(statements.client, a.client);
    if (!client || client.ended !== null) return false;
    await tx.run(statements.shorten, a.client, a.overlap);
    return noted(tx, await tx.run(statements.issue, a.id, a.client, a.hash, a.created, a.expires, a.issuer), a.events);
  },
  endKey: async (tx: Tx, a: { readonly id: string; readonly client: string; readonly now: number; readonly events: Events }): Promise<boolean> => noted(tx, await tx.run(statements.endKey, a.id, a.client, a.now), a.events),
  tell: async (tx: Tx, a: { readonly id: string; readonly events: Events }): Promise<boolean> => noted(tx, await tx.run(statements.tell, a.id), a.events),
  expose: async (tx: Tx, a: { readonly id: string; readonly now: number; readonly events: Events }): Promise<boolean> => noted(tx, await tx.run(statements.expose, a.id, a.now), a.events),
  use: async (tx: Tx, a: { readonly id: string; readonly now: number }): Promise<void> => { await tx.run(statements.use, a.id, a.now); },
};

export const reads = {
  /** the key with its client, in one snapshot */
  async key(tx: Tx, a: { readonly id: string }): Promise<{ readonly key: KeyRow; readonly client: ClientRow } | null> {
    const key = await tx.get<KeyRow & Bare>(statements.key, a.id);
    const client = key && await tx.get<ClientRow & Bare>(statements.client, key.client);
    return key && client ? { key, client } : null;
  },
  async clients(tx: Tx, a: { readonly after: string; readonly limit: number }): Promise<(ClientRow & { readonly keys: readonly KeyRow[] })[]> {
    const found = [];
    for (const row of await tx.all<ClientRow & Bare>(statements.clients, a.after, a.limit)) found.push({ ...row, keys: await tx.all<KeyRow & Bare>(statements.keys, row.id) });
    return found;
  },
  shownTo: async (tx: Tx, a: { readonly person: string }): Promise<KeyRow[]> => tx.all<KeyRow & Bare>(statements.shownTo, a.person),
  ending: async (tx: Tx, a: { readonly now: number; readonly until: number }): Promise<KeyRow[]> => tx.all<KeyRow & Bare>(statements.ending, a.now, a.until),
};
