/**
 * Files as one archive while they stream (APPNOTE.TXT 6.3.10): nothing is held, nothing is compressed, and the length is known before the
 * first byte. Stored blocks inside deflate (RFC 1951 §3.2.4), because readers that stream refuse method 0 with sizes behind the content.
 */
import { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import { safeName } from '../../../shared/draft/filename.ts';
import { Fault } from '../../refusal.ts';

export interface Entry {
  /** a name, not a path; attacker-controlled */
  readonly name: string;
  readonly size: number;
  readonly open: () => Promise<Readable>;
}

const BLOCK = 32 * 1024;
const [LOCAL, DESCRIPTOR, CENTRAL, END] = [30, 16, 46, 22];
/** §4.4.4: sizes follow the content, names are UTF-8 */
const FLAGS = 0x0808;
const DEFLATE = 8;
const NEEDS = 20;
const AT_MOST = 0xffff_ffff;

/** RFC 1951 §3.2.4: five bytes before every stored block, and even nothing is one block. */
const packed = (size: number): number => size + 5 * Math.max(1, Math.ceil(size / BLOCK));

/** Content-Length of the archive, or null when it would need the larger format. */
export function zipLength(entries: readonly Entry[]): number | null {
  const length = entries.reduce((sum, e) => sum + LOCAL + CENTRAL + DESCRIPTOR + 2 * Buffer.byteLength(e.name) + packed(e.size), END);
  return length < AT_MOST && entries.length < 0xffff ? length : null;
}

/** A flat folder: no separators, nothing that runs text backwards, no two names alike even where case does not count. */
export function zipNames(names: readonly string[]): string[] {
  const taken = new Set<string>();
  return names.map((given) => {
    const name = safeName(given, 150);
    const dot = name.lastIndexOf('.');
    const [stem, end] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, ''];
    let unique = name;
    for (let n = 2; taken.has(unique.toLowerCase()); n += 1) unique = `${stem} (${n})${end}`;
    taken.add(unique.toLowerCase());
    return unique;
  });
}

export function zip(entries: readonly Entry[], time: number): Readable {
  return Readable.from(archive(entries, dosTime(time)), { objectMode: false });
}

async function* archive(entries: readonly Entry[], stamp: Buffer): AsyncGenerator<Buffer> {
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, size, open } of entries) {
    const spelled = Buffer.from(name);
    const common = Buffer.concat([shorts(NEEDS, FLAGS, DEFLATE), stamp]);
    const [start, lengths] = [offset, shorts(spelled.length, 0)];
    yield Buffer.concat([longs(0x0403_4b50), common, longs(0, 0, 0), lengths, spelled]);
    let [crc, left] = [0, size];
    for await (const block of blocks(await open())) {
      crc = crc32(block, crc);
      left -= block.length;
      if (left < 0) break;
      yield Buffer.concat([Buffer.from([left === 0 ? 1 : 0]), shorts(block.length, ~block.length & 0xffff), block]);
    }
    if (left !== 0) throw new Fault('zip-length', 'A file of an archive is not as long as it was said to be.');
    if (size === 0) yield Buffer.from([1, 0, 0, 0xff, 0xff]);
    const facts = longs(crc, packed(size), size);
    yield Buffer.concat([longs(0x0807_4b50), facts]);
    directory.push(Buffer.concat([longs(0x0201_4b50), shorts(NEEDS), common, facts, lengths, shorts(0, 0, 0), longs(0, start), spelled]));
    offset += LOCAL + spelled.length + packed(size) + DESCRIPTOR;
  }
  const length = directory.reduce((sum, d) => sum + d.length, 0);
  yield Buffer.concat([...directory, longs(0x0605_4b50), shorts(0, 0, entries.length, entries.length), longs(length, offset), shorts(0)]);
}

/** Pieces of one size; the last may be shorter, none is empty. */
async function* blocks(source: Readable): AsyncGenerator<Buffer> {
  let waiting: Buffer = Buffer.alloc(0);
  for await (const chunk of source as AsyncIterable<Uint8Array>) {
    waiting = Buffer.concat([waiting, chunk]);
    for (; waiting.length >= BLOCK; waiting = waiting.subarray(BLOCK)) yield waiting.subarray(0, BLOCK);
  }
  if (waiting.length > 0) yield waiting;
}

function shorts(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(2 * values.length);
  values.forEach((value, i) => bytes.writeUInt16LE(value, 2 * i));
  return bytes;
}

function longs(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  values.forEach((value, i) => bytes.writeUInt32LE(value >>> 0, 4 * i));
  return bytes;
}

/** §4.4.6: two-second steps since 1980, without a zone; ours is UTC. */
function dosTime(ms: number): Buffer {
  const t = new Date(Math.max(ms, Date.UTC(1980, 0, 1)));
  return shorts((t.getUTCHours() << 11) | (t.getUTCMinutes() << 5) | (t.getUTCSeconds() >> 1), ((t.getUTCFullYear() - 1980) << 9) | ((t.getUTCMonth() + 1) << 5) | t.getUTCDate());
}
