/**
 * Numbers that identify: every run with digits is looked at once. A label decides first, for a labelled value beats a format;
 * then formats with check digits; then dates and telephones. Negative labels ("order", "ticket") speak against bare formats.
 */
import * as check from '../checksum.ts';
import { wordSet } from '../lexicon/closed.ts';
import type { IdentifierKind } from '../scan.ts';
import { ALNUM, COLON, DASH, DIGITS, HASH, LOWER, ODD, SLASH, SPACE, STOP, type Tokens, UPPER } from '../token.ts';
import { byStart, type Hit, type Reason } from '../weight.ts';
import { networkAddress } from './contact.ts';
import { ageAt, dateAt } from './date.ts';
import { CARD, digitsOf, FARTHEST, IBAN, isDigit, KINDS, LABELLED, labelled, match, SSN, VALUE } from './labelled.ts';
import { grownLabel, type Label, labelAfter, labelBefore, tokenAfter } from './label.ts';

/** Bounded, as is every shape here: a megabyte of digits must cost what a megabyte of words costs. */
const NANP = /(?:\+?1[-. ]?)?(?:\(\d{3}\)[-. ]?|\d{3}[-. /]{1,2})\d{3}[-. ]\d{4}(?![\d-]\d)(?:,? ?(?:x|ext\.?|extension) ?\d{1,6})?/iy;
/** Without the area, as within a town. */
const LOCAL = /[2-9]\d{2}-\d{4}(?![\d-]|[A-Za-z])/y;
const ABROAD = /\+\d{1,3}[ .-]?(?:\(?\d{1,4}\)?[ .-]?){1,5}\d{2,4}(?!\d)/y;
const DIALLED = /[+(]?\d[\d ().\-/]{4,18}\d(?!\d)(?:,? ?(?:x|ext\.?|extension) ?\d{1,6})?/iy;
const MBI = /[1-9][A-Za-z][A-Za-z0-9]\d-?[A-Za-z][A-Za-z0-9]\d-?[A-Za-z]{2}\d{2}(?![A-Za-z0-9-])/y;
/** "numbers like 1EG4…" */
const SAMPLE = /\b(?:like|e\.g\.|examples?|sample|format)\W+$/i;
const ZIP = /\d{5}(?:-\d{4})?(?![\d-]|[A-Za-z])|\d{5,6}(?:-\d{3})?(?![\d-]|[A-Za-z])|\d{3,4}(?: \d{2,3})?(?![\dA-Za-z-])/y;
const FLORIDA = /[A-Z]\d{3}-\d{3}-\d{2}-\d{3}-\d(?![\d-])|[A-Z]\d{3}-\d{4}-\d{4}(?:-\d{2})?(?![\d-])/y;
const UDI = /\(01\)\d{14}(?:\(\d{2}\)[A-Za-z0-9]{1,20}){0,4}/y;
/** 00-48-81-23, as hospitals write the number of a record */
const PAIRED = /\d{2}-\d{2}-\d{2}-\d{2}(?![\d-])/y;
/** 1234-567-893, an NPI; 1210-0035-8, a routing number */
const GROUPED = /\d{4}([- ])\d{3}\1\d{3}(?![\d-])|\d{4}-\d{4}-\d(?![\d-])/y;

/** So clearly a date that no label before it makes a number of it. */
const PLAIN_DATE = /^(?:(?:19|20)\d{2}([-/.])(?:0[1-9]|1[0-2])\1\d{2}(?!\d|-)|\d{1,2}([/.])\d{1,2}\2(?:\d{4}|\d{2})(?![\d.])|(?:0?[1-9]|1[0-2])-(?:0?[1-9]|[12]\d|3[01])-(?:19|20)\d{2}(?![\d-])|\d{1,2}(?:st|nd|rd|th)?[- ](?:of )?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec))/i;

const PATIENT = wordSet('patient pt resident');

/** What joins the pieces of one written number without a space. */
const JOIN = DASH | SLASH | STOP | COLON | ODD | HASH;

export function numbers(tokens: Tokens, hits: Hit[]): void {
  const { count, gap, start, end, text, figures } = tokens;
  const covered = byStart(hits);
  let next = 0;
  let done = 0;
  let past = -1;
  for (let t of figures) {
    if (t <= past || (start[t] ?? 0) < done) continue;
    let head = t;
    while (head > 0 && (gap[head] ?? 0) !== 0 && ((gap[head] ?? 0) & ~JOIN) === 0 && (start[head - 1] ?? 0) >= done && t - head < 4 && !isWordBefore(tokens, head)) head -= 1;
    while (next < covered.length && (covered[next]?.end ?? 0) <= (start[head] ?? 0)) next += 1;
    const over = covered[next];
    if (over !== undefined && over.start < (end[t] ?? 0)) {
      done = over.end;
      continue;
    }
    if (runsOn(tokens, t)) {
      // nothing that identifies is joined from so many pieces
      while (t + 1 < count && (gap[t + 1] ?? 0) !== 0 && ((gap[t + 1] ?? 0) & ~JOIN) === 0) t += 1;
      past = t;
      done = end[t] ?? 0;
      continue;
    }
    done = Math.max(one(tokens, head, t, hits), (start[t] ?? 0) + 1);
    if (text.charCodeAt(done) === 45) done += 1;
  }
}

/** Forty pieces joined without a space. */
function runsOn({ gap, count }: Tokens, t: number): boolean {
  let k = t + 1;
  while (k < count && (gap[k] ?? 0) !== 0 && ((gap[k] ?? 0) & ~JOIN) === 0) {
    if (k - t > 40) return true;
    k += 1;
  }
  return false;
}

/** "non-2019": a word joined by a dash is not the head of a number, unless it is short capitals as in "ST-9988". */
function isWordBefore({ kind, start, end, gap, text }: Tokens, t: number): boolean {
  const k = kind[t - 1] ?? 0;
  if (k === LOWER) return true;
  const separator = text.charCodeAt((start[t] ?? 1) - 1);
  if (((gap[t] ?? 0) & COLON) !== 0 && k !== DIGITS && k !== ALNUM) return true;
  // "pain.12345", "MRN.12345", "MRN#12345"
  if ((separator === 46 || separator === 35 || separator === 58) && k !== DIGITS && k !== ALNUM) return true;
  return k !== DIGITS && k !== ALNUM && (end[t - 1] ?? 0) - (start[t - 1] ?? 0) > 6;
}

/** Judges the number that begins at token `head`, whose first digits are at token `t`; answers where it ends. */
function one(tokens: Tokens, head: number, t: number, hits: Hit[]): number {
  const { text, start, end, kind } = tokens;
  const s = start[head] ?? 0;
  const first = end[t] ?? 0;
  const before = text.charCodeAt(s - 1);
  if (before === 36 || before === 0x20ac || before === 0xa3) return first;
  const label = labelBefore(tokens, head);
  const code = label?.kind;
  const apart = first < text.length ? text.charCodeAt(first) : 32;

  // colons and dots may be addresses of machines
  if (apart === 58 || apart === 46 || before === 58 || (apart === 45 && first - s === 2)) {
    const stop = networkAddress(text, s, hits);
    if (stop > s) return demote(hits, label, stop);
  }
  const strong = code !== undefined && code !== 'phone' && code !== 'fax' && code !== 'date' && code !== 'dob' && code !== 'zip' && code !== 'not' && KINDS[code] !== undefined && (label?.far ?? 9) <= (FARTHEST[code] ?? 2);
  if ((kind[t] === DIGITS || kind[head] === DIGITS || isDigit(text.charCodeAt(s))) && (!strong || PLAIN_DATE.test(text.slice(s, s + 14)))) {
    const dated = dateAt(tokens, head, label, hits);
    if (dated > 0) return dated;
  }
  ageAt(tokens, t, label, hits);
  if (label !== undefined && strong) {
    // "plate ABC 1234"
    const parted = (code === 'plate' || KINDS[code] === 'HEALTH_PLAN') && label.far === 1 && kind[head - 1] === UPPER && tokens.gap[head] === SPACE && label.at === head - 2 && first - s < (code === 'plate' ? 5 : 10) && s - (start[head - 1] ?? 0) < 5;
    const stop = labelled(tokens, parted ? start[head - 1] ?? s : s, parted ? { ...label, far: 0 } : label, hits);
    if (stop > s) return stop;
  }
  const grown = kind[t] === ALNUM ? grownLabel(text, start[t] ?? 0) : undefined;
  if (grown !== undefined) {
    hits.push({ kind: KINDS[grown.kind] ?? 'OTHER_ID', rule: `${grown.kind}.labelled`, start: start[t] ?? 0, end: grown.end, weight: LABELLED[grown.kind] ?? 10, reasons: ['label'] });
    return grown.end;
  }
  // "Patient 5561209": called by the number
  if (label === undefined && kind[t] === DIGITS && head === t && first - s > 5 && tokens.gap[t] === SPACE && PATIENT(tokens.listed[t - 1] ?? 0) && apart !== 45) {
    hits.push({ kind: 'MRN', rule: 'mrn.labelled', start: s, end: first, weight: 14, reasons: ['label'] });
    return first;
  }
  const bare = unlabelled(tokens, head, t, label, hits);
  if (bare > s) return bare;
  const after = labelAfter(tokens, tokenAfter(tokens, t));
  const afterKind = after === undefined ? undefined : KINDS[after];
  if (after !== undefined && afterKind !== undefined && after !== 'phone' && after !== 'other') {
    const value = match(VALUE, text, s) ?? '';
    if (digitsOf(value).length >= 4) {
      hits.push({ kind: afterKind, rule: `${after}.before-label`, start: s, end: s + value.length, weight: 14, reasons: ['label-after'] });
      return s + value.length;
    }
  }
  return first;
}

/** "version 10.2.3.4" is no address. */
function demote(hits: Hit[], label: Label | undefined, stop: number): number {
  const last = hits.pop();
  if (last !== undefined) hits.push(label?.kind === 'not' ? { ...last, weight: last.weight - 14, reasons: ['negative'] } : last);
  return stop;
}

/** The first characters, and how long the first word is, say which shapes can fit: most numbers fit none. */
function unlabelled(tokens: Tokens, head: number, t: number, label: Label | undefined, hits: Hit[]): number {
  const { text, kind, start, end } = tokens;
  const s = start[head] ?? 0;
  const code = label?.kind;
  const not = code === 'not' && (label?.far ?? 9) <= 2;
  const cost = not ? 16 : 0;
  const push = (k: IdentifierKind, rule: string, value: string, weight: number, reasons: readonly Reason[], from = s): number => {
    hits.push({ kind: k, rule, start: from, end: from + value.length, weight: weight - cost, reasons: not ? [...reasons, 'negative'] : reasons });
    return from + value.length;
  };
  if (code === 'phone' || code === 'fax') {
    const from = text.charAt(s - 1) === '(' || text.charAt(s - 1) === '+' ? s - 1 : s;
    const value = (label?.far ?? 9) <= (FARTHEST.phone ?? 4) ? match(NANP, text, from) ?? match(ABROAD, text, from) ?? (label?.far === 0 ? match(DIALLED, text, from) : undefined) : undefined;
    const digits = value === undefined ? 0 : digitsOf(value.replace(/(?:x|ext).*$/i, '')).length;
    if (value !== undefined && digits >= 7 && digits <= 24 && !/^\d{4}-\d{4}-\d{4}/.test(value)) return push(code === 'fax' ? 'FAX' : 'PHONE', `${code}.labelled`, value, 20 - (label?.far ?? 0) * 2, ['label'], from);
  }
  if (code === 'zip' && (label?.far ?? 9) <= 1) {
    const value = match(ZIP, text, s);
    if (value !== undefined) return push('GEO', 'zip.labelled', value, 14, ['label', 'zip']);
  }
  const letterFirst = kind[t] === ALNUM || head < t;
  if (letterFirst) {
    const figure = isDigit(text.charCodeAt(s));
    const second = isDigit(text.charCodeAt(s + 1));
    const mbi = figure && !second ? match(MBI, text, s) : undefined;
    if (mbi !== undefined && check.isMbi(mbi.replace(/-/g, '').toUpperCase())) return SAMPLE.test(text.slice(Math.max(0, s - 16), s)) ? push('HEALTH_PLAN', 'mbi.format', mbi, 0, ['placeholder']) : push('HEALTH_PLAN', 'mbi.format', mbi, 17, ['format']);
    const length = (end[head] ?? s) - s;
    const value = length === 9 || length === 10 || length === 17 ? (match(VALUE, text, s) ?? '').toUpperCase() : '';
    if (/^[A-Z][A-Z9]\d{7}$/.test(value) && check.isDea(value)) return push('LICENSE', 'dea.checksum', value, 11, ['format', 'checksum']);
    if (/^\d{2}D\d{7}$/.test(value)) return push('LICENSE', 'clia.format', value, 12, ['format']);
    if (value.length === 17 && check.isVin(value)) return push('VEHICLE', 'vin.checksum', value, 15, ['format', 'checksum']);
    const iban = figure || second ? undefined : match(IBAN, text, s);
    if (iban !== undefined && check.isIban(iban.replace(/ /g, '').toUpperCase())) return push('ACCOUNT', 'iban.checksum', iban, 20, ['format', 'checksum']);
    const licence = !figure && second ? match(FLORIDA, text, s) : undefined;
    if (licence !== undefined) return push('LICENSE', 'license.format', licence, 8, ['format']);
    const stop = networkAddress(text, s, hits);
    if (stop > s) return demote(hits, label, stop);
    return s;
  }
  const udi = text.charAt(s - 1) === '(' ? match(UDI, text, s - 1) : undefined;
  if (udi !== undefined) return push('DEVICE', 'device.udi', udi, 16, ['format'], s - 1);
  const group = (end[t] ?? 0) - s;
  const mark = text.charCodeAt(end[t] ?? 0);
  const parted = mark === 45 || mark === 32;
  const card = group === 4 && parted || group >= 12 ? match(CARD, text, s) : undefined;
  if (card !== undefined && check.isCard(digitsOf(card))) return push('ACCOUNT', 'card.checksum', card, digitsOf(card).length < 15 && card.length < 15 && digitsOf(card).charAt(0) !== '4' ? 8 : 18, ['format', 'checksum']);
  const ssn = group === 3 && (parted || mark === 46) ? match(SSN, text, s) : undefined;
  const digits = ssn === undefined ? '' : digitsOf(ssn);
  if (ssn !== undefined && (check.isSsn(digits) || check.isItin(digits))) {
    const dashed = ssn.charAt(3) === '-' || ssn.charAt(4) === '-';
    return push('SSN', check.isItin(digits) ? 'itin.format' : 'ssn.format', ssn, (dashed ? 12 : 5) - (check.isSpecimenSsn(digits) ? 4 : 0), check.isSpecimenSsn(digits) ? ['format', 'placeholder'] : ['format']);
  }
  const open = text.charAt(s - 1);
  const from = open === '(' || open === '+' ? s - 1 : s;
  const phone = (group === 3 && (parted || mark === 46 || mark === 47 || mark === 41) || group === 1 && text.charCodeAt(s) === 49 ? match(NANP, text, from) : undefined) ?? (open === '+' ? match(ABROAD, text, from) : undefined);
  if (phone !== undefined && digitsOf(phone).length <= 22) {
    // "F: 216-555-0143" as signatures write it
    const fax = /(?:^|[^A-Za-z])F[:.]? ?$/.test(text.slice(Math.max(0, from - 5), from));
    return push(fax ? 'FAX' : 'PHONE', fax ? 'fax.labelled' : 'phone.format', phone, 9, ['format'], from);
  }
  const local = group === 3 && parted ? match(LOCAL, text, s) : undefined;
  if (local !== undefined) return push('PHONE', 'phone.local', local, 3, ['format']);
  const paired = group === 2 && parted ? match(PAIRED, text, s) : undefined;
  if (paired !== undefined) return push('MRN', 'mrn.format', paired, 4, ['format']);
  const apart = group === 4 && parted ? match(GROUPED, text, s) : undefined;
  if (apart !== undefined && check.isNpi(digitsOf(apart))) return push('LICENSE', 'npi.checksum', apart, 3, ['format', 'checksum']);
  if (apart !== undefined && check.isRouting(digitsOf(apart))) return push('ACCOUNT', 'routing.checksum', apart, 3, ['format', 'checksum']);
  const value = group === 10 ? text.slice(s, end[t] ?? s) : '';
  if (value !== '' && check.isNpi(value)) return push('LICENSE', 'npi.checksum', value, 3, ['format', 'checksum']);
  return s;
}

