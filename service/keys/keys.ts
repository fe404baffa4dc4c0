/**
 * What is known of recipients: certificates and keys with trust and source, preferences. Answers capabilities for the plan
 * and the key itself for sealing. Look-ups that would tell strangers whom we treat are off by default.
 * RFC 5280 and RFC 8550 for certificates, RFC 9580 for OpenPGP keys; a key is judged at every answer, not only when it came.
 */
import type { Capability, KeyCapability, KeyTrust } from '../../shared/plan/capability.ts';
import { KEY_TRUST } from '../../shared/plan/capability.ts';
import { domainOf, isMailbox, normalAddress, within } from '../../shared/draft/address.ts';
import type { Audit, EventDraft, PreparedEvent } from '../audit/audit.ts';
import { newId } from '../identity.ts';
import type { Refusal } from '../refusal.ts';
import { refuse } from '../refusal.ts';
import type { Store } from '../store/store.ts';
import type { Vault } from '../vault/vault.ts';
import type { World } from '../world.ts';
import { FOREVER } from './identity.ts';
import type { ChannelRow, KeyRow } from './keys.sql.ts';
import { findKey, judgeBundle, type Found, type ImportRefusal } from './admission/admission.ts';
import { judgePgp, pgpKeysIn } from './pgp.ts';
import type { Unusable } from './trust.ts';
import { certificatesIn, readCertificate } from './trust.read.ts';

export { sealFor } from './pgp.ts';
export { bytesOf, type ImportRefusal } from './admission/admission.ts';

export interface SmimeKey {
  readonly id: string;
  /** DER, leaf first */
  readonly certificate: Uint8Array;
  /** announced by the recipient or set by an administrator; default CBC with PKCS#1 v1.5 or ECDH (delivery.md §2) */
  readonly gcm: boolean;
  readonly oaep: boolean;
}

export interface PgpKey {
  readonly id: string;
  /** binary transferable public key */
  readonly key: Uint8Array;
}

export type Preference = NonNullable<Capability['prefers']>;

/** An entry, and whether it was not there before. */
export type Imported = KeyEntry & { readonly fresh: boolean };

export interface KeyAsk {
  readonly address: string;
  /** attacker-controlled: PEM, DER, PKCS#7, OpenPGP armored or binary */
  readonly bytes: Uint8Array;
  readonly trust: KeyTrust;
  /** `upload`, `directory`, `wkd` … */
  readonly source?: string;
  /** set by an administrator who knows what the recipient's program reads */
  readonly gcm?: boolean;
  readonly oaep?: boolean;
  readonly by: EventDraft['actor'];
}

/** One key as an administrator sees it. */
export interface KeyEntry {
  readonly id: string;
  readonly address: string;
  readonly kind: 'smime' | 'pgp';
  readonly trust: KeyTrust;
  readonly source: string;
  readonly fingerprint: string;
  readonly created: number;
  readonly expires?: number;
  readonly state: 'active' | 'replaced' | 'removed';
  /** opaque ids of the persons who brought and who confirmed it */
  readonly importedBy?: string;
  readonly confirmedBy?: string;
}

export interface Keys {
  /** one capability per address, in order; checks dates, usage, trust at `world.now()` */
  capabilities(addresses: readonly string[]): Promise<Capability[]>;
  smime(id: string): Promise<SmimeKey | null>;
  pgp(id: string): Promise<PgpKey | null>;
  /** judged first; the same key again is the same entry, another key of the kind replaces the one before */
  importKey(ask: KeyAsk): Promise<Imported | Refusal<ImportRefusal>>;
  /** a second person vouches for it; from then on it counts for all that its kind can protect. Confirmed again, it stays as it is. */
  confirmKey(id: string, by: EventDraft['actor']): Promise<KeyEntry | Refusal<Unusable | 'not-found' | 'second-person-needed'>>;
  /** why it would not be used now; null when it would */
  unusable(id: string): Promise<Unusable | null>;
  removeKey(id: string, by: EventDraft['actor']): Promise<boolean>;
  entries(state: KeyEntry['state'], after: string, limit: number): Promise<KeyEntry[]>;
  /** this MX host has served this domain unchanged for thirty days, in our own records of at least three of them */
  served(domain: string, host: string): Promise<boolean>;
  /** the best its channel has proved, which never goes down without a hold and an alert */
  provedBefore(domain: string): Promise<'A' | 'B' | null>;
  /** an administrator takes what the domain shows now for the new level; false where nothing was proved before */
  lower(ask: { readonly domain: string; readonly by: EventDraft['actor'] }): Promise<boolean>;
  /** null takes it back */
  prefer(ask: { readonly address: string; readonly prefers: Preference | null; readonly source: string; readonly by: EventDraft['actor'] }): Promise<boolean>;
}

export interface KeysParts {
  readonly store: Store;
  readonly world: Pick<World, 'now' | 'random'>;
  readonly vault: Vault;
  readonly audit?: Audit;
  /** PEM or DER: authorities that recipients' certificates must lead to */
  readonly anchors: readonly Uint8Array[];
  readonly ownDomains: readonly string[];
  /** keys trusted less than this are not used */
  readonly threshold: KeyTrust;
  /** outside mail goes through a smart host, and what that proves of the way beyond it */
  readonly relay?: 'none' | 'first-hop' | 'declared' | 'requiretls';
  /** domains whose mail does not go through it */
  readonly direct?: readonly string[];
}

const FAILED_FOR = 86_400_000;
const SETTLED = 30 * 86_400_000;
/** Seen on so many days between: who forges an answer once and again a month later has not stood there unchanged. */
const SETTLED_DAYS = 3;

interface Material {
  readonly address: string;
  /** base64: certificates, leaf first, or one OpenPGP key */
  readonly bytes: readonly string[];
  readonly gcm: boolean;
  readonly oaep: boolean;
}

interface Opened extends Material {
  readonly parts: readonly Uint8Array[];
}

interface Judged {
  readonly unusable?: Unusable;
  readonly expires?: number;
  readonly at: number;
}

/** A verdict is good for this long or until the key ends, whichever is sooner: anchors and clocks change. */
const VERDICT = 10 * 60_000;
const VERDICTS = 10_000;

export function openKeys({ store, world, vault, audit, anchors, ownDomains, threshold, relay = 'none', direct = [] }: KeysParts): Keys {
  const room = store.room<typeof import('./keys.sql.ts')>('keys');
  const roots = anchors.flatMap(certificatesIn).map(readCertificate).filter((c) => c !== null);
  const verdicts = new Map<string, Judged>();
  const owner = (address: string): string => vault.index('address', normalAddress(address));

  const opened = async (row: KeyRow): Promise<Opened> => {
    const keys = await vault.unwrap(row.id, { contentEpoch: row.epoch, content: row.content_key, evidenceEpoch: row.epoch, evidence: row.evidence_key });
    const material = JSON.parse(Buffer.from(vault.open(keys.content, `recipient-key/${row.id}`, row.material)).toString('utf8')) as Material;
    return { ...material, parts: material.bytes.map((part) => new Uint8Array(Buffer.from(part, 'base64'))) };
  };

  /** A channel that failed is tried again after a day: servers are mended. */
  const channelOf = (domain: string, channel: ChannelRow | null): Capability['tls'] => {
    if (relay === 'first-hop' && !direct.includes(domain)) return 'first-hop-only';
    if (relay !== 'none' && !direct.includes(domain)) return relay === 'declared' ? 'relay-declared' : 'relay-asked';
    if (channel === null) return 'unknown';
    if (channel.proved === 1) return 'proved-before';
    return world.now() - channel.seen < FAILED_FOR ? 'failed-before' : 'unknown';
  };

  const judge = async (row: KeyRow): Promise<Judged> => {
    const now = world.now();
    const known = verdicts.get(row.id);
    if (known !== undefined && now >= known.at && now < known.at + VERDICT && (known.unusable !== undefined || now < (known.expires ?? Infinity))) return known;
    const { address, parts } = await opened(row);
    const verdict = row.kind === 'smime' ? judgeBundle(parts, roots, address, now) : await judgePgp((await pgpKeysIn(parts[0]!))[0]?.key ?? null, address, now);
    const judged: Judged = { ...(verdict.unusable === undefined ? {} : { unusable: verdict.unusable }), ...(verdict.expires === undefined ? {} : { expires: verdict.expires }), at: now };
    if (verdicts.size >= VERDICTS) verdicts.clear();
    verdicts.set(row.id, judged);
    return judged;
  };

  const capability = async (row: KeyRow): Promise<KeyCapability> => {
    const judged = await judge(row);
    const trust = row.trust as KeyTrust;
    const trusted = KEY_TRUST.indexOf(trust) <= KEY_TRUST.indexOf(threshold);
    const unusable = judged.unusable ?? (trusted ? undefined : 'key-not-trusted');
    return { id: row.id, trust, ...(judged.expires === undefined ? {} : { expires: judged.expires }), ...(unusable === undefined ? {} : { unusable }) };
  };

  /** Of several, the usable one that is trusted most; of equals the newest. */
  const best = async (rows: readonly KeyRow[], kind: KeyRow['kind']): Promise<KeyCapability | undefined> => {
    const all = await Promise.all(rows.filter((r) => r.kind === kind).map(async (r) => ({ created: r.created, capability: await capability(r) })));
    const rank = (k: KeyCapability): number => (k.unusable === undefined ? 0 : 100) + KEY_TRUST.indexOf(k.trust);
    return all.sort((a, b) => rank(a.capability) - rank(b.capability) || b.created - a.created)[0]?.capability;
  };

  const events = async (draft: EventDraft): Promise<PreparedEvent[]> => (audit === undefined ? [] : [audit.prepare(draft, await vault.monthly(world.now()))]);

  const entry = async (row: KeyRow): Promise<KeyEntry> => ({
    id: row.id, address: (await opened(row)).address, kind: row.kind, trust: row.trust as KeyTrust, source: row.source, fingerprint: row.fingerprint, created: row.created,
    ...(row.expires === null ? {} : { expires: row.expires }), state: row.state,
    ...(row.imported_by === null ? {} : { importedBy: row.imported_by }), ...(row.confirmed_by === null ? {} : { confirmedBy: row.confirmed_by }),
  });
  const factsOf = (row: Pick<KeyRow, 'id' | 'kind' | 'trust' | 'source' | 'fingerprint'>) => ({ key: row.id, kind: row.kind, trust: row.trust, source: row.source, fingerprint: row.fingerprint });

  const keep = async (ask: KeyAsk, found: Found): Promise<Imported> => {
    const id = newId('key', world);
    const now = world.now();
    const { keys, wrapped } = await vault.issue(id, { content: FOREVER, evidence: FOREVER });
    const material: Material = { address: normalAddress(ask.address), bytes: found.parts.map((p) => Buffer.from(p).toString('base64')), gcm: ask.gcm ?? found.gcm, oaep: ask.oaep ?? found.oaep };
    const source = ask.source ?? 'upload';
    const row = {
      id, owner: owner(ask.address), kind: found.kind, trust: ask.trust, source, fingerprint: found.fingerprint, expires: found.expires ?? null, created: now, epoch: FOREVER,
      content_key: wrapped.content, evidence_key: wrapped.evidence, material: vault.seal(keys.content, `recipient-key/${id}`, Buffer.from(JSON.stringify(material))), imported_by: ask.by.id,
    };
    const facts = { ...factsOf(row), ...(found.expires === undefined ? {} : { expires: found.expires }) };
    const added = await room.write.insert({ row, replaces: KEY_TRUST.slice(KEY_TRUST.indexOf(ask.trust)), now, events: await events({ type: 'key.imported', outcome: 'ok', actor: ask.by, facts, sealed: { address: material.address } }) });
    if (added) return { ...(await entry({ ...row, state: 'active', ended: null, confirmed_by: null })), fresh: true };
    const [known] = await room.read.known({ asked: [{ owner: row.owner, domain: '' }] });
    return { ...(await entry(known!.keys.find((k) => k.kind === found.kind && k.fingerprint === found.fingerprint)!)), fresh: false };
  };

  return {
    async capabilities(addresses) {
      const known = await room.read.known({ asked: addresses.map((address) => ({ owner: owner(address), domain: domainOf(address) })) });
      return Promise.all(addresses.map(async (address, i): Promise<Capability> => {
        const { keys, prefers, channel } = known[i]!;
        const [smime, pgp] = [await best(keys, 'smime'), await best(keys, 'pgp')];
        return {
          address,
          internal: ownDomains.some((own) => within(domainOf(address), own)),
          tls: channelOf(domainOf(address), channel),
          ...(smime === undefined ? {} : { smime }),
          ...(pgp === undefined ? {} : { pgp }),
          ...(prefers === null ? {} : { prefers: prefers as Preference }),
        };
      }));
    },
    async smime(id) {
      const row = await room.read.byId({ id });
      if (row === null || row.kind !== 'smime' || row.state !== 'active') return null;
      const { parts, gcm, oaep } = await opened(row);
      return { id, certificate: parts[0]!, gcm, oaep };
    },
    async pgp(id) {
      const row = await room.read.byId({ id });
      if (row === null || row.kind !== 'pgp' || row.state !== 'active') return null;
      return { id, key: (await opened(row)).parts[0]! };
    },
    async importKey(ask) {
      if (!isMailbox(ask.address)) return refuse('address-malformed');
      const found = await findKey(ask.bytes, ask.address, roots, world.now());
      return 'refused' in found ? refuse(found.refused) : keep(ask, found);
    },
    async confirmKey(id, by) {
      const row = await room.read.byId({ id });
      if (row === null || row.state !== 'active') return refuse('not-found');
      const { unusable } = await judge(row);
      if (unusable !== undefined) return refuse(unusable);
      const event: EventDraft = { type: 'key.confirmed', outcome: 'ok', actor: by, facts: factsOf({ ...row, trust: 'admin-verified' }), sealed: { address: (await opened(row)).address } };
      await room.write.confirm({ row, by: by.id, replaces: KEY_TRUST, now: world.now(), events: await events(event) });
      const now = await room.read.byId({ id });
      if (now === null || now.state !== 'active') return refuse('not-found');
      return now.trust === 'admin-verified' ? entry(now) : refuse('second-person-needed');
    },
    async unusable(id) {
      const row = await room.read.byId({ id });
      return row === null ? null : ((await capability(row)).unusable ?? null);
    },
    async removeKey(id, by) {
      const row = await room.read.byId({ id });
      if (row === null) return false;
      return room.write.remove({ id, now: world.now(), events: await events({ type: 'key.removed', outcome: 'ok', actor: by, facts: factsOf(row), sealed: { address: (await opened(row)).address } }) });
    },
    async entries(state, after, limit) {
      return Promise.all((await room.read.page({ state, after, limit })).map(entry));
    },
    async served(domain, host) {
      const known = (await room.read.hosts({ domain: domain.toLowerCase() })).find((row) => row.host === host.toLowerCase());
      return known !== undefined && known.days >= SETTLED_DAYS && world.now() - known.since >= SETTLED;
    },
    async provedBefore(domain) {
      return (await room.read.channel({ domain: domain.toLowerCase() }))?.best || null;
    },
    async lower({ domain, by }) {
      return room.write.lower({ domain, events: await events({ type: 'channel.level_accepted', outcome: 'ok', actor: by, facts: {}, sealed: { domain } }) });
    },
    async prefer({ address, prefers, source, by }) {
      const draft: EventDraft = { type: 'preference.recorded', outcome: 'ok', actor: by, facts: { prefers, source }, sealed: { address: normalAddress(address) } };
      return room.write.prefer({ owner: owner(address), prefers, source, now: world.now(), events: await events(draft) });
    },
  };
}
