/** Sealed to identities that others made, opened with their keys: RFC 9216 by openssl, go-crypto's OpenPGP keys by gpg; and protected headers as RFC 9788's appendices have them. */
import { X509Certificate, createHash, createPrivateKey, createPublicKey, randomBytes, sign } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decrypt, decryptKey, readCleartextMessage, readKey, readMessage, readPrivateKey, reformatKey, verify } from 'openpgp';
import PostalMime from 'postal-mime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openMessage } from '../../../lab/post/opened.ts';
import { openIdentity } from '../../../service/keys/identity.ts';
import type { Identity } from '../../../service/keys/identity.ts';
import { collect, flat } from '../../../service/seal/flow.ts';
import { messageMime, outerFields, payload } from '../../../service/seal/mime.ts';
import { pgpMessage } from '../../../service/seal/pgp.ts';
import { openSeal } from '../../../service/seal/seal.ts';
import type { Seal } from '../../../service/seal/seal.ts';
import { enveloped, signedEntity } from '../../../service/seal/smime.ts';
import { tool } from '../../tools.ts';
import { SAMPLES, inputOf } from './drafts.ts';
import { gpg, openssl } from './readers.ts';
import { sameMessage } from './seal.case.ts';

const vectors = (name: string) => JSON.parse(readFileSync(join(import.meta.dirname, '..', '..', 'vectors', name), 'utf8'));
const { identities } = vectors('rfc9216.json') as { readonly identities: { readonly [name: string]: string } };
const { keys } = vectors('openpgp.json') as { readonly keys: { readonly [name: string]: string } };
const der = (name: string) => new Uint8Array(new X509Certificate(identities[name]!).raw);
const organisation = { name: 'Riverside Clinic', phone: '', address: 'secure@riverside.test' };
const world = { now: () => Date.now(), random: (n: number) => new Uint8Array(randomBytes(n)) };

let folder: string;
let identity: Identity;
let seal: Seal;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ss-vectors-'));
  identity = await openIdentity({ world, safe: { seal: (b) => b, open: (b) => b }, noted: async () => undefined, folder, organisation });
  seal = openSeal({ world, identity, organisation });
});
afterAll(async () => {
  await seal.close();
  rmSync(folder, { recursive: true, force: true });
});

describe.skipIf(!tool('openssl', 'whether RFC 9216\'s people open what is sealed to them'))('RFC 9216', () => {
  it.each([['bob', false, false], ['alice', false, false], ['bob', true, true]] as const)('%s opens it, gcm=%s oaep=%s', async (name, gcm, oaep) => {
    const ssl = openssl();
    try {
      const sealed = await seal.smime(inputOf(SAMPLES[0]!), { id: 'k', certificate: der(`${name}Encrypt`), gcm, oaep });
      const inner = ssl.verify(ssl.decrypt(sealed.bytes, identities[`${name}Encrypt`]! + identities[`${name}EncryptKey`]!), new X509Certificate(identity.published().authority).toString());
      await sameMessage(inner, SAMPLES[0]!);
    } finally {
      ssl.close();
    }
  });
  it('what Alice signs for Bob verifies under their own authority', () => {
    const ssl = openssl();
    try {
      const key = createPrivateKey(identities['aliceSignKey']!).export({ type: 'pkcs8', format: 'der' });
      const entity = flat(Buffer.from('Content-Type: text/plain\r\n\r\nhello\r\n'));
      const sealed = collect(enveloped(signedEntity(entity, { certificate: der('aliceSign'), chain: [], key }, Date.now()), { id: 'k', certificate: der('bobEncrypt'), gcm: false, oaep: false }).content);
      const opened = ssl.decrypt(sealed, identities['bobEncrypt']! + identities['bobEncryptKey']!, 'DER');
      expect(ssl.verify(opened, identities['rsaAuthority']!).toString()).toBe('Content-Type: text/plain\r\n\r\nhello\r\n');
    } finally {
      ssl.close();
    }
  });
  it('curve 25519 is refused, not guessed at', async () => {
    await expect(seal.smime(inputOf(SAMPLES[0]!), { id: 'k', certificate: der('carlosEncrypt'), gcm: false, oaep: false })).rejects.toMatchObject({ code: 'key-unusable' });
  });
});

describe.skipIf(!tool('gpg', 'whether the owners of go-crypto\'s keys open what is sealed to them'))('OpenPGP keys of go-crypto', () => {
  it.each(['rsa2048PrivateKey', 'curve25519PrivateKey'])('%s', async (name) => {
    const reader = gpg();
    try {
      const locked = await readPrivateKey({ armoredKey: keys[name]! });
      const secret = locked.isDecrypted() ? locked : await decryptKey({ privateKey: locked, passphrase: 'password' });
      reader.import(secret.armor());
      reader.import(identity.published().pgp);
      const sealed = await seal.pgp(inputOf(SAMPLES[0]!), { id: 'k', key: (await readKey({ binaryKey: secret.toPublic().write() })).write() });
      const { attachments } = await PostalMime.parse(sealed.bytes);
      const { plain, status } = reader.decrypt(Buffer.from(attachments.find((a) => a.filename === 'encrypted.asc')!.content as ArrayBuffer));
      expect(status).toMatch(/GOODSIG/);
      await sameMessage(plain, SAMPLES[0]!);
    } finally {
      reader.close();
    }
  });
});

describe('RFC 9788 appendix C', () => {
  const { messages, payload: theirs } = vectors('rfc9788.json') as { readonly messages: { readonly [name: string]: string }; readonly payload: readonly string[] };
  const onOneClock = (field: string) => field.replace(/(?<=^(?:HP-Outer: )?Date: ).*/, (date) => new Date(date).toISOString());
  it('C.3.1.2: the same message of ours has the same fields inside, and says the same of those outside', async () => {
    const draft = { from: { address: 'alice@smime.example', name: 'Alice' }, recipients: [{ role: 'to', address: 'bob@smime.example', name: 'Bob' }], subject: 'smime-signed-enc-hp-baseline', text: 'x', attachments: [] } as const;
    const mime = await messageMime({ ...inputOf({ draft, contents: [] }), messageId: '<smime-signed-enc-hp-baseline@example>', date: Date.parse('2021-02-20T10:09:02-05:00') });
    const made = Buffer.from(collect(payload(mime, outerFields(mime, '[...]')))).toString();
    const fields = made.slice(0, made.indexOf('\r\n\r\n')).split(/\r\n(?![ \t])/);
    // Which program wrote it we tell nobody.
    expect(fields.filter((f) => !f.startsWith('Content-')).map(onOneClock).sort()).toEqual(theirs.filter((f) => !f.includes('User-Agent:')).map(onOneClock).sort());
    expect(fields.find((f) => f.startsWith('Content-Type:'))).toMatch(/; charset=utf-8;\r\n hp="cipher"/);
  });
  it.skipIf(!tool('openssl', 'whether RFC 9788\'s messages are as their author signed them'))('C.2: as Alice signed it', () => {
    const ssl = openssl();
    try {
      const mail = messages['smime-multipart-hp']!;
      const signed = ssl.verify(Buffer.from(mail.slice(mail.indexOf('Content-Type:'))), identities['rsaAuthority']!).toString();
      expect(signed).toMatch(/^MIME-Version: 1\.0\r\n[^]*hp="clear"\r\n\r\nThis is the\r\n/);
    } finally {
      ssl.close();
    }
  });
  it.each(['smime-one-part-hp', 'smime-multipart-hp'])('C.2, %s: the recipients\' reader shows the subject that is protected, and who signed', async (name) => {
    const veiled = messages[name]!.replace(/^Subject: .*$/m, 'Subject: [...]');
    expect(await openMessage(Buffer.from(veiled, 'latin1'), {})).toMatchObject({ trouble: null, layers: ['Signed (S/MIME) by Alice Lovelace'], subject: name, from: 'Alice <alice@smime.example>', text: expect.stringContaining(`\n${name}\n`) });
  });
});

/** Facts of the examples, not their text: which fields stand inside, which outside was seen, how the words begin. */
describe('RFC 9788 appendix E', () => {
  const dinner = { from: { address: 'alice@example.net', name: 'Alice' }, recipients: [{ role: 'to', address: 'bob@example.net', name: 'Bob' }], subject: 'Dinner plans', attachments: [] } as const;
  const fields = (text: string) => text.slice(0, text.indexOf('\r\n\r\n')).split(/\r\n(?![ \t])/);
  const made = async (draft: object) => {
    const mime = await messageMime({ ...inputOf({ draft: { ...dinner, ...draft }, contents: [] }), messageId: '<text-plain-legacy-display@lhp.example>' }, { display: true });
    return Buffer.from(collect(payload(mime, outerFields(mime, '[...]')))).toString();
  };
  it('E.1: words', async () => {
    const text = await made({ text: 'Let us meet at eight.\r\n' });
    const named = fields(text).map((f) => f.split(':')[0]).filter((n) => n !== 'Content-Transfer-Encoding').sort();
    expect(named).toEqual(['Content-Type', 'Date', 'From', 'HP-Outer', 'HP-Outer', 'HP-Outer', 'HP-Outer', 'HP-Outer', 'Message-ID', 'Subject', 'To']);
    expect(fields(text)).toContain('HP-Outer: Subject: [...]');
    expect(fields(text)).toContain('Subject: Dinner plans');
    expect(fields(text).find((f) => f.startsWith('Content-Type'))).toMatch(/^Content-Type: text\/plain; charset=utf-8; hp-legacy-display=1;\s+hp="cipher"/);
    expect(text.slice(text.indexOf('\r\n\r\n') + 4)).toMatch(/^Subject: Dinner plans\r\n\r\nLet us meet/);
  });
  it('E.2: HTML', async () => {
    const text = await made({ html: '<html><head><title></title></head><body><p>Let us meet.</p></body></html>' });
    const html = (await PostalMime.parse(text)).html;
    expect(html?.trim()).toBe('<html><head><title></title></head><body><div class="header-protection-legacy-display"><pre>Subject: Dinner plans</pre></div><p>Let us meet.</p></body></html>');
    expect(text).toContain('Content-Type: text/html; charset=utf-8; hp-legacy-display=1');
  });
});

describe('RFC 9580, appendix A', () => {
  const sample = vectors('rfc9580.json') as { readonly [name in 'primary' | 'subkey' | 'certificate' | 'secret' | 'cleartext' | 'inline' | 'encrypted' | 'password' | 'password-eax' | 'password-ocb' | 'password-gcm' | 'legacySecret' | 'legacyKey' | 'legacySignature' | 'argon2-aes128' | 'argon2-aes192' | 'session-aes128' | 'session-aes192']: string };
  const LIST = 'What we need from the grocery store:\n\n- tofu\n- vegetables\n- noodles\n';
  const hex = (text: string): Buffer => Buffer.from(text, 'hex');

  it('A.1 and A.2: the version 4 key and its signature follow from the secret number', () => {
    const secret = createPrivateKey({ key: Buffer.concat([hex('302e020100300506032b657004220420'), hex(sample.legacySecret)]), format: 'der', type: 'pkcs8' });
    // §5.5.5.5: after the curve's identifier a point of 263 bits, 0x40 before it.
    expect(sample.legacyKey.slice(-66)).toBe(`40${createPublicKey(secret).export({ format: 'der', type: 'spki' }).subarray(-32).toString('hex')}`);
    const signature = hex(sample.legacySignature);
    const hashed = signature.subarray(2, 14);
    const digest = createHash('sha256').update('OpenPGP').update(hashed).update(hex('04ff0000000c')).digest();
    const made = sign(null, digest, secret).toString('hex');
    expect(signature.subarray(26, 28)).toEqual(digest.subarray(0, 2));
    expect([signature.subarray(30, 62), signature.subarray(64)].map((half) => half.toString('hex'))).toEqual([made.slice(0, 64), made.slice(64)]);
  });
  it.skipIf(!tool('gpg', 'whether gpg verifies RFC 9580 A.2 by the key of A.1 as we publish it'))('A.1 brought along signs for us, and gpg verifies A.2 by what we then publish', async () => {
    // §5.5.3: in clear, and a sum over what is secret
    const number = Buffer.concat([hex('00fd'), hex(sample.legacySecret)]);
    const body = Buffer.concat([hex(sample.legacyKey).subarray(2), hex('00'), number, Buffer.of(0, 0)]);
    body.writeUInt16BE(number.reduce((sum, byte) => (sum + byte) & 0xffff, 0), body.length - 2);
    const bare = await readPrivateKey({ binaryKey: Buffer.concat([Buffer.of(0x94, body.length), body]) });
    expect(bare.getFingerprint()).toBe('c959bdbafa32a2f89a153b678cfde12197965a9a');
    const home = mkdtempSync(join(tmpdir(), 'ss-rfc-'));
    const keyring = gpg();
    try {
      const ours = await openIdentity({ world, safe: { seal: (b) => b, open: (b) => b }, noted: async () => undefined, folder: home, organisation, ownDomains: ['riverside.test'] });
      // Nobody has said whose it is.
      expect(await ours.bring({ pgp: bare.armor(), passphrase: '' }, 'u_ivy')).toMatchObject({ kind: 'refused' });
      const { privateKey } = await reformatKey({ privateKey: bare, userIDs: [{ email: 'secure@riverside.test' }], date: bare.getCreationTime(), format: 'armored' });
      expect(await ours.bring({ pgp: privateKey, passphrase: '' }, 'u_ivy')).toMatchObject({ kind: 'pgp', fingerprint: bare.getFingerprint() });
      keyring.import(ours.published().pgp);
      const [data, signature] = ['data', 'signature'].map((name) => join(home, name));
      writeFileSync(data!, 'OpenPGP');
      writeFileSync(signature!, hex(sample.legacySignature));
      expect(keyring.run('--status-fd', '1', '--verify', signature!, data!).toString()).toMatch(/GOODSIG 8CFDE12197965A9A/);
      writeFileSync(data!, 'OpenPGp');
      expect(() => keyring.run('--verify', signature!, data!)).toThrow();
    } finally {
      keyring.close();
      rmSync(home, { recursive: true, force: true });
    }
  });
  it.each(['aes128', 'aes192'] as const)('A.12: by the session key that Argon2 unlocks, %s', async (algorithm) => {
    const message = () => readMessage({ armoredMessage: sample[`argon2-${algorithm}`] });
    expect((await decrypt({ message: await message(), sessionKeys: [{ data: hex(sample[`session-${algorithm}`]), algorithm }] })).data).toBe('Hello, world!');
    await expect(decrypt({ message: await message(), sessionKeys: [{ data: hex(sample[`session-${algorithm}`]).fill(0, 3, 4), algorithm }] })).rejects.toThrow();
  });
  it('A.6 and A.7: the signed messages verify by that certificate, and changed ones do not', async () => {
    const verificationKeys = await readKey({ armoredKey: sample.certificate });
    const date = new Date('2026-11-22T00:00:00Z');
    const clear = await verify({ message: await readCleartextMessage({ cleartextMessage: sample.cleartext }), verificationKeys, date });
    const inline = await verify({ message: await readMessage({ armoredMessage: sample.inline }), verificationKeys, date });
    expect([String(clear.data).trim(), await clear.signatures[0]!.verified, String(inline.data).trim(), await inline.signatures[0]!.verified]).toEqual([LIST.trim(), true, LIST.trim(), true]);
    const forged = await verify({ message: await readCleartextMessage({ cleartextMessage: sample.cleartext.replace('tofu', 'meat') }), verificationKeys, date });
    await expect(forged.signatures[0]!.verified).rejects.toThrow();
  });
  it('A.8: what others sealed to it opens as what we sealed does', async () => {
    const { data } = await decrypt({ message: await readMessage({ armoredMessage: sample.encrypted }), decryptionKeys: await readPrivateKey({ armoredKey: sample.secret }) });
    expect(data).toBe('Hello, world!');
  });
  it.each(['eax', 'ocb', 'gcm'] as const)('A.9 to A.11: by password, %s', async (mode) => {
    const { data } = await decrypt({ message: await readMessage({ armoredMessage: sample[`password-${mode}`] }), passwords: sample.password });
    expect(data).toBe('Hello, world!');
    await expect(decrypt({ message: await readMessage({ armoredMessage: sample[`password-${mode}`] }), passwords: 'passwort' })).rejects.toThrow();
  });
  it('what is sealed to the version 6 certificate opens with its secret key, signed', async () => {
    const privateKey = await readPrivateKey({ armoredKey: sample.secret });
    const key = (await readKey({ armoredKey: sample.certificate })).write();
    const author = { address: 'ana.ruiz@riverside.test' };
    const signer = await identity.pgp(author);
    const { armored, facts } = await pgpMessage(flat(Buffer.from('Potassium 5.9')), { id: 'k', key }, signer, Date.now());
    const { data, signatures } = await decrypt({ message: await readMessage({ armoredMessage: Buffer.from(collect(armored)).toString() }), decryptionKeys: privateKey, verificationKeys: await readKey({ binaryKey: signer.published }), expectSigned: true });
    expect([data, await signatures[0]!.verified, facts['recipientKey'], facts['recipientSubkey']]).toEqual(['Potassium 5.9', true, sample.primary, sample.subkey]);
  });
});
