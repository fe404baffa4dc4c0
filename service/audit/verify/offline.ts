/**
 * Is this true? From files alone: the log's copy, a certificate and its bundle, a report. Nothing here reaches for a database, a network
 * or a package that is not bundled, so that all of it goes into one file that anybody can run (`alone.ts`).
 */
import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs';
import { X509Certificate } from 'node:crypto';
import { dirname, join } from 'node:path';
import { openStamp } from '../anchor/timestamp.ts';
import { isBundle, readBundle } from '../certificate/archive.ts';
import { judgeBundle, said } from '../certificate/judge.ts';
import { utf8, type Files } from '../certificate/bundle.ts';
import { ANCHOR_FILE, FORMAT, header, KEY_FILE, LOG_FILE } from './format.ts';
import { canonical } from '../tree/canonical.ts';
import { cosigned, parseVkey, verifyDetached, type VerifierKey } from '../tree/checkpoint.ts';
import { Broken, openJudge, Undecided, type Verdict } from '../tree/judge.ts';
import { judgeReport } from './report.ts';

export interface Answer {
  readonly code: 0 | 1 | 2 | 3;
  readonly lines: readonly string[];
  readonly place?: string;
  readonly verdict?: Verdict;
}

export interface Question {
  readonly what?: 'log' | 'bundle' | 'certificate' | 'report';
  readonly path: string;
  readonly vkey?: string;
  readonly checkpoint?: string;
  /** checkpoints, as file or size, that must be in the log */
  readonly from?: string;
  readonly to?: string;
  /** hashes and signatures only, without what entries must mean together */
  readonly hashes?: boolean;
  /** verifier key of a witness that must have signed */
  readonly witness?: string;
  /** PEM of the time-stamp authority's root */
  readonly tsa?: string;
  /** the report the proof is about, where it is a file of its own */
  readonly file?: string;
}

export interface Asked extends Pick<Question, 'hashes' | 'witness' | 'tsa' | 'from' | 'to'> {
  readonly pinned?: string | undefined;
  readonly kept: readonly string[];
}

export interface Found {
  readonly verdict: Verdict;
  readonly key: VerifierKey;
  readonly notes: readonly string[];
}

const LINE_LIMIT = 64 * 1024;

/** `elsewhere`: what only the whole program can read, such as a database. */
export async function answer(question: Question, elsewhere: (path: string, asked: Asked) => Promise<Found | null> = async () => null): Promise<Answer> {
  try {
    const { path, vkey, checkpoint, what } = question;
    const ends = [question.from, question.to].flatMap((end) => (end === undefined || /^\d{1,16}$/.test(end) ? [] : [text(end)]));
    const kept = [...(checkpoint === undefined ? [] : [text(checkpoint)]), ...ends];
    const pinned = vkey === undefined ? undefined : existsSync(vkey) ? text(vkey) : `${vkey}\n`;
    if (what === 'report') return { code: 0, lines: await judgeReport(path, pinned, question.file) };
    if (what === 'certificate') return certificate(path, pinned, kept);
    if (what === 'bundle' || (what === undefined && isBundle(path))) {
      if (!existsSync(path)) throw new Undecided('There is nothing at this path.');
      return { code: 0, lines: said(judgeBundle(readBundle(path), { pinned, kept }), pinned !== undefined) };
    }
    const asked: Asked = { ...question, pinned, kept };
    const { verdict, key, notes } = (await elsewhere(path, asked)) ?? (await ofFiles(path, asked));
    return {
      code: 0, verdict,
      lines: [
        `Valid: ${verdict.size} entries, ${verdict.checkpoints} checkpoints, root ${verdict.root}`,
        `Log ${key.name}${pinned === undefined ? ', key found beside the log: compare it with the one you were given' : ', key as you gave it'}`,
        ...(question.hashes === true ? ['Hashes and signatures only: what the entries mean together was not looked at'] : []),
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

export function text(path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path));
  } catch {
    throw new Undecided('A key or checkpoint file cannot be read.');
  }
}

export function keyOf(file: string): VerifierKey {
  const key = file.endsWith('\n') ? parseVkey(file.slice(0, -1)) : null;
  if (key === null) throw new Undecided('The verifier key is broken.');
  return key;
}

/** A certificate as the service answered it, with its files; or bare, when only its signature can be checked. */
function certificate(path: string, pinned: string | undefined, kept: readonly string[]): Answer {
  if (!existsSync(path)) throw new Undecided('There is nothing at this path.');
  if (statSync(path).isDirectory() || path.endsWith('.zip')) return { code: 0, lines: said(judgeBundle(readBundle(path), { pinned, kept }), pinned !== undefined) };
  let given: { certificate?: { signature?: unknown }; files?: { [name: string]: string }; signature?: unknown; log?: { vkey?: unknown } };
  try {
    given = JSON.parse(text(path)) as typeof given;
  } catch {
    throw new Broken('the certificate', 'is not JSON');
  }
  const { signature, ...signed } = (given.certificate ?? given) as { signature?: unknown; log?: { vkey?: unknown } };
  const spelt = canonical(signed) ?? '';
  const beside = existsSync(`${path.replace(/\.json$/, '')}.sig`) ? readFileSync(`${path.replace(/\.json$/, '')}.sig`).toString('base64') : '';
  const by = typeof signature === 'string' ? signature : beside;
  if (given.files !== undefined) {
    const files: Files = { ...Object.fromEntries(Object.entries(given.files).map(([name, value]) => [name, utf8(value)])), 'certificate.json': utf8(spelt), 'certificate.sig': new Uint8Array(Buffer.from(by, 'base64')) };
    return { code: 0, lines: said(judgeBundle(files, { pinned, kept }), pinned !== undefined) };
  }
  const key = keyOf(pinned ?? `${String(signed.log?.vkey)}\n`);
  if (!verifyDetached(spelt, by, key)) throw new Broken('certificate.json', 'is not signed by the log\'s key');
  throw new Undecided('The certificate is signed by the log\'s key, but the entries it rests on are not here; verify the bundle it came in.');
}

async function ofFiles(path: string, asked: Asked): Promise<Found> {
  if (!existsSync(path)) throw new Undecided('There is nothing at this path.');
  return ofExport(statSync(path).isDirectory() ? join(path, LOG_FILE) : path, asked);
}

async function ofExport(path: string, asked: Asked): Promise<Found> {
  if (!existsSync(path)) throw new Undecided('There is no log here.');
  const beside = join(dirname(path), KEY_FILE);
  if (asked.pinned === undefined && !existsSync(beside)) throw new Undecided('There is no verifier key beside the log; give one with --vkey.');
  const key = keyOf(asked.pinned ?? text(beside));
  const judge = openJudge(key, asked.kept, { rules: asked.hashes !== true });
  const wanted = openWanted(asked, existsSync(join(dirname(path), ANCHOR_FILE)) ? readFileSync(join(dirname(path), ANCHOR_FILE), 'utf8') : '');
  let claimed = -1;
  for await (const lines of linesOf(path)) {
    for (const line of lines) {
      if (claimed < 0) claimed = headerOf(line, key);
      else if (line[0] === 0x22) {
        const note = noteOf(line, judge.size());
        judge.checkpoint(note);
        wanted.checkpoint(note, judge.size());
      } else judge.leaf(line);
    }
  }
  if (claimed < 0) throw new Broken('the first line', 'is missing');
  if (claimed === 0 && judge.size() === 0) throw new Undecided('The log is empty: nothing is signed.');
  const verdict = judge.end({ size: claimed });
  return { verdict, key, notes: wanted.end() };
}

/** Checkpoints that were asked for by size, and what others hold of them. */
export function openWanted(asked: Pick<Asked, 'from' | 'to' | 'witness' | 'tsa'>, anchors: string) {
  const sizes = new Map<number, boolean>([asked.from, asked.to].flatMap((end) => (end !== undefined && /^\d{1,16}$/.test(end) ? [[Number(end), false] as const] : [])));
  const witness = asked.witness === undefined ? null : parseVkey(asked.witness.trim(), 'witness');
  if (asked.witness !== undefined && witness === null) throw new Undecided('The witness\'s verifier key is broken.');
  const roots = asked.tsa === undefined ? [] : text(asked.tsa).split(/(?=-----BEGIN CERTIFICATE-----)/).filter((pem) => pem.includes('BEGIN CERTIFICATE')).map((pem) => new X509Certificate(pem));
  const held = new Map<number, { readonly kind: string; readonly proof: Buffer }[]>();
  for (const line of anchors.split('\n').filter((l) => l !== '')) {
    let one: { kind?: unknown; size?: unknown; proof?: unknown };
    try { one = JSON.parse(line) as typeof one; } catch { throw new Broken('the anchors', 'cannot be read'); }
    if (typeof one.size !== 'number' || typeof one.proof !== 'string' || typeof one.kind !== 'string') throw new Broken('the anchors', 'cannot be read');
    held.set(one.size, [...(held.get(one.size) ?? []), { kind: one.kind, proof: Buffer.from(one.proof, 'base64') }]);
  }
  let [witnessed, stamped, stampedAt] = [-1, -1, 0];
  return {
    checkpoint(note: string, size: number): void {
      if (sizes.has(size)) sizes.set(size, true);
      const body = note.slice(0, note.lastIndexOf('\n\n') + 1);
      for (const { kind, proof } of held.get(size) ?? []) {
        if (kind === 'witness' && witness !== null && cosigned(body, proof.toString('utf8'), witness) !== null) witnessed = size;
        if (kind !== 'timestamp') continue;
        const stamp = openStamp(proof, Buffer.from(note), roots);
        if (stamp === null) throw new Broken(`the time stamp of checkpoint ${size}`, 'is not one of that checkpoint');
        if (roots.length > 0 && !stamp.trusted) throw new Broken(`the time stamp of checkpoint ${size}`, 'is not of the authority you gave');
        [stamped, stampedAt] = [size, stamp.time];
      }
    },
    end(): string[] {
      for (const [size, seen] of sizes) if (!seen) throw new Broken(`checkpoint ${size}`, 'is none that this log signed');
      if (witness !== null && witnessed < 0) throw new Undecided('No checkpoint of this log is signed by that witness.');
      if (roots.length > 0 && stamped < 0) throw new Undecided('No checkpoint of this log is stamped by that authority.');
      return [
        ...(witnessed < 0 ? [] : [`Witness ${witness?.name} saw it up to entry ${witnessed - 1}`]),
        ...(stamped < 0 ? [] : [`Stamped ${new Date(stampedAt).toISOString()} up to entry ${stamped - 1}${roots.length === 0 ? ', by an authority that you have not named (--tsa)' : ''}`]),
        ...(sizes.size === 2 ? [`${Math.abs(Number(asked.to) - Number(asked.from))} entries between the two checkpoints`] : []),
      ];
    },
  };
}

/** Nothing in an export may be spelt in two ways, else a changed byte could pass. */
function headerOf(line: Uint8Array, key: VerifierKey): number {
  const spelt = Buffer.from(line).toString('latin1');
  const size = Number(/"size":(\d{1,16})\}$/.exec(spelt)?.[1] ?? Number.NaN);
  if (header(key.name, size) !== spelt) throw new Broken('the first line', `is not that of a log of this key in the format ${FORMAT}`);
  return size;
}

function noteOf(line: Uint8Array, size: number): string {
  try {
    const spelt = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(line);
    const note: unknown = JSON.parse(spelt);
    if (typeof note === 'string' && JSON.stringify(note) === spelt) return note;
  } catch {
    // told below
  }
  throw new Broken(`checkpoint behind entry ${size - 1}`, 'cannot be read');
}

/** Line by line, a chunk's worth at a time; a line lives until the next chunk is asked for. */
export async function* linesOf(path: string, limit = LINE_LIMIT): AsyncGenerator<readonly Buffer[]> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
    const lines: Buffer[] = [];
    let from = 0;
    const bytes = rest.length === 0 ? (chunk as Buffer) : Buffer.concat([rest, chunk as Buffer]);
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, from)) {
      lines.push(bytes.subarray(from, end));
      from = end + 1;
    }
    rest = bytes.subarray(from);
    if (rest.length > limit) throw new Broken('the log', 'has a line longer than an entry may be');
    yield lines;
  }
  if (rest.length > 0) throw new Broken('the last line', 'is cut off');
}
