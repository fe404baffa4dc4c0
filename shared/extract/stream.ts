/**
 * The streams of a PDF before its reader opens it (ISO 32000-1 §7.3.8, §7.4): the reader unpacks whatever it meets and asks nobody, so they are weighed here, and what it
 * never tells is picked out: words that stand for what is drawn (§14.9.4), values of fields that no page shows, pages that no count holds.
 */
import { Unzlib } from 'fflate';
import { type Budget, latin, Refused } from './read.ts';

interface Weighed {
  /** a page is cropped, or may be */
  readonly crops: boolean;
  /** strings that the reader does not show */
  readonly beside: readonly string[];
}

/** RFC 1950 §2.2 */
function isZlib(first = 0, second = 0): boolean {
  return (first & 15) === 8 && ((first << 8) | second) % 31 === 0;
}

const CROP = '/CropBox';
/** Filters that may follow one another. */
const FILTERS = 3;
/** Small steps, so that little is unpacked beyond what is allowed. */
const STEP = 512;

type Hear = (text: string) => void;

/** What a deflated stream comes to, and what that comes to; throws once it is more than `most`. What breaks off counts as far as it went. */
function inflated(packed: Uint8Array, most: number, hear: Hear): number {
  let sum = 0;
  const layers: Uint8Array[][] = [];
  const feed = (into: Unzlib, bytes: Uint8Array): void => {
    for (let i = 0; i < bytes.length; i += STEP) into.push(bytes.subarray(i, i + STEP));
  };
  const meter = (depth: number): Unzlib => {
    let inner: Unzlib | undefined;
    const layer: Uint8Array[] = [];
    layers.push(layer);
    return new Unzlib((chunk) => {
      sum += chunk.length;
      if (sum > most) throw new Refused('over-budget');
      if (layer.length === 0 && chunk.length > 1 && depth > 0 && isZlib(chunk[0], chunk[1])) inner = meter(depth - 1);
      if (chunk.length > 0) layer.push(chunk);
      if (inner !== undefined) feed(inner, chunk);
    });
  };
  try {
    feed(meter(FILTERS), packed);
  } catch (e) {
    if (e instanceof Refused) throw e;
  }
  for (const layer of layers) hear(layer.map(latin).join(''));
  return sum;
}

/** How much a stream of the older LZW comes to (§7.4.4): only lengths are followed. */
function lzwLength(packed: Uint8Array, early: 0 | 1, most: number): number {
  const lengths = new Uint32Array(4096);
  let pool = 0;
  let held = 0;
  let width = 9;
  let next = 258;
  let last = 0;
  let sum = 0;
  for (let i = 0; i < packed.length && sum <= most; i += 1) {
    pool = ((pool << 8) | (packed[i] ?? 0)) & 0xfffff;
    held += 8;
    if (held < width) continue;
    held -= width;
    const code = (pool >> held) & ((1 << width) - 1);
    if (code === 257) break;
    if (code === 256) {
      next = 258;
      last = 0;
    } else {
      const length = code < 256 ? 1 : code < next ? lengths[code] ?? 0 : last + 1;
      sum += length;
      if (last > 0 && next < 4096) {
        lengths[next] = last + 1;
        next += 1;
      }
      last = length;
    }
    width = next + early >= 2048 ? 12 : next + early >= 1024 ? 11 : next + early >= 512 ? 10 : 9;
  }
  return sum;
}

/** §7.4.5 */
function runsLength(packed: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < packed.length && packed[i] !== 128;) {
    const n = packed[i] ?? 0;
    sum += n < 128 ? n + 1 : 257 - n;
    i += n < 128 ? n + 2 : 2;
  }
  return sum;
}

/** Bytes written as hexadecimal digits (§7.4.2) or in base 85 (§7.4.3). */
function spelled(packed: Uint8Array, base: 16 | 85): Uint8Array {
  const [most, size] = base === 16 ? [2, 1] : [5, 4];
  const digit = (c: number): number => (base === 85 ? c - 33 : c <= 57 ? c - 48 : (c | 32) - 87);
  const out: number[] = [];
  let group = 0;
  let held = 0;
  const flush = (): void => {
    if (held === 0) return;
    const bytes = Math.max(1, held - (most - size));
    for (let k = held; k < most; k += 1) group = group * base + (base === 85 ? 84 : 0);
    for (let k = 0; k < bytes; k += 1) out.push(Math.floor(group / 256 ** (size - 1 - k)) & 255);
    group = held = 0;
  };
  for (const c of packed) {
    if (c === 62 || c === 126) break;
    if (c <= 32) continue;
    if (base === 85 && c === 122 && held === 0) {
      out.push(0, 0, 0, 0);
      continue;
    }
    group = group * base + digit(c);
    held += 1;
    if (held === most) flush();
  }
  flush();
  return Uint8Array.from(out);
}

const NAMES: { readonly [name: string]: string } = { FlateDecode: 'Fl', ASCIIHexDecode: 'AHx', ASCII85Decode: 'A85', LZWDecode: 'LZW', RunLengthDecode: 'RL', Crypt: '' };

/** Short names of its filters (§7.4.1, table 94), in their order. */
function filtersOf(head: string): string[] {
  const list = /\/(?:Filter|F)\s*(\[[^\]]*\]|\/\w+)/.exec(head)?.[1] ?? '';
  return Array.from(list.matchAll(/\/(\w+)/g), ([, name = '']) => NAMES[name] ?? name).filter((n) => n !== '');
}

/** What one stream comes to. */
function weight(packed: Uint8Array, head: string, most: number, hear: Hear): number {
  let filters = filtersOf(head);
  let bytes = packed;
  while (filters[0] === 'AHx' || filters[0] === 'A85') {
    bytes = spelled(bytes, filters[0] === 'AHx' ? 16 : 85);
    filters = filters.slice(1);
  }
  // readers unpack what looks packed, whatever its head says
  if (isZlib(bytes[0], bytes[1])) return inflated(bytes, most, hear);
  if (filters.length > 1 && (filters[0] === 'LZW' || filters[0] === 'RL')) throw new Refused('unsupported');
  if (filters[0] === 'LZW') return lzwLength(bytes, /\/EarlyChange\s+0\b/.test(head) ? 0 : 1, most);
  if (filters[0] === 'RL') return runsLength(bytes);
  if (bytes !== packed) hear(latin(bytes));
  return 0;
}

interface Stream {
  readonly head: string;
  readonly number: string;
  readonly bytes: Uint8Array;
}

function* streamsOf(bytes: Uint8Array, raw: string): Generator<Stream> {
  for (let at = raw.indexOf('stream'); at >= 0; at = raw.indexOf('stream', at + 6)) {
    let start = at + 6;
    if (raw.charAt(start) === '\r') start += 1;
    if (raw.charAt(start) === '\n') start += 1;
    if (raw.startsWith('end', at - 3)) continue;
    const before = raw.slice(Math.max(0, at - 2000), at);
    const own = before.lastIndexOf(' obj');
    const end = raw.indexOf('endstream', start);
    yield { head: before.slice(own), number: /(\d+)\s+\d+$/.exec(before.slice(0, Math.max(0, own)))?.[1] ?? '', bytes: bytes.subarray(start, end < 0 ? bytes.length : end) };
  }
}

function isPicture({ head }: Stream): boolean {
  return /\/Subtype\s*\/Image\b/.test(head) && /\/W(?:idth)?\b/.test(head) && /\/H(?:eight)?\b/.test(head);
}

/** No word stands in a picture, and it may be large: it is not weighed, unless a page calls it what it says. */
export function weighStreams(bytes: Uint8Array, raw: string, budget: Budget): Weighed {
  let left = budget.bytes;
  let crops = raw.includes(CROP);
  const beside = new Set<string>();
  const written = new Set<string>();
  const hear = (text: string): void => {
    crops ||= text.includes(CROP);
    for (const words of stringsOf(text)) beside.add(words);
    for (const [, list = ''] of text.matchAll(/\/Contents\s*(\[[^\]]{0,100000}\]|\d+\s+\d+\s+R)/g)) for (const [, number = ''] of list.matchAll(/(\d+)\s+\d+\s+R/g)) written.add(number);
  };
  hear(raw);
  const weigh = (stream: Stream): void => { left -= weight(stream.bytes, stream.head, left, hear); if (left < 0) throw new Refused('over-budget'); };
  const known = new Set<string>();
  const pictures: Stream[] = [];
  for (const stream of streamsOf(bytes, raw)) {
    known.add(stream.number);
    if (isPicture(stream)) pictures.push(stream);
    else weigh(stream);
  }
  // a list of a page's streams may itself be elsewhere
  const listed = [...written].some((number) => !known.has(number));
  for (const picture of pictures) if (listed || written.has(picture.number)) weigh(picture);
  return { crops, beside: [...beside] };
}

/** Instead of what is drawn, for a picture of it, what a field holds and would hold. */
const TOLD = /\/(?:ActualText|Alt|V|DV)\s*(?=[(<][^<])/g;
const LONGEST = 8000;

function stringsOf(text: string): string[] {
  const found: string[] = [];
  TOLD.lastIndex = 0;
  for (let key = TOLD.exec(text); key !== null; key = TOLD.exec(text)) {
    const words = stringAt(text, TOLD.lastIndex).trim();
    if (words !== '') found.push(words);
  }
  return found;
}

const ESCAPES: { readonly [letter: string]: string } = { n: '\n', r: '\n', t: '\t', b: '', f: '', '\n': '', '\r': '' };

/** §7.3.4: a string in brackets, which may nest, or in hexadecimal digits. */
function stringAt(text: string, at: number): string {
  let out = '';
  if (text.charAt(at) === '<') out = String.fromCharCode(...spelled(Uint8Array.from(text.slice(at + 1, at + LONGEST), (c) => c.charCodeAt(0)), 16));
  else {
    let open = 1;
    for (let i = at + 1; i < text.length && i - at < LONGEST; i += 1) {
      const c = text.charAt(i);
      if (c === '(') open += 1;
      else if (c === ')') open -= 1;
      if (open === 0) break;
      if (c !== '\\') out += c;
      else {
        const octal = /^[0-7]{1,3}/.exec(text.slice(i + 1, i + 4))?.[0];
        const next = text.charAt(i + 1);
        out += octal === undefined ? ESCAPES[next] ?? next : String.fromCharCode(parseInt(octal, 8) & 255);
        i += octal === undefined ? 1 : octal.length;
      }
    }
  }
  const bytes = Uint8Array.from(out, (c) => c.charCodeAt(0));
  return out.startsWith('\u00fe\u00ff') ? new TextDecoder('utf-16be').decode(bytes) : out.startsWith('\u00ef\u00bb\u00bf') ? new TextDecoder().decode(bytes) : out;
}

/** How far from its list of kids a node says what it is. */
const NODE = 300;

/** A node with more kids than it says it has pages (§7.7.3.2): our reader believes the number, others show the rest. */
export function hidesPages(raw: string): boolean {
  for (let at = raw.indexOf('/Kids'); at >= 0; at = raw.indexOf('/Kids', at + 5)) {
    const open = raw.indexOf('[', at);
    const close = open < 0 || open - at > 16 ? -1 : raw.indexOf(']', open);
    if (close < 0) continue;
    const before = raw.slice(Math.max(0, at - NODE), at);
    const node = before.slice(before.lastIndexOf(' obj') + 1) + (raw.slice(close, close + NODE).split('endobj')[0] ?? '');
    const pages = /\/Type\s*\/Pages\b/.test(node) ? /\/Count\s+(\d{1,9})/.exec(node)?.[1] : undefined;
    if (pages !== undefined && (raw.slice(open, close).match(/\d+\s+\d+\s+R\b/g) ?? []).length > Number(pages)) return true;
    at = close;
  }
  return false;
}
