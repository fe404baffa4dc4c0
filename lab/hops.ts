/**
 * The lab's Internet as one table: which domain is served how, by whom, under which certificate.
 * One loopback address per domain, one common port, one name server over them all.
 */
import { openCa, type Ca, type Identity } from './ca.ts';
import { startDns, type DnsFault, type DnsServer, type Row } from './dns.ts';
import { REPORTS, startWeb, webHosts, type PublishedKey, type Web } from './web.ts';
import { startMx, type Behaviour, type Mail, type Mx, type Sight } from './mx.ts';

export type { Mail, Sight } from './mx.ts';

type Certificate = 'good' | 'expired' | 'not-yet' | 'self-signed' | 'wrong-name' | 'unknown-ca';

export interface Hop {
  readonly domain: string;
  /** last octet of 127.0.1.N */
  readonly n: number;
  readonly behaviour: Behaviour;
  readonly certificate: Certificate;
  /** the MX host where it is not `mx.<domain>`; null: a null MX (RFC 7505); 'implicit': no MX at all, an address only */
  readonly mx?: string | null | 'implicit';
  /** a first MX that nobody answers */
  readonly deadFirst?: boolean;
  /** `anchor`: the record names the authority, not the host's own key (usage 2) */
  readonly dane?: 'match' | 'anchor' | 'mismatch' | 'servfail';
  /** MTA-STS `enforce`; `elsewhere` names another host than the MX (RFC 8461) */
  readonly sts?: 'match' | 'elsewhere';
  /** what it reports later of what it took over (RFC 3464) */
  readonly reports?: 'delivered' | 'failed';
  /** what a reader of the lab is told */
  readonly says: string;
}

export const HOPS: readonly Hop[] = [
  { domain: 'riverside.test', n: 1, behaviour: 'good', certificate: 'good', says: 'the clinic itself' },
  { domain: 'lakeside.test', n: 2, behaviour: 'good', certificate: 'good', says: 'TLS that proves itself' },
  { domain: 'stmarys.test', n: 3, behaviour: 'good', certificate: 'good', says: 'TLS that proves itself' },
  { domain: 'keyring.test', n: 4, behaviour: 'good', certificate: 'good', says: 'TLS that proves itself' },
  { domain: 'brightmail.test', n: 5, behaviour: 'good', certificate: 'good', says: 'TLS that proves itself' },
  { domain: 'oldpost.test', n: 6, behaviour: 'no-tls', certificate: 'good', says: 'no STARTTLS at all' },
  { domain: 'expired.test', n: 7, behaviour: 'good', certificate: 'expired', says: 'a certificate that expired' },
  { domain: 'selfsigned.test', n: 8, behaviour: 'good', certificate: 'self-signed', says: 'a certificate of its own making' },
  { domain: 'wrongname.test', n: 9, behaviour: 'good', certificate: 'wrong-name', says: 'a certificate for another host' },
  { domain: 'tls10.test', n: 10, behaviour: 'tls10', certificate: 'good', says: 'nothing newer than TLS 1.0' },
  { domain: 'grey.test', n: 11, behaviour: 'greylist', certificate: 'good', says: 'refuses every recipient once' },
  { domain: 'reject.test', n: 12, behaviour: 'reject', certificate: 'good', says: 'knows no such mailbox' },
  { domain: 'drop.test', n: 13, behaviour: 'drop', certificate: 'good', says: 'hangs up after the content' },
  { domain: 'nullmx.test', n: 14, behaviour: 'good', certificate: 'good', mx: null, says: 'announces that it takes no mail' },
  { domain: 'forged.test', n: 15, behaviour: 'good', certificate: 'good', mx: 'mx.impostor.test', says: 'a forged MX with a flawless certificate of its own' },
  { domain: 'strip.test', n: 16, behaviour: 'strip', certificate: 'good', says: 'somebody cuts STARTTLS out' },
  { domain: 'slow.test', n: 17, behaviour: 'slow', certificate: 'good', says: 'takes its time' },
  { domain: 'partial.test', n: 18, behaviour: 'some-later', certificate: 'good', says: 'puts off mailboxes called later… twice, and takes the others' },
  { domain: 'dane.test', n: 19, behaviour: 'good', certificate: 'self-signed', dane: 'match', says: 'DANE, and the record matches' },
  { domain: 'danebad.test', n: 20, behaviour: 'good', certificate: 'good', dane: 'mismatch', says: 'DANE, and the record does not match' },
  { domain: 'sts.test', n: 21, behaviour: 'good', certificate: 'good', mx: 'mx.hosted.test', sts: 'match', says: 'MTA-STS enforced, mail hosted elsewhere' },
  { domain: 'stsbad.test', n: 22, behaviour: 'good', certificate: 'good', sts: 'elsewhere', says: 'MTA-STS names another host than the MX' },
  { domain: 'implicit.test', n: 23, behaviour: 'good', certificate: 'good', mx: 'implicit', says: 'no MX, an address only' },
  { domain: 'second.test', n: 24, behaviour: 'good', certificate: 'good', deadFirst: true, says: 'the first MX is down, the second answers' },
  { domain: 'tomorrow.test', n: 26, behaviour: 'good', certificate: 'not-yet', says: 'a certificate that is not valid yet' },
  { domain: 'stranger.test', n: 27, behaviour: 'good', certificate: 'unknown-ca', says: 'a certificate of an unknown authority' },
  { domain: 'weak.test', n: 28, behaviour: 'weak-cipher', certificate: 'good', says: 'TLS 1.2 with old ciphers only' },
  { domain: 'silent.test', n: 29, behaviour: 'silent', certificate: 'good', says: 'picks up and says nothing' },
  { domain: 'huge.test', n: 30, behaviour: 'huge-reply', certificate: 'good', says: 'answers with far too many words' },
  { domain: 'daneta.test', n: 32, behaviour: 'good', certificate: 'unknown-ca', dane: 'anchor', says: 'DANE that names an authority of its own' },
  { domain: 'promise.test', n: 61, behaviour: 'requiretls', certificate: 'self-signed', dane: 'match', says: 'promises TLS for the rest of the way too (REQUIRETLS), and DANE proves it' },
  { domain: 'reports.test', n: 33, behaviour: 'good', certificate: 'good', reports: 'delivered', says: 'reports that it was put into the mailbox' },
  { domain: 'returns.test', n: 34, behaviour: 'good', certificate: 'good', reports: 'failed', says: 'takes it over and returns it later' },
  { domain: 'webkey.test', n: 45, behaviour: 'good', certificate: 'good', says: 'publishes its people\'s keys on the web' },
  { domain: 'signedkeys.test', n: 46, behaviour: 'good', certificate: 'good', says: 'publishes its people\'s keys in signed DNS' },
  { domain: 'staffdir.test', n: 47, behaviour: 'good', certificate: 'good', says: 'a partner whose certificates stand in a directory' },
  { domain: 'daneless.test', n: 31, behaviour: 'good', certificate: 'good', dane: 'servfail', says: 'DANE that cannot be looked up' },
];

/** No peer: only names. `lost.test` has an MX without an address, `broken.test` answers SERVFAIL. */
const NAMES: readonly Row[] = [
  // asks to be told how encryption to its mail host went (RFC 8460)
  { name: '_smtp._tls.lakeside.test', type: 'TXT', data: 'v=TLSRPTv1; rua=mailto:tls-reports@lakeside.test' },
  { name: 'lost.test', type: 'MX', data: { preference: 10, exchange: 'mx.lost.test' } },
  { name: 'broken.test', type: 'MX', data: { preference: 10, exchange: 'mx.broken.test' } },
  { name: 'mx.second.test', type: 'A', data: '127.0.1.24' },
  { name: 'mx-down.second.test', type: 'A', data: '127.0.1.25' },
];

export interface Hops {
  readonly resolver: string;
  readonly smtpPort: number;
  /** MTA-STS policies and web key directories are served here, where the world uses 443 */
  readonly stsPort: number;
  readonly web: Web;
  readonly caFile: string;
  readonly ca: Ca;
  readonly dns: DnsServer;
  sight(domain: string): Sight;
  /** of every peer, by domain */
  sights(): { readonly [domain: string]: Sight };
  close(): Promise<void>;
}

/** What people publish themselves, for those who look for it. */
export interface Published {
  readonly web: readonly PublishedKey[];
  readonly rows: readonly Row[];
  /** zones of `rows` that are signed */
  readonly signed: readonly string[];
}

export async function startHops({ onMail, caFolder, hops = HOPS, published = { web: [], rows: [], signed: [] } }: {
  readonly onMail: (mail: Mail) => void | Promise<void>; readonly caFolder: string; readonly hops?: readonly Hop[]; readonly published?: Published;
}): Promise<Hops> {
  const ca = openCa(caFolder);
  const identities = new Map(hops.map((hop) => [hop.domain, identify(ca, hop, caFolder)]));
  const { port, peers } = await startPeers(hops, identities, onMail);
  const policies = new Map(hops.filter((hop) => hop.sts).map((hop) => [`mta-sts.${hop.domain}`, hop.sts === 'match' ? hostOf(hop) : 'mx.somewhere-else.test']));
  const web = await startWeb(ca, policies, published.web);
  const pages = webHosts(published.web).map((name): Row => ({ name, type: 'A', data: '127.0.0.1' }));
  const wanted = ['sts.test', 'dane.test'].map((domain): Row => ({ name: `_smtp._tls.${domain}`, type: 'TXT', data: `v=TLSRPTv1; rua=https://${REPORTS}:${web.port}/v1/tls` }));
  const dns = await startDns({ rows: [...NAMES, { name: REPORTS, type: 'A', data: '127.0.0.1' }, ...wanted, ...pages, ...published.rows, ...hops.flatMap((hop) => rows(hop, identities.get(hop.domain), port))], signed: [...published.signed, ...hops.filter((hop) => hop.dane).map((hop) => hop.domain)], faults: faults(hops, port) });
  return {
    resolver: dns.address,
    smtpPort: port,
    stsPort: web.port,
    web,
    caFile: ca.file,
    ca,
    dns,
    sight(domain) {
      const peer = peers.get(domain);
      if (!peer) throw new Error('no such hop in the lab');
      return peer.sight;
    },
    sights: () => Object.fromEntries([...peers].map(([domain, peer]) => [domain, peer.sight])),
    async close() {
      web.close();
      await Promise.all([dns.close(), ...[...peers.values()].map((peer) => peer.close())]);
    },
  };
}

function hostOf(hop: Hop): string {
  if (hop.mx === 'implicit') return hop.domain;
  return hop.mx ?? `mx.${hop.domain}`;
}

function identify(ca: Ca, hop: Hop, folder: string): Identity {
  const names = [hostOf(hop)];
  const day = 86_400_000;
  switch (hop.certificate) {
    case 'expired':
      return ca.issue({ names, notBefore: Date.now() - 60 * day, notAfter: Date.now() - 30 * day });
    case 'not-yet':
      return ca.issue({ names, notBefore: Date.now() + day, notAfter: Date.now() + 60 * day });
    case 'self-signed':
      return ca.issue({ names, selfSigned: true });
    case 'wrong-name':
      return ca.issue({ names: ['mx.somewhere-else.test'] });
    case 'unknown-ca': {
      const stranger = openCa(`${folder}/stranger`);
      const identity = stranger.issue({ names });
      return { ...identity, cert: identity.cert + stranger.cert, issuerSpkiSha256: stranger.spkiSha256 };
    }
    case 'good':
      return ca.issue({ names });
  }
}

function rows(hop: Hop, identity: Identity | undefined, port: number): Row[] {
  const host = hostOf(hop);
  const ip = `127.0.1.${hop.n}`;
  const found: Row[] = [];
  if (hop.mx === null) return [{ name: hop.domain, type: 'MX', data: { preference: 0, exchange: '.' } }];
  if (hop.mx !== 'implicit') found.push({ name: hop.domain, type: 'MX', data: { preference: 20, exchange: host } });
  if (hop.deadFirst) found.unshift({ name: hop.domain, type: 'MX', data: { preference: 10, exchange: `mx-down.${hop.domain}` } });
  if (!hop.deadFirst) found.push({ name: host, type: 'A', data: ip });
  if (hop.dane && identity) {
    const anchor = hop.dane === 'anchor' ? identity.issuerSpkiSha256 : undefined;
    const certificate = anchor ?? (hop.dane === 'match' ? identity.spkiSha256 : Buffer.alloc(32, 7));
    found.push({ name: `_${port}._tcp.${host}`, type: 'TLSA', data: { usage: anchor ? 2 : 3, selector: 1, matchingType: 1, certificate } });
  }
  if (hop.sts) {
    found.push({ name: `_mta-sts.${hop.domain}`, type: 'TXT', data: 'v=STSv1; id=20261121T000000;' });
    found.push({ name: `mta-sts.${hop.domain}`, type: 'A', data: '127.0.0.1' });
  }
  return found;
}

function faults(hops: readonly Hop[], port: number): { [name: string]: DnsFault } {
  const table: { [name: string]: DnsFault } = { 'broken.test': 'servfail' };
  for (const hop of hops) if (hop.dane === 'servfail') table[`_${port}._tcp.${hostOf(hop)} TLSA`] = 'servfail';
  return table;
}

/** One port for all: the first peer takes any free one; if another address has it in use, all start again. */
async function startPeers(hops: readonly Hop[], identities: ReadonlyMap<string, Identity>, onMail: (mail: Mail) => void | Promise<void>): Promise<{ port: number; peers: Map<string, Mx> }> {
  for (let round = 0; ; round += 1) {
    const peers = new Map<string, Mx>();
    let port = 0;
    try {
      for (const hop of hops) {
        const identity = identities.get(hop.domain);
        if (hop.mx === null || !identity) continue;
        const mx = await startMx({ domain: hop.domain, host: hostOf(hop), ip: `127.0.1.${hop.n}`, behaviour: hop.behaviour, identity, onMail, ...(hop.reports ? { reports: hop.reports } : {}) }, port);
        port = mx.port;
        peers.set(hop.domain, mx);
      }
      return { port, peers };
    } catch (cause) {
      await Promise.all([...peers.values()].map((peer) => peer.close()));
      if (round >= 10) throw cause;
    }
  }
}
