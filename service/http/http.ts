/**
 * The edge: the only room that speaks HTTP. Puts guard, wire, portal, add-in files, docs and health on one app and serves it.
 * Never decides, never keeps; a fault from any room ends here as a constant answer and one log line.
 */
import { createServer as createPlain } from 'node:http';
import { createServer as createTls, type Server as TlsServer } from 'node:https';
import { createAdaptorServer } from '@hono/node-server';
import { Hono, type Context } from 'hono';
import { html } from 'hono/html';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { People } from '../people/people.ts';
import { Fault, refuse } from '../refusal.ts';
import type { Report } from '../report.ts';
import type { Accept, Open } from '../route.ts';
import type { World } from '../world.ts';
import { addin, type AddinSettings } from './addin.ts';
import { api, BASE, type Desk } from './api/api.ts';
import { docs } from './api/docs.ts';
import { console_, type ConsoleRooms } from './console/console.ts';
import { openDoor } from './console/door.ts';
import { openapi } from './api/openapi.ts';
import { guard, type Edge, type GuardSettings } from './guard.ts';
import { PAGE_POLICY, sheet, type Markup } from './page.ts';
import { scim } from './scim/scim.ts';
import type { Directory } from '../people/directory.ts';
import { chosen } from './portal/form.ts';
import { portal, type PortalSettings } from './portal/portal.ts';
import { problem } from './problem.ts';
import { isLoopback, openThrottle, type Rate } from './throttle.ts';
import { languageAsked, languageNamed, WORDS, type Language } from '../words/words.ts';
import { wellKnown } from './wellknown.ts';

export type { Edge } from './guard.ts';

export interface HttpSettings extends GuardSettings, PortalSettings {
  readonly addin: AddinSettings;
  /** the build's folder, `dist/console` */
  readonly consoleFolder?: string;
  /** defaults: 50 a second and 200 at once per person; 20 and 200 per client address that shows no valid token */
  readonly rates?: { readonly person?: Rate; readonly client?: Rate; readonly recipient?: Rate };
  /** bearer token for `/metrics`; without it only loopback may ask */
  readonly metricsToken?: string;
  /** further links of the start page, such as the lab */
  readonly links?: readonly { readonly href: string; readonly text: string }[];
}

export interface Rooms {
  readonly accept: Accept;
  readonly rules: Desk['rules'];
  readonly open: Open;
  readonly report: Report;
  readonly audit: Desk['audit'];
  readonly compliance: Desk['compliance'];
  readonly keyring: Desk['keyring'];
  readonly certify: Desk['certify'];
  readonly archive: Desk['archive'];
  readonly choices: Desk['choices'];
  readonly known: Desk['known'];
  readonly suppression: Desk['suppression'];
  readonly alerts: Desk['alerts'];
  readonly falsePositives: Desk['falsePositives'];
  /** absent: no directory */
  readonly scim?: { readonly directory: Directory; readonly token: string | undefined; readonly refused: () => void };
  readonly policy: Desk['policy'];
  readonly steer: Desk['steer'];
  readonly doctor: Desk['doctor'];
  readonly approval: Desk['approval'];
  readonly approve: Desk['approve'];
  readonly tally: Desk['tally'];
  readonly overview: Desk['overview'];
  readonly people: People;
  readonly staff: Desk['staff'];
  readonly stepUp: Desk['stepUp'];
  /** absent: no console */
  readonly console?: ConsoleRooms;
  /** our own key, as a web key directory of our own domains serves it */
  readonly onTheWeb: (domain: string, hash: string, local: string | undefined) => Promise<Uint8Array | null>;
  readonly list: (authority: string) => Promise<Uint8Array | null>;
  readonly settings: HttpSettings;
  /** `codes`: why not, from a closed list */
  readonly ready: () => { readonly ok: boolean; readonly codes: readonly string[] };
  /** false when only a new process can mend it, such as a store whose write or sync failed */
  readonly alive?: () => boolean;
  /** keyed hash for the portal's forms, the same in every process: `(value) => vault.index('portal-form', value)` */
  readonly stamp: (value: string) => string;
  readonly log: Log;
  readonly metrics?: Metrics;
  readonly world: Pick<World, 'now' | 'random'>;
  readonly narrowed?: Desk['narrowed'];
  readonly called?: Desk['called'];
  readonly denied?: Desk['denied'];
  /** mounts what is not ours, such as the lab, before the final 404 */
  readonly extra?: (app: Hono<Edge>) => void;
}

export function openHttp(rooms: Rooms): { readonly app: Hono<Edge> } {
  const { settings, log, metrics, world } = rooms;
  const app = new Hono<Edge>();
  const perPerson = openThrottle(settings.rates?.person ?? { rate: 50, burst: 200 }, world);
  const perClient = openThrottle(settings.rates?.client ?? { rate: 20, burst: 200 }, world);
  // Each change of what is kept of somebody tells their mailbox.
  const perRecipient = openThrottle(settings.rates?.recipient ?? { rate: 20 / 3600, burst: 20 }, world);

  app.use('*', guard({ settings, log, world, ...(metrics === undefined ? {} : { metrics }) }));

  app.onError((error, c) => {
    // The client went away under way: nobody to answer, nothing broken.
    const incoming = c.env?.incoming;
    if (incoming !== undefined && incoming.destroyed && !incoming.complete) return c.body(null, 400);
    log.broken('fault', error, { id: c.get('id') });
    const waits = error instanceof Fault && error.code === 'not-ready';
    const language = languageOf(c);
    const { title, text } = WORDS[language].portal.ended.broken;
    return wantsPage(c) ? page(c, waits ? 503 : 500, title, text, language) : problem(c, refuse(waits ? 'not-ready' : 'fault'));
  });
  app.notFound((c) => {
    // What a mail program has left of a link.
    const language = languageOf(c);
    const { title, text } = WORDS[language].portal.ended.incomplete;
    if (wantsPage(c) && /^\/m(?:\/|$)/.test(c.req.path)) return page(c, 404, title, text, language);
    return wantsPage(c) ? page(c, 404, 'There is nothing here', 'Please check the address.') : problem(c, refuse('not-found'));
  });

  // Liveness says only that the process answers; readiness, that a message would be accepted.
  app.get('/healthz', (c) => (rooms.alive?.() === false ? c.json({ status: 'restart' }, 503) : c.json({ status: 'ok' })));
  app.get('/readyz', (c) => {
    const { ok, codes } = rooms.ready();
    return c.json({ status: ok ? 'ready' : 'not-ready', codes }, ok ? 200 : 503);
  });
  app.get('/metrics', async (c) => {
    if (metrics === undefined || !mayMeasure(c)) return c.notFound();
    return c.body(await metrics.text(), 200, { 'content-type': metrics.contentType });
  });

  app.get('/openapi.json', (c) => c.json(openapi(settings) as never, 200, { 'cache-control': 'no-cache' }));
  app.get('/docs', (c) => sendPage(c, docs(settings)));
  app.get('/', (c) => sendPage(c, start()));

  const door = rooms.console && openDoor({ sessions: rooms.console.sessions, stamp: rooms.stamp, https: settings.publicUrl.startsWith('https:') });
  api(app, { ...rooms, door, perPerson, perClient, perRecipient });
  if (rooms.console && door) console_(app, { folder: settings.consoleFolder ?? '', organisation: settings.organisation.name, loopback: settings.loopbackOnly === true, door, rooms: rooms.console, stepUp: rooms.stepUp, throttle: perClient, log });
  if (rooms.scim) scim(app, { ...rooms.scim, throttle: perClient });
  portal(app, { open: rooms.open, settings, stamp: rooms.stamp, throttle: perClient, log, world });
  wellKnown(app, { find: rooms.onTheWeb, list: rooms.list, throttle: perClient });
  addin(app, { settings: settings.addin, publicUrl: settings.publicUrl });
  rooms.extra?.(app);
  return { app };

  function mayMeasure(c: Context<Edge>): boolean {
    if (settings.metricsToken !== undefined) return c.req.header('authorization') === `Bearer ${settings.metricsToken}`;
    const peer = c.env?.incoming?.socket.remoteAddress ?? '';
    return isLoopback(peer) && c.req.header('x-forwarded-for') === undefined;
  }

  function start(): Markup {
    const links = [
      ...(settings.links ?? []),
      { href: '/addin/taskpane.html', text: 'The pane (opens inside Outlook)' },
      { href: '/addin/manifest.xml', text: 'Manifest for Outlook' },
      ...(rooms.console ? [{ href: '/console', text: 'The console, for administrators and compliance staff' }] : []),
      { href: '/docs', text: 'API for other systems' },
    ];
    return sheet({
      title: 'Send Secure', name: `Send Secure · ${settings.organisation.name}`,
      main: html`<div class="paper"><h1>Send Secure</h1><p>Mail with health information, protected for each recipient, delivered and accounted for.</p>
<ul class="files">${links.map(({ href, text }) => html`<li><a href="${href}">${text}</a></li>`)}</ul></div>`,
    });
  }

  function page(c: Context<Edge>, status: 404 | 500 | 503, title: string, text: string, lang: Language = 'en'): Promise<Response> {
    const said = sheet({ title, lang, name: settings.organisation.name, main: html`<div class="paper"><h1>${title}</h1><p>${text}</p><p class="soft">${c.get('id')}</p></div>` });
    return sendPage(c, said, status);
  }
}

async function sendPage(c: Context<Edge>, markup: Markup, status: 200 | 404 | 500 | 503 = 200): Promise<Response> {
  return c.body(String(await markup), status, { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': PAGE_POLICY });
}

/** As the portal's pages do. */
const languageOf = (c: Context<Edge>): Language => languageNamed(c.req.query('lang')) ?? languageNamed(chosen(c) ?? undefined) ?? languageNamed(c.req.query('in')) ?? languageAsked(c.req.header('accept-language'));

/** Programs get problems, browsers get pages. */
function wantsPage(c: Context<Edge>): boolean {
  return !c.req.path.startsWith(BASE) && (c.req.header('accept') ?? '').includes('text/html');
}

interface Pem {
  readonly cert: string | Uint8Array;
  readonly key: string | Uint8Array;
}

export interface Listening {
  readonly port: number;
  readonly url: string;
  /** a renewed certificate for new connections; nothing is interrupted. Throws, and changes nothing, where key and certificate do not belong together. */
  renew(tls: Pem): void;
  /** no new connections; running requests may end within `grace` ms, then the rest is cut */
  stop(grace?: number): Promise<void>;
}

// NIST SP 800-52r2 §3.1
const secured = ({ cert, key }: Pem) => ({ cert: Buffer.from(cert), key: Buffer.from(key), minVersion: 'TLSv1.2' }) as const;

export async function listen({ app, host, port, tls }: {
  readonly app: Hono<Edge>; readonly host: string; readonly port: number; readonly tls?: Pem;
}): Promise<Listening> {
  const limits = {
    // Slow clients may take five minutes for a 25 MB part, not for saying what they want.
    headersTimeout: 15_000, requestTimeout: 300_000, keepAliveTimeout: 65_000, maxHeaderSize: 16 * 1024,
  };
  const server = createAdaptorServer(tls === undefined
    ? { fetch: app.fetch, createServer: createPlain, serverOptions: limits }
    : { fetch: app.fetch, createServer: createTls, serverOptions: { ...limits, ...secured(tls) } }) as ReturnType<typeof createPlain>;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => { server.off('error', reject); resolve(); });
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Fault('no-address', 'The server has no port.');
  const name = host.includes(':') ? `[${host}]` : host;
  return {
    port: address.port,
    url: `${tls === undefined ? 'http' : 'https'}://${name}:${address.port}`,
    renew(pem) {
      if ('setSecureContext' in server) (server as unknown as TlsServer).setSecureContext(secured(pem));
    },
    stop(grace = 10_000) {
      return new Promise((resolve) => {
        const timer = setTimeout(() => server.closeAllConnections(), grace);
        server.close(() => { clearTimeout(timer); resolve(); });
        server.closeIdleConnections();
      });
    },
  };
}
