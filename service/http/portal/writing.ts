/** A new message to us, on a page of its own: without script; who can be written to is a list, and nobody else can be named. */
import type { Context, Hono } from 'hono';
import { html } from 'hono/html';
import { isRefusal } from '../../refusal.ts';
import type { Letter, Writing } from '../../route.ts';
import type { World } from '../../world.ts';
import type { Edge } from '../guard.ts';
import type { Markup } from '../page.ts';
import { fileForm, SAID, toSend, unkept, wordOf, words, type FileForms, type Said } from './answering.ts';
import { frame, wordsOf, type Face } from './pages.ts';
import { besides, drafting, when } from './reading.ts';

interface Way extends FileForms {
  readonly app: Hono<Edge>;
  get(tail: string, answer: (c: Context<Edge>, token: string) => Promise<Response>): void;
  face(c: Context<Edge>): Face;
  show(c: Context<Edge>, face: Face, page: Markup): Promise<Response>;
  readonly world: Pick<World, 'random'>;
  readonly timeZone: string | undefined;
}

export function writing(way: Way): void {
  const { app, get, forms, open, again, face, show, world, timeZone } = way;
  get('/write', async (c, token) => {
    const session = forms.session(c, token);
    const known = session === null ? null : await open.writing(session);
    if (known === null) return again(c, '/message');
    const own = face(c);
    return show(c, own, page({ face: own, path: `/m/${token}`, stamp: forms.stamp(c, token), key: Buffer.from(world.random(16)).toString('hex'), known, said: SAID.find((word) => c.req.query('said') === word) ?? null, timeZone }));
  });
  const back = (word: Said): string => `/write?said=${word}`;
  const form = fileForm(way, 'letter', back);
  app.post('/m/:token/letter', async (c) => {
    const brought = await form(c);
    if (brought instanceof Response) return brought;
    const { session, fields } = brought;
    const letter: Letter = { to: fields.get('to') ?? '', subject: fields.get('subject') ?? '', text: words(fields, 'text') };
    const key = toSend(brought);
    const done = key === null ? null : await open.write(session, letter, key);
    const kept = done === null || isRefusal(done) ? await open.beginLetter(session, letter) : null;
    return unkept(way, c, kept, fields) ?? again(c, back(wordOf(brought, done)));
  });
  app.all('/m/:token/letter', (c) => c.body(null, 405, { allow: 'POST' }));
}

function page({ face, path, stamp, key, known, said, timeZone }: { readonly face: Face; readonly path: string; readonly stamp: string; readonly key: string; readonly known: Writing; readonly said: Said | null; readonly timeZone: string | undefined }): Markup {
  const { write: w, answer, enter: { error }, read } = wordsOf(face.language);
  const wrong = said !== null && !['sent', 'saved', 'attached'].includes(said);
  const own: Partial<Record<Said, string>> = { sent: w.sent, saved: w.saved, empty: w.empty, attached: w.attached, files: w.files };
  const group = (department: boolean, label: string) => {
    const some = known.to.filter((t) => t.department === department);
    return some.length === 0 ? '' : html`<optgroup label="${label}">${some.map((t) => html`<option value="${t.id}" ${t.id === known.begun.to ? 'selected' : ''}>${t.name}</option>`)}</optgroup>`;
  };
  return frame(face, wrong ? `${error}: ${w.title}` : w.title, html`<div class="paper"><h1>${w.title}</h1>${said === null ? '' : html`<div class="say${wrong ? ' bad' : ''}" id="said" role="${wrong ? 'alert' : 'status'}"><p>${wrong ? html`<strong>${error}:</strong> ` : ''}${own[said] ?? answer[said]}</p></div>`}
<p class="soft">${w.lead}</p>
<form method="post" action="${path}/letter" enctype="multipart/form-data" data-drafting><input type="hidden" name="form" value="${stamp}"><input type="hidden" name="key" value="${key}">
<label for="to">${w.to}</label><select id="to" name="to">${group(true, w.departments)}${group(false, w.people)}</select>
<label for="subject">${w.subject}</label><input id="subject" name="subject" class="words" type="text" maxlength="200" autocomplete="off" value="${known.begun.subject}" ${wrong ? html`aria-invalid="true" aria-describedby="said"` : ''}>
<label for="text">${w.text}</label><textarea id="text" name="text" rows="8" maxlength="20000" ${wrong ? html`aria-invalid="true" aria-describedby="said"` : ''}>${known.begun.text}</textarea>${drafting(face.language)}
${besides(face.language, known.files, html`<h2>${w.beside}</h2>`)}
<div class="row"><button type="submit">${w.send}</button><button type="submit" class="quiet" name="attach" value="1">${answer.attach}</button><button type="submit" class="quiet" name="save" value="1">${answer.save}</button></div></form>
${known.sent.map((s) => html`<h2>${w.yours(when(face.language, s.time, timeZone))}</h2><p><strong>${s.subject}</strong></p><div class="text">${s.text}</div>`)}
<p class="row"><a class="button quiet" href="${path}/message">${read.back}</a></p></div>`, ['drafting']);
}
