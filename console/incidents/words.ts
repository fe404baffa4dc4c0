/** What the incident screens say. */
import type { Tone } from '../frame/view.tsx';

export const STATES: { readonly [state: string]: readonly [string, Tone] } = { open: ['open', 'bad'], assessed: ['decided', 'care'], closed: ['closed', 'good'] };
export const KINDS: { readonly [kind: string]: string } = { 'wrong-recipient': 'Wrong recipient', 'wrong-content': 'Wrong content', 'lost-device': 'Lost device', 'unauthorised-access': 'Access without a right', 'other': 'Other' };
export const RATINGS = { low: 'low', medium: 'medium', high: 'high' } as const;
export const DECISIONS: { readonly [decision: string]: string } = {
  'low-probability': 'Low probability that it was compromised: no breach', 'breach': 'Breach', 'exception-workforce': 'Exception: unintentional, within the workforce', 'exception-inadvertent': 'Exception: inadvertent, between those with access', 'exception-not-retained': 'Exception: could not have been kept',
};
export const STEPS: { readonly [kind: string]: string } = { action: 'Corrective action', remark: 'Remark', notice: 'Notice sent', close: 'Closed' };
export const NOTIFIED: { readonly [to: string]: string } = { '': 'nobody', 'individuals': 'Individuals', 'hhs': 'HHS', 'media': 'Media', 'covered-entity': 'Covered entity', 'state': 'State' };
export const FACTORS: { readonly [factor: string]: string } = { nature: '1. What it was, and whether people can be told from it', recipient: '2. Who got it', acquired: '3. Whether it was seen or taken', mitigated: '4. How far the risk was lessened' };
export const CODES: { readonly [code: string]: string } = { 'patient-safety': 'Safety of a patient', 'author-unavailable': 'Author not to be reached', 'system-failure': 'A system failed', 'legal-emergency': 'Legal emergency' };

export const SAY = {
  title: 'Incidents',
  lead: 'What may be a breach: what could be taken back is, what could not is said, the evidence is filled in, and a person decides (45 CFR 164.402).',
  open: 'Open an incident',
  openMore: 'Takes back what can be taken back of the message, and opens a file with what the log proves.',
  message: 'Message (id)',
  kind: 'What happened',
  discovered: 'Known since',
  note: 'Note',
  none: 'No incident.',
  list: 'Incidents',
  one: 'Incident',
  state: 'State',
  protection: 'Can it be read',
  opened: 'Opened',
  back: 'All incidents',
  secured: 'nobody can open it',
  unsecured: 'somebody can open it',
  copies: 'Copies',
  copy: (n: number) => `Copy ${n + 1}`,
  cannot: 'What could not be taken back',
  clock: 'Last days, if it is a breach',
  notices: 'Notices due and sent',
  noNotices: 'It was decided that it is no breach: nobody need be told.',
  until: (day: string) => `by ${new Date(`${day.slice(0, 10)}T00:00:00Z`).toLocaleDateString(undefined, { dateStyle: 'medium', timeZone: 'UTC' })}`,
  sent: 'sent',
  notSent: 'not sent yet',
  told: (n: number) => `${n.toLocaleString()} told`,
  openedBy: (name: string) => `Opened by ${name}`,
  notNeeded: 'not needed',
  factors: 'The four factors',
  factorsMore: 'Filled in from the log. How much each weighs, and what follows, a person says.',
  weight: 'Risk',
  decision: 'Decision',
  people: 'People concerned',
  reason: 'Reason for the decision',
  decide: 'Decide',
  decided: (by: string, at: string) => `Decided ${at} by ${by}`,
  steps: 'What was done since',
  stepsNone: 'Nothing yet.',
  step: 'Kind',
  to: 'Whom',
  text: 'In words',
  add: 'Add',
  close: 'Close the incident',
  closeMore: 'Only when it is decided, and, if it is a breach, individuals were told.',
  overdue: 'overdue',
} as const;

/** Of emergency access. */
export const GLASS = {
  title: 'Emergency access',
  lead: 'When somebody cannot wait for the author of a message: one message, to be read here, for at most an hour. It is granted at once, and another person says afterwards whether it was right (45 CFR 164.312(a)(2)(ii)).',
  ask: 'Open a message now',
  askMore: (name: string) => `${name}: that you did so, why, and each reading are entries of the log. Privacy officers and compliance hear of it now, and one of them reviews it within a business day.`,
  message: 'Message (id)',
  messageMore: 'such as msg_…; a privacy officer finds it in the log by recipient',
  code: 'Why it cannot wait',
  choose: 'Choose…',
  howLong: 'For how long',
  minutes: (n: number) => (n === 60 ? 'one hour' : `${n} minutes`),
  reason: 'In words',
  reasonMore: 'for whoever reviews it; kept sealed',
  open: (n: number) => `Open it for ${n === 60 ? 'one hour' : `${n} minutes`}`,
  granted: (until: string) => `Open until ${until}. Read it below.`,
  taken: 'Emergency accesses',
  yours: 'Yours',
  none: 'Nobody took any.',
  noneYours: 'You took none.',
  you: 'you',
  lasted: (from: string, until: string) => `${from} until ${until}`,
  read: 'Read the message',
  hide: 'Hide it',
  due: (at: string) => `to be reviewed until ${at}`,
  overdue: 'overdue',
  reads: (n: number) => `read ${n} ${n === 1 ? 'time' : 'times'}`,
  justified: 'Justified',
  notJustified: 'Not justified',
  review: 'What you found',
  reviewed: (by: string) => `reviewed by ${by}`,
  kept: 'Your review is kept.',
} as const;
