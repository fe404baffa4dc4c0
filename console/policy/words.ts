/** What the rules' screens call things. */
import type { Tone } from '../frame/view.tsx';

type Names = { readonly [name: string]: string };
export const LEVEL: Names = { none: 'free of patient data', pii: 'personal data', medium: 'likely patient data', high: 'patient data', bulk: 'data of many patients', unscannable: 'not readable' };
export const SENSITIVE: Names = { psychotherapy: 'psychotherapy', 'substance-use': 'substance use', hiv: 'HIV', reproductive: 'reproductive health', genetic: 'genetic data' };
export const KIND: Names = {
  NAME: 'names', GEO: 'places', DATE: 'dates', AGE90: 'ages over 89', PHONE: 'phone numbers', FAX: 'fax numbers', EMAIL: 'mail addresses', SSN: 'Social Security numbers', MRN: 'record numbers', HEALTH_PLAN: 'health plan numbers',
  ACCOUNT: 'account numbers', LICENSE: 'license numbers', VEHICLE: 'vehicle numbers', DEVICE: 'device numbers', URL: 'web addresses', IP: 'IP addresses', BIOMETRIC: 'biometric data', PHOTO: 'photographs', OTHER_ID: 'other numbers',
};
export const TRAIT: Names = {
  internal: 'a colleague', external: 'outside', consumer: 'at a consumer mailbox', partner: 'a partner', new: 'written to for the first time', 'look-alike': 'at a look-alike domain', personal: 'the private address of somebody known',
  'unlike-thread': 'not of this thread', 'unlike-salutation': 'not who is greeted', 'no-mail': 'at a domain without mail', list: 'a list nobody can expand',
};
export const PURPOSE: Names = { treatment: 'treatment', payment: 'payment', operations: 'operations', 'patient-request': 'a patient’s request', authorization: 'an authorization', other: 'another purpose' };
export const ACT: Names = { allow: 'it goes', observe: 'it is noted and goes', hint: 'the author sees a hint', warn: 'the author is warned', justify: 'the author gives a reason', approve: 'a second person must agree', block: 'it does not go' };
export const NEED: Names = { none: 'no protection', transport: 'a proved encrypted connection', 'at-rest': 'encryption that lasts at the recipient’s side', 'e2e-only': 'encryption from end to end' };
export const DAY: Names = { 1: 'Monday', 2: 'Tuesday', 3: 'Wednesday', 4: 'Thursday', 5: 'Friday', 6: 'Saturday', 7: 'Sunday' };

export const CONDITION: Names = {
  level: 'Rating', sensitive: 'Sensitive classes', health: 'Health terms, at least', kinds: 'Kinds of identifiers', people: 'People concerned, at least', matches: 'Own patterns or the exact-match list', subjectIdentifier: 'A patient in the subject', unscannable: 'Something not readable',
  attachments: 'Attachments, at least', size: 'Bytes of attachments, at least', recipient: 'Recipient is', recipientNot: 'Recipient is not', recipientDomain: 'Recipient’s domain', recipients: 'Recipients, at least', visible: 'Recipients who see each other, at least',
  group: 'Author’s group', sharedMailbox: 'Sent from a shared mailbox', time: 'Time of day', label: 'Label', purpose: 'Purpose',
};
/** Who writes it: organisation, then narrower. */
export const SCOPE: Names = { domain: 'Authors at these domains', group: 'Authors in these groups', person: 'These authors' };
export const EFFECT: Names = { act: 'What happens', need: 'Protection at least', portal: 'On the secure page', divided: 'Divided key', insist: 'Never as ordinary mail', retention: 'Kept as', expires: 'Copies end after days', hold: 'Waits for minutes', notify: 'Tells these colleagues', consent: 'Needs a recorded consent', notice: 'Notice under the text' };

export const STATE: { readonly [state: string]: readonly [string, Tone] } = { draft: ['Draft', 'plain'], submitted: ['Waits for approval', 'care'], approved: ['Approved', 'brand'], active: ['In force', 'good'], retired: ['Retired', 'plain'], rejected: ['Rejected', 'bad'] };
export const CHANGE: { readonly [kind: string]: readonly [string, Tone] } = { added: ['new', 'good'], removed: ['gone', 'bad'], changed: ['changed', 'care'], moved: ['order', 'plain'] };

/** What a field takes, where it was given something else. */
export const NEEDED: Names = {
  id: 'small letters, digits and dashes, a letter first', rule: 'choose one of the rules', name: 'no address and no line break', says: 'no address (@) and no line break', owner: 'a name or a post, no address', why: 'no address (@) and no line break', until: 'a day, such as 2027-01-31',
  recipientDomain: 'domains such as clinic.org', domain: 'domains such as clinic.org', partners: 'domains such as clinic.org', consumers: 'domains such as mail.org', from: 'a time such as 18:00', to: 'a time such as 07:00', matches: 'names of patterns: small letters, digits and dashes',
};

export const SAY = {
  oneNeeded: 'name at least one', missing: 'something must stand here', numberNeeded: 'a whole number is needed', notThat: 'this is not one of its values', atLeast: (n: number) => `at least ${n.toLocaleString()}`, atMost: (n: number) => `at most ${n.toLocaleString()}`, tooMany: (n: number) => `at most ${n.toLocaleString()} of them`, tooLong: (n: number) => `at most ${n.toLocaleString()} characters`,
  unsaved: 'What you had changed here and not saved is still here.', anew: 'Begin anew',
  about: 'About the message and its author', toAddress: 'To', toMore: 'how many recipients', files: 'Attachments', labels: 'Labels', authorAddress: 'Author’s address', groups: 'Author’s groups', fromShared: 'Sent from a shared mailbox', clock: 'At', forPurpose: 'Purpose', noPurpose: 'not given', show: 'Show the rule',
  versions: 'Policy',
  versionsLead: 'Every version there was. What is in force was written by one person and approved by another.',
  none: 'No version yet', noneMore: 'The built-in rules for US healthcare are in force.',
  write: 'Change the rules', open: 'Open',
  version: 'Version', state: 'State', note: 'Note', author: 'Written by', created: 'Written', since: 'In force since', you: 'you', somebody: 'somebody else',
  life: 'Where it stands', changes: 'What it changes', unchanged: 'It says the same as', builtIn: 'the built-in rules for US healthcare', rules: 'Its rules', tried: 'What it would do',
  against: (version: string) => `Compared with ${version}`,
  triedAt: (time: string, against: string, days: number) => `Tried ${time}, beside ${against}, over the last ${days.toLocaleString()} ${days === 1 ? 'day' : 'days'}.`, outdated: 'Out of date: other rules have come into force since.',
  unmet: (rules: string) => `Never met in what was tried: ${rules}.`, onlyMade: (rules: string) => `Met by made-up situations alone, by no message sent and none of a clinic: ${rules}.`, atSubmission: 'When it was submitted', triedSince: 'Tried since',
  try: 'Try it', tryAgain: 'Try it again', trying: 'Trying it on the last 30 days…', tryLead: 'Over what was really sent in the last 30 days (kinds and counts, no content) and over made-up mail of every kind.',
  submit: 'Ask for approval', submitAnyway: 'Ask for approval all the same', approve: 'Approve', reject: 'Reject', activate: 'Bring into force now', schedule: 'Bring into force at', at: 'Time', emergency: 'Emergency: bring into force without a second person', emergencyMore: 'An emergency change goes back by itself after 24 hours unless somebody else approves it.',
  emergencyAsk: 'Bring it into force without a second person?', emergencyDo: 'Bring into force', cancel: 'Cancel',
  restore: 'Write a new version with these rules', edit: 'Change these rules',
  tryFirst: 'Try it first: below stands what it would do.', tryAnew: 'Other rules have come into force since it was tried. Try it again, then go on.', unseen: (labels: string) => `No message sent in these days had the label ${labels}. See how Outlook spells it: a rule on a label that nobody uses never holds.`, own: 'Who wrote a version cannot approve it.', unknown: (what: 'pattern' | 'group', name: string, rule: string) => `${what === 'pattern' ? 'No pattern or list of your own' : 'No group of the directory'} is called “${name}”: “${rule}” never holds for it.`, reverts: (at: string) => `In force without a second person: it goes back at ${at} unless another person approves it, and at once when one rejects it.`, activates: (at: string) => `Comes into force at ${at}.`,
  decided: 'Decided by', wentBack: 'Rejected. What two people had approved is in force again.',
  done: { submit: 'Submitted. Another person can approve it now.', approve: 'Approved.', reject: 'Rejected.', activate: 'In force. Open panes obey within a minute.', schedule: 'Its time is set.', emergency: 'In force for 24 hours.' },
  relaxes: 'It is weaker than what is in force for some messages.', stricter: 'In what it was tried on it is nowhere weaker than what is in force.',
  history: (n: number) => `Of ${n.toLocaleString()} messages sent`, corpus: (n: number) => `Of ${n.toLocaleString()} made-up messages of a clinic`, samples: (n: number) => `Of ${n.toLocaleString()} situations of every kind`,
  itSays: (says: string) => `It says: “${says}”`,
  compared: { blocked: 'newly blocked', released: 'no longer blocked', asked: 'newly asked about', unasked: 'no longer asked about', strengthened: 'protected more', weakened: 'protected less' },
  answerable: 'by', noChange: 'no difference',

  editor: 'Rules', editorLead: 'Rules only add: the strictest of all that hold wins, whatever their order. Nothing takes effect until it was tried, submitted and approved by somebody else.',
  base: 'Begin with', inForce: 'What is in force', template: 'Template',
  add: 'Add a rule', example: 'Add an example', undo: 'Undo', undone: 'Undone', fits: 'true of the text tried', fitsNot: 'not true of the text tried', choose: 'Choose…', remove: 'Remove', up: 'Move up', down: 'Move down', drag: 'Drag to arrange', change: 'Change', close: 'Done',
  moved: (name: string, n: number, all: number) => `${name}: now ${n} of ${all}`, removed: (name: string) => `“${name}” removed`,
  sayWhen: 'Say first when it holds.', everyMessage: 'Every message, whatever it says', id: 'Name for machines', idMore: 'small letters, digits and dashes', name: 'Name', says: 'Sentence the author reads', when: 'When', then: 'Then', always: 'Always: no condition.', addCondition: 'Add a condition…', addEffect: 'Add a consequence…', least: 'at least', from: 'from', to: 'to', days: 'on', comma: 'separated by commas',
  scope: 'For whom', everybody: 'Everybody.', addScope: 'Narrow to…',
  exceptions: 'Exceptions', exceptionsLead: 'Rules only add. An exception takes one named effect of one rule away until its day is over; somebody answers for it by name.', addException: 'Add an exception', exception: (n: number) => `Exception ${n}`,
  withinDays: (n: number) => `a day within the next ${n}; what is to stay is a rule`, ofRule: 'Of the rule', takesAway: 'Takes away', until: 'Last day (UTC)', owner: 'Who answers for it', ownerMore: 'a name or a post, no address', why: 'Because', noEffect: 'That rule has no such effect.', past: 'That day is over: it does nothing any more', exceptionTwice: 'Another exception has this name.',
  domains: 'Domains', partners: 'Partner domains', consumers: 'Consumer domains besides the well known', wrong: 'This cannot be saved yet:', twice: 'Another rule has this name for machines.', empty: 'A rule without a consequence does nothing.', fine: 'Well formed.',
  save: 'Save as a draft', noteLabel: 'Why (kept with the version)', saved: 'Saved as a draft.',
  trial: 'Try the rules on a text', trialLead: 'Scanned in this window and sent nowhere.', sample: 'Text', subject: 'Subject', recipients: 'To a recipient who is', samples_: 'Use a sample', found: 'Found', nothingFound: 'Nothing found.', result: 'Result', held: 'Rules that hold', noneHold: 'No rule holds.',
} as const;

/** Made up; nobody here exists. */
export const SAMPLES: readonly { readonly name: string; readonly subject: string; readonly text: string }[] = [
  { name: 'A referral', subject: 'Referral', text: 'Dear Dr. Park,\n\nI am referring Jane Roe, DOB 03/04/1961, MRN 00482913, with type 2 diabetes mellitus. Her HbA1c was 9.1 %.\n\nAna Ruiz' },
  { name: 'Substance use', subject: 'Treatment summary', text: 'Patient: Mark Doe, DOB 11/30/1984, MRN 00771204. He completed detoxification and continues methadone maintenance for opioid use disorder.' },
  { name: 'Payroll', subject: 'Payroll list', text: `As asked, the Social Security numbers of this month:\n${[104, 215, 326, 437, 548, 159, 261, 372, 483, 594, 105, 216].map((area, i) => `SSN ${area}-${42 + i}-${6107 + 311 * i}`).join('\n')}` },
  { name: 'Lunch', subject: 'Lunch on Thursday?', text: 'Shall we meet at noon in the cafeteria? I will bring the new schedule.' },
];

/** Rules to begin with: added by one press, then changed at will. */
export const EXAMPLES: readonly { readonly name: string; readonly when: object; readonly then: object; readonly says?: string }[] = [
  { name: 'Many Social Security numbers to a consumer mailbox', when: { kinds: { of: ['SSN'], least: 10 }, recipient: ['consumer'] }, then: { act: 'block' }, says: 'So many Social Security numbers do not go to a private mailbox.' },
  { name: 'Data of many patients leaves the house', when: { level: ['bulk'], recipient: ['external'], recipientNot: ['partner'] }, then: { act: 'justify' }, says: 'This is data of many patients. Say why it goes out.' },
  { name: 'Sensitive data to somebody new', when: { sensitive: Object.keys(SENSITIVE), recipient: ['new'], recipientNot: ['internal'] }, then: { act: 'approve' }, says: 'A second person looks at this first.' },
  { name: 'Patient data to a consumer mailbox', when: { level: ['medium', 'high', 'bulk'], recipient: ['consumer'] }, then: { portal: true } },
  { name: 'First mail to an outside address waits', when: { recipient: ['new'], recipientNot: ['internal'] }, then: { hold: 5 } },
  { name: 'Patient data outside office hours', when: { level: ['high', 'bulk'], recipient: ['external'], time: { from: '20:00', to: '06:00' } }, then: { act: 'warn' }, says: 'It is late: look at the recipients once more.' },
  { name: 'Kept shorter on the secure page', when: { recipient: ['consumer'] }, then: { expires: 14 } },
];
