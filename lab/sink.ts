/**
 * Many domains behind one light next hop that fails now and then: real SMTP and STARTTLS, nothing kept but who received what how often.
 * For long runs, where a mailbox for each would only cost.
 */
import type { Socket } from 'node:net';
import { SMTPServer, type SMTPServerSession } from 'smtp-server';
import { openCa } from './ca.ts';
import { startDns, type DnsServer, type Row } from './dns.ts';

/** What a faulty conversation does. `drop-kept` is the old trap of RFC 1047: taken, and never said so. */
type SinkFault = 'later' | 'hang-up' | 'drop-kept' | 'drop-lost' | 'unknown-mailbox';
const FAULTS: readonly SinkFault[] = ['later', 'later', 'later', 'hang-up', 'hang-up', 'drop-kept', 'drop-kept', 'drop-lost', 'drop-lost', 'unknown-mailbox'];

export interface Sink {
  readonly resolver: string;
  readonly smtpPort: number;
  readonly caFile: string;
  /** suffix of the one host that serves all domains */
  readonly provider: string;
  /** recipient → how many copies were kept */
  readonly kept: ReadonlyMap<string, number>;
  /** recipients that were told to be unknown */
  readonly unknown: ReadonlySet<string>;
  readonly faults: { readonly [F in SinkFault]: number };
  /** content that crossed unprotected */
  plaintext(): number;
  close(): Promise<void>;
}

export async function startSink({ folder, ip, share, own }: {
  readonly folder: string; readonly ip: string;
  /** part of the tries that go wrong, 0 to 1 */
  readonly share: number;
  /** our own domain: it never fails, and what it takes is not counted */
  readonly own: string;
}): Promise<Sink> {
  const provider = 'sink.test';
  const host = `mx.${provider}`;
  const ca = openCa(folder);
  const identity = ca.issue({ names: [host] });
  const kept = new Map<string, number>();
  const unknown = new Set<string>();
  const faults: { [F in SinkFault]: number } = { later: 0, 'hang-up': 0, 'drop-kept': 0, 'drop-lost': 0, 'unknown-mailbox': 0 };
  const bad = new Map<string, SinkFault>();
  let plaintext = 0;

  const count = (session: SMTPServerSession): void => {
    for (const { address } of session.envelope.rcptTo) if (!address.endsWith(`@${own}`)) kept.set(address, (kept.get(address) ?? 0) + 1);
  };
  const hangUp = (session: SMTPServerSession): void => {
    for (const socket of sockets) if (socket.remotePort === session.remotePort) socket.destroy();
  };
  const sockets = new Set<Socket>();
  const server = new SMTPServer({
    name: host, key: identity.key, cert: identity.cert, authOptional: true, disableReverseLookup: true, hideENHANCEDSTATUSCODES: true, hideDSN: false, minVersion: 'TLSv1.2', socketTimeout: 60_000, closeTimeout: 1,
    onRcptTo({ address }, session, next) {
      bad.delete(session.id);
      if (Math.random() >= share || address.endsWith(`@${own}`)) return next();
      const fault = FAULTS[Math.floor(Math.random() * FAULTS.length)] ?? 'later';
      // Who was taken once is known: a mailbox does not vanish between two tries.
      if (fault === 'unknown-mailbox' && kept.has(address)) return next();
      faults[fault] += 1;
      if (fault === 'hang-up') return hangUp(session);
      if (fault === 'unknown-mailbox') unknown.add(address);
      if (fault === 'later' || fault === 'unknown-mailbox') return next(Object.assign(new Error(fault === 'later' ? '4.7.1 Try again later' : '5.1.1 No such mailbox here'), { responseCode: fault === 'later' ? 451 : 550 }));
      bad.set(session.id, fault);
      return next();
    },
    onData(stream, session, next) {
      let bytes = 0;
      stream.on('data', (chunk: Buffer) => { bytes += chunk.length; });
      stream.on('end', () => {
        if (!session.secure) plaintext += bytes;
        const fault = bad.get(session.id);
        if (fault !== 'drop-lost') count(session);
        if (fault === undefined) return next(null, '2.0.0 Ok');
        return hangUp(session);
      });
    },
    onClose: (session) => void bad.delete(session.id),
  });
  server.on('error', () => undefined);
  server.server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => socket.destroy());
  });
  await new Promise<void>((up, fail) => {
    server.server.once('error', fail);
    server.listen(0, ip, () => up());
  });
  const address = server.server.address();
  const rows: readonly Row[] = [{ name: host, type: 'A', data: ip }];
  const dns: DnsServer = await startDns({
    rows,
    override: (name, type) => (type === 'MX' && name !== host ? [{ name, type: 'MX', data: { preference: 10, exchange: host } }] : undefined),
  });
  const forget = setInterval(() => { dns.asked.length = 0; }, 10_000);
  forget.unref();
  return {
    resolver: dns.address, smtpPort: typeof address === 'object' && address !== null ? address.port : 0, caFile: ca.file, provider, kept, unknown, faults,
    plaintext: () => plaintext,
    async close() {
      clearInterval(forget);
      await new Promise<void>((done) => {
        server.close(() => done());
        for (const socket of sockets) socket.destroy();
      });
      await dns.close();
    },
  };
}
