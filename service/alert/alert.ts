/**
 * What somebody should look into. Watches the log by a closed table of rules, keeps what was raised until a person acknowledges it, and says whom to
 * tell; `route/sweep/tell.ts` does the telling. Never stops anything by itself, never holds content. 45 CFR 164.308(a)(1)(ii)(D), (a)(6)(ii).
 */
import type { Alert, AlertList } from '../../shared/wire/alert.ts';
import type { AuditLog, Seen } from '../audit/audit.ts';
import type { Person } from '../people/people.ts';
import { refuse, type Refusal } from '../refusal.ts';
import type { Store } from '../store/store.ts';
import type { Vault } from '../vault/vault.ts';
import type { World } from '../world.ts';
import type { AlertRow, NewAlert, Sighting } from './alert.sql.ts';
import { RULES, rulesFor, saidOf, type Severity } from './rule.table.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const REMEMBERED = 20_000;
const BATCH = 500;
/** In one turn at most so many batches: the next turn goes on. */
const BATCHES = 40;
const WATCHED: ReadonlySet<string> = new Set(Object.values(RULES).flatMap((rule) => rule.on));
const LONGEST = Math.max(...Object.values(RULES).map((rule) => rule.hours)) * HOUR;
const aad = (id: string): string => `alert/${id}`;

/** Whom to tell besides those who hear of every alert, and words beside the rule's own. */
interface Telling {
  readonly to: readonly string[];
  readonly detail?: string;
}

interface Ask extends Telling {
  readonly kind: string;
  readonly severity: Severity;
  /** names what it is about: raised twice under the same name it is one alert */
  readonly once: string;
  /** opaque id of a person or a message */
  readonly about?: string;
}

export type Alerts = ReturnType<typeof openAlerts>;

export function openAlerts({ store, audit, world, vault }: {
  readonly store: Pick<Store, 'room'>; readonly audit: Pick<AuditLog, 'prepared' | 'since' | 'events'>; readonly world: Pick<World, 'now' | 'random'>; readonly vault: Pick<Vault, 'seal' | 'open' | 'monthly' | 'monthlyById'>;
}) {
  const room = store.room<typeof import('./alert.sql.ts')>('alert');
  const { read, write } = room;

  /** for the transaction that learns of it (`raise` in `alert.sql.ts`) */
  async function prepare({ kind, severity, once, about = '', to, detail }: Ask): Promise<NewAlert> {
    const [id, now] = [`alr_${Buffer.from(world.random(16)).toString('hex')}`, world.now()];
    const key = await vault.monthly(now);
    return {
      id, once, kind, severity, raised: now, count: 1, about, kid: key.id, sealed: vault.seal(key, aad(id), Buffer.from(JSON.stringify({ to, ...(detail === undefined ? {} : { detail }) } satisfies Telling))),
      events: [await audit.prepared({ type: 'alert.raised', outcome: 'ok', actor: { kind: 'service', id: 'alert' }, facts: { alert: id, kind, severity } })],
    };
  }

  /** what was new to this process lately is not news again */
  const told = new Set<string>();

  async function sighted(seen: Seen, alertFor: (ask: Ask) => Promise<NewAlert>, fresh: Set<string>): Promise<Sighting[]> {
    const found: Sighting[] = [];
    for (const [kind, rule] of rulesFor(seen.type)) {
      if (rule.when && !rule.when(seen.facts, seen.outcome)) continue;
      const about = rule.per === 'actor' ? seen.actor.id : rule.per === 'message' ? (seen.message ?? '') : '';
      const value = rule.of?.(seen.facts, seen.at) ?? '';
      if (rule.of && value === '') continue;
      const span = rule.hours * HOUR;
      // One alert for a rule, whom it is about, and its time; what comes later in that time counts up.
      const once = rule.least === 'new' ? `${kind}/${about}${value === '' ? '' : `/${value}`}` : `${kind}/${about}/${Math.floor(seen.at / span)}`;
      if (rule.least === 'new') {
        if (told.has(once) || fresh.has(once)) continue;
        fresh.add(once);
      }
      const is: Sighting['is'] = rule.least === 'new' ? { kind: 'new', value } : typeof rule.least === 'object' ? { kind: 'back', away: rule.least.back * DAY } : { kind: 'counted', least: rule.least, since: seen.at - span };
      const days = rule.settled ?? (rule.of ? 0 : null);
      found.push({ kind, about, time: seen.at, seq: seen.seq, settled: days === null ? null : days * DAY, is, alert: await alertFor({ kind, severity: rule.severity, once, about, to: [] }) });
    }
    return found;
  }

  async function sightings(entries: readonly Seen[], fresh: Set<string>): Promise<Sighting[]> {
    // A thousand of the same make one alert at most: it is prepared once.
    const prepared = new Map<string, Promise<NewAlert>>();
    const alertFor = (ask: Ask): Promise<NewAlert> => {
      const known = prepared.get(ask.once) ?? prepare(ask);
      prepared.set(ask.once, known);
      return known;
    };
    return (await Promise.all(entries.filter((e) => e.at > world.now() - LONGEST).map((e) => sighted(e, alertFor, fresh)))).flat();
  }

  /** Reads on in the log and raises what its rules ask for. What is older than the longest rule's time is passed over. */
  async function watch(): Promise<void> {
    for (let batch = 0; batch < BATCHES; batch += 1) {
      const from = await read.place(undefined);
      if (from === null) {
        const newest = await audit.events({ limit: 1, order: 'desc' });
        await write.begin({ seq: 'kind' in newest ? 0 : Math.max(0, newest.snapshot.tree_size - BATCH * BATCHES) });
        continue;
      }
      const { next, entries } = await audit.since(from, BATCH, WATCHED);
      if (next === from) return;
      const fresh = new Set<string>();
      await write.watched({ from, to: next, sightings: await sightings(entries, fresh) });
      if (told.size >= REMEMBERED) told.clear();
      for (const once of fresh) told.add(once);
    }
  }

  const shown = (row: AlertRow): Alert => ({
    id: row.id, kind: row.kind, severity: row.severity, raised: new Date(row.raised).toISOString(), count: row.count, about: row.about, ...pick(row.kind),
    acknowledged: row.acked === null ? null : { by: row.acker ?? '', at: new Date(row.acked).toISOString() },
  });

  return {
    room, prepare, watch,
    telling: async (row: AlertRow): Promise<Telling> => JSON.parse(Buffer.from(vault.open(await vault.monthlyById(row.kid), aad(row.id), row.sealed)).toString()) as Telling,

    /** newest first; `cursor` from the page before, attacker-controlled */
    async list({ open, cursor, limit }: { readonly open: boolean; readonly cursor: string; readonly limit: number }): Promise<AlertList | Refusal<'bad-cursor'>> {
      const [, raised, id] = /^(\d{1,15})-(alr_[0-9a-f]{32})$/.exec(cursor) ?? [];
      if (cursor !== '' && id === undefined) return refuse('bad-cursor');
      const found = await read.page({ open, raised: raised === undefined ? Number.MAX_SAFE_INTEGER : Number(raised), id: id ?? '', limit: limit + 1 });
      const page = found.rows.slice(0, limit);
      const last = found.rows.length > limit ? page.at(-1) : undefined;
      return { data: page.map(shown), next: last ? `${last.raised}-${last.id}` : null, open: found.open };
    },

    /** Once acknowledged it stays so: the second person is shown who was first. */
    async acknowledge(person: Person, id: string): Promise<Alert | Refusal<'not-found'>> {
      const row = await read.of({ id });
      if (!row) return refuse('not-found');
      await write.acknowledge({ id, by: person.id, now: world.now(), events: [await audit.prepared({ type: 'alert.acknowledged', outcome: 'ok', actor: { kind: 'staff', id: person.id }, facts: { alert: id, kind: row.kind } })] });
      const after = await read.of({ id });
      return after ? shown(after) : refuse('not-found');
    },

    forget: () => write.forget({ before: world.now() - 2 * LONGEST }),
  };
}

function pick(kind: string): Pick<Alert, 'text' | 'advice'> {
  const { text, advice } = saidOf(kind);
  return { text, advice };
}
