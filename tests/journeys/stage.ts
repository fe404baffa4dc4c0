/**
 * A whole world for one journey: the lab's next hops, names, mailboxes and issuer in this process, and the real service over them
 * in a folder of its own. Everything is closed and removed again.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AUDIENCE, ORGANISATION } from '../../lab/people.ts';
import { NOTICES_HOST } from '../../lab/post/reports.ts';
import { openWorld } from '../../lab/world/world.ts';
import { readState } from '../../lab/world/state.ts';
import { worldOf } from '../../service/checkup.ts';
import { readSettings } from '../../service/config.ts';
import { openWorld as openReal } from '../../service/world.ts';
import { openService, type Extra, type Service } from '../../service/service.ts';
import type { Accepted, MessageRequest } from '../../shared/wire/handoff.ts';
import type { MessageTimeline } from '../../shared/wire/timeline.ts';
import type { Sight } from '../../lab/hops.ts';
import { seedRecipients } from '../../lab/seed.ts';
import { PATIENCE, until } from '../until.ts';

/** What an endpoint answered; the test says what it expects of it. */
// oxlint-disable-next-line no-explicit-any
export type Json = any;

interface LabMail { readonly receivedAt: string; readonly tls: { readonly protocol: string; readonly cipher: string } | null; readonly raw: string }

export interface Stage {
  readonly url: string;
  readonly folder: string;
  /** of every mail host of the lab, and of the door for notices */
  readonly smtpPort: number;
  readonly service: Service;
  token(person: string): Promise<string>;
  call(person: string | null, method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<{ readonly status: number; readonly body: Json; readonly text: string }>;
  send(person: string, message: Partial<MessageRequest>, key?: string): Promise<{ readonly status: number; readonly body: Accepted & { code?: string } }>;
  timeline(person: string, id: string): Promise<MessageTimeline>;
  /** the newest entries of the log of this kind, with all that was noted until now, as who watches sees them */
  events(type: string, more?: string): Promise<Json[]>;
  /** waits until every recipient's status is one of these */
  until(person: string, id: string, statuses: readonly string[], ms?: number): Promise<MessageTimeline>;
  mailbox(address: string): Promise<LabMail[]>;
  /** waits until the mailbox holds a mail that fits */
  mail(address: string, fits: (raw: string) => boolean, ms?: number): Promise<LabMail>;
  /** waits for a mail that fits behind the first `before` of a mailbox, and answers it with its soft line breaks undone */
  newMail(address: string, before: number, fits: RegExp): Promise<string>;
  opened(address: string, n: number): Promise<Json>;
  /** what every mail host saw of us, by domain */
  sights(): Promise<{ readonly [domain: string]: Sight }>;
  /** reports of TLS handed in by HTTPS */
  tlsReports(): Promise<{ readonly host: string; readonly type: string; readonly bytes: string }[]>;
  restart(): Promise<void>;
  /** the recipients' keys and wishes again, as at the start */
  seed(): Promise<void>;
  /** the same service with other settings, such as other folders */
  move(places: { readonly [setting: string]: string }): Promise<void>;
  close(): Promise<void>;
}

export async function openStage(options: { readonly databaseUrl?: string; readonly settings?: Record<string, string> | ((smtpPort: number, resolver: string) => Record<string, string>); readonly extra?: Extra; readonly now?: () => number; /** what crossed in clear because a recipient chose it: answers what is left to complain of */ readonly chosen?: (faults: readonly string[]) => readonly string[] } = {}): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), 'send-secure-stage-'));
  const world = await openWorld({ folder: join(folder, 'world'), onStop: () => undefined });
  const { health } = world;
  const environment = {
    PORT: '0', DATA_DIR: join(folder, 'data'), KEYS_DIR: join(folder, 'keys'), RESOLVER: health.resolver, RESOLVER_TRUSTED: 'true', DIRECTORY_URL: health.directory, SMTP_PORT: String(health.smtpPort), NOTICES_HOST, NOTICES_PORT: String(health.smtpPort), ALLOWED_NETWORKS: '127.0.0.0/8', CA_FILE: health.caFile, SMIME_ANCHORS_FILE: health.anchorsFile,
    SIGN_IN: health.signIn, OIDC_ISSUER: health.issuer, OIDC_AUDIENCE: AUDIENCE, ORGANISATION_NAME: ORGANISATION.name, ORGANISATION_PHONE: ORGANISATION.phone, OWN_DOMAINS: ORGANISATION.domain,
    ...(options.databaseUrl ? { DATABASE_URL: options.databaseUrl } : {}), ...(typeof options.settings === 'function' ? options.settings(health.smtpPort, health.resolver) : options.settings),
  };
  let settings = readSettings(environment, true);
  const start = () => openService(settings, { quiet: process.env["STAGE_LOG"] === undefined, strictEvents: true, schedule: [0.02, 0.05], patience: 0.05, gatherMs: 300, stsPort: health.stsPort, ...options.extra, ...(options.now ? { world: { ...openReal(worldOf(settings)), now: options.now } } : {}) });
  let service = await start();
  await seedRecipients(service.keys, health.published);
  const tokens = new Map<string, string>();
  const control = () => readState(join(folder, 'world'));

  async function ask(path: string, body?: unknown): Promise<Json> {
    const state = control();
    const answer = await fetch(`http://127.0.0.1:${state?.port}/${path}`, {
      method: body === undefined ? 'GET' : 'POST', headers: { authorization: `Bearer ${state?.token}`, 'content-type': 'application/json' }, ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return answer.status === 404 ? null : answer.json();
  }

  /** what anybody wrote: none of it may be seen on the road */
  const secrets = new Set<string>();
  function learn(body: unknown): void {
    if (typeof body !== 'object' || body === null || body instanceof Uint8Array) return;
    for (const [name, value] of Object.entries(body)) {
      if (typeof value !== 'string') learn(value);
      else if (name === 'subject' || name === 'text' || name === 'html') for (const line of value.replace(/<[^>]*>/g, '\n').split('\n')) if (line.trim().length >= 8) secrets.add(line.trim());
    }
  }

  const stage: Stage = {
    get url() { return service.url; },
    get service() { return service; },
    folder,
    smtpPort: health.smtpPort,
    async token(person) {
      const known = tokens.get(person);
      if (known) return known;
      const minted = await ask('token', { person });
      tokens.set(person, minted.access_token);
      return minted.access_token;
    },
    async call(person, method, path, body, headers = {}) {
      const bytes = body instanceof Uint8Array;
      learn(body);
      const answer = await fetch(`${service.url}${path.startsWith('/') ? path : `/api/v1/${path}`}`, {
        method,
        headers: { ...(person === null ? {} : { authorization: `Bearer ${await stage.token(person)}` }), ...(body === undefined ? {} : { 'content-type': bytes ? 'application/octet-stream' : 'application/json' }), ...headers },
        ...(body === undefined ? {} : { body: bytes ? (body as BodyInit) : typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      const text = await answer.text();
      let parsed: unknown = null;
      try { parsed = JSON.parse(text); } catch { /* not JSON: the text says it */ }
      return { status: answer.status, body: parsed, text };
    },
    async send(person, message, key = crypto.randomUUID()) {
      const from = { ana: 'ana.ruiz@riverside.test', noor: 'noor.haddad@riverside.test', hub: 'results@riverside.test' }[person] ?? '';
      return stage.call(person, 'POST', 'messages', { from: { address: from }, subject: 'Your visit', text: 'See you on Monday.', to: [], ...message }, { 'idempotency-key': key });
    },
    async timeline(person, id) {
      return (await stage.call(person, 'GET', `messages/${id}`)).body;
    },
    async events(type, more = '') {
      await service.audit.flush();
      return (await stage.call('ben', 'GET', `audit/events?type=${type}${more}`)).body.data;
    },
    until: (person, id, statuses, ms = PATIENCE) => until(`${id} to be ${statuses.join(' or ')}`, async () => {
      const timeline = await stage.timeline(person, id);
      return timeline.recipients.every((r) => statuses.includes(r.status)) ? timeline : null;
    }, { ms }),
    mailbox: async (address) => (await ask(`mailboxes/${address}`)).messages,
    mail: (address, fits, ms = PATIENCE) => until('a mail', async () => (await stage.mailbox(address)).find((m) => fits(m.raw)), { ms }),
    newMail: (address, before, fits) => until(`a mail with ${fits.source}`, async () => (await stage.mailbox(address)).slice(before).map((m) => m.raw.replaceAll('=\r\n', '')).find((raw) => fits.test(raw))),
    opened: (address, n) => ask(`mailboxes/${address}/${n}/opened`),
    sights: () => ask('sights'),
    tlsReports: async () => (await ask('tlsreports')).reports,
    seed: () => seedRecipients(service.keys, health.published),
    async restart() {
      await service.close();
      service = await start();
    },
    async move(places) {
      await service.close();
      settings = readSettings({ ...environment, ...places }, true);
      service = await start();
    },
    async close() {
      await service.close();
      const seen = await world.inClear([...secrets]);
      const faults = options.chosen?.(seen) ?? seen;
      await world.close();
      await rm(folder, { recursive: true, force: true });
      // Of every journey, whatever it is about: nothing crossed in clear, as the mail hosts have it.
      if (faults.length > 0) throw new Error(faults.join('\n'));
    },
  };
  return stage;
}
