/**
 * What a browser carries: the session cookie of one pickup and the stamp that binds a form to the browser it was shown in.
 * A request from elsewhere is told by Origin and Sec-Fetch-Site; the stamp is the second wall.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Context } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import type { World } from '../../world.ts';
import type { Edge } from '../guard.ts';

export interface Forms {
  /** the hidden field of a form for this link; sets the browser's cookie if it has none */
  stamp(c: Context<Edge>, token: string): string;
  /** true when the posted form was shown by us, in this browser, for this link */
  ours(c: Context<Edge>, token: string, posted: string): boolean;
  session(c: Context<Edge>, token: string): string | null;
  keep(c: Context<Edge>, token: string, session: string): void;
  drop(c: Context<Edge>, token: string): void;
  /** the language chosen in this browser */
  language(c: Context<Edge>): string | null;
  speak(c: Context<Edge>, language: string): void;
}

export function openForms({ origins, stamp, world }: {
  /** our own: public and portal origin */
  readonly origins: readonly string[];
  /** keyed hash with a key all processes share and nobody else has */
  readonly stamp: (value: string) => string;
  readonly world: Pick<World, 'random'>;
}): Forms {
  const secure = origins.every((origin) => origin.startsWith('https:'));
  // RFC 6265bis §4.1.3.2: bound to this host, whole path, never over plain HTTP. Plain HTTP exists on loopback only.
  const prefix = secure ? '__Host-' : '';
  const flags = { path: '/', httpOnly: true, sameSite: 'Strict', secure } as const;
  const formCookie = `${prefix}form`;
  // One cookie per link: opening a second message does not end the first.
  const pickupCookie = (token: string) => `${prefix}pickup-${createHash('sha256').update(token).digest('hex').slice(0, 12)}`;
  const languageCookie = `${prefix}lang`;
  const stampOf = (browser: string, token: string) => stamp(JSON.stringify([browser, token]));

  return {
    stamp(c, token) {
      let browser = getCookie(c, formCookie);
      if (browser === undefined || !/^[0-9a-f]{32}$/.test(browser)) {
        browser = Buffer.from(world.random(16)).toString('hex');
        setCookie(c, formCookie, browser, flags);
      }
      return stampOf(browser, token);
    },
    ours(c, token, posted) {
      const origin = c.req.header('origin');
      if (origin !== undefined && origin !== 'null') {
        if (!origins.includes(origin) && !sameHost(origin, c.req.header('host'))) return false;
      }
      // With Referrer-Policy no-referrer, browsers send `Origin: null` even to ourselves (Fetch §3.2); then Sec-Fetch-Site decides.
      const site = c.req.header('sec-fetch-site');
      if (site !== undefined && site !== 'same-origin') return false;
      const browser = getCookie(c, formCookie);
      if (browser === undefined) return false;
      const expected = createHash('sha256').update(stampOf(browser, token)).digest();
      return timingSafeEqual(expected, createHash('sha256').update(posted).digest());
    },
    session: (c, token) => getCookie(c, pickupCookie(token)) ?? null,
    keep(c, token, session) {
      setCookie(c, pickupCookie(token), session, { ...flags, maxAge: 12 * 60 * 60 });
    },
    drop(c, token) {
      setCookie(c, pickupCookie(token), '', { ...flags, maxAge: 0 });
    },
    language: (c) => getCookie(c, languageCookie) ?? null,
    // No secret, and wanted at the first tap on a link in a mail too.
    speak: (c, language) => setCookie(c, languageCookie, language, { ...flags, sameSite: 'Lax', maxAge: 365 * 24 * 60 * 60 }),
  };
}

function sameHost(origin: string, host: string | undefined): boolean {
  return host !== undefined && (origin === `https://${host}` || origin === `http://${host}`);
}
