/** What the lab calls a fault of what crossed in clear: the guard at the end of every journey, so it must see each kind. */
import { expect, test } from 'vitest';
import type { Mail, Sight } from '../../../lab/hops.ts';
import { faultsInClear } from '../../../lab/post/clear.ts';

const OWN = 'secure@riverside.test';
const PAGE = `https://mail.riverside.test/m/${'a'.repeat(43)}`;
const raw = (head: readonly string[], body: string) => Buffer.from(`${[...head, 'MIME-Version: 1.0'].join('\r\n')}\r\n\r\n${body}\r\n`);
const ANA = 'From: Dr. Ana Ruiz <ana.ruiz@riverside.test>';
const PLAIN = 'Content-Type: text/plain; charset=utf-8';
const base64 = (text: string) => Buffer.from(text).toString('base64');
const withFile = `--b\r\n${PLAIN}\r\n\r\n${PAGE}\r\n--b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename=a.pdf\r\n\r\nx\r\n--b--`;

const TABLE: readonly (readonly [what: string, raw: Buffer, fault: RegExp | null])[] = [
  ['S/MIME', raw([ANA, 'Content-Type: application/pkcs7-mime; name=smime.p7m;\r\n smime-type=enveloped-data', 'Content-Transfer-Encoding: base64'], 'MIIB'), null],
  ['S/MIME, authenticated', raw([ANA, 'Content-Type: application/pkcs7-mime; smime-type="authEnveloped-data"'], 'MIIB'), null],
  ['OpenPGP', raw([ANA, 'Content-Type: multipart/encrypted; protocol="application/pgp-encrypted"; boundary=b'], '--b--'), null],
  ['a notice', raw([ANA, PLAIN], `You have a message: ${PAGE}`), null],
  ['a notice whose link is folded', raw([ANA, PLAIN, 'Content-Transfer-Encoding: quoted-printable'], `You have a message: ${PAGE.slice(0, 40)}=\r\n${PAGE.slice(40)}`), null],
  ['a mail of the service', raw([`From: Riverside Clinic <${OWN}>`, PLAIN], 'Your key was changed.'), null],
  ['what the ordinary server let go', raw([ANA, PLAIN, 'X-Ordinary-Server: the clinic'], 'Lithium is 1.9, please call.'), null],
  ['a message', raw([ANA, PLAIN], 'Please call today.'), /neither sealed nor a notice/],
  ['a message only signed', raw([ANA, 'Content-Type: application/pkcs7-mime; smime-type=signed-data'], 'MIIB'), /neither sealed nor a notice/],
  ['a notice with a word of the draft', raw([ANA, PLAIN], `Lithium is 1.9, please call. ${PAGE}`), /words of a draft/],
  ['the same, encoded', raw([ANA, PLAIN, 'Content-Transfer-Encoding: base64'], base64(`Lithium is 1.9, please call. ${PAGE}`)), /words of a draft/],
  ['a sealed message whose subject tells', raw([ANA, 'Subject: =?utf-8?B?TGl0aGl1bSBpcyAxLjksIHBsZWFzZSBjYWxsLg==?=', 'Content-Type: multipart/encrypted; boundary=b'], '--b--'), /words of a draft/],
  ['a notice with a file', raw([ANA, 'Content-Type: multipart/mixed; boundary=b'], withFile), /a file/],
];

const sight = (bytes: number): Sight => ({ connections: 1, secured: 0, mailFrom: 1, rcptTo: 1, dataBytes: bytes, plaintextDataBytes: bytes, requireTls: 0, wireBytes: bytes });
const mail = (bytes: Buffer): Mail => ({ receivedAt: 1, domain: 'oldpost.test', envelope: { from: 'b@riverside.test', to: ['walt@oldpost.test'] }, tls: null, raw: bytes, sawPlaintext: true });
const judge = (bytes: Buffer, counted = bytes.length) => faultsInClear({ mails: [mail(bytes)], sights: [sight(counted)], own: OWN, secrets: ['Lithium is 1.9, please call.'] });

test.each(TABLE)('%s', async (_what, bytes, fault) => {
  const faults = await judge(bytes);
  if (fault === null) expect(faults).toEqual([]);
  else expect(faults).toEqual([expect.stringMatching(fault)]);
  expect(faults.join()).not.toMatch(/Lithium|call/);
});

test('what a host counted and nobody kept is a fault: it went another way', async () => {
  const [, good] = TABLE[3] ?? ['', Buffer.alloc(0)];
  expect(await judge(good, good.length + 7)).toEqual([expect.stringContaining('7 bytes')]);
});
