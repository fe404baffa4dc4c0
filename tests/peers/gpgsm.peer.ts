/**
 * gpgsm alone, layer by layer: it decrypts what the service enveloped and verifies the exact bytes that were signed.
 * Debian: gnupg gpgsm openssl
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import PostalMime from 'postal-mime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tool } from '../tools.ts';
import { LETTERS, above, openKeyring, openPost, withoutLink } from './letters.ts';
import type { Keyring, Post } from './letters.ts';

const there = tool('gpgsm', 'whether gpgsm opens S/MIME mail') && tool('openssl', 'whether gpgsm opens S/MIME mail');

describe.skipIf(!there)('gpgsm', () => {
  let post: Post;
  let keyring: Keyring;
  beforeAll(async () => {
    post = await openPost();
    keyring = openKeyring(post);
  });
  afterAll(() => keyring?.close());

  const file = (name: string, bytes: Uint8Array): string => {
    writeFileSync(join(keyring.home, name), bytes);
    return join(keyring.home, name);
  };
  const gpgsm = (...args: readonly string[]) => {
    const ran = spawnSync('gpgsm', ['--batch', '--status-fd', '1', ...args], { env: keyring.env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    return { status: ran.status, says: ran.stdout };
  };
  const envelope = async (name: string): Promise<Buffer> => {
    const { raw } = post.letters.find((l) => l.protection === 'smime' && l.written.name === name)!;
    return Buffer.from((await PostalMime.parse(raw)).attachments[0]!.content as ArrayBuffer);
  };
  const opened = async (name: string): Promise<Buffer> => {
    const out = join(keyring.home, 'opened');
    const { status, says } = gpgsm('--yes', '--output', out, '--decrypt', file('envelope', await envelope(name)));
    expect([status, says]).toEqual([0, expect.stringContaining('DECRYPTION_OKAY')]);
    return readFileSync(out);
  };
  /** RFC 1847 §2.1: between the boundaries, exactly as it stands. */
  const parts = async (entity: Buffer): Promise<{ readonly content: Buffer; readonly signature: Buffer }> => {
    const boundary = /boundary="([^"]+)"/.exec(entity.toString('latin1'))![1]!;
    const [first, second] = [entity.indexOf(`--${boundary}\r\n`) + boundary.length + 4, entity.indexOf(`\r\n--${boundary}\r\nContent-Type: application/pkcs7-signature`)];
    const signature = (await PostalMime.parse(entity)).attachments.find((a) => a.filename === 'smime.p7s')!;
    return { content: entity.subarray(first, second), signature: Buffer.from(signature.content as ArrayBuffer) };
  };

  describe.each(LETTERS.map((l) => [l.name] as const))('%s', (name) => {
    it('decrypts, and the signature is good and from a trusted chain', async () => {
      const { content, signature } = await parts(await opened(name));
      const { status, says } = gpgsm('--verify', file('signature', signature), file('content', content));
      expect(status).toBe(0);
      expect(says).toContain('GOODSIG');
      expect(says).toMatch(/TRUST_(?:FULLY|ULTIMATE)/);
      const mail = await PostalMime.parse(content);
      const written = LETTERS.find((l) => l.name === name)!;
      expect(mail.subject).toBe(written.subject);
      expect(withoutLink(mail.text ?? '', 'text').trimEnd()).toBe(`${above({ written, protection: 'smime' })}${written.text.replace(/\r\n/g, '\n').trimEnd()}`);
      expect(mail.attachments.map((a) => Buffer.from(a.content as ArrayBuffer).toString('base64')).sort()).toEqual(written.attachments.map((a) => a.content).sort());
    });
    it('refuses the words when one byte of them was changed', async () => {
      const { content, signature } = await parts(await opened(name));
      const changed = Buffer.from(content);
      changed[changed.length >> 1]! ^= 1;
      const { status, says } = gpgsm('--verify', file('signature', signature), file('content', changed));
      expect(status).not.toBe(0);
      expect(says).not.toContain('GOODSIG');
    });
  });
});
