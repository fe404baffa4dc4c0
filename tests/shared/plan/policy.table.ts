/**
 * What each condition sees, row by row: the condition, what differs from a plain mail to one outsider, and whom the rule then concerns.
 * `no`: it does not hold; `all`: the message as a whole; digits: those recipients alone.
 */
import type { Condition, Trait } from '../../../shared/plan/policy.ts';

export type Given = {
  readonly level?: string; readonly sensitive?: readonly string[]; readonly health?: number; readonly kinds?: { readonly [kind: string]: number }; readonly people?: number;
  readonly matches?: readonly string[]; readonly subject?: boolean; readonly unscannable?: number; readonly attachments?: number; readonly size?: number;
  /** `address role trait trait`, several */
  readonly to?: readonly string[]; readonly groups?: readonly string[]; readonly shared?: boolean; readonly labels?: readonly string[] | null; readonly purpose?: string;
  /** day minute */
  readonly at?: readonly [number, number];
};
type Row = readonly [when: Condition, given: Given, concerns: string];

const two = ['a@x.test to external new', 'b@own.test cc internal'];
const trait = (t: Trait): Row[] => [[{ recipient: [t] }, { to: [`a@x.test to ${t}`, 'b@y.test to'] }, '0'], [{ recipient: [t] }, { to: ['a@x.test to', 'b@y.test to'] }, 'no']];

export const ROWS: readonly Row[] = [
  // nothing asked: always, with and without recipients
  [{}, {}, 'all'], [{}, { to: [] }, 'all'], [{}, { level: 'bulk' }, 'all'],
  // level
  [{ level: ['none'] }, {}, 'all'], [{ level: ['pii'] }, {}, 'no'], [{ level: ['pii'] }, { level: 'pii' }, 'all'], [{ level: ['medium'] }, { level: 'high' }, 'no'],
  [{ level: ['high'] }, { level: 'high' }, 'all'], [{ level: ['high', 'bulk'] }, { level: 'bulk' }, 'all'], [{ level: ['high', 'bulk'] }, { level: 'medium' }, 'no'],
  [{ level: ['unscannable'] }, { level: 'unscannable' }, 'all'], [{ level: ['unscannable'] }, { level: 'none', unscannable: 2 }, 'no'],
  // sensitive classes
  [{ sensitive: ['hiv'] }, { sensitive: ['hiv'] }, 'all'], [{ sensitive: ['hiv'] }, { sensitive: ['genetic'] }, 'no'], [{ sensitive: ['hiv'] }, {}, 'no'],
  [{ sensitive: ['hiv', 'genetic'] }, { sensitive: ['genetic'] }, 'all'], [{ sensitive: ['psychotherapy'] }, { sensitive: ['substance-use', 'psychotherapy'] }, 'all'], [{ sensitive: ['reproductive'] }, { sensitive: ['substance-use', 'psychotherapy'] }, 'no'],
  // health terms
  [{ health: 1 }, { health: 1 }, 'all'], [{ health: 1 }, { health: 0 }, 'no'], [{ health: 1 }, {}, 'no'], [{ health: 3 }, { health: 2 }, 'no'], [{ health: 3 }, { health: 4 }, 'all'],
  // identifiers and their counts
  [{ kinds: { of: ['SSN'] } }, { kinds: { SSN: 1 } }, 'all'], [{ kinds: { of: ['SSN'] } }, { kinds: { MRN: 4 } }, 'no'], [{ kinds: { of: ['SSN'] } }, {}, 'no'], [{ kinds: { of: ['SSN'], least: 2 } }, { kinds: { SSN: 1 } }, 'no'],
  [{ kinds: { of: ['SSN'], least: 2 } }, { kinds: { SSN: 2 } }, 'all'], [{ kinds: { of: ['SSN', 'MRN'], least: 3 } }, { kinds: { SSN: 1, MRN: 2 } }, 'all'], [{ kinds: { of: ['SSN', 'MRN'], least: 4 } }, { kinds: { SSN: 1, MRN: 2, NAME: 9 } }, 'no'],
  [{ kinds: { of: ['NAME'], least: 10 } }, { kinds: { NAME: 10 } }, 'all'], [{ kinds: { of: ['NAME'], least: 10 } }, { kinds: { NAME: 9 } }, 'no'],
  // people
  [{ people: 2 }, { people: 2 }, 'all'], [{ people: 2 }, { people: 1 }, 'no'], [{ people: 2 }, {}, 'no'], [{ people: 100 }, { people: 250 }, 'all'],
  // own patterns and the exact-match list
  [{ matches: ['badge'] }, { matches: ['badge'] }, 'all'], [{ matches: ['badge'] }, { matches: ['long'] }, 'no'], [{ matches: ['badge'] }, {}, 'no'], [{ matches: ['roster'] }, { matches: ['badge', 'roster'] }, 'all'],
  [{ matches: ['roster'] }, { matches: ['rosters'] }, 'no'], [{ matches: ['badge', 'long'] }, { matches: ['long'] }, 'all'],
  // subject, what could not be read
  [{ subjectIdentifier: true }, { subject: true }, 'all'], [{ subjectIdentifier: true }, {}, 'no'], [{ unscannable: true }, { unscannable: 1 }, 'all'], [{ unscannable: true }, { unscannable: 0 }, 'no'],
  // attachments, size
  [{ attachments: 1 }, { attachments: 1 }, 'all'], [{ attachments: 1 }, {}, 'no'], [{ attachments: 3 }, { attachments: 2 }, 'no'], [{ attachments: 3 }, { attachments: 30 }, 'all'],
  [{ size: 1000 }, { size: 1000 }, 'all'], [{ size: 1000 }, { size: 999 }, 'no'], [{ size: 1000 }, {}, 'no'],
  // recipients by what they are
  ...trait('internal'), ...trait('external'), ...trait('consumer'), ...trait('partner'), ...trait('new'), ...trait('look-alike'), ...trait('personal'), ...trait('unlike-thread'), ...trait('unlike-salutation'), ...trait('no-mail'), ...trait('list'),
  [{ recipient: ['external'] }, { to: two }, '0'], [{ recipient: ['internal'] }, { to: two }, '1'], [{ recipient: ['external', 'internal'] }, { to: two }, '0 1'], [{ recipient: ['partner'] }, { to: two }, 'no'],
  [{ recipient: ['external'], recipientNot: ['new'] }, { to: two }, 'no'], [{ recipientNot: ['new'] }, { to: two }, '1'], [{ recipientNot: ['internal', 'external'] }, { to: two }, 'no'],
  [{ recipient: ['external'], recipientNot: ['partner'] }, { to: two }, '0'], [{ recipient: ['external'] }, { to: [] }, 'no'], [{ recipientNot: ['external'] }, { to: [] }, 'no'],
  // recipients by domain
  [{ recipientDomain: ['x.test'] }, { to: two }, '0'], [{ recipientDomain: ['own.test', 'x.test'] }, { to: two }, '0 1'], [{ recipientDomain: ['test'] }, { to: two }, '0 1'], [{ recipientDomain: ['y.test'] }, { to: two }, 'no'],
  [{ recipientDomain: ['x.test'] }, { to: ['a@sub.x.test to'] }, '0'], [{ recipientDomain: ['x.test'] }, { to: ['a@notx.test to'] }, 'no'], [{ recipientDomain: ['x.test'] }, { to: ['a@X.TEST to'] }, '0'],
  [{ recipientDomain: ['x.test'], recipient: ['internal'] }, { to: two }, 'no'], [{ recipientDomain: ['x.test'], recipient: ['new'] }, { to: two }, '0'],
  // how many
  [{ recipients: 1 }, {}, 'all'], [{ recipients: 2 }, {}, 'no'], [{ recipients: 2 }, { to: two }, 'all'], [{ recipients: 3 }, { to: two }, 'no'],
  [{ visible: 2 }, { to: two }, 'all'], [{ visible: 2 }, { to: ['a@x.test to', 'b@x.test bcc'] }, 'no'], [{ visible: 1 }, { to: ['a@x.test bcc'] }, 'no'], [{ visible: 1 }, { to: ['a@x.test cc'] }, 'all'],
  // the author
  [{ group: ['oncology'] }, { groups: ['oncology'] }, 'all'], [{ group: ['oncology'] }, { groups: ['billing'] }, 'no'], [{ group: ['oncology'] }, {}, 'no'], [{ group: ['oncology', 'billing'] }, { groups: ['staff', 'billing'] }, 'all'],
  [{ sharedMailbox: true }, { shared: true }, 'all'], [{ sharedMailbox: true }, {}, 'no'], [{ sharedMailbox: true }, { shared: false }, 'no'],
  // label and purpose
  [{ label: ['Secret'] }, { labels: ['Secret'] }, 'all'], [{ label: ['Secret'] }, { labels: ['Public'] }, 'no'], [{ label: ['Secret'] }, {}, 'no'], [{ label: ['Secret', 'Public'] }, { labels: ['Public'] }, 'all'],
  [{ label: ['Secret'] }, { labels: ['SECRET'] }, 'all'], [{ label: ['Secret'] }, { labels: ['Secrets'] }, 'no'], [{ label: ['Secret'] }, { labels: [] }, 'no'], [{ label: ['Secret'] }, { labels: null }, 'all'],
  [{ label: ['Secret'], level: ['high'] }, { labels: null }, 'no'], [{ purpose: ['payment'] }, { labels: null }, 'no'],
  [{ purpose: ['payment'] }, { purpose: 'payment' }, 'all'], [{ purpose: ['payment'] }, { purpose: 'treatment' }, 'no'], [{ purpose: ['payment'] }, {}, 'no'], [{ purpose: ['payment', 'treatment'] }, { purpose: 'treatment' }, 'all'],
  // time: begin counts, end does not; over midnight belongs to the day it began
  [{ time: { from: '08:00', to: '18:00' } }, { at: [1, 480] }, 'all'], [{ time: { from: '08:00', to: '18:00' } }, { at: [1, 1080] }, 'no'], [{ time: { from: '08:00', to: '18:00' } }, { at: [1, 479] }, 'no'], [{ time: { from: '08:00', to: '18:00' } }, { at: [1, 1079] }, 'all'],
  [{ time: { from: '18:00', to: '08:00' } }, { at: [1, 1080] }, 'all'], [{ time: { from: '18:00', to: '08:00' } }, { at: [1, 479] }, 'all'], [{ time: { from: '18:00', to: '08:00' } }, { at: [1, 480] }, 'no'], [{ time: { from: '18:00', to: '08:00' } }, { at: [1, 720] }, 'no'],
  [{ time: { from: '00:00', to: '23:59', days: [6, 7] } }, { at: [6, 100] }, 'all'], [{ time: { from: '00:00', to: '23:59', days: [6, 7] } }, { at: [1, 100] }, 'no'],
  [{ time: { from: '22:00', to: '06:00', days: [5] } }, { at: [6, 60] }, 'all'], [{ time: { from: '22:00', to: '06:00', days: [5] } }, { at: [5, 60] }, 'no'], [{ time: { from: '22:00', to: '06:00', days: [7] } }, { at: [1, 60] }, 'all'], [{ time: { from: '22:00', to: '06:00', days: [5] } }, { at: [5, 1400] }, 'all'],
  [{ time: { from: '08:00', to: '08:00' } }, { at: [1, 480] }, 'no'], [{ time: { from: '08:00', to: '18:00' } }, {}, 'no'],
  // several at once: all must hold
  [{ level: ['high'], recipient: ['external'] }, { level: 'high', to: two }, '0'], [{ level: ['high'], recipient: ['external'] }, { level: 'medium', to: two }, 'no'], [{ level: ['high'], recipient: ['external'] }, { level: 'high', to: ['b@own.test to internal'] }, 'no'],
  [{ level: ['high'], sensitive: ['hiv'] }, { level: 'high' }, 'no'], [{ level: ['high'], sensitive: ['hiv'] }, { level: 'high', sensitive: ['hiv'] }, 'all'], [{ kinds: { of: ['SSN'] }, attachments: 1 }, { kinds: { SSN: 1 } }, 'no'],
  [{ kinds: { of: ['SSN'] }, attachments: 1 }, { kinds: { SSN: 1 }, attachments: 1 }, 'all'], [{ group: ['g'], purpose: ['payment'] }, { groups: ['g'] }, 'no'], [{ visible: 2, recipient: ['new'] }, { to: two }, '0'], [{ visible: 3, recipient: ['new'] }, { to: two }, 'no'],
  [{ level: ['bulk'], people: 20, attachments: 1, recipient: ['consumer'], recipientNot: ['partner'] }, { level: 'bulk', people: 30, attachments: 1, to: ['a@x.test to consumer', 'b@y.test to consumer partner'] }, '0'],
];

/** Templates against situations: template, what differs, what comes of it (`act need`, and more where it differs from nothing). */
type Judged = readonly [template: string, given: Given, expected: string];
const out = (level: string, more: Given = {}): Given => ({ level, to: ['a@x.test to external'], ...more });
const inside = (level: string, more: Given = {}): Given => ({ level, to: ['b@own.test to internal'], ...more });

export const JUDGED: readonly Judged[] = [
  ['us-healthcare', out('none'), 'allow transport'], ['us-healthcare', out('pii'), 'allow transport'], ['us-healthcare', out('medium'), 'allow transport'], ['us-healthcare', out('high'), 'allow transport'], ['us-healthcare', out('bulk'), 'warn transport'],
  ['us-healthcare', out('unscannable', { unscannable: 1 }), 'warn transport'], ['us-healthcare', out('high', { sensitive: ['substance-use'] }), 'allow at-rest'], ['us-healthcare', out('high', { sensitive: ['hiv'] }), 'allow transport'],
  ['us-healthcare', out('none', { subject: true }), 'warn transport'], ['us-healthcare', inside('high'), 'allow transport'], ['us-healthcare', out('high', { to: ['a@x.test to external look-alike'] }), 'warn at-rest hold=15'],
  ['us-healthcare', out('none', { to: ['a@x.test to external look-alike'] }), 'allow transport'], ['us-healthcare', out('high', { to: ['a@x.test to external new'] }), 'hint transport'], ['us-healthcare', out('high', { to: ['a@x.test to external new partner'] }), 'allow transport'],
  ['us-healthcare', inside('high', { to: ['l@own.test to internal list'] }), 'block transport'], ['us-healthcare', inside('none', { to: ['l@own.test to internal list'] }), 'allow transport'],
  ['strict', out('none'), 'allow transport'], ['strict', out('high', { to: ['a@x.test to external new'] }), 'justify at-rest hold=2 expires=14'], ['strict', out('medium'), 'allow at-rest expires=14'], ['strict', out('high'), 'justify at-rest expires=14'], ['strict', out('high', { to: ['a@x.test to external partner'] }), 'allow at-rest expires=14'],
  ['strict', out('bulk'), 'approve at-rest expires=14'], ['strict', out('unscannable', { unscannable: 1 }), 'approve at-rest expires=14'], ['strict', out('high', { sensitive: ['psychotherapy'] }), 'block at-rest expires=14'],
  ['strict', out('none', { sensitive: ['psychotherapy'] }), 'allow at-rest'], ['strict', inside('high', { sensitive: ['psychotherapy'] }), 'allow at-rest'], ['strict', inside('bulk'), 'warn transport'],
  ['part2', out('high'), 'allow transport'], ['part2', out('high', { sensitive: ['substance-use'] }), 'allow at-rest consent notice=part2 retention=part2'], ['part2', inside('high', { sensitive: ['substance-use'] }), 'allow at-rest'],
  ['part2', out('high', { sensitive: ['substance-use'], to: ['a@x.test to external', 'c@y.test to external'] }), 'justify at-rest consent notice=part2 retention=part2'],
  ['billing', out('pii', { purpose: 'payment' }), 'allow transport retention=billing'], ['billing', out('pii', { kinds: { ACCOUNT: 3 } }), 'warn at-rest'], ['billing', out('pii', { kinds: { ACCOUNT: 2 } }), 'allow transport'], ['billing', out('pii', { kinds: { SSN: 1 }, to: ['a@x.test to external consumer'] }), 'allow transport portal'],
  ['billing', out('high', { purpose: 'payment', sensitive: ['hiv'] }), 'justify transport retention=billing'], ['billing', out('pii', { kinds: { ACCOUNT: 3 }, to: ['a@x.test to external partner'] }), 'allow transport'],
  ['research', out('high', { people: 1 }), 'allow transport'], ['research', out('high', { people: 2 }), 'approve at-rest'], ['research', out('none', { people: 2, kinds: { NAME: 2 } }), 'allow transport'], ['research', out('pii', { people: 2, kinds: { NAME: 2 } }), 'justify transport'], ['research', out('high', { sensitive: ['genetic'] }), 'allow e2e-only'], ['research', inside('high', { people: 9, kinds: { NAME: 9 } }), 'allow transport'],
];
