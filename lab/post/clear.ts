/**
 * What crossed to a mail host without TLS, judged from the host's side: sealed by itself, a mail of the service's own that says nothing of anybody,
 * what the clinic's ordinary server let go, or what must never be: a message anybody on the road could read.
 */
import PostalMime from 'postal-mime';
import type { Mail, Sight } from '../mx.ts';
import { ORDINARY } from './ordinary.ts';

/** The page of a copy; nothing but a notice has such a link. */
const LINK = /https?:\/\/[^\s"'<>]+\/m\/[\w-]{43}/;
const SEALED = [/^application\/(?:x-)?pkcs7-mime\s*;(?=[^]*smime-type="?(?:enveloped-data|authEnveloped-data)\b)/i, /^multipart\/encrypted\b/i];

/**
 * Faults, one line each, without a word of what was seen. `bytes` are those the hosts counted; `own`: the address the service's own mail is from;
 * `secrets`: what was written in drafts and must not be found.
 */
export async function faultsInClear({ mails, sights, own, secrets = [] }: {
  readonly mails: readonly Mail[]; readonly sights: readonly Sight[]; readonly own: string; readonly secrets?: readonly string[];
}): Promise<string[]> {
  const faults: string[] = [];
  const counted = sights.reduce((sum, s) => sum + s.plaintextDataBytes, 0);
  const kept = mails.reduce((sum, m) => sum + m.raw.length, 0);
  if (counted !== kept) faults.push(`${counted - kept} bytes of content crossed in clear and were kept nowhere`);
  for (const mail of mails) {
    const why = await faultOf(mail, own, secrets);
    if (why !== null) faults.push(`in clear to ${mail.domain}: ${why}`);
  }
  return faults;
}

async function faultOf(mail: Mail, own: string, secrets: readonly string[]): Promise<string | null> {
  const seen = await PostalMime.parse(mail.raw, { attachmentEncoding: 'arraybuffer' });
  if (seen.headers.some(({ key, value }) => key === ORDINARY.name && value === ORDINARY.value)) return null;
  const type = seen.headers.find(({ key }) => key === 'content-type')?.value.trim() ?? '';
  const sealed = SEALED.some((form) => form.test(type));
  const words = [mail.raw.toString('latin1'), seen.subject ?? '', ...(sealed ? [] : [seen.text ?? '', seen.html ?? ''])].join('\n');
  if (secrets.some((secret) => words.includes(secret))) return 'words of a draft';
  if (sealed) return null;
  if (seen.attachments.some((a) => a.disposition === 'attachment')) return 'a file';
  return LINK.test(words.replace(/=\r\n/g, '')) || seen.from?.address?.toLowerCase() === own ? null : 'a message that is neither sealed nor a notice';
}
