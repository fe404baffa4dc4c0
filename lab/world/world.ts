/**
 * Everything of the lab that is not the service: next hops and names, mailboxes, the identity provider. Runs in a process of its own (`lab/child.ts`)
 * so that killing the service kills nothing of it. Controlled over loopback by whoever holds the token in `state.json` (0600).
 * Never runs in production; nothing here protects anything.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { startHops, type Mail } from '../hops.ts';
import { startLdap } from '../ldap.ts';
import { clinicEntries, entryOf, publishedOf } from './published.ts';
import { AUDIENCE, ORGANISATION } from '../people.ts';
import { faultsInClear } from '../post/clear.ts';
import { openMessage } from '../post/opened.ts';
import { sendOrdinary, type OrdinaryMail } from '../post/ordinary.ts';
import { openPost } from '../post/post.ts';
import { openSecrets } from '../post/secrets.ts';
import { openPhones } from './phones.ts';
import { listen, startIssuer, type Proof } from './issuer.ts';
import { startProvider } from './provider.ts';
import { readState, VERSION, type WorldHealth, type WorldState } from './state.ts';

const BODY_LIMIT = 60 * 1024 * 1024;

export async function openWorld({ folder, onStop }: { readonly folder: string; readonly onStop: () => void }): Promise<{ readonly health: WorldHealth; lastAsked(): number; /** what nobody should have seen, from the hosts' side; `secrets`: words of drafts */ inClear(secrets?: readonly string[]): Promise<string[]>; close(): Promise<void> }> {
  if (process.env['NODE_ENV'] === 'production') throw new Error('The lab refuses to run with NODE_ENV=production.');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const before = readState(folder);
  const { secrets, published, findable, authority } = await openSecrets(folder);
  const directory = await startLdap([...clinicEntries(), ...findable.filter((k) => k.where === 'directory').map(entryOf)]);
  const anchorsFile = join(folder, 'smime-authority.pem');
  writeFileSync(anchorsFile, authority);
  const post = openPost(join(folder, 'mailboxes'));
  const open: Mail[] = [];
  const hops = await startHops({
    caFolder: join(folder, 'ca'),
    published: await publishedOf(findable),
    onMail: (mail) => {
      if (mail.sawPlaintext) open.push(mail);
      for (const to of new Set(mail.envelope.to.map((a) => a.toLowerCase()))) post.keep(to, { receivedAt: new Date(mail.receivedAt).toISOString(), tls: mail.tls, returnPath: mail.envelope.from }, mail.raw);
    },
  });
  const issuer = await startIssuer({ folder, port: before?.issuerPort ?? 0 });
  const provider = await startProvider();
  const token = randomBytes(32).toString('base64url');
  let asked = Date.now();
  // The name server notes every question for tests; here nobody reads them.
  const forget = setInterval(() => { hops.dns.asked.length = 0; }, 60_000);
  forget.unref();

  const phones = openPhones();
  let port = 0;
  const health = (): WorldHealth => ({
    texts: { url: `http://127.0.0.1:${port}/texts`, secret: phones.secret },
    version: VERSION, pid: process.pid, resolver: hops.resolver, smtpPort: hops.smtpPort, stsPort: hops.stsPort, caFile: hops.caFile, issuer: issuer.url, audience: AUDIENCE, published, anchorsFile, directory: directory.url,
    signIn: JSON.stringify([{ id: 'lab', name: 'Pretend Mail', issuer: provider.url, clientId: provider.clientId, clientSecret: provider.clientSecret }]) });

  const inClear = (secrets: readonly string[] = []): Promise<string[]> => faultsInClear({ mails: open, sights: Object.values(hops.sights()), own: `secure@${ORGANISATION.domain}`, secrets });

  async function answer(method: string, path: readonly string[], request: IncomingMessage): Promise<unknown> {
    const [what = '', address = '', n = '', view = ''] = path;
    switch (`${method} ${what}`) {
      case 'GET health': return health();
      case 'GET mailboxes':
        if (n === '') return { messages: post.list(address) };
        if (view === 'opened') {
          const found = post.one(address, Number(n));
          return found === null ? null : { ...(await openMessage(found.bytes, secrets[address.toLowerCase()] ?? {})), receivedAt: found.facts.receivedAt, tls: found.facts.tls };
        }
        return null;
      case 'GET phones': return { messages: phones.list(address) };
      case 'GET sights': return hops.sights();
      case 'GET inclear': return { faults: await inClear() };
      case 'GET tlsreports': return { reports: hops.web.reports.map((r) => ({ ...r, bytes: r.bytes.toString('base64') })) };
      case 'GET counts': return post.counts();
      case 'POST token': {
        const { person, ...proof } = await body(request) as { person?: unknown } & Proof;
        return issuer.mint(String(person), proof);
      }
      case 'POST ordinary': return { lost: await sendOrdinary(await body(request) as OrdinaryMail, hops.smtpPort) };
      case 'POST stop':
        setImmediate(onStop);
        return { stopping: true };
      default: return null;
    }
  }

  const server = createServer((request, response) => {
    const say = (status: number, content: unknown) => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(content));
    // A gateway knows its callers by their signature.
    if (request.method === 'POST' && request.url === '/texts') {
      bytesOf(request).then((bytes) => response.writeHead(phones.receive(request.headers, bytes)).end(), () => response.writeHead(400).end());
      return;
    }
    if (!allowed(request.headers.authorization, token)) return void say(401, { error: 'The control token is missing or wrong.' });
    asked = Date.now();
    const path = (request.url ?? '/').split('/').slice(1).map(decodeURIComponent);
    answer(request.method ?? '', path, request).then(
      (content) => (content === null ? say(404, { error: 'There is nothing here.' }) : say(200, content)),
      () => say(500, { error: 'The lab could not do this.' }),
    );
  });
  port = await listen(server, 0);
  const state: WorldState = { version: VERSION, pid: process.pid, port, token, issuerPort: issuer.port };
  writeFileSync(join(folder, 'state.json.part'), JSON.stringify(state), { mode: 0o600 });
  renameSync(join(folder, 'state.json.part'), join(folder, 'state.json'));

  return {
    health: health(),
    lastAsked: () => asked,
    inClear,
    async close() {
      clearInterval(forget);
      // The issuer's port is remembered: it is part of every author's identity.
      if (readState(folder)?.pid === process.pid) writeFileSync(join(folder, 'state.json'), JSON.stringify({ ...state, pid: 0, token: '' }), { mode: 0o600 });
      rmSync(join(folder, 'state.json.part'), { force: true });
      server.close();
      server.closeAllConnections();
      await Promise.all([issuer.close(), provider.close(), hops.close(), directory.close()]);
    },
  };
}

function allowed(header: string | undefined, token: string): boolean {
  const given = Buffer.from(header ?? '');
  const wanted = Buffer.from(`Bearer ${token}`);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

async function bytesOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > BODY_LIMIT) throw new Error('The request is too large.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

async function body(request: IncomingMessage): Promise<unknown> {
  return JSON.parse((await bytesOf(request)).toString('utf8'));
}
