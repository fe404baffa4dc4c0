/**
 * One event as the log holds it: a leaf (RFC 8785) in which every sensitive value is replaced by a salted commitment, and those values
 * sealed beside it. Destroying the key leaves the leaf and all proofs valid and says nothing of the values.
 */
import { Fault } from '../refusal.ts';
import { canonical, commitment, lookupCommitment } from './tree/canonical.ts';
import type { AuditHouse, AuditLog, Entry, EventDraft, Facts } from './audit.ts';
import type { DataKey } from '../vault/vault.ts';
import type { PreparedEvent, Row } from './audit.sql.ts';
import type { Blind } from './query/blind.ts';
import { check, fitting, sentence } from './catalogue.ts';
import type { Marks } from './tree/mark.ts';

const LEAF_LIMIT = 16 * 1024;
const SALT = 32;

export function jcs(value: unknown): string {
  const text = canonical(value);
  if (text === null) throw new Fault('event-leaf', 'The event cannot be written down.');
  return text;
}

type Salted = { readonly [name: string]: readonly [salt: string, value: string] };

interface EntriesHouse extends Pick<AuditHouse, 'vault' | 'world' | 'strict'> {
  readonly blind?: Pick<Blind, 'of'>;
  readonly marks?: Pick<Marks, 'of'>;
}

interface Entries extends Pick<AuditLog, 'reveal' | 'disclose'> {
  /** `time`: when not now */
  prepare(draft: EventDraft, evidence: DataKey, time?: number): PreparedEvent;
}

export function openEntries({ vault, world, blind, marks, strict }: EntriesHouse): Entries {
  let [last, counter] = [0, 0];

  /** UUIDv7 with a counter (RFC 9562 §6.2, method 1): events of one millisecond keep the order they were made in. */
  function eventId(now: number, chance: Uint8Array): string {
    counter = now > last ? (chance[8] ?? 0) : counter + 1;
    last = Math.max(now, last) + (counter > 0xfff ? 1 : 0);
    counter &= 0xfff;
    const tail = Buffer.from(chance.subarray(0, 8));
    tail[0] = ((tail[0] ?? 0) & 0x3f) | 0x80;
    const hex = last.toString(16).padStart(12, '0') + (0x7000 + counter).toString(16) + tail.toString('hex');
    return `evt_${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
  }

  function open(row: Row, evidence: DataKey): [string, readonly [salt: string, value: string]][] {
    if (row.sealed === null) return [];
    const opened = Object.entries(JSON.parse(Buffer.from(vault.open(evidence, row.id, row.sealed)).toString()) as Salted);
    const promised = (JSON.parse(row.leaf) as { _sd?: { [name: string]: string } })._sd ?? {};
    for (const [name, [salt, value]] of opened) {
      if (promised[name] !== commitment(name, Buffer.from(salt, 'base64url'), value)) throw new Fault('event-commitment', 'A sealed value is not the one the log committed to.');
    }
    return opened;
  }

  return {
    prepare(draft, evidence, time = world.now()) {
      check(draft);
      const given = Object.entries(draft.sealed ?? {});
      // Drawn at once: asking the system for chance costs more than what is made of it.
      const chance = Buffer.from(world.random(9 + SALT * (given.length + 1)));
      const id = eventId(time, chance);
      // Half a surrogate pair, cut off in some client, cannot be canonicalized (RFC 8785 §3.2.2.2).
      const salted = Object.fromEntries(given.map(([name, value], n) => [name, [chance.subarray(9 + SALT * n, 9 + SALT * (n + 1)), value.toWellFormed()] as const]));
      const names = Object.keys(salted);
      const hashes = blind?.of(draft) ?? [];
      const salt = hashes.length === 0 ? '' : chance.subarray(-SALT).toString('base64url');
      const leaf = jcs({
        v: 1, id, time: new Date(time).toISOString(), type: draft.type, outcome: draft.outcome, actor: { kind: draft.actor.kind, id: draft.actor.id },
        ...(draft.message === undefined ? {} : { message: draft.message }),
        ...(draft.item === undefined ? {} : { item: draft.item }),
        facts: fitting(draft.type, draft.facts ?? {}, strict),
        kid: evidence.id,
        ...(names.length === 0 ? {} : { _sd_alg: 'hmac-sha-256', _sd: Object.fromEntries(Object.entries(salted).map(([name, [salt, value]]) => [name, commitment(name, salt, value)])) }),
        ...(hashes.length === 0 ? {} : { _idx: lookupCommitment(salt, hashes) }),
      });
      if (Buffer.byteLength(leaf) > LEAF_LIMIT) throw new Fault('event-large', 'The event is larger than an entry may be.');
      const opened: Salted = Object.fromEntries(Object.entries(salted).map(([name, [salt, value]]) => [name, [salt.toString('base64url'), value]]));
      const event = { id, time, type: draft.type, outcome: draft.outcome, leaf };
      return {
        ...event, mark: marks?.of(event) ?? '', ...(hashes.length === 0 ? {} : { hashes, salt }), actor: draft.actor.id, message: draft.message ?? null, item: draft.item ?? null,
        sealed: names.length === 0 ? null : vault.seal(evidence, id, Buffer.from(JSON.stringify(opened))),
        kid: evidence.id,
      };
    },
    reveal: ({ row }, evidence) => Object.fromEntries(open(row, evidence).map(([name, [, value]]) => [name, value])),
    disclose: ({ row }, evidence, names) => open(row, evidence).filter(([name]) => names.includes(name)).map(([name, [salt, value]]) => ({ name, salt, value })),
  };
}

/** What a leaf says, parsed. */
interface Leaf {
  readonly id: string;
  readonly time: string;
  readonly type: string;
  readonly outcome: EventDraft['outcome'];
  readonly actor: { readonly kind: string; readonly id: string };
  readonly message?: string;
  readonly item?: string;
  readonly facts: Facts;
  readonly _sd?: { readonly [name: string]: string };
}

export function entryOf(row: Row): Entry {
  const leaf = JSON.parse(row.leaf) as Leaf;
  return {
    id: row.id, seq: row.seq, type: leaf.type, time: leaf.time, outcome: leaf.outcome, actor: leaf.actor,
    ...(leaf.message === undefined ? {} : { message: leaf.message }),
    ...(leaf.item === undefined ? {} : { item: leaf.item }),
    facts: { ...leaf.facts },
    sealed: Object.keys(leaf._sd ?? {}),
    at: row.time, kid: row.kid, text: sentence(leaf.type, leaf.outcome, leaf.facts), row,
  };
}
