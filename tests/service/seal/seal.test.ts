import { X509Certificate, generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateKey, readKey, revokeKey } from 'openpgp';
import { dkimVerify } from 'mailauth/lib/dkim/verify.js';
import PostalMime from 'postal-mime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pgpPerson, smimeAuthority } from '../../../lab/people.keys.ts';
import type { Kind, PemPair, PgpPair } from '../../../lab/people.keys.ts';
import { openIdentity } from '../../../service/keys/identity.ts';
import type { Identity } from '../../../service/keys/identity.ts';
import { collect, flat } from '../../../service/seal/flow.ts';
import { pgpMessage } from '../../../service/seal/pgp.ts';
import { openSeal } from '../../../service/seal/seal.ts';
import type { Seal, SealInput } from '../../../service/seal/seal.ts';
import { enveloped } from '../../../service/seal/smime.ts';
import { DATE, MESSAGE_ID, SAMPLES, attachment, inputOf } from './drafts.ts';
import { tool } from '../../tools.ts';
import { gpg, openssl } from './readers.ts';
import type { Gpg, Openssl } from './readers.ts';
import { carries, headerOf, protects, sameMessage } from './seal.case.ts';

const OUTER = 'Encrypted message from Riverside Clinic';
const ORGANISATION = { name: 'Riverside Clinic', phone: '+1 555 0100', address: 'secure@riverside.test' };
const world = { now: () => Date.now(), random: (n: number) => new Uint8Array(randomBytes(n)) };
const KINDS: readonly Kind[] = ['rsa', 'p256', 'p384'];

let folder: string;
let identity: Identity;
let seal: Seal;
let anchor: string;
let ssl: Openssl;
let pgp: Gpg;
const people = new Map<Kind, PemPair>();
let gina: { readonly ecc: PgpPair; readonly rsa: PgpPair };

const der = (pair: PemPair): Uint8Array => new Uint8Array(new X509Certificate(pair.certificate).raw);
const smimeKey = (kind: Kind, gcm = false, oaep = false) => ({ id: 'key_x', certificate: der(people.get(kind)!), gcm, oaep });
const pgpKey = async (pair: PgpPair) => ({ id: 'key_x', key: (await readKey({ armoredKey: pair.publicKey })).write() });

const readers = tool('openssl', 'whether openssl opens and verifies what is sealed') && tool('gpg', 'whether gpg opens and verifies what is sealed');

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ss-seal-'));
  identity = await openIdentity({ world, safe: { seal: (b) => b, open: (b) => b }, noted: async () => undefined, folder, organisation: ORGANISATION });
  seal = openSeal({ world, identity, organisation: ORGANISATION });
  const ca = smimeAuthority();
  for (const kind of KINDS) people.set(kind, ca.person('Sam Park', 'sam.park@stmarys.test', kind));
  gina = { ecc: await pgpPerson('Gina Holt', 'gina.holt@keyring.test'), rsa: await pgpPerson('Gina Holt', 'gina.holt@keyring.test', 'rsa') };
  anchor = new X509Certificate(identity.published().authority).toString();
  if (!readers) return;
  ssl = openssl();
  pgp = gpg();
  pgp.import(gina.ecc.privateKey);
  pgp.import(gina.rsa.privateKey);
  pgp.import(identity.published().pgp);
});

afterAll(async () => {
  await seal.close();
  if (readers) {
    ssl.close();
    pgp.close();
  }
  rmSync(folder, { recursive: true, force: true });
});

const opened = (kind: Kind) => async (bytes: Uint8Array) => {
  const pair = people.get(kind)!;
  return ssl.verify(ssl.decrypt(bytes, pair.certificate + pair.key), anchor);
};

async function pgpOpened(bytes: Uint8Array): Promise<Buffer> {
  const { attachments } = await PostalMime.parse(bytes, { forceRfc822Attachments: true });
  const message = attachments.find((a) => a.filename === 'encrypted.asc')!;
  const { plain, status } = pgp.decrypt(Buffer.from(message.content as ArrayBuffer));
  expect(status).toMatch(/^\[GNUPG:\] GOODSIG /m);
  expect(status).toMatch(/^\[GNUPG:\] GOODMDC/m);
  expect(status).toContain((await identity.pgp(SAMPLES[0]!.draft.from)).fingerprint.toUpperCase());
  return plain;
}

describe('tls', () => protects(() => ({ name: 'tls', seal: seal.tls, open: async (bytes) => bytes, outerSubject: null })));
describe.skipIf(!readers)('smime, opened by openssl', () => protects(() => ({ name: 'smime', seal: (input) => seal.smime(input, smimeKey('rsa')), open: opened('rsa'), outerSubject: OUTER, display: true })));
describe.skipIf(!readers)('pgp, opened by gpg', () => protects(() => ({ name: 'pgp', seal: async (input) => seal.pgp(input, await pgpKey(gina.ecc)), open: pgpOpened, outerSubject: OUTER })));

describe.skipIf(!readers)('every kind of key', () => {
  const sample = SAMPLES.find((s) => s.name === 'an image within')!;
  const rows = KINDS.flatMap((kind) => [false, true].flatMap((gcm) => (kind === 'rsa' ? [false, true] : [false]).map((oaep) => [kind, gcm, oaep] as const)));
  it.each(rows)('smime %s gcm=%s oaep=%s', async (kind, gcm, oaep) => {
    const sealed = await seal.smime(inputOf(sample), smimeKey(kind, gcm, oaep));
    expect(headerOf(sealed.bytes)).toContain(gcm ? 'smime-type=authEnveloped-data' : 'smime-type=enveloped-data');
    await sameMessage(await opened(kind)(sealed.bytes), sample);
    expect(sealed.facts).toMatchObject({ protection: 'smime', cipher: gcm ? 'aes-256-gcm' : 'aes-256-cbc', keyEncryption: kind === 'rsa' ? (oaep ? 'rsa-oaep-sha256' : 'rsa-pkcs1-v1.5') : kind === 'p256' ? 'ecdh-prime256v1' : 'ecdh-secp384r1' });
  });
  it('pgp to an RSA key', async () => {
    await sameMessage(await pgpOpened((await seal.pgp(inputOf(sample), await pgpKey(gina.rsa))).bytes), sample);
  });
});

it.skipIf(!readers)('pgp mail carries the key that verifies it, with the author\'s address on it', async () => {
  const sample = SAMPLES[0]!;
  const { bytes } = await seal.pgp(inputOf(sample), await pgpKey(gina.ecc));
  const { attachments } = await PostalMime.parse(await pgpOpened(bytes));
  const enclosed = attachments.find((a) => a.mimeType === 'application/pgp-keys');
  expect(enclosed?.filename).toMatch(/^OpenPGP_0x[0-9A-F]{16}\.asc$/);
  const stranger = gpg();
  try {
    stranger.import(gina.ecc.privateKey);
    stranger.import(Buffer.from(enclosed!.content as ArrayBuffer));
    expect(stranger.run('--list-keys', sample.draft.from.address).toString()).toContain((await identity.pgp(sample.draft.from)).fingerprint.toUpperCase());
    const { attachments: outer } = await PostalMime.parse(bytes);
    expect(stranger.decrypt(Buffer.from(outer.find((a) => a.filename === 'encrypted.asc')!.content as ArrayBuffer)).status).toMatch(/GOODSIG/);
    expect(() => stranger.run('--trust-model', 'always', '-r', sample.draft.from.address, '--encrypt', '/dev/null')).toThrow();
  } finally {
    stranger.close();
  }
});

describe.skipIf(!readers)('every length', () => {
  const sizes = [0, 1, 15, 16, 17, 57, 10_240, 262_144];
  const rows = sizes.flatMap((n) => (['rsa', 'p256'] as const).flatMap((kind) => [false, true].map((gcm) => [n, kind, gcm] as const)));
  it.each([...rows, [25 * 1024 * 1024 + 3, 'rsa', false], [25 * 1024 * 1024 + 3, 'p256', true]] as const)('CMS of %i bytes, %s, gcm=%s', (n, kind, gcm) => {
    const bytes = randomBytes(n);
    const pair = people.get(kind)!;
    const { content } = enveloped(flat(bytes), smimeKey(kind, gcm));
    expect(ssl.decrypt(collect(content), pair.certificate + pair.key, 'DER').equals(bytes)).toBe(true);
  });
  it('25 MB attached, three ways', async () => {
    const big = attachment('scan.tif', 'image/tiff', randomBytes(25 * 1024 * 1024 + 3));
    const sample = { name: 'big', draft: { ...SAMPLES[0]!.draft, attachments: [big.fact] }, contents: [big.bytes] };
    const [tls, smime, mail] = await Promise.all([seal.tls(inputOf(sample)), seal.smime(inputOf(sample), smimeKey('rsa')), seal.pgp(inputOf(sample), await pgpKey(gina.ecc))]);
    for (const entity of [tls.bytes, await opened('rsa')(smime.bytes), await pgpOpened(mail.bytes)]) {
      const file = (await PostalMime.parse(entity)).attachments.find((a) => a.filename === 'scan.tif');
      expect(Buffer.from(file!.content as ArrayBuffer).equals(big.bytes)).toBe(true);
    }
  });
  it.each([[false, 'rsa'], [true, 'rsa'], [false, 'p256'], [true, 'p256']] as const)('the reader is named octet by octet, however odd its authority\'s name, gcm=%s %s', (gcm, kind) => {
    const odd = der(people.get(kind)!);
    // "Lab Mail Authority" as a TeletexString (RFC 5280 §4.1.2.4 allows old ones) of octets that are no text
    const at = Buffer.from(odd).indexOf('Lab Mail Authority');
    odd[at - 2] = 0x14;
    odd.fill(0xfe, at, at + 4);
    const cms = Buffer.from(collect(enveloped(flat(randomBytes(100)), { id: 'k', certificate: odd, gcm, oaep: false }).content));
    const { serialNumber } = new X509Certificate(der(people.get(kind)!));
    // … SET { SEQUENCE { 2.5.4.3, the name } } } and the serial right behind it
    const named = Buffer.concat([Buffer.from('060355040314', 'hex'), Buffer.of(18), odd.subarray(at, at + 18), Buffer.of(2, serialNumber.length / 2), Buffer.from(serialNumber, 'hex')]);
    expect(cms.includes(named)).toBe(true);
  });
  it('one bit changed on the way is noticed', () => {
    const pair = people.get('rsa')!;
    const cms = collect(enveloped(flat(randomBytes(5000)), smimeKey('rsa', true)).content);
    cms[cms.length - 2000]! ^= 1;
    expect(() => ssl.decrypt(cms, pair.certificate + pair.key, 'DER')).toThrow('openssl refused');
  });
});

describe.skipIf(!readers)('protected headers (RFC 9788)', () => {
  const sample = SAMPLES.find((s) => s.name === 'a reply')!;
  it.each([['smime'], ['pgp']] as const)('%s', async (kind) => {
    const sealed = kind === 'smime' ? await seal.smime(inputOf(sample), smimeKey('rsa')) : await seal.pgp(inputOf(sample), await pgpKey(gina.ecc));
    const inner = headerOf(kind === 'smime' ? await opened('rsa')(sealed.bytes) : await pgpOpened(sealed.bytes));
    const outer = headerOf(sealed.bytes);
    expect(outer).not.toContain('RE: Labs');
    expect(inner).toContain('\r\nSubject: RE: Labs\r\n');
    expect(inner).toContain(`\r\nHP-Outer: Subject: ${OUTER}\r\n`);
    expect(inner).toMatch(/^Content-Type: (?:text\/plain|multipart\/mixed);[^:]*hp="cipher"; protected-headers="v1"/m);
    // What the payload says of the outside is what stands outside.
    const said = [...inner.matchAll(/^HP-Outer: (.*(?:\r\n[ \t].*)*)/gm)].map((m) => m[1]);
    const stands = outer.split(/\r\n(?![ \t])/).filter((line) => line !== '' && !/^(?:mime-version|content-)/i.test(line));
    expect(said).toEqual(stands);
  });
});

describe('what must not pass', () => {
  const rows: readonly (readonly [string, (input: SealInput) => SealInput])[] = [
    ['a subject with a line break', (i) => ({ ...i, draft: { ...i.draft, subject: 'x\r\nBcc: eve@x.test\r\n\r\nbody' } })],
    ['a name with a line break', (i) => ({ ...i, draft: { ...i.draft, from: { ...i.draft.from, name: 'Ana\r\nBcc: eve@x.test' } } })],
    ['a recipient\'s name with a line break', (i) => ({ ...i, draft: { ...i.draft, recipients: [{ ...i.draft.recipients[0]!, name: 'S\nBcc: eve@x.test' }] } })],
    ['a file name with a line break', (i) => ({ ...i, draft: { ...i.draft, attachments: [attachment('a\r\nBcc: eve@x.test', 'text/plain', Buffer.from('x')).fact] }, contents: [Buffer.from('x')] })],
    ['an answered id with a line break', (i) => ({ ...i, draft: { ...i.draft, inReplyTo: '<a@b>\r\nBcc: eve@x.test', references: ['<a@b>\r\nBcc: eve@x.test'] } })],
    ['a content id with a line break', (i) => ({ ...i, draft: { ...i.draft, html: '<img src="cid:a">', attachments: [attachment('a', 'image/png', Buffer.from('x'), 'a\r\nBcc: eve@x.test').fact] }, contents: [Buffer.from('x')] })],
  ];
  it.each(rows)('%s makes no header', async (_, change) => {
    const { bytes } = await seal.tls(change(inputOf(SAMPLES[0]!)));
    carries(bytes);
    expect(Buffer.from(bytes).toString('latin1')).not.toMatch(/^bcc:/im);
  });
  it.each([
    ['an address with a line break', (i: SealInput): SealInput => ({ ...i, draft: { ...i.draft, from: { address: 'ana@riverside.test\r\nBcc: eve@x.test' } } }), 'address-malformed'],
    ['an address that is none', (i: SealInput): SealInput => ({ ...i, draft: { ...i.draft, recipients: [{ role: 'to' as const, address: 'sam' }] } }), 'address-malformed'],
    ['a Message-ID that is none', (i: SealInput): SealInput => ({ ...i, messageId: 'x' }), 'message-id-malformed'],
  ])('%s is refused', async (_, change, code) => {
    await expect(seal.tls(change(inputOf(SAMPLES[0]!)))).rejects.toMatchObject({ code });
  });
  it('a key nobody can encrypt to', async () => {
    const ca = smimeAuthority();
    const ed = ca.person('Sam', 'sam.park@stmarys.test', 'ed25519');
    const signOnly = identity.published().pgp;
    await expect(seal.smime(inputOf(SAMPLES[0]!), { id: 'k', certificate: der(ed), gcm: false, oaep: false })).rejects.toMatchObject({ code: 'key-unusable' });
    await expect(seal.pgp(inputOf(SAMPLES[0]!), { id: 'k', key: signOnly })).rejects.toMatchObject({ code: 'key-unusable' });
    await expect(seal.pgp(inputOf(SAMPLES[0]!), { id: 'k', key: randomBytes(300) })).rejects.toMatchObject({ code: 'key-unusable' });
    // and the workers go on
    expect((await seal.tls(inputOf(SAMPLES[0]!))).facts).toMatchObject({ protection: 'tls' });
  });
});

it('an OpenPGP key that was read before ends, or is taken back, all the same', async () => {
  const made = Date.now() - 60_000;
  const { privateKey, publicKey } = await generateKey({ type: 'ecc', curve: 'curve25519Legacy', userIDs: [{ email: 'gina.holt@keyring.test' }], keyExpirationTime: 3600, date: new Date(made), format: 'object' });
  const signer = await identity.pgp(SAMPLES[0]!.draft.from);
  const sealed = (key: Uint8Array, date: number) => pgpMessage(flat(randomBytes(100)), { id: 'k', key }, signer, date);
  expect((await sealed(publicKey.write(), made + 1000)).facts['recipientKey']).toBe(publicKey.getFingerprint());
  await expect(sealed(publicKey.write(), made + 3_600_000)).rejects.toMatchObject({ code: 'key-unusable' });
  const { publicKey: revoked } = await revokeKey({ key: privateKey, date: new Date(made + 2000), format: 'object' });
  await expect(sealed(revoked.write(), made + 3000)).rejects.toMatchObject({ code: 'key-unusable' });
  expect((await sealed(publicKey.write(), made + 4000)).facts['recipientKey']).toBe(publicKey.getFingerprint());
});

describe('our own mails', () => {
  const notice = { messageId: MESSAGE_ID, date: DATE, from: { address: 'ana.ruiz@riverside.test', name: 'Dr. Ana Ruiz' }, recipient: { address: 'rosa.delgado@brightmail.test', name: 'Rosa Delgado' }, link: 'https://mail.riverside.test/m/abc-DEF_123', recognition: 'blue <heron>', expires: Date.parse('2026-12-20T10:00:00Z'), discreet: false };
  it('a notice says what it must and no more', async () => {
    const sealed = await seal.notice(notice);
    carries(sealed.bytes);
    const mail = await PostalMime.parse(sealed.bytes);
    for (const shown of [mail.text!, mail.html!.replace(/&#60;/g, '<').replace(/&#62;/g, '>')]) {
      for (const word of [notice.link, notice.recognition, 'Riverside Clinic', '+1 555 0100', 'Dr. Ana Ruiz', 'December 20, 2026']) expect(shown).toContain(word);
    }
    expect(mail.html).not.toContain('<heron>');
    expect(mail.attachments).toEqual([]);
    expect(mail.from?.address).toBe('ana.ruiz@riverside.test');
    expect(headerOf(sealed.bytes)).not.toContain('Auto-Submitted');
    expect(sealed.facts).toMatchObject({ protection: 'portal' });
  });
  it('a discreet notice names nobody', async () => {
    const sealed = await seal.notice({ ...notice, discreet: true });
    const mail = await PostalMime.parse(sealed.bytes);
    expect(`${Buffer.from(sealed.bytes).toString()}${mail.text}${mail.html}`).not.toMatch(/Ruiz|ana\.ruiz/);
    expect(mail.text).toContain(notice.recognition);
    expect(mail.from).toMatchObject({ address: 'secure@riverside.test', name: 'Riverside Clinic' });
  });
  it('a plain mail says that a machine wrote it (RFC 3834)', async () => {
    const sealed = await seal.plain({ messageId: MESSAGE_ID, date: DATE, from: { address: ORGANISATION.address }, recipient: notice.recipient, subject: 'Your code', text: '123 456\n', headers: { 'X-Lab': 'yes' } });
    carries(sealed.bytes);
    expect(headerOf(sealed.bytes)).toMatch(/^Auto-Submitted: auto-generated\r\n/m);
    expect(headerOf(sealed.bytes)).toMatch(/^X-Lab: yes\r\n/m);
    expect((await PostalMime.parse(sealed.bytes)).text?.trim()).toBe('123 456');
  });
});

describe('DKIM', () => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const ed = generateKeyPairSync('ed25519');
  const pem = (key: typeof rsa.privateKey): string => key.export({ type: 'pkcs8', format: 'pem' }).toString();
  const keys = [{ selector: 'r1', privateKey: pem(rsa.privateKey) }, { selector: 'e1', privateKey: pem(ed.privateKey) }];
  const records: { readonly [name: string]: string } = {
    'r1._domainkey.riverside.test': `v=DKIM1; k=rsa; p=${rsa.publicKey.export({ type: 'spki', format: 'der' }).toString('base64')}`,
    'e1._domainkey.riverside.test': `v=DKIM1; k=ed25519; p=${ed.publicKey.export({ type: 'spki', format: 'der' }).subarray(-32).toString('base64')}`,
  };
  const resolver = async (name: string): Promise<string[][]> => {
    if (records[name] === undefined) throw Object.assign(new Error('no such name'), { code: 'ENOTFOUND' });
    return [[records[name]]];
  };
  it('signs last, twice, over all that travels', async () => {
    const signing = openSeal({ world, identity, organisation: ORGANISATION, dkim: { domain: 'riverside.test', keys } });
    const all = [await signing.tls(inputOf(SAMPLES[13]!)), await signing.smime(inputOf(SAMPLES[6]!), smimeKey('rsa')), await signing.pgp(inputOf(SAMPLES[0]!), await pgpKey(gina.ecc)), await signing.plain({ messageId: MESSAGE_ID, date: DATE, from: { address: ORGANISATION.address }, recipient: { address: 'a@b.test' }, subject: 'x', text: 'x' })];
    await signing.close();
    for (const sealed of all) {
      carries(sealed.bytes);
      const { results } = await dkimVerify(Buffer.from(sealed.bytes), { resolver });
      expect(results.map((r) => [r.selector, r.status.result]).sort()).toEqual([['e1', 'pass'], ['r1', 'pass']]);
      expect(sealed.facts).toMatchObject({ dkimDomain: 'riverside.test', dkimSelectors: 'r1 e1', size: sealed.bytes.length });
    }
    const changed = Buffer.from(all[0]!.bytes);
    changed[changed.length - 10]! ^= 1;
    expect((await dkimVerify(changed, { resolver })).results.every((r) => r.status.result === 'pass')).toBe(false);
  });
  it('never sends unsigned what should be signed', async () => {
    const signing = openSeal({ world, identity, organisation: ORGANISATION, dkim: { domain: 'riverside.test', keys: [{ selector: 'r1', privateKey: 'no key' }] } });
    await expect(signing.tls(inputOf(SAMPLES[0]!))).rejects.toMatchObject({ code: expect.stringMatching(/^dkim-failed|^seal-failed/) });
    await signing.close();
  });
});

describe('the workers', () => {
  it('end with the seal, and say so to those who wait', async () => {
    const short = openSeal({ world, identity, organisation: ORGANISATION, workers: 1 });
    const jobs = [short.tls(inputOf(SAMPLES[0]!)), short.tls(inputOf(SAMPLES[1]!)), short.tls(inputOf(SAMPLES[2]!))].map((job) => job.then(() => 'done', (fault: { code: string }) => fault.code));
    await short.close();
    expect(new Set(await Promise.all(jobs))).toEqual(new Set(['seal-closed']));
    await expect(short.tls(inputOf(SAMPLES[0]!))).rejects.toMatchObject({ code: 'seal-closed' });
  });
  it('leave the author\'s bytes where they are', async () => {
    const file = attachment('a.bin', 'application/octet-stream', new Uint8Array(randomBytes(1000)));
    const sample = { draft: { ...SAMPLES[0]!.draft, attachments: [file.fact] }, contents: [file.bytes] };
    await seal.tls(inputOf(sample));
    expect(file.bytes.length).toBe(1000);
  });
  it('take what is handed to them, and only that', async () => {
    const shared = randomBytes(1000).buffer;
    const whole = Buffer.concat([randomBytes(700_000)]);
    const files = [attachment('whole', 'application/octet-stream', whole), attachment('part', 'application/octet-stream', new Uint8Array(shared, 10, 20))];
    const copies = files.map((f) => Uint8Array.from(f.bytes));
    const draft = { ...SAMPLES[0]!.draft, attachments: files.map((f) => f.fact) };
    const { bytes } = await seal.tls({ ...inputOf({ draft, contents: files.map((f) => f.bytes) }), owned: true });
    expect(files.map((f) => f.bytes.length)).toEqual([0, 20]);
    await sameMessage(bytes, { name: '', draft, contents: copies });
  });
});
