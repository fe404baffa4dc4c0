/** What the view of sent messages says beyond the pane's own words: held copies, proof, how a try went, one copy on the secure page. */
import type { Reveal } from '../../shared/wire/certificate.ts';

/** Headings, buttons and lines of one sent message and of the list. */
export const SENT = {
  everyStep: 'Every step',
  noSent: { what: 'Nothing sent yet', next: 'Messages that you send with Send Secure appear here, with what became of them.' }, older: 'Show older messages',
  read: 'Read the message', hide: 'Hide the message', restore: 'Restore as a draft', recall: 'Recall', recallAsk: 'Recall what can still be recalled?', restored: 'Put back into this window.',
  restoredElsewhere: 'Opened in a new window. Its attachments cannot be put back there: save them from here and attach them.', spoken: 'Tell them this code by phone', answering: 'To answer on the secure page, tell them this code by phone', texted: 'Their code comes by text message. If it does not, tell them this one by phone', openedSpoken: 'To open it once more, they may need this code by phone', content: 'The message as it was sent', save: 'Save',
} as const;

export const HELD = {
  title: 'Waits for you', help: 'This copy could not be protected as you were shown, so nothing of it was sent. Every way offered here is strong enough; none is taken without your word.',
  again: 'Try again', by: 'Send: ', takeBack: 'Take back', weaker: 'Strong enough, but less than you were first shown.', none: 'Nothing is strong enough for this copy now. Take it back, or reach them another way.',
  released: 'On its way. What becomes of it is shown below.', changed: 'The ways changed since they were shown. Look again, then choose.',
  takeBackAsk: 'This takes back every copy that has not arrived, this one included.',
} as const;

/** Of a message of which nothing has left yet. */
export const WAITS = {
  heading: { time: 'Accepted, not sent yet', approval: 'Waiting for approval' }, back: 'Taken back', status: 'Not sent yet',
  time: (until: string) => ({ what: `It goes at ${until}.`, next: 'Nothing leaves before, and you can take it back.' }),
  approval: (until: string) => ({ what: 'A second person decides.', next: `Nothing leaves before. Without an answer${until && ` by ${until}`} it is never sent.` }),
  taken: { what: 'Taken back before anybody could read it.', next: 'You can restore it as a draft under “Sent securely”.' },
} as const;

export const PROOF = {
  title: 'Proof', help: 'A certificate says what the service did and saw, signed, and for each claim what it does not prove. Anyone can check it without us. It never holds the text.',
  show: 'Let it say', names: { recipients: 'recipients', subject: 'subject', from: 'your address', servers: 'servers', content: '' } satisfies { [R in Reveal]: string },
  paper: 'Save as PDF', bundle: 'Save to check (ZIP)', making: 'Making the certificate', saved: 'Saved. The PDF carries everything needed to check it.',
} as const;

export const TRY = {
  host: 'Server', ip: 'Address', connection: 'Connection', grade: 'Proved', certificate: 'Certificate', reply: 'Answer', queueId: 'Queue id', took: 'Took', none: 'not encrypted',
  grades: { 'A': 'by the domain itself (A)', 'B': 'by a trusted authority (B)', 'B-': 'pinned (B-)', 'C': 'no: encrypted, with whom is not known (C)', 'D': 'no (D)' } as { readonly [grade: string]: string },
} as const;

/** One copy on the secure page, under "Sent securely". */
export const COPY = {
  recognition: 'If they ask whether the notice is real, it says:',
  unread: 'Not opened yet.', until: (day: string) => `It can be read until ${day}.`,
  opened: (time: string, way: string, saved: readonly number[]) => `Opened ${time}${way && ` ${way}`}.${saved.length === 0 ? '' : saved.length === 1 ? ` Attachment ${saved[0]} was saved.` : ` Attachments ${saved.join(', ')} were saved.`}`,
  ways: { 'mail-code': 'with a code by mail', 'sms-code': 'with a code by text message', 'spoken-code': 'with the code you said', 'shared-question': 'with the answer to your question', 'passkey': 'with a passkey', 'sign-in': 'with their own sign-in' } as { readonly [way: string]: string },
  kept: (name: string, size: number) => `Came with an answer and was not passed on, because nobody has checked it: ${name} (${size < 1024 * 1024 ? `${Math.ceil(size / 1024)} KB` : `${(size / 1024 / 1024).toFixed(1)} MB`}).`, preview: 'What can be read of it without opening it',
  question: { asked: 'Your question opens it too.', closed: 'Your question does not open it: too many wrong answers, or it is not enough for this copy.' },
  extend: 'Two weeks longer', extended: (day: string) => `They can read it until ${day}.`, resend: 'Send the notice again', resent: 'The notice is on its way again, with the same link.',
  stronger: 'Ask for a stronger code', raised: 'A code by mail opens it no more. The code to tell them is shown here, or goes by text message.', posted: 'Sent by post', noted: 'Noted: printed and sent by post.',
  readers: { asked: 'this address has the link and asks to read it.', allowed: 'may read it too.', refused: 'may not read it.' },
  allow: 'Allow', refuse: 'Refuse', allowed: 'They were told that they may read it.', refused: 'They cannot read it.',
} as const;
