/** A message as its recipient reads it: page, framed body, print view. */
import { html, raw } from 'hono/html';
import { refersTo, type AttachmentFact } from '../../../shared/draft/draft.ts';
import { textOfHtml } from '../../../shared/draft/text.ts';
import type { Answering, Keeping, PortalMessage, Thread } from '../../route.ts';
import type { Markup } from '../page.ts';
import type { Said } from './answering.ts';
import { clean } from './clean.ts';
import { tongueOf, WORDS, type Language } from '../../words/words.ts';
import { frame, wordsOf, type Face } from './pages.ts';

interface Reading {
  readonly face: Face;
  readonly message: PortalMessage;
  /** `/m/{token}` */
  readonly path: string;
  readonly stamp: string;
  /** zone for dates; the process's own if absent */
  readonly timeZone?: string;
  readonly challenge: string;
  readonly note: 'kept' | 'dropped' | 'stronger' | 'wrong' | null;
  readonly thread: Thread;
  /** of this form: sent twice, it is one answer */
  readonly key: string;
  readonly answered: Said | null;
}

/** Types shown in place; everything else is saved. */
export const SHOWN = /^image\/(?:png|jpeg|gif|webp)$/i;

/** Above this the author's HTML is not taken apart for reading here: its text is shown instead. */
const HTML_AT_MOST = 512 * 1024;

function pictures(message: PortalMessage, path: string): (contentId: string) => string | null {
  return (contentId) => {
    const n = message.attachments.findIndex((a) => a.contentId?.toLowerCase() === contentId.toLowerCase() && SHOWN.test(a.contentType));
    return n < 0 ? null : `${path}/inline/${n}`;
  };
}

/** A few lines even on a phone: its frame leaves the answer in sight. Letters to a line on a narrow screen, and lines that fit. */
const isBrief = (html: string): boolean => html.length < 8_000 && !/<(?:img|table|svg)\b/i.test(html) && textOfHtml(html).text.split('\n').reduce((lines, line) => lines + Math.max(1, Math.ceil(line.length / 30)), 0) <= 6;

/** Somebody else's words among ours say which language they are in. */
const theirs = (m: PortalMessage) => tongueOf(m.text ?? textOfHtml((m.html ?? '').slice(0, 20_000)).text);

export function message({ face, message: m, path, stamp, timeZone, challenge, note, thread, key, answered }: Reading): Markup {
  const { read: w, passkey, enter } = wordsOf(face.language);
  const framed = m.html !== undefined && m.html.length <= HTML_AT_MOST;
  return frame(face, m.subject === '' ? w.noSubject : m.subject, html`${note === null ? '' : html`<div class="say${note === 'wrong' ? ' bad' : ''}" role="${note === 'wrong' ? 'alert' : 'status'}"><p>${note === 'wrong' ? html`<strong>${enter.error}:</strong> ` : ''}${passkey[note]}</p></div>`}<article class="paper">${head(face.language, m, timeZone)}
<h2>${w.body}</h2>
${framed ? html`<iframe${isBrief(m.html ?? '') ? html` class="brief"` : ''} title="${w.body}" src="${path}/body" sandbox="allow-same-origin allow-popups allow-popups-to-escape-sandbox"></iframe>` : html`<div class="text" tabindex="0" role="group" aria-label="${w.body}">${plainText(w, m)}</div>`}
${files(face.language, m, path)}</article>
${below({ face, message: m, path, stamp, timeZone, challenge, thread, key, answered }, true)}`, m.keeping === undefined ? ['drafting'] : ['passkey', 'drafting']);
}

/** What stands below every message: the answer, the ways from here, passkeys. */
export function below({ face, message: m, path, stamp, timeZone, challenge, thread, key, answered }: Omit<Reading, 'note' | 'timeZone'> & { readonly timeZone?: string | undefined }, printed = false): Markup {
  const { read: w, passkey } = wordsOf(face.language);
  return html`${answerForm({ face, m, path, stamp, timeZone, thread, key, answered })}
<div class="row noprint">${printed ? html`<a class="button quiet" href="${path}/print">${w.print}</a>` : ''}${m.keeping === undefined ? '' : html`<a class="button quiet" href="${path}/write">${wordsOf(face.language).write.title}</a><a class="button quiet" href="${path}/preferences">${wordsOf(face.language).prefer.title}</a>`}
<form method="post" action="${path}/leave"><input type="hidden" name="form" value="${stamp}"><button class="quiet">${w.leave}</button></form></div>
${m.keeping === undefined ? '' : keep(passkey, m.keeping, { organisation: m.organisation, path, stamp, challenge })}`;
}

/** For who has read the message elsewhere: nothing of it but whose it is and of when. */
export function answering({ face, about, path, stamp, timeZone, thread, key, answered }: Pick<Reading, 'face' | 'path' | 'stamp' | 'timeZone' | 'thread' | 'key' | 'answered'> & { readonly about: Answering }): Markup {
  const { answering: w, read } = wordsOf(face.language);
  const title = w.title(about.from.name ?? about.from.address);
  return frame(face, title, html`<article class="paper"><h1>${title}</h1><p>${w.about(when(face.language, about.acceptedAt, timeZone))}</p><p class="soft">${w.until(when(face.language, about.expires, timeZone))}</p></article>
${answerForm({ face, m: about, path, stamp, timeZone, thread, key, answered })}
<div class="row noprint"><form method="post" action="${path}/leave"><input type="hidden" name="form" value="${stamp}"><button class="quiet">${read.leave}</button></form></div>`, ['drafting']);
}

function answerForm({ face, m, path, stamp, timeZone, thread, key, answered }: Pick<Reading, 'face' | 'path' | 'stamp' | 'thread' | 'key' | 'answered'> & { readonly m: Pick<PortalMessage, 'from'>; readonly timeZone: string | undefined }): Markup {
  const { answer: w, enter: { error } } = wordsOf(face.language);
  const wrong = answered !== null && !['sent', 'saved', 'attached'].includes(answered);
  const said = answered === null ? '' : html`<div class="say${wrong ? ' bad' : ''}" id="answered" role="${wrong ? 'alert' : 'status'}"><p>${wrong ? html`<strong>${error}:</strong> ` : ''}${w[answered]}</p></div>`;
  return html`<section class="paper noprint" id="answer">${thread.answers.map((a) => html`<h2>${w.yours(when(face.language, a.time, timeZone))}</h2><div class="text">${a.text}</div>`)}
<h2>${w.title}</h2>${said}<p class="soft">${w.hint(m.from.name ?? m.from.address)}</p>
<form method="post" action="${path}/answer" enctype="multipart/form-data" data-drafting><input type="hidden" name="form" value="${stamp}"><input type="hidden" name="key" value="${key}">
<label for="text">${w.field}</label><textarea id="text" name="text" rows="6" maxlength="20000" ${wrong ? html`aria-invalid="true" aria-describedby="answered"` : ''}>${thread.begun}</textarea>${drafting(face.language)}
${thread.others === 0 ? '' : html`<label class="check"><input type="checkbox" name="all" value="1"> ${w.all(thread.others)}</label>`}
${besides(face.language, thread.files, html`<h3>${w.beside}</h3>`)}
<div class="row"><button type="submit">${w.send}</button><button type="submit" class="quiet" name="attach" value="1">${w.attach}</button><button type="submit" class="quiet" name="save" value="1">${w.save}</button></div></form></section>`;
}

/** Shown by the script alone, which does what it says. */
export function drafting(language: Language): Markup {
  const { drafting: w, enter: { error } } = wordsOf(language);
  return html`<p class="soft" id="drafting" hidden>${w.kept}</p><div class="say bad" id="unsaved" role="alert" hidden>${Object.entries(w.unsaved).map(([why, said]) => html`<p data-why="${why}" hidden><strong>${error}:</strong> ${said}</p>`)}</div>`;
}

/** Files beside what is being written, under a heading of the page's own depth, and the field for more. */
export function besides(language: Language, own: Thread['files'], title: Markup): Markup {
  const { answer: w, read, kinds } = wordsOf(language);
  return html`${own.length === 0 ? '' : html`${title}<ul class="files">${own.map((f) => html`<li class="one"><div>${f.filename}<span>${kinds[kindOf(f)]}, ${read.bytes(f.size)}</span></div><button type="submit" class="quiet" name="drop" value="${f.id}" aria-label="${w.drop}: ${f.filename}">${w.drop}</button></li>`)}</ul>`}
<label for="file">${w.add}</label><input id="file" name="file" class="words" type="file" multiple aria-describedby="filehint"><p class="soft" id="filehint">${w.filesHint}</p>`;
}

/** Only the script knows whether this device can; what it cannot is not offered. */
function keep(w: Words['passkey'], { person, address, known, more }: Keeping, { organisation, path, stamp, challenge }: { readonly organisation: string; readonly path: string; readonly stamp: string; readonly challenge: string }): Markup {
  return html`${!more ? '' : html`<form class="paper noprint" method="post" action="${path}/keep" id="passkey-keep" hidden data-challenge="${challenge}" data-organisation="${organisation}" data-person="${person}" data-address="${address}" data-known="${known.join(' ')}">
<h2>${w.keepTitle}</h2><p class="soft">${w.keepHint}</p><input type="hidden" name="form" value="${stamp}"><input type="hidden" name="answer" value=""><button type="submit">${w.keep}</button></form>`}
${known.length === 0 ? '' : html`<form class="noprint row" method="post" action="${path}/forget"><input type="hidden" name="form" value="${stamp}"><button class="quiet">${w.drop}</button></form>`}`;
}

export function print({ face, message: m, path, timeZone }: Omit<Reading, 'stamp' | 'challenge' | 'note' | 'thread' | 'key' | 'answered'>): Markup {
  const w = wordsOf(face.language).read;
  const body = m.html !== undefined && m.html.length <= HTML_AT_MOST
    ? html`<div lang="${theirs(m)}">${raw(clean(m.html, { picture: pictures(m, path), notShown: w.notShown, styled: false }))}</div>`
    : html`<div class="text">${plainText(w, m)}</div>`;
  return frame(face, m.subject === '' ? w.noSubject : m.subject, html`<article class="paper">${head(face.language, m, timeZone)}<hr>${body}${files(face.language, m, null)}</article>
<p class="noprint"><a href="${path}/message">${w.back}</a></p>`);
}

/** For a page that opens it by itself: pictures and files are named by their place, `#inline/0`, `#file/0`. */
export function drawn(language: Language, m: PortalMessage): Markup {
  const w = wordsOf(language).read;
  const framed = m.html !== undefined && m.html.length <= HTML_AT_MOST;
  return html`${head(language, m, undefined)}<h2>${w.body}</h2>${framed ? html`<div lang="${theirs(m)}">${raw(clean(m.html ?? '', { picture: (id) => pictures(m, '#')(id)?.replace('#/', '#') ?? null, notShown: w.notShown, styled: false }))}</div>` : html`<div class="text">${plainText(w, m)}</div>`}${files(language, m, '#')}`;
}

/** The frame's document: only the message. White paper when the author chose colours, else the reader's own scheme. */
export function body(language: Language, m: PortalMessage, path: string): Markup {
  const w = wordsOf(language).read;
  const safe = clean(m.html ?? '', { picture: pictures(m, path), notShown: w.notShown, styled: true });
  const coloured = /(?:color\s*[:=]|bgcolor=|background)/i.test(safe);
  const scheme = coloured ? ':root{color-scheme:light;background:#fff;color:#1b1f24}' : ':root{color-scheme:light dark}@media(prefers-color-scheme:dark){html{background:#1b2128;color:#eef1f4}a{color:#8cc2ff}}';
  return html`<!doctype html>
<html lang="${theirs(m) || language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>${w.body}</title><style>${raw(scheme)}body{margin:1rem;font:1.125rem/1.5 system-ui,sans-serif;overflow-wrap:anywhere}img{max-width:100%;height:auto}table{max-width:100%}td,th{overflow-wrap:break-word}pre{white-space:pre-wrap}</style></head><body>${raw(safe)}</body></html>`;
}

/** Nothing runs, nothing loads from elsewhere; styles of the author's are attributes and need `unsafe-inline`, here and nowhere else. */
export const BODY_POLICY = "default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'; frame-ancestors 'self'; base-uri 'none'; form-action 'none'; sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox";

function head(language: Language, m: PortalMessage, timeZone: string | undefined): Markup {
  const w = wordsOf(language).read;
  const who = m.from.name === undefined || m.from.name === '' ? m.from.address : `${m.from.name} <${m.from.address}>`;
  return html`${m.subject === '' ? html`<h1>${w.noSubject}</h1>` : html`<h1 lang="${theirs(m)}">${m.subject}</h1>`}<dl><dt>${w.from}</dt><dd>${who}</dd><dt>${w.to}</dt><dd>${m.to.join(', ')}</dd>
<dt>${w.sent}</dt><dd>${when(language, m.acceptedAt, timeZone)}</dd>${m.expires === 0 ? '' : html`<dt>${w.until}</dt><dd>${when(language, m.expires, timeZone)}</dd>`}</dl>`;
}

/** Attachments that are read beside the message; pictures inside it are not among them. */
export function listed(m: PortalMessage): { readonly fact: AttachmentFact; readonly n: number }[] {
  return m.attachments.map((fact, n) => ({ fact, n })).filter(({ fact }) => !(fact.contentId !== undefined && SHOWN.test(fact.contentType) && m.html !== undefined && refersTo(m.html, fact.contentId)));
}

function files(language: Language, m: PortalMessage, path: string | null): Markup {
  const all = listed(m);
  if (all.length === 0) return html``;
  const { read: w, kinds } = wordsOf(language);
  return html`<h2>${w.files}</h2><ul class="files">${all.map(({ fact, n }) => {
    const facts = html`${fact.filename}<span>${kinds[kindOf(fact)]}, ${w.bytes(fact.size)}</span>`;
    return html`<li>${path === null ? facts : html`<a href="${path === '#' ? `#file/${n}` : `${path}/attachments/${n}`}">${facts}</a>`}</li>`;
  })}</ul>${path === null || path === '#' || all.length < 2 ? '' : html`<p class="row"><a class="button quiet" href="${path}/all">${w.all(w.bytes(all.reduce((sum, { fact }) => sum + fact.size, 0)))}</a></p>`}`;
}

/** An author's words carry their language; where there are none, the sentence is ours. */
function plainText(w: Words['read'], m: PortalMessage): Markup {
  const text = m.text === undefined || m.text.trim() === '' ? textOfHtml(m.html ?? '').text : m.text;
  return text.trim() === '' ? html`${w.empty}` : html`<span lang="${theirs(m)}">${text}</span>`;
}

type Words = ReturnType<typeof wordsOf>;

function kindOf({ contentType }: Pick<AttachmentFact, 'contentType'>): keyof Words['kinds'] {
  const type = contentType.toLowerCase();
  if (type.startsWith('application/pdf')) return 'pdf';
  if (type.startsWith('image/')) return 'image';
  if (type.startsWith('audio/')) return 'audio';
  if (type.startsWith('video/')) return 'video';
  if (/zip|compressed/.test(type) && !/officedocument/.test(type)) return 'zip';
  if (/spreadsheet|excel|csv/.test(type)) return 'sheet';
  if (/presentation|powerpoint/.test(type)) return 'slides';
  if (/word|opendocument\.text|rtf/.test(type)) return 'word';
  return type.startsWith('text/') ? 'text' : 'other';
}

export function when(language: Language, ms: number, timeZone: string | undefined): string {
  return new Intl.DateTimeFormat(WORDS[language].locale, {
    year: 'numeric', month: 'long', day: 'numeric', hour: 'numeric', minute: '2-digit', timeZoneName: 'short', ...(timeZone === undefined ? {} : { timeZone }),
  }).format(ms);
}
