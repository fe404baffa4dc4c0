/** What the retention schedule calls things. */
export const SAY = {
  title: 'Retention schedule', lead: 'How long messages of each class are kept, and why. Evidence of what happened is kept longer than what was said.',
  class: 'Class', keep: 'Kept for', covers: 'When', citation: 'Basis', review: 'Counsel', reviewed: 'reviewed', unreviewed: 'not reviewed',
  counsel: 'Periods that counsel has not reviewed are a starting point, not legal advice: sources contradict each other for some states.',
  years: (n: number) => `${n} ${n === 1 ? 'year' : 'years'}`, days: (n: number) => `${n} ${n === 1 ? 'day' : 'days'}`,
} as const;
