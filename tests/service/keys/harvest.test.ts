/** Certificates that come with signed mail, as OpenSSL signs it; and everything that must not be believed of a mail. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readKey } from 'openpgp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pgpPerson, smimeAuthority, type PemPair, type PgpPair } from '../../../lab/people.keys.ts';
import { keysInMail } from '../../../service/keys/discovery/mail.ts';
import { findKey } from '../../../service/keys/admission/admission.ts';
import { USAGE } from '../../../service/keys/trust.certificate.ts';
import { certificatesIn, readCertificate } from '../../../service/keys/trust.read.ts';
import { tool } from '../../tools.ts';

const SAM = 'sam.park@stmarys.test';
const now = Date.now();
const ca = smimeAuthority('Lab Mail Authority', now);
const strange = smimeAuthority('Strange', now);
const roots = certificatesIn(Buffer.from(ca.certificate)).map((c) => readCertificate(c)!);
const harvested = (mail: string | Buffer) => keysInMail(typeof mail === 'string' ? Buffer.from(mail, 'latin1') : mail, roots, now);

describe.skipIf(!tool('openssl', 'certificates harvested from mail that OpenSSL signed'))('signed mail', () => {
  let folder = '';
  beforeAll(() => { folder = mkdtempSync(join(tmpdir(), 'ss-harvest-')); });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  function sign(pair: PemPair, { from = `Sam Park <${SAM}>`, opaque = false, along = [] as string[], digest = 'sha256', pss = false, second = null as PemPair | null, inside = '', ends = '\r\n' } = {}): string {
    const file = (name: string, text?: string) => { if (text !== undefined) writeFileSync(join(folder, name), text); return join(folder, name); };
    const args = ['cms', '-sign', '-md', digest, '-in', file('in', `${inside}Content-Type: text/plain${inside === '' ? '' : '; hp="clear"'}\r\n\r\nPotassium is fine.\r\n`.replaceAll('\r\n', ends)), '-signer', file('cert', pair.certificate), '-inkey', file('key', pair.key), '-out', file('out'), ...(ends === '\r\n' ? ['-crlfeol'] : ['-binary']), ...(pss ? ['-keyopt', 'rsa_padding_mode:pss'] : []), ...(second === null ? [] : ['-signer', file('cert2', second.certificate), '-inkey', file('key2', second.key)]), ...(opaque ? ['-nodetach'] : []), ...(along.length > 0 ? ['-certfile', file('along', along.join(''))] : [])];
    execFileSync('openssl', args, { stdio: 'ignore' });
    // OpenSSL writes its own line ends in headers; mail has CRLF everywhere.
    return `From: ${from}\r\nTo: ana.ruiz@riverside.test\r\n${readFileSync(file('out'), 'latin1').replace(/\r?\n/g, '\r\n')}`;
  }
  const both = { usage: USAGE.digitalSignature | USAGE.keyEncipherment };
  const sam = ca.person('Sam Park', SAM, 'rsa', both);

  it.each([['detached', false], ['opaque', true]])('%s: the certificate is the sender\'s own, and can be encrypted to', async (_, opaque) => {
    const [arrival] = harvested(sign(sam, { opaque }));
    expect(arrival).toMatchObject({ address: SAM, source: { trust: 'harvested' } });
    expect(await findKey(arrival!.hits[0]!.bytes, SAM, roots, now)).toMatchObject({ kind: 'smime' });
  });

  it('signed by RSASSA-PSS: taken; with SHA-1 inside: not', () => {
    expect(harvested(sign(sam, { pss: true }))).toHaveLength(1);
    expect(harvested(sign(sam, { pss: true, digest: 'sha384' }))).toHaveLength(1);
    expect(harvested(sign(sam, { pss: true, digest: 'sha1' }))).toEqual([]);
    expect(harvested(sign(sam, { pss: true }).replace('Potassium', 'Potasslum'))).toEqual([]);
  });

  it('says what the sender\'s program announced', () => {
    expect(harvested(sign(sam))[0]!.hits[0]!.announces).toEqual({ gcm: false, oaep: false });
  });

  it('of two certificates, one to sign and one to encrypt, the latter is taken', async () => {
    const signs = ca.person('Sam Park', SAM, 'rsa', { usage: USAGE.digitalSignature });
    const opens = ca.person('Sam Park', SAM, 'rsa', { usage: USAGE.keyEncipherment });
    const [arrival] = harvested(sign(signs, { along: [opens.certificate] }));
    const found = await findKey(arrival!.hits[0]!.bytes, SAM, roots, now);
    expect('refused' in found ? found.refused : found.fingerprint).toBe(readCertificate(certificatesIn(Buffer.from(opens.certificate))[0]!)!.fingerprint);
  });

  it.each([false, true])('headers that are signed along say the same (RFC 9788), opaque: %s', (opaque) => {
    expect(harvested(sign(sam, { opaque, inside: `From: "Sam Park" <${SAM.toUpperCase()}>\r\n` }))).toHaveLength(1);
    for (const inside of ['From: eve@stmarys.test\r\n', 'Subject: x\r\n', `From: ${SAM}, eve@stmarys.test\r\n`]) expect(harvested(sign(sam, { opaque, inside }))).toEqual([]);
  });

  it('nor are they overlooked where the lines inside end in another way', () => {
    expect(harvested(sign(sam, { opaque: true, ends: '\n', inside: `From: ${SAM}\r\n` }))).toHaveLength(1);
    expect(harvested(sign(sam, { opaque: true, ends: '\n', inside: 'From: eve@stmarys.test\r\n' }))).toEqual([]);
  });

  it('an authority between comes along', async () => {
    const below = ca.below('Between');
    const [arrival] = harvested(sign(below.person('Sam Park', SAM, 'rsa', both), { along: [below.certificate] }));
    expect(await findKey(arrival!.hits[0]!.bytes, SAM, roots, now)).toMatchObject({ kind: 'smime' });
  });

  it.each<[string, () => string]>([
    ['a changed word', () => sign(sam).replace('Potassium', 'Potasslum')],
    ['another From', () => sign(sam, { from: 'eve@stmarys.test' })],
    ['two From fields', () => `From: eve@stmarys.test\r\n${sign(sam)}`],
    ['two authors', () => sign(sam, { from: `${SAM}, eve@stmarys.test` })],
    ['no From', () => sign(sam).replace(/^From:[^\r]*\r\n/, '')],
    ['a stranger\'s authority', () => sign(strange.person('Sam Park', SAM, 'rsa', both))],
    ['an expired certificate', () => sign(ca.person('Sam Park', SAM, 'rsa', { ...both, notAfter: now - 1000 }))],
    ['a certificate that may not sign', () => sign(ca.person('Sam Park', SAM, 'rsa', { usage: USAGE.keyEncipherment }))],
    ['a signature by SHA-1', () => sign(sam, { digest: 'sha1' })],
    // Which of the two speaks for the sender nobody can tell: gateways and lists add signatures of their own.
    ['two signers, the second another person', () => sign(sam, { second: ca.person('Eve', 'eve@stmarys.test', 'rsa', both) })],
    ['two signers, both the sender', () => sign(sam, { second: ca.person('Sam Park', SAM, 'rsa', both) })],
    ['two signers, the second by a stranger\'s authority', () => sign(sam, { second: strange.person('Sam Park', SAM, 'rsa', both) })],
    ['no signature', () => `From: ${SAM}\r\nContent-Type: text/plain\r\n\r\nhello\r\n`],
    ['half a mail', () => sign(sam).slice(0, 900)],
    ['no mail', () => 'hello'],
  ])('%s: nothing is taken', (_, mail) => {
    expect(harvested(mail())).toEqual([]);
  });

  it('changed mails never break the reader and never bring another certificate', async () => {
    const good = Buffer.from(sign(sam), 'latin1');
    const own = readCertificate(certificatesIn(Buffer.from(sam.certificate))[0]!)!.fingerprint;
    let seed = 9;
    const next = (n: number) => (seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0) % n;
    for (let n = 0; n < 400; n += 1) {
      const changed = Buffer.from(good);
      changed[next(changed.length)]! ^= 1 << next(8);
      for (const arrival of harvested(changed)) {
        expect(arrival.address).toBe(SAM);
        const found = await findKey(arrival.hits[0]!.bytes, SAM, roots, now);
        if (!('refused' in found)) expect(found.fingerprint).toBe(own);
      }
    }
  });
});

describe('Autocrypt', () => {
  let gina: PgpPair;
  let data = '';
  const GINA = 'gina@keyring.test';
  beforeAll(async () => {
    gina = await pgpPerson('Gina', GINA);
    data = Buffer.from((await readKey({ armoredKey: gina.publicKey })).write()).toString('base64');
  });
  const mail = (header: string, from = GINA, more = '') => `From: ${from}\r\n${more}Autocrypt: ${header}\r\n\r\nhi\r\n`;

  it('the key is taken with the least trust', async () => {
    const [arrival] = harvested(mail(`addr=${GINA.toUpperCase()}; prefer-encrypt=mutual; _later=x; keydata=${data.replace(/.{60}/g, '$&\r\n ')}`));
    expect(arrival).toMatchObject({ address: GINA, source: { trust: 'autocrypt' } });
    expect(await findKey(arrival!.hits[0]!.bytes, GINA, [], now)).toMatchObject({ kind: 'pgp' });
  });

  it.each<[string, () => string]>([
    ['another address', () => mail(`addr=eve@keyring.test; keydata=${data}`)],
    ['another From', () => mail(`addr=${GINA}; keydata=${data}`, 'eve@keyring.test')],
    ['two headers', () => mail(`addr=${GINA}; keydata=${data}`, GINA, `Autocrypt: addr=${GINA}; keydata=AAAA\r\n`)],
    ['an attribute nobody knows', () => mail(`addr=${GINA}; urgent=1; keydata=${data}`)],
    ['no key', () => mail(`addr=${GINA}`)],
    ['noise', () => mail(`addr=${GINA}; keydata=%%%`)],
    ['a report', () => mail(`addr=${GINA}; keydata=${data}`, GINA, 'Content-Type: multipart/report\r\n')],
  ])('%s: nothing is taken', (_, text) => expect(harvested(text())).toEqual([]));
});
