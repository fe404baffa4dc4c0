/**
 * The bundle: a certificate and all that is needed to check it, as plain files. Pure, and without packages, because the verifier that lies
 * in every bundle is made of it; C2SP signed-note for the checkpoint, RFC 6962 §2.1.1 for the proofs.
 */
import { createHash } from 'node:crypto';
import type { VerifierKey } from '../tree/checkpoint.ts';

export type Files = { readonly [name: string]: Uint8Array };

/** Names a bundle may hold: nothing that leads out of the folder it is unpacked into. */
const NAME = /^(?:certificate\.(?:json|sig)|README\.txt|verify\.mjs|SHA256SUMS|checkpoint\.txt|vkey\.txt|key\.pem|disclosures\.json|(?:events\/\d{1,16}\.json|proofs\/\d{1,16}\.txt))$/;
/** Not in the list of sums: the list itself, what signs it, and what may be taken out and proves itself against the entries. */
const UNLISTED: readonly string[] = ['certificate.json', 'certificate.sig', 'SHA256SUMS', 'disclosures.json'];

export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
export const byName = (files: Files): string[] => Object.keys(files).sort((a, b) => (a < b ? -1 : 1));

export const fits = (name: string): boolean => NAME.test(name);

/** As `sha256sum` writes and checks them. */
export function sums(files: Files): string {
  return byName(files).filter((name) => !UNLISTED.includes(name)).map((name) => `${sha256(files[name] ?? new Uint8Array())}  ${name}\n`).join('');
}

/** PEM of the log's key (RFC 8410), for openssl. */
export function pemOf(key: Pick<VerifierKey, 'key'>): string {
  return String(key.key.export({ type: 'spki', format: 'pem' }));
}

/** On which side each hash of an inclusion proof stands (RFC 9162 §2.1.3.2). */
export function proofText(index: number, size: number, proof: readonly string[]): string {
  let [fn, sn] = [index, size - 1];
  const half = (n: number): number => Math.floor(n / 2);
  return proof.map((hash) => {
    const left = fn % 2 === 1 || fn === sn;
    if (left) while (fn % 2 === 0 && fn !== 0) [fn, sn] = [half(fn), half(sn)];
    [fn, sn] = [half(fn), half(sn)];
    return `${left ? 'left' : 'right'} ${Buffer.from(hash, 'base64').toString('hex')}\n`;
  }).join('');
}

export function parseProof(text: string): Uint8Array[] | null {
  const lines = text === '' ? [] : text.split('\n').slice(0, -1);
  const hashes = lines.map((line) => /^(?:left|right) ([0-9a-f]{64})$/.exec(line)?.[1]);
  return hashes.every((hash) => hash !== undefined) && (text === '' || text.endsWith('\n')) ? hashes.map((hash) => Buffer.from(hash ?? '', 'hex')) : null;
}
