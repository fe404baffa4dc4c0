/**
 * The recipients' side: what arrived, kept as it came (plain where it came plain, which is what the lab is there to show).
 * One folder per mailbox, one file per message and one line of facts beside it.
 */
import { isUtf8 } from 'node:buffer';
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Received {
  readonly receivedAt: string;
  readonly tls: { readonly protocol: string; readonly cipher: string } | null;
  /** SMTP envelope's return address */
  readonly returnPath: string;
  /** the whole RFC 5322 message; as UTF-8 where it is that, else as Latin-1, so that nothing is lost */
  readonly raw: string;
}

interface Post {
  keep(to: string, received: Omit<Received, 'raw'>, raw: Buffer): void;
  /** oldest first */
  list(address: string): Received[];
  one(address: string, n: number): { readonly facts: Received; readonly bytes: Buffer } | null;
  counts(): { [address: string]: number };
}

export function openPost(folder: string): Post {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  // encodeURIComponent leaves dots; the @ of every address keeps `..` from being a name.
  const home = (address: string) => join(folder, encodeURIComponent(address.trim().toLowerCase()));

  function names(address: string): string[] {
    if (!address.includes('@')) return [];
    try {
      return readdirSync(home(address)).filter((name) => name.endsWith('.json')).sort();
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw cause;
    }
  }

  function read(address: string, name: string): { facts: Received; bytes: Buffer } {
    const bytes = readFileSync(join(home(address), name.replace(/json$/, 'eml')));
    const facts = JSON.parse(readFileSync(join(home(address), name), 'utf8')) as Omit<Received, 'raw'>;
    return { facts: { ...facts, raw: bytes.toString(isUtf8(bytes) ? 'utf8' : 'latin1') }, bytes };
  }

  return {
    keep(to, facts, raw) {
      if (!to.includes('@')) return;
      mkdirSync(home(to), { recursive: true, mode: 0o700 });
      const name = String(names(to).length).padStart(6, '0');
      writeFileSync(join(home(to), `${name}.eml`), raw);
      // The facts appear last and whole: a message is listed only when its bytes are there.
      const draft = join(home(to), `${name}.json.part`);
      writeFileSync(draft, JSON.stringify(facts));
      renameSync(draft, join(home(to), `${name}.json`));
    },
    list: (address) => names(address).map((name) => read(address, name).facts),
    one(address, n) {
      const name = names(address)[n];
      return name === undefined ? null : read(address, name);
    },
    counts() {
      return Object.fromEntries(readdirSync(folder).map((name) => decodeURIComponent(name)).map((address) => [address, names(address).length]));
    },
  };
}
