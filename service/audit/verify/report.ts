/**
 * A report, from its file alone. Two forms: rows that bring their inclusion proofs, closed by a signed line that counts them; and, for
 * what a person opens (CSV, PDF, FHIR, OCSF), a signed proof beside it with the file's hash, the question that was asked and the tree it was asked of.
 */
import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { canonical, commitment, isCanonical } from '../tree/canonical.ts';
import { openCheckpoint, verifyDetached, type VerifierKey } from '../tree/checkpoint.ts';
import { Broken, Undecided } from '../tree/judge.ts';
import { leafHash, verifyInclusion } from '../tree/merkle.ts';
import { REPORT } from './format.ts';
import { keyOf, linesOf, text } from './offline.ts';

const LINE_LIMIT = 256 * 1024;

interface Head { readonly format: string; readonly vkey: string; readonly checkpoint: string; readonly size: number }
interface Line { readonly seq: number; readonly leaf: string; readonly proof: readonly string[]; readonly values?: readonly { readonly name: string; readonly salt: string; readonly value: string }[] }
interface End { readonly count: number; readonly sha256: string; readonly signature: string }
interface Beside { readonly type: string; readonly id: string; readonly format: string; readonly count: number; readonly sha256: string; readonly tree_size: number; readonly checkpoint: string; readonly vkey: string; readonly signature: string; readonly made: string }

export async function judgeReport(path: string, pinned: string | undefined, file: string | undefined): Promise<string[]> {
  if (!existsSync(path)) throw new Undecided('There is nothing at this path.');
  const [first] = ((await linesOf(path, LINE_LIMIT).next().catch(() => ({ value: [] }))).value ?? []) as readonly Buffer[];
  if (first !== undefined && Buffer.from(first).toString('utf8').includes(`"format":"${REPORT}"`)) return withProofs(path, pinned);
  return proofBeside(path, pinned, file);
}

function parse<T>(line: Uint8Array | string, place: string): T {
  const spelt = typeof line === 'string' ? line : Buffer.from(line).toString('utf8');
  try {
    const value = JSON.parse(spelt) as T;
    if (isCanonical(spelt, value)) return value;
  } catch {
    // told below
  }
  throw new Broken(place, 'is not in canonical form (RFC 8785)');
}

async function withProofs(path: string, pinned: string | undefined): Promise<string[]> {
  let head: Head | null = null;
  let end: End | null = null;
  let key: VerifierKey | null = null;
  let tree: { readonly size: number; readonly root: Uint8Array } | null = null;
  let [count, revealed] = [0, 0];
  const hash = createHash('sha256');
  for await (const lines of linesOf(path, LINE_LIMIT)) {
    for (const line of lines) {
      if (end !== null) throw new Broken('what follows the last line', 'does not belong to the report');
      if (head === null) {
        head = parse<Head>(line, 'the first line');
        key = keyOf(pinned ?? `${head.vkey}\n`);
        tree = openCheckpoint(head.checkpoint, key);
        if (tree === null) throw new Broken('the first line', 'names a checkpoint that the log\'s key did not sign');
      } else if (Buffer.from(line.subarray(0, 9)).toString() === '{"count":') {
        end = parse<End>(line, 'the last line');
        continue;
      } else {
        const place = `row ${count}`;
        const row = parse<Line>(line, place);
        if (tree === null || !verifyInclusion(leafHash(Buffer.from(row.leaf)), row.seq, tree.size, row.proof.map((one) => Buffer.from(one, 'base64')), tree.root)) throw new Broken(place, `(entry ${row.seq}) is not in the log that the checkpoint signs`);
        const promised = (JSON.parse(row.leaf) as { _sd?: { [name: string]: string } })._sd ?? {};
        for (const { name, salt, value } of row.values ?? []) {
          if (promised[name] !== commitment(name, Buffer.from(salt, 'base64url'), value)) throw new Broken(place, `(entry ${row.seq}) shows a value that the log did not commit to`);
          revealed += 1;
        }
        count += 1;
      }
      hash.update(line).update('\n');
    }
  }
  if (head === null || key === null || tree === null) throw new Broken('the first line', 'is missing');
  if (end === null) throw new Broken('the last line', 'is missing: rows may be missing too');
  const { signature, ...signed } = end;
  if (signed.count !== count || signed.sha256 !== hash.digest('hex')) throw new Broken('the report', 'does not have the rows it was signed with');
  if (!verifyDetached(canonical(signed) ?? '', signature, key)) throw new Broken('the last line', 'is not signed by the log\'s key');
  return [
    `Valid: ${count} rows, each in the log of ${tree.size} entries; none added, none left out since it was made`,
    `Log ${key.name}${pinned === undefined ? ', key found in the report: compare it with the one you were given' : ', key as you gave it'}`,
    ...(revealed === 0 ? [] : [`${revealed} sealed values are shown, each the one the log committed to`]),
  ];
}

async function proofBeside(path: string, pinned: string | undefined, file: string | undefined): Promise<string[]> {
  let said: Beside;
  try {
    said = JSON.parse(text(path)) as Beside;
  } catch {
    throw new Undecided('This is no report with proofs; for a CSV or PDF give the .proof.json that came with it, and the file with --file.');
  }
  if (said.type !== 'send-secure-report') throw new Undecided('This is no proof of a report.');
  const { signature, ...signed } = said;
  const key = keyOf(pinned ?? `${said.vkey}\n`);
  if (!verifyDetached(canonical(signed) ?? '', signature, key)) throw new Broken('the proof', 'is not signed by the log\'s key');
  const head = openCheckpoint(said.checkpoint, key);
  if (head === null || head.size !== said.tree_size) throw new Broken('the proof', 'names a checkpoint that the log\'s key did not sign');
  const report = file ?? path.replace(/\.proof\.json$/, '');
  if (report === path || !existsSync(report)) throw new Undecided('The report that the proof is about is not here; give it with --file.');
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(report)) hash.update(chunk as Buffer);
  if (hash.digest('hex') !== said.sha256) throw new Broken('the report', 'is not the file that was signed for');
  return [
    `Valid: report ${said.id} (${said.format}), ${said.count} rows, made ${said.made} of the log of ${said.tree_size} entries`,
    `Log ${key.name}${pinned === undefined ? ', key found in the proof: compare it with the one you were given' : ', key as you gave it'}`,
    'Which rows it holds is the service\'s word; ask for NDJSON with proofs to check each of them',
  ];
}
