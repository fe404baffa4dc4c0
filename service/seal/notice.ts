/**
 * The mail that says a message waits in the portal: no PHI, no subject of the author's, nothing attached (an attached page is
 * what thieves send). Every sentence a recipient reads here stands in `WORDS`.
 */
import type { Notice, Plain } from './seal.ts';

export interface Organisation {
  readonly name: string;
  /** where the recipient can ask whether the notice is real */
  readonly phone: string;
  /** stands in From when the author's name must not */
  readonly address: string;
}

const WORDS = {
  en: {
    subject: 'You have a secure message from {organisation}',
    sent: '{author} at {organisation} sent you a message. It is kept on a secure page because it may hold private information.',
    sentDiscreet: '{organisation} sent you a message. It is kept on a secure page because it may hold private information.',
    open: 'Read the message',
    how: 'Open the page and type the one-time code you are given. No account and no password are needed.',
    recognition: 'To know that this notice is real, look for these words: {recognition}. Whoever wrote to you sees the same words.',
    expires: 'You can read it until {until} (UTC).',
    doubt: 'Not sure? Call {organisation} at {phone}. We never ask for a password.',
  },
} as const;

type Words = (typeof WORDS)['en'];

export function noticeMail(notice: Notice, organisation: Organisation): Plain {
  const words: Words = WORDS.en;
  const values: { readonly [name: string]: string } = {
    organisation: organisation.name,
    phone: organisation.phone,
    author: notice.from.name ?? notice.from.address,
    recognition: notice.recognition,
    until: new Intl.DateTimeFormat('en', { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC', hourCycle: 'h23' }).format(notice.expires),
  };
  const say = (sentence: string): string => sentence.replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? '');
  const sent = say(notice.discreet ? words.sentDiscreet : words.sent);
  const [how, recognition, expires, doubt] = [words.how, words.recognition, words.expires, words.doubt].map(say) as [string, string, string, string];
  return {
    messageId: notice.messageId,
    date: notice.date,
    from: notice.discreet ? { name: organisation.name, address: organisation.address } : notice.from,
    recipient: notice.recipient,
    subject: say(words.subject),
    text: [sent, `${words.open}:\n${notice.link}`, how, recognition, expires, doubt].join('\n\n') + '\n',
    html: page([`<p>${escaped(sent)}</p>`, button(notice.link, words.open), ...[how, recognition, expires, doubt].map((line) => `<p>${escaped(line)}</p>`), `<p style="font-size:13px;color:#555;word-break:break-all">${escaped(notice.link)}</p>`]),
  };
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}

function button(link: string, label: string): string {
  return `<p><a href="${escaped(link)}" style="display:inline-block;padding:12px 20px;background:#0f6cbd;color:#ffffff;text-decoration:none;border-radius:4px;font-weight:600">${escaped(label)}</a></p>`;
}

function page(parts: readonly string[]): string {
  const body = `<div style="max-width:560px;font-family:Segoe UI,Arial,sans-serif;font-size:16px;line-height:1.5;color:#222">${parts.join('\n')}</div>`;
  return `<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"></head><body>${body}</body></html>\n`;
}
