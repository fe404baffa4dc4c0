/** The log searched, counted, revealed and told, each noted with its reason before it is answered. */
import type { AccessHistory, CountFilter, Counts, Found, Revealed, RevealRequest, SearchRequest, Story } from '../../shared/wire/compliance.ts';
import type { AuditLog, EventQuery } from '../audit/audit.ts';
import type { Field } from '../audit/query/blind.ts';
import type { Handoff } from '../handoff/handoff.ts';
import type { Person } from '../people/people.ts';
import { Fault, isRefusal, refuse, type WireRefusal } from '../refusal.ts';
import type { Vault } from '../vault/vault.ts';

/** Exact values are guessable: nobody may try many. */
const LOOKUPS_AN_HOUR = 40;
const HOUR = 3_600_000;
const DAY = 86_400_000;
/** What began before the time asked for may go on in it, for as long as deliveries and pickups run. */
const BEGUN = 400 * DAY;
const FOUND = 5_000;
const TARGETS = 1_000;

/** Entries that tell of somebody seeing content, sealed values or what hangs on them. */
const SEEN = /^(?:portal\.(?:authenticated|message_opened|attachment_downloaded|access_denied)|content\.|audit\.revealed|evidence\.certificate_issued|breakglass\.|delivery\.mdn_received|message\.restored)/;

export interface Search {
  search(reader: Person, request: SearchRequest): Promise<Found | WireRefusal>;
  counts(reader: Person, filter: CountFilter): Promise<Counts>;
  reveal(reader: Person, seq: number, request: RevealRequest): Promise<Revealed | WireRefusal>;
  story(reader: Person, message: string): Promise<Story | WireRefusal>;
  access(reader: Person, message: string): Promise<AccessHistory | WireRefusal>;
  /** true while this person may look up one more exact value */
  mayLookUp(reader: Person): Promise<boolean>;
}

export const staff = (reader: Pick<Person, 'id'>) => ({ kind: 'staff', id: reader.id }) as const;

export function asked(audit: AuditLog, reader: Pick<Person, 'id'>, kind: string): Promise<void> {
  return audit.record({ type: 'audit.queried', outcome: 'ok', actor: staff(reader), facts: { kind } });
}

export function queryOf(filter: SearchRequest['filter'], reader?: Pick<Person, 'id'>): EventQuery {
  return {
    ...(filter.from ? { from: Date.parse(filter.from) } : {}), ...(filter.to ? { to: Date.parse(filter.to) } : {}), ...(filter.type ? { types: filter.type } : {}),
    ...(filter.outcome ? { outcome: filter.outcome } : {}), ...(filter.actor ? { actor: filter.actor } : {}), ...(filter.message ? { message: filter.message } : {}), ...(filter.item ? { item: filter.item } : {}),
    order: filter.order, limit: filter.limit, ...(filter.cursor ? { cursor: filter.cursor } : {}), ...(reader ? { reader: reader.id } : {}),
  };
}

/** Look-ups by exact value came later than the log, and end with the evidence: what came before is in the log, but nothing finds it by a value. Null when nothing is missing. */
export async function unfound(audit: Pick<AuditLog, 'findable' | 'tallied'>, from: number): Promise<string | null> {
  const since = await audit.findable();
  const { rows } = await audit.tallied(Math.floor(from / DAY), since === null ? 1e9 : Math.floor(since / DAY));
  const missing = rows.reduce((sum, row) => sum + (row.type === 'message.accepted' ? row.n : 0), 0);
  return missing === 0 ? null : `${missing} messages accepted ${since === null ? 'in this time' : `before ${new Date(since).toISOString().slice(0, 10)}`} are not found by exact values.`;
}

export function openSearch({ audit, vault, handoff, now }: { readonly audit: AuditLog; readonly vault: Pick<Vault, 'monthlyById'>; readonly handoff: Handoff; readonly now: () => number }): Search {
  async function mayLookUp(reader: Person): Promise<boolean> {
    const page = await audit.events({ actor: reader.id, types: ['audit.looked_up', 'accounting.generated'], from: now() - HOUR, limit: LOOKUPS_AN_HOUR });
    return isRefusal(page) || page.data.length < LOOKUPS_AN_HOUR;
  }

  async function evidenceKey(kid: string) {
    if (kid.startsWith('month-')) return vault.monthlyById(kid);
    const row = await handoff.room.read.message({ id: kid.split('/')[0] ?? '' });
    return row ? handoff.evidenceKey(row) : null;
  }

  return {
    mayLookUp,

    async search(reader, { filter, why, recipient, patient, sentFor, policy }) {
      const values: readonly (readonly [Field, string | undefined])[] = [['recipient', recipient], ['patient', patient], ['purpose', sentFor], ['policy', policy]];
      const given = values.flatMap(([field, value]) => (value === undefined ? [] : [{ field, value }]));
      if (given.length === 0) {
        await asked(audit, reader, 'search');
        const page = await audit.events(queryOf(filter, reader));
        return isRefusal(page) ? refuse('bad-cursor') : page;
      }
      const key = JSON.stringify(given);
      // A further page of what this reader looked up already is no new look-up, but is noted like one. Whose cursor it is is known before anything is looked up: one that is not theirs must not be a way round the limit.
      if (filter.cursor === undefined) {
        if (!(await mayLookUp(reader))) return refuse('too-many-requests');
      } else if (isRefusal(await audit.events({ ...queryOf(filter, reader), messages: ['none'], limit: 1, key }))) return refuse('bad-cursor');
      let messages = null as Set<string> | null;
      let items = null as Set<string> | null;
      const [from, to] = [filter.from ? Date.parse(filter.from) : 0, filter.to ? Date.parse(filter.to) : Number.MAX_SAFE_INTEGER];
      for (const { field, value } of given) {
        const found = (await audit.lookup(field, value, FOUND)).filter((f) => f.message !== null && (field === 'recipient' || (f.time >= from - BEGUN && f.time < to)));
        if (field === 'recipient') items = new Set(found.flatMap((f) => (f.item === null ? [] : [f.item])));
        const these = new Set(found.flatMap((f) => (f.message === null ? [] : [f.message])));
        messages = messages === null ? these : new Set([...messages].filter((m) => these.has(m)));
      }
      await audit.record({ type: 'audit.looked_up', outcome: 'ok', actor: staff(reader), facts: { field: given.map((g) => g.field).join(' '), count: messages?.size ?? 0, purpose: why }, sealed: { query: given.map((g) => `${g.field}=${g.value}`).join('\n') } });
      if ((messages?.size ?? 0) > TARGETS || (items?.size ?? 0) > TARGETS) return refuse('too-broad');
      const targets = { messages: [...(messages ?? [])].sort(), ...(items === null ? {} : { items: [...items].sort() }) };
      // Nothing is found by it: an id that no message has, so that the answer still names the tree it was asked of.
      const none = targets.messages.length === 0 || targets.items?.length === 0;
      const page = await audit.events({ ...queryOf(filter, reader), ...(none ? { messages: ['none'], items: [] } : targets), key });
      const missing = await unfound(audit, from);
      return isRefusal(page) ? refuse('bad-cursor') : { ...page, ...(missing === null ? {} : { gaps: [missing] }) };
    },

    async counts(reader, filter) {
      const day = (text: string | undefined, otherwise: number): number => (text === undefined ? otherwise : Math.floor(Date.parse(text) / DAY));
      const { rows, size } = await audit.tallied(day(filter.from, 0), day(filter.to, 1e9));
      await audit.record({ type: 'audit.counted', outcome: 'ok', actor: staff(reader), facts: { by: filter.by, size } });
      const sums = new Map<string, number>();
      for (const row of rows) {
        if ((filter.type !== undefined && !filter.type.includes(row.type)) || (filter.outcome !== undefined && filter.outcome !== row.outcome)) continue;
        const date = new Date(row.day * DAY).toISOString();
        const key = { day: date.slice(0, 10), month: date.slice(0, 7), type: row.type, outcome: row.outcome }[filter.by];
        sums.set(key, (sums.get(key) ?? 0) + row.n);
      }
      return { by: filter.by, data: [...sums].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, n]) => ({ key, n })), tree_size: size };
    },

    async reveal(reader, seq, { fields, why, reason }) {
      const entry = await audit.at(seq);
      if (entry === null || fields.some((name) => !entry.sealed.includes(name))) return refuse('not-found');
      // Committed before a value is opened: who was shown something and is not in the log does not exist.
      await audit.record({
        type: 'audit.revealed', outcome: 'ok', actor: staff(reader), ...(entry.message === undefined ? {} : { message: entry.message }),
        facts: { event: entry.id, fields: fields.join(' '), purpose: why }, ...(reason ? { sealed: { reason } } : {}),
      });
      try {
        const key = await evidenceKey(entry.kid);
        if (key === null) return refuse('destroyed');
        const values = audit.reveal(entry, key);
        return { seq, values: Object.fromEntries(fields.map((name) => [name, values[name] ?? ''])) };
      } catch (error) {
        if (error instanceof Fault && error.code === 'key-destroyed') return refuse('destroyed');
        throw error;
      }
    },

    async story(reader, message) {
      const entries = await audit.of(message);
      if (entries.length === 0) return refuse('not-found');
      await audit.record({ type: 'audit.queried', outcome: 'ok', actor: staff(reader), facts: { kind: 'story' } });
      return { id: message, data: entries.map(({ at: _at, kid: _kid, row: _row, ...event }) => event) };
    },

    async access(reader, message) {
      const entries = await audit.of(message);
      if (entries.length === 0) return refuse('not-found');
      await audit.record({ type: 'audit.queried', outcome: 'ok', actor: staff(reader), facts: { kind: 'access' } });
      return { id: message, data: entries.filter((e) => SEEN.test(e.type)).map((e) => ({ time: e.time, who: e.actor, what: e.type, seq: e.seq, text: e.text, ...(e.item === undefined ? {} : { item: e.item }) })) };
    },
  };
}
