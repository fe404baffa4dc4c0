/** Drafts to try. Every person, number and finding in them is invented. */
import { chart, pdf } from './drafts.files.ts';
import type { ItemStart, PersonStart } from './outlook/item.ts';
import { RECIPIENTS, STAFF } from './people.ts';

export interface SampleDraft {
  readonly id: string;
  readonly title: string;
  /** what it shows */
  readonly says: string;
  readonly item: ItemStart;
}

function to(...ids: readonly string[]): PersonStart[] {
  return ids.map((id) => {
    const found = [...RECIPIENTS, ...STAFF].find((p) => p.id === id);
    if (found === undefined) throw new Error('A sample draft names nobody of the lab.');
    return { name: found.name, address: found.address };
  });
}

const p = (...lines: readonly string[]) => lines.map((line) => `<p>${line}</p>`).join('');
const SIGNATURE = '<p>Kind regards,<br>Dr. Ana Ruiz<br>Riverside Clinic &middot; +1 555 0100</p>';
const base64 = (bytes: Buffer | string) => Buffer.from(bytes).toString('base64');

function quoted(from: string, sent: string, toLine: string, subject: string, body: string): string {
  return `<div id="appendonsend"></div><hr><div id="divRplyFwdMsg"><b>From:</b> ${from}<br><b>Sent:</b> ${sent}<br><b>To:</b> ${toLine}<br><b>Subject:</b> ${subject}</div><div><br></div><div>${body}</div>`;
}

const LETTER = pdf([
  'Riverside Clinic, 12 Quay Street, Riverside', '', 'Referral letter', '',
  'Patient: Margaret Oldfield', 'Date of birth: 03/14/1952', 'MRN: 48213377', 'Member ID: RVH-559-20-1183', '',
  'Reason: uncontrolled type 2 diabetes mellitus (E11.65), HbA1c 10.2 %.', 'Current medication: metformin 1000 mg twice daily, lisinopril 10 mg.',
  'Please see within two weeks.', '', 'Dr. Ana Ruiz',
]);

const CLAIMS = [
  'claim_id,patient_name,date_of_birth,mrn,icd10,amount_usd,member_id',
  'CL-20881,Harold Venn,1948-07-02,48190021,I10,184.00,RVH-410-88-2011',
  'CL-20882,Imani Castell,1985-11-23,48190544,J45.40,96.50,RVH-733-10-5520',
  'CL-20883,Peter Lindqvist,1971-01-30,48191109,M54.5,212.75,RVH-208-64-9917',
  'CL-20884,Aiko Tanabe,1993-09-08,48191530,O09.91,340.00,RVH-652-31-0478',
].join('\r\n');

const INR = chart([0.3, 0.42, 0.38, 0.71, 0.9, 0.66, 0.52, 0.48]);

export const DRAFTS: readonly SampleDraft[] = [
  {
    id: 'referral',
    title: 'Referral: one patient, four kinds of mailbox',
    says: 'TLS, S/MIME, OpenPGP and the portal in one click',
    item: {
      to: to('sam', 'gina'), cc: to('tess'), bcc: to('rosa'),
      subject: 'Referral for endocrinology',
      html: p(
        'Dear colleagues,',
        'I am referring <b>Margaret Oldfield</b> (DOB 03/14/1952, MRN 48213377) for review of her type 2 diabetes. Her HbA1c rose to 10.2&nbsp;% in October despite metformin 1000&nbsp;mg twice daily.',
        'She can be reached at (555) 010-4477. Her member ID is RVH-559-20-1183. The letter is attached.',
      ) + SIGNATURE,
      attachments: [{ name: 'Referral letter Oldfield.pdf', contentType: 'application/pdf', content: base64(LETTER) }],
    },
  },
  {
    id: 'reply',
    title: 'Reply with quoted history',
    says: 'the new text is harmless, the history below it is not',
    item: {
      composeType: 'reply', to: to('tess'),
      subject: 'Re: Follow-up after discharge',
      inReplyTo: '<a41f-2207@lakeside.test>', headers: { references: '<c0ffee-1@riverside.test> <a41f-2207@lakeside.test>' },
      html: p('Dear Tess,', 'Yes, Thursday morning works for us. Thank you for arranging it.') + SIGNATURE
        + quoted('Tess Lane &lt;tess.lane@lakeside.test&gt;', 'Monday, November 16, 2026 4:12 PM', 'Ana Ruiz', 'Follow-up after discharge',
          p('Dear Ana,', 'Joseph Marren (born 22 May 1960, MRN 48177015) was discharged on 11/13/2026 after treatment for pneumonia. Could you see him on Thursday? He still takes amoxicillin 500&nbsp;mg.', 'Tess')),
    },
  },
  {
    id: 'forward',
    title: 'Forward with quoted PHI',
    says: 'somebody else\'s diagnosis, to an outsider\'s portal',
    item: {
      composeType: 'forward', to: to('rosa'),
      subject: 'Fwd: Results for S. Delgado',
      html: p('Dear Rosa,', 'Please find below what the laboratory wrote about your daughter. Nothing to worry about, we will talk on Friday.') + SIGNATURE
        + quoted('Lab Results Hub &lt;results@riverside.test&gt;', 'Tuesday, November 17, 2026 9:40 AM', 'Ana Ruiz', 'Results for S. Delgado',
          p('Patient: Sofia Delgado, DOB 08/19/2014, MRN 48220961', 'Ferritin 9 ng/mL (low), hemoglobin 10.8 g/dL. Impression: iron deficiency anemia (D50.9).')),
    },
  },
  {
    id: 'ordinary',
    title: 'Ordinary mail',
    says: 'no patient in it: the native Send just sends',
    item: {
      to: to('tess'), cc: to('noor'),
      subject: 'Parking during the roof works',
      html: p('Dear Tess,', 'The visitors\' car park is closed next week because of the roof works. Please use the gate on Mill Lane; the code has not changed.', 'See you at the meeting on Wednesday.') + SIGNATURE,
    },
  },
  {
    id: 'billing',
    title: 'Billing with a spreadsheet',
    says: 'four patients in an attachment, none in the text',
    item: {
      to: to('sam'),
      subject: 'November claims, second batch',
      html: p('Hello Sam,', 'The second batch is attached. Please confirm by Friday so that we can close the month.') + SIGNATURE,
      attachments: [{ name: 'claims-november-2.csv', contentType: 'text/csv', content: base64(CLAIMS) }],
    },
  },
  {
    id: 'chart',
    title: 'Letter with a picture in the text',
    says: 'an inline image that must still show after decryption',
    item: {
      to: to('gina'),
      subject: 'INR course',
      html: p('Dear Gina,', 'Here is the INR course of <b>Edwin Sallow</b> (MRN 48200318) since we changed his warfarin on 10/05/2026:')
        + '<p><img src="cid:inr-chart@riverside.test" alt="INR over eight weeks, peaking in week five" width="320" height="140"></p>'
        + p('The peak in week five was the antibiotic. I would leave the dose as it is.') + SIGNATURE,
      attachments: [{ name: 'inr-chart.png', contentType: 'image/png', content: base64(INR), inline: true, contentId: 'inr-chart@riverside.test' }],
    },
  },
  {
    id: 'trouble',
    title: 'Results to people whose mail hosts misbehave',
    says: 'no TLS, expired, self-signed, wrong name, too old: nothing goes in clear',
    item: {
      to: to('walt', 'eve', 'sid', 'wren', 'tom'),
      subject: 'Your blood test',
      html: p('Hello,', 'Your potassium of 11/12/2026 was 5.9&nbsp;mmol/L, which is too high while you take spironolactone. Please stop it today and come in tomorrow for another blood test. Your record number is MRN 48207741.') + SIGNATURE,
    },
  },
  {
    id: 'late',
    title: 'Letters that arrive late, bounce or vanish',
    says: 'greylisted, refused, cut off, null MX, an impostor\'s host',
    item: {
      to: to('greta', 'rick', 'dora', 'nell', 'finn'),
      subject: 'Change of your prescription',
      html: p('Hello,', 'We have changed your sertraline from 50&nbsp;mg to 100&nbsp;mg from 12/01/2026. Your record number is MRN 48209966.') + SIGNATURE,
    },
  },
];
