/**
 * One certificate's status by its issuer's list of the revoked (RFC 5280 §5, §6.3): a whole list, and the changes since, where it says that there are
 * some. Lists of others (§5.2.5) and for some reasons only say too little, and count as no answer, with their name.
 */
import { AsnConvert } from '@peculiar/asn1-schema';
import {
  AlgorithmIdentifier, BaseCRLNumber, CRLNumber, CRLReason, Extensions, FreshestCRL, IssuingDistributionPoint, RevokedCertificate, Time, id_ce_cRLNumber,
  id_ce_cRLReasons, id_ce_deltaCRLIndicator, id_ce_freshestCRL, id_ce_issuingDistributionPoint,
} from '@peculiar/asn1-x509';
import { BitString, fromBER } from 'asn1js';
import type { CertificateFacts } from '../trust.read.ts';
import type { Told } from './ocsp.ts';
import { piecesOf, placesIn } from './pieces.ts';
import { stands } from './signature.ts';

const CRL_SIGN = 64;
const SKEW = 5 * 60_000;
const REMOVED = 8;
const LONGEST_PEM = 4 * 1024 * 1024;

const unknown = (why: string): Told => ({ status: 'unknown', why });

/** What a whole list needs to be told of its changes. */
interface Base {
  readonly number: bigint | null;
  /** DER of what the list covers; null for all that its issuer issued */
  readonly scope: Uint8Array | null;
}

type Listed = Told & { readonly base?: Base; readonly freshest?: readonly string[] };

export function listed(bytes: Uint8Array, leaf: CertificateFacts, issuer: CertificateFacts, place: string, now: number): Listed {
  try {
    const { told, base, delta, freshest } = read(derOf(bytes), leaf, issuer, place, now);
    return delta === null ? { ...told, base, freshest } : unknown('delta');
  } catch (fault) {
    return unknown(fault instanceof Useless ? fault.why : 'malformed');
  }
}

/** What the changes since say beside the whole list (RFC 5280 §5.2.4, §6.3.3 (c)); null where they are not its changes, or say nothing of this certificate. */
export function changed(bytes: Uint8Array, since: Base, leaf: CertificateFacts, issuer: CertificateFacts, place: string, now: number): Told | null {
  try {
    const { told, base, delta, named } = read(derOf(bytes), leaf, issuer, place, now);
    const alike = base.scope === null ? since.scope === null : since.scope !== null && Buffer.from(base.scope).equals(since.scope);
    const follows = delta !== null && since.number !== null && base.number !== null && delta <= since.number && base.number >= since.number;
    return alike && follows && named ? told : null;
  } catch {
    return null;
  }
}

class Useless {
  readonly why: string;
  constructor(why: string) {
    this.why = why;
  }
}

/** RFC 5280 §4.2.1.13 says DER; some serve it as PEM all the same, and reading that is slow: long ones must be as the standard says. */
function derOf(bytes: Uint8Array): Uint8Array {
  if (bytes[0] === SEQUENCE) return bytes;
  if (bytes.length > LONGEST_PEM) throw new Useless('long-pem');
  const pem = /-----BEGIN X509 CRL-----([A-Za-z0-9+/=\s]*)-----END X509 CRL-----/.exec(Buffer.from(bytes).toString('latin1'));
  return pem ? new Uint8Array(Buffer.from(pem[1]!, 'base64')) : bytes;
}

interface Element {
  readonly tag: number;
  readonly start: number;
  readonly content: number;
  readonly end: number;
}

/** Where an element lies (X.690 §8.1). A list of a hundred thousand is walked, never built: the library would take seconds and a gigabyte for it. */
function elementAt(bytes: Uint8Array, start: number, end: number): Element {
  const tag = bytes[start] ?? 0;
  const first = bytes[start + 1] ?? INDEFINITE;
  const size = first < INDEFINITE ? 0 : first & 0x7f;
  let length = size === 0 ? first : 0;
  for (let i = 0; i < size; i += 1) length = length * 256 + (bytes[start + 2 + i] ?? 0);
  const content = start + 2 + size;
  if (first === INDEFINITE || size > 4 || content + length > end) throw new Useless('malformed');
  return { tag, start, content, end: content + length };
}

function* elementsIn(bytes: Uint8Array, from: number, end: number): Generator<Element> {
  for (let at = from; at < end;) {
    const element = elementAt(bytes, at, end);
    yield element;
    at = element.end;
  }
}

/** Nobody has signed for it yet: a list whose sixteen megabytes were fields of two octets would hold everybody else's mail for seconds. */
function fieldsIn(bytes: Uint8Array, tbs: Element): Element[] {
  const fields: Element[] = [];
  for (const field of elementsIn(bytes, tbs.content, tbs.end)) if (fields.push(field) > FIELDS) throw new Useless('malformed');
  return fields;
}

/** RFC 5280 §5.1 */
const FIELDS = 7;
const SEQUENCE = 0x30;
const INTEGER = 0x02;
const INDEFINITE = 0x80;
const EXTENSIONS = 0xa0;
const isTime = (e: Element | undefined): boolean => e?.tag === 0x17 || e?.tag === 0x18;

function read(der: Uint8Array, leaf: CertificateFacts, issuer: CertificateFacts, place: string, now: number) {
  const outer = elementAt(der, 0, der.length);
  const [tbs, algorithm, signed] = elementsIn(der, outer.content, outer.end);
  if (tbs === undefined || algorithm === undefined || signed === undefined) throw new Useless('malformed');
  const bytes = (e: Element): Uint8Array => der.subarray(e.start, e.end);
  const parsed = <T>(e: Element, type: new () => T): T => AsnConvert.parse(bytes(e), type);
  const fields = fieldsIn(der, tbs);
  // RFC 5280 §5.1.2: version, signature, issuer, thisUpdate, nextUpdate, revokedCertificates, extensions; version, the second time and the list may be missing.
  const times = fields.findIndex(isTime);
  const [from, to] = [fields[times], fields[times + 1]];
  const [inside, named] = [fields[times - 2], fields[times - 1]];
  if (from === undefined || inside === undefined || named === undefined || !Buffer.from(bytes(inside)).equals(bytes(algorithm))) throw new Useless('malformed');
  // Compared as octets, as the path was.
  if (!Buffer.from(bytes(named)).equals(piecesOf(issuer.der).subject)) throw new Useless('another');
  if (issuer.usage !== null && (issuer.usage & CRL_SIGN) === 0) throw new Useless('signer');
  const { result: signature } = fromBER(bytes(signed));
  if (!(signature instanceof BitString) || !stands(parsed(algorithm, AlgorithmIdentifier), bytes(tbs), new Uint8Array(signature.valueBlock.valueHexView), issuer.x509.publicKey)) throw new Useless('signature');
  const until = to !== undefined && isTime(to) ? parsed(to, Time).getTime().getTime() : undefined;
  const since = parsed(from, Time).getTime().getTime();
  if (until === undefined || since > now + SKEW || until < now - SKEW) throw new Useless('stale');
  const last = fields.at(-1)!;
  const extensions = last.tag === EXTENSIONS ? parsed(elementAt(der, last.content, last.end), Extensions) : [];
  let [number, delta, scope, freshest]: [bigint | null, bigint | null, Uint8Array | null, readonly string[]] = [null, null, null, []];
  for (const { extnID, extnValue, critical } of extensions) {
    if (extnID === id_ce_issuingDistributionPoint) {
      judgeScope(AsnConvert.parse(extnValue.buffer, IssuingDistributionPoint), leaf, place);
      scope = new Uint8Array(extnValue.buffer);
    } else if (extnID === id_ce_cRLNumber) number = BigInt(AsnConvert.parse(extnValue.buffer, CRLNumber).value);
    else if (extnID === id_ce_deltaCRLIndicator) delta = BigInt(AsnConvert.parse(extnValue.buffer, BaseCRLNumber).value);
    else if (extnID === id_ce_freshestCRL) freshest = placesIn(AsnConvert.parse(extnValue.buffer, FreshestCRL));
    else if (critical) throw new Useless('critical-extension');
  }
  const revoked = fields[times + 2]?.tag === SEQUENCE ? fields[times + 2]! : null;
  const entries = revoked === null ? [] : entriesOf(der, revoked, piecesOf(leaf.der).serial).map((e) => parsed(e, RevokedCertificate));
  const told: Told = { status: entries.every(isRemoved) ? 'good' : 'revoked', from: since, until };
  return { told, base: { number, scope }, delta, freshest, named: entries.length > 0 };
}

/** Those that name this serial; the whole list is walked, so that its end cannot be cut off unseen. No closures: a quarter of a million entries hold everybody else's mail for as long as this takes. */
function entriesOf(der: Uint8Array, list: Element, serial: Uint8Array): Element[] {
  const found: Element[] = [];
  for (let at = list.content; at < list.end;) {
    const entry = elementAt(der, at, list.end);
    const { tag, content, end } = elementAt(der, entry.content, entry.end);
    if (entry.tag !== SEQUENCE || tag !== INTEGER) throw new Useless('malformed');
    if (end - content === serial.length && begins(der, content, serial)) found.push(entry);
    at = entry.end;
  }
  return found;
}

function begins(der: Uint8Array, at: number, serial: Uint8Array): boolean {
  for (let i = 0; i < serial.length; i += 1) if (der[at + i] !== serial[i]) return false;
  return true;
}

function isRemoved({ crlEntryExtensions }: RevokedCertificate): boolean {
  const reason = crlEntryExtensions?.find((e) => e.extnID === id_ce_cRLReasons);
  return reason !== undefined && Number(AsnConvert.parse(reason.extnValue.buffer, CRLReason).reason) === REMOVED;
}

function judgeScope(point: IssuingDistributionPoint, leaf: CertificateFacts, place: string): void {
  if (point.indirectCRL) throw new Useless('indirect');
  if (point.onlySomeReasons !== undefined) throw new Useless('some-reasons');
  // A point named relative to its issuer is a part of the whole as well; which one, nobody tells.
  const names = point.distributionPoint?.fullName?.map((n) => n.uniformResourceIdentifier) ?? [];
  if (point.onlyContainsAttributeCerts || (point.onlyContainsUserCerts && leaf.ca) || (point.onlyContainsCACerts && !leaf.ca) || (point.distributionPoint !== undefined && !names.includes(place))) throw new Useless('scope');
}
