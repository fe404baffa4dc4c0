import { expect, test } from 'vitest';
import * as check from '../../../shared/scan/checksum.ts';
import { scan, type ScanInput } from '../../../shared/scan/scan.ts';

const look = (text: string, more: Partial<ScanInput> = {}) => scan({ subject: '', text, attachments: [], ...more });
/** What the product would act on, as "KIND words". */
const found = (text: string) => look(text).findings.filter((f) => f.confidence !== 'low').map((f) => `${f.kind} ${text.slice(f.start, f.end)}`);

/** Left: must be found. Right: looks like it, and must find nothing of that kind. */
const twins: readonly (readonly [kind: string, yes: string, value: string, no: string])[] = [
  ['SSN', 'SSN: 524-71-8803', '524-71-8803', 'Order 524-71-88033 shipped'],
  ['SSN', 'her social security number is 524718803', '524718803', 'reference code 524718803'],
  ['SSN', 'ITIN 912-72-1234', '912-72-1234', 'ticket 666-12-3456'],
  ['MRN', 'MRN: SF-998877', 'SF-998877', 'The MRN field is empty'],
  ['MRN', 'medical record number 4471 2231', '4471 2231', 'medical records from 2021'],
  ['MRN', 'seen, chart # 88213', '88213', 'see chart 3 on page 12'],
  ['HEALTH_PLAN', 'Medicare 1EG4-TE5-MK73', '1EG4-TE5-MK73', 'model 1EG4-LE5-MK73'],
  ['HEALTH_PLAN', 'insurance policy # is ABC-987654', 'ABC-987654', 'our insurance policy changed in 2023'],
  ['HEALTH_PLAN', 'insur ID HS-998877', 'HS-998877', 'the plan for 2025 is set'],
  ['ACCOUNT', 'card 4111 1111 1111 1111', '4111 1111 1111 1111', 'serial 4111 1111 1111 1112 on the box'],
  ['ACCOUNT', 'routing number 121000358', '121000358', 'routing slip 121000359 pages'],
  ['ACCOUNT', 'IBAN GB82 WEST 1234 5698 7654 32', 'GB82 WEST 1234 5698 7654 32', 'ref GB82WEST12345698765433'],
  ['LICENSE', 'NPI 1234567893', '1234567893', 'call id 1234567890'],
  ['LICENSE', 'DEA AB1234563', 'AB1234563', 'model BB6520071'],
  ['LICENSE', 'driver\'s license D1234567', 'D1234567', 'license renewed in 2024'],
  ['LICENSE', 'Lab CLIA 48D1201539', '48D1201539', '48 D 1201539'],
  ['VEHICLE', 'VIN 1HGCM82633A004352', '1HGCM82633A004352', 'VIN 1HGCM82633A004353'],
  ['VEHICLE', 'license plate 7ABC123', '7ABC123', 'plate 7 of the atlas'],
  ['DEVICE', 'pacemaker serial number ABC123456', 'ABC123456', 'serial fiction since 1999'],
  ['DEVICE', 'MAC 00:1A:2B:3C:4D:5E', '00:1A:2B:3C:4D:5E', 'at 00:1A:2B:3C:4D'],
  ['BIOMETRIC', 'fingerprint ID FP-88213', 'FP-88213', 'the fingerprint reader is broken'],
  ['OTHER_ID', 'passport number 912803456', '912803456', 'my passport expires in 2030'],
  ['PHONE', 'call (216) 555-0143', '(216) 555-0143', 'between 1990-2000 and 12-34'],
  ['PHONE', 'cell: 2165550143', '2165550143', 'tracking 2165550143'],
  ['FAX', 'Fax: 216-555-0143', '216-555-0143', 'fax machine 12'],
  ['EMAIL', 'write to tess.lane@lakeside.test.', 'tess.lane@lakeside.test', 'meet @ noon, user@host'],
  ['URL', 'see https://portal.test/visit/4471.', 'https://portal.test/visit/4471', 'and/or http://nowhere'],
  ['IP', 'from 192.168.1.101', '192.168.1.101', 'version 10.2.3.4 and 192.168.1.256'],
  ['IP', 'host 2001:db8::1', '2001:db8::1', 'at 12:34:56, ratio 1:2:3:4'],
  ['DATE', 'DOB 3/14/62', '3/14/62', 'ratio 3/14, blood pressure 120/80'],
  ['DATE', 'on May 30th, 2022', 'May 30th, 2022', 'may 30 people come?'],
  ['DATE', 'seen 2024-02-11', '2024-02-11', 'in 2024, last summer, on Monday'],
  ['DATE', 'on 17-Feb-2023', '17-Feb-2023', 'section 17-2'],
  ['AGE90', 'a 93-year-old woman', '93', 'a 39-year-old woman, 93 days'],
  ['GEO', 'lives at 1234 Elm St, Chicago, IL 60601', '1234 Elm St, Chicago, IL 60601', 'in 1234 BC the elm stood'],
  ['GEO', 'seen at St. Vincent\'s on Monday', 'St. Vincent', 'seen at the clinic on Monday'],
  ['GEO', 'Mercy Valley Hospital', 'Mercy Valley Hospital', 'the hospital, our clinic, a university hospital'],
  ['GEO', 'P.O. Box 149', 'P.O. Box 149', 'the box 149'],
  ['GEO', 'ZIP: 90210', '90210', 'the sum is 90210'],
  ['NAME', 'Dear Mrs. Okafor,', 'Okafor', 'Dear team,'],
  ['NAME', 'a 70-year-old male, Xiulan Q., who', 'Xiulan Q.', 'a positive Chaddock reflex and Framingham risk score'],
  ['NAME', 'patient Smith was seen', 'Smith', 'Patient Portal and Care Team'],
  ['NAME', 'Robert Smith called', 'Robert Smith', 'The Quarterly Report Is Late'],
  ['NAME', 'DOE, JOHN', 'DOE, JOHN', 'COPD, CHF, HTN'],
  ['NAME', 'my name is Rubija', 'Rubija', 'the name of the file is wrong'],
  ['NAME', 'Nora Patel, MD', 'Nora Patel', 'an Apgar of 9, an ASA class of 2'],
  ['NAME', 'with Maria about it', 'Maria', 'with Alzheimer\'s disease and Hodgkin lymphoma'],
];

test.each(twins)('%s: %s', (kind, yes, value) => {
  expect(found(yes)).toContainEqual(expect.stringMatching(new RegExp(`^${kind} .*${value.slice(0, 4).replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}`)));
  expect(found(yes).join('\n')).toContain(`${kind} ${value}`);
});

test.each(twins)('%s is not in its twin: %4$s', (kind, _yes, _value, no) => {
  expect(found(no).filter((f) => f.startsWith(`${kind} `))).toEqual([]);
});

test('a labelled value whose check digit is wrong is told as doubtful, not dropped', () => {
  for (const [text, kind] of [['credit card 4111 1111 1111 1112', 'ACCOUNT'], ['NPI: 1234567890', 'LICENSE'], ['DEA: AB1234567', 'LICENSE'], ['VIN: 1HGCM82633A004353', 'VEHICLE'], ['routing 121000359', 'ACCOUNT']] as const) {
    const hit = look(text).findings.find((f) => f.kind === kind);
    expect(hit?.confidence).toBe('low');
    expect(hit?.reasons.join()).toContain('check digit is wrong');
  }
});

test.each([
  ['luhn', check.luhn('4111111111111111'), check.luhn('4111111111111112')],
  ['card', check.isCard('378282246310005'), check.isCard('1234567812345670')],
  ['npi', check.isNpi('1234567893'), check.isNpi('1111111112')],
  ['dea', check.isDea('AB1234563'), check.isDea('AB1234564')],
  ['routing', check.isRouting('121000358'), check.isRouting('421042111')],
  ['vin', check.isVin('1M8GDM9AXKP042788'), check.isVin('1M8GDM9A1KP042788')],
  ['iban', check.isIban('GB82WEST12345698765432'), check.isIban('GB82WEST12345698765431')],
  ['mbi', check.isMbi('1EG4TE5MK73'), check.isMbi('1SG4TE5MK73')],
  ['ssn', check.isSsn('524718803'), check.isSsn('900000000')],
  ['itin', check.isItin('912721234'), check.isItin('912891234')],
  ['imei', check.isImei('490154203237518'), check.isImei('490154203237519')],
])('check digits: %s', (_, right, wrong) => {
  expect([right, wrong]).toEqual([true, false]);
});

const patient = 'Tess Lane, DOB 3/14/1962, MRN 88213, has atrial fibrillation and takes apixaban.';

test.each([
  ['nothing', '', 'none'],
  ['business', 'Thanks Robert Smith, the meeting is on May 3, 2025. Call (216) 555-0143.', 'none'],
  ['medicine without a person', 'Side effects of lisinopril in a 55-year-old with hypertension and diabetes?', 'none'],
  ['a number without health', 'SSN 524-71-8803', 'pii'],
  ['a person and health', 'Robert Smith has asthma and takes albuterol.', 'medium'],
  ['a record', patient, 'high'],
  ['a list', Array.from({ length: 12 }, (_, i) => `MRN ${88_000 + i}: diabetes`).join('\n'), 'bulk'],
  ['a table', `Patient Name,DOB,Diagnosis\n${'ABCDEFG'.split('').map((c, i) => `Tess ${c}lane,1/${i + 1}/1960,asthma`).join('\n')}`, 'bulk'],
])('the verdict of %s', (_, text, level) => {
  expect(look(text).verdict.level).toBe(level);
});

test('the subject weighs one level more', () => {
  const text = 'Robert Smith has asthma and takes albuterol.';
  expect(look(text).verdict.level).toBe('medium');
  expect(look(text, { subject: 'Robert Smith' }).verdict.level).toBe('high');
});

test('author, recipients and signature are not the patient', () => {
  const from = { address: 'ana.ruiz@riverside.test', name: 'Dr. Ana Ruiz' };
  const recipients = [{ address: 'tess.lane@lakeside.test', name: 'Tess Lane', role: 'to' as const }];
  const text = 'Hi Tess,\n\nThe guideline for asthma and COPD changed; see the albuterol dosing.\n\nBest regards,\nAna Ruiz\nRiverside Clinic\n(216) 555-0143\nana.ruiz@riverside.test';
  const { findings, verdict } = look(text, { from, recipients });
  expect(verdict.level).toBe('none');
  expect(findings.filter((f) => f.kind === 'NAME').map((f) => f.whose)).toEqual(['recipient', 'author']);
  expect(findings.filter((f) => f.kind === 'PHONE').map((f) => f.whose)).toEqual(['signature']);
  expect(look(`${text}\n\n${patient}`, { from, recipients }).verdict.level).toBe('high');
});

test('"your results" to a private mailbox is about its owner, to a colleague it is not', () => {
  const text = 'Your biopsy results are ready. Please call.';
  const to = (address: string) => look(text, { recipients: [{ address, role: 'to' }] }).verdict.level;
  expect(to('rosa1962@gmail.com')).toBe('medium');
  expect(to('sam.park@stmarys.test')).toBe('none');
});

test('quoted and hidden words are found and marked; attachments are named', () => {
  const html = `<p>See below.</p><span style="display:none">MRN 88213</span><blockquote>${patient}</blockquote>`;
  const { findings } = scan({ subject: '', html, attachments: [{ filename: 'MRN_77120_notes.pdf' }] });
  const mrns = findings.filter((f) => f.kind === 'MRN');
  expect(mrns.map((f) => [f.part, f.hidden === true, f.quoted === true])).toEqual([['body', true, false], ['body', false, true], ['attachment-name', false, false]]);
  expect(mrns.slice(0, 2).map((f) => html.slice(f.start, f.end))).toEqual(['88213', '88213']);
});

test('what cannot be read is never clean', () => {
  expect(look('Hello', { attachments: [{ filename: 'a.zip', unscannable: 'encrypted' }] }).verdict.level).toBe('unscannable');
});

test('sensitive classes are told apart', () => {
  expect(look('She is HIV positive').verdict.sensitive).toEqual(['hiv']);
  expect([...look('BRCA1 mutation; methadone; psychotherapy notes; IVF').verdict.sensitive].sort()).toEqual(['genetic', 'psychotherapy', 'reproductive', 'substance-use']);
  expect(look('The printer is broken').verdict.sensitive).toEqual([]);
});
