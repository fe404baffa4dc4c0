/** What a hand-over says while it goes on, and how it ended; the words that the pane begins with are in `addin/words.ts`. */
export const GOING = {
  progress: 'Step by step',
  leave: 'Please leave this window open.',
  closing: 'This window closes in a moment.',
  stay: 'Keep it open',
  closeNow: 'Close message',
  openStill: 'This window no longer holds what you wrote.',
  closeIt: 'You can close this message. It no longer holds what you wrote.',
  keptIt: 'Your message was handed over as it was when you chose Send Secure. What you wrote since is still in this draft.',
  leftIt: 'Your message was handed over. Its draft could not be cleared here: open it again, and Send Secure finishes.',
  changed: { what: 'Handed over, but the draft has changed since', next: 'Your message was handed over as it was when you chose Send Secure. What you wrote since is not part of it.' },
  spentThen: 'This draft is a copy of a message that was already handed over to Send Secure. Send as new?',
  keep: 'Keep my draft',
  clear: 'Clear the draft',
  bytes: 'of',
} as const;
