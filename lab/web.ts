/**
 * The web pages of the lab's strangers, over HTTPS at one port for all: MTA-STS policies (RFC 8461 §3.3) and web key directories
 * (draft-koch-openpgp-webkey-service §3.1), advanced for some domains and direct for others.
 */
import { createServer, type Server } from 'node:https';
import type { Ca } from './ca.ts';
import { wkdHash } from '../service/keys/discovery/source.ts';

export interface PublishedKey {
  readonly address: string;
  /** binary OpenPGP key */
  readonly key: Uint8Array;
  /** the domain has no host `openpgpkey.…` */
  readonly direct?: boolean;
}

export interface Web {
  readonly port: number;
  /** every path that was asked for, host first */
  readonly asked: string[];
  /** reports of TLS that were handed in (RFC 8460 §5.3), as they came */
  readonly reports: { readonly host: string; readonly type: string; readonly bytes: Buffer }[];
  /** what is published from now on */
  readonly keys: PublishedKey[];
  /** answers this status for key directories instead; null: as it should */
  broken: number | 'hang' | null;
  close(): void;
}

/** takes reports of TLS by HTTPS, for domains that want them so */
export const REPORTS = 'tlsrpt.collector.test';

const hostOf = ({ address, direct }: PublishedKey): string => (direct ? domainOf(address) : `openpgpkey.${domainOf(address)}`);
const domainOf = (address: string): string => address.slice(address.lastIndexOf('@') + 1);

/** Names that must lead to this server. */
export const webHosts = (keys: readonly PublishedKey[]): string[] => [...new Set(keys.map(hostOf))];

export async function startWeb(ca: Ca, policies: ReadonlyMap<string, string>, published: readonly PublishedKey[]): Promise<Web> {
  const identity = ca.issue({ names: ['lab.test', REPORTS, ...policies.keys(), ...webHosts(published)] });
  const keys = [...published];
  const asked: string[] = [];
  const reports: Web['reports'] = [];
  const server: Server = createServer({ key: identity.key, cert: identity.cert }, (request, response) => {
    const host = (request.headers.host ?? '').replace(/:\d+$/, '');
    const path = (request.url ?? '').replace(/\?.*/, '');
    asked.push(`${host}${request.url ?? ''}`);
    const mx = policies.get(host);
    if (mx && path === '/.well-known/mta-sts.txt') return void response.writeHead(200, { 'content-type': 'text/plain' }).end(`version: STSv1\r\nmode: enforce\r\nmx: ${mx}\r\nmax_age: 86400\r\n`);
    if (host === REPORTS && request.method === 'POST') {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => {
        reports.push({ host, type: request.headers['content-type'] ?? '', bytes: Buffer.concat(chunks) });
        response.writeHead(201).end();
      });
      return;
    }
    if (web.broken === 'hang') return;
    if (web.broken !== null) return void response.writeHead(web.broken).end();
    const found = keys.find((k) => hostOf(k) === host && path === `/.well-known/openpgpkey/${k.direct ? '' : `${domainOf(k.address)}/`}hu/${wkdHash(k.address.slice(0, k.address.lastIndexOf('@')))}`);
    if (!found) return void response.writeHead(404).end();
    response.writeHead(200, { 'content-type': 'application/octet-stream' }).end(found.key);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  const web: Web = {
    port: typeof address === 'object' && address ? address.port : 0, asked, keys, reports, broken: null,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
  return web;
}
