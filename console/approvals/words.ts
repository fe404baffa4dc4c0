/** What the queue of messages that wait for a second person calls things. */
export const SAY = {
  title: 'Approvals', lead: 'Messages that wait for a second person. Who does not decide in time decides no: silence never sends.',
  none: 'No message waits for you', noneMore: 'Messages whose rules ask for a second person come here while they wait.',
  deadline: 'Ends', left: 'Its author has left; it was on its way', rating: 'Rating', recipients: 'Recipients', reasons: 'Why', rules: 'Rules', kinds: 'Found', own: 'Your own: somebody else decides.', people: (n: number) => (n === 1 ? 'one person concerned' : `${n} people concerned`), attachments: (n: number) => (n === 0 ? 'no attachment' : n === 1 ? 'one attachment' : `${n} attachments`), outside: (n: number, all: number) => `${all} (${n} outside)`,
  open: 'Open', back: 'All that wait', read: 'Read the message', readMore: 'That you read it is noted before it is shown.', because: 'Because (kept sealed)', approve: 'Agree: it goes', deny: 'Do not agree', approved: 'Agreed. It goes now.', denied: 'Not agreed. It never goes; its author is told.', gone: 'It does not wait any more.',
  passTo: 'Or somebody of ours who covers for its author from now on', pass: 'Pass it on', passed: 'Passed on. They decide, hear what becomes of it, and get the answers.',
  away: 'When you are away', awayMore: 'Somebody of ours decides in your place, for a time, on what waits for you. Never on their own message, nor on yours.', nobody: 'Nobody decides in your place.', deputy: 'Their address', since: 'From', till: 'Until', name: 'Name them', named: (to: string) => `They decide in your place until ${to}.`, end: 'End it', ended: 'Ended. Nobody decides in your place any more.', somebody: 'somebody',
  span: (from: string, until: string) => `${from} until ${until}`,
  subject: 'Subject', from: 'From', to: 'To', files: 'Attachments',
} as const;
