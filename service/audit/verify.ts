/**
 * Is this log whole and unchanged, or this certificate or report true? Offline, with nothing but the files: an export, a data folder, a
 * backup, a bundle; or the database itself. `dist/verify.mjs` (`npm run verifier`) is the same for files alone, without this program.
 *
 *   npm run verify -- [log|bundle|certificate|report] <path or postgres://…> [--vkey <text or file>] [--checkpoint <file>] [--json]
 *
 * Exit 0 valid · 1 invalid, the place is named · 2 cannot be decided · 3 wrong usage. Without `--vkey` the key is the one found beside
 * the log: compare it with the one you were given. With `--checkpoint` a checkpoint you kept must be part of this log.
 */
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { connect } from '../store/sqlite/connection.ts';
import type { Tx } from '../store/store.ts';
import { reads, type LookupRow } from './audit.sql.ts';
import { lookupCommitment } from './tree/canonical.ts';
import { Broken, openJudge, Undecided, type Leaf } from './tree/judge.ts';
import { run } from './verify/command.ts';
import { answer, keyOf, openWanted, type Answer, type Asked, type Found, type Question } from './verify/offline.ts';

const DATABASE = 'store.db';
const CHUNK = 2000;
const DAY = 86_400_000;
/** later than any the tables can hold as a date */
const LAST_DAY = 100_000_000;

export function verify(question: Question): Promise<Answer> {
  return answer(question, stored);
}

/** Where the log lies in a database; null for files. */
async function stored(path: string, asked: Asked): Promise<Found | null> {
  if (/^postgres(?:ql)?:\/\//.test(path)) {
    const { openPool, transact } = await import('../store/postgres.ts');
    const pool = openPool(path);
    try {
      return await transact(pool, 'read', (tx) => ofRows(tx, asked));
    } finally {
      await pool.end();
    }
  }
  if (!existsSync(path) || !statSync(path).isDirectory() || !existsSync(join(path, DATABASE))) return null;
  // Beside a running service if need be: one read transaction, nothing written.
  const connection = connect(join(path, DATABASE), 'read');
  try {
    connection.db.exec('BEGIN');
    return await ofRows(connection.begin().tx, asked);
  } finally {
    connection.close();
  }
}

/** Rows as the store keeps them, with the columns that repeat what the leaves say. */
async function ofRows(tx: Tx, asked: Asked): Promise<Found> {
  const tree = await reads.tree(tx).catch(() => null);
  if (tree === null) throw new Undecided('There is no log here.');
  const key = keyOf(asked.pinned ?? `${tree.vkey}\n`);
  const judge = openJudge(key, asked.kept, { rules: asked.hashes !== true });
  const wanted = openWanted(asked, await anchorsOf(tx));
  const last = (await reads.newest(tx))?.size ?? 0;
  const counted = openCount();
  const lookups = openLookups();
  for (let after = -1; ;) {
    const checkpoints = await reads.checkpoints(tx, { after, limit: CHUNK });
    for (const checkpoint of checkpoints) {
      while (judge.size() < checkpoint.size) {
        const rows = await reads.rows(tx, { from: judge.size(), to: Math.min(checkpoint.size, judge.size() + CHUNK) });
        if (rows.length === 0) throw new Broken(`entry ${judge.size()}`, 'is missing');
        if (asked.hashes !== true) lookups.bring(await reads.lookups(tx, { from: judge.size(), to: judge.size() + rows.length }));
        for (const row of rows) {
          lookups.add(judge.leaf(Buffer.from(row.leaf), row), row.seq);
          counted.add(row.shown);
        }
      }
      judge.checkpoint(checkpoint.note, checkpoint);
      wanted.checkpoint(checkpoint.note, checkpoint.size);
    }
    if (checkpoints.length < CHUNK) break;
    after = checkpoints.at(-1)?.size ?? after;
  }
  const stray = await reads.stray(tx, { size: last });
  if (stray !== null) throw new Broken(`entry ${stray}`, 'is covered by no checkpoint');
  const waiting = (await reads.oldest(tx)) !== null;
  if (last === 0) throw new Undecided('The log is empty: nothing is signed.');
  const verdict = judge.end(tree);
  if (asked.hashes !== true) {
    counted.compare((await reads.tallied(tx, { from: 0, to: LAST_DAY })).rows);
    lookups.end(await reads.lookupsPlaced(tx));
  }
  return { verdict, key, notes: [...wanted.end(), ...(waiting ? ['Newer events are noted but not yet in the log: that takes up to a second while the service runs'] : [])] };
}

/** The rollup that counts are answered from, counted again from the entries. */
function openCount() {
  const found = new Map<string, number>();
  return {
    /** what a row repeats of its leaf, already compared with it: id, time, type, outcome … between bars */
    add(shown: string): void {
      const [, time, type, outcome] = shown.split('|', 4);
      const name = `${Math.floor(Number(time) / DAY)}|${type}|${outcome}`;
      found.set(name, (found.get(name) ?? 0) + 1);
    },
    compare(kept: Awaited<ReturnType<typeof reads.tallied>>['rows']): void {
      const wrong = (name: string): Broken => {
        const [day, type, outcome] = name.split('|');
        return new Broken(`the count of ${type} (${outcome}) on ${new Date(Number(day) * DAY).toISOString().slice(0, 10)}`, 'is not that of the entries');
      };
      for (const { day, type, outcome, n } of kept) {
        const name = `${day}|${type}|${outcome}`;
        if ((found.get(name) ?? 0) !== n) throw wrong(name);
        found.delete(name);
      }
      for (const name of found.keys()) throw wrong(name);
    },
  };
}

/** What entries are found by, against what each committed to when it was noted. Gone they may be only where an entry says that they went with their evidence. */
function openLookups() {
  let found = new Map<string, LookupRow[]>();
  const gone = new Map<unknown, number>();
  let n = 0;
  return {
    /** those of the entries that come next */
    bring(rows: readonly LookupRow[]): void {
      found = new Map();
      n += rows.length;
      for (const row of rows) found.set(row.event, [...(found.get(row.event) ?? []), row]);
    },
    add(leaf: Leaf | null, index: number): void {
      if (leaf === null) return;
      if (leaf.type === 'audit.forgotten') gone.delete(leaf.message);
      const rows = found.get(String(leaf.id)) ?? [];
      const salt = rows[0]?.salt ?? '';
      const wrong = () => new Broken(`the look-ups of entry ${index}`, 'are not those that it was noted with');
      if (rows.some((row) => row.time !== Date.parse(String(leaf.time)))) throw wrong();
      // Noted before entries committed to them.
      if (leaf._idx === undefined) { if (rows.some((row) => row.salt !== '')) throw wrong(); return; }
      if (rows.length === 0) { if (!gone.has(leaf.message)) gone.set(leaf.message, index); return; }
      if (rows.some((row) => row.salt !== salt || row.message !== (leaf.message ?? null) || row.item !== (leaf.item ?? null)) || lookupCommitment(salt, rows.map((row) => row.hash)) !== leaf._idx) throw wrong();
    },
    end(placed: number): void {
      for (const index of gone.values()) throw new Broken(`the look-ups of entry ${index}`, 'are gone, and no entry says that its evidence was destroyed');
      if (placed !== n) throw new Broken('the look-ups', 'are of entries that the log does not have');
    },
  };
}

async function anchorsOf(tx: Tx): Promise<string> {
  let lines = '';
  for (let after = 0; ;) {
    const rows = await reads.anchors(tx, { after, limit: CHUNK }).catch(() => []);
    lines += rows.map((a) => `${JSON.stringify({ kind: a.kind, size: a.size, proof: Buffer.from(a.proof).toString('base64') })}\n`).join('');
    const last = rows.at(-1)?.size ?? after;
    if (rows.length < CHUNK || last === after) return lines;
    after = last;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await run(process.argv.slice(2), 'Usage: npm run verify -- [log|bundle|certificate|report] <folder, log.ndjson, bundle.zip or postgres://…> [--vkey <text or file>] [--checkpoint <file>] [--from <file or size>] [--to <file or size>] [--witness <vkey>] [--tsa <pem>] [--hashes] [--json]', verify);
}
