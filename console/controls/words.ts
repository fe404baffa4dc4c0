/** What the map of safeguards says. */
import type { Tone } from '../frame/view.tsx';

export const RESULTS: { readonly [result: string]: readonly [word: string, mark: string, tone: Tone] } = {
  'met': ['met', '✓', 'good'], 'not-met': ['not met', '✗', 'bad'], 'addressable-not-met': ['not met (addressable)', '!', 'care'], 'addressable-documented': ['done otherwise, reason on record', '≈', 'good'], 'not-applicable': ['not applicable', '○', 'plain'], 'nothing-to-show': ['nothing to show', '–', 'plain'], 'not-evaluated': ['not evaluated', '·', 'plain'],
};
export const PROFILES = { 'hipaa-current': 'Security Rule as it stands', 'hipaa-nprm-2025': 'Proposed rule of January 2025' } as const;

export const SAY = {
  title: 'Safeguards',
  lead: 'Each is a question to the log, asked every night, and what the answer must be. The citations were not reviewed by counsel; whether you comply is for you to judge.',
  profile: 'Read by',
  map: 'Twelve months',
  table: 'Safeguards by month',
  safeguard: 'Safeguard',
  now: 'Now',
  asks: 'Asks',
  month: (month: string, word: string, days: number, continuous: boolean) => `${month}: ${word}, ${days} days${continuous ? '' : ', with gaps'}`,
  legend: 'The worst answer of each month. A mark in brackets: not every day had an answer.',
  none: 'No safeguard was evaluated yet.',
  noneMore: 'They are, every night.',
  reason: 'Write down why',
  reasonAgain: 'Write a new reason',
  reasonMore: 'An addressable safeguard that is not met as it is written needs a reason on record, and what is done instead if there is something reasonable (45 CFR 164.306(d)(3)). It holds for a year at most.',
  reasonText: 'Why it is not reasonable and appropriate here',
  reasonInstead: 'What is done instead',
  reasonUntil: 'Look at it again by',
  reasonSaid: (by: string, at: string, until: string, lapsed: boolean) => `${by}, ${at}; ${lapsed ? `lapsed ${until}` : `holds until ${until}`}`,
  reasonDone: 'The reason is on record.',
  save: 'Save',
  reviews: 'Reviews of activity',
  reviewsEmpty: 'No review is due yet.',
  reviewsMore: 'Records of activity are to be examined regularly (45 CFR 164.308(a)(1)(ii)(D)). One falls due after each month.',
  from: (from: string, to: string) => `${from} to ${to}`,
  due: (day: string) => `due ${day}`,
  overdue: 'overdue',
  done: (at: string, findings: number) => `signed off ${at}, ${findings} ${findings === 1 ? 'finding' : 'findings'}`,
  signOff: 'Sign off',
  signOffMore: 'You say that you looked at the activity of this time, as the log stands now.',
  findings: 'Findings',
  text: 'What you looked at and found',
  cancel: 'Cancel',
  signed: 'The review is signed off.',
  pack: 'Evidence pack',
  packMore: 'Every report of a range of dates as PDF and CSV, the safeguards with their reasons, the reviews, the incidents with their notices and the signed head of the log, with the sums of all files, in one archive.',
  packFrom: 'From',
  packTo: 'Until',
  make: 'Make the pack',
} as const;
