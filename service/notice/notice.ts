/**
 * The door for notices: an SMTP server that takes only delivery reports, dispositions, complaints and automatic answers, only for return
 * addresses we gave out ourselves. Holds nothing but the status part, keeps nothing itself, relays nothing and answers nothing, so that no
 * loop can begin here. RFC 5321 §4.5.5, RFC 3461, RFC 3464, RFC 6522, RFC 8098, RFC 5965, RFC 3834.
 */
import { Fault } from '../refusal.ts';
import type { Socket } from '../world.ts';
import { readNotice, type Notice } from './report.ts';

export type { Notice, Report } from './report.ts';

export interface NoticeHouse {
  /** a copy that went out under this return address */
  knows(item: string): Promise<boolean>;
  /** folds the notice into the copy's timeline; false when it is not about it, or about what never left us; `later` while that is not known yet */
  take(item: string, notice: Notice): Promise<boolean | 'later'>;
}

interface NoticeSettings {
  readonly host: string;
  readonly port: number;
  /** what we call ourselves */
  readonly hostname: string;
  /** domain of the return addresses */
  readonly returnDomain: string;
  readonly tls?: Pair;
  /** milliseconds a connection may last in all; default two minutes */
  readonly session?: number;
  readonly broken: (fault: unknown) => void;
}

interface Pair {
  readonly cert: Uint8Array;
  readonly key: Uint8Array;
}

export interface Notices {
  readonly port: number;
  /** a renewed certificate for the next STARTTLS; key and certificate must belong together */
  renew(tls: Pair): void;
  close(): Promise<void>;
}

const RETURN = /^bounce\+([0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12})@([^@]+)$/i;
const NULL_PATH: readonly Notice['kind'][] = ['delivery', 'disposition'];
/** RFC 5321 §4.5.3.2: minutes; a report is small, and a peer that dawdles has no claim on us. */
const PATIENCE = 60_000;
const CLIENTS = 50;
/** Of those, as many for one address; a byte now and then would else hold them all. */
const SHARE = 10;
const SESSION = 2 * 60_000;
/** announced (RFC 1870); reports return headers only, because that is what was asked for */
const SIZE = 10 * 1024 * 1024;

export async function openNotices(house: NoticeHouse, { host, port, hostname, returnDomain, tls, session: longest = SESSION, broken }: NoticeSettings): Promise<Notices> {
  // Loaded only where the door is open.
  const { SMTPServer } = await import('smtp-server');
  const itemOf = (address: string): string | null => {
    const [, id, domain] = RETURN.exec(address) ?? [];
    return id !== undefined && domain?.toLowerCase() === returnDomain.toLowerCase() ? `item_${id.toLowerCase()}` : null;
  };
  /** Our own trouble: the peer keeps the report and comes again. */
  const later = (fault: unknown): Error => {
    broken(fault);
    return said(451, '4.3.0 Try again later');
  };

  const server = new SMTPServer({
    name: hostname, banner: 'Notices only', authOptional: true, disableReverseLookup: true, size: SIZE, maxClients: CLIENTS, socketTimeout: PATIENCE, closeTimeout: 1_000, logger: false,
    hideENHANCEDSTATUSCODES: true,
    disabledCommands: tls === undefined ? ['AUTH', 'STARTTLS'] : ['AUTH'],
    ...(tls === undefined ? {} : secured(tls)),
    onRcptTo: (to, session, next) => {
      const item = itemOf(to.address);
      if (item === null || session.envelope.rcptTo.length > 0) return void next(said(550, '5.1.1 No such return address'));
      house.knows(item).then((known) => next(known ? null : said(550, '5.1.1 No such return address')), (fault: unknown) => next(later(fault)));
    },
    onData: (stream, session, next) => {
      const item = itemOf(session.envelope.rcptTo[0]?.address ?? '');
      const { mailFrom } = session.envelope;
      const named = mailFrom !== false && mailFrom.address !== '';
      readNotice(stream).then(async (notice) => {
        if (stream.sizeExceeded) return next(said(552, '5.3.4 Too large for a notice'));
        // RFC 3464 §2, RFC 8098 §3: a report travels under the null return path. Complaints and automatic answers need not (RFC 3834 §3.3).
        if (notice === null || (named && NULL_PATH.includes(notice.kind))) return next(said(550, '5.6.0 Only notices are taken here'));
        const taken = item !== null && (await house.take(item, notice));
        if (taken === 'later') return next(said(451, '4.3.0 Try again later'));
        return next(taken ? null : said(550, '5.7.1 Not about a message of ours'), '2.0.0 Noted');
      }).catch((fault: unknown) => next(later(fault)));
    },
  });
  const open = new Map<string, number>();
  // On the connection itself: before TLS, before a word, and whatever the session waits for.
  server.server.on('connection', (socket: Socket) => {
    const client = clientOf(socket.remoteAddress ?? '');
    const others = open.get(client) ?? 0;
    open.set(client, others + 1);
    const end = setTimeout(() => socket.destroy(), longest);
    socket.once('close', () => {
      clearTimeout(end);
      const left = (open.get(client) ?? 1) - 1;
      if (left === 0) open.delete(client);
      else open.set(client, left);
    });
    if (others < SHARE) return;
    socket.write(`421 4.7.0 ${hostname} Too many connections from you, try again later\r\n`);
    socket.destroySoon();
  });
  // A peer that breaks off is its own trouble.
  server.on('error', () => undefined);
  await new Promise<void>((done, fail) => {
    const refused = (cause: unknown): void => fail(new Fault('notices-port', 'The door for delivery reports cannot listen at NOTICES_HOST and NOTICES_PORT.', cause));
    server.server.once('error', refused);
    server.listen(port, host, () => {
      server.server.off('error', refused);
      done();
    });
  });
  const address = server.server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    renew: (pair) => server.updateSecureContext(secured(pair)),
    close: () => new Promise<void>((done) => server.close(() => done())),
  };
}

const secured = ({ cert, key }: Pair) => ({ cert: Buffer.from(cert), key: Buffer.from(key), minVersion: 'TLSv1.2' }) as const;

/** One client: an IPv4 address, however spelt, or an IPv6 /64, which is what one client has. */
function clientOf(address: string): string {
  const mapped = address.replace(/^::ffff:(?=\d+\.)/i, '');
  if (!mapped.includes(':')) return mapped;
  const [head = '', tail] = mapped.split('::');
  const groups = head === '' ? [] : head.split(':');
  return (tail === undefined ? groups : [...groups, '0', '0', '0', '0']).slice(0, 4).join(':');
}

function said(responseCode: number, message: string): Error & { responseCode: number } {
  return Object.assign(new Error(message), { responseCode });
}
