/** What the overview calls things. */
import type { Tone } from '../frame/view.tsx';

export const PROTECTIONS: { readonly [name: string]: string } = { tls: 'Proved TLS', smime: 'S/MIME', pgp: 'OpenPGP', portal: 'Secure page', 'plain-by-choice': 'Plain by the patient’s choice' };
export const VERDICTS: { readonly [name: string]: string } = { none: 'No patient data', pii: 'Personal data', medium: 'Patient data', high: 'Sensitive patient data', bulk: 'Many patients', unscannable: 'Could not be read' };
export const DECISIONS: { readonly [name: string]: string } = { allow: 'Went without a word', hint: 'Went with a hint', warn: 'Went after a warning', justify: 'Went with a reason', approve: 'Waited for a second person', block: 'Blocked' };
export const STATES: { readonly [state: string]: readonly [string, Tone] } = { good: ['good', 'good'], weak: ['could be better', 'care'], missing: ['missing', 'bad'], broken: ['broken', 'bad'], unknown: ['could not be looked up', 'plain'] };
export const named = (names: { readonly [name: string]: string }, name: string): string => names[name] ?? name.replaceAll('-', ' ');

export const SAY = {
  title: 'Overview',
  range: 'Days',
  last: (days: number) => `Last ${days} days`,
  sent: 'Copies by protection',
  sentEmpty: 'Nothing was sent in this time.',
  blocked: 'Messages accepted and refused',
  accepted: 'Accepted',
  refused: 'Refused',
  verdicts: 'What was found in messages',
  verdictsEmpty: 'No message was accepted in this time.',
  decisions: 'What the policy decided',
  refusals: 'Why messages were refused',
  refusalsEmpty: 'No message was refused in this time.',
  overrides: 'Decided otherwise by a person',
  justified: 'with a reason given',
  released: 'copies let go another way',
  messages: 'messages',
  alerts: 'Open alerts',
  allDomains: 'All about domains', allAlerts: 'All alerts', allKeys: 'All keys',
  alertsEmpty: 'Nothing waits for you.',
  moreKeys: (n: number) => `and ${n.toLocaleString()} more`,
  moreAlerts: (n: number) => `and ${n.toLocaleString()} more`,
  waits: 'Waits for your word',
  waitsUnknown: 'Not everything could be asked about. Look again in a moment.',
  waitMessages: (n: number) => (n === 1 ? 'A message waits for a second person' : `${n.toLocaleString()} messages wait for a second person`),
  waitVersions: (n: number) => (n === 1 ? 'A version of the rules waits for approval' : `${n.toLocaleString()} versions of the rules wait for approval`),
  waitChanges: (n: number) => (n === 1 ? 'A change waits for a second person' : `${n.toLocaleString()} changes wait for a second person`),
  waitKeys: (n: number) => (n === 1 ? 'A recipient’s key waits to be confirmed' : `${n.toLocaleString()} recipients’ keys wait to be confirmed`),
  queue: 'Queue',
  ready: 'ready to go',
  waiting: 'waiting for a later try',
  oldest: 'oldest since',
  stopped: 'All delivery is paused.',
  resting: 'Destinations paused or not answering',
  restingEmpty: 'Every destination answers.',
  paused: 'paused',
  failures: (n: number) => `${n} ${n === 1 ? 'failure' : 'failures'}`,
  domains: 'Our own domains',
  domainsEmpty: 'No domain is set up.',
  keys: 'Keys that end within 60 days',
  keysEmpty: 'None of the recipients’ keys ends soon.',
  ends: 'ends',
  log: 'The log',
  logEntries: 'entries, signed up to',
  logBroken: 'The log cannot be continued. Look at the service’s own messages.',
  logFine: 'Continues; nothing waits longer than it should.',
  partly: (from: string) => `Too much to count at once: shown from ${from} on.`,
} as const;
