/** A directory as hospitals have them, as small as can be: simple bind, search by filters of equality and presence, over real LDAP messages (RFC 4511 §4). */
import { createServer, type Socket } from 'node:net';
import { BerReader, BerWriter } from 'ldapts';

export interface Entry {
  readonly dn: string;
  readonly mail: string;
  /** DER */
  readonly certificates: readonly Uint8Array[];
  /** what else is written of them, such as who is in a group */
  readonly says?: { readonly [attribute: string]: readonly string[] };
}

export interface Directory {
  /** `ldap://127.0.0.1:port/base` */
  readonly url: string;
  readonly entries: Entry[];
  readonly asked: string[];
  /** takes the call and never says a word */
  silent: boolean;
  close(): Promise<void>;
}

const BASE = 'ou=people,dc=lab,dc=test';
const [BIND, UNBIND, SEARCH] = [0x60, 0x42, 0x63];
const [AND, OR, EQUALITY] = [0xa0, 0xa1, 0xa3];
const BASE_OBJECT = 0;
const OCTETS = 4;
const BINARY = 'userCertificate;binary';

export async function startLdap(entries: readonly Entry[], sign?: { readonly name: string; readonly password: string }): Promise<Directory> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    let signedIn = sign === undefined;
    let kept = Buffer.alloc(0);
    socket.on('close', () => sockets.delete(socket)).on('error', () => socket.destroy());
    socket.on('data', (chunk: Buffer) => {
      kept = Buffer.concat([kept, chunk]);
      if (directory.silent) return;
      for (let size = sizeOf(kept); size !== null && size <= kept.length; size = sizeOf(kept)) {
        const reader = new BerReader(kept.subarray(0, size));
        kept = kept.subarray(size);
        reader.readSequence();
        const id = reader.readInt() ?? 0;
        const operation = reader.peek();
        if (operation === UNBIND) return void socket.end();
        reader.readSequence(operation ?? 0);
        if (operation === BIND) {
          reader.readInt();
          const name = reader.readString();
          const password = reader.readString(0x80);
          signedIn = sign === undefined || (name === sign.name && password === sign.password);
          socket.write(result(id, 0x61, signedIn ? 0 : 49));
        } else if (operation === SEARCH) {
          for (const entry of signedIn ? found(reader) : []) socket.write(shown(id, entry));
          socket.write(result(id, 0x65, signedIn ? 0 : 50));
        }
      }
    });
  });

  function found(reader: BerReader): Entry[] {
    const at = (reader.readString() ?? '').toLowerCase();
    const scope = reader.readEnumeration();
    reader.readEnumeration();
    reader.readInt();
    reader.readInt();
    reader.readBoolean();
    const fits = filter(reader);
    return directory.entries.filter((e) => (scope !== BASE_OBJECT || e.dn.toLowerCase() === at) && fits(e));
  }

  /** RFC 4511 §4.5.1.7 */
  function filter(reader: BerReader): (entry: Entry) => boolean {
    const tag = reader.peek();
    if (tag === AND || tag === OR) {
      reader.readSequence(tag);
      const [end, all]: [number, ReturnType<typeof filter>[]] = [reader.offset + reader.length, []];
      while (reader.offset < end) all.push(filter(reader));
      return (entry) => (tag === AND ? all.every((one) => one(entry)) : all.some((one) => one(entry)));
    }
    if (tag !== EQUALITY) return reader.readString(tag ?? 0) === null ? () => false : () => true;
    reader.readSequence(tag);
    const attribute = (reader.readString() ?? '').toLowerCase();
    const value = (reader.readString() ?? '').toLowerCase();
    if (attribute === 'mail') directory.asked.push(`${attribute}=${value}`);
    return (entry) => (attribute === 'mail' ? [entry.mail] : entry.says?.[attribute] ?? []).some((v) => v.toLowerCase() === value);
  }

  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  const directory: Directory = {
    url: `ldap://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}/${BASE}`, entries: [...entries], asked: [], silent: false,
    close: () => new Promise<void>((done) => {
      for (const socket of sockets) socket.destroy();
      server.close(() => done());
    }),
  };
  return directory;
}

/** Octets of the first message; null while its length is not there yet (X.690 §8.1.3). */
function sizeOf(bytes: Buffer): number | null {
  const first = bytes[1];
  if (first === undefined) return null;
  if (first < 0x80) return 2 + first;
  const count = first & 0x7f;
  return bytes.length < 2 + count ? null : 2 + count + bytes.readUIntBE(2, count);
}

function message(id: number, tag: number, body: (writer: BerWriter) => void): Buffer {
  const writer = new BerWriter();
  writer.startSequence();
  writer.writeInt(id);
  writer.startSequence(tag);
  body(writer);
  writer.endSequence();
  writer.endSequence();
  return writer.buffer;
}

const result = (id: number, tag: number, code: number): Buffer => message(id, tag, (w) => {
  w.writeEnumeration(code);
  w.writeString('');
  w.writeString('');
});

const shown = (id: number, { dn, mail, certificates, says = {} }: Entry): Buffer => message(id, 0x64, (w) => {
  w.writeString(dn);
  w.startSequence();
  const all = [[BINARY, certificates.map((der) => Buffer.from(der))], ['mail', mail === '' ? [] : [Buffer.from(mail)]], ...Object.entries(says).map(([name, values]) => [name, values.map((v) => Buffer.from(v))])] as const;
  for (const [name, values] of all as readonly (readonly [string, readonly Buffer[]])[]) {
    w.startSequence();
    w.writeString(name);
    w.startSequence(0x31);
    for (const value of values) w.writeBuffer(value, OCTETS);
    w.endSequence();
    w.endSequence();
  }
  w.endSequence();
});
