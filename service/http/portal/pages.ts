/** The pages around a message: waiting, code, ended. No value from the link or the form is ever repeated on them. */
import { html } from 'hono/html';
import type { PickupLook } from '../../route.ts';
import { sheet, type Markup } from '../page.ts';
import { LANGUAGES, WORDS, type Language } from '../../words/words.ts';

export interface Organisation {
  readonly name: string;
  readonly phone?: string;
}

/** What a page needs to know of its place: whose it is, in which language, and where the other languages are. */
export interface Face {
  readonly organisation: Organisation;
  readonly language: Language;
  /** this page's own address up to its query's last part: `?` or `/m/{token}?`; no value of the request is in it */
  readonly self: string;
}

export function frame({ organisation, language, self }: Face, title: string, main: Markup): Markup {
  const others = LANGUAGES.filter((l) => l !== language).map((l) => html`<a class="noprint" href="${self}lang=${l}" lang="${l}" hreflang="${l}">${WORDS[l].portal.here}</a><br class="noprint">`);
  return sheet({ title: `${title} · ${organisation.name}`, name: organisation.name, lang: language, main, aside: html`${others}`, foot: wordsOf(language).foot(organisation.name, phoneOf(organisation)) });
}

export const wordsOf = (language: Language) => WORDS[language].portal;

/** An empty setting is no number to call. */
const phoneOf = ({ phone }: Organisation): string | null => (phone === undefined || phone === '' ? null : phone);

const say = (text: string, problem?: string) => html`<div class="say${problem === undefined ? '' : ' bad'}" role="${problem === undefined ? 'status' : 'alert'}"><p>${problem === undefined ? '' : html`<strong>${problem}:</strong> `}${text}</p></div>`;

function codeForm(w: Words['enter'], path: string, stamp: string, wrong: boolean): Markup {
  return html`<form method="post" action="${path}/enter" autocomplete="off"><input type="hidden" name="form" value="${stamp}">
<label for="code">${w.field}</label>
<input id="code" name="code" type="text" inputmode="numeric" autocomplete="one-time-code" pattern="[0-9 \\-]{6,12}" maxlength="12" required ${wrong ? html`aria-invalid="true" aria-describedby="said"` : ''}>
<button type="submit">${w.open}</button></form>`;
}

function sendForm(path: string, stamp: string, label: string, quiet: boolean): Markup {
  return html`<form method="post" action="${path}/code"><input type="hidden" name="form" value="${stamp}"><button type="submit" class="${quiet ? 'quiet' : ''}">${label}</button></form>`;
}

type Words = ReturnType<typeof wordsOf>;

interface Code {
  readonly face: Face;
  readonly look: PickupLook;
  /** `/m/{token}` */
  readonly path: string;
  readonly stamp: string;
}

export function waiting({ face, look, path, stamp, note }: Code & { readonly note: 'sessionEnded' | 'left' | null }): Markup {
  const { organisation } = face;
  const words = wordsOf(face.language);
  const w = words.waiting;
  const [byMail, byText] = [look.ways.includes('mail-code'), look.ways.includes('sms-code')];
  const spoken = look.ways.includes('spoken-code');
  return frame(face, w.title, html`<div class="paper">${note === null ? '' : say(w[note])}<h1>${w.title}</h1><p>${w.lead(organisation.name)}</p>
${byMail ? html`<p class="soft">${w.sendHint}</p>${sendForm(path, stamp, w.send, false)}` : byText ? html`<p class="soft">${w.sendTextHint(organisation.name)}</p>${sendForm(path, stamp, w.sendText, false)}` : ''}
${(byMail || byText) && spoken ? html`<p class="row"><a class="button quiet" href="${path}/enter">${w.phone}</a></p>` : ''}
${!byMail && !byText && spoken ? html`<p>${w.spokenLead(phoneOf(organisation))}</p>${codeForm(words.enter, path, stamp, false)}` : ''}
</div><p class="soft"><a href="${path}/message">${w.already}</a></p>`);
}

export function enter({ face, look, path, stamp, sent, refused }: Code & { readonly sent: boolean; readonly refused: 'shape' | 'wrong' | 'locked' | 'busy' | null }): Markup {
  const w = wordsOf(face.language).enter;
  const phone = phoneOf(face.organisation);
  const [byMail, byText] = [look.ways.includes('mail-code'), look.ways.includes('sms-code')];
  const lead = byMail ? (sent ? w.sent : w.either) : byText ? (sent ? w.sentText : w.eitherText) : w.spoken;
  return frame(face, refused === null ? w.title : `${w.error}: ${w.title}`, html`<div class="paper"><h1>${w.title}</h1>
<div id="said">${refused === null ? html`<p>${lead}</p>` : say(w[refused], w.error)}</div>
${codeForm(w, path, stamp, refused === 'shape' || refused === 'wrong')}
${byMail || byText ? html`<h2>${w.again}</h2><p class="soft">${byMail ? w.nothing(phone) : w.nothingText(phone)}</p>${sendForm(path, stamp, w.again, true)}` : ''}</div>`);
}

export function ended({ face, why, path }: {
  readonly face: Face; readonly why: 'expired' | 'recalled' | 'incomplete' | 'busy' | 'form' | 'gone'; readonly path: string | null;
}): Markup {
  const words = wordsOf(face.language).ended;
  const w = words[why];
  const final = why === 'expired' || why === 'recalled' || why === 'incomplete';
  return frame(face, w.title, html`<div class="paper"><h1>${w.title}</h1><p>${w.text}</p>
${final ? html`<p>${words.ask(face.organisation.name, phoneOf(face.organisation))}</p>` : ''}
${path === null || final ? '' : html`<p><a class="button" href="${path}">${words.again}</a></p>`}</div>`);
}
