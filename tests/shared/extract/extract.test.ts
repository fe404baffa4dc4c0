import { strToU8, zipSync, zlibSync } from 'fflate';
import fc from 'fast-check';
import { afterEach, expect, test, vi } from 'vitest';
import { BUDGET, extract } from '../../../shared/extract/extract.ts';
import { bytesOf, utf8, wide, windows } from '../../../shared/extract/letters.ts';
import { scan } from '../../../shared/scan/scan.ts';

const bytes = (text: string) => strToU8(text);
const xml = (body: string) => bytes(`<?xml version="1.0"?>${body}`);

const docx = (extra: Record<string, Uint8Array> = {}) => zipSync({
  'word/document.xml': xml('<w:document xmlns:w="w"><w:body><w:p><w:r><w:t>Patient: </w:t></w:r><w:r><w:t>Tess</w:t></w:r><w:r><w:t xml:space="preserve"> Lane</w:t></w:r></w:p><w:p><w:del><w:r><w:delText>MRN 88213</w:delText></w:r></w:del></w:p>'
    + '<w:tbl><w:tr><w:tc><w:p><w:r><w:t>Name</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>DOB</w:t></w:r></w:p></w:tc></w:tr><w:tr><w:tc><w:p><w:r><w:t>Sam Park</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>3/14/1962</w:t></w:r></w:p></w:tc></w:tr></w:tbl></w:body></w:document>'),
  'word/footer1.xml': xml('<w:ftr xmlns:w="w"><w:p><w:r><w:t>Account 5521-8890</w:t></w:r></w:p></w:ftr>'),
  ...extra,
});

const xlsx = () => zipSync({
  'xl/workbook.xml': xml('<workbook/>'),
  'xl/sharedStrings.xml': xml('<sst><si><t>Patient Name</t></si><si><t>MRN</t></si><si><t>DOB</t></si><si><r><t>Tess </t></r><r><t>Lane</t></r></si></sst>'),
  'xl/styles.xml': xml('<styleSheet><numFmts><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/></numFmts><cellStyleXfs><xf numFmtId="0"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>'),
  'xl/worksheets/sheet1.xml': xml('<worksheet><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c><c r="C1" t="s"><v>1</v></c><c r="D1" t="s"><v>2</v></c></row><row r="2"><c r="A2" t="s"><v>3</v></c><c r="C2"><v>88213</v></c><c r="D2" s="1"><v>22719</v></c></row></sheetData></worksheet>'),
});

const odt = () => zipSync({ mimetype: bytes('application/vnd.oasis.opendocument.text'), 'content.xml': xml('<office:document-content><text:p>Seen by<text:s/>Dr. Ruiz</text:p><text:p>MRN&#58; 88213</text:p></office:document-content>') });
const pptx = () => zipSync({ 'ppt/presentation.xml': xml('<p/>'), 'ppt/slides/slide1.xml': xml('<p:sld><a:p><a:r><a:t>Case: Tess Lane</a:t></a:r></a:p></p:sld>'), 'ppt/notesSlides/notesSlide1.xml': xml('<p:notes><a:p><a:r><a:t>MRN 88213</a:t></a:r></a:p></p:notes>') });

/** Pages of Helvetica, written out so that no tool is needed. */
function pages(...streams: readonly string[]): Uint8Array {
  const kids = streams.map((_, i) => `${4 + 2 * i} 0 R`).join(' ');
  const objects = ['<< /Type /Catalog /Pages 2 0 R >>', `<< /Type /Pages /Kids [${kids}] /Count ${streams.length} >>`, '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
    ...streams.flatMap((stream, i) => [`<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents ${5 + 2 * i} 0 R /Resources << /Font << /F1 3 0 R >> >> >>`, `<< /Length ${stream.length} >>\nstream\n${stream}\nendstream`])];
  let out = '%PDF-1.4\n';
  const at = objects.map((o, i) => {
    const offset = out.length;
    out += `${i + 1} 0 obj\n${o}\nendobj\n`;
    return offset;
  });
  const start = out.length;
  out += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${at.map((o) => `${String(o).padStart(10, '0')} 00000 n \n`).join('')}trailer << /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${start}\n%%EOF`;
  return bytes(out);
}
const said = (words: string): string => (words === '' ? '' : `BT /F1 12 Tf 72 720 Td (${words}) Tj ET`);
const pdf = (words: string): Uint8Array => pages(said(words));
const PICTURE = 'q 100 0 0 100 72 600 cm BI /W 2 /H 2 /CS /G /BPC 8 ID abcd EI Q';

const eml = [
  'From: hub@riverside.test', 'To: tess@lakeside.test', 'Subject: Result of Tess Lane', 'MIME-Version: 1.0', 'Content-Type: multipart/mixed; boundary=b', '', '--b', 'Content-Type: text/plain; charset=utf-8', 'Content-Transfer-Encoding: quoted-printable', '', 'MRN=3A 88213',
  '--b', 'Content-Type: text/csv; name=list.csv', 'Content-Disposition: attachment; filename=list.csv', 'Content-Transfer-Encoding: base64', '', btoa('Name,DOB\nSam Park,3/14/1962\n'), '--b--', '',
].join('\r\n');

/** RFC 9788: outside a word for the road, inside the subject that readers show. */
const signed = [
  'From: hub@riverside.test', 'Subject: [...]', 'MIME-Version: 1.0', 'Content-Type: multipart/signed; protocol="application/pgp-signature"; boundary="s--1"', '', '--s--1',
  'SUBJECT : =?utf-8?Q?Biopsy_of?=', ' =?utf-8?Q?_Ram=C3=B3n_Lane,_MRN_88213?=', 'Content-Type: text/plain; charset=utf-8; hp="clear"', '', 'See above.', '', 'Subject: only quoted', '--s--1', 'Content-Type: application/pgp-signature', '', '-----BEGIN PGP SIGNATURE-----', '', 'iHUE', '-----END PGP SIGNATURE-----', '--s--1--', '',
].join('\r\n');

const ccda = '<?xml version="1.0"?><ClinicalDocument xmlns="urn:hl7-org:v3"><recordTarget><patientRole><id extension="998991" root="2.16.840.1.113883.19.5"/><id extension="111-00-2330" root="2.16.840.1.113883.4.1"/><addr><streetAddressLine>17 Daws Rd.</streetAddressLine><city>Blue Bell</city><state>MA</state><postalCode>02368</postalCode></addr><telecom value="tel:(781)555-1212"/><patient><name><given>Adam</given><family>Everyman</family></name><birthTime value="19541125"/></patient></patientRole></recordTarget><text><table><tr><th>Drug</th><th>Dose</th></tr><tr><td>Lisinopril</td><td>10 mg</td></tr></table></text></ClinicalDocument>';

const readable: readonly (readonly [string, Uint8Array, ...string[]])[] = [
  ['note.txt', bytes('MRN 88213'), 'MRN 88213'],
  ['latin.txt', Uint8Array.of(82, 117, 237, 122), 'Ru\u00edz'],
  ['wide.txt', Uint8Array.of(0xff, 0xfe, 77, 0, 82, 0, 78, 0), 'MRN'],
  ['list.csv', bytes('Name,MRN\nTess Lane,88213'), 'Tess Lane,88213'],
  ['patient.json', bytes('{"resourceType":"Patient","birthDate":"1974-12-25"}'), '1974-12-25'],
  ['adt.hl7', bytes('MSH|^~\\&|A\rPID|1||88213\r'), 'PID|1||88213'],
  ['page.html', bytes('<html><body><p>MRN: <b>88</b>213</p></body></html>'), 'MRN: 88213'],
  ['note.rtf', bytes('{\\rtf1\\ansi{\\fonttbl{\\f0 Arial;}}{\\*\\generator Word;}Patient Jos\\\'e9 {\\v hidden MRN 88213}\\par DOB\\tab 3/14/1962 \\u8217?s}'), 'Patient Jos\u00e9', 'hidden MRN 88213', 'DOB\t3/14/1962 \u2019s'],
  ['record.xml', bytes('<record><ssn>123-45-6789</ssn><patientName>Tess Lane</patientName></record>'), 'ssn: 123-45-6789', 'patient Name: Tess Lane'],
  ['attributes.xml', bytes('<records><record mrn="88213" note="x > y" name="Tess Lane"/></records>'), 'mrn: 88213', 'x > y', 'name: Tess Lane'],
  ['fhir.xml', bytes('<Patient xmlns="http://hl7.org/fhir"><identifier><system value="urn:x"/><value value="88213"/></identifier><name><family value="Lane"/><given value="Tess"/></name><birthDate value="1974-12-25"/><address><line value="12 Main St"/><city value="Dayton"/></address></Patient>'), 'patient id: 88213', 'name: Lane Tess', 'birth Date: 1974-12-25', 'address: 12 Main St Dayton'],
  ['unseen.xml', bytes('<!DOCTYPE r [<!ENTITY p "MRN 88213"> <!ENTITY q "DOB 3/14/1962">]><r><!-- seen Tess Lane -->&p;</r>'), 'MRN 88213', 'DOB 3/14/1962', 'seen Tess Lane'],
  ['apostrophe.xml', bytes('<r><p t=it\'s>Tess Lane</p> don\'t</r>'), 'Tess Lane'],
  ['heart.txt', bytes('<3 to Tess Lane, MRN 88213'), '<3 to Tess Lane, MRN 88213'],
  ['note.txt', bytes('<Note: Tess Lane, MRN 88213'), 'MRN 88213'],
  ['mailbox.txt', bytes('<Tess Lane> has MRN 88213 <tess@x.test>'), '<Tess Lane> has MRN 88213'],
  ['ccd.xml', bytes(ccda), 'patient id: 998991', 'SSN: 111-00-2330', 'DOB: 1954-11-25', 'name: Adam Everyman', 'address: 17 Daws Rd. Blue Bell MA 02368', 'Lisinopril\t10 mg'],
  ['letter.docx', docx(), 'Patient: Tess Lane', 'MRN 88213', 'Name\tDOB', 'Sam Park\t3/14/1962', 'Account 5521-8890'],
  ['book.xlsx', xlsx(), 'Patient Name\t\tMRN\tDOB', 'Tess Lane\t\t88213\t1962-03-14'],
  ['talk.pptx', pptx(), 'Case: Tess Lane', 'MRN 88213'],
  ['letter.odt', odt(), 'Seen by Dr. Ruiz', 'MRN: 88213'],
  ['letter.pdf', pdf('Patient Tess Lane MRN 88213'), 'Patient Tess Lane MRN 88213'],
  ['fwd.eml', bytes(eml), 'Subject: Result of Tess Lane', 'MRN: 88213', 'Sam Park,3/14/1962'],
  ['signed.eml', bytes(signed), 'Subject: [...]\n\nSubject: Biopsy of Ram\u00f3n Lane, MRN 88213\n\nSee above.'],
  ['all.zip', zipSync({ 'MRN_88213.txt': bytes('DOB 3/14/1962'), 'in.zip': zipSync({ 'deep.docx': docx() }) }), 'MRN 88213.txt', 'DOB 3/14/1962', 'Sam Park\t3/14/1962'],
  ['sheet-in-letter.docx', docx({ 'word/embeddings/book.xlsx': xlsx() }), 'Tess Lane\t\t88213'],
  ['nothing.txt', new Uint8Array(), ''],
];

test.each(readable.map(([name, content, ...words]) => ({ name, content, words })))('reads $name', async ({ name, content, words }) => {
  const found = await extract(name, 'application/octet-stream', content);
  expect(found.unscannable).toBeUndefined();
  for (const part of words) expect(found.text).toContain(part);
});

const ole = (words: string) => Uint8Array.of(0xd0, 0xcf, 0x11, 0xe0, ...[...words].flatMap((c) => [c.charCodeAt(0), 0]));
const encryptedZip = () => {
  const zip = zipSync({ 'a.txt': bytes('MRN 88213') });
  // general purpose bit 0 in the central directory
  for (let i = 0; i < zip.length - 4; i += 1) if (zip[i] === 0x50 && zip[i + 1] === 0x4b && zip[i + 2] === 1 && zip[i + 3] === 2) zip[i + 8] = (zip[i + 8] ?? 0) | 1;
  return zip;
};
/** The directory claims fewer bytes than the stream holds: what is beyond must not pass unseen. */
const lyingZip = () => {
  const zip = zipSync({ 'a.txt': [bytes('x'.repeat(100) + 'MRN 88213'), { level: 6 }] });
  for (let i = 0; i < zip.length - 4; i += 1) if (zip[i] === 0x50 && zip[i + 1] === 0x4b && zip[i + 2] === 1 && zip[i + 3] === 2) zip[i + 24] = 50;
  return zip;
};
const nest = (depth: number): Uint8Array => (depth === 0 ? bytes('MRN 88213') : zipSync({ 'in.zip': nest(depth - 1) }));
const many = () => zipSync(Object.fromEntries(Array.from({ length: 201 }, (_, i) => [`${i}.txt`, bytes('x')])));

const unreadable: readonly (readonly [name: string, content: Uint8Array, reason: string])[] = [
  ['locked.docx (OLE)', ole('EncryptedPackage'), 'encrypted'],
  ['old.doc', ole('WordDocument'), 'unsupported'],
  ['locked.zip', encryptedZip(), 'encrypted'],
  ['lying.zip', lyingZip(), 'broken'],
  ['cut.zip', zipSync({ 'a.txt': bytes('hello') }).slice(0, 40), 'broken'],
  ['bomb.zip', zipSync({ 'a.txt': new Uint8Array(20_000_000) }), 'over-budget'],
  ['many.zip', many(), 'over-budget'],
  ['deep.zip', nest(5), 'over-budget'],
  ['scan.pdf', pdf(''), 'unsupported'],
  ['broken.pdf', bytes('%PDF-1.4 nothing'), 'broken'],
  ['photo.jpg', Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0, 1), 'unsupported'],
  ['program.exe', Uint8Array.from({ length: 400 }, (_, i) => i % 7), 'unsupported'],
  ['message.pgp', bytes('-----BEGIN PGP MESSAGE-----\n\nhQ\n'), 'encrypted'],
  ['in.zip', zipSync({ 'ok.txt': bytes('fine'), 'photo.png': Uint8Array.of(0x89, 80, 78, 71, 13, 10, 26, 10, ...Array<number>(8).fill(0), 0, 0, 8, 0, 0, 0, 8, 0, 0) }), 'unsupported'],
];

test.each(unreadable)('says why %s cannot be read', async (name, content, reason) => {
  expect((await extract(name, '', content)).unscannable).toBe(reason);
});

test('what could be read of an archive is still scanned', async () => {
  const found = await extract('a.zip', '', zipSync({ 'ok.txt': bytes('Patient Tess Lane, MRN 88213'), 'b.doc': ole('x') }));
  expect(found.unscannable).toBe('unsupported');
  const { verdict, findings } = scan({ subject: '', text: '', attachments: [{ filename: 'a.zip', ...found } as { filename: string }] });
  expect(findings.map((f) => f.kind)).toContain('MRN');
  expect(verdict, 'what was found stays what it is').toMatchObject({ level: 'high', unscannable: 1 });
  expect(scan({ subject: '', text: 'See the file.', attachments: [{ filename: 'b.doc', unscannable: 'unsupported' }] }).verdict, 'what could not be read is never clean').toMatchObject({ level: 'unscannable', unscannable: 1 });
});

test('columns of a sheet are known by their headings', async () => {
  const { text } = await extract('book.xlsx', '', xlsx());
  const { findings } = scan({ subject: '', attachments: [{ filename: 'book.xlsx', text: text ?? '' }] });
  expect(findings.filter((f) => f.part === 'attachment').map((f) => f.kind).sort()).toEqual(['DATE', 'MRN', 'NAME']);
});

test('a tight budget is kept', async () => {
  expect((await extract('t.txt', '', bytes('x'.repeat(100)), { ...BUDGET, bytes: 50 })).unscannable).toBe('over-budget');
});

test('a blank sheet beside written ones is read, a picture of a page is not', async () => {
  expect(await extract('a.pdf', '', pages(said('MRN 88213'), ''))).toEqual({ text: expect.stringContaining('MRN 88213') });
  expect(await extract('a.pdf', '', pages(said('MRN 88213'), PICTURE))).toEqual({ text: expect.stringContaining('MRN 88213'), unscannable: 'unsupported' });
});

test('Node\'s own buffers are bytes too', async () => {
  for (const [name, content, ...words] of readable) {
    const { text } = await extract(name, '', Buffer.from(content));
    for (const w of words) expect(text).toContain(w);
  }
});

/** The first bytes of a PNG of this size, then nothing of interest. */
const png = (width: number, height: number): Uint8Array => {
  const out = new Uint8Array(4096);
  out.set([0x89, 80, 78, 71, 13, 10, 26, 10, 0, 0, 0, 13, 73, 72, 68, 82]);
  new DataView(out.buffer).setUint32(16, width);
  new DataView(out.buffer).setUint32(20, height);
  return out;
};
const jpeg = (width: number, height: number): Uint8Array => {
  const out = new Uint8Array(4096);
  out.set([0xff, 0xd8, 0xff, 0xe0, 0, 16, ...Array<number>(14).fill(0), 0xff, 0xc0, 0, 17, 8, height >> 8, height & 255, width >> 8, width & 255]);
  return out;
};
const base64 = (content: Uint8Array): string => btoa(String.fromCharCode(...content));
const hex = (content: Uint8Array): string => Array.from(content, (b) => b.toString(16).padStart(2, '0')).join('');
const LETTER = 'We are pleased to tell you that the new building opens in spring and that every group will be shown its rooms before that day; please send your questions to the front desk until Friday so that we can answer them all. '.repeat(2);

/** One document of words and one picture, in each format that can hold both. */
const DOCUMENTS: readonly (readonly [format: string, make: (words: string, picture: Uint8Array) => Uint8Array])[] = [
  ['a.docx', (words, picture) => zipSync({ 'word/document.xml': xml(`<w:document><w:p><w:r><w:t>${words}</w:t></w:r></w:p></w:document>`), 'word/media/image1.png': [picture, { level: 0 }], 'docProps/core.xml': xml(`<p><dc:title>${LETTER}</dc:title></p>`) })],
  ['a.xlsx', (words, picture) => zipSync({ 'xl/workbook.xml': xml('<workbook/>'), 'xl/worksheets/sheet1.xml': xml(`<worksheet><row r="1"><c r="A1" t="inlineStr"><is><t>${words}</t></is></c></row></worksheet>`), 'xl/media/image1.jpeg': [picture, { level: 0 }] })],
  ['a.pptx', (words, picture) => zipSync({ 'ppt/presentation.xml': xml('<p/>'), 'ppt/slides/slide1.xml': xml(`<p:sld><a:p><a:r><a:t>${words}</a:t></a:r></a:p></p:sld>`), 'ppt/media/image1.png': [picture, { level: 0 }] })],
  ['a.odt', (words, picture) => zipSync({ mimetype: bytes('application/vnd.oasis.opendocument.text'), 'content.xml': xml(`<office:document-content><text:p>${words}</text:p></office:document-content>`), 'Pictures/1.png': [picture, { level: 0 }] })],
  ['a.rtf', (words, picture) => bytes(`{\\rtf1 ${words}\\par{\\*\\shppict{\\pict{\\*\\picprop{\\sp{\\sn wzName}}}\\pngblip\\picw1\\pich1\n${hex(picture)}}}{\\nonshppict{\\pict\\wmetafile8 ${hex(picture)}}}}`)],
  ['a.html', (words, picture) => bytes(`<html><body><p>${words}</p><img src="data:image/png;base64,${base64(picture)}"></body></html>`)],
  ['a.eml', (words, picture) => bytes(['From: a@b.test', 'To: c@d.test', 'Subject: file', 'MIME-Version: 1.0', 'Content-Type: multipart/related; boundary=b', '', '--b', 'Content-Type: text/html', '', `<p>${words}</p><img src="cid:p1">`, '--b', 'Content-Type: image/png; name=p.png', 'Content-ID: <p1>', 'Content-Transfer-Encoding: base64', '', base64(picture).replace(/.{76}/g, '$&\r\n'), '--b--', ''].join('\r\n'))],
];

test.each(DOCUMENTS)('%s that is chiefly a picture was not read; with a logo beside a letter it was', async (name, make) => {
  for (const picture of [png(1240, 1754), jpeg(2448, 3264), jpeg(400, 500)]) {
    expect((await extract(name, '', make('Scanned by the front desk', picture))).unscannable).toBe('unsupported');
    expect((await extract(name, '', make('', picture))).unscannable).toBe('unsupported');
  }
  for (const picture of [png(260, 90), jpeg(600, 180)]) expect(await extract(name, '', make(LETTER, picture))).toEqual({ text: expect.stringContaining('We are pleased') });
  expect((await extract(name, '', make('Short.', png(16, 16)))).unscannable, 'an icon asks for nothing').toBeUndefined();
});

test('a scanned page under a scanner\'s stamp was not read; a title page with a drawing was', async () => {
  const painted = (side: number): string => `q 500 0 0 700 50 50 cm BI /W ${side} /H ${side} /IM true /BPC 1 ID ${'x'.repeat(Math.ceil(side / 8) * side)}\nEI Q`;
  expect((await extract('a.pdf', '', pages(`${said('Scanned with an app')} ${painted(800)}`))).unscannable).toBe('unsupported');
  expect((await extract('a.pdf', '', pages(`${said('Annual report')} ${painted(80)}`))).unscannable).toBeUndefined();
  expect((await extract('a.pdf', '', pages(`${LETTER.match(/.{1,60}/g)?.map((line, k) => `BT /F1 12 Tf 72 ${720 - 16 * k} Td (${line}) Tj ET`).join(' ')} ${painted(800)}`)))).toEqual({ text: expect.stringContaining('We are') });
});

test('a picture written out in the body of a mail was not read either', () => {
  const body = (letters: number) => `<p>See below.</p><img src="data:image/png;base64,${'A'.repeat(letters)}">`;
  expect(scan({ subject: '', html: body(60_000), attachments: [] }).verdict).toMatchObject({ level: 'unscannable', unscannable: 1 });
  expect(scan({ subject: '', html: `${body(20_000)}${body(20_000)}`, attachments: [] }).verdict.level, 'a logo').toBe('none');
});

/** A PDF of these objects after the catalogue and one empty page of words; readers find objects without a table. */
const odd = (catalogue: string, page: string, ...objects: readonly string[]): Uint8Array => bytes(`%PDF-1.7\n${[`<< /Type /Catalog /Pages 2 0 R ${catalogue} >>`, '<< /Type /Pages /Kids [4 0 R] /Count 1 >>', '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
  `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 5 0 R /Resources << /Font << /F1 3 0 R >> >> ${page} >>`, `<< /Length ${said('See the file.').length} >>\nstream\n${said('See the file.')}\nendstream`, ...objects].map((o, i) => `${i + 1} 0 obj\n${o}\nendobj\n`).join('')}trailer << /Root 1 0 R >>\n%%EOF`);
const FILE = (name: string, content: string): readonly string[] => [`<< /Type /Filespec /F (${name}) /UF (${name}) /EF << /F 7 0 R >> >>`, `<< /Type /EmbeddedFile /Length ${content.length} >>\nstream\n${content}\nendstream`];

test('files that a PDF carries are read, or it was not read', async () => {
  const tree = '/Names << /EmbeddedFiles << /Names [(a) 6 0 R] >> >>';
  const pin = '/Annots [<< /Type /Annot /Subtype /FileAttachment /Rect [0 0 9 9] /FS 6 0 R >>]';
  for (const [catalogue, page] of [[tree, ''], ['', pin]] as const) {
    expect(await extract('a.pdf', '', odd(catalogue, page, ...FILE('a.txt', 'Patient Tess Lane, MRN 88213')))).toEqual({ text: expect.stringContaining('MRN 88213') });
    expect((await extract('a.pdf', '', odd(catalogue, page, ...FILE('a.pgp', '-----BEGIN PGP MESSAGE-----')))).unscannable).toBe('encrypted');
  }
  expect((await extract('a.pdf', '', odd(tree, '', ...FILE('a.txt', 'MRN 88213')), { ...BUDGET, entries: 0 })).unscannable).toBe('over-budget');
});

test('a stream that unpacks to more than is allowed is not unpacked, once or twice packed; a picture may be large', async () => {
  const blank = zlibSync(new Uint8Array(3_000_000).fill(32));
  const tight = { ...BUDGET, bytes: 1_000_000 };
  const holding = (stream: Uint8Array, head = '', use = '/Contents 5 0 R'): Uint8Array => {
    const [before, after] = [bytes(`%PDF-1.7\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n2 0 obj\n<< /Type /Pages /Kids [4 0 R] /Count 1 >>\nendobj\n4 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] ${use} >>\nendobj\n5 0 obj\n<< /Length ${stream.length} ${head} >>\nstream\n`), bytes('\nendstream\nendobj\ntrailer << /Root 1 0 R >>\n%%EOF')];
    return Uint8Array.from([...before, ...stream, ...after]);
  };
  for (const stream of [blank, zlibSync(blank)]) expect(await extract('a.pdf', '', holding(stream, '/Filter [/FlateDecode /FlateDecode]'), tight)).toEqual({ unscannable: 'over-budget' });
  expect((await extract('a.pdf', '', holding(zlibSync(new Uint8Array(6_000_000)), '/Subtype /Image /Width 3000 /Height 2000 /Filter /FlateDecode', '/Resources << /XObject << /X 5 0 R >> >>'), tight)).unscannable).not.toBe('over-budget');
});

test('a page that the tree of pages does not count was not read', async () => {
  const text = new TextDecoder().decode(odd('', ''));
  expect((await extract('a.pdf', '', bytes(text))).text).toContain('See the file.');
  expect((await extract('a.pdf', '', bytes(text.replace('/Kids [4 0 R]', '/Kids [4 0 R 4 0 R]')))).unscannable).toBe('broken');
});

test('a form that only its own program shows was not read', async () => {
  expect((await extract('a.pdf', '', odd('/AcroForm << /Fields [] /XFA 6 0 R >>', '', '<< /Length 5 >>\nstream\n<xdp>\nendstream'))).unscannable).toBe('unsupported');
});

const one = (words: string): Uint8Array => xml(`<p><t>${words}</t></p>`);
/** Where else Office keeps words of its author. */
const ELSEWHERE: readonly (readonly [part: string, content: Uint8Array])[] = [
  ['word/afchunk.mht', bytes('<html><p>Patient Tess Lane</p></html>')], ['afchunk1.docx', docx()], ['word/glossary/document.xml', one('Tess Lane')], ['word/diagrams/data1.xml', one('Tess Lane')], ['word/charts/chart1.xml', xml('<c><pt><v>Tess Lane</v></pt></c>')],
  ['ppt/diagrams/data1.xml', one('Tess Lane')], ['xl/externalLinks/externalLink1.xml', xml('<e><cell><v>Tess Lane</v></cell></e>')],
  ['xl/pivotCache/pivotCacheDefinition1.xml', xml('<d><cacheField name="Patient"><sharedItems><s v="Tess Lane"/></sharedItems></cacheField></d>')], ['xl/pivotCache/pivotCacheRecords1.xml', xml('<pivotCacheRecords><r><s v="Tess Lane"/><n v="4"/></r></pivotCacheRecords>')],
  ['xl/worksheets/sheet2.xml', xml('<worksheet><sheetData/><headerFooter><oddHeader>&amp;L&amp;"Arial,Bold"&amp;12Tess Lane</oddHeader></headerFooter></worksheet>')],
];

test.each(ELSEWHERE)('words in %s are read', async (part, content) => {
  const kind = part.startsWith('xl') ? 'xl/workbook.xml' : part.startsWith('ppt') ? 'ppt/presentation.xml' : 'word/document.xml';
  const { text, unscannable } = await extract('a', '', zipSync({ [kind]: one('See below.'), [part]: content }));
  expect([text?.includes('Tess Lane'), unscannable]).toEqual([true, undefined]);
});

test('what does not decode is never read as empty', async () => {
  expect((await extract('a.docx', '', zipSync({ 'word/document.xml': Uint8Array.from('<p><t>Tess</t></p>', (c) => c.charCodeAt(0)).reduce((out, b, k) => { out[2 * k] = b; return out; }, new Uint8Array(36)) }))).unscannable).toBe('broken');
  expect((await extract('a.txt', '', Uint8Array.from([0xff, 0xfe, 0, 0, ...[...'Tess Lane'].flatMap((c) => [c.charCodeAt(0), 0, 0, 0])]))).unscannable).toBe('unsupported');
});

/** Classic Outlook's runtime has no decoder of its own. */
afterEach(() => { vi.unstubAllGlobals(); });
test('letters are the same with the platform\'s decoder and without', () => {
  const both = <T>(read: () => T): readonly [T, T] => {
    const given = read();
    vi.stubGlobal('TextDecoder', undefined);
    const own = read();
    vi.unstubAllGlobals();
    return [given, own];
  };
  const same = (read: () => unknown) => { const [given, own] = both(read); return own === given; };
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (some) => same(() => windows(some)) && same(() => utf8(some))), { numRuns: 300 });
  fc.assert(fc.property(fc.string({ unit: 'grapheme', maxLength: 9000 }), fc.boolean(), (text, big) => {
    const little = Buffer.from(`\ufeff${text}`, 'utf16le');
    const wired = big ? Buffer.from(little).swap16() : little;
    return same(() => utf8(Buffer.from(text))) && same(() => utf8(Buffer.from(`\ufeff${text}`))) && same(() => wide(wired, big));
  }), { numRuns: 100 });
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (some) => Buffer.from(bytesOf(Buffer.from(some).toString('base64'))).equals(Buffer.from(some))), { numRuns: 200 });
  for (const broken of [[0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xe2, 0x82]]) expect(both(() => utf8(Uint8Array.from(broken)))).toEqual([undefined, undefined]);
});
