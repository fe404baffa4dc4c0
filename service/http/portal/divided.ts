/**
 * A message whose key is divided: the page is given our half and sealed bytes, and opens them by itself with the half behind the link. The server
 * draws the message beforehand, while it can still be read (`draw`), and never again. Without script it cannot be opened, and the page says so.
 */
import type { Context } from 'hono';
import { html } from 'hono/html';
import { isRefusal } from '../../refusal.ts';
import type { PortalMessage } from '../../route.ts';
import type { Draw } from '../../route/divide.ts';
import type { Log } from '../../log.ts';
import { LANGUAGES, type Language } from '../../words/words.ts';
import { outgoing } from '../body.ts';
import type { Edge } from '../guard.ts';
import type { Markup } from '../page.ts';
import { frame, wordsOf, type Face } from './pages.ts';
import type { Door } from './passkeys.ts';
import { drawn, when } from './reading.ts';

export const draw: Draw = async (message) => {
  const made: Partial<Record<Language, string>> = {};
  for (const language of LANGUAGES) made[language] = String(await drawn(language, message));
  return made as Record<Language, string>;
};

/** `rest`: the answer form and what else stands below every message. */
export function dividedPage({ face, message: m, path, stamp, timeZone, rest, asked }: { readonly face: Face; readonly message: PortalMessage; readonly path: string; readonly stamp: string; readonly timeZone?: string | undefined; readonly rest: Markup; /** for the ordinary page */ readonly asked: boolean }): Markup {
  const { divided: w, enter: { error }, read } = wordsOf(face.language);
  const phone = face.organisation.phone === undefined || face.organisation.phone === '' ? null : face.organisation.phone;
  const problem = (id: string, text: string, way: Markup | '' = '') => html`<div class="say bad" id="${id}" role="alert" hidden><p><strong>${error}:</strong> ${text}</p>${way}</div>`;
  return frame(face, w.title, html`<article class="paper" id="divided" data-path="${path}" data-form="${stamp}" data-language="${face.language}" aria-busy="true"><h1 id="divided-title">${w.title}</h1><p id="divided-wait" role="status" hidden>${w.opening}</p>
<div class="say bad" id="divided-script" role="alert"><p><strong>${error}:</strong> ${w.script(face.organisation.name, phone)}</p>${asked && m.ordinary === true ? html`<p role="status">${w.asked}</p>` : m.ordinary === true ? html`<form method="post" action="${path}/ordinary"><input type="hidden" name="form" value="${stamp}"><button type="submit">${w.ask}</button></form>` : ''}</div>
${problem('divided-link', w.link)}${problem('divided-ended', wordsOf(face.language).waiting.sessionEnded, html`<p><a class="button" href="${path}">${wordsOf(face.language).ended.again}</a></p>`)}${problem('divided-failed', w.failed(face.organisation.name, phone))}<div id="divided-body"></div></article>
<p class="soft">${read.until}: ${when(face.language, m.expires, timeZone)}. ${w.what}</p>${rest}`, ['divided', 'passkey', 'drafting']);
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

export function divided({ post, get, forms, open, again, log }: Door & { readonly log: Log; get(tail: string, answer: (c: Context<Edge>, token: string) => Promise<Response>): void }): void {
  post('/halves', async (c, token, form) => {
    const session = forms.session(c, token);
    const given = session === null ? null : await open.halves(session, Buffer.from(form.get('proof') ?? '', 'base64url'));
    // 403: nothing is wrong with this browser, whoever reads must enter again.
    if (given === null || isRefusal(given)) return c.json({}, given?.code === 'half-wrong' ? 422 : given === null || given.code === 'session-ended' ? 403 : 404);
    const { message, item, half, wrapped, reading } = given as Exclude<typeof given, { readonly kind: 'refused' }>;
    return c.json({ message, item, half: base64(half), wrapped: base64(wrapped), reading: base64(reading) });
  });

  post('/ordinary', async (c, token) => {
    const session = forms.session(c, token);
    if (session !== null) await open.askOrdinary(session);
    return again(c, '/message?ordinary');
  });

  get('/sealed/:name', async (c, token) => {
    const session = forms.session(c, token);
    const name = c.req.param('name') ?? '';
    const given = session === null || !/^[0-9a-f]{64}$/.test(name) ? null : await open.sealed(session, name);
    if (given === null || isRefusal(given)) return c.body(null, session === null || given?.code === 'session-ended' ? 403 : 404);
    return new Response(outgoing(c, (given as Exclude<typeof given, { readonly kind: 'refused' }>).bytes, log), { headers: { 'content-type': 'application/octet-stream', 'content-disposition': 'attachment', 'cache-control': 'no-store' } });
  });
}
