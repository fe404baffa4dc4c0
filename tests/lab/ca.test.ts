/** The lab's authority: what it issues must be believed and disbelieved for the right reason. */
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { openCa } from '../../lab/ca.ts';

const folder = mkdtempSync(join(tmpdir(), 'ca-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const ca = openCa(folder);
const root = new X509Certificate(ca.cert);

test('the root is a root', () => {
  expect([root.ca, root.checkIssued(root), root.verify(root.publicKey)]).toEqual([true, true, true]);
  expect(statSync(join(folder, 'ca.key.pem')).mode & 0o077).toBe(0);
});

test('a restarted lab has the same root', () => expect(openCa(folder).cert).toBe(ca.cert));

test('a certificate is issued by it, for the names asked', () => {
  const leaf = new X509Certificate(ca.issue({ names: ['mx.a.test', 'a.test'] }).cert);
  expect([leaf.ca, leaf.checkIssued(root), leaf.verify(root.publicKey), leaf.checkHost('a.test'), leaf.checkHost('b.test')]).toEqual([false, true, true, 'a.test', undefined]);
  expect(Date.parse(leaf.validTo)).toBeGreaterThan(Date.now());
});

test('one of its own making is not', () => {
  const leaf = new X509Certificate(ca.issue({ names: ['mx.a.test'], selfSigned: true }).cert);
  expect([leaf.checkIssued(root), leaf.verify(root.publicKey), leaf.verify(leaf.publicKey)]).toEqual([false, false, true]);
});

test('dates are as asked', () => {
  const notAfter = Date.UTC(2020, 1, 29, 12, 0, 0);
  const leaf = new X509Certificate(ca.issue({ names: ['mx.a.test'], notBefore: notAfter - 1000, notAfter }).cert);
  expect(Date.parse(leaf.validTo)).toBe(notAfter);
});
