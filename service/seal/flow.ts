/**
 * Bytes on their way: a length known beforehand and chunks made when asked for, so that a 25 MB message is never held
 * three times while it is encoded, signed and encrypted.
 */
export interface Flow {
  readonly length: number;
  /** A chunk is good until the next is asked for. Flows of ciphertext can be walked once only: they throw the second time. */
  chunks(): Iterable<Uint8Array>;
  /** Writes itself into `bytes` from `at` on, without a copy in between; answers where it stopped. */
  into?(bytes: Uint8Array, at: number): number;
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
    into: (bytes, at) => flows.reduce((end, flow) => spill(flow, bytes, end), at),
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
  if (flow.into !== undefined) return flow.into(into, at);
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
const LETTERS = 76;
const LINES = 1024;

/** Base64 in lines of 76 with CRLF after each, the last included. */
export function base64Lines(source: Flow): Flow {
  const lines = Math.ceil(source.length / LINE);
  const room = Math.min(LINES, lines);
  return {
    length: 4 * Math.ceil(source.length / 3) + 2 * lines,
    *chunks() {
      const letters = Buffer.allocUnsafe(room * LETTERS);
      const scratch = new Uint8Array(room * (LETTERS + 2));
      for (const run of runs(source)) yield scratch.subarray(0, lay(run, letters, viewOf(scratch), 0));
    },
    into(bytes, at) {
      const letters = Buffer.allocUnsafe(room * LETTERS);
      const view = viewOf(bytes);
      let end = at;
      for (const run of runs(source)) end = lay(run, letters, view, end);
      return end;
    },
  };
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** The same bytes in pieces of whole lines, the last one aside. */
function* runs(source: Flow): Iterable<Uint8Array> {
  let rest = new Uint8Array(0);
  for (const chunk of source.chunks()) {
    let from = 0;
    if (rest.length > 0) {
      from = Math.min(LINE - rest.length, chunk.length);
      const whole = new Uint8Array(rest.length + from);
      whole.set(rest);
      whole.set(chunk.subarray(0, from), rest.length);
      rest = whole;
      if (rest.length < LINE) continue;
      yield rest;
    }
    const end = chunk.length - ((chunk.length - from) % LINE);
    for (; from < end; from += LINES * LINE) yield chunk.subarray(from, Math.min(end, from + LINES * LINE));
    rest = chunk.slice(end);
  }
  if (rest.length > 0) yield rest;
}

/** Encoded by the machine's own encoder, which knows no lines; then moved apart, eight letters at a time: no eight ASCII letters are a NaN. */
function lay(run: Uint8Array, letters: Buffer, view: DataView, at: number): number {
  const length = letters.write(Buffer.from(run.buffer, run.byteOffset, run.length).toString('base64'), 'latin1');
  const source = viewOf(letters);
  const whole = length - (length % LETTERS);
  let end = at;
  for (let from = 0; from < whole; from += LETTERS) {
    for (let n = 0; n < 72; n += 8) view.setFloat64(end + n, source.getFloat64(from + n, true), true);
    view.setUint32(end + 72, source.getUint32(from + 72, true), true);
    view.setUint16(end + LETTERS, 0x0d0a);
    end += LETTERS + 2;
  }
  if (whole === length) return end;
  for (let from = whole; from < length; from += 1) view.setUint8(end + from - whole, letters[from]!);
  end += length - whole;
  view.setUint16(end, 0x0d0a);
  return end + 2;
}
