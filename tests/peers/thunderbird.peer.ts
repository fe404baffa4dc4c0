/**
 * Thunderbird itself, without a screen: certificates in NSS, OpenPGP keys in its own keyring, the service's mail in a local folder. Each
 * letter is selected as a person would; what the message pane then shows is what is asserted.
 * Debian: thunderbird libnss3-tools openssl
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tool } from '../tools.ts';
import { AUTHOR, LETTERS, isOurKey, openPost } from './letters.ts';
import type { Letter, Post } from './letters.ts';
import { openProgram } from './marionette.ts';
import type { Program } from './marionette.ts';

const there = tool('thunderbird', 'what Thunderbird shows of sealed mail') && tool('certutil', 'what Thunderbird shows of S/MIME mail') && tool('openssl', 'what Thunderbird shows of S/MIME mail');

interface Shown {
  readonly subject: string;
  readonly from: string;
  readonly technology: string;
  /** last word of the icon's name: ok, notok, verified, unverified, unknown, mismatch; null: no icon */
  readonly encrypted: string | null;
  readonly signed: string | null;
  readonly body: string;
  readonly images: readonly number[];
  readonly files: readonly { readonly name: string; readonly content: string }[];
}

/** No first-run windows, no way out of this machine, one folder of mail. */
const PREFERENCES = {
  'marionette.port': 0,
  'app.update.enabled': false,
  'mail.provider.suppress_dialog_on_startup': true,
  'mailnews.start_page.enabled': false,
  'datareporting.policy.dataSubmissionPolicyBypassNotification': true,
  'network.proxy.type': 1, 'network.proxy.http': '127.0.0.1', 'network.proxy.http_port': 9, 'network.proxy.ssl': '127.0.0.1', 'network.proxy.ssl_port': 9,
  'mail.accountmanager.accounts': 'account1', 'mail.account.account1.server': 'server1', 'mail.accountmanager.localfoldersserver': 'server1',
  'mail.server.server1.type': 'none', 'mail.server.server1.userName': 'nobody', 'mail.server.server1.hostname': 'Local Folders', 'mail.server.server1.name': 'Local Folders', 'mail.server.server1.directory-rel': '[ProfD]Mail/Local Folders',
};

function openProfile(post: Post, letters: readonly Buffer[]): string {
  const profile = mkdtempSync(join(tmpdir(), 'ss-thunderbird-'));
  const file = (name: string, text: string | Uint8Array): string => {
    writeFileSync(join(profile, name), text);
    return join(profile, name);
  };
  const run = (command: string, ...args: readonly string[]): void => void execFileSync(command, [...args], { stdio: 'ignore' });
  file('user.js', Object.entries(PREFERENCES).map(([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`).join(''));
  mkdirSync(join(profile, 'Mail', 'Local Folders'), { recursive: true });
  file(join('Mail', 'Local Folders', 'letters'), Buffer.concat(letters.flatMap((raw) => [Buffer.from('From - Sat Nov 21 20:00:00 2026\r\n'), raw, Buffer.from('\r\n')])));
  const database = `sql:${profile}`;
  run('certutil', '-N', '--empty-password', '-d', database);
  run('certutil', '-A', '-d', database, '-n', 'organisation', '-t', ',C,', '-i', file('organisation.pem', post.published.smime.authority));
  run('certutil', '-A', '-d', database, '-n', 'recipient', '-t', ',C,', '-i', file('recipient.pem', post.smime.authority));
  run('openssl', 'pkcs12', '-export', '-in', file('person.pem', `${post.smime.certificate}${post.smime.key}`), '-out', join(profile, 'person.p12'), '-passout', 'pass:peer');
  run('pk12util', '-i', join(profile, 'person.p12'), '-d', database, '-W', 'peer', '-K', '');
  return profile;
}

const IMPORT = `
  const { RNP } = ChromeUtils.importESModule('chrome://openpgp/content/modules/RNP.sys.mjs');
  const { PgpSqliteDb2 } = ChromeUtils.importESModule('chrome://openpgp/content/modules/sqliteDb.sys.mjs');
  const mine = await RNP.importSecKeyBlockImpl(null, () => '', false, args[0], []);
  for (const key of mine.importedKeys) await PgpSqliteDb2.acceptAsPersonalKey(key);
  return mine.importedKeys.length;`;

/** What a person does who opens the enclosed key and says yes. args: armored key. */
const ACCEPT = `
  const { RNP } = ChromeUtils.importESModule('chrome://openpgp/content/modules/RNP.sys.mjs');
  return (await RNP.importPubkeyBlockAutoAcceptImpl(null, args[0], 'verified', [])).importedKeys.length;`;

/** args: which letter, and how many the folder has. Selects it as a person would and waits until the pane has come to rest. */
const SHOW = `
  const until = async (what, look) => {
    for (const end = Date.now() + 20000; Date.now() < end; await new Promise((r) => win.setTimeout(r, 50))) {
      try { const found = await look(); if (found) return found; } catch {}
    }
    throw new Error('waited in vain for ' + what);
  };
  const win = Services.wm.getMostRecentWindow('mail:3pane');
  const { MailServices } = ChromeUtils.importESModule('resource:///modules/MailServices.sys.mjs');
  const folder = MailServices.accounts.localFoldersServer.rootFolder.getChildNamed('letters');
  const pane = await until('the window', () => { const p = win.document.getElementById('tabmail').currentAbout3Pane; return p.document.readyState === 'complete' && p; });
  if (pane.gFolder !== folder) pane.displayFolder(folder);
  await until('the folder', () => pane.gDBView?.rowCount === args[1]);
  // Keys of a new mbox count its letters in their order; rows of the view come in another.
  const row = Array.from({ length: args[1] }, (_, n) => n).find((n) => pane.gDBView.getKeyAt(n) === args[0] + 1);
  // Nothing of the letter before may be taken for this one's.
  pane.threadTree.selectedIndex = -1;
  const icons = ['encryptedHdrIcon', 'signedHdrIcon'];
  const before = pane.messageBrowser.contentWindow?.document;
  for (const id of icons) if (before?.getElementById(id)) before.getElementById(id).hidden = true;
  pane.threadTree.selectedIndex = row;
  const view = await until('a message', () => { const v = pane.messageBrowser.contentWindow; return v?.gMessage?.messageKey === args[0] + 1 && v.msgLoaded && v; });
  const state = (id) => { const icon = view.document.getElementById(id); return icon.hidden ? null : /-([a-z]+)\\.svg$/.exec(icon.getAttribute('src') ?? '')?.[1] ?? null; };
  const text = () => view.getMessagePaneBrowser().contentDocument.body?.innerText ?? '';
  // Signatures are judged after the words are shown; some of what must be seen is that nothing is.
  let last = '';
  for (let same = 0; same < (state('signedHdrIcon') === null ? 40 : 10); await new Promise((r) => win.setTimeout(r, 100))) {
    const now = JSON.stringify([...icons.map(state), text()]);
    same = now === last ? same + 1 : 0;
    last = now;
  }
  const [encrypted, signed] = icons.map(state);
  const files = [];
  for (const attachment of view.currentAttachments) files.push({ name: attachment.name, content: new Uint8Array(await attachment.fetchAttachment()).toBase64() });
  return {
    subject: view.document.getElementById('expandedsubjectBox').textContent.replace(/^Subject:?/, ''),
    from: view.document.getElementById('expandedfromBox').textContent,
    technology: view.document.getElementById('encryptionTechBtn').textContent.trim(),
    encrypted, signed, body: text(), images: [...view.getMessagePaneBrowser().contentDocument.images].map((i) => i.naturalWidth), files,
  };`;

/** One byte of what is encrypted, among the author's words: behind the keys, before the signer's certificates. */
function changed(raw: Buffer): Buffer {
  const copy = Buffer.from(raw);
  const at = copy.indexOf('\r\n', Math.floor(copy.length * 0.4)) + 20;
  copy[at] = copy[at] === 65 ? 66 : 65;
  return copy;
}

describe.skipIf(!there)('Thunderbird', () => {
  let post: Post;
  let profile: string;
  let program: Program;
  let shown: Shown[];
  let unknown: string | null;

  beforeAll(async () => {
    post = await openPost();
    profile = openProfile(post, [...post.letters.map((l) => l.raw), ...post.letters.map((l) => changed(l.raw))]);
    program = await openProgram('thunderbird', profile);
    expect(await program.ask(IMPORT, post.pgp.privateKey)).toBe(1);
    const look = (n: number): Promise<Shown> => program.ask<Shown>(SHOW, n, post.letters.length * 2);
    // Nothing but what came with the mail: first it is seen without the key, then the key is taken from it.
    const before = await look(post.letters.findLastIndex((l) => l.protection === 'pgp'));
    unknown = before.signed;
    const enclosed = before.files.find((file) => isOurKey(file.name));
    expect(await program.ask(ACCEPT, Buffer.from(enclosed!.content, 'base64').toString('utf8'))).toBe(1);
    shown = [];
    // OpenPGP first: right after an S/MIME letter with files, Thunderbird 153 forgets the icon of the next OpenPGP signature.
    const order = [...post.letters, ...post.letters].map((l, n) => ({ n, later: l.protection === 'smime' })).sort((a, b) => Number(a.later) - Number(b.later));
    for (const { n } of order) shown[n] = await look(n);
  });
  afterAll(async () => {
    await program?.close();
    if (profile) rmSync(profile, { recursive: true, force: true });
  });

  const rows = LETTERS.flatMap(({ name }) => (['smime', 'pgp'] as const).map((protection) => [protection, name] as const));
  const find = (protection: Letter['protection'], name: string) => post.letters.findIndex((l) => l.protection === protection && l.written.name === name);

  it('an OpenPGP signature is not called verified before the key is there', () => expect(unknown).toBe('unknown'));

  describe.each(rows)('%s, %s', (protection, name) => {
    it('is shown as encrypted and signed by the author', () => {
      const mail = shown[find(protection, name)]!;
      expect([mail.technology, mail.encrypted, mail.signed]).toEqual(protection === 'smime' ? ['S/MIME', 'ok', 'ok'] : ['OpenPGP', 'ok', 'verified']);
      expect(mail.from).toContain(AUTHOR);
    });
    it('shows the true subject', () => {
      const n = find(protection, name);
      const { subject } = post.letters[n]!.written;
      if (protection === 'pgp') expect(shown[n]!.subject).toBe(subject);
      // Its reader of S/MIME knows no protected headers: there the subject stands above the words (RFC 9788 §4.10).
      else expect(shown[n]!.body.split('\n')[0]).toBe(`Subject: ${subject}`);
    });
    it('shows the words and the pictures', () => {
      const n = find(protection, name);
      const { written } = post.letters[n]!;
      const lines = written.html === undefined ? written.text.split('\r\n').map((l) => l.trimEnd()).filter((l) => l !== '') : ['Potassium 5.9 mmol/l, creatinine rising.', 'Please call me. Grüße'];
      for (const line of lines) expect(shown[n]!.body).toContain(line);
      expect(shown[n]!.images).toEqual(written.html === undefined ? [] : [1]);
    });
    it('hands out every file, byte for byte', () => {
      const n = find(protection, name);
      const files = post.letters[n]!.written.attachments.filter((a) => a.contentId === undefined);
      expect(shown[n]!.files.filter((f) => !isOurKey(f.name))).toEqual(files.map((a) => ({ name: a.filename, content: a.content })));
    });
    it('is not taken for good when a byte was changed on the way', () => {
      const mail = shown[post.letters.length + find(protection, name)]!;
      expect(['ok', 'verified']).not.toContain(mail.signed);
    });
  });
});
