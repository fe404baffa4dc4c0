/** DANE: what matches, and what only looks as if. */
import { createHash, X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { openCa } from '../../../lab/ca.ts';
import { findDane, matchDane, type Tlsa } from '../../../service/deliver/dane.ts';
import { Fault } from '../../../service/refusal.ts';

const folder = mkdtempSync(join(tmpdir(), 'dane-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const der = (pem: string): X509Certificate => new X509Certificate(pem);
const ca = openCa(folder);
const stranger = openCa(join(folder, 'stranger'));
const root = der(ca.cert);
const other = der(stranger.cert);
const leaf = der(ca.issue({ names: ['mx.dane.test'] }).cert);
const expired = der(ca.issue({ names: ['mx.dane.test'], notAfter: Date.now() - 1000 }).cert);
const elsewhere = der(ca.issue({ names: ['mx.elsewhere.test'] }).cert);
const selfSigned = der(ca.issue({ names: ['nothing.test'], selfSigned: true }).cert);

const forged = new X509Certificate(Buffer.concat([leaf.raw.subarray(0, -1), Buffer.of((leaf.raw.at(-1) ?? 0) ^ 1)]));

const spki = (certificate: X509Certificate): Buffer => certificate.publicKey.export({ type: 'spki', format: 'der' });
const sha256 = (bytes: Buffer): Buffer => createHash('sha256').update(bytes).digest();
const sha512 = (bytes: Buffer): Buffer => createHash('sha512').update(bytes).digest();
const tlsa = (usage: number, selector: number, matching: number, data: Uint8Array): Tlsa => ({ usage, selector, matching, data });

const ROWS: readonly (readonly [what: string, records: Tlsa[], chain: X509Certificate[], expected: string])[] = [
  ['3 1 1', [tlsa(3, 1, 1, sha256(spki(leaf)))], [leaf], 'matched'],
  ['3 1 2', [tlsa(3, 1, 2, sha512(spki(leaf)))], [leaf], 'matched'],
  ['3 1 0', [tlsa(3, 1, 0, spki(leaf))], [leaf], 'matched'],
  ['3 0 1', [tlsa(3, 0, 1, sha256(leaf.raw))], [leaf], 'matched'],
  ['3 0 0', [tlsa(3, 0, 0, leaf.raw)], [leaf], 'matched'],
  ['3 1 1, self-signed, another name', [tlsa(3, 1, 1, sha256(spki(selfSigned)))], [selfSigned], 'matched'],
  ['3 1 1, expired', [tlsa(3, 1, 1, sha256(spki(expired)))], [expired], 'matched'],
  ['3 1 1, another key', [tlsa(3, 1, 1, Buffer.alloc(32))], [leaf], 'mismatched'],
  ['3 1 1 that is the issuer', [tlsa(3, 1, 1, sha256(spki(root)))], [leaf, root], 'mismatched'],
  ['one of two matches', [tlsa(3, 1, 1, Buffer.alloc(32)), tlsa(3, 1, 1, sha256(spki(leaf)))], [leaf], 'matched'],
  ['2 0 1', [tlsa(2, 0, 1, sha256(root.raw))], [leaf, root], 'matched'],
  ['2 1 1', [tlsa(2, 1, 1, sha256(spki(root)))], [leaf, root], 'matched'],
  ['2 1 1, another name', [tlsa(2, 1, 1, sha256(spki(root)))], [elsewhere, root], 'mismatched'],
  ['2 1 1, expired leaf', [tlsa(2, 1, 1, sha256(spki(root)))], [expired, root], 'mismatched'],
  ['2 1 1, anchor not sent', [tlsa(2, 1, 1, sha256(spki(root)))], [leaf], 'mismatched'],
  ['2 1 1, anchor only laid beside a stranger\'s leaf', [tlsa(2, 1, 1, sha256(spki(root)))], [selfSigned, root], 'mismatched'],
  ['2 1 1, same name of issuer, other key', [tlsa(2, 1, 1, sha256(spki(other)))], [leaf, other], 'mismatched'],
  ['2 1 1, issuer as named, signature not his', [tlsa(2, 1, 1, sha256(spki(root)))], [forged, root], 'mismatched'],
  ['2 1 1 that is the leaf itself', [tlsa(2, 1, 1, sha256(spki(leaf)))], [leaf, root], 'mismatched'],
  ['0 and 1 are not for SMTP', [tlsa(0, 1, 1, sha256(spki(root))), tlsa(1, 1, 1, sha256(spki(leaf)))], [leaf, root], 'unusable'],
  ['unknown selector', [tlsa(3, 2, 1, sha256(spki(leaf)))], [leaf], 'unusable'],
  ['unknown matching type', [tlsa(3, 1, 3, sha256(spki(leaf)))], [leaf], 'unusable'],
  ['no certificate', [tlsa(3, 1, 1, sha256(spki(leaf)))], [], 'mismatched'],
];

describe('matching', () => {
  test.each(ROWS)('%s', (_what, records, chain, expected) => {
    expect(matchDane(records, chain.map((certificate) => certificate.raw), ['mx.dane.test', 'dane.test'], Date.now())).toBe(expected);
  });
  test('a certificate that cannot be read', () => expect(matchDane([tlsa(3, 1, 1, Buffer.alloc(32))], [Buffer.from('nonsense')], ['mx.dane.test'], Date.now())).toBe('mismatched'));
});

describe('finding', () => {
  const record = tlsa(3, 1, 1, Buffer.alloc(32));
  const answering = (authentic: boolean, records: Tlsa[]) => ({ tlsa: () => Promise.resolve({ authentic, records }) });
  test('asks for the port and the host', async () => {
    const asked: string[] = [];
    await findDane({ tlsa: (name) => (asked.push(name), Promise.resolve({ authentic: true, records: [] })) }, 'mx.dane.test', 25, true);
    expect(asked).toEqual(['_25._tcp.mx.dane.test']);
  });
  test('authentic records count', async () => expect(await findDane(answering(true, [record]), 'h', 25, true)).toEqual({ kind: 'records', records: [record], base: 'h' }));
  test.each<[string, readonly string[], string | null, string[]]>([
    ['under the name the host leads to, first', ['_25._tcp.real.test', '_25._tcp.h'], 'real.test', ['_25._tcp.real.test']],
    ['under its own name, when there are none', ['_25._tcp.h'], 'h', ['_25._tcp.real.test', '_25._tcp.h']],
    ['nowhere', [], null, ['_25._tcp.real.test', '_25._tcp.h']],
  ])('a host that is an alias: %s', async (_what, published, base, expected) => {
    const asked: string[] = [];
    const found = await findDane({ tlsa: (name) => (asked.push(name), Promise.resolve({ authentic: true, records: published.includes(name) ? [record] : [] })) }, 'h', 25, true, 'real.test');
    expect([found, asked]).toEqual([base === null ? { kind: 'none' } : { kind: 'records', records: [record], base }, expected]);
  });
  test('a failure under the first name is no leave to ask for the second', async () => {
    expect(await findDane({ tlsa: (name) => (name.includes('real') ? Promise.reject(new Fault('dns-failed', 'no')) : Promise.resolve({ authentic: true, records: [record] })) }, 'h', 25, true, 'real.test')).toEqual({ kind: 'unknown' });
  });
  test('unsigned records do not', async () => expect(await findDane(answering(false, [record]), 'h', 25, true)).toEqual({ kind: 'none' }));
  test('an insecure MX or address ends the search', async () => expect(await findDane(answering(true, [record]), 'h', 25, false)).toEqual({ kind: 'none' }));
  test('no answer is not "no DANE"', async () => expect(await findDane({ tlsa: () => Promise.reject(new Fault('dns-failed', 'no')) }, 'h', 25, true)).toEqual({ kind: 'unknown' }));
});
