/**
 * The mail that says a message waits in the portal: no PHI, no subject of the author's, nothing attached (an attached page is
 * what thieves send). Every sentence a recipient reads here stands in `WORDS`.
 */
import type { Logo } from '../logo.ts';
import { WORDS } from '../words/words.ts';
import type { Language } from '../words/words.ts';
import type { Notice, Plain } from './seal.ts';

export interface Organisation {
  readonly name: string;
  /** where the recipient can ask whether the notice is real */
  readonly phone: string;
  /** stands in From when the author's name must not */
  readonly address: string;
  readonly logo?: Logo;
}

/** Below protected mail: where to answer it. A part of the message's words, so that its signature covers it. */
export interface AnswerLink {
  readonly link: string;
  /** ms */
  readonly expires: number;
  readonly language?: Language;
}

export interface Below {
  readonly text: string;
  readonly html: string;
}

const LOGO = 'logo@send-secure';

export function answerBelow({ link, expires, language = 'en' }: AnswerLink, organisation: Pick<Organisation, 'name'>): Below {
  const { answering: w, locale, lang } = WORDS[language];
  const said = w.text(organisation.name, new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone: 'UTC' }).format(expires));
  return {
    text: `\r\n\r\n---\r\n${said}\r\n${w.open}: ${link}\r\n`,
    html: `<div lang="${lang}" style="margin-top:24px;padding-top:12px;border-top:1px solid #c3cad2;font-family:Segoe UI,Arial,sans-serif;font-size:13px;line-height:1.5;color:#555"><p>${escaped(said)}</p>${button(link, w.open)}</div>`,
  };
}

export function noticeMail(notice: Notice, organisation: Organisation): Plain {
  const { notice: w, locale, lang } = WORDS[notice.language ?? 'en'];
  const author = notice.from.name ?? notice.from.address;
  const until = new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC', hourCycle: 'h23' }).format(notice.expires);
  const sent = notice.discreet ? w.sentDiscreet(organisation.name) : w.sent(author, organisation.name);
  const further = [w.how, w.recognition(notice.recognition), w.expires(until), w.doubt(organisation.name, organisation.phone === '' ? null : organisation.phone)];
  // A name that says nothing is beside a logo that says everything.
  const logo = notice.discreet ? undefined : organisation.logo;
  return {
    ...(logo === undefined ? {} : { picture: { contentId: LOGO, ...logo } }),
    messageId: notice.messageId,
    date: notice.date,
    from: notice.discreet ? { name: organisation.name, address: organisation.address } : notice.from,
    recipient: notice.recipient,
    subject: w.subject(organisation.name),
    text: [sent, `${w.open}:\n${notice.link}`, ...further].join('\n\n') + '\n',
    html: page(lang, w.subject(organisation.name), [...(logo === undefined ? [] : [`<p><img src="cid:${LOGO}" alt="${escaped(organisation.name)}" style="max-height:48px;max-width:240px"></p>`]), `<p>${escaped(sent)}</p>`, button(notice.link, w.open), ...further.map((line) => `<p>${escaped(line).replace(escaped(notice.recognition), (words) => `<strong>${words}</strong>`)}</p>`), `<p style="font-size:13px;opacity:.75;word-break:break-all">${escaped(notice.link)}</p>`]),
    headers: { 'Content-Language': lang },
  };
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}

function button(link: string, label: string): string {
  return `<p><a href="${escaped(link)}" style="display:inline-block;padding:12px 20px;background:#0f6cbd;color:#ffffff;text-decoration:none;border-radius:4px;font-weight:600">${escaped(label)}</a></p>`;
}

/** No colour of its own but the button's, so that a mail program at night may draw it dark. */
function page(lang: string, title: string, parts: readonly string[]): string {
  const body = `<div style="max-width:560px;font-family:Segoe UI,Arial,sans-serif;font-size:16px;line-height:1.5">${parts.join('\n')}</div>`;
  return `<!DOCTYPE html>\n<html lang="${lang}"><head><meta charset="utf-8"><meta name="color-scheme" content="light dark"><title>${escaped(title)}</title></head><body>${body}</body></html>\n`;
}
