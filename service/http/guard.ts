/**
 * What every request passes: an id, the client's address, security headers, one log line with the route's
 * pattern. Never logs a path, a body or an address. A surface that needs another policy than "nothing" sets its own.
 */
import type { HttpBindings } from '@hono/node-server';
import type { Context, MiddlewareHandler } from 'hono';
import { matchedRoutes } from 'hono/route';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { Came } from '../people/came.ts';
import type { World } from '../world.ts';
import { clientOf } from './throttle.ts';

export interface Edge {
  Bindings: Partial<HttpBindings>;
  Variables: {
    /** `req_…`, quoted in problems and log lines */
    id: string;
    /** the client's address in throttling form; never logged */
    client: string;
    /** the problem code of the answer, for the log */
    code: string;
  };
}

export const cameOf = (c: Context<Edge>): Came => ({ client: c.get('client'), agent: c.req.header('user-agent') ?? '' });

export interface GuardSettings {
  /** origin of the service, no final slash */
  readonly publicUrl: string;
  /** the portal's own origin, when it has one */
  readonly portalUrl?: string;
  /** addresses and networks of reverse proxies */
  readonly trustedProxies: readonly string[];
  /** try-out: answer only to loopback names, so that a web page elsewhere cannot reach it by rebinding its own name */
  readonly loopbackOnly?: boolean;
}

const REQUEST_ID = /^[A-Za-z0-9_-]{8,64}$/;
const LOOPBACK_NAME = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?::\d+)?$/i;
const HSTS = 'max-age=31536000; includeSubDomains';
/** For everything that is not a page: nothing may load, nothing may frame it. */
const SHUT = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

export function guard({ settings, log, metrics, world }: {
  readonly settings: GuardSettings; readonly log: Log; readonly metrics?: Metrics; readonly world: Pick<World, 'now' | 'random'>;
}): MiddlewareHandler<Edge> {
  const https = settings.publicUrl.startsWith('https:');
  const portalHost = settings.portalUrl === undefined || settings.portalUrl === settings.publicUrl ? null : new URL(settings.portalUrl).host;
  return async (c, next) => {
    const began = world.now();
    const peer = c.env?.incoming?.socket.remoteAddress ?? '127.0.0.1';
    const given = c.req.header('x-request-id');
    const behind = clientOf(peer, c.req.header('x-forwarded-for'), settings.trustedProxies);
    c.set('client', behind);
    // Only a proxy of ours may name a request; a client's own text would enter our log.
    const named = behind !== clientOf(peer, undefined, []) && given !== undefined && REQUEST_ID.test(given);
    c.set('id', named ? given : `req_${Buffer.from(world.random(12)).toString('hex')}`);

    const host = c.req.header('host') ?? '';
    const misdirected = settings.loopbackOnly === true && host !== '' && !LOOPBACK_NAME.test(host);
    const elsewhere = portalHost !== null && host === portalHost && !/^\/(?:m\/|healthz$)/.test(c.req.path);
    // RFC 9110 §15.5.20
    if (misdirected || elsewhere) c.res = new Response('Misdirected request.\n', { status: 421, headers: { 'content-type': 'text/plain; charset=utf-8' } });
    else await next();

    const headers = c.res.headers;
    headers.set('x-request-id', c.get('id'));
    headers.set('x-content-type-options', 'nosniff');
    if (!headers.has('content-security-policy')) headers.set('content-security-policy', SHUT);
    if (!headers.has('referrer-policy')) headers.set('referrer-policy', 'no-referrer');
    if (!headers.has('cache-control')) headers.set('cache-control', 'no-store');
    if (https) headers.set('strict-transport-security', HSTS);

    const route = matchedRoutes(c).map((r) => r.path).findLast((path) => !path.endsWith('*')) ?? 'unmatched';
    const ms = world.now() - began;
    const code = c.get('code') as string | undefined;
    log.info('request', { id: c.get('id'), method: c.req.method, route, status: c.res.status, ms, ...(code === undefined ? {} : { code }) });
    metrics?.request(route, c.req.method, c.res.status, ms);
  };
}
