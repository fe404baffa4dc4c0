import { expect, test } from 'vitest';
import { scan } from '../../../shared/scan/scan.ts';

/** Forms, tables, segments, resources and letters as they are pasted into mail, and what must be found in each. Invented throughout. */
const LAYOUTS: readonly (readonly [words: string, values: readonly (readonly [kind: string, value: string])[]])[] = [
  ['Patient Name    DOB          MRN        Dx\nTess Lane       03/14/1962   00812934   COPD\nSam Park        11/02/1980   00812935   CHF', [['NAME', 'Tess Lane'], ['NAME', 'Sam Park'], ['DATE', '03/14/1962'], ['MRN', '00812934'], ['MRN', '00812935']]],
  ['Last,First,Birth Date,Chart #,Ins ID,Home Phone\nLane,Tess,3/14/62,88213,XEH123456789,216-555-0143\nPark,Sam,11/2/80,88214,XEH123456780,216-555-0144', [['NAME', 'Lane'], ['NAME', 'Tess'], ['DATE', '3/14/62'], ['MRN', '88213'], ['HEALTH_PLAN', 'XEH123456789'], ['PHONE', '216-555-0143'], ['MRN', '88214']]],
  ['PATIENT: LANE, TESS\nDOB: 03/14/1962   SEX: F   AGE: 63\nMRN: 00812934   ACCT: 44218819\nPCP: RUIZ, ANA MD\nADDR: 12 MAIN ST, DAYTON OH 45402\nPH: 937-555-0143', [['NAME', 'LANE, TESS'], ['DATE', '03/14/1962'], ['MRN', '00812934'], ['ACCOUNT', '44218819'], ['NAME', 'RUIZ, ANA'], ['GEO', '12 MAIN ST, DAYTON OH 45402'], ['PHONE', '937-555-0143']]],
  ['Name\tTess Lane\nDate of Birth\t14 Mar 1962\nMedical Record Number\t00812934\nPhone\t(937) 555-0143\nEmail\ttess@lane.test\nSSN\t412-55-8891', [['NAME', 'Tess Lane'], ['DATE', '14 Mar 1962'], ['MRN', '00812934'], ['PHONE', '(937) 555-0143'], ['EMAIL', 'tess@lane.test'], ['SSN', '412-55-8891']]],
  ['| Name | DOB | Member # |\n|---|---|---|\n| Tess Lane | 1962-03-14 | W882913445 |', [['NAME', 'Tess Lane'], ['DATE', '1962-03-14'], ['HEALTH_PLAN', 'W882913445']]],
  ['Name:\nTess Lane\nDOB:\n03/14/1962\nMRN:\n00812934', [['NAME', 'Tess Lane'], ['DATE', '03/14/1962'], ['MRN', '00812934']]],
  ['Patient: Tess Lane; DOB: 3/14/62; MRN: 812934; Ins: Aetna W882913445; Ph: 555-010-4422', [['NAME', 'Tess Lane'], ['DATE', '3/14/62'], ['MRN', '812934'], ['HEALTH_PLAN', 'W882913445'], ['PHONE', '555-010-4422']]],
  ['MSH|^~\\&|LAB|HOSP|EHR|HOSP|202403141230||ORU^R01|1|P|2.5\rPID|1||00812934^^^HOSP^MR||LANE^TESS^M||19620314|F|||12 MAIN ST^^DAYTON^OH^45402||9375550143|||||44218819|412558891\rOBX|1|NM|2345-7^GLUCOSE||180|mg/dL', [['NAME', 'LANE^TESS'], ['MRN', '00812934'], ['DATE', '19620314'], ['GEO', '12 MAIN ST'], ['PHONE', '9375550143'], ['ACCOUNT', '44218819'], ['SSN', '412558891']]],
  ['{"resourceType":"Patient","id":"p1","identifier":[{"type":{"coding":[{"code":"MR"}]},"system":"http://hospital.example.org","value":"00812934"}],"name":[{"family":"Lane","given":["Tess","Marie"]}],"telecom":[{"system":"phone","value":"937-555-0143"}],"birthDate":"1962-03-14","address":[{"line":["12 Main St"],"city":"Dayton","state":"OH","postalCode":"45402"}]}', [['NAME', 'Lane'], ['NAME', 'Tess'], ['MRN', '00812934'], ['PHONE', '937-555-0143'], ['DATE', '1962-03-14'], ['GEO', '12 Main St'], ['GEO', '45402']]],
  ['{"patient":{"firstName":"Tess","lastName":"Lane","dob":"1962-03-14","mrn":812934,"ssn":"412-55-8891","email":"tess@lane.test"}}', [['NAME', 'Tess'], ['NAME', 'Lane'], ['DATE', '1962-03-14'], ['MRN', '812934'], ['SSN', '412-55-8891'], ['EMAIL', 'tess@lane.test']]],
  ['FIRST NAME: TESS\nMIDDLE INITIAL: M\nLAST NAME: LANE\nSTREET: 12 MAIN ST\nCITY: DAYTON\nSTATE: OH\nZIP: 45402\nEMPLOYER: ACME', [['NAME', 'TESS'], ['NAME', 'LANE'], ['GEO', '12 MAIN ST'], ['GEO', 'DAYTON'], ['GEO', '45402']]],
  ['Dear Dr Ruiz\n\nRe: Tess LANE, 12 Main Street, Dayton OH 45402, d.o.b. 14/3/62, NHS no 943 476 5919\n\nThank you for seeing this lady with angina.', [['NAME', 'Tess LANE'], ['GEO', '12 Main Street'], ['DATE', '14/3/62'], ['OTHER_ID', '943 476 5919']]],
  ['pt tess lane dob 3-14-62 mrn 812934 c/o cp x2d, hx htn/dm2, lives w husband bob in dayton', [['NAME', 'tess lane'], ['DATE', '3-14-62'], ['MRN', '812934']]],
  ['TO: CARDIOLOGY\nFROM: ANA RUIZ MD\nRE: TESS LANE\nFAX: 937-555-0199\nPAGES: 3', [['NAME', 'TESS LANE'], ['FAX', '937-555-0199']]],
  ['Subscriber: Robert Lane (spouse)   Group: 88213   ID: XEH882913445   Eff: 01/01/2024', [['NAME', 'Robert Lane'], ['HEALTH_PLAN', '88213'], ['DATE', '01/01/2024']]],
  ['Insured\'s Name: Bob Lane\nPolicy Number: 88-2913445-A\nEmployer: Ford Motor Co\nCopay: $25', [['NAME', 'Bob Lane'], ['HEALTH_PLAN', '88-2913445-A']]],
  ['Guarantor: Robert T. Lane, 937.555.0143, rlane@example.net, SSN xxx-xx-8891', [['NAME', 'Robert T. Lane'], ['PHONE', '937.555.0143'], ['EMAIL', 'rlane@example.net'], ['SSN', '8891']]],
  ['VISIT SUMMARY\nVisit date 3/14/2025 with Ana Ruiz, MD at Riverside Clinic\nTess M Lane   Female  63 y.o.  (born 3/14/1962)', [['DATE', '3/14/2025'], ['NAME', 'Ana Ruiz'], ['GEO', 'Riverside Clinic'], ['NAME', 'Tess M Lane'], ['DATE', '3/14/1962']]],
  ['Pacemaker: Medtronic Azure XT DR, model W1DR01, serial RNB882913H, implanted 02/03/2021 at Mercy Hospital', [['DEVICE', 'RNB882913H'], ['DATE', '02/03/2021'], ['GEO', 'Mercy Hospital']]],
  ['Accident: 2019 Honda Civic, VIN 1HGCM82633A004352, plate OH HKX 4412, driver license RT882913 (Ohio). Patient with whiplash.', [['VEHICLE', '1HGCM82633A004352'], ['LICENSE', 'RT882913']]],
  ['Ordering provider NPI 1234567893, DEA AB1234563. Lic# 35.098123', [['LICENSE', '1234567893'], ['LICENSE', 'AB1234563'], ['LICENSE', '35.098123']]],
  ['Portal login: tlane62, IP 203.0.113.45, https://mychart.example.org/MyChart/visit?csn=882913445', [['IP', '203.0.113.45'], ['URL', 'https://mychart.example.org']]],
  ['Dr. Ana Ruiz wrote on 03/14/25: Mr. Lane\'s biopsy at St Luke\'s was positive', [['NAME', 'Ana Ruiz'], ['DATE', '03/14/25'], ['NAME', 'Lane'], ['GEO', 'St Luke']]],
  ['The patient, Ms. T. Lane-Okafor, age 93, resides at 4412 W. Elm Street Apt. 3B, Yellow Springs, Ohio 45387-1234.', [['NAME', 'T. Lane-Okafor'], ['AGE90', '93'], ['GEO', '4412 W. Elm Street Apt. 3B, Yellow Springs, Ohio 45387-1234']]],
  ['Nombre: Tess Lane\nFecha de nacimiento: 14/03/1962\nTeléfono: 937-555-0143', [['NAME', 'Tess Lane'], ['DATE', '14/03/1962'], ['PHONE', '937-555-0143']]],
  ['Patient Name : Tess Lane Date of Birth : 03/14/1962 Gender : F MRN : 00812934 Physician : Ana Ruiz', [['NAME', 'Tess Lane'], ['DATE', '03/14/1962'], ['MRN', '00812934'], ['NAME', 'Ana Ruiz']]],
  ['Tess Lane (00812934) 03/14/1962 F - HbA1c 8.2', [['NAME', 'Tess Lane'], ['DATE', '03/14/1962']]],
  ['Seen 3/1, 3/8 and 3/15 for dressing changes; next visit on April 2nd at 9am.', [['DATE', '3/1'], ['DATE', 'April 2nd']]],
  ['Admission Date: 2024-03-14 Discharge Date: 2024-03-18 Attending: Dr. Ruiz', [['DATE', '2024-03-14'], ['DATE', '2024-03-18'], ['NAME', 'Ruiz']]],
  ['Her numbers: home (937) 555-0143, work 937-555-0144 ext. 12, cell 937 555 0145.', [['PHONE', '(937) 555-0143'], ['PHONE', '937-555-0144'], ['PHONE', '937 555 0145']]],
  ['Card on file: MC 5555 5555 5555 4444 exp 09/27 CVV 123 zip 45402', [['ACCOUNT', '5555 5555 5555 4444'], ['GEO', '45402']]],
  ['Bank: routing 021000021 account 123456789012', [['ACCOUNT', '021000021'], ['ACCOUNT', '123456789012']]],
  ['Medicare HIC# 412558891A; Medicaid# 882913445; Tricare DBN 12345678901', [['HEALTH_PLAN', '412558891A'], ['HEALTH_PLAN', '882913445']]],
];

test.each(LAYOUTS)('%s', (words, values) => {
  const findings = scan({ subject: '', text: words, attachments: [] }).findings.filter((f) => f.confidence !== 'low');
  for (const [kind, value] of values) {
    const from = words.indexOf(value);
    const letters = Array.from(value, (_, i) => from + i).filter((at) => findings.some((f) => f.kind === kind && at >= f.start && at < f.end));
    expect(letters.length, `${kind} ${value}`).toBeGreaterThanOrEqual(value.length / 2);
  }
});

// six megabytes of fields without a repetition: with a search past each field this outlasts the runner
test('segments take time in proportion to their length', () => {
  expect(scan({ subject: '', text: 'PID|1||1\n'.repeat(700_000), attachments: [] }).verdict.level).toBe('none');
});

test.each([
  '<!--><p>Patient Ada Webb, MRN 5512093</p>',
  '<!-- Patient Ada Webb, MRN 5512093 -->',
  '<!--[if mso]><p>Patient Ada Webb, MRN 5512093</p><![endif]-->',
  '<noscript>Patient Ada Webb, MRN 5512093</noscript>',
  '<title>Patient Ada Webb, MRN 5512093</title>',
  '<style></style >Patient Ada Webb, MRN 5512093',
  '<img alt="photo" title="Patient Ada Webb, MRN 5512093">',
])('whatever leaves in the page is read: %s', (html) => {
  const { findings, verdict } = scan({ subject: '', html, attachments: [] });
  expect(verdict.level).toBe('high');
  expect(findings.map((f) => html.slice(f.start, f.end))).toEqual(['Ada Webb', '5512093']);
});
