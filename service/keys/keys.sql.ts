/**
 * What is known of recipients: their keys sealed under keys of their own, found by a keyed hash of the address, and what they prefer. Nothing is
 * overwritten: a key that is replaced or removed stays as history. Beside it: how a domain's channel has proved itself (`channel/`), what is
 * remembered of keys of our own (`own/`).
 */
import type { PreparedEvent } from '../audit/audit.ts';
import { note } from '../audit/audit.sql.ts';
import type { Tx } from '../store/store.ts';
import type { KeyRow, Known, LookupRow, NewKey, Noted, StatusRow, Step } from './admission/row.ts';
import * as channel from './channel/channel.sql.ts';
import * as own from './own/own.sql.ts';

export type { KeyRow, Known, LookupRow, NewKey, Step } from './admission/row.ts';
export { observe, type Observation } from './channel/channel.sql.ts';

export { migrations } from './admission/table.ts';

const COLUMNS = 'id, owner, kind, trust, source, fingerprint, expires, created, state, ended, epoch, content_key, evidence_key, material, imported_by, confirmed_by';

export const statements = {
  active: `SELECT ${COLUMNS} FROM recipient_key WHERE owner = $1 AND state = 'active' ORDER BY kind, fingerprint`,
  byId: `SELECT ${COLUMNS} FROM recipient_key WHERE id = $1`,
  page: `SELECT ${COLUMNS} FROM recipient_key WHERE state = $1 AND id > $2 ORDER BY id LIMIT $3`,
  ofOwner: `SELECT ${COLUMNS} FROM recipient_key WHERE owner = $1 AND state = $2 ORDER BY kind, fingerprint`,
  expiring: `SELECT ${COLUMNS} FROM recipient_key WHERE state = 'active' AND expires > $1 AND expires <= $2 AND COALESCE(warned, 9999) > $3 ORDER BY expires LIMIT $4`,
  warn: `UPDATE recipient_key SET warned = $2 WHERE id = $1 AND state = 'active' AND COALESCE(warned, 9999) > $2`,
  hold: `INSERT INTO recipient_key (${COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'held', NULL, $9, $10, $11, $12, $13, NULL)
    ON CONFLICT (owner, kind, fingerprint) WHERE state = 'held' DO NOTHING`,
  refresh: `UPDATE recipient_key SET material = $2, expires = $3, warned = NULL WHERE id = $1 AND state IN ('active', 'held', 'withdrawn') AND (material <> $2 OR expires IS DISTINCT FROM $3)`,
  raise: `UPDATE recipient_key SET trust = $2, source = $3 WHERE id = $1 AND state = 'active' AND trust = $4`,
  bring: `INSERT INTO key_bearer (id, person) SELECT id, $3 FROM recipient_key WHERE owner = $1 AND fingerprint = $2 AND state IN ('active', 'held', 'withdrawn')
    ON CONFLICT (id, person) DO NOTHING`,
  // The same key goes on in another entry: who brought it is remembered there.
  inherit: `INSERT INTO key_bearer (id, person) SELECT $1, b.person FROM recipient_key AS k JOIN key_bearer AS b ON b.id = k.id WHERE k.owner = $2 AND k.state = 'held' AND k.fingerprint = $3 ON CONFLICT (id, person) DO NOTHING`,
  settleSame: `UPDATE recipient_key SET state = 'replaced', ended = $3 WHERE owner = $1 AND state = 'held' AND fingerprint = $2`,
  settleHeld: `UPDATE recipient_key SET state = 'replaced', ended = $3 WHERE owner = $1 AND kind = $2 AND state = 'held'`,
  admit: `UPDATE recipient_key SET state = 'active', trust = 'admin-verified', confirmed_by = $2 WHERE id = $1 AND state = 'held' AND COALESCE(imported_by, '') <> $2
    AND NOT EXISTS (SELECT 1 FROM key_bearer AS b WHERE b.id = $1 AND b.person IN ($2, ''))`,
  // Nobody knows who brought it: the first to vouch for it now stands for whoever that was, so that two persons stand behind it in any case.
  claim: `UPDATE key_bearer SET person = $2 WHERE id = $1 AND person = '' AND NOT EXISTS (SELECT 1 FROM key_bearer AS b WHERE b.id = $1 AND b.person = $2)`,
  lookups: 'SELECT source, outcome, until FROM key_lookup WHERE owner = $1',
  keepLookup: `INSERT INTO key_lookup (owner, source, outcome, until) VALUES ($1, $2, $3, $4)
    ON CONFLICT (owner, source) DO UPDATE SET outcome = excluded.outcome, until = excluded.until`,
  need: 'SELECT need FROM recipient_need WHERE owner = $1',
  setNeed: `INSERT INTO recipient_need (owner, need, time) VALUES ($1, $2, $3)
    ON CONFLICT (owner) DO UPDATE SET need = excluded.need, time = excluded.time WHERE recipient_need.need <> excluded.need`,
  dropNeed: 'DELETE FROM recipient_need WHERE owner = $1',
  remember: 'INSERT INTO key_revoked (name, time) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING',
  revoked: 'SELECT name FROM key_revoked WHERE name = $1',
  status: 'SELECT status, teller, time, until, why FROM certificate_status WHERE fingerprint = $1',
  keepStatus: `INSERT INTO certificate_status (fingerprint, status, teller, time, until, why) VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (fingerprint) DO UPDATE SET status = excluded.status, teller = excluded.teller, time = excluded.time, until = excluded.until, why = excluded.why`,
  insert: `INSERT INTO recipient_key (${COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'active', NULL, $9, $10, $11, $12, $13, NULL)
    ON CONFLICT (owner, kind, fingerprint) WHERE state = 'active' DO NOTHING`,
  replace: `UPDATE recipient_key SET state = 'replaced', ended = $4 WHERE owner = $1 AND kind = $2 AND state = 'active' AND fingerprint <> $3 AND trust = $5`,
  // Who brought a key cannot vouch for it: judged by the statement itself, whoever asks at the same moment.
  confirm: `UPDATE recipient_key SET trust = 'admin-verified', confirmed_by = $2 WHERE id = $1 AND state = 'active' AND trust <> 'admin-verified' AND COALESCE(imported_by, '') <> $2
    AND NOT EXISTS (SELECT 1 FROM key_bearer AS b WHERE b.id = $1 AND b.person IN ($2, ''))`,
  remove: `UPDATE recipient_key SET state = 'removed', ended = $2 WHERE id = $1 AND state IN ('active', 'held')`,
  // as it was kept, with whatever revocation it had
  revive: `UPDATE recipient_key SET state = 'active', ended = NULL WHERE id = $1 AND state = 'withdrawn' AND NOT EXISTS (
    SELECT 1 FROM recipient_key AS a WHERE a.owner = recipient_key.owner AND a.kind = recipient_key.kind AND a.fingerprint = recipient_key.fingerprint AND a.state = 'active')`,
  withdraw: `UPDATE recipient_key SET state = 'withdrawn', ended = $2 WHERE id = $1 AND state = 'active'`,
  preference: 'SELECT prefers FROM recipient_preference WHERE owner = $1',
  prefer: `INSERT INTO recipient_preference (owner, prefers, source, time) VALUES ($1, $2, $3, $4)
    ON CONFLICT (owner) DO UPDATE SET prefers = excluded.prefers, source = excluded.source, time = excluded.time WHERE recipient_preference.prefers <> excluded.prefers`,
  forget: 'DELETE FROM recipient_preference WHERE owner = $1',
} as const;

/** What the delivery of one item proved is told by the item's own event. */
// What was heard of a certificate is a cache: the copy that rested on it says so itself. Of a list of ours its number counts, and nothing else.
export const unaudited = ['observe', 'keepStatus', 'count'] as const;

/** It stands for the same key that was held, and in place of others that are trusted so much. */
async function succeed(tx: Tx, k: Pick<KeyRow, 'id' | 'owner' | 'kind' | 'fingerprint'>, replaces: readonly string[], now: number): Promise<void> {
  await tx.run(statements.inherit, k.id, k.owner, k.fingerprint);
  await tx.run(statements.settleSame, k.owner, k.fingerprint, now);
  for (const trust of replaces) await tx.run(statements.replace, k.owner, k.kind, k.fingerprint, now, trust);
}

async function take(tx: Tx, step: Step, now: number): Promise<number> {
  switch (step.do) {
    case 'refresh': return tx.run(statements.refresh, step.id, step.material, step.expires);
    case 'raise': return tx.run(statements.raise, step.id, step.trust, step.source, step.from);
    case 'revive': return tx.run(statements.revive, step.id);
    case 'remember': return tx.run(statements.remember, step.revoked, now);
    case 'bring': return tx.run(statements.bring, step.owner, step.fingerprint, step.by);
    case 'withdraw': return tx.run(statements.withdraw, step.id, now);
    default: {
      const k = step.row;
      const added = await tx.run(step.do === 'hold' ? statements.hold : statements.insert, k.id, k.owner, k.kind, k.trust, k.source, k.fingerprint, k.expires, k.created, k.epoch, k.content_key, k.evidence_key, k.material, k.imported_by);
      if (added > 0 && step.do === 'insert') await succeed(tx, k, step.replaces, now);
      return added + (await tx.run(statements.bring, k.owner, k.fingerprint, k.imported_by));
    }
  }
}

/** Changes, for this room's own transaction or one of `route.sql.ts`. */
export interface Added extends Noted { readonly row: NewKey; readonly replaces: readonly string[]; readonly now: number }
export interface Again extends Noted { readonly row: Pick<KeyRow, 'id' | 'owner' | 'kind' | 'fingerprint' | 'trust'>; readonly by: string; readonly raise: Pick<KeyRow, 'trust' | 'source'> | null; readonly replaces: readonly string[]; readonly now: number }
/** How a key is written: one that is new, and one that was there and may come to count for more. */
export interface Bring { readonly insert: (added: Added) => Promise<boolean>; readonly again: (known: Again) => Promise<boolean> }
export interface Preferred extends Noted { readonly owner: string; readonly prefers: string | null; readonly source: string; readonly now: number }

export const writes = {
  ...channel.writes,
  ...own.writes,

  /** False when the same key was there already. A key replaces those trusted no more than it; they stay as history. */
  async insert(tx: Tx, { row, replaces, now, events }: Added): Promise<boolean> {
    const k = row;
    const added = await tx.run(statements.insert, k.id, k.owner, k.kind, k.trust, k.source, k.fingerprint, k.expires, k.created, k.epoch, k.content_key, k.evidence_key, k.material, k.imported_by);
    if (added === 0) return false;
    await tx.run(statements.bring, k.owner, k.fingerprint, k.imported_by);
    await succeed(tx, k, replaces, now);
    await note(tx, events);
    return true;
  },

  /** The same key, handed over once more, perhaps by somebody who is trusted more. False when nothing is new. */
  async again(tx: Tx, { row, by, raise, replaces, now, events }: Again): Promise<boolean> {
    const raised = raise !== null && (await tx.run(statements.raise, row.id, raise.trust, raise.source, row.trust)) > 0;
    if (raised) await succeed(tx, row, replaces, now);
    const fresh = (await tx.run(statements.bring, row.owner, row.fingerprint, by)) > 0 || raised;
    if (fresh) await note(tx, events);
    return fresh;
  },

  /** One look-up, or a mail that a person handed over: what was heard, and what changes by it. */
  async looked(tx: Tx, { owner, heard, steps, now, events }: { readonly owner: string; readonly heard: readonly LookupRow[]; readonly steps: readonly Step[]; readonly now: number } & Noted): Promise<void> {
    for (const h of heard) await tx.run(statements.keepLookup, owner, h.source, h.outcome, h.until);
    await note(tx, events);
    for (const step of steps) if ((await take(tx, step, now)) > 0) await note(tx, step.events);
  },

  /** False when it had been told before. */
  async warn(tx: Tx, { id, days, events }: { readonly id: string; readonly days: number } & Noted): Promise<boolean> {
    const fresh = (await tx.run(statements.warn, id, days)) > 0;
    if (fresh) await note(tx, events);
    return fresh;
  },

  async requirement(tx: Tx, { owner, need, now, events }: { readonly owner: string; readonly need: string | null; readonly now: number } & Noted): Promise<boolean> {
    const changed = (need === null ? await tx.run(statements.dropNeed, owner) : await tx.run(statements.setNeed, owner, need, now)) > 0;
    if (changed) await note(tx, events);
    return changed;
  },

  async keepStatus(tx: Tx, s: { readonly fingerprint: string; readonly status: string; readonly by: string | null; readonly at: number; readonly until: number; readonly why?: string }): Promise<void> {
    await tx.run(statements.keepStatus, s.fingerprint, s.status, s.by, s.at, s.until, s.why ?? null);
  },

  /** False unless the key is active or held, unconfirmed, and was brought by somebody else. It then replaces every other key of its kind. */
  async confirm(tx: Tx, { row, by, replaces, now, events, brought }: { readonly row: Pick<KeyRow, 'id' | 'owner' | 'kind' | 'fingerprint'>; readonly by: string; readonly replaces: readonly string[]; readonly now: number; readonly brought: readonly PreparedEvent[] } & Noted): Promise<boolean> {
    if ((await tx.run(statements.confirm, row.id, by)) + (await tx.run(statements.admit, row.id, by)) === 0) {
      if ((await tx.run(statements.claim, row.id, by)) > 0) await note(tx, brought);
      return false;
    }
    for (const trust of replaces) await tx.run(statements.replace, row.owner, row.kind, row.fingerprint, now, trust);
    await tx.run(statements.settleHeld, row.owner, row.kind, now);
    await note(tx, events);
    return true;
  },

  async remove(tx: Tx, { id, now, events }: { readonly id: string; readonly now: number } & Noted): Promise<boolean> {
    const removed = (await tx.run(statements.remove, id, now)) > 0;
    if (removed) await note(tx, events);
    return removed;
  },

  async prefer(tx: Tx, { owner, prefers, source, now, events }: Preferred): Promise<boolean> {
    const changed = (prefers === null ? await tx.run(statements.forget, owner) : await tx.run(statements.prefer, owner, prefers, source, now)) > 0;
    if (changed) await note(tx, events);
    return changed;
  },
};

export const reads = {
  ...channel.reads,
  ...own.reads,

  /** in the order asked; one snapshot for all. `group` is the keyed hash of the domain. */
  async known(tx: Tx, { asked }: { readonly asked: readonly { readonly owner: string; readonly domain: string; readonly group?: string }[] }): Promise<Known[]> {
    const found: Known[] = [];
    for (const { owner, domain, group } of asked) {
      found.push({
        keys: await tx.all<KeyRow & Record<string, never>>(statements.active, owner),
        held: await tx.all<KeyRow & Record<string, never>>(statements.ofOwner, owner, 'held'),
        lookups: await tx.all<LookupRow & Record<string, never>>(statements.lookups, owner),
        needs: (await Promise.all([owner, ...(group === undefined ? [] : [group])].map((id) => tx.get<{ need: string }>(statements.need, id)))).flatMap((row) => row?.need ?? []),
        prefers: (await tx.get<{ prefers: string }>(statements.preference, owner))?.prefers ?? null,
        channel: await channel.reads.channel(tx, { domain }),
      });
    }
    return found;
  },

  async ofOwner(tx: Tx, { owner, state }: { readonly owner: string; readonly state: string }): Promise<KeyRow[]> {
    return tx.all<KeyRow & Record<string, never>>(statements.ofOwner, owner, state);
  },

  /** end within (now, until], and that has not been said for this many days or fewer */
  async expiring(tx: Tx, { now, until, days, limit }: { readonly now: number; readonly until: number; readonly days: number; readonly limit: number }): Promise<KeyRow[]> {
    return tx.all<KeyRow & Record<string, never>>(statements.expiring, now, until, days, limit);
  },

  /** those of the names that were ever heard to be revoked */
  async revoked(tx: Tx, { names }: { readonly names: readonly string[] }): Promise<string[]> {
    const found: string[] = [];
    for (const name of names) if ((await tx.get<{ name: string }>(statements.revoked, name)) !== undefined) found.push(name);
    return found;
  },

  /** by the first of these names under which something was heard */
  async status(tx: Tx, { names: [name, ...more] }: { readonly names: readonly string[] }): Promise<StatusRow | null> {
    if (name === undefined) return null;
    return (await tx.get<StatusRow & Record<string, never>>(statements.status, name)) ?? reads.status(tx, { names: more });
  },

  async byId(tx: Tx, { id }: { readonly id: string }): Promise<KeyRow | null> {
    return (await tx.get<KeyRow & Record<string, never>>(statements.byId, id)) ?? null;
  },

  async page(tx: Tx, { state, after, limit }: { readonly state: string; readonly after: string; readonly limit: number }): Promise<KeyRow[]> {
    return tx.all<KeyRow & Record<string, never>>(statements.page, state, after, limit);
  },
};
