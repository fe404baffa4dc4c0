/** ZIP (PKWARE APPNOTE 6.3.10): own reading of the central directory, inflated in a stream that is cut when it yields more than was declared or allowed. */
import { Inflate } from 'fflate';
import { type Budget, decode, type Extracted, latin, read, Refused, type Unscannable } from './read.ts';

export interface Entry {
  readonly name: string;
  readonly encrypted: boolean;
  readonly size: number;
  /** the unpacked bytes, or the first of them; throws when they are not what the directory says */
  bytes(first?: number): Uint8Array;
}

export interface Archive {
  readonly entries: readonly Entry[];
}

const END = 0x06054b50;
const DIRECTORY = 0x02014b50;
const LOCAL = 0x04034b50;

export function openArchive(data: Uint8Array, budget: Budget): Archive {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  let end = -1;
  // §4.3.16: the end record is followed by a comment of at most 65,535 bytes
  for (let i = data.length - 22; i >= 0 && i >= data.length - 65_557; i -= 1) {
    if (view.getUint32(i, true) === END) {
      end = i;
      break;
    }
  }
  if (end < 0) throw new Refused('broken');
  const count = view.getUint16(end + 10, true);
  if (count > budget.entries) throw new Refused('over-budget');
  let at = view.getUint32(end + 16, true);
  if (count === 0xffff || at === 0xffffffff) throw new Refused('over-budget');
  const entries: Entry[] = [];
  for (let k = 0; k < count; k += 1) {
    if (at + 46 > data.length || view.getUint32(at, true) !== DIRECTORY) throw new Refused('broken');
    const flags = view.getUint16(at + 8, true);
    const method = view.getUint16(at + 10, true);
    const packed = view.getUint32(at + 20, true);
    const size = view.getUint32(at + 24, true);
    const nameLength = view.getUint16(at + 28, true);
    const local = view.getUint32(at + 42, true);
    // some programs write the other slash, and readers accept it
    const written = data.subarray(at + 46, at + 46 + nameLength);
    const name = (decode(written) ?? latin(written)).replace(/\\/g, '/');
    at += 46 + nameLength + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
    if (!name.endsWith('/') || size > 0) entries.push({ name, encrypted: (flags & 1) !== 0, size, bytes: (first) => unpack(data, view, { local, method, packed, size }, budget, first) });
  }
  // readers differ in what they believe, the count or the directory; one that is not counted is not read here
  if (at + 4 <= data.length && view.getUint32(at, true) === DIRECTORY) throw new Refused('broken');
  if (count === 0 && (end > 0 || data.length > 22)) throw new Refused('broken');
  budget.entries -= entries.length;
  return { entries };
}

function unpack(data: Uint8Array, view: DataView, { local, method, packed, size }: { readonly local: number; readonly method: number; readonly packed: number; readonly size: number }, budget: Budget, first = size): Uint8Array {
  const wanted = Math.min(first, size);
  if (wanted > budget.bytes || size > packed * budget.ratio + 4096) throw new Refused('over-budget');
  if (local + 30 > data.length || view.getUint32(local, true) !== LOCAL) throw new Refused('broken');
  const start = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
  const body = data.subarray(start, start + packed);
  if (body.length !== packed) throw new Refused('broken');
  budget.bytes -= wanted;
  if (method === 0) {
    if (packed !== size) throw new Refused('broken');
    return body.subarray(0, wanted);
  }
  if (method !== 8) throw new Refused('unsupported');
  const out = new Uint8Array(wanted);
  let filled = 0;
  let over = false;
  const inflate = new Inflate((chunk) => {
    if (filled + chunk.length > size) over = true;
    else if (filled < wanted) out.set(chunk.subarray(0, wanted - filled), filled);
    filled += chunk.length;
  });
  // small steps, so that a lying size is noticed before the memory is spent
  for (let i = 0; i < body.length && !over && (filled < wanted || wanted === size); i += 16_384) inflate.push(body.subarray(i, i + 16_384), i + 16_384 >= body.length);
  if (over || filled < wanted || wanted === size && filled !== size) throw new Refused('broken');
  return out;
}

/** Every entry read as a file of its own; names count as text too. */
export async function readEntries(archive: Archive, budget: Budget): Promise<Extracted> {
  const texts: string[] = [];
  let unscannable: Unscannable | undefined;
  for (const entry of archive.entries) {
    texts.push(entry.name.replace(/_/g, ' '));
    let found: Extracted;
    try {
      found = entry.encrypted ? { unscannable: 'encrypted' } : await read(entry.name, '', entry.bytes(), nested(budget));
    } catch (e) {
      found = { unscannable: e instanceof Refused ? e.reason : 'broken' };
    }
    if (found.text !== undefined) texts.push(found.text);
    unscannable ??= found.unscannable;
  }
  return { text: texts.join('\n\n'), ...(unscannable === undefined ? {} : { unscannable }) };
}

/** One level down, on the same account. */
export function nested(budget: Budget): Budget {
  return {
    depth: budget.depth - 1, ratio: budget.ratio, ...(budget.far ? { far: budget.far } : {}),
    get entries() { return budget.entries; }, set entries(n) { budget.entries = n; },
    get bytes() { return budget.bytes; }, set bytes(n) { budget.bytes = n; },
    get pages() { return budget.pages; }, set pages(n) { budget.pages = n; },
  };
}

/** Throws where a part is no text: read as empty it would pass for clean. */
export function xmlOf(entry: Entry): string {
  const xml = decode(entry.bytes());
  if (xml === undefined) throw new Refused('broken');
  return xml;
}

/** The first part of this name; empty where there is none. */
export function partOf(archive: Archive, part: RegExp): string {
  const entry = archive.entries.find(({ name }) => part.test(name));
  return entry === undefined ? '' : xmlOf(entry);
}
