import { execFileSync } from 'node:child_process';
import { tool } from '../../../tools.ts';
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { checkpointText, openCheckpoint, openNote, openSigner, parseVkey, signDetached, signNote, verifyDetached, type VerifierKey } from '../../../../service/audit/tree/checkpoint.ts';

const folder = mkdtempSync(join(tmpdir(), 'checkpoint-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const signer = openSigner(join(folder, 'keys'), 'audit.riverside.test/v1');
const other = openSigner(join(folder, 'other'), 'audit.riverside.test/v1');

describe('signed notes', () => {
  // The worked example of the Go project's sumdb/note documentation, which C2SP signed-note took over.
  const vkey = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
  const note = 'If you think cryptography is the answer to your problem,\nthen you don\'t know what your problem is.\n\n'
    + '\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n';

  it('open the published example with its published key', () => {
    expect(openNote(note, parseVkey(vkey) as VerifierKey)).toBe('If you think cryptography is the answer to your problem,\nthen you don\'t know what your problem is.\n');
  });

  it('do not open when one byte differs', () => {
    const key = parseVkey(vkey) as VerifierKey;
    const bytes = Buffer.from(note);
    for (let i = 0; i < bytes.length; i += 1) {
      const changed = Buffer.from(bytes);
      changed[i] = (changed[i] as number) ^ 1;
      if (openNote(changed.toString('utf8'), key) !== null) throw new Error(`byte ${i} does not matter`);
    }
  });

  it('have no second spelling of a signature', () => {
    const padded = note.replace('BwJnAM=', 'BwJnAN=');
    expect(Buffer.from('BwJnAM=', 'base64').equals(Buffer.from('BwJnAN=', 'base64'))).toBe(true);
    expect(openNote(padded, parseVkey(vkey) as VerifierKey)).toBeNull();
  });

  it.each(['', 'a+b', 'PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW', 'Peter+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW', `${vkey}A`])(
    'a broken verifier key is none: %s', (text) => expect(parseVkey(text)).toBeNull());
});

describe('checkpoints', () => {
  const root = Buffer.alloc(32, 7);
  const note = signNote(checkpointText({ origin: signer.name, size: 42, root }), signer);

  it('are the three lines and the signature of the standard', () => {
    expect(note).toMatch(/^audit\.riverside\.test\/v1\n42\nBwcH[A-Za-z0-9+/]+=\n\n\u2014 audit\.riverside\.test\/v1 [A-Za-z0-9+/]{91}=\n$/);
    expect(openCheckpoint(note, parseVkey(signer.vkey) as VerifierKey)).toEqual({ origin: signer.name, size: 42, root });
  });

  it('of another key, even one of the same name, are not ours', () => expect(openCheckpoint(note, other)).toBeNull());

  it.each(['042', '-1', '1e3', '99999999999999999999', ''])('size %j is no size', (size) => {
    expect(openCheckpoint(signNote(`${signer.name}\n${size}\n${root.toString('base64')}\n`, signer), signer)).toBeNull();
  });

  it('of another origin, with a short root or with an extension line are refused', () => {
    expect(openCheckpoint(signNote(`elsewhere\n1\n${root.toString('base64')}\n`, signer), signer)).toBeNull();
    expect(openCheckpoint(signNote(`${signer.name}\n1\nAAAA\n`, signer), signer)).toBeNull();
    expect(openCheckpoint(signNote(`${signer.name}\n1\n${root.toString('base64')}\nmore\n`, signer), signer)).toBeNull();
  });

  it('carry a witness\'s signature beside ours', () => {
    const witness = openSigner(join(folder, 'witness'), 'witness.test');
    const both = note + signNote(checkpointText({ origin: signer.name, size: 42, root }), witness).split('\n\n')[1];
    expect(openCheckpoint(both, signer)?.size).toBe(42);
    expect(openNote(both, witness)).not.toBeNull();
  });
});

describe('the signing key', () => {
  it('is made once, for us alone, without leftovers', () => {
    expect(openSigner(join(folder, 'keys'), 'audit.riverside.test/v1').vkey).toBe(signer.vkey);
    expect(readdirSync(join(folder, 'keys'))).toEqual(['audit-log.key']);
    expect(statSync(join(folder, 'keys', 'audit-log.key')).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, 'keys')).mode & 0o777).toBe(0o700);
  });

  it('is refused when others can read it or it is something else', () => {
    const path = join(folder, 'other', 'audit-log.key');
    chmodSync(path, 0o640);
    expect(() => openSigner(join(folder, 'other'), 'x')).toThrow('can be read by others');
    chmodSync(path, 0o600);
    writeFileSync(path, 'nonsense');
    expect(() => openSigner(join(folder, 'other'), 'x')).toThrow('cannot be read');
    expect(() => openSigner(join(folder, 'keys'), 'a name')).toThrow('spaces');
  });

  it('signs receipts that openssl verifies', () => {
    const json = '{"id":"msg_1"}';
    const signature = signDetached(json, signer);
    expect(verifyDetached(json, signature, signer)).toBe(true);
    expect(verifyDetached('{"id":"msg_2"}', signature, signer)).toBe(false);
    expect(() => signDetached(checkpointText({ origin: signer.name, size: 1, root: Buffer.alloc(32) }), signer)).toThrow('JSON object');
    writeFileSync(join(folder, 'pub.pem'), signer.key.export({ format: 'pem', type: 'spki' }));
    writeFileSync(join(folder, 'sig'), Buffer.from(signature, 'base64'));
    writeFileSync(join(folder, 'text'), json);
    if (tool('openssl', 'whether openssl verifies our receipts')) expect(execFileSync('openssl', ['pkeyutl', '-verify', '-pubin', '-inkey', join(folder, 'pub.pem'), '-rawin', '-in', join(folder, 'text'), '-sigfile', join(folder, 'sig')]).toString()).toContain('Signature Verified Successfully');
  });
});
