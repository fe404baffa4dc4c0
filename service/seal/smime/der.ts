/** DER as it is written here (X.690): by the library where it can, by hand above a content that flows past it. Reads of a certificate its issuer and its number, and no more. */
import { createHash } from 'node:crypto';
import type { IssuerAndSerialNumber } from '@peculiar/asn1-cms';
import { AsnConvert } from '@peculiar/asn1-schema';
import { AlgorithmIdentifier } from '@peculiar/asn1-x509';
import { BaseBlock, Constructed, Integer, ObjectIdentifier, Sequence, fromBER, type AsnType } from 'asn1js';
import { Fault } from '../../refusal.ts';

/** What is written already, octet for octet: others' names, by which a reader finds itself, certificates that somebody signed, and what is always the same. */
class Written extends BaseBlock {
  private readonly octets: ArrayBuffer;
  constructor(bytes: Uint8Array) {
    super();
    this.octets = exact(bytes);
  }
  override toBER(_sizeOnly?: boolean, writer?: { write(bytes: ArrayBuffer): void }): ArrayBuffer {
    writer?.write(this.octets);
    return this.octets;
  }
  toASN(): this {
    return this;
  }
  fromASN(): this {
    return this;
  }
}
export const written = <T = AsnType>(bytes: Uint8Array): T => new Written(bytes) as unknown as T;

export const exact = (bytes: Uint8Array): ArrayBuffer => new Uint8Array(bytes).buffer;
export const asn = (value: object): Uint8Array => new Uint8Array(AsnConvert.serialize(value));
export const block = (value: { toBER(): ArrayBuffer }): Uint8Array => new Uint8Array(value.toBER());
export const oid = (value: string): Uint8Array => block(new ObjectIdentifier({ value }));
export const sequence = (...value: AsnType[]): Uint8Array => block(new Sequence({ value }));
export const tagged = (tagNumber: number, value: AsnType): Constructed => new Constructed({ idBlock: { tagClass: 3, tagNumber }, value: [value] });
export const algorithm = (id: string, parameters?: Uint8Array | null): Uint8Array => asn(new AlgorithmIdentifier({ algorithm: id, ...(parameters === undefined ? {} : { parameters: parameters === null ? null : exact(parameters) }) }));

/** To read a certificate costs more than to encrypt a page for its owner, to whom more than one page is written. */
const names = new Map<string, IssuerAndSerialNumber>();

/** RFC 5652 §10.2.4 */
export function issuerAndSerial(certificate: Uint8Array): IssuerAndSerialNumber {
  const id = createHash('sha256').update(certificate).digest('hex');
  const known = names.get(id);
  if (known !== undefined) return known;
  const tbs = inside(inside(fromBER(certificate).result)[0]);
  // The version stands before the serial in all but those of the first.
  const [serial, , issuer] = tbs[0] instanceof Integer ? tbs : tbs.slice(1);
  if (!(serial instanceof Integer) || !(issuer instanceof Sequence)) throw new Fault('key-unusable', 'a certificate has no issuer');
  const name = written<IssuerAndSerialNumber>(sequence(written(issuer.valueBeforeDecodeView), written(serial.valueBeforeDecodeView)));
  if (names.size >= 500) names.clear();
  names.set(id, name);
  return name;
}

const inside = (at: BaseBlock | undefined): BaseBlock[] => (at instanceof Constructed ? at.valueBlock.value : []);

/** The only encoding of our own: the head of what is not in memory (X.690 §8.1.3), because the content flows past the library. */
export function head(tag: number, length: number): Uint8Array {
  if (length < 128) return Uint8Array.of(tag, length);
  const bytes: number[] = [];
  for (let n = length; n > 0; n = Math.floor(n / 256)) bytes.unshift(n % 256);
  return Uint8Array.of(tag, 0x80 | bytes.length, ...bytes);
}

/** Parts that end with something of `more` octets, and the head above them all. */
export function headed(tag: number, more: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, more);
  return Buffer.concat([head(tag, length), ...parts]);
}
