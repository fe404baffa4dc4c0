/** A mail inside a mail (RFC 5322, MIME): its heads, its words and its own attachments. */
import { refersTo } from '../draft/draft.ts';
import { nested } from './archive.ts';
import { type Budget, decode, type Extracted, holdsFiles, latin, read, readHtml, Refused, type Unscannable, withPictures } from './read.ts';
import { isPage, isPicture, type Size, sizeInside } from './picture.ts';

export async function readMail(bytes: Uint8Array, budget: Budget): Promise<Extracted> {
  const { default: PostalMime, decodeWords } = await import('postal-mime');
  const mail = await PostalMime.parse(bytes, { attachmentEncoding: 'arraybuffer' });
  budget.entries -= mail.attachments.length;
  if (budget.entries < 0) throw new Refused('over-budget');
  const texts: string[] = [];
  const subjects = new Set([mail.subject, ...subjectsOfParts(bytes).map(decodeWords)]);
  for (const subject of subjects) if (subject !== undefined) texts.push(`Subject: ${subject}`);
  if (mail.text !== undefined) texts.push(mail.text);
  const page = mail.html === undefined ? undefined : readHtml(mail.html);
  if (page?.text !== undefined) texts.push(page.text);
  const said = page?.text ?? mail.text ?? '';
  const pictures: Size[] = [];
  let unscannable: Unscannable | undefined = page?.unscannable ?? (holdsFiles(mail.text ?? '') ? 'unsupported' : undefined);
  for (const attachment of mail.attachments) {
    const content = typeof attachment.content === 'string' ? new TextEncoder().encode(attachment.content) : new Uint8Array(attachment.content);
    texts.push(attachment.filename ?? '');
    budget.bytes -= content.length;
    if (budget.bytes < 0) return { text: texts.join('\n\n'), unscannable: 'over-budget' };
    // a picture the words refer to, such as a logo under a signature
    const size = attachment.contentId !== undefined && mail.html !== undefined && refersTo(mail.html, attachment.contentId.replace(/^<|>$/g, '')) && isPicture(String.fromCharCode(...content.subarray(0, 16))) ? sizeInside(content, content.length) : undefined;
    if (size !== undefined && !isPage(size)) {
      pictures.push(size);
      continue;
    }
    let found: Extracted;
    try {
      found = await read(attachment.filename ?? '', attachment.mimeType, content, nested(budget));
    } catch (e) {
      found = { unscannable: e instanceof Refused ? e.reason : 'broken' };
    }
    if (found.text !== undefined) texts.push(found.text);
    unscannable ??= found.unscannable;
  }
  // a PGP/MIME or S/MIME mail has no words of its own
  if (/multipart\/encrypted|application\/(?:x-)?pkcs7-mime/i.test(mail.headers.find((h) => h.key === 'content-type')?.value ?? '')) unscannable = 'encrypted';
  return { ...withPictures(texts.filter((t) => t !== '').join('\n\n'), pictures, said), ...(unscannable === undefined ? {} : { unscannable }) };
}

/** Between the mark of a part and its first empty line (RFC 2046 §5.1.1). */
const FIELDS = /^--[^\n]+\n((?:[!-9;-~]+[ \t]*:[^\n]*\n(?:[ \t][^\n]*\n)*)+)/gm;

/** A signed part has a subject of its own, which readers show in the place of the outer one (RFC 9788 §4). */
function subjectsOfParts(bytes: Uint8Array): string[] {
  const found: string[] = [];
  for (const [, fields = ''] of (decode(bytes) ?? latin(bytes)).matchAll(FIELDS)) {
    const subject = /^subject[ \t]*:([^\n]*\n(?:[ \t][^\n]*\n)*)/im.exec(fields)?.[1];
    if (subject !== undefined) found.push(subject.replace(/\r?\n[ \t]*/g, ' ').trim());
  }
  return found;
}
