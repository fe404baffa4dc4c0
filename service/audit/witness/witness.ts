/**
 * A witness (C2SP tlog-witness, tlog-cosignature): somebody else's small process that signs a log's checkpoint only if it is an
 * extension of the last one it signed. It keeps one size and root for each log and nothing else, sees hashes only, and never signs two
 * different trees of one size. A log whose witness is run by another hand cannot show two people two histories.
 */
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { cosign, openCheckpoint, openNote, openSigner, parseVkey, type Checkpoint, type VerifierKey } from '../tree/checkpoint.ts';
import { same, verifyConsistency } from '../tree/merkle.ts';

export interface Witness {
  /** to be given to the log's owner and to whoever verifies */
  readonly vkey: string;
  /** the body of `add-checkpoint`, attacker-controlled → status, and the cosignature or the size last seen */
  add(body: string): { readonly status: 200 | 400 | 403 | 404 | 409 | 422; readonly text: string; readonly type: string };
}

const PLAIN = 'text/plain; charset=utf-8';
const MOST_HASHES = 63;

export function openWitness({ folder, name, logs, now }: { readonly folder: string; readonly name: string; readonly logs: readonly string[]; readonly now: () => number }): Witness {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const signer = openSigner(folder, name, 'make', 'witness.key', 'witness');
  const known = new Map<string, VerifierKey[]>();
  for (const vkey of logs) {
    const key = parseVkey(vkey);
    if (key === null) throw new Error('a log\'s verifier key is broken');
    known.set(key.name, [...(known.get(key.name) ?? []), key]);
  }
  const place = (origin: string): string => join(folder, `${createHash('sha256').update(origin).digest('hex').slice(0, 32)}.seen`);

  function seen(origin: string): { readonly size: number; readonly root: Uint8Array } {
    if (!existsSync(place(origin))) return { size: 0, root: createHash('sha256').digest() };
    const { size, root } = JSON.parse(readFileSync(place(origin), 'utf8')) as { size: number; root: string };
    return { size, root: Buffer.from(root, 'base64') };
  }

  /** Durable before the signature leaves: a witness that forgets could be made to sign a fork. */
  function remember({ origin, size, root }: Checkpoint): void {
    const aside = `${place(origin)}.new`;
    const file = openSync(aside, 'w', 0o600);
    try {
      writeSync(file, JSON.stringify({ origin, size, root: Buffer.from(root).toString('base64') }));
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(aside, place(origin));
    const directory = openSync(folder, 'r');
    try { fsyncSync(directory); } finally { closeSync(directory); }
  }

  const say = (status: 400 | 403 | 404 | 422, text: string) => ({ status, text: `${text}\n`, type: PLAIN });

  return {
    vkey: signer.vkey,
    add(body) {
      const asked = parse(body);
      if (asked === null) return say(400, 'the request is malformed');
      const keys = known.get(asked.note.slice(0, asked.note.indexOf('\n')));
      if (keys === undefined) return say(404, 'this log is not known here');
      const key = keys.find((one) => openNote(asked.note, one) !== null);
      if (key === undefined) return say(403, 'the checkpoint is not signed by a key of that log');
      const head = openCheckpoint(asked.note, key);
      if (head === null || asked.old > head.size) return say(400, 'the checkpoint is malformed or older than it says');
      const last = seen(head.origin);
      // tlog-witness: also when the sizes are the same and the roots are not, so that no proof is ever asked for a fork.
      if (asked.old !== last.size || (head.size === last.size && !same(head.root, last.root))) return { status: 409, text: `${last.size}\n`, type: 'text/x.tlog.size' };
      if (!verifyConsistency(last.size, head.size, last.root, head.root, asked.proof)) return say(422, 'the proof does not connect the two checkpoints');
      remember(head);
      const text = openNote(asked.note, key) ?? '';
      return { status: 200, text: cosign(text, Math.floor(now() / 1000), signer), type: PLAIN };
    },
  };
}

function parse(body: string): { readonly old: number; readonly proof: readonly Uint8Array[]; readonly note: string } | null {
  const gap = body.indexOf('\n\n');
  if (gap < 0) return null;
  const [first = '', ...hashes] = body.slice(0, gap).split('\n');
  const old = /^old (0|[1-9]\d{0,15})$/.exec(first)?.[1];
  const proof = hashes.map((text) => Buffer.from(text, 'base64'));
  if (old === undefined || hashes.length > MOST_HASHES || proof.some((hash, i) => hash.length !== 32 || hash.toString('base64') !== hashes[i])) return null;
  return { old: Number(old), proof, note: body.slice(gap + 2) };
}
