/** A signature is the author's; what stands below it, quoted or added, is about others and counts. */
import { expect, it } from 'vitest';
import { scan } from '../../../shared/scan/scan.ts';

const SIGNED = 'Please see below.\n\nThanks,\nAnn Lee\n';
const PATIENT = 'Harold Finch has HIV and needs Biktarvy.';

it.each([
  ['a quoted line', `${SIGNED}\n> ${PATIENT}`],
  ['history as Outlook writes it', `${SIGNED}\nFrom: Bob\nSent: Monday\nTo: Ann\nSubject: x\n\n${PATIENT}`],
  ['an original message', `${SIGNED}\n-----Original Message-----\n${PATIENT}`],
  ['a postscript', `${SIGNED}PS: Harold Finch tested HIV positive`],
  ['a sentence after the thanks', `Hi,\n\nThanks!\n${PATIENT}`],
])('%s below the signature is not the signature', (_, text) => {
  expect(scan({ subject: 'Re', text, attachments: [] }).verdict.level).toBe('medium');
});

it('nor is a block quote', () => {
  const html = `<p>Please see below.</p><p>Thanks,<br>Ann Lee</p><blockquote><p>${PATIENT}</p></blockquote>`;
  expect(scan({ subject: 'Re', html, attachments: [] }).verdict.level).toBe('medium');
});

it('the signature itself stays the author\'s', () => {
  const { verdict, findings } = scan({ subject: 'Noon', text: 'The meeting moved to noon.\n\nThanks,\nAnn Lee\nDirector of Oncology\n555-201-3344\nann@x.test', attachments: [] });
  expect([verdict.level, findings.map((f) => f.whose)]).toEqual(['none', ['signature', 'signature', 'signature']]);
});
