/** What the addressed person prefers, on a page of its own: without script, one form for each thing. */
import type { Context } from 'hono';
import { html } from 'hono/html';
import { isRefusal } from '../../refusal.ts';
import type { Preferences, Wanted } from '../../route.ts';
import { TOPICS } from '../../../shared/plan/capability.ts';
import { LANGUAGES, languageNamed, WORDS, type Language } from '../../words/words.ts';
import type { Edge } from '../guard.ts';
import type { Markup } from '../page.ts';
import { frame, wordsOf, type Face } from './pages.ts';
import type { Door } from './passkeys.ts';
import { when } from './reading.ts';

interface Way extends Door {
  get(tail: string, answer: (c: Context<Edge>, token: string) => Promise<Response>): void;
  face(c: Context<Edge>): Face;
  show(c: Context<Edge>, face: Face, page: Markup): Promise<Response>;
}

const SAID = ['changed', 'weak', 'phone', 'key', 'plain'] as const;
type Said = (typeof SAID)[number];
const WAYS = ['', 'portal', 'smime', 'pgp'] as const;

export function preferences({ get, post, forms, open, again, face, show }: Way): void {
  get('/preferences', async (c, token) => {
    const session = forms.session(c, token);
    const known = session === null ? null : await open.preferences(session);
    if (known === null) return again(c, '/message');
    const own = face(c);
    return show(c, own, page({ face: own, path: `/m/${token}`, stamp: forms.stamp(c, token), known, said: SAID.find((word) => c.req.query('said') === word) ?? null }));
  });
  post('/prefer', async (c, token, form) => {
    const session = forms.session(c, token);
    if (session === null) return again(c, '?again');
    const wanted = wantedOf(form, face(c).language);
    const done = wanted === null ? null : await open.prefer(session, wanted);
    if (done !== null && isRefusal(done) && done.code === 'session-ended') return again(c, '?again');
    return again(c, `/preferences?said=${done === null ? 'changed' : isRefusal(done) ? done.code.replace('preference-', '') : 'changed'}`);
  });
}

function wantedOf(form: URLSearchParams, shown: Language): Wanted | null {
  if (form.get('plain') !== null) return form.get('plain') === 'off' ? { topics: [], read: '', shown } : { topics: TOPICS.filter((t) => form.getAll('topic').includes(t)), read: form.get('read') || 'unread', shown: languageNamed(form.get('shown') ?? undefined) ?? shown };
  const [language, phone, way, key] = [form.get('language'), form.get('phone'), form.get('way'), form.get('key')];
  const named = languageNamed(language ?? undefined);
  if (named !== null) return { language: named };
  if (phone !== null) return { phone: phone.trim() === '' ? null : phone };
  if (way !== null && (WAYS as readonly string[]).includes(way)) return { prefers: way === '' ? null : (way as Exclude<(typeof WAYS)[number], ''>) };
  return key === null ? null : { key };
}

function page({ face, path, stamp, known, said }: { readonly face: Face; readonly path: string; readonly stamp: string; readonly known: Preferences; readonly said: Said | null }): Markup {
  const { prefer: w, plain, enter: { error }, read } = wordsOf(face.language);
  const wrong = said !== null && said !== 'changed';
  const form = (fields: Markup) => html`<form method="post" action="${path}/prefer"><input type="hidden" name="form" value="${stamp}">${fields}<button type="submit" class="quiet">${w.save}</button></form>`;
  const option = (value: string, chosen: boolean, text: string, lang?: string) => html`<option value="${value}" ${chosen ? 'selected' : ''} ${lang === undefined ? '' : html`lang="${lang}"`}>${text}</option>`;
  const ways = [...WAYS.slice(0, 2), ...known.keys.map(({ kind }) => kind)];
  return frame(face, wrong ? `${error}: ${w.title}` : w.title, html`<div class="paper"><h1>${w.title}</h1>${said === null ? '' : html`<div class="say${wrong ? ' bad' : ''}" id="said" role="${wrong ? 'alert' : 'status'}"><p>${wrong ? html`<strong>${error}:</strong> ` : ''}${w.said[said]}</p></div>`}
<p class="soft">${w.lead(known.address)}</p>
<h2>${w.language}</h2>${form(html`<label for="language">${w.languageField}</label><select id="language" name="language">${LANGUAGES.map((l) => option(l, l === (known.language ?? face.language), WORDS[l].portal.prefer.name, l))}</select>`)}
<h2>${w.way}</h2>${form(html`<label for="way">${w.wayField}</label><select id="way" name="way">${ways.map((v) => option(v, v === (known.prefers ?? ''), w.ways[v]))}</select>`)}
${known.keys.map(({ kind, confirmed }) => html`<p class="soft">${w.onFile(kind === 'pgp' ? 'OpenPGP' : 'S/MIME', confirmed)}</p>`)}
${known.sure ? html`${known.texts ? html`<h2>${w.phone}</h2><p class="soft">${known.phoneEnds === null ? w.noPhone : w.phoneEnds(known.phoneEnds)}</p>${form(html`<label for="phone">${w.phoneField}</label><input id="phone" name="phone" class="words" type="tel" autocomplete="tel" maxlength="24" ${said === 'phone' ? html`aria-invalid="true" aria-describedby="said"` : ''}>`)}` : ''}
<h2>${w.key}</h2><p class="soft" id="keyhint">${w.keyHint}</p>${form(html`<label for="key">${w.keyField}</label><textarea id="key" name="key" rows="5" maxlength="100000" spellcheck="false" autocomplete="off" ${said === 'key' ? html`aria-invalid="true" aria-describedby="said keyhint"` : html`aria-describedby="keyhint"`}></textarea>`)}` : html`<p>${w.more}</p>`}
<h2>${plain.title}</h2>${known.plain.topics.length === 0 ? html`<p class="soft">${plain.none}</p>` : html`<p>${plain.now(known.plain.topics.map((t) => plain.topics[t]).join(', '), known.plain.since === null ? '' : when(face.language, known.plain.since, undefined))}</p><form method="post" action="${path}/prefer"><input type="hidden" name="form" value="${stamp}"><input type="hidden" name="plain" value="off"><button type="submit">${plain.revoke}</button></form>`}
${known.sure ? html`<div class="say" id="warning"><p>${known.plain.warning(face.language)}</p></div>${form(html`<input type="hidden" name="plain" value="on"><input type="hidden" name="shown" value="${face.language}">${TOPICS.map((t) => html`<label class="check"><input type="checkbox" name="topic" value="${t}" ${known.plain.topics.includes(t) ? 'checked' : ''}> ${plain.topics[t]}</label>`)}<label class="check"><input type="checkbox" name="read" value="${known.plain.version}" required aria-describedby="warning"> ${plain.read}</label>`)}` : ''}
<p class="row"><a class="button quiet" href="${path}/message">${read.back}</a></p></div>`);
}

