/**
 * Keys for what is at rest: master → epoch (the month of latest disposal) → per message `content` and `evidence`
 * (NIST SP 800-57 part 1 §5.3.6, wrapped in layers). AES-256-GCM throughout (NIST SP 800-38D); the row's identity is the AAD.
 * Wrapped epoch keys live in KEYS_DIR, outside database and backups: destroying an epoch key shreds every copy (NIST SP 800-88 §2.5,
 * cryptographic erase). Never stores a message; never decides when a key's time is over.
 */
import { hkdfSync, randomBytes } from 'node:crypto';
import type { Readable } from 'node:stream';
import { Fault } from '../refusal.ts';
import type { World } from '../world.ts';
import { KEY_BYTES, mac, open, openRange, openStream, seal, sealStream, type Span } from './aead.ts';
import { fileMaster, held, type FileMaster, type MasterKey } from './master.ts';
import { openRing } from './ring.ts';

export type { Span } from './aead.ts';

/** An unwrapped AES-256 data key; lives in memory only. */
export interface DataKey {
  readonly id: string;
  readonly bytes: Uint8Array;
}

export interface MessageKeys {
  readonly content: DataKey;
  readonly evidence: DataKey;
}

/** As stored beside the message. `epoch` is 'YYYY-MM'. */
export interface WrappedKeys {
  readonly contentEpoch: string;
  readonly content: Uint8Array;
  readonly evidenceEpoch: string;
  readonly evidence: Uint8Array;
}

export interface Vault {
  issue(message: string, epochs: { readonly content: string; readonly evidence: string }): Promise<{ readonly keys: MessageKeys; readonly wrapped: WrappedKeys }>;
  /**
   * Rejects with Fault `key-destroyed` when the epoch key was destroyed, `key-missing` when it is gone and nobody destroyed it
   * (the wrong KEYS_DIR), `sealed-broken` when the wrapped keys are not this message's.
   */
  unwrap(message: string, wrapped: WrappedKeys): Promise<MessageKeys>;
  /** the evidence key alone: it outlives the content's */
  unwrapEvidence(message: string, wrapped: Pick<WrappedKeys, 'evidenceEpoch' | 'evidence'>): Promise<DataKey>;
  /** the same keys under other epochs: a changed date of disposal, a hold */
  rewrap(message: string, wrapped: WrappedKeys, epochs: { readonly content: string; readonly evidence: string }): Promise<WrappedKeys>;
  /** evidence key of the current month, for events about no message, and for staged hand-overs */
  monthly(now: number): Promise<DataKey>;
  /** the monthly key with this id, to open what it sealed */
  monthlyById(id: string): Promise<DataKey>;
  /** 12-byte nonce ‖ ciphertext ‖ tag */
  seal(key: DataKey, aad: string, plain: Uint8Array): Uint8Array;
  /** throws Fault `sealed-broken` when the bytes or the identity are not what was sealed */
  open(key: DataKey, aad: string, sealed: Uint8Array): Uint8Array;
  /** segmented AEAD for long content: order, length and truncation are authenticated */
  sealStream(key: DataKey, aad: string, plain: Readable): Readable;
  /** each segment is released once it is proved; only the end of the stream proves that nothing was cut off */
  openStream(key: DataKey, aad: string, sealed: Readable): Readable;
  /** a part of such content, at the cost of the segments that hold it; `sealed` gives bytes of the sealed form, `size` is the plain length */
  openRange(key: DataKey, aad: string, sealed: (start: number, end: number) => Promise<Readable>, span: Span & { readonly size: number }): Readable;
  /** exact-match look-up of a sealed value: keyed hash in hex, one key per field, kept apart from the data */
  index(field: string, value: string): string;
  /** the random key under which a month's sealed values of the log are looked up; made at first use */
  blindKey(epoch: string): Promise<DataKey>;
  /** the months whose key is still there, oldest first */
  blindEpochs(): Promise<string[]>;
  /** nothing of that month can be looked up any more */
  destroyBlind(epoch: string): Promise<void>;
  /** shreds everything sealed under this epoch, backups included; nothing is ever sealed under it again */
  destroyEpoch(epoch: string): Promise<void>;
  /** a new master key; every wrapped key is wrapped anew while the service runs. A rotation cut short is finished at the next start. `begun`: called before anything changes, not where it cannot begin. */
  rotateMaster(next?: MasterKey, begun?: () => Promise<unknown>): Promise<void>;
}

interface VaultOptions {
  /** KEYS_DIR */
  readonly folder: string;
  /** MASTER_KEY_FILE, made at the first run unless `create` is false; or an external KMS, with the one before it while a rotation is unfinished */
  readonly masterKey: { readonly file: string; readonly create?: boolean } | { readonly current: MasterKey; readonly before?: MasterKey };
  readonly world: Pick<World, 'now'>;
}

type Kind = 'content' | 'evidence';

/** Rejects with Fault `setting-wrong` (the message names the setting), `master-key-missing`, `master-key-wrong`. */
export async function openVault({ folder, masterKey, world }: VaultOptions): Promise<Vault> {
  const file = 'file' in masterKey ? fileMaster(masterKey.file) : undefined;
  const ring = await openRing({ folder, world, masters: 'file' in masterKey ? (file as FileMaster) : held(masterKey) });
  if (file !== undefined) {
    // Never a new master key beside keys that an old one wraps.
    await file.prepare('create' in masterKey && masterKey.create === false ? false : await ring.empty());
    if (await file.unfinished()) await file.exchange(null, ring.rewrapAll);
  }
  const indexKey = await ring.key('index', true);
  const fields = new Map<string, Uint8Array>();

  const epochKey = async (epoch: string, make: boolean): Promise<DataKey> => ({ id: epoch, bytes: await ring.key(`epoch-${checkedMonth(epoch)}`, make) });
  const wrapOne = async (message: string, kind: Kind, epoch: string, key: DataKey): Promise<Uint8Array> => seal(await epochKey(epoch, true), identity(message, kind, epoch), key.bytes);
  const unwrapOne = async (message: string, kind: Kind, epoch: string, wrapped: Uint8Array): Promise<DataKey> =>
    ({ id: `${message}/${kind}`, bytes: open(await epochKey(epoch, false), identity(message, kind, epoch), wrapped) });
  const wrapBoth = async (message: string, keys: MessageKeys, epochs: { readonly content: string; readonly evidence: string }): Promise<WrappedKeys> => ({
    contentEpoch: epochs.content, content: await wrapOne(message, 'content', epochs.content, keys.content),
    evidenceEpoch: epochs.evidence, evidence: await wrapOne(message, 'evidence', epochs.evidence, keys.evidence),
  });
  const unwrapBoth = async (message: string, wrapped: WrappedKeys): Promise<MessageKeys> => ({
    content: await unwrapOne(message, 'content', wrapped.contentEpoch, wrapped.content),
    evidence: await unwrapOne(message, 'evidence', wrapped.evidenceEpoch, wrapped.evidence),
  });

  return {
    async issue(message, epochs) {
      const keys = { content: { id: `${message}/content`, bytes: randomBytes(KEY_BYTES) }, evidence: { id: `${message}/evidence`, bytes: randomBytes(KEY_BYTES) } };
      return { keys, wrapped: await wrapBoth(message, keys, epochs) };
    },
    unwrap: unwrapBoth,
    unwrapEvidence: (message, wrapped) => unwrapOne(message, 'evidence', wrapped.evidenceEpoch, wrapped.evidence),
    rewrap: async (message, wrapped, epochs) => wrapBoth(message, await unwrapBoth(message, wrapped), epochs),
    async monthly(now) {
      const id = `month-${new Date(now).toISOString().slice(0, 7)}`;
      return { id, bytes: await ring.key(id, true) };
    },
    async monthlyById(id) {
      if (!id.startsWith('month-')) throw new Fault('key-missing', 'A key was asked for that this vault never had.');
      return { id, bytes: await ring.key(`month-${checkedMonth(id.slice('month-'.length))}`, false) };
    },
    seal,
    open,
    sealStream,
    openStream,
    openRange,
    index(field, value) {
      let key = fields.get(field);
      // RFC 5869 §3.2: the field is the context, so that equal values of two fields do not match.
      if (key === undefined) fields.set(field, (key = new Uint8Array(hkdfSync('sha256', indexKey, Buffer.alloc(0), `send-secure index ${field}`, KEY_BYTES))));
      return mac(key, value);
    },
    blindKey: async (epoch) => ({ id: `blind-${checkedMonth(epoch)}`, bytes: await ring.key(`blind-${epoch}`, true) }),
    blindEpochs: async () => (await ring.names()).flatMap((name) => (name.startsWith('blind-') ? [name.slice('blind-'.length)] : [])).sort(),
    destroyBlind: async (epoch) => ring.destroy(`blind-${checkedMonth(epoch)}`),
    destroyEpoch: async (epoch) => ring.destroy(`epoch-${checkedMonth(epoch)}`),
    async rotateMaster(next, begun = async () => undefined) {
      if (file !== undefined && next === undefined) await file.exchange(begun, ring.rewrapAll);
      else if (file === undefined && next !== undefined) {
        await begun();
        await ring.rewrapAll(next);
      }
      else throw new Fault('master-key-kind', 'A master key in a file is followed by one in that file, an external one by an external one.');
    },
  };
}

/** What a wrapped key is bound to. */
function identity(message: string, kind: Kind, epoch: string): string {
  return JSON.stringify(['key', message, kind, epoch]);
}

function checkedMonth(epoch: string): string {
  if (!/^\d{4}-(?:0[1-9]|1[0-2])$/.test(epoch)) throw new Fault('epoch-wrong', 'An epoch is a month, and this is none.');
  return epoch;
}
