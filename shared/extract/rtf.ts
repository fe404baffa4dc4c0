/** Rich Text Format 1.9.1: the words between the controls. Pictures, fonts, styles and objects are skipped; hidden text is not. */

const SKIPPED = /^(?:fonttbl|colortbl|stylesheet|info|pict|objdata|themedata|colorschememapping|datastore|latentstyles|listtable|listoverridetable|rsidtbl|generator|xmlnstbl|mmathPr|fldinst|bkmkstart|bkmkend)$/;
const MARK: { readonly [word: string]: string } = { par: '\n', line: '\n', sect: '\n', page: '\n', row: '\n', cell: '\t', nestcell: '\t', nestrow: '\n', tab: '\t', emdash: '-', endash: '-', lquote: '\'', rquote: '\'', ldblquote: '"', rdblquote: '"', bullet: '*', emspace: ' ', enspace: ' ' };
const CONTROL = /\\(?:([a-zA-Z]{1,32})(-?\d{1,10})? ?|'([0-9a-fA-F]{2})|([^a-zA-Z]))/y;
const windows = new TextDecoder('windows-1252');

export function textOfRtf(rtf: string): string {
  const out: string[] = [];
  const stack: { skip: boolean; unicode: number }[] = [];
  let state = { skip: false, unicode: 1 };
  let swallow = 0;
  let fresh = false;
  for (let i = 0; i < rtf.length;) {
    const c = rtf.charAt(i);
    if (c === '{') {
      if (stack.length < 4096) stack.push({ ...state });
      fresh = true;
      i += 1;
    } else if (c === '}') {
      state = stack.pop() ?? { skip: false, unicode: 1 };
      i += 1;
    } else if (c === '\\') {
      CONTROL.lastIndex = i;
      const found = CONTROL.exec(rtf);
      if (found === null) {
        i += 1;
        continue;
      }
      i = CONTROL.lastIndex;
      const [, word, argument, hex, symbol] = found;
      if (word !== undefined) {
        if (word === 'bin') i += Math.max(0, Number(argument ?? 0));
        else if (fresh && SKIPPED.test(word)) state = { ...state, skip: true };
        else if (word === 'uc') state = { ...state, unicode: Number(argument ?? 1) };
        else if (word === 'u') {
          if (!state.skip) out.push(String.fromCharCode(Number(argument ?? 0) & 0xffff));
          swallow = state.unicode;
        } else if (!state.skip && MARK[word] !== undefined) out.push(MARK[word]);
        fresh = false;
      } else if (hex !== undefined) {
        if (swallow > 0) swallow -= 1;
        else if (!state.skip) out.push(windows.decode(Uint8Array.of(parseInt(hex, 16))));
      } else if (symbol === '*') state = { ...state, skip: state.skip || !/^\\\*\\(?:footnote|annotation|shptxt|shpinst)/.test(rtf.slice(i - 2, i + 14)) };
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
  return out.join('');
}
