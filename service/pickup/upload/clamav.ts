/**
 * A malware scanner beside us: clamd's INSTREAM over a socket that the administrator named (clamd(8)). The file goes there while it arrives here.
 * A scanner that cannot be asked, breaks off or answers otherwise has said nothing: that is no clean verdict.
 */
import { once } from 'node:events';
import type { World } from '../../world.ts';

export type Verdict = 'clean' | 'infected' | 'unknown';

interface Scan {
  feed(chunk: Buffer): Promise<void>;
  verdict(): Promise<Verdict>;
  abandon(): void;
}

export interface Scanner {
  begin(): Promise<Scan>;
}

const TIMEOUT = 60_000;
const NOTHING: Scan = { feed: async () => undefined, verdict: async () => 'unknown', abandon: () => undefined };

/** Nobody looks at files: none is ever called clean. */
export const NO_SCANNER: Scanner = { begin: async () => NOTHING };

export function clamav({ at, world }: { /** `host:port`, or the path of a socket */ readonly at: string; readonly world: Pick<World, 'beside'> }): Scanner {
  return {
    async begin() {
      const socket = await world.beside(at, TIMEOUT).catch(() => null);
      if (socket === null) return NOTHING;
      const words: Buffer[] = [];
      const ended = new Promise<void>((done) => {
        socket.on('data', (chunk: Buffer) => { if (words.length < 64) words.push(chunk); }).once('end', done).once('close', done).once('error', () => done());
      });
      socket.setTimeout(TIMEOUT, () => socket.destroy());
      // clamd(8): `z` commands and their answers end with a zero byte; a piece is its length in network order and its bytes; none ends the stream.
      const say = async (bytes: Buffer): Promise<void> => {
        if (socket.writable && !socket.write(bytes)) await Promise.race([once(socket, 'drain').catch(() => undefined), ended]);
      };
      const length = (n: number): Buffer => { const b = Buffer.alloc(4); b.writeUInt32BE(n); return b; };
      await say(Buffer.from('zINSTREAM\0'));
      return {
        async feed(chunk) {
          if (chunk.length === 0) return;
          await say(length(chunk.length));
          await say(chunk);
        },
        async verdict() {
          await say(length(0));
          await ended;
          socket.destroy();
          const answer = Buffer.concat(words).toString('latin1').split('\0')[0] ?? '';
          return /^stream: OK$/.test(answer) ? 'clean' : /^stream: .+ FOUND$/.test(answer) ? 'infected' : 'unknown';
        },
        abandon: () => { socket.destroy(); },
      };
    },
  };
}
