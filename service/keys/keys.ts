/**
 * What is known of recipients: certificates and keys with trust and source, preferences. Answers capabilities for the plan
 * and the key itself for sealing; of channels what they proved (`channel/`). Look-ups that would tell strangers whom we treat are off by default.
 * RFC 5280 and RFC 8550 for certificates, RFC 9580 for OpenPGP keys; a key is judged at every answer, not only when it came.
 */
import { confirmed, isUnheard, KEY_TRUST, type Capability, type KeyCapability, type KeyTrust } from '../../shared/plan/capability.ts';
import { strongerNeed, type Need } from '../../shared/plan/protection.ts';
import { domainOf, isMailbox, normalAddress, within } from '../../shared/draft/address.ts';
import type { Audit, EventDraft, PreparedEvent } from '../audit/audit.ts';
import { refuse, type Refusal } from '../refusal.ts';
import type { Store } from '../store/store.ts';
import type { Vault } from '../vault/vault.ts';
import type { World } from '../world.ts';
import type { Bring, KeyRow, Known, Preferred } from './keys.sql.ts';
import type { Found, ImportRefusal } from './admission/admission.ts';
import { factsOf, openStanding } from './admission/standing.ts';
import { openChannels, type Channels, type Road } from './channel/channel.ts';
import { missing, openDiscovery } from './discovery/discovery.ts';
import { openWatch, type Ending } from './ending/ending.ts';
import { keysInMail } from './discovery/mail.ts';
import type { Source } from './discovery/source.ts';
import type { Status } from './trust/revocation.ts';
import type { Unusable } from './trust.ts';
import { certificatesIn, readCertificate } from './trust.read.ts';

export { sealFor } from './pgp.ts';
export { bytesOf } from './admission/admission.ts';

export interface SmimeKey {
  readonly id: string;
  /** DER, leaf first */
  readonly certificate: Uint8Array;
  /** announced by the recipient or set by an administrator; default CBC with PKCS#1 v1.5 or ECDH */
  readonly gcm: boolean;
  readonly oaep: boolean;
  /** what was heard of its revocation; null where nobody can be asked */
  readonly status?: Status | null;
}

export interface PgpKey {
  readonly id: string;
  /** binary transferable public key */
  readonly key: Uint8Array;
}

export type Preference = NonNullable<Capability['prefers']>;
/** An entry, and whether it was not there before. */
type Imported = KeyEntry & { readonly fresh: boolean };

interface KeyAsk {
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
  readonly state: KeyRow['state'];
  /** opaque ids of the persons who brought and who confirmed it */
  readonly importedBy?: string;
  readonly confirmedBy?: string;
}

/** How far an answer may go. All in ms; nothing asked means: what is on file. */
interface Asking {
  /** keys that are not on file are looked for in the background, and waited for this long */
  readonly look?: number;
  /** word of revocation is waited for this long */
  readonly status?: number;
}

export interface Keys extends Channels {
  /** one capability per address, in order; checks dates, usage, trust at `world.now()` */
  capabilities(addresses: readonly string[], asking?: Asking): Promise<Capability[]>;
  smime(id: string): Promise<SmimeKey | null>;
  pgp(id: string): Promise<PgpKey | null>;
  /** judged first; the same key again is the same entry, another key of the kind replaces the one before */
  importKey(ask: KeyAsk, write?: Bring): Promise<Imported | Refusal<ImportRefusal>>;
  /** a second person vouches for it; from then on it counts for all that its kind can protect. Confirmed again, it stays as it is. Where nobody knows who brought it, two have to. */
  confirmKey(id: string, by: EventDraft['actor']): Promise<KeyEntry | Refusal<Unusable | 'not-found' | 'second-person-needed'>>;
  /** why it would not be used now; null when it would */
  unusable(id: string): Promise<KeyCapability['unusable'] | null>;
  /** keys that came with this mail (RFC 5322), if it is what it says; how many entries they changed. Who hands it over has brought them. */
  harvest(mail: Uint8Array, by: EventDraft['actor']): Promise<number>;
  /** notes the keys that end within 30, 7 and 1 days, recipients' and these of our own, each once; how many it noted */
  watch(own?: readonly Ending[]): Promise<number>;
  /** the least that this recipient, or everybody at a domain, is written to with; null takes it back */
  require(ask: { readonly to: { readonly address: string } | { readonly domain: string }; readonly need: Need | null; readonly by: EventDraft['actor'] }): Promise<boolean>;
  removeKey(id: string, by: EventDraft['actor']): Promise<boolean>;
  entries(state: KeyEntry['state'], after: string, limit: number): Promise<KeyEntry[]>;
  /** null takes it back. `write`: in a transaction that does more than that, as for `importKey` */
  prefer(ask: { readonly address: string; readonly prefers: Preference | null; readonly source: string; readonly by: EventDraft['actor'] }, write?: (change: Preferred) => Promise<boolean>): Promise<boolean>;
}

export interface KeysParts extends Road {
  readonly store: Store;
  readonly world: Pick<World, 'now' | 'random'> & Partial<Pick<World, 'fetch'>>;
  readonly vault: Vault;
  readonly audit?: Audit;
  /** PEM or DER: authorities that recipients' certificates must lead to */
  readonly anchors: readonly Uint8Array[];
  readonly ownDomains: readonly string[];
  /** keys trusted less than this are not used */
  readonly threshold: KeyTrust;
  /** where keys that are not on file are looked for; none by default */
  readonly sources?: readonly Source[];
  /** certificates of which nobody says "not revoked" are not used */
  readonly insist?: boolean;
  /** whether two ids are one human; equal ids alone by default */
  readonly same?: (one: string, other: string) => Promise<boolean>;
  readonly broken?: (fault: unknown) => void;
}

const rankOf = (trust: string): number => KEY_TRUST.indexOf(trust as KeyTrust);

export function openKeys({ store, world, vault, audit, anchors, ownDomains, threshold, sources = [], insist = false, same = async (one, other) => one === other, broken = () => undefined, ...road }: KeysParts): Keys {
  const room = store.room<typeof import('./keys.sql.ts')>('keys');
  const roots = anchors.flatMap(certificatesIn).map(readCertificate).filter((c) => c !== null);
  const standing = openStanding({ store, world, vault, anchors: roots, insist });
  const { opened } = standing;
  const owner = (address: string): string => vault.index('address', normalAddress(address));
  const group = (domain: string): string => vault.index('domain', domain.toLowerCase());
  const internal = (address: string): boolean => ownDomains.some((own) => within(domainOf(address), own));

  const capability = async (row: KeyRow, { held = [], status = 0 }: { readonly held?: readonly KeyRow[]; readonly status?: number } = {}): Promise<KeyCapability> => {
    const judged = await standing.judge(row, status);
    const trust = row.trust as KeyTrust;
    // Two persons stand behind a confirmed one, and a better source goes before a lesser; of any other nobody knows which of the two is theirs.
    const changed = !confirmed(trust) && held.some((h) => h.kind === row.kind && rankOf(h.trust) <= rankOf(trust));
    const unusable = judged.unusable ?? (changed ? 'key-changed' : rankOf(trust) <= rankOf(threshold) ? undefined : 'key-not-trusted');
    return { id: row.id, trust, ...(judged.expires === undefined ? {} : { expires: judged.expires }), ...(unusable === undefined ? {} : { unusable }) };
  };

  /** Of several, the usable one that is trusted most; of equals the newest. */
  const best = async ({ keys: rows, held: waiting }: Known, kind: KeyRow['kind'], status?: number): Promise<KeyCapability | undefined> => {
    const held = waiting.filter((h) => !rows.some((r) => r.kind === h.kind && r.fingerprint === h.fingerprint));
    const all = await Promise.all(rows.filter((r) => r.kind === kind).map(async (r) => ({ created: r.created, capability: await capability(r, { held, ...(status === undefined ? {} : { status }) }) })));
    const rank = (k: KeyCapability): number => (k.unusable === undefined ? 0 : 100) + rankOf(k.trust);
    return all.sort((a, b) => rank(a.capability) - rank(b.capability) || b.created - a.created)[0]?.capability;
  };

  const events = async (draft: EventDraft): Promise<PreparedEvent[]> => (audit === undefined ? [] : [audit.prepare(draft, await vault.monthly(world.now()))]);
  const entry = async (row: KeyRow): Promise<KeyEntry> => ({
    id: row.id, address: (await opened(row)).address, kind: row.kind, trust: row.trust as KeyTrust, source: row.source, fingerprint: row.fingerprint, created: row.created,
    ...(row.expires === null ? {} : { expires: row.expires }), state: row.state,
    ...(row.imported_by === null ? {} : { importedBy: row.imported_by }), ...(row.confirmed_by === null ? {} : { confirmedBy: row.confirmed_by }),
  });
  const { before, ...channels } = openChannels({ store, world, events, ...road });
  const discovery = openDiscovery({ store, world, sources, anchors: roots, standing, events, broken });

  const askable = (addresses: readonly string[]) => addresses.map((address) => ({ owner: owner(address), domain: domainOf(address), group: group(domainOf(address)) }));

  async function looked(addresses: readonly string[], patience: number): Promise<{ readonly known: readonly Known[]; readonly under: readonly boolean[] }> {
    const asked = askable(addresses);
    const read = () => room.read.known({ asked });
    const known = await read();
    const under = addresses.map((address, i) => !internal(address) && isMailbox(address) && discovery.look(normalAddress(address), asked[i]!.owner, known[i]!.lookups));
    if (patience === 0 || !under.includes(true)) return { known, under };
    await discovery.settled(asked.map((a) => a.owner), patience);
    const after = await read();
    return { known: after, under: under.map((u, i) => u && after[i]!.lookups.length === 0) };
  }

  const keep = async (ask: KeyAsk, found: Found, write: Bring): Promise<Imported> => {
    const now = world.now();
    const row = await standing.rowOf({ address: ask.address, trust: ask.trust, source: ask.source ?? 'upload', by: ask.by.id, gcm: ask.gcm, oaep: ask.oaep }, found);
    const facts = { ...factsOf(row), ...(found.expires === undefined ? {} : { expires: found.expires }) };
    const replaces = KEY_TRUST.slice(rankOf(ask.trust));
    const noted = (said: typeof facts) => events({ type: 'key.imported', outcome: 'ok', actor: ask.by, facts: said, sealed: { address: normalAddress(ask.address) } });
    const added = await write.insert({ row, replaces, now, events: await noted(facts) });
    if (added) return { ...(await entry({ ...row, state: 'active', ended: null, confirmed_by: null })), fresh: true };
    const same = (await room.read.ofOwner({ owner: row.owner, state: 'active' })).find((k) => k.kind === found.kind && k.fingerprint === found.fingerprint)!;
    const after = rankOf(ask.trust) < rankOf(same.trust) ? { ...same, trust: row.trust, source: row.source } : same;
    await write.again({ row: same, by: ask.by.id, raise: after === same ? null : after, replaces, now, events: await noted(factsOf(after)) });
    return { ...(await entry(after)), fresh: false };
  };

  return {
    async capabilities(addresses, { look, status } = {}) {
      const { known, under } = look === undefined ? { known: await room.read.known({ asked: askable(addresses) }), under: [] } : await looked(addresses, look);
      return Promise.all(addresses.map(async (address, i): Promise<Capability> => {
        const mine = known[i]!;
        const { needs, prefers, channel } = mine;
        const [smime, pgp] = [await best(mine, 'smime', status), await best(mine, 'pgp', status)];
        const why = missing(mine, sources, [...(smime ? [] : ['smime' as const]), ...(pgp ? [] : ['pgp' as const])]);
        return {
          address,
          internal: internal(address),
          tls: before(domainOf(address), channel),
          ...(needs.length === 0 ? {} : { need: (needs as Need[]).reduce(strongerNeed) }),
          ...(under[i] ? { lookingUp: true } : {}),
          ...(Object.keys(why).length === 0 ? {} : { missing: why }),
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
      const { status } = await standing.judge(row);
      return { id, certificate: parts[0]!, gcm, oaep, ...(status === null ? {} : { status }) };
    },
    async pgp(id) {
      const row = await room.read.byId({ id });
      return row?.kind === 'pgp' && row.state === 'active' ? { id, key: (await opened(row)).parts[0]! } : null;
    },
    async importKey(ask, write = room.write) {
      if (!isMailbox(ask.address)) return refuse('address-malformed');
      const found = await discovery.brought(normalAddress(ask.address), owner(ask.address), ask.bytes, ask.by);
      return 'refused' in found ? refuse(found.refused) : keep(ask, found, write);
    },
    async confirmKey(id, by) {
      const row = await room.read.byId({ id });
      if (row === null || (row.state !== 'active' && row.state !== 'held')) return refuse('not-found');
      if (row.imported_by !== null && await same(row.imported_by, by.id)) return refuse('second-person-needed');
      const { unusable } = await standing.judge(row);
      if (unusable !== undefined && !isUnheard(unusable)) return refuse(unusable);
      const sealed = { address: (await opened(row)).address };
      const noted = (type: string, trust: string) => events({ type, outcome: 'ok', actor: by, facts: factsOf({ ...row, trust }), sealed });
      await room.write.confirm({ row, by: by.id, replaces: KEY_TRUST, now: world.now(), events: await noted('key.confirmed', 'admin-verified'), brought: await noted('key.imported', row.trust) });
      const now = await room.read.byId({ id });
      if (now === null || (now.state !== 'active' && now.state !== 'held')) return refuse('not-found');
      return now.trust === 'admin-verified' ? entry(now) : refuse('second-person-needed');
    },
    async unusable(id) {
      const row = await room.read.byId({ id });
      return row && ((await capability(row, { held: await room.read.ofOwner({ owner: row.owner, state: 'held' }) })).unusable ?? null);
    },
    async harvest(mail, by) {
      let changed = 0;
      for (const { address, source, hits } of keysInMail(mail, roots, world.now())) if (!internal(address)) changed += await discovery.arrived(normalAddress(address), owner(address), source, hits, by);
      return changed;
    },
    watch: openWatch({ store, world, standing, events }),
    async require({ to, need, by }) {
      const one = 'address' in to;
      const sealed = one ? { address: normalAddress(to.address) } : { host: to.domain.toLowerCase() };
      const noted = await events({ type: 'requirement.recorded', outcome: 'ok', actor: by, facts: { need, of: one ? 'recipient' : 'domain' }, sealed });
      return room.write.requirement({ owner: one ? owner(to.address) : group(to.domain), need, now: world.now(), events: noted });
    },
    async removeKey(id, by) {
      const row = await room.read.byId({ id });
      return row !== null && room.write.remove({ id, now: world.now(), events: await events({ type: 'key.removed', outcome: 'ok', actor: by, facts: factsOf(row), sealed: { address: (await opened(row)).address } }) });
    },
    ...channels,
    entries: async (state, after, limit) => Promise.all((await room.read.page({ state, after, limit })).map(entry)),
    async prefer({ address, prefers, source, by }, write = room.write.prefer) {
      return write({ owner: owner(address), prefers, source, now: world.now(), events: await events({ type: 'preference.recorded', outcome: 'ok', actor: by, facts: { prefers, source }, sealed: { address: normalAddress(address) } }) });
    },
  };
}
