/** Where a mail's own words end and what was written before begins, in plain text. No standard: the habits of Outlook, Gmail, Thunderbird and RFC 3676 §4.5. */
import type { Range } from './span.ts';

const HEADER = /^[ \t>*]*(?:from|von|de|sent|date|to|cc|subject)\s*:\s*\S/i;
const WROTE = /^[ \t]*on\b.{4,160}\bwrote:\s*$/i;
const ORIGINAL = /^[ \t]*-{2,}\s*(?:original message|forwarded message|begin forwarded)/i;

/** First characters of the lines below; most lines need no further look. */
const BEGINS = ' \t*-oOfFvVdDsStTcC';

/** History in words: "> …" lines, "-----Original Message-----", "On … wrote:", and a From/Sent/To/Subject head. */
export function quotedLines(text: string): Range[] {
  const found: Range[] = [];
  let head = 0;
  let headStart = 0;
  let start = 0;
  while (start < text.length) {
    let end = text.indexOf('\n', start);
    if (end < 0) end = text.length;
    const first = text.charCodeAt(start);
    if (first === 62) {
      const last = found[found.length - 1];
      if (last !== undefined && last[1] === start) found[found.length - 1] = [last[0], Math.min(end + 1, text.length)];
      else found.push([start, Math.min(end + 1, text.length)]);
    } else if (end - start < 400 && (head > 0 || BEGINS.indexOf(text.charAt(start)) >= 0)) {
      const line = text.slice(start, end);
      if (ORIGINAL.test(line) || WROTE.test(line)) return found.concat([[start, text.length]]);
      if (HEADER.test(line)) {
        if (head === 0) headStart = start;
        head += 1;
        if (head >= 3 && /^[ \t*]*from/i.test(text.slice(headStart, headStart + 12))) return found.concat([[headStart, text.length]]);
      } else if (line.trim() !== '') head = 0;
    }
    start = end + 1;
  }
  return found;
}
