/** What the options beside a draft say, and the field for a reason. They come with the room, not with the pane. */
export const PURPOSES: readonly (readonly [code: string, name: string])[] = [
  ['treatment', 'Treatment'], ['payment', 'Payment'], ['operations', 'Health care operations'], ['patient-request', 'The patient asked for it'],
  ['authorization', 'Signed authorization'], ['other', 'Something else'],
];

/** For what a recipient may have chosen ordinary mail. */
export const TOPIC_NAMES: readonly (readonly [code: string, name: string])[] = [['appointments', 'Appointments'], ['billing', 'Bills and payments'], ['general', 'General questions and forms']];

/** The "?" beside the heading, and a line below the last switch. */
export const ASIDE = {
  more: 'Everything here is optional. It helps whoever must later explain why this message was sent.',
  need: 'Then an encrypted connection alone is not enough: only the recipient can open the message, with their certificate or key.',
} as const;

/** Labels and hints of the fields. */
export const WISH = {
  optional: 'If you like', purpose: 'Purpose', purposeNone: 'Not given', topic: 'Topic', topicHint: 'Some recipients chose ordinary mail for a topic after a warning. Without a topic everything is protected.',
  undivided: 'Ordinary secure page, where your rules allow it', patient: 'Patient reference', patientHint: 'For your records; recipients do not see it.',
  question: {
    ask: 'Question on the secure page', askHint: 'One more way to open it, where a code by mail would be enough. Anybody with the link can read the question.',
    answer: 'Its answer', answerHint: 'Agree on it in person; never write it in a mail. No date of birth, nothing that stands in a record.',
    malformed: 'Write both, without line breaks.', guessable: 'Too easy to guess: use at least four letters that do not stand in the question.', told: 'The answer stands in your message. Whoever has the message has the answer.',
  },
  need: 'Require encryption beyond TLS', justification: 'Why must this be sent?', justificationHint: 'One sentence; it is kept with the message.',
} as const;
