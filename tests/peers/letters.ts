/**
 * Mail as the service really sent it, for other people's programs to open: a stage, two letters to a recipient with a certificate and one
 * with an OpenPGP key, taken from their mailboxes, with the keys that open them and the authorities that vouch for the signatures.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStage } from '../journeys/stage.ts';

const SAM = 'sam.park@stmarys.test';
const GINA = 'gina.holt@keyring.test';
export const AUTHOR = 'ana.ruiz@riverside.test';
export const ORGANISATION = 'Riverside Clinic';
/** what strangers read in place of the subject */
export const OUTER = `Encrypted message from ${ORGANISATION}`;

/** 1×1, white. */
const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mP8/x8AAwMCAO+ip1sAAAAASUVORK5CYII=';

interface Written {
  readonly name: 'outlook' | 'plain';
  readonly subject: string;
  readonly text: string;
  readonly html?: string;
  readonly attachments: readonly { readonly filename: string; readonly contentType: string; readonly content: string; readonly contentId?: string }[];
}

const base64 = (bytes: Uint8Array | string): string => Buffer.from(bytes).toString('base64');

export const LETTERS: readonly Written[] = [
  {
    name: 'outlook',
    subject: 'Befund für Frau Müller – 結果',
    text: 'Potassium 5.9 mmol/l, creatinine rising.\r\nPlease call me.\r\n',
    html: '<html><head><meta charset="utf-8"></head><body><p>Potassium <b>5.9</b> mmol/l, creatinine rising.</p><p><img src="cid:image001.png@01DB" alt=""></p><p>Please call me. Grüße</p></body></html>',
    attachments: [
      { filename: 'image001.png', contentType: 'image/png', content: PIXEL, contentId: 'image001.png@01DB' },
      { filename: 'Ergebnis für Müller – geprüft 結果.pdf', contentType: 'application/pdf', content: base64(Uint8Array.from({ length: 200_000 }, (_, i) => (i * 2_654_435_761) >>> 24)) },
      { filename: 'values.csv', contentType: 'text/csv', content: base64('a,b\n1,2\r\nü\r') },
    ],
  },
  {
    name: 'plain',
    subject: 'Follow-up',
    text: `From here on: MRN 4471902.\r\n.\r\n..\r\n${'word '.repeat(400).trimEnd()}\r\ntrailing blanks   \r\n-- \r\nAna\r\n`,
    attachments: [],
  },
];

export interface Letter {
  readonly written: Written;
  readonly protection: 'smime' | 'pgp';
  readonly address: string;
  /** as it stands in the mailbox */
  readonly raw: Buffer;
}

export interface Post {
  readonly letters: readonly Letter[];
  /** PEM: certificate and PKCS#8 key of the one with a certificate, and the authority of that certificate */
  readonly smime: { readonly certificate: string; readonly key: string; readonly authority: string };
  /** armored */
  readonly pgp: { readonly privateKey: string };
  /** what the service publishes: who verifies needs nothing else */
  readonly published: { readonly smime: { readonly authority: string; readonly fingerprint: string }; readonly pgp: { readonly key: string; readonly fingerprint: string } };
}

export async function openPost(): Promise<Post> {
  const stage = await openStage();
  try {
    const letters: Letter[] = [];
    for (const written of LETTERS) {
      const { subject, text, html, attachments } = written;
      const { status, body } = await stage.send('ana', { to: [{ address: SAM, name: 'Sam Park' }, { address: GINA, name: 'Gina Holt' }], subject, text, ...(html === undefined ? {} : { html }), attachments: [...attachments] });
      if (status !== 202) throw new Error(`the service did not take a letter: ${status}`);
      await stage.until('ana', body.id, ['relayed'], 60_000);
      for (const [address, protection, mark] of [[SAM, 'smime', 'application/pkcs7-mime'], [GINA, 'pgp', 'application/pgp-encrypted']] as const) {
        const found = (await stage.mailbox(address)).findLast((m) => m.raw.includes(mark));
        if (found === undefined) throw new Error(`no ${protection} mail arrived`);
        letters.push({ written, protection, address, raw: Buffer.from(found.raw, 'latin1') });
      }
    }
    const world = JSON.parse(readFileSync(join(stage.folder, 'world', 'people.json'), 'utf8'));
    const certificate = world.published.find((k: { kind: string }) => k.kind === 'smime').text;
    const published = await fetch(`${stage.url}/api/v1/identity`).then((answer) => answer.json());
    return { letters, smime: { certificate, key: world.secrets[SAM].smime, authority: world.authority }, pgp: { privateKey: world.secrets[GINA].pgp }, published };
  } finally {
    await stage.close();
  }
}

/** What a PGP mail carries beside the author's files: the key that verifies it. */
export const isOurKey = (name: string | undefined): boolean => /^OpenPGP_0x[0-9A-F]{16}\.asc$/.test(name ?? '');

export interface Keyring {
  /** GNUPGHOME, for the environment of whoever reads with GnuPG */
  readonly home: string;
  readonly env: NodeJS.ProcessEnv;
  close(): void;
}

/** One person's GnuPG, OpenPGP and S/MIME, holding both recipients' private keys and trusting what the service publishes. */
export function openKeyring(post: Post): Keyring {
  // Its agent listens on a socket here, whose path must be short.
  const home = mkdtempSync(join(tmpdir(), 'ssp-'));
  const file = (name: string, text: string | Uint8Array): string => {
    writeFileSync(join(home, name), text);
    return join(home, name);
  };
  const env = { ...process.env, GNUPGHOME: home, HOME: home, LC_ALL: 'C.UTF-8' };
  const run = (command: string, args: readonly string[], input?: string): string => execFileSync(command, [...args], { env, encoding: 'utf8', stdio: 'pipe', ...(input === undefined ? {} : { input }) });
  // Asked for a passphrase it answers with an empty one.
  const pinentry = file('pinentry', '#!/bin/sh\necho OK\nwhile read -r line; do case $line in GETPIN*) echo "D "; echo OK;; BYE*) echo OK; exit 0;; *) echo OK;; esac; done\n');
  chmodSync(pinentry, 0o755);
  // Only the list below says whom to trust: the pinentry agrees to everything.
  file('gpg-agent.conf', `pinentry-program ${pinentry}\nno-allow-mark-trusted\n`);
  file('gpgsm.conf', 'disable-crl-checks\ndisable-dirmngr\n');
  file('gpg.conf', 'no-auto-key-retrieve\n');
  const anchors = [post.published.smime.authority, post.smime.authority];
  const sha1 = (pem: string): string => run('openssl', ['x509', '-noout', '-fingerprint', '-sha1'], pem).replace(/.*=|\s/g, '');
  file('trustlist.txt', anchors.map((pem) => `${sha1(pem)} S relax\n`).join(''));
  run('gpg', ['--batch', '--import'], post.pgp.privateKey);
  run('gpg', ['--batch', '--import'], post.published.pgp.key);
  run('gpg', ['--batch', '--import-ownertrust'], `${post.published.pgp.fingerprint.toUpperCase()}:6:\n`);
  for (const pem of anchors) run('gpgsm', ['--batch', '--import'], pem);
  const both = file('person.pem', `${post.smime.certificate}${post.smime.key}`);
  run('openssl', ['pkcs12', '-export', '-in', both, '-out', join(home, 'person.p12'), '-passout', 'pass:', '-keypbe', 'PBE-SHA1-3DES', '-certpbe', 'PBE-SHA1-3DES', '-macalg', 'sha1']);
  const own = () => run('gpgsm', ['--batch', '--import', join(home, 'person.p12')]);
  // Prepared, not judged: on a busy machine its agent has failed this once and done it the next time.
  try { own(); } catch { own(); }
  return {
    home,
    env,
    close() {
      execFileSync('gpgconf', ['--homedir', home, '--kill', 'all'], { env, stdio: 'ignore' });
      rmSync(home, { recursive: true, force: true });
    },
  };
}

/** `Subject: …` and an empty line: above the words of S/MIME mail the subject stands again, for readers who see the outer one (RFC 9788 §5.2). */
export const above = (letter: Pick<Letter, 'protection' | 'written'>): string => (letter.protection === 'smime' ? `Subject: ${letter.written.subject}\n\n` : '');

const BELOW = { text: /\n+---\n[^\n]+ added this: [^\n]+\nAnswer securely: https?:\/\/\S+\/m\/[\w-]{43}\s*$/, html: /<div lang="en" style="margin-top:24px[^]*?<\/div>(?=<\/body>|\s*$)/ } as const;

/** The words without the link to answer securely, which must stand below them. */
export function withoutLink(words: string, kind: keyof typeof BELOW): string {
  const plain = words.replace(/\r\n/g, '\n');
  if (!BELOW[kind].test(plain)) throw new Error('no link to answer securely');
  return plain.replace(BELOW[kind], '');
}

/** A Maildir with these letters in it. */
export function maildir(folder: string, letters: readonly Letter[]): string {
  for (const part of ['cur', 'new', 'tmp']) mkdirSync(join(folder, part), { recursive: true });
  for (const [n, { raw }] of letters.entries()) writeFileSync(join(folder, 'new', `${1_700_000_000 + n}.${n}.peer`), raw);
  return folder;
}
