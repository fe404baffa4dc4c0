/**
 * The audit log: event rows written in the transaction of the change they tell of, sequenced within a second into one
 * RFC 6962 Merkle log with signed checkpoints (C2SP signed-note, tlog-checkpoint). Leaves carry no PHI: sensitive values are
 * salted commitments, the values lie beside, sealed under the evidence key. Serves 45 CFR 164.312(b), (c)(2).
 */
import type { AuditEvent, AuditPage, AuditProof } from '../../shared/wire/audit.ts';
import { Fault, type Refusal } from '../refusal.ts';
import type { Store } from '../store/store.ts';
import type { DataKey, Vault } from '../vault/vault.ts';
import type { World } from '../world.ts';
import type { CheckpointRow, PreparedEvent, Row } from './audit.sql.ts';
import type { Proved } from './certificate/certificate.ts';
import { entryOf, jcs, openEntries } from './entry.ts';
import { exportLog } from './export.ts';
import { openBlind, type Field } from './query/blind.ts';
import { openPages } from './query/page.ts';
import { parseVkey, signDetached } from './tree/checkpoint.ts';
import { openLogKeys } from './tree/keys.ts';
import { openMarks } from './tree/mark.ts';
import { consistency, inclusion, leafHash, openTiles, remembered, root, same, tilesOf } from './tree/merkle.ts';
import { startSequencer, type LogFigures } from './tree/sequencer.ts';

export { sentence } from './catalogue.ts';
export type { PreparedEvent } from './audit.sql.ts';

export type Facts = { readonly [name: string]: string | number | boolean | null };

export interface EventDraft {
  /** from the closed catalogue of `audit/catalogue.ts` */
  readonly type: string;
  readonly outcome: 'ok' | 'denied' | 'failed' | 'unknown';
  readonly actor: { readonly kind: 'author' | 'recipient' | 'service' | 'staff'; readonly id: string };
  readonly message?: string;
  readonly item?: string;
  /** never PHI, never an address, never a value from a draft */
  readonly facts?: Facts;
  /** addresses, reply texts, IPs, subjects …: committed to in the leaf, kept sealed */
  readonly sealed?: { readonly [name: string]: string };
}

export interface Audit {
  /** synchronous: call before the transaction, pass the result to the operation as `args.events` */
  prepare(draft: EventDraft, evidence: DataKey): PreparedEvent;
}

/** One entry as it is read. */
export interface Entry extends AuditEvent {
  readonly at: number;
  readonly kid: string;
  /** one sentence for a person, without PHI */
  readonly text: string;
  readonly row: Row;
}

/** What a watcher needs of an entry. */
export interface Seen extends Pick<Entry, 'type' | 'at' | 'outcome' | 'actor' | 'message' | 'facts'> {
  readonly seq: number;
}

export interface EventQuery {
  /** ms, half-open */
  readonly from?: number;
  readonly to?: number;
  readonly types?: readonly string[];
  readonly message?: string;
  readonly item?: string;
  /** any of these */
  readonly messages?: readonly string[];
  readonly items?: readonly string[];
  /** who asks: the cursor is theirs alone */
  readonly reader?: string;
  /** what was asked for, where `messages` and `items` were found by it: a cursor holds for the question, not for what is found meanwhile */
  readonly key?: string;
  readonly actor?: string;
  readonly outcome?: string;
  readonly order?: 'asc' | 'desc';
  /** at most 500 */
  readonly limit?: number;
  readonly cursor?: string;
}

export interface AuditLog extends Audit {
  /** writes an event about something that changes no row, under the monthly key; durable when it resolves */
  record(draft: EventDraft): Promise<void>;
  /** an event about no message, under the monthly key, for an operation that notes it itself */
  prepared(draft: EventDraft): Promise<PreparedEvent>;
  /** pages pinned to the size of the tree when the first was asked for; only what is signed for is shown */
  events(query: EventQuery): Promise<AuditPage | Refusal<'bad-cursor'>>;
  /** all of a message, in order, sequenced or not */
  of(message: string): Promise<Entry[]>;
  /** opens the sealed values and checks them against the leaf's commitments */
  reveal(entry: Entry, evidence: DataKey): { readonly [name: string]: string };
  /** those values with the salts of their commitments, for whoever is to check them against the leaf */
  disclose(entry: Entry, evidence: DataKey, names: readonly string[]): { readonly name: string; readonly salt: string; readonly value: string }[];
  /** these entries, as far as the newest checkpoint covers them, each with its proof; null before the first checkpoint */
  proved(entries: readonly Entry[]): Promise<Proved | null>;
  /** these entries of a tree that was signed, each with its proof; null when that size was never signed */
  proofs(size: number, seqs: readonly number[]): Promise<Proved | null>;
  /** null when there is no such entry in a signed tree of that size */
  proof(seq: number, size?: number): Promise<AuditProof | null>;
  /** RFC 6962 §2.1.2 between two signed sizes, base64; null when one of them was never signed */
  consistency(from: number, to: number): Promise<readonly string[] | null>;
  /** the newest signed note, or null before the first */
  checkpoint(): Promise<string | null>;
  /** entries by day, type and outcome; days since the epoch, half-open; the size of the tree they were counted in */
  tallied(from: number, to: number): Promise<{ readonly size: number; readonly rows: readonly { readonly day: number; readonly type: string; readonly outcome: string; readonly n: number }[] }>;
  /** the events, messages and items found by this exact value, as far as the limit; the look-up itself is the caller's to note */
  lookup(field: Field, value: string, limit: number): Promise<readonly { readonly event: string; readonly message: string | null; readonly item: string | null; readonly time: number }[]>;
  /** the time of the oldest entry that an exact value finds; null when none is found by any */
  findable(): Promise<number | null>;
  /** whose evidence is destroyed is found by nothing any more; month by month the keys of such look-ups go too */
  forget(messages: readonly string[]): Promise<void>;
  /** the entry at this place of the tree */
  at(seq: number): Promise<Entry | null>;
  /** entries of these types from this place of the tree on, and the place to go on from; `limit` counts the places looked at */
  since(seq: number, limit: number, types: ReadonlySet<string>): Promise<{ readonly next: number; readonly entries: readonly Seen[] }>;
  /** the log goes on under a new key, for which the old one signs in an entry of the log; answers the new verifier key */
  rotate(actor: EventDraft['actor']): Promise<string>;
  vkey(): string;
  /** adds `signature`: Ed25519 over the JCS of the other fields, base64. For receipts. */
  sign<T extends object>(fields: T): T & { readonly signature: string };
  /** everything signed for, to verify offline: `log.ndjson` and `vkey` in a new folder */
  export(folder: string): Promise<{ readonly size: number }>;
  flush(): Promise<void>;
  figures(): LogFigures;
  close(): Promise<void>;
}

const EVENT_ID = /^evt_[0-9a-f-]{36}$/;

export interface AuditHouse {
  readonly store: Store;
  readonly vault: Pick<Vault, 'seal' | 'open' | 'monthly' | 'blindKey' | 'blindEpochs' | 'destroyBlind'>;
  readonly world: Pick<World, 'now' | 'random'>;
  /** names the log in every checkpoint from its first on: `audit.<host>/v1` */
  readonly origin: string;
  /** KEYS_DIR: the signing key lies there */
  readonly folder: string;
  /** for tests with several sequencers over one store */
  readonly holder?: string;
  /** for tests: a fact of ours that does not fit its type throws Fault `event-fact-value` */
  readonly strict?: boolean | undefined;
}


export async function openAudit({ store, vault, world, origin, folder, holder, strict }: AuditHouse): Promise<AuditLog> {
  const room = store.room<typeof import('./audit.sql.ts')>('audit');
  // A log keeps the name it was begun with, whatever address the service has today.
  const before = await room.read.tree(undefined);
  const keys = openLogKeys({ folder, origin: before === null ? origin : (parseVkey(before.vkey)?.name ?? origin), missing: before === null ? 'make' : 'refuse', now: () => world.now() });
  const blind = await openBlind({ vault, now: () => world.now() });
  const marks = openMarks(folder, world.now());
  const { prepare, reveal, disclose } = openEntries({ vault, world, blind, marks, strict });
  const monthly = async (draft: EventDraft): Promise<PreparedEvent> => prepare(draft, await vault.monthly(world.now()));
  const ours = { actor: { kind: 'service', id: 'audit' }, outcome: 'ok' } as const;

  if (before === null) {
    const begun = await monthly({ ...ours, type: 'log.initialised', facts: { origin: keys.name, key: keys.current().vkey, format: 1 } });
    await room.write.plant({ vkey: keys.current().vkey, root: root(openTiles([]).nodes, 0), events: [begun] });
  }
  const planted = await room.read.tree(undefined);
  // A log goes on under the key it was begun with, or not at all: a new key would make a fork look like a continuation.
  if (planted === null || !keys.adopt(planted.vkey)) throw new Fault('log-key-changed', 'The log was signed with another key than the one at hand.');

  const sequencer = startSequencer({
    room, keys, marks, now: () => world.now(),
    // An embedded store has one process; its successor need not wait for a lease that died with it.
    holder: holder ?? (store.engine === 'sqlite' ? 'embedded' : Buffer.from(world.random(12)).toString('hex')),
    skew: async (behind, time) => prepare({ ...ours, type: 'clock.skew', facts: { behind } }, await vault.monthly(world.now()), time),
    forged: ({ id, leaf }) => monthly({ ...ours, type: 'log.forged', outcome: 'denied', facts: { event: EVENT_ID.test(id) ? id : null }, sealed: { diagnostic: leaf.slice(0, 4000) } }),
  });
  const pages = openPages({ room, keys });
  const hourly = setInterval(() => { blind.refresh().catch(() => undefined); }, 3_600_000).unref();

  async function provedOf(signed: CheckpointRow, covered: readonly { readonly seq: number; readonly leaf: string }[]): Promise<Proved> {
    const nodes = remembered(openTiles(await room.read.tiles({ names: tilesOf([...covered.map((e) => e.seq), signed.size]) })).nodes);
    return {
      checkpoint: signed.note,
      entries: covered.map(({ seq, leaf }) => {
        if (!same(nodes(0, seq), leafHash(Buffer.from(leaf)))) throw new Fault('log-leaf-changed', 'An entry is not the one the log holds.');
        return { seq, leaf, proof: inclusion(nodes, seq, signed.size).map((hash) => Buffer.from(hash).toString('base64')) };
      }),
    };
  }

  return {
    prepare,
    reveal,
    disclose,
    prepared: monthly,
    async record(draft) {
      await room.write.record({ events: [await monthly(draft)] });
    },
    events: (query) => pages.events(query),
    async of(message) {
      return (await room.read.ofMessage({ message })).map(entryOf);
    },
    async proof(seq, size) {
      const found = await room.read.provable({ seq, size: size ?? null });
      if (found === null) return null;
      const { signed, leaf } = found;
      const { nodes } = openTiles(found.tiles);
      if (!same(nodes(0, seq), leafHash(Buffer.from(leaf)))) throw new Fault('log-leaf-changed', 'An entry is not the one the log holds.');
      const proof = inclusion(nodes, seq, signed.size).map((hash) => Buffer.from(hash).toString('base64'));
      return { seq, leaf, tree_size: signed.size, proof, checkpoint: signed.note };
    },
    async proved(entries) {
      const signed = await room.read.newest(undefined);
      return signed === null ? null : provedOf(signed, entries.flatMap(({ seq, row }) => (seq === null || seq >= signed.size ? [] : [{ seq, leaf: row.leaf }])).sort((a, b) => a.seq - b.seq));
    },
    async proofs(size, seqs) {
      const signed = await room.read.checkpoint({ size });
      if (signed === null) return null;
      const rows = await room.read.several({ seqs: seqs.filter((seq) => seq >= 0 && seq < size) });
      return provedOf(signed, rows.map(({ seq, leaf }) => ({ seq: seq ?? 0, leaf })));
    },
    async consistency(from, to) {
      const [first, second] = [await room.read.checkpoint({ size: from }), await room.read.checkpoint({ size: to })];
      if (from > to || second === null || (first === null && from !== 0)) return null;
      const { nodes } = openTiles(await room.read.tiles({ names: tilesOf([from - 1, from, to - 1, to]) }));
      return consistency(nodes, from, to).map((hash) => Buffer.from(hash).toString('base64'));
    },
    tallied: (from, to) => room.read.tallied({ from, to }),
    lookup: async (field, value, limit) => room.read.known({ hashes: await blind.all(field, value), limit }),
    findable: () => room.read.firstKnown({ from: 0, to: Number.MAX_SAFE_INTEGER }),
    async forget(messages) {
      if (messages.length > 0) await room.write.forget({ messages: await Promise.all(messages.map(async (message) => ({ message, event: await monthly({ ...ours, type: 'audit.forgotten', message }) }))) });
      await blind.tidy(async (from, to) => (await room.read.firstKnown({ from, to })) !== null);
    },
    async at(seq) {
      const row = await room.read.at({ seq });
      return row === null ? null : entryOf(row);
    },
    async since(seq, limit, types) {
      const rows = await room.read.rows({ from: seq, to: seq + limit });
      const entries = rows.map(({ seq: place, leaf }) => ({ ...(JSON.parse(leaf) as Omit<AuditEvent, 'seq'>), seq: place })).filter((entry) => types.has(entry.type))
        .map(({ seq: place, type, time, outcome, actor, message, facts }) => ({ seq: place, type, at: Date.parse(time), outcome, actor, ...(message === undefined ? {} : { message }), facts }));
      return { next: (rows.at(-1)?.seq ?? seq - 1) + 1, entries };
    },
    async rotate(actor) {
      const [old, next] = [keys.current(), keys.next()];
      const statement = { after: old.vkey, key: next.vkey, origin: keys.name };
      const event = await monthly({ type: 'log.key_rotated', outcome: 'ok', actor, facts: { ...statement, signature: signDetached(jcs(statement), old) } });
      if (!(await room.write.rotate({ from: old.vkey, to: next.vkey, events: [event] })) || !keys.adopt(next.vkey)) throw new Fault('log-key-changed', 'The log was signed with another key than the one at hand.');
      await sequencer.flush();
      return next.vkey;
    },
    async checkpoint() {
      return (await room.read.newest(undefined))?.note ?? null;
    },
    vkey: () => keys.current().vkey,
    sign: (fields) => ({ ...fields, signature: signDetached(jcs(fields), keys.current()) }),
    async export(to) {
      await sequencer.flush();
      return exportLog({ room, keys, folder: to });
    },
    flush: () => sequencer.flush(),
    figures: () => sequencer.figures(),
    close() {
      clearInterval(hourly);
      return sequencer.close();
    },
  };
}
