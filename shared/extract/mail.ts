/** A mail inside a mail (RFC 5322, MIME): its heads, its words and its own attachments. */
import { refersTo } from '../draft/draft.ts';
import { nested } from './archive.ts';
import { type Budget, type Extracted, holdsFiles, read, readHtml, Refused, type Unscannable, withPictures } from './read.ts';
import { isPage, isPicture, type Size, sizeInside } from './picture.ts';

export async function readMail(bytes: Uint8Array, budget: Budget): Promise<Extracted> {
  const { default: PostalMime } = await import('postal-mime');
  const mail = await PostalMime.parse(bytes, { attachmentEncoding: 'arraybuffer' });
  budget.entries -= mail.attachments.length;
  if (budget.entries < 0) throw new Refused('over-budget');
  const texts: string[] = [];
  if (mail.subject !== undefined) texts.push(`Subject: ${mail.subject}`);
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
