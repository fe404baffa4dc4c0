/** What a link carries behind its question mark: keys name their values. RFC 3986 §3.4; application/x-www-form-urlencoded. Malformed escapes stay as they are. */
import { labelOfHeading } from '../detectors/label.ts';
import type { Hit } from '../weight.ts';
import { pushTyped } from './records.ts';

/** A query of any length is looked at as far as this. */
const LONGEST = 2000;
const PAIR = /[?&;]([A-Za-z_.[\]-]{2,40})=([^&;#]{2,120})/g;

/** The identifiers of the query in [start, end), whose first character is the question mark; answers how many. */
export function query(text: string, start: number, end: number, hits: Hit[]): number {
  const before = hits.length;
  const whole = text.slice(start, Math.min(end, start + LONGEST));
  PAIR.lastIndex = 0;
  for (let found = PAIR.exec(whole); found !== null; found = PAIR.exec(whole)) {
    const [pair, key = '', value = ''] = found;
    const label = labelOfHeading(key);
    const to = start + found.index + pair.length;
    // the next pair begins with the mark that ends this one
    if (label !== undefined && label !== 'not' && label !== 'other') pushTyped(hits, label, text, to - value.length, to, 'key', plain(value));
  }
  return hits.length - before;
}

function plain(value: string): string {
  return value.replace(/\+/g, ' ').replace(/%([2-7][0-9A-Fa-f])/g, (_, code: string) => String.fromCharCode(parseInt(code, 16)));
}
