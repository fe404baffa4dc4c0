/** RFC 3161 time stamps: the request for one, and what a token proves (RFC 5652 §5.4, §5.6). Tokens are attacker-controlled. */
import { X509Certificate, createHash } from 'node:crypto';
import { Boolean, GeneralizedTime, Integer, Null, ObjectIdentifier, OctetString, Sequence, type BaseBlock } from 'asn1js';
import { blockOf, inside, oidOf, tagged, whole } from '../../keys/trust/block.ts';
import { DIGESTS, stands } from '../../keys/trust/signature.ts';

const SHA256 = '2.16.840.1.101.3.4.2.1';
const SIGNED_DATA = '1.2.840.113549.1.7.2';
const TST_INFO = '1.2.840.113549.1.9.16.1.4';
const CONTENT_TYPE = '1.2.840.113549.1.9.3';
const MESSAGE_DIGEST = '1.2.840.113549.1.9.4';
const TIME_STAMPING = '1.3.6.1.5.5.7.3.8';
const SET = 0x31;

/** TimeStampReq for SHA-256 of these bytes; asks for the authority's certificate. */
export function stampRequest(bytes: Uint8Array, nonce: Uint8Array): Uint8Array {
  const algorithm = new Sequence({ value: [new ObjectIdentifier({ value: SHA256 }), new Null()] });
  const imprint = new Sequence({ value: [algorithm, new OctetString({ valueHex: createHash('sha256').update(bytes).digest() })] });
  // A first octet of one keeps the number positive.
  const number = new Integer({ valueHex: Uint8Array.of(0x01, ...nonce) });
  return new Uint8Array(new Sequence({ value: [new Integer({ value: 1 }), imprint, number, new Boolean({ value: true })] }).toBER());
}

/** The token of a granted TimeStampResp; null for a refusal. */
export function tokenOf(response: Uint8Array): Uint8Array | null {
  try {
    const [status, token] = inside(blockOf(response));
    const [granted] = inside(status);
    return granted instanceof Integer && [0, 1].includes(granted.valueBlock.valueDec) && token !== undefined ? whole(token) : null;
  } catch {
    return null;
  }
}

interface Stamped {
  readonly time: number;
  /** subject of the certificate that signed */
  readonly authority: string;
  /** it leads to one of the certificates that were given; false without any */
  readonly trusted: boolean;
}

/** What the token proves of these bytes; null when it proves nothing: another text, a broken signature, a certificate for something else. */
export function openStamp(token: Uint8Array, bytes: Uint8Array, roots: readonly X509Certificate[] = []): Stamped | null {
  try {
    const [type, wrapped] = inside(blockOf(token));
    const signed = inside(inside(wrapped)[0]);
    const [contentType, content] = inside(signed[2]);
    if (oidOf(type) !== SIGNED_DATA || oidOf(contentType) !== TST_INFO) return null;
    const info = octets(inside(content)[0]);
    const time = timeOf(info, bytes);
    const certificates = inside(tagged(signed, 0)).flatMap((c) => (c instanceof Sequence ? [new X509Certificate(whole(c))] : []));
    const by = signerOf(inside(inside(signed.at(-1))[0]), info, certificates);
    // RFC 3161 §2.3: the certificate is for time stamping and nothing else.
    if (time === null || by === undefined || by.keyUsage?.length !== 1 || by.keyUsage[0] !== TIME_STAMPING) return null;
    return { time, authority: by.subject.replaceAll('\n', ', '), trusted: leads(by, certificates, roots, time) };
  } catch {
    return null;
  }
}

/** TSTInfo (RFC 3161 §2.4.2): the time it names, if it is about these bytes. */
function timeOf(info: Uint8Array, bytes: Uint8Array): number | null {
  const [, , imprint, , time] = inside(blockOf(info));
  const [algorithm, hashed] = inside(imprint);
  const hash = DIGESTS[oidOf(inside(algorithm)[0])];
  if (hash === undefined || !createHash(hash).update(bytes).digest().equals(octets(hashed)) || !(time instanceof GeneralizedTime)) return null;
  const at = time.toDate().getTime();
  return Number.isFinite(at) ? at : null;
}

/** SignerInfo (RFC 5652 §5.3): whose certificate, of those sent along, signed this content. */
function signerOf([, , digestAlgorithm, attributes, signatureAlgorithm, signature]: readonly BaseBlock[], info: Uint8Array, certificates: readonly X509Certificate[]): X509Certificate | undefined {
  const digest = DIGESTS[oidOf(inside(digestAlgorithm)[0])];
  if (digest === undefined || attributes === undefined || tagged([attributes], 0) === undefined) return undefined;
  const said = new Map(inside(attributes).map((a) => { const [name, values] = inside(a); return [oidOf(name), inside(values)[0]] as const; }));
  if (oidOf(said.get(CONTENT_TYPE)) !== TST_INFO || !createHash(digest).update(info).digest().equals(octets(said.get(MESSAGE_DIGEST)))) return undefined;
  // RFC 5652 §5.4: signed as an explicit SET OF, not under the tag it is sent with.
  const set = whole(attributes);
  set[0] = SET;
  const [name, parameters] = inside(signatureAlgorithm);
  const algorithm = { algorithm: oidOf(name), parameters: whole(parameters) };
  return certificates.find((c) => stands(algorithm, set, octets(signature), c.publicKey, digest));
}

const octets = (block: BaseBlock | undefined): Uint8Array => (block instanceof OctetString ? new Uint8Array(block.getValue()) : new Uint8Array());

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
