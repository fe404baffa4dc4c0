/**
 * Who the organisation is to those who verify: a small S/MIME authority that vouches for each author's address, and one OpenPGP
 * key. They sign only: published encryption keys would invite replies that clinicians cannot read. Made at the first start, kept
 * sealed in KEYS_DIR. RFC 8550, RFC 8551 §2, RFC 9580.
 */
import { generateKeyPair } from 'node:crypto';
import { chmod, link, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { generateKey, readKey } from 'openpgp';
import { domainOf, isMailbox, within } from '../../shared/draft/address.ts';
import type { Address } from '../../shared/draft/draft.ts';
import { Fault, isRefusal, type Refusal } from '../refusal.ts';
import type { Vault, WrappedKeys } from '../vault/vault.ts';
import type { World } from '../world.ts';
import type { Ending } from './ending/ending.ts';
import { wkdHash } from './discovery/source.ts';
import { retired, withPgp, withPkcs12, type Exchanged, type ExchangeRefusal } from './own/exchange.ts';
import { openSigner, type Kept, type Signer } from './own/signer.ts';
import { USAGE, certify } from './trust.certificate.ts';

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
  /** when what signs today ends; what never does is not among them */
  endings(): Promise<readonly Ending[]>;
  /** the same as text with fingerprints: PEM (RFC 7468) and ASCII armor */
  readable(): ReturnType<Signer['readable']>;
  /** new keys in place of those kept; resolves to their fingerprint. What signed before stays in `readable`. */
  rotate(kind: 'smime' | 'pgp'): Promise<string>;
  /** keys that somebody else made in place of those kept, or a person's certificate beside them */
  bring(ask: Brought): Promise<Refusal<ExchangeRefusal> | { readonly kind: Exchanged['kind']; readonly fingerprint: string }>;
  /** binary public key, able to sign only, as a web key directory of our own domains serves it; null: no such address */
  onTheWeb(domain: string, hash: string, local: string | undefined): Promise<Uint8Array | null>;
}

export type Brought = { readonly passphrase: string } & ({ readonly pkcs12: Uint8Array } | { readonly pgp: string });

export interface IdentityParts {
  readonly world: Pick<World, 'now' | 'random'>;
  /** what seals the private keys at rest */
  readonly safe: Safe;
  /** KEYS_DIR/identity */
  readonly folder: string;
  readonly organisation: { readonly name: string; readonly address: string };
  readonly ownDomains?: readonly string[];
}

export interface Safe {
  seal(bytes: Uint8Array): Uint8Array;
  open(bytes: Uint8Array): Uint8Array;
}

const YEAR = 365 * 86_400_000;

export async function openIdentity({ world, safe, folder, organisation, ownDomains = [] }: IdentityParts): Promise<Identity> {
  const file = join(folder, 'signing.sealed');
  const before = await read(file, safe);
  const { kept: first, fresh } = before === null ? await found(folder, file, safe, () => make(world, organisation)) : { kept: before, fresh: false };
  let kept = first;
  let signer = await openSigner(kept, { world, organisation });
  let written = await changedAt(file);
  const own = (address: string): boolean => ownDomains.some((d) => within(domainOf(address), d));

  /** Another process may have exchanged the keys since. */
  async function current(): Promise<Signer> {
    const now = await changedAt(file);
    if (now !== written) {
      const after = await read(file, safe);
      if (after !== null) [kept, signer, written] = [after, await openSigner(after, { world, organisation }), now];
    }
    return signer;
  }

  /** Each exchange begins from what the one before has left: of two at once, one would be lost, and what it signed could not be verified. */
  let turn: Promise<unknown> = Promise.resolve();
  const alone = <T>(exchange: () => Promise<T>): Promise<T> => {
    const mine = turn.then(exchange, exchange);
    turn = mine;
    return mine;
  };

  /** The old file stands until the new one is whole. */
  async function take(next: Kept): Promise<void> {
    const draft = join(folder, `signing.${process.pid}.${Buffer.from(world.random(6)).toString('hex')}`);
    const opened = await openSigner(next, { world, organisation });
    await writeFile(draft, safe.seal(Buffer.from(JSON.stringify(next))), { mode: 0o600, flag: 'wx', flush: true });
    await rename(draft, file);
    [kept, signer, written] = [next, opened, await changedAt(file)];
  }

  return {
    smime: async (author) => (await current()).smime(author),
    pgp: async (author) => (await current()).pgp(author),
    fresh,
    published: () => signer.published(),
    endings: async () => (await current()).endings(),
    readable: () => signer.readable(),
    rotate: (kind) => alone(async () => {
      await current();
      const made = await make(world, organisation);
      const { authority, authorityKey, authorKey, pgp, pgpPublic, pgpFingerprint } = made;
      const earlier = retired(kept, kind, world.now(), signer.readable().pgp.key);
      const { above: _, ...rest } = kept;
      await take(kind === 'smime' ? { ...rest, made: made.made, pgpMade: kept.pgpMade ?? kept.made, authority, authorityKey, authorKey, earlier } : { ...kept, pgpMade: made.made, pgp, pgpPublic, pgpFingerprint, earlier });
      return kind === 'pgp' ? pgpFingerprint : signer.readable().smime.fingerprint;
    }),
    bring: (ask) => alone(async () => {
      await current();
      const exchanged = 'pkcs12' in ask ? await withPkcs12(kept, ask.pkcs12, ask.passphrase, { organisation, ownDomains }, world.now()) : await withPgp(kept, ask.pgp, ask.passphrase, world.now());
      if (isRefusal(exchanged)) return exchanged;
      await take(exchanged.kept);
      return { kind: exchanged.kind, fingerprint: exchanged.fingerprint };
    }),
    async onTheWeb(domain, hashed, local) {
      const known = organisation.address.slice(0, organisation.address.lastIndexOf('@'));
      const name = wkdHash(known) === hashed && domainOf(organisation.address) === domain.toLowerCase() ? known : local;
      const address = `${name ?? ''}@${domain}`;
      if (name === undefined || wkdHash(name) !== hashed || !isMailbox(address) || !own(address)) return null;
      return (await (await current()).pgp({ address })).published;
    },
  };
}

const changedAt = async (file: string): Promise<number> => (await stat(file)).mtimeMs;

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
