/**
 * Verifies the log in this browser, with WebCrypto and none of the service's own judgement: the checkpoint's signature (C2SP signed-note, Ed25519),
 * inclusion of entries in the tree it signs (RFC 9162 §2.1.3.2), and that this tree goes on from the one this browser saw last (§2.1.4.2).
 */
interface Head { readonly origin: string; readonly size: number; readonly root: Uint8Array<ArrayBuffer> }

type Bytes = Uint8Array<ArrayBuffer>;
const ED25519 = 1;

export function bytesOf(base64: string): Bytes {
  return Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
}
const joined = (...parts: readonly Uint8Array[]): Bytes => {
  const all = new Uint8Array(parts.reduce((sum, p) => sum + p.length, 0));
  let at = 0;
  for (const part of parts) { all.set(part, at); at += part.length; }
  return all;
};
const utf8 = (text: string): Bytes => new TextEncoder().encode(text) as Bytes;
const sha256 = async (bytes: Bytes): Promise<Bytes> => new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
const same = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && a.every((byte, i) => byte === b[i]);
export const leafHash = (leaf: string): Promise<Bytes> => sha256(joined(Uint8Array.of(0), utf8(leaf)));
const nodeHash = (left: Bytes, right: Bytes): Promise<Bytes> => sha256(joined(Uint8Array.of(1), left, right));

/** What the note says, if this key signed it; null if it did not, or is no key of such a log. `unsupported` where the browser knows no Ed25519. */
export async function openCheckpoint(note: string, vkey: string): Promise<Head | null | 'unsupported'> {
  try {
    const [, name = '', id = '', encoded = ''] = /^([^\s+]+)\+([0-9a-f]{8})\+([0-9A-Za-z+/=]+)$/.exec(vkey.trim()) ?? [];
    const typed = bytesOf(encoded);
    const keyId = (await sha256(joined(utf8(`${name}\n`), typed))).slice(0, 4);
    if (typed.length !== 33 || typed[0] !== ED25519 || [...keyId].map((b) => b.toString(16).padStart(2, '0')).join('') !== id) return null;
    const gap = note.lastIndexOf('\n\n');
    const text = note.slice(0, gap + 1);
    const [, origin, size, root] = /^([^\n]+)\n(0|[1-9]\d{0,15})\n([0-9A-Za-z+/=]{44})\n$/.exec(text) ?? [];
    if (origin !== name || root === undefined) return null;
    const line = note.slice(gap + 2).split('\n').map((l) => /^— ([^\s+]+) ([0-9A-Za-z+/=]+)$/.exec(l)).find((l) => l?.[1] === name && same(bytesOf(l[2] ?? '').slice(0, 4), keyId));
    if (!line) return null;
    const key = await crypto.subtle.importKey('raw', typed.slice(1), 'Ed25519', false, ['verify']);
    return (await crypto.subtle.verify('Ed25519', key, bytesOf(line[2] ?? '').slice(4), utf8(text))) ? { origin, size: Number(size), root: bytesOf(root) } : null;
  } catch (error) {
    return (error as { name?: unknown }).name === 'NotSupportedError' ? 'unsupported' : null;
  }
}

const odd = (n: number): boolean => n % 2 === 1;
const half = (n: number): number => Math.floor(n / 2);

export async function included(leaf: Bytes, index: number, size: number, proof: readonly Bytes[], root: Bytes): Promise<boolean> {
  if (!(index >= 0 && index < size)) return false;
  let [fn, sn, r] = [index, size - 1, leaf];
  for (const p of proof) {
    if (sn === 0) return false;
    if (odd(fn) || fn === sn) {
      r = await nodeHash(p, r);
      while (!odd(fn) && fn !== 0) [fn, sn] = [half(fn), half(sn)];
    } else r = await nodeHash(r, p);
    [fn, sn] = [half(fn), half(sn)];
  }
  return sn === 0 && same(r, root);
}

export async function goesOn(first: Head, second: Head, proof: readonly Bytes[]): Promise<boolean> {
  if (first.origin !== second.origin || first.size > second.size || first.size === 0) return false;
  if (first.size === second.size) return proof.length === 0 && same(first.root, second.root);
  const power = Number.isInteger(Math.log2(first.size));
  const [start, ...path] = power ? [first.root, ...proof] : proof;
  if (start === undefined) return false;
  let [fn, sn, fr, sr] = [first.size - 1, second.size - 1, start, start];
  while (odd(fn)) [fn, sn] = [half(fn), half(sn)];
  for (const c of path) {
    if (sn === 0) return false;
    if (odd(fn) || fn === sn) {
      [fr, sr] = [await nodeHash(c, fr), await nodeHash(c, sr)];
      while (!odd(fn) && fn !== 0) [fn, sn] = [half(fn), half(sn)];
    } else sr = await nodeHash(sr, c);
    [fn, sn] = [half(fn), half(sn)];
  }
  return sn === 0 && same(fr, first.root) && same(sr, second.root);
}
