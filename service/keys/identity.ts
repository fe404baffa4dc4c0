/**
 * Who the organisation is to those who verify: a small S/MIME authority that vouches for each author's address, and one OpenPGP
 * key. They sign only: published encryption keys would invite replies that clinicians cannot read. Made at the first start, kept
 * sealed in KEYS_DIR, exchanged only by whoever knows what stands. RFC 8550, RFC 8551 §2, RFC 9580.
 */
import { domainOf, isMailbox, normalAddress, sameMailbox, within } from '../../shared/draft/address.ts';
import type { Address } from '../../shared/draft/draft.ts';
import type { EventDraft } from '../audit/audit.ts';
import { isRefusal, refuse, type Refusal } from '../refusal.ts';
import type { Ending } from './ending/ending.ts';
import { wkdHash } from './discovery/source.ts';
import { withAuthority, withMadePgp, withPgp, withPkcs12, departed, withoutPerson, type Exchanged, type ExchangeRefusal, type Why } from './own/exchange.ts';
import { madeAuthority, madePgp, type Makes } from './own/made.ts';
import { GENERATED, exchangedBy, withdrawnBy, type Change } from './own/noted.ts';
import { openShelf, type Safe } from './own/shelf.ts';
import type { Book } from './own/book.ts';
import { openSigner, type Kept, type OwnCertificate, type Signer, type TakenBack } from './own/signer.ts';

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
  /** Both reject with Fault `signer-ended` where what would sign has ended. */
  smime(author: Address): Promise<SmimeSigner>;
  pgp(author: Address): Promise<PgpSigner>;
  /** what may be given to anyone: the authority's certificate (DER) and the public OpenPGP key (binary) */
  published(): { readonly authority: Uint8Array; readonly pgp: Uint8Array };
  /** when what signs today ends; what never does is not among them */
  endings(): Promise<readonly Ending[]>;
  /** the same as text with fingerprints: PEM (RFC 7468) and ASCII armor */
  readable(): Promise<ReturnType<Signer['readable']>>;
  /** new keys in place of those kept; what signed before stays in `readable`, an OpenPGP key as ended, or as revoked where it was compromised. `by`: an administrator's id */
  rotate(kind: 'smime' | 'pgp', by: string, why?: Why): Promise<Taken | Refusal<'changed-meanwhile'>>;
  /** keys that somebody else made in place of those kept, or a person's certificate beside them */
  bring(ask: Brought, by: string): Promise<Taken | Refusal<ExchangeRefusal | 'changed-meanwhile'>>;
  /** certificates that were brought along for single addresses, a shared mailbox's too */
  certificates(): Promise<readonly OwnCertificate[]>;
  /**
   * `certificate`: the one brought along for this address signs no more, in no process, and is not taken again: the organisation vouches for it from then on.
   * `vouching`: the organisation vouches for it no more, until it has another authority: what it issued is on its list, and the OpenPGP key does not name it.
   */
  withdraw(what: 'certificate' | 'vouching', address: string, by: string): Promise<Taken | Refusal<'not-found' | 'changed-meanwhile'>>;
  /** DER: what this authority (hex SHA-256), of now or of before, took back (RFC 5280 §5); null: it has no list */
  list(authority: string): Promise<Uint8Array | null>;
  /** binary public keys, able to sign only, as a web key directory of our own domains serves them: the one that signs and, behind it, those that are revoked or ended; null: no such address */
  onTheWeb(domain: string, hash: string, local: string | undefined): Promise<Uint8Array | null>;
}

type Brought = { readonly passphrase: string } & ({ readonly pkcs12: Uint8Array } | { readonly pgp: string });

type Taken = Pick<Exchanged, 'kind' | 'fingerprint'>;

interface IdentityParts extends Makes {
  /** what seals the private keys at rest */
  readonly safe: Safe;
  /** KEYS_DIR/identity */
  readonly folder: string;
  readonly ownDomains?: readonly string[];
  /** where its lists are told, and what it issued; without it certificates name no list */
  readonly lists?: { readonly at: string; readonly book: Book } | undefined;
  /** writes a change into the log; once, though it is asked more often (`own/noted.ts`) */
  readonly noted: (change: Change) => Promise<void>;
}

export async function openIdentity({ world, safe, folder, organisation, ownDomains = [], lists, noted }: IdentityParts): Promise<Identity> {
  const makes: Makes = { world, organisation };
  const shelf = await openShelf({ folder, safe, world });
  // Two processes may start at once: what the first has put there is everyone's.
  if ((await shelf.version()) < 0) await shelf.replace(-1, bytesOf({ version: 1, ...(await madeAuthority(makes)), ...(await madePgp(makes)), change: changed(GENERATED) }));
  let standing = await opened();
  let settled = '';
  let list: { readonly version: number; readonly at: number; readonly der: Promise<Uint8Array | null> } | null = null;
  await settle(standing);
  const own = (address: string): boolean => ownDomains.some((d) => within(domainOf(address), d));

  async function opened(): Promise<Open> {
    const { bytes, version } = (await shelf.latest())!;
    const kept = JSON.parse(Buffer.from(bytes).toString('utf8')) as Kept;
    return { kept, version, signer: await openSigner(kept, { ...makes, lists: lists?.at }) };
  }

  /** Another process may have exchanged the keys since. */
  async function current(): Promise<Open> {
    if ((await shelf.version()) !== standing.version) {
      standing = await opened();
      await settle(standing);
    }
    return standing;
  }

  function changed(event: EventDraft): Change {
    return { id: Buffer.from(world.random(16)).toString('hex'), event };
  }

  async function settle({ kept: { change } }: Open): Promise<void> {
    if (change === undefined || change.id === settled) return;
    await noted(change);
    settled = change.id;
  }

  /** What the authority took back: of addresses that it vouches for no more; where its key is not its own any more, all. `last`: why it goes. */
  async function listOf({ kept, signer }: Open, last?: Why): Promise<Uint8Array | null> {
    if (lists === undefined || !signer.lists) return null;
    const gone = new Map((kept.departed ?? []).map((d) => [d.address, d.at]));
    const all = last === 'compromised';
    const serials = await lists.book.serials(signer.authority, all ? null : [...gone.keys()]);
    const revoked = serials.map(({ serial, address }): TakenBack => (all ? { serial, at: world.now(), reason: 'keyCompromise' } : { serial, at: gone.get(address ?? '') ?? world.now(), reason: 'affiliationChanged' }));
    return signer.list(await lists.book.number(signer.authority), revoked, last !== undefined);
  }

  /** An authority says for the last time what it took back: its key goes with it. */
  async function withLast(from: Open, exchanged: Exchanged, why: Why): Promise<Exchanged> {
    const [gone, ...others] = exchanged.kept.earlier ?? [];
    const list = gone === undefined || exchanged.kind !== 'authority' ? null : await listOf(from, why);
    return list === null ? exchanged : { ...exchanged, kept: { ...exchanged.kept, earlier: [{ ...gone!, list: Buffer.from(list).toString('base64') }, ...others] } };
  }

  /** In the place of what the exchange began from, and of nothing else: of two at once, the second hears of the first. */
  async function take(from: Open, { kept: made, kind, fingerprint }: Exchanged, event: EventDraft): Promise<Taken | Refusal<'changed-meanwhile'>> {
    const kept: Kept = { ...made, change: changed(event) };
    const signer = await openSigner(kept, { ...makes, lists: lists?.at });
    await settle(from);
    if (!(await shelf.replace(from.version, bytesOf(kept)))) return refuse('changed-meanwhile');
    standing = { kept, version: from.version + 1, signer };
    await settle(standing);
    return { kind, fingerprint };
  }

  return {
    async smime(author) {
      const { issued, ...signer } = (await current()).signer.smime(author);
      if (issued !== undefined) await lists?.book.issued(issued);
      return signer;
    },
    pgp: async (author) => (await current()).signer.pgp(author),
    published: () => standing.signer.published(),
    endings: async () => (await current()).signer.endings(),
    readable: async () => (await current()).signer.readable(),
    async rotate(kind, by, why = 'superseded') {
      const from = await current();
      const exchanged = await (kind === 'smime' ? withAuthority(from.kept, await madeAuthority(makes), world.now(), why) : withMadePgp(from.kept, await madePgp(makes), organisation, world.now(), why));
      return take(from, await withLast(from, exchanged, why), exchangedBy(by, 'made', why, exchanged));
    },
    async bring(ask, by) {
      const from = await current();
      const ours = { organisation, ownDomains };
      const exchanged = await ('pkcs12' in ask ? withPkcs12(from.kept, ask.pkcs12, ask.passphrase, ours, world.now()) : withPgp(from.kept, ask.pgp, ask.passphrase, ours, world.now()));
      return isRefusal(exchanged) ? exchanged : take(from, await withLast(from, exchanged, 'superseded'), exchangedBy(by, 'imported', 'superseded', exchanged));
    },
    certificates: async () => (await current()).signer.persons(),
    async withdraw(what, address, by) {
      const from = await current();
      const without = what === 'certificate' ? withoutPerson(from.kept, address) : own(address) || sameMailbox(address, organisation.address) ? departed(from.kept, address, world.now()) : null;
      return without === null ? refuse('not-found') : take(from, without, withdrawnBy(by, without, normalAddress(address)));
    },
    async list(authority) {
      const from = await current();
      if (authority === from.signer.authority) {
        if (list === null || list.version !== from.version || world.now() - list.at > LIST_FOR) {
          const made = { version: from.version, at: world.now(), der: listOf(from) };
          made.der.catch(() => { if (list === made) list = null; });
          list = made;
        }
        return list.der;
      }
      const last = from.kept.earlier?.find((e) => e.fingerprint === authority)?.list;
      return last === undefined ? null : new Uint8Array(Buffer.from(last, 'base64'));
    },
    async onTheWeb(domain, hashed, local) {
      const known = organisation.address.slice(0, organisation.address.lastIndexOf('@'));
      const name = wkdHash(known) === hashed && domainOf(organisation.address) === domain.toLowerCase() ? known : local;
      const address = `${name ?? ''}@${domain}`;
      if (name === undefined || wkdHash(name) !== hashed || !isMailbox(address) || !own(address)) return null;
      const { signer } = await current();
      // draft-koch-openpgp-webkey-service §3.1: keys one behind the other, so that whoever asks hears of those that are revoked.
      const keys = [...(signer.departed(address) ? [] : [await signer.naming({ address })]), ...await signer.ended()];
      return keys.length === 0 ? null : Buffer.concat(keys);
    },
  };
}

/** Anybody may ask for the list, and signing it takes a while. */
const LIST_FOR = 5 * 60_000;

/** What stands, and who signs with it. */
interface Open {
  readonly kept: Kept;
  readonly version: number;
  readonly signer: Signer;
}

const bytesOf = (kept: Kept): Uint8Array => Buffer.from(JSON.stringify(kept));
