/** A mail inside a mail (RFC 5322, MIME): its heads, its words and its own attachments. */
import { textOfHtml } from '../draft/text.ts';
import { nested } from './archive.ts';
import { type Budget, type Extracted, read, Refused, type Unscannable } from './extract.ts';

export async function readMail(bytes: Uint8Array, budget: Budget): Promise<Extracted> {
  const { default: PostalMime } = await import('postal-mime');
  const mail = await PostalMime.parse(bytes, { attachmentEncoding: 'arraybuffer' });
  budget.entries -= mail.attachments.length;
  if (budget.entries < 0) throw new Refused('over-budget');
  const texts: string[] = [];
  if (mail.subject !== undefined) texts.push(`Subject: ${mail.subject}`);
  if (mail.text !== undefined) texts.push(mail.text);
  if (mail.html !== undefined) texts.push(textOfHtml(mail.html).text);
  let unscannable: Unscannable | undefined;
  for (const attachment of mail.attachments) {
    const content = typeof attachment.content === 'string' ? new TextEncoder().encode(attachment.content) : new Uint8Array(attachment.content);
    texts.push(attachment.filename ?? '');
    budget.bytes -= content.length;
    if (budget.bytes < 0) return { text: texts.join('\n\n'), unscannable: 'over-budget' };
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
  return { text: texts.filter((t) => t !== '').join('\n\n'), ...(unscannable === undefined ? {} : { unscannable }) };
}
