/** A directory as hospitals have them, as small as can be: simple bind, search by mail address, over real LDAP messages (RFC 4511 §4). */
import { createServer, type Socket } from 'node:net';
import { BerReader, BerWriter } from 'ldapts';

export interface Entry {
  readonly dn: string;
  readonly mail: string;
  /** DER */
  readonly certificates: readonly Uint8Array[];
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
const EQUALITY = 0xa3;
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
    reader.readString();
    reader.readEnumeration();
    reader.readEnumeration();
    reader.readInt();
    reader.readInt();
    reader.readBoolean();
    if (reader.readSequence() !== EQUALITY) return [];
    const attribute = reader.readString();
    const value = reader.readString() ?? '';
    directory.asked.push(`${attribute}=${value}`);
    return attribute === 'mail' ? directory.entries.filter((e) => e.mail.toLowerCase() === value.toLowerCase()) : [];
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

const shown = (id: number, { dn, certificates }: Entry): Buffer => message(id, 0x64, (w) => {
  w.writeString(dn);
  w.startSequence();
  w.startSequence();
  w.writeString(BINARY);
  w.startSequence(0x31);
  for (const der of certificates) w.writeBuffer(Buffer.from(der), OCTETS);
  w.endSequence();
  w.endSequence();
  w.endSequence();
});
