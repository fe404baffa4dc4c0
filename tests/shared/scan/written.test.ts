import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { scan } from '../../../shared/scan/scan.ts';
import { files, table, told, written } from '../../corpus/written.ts';

const rows = files().map(told);

/** Texts of people who did not know the scanner: harder than our own, and held from below. Lower a floor only with a reason in the commit. */
test.each(rows.map((r) => [r.file, r] as const))('%s: patients\' mail is flagged, ordinary mail is not, names are found', (_, r) => {
  expect(r.phi + r.others).toBeGreaterThanOrEqual(300);
  expect(r.flagged / r.phi).toBeGreaterThanOrEqual(0.9);
  expect(r.falsely / r.others).toBeLessThanOrEqual(0.07);
  expect(r.named / r.names).toBeGreaterThanOrEqual(0.83);
});

test('and all together; the README says what comes of it', () => {
  const sum = (pick: (r: (typeof rows)[number]) => number) => rows.reduce((n, r) => n + pick(r), 0);
  expect(sum((r) => r.flagged) / sum((r) => r.phi)).toBeGreaterThanOrEqual(0.94);
  expect(sum((r) => r.falsely) / sum((r) => r.others)).toBeLessThanOrEqual(0.035);
  const readme = readFileSync(join(import.meta.dirname, '../../../README.md'), 'utf8');
  expect(/^\| writer \| texts[\s\S]*?\n(?=\n)/m.exec(readme)?.[0], 'print it anew: node tests/corpus/written.ts').toBe(`${table(rows)}\n`);
});

/** Whatever else a mail speaks of, whoever is told of in one sentence of it is told of: the ordinary mails of all writers, each with one sentence more. */
test.each([
  ['Also my patient Maria Gonzalez was diagnosed with breast cancer last week.', 0],
  ['Maria Gonzalez, DOB 03/14/1962, MRN 4471829, has diabetes and started insulin.', 0],
  ['SSN 524-71-8803 belongs to John Kowalski, admitted for chest pain.', 0],
  ['Please call Mr. Okafor at 555-201-7788 about his HIV test result.', 0.01],
  ['The biopsy of Helen Voss came back malignant.', 0.01],
  ['Ruth Abrams started lithium and had a seizure on Sunday.', 0.06],
  ['Lab called: hemoglobin 6.8 on Wilhelmina Achterberg, two units are ordered and the consent is on the chart.', 0.02],
  ['Ezekiel Fairweather wants something for his pain, he had his last oxycodone at two.', 0.04],
])('%s', (sentence, missed) => {
  const ordinary = files().flatMap(written).filter((w) => !w.phi).map((w) => w.text.replace(/\n+/g, ' '));
  const silent = ordinary.filter((text) => {
    const at = text.indexOf('. ') + 1 || text.length;
    const { level } = scan({ subject: '', text: `${text.slice(0, at)} ${sentence} ${text.slice(at)}`, attachments: [] }).verdict;
    return level === 'none' || level === 'pii';
  });
  expect(silent.length / ordinary.length).toBeLessThanOrEqual(missed);
});

/** Said of somebody without a word of health, or of a day of birth: a paragraph of its own is heard on whatever page. */
test.each([
  'Mr. Calloway broke his hip in the bathroom on Sunday.',
  'Hattie Munro, DOB 4/2/1941, is not making sense.',
  'Minnie Oakes lives alone and she has not been taking her heart pills.',
  'Tamika Ford can\'t see out of her right eye.',
  'Ernest Wu is blue around the lips.',
  'Clyde Barton wet the bed and is ashamed.',
])('among office mail: %s', (sentence) => {
  const ordinary = files().flatMap(written).filter((w, n) => !w.phi && n % 7 === 0).map((w) => `${w.text}\n\n${sentence}`);
  expect(ordinary.filter((text) => !/medium|high|bulk/.test(scan({ subject: '', text, attachments: [] }).verdict.level))).toEqual([]);
});

/** What silences a sentence ends with it: what a stranger said before or after what is told of a patient. */
test.each([
  'I spoke to the nurse. Peter Wong overdosed on fentanyl.',
  'Thanks. Peter Wong overdosed on fentanyl.',
  'Thanks! Nancy Drummond, 58-year-old female with COPD.',
  'Thanks!\nPeter Wong overdosed on fentanyl.',
  'Thanks.\nKaren Whitfield started Zoloft on March 3.',
  'Karen Whitfield started Zoloft on March 3. The webinar is nice.',
  'Robert Chen called about his chest pain. I like the raffle!',
  'Robert Chen called about his chest pain.\nPosters are here.',
  'Peter Wong called. He has a rash after amoxicillin. Thanks for the webinar!',
  'Robert Chen takes warfarin and his INR is 4.2. I have the doi for you.',
  'Ruth Abrams started lithium. See Smith et al for the dose.',
])('%s', (text) => {
  expect(scan({ subject: '', text, attachments: [] }).verdict.level).toMatch(/medium|high/);
});

test('what is marked is where the text says it', () => {
  for (const { text, marks } of files().flatMap(written)) {
    expect(text).not.toMatch(/\[\[|\]\]/);
    for (const m of marks) expect(text.slice(m.start, m.end).trim()).not.toBe('');
  }
});
