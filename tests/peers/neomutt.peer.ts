/**
 * neomutt over GPGME in a terminal of its own: what its pager shows of each letter, caught on its way to the screen.
 * Debian: neomutt gnupg gpgsm openssl bsdutils
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tool } from '../tools.ts';
import { AUTHOR, LETTERS, ORGANISATION, OUTER, maildir, openKeyring, openPost } from './letters.ts';
import type { Keyring, Letter, Post } from './letters.ts';

const there = tool('neomutt', 'what neomutt shows of sealed mail') && tool('gpg', 'what neomutt shows of PGP mail') && tool('gpgsm', 'what neomutt shows of S/MIME mail');

describe.skipIf(!there)('neomutt', () => {
  let post: Post;
  let keyring: Keyring;
  let shown: string[];

  /** One letter in a mailbox of its own; opened, shown, left. */
  function show(letter: Letter, n: number): string {
    const folder = maildir(join(keyring.home, `mutt.${n}`), [letter]);
    const screen = join(keyring.home, `screen.${n}`);
    const config = join(keyring.home, `muttrc.${n}`);
    writeFileSync(config, [
      'set crypt_use_gpgme=yes', 'set crypt_verify_sig=yes', 'set wait_key=no', 'set quit=yes', 'set sort=mailbox-order', 'set header_cache=""', 'set charset=utf-8', 'set markers=no', 'set smart_wrap=no', 'set wrap=0', 'alternative_order text/plain text/html',
      `set display_filter="tee ${screen}"`, `set folder="${keyring.home}"`, `set spoolfile="${folder}"`, 'push "<first-entry><display-message><exit><quit>"', '',
    ].join('\n'));
    spawnSync('script', ['-qec', `neomutt -n -F ${config}`, '/dev/null'], { env: { ...keyring.env, TERM: 'xterm', COLUMNS: '200', LINES: '50' }, timeout: 60_000, stdio: ['pipe', 'ignore', 'ignore'] });
    return existsSync(screen) ? readFileSync(screen, 'utf8') : '';
  }

  beforeAll(async () => {
    post = await openPost();
    keyring = openKeyring(post);
    mkdirSync(join(keyring.home, 'Mail'), { recursive: true });
    shown = post.letters.map(show);
  });
  afterAll(() => keyring?.close());

  const rows = LETTERS.flatMap(({ name }) => (['smime', 'pgp'] as const).map((protection) => [protection, name] as const));
  describe.each(rows)('%s, %s', (protection, name) => {
    const at = () => {
      const n = post.letters.findIndex((l) => l.protection === protection && l.written.name === name);
      return { letter: post.letters[n]!, screen: shown[n]! };
    };
    it('is opened and its signature is good', () => {
      const { screen } = at();
      expect(screen).toMatch(/Good signature from/);
      expect(screen).not.toMatch(/BAD signature|Error|WARNING/i);
      expect(screen).toContain(protection === 'smime' ? AUTHOR : ORGANISATION);
    });
    it('shows the words and the true subject', () => {
      const { letter, screen } = at();
      for (const line of letter.written.text.split('\r\n').filter((l) => l.trim() !== '' && l.length < 200)) expect(screen).toContain(line.trimEnd());
      expect(screen).toContain(`Subject: ${letter.written.subject}`);
      if (protection === 'smime') expect(screen).toContain(OUTER);
    });
    it('names every file', () => {
      const { letter, screen } = at();
      for (const { filename } of letter.written.attachments.filter((a) => a.contentId === undefined)) expect(screen).toContain(filename);
    });
  });
});
