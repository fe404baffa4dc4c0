/**
 * Is this log whole and unchanged, or this certificate true? Offline, with nothing but the files: an export, a data folder, a backup,
 * the bundle of a certificate (archive or unpacked); or the database itself.
 *
 *   npm run verify -- <folder, log.ndjson, bundle.zip or postgres://…> [--vkey <text or file>] [--checkpoint <file>] [--json]
 *
 * Exit 0 valid · 1 invalid, the place is named · 2 cannot be decided · 3 wrong usage. Without `--vkey` the key is the one found beside
 * the log: compare it with the one you were given. With `--checkpoint` a checkpoint you kept must be part of this log.
 */
import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { connect } from '../store/sqlite/connection.ts';
import type { Tx } from '../store/store.ts';
import { reads } from './audit.sql.ts';
import { FORMAT, header, KEY_FILE, LOG_FILE } from './export.ts';
import { parseVkey, type VerifierKey } from './tree/checkpoint.ts';
import { isBundle, readBundle } from './certificate/archive.ts';
import { judgeBundle, said } from './certificate/judge.ts';
import { Broken, openJudge, Undecided, type Verdict } from './tree/judge.ts';

export interface Answer {
  readonly code: 0 | 1 | 2 | 3;
  readonly lines: readonly string[];
  readonly place?: string;
  readonly verdict?: Verdict;
}

export interface Question {
  readonly path: string;
  readonly vkey?: string;
  readonly checkpoint?: string;
}

const DATABASE = 'store.db';
const CHUNK = 2000;
const LINE_LIMIT = 64 * 1024;

export async function verify({ path, vkey, checkpoint }: Question): Promise<Answer> {
  try {
    const kept = checkpoint === undefined ? [] : [text(checkpoint)];
    const pinned = vkey === undefined ? undefined : existsSync(vkey) ? text(vkey) : `${vkey}\n`;
    if (isBundle(path)) return { code: 0, lines: said(judgeBundle(readBundle(path), { pinned, kept }), pinned !== undefined) };
    const { verdict, key, notes } = await found(path, pinned, kept);
    return {
      code: 0, verdict,
      lines: [
        `Valid: ${verdict.size} entries, ${verdict.checkpoints} checkpoints, root ${verdict.root}`,
        `Log ${key.name}${pinned === undefined ? ', key found beside the log: compare it with the one you were given' : ', key as you gave it'}`,
        ...(verdict.open === 0 ? [] : [`${verdict.open} tries to deliver had not ended yet`]),
        ...notes,
      ],
    };
  } catch (error) {
    if (error instanceof Broken) return { code: 1, place: error.place, lines: [`INVALID: ${error.place} ${error.message}.`] };
    if (error instanceof Undecided) return { code: 2, lines: [`Cannot be decided: ${error.message}`] };
    return { code: 2, lines: [`Cannot be decided: the log cannot be read (${(error as { code?: string }).code ?? 'fault'}).`] };
  }
}

async function found(path: string, pinned: string | undefined, kept: readonly string[]): Promise<Found> {
  if (/^postgres(?:ql)?:\/\//.test(path)) {
    const { openPool, transact } = await import('../store/postgres.ts');
    const pool = openPool(path);
    try {
      return await transact(pool, 'read', (tx) => ofRows(tx, pinned, kept));
    } finally {
      await pool.end();
    }
  }
  if (!existsSync(path)) throw new Undecided('There is nothing at this path.');
  const folder = statSync(path).isDirectory();
  if (!folder || !existsSync(join(path, DATABASE))) return ofExport(folder ? join(path, LOG_FILE) : path, pinned, kept);
  // Beside a running service if need be: one read transaction, nothing written.
  const connection = connect(join(path, DATABASE), 'read');
  try {
    connection.db.exec('BEGIN');
    return await ofRows(connection.begin().tx, pinned, kept);
  } finally {
    connection.close();
  }
}

interface Found {
  readonly verdict: Verdict;
  readonly key: VerifierKey;
  readonly notes: readonly string[];
}

function text(path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path));
  } catch {
    throw new Undecided('A key or checkpoint file cannot be read.');
  }
}

function keyOf(file: string): VerifierKey {
  const key = file.endsWith('\n') ? parseVkey(file.slice(0, -1)) : null;
  if (key === null) throw new Undecided('The verifier key is broken.');
  return key;
}

async function ofExport(path: string, pinned: string | undefined, kept: readonly string[]): Promise<Found> {
  if (!existsSync(path)) throw new Undecided('There is no log here.');
  const beside = join(dirname(path), KEY_FILE);
  if (pinned === undefined && !existsSync(beside)) throw new Undecided('There is no verifier key beside the log; give one with --vkey.');
  const key = keyOf(pinned ?? text(beside));
  const judge = openJudge(key, kept);
  let claimed = -1;
  for await (const line of linesOf(path)) {
    if (claimed < 0) claimed = headerOf(line, key);
    else if (line[0] === 0x22) judge.checkpoint(noteOf(line, judge.size()));
    else judge.leaf(line);
  }
  if (claimed < 0) throw new Broken('the first line', 'is missing');
  if (claimed === 0 && judge.size() === 0) throw new Undecided('The log is empty: nothing is signed.');
  return { verdict: judge.end({ size: claimed }), key, notes: [] };
}

/** Nothing in an export may be spelt in two ways, else a changed byte could pass. */
function headerOf(line: Uint8Array, key: VerifierKey): number {
  const said = Buffer.from(line).toString('latin1');
  const size = Number(/"size":(\d{1,16})\}$/.exec(said)?.[1] ?? Number.NaN);
  if (header(key.name, size) !== said) throw new Broken('the first line', `is not that of a log of this key in the format ${FORMAT}`);
  return size;
}

function noteOf(line: Uint8Array, size: number): string {
  try {
    const said = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(line);
    const note: unknown = JSON.parse(said);
    if (typeof note === 'string' && JSON.stringify(note) === said) return note;
  } catch {
    // told below
  }
  throw new Broken(`checkpoint behind entry ${size - 1}`, 'cannot be read');
}

async function* linesOf(path: string): AsyncGenerator<Uint8Array> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
    let from = 0;
    const bytes = rest.length === 0 ? (chunk as Buffer) : Buffer.concat([rest, chunk as Buffer]);
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, from)) {
      yield bytes.subarray(from, end);
      from = end + 1;
    }
    rest = bytes.subarray(from);
    if (rest.length > LINE_LIMIT) throw new Broken('the log', 'has a line longer than an entry may be');
  }
  if (rest.length > 0) throw new Broken('the last line', 'is cut off');
}

/** Rows as the store keeps them, with the columns that repeat what the leaves say. */
async function ofRows(tx: Tx, pinned: string | undefined, kept: readonly string[]): Promise<Found> {
  const tree = await reads.tree(tx).catch(() => null);
  if (tree === null) throw new Undecided('There is no log here.');
  const key = keyOf(pinned ?? `${tree.vkey}\n`);
  const judge = openJudge(key, kept);
  const last = (await reads.newest(tx))?.size ?? 0;
  for (let after = -1; ;) {
    const checkpoints = await reads.checkpoints(tx, { after, limit: CHUNK });
    for (const checkpoint of checkpoints) {
      while (judge.size() < checkpoint.size) {
        const rows = await reads.rows(tx, { from: judge.size(), to: Math.min(checkpoint.size, judge.size() + CHUNK) });
        if (rows.length === 0) throw new Broken(`entry ${judge.size()}`, 'is missing');
        for (const row of rows) judge.leaf(Buffer.from(row.leaf), row);
      }
      judge.checkpoint(checkpoint.note, checkpoint);
    }
    if (checkpoints.length < CHUNK) break;
    after = checkpoints.at(-1)?.size ?? after;
  }
  const beyond = await reads.rows(tx, { from: last, to: last + 1 });
  if (beyond.length > 0) throw new Broken(`entry ${last}`, 'is covered by no checkpoint');
  const waiting = (await reads.oldest(tx)) !== null;
  if (last === 0) throw new Undecided('The log is empty: nothing is signed.');
  return { verdict: judge.end(tree), key, notes: waiting ? ['Newer events are noted but not yet in the log: that takes up to a second while the service runs'] : [] };
}

function questionOf(args: readonly string[]): (Question & { readonly json: boolean }) | null {
  try {
    const { values, positionals } = parseArgs({
      args: [...args], allowPositionals: true, strict: true,
      options: { vkey: { type: 'string' }, checkpoint: { type: 'string' }, json: { type: 'boolean' } },
    });
    const [path, ...more] = positionals;
    if (path === undefined || more.length > 0) return null;
    return { path, json: values.json === true, ...(values.vkey === undefined ? {} : { vkey: values.vkey }), ...(values.checkpoint === undefined ? {} : { checkpoint: values.checkpoint }) };
  } catch {
    return null;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const question = questionOf(process.argv.slice(2));
  const answer: Answer = question === null
    ? { code: 3, lines: ['Usage: npm run verify -- <folder, log.ndjson, bundle.zip or postgres://…> [--vkey <text or file>] [--checkpoint <file>] [--json]'] }
    : await verify(question);
  const out = question?.json === true ? JSON.stringify({ code: answer.code, place: answer.place ?? null, verdict: answer.verdict ?? null, said: answer.lines }) : answer.lines.join('\n');
  (answer.code === 3 ? process.stderr : process.stdout).write(`${out}\n`);
  process.exitCode = answer.code;
}
