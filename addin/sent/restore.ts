/**
 * A message as it was sent, fetched back for its author: to read, to save its files, to put back as a draft. Nothing of it is kept when the view closes.
 */
import type * as z from 'zod/mini';
import { cidPattern, refersTo } from '../../shared/draft/draft.ts';
import type { MessageContent } from '../../shared/wire/timeline.ts';
import type { Companion } from '../companion/companion.ts';
import type { DraftItem, Notice, Outlook, Restored } from '../outlook/outlook.ts';
import { isRefused, type Refused } from '../refusal.ts';

type Content = z.infer<typeof MessageContent>;

async function base64(blob: Blob): Promise<string> {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  let raw = '';
  // In pieces: a call takes only so many arguments.
  for (let i = 0; i < bytes.length; i += 0x8000) raw += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
  return btoa(raw);
}

function escape(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/\n/g, '<br>');
}

const htmlOf = (content: Content): string => content.html ?? `<p>${escape(content.text ?? '')}</p>`;

/** Pictures that stand in the text come as data, so that the view needs no token and no network for them (RFC 2397). */
export async function withPictures(content: Content, companion: Pick<Companion, 'attachment'>): Promise<string> {
  let html = htmlOf(content);
  for (const file of content.attachments) {
    if (!file.contentId || !file.contentType.startsWith('image/') || !refersTo(html, file.contentId)) continue;
    const got = await companion.attachment(content.id, file.n);
    if (isRefused(got)) continue;
    const data = `data:${file.contentType};base64,${await base64(got)}`;
    html = html.replace(cidPattern(file.contentId), () => data);
  }
  return html;
}

/** `here` put back into this window · `elsewhere` a new window, without attachments. */
export async function restore(content: Content, { companion, outlook, draft, over }: {
  companion: Pick<Companion, 'attachment'>; outlook: Outlook; draft: DraftItem | null; over: Notice | null;
}): Promise<'here' | 'elsewhere' | Refused> {
  const people = (role: 'to' | 'cc' | 'bcc') => content.recipients.filter((r) => r.role === role).map(({ address, name }) => (name === undefined ? { address } : { address, name }));
  const message: Restored = { subject: content.subject, html: htmlOf(content), to: people('to'), cc: people('cc'), bcc: people('bcc'), files: [] };
  if (draft) {
    const files: { filename: string; base64: string; inline: boolean }[] = [];
    for (const file of content.attachments) {
      const got = await companion.attachment(content.id, file.n);
      if (isRefused(got)) return got;
      files.push({ filename: file.contentId ?? file.filename, base64: await base64(got), inline: file.contentId !== undefined });
    }
    const answer = await draft.restore({ ...message, files }, over);
    if (!isRefused(answer)) return 'here';
    if (answer.code !== 'draft-not-empty') return answer;
  }
  const opened = await outlook.compose(message);
  return isRefused(opened) ? opened : 'elsewhere';
}
