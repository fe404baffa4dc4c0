/**
 * Texts with a form of their own: HL7 v2 segments, JSON (FHIR first), tables with a heading row. What a value is follows from its place, so these come before
 * the search by words, and what they find is not searched again. A heading counts as far as its table reaches; nothing here crosses a block.
 */
import type { IdentifierKind } from '../scan.ts';
import type { Hit, Reason } from '../weight.ts';
import type { LabelKind } from '../words/label.ts';
import { segments } from './hl7.ts';
import { members } from './json.ts';
import { columns } from './table.ts';

export interface Records {
  /** rows or resources that hold identifiers of people */
  readonly rows: number;
  /** the form itself is one of health care */
  readonly clinical: boolean;
  /** spans where words are codes of the form, not names or places */
  readonly codes: readonly (readonly [start: number, end: number])[];
  /** the line that says what more rows would hold, with its end; empty where there is none */
  readonly heading: string;
}

export function records(text: string, hits: Hit[]): Records {
  let first = 0;
  while (text.charCodeAt(first) <= 32) first += 1;
  const head = text.charAt(first);
  if (text.indexOf('|') >= 0 && /(?:^|[\r\n])[ >]*(?:MSH\|\^~|PID\||NK1\||GT1\|)/.test(text.slice(0, 4000))) return segments(text, hits);
  if (head === '{' || head === '[') {
    const found = members(text, hits);
    if (found !== undefined) return found;
  }
  return { ...columns(text, hits), clinical: false, codes: [] };
}

interface Typed {
  readonly kind: IdentifierKind;
  readonly weight: number;
  readonly shape: RegExp;
}

const NUMBER = /\d.*\d.*\d/;
const BY_LABEL: { readonly [kind in LabelKind]?: Typed } = {
  ssn: { kind: 'SSN', weight: 24, shape: /^(?:\d{3}-?\d{2}-?\d{4}|[xX*]{3}-?[xX*]{2}-?\d{4})$/ }, itin: { kind: 'SSN', weight: 20, shape: /^\d{2,3}-?\d{2}-?\d{4,5}$/ }, mrn: { kind: 'MRN', weight: 20, shape: /\d/ }, record: { kind: 'MRN', weight: 18, shape: /\d/ }, member: { kind: 'HEALTH_PLAN', weight: 18, shape: NUMBER }, insurance: { kind: 'HEALTH_PLAN', weight: 18, shape: NUMBER }, permit: { kind: 'LICENSE', weight: 12, shape: NUMBER },
  plan: { kind: 'HEALTH_PLAN', weight: 18, shape: NUMBER }, account: { kind: 'ACCOUNT', weight: 14, shape: NUMBER }, card: { kind: 'ACCOUNT', weight: 14, shape: /(?:\d[ -]?){12}/ }, routing: { kind: 'ACCOUNT', weight: 14, shape: /^\d{9}$/ },
  iban: { kind: 'ACCOUNT', weight: 16, shape: /^[A-Z]{2}\d{2}/i }, license: { kind: 'LICENSE', weight: 14, shape: NUMBER }, npi: { kind: 'LICENSE', weight: 18, shape: /^\d{10}$/ }, dea: { kind: 'LICENSE', weight: 16, shape: /^[A-Z]{2}\d{7}$/i },
  vin: { kind: 'VEHICLE', weight: 16, shape: /^[A-Z0-9]{17}$/i }, plate: { kind: 'VEHICLE', weight: 12, shape: /\d/ }, device: { kind: 'DEVICE', weight: 12, shape: NUMBER }, serial: { kind: 'DEVICE', weight: 10, shape: NUMBER }, passport: { kind: 'OTHER_ID', weight: 16, shape: NUMBER },
  phone: { kind: 'PHONE', weight: 18, shape: /(?:\d\D{0,2}){7}/ }, fax: { kind: 'FAX', weight: 18, shape: /(?:\d\D{0,2}){7}/ }, dob: { kind: 'DATE', weight: 22, shape: /\d.*\d/ }, date: { kind: 'DATE', weight: 10, shape: /\d{1,4}[-/. ]\w{1,9}[-/., ]+\d{1,4}/ },
  zip: { kind: 'GEO', weight: 14, shape: /^\d{5}(?:-?\d{4})?$/ }, address: { kind: 'GEO', weight: 16, shape: /\d.*[A-Za-z]|[A-Za-z].*\d/ }, place: { kind: 'GEO', weight: 8, shape: /^[A-Za-z][A-Za-z .'-]{2,40}$/ }, name: { kind: 'NAME', weight: 18, shape: /^[A-Za-z\u00c0-\uffff][A-Za-z\u00c0-\uffff.,' -]{1,60}$/ },
  email: { kind: 'EMAIL', weight: 20, shape: /@/ }, biometric: { kind: 'BIOMETRIC', weight: 14, shape: /\w{4}/ }, other: { kind: 'OTHER_ID', weight: 6, shape: NUMBER },
};

/** A value whose place names it (`read`: what it says where it is written in escapes); false when it does not look like what the place says. */
export function pushTyped(hits: Hit[], label: LabelKind, text: string, start: number, end: number, reason: Reason, read?: string): boolean {
  const typed = BY_LABEL[label];
  let s = start;
  let e = end;
  while (s < e && /[\s"']/.test(text.charAt(s))) s += 1;
  while (e > s && /[\s"']/.test(text.charAt(e - 1))) e -= 1;
  if (typed === undefined || e - s < 2 || e - s > 120 || !typed.shape.test(read ?? text.slice(s, e))) return false;
  const rule = label === 'dob' ? 'date.birth' : typed.kind === 'GEO' ? (label === 'address' ? 'geo.street' : label === 'zip' ? 'zip.labelled' : 'geo.labelled') : `${label === 'name' ? 'name' : label}.${reason}`;
  hits.push({ kind: typed.kind, rule, start: s, end: e, weight: typed.weight, reasons: [reason] });
  return true;
}
