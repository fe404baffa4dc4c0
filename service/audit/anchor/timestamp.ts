/**
 * RFC 3161 time stamps: the request for one, and what a token proves. Verified with node:crypto alone (RFC 5652 §5.4, §5.6), so that
 * the verifier needs nothing installed. Tokens are attacker-controlled.
 */
import { createHash, createPublicKey, verify, X509Certificate } from 'node:crypto';

interface Node { readonly tag: number; readonly whole: Buffer; readonly body: Buffer }

const tlv = (tag: number, ...parts: readonly Uint8Array[]): Buffer => {
  const body = Buffer.concat(parts);
  const length = body.length < 128 ? [body.length] : body.length < 256 ? [0x81, body.length] : [0x82, body.length >> 8, body.length & 255];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
};

function read(bytes: Buffer, at = 0): { readonly node: Node; readonly next: number } {
  const tag = bytes[at] ?? -1;
  let length = bytes[at + 1] ?? -1;
  let start = at + 2;
  if (length > 0x80 && length <= 0x84) {
    const count = length - 0x80;
    length = bytes.readUIntBE(start, count);
    start += count;
  } else if (length < 0 || length >= 0x80) throw new Error('not DER');
  if ((tag & 0x1f) === 0x1f || start + length > bytes.length) throw new Error('not DER');
  return { node: { tag, whole: bytes.subarray(at, start + length), body: bytes.subarray(start, start + length) }, next: start + length };
}

function children(bytes: Buffer): Node[] {
  const found: Node[] = [];
  for (let at = 0; at < bytes.length;) {
    const { node, next } = read(bytes, at);
    found.push(node);
    at = next;
  }
  return found;
}

const oid = (hex: string): Buffer => tlv(0x06, Buffer.from(hex, 'hex'));
const SHA256 = '608648016503040201';
const HASHES: { readonly [hex: string]: string } = { [SHA256]: 'sha256', '608648016503040202': 'sha384', '608648016503040203': 'sha512' };
const SIGNED_DATA = '2a864886f70d010702';
const TST_INFO = '2a864886f70d0109100104';
const CONTENT_TYPE = '2a864886f70d010903';
const MESSAGE_DIGEST = '2a864886f70d010904';
const PSS = '2a864886f70d01010a';
const TIME_STAMPING = '1.3.6.1.5.5.7.3.8';

/** TimeStampReq for SHA-256 of these bytes; asks for the authority's certificate. */
export function stampRequest(bytes: Uint8Array, nonce: Uint8Array): Uint8Array {
  const imprint = tlv(0x30, tlv(0x30, oid(SHA256), tlv(0x05)), tlv(0x04, createHash('sha256').update(bytes).digest()));
  const positive = Buffer.concat([Buffer.from([0x01]), nonce]);
  return tlv(0x30, tlv(0x02, Buffer.from([1])), imprint, tlv(0x02, positive), tlv(0x01, Buffer.from([0xff])));
}

/** The token of a granted TimeStampResp; null for a refusal. */
export function tokenOf(response: Uint8Array): Uint8Array | null {
  try {
    const [status, token] = children(read(Buffer.from(response)).node.body);
    const granted = children(status?.body ?? Buffer.alloc(0))[0]?.body.at(-1) ?? 99;
    return granted <= 1 && token !== undefined ? new Uint8Array(token.whole) : null;
  } catch {
    return null;
  }
}

export interface Stamped {
  readonly time: number;
  /** subject of the certificate that signed */
  readonly authority: string;
  /** it leads to one of the certificates that were given; false without any */
  readonly trusted: boolean;
}

/** What the token proves of these bytes; null when it proves nothing: another text, a broken signature, a certificate for something else. */
export function openStamp(token: Uint8Array, bytes: Uint8Array, roots: readonly X509Certificate[] = []): Stamped | null {
  try {
    const [type, wrapped] = children(read(Buffer.from(token)).node.body);
    if (type?.body.toString('hex') !== SIGNED_DATA || wrapped === undefined) return null;
    const parts = children(read(wrapped.body).node.body);
    const [, , encapsulated] = parts;
    const certificates = parts.filter((p) => p.tag === 0xa0).flatMap((p) => children(p.body)).flatMap((c) => (c.tag === 0x30 ? [new X509Certificate(c.whole)] : []));
    const signer = children(parts.at(-1)?.body ?? Buffer.alloc(0))[0];
    const [contentType, content] = children(encapsulated?.body ?? Buffer.alloc(0));
    if (contentType?.body.toString('hex') !== TST_INFO || content === undefined || signer === undefined) return null;
    const info = read(content.body).node.body;

    const [, , imprint, , time] = children(read(info).node.body);
    const [algorithm, hashed] = children(imprint?.body ?? Buffer.alloc(0));
    const hash = HASHES[children(algorithm?.body ?? Buffer.alloc(0))[0]?.body.toString('hex') ?? ''];
    if (hash === undefined || !createHash(hash).update(bytes).digest().equals(hashed?.body ?? Buffer.alloc(0))) return null;

    const fields = children(signer.body);
    const attributes = fields.find((f) => f.tag === 0xa0);
    const [digestAlgorithm] = fields.filter((f) => f.tag === 0x30).slice(1);
    const signatureAlgorithm = fields.findLast((f) => f.tag === 0x30);
    const signature = fields.findLast((f) => f.tag === 0x04)?.body;
    const digest = HASHES[children(digestAlgorithm?.body ?? Buffer.alloc(0))[0]?.body.toString('hex') ?? ''];
    if (attributes === undefined || signature === undefined || digest === undefined) return null;
    const named = new Map(children(attributes.body).map((a) => { const [name, values] = children(a.body); return [name?.body.toString('hex') ?? '', values === undefined ? undefined : children(values.body)[0]] as const; }));
    if (named.get(CONTENT_TYPE)?.body.toString('hex') !== TST_INFO || !createHash(digest).update(info).digest().equals(named.get(MESSAGE_DIGEST)?.body ?? Buffer.alloc(0))) return null;
    // RFC 5652 §5.4: signed as an explicit SET OF, not under the tag it is sent with.
    const signed = Buffer.concat([Buffer.from([0x31]), attributes.whole.subarray(1)]);
    const pss = children(signatureAlgorithm?.body ?? Buffer.alloc(0))[0]?.body.toString('hex') === PSS;
    const by = certificates.find((c) => {
      const key = createPublicKey(c.publicKey.export({ type: 'spki', format: 'pem' }));
      return verify(key.asymmetricKeyType === 'ed25519' ? null : digest, signed, pss ? { key, padding: 6, saltLength: -2 } : key, signature);
    });
    // RFC 3161 §2.3: the certificate is for time stamping and nothing else.
    if (by === undefined || by.keyUsage?.length !== 1 || by.keyUsage[0] !== TIME_STAMPING) return null;
    const at = generalized(time?.body.toString('latin1') ?? '');
    return at === null ? null : { time: at, authority: by.subject.replaceAll('\n', ', '), trusted: leads(by, certificates, roots, at) };
  } catch {
    return null;
  }
}

function leads(from: X509Certificate, between: readonly X509Certificate[], roots: readonly X509Certificate[], at: number): boolean {
  let current = from;
  for (let n = 0; n < 6; n += 1) {
    if (Date.parse(current.validFrom) > at || Date.parse(current.validTo) < at) return false;
    const root = roots.find((r) => r.fingerprint256 === current.fingerprint256 || (current.checkIssued(r) && current.verify(r.publicKey)));
    if (root !== undefined) return true;
    const next = between.find((c) => c.fingerprint256 !== current.fingerprint256 && c.ca && current.checkIssued(c) && current.verify(c.publicKey));
    if (next === undefined) return false;
    current = next;
  }
  return false;
}

/** GeneralizedTime, always UTC in a token (RFC 3161 §2.4.2). */
function generalized(text: string): number | null {
  const m = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:\.(\d{1,6}))?Z$/.exec(text);
  return m === null ? null : Date.parse(`${m[1]}-${m[2]}-${m[3]}T${m[4]}:${m[5]}:${m[6]}.${(m[7] ?? '').padEnd(3, '0').slice(0, 3)}Z`);
}
