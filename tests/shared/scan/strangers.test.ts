import { expect, test } from 'vitest';
import { scan } from '../../../shared/scan/scan.ts';

/** Names that no list holds, told by where they stand: after a verb that takes a person, beside kin, in a cell, at a door. */
const NAMED: readonly (readonly [text: string, name: string])[] = [
  ['Please call Annabeth Crowder about her MRI.', 'Annabeth Crowder'],
  ['Can you remind Ysolde Farmer that her colonoscopy is on Monday?', 'Ysolde Farmer'],
  ['Labs on Lorcan Weeks came back, creatinine is 3.1.', 'Lorcan Weeks'],
  ['I spoke with the son. His wife, Aduke, will drive him to dialysis.', 'Aduke'],
  ['We left the Tolliver home at noon, the heel wound is clean.', 'Tolliver'],
  ['8:40\tRanganath, Vimala\tback pain', 'Ranganath, Vimala'],
  ['Read back by lab. OKPARAEKE, CHINONSO acct V0019283, Hgb 5.9', 'OKPARAEKE, CHINONSO'],
  ['Student: Amadi Jibril-Osei\nfell from the swing', 'Amadi Jibril-Osei'],
  ['can u fit in leo truong today, fever 103', 'leo truong'],
  ['okafor chidi - a1c 11, needs insulin teaching', 'okafor chidi'],
  ['Applicant Selassie Gebremariam is on dialysis', 'Selassie Gebremariam'],
  ['Need the H&P on Castellane-Wu rm 1221 for the SNF.', 'Castellane-Wu'],
  ['critical hgb on brankovich in bed 3, called to the floor', 'brankovich'],
  ['the lady with the cast (ormsby, t.) wants her films', 'ormsby, t'],
  ['Dear Parent of Ysaline Corbeau: the hearing screening showed a loss.', 'Ysaline Corbeau'],
  ['Ysaline Corbeau, 44, has lost weight since the surgery', 'Ysaline Corbeau'],
];

test.each(NAMED)('finds whom %j names', (text, name) => {
  const found = scan({ subject: '', text, attachments: [] }).findings.filter((f) => f.kind === 'NAME' && f.confidence !== 'low');
  expect(found.map((f) => text.slice(f.start, f.end))).toContain(name);
});

/** A capital, and nobody's name. */
const NOBODY: readonly (readonly [text: string, not: string])[] = [
  ['He has a note from the doctor. Also the nurse called about the rash.', 'Also'],
  ['She sees acne and eczema on Mondays and Thursdays.', 'Mondays'],
  ['He did his residency at Emory and treats cancer.', 'Emory'],
  ['Rev C of the sepsis policy was approved.', 'C'],
  ['My insurance is Cigna, ID U66120934, for the surgery.', 'Cigna, ID'],
];

test.each(NOBODY)('calls in %j nobody %j', (text, not) => {
  const found = scan({ subject: '', text, attachments: [] }).findings.filter((f) => f.confidence !== 'low');
  expect(found.map((f) => text.slice(f.start, f.end))).not.toContain(not);
});

test('lines that begin with a surname and go on about care are patients, three below each other', () => {
  const found = (text: string): string[] => scan({ subject: '', text, attachments: [] }).findings.filter((f) => f.kind === 'NAME' && f.confidence !== 'low').map((f) => text.slice(f.start, f.end));
  expect(found('night report\nmccutcheon - npo for cath\nbrankovich r. - cellulitis, vanc at 6\nobuya - foley out')).toEqual(['mccutcheon', 'brankovich r', 'obuya']);
  expect(found('board\nB1 BRANKOVICH, R 34F abd pain\nB2 OBUYA, M 71M sob\nB3 (clean)\nH2 SKJELDAL, B 8F splint')).toEqual(['BRANKOVICH, R', 'OBUYA, M', 'SKJELDAL, B']);
  expect(found('to order\nsyringes - for the flu shots\nbrankovich - npo')).toEqual([]);
});

const isPhi = (text: string): boolean => ['none', 'pii'].indexOf(scan({ subject: '', text, attachments: [] }).verdict.level) < 0;

test.each([
  'Evangeline Potter (6/2/39) stopped by with her son. She is refusing the new pills and her legs are twice the size.',
  'Mr. Alvarado says he gets winded walking to the mailbox.',
  'Peter Salas can\'t keep anything down since last night.',
  'Ms. Renata Quill was under my care last week and may return to work with no lifting.',
  'I was seen in your emergency room on June 11 for a kidney stone. My account number is 4471-008823.',
  'Dashiell Moore passed out at practice, they put a monitor on him.',
  'Tell Concetta Bianchi\'s daughter that it has spread to the liver.',
  'Misdirected to us: a report on a Vivek Ramasubban, 02/11/1980, it belongs to urology.',
  'MR DOUGLAS ABERTON JR HAS NOT BEEN TOLD HIS BIOPSY YET.',
  'The applicant Socorro Villalba shall appear at 1:30 p.m. for evaluation of the cervical spine.',
  'I take insulin four times a day and have no strips. Horatio Benley',
  'Grandma Lou Ferrante was taken by ambulance at 4, you are her pharmacy, please send the list.',
  'Mr. Obuya says his ride to the clinic never came, he wants his pills.',
  'mr haddad dialysis chair 11 clotted twice',
  'Patricia Ferrante called about her results, I told her you would call back.',
  'Donald Gaines would like a copy of his records sent to a lawyer.',
  'The ambulance took Mr. Obuya to Lancaster General at 3.',
  'I am Meg Ferrante. I think my incision is infected.',
  'Acct 3300917-2, Obuya, Wilhelmina, DOS 0523, no auth on file per Aetna.',
])('is about somebody\'s health: %s', (text) => expect(isPhi(text)).toBe(true));

test.each([
  'The Addison office lease is up in June. Parkinson (the broker, Ed Parkinson) wants three months. Mrs. Graves at the county agrees.',
  'Potluck: Jamal brings rice, Dr. Crohn (his real name) the eggs, Tammy the meatballs.',
  'My malpractice policy number is MPL-4471820 and it renews on January 1. The carrier needs the list of procedures I do, including biopsies.',
  'We spoke with Siemens Healthineers about the CT scanner.',
  'Please welcome Anneliese Vandermeer, PA-C. She will be seeing acne, eczema and skin checks on Mondays.',
  'Re: policy 6.14, patient identification. Rev C was approved.',
  'For patients over 80 with afib and a GI bleed, when do you restart apixaban? Ravindra and I disagree.',
  'Osteoporosis awareness month: posters are in the copy room. Ulrike can laminate. The bone density van comes on May 9.',
  'The recliners for dialysis bays 9 to 14 come Monday. The old ones go to the shelter, Mr. Haddad has the truck.',
  'New cards have letters and figures by turns, like 1EG4-TE5-MK73, so Medicare can tell them apart.',
  'Pharmacy: the count of suboxone films is short by one box, lot 7J2204. McKesson was told.',
  'Janet Ferrante of personnel needs the immunization policy. Her number is 555-0199.',
  'Ms. Ferrante asked that the patient satisfaction scores be posted by Friday.',
  'Tea for the volunteers on Friday. Nurse Joy will bring the pills cake and he the napkins.',
  'The vendor bundles BRCA1 with PALB2. Kits are behind Camille\'s desk, lot B2207.',
])('is about nobody\'s health: %s', (text) => expect(isPhi(text)).toBe(false));

test('days by themselves are dates beside a named patient, and only there', () => {
  const dates = (text: string): string[] => scan({ subject: '', text, attachments: [] }).findings.filter((f) => f.kind === 'DATE').map((f) => text.slice(f.start, f.end));
  expect(dates('Ann Hale: wound check on the 20th, next dressing Wed 3/12, INR called 12/03 22:41.')).toEqual(['the 20th', 'Wed 3/12', '12/03']);
  expect(dates('Bring the 3rd edition on the 20th.')).toEqual([]);
  expect(dates('Ann Hale: strength 4/5, MoCA 11/30, pain 10/10, take 1/2 tab of lisinopril.')).toEqual([]);
});
