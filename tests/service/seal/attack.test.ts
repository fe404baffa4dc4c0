/** Drafts made to break mail: what comes out is one well-formed message that says what the author wrote, or a refusal; never another header, part or recipient. */
import { X509Certificate, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { readKey } from 'openpgp';
import PostalMime from 'postal-mime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openMessage } from '../../../lab/post/opened.ts';
import { pgpPerson, smimeAuthority } from '../../../lab/people.keys.ts';
import type { PemPair, PgpPair } from '../../../lab/people.keys.ts';
import { openIdentity } from '../../../service/keys/identity.ts';
import type { Identity } from '../../../service/keys/identity.ts';
import { openSeal } from '../../../service/seal/seal.ts';
import type { Seal } from '../../../service/seal/seal.ts';
import { attachment, inputOf } from './drafts.ts';
import type { Sample } from './drafts.ts';
import { carries, headerOf, lines } from './seal.case.ts';

const world = { now: () => Date.now(), random: (n: number) => new Uint8Array(randomBytes(n)) };
const BASE = { from: { address: 'ana.ruiz@riverside.test', name: 'Ana' }, recipients: [{ role: 'to' as const, address: 'sam.park@stmarys.test' }], subject: 'x', text: 'x' };

let folder: string;
let identity: Identity;
let seal: Seal;
let sam: PemPair;
let gina: PgpPair;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ss-attack-'));
  identity = await openIdentity({ world, safe: { seal: (b) => b, open: (b) => b }, noted: async () => undefined, folder, organisation: { name: 'Riverside Clinic', address: 'secure@riverside.test' } });
  seal = openSeal({ world, identity, organisation: { name: 'Riverside Clinic', phone: '', address: 'secure@riverside.test' } });
  sam = smimeAuthority().person('Sam Park', 'sam.park@stmarys.test');
  gina = await pgpPerson('Gina Holt', 'gina.holt@keyring.test');
});
afterAll(async () => {
  await seal.close();
  rmSync(folder, { recursive: true, force: true });
});

const sample = (draft: object, ...files: ReturnType<typeof attachment>[]): Sample => ({ name: '', draft: { ...BASE, ...draft, attachments: files.map((f) => f.fact) }, contents: files.map((f) => f.bytes) });

/** Three ways, each opened again with the recipient's own key. */
async function everyWay(given: Sample) {
  const [tls, smime, pgp] = await Promise.all([
    seal.tls(inputOf(given)),
    seal.smime(inputOf(given), { id: 'k', certificate: new Uint8Array(new X509Certificate(sam.certificate).raw), gcm: false, oaep: false }),
    seal.pgp(inputOf(given), { id: 'k', key: (await readKey({ armoredKey: gina.publicKey })).write() }),
  ]);
  const secret = { smime: sam.key, pgp: gina.privateKey };
  return Promise.all([tls, smime, pgp].map(async ({ bytes }) => ({ bytes, opened: await openMessage(bytes, secret) })));
}

const FILES = ['..', '.htaccess', 'CON', 'a\u202egnp.exe', '😀'.repeat(127), 'n'.repeat(255), 'a;b="c"', '=?UTF-8?Q?x?=', "UTF-8''x", 'Ergebnis\u00a0für.pdf', '\u0041\u030angstrom.txt', 'a\tb.txt', '"', '\\', 'a\u0000b'];
const WORDS: readonly (readonly [string, string])[] = [
  ['a line of a million letters', 'x'.repeat(1_000_000)],
  ['only line ends', '\r\n'.repeat(2000)],
  ['dots alone', '.\r\n.\r\n.'],
  ['a mail of its own', 'From: eve@x.test\r\nBcc: eve@x.test\r\n\r\nhello'],
  ['armor within', '-----BEGIN PGP MESSAGE-----\r\n\r\nx\r\n-----END PGP MESSAGE-----'],
  ['an end that is none', '--\r\n--=\r\n----\r\n'],
  ['halves of letters', 'a\ud800b\udc00c'],
  ['controls', 'a\u0000b\u0007c\u001bd\u007f'],
  ['right to left', 'שלום \u202eabc\u202c 123'],
  ['a display of its own', 'Subject: other\r\n\r\nhello'],
];

describe('drafts made to break mail', () => {
  it.each(WORDS)('words: %s', async (_, text) => {
    for (const { bytes, opened } of await everyWay(sample({ text }))) {
      carries(bytes);
      expect(opened.trouble).toBeNull();
      expect(lines(opened.text)).toBe(lines(text.replace(/[\ud800-\udfff]/g, '\ufffd')));
    }
  });

  it('line ends of every kind: each is one, in text and HTML', async () => {
    const odd = fc.string({ unit: fc.constantFrom('\r', '\n', '\r\n', 'a', ' ', '.', '=', 'é', 'x'.repeat(75)), minLength: 1, maxLength: 40 });
    await fc.assert(fc.asyncProperty(odd, odd, async (text, words) => {
      const html = `<p>${words}</p>`;
      const { bytes } = await seal.tls(inputOf(sample({ text: `x${text}`, html })));
      carries(bytes);
      const mail = await PostalMime.parse(bytes);
      expect([lines(mail.text), lines(mail.html)]).toEqual([lines(`x${text}`), lines(html)]);
    }), { numRuns: 100 });
  });

  it.each(['', ' ', '\r\n\t'])('a text of %j beside HTML is made from the HTML', async (text) => {
    for (const { bytes, opened } of await everyWay(sample({ text, html: '<p>the only words</p>' }))) {
      carries(bytes);
      expect(opened.text).toContain('the only words');
    }
  });

  it.each(['=?utf-8?Q?MRN_4471902?=', 'Results =?utf-8?B?TVJOIDQ0NzE5MDI=?= and more', `=?utf-8?Q?${'é'.repeat(200)}?= ${'word '.repeat(60)}end`, '=?'])('a subject that looks encoded is read as it was written: %s', async (subject) => {
    for (const { bytes, opened } of await everyWay(sample({ subject, text: 'x' }))) {
      carries(bytes);
      expect(opened.subject).toBe(subject);
    }
  });

  it.each(['=?utf-8?Q?MRN_4471902?=', 'Dr. "Ana" =?utf-8?B?TVJOIDQ0NzE5MDI=?=', `=?utf-8?Q?${'é'.repeat(80)}?= ${'word '.repeat(40)}end`, 'a\\b =? c', '"=?utf-8?Q?x?=" <eve@x.test>'])('a name that looks encoded is read as it was written: %s', async (name) => {
    const people = [{ role: 'to' as const, address: 'sam.park@stmarys.test', name }, { role: 'cc' as const, address: 'tess@lakeside.test', name: 'Lane, Tess' }, { role: 'cc' as const, address: 'walt@oldpost.test', name }];
    for (const { bytes } of await everyWay(sample({ from: { address: 'ana.ruiz@riverside.test', name }, recipients: people }))) {
      carries(bytes);
      const { from, to, cc } = await PostalMime.parse(bytes);
      expect([from, ...(to ?? []), ...(cc ?? [])].map((a) => [a?.name, a?.address])).toEqual([[name, 'ana.ruiz@riverside.test'], ...people.map((p) => [p.name, p.address])]);
    }
  });

  it('of two pictures by one id the first is inline: a reader shows no other, and would hide it', async () => {
    const files = [attachment('one.png', 'image/png', Buffer.from('1'), 'img@x'), attachment('two.png', 'image/png', Buffer.from('2'), 'img@x'), attachment('none.png', 'image/png', Buffer.from('3'))];
    const { bytes } = await seal.tls(inputOf(sample({ html: '<img src="cid:img@x">' }, ...files)));
    const { attachments } = await PostalMime.parse(bytes);
    expect(attachments.map((a) => [a.filename, a.disposition]).toSorted()).toEqual([['none.png', 'attachment'], ['one.png', 'inline'], ['two.png', 'attachment']]);
  });

  it('only the picture whose whole id the HTML names is inline', async () => {
    const files = ['img1', 'img10@x', 'IMG2', 'g10@x'].map((id) => attachment(`${id}.png`, 'image/png', Buffer.from(id), id));
    const { bytes } = await seal.tls(inputOf(sample({ html: '<img src="cid:img10%40x"><img src=cid:img2>' }, ...files)));
    const { attachments } = await PostalMime.parse(bytes);
    expect(attachments.map((a) => [a.filename, a.disposition]).toSorted()).toEqual([['IMG2.png', 'inline'], ['g10@x.png', 'attachment'], ['img1.png', 'attachment'], ['img10@x.png', 'inline']]);
  });

  it('file names: each file arrives, and no name makes a header', async () => {
    const files = FILES.map((name, n) => attachment(name, 'application/octet-stream', Buffer.from(`file ${n}`)));
    for (const { bytes, opened } of await everyWay(sample({}, ...files))) {
      carries(bytes);
      expect(opened.attachments.filter((a) => a.contentType !== 'application/pgp-keys').map((a) => Buffer.from(a.content, 'base64').toString())).toEqual(files.map((_, n) => `file ${n}`));
      expect(opened.attachments.every((a) => !/[\r\n]/.test(a.filename))).toBe(true);
    }
  });

  it('a file name that looks encoded is decoded by nobody: its question mark is written as readers save it', async () => {
    const names = ['=?UTF-8?Q?invoice=2Eexe?=', 'a=?utf-8?B?ZXhl?=.pdf', 'é =?utf-8?B?ZXhl?= "b\\c".pdf', `${'x'.repeat(80)}=?utf-8?Q?=2Eexe?=`, 'why?=.pdf'];
    const files = names.map((name) => attachment(name, 'application/pdf', Buffer.from('x')));
    for (const { bytes, opened } of await everyWay(sample({ text: 'x' }, ...files))) {
      carries(bytes);
      expect(opened.attachments.filter((a) => a.contentType === 'application/pdf').map((a) => a.filename)).toEqual(names.map((name) => name.replace('=?', '=_')));
    }
  });

  it('nothing at all: no words, no subject, empty files', async () => {
    for (const { bytes, opened } of await everyWay(sample({ subject: '', text: '' }, attachment('', '', new Uint8Array(0)), attachment(' ', 'text/html', new Uint8Array(0))))) {
      carries(bytes);
      expect(opened.trouble).toBeNull();
      expect(opened.subject).not.toContain('undefined');
      expect(opened.attachments.filter((a) => a.contentType !== 'application/pgp-keys').map((a) => a.size)).toEqual([0, 0]);
    }
  });

  it('a subject that would close the element it stands in', async () => {
    const subject = '</pre></div><script>alert(1)</script> & "x"';
    const [, smime] = await everyWay(sample({ subject, text: undefined, html: '<body><p>hello</p>' }));
    expect(smime!.opened.subject).toBe(subject);
    expect(smime!.opened.html.trim()).toBe('<body><p>hello</p>');
  });

  it('five hundred recipients of every role: the hidden ones are nowhere, in no copy', async () => {
    const recipients = Array.from({ length: 500 }, (_, n) => ({ role: (['to', 'cc', 'bcc'] as const)[n % 3]!, address: `p${n}@r${n % 7}.test`, name: n % 2 === 0 ? `Pérson ${n}, "x"` : `P ${n}` }));
    for (const { bytes, opened } of await everyWay(sample({ recipients }))) {
      carries(bytes);
      const all = `${Buffer.from(bytes).toString('latin1')}${opened.to}${opened.cc}${opened.headers}`;
      for (const { address, role } of recipients) if (role === 'bcc') expect(all.includes(`<${address}>`) || all.includes(` ${address}`)).toBe(false);
      expect(opened.to.match(/@/g)?.length).toBe(167);
      expect(opened.cc.match(/@/g)?.length).toBe(167);
    }
  });

  it('any words in any header: the same fields stand, in the same number', async () => {
    const odd = fc.string({ unit: fc.constantFrom('\r', '\n', '\r\n', ':', ' ', '\t', '\u2028', '\u0085', '\v', '\0', 'é', '😀', '"', '<', '>', '=?', '?=', ';', ',', 'Bcc: eve@x.test', 'a'), maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(odd, odd, odd, odd, async (subject, name, filename, type) => {
        const { bytes } = await seal.tls(inputOf(sample({ subject, from: { ...BASE.from, name }, recipients: [{ ...BASE.recipients[0]!, name }] }, attachment(filename, type, Buffer.from('x')))));
        carries(bytes);
        const named = headerOf(bytes).split(/\r\n(?![ \t])/).filter((l) => l !== '').map((l) => l.slice(0, l.indexOf(':')).toLowerCase());
        expect(named.filter((n) => !['from', 'to', 'subject', 'message-id', 'date', 'mime-version', 'content-type', 'content-transfer-encoding'].includes(n))).toEqual([]);
        expect(new Set(named).size).toBe(named.length);
        const mail = await PostalMime.parse(bytes);
        expect([mail.from?.address, mail.to?.map((t) => t.address), mail.attachments.length]).toEqual([BASE.from.address, [BASE.recipients[0]!.address], 1]);
      }),
      { numRuns: 150 },
    );
  });
});
