/**
 * Certificates and keys that come along with received mail: with an S/MIME signature that stands and is the sender's own (RFC 8551 §3.5), or in an
 * Autocrypt header (Autocrypt Level 1 §2.1). Where headers are signed along (RFC 9788), the author is the same there. Reads whom it is from and the signature,
 * nothing else; keeps nothing. All of it attacker-controlled.
 */
import addressparser from 'nodemailer/lib/addressparser';
import { isMailbox, normalAddress, sameMailbox } from '../../../shared/draft/address.ts';
import { signedBy, type Signed } from '../trust/signed.ts';
import { judgeCertificate } from '../trust.ts';
import { readCertificate, type CertificateFacts } from '../trust.read.ts';
import type { Hit, Source } from './source.ts';

interface Arrival {
  readonly address: string;
  readonly source: Pick<Source, 'name' | 'trust'>;
  readonly hits: readonly Hit[];
}

interface Part {
  readonly fields: ReadonlyMap<string, readonly string[]>;
  readonly body: Buffer;
}

const KEYDATA = 128 * 1024;
const HEAD = 64 * 1024;

export function keysInMail(mail: Uint8Array, anchors: readonly CertificateFacts[], now: number): Arrival[] {
  const part = partOf(Buffer.from(mail.buffer, mail.byteOffset, mail.length));
  const from = part === null ? null : fromOf(part);
  if (part === null || from === null) return [];
  return [...bySignature(part, from, anchors, now), ...byHeader(part, from)];
}

function partOf(bytes: Buffer): Part | null {
  const crlf = bytes.indexOf('\r\n\r\n');
  if (crlf < 0 || crlf > HEAD) return null;
  const fields = new Map<string, string[]>();
  for (const line of bytes.toString('latin1', 0, crlf).replace(/\r\n[ \t]+/g, ' ').split('\r\n')) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).trim().toLowerCase();
    if (colon > 0) fields.set(name, [...(fields.get(name) ?? []), line.slice(colon + 1).trim()]);
  }
  return { fields, body: bytes.subarray(crlf + 4) };
}

/** RFC 5322 §3.6.2 allows several authors; of those nobody knows whose key it is. */
function fromOf({ fields }: Part): string | null {
  const given = fields.get('from') ?? [];
  const people = given.length === 1 ? addressparser(given[0]!, { flatten: true }) : [];
  const address = people.length === 1 ? people[0]!.address : undefined;
  return address !== undefined && isMailbox(address) ? normalAddress(address) : null;
}

function bySignature(part: Part, from: string, anchors: readonly CertificateFacts[], now: number): Arrival[] {
  const signed = signatureIn(part);
  if (signed === null || !saysFrom(signed.content, from)) return [];
  const others = signed.certificates.slice(1).map(readCertificate).filter((c) => c !== null);
  if (judgeCertificate(signed.signer, others, anchors, from, now, 'sign').unusable !== undefined) return [];
  const bundle = signed.certificates.map((der) => `-----BEGIN CERTIFICATE-----\n${Buffer.from(der).toString('base64')}\n-----END CERTIFICATE-----\n`).join('');
  return [{ address: from, source: { name: 'signed-mail', trust: 'harvested' }, hits: [{ bytes: Buffer.from(bundle), announces: signed.announces }] }];
}

/** RFC 9788 §4.4: where the headers are signed along, another author outside is somebody who sent it on under that name. */
function saysFrom(content: Uint8Array, from: string): boolean {
  // However its lines end, and with words below or none: as its author's program signed it.
  const head = Buffer.from(content.buffer, content.byteOffset, Math.min(content.length, HEAD)).toString('latin1').replace(/\r?\n/g, '\r\n');
  const entity = partOf(Buffer.from(`${head}\r\n\r\n`, 'latin1'));
  return entity !== null && (!/;\s*hp=/i.test(entity.fields.get('content-type')?.[0] ?? '') || fromOf(entity) === from);
}

function signatureIn(part: Part): Signed | null {
  const type = part.fields.get('content-type')?.[0] ?? '';
  if (/^application\/(?:x-)?pkcs7-mime\b/i.test(type)) return signedBy(decoded(part), null);
  const boundary = /^multipart\/signed\b/i.test(type) && /application\/(?:x-)?pkcs7-signature/i.test(type) ? /;\s*boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))/i.exec(type) : null;
  if (boundary === null) return null;
  const mark = `--${boundary[1] ?? boundary[2]}`;
  const begin = part.body.indexOf(`${mark}\r\n`);
  const end = part.body.indexOf(`\r\n${mark}\r\n`, begin);
  const last = part.body.indexOf(`\r\n${mark}--`, end + 2);
  if (begin < 0 || end < begin + mark.length || last < 0) return null;
  const signature = partOf(part.body.subarray(end + mark.length + 4, last));
  // RFC 1847 §2.1: the first part, octet by octet, without the line end before the mark.
  return signature === null ? null : signedBy(decoded(signature), part.body.subarray(begin + mark.length + 2, end));
}

function decoded({ fields, body }: Part): Uint8Array {
  return /^base64$/i.test(fields.get('content-transfer-encoding')?.[0] ?? '') ? new Uint8Array(Buffer.from(body.toString('latin1'), 'base64')) : new Uint8Array(body);
}

function byHeader({ fields }: Part, from: string): Arrival[] {
  const given = fields.get('autocrypt') ?? [];
  // Level 1 §2.3: of several headers none counts; a robot's mail neither.
  if (given.length !== 1 || given[0]!.length > KEYDATA || /^multipart\/report\b/i.test(fields.get('content-type')?.[0] ?? '')) return [];
  const said = new Map(given[0]!.split(';').map((pair) => [pair.slice(0, pair.indexOf('=')).trim().toLowerCase(), pair.slice(pair.indexOf('=') + 1).trim()] as const));
  // §2.1: an attribute that is not known and does not begin with an underscore spoils the header.
  if ([...said.keys()].some((name) => !['addr', 'prefer-encrypt', 'keydata'].includes(name) && !name.startsWith('_'))) return [];
  const keydata = said.get('keydata')?.replace(/\s+/g, '') ?? '';
  if (!sameMailbox(said.get('addr') ?? '', from) || !/^[A-Za-z0-9+/]+={0,2}$/.test(keydata)) return [];
  return [{ address: from, source: { name: 'autocrypt', trust: 'autocrypt' }, hits: [{ bytes: new Uint8Array(Buffer.from(keydata, 'base64')) }] }];
}
