/** What stands around a name and says whose it may be: the patient's, or of one who is only spoken to. */
import { isCapital } from '../detectors/street.ts';
import { wordSet } from '../lexicon/closed.ts';
import { AILING, HEALTH, KIN, ROLE, TITLE, VISIT } from '../lexicon/lexicon.ts';
import { ALNUM, CLOSE, COLON, COMMA, DASH, DIGITS, EDGE, HARD, LOWER, NEWLINE, QUOTE, SPACE, STOP, TAB, type Tokens } from '../token.ts';

const CASE = wordSet('year years yr yo y old aged age male female man woman boy girl m f patient pt gentleman lady child infant');
const REQUESTS = wordSet('can could please would will do did have are thanks thank i we the here just when if let attached see as your you');
const CONTACTS = wordSet('sign register contact rsvp questions led presented hosted organized moderated taught attn email facilitated chaired sponsored authored thank thanks');
/** Before a colon: whose work it is. */
const MAKERS = wordSet('designer trainer instructor illustrator photographer presenter facilitator moderator');
const THE = wordSet('the');
const ONE = wordSet('guy one gal fellow kid');
const TO_BY = wordSet('up out to by with at or');

/** Whether the word may be one of these. */
export function is(tokens: Tokens, t: number, bits: number): boolean {
  return ((tokens.flags[t] ?? 0) & bits) !== 0;
}

/** "Karen, can you …": spoken to, not of. */
export function isCalled(tokens: Tokens, head: number, to: number): boolean {
  const { gap, count, listed, kind } = tokens;
  const n = to + 1;
  // "Hale, the man from" is spoken of
  return opens(tokens, head) && n < count && !(THE(listed[n] ?? 0) && (is(tokens, n + 1, KIN) || ONE(listed[n + 1] ?? 0))) && (gap[n] === (COMMA | SPACE) || gap[n] === (COMMA | SPACE | DASH)) && kind[n] === LOWER && REQUESTS(listed[n] ?? 0);
}

/** "RSVP to Dana", "Contact Julie Adams", "led by Amit Shah", "Trainer: Ann Hill": whom to ask, not whom it is about. */
export function isContact(tokens: Tokens, head: number): boolean {
  if (head > 0 && ((tokens.gap[head] ?? 0) & COLON) !== 0 && MAKERS(tokens.listed[head - 1] ?? 0)) return true;
  for (let k = head - 1; k >= 0 && head - k < 4; k -= 1) {
    if (((tokens.gap[k + 1] ?? 0) & (HARD | STOP)) !== 0) return false;
    if (CONTACTS(tokens.listed[k] ?? 0)) return true;
    if (isCapital(tokens, k) ? !is(tokens, k, ROLE | TITLE) : !TO_BY(tokens.listed[k] ?? 0)) return false;
  }
  return false;
}

/** A complaint, a medicine or a visit within the next words of the sentence. */
export function careFollows({ flags, gap, count }: Tokens, t: number): boolean {
  for (let k = t + 1; k < count && k - t < 6 && ((gap[k] ?? 0) & (HARD | STOP)) === 0; k += 1) if (((flags[k] ?? 0) & (HEALTH | VISIT | AILING)) !== 0) return true;
  return false;
}

const LIKE = wordSet('like as to');
const SUCH = wordSet('such similar comparable referencing');
const CASES = wordSet('patient patients pt pts case cases those someone child children woman women man men');

/** "patients like Amelia G.", "a case similar to Ann", "those such as Mr. Hale": the word before the name is at `p`. */
export function isLikened({ gap, listed }: Tokens, p: number): boolean {
  if (p < 1 || !LIKE(listed[p] ?? 0) || ((gap[p] ?? 0) & ~(SPACE | COMMA)) !== 0) return false;
  const q = SUCH(listed[p - 1] ?? 0) ? p - 2 : p - 1;
  return q >= 0 && ((gap[q + 1] ?? 0) & ~(SPACE | COMMA)) === 0 && CASES(listed[q] ?? 0);
}

/** "58-year-old female patient," – an age or a sex in the words before the comma. */
export function aged(tokens: Tokens, p: number): boolean {
  for (let j = p; j >= 0 && p - j < 10; j -= 1) {
    if (CASE(tokens.listed[j] ?? 0)) return true;
    if (j < p && ((tokens.gap[j + 1] ?? 0) & (HARD | STOP)) !== 0) return false;
  }
  return false;
}

/** "44,", "(16,", "70 yo", "8F": one or two figures, and nothing more. */
export function isAge({ text, kind, start, end, count, gap }: Tokens, t: number): boolean {
  if (t >= count || kind[t] !== DIGITS && kind[t] !== ALNUM) return false;
  return kind[t] === ALNUM ? /^\d{1,3}(?:[FM]|yo?)\b/i.test(text.slice(start[t], end[t])) : (end[t] ?? 0) - (start[t] ?? 0) < 3 && (t + 1 >= count || ((gap[t + 1] ?? 0) & (COMMA | CLOSE)) !== 0);
}

/** "a teenager", "our 45-year-old": somebody's age or standing within three words. */
export function isAged(tokens: Tokens, t: number): boolean {
  for (let k = t + 1; k < tokens.count && k - t < 4 && ((tokens.gap[k] ?? 0) & (HARD | STOP | COMMA)) === 0; k += 1) if (CASE(tokens.listed[k] ?? 0) || is(tokens, k, KIN)) return true;
  return false;
}

/** "Dr.", "Prof.": its dot ends no sentence; that of "doctor." does. */
export function isAbbreviated(tokens: Tokens, t: number): boolean {
  return is(tokens, t, TITLE) && (tokens.end[t] ?? 0) - (tokens.start[t] ?? 0) <= 4;
}

/** The first word of a sentence, a line or a cell. */
export function opens(tokens: Tokens, t: number): boolean {
  const g = tokens.gap[t] ?? 0;
  return (g & (STOP | EDGE | NEWLINE | TAB | QUOTE)) !== 0 && !((g & STOP) !== 0 && t > 0 && isAbbreviated(tokens, t - 1)) || (t > 0 && (g & COLON) !== 0);
}
