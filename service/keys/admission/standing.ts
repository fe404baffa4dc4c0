/**
 * How a kept key stands today: opened from its seal, judged at every answer and not only when it came, its certificate's revocation asked.
 * Rows come from `keys.sql.ts`; nothing is written here but what was heard of certificates.
 */
import { normalAddress } from '../../../shared/draft/address.ts';
import type { KeyTrust, StatusUnheard } from '../../../shared/plan/capability.ts';
import type { Facts } from '../../audit/audit.ts';
import { newId } from '../../identity.ts';
import type { Store } from '../../store/store.ts';
import type { Vault } from '../../vault/vault.ts';
import type { World } from '../../world.ts';
import { FOREVER } from '../own/shelf.ts';
import { judgePgp, pgpKeysIn, type Rests } from '../pgp.ts';
import { openRevocation, type Status } from '../trust/revocation.ts';
import { readCertificate, type CertificateFacts } from '../trust.read.ts';
import type { Unusable } from '../trust.ts';
import { judgeBundle, type Found } from './admission.ts';
import { openMemory, type Taught } from './revoked.ts';
import type { KeyRow, NewKey } from './row.ts';

interface Material {
  readonly address: string;
  /** base64: certificates, leaf first, or one OpenPGP key */
  readonly bytes: readonly string[];
  readonly gcm: boolean;
  readonly oaep: boolean;
  readonly pinned?: boolean;
}

interface Opened extends Material {
  readonly parts: readonly Uint8Array[];
}

/** What the author reads of `Status.why`. */
const UNHEARD: { readonly [why: string]: StatusUnheard } = { '': 'key-status-unnamed', place: 'key-status-unnamed', silent: 'key-status-silent', unreachable: 'key-status-silent', status: 'key-status-silent', inside: 'key-status-inside' };

interface Judged {
  readonly unusable?: Unusable | StatusUnheard;
  readonly expires?: number;
  readonly at: number;
  /** issuer first, anchor last; of certificates */
  readonly path: readonly CertificateFacts[];
  readonly rests?: Rests;
}

interface Brought {
  readonly address: string;
  readonly trust: KeyTrust;
  readonly source: string;
  readonly by: string;
  readonly gcm?: boolean | undefined;
  readonly oaep?: boolean | undefined;
}

/** A verdict is good for this long or until the key ends, whichever is sooner: anchors and clocks change. */
const VERDICT = 10 * 60_000;
const VERDICTS = 10_000;

export type Standing = ReturnType<typeof openStanding>;

export function openStanding({ store, world, vault, anchors, insist }: {
  readonly store: Store; readonly world: Pick<World, 'now' | 'random'> & Partial<Pick<World, 'fetch'>>; readonly vault: Vault; readonly anchors: readonly CertificateFacts[];
  /** what nobody says "good" of is not used */
  readonly insist: boolean;
}) {
  const room = store.room<typeof import('../keys.sql.ts')>('keys');
  const verdicts = new Map<string, Judged>();
  const memory = openMemory({ store, world, vault });
  const { fetch } = world;
  const revocation = fetch === undefined ? null : openRevocation({
    world: { now: world.now, random: world.random, fetch },
    cache: {
      async get(...names) {
        const row = await room.read.status({ names: [...names] });
        return row === null ? null : { status: row.status as Status['status'], by: row.teller as Status['by'], at: row.time, until: row.until, ...(row.why === null ? {} : { why: row.why }) };
      },
      set: (name, status) => room.write.keepStatus({ fingerprint: name, ...status }),
    },
  });

  const aad = (id: string): string => `recipient-key/${id}`;
  const keyOf = async (row: Pick<KeyRow, 'id' | 'epoch' | 'content_key' | 'evidence_key'>) =>
    (await vault.unwrap(row.id, { contentEpoch: row.epoch, content: row.content_key, evidenceEpoch: row.epoch, evidence: row.evidence_key })).content;

  async function opened(row: KeyRow | NewKey): Promise<Opened> {
    const material = JSON.parse(Buffer.from(vault.open(await keyOf(row), aad(row.id), row.material)).toString('utf8')) as Material;
    return { ...material, parts: material.bytes.map((part) => new Uint8Array(Buffer.from(part, 'base64'))) };
  }

  async function judgedNow(row: KeyRow): Promise<Judged> {
    const now = world.now();
    // A key that was brought up to date is another one to judge; its seal is never the same twice.
    const name = `${row.id} ${Buffer.from(row.material.subarray(0, 32)).toString('base64')} ${Buffer.from(row.material.subarray(-16)).toString('base64')}`;
    const known = verdicts.get(name);
    if (known !== undefined && now >= known.at && now < known.at + VERDICT && (known.unusable !== undefined || now < (known.expires ?? Infinity))) return known;
    const { address, parts, pinned } = await opened(row);
    const verdict = row.kind === 'smime' ? judgeBundle(parts, anchors, address, now, pinned) : await judgePgp((await pgpKeysIn(parts[0]!))[0]?.key ?? null, address, now);
    const judged: Judged = {
      ...(verdict.unusable === undefined ? {} : { unusable: verdict.unusable }), ...(verdict.expires === undefined ? {} : { expires: verdict.expires }), at: now, path: 'path' in verdict ? (verdict.path as readonly CertificateFacts[]) : [],
      ...('rests' in verdict && verdict.rests !== undefined ? { rests: verdict.rests as Rests } : {}),
    };
    if (verdicts.size >= VERDICTS) verdicts.clear();
    verdicts.set(name, judged);
    return judged;
  }

  /** Null for what is never revoked by others: OpenPGP keys carry their own revocation, and a pinned certificate has no issuer to ask. */
  async function statusOf(row: KeyRow, judged: Judged, patience: number): Promise<Status | null> {
    if (revocation === null || row.kind !== 'smime' || judged.path.length === 0) return null;
    const leaf = readCertificate((await opened(row)).parts[0]!);
    return leaf === null ? null : revocation.check(leaf, judged.path, patience);
  }

  return {
    opened,
    /** `patience`: ms to wait for word of revocation; what comes later is known the next time */
    async judge(row: KeyRow, patience = 0): Promise<Judged & { readonly status: Status | null }> {
      const judged = await judgedNow(row);
      if (judged.rests !== undefined && (await memory.holds(judged.rests))) return { ...judged, unusable: 'key-revoked', status: null };
      const status = judged.unusable === undefined ? await statusOf(row, judged, patience) : null;
      if (status?.status === 'revoked') return { ...judged, unusable: 'key-revoked', status };
      // Before delivery, silence is only silence so far.
      const unheard = insist && patience > 0 && status !== null && status.status !== 'good';
      return { ...judged, ...(unheard ? { unusable: UNHEARD[status.why ?? ''] ?? 'key-status-unknown' } : {}), status };
    },

    taughtBy: memory.taughtBy,

    /** a key that was just found to be good, by what was heard before and what came along with it */
    async revoked({ kind, parts, path, rests }: Found, said: readonly Taught[] = []): Promise<boolean> {
      if (kind === 'pgp') return rests !== undefined && memory.holds(rests, said);
      const leaf = readCertificate(parts[0]!);
      return leaf !== null && revocation !== null && revocation.heard(leaf, path ?? []);
    },

    async rowOf(ask: Brought, found: Found): Promise<NewKey> {
      const id = newId('key', world);
      const { keys, wrapped } = await vault.issue(id, { content: FOREVER, evidence: FOREVER });
      const material: Material = {
        address: normalAddress(ask.address), bytes: found.parts.map((p) => Buffer.from(p).toString('base64')), gcm: ask.gcm ?? found.gcm, oaep: ask.oaep ?? found.oaep, ...(found.pinned ? { pinned: true } : {}),
      };
      return {
        id, owner: vault.index('address', material.address), kind: found.kind, trust: ask.trust, source: ask.source, fingerprint: found.fingerprint, expires: found.expires ?? null, created: world.now(), epoch: FOREVER,
        content_key: wrapped.content, evidence_key: wrapped.evidence, material: vault.seal(keys.content, aad(id), Buffer.from(JSON.stringify(material))), imported_by: ask.by,
      };
    },

    /** the same key as its owner publishes it now: other dates, other subkeys, a revocation */
    async resealed(row: KeyRow, part: Uint8Array): Promise<Uint8Array> {
      const { address, gcm, oaep } = await opened(row);
      return vault.seal(await keyOf(row), aad(row.id), Buffer.from(JSON.stringify({ address, bytes: [Buffer.from(part).toString('base64')], gcm, oaep } satisfies Material)));
    },
  };
}

export const factsOf = (row: Pick<KeyRow, 'id' | 'kind' | 'trust' | 'source' | 'fingerprint'>): Facts => ({ key: row.id, kind: row.kind, trust: row.trust, source: row.source, fingerprint: row.fingerprint });
