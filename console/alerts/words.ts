/** What the screens of alerts and of findings called wrong say. */
import type { Tone } from '../frame/view.tsx';

export const SEVERITIES: { readonly [severity: string]: readonly [string, Tone] } = { urgent: ['Urgent', 'bad'], warning: ['Warning', 'care'], notice: ['Notice', 'plain'] };

export const SAY = {
  title: 'Alerts',
  lead: 'What the rules over the log, and the policy, want somebody to look into. Each stays open until a person has seen to it.',
  show: 'Which alerts',
  open: 'Open',
  all: 'All',
  none: 'Nothing waits for you',
  noneMore: 'Alerts appear here within a minute, and go out by mail and webhook where these are set up.',
  noneAtAll: 'There have been no alerts',
  times: (n: number) => (n === 1 ? 'once' : `${n.toLocaleString()} times`),
  about: 'About',
  seen: 'I have seen to it',
  seenBy: (by: string, when: string) => `Seen to by ${by}, ${when}`,
  acknowledged: 'Marked as seen to. It stays in the log and under All.',
  more: 'Show older ones',

  wrong: 'Called wrong',
  wrongLead: 'Rules of the scanner whose findings authors called wrong. Nothing of their text is here: only the rule, how sure it was, and how often.',
  wrongNone: 'No finding was called wrong',
  wrongNoneMore: 'Authors do so under a finding in the pane; their message stays protected all the same.',
  rule: 'Rule',
  kind: 'Kind',
  sure: 'How sure',
  reports: 'Reports',
  people: 'People',
  last: 'Last',
  review: 'Reviewed',
  reviewed: 'Reviewed. What is reported from now on counts anew.',
} as const;
