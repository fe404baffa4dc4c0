/**
 * Signs for the organisation with what is kept: an authority that vouches for each author's address, certificates of single persons that were
 * brought along, one OpenPGP key that names the author. Makes no keys and keeps none. RFC 8550, RFC 9580 §5.11.
 */
import { X509Certificate, createPrivateKey, createPublicKey, hash } from 'node:crypto';
import { readKey, readPrivateKey, reformatKey } from 'openpgp';
import { normalAddress } from '../../../shared/draft/address.ts';
import type { Address } from '../../../shared/draft/draft.ts';
import { Fault } from '../../refusal.ts';
import type { World } from '../../world.ts';
import type { Ending } from '../ending/ending.ts';
import type { Change } from './noted.ts';
import type { PgpSigner, SmimeSigner } from '../identity.ts';
import { REASON, USAGE, certify, listRevoked, listedAt, serialOf } from '../trust.certificate.ts';
import { readCertificate } from '../trust.read.ts';

/** Everything base64. Written before a field was known, a file lacks it. */
export interface Kept {
  readonly version: 1;
  /** of the authority, or when it was brought here; leaves count their years from it */
  readonly made: number;
  /** of the OpenPGP key, where it is another time */
  readonly pgpMade?: number;
  readonly authority: string;
  /** authorities above one that was brought along */
  readonly above?: readonly string[];
  readonly authorityKey: string;
  readonly authorKey: string;
  readonly pgp: string;
  readonly pgpPublic: string;
  readonly pgpFingerprint: string;
  /** certificates of single addresses that others vouch for, by address */
  readonly persons?: { readonly [address: string]: { readonly certificate: string; readonly above: readonly string[]; readonly key: string } };
  /** number and issuer of those that were taken away from their persons */
  readonly withdrawn?: readonly string[];
  /** addresses that the authority vouches for no more */
  readonly departed?: readonly { readonly address: string; readonly at: number }[];
  /** what signed before: still needed to verify what lies in mailboxes */
  readonly earlier?: readonly Earlier[];
  /** what made this version */
  readonly change?: Change;
}

export interface Earlier {
  readonly kind: 'smime' | 'pgp';
  /** PEM, or ASCII armor */
  readonly text: string;
  readonly fingerprint: string;
  readonly ended: number;
  /** why the text of an OpenPGP key says that it is revoked (until November 2026 also where it was merely replaced); of an authority whose key somebody else may have; absent where neither is so */
  readonly revoked?: 'superseded' | 'compromised';
  /** the text of an OpenPGP key says that it ended */
  readonly expired?: true;
  /** of an authority: whom it vouched for no more */
  readonly departed?: Kept['departed'];
  /** of an authority: DER, base64; the last list of what it took back, good as long as anything that it issued */
  readonly list?: string;
}

/** What an authority took back, and why. */
export type TakenBack = { readonly serial: string; readonly at: number; readonly reason: keyof typeof REASON };

/** A certificate that our authority issued just now, or before: to be known before it signs. */
export interface Issued {
  /** hex SHA-256 */
  readonly authority: string;
  /** hex */
  readonly serial: string;
  readonly address: string;
  readonly expires: number;
}

/** A certificate that others issued for one of our addresses. */
export interface OwnCertificate {
  readonly address: string;
  /** hex SHA-256 */
  readonly fingerprint: string;
  readonly expires: number;
}

export type Signer = Awaited<ReturnType<typeof openSigner>>;

const YEAR = 365 * 86_400_000;
/** Leaves are renewed every year and live two, so that none is near its end when it signs. */
const LEAF = 2 * YEAR;
const CACHED = 1000;
/** A list is fetched anew within this time. */
const LISTED = 7 * 86_400_000;
/** of those that ended, in one answer of the key directory */
const TOLD = 10;

const bytes = (base64: string): Uint8Array => new Uint8Array(Buffer.from(base64, 'base64'));

interface SignerParts {
  readonly world: Pick<World, 'now'>;
  readonly organisation: { readonly name: string; readonly address: string };
  /** where lists of what was taken back are told, the authority's fingerprint behind it */
  readonly lists?: string | undefined;
}

export async function openSigner(kept: Kept, { world, organisation, lists }: SignerParts) {
  const authority = bytes(kept.authority);
  const above = (kept.above ?? []).map(bytes);
  const authorityKey = createPrivateKey({ key: Buffer.from(kept.authorityKey, 'base64'), format: 'der', type: 'pkcs8' });
  const authorKey = bytes(kept.authorKey);
  const publicKey = createPublicKey(createPrivateKey({ key: Buffer.from(authorKey), format: 'der', type: 'pkcs8' }));
  const vouching = hash('sha256', authority, 'hex');
  const end = Date.parse(new X509Certificate(authority).validTo);
  const pgpKey = bytes(kept.pgp);
  const pgpPublic = await readKey({ binaryKey: bytes(kept.pgpPublic) });
  const armored = pgpPublic.armor();
  const pgpEnd = await pgpPublic.getExpirationTime();
  const usage = readCertificate(authority)?.usage ?? null;
  // RFC 5280 §4.2.1.3: an authority that was brought along may not be made for it.
  const list = lists === undefined || (usage !== null && (usage & USAGE.cRLSign) === 0) ? null : `${lists}${vouching}.crl`;
  const issued = new Map<string, SmimeSigner & { readonly issued: Issued }>();
  const named = new Map<string, Uint8Array>();

  const issue = (author: Address): SmimeSigner & { readonly issued: Issued } => {
    const term = Math.floor((world.now() - kept.made) / YEAR);
    const name = `${term} ${author.address} ${author.name ?? ''}`;
    const known = issued.get(name);
    if (known !== undefined) return known;
    if (issued.size >= CACHED) issued.delete(issued.keys().next().value!);
    const from = kept.made + term * YEAR;
    // Of all that the certificate says: two of one issuer's name and one number, and Thunderbird trusts neither.
    const serial = serialOf(vouching, organisation.name, String(from), author.address, author.name ?? '', ...(list === null ? [] : [list]));
    const until = Math.min(from + LEAF, end);
    const certificate = certify({
      serial,
      subject: { commonName: author.name ?? author.address, organisation: organisation.name },
      publicKey,
      issuer: { certificate: authority },
      signingKey: authorityKey,
      notBefore: from,
      notAfter: until,
      ca: false,
      usage: USAGE.digitalSignature | USAGE.nonRepudiation,
      addresses: [normalAddress(author.address)],
      ...(list === null ? {} : { more: [listedAt(list)] }),
    });
    const signer = { certificate, chain: [...above, authority], key: authorKey, issued: { authority: vouching, serial: Buffer.from(serial).toString('hex'), address: normalAddress(author.address), expires: until } };
    issued.set(name, signer);
    return signer;
  };

  /** A person's own certificate, while it lasts. */
  const personal = (author: Address): SmimeSigner | null => {
    const own = kept.persons?.[normalAddress(author.address)];
    if (own === undefined || Date.parse(new X509Certificate(bytes(own.certificate)).validTo) <= world.now()) return null;
    return { certificate: bytes(own.certificate), chain: own.above.map(bytes), key: bytes(own.key) };
  };

  /** The same key, the author's name and address signed onto it beside the organisation's. */
  const naming = async (author: Address): Promise<Uint8Array> => {
    const name = `${author.address} ${author.name ?? ''}`;
    const known = named.get(name);
    if (known !== undefined) return known;
    if (named.size >= CACHED) named.delete(named.keys().next().value!);
    const userIDs = [nameOf(organisation), { name: plain(author.name ?? ''), email: normalAddress(author.address) }];
    const privateKey = await readPrivateKey({ binaryKey: pgpKey });
    const ends = await privateKey.getExpirationTime();
    // Seconds from its making (RFC 9580 §5.2.3.13): signed anew, it ends when it did before.
    const keyExpirationTime = ends instanceof Date ? (ends.getTime() - privateKey.getCreationTime().getTime()) / 1000 : 0;
    const { publicKey: made } = await reformatKey({ privateKey, userIDs, keyExpirationTime, date: new Date(kept.pgpMade ?? kept.made), format: 'binary' });
    named.set(name, made);
    return made;
  };

  const departed = (address: string): boolean => (kept.departed ?? []).some((d) => d.address === normalAddress(address));

  /** What a key signs that has ended, every reader calls forged. */
  const until = <T>(moment: number, signer: T): T => {
    if (world.now() > moment) throw new Fault('signer-ended', 'a signing key of our own has ended');
    return signer;
  };

  return {
    /** `issued`: vouched for by the authority here */
    smime: (author: Address): SmimeSigner & { readonly issued?: Issued } => personal(author) ?? until(departed(author.address) ? -Infinity : end, issue(author)),
    authority: vouching,
    lists: list !== null,
    /** DER; null: there is none. `last`: there will be no other one. */
    list: (number: number, revoked: readonly TakenBack[], last = false): Uint8Array | null => (list === null ? null : listRevoked({
      authority, signingKey: authorityKey, at: list, number, from: world.now(), until: last ? end : Math.min(world.now() + LISTED, end),
      revoked: revoked.map(({ serial, at, reason }) => ({ serial: Buffer.from(serial, 'hex'), at, reason: REASON[reason] })),
    })),
    /** whether an address is one that nothing here vouches for any more */
    departed,
    pgp: async (author: Address): Promise<PgpSigner> => until(departed(author.address) ? -Infinity : pgpEnd instanceof Date ? pgpEnd.getTime() : Infinity, { key: pgpKey, fingerprint: kept.pgpFingerprint, published: await naming(author) }),
    naming,
    endings: (): Ending[] => {
      const ended = (kind: Ending['kind'], der: Uint8Array): Ending => ({ kind, fingerprint: hash('sha256', der, 'hex'), expires: Date.parse(new X509Certificate(der).validTo) });
      const persons = [...new Set(Object.values(kept.persons ?? {}).map((p) => p.certificate))];
      return [
        ...[authority, ...above].map((der) => ended('authority', der)), ...persons.map((p) => ended('certificate', bytes(p))),
        ...(pgpEnd instanceof Date ? [{ kind: 'pgp' as const, fingerprint: kept.pgpFingerprint, expires: pgpEnd.getTime() }] : []),
      ];
    },
    persons: (): OwnCertificate[] => Object.entries(kept.persons ?? {}).map(([address, { certificate }]) => {
      const der = bytes(certificate);
      return { address, fingerprint: hash('sha256', der, 'hex'), expires: Date.parse(new X509Certificate(der).validTo) };
    }),
    /** binary, those that are revoked before those that ended, the last of each first: whoever has them still is to hear of it */
    ended: async (): Promise<Uint8Array[]> => {
      const pgp = (kept.earlier ?? []).filter((e) => e.kind === 'pgp');
      const told = [...pgp.filter((e) => e.revoked !== undefined), ...pgp.filter((e) => e.expired)].slice(0, TOLD);
      return Promise.all(told.map(async ({ text }) => (await readKey({ armoredKey: text })).write()));
    },
    published: () => ({ authority, pgp: bytes(kept.pgpPublic) }),
    readable: () => ({
      smime: { authority: pemOf(authority), fingerprint: hash('sha256', authority, 'hex') },
      pgp: { key: armored, fingerprint: kept.pgpFingerprint },
      earlier: (kept.earlier ?? []).map(({ kind, text, fingerprint, ended, revoked, expired }) => ({ kind, text, fingerprint, ended: new Date(ended).toISOString(), ...(revoked === undefined ? {} : { revoked }), ...(expired === undefined ? {} : { expired }) })),
    }),
  };
}

export const pemOf = (der: Uint8Array): string => `-----BEGIN CERTIFICATE-----\n${Buffer.from(der).toString('base64').match(/.{1,64}/g)?.join('\n') ?? ''}\n-----END CERTIFICATE-----\n`;

/** The first name of our OpenPGP key, as all mail carries it. */
export const nameOf = ({ name, address }: { readonly name: string; readonly address: string }): { readonly name: string; readonly email: string } => ({ name: plain(name), email: address });

/** RFC 9580 §5.11: what stands before the address; its brackets are not a name's. */
const plain = (name: string): string => name.replace(/[<>()\p{Cc}]/gu, ' ').trim();
