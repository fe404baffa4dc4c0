/** The scanner and its dictionaries: a chunk of its own, loaded after the pane stands. Also cuts the author's own words around a finding. */
import { domainOf } from '../../shared/draft/address.ts';
import type { Address, Recipient } from '../../shared/draft/draft.ts';
import { textOfHtml } from '../../shared/draft/text.ts';
import { scan, type Finding } from '../../shared/scan/scan.ts';

export { scan };

/** What only the text can say of its recipients; the service says the rest. Needed later than the scanner, and no part of it. */
export async function loadTraits() {
  const { greetedIn, threadIn, traitsOf } = await import(/* webpackChunkName: "traits" */ '../../shared/plan/trait.ts');
  return (html: string, recipients: readonly Recipient[], author: Address, answering: boolean): ('unlike-thread' | 'unlike-salutation' | 'personal')[][] => {
    const { text } = textOfHtml(html);
    const own = [domainOf(author.address)];
    const found = traitsOf(recipients, { own, people: [author], greeted: greetedIn(text), thread: answering ? threadIn(text) : [] });
    return found.map((traits) => traits.filter((t): t is 'unlike-thread' | 'unlike-salutation' | 'personal' => t === 'unlike-thread' || t === 'unlike-salutation' || t === 'personal'));
  };
}

export interface Excerpt {
  readonly before: string;
  readonly hit: string;
  readonly after: string;
}

const AROUND = 42;

function cut(text: string, start: number, end: number): Excerpt {
  let from = Math.max(0, start - AROUND);
  let until = Math.min(text.length, end + AROUND);
  // Whole words, where there is one to begin or end with.
  while (from > 0 && from < start && /\S/.test(text.charAt(from - 1))) from += 1;
  while (until < text.length && until > end && /\S/.test(text.charAt(until))) until -= 1;
  return {
    before: `${from > 0 ? '…' : ''}${text.slice(from, start)}`,
    hit: text.slice(start, end),
    after: `${text.slice(end, until)}${until < text.length ? '…' : ''}`,
  };
}

/** The first offset of the text whose source begins at or after `place`: sources rise with the text. */
function offsetOf(place: number, length: number, source: (start: number, end: number) => readonly [number, number]): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (source(middle, middle + 1)[0] < place) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Where in the draft a finding stands, in the author's own words; null when the draft has moved on. */
export function excerptOf(finding: Finding, draft: { readonly subject: string; readonly html: string; readonly files: readonly { readonly filename: string; readonly text?: string }[] }): Excerpt | null {
  if (finding.part === 'subject') return cut(draft.subject, finding.start, finding.end);
  if (finding.part === 'attachment-name') {
    const file = draft.files[finding.attachment ?? -1];
    return file === undefined ? null : cut(file.filename, finding.start, finding.end);
  }
  if (finding.part === 'attachment') {
    const text = draft.files[finding.attachment ?? -1]?.text;
    return text === undefined ? null : cut(text, finding.start, finding.end);
  }
  const { text, source } = textOfHtml(draft.html);
  const start = offsetOf(finding.start, text.length, source);
  const end = offsetOf(finding.end, text.length, source);
  return end > start ? cut(text, start, end) : null;
}
