/**
 * A question that author and recipient share: what counts of its answer, and what makes one worthless. The pane says it while it is typed, the
 * service before it takes the message.
 */
import { hasControl } from './address.ts';

export interface Question {
  readonly ask: string;
  readonly answer: string;
}

/** UTF-16 units */
export const LONGEST = { ask: 200, answer: 100 } as const;
/** letters and digits, after folding */
const SHORTEST = 4;

/** What counts of an answer: its letters, marks and digits, NFKC and in lower case; blanks and punctuation do not, and marks that these parted find their order again. */
export function folded(text: string): string {
  return text.normalize('NFKC').toLowerCase().normalize('NFKC').replace(/[^\p{L}\p{M}\p{N}]+/gu, '').normalize('NFKC');
}

/** `malformed`: empty, too long, or with a control character; `guessable`: short, or in the question itself. Null: it may be asked. */
export function worthless({ ask, answer }: Question): 'malformed' | 'guessable' | null {
  const wanted = folded(answer);
  if (folded(ask) === '' || wanted === '' || ask.length > LONGEST.ask || answer.length > LONGEST.answer || hasControl(ask) || hasControl(answer)) return 'malformed';
  return [...wanted].length < SHORTEST || folded(ask).includes(wanted) ? 'guessable' : null;
}

/** Whoever has got the message by another way, or answers it, reads the answer there. */
export function told({ answer }: Question, message: string): boolean {
  const wanted = folded(answer);
  return wanted !== '' && folded(message).includes(wanted);
}
