/**
 * What a file is by its own bytes, whatever its name and its sender say. A closed list: what is not on it is not taken. Nothing that runs,
 * nothing with macros, no archive of anything else, no markup. Signatures: the formats' own specifications and IANA's media types.
 */
import { safeName } from '../../../shared/draft/filename.ts';

export interface Kind {
  readonly contentType: string;
  /** names it may end in; the first is put behind any other */
  readonly ends: readonly string[];
}

interface Row extends Kind {
  readonly fits: (head: Buffer, name: string) => boolean;
}

const starts = (...bytes: readonly (number | string)[]) => (head: Buffer): boolean => {
  const wanted = Buffer.concat(bytes.map((b) => (typeof b === 'string' ? Buffer.from(b, 'latin1') : Buffer.from([b]))));
  return head.subarray(0, wanted.length).equals(wanted);
};
const ascii = (head: Buffer, from: number, to: number): string => head.toString('latin1', from, to);
const riff = (form: string) => (head: Buffer): boolean => ascii(head, 0, 4) === 'RIFF' && ascii(head, 8, 12) === form;
/** ISO/IEC 14496-12 §4.3: the major brand */
const brand = (pattern: RegExp) => (head: Buffer): boolean => ascii(head, 4, 8) === 'ftyp' && pattern.test(ascii(head, 8, 12));
const ending = (name: string): string => /\.([a-z0-9]{1,8})$/i.exec(name)?.[1]?.toLowerCase() ?? '';

const ZIP = starts('PK', 3, 4);
/** ECMA-376 part 2: the package says what is in it, or where that is said */
const office = (end: string) => (head: Buffer, name: string): boolean => ZIP(head) && ending(name) === end && /^(?:\[Content_Types\]\.xml|_rels\/|docProps\/|word\/|xl\/|ppt\/)/.test(ascii(head, 30, 60));
/** OpenDocument 1.3 part 2 §3.3: the first file is `mimetype`, stored as it is */
const openDocument = (type: string) => (head: Buffer): boolean => ZIP(head) && ascii(head, 30, 38) === 'mimetype' && ascii(head, 38, 38 + type.length) === type && !/^[a-z-]/.test(ascii(head, 38 + type.length, 39 + type.length));
const OLE = starts(0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1);
const ole = (end: string) => (head: Buffer, name: string): boolean => OLE(head) && ending(name) === end;

const XML = 'application/vnd.openxmlformats-officedocument.';
const ODF = 'application/vnd.oasis.opendocument.';
const ROWS: readonly Row[] = [
  { contentType: 'application/pdf', ends: ['pdf'], fits: (head) => head.subarray(0, 1024).includes('%PDF-') },
  { contentType: 'image/png', ends: ['png'], fits: starts(0x89, 'PNG\r\n', 0x1a, '\n') },
  { contentType: 'image/jpeg', ends: ['jpg', 'jpeg'], fits: starts(0xff, 0xd8, 0xff) },
  { contentType: 'image/gif', ends: ['gif'], fits: (head) => /^GIF8[79]a/.test(ascii(head, 0, 6)) },
  { contentType: 'image/webp', ends: ['webp'], fits: riff('WEBP') },
  { contentType: 'image/tiff', ends: ['tif', 'tiff'], fits: (head) => starts('II*', 0)(head) || starts('MM', 0, '*')(head) },
  { contentType: 'image/heic', ends: ['heic', 'heif'], fits: brand(/^(?:hei[cxms]|hev[cx]|mif1|msf1)$/) },
  { contentType: 'audio/mp4', ends: ['m4a'], fits: brand(/^M4[AB] $/) },
  { contentType: 'video/quicktime', ends: ['mov'], fits: brand(/^qt {2}$/) },
  { contentType: 'video/mp4', ends: ['mp4', 'm4v'], fits: brand(/^(?:isom|iso[2-9]|mp4[12]|M4V |avc1|3gp\w)$/) },
  { contentType: 'audio/mpeg', ends: ['mp3'], fits: (head) => starts('ID3')(head) || (head[0] === 0xff && [0xfb, 0xf3, 0xf2].includes(head[1] ?? 0)) },
  { contentType: 'audio/wav', ends: ['wav'], fits: riff('WAVE') },
  { contentType: 'application/dicom', ends: ['dcm'], fits: (head) => ascii(head, 128, 132) === 'DICM' },
  { contentType: 'application/rtf', ends: ['rtf'], fits: starts('{\\rtf1') },
  { contentType: `${XML}wordprocessingml.document`, ends: ['docx'], fits: office('docx') },
  { contentType: `${XML}spreadsheetml.sheet`, ends: ['xlsx'], fits: office('xlsx') },
  { contentType: `${XML}presentationml.presentation`, ends: ['pptx'], fits: office('pptx') },
  { contentType: `${ODF}text`, ends: ['odt'], fits: openDocument(`${ODF}text`) },
  { contentType: `${ODF}spreadsheet`, ends: ['ods'], fits: openDocument(`${ODF}spreadsheet`) },
  { contentType: `${ODF}presentation`, ends: ['odp'], fits: openDocument(`${ODF}presentation`) },
  { contentType: 'application/msword', ends: ['doc'], fits: ole('doc') },
  { contentType: 'application/vnd.ms-excel', ends: ['xls'], fits: ole('xls') },
  { contentType: 'text/csv', ends: ['csv'], fits: (head, name) => ending(name) === 'csv' && plain(head) },
  { contentType: 'text/plain', ends: ['txt', 'md', 'log', 'hl7'], fits: plain },
];

/** Readable words that no program takes for a script or a page. */
function plain(head: Buffer): boolean {
  if (head.length === 0 || head.some((b) => b === 0x7f || (b < 0x20 && ![0x09, 0x0a, 0x0c, 0x0d].includes(b)))) return false;
  const text = head.toString('utf8');
  return !/^\uFEFF?\s*(?:#!|<|@echo|MZ)/i.test(text);
}

export const HEAD = 4096;

/** `head`: the first `HEAD` bytes, or all there are. Null: not on the list. */
export function kindOf(head: Buffer, name: string): Kind | null {
  return ROWS.find((row) => row.fits(head, name)) ?? null;
}

const utf16 = (text: string): Buffer => Buffer.from(text, 'utf16le');
/** Macros by the names they are kept under: in the directory of a package (APPNOTE.TXT §4.3.12), of a compound file (MS-CFB §2.6.1). */
const MACROS: readonly Buffer[] = [Buffer.from('vbaProject.bin', 'latin1'), Buffer.from('xl/macrosheets/', 'latin1'), utf16('_VBA_PROJECT')];
const LONGEST = Math.max(...MACROS.map((m) => m.length));

/** True once something that runs was seen in a document that came by in pieces. */
export function openMacroWatch(): (chunk: Buffer) => boolean {
  let tail: Buffer = Buffer.alloc(0);
  let seen = false;
  return (chunk) => {
    const joined = Buffer.concat([tail, chunk]);
    seen ||= MACROS.some((m) => joined.includes(m));
    tail = joined.subarray(Math.max(0, joined.length - LONGEST));
    return seen;
  };
}

/** A name that ends as its kind does, without what runs text backwards, cuts a header, or leads to another folder. */
export function nameOf(given: string, { ends }: Kind): string {
  const name = safeName(given, 120);
  return ends.includes(ending(name)) ? name : `${name}.${ends[0]}`;
}
