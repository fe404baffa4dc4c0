/** Mail addresses, links, IP and hardware addresses, pictures of a face: 45 CFR 164.514(b)(2)(i)(F), (N), (O), (M), (Q). */
import { domainOf } from '../../draft/address.ts';
import { wordSet } from '../lexicon/closed.ts';
import { query } from '../records/query.ts';
import { HARD, ODD, OPEN, STOP, type Tokens } from '../token.ts';
import type { Hit } from '../weight.ts';

const LOCAL_MARKS = ".!#$%&'*+=?^_`{|}~-";
const DOMAIN = /(?:[A-Za-z0-9\u00c0-\uffef](?:[A-Za-z0-9\u00c0-\uffef-]{0,61}[A-Za-z0-9\u00c0-\uffef])?\.)+[A-Za-z\u00c0-\uffef][A-Za-z0-9\u00c0-\uffef-]{0,22}[A-Za-z0-9\u00c0-\uffef]/y;
/** RFC 5321 §4.5.3.1.1 */
const LONGEST_LOCAL = 64;

function isLocal(code: number): boolean {
  return (code | 32) >= 97 && (code | 32) <= 122 || code >= 48 && code <= 57 || code >= 0xc0 || LOCAL_MARKS.indexOf(String.fromCharCode(code)) >= 0;
}

export function mailAddresses({ text, ats }: Tokens, hits: Hit[]): void {
  for (const at of ats) {
    let start = at;
    while (start > 0 && at - start < LONGEST_LOCAL && isLocal(text.charCodeAt(start - 1))) start -= 1;
    while (start < at && /[.'`*=]/.test(text.charAt(start))) start += 1;
    DOMAIN.lastIndex = at + 1;
    const rest = text.slice(at + 1, at + 256);
    if (start === at || rest.indexOf('.') < 0 || DOMAIN.exec(text) === null) continue;
    const end = DOMAIN.lastIndex;
    if (domainOf(text.slice(start, end)) === '' || /^[\d.]+$/.test(text.slice(at + 1, end))) continue;
    hits.push({ kind: 'EMAIL', rule: 'email.address', start, end, weight: 28, reasons: ['format'] });
  }
}

const AT = wordSet('at');
const DOT = wordSet('dot');
const SPELLED = /[\w.+-]{1,64} ?(?:[([{] ?at ?[)\]}]|at) ?[\w-]{1,63}(?: ?(?:[([{] ?dot ?[)\]}]|dot|\.) ?[\w-]{2,63}){1,4}/gi;

/** "jane (at) example (dot) com", "jane at example dot com": written so that machines shall not read it. */
export function spelledAddresses({ text, gapsSeen, listsSeen }: Tokens, hits: Hit[]): void {
  if (!AT.in(listsSeen) || (gapsSeen & (OPEN | ODD)) === 0 && !DOT.in(listsSeen)) return;
  if (!/ ?[([{] ?at ?[)\]}]| at [\w-]{1,63} (?:dot|[([{]dot)/i.test(text)) return;
  SPELLED.lastIndex = 0;
  for (let found = SPELLED.exec(text); found !== null; found = SPELLED.exec(text)) {
    if (!/[([{] ?at|\bdot\b/i.test(found[0]) || TLDS.indexOf(` ${(/\w+$/.exec(found[0])?.[0] ?? '').toLowerCase()} `) < 0) continue;
    hits.push({ kind: 'EMAIL', rule: 'email.spelled', start: found.index, end: found.index + found[0].length, weight: 14, reasons: ['format'] });
  }
}

const SCHEME = /(?:hxxps?|https?|ftps?|sftp|ssh|wss?)$/i;
/** Hosts of a link: a name with a dot, or an address; RFC 3986 §3.2.2 loosely. */
const HOST = /^(?:[^\s/@<>"']{1,64}@)?(?:(?:[A-Za-z0-9\u00c0-\uffef](?:[A-Za-z0-9\u00c0-\uffef-]{0,61}[A-Za-z0-9\u00c0-\uffef])?\.)+[A-Za-z\u00c0-\uffef]{2,24}|\d{1,3}(?:\.\d{1,3}){3}|\[?[0-9a-fA-F:]{4,39}\]?|localhost)(?::\d{1,5})?(?=[/?#]|$)/;
const TLDS = ' com net org edu gov mil int info biz io co us uk ca au de fr es it nl be ch at se no dk fi ie pt pl cz hu ro gr ru ua tr jp cn kr tw in sg hk th my ph id vn br mx ar cl pe il za ng ke eg ae sa nz eu asia health care clinic med doctor hospital pharmacy dental app dev site online xyz me tv ai tech cloud cy uy is ee lv lt hr rs si sk lu mt ';
const BARE = /(?:www\d?\.)?(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){1,4}([a-z]{2,10})(?![\w@-])(?:\/[^\s<>"')\]]{0,400})?/iy;

export function links({ text, schemes }: Tokens, hits: Hit[]): void {
  let done = 0;
  for (const colon of schemes) {
    if (colon < done) continue;
    const scheme = SCHEME.exec(text.slice(Math.max(0, colon - 6), colon));
    // the host first: without one the rest is not worth reading
    if (scheme === null || !HOST.test(text.slice(colon + 3, colon + 260).replace(/[\s<>"'\u201c\u201d\u2019][^]*$/, '').replace(/\[\.\]/g, '.').replace(/[.,;:!?)\]}]+$/, ''))) continue;
    const start = colon - scheme[0].length;
    let end = colon + 3;
    while (end < text.length && end - colon < 2000 && !/[\s<>"'\u201c\u201d\u2019]/.test(text.charAt(end))) end += 1;
    while (end > colon && /[.,;:!?)\]}]/.test(text.charAt(end - 1))) end -= 1;
    done = end;
    // who and what a query names are findings of their own; words in escapes are read as words
    const asked = text.slice(colon, end).indexOf('?');
    if (asked > 0 && (query(text, colon + asked, end, hits) > 0 || /%20\S/.test(text.slice(colon + asked, end)))) end = colon + asked;
    const rest = text.slice(colon + 3, end);
    const path = rest.search(/[/?#]/);
    const deep = path >= 0 && rest.length - path > 1;
    hits.push({ kind: 'URL', rule: deep ? 'url.path' : 'url.host', start, end, weight: deep ? 12 : 6, reasons: ['format'] });
  }
}

/** "mychart.example.org/visit/4471" without a scheme; called where a word is joined to the next by a dot. */
export function bareLink(text: string, start: number, hits: Hit[]): number {
  BARE.lastIndex = start;
  const found = BARE.exec(text);
  if (found === null || TLDS.indexOf(` ${(found[1] ?? '').toLowerCase()} `) < 0) return start;
  let end = BARE.lastIndex;
  while (/[.,;:!?]/.test(text.charAt(end - 1))) end -= 1;
  const deep = found[0].indexOf('/') >= 0;
  hits.push({ kind: 'URL', rule: deep ? 'url.path' : 'url.host', start, end, weight: deep ? 8 : 3, reasons: ['format'] });
  return end;
}

const IPV4 = /(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)){3}(?![0-9A-Za-z])(?:\/(?:3[0-2]|[12]?\d)(?!\d))?/y;
const MAC = /(?:[0-9a-fA-F]{2}([:-]))(?:[0-9a-fA-F]{2}\1){4}[0-9a-fA-F]{2}(?![0-9A-Za-z:-])|[0-9a-fA-F]{4}\.[0-9a-fA-F]{4}\.[0-9a-fA-F]{4}(?![0-9A-Za-z.])/y;
const NETWORK = /[0-9a-fA-F:.]{2,45}(?:%[0-9a-zA-Z]{1,16})?/y;

/** RFC 4291 §2.2, all three forms. */
function isIpv6(value: string): boolean {
  const halves = value.split('::');
  if (halves.length > 2 || value.indexOf(':') < 0) return false;
  let groups = 0;
  for (const half of halves) {
    if (half === '') continue;
    const parts = half.split(':');
    for (let k = 0; k < parts.length; k += 1) {
      const part = parts[k] ?? '';
      IPV4.lastIndex = 0;
      if (/^[0-9a-fA-F]{1,4}$/.test(part)) groups += 1;
      else if (k === parts.length - 1 && half === halves[halves.length - 1] && IPV4.exec(part)?.[0] === part && part.indexOf('/') < 0) groups += 2;
      else return false;
    }
  }
  return halves.length === 2 ? groups > 0 && groups < 8 : groups === 8;
}

/** Digits and letters up to F beside a colon, a dot or a dash and more of them: nothing else is worth the shapes below. */
function isNetwork(text: string, start: number): boolean {
  let i = start;
  while (i - start < 5 && isHex(text.charCodeAt(i))) i += 1;
  const mark = text.charCodeAt(i);
  const next = text.charCodeAt(i + 1);
  return (mark === 58 || mark === 46 || mark === 45) && isHex(next) || mark === 58 && next === 58 || text.charCodeAt(start - 1) === 58 && isGroup(text.charCodeAt(start - 2));
}

/** What stands before a colon inside an address. */
function isGroup(code: number): boolean {
  return code === 58 || isHex(code);
}

function isHex(code: number): boolean {
  return code >= 48 && code <= 57 || (code | 32) >= 97 && (code | 32) <= 102;
}

/** An address of the network or of hardware around `start`; pushes it and answers its end, or `start`. */
export function networkAddress(text: string, start: number, hits: Hit[]): number {
  if (!isNetwork(text, start)) return start;
  MAC.lastIndex = start;
  const mac = MAC.exec(text);
  if (mac !== null && !/^[0:.-]+$/.test(mac[0]) && !/[0-9A-Za-z:]/.test(text.charAt(start - 1))) {
    hits.push({ kind: 'DEVICE', rule: 'device.mac', start, end: MAC.lastIndex, weight: 14, reasons: ['format'] });
    return MAC.lastIndex;
  }
  IPV4.lastIndex = start;
  if (!/[0-9A-Za-z.:]/.test(text.charAt(start - 1)) && IPV4.exec(text) !== null) {
    hits.push({ kind: 'IP', rule: 'ip.v4', start, end: IPV4.lastIndex, weight: 6, reasons: ['format'] });
    return IPV4.lastIndex;
  }
  let begin = start;
  while (begin > 0 && start - begin < 40 && (isGroup(text.charCodeAt(begin - 1)) || text.charCodeAt(begin - 1) === 46)) begin -= 1;
  if (/[0-9A-Za-z]/.test(text.charAt(begin - 1))) {
    // a word right before a double colon is not part of it
    if (!text.startsWith('::', begin) || /[0-9]/.test(text.charAt(begin - 1))) return start;
  }
  NETWORK.lastIndex = begin;
  const run = NETWORK.exec(text);
  if (run === null || run[0].indexOf(':') < 0) return start;
  const value = run[0].replace(/%.*$/, '').replace(/[.]+$/, '').replace(/([^:]):$/, '$1');
  if (!isIpv6(value) || /[0-9A-Za-z]/.test(text.charAt(begin + run[0].length))) return start;
  const end = run[0].indexOf('%') >= 0 ? begin + run[0].length : begin + value.length;
  const mask = /^\/(?:12[0-8]|1[01]\d|\d?\d)(?!\d)/.exec(text.slice(end, end + 6));
  hits.push({ kind: 'IP', rule: 'ip.v6', start: begin, end: end + (mask === null ? 0 : mask[0].length), weight: 6, reasons: ['format'] });
  return end;
}

/** A hardware address of letters alone: "AA:BB:CC:DD:EE:FF". */
export function letterAddresses({ text, count, start, end, gap, pairs }: Tokens, hits: Hit[]): void {
  if (pairs < 5) return;
  const isPair = (t: number): boolean => (end[t] ?? 0) - (start[t] ?? 0) === 2;
  for (let t = 0; t + 5 < count; t += 1) {
    if (!isPair(t)) continue;
    // of a longer run only the last six pairs can end where the run does
    let last = t;
    while (last + 1 < count && isPair(last + 1) && (start[last + 1] ?? 0) - (end[last] ?? 0) === 1 && gap[last + 1] === gap[t + 1]) last += 1;
    const from = last - 5;
    if (from >= t) {
      MAC.lastIndex = start[from] ?? 0;
      const mac = MAC.exec(text);
      if (mac !== null && !/\d/.test(mac[0])) hits.push({ kind: 'DEVICE', rule: 'device.mac', start: start[from] ?? 0, end: MAC.lastIndex, weight: 14, reasons: ['format'] });
    }
    if (last > t) t = last - 1;
  }
}

const PHOTOS = wordSet('photo photos photograph photographs picture pictures pic pics selfie selfies headshot headshots portrait portraits image images');
const FACES = wordSet('face facial faces headshot');
const SUBJECTS = wordSet('patient patients pt pts');

const PICTURES = wordSet('jpg jpeg png heic gif tif tiff bmp webp dcm');
const LONGEST_NAME = 80;
/** As far from the words as a file is still the one they speak of, in the same line. */
const BESIDE = 200;

/** Files of pictures, in the order of the text. */
function pictures({ text, dots, listed, listsSeen, start, end }: Tokens): (readonly [start: number, end: number])[] {
  const found: (readonly [number, number])[] = [];
  if (!PICTURES.in(listsSeen)) return found;
  for (const t of dots) {
    if (!PICTURES(listed[t] ?? 0)) continue;
    const dot = (start[t] ?? 0) - 1;
    let from = dot;
    while (from > 0 && dot - from < LONGEST_NAME && /[\w\u00c0-\uffff-]/.test(text.charAt(from - 1))) from -= 1;
    if (from < dot && text.charAt(end[t] ?? 0) !== '_') found.push([from, end[t] ?? 0]);
  }
  return found;
}

/** "photo of the patient's face", "full-face photographs": pictures themselves are not looked at, so the file that is named in the line, or else the words. */
export function photos(tokens: Tokens, hits: Hit[]): void {
  const { text, count, listed, listsSeen, gap, start, end } = tokens;
  if (!PHOTOS.in(listsSeen)) return;
  const files = pictures(tokens);
  let next = 0;
  let done = 0;
  for (let t = 0; t < count; t += 1) {
    if (!PHOTOS(listed[t] ?? 0) || (start[t] ?? 0) < done) continue;
    let who = false;
    for (let k = t + 1; k < count && k - t < 5 && ((gap[k] ?? 0) & (HARD | STOP)) === 0; k += 1) who = who || FACES(listed[k] ?? 0) || SUBJECTS(listed[k] ?? 0);
    for (let k = t - 1; k >= 0 && t - k < 3 && ((gap[k + 1] ?? 0) & (HARD | STOP)) === 0; k -= 1) who = who || FACES(listed[k] ?? 0) || SUBJECTS(listed[k] ?? 0);
    if (!who) continue;
    const [from, to] = [start[t] ?? 0, end[t] ?? 0];
    while (next < files.length && (files[next]?.[0] ?? 0) < from - BESIDE) next += 1;
    let k = next;
    while (k < files.length && text.slice(Math.min(from, files[k]?.[0] ?? 0), Math.max(to, files[k]?.[1] ?? 0)).indexOf('\n') >= 0 && (files[k]?.[0] ?? 0) < from) k += 1;
    const file = files[k];
    const beside = file !== undefined && file[1] <= to + BESIDE && text.slice(Math.min(from, file[0]), file[1]).indexOf('\n') < 0;
    const [first, last] = beside ? file : [from, to];
    done = last;
    hits.push({ kind: 'PHOTO', rule: 'photo.named', start: first, end: last, weight: 8, reasons: ['image'] });
  }
}
