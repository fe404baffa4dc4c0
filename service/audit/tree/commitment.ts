/** What stands in a leaf for a sealed value: says nothing of it without the salt, and cannot be opened to another value with one. */
import { createHmac } from 'node:crypto';
import canonicalize from 'canonicalize';
import { Fault } from '../../refusal.ts';

export function jcs(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new Fault('event-leaf', 'The event cannot be written down.');
  return text;
}

/** As in RFC 9901, with a keyed hash. */
export function commitment(name: string, salt: Uint8Array, value: string): string {
  return createHmac('sha256', salt).update(jcs([name, value])).digest('base64url');
}
