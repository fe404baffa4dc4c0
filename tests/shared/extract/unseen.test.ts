/** Where a document keeps words that its reader does not show at first sight, or shows by another route: all of it leaves with the mail. */
import { strToU8, zipSync, zlibSync } from 'fflate';
import { expect, test } from 'vitest';
import { BUDGET, extract } from '../../../shared/extract/extract.ts';
import { scan } from '../../../shared/scan/scan.ts';

const WHO = 'Patient Tess Lane, MRN 88213';
const latin = (text: string) => strToU8(text, true);
const xml = (body: string) => strToU8(`<?xml version="1.0"?>${body}`);

const said = (words: string, at = '72 720') => `BT /F1 12 Tf ${at} Td (${words}) Tj ET`;
const stream = (head: string, words: string) => `<< ${head} /Length ${words.length} >>\nstream\n${words}\nendstream`;
const SEE = said('See the file, it holds what you asked for last week.', '20 200');
const FONT = '/Resources << /Font << /F1 3 0 R >> >>';
/** Readers find objects without a table. */
const pdf = ({ catalogue = '', page = '', content = '', info = '', objects = [] }: { catalogue?: string; page?: string; content?: string; info?: string; objects?: readonly string[] }) => latin(`%PDF-1.7\n${[
  `<< /Type /Catalog /Pages 2 0 R ${catalogue} >>`, '<< /Type /Pages /Kids [4 0 R] /Count 1 >>', '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
  `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 5 0 R ${page.includes('/Font') ? '' : FONT} ${page} >>`, stream('', `${SEE} ${content}`), ...objects].map((o, i) => `${i + 1} 0 obj\n${o}\nendobj\n`).join('')}trailer << /Root 1 0 R /Info << ${info} >> >>\n%%EOF`);
/** The page itself packed into an object stream (§7.5.7), where its crop is not seen from outside. */
const packed = () => {
  const page = `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /CropBox [0 0 300 300] /Contents 5 0 R ${FONT} >>`;
  const inside = zlibSync(latin(`4 0 ${page}`));
  const before = latin(`%PDF-1.7\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n2 0 obj\n<< /Type /Pages /Kids [4 0 R] /Count 1 >>\nendobj\n3 0 obj\n<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>\nendobj\n5 0 obj\n${stream('', `${SEE} ${said(WHO)}`)}\nendobj\n7 0 obj\n${stream('/Type /XObject /Subtype /Image', 'x')}\nendobj\n6 0 obj\n<< /Type /ObjStm /N 1 /First 4 /Filter /FlateDecode /Length ${inside.length} >>\nstream\n`);
  const at = (needle: string) => new TextDecoder('latin1').decode(before).indexOf(needle);
  const start = before.length + inside.length + 18;
  const row = (kind: number, place: number, more: number) => [kind, place >> 8, place & 255, more];
  const table = Uint8Array.from([row(0, 0, 0), row(1, at('1 0 obj'), 0), row(1, at('2 0 obj'), 0), row(1, at('3 0 obj'), 0), row(2, 6, 0), row(1, at('5 0 obj'), 0), row(1, at('6 0 obj'), 0), row(1, at('7 0 obj'), 0), row(1, start, 0)].flat());
  return Uint8Array.from([...before, ...inside, ...latin('\nendstream\nendobj\n'), ...latin(`8 0 obj\n<< /Type /XRef /Size 9 /W [1 2 1] /Root 1 0 R /Length ${table.length} >>\nstream\n`), ...table, ...latin(`\nendstream\nendobj\nstartxref\n${start}\n%%EOF`)]);
};

const word = (parts: { readonly [part: string]: string }) => zipSync(Object.fromEntries(Object.entries(parts).map(([part, body]) => [part, xml(body)])));
const run = (words: string) => `<w:p><w:r><w:t>${words}</w:t></w:r></w:p>`;
const docx = (body: string, more = {}) => word({ 'word/document.xml': `<w:document>${run('See.')}${body}</w:document>`, ...more });
const row = (...cells: string[]) => `<row>${cells.map((c) => `<c t="inlineStr"><is><t>${c}</t></is></c>`).join('')}</row>`;
const xlsx = (rows: string, book = '', more = {}) => word({ 'xl/workbook.xml': `<workbook>${book}</workbook>`, 'xl/worksheets/sheet1.xml': `<worksheet>${rows}</worksheet>`, ...more });
const ods = (rows: string) => zipSync({ mimetype: latin('application/vnd.oasis.opendocument.spreadsheet'), 'content.xml': xml(`<office:spreadsheet><table:table table:name="${WHO}">${rows}</table:table></office:spreadsheet>`) });
const LINK = '<Relationships><Relationship TargetMode="External" Target="https://x.test/?name=Tess Lane&amp;mrn=88213"/></Relationships>';

const base85 = (bytes: Uint8Array) => {
  let out = '';
  for (let i = 0; i < bytes.length; i += 4) {
    let group = [0, 1, 2, 3].reduce((sum, k) => sum * 256 + (bytes[i + k] ?? 0), 0);
    let five = '';
    for (let k = 0; k < 5; k += 1, group = Math.floor(group / 85)) five = String.fromCharCode(33 + group % 85) + five;
    out += five.slice(0, Math.min(4, bytes.length - i) + 1);
  }
  return `${out}~>`;
};

const PLACES: readonly (readonly [place: string, content: Uint8Array])[] = [
  ['beyond the crop of a page.pdf', pdf({ page: '/CropBox [0 0 300 300]', content: said(WHO) })],
  ['beyond a crop that is packed away.pdf', packed()],
  ['beyond the sheet.pdf', pdf({ content: said(WHO, '72 1200') })],
  ['a stamp.pdf', pdf({ page: '/Annots [<< /Type /Annot /Subtype /Stamp /Rect [0 0 300 300] /AP << /N 6 0 R >> >>]', objects: [stream(`/Type /XObject /Subtype /Form /BBox [0 0 612 792] ${FONT}`, said(WHO))] })],
  ['a form inside a form.pdf', pdf({ page: '/Resources << /Font << /F1 3 0 R >> /XObject << /X 6 0 R >> >>', content: '/X Do', objects: [stream('/Type /XObject /Subtype /Form /BBox [0 0 612 792] /Resources << /XObject << /Y 7 0 R >> >>', '/Y Do'), stream(`/Type /XObject /Subtype /Form /BBox [0 0 612 792] ${FONT}`, said(WHO))] })],
  ['a list to choose from.pdf', pdf({ catalogue: '/AcroForm << /Fields [6 0 R] >>', page: '/Annots [6 0 R]', objects: [`<< /Type /Annot /Subtype /Widget /FT /Ch /T (who) /Rect [0 0 90 90] /Opt [(${WHO}) (b)] /V [(${WHO})] >>`] })],
  ['a link.pdf', pdf({ page: '/Annots [<< /Type /Annot /Subtype /Link /Rect [0 0 9 9] /A << /S /URI /URI (https://x.test/?n=Tess+Lane) >> >>]' })],
  ['the title.pdf', pdf({ info: `/Title (${WHO})` })],
  ['bookmarks.pdf', pdf({ catalogue: '/Outlines 6 0 R', objects: ['<< /Type /Outlines /First 7 0 R /Last 7 0 R /Count 1 >>', `<< /Title (${WHO}) /Parent 6 0 R /Dest [4 0 R /Fit] >>`] })],
  ['what stands for a drawing.pdf', pdf({ content: `/Span << /ActualText (${WHO.replace('Te', 'T\\145')}) >> BDC ${said('xxx')} EMC` })],
  ['what stands for a drawing, packed and in wide letters.pdf', pdf({ objects: [stream('/Filter [/ASCII85Decode /FlateDecode]', base85(zlibSync(latin(`/Span << /ActualText <FEFF${[...WHO].map((c) => c.charCodeAt(0).toString(16).padStart(4, '0')).join('')}> >> BDC EMC`))))] })],
  ['a field that no page shows.pdf', pdf({ catalogue: '/AcroForm << /Fields [6 0 R] >>', objects: [`<< /FT /Tx /T (who) /V (${WHO}) >>`] })],
  ['a first part of another number.docx', word({ 'word/document2.xml': '<w:document><w:p><w:r><w:t>Patient Te</w:t></w:r><w:r><w:t>ss Lane</w:t></w:r></w:p></w:document>' })],
  ['a heading of another name.docx', docx('', { 'word/kopf.xml': `<w:hdr>${run(WHO)}</w:hdr>` })],
  ['comments with a number.docx', docx('', { 'word/comments1.xml': `<w:comments>${run(WHO)}</w:comments>` })],
  ['words for a picture.docx', docx(`<w:drawing><wp:docPr id="1" descr="${WHO}"/></w:drawing>`)],
  ['words drawn as shapes.docx', docx(`<w:pict><v:textpath string="${WHO}"/></w:pict>`)],
  ['a link.docx', docx('', { 'word/_rels/document.xml.rels': LINK })],
  ['an order to the program.docx', docx('<w:p><w:r><w:instrText> QUOTE "Patient Te</w:instrText></w:r><w:r><w:instrText>ss Lane" </w:instrText></w:r></w:p>')],
  ['a field of one element.docx', docx(`<w:fldSimple w:instr=" HYPERLINK &quot;https://x.test/?who=Tess Lane&quot; "/>`)],
  ['what a form has at first.docx', docx('<w:ffData><w:textInput><w:default w:val="Tess Lane"/></w:textInput></w:ffData>')],
  ['a document\u2019s own variable.docx', docx('', { 'word/settings.xml': '<w:settings><w:docVars><w:docVar w:name="who" w:val="Tess Lane"/></w:docVars></w:settings>' })],
  ['data it is bound to.docx', docx('', { 'customXml/item1.xml': '<visit><patient name="Tess Lane" mrn="88213"/></visit>' })],
  ['whose manager.xlsx', xlsx(row('See'), '', { 'docProps/app.xml': '<Properties><Application>X 7.4.7.2</Application><Manager>Tess Lane</Manager></Properties>' })],
  ['a formula.xlsx', xlsx(`<row><c t="str"><f>IF(A2=1,"Patient Tess Lane","")</f><v></v></c></row>`)],
  ['a list to choose from.xlsx', xlsx(`${row('See')}<dataValidations><dataValidation type="list"><formula1>"a,Tess Lane"</formula1></dataValidation></dataValidations>`)],
  ['a hint to a cell.xlsx', xlsx(`${row('See')}<dataValidations><dataValidation prompt="Tess Lane"/></dataValidations>`)],
  ['a formula.ods', ods('<table:table-row><table:table-cell table:formula="of:=IF([.A2]=1;&quot;Tess Lane&quot;;&quot;&quot;)"/></table:table-row>')],
  ['what it says of itself.rtf', latin('{\\rtf1{\\info{\\title About Tess Lane}{\\creatim\\yr2024}}See.}')],
  ['a field.rtf', latin('{\\rtf1 See {\\field{\\*\\fldinst HYPERLINK "https://x.test/?who=Tess Lane"}{\\fldrslt here}}.}')],
  ['a form.rtf', latin('{\\rtf1 See {\\field{\\*\\fldinst FORMTEXT {\\*\\formfield\\fftype0{\\*\\ffname who}{\\*\\ffdeftext Tess Lane}}}{\\fldrslt x}}.}')],
  ['data of a page.html', latin('<html><p>See.</p><script type="application/json">{"name":"Tess Lane"}</script></html>')],
  ['the name of a hidden sheet.xlsx', xlsx(row('See'), `<sheets><sheet name="${WHO}" state="veryHidden"/></sheets>`)],
  ['a constant.xlsx', xlsx(row('See'), `<definedNames><definedName name="who">"${WHO}"</definedName></definedNames>`)],
  ['strings of other case.xlsx', word({ 'xl/workbook.xml': '<workbook/>', 'xl/SharedStrings.xml': `<sst><si><t>${WHO}</t></si></sst>`, 'xl/worksheets/Sheet1.xml': '<worksheet><row><c t="s"><v>0</v></c></row></worksheet>' })],
  ['the other slash.xlsx', zipSync({ 'xl/workbook.xml': xml('<workbook/>'), 'xl\\worksheets\\sheet1.xml': xml(`<worksheet>${row(WHO)}</worksheet>`) })],
  ['a sheet of a chart.xlsx', xlsx(row('See'), '', { 'xl/chartsheets/sheet1.xml': `<chartsheet><headerFooter><oddHeader>${WHO}</oddHeader></headerFooter></chartsheet>` })],
  ['comments.pptx', word({ 'ppt/presentation.xml': '<p/>', 'ppt/comments/comment1.xml': `<p:cm><p:text>${WHO}</p:text></p:cm>` })],
  ['behind every slide.pptx', word({ 'ppt/presentation.xml': '<p/>', 'ppt/slideMasters/slideMaster1.xml': `<p><a:t>${WHO}</a:t></p>` })],
  ['the name of a table.ods', ods('')],
  ['a folder that holds bytes.zip', zipSync({ 'a.txt': latin('ok'), 'x/': latin(WHO) })],
  ['folded lines.ics', latin('BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:Visit of Te\r\n ss Lane\\, MRN 88213\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n')],
  ['folded lines.vcf', latin('BEGIN:VCARD\nVERSION:3.0\nNOTE:Patient Tess\n  Lane\nPHOTO;ENCODING=b;TYPE=JPEG:/9j/' + '4AAQSkZJ'.repeat(900) + '\nEND:VCARD\n')],
  ['a word to a program.xml', latin(`<?xml version="1.0"?><?note ${WHO}?><r>x</r>`)],
  ['a default.xml', latin(`<!DOCTYPE r [<!ATTLIST r who CDATA "${WHO}">]><r>x</r>`)],
  ['a value without quotes.html', latin('<html><p>See.</p><input value=Tess&#32;Lane></html>')],
  ['a page in a page.html', latin(`<html><iframe srcdoc="&lt;p&gt;${WHO}&lt;/p&gt;"></iframe></html>`)],
  ['a long hint.html', latin(`<html><a title="${'so '.repeat(900)}${WHO}">x</a></html>`)],
];

test.each(PLACES)('words in %s are read', async (name, content) => {
  const { text, unscannable } = await extract(name, '', content);
  expect([/Tess.Lane/.test(text ?? ''), unscannable]).toEqual([true, undefined]);
});

const uncounted = () => {
  const zip = zipSync({ 'a.txt': latin('ok'), 'b.txt': latin(WHO) });
  zip[zip.length - 14] = zip[zip.length - 12] = 1;
  return zip;
};
/** Its comment is the end of an empty archive: readers differ in which end they believe. */
const twoEnds = () => {
  const zip = zipSync({ 'b.txt': latin(WHO) });
  const out = Uint8Array.from([...zip, 0x50, 0x4b, 5, 6, ...Array<number>(18).fill(0)]);
  out[zip.length - 2] = 22;
  return out;
};
const glyphs = '<< /Type /Font /Subtype /Type3 /FontBBox [0 0 1 1] /FontMatrix [1 0 0 1 0 0] /FirstChar 1 /LastChar 3 /Widths [1 1 1] /CharProcs << /a1 7 0 R >> /Encoding << /Type /Encoding /Differences [1 /a1 /a1 /a1] >> >>';

test.each([
  ['an entry beyond the count.zip', uncounted(), 'broken'],
  ['an end in the comment.zip', twoEnds(), 'broken'],
  ['an archive behind a letter.txt', Uint8Array.from([...latin('this is a letter\n'.repeat(5000)), ...zipSync({ 'b.txt': latin(WHO) })]), 'unsupported'],
  ['a page that its program writes.html', latin('<html><p>Wait.</p><script>document.write(atob("UGF0aWVudCBUZXNzIExhbmU="))</script></html>'), 'unsupported'],
  ['a file written out.txt', latin('See.\nbegin 644 a.txt\n%4&%T:65N=\n`\nend\n'), 'unsupported'],
  ['a file written out.eml', latin('From: a@x.test\r\nTo: b@x.test\r\nSubject: x\r\nMIME-Version: 1.0\r\n\r\nSee.\r\nbegin 644 a.txt\r\n%4&%T:65N=\r\n`\r\nend\r\n'), 'unsupported'],
  ['a document in a resource.json', latin(`{"resourceType":"DocumentReference","content":[{"attachment":{"data":"${'JVBERi0x'.repeat(200)}"}}]}`), 'unsupported'],
  ['a document in a resource.xml', latin(`<?xml version="1.0"?><Binary><data value="${'JVBERi0x'.repeat(200)}"/></Binary>`), 'unsupported'],
  ['a large picture in a card.vcf', latin(`BEGIN:VCARD\nPHOTO;ENCODING=b:/9j/${'4AAQSkZJ'.repeat(9000)}\nEND:VCARD\n`), 'unsupported'],
  ['letters of a mainframe.txt', Uint8Array.from([...'Patient Tess Lane was seen'], (c) => (c === ' ' ? 0x40 : 0x81 + c.charCodeAt(0) % 40)), 'unsupported'],
  ['an object.rtf', latin(`{\\rtf1 see {\\object\\objemb{\\*\\objdata ${'4a'.repeat(60)}}}}`), 'unsupported'],
  ['signs without letters.pdf', pdf({ page: '/Resources << /Font << /F1 3 0 R /F2 6 0 R >> >>', content: `BT /F2 12 Tf 20 100 Td (${'\u0001\u0002\u0003 '.repeat(40)}) Tj ET`, objects: [glyphs, stream('', '1 0 d0 0 0 1 1 re f')] }), 'unsupported'],
] as const)('%s was not read', async (name, content, reason) => {
  expect((await extract(name, '', content)).unscannable).toBe(reason);
});

test('rows whose last cells are empty stand under their headings still', async () => {
  const HEAD = ['Name', 'DOB', 'MRN', 'Fax', 'Room', 'Note'];
  const cell = (words: string) => `<table:table-cell><text:p>${words}</text:p></table:table-cell>`;
  const line = (...cells: string[]) => `<table:table-row>${cells.map(cell).join('')}<table:table-cell table:number-columns-repeated="${1024 - cells.length}"/></table:table-row>`;
  for (const content of [xlsx(row(...HEAD) + row('Ulf Brack', '3/14/1962', '88213') + row('Ida Stroh') + row('Kai Moss', '5/14/1982', '88215')), ods(line(...HEAD) + line('Ulf Brack', '3/14/1962', '88213') + line('Ida Stroh') + line('Kai Moss', '5/14/1982', '88215'))]) {
    const { text = '' } = await extract('a', '', content);
    const table = text.split('\n\n')[0] ?? '';
    expect(scan({ subject: '', attachments: [{ filename: 'a', text: table }] }).findings.filter((f) => f.kind === 'MRN').map((f) => table.slice(f.start, f.end))).toEqual(['88213', '88215']);
  }
  const gap = '<table:table-row><table:table-cell><text:p>Tess Lane</text:p></table:table-cell><table:table-cell table:number-columns-repeated="3"/><table:table-cell><text:p>88213</text:p></table:table-cell></table:table-row>';
  expect((await extract('a', '', ods(gap))).text).toContain('Tess Lane\t\t\t\t88213');
});

test('a hyphen that does not break is one', async () => {
  expect((await extract('a', '', docx('<w:p><w:r><w:t>SSN 524</w:t><w:noBreakHyphen/><w:t>71</w:t><w:noBreakHyphen/><w:t>8803</w:t></w:r></w:p>'))).text).toContain('524-71-8803');
});

const bomb = zlibSync(new Uint8Array(3_000_000).fill(32));
const letters = (packed: Uint8Array) => String.fromCharCode(...packed);
const held = (head: string, packed: Uint8Array | string) => pdf({ objects: [stream(head, typeof packed === 'string' ? packed : letters(packed))] });
/** LZW (§7.4.4) of one letter: every code is the one just learnt, and stands for one letter more than the last. */
const growing = (codes: number) => {
  const width = (next: number) => (next >= 2047 ? 12 : next >= 1023 ? 11 : next >= 511 ? 10 : 9);
  const bits = Array.from({ length: codes }, (_, k) => (258 + k).toString(2).padStart(width(258 + k), '0')).join('');
  return `${(256).toString(2).padStart(9, '0')}${(32).toString(2).padStart(9, '0')}${bits}0000000`.match(/.{8}/g)?.map((byte) => String.fromCharCode(parseInt(byte, 2))).join('') ?? '';
};

test.each([
  ['called a picture without its size', held('/Subtype /Image /Filter /FlateDecode', bomb)],
  ['called a picture and used as words', pdf({ objects: [stream('/Subtype /Image /Width 9 /Height 9 /Filter /FlateDecode', letters(bomb)), '<< /Type /Page /Parent 2 0 R /Contents [6 0 R] >>'] })],
  ['written in digits', held('/Filter [/ASCIIHexDecode /FlateDecode]', Array.from(bomb, (b) => b.toString(16).padStart(2, '0')).join(''))],
  ['written in base 85', held('/Filter [/A85 /Fl]', base85(bomb))],
  ['of the older packing', held('/Filter /LZWDecode', growing(1500))],
  ['in runs', held('/Filter /RunLengthDecode', '\u0081 '.repeat(20_000))],
] as const)('a stream %s is weighed', async (_, content) => {
  expect(await extract('a.pdf', '', content, { ...BUDGET, bytes: 1_000_000 })).toEqual({ unscannable: 'over-budget' });
});

test('a short stream of the older packing is read', async () => {
  expect((await extract('a.pdf', '', held('/Filter /LZWDecode', growing(1000)), { ...BUDGET, bytes: 1_000_000 })).unscannable).toBeUndefined();
});
