/** The pages around a message: waiting, code, ended. No value from the link or the form is ever repeated on them, but to whoever wrote it for us. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { html } from 'hono/html';
import type { Logo } from '../../logo.ts';
import type { PickupLook } from '../../route.ts';
import { sheet, type Markup } from '../page.ts';
import { LANGUAGES, WORDS, type Language } from '../../words/words.ts';
import type { Unsent, Written } from './answering.ts';

export interface Organisation {
  readonly name: string;
  readonly phone?: string;
  readonly logo?: Logo;
}

/** Where the logo is had. */
export const LOGO_PATH = '/m/logo';

/** What a page needs to know of its place: whose it is, in which language, and where the other languages are. */
export interface Face {
  readonly organisation: Organisation;
  readonly language: Language;
  /** this page's own address up to its query's last part: `?` or `/m/{token}?`; no value of the request is in it. Null: it has none to come back to */
  readonly self: string | null;
}

/** What a page tells the portal's script: `challenge` for the authenticator, passkeys this device keeps. */
interface Passkey {
  readonly challenge: string;
  readonly known: readonly string[];
}

interface Script { readonly text: string; readonly path: string; readonly tag: Markup }
/** A script of the portal: its text, where it is served, and the tag that fetches it and nothing else (SRI §3.3). */
function script(name: string): Script {
  const bytes = readFileSync(new URL(`./${name}`, import.meta.url));
  const hash = createHash('sha384').update(bytes).digest('base64');
  const path = `/m/${name}`;
  return { text: bytes.toString(), path, tag: html`<script src="${path}?${hash.slice(0, 8).replace(/[^A-Za-z0-9]/g, '-')}" integrity="sha384-${hash}" defer></script>` };
}
/** `divided` takes the half of a key that comes behind a link, and opens with it; `drafting` saves what is being written. */
export const SCRIPTS = { passkey: script('passkey.js'), divided: script('divided.js'), drafting: script('drafting.js') } as const;

export function frame({ organisation, language, self }: Face, title: string, main: Markup, scripts: readonly (keyof typeof SCRIPTS)[] = []): Markup {
  const others = self === null ? [] : LANGUAGES.filter((l) => l !== language).map((l) => html`<a class="noprint" href="${self}lang=${l}" lang="${l}" hreflang="${l}">${WORDS[l].portal.here}</a><br class="noprint">`);
  return sheet({ title: `${title} · ${organisation.name}`, name: organisation.name, ...(organisation.logo === undefined ? {} : { logo: LOGO_PATH }), lang: language, main, aside: html`${others}`, foot: wordsOf(language).foot(organisation.name, phoneOf(organisation)), ...(scripts.length === 0 ? {} : { script: html`${scripts.map((name) => SCRIPTS[name].tag)}` }) });
}

export const wordsOf = (language: Language) => WORDS[language].portal;

/** An empty setting is no number to call. */
const phoneOf = ({ phone }: Organisation): string | null => (phone === undefined || phone === '' ? null : phone);

const say = (text: string, problem?: string) => html`<div class="say${problem === undefined ? '' : ' bad'}" role="${problem === undefined ? 'status' : 'alert'}"><p>${problem === undefined ? '' : html`<strong>${problem}:</strong> `}${text}</p></div>`;

function codeForm(w: Words['enter'], path: string, stamp: string, wrong: boolean, other = false): Markup {
  return html`<form method="post" action="${path}/enter" autocomplete="off"><input type="hidden" name="form" value="${stamp}">${other ? html`<input type="hidden" name="other" value="1">` : ''}
<label for="code">${w.field}</label>
<input id="code" name="code" type="text" inputmode="numeric" autocomplete="one-time-code" pattern="[0-9 \\-]{6,24}" maxlength="24" required ${wrong ? html`aria-invalid="true" aria-describedby="said"` : ''}>
<button type="submit">${w.open}</button></form>`;
}

function sendForm(path: string, stamp: string, label: string, quiet: boolean): Markup {
  return html`<form method="post" action="${path}/code"><input type="hidden" name="form" value="${stamp}"><button type="submit" class="${quiet ? 'quiet' : ''}">${label}</button></form>`;
}

/** Shown by the script alone, which knows whether this device can do it. */
function passkeyForm(w: Words['passkey'], path: string, stamp: string, { challenge, known }: Passkey, now: boolean): Markup {
  const mine = known.length > 0;
  return html`<form method="post" action="${path}/passkey" id="passkey-open" hidden data-challenge="${challenge}" data-known="${known.join(' ')}" data-now="${now ? '1' : ''}"><input type="hidden" name="form" value="${stamp}"><input type="hidden" name="answer" value="">
${mine ? html`<p class="soft">${w.hint}</p>` : ''}<button type="submit" class="${mine ? '' : 'quiet'}">${mine ? w.open : w.other}</button></form>`;
}

type Words = ReturnType<typeof wordsOf>;

/** Whether a code can be sent, by mail and by text message. */
const sending = ({ ways, texts }: PickupLook) => [ways.includes('mail-code'), ways.includes('sms-code') && texts === undefined] as const;
const noText = (w: Words['enter'], texts: 'sent' | 'none', phone: string | null): string => (texts === 'sent' ? w.textSent : w.textNone(phone));

interface Code {
  readonly face: Face;
  readonly look: PickupLook;
  /** `/m/{token}` */
  readonly path: string;
  readonly stamp: string;
}

/** `ask`: the question, shown after a tap. Null: there is none, or no such link, and only the refusal is said. */
export function question({ face, path, stamp, ask, refused }: Omit<Code, 'look'> & { readonly ask: string | null; readonly refused: 'wrong' | 'locked' | null }): Markup {
  const { question: w, enter } = wordsOf(face.language);
  return frame(face, refused === null ? w.title : `${enter.error}: ${w.title}`, html`<div class="paper"><h1>${w.title}</h1><div id="said">${refused === null ? '' : say(w[refused], enter.error)}</div>
${ask === null || refused === 'locked' ? '' : html`<form method="post" action="${path}/answer-question" autocomplete="off"><input type="hidden" name="form" value="${stamp}"><label for="answer" dir="auto">${ask}</label>
<input id="answer" name="answer" class="words" type="text" autocomplete="off" autocapitalize="off" spellcheck="false" maxlength="200" required aria-describedby="hint said" ${refused === 'wrong' ? html`aria-invalid="true"` : ''}>
<p class="soft" id="hint">${w.hint}</p><button type="submit">${enter.open}</button></form>`}
<p class="row"><a class="button quiet" href="${path}">${w.other}</a></p></div>`);
}

export function waiting({ face, look, path, stamp, note, passkey }: Code & { readonly note: 'sessionEnded' | 'late' | 'left' | 'wrong' | 'weak' | 'unreached' | null; readonly passkey: Passkey }): Markup {
  const { organisation } = face;
  const words = wordsOf(face.language);
  const w = words.waiting;
  const [byMail, byText] = sending(look);
  const spoken = look.ways.includes('spoken-code');
  const said = note === null ? '' : note === 'wrong' || note === 'weak' ? say(words.passkey[note], words.enter.error) : note === 'unreached' ? say(words.signIn[note], words.enter.error) : say(w[note]);
  // The device that knows the way is offered first; the others find it below.
  const first = passkey.known.length > 0 && note !== 'weak';
  const byDevice = passkeyForm(words.passkey, path, stamp, passkey, note === null);
  const { waiting: title, lead } = look.answers === true ? words.answering : { waiting: w.title, lead: w.lead };
  return frame(face, title, html`<div class="paper">${said}<h1>${title}</h1><p>${lead(organisation.name)}</p>
${first ? byDevice : ''}
${byMail ? html`<p class="soft">${w.sendHint}</p>${sendForm(path, stamp, w.send, false)}` : byText ? html`<p class="soft">${w.sendTextHint(organisation.name)}</p>${sendForm(path, stamp, w.sendText, false)}` : ''}
${(byMail || byText) && spoken ? html`<p class="row"><a class="button quiet" href="${path}/enter">${w.phone}</a></p>` : ''}
${!byMail && !byText && spoken ? html`<p>${look.texts === undefined ? w.spokenLead(phoneOf(organisation)) : noText(words.enter, look.texts, phoneOf(organisation))}</p>${codeForm(words.enter, path, stamp, false)}` : ''}
${look.ways.includes('shared-question') ? html`<form method="post" action="${path}/question"><input type="hidden" name="form" value="${stamp}"><button type="submit" class="quiet">${words.question.show}</button></form>` : ''}
${first ? '' : byDevice}
${look.divided === true ? html`<noscript><div class="say"><p>${words.divided.script(organisation.name, phoneOf(organisation))}</p></div></noscript>` : ''}
${look.signIn === undefined ? '' : html`<h2>${words.signIn.title}</h2><p class="soft">${words.signIn.hint}</p>${look.signIn.map(({ id, name }) => html`<form class="stack" method="post" action="${path}/sign-in"><input type="hidden" name="form" value="${stamp}"><input type="hidden" name="provider" value="${id}"><button type="submit" class="quiet">${words.signIn.with(name)}</button></form>`)}`}
</div><p class="soft"><a href="${path}/message">${w.already}</a></p>${look.answers === true ? '' : html`<p class="soft"><a href="${path}/other">${words.other.link}</a></p>`}`, ['divided', 'passkey']);
}

export function enter({ face, look, path, stamp, sent, refused, other }: Code & { readonly sent: boolean; /** the code went to another address */ readonly other: boolean; readonly refused: 'shape' | 'wrong' | 'locked' | null }): Markup {
  const words = wordsOf(face.language);
  const w = words.enter;
  const phone = phoneOf(face.organisation);
  const [byMail, byText] = sending(look);
  const lead = other ? words.other.sent : look.texts !== undefined ? noText(w, look.texts, phone) : byMail ? (sent ? w.sent : w.either) : byText ? (sent ? w.sentText : w.eitherText) : w.spoken;
  return frame(face, refused === null ? w.title : `${w.error}: ${w.title}`, html`<div class="paper"><h1>${w.title}</h1>
<div id="said">${refused === null ? html`<p>${lead}</p>` : say(refused === 'locked' && !other && !byMail && !byText ? w.lockedSpoken(phone) : w[refused], w.error)}</div>
${codeForm(w, path, stamp, refused === 'shape' || refused === 'wrong', other)}
${other ? html`<p class="row"><a class="button quiet" href="${path}/other">${w.again}</a></p>` : look.texts === 'sent' ? html`<p class="soft">${w.nothingText(phone)}</p>` : byMail || byText ? html`<h2>${w.again}</h2><p class="soft">${byMail ? w.nothing(phone) : w.nothingText(phone)}</p>${sendForm(path, stamp, w.again, true)}` : ''}</div>`);
}

export function otherAddress({ face, path, stamp, refused }: Pick<Code, 'face' | 'path' | 'stamp'> & { readonly refused: boolean }): Markup {
  const { other: w, enter: { error } } = wordsOf(face.language);
  return frame(face, refused ? `${error}: ${w.title}` : w.title, html`<div class="paper"><h1>${w.title}</h1><div id="said">${refused ? say(w.shape, error) : html`<p>${w.lead}</p>`}</div>
<form method="post" action="${path}/other"><input type="hidden" name="form" value="${stamp}"><label for="address">${w.field}</label>
<input id="address" name="address" class="words" type="email" autocomplete="email" maxlength="254" required ${refused ? html`aria-invalid="true" aria-describedby="said"` : ''}><button type="submit">${w.send}</button></form></div>`);
}

export function asked(face: Face): Markup {
  const w = wordsOf(face.language).other;
  return frame(face, w.askedTitle, html`<div class="paper"><h1>${w.askedTitle}</h1><p role="status">${w.asked}</p></div>`);
}

export function unsent({ face, why, written, path }: Pick<Code, 'face' | 'path'> & { readonly why: Unsent; readonly written: Written }): Markup {
  const { unsent: w, enter: { error }, ended: { ask, again }, write } = wordsOf(face.language);
  // A line's end at the very beginning is no part of what stands there (HTML §13.2.6.4.7).
  return frame(face, w.title, html`<div class="paper"><h1>${w.title}</h1>${say(w[why], error)}<p>${w.here}</p>
${written.subject === undefined ? '' : html`<label for="subject">${write.subject}</label><input id="subject" class="words" type="text" readonly value="${written.subject}">`}
<label for="text">${w.field}</label><textarea id="text" rows="10" readonly>
${written.text}</textarea>
${why === 'expired' || why === 'recalled' ? html`<p>${ask(face.organisation.name, phoneOf(face.organisation))}</p>` : html`<p class="row"><a class="button" href="${path}/message">${why === 'long' ? wordsOf(face.language).read.back : again}</a></p>`}</div>`);
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
