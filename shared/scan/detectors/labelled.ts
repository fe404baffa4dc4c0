/** A value behind a label that names it: what its form and its check digits say of it then. */
import * as check from '../checksum.ts';
import type { IdentifierKind } from '../scan.ts';
import type { Tokens } from '../token.ts';
import type { Hit, Reason } from '../weight.ts';
import type { LabelKind } from '../words/label.ts';
import type { Label } from './label.ts';

export const KINDS: { readonly [kind in LabelKind]?: IdentifierKind } = {
  ssn: 'SSN', itin: 'SSN', mrn: 'MRN', record: 'MRN', plan: 'HEALTH_PLAN', member: 'HEALTH_PLAN', insurance: 'HEALTH_PLAN', permit: 'LICENSE', account: 'ACCOUNT', card: 'ACCOUNT', routing: 'ACCOUNT', iban: 'ACCOUNT', license: 'LICENSE', npi: 'LICENSE', dea: 'LICENSE', clia: 'LICENSE',
  vin: 'VEHICLE', plate: 'VEHICLE', device: 'DEVICE', serial: 'DEVICE', passport: 'OTHER_ID', other: 'OTHER_ID', biometric: 'BIOMETRIC', phone: 'PHONE', fax: 'FAX', zip: 'GEO',
};

/** Base in tenths of log-odds for a value right after its label; the words between take off. */
export const LABELLED: { readonly [kind in LabelKind]?: number } = {
  ssn: 26, itin: 24, mrn: 22, record: 20, plan: 20, member: 20, insurance: 20, permit: 14, account: 16, card: 24, routing: 18, iban: 20, license: 16, npi: 24, dea: 24, clia: 22, vin: 24, plate: 12, device: 12, serial: 12, passport: 20, other: 8, biometric: 16, phone: 20, fax: 20, zip: 14,
};
const PER_WORD = 3;
/** How many words may stand between a label and its value. */
export const FARTHEST: { readonly [kind in LabelKind]?: number } = { ssn: 4, passport: 5, license: 3, mrn: 2, record: 2, plan: 2, member: 2, insurance: 2, permit: 2, account: 1, card: 3, other: 0, device: 1, serial: 1, phone: 4, fax: 4, zip: 1, vin: 2, npi: 3, plate: 1, biometric: 2 };

/** Bounded, as is every shape here: a megabyte of digits must cost what a megabyte of words costs. */
export const VALUE = /#?[A-Za-z0-9](?:[A-Za-z0-9]|[-./*_](?=[A-Za-z0-9*])){0,44}/y;
export const SSN = /\d{3}([-. ]| - )\d{2}\1\d{4}(?![\d-])/y;
const SSN_LOOSE = /\d{3}(?:[-. ]| - )?\d{2}(?:[-. ]| - )?\d{4}(?![\dA-Za-z-])/y;
const SSN_TAIL = /(?:[xX*#]{3}[- ]?[xX*#]{2}[- ]?)?\d{4}(?!\d)/y;
export const CARD = /\d{4}([- ]?)\d{4}\1\d{4}\1\d{1,7}(?![\d-]\d)|\d{4}([- ])\d{6}\2\d{4,5}(?!\d)|\d{12,19}(?!\d)/y;
export const IBAN = /[A-Za-z]{2}\d{2}(?: ?[A-Za-z0-9]{4}){2,7}(?: ?[A-Za-z0-9]{1,4})?(?![A-Za-z0-9])/y;
/** "W2284 91077 01", "U7 7781 0034": as it is printed on the card. */
const PRINTED = /[A-Z0-9-]{1,5}(?: (?=[A-Z]{0,8}\d)[A-Z0-9]{1,9}){1,4}(?![A-Za-z0-9/-])/y;
const CARDS: readonly LabelKind[] = ['plan', 'member', 'insurance'];
/** "943 476 5919" behind a label of numbers that are written so. */
const SPACED = /\d{3} \d{3} \d{4}(?![\d-])/y;
/** "7 7 1 0 3 8 2", as it is dictated. */
const DICTATED = /\d(?: \d){4,11}(?! ?[\d/-])/y;
/** "policy 6.14" is a chapter. */
const CHAPTER = /^\d{1,2}\.\d{1,2}$/;
/** ICD-10-CM with its dot. */
const DIAGNOSIS = /^[A-TV-Z]\d[0-9A-Z]\.[0-9A-Z]{1,4}$/;
/** "AB12 CDE", "7ABC 123" */
const PLATE = /(?=[A-Z0-9]{0,4}[A-Z])[A-Z0-9]{2,4}[ -][A-Z0-9]{2,4}(?![A-Za-z0-9])/y;
const NUMBERS: readonly LabelKind[] = ['mrn', 'plan', 'passport', 'other'];
const UNIT = /^ ?(?:mg|mcg|g|kg|ml|mmol|meq|mm|cm|lb|lbs|%|percent|years?|yrs?|yo|weeks?|days?|months?|hours?|minutes?|units?|iu\b|bpm|hz|mb|gb|kb|k\b|am\b|pm\b|dollars|usd)/i;

export function match(shape: RegExp, text: string, start: number): string | undefined {
  shape.lastIndex = start;
  return shape.exec(text)?.[0];
}

function printed(text: string, s: number): string | undefined {
  const value = match(PRINTED, text, s);
  return value !== undefined && value.length < 22 && digitsOf(value).length > 5 ? value : undefined;
}

export function digitsOf(value: string): string {
  let digits = '';
  for (let i = 0; i < value.length; i += 1) if (isDigit(value.charCodeAt(i))) digits += value.charAt(i);
  return digits.length === value.length ? value : digits;
}

export function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

/** Judges the value at `s` behind its label; answers where it ends, or `s` where it is none. */
export function labelled(tokens: Tokens, s: number, label: Label, hits: Hit[]): number {
  const { text } = tokens;
  const code = label.kind;
  const kind = KINDS[code];
  if (kind === undefined) return s;
  const loss = label.far * PER_WORD;
  // "our policy HR-2024-113": the word alone, without number, colon or #, says little
  const vague = (code === 'member' || code === 'insurance') && label.from === label.at && text.slice(tokens.end[label.at], s) === ' ';
  const base = (LABELLED[code] ?? 10) - loss - (vague ? 10 : 0);
  const why: Reason = label.far === 0 ? 'label' : 'label-far';
  const push = (k: IdentifierKind, value: string, weight: number, reasons: readonly Reason[]): number => {
    hits.push({ kind: k, rule: `${code}.labelled`, start: s, end: s + value.length, weight, reasons });
    return s + value.length;
  };
  if (code === 'ssn' || code === 'itin') {
    const value = match(SSN_LOOSE, text, s);
    if (value !== undefined) {
      const digits = digitsOf(value);
      return push('SSN', value, base + (check.isSsn(digits) || check.isItin(digits) ? 4 : -2), check.isSpecimenSsn(digits) ? [why, 'placeholder'] : [why]);
    }
    const tail = label.far <= 2 ? match(SSN_TAIL, text, s) : undefined;
    return tail === undefined ? s : push('SSN', tail, 4, [why]);
  }
  if (code === 'card') {
    const value = match(CARD, text, s);
    if (value === undefined) return s;
    const digits = digitsOf(value);
    return check.luhn(digits) && !/^(\d)\1+$/.test(digits) ? push(kind, value, base, [why, 'checksum']) : push(kind, value, -4, [why, 'checksum-wrong']);
  }
  if (code === 'iban') {
    const value = match(IBAN, text, s);
    if (value !== undefined) return check.isIban(value.replace(/ /g, '').toUpperCase()) ? push(kind, value, base, [why, 'checksum']) : push(kind, value, -4, [why, 'checksum-wrong']);
  }
  const plate = code === 'plate' ? match(PLATE, text, s) : undefined;
  if (plate !== undefined && digitsOf(plate).length > 1) return push(kind, plate, base, [why]);
  const value = (NUMBERS.indexOf(code) >= 0 ? match(SPACED, text, s) : undefined) ?? (CARDS.indexOf(code) >= 0 ? printed(text, s) : undefined) ?? match(DICTATED, text, s) ?? match(VALUE, text, s);
  if (value === undefined || CHAPTER.test(value)) return s;
  const digits = digitsOf(value);
  const spaced = code === 'other' ? match(SSN, text, s) : undefined;
  if (spaced !== undefined && spaced.charAt(3) === '-' && check.isSsn(digitsOf(spaced))) return push('SSN', spaced, 10, ['format']);
  const upper = code === 'permit' || code === 'dea' || code === 'vin' ? value.replace(/[-.]/g, '').toUpperCase() : '';
  if (code === 'permit' && check.isDea(upper)) return push(kind, value, base + 14, [why, 'checksum']);
  if (code === 'device' && digits.length === 15 && check.isImei(digits)) return push(kind, value, base + 8, [why, 'checksum']);
  const checked = code === 'npi' && digits.length === 10 ? check.isNpi(digits) : code === 'dea' ? check.isDea(upper) : code === 'vin' ? check.isVin(upper) : code === 'routing' ? check.isRouting(digits) : undefined;
  if (checked === false) return push(kind, value, -4, [why, 'checksum-wrong']);
  if (checked === true) return push(kind, value, base, [why, 'checksum']);
  // account labels also stand before cards and IBANs
  const card = code === 'account' ? match(CARD, text, s) : undefined;
  if (card !== undefined && check.isCard(digitsOf(card))) return push('ACCOUNT', card, base + 4, [why, 'checksum']);
  const iban = code === 'account' ? match(IBAN, text, s) : undefined;
  if (iban !== undefined && check.isIban(iban.replace(/ /g, '').toUpperCase())) return push('ACCOUNT', iban, base + 4, [why, 'checksum']);
  const few = code === 'plan' || code === 'insurance' || code === 'member' || code === 'mrn' || code === 'record' || code === 'permit' || code === 'license' || code === 'plate' || code === 'device' || code === 'serial' ? 3 : 4;
  if (digits.length < few && !(code === 'plate' && value.length >= 5) || value.length > 40) return s;
  if (digits.length < 6 && !/[A-Za-z]/.test(value) && UNIT.test(text.slice(s + value.length, s + value.length + 10))) return s;
  // "encounter E11.65" is a diagnosis, "Dental Group, 1180 Alder Ave" a house
  if (DIAGNOSIS.test(value) || code === 'member' && label.from === label.at && label.colon === false && /,/.test(text.slice(tokens.end[label.at], s))) return s;
  // all one digit: nobody's
  if (/^(\d)\1{5,}$/.test(digits) && digits === value && code !== 'account') return push(kind, value, -2, [why, 'placeholder']);
  // "claim 2023", "policy in 2021": a year is no number of anything
  if (!label.colon && /^(?:19|20)\d{2}$/.test(value)) return s;
  if (label.far > 0 && digits.length < 5) return s;
  // "MRN 4471 2231": groups of equal length
  const second = value.length > 5 ? null : code === 'mrn' || code === 'record' || code === 'plan' || code === 'insurance' || code === 'member' || code === 'account' ? /^(\d{3,5})$/.exec(value) : null;
  if (second !== null) {
    const groups = new RegExp(`^(?: \\d{${value.length}}){1,3}(?![\\d/-])`).exec(text.slice(s + value.length, s + value.length + 24));
    if (groups !== null) return push(kind, value + groups[0], base, [why]);
  }
  return push(kind, value, base, [why]);
}
