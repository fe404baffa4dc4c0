/** What the screen of domains calls things. */
import type { Tone } from '../frame/view.tsx';

export const STATES: { readonly [state: string]: readonly [string, Tone] } = { good: ['good', 'good'], weak: ['could be better', 'care'], missing: ['missing', 'bad'], broken: ['broken', 'bad'], unknown: ['could not be looked up', 'plain'] };
export const OUTCOMES: { readonly [outcome: string]: string } = { relayed: 'Taken over', delivered: 'Delivered', delayed: 'Delayed tries', failed: 'Failed', refused: 'Refused', bounced: 'Came back', complained: 'Called abuse' };

export const SAY = {
  title: 'Domains', lead: 'How receivers see our own domains, what becomes of copies elsewhere, and whom deliveries rest for.',
  own: 'Our own domains', ownMore: 'Looked up now, as a receiver would.', none: 'No own domain is set.', publish: 'Publish', copy: 'Copy', copied: 'Copied.', asFile: 'a file at', record: (type: string) => `a ${type} record at`,
  destinations: 'Where mail goes', destination: 'Domain', days: 'Days', lastDays: (n: number) => `Last ${n} days`, noMail: 'Nothing was sent in these days', share: 'Taken over', tries: 'All counted',
  resting: 'Paused and resting', restingMore: 'A domain that does not answer rests and is tried again by itself.', noneRests: 'No domain is paused, and each of those tried last answers.',
  paused: 'Paused', failures: (n: number) => (n === 1 ? 'one try in vain' : `${n} tries in vain`), until: (at: string) => `until ${at}`,
  pause: 'Pause', pauseOne: 'Pause deliveries to', resume: 'Resume', tryNow: 'Try now', accept: 'Accept what they prove now', acceptMore: 'Their mail servers proved more before. Copies wait until what they prove now is taken for the new level.',
  done: { pause: (d: string) => `Deliveries to ${d} are paused.`, resume: (d: string) => `Deliveries to ${d} go on.`, tryNow: (d: string) => `${d} is tried now.`, accept: (d: string) => `What ${d} proves now counts.` },
  wrong: 'That is no domain.',
} as const;
