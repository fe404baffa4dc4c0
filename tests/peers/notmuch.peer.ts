/**
 * notmuch over gpg and gpgsm: what it shows of the mail the service sent, as JSON.
 * Debian: notmuch gnupg gpgsm openssl
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tool } from '../tools.ts';
import { AUTHOR, LETTERS, ORGANISATION, above, isOurKey, maildir, openKeyring, openPost, withoutLink } from './letters.ts';
import type { Keyring, Letter, Post } from './letters.ts';

const there = tool('notmuch', 'what notmuch shows of sealed mail') && tool('gpg', 'what notmuch shows of sealed mail') && tool('gpgsm', 'what notmuch shows of S/MIME mail');

/** What notmuch says of one message; only the fields looked at. */
interface Shown {
  readonly id: string;
  readonly headers: { readonly [name: string]: string };
  readonly crypto: { readonly decrypted?: { readonly status: string }; readonly signed?: { readonly encrypted: boolean; readonly status: readonly { readonly status: string; readonly fingerprint?: string; readonly userid?: string }[] } };
  readonly body: readonly Part[];
}
interface Part {
  readonly id: number;
  readonly 'content-type': string;
  readonly filename?: string;
  readonly content?: string | readonly Part[];
  readonly sigstatus?: readonly { readonly status: string }[];
}

const leaves = (parts: readonly Part[]): Part[] => parts.flatMap((part) => (Array.isArray(part.content) ? leaves(part.content as readonly Part[]) : [part]));
const shorn = (text: string): string => text.replace(/\r\n/g, '\n').trimEnd();

describe.skipIf(!there)('notmuch', () => {
  let post: Post;
  let keyring: Keyring;
  let shown: Shown[];
  // A message has one Message-ID however it is protected: each protection is a database of its own, or one copy would hide the other.
  const notmuch = (protection: Letter['protection'], ...args: readonly string[]): Buffer =>
    execFileSync('notmuch', [...args], { env: { ...keyring.env, NOTMUCH_CONFIG: join(keyring.home, `notmuch.${protection}`) }, maxBuffer: 64 * 1024 * 1024, stdio: ['ignore', 'pipe', 'ignore'] });
  const idOf = (letter: Letter): string => `id:${/^Message-ID: <([^>]+)>/im.exec(letter.raw.toString('latin1'))![1]!}`;

  beforeAll(async () => {
    post = await openPost();
    keyring = openKeyring(post);
    for (const protection of ['smime', 'pgp'] as const) {
      const path = maildir(join(keyring.home, `mail.${protection}`), post.letters.filter((l) => l.protection === protection));
      writeFileSync(join(keyring.home, `notmuch.${protection}`), `[database]\npath=${path}\n[user]\nname=Sam\nprimary_email=sam.park@stmarys.test\n[index]\ndecrypt=false\n`);
      notmuch(protection, 'new');
    }
    shown = post.letters.map((letter) => (JSON.parse(notmuch(letter.protection, 'show', '--format=json', '--decrypt=true', '--include-html', idOf(letter)).toString('utf8')) as Shown[][][])[0]![0]![0]!);
  });
  afterAll(() => keyring?.close());

  const rows = LETTERS.flatMap(({ name }) => (['smime', 'pgp'] as const).map((protection) => [protection, name] as const));

  describe.each(rows)('%s, %s', (protection, name) => {
    const at = () => {
      const n = post.letters.findIndex((l) => l.protection === protection && l.written.name === name);
      return { letter: post.letters[n]!, mail: shown[n]! };
    };
    it('is opened and its signature is good', () => {
      const { mail } = at();
      expect(mail.crypto.decrypted?.status).toBe('full');
      expect(mail.crypto.signed?.encrypted).toBe(true);
      expect(mail.crypto.signed?.status.map((s) => s.status)).toEqual(['good']);
      // Named only when the chain of trust holds.
      expect(mail.crypto.signed?.status[0]?.userid).toContain(protection === 'smime' ? AUTHOR : ORGANISATION);
      if (protection === 'pgp') expect(mail.crypto.signed?.status[0]?.fingerprint).toBe(post.published.pgp.fingerprint.toUpperCase());
    });
    it('shows who wrote it and the true subject', () => {
      const { letter, mail } = at();
      expect(mail.headers['Subject']).toBe(letter.written.subject);
      expect(mail.headers['From']).toContain(AUTHOR);
    });
    it('shows the words', () => {
      const { letter, mail } = at();
      const text = leaves(mail.body).find((p) => p['content-type'] === 'text/plain' && p.filename === undefined);
      expect(shorn(withoutLink(String(text?.content), 'text'))).toBe(`${above(letter)}${shorn(letter.written.text)}`);
      if (letter.written.html !== undefined) expect(shorn(withoutLink(String(leaves(mail.body).find((p) => p['content-type'] === 'text/html')?.content), 'html'))).toBe(shorn(protection === 'pgp' ? letter.written.html : letter.written.html.replace('<body>', `<body><div class="header-protection-legacy-display"><pre>Subject: ${letter.written.subject}</pre></div>`)));
    });
    it('hands out every file, byte for byte', () => {
      const { letter, mail } = at();
      const files = leaves(mail.body).filter((p) => p.filename !== undefined && p.filename !== 'smime.p7s' && !isOurKey(p.filename));
      expect(files.map((f) => f.filename).sort()).toEqual(letter.written.attachments.map((a) => a.filename).sort());
      for (const file of files) {
        const bytes = notmuch(protection, 'show', '--decrypt=true', '--format=raw', `--part=${file.id}`, idOf(letter));
        expect(bytes.toString('base64')).toBe(letter.written.attachments.find((a) => a.filename === file.filename)!.content);
      }
    });
  });
});
