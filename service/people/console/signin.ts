/**
 * The console's sign-in: authorization code with PKCE (RFC 6749 §4.1, RFC 7636, RFC 9700 §2.1.1) between the service and the issuer. The access token
 * that comes back is judged like any other caller's and then dropped; the browser never sees it. What belongs to one attempt lies in the browser that began it.
 */
import { createHash } from 'node:crypto';
import * as z from 'zod/mini';
import { Fault, isRefusal, refuse, type Refusal } from '../../refusal.ts';
import type { World } from '../../world.ts';
import { discovered } from '../token/keyring.ts';
import type { People, Person, TokenRefusal } from '../people.ts';
import type { StepUp } from '../stepup.ts';
import { alike } from '../../alike.ts';

interface SignInSettings {
  readonly issuer: string;
  readonly clientId: string;
  /** of a confidential client; without it the issuer must know the client as public */
  readonly clientSecret?: string;
  /** space-separated */
  readonly scope: string;
  /** the browser comes back to `/console/signed-in` there */
  readonly publicUrl: string;
  readonly lab?: boolean;
}

/** One attempt, kept in a cookie of the browser that began it. */
interface Attempt { readonly state: string; readonly verifier: string; readonly began: number; readonly redirect: string }
type SignInRefusal = Refusal<'sign-in-cancelled' | 'sign-in-stale' | 'issuer-unreachable'>;
export type SignIn = ReturnType<typeof openSignIn>;

const ATTEMPT_MS = 15 * 60_000;
const Tokens = z.object({ access_token: z.string(), token_type: z.string().check(z.regex(/^bearer$/i)) });

export function openSignIn({ settings, people, stepUp, world }: {
  readonly settings: SignInSettings; readonly people: People; readonly stepUp: Pick<StepUp, 'ask'>; readonly world: Pick<World, 'now' | 'random' | 'fetch'>;
}) {
  const word = (bytes: number) => Buffer.from(world.random(bytes)).toString('base64url');
  const found = () => discovered(settings, world);

  return {
    /** `origin`: ours as the browser sees it, where that is not settled (loopback). `how`: `again` asks for the person even if the issuer remembers one; `step-up` for a fresh, strong sign-in */
    async begin(how: 'plain' | 'again' | 'step-up', origin = settings.publicUrl): Promise<{ readonly url: string; readonly attempt: Attempt }> {
      const { authorize } = await found();
      const attempt = { state: word(24), verifier: word(48), began: world.now(), redirect: `${origin}/console/signed-in` };
      const url = new URL(authorize);
      for (const [name, value] of Object.entries({
        response_type: 'code', client_id: settings.clientId, redirect_uri: attempt.redirect, scope: settings.scope, state: attempt.state,
        code_challenge: createHash('sha256').update(attempt.verifier).digest('base64url'), code_challenge_method: 'S256',
        ...(how === 'again' ? { prompt: 'login' } : how === 'step-up' ? stepUp.ask : {}),
      })) url.searchParams.set(name, value);
      return { url: url.href, attempt };
    },

    /** what came back with the browser; attacker-controlled */
    async finish({ code, state }: { readonly code: string | undefined; readonly state: string | undefined }, attempt: Attempt | null): Promise<Person | TokenRefusal | SignInRefusal> {
      if (attempt === null || state === undefined || !alike(state, attempt.state) || world.now() - attempt.began > ATTEMPT_MS) return refuse('sign-in-stale');
      if (code === undefined || code.length > 4096) return refuse('sign-in-cancelled');
      const { token } = await found();
      const form = new URLSearchParams({ grant_type: 'authorization_code', code, redirect_uri: attempt.redirect, code_verifier: attempt.verifier, client_id: settings.clientId, ...(settings.clientSecret === undefined ? {} : { client_secret: settings.clientSecret }) });
      const answer = await world.fetch(token, {
        method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' }, body: Buffer.from(form.toString()), maxBytes: 256 * 1024, timeout: 10_000, redirects: 0, ...(settings.lab ? { plain: true } : {}),
      }).catch((cause: unknown) => { if (cause instanceof Fault) return null; throw cause; });
      if (answer === null || answer.status >= 500) return refuse('issuer-unreachable');
      // A code that was used, is old, or belongs to another attempt.
      const tokens = answer.status === 200 ? Tokens.safeParse(parsed(answer.body)) : null;
      if (tokens === null || !tokens.success) return refuse('sign-in-stale');
      const person = await people.who(`Bearer ${tokens.data.access_token}`);
      return isRefusal(person) && person.code === 'issuer-unreachable' ? refuse('issuer-unreachable') : person;
    },
  };
}

function parsed(body: Uint8Array): unknown {
  try { return JSON.parse(new TextDecoder().decode(body)); } catch { return null; }
}
