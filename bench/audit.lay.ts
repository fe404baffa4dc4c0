/**
 * Lays the older part of a long log at once: the same leaves, commitments, tiles, checkpoints and counts that noting and sequencing make, in the
 * same tables, but without making each batch durable. What is measured afterwards is done by the service on top of it.
 */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { statements, type PreparedEvent } from '../service/audit/audit.sql.ts';
import { checkpointText, openSigner, parseVkey, signNote } from '../service/audit/tree/checkpoint.ts';
import { leafHash, openTiles, root, tilesOf, type Tile } from '../service/audit/tree/merkle.ts';

const BATCH = 8192;
const DAY = 86_400_000;
type Value = string | number | bigint | Uint8Array | null;

/** A store and a log that begun lie in `base`; from its size on, up to `count` entries. */
export function lay(base: string, count: number, prepare: (n: number) => PreparedEvent, said: (n: number) => void): void {
  const db = new DatabaseSync(join(base, 'data', 'store.db'));
  db.exec('PRAGMA synchronous=OFF; PRAGMA cache_size=-524288; PRAGMA wal_autocheckpoint=20000');
  const bound = (values: readonly Value[]) => Object.fromEntries(values.map((value, n) => [n + 1, typeof value === 'number' ? BigInt(value) : value]));
  const prepared = (text: string) => { const ready = db.prepare(text); return (...values: Value[]) => ready.run(bound(values)); };
  const get = <T>(text: string, ...values: Value[]) => db.prepare(text).get(bound(values)) as T;
  // Sorted once at the end: the same index, without its making.
  const indexes = db.prepare("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name IN ('event', 'lookup') AND sql IS NOT NULL").all() as { name: string; sql: string }[];
  for (const { name } of indexes) db.exec(`DROP INDEX ${name}`);
  const insert = prepared(statements.insert.replace('NULL', '$12'));
  const [remember, tile, tally, checkpoint] = [prepared(statements.remember), prepared(statements.putTile), prepared(statements.tally), prepared(statements.putCheckpoint)];
  const signer = openSigner(join(base, 'keys'), parseVkey(get<{ vkey: string }>(statements.tree).vkey)?.name ?? '', 'refuse');
  let { size, latest } = get<{ size: number; latest: number }>(statements.tree);
  while (size < count) {
    const kept = tilesOf([size - 1, size]).flatMap(({ level, n }) => [get<Tile | undefined>(statements.tile, level, n)]).filter((t) => t !== undefined);
    const tiles = openTiles(kept, size);
    const counts = new Map<string, readonly [day: number, type: string, outcome: string, n: number]>();
    db.exec('BEGIN');
    const end = Math.min(count, size + BATCH);
    for (; size < end; size += 1) {
      const e = prepare(size);
      insert(e.id, e.time, e.type, e.outcome, e.actor, e.message, e.item, e.leaf, e.sealed, e.kid, e.mark ?? '', size);
      for (const hash of e.hashes ?? []) remember(hash, e.time, e.id, e.message, e.item, e.salt ?? '');
      tiles.push(leafHash(Buffer.from(e.leaf)));
      const day = Math.floor(e.time / DAY);
      const name = `${day}/${e.type}/${e.outcome}`;
      counts.set(name, [day, e.type, e.outcome, (counts.get(name)?.[3] ?? 0) + 1]);
      latest = Math.max(latest, e.time);
    }
    const head = root(tiles.nodes, size);
    for (const t of tiles.changed()) tile(t.level, t.n, t.hashes);
    for (const c of counts.values()) tally(...c);
    checkpoint(size, latest, signNote(checkpointText({ origin: signer.name, size, root: head }), signer));
    db.prepare('UPDATE tree SET size = $1, root = $2, latest = $3 WHERE id = 1').run(bound([size, head, latest]));
    db.exec('COMMIT');
    said(size);
  }
  for (const { sql } of indexes) db.exec(sql);
  db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  db.close();
}
