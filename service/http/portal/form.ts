/**
 * What a browser carries: the session cookie of one pickup and the stamp that binds a form to the browser it was shown in.
 * A request from elsewhere is told by Origin and Sec-Fetch-Site; the stamp is the second wall.
 */
import { createHash } from 'node:crypto';
import type { Context } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import type { World } from '../../world.ts';
import type { Edge } from '../guard.ts';
import { alike } from '../../alike.ts';

export interface Forms {
  /** the hidden field of a form for this link; sets the browser's cookie if it has none */
  stamp(c: Context<Edge>, token: string): string;
  /** true when the posted form was shown by us, in this browser, for this link */
  ours(c: Context<Edge>, token: string, posted: string): boolean;
  /** this browser, by the cookie its forms carry */
  browser(c: Context<Edge>): string;
  session(c: Context<Edge>, token: string): string | null;
  keep(c: Context<Edge>, token: string, session: string): void;
  drop(c: Context<Edge>, token: string): void;
  /** a challenge for an authenticator, good for ten minutes in this browser and for this link; nothing is kept of it */
  challenge(c: Context<Edge>, token: string): string;
  challenged(c: Context<Edge>, token: string, challenge: string): boolean;
  /** ids of passkeys that this device keeps for us */
  passkeys(c: Context<Edge>): readonly string[];
  keepsPasskeys(c: Context<Edge>, ids: readonly string[]): void;
  /** a sign-in elsewhere, begun in this browser for this link: the cookie it comes back with; null for a word that is no provider's id */
  begin(c: Context<Edge>, token: string, provider: string): Begun | null;
  begun(c: Context<Edge>): Begun | null;
  ended(c: Context<Edge>): void;
  alike(expected: string, given: string): boolean;
  /** our origin as this browser sees it, or null when it is none of ours */
  origin(c: Context<Edge>): string | null;
  /** the language chosen in this browser */
  language(c: Context<Edge>): string | null;
  speak(c: Context<Edge>, language: string): void;
}

interface Begun {
  readonly token: string;
  readonly provider: string;
  /** 256 bits for one purpose, the same whenever asked; nobody without our key can tell it from the cookie */
  derived(purpose: 'state' | 'nonce' | 'verifier'): string;
}

export function openForms({ origins, stamp, world }: {
  /** our own: public and portal origin */
  readonly origins: readonly string[];
  /** keyed hash with a key all processes share and nobody else has */
  readonly stamp: (value: string) => string;
  readonly world: Pick<World, 'now' | 'random'>;
}): Forms {
  const secure = origins.every((origin) => origin.startsWith('https:'));
  // RFC 6265bis §4.1.3.2: bound to this host, whole path, never over plain HTTP. Plain HTTP exists on loopback only.
  const prefix = secure ? '__Host-' : '';
  const flags = { path: '/', httpOnly: true, sameSite: 'Strict', secure } as const;
  const formCookie = `${prefix}form`;
  // One cookie per link: opening a second message does not end the first.
  const pickupCookie = (token: string) => `${prefix}pickup-${createHash('sha256').update(token).digest('hex').slice(0, 12)}`;
  const languageCookie = `${prefix}${LANGUAGE}`;
  const passkeyCookie = `${prefix}passkeys`;
  const bound = (browser: string, token: string, purpose: string) => stamp(JSON.stringify([purpose, browser, token]));
  // One answer sets the cookie once, however many forms it shows.
  const named = new WeakMap<Context<Edge>, string>();
  function browserOf(c: Context<Edge>): string {
    const known = named.get(c) ?? getCookie(c, formCookie);
    if (known !== undefined && /^[0-9a-f]{32}$/.test(known)) return known;
    const browser = Buffer.from(world.random(16)).toString('hex');
    named.set(c, browser);
    // Comes along when the link is tapped in a mail once more, which Strict would forbid: the code that was asked for is this browser's. A form from elsewhere has no stamp.
    setCookie(c, formCookie, browser, { ...flags, sameSite: 'Lax' });
    return browser;
  }
  const signInCookie = `${prefix}sign-in`;
  const derived = (value: string) => (purpose: string) => createHash('sha256').update(stamp(JSON.stringify(['sign-in', purpose, value]))).digest('base64url');
  const stampOf = (browser: string, token: string) => stamp(JSON.stringify([browser, token]));

  return {
    stamp(c, token) {
      return stampOf(browserOf(c), token);
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
      return alike(stampOf(browser, token), posted);
    },
    browser: browserOf,
    challenge(c, token) {
      const nonce = `${world.now()}.${Buffer.from(world.random(16)).toString('hex')}`;
      return Buffer.from(`${nonce}.${bound(browserOf(c), token, `challenge/${nonce}`)}`).toString('base64url');
    },
    challenged(c, token, challenge) {
      const [time = '', random = '', mac = ''] = Buffer.from(challenge, 'base64url').toString().split('.');
      const age = world.now() - Number(time);
      const browser = getCookie(c, formCookie);
      return browser !== undefined && age >= 0 && age <= CHALLENGE_MS && alike(bound(browser, token, `challenge/${time}.${random}`), mac);
    },
    passkeys: (c) => (getCookie(c, passkeyCookie) ?? '').split('.').filter((id) => /^[A-Za-z0-9_-]{16,400}$/.test(id)).slice(0, PASSKEYS),
    // Wanted at the first tap on a link in a mail, like the language; it names keys that open nothing without their device.
    keepsPasskeys: (c, ids) => setCookie(c, passkeyCookie, [...new Set(ids)].slice(0, PASSKEYS).join('.'), { ...flags, sameSite: 'Lax', maxAge: ids.length === 0 ? 0 : 400 * 24 * 60 * 60 }),
    begin(c, token, provider) {
      if (!PROVIDER.test(provider)) return null;
      const value = [token, provider, world.now(), Buffer.from(world.random(32)).toString('base64url')].join('.');
      // Wanted when the provider sends the browser back, which Strict would forbid; it opens nothing by itself.
      setCookie(c, signInCookie, `${value}.${derived(value)('cookie')}`, { ...flags, sameSite: 'Lax', maxAge: CHALLENGE_MS / 1000 });
      return { token, provider, derived: derived(value) };
    },
    begun(c) {
      const [token = '', provider = '', time = '', random = '', mac = ''] = (getCookie(c, signInCookie) ?? '').split('.');
      const value = [token, provider, time, random].join('.');
      const age = world.now() - Number(time);
      return PROVIDER.test(provider) && alike(derived(value)('cookie'), mac) && age >= 0 && age <= CHALLENGE_MS ? { token, provider, derived: derived(value) } : null;
    },
    ended: (c) => setCookie(c, signInCookie, '', { ...flags, sameSite: 'Lax', maxAge: 0 }),
    alike,
    origin(c) {
      const host = c.req.header('host') ?? '';
      return origins.find((origin) => new URL(origin).host === host) ?? (!secure && LOOPBACK.test(host) ? `http://${host}` : null);
    },
    session: (c, token) => getCookie(c, pickupCookie(token)) ?? null,
    keep(c, token, session) {
      setCookie(c, pickupCookie(token), session, { ...flags, maxAge: 12 * 60 * 60 });
    },
    drop(c, token) {
      setCookie(c, pickupCookie(token), '', { ...flags, maxAge: 0 });
    },
    language: chosen,
    // No secret, and wanted at the first tap on a link in a mail too.
    speak: (c, language) => setCookie(c, languageCookie, language, { ...flags, sameSite: 'Lax', maxAge: 365 * 24 * 60 * 60 }),
  };
}

const LANGUAGE = 'lang';
/** The language chosen in this browser, attacker-controlled; also where a page has broken. */
export const chosen = (c: Context): string | null => getCookie(c, `__Host-${LANGUAGE}`) ?? getCookie(c, LANGUAGE) ?? null;

const CHALLENGE_MS = 10 * 60_000;
const PASSKEYS = 4;
const PROVIDER = /^[a-z0-9-]{1,30}$/;
const LOOPBACK = /^localhost(?::\d{1,5})?$/;

function sameHost(origin: string, host: string | undefined): boolean {
  return host !== undefined && (origin === `https://${host}` || origin === `http://${host}`);
}
