/**
 * Plays the server's half of an SMTP dialogue kept as text.
 *
 *   S: a line the server says            C: a line the client must say, to the letter
 *   S~ the same, written raw: \r \n \xNN and {text*n} are understood, no line end added
 *   T: the server takes up TLS           X: the server hangs up            C> content, up to the lone dot
 *   --- another connection               # a remark
 * Lines before the first of these are `name: value` settings of the case.
 */
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Identity } from '../../../lab/ca.ts';

interface Script {
  readonly settings: ReadonlyMap<string, string>;
  readonly connections: readonly (readonly Step[])[];
}

interface Step {
  readonly kind: string;
  readonly text: string;
}

export function parseScript(text: string): Script {
  const settings = new Map<string, string>();
  const connections: Step[][] = [[]];
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    if (line === '---') {
      connections.push([]);
      continue;
    }
    const step = /^([SC]:|S~|C>|[TX]:)(?: (.*))?$/s.exec(line);
    if (step) connections.at(-1)?.push({ kind: step[1] ?? '', text: step[2] ?? '' });
    else settings.set(line.slice(0, line.indexOf(':')), unescape(line.slice(line.indexOf(':') + 1).trim()));
  }
  return { settings, connections };
}

interface Stage {
  readonly port: number;
  /** what went against the script; empty when all was said as written */
  readonly wrong: string[];
  /** steps nobody got to */
  left(): number;
  readonly secured: number;
  readonly closed: Promise<void>;
  close(): Promise<void>;
}

export async function play(script: Script, identity: Identity): Promise<Stage> {
  const wrong: string[] = [];
  const rests: Step[][] = script.connections.map((steps) => [...steps]);
  const sockets = new Set<Socket>();
  const ends: Promise<void>[] = [];
  let secured = 0;
  let next = 0;
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    const steps = rests[next];
    next += 1;
    if (!steps) {
      wrong.push('a connection nobody expected');
      socket.destroy();
      return;
    }
    ends.push(converse(socket, steps, identity, wrong, () => (secured += 1)));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    port: (server.address() as AddressInfo).port,
    wrong,
    left: () => rests.flat().length,
    get secured() {
      return secured;
    },
    get closed() {
      return Promise.all(ends).then(() => undefined);
    },
    close: () => new Promise<void>((done) => {
      server.close(() => done());
      for (const socket of sockets) socket.destroy();
    }),
  };
}

async function converse(raw: Socket, steps: Step[], identity: Identity, wrong: string[], upgraded: () => void): Promise<void> {
  let socket: Socket = raw;
  let heard = lines(raw);
  for (let step = steps[0]; step; step = steps[0]) {
    if (step.kind === 'S:') socket.write(`${step.text}\r\n`);
    else if (step.kind === 'S~') socket.write(Buffer.from(unescape(step.text), 'latin1'));
    else if (step.kind === 'X:') socket.destroy();
    else if (step.kind === 'T:') {
      heard.stop();
      const tls = new TLSSocket(raw, { isServer: true, key: identity.key, cert: identity.cert });
      tls.on('error', () => undefined).on('secure', upgraded);
      socket = tls;
      heard = lines(tls);
    } else if (step.kind === 'C>') {
      for (let line = await heard.next(); line !== null && line !== '.'; line = await heard.next());
    } else {
      const line = await heard.next();
      if (line !== step.text) {
        wrong.push(`wanted "${step.text}", heard ${line === null ? 'the line go dead' : `"${line}"`}`);
        socket.destroy();
        return;
      }
    }
    steps.shift();
  }
  const more = await heard.next();
  if (more !== null && more !== 'QUIT') wrong.push(`heard "${more}" after the end`);
  socket.destroy();
}

function lines(socket: Socket): { next(): Promise<string | null>; stop(): void } {
  const queue: (string | null)[] = [];
  let waiting: ((line: string | null) => void) | null = null;
  let rest = '';
  const give = (line: string | null): void => {
    if (waiting) waiting(line);
    else queue.push(line);
    waiting = null;
  };
  const data = (chunk: Buffer): void => {
    rest += chunk.toString('latin1');
    for (let end = rest.indexOf('\r\n'); end >= 0; end = rest.indexOf('\r\n')) {
      give(Buffer.from(rest.slice(0, end), 'latin1').toString('utf8'));
      rest = rest.slice(end + 2);
    }
  };
  const close = (): void => give(null);
  socket.on('data', data).on('close', close);
  return {
    next: () => (queue.length > 0 ? Promise.resolve(queue.shift() ?? null) : new Promise((done) => (waiting = done))),
    stop: () => void socket.off('data', data).off('close', close),
  };
}

function unescape(text: string): string {
  return text
    .replace(/\{(.+?)\*(\d+)\}/g, (_all, what: string, times: string) => what.repeat(Number(times)))
    .replace(/\\x([0-9a-fA-F]{2})|\\r|\\n/g, (all, hex: string | undefined) => (hex ? String.fromCharCode(Number.parseInt(hex, 16)) : all === '\\r' ? '\r' : '\n'));
}
