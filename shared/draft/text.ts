/**
 * The words of a draft, with a map back to the bytes they came from: HTML or plain text → text, where every offset of the text
 * leads to the exact span of the source. Scripts and styles are not words; hidden text and comments are (they leave with the mail).
 * Own walk, one pass, linear; never throws, whatever the markup. WHATWG HTML §13.2 as far as mail needs it.
 */
import { characterOf } from './entity.ts';
import { quotedLines } from './history.ts';
import { ODD, openSink, plainer, type Range } from './span.ts';


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
const PARAGRAPH = /^(?:p|title|template|h[1-6]|ul|ol|dl|table|blockquote|pre|hr|form|section|article|header|footer)$/;
/** Ends a line. */
const LINE = /^(?:div|li|tr|br|dt|dd|caption|center|address|tbody|thead|tfoot|option|fieldset|legend)$/;
const RAW = /^(?:script|style)$/;
/** Outlook shows what stands in a conditional comment, but for its own settings. */
const SHOWN = /^<!--\[if [^\]>]{0,60}\]>(?!\s*<(?:xml|style|\/?table|\/?t[dr])\b)/i;
const VOID = /^(?:br|hr|img|input|meta|link|wbr|area|base|col|embed|source|track)$/;
/** "<!-->" is a whole comment, and "--!>" ends one too (WHATWG HTML §13.2.5.43 on). */
const COMMENT_END = /--!?>/g;
const MARKS = /^\s*(?:<?!?\[|$|\/\*)/;
const HIDING = /^<(?:title|template)\b|display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?:px|pt|em)?\s*(?:;|$)|mso-hide\s*:\s*all/i;
const WORTH = /\s(?:alt|title|href|value|aria-label|placeholder|srcdoc)\s*=\s*(?:"([^"]{3,4000})|'([^']{3,4000})|([^\s"'>]{3,4000}))/gi;
/** Where Outlook, Gmail, Yahoo and Thunderbird begin what was written before. */
const HISTORY_ID = /\bid\s*=\s*["']?(?:x_)*(?:divRplyFwdMsg|appendonsend|mail-editor-reference-message-container|OLK_SRC_BODY_SECTION)/i;
const HISTORY_CLASS = /\bclass\s*=\s*["']?[^"'>]*\b(?:gmail_quote|yahoo_quoted|moz-cite-prefix|OutlookMessageHeader|protonmail_quote)\b/i;
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
  /** 0 nothing, 1 space, 3 line, 4 paragraph: waits until words follow */
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
  /** cells passed since the last words: empty ones keep their place in the row */
  let cells = 0;
  let rowOpen = false;
  let softParagraph = false;
  const lastQuote = { 34: html.lastIndexOf('"'), 39: html.lastIndexOf("'") };
  const wait = (kind: number, where: number): void => {
    if (kind > gap && !edge) {
      gap = kind;
      gapAt = where;
    }
  };
  const settle = (): void => {
    if (begun && gap > 0 && (gap > 1 || cells === 0)) sink.add(gap === 1 ? ' ' : gap === 3 ? '\n' : '\n\n', gapAt, gapAt);
    for (; cells > 0; cells -= 1) sink.add('\t', gapAt, gapAt);
    gap = 0;
    begun = true;
    edge = false;
  };
  const words = (start: number, end: number): void => {
    let i = start;
    while (i < end) {
      const c = html.charCodeAt(i);
      if (pre > 0 && c === 9) {
        // preformatted tables keep their columns
        settle();
        sink.take(html, i, i + 1);
        i += 1;
        continue;
      }
      if (c === 32 || c === 10 || c === 13 || c === 9) {
        if (pre > 0 && c === 10) wait(gap === 3 ? 4 : 3, i);
        else wait(1, i);
        i += 1;
        continue;
      }
      if (c === 38) {
        const entity = characterOf(html, i);
        if (entity !== undefined) {
          const code = plainer(entity.code);
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
      const shown = SHOWN.exec(html.slice(open, open + 100));
      if (shown !== null) {
        i = open + shown[0].length;
        continue;
      }
      COMMENT_END.lastIndex = open + 2;
      const end = COMMENT_END.exec(html);
      i = end === null ? html.length : COMMENT_END.lastIndex;
      const stop = end === null ? i : end.index;
      // settings and marks of programs are no words
      if (stop > open + 4 && !MARKS.test(html.slice(open + 4, Math.min(stop, open + 60)))) aside.push([open + 4, stop]);
      continue;
    }
    const tag = /^<(\/?)([a-zA-Z][a-zA-Z0-9:]*)/.exec(html.slice(open, open + 40));
    const mark = html.charCodeAt(open + 1);
    if (tag === null && mark !== 33 && mark !== 63 && mark !== 47) {
      // "<" that opens nothing is a character of the text
      settle();
      sink.take(html, open, open + 1);
      i = open + 1;
      continue;
    }
    const close = tagEnd(html, open, lastQuote);
    if (tag === null) {
      i = close;
      continue;
    }
    const closing = tag[1] === '/';
    const name = (tag[2] ?? '').toLowerCase();
    i = close;
    if (!closing && RAW.test(name)) {
      const stop = new RegExp(`</${name}(?:[\\s/][^>]{0,200})?>`, 'ig');
      stop.lastIndex = close;
      const found = stop.exec(html);
      i = found === null ? html.length : stop.lastIndex;
      continue;
    }
    // long ones are pictures written into the source; what matters stands before
    const attributes = closing ? '' : html.slice(open, Math.min(close, open + 4000));
    if (name === 'td' || name === 'th') {
      if (closing) {
        if (!edge) gap = 0;
      } else {
        if (rowOpen) cells += 1;
        rowOpen = true;
        gapAt = open;
      }
      edge = true;
    } else if (name === 'p') {
      if (!closing) softParagraph = /MsoNormal|MsoPlainText|margin\s*:\s*0/i.test(attributes.slice(0, 2000));
      wait(softParagraph ? 3 : 4, open);
    }
    else if (name === 'tr' || name === 'table') {
      edge = false;
      rowOpen = false;
      cells = 0;
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
    if (attributes.length > name.length + 2 || name === 'title' || name === 'template') {
      if (historyStart < 0 && (HISTORY_ID.test(attributes) || HISTORY_CLASS.test(attributes))) historyStart = sink.length();
      WORTH.lastIndex = 0;
      for (let worth = WORTH.exec(attributes); worth !== null; worth = WORTH.exec(attributes)) {
        const value = worth[1] ?? worth[2] ?? worth[3] ?? '';
        // links to mailboxes and plain pages repeat what is visible; a query or a path may carry an identifier
        if (/^(?:mailto:[^?]*$|cid|data|#)/i.test(value)) continue;
        const start = open + worth.index + worth[0].lastIndexOf(value);
        aside.push([start, start + value.length]);
      }
      if (hideDepth === 0 && !VOID.test(name) && (HIDING.test(attributes) || /\shidden(?=[\s>=])/i.test(attributes))) {
        hideDepth = 1;
        hideTag = name;
        hideStart = sink.length();
        continue;
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
function tagEnd(html: string, open: number, lastQuote: { readonly 34: number; readonly 39: number }): number {
  let quote = 0;
  for (let i = open + 1; i < html.length; i += 1) {
    const c = html.charCodeAt(i);
    if (quote !== 0) {
      if (c === quote) quote = 0;
    } else if ((c === 34 || c === 39) && html.charCodeAt(i - 1) === 61 && lastQuote[c] > i) quote = c;
    else if (c === 62) return i + 1;
  }
  // an unclosed quote must not swallow the letter: end at the next bracket
  const next = html.indexOf('>', open);
  return next < 0 ? html.length : next + 1;
}
