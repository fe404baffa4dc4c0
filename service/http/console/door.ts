/**
 * How a browser with a session of the console is told from one that was led here: a cookie no other site can send (RFC 6265bis §5.2, `SameSite=Strict`),
 * what the browser says of the call's origin, and for every change a token that only our own page could read.
 */
import type { Context } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import type { Person } from '../../people/people.ts';
import type { ConsoleSessions } from '../../people/session.ts';
import { refuse, type Refusal } from '../../refusal.ts';
import type { Edge } from '../guard.ts';
import { alike } from '../../alike.ts';

export interface ConsoleDoor {
  /** null: no such cookie came along */
  who(c: Context<Edge>): Promise<Person | Refusal<'session-ended' | 'token-groups' | 'forged'> | null>;
  csrf(person: Person): string;
  secret(c: Context<Edge>): string | null;
  keep(c: Context<Edge>, secret: string): void;
  drop(c: Context<Edge>): void;
  /** a value of one sign-in under way, which comes back with the browser from the issuer: lax, a quarter of an hour */
  pending(c: Context<Edge>): string | null;
  begin(c: Context<Edge>, value: string): void;
  end(c: Context<Edge>): void;
}

export function openDoor({ sessions, stamp, https }: {
  readonly sessions: ConsoleSessions; readonly stamp: (value: string) => string; readonly https: boolean;
}): ConsoleDoor {
  const prefix = https ? '__Host-' : '';
  const flags = { path: '/', httpOnly: true, secure: https } as const;
  const session = `${prefix}console`;
  const attempt = `${prefix}console-sign-in`;
  const csrf = (person: Person) => stamp(JSON.stringify(['console-csrf', person.session]));
  const held = (c: Context<Edge>, name: string) => getCookie(c, name) ?? null;

  return {
    csrf,
    async who(c) {
      const secret = held(c, session);
      if (secret === null || secret === '') return null;
      const changes = c.req.method !== 'GET' && c.req.method !== 'HEAD';
      const site = c.req.header('sec-fetch-site') ?? 'same-origin';
      if (site !== 'same-origin' && (changes || site !== 'none')) return refuse('forged');
      const person = await sessions.who(secret);
      if ('kind' in person || !changes) return person;
      return alike(c.req.header('x-csrf-token') ?? '', csrf(person)) ? person : refuse('forged');
    },
    secret: (c) => held(c, session),
    keep: (c, secret) => setCookie(c, session, secret, { ...flags, sameSite: 'Strict' }),
    drop: (c) => setCookie(c, session, '', { ...flags, sameSite: 'Strict', maxAge: 0 }),
    pending: (c) => held(c, attempt),
    begin: (c, value) => setCookie(c, attempt, value, { ...flags, sameSite: 'Lax', maxAge: 15 * 60 }),
    end: (c) => setCookie(c, attempt, '', { ...flags, sameSite: 'Lax', maxAge: 0 }),
  };
}
