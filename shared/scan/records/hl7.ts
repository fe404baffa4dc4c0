/** HL7 v2.x segments that carry identifiers: PID, NK1, GT1, IN1, PV1. Fields by number, HL7 v2.5.1 chapters 3 and 6. */
import type { Hit } from '../weight.ts';
import type { LabelKind } from '../words/label.ts';
import { pushTyped, type Records } from './records.ts';

const FIELDS: { readonly [segment: string]: { readonly [field: number]: LabelKind } } = {
  PID: { 2: 'mrn', 3: 'mrn', 4: 'mrn', 5: 'name', 6: 'name', 7: 'dob', 9: 'name', 11: 'address', 13: 'phone', 14: 'phone', 18: 'account', 19: 'ssn', 20: 'license', 29: 'dob' },
  NK1: { 2: 'name', 4: 'address', 5: 'phone', 6: 'phone', 16: 'dob', 30: 'name', 31: 'phone', 37: 'ssn' },
  GT1: { 2: 'account', 3: 'name', 5: 'address', 6: 'phone', 7: 'phone', 8: 'dob', 12: 'ssn' },
  IN1: { 8: 'plan', 10: 'plan', 16: 'name', 18: 'dob', 19: 'address', 36: 'plan', 49: 'plan' },
  PV1: { 7: 'name', 8: 'name', 9: 'name', 19: 'mrn' },
};

export function segments(text: string, hits: Hit[]): Records {
  let rows = 0;
  const codes: [number, number][] = [];
  const line = /[^\r\n]+/g;
  for (let found = line.exec(text); found !== null; found = line.exec(text)) {
    const indent = /^[ >]*/.exec(found[0])?.[0].length ?? 0;
    const segment = found[0].slice(indent, indent + 3);
    const fields = FIELDS[segment];
    // of notes and observations the words count; of all other segments only the fields above
    if (segment !== 'OBX' && segment !== 'NTE') codes.push([found.index, found.index + found[0].length]);
    if (fields === undefined || found[0].charAt(indent + 3) !== '|') continue;
    if (segment === 'PID') rows += 1;
    let start = found.index + indent + 4;
    const stop = found.index + found[0].length;
    for (let field = 1; start <= stop; field += 1) {
      let end = text.indexOf('|', start);
      if (end < 0 || end > stop) end = stop;
      const label = fields[field];
      if (label !== undefined && end > start) repetitions(text, start, end, label, segment === 'PV1', hits);
      start = end + 1;
    }
  }
  return { rows: rows > 1 ? rows : 0, clinical: true, codes, heading: '' };
}

/** Repetitions by `~`; of identifiers and numbers the first component counts, of names and addresses all of them. */
function repetitions(text: string, start: number, end: number, label: LabelKind, provider: boolean, hits: Hit[]): void {
  for (let s = start; s <= end;) {
    // never past the field: a search to the end of the text, field by field, is quadratic
    let e = s;
    while (e < end && text.charCodeAt(e) !== 126) e += 1;
    const whole = text.slice(s, e);
    const caret = whole.indexOf('^');
    if (label === 'name') {
      // XPN is family^given^middle; XCN has an id before it
      const skip = provider && /^\d*\^/.test(whole) ? caret + 1 : 0;
      const words = /^[A-Za-z\u00c0-\uffff' -]+(?:\^[A-Za-z\u00c0-\uffff' .-]*){0,3}/.exec(whole.slice(skip));
      if (words !== null && words[0].length > 1) hits.push({ kind: 'NAME', rule: provider ? 'name.provider' : 'name.segment', start: s + skip, end: s + skip + words[0].replace(/\^+$/, '').length, weight: 22, reasons: ['segment'] });
    } else if (label === 'address') {
      if (/[A-Za-z0-9]/.test(whole)) hits.push({ kind: 'GEO', rule: 'geo.street', start: s, end: e, weight: 18, reasons: ['segment'] });
    } else if (label === 'dob') {
      const day = /^\d{8}/.exec(whole);
      if (day !== null) hits.push({ kind: 'DATE', rule: 'date.birth', start: s, end: s + 8, weight: 22, reasons: ['segment', 'birth'] });
    } else pushTyped(hits, label, text, s, caret < 0 ? e : s + caret, 'segment');
    s = e + 1;
  }
}
