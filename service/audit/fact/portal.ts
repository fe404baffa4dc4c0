/** Events of the secure page: who came, how they proved themselves, what they read, wrote and chose. */
import { because, has, ofItem, text, why, type EventTypes } from './event.ts';

const CODES: { readonly [way: string]: string } = { 'passkey': 'a passkey of their device', 'spoken-code': 'the code you told them', 'sms-code': 'a one-time code from a text message', 'sign-in': 'a sign-in at their own provider', 'shared-question': 'the answer to a question you set, which others may know too,' };

/** By what a program was told from a person. */
const SIGNS: { readonly [sign: string]: string } = {
  head: 'it asked for the head only', prefetch: 'it says that it loads ahead', agent: 'it says so by its name', headers: 'it is not the browser it says it is', many: 'it fetched several links within a second', early: 'before anybody could have read the mail',
};

export const PORTAL_EVENTS: EventTypes = {
  'portal.notified': ofItem(['way', 'expires', 'grade', 'notice'], () => 'The notice with the link was taken over by their mail server.'),
  'portal.visited': ofItem(['by', 'sign'], (f) => (text(f, 'by') === 'program' ? `The link was fetched, probably by a mail scanner or a preview (${SIGNS[text(f, 'sign')] ?? 'by what it says of itself'}); not opened.` : 'The link was visited in a browser, by a person or by a scanner that looks like one; not opened.')),
  'portal.code_sent': ofItem(['expires', 'way', 'n'], (f) => `A one-time code was asked for and sent${text(f, 'way') === 'sms-code' ? ' by text message' : ''}.`),
  'portal.code_texted': ofItem(['code', 'n'], (f, outcome) => (outcome === 'ok' ? 'The text message with the code was handed to the gateway.' : `The text message with the code could not be handed to the gateway${because(f)}.`)),
  'portal.code_wrong': ofItem(['tries', 'way', 'reader'], (f) => (text(f, 'way') === 'shared-question' ? 'The question was answered wrongly.' : 'A wrong code was typed.')),
  'portal.locked': ofItem(['until', 'tries', 'way'], (f) => (text(f, 'way') === 'shared-question' ? 'Locked for a while after too many wrong answers; the question opens it no more until a code has.' : 'Locked for a while after too many wrong codes.')),
  'portal.authenticated': ofItem(['way', 'session', 'enrolled', 'reader', 'stands', 'provider', 'purpose'], (f) => `${has(f, 'reader') ? 'A reader beside the recipient' : 'The recipient'} proved with ${CODES[text(f, 'way')] ?? 'a one-time code'}${has(f, 'enrolled') ? `, which was kept after ${CODES[text(f, 'enrolled')] ?? 'a one-time code by mail'},` : ''} that they may ${text(f, 'purpose') === 'answer' ? 'answer' : 'read'} it.`),
  'portal.passkey_kept': ofItem(['enrolled', 'backed', 'aaguid'], () => 'Their device keeps a passkey for later messages.'),
  'portal.passkeys_dropped': ofItem(['source'], () => 'Their passkeys count no more.'),
  'portal.message_opened': ofItem(['way', 'session', 'n', 'enrolled', 'reader', 'divided'], (f) => `Opened on the secure page${has(f, 'reader') ? ' by a reader beside the recipient' : ''}${f['divided'] === true ? ': our half of its key was released to their browser' : ''}.`),
  'portal.attachment_downloaded': ofItem(['n', 'size', 'session', 'reader'], (f) => `Attachment ${text(f, 'n') || 'of the message'} was downloaded.`),
  'portal.notice_failed': ofItem(['code', 'notice'], (f) => `The notice that was sent again did not arrive.${why(f)}`),
  'portal.extended': ofItem(['expires'], (f) => `Its author gave it longer${has(f, 'expires') ? `: it can be read until ${text(f, 'expires')}` : ''}.`),
  'portal.resend_requested': ofItem(['notice'], () => 'Its author asked for the notice to be sent again.'),
  'portal.reader_code': ofItem(['reader', 'stands', 'way'], (f) => `Another address asked to read it${has(f, 'stands') ? ', known as standing in for the recipient' : ''}; a code went there.`),
  'portal.reader_asked': ofItem(['reader'], () => 'Another address was proved. It waits for the author to allow it; nothing was shown.'),
  'portal.reader_allowed': ofItem(['reader'], () => 'Its author allowed another address to read it.'),
  'portal.reader_refused': ofItem(['reader'], () => 'Its author refused another address.'),
  'portal.replied': ofItem(['answer', 'recipients', 'reader'], () => 'Answered on the secure page; the answer is delivered as a message of its own.'),
  'portal.files_sent': ofItem(['answer', 'attachments', 'kept', 'reader', 'letter'], (f) => `Files came with ${f['letter'] === true ? 'a new message' : 'an answer'}${has(f, 'kept') ? `: ${text(f, 'attachments')} found clean and sent on, ${text(f, 'kept')} kept here because nobody has checked them` : ''}.`),
  'portal.upload_refused': ofItem(['code', 'reader', 'letter'], (f) => `A file for ${f['letter'] === true ? 'a new message' : 'an answer'} was not taken${because(f)}.`),
  'portal.preference_changed': ofItem(['what', 'way'], (f) => `The recipient changed what they prefer${has(f, 'what') ? `: ${({ language: 'the language', way: 'the way', phone: 'the mobile number', key: 'a key of their own', plain: 'their choice of ordinary mail' } as { readonly [w: string]: string })[text(f, 'what')] ?? 'something'}` : ''}.`),
  'portal.wrote': ofItem(['answer', 'to'], (f) => `The recipient wrote a new message${has(f, 'to') ? ` to ${text(f, 'to') === 'department' ? 'a department' : 'somebody who had written to them'}` : ''}; it is delivered as a message of its own.`),
  'portal.ordinary_asked': ofItem(['reader'], () => 'The recipient cannot open a divided key in their browser and asks for the ordinary page. Its author was told.'),
  'portal.posted': ofItem([], () => 'Printed and sent by post, as its author says.'),
  'portal.strengthened': ofItem(['way'], (f) => `Its author asks for more than a code by mail: it opens with ${CODES[text(f, 'way')] ?? 'another code'} only.`),
  'portal.unread': ofItem(['hours'], (f) => `Not opened${has(f, 'hours') ? ` within ${text(f, 'hours')} hours` : ' so far'}; its author was told.`),
  'portal.expired': ofItem(['purpose'], (f) => `The time to ${text(f, 'purpose') === 'answer' ? 'answer' : 'open'} it on the secure page is over.`),
  'portal.left': ofItem(['way', 'reader'], () => 'The recipient signed out.'),
  'portal.access_denied': { facts: ['code', 'way', 'enrolled', 'provider'], item: false, say: (f) => `The secure page did not open it${because(f)}.` },
};
