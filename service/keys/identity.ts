/**
 * Who the organisation is to those who verify: a small S/MIME authority that vouches for each author's address, and one OpenPGP
 * key. They sign only: published encryption keys would invite replies that clinicians cannot read. Made at the first start, kept
 * sealed in KEYS_DIR. RFC 8550, RFC 8551 §2, RFC 9580.
 */
import { createPrivateKey, createPublicKey, generateKeyPair, hash } from 'node:crypto';
import { chmod, link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { generateKey, readKey, readPrivateKey, reformatKey } from 'openpgp';
import type { Vault, WrappedKeys } from '../vault/vault.ts';
import { normalAddress } from '../../shared/draft/address.ts';
import type { Address } from '../../shared/draft/draft.ts';
import { Fault } from '../refusal.ts';
import type { World } from '../world.ts';
import { USAGE, certify, serialOf } from './trust.certificate.ts';

export interface SmimeSigner {
  /** DER, the author's address in it */
  readonly certificate: Uint8Array;
  /** DER, the authority last */
  readonly chain: readonly Uint8Array[];
  /** PKCS#8 DER */
  readonly key: Uint8Array;
}

export interface PgpSigner {
  /** binary transferable secret key */
  readonly key: Uint8Array;
  readonly fingerprint: string;
  /** binary public key with the author among its names, or a reader would say that somebody else signed */
  readonly published: Uint8Array;
}

export interface Identity {
  smime(author: Address): Promise<SmimeSigner>;
  pgp(author: Address): Promise<PgpSigner>;
  /** made at this very start: whoever opened it notes `key.generated` */
  readonly fresh: boolean;
  /** what may be given to anyone: the authority's certificate (DER) and the public OpenPGP key (binary) */
  published(): { readonly authority: Uint8Array; readonly pgp: Uint8Array };
  /** the same as text with fingerprints: PEM (RFC 7468) and ASCII armor */
  readable(): { readonly smime: { readonly authority: string; readonly fingerprint: string }; readonly pgp: { readonly key: string; readonly fingerprint: string } };
}

export interface IdentityParts {
  readonly world: Pick<World, 'now' | 'random'>;
  /** what seals the private keys at rest */
  readonly safe: Safe;
  /** KEYS_DIR/identity */
  readonly folder: string;
  readonly organisation: { readonly name: string; readonly address: string };
}

export interface Safe {
  seal(bytes: Uint8Array): Uint8Array;
  open(bytes: Uint8Array): Uint8Array;
}

interface Kept {
  readonly version: 1;
  readonly made: number;
  readonly authority: string;
  readonly authorityKey: string;
  readonly authorKey: string;
  readonly pgp: string;
  readonly pgpPublic: string;
  readonly pgpFingerprint: string;
}

const YEAR = 365 * 86_400_000;
/** Leaves are renewed every year and live two, so that none is near its end when it signs. */
const LEAF = 2 * YEAR;
const CACHED = 1000;

export async function openIdentity({ world, safe, folder, organisation }: IdentityParts): Promise<Identity> {
  const file = join(folder, 'signing.sealed');
  const before = await read(file, safe);
  const { kept, fresh } = before === null ? await found(folder, file, safe, () => make(world, organisation)) : { kept: before, fresh: false };
  const bytes = (base64: string): Uint8Array => new Uint8Array(Buffer.from(base64, 'base64'));
  const authority = bytes(kept.authority);
  const authorityKey = createPrivateKey({ key: Buffer.from(kept.authorityKey, 'base64'), format: 'der', type: 'pkcs8' });
  const authorKey = bytes(kept.authorKey);
  const publicKey = createPublicKey(createPrivateKey({ key: Buffer.from(authorKey), format: 'der', type: 'pkcs8' }));
  const pgpKey = bytes(kept.pgp);
  const named = new Map<string, Uint8Array>();
  const armored = (await readKey({ binaryKey: bytes(kept.pgpPublic) })).armor();
  const issued = new Map<string, SmimeSigner>();

  const issue = (author: Address): SmimeSigner => {
    const term = Math.floor((world.now() - kept.made) / YEAR);
    const name = `${term} ${author.address} ${author.name ?? ''}`;
    const known = issued.get(name);
    if (known !== undefined) return known;
    if (issued.size >= CACHED) issued.delete(issued.keys().next().value!);
    const certificate = certify({
      serial: serialOf(kept.pgpFingerprint, String(term), author.address, author.name ?? ''),
      subject: { commonName: author.name ?? author.address, organisation: organisation.name },
      publicKey,
      issuer: { certificate: authority },
      signingKey: authorityKey,
      notBefore: kept.made + term * YEAR,
      notAfter: kept.made + term * YEAR + LEAF,
      ca: false,
      usage: USAGE.digitalSignature | USAGE.nonRepudiation,
      addresses: [normalAddress(author.address)],
    });
    const signer: SmimeSigner = { certificate, chain: [authority], key: authorKey };
    issued.set(name, signer);
    return signer;
  };

  /** The same key, the author's name and address signed onto it beside the organisation's. */
  const naming = async (author: Address): Promise<Uint8Array> => {
    const name = `${author.address} ${author.name ?? ''}`;
    const known = named.get(name);
    if (known !== undefined) return known;
    if (named.size >= CACHED) named.delete(named.keys().next().value!);
    const userIDs = [{ name: plain(organisation.name), email: organisation.address }, { name: plain(author.name ?? ''), email: normalAddress(author.address) }];
    const { publicKey } = await reformatKey({ privateKey: await readPrivateKey({ binaryKey: pgpKey }), userIDs, date: new Date(kept.made), format: 'binary' });
    named.set(name, publicKey);
    return publicKey;
  };

  return {
    smime: async (author) => issue(author),
    pgp: async (author) => ({ key: pgpKey, fingerprint: kept.pgpFingerprint, published: await naming(author) }),
    fresh,
    published: () => ({ authority, pgp: bytes(kept.pgpPublic) }),
    readable: () => ({
      smime: { authority: `-----BEGIN CERTIFICATE-----\n${kept.authority.match(/.{1,64}/g)?.join('\n') ?? ''}\n-----END CERTIFICATE-----\n`, fingerprint: hash('sha256', authority, 'hex') },
      pgp: { key: armored, fingerprint: kept.pgpFingerprint },
    }),
  };
}

/** RFC 9580 §5.11: what stands before the address; its brackets are not a name's. */
const plain = (name: string): string => name.replace(/[<>()\p{Cc}]/gu, ' ').trim();

async function read(file: string, safe: Safe): Promise<Kept | null> {
  const sealed = await readFile(file).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return null;
    throw new Fault('identity-unreadable', 'the signing identity cannot be read', cause);
  });
  return sealed === null ? null : (JSON.parse(Buffer.from(safe.open(new Uint8Array(sealed))).toString('utf8')) as Kept);
}

/** Two processes may start at once: the first file to stand is everyone's. */
async function found(folder: string, file: string, safe: Safe, made: () => Promise<Kept>): Promise<{ readonly kept: Kept; readonly fresh: boolean }> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700);
  const kept = await made();
  const draft = join(folder, `signing.${process.pid}.${kept.pgpFingerprint.slice(0, 8)}`);
  await writeFile(draft, safe.seal(Buffer.from(JSON.stringify(kept))), { mode: 0o600, flag: 'wx', flush: true });
  try {
    await link(draft, file);
    return { kept, fresh: true };
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw new Fault('identity-unwritable', 'the signing identity cannot be kept', cause);
    return { kept: (await read(file, safe))!, fresh: false };
  } finally {
    await rm(draft, { force: true });
  }
}

const newPair = promisify(generateKeyPair);

async function make(world: Pick<World, 'now' | 'random'>, organisation: IdentityParts['organisation']): Promise<Kept> {
  // An hour of grace for readers whose clocks are slow.
  const made = world.now() - 3_600_000;
  const [root, author] = await Promise.all([newPair('rsa', { modulusLength: 3072 }), newPair('rsa', { modulusLength: 2048 })]);
  const authority = certify({
    serial: Uint8Array.of(0x53, ...world.random(15)),
    subject: { commonName: `${organisation.name} Secure Mail`, organisation: organisation.name },
    publicKey: root.publicKey,
    signingKey: root.privateKey,
    notBefore: made,
    notAfter: made + 20 * YEAR,
    ca: true,
    usage: USAGE.keyCertSign | USAGE.cRLSign,
    purposes: [],
  });
  // GnuPG 2.2 knows the curve by its older identifier only.
  const pgp = await generateKey({ type: 'ecc', curve: 'ed25519Legacy', userIDs: [{ name: organisation.name, email: organisation.address }], subkeys: [], date: new Date(made), format: 'binary' });
  const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
  return {
    version: 1,
    made,
    authority: base64(authority),
    authorityKey: base64(root.privateKey.export({ type: 'pkcs8', format: 'der' })),
    authorKey: base64(author.privateKey.export({ type: 'pkcs8', format: 'der' })),
    pgp: base64(pgp.privateKey),
    pgpPublic: base64(pgp.publicKey),
    pgpFingerprint: (await readKey({ binaryKey: pgp.publicKey })).getFingerprint(),
  };
}

/** A safe out of the vault: a key of its own that outlives every epoch of mail, its wrapping kept beside what it seals. */
export async function safeOf(vault: Pick<Vault, 'issue' | 'unwrap' | 'seal' | 'open'>, folder: string): Promise<Safe> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, 'signing.wrapped');
  const readWrapped = async (): Promise<WrappedKeys | null> => {
    const text = await readFile(file, 'utf8').catch(() => null);
    if (text === null) return null;
    const w = JSON.parse(text) as { epoch: string; content: string; evidence: string };
    return { contentEpoch: w.epoch, content: Buffer.from(w.content, 'base64'), evidenceEpoch: w.epoch, evidence: Buffer.from(w.evidence, 'base64') };
  };
  let wrapped = await readWrapped();
  if (wrapped === null) {
    const issued = await vault.issue('signing-identity', { content: FOREVER, evidence: FOREVER });
    const text = JSON.stringify({ epoch: FOREVER, content: Buffer.from(issued.wrapped.content).toString('base64'), evidence: Buffer.from(issued.wrapped.evidence).toString('base64') });
    await writeFile(file, text, { mode: 0o600, flag: 'wx', flush: true }).catch((cause: NodeJS.ErrnoException) => {
      if (cause.code !== 'EEXIST') throw new Fault('identity-unwritable', 'the signing identity cannot be kept', cause);
    });
    wrapped = (await readWrapped())!;
  }
  const { content } = await vault.unwrap('signing-identity', wrapped);
  return { seal: (bytes) => vault.seal(content, 'signing-identity', bytes), open: (bytes) => vault.open(content, 'signing-identity', bytes) };
}

/** No month of disposal: signing keys and recipients' keys are not mail. */
export const FOREVER = '9999-12';
