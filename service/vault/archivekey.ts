/**
 * `npm run archive-key -- make <folder>`: a key pair for ARCHIVE_KEY_FILE whose private half is never written down: three shares of it, of which any
 * two open what was archived (Shamir over GF(2^8)). `npm run archive-key -- open <bundle> <share> <share> <folder>`: joins two shares in memory and
 * writes what a bundle of `GET /api/v1/messages/{id}/archive` holds. To be run by those who hold the shares, not on the machine of the service.
 */
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { createReadStream, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { combine, split } from 'shamir-secret-sharing';
import { Fault } from '../refusal.ts';
import { open, openStream } from './aead.ts';
import { unwrapArchive } from './divide.ts';

const SHARES = 3;
const NEEDED = 2;
/** RFC 8410 §7: what stands before the raw key in a PKCS #8 structure */
const PKCS8 = Buffer.from('302e020100300506032b656e04220420', 'hex');
const SHARE = /^send-secure-archive-share-1 ([0-9a-f]{16}) ([A-Za-z0-9_-]{40,60})$/m;

const fingerprintOf = (key: KeyObject): string => createHash('sha256').update(key.export({ type: 'spki', format: 'der' })).digest('hex').slice(0, 16);
const decode = <T>(bytes: Uint8Array): T => JSON.parse(Buffer.from(bytes).toString('utf8')) as T;

export async function makeShares(): Promise<{ readonly publicKey: string; readonly shares: readonly string[] }> {
  const { publicKey, privateKey } = generateKeyPairSync('x25519');
  const raw = new Uint8Array(privateKey.export({ type: 'pkcs8', format: 'der' }).subarray(-32));
  const of = fingerprintOf(publicKey);
  const shares = await split(raw, SHARES, NEEDED);
  return { publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(), shares: shares.map((share) => `send-secure-archive-share-1 ${of} ${Buffer.from(share).toString('base64url')}`) };
}

/** Throws Fault `share-malformed`, or `shares-apart` when they are not two different shares of one key. */
export async function joinShares(texts: readonly string[]): Promise<KeyObject> {
  const read = texts.map((text) => SHARE.exec(text.trim()) ?? fail('share-malformed', 'A file does not hold a share.'));
  const [of = ''] = read.map((m) => m[1] ?? '');
  if (read.length < NEEDED || new Set(read.map((m) => m[2])).size < NEEDED || read.some((m) => m[1] !== of)) fail('shares-apart', 'These are not two different shares of one key.');
  const raw = await combine(read.map((m) => new Uint8Array(Buffer.from(m[2] ?? '', 'base64url')))).catch(() => fail('shares-apart', 'These are not two different shares of one key.'));
  const key = createPrivateKey({ key: Buffer.concat([PKCS8, raw]), format: 'der', type: 'pkcs8' });
  if (fingerprintOf(createPublicKey(key)) !== of) fail('shares-apart', 'These are not two different shares of one key.');
  return key;
}

interface Head { readonly format: string; readonly message: string; readonly archive: string; readonly content: string; readonly reading: string }

/** `lines` of a bundle; what they hold, in clear. Throws Fault `bundle-malformed`, `sealed-broken`. */
export async function openBundle(own: KeyObject, lines: AsyncIterable<string>): Promise<{ readonly draft: unknown; readonly files: readonly { readonly filename: string; readonly bytes: Uint8Array }[] }> {
  let head: Head | null = null;
  const parts = new Map<string, Buffer[]>();
  for await (const line of lines) {
    if (line.trim() === '') continue;
    const given = JSON.parse(line) as Head & { readonly part?: string; readonly data?: string };
    if (head === null) head = given.format === 'send-secure-archive-1' ? given : fail('bundle-malformed', 'The file is no bundle of the archive.');
    else if (given.part !== undefined) parts.set(given.part, [...(parts.get(given.part) ?? []), Buffer.from(given.data ?? '', 'base64')]);
  }
  if (head === null) return fail('bundle-malformed', 'The file is no bundle of the archive.');
  const key = { bytes: unwrapArchive(own, head.message, Buffer.from(head.archive, 'base64')) };
  const draft = decode<unknown>(open(key, `content/${head.message}`, Buffer.from(head.content, 'base64')));
  const { parts: named } = decode<{ readonly parts: readonly { readonly name: string; readonly sha256: string; readonly filename: string; readonly whole: boolean }[] }>(open(key, `reading/${head.message}`, Buffer.from(head.reading, 'base64')));
  const files: { filename: string; bytes: Uint8Array }[] = [];
  for (const { name, sha256, filename, whole } of named) {
    const sealed = Buffer.concat(parts.get(name) ?? fail('bundle-malformed', 'The bundle lacks a part.'));
    const bytes = whole ? open(key, `part/${head.message}/${sha256}`, sealed) : await buffer(openStream(key as never, `part/${head.message}/${sha256}`, Readable.from([sealed])));
    if (createHash('sha256').update(bytes).digest('hex') !== sha256) fail('sealed-broken', 'A part is not what it was.');
    files.push({ filename, bytes });
  }
  return { draft, files };
}

function fail(code: string, says: string): never {
  throw new Fault(code, says);
}

async function run([what, ...rest]: readonly string[]): Promise<number> {
  if (what === 'make' && rest.length === 1) {
    const folder = rest[0] ?? '';
    const { publicKey, shares } = await makeShares();
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    // Never over what is there: a share that is gone is gone with all it opens.
    writeFileSync(join(folder, 'archive.pem'), publicKey, { flag: 'wx' });
    for (const [i, share] of shares.entries()) writeFileSync(join(folder, `share-${i + 1}.txt`), `${share}\n`, { flag: 'wx', mode: 0o600 });
    process.stdout.write(`archive.pem is for ARCHIVE_KEY_FILE. Give each of the ${SHARES} shares to another person and delete it here; any ${NEEDED} open the archive, one opens nothing.\n`);
    return 0;
  }
  if (what === 'open' && rest.length === 4) {
    const [bundle = '', one = '', other = '', folder = ''] = rest;
    const own = await joinShares([one, other].map((file) => readFileSync(file, 'utf8')));
    const { draft, files } = await openBundle(own, createInterface({ input: createReadStream(bundle), crlfDelay: Number.POSITIVE_INFINITY }));
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(join(folder, 'message.json'), JSON.stringify(draft, null, 2), { flag: 'wx', mode: 0o600 });
    for (const [n, { filename, bytes }] of files.entries()) writeFileSync(join(folder, `${n + 1}-${filename.replace(/[^\p{L}\p{N}._-]/gu, '_').slice(-120)}`), bytes, { flag: 'wx', mode: 0o600 });
    process.stdout.write(`message.json and ${files.length} ${files.length === 1 ? 'file' : 'files'} were written.\n`);
    return 0;
  }
  process.stderr.write('usage: npm run --silent archive-key -- make <folder> | open <bundle> <share> <share> <folder>\n');
  return 3;
}

if (import.meta.main) {
  try {
    process.exitCode = await run(process.argv.slice(2));
  } catch (fault) {
    process.stderr.write(`${fault instanceof Fault ? fault.message : 'The files cannot be read, or are there already.'}\n`);
    process.exitCode = 1;
  }
}
