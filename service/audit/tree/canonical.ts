/** RFC 8785 for values that came out of JSON, and the commitment to a sealed value: what a verifier without packages needs. */
import { createHmac } from 'node:crypto';

/** §3.2: ECMAScript's own spelling of literals, names in the order of their UTF-16 units. Null for what JSON cannot hold. */
export function canonical(value: unknown): string | null {
  if (typeof value === 'string') return value.isWellFormed() ? JSON.stringify(value) : null;
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : null;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? null;
  const list = Array.isArray(value);
  let spelt = '';
  for (const name of list ? value.keys() : Object.keys(value).sort()) {
    const one = canonical((value as { readonly [name: string | number]: unknown })[name]);
    const named = list ? '' : canonical(name);
    if (one === null || named === null) return null;
    spelt += `${spelt === '' ? '' : ','}${list ? '' : `${named}:`}${one}`;
  }
  return list ? `[${spelt}]` : `{${spelt}}`;
}

/** Half a pair of surrogates, escaped as JSON lets it: the one thing that `JSON.stringify` spells and RFC 8785 does not. */
const HALF = '\\ud';

/** Whether this text is the canonical spelling of the value that was parsed from it. */
export function isCanonical(text: string, value: unknown): boolean {
  return (sorted(value) && !text.includes(HALF) && JSON.stringify(value) === text) || canonical(value) === text;
}

function sorted(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  let before = '';
  for (const name in value) {
    if (!Array.isArray(value) && name < before) return false;
    if (!sorted((value as { readonly [name: string]: unknown })[name])) return false;
    before = name;
  }
  return true;
}

/** As in RFC 9901, with a keyed hash: without the salt it says nothing of the value. */
export function commitment(name: string, salt: Uint8Array, value: string): string {
  return createHmac('sha256', salt).update(canonical([name, value]) ?? '').digest('base64url');
}

/** To the keyed hashes an entry is found by: the same in any order. */
export function lookupCommitment(salt: string, hashes: readonly string[]): string {
  return createHmac('sha256', salt).update(canonical(hashes.toSorted()) ?? '').digest('base64url');
}
