/** Whose an OpenPGP key is and whether it can be encrypted to: one row a reason, and as many that find none. */
import { config, createMessage, encrypt, enums, generateKey, readKey, readMessage, readPrivateKey, reformatKey, revokeKey } from 'openpgp';
import type { PublicKey, SignaturePacket } from 'openpgp';
import { describe, expect, it } from 'vitest';
import { pgpPerson } from '../../../lab/people.keys.ts';
import { judgePgp, pgpKeysIn } from '../../../service/keys/pgp.ts';
import { collect, flat } from '../../../service/seal/flow.ts';
import { pgpMessage } from '../../../service/seal/pgp.ts';
import { NOW } from './ground.ts';

const GINA = 'gina.holt@keyring.test';
const DAY = 86_400_000;
const ID = { name: 'Gina Holt', email: GINA };

type Options = Parameters<typeof generateKey>[0];

async function made(options: Partial<Options> = {}) {
  const pair = await generateKey({ type: 'ecc', curve: 'ed25519Legacy', userIDs: [ID], date: new Date(NOW - 10 * DAY), format: 'armored', ...options } as Options & { format: 'armored' });
  return { public: pair.publicKey, private: pair.privateKey, revocation: pair.revocationCertificate };
}
const key = async (armoredKey: string): Promise<PublicKey> => readKey({ armoredKey });
const old = new Date(NOW - 10 * DAY);

/** The same key, its words about itself signed anew by SHA-1, as `gpg --cert-digest-algo SHA1` does. */
async function bySha1(which: 'all' | 'owner' | 'subkey'): Promise<PublicKey> {
  const k = await readPrivateKey({ armoredKey: (await pgpPerson('Gina', GINA, 'rsa', NOW)).privateKey });
  const sign = async (signature: SignaturePacket, data: object) => {
    signature.hashAlgorithm = enums.hash.sha1;
    await (signature.sign as (...given: unknown[]) => Promise<void>).call(signature, k.keyPacket, data, old, false, { ...config, nonDeterministicSignaturesViaNotation: false });
  };
  if (which !== 'subkey') for (const user of k.users) for (const s of user.selfCertifications) await sign(s, { userID: user.userID, key: k.keyPacket });
  if (which !== 'owner') for (const subkey of k.subkeys) for (const s of subkey.bindingSignatures) await sign(s, { key: k.keyPacket, bind: subkey.keyPacket });
  return k.toPublic();
}

/** The subkey's numbers spoilt, and vouched for by its owner all the same. */
async function spoilt(options: Partial<Options>, spoil: (numbers: { [name: string]: Uint8Array }) => void): Promise<PublicKey> {
  const k = await readPrivateKey({ armoredKey: (await made(options)).private });
  const packet = k.subkeys[0]!.keyPacket as unknown as { publicParams: { [name: string]: Uint8Array }; computeFingerprintAndKeyID(): Promise<void> };
  spoil(packet.publicParams);
  await packet.computeFingerprintAndKeyID();
  return (await reformatKey({ privateKey: k, userIDs: [ID], date: old, format: 'object' })).publicKey;
}

type Row = [what: string, given: () => Promise<PublicKey>, unusable: string | undefined, detail: string, address?: string];

const ROWS: readonly Row[] = [
  ['curve 25519', async () => key((await made()).public), undefined, 'usable'],
  ['RSA of 3072 bits', async () => key((await pgpPerson('Gina', GINA, 'rsa', NOW)).publicKey), undefined, 'usable'],
  ['P-256', async () => key((await made({ curve: 'nistP256' })).public), undefined, 'usable'],
  ['the newer form of curve 25519', async () => key((await made({ type: 'curve25519' })).public), undefined, 'usable'],
  ['the address in another case', async () => key((await made()).public), undefined, 'usable', 'Gina.Holt@KEYRING.test'],
  ['the second of two owners', async () => key((await made({ userIDs: [{ name: 'G', email: 'g@old.test' }, ID] })).public), undefined, 'usable'],
  ['an owner without a name', async () => key((await made({ userIDs: [{ email: GINA }] })).public), undefined, 'usable'],
  ['an end in a week', async () => key((await made({ keyExpirationTime: 17 * 86_400 })).public), undefined, 'usable'],
  ['one subkey expired, one not', async () => key((await made({ subkeys: [{ keyExpirationTime: 86_400 }, {}] } as never)).public), undefined, 'usable'],
  ['expired', async () => key((await made({ keyExpirationTime: 86_400 })).public), 'key-expired', 'expired'],
  ['its encrypting subkey expired', async () => key((await made({ subkeys: [{ keyExpirationTime: 86_400 }] } as never)).public), 'key-expired', 'subkey'],
  ['revoked by its owner', async () => key((await revokeKey({ key: await readPrivateKey({ armoredKey: (await made()).private }), date: new Date(NOW - DAY), format: 'armored' })).publicKey), 'key-revoked', 'revoked'],
  ['revoked by certificate', async () => { const k = await made(); return key((await revokeKey({ key: await key(k.public), revocationCertificate: k.revocation, date: new Date(NOW - DAY), format: 'armored' })).publicKey); }, 'key-revoked', 'revoked'],
  ['its encrypting subkey revoked', async () => { const k = await readPrivateKey({ armoredKey: (await made()).private }); k.subkeys[0] = await k.subkeys[0]!.revoke(k.keyPacket as never, undefined, new Date(NOW - DAY)); return k.toPublic(); }, 'key-revoked', 'subkey'],
  ['its owner\'s name revoked', async () => { const k = await readPrivateKey({ armoredKey: (await made({ userIDs: [{ name: 'G', email: 'g@old.test' }, ID] })).private }); k.users[1] = await k.users[1]!.revoke(k.keyPacket as never, undefined, new Date(NOW - DAY)); return k.toPublic(); }, 'key-revoked', 'revoked'],
  ['it only signs', async () => key((await made({ subkeys: [] })).public), 'key-cannot-encrypt', 'sign-only'],
  ['its subkey only signs', async () => key((await made({ subkeys: [{ sign: true }] } as never)).public), 'key-cannot-encrypt', 'sign-only'],
  ['RSA of 1024 bits', async () => key((await made({ type: 'rsa', rsaBits: 1024, config: { minRSABits: 1024 } } as never)).public), 'key-too-weak', 'primary'],
  ['RSA to the power of one', () => spoilt({ type: 'rsa', rsaBits: 2048 }, (n) => { n['e'] = Uint8Array.of(1); }), 'key-too-weak', 'subkey'],
  ['RSA to an even power', () => spoilt({ type: 'rsa', rsaBits: 2048 }, (n) => { n['e'] = Uint8Array.of(1, 0); }), 'key-too-weak', 'subkey'],
  ['all of it vouched for by SHA-1', () => bySha1('all'), 'key-too-weak', 'sha-1'],
  ['its owner vouched for by SHA-1', () => bySha1('owner'), 'key-too-weak', 'sha-1'],
  ['its subkey vouched for by SHA-1', () => bySha1('subkey'), 'key-too-weak', 'sha-1'],
  ['another\'s', async () => key((await made({ userIDs: [{ name: 'Eve', email: 'eve@keyring.test' }] })).public), 'key-other-address', 'address'],
  ['an address that begins alike', async () => key((await made({ userIDs: [{ name: 'Eve', email: `${GINA}.evil.test` }] })).public), 'key-other-address', 'address'],
  ['the address only as a name', async () => key((await made({ userIDs: [{ name: GINA, email: 'eve@keyring.test' }] })).public), 'key-other-address', 'address'],
  ['an owner the key never certified', async () => { const eve = await key((await made({ userIDs: [{ name: 'Eve', email: 'eve@keyring.test' }] })).public); eve.users.push(...(await key((await made()).public)).users); return eve; }, 'key-other-address', 'address'],
];

describe('OpenPGP keys', () => {
  it.each(ROWS.map((row) => [row[2] ?? 'good', row[0], row] as const))('%s: %s', async (_, __, [, given, unusable, detail, address]) => {
    // What travels is bytes: judged is what was read again.
    const [read] = await pgpKeysIn((await given()).write());
    const verdict = await judgePgp(read!.key, address ?? GINA, NOW);
    expect(verdict).toMatchObject({ detail });
    expect(verdict.unusable).toBe(unusable);
    // And the library agrees on what it would encrypt to.
    if (unusable === undefined) await encrypt({ message: await createMessage({ text: 'x' }), encryptionKeys: read!.key, date: new Date(NOW) });
  });

  it('a point that is on no curve is found out when it is sealed to, and said to be the key\'s fault', async () => {
    const key = (await spoilt({ curve: 'nistP256' }, (n) => { n['Q'] = new Uint8Array(65).fill(4); })).write();
    const own = await readPrivateKey({ armoredKey: (await made({ subkeys: [] })).private });
    const signer = { key: own.write(), fingerprint: own.getFingerprint(), published: own.toPublic().write() };
    await expect(pgpMessage(flat(Buffer.from('x')), { id: 'k', key }, signer, NOW)).rejects.toMatchObject({ code: 'key-unusable' });
  });

  it('end when the key or its encrypting subkey ends', async () => {
    const week = await judgePgp(await key((await made({ keyExpirationTime: 17 * 86_400 })).public), GINA, NOW);
    const sub = await judgePgp(await key((await made({ subkeys: [{ keyExpirationTime: 12 * 86_400 }] } as never)).public), GINA, NOW);
    expect([week.expires, sub.expires]).toEqual([old.getTime() + 17 * DAY, old.getTime() + 12 * DAY]);
    expect((await judgePgp(await key((await made()).public), GINA, NOW)).expires).toBeUndefined();
  });
  it('are read armored, binary, several at once, and known when secret', async () => {
    const [a, b] = [await made(), await made({ userIDs: [{ name: 'B', email: 'b@keyring.test' }] })];
    expect(await pgpKeysIn(Buffer.from(`Here is my key:\n\n${a.public}\n`))).toHaveLength(1);
    expect(await pgpKeysIn((await key(a.public)).write())).toHaveLength(1);
    expect(await pgpKeysIn(new Uint8Array([...(await key(a.public)).write(), ...(await key(b.public)).write()]))).toHaveLength(2);
    expect((await pgpKeysIn(Buffer.from(a.private)))[0]).toMatchObject({ secret: true });
    expect((await pgpKeysIn(Buffer.from(a.private)))[0]!.key.isPrivate()).toBe(false);
  });
  it.each([
    ['nothing', new Uint8Array(0)],
    ['words', Buffer.from('a key')],
    ['armor of nothing', Buffer.from('-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n-----END PGP PUBLIC KEY BLOCK-----\n')],
    ['a message', Buffer.from('-----BEGIN PGP MESSAGE-----\n\nhF4D\n-----END PGP MESSAGE-----\n')],
    ['an endless packet', Uint8Array.of(0xc6, 0xff, 0xff, 0xff, 0xff, 0xff, 4)],
    ['megabytes', new Uint8Array(2_000_000).fill(0xc6)],
  ])('malformed: %s', async (_, given) => {
    expect(await pgpKeysIn(given)).toEqual([]);
  });
});

it('a subkey that SHA-1 alone binds is passed over for the next, when it is judged and when it is sealed to', async () => {
  const k = await readPrivateKey({ armoredKey: (await made({ type: 'rsa', rsaBits: 2048, subkeys: [{}, {}] } as never)).private });
  const [weak, strong] = k.subkeys;
  for (const s of weak!.bindingSignatures) {
    s.created = new Date(old.getTime() + DAY);
    s.hashAlgorithm = enums.hash.sha1;
    await (s.sign as (...given: unknown[]) => Promise<void>).call(s, k.keyPacket, { key: k.keyPacket, bind: weak!.keyPacket }, s.created, false, { ...config, nonDeterministicSignaturesViaNotation: false });
  }
  const bytes = k.toPublic().write();
  const [read] = await pgpKeysIn(bytes);
  expect(await judgePgp(read!.key, GINA, NOW)).toMatchObject({ detail: 'usable' });
  // What the library would take by its own rules.
  expect((await read!.key.getEncryptionKey(undefined, new Date(NOW))).getFingerprint()).toBe(weak!.getFingerprint());
  const us = await readPrivateKey({ armoredKey: (await pgpPerson('Us', 'us@riverside.test', 'ecc', NOW)).privateKey });
  const sealed = await pgpMessage(flat(Buffer.from('x')), { id: 'k', key: bytes }, { key: us.write(), fingerprint: us.getFingerprint(), published: us.toPublic().write() }, NOW);
  expect(sealed.facts).toMatchObject({ recipientSubkey: strong!.getFingerprint() });
  const message = await readMessage({ armoredMessage: Buffer.from(collect(sealed.armored)).toString() });
  expect(message.getEncryptionKeyIDs().map((id) => id.toHex())).toEqual([strong!.getKeyID().toHex()]);
});

describe('changed keys', () => {
  it('never bring other key material, and never break the reader', async () => {
    const whole = (await key((await made()).public)).write();
    const [original] = await pgpKeysIn(whole);
    const encrypting = (await original!.key.getEncryptionKey(undefined, new Date(NOW))).getFingerprint();
    let seed = 4;
    const next = (n: number): number => {
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
      return seed % n;
    };
    for (let n = 0; n < 300; n += 1) {
      const changed = Uint8Array.from(whole);
      for (let k = 0; k <= next(3); k += 1) {
        const at = next(changed.length);
        changed[at] = changed[at]! ^ (1 << next(8));
      }
      for (const { key: read } of await pgpKeysIn(n % 5 === 0 ? changed.subarray(0, next(changed.length)) : changed)) {
        if ((await judgePgp(read, GINA, NOW)).unusable !== undefined) continue;
        expect(read.getFingerprint()).toBe(original!.fingerprint);
        expect((await read.getEncryptionKey(undefined, new Date(NOW))).getFingerprint()).toBe(encrypting);
      }
    }
  });
});
