/** The lab's CMS reader opens what OpenSSL writes: it must not be a mirror of our own writer. */
import { execFileSync } from 'node:child_process';
import { createPrivateKey } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromBER } from 'asn1js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tool } from '../../tools.ts';
import { octets, openCms, signerOf } from '../../../lab/post/cms.ts';

const there = tool('openssl', 'whether the lab\'s CMS reader opens what OpenSSL writes');
const folder = mkdtempSync(join(tmpdir(), 'lab-cms-'));
const openssl = (...args: readonly string[]) => execFileSync('openssl', [...args], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
const TEXT = 'Content-Type: text/plain\r\n\r\nHello Sam\r\n';

beforeAll(() => {
  if (!there) return;
  writeFileSync(join(folder, 'm'), TEXT);
  openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', 'rsa.key', '-out', 'rsa.pem', '-subj', '/CN=Sam', '-days', '2');
  openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', 'ec.key', '-out', 'ec.pem', '-subj', '/CN=Sam', '-days', '2');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

(there ? test : test.skip).each([
  ['RSA, AES-256-CBC', 'rsa', 'aes-256-cbc', ['-aes256', 'rsa.pem']],
  ['RSA, AES-256-GCM', 'rsa', 'aes-256-gcm', ['-aes-256-gcm', 'rsa.pem']],
  ['RSA, BER in pieces', 'rsa', 'aes-256-gcm', ['-aes-256-gcm', '-stream', 'rsa.pem']],
  ['RSA-OAEP', 'rsa', 'aes-256-cbc', ['-aes256', '-recip', 'rsa.pem', '-keyopt', 'rsa_padding_mode:oaep', '-keyopt', 'rsa_oaep_md:sha256']],
  ['ECDH with SHA-1 KDF', 'ec', 'aes-256-cbc', ['-aes256', 'ec.pem']],
  ['ECDH with SHA-256 KDF', 'ec', 'aes-256-cbc', ['-aes256', '-aes256-wrap', '-recip', 'ec.pem', '-keyopt', 'ecdh_kdf_md:sha256']],
])('%s', (_name, kind, cipher, args) => {
  openssl('cms', '-encrypt', '-binary', '-in', 'm', '-outform', 'DER', '-out', 'c', ...args);
  const opened = openCms(readFileSync(join(folder, 'c')), createPrivateKey(readFileSync(join(folder, `${kind}.key`))));
  expect([opened.kind, opened.cipher, opened.content.toString()]).toEqual(['encrypted', cipher, TEXT]);
});

test.skipIf(!there)('opaque signed data gives its content', () => {
  openssl('cms', '-sign', '-binary', '-nodetach', '-in', 'm', '-signer', 'rsa.pem', '-inkey', 'rsa.key', '-outform', 'DER', '-out', 'c');
  expect(openCms(readFileSync(join(folder, 'c')), createPrivateKey(readFileSync(join(folder, 'rsa.key')))).content.toString()).toBe(TEXT);
});

test.skipIf(!there)('somebody else\'s key, and what is not CMS at all, are refused', () => {
  openssl('cms', '-encrypt', '-binary', '-aes-256-gcm', '-in', 'm', '-outform', 'DER', '-out', 'c', 'rsa.pem');
  expect(() => openCms(readFileSync(join(folder, 'c')), createPrivateKey(readFileSync(join(folder, 'ec.key'))))).toThrow('not for this key');
  expect(() => openCms(Buffer.from('nothing'), createPrivateKey(readFileSync(join(folder, 'ec.key'))))).toThrow();
});

test.skipIf(!there)('a detached signature fits its content and names its signer; another content does not fit', () => {
  openssl('cms', '-sign', '-binary', '-in', 'm', '-signer', 'rsa.pem', '-inkey', 'rsa.key', '-outform', 'DER', '-out', 's');
  const der = readFileSync(join(folder, 's'));
  expect(signerOf(Buffer.from(TEXT), der)).toBe('Sam');
  expect(signerOf(Buffer.from(`${TEXT}!`), der)).toBeNull();
});

test('a string that looks like ASN.1 inside is still that string; one cut into pieces is put together', () => {
  const point = Buffer.concat([Buffer.of(4, 63), Buffer.alloc(63, 7)]);
  const read = (der: Buffer) => octets(fromBER(der).result as unknown as Parameters<typeof octets>[0]);
  expect(read(Buffer.concat([Buffer.of(0x03, 66, 0), point]))).toEqual(point);
  expect(read(Buffer.concat([Buffer.of(0x04, 65), point]))).toEqual(point);
  expect(read(Buffer.of(0x24, 8, 0x04, 2, 1, 2, 0x04, 2, 3, 4))).toEqual(Buffer.of(1, 2, 3, 4));
});
