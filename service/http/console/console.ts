/**
 * The console's pages and its sign-in. Every address below `/console` without a file's ending is the one page, whose script reads the address; what it
 * shows comes from the API alone. The session is kept on our side, the content policy is strict, nothing comes from elsewhere.
 */
import type { Context, Hono } from 'hono';
import * as z from 'zod/mini';
import type { ConsoleSession } from '../../../shared/wire/console.ts';
import type { Log } from '../../log.ts';
import type { SignIn } from '../../people/console/signin.ts';
import type { ConsoleSessions } from '../../people/session.ts';
import type { StepUp } from '../../people/stepup.ts';
import { Fault, isRefusal, refuse } from '../../refusal.ts';
import { cameOf, type Edge } from '../guard.ts';
import { problem } from '../problem.ts';
import { openFiles } from '../static.ts';
import type { Throttle } from '../throttle.ts';
import type { ConsoleDoor } from './door.ts';

export interface ConsoleRooms {
  readonly signIn: SignIn;
  readonly sessions: ConsoleSessions;
}

/** `sha256-47DEQ…` is the empty style that Griffel fills by script. */
const POLICY = [
  "default-src 'none'", "script-src 'self'", "style-src 'self' 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='", "img-src 'self' data:", "font-src 'self'", "connect-src 'self'",
  "frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'",
].join('; ');
/** Only places of our own: an open redirect would lend our name to others. */
const PLACE = /^\/console(?:\/[a-z0-9_.~/-]*)?(?:\?[A-Za-z0-9_.~=&%-]*)?$/;
const FAILED: { readonly [code: string]: 'cancelled' | 'stale' | 'unreachable' | 'guest' | 'groups' } = { 'sign-in-cancelled': 'cancelled', 'sign-in-stale': 'stale', 'issuer-unreachable': 'unreachable', 'token-guest': 'guest', 'token-groups': 'groups' };
const Pending = z.object({ state: z.string(), verifier: z.string(), began: z.number(), redirect: z.string(), to: z.string().check(z.regex(PLACE)) });

export function console_(app: Hono<Edge>, { folder, organisation, loopback, door, rooms, stepUp, throttle, log }: {
  readonly folder: string; readonly organisation: string; /** the try-out: reached by more than one name */ readonly loopback: boolean; readonly door: ConsoleDoor; readonly rooms: ConsoleRooms;
  readonly stepUp: Pick<StepUp, 'lacks'>; readonly throttle: Throttle; readonly log: Log;
}): void {
  const { signIn, sessions } = rooms;
  const file = openFiles(folder, POLICY);
  const failed = (c: Context<Edge>, code: 'cancelled' | 'stale' | 'refused' | 'guest' | 'groups' | 'unreachable' | 'too-many') => c.redirect(`/console/sign-in-failed?code=${code}`, 303);

  app.get('/console/sign-in', async (c) => {
    if (throttle.take(c.get('client')) > 0) return failed(c, 'too-many');
    const to = c.req.query('to') ?? '/console';
    const how = c.req.query('how');
    try {
      const { url, attempt } = await signIn.begin(how === 'step-up' || how === 'again' ? how : 'plain', loopback ? `http://${c.req.header('host') ?? ''}` : undefined);
      door.begin(c, Buffer.from(JSON.stringify({ ...attempt, to: PLACE.test(to) ? to : '/console' })).toString('base64url'));
      return c.redirect(url, 303);
    } catch (cause) {
      if (!(cause instanceof Fault)) throw cause;
      log.info('sign-in-refused', { id: c.get('id'), code: 'issuer-unreachable' });
      return failed(c, 'unreachable');
    }
  });

  app.get('/console/signed-in', async (c) => {
    if (throttle.take(c.get('client')) > 0) return failed(c, 'too-many');
    const attempt = pendingOf(door.pending(c));
    door.end(c);
    const person = await signIn.finish({ code: c.req.query('code'), state: c.req.query('state') }, attempt);
    const entered = isRefusal(person) ? person : await sessions.enter(person, door.secret(c), cameOf(c));
    if (isRefusal(entered)) {
      log.info('sign-in-refused', { id: c.get('id'), code: entered.code });
      return failed(c, FAILED[entered.code] ?? 'refused');
    }
    door.keep(c, entered.secret);
    return c.redirect(attempt?.to ?? '/console', 303);
  });

  app.get('/console/session', async (c) => {
    const person = await door.who(c);
    if (person === null || isRefusal(person)) {
      if (person !== null) door.drop(c);
      return problem(c, refuse('unauthenticated'));
    }
    return c.json({ person: { id: person.id, name: person.name, roles: [...person.roles] }, organisation, csrf: door.csrf(person), steppedUp: stepUp.lacks(person) === null } satisfies ConsoleSession);
  });

  app.post('/console/sign-out', async (c) => {
    const person = await door.who(c);
    if (isRefusal(person) && person.code === 'forged') return problem(c, refuse('forbidden'));
    const secret = door.secret(c);
    if (secret !== null) await sessions.leave(secret);
    door.drop(c);
    return c.body(null, 204);
  });

  app.get('/console/assets/:name', async (c) => (await file(c, c.req.param('name'))) ?? c.notFound());
  app.get('/console/', (c) => c.redirect('/console', 301));
  for (const path of ['/console', '/console/:place{.+}']) {
    app.get(path, async (c) => (PLACE.test(c.req.path) ? await file(c, 'index.html') : null) ?? c.notFound());
  }
}

function pendingOf(cookie: string | null): z.infer<typeof Pending> | null {
  if (cookie === null) return null;
  try {
    return Pending.safeParse(JSON.parse(Buffer.from(cookie, 'base64url').toString())).data ?? null;
  } catch {
    return null;
  }
}
