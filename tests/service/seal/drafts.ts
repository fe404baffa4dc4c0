/** Drafts as Outlook and people write them, each with what makes it hard. */
import { createHash, randomBytes } from 'node:crypto';
import type { AttachmentFact, Draft } from '../../../shared/draft/draft.ts';
import type { SealInput } from '../../../service/seal/seal.ts';

export interface Sample {
  readonly name: string;
  readonly draft: Draft;
  readonly contents: readonly Uint8Array[];
}

const ANA = { address: 'ana.ruiz@riverside.test', name: 'Dr. Ana Ruiz' };
const SAM = { role: 'to', address: 'sam.park@stmarys.test', name: 'Sam Park' } as const;

export function attachment(filename: string, contentType: string, bytes: Uint8Array, contentId?: string): { readonly fact: AttachmentFact; readonly bytes: Uint8Array } {
  return { fact: { filename, contentType, size: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex'), ...(contentId === undefined ? {} : { contentId }) }, bytes };
}

function sample(name: string, draft: Partial<Draft>, ...attachments: ReturnType<typeof attachment>[]): Sample {
  return { name, draft: { from: ANA, recipients: [SAM], subject: 'Follow-up', ...draft, attachments: attachments.map((a) => a.fact) }, contents: attachments.map((a) => a.bytes) };
}

const eml = (body: string): Uint8Array => Buffer.from(`From: a@b.test\r\nSubject: enclosed\r\n\r\n${body}`);

export const SAMPLES: readonly Sample[] = [
  sample('plain text', { text: 'Potassium 5.9.\r\nPlease call me.\r\n' }),
  sample('no subject', { subject: '', text: 'x' }),
  sample('HTML only', { html: '<p>Potassium <b>5.9</b>.</p>\r\n<p>Please call&nbsp;me.</p>' }),
  sample('HTML and text', { html: '<p>Hello</p>', text: 'Hello' }),
  sample('no words at all', { text: '' }),
  sample('an attachment and no words', { text: '' }, attachment('scan.pdf', 'application/pdf', randomBytes(3000))),
  sample('letters of many tongues', { subject: 'Befund für Frau Müller – 結果 😀', text: 'Größe 1,70 m · 体重 65 kg\r\n', html: '<p>Größe 1,70&nbsp;m · 体重 65 kg</p>', recipients: [{ ...SAM, name: 'Sâm Pärk, 朴' }], from: { ...ANA, name: 'Dr. Ana “Anita” Ruíz' } }),
  sample('a subject longer than a line', { subject: 'Result '.repeat(120).trim(), text: 'x' }),
  sample('lines longer than SMTP carries', { text: 'word '.repeat(2000).trimEnd(), html: `<p>${'word '.repeat(2000)}</p>` }),
  sample('one word longer than SMTP carries', { text: 'x'.repeat(5000), html: `<p>${'y'.repeat(5000)}</p>` }),
  sample('dots, From and blanks at the edges', { text: '.\r\n..\r\nFrom here  \r\n\ttab\t\r\n-- \r\nAna\r\n' }),
  sample('text that looks like MIME', { text: '--_NmP-1-Part_1\r\nContent-Transfer-Encoding: 7bit\r\n\r\n=3D=20\r\n-----BEGIN PGP MESSAGE-----\r\n' }),
  sample('bare line feeds', { text: 'one\ntwo\nthree\n', html: '<p>one</p>\n<p>two</p>\n' }),
  sample('carriage returns alone, as HL7 v2 ends its segments', { text: 'MSH|^~\\&|LAB\rPID|1||4471902\r\r\nOBX|1|NM|K||5.9\r', html: '<p>one\rtwo</p>\r<p>three</p>\r' }),
  sample('an image within', { html: '<p>See <img src="cid:image001.png@01DB"></p>', text: 'See' }, attachment('image001.png', 'image/png', randomBytes(700), 'image001.png@01DB'), attachment('report.pdf', 'application/pdf', randomBytes(5000))),
  sample('an image with an id nobody refers to', { html: '<p>See the file.</p>' }, attachment('x.png', 'image/png', randomBytes(70), 'unused@x')),
  sample('names that need encoding', { text: 'x' }, attachment('Ergebnis für Müller – Januar 2026, geprüft und für richtig befunden (endgültig).pdf', 'application/pdf', randomBytes(10)), attachment('a"b\\c;d.txt', 'text/plain', Buffer.from('quotes')), attachment('résumé 結果.docx', 'application/vnd.openxmlformats-officedocument.wordprocessingml.document', randomBytes(100))),
  sample('two files of one name, one empty', { text: 'x' }, attachment('a.txt', 'text/plain', Buffer.from('first\n')), attachment('a.txt', 'text/plain', new Uint8Array(0))),
  sample('text files keep their line ends', { text: 'x' }, attachment('lf.csv', 'text/csv; charset=utf-8', Buffer.from('a,b\n1,2\n')), attachment('cr.txt', 'text/plain', Buffer.from('a\rb\r')), attachment('nul.txt', 'text/plain', Buffer.from([0, 255, 10, 13]))),
  sample('a name that looks like a header', { text: 'x' }, attachment('Content-Transfer-Encoding: 7bit', 'application/pdf', randomBytes(100))),
  sample('a message within', { text: 'x' }, attachment('enclosed.eml', 'message/rfc822', eml('hello\r\n'))),
  sample('a message within, of bytes no mail has', { text: 'x' }, attachment('enclosed.eml', 'message/rfc822', eml('höllo\n'))),
  sample('types that are none', { text: 'x' }, attachment('a', '', randomBytes(10)), attachment('b', 'multipart/mixed; boundary=x', randomBytes(10)), attachment('c', 'text/plain\r\nBcc: eve@x.test', Buffer.from('c')), attachment('d', 'nonsense', randomBytes(5))),
  sample('many recipients, one of them hidden', { text: 'x', recipients: [SAM, { role: 'cc', address: 'noor.haddad@riverside.test', name: 'Noor Haddad, RN' }, { role: 'bcc', address: 'hidden@elsewhere.test', name: 'Hidden Person' }, ...Array.from({ length: 60 }, (_, n) => ({ role: 'to' as const, address: `person.${n}@stmarys.test` }))] }),
  sample('hidden recipients only', { text: 'x', recipients: [{ role: 'bcc', address: 'hidden@elsewhere.test' }] }),
  sample('a reply', { text: 'x', subject: 'RE: Labs', inReplyTo: '<q@stmarys.test>', references: ['<p@stmarys.test>', '<q@stmarys.test>'] }),
];

export const MESSAGE_ID = '<0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b@riverside.test>';
/** a whole second: headers hold no less */
export const DATE = Date.parse('2026-11-20T14:15:16Z');

export function inputOf({ draft, contents }: Pick<Sample, 'draft' | 'contents'>): SealInput {
  return { messageId: MESSAGE_ID, date: DATE, draft, contents, recipient: draft.recipients[0]! };
}
