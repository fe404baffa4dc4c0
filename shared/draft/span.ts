/** Text that remembers its source: runs of characters with the spans they came from, found again by binary search. */

export type Range = readonly [start: number, end: number];

/** Characters that would hide a value from a rule though a reader cannot tell the difference. */
export const ODD = /[\0\v\f\x85\u00a0\u00ad\u061c\u115f\u1160\u1680\u180e\u2000-\u2015\u2028-\u202f\u2044\u205f-\u206f\u2212\u2215\u3000\u3164\ufe58\ufe63\ufeff\uff01-\uff5e\uffa0]|\u034f|[\ufe00-\ufe0f\u0660-\u0669\u06f0-\u06f9\u0966-\u096f\ud835]/;

/** Half of a letter or digit for formulas (Unicode's Mathematical Alphanumeric Symbols). */
const FORMULA = 0xd835;

/** What a rule reads in place of `code`: a plain dash, slash, space, line end or digit, 0 for nothing at all. Blanks: Unicode's Zs; nothing: its Default_Ignorable_Code_Point. */
export function plainer(code: number): number {
  if (code === 0xa0 || code === 0x1680 || code >= 0x2000 && code <= 0x200a || code === 0x202f || code === 0x205f || code === 0x3000) return 32;
  if (code === 0x0b || code === 0x0c || code === 0x85 || code === 0x2028 || code === 0x2029) return 10;
  if (code >= 0x2010 && code <= 0x2015 || code === 0x2212 || code === 0xfe58 || code === 0xfe63) return 45;
  if (code === 0x2044 || code === 0x2215) return 47;
  if (code >= 0xff01 && code <= 0xff5e) return code - 0xfee0;
  if (code >= 0x660 && code <= 0x669 || code >= 0x6f0 && code <= 0x6f9 || code >= 0x966 && code <= 0x96f) return 48 + (code - (code < 0x6f0 ? 0x660 : code < 0x966 ? 0x6f0 : 0x966));
  if (code >= 0x1d7ce && code <= 0x1d7ff) return 48 + (code - 0x1d7ce) % 10;
  if (code >= 0x1d400 && code <= 0x1d6a3) return (code - 0x1d400) % 52 < 26 ? 65 + (code - 0x1d400) % 26 : 97 + (code - 0x1d400) % 26;
  if (code === 0 || code === 0xad || code === 0x34f || code === 0x61c || code === 0x115f || code === 0x1160 || code === 0x180e || code === 0x3164 || code === 0xfeff || code === 0xffa0) return 0;
  if (code >= 0x200b && code <= 0x200f || code >= 0x202a && code <= 0x202e || code >= 0x2060 && code <= 0x206f || code >= 0xfe00 && code <= 0xfe0f) return 0;
  return code;
}

function isPlain(code: number): boolean {
  return code !== 0 && code !== FORMULA && plainer(code) === code;
}

/** Collects text in runs; each run is either one to one with its source or, when `whole`, one character for a longer span. */
export function openSink() {
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
      let stop = i;
      while (stop < end && isPlain(source.charCodeAt(stop))) stop += 1;
      if (stop > i) add(source.slice(i, stop), i, stop);
      const whole = stop < end ? source.codePointAt(stop) ?? 0 : 0;
      const code = plainer(whole);
      i = stop + (whole > 0xffff ? 1 : 0);
      if (code !== 0) add(String.fromCodePoint(code), stop, i + 1);
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
