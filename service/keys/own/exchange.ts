/**
 * Other signing keys in place of those kept: made anew, or brought along by an administrator (PKCS#12, an OpenPGP secret key). What signed before stays
 * published, because mail that it signed lies in mailboxes. What could also decrypt is cut off before it is published: nobody is to write to us what cannot be read.
 */
import { X509Certificate, createPublicKey, type KeyObject } from 'node:crypto';
import { SignaturePacket, config, enums, readPrivateKey, reformatKey, revokeKey, type PrivateKey, type PublicKey, type SecretKeyPacket } from 'openpgp';
import { domainOf, normalAddress, sameMailbox, within } from '../../../shared/draft/address.ts';
import { isRefusal, refuse, type Refusal } from '../../refusal.ts';
import type { Shut } from '../trust/pkcs12.ts';
import { mailOf } from '../pgp.ts';
import { judgeCertificate } from '../trust.ts';
import { USAGE } from '../trust.certificate.ts';
import { readCertificate, type CertificateFacts } from '../trust.read.ts';
import type { madeAuthority, madePgp } from './made.ts';
import { nameOf, openSigner, pemOf, type Earlier, type Kept } from './signer.ts';
import { openedPgp, openedPkcs12 } from './unlock.ts';

export type ExchangeRefusal = 'key-malformed' | 'passphrase-wrong' | 'key-expired' | 'key-cannot-sign' | 'key-too-weak' | 'key-other-address' | 'key-locked-too-hard' | 'key-lock-unknown' | 'key-too-new' | 'key-revoked';

export interface Exchanged {
  readonly kept: Kept;
  readonly kind: 'authority' | 'certificate' | 'pgp';
  readonly fingerprint: string;
}

/** Readers' clocks are slow at times. */
const GRACE = 3_600_000;
const SIGNS = 3;
/** keyEncipherment, dataEncipherment, keyAgreement */
const ENCRYPTS = USAGE.keyEncipherment | USAGE.dataEncipherment | USAGE.keyAgreement;
const CERT_SIGN = 32;

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64'));

/** What an exchange is made for: there is a better one, or somebody else may have it. */
export type Why = 'superseded' | 'compromised';

function retired(kept: Kept, now: number, why: Why): readonly Earlier[] {
  return before(kept, { kind: 'smime', text: pemOf(bytesOf(kept.authority)), fingerprint: fingerprintOf(kept.authority), ended: now, ...(why === 'compromised' ? { revoked: why } : {}), ...(kept.departed === undefined ? {} : { departed: kept.departed }) });
}

const before = (kept: Kept, gone: Earlier): readonly Earlier[] => [gone, ...(kept.earlier ?? [])].slice(0, 50);

/** Said by the key itself, for the last time: nobody could say it once the key is gone. */
async function retiredPgp(kept: Kept, organisation: Ours['organisation'], now: number, why: Why): Promise<readonly Earlier[]> {
  const key = await readPrivateKey({ binaryKey: bytesOf(kept.pgp) });
  const gone = { kind: 'pgp', fingerprint: kept.pgpFingerprint, ended: now } as const;
  if (why === 'superseded') return before(kept, { ...gone, text: (await ended(key, organisation, now)).armor(), expired: true });
  const { publicKey } = await revokeKey({ key, reasonForRevocation: { flag: enums.reasonForRevocation.keyCompromised, string: '' }, date: new Date(now), format: 'object' });
  return before(kept, { ...gone, text: publicKey.armor(), revoked: why });
}

/**
 * That it ended, where there is only a better one: what it signed stays good. A revocation, whatever its reason (RFC 9580 §5.2.3.31), GnuPG takes for a
 * warning that all of it may be forged. Signed onto the name for those who look there, and onto the key, from which no reader cuts it off.
 */
async function ended(key: PrivateKey, organisation: Ours['organisation'], now: number): Promise<PublicKey> {
  const own = await key.getExpirationTime();
  if (own instanceof Date && own.getTime() <= now) return key.toPublic();
  const born = key.getCreationTime();
  // Seconds from its making (RFC 9580 §5.2.3.13), of which 0 says never.
  const seconds = (until: number): number => Math.max(1, Math.floor((until - born.getTime()) / 1000));
  const named = async (date: Date, keyExpirationTime: number): Promise<PublicKey> => (await reformatKey({ privateKey: key, userIDs: [nameOf(organisation)], keyExpirationTime, date, format: 'object' })).publicKey;
  const date = new Date(now);
  const last = await named(date, seconds(now));
  const direct: DirectSignature = Object.assign(new SignaturePacket() as DirectSignature, {
    signatureType: enums.signature.key, publicKeyAlgorithm: key.keyPacket.algorithm, hashAlgorithm: enums.hash.sha512, keyExpirationTime: seconds(now), keyNeverExpires: false, rawNotations: [],
  });
  await direct.sign(key.keyPacket, { key: key.keyPacket }, date, false, config);
  (last as PublicKey & { readonly directSignatures: SignaturePacket[] }).directSignatures.push(direct);
  // What it said of itself before stays beside it: who meets it only now is to find that it stood when it signed.
  return (await named(born, own instanceof Date ? seconds(own.getTime()) : 0)).update(last, date);
}

/** As the library signs with it; untyped there. */
type DirectSignature = SignaturePacket & { sign(key: PrivateKey['keyPacket'], data: { readonly key: PrivateKey['keyPacket'] }, date: Date, detached: boolean, rules: typeof config): Promise<void> };

/** RFC 5280 §4.1.2.2: by which a certificate is one, however it is written */
const numberOf = (certificate: string): string => {
  const { issuer, serialNumber } = new X509Certificate(bytesOf(certificate));
  return `${serialNumber} ${issuer}`;
};

const fingerprintOf = (authority: string): string => readCertificate(bytesOf(authority))?.fingerprint ?? '';

/** An authority that was made here; what stood above the last one stands above this one no more. */
export function withAuthority(kept: Kept, made: Awaited<ReturnType<typeof madeAuthority>>, now: number, why: Why): Exchanged {
  const { above: _, departed: __, ...rest } = kept;
  const next: Kept = { ...rest, ...made, pgpMade: kept.pgpMade ?? kept.made, earlier: retired(kept, now, why) };
  return { kept: next, kind: 'authority', fingerprint: fingerprintOf(made.authority) };
}

export async function withMadePgp(kept: Kept, made: Awaited<ReturnType<typeof madePgp>>, organisation: Ours['organisation'], now: number, why: Why): Promise<Exchanged> {
  // The same key with a longer life is not another one.
  const earlier = made.pgpFingerprint === kept.pgpFingerprint ? kept.earlier ?? [] : await retiredPgp(kept, organisation, now, why);
  return { kept: { ...kept, ...made, earlier }, kind: 'pgp', fingerprint: made.pgpFingerprint };
}

const SHUT = { wrong: 'passphrase-wrong', costly: 'key-locked-too-hard', unknown: 'key-lock-unknown' } as const satisfies { readonly [S in Shut]: ExchangeRefusal };

/** Whose mail it is to sign. */
interface Ours {
  readonly organisation: { readonly name: string; readonly address: string };
  readonly ownDomains: readonly string[];
}

/** An authority takes the place of ours; a person's certificate stands beside it. Of several that the file has keys for, the first that signs. */
export async function withPkcs12(kept: Kept, file: Uint8Array, passphrase: string, ours: Ours, now: number): Promise<Exchanged | Refusal<ExchangeRefusal>> {
  const opened = await openedPkcs12(file, passphrase);
  if (opened === null) return refuse('key-malformed');
  if (typeof opened === 'string') return refuse(SHUT[opened]);
  const all = opened.certificates.map(readCertificate).filter((c) => c !== null);
  let refused: Refusal<ExchangeRefusal> | null = null;
  for (const key of opened.keys) {
    for (const mine of all.filter((c) => belongs(c, key))) {
      const exchanged = await withOne(kept, mine, key, all, ours, now);
      if (!isRefusal(exchanged)) return exchanged;
      refused ??= exchanged;
    }
  }
  return refused ?? refuse('key-malformed');
}

async function withOne(kept: Kept, mine: CertificateFacts, secret: KeyObject, all: readonly CertificateFacts[], ours: Ours, now: number): Promise<Exchanged | Refusal<ExchangeRefusal>> {
  if (now > mine.notAfter || now < mine.notBefore) return refuse('key-expired');
  if (mine.key.type === 'rsa' ? mine.key.bits < 2048 : mine.key.type !== 'ec') return refuse('key-too-weak');
  const key = base64(secret.export({ format: 'der', type: 'pkcs8' }));
  // What travels with every signature is taken up by those who read it: of the others authorities alone, or they would answer sealed to a certificate that encrypts.
  const above = all.filter((c, i) => c.ca && c.fingerprint !== mine.fingerprint && all.findIndex((one) => one.fingerprint === c.fingerprint) === i).map((c) => base64(c.der));
  if (mine.ca) {
    if (mine.usage !== null && (mine.usage & CERT_SIGN) === 0) return refuse('key-cannot-sign');
    const { departed: standing, ...rest } = kept;
    // Somebody else may have that key, under whatever certificate; and what an authority took back does not come back with it.
    const ones = [{ kind: 'smime', text: pemOf(bytesOf(kept.authority)), fingerprint: fingerprintOf(kept.authority), departed: standing }, ...(kept.earlier ?? [])].filter(({ kind, text }) => kind === 'smime' && createPublicKey(secret).equals(new X509Certificate(text).publicKey));
    if (ones.some((e) => 'revoked' in e)) return refuse('key-revoked');
    const gone = ones.find((e) => e.fingerprint === mine.fingerprint)?.departed;
    const next: Kept = { ...rest, ...(gone === undefined ? {} : { departed: gone }), made: Math.max(mine.notBefore, now - GRACE), authority: base64(mine.der), above, authorityKey: key, earlier: retired(kept, now, 'superseded') };
    // One that may vouch for other names or other purposes would make every mail look forged.
    const signer = await openSigner(next, { world: { now: () => now }, organisation: ours.organisation });
    const authors = [ours.organisation.address, ...ours.ownDomains.map((domain) => `author@${domain}`)];
    if (!authors.every((address) => signs(readCertificate(signer.smime({ address }).certificate), mine, address, now))) return refuse('key-cannot-sign');
    return { kept: next, kind: 'authority', fingerprint: mine.fingerprint };
  }
  // RFC 8551 §2.5.2: it travels with every signature, and what may encrypt is answered to sealed. No usage named is every usage.
  if (mine.usage === null || (mine.usage & SIGNS) === 0 || (mine.usage & ENCRYPTS) !== 0) return refuse('key-cannot-sign');
  const addresses = mine.addresses.filter((a) => isOurs(a, ours)).map(normalAddress);
  if (addresses.length === 0) return refuse('key-other-address');
  if ((kept.withdrawn ?? []).includes(numberOf(base64(mine.der)))) return refuse('key-revoked');
  if (!signs(mine, mine, addresses[0]!, now)) return refuse('key-cannot-sign');
  const person = { certificate: base64(mine.der), above, key };
  return { kept: { ...kept, persons: { ...kept.persons, ...Object.fromEntries(addresses.map((a) => [a, person])) } }, kind: 'certificate', fingerprint: mine.fingerprint };
}

/** It signs for nobody any more, whoever's addresses it names, and is not taken again. Null: there is none for this address. */
export function withoutPerson(kept: Kept, address: string): Exchanged | null {
  const gone = kept.persons?.[normalAddress(address)];
  if (gone === undefined) return null;
  const fingerprint = fingerprintOf(gone.certificate);
  const persons = Object.fromEntries(Object.entries(kept.persons ?? {}).filter(([, one]) => one.certificate !== gone.certificate));
  return { kept: { ...kept, persons, withdrawn: [numberOf(gone.certificate), ...(kept.withdrawn ?? [])] }, kind: 'certificate', fingerprint };
}

/** The authority vouches for this address no more; one that is brought along for it still can. Null: it did not already. */
export function departed(kept: Kept, address: string, now: number): Exchanged | null {
  if ((kept.departed ?? []).some((d) => d.address === normalAddress(address))) return null;
  return { kept: { ...kept, departed: [{ address: normalAddress(address), at: now }, ...(kept.departed ?? [])] }, kind: 'authority', fingerprint: fingerprintOf(kept.authority) };
}

/** As a reader judges it that trusts this authority. */
function signs(leaf: CertificateFacts | null, authority: CertificateFacts, address: string, now: number): boolean {
  return leaf !== null && judgeCertificate(leaf, [], [authority], address, now, 'sign').unusable === undefined;
}

function belongs(c: CertificateFacts, key: KeyObject): boolean {
  return createPublicKey(key).export({ format: 'der', type: 'spki' }).equals(c.x509.publicKey.export({ format: 'der', type: 'spki' }));
}

/** RFC 9106 §4, what it advises where memory is scarce: more would hold everybody else's mail for seconds, and a gigabyte. */
const PASSES = 3;
const MEMORY_EXPONENT = 16;

/** The library types no more of a lock than that it is there. */
function costly({ keyPacket }: PrivateKey): boolean {
  const { s2k } = keyPacket as unknown as { readonly s2k?: { readonly type: string; readonly t: number; readonly encodedM: number } | null };
  return s2k?.type === 'argon2' && (s2k.t > PASSES || s2k.encodedM > MEMORY_EXPONENT);
}

/** What GnuPG 2.2 knows. Of a mail that a key of version 6 signed it opens nothing; of one by another algorithm it says that nobody can tell who wrote it. */
const READ = new Set(['rsaEncryptSign', 'rsaSign', 'ecdsa', 'eddsaLegacy']);

const readByAll = (key: PrivateKey): boolean => key.keyPacket.version === 4 && READ.has(key.getAlgorithmInfo().algorithm);

const isOurs = (address: string, { organisation, ownDomains }: Ours): boolean => sameMailbox(address, organisation.address) || ownDomains.some((d) => within(domainOf(address), d));

export async function withPgp(kept: Kept, armored: string, passphrase: string, ours: Ours, now: number): Promise<Exchanged | Refusal<ExchangeRefusal>> {
  let key: PrivateKey;
  try {
    key = await readPrivateKey({ armoredKey: armored });
  } catch {
    return refuse('key-malformed');
  }
  key.subkeys = [];
  // Kept elsewhere, as GnuPG exports it without its primary key: no passphrase opens what is not there.
  if ((key.keyPacket as SecretKeyPacket).isDummy()) return refuse('key-cannot-sign');
  if (costly(key)) return refuse('key-locked-too-hard');
  if (!key.isDecrypted()) {
    const opened = await openedPgp(key.write(), passphrase);
    if (opened === null) return refuse('key-malformed');
    if (typeof opened === 'string') return refuse(SHUT[opened]);
    key = await readPrivateKey({ binaryKey: opened });
  }
  if (!readByAll(key)) return refuse('key-too-new');
  // One that we ended ourselves comes back as little as one that its maker has ended.
  const earlier = (kept.earlier ?? []).filter((e) => e.fingerprint === key.getFingerprint());
  if (earlier.some((e) => e.revoked !== undefined) || await key.isRevoked(undefined, undefined, new Date(now))) return refuse('key-revoked');
  if (earlier.some((e) => e.expired)) return refuse('key-expired');
  // What else it names is not ours to publish.
  key.users = key.users.filter((user) => isOurs(mailOf(user), ours));
  if (key.users.length === 0) return refuse('key-other-address');
  const date = new Date(now);
  try {
    await key.getSigningKey(undefined, date);
  } catch {
    const ended = await key.getExpirationTime();
    return refuse(ended !== null && ended !== Infinity && (ended as Date).getTime() <= now ? 'key-expired' : 'key-cannot-sign');
  }
  // A primary key that also encrypts cannot be cut: published, it would invite replies nobody here can read.
  if (await key.toPublic().getEncryptionKey(undefined, date).then(() => true, () => false)) return refuse('key-cannot-sign');
  return withMadePgp(kept, { pgpMade: key.getCreationTime().getTime(), pgp: base64(key.write()), pgpPublic: base64(key.toPublic().write()), pgpFingerprint: key.getFingerprint() }, ours.organisation, now, 'superseded');
}
