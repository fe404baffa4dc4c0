/** RFC 8785 for values that came out of JSON, and the commitment to a sealed value: what a verifier without packages needs. */
import { createHmac } from 'node:crypto';

/** §3.2: ECMAScript's own spelling of literals, names in the order of their UTF-16 units. Null for what JSON cannot hold. */
export function canonical(value: unknown): string | null {
  if (Array.isArray(value)) {
    const parts = value.map(canonical);
    return parts.includes(null) ? null : `[${parts.join(',')}]`;
  }
  if (typeof value === 'object' && value !== null) {
    const parts = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, one]) => [JSON.stringify(name), canonical(one)] as const);
    return parts.some(([, one]) => one === null) ? null : `{${parts.map(([name, one]) => `${name}:${one}`).join(',')}}`;
  }
  if (typeof value === 'number' ? !Number.isFinite(value) : typeof value === 'string' && !value.isWellFormed()) return null;
  return JSON.stringify(value) ?? null;
}

/** As in RFC 9901, with a keyed hash: without the salt it says nothing of the value. */
export function commitment(name: string, salt: Uint8Array, value: string): string {
  return createHmac('sha256', salt).update(canonical([name, value]) ?? '').digest('base64url');
}
