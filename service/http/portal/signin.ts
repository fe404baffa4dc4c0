/**
 * The way to the recipient's own provider and back. What binds the two is one cookie of this browser, from which state, nonce and verifier are
 * derived (RFC 9700 §2.1, §4.7): nothing is kept here, and an answer that was begun elsewhere is nobody's. Only a tapped form begins it.
 */
import type { Context, Hono } from 'hono';
import { html } from 'hono/html';
import { isRefusal } from '../../refusal.ts';
import type { Edge } from '../guard.ts';
import type { Markup } from '../page.ts';
import type { Forms } from './form.ts';
import { frame, wordsOf, type Face } from './pages.ts';
import type { Door } from './passkeys.ts';

interface Way extends Door {
  readonly app: Hono<Edge>;
  face(c: Context<Edge>, token: string | null): Face;
  show(c: Context<Edge>, face: Face, page: Markup, status?: 200 | 400): Promise<Response>;
  readonly portalUrl: string;
}

/** Where providers send people back to; each its own, so that the answer of one is never taken for another's (RFC 9700 §4.4). */
const BACK = '/m/signed-in/';

export function signIns({ app, post, forms, open, again, judged, face, show, portalUrl }: Way): void {
  const backOf = (c: Context<Edge>, provider: string): string => `${forms.origin(c) ?? portalUrl}${BACK}${provider}`;
  const askedOf = (c: Context<Edge>, begun: NonNullable<ReturnType<Forms['begun']>>) => ({ state: begun.derived('state'), nonce: begun.derived('nonce'), verifier: begun.derived('verifier'), back: backOf(c, begun.provider) });

  post('/sign-in', async (c, token, form) => {
    const provider = form.get('provider') ?? '';
    const begun = forms.begin(c, token, provider);
    const url = begun === null ? null : await open.startSignIn(provider, askedOf(c, begun));
    if (url === null || isRefusal(url)) return again(c, '?unreached');
    const own = face(c, token);
    const w = wordsOf(own.language).signIn;
    // A form may not lead elsewhere (CSP 3 §6.4.1, form-action), and a redirect of it neither: this page does.
    c.header('refresh', `0; url=${url}`);
    return show(c, own, frame(own, w.leaving, html`<div class="paper"><h1>${w.leaving}</h1><p><a class="button" href="${url}" rel="noreferrer">${w.go}</a></p></div>`));
  });

  app.get(`${BACK}:provider`, async (c) => {
    const begun = c.req.method === 'HEAD' ? null : forms.begun(c);
    const state = c.req.query('state') ?? '';
    // Of another browser, another provider, or long ago: nothing is asked, nothing is told.
    if (begun === null || begun.provider !== c.req.param('provider') || !forms.alike(begun.derived('state'), state)) return back(c, null, 'stray');
    forms.ended(c);
    const code = c.req.query('code') ?? '';
    const entered = await judged(() => open.enterBySignIn(begun.token, begun.provider, { code, iss: c.req.query('iss') ?? null }, askedOf(c, begun)));
    if (isRefusal(entered)) return back(c, begun.token, entered.code === 'sign-in-other' ? 'other' : entered.code === 'sign-in-unproved' ? 'unproved' : 'failed');
    forms.keep(c, begun.token, entered.session);
    // The cookie of the session goes along only from a page of our own (RFC 6265bis §5.2): this one leads on by itself.
    c.header('refresh', `0; url=/m/${begun.token}/message`);
    const own = face(c, null);
    const w = wordsOf(own.language).signIn;
    return show(c, own, frame(own, w.done, html`<div class="paper"><h1>${w.done}</h1><p><a class="button" href="/m/${begun.token}/message">${wordsOf(own.language).enter.open}</a></p></div>`));
  });

  function back(c: Context<Edge>, token: string | null, why: 'stray' | 'other' | 'unproved' | 'failed'): Promise<Response> {
    const own = face(c, null);
    const { signIn: w, enter, ended } = wordsOf(own.language);
    return show(c, own, frame(own, `${enter.error}: ${w.title}`, html`<div class="paper"><h1>${w.title}</h1><div class="say bad" role="alert"><p><strong>${enter.error}:</strong> ${w[why]}</p></div>
${token === null ? '' : html`<p><a class="button" href="/m/${token}">${ended.again}</a></p>`}</div>`), 400);
  }
}
