/** JSON with offsets: keys name their values. FHIR R4 Patient, Coverage and the like; any other object by its keys. Malformed JSON ends the walk, never throws. */
import { labelOfHeading } from '../detectors/label.ts';
import type { Hit } from '../weight.ts';
import type { LabelKind } from '../words/label.ts';
import { pushTyped, type Records } from './records.ts';

/** FHIR R4 element names that no label spells the same way. */
const FHIR: { readonly [key: string]: LabelKind } = {
  family: 'name', given: 'name', birthDate: 'dob', deceasedDateTime: 'dob', line: 'address', city: 'place', district: 'place', postalCode: 'zip', subscriberId: 'plan', policyNumber: 'plan', serialNumber: 'device', udiCarrier: 'device', deviceIdentifier: 'device',
};
/** A `value` is what its `system` says. */
const SYSTEM: readonly (readonly [system: RegExp, label: LabelKind])[] = [
  [/us-ssn|2\.16\.840\.1\.113883\.4\.1"?$/, 'ssn'], [/us-npi/, 'npi'], [/us-mbi|us-medicare/, 'plan'], [/driver|4\.3\./, 'license'], [/^phone|^sms|^pager/, 'phone'], [/^fax/, 'fax'], [/^email/, 'email'], [/mrn|medical-?record|hospital|patient/i, 'mrn'],
];
const STRING = /"((?:[^"\\]|\\.)*)"/y;
const DEEPEST = 64;

interface Frame {
  key: string;
  array: boolean;
  system: string;
  value: readonly [number, number] | undefined;
}

export function members(text: string, hits: Hit[]): Records | undefined {
  const stack: Frame[] = [];
  let key = '';
  let people = 0;
  let clinical = false;
  let keys = 0;
  for (let i = 0; i < text.length;) {
    const c = text.charAt(i);
    if (c === '{' || c === '[') {
      if (stack.length >= DEEPEST) break;
      stack.push({ key, array: c === '[', system: '', value: undefined });
      if (c === '{') key = '';
    } else if (c === '}' || c === ']') {
      const frame = stack.pop();
      if (frame !== undefined && frame.value !== undefined) byCompanion(frame, text, hits);
      key = stack[stack.length - 1]?.array === true ? stack[stack.length - 1]?.key ?? '' : '';
    } else if (c === '"') {
      STRING.lastIndex = i;
      const found = STRING.exec(text);
      if (found === null) break;
      const end = STRING.lastIndex;
      const colon = /^\s*:/.exec(text.slice(end, end + 12));
      const top = stack[stack.length - 1];
      if (colon !== null && top?.array !== true) {
        key = found[1] ?? '';
        keys += 1;
        i = end + colon[0].length;
        continue;
      }
      const value = found[1] ?? '';
      if (key === 'resourceType' && value !== 'Bundle') {
        clinical = true;
        if (value === 'Patient') people += 1;
      }
      if (top !== undefined && key === 'system') top.system = value;
      else if (top !== undefined && key === 'code' && /^(?:MR|SS|MB|DL)$/.test(value)) (stack[stack.length - 4] ?? top).system = value === 'MR' ? 'mrn' : value === 'SS' ? 'us-ssn' : value === 'MB' ? 'us-mbi' : 'driver';
      else if (top !== undefined && key === 'value') top.value = [i + 1, end - 1];
      else {
        const label = FHIR[key] ?? (key === 'text' && top?.key === 'name' ? 'name' : labelOfHeading(key));
        if (label !== undefined && label !== 'not') pushTyped(hits, label, text, i + 1, end - 1, 'key');
      }
      i = end;
      if (top?.array !== true) key = '';
      continue;
    } else if (c >= '0' && c <= '9') {
      const digits = /^\d+/.exec(text.slice(i, i + 32))?.[0] ?? c;
      const label = key === '' ? undefined : labelOfHeading(key);
      if (label !== undefined && label !== 'not' && label !== 'age') pushTyped(hits, label, text, i, i + digits.length, 'key');
      i += digits.length;
      continue;
    }
    i += 1;
  }
  return keys === 0 ? undefined : { rows: people > 1 ? people : 0, clinical, codes: [], heading: '' };
}

function byCompanion({ key, system, value }: Frame, text: string, hits: Hit[]): void {
  if (value === undefined) return;
  for (const [shape, label] of SYSTEM) {
    if (shape.test(system)) {
      pushTyped(hits, label, text, value[0], value[1], 'key');
      return;
    }
  }
  // an identifier of an unnamed system is still one of the patient
  if (key === 'identifier') pushTyped(hits, 'mrn', text, value[0], value[1], 'key');
}
