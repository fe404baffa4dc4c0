/**
 * Bytes on their way: a length known beforehand and chunks made when asked for, so that a 25 MB message is never held
 * three times while it is encoded, signed and encrypted.
 */
export interface Flow {
  readonly length: number;
  /** A chunk is good until the next is asked for. Flows of ciphertext can be walked once only: they throw the second time. */
  chunks(): Iterable<Uint8Array>;
}

export type Part = Flow | Uint8Array | string;

/** Ciphers and hashes are fastest when fed pieces that fit the processor's cache. */
const CHUNK = 64 * 1024;

export function flat(bytes: Uint8Array): Flow {
  return {
    length: bytes.length,
    *chunks() {
      for (let i = 0; i < bytes.length; i += CHUNK) yield bytes.subarray(i, i + CHUNK);
    },
  };
}

export function joined(...parts: readonly Part[]): Flow {
  const flows = parts.map((part) => (typeof part === 'string' ? flat(Buffer.from(part, 'utf8')) : part instanceof Uint8Array ? flat(part) : part));
  return {
    length: flows.reduce((sum, flow) => sum + flow.length, 0),
    *chunks() {
      for (const flow of flows) yield* flow.chunks();
    },
  };
}

/** A flow that may be walked once: `make` is called at the first walk. */
export function once(length: number, make: () => Iterable<Uint8Array>): Flow {
  let walked = false;
  return {
    length,
    chunks() {
      if (walked) throw new Error('a flow of ciphertext was walked twice');
      walked = true;
      return make();
    },
  };
}

/** Fills `into` from `at` on; answers where it stopped. */
export function spill(flow: Flow, into: Uint8Array, at: number): number {
  let end = at;
  for (const chunk of flow.chunks()) {
    into.set(chunk, end);
    end += chunk.length;
  }
  return end;
}

export function collect(flow: Flow): Uint8Array {
  const bytes = new Uint8Array(flow.length);
  spill(flow, bytes, 0);
  return bytes;
}

/** RFC 2045 §6.8 and RFC 9580 §6: at most 76 characters a line; 57 bytes make exactly that. */
const LINE = 57;
const LINES = 1024;
const PAIRS_A_LINE = 39;
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Two characters at a time: 12 bits in, two letters out, in the byte order of this machine. */
const PAIRS = new Uint16Array(4096);
const CRLF = new Uint16Array(Uint8Array.of(13, 10).buffer)[0]!;
for (let i = 0; i < 4096; i += 1) {
  PAIRS[i] = new Uint16Array(Uint8Array.of(ALPHABET.charCodeAt(i >> 6), ALPHABET.charCodeAt(i & 63)).buffer)[0]!;
}

/** Base64 in lines of 76 with CRLF after each, the last included. */
export function base64Lines(source: Flow): Flow {
  const lines = Math.ceil(source.length / LINE);
  return {
    length: 4 * Math.ceil(source.length / 3) + 2 * lines,
    *chunks() {
      const scratch = new Uint16Array(Math.min(LINES, lines) * PAIRS_A_LINE);
      let rest = new Uint8Array(0);
      for (const chunk of source.chunks()) {
        let from = 0;
        if (rest.length > 0) {
          const need = Math.min(LINE - rest.length, chunk.length);
          const whole = new Uint8Array(rest.length + need);
          whole.set(rest);
          whole.set(chunk.subarray(0, need), rest.length);
          from = need;
          rest = whole;
          if (rest.length < LINE) continue;
          yield wholeLines(rest, 0, 1, scratch);
          rest = new Uint8Array(0);
        }
        while (chunk.length - from >= LINE) {
          const count = Math.min(LINES, Math.floor((chunk.length - from) / LINE));
          yield wholeLines(chunk, from, count, scratch);
          from += count * LINE;
        }
        rest = chunk.slice(from);
      }
      if (rest.length > 0) yield Buffer.from(`${Buffer.from(rest.buffer, rest.byteOffset, rest.length).toString('base64')}\r\n`, 'latin1');
    },
  };
}

function wholeLines(bytes: Uint8Array, from: number, count: number, pairs: Uint16Array): Uint8Array {
  let o = 0;
  let i = from;
  for (let line = 0; line < count; line += 1) {
    for (let triple = 0; triple < 19; triple += 1) {
      const bits = (bytes[i]! << 16) | (bytes[i + 1]! << 8) | bytes[i + 2]!;
      pairs[o] = PAIRS[bits >> 12]!;
      pairs[o + 1] = PAIRS[bits & 4095]!;
      o += 2;
      i += 3;
    }
    pairs[o] = CRLF;
    o += 1;
  }
  return new Uint8Array(pairs.buffer, 0, 2 * o);
}
