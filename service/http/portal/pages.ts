/** The pages around a message: waiting, code, ended. No value from the link or the form is ever repeated on them. */
import { html } from 'hono/html';
import type { PickupLook } from '../../route.ts';
import { sheet, type Markup } from '../page.ts';
import { WORDS } from './words.ts';

export interface Organisation {
  readonly name: string;
  readonly phone?: string;
}

export function frame(organisation: Organisation, title: string, main: Markup): Markup {
  return sheet({ title: `${title} · ${organisation.name}`, name: organisation.name, lang: WORDS.lang, main, foot: WORDS.foot(organisation.name, phoneOf(organisation)) });
}

/** An empty setting is no number to call. */
const phoneOf = ({ phone }: Organisation): string | null => (phone === undefined || phone === '' ? null : phone);

const say = (text: string, bad = false) => html`<div class="say${bad ? ' bad' : ''}" role="${bad ? 'alert' : 'status'}"><p>${bad ? html`<strong>${WORDS.enter.error}:</strong> ` : ''}${text}</p></div>`;

function codeForm(path: string, stamp: string, wrong: boolean): Markup {
  return html`<form method="post" action="${path}/enter" autocomplete="off"><input type="hidden" name="form" value="${stamp}">
<label for="code">${WORDS.enter.field}</label>
<input id="code" name="code" type="text" inputmode="numeric" autocomplete="one-time-code" pattern="[0-9 \\-]{6,12}" maxlength="12" required ${wrong ? html`aria-invalid="true" aria-describedby="said"` : ''}>
<button type="submit">${WORDS.enter.open}</button></form>`;
}

function sendForm(path: string, stamp: string, label: string, quiet: boolean): Markup {
  return html`<form method="post" action="${path}/code"><input type="hidden" name="form" value="${stamp}"><button type="submit" class="${quiet ? 'quiet' : ''}">${label}</button></form>`;
}

export function waiting({ organisation, look, path, stamp, note }: {
  readonly organisation: Organisation; readonly look: PickupLook; readonly path: string; readonly stamp: string; readonly note: string | null;
}): Markup {
  const w = WORDS.waiting;
  const byMail = look.ways.includes('mail-code');
  const spoken = look.ways.includes('spoken-code');
  return frame(organisation, w.title, html`<div class="paper">${note === null ? '' : say(note)}<h1>${w.title}</h1><p>${w.lead(organisation.name)}</p>
${byMail ? html`<p class="soft">${w.sendHint}</p>${sendForm(path, stamp, w.send, false)}` : ''}
${byMail && spoken ? html`<p class="row"><a class="button quiet" href="${path}/enter">${w.phone}</a></p>` : ''}
${!byMail && spoken ? html`<p>${w.spokenLead(phoneOf(organisation))}</p>${codeForm(path, stamp, false)}` : ''}
</div><p class="soft"><a href="${path}/message">${w.already}</a></p>`);
}

export function enter({ organisation, look, path, stamp, sent, refused }: {
  readonly organisation: Organisation; readonly look: PickupLook; readonly path: string; readonly stamp: string;
  readonly sent: boolean; readonly refused: 'shape' | 'wrong' | 'locked' | 'busy' | null;
}): Markup {
  const w = WORDS.enter;
  return frame(organisation, refused === null ? w.title : `${w.error}: ${w.title}`, html`<div class="paper"><h1>${w.title}</h1>
<div id="said">${refused === null ? html`<p>${sent ? w.sent : look.ways.includes('mail-code') ? w.either : w.spoken}</p>` : say(w[refused], true)}</div>
${codeForm(path, stamp, refused === 'shape' || refused === 'wrong')}
${look.ways.includes('mail-code') ? html`<h2>${w.again}?</h2><p class="soft">${w.nothing(phoneOf(organisation))}</p>${sendForm(path, stamp, w.again, true)}` : ''}</div>`);
}

export function ended({ organisation, why, path }: {
  readonly organisation: Organisation; readonly why: 'expired' | 'recalled' | 'incomplete' | 'busy' | 'form' | 'gone'; readonly path: string | null;
}): Markup {
  const w = WORDS.ended[why];
  const final = why === 'expired' || why === 'recalled' || why === 'incomplete';
  return frame(organisation, w.title, html`<div class="paper"><h1>${w.title}</h1><p>${w.text}</p>
${final ? html`<p>${WORDS.ended.ask(organisation.name, phoneOf(organisation))}</p>` : ''}
${path === null || final ? '' : html`<p><a class="button" href="${path}">${WORDS.ended.again}</a></p>`}</div>`);
}
