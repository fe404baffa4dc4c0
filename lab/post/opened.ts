/**
 * What a recipient's mail program would show: layer after layer opened with the recipient's own key, then read as MIME.
 * It runs on the recipients' side of the lab and shares no code with the service.
 */
import { createPrivateKey } from 'node:crypto';
import { decrypt, decryptKey, readMessage, readPrivateKey, type PrivateKey } from 'openpgp';
import PostalMime, { type Attachment, type Email } from 'postal-mime';
import { openCms, signerOf } from './cms.ts';

/** A recipient's secrets; each absent when they have none of the kind. */
export interface Secret {
  /** PKCS#8, PEM */
  readonly smime?: string;
  /** armored OpenPGP private key without a passphrase */
  readonly pgp?: string;
}

interface OpenedFile {
  readonly filename: string;
  readonly contentType: string;
  readonly size: number;
  readonly content: string;
}

export interface OpenedMessage {
  /** from the outside in, in a person's words */
  readonly layers: readonly string[];
  /** why it could not be opened further */
  readonly trouble: string | null;
  readonly subject: string;
  readonly from: string;
  readonly to: string;
  readonly cc: string;
  readonly date: string;
  readonly messageId: string;
  readonly headers: string;
  /** attacker-controlled: show only inside a sandbox */
  readonly html: string;
  readonly text: string;
  readonly attachments: readonly OpenedFile[];
}

const MAX_LAYERS = 6;

export async function openMessage(raw: Uint8Array, secret: Secret): Promise<OpenedMessage> {
  const layers: string[] = [];
  const outer = await PostalMime.parse(raw);
  let bytes = raw;
  let inner = outer;
  let trouble: string | null = null;
  try {
    for (let depth = 0; depth < MAX_LAYERS; depth += 1) {
      const peeled = await peel(bytes, inner, secret);
      if (peeled === null) break;
      layers.push(peeled.says);
      bytes = peeled.content;
      inner = await PostalMime.parse(bytes);
    }
  } catch (cause) {
    trouble = cause instanceof Error ? cause.message : 'It cannot be opened.';
  }
  const files = trouble === null ? inner.attachments : [];
  const { text, html } = withoutDisplay(inner, bytes);
  return {
    layers,
    trouble,
    // RFC 9788: the headers inside are the author's; those outside may have been veiled.
    subject: inner.subject ?? outer.subject ?? '',
    from: named(inner.from ?? outer.from),
    to: (inner.to ?? outer.to ?? []).map(named).join(', '),
    cc: (inner.cc ?? outer.cc ?? []).map(named).join(', '),
    date: inner.date ?? outer.date ?? '',
    messageId: outer.messageId ?? '',
    headers: outer.headers.map((h) => `${h.originalKey}: ${h.value}`).join('\r\n'),
    html: withPictures(html, files),
    text,
    attachments: files.filter((a) => !(a.contentId && inner.html?.includes(cid(a)))).map((a) => ({
      filename: a.filename ?? 'attachment', contentType: a.mimeType, size: bytesOf(a).length, content: bytesOf(a).toString('base64'),
    })),
  };
}

/** A reader that shows the protected subject leaves out its copy in the words (RFC 9788 §4.5.3.3). */
export function withoutDisplay(mail: Email, raw: Uint8Array): { readonly text: string; readonly html: string } {
  const text = mail.text ?? '';
  const html = mail.html ?? '';
  // In the words themselves the sign of equality is encoded: only a part's own header can say so.
  if (!Buffer.from(raw).includes('hp-legacy-display=1') || !/\bhp="?cipher/i.test(mail.headers.find((h) => h.key === 'content-type')?.value ?? '')) return { text, html };
  return {
    text: text.replace(/^Subject: [^\r\n]*\r?\n\r?\n/, ''),
    html: html.replace(/<div class="header-protection-legacy-display"><pre>[^<]*<\/pre><\/div>/, ''),
  };
}

function named(who: Email['from'] | undefined): string {
  if (who === undefined) return '';
  return who.name ? `${who.name} <${who.address ?? ''}>` : (who.address ?? '');
}

const bytesOf = (a: Attachment): Buffer => (typeof a.content === 'string' ? Buffer.from(a.content) : Buffer.from(a.content as ArrayBuffer));
const cid = (a: Attachment): string => `cid:${(a.contentId ?? '').replace(/^<|>$/g, '')}`;

function withPictures(html: string, files: readonly Attachment[]): string {
  let shown = html;
  for (const file of files) if (file.contentId && file.mimeType.startsWith('image/')) shown = shown.replaceAll(cid(file), `data:${file.mimeType};base64,${bytesOf(file).toString('base64')}`);
  return shown;
}

/** One layer off, or null when there is none. */
async function peel(raw: Uint8Array, mail: Email, secret: Secret): Promise<{ readonly says: string; readonly content: Uint8Array } | null> {
  const type = mail.headers.find((h) => h.key === 'content-type')?.value.toLowerCase() ?? '';
  const [first, second] = mail.attachments;
  if (/^application\/(x-)?pkcs7-mime/.test(type) && first !== undefined) {
    const opened = openCms(bytesOf(first), secret.smime === undefined ? null : createPrivateKey(secret.smime));
    return { says: opened.kind === 'signed' ? signedBy(opened.content, bytesOf(first)) : `Encrypted (S/MIME, ${opened.cipher}), opened with their own certificate`, content: opened.content };
  }
  if (type.startsWith('multipart/signed') && type.includes('pkcs7-signature')) {
    // The signed part carries the author's own headers (RFC 9788); a reader of parts alone would not see them.
    const part = firstPart(raw, mail.headers.find((h) => h.key === 'content-type')?.value ?? '');
    const signature = mail.attachments.find((a) => a.mimeType.includes('pkcs7-signature'));
    if (part === null || signature === undefined) return null;
    return { says: signedBy(part, bytesOf(signature)), content: part };
  }
  if (type.startsWith('multipart/encrypted') && second !== undefined) {
    if (secret.pgp === undefined) throw new Error('Encrypted with OpenPGP; this person has no key.');
    const { data, signatures } = await decrypt({ message: await readMessage({ armoredMessage: bytesOf(second).toString('utf8') }), decryptionKeys: await unlocked(secret.pgp), format: 'binary' });
    return { says: `Encrypted (OpenPGP), opened with their own key${signatures.length > 0 ? '; signed inside' : ''}`, content: data as Uint8Array };
  }
  return null;
}

function signedBy(content: Uint8Array, signature: Uint8Array): string {
  const signer = signerOf(content, signature);
  return signer === null ? 'Signed (S/MIME), but the signature does not fit' : `Signed (S/MIME) by ${signer}`;
}

async function unlocked(armored: string): Promise<PrivateKey> {
  const key = await readPrivateKey({ armoredKey: armored });
  return key.isDecrypted() ? key : decryptKey({ privateKey: key, passphrase: '' });
}

/** The exact bytes of a multipart's first part (RFC 2046 §5.1.1: the line break before the boundary belongs to the boundary). */
function firstPart(raw: Uint8Array, contentType: string): Uint8Array | null {
  const boundary = /boundary="?([^";]+)"?/i.exec(contentType)?.[1];
  if (boundary === undefined) return null;
  const text = Buffer.from(raw).toString('latin1');
  const line = `--${boundary}\r\n`;
  const start = text.startsWith(line) ? 0 : text.indexOf(`\r\n${line}`) + 2;
  const end = text.indexOf(`\r\n--${boundary}`, start + line.length);
  return start < 2 && !text.startsWith(line) ? null : end < 0 ? null : Buffer.from(text.slice(start + line.length, end), 'latin1');
}
