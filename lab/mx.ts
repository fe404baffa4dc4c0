/**
 * One next hop of the lab: a real SMTP server with real STARTTLS that behaves, or misbehaves in one named way,
 * and keeps count of what it was shown, so that a test can say what never crossed.
 */
import { createServer, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { SMTPServer, type SMTPServerOptions, type SMTPServerSession } from 'smtp-server';
import type { Identity } from './ca.ts';
import { sendReport } from './post/reports.ts';

export type Behaviour =
  | 'good'
  | 'no-tls'
  | 'strip'
  | 'tls10'
  | 'weak-cipher'
  | 'greylist'
  | 'reject'
  | 'drop'
  | 'slow'
  | 'silent'
  | 'some-later'
  | 'requiretls'
  | 'huge-reply';

export interface Mail {
  readonly receivedAt: number;
  /** the domain of the hop that received it */
  readonly domain: string;
  readonly envelope: { readonly from: string; readonly to: readonly string[] };
  readonly tls: { readonly protocol: string; readonly cipher: string } | null;
  readonly raw: Buffer;
  /** the content crossed the wire unprotected */
  readonly sawPlaintext: boolean;
}

/** A report comes after the answer, never before it. */
const LATER = 150;

/** What the peer saw, whether or not it accepted anything. */
export interface Sight {
  connections: number;
  secured: number;
  mailFrom: number;
  rcptTo: number;
  /** content bytes, of accepted and of dropped messages */
  dataBytes: number;
  plaintextDataBytes: number;
  /** messages that demanded TLS on the rest of the way (RFC 8689) */
  requireTls: number;
  /** all bytes on the wire of closed connections */
  wireBytes: number;
}

interface MxPlan {
  readonly domain: string;
  readonly host: string;
  readonly ip: string;
  readonly behaviour: Behaviour;
  readonly identity: Identity;
  readonly onMail: (mail: Mail) => void | Promise<void>;
  /** what it says later of what it took over */
  readonly reports?: 'delivered' | 'failed';
}

export interface Mx {
  readonly port: number;
  readonly sight: Sight;
  close(): Promise<void>;
}

export async function startMx(plan: MxPlan, port: number): Promise<Mx> {
  const sight: Sight = { connections: 0, secured: 0, mailFrom: 0, rcptTo: 0, dataBytes: 0, plaintextDataBytes: 0, requireTls: 0, wireBytes: 0 };
  return plan.behaviour === 'silent' ? startSilent(plan, port, sight) : startSmtp(plan, port, sight);
}

async function startSmtp(plan: MxPlan, port: number, sight: Sight): Promise<Mx> {
  const sockets = new Set<Socket>();
  const ciphers = new Map<string, { protocol: string; cipher: string }>();
  const greyed = new Map<string, number>();
  const server = new SMTPServer({
    ...behave(plan.behaviour),
    name: plan.host,
    key: plan.identity.key,
    cert: plan.identity.cert,
    authOptional: true,
    disableReverseLookup: true,
    // its own codes would stand before ours
    hideENHANCEDSTATUSCODES: true,
    hideDSN: false,
    size: 60_000_000,
    socketTimeout: 30_000,
    closeTimeout: 1,
    onSecure(socket, session, next) {
      sight.secured += 1;
      const cipher = socket instanceof TLSSocket ? socket.getCipher() : null;
      if (cipher) ciphers.set(session.id, { protocol: (socket as TLSSocket).getProtocol() ?? '', cipher: cipher.standardName });
      next();
    },
    onMailFrom(_address, session, next) {
      sight.mailFrom += 1;
      if ((session.envelope as { requireTLS?: boolean }).requireTLS === true) sight.requireTls += 1;
      if (plan.behaviour === 'slow') setTimeout(next, 400);
      else next();
    },
    onRcptTo(to, _session, next) {
      sight.rcptTo += 1;
      const verdict = judge(plan.behaviour, to.address, greyed);
      next(verdict);
    },
    onData(stream, session, next) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        sight.dataBytes += chunk.length;
        if (!session.secure) sight.plaintextDataBytes += chunk.length;
      });
      stream.on('end', () => void finish(plan, session, Buffer.concat(chunks), ciphers.get(session.id) ?? null, next, () => sockets));
    },
    onClose(session) {
      ciphers.delete(session.id);
    },
  });
  server.on('error', () => undefined);
  server.server.on('connection', (socket: Socket) => {
    sight.connections += 1;
    sockets.add(socket);
    socket.on('close', () => {
      sockets.delete(socket);
      sight.wireBytes += socket.bytesRead;
    });
  });
  await new Promise<void>((done, fail) => {
    server.server.once('error', fail);
    server.listen(port, plan.ip, () => done());
  });
  return {
    port: portOf(server.server.address()),
    sight,
    close: () => new Promise<void>((done) => {
      server.close(() => done());
      for (const socket of sockets) socket.destroy();
    }),
  };
}

async function finish(plan: MxPlan, session: SMTPServerSession, raw: Buffer, tls: Mail['tls'], next: (err?: Error | null, message?: string) => void, sockets: () => Set<Socket>): Promise<void> {
  if (plan.behaviour === 'drop') {
    // the client cannot know whether the message was kept: RFC 1047's old problem
    for (const socket of sockets()) if (socket.remotePort === session.remotePort) socket.destroy();
    return;
  }
  const from = session.envelope.mailFrom;
  const mail: Mail = {
    receivedAt: Date.now(),
    domain: plan.domain,
    envelope: { from: from ? from.address : '', to: session.envelope.rcptTo.map((to) => to.address) },
    tls: session.secure ? tls : null,
    raw,
    sawPlaintext: !session.secure,
  };
  // What is returned was never put into a mailbox.
  if (plan.reports !== 'failed') await plan.onMail(mail);
  if (plan.reports !== undefined) {
    const { dsn } = session.envelope as { dsn?: { envid?: string } };
    const asked = (session.envelope.rcptTo[0] as { dsn?: { notify?: string[] } } | undefined)?.dsn;
    const port = session.localPort;
    const action = plan.reports;
    setTimeout(() => void sendReport(mail, action, { envid: dsn?.envid ?? null, notify: asked?.notify ?? [] }, port), LATER).unref();
  }
  const id = Buffer.from(session.id).toString('hex').slice(0, 12).toUpperCase();
  next(null, plan.behaviour === 'huge-reply' ? `2.0.0 Ok: queued as ${id} ${'x'.repeat(3000)}` : `2.0.0 Ok: queued as ${id}`);
}

function behave(behaviour: Behaviour): SMTPServerOptions {
  switch (behaviour) {
    case 'no-tls':
      return { disabledCommands: ['STARTTLS'] };
    case 'strip':
      return { hideSTARTTLS: true };
    case 'tls10':
      // old TLS needs the lowest security level in today's OpenSSL
      return { minVersion: 'TLSv1', maxVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' };
    case 'weak-cipher':
      return { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-SHA:ECDHE-ECDSA-AES128-SHA256' };
    case 'requiretls':
      return { minVersion: 'TLSv1.2', hideREQUIRETLS: false } as SMTPServerOptions;
    default:
      return { minVersion: 'TLSv1.2' };
  }
}

function judge(behaviour: Behaviour, address: string, greyed: Map<string, number>): (Error & { responseCode: number }) | null {
  if (behaviour === 'reject') return reply(550, '5.1.1 No such mailbox here');
  const before = greyed.get(address) ?? 0;
  if (behaviour === 'some-later' && address.startsWith('later') && before < 2) {
    greyed.set(address, before + 1);
    return reply(452, '4.2.2 Mailbox full, try again later');
  }
  if (behaviour === 'greylist' && before < 1) {
    greyed.set(address, 1);
    return reply(451, '4.7.1 Greylisted, please try again');
  }
  return null;
}

function reply(responseCode: number, message: string): Error & { responseCode: number } {
  return Object.assign(new Error(message), { responseCode });
}

/** Accepts the connection and never says a word. */
async function startSilent(plan: MxPlan, port: number, sight: Sight): Promise<Mx> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sight.connections += 1;
    sockets.add(socket);
    socket.on('error', () => socket.destroy()).on('close', () => sockets.delete(socket)).resume();
  });
  await new Promise<void>((done, fail) => server.once('error', fail).listen(port, plan.ip, done));
  return {
    port: portOf(server.address()),
    sight,
    close: () => new Promise<void>((done) => {
      server.close(() => done());
      for (const socket of sockets) socket.destroy();
    }),
  };
}

function portOf(address: string | { port: number } | null): number {
  return typeof address === 'object' && address !== null ? address.port : 0;
}
