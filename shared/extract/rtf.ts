/** Rich Text Format 1.9.1: the words between the controls, how large its pictures are, and whether it carries objects. Fonts and styles are skipped; hidden text is not. */
import { windows } from './letters.ts';
import { HEAD, type Size, sizeInside } from './picture.ts';
import { quotedIn } from './read.ts';

const SKIPPED = /^(?:fonttbl|colortbl|stylesheet|pict|objdata|themedata|colorschememapping|datastore|latentstyles|listtable|listoverridetable|rsidtbl|generator|xmlnstbl|mmathPr|fldinst|bkmkstart|bkmkend)$/;
const MARK: { readonly [word: string]: string } = { par: '\n', line: '\n', sect: '\n', page: '\n', row: '\n', cell: '\t', nestcell: '\t', nestrow: '\n', tab: '\t', emdash: '-', endash: '-', lquote: '\'', rquote: '\'', ldblquote: '"', rdblquote: '"', bullet: '*', emspace: ' ', enspace: ' ', title: '\n', subject: '\n', author: '\n', operator: '\n', keywords: '\n', doccomm: '\n', company: '\n', manager: '\n', category: '\n', propname: '\n', staticval: ': ', ffname: '\n', ffdeftext: '\n', ffstattext: '\n', ffhelptext: '\n', ffl: '\n', docvar: '\n' };
/** Destinations that other programs may pass over (\*), and that hold words of the author. */
const SAID = /^\\\*\\(?:footnote|annotation|shptxt|shpinst|company|manager|category|userprops|propname|staticval|formfield|ff(?:name|deftext|stattext|helptext|l)|docvar)(?![a-z])/;
/** As far as a field may go. */
const FIELD = 4000;
const CONTROL = /\\(?:([a-zA-Z]{1,32})(-?\d{1,10})? ?|'([0-9a-fA-F]{2})|([^a-zA-Z]))/y;

interface State {
  readonly skip: boolean;
  /** bytes that stand for a Unicode character and are passed over */
  readonly unicode: number;
  /** the same picture once more, for older readers */
  readonly twin: boolean;
  /** beside the text: nothing of it may grow onto the next word */
  readonly aside: boolean;
}
const FIRST: State = { skip: false, unicode: 1, twin: false, aside: false };

/** The picture whose group goes on at `from`: in hexadecimal, or as bytes after \bin. Its own properties may be groups before it. */
function pictureAt(rtf: string, from: number): Size {
  const raw = /^[^{}]{0,400}?\\bin(\d{1,9}) /.exec(rtf.slice(from, from + 420));
  if (raw !== null) {
    const start = from + raw[0].length;
    return sizeInside(latinBytes(rtf.slice(start, start + HEAD)), Number(raw[1]));
  }
  let open = 1;
  let end = from;
  let start = from;
  for (; end < rtf.length && open > 0; end += 1) {
    const c = rtf.charCodeAt(end);
    if (c === OPEN) open += 1;
    else if (c === CLOSE) open -= 1;
    // the last thing in the group that is no digit is where the digits begin
    if (open > 0 && !isHex(c)) start = end + 1;
  }
  // right behind a control word come its own digits
  if (isLetter(rtf.charCodeAt(start - 1))) while (start < end && rtf.charCodeAt(start) > 32) start += 1;
  const hex = rtf.slice(start, Math.min(end - 1, start + HEAD * 2)).replace(/\s+/g, '');
  return sizeInside(Uint8Array.from(hex.match(/../g) ?? [], (two) => parseInt(two, 16)), (end - start) / 2);
}

const OPEN = 123;
const CLOSE = 125;

function isLetter(c: number): boolean {
  return (c | 32) >= 97 && (c | 32) <= 122;
}

function isHex(c: number): boolean {
  return (c >= 48 && c <= 57) || (c >= 97 && c <= 102) || (c >= 65 && c <= 70) || c === 32 || c === 10 || c === 13;
}

function latinBytes(latin: string): Uint8Array {
  return Uint8Array.from(latin.split(''), (c) => c.charCodeAt(0));
}

interface Rtf {
  readonly text: string;
  readonly pictures: readonly Size[];
  /** documents of other programs inside, which were not read; formulas and empty ones are none */
  readonly objects: boolean;
}

export function readRtf(rtf: string): Rtf {
  const out: string[] = [];
  const pictures: Size[] = [];
  const stack: State[] = [];
  let state = FIRST;
  let swallow = 0;
  let fresh = false;
  let objects = false;
  for (let i = 0; i < rtf.length;) {
    const c = rtf.charAt(i);
    if (c === '{') {
      if (stack.length < 4096) stack.push({ ...state });
      fresh = true;
      i += 1;
    } else if (c === '}') {
      const { aside } = state;
      state = stack.pop() ?? FIRST;
      if (aside && !state.aside) out.push('\n');
      i += 1;
    } else if (c === '\\') {
      CONTROL.lastIndex = i;
      const found = CONTROL.exec(rtf);
      const at = i;
      if (found === null) {
        i += 1;
        continue;
      }
      i = CONTROL.lastIndex;
      const [, word, argument, hex, symbol] = found;
      if (word !== undefined) {
        if (word === 'bin') i += Math.max(0, Number(argument ?? 0));
        else if (fresh && SKIPPED.test(word)) {
          if (word === 'pict' && !state.twin) pictures.push(pictureAt(rtf, i));
          // digits enough for more than a head; a formula's words stand beside it
          // an address or a default stands in quotes, all else are orders to the program
          else if (word === 'fldinst') out.push(`\n${quotedIn(rtf.slice(i, i + FIELD).split('}')[0] ?? '')}\n`);
          else if (word === 'objdata') objects ||= !/\\objclass Equation[^{}]*\}\s*\{\\\*$/.test(rtf.slice(Math.max(0, at - 120), at)) && /^[\s0-9a-fA-F]{40}/.test(rtf.slice(i, i + 60));
          state = { ...state, skip: true };
        } else if (word === 'info') state = { ...state, aside: true };
        else if (word === 'nonshppict') state = { ...state, twin: true };
        else if (word === 'uc') state = { ...state, unicode: Number(argument ?? 1) };
        else if (word === 'u') {
          if (!state.skip) out.push(String.fromCharCode(Number(argument ?? 0) & 0xffff));
          swallow = state.unicode;
        } else if (!state.skip && MARK[word] !== undefined) out.push(MARK[word]);
        fresh = false;
      } else if (hex !== undefined) {
        if (swallow > 0) swallow -= 1;
        else if (!state.skip) out.push(windows(Uint8Array.of(parseInt(hex, 16))));
      } else if (symbol === '*') {
        const skip = !SAID.test(rtf.slice(i - 2, i + 18));
        state = { ...state, skip, aside: state.aside || !skip };
      }
      else if (!state.skip && (symbol === '~' || symbol === '_' || symbol === '\n' || symbol === '\\' || symbol === '{' || symbol === '}')) out.push(symbol === '~' ? ' ' : symbol === '_' ? '-' : symbol);
    } else {
      fresh = false;
      let end = i;
      while (end < rtf.length && rtf.charAt(end) !== '\\' && rtf.charAt(end) !== '{' && rtf.charAt(end) !== '}') end += 1;
      if (!state.skip) {
        const words = rtf.slice(i, end).replace(/[\r\n]+/g, '');
        out.push(words.slice(Math.min(swallow, words.length)));
      }
      swallow = 0;
      i = end;
    }
  }
  return { text: out.join(''), pictures, objects };
}
