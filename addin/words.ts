/**
 * Every sentence a person reads in the add-in, by code. Plain, short, kind: what is so, then what to do. No sentence carries a value of a draft
 * except where the author's own window shows it. ES2016 library only: the event bundle takes its alerts from here.
 */
import type { Protection } from '../shared/plan/protection.ts';
import type { IdentifierKind, PartName, SensitiveClass, VerdictLevel } from '../shared/scan/scan.ts';
import type { Status } from '../shared/track/track.ts';

export interface Saying {
  readonly what: string;
  readonly next: string;
}

/** What Outlook shows when the author presses its own Send: 500 characters at most, the button 20 (Smart Alerts). */
export const ALERTS = {
  button: 'Send Secure',
  phi: 'This looks like patient information for somebody outside. Press Send Secure: it goes out protected, with no extra work for you.',
  sent: 'This message was already sent with Send Secure. Open Send Secure to close this draft, or to send it again as a new message.',
  unread: 'Send Secure could not check this message in time. Open Send Secure to send it protected, or try again.',
  file: 'An attachment or a picture could not be checked here. Press Send Secure: it looks inside, and protects the message if it needs it.',
  list: 'This goes to a list, with what looks like patient information or a file that could not be read here. Press Send Secure: it shows who is on the list, and protects it for whoever is outside.',
  invitations: {
    phi: 'This invitation seems to contain patient information and goes to someone outside your organization. Invitations cannot be protected. Take the patient information out, or send it as a message with Send Secure.',
    policy: 'Your organization\'s policy does not let this invitation go as it is. Send it as a message with Send Secure.',
    file: 'Send Secure could not read an attachment or a picture of this invitation, and somebody outside your organization would get it. Take it out, or send it as a message with Send Secure.',
    list: 'This invitation goes to a list that may have members outside your organization, and seems to contain patient information or a file that could not be read here. Take that out, or send it as a message with Send Secure.',
  },
  invitationUnread: 'Send Secure could not check this invitation in time. Please try again.',
  hint: 'Patient information and an outside recipient: send it with Send Secure.',
  policy: 'Your organization asks for more here than Outlook\'s own Send does. Press Send Secure: it shows what, and why.',
  hintPolicy: 'Your organization asks for Send Secure here.',
  hintAction: 'Open Send Secure',
} as const;

/** Every refusal an author can meet: the service's (RFC 9457 codes), and our own. */
export const REFUSALS: { readonly [code: string]: Saying } = {
  'bad-json': { what: 'Send Secure and its service did not understand each other.', next: 'Your draft is unchanged. Please tell your administrator.' },
  'bad-request': { what: 'The service could not accept part of this message.', next: 'Your draft is unchanged. Please tell your administrator.' },
  'bad-address': { what: 'One of the addresses is not a valid mailbox.', next: 'Check To, Cc and Bcc, then try again. A domain with letters such as ü goes in its xn-- form.' },
  'bad-header': { what: 'The subject or a file name contains a hidden control character.', next: 'Type the subject anew or rename the file, then try again.' },
  'bad-cursor': { what: 'The list has moved on.', next: 'Open “Sent securely” again.' },
  'idempotency-key-missing': { what: 'Send Secure and its service did not understand each other.', next: 'Your draft is unchanged. Please tell your administrator.' },
  'unauthenticated': { what: 'Your sign-in has ended.', next: 'Sign in again; your draft is unchanged.' },
  'forbidden': { what: 'Your account may not send with Send Secure.', next: 'Ask your administrator for access. Your draft is unchanged.' },
  'guest-account': { what: 'Your account is a guest here and may not send with Send Secure.', next: 'Ask your administrator for access. Your draft is unchanged.' },
  'groups-unknown': { what: 'Your sign-in leaves out some of your groups, and rules depend on them.', next: 'Ask your administrator; this cannot be mended here. Your draft is unchanged.' },
  'from-not-allowed': { what: 'You may not send from this address.', next: 'Choose your own address in From, or ask your administrator.' },
  'not-found': { what: 'There is nothing here that you may see.', next: 'It may belong to somebody else, or its time is over.' },
  'method-not-allowed': { what: 'Send Secure and its service are of different versions.', next: 'Close and open the pane; if it stays, tell your administrator.' },
  'idempotency-mismatch': { what: 'This request was made before with other content.', next: 'Try once more; your draft is unchanged.' },
  'plan-changed': { what: 'The protection changed since it was shown to you.', next: 'Look at it again, then send.' },
  'already-sent': { what: 'This draft was already sent.', next: 'You can send it again as a new message.' },
  'question-malformed': { what: 'The question or its answer is empty or too long.', next: 'Write a short question and its answer, or leave both empty.' },
  'question-guessable': { what: 'The answer is too easy to guess: it is very short, or stands in the question.', next: 'Choose an answer of at least four letters.' },
  'question-has-findings': { what: 'The question seems to hold patient data.', next: 'It is shown before anybody is known. Ask for something that says nothing of the patient.' },
  'question-not-enough': { what: 'For a recipient of this message the answer to a question would not be enough.', next: 'Remove the question; the other ways to open it stay.' },
  'parts-missing': { what: 'Not all attachments arrived.', next: 'Try again; what has arrived is not sent twice.' },
  'digest-mismatch': { what: 'Something changed on the way, so nothing was sent.', next: 'Try again; your draft is unchanged.' },
  'list-not-expanded': { what: 'A distribution list could not be taken apart, so nobody knows who would read patient data.', next: 'Write to its members by name, or ask your administrator to look at the directory.' },
  'policy-blocked': { what: 'Your organization does not allow this message.', next: 'The reasons are shown above. Change the message, or ask your compliance team.' },
  'no-protection': { what: 'For one recipient there is no protection strong enough.', next: 'Take that recipient out, or reach them another way.' },
  'justification-needed': { what: 'Your organization asks for a reason before this message may go.', next: 'Write one sentence, then send.' },
  'not-recallable': { what: 'Nothing of this message can be recalled any more.', next: 'It arrived, was taken back, or was never sent.' },
  'not-held': { what: 'This copy is not waiting for you any more.', next: 'Look at the message under "Sent securely".' },
  'content-divided': { what: 'The key of this message is divided: nobody here can open it or send its notice again.', next: 'Send the message again if they still need it.' },
  'no-portal-copy': { what: 'Nothing waits on the secure page for this person any more.', next: 'Send the message again if they still need it.' },
  'too-many-recipients': { what: 'A message may have at most 500 recipients.', next: 'Send it in several messages.' },
  'no-recipients': { what: 'No complete address is in To, Cc or Bcc yet.', next: 'Add a recipient, or finish the address.' },
  'second-person-needed': { what: 'Somebody else must confirm this.', next: 'Ask a colleague with the right to do so.' },
  'step-up-required': { what: 'This needs you to sign in once more.', next: 'Sign in again, then repeat it; nothing was changed.' },
  'too-large': { what: 'The attachments are too large together.', next: 'Send them in several messages: 35 MB each at most.' },
  'use-parts': { what: 'The message is too large for one piece.', next: 'Try again; your draft is unchanged.' },
  'unsupported-media-type': { what: 'Send Secure and its service did not understand each other.', next: 'Your draft is unchanged. Please tell your administrator.' },
  'too-many-requests': { what: 'The service is busy with many messages.', next: 'Wait a minute, then try again. Your draft is unchanged.' },
  'fault': { what: 'Something is broken on the service\'s side. Nothing was lost.', next: 'Try again in a moment; your draft is unchanged.' },
  'not-ready': { what: 'The service cannot accept messages at the moment.', next: 'Your message is safe in Drafts. Try again in a moment.' },

  'offline': { what: 'No connection to Send Secure.', next: 'Your message is safe in Drafts. You can go on writing; this pane tells you when the connection is back.' },
  'no-answer': { what: 'The answer got lost.', next: 'Checking with the service what became of your message.' },
  'unknown-answer': { what: 'The service gave an answer this pane does not know.', next: 'Your draft is unchanged. Close and open the pane; if it stays, tell your administrator.' },
  'sign-in-needed': { what: 'Please sign in once.', next: 'Send Secure then knows that it is you. Checking your message works without.' },
  'sign-in-failed': { what: 'The sign-in did not work.', next: 'Try again. If it stays, ask your administrator.' },
  'config-missing': { what: 'Send Secure is not set up here.', next: 'Ask your administrator; your draft is unchanged.' },
  'config-broken': { what: 'Send Secure is not set up correctly.', next: 'Ask your administrator; your draft is unchanged.' },
  'item-gone': { what: 'Outlook now shows another message.', next: 'Open this draft again to go on.' },
  'outlook-busy': { what: 'Outlook is still working on an attachment.', next: 'Wait a moment, then try again.' },
  'outlook-silent': { what: 'Outlook does not answer.', next: 'Your draft is unchanged. Try again, or reopen the message.' },
  'outlook-failed': { what: 'Outlook did not let us read or save this message.', next: 'Your draft is unchanged. Try again, or reopen the message.' },
  'recipient-unresolved': { what: 'A recipient is not a full address yet, or is a contact list.', next: 'Finish the address, or replace the list by its members.' },
  'attachment-cloud': { what: 'An attachment is only a link to a cloud file.', next: 'Attach the file itself as a copy, so that it can be protected too.' },
  'attachment-empty': { what: 'Outlook gave an attachment without its content.', next: 'It may still be uploading. Wait a moment and try again, or attach it anew.' },
  'attachment-unreadable': { what: 'Outlook could not read an attachment.', next: 'Remove it and attach it anew, then try again.' },
  'attachment-too-large': { what: 'An attachment is larger than 25 MB.', next: 'Make it smaller or split it, then try again.' },
  'attachment-left': { what: 'An attachment could not be taken out of this draft.', next: 'Please delete this draft yourself.' },
  'too-many-attachments': { what: 'A message may have at most 200 attachments.', next: 'Put some of them together in one file.' },
  'subject-too-long': { what: 'The subject is too long.', next: 'Make it shorter, then try again.' },
  'body-too-long': { what: 'The text is too long for a message.', next: 'Attach it as a file instead.' },
  'draft-unsettled': { what: 'The message is still changing.', next: 'Pause typing for a moment, then send again.' },
  'draft-not-empty': { what: 'There is already something in this draft.', next: 'Open a new, empty message and restore there.' },
  'stamp-other': { what: 'This window now holds another draft.', next: 'It was left as it is.' },
  'close-unsupported': { what: 'This Outlook does not let us close the window.', next: 'You can close this message.' },
  'receipt-mismatch': { what: 'The receipt does not match this draft, which was left as it is.', next: 'Please tell your administrator before you send it again.' },
  'plan-missing': { what: 'The protection is not known yet.', next: 'Wait until every recipient below shows one.' },
};

/** What stands in the draft after it was handed over: a receipt, and no word of the author's. It stays as it is, whether the message goes at once, waits, or never goes. */
export function notice({ id, receipt }: { readonly id: string; readonly receipt: { readonly acceptedAt: string } }): { readonly subject: string; readonly html: string } {
  return {
    subject: 'Handed over to Send Secure',
    html: `<p>Send Secure accepted this message.</p><p>Receipt ${id}<br>${receipt.acceptedAt.slice(0, 16).replace('T', ' ')} UTC</p><p>You can close this window. What becomes of it is under <i>Sent securely</i> in Send Secure.</p>`,
  };
}

const UNKNOWN: Saying = { what: 'Something unexpected happened.', next: 'Your draft is unchanged. Try again, or tell your administrator.' };

export function saying(code: string): Saying {
  return REFUSALS[code] || UNKNOWN;
}

export const KINDS: { readonly [K in IdentifierKind]: string } = {
  NAME: 'Name of a person', GEO: 'Street, town or postal code', DATE: 'Date tied to a person', AGE90: 'Age of 90 or more', PHONE: 'Phone number', FAX: 'Fax number',
  EMAIL: 'E-mail address', SSN: 'Social Security number', MRN: 'Medical record number', HEALTH_PLAN: 'Health plan number', ACCOUNT: 'Account number',
  LICENSE: 'License or certificate number', VEHICLE: 'Vehicle or plate number', DEVICE: 'Device or serial number', URL: 'Web address', IP: 'Internet address',
  BIOMETRIC: 'Biometric identifier', PHOTO: 'Photograph of a face', OTHER_ID: 'Other identifying number',
};

export const SENSITIVE: { readonly [S in SensitiveClass]: string } = {
  'psychotherapy': 'psychotherapy', 'substance-use': 'substance use treatment', 'hiv': 'HIV', 'reproductive': 'reproductive health', 'genetic': 'genetic information',
};

export const LEVELS: { readonly [L in VerdictLevel]: Saying } = {
  none: { what: 'No patient information found', next: 'It still goes protected if you use Send Secure.' },
  pii: { what: 'Personal details found', next: 'Nothing about health, but worth protecting.' },
  medium: { what: 'This looks like patient information', next: 'It will be protected for every recipient.' },
  high: { what: 'Patient information found', next: 'It will be protected for every recipient.' },
  bulk: { what: 'Information about many patients', next: 'Check once more that everyone below needs all of it.' },
  unscannable: { what: 'Part of this message cannot be read', next: 'Treated as if it held patient information.' },
};

/** The protections as the author reads them. */
export const WAYS: { readonly [P in Protection]: { readonly name: string; readonly means: string } } = {
  tls: { name: 'Encrypted connection', means: 'Their mail server must prove itself before a word is sent.' },
  smime: { name: 'S/MIME', means: 'Encrypted for their certificate. Only they can open it.' },
  pgp: { name: 'OpenPGP', means: 'Encrypted for their key. Only they can open it.' },
  portal: { name: 'Secure page', means: 'They get a link and read it on a page of your organization.' },
  'plain-by-choice': { name: 'Ordinary mail', means: 'The patient asked for this after a warning.' },
};

/** The key of what is read on the page may be divided; it is never called more than that. */
export const nameOf = (way: Protection, divided = false): string => (divided && way === 'portal' ? `${WAYS.portal.name}, divided key` : WAYS[way].name);

export const STATUSES: { readonly [S in Status]: string } = {
  queued: 'On its way', relayed: 'Handed to their mail server', delayed: 'Delayed, trying again', failed: 'Not delivered', delivered: 'Delivered', opened: 'Opened',
  held: 'Held back', recalled: 'Recalled',
};

export const PARTS: { readonly [P in PartName]: string } = { subject: 'Subject', body: 'Message', 'attachment-name': 'File name', attachment: 'Attachment' };

/** What a recipient seems to be, said before it is too late. Hints: none of them stops anything. */
export const TRAIT_HINTS: { readonly [trait: string]: string } = {
  'look-alike': 'The domain looks like one you know, but is another. Check it letter by letter.',
  'personal': 'This seems to be the private mailbox of somebody you know from work.',
  'unlike-thread': 'Nobody of this address took part in the conversation below.',
  'unlike-salutation': 'You greet somebody else than this person.',
  'no-mail': 'Their domain takes no mail, or does not exist. Look at the address again.',
  'list': 'A distribution list: who reads it is not known here.',
};
export const TOGETHER_HINTS: { readonly [hint: string]: string } = {
  'many-visible': 'Many people see each other\'s addresses in To and Cc. Bcc hides them.',
  'reply-all': 'You answer colleagues and people outside at once.',
  'many-consumers': 'More than five private mailboxes see each other here.',
};

const count = (n: number, one: string, many: string): string => (n === 1 ? `One ${one}` : `${n} ${many}`);
/** A distribution list, expanded. Each member gets a copy of their own. */
export const LIST = {
  members: (members: number, outside: number) => `${count(members, 'member', 'members')}, ${outside === 0 ? 'all of them colleagues' : outside === members ? 'all of them outside your organization' : `${outside} of them outside your organization`}. Each gets a copy of their own.`,
  besides: (n: number) => `${count(n, 'is written to beside the list already.', 'are written to beside the list already.')}`,
  outside: (n: number) => `${n === 1 ? 'This one is' : 'These are'} not of your organization:`,
  inside: (n: number) => (n === 1 ? 'Show the colleague' : `Show the ${n} colleagues`),
} as const;

/** The "?" beside each heading. */
export const HELP = {
  findings: 'Send Secure looks for the eighteen kinds of identifiers that HIPAA names, together with words about health. It looks here, in Outlook; nothing is sent for it.',
  recipients: 'Each person gets the way that asks least of them and is strong enough. If it cannot be proved while sending, the message takes the way after “otherwise”, never a weaker one.',
  retention: 'Your organization keeps a copy for this long, encrypted, because of the rule named here. After that it is destroyed.',
} as const;

/** Headings, buttons, labels, and the pane's own lines. */
export const SAY = {
  product: 'Send Secure', tabDraft: 'This message', tabSent: 'Sent securely', help: 'Explain', starting: 'Looking at your message…',
  outside: { what: 'Open this in Outlook', next: 'Send Secure works beside a message in Outlook. Open or write a message there and choose Send Secure.' },
  nothing: { what: 'No message is open', next: 'Open a message, or write a new one, and Send Secure looks after it.' },
  onlyRead: { what: 'This message is open to read', next: 'Answer it or write a new one, and Send Secure looks after that. What you sent is under “Sent securely”.' },
  empty: { what: 'Ready when you are', next: 'Write your message. Send Secure reads along here, in Outlook, and shows how it will be protected.' },
  scanning: { what: 'Reading your message…', next: 'This stays in Outlook.' },
  led: 'Outlook stopped here because this message needs protection. Check it once, then choose Send Secure.',
  findings: 'What was found', noFindings: 'Nothing that identifies a patient.', quoted: 'in the earlier messages below',
  found: (sure: number, all: number, how: string) => (all === 1 ? how : sure === all ? `${all} × ${how}` : `${sure} of ${all} ${how}`), certain: { low: 'perhaps', medium: 'likely', high: 'certain' },
  list: 'List', apart: 'Write to each of them alone', notApart: 'Outlook did not move them. Put them in Bcc yourself.',
  dispute: 'Not patient data?', disputed: 'Thank you: noted for those who keep the rules, without your text. The message stays protected.', notDisputed: 'That could not be noted.',
  moved: 'The message has changed since.', recipients: 'Who gets it, and how', noRecipients: 'Add people to To, Cc or Bcc in Outlook.',
  ifProved: 'if proved, otherwise', ifRevoked: 'unless they take that back; then', they: 'For them', ifNot: 'Otherwise', not: 'Not by', first: 'First mail to them', why: 'Why this way?', planning: 'Working out the protection…',
  retention: 'How long it is kept', law: 'Which law asks for it', until: 'Until', kept: 'Kept until', more: 'More options',
  send: 'Send Secure', sendAnyway: 'Send Secure with these warnings', resume: 'Continue sending', retry: 'Try again', signIn: 'Sign in', agree: 'Send with this protection', notNow: 'Not now',
  resumeHint: 'You began to send this message before. Nothing was sent yet.', asNew: 'Send as new', done: 'Done', back: 'Back',
  changedPlan: { what: 'The protection changed', next: 'Something changed since you looked. This is how the message would go now.' },
  sending: 'Sending securely',
  steps: { saving: 'Saving your draft', reading: 'Reading message and attachments', uploading: 'Handing over to the service', committing: 'Getting the receipt', asking: 'Checking what became of it', closing: 'Clearing the draft' },
  checking: { what: 'Checking', next: 'The answer got lost. Asking the service what became of your message; nothing is sent twice.' },
  sent: 'Sent securely', handed: 'Handed over', receipt: 'Receipt', timeline: 'What happens with it',
  spent: (time: string) => `Already handed over at ${time}`,
  earlier: 'What stands here may go again, as a new message.',
  hollow: (names: readonly string[]) => `${names.join(', ')} ${names.length === 1 ? 'has' : 'have'} nothing in ${names.length === 1 ? 'it' : 'them'}.`, hollowThen: 'An attachment of 0 bytes is sent as it is. If that is not meant, attach it anew.',
  others: 'Other messages', andMore: (n: number) => `and ${n} more`, other: 'Another message is still being sent.', otherSent: 'Another message was handed over.', otherStopped: 'Another message was not sent: open its draft.',
  thatIs: 'That is', look: 'Look twice', approve: 'Send for approval', needsApproval: 'A second person decides', hint: 'Good to know', hold: (n: number) => `It waits ${n} ${n === 1 ? 'minute' : 'minutes'} after you send; until then you can take it back under “Sent securely”.`, cleanOffline: 'No patient information was found: you can use Outlook\'s own Send.', stale: { what: 'No word from your organization for three days', next: 'Until there is, Outlook\'s own Send also follows the strict rules.' }, stopped: 'Not sent', warning: 'Please check', blocked: 'This message may not go', attachments: 'Attachments',
} as const;
