/**
 * The words of a draft, with a map back to the bytes they came from: HTML or plain text → text, where every offset of the text
 * leads to the exact span of the source. Scripts, styles and comments are not words; hidden text is (it leaves with the mail).
 * Own walk, one pass, linear; never throws, whatever the markup. WHATWG HTML §13.2 as far as mail needs it.
 */
import { characterOf } from './entity.ts';

export type Range = readonly [start: number, end: number];

export interface DraftText {
  readonly text: string;
  /** text offsets of quoted history: replies, forwards, block quotes */
  readonly quoted: readonly Range[];
  /** text offsets a reader does not see: display:none, zero size, attributes */
  readonly hidden: readonly Range[];
  /** the span of the source behind a span of the text */
  source(start: number, end: number): Range;
}

/** Ends a paragraph: a blank line before and after. */
const PARAGRAPH = /^(?:p|h[1-6]|ul|ol|dl|table|blockquote|pre|hr|form|section|article|header|footer)$/;
/** Ends a line. */
const LINE = /^(?:div|li|tr|br|dt|dd|caption|center|address|tbody|thead|tfoot|option|fieldset|legend)$/;
const RAW = /^(?:script|style|title|noscript|template|xml)$/;
const VOID = /^(?:br|hr|img|input|meta|link|wbr|area|base|col|embed|source|track)$/;
const HIDING = /display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?:px|pt|em)?\s*(?:;|$)|mso-hide\s*:\s*all/i;
/** Where Outlook, Gmail, Yahoo and Thunderbird begin what was written before. */
const HISTORY_ID = /\bid\s*=\s*["']?(?:x_)*(?:divRplyFwdMsg|appendonsend|mail-editor-reference-message-container|OLK_SRC_BODY_SECTION)/i;
const HISTORY_CLASS = /\bclass\s*=\s*["']?[^"'>]*\b(?:gmail_quote|yahoo_quoted|moz-cite-prefix|OutlookMessageHeader|protonmail_quote)\b/i;
/** Characters that would hide a value from a rule though a reader cannot tell the difference. */
const ODD = /[\u00a0\u00ad\u200b-\u2015\u202a-\u202f\u2060-\u2064\u2212\u3000\ufe58\ufe63\ufeff\uff01-\uff5e]/;

/** What a rule reads in place of `code`: a plain dash, space or digit, 0 for nothing at all. */
function plainer(code: number): number {
  if (code === 0xa0 || code === 0x202f || code === 0x3000) return 32;
  if (code >= 0x2010 && code <= 0x2015 || code === 0x2212 || code === 0xfe58 || code === 0xfe63) return 45;
  if (code >= 0xff01 && code <= 0xff5e) return code - 0xfee0;
  if (code === 0xad || code === 0xfeff || code >= 0x200b && code <= 0x200f || code >= 0x202a && code <= 0x202e || code >= 0x2060 && code <= 0x2064) return 0;
  return code;
}

/** Collects text in runs; each run is either one to one with its source or, when `whole`, one character for a longer span. */
function openSink() {
  const parts: string[] = [];
  const at: number[] = [];
  const from: number[] = [];
  const until: number[] = [];
  let length = 0;
  const add = (words: string, start: number, end: number): void => {
    const last = at.length - 1;
    const straight = end - start === words.length;
    // a run that simply goes on needs no new entry
    if (!(straight && last >= 0 && until[last] === start && (until[last] ?? 0) - (from[last] ?? 0) === length - (at[last] ?? 0))) {
      at.push(length);
      from.push(start);
      until.push(end);
    } else until[last] = end;
    parts.push(words);
    length += words.length;
  };
  const take = (source: string, start: number, end: number): void => {
    const slice = source.slice(start, end);
    if (!ODD.test(slice)) {
      if (slice !== '') add(slice, start, end);
      return;
    }
    for (let i = start; i < end; i += 1) {
      const code = plainer(source.charCodeAt(i));
      if (code !== 0) add(String.fromCharCode(code), i, i + 1);
    }
  };
  const find = (offset: number): number => {
    let low = 0;
    let high = at.length - 1;
    while (low < high) {
      const mid = (low + high + 1) >> 1;
      if ((at[mid] ?? 0) <= offset) low = mid;
      else high = mid - 1;
    }
    return low;
  };
  const source = (start: number, end: number): Range => {
    if (at.length === 0) return [0, 0];
    const edge = (offset: number, far: boolean): number => {
      const k = find(offset);
      const a = from[k] ?? 0;
      const z = until[k] ?? 0;
      const span = (at[k + 1] ?? length) - (at[k] ?? 0);
      if (z - a !== span) return far ? z : a;
      return Math.min(a + (offset - (at[k] ?? 0)) + (far ? 1 : 0), z);
    };
    return [edge(start, false), edge(Math.max(start, end - 1), true)];
  };
  return { add, take, source, length: () => length, text: () => parts.join('') };
}

/** Plain text: nothing but the odd characters changes. */
export function textOfPlain(plain: string): DraftText {
  if (!ODD.test(plain)) return { text: plain, quoted: quotedLines(plain), hidden: [], source: (start, end) => [start, end] };
  const sink = openSink();
  sink.take(plain, 0, plain.length);
  const text = sink.text();
  return { text, quoted: quotedLines(text), hidden: [], source: sink.source };
}

export function textOfHtml(html: string): DraftText {
  const sink = openSink();
  const quoted: Range[] = [];
  const hidden: Range[] = [];
  const aside: Range[] = [];
  /** 0 nothing, 1 space, 2 cell, 3 line, 4 paragraph: waits until words follow */
  let gap = 0;
  let gapAt = 0;
  let begun = false;
  let quoteDepth = 0;
  let quoteStart = -1;
  let historyStart = -1;
  let hideDepth = 0;
  let hideTag = '';
  let hideStart = 0;
  let pre = 0;
  /** right after <td> or </td>: the block inside a cell does not break its row */
  let edge = false;
  const wait = (kind: number, where: number): void => {
    if (kind > gap && !edge) {
      gap = kind;
      gapAt = where;
    }
  };
  const settle = (): void => {
    if (begun && gap > 0) sink.add(gap === 1 ? ' ' : gap === 2 ? '\t' : gap === 3 ? '\n' : '\n\n', gapAt, gapAt);
    gap = 0;
    begun = true;
    edge = false;
  };
  const words = (start: number, end: number): void => {
    let i = start;
    while (i < end) {
      const c = html.charCodeAt(i);
      if (c === 32 || c === 10 || c === 13 || c === 9) {
        if (pre > 0 && c === 10) wait(gap === 3 ? 4 : 3, i);
        else wait(1, i);
        i += 1;
        continue;
      }
      if (c === 38) {
        const entity = characterOf(html, i);
        if (entity !== undefined) {
          const code = entity.code > 0xffff ? entity.code : plainer(entity.code);
          if (code === 32) wait(1, i);
          else if (code !== 0) {
            settle();
            sink.add(String.fromCodePoint(code), i, entity.end);
          }
          i = entity.end;
          continue;
        }
      }
      let stop = i + 1;
      while (stop < end) {
        const d = html.charCodeAt(stop);
        // one blank between two words is itself: the common case stays one run
        if (d === 32) {
          const e = stop + 1 < end ? html.charCodeAt(stop + 1) : 32;
          if (e === 32 || e === 10 || e === 13 || e === 9 || e === 38) break;
        } else if (d === 38 || d === 10 || d === 13 || d === 9) break;
        stop += 1;
      }
      settle();
      sink.take(html, i, stop);
      i = stop;
    }
  };
  let i = 0;
  while (i < html.length) {
    let open = html.indexOf('<', i);
    if (open < 0) open = html.length;
    if (open > i) words(i, open);
    if (open >= html.length) break;
    if (html.startsWith('<!--', open)) {
      const end = html.indexOf('-->', open + 4);
      i = end < 0 ? html.length : end + 3;
      continue;
    }
    const close = tagEnd(html, open);
    const tag = /^<(\/?)([a-zA-Z][a-zA-Z0-9:]*)/.exec(html.slice(open, Math.min(close, open + 40)));
    if (tag === null) {
      // "<" that opens nothing is a character of the text
      const mark = html.charCodeAt(open + 1);
      if (mark === 33 || mark === 63 || mark === 47) i = close;
      else {
        settle();
        sink.take(html, open, open + 1);
        i = open + 1;
      }
      continue;
    }
    const closing = tag[1] === '/';
    const name = (tag[2] ?? '').toLowerCase();
    i = close;
    if (!closing && RAW.test(name)) {
      const stop = new RegExp(`</${name}\\s*>`, 'ig');
      stop.lastIndex = close;
      const found = stop.exec(html);
      i = found === null ? html.length : stop.lastIndex;
      continue;
    }
    const attributes = closing ? '' : html.slice(open, close);
    if (name === 'td' || name === 'th') {
      if (closing) gap = 0;
      else {
        // an empty cell keeps its place in the row
        if (gap === 2 && begun) sink.add('\t', gapAt, gapAt);
        if (gap < 2) gap = 2;
        gapAt = open;
      }
      edge = true;
    } else if (name === 'p' && /MsoNormal|MsoPlainText|margin\s*:\s*0/i.test(attributes)) wait(3, open);
    else if (name === 'tr' || name === 'table') {
      edge = false;
      gap = name === 'table' || gap === 4 ? 4 : 3;
      gapAt = open;
    }
    else if (name === 'br') wait(gap === 3 ? 4 : 3, open);
    else if (PARAGRAPH.test(name)) wait(4, open);
    else if (LINE.test(name)) wait(3, open);
    if (name === 'pre') pre += closing ? (pre > 0 ? -1 : 0) : 1;
    if (name === 'blockquote') {
      if (!closing && quoteDepth === 0) quoteStart = sink.length();
      quoteDepth += closing ? (quoteDepth > 0 ? -1 : 0) : 1;
      if (closing && quoteDepth === 0 && quoteStart >= 0) {
        quoted.push([quoteStart, sink.length()]);
        quoteStart = -1;
      }
    }
    if (closing) {
      if (hideDepth > 0 && name === hideTag) {
        hideDepth -= 1;
        if (hideDepth === 0) hidden.push([hideStart, sink.length()]);
      }
      continue;
    }
    if (attributes.length > name.length + 2) {
      if (historyStart < 0 && (HISTORY_ID.test(attributes) || HISTORY_CLASS.test(attributes))) historyStart = sink.length();
      if (hideDepth === 0 && !VOID.test(name) && (HIDING.test(attributes) || /\shidden(?=[\s>=])/i.test(attributes))) {
        hideDepth = 1;
        hideTag = name;
        hideStart = sink.length();
        continue;
      }
      const worth = /\s(?:alt|title|href)\s*=\s*(?:"([^"]{3,2000})"|'([^']{3,2000})')/i.exec(attributes);
      const value = worth === null ? undefined : worth[1] ?? worth[2];
      // links to mailboxes and plain pages repeat what is visible; a query or a path may carry an identifier
      if (worth !== null && value !== undefined && !/^(?:mailto|cid|data|#)/i.test(value)) {
        const start = open + worth.index + worth[0].indexOf(value);
        aside.push([start, start + value.length]);
      }
    }
    if (hideDepth > 0 && name === hideTag && !VOID.test(name)) hideDepth += 1;
  }
  if (hideDepth > 0) hidden.push([hideStart, sink.length()]);
  if (quoteStart >= 0) quoted.push([quoteStart, sink.length()]);
  const seen = sink.length();
  if (historyStart >= 0 && historyStart < seen) quoted.push([historyStart, seen]);
  for (const [start, end] of aside) {
    gap = 4;
    gapAt = start;
    words(start, end);
  }
  if (sink.length() > seen) hidden.push([seen, sink.length()]);
  const text = sink.text();
  return { text, quoted: quoted.concat(quotedLines(text.slice(0, seen))), hidden, source: sink.source };
}

/** Past the `>` that ends the tag at `open`; quoted attribute values may hold one. */
function tagEnd(html: string, open: number): number {
  let quote = 0;
  for (let i = open + 1; i < html.length; i += 1) {
    const c = html.charCodeAt(i);
    if (quote !== 0) {
      if (c === quote) quote = 0;
    } else if ((c === 34 || c === 39) && html.charCodeAt(i - 1) === 61) quote = c;
    else if (c === 62) return i + 1;
  }
  // an unclosed quote must not swallow the letter: end at the next bracket
  const next = html.indexOf('>', open);
  return next < 0 ? html.length : next + 1;
}

const HEADER = /^[ \t>*]*(?:from|von|de|sent|date|to|cc|subject)\s*:\s*\S/i;
const WROTE = /^[ \t]*on\b.{4,160}\bwrote:\s*$/i;
const ORIGINAL = /^[ \t]*-{2,}\s*(?:original message|forwarded message|begin forwarded)/i;

/** History in words: "> …" lines, "-----Original Message-----", "On … wrote:", and a From/Sent/To/Subject head. */
function quotedLines(text: string): Range[] {
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
    } else if (end - start < 400) {
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
