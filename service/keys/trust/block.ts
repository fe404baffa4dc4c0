/** ASN.1 as the library has read it, taken as it stands, octet by octet: what was signed is hashed as it came, never written anew. */
import { Constructed, ObjectIdentifier, fromBER, type BaseBlock } from 'asn1js';

/** One value and nothing behind it; throws at anything else. */
export function blockOf(bytes: Uint8Array): BaseBlock {
  const { offset, result } = fromBER(Uint8Array.from(bytes));
  if (offset !== bytes.length) throw new Error('not one value');
  return result;
}

export const inside = (block: BaseBlock | undefined): BaseBlock[] => (block instanceof Constructed ? block.valueBlock.value : []);
export const whole = (block: BaseBlock | undefined): Uint8Array => new Uint8Array(block?.valueBeforeDecodeView ?? []);
/** dotted; empty for what is no identifier */
export const oidOf = (block: BaseBlock | undefined): string => (block instanceof ObjectIdentifier ? block.valueBlock.toString() : '');
/** [n] of a structure */
export const tagged = (blocks: readonly BaseBlock[], n: number): BaseBlock | undefined => blocks.find((b) => b.idBlock.tagClass === 3 && b.idBlock.tagNumber === n);
